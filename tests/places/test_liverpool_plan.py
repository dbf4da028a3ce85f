"""Liverpool's plan documents hold what the operational plan 2019/20 prints: counts, sums, and its
ten differences.

Sections are those of the printed plan: appendix 2 (schemes), appendix 1 and sections 6.2 and 7
(standards), appendix 4 (trajectories), section 8 and the network table (money), executive summary.
"""

from __future__ import annotations

import csv
import sys
import time
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from oneplace.documents import canonical, digest, read
from oneplace.measures import trajectories
from oneplace.plan.assurance.checking import PlanDocuments, check_plan, read_plan_documents
from oneplace.plan.assurance.status import plan_status, status_of
from oneplace.plan.money import (
    contingency,
    differences,
    reconcile,
    required_spend,
    savings_by_recurrence,
)
from oneplace.plan.programme import Plan, claim_totals, claims, orphans, tree, unit_value_gbp

REPO = Path(__file__).resolve().parents[2]
PLACE = REPO / "places" / "liverpool"
FACTS = REPO.parent / "shared" / "facts"
needs_facts = pytest.mark.skipif(
    not FACTS.exists(), reason="the transcribed facts do not lie beside the repository"
)


@pytest.fixture(scope="module")
def documents() -> PlanDocuments:
    return read_plan_documents(PLACE)


@pytest.fixture(scope="module")
def plan(documents: PlanDocuments) -> Plan:
    assert documents.plan is not None
    return documents.plan


def facts(name: str) -> Any:
    return YAML(typ="safe", pure=True).load((FACTS / name).read_text(encoding="utf-8"))


def test_the_shipped_documents_are_right() -> None:
    assert check_plan(PLACE) == ()


def test_schemes_milestones_and_measures_of_appendix_2(plan: Plan) -> None:
    milestones = [m for s in plan.schemes for m in s.milestones]
    assert len(plan.schemes) == 45
    assert len(milestones) == 255
    assert sum(m.due is not None for m in milestones) == 249
    assert sum(len(s.measures) for s in plan.schemes) == 123
    assert orphans(plan).schemes_without_milestone == ("OL07", "OL08", "OL41")


def test_confidence_of_the_printed_dates(plan: Plan) -> None:
    found = Counter(m.confidence for s in plan.schemes for m in s.milestones)
    assert found == {"high": 206, "medium": 22, "low": 22, "none": 5}
    assert all(m.doubt for s in plan.schemes for m in s.milestones if m.confidence != "high")


def test_groups_of_the_executive_summary(plan: Plan) -> None:
    """38 of the 45 stand in the executive summary: 3, 26 and 9; the other seven have an inferred
    aim."""
    printed = [s for s in plan.schemes if s.aim_basis == "executive summary list"]
    assert Counter(a for s in printed for a in s.aims) == {
        "population-health": 3,
        "community": 26,
        "acute": 9,
    }
    assert len(plan.schemes) - len(printed) == 7


def test_nobody_is_made_up(plan: Plan) -> None:
    assert orphans(plan).schemes_without_lead == tuple(s.id for s in plan.schemes)
    assert orphans(plan).schemes_without_aim == ()
    assert orphans(plan).programmes_without_scheme == ()


def test_tree_holds_every_scheme_under_its_aims(plan: Plan) -> None:
    branches = tree(plan)
    assert [b.aim.id for b in branches] == ["population-health", "community", "acute"]
    assert sorted(s.id for b in branches for s in b.schemes) == [s.id for s in plan.schemes]
    assert [len(b.schemes) for b in branches] == [3, 33, 9]


def test_fourteen_claims_in_ten_schemes(plan: Plan) -> None:
    totals = claim_totals(plan)
    assert (totals.rows, totals.schemes) == (14, 10)
    assert totals.count_by_kind == {"nel": 2239, "ae": 1740, "prescribing": 0}
    assert totals.value_gbp_by_kind == {
        "nel": Decimal(4062089),
        "ae": Decimal(318613),
        "prescribing": Decimal(1300000),
    }


def test_kinds_of_claims(plan: Plan) -> None:
    """Nine non-elective counts, one A&E count, three A&E rows with a value only, one prescribing
    value."""
    shape = Counter((c.kind, c.count is not None) for _, c in claims(plan))
    assert shape == {("nel", True): 9, ("ae", True): 1, ("ae", False): 3, ("prescribing", False): 1}


def test_unit_values_that_the_claims_imply(plan: Plan) -> None:
    implied = {s.id: unit_value_gbp(c) for s, c in claims(plan) if c.kind == "nel"}
    assert implied == {
        "OL01": Decimal("1301.84"),
        "OL04": Decimal("2055.55"),
        "OL05": Decimal("636.69"),
        "OL06": Decimal("2028.51"),
        "OL10": Decimal("1488.27"),
        "OL22": Decimal("2407.55"),
        "OL37": Decimal("681.86"),
        "OL38": Decimal("3726.32"),
        "OL42": Decimal("6755.18"),
    }


