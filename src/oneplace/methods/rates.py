"""Proportions, crude rates, ratios and means, each with a confidence interval.

In: counts and populations of many areas as arrays. Out: an `Estimate` of arrays of the same length.
An area that cannot be estimated (nobody in the denominator, a negative or missing count) is NaN,
says why in `problem`, and leaves its neighbours alone.

Sources: Wilson E B. J Am Stat Assoc 1927;22:209-12 (score interval for a proportion); Breslow N E,
Day N E. Statistical methods in cancer research, volume II, IARC 1987, page 69 (Byar's
approximation) and page 70 (exact limits); PHE Technical Guide: commonly used public health
statistics and their confidence intervals, 2018 (exact below 10 events, Byar's from 10).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from oneplace.methods.arrays import Floats, Texts

# PHE Technical Guide 2018, section on rates: below this many events the Poisson limits are taken
# exactly.
FEWEST_EVENTS_FOR_BYAR = 10


@dataclass(frozen=True)
class Estimate:
    """One figure for each area. `problem` is "" where the figure stands and a reason where `value`
    is NaN."""

    value: Floats
    lower: Floats
    upper: Floats
    method: Texts
    problem: Texts


def z_score(confidence: float) -> float:
    """The normal deviate of a two-sided interval: 1.96 at 0.95, 3.09 at 0.998."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is a share between 0 and 1, not {confidence}")
    return float(special.ndtri(0.5 + confidence / 2))


def wilson(count: ArrayLike, total: ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Score limits of a proportion; inside 0 to 1 for every count, 0 and all included."""
    x, n = _floats(count), _floats(total)
    z = z_score(confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = 2 * x + z * z
        spread = z * np.sqrt(z * z + 4 * x * (1 - x / n))
        scale = 2 * (n + z * z)
        lower = np.where(x == 0, 0.0, (centre - spread) / scale)
        upper = np.where(x == n, 1.0, (centre + spread) / scale)
    return np.clip(lower, 0.0, 1.0), np.clip(upper, 0.0, 1.0)


def byar(count: ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Byar's approximate limits of a Poisson count; good from 10 events, and 0 has lower limit
    0."""
    x = _floats(count)
    z = z_score(confidence)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        lower = x * (1 - 1 / (9 * x) - z / (3 * np.sqrt(x))) ** 3
    more = x + 1
    upper = more * (1 - 1 / (9 * more) + z / (3 * np.sqrt(more))) ** 3
    return np.where(x == 0, 0.0, lower), upper


def exact_poisson(count: ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Exact limits of a Poisson count, from the chi-squared distribution with 2x and 2x + 2 degrees
    of freedom."""
    x = _floats(count)
    tail = (1 - confidence) / 2
    lower = np.where(x == 0, 0.0, special.gammaincinv(np.maximum(x, 1e-300), tail))
    return lower, special.gammainccinv(x + 1, tail)


def poisson_limits(count: ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats, Texts]:
    """Exact below 10 events, Byar's from 10, and which of the two was used."""
    x = _floats(count)
    few = x < FEWEST_EVENTS_FOR_BYAR
    usable = np.where(np.isfinite(x) & (x >= 0), x, np.nan)
    lower, upper = byar(usable, confidence)
    low_exact, high_exact = exact_poisson(usable[few], confidence)
    lower[few], upper[few] = low_exact, high_exact
    return lower, upper, np.where(few, "Exact", "Byars").astype(object)


def proportion(
    numerator: ArrayLike,
    denominator: ArrayLike,
    *,
    confidence: float = 0.95,
    multiplier: float = 100.0,
) -> Estimate:
    """Share of each area's denominator, times the multiplier (100 gives a percentage), with
    Wilson's limits."""
    x, n = _pair(numerator, denominator)
    problem = _denominator_problems(x, n)
    problem[(problem == "") & (x > n)] = "the numerator is larger than the denominator"
    x, n = _blank(problem, x, n)
    lower, upper = wilson(x, n, confidence)
    method = np.full(x.shape, "Wilson", dtype=object)
    return Estimate(multiplier * x / n, multiplier * lower, multiplier * upper, method, problem)


def rate(
    events: ArrayLike,
    population: ArrayLike,
    *,
    confidence: float = 0.95,
    multiplier: float = 100_000.0,
) -> Estimate:
    """Events for each `multiplier` of population; exact limits below 10 events, Byar's from 10."""
    x, n = _pair(events, population)
    problem = _denominator_problems(x, n)
    x, n = _blank(problem, x, n)
    lower, upper, method = poisson_limits(x, confidence)
    return Estimate(
        multiplier * x / n, multiplier * lower / n, multiplier * upper / n, method, problem
    )


@dataclass(frozen=True)
class MeanEstimate:
    """Means of groups of readings; `groups` names them in order of first appearance."""

    groups: tuple[Any, ...]
    value: Floats
    lower: Floats
    upper: Floats
    total: Floats
    count: NDArray[np.int64]
    standard_deviation: Floats
    problem: Texts


def mean(
    values: ArrayLike, groups: ArrayLike | None = None, *, confidence: float = 0.95
) -> MeanEstimate:
    """Mean of each group with Student's t limits. One reading has a mean and no limits; no readings
    is a problem."""
    x = _floats(values)
    labels = (
        np.asarray(groups, dtype=object)
        if groups is not None
        else np.full(x.shape, "all", dtype=object)
    )
    names = tuple(dict.fromkeys(labels.tolist()))
    place = {name: i for i, name in enumerate(names)}
    index = np.fromiter(
        (place[name] for name in labels.tolist()), dtype=np.int64, count=labels.size
    )
    known = np.isfinite(x)
    size = len(names)
    count = np.bincount(index[known], minlength=size)
    missing = np.bincount(index[~known], minlength=size)
    total = np.bincount(index[known], weights=x[known], minlength=size).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = np.where(count > 0, total / count, np.nan)
        squares = np.bincount(
            index[known], weights=(x[known] - centre[index[known]]) ** 2, minlength=size
        )
        deviation = np.where(count > 1, np.sqrt(squares / (count - 1)), np.nan)
        reach = (
            special.stdtrit(np.maximum(count - 1, 1), 0.5 + confidence / 2)
            * deviation
            / np.sqrt(count)
        )
    problem = np.full(size, "", dtype=object)
    problem[count == 1] = "one reading has no spread, so no limits"
    problem[missing > 0] = "a reading is missing"
    blank = np.where(missing > 0, np.nan, 1.0)
    return MeanEstimate(
        names,
        centre * blank,
        (centre - reach) * blank,
        (centre + reach) * blank,
        total * blank,
        count,
        deviation,
        problem,
    )


def _floats(values: ArrayLike) -> Floats:
    return np.atleast_1d(np.asarray(values, dtype=np.float64))


def _pair(first: ArrayLike, second: ArrayLike) -> tuple[Floats, Floats]:
    x, n = np.broadcast_arrays(_floats(first), _floats(second))
    return x, n


def _denominator_problems(x: Floats, n: Floats) -> Texts:
    problem = np.full(x.shape, "", dtype=object)
    problem[~(x >= 0)] = "the count is missing or negative"
    problem[~np.isfinite(x)] = "the count is missing or negative"
    problem[~(n > 0) | ~np.isfinite(n)] = "nobody in the denominator"
    return problem


def _blank(problem: Texts, *columns: Floats) -> tuple[Floats, ...]:
    good = problem == ""
    return tuple(np.where(good, column, np.nan) for column in columns)
