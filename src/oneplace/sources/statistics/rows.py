"""Which rows of a published file are figures: totals, notes, headers said again and breakdowns are
told from them.

In: the table `cells`. Out: the same with a column `sort`: '' a figure, 'note', 'header', 'total' or
'other'; months written in one way. A second header that is not like the first is refused: the rows
below it would be read under the wrong headings.
"""

from __future__ import annotations

import datetime as dt
import re
from itertools import islice, zip_longest

from oneplace.faults import InputAtFault
from oneplace.sources.statistics.cells import Cells, quoted
from oneplace.sources.statistics.form import squeezed
from oneplace.sources.statistics.months import month_in_year, month_of
from oneplace.sources.statistics.opening import names_of

CODE = re.compile(r"[A-Z0-9]{2,10}")


class Rows(Cells):
    """The same cells, each row known for what it is."""

    def sort_rows(self) -> None:
        """Mark each row: '' a figure, 'note' a footnote or an empty row, 'header' a heading again,
        'total' others added up."""
        self.con.execute("ALTER TABLE cells ADD COLUMN sort VARCHAR DEFAULT ''")
        codes_of = set(self.form.organisations.values())
        headings = {r: self.file.header[self.file.roles[r]].strip() for r in self.keys}
        repeated = " AND ".join(
            f"k_{r} = {quoted(h.upper() if r in codes_of else h)}" for r, h in headings.items()
        )
        everything = " + ".join(f"coalesce({n}, 0)" for n in [*self.numbers, *self.bands])
        codes = [
            f"k_{r}"
            for r in dict.fromkeys(self.form.organisations.values())
            if r in self.file.roles
        ]
        no_month = "true"
        if "period" in self.file.roles:
            self._read_months()
            self._one_name_each()
            known = ", ".join(quoted(t) for t in self.months) or "''"
            no_month = f"(k_period IS NULL OR k_period NOT IN ({known}))"
        all_null = " AND ".join(f"{n} IS NULL" for n in [*self.numbers, *self.bands])
        empty = all_null if self.form.blank != "nought" else f"{everything} = 0"
        no_code = " AND ".join(
            f"({c} IS NULL OR NOT regexp_full_match(upper({c}), '{CODE.pattern}'))" for c in codes
        )
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
        counted = dict(
            self.con.execute("SELECT sort, count(*) FROM cells GROUP BY sort").fetchall()
        )
        for sort, said in (
            ("note", "notes and empty rows"),
            ("header", "repeated headers"),
            ("total", "rows that add up other organisations or belong to none"),
            ("other", "rows of measures that are not kept"),
        ):
            if number := counted.get(sort):
                which = self._named_others() if sort == "other" else ""
                self.notes.append(f"{said} left out: {number:,}{which}")
        self._no_other_header()
        if not counted.get(""):
            raise InputAtFault(
                self.file.fault(
                    "no row holds a figure of an organisation", expected="rows of organisations"
                )
            )

    def _named_others(self) -> str:
        """The names of measures that are not kept, so that one which was only renamed is seen."""
        if self.form.only not in self.file.roles:
            return ""
        rows = self.con.execute(
            f"SELECT k_{self.form.only} FROM cells WHERE sort = 'other' GROUP BY 1 ORDER BY 1 LIMIT 9"
        ).fetchall()
        names = [name for (name,) in rows if name]
        return (
            f" ({', '.join(names[:8])}{' and others' if len(names) > 8 else ''})" if names else ""
        )

    def _no_other_header(self) -> None:
        """A second header that is not like the first would give the rows below it another
        meaning."""
        names = {n for of_role in names_of(self.form.id).values() for n in of_role}
        hits = []
        for role in self.keys:
            totals = {squeezed(v) for v in self.form.totals.get(role, ())}
            if found := [t for t in self._texts(role) if squeezed(t) in names - totals]:
                hits.append(f"coalesce(k_{role} IN ({', '.join(map(quoted, found))}), false)::INT")
        if len(hits) < 2:
            return
        rows = self.con.execute(
            f"SELECT rowid FROM cells WHERE {' + '.join(hits)} >= 2 ORDER BY 1"
        ).fetchall()
        wanted = {n for (n,) in rows}
        first = [squeezed(h) for h in self.file.header]
        for number, (line, record) in enumerate(
            islice(self.file.records(), max(wanted, default=-1) + 1)
        ):
            if number not in wanted:
                continue
            second = [squeezed(c) for c in record]
            if len({*second} & names) >= 3 and any(
                b and a != b for a, b in zip_longest(first, second, fillvalue="")
            ):
                raise InputAtFault(
                    self.file.fault(
                        "a second header in the file is not like the first",
                        line=line,
                        found=", ".join(c.strip() for c in record if c.strip())[:120],
                        expected=f"the header of {self.file.where.at(self.file.header_line)} again, or a file for each table",
                    )
                )

    def _of_other_measures(self) -> str:
        """Rows that name a measure which no figure here is made of (averages among them), and
        breakdowns beside their totals."""
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
            self.con.execute(
                f"UPDATE cells SET k_period = CASE k_period {' '.join(cases)} ELSE k_period END"
            )
            self.texts.pop("period", None)

    def _total_kinds(self) -> str:
        """Rows of kinds that add up organisations; a kind that the layout does not know is a
        fault."""
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
