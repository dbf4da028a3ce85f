"""Two days, never confused: the place's today, and the day that its people are computed for. Which
window belongs to which."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from oneplace.documents import parse
from oneplace.faults import InputAtFault
from oneplace.place import clock
from oneplace.place.document import Place
from oneplace.plan.programme import Plan
from oneplace.report import words
from oneplace.simulate.claims import windows

D = dt.date.fromisoformat


def place(*, demonstration: bool = True, as_of: str = "2019-10-01") -> Place:
    content = {
        "schema": 1,
        "name": "Drawn",
        "kind": "village",
        "demonstration": demonstration,
        "records": {"source": "synthetic", "period": {"start": "2016-04-01", "end": "2020-03-31"}},
        "as_of": as_of,
    }
    return parse(content, Place, file="place.yaml")


@pytest.mark.parametrize(
    ("as_of", "computed_for", "named", "stands"),
    [
        ("2019-10-01", None, None, "2019-10-01"),  # not built: the day it would be computed for
        ("2019-10-01", "2019-10-01", None, "2019-10-01"),
        (
            "2019-10-01",
            "2019-04-01",
            None,
            "2019-10-01",
        ),  # built for an earlier day: the clock stays, the records are older
        (
            "2019-10-01",
            "2020-01-15",
            None,
            "2020-01-15",
        ),  # built for a later day: the clock is never before what is shown
        ("2019-10-01", "2019-10-01", "2019-12-24", "2019-12-24"),  # moved on
        ("2019-10-01", "2019-10-01", "2019-09-10", "2019-09-10"),  # moved back
        ("2019-10-01", "2019-10-01", "2023-01-01", "2023-01-01"),  # past the end of the records
        ("2019-10-01", "2019-10-01", "", "2019-10-01"),
    ],
)
def test_where_a_demonstrations_clock_stands(
    as_of: str, computed_for: str | None, named: str | None, stands: str
) -> None:
    environment = {} if named is None else {clock.TODAY: named}
    built = D(computed_for) if computed_for else None
    assert clock.stands_on(place(as_of=as_of), environment, computed_for=built) == D(stands)
    assert clock.today(place(as_of=as_of), environment, computed_for=built) == D(stands)


@pytest.mark.parametrize(
    ("named", "day"),
    [
        (None, "2019-10-01"),
        ("2019-09-10", "2019-09-10"),
        ("2020-03-31", "2020-03-31"),
        ("2020-04-01", "2020-03-31"),  # the newest day that the records cover
        ("2023-01-01", "2020-03-31"),
    ],
)
def test_a_demonstration_is_computed_for_the_newest_day_its_records_cover_on_its_clock(
    named: str | None, day: str
) -> None:
    assert clock.newest_day(place(), {} if named is None else {clock.TODAY: named}) == D(day)


def test_the_clock_of_a_place_with_real_people_is_not_moved() -> None:
    real = place(demonstration=False)
    environment: dict[str, str] = {clock.TODAY: "2019-01-01"}
    assert clock.stands_on(real, environment) is None
    assert clock.today(real, environment) == dt.date.today()
    assert clock.newest_day(real, environment) == D("2019-10-01")
    with pytest.raises(InputAtFault, match="only a demonstration's clock can be moved"):
        clock.move(real, environment, D("2019-06-01"))
    clock.move(real, environment, None)


def test_a_day_that_is_none_is_said() -> None:
    with pytest.raises(InputAtFault, match="this is not a day"):
        clock.stands_on(place(), {clock.TODAY: "1st of May"})


def test_moving_the_clock_is_for_this_process_and_what_it_starts() -> None:
    environment: dict[str, str] = {}
    clock.move(place(), environment, D("2019-12-24"))
    assert environment == {clock.TODAY: "2019-12-24"}
    clock.move(place(), environment, None)
    assert environment == {clock.TODAY: "2019-12-24"}


def plan(period: Any) -> Plan:
    scheme = {"id": "S1", "name": "One", "programme": "p", "purpose": "to test", "aims": ["a"]}
    content = {
        "schema": 1,
        "id": "drawn",
        "title": "A drawn plan",
        "place": "nowhere",
        "period": period,
        "aims": [{"id": "a", "name": "Aim"}],
        "programmes": [{"id": "p", "name": "Programme"}],
        "schemes": [scheme],
    }
    return parse(content, Plan, file="plan.yaml")


@pytest.mark.parametrize(
    ("period", "last_day", "before", "within"),
    [
        ("2019/20", "2020-03-31", "2018-04-01 to 2019-03-31", "2019-04-01 to 2020-03-31"),
        ("2019/20", "2019-09-30", "2018-04-01 to 2019-03-31", "2019-04-01 to 2019-09-30"),
        (
            "2019/20",
            "2019-03-31",
            "2018-04-01 to 2019-03-31",
            None,
        ),  # nothing of the plan's own year yet
        (
            "2019/20",
            "2019-01-31",
            "2018-02-01 to 2019-01-31",
            None,
        ),  # the last year of records that end sooner
        ("2020/21", "2020-02-29", "2019-03-01 to 2020-02-29", None),
        (
            "2021/22",
            "2020-02-28",
            "2019-02-28 to 2020-02-28",
            None,
        ),  # from a 29 February: the year before has none
    ],
)
def test_a_plans_promises_stand_beside_the_year_before_it(
    period: str, last_day: str, before: str, within: str | None
) -> None:
    """Whatever day people are computed for: no such day is asked for."""
    found, own = windows(plan(period), D(last_day))
    assert str(found) == before
    assert (str(own) if own.end > own.start else None) == within


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2018-04-01 to 2019-03-31", "April 2018 to March 2019"),
        ("2018-02-01 to 2020-02-29", "February 2018 to February 2020"),
        ("2018-02-01 to 2020-02-28", "1 February 2018 to 28 February 2020"),
        ("2018-10-02 to 2019-10-01", "2 October 2018 to 1 October 2019"),
        ("2018-10-01 to 2018-10-31", "October 2018"),
    ],
)
def test_a_window_in_words(text: str, said: str) -> None:
    assert words.span_of(text) == said


def test_the_shipped_demonstrations_are_computed_for_their_today() -> None:
    from oneplace.place.geography import read_place

    for name in ("liverpool", "hamlet"):
        document = read_place(Path(__file__).parents[2] / "places" / name).document
        assert clock.newest_day(document, {}) == clock.today(document, {}) == D("2019-10-01")
