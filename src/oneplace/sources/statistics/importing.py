"""`measures import`: files as they were downloaded become observations of the place, each file
whole or not at all.

In: a place's folder, paths, and the moment of the import. Out: what was read from each file, and
notes that a reader should see. Nothing is kept when any file is at fault. A file read before is not
read again.
"""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from oneplace.faults import Fault, InputAtFault
from oneplace.place.geography import PlaceInHand, read_place
from oneplace.place.organisations import known_codes
from oneplace.sources.receiving import Progress, silent
from oneplace.sources.statistics.combining import editions_at_odds, one_of_each
from oneplace.sources.statistics.containers import tables
from oneplace.sources.statistics.keeping import keep_all, kept
from oneplace.sources.statistics.months import month_of, month_of_title, months_in
from oneplace.sources.statistics.opening import Opened, open_table
from oneplace.sources.statistics.plain import plain_figures
from oneplace.sources.statistics.reading import Figures, figures
from oneplace.tables.observations import OBSERVATIONS

Status = Literal["provisional", "final"]
MEMORY_MB = 1500
MOST_FAULTS = 30
_SITE = re.compile(r"R[A-Z0-9]{2}[A-Z0-9]{2}")


@dataclass(frozen=True)
class Imported:
    """What one file gave. `already` is true where the same file was imported before; `rows` counts
    figures, not weeks waited."""

    file: str
    format: str
    sha256: str
    months: tuple[dt.date, ...]
    measures: dict[str, int]
    organisations: int
    of_this_place: tuple[str, ...]
    status: Status
    rows: int
    already: bool
    notes: tuple[str, ...]


def import_files(
    folder: Path,
    paths: Sequence[Path],
    *,
    imported_at: dt.datetime,
    month: dt.date | None = None,
    status: Status | None = None,
    progress: Progress = silent,
) -> list[Imported]:
    """Read every file, then keep them all; `InputAtFault` with everything that is wrong keeps
    nothing.

    `month` says which month a file is for where neither a column nor its name does, and is checked
    where they do.
    """
    place = read_place(folder)
    made: list[tuple[Imported, pa.Table]] = []
    faults: list[Fault] = []
    for number, path in enumerate(paths):
        progress(f"reading {path.name}", number / len(paths))
        try:
            with tempfile.TemporaryDirectory() as scratch:
                made.append(_read(place, path, imported_at, month, status, Path(scratch)))
        except InputAtFault as e:
            faults.extend(e.faults)
    faults += editions_at_odds([(i.file, rows) for i, rows in made])
    if faults:
        raise InputAtFault(faults)
    progress("keeping", 1.0)
    keep_all(folder, {i.sha256: rows for i, rows in made if not i.already})
    return [imported for imported, _ in made]


def _read(
    place: PlaceInHand,
    path: Path,
    at: dt.datetime,
    month: dt.date | None,
    status: Status | None,
    scratch: Path,
) -> tuple[Imported, pa.Table]:
    found, notes = _opened(path, scratch)
    sha256 = found[0].sha256
    already = kept(place.dir, sha256) is not None
    months: set[dt.date] = set()
    said = status or _status_of(path.name)
    read: list[tuple[Opened, pa.Table]] = []
    for file in found:
        here = _figures(place, file)
        own = here.months or (_month_of_file(file, month),)
        _check_months(file, own, month, at.date())
        rows = _rows(here, file, own[0], said, at)
        _check_ended(place, file, rows)
        months.update(own)
        prefix = f"sheet '{file.where.sheet}': " if len(found) > 1 else ""
        notes += [f"{prefix}{n}" for n in (*here.notes, *sorted(set(here.caveats.values())))]
        read.append((file, rows))
    rows = one_of_each(read)
    figures_only = rows.filter(pc.is_null(rows["weeks_from"]))
    codes = set(figures_only["organisation_code"].to_pylist())
    known = tuple(sorted(codes & known_codes(place)))
    if sites := sum(_SITE.fullmatch(c) is not None for c in codes):
        notes.append(f"codes of sites, kept as they are and added to no trust: {sites:,}")
    if not known:
        notes.append("no organisation of this place is in the file")
    if already:
        notes.append("this file was imported before; nothing was changed")
    counted = pc.value_counts(figures_only["measure"]).to_pylist()
    return (
        Imported(
            file=found[0].name,
            format=", ".join(dict.fromkeys(f.format.id for f in found)),
            sha256=sha256,
            months=tuple(sorted(months)),
            measures={c["values"]: c["counts"] for c in counted},
            organisations=len(codes),
            of_this_place=known,
            status=said,
            rows=figures_only.num_rows,
            already=already,
            notes=tuple(notes),
        ),
        rows,
    )


