"""Whether a figure meets a standard: by its counts, never by its rounded percentage.

In: a figure and a standard. Out: a `Judgement` that says met, not met or why neither, and how many more would have met it.
28,999 of 31,521 is 91.9990% and does not meet 92%, though a page prints 92.0%.
"""

from __future__ import annotations

import calendar
import datetime as dt
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from oneplace.plan.performance.series import Figure
from oneplace.plan.performance.trajectories import MEETS

_MONTHS = {name.casefold(): i for i, name in enumerate(calendar.month_name) if name}
_LEVEL = re.compile(rf"({'|'.join(_MONTHS)}) (\d{{4}}) level", re.IGNORECASE)
Verdict = Literal["met", "not met", "no data"]


@dataclass(frozen=True)
class Judgement:
    """`short_by` counts the people (or pathways) by which a standard was missed; None where it is met or cannot be counted."""

    verdict: Verdict
    why: str
    short_by: int | None = None


def judge(figure: Figure | None, *, operator: str, value: Decimal, share: bool) -> Judgement:
    """Exact: a share is compared as numerator x 100 with value x denominator, in whole numbers."""
    if figure is None:
        return Judgement("no data", "no figure")
    if figure.suppressed or (figure.value is None and figure.numerator is None):
        return Judgement("no data", figure.caveat or "the figure was withheld or not returned")
    if share and figure.numerator is not None and figure.denominator:
        counted, of = round(figure.numerator), round(figure.denominator)
        met = MEETS[operator](Decimal(100 * counted), value * of)
        why = (
            f"{counted:,} of {of:,} is {_exact(counted, of)}%, the standard is {_said(operator)} {value.normalize():f}%"
        )
        return Judgement("met" if met else "not met", why, None if met else _short(operator, value, counted, of))
    if share and figure.denominator == 0:
        return Judgement("no data", "nobody in the denominator")
    amount = Decimal(repr(figure.value if figure.value is not None else figure.numerator))
    met = MEETS[operator](amount, value)
    shown = f"{amount.normalize():,f}"
    why = (
        f"{shown}{'%' if share else ''}, the standard is {_said(operator)} {value.normalize():,f}{'%' if share else ''}"
    )
    short = None
    if not met and not share and operator in ("<", "<=", "="):
        short = math.ceil(amount - value) + (operator == "<" and amount == int(amount))
    return Judgement("met" if met else "not met", why + ("; without counts" if share else ""), short)


def level(in_words: str | None, months: Sequence[Figure]) -> Decimal | None:
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


def _said(operator: str) -> str:
    return {">=": "at least", "<=": "at most", "<": "under", ">": "over", "=": "exactly"}[operator]
