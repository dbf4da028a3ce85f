"""Rates made comparable between areas of different age: directly and indirectly standardised.

In: counts and populations as areas x age bands. Out: one figure for each area with its limits.

Sources: Dobson A J and others. Stat Med 1991;10:457-62 (limits of a weighted sum of Poisson counts,
with Byar's limits of the total); Revision of the European Standard Population, Eurostat 2013, table
1 (19 bands, 100,000 people); Breslow and Day, IARC 1987, pages 65-72 (standardised ratio).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from oneplace.methods.arrays import Floats, Texts
from oneplace.methods.rates import FEWEST_EVENTS_FOR_BYAR, byar, poisson_limits

# Eurostat, Revision of the European Standard Population, 2013, table 1: 0-4, 5-9, ... 85-89, 90 and
# over.
ESP2013: tuple[int, ...] = (
    5000,
    5500,
    5500,
    5500,
    6000,
    6000,
    6500,
    7000,
    7000,
    7000,
    7000,
    6500,
    6000,
    5500,
    5000,
    4000,
    2500,
    1500,
    1000,
)
# Age at which each band of ESP2013 starts.


@dataclass(frozen=True)
class DirectRate:
    """Directly standardised rates, one for each area; NaN with a reason where the total is below 10
    or unusable."""

    value: Floats
    lower: Floats
    upper: Floats
    total_count: Floats
    total_population: Floats
    problem: Texts


def direct(
    count: ArrayLike,
    population: ArrayLike,
    standard: ArrayLike = ESP2013,
    *,
    confidence: float = 0.95,
    multiplier: float = 100_000.0,
) -> DirectRate:
    """Rate each area would have with the standard's age structure.

    Fewer than 10 events in all give no rate (PHE Technical Guide 2018), and neither does a band
    that has nobody in it: its rate is unknown, and to call it nought would understate the area.
    """
    events, people = _matrix(count), _matrix(population)
    weights = np.asarray(standard, dtype=np.float64)
    if events.shape != people.shape or weights.shape[-1] != events.shape[1]:
        raise ValueError(
            f"counts {events.shape}, populations {people.shape} and standard {weights.shape} do not match"
        )
    total, everybody = events.sum(axis=1), people.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = weights / people / weights.sum(axis=-1, keepdims=weights.ndim > 1)
        weighted = events * share
        value = weighted.sum(axis=1)
        variance = np.einsum("ij,ij->i", weighted, share)
    problem = np.full(total.shape, "", dtype=object)
    problem[total < FEWEST_EVENTS_FOR_BYAR] = "fewer than 10 events in all"
    problem[~(people > 0).all(axis=1)] = "an age band has no people"
    problem[~(events >= 0).all(axis=1)] = "a count is missing or negative"
    good = problem == ""
    value, known = np.where(good, value, np.nan), np.where(good, total, np.nan)
    low, high = byar(known, confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        stretch = np.sqrt(variance / known)
    lower, upper = value + stretch * (low - known), value + stretch * (high - known)
    return DirectRate(
        multiplier * value, multiplier * lower, multiplier * upper, total, everybody, problem
    )


@dataclass(frozen=True)
class IndirectRatio:
    """Observed against expected, one for each area; `ratio` times `reference_rate` is the
    standardised rate."""

    observed: Floats
    expected: Floats
    ratio: Floats
    lower: Floats
    upper: Floats
    reference_rate: Floats
    method: Texts
    problem: Texts


def indirect(
    count: ArrayLike,
    population: ArrayLike,
    reference_count: ArrayLike,
    reference_population: ArrayLike,
    *,
    confidence: float = 0.95,
) -> IndirectRatio:
    """Standardised ratio (1 is the reference): events seen over events expected at the reference's
    rates by age.

    Multiply by 100 for the printed ratio (SMR), by `reference_rate` for an indirectly standardised
    rate. An area without events has ratio 0 and an exact upper limit.
    """
    events, people = _matrix(count), _matrix(population)
    norm_events = np.asarray(reference_count, dtype=np.float64)
    norm_people = np.asarray(reference_population, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = (people * (norm_events / norm_people)).sum(axis=1)
        crude = norm_events.sum(axis=-1) / norm_people.sum(axis=-1)
    observed = events.sum(axis=1)
    problem = np.full(observed.shape, "", dtype=object)
    problem[~(expected > 0) | ~np.isfinite(expected)] = "no events are expected here"
    problem[~(people >= 0).all(axis=1)] = "a population is missing or negative"
    problem[~(events >= 0).all(axis=1)] = "a count is missing or negative"
    good = problem == ""
    seen, due = np.where(good, observed, np.nan), np.where(good, expected, np.nan)
    low, high, method = poisson_limits(seen, confidence)
    reference_rate = np.broadcast_to(crude, observed.shape).astype(np.float64)
    return IndirectRatio(
        observed, expected, seen / due, low / due, high / due, reference_rate, method, problem
    )


def _matrix(values: ArrayLike) -> NDArray[np.float64]:
    table = np.asarray(values, dtype=np.float64)
    return table[None, :] if table.ndim == 1 else table
