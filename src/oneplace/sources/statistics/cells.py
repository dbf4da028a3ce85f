"""The cells of a published file as a table: text as it stands, counts as numbers.

In: an `Opened` file. Out: a DuckDB table `cells` in the order of the file, and ways to name the
line of a row. The cells are turned into numbers in one pass; a slow second reading names the line
when something is wrong.
"""

from __future__ import annotations

import csv
import datetime as dt
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from oneplace.faults import Fault, InputAtFault
from oneplace.sources.statistics.form import squeezed
from oneplace.sources.statistics.opening import Opened

# Each cell of a file of this size or less is matched letter by letter; a national file's are judged
# by their values.
STRICT_BYTES = 32 << 20


class Cells:
    """One file as a DuckDB table `cells`: text columns k_ROLE, numbers n_ROLE and b_0 onwards, in
    the order of the file."""

    def __init__(self, con: duckdb.DuckDBPyConnection, file: Opened):
        self.con, self.file, self.form = con, file, file.format
        self.keys = [r for r in file.roles if r not in self.form.numbers]
        self.numbers = [f"n_{r}" for r in file.roles if r in self.form.numbers]
        self.bands = [f"b_{i}" for i in range(len(file.bands))]
        self.months: dict[str, dt.date] = {}
        self.texts: dict[str, list[str]] = {}
        self.notes: list[str] = []
        self.withheld = False
        self.strict = file.path.stat().st_size <= STRICT_BYTES

    def load(self, utf8: str) -> None:
        """A large file is read where it lies, its counts as numbers at once; what is small or
        strange is cut into cells slowly first."""
        straight = not self.strict and self.file.straight and self.file.where.sheet is None
        if not (straight and (self._loaded(utf8, as_numbers=True) or self._loaded(utf8))):
            with tempfile.TemporaryDirectory() as scratch:
                clean = Path(scratch) / "cells.csv"
                self._cut(clean)
                if not self._loaded(str(clean), clean=True):
                    raise InputAtFault(
                        self.file.fault(
                            "this is not valid CSV", expected="a text that a spreadsheet opens"
                        )
                    )
        if not self._one("SELECT count(*) FROM cells"):
            raise InputAtFault(
                self.file.fault(
                    "there are no rows below the header",
                    line=self.file.header_line,
                    expected="rows",
                )
            )

    def _cut(self, made: Path) -> None:
        """The records below the header, written anew: line ends, separators and empty cells beyond
        the header no longer matter."""
        width = len(self.file.header)
        with made.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
            for line, record in self.file.records():
                if len(record) > width and (
                    beyond := [i for i in range(width, len(record)) if record[i].strip()]
                ):
                    raise InputAtFault(
                        self.file.where.fault(
                            "the row has more cells than the header",
                            line=line,
                            column=beyond[0],
                            found=str(len(record)),
                            expected=str(width),
                        )
                    )
                cells = [c.strip() for c in record[:width]]  # hard spaces, too
                writer.writerow((*cells, *[""] * (width - len(cells))))

    def _loaded(self, csv_file: str, *, as_numbers: bool = False, clean: bool = False) -> bool:
        places = {n: self.file.roles[n[2:]] for n in self.numbers}
        places |= {name: b.index for name, b in zip(self.bands, self.file.bands, strict=True)}
        counts = set(places.values()) if as_numbers else set()
        columns = ", ".join(
            f"'c{i}': '{'DOUBLE' if i in counts else 'VARCHAR'}'"
            for i in range(len(self.file.header))
        )
        skip, delimiter = (0, ",") if clean else (self.file.first_line - 1, self.file.delimiter)
        source = (
            f"read_csv({quoted(csv_file)}, header=false, auto_detect=false, skip={skip}, delim={quoted(delimiter)}, "
            f"quote='\"', escape='\"', columns={{{columns}}}, null_padding=true, parallel=false, strict_mode=true)"
        )
        blank = "0.0" if self.form.blank == "nought" else "NULL"
        codes = set(self.form.organisations.values())
        wanted = [
            f"nullif({'upper' if r in codes else ''}(trim(c{self.file.roles[r]})), '') AS k_{r}"
            for r in self.keys
        ]
        wanted += [
            f"{f'coalesce(c{index}, {blank})' if as_numbers else self._number(index, name)} AS {name}"
            for name, index in places.items()
        ]
        try:
            self.con.execute(
                f"CREATE OR REPLACE TEMP TABLE cells AS SELECT {', '.join(wanted)} FROM {source}"
            )
        except duckdb.Error:
            return False
        return True

    def _number(self, index: int, name: str = "") -> str:
        """A cell as a number; null where it is none. What is usual is tried first: most cells are
        empty or plain digits."""
        c = f"c{index}"
        blank = "0.0" if self.form.blank == "nought" else "NULL"
        nought = ", ".join(quoted(m) for m in self.form.nought)
        marks = f"WHEN trim({c}) IN ({nought}) THEN 0.0 " if nought else ""
        beside = self.form.nought_beside.get(name[2:])
        if marks and beside in self.file.roles:
            marks = f"WHEN trim({c}) IN ({nought}) AND {self._number(self.file.roles[beside])} = 0 THEN 0.0 "
        plain = f"TRY_CAST({c} AS DOUBLE)"
        if self.strict:  # 8e3 is a number to a database, and in a file of counts a slip
            plain = (
                f"CASE WHEN regexp_full_match(trim({c}), '-?[0-9]+(\\.[0-9]+)?') THEN {plain} END"
            )
        thousands = f"regexp_full_match(trim({c}), '[0-9]{{1,3}}(,[0-9]{{3}})+(\\.0+)?')"
        return (
            f"CASE WHEN {c} IS NULL THEN {blank} ELSE coalesce({plain}, CASE WHEN trim({c}) = '' THEN {blank} {marks}"
            f"WHEN {thousands} THEN TRY_CAST(replace(trim({c}), ',', '') AS DOUBLE) END) END"
        )

    def _alike(self, role: str, values: Sequence[str]) -> list[str]:
        """The texts in a column that mean one of these values, whatever their case and spaces."""
        wanted = {squeezed(v) for v in values}
        return [text for text in self._texts(role) if squeezed(text) in wanted]

    def _texts(self, role: str) -> list[str]:
        """Every text that stands in a column, asked once."""
        if role not in self.texts:
            rows = self.con.execute(
                f"SELECT DISTINCT k_{role} FROM cells WHERE k_{role} IS NOT NULL"
            ).fetchall()
            self.texts[role] = [text for (text,) in rows]
        return self.texts[role]

    def _has_empty(self, role: str) -> bool:
        return bool(self._one(f"SELECT count(*) - count(k_{role}) FROM cells WHERE sort = ''"))

    def _code_roles(self) -> list[str]:
        return [r for r in dict.fromkeys(self.form.organisations.values()) if r in self.file.roles]

    def _where_used(self, role: str) -> str:
        """Rows whose organisation stands in this column."""
        kind = self.form.organisation_kind
        if kind is None or kind not in self.file.roles:
            return "true"
        of_kind = self.form.organisations
        mine = [
            t
            for t in self._texts(kind)
            if (self.form.kinds.get(squeezed(t)), role) in of_kind.items()
        ]
        return f"k_{kind} IN ({', '.join(quoted(t) for t in mine)})" if mine else "false"

    def _first(
        self, bad: str, what: str, role: str, expected: str, *, where: str = "true"
    ) -> list[Fault]:
        rows = self.con.execute(
            f"SELECT rowid, k_{role} FROM cells WHERE sort = '' AND ({where}) AND ({bad}) ORDER BY rowid LIMIT 3"
        ).fetchall()
        return [
            self.file.fault(
                what, role=role, line=self._line(n), found=repr(v or "")[:80], expected=expected
            )
            for n, v in rows
        ]

    def _cell(self, bad: str, column: str, what: str) -> Fault:
        row = self.con.execute(
            f"SELECT rowid, {column} FROM cells WHERE sort = '' AND ({bad}) ORDER BY rowid LIMIT 1"
        ).fetchone()
        assert row is not None
        return self.file.fault(
            what,
            column=self._index(column),
            line=self._line(row[0]),
            found=f"{row[1]:g}",
            expected="a whole count, 0 or more",
        )

    def _index(self, column: str) -> int:
        return (
            self.file.bands[int(column[2:])].index
            if column.startswith("b_")
            else self.file.roles[column[2:]]
        )

    def _line(self, rowid: int) -> int:
        return next(line for number, (line, _) in enumerate(self.file.records()) if number == rowid)

    def _one(self, sql: str) -> Any:
        row = self.con.execute(sql).fetchone()
        return row[0] if row else None


def quoted(value: str) -> str:
    """A text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"
