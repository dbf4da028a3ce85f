"""What a build holds of what came in: rows by month, refused rows, codes without a meaning,
practices that fell silent.

Out: a statement, or one with its parameters.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

Question = tuple[str, list[Any]]


def columns_of(table: str) -> str:
    """Each column of a table with its type, in their order."""
    return f"SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = '{table}' ORDER BY column_index"


def is_table(table: str) -> Question:
    """One row where the build has the table."""
    return "SELECT 1 AS here FROM duckdb_tables() WHERE table_name = ?", [table]


def rows_by_month(table: str, column: str, start: dt.date, end: dt.date) -> Question:
    """Rows of a table by the month of a day, from the first day to before the second: `month`,
    `n`."""
    return (
        f"SELECT CAST(date_trunc('month', {column}) AS DATE) AS month, count(*) AS n FROM {table} "
        f"WHERE {column} >= CAST(? AS DATE) AND {column} < CAST(? AS DATE) GROUP BY 1 ORDER BY 1",
        [start, end],
    )


def silent_practices(day: dt.date) -> Question:
    """Practices with people registered on the day and no row of a visit in the month before it."""
    return (
        "WITH here AS (SELECT practice_code, count(*) AS people FROM registrations WHERE start_date <= CAST(? AS DATE) "
        "AND (end_date IS NULL OR end_date >= CAST(? AS DATE)) AND practice_code IS NOT NULL GROUP BY practice_code), "
        "seen AS (SELECT DISTINCT r.practice_code FROM contacts v JOIN registrations r ON r.person_id = v.person_id "
        "AND r.start_date <= v.start_date AND (r.end_date IS NULL OR r.end_date >= v.start_date) "
        "WHERE v.start_date < CAST(? AS DATE) AND v.start_date >= CAST(? AS DATE) - INTERVAL 1 MONTH) "
        "SELECT practice_code, people FROM here WHERE practice_code NOT IN (SELECT practice_code FROM seen WHERE practice_code IS NOT NULL) "
        "ORDER BY people DESC",
        [day] * 4,
    )


def rejects(table: str | None, most: int) -> Question:
    """The first refused rows, of one table or all."""
    only = "WHERE table_name = ?" if table else ""
    return (
        f"SELECT table_name, file, line, column_name, value, expected, reason FROM rejects {only} "
        f"ORDER BY table_name, file, line LIMIT {most}",
        [table] if table else [],
    )


def unmapped(most: int = 500) -> str:
    """Codes that no list of the place maps to anything, those of most rows first."""
    return f"SELECT table_name, concept_id, rows FROM unmapped_codes ORDER BY rows DESC, table_name, concept_id LIMIT {most}"
