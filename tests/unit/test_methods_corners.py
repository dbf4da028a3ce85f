"""Awkward corners: a bad area never harms its neighbours, and what cannot be said is not said."""

from __future__ import annotations

import csv
import math
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from oneplace.methods import (
    finance,
    forecast,
    fractions,
    funnel,
    inequality,
    lifetable,
    options,
    rates,
    risk,
    standardise,
    waiting,
    waiting_flow,
    waterfall,
)
from oneplace.methods.cases import run_cases

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
STARTS = (0, 1, *range(5, 95, 5))


def test_one_bad_row_leaves_the_others_alone() -> None:
    alone = rates.rate([5, 20], [1000, 1000])
    found = rates.rate([5, 0, 3, -1, math.nan, 20], [1000, 1000, 0, 100, 100, 1000])
    assert found.value[[0, 5]] == pytest.approx(alone.value)
    assert found.value[1] == 0 and found.upper[1] > 0
    assert np.isnan(found.value[2:5]).all()
    assert list(found.problem) == [
        "", "", "nobody in the denominator", *["the count is missing or negative"] * 2, "",
    ]  # fmt: skip


def test_a_share_above_one_is_refused_for_its_area_only() -> None:
    found = rates.proportion([11, 5], [10, 10])
    assert found.problem[0] == "the numerator is larger than the denominator"
    assert found.value[1] == 50


def test_standardised_rates_of_many_areas_with_bad_ones_among_them() -> None:
    count, people = np.full((4, 19), 10.0), np.full((4, 19), 1000.0)
    count[1] = 0
    people[2, 18] = 0
    count[3, 0] = math.nan
    found = standardise.direct(count, people)
    assert found.value[0] == pytest.approx(1000)
    assert list(found.problem) == [
        "", "fewer than 10 events in all", "an age band has no people", "a count is missing or negative",
    ]  # fmt: skip
    ratio = standardise.indirect(count[:2], people[:2], [20] * 19, [1000] * 19)
    assert ratio.ratio == pytest.approx([0.5, 0.0])
    assert ratio.upper[1] == pytest.approx(3.6888794 / 380)


@pytest.mark.parametrize("top", [85, 90, 95])
def test_life_tables_of_every_usual_top_band(top: int) -> None:
    starts = [0, 1, *range(5, top + 5, 5)]
    rate = 0.0002 * np.exp(0.075 * np.array(starts))
    people = np.full(len(starts), 5000.0)
    found = lifetable.life_expectancy(rate * people, people, starts)
    assert 50 < found.expectation[0, 0] < 90
    assert found.expectation[0, -1] == pytest.approx(1 / rate[-1])
    assert found.at(65)[0][0] == found.expectation[0, starts.index(65)]


def test_an_open_band_without_deaths_has_no_length_and_says_so() -> None:
    deaths, people = np.full((2, len(STARTS)), 20.0), np.full((2, len(STARTS)), 1000.0)
    deaths[0, -1] = 0
    found = lifetable.life_expectancy(deaths, people, STARTS)
    assert found.problem[0].startswith("nobody died in the open age band")
    assert np.isnan(found.expectation[0]).all() and np.isfinite(found.expectation[1]).all()


def test_a_band_that_nobody_survives_is_withheld() -> None:
    deaths, people = np.full((2, len(STARTS)), 20.0), np.full((2, len(STARTS)), 1000.0)
    deaths[0, 10] = 450
    found = lifetable.life_expectancy(deaths, people, STARTS)
    assert list(found.problem) == ["an age band's rate is so high that nobody survives it", ""]
    with pytest.raises(ValueError, match="leave survivors in every other"):
        lifetable.expectation_from_rates([0.1, 0.6, 0.2], [0, 5, 10])


def test_a_sampled_share_widens_the_limits_of_healthy_years() -> None:
    deaths, people, healthy = np.full(20, 20.0), np.full(20, 1000.0), np.full(20, 0.7)
    sure = lifetable.healthy_life_expectancy(deaths, people, STARTS, healthy)
    asked = lifetable.healthy_life_expectancy(
        deaths, people, STARTS, healthy, asked=np.full(20, 50)
    )
    assert asked.expectation[0, 0] == sure.expectation[0, 0]
    assert asked.standard_error[0, 0] > sure.standard_error[0, 0] > 0


