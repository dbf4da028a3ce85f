"""What an admission is: one continuous stay in hospital, however many rows it is written in. As of
1 April 2019."""

import csv
import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawn import engine_with, parse_table
from oneplace.documents import parse
from oneplace.engines.explain import history_of
from oneplace.people.features import Features, compile_features
from oneplace.people.features.plain import work_out
from oneplace.people.records import counted_as
from oneplace.people.stays import ADMISSION_KINDS, in_order, stays_of, stays_sql
from oneplace.tables.vocabulary import by_key, concept

ON = dt.date(2019, 4, 1)
ALL = list(ADMISSION_KINDS)
CASES = Path(__file__).resolve().parents[4] / "shared" / "cases"

FEATURES: list[dict[str, object]] = [
    {"name": "stays", "kind": "contacts", "of": ALL, "window": "5 years"},
    {
        "name": "emergencies",
        "kind": "contacts",
        "of": ["emergency_admission"],
        "window": "12 months",
    },
    {
        "name": "planned",
        "kind": "contacts",
        "of": ["elective_admission", "day_case"],
        "window": "12 months",
    },
    {"name": "unknown", "kind": "contacts", "of": ["inpatient_admission"], "window": "12 months"},
    {"name": "nights", "kind": "bed_days", "of": ALL, "window": "12 months"},
    {"name": "home", "kind": "gap", "of": ALL, "window": "12 months"},
    {"name": "since", "kind": "days_since", "of": ALL},
    {
        "name": "hips",
        "kind": "contacts",
        "of": ALL,
        "diagnosis": ["hip_fracture"],
        "window": "12 months",
    },
    {
        "name": "seen",
        "kind": "contacts",
        "of": ["emergency_admission", "ae_attendance"],
        "window": "12 months",
    },
    {
        "name": "between",
        "kind": "gap",
        "of": ["emergency_admission", "ae_attendance"],
        "window": "12 months",
    },
    {"name": "last", "kind": "days_since", "of": ["emergency_admission", "ae_attendance"]},
]


class NoTables:
    def rows(self, name: str) -> list[dict[str, object]]:
        return []


def declared(gap_days: int | None = None) -> Features:
    rule = {} if gap_days is None else {"stays": {"gap_days": gap_days}}
    rows = [{"sentence": "drawn"} | f for f in FEATURES]
    return parse({"schema": 1, **rule, "features": rows}, Features, file="features.yaml")


def worked(
    contact: str, diagnosis: str = "", *, gap_days: int | None = None, on: dt.date = ON
) -> list[dict[str, object]]:
    """Everyone's features, by the SQL for everyone and by plain Python, which must say the same."""
    rows = parse_table(contact)
    people = sorted({int(r["person"] or 0) for r in rows})
    person = "person | born\n" + "\n".join(f"{p} | 1950-01-01" for p in people)
    drawn = {"person": person, "contact": contact} | ({"diagnosis": diagnosis} if diagnosis else {})
    doc = declared(gap_days)
    with engine_with(drawn) as (engine, present):
        engine.run(compile_features(doc, as_of=on, present=present))
        found = engine.rows("SELECT * FROM features ORDER BY person_id")
        for row in found:
            _, history = history_of(engine, NoTables(), row["person_id"])
            by_hand = work_out(doc, history, as_of=on, present=present)
            assert {n: w.value for n, w in by_hand.items()} == {
                k: v for k, v in row.items() if k != "person_id"
            }
    return found


