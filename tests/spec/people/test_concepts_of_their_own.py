"""OMOP gives the numbers from 2,000,000,000 up to whoever makes concepts of their own, and our
local words lie there too. What the records' own vocabulary or the place's code list names is
theirs: it never becomes a word of ours by its number."""

from __future__ import annotations

import duckdb
import pytest

from oneplace.people.records import read_as_ours, river_views, unmapped_codes
from oneplace.tables.vocabulary import by_key, concept

COPD, ASTHMA, GP, WHITE = (concept(k) for k in ("copd", "asthma", "gp_consultation", "white"))
COLUMNS = {
    "person": "person_id BIGINT, gender_concept_id BIGINT, year_of_birth INTEGER, race_concept_id BIGINT",
    "condition_occurrence": "person_id BIGINT, condition_concept_id BIGINT, condition_start_date DATE, "
    "condition_type_concept_id BIGINT",
    "visit_occurrence": "visit_occurrence_id BIGINT, person_id BIGINT, visit_concept_id BIGINT, visit_start_date DATE, "
    "visit_end_date DATE",
    "measurement": "person_id BIGINT, measurement_concept_id BIGINT, measurement_date DATE, value_as_number DOUBLE, "
    "unit_source_value VARCHAR",
    "code_list": "concept_id BIGINT, local_concept_id BIGINT, says VARCHAR",
    "concept": "concept_id BIGINT, concept_name VARCHAR",
}


def records(
    *, vocabulary: list[int] | None = None, listed: dict[int, int] | None = None
) -> duckdb.DuckDBPyConnection:
    """One person with one row of each kind under a number of our words; what the records and the
    place say of it."""
    con = duckdb.connect(config={"threads": 1})
    present = {}
    for table, columns in COLUMNS.items():
        if (table, vocabulary) == ("concept", None) or (table, listed) == ("code_list", None):
            continue
        con.execute(f"CREATE TABLE {table} ({columns})")
        present[table] = {c.split()[0] for c in columns.split(", ")}
    con.execute(f"INSERT INTO person VALUES (1, 8532, 1950, {WHITE})")
    con.execute(
        f"INSERT INTO condition_occurrence VALUES (1, {COPD}, '2019-01-01', {concept('problem_list_entry')})"
    )
    con.execute(f"INSERT INTO visit_occurrence VALUES (7, 1, {GP}, '2019-01-01', '2019-01-01')")
    con.execute(
        f"INSERT INTO measurement VALUES (1, {concept('hba1c')}, '2019-01-01', 48, 'mmol/mol')"
    )
    for number in vocabulary or ():
        con.execute("INSERT INTO concept VALUES (?, 'ours since 2011')", [number])
    for number, word in (listed or {}).items():
        con.execute("INSERT INTO code_list VALUES (?, ?, 'means')", [number, word])
    for view in river_views(present):
        con.execute(view)
    con.execute(f"CREATE TABLE unmapped AS {unmapped_codes(present)}")
    con.execute(f"CREATE TABLE as_ours AS {read_as_ours(present)}")
    return con


def seen(con: duckdb.DuckDBPyConnection) -> dict[str, list[object]]:
    asked = {
        "people": "SELECT ethnicity FROM people",
        "diagnoses": "SELECT condition_id FROM diagnoses",
        "on list": "SELECT on_list FROM diagnoses",
        "contacts": "SELECT contact_id FROM contacts",
        "readings": "SELECT reading_id FROM readings",
        "unmapped": "SELECT concept_id FROM unmapped ORDER BY 1",
    }
    return {name: [row[0] for row in con.execute(sql).fetchall()] for name, sql in asked.items()}


HBA1C = concept("hba1c")
ALL = sorted([COPD, GP, HBA1C])


@pytest.mark.parametrize(
    "told", [{}, {"vocabulary": []}, {"listed": {}}, {"vocabulary": [4, 320128]}]
)
def test_a_number_of_ours_that_nobody_else_names_is_our_word(told: dict[str, object]) -> None:
    assert seen(records(**told)) == {
        "people": ["white"],
        "diagnoses": [COPD],
        "on list": [True],
        "contacts": [GP],
        "readings": [HBA1C],
        "unmapped": [],
    }


def test_a_concept_that_the_records_name_is_theirs_and_means_nothing_until_the_code_list_says_so() -> (
    None
):
    theirs = [COPD, GP, HBA1C, WHITE]
    found = seen(records(vocabulary=theirs))
    assert found == {
        "people": [None],
        "diagnoses": [],
        "on list": [],
        "contacts": [],
        "readings": [],
        "unmapped": ALL,
    }
    mapped = seen(
        records(vocabulary=theirs, listed={COPD: ASTHMA, WHITE: by_key()["asian"].concept_id})
    )
    assert mapped["diagnoses"] == [ASTHMA]
    assert mapped["people"] == ["asian"], "one person, once"
    assert mapped["unmapped"] == sorted([GP, HBA1C])


def test_the_code_list_alone_is_believed_too() -> None:
    assert seen(records(listed={COPD: ASTHMA}))["diagnoses"] == [ASTHMA]


def test_a_type_of_row_that_is_theirs_is_no_problem_list() -> None:
    assert seen(records(vocabulary=[concept("problem_list_entry")]))["on list"] == [False]


def test_rows_that_are_read_as_ours_are_counted_so_that_the_build_can_say_so() -> None:
    counted = "SELECT table_name, rows FROM as_ours ORDER BY 1"
    assert records().execute(counted).fetchall() == [
        ("condition_occurrence", 1),
        ("measurement", 1),
        ("visit_occurrence", 1),
    ]
    assert records(vocabulary=[COPD, GP]).execute(counted).fetchall() == [("measurement", 1)]