def test_drawn_limits_of_the_slope_are_those_of_normal_theory_and_of_drawing_every_group() -> None:
    """The twin draws each group and fits each line; on a linear scale the slope is exactly
    normal."""
    rng = np.random.default_rng(5)
    value, people, error = (
        74 + np.arange(10) * 0.8,
        np.linspace(9000, 15000, 10),
        np.linspace(0.8, 0.4, 10),
    )
    found = inequality.slope_index(value, people, error, rng=rng, repetitions=50_000)
    share = people / people.sum()
    middle = np.cumsum(share) - share / 2
    weight = share * (middle - (share * middle).sum())
    weight /= (weight * middle).sum()
    spread = math.sqrt((weight**2 * error**2).sum())
    assert found.slope_lower[0] == pytest.approx(weight @ value - 1.959964 * spread, abs=0.01)
    draws = rng.normal(value, error, (50_000, 10))
    slope = draws @ weight
    start = (draws * share).sum(axis=1) - slope * (share * middle).sum()
    low, high = np.quantile((start + slope) / start, [0.025, 0.975])
    assert (found.relative_lower[0], found.relative_upper[0]) == pytest.approx(
        (low, high), rel=2e-3
    )


def test_a_ladder_with_a_hole_is_withheld_and_the_next_is_not() -> None:
    value, people = np.array([[70.0, math.nan, 80], [70, 75, 80]]), np.full((2, 3), 100.0)
    found = inequality.slope_index(
        value, people, np.ones((2, 3)), rng=np.random.default_rng(1), repetitions=500
    )
    assert list(found.problem) == ["a group has no value", ""]
    assert math.isnan(found.slope_lower[0]) and found.slope_index[1] == pytest.approx(15)


def test_a_funnel_leaves_out_who_cannot_stand_in_it() -> None:
    found = funnel.funnel([10, 5, 12, math.nan], [100, 0, 10, 50], kind="proportion")
    assert found.significance == ("Not significant", "No figure", "No figure", "No figure")
    assert found.baseline == 10


def test_exact_and_published_funnel_curves_differ_by_the_macros_last_halving() -> None:
    seen, due = [50, 40, 30], [48, 42, 33]
    exact = funnel.funnel(seen, due, kind="ratio").curve
    printed = funnel.funnel(seen, due, kind="ratio", halvings=funnel.PUBLISHED_HALVINGS).curve
    gap = np.abs(exact.for_upper_outer / printed.for_upper_outer - 1)
    assert 0 < gap.max() < 1e-4


def test_a_rate_funnel_with_its_curve() -> None:
    events, people = np.array([63.0, 68, 90, 0]), np.array([8118.0, 7217, 5000, 400])
    found = funnel.funnel(
        events, people, kind="rate", rate=1e5 * events / people, multiplier=1e5, years_of_data=1
    )
    assert found.baseline == pytest.approx(1e5 * events.sum() / people.sum())
    assert (found.curve.lower_outer < found.curve.lower_inner).all()
    assert (found.curve.lower_inner < found.baseline).all() and (
        found.curve.upper_inner > found.baseline
    ).all()


def test_an_impossible_waiting_target_is_said_plainly() -> None:
    full = waiting_flow.capacity_for(
        0.92, [0.0] * 10 + [50_000.0] * 10, [10.0, 10.0], leaving_share=0.0, order="in proportion"
    )
    assert full.a_month is None
    assert full.why.startswith("no capacity reaches 92.0% in 2 months")
    with pytest.raises(ValueError, match="lies between 0 and 1"):
        waiting.steady_state(100, 1.0)


def test_what_it_takes_to_reach_92_percent_by_march() -> None:
    stock = [900.0, 800, 700, 600, 400, 300, 200, 150, 100, 80, 60, 40, 30]
    need = waiting_flow.capacity_for(0.92, stock, [900.0] * 6, leaving_share=0.05)
    assert need.a_month is not None and need.share_reached >= 0.92
    flow = waiting_flow.project(
        stock, [900.0] * 6, [need.a_month * 0.99] * 6, leaving_share=0.05, order="longest first"
    )
    assert flow.share_within[-1] < 0.92


def test_leaving_shares_are_found_again_from_two_lists() -> None:
    stock = [500.0, 400, 300, 200, 100]
    flow = waiting_flow.project(
        stock, [520.0], [300.0], leaving_share=[0.1, 0.05, 0.08, 0.02, 0.03]
    )
    found = waiting_flow.leaving_shares(stock, flow.waiting[0], flow.treated[0], 520.0)
    assert found == pytest.approx([0.1, 0.05, 0.08, 0.02, 0.03])


