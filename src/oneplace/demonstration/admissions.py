"""Emergency admissions by main reason, and why people who attend A&E do so.

In: a part of the people. Out: admissions (person, reason, first and last day, whether through A&E).
Each reason has a rate by age, sex, deprivation and conditions; all reasons together have a level by
age, because what conditions and the last year of life add would otherwise pile up on old people. A
person's years differ lastingly and from year to year beyond anything recorded, earlier admissions
raise later ones, the last year of life brings several. So a risk model has something to learn and
cannot learn everything. Some lives end in hospital.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from oneplace.demonstration.assumptions import figure, pairs, rows
from oneplace.demonstration.batch import Batch
from oneplace.demonstration.chance import Array, product
from oneplace.demonstration.contacts import log_shape
from oneplace.demonstration.days import YEAR_DAYS
from oneplace.demonstration.seasons import days_drawn
from oneplace.tables.vocabulary import concept

_MOST_NIGHTS = 150
_YEAR_BEFORE = -1


@dataclass(frozen=True)
class Reasons:
    """The rows of admissions.csv as columns."""

    keys: tuple[str, ...]
    concept_ids: Array
    per_1000: Array
    ae_share: Array
    shape: Array  # ages x reasons, logs
    female: Array
    decile: Array
    more: tuple[dict[str, float], ...]
    winter: Array
    nights: Array
    through_ae: Array
    sources: tuple[str, ...]


def reasons() -> Reasons:
    found = rows("admissions")
    number = {
        n: np.array([float(r[n]) for r in found], np.float32)
        for n in ("per_1000", "ae_per_1000", "female", "decile", "winter", "nights", "ae_admits")
    }
    keys = tuple(r["key"] for r in found)
    return Reasons(
        keys,
        np.array([concept(k) for k in keys], np.int32),
        number["per_1000"],
        number["ae_per_1000"] / number["ae_per_1000"].sum(),
        np.column_stack([log_shape(r["by_age"]) for r in found]),
        number["female"],
        number["decile"],
        tuple(pairs(r["more"]) for r in found),
        number["winter"],
        number["nights"],
        number["ae_admits"],
        tuple(r["source"] for r in found),
    )


@dataclass(frozen=True)
class ByAge:
    """Emergency admissions for any reason by age: the groups of emergency_by_age.csv."""

    low: Array  # first age of each group
    per_1000: Array
    sources: tuple[str, ...]

    def group(self, age: Array) -> Array:
        return np.asarray(np.searchsorted(self.low, age, side="right") - 1)

    def curve(self, by_group: Array) -> Array:
        """A number for each age 0 to 110 from one for each group: straight between the groups'
        middles."""
        middle = np.append((self.low[:-1] + self.low[1:]) / 2, self.low[-1] + 6)
        return np.asarray(np.interp(np.arange(111) + 0.5, middle, by_group), np.float32)


def by_age() -> ByAge:
    found = rows("emergency_by_age")
    low, per_1000 = (np.array([float(r[c]) for r in found]) for c in ("age_low", "per_1000"))
    return ByAge(low, per_1000, tuple(r["source"] for r in found))


@dataclass(frozen=True)
class ExpectedStays:
    """Admissions that the levels bring, each person of a sample weighed: by reason and by age
    group."""

    usual: Array  # apart from those in which people die
    final: Array  # those in which people die
    usual_by_age: Array
    final_by_age: Array


@dataclass(frozen=True)
class Admissions:
    """Sorted by person and day."""

    person: Array
    reason: Array
    start: Array
    end: Array
    through_ae: Array
    history: Array  # people x years: emergency admissions of the year before
    expected: ExpectedStays


def made(
    part: Batch, why: Reasons, levels: Array, ages: Array, standing_for: Array | None = None
) -> Admissions:
    """Year by year, because each year's admissions raise the next year's. Counts of a sample weigh
    each person.

    `levels` multiplies each reason's rate; `ages` is the log of a factor on all of them at each age
    0 to 110.
    """
    groups = by_age()
    rng = part.chance("admissions")
    n = len(part)
    weight = np.column_stack([part.weights(m) for m in why.more])
    fixed = why.female * part.bodies.female[:, None] + why.decile * (5.5 - part.decile[:, None])
    fixed += np.log(levels, dtype=np.float32)
    spread, yearly, again = (
        figure("admission_" + f) for f in ("spread", "yearly_spread", "history")
    )
    lasting = spread * part.lasting - spread**2 / 2
    history = np.zeros((n, part.years), np.float32)
    expected, of_age = np.zeros(len(why.keys)), np.zeros(len(groups.low))
    before = np.zeros(n, np.float32)
    found: list[tuple[Array, Array, Array]] = []
    for y in (_YEAR_BEFORE, *range(part.years)):
        here = part.windows_here[max(y, 0)]
        rate = np.exp(
            _log_rate(why, fixed, product(part.having[max(y, 0)], weight), here.age)
            + ages[here.age, None]
        )
        year = yearly * rng.standard_normal(n, np.float32) - yearly**2 / 2
        scale = np.exp(lasting + year + again * np.minimum(before, 4)) * here.years
        if (
            y == _YEAR_BEFORE
        ):  # what the first year's history would have been; its admissions are not kept
            before = np.minimum(rng.poisson(scale * rate.sum(1)), 40).astype(np.float32)
            continue
        history[:, y] = before
        scale *= 1 + (figure("admission_last_year_of_life") - 1) * here.dying
        weighed = scale if standing_for is None else scale * standing_for
        total = rate.sum(1)
        expected += product(weighed, rate)
        of_age += np.bincount(
            groups.group(here.age), weights=weighed * total, minlength=len(of_age)
        )
        counts = np.minimum(rng.poisson(scale * total), 40)
        some = np.flatnonzero(counts)
        who = np.repeat(np.arange(len(some)), counts[some])
        reason = _picked(rng, np.cumsum(rate[some], axis=1), who)
        who = some[who].astype(np.int32)
        reason = _of_those_who_have(
            part, part.chance("reasons", y), why, who, reason, here.first[who]
        )
        first, last = part.nearer_death(
            rng,
            who,
            here.first[who],
            here.last[who],
            here.dying[who],
            figure("admission_last_year_of_life"),
        )
        found.append((who, reason, _days(part, rng, why, reason, first, last)))
        before = counts.astype(np.float32)
    person, reason, start = (np.concatenate([f[i] for f in found]) for i in range(3))
    usual = (person, reason, start, start + _nights(part, rng, why, person, reason, start))
    final = _at_the_end(part, rng, why, fixed, weight)
    weights = None if standing_for is None else standing_for[final[0]]
    old = groups.group((final[3] - part.folk.birth[final[0]]) / YEAR_DAYS)
    made_here = ExpectedStays(
        expected,
        np.bincount(final[1], weights=weights, minlength=len(why.keys)),
        of_age,
        np.bincount(old, weights=weights, minlength=len(of_age)),
    )
    columns = [np.concatenate(both) for both in zip(usual, final, strict=True)]
    return _in_order(part, rng, why, columns, history, made_here)


def _in_order(
    part: Batch,
    rng: np.random.Generator,
    why: Reasons,
    columns: list[Array],
    history: Array,
    expected: ExpectedStays,
) -> Admissions:
    order = np.lexsort((columns[2], columns[0]))
    person, reason, start, end = (c[order] for c in columns)
    end = np.minimum(end, part.last[person])
    same = np.flatnonzero(person[1:] == person[:-1])
    # Nobody lies in two beds, and whoever is admitted again has been home: a next day would be a
    # transfer of one stay.
    end[same] = np.maximum(np.minimum(end[same], start[same + 1] - 2), start[same])
    through = rng.random(len(person)) < why.through_ae[reason]
    return Admissions(
        person, reason, start.astype(np.int32), end.astype(np.int32), through, history, expected
    )


def _log_rate(why: Reasons, fixed: Array, by_conditions: Array, age: Array) -> Array:
    """Log ratios of many conditions together are eased: whole to 2, half beyond, at most 4.5."""
    log = np.minimum(by_conditions, 1 + 0.5 * by_conditions)
    np.minimum(log, 4.5, out=log)
    log += fixed
    log += why.shape[age]
    return log


def _picked(rng: np.random.Generator, running: Array, who: Array) -> Array:
    mark = rng.random(len(who), np.float32) * running[who, -1]
    return np.asarray(
        np.minimum((running[who] <= mark[:, None]).sum(1), running.shape[1] - 1), np.int8
    )


def _days(
    part: Batch, rng: np.random.Generator, why: Reasons, reason: Array, first: Array, last: Array
) -> Array:
    day = np.empty(len(reason), np.int32)
    for winter in np.unique(why.winter):
        of = np.flatnonzero(why.winter[reason] == winter)
        day[of] = days_drawn(rng, first[of], last[of], float(winter), part.begin, part.finish)
    return day


def _nights(
    part: Batch, rng: np.random.Generator, why: Reasons, person: Array, reason: Array, start: Array
) -> Array:
    age = (start - part.folk.birth[person]) / 365.25
    mean = why.nights[reason] * np.interp(age, [0, 40, 60, 80, 100], [0.6, 0.6, 1.0, 1.35, 1.4])
    long = rng.gamma(0.75, mean / 0.75)
    return np.minimum(long, _MOST_NIGHTS).astype(np.int32)


def _at_the_end(
    part: Batch, rng: np.random.Generator, why: Reasons, fixed: Array, weight: Array
) -> tuple[Array, Array, Array, Array]:
    """The admission in which some people die."""
    died = np.flatnonzero((part.folk.death <= part.finish) & (part.folk.death > part.first))
    died = died[rng.random(len(died)) < figure("deaths_in_hospital_share")]
    day = part.folk.death[died]
    age = part.age_on(day, died).astype(np.int16)
    had = (part.onset[died] <= day[:, None]).astype(np.float32)
    rate = np.exp(_log_rate(why, fixed[died], product(had, weight), age)) * why.nights
    reason = _picked(rng, np.cumsum(rate, axis=1), np.arange(len(died)))
    reason = _of_those_who_have(part, part.chance("last reasons"), why, died, reason, day)
    nights = np.minimum(rng.gamma(0.8, 11, len(died)), _MOST_NIGHTS).astype(np.int32)
    start = np.maximum(day - nights, part.first[died])
    return died.astype(np.int32), reason, start.astype(np.int32), day.astype(np.int32)


def attending(
    part: Batch, rng: np.random.Generator, why: Reasons, person: Array, day: Array
) -> Array:
    """Why each A&E attendance that ends without admission was made, by age."""
    table = why.ae_share * np.exp(0.75 * (why.shape - np.log(np.exp(why.shape).mean(0))))
    running = np.cumsum(table, axis=1)
    running /= running[:, -1:]
    age = ((day - part.folk.birth[person]) / 365.25).astype(np.int64).clip(0, 110)
    flat = (running + np.arange(len(running))[:, None]).ravel()
    at = np.searchsorted(flat, age + rng.random(len(age)), side="right") - age * running.shape[1]
    reason = np.asarray(np.minimum(at, running.shape[1] - 1), np.int8)
    return _of_those_who_have(part, part.chance("attending for"), why, person, reason, day)


def _of_those_who_have(
    part: Batch, rng: np.random.Generator, why: Reasons, person: Array, reason: Array, day: Array
) -> Array:
    """Reasons exchanged so that, but for a share, a disease is the reason of people whose practice
    knows it by the day.

    Somebody without it changes reasons with somebody about as old who has it and came for something
    acute; how often each reason stands, and how often each person comes, stay as they were. Without
    this every tenth person to a quarter of those with a disease would have it from hospital
    alone."""
    reason = reason.copy()
    diseases = [r for r, key in enumerate(why.keys) if key in part.column]
    acute = ~np.isin(np.arange(len(why.keys)), diseases)
    born = part.folk.birth[person]
    for r in diseases:
        has = part.onset[person, part.column[why.keys[r]]] <= day
        wrong = np.flatnonzero((reason == r) & ~has)
        wrong = wrong[rng.random(len(wrong)) >= figure("disease_known_to_hospital_alone_share")]
        free = np.flatnonzero(has & acute[reason])
        n = min(len(wrong), len(free))
        wrong, free = rng.choice(wrong, n, replace=False), rng.choice(free, n, replace=False)
        wrong, free = wrong[np.argsort(born[wrong])], free[np.argsort(born[free])]
        reason[wrong], reason[free] = reason[free], reason[wrong]
    return reason
