"""What each kind of feature means, on small drawn records. Everything is as of 1 April 2019.

A window of 12 months is [1 April 2018, 1 April 2019): the first day counts, the day itself does
not. States such as registered or in a package are asked for the day itself.
"""

import datetime as dt

import pyarrow as pa
import pytest

from drawn import engine_with, parse_table
from oneplace.documents import parse
from oneplace.people.features import Features, compile_features

ON = dt.date(2019, 4, 1)
PERSON = """
person | born       | sex
1      | 1950-04-01 | female
2      | 1950-04-02 | male
3      | 2019-04-01 |
"""


def features(*declared: dict[str, object]) -> Features:
    rows = [{"sentence": "drawn", "name": f"f{i}"} | d for i, d in enumerate(declared)]
    return parse({"schema": 1, "features": rows}, Features, file="features.yaml")


def values(declared: dict[str, object], *, person: str = PERSON, **drawn: str) -> dict[int, object]:
    """The one feature of everyone who belongs."""
    doc = features(declared)
    with engine_with({"person": person, **drawn}) as (engine, present):
        engine.take(
            "place_areas",
            pa.table({"area_code": ["A", "B"], "imd_decile": pa.array([1, 7], pa.int16())}),
        )
        engine.take(
            "place_team_practices", pa.table({"team_code": ["north"], "practice_code": ["11"]})
        )
        engine.run(compile_features(doc, as_of=ON, present=present | {"areas", "team_practices"}))
        return {
            r["person_id"]: r["f0"]
            for r in engine.rows("SELECT * FROM features ORDER BY person_id")
        }


def test_age_changes_on_the_birthday() -> None:
    assert values({"kind": "age"}) == {1: 69, 2: 68, 3: 0}


def test_people_born_after_or_dead_before_the_day_do_not_belong() -> None:
    person = """
    person | born
    1      | 1950-01-01
    2      | 1950-01-01
    3      | 2019-04-02
    """
    death = """
    person | on
    1      | 2019-03-31
    2      | 2019-04-01
    """
    assert values({"kind": "age"}, person=person, death=death) == {2: 69}


def test_somebody_neither_registered_nor_resident_on_the_day_does_not_belong() -> None:
    registration = """
    person | practice | from       | to
    1      | 11       | 2010-01-01 | 2019-03-31
    2      | 11       | 2010-01-01 | 2019-04-01
    """
    residence = """
    person | area | from       | to
    3      | A    | 2019-04-01 |
    """
    found = values({"kind": "registered"}, registration=registration, residence=residence)
    assert found == {2: True, 3: False}


def test_of_two_registrations_on_the_day_the_later_counts() -> None:
    registration = """
    person | practice | from       | to
    1      | 12       | 2010-01-01 |
    1      | 11       | 2018-01-01 |
    2      | 11       | 2010-01-01 | 2017-12-31
    2      | 12       | 2018-01-01 |
    """
    assert values({"kind": "practice"}, registration=registration) == {1: "11", 2: "12"}
    assert values({"kind": "team"}, registration=registration) == {1: "north", 2: None}


def test_the_area_is_that_of_the_home_on_the_day() -> None:
    residence = """
    person | area | from       | to
    1      | A    | 2010-01-01 | 2019-03-31
    1      | B    | 2019-04-01 |
    2      | Z    | 2010-01-01 |
    3      |      | 2019-04-01 |
    """
    decile = {"kind": "area", "column": "imd_decile", "holds": "integer"}
    assert values(decile, residence=residence) == {1: 7, 2: None}


@pytest.mark.parametrize(
    ("start", "counts"),
    [("2018-03-31", 0), ("2018-04-01", 1), ("2019-03-31", 1), ("2019-04-01", 0), ("2019-04-02", 0)],
)
def test_a_window_holds_its_first_day_and_not_the_day_itself(start: str, counts: int) -> None:
    contact = f"""
    visit | person | what          | from
    1     | 1      | ae_attendance | {start}
    """
    found = values(
        {"kind": "contacts", "of": ["ae_attendance"], "window": "12 months"}, contact=contact
    )
    assert found == {1: counts, 2: 0, 3: 0}


def test_a_window_between_two_times_ago_leaves_the_later_one_out() -> None:
    contact = """
    visit | person | what          | from
    1     | 1      | ae_attendance | 2017-03-31
    2     | 1      | ae_attendance | 2017-04-01
    3     | 1      | ae_attendance | 2018-03-31
    4     | 1      | ae_attendance | 2018-04-01
    """
    wanted = {"kind": "contacts", "of": ["ae_attendance"], "window": "24 to 12 months"}
    assert values(wanted, contact=contact)[1] == 2


DIAGNOSIS = """
person | what    | from       | to          | type
1      | asthma  | 2010-01-01 | {first_end} | problem_list_entry
1      | asthma  | {second}   |             |
"""


