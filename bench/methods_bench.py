"""The published statistics: CPU seconds beside a plain twin and, where one is installed, the
published package.

The peer has its own environment, build/peers/phstats, made the first time where the package can be
had.
"""

from __future__ import annotations

import json
import math
import subprocess
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from bench.measure import peer
from oneplace.methods import inequality, lifetable, spc, standardise

ROOT = Path(__file__).resolve().parent.parent
PEER_NAME = "PHStatsMethods 0.1.16"
AREAS, SERIES, MONTHS, REPETITIONS = 7000, 10_000, 36, 100_000
STARTS = (0, 1, *range(5, 95, 5))
# The XmR twin looks at every window of every point in plain Python: a tenth of the series stands
# for all.
TWIN_SERIES = 1000


def rows() -> list[dict[str, Any]]:
    return [_dsr(), _life_expectancy(), _xmr(), _slope_index()]


def _dsr() -> dict[str, Any]:
    rng = np.random.default_rng(1)
    count, people = rng.poisson(20, (AREAS, 19)), rng.integers(1000, 5000, (AREAS, 19))
    ours, found = _cpu(lambda: standardise.direct(count, people))
    twin, plain = _cpu(
        lambda: [_dsr_of_one(c, p) for c, p in zip(count.tolist(), people.tolist(), strict=True)],
        times=1,
    )
    assert np.allclose(found.value, plain)
    peer, values = _peer_dsr(count, people)
    assert values is None or np.allclose(found.value[: len(values)], values)
    return _row(f"methods: DSR, {AREAS:,} areas x 19 bands", ours, twin, 0.01, peer=peer)


def _dsr_of_one(count: list[int], people: list[int]) -> float:
    total = sum(standardise.ESP2013)
    return (
        1e5
        * sum(w * c / p for w, c, p in zip(standardise.ESP2013, count, people, strict=True))
        / total
    )


def _peer_dsr(count: np.ndarray, people: np.ndarray) -> tuple[float | None, list[float] | None]:
    python = peer("phstats", "PHStatsMethods==0.1.16")
    if python is None:
        return None, None
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "table.npz"
        np.savez(table, count=count, population=people, standard=np.array(standardise.ESP2013))
        script = ROOT / "bench" / "peers" / "phstats_dsr.py"
        out = subprocess.run([python, script, table], capture_output=True, text=True)
    if out.returncode:
        last = out.stderr.strip().splitlines()[-1:]
        print(f"{PEER_NAME} did not run: {' '.join(last)[:200]}")
        return None, None
    answer = json.loads(out.stdout.splitlines()[-1])
    return answer["seconds"], answer["value"]


def _life_expectancy() -> dict[str, Any]:
    rng = np.random.default_rng(2)
    rate = 0.0002 * np.exp(0.08 * np.array(STARTS))
    people = rng.integers(1000, 5000, (AREAS, len(STARTS)))
    deaths = np.minimum(rng.poisson(rate * people), people)
    deaths[:, -1] = np.maximum(deaths[:, -1], 1)
    ours, found = _cpu(lambda: lifetable.life_expectancy(deaths, people, STARTS))
    twin, plain = _cpu(
        lambda: [
            _expectation_of_one(d, p) for d, p in zip(deaths.tolist(), people.tolist(), strict=True)
        ],
        times=1,
    )
    good = found.problem == ""
    assert good.mean() > 0.9 and np.allclose(found.expectation[good, 0], np.array(plain)[good])
    return _row(f"methods: life expectancy, {AREAS:,} areas x 20 bands", ours, twin, 0.03)


def _expectation_of_one(deaths: list[int], people: list[int]) -> float:
    alive, years = 1.0, 0.0
    for band, start in enumerate(STARTS):
        m = deaths[band] / people[band]
        if band == len(STARTS) - 1:
            return years + alive / m
        width, lived = STARTS[band + 1] - start, 0.1 if start == 0 else 0.5
        lost = alive * width * m / (1 + width * (1 - lived) * m)
        years += width * (alive - lost + lived * lost)
        alive -= lost
    return math.nan


