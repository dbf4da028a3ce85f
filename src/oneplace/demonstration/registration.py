"""Who is on which practice's list, from when to when, and the people on the lists who live outside
the place.

In: the residents and the place's practices. Out: the same people with those from outside added, and
a row for each stay on a list. Residents of an area and age group are shared among practices by
nearness, fitted (iterative proportional fitting) so that each practice's list has its published
size in each age group; what is still missing from a list are people who live outside. So lists come
out as published at the end of the period.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from oneplace.demonstration.assumptions import figure
from oneplace.demonstration.chance import Array, between, stream, systematic
from oneplace.demonstration.days import NEVER, YEAR_DAYS
from oneplace.demonstration.population import (
    OUTSIDE,
    Folk,
    Frame,
    chance_of_death,
    copies,
    draw_per_group,
    together,
    unseen_deaths,
)
from oneplace.place.geography import PlaceInHand, metres

GROUP_STARTS = (0, 16, 50, 65)
GROUPS = len(GROUP_STARTS)
NONE = -1


@dataclass(frozen=True)
class Lists:
    """Stays on lists as columns, in the order of people; `current` is each person's last practice
    (NONE: never on one)."""

    person: Array
    practice: Array
    start: Array
    end: Array  # NEVER while it goes on
    current: Array
    first: Array  # first day on any list in each person's stay; NEVER without one


def on_lists(folk: Folk, place: PlaceInHand, frame: Frame, seed: int) -> tuple[Folk, Lists]:
    """Register the residents, add people from outside, and date every stay."""
    wanted = wanted_lists(place)
    if not wanted.sum():
        nobody = np.full(len(folk), NONE, np.int16)
        empty = np.empty(0, np.int32)
        return folk, Lists(
            empty, empty.astype(np.int16), empty, empty, nobody, np.full(len(folk), NEVER, np.int32)
        )
    rng = stream(seed, "registration")
    age = np.clip((frame.end - folk.birth) / YEAR_DAYS, 0, 110)
    group = age_group(age)
    home, earlier = homes(folk, frame)
    here = folk.last(frame.end) == frame.end
    shares = fitted_shares(
        place, wanted, np.bincount(home[here] * GROUPS + group[here], minlength=_rows(place))
    )
    practice = pick(rng, shares, home * GROUPS + group)
    practice[rng.random(len(folk)) >= _registered_share(wanted, group[here])[group]] = NONE
    before = pick(rng, shares, earlier * GROUPS + group)
    folk, practice, before = _with_people_from_outside(
        folk, practice, before, wanted, group, here, frame, rng
    )
    return folk, _dated(folk, practice, before, frame, rng)


def wanted_lists(place: PlaceInHand) -> Array:
    """People on each practice's list by age group; zeros for a practice without a published
    list."""
    table = place.table("practices")
    if not len(table):
        return np.zeros((0, GROUPS))
    size, over16, over50, over65 = (
        table[c].to_numpy(zero_copy_only=False).astype(float)
        for c in ("list_size", "list_aged_16_over", "list_aged_50_over", "list_aged_65_over")
    )
    size = np.nan_to_num(size)
    known = ~np.isnan(over16) & (size > 0)
    mean = (
        [np.nansum(x[known]) / max(size[known].sum(), 1) for x in (over16, over50, over65)]
        if known.any()
        else [0.81, 0.33, 0.15]
    )
    over = [
        np.where(np.isnan(x), size * m, x)
        for x, m in zip((over16, over50, over65), mean, strict=True)
    ]
    return np.asarray(
        np.rint(np.column_stack([size - over[0], over[0] - over[1], over[1] - over[2], over[2]]))
    )


def age_group(age: Array) -> Array:
    return np.searchsorted(np.array(GROUP_STARTS[1:]), age, side="right")


def homes(folk: Folk, frame: Frame) -> tuple[Array, Array]:
    """Each person's last home in the period and the one before it (the same for who did not move);
    areas for outsiders."""
    area = np.where(folk.area == OUTSIDE, folk.like, folk.area).astype(np.int64)
    later = (folk.moved != NEVER) & (folk.moved > frame.day)
    sooner = (folk.moved != NEVER) & (folk.moved <= frame.day)
    return np.where(later, folk.other_area, area), np.where(sooner, folk.other_area, area)


def _rows(place: PlaceInHand) -> int:
    return len(place.table("areas")) * GROUPS


def _registered_share(wanted: Array, group: Array) -> Array:
    """By age group: as assumed, or less where the published lists are shorter than that."""
    residents = np.bincount(group, minlength=GROUPS)
    assumed = figure("residents_registered_share")
    return np.asarray(np.minimum(assumed, 0.995 * wanted.sum(0) / np.maximum(residents, 1)))


def fitted_shares(place: PlaceInHand, wanted: Array, residents: Array) -> Array:
    """For each area and age group the share of its people on each practice's list: rows sum to
    1."""
    areas, practices = place.table("areas"), place.table("practices")
    both = metres(
        [*areas["latitude"].to_pylist(), *practices["latitude"].to_pylist()],
        [*areas["longitude"].to_pylist(), *practices["longitude"].to_pylist()],
    )
    a, p = both[: len(areas)], both[len(areas) :]
    distance = np.hypot(*(a[:, None, :] - p[None, :, :]).transpose(2, 0, 1))
    near = np.exp(-distance / figure("practice_reach_metres")) + 1e-7
    table = np.empty((len(areas), GROUPS, len(practices)))
    people = residents.reshape(len(areas), GROUPS) + 1e-6
    for g in range(GROUPS):
        lists = wanted[:, g] * (people[:, g].sum() / max(wanted[:, g].sum(), 1))
        cells = near * lists[None, :]
        for _ in range(30):
            cells *= (people[:, g] / np.maximum(cells.sum(1), 1e-12))[:, None]
            cells *= (lists / np.maximum(cells.sum(0), 1e-12))[None, :]
        table[:, g, :] = cells / np.maximum(cells.sum(1), 1e-12)[:, None]
    return table.reshape(len(areas) * GROUPS, len(practices))


def pick(rng: np.random.Generator, shares: Array, row: Array) -> Array:
    """A column for each entry of `row`, by the shares of that row."""
    running = np.cumsum(shares, axis=1)
    running /= running[:, -1:]
    flat = (running + np.arange(len(shares))[:, None]).ravel()
    at = np.searchsorted(flat, row + rng.random(len(row)), side="right")
    return np.asarray(np.minimum(at - row * shares.shape[1], shares.shape[1] - 1), np.int16)


def _with_people_from_outside(
    folk: Folk,
    practice: Array,
    before: Array,
    wanted: Array,
    group: Array,
    here: Array,
    frame: Frame,
    rng: np.random.Generator,
) -> tuple[Folk, Array, Array]:
    """Fill each list to its published size with people who live elsewhere, and as many again as
    came and went."""
    on = here & (practice != NONE)
    have = np.bincount(practice[on].astype(np.int64) * GROUPS + group[on], minlength=wanted.size)
    gap = np.maximum(wanted.astype(np.int64).ravel() - have, 0)
    groups = np.tile(np.arange(GROUPS), len(wanted))
    stock_at = np.flatnonzero(here)
    by_group = np.bincount(groups, weights=gap, minlength=GROUPS).astype(np.int64)
    donors = stock_at[draw_per_group(rng, group[stock_at], by_group)]
    donors = donors[np.argsort(group[donors], kind="stable")]
    outside = copies(folk, donors, rng)
    outside.birth[:] = np.minimum(outside.birth, frame.end)
    cell_order = np.argsort(groups, kind="stable")
    theirs = np.repeat(cell_order // GROUPS, gap[cell_order])[: len(outside)]
    years = (frame.end - frame.start) / YEAR_DAYS
    joins = min(figure("outside_turnover_per_1000") / 1000 * years, 0.9)
    came = rng.random(len(outside)) < joins
    outside.enter[came] = between(
        rng, np.full(int(came.sum()), frame.start), np.full(int(came.sum()), frame.end)
    )
    outside.enter[:] = np.maximum(outside.enter, outside.birth)
    went_like = np.flatnonzero(rng.random(len(outside)) < joins)
    went = copies(outside, went_like, rng)
    went.birth[:] = np.minimum(went.birth, frame.start)
    went.leave[:] = between(rng, np.full(len(went), frame.start), np.full(len(went), frame.end - 1))
    age = np.clip((frame.end - outside.birth) / YEAR_DAYS - years / 2, 0, 110)
    dead_like = systematic(rng, np.minimum(chance_of_death(frame, outside, age) * years, 0.9))
    dead = copies(outside, dead_like, rng)
    dead.birth[:] = np.minimum(dead.birth, frame.start)
    dead.death[:] = between(rng, np.full(len(dead), frame.start), np.full(len(dead), frame.end))
    extra = together([outside, went, dead])
    extra.area[:] = OUTSIDE
    unseen_deaths(extra, frame, rng)
    chosen = np.concatenate([theirs, theirs[went_like], theirs[dead_like]]).astype(np.int16)
    return (
        together([folk, extra]),
        np.concatenate([practice, chosen]),
        np.concatenate([before, chosen]),
    )


def _dated(
    folk: Folk, practice: Array, before: Array, frame: Frame, rng: np.random.Generator
) -> Lists:
    n = len(folk)
    last = folk.last(frame.end)
    lag = np.minimum(rng.exponential(figure("registration_lag_days"), n), 180).astype(np.int64)
    long_ago = frame.start - rng.exponential(9 * YEAR_DAYS, n).astype(np.int64)
    always = folk.enter <= frame.start
    start = np.maximum(np.where(always, long_ago, folk.enter + lag), folk.birth)
    start = np.minimum(start, last).astype(
        np.int32
    )  # nobody who is on a list at the end joins after it
    start[practice == NONE] = NEVER
    end = np.where((folk.leave != NEVER) | (folk.death <= frame.end), last, NEVER).astype(np.int32)
    change = (
        (folk.moved != NEVER)
        & (before != practice)
        & (rng.random(n) >= figure("practice_kept_on_moving_share"))
    )
    change &= (start < folk.moved) & (start != NEVER) & (folk.moved < last)
    rows = np.where(start == NEVER, 0, 1 + change)
    person = np.repeat(np.arange(n, dtype=np.int32), rows)
    second = np.zeros(len(person), bool)
    second[1:] = person[1:] == person[:-1]
    leading = change[person] & ~second
    return Lists(
        person,
        np.where(leading, before[person], practice[person]).astype(np.int16),
        np.where(second, folk.moved[person], start[person]).astype(np.int32),
        np.where(leading, folk.moved[person] - 1, end[person]).astype(np.int32),
        np.where(start == NEVER, NONE, practice).astype(np.int16),
        start,
    )
