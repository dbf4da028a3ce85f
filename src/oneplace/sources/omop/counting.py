"""Counting the rows of a text file without the database, so that what it read can be held against the file.

In: a file and its delimiter. Out: SHA-256, bytes and rows, and on demand the line on which each row starts. The count
follows quotes by their parity; where that and the database disagree, Python's csv module has the last word.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from oneplace.faults import Fault, InputAtFault

CHUNK = 1 << 22
NEWLINE, QUOTE = 0x0A, 0x22


@dataclass(frozen=True)
class Counted:
    sha256: str
    bytes: int
    rows: int | None


def sha256_of(path: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as f:
        while chunk := f.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size


def count_text(path: Path, *, delimiter: str, name: str) -> Counted:
    """Rows below the header, blank lines apart; a zero byte is a fault, since no text has one."""
    digest, size, rows, quotes, blank = hashlib.sha256(), 0, 0, 0, True
    with path.open("rb") as f:
        while chunk := f.read(CHUNK):
            if b"\0" in chunk:
                raise InputAtFault(
                    Fault(
                        what="the file is not text",
                        file=name,
                        found=f"a zero byte at {size + chunk.index(0):,}",
                        expected="UTF-8 text",
                    )
                )
            digest.update(chunk)
            size += len(chunk)
            more, quotes, blank = _rows_in(chunk, quotes, blank, quoted=delimiter == ",")
            rows += more
    return Counted(digest.hexdigest(), size, max(rows + (not blank) - 1, 0))


def _rows_in(chunk: bytes, quotes: int, blank: bool, *, quoted: bool) -> tuple[int, int, bool]:
    """Rows that end in this chunk, quotes so far, and whether the row that goes on is blank as yet."""
    data = np.frombuffer(chunk, dtype=np.uint8)
    ends = np.flatnonzero(data == NEWLINE)
    if quoted:
        at = np.flatnonzero(data == QUOTE)
        ends = ends[(np.searchsorted(at, ends) + quotes) % 2 == 0]
        quotes += len(at)
    if not len(ends):
        return 0, quotes, blank and not chunk.strip(b"\r\n")
    starts = np.concatenate([[-1], ends[:-1]]) + 1
    lengths = ends - starts
    only_return = (lengths == 1) & (data[np.minimum(starts, len(data) - 1)] == 0x0D)
    filled = (lengths > 0) & ~only_return
    filled[0] |= not blank
    return int(filled.sum()), quotes, not chunk[int(ends[-1]) + 1 :].strip(b"\r\n")


def row_lines(path: Path, *, delimiter: str) -> npt.NDArray[np.int64]:
    """The line on which each row below the header starts, by Python's csv module; slow, and asked only about faults."""
    lines, start = [], 1
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as f:
        csv.field_size_limit(1 << 30)
        reader = csv.reader(f) if delimiter == "," else csv.reader(f, delimiter=delimiter, quoting=csv.QUOTE_NONE)
        for row in reader:
            if row:
                lines.append(start)
            start = reader.line_num + 1
    return np.array(lines[1:], dtype=np.int64)


def lines_at(path: Path, positions: list[int]) -> list[int]:
    """The line in which each byte stands; `positions` in ascending order."""
    lines: list[int] = []
    seen, passed = 0, 0
    with path.open("rb") as f:
        while len(lines) < len(positions) and (chunk := f.read(CHUNK)):
            ends = np.flatnonzero(np.frombuffer(chunk, dtype=np.uint8) == NEWLINE) + passed
            here = [p for p in positions[len(lines) :] if p < passed + len(chunk)]
            lines += [seen + int(n) + 1 for n in np.searchsorted(ends, here)]
            seen, passed = seen + len(ends), passed + len(chunk)
    return lines
