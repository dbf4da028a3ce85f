"""What `oneplace doctor` looks at: is everything here that OnePlace needs, and if not, what to
install.

In: a place's folder, or none. Out: one row for each part, `{part, state, why}`. `state` is *ok*,
*missing* (something does not work), *attention* (it works, somebody should look) or *not here* (a
part that nobody needs until they want it). Nothing is changed and nothing is made: looking at a
place that is being built, or was never built, is safe.
"""

from __future__ import annotations

import ctypes.util
import datetime as dt
import fcntl
import importlib
import importlib.metadata
import os
import re
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import platformdirs

from oneplace.engines import store
from oneplace.faults import InputAtFault, MissingPart
from oneplace.place.document import Place
from oneplace.place.shipped import shipped_places
from oneplace.report import pdf
from oneplace.safety import keyfile
from oneplace.sources.entries import database_of, read_entries

Row = dict[str, str]

PYTHON = (3, 11)
CITY_BYTES, SMALL_BYTES = 3 * 2**30, 50 * 2**20
LIBRARIES = ("pango-1.0", "pangoft2-1.0", "harfbuzz", "harfbuzz-subset", "fontconfig")
DEBIAN = "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-liberation"
FONTS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/Library/Fonts",
    "/System/Library/Fonts",
    "~/.fonts",
)
OPTIONAL = {
    "postgres": ("psycopg", "entries can be kept in PostgreSQL: pip install 'oneplace[postgres]'")
}


def findings(folder: Path | None, *, now: dt.datetime | None = None) -> list[Row]:
    """Every part and how it is; about this machine first, then about the place."""
    moment = now or dt.datetime.now(dt.UTC)
    rows = [_python(), *_packages(), _duckdb(), *_pdf(), *_optional(), _shipped(), _room(folder)]
    if folder is not None:
        rows.extend(_place(folder, moment))
    return rows


def _row(part: str, state: str, why: str) -> Row:
    return {"part": part, "state": state, "why": why}


# --- this machine ----------------------------------------------------------------------------------------------------
def _python() -> Row:
    has = sys.version.split()[0]
    if sys.version_info[:2] < PYTHON:
        return _row(
            "Python",
            "missing",
            f"{has} runs, 3.11 or newer is needed: install python3.11 and make the .venv again",
        )
    return _row("Python", "ok", f"{has} at {sys.executable}")


def _packages() -> Iterator[Row]:
    """The wheels that OnePlace declares, without the optional ones."""
    needed = importlib.metadata.requires("oneplace") or []
    names = [re.split(r"[^A-Za-z0-9._-]", r, maxsplit=1)[0] for r in needed if "extra ==" not in r]
    absent = [name for name in names if _version(name) is None]
    if absent:
        yield _row(
            "Python packages",
            "missing",
            f"not installed: {', '.join(absent)}; pip install {' '.join(absent)}",
        )
    else:
        yield _row("Python packages", "ok", f"all {len(names)} are installed")


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _duckdb() -> Row:
    """Imported and asked something: a wheel for another processor is installed and does not
    load."""
    try:
        answer = importlib.import_module("duckdb").connect().values([42]).fetchall()
    except ImportError as e:
        return _row(
            "DuckDB",
            "missing",
            f"no place can be built or asked without it ({e}): pip install duckdb",
        )
    assert answer == [(42,)]
    return _row("DuckDB", "ok", f"{_version('duckdb')}: builds a place and answers for it")


def _pdf() -> Iterator[Row]:
    """Found by name, then really loaded: a library may be there and too old."""
    absent = [name for name in LIBRARIES if ctypes.util.find_library(name) is None]
    wrong = (
        pdf.available()
        if _version("weasyprint")
        else "WeasyPrint is not installed: pip install weasyprint"
    )
    if wrong:
        yield _row("PDF papers", "missing", wrong)
    elif absent:
        yield _row(
            "PDF papers",
            "attention",
            f"they work; not found by name: {', '.join(absent)} (Debian: {DEBIAN})",
        )
    else:
        yield _row("PDF papers", "ok", f"WeasyPrint {_version('weasyprint')} and Pango load")
    if not any(True for root in FONTS for _ in Path(root).expanduser().glob("**/*.[to]tf")):
        yield _row(
            "Fonts",
            "attention",
            "none found: a PDF would show empty boxes (Debian: apt-get install fonts-liberation)",
        )


def _optional() -> Iterator[Row]:
    for name, (module, why) in OPTIONAL.items():
        try:
            importlib.import_module(module)
        except ImportError:
            yield _row(f"Optional: {name}", "not here", why)
        else:
            yield _row(f"Optional: {name}", "ok", f"{module} {_version(module)}")


