"""Pictures small enough for a cell of a table: a course of values, and where one unit stands
between the lowest and the highest.

In: values. Out: SVG text without style or script, hidden from screen readers: the cell's own words
say the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from oneplace.report.charts import ink
from oneplace.report.charts.ink import BLUE, GRID, INK, MUTED, NAVY, PALE

WIDTH, HEIGHT = 96, 22
SPINE_WIDTH = 220


def spark(values: Sequence[float | None]) -> str:
    """A line through the values with its last point marked; a gap where there is none."""
    known = [v for v in values if v is not None]
    if len(known) < 2:
        return ""
    low, high = min(known), max(known)
    spread = (high - low) or 1.0

    def at(i: int, v: float) -> tuple[float, float]:
        return 3 + i * (WIDTH - 6) / (len(values) - 1), HEIGHT - 4 - (v - low) / spread * (
            HEIGHT - 8
        )

    runs: list[list[tuple[float, float]]] = [[]]
    for i, v in enumerate(values):
        if v is None:
            runs.append([])
        else:
            runs[-1].append(at(i, v))
    lines = "".join(
        f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in run)}" fill="none" stroke="{BLUE}" stroke-width="1.5"/>'
        if len(run) > 1
        else f'<circle cx="{run[0][0]:.1f}" cy="{run[0][1]:.1f}" r="1.5" fill="{BLUE}"/>'
        for run in runs
        if run
    )
    last = max(i for i, v in enumerate(values) if v is not None)
    x, y = at(last, values[last] or 0.0)
    return _framed(
        WIDTH, HEIGHT, f'{lines}<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{NAVY}"/>'
    )


def spine_bar(value: float | None, spine: Mapping[str, float], *, outside: bool) -> str:
    """From the lowest on the left to the highest on the right, the place's average in the middle;
    the middle half is darker."""
    arm = max(spine["highest"] - spine["average"], spine["average"] - spine["lowest"])
    if arm <= 0:
        return ""

    def at(v: float) -> float:
        return SPINE_WIDTH / 2 + (v - spine["average"]) / arm * (SPINE_WIDTH / 2 - 8)

    def band(a: float, b: float, colour: str) -> str:
        left, right = sorted((at(a), at(b)))
        return f'<rect x="{left:.1f}" y="7" width="{right - left:.1f}" height="8" fill="{colour}"/>'

    drawn = band(spine["lowest"], spine["highest"], PALE) + band(
        spine["lower_quarter"], spine["upper_quarter"], GRID
    )
    drawn += ink.line(SPINE_WIDTH / 2, 3, SPINE_WIDTH / 2, 19, stroke=MUTED)
    if value is not None:
        x = at(value)
        mark = (
            f'<rect x="{x - 5:.1f}" y="6" width="10" height="10" fill="{NAVY}" transform="rotate(45 {x:.1f} 11)"/>'
            if outside
            else f'<circle cx="{x:.1f}" cy="11" r="5" fill="#ffffff" stroke="{INK}" stroke-width="2"/>'
        )
        drawn += mark
    return _framed(SPINE_WIDTH, HEIGHT, drawn)


def _framed(width: int, height: int, inside: str) -> str:
    return f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" aria-hidden="true" focusable="false">{inside}</svg>'
