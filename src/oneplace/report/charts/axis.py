"""Scales: round tick values for numbers, months for time, and the map from a value to a place on
the page.

Values come in; an `Axis` (its ends, its ticks, how many decimals they need) and labelled positions
come out.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from oneplace.report import words
from oneplace.report.charts import ink

Place = Callable[[float], float]
LARGEST, SMALLEST = 1e15, 1e-12
"""Beyond this no figure of a place is meant: the drawing leaves it out and the table says so. What
is smaller is drawn as zero."""


@dataclass(frozen=True)
class Axis:
    low: float
    high: float
    ticks: tuple[float, ...]
    decimals: int

    def label(self, value: float) -> str:
        return words.number(value, self.decimals) if value else "0"

    @property
    def from_zero(self) -> bool:
        return self.low <= 0 <= self.high


def nice(low: float, high: float, *, count: int = 5, from_zero: bool = False) -> Axis:
    """An axis with about `count` steps of 1, 2 or 5 times a power of ten that holds both ends."""
    if from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    widest = max(abs(low), abs(high))
    if high - low <= max(
        1e-9 * widest, 1e-6
    ):  # as good as one value: an axis of its own size around it
        spread = 1.0 if widest >= 1 or widest < 1e-6 else widest * 0.5
        spread = max(spread, abs(low) * 0.05)
        low, high = (
            (min(low, 0.0), max(high, 0.0) + spread) if from_zero else (low - spread, high + spread)
        )
    step = _step((high - low) / count)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    ticks = tuple(round(i * step, decimals + 2) + 0.0 for i in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], ticks, decimals)


def _step(raw: float) -> float:
    power = 10.0 ** math.floor(math.log10(raw))
    return next((m * power for m in (1.0, 2.0, 5.0) if raw <= m * power * (1 + 1e-9)), 10.0 * power)


def place(low: float, high: float, start: float, end: float) -> Place:
    """Value to position: `low` stands at `start`, `high` at `end`. One value only stands in the
    middle."""
    if high == low:
        return lambda _: (start + end) / 2
    slope = (end - start) / (high - low)
    return lambda value: start + (value - low) * slope


def drawable(value: words.Number) -> float | None:
    """The value as the pen takes it: finite and within reason, else None."""
    if value is None:
        return None
    found = float(value)
    if abs(found) < SMALLEST:
        return 0.0
    return found if -LARGEST <= found <= LARGEST else None  # false for nan as well


def known(values: Iterable[words.Number]) -> list[float]:
    return [v for v in map(drawable, values) if v is not None]


def thinned(scale: Axis, size: float, width: float) -> Sequence[float]:
    """Every tick, or every second, fourth ... so that the labels stand apart."""
    stride, widest = 1, max(ink.width_of(scale.label(t), size) for t in scale.ticks) + 10
    while stride < len(scale.ticks) and widest * (len(scale.ticks) - 1) / stride > width:
        stride *= 2
    return scale.ticks[::stride]


# --- time ----------------------------------------------------------------------------------------------------------


def month_number(on: date) -> int:
    return on.year * 12 + on.month - 1


def month_start(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


def monthly(dates: Sequence[date]) -> bool:
    """Whether each date stands for a month: all fall on the first day."""
    return all(d.day == 1 for d in dates)


def date_labels(
    dates: Sequence[date], at: Callable[[date], float], *, size: float, left: float, right: float
) -> list[tuple[float, str]]:
    """As many evenly stepped labels ("Apr 2019", or "6 Aug 2018" between months) as stand apart,
    moved inside left to right."""
    if not dates:
        return []
    if monthly(dates):
        first, last = month_number(min(dates)), month_number(max(dates))
        months = range(first, last + 1)
        candidates = [
            [month_start(m) for m in months if (m - 3) % step == 0]
            for step in (1, 2, 3, 6, 12, 24, 60, 120)
        ]
        word: Callable[[date], str] = words.short_month
    else:
        ordered = sorted(set(dates))
        candidates, word = [ordered[::step] for step in _strides(len(ordered))], words.short_day
    for chosen in filter(None, [*candidates, [min(dates)]]):
        labels = [_inside(at(d), word(d), size, left, right) for d in chosen]
        if _apart(labels, size):
            return labels
    raise AssertionError("one label always stands apart")


def _inside(x: float, label: str, size: float, left: float, right: float) -> tuple[float, str]:
    half = _half(label, size)
    return max(min(x, right - half), left + half), label


def _strides(count: int) -> list[int]:
    out, stride = [], 1
    while stride < max(count, 2):
        out.append(stride)
        stride *= 2
    return out


def _apart(labels: list[tuple[float, str]], size: float) -> bool:
    return all(
        b[0] - a[0] >= _half(a[1], size) + _half(b[1], size) + size * 0.7
        for a, b in itertools.pairwise(labels)
    )


def _half(label: str, size: float) -> float:
    return ink.width_of(label, size) / 2
