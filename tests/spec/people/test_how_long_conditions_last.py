"""What ends a condition and what does not, on small drawn records. Everything is as of 1 April
2019.

Each case is asked three times: of the SQL for everyone, of the SQL for rows that each bring a day
along, and of plain Python with the reader's words for the state.
"""

import datetime as dt

import pytest

from drawn import Tables, engine_with
from oneplace.documents import parse
from oneplace.engines.explain import history_of
from oneplace.faults import InputAtFault
from oneplace.people.features import Features, compile_features, states
from oneplace.people.features.courses import held_on
from oneplace.people.features.plain import work_out
from oneplace.people.stays import ADMISSION_KINDS
from oneplace.tables.vocabulary import concept, keys

ON = dt.date(2019, 4, 1)
PERSON = """
person | born       | sex
1      | 1950-04-01 | female
"""
CODES = """
code | word                  | says
1    | asthma                | means
2    | asthma                | ends
3    | diabetes              | remits
4    | severe_mental_illness | remits
5    | cancer                | remits
6    | diabetes              | ends
7    | asthma                | not
8    | smoker                | ends
9    | end_of_life           | ends
10   | problem_list_entry    |
"""


def has(
    word: str, diagnosis: str, *, conditions: tuple[dict[str, object], ...] = (), **more: str
) -> tuple[bool, str]:
    """Does the person have it on the day, and what a reader is told of its state."""
    rows = [{"name": "it", "sentence": "drawn", "kind": "diagnosis", "of": [word], **more}]
    doc = parse(
        {"schema": 1, "features": rows, "conditions": list(conditions)},
        Features,
        file="features.yaml",
    )
    contact = """
    visit | person | what                | from       | to
    1     | 1      | emergency_admission | 2018-06-01 | 2018-06-10
    2     | 1      | gp_consultation     | 2018-07-01 | 2018-07-01
    3     | 1      | emergency_admission | 2019-03-25 | 2019-05-10
    """
    drawn = {"person": PERSON, "diagnosis": diagnosis, "code_list": CODES, "contact": contact}
    with engine_with(drawn) as (engine, present):
        engine.run(compile_features(doc, as_of=ON, present=present))
        found = engine.rows("SELECT it FROM features")[0]["it"]
        present, history = history_of(engine, Tables(), 1)
        assert work_out(doc, history, as_of=ON, present=present)["it"].value is found
        admissions = {concept(k) for k in ADMISSION_KINDS}
        stays = [
            c["visit_occurrence_id"] for c in history["contacts"] if c["contact_id"] in admissions
        ]
        state = states(doc.courses, history["diagnoses"], history["endings"], as_of=ON, stays=stays)
        own = state.get(concept(word))
        if not more:
            assert found is (own is not None and own.holds)
            asked = held_on(
                concept(word),
                doc.courses[concept(word)],
                person="p.person_id",
                day="CAST(p.day AS DATE)",
            )
            day = ON - dt.timedelta(days=any(r["start_date"] == ON for r in history["diagnoses"]))
            held = engine.rows(
                f"SELECT {asked} AS it FROM (SELECT 1 AS person_id, '{day}' AS day) p"
            )[0]["it"]
            assert held is found, "asked of a day that a row brings along"
    return found, own.words if own else ""


HOSPITAL = "not on the practice's list: recorded in hospital only"


