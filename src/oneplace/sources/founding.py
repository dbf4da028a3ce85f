"""Founding a place: a folder of commented documents in current terms, with its records where they
are.

In: a folder that is empty or not there, where the records are (`omop:PATH`), what people call the
place. Out: the folder, and what each file in it is for. The records are looked at, never copied:
their days give the place's period, their codes a suggested code list that somebody should review. A
place without plan, teams or areas is a whole place.
"""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import duckdb

from oneplace.documents.versions import write_atomically
from oneplace.engines import duck, store
from oneplace.faults import Fault, InputAtFault
from oneplace.place.shipped import shipped_template
from oneplace.sources.omop import Survey, suggest_code_list, survey, write_code_list

FILES = {
    "place.yaml": "what the place is, where its records are, the day everything is computed for",
    "features.yaml": "what is worked out for each person",
    "segments.yaml": "which one group each person belongs to, by ordered rules",
    "segmentations": "other groupings kept beside it",
    "scores": "published scores, each with citation and worked cases",
    "risk.yaml": "the model of emergency admission",
    "caseload.yaml": "who stands on a team's list, and how many a meeting discusses",
    "tables/code_list.csv": "what each code of the records means in local words: suggested, please review",
}

PLACE = """\
# {name}: made on {today} by `oneplace new`. Every field is described in docs/reference/documents.md.
schema: 2
name: {name_quoted}
kind: place                     # a city, a county, a network: your word
demonstration: false            # true only for people made by the program
records:
  source: {source}
  path: {path}
  period: {{start: {start}, end: {end}{guessed}}}   # the days that the records cover; `guessed` until you strike it out
as_of: {as_of}                # the day everything is computed for; `oneplace build --as-of` takes another
suppression: {{inside: internal-planning, leaving: hes}}   # who may see small numbers
vocabulary:                     # what things are called, and from when
  - {{means: commissioner, term: integrated care board, start: 2022-07-01}}
  - {{means: assurance framework, term: board assurance framework, start: 2022-07-01}}
  - {{means: savings programme, term: cost improvement programme, start: 2022-07-01}}
  - {{means: care team, term: integrated neighbourhood team}}
tables:{tables}
# To come, when you have them: tables/areas.csv, practices.csv, teams.csv, team_practices.csv (docs/reference/tables.md),
# plan.yaml (docs/how-to/write-your-own-plan.md).
"""
CODE_LIST = """
  code_list:
    basis: ours
    publisher: {publisher}
    period: "{period}"
    licence: "as the records"
    citation: "Suggested by `oneplace new` from standard concepts and the names in the records' own vocabulary"
    note: "Suggested, not reviewed: a wrong line puts people into the wrong group. Correct or delete lines, then build."
"""


