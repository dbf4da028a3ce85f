"""Which files hold which OMOP table, and how each is to be read.

In: a folder or a zip. Out: `Records`, a list of files with their table, form, columns and dialect,
in a context that holds whatever was unpacked. Names may be in capitals, packed (.csv.gz), below
folders, and carry one prefix that all files of an export share (stg_person, omop.person); dot files
and what macOS adds are left out; a folder named for a table holds its parts. Nothing is guessed
from the data: a text file is comma-separated with quotes (RFC 4180), or tab-separated without
quotes as vocabularies are distributed, whichever its header row fits. Anything else is refused in a
sentence that names it.
"""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import pyarrow.lib
import pyarrow.parquet as pq

from oneplace.faults import Fault, InputAtFault
from oneplace.sources.omop.unpacking import unpack, unpack_single
from oneplace.tables.declare import Table
from oneplace.tables.omop import OLD_NAMES, OMOP
from oneplace.tables.people import RECEIVED

KNOWN: dict[str, Table] = OMOP | {t.name: t for t in RECEIVED if t.name != "code_list"}
LONGEST_HEADER = 1 << 16
OTHER_DELIMITERS = {";": "semicolons", "|": "upright bars"}
MOST_MISSING = 3  # required columns of a file that are told one by one
MOST_FOLDERS = 12  # one inside the other
ENDINGS = (("csv",), ("parquet",), ("tsv",), ("txt",))


@dataclass(frozen=True, kw_only=True)
class RecordFile:
    """One file of one table. `columns` gives, for each column in the file, the declared column it
    fills or None."""

    table: Table
    name: str
    path: Path
    columns: Mapping[str, str | None]
    delimiter: str | None = None
    rows: int | None = None
    header_is_first_row: bool = False

    @property
    def is_text(self) -> bool:
        return self.delimiter is not None


@dataclass(frozen=True)
class FoundFiles:
    """Everything that was found: the files to read in the order of their tables, and notes on the
    rest."""

    files: tuple[RecordFile, ...]
    notes: tuple[str, ...] = ()
    unpacked: Mapping[str, Path] = field(default_factory=dict)


@contextmanager
def open_records(path: Path, *, scratch: Path | None = None) -> Iterator[FoundFiles]:
    """Find the files of `path`; a zip is unpacked below `scratch` (default: the system's) for as
    long as this is open."""
    if path.is_dir():
        found = _in_folder(path)
        with TemporaryDirectory(prefix="oneplace-", dir=scratch) as folder:
            yield _records(unpack_single(found, Path(folder)), path.name)
    elif not path.exists():
        raise InputAtFault(
            Fault(
                what="there are no records here",
                file=str(path),
                found="no such file",
                expected="a folder or a zip",
            )
        )
    elif path.suffix.lower() == ".zip" or zipfile.is_zipfile(path):
        with TemporaryDirectory(prefix="oneplace-", dir=scratch) as folder:
            yield _records(unpack_single(unpack(path, Path(folder)), Path(folder)), path.name)
    else:
        raise InputAtFault(
            Fault(
                what="this is neither a folder nor a zip",
                file=str(path),
                expected="a folder or a zip of OMOP tables",
            )
        )


def _in_folder(folder: Path) -> dict[str, Path]:
    """Files by name relative to the folder, however deep. A link back to a folder above is not
    followed for ever."""
    found: dict[str, Path] = {}
    for path in sorted(folder.glob("**/*")):
        inside = path.relative_to(folder)
        if (
            len(inside.parts) <= MOST_FOLDERS
            and path.is_file()
            and not any(_hidden(p) for p in inside.parts)
        ):
            found[inside.as_posix()] = path
    return found


def _hidden(name: str) -> bool:
    return name.startswith((".", "_")) or name == "__MACOSX"


def _records(found: Mapping[str, Path], where: str) -> FoundFiles:
    files: list[RecordFile] = []
    notes: list[str] = []
    faults: list[Fault] = []
    prefix = _prefix(found)
    if prefix:
        notes.append(f"the names of the files begin with {prefix}, which was left off")
    for name, path in found.items():
        table = _table_of(name, prefix)
        if table is None:
            near = get_close_matches(
                PurePosixPath(name).name.split(".")[0].lower(), KNOWN, n=1, cutoff=0.8
            )
            notes.append(
                f"{name} was not read: no table has this name"
                + (f"; is it {near[0]}?" if near else "")
            )
            continue
        try:
            files.append(_described(table, f"{where}/{name}", path))
        except InputAtFault as e:
            faults += e.faults
    faults += _twice(files)
    if faults:
        raise InputAtFault(_once(faults))
    if not any(f.table.name == "person" for f in files):
        raise InputAtFault(
            Fault(
                what="there is no table of people",
                file=where,
                found=", ".join(sorted({f.table.name for f in files})[:12])
                or _what_is_there(found),
                expected="person.parquet, person.csv or person.csv.gz",
            )
        )
    files.sort(key=lambda f: (f.table.name != "person", list(KNOWN).index(f.table.name), f.name))
    absent = sorted({t.name for t in OMOP.values()} - {f.table.name for f in files})
    if absent:
        notes.append("tables that are not there: " + ", ".join(absent))
    notes += [n for f in files for n in _column_notes(f)]
    return FoundFiles(tuple(files), tuple(notes))


