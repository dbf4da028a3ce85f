"""A command does not wait for what it does not use: which libraries a process has loaded when it
has answered.

Modules are counted, not seconds: a machine under load is slow and loads no more for it.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from oneplace.answers import people
from oneplace.tables.entries import RETURNS

HEAVY = (
    "pyarrow",
    "numpy",
    "pandas",
    "scipy",
    "numba",
    "rich",
    "django",
    "jinja2",
    "sqlglot",
    "openpyxl",
    "weasyprint",
)
SAY = """
import sys
from oneplace.cli import app, output
status = output.run(app, sys.argv[1:])
sys.stderr.write("\\nLOADED " + " ".join(sorted({m.split(".")[0] for m in sys.modules})))
sys.stderr.write("\\nOURS " + " ".join(sorted(m for m in sys.modules if m.startswith("oneplace."))))
sys.exit(status)
"""


def loaded(*arguments: object) -> tuple[set[str], set[str], str]:
    """What a process of the command has loaded at its end, of others' and of ours; and its
    stdout."""
    done = subprocess.run(
        [sys.executable, "-c", SAY, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=dict(os.environ),
    )
    assert done.returncode == 0, done.stderr
    said = {
        line.split(" ")[0]: set(line.split(" ")[1:]) for line in done.stderr.splitlines() if line
    }
    return said["LOADED"], said["OURS"], done.stdout


@pytest.fixture(scope="module")
def person(built_hamlet: Path) -> str:
    from oneplace.answers import open_place

    with open_place(built_hamlet) as session:
        (first, *_) = people.caseload(session, people.teams(session)[0])["people"]
    return str(first["person"])


def test_explaining_one_person_needs_the_database_and_no_arrays(
    built_hamlet: Path, person: str
) -> None:
    theirs, ours, stdout = loaded("explain", built_hamlet, person, "--json")
    assert json.loads(stdout)["person"] == person
    assert "duckdb" in theirs
    assert theirs.isdisjoint(HEAVY), theirs.intersection(HEAVY)
    assert not [
        m for m in ours if m.startswith(("oneplace.plan", "oneplace.simulate", "oneplace.report"))
    ]
    assert "oneplace.people.risk.fitting" not in ours


def test_a_caseload_needs_no_arrays(built_hamlet: Path) -> None:
    theirs, _, stdout = loaded("caseload", built_hamlet, "--team", "HT1", "--json")
    assert json.loads(stdout)["team"] == "HT1"
    assert theirs.isdisjoint(HEAVY), theirs.intersection(HEAVY)


def test_the_plan_s_status_needs_no_database(hamlet_copy: Path) -> None:
    theirs, ours, stdout = loaded("plan", "status", hamlet_copy, "--on", "2019-09-30", "--json")
    assert json.loads(stdout)["milestones"]
    assert theirs.isdisjoint((*HEAVY, "duckdb")), theirs.intersection((*HEAVY, "duckdb"))
    assert not [m for m in ours if m.startswith("oneplace.people")]


def test_returns_that_were_sent_are_read_without_arrays(hamlet_copy: Path) -> None:
    """The entries of a place whose site was opened: here a database with the one table."""
    with closing(sqlite3.connect(hamlet_copy / ".oneplace" / "entries.sqlite3")) as made:
        columns = ", ".join(f'"{c.name}"' for c in RETURNS.columns)
        made.execute(f'CREATE TABLE "{RETURNS.name}" ({columns})')
        row = dict.fromkeys(RETURNS.names) | {"id": 1, "version": 1, "scheme": "H1", "sent_on": "2019-09-01",
              "milestones": json.dumps({"H1-M01": {"done": "2019-08-30"}}), "figures": "{}"}  # fmt: skip
        made.execute(
            f'INSERT INTO "{RETURNS.name}" VALUES ({", ".join("?" * len(row))})', list(row.values())
        )
        made.commit()
    theirs, _, stdout = loaded("plan", "status", hamlet_copy, "--on", "2019-09-30", "--json")
    assert theirs.isdisjoint((*HEAVY, "duckdb")), theirs.intersection((*HEAVY, "duckdb"))
    [told] = [m for m in json.loads(stdout)["milestones"] if m["id"] == "H1-M01"]
    assert told["state"] == "done"


def test_words_for_people_are_drawn_by_rich_and_only_then(built_hamlet: Path, person: str) -> None:
    theirs, _, stdout = loaded("explain", built_hamlet, person)
    assert "rich" in theirs and "Segment:" in stdout


@pytest.mark.parametrize(
    "asked", [("--version",), ("--help",), ("explain", "--help")], ids=" ".join
)
def test_help_asks_nothing_of_a_place(asked: tuple[str, ...]) -> None:
    theirs, _, stdout = loaded(*asked)
    assert stdout
    assert theirs.isdisjoint((*HEAVY, "duckdb")), theirs.intersection((*HEAVY, "duckdb"))
