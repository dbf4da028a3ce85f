"""Wrong input, from the command line: one clear message, exit status 1, nothing written, the last
good build answers.

The message names file, line or path, what was found and what was expected.
`tests/faults/test_plan_*`, `test_csv_tables` and `test_omop_bad_input` go through the kinds of
wrong documents, tables and rows; here each kind goes through the door.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from asking import Command, Run, contents


def replace(file: str, old: str, new: str) -> Callable[[Path], None]:
    def change(place: Path) -> None:
        text = (place / file).read_text(encoding="utf-8")
        assert old in text, f"{file} no longer holds {old!r}"
        (place / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def remove(file: str) -> Callable[[Path], None]:
    return lambda place: (place / file).unlink()


def cut(file: str, share: float) -> Callable[[Path], None]:
    def change(place: Path) -> None:
        whole = (place / file).read_bytes()
        (place / file).write_bytes(whole[: int(len(whole) * share)])

    return change


def is_refused(run: Run, message: str) -> None:
    """Exactly one fault, said on stderr; nothing on stdout."""
    assert run.status == 1, run.err
    assert run.out == ""
    assert len(run.faults) == 1, run.err
    assert re.fullmatch(message, run.faults[0]), run.faults[0]
    assert run.err.count("\n") == 1, run.err


def says_the_same_as_json(run: Run, plain: Run) -> None:
    """One JSON value, with the fault in parts."""
    assert run.status == 1
    (fault,) = json.loads(run.out)["faults"]
    assert set(fault) == {"what", "file", "line", "path", "found", "expected", "severity"}
    assert fault["what"] in plain.faults[0]
    assert fault["file"] in plain.faults[0]
    assert fault["expected"], "what to write instead is always said"
    assert run.err == plain.err


# what is done to a built Hamlet -> the one message
DOCUMENTS = {
    "broken YAML": (
        replace("segments.yaml", "segments:", "segments: [}"),
        r"segments\.yaml:\d+: .*YAML.*",
    ),
    "unknown field": (
        replace(
            "place.yaml", "kind: invented village", "kind: invented village\nknid: invented village"
        ),
        r"place\.yaml:5 \(knid\): unknown field: found knid; expected .*kind.*",
    ),
    "missing segment": (
        replace(
            "segments.yaml", "    otherwise: true", "    any_of: [{when: age >= 0, because: alive}]"
        ),
        r"segments\.yaml:\d+ \(segments\[5\]\): missing segment: .*: found .*live_well.*; expected .*otherwise: true.*",
    ),
    "wrong column": (
        replace("tables/wards.csv", "ward_name", "ward_title"),
        r"tables/wards\.csv:1 \(ward_title\): unknown column: found 'ward_title'; expected ward_name\?",
    ),
    "table cut short": (
        cut("tables/population_by_area_age.csv", 0.5),
        r"tables/population_by_area_age\.csv:\d+.*",
    ),
    "missing document": (
        remove("features.yaml"),
        r"features\.yaml: .*",
    ),
    "missing table": (
        remove("tables/areas.csv"),
        r"place\.yaml.*\(tables\.areas\): .*expected tables/areas\.csv",
    ),
    "a feature that nobody declared": (
        replace("caseload.yaml", "when: care_home", "when: care_hoem"),
        r"caseload\.yaml:\d+.*",
    ),
    "a day outside the records": (
        replace("place.yaml", "as_of: 2019-10-01", "as_of: 2031-04-01"),
        r"place\.yaml:\d+ \(as_of\): .*: found 2031-04-01; expected as_of within the records, 2016-04-01 to 2020-03-31",
    ),
    "not text": (
        lambda place: (place / "place.yaml").write_bytes(b"name: \xff\xfe\x00"),
        r"place\.yaml.*",
    ),
}


@pytest.mark.parametrize("what", DOCUMENTS)
def test_a_wrong_document_or_table(what: str, hamlet_copy: Path, oneplace: Command) -> None:
    change, message = DOCUMENTS[what]
    good = oneplace("caseload", hamlet_copy, "--team", "HT1", "--json")
    assert good.status == 0, good.err
    right = shutil.copytree(hamlet_copy, hamlet_copy.with_name("right"))
    change(hamlet_copy)
    before = contents(hamlet_copy)
    for command in ("build", "check"):
        run = oneplace(command, hamlet_copy)
        is_refused(run, message)
        says_the_same_as_json(oneplace(command, hamlet_copy, "--json"), run)
    assert contents(hamlet_copy) == before
    for file in ("place.yaml", "segments.yaml", "features.yaml", "caseload.yaml", "tables"):
        shutil.rmtree(hamlet_copy / file, ignore_errors=True)
        (shutil.copytree if (right / file).is_dir() else shutil.copy2)(
            right / file, hamlet_copy / file
        )
    assert oneplace("caseload", hamlet_copy, "--team", "HT1", "--json").out == good.out


FOLDERS = {
    "missing folder": (
        lambda _: None,
        r".*/nowhere: this folder is not a place: found no such folder; expected .*",
    ),
    "empty folder": (
        lambda f: f.mkdir(),
        r".*/nowhere: this folder is not a place: found no place\.yaml; expected .*",
    ),
    "not a place": (
        lambda f: (f.mkdir(), (f / "notes.txt").write_text("shopping")),
        r".*/nowhere: this folder is not a place: found no place\.yaml; expected .*",
    ),
    "a file": (
        lambda f: f.write_text("shopping"),
        r".*/nowhere: this folder is not a place: found .*; expected .*",
    ),
}


@pytest.mark.parametrize("what", FOLDERS)
@pytest.mark.parametrize(
    "command", ["build", "check", "caseload", "claims", "plan status", "report", "explain"]
)
def test_what_is_not_a_place(what: str, command: str, tmp_path: Path, oneplace: Command) -> None:
    make, message = FOLDERS[what]
    folder = tmp_path / "nowhere"
    make(folder)
    before = contents(tmp_path)
    arguments = [*command.split(), folder, *(["1"] if command == "explain" else [])]
    run = oneplace(*arguments)
    is_refused(run, message)
    says_the_same_as_json(oneplace(*arguments, "--json"), run)
    assert contents(tmp_path) == before


# --- records ---------------------------------------------------------------------------------------------------------
def records(folder: Path) -> Path:
    """Forty people with a condition each, as OMOP parquet."""
    folder.mkdir()
    ids = list(range(1, 41))
    zero = [0] * 40
    people = {
        "person_id": ids,
        "gender_concept_id": [8507 if i % 2 else 8532 for i in ids],
        "year_of_birth": [1930 + i for i in ids],
        "race_concept_id": zero,
        "ethnicity_concept_id": zero,
    }
    conditions = {
        "condition_occurrence_id": ids,
        "person_id": ids,
        "condition_concept_id": [201826] * 40,
        "condition_start_date": [f"20{10 + i % 9:02d}-0{1 + i % 9}-11" for i in ids],
        "condition_type_concept_id": zero,
    }
    periods = {
        "observation_period_id": ids,
        "person_id": ids,
        "observation_period_start_date": ["2010-01-01"] * 40,
        "observation_period_end_date": ["2019-12-31"] * 40,
        "period_type_concept_id": zero,
    }
    for name, table in (
        ("person", people),
        ("condition_occurrence", conditions),
        ("observation_period", periods),
    ):
        pq.write_table(pa.table(table), folder / f"{name}.parquet")
    return folder


@pytest.fixture()
def real(tmp_path: Path, oneplace: Command) -> Path:
    """A place with records of its own, built."""
    place = tmp_path / "real"
    made = oneplace("new", place, "--from", f"omop:{records(tmp_path / 'records')}")
    assert made.status == 0, made.err
    built = oneplace("build", place)
    assert built.status == 0, built.err
    return place


RECORDS = {
    "truncated parquet": (
        cut("condition_occurrence.parquet", 0.6),
        r"records/condition_occurrence\.parquet: this is not a whole parquet file: found .*; expected .*",
    ),
    "no person table": (
        remove("person.parquet"),
        r".*: there is no table of people: found .*; expected .*person.*",
    ),
    "missing folder": (
        lambda f: shutil.rmtree(f),
        r".*records: there are no records here: found no such .*; expected .*",
    ),
    "wrong column": (
        lambda f: pq.write_table(
            pq.read_table(f / "person.parquet").rename_columns(
                [
                    "person_id",
                    "gender_concept_id",
                    "born",
                    "race_concept_id",
                    "ethnicity_concept_id",
                ]
            ),
            f / "person.parquet",
        ),
        r"records/person\.parquet.*: a required column is missing: found .*born.*; expected year_of_birth",
    ),
    "empty folder": (
        lambda f: [p.unlink() for p in f.iterdir()],
        r".*: there is no table of people: .*",
    ),
}


@pytest.mark.parametrize("what", RECORDS)
def test_wrong_records(what: str, real: Path, oneplace: Command) -> None:
    change, message = RECORDS[what]
    good = oneplace("caseload", real, "--json")
    assert good.status == 0, good.err
    change(real.with_name("records"))
    before = contents(real)
    run = oneplace("build", real)
    is_refused(run, message)
    says_the_same_as_json(oneplace("build", real, "--json"), run)
    assert contents(real) == before, "nothing was half-written"
    assert oneplace("caseload", real, "--json").out == good.out


WRONG_SOURCES = {
    "omop:/nowhere/at/all": "the records are not there",
    "fhir:somewhere": "records of this kind cannot be read",
    "records": "records of this kind cannot be read",
}


@pytest.mark.parametrize("source", WRONG_SOURCES)
def test_new_with_a_wrong_source_makes_nothing(
    source: str, tmp_path: Path, oneplace: Command
) -> None:
    run = oneplace("new", tmp_path / "place", "--from", source)
    is_refused(run, f".*{WRONG_SOURCES[source]}.*found.*expected.*")
    says_the_same_as_json(oneplace("new", tmp_path / "place", "--from", source, "--json"), run)
    assert contents(tmp_path) == {}


def test_new_never_touches_a_folder_that_holds_something(tmp_path: Path, oneplace: Command) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    before = contents(tmp_path)
    is_refused(
        oneplace("new", tmp_path), r".*: this folder is not empty: found mine\.txt; expected .*"
    )
    assert contents(tmp_path) == before


WRONG_QUESTIONS = {
    "no such team": (
        ("caseload", "--team", "HT9"),
        r".*\(--team\): no such team: found HT9; expected one of: HT1, .*",
    ),
    "no team named": (
        ("caseload",),
        r".*\(--team\): no such team: found none named; expected one of: HT1, .*",
    ),
    "not a pseudonym": (
        ("explain", "Jane"),
        r"PERSON: this is not a pseudonym: found Jane; expected .*",
    ),
    "nobody": (
        ("explain", "17"),
        r".*: nobody of this place has this pseudonym on the day: found 17; expected .*",
    ),
    "a day the records do not cover": (
        ("build", "--as-of", "2031-01-01"),
        r"place\.yaml \(as_of\): the records do not cover this day: found 2031-01-01; expected .*2016-04-01.*",
    ),
}


@pytest.mark.parametrize("what", WRONG_QUESTIONS)
def test_a_question_that_cannot_be_answered(
    what: str, built_hamlet: Path, oneplace: Command
) -> None:
    (command, *rest), message = WRONG_QUESTIONS[what]
    before = contents(built_hamlet)
    run = oneplace(command, built_hamlet, *rest)
    is_refused(run, message)
    says_the_same_as_json(oneplace(command, built_hamlet, *rest, "--json"), run)
    assert contents(built_hamlet) == before


def test_a_place_that_was_never_built_says_what_to_do(
    tmp_path: Path, built_hamlet: Path, oneplace: Command
) -> None:
    place = shutil.copytree(
        built_hamlet, tmp_path / "hamlet", ignore=shutil.ignore_patterns(".oneplace")
    )
    before = contents(place)
    for arguments in (("caseload", place), ("explain", place, "1"), ("claims", place)):
        is_refused(
            oneplace(*arguments),
            r".*: this place has not been built: found no build; expected .*oneplace build.*",
        )
    assert oneplace("plan", "status", place).status == 0, "the plan needs no build"
    assert contents(place) == before