@pytest.mark.parametrize("type_", ["hospital_entry", "32827", "32020", "32855", "32817", "0", ""])
@pytest.mark.parametrize(
    "word", ["copd", "cancer", "asthma", "coronary_heart_disease", "heart_failure", "stroke_tia"]
)
def test_an_admission_s_end_ends_no_disease(word: str, type_: str) -> None:
    diagnosis = f"""
    person | what   | from       | to         | visit | type
    1      | {word} | 2010-01-01 |            |       | problem_list_entry
    1      | {word} | 2018-06-01 | 2018-06-10 | 1     | {type_}
    """
    assert has(word, diagnosis) == (True, "")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("1 | copd | 2018-06-01 | 2018-06-10 | 1 | 32827", (True, HOSPITAL)),
        ("1 | copd | 2018-06-01 | 2018-06-10 |   | 32855", (True, HOSPITAL)),  # a claim for a stay
        ("1 | copd | 2018-06-01 | 2018-06-10 |   | hospital_entry", (True, HOSPITAL)),
        ("1 | copd | 2018-07-01 | 2018-07-01 | 2 | 32827", (True, "")),  # the practice's own consultation
        ("1 | copd | 2018-06-01 | 2018-06-10 |   | 0", (True, "")),  # of unknown type: nothing is said
        ("1 | copd | 2018-06-01 | 2018-06-10 | 1 | problem_list_entry", (False, "ended on the practice's list on 10 June 2018")),
        ("1 | copd | 2018-06-01 | 2018-06-10 |   | 10", (False, "ended on the practice's list on 10 June 2018")),
        ("1 | copd | 2018-06-01 | 2018-06-10 |   | 38000245", (False, "ended on the practice's list on 10 June 2018")),
        ("1 | copd | 2018-06-01 | 2018-05-10 |   | 32840", (True, "")),  # an end before the start is none
        ("1 | copd | 2018-06-01 | 2099-12-31 |   | 32840", (True, "")),
        ("1 | pneumonia | 2018-06-01 | 2018-06-10 | 1 | hospital_entry", (False, "")),  # acute ones end
        ("1 | pneumonia | 2019-03-25 | 2019-05-10 | 3 | hospital_entry", (True, "")),  # still in
        ("1 | pneumonia | 2018-06-01 |            | 1 | hospital_entry", (False, "")),  # no end: over in 90 days
        ("1 | pneumonia | 2019-03-01 | 2099-12-31 | 3 | hospital_entry", (True, "")),
        ("1 | pneumonia | 2018-06-01 | 2099-12-31 | 3 | hospital_entry", (False, "")),
    ],
)  # fmt: skip
def test_what_a_row_s_type_makes_of_its_end(rows: str, expected: tuple[bool, str]) -> None:
    word = rows.split("|")[1].strip()
    found, said = has(word, f"person | what | from | to | visit | type\n{rows}")
    assert found is expected[0]
    if word == "copd":
        assert said == expected[1]


@pytest.mark.parametrize(
    ("word", "rows", "expected"),
    [
        ("asthma", ["1 | 2005-01-01", "2 | 2015-01-01"], (False, "resolved on 1 January 2015")),
        ("asthma", ["2 | 2015-01-01"], (False, "")),
        ("asthma", ["2 | 2015-01-01", "1 | 2016-01-01"], (True, "")),  # came back
        ("asthma", ["1 | 2015-01-01", "2 | 2015-01-01"], (False, "resolved on 1 January 2015")),
        ("asthma", ["1 | 2005-01-01", "2 | 2019-04-01"], (True, "")),  # not yet known
        ("asthma", ["7 | 2005-01-01"], (False, "")),
        ("asthma", ["1 | 2005-01-01", "7 | 2015-01-01"], (True, "")),
        ("diabetes", ["diabetes | 2005-01-01", "3 | 2015-01-01"], (True, "in remission since 1 January 2015")),
        ("diabetes", ["diabetes | 2005-01-01", "6 | 2015-01-01"], (False, "resolved on 1 January 2015; stays on recall")),
        ("diabetes", ["3 | 2015-01-01"], (False, "")),
        ("cancer", ["cancer | 2005-01-01", "5 | 2015-01-01"], (True, "in remission since 1 January 2015")),
        ("cancer", ["cancer | 2005-01-01", "5 | 2015-01-01", "cancer | 2018-01-01"], (True, "")),  # a relapse
        ("severe_mental_illness", ["severe_mental_illness | 2005-01-01", "4 | 2015-01-01"], (False, "in remission since 1 January 2015")),
        ("severe_mental_illness", ["severe_mental_illness | 2005-01-01", "4 | 2015-01-01", "severe_mental_illness | 2018-01-01"], (True, "")),
        ("end_of_life", ["end_of_life | 2018-01-01", "9 | 2018-09-01"], (False, "resolved on 1 September 2018")),
        ("smoker", ["smoker | 2018-01-01", "8 | 2018-09-01"], (False, "resolved on 1 September 2018")),
    ],
)  # fmt: skip
def test_codes_that_mean_end_remit_or_are_not(
    word: str, rows: list[str], expected: tuple[bool, str]
) -> None:
    assert has(word, "person | what | from\n" + "\n".join(f"1 | {r}" for r in rows)) == expected


