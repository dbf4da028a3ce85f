"""DuckDB, the default engine: opens a database within given means, runs staged SQL, gives answers
as Arrow.

In: a path (or none, for memory), how many threads and how much memory. Out: a `DuckEngine`. Nothing
is downloaded: the extensions that DuckDB would fetch are turned off. A file is opened to read by
many or to write by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import duckdb

from oneplace.engines.means import Means
from oneplace.faults import Fault, InputAtFault
from oneplace.tables.declare import Table

if TYPE_CHECKING:
    import pyarrow as pa

    from oneplace.people.features import Step


def open(
    path: Path | None, *, threads: int, memory_limit_mb: int, read_only: bool = False
) -> DuckEngine:
    """Open a database file, or memory when there is no path. Use it with `with`."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": threads,
        "memory_limit": f"{memory_limit_mb}MB",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    return DuckEngine(
        duckdb.connect(str(path) if path else ":memory:", read_only=read_only, config=config)
    )


@contextmanager
def memory_faults(means: Means) -> Iterator[None]:
    """What does not fit into the memory given, and cannot be spilled, said as a fault with what to
    do."""
    try:
        yield
    except duckdb.OutOfMemoryException as e:
        if "No space left" in str(e):
            raise
        what = "this build needs more memory than it may use; nothing was changed and the last build still answers"
        found = f"{means.memory_mb:,} MB and {means.threads} threads"
        expected = f"--memory {2 * means.memory_mb}, or --threads 1"
        raise InputAtFault(Fault(what=what, file="--memory", found=found, expected=expected)) from e


class DuckEngine:
    """One open database. Small on purpose: what stands here is what another engine has to have."""

    def __init__(self, con: duckdb.DuckDBPyConnection):
        self.con = con
        con.execute("SET preserve_insertion_order = false")
        con.execute("SET enable_progress_bar = false")

    def __enter__(self) -> DuckEngine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.con.close()

    def execute(self, sql: str) -> None:
        self.con.execute(sql)

    def run(
        self, steps: Iterable[Step], progress: Callable[[str, float], None] | None = None
    ) -> None:
        """Run steps in order; `progress` hears what begins and which share is done."""
        listed = list(steps)
        for i, step in enumerate(listed):
            if progress:
                progress(step.says, i / len(listed))
            self.con.execute(step.sql)

    def arrow(self, sql: str, params: Sequence[Any] = ()) -> pa.Table:
        return self.con.sql(sql, params=list(params)).to_arrow_table()

    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """A small answer as dictionaries, fetched without going by Arrow."""
        found = self.con.execute(sql, list(params))
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

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
