"""The cells of a published file as a table, each row known for what it is, and everything that is wrong with it.

In: an `Opened` file. Out: a DuckDB table `cells` whose rows are figures, totals, notes or headers, checked; a fault names line and column.
The cells are turned into numbers in one pass; a slow second reading names the line when something is wrong.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
import tempfile
from collections.abc import Sequence
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

import duckdb

from oneplace.faults import Fault, InputAtFault
from oneplace.sources.statistics.form import squeezed
from oneplace.sources.statistics.months import month_in_year, month_of
from oneplace.sources.statistics.opening import Opened, names_of
from oneplace.sources.statistics.workbook import NOT_WORKED_OUT

MOST_FAULTS = 20
LARGEST_COUNT = 1e9
# Each cell of a file of this size or less is matched letter by letter; a national file's are judged by their values.
STRICT_BYTES = 32 << 20
CODE = re.compile(r"[A-Z0-9]{2,10}")


class Cells:
    """One file as a DuckDB table `cells`: text columns k_ROLE, numbers n_ROLE and b_0 onwards, in the order of the file."""

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

    # --- reading ---------------------------------------------------------------------------------------------------
    def load(self, utf8: str) -> None:
        """A large file is read where it lies, its counts as numbers at once; what is small or strange is cut into cells slowly first."""
        straight = not self.strict and self.file.straight and self.file.where.sheet is None
        if not (straight and (self._loaded(utf8, as_numbers=True) or self._loaded(utf8))):
            with tempfile.TemporaryDirectory() as scratch:
                clean = Path(scratch) / "cells.csv"
                self._cut(clean)
                if not self._loaded(str(clean), clean=True):
                    raise InputAtFault(
                        self.file.fault("this is not valid CSV", expected="a text that a spreadsheet opens")
                    )
        if not self._one("SELECT count(*) FROM cells"):
            raise InputAtFault(
                self.file.fault("there are no rows below the header", line=self.file.header_line, expected="rows")
            )

    def _cut(self, made: Path) -> None:
        """The records below the header, written anew: line ends, separators and empty cells beyond the header no longer matter."""
        width = len(self.file.header)
        with made.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
            for line, record in self.file.records():
                if len(record) > width and (beyond := [i for i in range(width, len(record)) if record[i].strip()]):
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
        columns = ", ".join(f"'c{i}': '{'DOUBLE' if i in counts else 'VARCHAR'}'" for i in range(len(self.file.header)))
        skip, delimiter = (0, ",") if clean else (self.file.first_line - 1, self.file.delimiter)
        source = (
            f"read_csv({quoted(csv_file)}, header=false, auto_detect=false, skip={skip}, delim={quoted(delimiter)}, "
            f"quote='\"', escape='\"', columns={{{columns}}}, null_padding=true, parallel=false, strict_mode=true)"
        )
        blank = "0.0" if self.form.blank == "nought" else "NULL"
        codes = set(self.form.organisations.values())
        wanted = [
            f"nullif({'upper' if r in codes else ''}(trim(c{self.file.roles[r]})), '') AS k_{r}" for r in self.keys
        ]
        wanted += [
            f"{f'coalesce(c{index}, {blank})' if as_numbers else self._number(index, name)} AS {name}"
            for name, index in places.items()
        ]
        try:
            self.con.execute(f"CREATE OR REPLACE TEMP TABLE cells AS SELECT {', '.join(wanted)} FROM {source}")
        except duckdb.Error:
            return False
        return True

    def _number(self, index: int, name: str = "") -> str:
        """A cell as a number; null where it is none. What is usual is tried first: most cells are empty or plain digits."""
        c = f"c{index}"
        blank = "0.0" if self.form.blank == "nought" else "NULL"
        nought = ", ".join(quoted(m) for m in self.form.nought)
        marks = f"WHEN trim({c}) IN ({nought}) THEN 0.0 " if nought else ""
        beside = self.form.nought_beside.get(name[2:])
        if marks and beside in self.file.roles:
            marks = f"WHEN trim({c}) IN ({nought}) AND {self._number(self.file.roles[beside])} = 0 THEN 0.0 "
        plain = f"TRY_CAST({c} AS DOUBLE)"
        if self.strict:  # 8e3 is a number to a database, and in a file of counts a slip
            plain = f"CASE WHEN regexp_full_match(trim({c}), '-?[0-9]+(\\.[0-9]+)?') THEN {plain} END"
        thousands = f"regexp_full_match(trim({c}), '[0-9]{{1,3}}(,[0-9]{{3}})+(\\.0+)?')"
        return (
            f"CASE WHEN {c} IS NULL THEN {blank} ELSE coalesce({plain}, CASE WHEN trim({c}) = '' THEN {blank} {marks}"
            f"WHEN {thousands} THEN TRY_CAST(replace(trim({c}), ',', '') AS DOUBLE) END) END"
        )

    # --- which rows are figures ---------------------------------------------------------------------------------------
    def sort_rows(self) -> None:
        """Mark each row: '' a figure, 'note' a footnote or an empty row, 'header' a heading again, 'total' others added up."""
        self.con.execute("ALTER TABLE cells ADD COLUMN sort VARCHAR DEFAULT ''")
        codes_of = set(self.form.organisations.values())
        headings = {r: self.file.header[self.file.roles[r]].strip() for r in self.keys}
        repeated = " AND ".join(f"k_{r} = {quoted(h.upper() if r in codes_of else h)}" for r, h in headings.items())
        everything = " + ".join(f"coalesce({n}, 0)" for n in [*self.numbers, *self.bands])
        codes = [f"k_{r}" for r in dict.fromkeys(self.form.organisations.values()) if r in self.file.roles]
        no_month = "true"
        if "period" in self.file.roles:
            self._read_months()
            self._one_name_each()
            known = ", ".join(quoted(t) for t in self.months) or "''"
            no_month = f"(k_period IS NULL OR k_period NOT IN ({known}))"
        all_null = " AND ".join(f"{n} IS NULL" for n in [*self.numbers, *self.bands])
        empty = all_null if self.form.blank != "nought" else f"{everything} = 0"
        no_code = " AND ".join(f"({c} IS NULL OR NOT regexp_full_match(upper({c}), '{CODE.pattern}'))" for c in codes)
        totals = [
            f"k_{role} IN ({', '.join(quoted(v) for v in found)})"
            + (f" AND ({self._where_used(role)})" if role in codes_of else "")
            for role in {*codes_of, *self.form.names.values(), "period"} & set(self.form.totals)
            if role in self.file.roles and (found := self._alike(role, self.form.totals[role]))
        ]
        if self.form.organisation_kind in self.file.roles:
            totals.append(self._total_kinds())
        total = " OR ".join(f"coalesce({t}, false)" for t in totals) or "false"
        self.con.execute(
            f"UPDATE cells SET sort = CASE WHEN coalesce({repeated}, false) THEN 'header' "
            f"WHEN {self._of_other_measures()} THEN 'other' WHEN {total} THEN 'total' WHEN ({no_code if 'period' not in self.file.roles else no_month}) AND ({empty}) THEN 'note' ELSE '' END"
        )
        counted = dict(self.con.execute("SELECT sort, count(*) FROM cells GROUP BY sort").fetchall())
        for sort, said in (
            ("note", "notes and empty rows"),
            ("header", "repeated headers"),
            ("total", "rows that add up other organisations or belong to none"),
            ("other", "rows of measures that are not kept"),
        ):
            if number := counted.get(sort):
                self.notes.append(f"{said} left out: {number:,}")
        self._no_other_header()
        if not counted.get(""):
            raise InputAtFault(
                self.file.fault("no row holds a figure of an organisation", expected="rows of organisations")
            )

    def _no_other_header(self) -> None:
        """A second header that is not like the first would give the rows below it another meaning."""
        names = {n for of_role in names_of(self.form.id).values() for n in of_role}
        hits = []
        for role in self.keys:
            totals = {squeezed(v) for v in self.form.totals.get(role, ())}
            if found := [t for t in self._texts(role) if squeezed(t) in names - totals]:
                hits.append(f"coalesce(k_{role} IN ({', '.join(map(quoted, found))}), false)::INT")
        if len(hits) < 2:
            return
        rows = self.con.execute(f"SELECT rowid FROM cells WHERE {' + '.join(hits)} >= 2 ORDER BY 1").fetchall()
        wanted = {n for (n,) in rows}
        first = [squeezed(h) for h in self.file.header]
        for number, (line, record) in enumerate(islice(self.file.records(), max(wanted, default=-1) + 1)):
            if number not in wanted:
                continue
            second = [squeezed(c) for c in record]
            if len({*second} & names) >= 3 and any(b and a != b for a, b in zip_longest(first, second, fillvalue="")):
                raise InputAtFault(
                    self.file.fault(
                        "a second header in the file is not like the first",
                        line=line,
                        found=", ".join(c.strip() for c in record if c.strip())[:120],
                        expected=f"the header of {self.file.where.at(self.file.header_line)} again, or a file for each table",
                    )
                )

    def _of_other_measures(self) -> str:
        """Rows that name a measure which no figure here is made of (averages among them), and breakdowns beside their totals."""
        role = self.form.only
        left = []
        if role is not None and role in self.file.roles:
            kept = {squeezed(v) for m in self.form.measures for v in m.names(role)}
            ours = [t for t in self._texts(role) if squeezed(t) in kept]
            left.append(
                f"(k_{role} IS NOT NULL AND k_{role} NOT IN ({', '.join(quoted(t) for t in ours) or chr(39) * 2}))"
            )
        for role in self.form.totals_only:
            if role in self.file.roles:
                total = self._alike(role, self.form.totals[role])
                left.append(
                    f"(k_{role} IS NOT NULL AND k_{role} NOT IN ({', '.join(map(quoted, total)) or chr(39) * 2}))"
                )
        return " OR ".join(left) or "false"

    def _longer_than_a_month(self) -> list[Fault]:
        """A quarter's or a year's counts are no month's."""
        if not {"period", "period_end"} <= set(self.file.roles):
            return []
        pairs = self.con.execute(
            "SELECT DISTINCT k_period, k_period_end FROM cells WHERE sort = '' AND k_period_end IS NOT NULL"
        ).fetchall()
        for start, end in pairs:
            first, last = month_of(start or ""), month_of(end)
            if first is not None and last is not None and first != last:
                return self._first(
                    f"k_period = {quoted(start)} AND k_period_end = {quoted(end)}",
                    "the period is no single month",
                    "period_end",
                    f"the end of {first:%B %Y}",
                )
        return []

    def _read_months(self) -> None:
        year = "k_financial_year" if "financial_year" in self.file.roles else "NULL"
        for text, of in self.con.execute(
            f"SELECT DISTINCT k_period, {year} FROM cells WHERE k_period IS NOT NULL"
        ).fetchall():
            month = month_of(text) or (month_in_year(text, of) if of else None)
            if month is None:
                continue
            if self.months.setdefault(text, month) != month:
                raise InputAtFault(
                    self.file.fault(
                        "one month's name stands for two years",
                        role="period",
                        found=text,
                        expected="a file for each year",
                    )
                )

    def _one_name_each(self) -> None:
        """A month that is written in several ways is written in one: its rows belong together."""
        first: dict[dt.date, str] = {}
        cases = [
            f"WHEN {quoted(text)} THEN {quoted(first[month])}"
            for text, month in sorted(self.months.items())
            if first.setdefault(month, text) != text
        ]
        if cases:
            self.con.execute(f"UPDATE cells SET k_period = CASE k_period {' '.join(cases)} ELSE k_period END")
            self.texts.pop("period", None)

    def _total_kinds(self) -> str:
        """Rows of kinds that add up organisations; a kind that the layout does not know is a fault."""
        role = self.form.organisation_kind
        assert role is not None
        unknown, totals = [], []
        for kind in self._texts(role):
            means = self.form.kinds.get(squeezed(kind))
            if means is None and kind != self.file.header[self.file.roles[role]].strip():
                unknown.append(kind)
            elif means == "total":
                totals.append(kind)
        if unknown:
            raise InputAtFault(
                self._first(
                    f"k_{role} = {quoted(unknown[0])}",
                    "this kind of organisation is not known",
                    role,
                    ", ".join(self.form.kinds),
                )
            )
        return f"k_{role} IN ({', '.join(quoted(t) for t in totals)})" if totals else "false"

    def _alike(self, role: str, values: Sequence[str]) -> list[str]:
        """The texts in a column that mean one of these values, whatever their case and spaces."""
        wanted = {squeezed(v) for v in values}
        return [text for text in self._texts(role) if squeezed(text) in wanted]

    def _texts(self, role: str) -> list[str]:
        """Every text that stands in a column, asked once."""
        if role not in self.texts:
            rows = self.con.execute(f"SELECT DISTINCT k_{role} FROM cells WHERE k_{role} IS NOT NULL").fetchall()
            self.texts[role] = [text for (text,) in rows]
        return self.texts[role]

    # --- what is wrong ------------------------------------------------------------------------------------------------
    def check_numbers(self) -> None:
        columns = [*self.numbers, *self.bands]
        asked = ", ".join(
            f"count(*) - count({c}), coalesce(min({c}), 0) < 0, coalesce(bool_or(NOT isfinite({c}) OR {c} <> floor({c}) OR {c} > {LARGEST_COUNT:.0f}), false)"
            for c in columns
        )
        found = self.con.execute(f"SELECT {asked} FROM cells WHERE sort = ''").fetchone()
        assert found is not None
        faults: list[Fault] = []
        for i, column in enumerate(columns):
            empty, negative, broken = found[3 * i : 3 * i + 3]
            if empty:
                faults.extend(self._no_counts(column))
            if negative:
                faults.append(self._cell(f"{column} < 0", column, "a count is negative"))
            if broken:
                faults.append(
                    self._cell(
                        f"NOT isfinite({column}) OR {column} <> floor({column}) OR {column} > {LARGEST_COUNT:.0f}",
                        column,
                        "this is no whole count",
                    )
                )
        if faults:
            raise InputAtFault(faults[:MOST_FAULTS])

    def _no_counts(self, column: str) -> list[Fault]:
        """Cells that gave no number: marks that the layout knows are let pass, all else is a fault."""
        index = self._index(column)
        rows = {
            r for (r,) in self.con.execute(f"SELECT rowid FROM cells WHERE sort = '' AND {column} IS NULL").fetchall()
        }
        faults = []
        for number, (line, record) in enumerate(islice(self.file.records(), max(rows) + 1)):
            if number not in rows:
                continue
            cell = record[index].strip() if index < len(record) else ""
            if cell in self.form.suppressed:
                self.withheld = True
            elif (cell == "" and self.form.blank == "missing") or cell in (*self.form.missing, *self.form.nought):
                continue
            elif cell.startswith(NOT_WORKED_OUT):
                faults.append(
                    self.file.fault(
                        "the cell's formula has no value in the file",
                        column=index,
                        line=line,
                        found=cell.removeprefix(NOT_WORKED_OUT)[:80],
                        expected="the workbook opened and saved by a spreadsheet, which works it out",
                    )
                )
            else:
                expected = "a whole count" + "".join(
                    f", {m}" for m in (*self.form.suppressed, *self.form.missing, *self.form.nought)
                )
                what = "a count is missing" if cell == "" else "this is no count"
                faults.append(self.file.fault(what, column=index, line=line, found=repr(cell)[:80], expected=expected))
                if len(faults) >= MOST_FAULTS:
                    break
        return faults

    def check_rows(self) -> None:
        """Months, codes, closed lists, rows that stand twice, and cells that have to add up."""
        faults: list[Fault] = []
        if "period" in self.file.roles:
            known = ", ".join(quoted(t) for t in self.months) or "''"
            faults += self._first(
                f"k_period IS NULL OR k_period NOT IN ({known})",
                "this is no month",
                "period",
                "a month as March 2019, 2019-03 or 31/03/2019",
            )
        faults += self._longer_than_a_month()
        for role in self._code_roles():
            wrong = [t for t in self._texts(role) if not CODE.fullmatch(t) or t.isdigit()]
            if wrong or self._has_empty(role):
                faults += self._first(
                    f"k_{role} IS NULL OR k_{role} IN ({', '.join(map(quoted, wrong)) or chr(39) * 2})",
                    "this is no organisation's code",
                    role,
                    "a national code such as RQ6 or 99A",
                    where=self._where_used(role),
                )
        for role, column in self.form.columns.items():
            if column.values and role in self.file.roles and not column.number:
                wrong = sorted(set(self._texts(role)) - set(self._alike(role, column.values)))
                if wrong or self._has_empty(role):
                    bad = f"k_{role} IS NULL OR k_{role} IN ({', '.join(map(quoted, wrong)) or chr(39) * 2})"
                    faults += self._first(bad, "this is not on the list", role, ", ".join(column.values))
        faults += self._twice()
        faults += self._sums()
        if faults:
            raise InputAtFault(faults[:MOST_FAULTS])

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
        mine = [t for t in self._texts(kind) if of_kind.get(self.form.kinds.get(squeezed(t), "")) == role]  # type: ignore[call-overload]
        return f"k_{kind} IN ({', '.join(quoted(t) for t in mine)})" if mine else "false"

    def _twice(self) -> list[Fault]:
        names = set(self.form.names.values())
        roles = [r for r in self.keys if r not in names]
        alike = ", ".join(self._as_one(r) for r in roles)
        keys = ", ".join(f"k_{r}" for r in roles)
        pair = self.con.execute(
            f"SELECT min(rowid), max(rowid) FROM cells WHERE sort = '' GROUP BY {alike} HAVING count(*) > 1 ORDER BY 2 LIMIT 1"
        ).fetchone()
        if pair is None:
            return []
        first, second = self._line(pair[0]), self._line(pair[1])
        found = self.con.execute(f"SELECT {keys} FROM cells WHERE rowid = ?", [pair[1]]).fetchone()
        return [
            self.file.fault(
                "the row stands twice",
                line=second,
                found=", ".join(str(v) for v in found or () if v),
                expected=f"once; it stands on {self.file.where.at(first)} already",
            )
        ]

    def _as_one(self, role: str) -> str:
        """A column in which texts that mean the same are the same: Part_2 and PART 2, March 2019 and 2019-03."""
        means: dict[object, str] = {}
        cases = []
        for text in sorted(self._texts(role)):
            month = self.months.get(text) if role == "period" else None
            first = means.setdefault(month or squeezed(text) or text, text)
            if first != text:
                cases.append(f"WHEN {quoted(text)} THEN {quoted(first)}")
        return f"CASE k_{role} {' '.join(cases)} ELSE k_{role} END" if cases else f"k_{role}"

    def _sums(self) -> list[Fault]:
        faults = []
        for check in self.form.checks:
            bands = [
                name
                for name, b in zip(self.bands, self.file.bands, strict=True)
                if b.start >= check.weeks_from
                and (check.weeks_to is None or (b.to is not None and b.to <= check.weeks_to))
            ]
            parts = [*(bands if check.bands else []), *(f"n_{p}" for p in check.parts if p in self.file.roles)]
            if check.total not in self.file.roles or not parts or (not check.bands and len(parts) < len(check.parts)):
                continue
            total, added = f"n_{check.total}", " + ".join(parts)
            where = " AND ".join(
                f"k_{role} IN ({', '.join(quoted(v) for v in self._alike(role, values)) or chr(39) * 2})"
                for role, values in check.where.items()
            )
            row = self.con.execute(
                f"SELECT rowid, {total}, {added} FROM cells WHERE sort = '' AND {where or 'true'} AND {total} <> {added} ORDER BY rowid LIMIT 1"
            ).fetchone()
            if row:
                faults.append(
                    self.file.fault(
                        "the row does not add up to its total",
                        role=check.total,
                        line=self._line(row[0]),
                        found=f"{row[1]:,.0f}",
                        expected=f"{row[2]:,.0f}, the sum of its parts",
                    )
                )
        return faults

    def _first(self, bad: str, what: str, role: str, expected: str, *, where: str = "true") -> list[Fault]:
        rows = self.con.execute(
            f"SELECT rowid, k_{role} FROM cells WHERE sort = '' AND ({where}) AND ({bad}) ORDER BY rowid LIMIT 3"
        ).fetchall()
        return [
            self.file.fault(what, role=role, line=self._line(n), found=repr(v or "")[:80], expected=expected)
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
        return self.file.bands[int(column[2:])].index if column.startswith("b_") else self.file.roles[column[2:]]

    def _line(self, rowid: int) -> int:
        return next(line for number, (line, _) in enumerate(self.file.records()) if number == rowid)

    def _one(self, sql: str) -> Any:
        row = self.con.execute(sql).fetchone()
        return row[0] if row else None


def quoted(value: str) -> str:
    """A text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"
