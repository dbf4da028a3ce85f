"""The assurance framework and what moved, as small drawn tables."""

from __future__ import annotations

import datetime as dt

import pytest

from oneplace.plan.assurance.framework import (
    NO_ASSURANCE,
    NO_CONTROL,
    PLANNED,
    framework,
    held_risks,
)
from oneplace.plan.assurance.movements import broken_dependencies, changes, is_upgrade, slips
from oneplace.plan.programme import Aim, Plan
from oneplace.plan.scheme import Reported, milestone_states

ON = dt.date(2019, 10, 1)


def risk(id, *, now=(3, 3), first=(3, 3), target=None, aim="a", state="open", review=ON):
    return {
        "id": id, "title": f"r{id}", "scheme": "", "aim": aim, "owner": "o", "state": state, "review_on": review,
        "impact": now[0], "likelihood": now[1], "initial_impact": first[0], "initial_likelihood": first[1],
        "target_impact": target[0] if target else None, "target_likelihood": target[1] if target else None,
    }  # fmt: skip


def control(id, risk_id, state="in_place"):
    return {"id": id, "risk_id": risk_id, "what": f"c{id}", "owner": "o", "state": state}


def assurance(id, control_id, given="2019-09-01", finding="works", again=None):
    day = dt.date.fromisoformat
    return {"id": id, "control_id": control_id, "line": "third", "what": "audit", "given_on": day(given), "finding": finding, "again_on": day(again) if again else None}  # fmt: skip


@pytest.mark.parametrize(
    ("controls", "assurances", "gaps"),
    [
        ([], [], None),
        ([control(1, 1, "planned")], [], [(PLANNED,)]),
        ([control(1, 1)], [], [(NO_ASSURANCE,)]),
        ([control(1, 1)], [assurance(1, 1)], [()]),
        ([control(1, 1)], [assurance(1, 1, given="2019-10-02")], [(NO_ASSURANCE,)]),  # given later than the day
        ([control(1, 1)], [assurance(1, 1, finding="fails"), assurance(2, 1, given="2019-09-20")], [()]),
        ([control(1, 1)], [assurance(1, 1), assurance(2, 1, given="2019-09-20", finding="partly")], [("last shown to work in part",)]),
        ([control(1, 1)], [assurance(1, 1, again="2019-09-30")], [("was to be shown again by 30 September 2019",)]),
        ([control(1, 1)], [assurance(1, 1, again="2019-10-01")], [()]),
        ([control(1, 1, "withdrawn")], [assurance(1, 1)], None),
    ],
)  # fmt: skip
def test_a_gap_is_never_closed_by_silence(controls, assurances, gaps):
    [held] = held_risks({"risks": [risk(1)], "controls": controls, "assurances": assurances}, on=ON)
    assert (held.gaps == (NO_CONTROL,)) == (gaps is None)
    assert [c.gaps for c in held.controls] == (gaps or [])


def test_the_gravest_first_and_closed_ones_last():
    rows = {
        "risks": [
            risk(1, now=(2, 2), first=(2, 2)),
            risk(2, now=(5, 5), first=(5, 4), state="closed"),
            risk(3, now=(4, 4), first=(5, 5), target=(4, 4), review=ON - dt.timedelta(days=1)),
        ],
        "risk_actions": [
            {
                "id": 1,
                "risk_id": 3,
                "what": "x",
                "owner": "o",
                "due_on": dt.date(2019, 9, 1),
                "state": "open",
            },
            {
                "id": 2,
                "risk_id": 3,
                "what": "y",
                "owner": "o",
                "due_on": dt.date(2019, 9, 1),
                "state": "done",
            },
        ],
    }
    found = held_risks(rows, on=ON)
    assert [h.risk["id"] for h in found] == [3, 1, 2]
    assert [h.score.movement for h in found] == ["better", "same", "worse"]
    assert (found[0].score.at_target, found[0].review_overdue, found[0].actions_overdue) == (
        True,
        True,
        1,
    )
    aims = framework((Aim(id="a", name="A"), Aim(id="b", name="B")), found)
    assert [(a.aim.id, [h.risk["id"] for h in a.risks]) for a in aims] == [("a", [3, 1]), ("b", [])]


