"""Papers as they are kept: `DIR/.oneplace/papers/<month>/<n>/`, each written once and never again.

In: the files of a paper as text or bytes. Out: a `Kept`, and the list of those there are. A paper
appears whole, by one rename; a second paper of a month gets the next number. `cited_builds` says
which builds must keep their rows because a paper rests on them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from oneplace.faults import Fault, InputAtFault
from oneplace.report.trace import Figure

PAPERS = Path(".oneplace") / "papers"
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


@dataclass(frozen=True)
class Kept:
    """One kept paper: its month, its number in the month, its folder."""

    month: str
    number: int
    folder: Path

    @property
    def html(self) -> Path:
        return self.folder / "paper.html"

    @property
    def pdf(self) -> Path:
        return self.folder / "paper.pdf"

    @cached_property
    def manifest(self) -> dict[str, Any]:
        return _json(self.folder / "manifest.json")

    @cached_property
    def figures(self) -> dict[str, Figure]:
        """Every figure as this paper gave it."""
        path = self.folder / "figures.json"
        kept = _json(path)
        try:
            return {f["trace"]["figure_id"]: Figure.from_dict(f) for f in kept["figures"]}
        except (KeyError, TypeError, ValueError, ArithmeticError) as e:
            raise _damaged(path, f"{type(e).__name__}: {e}") from None


def kept_papers(place: Path) -> list[Kept]:
    """Every kept paper, oldest month first, then by number."""
    found = [
        Kept(p.parent.parent.name, int(p.parent.name), p.parent)
        for p in (place / PAPERS).glob("*/*/manifest.json")
        if p.parent.name.isdigit() and MONTH.fullmatch(p.parent.parent.name)
    ]
    return sorted(found, key=lambda k: (k.month, k.number))


def earlier_than(papers: list[Kept], month: str) -> Kept | None:
    """The paper to compare with: the last one of this month or of an earlier one."""
    return next((k for k in reversed(papers) if k.month <= month), None)


def keep(place: Path, month: str, files: Mapping[str, str | bytes]) -> Kept:
    """Write a new paper of the month, whole or not at all, under the next free number."""
    root = place / PAPERS / month
    root.mkdir(parents=True, exist_ok=True)
    for left in root.glob(".draft.*"):
        if left.suffix == f".{os.getpid()}" or not _lives(left.suffix.removeprefix(".")):
            shutil.rmtree(left)
    draft = root / f".draft.{os.getpid()}"
    draft.mkdir()
    try:
        for name, content in files.items():
            _write(draft / name, content)
        while True:
            taken = [int(p.name) for p in root.iterdir() if p.name.isdigit()]
            number = max(taken, default=0) + 1
            try:
                draft.rename(root / str(number))
            except OSError:
                if (root / str(number)).exists():  # somebody else kept a paper in the meantime
                    continue
                raise
            _sync(root)
            return Kept(month, number, root / str(number))
    finally:
        if draft.exists():
            shutil.rmtree(draft)


def _lives(process: str) -> bool:
    """Whether the process that made a draft still works on it: one that was killed left it
    behind."""
    try:
        os.kill(int(process), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def add_once(kept: Kept, name: str, content: bytes) -> Path:
    """Put a file into a kept paper that does not have it yet, such as its PDF; one that is there
    stays as it is."""
    path, draft = kept.folder / name, kept.folder / f".{name}.{os.getpid()}"
    try:
        _write(draft, content)
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)
    _sync(kept.folder)
    return path


def cited_builds(place: Path) -> frozenset[str]:
    """The builds that kept papers rest on."""
    return frozenset(b for k in kept_papers(place) if (b := k.manifest.get("build")))


def _write(path: Path, content: str | bytes) -> None:
    with path.open("wb") as out:
        out.write(content.encode() if isinstance(content, str) else content)
        out.flush()
        os.fsync(out.fileno())


def _sync(folder: Path) -> None:
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as e:
        raise _damaged(path, f"{type(e).__name__}: {e}") from None
    if not isinstance(found, dict):
        raise _damaged(path, f"a {type(found).__name__}")
    return found


def _damaged(path: Path, found: str) -> InputAtFault:
    file = "/".join(path.parts[-4:])
    return InputAtFault(
        Fault(
            what="the record of a kept paper cannot be read",
            file=file,
            found=found,
            expected="the file as it was written",
        )
    )