def _opened(path: Path, scratch: Path) -> tuple[list[Opened], list[str]]:
    """The tables of a file that a layout knows; sheets that none knows are left out with a note,
    unless they are all."""
    found, notes = tables(path, scratch)
    if len(found) == 1:
        return [open_table(found[0])], notes
    opened, faults = [], []
    for table in found:
        try:
            opened.append(open_table(table))
        except InputAtFault as e:
            faults.append(e.faults)
            notes.append(f"sheet '{table.where.sheet}' was left out: {e.faults[0].what}")
    if not opened:  # the sheet that comes nearest to a layout says what it lacks
        faults.sort(key=lambda f: f[0].what.startswith("no known layout"))
        raise InputAtFault([f for of_sheet in faults for f in of_sheet][:MOST_FAULTS])
    return opened, notes


def _figures(place: PlaceInHand, file: Opened) -> Figures:
    if file.format.id == "plain":
        return plain_figures(file, place)
    with tempfile.TemporaryDirectory() as scratch, duckdb.connect() as con:
        con.execute(
            f"SET threads = 1; SET memory_limit = '{MEMORY_MB}MB'; SET temp_directory = '{scratch}'"
        )
        text = file.path
        if file.encoding != "utf-8-sig":
            text = Path(scratch) / "text.csv"
            with (
                file.path.open(encoding=file.encoding, newline="") as given,
                text.open("w", encoding="utf-8", newline="") as made,
            ):
                while chunk := given.read(1 << 20):
                    made.write(chunk)
        return figures(con, file, utf8=str(text))


def _month_of_file(file: Opened, said: dt.date | None) -> dt.date:
    found = (
        month_of_title(file.title)
        or month_of(file.where.sheet or "")
        or month_of(file.name)
        or said
    )
    if found is None:
        raise InputAtFault(
            file.fault(
                "nothing says which month this file is for",
                line=file.header_line,
                expected="a period column, a month in the title or the file's name, or --month 2019-03",
            )
        )
    return found


def _check_months(
    file: Opened, months: tuple[dt.date, ...], said: dt.date | None, today: dt.date
) -> None:
    faults = []
    in_name = set(months_in(file.name))
    # A name may hold the date of publication beside the month; none of them in the file is what
    # cannot be.
    if in_name and len(months) == 1 and not in_name & set(months):
        faults.append(
            file.fault(
                "the file's name and its rows name different months",
                role="period",
                line=file.first_line,
                found=f"{months[0]:%B %Y}",
                expected=", ".join(f"{m:%B %Y}" for m in sorted(in_name)),
            )
        )
    titled = month_of_title(file.title)
    if titled is not None and titled not in months:
        faults.append(
            file.fault(
                "the title and the rows name different months",
                role="period",
                found=", ".join(f"{m:%B %Y}" for m in months),
                expected=f"{titled:%B %Y}",
            )
        )
    if said is not None and any(m != said for m in months):
        wrong = next(m for m in months if m != said)
        faults.append(
            file.fault(
                "the file is for another month",
                role="period",
                found=f"{wrong:%B %Y}",
                expected=f"{said:%B %Y}",
            )
        )
    faults += [
        file.fault(
            "the month has not been yet",
            role="period",
            found=f"{m:%B %Y}",
            expected=f"at the latest {today:%B %Y}",
        )
        for m in months
        if m > today
    ]
    if faults:
        raise InputAtFault(faults)


def _status_of(name: str) -> Status:
    """Publications are provisional until revised; a plain or revised file says so in its name or
    not at all."""
    text = name.casefold()
    return "final" if "revised" in text or "final" in text else "provisional"


