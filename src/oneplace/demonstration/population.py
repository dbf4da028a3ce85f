"""Everyone who lived in the place at any time in the records' period: born, moved in, moved out,
moved house, died.

In: the place's population tables and hazards of death. Out: `Folk`, one position a person. The
residents on the reference day (30 June of the latest estimate in the period) have exactly the
published numbers by area and age and by age and sex: in each age the sexes are dealt to the areas
so that both margins hold. From that day the life of the place is run backwards a year at a time, so
that each year's published numbers by age, the deaths of the hazards and the moves in and out
balance, and forwards to the end of the period; nobody is left out for having died or left. Deaths
go on for two years after the period, unseen, because the last years of a life use care before it
ends.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from oneplace.demonstration.assumptions import curve, figure
from oneplace.demonstration.chance import (
    Array,
    between,
    choose_per_group,
    share_out,
    stream,
    systematic,
    whole_numbers,
)
from oneplace.demonstration.days import NEVER, YEAR_DAYS, midyear, number
from oneplace.demonstration.mortality import OLDEST, SEXES
from oneplace.demonstration.seasons import days_drawn
from oneplace.faults import Fault, InputAtFault
from oneplace.place.document import Period
from oneplace.place.geography import PlaceInHand

OUTSIDE = -1
UNSEEN_YEARS = 2


@dataclass
class Folk:
    """People as columns. Days are whole numbers; `enter` may lie before the period; `leave` is the
    last day here."""

    birth: Array
    cohort: Array  # birth year counted from July to June, named by its end: age at 30 June Y is Y - cohort
    male: Array
    area: Array  # position in the place's areas on the reference day; OUTSIDE for people who live elsewhere
    like: Array  # the area whose deprivation they share: their own, or for people from outside one of the place's
    enter: Array
    leave: Array  # NEVER while still here
    death: Array  # NEVER, or the day; days after the period are unseen
    moved: Array  # day of a move within the place, or NEVER
    other_area: (
        Array  # the home before the move if it was before the reference day, else the home after it
    )

    def __len__(self) -> int:
        return len(self.birth)

    def at(self, which: Array) -> Folk:
        return Folk(*(getattr(self, f.name)[which] for f in fields(self)))

    def last(self, end: int) -> Array:
        """Last day of presence in a period that ends on `end`."""
        return np.minimum(np.minimum(self.leave, self.death), end)


def together(parts: list[Folk]) -> Folk:
    return Folk(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Folk)))


@dataclass(frozen=True)
class Frame:
    """What the run of lives needs of the place."""

    start: int
    end: int
    year: int  # the reference day is 30 June of it
    by_year: dict[int, Array]
    decile: Array  # local decile of each area, 0 to 9
    hazard: Array

    @property
    def day(self) -> int:
        return midyear(self.year)


def frame_of(place: PlaceInHand, hazard: Array) -> Frame:
    period: Period = place.document.records.period
    rows = place.table("population_by_year_age").to_pydict()
    by_year: dict[int, Array] = {}
    for y, a, n in zip(rows["year"], rows["age"], rows["persons"], strict=True):
        by_year.setdefault(y, np.zeros(91, np.int64))[a] = n
    inside = [y for y in by_year if number(period.start) <= midyear(y) <= number(period.end)]
    year = max(inside, default=_year_inside(period))
    decile = np.asarray(place.table("areas")["local_decile"].to_numpy(), np.int16) - 1
    return Frame(number(period.start), number(period.end), year, by_year, decile, hazard)


def _year_inside(period: Period) -> int:
    for year in range(period.end.year, period.start.year - 1, -1):
        if number(period.start) <= midyear(year) <= number(period.end):
            return year
    raise InputAtFault(
        Fault(
            what="demonstration people need a period that holds a 30 June",
            file="place.yaml",
            path="records.period",
            found=f"{period.start} to {period.end}",
            expected="a period with a 30 June in it, the day that populations are estimated for",
        )
    )


def lives(place: PlaceInHand, hazard: Array, seed: int) -> tuple[Folk, Frame]:
    """Everyone resident at any time in the period."""
    frame = frame_of(place, hazard)
    stock = residents_on_the_day(place, frame, stream(seed, "residents"))
    gone: list[Folk] = []
    upper, year, flows = frame.day, frame.year, None
    while upper > frame.start:
        lower = max(midyear(year - 1), frame.start)
        stock, exits, moved = _step_back(
            stock, frame, year, lower, upper, stream(seed, "back", year)
        )
        gone.append(exits)
        flows = flows or moved
        upper, year = lower, year - 1
    folk = together(
        [stock, *gone]
    )  # everyone present on the first day, and all later arrivals were marked as they came
    folk = _forwards(folk, frame, flows or _Flows.none(), seed)
    unseen_deaths(folk, frame, stream(seed, "unseen"))
    _moves_within(folk, frame, stream(seed, "moves"))
    return folk, frame


def residents_on_the_day(place: PlaceInHand, frame: Frame, rng: np.random.Generator) -> Folk:
    """The reference day's residents: area x age exactly, and age x sex exactly."""
    table = place.table("population_by_area_age")
    order = {code: i for i, code in enumerate(place.table("areas")["area_code"].to_pylist())}
    at = np.array([order[c] for c in table["area_code"].to_pylist()], np.int64)
    counts = np.column_stack([table[f"age_{a}"].to_numpy() for a in range(91)]).astype(np.int64)
    males = _males_by_age(place, counts)
    parts: list[tuple[Array, Array, Array]] = []
    for years in range(91):
        shuffled = rng.permutation(len(at))
        cell = counts[shuffled, years]
        men = share_out(cell, int(males[years]))
        for is_male, n in ((True, men), (False, cell - men)):
            parts.append(
                (
                    np.repeat(at[shuffled], n),
                    np.full(int(n.sum()), years),
                    np.full(int(n.sum()), is_male),
                )
            )
    area, age = np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])
    male = np.concatenate([p[2] for p in parts])
    age = _ages_over_ninety(age, male, frame.hazard, rng)
    n = len(area)
    cohort = (frame.year - age).astype(np.int16)
    always = np.full(n, -NEVER, np.int32)
    never = np.full(n, NEVER, np.int32)
    area = area.astype(np.int16)
    return Folk(
        _births(cohort, rng),
        cohort,
        male,
        area,
        area.copy(),
        always,
        never,
        never.copy(),
        never.copy(),
        area.copy(),
    )


