"""The paper and the performance pages have one source: what was imported is in both, and each
figure is the same in both."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pyarrow as pa

from oneplace.answers import open_place, performance
from oneplace.answers import plan as plan_answers
from oneplace.answers.paper import write_paper
from oneplace.sources.statistics.keeping import keep
from oneplace.tables.observations import OBSERVATIONS

NOW = dt.datetime(2026, 1, 6, 9, 30, tzinfo=dt.UTC)


def figures(folder: Path, month: str = "2019-09") -> dict[str, Any]:
    made = write_paper(folder, month=month, now=NOW, today=NOW.date())
    kept = json.loads((made["html"].parent / "figures.json").read_text(encoding="utf-8"))["figures"]
    return {f["trace"]["figure_id"]: f["trace"] for f in kept}


def imported(
    folder: Path, trust: str, month: dt.date, within: float, seen: float, status: str = "final"
) -> None:
    row: dict[str, Any] = dict.fromkeys(OBSERVATIONS.names)
    row |= {
        "measure": "ae-4-hours", "organisation_code": trust, "basis": "provider", "period": month, "numerator": within,
        "denominator": seen, "value": 100 * within / seen, "status": status, "suppressed": False,
        "source_file": f"{month}.xls", "source_sha256": f"{month}{within}", "imported_at": dt.datetime(2019, 12, 1),
    }  # fmt: skip
    keep(folder, pa.Table.from_pylist([row], schema=OBSERVATIONS.arrow), f"{month}{within}")


def test_every_measure_in_the_paper_is_what_its_page_says(hamlet_copy: Path) -> None:
    found = figures(hamlet_copy)
    measured = {i: t for i, t in found.items() if i.startswith("measure.")}
    assert len(measured) == 2  # A&E by trust, and the list counted from the records
    with open_place(hamlet_copy) as session:
        for id, trace in measured.items():
            _, measure, code, _ = id.split(".")
            page = performance.measure_page(session, measure, code, on=dt.date(2019, 9, 30))
            assert trace["value"] == page["latest"]["value"], id
            assert trace["period"] == page["latest"]["month"][:7], id


def test_an_imported_month_of_a_and_e_is_in_the_paper(hamlet_copy: Path) -> None:
    before = figures(hamlet_copy)["ae.HX1.within"]
    with open_place(hamlet_copy) as session:
        rows = [
            r for r in session.place.table("ae_monthly").to_pylist() if r["provider_code"] == "HX1"
        ]
    last = max(r["month"] for r in rows)
    following = (last + dt.timedelta(days=32)).replace(day=1)
    imported(hamlet_copy, "HX1", following, within=77, seen=100)
    month = min(f"{max(following, dt.date(2019, 10, 1)):%Y-%m}", "2019-12")
    now = figures(hamlet_copy, month)["ae.HX1.within"]
    assert before["value"] != now["value"] and abs(now["value"] - 77) < 1e-9
    assert "imported" in now["source"]["note"] and before["data_digest"] != now["data_digest"]


def test_an_import_that_restates_a_month_speaks_before_the_table(hamlet_copy: Path) -> None:
    with open_place(hamlet_copy) as session:
        rows = [
            r for r in session.place.table("ae_monthly").to_pylist() if r["provider_code"] == "HX1"
        ]
    last = max(r["month"] for r in rows)
    admissions = figures(hamlet_copy).get("ae.HX1.admissions")
    imported(hamlet_copy, "HX1", last, within=50, seen=200)
    found = figures(hamlet_copy)
    assert abs(found["ae.HX1.within"]["value"] - 25) < 1e-9
    assert found["ae.HX1.attendances"]["value"] == 200
    assert admissions is None or found["ae.HX1.admissions"]["value"] == admissions["value"]


# --- every figure of a paper, asked as the pages ask for it -------------------------------------------------------------
def test_every_figure_of_the_paper_is_what_its_page_gives(hamlet_copy: Path) -> None:
    """Pages and paper ask one place: the same id on the same day is the same value, unit, basis and
    period."""
    from oneplace.answers.figures import about, family_of

    day = dt.date(2019, 9, 30)
    found = figures(hamlet_copy)
    asked: dict[Any, Any] = {}
    wrong, compared = [], 0
    with open_place(hamlet_copy) as session:
        for id, trace in found.items():
            family = family_of(id)
            assert family is not None, f"{id} stands in the paper and on no page"
            key = (family.name, about(id, family))
            if key not in asked:
                asked[key] = family.ask(session, day, about(id, family))
            there = asked[key].get(id)
            if there is None:
                wrong.append(f"{id} is not given by its page")
                continue
            said = there.trace.as_dict()
            compared += 1
            wrong += [f"{id}: {k} {trace[k]!r} in the paper, {said[k]!r} on its page" for k in ("value", "unit", "basis", "period") if trace[k] != said[k]]  # fmt: skip
    assert not wrong, "\n".join(wrong)
    assert compared > 150


def test_figures_that_go_by_two_names_are_one_figure(hamlet_copy: Path) -> None:
    """Where a page and the paper count the same thing under two names, a test holds them
    together."""
    from oneplace.answers import position
    from oneplace.answers.figures import programme

    day = dt.date(2019, 9, 30)
    found = {i: t["value"] for i, t in figures(hamlet_copy).items()}
    with open_place(hamlet_copy) as session:
        status, finances = plan_answers.status(session, day), session.plan_documents.finances
        lines, office, held = (
            position.savings(session, day),
            programme(session, day),
            position.held(session, day),
        )
        plan = session.plan_documents.plan
    assert finances is not None and finances.savings is not None and plan is not None
    states = [m["state"] for m in status["milestones"]]
    for state in ("late", "due", "unknown", "not yet due", "done"):
        assert found[f"milestones.{state.replace(' ', '_')}"] == states.count(state), state
    assert (
        found["milestones"]
        == len(states)
        == sum(f.value for i, f in office.items() if i.endswith(".milestones"))
    )
    assert found["milestones.late"] == sum(
        f.value for i, f in office.items() if i.endswith(".late")
    )
    assert (
        found["schemes"]
        == len(plan.schemes)
        == office["programme.missing"].value + office["programme.returns"].value
    )
    of_status = {s["id"]: s for s in status["savings"] if s["kind"] == "saving"}
    for line in finances.savings.lines:
        told = {found[f"savings.{line.id}.planned"], str(lines[f"savings.{line.id}.planned"].value), of_status[line.id]["planned_gbp"]}  # fmt: skip
        assert {float(v) for v in told} == {float(line.gbp)}, line.id
    assert not [
        i for i in found if i.startswith("money.savings.") and i != "money.savings.total"
    ], "one name"
    assert float(lines["savings.planned"].value) == sum(
        float(x.gbp) for x in finances.savings.lines
    )
    assert held.control.verdict == "cannot say" and found["position.answer"] == "Cannot say"
