"""Words around a plot: the key, the notes under it, and labels kept from running into each other.

Labels and the places they would like come in; SVG elements and the height they take, or places
moved apart, come out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from oneplace.report.charts import ink
from oneplace.report.charts.ink import MUTED, Mark, Style

Swatch = Callable[[float, float], str]
SWATCH = 22.0


@dataclass(frozen=True)
class KeyEntry:
    """One entry of a key; its swatch is drawn with its middle left at the place it is given."""

    swatch: Swatch
    label: str


def point(kind: Mark, colour: str, label: str, r: float = 4) -> KeyEntry:
    return KeyEntry(lambda x, y: ink.mark(kind, x + SWATCH / 2, y, r, colour), label)


def stroke(colour: str, label: str, *, width: float = 2, dash: str = "") -> KeyEntry:
    return KeyEntry(
        lambda x, y: ink.line(x, y, x + SWATCH, y, stroke=colour, width=width, dash=dash), label
    )


def box(fill: str, label: str, *, edge: str = "", hatched: str = "") -> KeyEntry:
    def swatch(x: float, y: float) -> str:
        lines = ink.hatch(x + 3, y - 6, 16, 12, stroke=hatched, gap=5) if hatched else ""
        return ink.bar(x + 3, y - 6, 16, 12, fill=fill, stroke=edge) + lines

    return KeyEntry(swatch, label)


def legend(
    items: Sequence[KeyEntry], style: Style, *, left: float = 8, top: float = 8
) -> tuple[list[str], float]:
    """The key in as many rows as its labels need, and how high it is."""
    out: list[str] = []
    x, row, right = left, 0, style.width - 8
    for item in items:
        label = ink.shorten(item.label, right - left - SWATCH - 6, style.font)
        taken = SWATCH + 6 + ink.width_of(label, style.font)
        if x > left and x + taken > right:
            x, row = left, row + 1
        middle = top + row * (style.line_height + 2) + style.line_height / 2
        out += [
            item.swatch(x, middle),
            ink.text(x + SWATCH + 6, middle + style.font * 0.35, label, style.font),
        ]
        x += taken + 18
    return out, (row + 1) * (style.line_height + 2) if items else 0.0


def notes(
    said: Sequence[str], style: Style, *, top: float, left: float = 8
) -> tuple[list[str], float]:
    """Lines of explanation under a plot, each wrapped."""
    out: list[str] = []
    size, rows = style.font - 1, 0
    for note in said:
        for row in ink.wrap(note, style.width - left - 8, size, 3):
            rows += 1
            out.append(ink.text(left, top + rows * (size + 5), row, size, fill=MUTED))
    return out, rows * (size + 5) + (6 if rows else 0)


def heading(said: str, style: Style, *, top: float) -> tuple[list[str], float]:
    """What the axis shows, above the plot, in at most two lines, and the height it takes."""
    rows = ink.wrap(said, style.width - 16, style.font, 2)
    out = [
        ink.text(8, top + 6 + style.font + i * (style.font + 3), row, style.font, fill=MUTED)
        for i, row in enumerate(rows)
    ]
    return out, 6 + len(rows) * (style.font + 3) + 4


def stagger(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places at least `gap` apart, inside low to high where there is room, in the same order and as
    near as may be."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    placed: list[float] = []
    for i in order:
        placed.append(max(wanted[i], low, placed[-1] + gap if placed else low))
    ceiling = high
    for j in range(len(placed) - 1, -1, -1):
        placed[j] = min(placed[j], ceiling)
        ceiling = placed[j] - gap
    out = [0.0] * len(wanted)
    for rank, i in enumerate(order):
        out[i] = placed[rank]
    return out


@dataclass
class Taken:
    """Boxes already written on: a label goes where there is room, or not at all."""

    boxes: list[tuple[float, float, float, float]]

    def add(self, left: float, top: float, right: float, bottom: float) -> bool:
        """Take the box if it is free."""
        if any(left < r and right > x and top < b and bottom > y for x, y, r, b in self.boxes):
            return False
        self.boxes.append((left, top, right, bottom))
        return True
