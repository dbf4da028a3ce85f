"""Documents are versions: every state of a document that was ever agreed can be found again by its
digest.

In: a place's folder, the name of a document in it (`plan.yaml`), its class. Out: digests,
snapshots, differences.

The file in the folder is the *head*. `DIR/.oneplace/documents/<digest>.yaml` is the snapshot of
each version in canonical form, written once and never changed. Saving through the program replaces
the head by the canonical form, so the comments and the layout of a file written by hand do not stay
in the head; they are not lost either: before a head that is not canonical is replaced, and at each
build, its text is kept beside the snapshot as `<digest>.as-written.yaml`. A digest names content,
not layout: a file in which only a comment changed is the same version.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel

from oneplace.documents.reading import canonical, digest, plain, read
from oneplace.faults import Fault, InputAtFault

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

D = TypeVar("D", bound=BaseModel)
STORE = Path(".oneplace") / "documents"


class Difference(NamedTuple):
    """One field that differs; `None` on a side means that the field or item is not there."""

    path: str
    before: Any
    after: Any


class Stale(Exception):
    """Somebody saved another version in the meantime. Both are here, so that a page can show them
    side by side."""

    def __init__(self, name: str, *, base: str | None, theirs: BaseModel | None, ours: BaseModel):
        self.name, self.base, self.theirs, self.ours = name, base, theirs, ours
        self.changes = compare(theirs, ours) if theirs is not None else []
        super().__init__(
            f"{name} was changed since you opened it: {len(self.changes)} fields differ"
        )


def snapshot(place: Path, document: BaseModel) -> str:
    """Keep this version and give its digest; keeping it twice changes nothing."""
    name = digest(document)
    path = place / STORE / f"{name}.yaml"
    if not path.exists():
        write_atomically(path, canonical(document))
    return name


def version(place: Path, name: str, kind: type[D]) -> D:
    """The document that this digest names, checked against the digest: a damaged snapshot is a
    fault, not an answer."""
    path = place / STORE / f"{name}.yaml"
    document = read(path, kind)
    # A snapshot is the canonical text, of which the name is the SHA-256: its bytes tell as much as
    # writing it out again.
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != name:
        found = digest(document)
    if found != name:
        raise InputAtFault(
            Fault(
                what="the snapshot is damaged",
                file=f"{STORE / name}.yaml",
                found=found,
                expected=name,
            )
        )
    return document


def version_of_head(
    place: Path, name: str, document: BaseModel, *, built: str | None = None
) -> str:
    """The digest of a document just read from its head; `built` is the digest it had at some build.
    To write a document out in canonical form takes many times as long as to see that its bytes are
    those of a version that is kept."""
    raw = (place / name).read_bytes()
    itself = hashlib.sha256(raw).hexdigest()
    if (place / STORE / f"{itself}.yaml").exists():
        return itself
    kept = place / STORE / f"{built}.as-written.yaml"
    return built if built and kept.exists() and kept.read_bytes() == raw else digest(document)


def save(place: Path, name: str, document: D, *, base: str | None) -> str:
    """Replace the head of `name` and give the new digest. `base` is the digest that the author
    started from, None for a document that did not exist; if the head is another by now, `Stale` is
    raised and nothing is written."""
    kind = type(document)
    with _alone(place):
        head = place / name
        theirs = read(head, kind, name=name) if head.exists() else None
        if (digest(theirs) if theirs is not None else None) != base:
            raise Stale(name, base=base, theirs=theirs, ours=document)
        if theirs is not None:
            _keep_as_written(place, head, snapshot(place, theirs), canonical(theirs))
        new = snapshot(place, document)
        write_atomically(head, canonical(document))
        return new


def record_versions(place: Path, kinds: Mapping[str, type[BaseModel]]) -> dict[str, str]:
    """Make a version of every document as it lies in the folder: what a build calls, so that a file
    edited by hand is a version too. `kinds` maps a file name or a pattern (`measures/*.yaml`) to
    its class; absent files are passed over."""
    versions: dict[str, str] = {}
    faults: list[Fault] = []
    with _alone(place):
        for pattern, kind in kinds.items():
            for path in sorted(place.glob(pattern)):
                name = path.relative_to(place).as_posix()
                try:
                    document = read(path, kind, name=name)
                except InputAtFault as e:
                    faults.extend(e.faults)
                    continue
                versions[name] = snapshot(place, document)
                _keep_as_written(place, path, versions[name], canonical(document))
    if faults:
        raise InputAtFault(faults)
    return dict(sorted(versions.items()))


def compare(
    before: BaseModel | Mapping[str, Any], after: BaseModel | Mapping[str, Any]
) -> list[Difference]:
    """Field by field what differs. Items of a list are matched by their `id`, so a scheme that
    moved is not a scheme that changed (the new order is one change of the list); a list of plain
    values is one field."""
    return list(_differences("", _content(before), _content(after)))


def write_atomically(path: Path, text: str) -> None:
    """The file holds the old text or the new text and nothing between, also when the power
    fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with draft.open("w", encoding="utf-8", newline="\n") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _keep_as_written(place: Path, path: Path, name: str, canonical_text: str) -> None:
    kept = place / STORE / f"{name}.as-written.yaml"
    text = path.read_text(encoding="utf-8")
    if text != canonical_text and not (kept.exists() and kept.read_text(encoding="utf-8") == text):
        write_atomically(kept, text)


def _content(document: BaseModel | Mapping[str, Any]) -> Any:
    if isinstance(document, BaseModel):
        return document.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return plain(dict(document))


def _differences(path: str, before: Any, after: Any) -> Iterator[Difference]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(k for k in after if k not in before)]:
            yield from _differences(
                f"{path}.{key}" if path else str(key), before.get(key), after.get(key)
            )
    elif (
        _items(before or after) and (_items(after) or not after) and (_items(before) or not before)
    ):
        old, new = {i["id"]: i for i in before or ()}, {i["id"]: i for i in after or ()}
        for item in [*old, *(i for i in new if i not in old)]:
            yield from _differences(f"{path}[{item}]", old.get(item), new.get(item))
        if [i for i in old if i in new] != [i for i in new if i in old]:
            yield Difference(f"{path} (order)", list(old), list(new))
    elif before != after:
        yield Difference(path, before, after)


def _items(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(i, dict) and "id" in i for i in value)
    )


def _sync_folder(folder: Path) -> None:
    """On POSIX a rename lasts once its folder is on the disk; Windows has no such call and needs
    none."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """One writer of documents at a time in a place, across processes: between reading the head and
    replacing it nobody else may save."""
    (place / STORE).mkdir(parents=True, exist_ok=True)
    with (place / STORE / "lock").open("a+b") as lock:
        if sys.platform == "win32":
            msvcrt.locking(lock.fileno(), msvcrt.LK_LOCK, 1)
        else:
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
