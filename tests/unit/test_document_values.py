"""Printed dates and numbers, as plans write them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from oneplace.documents.values import Money, Number, Percent, PrintedDate, when

READ = [
    ("2019-10-01", "2019-10-01", "2019-10-01"),
    ("2019-10", "2019-10-01", "2019-10-31"),
    ("2020-02", "2020-02-01", "2020-02-29"),
    ("2019", "2019-01-01", "2019-12-31"),
    ("2019/20", "2019-04-01", "2020-03-31"),
    ("1999/00", "1999-04-01", "2000-03-31"),
    ("2019-Q1", "2019-04-01", "2019-06-30"),
    ("2019-Q4", "2020-01-01", "2020-03-31"),
    ("2019-04/2019-06", "2019-04-01", "2019-06-30"),
    ("2019/2022", "2019-01-01", "2022-12-31"),
    ("2019-09-15/2019-10", "2019-09-15", "2019-10-31"),
    ("2019-05/..", "2019-05-01", None),
]


@pytest.mark.parametrize(("text", "start", "end"), READ)
def test_printed_dates_are_intervals_of_days(text: str, start: str, end: str | None) -> None:
    read = when(text)
    assert (read.start.isoformat(), read.end.isoformat() if read.end else None) == (start, end)
    assert str(read) == text


WRONG = [
    "",
    "May 2019",
    "2019-13",
    "2019-02-30",
    "2019/21",
    "2019-Q5",
    "2019-06/2019-04",
    "../2019",
    "2019-5",
    "19-05",
    True,
    3.5,
    None,
]


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_printed_date_is_refused(text: object) -> None:
    with pytest.raises(ValueError):
        when(text)


def test_an_open_interval_covers_all_that_follows() -> None:
    assert when("2019-05/..").covers(date(2030, 1, 1))
    assert not when("2019-05/..").covers(date(2019, 4, 30))
    assert not when("2019-05").covers(date(2019, 6, 1))


def test_yaml_may_give_a_number_or_a_date() -> None:
    assert when(2020) == when("2020")
    assert when(date(2019, 10, 1)) == when("2019-10-01")


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2060, 12, 31)), st.integers(0, 500))
def test_written_and_read_again_is_the_same(day: date, length: int) -> None:
    text = f"{day.isoformat()}/{date.fromordinal(day.toordinal() + length).isoformat()}"
    adapter: TypeAdapter[object] = TypeAdapter(PrintedDate)
    assert adapter.validate_python(
        adapter.dump_python(adapter.validate_python(text), mode="json")
    ) == when(text)


@pytest.mark.parametrize(
    "bad",
    [
        True,
        "1,000",
        "1_000",
        "£5",
        "5%",
        "",
        "nan",
        float("nan"),
        float("inf"),
        "1e3",
        None,
        [1],
        10**25,
    ],
)
def test_what_is_no_number_is_refused(bad: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Number).validate_python(bad)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=3))
def test_numbers_keep_their_last_digit(value: Decimal) -> None:
    adapter: TypeAdapter[Decimal] = TypeAdapter(Number)
    written = adapter.dump_python(adapter.validate_python(str(value)), mode="json")
    assert adapter.validate_python(written) == value


def test_one_number_written_two_ways_gives_one_text() -> None:
    adapter: TypeAdapter[Decimal] = TypeAdapter(Number)
    assert adapter.dump_python(adapter.validate_python(18.0), mode="json") == 18
    assert adapter.dump_python(adapter.validate_python("1.10"), mode="json") == 1.1


def test_money_is_not_negative_and_shares_end_at_a_hundred() -> None:
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        TypeAdapter(Money).validate_python(-1)
    with pytest.raises(ValidationError, match="less than or equal to 100"):
        TypeAdapter(Percent).validate_python(100.5)