def _males_by_age(place: PlaceInHand, counts: Array) -> Array:
    rows = place.table("population_by_age_sex").to_pydict()
    by = np.zeros((2, 91), np.int64)
    for age, sex, n in zip(rows["age"], rows["sex"], rows["persons"], strict=True):
        by[SEXES.index(sex), age] = n
    differ = np.flatnonzero(by.sum(0) != counts.sum(0))
    if len(differ):
        age = int(differ[0])
        raise InputAtFault(
            Fault(
                what="two tables give different numbers of residents of the same age",
                file="tables/population_by_area_age.csv",
                path=f"age_{age}",
                found=f"{int(counts[:, age].sum())} in all areas together",
                expected=f"{int(by[:, age].sum())}, as in tables/population_by_age_sex.csv",
            )
        )
    return np.asarray(by[1])


def _ages_over_ninety(age: Array, male: Array, hazard: Array, rng: np.random.Generator) -> Array:
    """Spread the open age group by survival in the hazards of the middle decile."""
    for s in (0, 1):
        old = np.flatnonzero((age == 90) & (male == bool(s)))
        alive = np.exp(-np.cumsum(hazard[s, 4, 90:106]))
        age[old] = 90 + rng.choice(16, len(old), p=alive / alive.sum())
    return age


def _births(cohort: Array, rng: np.random.Generator) -> Array:
    """A birthday for each: any day from 1 July of the year before to 30 June of the cohort's
    year."""
    years = np.arange(int(cohort.min()) - 1, int(cohort.max()) + 1) if len(cohort) else np.arange(1)
    ends = np.array([midyear(int(y)) for y in years])
    at = cohort.astype(np.int64) - years[0]
    return between(rng, ends[at - 1] + 1, ends[at])


@dataclass(frozen=True)
class _Flows:
    """Moves in and out for each person of an age (at the end of the step) and year, and births a
    year."""

    inward: Array
    outward: Array
    births: float

    @staticmethod
    def none() -> _Flows:
        return _Flows(np.zeros(91), np.zeros(91), 0.0)


