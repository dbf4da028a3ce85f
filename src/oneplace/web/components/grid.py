"""Dense tables: one description for page, sorting, filter and CSV. In: columns and rows of plain values. Out: a Grid.

Sorting and the filter work through the query string; the page's own script does the same without a request. A cell is
a plain value, or a `Cell` when it links somewhere, carries a tag, or sorts by something else than its text.
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

from django.http import HttpResponse
from django.utils.safestring import SafeString, mark_safe

from oneplace.web.components import words

Sort = int | float | str


@dataclass(frozen=True)
class Cell:
    """What a reader sees in one cell. `tone` colours a tag: green, yellow, orange, red, blue, grey, white."""

    text: str | SafeString
    sort: Sort | None = None
    href: str | None = None
    tone: str | None = None
    note: str | None = None
    csv: Any = None

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
    searchable: bool = False
    sorted_by: str | None = None
    descending: bool = False
    sought: str = ""
    total: int | None = None
    query: Mapping[str, str] = field(default_factory=dict)

    def arranged(self, query: Mapping[str, str]) -> Grid:
        """As the address asks: `NAME.sort`, `NAME.dir`, `NAME.q`. What it does not know is left alone."""
        rows, key = list(self.rows), query.get(f"{self.name}.sort", "")
        sought = query.get(f"{self.name}.q", "").strip()
        if sought:
            rows = [r for r in rows if sought.casefold() in " ".join(str(shown(v)) for v in r.values()).casefold()]
        down = query.get(f"{self.name}.dir") == "down"
        known = key in {c.key for c in self.columns}
        if known:
            rows.sort(key=lambda r: _order(r.get(key)), reverse=down)
        return replace(
            self,
            rows=rows,
            total=len(self.rows),
            sought=sought,
            sorted_by=key if known else None,
            descending=down,
            query={k: v for k, v in query.items() if not k.startswith(f"{self.name}.")},
        )

    def link(self, key: str) -> str:
        """The address that sorts by this column, or turns it round."""
        from urllib.parse import urlencode

        down = "down" if self.sorted_by == key and not self.descending else "up"
        kept = {**self.query, f"{self.name}.sort": key, f"{self.name}.dir": down}
        if self.sought:
            kept[f"{self.name}.q"] = self.sought
        return "?" + urlencode(kept)

    @property
    def csv_link(self) -> str:
        from urllib.parse import urlencode

        return "?" + urlencode({**self.query, "csv": self.name})

    @property
    def body(self) -> SafeString:
        """The rows as HTML, made here and not in the template, which takes four times as long for a long list."""
        cells = [(c.key, escape(c.label), ' class="op-numeric"' if c.numeric else "") for c in self.columns]
        out = []
        for row in self.rows:
            out.append("<tr>")
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
        return str(value.text)
    if value is None:
        return ""
    if isinstance(value, (dt.date, dt.datetime)):
        return words.day(value)
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return words.number(value)
    return str(value)


def escape(value: Any) -> str:
    """The standard library's own, which Django's wraps at three times the cost: a page has some thousand cells."""
    return html.escape(str(value))


def _cell(value: Any) -> str:
    if not isinstance(value, Cell):
        return escape(shown(value))
    said = value.text.__html__() if hasattr(value.text, "__html__") else escape(value.text)
    if value.href:
        said = f'<a href="{escape(value.href)}">{said}</a>'
    if value.tone:
        said = f'<strong class="nhsuk-tag nhsuk-tag--{value.tone} op-tag">{said}</strong>'
    return f'{said} <span class="op-note">{escape(value.note)}</span>' if value.note else said


def _sort_attribute(value: Any) -> str:
    """What the page's script compares, where that is not simply the text that is shown."""
    if value is None or value == "":
        return ' data-sort=""'
    if isinstance(value, str) or (isinstance(value, Cell) and value.sort is None):
        return ""
    rank, order = _order(value)
    return f' data-sort="{escape(order)}"' if rank < 2 else ' data-sort=""'


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


def _order(value: Any) -> tuple[int, Any]:
    """Numbers first, then texts, then nothing; within each in their own order."""
    if isinstance(value, Cell):
        value = value.sort if value.sort is not None else str(value.text)
    if value is None or value == "":
        return (2, 0)
    if isinstance(value, (dt.date, dt.datetime)):
        return (1, value.isoformat())
    if isinstance(value, (int, float, Decimal)):
        return (0, float(value))
    return (1, str(value).casefold())
