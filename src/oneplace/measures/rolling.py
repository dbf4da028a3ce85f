"""Rolling quarters and years of a pathway so small that its months may not be shown.

In: exact counts month by month, the rule of disclosure. Out: for each month the three and the
twelve months that end in it, rounded and hidden by the rule. Never points of a control chart:
windows overlap, so that one month moves many of them. A window of which one month alone is hidden
is hidden, too: the months that are shown would tell that one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from oneplace.measures.series import following
from oneplace.safety.disclose import Profile, too_small

QUARTER, YEAR = 3, 12
COARSEST = 5  # what is not rounded by its rule is rounded so here: neighbours that overlap would give exact months
ENOUGH_SHOWN = 12  # from so many shown months on a series is read month by month
Exact = tuple[dt.date, float, float | None]


@dataclass(frozen=True)
class RollingMonths:
    """So many months up to and including `until`; counts are rounded, and None where they are too
    small to show."""

    until: dt.date
    months: int
    numerator: int | None
    denominator: int | None
    value: float | None


def windows(
    counts: Sequence[Exact], rule: Profile, *, months: int, share: bool
) -> list[RollingMonths]:
    """One window for each month that has so many months in a row up to it."""
    ordered = sorted(counts, key=lambda c: c[0])
    found = []
    for i in range(months - 1, len(ordered)):
        part = ordered[i - months + 1 : i + 1]
        if following(part[0][0], months - 1) == part[-1][0]:
            found.append(_window(part, rule, share))
    return found


def _window(part: Sequence[Exact], rule: Profile, share: bool) -> RollingMonths:
    until, months = part[-1][0], len(part)
    n, with_people = sum(c[1] for c in part), [c[2] for c in part]
    of = None if None in with_people else sum(d for d in with_people if d is not None)
    hidden = sum(too_small(c[1], c[2], rule, share=share) for c in part)
    if too_small(n, of, rule, share=share) or (hidden == 1 and months > 1):
        return RollingMonths(until, months, None, None, None)
    shown, people = _rounded(n, rule), None if of is None else _rounded(of, rule)
    value = (
        None
        if people == 0
        else 100 * shown / people
        if share and people is not None
        else float(shown)
    )
    return RollingMonths(until, months, shown, people, value)


def _rounded(n: float, rule: Profile) -> int:
    to = max(rule.nearest or 1, COARSEST)
    return int(to * ((round(n) + to // 2) // to))