def _step_back(
    stock: Folk, frame: Frame, year: int, lower: int, upper: int, rng: np.random.Generator
) -> tuple[Folk, Folk, _Flows]:
    """Mark who of the stock at `upper` came after `lower`, and add those who were here at `lower`
    and are gone.

    The deaths of the first year of life belong to who is born in the step; who was already born is
    past most of them.
    """
    years = (upper - lower) / YEAR_DAYS
    whole = upper - lower > 360
    age = np.minimum(year - stock.cohort, OLDEST)
    there = np.flatnonzero(stock.enter <= upper)  # the stock holds only people present at upper
    middle = np.maximum(
        (upper - stock.birth) / YEAR_DAYS - years / 2, 1
    )  # exact age halfway through the step
    weight = np.expm1(chance_of_death(frame, stock, np.where(age <= 1, age, middle)) * years)
    sorted_by = np.lexsort((frame.decile[stock.like], stock.male, age))
    dying = sorted_by[systematic(rng, weight[sorted_by])]
    group = np.minimum(age, 90)
    size, deaths = np.bincount(group, minlength=91), np.bincount(group[dying], minlength=91)
    net = _net_moves(frame, year, size, deaths, years)
    out = whole_numbers(rng, curve("turnover_per_1000", np.arange(91)) / 1000 * size * years)
    came = np.clip(out + net, 0, size)
    out = np.maximum(came - net, 0)
    born_here = stock.birth > lower
    out[0], came[0] = 0, 0
    movable = there[~born_here[there]]
    arrived = movable[choose_per_group(rng, group[movable], came)]
    stock.enter[arrived] = between(
        rng, np.full(len(arrived), lower + 1), np.full(len(arrived), upper)
    )
    stock.enter[born_here & (stock.enter < lower)] = stock.birth[born_here & (stock.enter < lower)]
    leaving = draw_per_group(rng, group, out)
    exits = copies(stock, np.concatenate([dying, leaving]), rng)
    exits.birth[:] = np.minimum(exits.birth, upper - 1)
    last = between(rng, np.maximum(exits.birth, lower + 1), np.full(len(exits), upper - 1))
    died = np.arange(len(exits)) < len(dying)
    first = np.maximum(exits.birth, lower + 1)[died]
    exits.death[died] = days_drawn(
        rng, first, np.maximum(first, upper - 1), figure("winter_deaths"), lower, upper
    )
    exits.leave[~died] = last[~died]
    infants = died & (exits.birth > lower)
    soon = exits.birth + np.minimum(rng.exponential(20, len(exits)), 360).astype(np.int32)
    exits.death[infants] = np.minimum(soon, upper - 1)[infants]
    exits.enter[exits.birth > lower] = exits.birth[exits.birth > lower]
    present = np.where(stock.enter > lower, False, True)
    earlier = exits.birth <= lower
    parts_before = together([stock.at(present), exits.at(earlier)])
    done = together([stock.at(~present), exits.at(~earlier)])
    flows = _Flows(
        came / np.maximum(size * years, 1),
        out / np.maximum(size * years, 1),
        size[0] / years if whole else 0.0,
    )
    return parts_before, done, flows


def chance_of_death(frame: Frame, folk: Folk, age: Array) -> Array:
    return frame.hazard[
        folk.male.astype(np.int8), frame.decile[folk.like], np.minimum(age, OLDEST).astype(np.int16)
    ]


def _net_moves(frame: Frame, year: int, size: Array, deaths: Array, years: float) -> Array:
    """Moves in less moves out by age at the end, so that the published numbers of the year before
    come out."""
    net = np.zeros(91, np.int64)
    later, before = frame.by_year.get(year), frame.by_year.get(year - 1)
    if later is None or before is None:
        return net
    scale = size.sum() / max(later.sum(), 1)
    change = later[1:90] - before[0:89]
    if years > 0.99:
        net[1:90] = (
            size[1:90]
            - np.rint(before[0:89] * (1.0 if abs(scale - 1) < 0.02 else scale))
            + deaths[1:90]
        )
    else:
        net[1:90] = np.rint(change * years) + deaths[1:90]
    return net


def draw_per_group(rng: np.random.Generator, group: Array, wanted: Array) -> Array:
    """`wanted[g]` positions of each group; a position may come again where more are wanted than
    there are."""
    found = choose_per_group(rng, group, wanted)
    short = wanted - np.bincount(group[found], minlength=len(wanted))
    again = [
        rng.choice(np.flatnonzero(group == g), int(short[g]))
        for g in np.flatnonzero(short > 0)
        if (group == g).any()
    ]
    return np.concatenate([found, *again]).astype(np.int64)


def copies(stock: Folk, of: Array, rng: np.random.Generator) -> Folk:
    """New people like these in cohort, sex and area, with birthdays of their own and nothing yet
    known of their lives."""
    n = len(of)
    cohort = stock.cohort[of]
    never = np.full(n, NEVER, np.int32)
    return Folk(
        _births(cohort, rng),
        cohort,
        stock.male[of],
        stock.area[of],
        stock.like[of],
        np.full(n, -NEVER, np.int32),
        never,
        never.copy(),
        never.copy(),
        stock.area[of],
    )


