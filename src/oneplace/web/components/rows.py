"""A long list, sorted, filtered and cut to a page on its raw fields, before any accessor runs.

In: rows (a sequence, or an Arrow table), the fields to look through, what the address asks. Out:
row numbers in order, and the rows of a page. Words and days are looked through, numbers are not:
nobody seeks a row of thousands by half a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from operator import attrgetter
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from oneplace.web.components.column import field_of
from oneplace.web.components.notation import shown

LONGEST_DAY = len("2019-04-01")


class RawRows(Protocol):
    """The rows of a long list, by their numbers."""

    def matching(self, fields: Iterable[str], sought: str) -> Sequence[int]:
        """The rows one of whose fields has these words."""

    def ordered(self, numbers: Sequence[int], field: str, *, down: bool) -> Sequence[int]:
        """The same rows by one field; those that say nothing there come last in either
        direction."""

    def taken(self, numbers: Sequence[int]) -> list[Any]:
        """These rows, as accessors read them."""


def rows_of(given: Sequence[Any] | pa.Table) -> RawRows:
    """RawRows by the way in which they are held."""
    return InColumns(given) if isinstance(given, pa.Table) else OneByOne(given)


class OneByOne:
    """RawRows that are objects or mappings, all of one kind."""

    def __init__(self, rows: Sequence[Any]):
        self.rows = rows

    def matching(self, fields: Iterable[str], sought: str) -> Sequence[int]:
        wanted, left = sought.casefold(), set()
        for field in fields:
            values = self._values(field)
            known: dict[Any, bool] = {None: False}  # a reason, a segment, a day is read once
            for i, value in enumerate(values):
                key = tuple(value) if type(value) is list else value
                if key not in known:
                    known[key] = wanted in _in_words(key).casefold()
                if known[key]:
                    left.add(i)
        return sorted(left)

    def ordered(self, numbers: Sequence[int], field: str, *, down: bool) -> Sequence[int]:
        values = [v.casefold() if isinstance(v, str) else v for v in self._values(field)]
        known = [i for i in numbers if values[i] is not None and values[i] != ""]
        there = set(known)
        known.sort(key=values.__getitem__, reverse=down)
        return known + [i for i in numbers if i not in there]

    def taken(self, numbers: Sequence[int]) -> list[Any]:
        return [self.rows[i] for i in numbers]

    def _values(self, path: str) -> list[Any]:
        """One field of every row; how rows hold a field is asked of the first."""
        if "." in path or not self.rows:
            return list(map(field_of(path), self.rows))
        if isinstance(self.rows[0], Mapping):
            return [r.get(path) for r in self.rows]
        return list(map(attrgetter(path), self.rows))


def _in_words(value: Any) -> str:
    """A value as somebody seeks it: reasons in a line, a pseudonym by its digits, a day as it
    reads."""
    if isinstance(value, tuple):
        return "; ".join(map(str, value))
    if type(value) is str and len(value) > LONGEST_DAY:
        return value
    return str(value) if isinstance(value, int) else shown(value)


class InColumns:
    """RawRows of an Arrow table: its columns are asked whole."""

    def __init__(self, table: pa.Table):
        self.table = table

    def matching(self, fields: Iterable[str], sought: str) -> Sequence[int]:
        there = (self.table[f] for f in fields if f in self.table.column_names)
        nothing = pa.array([False] * len(self.table))
        found = reduce(pc.or_, (self._hits(column, sought) for column in there), nothing)
        return pc.indices_nonzero(found).to_pylist()

    def _hits(self, column: pa.ChunkedArray, sought: str) -> Any:
        if _is_text(column):
            return pc.fill_null(pc.match_substring(column, sought, ignore_case=True), False)
        known = (v for v in column.unique().to_pylist() if v is not None)
        hits = [v for v in known if sought.casefold() in _in_words(v).casefold()]
        return pc.is_in(column, value_set=pa.array(hits, column.type))

    def ordered(self, numbers: Sequence[int], field: str, *, down: bool) -> Sequence[int]:
        column = self.table[field].take(pa.array(numbers))
        words = pc.utf8_lower(column) if _is_text(column) else column
        keys = pa.table({"key": words, "at": pa.array(numbers)})
        by = [("key", "descending" if down else "ascending"), ("at", "ascending")]
        return keys["at"].take(pc.sort_indices(keys, sort_keys=by)).to_pylist()

    def taken(self, numbers: Sequence[int]) -> list[Any]:
        return self.table.take(pa.array(numbers)).to_pylist()


def _is_text(column: pa.ChunkedArray) -> bool:
    return pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
