"""The waiting list as stock and flow: who waits, who joins, what reaching the standard takes."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from oneplace.measures.waiting_list import CELLS, Cohort, from_weeks, history, model, needed


def month(number: int) -> dt.date:
    return dt.date(2017 + (number // 12), number % 12 + 1, 1)


def steady(
    months: int = 40, joining: int = 100, lasting: int = 3, leaving: int = 10
) -> list[Cohort]:
    """Everybody who joins is treated after three months, but ten leave after one."""
    rows = []
    for m in range(months):
        rows.append(Cohort(month(m), month(m + 1), "left", leaving))
        rows.append(Cohort(month(m), month(m + lasting), "treated", joining - leaving))
    return rows


def test_stock_and_flow_of_a_steady_list() -> None:
    past = history(steady(), first=month(0), last=month(35))
    # At a month's end: 100 who joined in it, 90 each who joined in the two months before.
    assert past.stock[-1][:4].tolist() == [100, 90, 90, 0]
    assert (past.joined[-1], past.treated[-1].sum(), past.left[-1].sum()) == (100, 90, 10)


def test_nobody_is_lost_or_made() -> None:
    past = history(steady(), first=month(0), last=month(35))
    for m in range(1, 36):
        before, after = past.stock[m - 1].sum(), past.stock[m].sum()
        assert after == before + past.joined[m] - past.treated[m].sum() - past.left[m].sum()


def test_clocks_that_stop_after_the_day_are_still_waiting_on_it() -> None:
    past = history([Cohort(month(0), month(9), "treated", 7)], first=month(0), last=month(4))
    assert past.stock[:, :].sum(axis=1).tolist() == [7] * 5


def test_shares_that_leave_and_are_treated_are_those_of_the_past() -> None:
    past = history(steady(), first=month(0), last=month(35))
    assert past.leaving_share()[1] == pytest.approx(0.1)
    assert past.treated_share()[3] == pytest.approx(1.0)


def test_at_present_pace_a_steady_list_stays_and_told_its_past() -> None:
    answer = model(
        history(steady(), first=month(0), last=month(35)),
        target_share=0.92,
        by=month(41),
        basis="supplied",
        title="t",
    )
    now = next(p for p in answer["projection"] if p["way"] == "as now")
    assert [m["size"] for m in now["months"]] == pytest.approx([280] * 6)
    told = next(t for t in answer["told_the_past"] if t["way"] == "as now")
    assert told["size_told"] == pytest.approx(told["size_was"])
    assert answer["load"]["load"] == pytest.approx(1.0)


def test_what_it_takes_reaches_the_target_and_no_less_does() -> None:
    rng = np.random.default_rng(3)
    rows = [
        Cohort(month(m), month(m + wait), "treated", int(rng.poisson(40 * 0.85**wait)))
        for m in range(40)
        for wait in range(14)
    ]
    past = history(rows, first=month(0), last=month(35))
    answer = model(past, target_share=0.92, by=month(41), basis="supplied", title="t")
    assert answer["share_within_18_weeks"] < 0.92
    way = answer["needed"]["ways"][0]
    assert way["share_reached"] == pytest.approx(0.92, abs=1e-6)
    assert way["treated_a_month"] > answer["a_month"]["treated"]
    assert "people" in way["said"]


@pytest.mark.parametrize("served", [10.0, 1e6])
def test_a_share_reached_with_fewer_treated_says_that_the_list_ends_longer(served: float) -> None:
    now, none = np.array([300.0, 100.0, 60.0, 40.0, 30.0, 20.0]), np.zeros(6)
    found = needed(now, [300.0] * 6, none, np.full(6, 0.5), 0.85, dt.date(2020, 3, 1), served)
    for way in found["ways"][1:]:
        fewer = way["treated_a_month"] is not None and way["treated_a_month"] < served
        assert ("so the list ends longer" in way["said"]) is fewer
    assert any("so the list ends longer" in w["said"] for w in found["ways"]) is (served > 300)


def test_a_day_that_is_past_is_said() -> None:
    answer = model(
        history(steady(), first=month(0), last=month(35)),
        target_share=0.92,
        by=month(30),
        basis="supplied",
        title="t",
    )
    assert answer["needed"] is None and "is not after" in answer["why"]


def test_weeks_become_months_without_losing_anybody() -> None:
    weeks = {w: float(w + 1) for w in range(105)}
    cells = from_weeks(weeks)
    assert cells.sum() == pytest.approx(sum(weeks.values()))
    assert cells.size == CELLS
    # Week 4 (4 to 5 weeks) spans the end of the first month at 4.348 weeks.
    assert from_weeks({4: 100.0})[:2].tolist() == pytest.approx([34.82, 65.18], abs=0.01)
