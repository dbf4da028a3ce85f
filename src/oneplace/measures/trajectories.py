"""Planned values beside standards and, where they are known, actual values: period by period.

In: the rows of `tables/trajectories.csv` and observed values. Out: for each measure a series of
points, the first period that meets the standard, and the first from which every later one does. The
operator decides: a standard of "under 1%" is not met by a planned 1.0%, which is why the two
executive-summary dates are kept beside the rows.
"""

from __future__ import annotations

import csv
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from oneplace.documents.values import When, when
from oneplace.faults import Fault, InputAtFault
from oneplace.tables.csv import read_csv
from oneplace.tables.trajectories import TRAJECTORY

MEETS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}


@dataclass(frozen=True, kw_only=True)
class TrajectoryRow:
    """One row of the table, numbers as they are written."""

    record: str
    measure: str
    period: When
    period_type: str
    operator: str
    standard: Decimal
    unit: str
    planned: Decimal | None
    source: str
    note: str | None


@dataclass(frozen=True)
class Point:
    """One period of a measure. `actual` is None while nothing is observed."""

    period: When
    planned: Decimal
    standard: Decimal
    actual: Decimal | None
    planned_meets: bool
    actual_meets: bool | None


@dataclass(frozen=True)
class PromisedLevel:
    """What the plan's summary promises of a measure: by when, and how much."""

    period: When
    operator: str
    value: Decimal
    source: str


@dataclass(frozen=True)
class Trajectory:
    """A measure's planned course beside its standard. Periods are None where the plan never gets
    there."""

    measure: str
    unit: str
    operator: str
    points: tuple[Point, ...]
    first_meeting: When | None
    first_staying: When | None
    promise: PromisedLevel | None
    promised_met: bool | None
    """whether the planned value meets the promise, by the promise's own operator and value, at its
    date"""
    source: str = ""

    @property
    def promised(self) -> When | None:
        return self.promise.period if self.promise else None

    def at(self, day: date) -> Point | None:
        """The point whose period holds a day; after the last the last, before the first none."""
        begun = [p for p in self.points if p.period.start <= day]
        return begun[-1] if begun else None


def read_trajectories(path: Path, *, name: str | None = None) -> tuple[TrajectoryRow, ...]:
    """The rows of a file, checked: types, keys, periods, planned values present, percentages at
    most 100."""
    file = name or str(path)
    rows: list[TrajectoryRow] = []
    faults: list[Fault] = []
    for number, raw in enumerate(read_csv(path, TRAJECTORY, name=file).to_pylist()):
        try:
            rows.append(_row(raw))
        except ValueError as e:
            field, _, expected = str(e).partition(": ")
            what = f"the {field} does not fit"
            line = _line_of(path, number)
            faults.append(
                Fault(
                    what=what,
                    file=file,
                    line=line,
                    path=field,
                    found=str(raw[field]),
                    expected=expected,
                )
            )
    if faults:
        raise InputAtFault(faults)
    return tuple(rows)


def trajectories(
    rows: Iterable[TrajectoryRow], *, actuals: Mapping[str, Mapping[str, Decimal]] | None = None
) -> tuple[Trajectory, ...]:
    """One trajectory for each measure, in order of first mention. `actuals` is measure -> period
    text -> value."""
    known = list(rows)
    observed = actuals or {}
    measures = dict.fromkeys(r.measure for r in known)
    return tuple(
        _trajectory(m, [r for r in known if r.measure == m], observed.get(m, {})) for m in measures
    )


def _trajectory(
    measure: str, rows: list[TrajectoryRow], actuals: Mapping[str, Decimal]
) -> Trajectory:
    planned = sorted((r for r in rows if r.planned is not None), key=lambda r: r.period.start)
    points = tuple(_point(r, actuals.get(str(r.period))) for r in planned)
    misses = [i for i, p in enumerate(points) if not p.planned_meets]
    after_last_miss = misses[-1] + 1 if misses else 0
    promise = next((r for r in rows if r.record == "exec_target"), None)
    at_promise = next(
        (p for p in points if promise and p.period.start == promise.period.start), None
    )
    return Trajectory(
        measure=measure,
        unit=rows[0].unit,
        operator=planned[0].operator if planned else rows[0].operator,
        points=points,
        first_meeting=next((p.period for p in points if p.planned_meets), None),
        first_staying=points[after_last_miss].period if after_last_miss < len(points) else None,
        promise=PromisedLevel(promise.period, promise.operator, promise.standard, promise.source)
        if promise
        else None,
        promised_met=MEETS[promise.operator](at_promise.planned, promise.standard)
        if promise and at_promise
        else None,
        source=planned[0].source if planned else rows[0].source,
    )


def _point(row: TrajectoryRow, actual: Decimal | None) -> Point:
    assert row.planned is not None
    meets = MEETS[row.operator]
    return Point(
        period=row.period,
        planned=row.planned,
        standard=row.standard,
        actual=actual,
        planned_meets=meets(row.planned, row.standard),
        actual_meets=None if actual is None else meets(actual, row.standard),
    )


def _row(raw: Mapping[str, Any]) -> TrajectoryRow:
    """One checked row; ValueError opens with the column at fault."""
    try:
        period = when(raw["period"])
    except ValueError as e:
        raise ValueError(f"period: {e}") from None
    numbers = {
        f: None if raw[f] is None else Decimal(repr(raw[f])) for f in ("standard", "planned")
    }
    for field, value in numbers.items():
        if raw["unit"].startswith("%") and value is not None and value > 100:
            raise ValueError(f"{field}: a percentage of at most 100")
    if (raw["record"] == "trajectory") != (raw["planned"] is not None):
        raise ValueError("planned: a value in the rows of a trajectory and none in the others")
    standard = numbers["standard"]
    assert standard is not None
    kept = {
        f: raw[f]
        for f in ("record", "measure", "period_type", "operator", "unit", "source", "note")
    }
    return TrajectoryRow(period=period, standard=standard, planned=numbers["planned"], **kept)


def _line_of(path: Path, row: int) -> int:
    """The line in the file of a row that the CSV reader accepted; quoted cells may hold line
    breaks."""
    with path.open(encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(text)
        for number, _ in enumerate(reader):
            if number == row:
                return reader.line_num + 1
    return 1
