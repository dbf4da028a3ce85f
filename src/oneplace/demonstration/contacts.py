"""Contacts that come at a rate: general practice, A&E, outpatients, community, mental health,
social care, as-needed items.

In: a part of the people and the rows of a rates file. Out: person, kind and day of each contact, in
the order of people. A person's rate is a curve by age, sex and deprivation, times one plus what
each condition adds, times a lasting difference of this person and kind, more after emergency
admissions and in the last year of life. The level of each kind is solved on a sample so that
contacts for each 1,000 people and year come out as published.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from oneplace.demonstration.assumptions import knots, pairs, rows
from oneplace.demonstration.batch import Batch, PersonYears
from oneplace.demonstration.chance import Array, product
from oneplace.demonstration.days import NEVER, working
from oneplace.demonstration.seasons import days_drawn
from oneplace.tables.vocabulary import concept


@dataclass(frozen=True)
class ContactKind:
    key: str
    concept_id: int
    per_1000: float
    by_age: Array  # log of the shape at each age 0..110
    female: float
    decile: float
    more: dict[str, float]
    history: float
    dying: float
    spread: float
    winter: float
    weekdays: bool
    on_list: bool
    source: str


def kinds(file: str) -> tuple[ContactKind, ...]:
    found = []
    for r in rows(file):
        key = r.get("key") or r["medicine"]
        found.append(
            ContactKind(
                key,
                concept(key),
                float(r["per_1000"]),
                log_shape(r["by_age"]),
                float(r.get("female") or 0),
                float(r.get("decile") or 0),
                pairs(r.get("more") or ""),
                float(r.get("history") or 0),
                float(r.get("dying") or 1),
                float(r.get("spread") or 0.3),
                float(r.get("winter") or 0),
                (r.get("weekdays") or "1") == "1",
                (r.get("of") or "list") == "list",
                r["source"],
            )
        )
    return tuple(found)


def log_shape(cell: str) -> Array:
    """Log of a curve by age at 0..110; nothing (a very small rate) below the first age of the
    curve."""
    ages, values = knots(cell)
    grid = np.arange(111)
    shape = np.interp(grid, ages, values)
    shape[grid < ages[0]] = 0
    return np.log(np.maximum(shape, 1e-6)).astype(np.float32)


def rates(
    part: Batch,
    these: tuple[ContactKind, ...],
    levels: Array,
    history: Array,
    topic: str,
    *,
    yearly: bool = True,
) -> Array:
    """Expected contacts: people x years x kinds (float32). Not `yearly`: one rate for all of a
    stay, that of its middle."""
    weight = np.column_stack([part.weights(k.more) for k in these])
    shape = np.column_stack([k.by_age for k in these])
    female, decile, spread, dying, past = (
        np.array(column, np.float32)
        for column in zip(
            *((k.female, k.decile, k.spread, k.dying - 1, k.history) for k in these), strict=True
        )
    )
    listed = np.array([k.on_list for k in these])
    own = part.chance(topic + " people").standard_normal((len(part), len(these)), np.float32)
    person = own * (0.8 * spread)
    person += (
        part.lasting[:, None] * (0.6 * spread)
        - spread**2 / 2
        + np.log(np.maximum(levels, 1e-30), dtype=np.float32)
    )
    person += female * part.bodies.female[:, None] + decile * (5.5 - part.decile[:, None])
    years = range(part.years) if yearly else (part.years // 2,)
    result = np.empty((len(part), len(years), len(these)), np.float32)
    for at, y in enumerate(years):
        here, on = (
            w[y] if yearly else _whole_stay(w) for w in (part.windows_here, part.windows_listed)
        )
        rate = result[:, at]
        np.add(person, shape[part.windows_here[y].age], out=rate)
        rate += np.minimum(history[:, y, None], 4) * past
        np.exp(rate, out=rate)
        rate *= 1 + product(part.having[y], weight)
        rate *= 1 + dying * here.dying[:, None]
        rate *= np.where(listed[None, :], on.years[:, None], here.years[:, None])
    return result


def _whole_stay(windows: tuple[PersonYears, ...]) -> PersonYears:
    """All the years of each person as one; the last year of life counts by its share of them."""
    first = np.minimum.reduce([np.where(w.years > 0, w.first, NEVER) for w in windows])
    last = np.maximum.reduce([np.where(w.years > 0, w.last, -NEVER) for w in windows])
    years = np.sum([w.years for w in windows], axis=0)
    dying = np.sum([w.years * w.dying for w in windows], axis=0) / np.maximum(years, 1e-6)
    return PersonYears(0, first, last, years, windows[0].age, dying.astype(np.float32))


def drawn(
    part: Batch, these: tuple[ContactKind, ...], expected: Array, topic: str
) -> tuple[Array, Array, Array]:
    """Person, kind and day of each contact, sorted by person."""
    rng = part.chance(topic + " counts")
    counts = rng.poisson(expected).ravel()
    cells = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    kind = (cells % len(these)).astype(np.int8)
    cells //= len(these)
    years = expected.shape[1]
    first, last = _bounds(part, these, cells, kind, whole=years == 1 < part.years)
    person = cells // years
    if years > 1:
        near = np.column_stack([w.dying for w in part.windows_here]).ravel()[cells]
        ratio = np.array([k.dying for k in these], np.float32)[kind]
        first, last = part.nearer_death(rng, person, first, last, near, ratio)
    day = np.empty(len(person), np.int32)
    for winter in sorted({k.winter for k in these}):
        members = np.array([k.winter == winter for k in these])
        of = slice(None) if members.all() else np.flatnonzero(members[kind])
        day[of] = days_drawn(rng, first[of], last[of], winter, part.begin, part.finish)
    weekdays = np.array([k.weekdays for k in these])
    if weekdays.all():
        day = working(day, first)
    elif weekdays.any():
        of = np.flatnonzero(weekdays[kind])
        day[of] = working(day[of], first[of])
    return person, kind, day


def _bounds(
    part: Batch, these: tuple[ContactKind, ...], cell: Array, kind: Array, *, whole: bool
) -> tuple[Array, Array]:
    """First and last day in which each event of a person and year may fall; `cell` counts people x
    years."""

    def both(windows: tuple[PersonYears, ...]) -> tuple[Array, Array]:
        those = (_whole_stay(windows),) if whole else windows
        return np.column_stack([w.first for w in those]).ravel(), np.column_stack(
            [w.last for w in those]
        ).ravel()

    listed = np.array([k.on_list for k in these])
    if listed.all():
        first, last = both(part.windows_listed)
        return first[cell], last[cell]
    first, last = both(part.windows_here)
    first, last = first[cell], last[cell]
    if listed.any():
        of = np.flatnonzero(listed[kind])
        list_first, list_last = both(part.windows_listed)
        first[of], last[of] = list_first[cell[of]], list_last[cell[of]]
    return first, last
