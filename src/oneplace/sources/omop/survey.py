"""A look at records without loading them: which tables, how many rows, on which days they are
dense.

The day to compute for and the period come from where the records are dense, never from one odd row:
the days on which more than half of the most people ever under observation are under it; or, where
nothing says who was observed, the months in which at least a quarter as many people as in a busy
month have something happen to them, in busy years. One end in 2099 moves no day, and records whose
days were all shifted by a century are dense in their own.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import duckdb

from oneplace.faults import Fault, InputAtFault
from oneplace.sources.omop.counting import count_text
from oneplace.sources.omop.files import open_records
from oneplace.sources.omop.reading import FileQuery, quote

SPANS = ("observation_period", "observation_period_start_date", "observation_period_end_date")
DATED = {
    "visit_occurrence": "visit_start_date",
    "condition_occurrence": "condition_start_date",
    "drug_exposure": "drug_exposure_start_date",
    "measurement": "measurement_date",
}
LONGEST = 120  # years: a span of observation that is longer has no end
BUSY, DENSE = 0.9, 0.25


@dataclass(frozen=True)
class Survey:
    """`start` and `end` are the first and the last day on which the records are dense; `first` and
    `last` the first and the last day on which anything at all stands in them; `busy_until` the last
    day on which much happened."""

    tables: dict[str, int]
    start: dt.date
    end: dt.date
    first: dt.date
    last: dt.date
    busy_until: dt.date | None
    notes: tuple[str, ...]


def survey(path: Path, con: duckdb.DuckDBPyConnection) -> Survey:
    """What the records at `path` hold. `con` is a database in memory that the caller opened within
    its means."""
    tables: dict[str, int] = {}
    con.execute(
        "CREATE OR REPLACE TEMP TABLE surveyed_spans (person_id BIGINT, first DATE, last DATE)"
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE surveyed_months (month DATE, last DATE, people BIGINT)"
    )
    with open_records(path) as records:
        for i, f in enumerate(records.files):
            rows = (
                count_text(f.path, delimiter=f.delimiter or ",", name=f.name).rows
                if f.is_text
                else f.rows
            )
            tables[f.table.name] = tables.get(f.table.name, 0) + int(rows or 0)
            values = FileQuery(f, con, f"surveyed_{i}").values()
            if f.table.name == SPANS[0]:
                first, last = (quote(c) for c in SPANS[1:])
                con.execute(
                    f"INSERT INTO surveyed_spans SELECT person_id, {first}, CASE WHEN {last} < {first} + INTERVAL {LONGEST} "
                    f"YEAR THEN {last} END FROM ({values}) WHERE {first} IS NOT NULL"
                )
            elif f.table.name in DATED:
                day = quote(DATED[f.table.name])
                con.execute(
                    f"INSERT INTO surveyed_months SELECT date_trunc('month', {day}), max({day}), count(DISTINCT person_id) "
                    f"FROM ({values}) WHERE {day} IS NOT NULL GROUP BY 1"
                )
    whole = _row(
        con,
        "SELECT min(d), max(d) FROM (SELECT first AS d FROM surveyed_spans UNION ALL SELECT last FROM surveyed_spans "
        "UNION ALL SELECT month FROM surveyed_months UNION ALL SELECT last FROM surveyed_months)",
    )
    if whole is None:
        raise InputAtFault(
            Fault(
                what="the records have no dates",
                file=str(path),
                found=", ".join(tables),
                expected="rows in " + " or ".join((SPANS[0], *DATED)),
            )
        )
    happened = _busy_days(con)
    observed = _observed_days(con, happened[1] if happened else None)
    start, end = observed or happened or whole
    return Survey(
        tables, start, end, whole[0], whole[1], happened[1] if happened else None, records.notes
    )


def _busy_days(con: duckdb.DuckDBPyConnection) -> tuple[dt.date, dt.date] | None:
    """From the first to the last month in which enough people have something happen to them,
    themselves and within a year of it: a lonely month is none, however few people there are."""
    year = "sum(people) OVER (ORDER BY month RANGE BETWEEN {} AND {})"
    before = year.format("INTERVAL 11 MONTH PRECEDING", "CURRENT ROW")
    after = year.format("CURRENT ROW", "INTERVAL 11 MONTH FOLLOWING")
    return _row(
        con,
        "WITH months AS (SELECT month, max(last) AS last, max(people) AS people FROM surveyed_months GROUP BY month), "
        f"years AS (SELECT month, last, people, GREATEST({before}, {after}) AS year FROM months), "
        f"busy AS (SELECT quantile_disc(people, {BUSY}) AS people, quantile_disc(year, {BUSY}) AS year FROM years) "
        f"SELECT min(y.month), max(y.last) FROM years y, busy "
        f"WHERE y.people >= {DENSE} * busy.people AND y.year >= {DENSE} * busy.year",
    )


def _observed_days(
    con: duckdb.DuckDBPyConnection, until: dt.date | None
) -> tuple[dt.date, dt.date] | None:
    """From the first to the last day with more than half of the most people ever under observation
    at once; a span without an end goes on `until` the last busy day."""
    open_end = (
        f"DATE '{until}'"
        if until
        else "(SELECT COALESCE(max(last), max(first)) FROM surveyed_spans)"
    )
    return _row(
        con,
        "WITH steps AS (SELECT first AS day, 1 AS step FROM surveyed_spans UNION ALL "
        f"SELECT COALESCE(last, GREATEST(first, {open_end})) + 1, -1 FROM surveyed_spans), "
        "days AS (SELECT day, sum(sum(step)) OVER (ORDER BY day) AS people, lead(day) OVER (ORDER BY day) AS next "
        "FROM steps GROUP BY day) "
        "SELECT min(day), max(next) - 1 FROM days WHERE people > 0.5 * (SELECT max(people) FROM days)",
    )


def _row(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[dt.date, dt.date] | None:
    row = con.execute(sql).fetchone()
    return (row[0], row[1]) if row and row[0] is not None and row[1] is not None else None