def test_rows_of_one_stay_are_one_admission_and_its_nights_count_once() -> None:
    contact = """
    visit | person | what                | from       | to
    1     | 1      | emergency_admission | 2019-02-01 | 2019-02-05
    2     | 1      | emergency_admission | 2019-02-01 | 2019-02-05
    3     | 2      | emergency_admission | 2019-02-01 | 2019-02-05
    4     | 2      | emergency_admission | 2019-02-05 | 2019-02-20
    5     | 3      | ae_attendance       | 2019-02-01 | 2019-02-01
    6     | 3      | inpatient_admission | 2019-02-01 | 2019-02-05
    7     | 4      | emergency_admission | 2019-02-01 | 2019-02-20
    8     | 4      | inpatient_admission | 2019-02-05 | 2019-02-10
    9     | 5      | emergency_admission | 2019-02-01 | 2019-02-10
    10    | 5      | emergency_admission | 2019-02-08 | 2019-02-20
    11    | 6      | emergency_admission | 2019-02-01 | 2019-02-05
    12    | 6      | emergency_admission | 2019-02-06 | 2019-02-20
    13    | 7      | emergency_admission | 2019-02-01 | 2019-02-05
    14    | 7      | emergency_admission | 2019-02-07 | 2019-02-20
    15    | 8      | emergency_admission | 2019-02-01 | 2019-02-05
    16    | 8      | other_non_elective_admission | 2019-02-05 | 2019-02-09
    17    | 8      | elective_admission  | 2019-02-10 | 2019-02-20
    18    | 9      | emergency_admission | 2019-02-01 | 2019-02-20
    19    | 9      | day_case            | 2019-02-12 | 2019-02-12
    """
    found = {r["person_id"]: (r["stays"], r["nights"], r["home"]) for r in worked(contact)}
    assert found == {
        1: (1, 4, None),  # written twice
        2: (1, 19, None),  # a transfer on the day
        3: (1, 4, None),  # by way of A&E
        4: (1, 19, None),  # nested
        5: (1, 19, None),  # overlapping
        6: (1, 19, None),  # the next day
        7: (2, 4 + 13, 2),  # two days later: a readmission
        8: (1, 19, None),  # three rows
        9: (1, 19, None),  # a day case inside a stay
    }


@pytest.mark.parametrize(("gap_days", "stays"), [(None, 2), (0, 3), (1, 2), (2, 1)])
def test_the_days_that_may_lie_between_are_declared(gap_days: int | None, stays: int) -> None:
    contact = """
    visit | person | what                | from       | to
    1     | 1      | emergency_admission | 2019-02-01 | 2019-02-05
    2     | 1      | emergency_admission | 2019-02-06 | 2019-02-10
    3     | 1      | emergency_admission | 2019-02-12 | 2019-02-20
    """
    assert worked(contact, gap_days=gap_days)[0]["stays"] == stays


def test_a_stay_is_an_emergency_when_any_row_is_or_else_what_its_first_known_row_says() -> None:
    contact = """
    visit | person | what                | from       | to
    1     | 1      | elective_admission  | 2019-02-01 | 2019-02-05
    2     | 1      | emergency_admission | 2019-02-06 | 2019-02-20
    3     | 2      | inpatient_admission | 2019-02-01 | 2019-02-05
    4     | 2      | elective_admission  | 2019-02-05 | 2019-02-20
    5     | 3      | inpatient_admission | 2019-02-01 | 2019-02-05
    6     | 4      | day_case            | 2019-02-01 | 2019-02-01
    7     | 4      | maternity_admission | 2019-02-02 | 2019-02-03
    """
    found = {
        r["person_id"]: (r["stays"], r["emergencies"], r["planned"], r["unknown"])
        for r in worked(contact)
    }
    assert found == {1: (1, 1, 0, 0), 2: (1, 0, 1, 0), 3: (1, 0, 0, 1), 4: (1, 0, 1, 0)}


def test_the_reason_is_that_of_the_row_that_says_what_the_stay_is() -> None:
    contact = """
    visit | person | what                | from       | to
    1     | 1      | elective_admission  | 2019-02-01 | 2019-02-05
    2     | 1      | emergency_admission | 2019-02-06 | 2019-02-20
    3     | 2      | emergency_admission | 2019-02-01 | 2019-02-05
    4     | 2      | emergency_admission | 2019-02-05 | 2019-02-20
    """
    diagnosis = """
    person | what         | from       | visit | status
    1      | copd         | 2019-02-01 | 1     | primary_diagnosis
    1      | hip_fracture | 2019-02-06 | 2     | primary_diagnosis
    2      | hip_fracture | 2019-02-05 | 4     | primary_diagnosis
    2      | copd         | 2019-02-01 | 3     |
    """
    assert [r["hips"] for r in worked(contact, diagnosis)] == [1, 1]


