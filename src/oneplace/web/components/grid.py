"""Dense tables: one description for page, sorting, filter and CSV. In: columns and rows of plain values. Out: a Grid.

Sorting and the filter work through the query string (`NAME.sort=age`, `NAME.sort=-age` downwards, `NAME.q=words`); the
page's own script does the same without a request and keeps the address in step, so what is seen can be sent to
somebody. A cell is a plain value, or a `Cell` when it links somewhere, carries a tag, or sorts by something else than
its text.
"""

from __future__ import annotations

import csv
import datetime as dt
import html
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from oneplace.web.components import words

Sort = int | float | str
ISO = re.compile(r"(19|20)\d\d-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?")
GLANCE = 8  # rows that need no filter
NOTHING = 2  # the rank of an empty cell, after numbers and texts


@dataclass(frozen=True)
class Cell:
    """What a reader sees in one cell. `tone` colours a tag: green, yellow, orange, red, blue, grey, white. A cell that names its
    figure leads to the page about it: where it is from and why it moved."""

    text: str | SafeString
    sort: Sort | None = None
    href: str | None = None
    tone: str | None = None
    note: str | None = None
    csv: Any = None
    figure: str | None = None

    def __str__(self) -> str:
        return str(self.text)


@dataclass(frozen=True)
class Column:
    key: str
    label: str
    numeric: bool = False
    note: str | None = None


@dataclass(frozen=True)
class Grid:
    """One table. `empty` says what to do when there are no rows; `ordered` is the column the rows came sorted by."""

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: Sequence[Mapping[str, Any]]
    empty: str = "Nothing to show."
    sortable: bool = True
    searchable: bool = True
    sorted_by: str | None = None
    descending: bool = False
    sought: str = ""
    total: int | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    whole: Sequence[Mapping[str, Any]] | None = None

    def arranged(self, query: Mapping[str, str]) -> Grid:
        """As the address asks. What it does not know is left alone; `whole` keeps the rows that the filter hides."""
        whole, key = list(self.rows), query.get(f"{self.name}.sort", "")
        down, key = key.startswith("-"), key.removeprefix("-")
        sought = query.get(f"{self.name}.q", "").strip()
        known = self.sortable and key in {c.key for c in self.columns}
        if known:
            whole = _sorted(whole, key, down=down)
        return replace(
            self,
            rows=[r for r in whole if sought.casefold() in _words(r)] if sought else whole,
            whole=whole,
            total=len(self.rows),
            sought=sought,
            sorted_by=key if known else None,
            descending=down,
            query={k: v for k, v in query.items() if not k.startswith(f"{self.name}.")},
        )

    @property
    def filters(self) -> bool:
        """A list that is taken in at a glance needs no filter."""
        return self.searchable and (self.total or 0) > GLANCE

    @property
    def orders(self) -> list[tuple[str, str]]:
        """What the sorting list offers, which stands in for the headings on a narrow screen."""
        offered = [("", "As listed")]
        for c in self.columns:
            first, last = ("lowest first", "highest first") if c.numeric else ("first to last", "last to first")
            offered += [(c.key, f"{c.label}, {first}"), (f"-{c.key}", f"{c.label}, {last}")]
        return offered

    @property
    def order(self) -> str:
        return f"{'-' if self.descending else ''}{self.sorted_by}" if self.sorted_by else ""

    @property
    def sorting(self) -> str:
        """How the rows stand, in words for who does not see the arrow in the heading."""
        label = next((c.label for c in self.columns if c.key == self.sorted_by), "")
        return f", sorted by {label}, {'descending' if self.descending else 'ascending'}" if label else ""

    def link(self, key: str) -> str:
        """The address that sorts by this column, or turns it round."""
        turned = self.sorted_by == key and not self.descending
        return self._address(sort=f"-{key}" if turned else key, q=self.sought)

    @property
    def csv_link(self) -> str:
        """The rows as they are shown: sorted and filtered like the page."""
        return self._address(sort=self.order, q=self.sought, csv=self.name)

    def _address(self, *, sort: str, q: str, csv: str = "") -> str:
        own = {f"{self.name}.sort": sort, f"{self.name}.q": q, "csv": csv}
        return "?" + urlencode({**self.query, **{k: v for k, v in own.items() if v}})

    @property
    def body(self) -> SafeString:
        """The rows as HTML, made here and not in the template, which takes four times as long for a long list."""
        labels = [c.label for c in self.columns]
        full = [f"{c.label}, {c.note}" if c.note and labels.count(c.label) > 1 else c.label for c in self.columns]
        kinds = [' class="op-numeric"' if c.numeric else "" for c in self.columns]
        cells = [(c.key, escape(said), kind) for c, said, kind in zip(self.columns, full, kinds, strict=True)]
        out, left = [], {id(r) for r in self.rows}
        for row in self.rows if self.whole is None else self.whole:
            out.append("<tr>" if id(row) in left else "<tr hidden>")
            for i, (key, label, numeric) in enumerate(cells):
                value = row.get(key)
                name, scope = ("td", "") if i else ("th", ' scope="row"')
                sort = _sort_attribute(value) if self.sortable else ""
                out.append(f'<{name}{scope}{numeric} data-label="{label}"{sort}>{_cell(value)}</{name}>')
            out.append("</tr>")
        return mark_safe("".join(out))  # noqa: S308  every value in it was escaped above or in _cell

    def as_csv(self) -> HttpResponse:
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow([c.label for c in self.columns])
        writer.writerows([[safe_in_a_spreadsheet(_csv(r.get(c.key))) for c in self.columns] for r in self.rows])
        # A byte order mark, because the spreadsheet that most readers open it with guesses wrong without one.
        response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{self.name}.csv"'
        return response