def _shipped() -> Row:
    places = sorted(shipped_places())
    if "liverpool" not in places:
        return _row(
            "Shipped places",
            "missing",
            "`oneplace demo` has nothing to copy: install OnePlace again",
        )
    return _row("Shipped places", "ok", ", ".join(places))


def _room(folder: Path | None) -> Row:
    where = (
        folder
        if folder is not None
        else Path(platformdirs.user_data_dir("oneplace", appauthor=False))
    )
    here = where.absolute()
    while not here.exists():
        here = here.parent
    free = shutil.disk_usage(here).free
    said = f"{free / 2**30:,.1f} GB free at {here}"
    if free < SMALL_BYTES:
        return _row(
            "Disk",
            "missing",
            f"{said}: no place can be built; 50 MB is the least, a city takes 3 GB",
        )
    if free < CITY_BYTES:
        return _row(
            "Disk",
            "attention",
            f"{said}: enough for a small place, a city of half a million takes 3 GB",
        )
    if not os.access(here, os.W_OK):
        return _row("Disk", "attention", f"{said}, and you may not write there")
    return _row("Disk", "ok", said)


# --- the place -------------------------------------------------------------------------------------------------------
def _place(folder: Path, now: dt.datetime) -> Iterator[Row]:
    from oneplace.documents import read

    try:
        place = read(folder / "place.yaml", Place)
    except InputAtFault as e:
        yield _row("Place", "missing", f"{e.faults[0]}; `oneplace check {folder}` says more")
        return
    yield _row("Place", "ok", f"{place.name}, {place.kind}; records: {place.records.source}")
    yield _key(folder, place)
    yield _entries(folder)
    yield _last_build(folder, now)
    yield from _left_over(folder)


def _key(folder: Path, place: Place) -> Row:
    if place.records.source == "synthetic":
        return _row("Key of pseudonyms", "ok", "demonstration people need none: theirs is public")
    named = folder / store.STATE / "place_id"
    if not named.exists():
        return _row(
            "Key of pseudonyms", "not here", "the first build makes it, outside this folder"
        )
    path = keyfile.path_for(named.read_text(encoding="utf-8").strip(), os.environ)
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        keyfile.read_key(path)
    except FileNotFoundError:
        return _row(
            "Key of pseudonyms",
            "missing",
            f"{path} is gone: bring it back, or everybody gets a new pseudonym",
        )
    except InputAtFault as e:
        return _row("Key of pseudonyms", "missing", str(e.faults[0]))
    return _row(
        "Key of pseudonyms", "ok", f"{path}, mode {mode:04o}: keep it as you keep a password"
    )


def _entries(folder: Path) -> Row:
    where = database_of(folder, os.environ)
    if isinstance(where, Path) and not where.exists():
        return _row(
            "Entries",
            "not here",
            "nobody has written anything yet: `oneplace serve` makes the database",
        )
    try:
        tables: dict[str, Any] = read_entries(where)
    except MissingPart as e:
        return _row("Entries", "missing", str(e))
    except Exception as e:  # whichever database it is, its own words are the most useful ones
        return _row("Entries", "missing", f"the database cannot be read: {e}")
    said = where if isinstance(where, Path) else "the database that DATABASE_URL names"
    return _row("Entries", "ok", f"{sum(len(t) for t in tables.values()):,} rows in {said}")


def _last_build(folder: Path, now: dt.datetime) -> Row:
    again = f"`oneplace build {folder}`"
    try:
        build = store.current(folder)
    except InputAtFault as e:
        return _row("Last build", "missing", f"{e.faults[0]}: {again}")
    if build is None:
        return _row("Last build", "missing", f"there is none, so nobody has a list yet: {again}")
    made = dt.datetime.fromisoformat(build.manifest["made_at"])
    days = (now - made).days
    said = (
        f"{build.id}, {'today' if days < 1 else f'{days} days old'}, for {build.manifest['as_of']}"
    )
    if not build.facts.exists():
        return _row(
            "Last build", "missing", f"{said}: its rows are gone, only results are left: {again}"
        )
    return _row(
        "Last build",
        "ok" if days <= 31 else "attention",
        said if days <= 31 else f"{said}: {again}",
    )


def _left_over(folder: Path) -> Iterator[Row]:
    left = sorted(p.name for p in (folder / store.STATE / "builds").glob("*.tmp"))
    if not left:
        return
    if _being_built(folder / store.STATE / "build.lock"):
        yield _row("Unfinished builds", "ok", f"one is under way: {left[-1]}")
    else:
        yield _row(
            "Unfinished builds",
            "attention",
            f"{', '.join(left)}: a build was stopped; the next one sweeps it away",
        )


def _being_built(lock: Path) -> bool:
    if not lock.exists():
        return False
    with lock.open() as held:
        try:
            fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
