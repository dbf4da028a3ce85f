"""The same site on PostgreSQL: migrations, the audit and its guards, entries, mornings; a real
server of the test's own.

The tests of this folder are run once more in a process of their own, against a server that listens
on a socket in a temporary folder and on no network.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

HERE = Path(__file__).resolve().parent
AGAIN = (
    "test_audit.py",
    "test_entries.py",
    "test_mornings.py",
    "test_neighbourhood.py",
    "test_postgresql_guards.py",
)
FEWEST = 60


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


def _as_nobody_special() -> tuple[list[str], str]:
    """PostgreSQL refuses to run as root: then as the user that its package made."""
    if os.geteuid() != 0:
        return [], pwd.getpwuid(os.geteuid()).pw_name
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip("this is root and there is no user postgres to run the server as")
    return ["runuser", "-u", "postgres", "--"], "postgres"


@pytest.fixture
def server() -> Iterator[str]:
    programs = _programs()
    if programs is None:
        pytest.skip("needs PostgreSQL: apt install postgresql")
    pytest.importorskip("psycopg", reason="needs psycopg: pip install 'oneplace[postgres]'")
    before, user = _as_nobody_special()
    folder = Path(
        tempfile.mkdtemp(prefix="oneplace-pg-")
    )  # short: a socket's path may have 107 characters
    shutil.chown(folder, user)

    def run(*command: object) -> None:
        done = subprocess.run(
            [*before, *map(str, command)], capture_output=True, text=True, check=False, cwd=folder
        )
        assert done.returncode == 0, done.stdout + done.stderr

    try:
        run(
            programs / "initdb",
            "--pgdata",
            folder / "data",
            "--auth",
            "trust",
            "--encoding",
            "UTF8",
            "--no-sync",
        )
        options = f"-k {folder} -c listen_addresses= -c fsync=off"
        run(
            programs / "pg_ctl",
            "start",
            "-w",
            "-D",
            folder / "data",
            "-l",
            folder / "log",
            "-o",
            options,
        )
        try:
            yield f"postgresql://{user}@/postgres?host={quote(str(folder), safe='')}"
        finally:
            run(programs / "pg_ctl", "stop", "-w", "-m", "immediate", "-D", folder / "data")
    finally:
        shutil.rmtree(folder)


@pytest.mark.skipif("ONEPLACE_TESTS_POSTGRESQL" in os.environ, reason="this is the second run")
def test_the_site_does_the_same_on_postgresql(server, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *(str(HERE / f) for f in AGAIN)],
        env={
            **os.environ,
            "ONEPLACE_TESTS_POSTGRESQL": server,
            "PYTEST_ADDOPTS": f"--basetemp={tmp_path / 'again'}",
        },
        capture_output=True,
        text=True,
        check=False,
        cwd=HERE.parents[1],
    )
    assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed and int(passed[1]) >= FEWEST, done.stdout[-1_000:]
