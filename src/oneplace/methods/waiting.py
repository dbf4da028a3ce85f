"""Waiting lists by formula: how long should the list be, what capacity holds it there, what brings
it down?

In: weekly demand and capacity, or the dates on which people joined and left. Out: numbers, or a
`ListStatistics`. Times are in weeks unless a name says days. `waiting_flow` follows the list month
by month.

Sources: Fong K, Mushtaq Y, House T, Gordon D, Chen Y, Griffin D, Olamide D, Walton N. Understanding
waiting lists pressures, medRxiv 2022.08.23.22279117 (target mean wait, target queue D x W / 4,
relief and target capacity, pressure).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import ArrayLike

from oneplace.methods.arrays import Floats

DAYS_A_WEEK = 7
# Fong and others 2022: with waits spread exponentially, a mean of a quarter of the target lets
# about 2% wait longer.
USUAL_FACTOR = 4.0
USUAL_WEEKS_OF_RELIEF = 26.0
RTT_WEEKS = 18.0


def queue_load(demand: ArrayLike, capacity: ArrayLike) -> Floats:
    """Demand over capacity; from 1 the list grows without end, however long it is given. No
    capacity is infinite load."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(_floats(demand) / _floats(capacity))


def target_mean_wait(target_wait: ArrayLike, factor: ArrayLike = USUAL_FACTOR) -> Floats:
    return np.asarray(_floats(target_wait) / _floats(factor))


def target_queue_size(
    demand: ArrayLike, target_wait: ArrayLike, factor: ArrayLike = USUAL_FACTOR
) -> Floats:
    """The longest list that still meets the target wait: D x W / factor (Little's law)."""
    return np.asarray(_floats(demand) * target_mean_wait(target_wait, factor))


def target_capacity(
    demand: ArrayLike,
    target_wait: ArrayLike,
    factor: ArrayLike = USUAL_FACTOR,
    *,
    cv_demand: ArrayLike = 1.0,
    cv_capacity: ArrayLike = 1.0,
) -> Floats:
    """Weekly capacity that holds a list at its target size, more where arrivals and removals vary
    more."""
    variation = (_floats(cv_demand) ** 2 + _floats(cv_capacity) ** 2) / 2
    return np.asarray(_floats(demand) + variation / target_mean_wait(target_wait, factor))


def relief_capacity(
    demand: ArrayLike,
    queue_size: ArrayLike,
    target_queue: ArrayLike,
    weeks_to_target: ArrayLike = USUAL_WEEKS_OF_RELIEF,
) -> Floats:
    """Weekly capacity that brings the list to its target in so many weeks: D + (Q - Q*) / weeks."""
    return np.asarray(
        _floats(demand) + (_floats(queue_size) - _floats(target_queue)) / _floats(weeks_to_target)
    )


def pressure(mean_wait: ArrayLike, target_wait: ArrayLike) -> Floats:
    """Twice the mean wait over the target, both in the same unit; above 1 the target is out of
    reach."""
    return np.asarray(2 * _floats(mean_wait) / _floats(target_wait))


@dataclass(frozen=True)
class SteadyState:
    rate_lambda: float
    list_size: float


def steady_state(
    referrals_per_week: float, share_within: float, *, weeks: float = RTT_WEEKS
) -> SteadyState:
    """Size of a list in balance of which a share waits less than so many weeks, if waits are
    exponential.

    Everybody within the time would need an empty list and endless capacity, so a share of 1 is
    refused.
    """
    if not 0 < share_within < 1:
        raise ValueError(
            f"the share within {weeks:g} weeks is {share_within}; it lies between 0 and 1, both left out"
        )
    if referrals_per_week < 0:
        raise ValueError(f"referrals are {referrals_per_week} a week; they are 0 or more")
    rate = -math.log1p(-share_within) / weeks
    return SteadyState(rate, referrals_per_week / rate)


@dataclass(frozen=True)
class ListStatistics:
    """What a list of dates says about its period.

    `count_demand` counts the intervals that arrivals cut the period into, one more than the
    arrivals. `mean_wait_days` is of those still waiting at the end; None when nobody is.
    `pressure_as_published` sets days over weeks, as the published package does; `pressure` sets
    weeks over weeks and is the one to read.
    """

    mean_demand: float
    mean_capacity: float
    load: float
    load_too_big: bool
    count_demand: int
    queue_size: int
    target_queue_size: float
    queue_too_big: bool
    mean_wait_days: float | None
    cv_arrival: float | None
    cv_removal: float | None
    target_capacity: float | None
    relief_capacity: float | None
    pressure: float | None
    pressure_as_published: float | None


