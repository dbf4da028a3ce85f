"""From last year's activity to this year's: what each step adds, in whole events that add up exactly."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from oneplace.documents import read
from oneplace.plan.activity import ActivityAssumptions, Growth, NoWaterfall, Waterfall, growth_bars, waterfalls
from oneplace.plan.programme import Plan

HAMLET = Path(__file__).resolve().parents[2] / "places" / "hamlet"
PLAN = read(HAMLET / "plan.yaml", Plan)
ASSUMED = read(HAMLET / "activity.yaml", ActivityAssumptions)


def test_five_points_of_delivery() -> None:
    found = waterfalls(PLAN, baselines={"non_elective": 200, "ae": 800}, basis="synthetic", assumptions=ASSUMED)
    drawn = {w.point: w for w in found if isinstance(w, Waterfall)}
    assert [w.point for w in found] == ["referrals", "outpatient", "elective", "non_elective", "ae"]
    # 200 x 1.011 x 1.014 = 205.03, less claims of 3, 2 and 1
    assert [(b.id, b.change) for b in drawn["non_elective"].bars] == [
        ("demographic", 2),
        ("acuity", 3),
        ("H1-nel", -3),
        ("H2-nel", -2),
        ("H3-nel", -1),
    ]
    assert (drawn["non_elective"].end, drawn["non_elective"].basis) == (199, "synthetic")
    assert (drawn["referrals"].baseline, drawn["referrals"].end, drawn["referrals"].basis) == (610, 624, "supplied")


def test_what_is_not_known_is_said_and_not_filled_in() -> None:
    found = {w.point: w for w in waterfalls(PLAN, baselines={"ae": 800}, basis="synthetic")}
    assert isinstance(found["non_elective"], NoWaterfall)
    assert found["non_elective"].missing == (
        "baseline: neither records nor supplied totals",
        "growth assumptions: not supplied",
    )
    ae = found["ae"]
    assert isinstance(ae, Waterfall)
    assert ae.missing == ("growth assumptions: not supplied",)
    assert ae.end == 800 - 400


def test_a_claim_without_a_count_moves_no_activity_and_is_listed() -> None:
    plan = read(HAMLET.parent / "liverpool" / "plan.yaml", Plan)
    ae = next(w for w in waterfalls(plan, baselines={"ae": 300_000}, basis="published") if w.point == "ae")
    assert isinstance(ae, Waterfall)
    assert ae.end == 300_000 - 1740
    assert [m.partition(":")[0] for m in ae.missing] == ["growth assumptions", "OL01-ae", "OL37-ae", "OL38-ae"]


@settings(max_examples=60)
@given(st.integers(0, 500_000), st.lists(st.decimals(min_value=-30, max_value=60, places=2), max_size=5))
def test_growth_bars_are_whole_and_reach_the_rounded_end(baseline: int, rates: list[object]) -> None:
    growth = tuple(Growth.model_validate({"id": f"g{n}", "name": "g", "pct": str(r)}) for n, r in enumerate(rates))
    end = float(baseline)
    for g in growth:
        end *= float(1 + g.pct / 100)
    bars = growth_bars(baseline, growth)
    assert abs(baseline + sum(b.change for b in bars) - end) <= 0.5 + 1e-6
    assert all(isinstance(b.change, int) for b in bars)
