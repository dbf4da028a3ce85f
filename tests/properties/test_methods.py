"""What is always true of the published statistics."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from oneplace.methods import (
    decomposition,
    finance,
    fractions,
    inequality,
    lifetable,
    options,
    quantiles,
    rates,
    spc,
    standardise,
    waiting,
    waiting_flow,
    waterfall,
)

STARTS = (0, 1, *range(5, 90, 5))
BANDS = len(STARTS)
few = settings(max_examples=40, deadline=None)
mortality = hnp.arrays(np.float64, BANDS, elements=st.floats(1e-4, 0.3))
shares = st.floats(0.01, 0.99)


@few
@given(st.integers(0, 5000), st.integers(1, 5000), st.floats(0.5, 0.9999))
def test_wilsons_limits_lie_in_0_to_1_and_around_the_share(
    x: int, extra: int, confidence: float
) -> None:
    lower, upper = rates.wilson(x, x + extra, confidence)
    assert 0 <= lower[0] <= x / (x + extra) + 1e-12
    assert x / (x + extra) - 1e-12 <= upper[0] <= 1


@few
@given(st.lists(st.integers(0, 60), min_size=1, max_size=30))
def test_poisson_limits_hold_the_count_and_grow_with_it(counts: list[int]) -> None:
    lower, upper, _ = rates.poisson_limits(counts)
    assert ((lower <= counts) & (upper >= counts)).all()
    order = np.argsort(counts, kind="stable")
    assert (np.diff(upper[order]) >= -1e-9).all()


@few
@given(mortality, st.floats(1.01, 1.3))
def test_life_expectancy_falls_when_mortality_rises(m: np.ndarray, worse: float) -> None:
    people = np.full(BANDS, 10_000.0)
    before = lifetable.life_expectancy(m * people, people, STARTS)
    after = lifetable.life_expectancy(m * worse * people, people, STARTS)
    assert after.expectation[0, 0] < before.expectation[0, 0]


@few
@given(mortality, hnp.arrays(np.float64, BANDS, elements=st.floats(0, 1)))
def test_healthy_years_lie_between_none_and_all_and_half_is_half(
    m: np.ndarray, healthy: np.ndarray
) -> None:
    people = np.full(BANDS, 10_000.0)

    def years(share: object) -> float:
        return float(
            lifetable.healthy_life_expectancy(m * people, people, STARTS, share).expectation[0, 0]
        )

    whole = float(lifetable.life_expectancy(m * people, people, STARTS).expectation[0, 0])
    assert years(np.ones(BANDS)) == whole
    assert years(np.zeros(BANDS)) == 0
    assert math.isclose(years(np.full(BANDS, 0.5)), whole / 2)
    assert -1e-9 <= years(healthy) <= whole + 1e-9


@few
@given(mortality, mortality, hnp.arrays(np.float64, (BANDS, 3), elements=st.floats(0.05, 1)))
def test_the_parts_of_a_gap_add_up_to_it_in_every_direction(
    one: np.ndarray, two: np.ndarray, mix: np.ndarray
) -> None:
    split = mix / mix.sum(axis=1, keepdims=True)
    for direction in ("first to second", "second to first", "mean"):
        found = decomposition.arriaga(
            one,
            two,
            STARTS,
            first_causes=one[:, None] * split,
            second_causes=two[:, None] * split[::-1],
            direction=direction,
        )
        assert math.isclose(found.by_age.sum(), found.gap, abs_tol=1e-9)
        assert math.isclose(found.by_age_and_cause.sum(), found.gap, abs_tol=1e-6)


@few
@given(
    st.floats(0, 1e7),
    st.dictionaries(st.text(min_size=1, max_size=5), st.floats(0.2, 3), min_size=1, max_size=8),
)
def test_a_waterfall_adds_up_to_the_last_bit(baseline: float, factors: dict[str, float]) -> None:
    for found in (waterfall.lmdi(baseline, factors), waterfall.simple(baseline, factors)):
        total = math.fsum([found.baseline, *found.contribution.values(), found.interaction])
        assert total == found.end
    steps = [waterfall.Factor(name, factor=f) for name, f in factors.items()]
    found = waterfall.sequential(baseline, [*steps, waterfall.Factor("amount", amount=-12.5)][::-1])
    assert math.fsum([found.baseline, *found.contribution.values()]) == found.end


@few
@given(st.floats(1, 1e6), st.lists(st.floats(0.5, 2), min_size=2, max_size=6), st.randoms())
def test_lmdi_does_not_depend_on_order(
    baseline: float, factors: list[float], random: object
) -> None:
    named = {f"f{i}": f for i, f in enumerate(factors)}
    shuffled = list(named.items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, two = waterfall.lmdi(baseline, named), waterfall.lmdi(baseline, dict(shuffled))
    for name in named:
        assert math.isclose(
            one.contribution[name], two.contribution[name], rel_tol=1e-9, abs_tol=1e-6
        )


@few
@given(hnp.arrays(np.float64, 19, elements=st.integers(0, 200)), st.integers(1, 7))
def test_a_rate_standardised_to_its_own_population_is_the_crude_rate(
    count: np.ndarray, scale: int
) -> None:
    people = np.linspace(2000, 500, 19) * scale
    found = standardise.direct(count, people, people)
    if count.sum() >= 10:
        assert math.isclose(found.value[0], 1e5 * count.sum() / people.sum())
        assert found.lower[0] <= found.value[0] <= found.upper[0]
    else:
        assert math.isnan(found.value[0])


@few
@given(st.lists(st.floats(-100, 100), min_size=1, max_size=60), st.integers(1, 10))
def test_quantiles_keep_order_and_ties(values: list[float], number: int) -> None:
    placed = quantiles.quantiles(values, number, highest_first=False)
    if len(values) < number:
        assert not placed.any()
        return
    for i, a in enumerate(values):
        for j, b in enumerate(values):
            assert (
                (placed[i] == placed[j])
                if a == b
                else ((placed[i] <= placed[j]) == (a < b) or placed[i] == placed[j])
            )
    assert placed.min() >= 1 and placed.max() <= number


@few
@given(shares, st.floats(1, 5), st.floats(0, 1))
def test_fractions_agree_with_each_other(p: float, rr: float, kept: float) -> None:
    whole = float(fractions.levin(p, rr))
    assert 0 <= whole < 1
    assert math.isclose(whole, float(fractions.attributable([p], [rr])), abs_tol=1e-12)
    nobody = float(fractions.impact([1 - p, p], [1, 0], [1, rr]))
    assert math.isclose(whole, nobody, abs_tol=1e-12)
    some = float(fractions.impact([1 - p, p], [1 - p * kept, p * kept], [1, rr]))
    assert -1e-12 <= some <= nobody + 1e-12
    assert max(whole, some) - 1e-12 <= float(fractions.joint([whole, some])) <= 1


@few
@given(
    st.lists(
        st.tuples(st.integers(0, 300), st.one_of(st.none(), st.integers(0, 400))),
        min_size=1,
        max_size=60,
    )
)
def test_the_queue_counts_who_joined_and_has_not_left(people: list[tuple[int, int | None]]) -> None:
    start = date(2023, 1, 1)
    end = start + timedelta(days=200)
    referral = [start + timedelta(days=a) for a, _ in people]
    removal = [None if w is None else start + timedelta(days=a + w) for a, w in people]
    found = waiting.list_statistics(referral, removal, start=start, end=end, target_wait_weeks=18)
    obvious = sum(
        a <= end and (b is None or b > end) for a, b in zip(referral, removal, strict=True)
    )
    assert (
        found.queue_size
        == obvious
        == waiting.queue_by_day(referral, removal, start=start, end=end)[-1]
    )


@few
@given(
    st.lists(st.floats(0, 500), min_size=3, max_size=20),
    st.lists(st.floats(0, 300), min_size=1, max_size=12),
    st.floats(0, 400),
    st.floats(0, 0.3),
    st.sampled_from(["longest first", "in proportion"]),
)
def test_nobody_appears_or_vanishes_on_a_waiting_list(
    stock: list[float], referrals: list[float], capacity: float, leaving: float, order: str
) -> None:
    found = waiting_flow.project(
        stock, referrals, [capacity] * len(referrals), leaving_share=leaving, order=order
    )  # type: ignore[arg-type]
    into = sum(stock) + sum(referrals)
    assert math.isclose(
        into, found.size[-1] + found.treated.sum() + found.left_untreated.sum(), abs_tol=1e-6
    )
    assert (found.waiting >= -1e-9).all() and (found.treated.sum(axis=1) <= capacity + 1e-9).all()


@few
@given(
    hnp.arrays(np.float64, 10, elements=st.floats(60, 90)),
    hnp.arrays(np.float64, 10, elements=st.floats(1e3, 1e5)),
)
def test_the_slope_of_a_mirrored_ladder_is_its_opposite(
    value: np.ndarray, people: np.ndarray
) -> None:
    error = np.full(10, 0.4)
    one = inequality.slope_index(
        value, people, error, rng=np.random.default_rng(1), repetitions=2000
    )
    two = inequality.slope_index(
        value[::-1], people[::-1], error, rng=np.random.default_rng(1), repetitions=2000
    )
    assert math.isclose(one.slope_index[0], -two.slope_index[0], abs_tol=1e-8)
    assert one.slope_lower[0] <= one.slope_index[0] <= one.slope_upper[0]


@few
@given(
    st.dictionaries(st.sampled_from("ABCD"), st.tuples(*[st.integers(1, 5)] * 3), min_size=2),
    st.sampled_from([(50, 30, 20), (100, 0, 0), (34, 33, 33)]),
)
def test_the_new_leader_is_level_at_the_switching_weight(
    scores: dict[str, tuple[int, ...]], weights: tuple[int, ...]
) -> None:
    criteria = ("x", "y", "z")
    table = {o: dict(zip(criteria, s, strict=True)) for o, s in scores.items()}
    found = options.appraise(table, dict(zip(criteria, weights, strict=True)))
    for i, criterion in enumerate(criteria):
        switch = found.switching[criterion]
        if switch is None:
            continue
        rest = sum(w for j, w in enumerate(weights) if j != i)
        moved = [
            switch.share if j == i else (1 - switch.share) * w / rest for j, w in enumerate(weights)
        ]
        level = {
            o: sum(w * s for w, s in zip(moved, row, strict=True)) for o, row in scores.items()
        }
        assert math.isclose(level[found.rank[0]], level[switch.new_top], abs_tol=1e-9)


@few
@given(st.integers(-(10**9), 10**9), st.integers(0, 12))
def test_part_year_and_the_extra_make_the_full_year(value: int, months: int) -> None:
    found = finance.part_year(value, months)
    assert found.in_year + found.full_year_effect_next_year_extra == value


@few
@given(hnp.arrays(np.float64, (5, 30), elements=st.one_of(st.floats(0, 100), st.just(math.nan))))
def test_a_chart_of_many_series_is_the_charts_of_each(y: np.ndarray) -> None:
    many = spc.xmr_many(y)
    for i in range(5):
        alone = spc.xmr_many(y[i])
        np.testing.assert_array_equal(many.cause[i], alone.cause[0])
        np.testing.assert_allclose(many.upper[i], alone.upper[0])