def list_statistics(
    referral: Sequence[date],
    removal: Sequence[date | None],
    *,
    start: date,
    end: date,
    target_wait_weeks: float,
) -> ListStatistics:
    """Statistics of one list between two days, both inside the period. Any `end` may be the
    snapshot."""
    if len(referral) != len(removal):
        raise ValueError(
            f"there are {len(referral)} referrals and {len(removal)} removals; each referral has one, or none"
        )
    if end <= start:
        raise ValueError(f"the period ends {end}, not after its start {start}")
    if not target_wait_weeks > 0:
        raise ValueError(f"the target wait is {target_wait_weeks:g} weeks; it is above 0")
    for row, (joined_on, left_on) in enumerate(zip(referral, removal, strict=True), start=1):
        if left_on is not None and left_on < joined_on:
            raise ValueError(
                f"person {row} was removed on {left_on}, before the referral on {joined_on}"
            )
    joined = np.array([d.toordinal() for d in referral], dtype=np.int64)
    left = np.array([np.nan if d is None else d.toordinal() for d in removal], dtype=np.float64)
    first, last = start.toordinal(), end.toordinal()
    arrivals = np.sort(joined[(joined >= first) & (joined <= last)])
    between = np.diff(np.concatenate([[first], arrivals, [last]])).astype(np.float64)
    demand, cv_arrival = _weekly(between)
    capacity, cv_removal = _weekly(_between_removals(joined, left, first, last))
    waiting = (joined <= last) & ~(left <= last)
    queue = int(waiting.sum())
    target = float(target_queue_size(demand, target_wait_weeks))
    too_big = queue > 2 * target
    mean_days = float((last - joined[waiting]).mean()) if queue else None
    load = float(queue_load(demand, capacity))
    varies = cv_arrival is not None and cv_removal is not None
    return ListStatistics(
        mean_demand=demand,
        mean_capacity=capacity,
        load=load,
        load_too_big=load >= 1,
        count_demand=between.size,
        queue_size=queue,
        target_queue_size=target,
        queue_too_big=too_big,
        mean_wait_days=mean_days,
        cv_arrival=cv_arrival,
        cv_removal=cv_removal,
        target_capacity=None
        if too_big or not varies
        else float(
            target_capacity(
                demand, target_wait_weeks, cv_demand=cv_arrival or 0, cv_capacity=cv_removal or 0
            )
        ),
        relief_capacity=float(relief_capacity(demand, queue, target)) if too_big else None,
        pressure=None
        if mean_days is None
        else float(pressure(mean_days / DAYS_A_WEEK, target_wait_weeks)),
        pressure_as_published=None
        if mean_days is None
        else float(pressure(mean_days, target_wait_weeks)),
    )


def queue_by_day(
    referral: Sequence[date], removal: Sequence[date | None], *, start: date, end: date
) -> list[int]:
    """People waiting at the end of every day of the period; those who joined before it are waiting
    on its first day."""
    joined = np.array([d.toordinal() for d in referral], dtype=np.int64)
    left = np.array([np.nan if d is None else d.toordinal() for d in removal], dtype=np.float64)
    return [int(n) for n in _queue(joined, left, start.toordinal(), end.toordinal())]


def _queue(
    joined: np.ndarray[tuple[int, ...], np.dtype[np.int64]], left: Floats, first: int, last: int
) -> Floats:
    days = np.arange(first, last + 1)
    came = np.searchsorted(np.sort(joined), days, side="right").astype(np.float64)
    went = np.searchsorted(np.sort(left[np.isfinite(left)]), days, side="right").astype(np.float64)
    return np.asarray(came - went)


def _between_removals(
    joined: np.ndarray[tuple[int, ...], np.dtype[np.int64]], left: Floats, first: int, last: int
) -> Floats:
    """Days between removals, counted from the last day on which the list was empty: idle time is
    not lack of capacity.

    As published: the period's start counts as a removal, its end does not, and the list is looked
    at from its first referral to its last.
    """
    gone = left[(left >= first) & (left <= last)]
    events = np.sort(np.concatenate([[first], gone]))
    seen_from, seen_to = int(joined.min()), int(joined.max())
    # Before the first and after the last referral the published queue is not looked at.
    inside = np.where((left >= seen_from) & (left <= seen_to), left, np.nan)
    empty = np.arange(seen_from, seen_to + 1)[_queue(joined, inside, seen_from, seen_to) == 0]
    day = np.concatenate([empty, events])
    is_removal = np.concatenate([np.zeros(empty.size, bool), np.ones(events.size, bool)])
    order = np.lexsort((is_removal, day))
    day, is_removal = day[order], is_removal[order]
    gaps = np.diff(day)
    return np.asarray(gaps[is_removal[1:]], dtype=np.float64)


def _weekly(gaps: Floats) -> tuple[float, float | None]:
    """Events a week, and the coefficient of variation of the gaps (None with fewer than two)."""
    if not gaps.size:
        return 0.0, None
    mean = float(gaps.mean())
    if mean == 0:
        return math.inf, None
    return DAYS_A_WEEK / mean, float(gaps.std(ddof=1)) / mean if gaps.size > 1 else None


def _floats(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)