@pytest.mark.parametrize("status", ["32906"])
def test_a_status_of_resolved_ends_it(status: str) -> None:
    diagnosis = f"""
    person | what   | from       | to         | status
    1      | asthma | 2005-01-01 |            |
    1      | asthma | 2010-01-01 | 2015-01-01 | {status}
    """
    assert has("asthma", diagnosis) == (False, "resolved on 1 January 2015")
    assert has("asthma", diagnosis, state="ever")[0] is True


@pytest.mark.parametrize(
    ("word", "recorded", "holds"),
    [
        ("pregnancy", "2018-06-05", True),
        ("pregnancy", "2018-06-04", False),
        ("homelessness", "2018-04-01", True),
        ("homelessness", "2018-03-31", False),
        ("looked_after_child", "2018-04-01", True),
        ("looked_after_child", "2018-03-31", False),
        ("smoker", "2017-04-01", True),
        ("smoker", "2017-03-31", False),
        ("unpaid_carer", "2016-03-31", False),
        ("refugee_or_asylum_seeker", "2014-03-31", False),
        ("care_home_resident", "1990-01-01", True),
        ("copd", "1990-01-01", True),
    ],
)
@pytest.mark.parametrize("end", ["", "2099-12-31"])
def test_states_pass_after_their_span(word: str, recorded: str, holds: bool, end: str) -> None:
    diagnosis = f"""
    person | what   | from       | to    | type
    1      | {word} | {recorded} | {end} | problem_list_entry
    """
    assert has(word, diagnosis) == (holds, "" if holds else "not recorded again")


def test_a_state_recorded_again_goes_on_and_is_as_old_as_its_unbroken_run() -> None:
    doc = parse(
        {"schema": 1, "features": [{"name": "age", "kind": "age", "sentence": "Age"}]},
        Features,
        file="f",
    )
    days = ["2001-01-01", "2014-06-01", "2015-12-01", "2017-06-01"]
    rows = [
        {"condition_id": concept("smoker"), "start_date": dt.date.fromisoformat(d), "end_date": None, "on_list": True,
         "from_hospital": False, "visit_occurrence_id": None} for d in days
    ]  # fmt: skip
    assert states(doc.courses, rows, [], as_of=ON)[concept("smoker")].since == dt.date(2014, 6, 1)


def test_a_place_declares_a_course_of_its_own() -> None:
    diagnosis = "person | what | from\n1 | falls | 2017-01-01"
    mine = {
        "of": ["falls"],
        "course": "recent",
        "within": "12 months",
        "because": "our falls service asks yearly",
    }
    assert has("falls", diagnosis)[0] is True
    assert has("falls", diagnosis, conditions=(mine,)) == (False, "not recorded again")
    for window, holds in (("12 months", False), ("3 years", True)):
        assert has("falls", diagnosis, window=window)[0] is holds


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ([{"of": ["falls"], "course": "recent"}], "within"),
        ([{"of": ["falls"], "course": "lifelong", "within": "2 years"}], "span"),
        ([{"of": ["falls"], "course": "recent", "within": "24 to 12 months"}], "within"),
        ([{"of": ["statin"], "course": "lifelong"}], "statin"),
        (
            [
                {"of": ["falls"], "course": "lifelong"},
                {"of": ["falls", "copd"], "course": "lifelong"},
            ],
            "twice: falls",
        ),
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused(
    declared: list[dict[str, object]], said: str
) -> None:
    rows = [{"name": "age", "kind": "age", "sentence": "Age"}]
    with pytest.raises(InputAtFault) as e:
        parse(
            {"schema": 1, "features": rows, "conditions": declared}, Features, file="features.yaml"
        )
    assert said in str(e.value.faults)


def test_without_declarations_every_word_has_the_course_that_ships() -> None:
    rows = [{"name": "age", "kind": "age", "sentence": "Age"}]
    doc = parse({"schema": 1, "features": rows}, Features, file="features.yaml")
    assert set(doc.courses) == {concept(k) for k in keys("condition", "circumstance", "acute")}
