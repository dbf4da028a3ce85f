"""A list is a declaration: what it is called, its columns, what it says when it is empty.

Out of it come the table of the page, its sorting and filter, the CSV, the print and the narrow
view.

    SAVINGS = Listing(
        "savings", "Savings lines",
        Column("area", "Line", "line.area", link=to("saving", "line.id")),
        Column("gbp", "Plan", "line.gbp", GBP),
        empty="The money document has no savings lines.",
    )
    SAVINGS.of(held.outlooks)        # what `page` takes and `grid` draws
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from oneplace.web.components.column import STAR, Cell, Column, Context, item, to
from oneplace.web.components.grid import Grid

__all__ = ["STAR", "Cell", "Column", "Context", "Grid", "Listing", "item", "to"]

Said = str | Callable[[Context], str]


class Listing:
    """A list as it is declared, once, at the head of its room. `columns` may hold a function of the
    context that gives some (one for each duty, each month). `most`: a longer list is sorted,
    filtered and paged by the server on the raw fields of its rows. `usual`: context that most pages
    leave unsaid. `sparse`: a column that no row fills is left out.
    """

    def __init__(
        self,
        name: str,
        caption: Said,
        *columns: Column | Callable[[Context], Iterable[Column]],
        empty: Said = "Nothing to show.",
        sortable: bool = True,
        searchable: bool = True,
        most: int | None = None,
        usual: Mapping[str, Any] | None = None,
        sparse: bool = False,
    ):
        self.name, self.caption, self.columns, self.empty = name, caption, columns, empty
        self.sortable, self.searchable, self.most, self.usual = (
            sortable,
            searchable,
            most,
            usual or {},
        )
        self.sparse = sparse

    def of(
        self,
        rows: Iterable[Any] | pa.Table,
        *,
        name: str = "",
        caption: str = "",
        empty: str = "",
        **context: Any,
    ) -> Grid:
        """The list of these rows, as pages show it. `context` is what its accessors ask for beside
        the row (`rows` are always in it); name, caption and
        empty sentence where one page has the list twice."""
        rows = rows if isinstance(rows, (Sequence, pa.Table)) else list(rows)
        c = Context(rows=rows, **{**self.usual, **context})
        return Grid(
            name or self.name,
            caption or _said(self.caption, c),
            tuple(self._columns(c)),
            rows,
            empty=empty or _said(self.empty, c),
            sortable=self.sortable,
            searchable=self.searchable,
            most=self.most,
            context=c,
        )

    def _columns(self, c: Context) -> Iterable[Column]:
        """Those that stand in this context; of a sparse list, those that some row fills."""
        for given in self.columns:
            for x in (given,) if isinstance(given, Column) else given(c):
                stands = x.when is None or x.when(c)
                if stands and (not self.sparse or any(x.cell(r, c) is not None for r in c.rows)):
                    yield x.in_context(c)


def _said(given: Said, c: Context) -> str:
    return given if isinstance(given, str) else given(c)
