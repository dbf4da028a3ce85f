"""Whether a figure meets a standard, and which standard that is: by its counts, never by its
rounded percentage.

In: a figure and a standard. Out: a `Judgement` that says met, not met or why neither, and how many
more would have met it. 28,999 of 31,521 is 91.9990% and does not meet 92%, though a page prints
92.0%. A local estimate is put beside the standard and gives no verdict. A dated goal is judged by
the month in which it was promised, once that month has come.
"""

from __future__ import annotations

import calendar
import datetime as dt
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from oneplace.measures.series import Observation, following
from oneplace.measures.trajectories import MEETS, Trajectory
from oneplace.place.standards import SAID, Pledge, Standard, in_force

_MONTHS = {name.casefold(): i for i, name in enumerate(calendar.month_name) if name}
_LEVEL = re.compile(rf"({'|'.join(_MONTHS)}) (\d{{4}}) level", re.IGNORECASE)
Verdict = Literal["met", "not met", "estimate", "no data"]
Better = Literal["higher", "lower"]
NO_VERDICT = "a local estimate, which gives no verdict"


@dataclass(frozen=True)
class Judgement:
    """`short_by` counts the people (or pathways) by which a standard was missed; None where it is
    met or cannot be counted. `month` is the first day of the month judged, None where none was."""

    verdict: Verdict
    why: str
    short_by: int | None = None
    month: dt.date | None = None
    missed: bool | None = None
    """whether the figure lies on the wrong side, of a local estimate too; None where nothing can be
    said"""


@dataclass(frozen=True)
class Applied:
    """The one standard that a measure is held to in a month, and who set it."""

    called: str
    operator: str
    value: Decimal
    source: str


def standard_of(
    standards: Sequence[Standard],
    pledges: Sequence[Pledge],
    trajectory: Trajectory | None,
    month: dt.date,
) -> Applied | None:
    """The first dated standard with a number, else the one in the plan's course for the month, else
    the pledge in force.

    A level that is given as a month's own figure belongs to its goal and its date, and is the
    standard of no other month."""
    for s in standards:
        if s.kind == "threshold" and s.operator and s.value is not None:
            return Applied(f"{s.id}, {s.title}", s.operator, s.value, s.source)
    if trajectory is not None and trajectory.points:
        point = trajectory.at(month) or trajectory.points[0]
        month_or_quarter = (
            f"{point.period.start:%B %Y}"
            if len(str(point.period)) == 7 and "Q" not in str(point.period)
            else str(point.period)
        )
        return Applied(
            f"the plan’s course, {month_or_quarter}",
            trajectory.operator,
            point.standard,
            trajectory.source,
        )
    pledge = in_force(pledges, month)
    return (
        Applied(f"{pledge.id}, {pledge.title}", pledge.operator, pledge.value, pledge.source)
        if pledge
        else None
    )


def judge_goal(
    s: Standard, months: Sequence[Observation], *, share: bool, better: Better, on: dt.date
) -> Judgement | None:
    """One dated standard beside a measure's months up to the day, oldest first. None for a
    deliverable, which no figure judges."""
    if s.kind == "deliverable":
        return None
    if not months:
        return Judgement("no data", "no figure up to this day")
    figure = _promised_month(s, months, on) or months[-1]
    if s.kind == "direction":
        return _moving(s, figure, months, better)
    value = s.value if s.value is not None else level(s.value_in_words, months)
    if value is None or s.operator is None:
        return Judgement("no data", f"the level to compare with ({s.value_in_words}) is not known")
    return judge(figure, operator=s.operator, value=value, share=share)


def _promised_month(s: Standard, months: Sequence[Observation], on: dt.date) -> Observation | None:
    """The figure of the last month of the goal's date where that has come; None before it, or where
    it is not known."""
    end = s.by.end if s.by else None
    if end is None or following(end) > on:
        return None
    return next((f for f in months if f.month == end.replace(day=1)), None)


