"""Windows of time before the day that everything is computed for: half-open, [as_of - window,
as_of).

In: `12 months`, `90 days`, `2 years`, `24 to 12 months` or `ever`. Out: the first day that counts
and the first that does not. The day itself is never in a window: what happens on it is not yet
known when it begins. States such as "registered" are asked for the day itself. A window that
reaches past the day is refused where it is declared.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

FORMS = (
    "ever, 90 days, 12 months, 2 years or 24 to 12 months, counted back from the day of computing"
)
LEAK = re.compile(r"-|\bnext\b|\bahead\b|\bafter\b|\bfuture\b|\blater\b|\bin\b")


@dataclass(frozen=True)
class Window:
    """`first` and `last` count units back from the day; `first` is None for ever."""

    text: str
    unit: str = "months"
    first: int | None = None
    last: int = 0

    def __str__(self) -> str:
        return self.text

    def bounds(self, as_of: date) -> tuple[date | None, date]:
        """The first day in the window (None: no beginning) and the first day after it."""
        start = None if self.first is None else back(as_of, self.first, self.unit)
        return start, back(as_of, self.last, self.unit)

    @property
    def in_words(self) -> str:
        if self.first is None:
            return "at any time before"
        return f"in the last {self.text}" if self.last == 0 else f"{self.text} before"


def back(day: date, count: int, unit: str) -> date:
    """Calendar months keep the day of the month, or its last day where the month is shorter."""
    if unit == "days":
        return day - timedelta(days=count)
    months = day.year * 12 + day.month - 1 - count * (12 if unit == "years" else 1)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def window(value: Any) -> Window:
    """Read a window; ValueError says what may stand there, and says plainly when it would look
    ahead."""
    if isinstance(value, Window):
        return value
    text = str(value).strip()
    if text == "ever":
        return Window("ever")
    if LEAK.search(text):
        raise ValueError(
            f"a window that ends on or before the day of computing; {text!r} looks past it"
        )
    match = re.fullmatch(r"(?:(\d+) to )?(\d+) (day|month|year)s?", text)
    if match is None:
        raise ValueError(f"one of: {FORMS}")
    unit = match[3] + "s"
    if match[1] is None:
        first, last = int(match[2]), 0
    else:
        first, last = int(match[1]), int(match[2])
    if first <= last:
        raise ValueError(
            f"a window with days in it: from the longer time ago to the shorter, not {text!r}"
        )
    return Window(text, unit, first, last)


AsWindow = Annotated[
    Window,
    PlainValidator(window),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "description": FORMS}),
]
EVER = Window("ever")