def _forwards(folk: Folk, frame: Frame, flows: _Flows, seed: int) -> Folk:
    """From the reference day to the end of the period: deaths, moves out, moves in and births at
    the last year's pace."""
    lower = frame.day
    step = 0
    while lower < frame.end:
        upper = min(lower + 365, frame.end)
        years = (upper - lower) / YEAR_DAYS
        rng = stream(seed, "forwards", step)
        here = np.flatnonzero((folk.leave == NEVER) & (folk.death == NEVER))
        stock = folk.at(here)
        age = np.minimum((lower - stock.birth) / YEAR_DAYS, OLDEST)
        group = np.minimum(age, 90).astype(np.int64)
        order = np.lexsort((frame.decile[stock.like], stock.male, group))
        weight = -np.expm1(-chance_of_death(frame, stock, np.maximum(age + years / 2, 1)) * years)
        dying = order[systematic(rng, weight[order])]
        first, last = np.full(len(dying), lower + 1), np.full(len(dying), upper)
        folk.death[here[dying]] = days_drawn(
            rng, first, last, figure("winter_deaths"), lower, upper
        )
        size = np.bincount(group, minlength=91)
        leaving = choose_per_group(rng, group, whole_numbers(rng, flows.outward * size * years))
        leaving = np.setdiff1d(leaving, dying)
        folk.leave[here[leaving]] = between(
            rng, np.full(len(leaving), lower + 1), np.full(len(leaving), upper)
        )
        came = copies(
            stock, draw_per_group(rng, group, whole_numbers(rng, flows.inward * size * years)), rng
        )
        came.enter[:] = np.maximum(
            between(rng, np.full(len(came), lower + 1), np.full(len(came), upper)), came.birth
        )
        folk = together([folk, came, _newborn(stock, flows.births * years, lower, upper, rng)])
        lower, step = upper, step + 1
    return folk


def _newborn(
    stock: Folk, expected: float, lower: int, upper: int, rng: np.random.Generator
) -> Folk:
    """Babies at the homes of women of an age to bear them."""
    age = (lower - stock.birth) / YEAR_DAYS
    chance = np.where(stock.male, 0.0, curve("births_per_1000_women", age))
    if chance.sum() == 0 or expected == 0:
        return stock.at(np.empty(0, np.int64))
    mothers = rng.choice(len(stock), round(expected), p=chance / chance.sum())
    babies = copies(stock, mothers, rng)
    babies.birth[:] = between(rng, np.full(len(babies), lower + 1), np.full(len(babies), upper))
    babies.enter[:] = babies.birth
    babies.male[:] = rng.random(len(babies)) < figure("boys_per_birth")
    babies.cohort[:] = _cohort_of(babies.birth)
    return babies


def _cohort_of(birth: Array) -> Array:
    years = np.arange(1890, 2200)
    ends = np.array([midyear(int(y)) for y in years])
    return years[np.searchsorted(ends, birth)].astype(np.int16)


def unseen_deaths(folk: Folk, frame: Frame, rng: np.random.Generator) -> None:
    here = np.flatnonzero((folk.leave == NEVER) & (folk.death == NEVER))
    stock = folk.at(here)
    age = np.minimum((frame.end - stock.birth) / YEAR_DAYS, OLDEST)
    order = np.lexsort((frame.decile[stock.like], stock.male, age.astype(np.int16)))
    weight = -np.expm1(-chance_of_death(frame, stock, age + UNSEEN_YEARS / 2) * UNSEEN_YEARS)
    dying = order[systematic(rng, weight[order])]
    first = np.full(len(dying), frame.end + 1)
    folk.death[here[dying]] = between(rng, first, first + int(UNSEEN_YEARS * YEAR_DAYS))


def _moves_within(folk: Folk, frame: Frame, rng: np.random.Generator) -> None:
    """Some people move house inside the place; homes are exchanged within an age group, so areas
    keep their numbers."""
    first = np.maximum(np.maximum(folk.enter, folk.birth), frame.start)
    last = folk.last(frame.end)
    age = np.clip((frame.day - folk.birth) / YEAR_DAYS, 0, 110)
    chance = figure("moves_within_per_person_year") * np.maximum(last - first, 0) / YEAR_DAYS
    chance = np.minimum(chance * np.where(age >= 65, 0.3, 1.0), 0.9)
    movers = np.flatnonzero((rng.random(len(folk)) < chance) & (last - first > 60))
    folk.moved[movers] = between(rng, first[movers] + 30, last[movers] - 1)
    order = np.argsort((age[movers] // 10).astype(np.int64) + rng.random(len(movers)))
    folk.other_area[movers[order]] = folk.area[movers[np.roll(order, 1)]]
