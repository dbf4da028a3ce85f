"""Of people whose rows were refused, a yes stays, "no" and nought are not known, and nobody drops
off a list for it."""

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from drawn import Tables, engine_with, fill
from oneplace.documents import parse
from oneplace.engines import duck
from oneplace.engines.explain import explain_person
from oneplace.engines.river import read_people_documents, run_people_river
from oneplace.people.features import Features, compile_features

ON = dt.date(2019, 4, 1)
HAMLET = Path(__file__).resolve().parents[3] / "places" / "hamlet"
PERSON = """
person | born
1      | 1950-01-01
2      | 1950-01-01
3      | 1950-01-01
"""
INCOMPLETE = """
person | table                | rows
1      | visit_occurrence     | 2
2      | visit_occurrence     | 1
2      | condition_occurrence | 1
"""
# 1 has a contact and a condition that were read, 2 has nothing, 3 has nothing and nothing was
# refused
CONTACT = """
visit | person | what                | from       | to
10    | 1      | emergency_admission | 2018-06-01 | 2018-06-08
"""
DIAGNOSIS = """
person | what | from
1      | copd | 2010-01-01
"""
ADMITTED = {"kind": "contacts", "of": ["emergency_admission"], "window": "12 months"}
COPD = {"kind": "diagnosis", "of": ["copd"]}

# what is asked | of person 1, 2 and 3 | what was read of them
MEANS: list[tuple[dict[str, Any], list[Any], list[Any]]] = [
    (ADMITTED, [1, None, 0], [1, 0, 0]),
    ({**ADMITTED, "of": ["ae_attendance"]}, [None, None, 0], [0, 0, 0]),
    (
        {"kind": "bed_days", "of": ["emergency_admission"], "window": "12 months"},
        [7, None, 0],
        [7, 0, 0],
    ),
    (COPD, [True, None, False], [True, False, False]),
    ({"kind": "diagnosis", "of": ["asthma"]}, [False, None, False], [False, False, False]),
    ({"kind": "diagnoses", "of": ["copd"], "window": "ever"}, [1, None, 0], [1, 0, 0]),
    (
        {"kind": "days_since", "of": ["emergency_admission"], "window": "ever"},
        [304, None, None],
        [304, None, None],
    ),
    ({"kind": "age"}, [69, 69, 69], [69, 69, 69]),
]


def both(declared: list[dict[str, Any]], name: str, **drawn: Any) -> tuple[list[Any], list[Any]]:
    """One feature of everyone as it is shown and as it was read."""
    rows = [{"sentence": "drawn", "name": f"f{i}"} | f for i, f in enumerate(declared)]
    doc = parse({"schema": 1, "features": rows}, Features, file="features.yaml")
    with engine_with({"person": PERSON, **drawn}) as (engine, present):
        engine.run(compile_features(doc, as_of=ON, present=present))
        return tuple(
            [r[name] for r in engine.rows(f"SELECT * FROM {table} ORDER BY person_id")]
            for table in ("features", "features_read")
        )  # type: ignore[return-value]


@pytest.mark.parametrize("declared, shown, read", MEANS, ids=lambda v: str(v)[:40])
def test_a_yes_stays_and_no_and_nought_are_not_known(declared, shown, read) -> None:
    records = {"contact": CONTACT, "diagnosis": DIAGNOSIS, "incomplete": INCOMPLETE}
    assert both([declared], "f0", **records) == (shown, read)


# a rule or a count over f0 (admitted) and f1 (copd) | of person 1, 2 and 3
DERIVED: list[tuple[dict[str, Any], list[Any]]] = [
    ({"kind": "rule", "when": "f1 or f0 >= 1"}, [True, None, False]),
    ({"kind": "rule", "when": "f1 and f0 >= 1"}, [True, None, False]),
    ({"kind": "rule", "when": "not f1"}, [False, None, True]),
    ({"kind": "rule", "when": "f0 = 0"}, [False, None, True]),
    ({"kind": "rule", "when": "f1 and f0 < 1"}, [False, None, False]),
    ({"kind": "count_of", "of": ["f1", "f2"]}, [1, None, 0]),
]


@pytest.mark.parametrize("declared, shown", DERIVED, ids=lambda v: str(v)[:40])
def test_what_is_made_from_the_unknown_is_known_only_where_it_cannot_be_otherwise(
    declared, shown
) -> None:
    records = {"contact": CONTACT, "diagnosis": DIAGNOSIS, "incomplete": INCOMPLETE}
    asthma = {"kind": "diagnosis", "of": ["asthma"]}
    assert both([ADMITTED, COPD, asthma, declared], "f3", **records)[0] == shown


