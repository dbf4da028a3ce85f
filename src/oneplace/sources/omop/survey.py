"""A look at records without loading them: which tables, how many rows, which days they cover."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import duckdb

from oneplace.faults import Fault, InputAtFault
from oneplace.sources.omop.counting import count_text
from oneplace.sources.omop.files import open_records
from oneplace.sources.omop.reading import Reading, quote

DATED = {
    "observation_period": ("observation_period_start_date", "observation_period_end_date"),
    "visit_occurrence": ("visit_start_date", "visit_end_date"),
    "condition_occurrence": ("condition_start_date", "condition_start_date"),
}


@dataclass(frozen=True)
class Survey:
    """`start` and `end` are the days between which the records speak of something happening."""

    tables: dict[str, int]
    start: dt.date
    end: dt.date
    notes: tuple[str, ...]


def survey(path: Path, con: duckdb.DuckDBPyConnection) -> Survey:
    """What the records at `path` hold. `con` is a database in memory that the caller opened within its means."""
    tables: dict[str, int] = {}
    days: list[dt.date] = []
    with open_records(path) as records:
        for i, f in enumerate(records.files):
            rows = count_text(f.path, delimiter=f.delimiter or ",", name=f.name).rows if f.is_text else f.rows
            tables[f.table.name] = tables.get(f.table.name, 0) + int(rows or 0)
            if f.table.name in DATED:
                first, last = (quote(c) for c in DATED[f.table.name])
                values = Reading(f, con, f"surveyed_{i}").values()
                row = con.execute(f"SELECT min({first}), max({last}) FROM ({values})").fetchone()
                days += [d for d in row or () if d is not None]
    if not days:
        raise InputAtFault(
            Fault(
                what="the records have no dates",
                file=str(path),
                found=", ".join(tables),
                expected="rows in " + " or ".join(DATED),
            )
        )
    return Survey(tables, min(days), max(days), records.notes)
