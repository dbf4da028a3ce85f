"""What people wrote on the site, read from its database by plain SQL into Arrow tables.

In: the SQLite file of a place or a PostgreSQL address. Out: one table for each declaration of `tables.entries`, all
from one moment. Only declared columns are read; a place without a database, or one whose site has not been started
since a table was declared, has empty tables.
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa

from oneplace.faults import MissingPart
from oneplace.tables.declare import Table
from oneplace.tables.entries import ENTRIES

Rows = Callable[[str], list[tuple[Any, ...]]]


def database_of(folder: Path, environment: Mapping[str, str]) -> Path | str:
    """Where a place's entries are: `DATABASE_URL` if it is set, else the file in the place's folder."""
    return environment.get("DATABASE_URL") or folder / ".oneplace" / "entries.sqlite3"


def read_entries(database: Path | str) -> dict[str, pa.Table]:
    """Every declared table by its name, as of one moment."""
    if isinstance(database, str):
        return _postgresql(database)
    if not database.exists():
        return {t.name: t.arrow.empty_table() for t in ENTRIES}
    return _sqlite(database)


def _sqlite(file: Path) -> dict[str, pa.Table]:
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=30)) as connection:
        connection.execute("BEGIN")  # one read transaction: all tables from one moment
        there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        return {t.name: _table(t, there, lambda sql: connection.execute(sql).fetchall()) for t in ENTRIES}


def _postgresql(address: str) -> dict[str, pa.Table]:
    try:
        import psycopg
    except ImportError:
        raise MissingPart("reading entries from PostgreSQL needs psycopg: pip install 'oneplace[postgres]'") from None
    with psycopg.connect(address) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        there = {
            name
            for (name,) in connection.execute(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = ANY (current_schemas(false))"
            )
        }
        return {t.name: _table(t, there, lambda sql: connection.execute(sql).fetchall()) for t in ENTRIES}


def _table(table: Table, there: set[str], rows: Rows) -> pa.Table:
    if table.name not in there:
        return table.arrow.empty_table()
    columns = ", ".join(f'"{name}"' for name in table.names)
    found = rows(f'SELECT {columns} FROM "{table.name}" ORDER BY "id"')
    cells = zip(*found, strict=True) if found else ([] for _ in table.columns)
    return pa.table(
        [
            pa.array([_value(v, c.type) for v in values], c.arrow)
            for c, values in zip(table.columns, cells, strict=True)
        ],
        schema=table.arrow,
    )


def _value(value: Any, kind: str) -> Any:
    """SQLite keeps days and moments as text and truth as 0 or 1; PostgreSQL gives moments with a zone and JSON parsed."""
    if value is None:
        return None
    if kind == "date" and isinstance(value, str):
        return dt.date.fromisoformat(value)
    if kind == "datetime":
        moment = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.astimezone(dt.UTC).replace(tzinfo=None) if moment.tzinfo else moment
    if kind == "boolean":
        return bool(value)
    if kind == "text" and not isinstance(value, str):
        return json.dumps(value, sort_keys=True)
    return value
