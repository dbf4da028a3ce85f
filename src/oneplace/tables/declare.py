"""How a table is declared: a name, a sentence, and columns with a type, a unit and a sentence a
clinician would accept.

A declaration is the only statement of a table. Loading checks rows against it, engines make it, the
data dictionary is printed from it, and a key, a range or a list of values written here is enforced
wherever rows come in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

# What a column may hold -> DuckDB's type. A declared name, not a database's, because three engines
# read it.
SQL_TYPES: dict[str, str] = {
    "text": "VARCHAR",
    "small": "SMALLINT",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "number": "DOUBLE",
    "money": "DECIMAL(18,2)",
    "date": "DATE",
    "datetime": "TIMESTAMP",
    "boolean": "BOOLEAN",
}


@cache
def arrow_types() -> dict[str, pa.DataType]:
    """What a column may hold -> Arrow's type. Fetched when asked: a question about one person needs
    no Arrow."""
    import pyarrow as pa

    return {
        "text": pa.string(),
        "small": pa.int16(),
        "integer": pa.int32(),
        "bigint": pa.int64(),
        "number": pa.float64(),
        "money": pa.decimal128(18, 2),
        "date": pa.date32(),
        "datetime": pa.timestamp("us"),
        "boolean": pa.bool_(),
    }


@dataclass(frozen=True)
class Column:
    """One column. `required` means never null; `values` and `low`/`high` are what may stand in it;
    a CSV file of a place that was written before a column was `added` may lack it, and has it
    empty.

    `wanted` columns have to stand in a file, though a cell may be empty. `open_end` is the last day
    of something that may still go on: whoever reads it takes a day that stands for "no end"
    (9999-12-31 and its like) for none.
    """

    name: str
    type: str
    sentence: str
    unit: str | None = None
    required: bool = True
    values: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    added: bool = False
    wanted: bool = False
    open_end: bool = False

    def __post_init__(self) -> None:
        if self.type not in SQL_TYPES:
            raise ValueError(
                f"column {self.name}: no type {self.type!r}; one of {', '.join(SQL_TYPES)}"
            )
        if self.open_end and (self.required or self.type != "date"):
            raise ValueError(f"column {self.name}: an open end is a day that may be empty")

    @property
    def arrow(self) -> pa.DataType:
        return arrow_types()[self.type]

    @property
    def sql(self) -> str:
        return SQL_TYPES[self.type]


@dataclass(frozen=True)
class Table:
    """One table. `key` names the columns that together stand once only; `source` says whose
    definition it follows.

    `span` names a first and a last day, where a row whose last lies before its first says nothing
    that can be used. `apart` is for events whose key is the number of a line and no more: nothing
    is joined on it, and sources that were put together from several number each of them from 1.
    Rows of one number that differ in these columns are two events.
    """

    name: str
    sentence: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    source: str = "OnePlace"
    span: tuple[str, str] | None = None
    apart: tuple[str, ...] = ()
    _by_name: dict[str, Column] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._by_name.update({c.name: c for c in self.columns})
        if len(self._by_name) != len(self.columns):
            raise ValueError(f"table {self.name}: a column is declared twice")
        for k in (*self.key, *(self.span or ()), *self.apart):
            if k not in self._by_name:
                raise ValueError(f"table {self.name}: column {k} is not declared")

    def __getitem__(self, column: str) -> Column:
        return self._by_name[column]

    def __contains__(self, column: str) -> bool:
        return column in self._by_name

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns)

    @property
    def arrow(self) -> pa.Schema:
        import pyarrow as pa

        return pa.schema([pa.field(c.name, c.arrow, nullable=not c.required) for c in self.columns])
