"""What a column of a list is, and what a reader sees in one of its cells.

In: a row as an answer gave it (a dataclass, a model, a mapping) and the context of the page. Out: a
`Cell`, or the plain value where it needs no more. A column says where its value is (a field of the
row, "expected.stage" for a field of a field, or a function of the row, or of row and context), how
it reads, sorts and leaves in a CSV (a `Notation`), and where it leads.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from operator import attrgetter
from types import MethodType
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from oneplace.web.components.notation import PLAIN, TEXT, Notation, Sort

Accessor = str | Callable[..., Any]


@dataclass(frozen=True)
class Cell:
    """What a reader sees in one cell. `tone` colours a tag: green, yellow, orange, red, blue, grey,
    white. A cell that names its figure leads to the page about it: where it is from and why it
    moved."""

    text: str | SafeString
    sort: Sort | None = None
    href: str | None = None
    tone: str | None = None
    note: str | None = None
    csv: Any = None
    figure: str | None = None

    def __str__(self) -> str:
        return str(self.text)


STAR = Cell("*", sort=-1)  # what is too small to show, below every number


class Context:
    """What the accessors of one list share: `people.of(rows, names=names)` is `c.names` to them."""

    def __init__(self, **given: Any):
        self.__dict__.update(given)

    def __getattr__(self, name: str) -> Any:
        raise TypeError(f"this list was made without {name!r}, which one of its columns needs")


def field_of(path: str) -> Callable[[Any], Any]:
    """The value of a field, or of a field of a field; None where one before the last holds nothing.
    What is called without anything (Django's `get_state_display`) is called."""
    first, _, rest = path.partition(".")
    then = field_of(rest) if rest else None
    named = attrgetter(first)

    def value(row: Any) -> Any:
        found = row.get(first) if type(row) is dict or isinstance(row, Mapping) else named(row)
        if isinstance(found, (MethodType, partial)):
            found = found()
        return found if then is None or found is None else then(found)

    return value


def item(at: int) -> Callable[[Any], Any]:
    """The value at a place of a row that is a tuple."""
    return lambda row: row[at]


def function(given: Accessor) -> Callable[[Any, Context], Any]:
    """An accessor as a function of row and context, whichever way it was declared."""
    if isinstance(given, str):
        value = field_of(given)
        return lambda row, _: value(row)
    if len(inspect.signature(given).parameters) > 1:
        return given
    return lambda row, _: given(row)


def to(page: str, *fields: Accessor) -> Callable[[Any, Context], str]:
    """A link to a page whose address names these fields of the row."""
    values = [function(f) for f in fields]
    return lambda row, c: reverse(page, args=[v(row, c) for v in values])


@dataclass(frozen=True)
class Column:
    """One column of a list.

    `value`: where its value is; the field `key` where not given. `show`: how it reads, and whether
    as a number; as any plain value does where not given. `none`: what stands where there is no
    value (text, a cell, a function). `link`: where it leads. `figure`: the id of its figure, in
    which {0} is the row. `beside`: the small words after it. `tone`: the colour of its tag: one,
    one for each value, or a function. `sort`, `csv`: what it is ordered by and taken away as, where
    not by its format. `search`: the raw field that a long list is looked through by, where not the
    value. `when`: whether the list has this column at all. Label and note are those of the heading,
    and may be functions of the context.
    """

    key: str
    label: str | Callable[[Context], str]
    value: Accessor | None = None
    show: Notation | None = None
    numeric: bool | None = None
    note: str | Callable[[Context], str | None] | None = None
    none: Any = None
    link: Accessor | None = None
    figure: Accessor | None = None
    beside: Accessor | None = None
    tone: str | Mapping[Any, str] | Callable[..., Any] | None = None
    sort: Accessor | None = None
    csv: Accessor | None = None
    search: str | None = None
    when: Callable[[Context], Any] | None = None
    got: Callable[[Any, Context], Any] = field(init=False, repr=False, compare=False)
    parts: Sequence[tuple[str, Callable[[Any, Context], Any]]] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        got = function(self.value or self.key)
        asked = {
            "href": self.link,
            "figure": _named(self.figure),
            "note": self.beside,
            "tone": _toned(self.tone, got),
            "sort": self.sort,
            "csv": self.csv,
        }
        parts = tuple((part, function(given)) for part, given in asked.items() if given is not None)
        numeric = bool(self.show and self.show.numeric) if self.numeric is None else self.numeric
        for name, made in (("got", got), ("parts", parts), ("numeric", numeric)):
            object.__setattr__(self, name, made)

    @property
    def raw(self) -> str | None:
        """The field that long lists are sorted and looked through by; None where only a function
        knows."""
        field = self.sort or self.value or self.key
        return field if isinstance(field, str) else None

    def in_context(self, c: Context) -> Column:
        """The column with its heading in words."""
        if not callable(self.label) and not callable(self.note):
            return self
        label, note = (x(c) if callable(x) else x for x in (self.label, self.note))
        return replace(self, label=label, note=note)

    def cell(self, row: Any, c: Context) -> Any:
        """What stands in this column of a row."""
        value = self.got(row, c)
        if isinstance(value, Cell):
            return value
        if value is None or value == "":
            return self._nothing(row, c)
        if self.show is None and not self.parts and not isinstance(value, SafeString):
            return value
        show = self.show or (TEXT if isinstance(value, str) else PLAIN)
        parts = {"sort": show.sort(value), "csv": show.csv(value)}
        parts.update((part, ask(row, c)) for part, ask in self.parts)
        return Cell(show.text(value), **parts)

    def _nothing(self, row: Any, c: Context) -> Any:
        return function(self.none)(row, c) if callable(self.none) else self.none


def _named(figure: Accessor | None) -> Accessor | None:
    return (lambda row: figure.format(row)) if isinstance(figure, str) else figure


def _toned(tone: Any, got: Callable[[Any, Context], Any]) -> Accessor | None:
    if isinstance(tone, str):
        return lambda _: tone
    return (lambda row, c: tone.get(got(row, c))) if isinstance(tone, Mapping) else tone
