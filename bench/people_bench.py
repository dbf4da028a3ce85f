"""The people river beside its hand-tuned twin: 500,000 people, 50 million events, each in a process
of its own.

Ours makes 135 features, scores, segments, risks with a model fitted before, and every team's
caseload, with its documents read and checked; the twin (`bench.people_twin`) answers the same
question, less of it, with SQL written for it. CPU seconds and peak memory are those of the whole
process, Python's start included. The median of three runs counts.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from bench.measure import Measured, row
from bench.measure import run as measured
from bench.people_data import AS_OF, data, place_tables

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "bench"
PEOPLE = int(os.environ.get("BENCH_PEOPLE", "500000"))
EVENTS = int(os.environ.get("BENCH_EVENTS", "50000000"))
RUNS = 3


class Tables:
    """The place of the bench: areas and teams."""

    def __init__(self, people: int):
        self.tables = place_tables(people)

    def table(self, name: str) -> object:
        return self.tables[name]

    def rows(self, name: str) -> list[dict[str, object]]:
        return list(self.tables[name].to_pylist()) if name in self.tables else []


def rows() -> list[dict[str, object]]:
    """CPU seconds, the ratio to the twin, peak memory, and `explain` for one person."""
    source = data(BUILD, people=PEOPLE, events=EVENTS)
    model = BUILD / "model.json"
    _once(
        source,
        lambda work: measured(
            sys.executable, "-m", "bench.people_bench", "fit", str(work), str(model)
        ),
    )
    ours = _runs(
        source,
        lambda work: measured(
            sys.executable, "-m", "bench.people_bench", "run", str(work), str(model)
        ),
    )
    twin = _runs(
        source,
        lambda work: measured(sys.executable, "-m", "bench.people_twin", str(work), str(PEOPLE)),
    )
    cpu, twin_cpu = (statistics.median(m.cpu_seconds for m in found) for found in (ours, twin))
    peak = max(m.peak_bytes for m in ours)
    explained = statistics.median(json.loads(m.stdout)["explain_seconds"] for m in ours)
    name = f"people river, {PEOPLE:,} people, {EVENTS:,} events"
    return [
        row(name, "CPU s", cpu, 12.0, twin=twin_cpu, asked=15.0),
        row(f"{name}: ours to twin", "ratio", cpu / twin_cpu, 1.5),
        row(f"{name}: peak memory", "bytes", peak, 1.5e9),
        # These rows lie in no order and nobody noted where a person's stand, so every row of ten
        # tables is read: of a build, which notes it, `city_bench` asks 0.5 for the whole process.
        row("explain one person of these, every row read", "CPU s", explained, 1.0),
    ]


def _runs(source: Path, action: Callable[[Path], Measured]) -> list[Measured]:
    return [_once(source, action) for _ in range(RUNS)]


def _once(source: Path, action: Callable[[Path], Measured]) -> Measured:
    """On a copy, since results are written beside the records."""
    work = BUILD / "work.duckdb"
    shutil.copyfile(source, work)
    try:
        return action(work)
    finally:
        work.unlink(missing_ok=True)


def _river(work: Path, model: Path, *, fit: bool) -> dict[str, object]:
    from oneplace.engines import duck
    from oneplace.engines.river import read_people_documents, run_people_river
    from oneplace.people.risk import Model
    from oneplace.sources.receiving import silent

    documents = read_people_documents(ROOT / "places" / "liverpool")
    place = Tables(PEOPLE)
    kept = None if fit else Model(**json.loads(model.read_text()))
    with duck.open(work, threads=2, memory_limit_mb=900) as engine:
        report = run_people_river(
            engine,
            documents,
            place,
            as_of=AS_OF,
            basis="synthetic",
            seed=1,
            progress=silent,
            model=kept,
        )
        if fit:
            found = {r["term"]: r for r in engine.rows("SELECT * FROM risk_model")}
            names = [p.name for p in documents.risk.predictors]
            parts = {
                k: [found[n][v] for n in names]
                for k, v in (("coefficients", "coefficient"), ("means", "mean"))
            }
            model.write_text(
                json.dumps(
                    {"names": names, "intercept": found["intercept"]["coefficient"], **parts}
                )
            )
        person = engine.rows(
            "SELECT person_id FROM caseload WHERE on_agenda ORDER BY person_id LIMIT 1"
        )[0]["person_id"]
    return {
        "results": report.results,
        "person": person,
        "explain_seconds": _explained(work, documents, place, person),
    }


def _explained(work: Path, documents: object, place: object, person: int) -> float:
    """CPU seconds to open the database, explain one person and close it, which is what a page
    does."""
    from oneplace.engines import duck
    from oneplace.engines.river import explain_person

    started = time.process_time()
    with duck.open(work, threads=2, memory_limit_mb=900, read_only=True) as engine:
        explain_person(engine, documents, place, person, as_of=date(2019, 4, 1))
    return time.process_time() - started


if __name__ == "__main__":
    print(json.dumps(_river(Path(sys.argv[2]), Path(sys.argv[3]), fit=sys.argv[1] == "fit")))
