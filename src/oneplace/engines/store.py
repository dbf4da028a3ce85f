"""The builds of a place on disk: each in a folder of its own, never edited, and one small file that names the current one.

A build is made in `DIR/.oneplace/builds/<id>.tmp/` and becomes `builds/<id>/` by one rename once its databases are closed
and on the disk and its manifest is written; `current` is then replaced atomically. So a build that is killed, or that
fills the disk, leaves a `.tmp` folder that the next build sweeps away, and the last good build goes on answering.
Names are never reused: a database that is replaced under its old name goes on serving old rows to whoever has it open.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from oneplace.documents.versions import write_atomically
from oneplace.faults import Fault, InputAtFault

STATE = ".oneplace"
KEEP_FACTS_OF = 3
EDITION = 1  # of a build's tables and manifest: raised when an older build can no longer answer


@dataclass(frozen=True)
class Build:
    """One finished build."""

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
        """What the build says of itself; a fault where it is of another edition, because its rows mean something else."""
        found: dict[str, Any] = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
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


def builds(place: Path) -> list[Build]:
    """Every finished build, oldest first (their names sort by time)."""
    return [
        Build(p.parent.name, p.parent)
        for p in sorted((place / STATE / "builds").glob("*/manifest.json"))
        if p.parent.suffix != ".tmp"
    ]


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


@contextmanager
def drafted(place: Path, build_id: str) -> Iterator[Path]:
    """A folder to make a build in, alone; swept away unless `finish` was called on it. One build at a time in a place."""
    root = place / STATE / "builds"
    with disk_faults(root):
        root.mkdir(parents=True, exist_ok=True)
        with _lock(place / STATE / "build.lock"):
            for left in root.glob("*.tmp"):
                shutil.rmtree(left)
            for left in (place / STATE).glob("current.*.tmp"):
                left.unlink()
            draft = root / f"{build_id}.tmp"
            draft.mkdir()
            try:
                yield draft
            finally:
                if draft.exists():
                    shutil.rmtree(draft, ignore_errors=True)


def finish(place: Path, draft: Path, manifest: dict[str, Any]) -> Build:
    """Make the draft a build and the current one. The databases must be closed."""
    for database in draft.glob("*.duckdb"):
        _sync(database)
    write_atomically(draft / "manifest.json", json.dumps(manifest, indent=1, default=str))
    folder = draft.with_suffix("")
    draft.rename(folder)
    _sync(folder.parent)
    write_atomically(place / STATE / "current", folder.name + "\n")
    return Build(folder.name, folder)


def prune(place: Path, cited: frozenset[str] = frozenset()) -> list[str]:
    """Drop the databases of builds beyond the last three that no paper cites; results and manifests stay for ever."""
    dropped = []
    for build in builds(place)[:-KEEP_FACTS_OF]:
        if build.id not in cited:
            for database in (build.facts, build.identity):
                if database.exists():
                    database.unlink()
                    dropped.append(f"{build.id}/{database.name}")
    return dropped


@contextmanager
def disk_faults(where: Path) -> Iterator[None]:
    """What the disk refuses, said as a fault: no room, no permission, read-only."""
    try:
        yield
    except OSError as e:
        if e.errno in (errno.ENOSPC, errno.EDQUOT) or "No space left" in str(e):  # copying a folder gathers several
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
    except duckdb.Error as e:  # a full disk comes as any of several kinds: a failed commit, a failed checkpoint
        text = str(e)
        of_the_disk = isinstance(e, duckdb.IOException | duckdb.OutOfMemoryException | duckdb.FatalException)
        if "No space left" in text or "ENOSPC" in text or (of_the_disk and _free_bytes(where) < 16 * 2**20):
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
    import fcntl

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
