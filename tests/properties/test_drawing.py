"""What is always true of the ways in which demonstration people are drawn."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from oneplace.demonstration.chance import (
    between,
    choose_per_group,
    share_out,
    stream,
    systematic,
    whole_numbers,
)
from oneplace.demonstration.days import NEVER, dates, weekday_of, working
from oneplace.demonstration.identity import nhs_numbers
from oneplace.demonstration.mortality import life_expectancy
from oneplace.demonstration.registration import pick
from oneplace.demonstration.seasons import days_drawn
from oneplace.demonstration.writing import interleaved, merged

seeds = st.integers(0, 2**32)
few = settings(max_examples=40, deadline=None)


@few
@given(st.lists(st.integers(0, 200), min_size=1, max_size=40), st.floats(0, 1), seeds)
def test_a_total_shared_out_is_kept_and_no_cell_gets_more_than_it_holds(
    cells: list[int], share: float, seed: int
) -> None:
    counts = np.array(cells)
    total = round(share * counts.sum())
    parts = share_out(counts, total)
    assert parts.sum() == (total if counts.sum() else 0)
    assert ((parts >= 0) & (parts <= counts)).all()


@few
@given(
    st.lists(st.integers(0, 4), max_size=60),
    st.lists(st.integers(0, 20), min_size=5, max_size=5),
    seeds,
)
def test_each_group_gives_as_many_as_are_wanted_or_all_it_has(
    groups: list[int], wanted: list[int], seed: int
) -> None:
    group = np.array(groups, np.int64)
    chosen = choose_per_group(stream(seed, "test"), group, np.array(wanted))
    assert len(set(chosen.tolist())) == len(chosen)
    got = np.bincount(group[chosen], minlength=5)
    assert (got == np.minimum(wanted, np.bincount(group, minlength=5))).all()


@few
@given(st.lists(st.floats(0, 0.99), min_size=1, max_size=50), seeds)
def test_systematic_draws_number_the_sum_of_chances_give_or_take_one(
    weights: list[float], seed: int
) -> None:
    weight = np.array(weights)
    drawn = systematic(stream(seed, "test"), weight)
    assert abs(len(drawn) - weight.sum()) < 1 + 1e-9
    assert len(set(drawn.tolist())) == len(drawn), "chances are below 1, so nobody comes twice"
    assert (weight[drawn] > 0).all()


@few
@given(st.lists(st.floats(0, 1e6), max_size=30), seeds)
def test_whole_numbers_are_next_to_what_is_expected(expected: list[float], seed: int) -> None:
    found = whole_numbers(stream(seed, "test"), np.array(expected))
    assert (np.abs(found - np.array(expected)) < 1).all()


@few
@given(st.integers(-20000, 30000), st.integers(0, 5000), seeds)
def test_days_lie_between_first_and_last(first: int, length: int, seed: int) -> None:
    firsts, lasts = np.full(50, first), np.full(50, first + length)
    drawn = between(stream(seed, "test"), firsts, lasts)
    assert drawn.min() >= first
    assert drawn.max() <= first + length
    winter = days_drawn(stream(seed, "test"), firsts, lasts, 0.5, first, first + length)
    assert winter.min() >= first
    assert winter.max() <= first + length


@few
@given(st.lists(st.integers(0, 40000), min_size=1, max_size=60), st.integers(0, 3))
def test_working_days_are_never_moved_before_the_first_day(days: list[int], slack: int) -> None:
    numbers = np.array(days)
    moved = working(numbers, numbers - slack)
    assert (moved >= numbers - slack).all()
    assert (moved <= numbers).all()
    assert ((weekday_of(moved) < 5) | (moved == numbers - slack)).all()


@few
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 7), st.integers(0, 999)), max_size=30),
        min_size=1,
        max_size=4,
    ),
)
def test_lists_put_together_are_in_the_order_of_people_and_lose_nothing(
    lists: list[list[tuple[int, int]]],
) -> None:
    lists = [sorted(rows, key=lambda r: r[0]) for rows in lists]
    persons = [np.array([p for p, _ in rows], np.int32) for rows in lists]
    values = [np.array([v for _, v in rows], np.int32) for rows in lists]
    where = interleaved(persons, 8)
    person, value = merged(persons, where), merged(values, where)
    assert person.tolist() == sorted(person.tolist())
    assert sorted(zip(person.tolist(), value.tolist(), strict=True)) == sorted(
        r for rows in lists for r in rows
    )
    twin = [(p, i, v) for i, rows in enumerate(lists) for p, v in rows]
    assert value.tolist() == [v for _, _, v in sorted(twin, key=lambda r: (r[0], r[1]))]


@few
@given(
    st.lists(st.lists(st.floats(0.01, 5), min_size=3, max_size=3), min_size=1, max_size=6), seeds
)
def test_only_columns_with_a_share_are_picked(rows: list[list[float]], seed: int) -> None:
    shares = np.array(rows)
    shares[:, 1] = 0
    picked = pick(stream(seed, "test"), shares, np.repeat(np.arange(len(shares)), 30))
    assert set(picked.tolist()) <= {0, 2}


@settings(max_examples=6, deadline=None)
@given(seeds, st.integers(1, 2000))
def test_numbers_are_distinct_and_their_check_digits_hold(seed: int, people: int) -> None:
    numbers = nhs_numbers(stream(seed, "test"), people)
    assert len(set(numbers.tolist())) == people
    for number in numbers[:50].tolist():
        digits = [int(d) for d in str(number)]
        assert str(number).startswith("999")
        assert sum(d * (10 - i) for i, d in enumerate(digits)) % 11 == 0, (
            "with the check digit weighted 1"
        )


@few
@given(st.floats(0.001, 0.2))
def test_life_expectancy_at_a_constant_hazard_is_its_inverse(hazard: float) -> None:
    assert abs(life_expectancy(np.full(111, hazard)) - 1 / hazard) < 1e-6 / hazard


def test_topics_draw_from_streams_of_their_own() -> None:
    one, two = stream(1, "people").random(1000), stream(1, "lists").random(1000)
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.15
    assert (stream(1, "people").random(5) == one[:5]).all()
    assert (stream(1, "people", 1).random(5) != one[:5]).all()


def test_a_day_that_never_comes_is_null() -> None:
    assert dates(np.array([0, NEVER])).to_pylist()[1] is None