def _table_of(name: str, prefix: str = "") -> Table | None:
    """person.csv, PERSON.parquet, Person/part-0.parquet, export/2019/person.csv, stg_person.csv ->
    person."""
    path = PurePosixPath(name)
    stem, *suffixes = _parts(path.name)
    if tuple(suffixes) not in ENDINGS:
        return None
    bare = stem.removeprefix(prefix)
    folders = [KNOWN.get(p.lower().removeprefix(prefix)) for p in reversed(path.parts[:-1])]
    return KNOWN.get(stem) or KNOWN.get(bare) or next((t for t in folders if t is not None), None)


def _parts(name: str) -> list[str]:
    """A file's name in small letters, and its endings; a schema in front (cdm.person.csv) belongs
    to the name."""
    parts = name.lower().split(".")
    ending = next((i for i in range(1, len(parts)) if (parts[i],) in ENDINGS), len(parts))
    return [".".join(parts[:ending]), *parts[ending:]]


def _prefix(found: Mapping[str, Path]) -> str:
    """What stands before the table's name in all files of an export that has no `person` of its
    own: stg_, omop_, cdm. ."""
    stems = [s for n in found if (parts := _parts(PurePosixPath(n).name))[1:] and (s := parts[0])]
    stems += [p.lower() for n in found for p in PurePosixPath(n).parts[:-1]]
    if "person" in stems:
        return ""
    prefixes = {
        s.removesuffix("person") for s in stems if s.endswith(("_person", ".person", "-person"))
    }
    if len(prefixes) != 1:
        return ""
    (prefix,) = prefixes
    return prefix


def _what_is_there(found: Mapping[str, Path]) -> str:
    return "no OMOP table at all" + (
        f" among {', '.join(sorted(found)[:6])}" if found else "; the folder is empty"
    )


def _once(faults: list[Fault]) -> list[Fault]:
    """One sentence for what is wrong with whole files in the same way: an export is written by one
    program."""
    alike: dict[tuple[str, str | None], list[Fault]] = {}
    for f in faults:
        alike.setdefault((f.what, None if f.path is None else f.file + f.path), []).append(f)
    return [_together(same) for same in alike.values()]


def _together(same: list[Fault]) -> Fault:
    first, names = same[0], list(dict.fromkeys(f.file for f in same))
    if len(names) == 1:
        return first
    few = ", ".join(PurePosixPath(n).name for n in names[1:4]) + (
        f" and {len(names) - 4} more" if len(names) > 4 else ""
    )
    return replace(first, found=f"{first.found or ''}, here and in {few}".lstrip(", "))


def _twice(files: list[RecordFile]) -> list[Fault]:
    """A table may have parts in a folder of its own, but not two files that both claim to be it."""
    whole: dict[str, list[str]] = {}
    for f in files:
        if _parts(PurePosixPath(f.name).name)[0].endswith(f.table.name):
            whole.setdefault(f.table.name, []).append(f.name)
    return [
        Fault(
            what=f"the table {t} is there more than once",
            file=names[0],
            found=", ".join(names),
            expected="one file",
        )
        for t, names in whole.items()
        if len(names) > 1
    ]


def _described(table: Table, name: str, path: Path) -> RecordFile:
    if path.suffix.lower() == ".parquet":
        return _parquet(table, name, path)
    header, delimiter = _header(table, name, path)
    return RecordFile(
        table=table,
        name=name,
        path=path,
        columns=_matched(table, header, name),
        delimiter=delimiter,
    )


def _parquet(table: Table, name: str, path: Path) -> RecordFile:
    try:
        with pq.ParquetFile(path) as f:
            header, rows = list(f.schema_arrow.names), f.metadata.num_rows
            first = f.read_row_group(0).slice(0, 1).to_pylist()[0] if rows else {}
    except (pyarrow.lib.ArrowException, OSError) as e:
        found = f"{path.stat().st_size:,} bytes; {str(e).splitlines()[0][:120]}"
        raise InputAtFault(
            Fault(
                what="this is not a whole parquet file",
                file=name,
                found=found,
                expected="a parquet file, complete to its end",
            )
        ) from None
    said = {c: str(v) for c, v in first.items() if v is not None}
    if not _declared(table, header) and {c.name for c in table.columns if c.required} <= {
        _new_name(table, v) for v in said.values()
    }:
        # Whoever made the file read the header as data: the names stand in the first row.
        columns = _matched(table, [said.get(c, c) for c in header], name)
        by_file = dict(zip(header, columns.values(), strict=True))
        return RecordFile(
            table=table, name=name, path=path, columns=by_file, rows=rows, header_is_first_row=True
        )
    return RecordFile(
        table=table, name=name, path=path, columns=_matched(table, header, name), rows=rows
    )


