"""Counting the rows of a text file without the database, so that what it read can be held against
the file.

In: a file and its delimiter. Out: SHA-256, bytes and rows, and on demand the line on which each row
starts. The count follows quotes by their parity, which is right wherever quotes stand as RFC 4180
has them; where they do not, or where the count and the database disagree, Python's csv module has
the last word.
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
NEWLINE, RETURN, QUOTE, COMMA = 0x0A, 0x0D, 0x22, 0x2C
Places = npt.NDArray[np.intp]
NONE: Places = np.array([], dtype=np.intp)
BEFORE_A_QUOTE = (COMMA, NEWLINE, RETURN, QUOTE)  # a quote after a quote is a doubled one


@dataclass(frozen=True)
class Counted:
    """`certain` says that the rows can be relied on: in a text file, that quotes stand only where
    RFC 4180 has them."""

    sha256: str
    bytes: int
    rows: int | None
    certain: bool = True


def sha256_of(path: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as f:
        while chunk := f.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size


def count_text(path: Path, *, delimiter: str, name: str) -> Counted:
    """Rows below the header, blank lines apart. No text has a zero byte, and databases disagree on
    where rows end in a file whose lines end in more than one way: both are faults of the file."""
    digest, size, count = hashlib.sha256(), 0, _Count(quoted=delimiter == ",")
    with path.open("rb") as f:
        while chunk := f.read(CHUNK):
            if chunk.endswith(b"\r"):
                chunk += f.read(1)
            if b"\0" in chunk:
                found = f"a zero byte at {size + chunk.index(0):,}"
                raise InputAtFault(
                    Fault(
                        what="the file is not text", file=name, found=found, expected="UTF-8 text"
                    )
                )
            digest.update(chunk)
            size += len(chunk)
            count.add(chunk)
    if count.ends_differ:
        found = f"{count.with_return:,} lines end in \\r\\n, {count.without_return:,} in \\n, {count.alone:,} in \\r alone"
        fault = Fault(
            what="the lines end in more than one way",
            file=name,
            found=found,
            expected="\\n or \\r\\n throughout",
        )
        raise InputAtFault(fault)
    return Counted(digest.hexdigest(), size, count.rows_below_header, count.certain)


class _Count:
    """Rows so far. A line end inside quotes ends no row; a quote that neither opens a cell nor
    follows one leaves doubt."""

    def __init__(self, *, quoted: bool):
        self.quoted = quoted
        self.rows, self.quotes, self.blank, self.last, self.regular = 0, 0, True, NEWLINE, True
        self.with_return, self.without_return, self.alone, self.alone_in_quotes = 0, 0, 0, 0

    @property
    def rows_below_header(self) -> int:
        return max(self.rows + (not self.blank) - 1, 0)

    @property
    def certain(self) -> bool:
        return self.regular and self.quotes % 2 == 0

    @property
    def ends_differ(self) -> bool:
        alone = self.alone + (0 if self.certain else self.alone_in_quotes)
        return bool(alone or (self.with_return and self.without_return))

    def add(self, chunk: bytes) -> None:
        data = np.frombuffer(chunk, dtype=np.uint8)
        quotes = np.flatnonzero(data == QUOTE) if self.quoted else NONE
        ends = self._outside(quotes, np.flatnonzero(data == NEWLINE))
        if b"\r" in chunk:
            self._returns(data, quotes, ends)
        else:
            self.without_return += len(ends)
        self._check(data, quotes)
        self.last = chunk[-1]
        if not len(ends):
            self.blank = self.blank and not chunk.strip(b"\r\n")
            return
        starts = np.concatenate([[-1], ends[:-1]]) + 1
        lengths = ends - starts
        only_return = (lengths == 1) & (data[np.minimum(starts, len(data) - 1)] == RETURN)
        filled = (lengths > 0) & ~only_return
        filled[0] |= not self.blank
        self.rows += int(filled.sum())
        self.blank = not chunk[int(ends[-1]) + 1 :].strip(b"\r\n")

    def _outside(self, quotes: Places, at: Places) -> Places:
        """Those of the places that are not inside quotes."""
        if not len(quotes):
            return at[:0] if self.quotes % 2 else at
        outside: Places = at[(np.searchsorted(quotes, at) + self.quotes) % 2 == 0]
        return outside

    def _returns(self, data: npt.NDArray[np.uint8], quotes: Places, ends: Places) -> None:
        returns = np.flatnonzero(data == RETURN)
        following = data[np.minimum(returns + 1, len(data) - 1)]
        alone = returns[(following != NEWLINE) | (returns == len(data) - 1)]
        outside = len(self._outside(quotes, alone))
        self.alone += outside
        self.alone_in_quotes += len(alone) - outside
        after_return = int((data[ends[ends > 0] - 1] == RETURN).sum())
        self.with_return += after_return
        self.without_return += len(ends) - after_return

    def _check(self, data: npt.NDArray[np.uint8], quotes: Places) -> None:
        opening = quotes[(np.arange(len(quotes)) + self.quotes) % 2 == 0]
        before = np.where(opening > 0, data[opening - 1], self.last)
        self.regular &= bool(np.isin(before, BEFORE_A_QUOTE).all())
        self.quotes += len(quotes)


def row_lines(path: Path, *, delimiter: str) -> npt.NDArray[np.int64]:
    """The line on which each row below the header starts, by Python's csv module; slow, and asked
    only about faults."""
    lines, start = [], 1
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as f:
        csv.field_size_limit(1 << 30)
        reader = (
            csv.reader(f)
            if delimiter == ","
            else csv.reader(f, delimiter=delimiter, quoting=csv.QUOTE_NONE)
        )
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
