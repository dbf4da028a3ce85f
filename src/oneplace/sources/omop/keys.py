"""Keys that stand more than once: proved for every declared key before anything is joined on it.

In: the facts with one whole table loaded, and the readings of its files. Out: how many rows stood
again and were left out, or a fault for keys whose rows differ, with both lines. Parts of an export
overlap, so equal rows are ordinary: they are one row (spaces around a text apart). Rows that differ
cannot both be right, and nobody here can say which is; only of events that nothing is joined on
(`Table.apart`) two may have one number, and are kept as the two that they are.

A key of whole numbers that lie close together is proved by a bit for each number: 76 million in one
CPU second and 10 MB. Other keys are grouped, which the database does within its memory. The files
are read again only for keys that repeat.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from oneplace.faults import Fault
from oneplace.sources.omop.reading import FileQuery, quote
from oneplace.sources.omop.refusing import line_of_row
from oneplace.tables.declare import Column, Table
from oneplace.tables.omop import IDENTIFYING

MOST_NAMED = 10
WIDEST = 999_999_999  # the most bits the database keeps for one aggregate
REPEATED, AGAIN = "keys_that_repeat", "rows_of_repeated_keys"


def stands_once(con: duckdb.DuckDBPyConnection, table: str, key: Sequence[str]) -> bool:
    """Is the key of every row of the table its own?"""
    if len(key) == 1 and _is_whole(con, table, key[0]):
        at = quote(key[0])
        low, high, rows = con.execute(
            f"SELECT min({at}), max({at}), count(*) FROM {quote(table)}"
        ).fetchone() or (
            0,
            0,
            0,
        )
        if not rows:
            return True
        if high - low < min(WIDEST, max(1 << 20, 32 * rows)):
            bits = con.execute(
                f"SELECT bit_count(bitstring_agg({at}, {low}, {high})) FROM {quote(table)}"
            ).fetchone()
            return bool(bits and bits[0] == rows)
    columns = ", ".join(map(quote, key))
    sql = f"SELECT 1 FROM {quote(table)} GROUP BY {columns} HAVING count(*) > 1 LIMIT 1"
    return con.execute(sql).fetchone() is None


def read_once(
    con: duckdb.DuckDBPyConnection,
    identity: duckdb.DuckDBPyConnection,
    table: Table,
    readings: Sequence[FileQuery],
) -> tuple[int, list[Fault]]:
    """Leave one row of each key of the table. Gives how many were left out, or the faults of rows
    that differ (and then leaves the table as it is)."""
    if not table.key or stands_once(con, table.name, table.key):
        return 0, []
    key = ", ".join(map(quote, _identifies(table)))
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {REPEATED} AS SELECT {key} FROM {quote(table.name)} GROUP BY {key} HAVING count(*) > 1"
    )
    try:
        faults = _faults(con, table, readings)
        return (0, faults) if faults else (_leave_out(con, identity, table), [])
    finally:
        con.execute(f"DROP TABLE IF EXISTS {AGAIN}; DROP TABLE IF EXISTS {REPEATED}")


def shared_numbers(con: duckdb.DuckDBPyConnection, table: Table) -> int:
    """How many rows, after `read_once`, are events whose number another event has too."""
    if not table.apart or stands_once(con, table.name, table.key):
        return 0
    key = ", ".join(map(quote, table.key))
    sql = f"SELECT sum(n) FROM (SELECT count(*) AS n FROM {quote(table.name)} GROUP BY {key} HAVING count(*) > 1)"
    row = con.execute(sql).fetchone()
    return int(row[0]) if row else 0


def _identifies(table: Table) -> tuple[str, ...]:
    """The columns that say which record a row is."""
    return tuple(dict.fromkeys((*table.key, *table.apart)))


def _is_whole(con: duckdb.DuckDBPyConnection, table: str, column: str) -> bool:
    described = {r[0]: r[1] for r in con.execute(f"DESCRIBE {quote(table)}").fetchall()}
    return described[column] in ("SMALLINT", "INTEGER", "BIGINT")


def _faults(
    con: duckdb.DuckDBPyConnection, table: Table, readings: Sequence[FileQuery]
) -> list[Fault]:
    """Two lines for each of the first keys whose rows differ. The files are read again, for who
    somebody is does not stand in the facts and may differ too."""
    key = ", ".join(map(quote, _identifies(table)))
    on = " AND ".join(f"r.{quote(k)} = n.{quote(k)}" for k in _identifies(table))
    for i, reading in enumerate(readings):
        again = (
            f"SELECT {i} AS file_number, n.* FROM ({reading.numbered}) n JOIN {REPEATED} r ON {on}"
        )
        con.execute(
            f"{f'INSERT INTO {AGAIN}' if i else f'CREATE OR REPLACE TEMP TABLE {AGAIN} AS'} {again}"
        )
    others = [c for c in table.columns if c.name not in _identifies(table)]
    differ = " OR ".join(
        f"(count({at}) NOT IN (0, count(*)) OR min({at}) <> max({at}))"
        for at in map(_compared, others)
    )
    if not differ:
        return []
    found = con.execute(
        f"SELECT list((file_number, row) ORDER BY file_number, row) AS places, count(*) OVER () FROM {AGAIN} "
        f"GROUP BY {key} HAVING {differ} ORDER BY places LIMIT {MOST_NAMED}"
    ).fetchall()
    faults = [_fault(con, table, readings, others, places) for places, _ in found]
    if found and found[0][1] > len(found):
        what = f"there are more keys of {table.name} whose rows differ"
        faults.append(
            Fault(what=what, file=readings[0].file.name, found=f"{found[0][1]:,} keys in all")
        )
    return faults


def _fault(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    readings: Sequence[FileQuery],
    others: Sequence[Column],
    places: Sequence[tuple[int, int]],
) -> Fault:
    """The first row of one key and the first that is not equal to it, by file and line. No value is
    named: it may say who somebody is."""
    compared = ", ".join(map(_compared, others))
    at = ", ".join(f"({f}, {r})" for f, r in places)
    rows = con.execute(
        f"SELECT file_number, row, {compared} FROM {AGAIN} WHERE (file_number, row) IN ({at}) ORDER BY file_number, row"
    ).fetchall()
    first, other = rows[0], next(r for r in rows if r[2:] != rows[0][2:])
    columns = [c.name for c, a, b in zip(others, first[2:], other[2:], strict=True) if a != b]
    lines = [line_of_row(con, readings[r[0]], r[1]) for r in (first, other)]
    word = "lines" if readings[first[0]].file.is_text else "rows"
    where = "" if first[0] == other[0] else f" of {readings[first[0]].file.name}"
    return Fault(
        what=f"two rows of {table.name} have one key ({', '.join(table.key)}) and differ",
        file=readings[other[0]].file.name,
        line=lines[1],
        path=", ".join(columns[:5]),
        found=f"{word} {lines[0]}{where} and {lines[1]}",
        expected="each key once, or rows that are equal: take out the one that is wrong",
    )


def _compared(c: Column) -> str:
    return f"NULLIF(trim({quote(c.name)}), '')" if c.type == "text" else quote(c.name)


def _leave_out(
    con: duckdb.DuckDBPyConnection, identity: duckdb.DuckDBPyConnection, table: Table
) -> int:
    """Keep the first row of each key, in the order in which the rows stand; in the identity file
    too."""
    name, key = quote(table.name), ", ".join(map(quote, _identifies(table)))
    row = con.execute(f"SELECT count(*) FROM {name}").fetchone()
    con.execute(
        f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM {name} WHERE rowid NOT IN (SELECT again FROM ("
        f"SELECT t.rowid AS again, row_number() OVER (PARTITION BY {', '.join('t.' + quote(k) for k in _identifies(table))} "
        f"ORDER BY t.rowid) AS n FROM {name} t SEMI JOIN {REPEATED} USING ({key})) WHERE n > 1)"
    )
    left = con.execute(f"SELECT count(*) FROM {name}").fetchone()
    beside = f"{table.name}_identifying"
    if (
        table.name in IDENTIFYING
        and identity.execute(
            "SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [beside]
        ).fetchone()
    ):
        names = [r[0] for r in identity.execute(f"DESCRIBE {quote(beside)}").fetchall()]
        columns = ", ".join(
            quote(n) if n in table.key else f"any_value({quote(n)}) AS {quote(n)}" for n in names
        )
        key = ", ".join(map(quote, table.key))
        identity.execute(
            f"CREATE OR REPLACE TABLE {quote(beside)} AS SELECT {columns} FROM {quote(beside)} GROUP BY {key}"
        )
    return int(row[0]) - int(left[0]) if row and left else 0
