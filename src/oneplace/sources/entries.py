"""What people wrote on the site, read from its database by plain SQL into Arrow tables.

In: the SQLite file of a place or a PostgreSQL address. Out: a table for each declaration of
`tables.entries` that is asked for, all from one moment. Only declared columns are read; a place
without a database, or one whose site has not been started since a table was declared, has empty
tables.
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oneplace.faults import MissingPart
from oneplace.tables.declare import Table
from oneplace.tables.entries import ENTRIES

if TYPE_CHECKING:
    import pyarrow as pa

DECLARED = {t.name: t for t in ENTRIES}


def database_of(folder: Path, environment: Mapping[str, str]) -> Path | str:
    """Where a place's entries are: `DATABASE_URL` if it is set, else the file in the place's
    folder."""
    return environment.get("DATABASE_URL") or folder / ".oneplace" / "entries.sqlite3"


class Moment:
    """What people wrote, all tables from one moment: a read transaction that begins with the first
    question and lasts until `close`. Each table is read when it is asked for, once."""

    def __init__(self, database: Path | str):
        self._database = database
        self._rows: dict[str, list[tuple[Any, ...]]] = {}

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database; a table that was not asked for before is then of another
        moment."""
        if connection := self.__dict__.pop("_connection", None):
            connection.close()

    def rows(self, table: Table) -> list[tuple[Any, ...]]:
        """The declared columns of one table, in the order of its entries."""
        if table.name not in self._rows:
            columns = ", ".join(f'"{name}"' for name in table.names)
            self._rows[table.name] = self.select(
                table.name, f'SELECT {columns} FROM "{table.name}" ORDER BY "id"'
            )
        return self._rows[table.name]

    def select(self, table: str, sql: str, asked: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of one statement over one table, `?` for each value; none where the site has not
        made the table yet."""
        if self._connection is None or table not in self._there:
            return []
        sql = sql.replace("?", "%s") if isinstance(self._database, str) else sql
        found: list[tuple[Any, ...]] = self._connection.execute(sql, asked).fetchall()
        return found

    @cached_property
    def _connection(self) -> Any:
        """SQLite's or PostgreSQL's, within a read transaction; None where nobody has written
        anything yet."""
        if isinstance(self._database, str):
            return _served(self._database)
        if not self._database.exists():
            return None
        connection = sqlite3.connect(
            f"{self._database.resolve().as_uri()}?mode=ro", uri=True, timeout=30
        )
        connection.execute("BEGIN")
        return connection

    @cached_property
    def _there(self) -> set[str]:
        return {
            name for (name,) in self._connection.execute(_TABLES[isinstance(self._database, str)])
        }


_TABLES = {
    True: "SELECT table_name FROM information_schema.tables WHERE table_schema = ANY (current_schemas(false))",
    False: "SELECT name FROM sqlite_master WHERE type = 'table'",
}


def _served(address: str) -> Any:
    try:
        import psycopg
    except ImportError:
        raise MissingPart(
            "reading entries from PostgreSQL needs psycopg: pip install 'oneplace[postgres]'"
        ) from None
    connection = psycopg.connect(address)
    connection.isolation_level, connection.read_only = psycopg.IsolationLevel.REPEATABLE_READ, True
    return connection


def read_entries(database: Path | str) -> dict[str, pa.Table]:
    """Every declared table by its name, as of one moment."""
    with closing(Moment(database)) as moment:
        return {t.name: arrow(t, moment.rows(t)) for t in ENTRIES}


def read_rows(database: Path | str, name: str) -> list[dict[str, Any]]:
    """One declared table as dictionaries, for a short question that needs no Arrow."""
    with closing(Moment(database)) as moment:
        return dictionaries(DECLARED[name], moment.rows(DECLARED[name]))


def entries_until(
    database: Path | str, names: Iterable[str], moment: dt.datetime, *, late_too: bool = False
) -> dict[str, pa.Table]:
    """These tables as they stood at a moment, from the versions that every entry keeps. `late_too`:
    what was first written after the moment comes as well, as it stands now; then only what was
    there already is as it was."""
    import pyarrow as pa

    versions = _versions(database, tuple(names))
    found = {}
    for name in names:
        table, rows = DECLARED[name], list[dict[str, Any]]()
        by_entry: dict[int, list[_Version]] = {}
        for v in versions.get(name, ()):
            by_entry.setdefault(v.entry, []).append(v)
        for entry, its in sorted(by_entry.items()):
            known = [v for v in its if v.saved_at <= moment] or (its if late_too else [])
            if known:
                last = max(known, key=lambda v: v.version)
                rows.append(
                    {
                        **last.content,
                        "id": entry,
                        "version": last.version,
                        "changed_at": last.saved_at.isoformat(),
                    }
                )
        cells = [[_value(_said(r, c.name), c.type) for r in rows] for c in table.columns]
        arrays = [
            pa.array(_whole(v, c.type), c.arrow) for v, c in zip(cells, table.columns, strict=True)
        ]
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
    marks = ", ".join("?" * len(names))
    sql = f'SELECT kind, entry_id, version, saved_at, content FROM "entry_versions" WHERE kind IN ({marks})'
    with closing(Moment(database)) as moment:
        rows = moment.select("entry_versions", sql, names)
    found: dict[str, list[_Version]] = {}
    for kind, entry, version, saved_at, content in rows:
        at = dt.datetime.fromisoformat(saved_at) if isinstance(saved_at, str) else saved_at
        at = at if at.tzinfo else at.replace(tzinfo=dt.UTC)
        said = json.loads(content) if isinstance(content, str) else content
        found.setdefault(kind, []).append(_Version(entry, version, at, said))
    return found


def dictionaries(table: Table, rows: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Rows of a declared table by the names of its columns, with days and moments as such."""
    return [
        {c.name: _value(v, c.type) for v, c in zip(row, table.columns, strict=True)} for row in rows
    ]


def arrow(table: Table, rows: list[tuple[Any, ...]]) -> pa.Table:
    """The same as an Arrow table of the declared types."""
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
    """SQLite keeps days and moments as text and truth as 0 or 1; PostgreSQL gives moments with a
    zone and JSON parsed."""
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
