"""Duties and their evidence, risks and their scores, the difference between two versions of a plan,
the reference."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from oneplace.documents import canonical, digest, read
from oneplace.documents.versions import record_versions
from oneplace.faults import InputAtFault
from oneplace.plan.assurance.changes import plan_diff
from oneplace.plan.assurance.checking import KINDS, check_plan, read_plan_documents
from oneplace.plan.assurance.compliance import ComplianceMatrix, Evidence, cells
from oneplace.plan.assurance.reference import plan_reference
from oneplace.plan.assurance.risks import RiskEntry, scored
from oneplace.plan.programme import Plan, orphans

PLACES = Path(__file__).resolve().parents[2] / "places"
DIGITAL = read(PLACES / "liverpool" / "compliance" / "gp-digital.yaml", ComplianceMatrix)


def test_a_duty_is_met_by_evidence_and_overdue_without() -> None:
    shown = [
        Evidence("A", "D02", date(2019, 7, 1), True, "audit"),
        Evidence("A", "D06", date(2019, 9, 1), False, "audit"),
        Evidence("B", "D02", date(2019, 12, 1), True, "audit"),
    ]
    found = {
        (c.who, c.duty.id): c.state
        for c in cells(DIGITAL, who=["A", "B"], evidence=shown, on=date(2019, 10, 1))
    }
    assert len(found) == 2 * 8  # three of the eleven are the commissioner's
    assert found["A", "D02"] == "met"
    assert found["A", "D06"] == "not met"
    assert found["B", "D02"] == "overdue"  # its evidence is of December
    assert found["B", "D06"] == "no evidence"


MIXED = ComplianceMatrix.model_validate({
    "schema": 1, "id": "m", "title": "M", "who": "practices",
    "duties": [
        {"id": "A", "title": "Online booking", "due": "2019-07"},
        {"id": "B", "title": "System contracted", "due": "2019-08", "binds": "commissioner"},
        {"id": "C", "title": "Network agreed", "due": "2019-08", "binds": "networks"},
        {"id": "D", "title": "Fax machines in use", "due": "2019-08", "direction": "gone"},
        {"id": "E", "title": "Named again", "due": "2019-08", "binds": "practices"},
    ],
})  # fmt: skip
OTHERS = {"commissioner": ["99A"], "networks": ["N1", "N2"]}


def test_a_duty_is_asked_of_those_whom_it_binds_and_of_nobody_else() -> None:
    found = cells(MIXED, who=["P1", "P2"], evidence=[], on=date(2019, 10, 1), others=OTHERS)  # type: ignore[arg-type]
    bound: dict[str, list[str]] = {}
    for c in found:
        bound.setdefault(c.duty.id, []).append(c.who)
        assert c.state == "overdue"
    assert bound == {
        "A": ["P1", "P2"],
        "B": ["99A"],
        "C": ["N1", "N2"],
        "D": ["P1", "P2"],
        "E": ["P1", "P2"],
    }
    # Nobody known whom it binds: nobody is overdue, least of all the practices.
    assert {c.duty.id for c in cells(MIXED, who=["P1"], evidence=[], on=date(2019, 10, 1))} == {
        "A",
        "D",
        "E",
    }
    shown = [
        Evidence("99A", "B", date(2019, 7, 1), True, "contract"),
        Evidence("P1", "B", date(2019, 7, 1), True, "x"),
    ]
    states = {(c.who, c.duty.id): c.state for c in cells(MIXED, who=["P1"], evidence=shown, on=date(2019, 10, 1), others=OTHERS)}  # type: ignore[arg-type]  # fmt: skip
    assert states["99A", "B"] == "met" and ("P1", "B") not in states


def test_liverpools_commissioner_is_bound_by_its_own_duties(tmp_path: Path) -> None:
    from oneplace.answers import open_place
    from oneplace.answers.plan import bound_by, duty_cells

    folder = Path(shutil.copytree(PLACES / "liverpool", tmp_path / "liverpool"))
    with open_place(folder) as session:
        found = duty_cells(session.place, {}, DIGITAL, date(2019, 10, 1))
        practices = len(session.place.table("practices"))
        assert bound_by(session.place, DIGITAL, DIGITAL.duties[8]) == {"99A": "NHS Liverpool CCG"}
    late = [c for c in found if c.state == "overdue"]
    # D01 and D02 of every practice, D11 of the commissioner alone: it was counted once for each
    # practice before.
    assert len(late) == 2 * practices + 1
    assert {c.duty.id for c in late if c.who != "99A"} == {"D01", "D02"}


def test_what_has_to_be_gone_is_asked_for_as_gone() -> None:
    titles = {d.id: d.asked for d in MIXED.duties}
    assert titles["A"] == "Online booking" and titles["D"] == "No longer: fax machines in use"
    assert {d.asked for d in DIGITAL.duties if d.direction == "gone"} == {
        "No longer: fax machines in use"
    }


def test_risks_stand_gravest_first_and_say_how_they_moved() -> None:
    risks = (
        RiskEntry(
            id="R1",
            title="t",
            scheme=None,
            owner="A",
            initial=(3, 4),
            current=(3, 2),
            target=(3, 2),
        ),
        RiskEntry(id="R2", title="t", scheme="S", owner="B", initial=(4, 3), current=(4, 4)),
    )
    found = scored(risks)
    assert [
        (s.entry.id, s.current.score, s.current.band, s.movement, s.at_target) for s in found
    ] == [
        ("R2", 16, "extreme", "worse", None),
        ("R1", 6, "moderate", "better", True),
    ]


@pytest.fixture
def hamlet(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PLACES / "hamlet", tmp_path / "hamlet"))


def test_hamlets_plan_is_right_and_shows_what_hangs_in_the_air(hamlet: Path) -> None:
    assert check_plan(hamlet) == ()
    plan = read_plan_documents(hamlet).plan
    assert plan is not None
    assert orphans(plan).schemes_without_milestone == orphans(plan).schemes_without_claim == ("H6",)


def test_a_place_without_a_plan_has_nothing_to_check(tmp_path: Path) -> None:
    assert check_plan(tmp_path) == ()
    assert read_plan_documents(tmp_path).plan is None


def test_what_changed_between_two_versions_of_the_plan(hamlet: Path) -> None:
    base = record_versions(hamlet, KINDS)["plan.yaml"]
    head = hamlet / "plan.yaml"
    text = (
        head.read_text(encoding="utf-8")
        .replace("count: 3", "count: 4")
        .replace("due: 2019-12,", "due: 2020-01,")
    )
    head.write_text(text, encoding="utf-8")
    expected = [
        {"path": "schemes[H1].claims[H1-nel].count", "before": 3, "after": 4},
        {"path": "schemes[H3].milestones[H3-M02].due", "before": "2019-12", "after": "2020-01"},
    ]
    assert plan_diff(hamlet, base[:8]) == expected
    later = record_versions(hamlet, KINDS)["plan.yaml"]
    assert plan_diff(hamlet, base, later) == expected
    assert later == digest(read(head, Plan))


@pytest.mark.parametrize("name", ["abc", "ffffff", ""])
def test_a_version_that_is_not_kept_is_named(hamlet: Path, name: str) -> None:
    record_versions(hamlet, KINDS)
    with pytest.raises(InputAtFault, match="this names no version"):
        plan_diff(hamlet, name)


def test_a_document_that_is_none_of_the_plans(hamlet: Path) -> None:
    with pytest.raises(InputAtFault, match="no such plan document"):
        plan_diff(hamlet, "abcdef", name="place.yaml")


def test_hamlets_hand_written_plan_is_equal_to_its_canonical_form(hamlet: Path) -> None:
    plan = read(hamlet / "plan.yaml", Plan)
    (hamlet / "plan.yaml").write_text(canonical(plan), encoding="utf-8")
    assert read(hamlet / "plan.yaml", Plan) == plan


def test_the_reference_names_every_field_of_every_class() -> None:
    page = plan_reference()
    for kind in KINDS.values():
        for name, field in kind.model_fields.items():
            assert f"| `{field.alias or name}` |" in page
    assert "absent: not stated in the plan" in page
    assert "[Selection](#selection)" in page