def test_selections_that_are_ours_say_why(plan: Plan) -> None:
    ours = {c.id for _, c in claims(plan) if c.selection == "ours"}
    assert ours == {
        "OL01-nel",
        "OL01-ae",
        "OL10-nel",
        "OL10-ae",
        "OL33-prescribing",
        "OL37-ae",
        "OL38-ae",
    }
    assert all(c.reason for _, c in claims(plan) if c.selection == "ours")


def test_copd_is_claimed_by_two_schemes(plan: Plan) -> None:
    assert [s.id for s, c in claims(plan) if "copd" in c.selects.diagnosis] == ["OL04", "OL06"]


def test_heart_failure_printed_as_chest_pain_is_kept_and_doubted(plan: Plan) -> None:
    scheme, claim = next((s, c) for s, c in claims(plan) if c.id == "OL38-nel")
    assert (claim.condition, claim.selects.diagnosis) == ("chest pain", ("chest_pain",))
    assert claim.otherwise is not None and claim.otherwise.diagnosis == ("heart_failure",)
    assert any("chest pain" in d for d in scheme.doubts)


def test_effects_without_a_number_stay_without_one(plan: Plan) -> None:
    kinds = Counter(u.kind for s in plan.schemes for u in s.unquantified)
    assert kinds == {
        "therapeutic support waits": 5,
        "emergency admissions (CYP)": 4,
        "bed days": 1,
        "delayed transfers of care": 1,
    }


def test_standards_by_kind_and_domain(documents: PlanDocuments) -> None:
    assert documents.standards is not None
    standards = documents.standards.standards
    assert len(standards) == 97
    assert Counter(s.kind for s in standards) == {
        "threshold": 46,
        "direction": 14,
        "deliverable": 37,
    }
    assert sum(s.value is not None for s in standards) == 45
    assert Counter(s.domain for s in standards)["Mental Health"] == 17
    assert len(documents.standards.mismatches) == 3


def test_targets_and_their_contradictions(documents: PlanDocuments) -> None:
    assert documents.targets is not None
    assert len(documents.targets.targets) == 82
    assert len(documents.targets.conflicts) == 5


def test_trajectory_rows_of_appendix_4(documents: PlanDocuments) -> None:
    assert len(documents.trajectories) == 82
    assert Counter(r.record for r in documents.trajectories) == {"trajectory": 76, "exec_target": 6}


def test_first_month_that_meets_the_standard(documents: PlanDocuments) -> None:
    """Appendix 4 beside the achievement dates of the executive summary. A planned 1.0% never is
    under 1%."""
    found = {
        t.measure: (str(t.first_staying), str(t.promised), t.promised_met)
        for t in trajectories(documents.trajectories)
    }
    assert found == {
        "rtt-incomplete": ("2020-03", "2020-03", True),
        "waiting-list-size": ("2020-01", "2020-03", True),
        "rtt-52-weeks": ("2019-09", "2019-09", True),
        "diagnostic-6-weeks": ("2019-11", "2019-11", False),
        "cancer-2-weeks": ("2019-07", "2019-07", True),
        "cancer-62-days": ("2020-03", "2020-03", True),
        "talking-therapies-access": ("2019-Q2", "None", None),
    }


TEN_DIFFERENCES = {  # section 8, network table and executive summary: printed, recomputed, difference
    "expenditure-total": ("924.3", "924.4", "-0.1"),
    "headline-allocation": ("939", "939.744", "-0.744"),
    "savings-total": ("13842856", "13842847", "9"),
    "mhis-required-adults-and-children": ("111.4", "111.3", "0.1"),
    "mhis-unrounded-adults-and-children": ("111.4", "111.28563", "0.11437"),
    "mhis-required-ld-and-dementia": ("18.9", "18.8", "0.1"),
    "mhis-sum-before": ("122.5", "122.4", "0.1"),
    "mhis-sum-required": ("130.2", "130.3", "-0.1"),
    "bridge-mental-health": ("3.3", "3.2", "0.1"),
    "networks-clinical-director": ("208165", "206545.41", "1619.59"),
}


def test_ten_printed_differences_are_shown(documents: PlanDocuments) -> None:
    assert documents.finances is not None
    rows = [r.as_dict() for r in differences(documents.finances)]
    assert {
        r["id"]: (r["printed"], r["recomputed"], r["difference"]) for r in rows
    } == TEN_DIFFERENCES