def _xmr() -> dict[str, Any]:
    y = np.random.default_rng(3).normal(100, 5, (SERIES, MONTHS)).round(1)
    y[::3, MONTHS // 2 :] += 6
    y[1::3] += np.linspace(0, 10, MONTHS)
    ours, found = _cpu(lambda: spc.xmr_many(y))
    twin, plain = _cpu(lambda: [_rules_of_one(v) for v in y[:TWIN_SERIES].tolist()], times=1)
    assert (found.cause[:TWIN_SERIES] == np.array(plain)).all()
    return _row(
        f"methods: XmR, {SERIES:,} series x {MONTHS} months, all rules",
        ours,
        twin * SERIES / TWIN_SERIES,
        0.1,
        asked=1.0,
    )


def _rules_of_one(y: list[float]) -> list[int]:
    mean = sum(y) / len(y)
    ranges = [abs(b - a) for a, b in pairwise(y)]
    kept = [r for r in ranges if r < 3.267 * sum(ranges) / len(ranges)]
    reach = 2.66 * sum(kept) / len(kept)
    off = [v - mean for v in y]

    def windows(i: int, size: int) -> list[range]:
        return [range(a, a + size) for a in range(max(0, i - size + 1), min(i, len(y) - size) + 1)]

    def code(i: int) -> int:
        if abs(off[i]) > reach:
            return 1 if off[i] > 0 else -1
        for sign in (1, -1):
            if any(all(sign * (y[k + 1] - y[k]) > 0 for k in w[:-1]) for w in windows(i, 7)):
                return 2 * sign
        for sign in (1, -1):
            near = [2 / 3 * reach < sign * o <= reach for o in off]
            threes = [w for w in windows(i, 3) if all(sign * off[k] > 0 for k in w)]
            if near[i] and any(sum(near[k] for k in w) >= 2 for w in threes):
                return 3 * sign
        for sign in (1, -1):
            if any(all(sign * off[k] > 0 for k in w) for w in windows(i, 7)):
                return 4 * sign
        return 0

    return [code(i) for i in range(len(y))]


def _slope_index() -> dict[str, Any]:
    value, people, error = (
        74 + np.arange(10) * 0.8,
        np.linspace(9000, 15000, 10),
        np.linspace(0.8, 0.4, 10),
    )
    ours, found = _cpu(
        lambda: inequality.slope_index(
            value, people, error, rng=np.random.default_rng(4), repetitions=REPETITIONS
        )
    )
    twin, limits = _cpu(lambda: _slopes_drawn(value, people, error))
    assert np.allclose([found.slope_lower[0], found.slope_upper[0]], limits, rtol=0.03)
    return _row(f"methods: slope index, one area, {REPETITIONS:,} repetitions", ours, twin, 0.02)


def _slopes_drawn(value: np.ndarray, people: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Every group drawn, every line fitted, every slope kept."""
    share = people / people.sum()
    middle = np.cumsum(share) - share / 2
    design = np.sqrt(share)[:, None] * np.stack([np.ones(10), middle], axis=1)
    draws = np.random.default_rng(4).normal(value, error, (REPETITIONS, 10)) * np.sqrt(share)
    slopes = np.linalg.lstsq(design, draws.T, rcond=None)[0][1]
    return np.quantile(slopes, [0.025, 0.975])


def _cpu(work: Callable[[], Any], times: int = 3) -> tuple[float, Any]:
    """Least CPU seconds of so many runs, and what the last gave."""
    spent = []
    for _ in range(times):
        started = time.process_time()
        answer = work()
        spent.append(time.process_time() - started)
    return min(spent), answer


def _row(
    name: str, ours: float, twin: float, limit: float, peer: float | None = None, asked: float = 0.1
) -> dict[str, Any]:
    """The ratio is to the peer where it ran, to the twin where not."""
    has_peer = "DSR" in name
    return {
        "name": name,
        "unit": "CPU s",
        "ours": ours,
        "twin": twin,
        "peer": peer,
        "peer_name": (
            PEER_NAME if peer is not None else f"{PEER_NAME}: not installed, or did not run"
        )
        if has_peer
        else None,
        "ratio": ours / (twin if peer is None else peer),
        "limit": limit,
        "asked": asked,
        "ok": ours <= limit,
    }


if __name__ == "__main__":
    for row in rows():
        print("  ".join(f"{v:.4g}" if isinstance(v, float) else str(v) for v in row.values()))