def test_nobody_is_discharged_by_an_end_that_is_empty_or_decades_away() -> None:
    contact = """
    visit | person | what                | from       | to
    1     | 1      | emergency_admission | 2019-02-01 |
    2     | 2      | emergency_admission | 2019-02-01 | 9999-12-31
    3     | 3      | emergency_admission | 2019-02-01 | 2099-12-31
    4     | 4      | emergency_admission | 2019-02-01 | 2019-06-30
    5     | 5      | emergency_admission | 2019-02-01 | 2019-02-11
    6     | 6      | emergency_admission | 2017-02-01 |
    7     | 7      | emergency_admission | 2019-01-20 | 2019-02-01
    8     | 7      | emergency_admission | 2019-02-01 |
    """
    found = {
        r["person_id"]: (r["stays"], r["nights"]) for r in worked(contact, on=dt.date(2019, 3, 31))
    }
    assert found == {
        1: (1, 58),
        2: (1, 58),
        3: (1, 58),
        4: (1, 58),
        5: (1, 10),
        6: (1, 365),
        7: (1, 70),
    }


def test_of_a_row_without_end_before_another_admission_only_its_beginning_is_known() -> None:
    """Somebody admitted again has been home: a forgotten discharge of 2015 swallows no admission of
    2018."""
    contact = """
    visit | person | what                | from       | to
    1     | 1      | emergency_admission | 2015-02-01 |
    2     | 1      | emergency_admission | 2018-06-01 | 2018-06-05
    3     | 1      | emergency_admission | 2018-09-01 | 2018-09-03
    """
    (found,) = worked(contact)
    assert (found["stays"], found["emergencies"], found["nights"], found["home"]) == (3, 2, 6, 88)


def test_a_stay_over_the_edge_of_a_window_begins_where_it_began() -> None:
    contact = """
    visit | person | what                | from       | to
    1     | 1      | emergency_admission | 2018-03-20 | 2018-03-31
    2     | 1      | emergency_admission | 2018-04-01 | 2018-04-10
    3     | 2      | emergency_admission | 2019-03-30 | 2019-04-01
    4     | 2      | emergency_admission | 2019-04-01 | 2019-04-20
    """
    found = {r["person_id"]: (r["emergencies"], r["nights"]) for r in worked(contact)}
    assert found == {1: (0, 9), 2: (1, 2)}


def test_what_is_not_yet_recorded_on_the_day_renames_nothing() -> None:
    contact = """
    visit | person | what                | from       | to
    1     | 1      | elective_admission  | 2019-03-30 | 2019-04-01
    2     | 1      | emergency_admission | 2019-04-01 | 2019-04-20
    """
    (found,) = worked(contact)
    assert (found["planned"], found["emergencies"]) == (1, 0)
    (row,) = admitted(contact)
    assert (row["contact_id"], row["bed_days"]) == (concept("elective_admission"), 21)


def test_attendances_stand_beside_stays_in_one_count() -> None:
    contact = """
    visit | person | what                | from       | to
    1     | 1      | ae_attendance       | 2019-02-01 |
    2     | 1      | emergency_admission | 2019-02-01 | 2019-02-05
    3     | 1      | emergency_admission | 2019-02-05 | 2019-02-09
    4     | 1      | ae_attendance       | 2019-02-20 |
    """
    (found,) = worked(contact)
    assert (found["seen"], found["between"], found["last"]) == (3, 0, 40)


def admitted(contact: str) -> list[dict[str, object]]:
    """The river's table of admissions, made for the day."""
    with engine_with({"person": "person | born\n1 | 1950-01-01", "contact": contact}) as (
        engine,
        _,
    ):
        return engine.rows("SELECT * FROM admissions ORDER BY person_id, start_date")


def test_the_table_of_admissions_holds_every_stay_once_and_what_goes_on_has_no_end() -> None:
    contact = """
    visit | person | what                | from       | to
    1     | 1      | emergency_admission | 2018-03-20 | 2018-03-31
    2     | 1      | emergency_admission | 2018-04-01 | 2018-04-10
    3     | 1      | elective_admission  | 2019-06-01 |
    4     | 1      | ae_attendance       | 2019-02-01 |
    """
    found = [(r["visit_occurrence_id"], r["end_date"], r["bed_days"]) for r in admitted(contact)]
    assert found == [(1, dt.date(2018, 4, 10), 21), (3, None, None)]
    assert counted_as("emergency_admission", "day_case") == "admissions"
    assert counted_as("ae_attendance") == "contacts"


