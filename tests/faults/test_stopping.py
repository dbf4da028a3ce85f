"""Stopping the site: at once, whatever it was doing, and with nothing left that says otherwise."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from killing import Acknowledged, sign_in_all, write_until
from oneplace.sources.entries import read_entries
from serving import Browser, Served, clean

STOPS_WITHIN = (
    10.0  # seconds, on a machine that other tests keep busy; alone it takes half a second
)


@pytest.fixture
def site(built_hamlet: Path, tmp_path: Path):
    place = Path(shutil.copytree(built_hamlet, tmp_path / "hamlet"))
    one = Served(
        place, tmp_path / "serve.log", {"ONEPLACE_KEY_FILE": str(tmp_path / "key")}, workers=2
    )
    yield one
    one.stop()


def stopped(site: Served, how: signal.Signals) -> tuple[int, float]:
    """Status and seconds; everything that the server started has ended with it."""
    family, began = site.family(), time.monotonic()
    site.process.send_signal(how)
    status = site.process.wait(60)
    took = time.monotonic() - began
    left = [
        p
        for p in family
        if Path(f"/proc/{p}").exists() and "Z" not in Path(f"/proc/{p}/stat").read_text().split()[2]
    ]
    assert left == [], site.said()
    return status, took


def jobs(place: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(place / ".oneplace" / "entries.sqlite3")) as connection:
        return connection.execute("SELECT state, said FROM jobs ORDER BY id").fetchall()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=["told", "Ctrl+C"])
def test_it_stops_with_readers_connected(site: Served, how: signal.Signals) -> None:
    site.start()
    readers = [Browser(site).sign_in("planner") for _ in range(3)]
    assert all(r.get("/programme/").status == 200 for r in readers)
    said = site.said()
    assert f"http://127.0.0.1:{site.port}/" in said and "Ctrl+C" in said
    assert re.search(r"Sign in as .*coordinator.*resident.*password", said)
    status, took = stopped(site, how)
    assert status == 0, site.said()
    assert took < STOPS_WITHIN
    assert "Traceback" not in site.said()


def test_what_was_acknowledged_while_it_was_being_told_to_stop_is_there(site: Served) -> None:
    site.start()
    writer, token, _ = sign_in_all(site)
    said, enough = Acknowledged(), threading.Event()
    saving = threading.Thread(
        target=write_until, args=(enough, writer, token, said, "while stopping")
    )
    saving.start()
    while len(said.titles) < 3 and not said.refused:
        time.sleep(0.01)
    stopped(site, signal.SIGTERM)
    enough.set()
    saving.join(60)
    assert said.refused == [] and len(said.titles) >= 3
    kept = {
        r["title"]
        for r in read_entries(site.folder / ".oneplace/entries.sqlite3")["risks"].to_pylist()
    }
    assert set(said.titles) <= kept


def test_a_build_that_was_running_is_said_to_be_stopped_and_the_last_one_answers(
    site: Served,
) -> None:
    site.start()
    before = (site.folder / ".oneplace" / "current").read_text()
    analyst = Browser(site).sign_in("analyst")
    assert analyst.post("/builds/build", {}, analyst.token("/builds/")).status == 302
    until = time.monotonic() + 60
    while [state for state, _ in jobs(site.folder)] != ["running"]:
        assert time.monotonic() < until, (jobs(site.folder), site.said())
        time.sleep(0.005)
    status, took = stopped(site, signal.SIGTERM)
    assert (status, took < STOPS_WITHIN) == (0, True), site.said()
    [(state, said)] = jobs(site.folder)
    if state != "done":  # a small place may have been built meanwhile
        assert state == "failed" and "stopped while this ran" in said
        assert (site.folder / ".oneplace" / "current").read_text() == before
    site.start()
    reader = Browser(site).sign_in("coordinator")
    assert reader.get(reader.get("/neighbourhood/").header("location")).status == 200


@pytest.mark.parametrize("after", [0.0, 0.5])
def test_it_stops_while_it_is_still_starting(site: Served, after: float) -> None:
    """A process that is told to stop before it takes requests does not go on to take them."""
    command = [
        sys.executable,
        "-m",
        "oneplace",
        "serve",
        str(site.folder),
        "--port",
        str(site.port),
    ]
    with subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=clean(**site.environment),
    ) as process:
        assert process.stderr is not None
        while "The site is at" not in (line := process.stderr.readline()):
            assert line, "it ended before it said where it is"
        time.sleep(after)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        assert time.monotonic() - began < STOPS_WITHIN
    with socket.socket() as asked:
        assert asked.connect_ex(("127.0.0.1", site.port)) != 0, "somebody still listens"


def test_a_taken_port_is_said_with_what_to_do(site: Served) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "oneplace", "serve", str(site.folder), "--port", str(port)],
            capture_output=True, text=True, check=False, env=clean(**site.environment),
        )  # fmt: skip
    assert done.returncode == 1
    assert f"127.0.0.1:{port}" in done.stderr and f"--port {port + 1}" in done.stderr
    assert "Traceback" not in done.stderr
