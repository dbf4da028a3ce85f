"""Performance: a national RTT file imported, the real A&E series forecast and held to account, a
board's pages.

Prints what past forecasts of the real series were worth: how often 80% and 95% intervals held, and
the Brier score.
"""

from __future__ import annotations

import csv
import datetime as dt
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.measure import row
from oneplace.answers import open_place
from oneplace.answers import performance as answers
from oneplace.methods import forecast
from oneplace.sources.statistics import import_files

ROOT = Path(__file__).resolve().parent.parent
ROWS = 300_000
# Coverage is given as the distance from what the interval promises, in percentage points.
FURTHEST_FROM_80, FURTHEST_FROM_95 = 10.0, 5.0


def rows() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch) / "place"
        shutil.copytree(
            ROOT / "places" / "liverpool", place, ignore=shutil.ignore_patterns(".oneplace")
        )
        return [*_import(Path(scratch), place), *_forecasts(place), *_pages(place)]


def _import(scratch: Path, place: Path) -> Iterator[dict[str, Any]]:
    sys.path.insert(0, str(ROOT / "tests"))
    try:
        from published_files import big_rtt
    finally:
        sys.path.remove(str(ROOT / "tests"))
    file = scratch / "RTT-March-2019.csv"
    written = big_rtt(file, rows=ROWS)
    ours, done = _cpu(lambda: import_files(place, [file], imported_at=dt.datetime(2019, 6, 1)))
    assert done[0].organisations > 100
    twin, within = _cpu(lambda: _plain(file))
    figure = {
        f.organisation: f
        for (_, basis), fs in _imported(place).items()
        if basis == "provider"
        for f in fs
    }
    assert all(
        figure[code].numerator == n and figure[code].denominator == d
        for code, (n, d) in within.items()
    )
    yield row(
        f"performance: import of an RTT file of {written:,} rows", "CPU s", ours, 3.0, twin=twin
    )


def _imported(place: Path) -> dict[tuple[str, str], list[Any]]:
    from oneplace.measures.series import of_observations
    from oneplace.sources.statistics import observations

    return of_observations(observations(place, measure="rtt-incomplete").to_pylist())


def _plain(file: Path) -> dict[str, tuple[float, float]]:
    """The same list by trust, read row by row: only the one measure, and no checks."""
    found: dict[str, list[float]] = {}
    with file.open(encoding="utf-8", newline="") as text:
        reader = csv.reader(text)
        head = next(reader)
        part, code, who = (
            head.index(h) for h in ("RTT Part Type", "Treatment Function Code", "Provider Org Code")
        )
        first = head.index("Gt 00 To 01 Weeks SUM 1")
        for r in reader:
            if r[part] == "Part_2" and r[code] == "C_999":
                cell = found.setdefault(r[who], [0.0, 0.0])
                cell[0] += sum(int(c) for c in r[first : first + 18] if c)
                cell[1] += int(r[-1])
    return {k: (v[0], v[1]) for k, v in found.items()}


def _forecasts(place: Path) -> Iterator[dict[str, Any]]:
    """Rolling forecasts of every trust's real months, each origin knowing only what was known
    then."""
    with open_place(place) as session:
        found = answers.series(session, answers.definition(session, "ae-4-hours"))
    # A trust whose department closed has months without anybody; a forecast is of those that go on.
    whole = [fs for fs in found.values() if len(fs) == 24 and all(f.denominator for f in fs)]
    series = [([f.numerator or 0 for f in fs], [f.denominator or 0 for f in fs]) for fs in whole]
    record = forecast.rolling_record(series, horizon=12, target=0.95)
    verdict = forecast.judge(record)
    assert verdict is not None
    print(
        f"real A&E series, {len(series)} trusts, {verdict.judged} forecasts judged: 80% intervals held {verdict.covered80:.1%} "
        f"({verdict.covered80_raw:.1%} before recalibration), 95% held {verdict.covered95:.1%} ({verdict.covered95_raw:.1%}); "
        f"Brier score of meeting 95%: {verdict.brier:.4f}"
    )
    yield row(
        "performance: coverage of 80% intervals, real A&E series",
        "points off",
        100 * abs(verdict.covered80 - 0.8),
        FURTHEST_FROM_80,
    )
    yield row(
        "performance: coverage of 95% intervals, real A&E series",
        "points off",
        100 * abs(verdict.covered95 - 0.95),
        FURTHEST_FROM_95,
    )


def _pages(place: Path) -> Iterator[dict[str, Any]]:
    with open_place(place) as session:
        _ = session.plan_documents  # read once for a session
        ours, found = _cpu(
            lambda: [
                answers.measure_page(session, "ae-4-hours", code)
                for code in ("RQ6", "REM", "RBS", "RBN", "RVY")
            ]
        )
        assert all(p["forecast"]["made"] for p in found)
        yield row(
            "performance: a measure's page with chart and forecast",
            "CPU s",
            ours / len(found),
            0.05,
            asked=0.1,
        )
        ours, goals = _cpu(lambda: answers.goals(session))
        assert len(goals["goals"]) == 97
        yield row("performance: 97 goals judged", "CPU s", ours, 0.2)


def _cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    before = resource.getrusage(resource.RUSAGE_SELF)
    started = time.perf_counter()
    found = work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used or time.perf_counter() - started, found
