"""Rows that were not accepted: where each stands, why, and that accepted and refused rows are all rows of the file.

In: one file's reading, what was counted in it without the database, and how many rows were accepted. Out: a line for
each refused row in `rejects`, in the facts with anything masked that may say who somebody is, and beside identity in
full; and the number of rows by reason. A sum that does not come out is a fault of the file, never passed over.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from oneplace.faults import Fault, InputAtFault
from oneplace.sources.omop.counting import Counted, lines_at, row_lines
from oneplace.sources.omop.reading import Reading, quote
from oneplace.tables.omop import IDENTIFYING
from oneplace.tables.rejects import REJECTS

IN_FULL = "rejects_in_full"
SPLIT_REASONS = {
    "TOO MANY COLUMNS": ("the row has too many cells", "as many cells as the header"),
    "MISSING COLUMNS": ("the row has too few cells", "as many cells as the header"),
    "INVALID ENCODING": ("the row is not UTF-8 text", "UTF-8 text"),
    "UNQUOTED VALUE": ("the quotes of the row do not match", "quotes around a whole cell, doubled inside it"),
    "LINE SIZE OVER MAXIMUM": ("the row is too long", "rows under 16 MB"),
}
# A name with a capital, a postcode, a number as long as an NHS number: a refused value may be one in the wrong column.
MAY_IDENTIFY = r"[[:upper:]][[:lower:]]|[A-Za-z]{1,2}[0-9][0-9A-Za-z]? ?[0-9][A-Za-z]{2}|[0-9]{9,}|[0-9]{3}[ -][0-9]{3}[ -][0-9]{4}|@|[^ -~]"
MOST_CHARACTERS = 80


class Refused(NamedTuple):
    """One refused row: its line (or row, in a parquet file), its first column at fault, what stood there and why not."""

    line: int
    column: str | None
    value: str | None
    expected: str
    reason: str


@dataclass(frozen=True)
class Refusals:
    rows_in_file: int
    reasons: Counter[str]


def refuse_rows(
    con: duckdb.DuckDBPyConnection,
    identity: duckdb.DuckDBPyConnection,
    reading: Reading,
    counted: Counted,
    accepted: int,
) -> Refusals:
    """Write the file's refused rows and check the sum."""
    f = reading.file
    split = _unsplit(con, reading)
    header_row = 1 if f.header_is_first_row else 0
    if header_row:
        split.append(Refused(1, None, None, "a record", "the row holds the column names"))
    lines = None
    rows = counted.rows
    if f.is_text and not counted.certain:
        lines = row_lines(f.path, delimiter=f.delimiter or ",")
        rows = len(lines)
    typed: list[Refused] = []
    if accepted + len(split) != rows:
        typed = [Refused(*r) for r in con.execute(reading.faulty).fetchall()]
    total = accepted + len(split) + len(typed)
    if f.is_text and lines is None and (total != rows or typed):
        lines = row_lines(f.path, delimiter=f.delimiter or ",")
        rows = len(lines)
    if total != rows:
        raise InputAtFault(
            Fault(
                what="the rows read are not the rows of the file",
                file=f.name,
                found=f"{accepted:,} accepted and {total - accepted:,} refused",
                expected=f"{rows:,} rows: a quote may be opened and not closed",
            )
        )
    refused = sorted([*split, *_with_lines(typed, lines, {s.line for s in split})], key=lambda r: r.line)
    if refused:
        _write(con, identity, reading, refused)
    return Refusals(int(rows or 0), Counter(r.reason for r in refused))


def _unsplit(con: duckdb.DuckDBPyConnection, reading: Reading) -> list[Refused]:
    """Rows that could not be split into cells: (line, column, value, expected, reason)."""
    if not reading.file.is_text:
        return []
    found = con.execute(
        "SELECT line_byte_position + min(length(csv_line) - length(ltrim(csv_line, chr(10) || chr(13)))) - 1, "
        "min_by(error_type::VARCHAR, column_idx), min_by(error_message, column_idx), "
        "bool_or(contains(trim(csv_line, chr(10) || chr(13)), chr(10))) "
        f"FROM {reading.refused} GROUP BY line_byte_position ORDER BY line_byte_position"
    ).fetchall()
    lines = lines_at(reading.file.path, [r[0] for r in found])
    refused = []
    for line, (_, kind, message, runs_on) in zip(lines, found, strict=True):
        if kind == "UNQUOTED VALUE" and runs_on:
            fault = Fault(
                what="a quote is opened and not closed", file=reading.file.name, line=line, expected="a closing quote"
            )
            raise InputAtFault(fault)
        reason, expected = SPLIT_REASONS.get(kind, (f"the row cannot be read: {kind.lower()}", "a row like the others"))
        value = message.split(": ")[-1] + " cells" if "COLUMNS" in kind else None
        refused.append(Refused(line, None, value, expected, reason))
    return refused


def _with_lines(typed: list[Refused], lines: npt.NDArray[np.int64] | None, unsplit: set[int]) -> list[Refused]:
    """The line of each refused row. The database numbers the rows it could split, so the others are left out."""
    if lines is None:
        return typed
    given = lines[~np.isin(lines, list(unsplit))]
    return [r._replace(line=int(given[r.line - 1])) for r in typed]


def _write(
    con: duckdb.DuckDBPyConnection,
    identity: duckdb.DuckDBPyConnection,
    reading: Reading,
    refused: list[Refused],
) -> None:
    f = reading.file
    columns = list(zip(*refused, strict=True))
    rows = pa.table(
        [
            pa.array([f.table.name] * len(refused), pa.string()),
            pa.array([f.name] * len(refused), pa.string()),
            pa.array(columns[0], pa.int64()),
            *(
                pa.array([None if v is None else str(v)[: MOST_CHARACTERS * 4] for v in c], pa.string())
                for c in columns[1:]
            ),
        ],
        schema=REJECTS.arrow,
    )
    private = [p.name for p in reading.people] + list(IDENTIFYING.get(f.table.name, ()))
    listed = ", ".join(f"'{n}'" for n in private) or "''"
    masked = "regexp_replace(regexp_replace(regexp_replace(value, '[0-9]', '9', 'g'), '[[:upper:]]', 'A', 'g'), '[[:lower:]]', 'a', 'g')"
    con.register("refused_in_hand", rows)
    con.execute(
        f"INSERT INTO {REJECTS.name} SELECT table_name, file, line, column_name, "
        f"CASE WHEN value IS NULL THEN NULL WHEN column_name IN ({listed}) OR regexp_matches(value, '{MAY_IDENTIFY}') "
        f"THEN left(regexp_replace({masked}, '[^ -~]', 'a', 'g'), {MOST_CHARACTERS}) "
        f"ELSE left(value, {MOST_CHARACTERS}) END, expected, reason FROM refused_in_hand"
    )
    con.unregister("refused_in_hand")
    identity.register("refused_in_hand", rows)
    columns_sql = ", ".join(f"{quote(c.name)} {c.sql}" for c in REJECTS.columns)
    identity.execute(f"CREATE TABLE IF NOT EXISTS {IN_FULL} ({columns_sql})")
    identity.execute(f"INSERT INTO {IN_FULL} SELECT * FROM refused_in_hand")
    identity.unregister("refused_in_hand")
