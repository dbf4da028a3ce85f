"""One file as SQL: what to select from it, which rows are whole, and what is wrong with the others.

In: a `RecordFile` and the types its columns have. Out: `Reading`, whose SQL gives accepted rows
with pseudonyms in place of people's keys, refused rows with their first fault and whose they are,
and the keys of people who are not yet known.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from oneplace.sources.omop.casting import expected, given, quoted, value, without_end
from oneplace.sources.omop.files import RecordFile
from oneplace.tables.declare import Column
from oneplace.tables.omop import IDENTIFYING, PERSON_DOMAIN, PERSON_KEYS

LONGEST_LINE = 16_000_000
CROSSWALK = "crosswalk_in_hand"  # source_key, person_id: registered while a load runs, never stored in the facts


def quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True)
class PersonColumn:
    """A column that holds people's keys, in all rows or in those that `when` says."""

    name: str
    when: str = "TRUE"


def person_columns(table: str, declared: tuple[str, ...]) -> list[PersonColumn]:
    if table == "fact_relationship":
        return [
            PersonColumn(f"fact_id_{i}", f"v.domain_concept_id_{i} = {PERSON_DOMAIN}")
            for i in (1, 2)
        ]
    name = PERSON_KEYS.get(table, "person_id")
    return [PersonColumn(name)] if name in declared else []


def kept_columns(f: RecordFile) -> list[Column]:
    """The declared columns that go to the facts: all but those that say who somebody is."""
    return [c for c in f.table.columns if c.name not in IDENTIFYING.get(f.table.name, ())]


class FileQuery:
    """The SQL of one file. `refused` names the temporary table into which the database puts rows it
    cannot split."""

    def __init__(self, f: RecordFile, con: duckdb.DuckDBPyConnection, refused: str):
        self.file, self.refused = f, refused
        self.relation = _relation(f, refused)
        described = con.execute(f"DESCRIBE SELECT * FROM {self.relation}").fetchall()
        self.types: dict[str, str] = {r[0]: r[1] for r in described}
        self.people = person_columns(f.table.name, f.table.names)
        self._from_file = {new: column for column, new in f.columns.items() if new is not None}

    @property
    def accepted(self) -> str:
        """Whole rows in declared columns. A person who is not in the crosswalk comes out as
        null."""
        return f"SELECT {self._columns(kept_columns(self.file))}\nFROM ({self.values()}) v{self._joins()}\nWHERE {self._whole()}"

    @property
    def numbered(self) -> str:
        """The same rows with their number as `row`, and with the columns that say who somebody
        is."""
        columns = self._columns(self.file.table.columns)
        return f"SELECT v.row, {columns}\nFROM ({self.values(raw=True)}) v{self._joins()}\nWHERE {self._whole()}"

    def _joins(self) -> str:
        return "".join(
            f"\nLEFT JOIN {CROSSWALK} c{i} ON c{i}.source_key = v.{quote(p.name)}"
            for i, p in enumerate(self.people)
        )

    def _columns(self, wanted: Sequence[Column]) -> str:
        """Declared columns of `v`, with pseudonyms in place of people's keys."""
        replaced = {
            p.name: f"c{i}.person_id"
            if p.when == "TRUE"
            else f"CASE WHEN {p.when} THEN c{i}.person_id ELSE v.{quote(p.name)} END"
            for i, p in enumerate(self.people)
        }
        return ", ".join(
            f"{replaced.get(c.name, 'v.' + quote(c.name))} AS {quote(c.name)}" for c in wanted
        )

    @property
    def faulty(self) -> str:
        """row, column_name, value, expected, reason and person_id of every refused row: its first
        column at fault, and whose it is (null where that cannot be told)."""
        whens: dict[str, list[str]] = {"column_name": [], "value": [], "expected": [], "reason": []}
        for c in self._read():
            raw = f"v.{quote('raw ' + c.name)}"
            wrong = self._wrong(c)
            whens["column_name"].append(f"WHEN {wrong} THEN {quoted(c.name)}")
            whens["value"].append(f"WHEN {wrong} THEN CAST({raw} AS VARCHAR)")
            whens["expected"].append(f"WHEN {wrong} THEN {quoted(expected(c))}")
            missing = f"CASE WHEN {raw} IS NULL THEN 'a required value is missing' ELSE {quoted(_reason(c))} END"
            whens["reason"].append(f"WHEN {wrong} THEN {missing}")
        if self._span:
            first, last = self._span
            whens["column_name"].append(f"ELSE {quoted(last)}")
            whens["value"].append(f"ELSE CAST(v.{quote(last)} AS VARCHAR)")
            whens["expected"].append(
                f"ELSE 'a day from ' || CAST(v.{quote(first)} AS VARCHAR) || ', its {first}, or none'"
            )
            whens["reason"].append("ELSE 'it ends before it begins'")
        columns = ", ".join(f"CASE {' '.join(w)} END AS {name}" for name, w in whens.items())
        whose, joins = (
            ("c0.person_id", self._joins())
            if [p.when for p in self.people] == ["TRUE"]
            else ("NULL", "")
        )
        return (
            f"SELECT v.row, {columns}, CAST({whose} AS BIGINT) AS person_id\n"
            f"FROM ({self.values(raw=True)}) v{joins}\nWHERE NOT ({self._whole()})"
        )

    def unknown_people(self) -> str:
        """The keys of people in whole rows who are not in the crosswalk."""
        parts = [
            f"SELECT v.{quote(p.name)} AS source_key FROM ({self.values()}) v WHERE {self._whole()} AND {p.when}"
            for p in self.people
        ]
        return (
            f"SELECT DISTINCT source_key FROM ({' UNION ALL '.join(parts)}) "
            f"WHERE source_key NOT IN (SELECT source_key FROM {CROSSWALK})"
        )

    def identifying(self) -> str | None:
        """The key and the identifying columns of whole rows; None when the file has none of
        them."""
        names = [c for c in IDENTIFYING.get(self.file.table.name, ()) if c in self._from_file]
        if not names:
            return None
        keys = [
            f"c0.person_id AS {quote(k)}"
            if self.people and k == self.people[0].name
            else f"v.{quote(k)}"
            for k in self.file.table.key
        ]
        join = ""
        if self.people and self.people[0].name in self.file.table.key:
            join = f"\nLEFT JOIN {CROSSWALK} c0 ON c0.source_key = v.{quote(self.people[0].name)}"
        columns = ", ".join([*keys, *(f"v.{quote(n)}" for n in names)])
        return f"SELECT {columns}\nFROM ({self.values()}) v{join}\nWHERE {self._whole()}"

    def _read(self) -> list[Column]:
        return [c for c in self.file.table.columns if c.name in self._from_file]

    def values(self, *, raw: bool = False) -> str:
        """Each declared column as its value (null where it is not in the file), the row's number,
        and if asked what stood there."""
        parts = []
        for c in self.file.table.columns:
            column = self._from_file.get(c.name)
            if column is None:
                parts.append(f"CAST(NULL AS {c.sql}) AS {quote(c.name)}")
                continue
            parts.append(f"{self._value(c)} AS {quote(c.name)}")
            if raw or _may_be_wrong(c):
                stored = given(c, "f." + quote(column), self.types[column])
                parts.append(
                    f"CASE WHEN {self._as_read(c)} IS NULL THEN {stored} END AS {quote('raw ' + c.name)}"
                )
        if self.file.is_text:
            number = "row_number() OVER () AS row" if raw else "0 AS row"
            return f"SELECT {', '.join(parts)}, {number} FROM {self.relation} f"
        first = " WHERE f.file_row_number > 0" if self.file.header_is_first_row else ""
        return (
            f"SELECT {', '.join(parts)}, f.file_row_number + 1 AS row FROM {self.relation} f{first}"
        )

    def _value(self, c: Column) -> str:
        """The value of a column that is in the file; no last day where one stands for "no end"."""
        read = self._as_read(c)
        began = first_day_of(c.name)
        if not (c.open_end and began in self._from_file and began in self.file.table):
            return read
        return without_end(read, self._as_read(self.file.table[began]))

    def _as_read(self, c: Column) -> str:
        column = self._from_file[c.name]
        return value(c, "f." + quote(column), self.types[column])

    @property
    def _span(self) -> tuple[str, str] | None:
        """The first and the last day of a row, where the file has both."""
        span = self.file.table.span
        return span if span and set(span) <= set(self._from_file) else None

    def _whole(self) -> str:
        tests = [f"NOT ({self._wrong(c)})" for c in self._read() if c.required or _may_be_wrong(c)]
        if self._span:
            first, last = (quote(c) for c in self._span)
            tests.append(f"COALESCE(v.{last} >= v.{first}, TRUE)")
        return " AND ".join(tests) or "TRUE"

    def _wrong(self, c: Column) -> str:
        if c.required:
            return f"v.{quote(c.name)} IS NULL"
        if not _may_be_wrong(c):
            return "FALSE"
        return f"v.{quote(c.name)} IS NULL AND v.{quote('raw ' + c.name)} IS NOT NULL"