@pytest.mark.parametrize(
    ("first_end", "second", "has"),
    [
        ("", "2012-01-01", True),
        ("2012-06-01", "2012-01-01", False),  # ended after it was last recorded
        ("2012-06-01", "2012-06-01", False),  # recorded on the day it ended, which is not later
        ("2012-06-01", "2012-06-02", True),  # came back
        ("2019-03-31", "2012-01-01", False),
        ("2019-04-01", "2012-01-01", True),  # an end that is not yet known
        ("2012-06-01", "2019-04-01", False),  # came back, but that is not yet known
    ],
)
def test_a_condition_holds_when_recorded_later_than_its_latest_end_on_the_problem_list(
    first_end: str, second: str, has: bool
) -> None:
    drawn = DIAGNOSIS.format(first_end=first_end, second=second)
    assert values({"kind": "diagnosis", "of": ["asthma"]}, diagnosis=drawn)[1] is has
    assert (
        values({"kind": "diagnosis", "of": ["asthma"], "state": "ever"}, diagnosis=drawn)[1] is True
    )


def test_any_of_several_words_is_enough_and_other_words_do_not_count() -> None:
    diagnosis = """
    person | what      | from
    1      | pneumonia | 2019-01-01
    2      | copd      | 2019-01-01
    """
    found = values({"kind": "diagnosis", "of": ["copd", "smoker"]}, diagnosis=diagnosis)
    assert found == {1: False, 2: True, 3: False}


def test_admissions_by_their_main_reason() -> None:
    contact = """
    visit | person | what                | from       | to
    1     | 1      | emergency_admission | 2019-01-01 | 2019-01-05
    2     | 1      | emergency_admission | 2019-02-01 | 2019-02-02
    3     | 2      | elective_admission  | 2019-02-01 | 2019-02-02
    """
    diagnosis = """
    person | what      | from       | visit | status
    1      | copd      | 2019-01-01 | 1     | primary_diagnosis
    1      | pneumonia | 2019-02-01 | 2     | primary_diagnosis
    1      | copd      | 2019-02-01 | 2     |
    2      | copd      | 2019-02-01 | 3     | primary_diagnosis
    """
    wanted = {
        "kind": "contacts",
        "of": ["emergency_admission"],
        "diagnosis": ["copd"],
        "window": "12 months",
    }
    assert values(wanted, contact=contact, diagnosis=diagnosis) == {1: 1, 2: 0, 3: 0}


def test_nights_are_those_inside_the_window_also_of_stays_that_reach_over_its_ends() -> None:
    contact = """
    visit | person | what                | from       | to
    1     | 1      | emergency_admission | 2018-03-25 | 2018-04-03
    2     | 1      | emergency_admission | 2019-03-30 | 2019-04-20
    3     | 2      | emergency_admission | 2018-05-01 | 2018-05-01
    """
    found = values(
        {"kind": "bed_days", "of": ["emergency_admission"], "window": "12 months"}, contact=contact
    )
    assert found == {1: 2 + 2, 2: 0, 3: 0}


def test_days_since_the_last_and_the_shortest_gap() -> None:
    contact = """
    visit | person | what                | from       | to
    1     | 1      | emergency_admission | 2018-06-01 | 2018-06-10
    2     | 1      | emergency_admission | 2018-07-10 | 2018-07-11
    3     | 1      | emergency_admission | 2019-03-01 | 2019-03-05
    4     | 2      | emergency_admission | 2018-06-01 | 2018-06-10
    """
    since = {"kind": "days_since", "of": ["emergency_admission"]}
    gap = {"kind": "gap", "of": ["emergency_admission"], "window": "12 months"}
    assert values(since, contact=contact) == {1: 31, 2: 304, 3: None}
    assert values(gap, contact=contact) == {1: 30, 2: None, 3: None}


def test_the_latest_reading_in_the_window() -> None:
    reading = """
    person | what  | on         | value
    1      | hba1c | 2018-05-01 | 80
    1      | hba1c | 2019-01-01 | 52.25
    1      | hba1c | 2019-04-01 | 99
    1      | bmi   | 2019-03-01 | 31
    2      | hba1c | 2018-03-31 | 60
    """
    found = values({"kind": "reading", "of": ["hba1c"], "window": "12 months"}, reading=reading)
    assert found == {1: 52.25, 2: None, 3: None}


def test_different_medicines_are_counted_once_each() -> None:
    medicine = """
    person | what   | on
    1      | statin | 2019-01-01
    1      | statin | 2019-02-01
    1      | opioid | 2019-02-01
    2      | statin | 2018-01-01
    """
    assert values({"kind": "medicines", "window": "6 months"}, medicine=medicine) == {
        1: 2,
        2: 0,
        3: 0,
    }
    on_opioid = {"kind": "medicine", "of": ["opioid"], "window": "6 months"}
    assert values(on_opioid, medicine=medicine) == {1: True, 2: False, 3: False}


