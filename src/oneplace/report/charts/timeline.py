"""Milestones along time: one lane for each scheme, the state told by shape, the day of the paper as
a line.

Milestones come in with the day they are due, their state and, where one is known, the day they are
now forecast for or were done. One without a date stands in a column of its own at the right: never
left out, never given a date.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from oneplace.report import words
from oneplace.report.charts import axis, ink, key
from oneplace.report.charts.drawing import DataTable, Drawing, table
from oneplace.report.charts.ink import BLUE, GRID, INK, MUTED, NAVY, ORANGE, RED, WHITE, Mark, Style

SHADE = "#f3f6f8"
State = Literal["done", "due", "late", "later", "unknown"]
STATES: dict[State, tuple[Mark, str, str]] = {
    "done": ("block", NAVY, "Done"),
    "due": ("ring", BLUE, "Due"),
    "late": ("diamond", ORANGE, "Late"),
    "later": ("square", MUTED, "Not yet due"),
    "unknown": ("cross", INK, "Not known"),
}


@dataclass(frozen=True)
class Diamond:
    lane: str
    label: str
    due: date | None
    state: State
    moved_to: date | None = None


@dataclass(frozen=True, kw_only=True)
class Timeline(Drawing):
    """Lanes stand in the order in which they first appear."""

    milestones: tuple[Diamond, ...]
    on: date | None = None

    @property
    def has_values(self) -> bool:
        return bool(self.milestones)

    def _count(self, state: State) -> int:
        return sum(m.state == state for m in self.milestones)

    def computed_finding(self) -> str:
        counts = ", ".join(
            f"{self._count(s)} {says.lower()}"
            for s, (_, _, says) in STATES.items()
            if self._count(s)
        )
        when = f" on {words.day(self.on)}" if self.on else ""
        return f"of {words.plural(len(self.milestones), 'milestone')}{when}: {counts}"

    def described(self) -> str:
        dated = [m.due for m in self.milestones if m.due]
        span = f" due from {words.day(min(dated))} to {words.day(max(dated))}" if dated else ""
        undated = len(self.milestones) - len(dated)
        return (
            f"Timeline of {words.plural(len(self.milestones), 'milestone')} in {words.plural(len(self._lanes()), 'lane')}{span}"
            + (f", {undated} without a date" if undated else "")
        )

    def table(self) -> DataTable:
        rows = [
            (m.lane, m.label, m.due, STATES[m.state][2], m.moved_to or "") for m in self.milestones
        ]
        return table(
            ["Scheme", "Milestone", "Due", "State", "Done or now forecast"],
            rows,
            [0] * 5,
            monthly=False,
        )

    def _lanes(self) -> dict[str, list[Diamond]]:
        out: dict[str, list[Diamond]] = {}
        for m in self.milestones:
            out.setdefault(m.lane, []).append(m)
        return out

    def draw(self, style: Style) -> tuple[list[str], float]:
        lanes = self._lanes()
        dates = _whole_months(
            [d for m in self.milestones for d in (m.due, m.moved_to) if d]
            + ([self.on] if self.on else [])
        )
        out, top = key.legend(self._key(), style)
        named = max(ink.width_of(ink.clean(n), style.font) for n in lanes) + 12
        named = 0.0 if style.narrow else min(named, style.width * 0.36)
        undated = 62 if any(m.due is None for m in self.milestones) else 0
        left, right = 8 + named + 14, style.width - 22 - undated
        days = [d.toordinal() for d in dates] or [0]
        across = axis.place(min(days), max(days), left, right)
        months, edge = _months(dates), style.width - undated - (14 if undated else 2)
        top += 8 + style.line_height
        for x, label in axis.date_labels(
            months, lambda d: across(d.toordinal()), size=style.font, left=2, right=edge
        ):
            out.append(ink.text(x, top, label, style.font, anchor="middle"))
        if undated:
            out.append(ink.text(right + 44, top, "No date", style.font, anchor="middle"))
        shades: list[str] = []
        marks: list[str] = []
        y = top + 6
        for i, (name, found) in enumerate(lanes.items()):
            drawn, height = _lane(
                name, found, style, y, named, across, right + 44, WHITE if i % 2 else SHADE
            )
            if i % 2 == 0:
                shades.append(ink.bar(4, y, style.width - 8, height, fill=SHADE))
            marks += drawn
            y += height
        quarters = [across(d.toordinal()) for d in months if d.month in (1, 4, 7, 10)]
        grid = [ink.line(x, top + 6, x, y, stroke=GRID) for x in quarters]
        at = across(self.on.toordinal()) if self.on else 0.0
        today = [ink.line(at, top + 6, at, y, stroke=RED, width=2, dash="6 3")] if self.on else []
        return out + shades + grid + today + marks, y + 8

    def _key(self) -> list[key.KeyEntry]:
        items = [
            key.point(kind, colour, says)
            for s, (kind, colour, says) in STATES.items()
            if self._count(s)
        ]
        if self.on:
            items.append(key.stroke(RED, words.day(self.on), width=2, dash="6 3"))
        if any(m.moved_to and m.due for m in self.milestones):
            items.append(
                key.stroke(MUTED, "From the day due to the day done or forecast", width=1.4)
            )
        return items


def _whole_months(dates: list[date]) -> list[date]:
    """The dates with the first of the first month and of the month after the last: the axis begins
    and ends on a month."""
    if not dates or max(dates).year >= date.max.year:
        return dates
    first, last = axis.month_number(min(dates)), axis.month_number(max(dates))
    return [*dates, axis.month_start(first), axis.month_start(last + 1)]


def _months(dates: list[date]) -> list[date]:
    """The first of each month that falls inside the dates; the day itself when none does."""
    if not dates:
        return []
    first, last = axis.month_number(min(dates)), axis.month_number(max(dates))
    if last - first > 1200:
        return [min(dates), max(dates)]
    inside = [axis.month_start(m) for m in range(first, last + 1)]
    return [d for d in inside if min(dates) <= d <= max(dates)] or [min(dates)]


def _lane(
    name: str,
    found: list[Diamond],
    style: Style,
    top: float,
    named: float,
    across: axis.Place,
    undated_x: float,
    ground: str,
) -> tuple[list[str], float]:
    """A lane's marks in as many layers as it takes that none hides another, and how high the lane
    is."""
    out: list[str] = []
    step, size = style.mark * 2 + 6, style.font
    head = style.line_height if style.narrow else 0
    ends: list[float] = []
    marks: list[tuple[Diamond, float, int]] = []
    for m in sorted(found, key=lambda m: (m.due or date.max, m.label)):
        x = across(m.due.toordinal()) if m.due else undated_x
        reach = sorted((x, across(m.moved_to.toordinal()) if m.due and m.moved_to else x))
        layer = next((i for i, end in enumerate(ends) if reach[0] - end >= step), len(ends))
        ends[layer : layer + 1] = [reach[1]]
        marks.append((m, x, layer))
    rows = () if style.narrow else ink.wrap(name, named - 4, size, 2)
    height = head + max(len(ends) * step + 6, style.line_height + 4, len(rows) * (size + 3) + 7)
    middle = top + head + (height - head - (len(ends) - 1) * step) / 2
    for m, x, layer in marks:
        y = middle + layer * step
        kind, colour, says = STATES[m.state]
        if m.moved_to and m.due:
            to = across(m.moved_to.toordinal())
            out.append(ink.line(x, y, to, y, width=1.4) + ink.line(to, y - 4, to, y + 4, width=1.4))
        due = f"due {words.day(m.due)}" if m.due else "no date"
        out.append(ink.mark(kind, x, y, style.mark, colour, f"{m.label}: {says.lower()}, {due}"))
    if style.narrow:
        out.append(
            ink.backed(
                8, top + size + 2, ink.shorten(name, style.width - 16, size), size, ground=ground
            )
        )
    else:
        first = top + height / 2 + size * 0.35 - (len(rows) - 1) * (size + 2) / 2
        out += [ink.text(8, first + i * (size + 2), row, size) for i, row in enumerate(rows)]
    return out, height