def _may_be_wrong(c: Column) -> bool:
    """An optional column may hold what is not its type; any text is text, unless it has to be on a
    list."""
    return not c.required and (c.type != "text" or bool(c.values))


def first_day_of(last_day: str) -> str:
    """visit_end_date -> visit_start_date, clock_stop_date -> clock_start_date."""
    return re.sub(r"(end|stop)_date$", "start_date", last_day)


def _reason(c: Column) -> str:
    if c.values or c.low is not None or c.high is not None:
        return "the value is not one that may stand here"
    kind = {
        "small": "whole number",
        "integer": "whole number",
        "bigint": "whole number",
        "date": "day",
        "datetime": "moment",
    }
    return f"the value is not a {kind.get(c.type, 'number')}"


def _relation(f: RecordFile, refused: str) -> str:
    path = quoted(str(f.path))
    if not f.is_text:
        return f"read_parquet({path}, file_row_number = true)"
    columns = ", ".join(f"{quoted(c)}: 'VARCHAR'" for c in f.columns)
    quoting = "quote = '\"', escape = '\"'" if f.delimiter == "," else "quote = '', escape = ''"
    return (
        f"read_csv({path}, auto_detect = false, header = true, delim = {quoted(f.delimiter or ',')}, {quoting}, "
        f"columns = {{{columns}}}, strict_mode = true, store_rejects = true, rejects_limit = 0, "
        f"rejects_table = {quoted(refused)}, rejects_scan = {quoted(refused + '_scan')}, max_line_size = {LONGEST_LINE})"
    )


def scratch_of(con: duckdb.DuckDBPyConnection) -> Path | None:
    """The folder of the database that is being filled, to unpack beside it; None for one in
    memory."""
    row = con.execute(
        "SELECT path FROM duckdb_databases() WHERE database_name = current_database()"
    ).fetchone()
    return Path(row[0]).parent if row and row[0] else None