def _header(table: Table, name: str, path: Path) -> tuple[list[str], str]:
    with path.open("rb") as f:
        raw = f.read(LONGEST_HEADER)
    if not raw.strip():
        raise InputAtFault(
            Fault(
                what="the file is empty", file=name, line=1, expected="a header row of column names"
            )
        )
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in raw[:64]:
        fault = Fault(
            what="the file is not UTF-8 text",
            file=name,
            line=1,
            found="UTF-16",
            expected="UTF-8 text",
        )
        raise InputAtFault(fault)
    end = min((i for i in (raw.find(b"\n"), raw.find(b"\r")) if i >= 0), default=len(raw))
    try:
        line = raw[:end].decode("utf-8-sig")
    except UnicodeDecodeError as e:
        raise InputAtFault(
            Fault(
                what="the file is not UTF-8 text",
                file=name,
                line=1,
                found=f"byte {e.object[e.start]:#04x}",
            )
        ) from None
    if raw[end : end + 1] == b"\r" and raw[end + 1 : end + 2] != b"\n":
        raise InputAtFault(
            Fault(
                what="the lines do not end as lines do",
                file=name,
                line=1,
                found="carriage returns alone",
                expected="\\n or \\r\\n",
            )
        )
    readings = {
        d: [c.strip() for c in next(csv.reader([line], delimiter=d), [])]
        for d in (",", "\t", ";", "|")
    }
    delimiter = max(readings, key=lambda d: len(_declared(table, readings[d])))
    if delimiter in OTHER_DELIMITERS:
        found, expected = (
            f"cells separated by {OTHER_DELIMITERS[delimiter]}",
            "cells separated by commas or tabs",
        )
        raise InputAtFault(
            Fault(
                what="the cells are separated by something else",
                file=name,
                line=1,
                found=found,
                expected=expected,
            )
        )
    return readings[delimiter], delimiter


def _declared(table: Table, header: list[str]) -> set[str]:
    return {n for c in header if (n := _new_name(table, c)) in table}


def _new_name(table: Table, column: str) -> str:
    lower = column.strip().lower()
    return OLD_NAMES.get(table.name, {}).get(lower, lower)


def _matched(table: Table, header: list[str], name: str) -> dict[str, str | None]:
    """File column -> declared column. A column twice, or a required one missing, is a fault; an
    unknown one is not."""
    matched: dict[str, str | None] = {}
    faults = []
    for column in header:
        new = _new_name(table, column)
        if new in matched.values() or column in matched:
            faults.append(
                Fault(
                    what="a column stands twice",
                    file=name,
                    line=1,
                    path=column,
                    found=column,
                    expected="each column once",
                )
            )
        matched[column] = new if new in table else None
    unknown = [c for c, n in matched.items() if n is None]
    missing = [
        c for c in table.columns if (c.required or c.wanted) and c.name not in matched.values()
    ]
    if missing and len(unknown) == len(matched):
        # The cells may be somebody's record, so they are counted and not shown.
        what, found = (
            "the first row does not name the table’s columns",
            f"none of them among {len(header)} cells",
        )
        raise InputAtFault(
            Fault(
                what=what, file=name, line=1, found=found, expected="a header row of column names"
            )
        )
    if len(missing) > MOST_MISSING:
        what, found = "required columns are missing", ", ".join(header[:8])
        listed = ", ".join(c.name for c in missing)
        raise InputAtFault(
            [*faults, Fault(what=what, file=name, line=1, path="", found=found, expected=listed)]
        )
    for c in missing:
        near = get_close_matches(c.name, [u.lower() for u in unknown], n=1)
        found = f"{near[0]}, which is nearly that" if near else ", ".join(header[:8])
        what = "a required column is missing"
        faults.append(
            Fault(what=what, file=name, line=1, path=c.name, found=found, expected=c.name)
        )
    if faults:
        raise InputAtFault(faults)
    return matched


def _column_notes(f: RecordFile) -> list[str]:
    unknown = [c for c, n in f.columns.items() if n is None]
    notes = (
        [f"{f.name}: columns that OMOP does not have were not read: {', '.join(unknown)}"]
        if unknown
        else []
    )
    if f.header_is_first_row:
        notes.append(f"{f.name}: the column names stand in its first row, which was read as names")
    return notes
