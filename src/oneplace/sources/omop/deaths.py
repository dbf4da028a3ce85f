"""Days of death that can be nobody's: before the birth, long before the person was last seen, or
after all records end.

Programs write a first or a last day where they know none (1900-01-01, 2099-12-31), and whoever
takes it for a day of death loses the person from every list. Such a row is refused with its line
like any other; the person stays, and nothing is thought to be missing of them.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence

import duckdb

from oneplace.people.records import BEGINS
from oneplace.sources.omop.reading import CROSSWALK, FileQuery, quote
from oneplace.sources.omop.refusing import Refused, line_of_row, write_refused

SEEN_DAYS = 366  # after a death: letters and claims come later, but nobody is seen for a year
AFTER_RECORDS_DAYS = 366  # deaths may be received for longer than other events
BEFORE_BIRTH = "the day of death lies before the birth"
SEEN_AFTER = "the person was seen more than a year after this day of death"
TO_COME = "this day of death is still to come"
SEEN = {
    "visit_occurrence": "visit_start_date",
    "observation_period": "observation_period_start_date",
}


def refuse_impossible(
    con: duckdb.DuckDBPyConnection,
    identity: duckdb.DuckDBPyConnection,
    tables: Mapping[str, int],
    readings: Sequence[FileQuery],
    *,
    today: dt.date | None,
) -> Counter[str]:
    """Take the rows out of `death` and write them down as refused; how many for each reason.
    `today` is the day on which the records are read: they know no death after it, unless all their
    days were moved into a later century. Without it they know what their own days tell."""
    if not tables.get("death"):
        return Counter()
    con.execute(f"CREATE OR REPLACE TEMP TABLE impossible_deaths AS {_impossible(tables, today)}")
    refused: Counter[str] = Counter()
    if _count(con, "impossible_deaths"):
        for reading in readings:
            rows = con.execute(
                f"SELECT v.row, CAST(v.death_date AS VARCHAR), i.reason, i.person_id FROM ({reading.values(raw=True)}) v "
                f"JOIN {CROSSWALK} c ON c.source_key = v.{quote(reading.people[0].name)} "
                "JOIN impossible_deaths i ON i.person_id = c.person_id AND i.death_date = v.death_date ORDER BY v.row"
            ).fetchall()
            found = [
                Refused(
                    line_of_row(con, reading, row),
                    "death_date",
                    day,
                    EXPECTED[reason],
                    reason,
                    person,
                )
                for row, day, reason, person in rows
            ]
            if found:
                write_refused(con, identity, reading, found)
                refused.update(r.reason for r in found)
        con.execute(
            "DELETE FROM death d USING impossible_deaths i WHERE i.person_id = d.person_id AND i.death_date = d.death_date"
        )
    con.execute("DROP TABLE impossible_deaths")
    return refused


EXPECTED = {
    BEFORE_BIRTH: "a day in the person's life",
    SEEN_AFTER: "a day after which nobody is seen, or no row",
    TO_COME: "a day up to today, or in records of a later century one up to a year after their last event",
}


def _impossible(tables: Mapping[str, int], today: dt.date | None) -> str:
    seen = [f"SELECT person_id, {day} AS day FROM {t}" for t, day in SEEN.items() if tables.get(t)]
    events = [f"SELECT {day} AS day FROM {t}" for t, day in BEGINS.items() if tables.get(t)]
    nobody = "SELECT CAST(NULL AS BIGINT) AS person_id, CAST(NULL AS DATE) AS day"
    # Of a thousand events the last may itself be a day that somebody's program made up.
    last_event = (
        f"SELECT quantile_disc(day, 0.999) AS day FROM ({' UNION ALL '.join(events) or nobody})"
    )
    read_on = f"DATE '{today}'" if today else "NULL"
    limit = f"greatest({read_on}, (SELECT day FROM ({last_event})) + {AFTER_RECORDS_DAYS})"
    last_seen = f"SELECT person_id, max(day) AS day FROM ({' UNION ALL '.join(seen) or nobody}) WHERE day <= {limit} GROUP BY person_id"
    reason = (
        f"CASE WHEN year(d.death_date) < b.year THEN '{BEFORE_BIRTH}' WHEN d.death_date > {limit} THEN '{TO_COME}' "
        f"WHEN s.day > d.death_date + {SEEN_DAYS} THEN '{SEEN_AFTER}' END"
    )
    return (
        f"SELECT * FROM (SELECT d.person_id, d.death_date, {reason} AS reason FROM death d "
        "LEFT JOIN (SELECT person_id, min(year_of_birth) AS year FROM person GROUP BY person_id) b ON b.person_id = d.person_id "
        f"LEFT JOIN ({last_seen}) s ON s.person_id = d.person_id) WHERE reason IS NOT NULL"
    )


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    row = con.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0
