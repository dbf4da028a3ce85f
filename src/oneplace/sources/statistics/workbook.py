"""A workbook, its sheets as tables of cells: what publishers give out as .xlsx is read by the same
layouts as their CSV.

In: an .xlsx file. Out: one CSV file for each visible sheet, row N of the sheet on line N, values
only, and notes on sheets left out. A share shown as a percentage is written with its sign, a date
as a date, a merged heading in each cell that it spans. A formula whose value the file does not hold
is written as such, so that it is refused where a figure is asked of it. Size is bounded before
reading.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, BinaryIO

from oneplace.faults import Fault, InputAtFault

MOST_UNPACKED = 400 << 20  # bytes; the largest published workbook unpacks to about 90 MB
MOST_CELLS = 8_000_000
MOST_MERGED = 100_000  # rows in one merged cell
WIDEST = 1_000  # columns in one
FEWEST_FIGURES = 3  # numbers in a row of the table; the title block above has dates at most
NOT_WORKED_OUT = "formula without a value: "
_MERGED = re.compile(rb'mergeCell\s+ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_FORMULA = re.compile(rb"<(?:\w+:)?f[ />]")


@dataclass(frozen=True)
class Sheet:
    """One visible sheet, written as CSV."""

    name: str
    path: Path


def sheets(path: Path, file: str, scratch: Path) -> tuple[list[Sheet], list[str]]:
    """Every visible sheet that holds anything; `InputAtFault` says why the workbook cannot be
    read."""
    _bounded(path, file)
    found, notes = [], []
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # openpyxl warns of drop-down lists and styles, which are no figures
        try:
            for number, (name, visible, rows) in enumerate(_tables(path)):
                if not visible:
                    notes.append(f"sheet '{name}' is hidden and was left out")
                    continue
                made = scratch / f"{path.stem[:40]}-{number}.csv"
                if _write(rows, made, file, name):
                    found.append(Sheet(name, made))
        except InputAtFault:
            raise
        except Exception as e:  # a damaged workbook fails in any of a dozen ways, and each of them is the file's fault
            raise InputAtFault(
                Fault(
                    what="the workbook cannot be read",
                    file=file,
                    found=" ".join(f"{type(e).__name__}: {e}".split())[:160],
                    expected="a workbook that opens, or its sheet saved as CSV",
                )
            ) from None
    return found, notes


def _bounded(path: Path, file: str) -> None:
    """What the archive says of itself; no more than it says is ever unpacked."""
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        unpacked = sum(m.file_size for m in members)
        if any(m.flag_bits & 1 for m in members):
            raise InputAtFault(
                Fault(what="the workbook has a password", file=file, expected="one without")
            )
        if unpacked > MOST_UNPACKED:
            raise InputAtFault(
                Fault(
                    what="the workbook is too large",
                    file=file,
                    found=f"{unpacked / (1 << 20):,.0f} MB unpacked",
                    expected=f"at most {MOST_UNPACKED >> 20} MB, or the publication's CSV",
                )
            )
        for member in members:
            if member.filename.endswith((".xml", ".rels")):
                with archive.open(member) as part:
                    if b"<!DOCTYPE" in part.read(1024):
                        raise InputAtFault(
                            Fault(
                                what="this is no plain workbook",
                                file=file,
                                found="a document type of its own",
                            )
                        )


Row = list[str]


def _tables(path: Path) -> Iterator[tuple[str, bool, Iterator[Row]]]:
    """Name, whether it is to be seen, and the rows of each sheet."""
    with path.open("rb") as raw:  # an open file: whatever its name ends with
        values = _opened(raw, formulas=False)
        for sheet in values.worksheets:
            visible = sheet.sheet_state == "visible"
            yield sheet.title, visible, _rows(path, sheet) if visible else iter(())


def _opened(raw: BinaryIO, *, formulas: bool) -> Any:
    from openpyxl import load_workbook  # only here: most files are no workbooks

    return load_workbook(raw, read_only=True, data_only=not formulas, keep_links=False)


def _rows(path: Path, sheet: Any) -> Iterator[Row]:
    merged, has_formulas = _scanned(path, str(sheet._worksheet_path))
    sheet.reset_dimensions()  # what the file says of its own size is often wrong
    if not has_formulas:
        rows: Iterator[Row] = ([_text(cell) for cell in row] for row in sheet.iter_rows())
        yield from _filled(rows, merged)
        return
    with path.open("rb") as raw:
        other = _opened(raw, formulas=True)[sheet.title]
        other.reset_dimensions()
        pairs = zip_longest(sheet.iter_rows(), other.iter_rows(), fillvalue=())
        yield from _filled(
            ([_text(v, f) for v, f in zip(vs, fs, strict=False)] for vs, fs in pairs), merged
        )


def _scanned(path: Path, member: str) -> tuple[list[tuple[int, int, int, int]], bool]:
    """The merged ranges of a sheet as (first row, last row, first column, last column), and whether
    it holds formulas."""
    found: set[tuple[int, int, int, int]] = set()
    formulas, tail = False, b""
    with zipfile.ZipFile(path) as archive, archive.open(member.lstrip("/")) as raw:
        while chunk := raw.read(1 << 22):
            text = tail + chunk
            formulas = formulas or _FORMULA.search(text) is not None
            found |= {
                (int(r1), int(r2), _number(c1), _number(c2))
                for c1, r1, c2, r2 in _MERGED.findall(text)
            }
            tail = text[-128:]
    return sorted(found), formulas


def _number(letters: bytes) -> int:
    """A column's letters as its number from nought."""
    n = 0
    for letter in letters:
        n = n * 26 + letter - 64
    return n - 1


