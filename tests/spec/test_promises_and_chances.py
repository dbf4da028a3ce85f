"""Which standard a measure is held to, what was promised of it, and when a chance may be given:
small series in, the answer out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from oneplace.measures import goals
from oneplace.measures.forms import MeasureDefinition
from oneplace.measures.page import measure_answer
from oneplace.measures.series import Observation, following
from oneplace.measures.trajectories import read_trajectories, trajectories
from oneplace.methods import forecast
from oneplace.place.standards import Pledge, Standard

ON = dt.date(2019, 10, 1)
FIRST = dt.date(2017, 4, 1)
COUNT: dict[str, Any] = {"id": "waiting-list-size", "title": "List", "numerator": "pathways", "unit": "pathways", "better": "lower", "lag_months": 1}  # fmt: skip
SHARE: dict[str, Any] = {"id": "share", "title": "Share", "numerator": "seen", "denominator": "all", "unit": "%", "better": "higher", "lag_months": 1}  # fmt: skip
LIST = [38801, 38925, 39007, 39138, 39183, 39036, 38926, 38685, 38597, 38634, 38738, 39170, 39128, 38907, 39009, 39253, 39034, 38721, 38819,
        38492, 38607, 38862, 38844, 39125, 39258, 39179, 39257, 39357, 38819, 38944]  # fmt: skip
COURSE = """record,measure,period,period_type,operator,standard,unit,planned,source,note
trajectory,waiting-list-size,2019-04,month,<=,31482,pathways,32911,drawn,
trajectory,waiting-list-size,2019-09,month,<=,31482,pathways,32486,drawn,
trajectory,waiting-list-size,2020-03,month,<=,31482,pathways,31480,drawn,
exec_target,waiting-list-size,2020-03,achievement date,<=,31480,pathways,,drawn,
"""
LEVEL = Standard.model_validate({
    "id": "STD034", "domain": "RTT", "kind": "threshold", "title": "List at March 2019", "operator": "<=", "value_in_words": "March 2018 level",
    "unit": "pathways", "by": "2019-03-31", "source": "drawn",
})  # fmt: skip
FEWER = Standard.model_validate({"id": "STD035", "domain": "RTT", "kind": "direction", "title": "List during the year", "direction": "decrease", "by": "2020-03-31", "source": "drawn"})  # fmt: skip


def months(
    values: Sequence[float | None], of: float | None = None, **more: Any
) -> list[Observation]:
    return [
        Observation(
            month=following(FIRST, i), organisation="place", numerator=v, denominator=of, value=v if of is None or v is None else 100 * v / of,
            basis="published", status="final", source="drawn", **more,
        )
        for i, v in enumerate(values)
    ]  # fmt: skip


def answer(
    definition: dict[str, Any], figures: list[Observation], on: dt.date = ON, **more: Any
) -> dict[str, Any]:
    given = {"standards": [], "trajectory": None, **more}
    return measure_answer(
        MeasureDefinition.model_validate(definition), figures, on=on, rng=np.random.default_rng(1), organisation="place", **given
    )  # fmt: skip


@pytest.fixture
def course(tmp_path: Path) -> Any:
    file = tmp_path / "trajectories.csv"
    file.write_text(COURSE, encoding="utf-8")
    return trajectories(read_trajectories(file))[0]


def test_the_plans_own_standard_is_the_plans_and_no_months_level_takes_its_place(
    course: Any,
) -> None:
    page = answer(COUNT, months(LIST), standards=[LEVEL, FEWER], trajectory=course)
    assert (page["standard"]["value"], page["standard"]["judged"]) == (31482, "not met")
    assert page["chart"]["target"] == 31482
    # Two things were promised, each with its own amount and its own month.
    assert [(d["month"], d["operator"], d["wanted"]) for d in page["forecast"]["by_date"]] == [
        ("2019-03-01", "<=", 39170.0),
        ("2020-03-01", "<=", 31480.0),
    ]
    past, promised = page["forecast"]["by_date"]
    assert past["chance"] is None and past["why"].startswith(
        "the month is past: 39,125, the standard is at most 39,170"
    )
    assert promised["chance"] is None and "always the same" in promised["why"]


def test_a_goal_says_on_its_page_what_the_list_of_goals_says(course: Any) -> None:
    figures = months(LIST)
    page = answer(COUNT, figures, standards=[LEVEL, FEWER], trajectory=course)
    measure = MeasureDefinition.model_validate({**COUNT, "standards": ["STD034", "STD035"]})
    rows = goals.register([LEVEL, FEWER], [measure], {measure.id: figures}, on=ON)
    assert [(s["judged"], s["why"], s["as_at"]) for s in page["standards"]] == [
        (r["verdict"], r["why"], r["as_at"]) for r in rows
    ]
    # What was due in March 2019 is judged by March 2019, not by the newest month.
    assert [(r["verdict"], r["as_at"]) for r in rows] == [
        ("met", "2019-03-01"),
        ("not met", "2019-09-01"),
    ]


WORSE_SINCE = [*([100.0] * 24), 130.0, 131.0, 129.0, 133.0, 130.0, 132.0]
DATED = Standard.model_validate({"id": "S", "domain": "d", "kind": "threshold", "title": "At most 110", "operator": "<=", "value": 110, "unit": "x", "by": "2019-03-31", "source": "drawn"})  # fmt: skip


def test_a_promise_kept_in_its_month_stays_kept_and_the_standard_is_judged_anew() -> None:
    page = answer(COUNT, months(WORSE_SINCE), standards=[DATED])
    assert (page["standards"][0]["judged"], page["standards"][0]["as_at"]) == ("met", "2019-03-01")
    assert (page["standard"]["judged"], page["standard"]["as_at"]) == ("not met", "2019-09-01")


def pledge(value: float, unit: str = "%", operator: str = ">=") -> Pledge:
    return Pledge.model_validate({"id": "P", "title": "p", "operator": operator, "value": value, "unit": unit, "start": "2010-04-01", "source": "drawn"})  # fmt: skip


def wandering(count: int, seed: int = 5) -> list[float | None]:
    """A share that drifts slowly to and fro across 90% with much noise: here a model sees more than
    its last month."""
    rng = np.random.default_rng(seed)
    level = 0.9 + 0.05 * np.sin(np.arange(count) / 9)
    return [float(v) for v in rng.binomial(400, level)]


def test_a_chance_is_of_the_month_promised_and_says_what_such_chances_were_worth() -> None:
    figures = months(wandering(96), of=400.0)
    on = following(figures[-1].month)
    page = answer(SHARE, figures, on=on, pledges=[pledge(90)])
    (found,) = page["forecast"]["by_date"]
    assert dt.date.fromisoformat(found["month"]).month == 3 and found["month"] >= on.isoformat()
    assert 0 < found["chance"] < 1 and found["why"] is None
    past = found["past"]
    assert past["skilled"] and past["brier"] < min(
        past["brier_base_rate"], past["brier_last_value"]
    )
    assert goals.chance_of(page) == found


NO_CHANCE = {
    "a coin that is tossed each month": ([360.0 if i % 2 else 359.0 for i in np.random.default_rng(2).integers(0, 2, 60)], 400.0, ON),
    "always met": ([399.0] * 40, 400.0, following(FIRST, 40)),
    "never met": ([200.0 + i % 3 for i in range(40)], 400.0, following(FIRST, 40)),
    "too few months": ([360.0] * 8, 400.0, following(FIRST, 8)),
    "too few past forecasts": ([float(v) for v in wandering(16)], 400.0, following(FIRST, 16)),
    "the newest figure is years old": ([float(v) for v in wandering(40)], 400.0, dt.date(2024, 10, 1)),
}  # fmt: skip


@pytest.mark.parametrize("name", NO_CHANCE)
def test_no_chance_is_given_where_it_would_be_worth_nothing_and_the_reason_stands_there(
    name: str,
) -> None:
    values, of, on = NO_CHANCE[name]
    page = answer(SHARE, months(values, of=of), on=on, pledges=[pledge(90)])
    (found,) = page["forecast"]["by_date"]
    assert found["chance"] is None and found["why"], name
    assert found["month"] >= on.isoformat(), "nothing is promised for a month that is past"
    assert goals.chance_of(page) is None


def test_a_month_that_is_over_has_no_chance_even_where_its_figure_is_late() -> None:
    late = Standard.model_validate({**DATED.model_dump(mode="json"), "by": "2019-08-31"})
    page = answer(COUNT, months(LIST[:24]), standards=[late])
    (found,) = page["forecast"]["by_date"]
    assert (found["chance"], found["why"]) == (
        None,
        "the month is past, and no figure of it has come",
    )


def test_a_forecast_is_held_against_the_base_rate_and_the_last_value() -> None:
    coin = [float(v) for v in np.random.default_rng(7).integers(0, 2, 72)]
    record = forecast.rolling_record(
        [([3 + 2 * c for c in coin], [10.0] * 72)], horizon=6, target=0.4
    )
    verdict = forecast.judge(record)
    assert (
        verdict is not None
        and verdict.brier_base_rate is not None
        and verdict.brier_last_value is not None
    )
    assert verdict.brier_last_value > verdict.brier_base_rate > 0.2
    assert np.nanmax(record.base_rate) <= 1 and set(np.unique(record.last_met)) <= {0.0, 1.0}
    assert forecast.naive(np.array([np.nan, 1.0, 0.0, np.nan]), 4) == (0.0, 0.5)


@pytest.mark.parametrize("verdict", ["met", "not met"])
def test_a_local_estimate_stands_beside_the_standard_and_gives_no_verdict(verdict: str) -> None:
    value = 95.0 if verdict == "met" else 85.0
    published, local = (
        months([value * 4] * 14, of=400.0),
        months([value * 4] * 14, of=400.0, estimate=True),
    )
    on = following(FIRST, 14)
    spoken, told = (answer(SHARE, f, on=on, pledges=[pledge(90)]) for f in (published, local))
    assert (spoken["standard"]["judged"], told["standard"]["judged"]) == (verdict, "estimate")
    assert (
        told["constitution"]["judged"] == "estimate" and "local estimate" in told["standard"]["why"]
    )
    assert told["standard"]["missed"] == (verdict == "not met")
    assert (told["chart"]["assurance"], told["latest"]["estimate"]) == (None, True)
    assert spoken["chart"]["assurance"] is not None
    measure = MeasureDefinition.model_validate({**SHARE, "standards": ["S"]})
    goal = Standard.model_validate({"id": "S", "domain": "d", "kind": "threshold", "title": "90", "operator": ">=", "value": 90, "unit": "%", "source": "drawn"})  # fmt: skip
    for figures, wanted in ((published, verdict), (local, "estimate")):
        (row,) = goals.register([goal], [measure], {measure.id: figures}, on=on)
        assert (row["verdict"], row["shown_by"]) == (
            wanted,
            None if wanted == "estimate" else "figure",
        )
        assert goals.domains([row])[0]["met"] == (wanted == "met")
        found = goals.breaches(
            [measure], {("share", "place"): figures}, {"share": [pledge(90)]}, on=on
        )
        assert len(found) == (wanted == "not met")


FREQUENCIES = {
    "month": True,
    "fiscal quarter": True,
    "rolling quarter": False,
    "rolling year": False,
}


@pytest.mark.parametrize("frequency", FREQUENCIES)
def test_rolling_quarters_and_years_stand_on_no_control_chart(frequency: str) -> None:
    step = 3 if frequency == "fiscal quarter" else 1
    figures = [
        f
        for f in months([360.0 + i % 5 for i in range(60)], of=400.0)
        if not (f.month.month - 1) % step
    ]
    page = answer(
        {**SHARE, "frequency": frequency}, figures, on=dt.date(2022, 6, 1), pledges=[pledge(90)]
    )
    assert (page["chart"] is not None) == FREQUENCIES[frequency]
    assert (page["why_no_chart"] is None) == FREQUENCIES[frequency]
    if not FREQUENCIES[frequency]:
        assert frequency in page["why_no_chart"] and all(
            p["lower"] is None and p["kind"] is None for p in page["points"]
        )
    else:
        assert (
            page["chart"]["variation"]
            and page["points"][-1]["lower"] is not None
            and page["missing"] == []
        )


def test_a_count_that_is_mostly_nought_has_no_limits_of_counts() -> None:
    page = answer(
        {**COUNT, "id": "never"},
        months([0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0], estimate=False),
    )
    assert page["chart"] is None and "days between" in page["why_no_chart"]
    assert answer(COUNT, months([0, 1, 2, 1, 0, 3, 1, 2, 1, 0, 2, 1, 1]))["chart"]["variation"]


def test_eleven_months_have_no_icon_and_twelve_have() -> None:
    few, enough = (answer(COUNT, months(LIST[:n])) for n in (11, 12))
    assert few["chart"]["variation"] is None and "11 of 12" in few["chart"]["notes"][0]
    assert enough["chart"]["variation"] is not None
    assert Decimal(str(few["points"][-1]["mean"])) > 0  # a mean of eleven months is a mean