def test_a_list_from_which_nobody_was_removed() -> None:
    found = waiting.list_statistics(
        [date(2023, 1, 5), date(2023, 1, 9)],
        [None, None],
        start=date(2023, 1, 1),
        end=date(2023, 2, 1),
        target_wait_weeks=18,
    )
    assert found.mean_capacity == 0 and found.load == math.inf and found.load_too_big
    assert found.queue_size == 2 and found.mean_wait_days == 25
    assert found.pressure == pytest.approx(found.pressure_as_published / 7)


def test_money_stays_exact_and_shows_its_differences() -> None:
    assert finance.exact(0.1) + finance.exact(0.2) == Decimal("0.3")
    with pytest.raises(ValueError, match="not an amount"):
        finance.exact("ten")
    lines = finance.reconcile(["46.7", "-31.7", "-3.5", "-18.0", "-3.3", "13.8", "-4.0"], "0.0")
    assert lines.difference == 0
    clinical = finance.network_funding(539988, 600442, 12).clinical_director
    assert clinical == Decimal("208165.374") and finance.exact(539988) * Decimal(
        "0.51"
    ) * 9 / 12 == Decimal("206545.41")
    nine = finance.reconcile([13842847], 13842856)
    assert nine.difference == 9 and not nine.explained_by_rounding
    areas = finance.reconcile(["500.2", "424.2"], "924.3")
    assert areas.difference == Decimal("-0.1") and areas.explained_by_rounding


def test_a_saving_that_does_not_recur_adds_nothing_next_year() -> None:
    found = finance.part_year(1200, 6, recurrent=False)
    assert (found.in_year, found.full_year_effect_next_year_extra) == (600, 0)
    with pytest.raises(ValueError, match="whole number from 0 to 12"):
        finance.part_year(1200, 13)


def test_options_refuse_weights_that_do_not_sum_to_100_and_missing_scores() -> None:
    with pytest.raises(ValueError, match="the weights sum to 90"):
        options.appraise({"a": {"x": 1}, "b": {"x": 2}}, {"x": 90})
    with pytest.raises(ValueError, match="no score for y"):
        options.appraise({"a": {"x": 1}, "b": {"x": 2, "y": 1}}, {"x": 50, "y": 50})
    found = options.appraise(
        {"nothing": {"x": 1, "y": 5}, "new": {"x": 5, "y": 2}},
        {"x": 80, "y": 20},
        do_nothing="nothing",
    )
    assert found.better_than_nothing == ("new",)
    with pytest.raises(ValueError, match="is not among the options"):
        options.appraise({"a": {"x": 1}, "b": {"x": 2}}, {"x": 100}, do_nothing="c")


def test_the_matrix_has_25_cells_and_no_impossible_score() -> None:
    cells = [cell for row in risk.matrix() for cell in row]
    assert len(cells) == 25 and cells[0].consequence == 5
    assert {c.score for c in cells}.isdisjoint({7, 11, 13, 14})
    for wrong in (0, 6, 2.5, True):
        with pytest.raises(ValueError, match="whole number from 1 to 5"):
            risk.risk_score(wrong, 3)  # type: ignore[arg-type]


def test_a_factor_of_nought_has_no_logarithm() -> None:
    with pytest.raises(ValueError, match="a factor is above 0"):
        waterfall.lmdi(100, {"closed": 0.0})
    end, parts = waterfall.lmdi_many([100, 100], [[1.1, 0.0], [1.1, 1.0]])
    assert (
        math.isnan(end[0]) and end[1] == pytest.approx(110) and parts[1] == pytest.approx([10, 0])
    )


def test_bars_of_a_waterfall_with_a_claim_in_spells_join_up() -> None:
    found = waterfall.sequential(
        1000, [waterfall.Factor("growth", factor=1.02), waterfall.Factor("scheme", amount=-15)]
    )
    assert found.bars() == [("growth", 1000, 1020), ("scheme", 1020, 1005)]
    with pytest.raises(ValueError, match="either a factor or an amount"):
        waterfall.Factor("both", factor=1.1, amount=4)


def test_impact_needs_every_level_and_dose_is_capped() -> None:
    with pytest.raises(ValueError, match="list every level"):
        fractions.impact([0.3], [0.1], [2.0])
    reduction = fractions.dose_reduction(
        0.89, [84, 168, 1000], reference_minutes=168, most_minutes=460
    )
    assert reduction == pytest.approx([0.055, 0.11, 0.11 * 460 / 168])
    assert float(fractions.attributable_adjusted(0.5, 2.0)) == 0.25


