"""What people wrote on the site, read from its database by plain SQL into Arrow tables.

In: the SQLite file of a place or a PostgreSQL address. Out: one table for each declaration of `tables.entries`, all
from one moment. Only declared columns are read; a place without a database, or one whose site has not been started
since a table was declared, has empty tables.
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from oneplace.faults import MissingPart
from oneplace.tables.declare import Table
from oneplace.tables.entries import ENTRIES

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")
Rows = Callable[[str], list[tuple[Any, ...]]]


def database_of(folder: Path, environment: Mapping[str, str]) -> Path | str:
    """Where a place's entries are: `DATABASE_URL` if it is set, else the file in the place's folder."""
    return environment.get("DATABASE_URL") or folder / ".oneplace" / "entries.sqlite3"


def read_entries(database: Path | str) -> dict[str, pa.Table]:
    """Every declared table by its name, as of one moment."""
    return _made(database, ENTRIES, _arrow)


def read_rows(database: Path | str, name: str) -> list[dict[str, Any]]:
    """One declared table as dictionaries, for a short question that needs no Arrow."""
    return _made(database, [t for t in ENTRIES if t.name == name], _dictionaries)[name]


def _made(
    database: Path | str, tables: Iterable[Table], make: Callable[[Table, list[tuple[Any, ...]]], T]
) -> dict[str, T]:
    if isinstance(database, str):
        return _postgresql(database, tables, make)
    if not database.exists():
        return {t.name: make(t, []) for t in tables}
    return _sqlite(database, tables, make)


def entries_until(
    database: Path | str, names: Iterable[str], moment: dt.datetime, *, late_too: bool = False
) -> dict[str, pa.Table]:
    """These tables as they stood at a moment, from the versions that every entry keeps. `late_too`: what was first written
    after the moment comes as well, as it stands now; then only what was there already is as it was."""
    import pyarrow as pa

    declared = {t.name: t for t in ENTRIES}
    versions = _versions(database, tuple(names))
    found = {}
    for name in names:
        table, rows = declared[name], list[dict[str, Any]]()
        by_entry: dict[int, list[_Version]] = {}
        for v in versions.get(name, ()):
            by_entry.setdefault(v.entry, []).append(v)
        for entry, its in sorted(by_entry.items()):
            known = [v for v in its if v.saved_at <= moment] or (its if late_too else [])
            if known:
                last = max(known, key=lambda v: v.version)
                rows.append(
                    {**last.content, "id": entry, "version": last.version, "changed_at": last.saved_at.isoformat()}
                )
        cells = [[_value(_said(r, c.name), c.type) for r in rows] for c in table.columns]
        arrays = [pa.array(_whole(v, c.type), c.arrow) for v, c in zip(cells, table.columns, strict=True)]
        found[name] = pa.table(arrays, schema=table.arrow)
    return found


@dataclass(frozen=True)
class _Version:
    entry: int
    version: int
    saved_at: dt.datetime
    content: dict[str, Any]


def _said(content: Mapping[str, Any], column: str) -> Any:
    """An entry that belongs to another names it without the column's ending."""
    return content[column] if column in content else content.get(column.removesuffix("_id"))


def _whole(values: list[Any], kind: str) -> list[Any]:
    """A text that an earlier version did not have yet is empty, as the database has it."""
    return ["" if v is None else v for v in values] if kind == "text" else values


def _versions(database: Path | str, names: tuple[str, ...]) -> dict[str, list[_Version]]:
    marks = ", ".join(("%s" if isinstance(database, str) else "?",) * len(names))
    sql = f'SELECT kind, entry_id, version, saved_at, content FROM "entry_versions" WHERE kind IN ({marks})'
    if isinstance(database, str):
        with _served(database) as served:
            rows = served.execute(sql, names).fetchall()
    elif not database.exists():
        return {}
    else:
        with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True, timeout=30)) as connection:
            there = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'entry_versions'").fetchone()
            rows = connection.execute(sql, names).fetchall() if there else []
    found: dict[str, list[_Version]] = {}
    for kind, entry, version, saved_at, content in rows:
        at = dt.datetime.fromisoformat(saved_at) if isinstance(saved_at, str) else saved_at
        at = at if at.tzinfo else at.replace(tzinfo=dt.UTC)
        said = json.loads(content) if isinstance(content, str) else content
        found.setdefault(kind, []).append(_Version(entry, version, at, said))
    return found


def _sqlite(file: Path, tables: Iterable[Table], make: Callable[[Table, list[tuple[Any, ...]]], T]) -> dict[str, T]:
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=30)) as connection:
        connection.execute("BEGIN")  # one read transaction: all tables from one moment
        there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        return {t.name: make(t, _rows_of(t, there, lambda sql: connection.execute(sql).fetchall())) for t in tables}


def _served(address: str) -> Any:
    """A connection to PostgreSQL, in one transaction."""
    try:
        import psycopg
    except ImportError:
        raise MissingPart("reading entries from PostgreSQL needs psycopg: pip install 'oneplace[postgres]'") from None
    return psycopg.connect(address)


def _postgresql(
    address: str, tables: Iterable[Table], make: Callable[[Table, list[tuple[Any, ...]]], T]
) -> dict[str, T]:
    with _served(address) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        there = {
            name
            for (name,) in connection.execute(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = ANY (current_schemas(false))"
            )
        }
        return {t.name: make(t, _rows_of(t, there, lambda sql: connection.execute(sql).fetchall())) for t in tables}


def _rows_of(table: Table, there: set[str], rows: Rows) -> list[tuple[Any, ...]]:
    if table.name not in there:
        return []
    columns = ", ".join(f'"{name}"' for name in table.names)
    return rows(f'SELECT {columns} FROM "{table.name}" ORDER BY "id"')


def _dictionaries(table: Table, rows: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    return [{c.name: _value(v, c.type) for v, c in zip(row, table.columns, strict=True)} for row in rows]


def _arrow(table: Table, rows: list[tuple[Any, ...]]) -> pa.Table:
    import pyarrow as pa

    cells = zip(*rows, strict=True) if rows else ([] for _ in table.columns)
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
