"""A waiting list month by month, by months waited: people join, some leave without treatment, some
are treated.

In: today's list by whole months waited (the last cell is "so long or longer"), referrals a month,
the share of each cell that leaves without treatment in a month, and capacity. Out: a `Flow` with
the list at the end of every month, the share within 18 weeks, and who was treated. `capacity_for`
answers "what would it take to reach 92% by March?", and says plainly when no capacity can.

Method: compartments by months waited, each fed by what the one before it kept, as in NHSRtt
(Strategy Unit, 2025).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from oneplace.methods.arrays import Floats

Order = Literal["longest first", "in proportion"]

# 18 weeks in months of 30.4375 days: people in the fifth cell (4 whole months) are within 18 weeks
# for this part of it.
EIGHTEEN_WEEKS_IN_MONTHS = 18 * 7 / 30.4375


@dataclass(frozen=True)
class Flow:
    """Months x cells. `waiting` is the list at each month's end; row 0 of `treated` belongs to the
    first month."""

    waiting: Floats
    treated: Floats
    left_untreated: Floats
    share_within: Floats

    @property
    def size(self) -> Floats:
        return np.asarray(self.waiting.sum(axis=1))


@dataclass(frozen=True)
class CapacityNeeded:
    """`a_month` is None when no capacity reaches the target in time; `why` then says so in
    words."""

    a_month: float | None
    share_reached: float
    why: str


def project(
    waiting: ArrayLike,
    referrals: Sequence[float],
    capacity: Sequence[float],
    *,
    leaving_share: ArrayLike,
    order: Order = "in proportion",
    months_standard: float = EIGHTEEN_WEEKS_IN_MONTHS,
) -> Flow:
    """The list at the end of each month. Each month the list ages, people join, some leave, then
    people are treated.

    "In proportion" treats every cell alike; "longest first" is the fastest way to clear long waits
    and the slowest way to see new people, so truth usually lies between.
    """
    stock = np.asarray(waiting, dtype=np.float64).copy()
    leaving = np.broadcast_to(np.asarray(leaving_share, dtype=np.float64), stock.shape)
    _check(stock, leaving, referrals, capacity)
    rows: list[tuple[Floats, Floats, Floats]] = []
    for joining, able in zip(referrals, capacity, strict=True):
        stock = _age(stock, joining)
        gone = stock * leaving
        stock = stock - gone
        seen = _treat(stock, able, order)
        stock = stock - seen
        rows.append((stock, seen, gone))
    kept, treated, left = (np.array([row[i] for row in rows]) for i in range(3))
    inside = np.clip(months_standard - np.arange(stock.size), 0.0, 1.0)
    totals = kept.sum(axis=1)
    shares = np.where(
        totals > 0, (kept * inside).sum(axis=1) / np.where(totals > 0, totals, 1.0), 1.0
    )
    return Flow(kept, treated, left, shares)


def share_within(waiting: ArrayLike, months_standard: float = EIGHTEEN_WEEKS_IN_MONTHS) -> float:
    """Share of the list that has waited less than the standard; an empty list meets any
    standard."""
    stock = np.asarray(waiting, dtype=np.float64)
    total = float(stock.sum())
    inside = np.clip(months_standard - np.arange(stock.size), 0.0, 1.0)
    return float((stock * inside).sum() / total) if total > 0 else 1.0


def steady_list(
    referrals: float, *, leaving_share: Sequence[float], service: Sequence[float]
) -> tuple[list[float], list[float]]:
    """List and people treated in each cell when every month is like the last; nobody is treated who
    is not there."""
    sizes, served, arriving = [], [], float(referrals)
    for share, able in zip(leaving_share, service, strict=True):
        staying = arriving * (1 - share)
        seen = min(able, staying)
        arriving = staying - seen
        sizes.append(arriving)
        served.append(seen)
    return sizes, served


def leaving_shares(
    before: ArrayLike, after: ArrayLike, treated: ArrayLike, referrals: float
) -> Floats:
    """Share of each cell that left untreated between two month ends, from both lists and those
    treated in between.

    Negative where more people stand in a cell than can have come: records were added late or moved,
    and the reader should know, so nothing is cut off. The last cell also holds those who were
    already in it.
    """
    old, new, seen = (np.asarray(v, dtype=np.float64) for v in (before, after, treated))
    came = _age(old, referrals)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(came > 0, 1 - (new + seen) / came, 0.0))


def capacity_for(
    target_share: float,
    waiting: ArrayLike,
    referrals: Sequence[float],
    *,
    leaving_share: ArrayLike,
    order: Order = "longest first",
    months_standard: float = EIGHTEEN_WEEKS_IN_MONTHS,
) -> CapacityNeeded:
    """Least steady monthly capacity with which the share within the standard reaches the target in
    the last month."""
    if not 0 < target_share <= 1:
        raise ValueError(f"the target share is {target_share}; it is above 0 and at most 1")
    months = len(referrals)

    def reached(able: float) -> float:
        flow = project(
            waiting,
            referrals,
            [able] * months,
            leaving_share=leaving_share,
            order=order,
            months_standard=months_standard,
        )
        return float(flow.share_within[-1])

    idle = reached(0.0)
    if idle >= target_share:
        return CapacityNeeded(0.0, idle, f"{idle:.1%} is reached without treating anybody")
    everybody = float(np.sum(np.asarray(waiting, dtype=np.float64)) + sum(referrals))
    # Just short of clearing the list: an empty list meets every standard and answers nothing.
    most = _most_short_of_empty(waiting, referrals, leaving_share, order, everybody)
    best = reached(most)
    if best < target_share:
        why = f"no capacity reaches {target_share:.1%} in {months} months short of clearing the list: {best:.1%} at most"
        return CapacityNeeded(None, best, why)
    low, high = 0.0, most
    while high - low > 1e-6 * max(high, 1.0):
        middle = (low + high) / 2
        low, high = (low, middle) if reached(middle) >= target_share else (middle, high)
    return CapacityNeeded(
        high, reached(high), f"{high:,.0f} people a month treated for {months} months"
    )


def _most_short_of_empty(
    waiting: ArrayLike,
    referrals: Sequence[float],
    leaving_share: ArrayLike,
    order: Order,
    everybody: float,
) -> float:
    """The largest steady capacity that leaves one person in a thousand waiting at the end."""
    low, high = 0.0, everybody
    floor = max(everybody / 1000, 1e-9)
    while high - low > 1e-7 * everybody:
        middle = (low + high) / 2
        flow = project(
            waiting, referrals, [middle] * len(referrals), leaving_share=leaving_share, order=order
        )
        low, high = (middle, high) if flow.size[-1] > floor else (low, middle)
    return low


def _age(stock: Floats, joining: float) -> Floats:
    """Everybody has waited a month more; the last cell keeps those who were in it."""
    older = np.empty(stock.shape)
    older[0] = joining
    older[1:] = stock[:-1]
    older[-1] += stock[-1]
    return older


def _treat(stock: Floats, able: float, order: Order) -> Floats:
    total = float(stock.sum())
    if able >= total:
        return stock.copy()
    if order == "in proportion":
        return np.asarray(stock * (able / total))
    longer = np.concatenate([np.cumsum(stock[::-1])[::-1][1:], [0.0]])
    return np.clip(able - longer, 0.0, stock)


def _check(
    stock: Floats, leaving: Floats, referrals: Sequence[float], capacity: Sequence[float]
) -> None:
    if stock.ndim != 1 or stock.size < 2 or not (stock >= 0).all():
        raise ValueError("the list has two cells of months waited at least, and nobody is negative")
    if not ((leaving <= 1) & np.isfinite(leaving)).all():
        raise ValueError("the share that leaves untreated is at most 1")
    if len(referrals) != len(capacity):
        raise ValueError(
            f"there are {len(referrals)} months of referrals and {len(capacity)} of capacity"
        )
    if not referrals:
        raise ValueError("at least one month is projected")
    if min(referrals) < 0 or min(capacity) < 0:
        raise ValueError("referrals and capacity are 0 or more")