def months(count: int, level: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    n = np.full(count, 8000.0)
    share = 1 / (1 + np.exp(-(np.log(level / (1 - level)) + np.cumsum(rng.normal(0, 0.05, count)))))
    return rng.binomial(8000, share).astype(float), n


def test_intervals_are_stretched_to_what_happened_and_coverage_is_published() -> None:
    rng = np.random.default_rng(3)
    record = forecast.rolling_record(
        [months(48, 0.9, rng) for _ in range(6)], horizon=6, target=0.9
    )
    fitted, verdict = forecast.recalibrate(record), forecast.judge(record)
    assert fitted.judged > 500 and fitted.reach80 >= 1.28 and fitted.reach95 >= 1.95
    assert verdict is not None
    assert verdict.covered80 >= verdict.covered80_raw - 0.02
    assert 0.7 < verdict.covered80 < 0.95 and 0.88 < verdict.covered95 <= 1
    assert verdict.brier is not None and verdict.brier < 0.25


def test_a_forecast_gives_the_chance_by_each_month_and_never_falls_back() -> None:
    rng = np.random.default_rng(4)
    x, n = months(36, 0.85, rng)
    x[10] = math.nan
    found = forecast.forecast(x, n, horizon=9, rng=rng, target=0.95)
    assert found.met_by is not None and (np.diff(found.met_by) >= 0).all()
    assert (found.lower95 <= found.lower80).all() and (found.lower80 <= found.median).all()
    assert found.paths.shape == (2000, 9) and ((found.paths >= 0) & (found.paths <= 1)).all()
    wide = forecast.forecast(
        x,
        n,
        horizon=9,
        rng=np.random.default_rng(4),
        recalibration=forecast.Recalibration(2.0, 3.5, 100),
    )
    assert wide.upper95[-1] - wide.lower95[-1] > found.upper95[-1] - found.lower95[-1]
    with pytest.raises(ValueError, match="a forecast needs 12"):
        forecast.forecast(x[:8], n[:8], horizon=3, rng=rng)


def test_past_forecasts_of_the_real_ae_series_cover_what_they_say() -> None:
    """Seven Liverpool trusts, April 2016 to March 2018 (NHS England, OGL): nominal 80% and 95%, one
    to six months ahead."""
    path = (
        SHARED / "data" / "calibrate" / "ae_attendances_liverpool_providers_2016_04_to_2018_03.csv"
    )
    if not path.exists():
        pytest.skip("the published A&E file is not distributed with this repository")
    months_of: dict[str, dict[str, list[float]]] = {}
    with path.open(encoding="utf-8") as file:
        for r in csv.DictReader(file):
            seen = months_of.setdefault(r["org_code"], {}).setdefault(r["period"], [0.0, 0.0])
            seen[0] += float(r["attendances"]) - float(r["breaches"])
            seen[1] += float(r["attendances"])
    series = [
        tuple(zip(*(m[k] for k in sorted(m)), strict=True))
        for m in months_of.values()
        if len(m) == 24
    ]
    verdict = forecast.judge(forecast.rolling_record(series, horizon=6, target=0.95))
    assert verdict is not None and verdict.judged > 300
    assert 0.76 <= verdict.covered80 <= 0.88 and 0.92 <= verdict.covered95 <= 0.985
    assert verdict.covered95 >= verdict.covered95_raw
    assert verdict.brier is not None and verdict.brier < 0.08


def test_forecast_and_list_by_months_waited_as_cases() -> None:
    rng = np.random.default_rng(8)
    x, n = months(30, 0.9, rng)
    rows = [{"num": a, "den": b} for a, b in zip(x.tolist(), n.tolist(), strict=True)]
    case = {"id": "ae", "inputs": rows, "params": {"horizon": 6, "target": 0.95}}
    first, again = run_cases("forecast", [case]), run_cases("forecast", [case])
    assert first == again
    assert set(first[0]["result"]) >= {"median", "lower80", "met_by", "past"}
    flow = {
        "waiting": [50, 40, 30, 20, 10, 5],
        "referrals": [60, 60],
        "capacity": [55, 55],
        "leaving_share": 0.02,
    }
    (carried,) = run_cases(
        "waiting-list", [{"id": "a", "inputs": flow, "params": {"kind": "months_waited"}}]
    )
    assert carried["result"]["treated"] == pytest.approx([55, 55])
    (need,) = run_cases(
        "waiting-list", [{"id": "a", "inputs": flow, "params": {"target_share": 0.99}}]
    )
    assert need["result"]["share_reached"] >= 0.99 and need["result"]["a_month"] > 0


def test_too_short_a_past_is_not_recalibrated_and_not_judged() -> None:
    record = forecast.rolling_record([months(14, 0.9, np.random.default_rng(1))], horizon=2)
    assert forecast.recalibrate(record) == forecast.UNCALIBRATED
    assert forecast.judge(record) is None
