"""Dense tables as pages show them. In: the columns and rows of a list. Out: its HTML, its CSV,
arranged as the address asks.

Sorting and the filter work through the query string (`NAME.sort=age`, `NAME.sort=-age` downwards,
`NAME.q=words`); the page's own script does the same without a request and keeps the address in
step, so what is seen can be sent to somebody. A list longer than its `most` is sorted, filtered and
cut to pages here (`NAME.page=2`), on the raw fields of its rows: accessors run for the rows that
are shown.
"""

from __future__ import annotations

import csv
import datetime as dt
import html
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pyarrow as pa
from django.http import HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from oneplace.safety.spreadsheet import spreadsheet_safe
from oneplace.web.components import notation
from oneplace.web.components.column import Cell, Column, Context
from oneplace.web.components.notation import day_or_month
from oneplace.web.components.rows import rows_of

GLANCE = 8  # rows that need no filter
NOTHING = 2  # the rank of an empty cell, after numbers and texts


@dataclass(frozen=True)
class Grid:
    """One table. `empty` says what to do when there are no rows; `ordered` is the column the rows
    came sorted by."""

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: Sequence[Any] | pa.Table
    empty: str = "Nothing to show."
    sortable: bool = True
    searchable: bool = True
    sorted_by: str | None = None
    descending: bool = False
    sought: str = ""
    total: int | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    whole: Sequence[Any] | None = None
    most: int | None = None
    found: int | None = None
    page: int = 1
    context: Context = field(default_factory=Context)
    made: dict[int, list[Any]] = field(default_factory=dict)

    def arranged(self, query: Mapping[str, str]) -> Grid:
        """As the address asks. What it does not know is left alone; `whole` keeps the rows that the
        filter hides."""
        key = query.get(f"{self.name}.sort", "")
        down, key = key.startswith("-"), key.removeprefix("-")
        by = next(
            (c for c in self.columns if c.key == key and self.sortable and self.sorts(c)), None
        )
        asked = replace(
            self,
            total=len(self.rows),
            sought=query.get(f"{self.name}.q", "").strip(),
            sorted_by=by.key if by else None,
            descending=down,
            query={k: v for k, v in query.items() if not k.startswith(f"{self.name}.")},
        )
        return asked._paged(by, query) if self.long else asked._whole(by)

    def _whole(self, by: Column | None) -> Grid:
        """Every row in order, and those that have the words that are sought."""
        rows = self._sorted(self.rows, by, down=self.descending) if by else list(self.rows)
        sought = self.sought.casefold()
        left = [r for r in rows if sought in _words(self.cells(r))] if sought else rows
        return replace(self, rows=left, found=len(left), whole=rows)

    def _paged(self, column: Column | None, query: Mapping[str, str]) -> Grid:
        """A page of a long list; all that is found where it is taken away as CSV."""
        assert self.most is not None
        rows, numbers = rows_of(self.rows), range(len(self.rows))
        if self.sought:
            fields = [c.search or c.raw for c in self.columns if not c.numeric]
            numbers = rows.matching(filter(None, fields), self.sought)
        if column and column.raw:
            numbers = rows.ordered(numbers, column.raw, down=self.descending)
        found, asked = len(numbers), query.get(f"{self.name}.page", "")
        last = max(-(-found // self.most), 1)
        page = min(max(int(asked) if asked.isdecimal() else 1, 1), last)
        if query.get("csv") != self.name:
            numbers = numbers[(page - 1) * self.most : page * self.most]
        return replace(self, rows=rows.taken(numbers), found=found, page=page, made={})

    @property
    def long(self) -> bool:
        """Whether the server pages it; the page's script leaves it alone."""
        return (
            self.most is not None
            and (len(self.rows) if self.total is None else self.total) > self.most
        )

    def sorts(self, column: Column) -> bool:
        """A long list is not sorted by what only a function knows."""
        return not self.long or column.raw is not None

    def cells(self, row: Any) -> list[Any]:
        """What stands in each column of a row, made once however often it is asked for."""
        kept = self.made.get(id(row))
        if kept is None:
            kept = self.made[id(row)] = [c.cell(row, self.context) for c in self.columns]
        return kept

    def _sorted(self, rows: Sequence[Any], column: Column, *, down: bool) -> list[Any]:
        """By one column; rows that say nothing there come last in either direction."""
        keyed = [(_order(column.cell(r, self.context)), r) for r in rows]
        known = sorted((k for k in keyed if k[0][0] < NOTHING), key=lambda k: k[0], reverse=down)
        return [r for _, r in known] + [r for (rank, _), r in keyed if rank == NOTHING]

    @property
    def filters(self) -> bool:
        """A list that is taken in at a glance needs no filter."""
        return self.searchable and (self.total or 0) > GLANCE

    @property
    def orders(self) -> list[tuple[str, str]]:
        """What the sorting list offers, which stands in for the headings on a narrow screen."""
        offered = [("", "As listed")]
        for c in filter(self.sorts, self.columns):
            first, last = (
                ("lowest first", "highest first")
                if c.numeric
                else ("first to last", "last to first")
            )
            offered += [(c.key, f"{c.label}, {first}"), (f"-{c.key}", f"{c.label}, {last}")]
        return offered

    @property
    def order(self) -> str:
        return f"{'-' if self.descending else ''}{self.sorted_by}" if self.sorted_by else ""

    @property
    def sorting(self) -> str:
        """How the rows stand, in words for who does not see the arrow in the heading."""
        label = next((c.label for c in self.columns if c.key == self.sorted_by), "")
        return (
            f", sorted by {label}, {'descending' if self.descending else 'ascending'}"
            if label
            else ""
        )

    def link(self, key: str) -> str:
        """The address that sorts by this column, or turns it round."""
        turned = self.sorted_by == key and not self.descending
        return self._address(sort=f"-{key}" if turned else key, q=self.sought)

    @property
    def csv_link(self) -> str:
        """The rows as they are shown: sorted and filtered like the page."""
        return self._address(sort=self.order, q=self.sought, csv=self.name)

    @property
    def pages(self) -> list[tuple[int, str, str]]:
        """The pages of a long list beside this one: number, what the link says, address."""
        if not self.long or self.most is None or self.found is None:
            return []
        beside = ((self.page - 1, "Previous"), (self.page + 1, "Next"))
        last = -(-self.found // self.most)
        return [
            (n, said, self._address(sort=self.order, q=self.sought, page=str(n)))
            for n, said in beside
            if 1 <= n <= last
        ]

    def _address(self, *, sort: str, q: str, csv: str = "", page: str = "") -> str:
        own = {
            f"{self.name}.sort": sort,
            f"{self.name}.q": q,
            f"{self.name}.page": page,
            "csv": csv,
        }
        return "?" + urlencode({**self.query, **{k: v for k, v in own.items() if v}})

    @property
    def body(self) -> SafeString:
        """The rows as HTML, made here and not in the template, which takes four times as long for a
        long list. Rows that the filter hides stand in it, for the page's script."""
        labels = [c.label for c in self.columns]
        heads = []
        for c in self.columns:
            label = f"{c.label}, {c.note}" if c.note and labels.count(c.label) > 1 else c.label
            heads.append((escape(label), ' class="op-numeric"' if c.numeric else ""))
        left = {id(r) for r in self.rows}
        rows = self.rows if self.whole is None else self.whole
        out = (f"<tr{'' if id(r) in left else ' hidden'}>{self._row(r, heads)}</tr>" for r in rows)
        return mark_safe("".join(out))  # noqa: S308  every value in it was escaped above or in _cell

    def _row(self, row: Any, heads: Sequence[tuple[str, str]]) -> str:
        """The first cell names its row."""
        out = []
        name, scope = "th", ' scope="row"'
        for (label, kind), value in zip(heads, self.cells(row), strict=True):
            sort = _sort_attribute(value) if self.sortable else ""
            out.append(f'<{name}{scope}{kind} data-label="{label}"{sort}>{_cell(value)}</{name}>')
            name, scope = "td", ""
        return "".join(out)

    def as_csv(self) -> HttpResponse:
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow([c.label for c in self.columns])
        writer.writerows(
            [[_csv(v) for v in self.cells(r)] for r in self.rows],
        )
        # A byte order mark, because the spreadsheet that most readers open it with guesses wrong
        # without one.
        response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{self.name}.csv"'
        return response


def shown(value: Any) -> str:
    """A cell as the page prints it."""
    if isinstance(value, Cell):
        return day_or_month(value.text) if type(value.text) is str else str(value.text)
    return notation.shown(value)


def escape(value: Any) -> str:
    """The standard library's own, which Django's wraps at three times the cost: a page has some
    thousand cells."""
    return html.escape(str(value))


def _cell(value: Any) -> str:
    if not isinstance(value, Cell):
        return escape(shown(value))
    said = value.text.__html__() if hasattr(value.text, "__html__") else escape(shown(value))
    if value.href:
        said = f'<a href="{escape(value.href)}">{said}</a>'
    elif value.figure:
        said = f'<a class="op-figure-link" href="{escape(reverse("why", args=[value.figure]))}">{said}</a>'
    if value.tone:
        said = f'<strong class="nhsuk-tag nhsuk-tag--{value.tone} op-tag">{said}</strong>'
    return f'{said} <span class="op-note">{escape(value.note)}</span>' if value.note else said


def _sort_attribute(value: Any) -> str:
    """What the page's script compares, where that is not simply the text that is shown."""
    if value is None or value == "":
        return ' data-sort=""'
    if isinstance(value, str) or (isinstance(value, Cell) and value.sort is None):
        text = str(value)
        return (
            f' data-sort="{text}"' if len(text) in (7, 10) and notation.ISO.fullmatch(text) else ""
        )
    rank, order = _order(value)
    return f' data-sort="{escape(order)}"' if rank < NOTHING else ' data-sort=""'


def _csv(value: Any) -> Any:
    if isinstance(value, Cell):
        value = value.csv if value.csv is not None else str(value.text)
    if isinstance(value, str):
        return spreadsheet_safe(value)
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    return "" if value is None else value


def _words(cells: Sequence[Any]) -> str:
    """All that a filter looks through in one row: its text and the notes beside it, as the page's
    script sees them."""
    return " ".join(
        f"{shown(v)} {v.note or ''}" if isinstance(v, Cell) else shown(v) for v in cells
    ).casefold()


def _order(value: Any) -> tuple[int, Any]:
    """Numbers first, then texts, then nothing; within each in their own order."""
    if isinstance(value, Cell):
        value = value.sort if value.sort is not None else str(value.text)
    if value is None or value == "":
        return (NOTHING, 0)
    if isinstance(value, (dt.date, dt.datetime)):
        return (1, value.isoformat())
    if isinstance(value, (int, float, Decimal)):
        return (0, float(value))
    return (1, str(value).casefold())
