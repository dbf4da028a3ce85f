"""The site on the whole demonstration city: CPU of every page for every role, page weight, audited
pages a second, eight writers at once, kills at random moments.

`ONEPLACE_BENCH_PLACE` names an already built city; without it one is built, which takes a minute or
two. A page's cost is the server's CPU time around the WSGI call, warm, median of five; a person's
first look is measured apart, because what the records say of a person is kept until the next build.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from bench.measure import oneplace, row, run
from oneplace.place.shipped import shipped_place

ROOT = Path(__file__).resolve().parent.parent
PAGE_MS, CARE_MS, FIRST_MS, PAGE_BYTES, PAGES_A_SECOND = 60.0, 25.0, 100.0, 300_000, 100.0
PROCESS_BYTES = 600e6  # of one process that answers, shared pages counted by their share
LOAD_SECONDS, READERS, WORKERS, AGENDA = 10, 8, 2, 20
WRITER_SECONDS, WRITERS, KILLS = 30, 8, 30


def rows() -> Iterator[dict[str, object]]:
    with tempfile.TemporaryDirectory(prefix="oneplace-bench-") as made:
        home = {"XDG_DATA_HOME": str(Path(made) / "data")}
        place = _place(Path(made), home)
        walked = json.loads(
            run(sys.executable, "-m", "bench.web_walk", str(place), env=home, cwd=ROOT).stdout
        )
        yield from _pages(walked)
        yield from _load(place, home)
        yield from _faults(Path(made), home)


def _place(made: Path, home: dict[str, str]) -> Path:
    """A copy of the city, so that what the bench writes is not left in it."""
    named = os.environ.get("ONEPLACE_BENCH_PLACE")
    if named:
        return Path(
            shutil.copytree(
                named,
                made / "city",
                ignore=shutil.ignore_patterns("entries.sqlite3*", "audit.anchor"),
            )
        )
    shutil.copytree(
        shipped_place("liverpool"), made / "city", ignore=shutil.ignore_patterns(".oneplace")
    )
    oneplace("build", str(made / "city"), "--json", env=home)
    return made / "city"


def _pages(walked: list[dict[str, Any]]) -> list[dict[str, object]]:
    care = [r for r in walked if r["route"] in ("caseload", "person")]
    other = [r for r in walked if r not in care and r["route"] != "first_look"]
    first = [r for r in walked if r["route"] == "first_look"]
    new = max(_firsts(walked), key=lambda r: float(r["first_cpu_ms"]))
    slowest, heaviest = (
        max(other, key=_cpu),
        max((r for r in walked if r["is_page"]), key=lambda r: r["bytes"]),
    )
    why = [r for r in _firsts(walked) if r["route"].startswith("why ")]
    return [
        row(
            f"web: slowest of {len(other)} pages ({slowest['route']}, {slowest['role']})",
            "CPU ms",
            _cpu(slowest),
            PAGE_MS,
        ),
        row("web: caseload with audit", "CPU ms", max(map(_cpu, _of(care, "caseload"))), CARE_MS),
        row("web: person with audit", "CPU ms", max(map(_cpu, _of(care, "person"))), CARE_MS),
        row(
            "web: person never looked at before, with audit",
            "CPU ms",
            max(map(_cpu, first)),
            PAGE_MS,
        ),
        row(
            f"web: heaviest page ({heaviest['route']})",
            "bytes",
            heaviest["bytes"] + _fixed(),
            PAGE_BYTES,
        ),
        row(
            f"web: slowest first look at a route ({new['route']}, {new['role']})",
            "CPU ms",
            new["first_cpu_ms"],
            FIRST_MS,
        ),
        row(
            f"web: slowest first look at where a number is from, of {len(why)} families ({why[0]['route']})",
            "CPU ms",
            why[0]["first_cpu_ms"],
            FIRST_MS,
        ),
        row("web: pages that failed", "pages", sum(r["status"] >= 500 for r in walked), 0),
    ]


def _firsts(walked: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first time that anybody asks for each route, in a process that has answered nothing
    before."""
    found: dict[str, dict[str, Any]] = {}
    for r in walked:
        if "first_cpu_ms" in r:
            found.setdefault(r["route"], r)
    worst = sorted(found.values(), key=lambda r: -float(r["first_cpu_ms"]))
    for r in worst[:10]:
        print(
            f"  first look: {r['route']} ({r['role']}) {r['first_cpu_ms']:.1f} CPU ms, later {r['cpu_ms']:.1f}",
            file=sys.stderr,
        )
    return worst


def _cpu(one: dict[str, Any]) -> float:
    return float(one["cpu_ms"])


def _of(walked: Iterable[dict[str, Any]], route: str) -> list[dict[str, Any]]:
    return [r for r in walked if r["route"] == route]


def _fixed() -> int:
    """What a page brings with it the first time, as the site sends it: styles and script,
    compressed."""
    static = ROOT / "src/oneplace/web/components/static"
    files = ("vendor/nhsuk.css", "oneplace/oneplace.css", "oneplace/oneplace.js")
    return sum(len(gzip.compress((static / f).read_bytes())) for f in files)


