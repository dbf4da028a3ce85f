"""Funnel plots: which areas differ from their common average by more than chance, for their size?

In: a count and a denominator (or expected count) for each area. Out: a `Funnel`: the average, each
area's point and verdict, and the curves of the 95% and 99.8% limits for a chart.

Sources: Spiegelhalter D J. Stat Med 2005;24:1185-202; PHE, Technical Guide: funnel plots
(Fingertips), 2020: score limits for proportions, Poisson limits for rates and ratios, significance
with exact limits below 10 events and Byar's from 10.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from oneplace.methods.arrays import Floats
from oneplace.methods.rates import FEWEST_EVENTS_FOR_BYAR, poisson_limits, z_score

Kind = Literal["proportion", "ratio", "rate"]
RateType = Literal["crude", "dsr"]

# Two-sided limits of the funnel: about two and about three standard deviations.
INNER, OUTER = 0.95, 0.998
POINTS_ON_CURVE = 100
# The published macro finds Poisson limits by halving an interval until it is below 1e-7.
PUBLISHED_HALVINGS = 23


@dataclass(frozen=True)
class FunnelCurve:
    """Limits along the horizontal axis. `size` is people (proportion) or events (ratio, rate).

    `for_lower_inner` and so on are the expected events (ratio) or yearly population (rate) at which
    `size` events meet that limit; empty for proportions.
    """

    size: Floats
    lower_inner: Floats
    upper_inner: Floats
    lower_outer: Floats
    upper_outer: Floats
    for_lower_inner: Floats
    for_upper_inner: Floats
    for_lower_outer: Floats
    for_upper_outer: Floats


@dataclass(frozen=True)
class FunnelLimits:
    """`value[i]` stands at `size[i]`; `significance[i]` is "High (0.001)" ... "Not significant", or
    says why not."""

    kind: Kind
    baseline: float
    value: Floats
    size: Floats
    significance: tuple[str, ...]
    curve: FunnelCurve


def funnel(
    count: ArrayLike,
    denominator: ArrayLike | None = None,
    *,
    kind: Kind,
    rate: ArrayLike | None = None,
    rate_type: RateType = "crude",
    multiplier: float = 100.0,
    years_of_data: int = 1,
    halvings: int | None = None,
) -> FunnelLimits:
    """Average, points, verdicts and curves.

    For a ratio the denominator is the expected count and the average is 1 (x 100). For a rate
    `rate` is given per `multiplier`; where an area has no events its `denominator` is needed. Areas
    that cannot stand in the funnel are left out of the average. `halvings` finds Poisson limits the
    way the published macro does, to that many halvings.
    """
    events = np.asarray(count, dtype=np.float64)
    people = _denominators(events, denominator, kind, rate, rate_type, multiplier)
    usable = np.isfinite(events) & (events >= 0) & np.isfinite(people) & (people > 0)
    if kind == "proportion":
        usable &= events <= people
    if not usable.any():
        raise ValueError("no area has a count and a denominator")
    average = float(events[usable].sum() / people[usable].sum())
    x, n = np.where(usable, events, np.nan), np.where(usable, people, np.nan)
    value = multiplier * x / n
    if kind == "proportion":
        verdicts = _verdict_proportion(x / n, n, average)
    else:
        verdicts = _verdict_poisson(x, n, 1.0 if kind == "ratio" else average)
    if kind == "rate" and rate_type == "dsr":
        verdicts[usable & (x < FEWEST_EVENTS_FOR_BYAR)] = (
            "Not applicable for events less than 10 for DSRs"
        )
    verdicts[~usable] = "No figure"
    axis = _axis(n[usable], kind, average, years_of_data)
    if kind == "proportion":
        curve = _curve_proportion(axis, average, multiplier)
    else:
        curve = _curve_poisson(
            axis, 1.0 if kind == "ratio" else average, multiplier, years_of_data, halvings
        )
    size = {"proportion": n, "ratio": x, "rate": x}[kind]
    baseline = multiplier * (1.0 if kind == "ratio" else average)
    return FunnelLimits(kind, baseline, value, size, tuple(verdicts.tolist()), curve)


def _denominators(
    events: Floats,
    denominator: ArrayLike | None,
    kind: Kind,
    rate: ArrayLike | None,
    rate_type: RateType,
    multiplier: float,
) -> Floats:
    given = (
        np.full(events.shape, np.nan)
        if denominator is None
        else np.asarray(denominator, dtype=np.float64)
    )
    if kind != "rate":
        return given
    if rate is None:
        return given
    with np.errstate(divide="ignore", invalid="ignore"):
        derived = multiplier * events / np.asarray(rate, dtype=np.float64)
    without_events = np.nan if rate_type == "dsr" else given
    return np.asarray(np.where(events == 0, without_events, derived))


def _verdict_proportion(
    share: Floats, n: Floats, average: float
) -> np.ndarray[tuple[int, ...], np.dtype[np.object_]]:
    spread = np.sqrt(average * (1 - average) / n)
    inner, outer = z_score(INNER) * spread, z_score(OUTER) * spread
    return _verdicts(share - average, inner, inner, outer, outer)


def _verdict_poisson(
    events: Floats, base: Floats, average: float
) -> np.ndarray[tuple[int, ...], np.dtype[np.object_]]:
    low95, high95, _ = poisson_limits(events, INNER)
    low998, high998, _ = poisson_limits(events, OUTER)
    verdict = np.full(events.shape, "Not significant", dtype=object)
    verdict[high95 / base < average] = "Low (0.025)"
    verdict[high998 / base < average] = "Low (0.001)"
    verdict[low95 / base > average] = "High (0.025)"
    verdict[low998 / base > average] = "High (0.001)"
    return verdict


def _verdicts(
    off: Floats, inner_low: Floats, inner_high: Floats, outer_low: Floats, outer_high: Floats
) -> np.ndarray[tuple[int, ...], np.dtype[np.object_]]:
    verdict = np.full(off.shape, "Not significant", dtype=object)
    verdict[off < -inner_low] = "Low (0.025)"
    verdict[off < -outer_low] = "Low (0.001)"
    verdict[off > inner_high] = "High (0.025)"
    verdict[off > outer_high] = "High (0.001)"
    return verdict


def _axis(n: Floats, kind: Kind, average: float, years: int) -> Floats:
    """A hundred sizes from below the smallest area (from 1, if sizes differ twofold) to above the
    largest."""
    smallest, largest = float(n.min()), float(n.max())
    per = years if kind == "rate" else 1
    start = 0.0 if largest > 2 * smallest else _one_digit_below(smallest / per) * per
    end = _two_digits_above(largest / per) * per
    if kind == "rate":
        start, end = math.floor(start * average), math.ceil(end * average)
    sizes = [max(1, int(start))]
    for step in range(2, POINTS_ON_CURVE + 1):
        left = POINTS_ON_CURVE + 1 - (step - 1 if kind == "ratio" else step)
        sizes.append(max(round((end / sizes[-1]) ** (1 / left) * sizes[-1]), sizes[-1] + 1))
    return np.array(sizes, dtype=np.float64)


def _one_digit_below(x: float) -> float:
    lowered = math.floor(x * 0.95)
    unit = 10 ** (len(str(lowered)) - 1)
    return math.floor(x * 0.95 / unit) * unit if x else 0


def _two_digits_above(x: float) -> float:
    raised = math.ceil(x * 1.05)
    unit = 10.0 ** (len(str(raised)) - 2)
    return math.ceil(x * 1.05 / unit) * unit if x else 0


def _curve_proportion(size: Floats, average: float, multiplier: float) -> FunnelCurve:
    spread = np.sqrt(average * (1 - average) / size)

    def line(deviates: float) -> Floats:
        return np.asarray(multiplier * np.clip(average + deviates * spread, 0, 1))

    inner, outer, nothing = z_score(INNER), z_score(OUTER), np.zeros(0)
    return FunnelCurve(
        size,
        line(-inner),
        line(inner),
        line(-outer),
        line(outer),
        nothing,
        nothing,
        nothing,
        nothing,
    )


def _curve_poisson(
    size: Floats, average: float, multiplier: float, years: int, halvings: int | None
) -> FunnelCurve:
    """An area with `size` events meets its lower limit when so many were expected that so few are
    unlikely.

    Expected events over the average are people; a ratio's average is 1, and there the two are the
    same.
    """
    low95, high95, low998, high998 = (
        _expected_at_limit(size, level, side, halvings)
        for level in (INNER, OUTER)
        for side in ("lower", "upper")
    )
    per = multiplier * average * size
    base = average * years
    with np.errstate(
        divide="ignore"
    ):  # where nothing happened anywhere no number of people is too many
        people = [limit / base for limit in (low95, high95, low998, high998)]
    return FunnelCurve(size, per / low95, per / high95, per / low998, per / high998, *people)


def _expected_at_limit(size: Floats, level: float, side: str, halvings: int | None) -> Floats:
    tail = (1 - level) / 2
    exact = (
        special.gammainccinv(size + 1, tail) if side == "lower" else special.gammaincinv(size, tail)
    )
    if halvings is None:
        return np.asarray(exact)
    # The macro halves v in expected = (1 + size) v / (1 - v); it stops beside the answer, and
    # prints where it stopped.
    answer = exact / (exact + 1 + size)
    v, step = np.full(size.shape, 0.5), 0.5
    for _ in range(halvings):
        step /= 2
        v += np.where(v > answer, -step, step)
    return np.asarray((1 + size) * v / (1 - v))
