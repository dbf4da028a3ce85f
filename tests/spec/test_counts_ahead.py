"""Forecasts of counts, a chart's signals in words, evidence of goals: each as a small table and
what follows from it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from scipy import stats

from oneplace.measures.goals import GoalEvidence, evidence_of_goals
from oneplace.measures.saying import signals_in_words
from oneplace.methods import forecast as fc
from oneplace.methods import forecast_counts as counts
from oneplace.place.standards import Pledge, in_force

RNG = np.random.default_rng


def test_a_small_counts_interval_is_exact_and_in_whole_people() -> None:
    """Twelve months with 18 in all: the mean's gamma has shape 18.5 and rate 12, next month is
    negative binomial."""
    y = [2, 1, 0, 3, 1, 2, 1, 0, 2, 3, 1, 2]
    low, high = counts.small_interval(y, 0.95)
    predictive = stats.nbinom(18.5, 12 / 13)
    assert (low, high) == (0, 5)
    assert predictive.cdf(high) - predictive.cdf(low - 1) >= 0.95
    assert predictive.cdf(high - 1) < 0.975 <= predictive.cdf(high)
    made = counts.forecast_counts(y, horizon=3, rng=RNG(1), target=0)
    assert (made.lower95[0], made.upper95[0]) == (low, high)
    assert made.met_in is not None and made.met_in[0] == pytest.approx(predictive.cdf(0), abs=0.04)
    assert all(float(v).is_integer() for v in made.median)


@pytest.mark.parametrize("mean", [0.4, 4, 60, 4000])
def test_past_forecasts_of_steady_counts_hold_what_they_say(mean: float) -> None:
    rng = RNG(int(10 * mean))
    series = [(rng.poisson(mean, 40).astype(float), None) for _ in range(8)]
    verdict = fc.judge(counts.rolling_counts(series, horizon=6))
    assert verdict is not None and verdict.covered80 >= 0.77 and verdict.covered95 >= 0.92


def test_days_of_the_month_are_no_fall_in_attendances() -> None:
    """100 a day, exactly: February is 2,800, and the months ahead follow their days."""
    days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] * 2
    made = counts.forecast_counts(
        [100 * d for d in days], horizon=2, rng=RNG(1), days=days, future_days=[31, 28]
    )
    assert made.median == pytest.approx([3100, 2800], rel=0.02)


@pytest.mark.parametrize("wrong", [[1.5] * 12, [-1] + [2] * 11, [3] * 11, [[1, 2], [3, 4]]])
def test_what_is_no_series_of_counts_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"no whole number|needs 12|no series"):
        counts.forecast_counts(wrong, horizon=1, rng=RNG(1))


def pledge(value: int, start: str, end: str | None = None) -> Pledge:
    return Pledge(
        id=f"P{value}",
        title="x",
        operator=">=",
        value=value,
        unit="%",
        start=start,
        end=end,
        source="y",
    )


def test_each_month_has_the_pledge_then_in_force() -> None:
    both = [pledge(98, "2005-01-01", "2010-06-27"), pledge(95, "2010-06-28")]
    for day, value in (
        ("2004-12-31", None),
        ("2005-01-01", 98),
        ("2010-06-27", 98),
        ("2010-06-28", 95),
        ("2030-01-01", 95),
    ):
        found = in_force(both, dt.date.fromisoformat(day))
        assert (found and int(found.value)) == value, day
    with pytest.raises(ValueError, match="ends on or after"):
        pledge(95, "2010-06-28", "2010-06-27")


def page(
    values: list[float | None],
    mean: float,
    lower: float,
    upper: float,
    signals: list[tuple[str, int, int, str]],
) -> dict[str, Any]:
    months = [f"{2018 + i // 12}-{i % 12 + 1:02d}-01" for i in range(len(values))]
    return {
        "measure": {"unit": "%"},
        "points": [{"month": m, "value": v, "mean": mean, "lower": lower, "upper": upper, "segment": 0} for m, v in zip(months, values, strict=True)],
        "chart": {"signals": [{"cause": c, "kind": k, "from": months[a], "to": months[b]} for c, a, b, k in signals]},
    }  # fmt: skip


WORSE = "special_cause_concern"


def test_a_run_is_told_whole_though_a_point_of_it_is_outside_too() -> None:
    """Eight months below 90; the fourth is below the lower limit as well, and so judged by the
    stronger rule."""
    p = page([91, 88, 88, 88, 79, 88, 88, 88, 88, 91], 90, 80, 100, [
        ("7 Points Below CL", 1, 3, WORSE), ("Below LCL", 4, 4, WORSE), ("7 Points Below CL", 5, 8, WORSE),
    ])  # fmt: skip
    run, outside = signals_in_words(p)
    assert (run["from"], run["to"]) == ("2018-02-01", "2018-09-01")
    assert run["said"].startswith(
        "February 2018 to September 2018: 8 months running below the mean of 90.0%, on average 86.9%."
    )
    assert outside["said"].startswith("May 2018: 79.0%, below the lower limit of 80.0%.")
    assert outside["said"].endswith("Worse than usual.")


def test_two_of_three_names_the_months_near_the_limit_and_a_trend_its_ends() -> None:
    near = page(
        [90, 82, 91, 83, 90],
        90,
        80,
        100,
        [("2 in 3 Below CL", 1, 1, WORSE), ("2 in 3 Below CL", 3, 3, WORSE)],
    )
    (told,) = signals_in_words(near)
    assert told["said"].startswith(
        "February 2018 (82.0%) and April 2018 (83.0%): at least two of three"
    )
    falling = page(
        [96, 95, 94, 93, 92, 91, 90, 92], 92, 80, 100, [("7 Point Trend (Decreasing)", 0, 6, WORSE)]
    )
    (told,) = signals_in_words(falling)
    assert "7 months running, each lower than the one before, from 96.0% to 90.0%" in told["said"]


def entry(
    matrix: str, who: str, duty: str, met: bool, day: str = "2019-05-01", **more: Any
) -> dict[str, Any]:
    return {"matrix": matrix, "who": who, "duty": duty, "met": met, "given_on": dt.date.fromisoformat(day), "said_by": "Lead",
            "evidence": "Minutes, item 4", "id": 1, "version": 1, **more}  # fmt: skip


def test_a_goal_that_many_keep_is_met_when_all_have_shown_it() -> None:
    duties = {("gp", "D1"): "G1", ("gp", "D2"): "G2"}

    def found(*rows: dict[str, Any], on: str = "2019-10-01") -> dict[str, GoalEvidence]:
        return evidence_of_goals(
            rows,
            duties,
            dict.fromkeys(duties, 2),
            {"gp": "General practice"},
            on=dt.date.fromisoformat(on),
        )

    assert found()["G1"].verdict is None and "nobody has shown anything yet" in found()["G1"].why
    some = found(entry("gp", "P1", "D1", True))["G1"]
    assert some.verdict is None and "1 of 2 have shown" in some.why
    assert (
        found(entry("gp", "P1", "D1", True), entry("gp", "P2", "D1", True))["G1"].verdict == "met"
    )
    assert (
        found(entry("gp", "P1", "D1", True), entry("gp", "P2", "D1", False))["G1"].verdict
        == "not met"
    )
    own = found(entry("gp", "P1", "D1", False), entry("goals", "place", "G1", True))["G1"]
    assert (own.verdict, own.document) == ("met", "Minutes, item 4")
    later = found(entry("goals", "place", "G1", True, day="2019-12-01"))["G1"]
    assert later.verdict is None  # shown after the day
