"""The rules of an XmR chart against a slow, obviously right twin, point by point in plain
Python."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from oneplace.methods import spc


def twin(
    y: Sequence[float | None],
    starts: Sequence[int] = (),
    fix_after: int | None = None,
    bridge: int = 1,
) -> list[str | None]:
    """Segment by segment, known points only, every window looked at."""
    bounds = [0, *sorted({s for s in starts if s > 0}), len(y)]
    names: list[str | None] = []
    for begin, stop in pairwise(bounds):
        names += segment(list(y[begin:stop]), fix_after, bridge)
    return names


def segment(y: list[float | None], fix_after: int | None, bridge: int) -> list[str | None]:
    used = y[:fix_after]
    known = [v for v in used if v is not None]
    if not known:
        return [None if v is None else "Common Cause" for v in y]
    mean = sum(known) / len(known)
    ranges = [abs(b - a) for a, b in pairwise(used) if a is not None and b is not None]
    if ranges:
        typical = sum(ranges) / len(ranges)
        kept = [r for r in ranges if r < 3.267 * typical or typical == 0]
        reach = 2.66 * sum(kept) / len(kept) if kept else float("nan")
    else:
        reach = float("nan")
    at = [i for i, v in enumerate(y) if v is not None]
    names = {i: name_of(at.index(i), at, y, mean, reach, bridge) for i in at}
    return [names.get(i) for i in range(len(y))]


def windows(position: int, length: int, at: list[int], bridge: int) -> list[list[int]]:
    """Every window of so many known points that holds this one and skips no more months than may be
    bridged."""
    found = []
    for first in range(position - length + 1, position + 1):
        if first < 0 or first + length > len(at):
            continue
        window = at[first : first + length]
        if all(b - a <= bridge + 1 for a, b in pairwise(window)):
            found.append(window)
    return found


def name_of(
    position: int, at: list[int], y: list[float | None], mean: float, reach: float, bridge: int
) -> str:
    def value(i: int) -> float:
        v = y[i]
        assert v is not None
        return v

    here = value(at[position])
    if here > mean + reach:
        return "Above UCL"
    if here < mean - reach:
        return "Below LCL"
    for window in windows(position, 7, at, bridge):
        steps = [value(b) - value(a) for a, b in pairwise(window)]
        if all(s > 0 for s in steps):
            return "7 Point Trend (Increasing)"
    for window in windows(position, 7, at, bridge):
        steps = [value(b) - value(a) for a, b in pairwise(window)]
        if all(s < 0 for s in steps):
            return "7 Point Trend (Decreasing)"
    for word, sign in (("Above", 1), ("Below", -1)):
        for window in windows(position, 3, at, bridge):
            off = [sign * (value(i) - mean) for i in window]
            near = [2 / 3 * reach < o <= reach for o in off]
            if all(o > 0 for o in off) and sum(near) >= 2 and near[window.index(at[position])]:
                return f"2 in 3 {word} CL"
    for word, sign in (("Above", 1), ("Below", -1)):
        for window in windows(position, 7, at, bridge):
            if all(sign * (value(i) - mean) > 0 for i in window):
                return f"7 Points {word} CL"
    return "Common Cause"


def series(kind: int, rng: np.random.Generator) -> list[float | None]:
    points = int(rng.integers(3, 45))
    y = rng.normal(100, 5, points)
    if kind % 4 == 1:
        y += np.linspace(0, rng.normal(0, 12), points)
    if kind % 4 == 2:
        y[points // 2 :] += rng.normal(0, 6)
    if kind % 4 == 3:
        y = np.cumsum(rng.normal(0, 2, points)) + 50
    y = np.round(y, 0 if kind % 5 == 0 else 2)
    gaps = rng.random(points) < (0.12 if kind % 3 == 0 else 0.0)
    return [None if gap else float(v) for v, gap in zip(y, gaps, strict=True)]


@pytest.mark.parametrize("block", range(8))
def test_rules_agree_with_the_twin(block: int) -> None:
    rng = np.random.default_rng(block)
    seen = set()
    for kind in range(60):
        y = series(kind, rng)
        starts = [len(y) // 2] if kind % 7 == 0 and len(y) > 10 else []
        fix = 8 if kind % 6 == 0 else None
        found = spc.xmr(y, starts_at=starts, fix_after=fix, fewest=2).cause
        assert found == twin(y, starts, fix), (y, starts, fix)
        seen |= set(found)
    assert {"Above UCL", "7 Points Above CL", "Common Cause"} <= seen