def letters(index: int) -> str:
    """A column's number from nought as its letters."""
    made, n = "", index + 1
    while n:
        n, rest = divmod(n - 1, 26)
        made = chr(65 + rest) + made
    return made


def _filled(rows: Iterator[Row], merged: Iterable[tuple[int, int, int, int]]) -> Iterator[Row]:
    """A text merged over several cells stands in each: headings either way, below them only
    downwards. A number is never repeated."""
    spans: dict[int, list[tuple[int, int, int]]] = {}
    covers = 0
    for first, last, left, right in merged:
        covers += last - first + 1
        if covers > MOST_CELLS:
            raise ValueError("more merged cells than any publication has")
        if last - first < MOST_MERGED and right - left < WIDEST:
            for covered in range(first, last + 1):
                spans.setdefault(covered, []).append((first, left, right))
    texts: dict[tuple[int, int], str] = {}
    begun = False
    for number, row in enumerate(rows, start=1):
        begun = begun or sum(map(_is_number, row)) >= FEWEST_FIGURES
        for first, left, right in spans.get(number, ()):
            if number == first:
                heading = (
                    left < len(row) and not _is_number(row[left]) and (left == right or not begun)
                )
                texts[first, left] = row[left] if heading else ""
            if text := texts.get((first, left)):
                row += [""] * (right + 1 - len(row))
                row[left : right + 1] = [text] * (right + 1 - left)
        yield row


def _is_number(text: str) -> bool:
    return text[:1].isdigit() or text[:1] == "-" or text.startswith(NOT_WORKED_OUT)


def _text(cell: Any, formula: Any = None) -> str:
    """A cell's value as a CSV of the sheet would give it, without the roundings of its display."""
    value = cell.value
    if value is None:
        if formula is not None and formula.value is not None and formula.data_type == "f":
            return f"{NOT_WORKED_OUT}{formula.value}"[:120]
        return ""
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        if "%" in (cell.number_format or ""):
            return f"{_plain(round(float(value) * 100, 9))}%"
        return _plain(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
    return str(value)


def _plain(value: float) -> str:
    """A whole number without its point; sums worked out in binary are whole to nine places."""
    if abs(value) < 1e15 and abs(value - round(value)) < 1e-9:
        return str(round(value))
    return repr(float(value))


def _write(rows: Iterator[Row], path: Path, file: str, sheet: str) -> bool:
    """The sheet as CSV; whether it held anything. Cells are counted while they are read."""
    cells, waiting, anything = 0, 0, False
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        for row in rows:
            while row and not row[-1]:
                row.pop()
            if not row:
                waiting += 1
                continue
            out.write("\n" * waiting)
            cells, waiting, anything = cells + len(row) + waiting, 0, True
            if cells > MOST_CELLS:
                raise InputAtFault(
                    Fault(
                        what="the sheet is too large",
                        file=f"{file}, sheet '{sheet}'",
                        found=f"more than {MOST_CELLS:,} cells",
                        expected="the publication's CSV",
                    )
                )
            writer.writerow(row)
    return anything
