"""The figures of a file's tables made one: a figure that stands on two sheets is kept once, and has
to be the same on both.

In: each table with its rows of OBSERVATIONS. Out: the rows with no figure twice, or a fault that
names both places.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from oneplace.faults import Fault, InputAtFault
from oneplace.sources.statistics.opening import Opened

KEY = ("measure", "organisation_code", "basis", "part", "weeks_from", "period")


def one_of_each(read: Sequence[tuple[Opened, pa.Table]]) -> pa.Table:
    """All rows, each figure once."""
    every = pa.concat_tables([rows for _, rows in read])
    counted = every.group_by(list(KEY)).aggregate([([], "count_all")])
    if pc.max(counted["count_all"]).as_py() == 1:
        return every
    first: dict[tuple[Any, ...], tuple[int, dict[str, Any]]] = {}
    tables = []
    for number, (file, rows) in enumerate(read):
        mine = []
        for i, row in enumerate(rows.to_pylist()):
            key = tuple(row[c] for c in KEY)
            before = first.setdefault(key, (number, row))
            if before[1] is row:
                mine.append(i)
            elif before[0] == number or _said(before[1]) != _said(row):
                _refuse(read[before[0]][0], before[1], file, row)
        tables.append(rows.take(pa.array(mine, pa.int64())))
    return pa.concat_tables(tables)


def editions_at_odds(read: Sequence[tuple[str, pa.Table]]) -> list[Fault]:
    """Files of one import that give a figure differently and stand alike: nothing would say which
    of them speaks."""
    if len(read) < 2:
        return []
    columns = [*KEY, "status", "numerator", "denominator"]
    every = pa.concat_tables(
        [t.select(columns).append_column("file", pa.repeat(name, t.num_rows)) for name, t in read]
    )
    counted = every.group_by([*KEY, "status"]).aggregate(
        [
            (c, f, pc.CountOptions(mode="all"))
            for c in ("numerator", "denominator")
            for f in ("count_distinct",)
        ]
        + [("file", "list")]
    )
    odd = counted.filter(
        pc.or_(
            pc.greater(counted["numerator_count_distinct"], 1),
            pc.greater(counted["denominator_count_distinct"], 1),
        )
    )
    return [
        Fault(
            what="two files of this import give one figure differently",
            file=row["file_list"][-1],
            found=f"{row['measure']}, {row['organisation_code']}, {row['period']:%B %Y}, also in {row['file_list'][0]}",
            expected="the earlier edition imported first, and the revised one after it or with --final",
        )
        for row in odd.slice(0, 3).to_pylist()
    ]


def _said(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["numerator"], row["denominator"], row["suppressed"]


def _refuse(one: Opened, first: dict[str, Any], other: Opened, second: dict[str, Any]) -> None:
    same = one is other
    raise InputAtFault(
        other.fault(
            "one figure stands twice in the file"
            if same
            else "two sheets give one figure differently",
            found=f"{second['measure']}, {second['organisation_code']}, {second['period']:%B %Y}: {_figure(second)}",
            expected="it once" if same else f"{_figure(first)}, as on sheet '{one.where.sheet}'",
        )
    )


def _figure(row: dict[str, Any]) -> str:
    if row["numerator"] is None:
        return "withheld"
    of = "" if row["denominator"] is None else f" of {row['denominator']:,.0f}"
    return f"{row['numerator']:,.0f}{of}"