def shown(value: Any) -> str:
    """A value as the page prints it."""
    if isinstance(value, Cell):
        return _day_or_month(value.text) if type(value.text) is str else str(value.text)
    if value is None:
        return ""
    if type(value) is str:
        return _day_or_month(value)
    if isinstance(value, (dt.date, dt.datetime)):
        return words.day(value)
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return words.number(value)
    return str(value)


def _day_or_month(text: str) -> str:
    """Documents keep days and months as 2019-04-01 and 2019-04; a page says 1 April 2019 and April 2019."""
    if len(text) in (7, 10) and text[4:5] == "-" and ISO.fullmatch(text):
        return words.day(text) if len(text) == 10 else words.day(f"{text}-01").partition(" ")[2]
    return text


def escape(value: Any) -> str:
    """The standard library's own, which Django's wraps at three times the cost: a page has some thousand cells."""
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
        return f' data-sort="{text}"' if len(text) in (7, 10) and ISO.fullmatch(text) else ""
    rank, order = _order(value)
    return f' data-sort="{escape(order)}"' if rank < NOTHING else ' data-sort=""'


def safe_in_a_spreadsheet(value: Any) -> Any:
    """A text that a spreadsheet would run as a formula gets an apostrophe before it (OWASP, CSV injection)."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r", "\n"):
        return "'" + value
    return value


def _csv(value: Any) -> Any:
    if isinstance(value, Cell):
        return value.csv if value.csv is not None else str(value.text)
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    return "" if value is None else value


def _words(row: Mapping[str, Any]) -> str:
    """All that a filter looks through in one row: its text and the notes beside it, as the page's script sees them."""
    return " ".join(f"{shown(v)} {v.note or ''}" if isinstance(v, Cell) else shown(v) for v in row.values()).casefold()


def _sorted(rows: Sequence[Mapping[str, Any]], key: str, *, down: bool) -> list[Mapping[str, Any]]:
    """By one column; rows that say nothing there come last in either direction."""
    known = [r for r in rows if _order(r.get(key))[0] < NOTHING]
    nothing = [r for r in rows if _order(r.get(key))[0] == NOTHING]
    return sorted(known, key=lambda r: _order(r.get(key)), reverse=down) + nothing


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