def test_admissions_and_attendances_are_counted_from_one_query() -> None:
    contact = """
    visit | person | what                | from       | to
    1     | 1      | emergency_admission | 2018-03-20 | 2018-03-31
    2     | 1      | emergency_admission | 2018-04-01 | 2018-04-10
    4     | 1      | ae_attendance       | 2019-02-01 |
    """
    with engine_with({"person": "person | born\n1 | 1950-01-01", "contact": contact}) as (
        engine,
        _,
    ):
        both = counted_as("emergency_admission", "ae_attendance")
        assert engine.rows(f"SELECT count(*) AS n FROM {both}") == [{"n": 2}]


# --- the same by plain Python ----------------------------------------------------------------------------------------
LINES = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.sampled_from(ALL),
        st.integers(0, 40),
        st.one_of(st.none(), st.integers(-1, 12)),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(LINES, st.integers(0, 3))
def test_sql_and_python_put_the_same_stays_together(
    lines: list[tuple[int, str, int, int | None]], gap: int
) -> None:
    day = dt.date(2019, 1, 1)
    rows = [
        {
            "visit_occurrence_id": n,
            "person_id": person,
            "contact_id": by_key()[kind].concept_id,
            "start_date": day + dt.timedelta(begin),
            "end_date": None if length is None else day + dt.timedelta(begin + length),
        }
        for n, (person, kind, begin, length) in enumerate(lines, start=1)
    ]
    reasons = [
        {"visit_occurrence_id": n, "is_primary": True, "condition_id": 2_000_000_001 + (7 * n) % 5}
        for n in range(1, len(rows) + 1, 2)
    ]
    wanted = [
        {"person_id": p} | {k: v for k, v in s.items() if k not in ("bed_days", "rows")}
        for p in (1, 2, 3)
        for s in stays_of([r for r in rows if r["person_id"] == p], reasons, until=ON, gap_days=gap)
    ]
    values = ", ".join(
        f"({r['visit_occurrence_id']}, {r['person_id']}, {r['contact_id']}, DATE '{r['start_date']}', "
        f"{'NULL' if r['end_date'] is None else 'DATE ' + repr(str(r['end_date']))}, "
        f"{next((d['condition_id'] for d in reasons if d['visit_occurrence_id'] == r['visit_occurrence_id']), 'NULL')})"
        for r in rows
    )
    if not rows:
        return
    names = "visit_occurrence_id, person_id, contact_id, start_date, end_date, diagnosis_id"
    source = f"SELECT * FROM (VALUES {values}) r({names})"
    with engine_with({"person": "person | born\n1 | 1950-01-01"}) as (engine, _):
        found = engine.rows(
            f"SELECT * FROM ({stays_sql(in_order(source, until=ON), gap_days=gap)}) ORDER BY person_id, start_date"
        )
    assert found == wanted


# --- the shared cases ------------------------------------------------------------------------------------------------
WORDS = {"262": "emergency_admission", "9201": "inpatient_admission", "9203": "ae_attendance"}


def case(name: str) -> str:
    """A case's visits as a drawn table: rows that are equal are one, as loading sees to."""
    path = CASES / name / "extract" / "visit_occurrence.csv"
    if not path.exists():
        pytest.skip("the shared cases are not here")
    text = path.read_text(encoding="utf-8")
    rows = list({tuple(r.values()): r for r in csv.DictReader(text.splitlines())}.values())
    lines = [
        f"{r['visit_occurrence_id']} | {r['person_id']} | {WORDS[r['visit_concept_id']]} | {r['visit_start_date']} | {r['visit_end_date']}"
        for r in rows
    ]
    return "visit | person | what | from | to\n" + "\n".join(lines)


def test_one_stay_written_twice() -> None:
    found = {
        r["person_id"]: (r["stays"], r["nights"]) for r in worked(case("03-one-stay-written-twice"))
    }
    assert found == {
        1: (1, 4),
        2: (1, 19),
        3: (1, 4),
        4: (1, 19),
        5: (1, 19),
        6: (2, 17),
        7: (1, 19),
    }


def test_still_in_hospital() -> None:
    """Rows 5 and 6 end before they start: loading refuses them by name."""
    rows = worked(case("02-still-in-hospital"), on=dt.date(2019, 3, 31))
    assert [r["nights"] for r in rows if r["person_id"] in (1, 2, 3, 4)] == [58] * 4
    assert [r["nights"] for r in rows if r["person_id"] in (7, 8)] == [10, 275]
