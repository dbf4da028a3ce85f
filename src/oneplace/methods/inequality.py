"""How unequal an outcome is across a ladder of deprivation: slope and relative index of inequality.

In: an outcome, its standard error and the population of each group from most to least deprived, for
many areas at once. Out: an `Inequality` of arrays, with the fitted line so that a chart can draw
it.

Sources: Low A, Low A. J Public Health 2004;26:388-95; PHE, Technical guide: slope and relative
index of inequality, 2019 (weighted regression on the middle of each group's share of the
population; limits from repeated draws of the groups).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from oneplace.methods.arrays import Floats, Texts
from oneplace.methods.rates import z_score

Scale = Literal["linear", "log", "logit"]


@dataclass(frozen=True)
class Inequality:
    """Slope and relative index for each area.

    The line runs from `most_deprived` (rank 0) to `least_deprived` (rank 1), back on the outcome's
    own scale; `midpoint` holds the rank of the middle of every group. `slope_index` is least minus
    most, times the multiplier.
    """

    slope_index: Floats
    slope_lower: Floats
    slope_upper: Floats
    relative_index: Floats
    relative_lower: Floats
    relative_upper: Floats
    most_deprived: Floats
    least_deprived: Floats
    midpoint: Floats
    problem: Texts


def slope_index(
    value: ArrayLike,
    population: ArrayLike,
    standard_error: ArrayLike,
    *,
    rng: np.random.Generator,
    scale: Scale = "linear",
    multiplier: float = 1.0,
    repetitions: int = 100_000,
    confidence: float = 0.95,
) -> Inequality:
    """Slope and relative index of inequality with simulated limits.

    `value` is on the outcome's own scale, `standard_error` on the scale of the fit (see
    `error_from_limits`). A negative multiplier says that a high value is bad, and turns the
    relative index over with the slope.

    Only the two ends of the line are drawn: they are weighted sums of independent normal groups, so
    they are jointly normal with a known covariance, and two numbers a repetition stand for ten. The
    same draws serve every area.
    """
    y, people, error = np.broadcast_arrays(
        *(_matrix(v) for v in (value, population, standard_error))
    )
    if y.shape[1] < 2:
        raise ValueError("a ladder has two groups at least")
    problem = _problems(y, people, error, scale)
    good = (problem == "")[:, None]
    y, people, error = (
        np.where(good, y, np.nan),
        np.where(good, people, np.nan),
        np.where(good, error, np.nan),
    )
    midpoint, most_weight, least_weight = _end_weights(people)
    fitted = _forward(y, scale)
    ends = np.stack([(most_weight * fitted).sum(axis=1), (least_weight * fitted).sum(axis=1)])
    most, least = _back(ends[0], scale), _back(ends[1], scale)
    limits = np.full((4, y.shape[0]), np.nan)
    draws = _even_draws(rng, repetitions)
    tails = np.array([0.5 - confidence / 2, 0.5 + confidence / 2])
    for area in np.flatnonzero(good[:, 0]):
        low, high = _draw_ends(
            ends[:, area], most_weight[area], least_weight[area], error[area], draws
        )
        low, high = _back(low, scale), _back(high, scale)
        limits[:2, area] = _quantiles(multiplier * (high - low), tails)
        limits[2:, area] = _quantiles(_relative(low, high, multiplier), tails)
    return Inequality(
        slope_index=multiplier * (least - most),
        slope_lower=limits[0],
        slope_upper=limits[1],
        relative_index=_relative(most, least, multiplier),
        relative_lower=limits[2],
        relative_upper=limits[3],
        most_deprived=most,
        least_deprived=least,
        midpoint=midpoint,
        problem=problem,
    )


def error_from_limits(
    lower: ArrayLike, upper: ArrayLike, *, scale: Scale = "linear", confidence: float = 0.95
) -> Floats:
    """Standard error, on the scale of the fit, of groups published with limits and no standard
    error."""
    low, high = _forward(_matrix(lower), scale), _forward(_matrix(upper), scale)
    return np.asarray((high - low) / 2 / z_score(confidence))


def _end_weights(people: Floats) -> tuple[Floats, Floats, Floats]:
    """Middle rank of each group, and the weights with which groups add up to the line's value at
    rank 0 and rank 1."""
    share = people / people.sum(axis=1, keepdims=True)
    midpoint = np.cumsum(share, axis=1) - share / 2
    centre = (share * midpoint).sum(axis=1, keepdims=True)
    off = midpoint - centre
    slope = share * off / (share * off**2).sum(axis=1, keepdims=True)
    return midpoint, share - slope * centre, share + slope * (1 - centre)


def _even_draws(rng: np.random.Generator, repetitions: int) -> Floats:
    """Pairs of normal deviates that fill the plane evenly: a golden-ratio lattice, shifted at
    random.

    Limits from 100,000 independent pairs wander by a few hundredths of a standard error from run to
    run; these do not visibly (Niederreiter H, Random number generation and quasi-Monte Carlo
    methods, SIAM 1992, chapter 5).
    """
    step = np.arange(repetitions)
    golden = (np.sqrt(5) - 1) / 2
    even = np.stack([step / repetitions, step * golden]) + rng.random((2, 1))
    return np.asarray(special.ndtri(np.clip(even % 1.0, 1e-12, 1 - 1e-12)))


def _draw_ends(
    ends: Floats, most: Floats, least: Floats, error: Floats, draws: Floats
) -> tuple[Floats, Floats]:
    """Draws of both ends of the line with the covariance that the groups' errors give them
    (Cholesky, two by two)."""
    a, b = most * error, least * error
    first = float(np.sqrt(a @ a))
    shared = (a @ b) / first if first > 0 else 0.0
    own = np.sqrt(max(float(b @ b - shared**2), 0.0))
    return ends[0] + first * draws[0], ends[1] + shared * draws[0] + own * draws[1]


def _quantiles(sample: Floats, tails: Floats) -> Floats:
    """Order statistics at both tails without sorting the whole sample (linear between
    neighbours)."""
    position = tails * (sample.size - 1)
    floor = np.floor(position).astype(int)
    ceiling = np.minimum(floor + 1, sample.size - 1)
    part = np.partition(sample, np.unique(np.concatenate([floor, ceiling])))
    return np.asarray(part[floor] + (position - floor) * (part[ceiling] - part[floor]))


def _relative(most: Floats, least: Floats, multiplier: float) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(most / least if multiplier < 0 else least / most)


def _forward(value: Floats, scale: Scale) -> Floats:
    if scale == "linear":
        return value
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.log(value) if scale == "log" else special.logit(value))


def _back(value: Floats, scale: Scale) -> Floats:
    if scale == "linear":
        return value
    return np.asarray(np.exp(value) if scale == "log" else special.expit(value))


def _problems(y: Floats, people: Floats, error: Floats, scale: Scale) -> Texts:
    problem = np.full(y.shape[0], "", dtype=object)
    problem[~((error >= 0) & np.isfinite(error)).all(axis=1)] = (
        "a standard error is missing or negative"
    )
    if scale == "log":
        problem[~(y > 0).all(axis=1)] = "a rate of 0 has no logarithm"
    if scale == "logit":
        problem[~((y > 0) & (y < 1)).all(axis=1)] = "a share of 0 or 1 has no logit"
    problem[~np.isfinite(y).all(axis=1)] = "a group has no value"
    problem[~((people > 0) & np.isfinite(people)).all(axis=1)] = "a group has no people"
    return problem


def _matrix(values: ArrayLike) -> Floats:
    table = np.asarray(values, dtype=np.float64)
    return table[None, :] if table.ndim == 1 else table
