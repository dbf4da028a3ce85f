"""Horizontal bars or dots with intervals, one row for each area, team or scheme, beside a
comparator.

Bars start at zero, always; dots may use part of a scale, and then the axis says where it starts. On
a narrow screen the name stands above its bar.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from oneplace.report import words
from oneplace.report.charts import axis, ink, key
from oneplace.report.charts.drawing import Cell, DataTable, Drawing, table
from oneplace.report.charts.ink import BLUE, GRID, INK, MUTED, NAVY, RED, WHITE, Style
from oneplace.report.words import Number


@dataclass(frozen=True)
class BarRow:
    """`emphasis` marks the reader's own row; `suppressed` hides a small number and says so."""

    label: str
    value: Number
    low: Number = None
    high: Number = None
    emphasis: bool = False
    suppressed: bool = False


@dataclass(frozen=True)
class Comparator:
    label: str
    value: Number


@dataclass(frozen=True, kw_only=True)
class Bars(Drawing):
    measure: str
    unit: str
    rows: tuple[BarRow, ...]
    comparator: Comparator | None = None
    kind: Literal["bar", "dot"] = "bar"
    interval: str = "95% interval"
    decimals: int = 1

    @property
    def has_values(self) -> bool:
        return bool(axis.known(r.value for r in self.rows if not r.suppressed))

    def computed_finding(self) -> str:
        shown = [r for r in self.rows if not r.suppressed and axis.drawable(r.value) is not None]
        top = max(shown, key=lambda r: axis.drawable(r.value) or 0.0)
        low = min(shown, key=lambda r: axis.drawable(r.value) or 0.0)
        if axis.drawable(top.value) == axis.drawable(low.value):
            return (
                f"{self.measure}: {self._said(top)} for {'each' if len(shown) > 1 else top.label}"
            )
        return f"{self.measure}: from {self._said(low)} for {low.label} to {self._said(top)} for {top.label}"

    def described(self) -> str:
        drawn = "Bars from zero" if self.kind == "bar" else "Dots"
        intervals = (
            f", with {self.interval}" if any(axis.known((r.low, r.high)) for r in self.rows) else ""
        )
        beside = (
            f"; {self.comparator.label} {self._number(self.comparator.value)}"
            if self.comparator
            else ""
        )
        return (
            f"{drawn} for {self.measure}, {words.plural(len(self.rows), 'row')}{intervals}{beside}"
        )

    def table(self) -> DataTable:
        unit = f" ({self.unit})" if self.unit else ""
        spread = any(axis.known((r.low, r.high)) for r in self.rows)
        header = ["Name", f"{self.measure}{unit}"] + (
            [f"{self.interval}, low{unit}", f"{self.interval}, high{unit}"] if spread else []
        )
        rows: list[list[Cell]] = []
        for r in self.rows:
            cells: list[Cell] = [r.value, r.low, r.high] if spread else [r.value]
            rows.append([r.label, *(["suppressed"] * len(cells) if r.suppressed else cells)])
        if self.comparator:
            rows.append([self.comparator.label, self.comparator.value, *([""] * (len(header) - 2))])
        return table(header, rows, [self.decimals] * len(header))

    def _number(self, value: Number) -> str:
        if self.unit in ("%", "GBP", "£"):
            return words.quantity(value, self.unit, self.decimals)
        return words.number(value, self.decimals)

    def _said(self, row: BarRow) -> str:
        return self._number(row.value)

    # --- drawing ---

    def _axis(self, style: Style) -> axis.Axis:
        values = [v for r in self.rows if not r.suppressed for v in (r.value, r.low, r.high)]
        ends = axis.known([*values, self.comparator.value if self.comparator else None])
        count = 3 if style.narrow else 5
        return axis.nice(min(ends), max(ends), count=count, from_zero=self.kind == "bar")

    def draw(self, style: Style) -> tuple[list[str], float]:
        scale = self._axis(style)
        out, top = key.legend(self._key(), style)
        unit = "per cent" if self.unit == "%" else self.unit
        cut = (
            f"axis starts at {scale.label(scale.low)}"
            if not scale.from_zero
            else "from zero"
            if self.kind == "bar"
            else ""
        )
        within = "; ".join(p for p in (unit, cut) if p)
        title = f"{self.measure} ({within})" if within else self.measure
        above, height = key.heading(title, style, top=top)
        out += above
        top += height + 4
        named = 0.0 if style.narrow else self._name_width(style)
        figures = max(ink.width_of(self._figure(r), style.font) for r in self.rows) + 8
        ends = [
            ink.width_of(scale.label(t), style.font) / 2 for t in (scale.ticks[0], scale.ticks[-1])
        ]
        left, right = 8 + named + max(8, ends[0]), style.width - 8 - max(figures, ends[1])
        pitch = style.line_height * 2 + 4 if style.narrow else style.line_height + 6
        bottom = top + pitch * len(self.rows) + 4
        x = axis.place(scale.low, scale.high, left, right)
        for t in scale.ticks:
            out.append(ink.line(x(t), top, x(t), bottom, stroke=INK if t == 0 else GRID))
        for t in axis.thinned(scale, style.font, right - left):
            out.append(
                ink.text(
                    x(t), bottom + style.line_height, scale.label(t), style.font, anchor="middle"
                )
            )
        rows: list[str] = []
        for i, row in enumerate(self.rows):
            rows += self._row(row, style, x, top + i * pitch, pitch, named)
        drawn = axis.drawable(self.comparator.value) if self.comparator else None
        if drawn is not None:
            rows.append(
                ink.line(x(drawn), top - 2, x(drawn), bottom + 2, stroke=RED, width=2.2, dash="6 3")
            )
        return out + rows, bottom + style.line_height + 12

    def _name_width(self, style: Style) -> float:
        widest = max(ink.width_of(ink.clean(r.label), style.font, r.emphasis) for r in self.rows)
        return min(widest + 4, style.width * 0.36)

    def _figure(self, row: BarRow) -> str:
        if row.suppressed:
            return "suppressed"
        return self._number(row.value) if axis.drawable(row.value) is not None else "no data"

    def _row(
        self, row: BarRow, style: Style, x: axis.Place, top: float, pitch: float, named: float
    ) -> list[str]:
        out: list[str] = []
        if style.narrow:
            label = ink.shorten(row.label, style.width - 16, style.font, row.emphasis)
            under = ink.width_of(label, style.font, row.emphasis)
            out.append(ink.bar(6, top + 3, under + 6, style.font + 5, fill=WHITE))
            out.append(ink.text(8, top + style.font + 2, label, style.font, bold=row.emphasis))
            middle = top + style.line_height + (pitch - style.line_height) / 2
        else:
            middle = top + pitch / 2
            label = ink.shorten(row.label, named, style.font, row.emphasis)
            out.append(
                ink.text(
                    8 + named,
                    middle + style.font * 0.35,
                    label,
                    style.font,
                    anchor="end",
                    bold=row.emphasis,
                )
            )
        value = None if row.suppressed else axis.drawable(row.value)
        figure = self._figure(row)
        taken = ink.width_of(figure, style.font) + 4
        edge = style.width - 8
        out.append(
            ink.text(
                edge,
                middle + style.font * 0.35,
                figure,
                style.font,
                anchor="end",
                fill=MUTED if value is None else INK,
                bold=False,
            )
        )
        if value is None:
            start = x(0) if self.kind == "bar" else 8 + named + 10
            return [
                *out,
                ink.hatch(start, middle - 6, min(60, edge - taken - start), 12, stroke=MUTED),
            ]
        says = f"{row.label}: {figure}"
        if self.kind == "bar":
            out.append(
                ink.bar(
                    x(0),
                    middle - 8,
                    x(value) - x(0),
                    16,
                    fill=NAVY if row.emphasis else BLUE,
                    says=says,
                )
            )
        out += self._interval(row, x, middle)
        if self.kind == "dot":
            out.append(
                ink.mark(
                    "diamond" if row.emphasis else "circle",
                    x(value),
                    middle,
                    style.mark,
                    NAVY if row.emphasis else BLUE,
                    says,
                )
            )
        return out

    def _interval(self, row: BarRow, x: axis.Place, middle: float) -> list[str]:
        low, high = axis.drawable(row.low), axis.drawable(row.high)
        if low is None or high is None:
            return []
        under = (
            [ink.line(x(low), middle, x(high), middle, stroke=WHITE, width=4.5)]
            if self.kind == "bar"
            else []
        )
        caps = [
            ink.line(x(v), middle - 4, x(v), middle + 4, stroke=INK, width=1.6) for v in (low, high)
        ]
        return [*under, ink.line(x(low), middle, x(high), middle, stroke=INK, width=1.6), *caps]

    def _key(self) -> list[key.KeyEntry]:
        items = []
        if any(axis.known((r.low, r.high)) for r in self.rows if not r.suppressed):
            items.append(key.stroke(INK, self.interval, width=1.6))
        if self.comparator and axis.drawable(self.comparator.value) is not None:
            items.append(
                key.stroke(
                    RED,
                    f"{self.comparator.label} {self._number(self.comparator.value)}",
                    width=2.2,
                    dash="6 3",
                )
            )
        if any(r.suppressed or axis.drawable(r.value) is None for r in self.rows):
            items.append(key.box(WHITE, "Suppressed or no data", hatched=MUTED))
        return items
