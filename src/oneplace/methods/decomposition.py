"""Which ages and causes make the gap in life expectancy between two populations (Arriaga).

In: death rates by age, and by age and cause, of a first and a second population. Out: years of the
gap (second minus first) that each age, and each cause at each age, accounts for. The parts add up
to the gap.

Source: Arriaga E. Demography 1984;21:83-96, as given in Preston S H, Heuveline P, Guillot M.
Demography, Blackwell 2001, box 4.3 (ages) and section 4.7 (causes).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from oneplace.methods.arrays import Floats
from oneplace.methods.lifetable import expectation_from_rates

Direction = Literal["first to second", "second to first", "mean"]

# Rates this close, as a share of themselves, are equal; and how far beside it a rate is looked at
# then.
ALIKE = 1e-9
NUDGE = 1e-5


@dataclass(frozen=True)
class GapParts:
    """Years of the gap by age and by age and cause; `by_cause.sum()` is 0-sized when no causes were
    given."""

    first: float
    second: float
    gap: float
    by_age: Floats
    by_age_and_cause: Floats
    by_cause: Floats
    direction: Direction


def arriaga(
    first_rates: ArrayLike,
    second_rates: ArrayLike,
    start_age: ArrayLike,
    *,
    first_causes: ArrayLike | None = None,
    second_causes: ArrayLike | None = None,
    direction: Direction = "first to second",
) -> GapParts:
    """Split e0(second) - e0(first). The method is not symmetric: name the direction, or take the
    mean of both.

    At an age where the two total rates are equal the age contributes nothing; causes there may
    still differ, and cancel. What a death is worth at such an age is then taken from a rate just
    beside it.
    """
    one, two = np.asarray(first_rates, dtype=np.float64), np.asarray(second_rates, dtype=np.float64)
    forward = _by_age(one, two, start_age)
    if direction == "first to second":
        by_age = forward
    elif direction == "second to first":
        by_age = -_by_age(two, one, start_age)
    else:
        by_age = (forward - _by_age(two, one, start_age)) / 2
    by_both = np.zeros((one.size, 0))
    if first_causes is not None and second_causes is not None:
        by_both = _by_cause(
            by_age, one, two, np.asarray(first_causes), np.asarray(second_causes), start_age
        )
    e_one, e_two = (float(expectation_from_rates(m, start_age)[2][0]) for m in (one, two))
    return GapParts(e_one, e_two, e_two - e_one, by_age, by_both, by_both.sum(axis=0), direction)


def _by_age(one: Floats, two: Floats, start_age: ArrayLike) -> Floats:
    """Direct effect of an age plus its indirect and interaction effect on the years of those who
    survive it."""
    l1, years1, _ = expectation_from_rates(one, start_age)
    l2, years2, _ = expectation_from_rates(two, start_age)
    beyond2 = np.cumsum(years2[::-1])[::-1]
    parts = l1 * (years2 / l2 - years1 / l1)
    parts[:-1] += beyond2[1:] * (l1[:-1] / l2[:-1] - l1[1:] / l2[1:])
    return np.asarray(parts)


def _by_cause(
    by_age: Floats, one: Floats, two: Floats, causes1: Floats, causes2: Floats, start_age: ArrayLike
) -> Floats:
    """Years that each death per person is worth at an age, times how many fewer die of the cause
    there."""
    difference = two - one
    same = np.abs(difference) <= ALIKE * np.maximum(one, two)
    worth = np.divide(by_age, difference, out=np.zeros(one.size), where=~same)
    for age in np.flatnonzero(same):
        nudge = NUDGE * max(float(two[age]), float(one[age]), 1e-6)
        nudged = two.copy()
        nudged[age] = one[age] + nudge
        worth[age] = _by_age(one, nudged, start_age)[age] / nudge
    return np.asarray(worth[:, None] * (causes2 - causes1))