@needs_facts
def test_every_arithmetic_check_of_the_facts_is_made_here(documents: PlanDocuments) -> None:
    """57 checks stand in the facts; two of them are about figures that the plan does not print
    (growth of the whole allocation, the contingency in pounds), and we make two more (headline
    expenditure, savings in the bridge)."""
    assert documents.finances is not None
    theirs = facts("finance.yaml")["arithmetic_checks"]["results"]
    ours = reconcile(documents.finances)
    assert sum(not r["ok"] for r in theirs) == len(differences(documents.finances)) == 10
    left = [(float(r.printed), float(r.recomputed), r.agrees) for r in ours]
    unmatched = []
    for r in theirs:
        near = [
            x
            for x in left
            if x[2] == r["ok"]
            and abs(x[0] - r["stated"]) < 1e-3
            and abs(x[1] - r["computed"]) < 1e-3
        ]
        if near:
            left.remove(near[0])
        else:
            unmatched.append(r["check"])
    assert unmatched == [
        "overall in-year growth % (not stated in the plan)",
        "allocation less programme expenditure less running costs = about 0.5% contingency",
    ]
    assert len(left) == 2


def test_savings_split_and_contingency(documents: PlanDocuments) -> None:
    finances = documents.finances
    assert finances is not None and finances.savings is not None
    assert len(finances.savings.lines) == 15
    assert savings_by_recurrence(finances) == {
        "recurrent": Decimal(9417044),
        "partly recurrent": Decimal(800000),
        "non-recurrent": Decimal(3625803),
    }
    left = contingency(finances)
    assert left is not None
    assert (left.left_gbp_m, left.left_pct.quantize(Decimal("0.01"))) == (
        Decimal("4.936"),
        Decimal("0.53"),
    )


def test_investment_standard_with_and_without(documents: PlanDocuments) -> None:
    """122.5m x 1.0629 = 130.2m; without learning disability and dementia 104.7m x 1.0629 = 111.3m
    (section 8)."""
    assert documents.finances is not None and documents.finances.investment_standard is not None
    wide, narrow = required_spend(documents.finances.investment_standard)
    assert wide.required_gbp_m == Decimal("130.20525")
    assert narrow.required_gbp_m == Decimal("111.28563")


def test_no_saving_line_is_tied_to_the_admissions_at_tariff(
    documents: PlanDocuments, plan: Plan
) -> None:
    assert documents.finances is not None and documents.finances.savings is not None
    at_tariff = claim_totals(plan).value_gbp_by_kind["nel"]
    assert at_tariff not in [x.gbp for x in documents.finances.savings.lines]
    assert documents.finances.contract is not None
    assert documents.finances.contract.marginal_rate_pct is None


def test_status_on_the_first_of_october(plan: Plan, documents: PlanDocuments) -> None:
    answer = plan_status(plan, on=date(2019, 10, 1), finances=documents.finances)
    assert list(answer) == ["on", "plan", "milestones", "measures", "savings"]
    states = Counter(m["state"] for m in answer["milestones"])
    ends = [m.due.end for s in plan.schemes for m in s.milestones if m.due and m.due.end]
    assert states["late"] == sum(e < date(2019, 10, 1) for e in ends) == 178
    assert states == {"late": 178, "not yet due": 49, "due": 15, "unknown": 12, "done": 1}
    assert {m["evidence"] for m in answer["milestones"] if m["state"] == "late"} == {"no return"}
    assert [m["id"] for m in answer["milestones"] if m["state"] == "done"] == ["OL37-M01"]
    assert len(answer["savings"]) == 14 + 15


def test_status_takes_less_than_a_second(plan: Plan) -> None:
    start = time.process_time()
    status_of(PLACE, on=date(2019, 10, 1))
    assert time.process_time() - start < 1.0


def test_saved_canonical_form_reads_back_the_same(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(canonical(plan), encoding="utf-8")
    assert digest(read(tmp_path / "plan.yaml", Plan)) == digest(plan)


@needs_facts
def test_every_document_is_what_the_facts_make(documents: PlanDocuments) -> None:
    sys.path.insert(0, str(REPO / "tools"))
    try:
        import make_liverpool_plan
    finally:
        sys.path.remove(str(REPO / "tools"))
    for name, made in make_liverpool_plan.documents(FACTS).items():
        assert digest(read(PLACE / name, type(made))) == digest(made), name
    table = make_liverpool_plan.trajectories(
        (FACTS / "trajectories.csv").read_text(encoding="utf-8")
    )
    assert (PLACE / "tables" / "trajectories.csv").read_text(encoding="utf-8") == table


@needs_facts
def test_planned_values_meet_standards_where_the_facts_say_so(documents: PlanDocuments) -> None:
    with (FACTS / "trajectories.csv").open(encoding="utf-8") as text:
        theirs = [
            r["meets_standard"] == "True"
            for r in csv.DictReader(text)
            if r["record"] == "trajectory"
        ]
    ours = [p.planned_meets for t in trajectories(documents.trajectories) for p in t.points]
    assert ours == theirs