def test_a_rule_over_a_table_that_is_not_there_is_not_known_of_anybody_unless_the_rest_decides() -> (
    None
):
    rule = {"kind": "rule", "when": "f1 or f0 >= 1"}
    shown, read = both([ADMITTED, COPD, rule], "f2", diagnosis=DIAGNOSIS)
    assert (shown, read) == ([True, None, None], [True, False, False])


def test_somebody_whose_registration_was_refused_is_not_left_out() -> None:
    registration = """
    person | practice | from
    1      | 11       | 2010-01-01
    """
    refused = """
    person | table        | rows
    2      | registration | 1
    """
    shown, _ = both([{"kind": "registered"}], "f0", registration=registration, incomplete=refused)
    assert shown == [True, None]


@pytest.fixture(scope="module")
def built():
    """Forty people of one practice with a contact each year; of every fourth a contact was
    refused."""
    numbers = range(1, 41)
    drawn = {
        "person": [{"person": str(n), "born": f"{1930 + n}-06-15"} for n in numbers],
        "registration": [
            {"person": str(n), "practice": "11", "from": "2010-01-01"} for n in numbers
        ],
        "diagnosis": [
            {"person": str(n), "what": "copd", "from": "2018-01-01"} for n in numbers if n % 3 == 0
        ],
        "contact": [
            {
                "visit": str(n),
                "person": str(n),
                "what": "emergency_admission",
                "from": "2018-05-01",
                "to": "2018-05-04",
            }
            for n in numbers
            if n % 2
        ],
    }
    refused = [
        {"person": str(n), "table": "visit_occurrence", "rows": "1"} for n in numbers if n % 4 == 0
    ]
    documents = read_people_documents(HAMLET)
    place = Tables(team_practices=pa.table({"team_code": ["north"], "practice_code": ["11"]}))
    found = []
    for records in (drawn, {**drawn, "incomplete": refused}):
        engine = duck.open(None, threads=1, memory_limit_mb=300)
        fill(engine, records)
        run_people_river(
            engine, documents, place, as_of=ON, basis="supplied", seed=1, progress=lambda *_: None
        )
        found.append(engine)
    yield documents, place, *found
    for engine in found:
        engine.con.close()


def test_lists_segments_and_risks_are_as_if_nothing_was_refused_and_the_list_says_whose_is_incomplete(
    built,
) -> None:
    _, _, whole, refused = built
    of = "SELECT person_id, team_code, set_aside, rank, segment, on_agenda, reasons FROM caseload ORDER BY person_id"
    assert whole.rows(of) == refused.rows(of)
    assert {r["incomplete"] for r in whole.rows("SELECT incomplete FROM caseload")} == {None}
    said = refused.rows(
        "SELECT person_id FROM caseload WHERE incomplete = 'visit_occurrence' ORDER BY 1"
    )
    assert [r["person_id"] for r in said] == list(range(4, 41, 4))
    for table in ("segments", "risks"):
        assert whole.rows(f"SELECT * FROM {table} ORDER BY 1") == refused.rows(
            f"SELECT * FROM {table} ORDER BY 1"
        )


def test_one_person_s_explanation_agrees_and_names_the_tables(built) -> None:
    documents, place, _, engine = built
    found = explain_person(engine, documents, place, 4, as_of=ON)
    by_name = {f["name"]: f for f in found["features"]}
    assert found["incomplete"] == [{"table_name": "visit_occurrence", "rows": 1}]
    assert (
        by_name["emergency_admissions_12m"]["value"] is None and by_name["copd"]["value"] is False
    )
    assert [f["name"] for f in found["features"] if f["differs_from"] is not None] == []
    assert explain_person(engine, documents, place, 3, as_of=ON)["incomplete"] == []


def test_a_score_of_nought_that_rests_on_refused_rows_is_not_known() -> None:
    documents = read_people_documents(HAMLET)
    drawn = {"person": PERSON, "diagnosis": DIAGNOSIS, "contact": CONTACT, "incomplete": INCOMPLETE}
    with duck.open(None, threads=1, memory_limit_mb=300) as engine:
        fill(engine, drawn)
        run_people_river(
            engine,
            documents,
            Tables(),
            as_of=ON,
            basis="supplied",
            seed=1,
            progress=lambda *_: None,
        )
        rows = engine.rows("SELECT efi, efi_band FROM scores ORDER BY person_id")
        found = explain_person(engine, documents, Tables(), 2, as_of=ON)
    assert rows == [
        {"efi": 0.028, "efi_band": "fit"},
        {"efi": None, "efi_band": None},
        {"efi": 0.0, "efi_band": "fit"},
    ]
    assert next(s for s in found["scores"] if s["name"] == "efi")["value"] is None
