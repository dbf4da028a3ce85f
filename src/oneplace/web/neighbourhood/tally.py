"""The tally for the KPI, month by month: reviews planned and held, actions due, closed and closed
within time.

In: what a team wrote, and the day of each frozen agenda with the number on it. Out: one row a
month, and a table. A review is planned when its person stood on a frozen agenda of the month and
held when it ended otherwise than carried over; an action counts in the month it was due.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from oneplace.web.components.listing import Column, Listing
from oneplace.web.components.notation import MONTH, percent

MONTHS = 12


@dataclass
class Month:
    starts: dt.date
    planned: int = 0
    held: int = 0
    due: int = 0
    closed: int = 0
    in_time: int = 0


def months(
    reviews: Sequence[Any],
    actions: Sequence[Any],
    agendas: Iterable[tuple[dt.date, int]],
    *,
    on: dt.date,
) -> list[Month]:
    """The last twelve months in which something happened, the latest first."""
    found: dict[dt.date, Month] = {}

    def month(day: dt.date) -> Month:
        return found.setdefault(day.replace(day=1), Month(day.replace(day=1)))

    for meets_on, planned in agendas:
        month(meets_on).planned += planned
    for r in reviews:
        month(r.reviewed_on).held += r.outcome != "carried"
    for a in actions:
        if a.state == "cancelled":
            continue
        of = month(a.due_on)
        of.due += 1
        of.closed += a.state == "done"
        of.in_time += a.state == "done" and a.closed_on <= a.due_on
    return sorted(found.values(), key=lambda m: m.starts, reverse=True)[:MONTHS]


TALLY = Listing(
    "tally",
    "Tally",
    Column("month", "Month", "starts", MONTH, csv="starts"),
    Column("planned", "Reviews planned", numeric=True),
    Column("held", "Reviews held", numeric=True),
    Column("due", "Actions due", numeric=True),
    Column("closed", "Actions done", numeric=True),
    Column("in_time", "Done by the day", numeric=True),
    Column(
        "share",
        "Within time",
        lambda m: 100 * m.in_time / m.due if m.due else None,
        percent(0),
    ),
    sortable=False,
    empty="Nothing to count yet: it starts with the first frozen agenda.",
)
