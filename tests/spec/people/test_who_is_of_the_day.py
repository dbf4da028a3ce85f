"""Who belongs to the place on the day: born and died on days that can be, and under observation. As
of 1 April 2019."""

import datetime as dt

import pytest

from drawn import engine_with, parse_table
from oneplace.documents import parse
from oneplace.people.features import Features, compile_features
from oneplace.people.records import impossible_days, river_views

ON = dt.date(2019, 4, 1)
AGE = parse(
    {"schema": 1, "features": [{"name": "age", "kind": "age", "sentence": "Age"}]},
    Features,
    file="features.yaml",
)
PERSON = """
person | born
1      | 1941-01-01
2      | 1942-01-01
3      | 1943-01-01
4      | 1944-01-01
"""


def here(
    drawn: dict[str, str], *, on: dt.date = ON, births: tuple[str, ...] | list[str] = ()
) -> tuple[dict[int, int], list[str]]:
    """Age of everyone of the day, and what the build says of days that cannot be."""
    with engine_with({"person": PERSON, **drawn}) as (engine, present):
        for values in births:
            engine.execute(f"INSERT INTO person VALUES ({values})")
        for made in river_views(engine.columns()):
            engine.execute(made)
        engine.run(compile_features(AGE, as_of=on, present=present))
        said = []
        for words, sql in impossible_days(engine.columns(), as_of=on):
            n = engine.rows(sql)[0]["n"]
            said += [words.format(n=n)] if n else []
        return {
            r["person_id"]: r["age"] for r in engine.rows("SELECT * FROM features ORDER BY 1")
        }, said


def test_people_outside_observation_are_not_of_the_day() -> None:
    observation = """
    person | from       | to
    1      | 2000-01-01 | 2017-12-31
    1      | 2018-02-01 | 2019-03-30
    2      | 2000-01-01 | 2019-06-30
    3      | 2019-04-02 | 2019-06-30
    """
    assert list(here({"observation": observation})[0]) == [2, 4]  # of the fourth no span is known


@pytest.mark.parametrize(
    ("on", "who"), [("2019-03-31", [1, 2, 3, 4]), ("2019-04-01", [1, 2, 3, 4])]
)
def test_a_span_that_ends_with_the_records_has_not_ended_for_the_person(
    on: str, who: list[int]
) -> None:
    observation = "person | from | to\n" + "\n".join(
        f"{p} | 2000-01-01 | 2019-03-31" for p in (1, 2, 3, 4)
    )
    assert list(here({"observation": observation}, on=dt.date.fromisoformat(on))[0]) == who


def test_a_list_decides_before_observation() -> None:
    registration = (
        "person | practice | from | to\n1 | 11 | 2010-01-01 |\n2 | 11 | 2010-01-01 | 2018-01-01"
    )
    observation = "person | from | to\n1 | 2000-01-01 | 2017-12-31\n2 | 2000-01-01 | 2020-01-01"
    assert list(here({"observation": observation, "registration": registration})[0]) == [1]


def test_a_death_that_cannot_be_is_none() -> None:
    death = """
    person | on
    1      | 1900-01-01
    2      | 2099-12-31
    3      | 2018-06-01
    4      | 1920-01-01
    4      | 2019-03-31
    """
    found, said = here({"death": death})
    assert list(found) == [1, 2]
    assert len(said) == 1
    assert said[0].startswith("1 cannot have died")


@pytest.mark.parametrize(
    ("born", "died", "alive"),
    [
        (
            "2018, NULL, NULL",
            "2018-03-01",
            False,
        ),  # the middle of the year is no birthday: the child may have lived
        ("2018, NULL, NULL", "2017-12-31", True),
        ("2018, 5, NULL", "2018-05-03", False),
        ("2018, 5, NULL", "2018-04-30", True),
        ("2018, 5, 4", "2018-05-04", False),
        ("2018, 5, 4", "2018-05-03", True),
    ],
)
def test_a_child_who_died_in_the_year_of_birth_is_not_alive(
    born: str, died: str, alive: bool
) -> None:
    found, said = here({"death": f"person | on\n9 | {died}"}, births=[f"9, 0, {born}, 0"])
    assert (9 in found) is alive
    assert len(said) == alive


@pytest.mark.parametrize(
    ("on", "alive"), [("1970-01-01", True), ("2014-01-01", True), ("2014-06-01", False)]
)
def test_a_death_long_before_anybody_saw_the_person_is_none(on: str, alive: bool) -> None:
    observation = "person | from | to\n1 | 2015-01-01 | 2019-06-30"
    found, said = here({"death": f"person | on\n1 | {on}", "observation": observation})
    assert (1 in found) is alive
    assert len(said) == alive


@pytest.mark.parametrize(
    ("year", "month", "day", "age"),
    [
        ("0", "NULL", "NULL", None),
        ("1800", "1", "1", None),
        ("9999", "1", "1", None),
        ("2025", "1", "1", None),
        ("1898", "4", "1", None),
        ("1898", "4", "2", 120),
        ("1940", "13", "1", 78),
        ("1940", "2", "30", 79),
        ("1940", "0", "0", 78),
        ("1944", "2", "29", 75),
        ("1940", "4", "31", 78),
        ("2019", "2", "29", 0),
    ],
)
def test_a_birth_that_cannot_be_is_on_no_list(
    year: str, month: str, day: str, age: int | None
) -> None:
    found, said = here({}, births=[f"9, 0, {year}, {month}, {day}, 0"])
    assert found.get(9) == age
    assert len(said) == (age is None)


def test_a_day_that_the_month_lacks_is_the_middle_of_the_month() -> None:
    rows = parse_table(
        "year | month | day | is\n1940 | 2 | 30 | 1940-02-15\n1941 | 2 | 29 | 1941-02-15\n1940 | 2 | 29 | 1940-02-29"
    )
    with engine_with({"person": PERSON}) as (engine, _):
        for i, r in enumerate(rows):
            engine.execute(
                f"INSERT INTO person VALUES ({i + 10}, 0, {r['year']}, {r['month']}, {r['day']}, 0)"
            )
        found = engine.rows(
            "SELECT birth_date FROM people WHERE person_id >= 10 ORDER BY person_id"
        )
    assert [r["birth_date"].isoformat() for r in found] == [r["is"] for r in rows]


def test_a_moment_of_birth_tells_month_and_day_where_they_are_not_given() -> None:
    with engine_with({"person": PERSON}) as (engine, _):
        engine.execute("ALTER TABLE person ADD COLUMN birth_datetime TIMESTAMP")
        engine.execute(
            "INSERT INTO person VALUES (9, 0, 1940, NULL, NULL, 0, TIMESTAMP '1940-11-30 00:00:00')"
        )
        engine.execute(
            "INSERT INTO person VALUES (10, 0, 1940, NULL, NULL, 0, TIMESTAMP '1900-01-01 00:00:00')"
        )
        from oneplace.people.records import river_selects

        people = river_selects(engine.columns())["people"]
        found = engine.rows(
            f"SELECT person_id, birth_date FROM ({people}) WHERE person_id >= 9 ORDER BY 1"
        )
    assert [r["birth_date"].isoformat() for r in found] == ["1940-11-30", "1940-07-02"]
