"""Reading a CSV file into the table it is declared to be, or saying everything that is wrong with
it.

In: a path and a `Table`. Out: an Arrow table of exactly the declared columns in the declared order.
Nothing is guessed: a header that is not the declared one, a row of the wrong length, a value of the
wrong type, outside its range or not on its list, and a key that stands twice with rows that differ
are faults with line, column, value and expectation; rows that are equal are one, and `rows_again`
says which were left out. An empty cell is null and is refused where the column is required. Columns
may stand in any order; a byte order mark is let pass.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oneplace.faults import Fault, InputAtFault
from oneplace.tables.declare import Column, Table

if TYPE_CHECKING:
    import pyarrow as pa

MOST_FAULTS = 50  # of one file: enough to see the pattern, few enough to read

_AGAIN = "rows that stand again"
_WHOLE = re.compile(r"-?\d+", re.ASCII)
_NUMBER = re.compile(r"-?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?", re.ASCII)
_WIDTHS = {"small": 15, "integer": 31, "bigint": 63}
_EXPECTED = {
    "small": "a whole number",
    "integer": "a whole number",
    "bigint": "a whole number",
    "number": "a number such as 12.5",
    "money": "an amount such as 12.50",
    "date": "a date as 2019-04-01",
    "datetime": "a moment as 2019-04-01T09:30:00",
    "boolean": "true or false",
    "text": "text without spaces around it",
}


def read_csv(path: Path, table: Table, *, name: str | None = None) -> pa.Table:
    """The rows of one file; `name` is how its faults call it (default: its path)."""
    return parse_csv(_text(path, name or str(path)), table, name=name or str(path))


def read_rows(path: Path, table: Table, *, name: str | None = None) -> list[dict[str, Any]]:
    """The same rows, as strictly read, as dictionaries: for a small table of which nobody wants an
    Arrow one."""
    cells, _ = _cells(_text(path, name or str(path)), table, name=name or str(path))
    return [
        dict(zip(table.names, row, strict=True))
        for row in zip(*(cells[n] for n in table.names), strict=True)
    ]


def parse_csv(text: str, table: Table, *, name: str) -> pa.Table:
    """The Arrow table of text already in hand."""
    import pyarrow as pa

    cells, again = _cells(text, table, name=name)
    rows = pa.table([pa.array(cells[c.name], c.arrow) for c in table.columns], schema=table.arrow)
    return rows.replace_schema_metadata({_AGAIN: json.dumps(again)}) if again else rows


def rows_again(rows: pa.Table) -> list[tuple[int, int]]:
    """The lines that were left out of a table that was read here, each with the line that it
    repeats."""
    return [
        (line, first)
        for line, first in json.loads((rows.schema.metadata or {}).get(_AGAIN.encode(), b"[]"))
    ]


def _cells(
    text: str, table: Table, *, name: str
) -> tuple[dict[str, list[Any]], list[tuple[int, int]]]:
    """Every column's values, and the lines left out with the lines they repeat; InputAtFault with
    all that is wrong."""
    faults: list[Fault] = []
    cells: dict[str, list[Any]] = {c.name: [] for c in table.columns}
    lines: list[int] = []
    columns: list[Column] = []
    for line, row in _rows(text, name):
        if not columns:
            columns = _header(row, table, name, line)
            continue
        if len(row) != len(columns):
            faults.append(
                Fault(
                    what="the row has not as many cells as the header",
                    file=name,
                    line=line,
                    found=str(len(row)),
                    expected=str(len(columns)),
                )
            )
            continue
        lines.append(line)
        for column, cell in zip(columns, row, strict=True):
            value, fault = _value(cell, column)
            cells[column.name].append(value)
            if fault:
                what, expected = fault
                faults.append(
                    Fault(
                        what=what,
                        file=name,
                        line=line,
                        path=column.name,
                        found=repr(cell)[:80],
                        expected=expected,
                    )
                )
    if not columns:
        raise InputAtFault(
            Fault(
                what="the file is empty",
                file=name,
                line=1,
                expected="a header: " + ",".join(table.names),
            )
        )
    for column in table.columns:
        if column not in columns:
            cells[column.name] = [None] * len(lines)
    again = _again(cells, lines, table)
    faults.extend(_differ(cells, lines, table, name, again))
    if faults:
        raise InputAtFault(_first(faults, name))
    if again:
        left = [i for i, line in enumerate(lines) if line not in again]
        cells = {column: [values[i] for i in left] for column, values in cells.items()}
    return cells, sorted(again.items())


def _text(path: Path, name: str) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise InputAtFault(
            Fault(what="the file is missing", file=name, expected="a CSV file")
        ) from None
    except UnicodeDecodeError as e:
        line = e.object[: e.start].count(b"\n") + 1
        found = f"byte {e.object[e.start]:#04x}"
        raise InputAtFault(
            Fault(what="the file is not UTF-8 text", file=name, line=line, found=found)
        ) from None
    except OSError as e:
        raise InputAtFault(
            Fault(what="the file cannot be read", file=name, found=e.strerror)
        ) from None


def _rows(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line it starts on. The csv module lets a stray quote pass unless told to be
    strict."""
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise InputAtFault(
            Fault(what="the file is not text", file=name, line=line, found="a zero byte")
        )
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    start = 1
    try:
        for row in reader:
            yield start, row
            start = reader.line_num + 1
    except csv.Error as e:
        raise InputAtFault(
            Fault(
                what="this is not valid CSV",
                file=name,
                line=start,
                found=str(e),
                expected="quotes closed, commas between cells",
            )
        ) from None


