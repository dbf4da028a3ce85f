"""Loading records in OMOP form into a build: every row of every file is accepted or refused, and
the sums are checked.

In: a folder or zip and a `Target`. Out: the OMOP tables in the facts with pseudonyms for people,
who they are in the identity database, refused rows in `rejects`, and a `LoadReport`. The source's
own keys of people never reach the facts: each row is joined with the crosswalk as it is read.
Someone whom only events know gets a pseudonym as well, since records without their person are a
finding about quality and no reason to lose them. Every declared key is proved to stand once when
its table is whole (`keys`), and a table whose rows were all refused is a fault: a build without it
would show everybody without a disease.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from oneplace.faults import Fault, InputAtFault
from oneplace.people.records import DIAGNOSIS_DOMAINS
from oneplace.sources.omop import deaths, identities, keys
from oneplace.sources.omop.code_list import says
from oneplace.sources.omop.counting import Counted, count_text, sha256_of
from oneplace.sources.omop.files import KNOWN, FoundFiles, RecordFile, open_records
from oneplace.sources.omop.reading import CROSSWALK, FileQuery, kept_columns, quote, scratch_of
from oneplace.sources.omop.refusing import refuse_rows, summed_up
from oneplace.sources.receiving import LoadReport, Progress, Sink, SourceFile, silent
from oneplace.tables.declare import Column, Table
from oneplace.tables.people import CODE_LIST, INCOMPLETE
from oneplace.tables.rejects import REJECTS
from oneplace.tables.vocabulary import by_key, concept

MOST_KINDS = 5  # kinds of refusal named of a table refused whole


def load_omop(
    path: Path,
    target: Sink,
    *,
    today: dt.date | None = None,
    code_list: pa.Table | None = None,
    accept_rejects: Collection[str] = (),
    progress: Progress = silent,
) -> LoadReport:
    """Load the records at `path` as they are read on the day `today` (None: what they know ends
    with their own days). `code_list` (concept_id, key, says) says what each of their codes means,
    ends or is not; `accept_rejects` names tables to go on without when all their rows are
    refused."""
    with open_records(path, scratch=scratch_of(target.facts)) as records, _in_order(target.facts):
        load = _Load(records, target, progress, today, frozenset(accept_rejects))
        report = load.run()
    _keep_code_list(target.facts, code_list)
    if path.is_file():
        digest, size = sha256_of(path)
        report = replace(report, files=(SourceFile(path.name, digest, size, None), *report.files))
    return report


class _Load:
    """One load under way: the crosswalk so far, and what was accepted and refused."""

    def __init__(
        self,
        records: FoundFiles,
        target: Sink,
        progress: Progress,
        today: dt.date | None,
        accepts: frozenset[str],
    ):
        self.records, self.target, self.con, self.progress = records, target, target.facts, progress
        self.today, self.accepts = today, accepts
        self.crosswalk = pa.table(
            {"source_key": pa.array([], pa.int64()), "person_id": pa.array([], pa.int64())}
        )
        self.tables: dict[str, int] = {}
        self.rejects: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.repeated: dict[str, int] = {}
        self.files: list[SourceFile] = []
        self.notes: list[str] = []
        self.faults: list[Fault] = []

    def run(self) -> LoadReport:
        _create(self.con, REJECTS, REJECTS.columns)
        self._know()
        sizes = [f.path.stat().st_size for f in self.records.files]
        died: list[FileQuery] = []
        for _, numbered in groupby(
            enumerate(self.records.files), key=lambda file: file[1].table.name
        ):
            readings = []
            for i, f in numbered:
                self.progress(f"reading {f.table.name}", sum(sizes[:i]) / max(sum(sizes), 1))
                with _faults_of(f):
                    readings.append(self._load(f, f"refused_{i}"))
            self._finish_table(readings)
            if readings[0].file.table.name == "death":
                died = readings
        self._refuse_deaths(died)
        self._judge()
        self.con.unregister(CROSSWALK)
        identities.write_people(self.target.identity, self.crosswalk, self._births())
        self.progress("records are in", 1.0)
        return LoadReport(
            tables=self.tables,
            rejects=dict(sorted(self.rejects.items())),
            files=tuple(self.files),
            notes=(*self.records.notes, *self.notes, *self._notes()),
            repeated=self.repeated,
            refusals=tuple(self.refusals),
            accepted_rejects=tuple(t for t in self._refused_whole() if t in self.accepts),
        )

    def _load(self, f: RecordFile, refused: str) -> FileQuery:
        if f.is_text:
            counted = count_text(f.path, delimiter=f.delimiter or ",", name=f.name)
        else:
            counted = Counted(*sha256_of(f.path), f.rows)
        reading = FileQuery(f, self.con, refused)
        if f.table.name not in self.tables:
            _create(self.con, f.table, kept_columns(f))
            self.tables[f.table.name] = 0
        if f.table.name == "person":
            self._meet(reading)
        accepted = self._insert(f, reading)
        refusals = refuse_rows(self.con, self.target.identity, reading, counted, accepted)
        self.tables[f.table.name] += accepted
        self.rejects.update(refusals.reasons)
        self.refused[f.table.name] += refusals.records
        self.files.append(SourceFile(f.name, counted.sha256, counted.bytes, refusals.rows_in_file))
        identities.write_identifying(self.con, self.target.identity, reading)
        self._tidy(reading)
        return reading

    def _tidy(self, reading: FileQuery) -> None:
        self.con.execute(
            f"DROP TABLE IF EXISTS {reading.refused}; DROP TABLE IF EXISTS {reading.refused}_scan"
        )

    def _finish_table(self, readings: list[FileQuery]) -> None:
        """Once all its files are in: one row for each key. A table without rows knows nothing, and
        is not there."""
        table = readings[0].file.table
        with _faults_of(readings[0].file):
            left_out, faults = keys.read_once(self.con, self.target.identity, table, readings)
        for reading in readings:
            self._tidy(reading)
        self.faults += faults
        if left_out:
            self.tables[table.name] -= left_out
            self.repeated[table.name] = left_out
            self.notes.append(
                f"{table.name}: {left_out:,} {'row stood' if left_out == 1 else 'rows stood'} again, equal to one read "
                "before, and counted once"
            )
        if shared := keys.shared_numbers(self.con, table):
            self.notes.append(
                f"{table.name}: {shared:,} rows have the number ({table.key[0]}) of another event; nothing is joined on "
                "it, and each is counted"
            )
        if not self.tables[table.name] and table.name != "person":
            self.con.execute(f"DROP TABLE {quote(table.name)}")
            if not self.refused[table.name]:
                self.notes.append(
                    f"{table.name} has no rows: what is made from it is not known of anybody"
                )

    def _refuse_deaths(self, readings: list[FileQuery]) -> None:
        """Once everything is in: a day of death is held against the birth and against what was seen
        of the person."""
        refused = deaths.refuse_impossible(
            self.con, self.target.identity, self.tables, readings, today=self.today
        )
        for reading in readings:
            self._tidy(reading)
        self.tables.update({"death": self.tables["death"] - refused.total()} if refused else {})
        self.rejects.update(refused)
        if refused:
            said = "row gives" if refused.total() == 1 else "rows give"
            self.notes.append(
                f"death: {refused.total():,} {said} a day that can be nobody's; these people are not counted as dead"
            )

    def _refused_whole(self) -> list[str]:
        return [t for t, rows in self.tables.items() if not rows and self.refused[t]]

    def _judge(self) -> None:
        """Raise with everything for which these records cannot be used; say of whom something was
        refused."""
        self.refusals = summed_up(self.con)
        for name in self._refused_whole():
            if name in self.accepts and name != "person":
                self.notes.append(
                    f"All {self.refused[name]:,} rows of {name} were refused, and that was accepted: what is made from it "
                    "is not known of anybody."
                )
                continue
            self.faults += [self._whole_table(r) for r in self.refusals if r["table_name"] == name][
                :MOST_KINDS
            ]
        if unused := sorted(self.accepts - set(self.tables)):
            self.notes.append(
                "--accept-rejects names tables that are not in the records: " + ", ".join(unused)
            )
        if self.faults:
            raise InputAtFault(self.faults)

    def _whole_table(self, kind: dict[str, Any]) -> Fault:
        name, rows = kind["table_name"], kind["rows"]
        of = (
            f"all {rows:,} rows"
            if rows == self.refused[name]
            else f"{rows:,} of {self.refused[name]:,} rows, all refused"
        )
        go_on = (
            ""
            if name == "person"
            else f"; to build without the table: oneplace build --accept-rejects {name}"
        )
        return Fault(
            what=f"every row of {name} was refused ({of}): {kind['reason']}",
            file=kind["file"],
            line=kind["line"],
            path=kind["column_name"],
            found=kind["value"] if kind["value"] is not None else "nothing",
            expected=kind["expected"] + go_on,
        )

    def _insert(self, f: RecordFile, reading: FileQuery) -> int:
        """Insert whole rows. Where someone is not yet known, all rows of the file are taken back,
        the people met, and it is read again: that is rare, and reading every file twice to be ready
        for it is not cheaper."""
        table, people = quote(f.table.name), [p.name for p in reading.people]
        with self._transaction():
            accepted = self._insert_once(table, reading)
            if not (people and self._strangers(table, people)):
                return accepted
            self.con.rollback()
            self.con.begin()
            self._meet(reading)
            accepted = self._insert_once(table, reading)
            assert not self._strangers(table, people), "everyone has been met by now"
            return accepted

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.con.begin()
        try:
            yield
        except BaseException:
            self.con.rollback()
            raise
        self.con.commit()

    def _insert_once(self, table: str, reading: FileQuery) -> int:
        row = self.con.execute(f"INSERT INTO {table} {reading.accepted}").fetchone()
        return int(row[0]) if row else 0

    def _strangers(self, table: str, people: list[str]) -> int:
        wherever = " OR ".join(f"{quote(p)} IS NULL" for p in people)
        row = self.con.execute(f"SELECT count(*) FROM {table} WHERE {wherever}").fetchone()
        return int(row[0]) if row else 0

    def _meet(self, reading: FileQuery) -> None:
        """Give a pseudonym to everyone in the file who has none; all together, so that a collision
        is seen."""
        new = (
            self.con.sql(reading.unknown_people())
            .to_arrow_table()
            .column("source_key")
            .cast(pa.int64())
        )
        keys = pa.concat_arrays([*self.crosswalk.column("source_key").chunks, *new.chunks])
        made = self.target.pseudonyms([str(k) for k in keys.to_pylist()])
        self.crosswalk = pa.table(
            {"source_key": keys, "person_id": pa.array(np.asarray(made, dtype=np.int64))}
        )
        self._know()

    def _know(self) -> None:
        self.con.unregister(CROSSWALK)
        self.con.register(CROSSWALK, self.crosswalk)

    def _births(self) -> pa.Table:
        return self.con.sql(
            "SELECT person_id, CASE WHEN month_of_birth BETWEEN 1 AND 12 AND day_of_birth BETWEEN 1 AND 31 THEN "
            "TRY_CAST(printf('%04d-%02d-%02d', year_of_birth, month_of_birth, day_of_birth) AS DATE) END AS birth_date, "
            "location_id FROM person"
        ).to_arrow_table()

    def _notes(self) -> list[str]:
        row = self.con.execute("SELECT count(DISTINCT person_id) FROM person").fetchone()
        strangers = self.crosswalk.num_rows - (int(row[0]) if row else 0)
        notes = (
            [f"{strangers:,} people stand in the records but not in the table of people"]
            if strangers > 0
            else []
        )
        notes += self._whose_were_refused()
        return notes

    def _whose_were_refused(self) -> list[str]:
        """Of how many people rows were refused, and of how many rows nobody can tell whose they
        are."""
        refused = {
            t: rows
            for t, rows in self.refused.items()
            if rows and self.tables[t] and "person_id" in KNOWN[t]
        }
        if not refused:
            return []
        whose: dict[str, tuple[int, int]] = {}
        if self.con.execute(
            "SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [INCOMPLETE.name]
        ).fetchone():
            sql = f"SELECT table_name, count(*), sum(rows) FROM {INCOMPLETE.name} GROUP BY 1"
            whose = {t: (people, int(rows)) for t, people, rows in self.con.execute(sql).fetchall()}
        notes = []
        for table, rows in refused.items():
            people, told = whose.get(table, (0, 0))
            says = f"{table}: {rows:,} {'row was' if rows == 1 else 'rows were'} refused, of {people:,} known people"
            says += f" and {rows - told:,} of nobody who is known" if rows > told else ""
            notes.append(
                says + "; their records are incomplete, and what is not found in them is not known"
            )
        return notes


def _create(
    con: duckdb.DuckDBPyConnection, table: Table, columns: list[Column] | tuple[Column, ...]
) -> None:
    con.execute(
        f"CREATE TABLE {quote(table.name)} ({', '.join(f'{quote(c.name)} {c.sql}' for c in columns)})"
    )


def _keep_code_list(con: duckdb.DuckDBPyConnection, code_list: pa.Table | None) -> None:
    _create(con, CODE_LIST, CODE_LIST.columns)
    if code_list is None or not code_list.num_rows:
        return
    mapped = sorted({(r["concept_id"], concept(r["key"]), _says(r)) for r in code_list.to_pylist()})
    con.executemany(f"INSERT INTO {CODE_LIST.name} VALUES (?, ?, ?)", mapped)


def _says(row: dict[str, Any]) -> str:
    """What a code says of its word: as written, or where nothing is written what its name says;
    `Asthma resolved` in a list that was made before lists could say so ends asthma all the same."""
    if row.get("says"):
        return str(row["says"])
    of_conditions = by_key()[row["key"]].domain in DIAGNOSIS_DOMAINS
    return (
        says(row["concept_name"], row["key"])
        if of_conditions and row.get("concept_name")
        else "means"
    )


@contextmanager
def _in_order(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Rows keep the order of their file while this lasts: the line of a refused row is counted from
    it."""
    row = con.execute("SELECT current_setting('preserve_insertion_order')").fetchone()
    con.execute("SET preserve_insertion_order = true")
    try:
        yield
    finally:
        con.execute(f"SET preserve_insertion_order = {bool(row and row[0])}")


@contextmanager
def _faults_of(f: RecordFile) -> Iterator[None]:
    """What the database says about a file that it cannot read, as a fault of that file; a full disk
    stays what it is."""
    try:
        yield
    except (duckdb.OutOfMemoryException, duckdb.FatalException):
        raise
    except duckdb.Error as e:
        text = str(e)
        if isinstance(e, duckdb.IOException) and (f.path.name not in text or "No space" in text):
            raise
        if isinstance(e, (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException)):
            raise
        found = text.splitlines()[0].replace(str(f.path), f.name)[:200]
        expected = (
            "lines that all end in one way, quotes that close"
            if f.is_text
            else "a whole parquet file"
        )
        raise InputAtFault(
            Fault(
                what="the file cannot be read as what it is",
                file=f.name,
                found=found,
                expected=expected,
            )
        ) from None