# --- load -------------------------------------------------------------------------------------------------------------
def _load(place: Path, home: dict[str, str]) -> list[dict[str, object]]:
    """Eight readers of people for ten seconds, over loopback, against two processes on two
    cores."""
    serving = _from_tests("serving")
    key = str(place.parent / "key")
    with serving.served(
        place, place.parent / "load.log", workers=WORKERS, ONEPLACE_KEY_FILE=key, **home
    ) as site:
        first = serving.Browser(site).sign_in("coordinator")
        team = re.search(
            r"/neighbourhood/teams/([^/]+)/", first.get("/neighbourhood/").header("location")
        )
        assert team
        text = first.get(f"/neighbourhood/teams/{team[1]}/caseload").text
        people = list(dict.fromkeys(re.findall(r"/neighbourhood/people/\d+", text)))[:AGENDA]
        cookies = dict(first.cookies)
        for address in people * 3 * WORKERS:  # until every process has looked at everybody once
            first.get(address)
        before, cpu = _audit_rows(place), _cpu_of(site.family())
        statuses: list[int] = []
        began = time.monotonic()

        def read(number: int) -> None:
            reader = serving.Browser(site)
            reader.cookies.update(cookies)
            turn = number
            while time.monotonic() - began < LOAD_SECONDS:
                statuses.append(reader.get(people[turn % len(people)]).status)
                turn += 1

        threads = [threading.Thread(target=read, args=(i,)) for i in range(READERS)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        seconds, spent = time.monotonic() - began, _cpu_of(site.family()) - cpu
        memory = max(_memory_of(p) for p in site.family())
        written = _audit_rows(place) - before
    answered = sum(s == 200 for s in statuses)
    idle = answered / spent * WORKERS
    return [
        {**row("web: audited pages a second, as timed", "pages/s", answered / seconds, None), "limit": PAGES_A_SECOND,
         "ok": answered / seconds >= PAGES_A_SECOND},
        {**row("web: audited pages that two cores' CPU is enough for", "pages/s", idle, None), "limit": PAGES_A_SECOND,
         "ok": idle >= PAGES_A_SECOND},
        row("web: memory of the largest process", "bytes", memory, PROCESS_BYTES),
        row("web: errors under load", "answers", len(statuses) - answered, 0),
        row("web: audit rows that differ from answers", "rows", abs(written - answered), 0),
    ]  # fmt: skip


def _audit_rows(place: Path) -> int:
    import sqlite3
    from contextlib import closing

    file = place / ".oneplace" / "entries.sqlite3"
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=30)) as connection:
        return int(connection.execute("SELECT count(*) FROM audit").fetchone()[0])


def _cpu_of(processes: Iterable[int]) -> float:
    """User and system seconds of these processes so far."""
    ticks = os.sysconf("SC_CLK_TCK")
    total = 0
    for pid in processes:
        said = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        total += int(said[11]) + int(said[12])
    return total / ticks


def _memory_of(process: int) -> float:
    """Its own memory and its share of what it has in common with others."""
    said = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
    found = re.search(r"^Pss:\s+(\d+) kB", said, re.MULTILINE)
    assert found
    return float(found[1]) * 1024


# --- faults -----------------------------------------------------------------------------------------------------------
def _faults(made: Path, home: dict[str, str]) -> list[dict[str, object]]:
    """Hamlet, because what is tried is the entries and not the size of the build."""
    serving, killing = _from_tests("serving"), _from_tests("killing")
    place = made / "hamlet"
    shutil.copytree(shipped_place("hamlet"), place, ignore=shutil.ignore_patterns(".oneplace"))
    oneplace("build", str(place), "--json", env=home)
    key = {"ONEPLACE_KEY_FILE": str(made / "hamlet-key"), **home}
    with serving.served(place, made / "hamlet.log", **key) as site:
        wrote = subprocess.run(
            [
                sys.executable,
                ROOT / "tests/writing.py",
                str(place),
                str(WRITERS),
                str(WRITER_SECONDS),
            ],
            env={**os.environ, **key},
            capture_output=True,
            text=True,
            check=True,
        )
        writers = json.loads(wrote.stdout)
        first = serving.Browser(site).sign_in("coordinator")
        team = re.search(
            r"/neighbourhood/teams/([^/]+)/", first.get("/neighbourhood/").header("location")
        )
        assert team
        person = re.search(
            r"/neighbourhood/people/\d+", first.get(f"/neighbourhood/teams/{team[1]}/caseload").text
        )
        assert person
        before = _audit_rows(place)
        said = killing.kill_while_writing(site, person[0], kills=KILLS, seed=int(time.time()))
        from oneplace.sources.entries import read_entries

        kept = {
            r["title"]
            for r in read_entries(place / ".oneplace/entries.sqlite3")["risks"].to_pylist()
        }
        missing_rows = max(0, said.pages - (_audit_rows(place) - before))
    whole = oneplace("audit", "verify", str(place), "--json", env=key)
    return [
        row(
            f"web: saves of {WRITERS} writers in {WRITER_SECONDS} s",
            "saves",
            writers["saved"],
            None,
        ),
        row("web: of them refused, 'locked' or otherwise", "saves", len(writers["failed"]), 0),
        row(f"web: saves acknowledged around {KILLS} kills", "saves", len(said.titles), None),
        row("web: acknowledged saves lost", "saves", len(set(said.titles) - kept), 0),
        row("web: pages about a person without an audit row", "pages", missing_rows, 0),
        row(
            "web: findings in the audit afterwards",
            "findings",
            len(json.loads(whole.stdout)["findings"]),
            0,
        ),
    ]


def _from_tests(name: str) -> Any:
    """The served site and its killer are the tests' own; the bench runs them longer."""
    import importlib

    if str(ROOT / "tests") not in sys.path:
        sys.path.insert(0, str(ROOT / "tests"))
    return importlib.import_module(name)
