"""A downloaded file, opened: what it is, where its header stands, and which column means what.

In: a path. Out: an `Opened` with the format that its header fits, or a fault that names what is missing and what was found nearest.
Text may be UTF-8 with or without a mark, UTF-16, or Windows-1252; a workbook or an archive is refused with what to do instead.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from oneplace.faults import Fault, InputAtFault
from oneplace.sources.statistics.form import Format, formats, squeezed

HEAD_BYTES = 1 << 18
HEADER_WITHIN = 40  # records; publications put at most a title block above the header
CHUNK = 1 << 22
_NOT_TEXT = {
    b"PK\x03\x04": ("a workbook or an archive", "the CSV inside: unzip it, or save the sheet as CSV"),
    b"\xd0\xcf\x11\xe0": ("an Excel workbook of the old form", "the sheet saved as CSV"),
    b"%PDF": ("a PDF", "the publication's CSV"),
    b"\x1f\x8b": ("a compressed file", "the CSV inside"),
}


@dataclass(frozen=True)
class Band:
    """A column of people by weeks waited; `to` is None in the last, open one."""

    index: int
    start: int
    to: int | None


@dataclass(frozen=True)
class Opened:
    """A file whose header is understood. `roles` gives the position of each column that the format knows."""

    path: Path
    name: str
    sha256: str
    encoding: str
    format: Format
    header: tuple[str, ...]
    header_line: int
    first_line: int
    delimiter: str
    roles: dict[str, int]
    bands: tuple[Band, ...]
    preamble: str
    notes: tuple[str, ...] = field(default=())

    def fault(
        self,
        what: str,
        *,
        role: str | None = None,
        line: int | None = None,
        found: str | None = None,
        expected: str | None = None,
    ) -> Fault:
        column = self.header[self.roles[role]] if role in self.roles else role
        return Fault(what=what, file=self.name, line=line, path=column, found=found, expected=expected)

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """Every record below the header with its line, read slowly: for small files and for naming what is wrong."""
        with self.path.open(encoding=self.encoding, newline="", errors="replace") as text:
            for _ in range(self.first_line - 1):
                text.readline()
            reader = csv.reader(text, delimiter=self.delimiter)
            start = self.first_line
            for record in reader:
                yield start, record
                start = self.first_line + reader.line_num


def open_statistics(path: Path, *, name: str | None = None) -> Opened:
    """Recognise the file; `InputAtFault` says why it cannot be read."""
    file = name or path.name
    head = _head(path, file)
    encoding = _encoding(path, head, file)
    text = head.decode(encoding, errors="replace")
    if len(head) == HEAD_BYTES:
        text = text[: text.rfind("\n") + 1]
    if not text.strip():
        raise InputAtFault(Fault(what="the file is empty", file=file, line=1, expected="a header and rows"))
    delimiter = _delimiter(text)
    found, faults = _find(text, delimiter, file)
    if found is None:
        raise InputAtFault(faults)
    form, line, after, header, preamble = found
    roles, bands, faults = _columns(form, header, file, line)
    if faults:
        raise InputAtFault(faults)
    return Opened(
        path, file, _sha256(path), encoding, form, tuple(header), line, after, delimiter, roles, bands, preamble
    )


def _head(path: Path, file: str) -> bytes:
    try:
        with path.open("rb") as raw:
            head = raw.read(HEAD_BYTES)
    except FileNotFoundError:
        raise InputAtFault(Fault(what="the file is missing", file=file, expected="a CSV file")) from None
    except OSError as e:
        raise InputAtFault(Fault(what="the file cannot be read", file=file, found=e.strerror)) from None
    for magic, (what, instead) in _NOT_TEXT.items():
        if head.startswith(magic):
            raise InputAtFault(Fault(what="this is not a CSV file", file=file, line=1, found=what, expected=instead))
    if head.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")):
        found = "a web page, perhaps an error that was saved in the file's place"
        raise InputAtFault(
            Fault(what="this is not a CSV file", file=file, line=1, found=found, expected="the CSV itself")
        )
    return head


def _encoding(path: Path, head: bytes, file: str) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in head:
        raise InputAtFault(Fault(what="this is not a text file", file=file, line=1, found="a zero byte"))
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


def _sha256(path: Path) -> str:
    with path.open("rb") as raw:
        return hashlib.file_digest(raw, "sha256").hexdigest()


def _delimiter(text: str) -> str:
    """The sign between cells, by the longest of the first lines."""
    lines = text.splitlines()[:HEADER_WITHIN]
    return max(",\t;|", key=lambda d: max((line.count(d) for line in lines), default=0))


_Found = tuple[Format, int, int, list[str], str]


def _find(text: str, delimiter: str, file: str) -> tuple[_Found | None, list[Fault]]:
    """The header and its format: the first record that holds some format's signature."""
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    preamble: list[str] = []
    nearest: tuple[float, int, Format, list[str]] | None = None
    start = 1
    for number, record in enumerate(reader):
        if number >= HEADER_WITHIN:
            break
        fits = []
        for form in formats():
            roles = {r for r in form.columns if _positions(form, r, record)}
            if form.bands and _bands(form, record):
                roles.add("bands")
            share = len(roles & set(form.signature)) / len(form.signature)
            if share == 1:
                fits.append((len(roles), form))
            if share > 0 and (nearest is None or share > nearest[0]):
                nearest = (share, start, form, record)
        if fits:
            fits.sort(key=lambda f: -f[0])
            return (fits[0][1], start, reader.line_num + 1, record, " ".join(preamble)), []
        preamble.extend(c.strip() for c in record if c.strip())
        start = reader.line_num + 1
    known = "; ".join(f"{f.id} ({f.title})" for f in formats())
    if nearest is None or nearest[0] < 0.5:
        first = next((line for line in text.splitlines() if line.strip()), "")
        return None, [
            Fault(what="no known layout has this header", file=file, line=1, found=first[:120], expected=known)
        ]
    _, line, form, record = nearest
    return None, _missing(form, record, file, line)


