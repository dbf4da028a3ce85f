"""The same site on PostgreSQL: guards, the audit under eight writers, entries read by the core,
pages."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
SERVER_USER = "postgres"


def run_as_server(*command: str) -> None:
    """PostgreSQL refuses to be run by root; its own account is used then."""
    whole = (
        ["setpriv", f"--reuid={SERVER_USER}", f"--regid={SERVER_USER}", "--clear-groups", *command]
        if os.geteuid() == 0
        else list(command)
    )
    subprocess.run(
        whole,
        check=True,
        capture_output=True,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
    )


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A cluster of this test's own, reachable through a socket in its own folder and by nothing
    else."""
    if not PROGRAMS:
        pytest.skip("needs PostgreSQL: apt install postgresql")
    pytest.importorskip("psycopg", reason="needs psycopg: pip install oneplace[postgres]")
    bin = PROGRAMS[-1].parent
    folder = Path("/tmp") / f"oneplace-pg-{os.getpid()}"  # noqa: S108  a socket's path is short
    folder.mkdir()
    if os.geteuid() == 0:
        shutil.chown(folder, SERVER_USER, SERVER_USER)
    data = folder / "data"
    try:
        run_as_server(str(bin / "initdb"), "-D", str(data), "-U", "oneplace", "-A", "trust", "-N")
        run_as_server(
            str(bin / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log"), "start",
            "-o", f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off",
        )  # fmt: skip
        yield f"postgresql://oneplace@/postgres?host={folder}"
    finally:
        if (data / "postmaster.pid").exists():
            run_as_server(str(bin / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def seen(database: str, tmp_path_factory: pytest.TempPathFactory) -> dict:
    folder = tmp_path_factory.mktemp("postgresql") / "hamlet"
    shutil.copytree(REPO / "places" / "hamlet", folder, ignore=shutil.ignore_patterns(".oneplace"))
    environment = {
        **os.environ,
        "ONEPLACE_DIR": str(folder),
        "ONEPLACE_KEY_FILE": str(folder.parent / "key"),
        "DATABASE_URL": database,
    }
    done = subprocess.run(
        [sys.executable, str(Path(__file__).parent / "postgresql_site.py")],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_eight_writers_leave_one_whole_chain(seen):
    assert seen["vendor"] == "postgresql"
    assert seen["whole"] == [80, True]


def test_the_database_itself_refuses(seen):
    *changes, twice = seen["refused"]
    assert all("append-only" in said for said in changes), changes
    assert "duplicate key" in twice


def test_a_missing_or_disabled_guard_is_named_and_migrating_brings_it_back(seen):
    assert seen["missing"] == ["audit_no_change"]
    assert seen["back"] == []
    assert seen["disabled"] == ["audit_no_change"]


def test_entries_are_read_as_they_were_written(seen):
    assert seen["tables"] == {"reviews": 1, "returns": 1}
    assert seen["review"] == {
        "decision": "Falls clinic, carer asked",
        "reviewed_on": "2019-10-01",
        "version": "2",
    }
    assert seen["milestones"] == {"M1": {"done": "2019-09-01", "forecast": None}}


def test_the_second_saver_is_told(seen):
    assert seen["stale"] == ["Falls clinic, carer asked", "mine"]


def test_pages_answer(seen):
    assert seen["pages"] == [200, 200, 200, 200]
