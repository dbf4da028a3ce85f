"""The whole of demonstration Liverpool, Hamlet, and the questions people ask of them, as whole
processes."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

from bench.measure import COMPILED, oneplace, row, run, settled
from oneplace.place.shipped import shipped_place


def rows() -> list[dict[str, object]]:
    with tempfile.TemporaryDirectory(prefix="oneplace-bench-") as folder:
        home = {"XDG_DATA_HOME": str(Path(folder) / "data")}
        return [*_hamlet(Path(folder), home), *_liverpool(Path(folder), home)]


def _hamlet(folder: Path, home: dict[str, str]) -> list[dict[str, object]]:
    shutil.copytree(
        shipped_place("hamlet"), folder / "hamlet", ignore=shutil.ignore_patterns(".oneplace")
    )
    build = settled("build", str(folder / "hamlet"), "--json", env=home)
    return [row("hamlet: build", "CPU s", build.cpu_seconds, 3.0)]


def _liverpool(folder: Path, home: dict[str, str]) -> list[dict[str, object]]:
    first = oneplace("demo", "--no-serve", "--json", env=home)
    place = json.loads(first.stdout)["place"]
    second = settled("demo", "--no-serve", "--json", env=home)
    team = json.loads(second.stdout)["summary"]["teams"][0]["team"]
    caseload = settled("caseload", place, "--team", team, "--json", env=home)
    person = json.loads(caseload.stdout)["people"][0]["person"]
    explain = settled("explain", place, str(person), "--json", env=home)
    asked = run(sys.executable, "-c", EXPLAIN, place, str(person), env={**COMPILED, **home})
    status = settled("plan", "status", place, "--json", env=home)
    shutil.rmtree(
        Path(place) / ".oneplace" / "counted", ignore_errors=True
    )  # claims as somebody first asks them
    claims = oneplace("claims", place, "--json", env=home)
    facts = next((Path(place) / ".oneplace" / "builds").glob("*/facts.duckdb"))
    manifest = json.loads((facts.parent / "manifest.json").read_text(encoding="utf-8"))
    events = sum(n for t, n in manifest["tables"].items() if t in EVENTS)
    return [
        row("liverpool: first demo, whole city", "CPU s", first.cpu_seconds, 90.0),
        row("liverpool: peak memory", "bytes", first.peak_bytes, 3e9),
        row("liverpool: fact file", "bytes", facts.stat().st_size, 1e9),
        {**row("liverpool: event rows", "rows", events, None), "limit": 40e6, "ok": events >= 40e6},
        row("liverpool: demo a second time", "CPU s", second.cpu_seconds, 5.0),
        row("liverpool: caseload of one team", "CPU s", caseload.cpu_seconds, None),
        row("liverpool: explain one person, the whole process", "CPU s", explain.cpu_seconds, 0.5),
        row("liverpool: explain one person, the answer alone", "CPU s", float(asked.stdout), None),
        row("liverpool: plan status", "CPU s", status.cpu_seconds, 1.0),
        row("liverpool: claims, asked for the first time", "CPU s", claims.cpu_seconds, 5.0),
    ]


# In a process that has the place open and the documents read: what the question itself costs.
EXPLAIN = """
import sys, time
from pathlib import Path
from oneplace.answers import open_place
from oneplace.answers.people import documents, explain
with open_place(Path(sys.argv[1])) as session:
    documents(session), session.engine
    before = time.process_time()
    explain(session, sys.argv[2])
    print(time.process_time() - before)
"""

EVENTS = {
    "visit_occurrence",
    "condition_occurrence",
    "drug_exposure",
    "measurement",
    "procedure_occurrence",
    "observation",
    "referral",
    "social_care_package",
}
