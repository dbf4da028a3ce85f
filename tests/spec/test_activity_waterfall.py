"""From last year's activity to this year's: what each step adds, in whole events that add up
exactly."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oneplace.documents import read
from oneplace.plan.activity import (
    ActivityAssumptions,
    Growth,
    NoWaterfall,
    PointOfDelivery,
    Shared,
    growth_bars,
    waterfalls,
)
from oneplace.plan.programme import Plan

HAMLET = Path(__file__).resolve().parents[2] / "places" / "hamlet"
PLAN = read(HAMLET / "plan.yaml", Plan)
ASSUMED = read(HAMLET / "activity.yaml", ActivityAssumptions)


ALONE = {c: Shared(100, {}) for c in ("H1-nel", "H2-nel", "H3-nel", "H4-ae")}


def plan_of(*schemes: tuple[str | None, int | None]) -> Plan:
    """A plan of 2019/20 whose schemes start when said (None: no day printed) and claim so many
    admissions over a whole year."""
    return Plan.model_validate({
        "schema": 1, "id": "p", "title": "P", "place": "x", "period": "2019/20", "aims": [], "programmes": [{"id": "g", "name": "G"}],
        "schemes": [
            {
                "id": f"S{i}", "name": f"Scheme {i}", "programme": "g", "purpose": "drawn", "implementation": {"when": when} if when else {},
                "claims": [{"id": f"C{i}", "kind": "nel", "count": count, "value_gbp": 1, "selects": {"event": "emergency_admission"}, "selection": "plan"}],
            }
            for i, (when, count) in enumerate(schemes)
        ],
    })  # fmt: skip


def non_elective(
    plan: Plan, shared: dict[str, Shared] | None, growth: object = ()
) -> PointOfDelivery:
    assumed = ActivityAssumptions.model_validate(
        {"schema": 1, "title": "A", "points": [{"id": "non_elective", "growth": growth}]}
    )
    found = waterfalls(
        plan,
        baselines={"non_elective": 10_000},
        basis="synthetic",
        assumptions=assumed,
        shared=shared,
    )
    (one,) = (w for w in found if w.point == "non_elective")
    assert isinstance(one, PointOfDelivery)
    return one


GROWTH = [{"id": "g", "name": "More people", "pct": 2}]


def test_five_points_of_delivery() -> None:
    given = {"non_elective": 200, "ae": 800}
    found = waterfalls(PLAN, baselines=given, basis="synthetic", assumptions=ASSUMED, shared=ALONE)  # type: ignore[arg-type]
    drawn = {w.point: w for w in found if isinstance(w, PointOfDelivery)}
    assert [w.point for w in found] == ["referrals", "outpatient", "elective", "non_elective", "ae"]
    # 200 x 1.011 x 1.014 = 205.03. Of 3, 2 and 1 in a whole year 305, 183 and 336 of 366 days
    # remain: 2.5 + 1 + 0.9 = 4.4, so 4.
    assert [(b.id, b.change, b.full) for b in drawn["non_elective"].bars] == [
        ("demographic", 2, None),
        ("acuity", 3, None),
        ("H1-nel", -2, 3),
        ("H2-nel", -1, 2),
        ("H3-nel", -1, 1),
    ]
    assert (drawn["non_elective"].end, drawn["non_elective"].basis) == (201, "synthetic")
    assert drawn["non_elective"].is_plan
    assert (drawn["referrals"].baseline, drawn["referrals"].end, drawn["referrals"].basis) == (
        610,
        624,
        "supplied",
    )


STARTS = [
    # when the scheme is to be working, what a year's 366 events come to in the plan's year 2019/20
    # (366 days)
    ("2019-04", 366),
    ("2018-10", 366),  # it was working before
    ("2019-10", 183),
    ("2020-01", 91),
    ("2020-03-31", 1),
    ("2020-04", 0),  # after the plan's period
    ("2019-Q3", 183),
]


@pytest.mark.parametrize(("when", "taken"), STARTS)
def test_a_claim_takes_away_its_part_of_the_year(when: str, taken: int) -> None:
    found = non_elective(plan_of((when, 366)), None, GROWTH)
    (claim,) = (b for b in found.bars if b.kind == "claim")
    assert (claim.change, claim.full, found.end, found.is_plan) == (
        -taken,
        366,
        10_200 - taken,
        True,
    )


def test_no_plans_year_without_growth_starts_and_overlap() -> None:
    two = plan_of(("2019-04", 100), ("2019-04", 100))
    apart, meet = (
        {"C0": Shared(1000, {}), "C1": Shared(500, {})},
        {"C0": Shared(1000, {"C1": 400}), "C1": Shared(500, {"C0": 400})},
    )
    whole = non_elective(two, apart, GROWTH)
    assert whole.is_plan and whole.end == 10_200 - 200
    # 400 events stand in both claims; a tenth of the one and a fifth of the other avoided: 8 would
    # be avoided twice.
    assert [(b.kind, b.change) for b in non_elective(two, meet, GROWTH).bars] == [("growth", 200), ("claim", -100), ("claim", -100), ("twice", 8)]  # fmt: skip
    assert non_elective(two, meet, GROWTH).end == 10_200 - 200 + 8
    for lacking, said in (
        (non_elective(two, apart), "growth assumptions: not supplied"),
        (
            non_elective(two, None, GROWTH),
            "overlap: without records nobody knows which events two schemes claim",
        ),
        (
            non_elective(plan_of((None, 100)), apart, GROWTH),
            "C0: no start is printed, so its 100 move no activity",
        ),
    ):
        assert not lacking.is_plan and said in lacking.lacks and said in lacking.missing
    unplaced = non_elective(plan_of((None, 100)), apart, GROWTH)
    assert (unplaced.end, unplaced.claimed_in_full) == (10_200, 100)


def test_same_events_claimed_in_full_by_two_are_taken_away_once() -> None:
    both = {"C0": Shared(100, {"C1": 100}), "C1": Shared(100, {"C0": 100})}
    found = non_elective(plan_of(("2019-04", 100), ("2019-04", 100)), both, GROWTH)
    assert found.end == 10_200 - 100


def test_what_is_not_known_is_said_and_not_filled_in() -> None:
    found = {
        w.point: w for w in waterfalls(PLAN, baselines={"ae": 800}, basis="synthetic", shared=ALONE)
    }
    assert isinstance(found["non_elective"], NoWaterfall)
    assert found["non_elective"].missing == (
        "baseline: neither records nor supplied totals",
        "growth assumptions: not supplied",
    )
    ae = found["ae"]
    assert isinstance(ae, PointOfDelivery)
    assert ae.missing == ae.lacks == ("growth assumptions: not supplied",)
    assert ae.end == 800 - 367  # 400 a year, from May


def test_a_claim_without_a_count_moves_no_activity_and_is_listed() -> None:
    liverpool = HAMLET.parent / "liverpool"
    plan = read(liverpool / "plan.yaml", Plan)
    assumed = read(liverpool / "activity.yaml", ActivityAssumptions)
    found = waterfalls(plan, baselines={"ae": 300_000}, basis="published", assumptions=assumed)
    ae = next(w for w in found if w.point == "ae")
    assert isinstance(ae, PointOfDelivery)
    assert (ae.end, ae.claimed_in_full) == (300_000 - 1597, 1740)  # from May: 336 of 366 days
    assert [m.partition(":")[0] for m in ae.missing] == [
        "growth assumptions",
        "OL01-ae",
        "OL37-ae",
        "OL38-ae",
    ]
    assert not ae.is_plan and "the plan expects growth" in ae.lacks[0]


@settings(max_examples=60)
@given(
    st.integers(0, 500_000),
    st.lists(st.decimals(min_value=-30, max_value=60, places=2), max_size=5),
)
def test_growth_bars_are_whole_and_reach_the_rounded_end(
    baseline: int, rates: list[object]
) -> None:
    growth = tuple(
        Growth.model_validate({"id": f"g{n}", "name": "g", "pct": str(r)})
        for n, r in enumerate(rates)
    )
    end = float(baseline)
    for g in growth:
        end *= float(1 + g.pct / 100)
    bars = growth_bars(baseline, growth)
    assert abs(baseline + sum(b.change for b in bars) - end) <= 0.5 + 1e-6
    assert all(isinstance(b.change, int) for b in bars)
