"""Days within a year of a life, drawn with the winter in them.

In: first and last day for each event and how much more January sees than the average month. Out: a
day for each. The rate over a year is 1 + winter x cos(2 pi (day - 15 January) / 365.25): one
harmonic, its peak in mid-January.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from oneplace.demonstration.chance import Array, between
from oneplace.demonstration.days import YEAR_DAYS

_PEAK = 14.0  # days after 1 January


@cache
def _running(begin: int, finish: int, winter: float) -> tuple[Array, Array]:
    days = np.arange(begin, finish + 2)
    phase = 2 * np.pi / YEAR_DAYS
    total = (days - begin) + winter * (
        np.sin(phase * (days - _PEAK)) - np.sin(phase * (begin - _PEAK))
    ) / phase
    return days.astype(np.float64), total


def days_drawn(
    rng: np.random.Generator, first: Array, last: Array, winter: float, begin: int, finish: int
) -> Array:
    """A day from first to last for each; all lie in the period from begin to finish."""
    if winter == 0:
        return between(rng, first, last)
    days, total = _running(begin, finish, winter)
    low, high = total[first - begin], total[last + 1 - begin]
    found = np.interp(low + rng.random(len(first)) * (high - low), total, days).astype(np.int32)
    return np.asarray(np.clip(found, first, last), np.int32)