@pytest.mark.parametrize(
    ("before", "after", "better"),
    [
        (None, "on_track", False), ("off_track", "at_risk", True), ("at_risk", "on_track", True),
        ("at_risk", "complete", True), ("on_track", "complete", False), ("not_started", "on_track", False),
        ("on_track", "off_track", False), ("at_risk", "at_risk", False), ("off_track", "not_started", True),
    ],
)  # fmt: skip
def test_up_takes_a_reason_down_does_not(before, after, better):
    assert is_upgrade(before, after) is better


def test_changes_of_rating_from_one_return_to_the_next():
    def returned(id, month, delivery, benefit, scheme="S"):
        return {"id": id, "scheme": scheme, "month": dt.date(2019, month, 1), "delivery": delivery, "benefit": benefit, "reason": "r"}  # fmt: skip

    rows = [
        returned(3, 9, "at_risk", "on_track"),
        returned(1, 8, "on_track", "on_track"),
        returned(4, 10, "on_track", "off_track"),
        returned(2, 8, "off_track", "on_track", scheme="T"),
    ]
    assert [
        (c.scheme, c.what, c.month.month, c.before, c.after, c.better) for c in changes(rows)
    ] == [
        ("S", "benefit", 10, "on_track", "off_track", False),
        ("S", "delivery", 10, "at_risk", "on_track", True),
        ("S", "delivery", 9, "on_track", "at_risk", False),
        ("T", "delivery", 8, None, "off_track", False),
    ]


PLAN = {
    "schema": 1, "id": "p", "title": "P", "place": "H", "period": "2019/20", "aims": [], "programmes": [{"id": "x", "name": "X"}],
    "schemes": [
        {"id": "A", "name": "A", "programme": "x", "purpose": "p", "milestones": [
            {"id": "A1", "n": 1, "title": "a1", "due": "2019-09-01"},
            {"id": "A2", "n": 2, "title": "a2", "due": "2019-12-01", "needs": ["B1"]},
            {"id": "A3", "n": 3, "title": "a3", "due": "2019-11-01", "needs": ["A1", "B2"]},
        ]},
        {"id": "B", "name": "B", "programme": "x", "purpose": "p", "milestones": [
            {"id": "B1", "n": 1, "title": "b1", "due": "2019-11-01"}, {"id": "B2", "n": 2, "title": "b2"},
        ]},
    ],
}  # fmt: skip


def test_slips_and_what_waits_in_vain():
    plan = Plan.model_validate(PLAN)
    day = dt.date.fromisoformat
    said = [
        Reported(about="B1", on=ON, forecast=day("2020-01-15")),
        Reported(about="A3", on=ON, forecast=day("2019-10-20")),
        Reported(about="A1", on=dt.date(2019, 9, 1), status="complete", forecast=day("2020-02-01")),
    ]
    states = milestone_states(plan, on=ON, returns=said)
    assert [(s.milestone.milestone.id, s.days) for s in slips(states)] == [("B1", 75)]
    assert [
        (b.waits.milestone.id, b.needs.milestone.id, b.why)
        for b in broken_dependencies(plan, states)
    ] == [
        ("A2", "B1", "B1 comes on 2020-01-15, after 2019-12-01"),
        ("A3", "B2", "B2 has no date"),
    ]
    silent = milestone_states(plan, on=ON, returns=())
    assert [b.why for b in broken_dependencies(plan, silent)] == [
        "A1 is 30 days late",
        "B2 has no date",
    ]


def test_a_circle_of_what_waits_for_what_is_a_fault(tmp_path):
    from oneplace.plan.assurance.checking import check_plan

    (tmp_path / "plan.yaml").write_text(
        "schema: 1\nid: p\ntitle: P\nplace: H\nperiod: 2019/20\naims: []\nprogrammes: [{id: x, name: X}]\nschemes:\n"
        "- {id: A, name: A, programme: x, purpose: p, milestones: ["
        "{id: A1, n: 1, title: a, needs: [A2]}, {id: A2, n: 2, title: b, needs: [A1, Z9]}]}\n",
        encoding="utf-8",
    )
    faults = check_plan(tmp_path)
    assert sorted((f.what, f.found) for f in faults) == [
        ("the milestone waits for itself", "A1"),
        ("the milestone waits for itself", "A2"),
        ("unknown milestone", "Z9"),
    ]
