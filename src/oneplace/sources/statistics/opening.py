"""A table, opened: where its header stands, which layout it is of, and which column means what.

In: a text file, or a sheet of a workbook written as one. Out: an `Opened` with the format that its
header fits, or a fault that names what is missing and what was found nearest. Text may be UTF-8
with or without a mark, UTF-16, or Windows-1252.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, cached_property
from pathlib import Path

from oneplace.faults import Fault, InputAtFault
from oneplace.sources.statistics.containers import FileTable, Where, first_bytes, sha256_of
from oneplace.sources.statistics.form import Format, formats, squeezed

HEAD_BYTES = 1 << 18
HEADER_WITHIN = 40  # records; publications put at most a title block above the header
CHUNK = 1 << 22
DELIMITERS = ",\t;|"
_NOT_TEXT = {
    b"PK\x03\x04": (
        "a workbook or an archive",
        "the CSV inside: unzip it, or save the sheet as CSV",
    ),
    b"\xd0\xcf\x11\xe0": (
        "an Excel workbook of the old form (.xls), or one with a password",
        "the workbook saved as .xlsx without a password, or its sheet saved as CSV",
    ),
    b"%PDF": ("a PDF", "the publication's CSV"),
    b"\x1f\x8b": ("a compressed file", "the CSV inside"),
}


@dataclass(frozen=True)
class WeeksColumn:
    """A column of people by weeks waited; `to` is None in the last, open one."""

    index: int
    start: int
    to: int | None


@dataclass(frozen=True)
class Opened:
    """A table whose header is understood. `roles` gives the position of each column that the format
    knows."""

    path: Path
    where: Where
    sha256: str
    encoding: str
    format: Format
    header: tuple[str, ...]
    header_line: int
    first_line: int
    delimiter: str
    roles: dict[str, int]
    bands: tuple[WeeksColumn, ...]
    title: tuple[str, ...]
    straight: bool
    """each record up to the header stands on one line: a reader that skips lines and one that skips
    records agree"""

    @property
    def name(self) -> str:
        return self.where.file

    @property
    def preamble(self) -> str:
        """What is said above the table, the sheet's name first."""
        return " ".join([*([self.where.sheet] if self.where.sheet else []), *self.title])

    def fault(
        self,
        what: str,
        *,
        role: str | None = None,
        column: int | None = None,
        line: int | None = None,
        found: str | None = None,
        expected: str | None = None,
    ) -> Fault:
        """A fault in this table: of a column by its role or its place, where it is of one."""
        if column is None and role is not None:
            column = self.roles.get(role)
        heading = self.header[column] if column is not None else role
        return self.where.fault(
            what, line=line, column=column, heading=heading, found=found, expected=expected
        )

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """Every record below the header with its line, empty lines left out; a quotation mark that
        is never closed is a fault."""
        with self.path.open(encoding=self.encoding, newline="", errors="replace") as text:
            for _ in range(self.first_line - 1):
                text.readline()
            reader = csv.reader(text, delimiter=self.delimiter, strict=True)
            start = self.first_line
            try:
                for record in reader:
                    if record:
                        yield start, record
                    start = self.first_line + reader.line_num
            except csv.Error as e:
                raise InputAtFault(
                    self.fault(
                        "this is not valid CSV",
                        line=start,
                        found=str(e),
                        expected="quotation marks in pairs",
                    )
                ) from None


def open_statistics(path: Path, *, name: str | None = None) -> Opened:
    """Recognise a text; `InputAtFault` says why it cannot be read."""
    where = Where(name or path.name)
    return open_table(FileTable(path, where, sha256_of(path) if path.is_file() else ""))


def open_table(table: FileTable) -> Opened:
    """Recognise a table: the first way of cutting it into cells that gives some layout's header."""
    path, where = table.path, table.where
    head = _head(path, where)
    encoding = _encoding(path, head, where)
    text = head.decode(encoding, errors="replace")
    if len(head) == HEAD_BYTES:
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1]
    if not text.strip():
        raise InputAtFault(where.fault("the file is empty", line=1, expected="a header and rows"))
    faults: list[Fault] = []
    for delimiter in _delimiters(text, where):
        try:
            found, missing = _find(text, delimiter, where)
        except csv.Error as e:
            missing, found = [where.fault("this is not valid CSV", found=str(e))], None
        if found is not None:
            break
        faults = faults or missing
    else:
        raise InputAtFault(faults)
    roles, bands, faults = _columns(found, where)
    if faults:
        raise InputAtFault(faults)
    h = found.heading
    return Opened(
        path,
        where,
        table.sha256,
        encoding,
        found.form,
        h.texts,
        found.line,
        found.after,
        delimiter,
        roles,
        bands,
        found.title,
        found.straight,
    )


