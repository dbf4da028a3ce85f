"""A waiting list as stock and flow: who waits how long, who joins, who is treated, and what it
would take to meet the standard.

In: how many people of each starting month stopped in each month and why (or a published list by
weeks waited). Out: plain answers. A cell is the number of month ends since somebody joined: cell 0
joined this month, so cell k has waited k to k + 1 months. Whom services treat is told three ways:
as now (each cell's share of the last year, all raised or lowered alike), longest waits first, and
all alike; each is shown with how it would have told the past year. The last two bracket what can be
done, the first is what is done.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from oneplace.measures.series import following, months_between
from oneplace.methods import waiting
from oneplace.methods.arrays import Floats
from oneplace.methods.waiting_flow import (
    EIGHTEEN_WEEKS_IN_MONTHS,
    Order,
    capacity_for,
    project,
    share_within,
)

CELLS = 13  # 0 to 11 months, and a year or more
WEEKS_A_MONTH = 30.4375 / 7
AS_NOW = "as now"
ORDERS: tuple[Order, ...] = ("longest first", "in proportion")
WAYS = (AS_NOW, *ORDERS)
Outcome = Literal["treated", "left", "waiting"]


@dataclass(frozen=True)
class Cohort:
    """People who joined in one month and whose clocks stopped in one (None: still running when the
    records end)."""

    joined: dt.date
    stopped: dt.date | None
    outcome: Outcome
    people: int


@dataclass(frozen=True)
class History:
    """A list month by month. `stock[m]` is the list by cell at the end of `months[m]`; the flows
    are of that month."""

    months: tuple[dt.date, ...]
    stock: Floats
    joined: Floats
    treated: Floats
    left: Floats

    def leaving_share(self, last: int = 12) -> Floats:
        """Share of each cell that left untreated in a month, over the last months; nought where
        nobody ever stood."""
        return self._share(self.left, np.zeros(self.left.shape), last)

    def treated_share(self, last: int = 12) -> Floats:
        """Share of those in each cell who did not leave and were treated in a month."""
        return self._share(self.treated, self.left, last)

    def _share(self, going: Floats, first: Floats, last: int) -> Floats:
        came, gone = np.zeros(self.stock.shape[1]), np.zeros(self.stock.shape[1])
        for m in range(max(1, len(self.months) - last), len(self.months)):
            came += _aged(self.stock[m - 1], self.joined[m]) - first[m]
            gone += going[m]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.clip(np.where(came > 0, gone / came, 0.0), 0.0, 1.0))


def history(cohorts: Sequence[Cohort], *, first: dt.date, last: dt.date) -> History:
    """Stock and flow of every month from `first` to `last`; stops after `last` are waits at its
    end."""
    months = [following(first, i) for i in range(months_between(first, last) + 1)]
    size = len(months)
    stock, treated, left, joined = (
        np.zeros((size, CELLS)),
        np.zeros((size, CELLS)),
        np.zeros((size, CELLS)),
        np.zeros(size),
    )
    for c in cohorts:
        start = months_between(first, c.joined)
        stop = size if c.stopped is None else months_between(first, c.stopped)
        if 0 <= start < size:
            joined[start] += c.people
        for m in range(max(start, 0), min(stop, size)):
            stock[m, min(m - start, CELLS - 1)] += c.people
        if 0 <= stop < size and start <= stop:
            (treated if c.outcome == "treated" else left)[stop, min(stop - start, CELLS - 1)] += (
                c.people
            )
    return History(tuple(months), stock, joined, treated, left)


def model(
    past: History,
    *,
    target_share: float,
    by: dt.date,
    basis: str,
    title: str,
    capacity_a_month: float | None = None,
) -> dict[str, Any]:
    """The answer: the list now, its flows, where it goes at present capacity, and what reaching the
    target would take."""
    last = past.months[-1]
    ahead = months_between(last, by)
    year = slice(-min(12, len(past.months)), None)
    demand, served = float(past.joined[year].mean()), float(past.treated[year].sum(axis=1).mean())
    left = float(past.left[year].sum(axis=1).mean())
    capacity = served if capacity_a_month is None else capacity_a_month
    leaving = past.leaving_share()
    now = past.stock[-1]
    answer = {
        "title": title,
        "basis": basis,
        "at_end_of": last.isoformat(),
        "size": float(now.sum()),
        "share_within_18_weeks": share_within(now),
        "by_months_waited": _cells(now),
        "a_month": {
            "joining": demand,
            "treated": served,
            "leaving_untreated": left,
            "months_counted": int(past.joined[year].size),
        },
        "leaving_share": [float(v) for v in leaving],
        "load": _load(demand, capacity, left),
        "queue": _queue(demand, capacity, left, float(now.sum()), max(ahead, 1)),
        "history": [
            {
                "month": m.isoformat(),
                "size": float(past.stock[i].sum()),
                "joined": float(past.joined[i]),
                "treated": float(past.treated[i].sum()),
                "left_untreated": float(past.left[i].sum()),
            }
            for i, m in enumerate(past.months)
        ],
        "told_the_past": _backcast(past),
    }
    if ahead < 1:
        return {
            **answer,
            "projection": [],
            "needed": None,
            "why": f"{by:%B %Y} is not after {last:%B %Y}",
        }
    referrals = _usual_referrals(past, ahead)
    return {
        **answer,
        "projection": [
            _projected(way, now, referrals, capacity, leaving, past.treated_share(), last)
            for way in WAYS
        ],
        "needed": needed(now, referrals, leaving, past.treated_share(), target_share, by, served),
    }


def needed(
    now: Floats,
    referrals: Sequence[float],
    leaving: Floats,
    treated_share: Floats,
    target_share: float,
    by: dt.date,
    served: float,
) -> dict[str, Any]:
    """What it would take to have the target share within 18 weeks at the end of a month, each way
    of choosing whom to treat."""
    ways = [
        _way(AS_NOW, *_needed_as_now(now, referrals, leaving, treated_share, target_share), served)
    ]
    for order in ORDERS:
        found = capacity_for(target_share, now, referrals, leaving_share=leaving, order=order)
        fewer = found.a_month is not None and found.a_month < served
        why = (
            f"{found.why}; fewer than now, so the list ends longer: a share says nothing of its size"
            if fewer
            else found.why
        )
        ways.append(_way(order, found.a_month, found.share_reached, why, served))
    month = f"{by:%B %Y}"
    first = ways[0]
    if first["treated_a_month"] is not None:
        said = f"treating people as now: {first['treated_a_month']:,.0f} a month instead of {served:,.0f}, until {month}"
    else:
        said = f"treating people as now, no capacity gives {100 * target_share:g}% by {month}: {first['said']}"
    other = ways[1]
    if other["treated_a_month"] is not None:
        said += f"; longest waits first: {other['treated_a_month']:,.0f}"
    return {"target_percent": 100 * target_share, "by": by.isoformat(), "ways": ways, "said": said}


def _way(
    way: str, a_month: float | None, reached: float, why: str, served: float
) -> dict[str, Any]:
    extra = None if a_month is None else a_month - served
    return {
        "way": way,
        "treated_a_month": a_month,
        "more_than_now": extra,
        "more_percent": None if extra is None or served <= 0 else 100 * extra / served,
        "share_reached": reached,
        "said": why,
    }


def as_now(
    stock: Floats, referrals: Sequence[float], leaving: Floats, treated_share: Floats, factor: float
) -> tuple[Floats, Floats]:
    """The list at each month's end and how many were treated in it, with each cell's share of the
    last year times a factor."""
    rows, seen = [], []
    for joining in referrals:
        stock = _aged(stock, joining)
        stock = stock * (1 - leaving)
        treated = stock * np.minimum(treated_share * factor, 1.0)
        stock = stock - treated
        rows.append(stock)
        seen.append(float(treated.sum()))
    return np.array(rows), np.array(seen)


def _needed_as_now(
    now: Floats,
    referrals: Sequence[float],
    leaving: Floats,
    treated_share: Floats,
    target_share: float,
) -> tuple[float | None, float, str]:
    """The least factor, found by halving, that reaches the target; its mean month, what it reaches,
    and words."""

    def reached(factor: float) -> tuple[float, float]:
        rows, seen = as_now(now, referrals, leaving, treated_share, factor)
        return share_within(rows[-1]), float(seen.mean())

    most = _MOST_FACTOR
    best, _ = reached(most)
    if best < target_share:
        return None, best, f"{best:.1%} at most, with everybody treated {most:g} times as fast"
    if (idle := reached(0.0))[0] >= target_share:
        return 0.0, idle[0], f"{idle[0]:.1%} is reached without treating anybody"
    low, high = 0.0, most
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if reached(middle)[0] >= target_share else (middle, high)
    share, a_month = reached(high)
    return (
        a_month,
        share,
        f"{a_month:,.0f} people a month on average, each length of wait treated at {high:.2f} times its present rate",
    )


_MOST_FACTOR = 4.0  # faster than this and nearly all are treated in the month they join


def from_weeks(by_week: Mapping[int, float]) -> Floats:
    """A published list by weeks waited as cells of whole months; a week that spans two months is
    parted between them."""
    cells = np.zeros(CELLS)
    for week, people in by_week.items():
        low, high = week / WEEKS_A_MONTH, (week + 1) / WEEKS_A_MONTH
        first, last = min(int(low), CELLS - 1), min(int(high), CELLS - 1)
        if first == last:
            cells[first] += people
        else:
            share = (last - low) / (high - low)
            cells[first] += people * share
            cells[last] += people * (1 - share)
    return cells


def published_list(
    by_week: Mapping[int, float],
    *,
    month: dt.date,
    organisation: str,
    clock_starts: float | None,
    treated: float | None,
) -> dict[str, Any]:
    """What a published list by weeks waited says: size, share, cells, and load where the flows were
    imported, too."""
    now = from_weeks(by_week)
    total = float(sum(by_week.values()))
    within = float(sum(n for w, n in by_week.items() if w < 18))
    return {
        "organisation": organisation,
        "basis": "published",
        "at_end_of": month.isoformat(),
        "size": total,
        "within_18_weeks": within,
        "share_within_18_weeks": within / total if total else None,
        "over_52_weeks": float(sum(n for w, n in by_week.items() if w >= 52)),
        "by_weeks_waited": [{"weeks_from": w, "people": by_week[w]} for w in sorted(by_week)],
        "by_months_waited": _cells(now),
        "load": _load(clock_starts, treated, 0.0) if clock_starts and treated else None,
        "why_no_load": None
        if clock_starts and treated
        else "clock starts (part 3) and completed pathways (parts 1A and 1B) are needed",
    }


def _cells(stock: Floats) -> list[dict[str, Any]]:
    return [{"months": k, "open": k == CELLS - 1, "people": float(v)} for k, v in enumerate(stock)]


def _aged(stock: Floats, joining: float) -> Floats:
    older = np.concatenate([[joining], stock[:-1]])
    older[-1] += stock[-1]
    return older


def _load(demand: float, capacity: float, left: float) -> dict[str, Any]:
    """Demand over capacity, counted against everything that takes people off the list."""
    if capacity <= 0:
        return {"load": None, "said": "nobody is treated"}
    load = _one(waiting.queue_load(demand, capacity + left))
    said = (
        "the list grows"
        if load > 1
        else "the list shrinks"
        if load < 1
        else "the list stays as it is"
    )
    return {
        "load": load,
        "against_treatment_alone": _one(waiting.queue_load(demand, capacity)),
        "said": said,
    }


def _queue(demand: float, capacity: float, left: float, size: float, months: int) -> dict[str, Any]:
    """Target size and relief capacity (Fong and others, 2022, in methods.waiting), a week; those
    who leave are no demand."""
    a_week = max(demand - left, 0.0) / WEEKS_A_MONTH
    wanted = _one(waiting.target_queue_size(a_week, 18))
    relief = (
        _one(waiting.relief_capacity(a_week, size, wanted, months * WEEKS_A_MONTH))
        if size > wanted
        else a_week
    )
    return {
        "demand_a_week": a_week,
        "capacity_a_week": capacity / WEEKS_A_MONTH,
        "target_size": wanted,
        "too_big": size > wanted,
        "relief_capacity_a_week": relief,
        "weeks": months * WEEKS_A_MONTH,
    }


def _usual_referrals(past: History, ahead: int) -> list[float]:
    """The same calendar months of the last year, or the mean where there is not a year."""
    if len(past.months) < 12:
        return [float(past.joined.mean())] * ahead
    return [float(past.joined[-12 + i % 12]) for i in range(ahead)]


def _projected(
    way: str,
    now: Floats,
    referrals: Sequence[float],
    capacity: float,
    leaving: Floats,
    treated_share: Floats,
    last: dt.date,
) -> dict[str, Any]:
    sizes, shares, seen = _followed(
        way, now, referrals, [capacity] * len(referrals), leaving, treated_share
    )
    return {
        "way": way,
        "months": [
            {
                "month": following(last, i + 1).isoformat(),
                "size": float(sizes[i]),
                "share_within_18_weeks": float(shares[i]),
                "treated": float(seen[i]),
            }
            for i in range(len(referrals))
        ],
    }


def _followed(
    way: str,
    now: Floats,
    referrals: Sequence[float],
    capacity: Sequence[float],
    leaving: Floats,
    treated_share: Floats,
) -> tuple[Floats, Floats, Floats]:
    """Size, share within 18 weeks and people treated, month by month."""
    if way == AS_NOW:
        rows, seen = [], []
        stock = now
        for joining, able in zip(referrals, capacity, strict=True):
            ready = _aged(stock, joining) * (1 - leaving)
            wanted = ready * treated_share
            factor = min(able / float(wanted.sum()), _MOST_FACTOR) if wanted.sum() > 0 else 0.0
            kept, treated = as_now(stock, [joining], leaving, treated_share, factor)
            stock = kept[0]
            rows.append(stock)
            seen.append(float(treated[0]))
        table = np.array(rows)
        return table.sum(axis=1), np.array([share_within(r) for r in table]), np.array(seen)
    order: Order = "longest first" if way == "longest first" else "in proportion"
    flow = project(now, referrals, list(capacity), leaving_share=leaving, order=order)
    return flow.size, flow.share_within, np.asarray(flow.treated.sum(axis=1))


def _backcast(past: History) -> list[dict[str, Any]]:
    """Told from a year ago with what was then treated: the list each order would have given, beside
    the list there was."""
    if len(past.months) < 25:
        return []
    then = past.stock[-13]
    earlier = History(
        past.months[:-12], past.stock[:-12], past.joined[:-12], past.treated[:-12], past.left[:-12]
    )
    referrals, capacity = past.joined[-12:].tolist(), past.treated[-12:].sum(axis=1).tolist()
    found = []
    for way in WAYS:
        sizes, shares, _ = _followed(
            way, then, referrals, capacity, earlier.leaving_share(), earlier.treated_share()
        )
        found.append(
            {
                "way": way,
                "share_told": float(shares[-1]),
                "share_was": share_within(past.stock[-1], EIGHTEEN_WEEKS_IN_MONTHS),
                "size_told": float(sizes[-1]),
                "size_was": float(past.stock[-1].sum()),
            }
        )
    return found


def _one(found: Floats) -> float:
    return float(np.ravel(found)[0])