def found_place(
    folder: Path, *, source: str | None, name: str | None, today: dt.date
) -> dict[str, Any]:
    """Make the place; `{"place", "files", "notes", "records"}`. Nothing is left behind when it
    cannot be made."""
    folder = folder.resolve()
    _check_name(name or folder.name)
    if folder.is_dir() and any(folder.iterdir()):
        raise InputAtFault(
            Fault(
                what="this folder is not empty",
                file=str(folder),
                found=next(folder.iterdir()).name,
                expected="an empty folder, or none",
            )
        )
    kind, path = _source(source)
    draft = folder.with_name(f".{folder.name}.tmp")
    with store.disk_faults(folder):
        shutil.rmtree(draft, ignore_errors=True)
        try:
            _make(draft, folder)
            shutil.copytree(shipped_template(), draft, dirs_exist_ok=True)
            made = _fill(draft, kind, path, name or folder.name, today)
            if folder.exists():
                folder.rmdir()
            draft.rename(folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return {"place": str(folder), **made}


def _check_name(name: str) -> None:
    if not name.strip() or not name.isprintable():
        what, expected = "a place cannot be called this", "one line of letters, figures and signs"
        raise InputAtFault(Fault(what=what, file="--name", found=repr(name), expected=expected))


def _make(draft: Path, folder: Path) -> None:
    """The folder that is filled and then renamed; nothing that is there already is touched."""
    try:
        if folder.exists() and not folder.is_dir():
            raise FileExistsError(0, "a file")
        draft.mkdir(parents=True)
    except OSError as e:
        what, expected = (
            "this folder cannot be made",
            "an empty folder, or none where you may make one",
        )
        raise InputAtFault(
            Fault(what=what, file=str(folder), found=e.strerror, expected=expected)
        ) from None


def _source(source: str | None) -> tuple[str | None, Path | None]:
    if source is None:
        return None, None
    kind, _, path = source.partition(":")
    if not path.strip() or kind != "omop":
        raise InputAtFault(
            Fault(
                what="records of this kind cannot be read",
                file="--from",
                found=source,
                expected="omop:PATH, a folder or zip of CDM 5.3 or 5.4 tables",
            )
        )
    found = Path(path).expanduser()
    if not found.exists():
        raise InputAtFault(
            Fault(
                what="the records are not there",
                file=path,
                found="no such file or folder",
                expected="a folder or a zip of OMOP tables",
            )
        )
    return kind, found.resolve()


def _fill(
    draft: Path, kind: str | None, path: Path | None, name: str, today: dt.date
) -> dict[str, Any]:
    start, end = today.replace(year=today.year - 4, day=1), today
    notes: list[str] = []
    counted: dict[str, int] = {}
    tables = " {}\n"
    if path is not None:
        with duck.open(None, threads=2, memory_limit_mb=1000) as engine:
            seen = survey(path, engine.con)
            start, end = _plausible(seen, today, notes)
            counted = seen.tables
            notes.extend(seen.notes)
            rows, otherwise = _code_list(draft, path, engine.con)
        tables = CODE_LIST.format(publisher=_quoted(name), period=f"{start} to {end}")
        notes.append(
            f"{rows:,} codes were given a local word by their names: review tables/code_list.csv before you use a list"
        )
        if otherwise:
            notes.append(
                f"{otherwise:,} of them say that a condition ended, is in remission or is not there (column says)"
            )
    else:
        notes.append(
            "no records yet: set records in place.yaml, or make the place again with --from omop:PATH"
        )
    text = PLACE.format(
        name=name,
        name_quoted=_quoted(name),
        today=today,
        source=kind or "omop",
        path=_quoted(str(path) if path else "records"),
        start=start,
        end=end,
        guessed=", guessed: true" if path is not None else "",
        as_of=end,
        tables=tables,
    )
    write_atomically(draft / "place.yaml", text)
    files = {file: what for file, what in FILES.items() if (draft / file).exists()}
    return {"files": files, "notes": notes, "records": counted}


def _code_list(draft: Path, path: Path, con: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """How many rows were written, and how many of them say something else than that the code means
    the word."""
    suggested = suggest_code_list(path, con)
    write_code_list(suggested, draft / "tables" / "code_list.csv")
    return len(suggested), sum(s.says != "means" for s in suggested)


def _plausible(seen: Survey, today: dt.date, notes: list[str]) -> tuple[dt.date, dt.date]:
    """The days on which the records are dense. Days to come are left out, unless what happened lies
    there too: then the records were shifted, and their own days hold."""
    start, end = seen.start, seen.end
    if end > today and seen.busy_until is not None and seen.busy_until > today:
        notes.append(
            f"the records are of days to come (to {end}): taken as shifted, and computed for their own day"
        )
    elif end > today:
        notes.append(f"the records go on to {end}, after today; the place's day is today")
        end = today
    if (seen.first, seen.last) != (start, end):
        notes.append(
            f"single rows lie between {seen.first} and {seen.last}; the records are dense from {start} to {end}, "
            "and the place's day is the last of these"
        )
    return min(start, end), end


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
