"""Days of a place: financial years, when figures arrive, what things were called, who a trust
was."""

from __future__ import annotations

import datetime as dt

import pytest

from oneplace.place.calendar import (
    due,
    financial_year,
    is_final,
    months,
    months_later,
    newest_month,
)
from oneplace.place.document import FeedTimes
from oneplace.place.geography import read_place
from oneplace.place.organisations import providers
from oneplace.place.population import normalised
from oneplace.place.shipped import shipped_place

D = dt.date


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (D(2019, 3, 31), "2018/19"),
        (D(2019, 4, 1), "2019/20"),
        (D(2020, 1, 1), "2019/20"),
        (D(1999, 4, 1), "1999/00"),
    ],
)
def test_a_financial_year_turns_on_the_first_of_april(day: dt.date, year: str) -> None:
    assert financial_year(day) == year


def test_months_are_counted_by_their_first_days() -> None:
    assert months(D(2019, 11, 30), D(2020, 2, 1)) == [
        D(2019, 11, 1),
        D(2019, 12, 1),
        D(2020, 1, 1),
        D(2020, 2, 1),
    ]
    assert months(D(2019, 5, 2), D(2019, 4, 30)) == []
    assert months_later(D(2019, 1, 1), -1) == D(2018, 12, 1)


#      feed              month       due         on          newest      final then
FEEDS = """
finance      1 31 0 | 2019-05 | 2019-06-30 | 2019-06-29 | 2019-04 | no
finance      1 31 0 | 2019-05 | 2019-06-30 | 2019-06-30 | 2019-05 | yes
waits        2 12 0 | 2019-12 | 2020-02-12 | 2020-02-12 | 2019-12 | yes
waits        2 30 0 | 2019-12 | 2020-02-29 | 2020-02-28 | 2019-11 | no
activity     1 15 1 | 2019-05 | 2019-06-15 | 2019-06-20 | 2019-05 | no
activity     1 15 1 | 2019-05 | 2019-06-15 | 2019-07-15 | 2019-06 | yes
"""


@pytest.mark.parametrize("line", FEEDS.strip().splitlines())
def test_when_a_month_can_be_had(line: str) -> None:
    feed, month, due_on, on, newest, final = (cell.strip() for cell in line.split("|"))
    name, lag, day, final_after = feed.split()
    times = FeedTimes(
        name=name, lag_months=int(lag), due_day=int(day), final_after_months=int(final_after)
    )
    first = D.fromisoformat(month + "-01")
    assert due(times, first) == D.fromisoformat(due_on)
    assert newest_month(times, D.fromisoformat(on)) == D.fromisoformat(newest + "-01")
    assert is_final(times, first, D.fromisoformat(on)) == (final == "yes")


def test_words_and_trusts_are_those_of_the_day() -> None:
    liverpool = read_place(shipped_place("liverpool"))
    assert liverpool.document.words(D(2019, 4, 1))["commissioner"] == "clinical commissioning group"
    assert liverpool.document.words(D(2022, 7, 1))["commissioner"] == "integrated care board"
    before, after = providers(liverpool, D(2019, 9, 30)), providers(liverpool, D(2019, 10, 1))
    assert before["REM"].name == "Aintree University Hospital NHS Foundation Trust"
    assert after["REM"].name == "Liverpool University Hospitals NHS Foundation Trust"
    assert (before["RQ6"].ended, after["RQ6"].ended, after["RQ6"].successor_code) == (
        False,
        True,
        "REM",
    )


def test_normalised_lists_equal_the_residents_and_unknown_stays_unknown() -> None:
    assert normalised({"a": 600, "b": 500, "c": None}, 1_000) == {"a": 545, "b": 455, "c": None}
    assert normalised({"a": None}, 1_000) == {"a": None}