def _header(row: Sequence[str], table: Table, name: str, line: int) -> list[Column]:
    faults = []
    meant: set[str] = set()
    for i, found in enumerate(row):
        if found in row[:i]:
            faults.append(
                Fault(
                    what="a column stands twice",
                    file=name,
                    line=line,
                    path=found,
                    found=found,
                    expected="each column once",
                )
            )
        elif found not in table:
            near = get_close_matches(found, [n for n in table.names if n not in row], n=1)
            meant.update(near)
            expected = f"{near[0]}?" if near else "one of: " + ", ".join(table.names[:20])
            faults.append(
                Fault(
                    what="unknown column",
                    file=name,
                    line=line,
                    path=found,
                    found=repr(found)[:80],
                    expected=expected,
                )
            )
    faults += [
        Fault(what="a column is missing", file=name, line=line, path=c, expected=c)
        for c in table.names
        if c not in row and c not in meant and not table[c].added
    ]
    if faults:
        raise InputAtFault(_first(faults, name))
    return [table[c] for c in row]


def _value(cell: str, column: Column) -> tuple[Any, tuple[str, str] | None]:
    """The value, or null and what is wrong and what was expected."""
    if cell == "":
        return None, ("a value is missing", _EXPECTED[column.type]) if column.required else None
    try:
        value = _READ[column.type](cell)
    except (ValueError, InvalidOperation, OverflowError):
        return None, ("the value has the wrong type", _EXPECTED[column.type])
    width = _WIDTHS.get(column.type)
    if width and not -(2**width) <= value < 2**width:
        return None, ("the number is too large", f"within {-(2**width)} and {2**width - 1}")
    if column.values and value not in column.values:
        return None, ("the value is not on the list", "one of: " + ", ".join(column.values))
    if column.low is not None and value < column.low:
        return None, ("the value is out of range", f"{column.low:g} or more")
    if column.high is not None and value > column.high:
        return None, ("the value is out of range", f"{column.high:g} or less")
    return value, None


def _again(cells: dict[str, list[Any]], lines: list[int], table: Table) -> dict[int, int]:
    """Lines whose row is equal to that of an earlier line with the same key, with that line."""
    if not table.key:
        return {}
    first: dict[tuple[Any, ...], int] = {}
    again = {}
    for line, row in zip(lines, zip(*(cells[c] for c in table.names), strict=True), strict=True):
        if row in first:
            again[line] = first[row]
        first.setdefault(row, line)
    return again


def _differ(
    cells: dict[str, list[Any]], lines: list[int], table: Table, name: str, again: dict[int, int]
) -> Iterator[Fault]:
    """A key that stands on two lines with rows that are not equal."""
    if not table.key:
        return
    first: dict[tuple[Any, ...], int] = {}
    for line, key in zip(lines, zip(*(cells[k] for k in table.key), strict=True), strict=True):
        if None in key or line in again:
            continue  # already a fault of its own, or left out
        if key in first:
            found = ", ".join(str(k) for k in key)
            expected = f"once, or rows that are equal; it stands on line {first[key]} already, and the rows differ"
            yield Fault(
                what="the key stands twice",
                file=name,
                line=line,
                path=", ".join(table.key),
                found=found,
                expected=expected,
            )
        first.setdefault(key, line)


def _first(faults: list[Fault], name: str) -> list[Fault]:
    if len(faults) <= MOST_FAULTS:
        return faults
    rest = Fault(
        what="there are more faults in this file",
        file=name,
        found=f"{len(faults) - MOST_FAULTS} more",
    )
    return [*faults[:MOST_FAULTS], rest]


def _whole(cell: str) -> int:
    if not _WHOLE.fullmatch(cell):
        raise ValueError(cell)
    return int(cell)


def _number(cell: str) -> float:
    if not _NUMBER.fullmatch(cell):  # so that nan, inf, 1_000 and spaces are refused
        raise ValueError(cell)
    value = float(cell)
    if math.isinf(value):
        raise ValueError(cell)
    return value


def _money(cell: str) -> Decimal:
    if not _NUMBER.fullmatch(cell):
        raise ValueError(cell)
    value = Decimal(cell)
    pence = value.quantize(Decimal("0.01"))
    if value != pence:
        raise ValueError(cell)
    return pence


def _date(cell: str) -> dt.date:
    if len(cell) != 10:  # 20190401 and 2019-W14-1 are ISO too, and nobody here means them
        raise ValueError(cell)
    return dt.date.fromisoformat(cell)


def _boolean(cell: str) -> bool:
    if cell not in ("true", "false"):
        raise ValueError(cell)
    return cell == "true"


def _words(cell: str) -> str:
    if cell != cell.strip():
        raise ValueError(cell)
    return cell


_READ: dict[str, Callable[[str], Any]] = {
    "small": _whole,
    "integer": _whole,
    "bigint": _whole,
    "number": _number,
    "money": _money,
    "date": _date,
    "datetime": dt.datetime.fromisoformat,
    "boolean": _boolean,
    "text": _words,
}