def _rows(read: Figures, file: Opened, month: dt.date, status: Status, at: dt.datetime) -> pa.Table:
    """The figures in the columns of OBSERVATIONS. Whole columns at a time: a national file gives
    40,000 rows by weeks waited."""
    found, size = read.rows, read.rows.num_rows
    columns = set(found.column_names)
    numerator, denominator = (
        found["numerator"].cast(pa.float64()),
        found["denominator"].cast(pa.float64()),
    )
    if "value" in columns:
        value = found["value"]
    else:
        share = pc.multiply(
            pc.divide(numerator, pc.if_else(pc.equal(denominator, 0.0), None, denominator)), 100.0
        )
        value = pc.if_else(_of_shares(found), share, numerator)
    partial = pc.fill_null(found["partial"], False)
    missing = "a part was withheld by the publisher" if read.withheld else "a part was not returned"
    caveat = pc.if_else(partial, pa.scalar(missing), pa.scalar(None, pa.string()))
    for basis, said in read.caveats.items():
        both = pc.if_else(pc.is_valid(caveat), pa.scalar(f"{said}; {missing}"), pa.scalar(said))
        caveat = pc.if_else(pc.equal(found["basis"], basis), both, caveat)
    own = found["status"] if "status" in columns else pa.nulls(size, pa.string())
    made = {
        "measure": found["measure"],
        "organisation_code": found["code"],
        "organisation_name": found["name"],
        "basis": found["basis"],
        "part": found["part"],
        "weeks_from": found["weeks_from"],
        "period": _periods(found["period"], month),
        "numerator": numerator,
        "denominator": denominator,
        "value": value,
        "status": pc.fill_null(own, status),
        "suppressed": pc.and_(partial, read.withheld),
        "caveat": caveat,
        "source_file": pa.repeat(file.name, size),
        "source_sha256": pa.repeat(file.sha256, size),
        "imported_at": pa.repeat(pa.scalar(at.replace(tzinfo=None), pa.timestamp("us")), size),
    }
    return pa.table({c: made[c] for c in OBSERVATIONS.names}).cast(OBSERVATIONS.arrow)


def _of_shares(found: pa.Table) -> pa.ChunkedArray:
    """Which rows are of a measure that has a denominator: those where it is withheld have one
    too."""
    measures = pc.unique(found["measure"].filter(pc.is_valid(found["denominator"])))
    return pc.and_(pc.is_in(found["measure"], measures), pc.is_null(found["weeks_from"]))


def _periods(texts: pa.ChunkedArray, month: dt.date) -> pa.ChunkedArray:
    """The month of each row: its own, or the file's where the file has no such column."""
    if pa.types.is_date(texts.type):
        return texts
    if texts.null_count == len(texts):  # the file has no such column
        return pa.chunked_array([pa.repeat(pa.scalar(month, pa.date32()), len(texts))])
    coded = texts.combine_chunks().dictionary_encode()
    months = pa.array([month_of(t) or month for t in coded.dictionary.to_pylist()], pa.date32())
    return pc.fill_null(months.take(coded.indices), pa.scalar(month, pa.date32()))


def _check_ended(place: PlaceInHand, file: Opened, rows: pa.Table) -> None:
    """A trust has no figures after its last day: they would stand beside those of its successor,
    which hold them too."""
    faults = []
    for p in place.table("providers").to_pylist():
        if p["until"] is None:
            continue
        own = rows.filter(pc.equal(rows["organisation_code"], p["provider_code"]))
        late = [m for m in pc.unique(own["period"]).to_pylist() if m > p["until"]]
        counted = [
            m
            for m in late
            if any(
                v
                for c in ("numerator", "denominator", "value")
                for v in own.filter(pc.equal(own["period"], m))[c].to_pylist()
            )
        ]
        if counted:
            taken = (
                f"; {p['successor_code']} holds its services since" if p["successor_code"] else ""
            )
            faults.append(
                file.fault(
                    "this trust had ended by then",
                    role="provider",
                    found=f"{p['provider_code']} in {counted[0]:%B %Y}",
                    expected=f"figures up to {p['until']:%d %B %Y}{taken}",
                )
            )
    if faults:
        raise InputAtFault(faults)