def test_packages_and_waits_are_those_of_the_day() -> None:
    package = """
    package | person | what      | from       | to
    1       | 1      | home_care | 2018-01-01 | 2019-03-31
    2       | 2      | home_care | 2019-04-01 |
    """
    referral = """
    referral | person | what              | from       | to
    1        | 1      | elective_referral | 2019-01-01 |
    2        | 1      | elective_referral | 2019-02-01 | 2019-04-01
    3        | 1      | elective_referral | 2018-01-01 | 2019-03-31
    """
    assert values({"kind": "package", "of": ["home_care"]}, package=package) == {
        1: False,
        2: True,
        3: False,
    }
    assert values({"kind": "waiting", "of": ["elective_referral"]}, referral=referral) == {
        1: 2,
        2: 0,
        3: 0,
    }


def test_what_the_records_do_not_hold_is_missing_and_not_nought() -> None:
    assert values({"kind": "contacts", "of": ["ae_attendance"], "window": "12 months"}) == {
        1: None,
        2: None,
        3: None,
    }
    assert values({"kind": "diagnosis", "of": ["asthma"]}) == {1: None, 2: None, 3: None}


def test_made_from_others_without_a_table_they_are_known_only_where_the_rest_decides() -> None:
    doc = features(
        {"name": "asthma", "kind": "diagnosis", "of": ["asthma"]},
        {"name": "home", "kind": "package", "of": ["home_care"]},
        {"name": "many", "kind": "count_of", "of": ["asthma", "home"]},
        {"name": "either", "kind": "rule", "when": "asthma or home"},
        {"name": "only_asthma", "kind": "rule", "when": "either and not home"},
    )
    diagnosis = """
    person | what   | from
    1      | asthma | 2019-01-01
    """
    with engine_with({"person": PERSON, "diagnosis": diagnosis}) as (engine, present):
        engine.run(compile_features(doc, as_of=ON, present=present))
        columns = "person_id, many, either, only_asthma"
        found = engine.rows(f"SELECT {columns} FROM features ORDER BY person_id LIMIT 2")
        read = engine.rows(f"SELECT {columns} FROM features_read ORDER BY person_id LIMIT 2")
    assert found == [
        {"person_id": 1, "many": 1, "either": True, "only_asthma": None},
        {"person_id": 2, "many": None, "either": None, "only_asthma": None},
    ]
    assert read == [
        {"person_id": 1, "many": 1, "either": True, "only_asthma": False},
        {"person_id": 2, "many": 0, "either": False, "only_asthma": False},
    ]


def test_codes_of_the_records_mean_what_the_code_list_says() -> None:
    contact = """
    visit | person | what | from
    1     | 1      | 9203 | 2019-01-01
    2     | 1      | 262  | 2019-01-01
    3     | 2      | 77   | 2019-01-01
    """
    code_list = """
    code | word
    9203 | ae_attendance
    262  | ae_attendance
    262  | emergency_admission
    """
    drawn = {"contact": contact, "code_list": code_list}
    attendances = {"kind": "contacts", "of": ["ae_attendance"], "window": "12 months"}
    # A contact is of one kind: of several words the first of the vocabulary, so that nothing is
    # counted twice.
    assert values(attendances, **drawn) == {1: 2, 2: 0, 3: 0}


def test_unmapped_codes_are_counted() -> None:
    from oneplace.people.records import unmapped_codes

    contact = """
    visit | person | what          | from
    1     | 1      | 77            | 2019-01-01
    2     | 1      | 77            | 2019-01-01
    3     | 1      | ae_attendance | 2019-01-01
    4     | 1      | asthma        | 2019-01-01
    """
    with engine_with({"person": PERSON, "contact": contact}) as (engine, _):
        sql = unmapped_codes(engine.columns())
        assert sql is not None
        found = {(r["concept_id"], r["rows"]) for r in engine.rows(sql)}
    assert found == {(77, 2), (2000000004, 1)}


def test_a_birth_without_day_or_month_is_put_in_the_middle_of_what_is_known() -> None:
    born = parse_table(
        """
        person | year | month | day | is
        1      | 1950 |       |     | 1950-07-02
        2      | 1950 | 2     |     | 1950-02-15
        3      | 1950 | 2     | 28  | 1950-02-28
        4      | 1950 | 13    | 4   | 1950-07-02
        """
    )
    with engine_with({"person": PERSON}) as (engine, _):
        for row in born:
            engine.execute(
                f"INSERT INTO person VALUES ({int(row['person'] or 0) + 10}, 0, {row['year']}, {row['month'] or 'NULL'}, "
                f"{row['day'] or 'NULL'}, 0)"
            )
        found = engine.rows(
            "SELECT person_id, birth_date FROM people WHERE person_id > 10 ORDER BY person_id"
        )
    assert [r["birth_date"].isoformat() for r in found] == [r["is"] for r in born]
