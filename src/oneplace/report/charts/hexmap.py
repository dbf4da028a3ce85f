"""A map of small areas as hexagons of one size, so that a small crowded area counts as much to the
eye as a large empty one.

Cells with a column, a row (`place.hexagons` works them out from centroids) and a value come in.
Classes run from pale to dark, so that they hold in grey; a suppressed cell is hatched, one without
a figure is open and dashed. No boundary file is used.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from oneplace.report import words
from oneplace.report.charts import axis, ink, key
from oneplace.report.charts.drawing import Cell, DataTable, Drawing, table
from oneplace.report.charts.ink import INK, MUTED, WHITE, Style
from oneplace.report.words import Number

SHADES: dict[int, tuple[str, ...]] = {
    1: ("#7aa9d4",),
    2: ("#cfe0ef", "#2a6cab"),
    3: ("#dbe8f3", "#7aa9d4", "#1c4f8a"),
    4: ("#e3edf6", "#a3c4e2", "#4c86bf", "#123f75"),
    5: ("#eaf1f8", "#bcd4ea", "#7aa9d4", "#3a73b0", "#0d2f5c"),
}
"""Even steps of lightness (about 95 to 20), one hue: the order survives a grey printer."""


@dataclass(frozen=True)
class HexCell:
    """Odd rows stand half a cell to the right; rows count from the north."""

    col: int
    row: int
    label: str
    value: Number
    suppressed: bool = False


@dataclass(frozen=True, kw_only=True)
class HexMap(Drawing):
    """`breaks` are the lower ends of the second and later classes; without them the classes hold
    equal numbers of areas."""

    measure: str
    unit: str
    cells: tuple[HexCell, ...]
    breaks: tuple[float, ...] = ()
    decimals: int = 1

    @cached_property
    def _shown(self) -> list[HexCell]:
        return [c for c in self.cells if not c.suppressed and axis.drawable(c.value) is not None]

    @property
    def has_values(self) -> bool:
        return bool(self._shown)

    def classes(self) -> tuple[float, ...]:
        """The lower ends of the second and later classes: as given, or at fifths, rounded as they
        are printed."""
        if self.breaks:
            return tuple(sorted(self.breaks))[:4]
        values = np.array([axis.drawable(c.value) for c in self._shown], dtype=float)
        fifths = {
            float(words.half_up(float(q), self.decimals))
            for q in np.quantile(values, [0.2, 0.4, 0.6, 0.8])
        }
        return tuple(sorted(f for f in fifths if f > values.min()))

    def computed_finding(self) -> str:
        shown = self._shown
        top = max(shown, key=lambda c: axis.drawable(c.value) or 0.0)
        low = min(shown, key=lambda c: axis.drawable(c.value) or 0.0)
        ends = f"from {self._said(low)} in {low.label} to {self._said(top)} in {top.label}"
        return f"{self.measure}: {ends}, among {words.plural(len(shown), 'area')}"

    def described(self) -> str:
        hidden = sum(c.suppressed for c in self.cells)
        lost = len(self.cells) - hidden - len(self._shown)
        parts = [
            f"Hexagon map of {self.measure}, {words.plural(len(self.cells), 'area')}",
            f"{hidden} suppressed" if hidden else "",
            f"{lost} without data" if lost else "",
        ]
        return ", ".join(p for p in parts if p)

    def table(self) -> DataTable:
        unit = f" ({self.unit})" if self.unit else ""
        rows: list[tuple[Cell, ...]] = [
            (c.label, "suppressed" if c.suppressed else c.value) for c in self.cells
        ]
        return table(["Area", f"{self.measure}{unit}"], rows, [0, self.decimals])

    def _said(self, c: HexCell) -> str:
        return words.quantity(c.value, self.unit, self.decimals)

    def draw(self, style: Style) -> tuple[list[str], float]:
        breaks = self.classes()
        shades = SHADES[len(breaks) + 1]
        counts = [0] * len(shades)
        cols = [c.col + 0.5 * (c.row % 2) for c in self.cells]
        rows = [c.row for c in self.cells]
        west, north = min(cols), min(rows)
        across, deep = max(cols) - west + 1, max(rows) - north + 1
        legend_width = 0.0 if style.narrow else 230.0
        tallest = 620 if style.width > 700 else 520
        flat = min((style.width - 24 - legend_width) / across, tallest / (deep * 0.866 + 0.3), 46.0)
        r = flat / math.sqrt(3)
        left, top = max(12.0, (style.width - legend_width - across * flat) / 2), 10.0
        corner = "".join(f"l{x * r:.2f} {y * r:.2f}" for x, y in _SIDES)
        out: list[str] = []
        for c, col in zip(self.cells, cols, strict=True):
            x = left + (col - west + 0.5) * flat
            y = top + (c.row - north) * 1.5 * r + r
            value = None if c.suppressed else axis.drawable(c.value)
            said = (
                "suppressed" if c.suppressed else self._said(c) if value is not None else "no data"
            )
            title = f"<title>{ink.escape(c.label)}: {ink.escape(said)}</title></path>"
            start = f'<path d="M{x:.1f} {y - r:.1f}{corner}z" fill="'
            if value is None:
                dash = "" if c.suppressed else ' stroke-dasharray="2 2"'
                out.append(f'{start}{WHITE}"{dash}>{title}')
                if c.suppressed:
                    out.append(
                        ink.hatch(
                            x - flat * 0.38,
                            y - r * 0.55,
                            flat * 0.76,
                            r * 1.1,
                            gap=max(3.0, r * 0.45),
                        )
                    )
            else:
                place = bisect_right(breaks, value)
                counts[place] += 1
                out.append(f'{start}{shades[place]}">{title}')
        bottom = top + ((deep - 1) * 1.5 + 2) * r
        drawn = [f'<g stroke="{MUTED}" stroke-width="0.8">', *out, "</g>"]
        at = (12.0, bottom + 8) if style.narrow else (left + across * flat + 28, top)
        legend, height = self._legend(style, breaks, shades, counts, *at)
        return drawn + legend, max(bottom, at[1] + height) + 10

    def _legend(
        self,
        style: Style,
        breaks: Sequence[float],
        shades: Sequence[str],
        counts: list[int],
        left: float,
        top: float,
    ) -> tuple[list[str], float]:
        unit = "per cent" if self.unit == "%" else self.unit
        title = f"{self.measure} ({unit})" if unit else self.measure
        out, y = [], top
        for row in ink.wrap(title, style.width - left - 8, style.font, 3, True):
            y += style.line_height
            out.append(ink.text(left, y - 4, row, style.font, bold=True))
        entries = [
            key.box(s, f"{name}: {words.plural(n, 'area')}", edge=MUTED)
            for s, name, n in zip(shades, self._ranges(breaks), counts, strict=True)
        ]
        hidden = sum(c.suppressed for c in self.cells)
        lost = len(self.cells) - hidden - sum(counts)
        if hidden:
            entries.append(
                key.box(
                    WHITE, f"Suppressed: {words.plural(hidden, 'area')}", edge=MUTED, hatched=INK
                )
            )
        if lost:
            entries.append(key.box(WHITE, f"No data: {words.plural(lost, 'area')}", edge=MUTED))
        for e in reversed(entries[: len(shades)]):
            y = _entry(out, e, style, left, y)
        for e in entries[len(shades) :]:
            y = _entry(out, e, style, left, y)
        return out, y - top

    def _ranges(self, breaks: Sequence[float]) -> list[str]:
        """ "below 10.0", "10.0 to below 12.5", "12.5 and over": no gap and no overlap."""
        said = [words.number(b, self.decimals) for b in breaks]
        if not said:
            return ["All areas"]
        return [
            f"Below {said[0]}",
            *(f"{a} to below {b}" for a, b in itertools.pairwise(said)),
            f"{said[-1]} and over",
        ]


_SIDES = (
    (math.sqrt(3) / 2, 0.5),
    (0.0, 1.0),
    (-math.sqrt(3) / 2, 0.5),
    (-math.sqrt(3) / 2, -0.5),
    (0.0, -1.0),
)


def _entry(out: list[str], item: key.KeyEntry, style: Style, left: float, y: float) -> float:
    middle = y + style.line_height / 2
    out.append(item.swatch(left, middle))
    label = ink.shorten(item.label, style.width - left - key.SWATCH - 12, style.font)
    out.append(ink.text(left + key.SWATCH + 6, middle + style.font * 0.35, label, style.font))
    return y + style.line_height + 2
