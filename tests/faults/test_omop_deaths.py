"""A day of death that can be nobody's is no day of death: the row is refused with its line, the
person stays."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import numpy as np
import pytest

from oneplace.people.records import river_views
from oneplace.sources.omop import load_omop
from oneplace.sources.receiving import Sink

CASES = Path(__file__).resolve().parents[3] / "shared" / "cases"
PERSON = "person_id,gender_concept_id,year_of_birth,race_concept_id,ethnicity_concept_id\n"
DEATH = "person_id,death_date,death_type_concept_id\n"
VISIT = "visit_occurrence_id,person_id,visit_concept_id,visit_start_date,visit_end_date,visit_type_concept_id\n"

DEATHS = """
born | seen       | died       | refused because
1941 | 2019-02-01 | 1900-01-01 | the day of death lies before the birth
1941 | 2019-02-01 | 1940-12-31 | the day of death lies before the birth
1941 | 2019-02-01 | 2099-12-31 | this day of death is still to come
1941 | 2019-02-01 | 9999-12-31 | this day of death is still to come
1941 | 2019-02-01 | 1970-01-01 | the person was seen more than a year after this day of death
1941 | 2019-02-01 | 2017-06-01 | the person was seen more than a year after this day of death
1941 | 2019-02-01 | 2018-06-01 |
1941 | 2019-02-01 | 2019-02-03 |
1941 | 2019-02-01 | 2021-02-03 |
2019 | 2019-02-01 | 2019-01-01 |
1941 | 2140-02-01 | 2140-06-01 |
1941 | 2140-02-01 | 2199-12-31 | this day of death is still to come
"""


@pytest.fixture
def target() -> Sink:
    return Sink(
        duckdb.connect(),
        duckdb.connect(),
        lambda ids: np.array([int(i) for i in ids], dtype=np.int64),
    )


@pytest.mark.parametrize("row", DEATHS.strip().splitlines()[1:])
def test_a_day_of_death_is_held_against_the_life(tmp_path: Path, target: Sink, row: str) -> None:
    born, seen, died, reason = (cell.strip() for cell in row.split("|"))
    (tmp_path / "person.csv").write_text(f"{PERSON}7,8507,{born},0,0\n8,8507,1950,0,0\n")
    (tmp_path / "visit_occurrence.csv").write_text(f"{VISIT}1,7,262,{seen},{seen},0\n")
    (tmp_path / "death.csv").write_text(f"{DEATH}8,2018-01-01,0\n7,{died},0\n")
    report = load_omop(tmp_path, target, today=dt.date(2022, 1, 1))
    assert report.tables["person"] == 2, "the person stays"
    assert sum(report.tables.values()) + sum(report.rejects.values()) == 5
    said = target.facts.execute("SELECT line, column_name, value, reason FROM rejects").fetchall()
    assert said == ([(3, "death_date", died, reason)] if reason else [])
    assert bool(reason) == any("not counted as dead" in n for n in report.notes)
    assert not target.facts.execute(
        "SELECT 1 FROM duckdb_tables() WHERE table_name = 'incomplete'"
    ).fetchall()


@pytest.mark.parametrize(("today", "rejected"), [(None, 1), ("2020-12-31", 1), ("2021-02-03", 0)])
def test_what_is_still_to_come_is_told_by_the_day_of_the_build(
    tmp_path: Path, target: Sink, today: str | None, rejected: int
) -> None:
    (tmp_path / "person.csv").write_text(f"{PERSON}7,8507,1941,0,0\n8,8507,1942,0,0\n")
    (tmp_path / "visit_occurrence.csv").write_text(f"{VISIT}1,7,262,2019-02-01,2019-02-01,0\n")
    (tmp_path / "death.csv").write_text(f"{DEATH}7,2021-02-03,0\n8,2019-01-31,0\n")
    report = load_omop(tmp_path, target, today=dt.date.fromisoformat(today) if today else None)
    assert sum(report.rejects.values()) == rejected


def test_lists_of_a_later_century_keep_their_deaths(tmp_path: Path, target: Sink) -> None:
    (tmp_path / "person.csv").write_text(f"{PERSON}7,8507,2061,0,0\n8,8507,2061,0,0\n")
    (tmp_path / "registration.csv").write_text(
        "person_id,care_site_id,start_date,end_date\n7,1,2139-01-01,2140-02-03\n8,1,2140-02-01,\n"
    )
    (tmp_path / "death.csv").write_text(f"{DEATH}7,2140-02-03,0\n8,2199-12-31,0\n")
    report = load_omop(tmp_path, target, today=dt.date(2022, 1, 1))
    assert (report.tables["death"], dict(report.rejects)) == (
        1,
        {"this day of death is still to come": 1},
    )


def test_the_shared_case(target: Sink) -> None:
    if not CASES.exists():
        pytest.skip("the shared cases are not on this machine")
    report = load_omop(CASES / "14-death-by-default" / "extract", target)
    assert report.tables["person"] == 6
    columns: dict[str, set[str]] = {}
    for table, column in target.facts.execute(
        "SELECT table_name, column_name FROM duckdb_columns()"
    ).fetchall():
        columns.setdefault(table, set()).add(column)
    for view in river_views(columns):
        target.facts.execute(view)
    died = dict(
        target.facts.execute("SELECT person_id, CAST(death_date AS VARCHAR) FROM people").fetchall()
    )
    assert died == {1: None, 2: None, 3: "2018-06-01", 4: None, 5: "2019-03-31", 6: None}
    lines = target.facts.execute("SELECT line, value FROM rejects ORDER BY line").fetchall()
    assert lines == [(2, "1900-01-01"), (3, "2099-12-31"), (5, "1920-01-01")]
