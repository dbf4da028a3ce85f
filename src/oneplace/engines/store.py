"""The builds of a place on disk: each in a folder of its own, never edited, and one small file that
names the current one.

A build is a draft in `DIR/.oneplace/builds/<id>.tmp/` until somebody publishes it: its databases
are closed and on the disk and its manifest is written (`seal`), it is asked what readers will ask
of it, and only then does it become `builds/<id>/` by one rename and is `current` replaced
atomically (`publish`). So a build that is killed, that fills the disk or that cannot answer leaves
a `.tmp` folder that the next one sweeps away, and the last good build goes on answering. Names are
never reused: a database that is replaced under its old name goes on serving old rows to whoever has
it open.
"""

from __future__ import annotations

import datetime as dt
import errno
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from oneplace.documents.versions import write_atomically
from oneplace.faults import Fault, InputAtFault

STATE = ".oneplace"
KEEP_FACTS_OF = 3
EDITION = 3  # of a build's tables and manifest: raised when an older build can no longer answer


@dataclass(frozen=True)
class Build:
    """One build: finished, or a draft whose folder still ends in `.tmp`."""

    id: str
    folder: Path

    @property
    def facts(self) -> Path:
        return self.folder / "facts.duckdb"

    @property
    def identity(self) -> Path:
        return self.folder / "identity.duckdb"

    @property
    def manifest(self) -> dict[str, Any]:
        """What the build says of itself; a fault where it is of another edition, because its rows
        mean something else."""
        found: dict[str, Any] = json.loads(
            (self.folder / "manifest.json").read_text(encoding="utf-8")
        )
        if found.get("edition") != EDITION:
            raise InputAtFault(
                Fault(
                    what="this build was made by another version of OnePlace",
                    file=f"{STATE}/builds/{self.id}/manifest.json",
                    path="edition",
                    found=str(found.get("edition", "none")),
                    expected=f"{EDITION}: build the place again, its documents and entries stay as they are",
                )
            )
        return found

    @property
    def of_this_edition(self) -> bool:
        """Whether this version can answer from it."""
        try:
            return bool(self.manifest)
        except InputAtFault:
            return False

    @property
    def day(self) -> dt.date:
        """The day that everything was computed for."""
        return dt.date.fromisoformat(self.manifest["as_of"])


def builds(place: Path) -> list[Build]:
    """Every finished build, oldest first (their names sort by time)."""
    return [
        Build(p.parent.name, p.parent)
        for p in sorted((place / STATE / "builds").glob("*/manifest.json"))
        if p.parent.suffix != ".tmp"
    ]


def with_rows(place: Path) -> list[Build]:
    """The builds whose rows are still kept and that this version can answer from, oldest first."""
    return [b for b in builds(place) if b.facts.exists() and b.of_this_edition]


def current(place: Path) -> Build | None:
    """The build that answers now; None before the first."""
    try:
        name = (place / STATE / "current").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    build = Build(name, place / STATE / "builds" / name)
    if not (build.folder / "manifest.json").exists():
        raise InputAtFault(
            Fault(
                what="the current build is not there",
                file=f"{STATE}/current",
                found=name,
                expected=f"a folder {STATE}/builds/{name} with a manifest",
            )
        )
    return build


def people_asked(place: Path) -> int | None:
    """How many demonstration people the current build was asked for; None where it was everybody,
    or there is none. Asked of builds of earlier editions too: what a place was asked for does not
    change its meaning."""
    try:
        build = current(place)
        manifest = (
            json.loads((build.folder / "manifest.json").read_text(encoding="utf-8"))
            if build
            else {}
        )
    except (InputAtFault, ValueError, OSError):
        return None
    asked = manifest.get("people_asked")
    return asked if isinstance(asked, int) else None


@contextmanager
def drafted(place: Path, build_id: str) -> Iterator[Path]:
    """A folder to make a build in, alone; swept away unless `publish` was called on it. One build
    at a time in a place."""
    root = place / STATE / "builds"
    with disk_faults(root):
        root.mkdir(parents=True, exist_ok=True)
        with _lock(place / STATE / "build.lock"):
            for left in root.glob("*.tmp"):
                shutil.rmtree(left)
            for left in (place / STATE).glob("current.*.tmp"):
                left.unlink()
            _forget_answers(place)
            draft = root / f"{build_id}.tmp"
            draft.mkdir()
            try:
                yield draft
            finally:
                for left in root.glob("*.tmp"):
                    shutil.rmtree(left, ignore_errors=True)
                    _forget_answers(place)


def beside(draft: Path, build_id: str) -> Path:
    """A second draft in the same hands: its records are a copy of the first one's, whose databases
    must be closed."""
    made = draft.with_name(f"{build_id}.tmp")
    shutil.copytree(draft, made)
    return made