def _moving(
    s: Standard, latest: Observation, months: Sequence[Observation], better: Better
) -> Judgement:
    """Against the same month of the year before; a difference of nothing is no movement."""
    before = next((f for f in months if following(f.month, 12) == latest.month), None)
    if before is None or before.value is None or latest.value is None:
        return Judgement(
            "no data", "the same month of the year before is not known", month=latest.month
        )
    wish = {"decrease": -1, "increase": 1, "improve": 1 if better == "higher" else -1}[
        s.direction or "improve"
    ]
    change = latest.value - before.value
    why = f"{latest.value:,.6g} in {latest.month:%B %Y} beside {before.value:,.6g} a year before"
    if latest.estimate or before.estimate:
        return Judgement("estimate", f"{why}; {NO_VERDICT}", month=latest.month)
    return Judgement("met" if change * wish > 0 else "not met", why, month=latest.month)


def judge(figure: Observation | None, *, operator: str, value: Decimal, share: bool) -> Judgement:
    """Exact: a share is compared as numerator x 100 with value x denominator, in whole numbers."""
    if figure is None:
        return Judgement("no data", "no figure")
    found = _compared(figure, operator, value, share)
    if figure.estimate and found.verdict in ("met", "not met"):
        found = replace(
            found,
            verdict="estimate",
            why=f"{found.why}; {NO_VERDICT}",
            missed=found.verdict == "not met",
        )
    elif found.verdict in ("met", "not met"):
        found = replace(found, missed=found.verdict == "not met")
    return replace(found, month=figure.month)


def _compared(figure: Observation, operator: str, value: Decimal, share: bool) -> Judgement:
    if figure.suppressed or (figure.value is None and figure.numerator is None):
        return Judgement("no data", figure.caveat or "the figure was withheld or not returned")
    if share and figure.numerator is not None and figure.denominator:
        counted, of = round(figure.numerator), round(figure.denominator)
        met = MEETS[operator](Decimal(100 * counted), value * of)
        why = f"{counted:,} of {of:,} is {_exact(counted, of)}%, the standard is {SAID[operator]} {value.normalize():f}%"
        return Judgement(
            "met" if met else "not met", why, None if met else _short(operator, value, counted, of)
        )
    if share and figure.denominator == 0:
        return Judgement("no data", "nobody in the denominator")
    amount = Decimal(repr(figure.value if figure.value is not None else figure.numerator))
    met = MEETS[operator](amount, value)
    shown = f"{amount.normalize():,f}"
    why = f"{shown}{'%' if share else ''}, the standard is {SAID[operator]} {value.normalize():,f}{'%' if share else ''}"
    short = None
    if not met and not share and operator in ("<", "<=", "="):
        short = math.ceil(amount - value) + (operator == "<" and amount == int(amount))
    return Judgement(
        "met" if met else "not met", why + ("; without counts" if share else ""), short
    )


def level(in_words: str | None, months: Sequence[Observation]) -> Decimal | None:
    """A level given as a month's own figure, such as the list of March 2018."""
    hit = _LEVEL.search(in_words or "")
    if not hit:
        return None
    month = dt.date(int(hit[2]), _MONTHS[hit[1].casefold()], 1)
    at = next((f for f in months if f.month == month), None)
    return Decimal(repr(at.value)) if at and at.value is not None else None


def _short(operator: str, value: Decimal, counted: int, of: int) -> int | None:
    """How many of the same denominator would have had to be counted, or not counted."""
    limit = Fraction(value) * of / 100
    if operator in (">=", ">"):
        needed = math.ceil(limit) if operator == ">=" else math.floor(limit) + 1
        return max(needed - counted, 0) if needed <= of else None
    allowed = math.floor(limit) if operator in ("<=", "=") else math.ceil(limit) - 1
    return max(counted - allowed, 0) if allowed >= 0 else None


def _exact(counted: int, of: int) -> str:
    """As many decimals as it takes to tell the share from its neighbour, four at most."""
    return f"{100 * counted / of:.4f}".rstrip("0").rstrip(".")
