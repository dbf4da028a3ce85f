"""The caseload: who is on a team's list, who is set aside under which reason, and that nobody is
lost on the way."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from drawn import Tables, fill
from oneplace.engines import duck
from oneplace.engines.digests import digests
from oneplace.engines.explain import explain_person
from oneplace.engines.river import PeopleDocuments, read_people_documents, run_people_river
from oneplace.faults import InputAtFault

ON = dt.date(2019, 4, 1)
HAMLET = Path(__file__).resolve().parents[3] / "places" / "hamlet"
PRACTICES = {"11": "north", "12": "south", "13": None}
TEAMS = pa.table({"team_code": ["north", "south"], "practice_code": ["11", "12"]})


def drawn_people(order: int = 1) -> dict[str, list[dict[str, Any]]]:
    """Ninety people by a rule: practice by remainder of 3, age by number, every fifth child, some
    set aside."""
    numbers = list(range(1, 91))[::order]
    return {
        "person": [
            {"person": str(n), "born": f"{2010 if n % 5 == 0 else 1930 + n // 2}-06-15"}
            for n in numbers
        ],
        "registration": [
            {"person": str(n), "practice": str(11 + n % 3), "from": "2010-01-01"} for n in numbers
        ],
        "diagnosis": [
            {"person": str(n), "what": what, "from": "2018-01-01"}
            for n in numbers
            for what, every in (
                ("care_home_resident", 7),
                ("end_of_life", 11),
                ("copd", 2),
                ("dementia", 13),
            )
            if n % every == 0
        ],
        "contact": [
            {
                "visit": str(100 * n + i),
                "person": str(n),
                "what": "emergency_admission",
                "from": f"2018-{5 + i:02d}-01",
            }
            for n in numbers
            for i in range(n % 4)
        ],
    }


@pytest.fixture(scope="module")
def documents() -> PeopleDocuments:
    return read_people_documents(HAMLET)


@pytest.fixture(scope="module")
def built(documents: PeopleDocuments) -> Iterator[duck.DuckEngine]:
    with duck.open(None, threads=1, memory_limit_mb=300) as engine:
        fill(engine, drawn_people())
        run(engine, documents, Tables(team_practices=TEAMS))
        yield engine


def run(engine: duck.DuckEngine, documents: PeopleDocuments, place: Tables) -> Any:
    return run_people_river(
        engine,
        documents,
        place,
        as_of=ON,
        basis="supplied",
        seed=1,
        progress=lambda _what, _share: None,
    )


def test_registered_people_are_the_register_and_those_set_aside_exactly(
    built: duck.DuckEngine,
) -> None:
    lines = built.rows("SELECT * FROM reconciliation")
    for team in ("north", "south"):
        people = {row["what"]: row["people"] for row in lines if row["team_code"] == team}
        assert people["registered"] == 30
        assert people["registered"] == people["register"] + sum(
            people[a] for a in ("under_18", "end_of_life", "care_home")
        )
        assert people["agenda"] == 10
    place = {row["what"]: row["people"] for row in lines if row["team_code"] == "place"}
    assert place == {"everyone": 90, "elsewhere": 30, "in_teams": 60}


def test_somebody_with_two_reasons_counts_under_the_first(built: duck.DuckEngine) -> None:
    aside = {
        row["person_id"]: row["set_aside"]
        for row in built.rows("SELECT person_id, set_aside FROM caseload")
    }
    expected = {
        n: "under_18"
        if n % 5 == 0
        else "end_of_life"
        if n % 11 == 0
        else "care_home"
        if n % 7 == 0
        else None
        for n in range(1, 91)
        if PRACTICES[str(11 + n % 3)]
    }
    assert aside == expected


def test_ranks_run_from_one_without_a_hole_and_the_agenda_is_the_top(
    built: duck.DuckEngine,
) -> None:
    for team in ("north", "south"):
        rows = built.rows(
            "SELECT * FROM caseload WHERE team_code = ? AND rank IS NOT NULL ORDER BY rank", [team]
        )
        assert [r["rank"] for r in rows] == list(range(1, len(rows) + 1))
        assert [r["priority"] for r in rows] == sorted((r["priority"] for r in rows), reverse=True)
        assert [r["on_agenda"] for r in rows] == [r["rank"] <= 10 for r in rows]
        assert all(r["reasons"] for r in rows[:5])


def test_too_few_events_are_said_plainly_and_a_stated_order_takes_the_model_s_place(
    documents: PeopleDocuments,
) -> None:
    with duck.open(None, threads=1, memory_limit_mb=300) as engine:
        fill(engine, drawn_people())
        report = run(engine, documents, Tables(team_practices=TEAMS))
        assert "No model was fitted" in report.model["not_fitted"]
        assert report.model["not_fitted"] in report.notes
        risks = engine.rows("SELECT count(risk) AS fitted, count(priority) AS ranked FROM risks")
    assert risks == [{"fitted": 0, "ranked": 90}]


def test_without_teams_the_place_has_one_list(documents: PeopleDocuments) -> None:
    with duck.open(None, threads=1, memory_limit_mb=300) as engine:
        drawn = drawn_people()
        del drawn["registration"]
        fill(engine, drawn)
        report = run(engine, documents, Tables())
        found = engine.rows(
            "SELECT team_code, count(*) AS people, count(rank) AS ranked FROM caseload GROUP BY team_code"
        )
    assert [f["team_code"] for f in found] == ["place"]
    assert found[0]["people"] == 90
    assert any("registrations" in note for note in report.notes)


def test_the_order_in_which_rows_stand_changes_nothing(documents: PeopleDocuments) -> None:
    found = []
    for order in (1, -1):
        with duck.open(None, threads=1, memory_limit_mb=300) as engine:
            fill(engine, drawn_people(order))
            report = run(engine, documents, Tables(team_practices=TEAMS))
            found.append(digests(engine, report.tables))
    assert found[0] == found[1]
    assert len(set(found[0].values())) > 5


def test_explained_down_to_the_rows(built: duck.DuckEngine, documents: PeopleDocuments) -> None:
    found = explain_person(built, documents, Tables(team_practices=TEAMS), 27, as_of=ON)
    admissions = next(f for f in found["features"] if f["name"] == "emergency_admissions_12m")
    assert admissions["value"] == 3
    assert [r["on"] for r in admissions["rows"]] == ["2018-05-01", "2018-06-01", "2018-07-01"]
    assert {r["what"] for r in admissions["rows"]} == {"Emergency admission"}
    assert found["caseload"]["team_code"] == "north"
    assert [f["name"] for f in found["features"] if f["differs_from"] is not None] == []
    assert found["segment"]["failed"][0]["segment"] == "die_well"


def test_explaining_somebody_who_is_not_there(
    built: duck.DuckEngine, documents: PeopleDocuments
) -> None:
    with pytest.raises(InputAtFault, match="nobody of this place"):
        explain_person(built, documents, Tables(), 999, as_of=ON)
