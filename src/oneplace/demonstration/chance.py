"""Random numbers by topic, and the few ways of drawing that the demonstration people need.

In: a seed and the name of a topic. Out: a generator of its own for that topic (Philox, keyed by
seed and topic), so that a topic added later moves nobody else's numbers. All drawing is over whole
arrays.
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def stream(seed: int, topic: str, *part: int) -> np.random.Generator:
    """The topic's own generator; `part` tells chunks and years of one topic apart."""
    key = np.random.SeedSequence([seed, zlib.crc32(topic.encode()), *part])
    return np.random.Generator(np.random.Philox(key))


def choose_per_group(rng: np.random.Generator, group: Array, wanted: Array) -> Array:
    """Positions of `wanted[g]` members drawn from each group g without replacement (all of a group
    that is smaller)."""
    if not len(group):
        return np.empty(0, np.int64)
    order = np.argsort(group + rng.random(len(group)))
    sizes = np.bincount(group, minlength=len(wanted))
    place_in_group = np.arange(len(group)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return order[place_in_group < np.asarray(wanted)[group[order]]]


def systematic(rng: np.random.Generator, weight: Array) -> Array:
    """Positions drawn with chance `weight` each (below 1), evenly along the order given:
    sum(weight) of them, rounded."""
    total = np.cumsum(weight, dtype=np.float64)
    if not len(total):
        return np.empty(0, np.int64)
    points = np.arange(rng.random(), total[-1], 1.0)
    return np.searchsorted(total, points, side="right").clip(0, len(total) - 1)


def whole_numbers(rng: np.random.Generator, expected: Array) -> Array:
    """Each expectation as a whole number, up or down by chance, so that sums come out right on
    average."""
    low = np.floor(expected)
    return (low + (rng.random(np.shape(expected)) < expected - low)).astype(np.int64)


def share_out(counts: Array, total: int) -> Array:
    """Split `total` over cells in proportion to `counts`, in whole numbers, never more than a
    cell's count."""
    of = float(counts.sum())
    if of == 0:
        return np.zeros(len(counts), np.int64)
    running = np.rint(np.cumsum(counts) * (total / of)).astype(np.int64)
    parts: Array = np.diff(running, prepend=0)
    return parts


def between(rng: np.random.Generator, first: Array, last: Array) -> Array:
    """A day drawn evenly from first to last, both included (int32)."""
    first = np.asarray(first)
    span = np.maximum(np.asarray(last, np.int64) - first + 1, 1)
    after = (rng.random(np.shape(first), np.float32) * span).astype(np.int64).clip(0, span - 1)
    return np.asarray(first + after, np.int32)


def product(a: Array, b: Array) -> Array:
    """Matrix product of finite numbers. Some kernels raise floating-point flags over padding that
    they read and do not use; numpy then warns of invalid values where there are none."""
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        return np.asarray(a @ b)
