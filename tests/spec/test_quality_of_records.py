"""What the quality report finds in small drawn records. `on` is 1 April 2019."""

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from oneplace.people.quality import KINDS, checks, report, statements
from oneplace.safety.pseudonym import derive_key, make_pseudonyms
from oneplace.sources.omop import load_omop
from oneplace.sources.receiving import Sink
from oneplace.tables.omop import OMOP, PERSON_KEYS
from oneplace.tables.quality import QUALITY

ON = dt.date(2019, 4, 1)
GIBLEED = Path(__file__).resolve().parents[3] / "shared" / "data" / "omop" / "gibleed"

DRAWN = {
    "person": """
        person_id | gender_concept_id | year_of_birth | month_of_birth | day_of_birth | care_site_id
        1         | 8532              | 1950          | 6              | 15           | 7
        2         | 8507              | 1890          |                |              | 9
        3         | 8507              | 2018          | 13             | 1            |
        4         | 8507              | 2018          | 2              | 1            | 7
    """,
    "death": """
        person_id | death_date
        1         | 2018-01-01
        8         | 2018-01-01
    """,
    "care_site": """
        care_site_id
        7
    """,
    "visit_occurrence": """
        visit_occurrence_id | person_id | visit_concept_id | visit_start_date | visit_end_date
        10                  | 1         | 9201             | 2017-05-01       | 2017-05-03
        11                  | 3         | 0                | 2019-05-01       | 2019-04-30
    """,
    "condition_occurrence": """
        condition_occurrence_id | person_id | condition_concept_id | condition_start_date | condition_end_date | visit_occurrence_id
        20                      | 1         | 100                  | 1950-06-14           |                    |
        21                      | 1         | 101                  | 1950-06-15           |                    |
        22                      | 1         | 102                  | 2018-02-15           |                    |
        23                      | 1         | 999                  | 2018-04-15           |                    |
        24                      | 1         | 2000000001           | 2017-05-20           |                    | 10
        25                      | 5         | 0                    | 1940-01-01           | 1939-12-31         | 12
    """,
    "observation_period": """
        observation_period_id | person_id | observation_period_start_date | observation_period_end_date
        1                     | 1         | 2016-01-01                    | 2016-12-31
        2                     | 1         | 2017-01-01                    | 2017-12-31
        3                     | 1         | 2018-01-02                    | 2018-06-30
    """,
    "drug_exposure": """
        drug_exposure_id | person_id | drug_concept_id | drug_exposure_start_date | days_supply
        1                | 1         | 200             | 2017-01-01               | 28
        2                | 1         | 200             | 2017-01-01               | 0
        3                | 1         | 200             | 2017-01-01               | 400
    """,
    "concept": """
        concept_id | domain_id | standard_concept
        100        | Condition | S
        101        | Drug      | S
        102        | Condition |
        9201       | Visit     | S
        200        | Drug      | S
    """,
}

# check | wanting | looked at
FOUND = """
person.care_site_id.unknown_link                               | 1 | 3
person.care_site_id.empty                                      | 1 | 4
person.month_of_birth.out_of_range                             | 1 | 3
person.year_of_birth.out_of_range                              | 0 | 4
person.too_old                                                 | 1 | 3
death.person_id.unknown_person                                 | 1 | 2
visit_occurrence.visit_concept_id.no_code                      | 1 | 2
visit_occurrence.visit_start_date.in_the_future                | 1 | 2
visit_occurrence.visit_end_date.ends_before_start              | 1 | 2
visit_occurrence.people_without                                | 2 | 4
condition_occurrence.person_id.unknown_person                  | 1 | 6
condition_occurrence.condition_start_date.before_birth         | 1 | 5
condition_occurrence.condition_start_date.after_death          | 1 | 5
condition_occurrence.condition_start_date.too_early            | 1 | 6
condition_occurrence.condition_start_date.outside_visit        | 1 | 1
condition_occurrence.condition_end_date.ends_before_start      | 1 | 1
condition_occurrence.condition_concept_id.no_code              | 1 | 6
condition_occurrence.condition_concept_id.unknown_code         | 1 | 4
condition_occurrence.condition_concept_id.wrong_domain         | 1 | 3
condition_occurrence.condition_concept_id.not_standard         | 1 | 3
condition_occurrence.visit_occurrence_id.unknown_link          | 1 | 2
condition_occurrence.visit_occurrence_id.empty                 | 4 | 6
observation_period.overlapping                                 | 1 | 3
observation_period.people_unobserved                           | 3 | 4
drug_exposure.days_supply.out_of_range                         | 2 | 3
drug_exposure.drug_concept_id.unknown_code                     | 0 | 3
drug_exposure.people_without                                   | 3 | 4
condition_occurrence.people_without                            | 3 | 4
condition_occurrence.condition_end_date.too_early              | 1 | 1
visit_occurrence.visit_end_date.in_the_future                  | 1 | 2
observation_period.observation_period_end_date.after_death     | 1 | 3
person.month_of_birth.empty                                    | 1 | 4
"""


@pytest.fixture
def con():
    with duckdb.connect(config={"threads": 1}) as made:
        yield made


