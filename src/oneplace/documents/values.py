"""The values that documents are made of: sums of money, numbers and printed dates, each with one
way to be written.

In: what YAML, JSON or a workbook gave (a number, a text, a date). Out: `Decimal` for every number,
and `When` for a date as a plan prints it, which is often a month, a quarter or "from May onwards"
and not a day.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
)


def _no_yes_or_no(value: Any) -> Any:
    """Python counts true as 1; a planner who wrote true where a number belongs made a slip."""
    if isinstance(value, bool):
        raise ValueError("a number, not true or false")
    if isinstance(value, str) and not re.fullmatch(r"[+-]?\d+(\.\d+)?", value.strip()):
        raise ValueError(
            "a number written with digits and at most one point, without thousand separators or signs"
        )
    return value


def _written(value: Decimal) -> int | float | str:
    """The shortest YAML number that reads back as the same decimal; text where no float would."""
    if value == value.to_integral_value():
        return int(value)
    return float(value) if Decimal(repr(float(value))) == value else str(value)


def _plain(value: Decimal) -> Decimal:
    """18.0 and 18 are one number and give one digest."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


Number = Annotated[
    Decimal,
    Field(allow_inf_nan=False, max_digits=24, decimal_places=9),
    BeforeValidator(_no_yes_or_no),
    AfterValidator(_plain),
    PlainSerializer(_written, when_used="json"),
]
Money = Annotated[Number, Field(ge=0)]
"""A sum that cannot be negative: a value at tariff, a saving, a payment."""
Percent = Annotated[Number, Field(ge=0, le=100)]


@dataclass(frozen=True, order=True)
class When:
    """A printed date as an interval of days: `end` is the last day, None where the plan prints only
    a beginning."""

    start: date
    end: date | None
    text: str

    def __str__(self) -> str:
        return self.text

    @property
    def open(self) -> bool:
        return self.end is None

    def covers(self, on: date) -> bool:
        return self.start <= on and (self.end is None or on <= self.end)


WHEN_FORMS = (
    "a day (2019-10-01), a month (2019-10), a year (2019), a financial year (2019/20), "
    "a financial quarter (2019-Q1 begins on 1 April), from/to (2019-04/2019-06) or from/.. without an end"
)


def when(value: Any) -> When:
    """Read a printed date; ValueError says what may stand there."""
    if isinstance(value, When):
        return value
    if isinstance(value, bool) or not isinstance(value, str | int | date):
        raise ValueError(f"expected {WHEN_FORMS}")
    text = value.isoformat()[:10] if isinstance(value, date) else str(value).strip()
    if re.fullmatch(r"\d{4}/\d{2}", text):
        start, end = _financial_year(text)
        return When(start, end, text)
    first, slash, last = text.partition("/")
    start, end = _span(first)
    if not slash:
        return When(start, end, text)
    if last == "..":
        return When(start, None, text)
    end = _span(last)[1]
    if end < start:
        raise ValueError(f"the interval ends on {end} before it starts on {start}")
    return When(start, end, text)


def _span(text: str) -> tuple[date, date]:
    """First and last day of a year, month, financial quarter or day."""
    if not re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?|-Q[1-4])?", text):
        raise ValueError(f"expected {WHEN_FORMS}")
    year = int(text[:4])
    if text[5:6] == "Q":
        month = 4 + 3 * (int(text[6]) - 1)
        year, month = (year, month) if month <= 12 else (year + 1, month - 12)
        return date(year, month, 1), _month_end(year, month + 2)
    parts = [int(p) for p in text.split("-")]
    if len(parts) == 1:
        return date(year, 1, 1), date(year, 12, 31)
    if len(parts) == 2:
        return date(year, parts[1], 1), _month_end(year, parts[1])
    day = date(*parts)
    return day, day


def _financial_year(text: str) -> tuple[date, date]:
    year = int(text[:4])
    if (year + 1) % 100 != int(text[5:]):
        raise ValueError(f"a financial year ends in the next year: {year}/{(year + 1) % 100:02d}")
    return date(year, 4, 1), date(year + 1, 3, 31)


def _month_end(year: int, month: int) -> date:
    return date(year, month, 1) + timedelta(days=monthrange(year, month)[1] - 1)


PrintedDate = Annotated[
    When,
    PlainValidator(when),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "description": WHEN_FORMS}),
]
