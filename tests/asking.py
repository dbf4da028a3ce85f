"""Asking the command line in tests, and comparing a folder before and after."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def faults(self) -> list[str]:
        """The clear messages, one for each fault."""
        return [
            line.removeprefix("at fault ")
            for line in self.err.splitlines()
            if line.startswith("at fault ")
        ]


Command = Callable[..., Run]


def copy_of_hamlet(folder: Path) -> Path:
    from oneplace.place.shipped import shipped_place

    return Path(
        shutil.copytree(shipped_place("hamlet"), folder, ignore=shutil.ignore_patterns(".oneplace"))
    )


def contents(folder: Path) -> dict[str, str]:
    """Every file of a folder and what is in it. The lock is left out: it says who held it last."""
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        if p.is_file()
        else "folder"
        for p in sorted(folder.rglob("*"))
        if p.name != "build.lock"
    }
