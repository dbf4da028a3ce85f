"""What people suffer from, and since when.

In: people, with hidden traits that make conditions keep company. Out: the day of onset of each
condition. Each condition has a liability: log odds by sex, deprivation and traits, plus a logistic
draw. A person has the condition from the age at which the condition's curve by age rises past minus
the liability, so that prevalence and incidence at every age belong together and everyone has one
history. The level of each condition, and its slope over national deciles of deprivation, are solved
on a sample so that the registers of the place come out. Who dies is settled before: people who die
are given more frailty and more of what kills, by exponential tilting (given a hazard that grows as
exp(b z), z among deaths is normal with mean b), so deaths stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from oneplace.demonstration.assumptions import figure, knots, pairs, rows
from oneplace.demonstration.chance import Array, product
from oneplace.demonstration.days import NEVER, YEAR_DAYS
from oneplace.tables.vocabulary import by_key

TRAITS = ("frailty", "heart", "lung", "mind", "joint")


@dataclass(frozen=True)
class Condition:
    """One row of conditions.csv or circumstances.csv, with its level and slope once solved."""

    key: str
    concept_id: int
    register: str
    share: float  # of people of these ages (or, `within`, of people with that condition)
    age_low: float
    age_high: float
    ages: Array
    logit: Array  # log odds at each of `ages`, never falling for what lasts
    female: float
    decile: float
    traits: Array
    death: float
    within: str
    years: float  # mean duration; infinite for what lasts
    again: (
        float  # years after which the practice notes it again while it lasts; 0 where it does not
    )
    source: str
    level: float = 0.0
    measured: bool = False  # `share` is the place's own published figure

    def at(self, age: Array) -> Array:
        """Log odds by age; none before the first age of the curve."""
        return np.where(age < self.ages[0], -50.0, np.interp(age, self.ages, self.logit)).astype(
            np.float32
        )


@dataclass(frozen=True)
class Bodies:
    """What of a person decides conditions: columns for many people."""

    female: Array
    decile: Array  # 1 to 10, national
    dying: Array
    traits: Array  # people x TRAITS

    def __len__(self) -> int:
        return len(self.female)

    def at(self, which: Array) -> Bodies:
        return Bodies(self.female[which], self.decile[which], self.dying[which], self.traits[which])


def declared() -> tuple[Condition, ...]:
    """Every condition and circumstance of the files, in their order."""
    found = []
    for r in (*rows("conditions"), *rows("circumstances")):
        ages, percent = knots(r["by_age"])
        share = np.clip(percent / 100, 1e-7, 0.9)
        logit = np.log(share / (1 - share))
        lasts = not r.get("years")
        if lasts:
            logit = np.maximum.accumulate(logit) + np.arange(len(logit)) * 1e-5
        weight = pairs(r["with"])
        per = float(r["per_1000"])
        word = by_key()[r["key"]]
        found.append(
            Condition(
                key=r["key"],
                concept_id=word.concept_id,
                register=word.qof,
                share=per if r["within"] and per < 1 else per / 1000,
                age_low=float(r["age_low"]),
                age_high=float(r["age_high"] or 200),
                ages=ages,
                logit=logit,
                female=float(r["female"]),
                decile=float(r["decile"]),
                traits=np.array([weight.get(t, 0.0) for t in TRAITS], np.float32),
                death=float(r["death"]),
                within=r["within"],
                years=float("inf") if lasts else float(r["years"]),
                again=float(r.get("again") or 0),
                source=r["source"],
            )
        )
    return tuple(found)


def bodies(rng: np.random.Generator, male: Array, decile: Array, dying: Array) -> Bodies:
    """Draw hidden traits; people near death are frailer."""
    traits = rng.standard_normal((len(male), len(TRAITS)), np.float32)
    traits[:, 0] += np.where(dying, figure("frailty_of_the_dying"), 0).astype(np.float32)
    return Bodies(~male, decile.astype(np.float32), dying, traits)


def liability(c: Condition, of: Bodies) -> Array:
    """Log odds apart from age and chance."""
    fixed = c.level + c.female * of.female + c.death * of.dying + c.decile * (5.5 - of.decile)
    return np.asarray(fixed + product(of.traits, c.traits), np.float32)


def logistic(rng: np.random.Generator, n: int) -> Array:
    u = rng.random(n, np.float32)
    np.clip(u, 1e-7, 1 - 1e-7, out=u)
    return np.asarray(np.log(u / (1 - u)))


def liabilities(these: tuple[Condition, ...], of: Bodies) -> Array:
    """Conditions x people: log odds apart from age and chance, all at once."""
    result = product(np.stack([c.traits for c in these]), of.traits.T)
    level, female, death, decile = (
        np.array(column, np.float32)[:, None]
        for column in zip(*((c.level, c.female, c.death, c.decile) for c in these), strict=True)
    )
    result += level + decile * (5.5 - of.decile) + female * of.female
    result += death * of.dying
    return result


_QUARTERS = np.arange(1, 111 * 4 + 2) / 4  # the end of each quarter of a year of age


def onsets(
    c: Condition,
    have: Array,
    birth: Array,
    last: Array,
    quarter: Array,
    parent: Array | None,
    rng: np.random.Generator,
) -> Array:
    """The day of onset, NEVER if it does not come by the person's last day, at which age is in its
    `quarter`."""
    have = have + logistic(rng, len(have))
    result = np.full(len(have), NEVER, np.int32)
    who = np.flatnonzero(have + c.at(_QUARTERS)[quarter] > 0)
    if parent is not None:
        who = who[parent[who] <= last[who]]
    age = np.interp(-have[who], c.logit, c.ages)
    day = birth[who] + (age * YEAR_DAYS).astype(np.int32) + rng.integers(0, 28, len(who), np.int32)
    if parent is not None:
        day = np.maximum(day, parent[who] + 30)
    result[who] = np.where(day <= last[who], day, NEVER)
    return result


def episodes(
    c: Condition, of: Bodies, birth: Array, first: Array, last: Array, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    """Person, start and end of each spell of a circumstance that comes and goes, at a steady
    level."""
    age = (last - birth) / YEAR_DAYS
    chance = 1 / (1 + np.exp(-(liability(c, of) + c.at(age))))
    chance *= (age >= c.age_low) & ((first - birth) / YEAR_DAYS < c.age_high + 1)
    mean = c.years * YEAR_DAYS
    already = np.flatnonzero(rng.random(len(of)) < chance)
    earliest = birth + int(c.age_low * YEAR_DAYS)
    start = np.maximum(first[already] - rng.exponential(mean, len(already)), earliest[already])
    end = first[already] + rng.exponential(mean, len(already))
    span = np.maximum(last - first, 0)
    later = np.flatnonzero(rng.random(len(of)) < chance * span / mean)
    begin = first[later] + rng.random(len(later)) * span[later]
    finish = begin + rng.exponential(mean, len(later))
    who = np.concatenate([already, later])
    start, end = np.concatenate([start, begin]), np.concatenate([end, finish])
    order = np.argsort(who, kind="stable")
    who, start, end = (
        who[order].astype(np.int32),
        start[order].astype(np.int32),
        end[order].astype(np.int32),
    )
    good = (start <= last[who]) & (end > start)
    return who[good], start[good], np.where(end > last[who], NEVER, end)[good]


def noted_again(start: Array, last: Array, first: Array, every: Array) -> tuple[Array, Array]:
    """Number of the spell and day of each later note of it: every so many days (0: never) until its
    `last` day, from the last note on or before `first`, the day from which the records of its
    person begin."""
    step = np.maximum(every, 1)
    lowest = np.maximum((first - start) // step, 1)
    many = np.where(every > 0, np.maximum((last - start) // step - lowest + 1, 0), 0)
    which = np.repeat(np.arange(len(start)), many)
    nth = np.arange(len(which)) - np.repeat(np.cumsum(many) - many, many)
    return which, (start[which] + (lowest[which] + nth) * step[which]).astype(np.int32)


def solved(
    these: tuple[Condition, ...],
    of: Bodies,
    age: Array,
    published: dict[str, tuple[float, float, float]],
    gradient: dict[str, Array],
    weight: Array,
    rng: np.random.Generator,
) -> tuple[Condition, ...]:
    """Levels and slopes so that shares come out among these people, who are on a list on the
    register's day.

    `published` gives share, youngest and oldest age by register; `gradient` England's share by
    national decile; `weight` how many people each of these stands for.
    """
    done: dict[str, Condition] = {}
    chance: dict[str, Array] = {}
    for c in these:
        if c.register in published:
            share, low, high = published[c.register]
            c = replace(c, share=share, age_low=low, age_high=high, measured=True)
        counted = (age >= c.age_low) & (age < c.age_high + 1)
        rest = liability(replace(c, level=0.0, decile=0.0), of) + c.at(age)
        can = counted
        if c.within:
            parent = rng.random(len(age)) < chance[c.within]
            can = counted & parent
            counted = counted if c.measured else can
        people = _People(
            rest[can],
            5.5 - of.decile[can],
            of.decile[can].astype(int),
            weight[can],
            c.share * weight[counted].sum(),
        )
        c = _levelled(c, people)
        if c.measured and c.register in gradient and not c.within:
            c = _sloped(c, people, gradient[c.register])
        done[c.key] = c
        chance[c.key] = _chance(rest + c.level + c.decile * (5.5 - of.decile))
    return tuple(done.values())


@dataclass(frozen=True)
class _People:
    """Those who can have a condition: log odds without level and slope, deprivation, and how many
    are to have it."""

    rest: Array
    deprived: Array
    decile: Array
    weight: Array
    wanted: float


def _chance(log: Array) -> Array:
    found: Array = 1 / (1 + np.exp(-log))
    return found


def _levelled(c: Condition, of: _People) -> Condition:
    """Newton's method on the level."""
    if not len(of.rest) or of.wanted <= 0:
        return replace(c, level=-20.0)
    fixed = of.rest + np.float32(c.decile) * of.deprived
    wanted, level = min(of.wanted, 0.95 * float(of.weight.sum())), c.level
    for _ in range(25):
        p = _chance(fixed + np.float32(level))
        step = (wanted - float(of.weight @ p)) / max(float(of.weight @ (p * (1 - p))), 1e-6)
        level += float(np.clip(step, -1.5, 1.5))
        if abs(step) < 1e-3:
            break
    return replace(c, level=level)


def _sloped(c: Condition, of: _People, england: Array) -> Condition:
    """The slope with which the most deprived tenth nationally stands to deciles 4 to 10 as it does
    in England."""
    poor, rest = np.where(of.decile == 1, of.weight, 0), np.where(of.decile >= 4, of.weight, 0)
    if min(poor.sum(), rest.sum()) <= 0.05 * of.weight.sum():
        return c
    wanted = np.log(england[0] / (rest @ england[of.decile - 1] / rest.sum()))
    for _ in range(4):
        p = _chance(of.rest + np.float32(c.level) + np.float32(c.decile) * of.deprived)
        now = float(np.log((poor @ p / poor.sum()) / (rest @ p / rest.sum())))
        if abs(wanted - now) < 0.005:
            break
        c = replace(c, decile=float(np.clip(c.decile + (wanted - now) / 5.5, -0.15, 0.35)))
        c = _levelled(c, of)
    return c
