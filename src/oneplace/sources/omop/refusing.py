"""Rows that were not accepted: where each stands, why, and that accepted and refused rows are all
rows of the file.

In: one file's reading, what was counted in it without the database, and how many rows were
accepted. Out: a line for each refused row in `rejects`, in the facts with anything masked that may
say who somebody is, and beside identity in full; whose rows they are in `incomplete`; and the
number of rows by reason. A sum that does not come out is a fault of the file, never passed over.
`summed_up` says which tables were refused whole: nothing may be computed without them unless
somebody said so.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, NamedTuple

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from oneplace.faults import Fault, InputAtFault
from oneplace.sources.omop.casting import WHOLE
from oneplace.sources.omop.counting import Counted, lines_at, row_lines
from oneplace.sources.omop.reading import CROSSWALK, FileQuery, quote
from oneplace.tables.omop import IDENTIFYING
from oneplace.tables.people import INCOMPLETE
from oneplace.tables.rejects import REJECTS

IN_FULL = "rejects_in_full"
SPLIT_REASONS = {
    "TOO MANY COLUMNS": ("the row has too many cells", "as many cells as the header"),
    "MISSING COLUMNS": ("the row has too few cells", "as many cells as the header"),
    "INVALID ENCODING": ("the row is not UTF-8 text", "UTF-8 text"),
    "UNQUOTED VALUE": (
        "the quotes of the row do not match",
        "quotes around a whole cell, doubled inside it",
    ),
    "LINE SIZE OVER MAXIMUM": ("the row is too long", "rows under 16 MB"),
}
# A name with a capital, a postcode, a number as long as an NHS number: a refused value may be one
# in the wrong column.
MAY_IDENTIFY = r"[[:upper:]][[:lower:]]|[A-Za-z]{1,2}[0-9][0-9A-Za-z]? ?[0-9][A-Za-z]{2}|[0-9]{9,}|[0-9]{3}[ -][0-9]{3}[ -][0-9]{4}|@|[^ -~]"
MOST_CHARACTERS = 80
NAMES_OF_COLUMNS = "the row holds the column names"
MOST_REFUSALS = 100  # kinds of refusal that a manifest lists


class Refused(NamedTuple):
    """One refused row: its line (or row, in a parquet file), its first column at fault, what stood
    there and why not, and the pseudonym of whose it is where that can be told."""

    line: int
    column: str | None
    value: str | None
    expected: str
    reason: str
    person_id: int | None = None


@dataclass(frozen=True)
class Refusals:
    """`records` are the rows refused that were records, and not a header among them."""

    rows_in_file: int
    reasons: Counter[str]

    @property
    def records(self) -> int:
        return self.reasons.total() - self.reasons[NAMES_OF_COLUMNS]


def refuse_rows(
    con: duckdb.DuckDBPyConnection,
    identity: duckdb.DuckDBPyConnection,
    reading: FileQuery,
    counted: Counted,
    accepted: int,
) -> Refusals:
    """Write the file's refused rows and check the sum."""
    f = reading.file
    split = _unsplit(con, reading)
    header_row = 1 if f.header_is_first_row else 0
    if header_row:
        split.append(Refused(1, None, None, "a record", NAMES_OF_COLUMNS))
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
    refused = sorted(
        [*split, *_with_lines(typed, lines, {s.line for s in split})], key=lambda r: r.line
    )
    if refused:
        write_refused(con, identity, reading, refused)
        _note_whose(con, reading, refused)
    return Refusals(int(rows or 0), Counter(r.reason for r in refused))


def _unsplit(con: duckdb.DuckDBPyConnection, reading: FileQuery) -> list[Refused]:
    """Rows that could not be split into cells: (line, column, value, expected, reason)."""
    if not reading.file.is_text:
        return []
    found = con.execute(
        "SELECT line_byte_position + min(length(csv_line) - length(ltrim(csv_line, chr(10) || chr(13)))) - 1, "
        "min_by(error_type::VARCHAR, column_idx), min_by(error_message, column_idx), "
        "bool_or(contains(trim(csv_line, chr(10) || chr(13)), chr(10))), any_value(csv_line) "
        f"FROM {reading.refused} GROUP BY line_byte_position ORDER BY line_byte_position"
    ).fetchall()
    lines = lines_at(reading.file.path, [r[0] for r in found])
    whose = _people_in(con, reading, [r[4] for r in found])
    refused = []
    for line, (_, kind, message, runs_on, _), person in zip(lines, found, whose, strict=True):
        if kind == "UNQUOTED VALUE" and runs_on:
            fault = Fault(
                what="a quote is opened and not closed",
                file=reading.file.name,
                line=line,
                expected="a closing quote",
            )
            raise InputAtFault(fault)
        reason, expected = SPLIT_REASONS.get(
            kind, (f"the row cannot be read: {kind.lower()}", "a row like the others")
        )
        value = message.split(": ")[-1] + " cells" if "COLUMNS" in kind else None
        refused.append(Refused(line, None, value, expected, reason, person))
    return refused


