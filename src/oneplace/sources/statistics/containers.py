"""What a downloaded file is: a text, a workbook, or an archive that holds one of them.

In: a path and a folder to unpack in. Out: the tables in it, each with the name that faults give it,
and notes on what was left out. An archive of several files is refused: which of them is meant is
for a person to say. Nothing is unpacked beyond a bound.
"""

from __future__ import annotations

import gzip
import hashlib
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from oneplace.faults import Fault, InputAtFault
from oneplace.sources.statistics.workbook import letters, sheets

MOST_UNPACKED = 2 << 30  # bytes; a national RTT extract is about 60 MB
CHUNK = 1 << 20
_TEXTS = (".csv", ".txt", ".tsv")


@dataclass(frozen=True)
class Where:
    """Where a table stands, as faults say it: a file, or a sheet of one."""

    file: str
    sheet: str | None = None

    def fault(
        self,
        what: str,
        *,
        line: int | None = None,
        column: int | None = None,
        heading: str | None = None,
        found: str | None = None,
        expected: str | None = None,
    ) -> Fault:
        """A fault on a line of a text, or in a cell of a sheet; `column` counts from nought."""
        if self.sheet is None:
            return Fault(
                what=what, file=self.file, line=line, path=heading, found=found, expected=expected
            )
        at = (
            ""
            if line is None
            else f", row {line}"
            if column is None
            else f", cell {letters(column)}{line}"
        )
        return Fault(what=what, file=f"{self}{at}", path=heading, found=found, expected=expected)

    def at(self, line: int) -> str:
        return f"row {line}" if self.sheet is not None else f"line {line}"

    def __str__(self) -> str:
        return self.file if self.sheet is None else f"{self.file}, sheet '{self.sheet}'"


@dataclass(frozen=True)
class FileTable:
    """A table to be recognised: its text, where it stands, and the digest of the file that it came
    in."""

    path: Path
    where: Where
    sha256: str


def tables(
    path: Path, scratch: Path, *, name: str | None = None
) -> tuple[list[FileTable], list[str]]:
    """The tables of a file; a plain text is one."""
    file = name or path.name
    head = first_bytes(path, file, 4)
    if head.startswith(b"\x1f\x8b"):
        return _gzip(path, scratch, file)
    if not head.startswith(b"PK\x03\x04"):
        return [FileTable(path, Where(file), sha256_of(path))], []
    try:
        with zipfile.ZipFile(path) as archive:
            members = [
                m
                for m in archive.infolist()
                if not m.is_dir() and not m.filename.startswith("__MACOSX")
            ]
            names = {m.filename for m in members}
            if "[Content_Types].xml" in names or any(n.startswith("xl/") for n in names):
                return _workbook(path, scratch, file, names)
            return _only_member(archive, members, scratch, file)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as e:
        raise _not_csv(
            file, f"a workbook or an archive that is damaged ({e})", "the file downloaded again"
        ) from None


def _workbook(
    path: Path, scratch: Path, file: str, names: set[str]
) -> tuple[list[FileTable], list[str]]:
    if "xl/workbook.xml" not in names:
        kind = (
            "a binary workbook (.xlsb)"
            if "xl/workbook.bin" in names
            else "an office document that is no workbook"
        )
        raise _not_csv(file, kind, "the sheet saved as .xlsx or CSV")
    found, notes = sheets(path, file, scratch)
    if not found:
        raise InputAtFault(
            Fault(what="the workbook has no visible sheet with anything in it", file=file)
        )
    sha256 = sha256_of(path)
    return [FileTable(s.path, Where(file, s.name), sha256) for s in found], notes


def _only_member(
    archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], scratch: Path, file: str
) -> tuple[list[FileTable], list[str]]:
    """The one text or workbook of an archive."""
    wanted = [m for m in members if m.filename.lower().endswith((*_TEXTS, ".xlsx"))]
    if len(wanted) != 1:
        held = ", ".join(m.filename for m in (wanted or members)[:5]) or "nothing"
        raise _not_csv(
            file,
            f"an archive that holds {held}",
            "one file: unzip it, and import those that are meant",
        )
    if wanted[0].flag_bits & 1:
        raise _not_csv(file, "an archive with a password", "one without")
    inside = Path(wanted[0].filename).name
    made = scratch / f"{len(list(scratch.iterdir()))}-{inside[-60:]}"
    with archive.open(wanted[0]) as packed:
        _unpack(packed, made, file)
    found, notes = tables(made, scratch, name=f"{file}, {inside}")
    return found, notes


def _gzip(path: Path, scratch: Path, file: str) -> tuple[list[FileTable], list[str]]:
    made = scratch / f"{len(list(scratch.iterdir()))}-{path.stem[-60:]}"
    try:
        with gzip.open(path) as packed:
            _unpack(packed, made, file)
    except (OSError, EOFError, zlib.error) as e:
        raise _not_csv(
            file, f"a compressed file that is damaged ({e})", "the file downloaded again"
        ) from None
    if first_bytes(made, file, 2) == b"\x1f\x8b":
        raise _not_csv(file, "a compressed file in a compressed file", "the CSV inside")
    return tables(made, scratch, name=file)


def _unpack(packed: IO[bytes] | gzip.GzipFile, made: Path, file: str) -> None:
    done = 0
    with made.open("wb") as out:
        while chunk := packed.read(CHUNK):
            done += len(chunk)
            if done > MOST_UNPACKED:
                raise InputAtFault(
                    Fault(
                        what="the file is too large",
                        file=file,
                        found=f"more than {MOST_UNPACKED >> 20:,} MB unpacked",
                        expected="a monthly file",
                    )
                )
            out.write(chunk)


def _not_csv(file: str, found: str, expected: str) -> InputAtFault:
    return InputAtFault(
        Fault(what="this is not a CSV file", file=file, line=1, found=found, expected=expected)
    )


def first_bytes(path: Path, file: str, number: int) -> bytes:
    """The file's beginning; a fault where there is no such file or it may not be read."""
    try:
        with path.open("rb") as raw:
            return raw.read(number)
    except FileNotFoundError:
        raise InputAtFault(
            Fault(what="the file is missing", file=file, expected="a CSV file or a workbook")
        ) from None
    except OSError as e:
        raise InputAtFault(
            Fault(what="the file cannot be read", file=file, found=e.strerror)
        ) from None


def sha256_of(path: Path) -> str:
    with path.open("rb") as raw:
        return hashlib.file_digest(raw, "sha256").hexdigest()
