"""The calendar a plan lives by: financial years and their months, and when each feed's figures can
be had.

In: days and a place's feeds as `place.yaml` states them. Out: names of years, first days of months,
and for each feed the newest month that can be there on a day and whether it is still provisional.
No clock is read here.
"""

from __future__ import annotations

import calendar
import datetime as dt

from oneplace.place.document import FeedTimes

APRIL = 4


def financial_year(day: dt.date) -> str:
    """The financial year of a day, 1 April to 31 March: 2019/20."""
    start = financial_year_starts(day).year
    return f"{start}/{(start + 1) % 100:02d}"


def financial_year_starts(day: dt.date) -> dt.date:
    """The first day of the financial year of a day."""
    return dt.date(day.year if day.month >= APRIL else day.year - 1, APRIL, 1)


def first_of_month(day: dt.date) -> dt.date:
    return day.replace(day=1)


def months_later(month: dt.date, months: int) -> dt.date:
    """The first day of the month so many months later (earlier when negative)."""
    count = month.year * 12 + month.month - 1 + months
    return dt.date(count // 12, count % 12 + 1, 1)


def months(start: dt.date, end: dt.date) -> list[dt.date]:
    """First days of the months that have a day from `start` to `end`, both included."""
    month, found = first_of_month(start), []
    while month <= end:
        found.append(month)
        month = months_later(month, 1)
    return found


def due(feed: FeedTimes, month: dt.date) -> dt.date:
    """The day on which a month's figures are due: the feed's day, or the month's last where it has
    no such day."""
    arrives = months_later(month, feed.lag_months)
    return arrives.replace(
        day=min(feed.due_day, calendar.monthrange(arrives.year, arrives.month)[1])
    )


def newest_month(feed: FeedTimes, on: dt.date) -> dt.date:
    """The newest month whose figures are due by a day."""
    month = months_later(first_of_month(on), -feed.lag_months)
    return month if due(feed, month) <= on else months_later(month, -1)


def is_final(feed: FeedTimes, month: dt.date, on: dt.date) -> bool:
    """Whether a month's figures will no longer change: once the final edition is due."""
    late = FeedTimes(
        name=feed.name, lag_months=feed.lag_months + feed.final_after_months, due_day=feed.due_day
    )
    return due(late, month) <= on