def _positions(form: Format, role: str, header: Sequence[str]) -> list[int]:
    names = {squeezed(n) for n in form.columns[role].names}
    return [i for i, h in enumerate(header) if squeezed(h) in names]


def _bands(form: Format, header: Sequence[str]) -> tuple[Band, ...]:
    assert form.bands is not None
    found = []
    for i, heading in enumerate(header):
        if hit := re.fullmatch(form.bands.pattern, squeezed(heading)):
            to = hit.group("to")
            found.append(Band(i, int(hit.group("from")), int(to) if to else None))
    return tuple(sorted(found, key=lambda b: b.start))


def _missing(form: Format, header: Sequence[str], file: str, line: int) -> list[Fault]:
    """A fault for each column that has to be there and is not, with the heading that looks most like it."""
    taken = {i for r in form.columns for i in _positions(form, r, header)}
    free = {squeezed(h): h for i, h in enumerate(header) if i not in taken and h.strip()}
    faults = []
    for role, column in form.columns.items():
        if column.optional or _positions(form, role, header):
            continue
        near = [c for n in column.names for c in get_close_matches(squeezed(n), free, n=1, cutoff=0.5)]
        faults.append(
            Fault(
                what=f"a column of the layout {form.id} is missing",
                file=file,
                line=line,
                path=column.names[0],
                found=f"{free[near[0]]}?" if near else "no heading like it",
                expected=" or ".join(column.names),
            )
        )
    if form.bands and not _bands(form, header):
        faults.append(
            Fault(
                what=f"the columns by weeks waited of the layout {form.id} are missing",
                file=file,
                line=line,
                expected=f"{form.bands.least} or more",
            )
        )
    return faults


def _columns(
    form: Format, header: Sequence[str], file: str, line: int
) -> tuple[dict[str, int], tuple[Band, ...], list[Fault]]:
    faults = _missing(form, header, file, line)
    roles = {}
    for role in form.columns:
        found = _positions(form, role, header)
        if len(found) > 1 and not form.columns[role].twice:
            names = ", ".join(f"{header[i]} (column {i + 1})" for i in found)
            faults.append(
                Fault(
                    what="two columns have one meaning",
                    file=file,
                    line=line,
                    path=header[found[0]],
                    found=names,
                    expected="one of them",
                )
            )
        if found:
            roles[role] = found[0]
    bands = _bands(form, header) if form.bands else ()
    if form.bands and bands:
        faults.extend(_band_faults(form, bands, header, file, line))
    return roles, bands, faults


def _band_faults(form: Format, bands: tuple[Band, ...], header: Sequence[str], file: str, line: int) -> Iterator[Fault]:
    """Bands start at nought, follow one another and end with the open one: a band left out would be people left out."""
    assert form.bands is not None
    expected = 0
    for band in bands:
        if band.start != expected:
            yield Fault(
                what="the columns by weeks waited do not follow one another",
                file=file,
                line=line,
                path=header[band.index],
                found=f"{band.start} weeks",
                expected=f"{expected} weeks",
            )
            return
        expected = band.to if band.to is not None else -1
    if expected != -1:
        yield Fault(
            what="the last column by weeks waited is missing",
            file=file,
            line=line,
            path=header[bands[-1].index],
            found=f"up to {expected} weeks",
            expected=f"a column for {expected} weeks and more",
        )
    if len(bands) < form.bands.least:
        yield Fault(
            what="there are too few columns by weeks waited",
            file=file,
            line=line,
            found=str(len(bands)),
            expected=f"{form.bands.least} or more",
        )
