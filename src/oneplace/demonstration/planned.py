"""Planned care: referrals with their clocks, first attendances that follow them, and treatment.

In: the first outpatient attendances of a part of the people. Out: referrals (most attendances
follow one), pauses, and day cases and planned admissions, some at the end of a wait and some
direct. Clocks that would stop after the period are open; clocks of people who die or leave stop
with that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from oneplace.demonstration.assumptions import figure, rows
from oneplace.demonstration.batch import Batch
from oneplace.demonstration.chance import Array
from oneplace.demonstration.contacts import ContactKind, log_shape
from oneplace.demonstration.days import NEVER, working
from oneplace.tables.vocabulary import concept

STOPS = ("treated", "seen", "removed", "declined", "died", "moved")
TREATED, SEEN, REMOVED, DECLINED, DIED, MOVED = range(6)
_SOON = (
    240  # days after the period in which attendances whose clocks are open at its end would fall
)


@dataclass(frozen=True)
class Referrals:
    """Not sorted; `stop` is NEVER while the clock runs and `why` is -1 then."""

    person: Array
    concept_id: Array
    start: Array
    stop: Array
    why: Array


@dataclass(frozen=True)
class Treatments:
    person: Array
    concept_id: Array
    day_case: Array
    start: Array
    end: Array


def from_attendances(
    part: Batch, person: Array, day: Array, rate: Array
) -> tuple[Referrals, Array, Array]:
    """Referrals behind first attendances; also who is treated in hospital after the wait, and when.

    `rate` is each person's expected first attendances in the period's last year.
    """
    rng = part.chance("referrals")
    coming = rng.poisson(np.where(part.last == part.finish, rate, 0) * _SOON / 365)
    later = np.repeat(np.arange(len(part), dtype=np.int32), coming)
    person = np.concatenate([person, later])
    day = np.concatenate([day, part.finish + 1 + rng.integers(0, _SOON, len(later), np.int32)])
    draw = rng.random(len(person))
    urgent = draw < figure("urgent_cancer_share_of_first_outpatients")
    usual = ~urgent & (
        draw
        < figure("urgent_cancer_share_of_first_outpatients")
        + figure("referred_share_of_first_outpatients")
    )
    wait = figure("first_wait_days") * np.exp(
        figure("first_wait_spread") * rng.standard_normal(len(person))
    )
    wait = np.where(urgent, 2 + rng.gamma(5, 1.9, len(person)), wait)
    start = (day - np.minimum(wait, 500)).astype(np.int32)
    keep = (urgent | usual) & (start >= part.first[person]) & (start <= part.last[person])
    person, day, start, urgent = (
        person[keep],
        day[keep],
        working(start[keep], part.first[person[keep]]),
        urgent[keep],
    )
    n = len(person)
    at_first = urgent | (rng.random(n) < figure("clock_stops_at_first_attendance_share"))
    more = figure("second_wait_days") * np.exp(
        figure("second_wait_spread") * rng.standard_normal(n)
    )
    after = working((day + np.minimum(more, 500)).astype(np.int32), day)
    stop = np.where(at_first, day, after).astype(np.int32)
    why = np.where(
        at_first, SEEN, rng.choice([TREATED, REMOVED, DECLINED], n, p=[0.9, 0.06, 0.04])
    ).astype(np.int8)
    in_hospital = (
        (why == TREATED)
        & (rng.random(n) < figure("treated_in_hospital_share"))
        & (stop <= part.last[person])
    )
    kind = np.where(urgent, concept("cancer_referral"), concept("elective_referral")).astype(
        np.int32
    )
    referrals = closed(part, Referrals(person, kind, start, stop, why))
    return referrals, person[in_hospital], stop[in_hospital]


def at_a_rate(
    part: Batch, these: tuple[ContactKind, ...], person: Array, kind: Array, start: Array
) -> Referrals:
    """Referrals drawn like contacts, given a wait each."""
    rng = part.chance("other referrals")
    found = rows("referrals")
    wait, spread, refused = (
        np.array([float(r[c]) for r in found]) for c in ("wait", "spread", "refused")
    )
    days = wait[kind] * np.exp(spread[kind] * rng.standard_normal(len(kind)))
    stops = np.array([STOPS.index(r["stop"]) for r in found], np.int8)
    why = np.where(rng.random(len(kind)) < refused[kind], DECLINED, stops[kind]).astype(np.int8)
    ids = np.array([k.concept_id for k in these], np.int32)
    return closed(
        part,
        Referrals(person, ids[kind], start, (start + np.minimum(days, 900)).astype(np.int32), why),
    )


def closed(part: Batch, r: Referrals) -> Referrals:
    """Clocks that outlive a person's stay stop with it, or run on after the period."""
    over = r.stop > part.last[r.person]
    died = over & (part.folk.death[r.person] <= part.finish)
    moved = over & ~died & (part.last[r.person] < part.finish)
    open_still = over & ~died & ~moved
    stop = np.where(died | moved, part.last[r.person], np.where(open_still, NEVER, r.stop)).astype(
        np.int32
    )
    why = np.where(died, DIED, np.where(moved, MOVED, np.where(open_still, -1, r.why))).astype(
        np.int8
    )
    return Referrals(r.person, r.concept_id, r.start, stop, why)


def pauses(part: Batch, r: Referrals) -> tuple[Array, Array, Array]:
    """Position of the referral, first and last day, for the few clocks that stood still for a
    while."""
    rng = part.chance("pauses")
    length = np.minimum(r.stop, part.finish) - r.start
    chosen = np.flatnonzero((rng.random(len(length)) < figure("paused_share")) & (length > 40))
    first = r.start[chosen] + 7 + (rng.random(len(chosen)) * (length[chosen] - 30)).astype(np.int32)
    last = (
        first
        + 6
        + (
            rng.random(len(chosen)) * np.minimum(length[chosen] - (first - r.start[chosen]) - 7, 49)
        ).astype(np.int32)
    )
    return chosen, first, last


def treatments(
    part: Batch, person: Array, day: Array, direct: Array, direct_day: Array
) -> Treatments:
    """What people are treated for, by route and age; whether within a day; until when."""
    rng = part.chance("treatments")
    parts = [
        _of_route(part, rng, "waiting", person, day),
        _of_route(part, rng, "direct", direct, direct_day),
    ]
    return Treatments(
        *(
            np.concatenate([getattr(p, f) for p in parts])
            for f in ("person", "concept_id", "day_case", "start", "end")
        )
    )


def _of_route(
    part: Batch, rng: np.random.Generator, route: str, person: Array, day: Array
) -> Treatments:
    found = [r for r in rows("treatments") if r["route"] == route]
    weight = np.column_stack([np.exp(log_shape(r["by_age"])) * float(r["weight"]) for r in found])
    running = np.cumsum(weight, axis=1)
    age = part.age_on(day, person).astype(np.int64)
    mark = rng.random(len(person)) * running[age, -1]
    which = np.minimum((running[age] <= mark[:, None]).sum(1), len(found) - 1)
    within_a_day = rng.random(len(person)) < np.array([float(r["day"]) for r in found])[which]
    nights = 1 + rng.exponential(np.array([float(r["nights"]) for r in found])[which]).astype(
        np.int32
    )
    end = np.minimum(day + np.where(within_a_day, 0, np.minimum(nights, 60)), part.last[person])
    ids = (
        np.array([concept(r["key"]) for r in found], np.int32)[which]
        if len(found)
        else np.empty(0, np.int32)
    )
    return Treatments(person, ids, within_a_day, day.astype(np.int32), end.astype(np.int32))