def _head(path: Path, where: Where) -> bytes:
    head = first_bytes(path, where.file, HEAD_BYTES)
    for magic, (what, instead) in _NOT_TEXT.items():
        if head.startswith(magic):
            raise InputAtFault(
                where.fault("this is not a CSV file", line=1, found=what, expected=instead)
            )
    if head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<"):
        found = "a web page, perhaps an error that was saved in the file's place"
        raise InputAtFault(
            where.fault("this is not a CSV file", line=1, found=found, expected="the CSV itself")
        )
    return head


def _encoding(path: Path, head: bytes, where: Where) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in head:
        raise InputAtFault(where.fault("this is not a text file", line=1, found="a zero byte"))
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as raw:
            while chunk := raw.read(CHUNK):
                if decoder.getstate()[0] or not chunk.isascii():
                    decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _delimiters(text: str, where: Where) -> Sequence[str]:
    """The signs that may stand between cells, the one that the first lines have most of first."""
    if where.sheet is not None:
        return ","
    lines = text.splitlines()[:HEADER_WITHIN]
    most = {d: max((line.count(d) for line in lines), default=0) for d in DELIMITERS}
    return sorted((d for d in DELIMITERS if most[d] or d == ","), key=lambda d: -most[d])


@dataclass(frozen=True)
class Header:
    """A header's cells, and each with the group heading that stands above it, as workbooks write
    them."""

    texts: tuple[str, ...]
    groups: tuple[str, ...]

    @cached_property
    def plain(self) -> tuple[str, ...]:
        """The headings as they are compared."""
        return tuple(squeezed(t) for t in self.texts)

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """Where each name stands: a column is known by its heading, and by its group's heading and
        its own."""
        found: dict[str, list[int]] = {}
        for i, text in enumerate(self.plain):
            group = squeezed(self.groups[i]) if text else ""
            for name in {text, group + text}:
                found.setdefault(name, []).append(i)
        return found


def _heading(record: Sequence[str], above: Sequence[str]) -> Header:
    """A group's heading stands above its first column, or above each; a heading over two rows
    stands in the upper one."""
    own = [
        above[i] if not cell.strip() and i < len(above) else cell for i, cell in enumerate(record)
    ]
    own += list(above[len(record) :])
    groups, last = [], ""
    for i in range(len(own)):
        last = above[i].strip() if i < len(above) and above[i].strip() else last
        groups.append(last)
    return Header(tuple(own), tuple(groups))


@dataclass(frozen=True)
class _Found:
    form: Format
    line: int
    after: int
    heading: Header
    title: tuple[str, ...]
    straight: bool


def _find(text: str, delimiter: str, where: Where) -> tuple[_Found | None, list[Fault]]:
    """The header and its format: the first record that holds some format's signature, by itself or
    with the groups above it."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    title: list[str] = []
    nearest: tuple[float, int, Format, Header] | None = None
    above: list[str] = []
    start = 1
    for number, record in enumerate(reader):
        if number >= HEADER_WITHIN:
            break
        for heading in (Header(tuple(record), ("",) * len(record)), _heading(record, above)):
            fits = []
            for form in formats():
                share, columns = _share(form, heading)
                if share == 1:
                    fits.append((columns, form))
                if share > 0 and (nearest is None or share > nearest[0]):
                    nearest = (share, start, form, heading)
            if fits:
                fits.sort(key=lambda f: -f[0])
                straight = start == number + 1 and reader.line_num == start
                return _Found(
                    fits[0][1],
                    start,
                    reader.line_num + 1,
                    heading,
                    tuple(dict.fromkeys(title)),
                    straight,
                ), []
            if not any(c.strip() for c in above):
                break
        title.extend(c.strip() for c in record if c.strip())
        above = record
        start = reader.line_num + 1
    known = "; ".join(f"{f.id} ({f.title})" for f in formats())
    if nearest is None or nearest[0] < 0.5:
        first = next((line for line in text.splitlines() if line.strip(" ,")), "")
        return None, [
            where.fault(
                "no known layout has this header", line=1, found=first[:120], expected=known
            )
        ]
    _, line, form, heading = nearest
    return None, _missing(form, heading, where, line)


def _share(form: Format, heading: Header) -> tuple[float, int]:
    """How much of the format's signature a header holds, and how many of its columns."""
    roles = {r for r in form.columns if _positions(form, r, heading)}
    if form.bands and _bands(form, heading):
        roles.add("bands")
    return len(roles & set(form.signature)) / len(form.signature), len(roles)