def records_digest(manifest: Mapping[str, Any]) -> str:
    """A name for the records of a build: by the digests of the files they came from, and of
    demonstration people, which come from no file, by what they were made from and how many rows
    that gave."""
    of = {
        k: manifest.get(k)
        for k in ("sources", "seed", "people_asked", "key_id", "tables", "rejects", "refused")
    }
    if not manifest.get("sources"):
        of["figures"], of["code_version"] = manifest.get("figures"), manifest.get("code_version")
    return _digest(of)


def answers_of_records(manifest: Mapping[str, Any]) -> str:
    """The folder of answers that builds of the same records share, whatever their day: equal too in
    the tables and documents of the place that say what a record means, and in the program that read
    them."""
    of = {
        k: manifest.get(k)
        for k in ("edition", "code_version", "documents", "place_tables", "accepted_rejects")
    }
    return f"records-{_digest(of | {'records': records_digest(manifest)})[:16]}"


def _digest(said: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def _forget_answers(place: Path) -> None:
    """Drop what was worked out from builds that are not there: from drafts that failed, and from
    builds long gone."""
    known = set()
    for build in builds(place):
        known.add(build.id)
        with suppress(
            OSError, InputAtFault
        ):  # a manifest that this program cannot read shares no answers with it
            known.add(answers_of_records(build.manifest))
    for kept in (place / STATE / "counted").glob("*"):
        if kept.is_dir() and kept.name not in known:
            shutil.rmtree(kept, ignore_errors=True)


def seal(draft: Path, manifest: dict[str, Any]) -> Build:
    """A draft that can be asked: all on the disk, and its manifest written. The databases must be
    closed."""
    for database in draft.glob("*.duckdb"):
        _sync(database)
    write_atomically(draft / "manifest.json", json.dumps(manifest, indent=1, default=str))
    return Build(draft.with_suffix("").name, draft)


def publish(place: Path, *drafts: Build) -> Build:
    """Make sealed drafts builds, and the last of them the current one. Nobody may have them
    open."""
    for draft in drafts:
        folder = draft.folder.with_suffix("")
        draft.folder.rename(folder)
    _sync(folder.parent)
    write_atomically(place / STATE / "current", folder.name + "\n")
    return Build(folder.name, folder)


def prune(place: Path, cited: frozenset[str] = frozenset()) -> list[str]:
    """Drop the databases of builds beyond the last three that no paper cites, but for one of an
    earlier month: who joined a list and who left it is told beside that one. Results and manifests
    stay for ever."""
    dropped = []
    keep = cited | {b.id for b in _of_an_earlier_month(place)}
    for build in builds(place)[:-KEEP_FACTS_OF]:
        if build.id not in keep:
            for database in (build.facts, build.identity):
                if database.exists():
                    database.unlink()
                    dropped.append(f"{build.id}/{database.name}")
    return dropped


def _of_an_earlier_month(place: Path) -> list[Build]:
    """The newest build that was computed for a day before the current one's month; failing that,
    before its day."""
    kept = with_rows(place)
    if not kept:
        return []
    day = kept[-1].day
    before = [b for b in kept if b.day < day.replace(day=1)] or [b for b in kept if b.day < day]
    return before[-1:]


@contextmanager
def disk_faults(where: Path) -> Iterator[None]:
    """What the disk refuses, said as a fault: no room, no permission, read-only."""
    try:
        yield
    except OSError as e:
        if e.errno in (errno.ENOSPC, errno.EDQUOT) or "No space left" in str(
            e
        ):  # copying a folder gathers several
            raise _no_room(where) from None
        if e.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
            raise InputAtFault(
                Fault(
                    what="this cannot be written",
                    file=str(e.filename or where),
                    found=e.strerror,
                    expected="a folder you may write to",
                )
            ) from None
        raise
    except (
        duckdb.Error
    ) as e:  # a full disk comes as any of several kinds: a failed commit, a failed checkpoint
        text = str(e)
        of_the_disk = isinstance(
            e, duckdb.IOException | duckdb.OutOfMemoryException | duckdb.FatalException
        )
        if (
            "No space left" in text
            or "ENOSPC" in text
            or (of_the_disk and _free_bytes(where) < 16 * 2**20)
        ):
            raise _no_room(where) from None
        raise


def _no_room(where: Path) -> InputAtFault:
    return InputAtFault(
        Fault(
            what="the disk is full; nothing was changed and the last build still answers",
            file=str(where),
            found=f"{_free_bytes(where) / 2**20:,.0f} MB free",
            expected="about 3 GB free for a city of half a million, 50 MB for a small place",
        )
    )


def _free_bytes(where: Path) -> int:
    here = where
    while not here.exists():
        here = here.parent
    return shutil.disk_usage(here).free


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open("a+") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.seek(0)
            raise InputAtFault(
                Fault(
                    what="another build of this place is under way",
                    file=str(path),
                    found=held.read().strip() or None,
                    expected="one build at a time: wait, or stop that one",
                )
            ) from None
        held.seek(0)
        held.truncate()
        held.write(f"process {os.getpid()}")
        held.flush()
        yield


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
