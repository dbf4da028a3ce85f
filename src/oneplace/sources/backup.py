"""A place in one file, and back again: documents, tables, the current build, papers, everything
that people wrote.

In: a place's folder and a file (`back_up`), or a file and an empty folder (`restore`). Out: what
was kept, file by file with its SHA-256. The site may run meanwhile: entries are copied through
SQLite's own backup, documents are replaced whole, builds never change. The key is not in it,
because it is never in the place's folder, and neither is what is made again by itself (locks,
static files, the queue, rows of earlier builds).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path, PurePosixPath
from typing import IO, Any

from oneplace.engines import store
from oneplace.faults import Fault, InputAtFault

MANIFEST = "backup.json"
FORM = "oneplace-backup-1"
ENTRIES, ANCHOR = "entries.sqlite3", "audit.anchor"
_NOT_KEPT = ("static", "jobs.sqlite3", "counted", "builds", "current", ENTRIES, ANCHOR)
_PIECE = 1 << 20


def back_up(
    folder: Path, file: Path, *, now: dt.datetime, entries_elsewhere: bool = False
) -> dict[str, Any]:
    """Write the place to `file`, read it all back, and only then give it its name.
    `entries_elsewhere` says that what people wrote is in PostgreSQL, whose own tools back it up."""
    _check_target(folder, file)
    build = store.current(folder)
    draft = file.with_name(file.name + ".tmp")
    try:
        with store.disk_faults(file.parent):
            kept = _write(folder, draft, build, now, entries_elsewhere)
            verify(draft)
            draft.replace(file)
            _sync_folder(file.parent)
    finally:
        draft.unlink(missing_ok=True)
    return kept


def verify(file: Path) -> dict[str, Any]:
    """Read every byte of a backup again; InputAtFault unless it is whole and says so itself."""
    return _read(file, None)


def restore(file: Path, folder: Path) -> dict[str, Any]:
    """Put a backup into a folder that does not exist or is empty. A backup that is not whole leaves
    nothing behind."""
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        raise _fault(
            "a backup is put only into an empty folder",
            folder,
            "something else",
            "a new folder's name",
        )
    draft = folder.with_name(folder.name + ".restoring.tmp")
    if draft.exists():
        raise _fault(
            "another restore was begun here", draft, "a half-restored place", "remove it first"
        )
    try:
        with store.disk_faults(folder.parent):
            draft.mkdir(parents=True)
            kept = _read(file, draft)
            _check_entries(draft / store.STATE / ENTRIES)
            if folder.exists():
                folder.rmdir()
            draft.rename(folder)
            _sync_folder(folder.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return kept


# --- writing ----------------------------------------------------------------------------------------------------------
def _write(
    folder: Path, draft: Path, build: store.Build | None, now: dt.datetime, entries_elsewhere: bool
) -> dict[str, Any]:
    listed: dict[str, dict[str, Any]] = {}
    with (
        draft.open("wb") as out,
        tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for name, path in _files(folder, build):
            listed[name] = _add(tar, name, path)
        # The anchor first and the entries after it: an anchor that is further than the rows says
        # that rows were cut.
        state = folder / store.STATE
        if (state / ANCHOR).exists():
            listed[f"{store.STATE}/{ANCHOR}"] = _add(tar, f"{store.STATE}/{ANCHOR}", state / ANCHOR)
        if (state / ENTRIES).exists() and not entries_elsewhere:
            with tempfile.TemporaryDirectory(
                dir=draft.parent, prefix=".oneplace-backup-"
            ) as beside:
                copied = _copy_of_entries(state / ENTRIES, Path(beside) / ENTRIES)
                listed[f"{store.STATE}/{ENTRIES}"] = _add(tar, f"{store.STATE}/{ENTRIES}", copied)
        if build is not None:
            text = f"{build.id}\n".encode()
            listed[f"{store.STATE}/current"] = _add_bytes(
                tar, f"{store.STATE}/current", text, 0o644
            )
        kept = {
            "form": FORM,
            "made_at": now.isoformat(timespec="seconds"),
            "build": build.id if build else None,
            "entries": "elsewhere" if entries_elsewhere else "here",
            "files": listed,
        }
        _add_bytes(tar, MANIFEST, json.dumps(kept, indent=1).encode(), 0o644)
        tar.close()
        out.flush()
        os.fsync(out.fileno())
    return kept


def _files(folder: Path, build: store.Build | None) -> Iterator[tuple[str, Path]]:
    """What is copied as it stands: the place's own files, then its state without what is made again
    by itself."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_symlink() or not path.is_file() or _left_out(inside.parts, path, build):
            continue
        yield inside.as_posix(), path


def _left_out(parts: tuple[str, ...], path: Path, build: store.Build | None) -> bool:
    if parts[0] != store.STATE:
        return path.name.endswith(".tmp")
    if (
        any(p.endswith(".tmp") for p in parts)
        or path.suffix == ".lock"
        or path.name.endswith(("-wal", "-shm"))
    ):
        return True
    if len(parts) > 2 and parts[1] == "builds":
        return path.suffix == ".duckdb" and (build is None or parts[2] != build.id)
    return parts[1] in _NOT_KEPT or parts[1].startswith((ENTRIES, "jobs.sqlite3"))