def _positions(form: Format, role: str, heading: Header) -> list[int]:
    return sorted({i for name in names_of(form.id)[role] for i in heading.places.get(name, ())})


@cache
def names_of(id_: str) -> dict[str, frozenset[str]]:
    """Every heading of each role of a layout, as they are compared."""
    form = next(f for f in formats() if f.id == id_)
    return {
        role: frozenset(squeezed(n) for n in column.names) for role, column in form.columns.items()
    }


def _bands(form: Format, heading: Header) -> tuple[WeeksColumn, ...]:
    assert form.bands is not None
    found = []
    for i, text in enumerate(heading.plain):
        if hit := re.fullmatch(form.bands.pattern, text):
            to = hit.group("to")
            found.append(WeeksColumn(i, int(hit.group("from")), int(to) if to else None))
    return tuple(sorted(found, key=lambda b: b.start))


def _missing(form: Format, heading: Header, where: Where, line: int) -> list[Fault]:
    """A fault for each column that has to be there and is not, with the heading that looks most
    like it."""
    taken = {i for r in form.columns for i in _positions(form, r, heading)}
    free = {squeezed(h): h for i, h in enumerate(heading.texts) if i not in taken and h.strip()}
    faults = []
    for role, column in form.columns.items():
        if column.optional or _positions(form, role, heading):
            continue
        near = [
            c for n in column.names for c in get_close_matches(squeezed(n), free, n=1, cutoff=0.5)
        ]
        faults.append(
            where.fault(
                f"a column of the layout {form.id} is missing",
                line=line,
                heading=column.names[0],
                found=f"{free[near[0]]}?" if near else "no heading like it",
                expected=" or ".join(column.names),
            )
        )
    if form.bands and not form.bands.optional and not _bands(form, heading):
        faults.append(
            where.fault(
                f"the columns by weeks waited of the layout {form.id} are missing",
                line=line,
                expected=f"{form.bands.least} or more",
            )
        )
    return faults


def _columns(
    found: _Found, where: Where
) -> tuple[dict[str, int], tuple[WeeksColumn, ...], list[Fault]]:
    form, heading, line = found.form, found.heading, found.line
    faults = _missing(form, heading, where, line)
    roles = {}
    for role in form.columns:
        places = _positions(form, role, heading)
        if len(places) > 1 and not form.columns[role].twice:
            names = ", ".join(f"{heading.texts[i]} (column {i + 1})" for i in places)
            faults.append(
                where.fault(
                    "two columns have one meaning",
                    line=line,
                    heading=heading.texts[places[0]],
                    found=names,
                    expected="one of them",
                )
            )
        if places:
            roles[role] = places[0]
    bands = _bands(form, heading) if form.bands else ()
    if form.bands and bands:
        faults.extend(_band_faults(form, bands, heading.texts, where, line))
    return roles, bands, faults


def _band_faults(
    form: Format, bands: tuple[WeeksColumn, ...], header: Sequence[str], where: Where, line: int
) -> Iterator[Fault]:
    """Bands start at nought, follow one another and end with the open one: a band left out would be
    people left out."""
    assert form.bands is not None
    expected = 0
    for band in bands:
        if band.start != expected:
            yield where.fault(
                "the columns by weeks waited do not follow one another",
                line=line,
                column=band.index,
                heading=header[band.index],
                found=f"{band.start} weeks",
                expected=f"{expected} weeks",
            )
            return
        expected = band.to if band.to is not None else -1
    if expected != -1:
        yield where.fault(
            "the last column by weeks waited is missing",
            line=line,
            column=bands[-1].index,
            heading=header[bands[-1].index],
            found=f"up to {expected} weeks",
            expected=f"a column for {expected} weeks and more",
        )
    if len(bands) < form.bands.least:
        yield where.fault(
            "there are too few columns by weeks waited",
            line=line,
            found=str(len(bands)),
            expected=f"{form.bands.least} or more",
        )
