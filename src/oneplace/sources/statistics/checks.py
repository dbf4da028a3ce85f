"""Everything that is wrong with the rows of a published file, each fault with its line and column.

In: the table `cells`, sorted. Out: nothing, or `InputAtFault`: no count, no month, no code, a row
that stands twice, a sum that is none.
"""

from __future__ import annotations

from itertools import islice

from oneplace.faults import Fault, InputAtFault
from oneplace.sources.statistics.cells import quoted
from oneplace.sources.statistics.form import squeezed
from oneplace.sources.statistics.months import month_of
from oneplace.sources.statistics.rows import CODE, Rows
from oneplace.sources.statistics.workbook import NOT_WORKED_OUT

MOST_FAULTS = 20
LARGEST_COUNT = 1e9
NO_CODES = {
    "TRUE",
    "FALSE",
    "NULL",
    "NAN",
    "INF",
    "NIL",
    "NONE",
    "TBC",
    "NA",
}  # what machines write where they know none


class Checked(Rows):
    """The same cells, with nothing wrong in them."""

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
        """Cells that gave no number: marks that the layout knows are let pass, all else is a
        fault."""
        index = self._index(column)
        rows = {
            r
            for (r,) in self.con.execute(
                f"SELECT rowid FROM cells WHERE sort = '' AND {column} IS NULL"
            ).fetchall()
        }
        faults = []
        for number, (line, record) in enumerate(islice(self.file.records(), max(rows) + 1)):
            if number not in rows:
                continue
            cell = record[index].strip() if index < len(record) else ""
            if cell in self.form.suppressed:
                self.withheld = True
            elif (cell == "" and self.form.blank == "missing") or cell in (
                *self.form.missing,
                *self.form.nought,
            ):
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
                faults.append(
                    self.file.fault(
                        what, column=index, line=line, found=repr(cell)[:80], expected=expected
                    )
                )
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
            wrong = [
                t
                for t in self._texts(role)
                if not CODE.fullmatch(t) or t.isdigit() or t in NO_CODES
            ]
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
                    faults += self._first(
                        bad, "this is not on the list", role, ", ".join(column.values)
                    )
        faults += self._twice()
        faults += self._sums()
        faults += self._totals_by_another_name()
        if faults:
            raise InputAtFault(faults[:MOST_FAULTS])

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
        """A column in which texts that mean the same are the same: Part_2 and PART 2, March 2019
        and 2019-03."""
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
            parts = [
                *(bands if check.bands else []),
                *(f"n_{p}" for p in check.parts if p in self.file.roles),
            ]
            if (
                check.total not in self.file.roles
                or not parts
                or (not check.bands and len(parts) < len(check.parts))
            ):
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

    def _totals_by_another_name(self) -> list[Fault]:
        """A row that is the sum of all the others beside it wherever it stands, under a name that
        no layout knows, would count everybody twice."""
        own = {
            *self.form.organisations.values(),
            *self.form.names.values(),
            "period",
            self.form.organisation_kind,
        }
        names = set(self.form.names.values())
        counts = [*self.numbers, *self.bands[::8]]  # a few of many bands tell as much as all
        for d in (r for r in self.form.totals if r in self.file.roles and r not in own):
            beside = ", ".join(f"k_{r}" for r in self.keys if r not in names and r != d) or "1"
            known = ", ".join(quoted(t) for t in self._alike(d, self.form.totals[d])) or "''"
            without = f"SELECT *, rowid AS row_number_ FROM cells WHERE sort = '' QUALIFY NOT bool_or(coalesce(k_{d} IN ({known}), false)) OVER (PARTITION BY {beside})"
            same = " AND ".join(f"{n} * 2 = sum({n}) OVER w" for n in counts)
            some = " + ".join(f"coalesce({n}, 0)" for n in counts)
            row = self.con.execute(
                f"SELECT k_{d}, min(row_number_) FROM (SELECT k_{d}, row_number_, {same} AND {some} > 0 AS whole FROM "
                f"({without}) WINDOW w AS (PARTITION BY {beside}) QUALIFY count(*) OVER w >= 3) "
                "GROUP BY 1 HAVING bool_and(coalesce(whole, false)) ORDER BY 2 LIMIT 1"
            ).fetchone()
            if row:
                return [
                    self.file.fault(
                        "a row is the sum of all the others beside it, and is not known as their total",
                        role=d,
                        line=self._line(row[1]),
                        found=repr(row[0] or "")[:80],
                        expected=" or ".join(self.form.totals[d]),
                    )
                ]
        return []
