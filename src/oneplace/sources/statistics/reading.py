"""The rows of a published file added up to figures of organisations, with nothing counted twice and nothing guessed.

In: an `Opened` file of a declared layout. Out: figures by measure, organisation, basis and month, and notes on what was left out.
Rows that add up other rows (all specialties, England) take the place of their details or are set aside; where both stand in the file
they have to agree. A cell that is no count, a band left out, a row that stands twice, a code that is none: a fault with line and column.

The cells are read as text and turned into numbers in one pass; a slow second reading names the line when something is wrong.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import duckdb
import pyarrow as pa

from oneplace.faults import Fault, InputAtFault
from oneplace.sources.statistics.form import Amount, Format, Mapped, squeezed
from oneplace.sources.statistics.months import month_in_year, month_of
from oneplace.sources.statistics.opening import Opened

MOST_FAULTS = 20
LARGEST_COUNT = 1e9
# Each cell of a file of this size or less is matched letter by letter; a national file's are judged by their values.
STRICT_BYTES = 32 << 20
# England had 191 commissioners and over 200 trusts in 2019: a file with fewer is an extract, and its sums are part sums.
FEWEST_OF_A_WHOLE_FILE = 30
CODE = re.compile(r"[A-Z0-9]{2,10}")


@dataclass
class Figures:
    """What a file says. `rows` has the columns measure, code, name, basis, part, weeks_from, period, numerator, denominator, partial."""

    rows: pa.Table
    months: tuple[dt.date, ...]
    notes: list[str] = field(default_factory=list)
    caveats: dict[str, str] = field(default_factory=dict)
    """basis -> what its figures miss"""
    withheld: bool = False


def figures(con: duckdb.DuckDBPyConnection, file: Opened, *, utf8: str) -> Figures:
    """Read, check and add up. `utf8` is the path of the text as UTF-8."""
    table = _Table(con, file)
    table.load(utf8)
    table.sort_rows()
    table.check_numbers()
    table.check_rows()
    return table.added_up()


class _Table:
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
        columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(self.file.header)))
        source = (
            f"read_csv({_text(utf8)}, header=false, auto_detect=false, skip={self.file.first_line - 1}, delim={_text(self.file.delimiter)}, "
            f"quote='\"', escape='\"', columns={{{columns}}}, null_padding=true, parallel=false, strict_mode=true)"
        )
        wanted = [f"nullif(trim(c{self.file.roles[r]}), '') AS k_{r}" for r in self.keys]
        wanted += [f"{self._number(self.file.roles[n[2:]])} AS {n}" for n in self.numbers]
        wanted += [f"{self._number(b.index)} AS {name}" for name, b in zip(self.bands, self.file.bands, strict=True)]
        try:
            self.con.execute(f"CREATE OR REPLACE TEMP TABLE cells AS SELECT {', '.join(wanted)} FROM {source}")
        except duckdb.Error as e:
            raise InputAtFault(self._unreadable(e)) from None
        if not self._one("SELECT count(*) FROM cells"):
            raise InputAtFault(
                self.file.fault("there are no rows below the header", line=self.file.header_line, expected="rows")
            )

    def _number(self, index: int) -> str:
        """A cell as a number; null where it is none. What is usual is tried first: most cells are empty or plain digits."""
        c = f"c{index}"
        blank = "0.0" if self.form.blank == "nought" else "NULL"
        nought = ", ".join(_text(m) for m in self.form.nought)
        marks = f"WHEN trim({c}) IN ({nought}) THEN 0.0 " if nought else ""
        plain = f"TRY_CAST({c} AS DOUBLE)"
        if self.strict:  # 8e3 is a number to a database, and in a file of counts a slip
            plain = f"CASE WHEN regexp_full_match(trim({c}), '-?[0-9]+(\\.[0-9]+)?') THEN {plain} END"
        thousands = f"regexp_full_match(trim({c}), '[0-9]{{1,3}}(,[0-9]{{3}})+(\\.0+)?')"
        return (
            f"CASE WHEN {c} IS NULL THEN {blank} ELSE coalesce({plain}, CASE WHEN trim({c}) = '' THEN {blank} {marks}"
            f"WHEN {thousands} THEN TRY_CAST(replace(trim({c}), ',', '') AS DOUBLE) END) END"
        )

    def _unreadable(self, error: duckdb.Error) -> list[Fault]:
        """Which record is not as long as the header; DuckDB's own words where it is something else."""
        width = len(self.file.header)
        for line, record in self.file.records():
            if len(record) > width and any(c.strip() for c in record[width:]):
                return [
                    self.file.fault(
                        "the row has more cells than the header", line=line, found=str(len(record)), expected=str(width)
                    )
                ]
        return [self.file.fault("this is not valid CSV", found=" ".join(str(error).split())[:160])]

    # --- which rows are figures ---------------------------------------------------------------------------------------
    def sort_rows(self) -> None:
        """Mark each row: '' a figure, 'note' a footnote or an empty row, 'header' a heading again, 'total' others added up."""
        self.con.execute("ALTER TABLE cells ADD COLUMN sort VARCHAR DEFAULT ''")
        repeated = " AND ".join(f"k_{r} = {_text(self.file.header[self.file.roles[r]].strip())}" for r in self.keys)
        everything = " + ".join(f"coalesce({n}, 0)" for n in [*self.numbers, *self.bands])
        codes = [f"k_{r}" for r in dict.fromkeys(self.form.organisations.values()) if r in self.file.roles]
        no_month = "true"
        if "period" in self.file.roles:
            self._read_months()
            known = ", ".join(_text(t) for t in self.months) or "''"
            no_month = f"(k_period IS NULL OR k_period NOT IN ({known}))"
        all_null = " AND ".join(f"{n} IS NULL" for n in [*self.numbers, *self.bands])
        empty = all_null if self.form.blank != "nought" else f"{everything} = 0"
        no_code = " AND ".join(f"({c} IS NULL OR NOT regexp_full_match(upper({c}), '{CODE.pattern}'))" for c in codes)
        codes_of = set(self.form.organisations.values())
        totals = [
            f"k_{role} IN ({', '.join(_text(v) for v in found)})"
            + (f" AND ({self._where_used(role)})" if role in codes_of else "")
            for role in {*codes_of, *self.form.names.values(), "period"} & set(self.form.totals)
            if role in self.file.roles and (found := self._alike(role, self.form.totals[role]))
        ]
        if self.form.organisation_kind in self.file.roles:
            totals.append(self._total_kinds())
        total = " OR ".join(f"coalesce({t}, false)" for t in totals) or "false"
        self.con.execute(
            f"UPDATE cells SET sort = CASE WHEN coalesce({repeated}, false) THEN 'header' "
            f"WHEN {total} THEN 'total' WHEN ({no_code if 'period' not in self.file.roles else no_month}) AND ({empty}) THEN 'note' ELSE '' END"
        )
        counted = dict(self.con.execute("SELECT sort, count(*) FROM cells GROUP BY sort").fetchall())
        for sort, said in (
            ("note", "notes and empty rows"),
            ("header", "repeated headers"),
            ("total", "rows that add up other organisations"),
        ):
            if number := counted.get(sort):
                self.notes.append(f"{said} left out: {number:,}")
        if not counted.get(""):
            raise InputAtFault(
                self.file.fault("no row holds a figure of an organisation", expected="rows of organisations")
            )

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
                    f"k_{role} = {_text(unknown[0])}",
                    "this kind of organisation is not known",
                    role,
                    ", ".join(self.form.kinds),
                )
            )
        return f"k_{role} IN ({', '.join(_text(t) for t in totals)})" if totals else "false"

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
            elif (cell == "" and self.form.blank == "missing") or cell in self.form.missing:
                continue
            else:
                expected = "a whole count" + "".join(
                    f", {m}" for m in (*self.form.suppressed, *self.form.missing, *self.form.nought)
                )
                what = "a count is missing" if cell == "" else "this is no count"
                faults.append(
                    Fault(
                        what=what,
                        file=self.file.name,
                        line=line,
                        path=self.file.header[index],
                        found=repr(cell)[:80],
                        expected=expected,
                    )
                )
                if len(faults) >= MOST_FAULTS:
                    break
        return faults

    def check_rows(self) -> None:
        """Months, codes, closed lists, rows that stand twice, and cells that have to add up."""
        faults: list[Fault] = []
        if "period" in self.file.roles:
            known = ", ".join(_text(t) for t in self.months) or "''"
            faults += self._first(
                f"k_period IS NULL OR k_period NOT IN ({known})",
                "this is no month",
                "period",
                "a month as March 2019, 2019-03 or 31/03/2019",
            )
        for role in self._code_roles():
            faults += self._first(
                f"k_{role} IS NULL OR NOT regexp_full_match(upper(k_{role}), '{CODE.pattern}')",
                "this is no organisation's code",
                role,
                "a national code such as RQ6 or 99A",
                where=self._where_used(role),
            )
        for role, column in self.form.columns.items():
            if column.values and role in self.file.roles and not column.number:
                allowed = ", ".join(_text(v) for v in self._alike(role, column.values)) or "''"
                faults += self._first(
                    f"k_{role} IS NULL OR k_{role} NOT IN ({allowed})",
                    "this is not on the list",
                    role,
                    ", ".join(column.values),
                )
        faults += self._twice()
        faults += self._sums()
        if faults:
            raise InputAtFault(faults[:MOST_FAULTS])

    def _code_roles(self) -> list[str]:
        return [r for r in dict.fromkeys(self.form.organisations.values()) if r in self.file.roles]

    def _where_used(self, role: str) -> str:
        """Rows whose organisation stands in this column."""
        kind = self.form.organisation_kind
        if kind is None or kind not in self.file.roles:
            return "true"
        of_kind = self.form.organisations
        mine = [t for t in self._texts(kind) if of_kind.get(self.form.kinds.get(squeezed(t), "")) == role]  # type: ignore[call-overload]
        return f"k_{kind} IN ({', '.join(_text(t) for t in mine)})" if mine else "false"

    def _twice(self) -> list[Fault]:
        names = set(self.form.names.values())
        keys = ", ".join(f"k_{r}" for r in self.keys if r not in names)
        pair = self.con.execute(
            f"SELECT min(rowid), max(rowid) FROM cells WHERE sort = '' GROUP BY {keys} HAVING count(*) > 1 ORDER BY 2 LIMIT 1"
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
                expected=f"once; it stands on line {first} already",
            )
        ]

    def _sums(self) -> list[Fault]:
        faults = []
        for check in self.form.checks:
            parts = [*(self.bands if check.bands else []), *(f"n_{p}" for p in check.parts if p in self.file.roles)]
            if check.total not in self.file.roles or not parts or (not check.bands and len(parts) < len(check.parts)):
                continue
            total, added = f"n_{check.total}", " + ".join(parts)
            where = " AND ".join(
                f"k_{role} IN ({', '.join(_text(v) for v in self._alike(role, values)) or chr(39) * 2})"
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
        heading = self.file.header[self._index(column)]
        return Fault(
            what=what,
            file=self.file.name,
            line=self._line(row[0]),
            path=heading,
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

    # --- adding up ----------------------------------------------------------------------------------------------------
    def added_up(self) -> Figures:
        caveats: dict[str, str] = {}
        found = []
        for measure in self.form.measures:
            if not self._can(measure):
                continue
            self._make_pairs(measure)
            for basis, role in self.form.organisations.items():
                if role in self.file.roles and self._has_basis(basis):
                    found.append(self._of_basis(measure, basis))
                    caveats |= self._caveat(basis)
        if not found or not sum(t.num_rows for t in found):
            raise InputAtFault(
                self.file.fault(
                    "no figure of a known measure is in the file", expected=", ".join(m.id for m in self.form.measures)
                )
            )
        months = tuple(sorted(set(self.months.values())))
        return Figures(pa.concat_tables(found), months, self.notes, caveats, self.withheld)

    def _can(self, measure: Mapped) -> bool:
        needed = {
            *measure.where,
            *(r for a in _amounts(measure) for r in ([a.column] if a.column else []) + list(a.where)),
        }
        named = [*measure.where.items(), *(item for a in _amounts(measure) for item in a.where.items())]
        return needed <= set(self.file.roles) and all(self._alike(r, _several(v)) for r, v in named)

    def _has_basis(self, basis: str) -> bool:
        if not self.form.one_organisation or len(self.form.organisations) == 1:
            return True
        kind = self.form.organisation_kind
        if kind is not None and kind in self.file.roles:
            return True
        pays = re.search(r"commissioner|ccg|sub.?icb", self.file.name, re.IGNORECASE) is not None
        return (basis == "commissioner") == pays

    def _caveat(self, basis: str) -> dict[str, str]:
        if self.form.one_organisation:
            return {}
        other = {"provider": "commissioner", "commissioner": "provider"}[basis]
        role = self.form.organisations[other]  # type: ignore[index]
        others = set(self._texts(role)) - set(self._alike(role, self.form.totals.get(role, ())))
        number = len(others)
        if number >= FEWEST_OF_A_WHOLE_FILE:
            return {}
        return {
            basis: f"from an extract that holds {number} {other}{'s' if number != 1 else ''}: part of the whole figure"
        }

    def _make_pairs(self, measure: Mapped) -> None:
        """The table `pairs`: one row for each organisation (or pair of them) and month, details and their totals made one."""
        amounts = {"num": self._amount(measure.numerator)}
        if measure.denominator:
            amounts["den"] = self._amount(measure.denominator)
        where = self._where(measure)
        groups = [f"k_{r}" for r in self._code_roles()]
        kind = self.form.organisation_kind
        if kind is not None and kind in self.file.roles:
            groups.append(f"k_{kind}")
        if "period" in self.file.roles:
            groups.append("k_period")
        own = {*self.form.organisations.values(), *self.form.names.values(), "period"}
        dimensions = [r for r in self.form.totals if r in self.file.roles and r not in own and r not in measure.where]
        named = {r for a in _amounts(measure) for r in a.where}
        inner_keys = [*groups, *(f"k_{d}" for d in dimensions)]
        sums = ", ".join(
            f"sum({a}) AS {name}, bool_or({a} IS NULL) {self._only(name, measure)} AS {name}_partial"
            for name, a in amounts.items()
        )
        query = f"SELECT {', '.join(inner_keys)}, {sums} FROM cells WHERE {where} GROUP BY {', '.join(inner_keys)}"
        assert not named & set(dimensions)
        for d in dimensions:
            inner_keys.remove(f"k_{d}")
            query = self._one_dimension_less(query, d, inner_keys, list(amounts))
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE pairs AS {query}")
        self._totals_agree(dimensions, measure)
        self._within(measure)

    def _where(self, measure: Mapped) -> str:
        chosen = (
            f"k_{r} IN ({', '.join(_text(v) for v in self._alike(r, _several(values)))})"
            for r, values in measure.where.items()
        )
        return " AND ".join(["sort = ''", *chosen])

    def _only(self, name: str, measure: Mapped) -> str:
        amount = measure.numerator if name == "num" else measure.denominator if name == "den" else None
        return f"FILTER (WHERE {self._rows(amount)})" if amount and amount.where else ""

    def _one_dimension_less(self, query: str, d: str, keys: list[str], names: list[str]) -> str:
        """Each group's total row where it has one, else the sum of its details; `clash` where both stand and differ."""
        texts = ", ".join(_text(t) for t in self._alike(d, self.form.totals[d])) or "''"
        is_total = f"coalesce(k_{d} IN ({texts}), false)"
        has = f"bool_or({is_total})"
        chosen = ", ".join(
            f"CASE WHEN {has} THEN sum({n}) FILTER ({is_total}) ELSE sum({n}) END AS {n}, "
            f"CASE WHEN {has} THEN bool_or({n}_partial) FILTER ({is_total}) ELSE bool_or({n}_partial) END AS {n}_partial"
            for n in names
        )
        clash = " OR ".join(
            f"(count(*) FILTER (NOT {is_total}) > 0 AND {has} AND NOT coalesce(bool_or({n}_partial), false) AND sum({n}) FILTER ({is_total}) <> sum({n}) FILTER (NOT {is_total}))"
            for n in names
        )
        before = "bool_or(clash) OR " if " AS clash" in query else ""
        return f"SELECT {', '.join(keys)}, {chosen}, coalesce({before}{clash}, false) AS clash FROM ({query}) GROUP BY {', '.join(keys)}"

    def _totals_agree(self, dimensions: list[str], measure: Mapped) -> None:
        if not dimensions:
            return
        codes = ", ".join(f"k_{r}" for r in self._code_roles())
        row = self.con.execute(f"SELECT {codes} FROM pairs WHERE clash LIMIT 1").fetchone()
        if row:
            who = " and ".join(str(c) for c in row)
            same = " AND ".join(f"k_{r} = {_text(v)}" for r, v in zip(self._code_roles(), row, strict=True))
            at = self._one(
                f"SELECT rowid FROM cells WHERE sort = '' AND {same} AND k_{dimensions[0]} IN "
                f"({', '.join(_text(t) for t in self._alike(dimensions[0], self.form.totals[dimensions[0]])) or chr(39) * 2}) LIMIT 1"
            )
            raise InputAtFault(
                self.file.fault(
                    f"the total row is not the sum of its details ({measure.id})",
                    role=dimensions[0],
                    line=self._line(at) if at is not None else None,
                    found=f"{who}: total and details differ",
                    expected="a total that its details reach",
                )
            )

    def _within(self, measure: Mapped) -> None:
        """Nobody is counted who is not there: what is left after taking away is not below nought, nor above its denominator."""
        beyond = "num < 0" + (" OR num > den" if measure.denominator else "")
        codes = ", ".join(f"k_{r}" for r in self._code_roles())
        row = self.con.execute(
            f"SELECT num, {'den' if measure.denominator else 'NULL'}, {codes} FROM pairs WHERE {beyond} LIMIT 1"
        ).fetchone()
        if row is None:
            return
        roles = self._code_roles()
        same = " AND ".join(f"k_{r} = {_text(v)}" for r, v in zip(roles, row[2:], strict=True) if v is not None)
        at = self._one(
            f"SELECT rowid FROM cells WHERE {self._where(measure)} AND {same or 'true'} ORDER BY rowid LIMIT 1"
        )
        limit = f"0 to {row[1]:,.0f}" if row[1] is not None else "0 or more"
        raise InputAtFault(
            self.file.fault(
                f"more are counted than there are ({measure.id})",
                role=roles[0],
                line=self._line(at) if at is not None else None,
                found=f"{row[0]:,.0f} of {' and '.join(str(v) for v in row[2:] if v is not None)}",
                expected=limit,
            )
        )

    def _of_basis(self, measure: Mapped, basis: str) -> pa.Table:
        role = self.form.organisations[basis]  # type: ignore[index]
        name_role = self.form.names.get(basis)  # type: ignore[call-overload]
        kind = self.form.organisation_kind
        where = "true"
        if kind is not None and kind in self.file.roles:
            mine = [t for t in self._texts(kind) if self.form.kinds.get(squeezed(t)) == basis]
            where = f"k_{kind} IN ({', '.join(_text(t) for t in mine)})" if mine else "false"
        period = "k_period" if "period" in self.file.roles else "NULL"
        den = "CASE WHEN bool_or(den_partial) THEN NULL ELSE sum(den) END" if measure.denominator else "NULL::DOUBLE"
        den_partial = " OR bool_or(den_partial)" if measure.denominator else ""
        names = ""
        if name_role in self.file.roles:
            self.con.execute(
                f"CREATE TEMP TABLE IF NOT EXISTS names_{basis} AS "
                f"SELECT upper(k_{role}) AS code, max(k_{name_role}) AS name FROM cells WHERE sort = '' GROUP BY 1"
            )
            names = f"LEFT JOIN names_{basis} USING (code)"
        part = (
            _several(measure.where[self.form.parts])[0]
            if self.form.parts and self.form.parts in measure.where
            else None
        )
        said = f"{_text(part)}" if part else "NULL::VARCHAR"
        base = (
            f"SELECT upper(k_{role}) AS code, {period} AS period, CASE WHEN bool_or(num_partial) THEN NULL ELSE sum(num) END AS numerator, "
            f"{den} AS denominator, coalesce(bool_or(num_partial){den_partial}, false) AS partial FROM pairs WHERE {where} GROUP BY 1, 2"
        )
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE of_basis AS {base}")
        head = f"{_text(measure.id)} AS measure, code, {'name' if names else 'NULL::VARCHAR AS name'}, {_text(basis)} AS basis, {said} AS part"
        query = f"SELECT {head}, NULL::SMALLINT AS weeks_from, period, numerator, denominator, partial FROM of_basis {names}"
        if measure.denominator:
            query += " WHERE numerator IS NOT NULL OR denominator IS NOT NULL OR partial"
        if measure.by_week:
            query += f" UNION ALL SELECT {head}, w::SMALLINT, period, n, NULL, n IS NULL FROM ({self._by_week(measure, role)}) {names}"
        table: pa.Table = self.con.sql(query).to_arrow_table()
        return table

    def _by_week(self, measure: Mapped, role: str) -> str:
        """A query of the list by weeks waited: the total rows of each pair where it has them, else its details."""
        own = {*self.form.organisations.values(), *self.form.names.values(), "period"}
        dimensions = [r for r in self.form.totals if r in self.file.roles and r not in own and r not in measure.where]
        assert len(dimensions) == 1, "a list by weeks waited is kept for layouts with one kind of total"
        (d,) = dimensions
        texts = ", ".join(_text(t) for t in self._alike(d, self.form.totals[d])) or "''"
        period = "k_period" if "period" in self.file.roles else "NULL::VARCHAR AS k_period"
        pair = ", ".join([*(f"k_{r}" for r in self._code_roles()), "k_period"])
        chosen = (
            f"SELECT * FROM (SELECT *, coalesce(k_{d} IN ({texts}), false) AS is_total FROM (SELECT k_{d}, {pair.replace('k_period', period)}, "
            f"{', '.join(self.bands)} FROM cells WHERE {self._where(measure)})) "
            f"QUALIFY is_total OR NOT bool_or(is_total) OVER (PARTITION BY {pair})"
        )
        sums = ", ".join(f"CASE WHEN count({b}) = count(*) THEN sum({b}) END" for b in self.bands)
        weeks = ", ".join(str(b.start) for b in self.file.bands)
        return (
            f"SELECT code, period, unnest([{weeks}]) AS w, unnest(sums) AS n FROM "
            f"(SELECT upper(k_{role}) AS code, k_period AS period, [{sums}] AS sums FROM ({chosen}) GROUP BY 1, 2)"
        )

    def _amount(self, amount: Amount) -> str:
        found = [f"n_{amount.column}"] if amount.column else []
        if amount.weeks_from is not None or amount.weeks_to is not None:
            low, high = amount.weeks_from or 0, amount.weeks_to
            found += [
                n
                for n, b in zip(self.bands, self.file.bands, strict=True)
                if b.start >= low and (high is None or (b.to is not None and b.to <= high))
            ]
        text = " + ".join(found + [f"n_{r}" for r in amount.plus if r in self.file.roles])
        text += "".join(f" - n_{r}" for r in amount.less if r in self.file.roles)
        return f"CASE WHEN {self._rows(amount)} THEN {text} END" if amount.where else text

    def _rows(self, amount: Amount) -> str:
        return " AND ".join(
            f"k_{r} IN ({', '.join(_text(t) for t in self._alike(r, (v,))) or chr(39) * 2})"
            for r, v in amount.where.items()
        )


def _amounts(measure: Mapped) -> list[Amount]:
    return [a for a in (measure.numerator, measure.denominator) if a]


def _several(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


def _text(value: str) -> str:
    """A text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"


__all__ = ["Figures", "Format", "figures"]