def _copy_of_entries(file: Path, to: Path) -> Path:
    """All entries as of one moment, whoever writes meanwhile."""
    with (
        closing(
            sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=30)
        ) as source,
        closing(sqlite3.connect(to)) as target,
    ):
        try:
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.DatabaseError as e:
            raise _fault("the entries are damaged", file, str(e), "a whole database") from None
    _check_entries(to)
    return to


def _add(tar: tarfile.TarFile, name: str, path: Path) -> dict[str, Any]:
    with path.open("rb") as source:
        found = os.fstat(source.fileno())
        if found.st_size <= _PIECE:
            return _add_bytes(tar, name, source.read(), found.st_mode & 0o777)
        info = _info(name, found.st_size, found.st_mode & 0o777)
        hashing = _Hashing(source)
        tar.addfile(info, hashing)
        return {"bytes": found.st_size, "sha256": hashing.made.hexdigest()}


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes, mode: int) -> dict[str, Any]:
    tar.addfile(_info(name, len(content), mode), io.BytesIO(content))
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _info(name: str, size: int, mode: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, mode
    return info


class _Hashing:
    """A file that remembers the digest of what was read from it."""

    def __init__(self, source: IO[bytes]):
        self.source, self.made = source, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self.source.read(size)
        self.made.update(piece)
        return piece


# --- reading ----------------------------------------------------------------------------------------------------------
def _read(file: Path, into: Path | None) -> dict[str, Any]:
    """Every member with its digest, written to `into` if there is one, and held against the list at
    the end."""
    found: dict[str, dict[str, Any]] = {}
    manifest: dict[str, Any] | None = None
    try:
        with tarfile.open(file, mode="r:*") as tar:
            for member in tar:
                source = tar.extractfile(member) if member.isreg() else None
                if source is None or manifest is not None or not _stays_inside(member.name):
                    raise _fault(
                        "this is no backup of a place",
                        file,
                        member.name,
                        "files of a place, then their list",
                    )
                if member.name == MANIFEST:
                    manifest = json.loads(source.read())
                else:
                    found[member.name] = _take(source, member, into)
    except FileNotFoundError:
        raise _fault(
            "this file is not there", file, "nothing", "a file that `oneplace backup` made"
        ) from None
    except (tarfile.TarError, EOFError, ValueError, OSError) as e:
        if isinstance(e, OSError) and e.errno is not None and not isinstance(e, tarfile.TarError):
            raise
        raise _fault(
            "this backup cannot be read", file, str(e), "a whole file that `oneplace backup` made"
        ) from None
    if manifest is None or manifest.get("form") != FORM:
        raise _fault(
            "this backup is not whole", file, "no list of its files at its end", "the list"
        )
    if manifest["files"] != found:
        names = sorted(
            n for n in {*found, *manifest["files"]} if found.get(n) != manifest["files"].get(n)
        )
        raise _fault(
            "this backup is not what was written",
            file,
            ", ".join(names[:5]),
            "the digests in its list",
        )
    return manifest


def _take(source: IO[bytes], member: tarfile.TarInfo, into: Path | None) -> dict[str, Any]:
    made, size = hashlib.sha256(), 0
    with _opened(member, into) as out:
        while piece := source.read(_PIECE):
            made.update(piece)
            size += len(piece)
            if out is not None:
                out.write(piece)
        if out is not None:
            out.flush()
            os.fsync(out.fileno())
    return {"bytes": size, "sha256": made.hexdigest()}


def _opened(member: tarfile.TarInfo, into: Path | None) -> AbstractContextManager[IO[bytes] | None]:
    if into is None:
        return nullcontext()
    path = into / member.name
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, member.mode & 0o777), "wb")


def _stays_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return (
        bool(path.parts) and not path.is_absolute() and ".." not in path.parts and "\\" not in name
    )


def _check_entries(file: Path) -> None:
    if not file.exists():
        return
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        said = [row[0] for row in connection.execute("PRAGMA integrity_check")]
    if said != ["ok"]:
        raise _fault("the entries are damaged", file, "; ".join(said[:3]), "a whole database")


# --- what may be asked ------------------------------------------------------------------------------------------------
def _check_target(folder: Path, file: Path) -> None:
    if not (folder / "place.yaml").exists():
        raise _fault(
            "this folder is not a place", folder, "no place.yaml", "a folder with place.yaml"
        )
    if file.resolve().is_relative_to(folder.resolve()):
        raise _fault(
            "a backup may not lie inside the place it keeps",
            file,
            str(folder),
            "a file somewhere else",
        )
    if file.exists():
        raise _fault(
            "this file is there already",
            file,
            "an earlier backup",
            "a new name: none is written over",
        )
    if not file.parent.is_dir():
        raise _fault(
            "there is no such folder", file.parent, "nothing", "a folder to write the backup to"
        )


def _fault(what: str, file: Path, found: str, expected: str) -> InputAtFault:
    return InputAtFault(Fault(what=what, file=str(file), found=found, expected=expected))


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
