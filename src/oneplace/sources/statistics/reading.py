"""The rows of a published file added up to figures of organisations, with nothing counted twice and
nothing guessed.

In: an `Opened` file of a declared layout. Out: figures by measure, organisation, basis and month,
and notes on what was left out. Rows that add up other rows (all specialties, England) take the
place of their details or are set aside; where both stand in the file they have to agree. A cell
that is no count, a band left out, a row that stands twice, a code that is none: a fault with line
and column.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from oneplace.faults import InputAtFault
from oneplace.sources.statistics.cells import quoted
from oneplace.sources.statistics.checks import Checked
from oneplace.sources.statistics.form import Amount, Mapped, squeezed
from oneplace.sources.statistics.opening import Opened

# England had 191 commissioners and over 200 trusts in 2019: a file with fewer is an extract, and
# its sums are part sums.
FEWEST_OF_A_WHOLE_FILE = 30


@dataclass
class Figures:
    """What a file says. `rows` has the columns measure, code, name, basis, part, weeks_from,
    period, numerator, denominator, partial."""

    rows: pa.Table
    months: tuple[dt.date, ...]
    notes: list[str] = field(default_factory=list)
    caveats: dict[str, str] = field(default_factory=dict)
    """basis -> what its figures miss"""
    withheld: bool = False


def figures(con: duckdb.DuckDBPyConnection, file: Opened, *, utf8: str) -> Figures:
    """Read, check and add up. `utf8` is the path of the text as UTF-8."""
    table = _Sums(con, file)
    table.load(utf8)
    table.sort_rows()
    table.check_numbers()
    table.check_rows()
    return table.added_up()


class _Sums(Checked):
    """The same cells, added up."""

    # --- adding up ----------------------------------------------------------------------------------------------------
    def added_up(self) -> Figures:
        caveats: dict[str, str] = {}
        found = []
        for measure in self._said_to_be():
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
                    "no figure of a known measure is in the file",
                    expected=", ".join(m.id for m in self.form.measures),
                )
            )
        months = tuple(sorted(set(self.months.values())))
        return Figures(pa.concat_tables(found), months, self.notes, caveats, self.withheld)

    def _said_to_be(self) -> list[Mapped]:
        """The measures of the layout; where a table serves several returns, those of the one that
        its title or file name says."""
        if not any(m.title for m in self.form.measures):
            return list(self.form.measures)
        above = self.file.preamble
        for text in (
            (above, self.file.name) if self.file.where.sheet else (f"{above} {self.file.name}",)
        ):
            plain = re.sub(r"[^a-z0-9]+", " ", text.casefold())
            if said := [m for m in self.form.measures if m.title and re.search(m.title, plain)]:
                break
        if len({m.title for m in said}) != 1:
            raise InputAtFault(
                self.file.fault(
                    "nothing says which standard this table is of"
                    if not said
                    else "more than one standard is named",
                    line=self.file.header_line,
                    found=", ".join(m.id for m in said) or (above or self.file.name)[:80],
                    expected="the table's title above its header, or in the file's name: "
                    + ", ".join(m.id for m in self.form.measures),
                )
            )
        return said

    def _can(self, measure: Mapped) -> bool:
        needed = {
            *measure.where,
            *(
                r
                for a in _amounts(measure)
                for r in ([a.column] if a.column else []) + [*a.where, *a.where_less]
            ),
        }
        named = [
            *measure.where.items(),
            *(
                item
                for a in _amounts(measure)
                for w in (a.where, a.where_less)
                for item in w.items()
            ),
        ]
        if not needed <= set(self.file.roles):
            return False
        found = [(r, self._alike(r, _several(v))) for r, v in named]
        for role, texts in found:
            if role == self.form.only and len({squeezed(t) for t in texts}) > 1:
                raise InputAtFault(
                    self.file.fault(
                        f"one measure stands under two names ({measure.id})",
                        role=role,
                        found=" and ".join(sorted(texts)),
                        expected="one of them",
                    )
                )
        return all(texts for _, texts in found)

    def _has_basis(self, basis: str) -> bool:
        if not self.form.one_organisation or len(self.form.organisations) == 1:
            return True
        kind = self.form.organisation_kind
        if kind is not None and kind in self.file.roles:
            return True
        roles = {*self.form.organisations.values(), *self.form.names.values()} & set(
            self.file.roles
        )
        headings = " ".join(self.file.header[self.file.roles[r]] for r in sorted(roles))
        for text in (headings, self.file.where.sheet or "", self.file.name):
            pays = re.search(r"commission|ccg|sub.?icb|icb", text, re.IGNORECASE) is not None
            if pays != (re.search(r"provider|trust", text, re.IGNORECASE) is not None):
                return (basis == "commissioner") == pays
        return basis == "provider"

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
        """The table `pairs`: one row for each organisation (or pair of them) and month, details and
        their totals made one."""
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
        dimensions = [
            r
            for r in self.form.totals
            if r in self.file.roles and r not in own and r not in measure.where
        ]
        named = {r for a in _amounts(measure) for r in a.where}
        inner_keys = [*groups, *(f"k_{d}" for d in dimensions)]
        sums = ", ".join(
            f"sum({a}) AS {name}, (coalesce(bool_or({a} IS NULL) {self._only(name, measure)}, false){self._lacking(name, measure)}) AS {name}_partial"
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
            f"k_{r} IN ({', '.join(quoted(v) for v in self._alike(r, _several(values)))})"
            for r, values in measure.where.items()
        )
        return " AND ".join(["sort = ''", *chosen])

    def _lacking(self, name: str, measure: Mapped) -> str:
        """A count made of two rows is unknown where one of them is not there: it is not the other
        one alone."""
        amount = measure.numerator if name == "num" else measure.denominator
        if amount is None or not amount.where_less:
            return ""
        there = [f"count(*) FILTER ({self._named(w)})" for w in (amount.where, amount.where_less)]
        return f" OR ({there[0]} = 0) <> ({there[1]} = 0)"

    def _only(self, name: str, measure: Mapped) -> str:
        amount = (
            measure.numerator if name == "num" else measure.denominator if name == "den" else None
        )
        return f"FILTER (WHERE {self._rows(amount)})" if amount and amount.where else ""

    def _one_dimension_less(self, query: str, d: str, keys: list[str], names: list[str]) -> str:
        """Each group's total row where it has one, else the sum of its details; `clash` where both
        stand and differ."""
        texts = ", ".join(quoted(t) for t in self._alike(d, self.form.totals[d])) or "''"
        is_total = f"coalesce(k_{d} IN ({texts}), false)"
        has = f"bool_or({is_total})"
        chosen = ", ".join(
            f"CASE WHEN {has} THEN sum({n}) FILTER ({is_total}) ELSE sum({n}) END AS {n}, "
            f"CASE WHEN {has} THEN bool_or({n}_partial) FILTER ({is_total}) ELSE bool_or({n}_partial) END AS {n}_partial"
            for n in names
        )
        clash = " OR ".join(
            f"count(*) FILTER ({is_total}) > 1 OR (count(*) FILTER (NOT {is_total}) > 0 AND {has} AND NOT coalesce(bool_or({n}_partial), false) AND sum({n}) FILTER ({is_total}) <> sum({n}) FILTER (NOT {is_total}))"
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
            same = " AND ".join(
                f"k_{r} = {quoted(v)}" for r, v in zip(self._code_roles(), row, strict=True)
            )
            at = self._one(
                f"SELECT rowid FROM cells WHERE sort = '' AND {same} AND k_{dimensions[0]} IN "
                f"({', '.join(quoted(t) for t in self._alike(dimensions[0], self.form.totals[dimensions[0]])) or chr(39) * 2}) LIMIT 1"
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
        """Nobody is counted who is not there: what is left after taking away is not below nought,
        nor above its denominator."""
        beyond = "num < 0" + (" OR num > den" if measure.denominator else "")
        slack = 2 * self.form.rounded_to if self.form.rounded_to > 1 else 0
        if slack and measure.denominator:
            # Counts rounded one by one may cross by a step or two: the share is then unknown, and
            # not a fault of anybody.
            near = f"num > den AND num <= den + {slack} OR den <= 0"
            number = self._one(f"SELECT count(*) FROM pairs WHERE {near}")
            if number:
                self.notes.append(
                    f"{measure.id}: {number:,} organisations left out, too few for a share once counts are rounded to {self.form.rounded_to}"
                )
                self.con.execute(f"DELETE FROM pairs WHERE {near}")
        codes = ", ".join(f"k_{r}" for r in self._code_roles())
        row = self.con.execute(
            f"SELECT num, {'den' if measure.denominator else 'NULL'}, {codes} FROM pairs WHERE {beyond} LIMIT 1"
        ).fetchone()
        if row is None:
            return
        roles = self._code_roles()
        same = " AND ".join(
            f"k_{r} = {quoted(v)}" for r, v in zip(roles, row[2:], strict=True) if v is not None
        )
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
            where = f"k_{kind} IN ({', '.join(quoted(t) for t in mine)})" if mine else "false"
        period = "k_period" if "period" in self.file.roles else "NULL::VARCHAR"
        den = (
            "CASE WHEN bool_or(den_partial) THEN NULL ELSE sum(den) END"
            if measure.denominator
            else "NULL::DOUBLE"
        )
        den_partial = " OR bool_or(den_partial)" if measure.denominator else ""
        names = ""
        if name_role in self.file.roles:
            self.con.execute(
                f"CREATE TEMP TABLE IF NOT EXISTS names_{basis} AS "
                f"SELECT upper(k_{role}) AS code, max(k_{name_role}) AS name FROM cells WHERE sort = '' GROUP BY 1"
            )
            names = f"LEFT JOIN names_{basis} USING (code)"
        part = measure.part
        if self.form.parts and self.form.parts in measure.where:
            part = _several(measure.where[self.form.parts])[0]
        said = f"{quoted(part)}" if part else "NULL::VARCHAR"
        base = (
            f"SELECT upper(k_{role}) AS code, {period} AS period, CASE WHEN bool_or(num_partial) THEN NULL ELSE sum(num) END AS numerator, "
            f"{den} AS denominator, coalesce(bool_or(num_partial){den_partial}, false) AS partial FROM pairs WHERE {where} GROUP BY 1, 2"
        )
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE of_basis AS {base}")
        head = f"{quoted(measure.id)} AS measure, code, {'name' if names else 'NULL::VARCHAR AS name'}, {quoted(basis)} AS basis, {said} AS part"
        query = f"SELECT {head}, NULL::SMALLINT AS weeks_from, period, numerator, denominator, partial FROM of_basis {names}"
        if measure.denominator:
            query += " WHERE numerator IS NOT NULL OR denominator IS NOT NULL OR partial"
        if measure.by_week:
            query += f" UNION ALL SELECT {head}, w::SMALLINT, period, n, NULL, n IS NULL FROM ({self._by_week(measure, role)}) {names}"
        table: pa.Table = self.con.sql(query).to_arrow_table()
        return table

    def _by_week(self, measure: Mapped, role: str) -> str:
        """A query of the list by weeks waited: the total rows of each pair where it has them, else
        its details."""
        own = {*self.form.organisations.values(), *self.form.names.values(), "period"}
        dimensions = [
            r
            for r in self.form.totals
            if r in self.file.roles and r not in own and r not in measure.where
        ]
        assert len(dimensions) == 1, (
            "a list by weeks waited is kept for layouts with one kind of total"
        )
        (d,) = dimensions
        texts = ", ".join(quoted(t) for t in self._alike(d, self.form.totals[d])) or "''"
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
        if not amount.where:
            return text
        away = f" WHEN {self._named(amount.where_less)} THEN -({text})" if amount.where_less else ""
        return f"CASE WHEN {self._named(amount.where)} THEN {text}{away} END"

    def _rows(self, amount: Amount) -> str:
        both = [self._named(w) for w in (amount.where, amount.where_less) if w]
        return " OR ".join(f"({w})" for w in both)

    def _named(self, where: dict[str, str | tuple[str, ...]]) -> str:
        return " AND ".join(
            f"k_{r} IN ({', '.join(quoted(t) for t in self._alike(r, _several(v))) or chr(39) * 2})"
            for r, v in where.items()
        )


def _amounts(measure: Mapped) -> list[Amount]:
    return [a for a in (measure.numerator, measure.denominator) if a]


def _several(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value
