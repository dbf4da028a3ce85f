"""Days as whole numbers since 1 January 1970, as Arrow's date32 holds them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa

from oneplace.demonstration.chance import Array

NEVER = np.int32(2**30)
YEAR_DAYS = 365.25
_EPOCH = dt.date(1970, 1, 1)


def number(day: dt.date) -> int:
    return (day - _EPOCH).days


def day(number: int) -> dt.date:
    return _EPOCH + dt.timedelta(days=int(number))


def midyear(year: int) -> int:
    """30 June, the day for which mid-year populations are estimated."""
    return number(dt.date(year, 6, 30))


def dates(numbers: Array) -> pa.Array:
    """As dates; NEVER becomes null."""
    numbers = np.asarray(numbers, np.int32)
    mask = numbers == NEVER
    return pa.array(numbers, mask=mask if mask.any() else None).view(pa.date32())


def weekday_of(numbers: Array) -> Array:
    """0 for Monday to 6 for Sunday (1 January 1970 was a Thursday)."""
    return (numbers + 3) % 7


def working(numbers: Array, not_before: Array) -> Array:
    """Saturdays and Sundays moved back into the week before, by turns to each of its days, but not
    before the day given."""
    over = weekday_of(numbers) - 4  # 1 for Saturday, 2 for Sunday
    back = np.where(over > 0, over + np.arange(len(numbers)) % 5, 0)
    return np.asarray(np.maximum(numbers - back, not_before), np.int32)
