"""One part of the people, small enough to keep in hand, with what everything about them is made
from.

In: a slice of the people, their lists, their conditions. Out: questions that the makers of events
ask of it: who is here on which days of a year, how old, with which conditions on a day, at which
practice, near which hospital.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from oneplace.demonstration.chance import Array, stream
from oneplace.demonstration.conditions import Bodies, Condition
from oneplace.demonstration.days import NEVER, YEAR_DAYS
from oneplace.demonstration.population import Folk


@dataclass(frozen=True)
class Spells:
    """Circumstances that come and go: person (position in the part), which condition, first day,
    last day or NEVER."""

    person: Array
    which: Array
    start: Array
    end: Array


@dataclass(frozen=True)
class PersonYears:
    """One year of the period for each person: position of the year, first and last day, share of a
    year present."""

    number: int
    first: Array
    last: Array
    years: Array
    age: Array  # in completed years halfway through the days here, for people's curves
    dying: Array  # share of these days that lie in the last year of life


@dataclass(frozen=True)
class Batch:
    folk: Folk
    seed: int
    number: int
    begin: int  # first day of the period
    finish: int  # last day of the period
    decile: Array  # national decile of deprivation of the home
    bodies: Bodies
    conditions: tuple[Condition, ...]
    onset: Array  # people x columns (conditions, then pregnancy): day, NEVER; spells stand apart
    spells: Spells
    practice: Array  # last practice, -1 for none
    practice_before: Array
    practice_changed: Array  # first day at the last practice, NEVER when there was one only
    listed_from: Array  # first day on a list, NEVER
    listed_to: Array

    def __len__(self) -> int:
        return len(self.folk)

    def chance(self, topic: str, *more: int) -> np.random.Generator:
        return stream(self.seed, topic, self.number, *more)

    @cached_property
    def column(self) -> dict[str, int]:
        return {
            **{c.key: i for i, c in enumerate(self.conditions)},
            "pregnancy": len(self.conditions),
        }

    @cached_property
    def lasting(self) -> Array:
        """What lasts of a person's use of care and nothing recorded explains: standard normal."""
        return self.chance("lasting").standard_normal(len(self), np.float32)

    @cached_property
    def first(self) -> Array:
        """First day in the place within the period."""
        return np.maximum(np.maximum(self.folk.enter, self.folk.birth), self.begin).astype(np.int32)

    @cached_property
    def last(self) -> Array:
        return self.folk.last(self.finish).astype(np.int32)

    @cached_property
    def recorded(self) -> Array:
        """Whose conditions somebody wrote down: people on a list, or everyone in a place without
        practices."""
        listed = np.asarray(self.listed_from <= self.last)
        return listed if listed.any() else np.ones(len(self), bool)

    @cached_property
    def list_first(self) -> Array:
        return np.maximum(self.listed_from, self.first).astype(np.int32)

    @cached_property
    def list_last(self) -> Array:
        return np.minimum(self.listed_to, self.last).astype(np.int32)

    def age_on(self, day: Array | int, who: Array | None = None) -> Array:
        birth = self.folk.birth if who is None else self.folk.birth[who]
        return np.clip((day - birth) / np.float32(YEAR_DAYS), 0, 110).astype(np.float32)

    def nearer_death(
        self,
        rng: np.random.Generator,
        who: Array,
        first: Array,
        last: Array,
        dying: Array,
        ratio: Array | float,
    ) -> tuple[Array, Array]:
        """Narrow an event's days to the last year of life or to before it, where its window holds
        some of both.

        Events come `ratio` times as often in that year, so without this they would stand too early
        in the window.
        """
        some = np.flatnonzero((dying > 0) & (dying < 1))
        if not len(some):
            return first, last
        often = ratio[some] if isinstance(ratio, np.ndarray) else ratio
        weight = often * dying[some]
        near = rng.random(len(some)) * (weight + 1 - dying[some]) < weight
        begins = self.folk.death[who[some]] - 364
        first, last = first.copy(), last.copy()
        first[some[near]] = np.maximum(first[some[near]], begins[near])
        last[some[~near]] = np.minimum(last[some[~near]], begins[~near] - 1)
        return first, last

    @cached_property
    def years(self) -> int:
        return max(1, int(np.ceil((self.finish - self.begin + 1) / YEAR_DAYS)))

    def window(self, number: int, *, on_list: bool) -> PersonYears:
        start = self.begin + round(number * YEAR_DAYS)
        end = min(self.begin + round((number + 1) * YEAR_DAYS) - 1, self.finish)
        first = np.maximum(self.list_first if on_list else self.first, start)
        last = np.minimum(self.list_last if on_list else self.last, end)
        days = np.maximum(last.astype(np.int64) - first + 1, 0)
        near = np.maximum(last.astype(np.int64) - np.maximum(first, self.folk.death - 364) + 1, 0)
        dying = (np.minimum(near, days) / np.maximum(days, 1)).astype(np.float32)
        age = self.age_on(first + (days // 2).astype(np.int32)).astype(np.int16)
        return PersonYears(number, first, last, (days / YEAR_DAYS).astype(np.float32), age, dying)

    @cached_property
    def windows_here(self) -> tuple[PersonYears, ...]:
        return tuple(self.window(y, on_list=False) for y in range(self.years))

    @cached_property
    def windows_listed(self) -> tuple[PersonYears, ...]:
        return tuple(self.window(y, on_list=True) for y in range(self.years))

    @cached_property
    def having(self) -> tuple[Array, ...]:
        """For each year, people x conditions as 0 or 1 (float32) at the start of it."""
        found = []
        for y in range(self.years):
            day = self.begin + round(y * YEAR_DAYS)
            has = (self.onset <= day).astype(np.float32)
            on = (self.spells.start <= day + 183) & (self.spells.end > day)
            has[self.spells.person[on], self.spells.which[on]] = 1.0
            found.append(has)
        return tuple(found)

    def weights(self, more: dict[str, float]) -> Array:
        """A number for each condition's column, from `copd:1.4` cells."""
        result = np.zeros(len(self.column), np.float32)
        for key, value in more.items():
            result[self.column[key]] = value
        return result

    def practice_on(self, who: Array, day: Array) -> Array:
        changed = self.practice_changed[who]
        return np.where(
            (changed != NEVER) & (day < changed), self.practice_before[who], self.practice[who]
        )
