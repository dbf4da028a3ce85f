"""A disk that is full and one that may not be written: exit status 1, one clear message, nothing
half-written.

The disk is a small one in memory, mounted for the test; where this account may not mount one, the
tests are skipped.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from asking import Command, Run, contents

MB = 2**20


@pytest.fixture()
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a small disk")
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {made.stderr.strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.fixture()
def place(small_disk: Path, built_hamlet: Path) -> Path:
    return Path(shutil.copytree(built_hamlet, small_disk / "hamlet"))


def in_a_process(*arguments: object) -> Run:
    """In a process of its own: the database of a process that met a full disk is not to be trusted
    afterwards."""
    done = subprocess.run(
        [sys.executable, "-m", "oneplace", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr)


def leave(disk: Path, free: int) -> Path:
    """Fill the disk until so much is free."""
    filler = disk / "filler"
    with filler.open("wb") as out:
        out.write(b"\0" * max(0, shutil.disk_usage(disk).free - free))
    return filler


@pytest.mark.parametrize("free", [0, 3 * MB], ids=["nothing", "3 MB"])
def test_the_disk_is_full(free: int, small_disk: Path, place: Path, oneplace: Command) -> None:
    good = oneplace("caseload", place, "--team", "HT1", "--json")
    assert good.status == 0, good.err
    before = contents(place)
    filler = leave(small_disk, free)
    run = in_a_process("build", place, "--json")
    assert run.status == 1, run.err
    assert len(run.faults) == 1, run.err
    assert run.err.count("\n") == 1, run.err
    assert (
        "the disk is full; nothing was changed and the last build still answers: found "
        in run.faults[0]
    )
    assert str(place) in run.faults[0]
    assert json.loads(run.out)["faults"][0]["expected"].startswith("about 3 GB free for a city")
    assert contents(place) == before
    assert oneplace("caseload", place, "--team", "HT1", "--json").out == good.out
    filler.unlink()
    assert oneplace("build", place, "--people", 200).status == 0


@pytest.fixture()
def may_not_write(small_disk: Path, place: Path) -> Iterator[Callable[[], None]]:
    def forbid() -> None:
        subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)

    yield forbid
    subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)


def test_the_folder_may_not_be_written(
    place: Path, may_not_write: Callable[[], None], oneplace: Command
) -> None:
    good = oneplace("caseload", place, "--team", "HT1", "--json")
    before = contents(place)
    may_not_write()
    run = oneplace("build", place)
    assert run.status == 1, run.err
    assert run.out == ""
    assert len(run.faults) == 1, run.err
    assert "this cannot be written" in run.faults[0]
    assert "expected a folder you may write to" in run.faults[0]
    assert contents(place) == before
    assert oneplace("caseload", place, "--team", "HT1", "--json").out == good.out, (
        "reading needs no writing"
    )
    new = oneplace("new", place.parent / "other")
    assert new.status == 1, new.err
    assert len(new.faults) == 1, new.err
