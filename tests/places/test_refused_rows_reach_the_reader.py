"""Records with refused rows, built as anybody would: build, list, person and explanation say whose
are incomplete."""

import datetime as dt
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from exports import PERSON, VISIT, written
from oneplace.answers import open_place
from oneplace.answers import people as people_answers
from oneplace.answers.publishing import build_place
from oneplace.answers.record import record
from oneplace.answers.session import Session
from oneplace.cli.people import show_caseload, show_person
from oneplace.cli.places import show_build
from oneplace.faults import InputAtFault
from oneplace.sources.founding import found_place
from oneplace.web.neighbourhood.explained import sections

NOW = dt.datetime(2026, 11, 30, 12, tzinfo=dt.UTC)
CONDITION = "condition_occurrence_id,person_id,condition_concept_id,condition_start_date,condition_type_concept_id"
# 1 has a stay that was read and one that was not, 2 only one that was not, 3 one that was
FILES = {
    "person": f"{PERSON}\n1,8532,1950,0,0\n2,8507,1951,0,0\n3,8507,1952,0,0\n3,8507,1952,0,0",
    "observation_period": "observation_period_id,person_id,observation_period_start_date,observation_period_end_date,"
    "period_type_concept_id\n1,1,2015-01-01,2019-03-31,0\n2,2,2015-01-01,2019-03-31,0\n3,3,2015-01-01,2019-03-31,0",
    "visit_occurrence": f"{VISIT}\n1,1,262,2019-02-01,2019-02-05,0\n2,1,262,2019-02-20,2019-02-10,0\n"
    "3,2,262,2019-02-01,2019-01-20,0\n4,3,262,2019-02-01,2019-02-05,0",
    "condition_occurrence": f"{CONDITION}\n1,1,201826,2018-02-01,0\n2,2,201826,2018-02-01,0\n3,3,201826,2018-02-01,0",
}


def place_of(folder: Path, files: dict[str, str]) -> Path:
    records = written(folder / "records", files)
    found_place(folder / "place", source=f"omop:{records}", name="Drawn", today=NOW.date())
    with (folder / "place" / "tables" / "code_list.csv").open("a", encoding="utf-8") as codes:
        codes.write(
            "201826,diabetes,means,Type 2 diabetes mellitus,condition,reviewed by a person\n"
        )
    return folder / "place"


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder = place_of(tmp_path_factory.mktemp("drawn"), FILES)
    build_place(folder, now=NOW, as_of=dt.date(2019, 3, 31))
    with open_place(folder) as opened:
        yield opened


def said(show, value) -> str:
    console = Console(file=io.StringIO(), width=200)
    show(console, value)
    return console.file.getvalue()


def sources(session: Session) -> dict[str, str]:
    """Whose pseudonym is whose key, found by what was read of each."""
    born = {
        r["person_id"]: r["birth_date"].year
        for r in session.ask("SELECT person_id, birth_date FROM people")
    }
    return {str(1 + year - 1950): str(person) for person, year in born.items()}


def test_the_build_names_table_line_column_and_value_and_what_stood_again(session: Session) -> None:
    text = said(show_build, session.manifest)
    row = next(line for line in text.splitlines() if "it ends before it begins" in line)
    for word in (
        "visit_occurrence",
        "visit_end_date",
        "records/visit_occurrence.csv",
        " 3 ",
        "2019-02-10",
        " 2 ",
    ):
        assert word in row
    assert "visit_occurrence: 2 rows were refused, of 2 known people" in text
    assert "person: 1 row stood again" in text
    assert (
        session.manifest["repeated"] == {"person": 1} and session.manifest["tables"]["person"] == 3
    )


def test_the_list_keeps_everybody_and_marks_whose_records_are_incomplete(session: Session) -> None:
    people, who = (
        {p["person"]: p for p in people_answers.caseload(session, whole=True)["people"]},
        sources(session),
    )
    assert {k: people[p]["incomplete"] for k, p in who.items()} == {
        "1": ["visit_occurrence"],
        "2": ["visit_occurrence"],
        "3": [],
    }
    assert (
        said(show_caseload, people_answers.caseload(session, whole=True)).count(
            "records incomplete"
        )
        == 2
    )


def test_the_person_s_pages_say_it_and_what_is_not_known(session: Session) -> None:
    who = sources(session)
    assert record(session, int(who["2"]))["incomplete"] == (
        "Records incomplete: rows were refused (contacts and admissions 1); what is not found there is not known."
    )
    assert record(session, int(who["3"]))["incomplete"] == ""
    found = {k: people_answers.explain(session, p) for k, p in who.items()}
    nights = {
        k: next(f["value"] for f in e["features"] if f["name"] == "emergency_bed_days_12m")
        for k, e in found.items()
    }
    diabetes = {
        k: next(f["value"] for f in e["features"] if f["name"] == "diabetes")
        for k, e in found.items()
    }
    assert nights == {"1": 4, "2": None, "3": 4} and diabetes == {"1": True, "2": True, "3": True}
    assert (
        sections(found["2"])[0].title == "Records incomplete"
        and sections(found["3"])[0].title != "Records incomplete"
    )
    assert "Records incomplete: rows refused, 1 of visit_occurrence" in said(
        show_person, found["2"]
    )


def test_a_table_refused_whole_keeps_the_last_build_and_can_be_accepted(tmp_path: Path) -> None:
    bad = FILES["visit_occurrence"].replace("262", "no code")
    folder = place_of(tmp_path, FILES)
    first = build_place(folder, now=NOW, as_of=dt.date(2019, 3, 31))
    written(tmp_path / "records", {"visit_occurrence": bad})
    with pytest.raises(InputAtFault, match="every row of visit_occurrence was refused"):
        build_place(folder, now=NOW + dt.timedelta(hours=1), as_of=dt.date(2019, 3, 31))
    with open_place(folder) as session:
        assert session.build_id == first.id
    accepted = build_place(
        folder,
        now=NOW + dt.timedelta(hours=2),
        as_of=dt.date(2019, 3, 31),
        accept_rejects=["visit_occurrence"],
    )
    assert accepted.manifest["accepted_rejects"] == ["visit_occurrence"]
    with open_place(folder) as session:
        values = session.ask(
            "SELECT DISTINCT emergency_admissions_12m, emergency_bed_days_12m, diabetes FROM features"
        )
        assert values == [
            {"emergency_admissions_12m": None, "emergency_bed_days_12m": None, "diabetes": True}
        ]
        assert len(people_answers.caseload(session, whole=True)["people"]) == 3
