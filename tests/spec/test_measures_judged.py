"""What it means that a standard is met, that a trust merged, that a figure was restated: small
tables in, answers out."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from oneplace.measures.judging import judge
from oneplace.measures.series import Ended, Observation, merged, of_observations, whole


def month(text: str) -> dt.date:
    return dt.date.fromisoformat(f"{text}-01")


def figure(
    code: str, when: str, numerator: float | None, denominator: float | None = None, **more: object
) -> Observation:
    share = numerator is not None and denominator
    value = (
        100 * numerator / denominator
        if share and numerator is not None and denominator
        else numerator
    )
    return Observation(
        month=month(when), organisation=code, numerator=numerator, denominator=denominator, value=value,
        basis="published", status="final", source="drawn", **more,
    )  # type: ignore[arg-type]  # fmt: skip


JUDGED = [
    # counted, of, operator, standard, verdict, short by
    (92, 100, ">=", "92", "met", None),
    (28_999, 31_521, ">=", "92", "not met", 1),  # 91.999%, printed 92.0%
    (29_000, 31_521, ">=", "92", "met", None),
    (1, 100, "<=", "1", "met", None),
    (1, 100, "<", "1", "not met", 1),  # "under 1%" is not 1%
    (643, 7_329, "<=", "1", "not met", 570),
    (0, 50, "=", "0", "met", None),
    (3, 50, "=", "0", "not met", 3),
    (50, 100, ">", "50", "not met", 1),
    (2, 3, ">=", "66.7", "not met", 1),  # two thirds is not the 66.7% that it is printed as
]


@pytest.mark.parametrize(("counted", "of", "operator", "standard", "verdict", "short"), JUDGED)
def test_a_share_is_judged_by_its_counts(
    counted: int, of: int, operator: str, standard: str, verdict: str, short: int | None
) -> None:
    found = judge(
        figure("RQ6", "2019-03", counted, of),
        operator=operator,
        value=Decimal(standard),
        share=True,
    )
    assert (found.verdict, found.short_by) == (verdict, short)


def test_a_count_is_judged_as_it_is() -> None:
    assert (
        judge(figure("RQ6", "2019-03", 3), operator="=", value=Decimal(0), share=False).short_by
        == 3
    )
    assert (
        judge(
            figure("RQ6", "2019-03", 31_480), operator="<=", value=Decimal(31_480), share=False
        ).verdict
        == "met"
    )


def test_what_cannot_be_judged_is_no_data_and_never_met() -> None:
    withheld = figure("RQ6", "2019-03", None, suppressed=True)
    assert judge(withheld, operator=">=", value=Decimal(0), share=True).verdict == "no data"
    assert judge(None, operator=">=", value=Decimal(0), share=True).verdict == "no data"
    nobody = figure("RQ6", "2019-03", 0, 0)
    assert judge(nobody, operator=">=", value=Decimal(92), share=True).verdict == "no data"


def test_the_past_of_a_merged_trust_is_both_bodies_added() -> None:
    series = {
        "RQ6": [figure("RQ6", "2019-08", 80, 100), figure("RQ6", "2019-09", 70, 100)],
        "REM": [
            figure("REM", "2019-08", 50, 50),
            figure("REM", "2019-09", 40, 50),
            figure("REM", "2019-10", 120, 150),
        ],
    }
    found = merged(series, [Ended("RQ6", dt.date(2019, 9, 30), "REM")])
    assert [(f.numerator, f.denominator, f.added_from) for f in found["REM"]] == [
        (130, 150, ("REM", "RQ6")),
        (110, 150, ("REM", "RQ6")),
        (120, 150, ()),
    ]
    assert found["REM"][0].value == pytest.approx(100 * 130 / 150)
    assert [f.month for f in found["RQ6"]] == [month("2019-08"), month("2019-09")]


def test_half_of_what_merged_is_not_the_whole() -> None:
    found = merged(
        {"RQ6": [figure("RQ6", "2019-08", 80, 100)], "REM": [figure("REM", "2019-09", 40, 50)]},
        [Ended("RQ6", dt.date(2019, 9, 30), "REM")],
    )
    assert [f.value for f in found["REM"]] == [None, None]
    assert "half of what merged" in (found["REM"][0].caveat or "")


def test_a_restatement_speaks_and_what_it_replaced_stays() -> None:
    def row(value: float, status: str, day: int) -> dict[str, object]:
        return {
            "organisation_code": "RQ6", "basis": "provider", "period": month("2019-03"), "numerator": value, "denominator": 100.0,
            "value": value, "status": status, "suppressed": False, "caveat": None, "source_file": f"{status}-{day}.csv",
            "source_sha256": str(day), "imported_at": dt.datetime(2019, 6, day),
        }  # fmt: skip

    ((_, (spoken,)),) = of_observations(
        [row(80, "provisional", 1), row(81, "provisional", 2)]
    ).items()
    assert (spoken.value, [e.value for e in spoken.earlier]) == (81, [80])
    # A provisional file that is imported late does not unsay the final one.
    ((_, (spoken,)),) = of_observations([row(82, "final", 3), row(80, "provisional", 9)]).items()
    assert (spoken.value, [e.value for e in spoken.earlier]) == (82, [80])


def test_a_missing_month_is_a_gap_in_the_series() -> None:
    months, kept = whole([figure("RQ6", "2019-01", 1), figure("RQ6", "2019-04", 4)])
    assert [f.value if f else None for f in kept] == [1, None, None, 4]
    assert months == [month("2019-01"), month("2019-02"), month("2019-03"), month("2019-04")]


def test_a_rebase_starts_the_chart_afresh_and_says_who_and_why() -> None:
    import numpy as np

    from oneplace.measures.forms import MeasureDefinition
    from oneplace.measures.page import measure_answer

    definition = MeasureDefinition.model_validate(
        {
            "id": "m", "title": "M", "numerator": "x", "denominator": "y", "unit": "%", "better": "higher", "lag_months": 1,
            "rebases": [{"month": "2018-07-01", "reason": "a new department opened", "author": "A. Analyst", "on": "2018-10-02"}],
        }
    )  # fmt: skip
    values = [80, 82, 81, 79, 80, 81, 90, 91, 92, 90, 91, 92, 91]
    figures = [
        figure("RQ6", f"2018-{m:02d}", v, 100) for m, v in enumerate(values[:12], start=1)
    ] + [figure("RQ6", "2019-01", 91, 100)]
    answer = measure_answer(
        definition,
        figures,
        standards=[],
        trajectory=None,
        on=dt.date(2019, 4, 1),
        rng=np.random.default_rng(1),
        organisation="RQ6",
    )
    assert [p["segment"] for p in answer["points"]] == [0] * 6 + [1] * 7
    assert answer["points"][0]["mean"] == pytest.approx(80.5)
    assert answer["chart"]["rebases"] == [
        {
            "month": "2018-07-01",
            "reason": "a new department opened",
            "author": "A. Analyst",
            "on": "2018-10-02",
        }
    ]


def test_a_rebase_without_a_reason_is_refused() -> None:
    from pydantic import ValidationError

    from oneplace.measures.forms import Rebase

    with pytest.raises(ValidationError):
        Rebase.model_validate({"month": "2018-07-01", "author": "A. Analyst", "on": "2018-10-02"})