def _people_in(
    con: duckdb.DuckDBPyConnection, reading: FileQuery, texts: list[str | None]
) -> list[int | None]:
    """Whose rows these are that have too many cells or too few, by the cell in the place of the
    person's key: at worst somebody's records are called incomplete who only stands beside it."""
    columns = list(reading.file.columns.values())
    if [p.when for p in reading.people] != ["TRUE"] or reading.people[0].name not in columns:
        return [None] * len(texts)
    at, delimiter = columns.index(reading.people[0].name), reading.file.delimiter or ","
    keys: list[int | None] = []
    for text in texts:
        cells = next(csv.reader([(text or "").strip("\r\n")], delimiter=delimiter), [])
        cell = cells[at] if at < len(cells) else ""
        keys.append(int(cell.strip().split(".")[0]) if re.fullmatch(WHOLE, cell) else None)
    known: dict[int, int] = {}
    for start in range(0, len(keys), 1000):
        some = [k for k in keys[start : start + 1000] if k is not None and -(2**63) <= k < 2**63]
        if some:
            listed = ", ".join(str(k) for k in some)
            known |= dict(
                con.execute(
                    f"SELECT source_key, person_id FROM {CROSSWALK} WHERE source_key IN ({listed})"
                ).fetchall()
            )
    return [None if k is None else known.get(k) for k in keys]


def _with_lines(
    typed: list[Refused], lines: npt.NDArray[np.int64] | None, unsplit: set[int]
) -> list[Refused]:
    """The line of each refused row. The database numbers the rows it could split, so the others are
    left out."""
    if lines is None:
        return typed
    given = lines[~np.isin(lines, list(unsplit))]
    return [r._replace(line=int(given[r.line - 1])) for r in typed]


def line_of_row(con: duckdb.DuckDBPyConnection, reading: FileQuery, row: int) -> int:
    """The line on which the row stands that the database gave this number; a parquet file has rows
    only."""
    if not reading.file.is_text:
        return row
    lines = row_lines(reading.file.path, delimiter=reading.file.delimiter or ",")
    given = lines[~np.isin(lines, [r.line for r in _unsplit(con, reading)])]
    return int(given[row - 1])


def write_refused(
    con: duckdb.DuckDBPyConnection,
    identity: duckdb.DuckDBPyConnection,
    reading: FileQuery,
    refused: list[Refused],
) -> None:
    """A line for each in `rejects`, masked where it may say who somebody is, and in full beside
    identity."""
    f = reading.file
    columns = list(zip(*refused, strict=True))
    rows = pa.table(
        [
            pa.array([f.table.name] * len(refused), pa.string()),
            pa.array([f.name] * len(refused), pa.string()),
            pa.array(columns[0], pa.int64()),
            *(
                pa.array(
                    [None if v is None else str(v)[: MOST_CHARACTERS * 4] for v in c], pa.string()
                )
                for c in columns[1:-1]
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


def _note_whose(con: duckdb.DuckDBPyConnection, reading: FileQuery, refused: list[Refused]) -> None:
    """Count the refused rows of each person into `incomplete`, which is there only where somebody's
    are."""
    counts = Counter(r.person_id for r in refused if r.person_id is not None)
    if not counts:
        return
    table = reading.file.table.name
    whose = pa.table(
        [pa.array(list(counts)), pa.array([table] * len(counts)), pa.array(list(counts.values()))],
        schema=INCOMPLETE.arrow,
    )
    columns = ", ".join(f"{quote(c.name)} {c.sql}" for c in INCOMPLETE.columns)
    con.execute(
        f"CREATE TABLE IF NOT EXISTS {INCOMPLETE.name} ({columns}, PRIMARY KEY ({', '.join(INCOMPLETE.key)}))"
    )
    con.register("whose_in_hand", whose)
    con.execute(
        f"INSERT INTO {INCOMPLETE.name} SELECT * FROM whose_in_hand "
        "ON CONFLICT DO UPDATE SET rows = incomplete.rows + excluded.rows"
    )
    con.unregister("whose_in_hand")


def summed_up(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Each kind of refusal once, the most frequent first: table, column, reason, rows, and of its
    first row the file, the line, the value (masked as in `rejects`) and what was expected."""
    found = con.execute(
        "SELECT table_name, column_name, reason, count(*) AS rows, min_by(file, (file, line)) AS file, "
        "min_by(line, (file, line)) AS line, min_by(struct_pack(v := value), (file, line)).v AS value, "
        "min_by(expected, (file, line)) AS expected "
        f"FROM {REJECTS.name} WHERE reason <> ? GROUP BY ALL ORDER BY rows DESC, table_name, column_name, reason "
        f"LIMIT {MOST_REFUSALS}",
        [NAMES_OF_COLUMNS],
    )
    names = [c[0] for c in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
