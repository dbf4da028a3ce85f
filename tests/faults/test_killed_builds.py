"""A build that is killed changes nothing: the last good build answers, what was begun is no build,
the next one sweeps.

`builder.py` forks the builds. One is watched to its end first; the moments to kill are chosen from
what it did, spread over the whole of it, so that some fall while the databases are written and some
between the last renames.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

from asking import Command, contents
from oneplace.answers.publishing import ANSWERING
from oneplace.engines import store

KILLS = 8


@dataclass
class Builder:
    """The process that forks builds."""

    stdin: IO[str]
    stdout: IO[str]

    def start(self, place: Path, kill_at: int = 0) -> int:
        self.stdin.write(f"{place} {kill_at}\n")
        self.stdin.flush()
        return int(self.until("pid ").split()[1])

    def until(self, begins: str) -> str:
        for line in self.stdout:
            if line.startswith(begins):
                return line.rstrip("\n")
        raise AssertionError(f"the builder stopped before it said {begins!r}")

    def to_the_end(self) -> list[str]:
        """Every line until the build ended, that line included."""
        lines = []
        for line in self.stdout:
            lines.append(line.rstrip("\n"))
            if line.startswith("ended "):
                return lines
        raise AssertionError("the builder stopped")


@pytest.fixture(scope="module")
def builder() -> Iterator[Builder]:
    script = Path(__file__).with_name("builder.py")
    with subprocess.Popen(
        [sys.executable, script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as process:
        assert process.stdin
        assert process.stdout
        yield Builder(process.stdin, process.stdout)
        process.stdin.close()


@pytest.fixture(scope="module")
def watched(
    built_hamlet: Path, tmp_path_factory: pytest.TempPathFactory, builder: Builder
) -> list[str]:
    """What a build of a place that was built before does, line by line."""
    place = shutil.copytree(built_hamlet, tmp_path_factory.mktemp("watched") / "hamlet")
    builder.start(place)
    lines = builder.to_the_end()
    assert lines[-1] == "ended 0", lines[-5:]
    return lines


def unfinished(place: Path) -> list[Path]:
    return sorted((place / ".oneplace" / "builds").glob("*.tmp"))


def test_killed_at_moments_all_over_the_build(
    hamlet_copy: Path, builder: Builder, watched: list[str], oneplace: Command
) -> None:
    good = store.current(hamlet_copy)
    assert good
    before = oneplace("caseload", hamlet_copy, "--team", "HT1", "--json").out
    steps = [i for i, line in enumerate(watched) if line.startswith("step ")]
    chance = random.Random(20190401)  # noqa: S311
    moments = [
        chance.choice(steps[i * len(steps) // KILLS : (i + 1) * len(steps) // KILLS])
        for i in range(KILLS)
    ]
    while_writing = 0
    swept: set[Path] = set()
    for moment in moments:
        pid = builder.start(hamlet_copy)
        for heard, line in enumerate(builder.stdout):
            assert not line.startswith("ended "), f"ended before line {moment} of {len(watched)}"
            if heard == moment:
                break
        time.sleep(chance.random() * 0.02)
        os.kill(pid, signal.SIGKILL)
        assert builder.to_the_end()[-1] == f"ended -{signal.SIGKILL:d}"
        left = unfinished(hamlet_copy)
        assert len(left) == 1, "the build had begun, and what earlier ones left was swept"
        assert left[0] not in swept
        swept.add(left[0])
        while_writing += any(f.stat().st_size > 2**16 for f in left[0].glob("facts.duckdb*"))
        assert store.current(hamlet_copy) == good
        assert [b.id for b in store.builds(hamlet_copy)] == [good.id]
        assert oneplace("caseload", hamlet_copy, "--team", "HT1", "--json").out == before
    assert while_writing >= 3, "too few moments fell while the database was being written"
    run = oneplace("build", hamlet_copy, "--people", 200, "--json")
    assert run.status == 0, run.err
    assert unfinished(hamlet_copy) == []
    now = json.loads(oneplace("caseload", hamlet_copy, "--team", "HT1", "--json").out)
    assert now["build"] == json.loads(run.out)["id"] != good.id


@pytest.mark.parametrize("question", [0, 7, 20])
def test_killed_while_its_first_pages_are_answered(
    hamlet_copy: Path, builder: Builder, oneplace: Command, question: int
) -> None:
    """The records are in and everybody is listed; nobody has been shown anything."""
    good = store.current(hamlet_copy)
    pid = builder.start(hamlet_copy)
    for _ in range(question + 1):
        builder.until(f"step {ANSWERING}")
    os.kill(pid, signal.SIGKILL)
    assert builder.to_the_end()[-1] == f"ended -{signal.SIGKILL:d}"
    assert store.current(hamlet_copy) == good
    assert [b.id for b in store.builds(hamlet_copy)] == [good.id if good else ""]
    assert oneplace("caseload", hamlet_copy, "--team", "HT1").status == 0
    assert oneplace("build", hamlet_copy, "--people", 200).status == 0
    builds = store.builds(hamlet_copy)
    counted = {p.name for p in (hamlet_copy / ".oneplace" / "counted").iterdir()}
    known = {b.id for b in builds} | {store.answers_of_records(b.manifest) for b in builds}
    assert counted <= known, "answers of a build that never was are left lying about"


LAST_CHANGES = """
just before this change of a file  | which build answers after the kill
os.mkdir  <id>.tmp                 | the one before
os.rename manifest.json            | the one before
os.rename <id>.tmp                 | the one before
os.rename current                  | the one before
os.remove current                  | the new one
"""


def test_killed_between_the_last_renames(
    hamlet_copy: Path, builder: Builder, watched: list[str], oneplace: Command
) -> None:
    """Just before each change of a file that makes a draft a build, and the build the current
    one."""
    changes = [line.split(" ", 2)[1:] for line in watched if line.startswith("change ")]
    answers = hamlet_copy / ".oneplace" / "counted"
    of_the_first = set(answers.glob("records-*"))
    for row in LAST_CHANGES.strip().splitlines()[1:]:
        change, which = (cell.strip() for cell in row.split("|"))
        event, name = change.split()
        good = store.current(hamlet_copy)
        for kept in set(answers.glob("records-*")) - of_the_first:
            shutil.rmtree(kept)  # a build of records that were asked before makes fewer changes
        builder.start(
            hamlet_copy, 1 + next(i for i, c in enumerate(changes) if _is(c, event, name))
        )
        lines = builder.to_the_end()
        assert lines[-1] == f"ended -{signal.SIGKILL:d}", change
        assert not any(line.startswith("made ") for line in lines)
        found = store.current(hamlet_copy)
        assert found
        assert (found == good) == (which == "the one before"), change
        assert found.facts.exists()
        assert all(
            b.folder.suffix != ".tmp" and b.manifest["id"] == b.id
            for b in store.builds(hamlet_copy)
        )
        assert (
            json.loads(oneplace("caseload", hamlet_copy, "--team", "HT1", "--json").out)["build"]
            == found.id
        )
    builder.start(hamlet_copy)
    assert builder.to_the_end()[-1] == "ended 0"
    assert unfinished(hamlet_copy) == []
    assert list((hamlet_copy / ".oneplace").glob("*.tmp")) == [], (
        "no half-written file is left lying about"
    )


def _is(change: list[str], event: str, name: str) -> bool:
    path = Path(change[1])
    if name == "<id>.tmp":
        return change[0] == event and path.suffix == ".tmp" and path.parent.name == "builds"
    return change[0] == event and path.name.startswith(f"{name}.")


def test_two_builds_at_once(hamlet_copy: Path, builder: Builder, oneplace: Command) -> None:
    pid = builder.start(hamlet_copy)
    builder.until("step ")
    os.kill(pid, signal.SIGSTOP)
    try:
        at_the_time = contents(hamlet_copy)
        run = oneplace("build", hamlet_copy)
        assert run.status == 1
        assert len(run.faults) == 1
        assert "another build of this place is under way: found process" in run.faults[0]
        assert str(pid) in run.faults[0]
        assert run.out == ""
        assert contents(hamlet_copy) == at_the_time, "the build under way was not touched"
        doctor = {r["part"]: r for r in json.loads(oneplace("doctor", hamlet_copy, "--json").out)}
        assert doctor["Unfinished builds"]["state"] == "ok"
    finally:
        os.kill(pid, signal.SIGCONT)
    lines = builder.to_the_end()
    assert lines[-1] == "ended 0"
    made = next(line for line in lines if line.startswith("made ")).split()[1]
    found = store.current(hamlet_copy)
    assert found
    assert found.id == made
