"""From one total to another by steps: the waterfall of activity or money.

Steps come in, in order. Every bar and every axis starts at zero. Beside totals in the thousands
most steps would be slivers, so that the steps are drawn a second time in a panel of their own, also
from zero, on a larger scale that is labelled as such. A later total that the steps do not add up to
is not forced: the difference is a step named "Not reconciled".
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Literal

from oneplace.report import words
from oneplace.report.charts import axis, ink, key
from oneplace.report.charts.drawing import DataTable, Drawing, table
from oneplace.report.charts.ink import BLUE, GRID, INK, MUTED, NAVY, ORANGE, PALE, WHITE, Style
from oneplace.report.words import Number

UNRECONCILED = "Not reconciled"


@dataclass(frozen=True)
class Stair:
    """A total (the level itself) or a change (what is added to the level)."""

    label: str
    value: Number
    kind: Literal["total", "change"] = "change"


@dataclass(frozen=True)
class _Bar:
    label: str
    kind: Literal["total", "change"]
    start: float
    end: float
    given: Number

    @property
    def change(self) -> float:
        return self.end - self.start


@dataclass(frozen=True, kw_only=True)
class Waterfall(Drawing):
    """`measure` and `unit` as on the axis ("Emergency admissions", "thousands")."""

    measure: str
    unit: str
    steps: tuple[Stair, ...]
    decimals: int = 1

    @property
    def has_values(self) -> bool:
        return bool(axis.known(s.value for s in self.steps))

    @cached_property
    def reconciled(self) -> tuple[Stair, ...]:
        """The steps with, before a total that they do not add up to, one more that says by how
        much."""
        out: list[Stair] = []
        level: Decimal | None = None
        for s in self.steps:
            value = _exact(s.value)
            if value is None:
                out.append(s)
                continue
            if s.kind == "total":
                gap = value - level if level is not None else Decimal(0)
                if abs(gap) > Decimal("1e-9") * max(abs(value), Decimal(1)):
                    out.append(Stair(UNRECONCILED, gap))
                level = value
            else:
                level = (level or Decimal(0)) + value
            out.append(s)
        return tuple(out)

    def _bars(self) -> list[_Bar]:
        bars, level = [], 0.0
        for s in self.reconciled:
            value = axis.drawable(s.value)
            if value is None:
                continue
            end = value if s.kind == "total" else level + value
            bars.append(_Bar(s.label, s.kind, 0.0 if s.kind == "total" else level, end, s.value))
            level = end
        return bars

    def computed_finding(self) -> str:
        totals = [
            s for s in self.reconciled if s.kind == "total" and axis.drawable(s.value) is not None
        ]
        changes = [
            s for s in self.reconciled if s.kind == "change" and axis.drawable(s.value) is not None
        ]
        if len(totals) < 2:
            net = sum((_exact(s.value) or Decimal(0) for s in changes), Decimal(0))
            return f"{self.measure}: the steps come to {self._said(net, signed=True)} in all"
        first, last = totals[0], totals[-1]
        gap = (_exact(last.value) or Decimal(0)) - (_exact(first.value) or Decimal(0))
        moved = (
            "no change"
            if gap == 0
            else f"a {'rise' if gap > 0 else 'fall'} of {self._said(abs(gap))}"
        )
        most = max(changes, key=lambda s: abs(axis.drawable(s.value) or 0.0), default=None)
        largest = (
            f"; the largest step is {most.label} ({self._said(most.value, signed=True)})"
            if most
            else ""
        )
        unit = f" {self.unit}" if self.unit not in ("", "%", "GBP", "£") else ""
        return f"{self.measure}: from {self._said(first.value)} to {self._said(last.value)}{unit}, {moved}{largest}"

    def described(self) -> str:
        steps = [
            f"{s.label} {self._said(s.value, signed=s.kind == 'change')}" for s in self.reconciled
        ]
        return f"Waterfall of {self.measure} in {self.unit or 'numbers'}, bars from zero: {'; '.join(steps)}"

    def table(self) -> DataTable:
        unit = f" ({self.unit})" if self.unit else ""
        rows, level = [], Decimal(0)
        for s in self.reconciled:
            value = _exact(s.value)
            if value is not None:
                level = value if s.kind == "total" else level + value
            change = s.value if s.kind == "change" else ""
            rows.append((s.label, change, None if value is None else level))
        return table(
            ["Step", f"Change{unit}", f"{self.measure}{unit}"],
            rows,
            [0, self.decimals, self.decimals],
        )

    def _said(self, value: Number, *, signed: bool = False) -> str:
        if self.unit in ("GBP", "£"):
            text = words.money(value)
            return f"+{text}" if signed and (axis.drawable(value) or 0) > 0 else text
        text = words.number(value, self.decimals, signed=signed)
        return f"{text}%" if self.unit == "%" and text != words.NOT_KNOWN else text

    # --- drawing ---

    def draw(self, style: Style) -> tuple[list[str], float]:
        bars = self._bars()
        out, top = key.legend(_key(bars), style)
        widest = max(ink.width_of(self._value(b), style.font, True) for b in bars)
        stacked = style.narrow or len(bars) > 12 or widest + 6 > (style.width - 120) / len(bars)
        body, bottom = (self._rows if stacked else self._columns)(bars, style, top + 10)
        lost = [s.label for s in self.steps if axis.drawable(s.value) is None]
        said = [f"No figure was supplied for {words.listing(lost)}."] if lost else []
        if any(b.label == UNRECONCILED for b in bars):
            said.append(
                f"{UNRECONCILED}: the steps do not add up to the total given; the difference is shown, not forced."
            )
        under, height = key.notes(said, style, top=bottom)
        return out + under + body, bottom + height + 8

    def _unit(self) -> str:
        return f" ({self.unit})" if self.unit else ""

    def _columns(self, bars: list[_Bar], style: Style, top: float) -> tuple[list[str], float]:
        """Columns side by side: the levels above, the changes below in the same columns, the labels
        under both."""
        changes = [b for b in bars if b.kind == "change"]
        levels = axis.nice(*_ends([b.start for b in bars] + [b.end for b in bars]), from_zero=True)
        alone = _legible(changes, levels)
        steps = (
            axis.nice(*_ends([b.change for b in changes]), count=3, from_zero=True)
            if changes and not alone
            else None
        )
        ticks = [levels.label(t) for t in levels.ticks] + (
            [steps.label(t) for t in steps.ticks] if steps else []
        )
        left = 14 + max(ink.width_of(t, style.font) for t in ticks)
        slot = (style.width - 8 - left) / len(bars)
        height = style.plot_height * (0.85 if alone else 0.62)
        out = [
            ink.text(
                8,
                top + style.font,
                f"{self.measure}{self._unit()}, from zero",
                style.font,
                fill=MUTED,
            )
        ]
        top += style.line_height + style.font + 6
        out += self._panel(
            bars,
            levels,
            style,
            left,
            top,
            height,
            slot,
            level=True,
            labels="all" if alone else "totals",
        )
        bottom = top + height
        if steps:
            top = bottom + style.line_height + 4
            out.append(
                ink.text(
                    8,
                    top + style.font,
                    f"Changes only{self._unit()}, from zero, on a larger scale",
                    style.font,
                    fill=MUTED,
                )
            )
            top += style.line_height + style.font + 6
            height = style.plot_height * 0.5
            out += self._panel(
                bars, steps, style, left, top, height, slot, level=False, labels="changes"
            )
            deepest_change = (
                height * (0 - min(b.change for b in changes)) / (steps.high - steps.low)
            )
            room = height * (0 - steps.low) / (steps.high - steps.low) - deepest_change
            bottom = (
                top
                + height
                + (style.line_height if steps.low < 0 and room < style.line_height else 0)
            )
        size, deepest = style.font - 1, 1
        for i, b in enumerate(bars):
            named = ink.wrap(b.label, slot - 6, size, 4)
            deepest = max(deepest, len(named))
            x = left + (i + 0.5) * slot
            out += [
                ink.text(x, bottom + 6 + (j + 1) * (size + 3), row, size, anchor="middle")
                for j, row in enumerate(named)
            ]
        return out, bottom + 12 + deepest * (size + 3)

    def _panel(
        self,
        bars: list[_Bar],
        scale: axis.Axis,
        style: Style,
        left: float,
        top: float,
        height: float,
        slot: float,
        *,
        level: bool,
        labels: str,
    ) -> list[str]:
        y = axis.place(scale.low, scale.high, top + height, top)
        out: list[str] = []
        for t in scale.ticks:
            out.append(ink.line(left, y(t), style.width - 8, y(t), stroke=INK if t == 0 else GRID))
            out.append(
                ink.text(
                    left - 6, y(t) + style.font * 0.35, scale.label(t), style.font, anchor="end"
                )
            )
        width = slot * 0.66
        for i, b in enumerate(bars):
            x = left + i * slot + (slot - width) / 2
            if not level and b.kind == "total":
                continue
            start, end = (b.start, b.end) if level else (0.0, b.change)
            out.append(
                _drawn(b, x, y(start), width, y(end) - y(start), self._named(b), upright=True)
            )
            if level and i + 1 < len(bars):
                out.append(
                    ink.line(x + width, y(b.end), x + slot, y(b.end), stroke=MUTED, width=0.8)
                )
            if labels == "all" or (labels == "totals") == (b.kind == "total"):
                said = self._value(b)
                below = end < start and not level
                at = y(end) + style.font + 1 if below else min(y(start), y(end)) - 4
                out.append(
                    ink.backed(
                        x + width / 2, at, said, style.font, anchor="middle", bold=b.kind == "total"
                    )
                )
        return out

    def _rows(self, bars: list[_Bar], style: Style, top: float) -> tuple[list[str], float]:
        """One bar under another, as a narrow screen or a long list of steps needs: totals first,
        then the changes."""
        out: list[str] = []
        panels = [
            (f"{self.measure}{self._unit()}, from zero", [b for b in bars if b.kind == "total"]),
            (
                f"Changes{self._unit()}, from zero, on a scale of their own",
                [b for b in bars if b.kind == "change"],
            ),
        ]
        y = top
        for heading, chosen in panels:
            if not chosen:
                continue
            out.append(
                ink.text(
                    8,
                    y + style.font,
                    ink.shorten(heading, style.width - 16, style.font),
                    style.font,
                    fill=MUTED,
                )
            )
            y += style.line_height + 6
            values = [b.end if b.kind == "total" else b.change for b in chosen]
            said = max(ink.width_of(self._value(b), style.font, True) for b in chosen) + 8
            low, high = min(0.0, *values), max(0.0, *values)
            high = 1.0 if low == high else high
            ends = 12 + (said if low < 0 else 0), style.width - 12 - (said if high > 0 else 0)
            x = axis.place(low, high, *ends)
            deep = style.font + 3
            start = y
            for b, value in zip(chosen, values, strict=True):
                out.append(
                    ink.text(
                        8,
                        y + style.font,
                        ink.shorten(b.label, style.width - 16, style.font),
                        style.font,
                    )
                )
                y += style.line_height
                out.append(_drawn(b, x(0), y, x(value) - x(0), deep, self._named(b), upright=False))
                before = value < 0 or high == 0
                anchor: ink.Anchor = "end" if before else "start"
                at = x(value) + (-5 if before else 5)
                out.append(
                    ink.text(
                        at,
                        y + deep * 0.8,
                        self._value(b),
                        style.font,
                        anchor=anchor,
                        bold=b.kind == "total",
                    )
                )
                out.append(ink.line(x(0), y - 2, x(0), y + deep + 2, stroke=INK))
                y += deep + 8
            y += 6 if y > start else 0
        return out, y

    def _value(self, b: _Bar) -> str:
        return self._said(b.given, signed=b.kind == "change")

    def _named(self, b: _Bar) -> str:
        return f"{b.label}: {self._value(b)}"


def _drawn(
    b: _Bar, x: float, y: float, width: float, height: float, says: str, *, upright: bool
) -> str:
    """A total is solid and dark; a rise is hatched on orange's pale ground; a fall is open with a
    blue edge."""
    if (upright and abs(height) < 0.8) or (not upright and abs(width) < 0.8):
        return ink.bar(
            x, y, width if upright else 1.0, 1.0 if upright else height, fill=INK, says=says
        )
    if b.kind == "total":
        return ink.bar(x, y, width, height, fill=NAVY, says=says)
    if b.change >= 0:
        return ink.bar(x, y, width, height, fill=WHITE, stroke=ORANGE, says=says) + ink.hatch(
            x, y, width, height, stroke=ORANGE
        )
    return ink.bar(x, y, width, height, fill=PALE, stroke=BLUE, says=says)


def _key(bars: list[_Bar]) -> list[key.KeyEntry]:
    items = [key.box(NAVY, "Total")] if any(b.kind == "total" for b in bars) else []
    changes = [b.change for b in bars if b.kind == "change"]
    if any(c >= 0 for c in changes):
        items.append(key.box(WHITE, "Increase", edge=ORANGE, hatched=ORANGE))
    if any(c < 0 for c in changes):
        items.append(key.box(PALE, "Decrease", edge=BLUE))
    return items


def _legible(changes: list[_Bar], levels: axis.Axis) -> bool:
    """Whether every step is tall enough to be read on the scale of the totals: a twelfth of it."""
    span = levels.high - levels.low
    return all(abs(b.change) >= span / 12 for b in changes)


def _ends(values: list[float]) -> tuple[float, float]:
    return min(values), max(values)


def _exact(value: Number) -> Decimal | None:
    if axis.drawable(value) is None or value is None:
        return None
    return words.exact(value)
