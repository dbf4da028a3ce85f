"""DuckDB, the default engine: opens a database within given means, runs staged SQL, gives answers as Arrow.

In: a path (or none, for memory), how many threads and how much memory. Out: a `DuckEngine`. Nothing is downloaded: the
extensions that DuckDB would fetch are turned off. A file is opened to read by many or to write by one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from oneplace.people.features import Step
from oneplace.tables.declare import Table


def open(path: Path | None, *, threads: int, memory_limit_mb: int, read_only: bool = False) -> DuckEngine:
    """Open a database file, or memory when there is no path. Use it with `with`."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": threads,
        "memory_limit": f"{memory_limit_mb}MB",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    return DuckEngine(duckdb.connect(str(path) if path else ":memory:", read_only=read_only, config=config))


class DuckEngine:
    """One open database. Small on purpose: what stands here is what another engine has to have."""

    def __init__(self, con: duckdb.DuckDBPyConnection):
        self.con = con
        con.execute("SET preserve_insertion_order = false")
        con.execute("SET enable_progress_bar = false")

    def __enter__(self) -> DuckEngine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.con.close()

    def execute(self, sql: str) -> None:
        self.con.execute(sql)

    def run(self, steps: Iterable[Step], progress: Callable[[str, float], None] | None = None) -> None:
        """Run steps in order; `progress` hears what begins and which share is done."""
        listed = list(steps)
        for i, step in enumerate(listed):
            if progress:
                progress(step.says, i / len(listed))
            self.con.execute(step.sql)

    def arrow(self, sql: str, params: Sequence[Any] = ()) -> pa.Table:
        return self.con.sql(sql, params=list(params)).to_arrow_table()

    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """A small answer as dictionaries."""
        found: list[dict[str, Any]] = self.arrow(sql, params).to_pylist()
        return found

    def take(self, name: str, table: pa.Table) -> None:
        """Keep a small Arrow table for this session under a name."""
        self.con.register(f"{name}__arrow", table)
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM {name}__arrow")
        self.con.unregister(f"{name}__arrow")

    def keep(self, declared: Table, rows: pa.Table) -> None:
        """Keep a small result for ever, in the columns and types of its declaration."""
        self.con.register("kept__arrow", rows.select(declared.names).cast(declared.arrow))
        self.con.execute(f"CREATE OR REPLACE TABLE {declared.name} AS SELECT * FROM kept__arrow")
        self.con.unregister("kept__arrow")

    def columns(self) -> dict[str, set[str]]:
        """Base tables of the database (not of the session) and their columns."""
        found: dict[str, set[str]] = {}
        sql = (
            "SELECT c.table_name, c.column_name FROM duckdb_columns() c JOIN duckdb_tables() t "
            "ON t.database_oid = c.database_oid AND t.schema_oid = c.schema_oid AND t.table_oid = c.table_oid "
            "WHERE NOT t.temporary AND NOT t.internal AND t.database_name = current_database()"
        )
        for table, column in self.con.execute(sql).fetchall():
            found.setdefault(table.lower(), set()).add(column.lower())
        return found

    def digests(self, tables: Iterable[Table]) -> dict[str, str]:
        """SHA-256 of each table, the same whenever its rows are, in whatever order they stand."""
        return {
            t.name: digest(self.arrow(f"SELECT {', '.join(_quoted(n) for n in t.names)} FROM {t.name}"), t)
            for t in tables
        }


def digest(rows: pa.Table, declared: Table) -> str:
    """SHA-256 over the columns in the order of the key; numbers rounded to nine decimals, far beyond any declared one."""
    made = hashlib.sha256()
    order = _order(rows, declared.key or declared.names)
    for column in declared.columns:
        made.update(f"{column.name}:{column.type}:{len(rows)};".encode())
        for part in _plain_bytes(rows[column.name], order):
            made.update(part)
    return made.hexdigest()


def _order(rows: pa.Table, key: Sequence[str]) -> npt.NDArray[np.int64]:
    if len(key) == 1 and pa.types.is_integer(rows.schema.field(key[0]).type):
        return np.argsort(rows[key[0]].to_numpy(), kind="stable")
    found: npt.NDArray[np.int64] = pc.sort_indices(rows, sort_keys=[(k, "ascending") for k in key]).to_numpy()
    return found


def _plain_bytes(column: pa.ChunkedArray, order: npt.NDArray[np.int64]) -> Iterable[bytes]:
    """Which are missing, then the values with nought in their place."""
    missing = pc.is_null(column).to_numpy()[order]
    yield np.packbits(missing).tobytes()
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        codes = column.combine_chunks().dictionary_encode()
        values = np.array([str(v) for v in codes.dictionary.to_pylist()], dtype=object)
        ranks = np.argsort(np.argsort(values)) if len(values) else np.zeros(0, dtype=np.int64)
        yield "\x1f".join(sorted(values)).encode()
        index = codes.indices.fill_null(0).to_numpy()[order]
        yield np.where(missing, 0, ranks[index] if len(ranks) else 0).astype(np.int32).tobytes()
        return
    if pa.types.is_decimal(column.type) or pa.types.is_temporal(column.type):
        column = column.cast(pa.string()) if pa.types.is_decimal(column.type) else column
        if pa.types.is_decimal(column.type) or pa.types.is_string(column.type):
            yield "\x1f".join("" if v is None else v for v in column.take(pa.array(order)).to_pylist()).encode()
            return
        column = column.cast(pa.int32() if pa.types.is_date32(column.type) else pa.int64())
    zero = False if pa.types.is_boolean(column.type) else 0
    values = column.fill_null(zero).to_numpy()[order]
    yield (np.round(values.astype(float), 9) + 0.0).tobytes() if values.dtype.kind == "f" else values.tobytes()


def _quoted(name: str) -> str:
    return '"' + name + '"'