def draw(con: duckdb.DuckDBPyConnection, drawn: dict[str, str]) -> dict[str, set[str]]:
    """Make the drawn tables with their declared types; the columns they have."""
    present = {}
    for name, table in drawn.items():
        header, *rows = (
            [cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()
        )
        con.execute(
            f"CREATE TABLE {name} ({', '.join(f'{c} {OMOP[name][c].sql}' for c in header)})"
        )
        for row in rows:
            con.execute(
                f"INSERT INTO {name} VALUES ({', '.join('?' * len(row))})", [c or None for c in row]
            )
        present[name] = set(header)
    return present


def asking(con):
    def ask(sql):
        answer = con.execute(sql)
        names = [d[0] for d in answer.description]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

    return ask


def found_in(con, drawn):
    present = draw(con, drawn)
    return {r["check_name"]: r for r in report(asking(con), present, on=ON)}


def test_each_check_counts_what_was_drawn(con):
    found = found_in(con, DRAWN)
    expected = {}
    for line in FOUND.strip().splitlines():
        name, wanting, looked_at = (part.strip() for part in line.split("|"))
        expected[name] = (int(wanting), int(looked_at))
    assert {n: (found[n]["wanting"], found[n]["looked_at"]) for n in expected} == expected
    # whatever is not in the drawing of findings found nothing
    assert {n for n, r in found.items() if r["wanting"] and n not in expected} == set()


def test_every_kind_of_check_is_drawn_above():
    assert {
        line.split("|")[0].strip().rsplit(".", 1)[1] for line in FOUND.strip().splitlines()
    } == set(KINDS)


def test_a_finding_is_a_sentence_with_its_usual_share(con):
    found = found_in(con, DRAWN)
    late = found["condition_occurrence.condition_start_date.after_death"]
    assert late["sentence"] == (
        "condition_occurrence (condition_start_date): 1 of 5 rows (20.0%) lie more than 60 days after the person's death; "
        "up to 1% is usual."
    )
    assert not late["passed"] and late["share"] == 0.2 and late["category"] == "plausibility"
    assert set(late) == set(QUALITY.names)


def test_failures_come_first(con):
    rows = list(found_in(con, DRAWN).values())
    assert [r["passed"] for r in rows] == sorted(r["passed"] for r in rows)


def test_records_of_people_alone_are_checked_too(con):
    found = found_in(
        con, {"person": "person_id | gender_concept_id | year_of_birth\n1 | 8532 | 1950"}
    )
    assert {n: r["wanting"] for n, r in found.items()} == {
        "person.year_of_birth.out_of_range": 0,
        "person.too_old": 0,
    }


def test_empty_tables_pass_and_say_so(con):
    found = found_in(
        con, {"person": "person_id | year_of_birth", "death": "person_id | death_date"}
    )
    assert all(r["passed"] for r in found.values())
    assert (
        found["death.person_id.unknown_person"]["sentence"]
        == "death (person_id): nothing to look at."
    )


def test_one_reading_answers_all_checks_of_a_table():
    present = {t.name: set(t.names) for t in OMOP.values()}
    listed = checks(present, on=ON)
    made = statements(listed, present)
    assert sum(len(s.checks) for s in made) == len(listed) == len({c.name for c in listed})
    together = [s for s in made if len(s.checks) > 1]
    beside_contacts = [s for s in together if all("v." in c.wanting for c in s.checks)]
    assert len({s.checks[0].table for s in together}) == len(together) - len(beside_contacts)
    assert len({s.checks[0].table for s in beside_contacts}) == len(beside_contacts)
    assert not any("GROUP BY" in s.sql for s in made), (
        "keys are proved where records come in: nothing is grouped anew"
    )
    assert len(listed) > 250


def test_every_statement_runs_on_the_full_model(con):
    present = {}
    for t in OMOP.values():
        columns = ", ".join(f'"{c.name}" {c.sql}' for c in t.columns)
        con.execute(f"CREATE TABLE {t.name} ({columns})")
        present[t.name] = set(t.names)
    assert all(r["passed"] for r in report(asking(con), present, on=ON))


def test_every_table_of_people_is_checked_for_strangers():
    present = {t.name: set(t.names) for t in OMOP.values()}
    checked = {c.table for c in checks(present, on=ON) if c.kind == "unknown_person"}
    assert checked == set(PERSON_KEYS) - {"person"}


@pytest.mark.skipif(
    not GIBLEED.exists(), reason="the OMOP record sets are not beside this repository"
)
def test_gibleed_has_the_faults_that_its_files_have(con):
    """The counts are worked out from the parquet files themselves, in other words than the checks
    use."""
    key = derive_key(bytes(32), data_set="tests", purpose="person")
    with duckdb.connect() as identity:
        load_omop(GIBLEED, Sink(con, identity, lambda ids: make_pseudonyms(ids, key)))
    present: dict[str, set[str]] = {}
    for table, column in con.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal"
    ).fetchall():
        present.setdefault(table, set()).add(column)
    found = {r["check_name"]: r["wanting"] for r in report(asking(con), present, on=ON)}

    def count(sql: str) -> int:
        return con.execute(sql.replace("@", f"{GIBLEED}/")).fetchone()[0]

    assert found["observation_period.person_id.unknown_person"] == count(
        "SELECT count(*) FROM '@observation_period.parquet' o WHERE NOT EXISTS "
        "(SELECT 1 FROM '@person.parquet' p WHERE p.person_id = o.person_id)"
    )
    assert found["drug_exposure.days_supply.out_of_range"] == count(
        "SELECT count(*) FROM '@drug_exposure.parquet' WHERE days_supply < 1 OR days_supply > 365"
    )
