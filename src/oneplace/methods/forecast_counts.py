"""Where is a count going: attendances, admissions, a waiting list, people who waited a year? The
counterpart of `forecast` for counts.

In: a monthly count, oldest first, NaN where a month is missing; for flows the days of each month.
Out: the same `Forecast`, `Record` and `Verdict`, in whole people.

Method: large counts by the same damped trend (Hyndman and others, Springer 2008, table 6.1, model
A,Ad,N) on the logarithm of the count a day, each month's own chance Poisson: paths are
over-dispersed as a Poisson mean that wanders is. Small counts, on average fewer than `SMALL` a
month over the last year, have no such logarithm: their mean is held to be what the last year's
months say (gamma with Jeffreys' prior, shape 1/2), so the months ahead are negative binomial
(Gelman A and others. Bayesian data analysis, 3rd edition, CRC 2013, section 2.6), exact whole
numbers. Both are recalibrated and judged on their own past as shares are.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from oneplace.methods.arrays import Floats
from oneplace.methods.forecast import (
    FEWEST_MONTHS,
    FEWEST_PATHS,
    UNCALIBRATED,
    Direction,
    Forecast,
    Recalibration,
    Record,
    naive,
    record_of,
    smooth,
    wandering,
)

SMALL = 10.0  # a month on average: below, intervals of whole people are taken exactly
RECENT = 12
PRIOR = 0.5


def forecast_counts(
    counts: ArrayLike,
    *,
    horizon: int,
    rng: np.random.Generator,
    days: ArrayLike | None = None,
    future_days: ArrayLike | None = None,
    target: float | None = None,
    direction: Direction = "decrease",
    recalibration: Recalibration = UNCALIBRATED,
    paths: int = FEWEST_PATHS,
) -> Forecast:
    """Joint paths of the count. The target is met at or below it (at or above to increase); `days`
    are given for flows only."""
    if paths < FEWEST_PATHS:
        raise ValueError(f"{paths} paths are too few for the tails; at least {FEWEST_PATHS}")
    x = _known(counts)
    exposure = _exposure(days, x.size)
    ahead = _exposure(future_days, horizon)
    if is_small(x):
        made = _small_paths(x, exposure, ahead, recalibration, rng, paths)
    else:
        state = smooth(_log(x, exposure)).at(x.size - 1)
        chance = float(np.nanmean(1 / (x[-RECENT:] + 0.5)))
        process = float(np.clip(1 - chance / state.deviation**2, 0.05, 1.0))
        logs = wandering(state, horizon, process, recalibration, rng, paths)
        made = rng.poisson(np.exp(np.minimum(logs, 30.0)) * ahead).astype(np.float64)
    met_in = met_by = None
    first: int | None = None
    if target is not None:
        met = made <= target if direction == "decrease" else made >= target
        met_in, met_by = met.mean(axis=0), np.maximum.accumulate(met, axis=1).mean(axis=0)
        likely = np.flatnonzero(met_by >= 0.5)
        first = int(likely[0]) + 1 if likely.size else None
    low95, low80, middle, high80, high95 = np.quantile(
        made, [0.025, 0.1, 0.5, 0.9, 0.975], axis=0, method="inverted_cdf"
    )
    return Forecast(
        middle, low80, high80, low95, high95, met_in, met_by, first, made, recalibration
    )


def rolling_counts(
    series: Sequence[tuple[ArrayLike, ArrayLike | None]],
    *,
    horizon: int,
    target: float | None = None,
    direction: Direction = "decrease",
    first_origin: int = FEWEST_MONTHS,
) -> Record:
    """Forecast every series (counts, and days for flows) from each month past the first twelve,
    knowing only what was known then."""
    rows: list[tuple[float, ...]] = []
    for number, (counts, days) in enumerate(series):
        x = _known(counts)
        exposure = _exposure(days, x.size)
        states = smooth(_log(x, exposure))
        reached = np.full(x.size, np.nan)
        if target is not None:
            reached = np.where(
                np.isfinite(x), x <= target if direction == "decrease" else x >= target, np.nan
            )
        for origin in range(first_origin, x.size):
            seen = x[:origin]
            last_met, base_rate = naive(reached, origin)
            small = is_small(seen)
            for ahead in range(1, min(horizon, x.size - origin) + 1):
                at = origin + ahead - 1
                if not np.isfinite(x[at]):
                    continue
                if small:
                    deviate, distance = _small_deviate(
                        seen, exposure[:origin], exposure[at], x[at], target, direction
                    )
                else:
                    centre, spread = states.at(origin - 1).ahead(ahead)
                    deviate = (float(np.log((x[at] + 0.5) / exposure[at])) - centre) / spread
                    distance = np.nan
                    if target is not None:
                        edge = target + (
                            1.0 if direction == "decrease" else 0.0
                        )  # half-way to the next whole number
                        sign = -1 if direction == "decrease" else 1
                        distance = (
                            sign * (centre - float(np.log(max(edge, 0.5) / exposure[at]))) / spread
                        )
                rows.append(
                    (
                        number,
                        origin,
                        ahead,
                        deviate,
                        distance,
                        float(reached[at]),
                        last_met,
                        base_rate,
                    )
                )
    return record_of(rows)


def is_small(counts: Floats) -> bool:
    """So few a month of late that whole numbers matter."""
    return float(np.nanmean(counts[-RECENT:])) < SMALL


def small_interval(counts: ArrayLike, level: float) -> tuple[int, int]:
    """The exact interval of next month's small count: the fewest whole numbers that leave out at
    most half the rest at each end."""
    shape, rate = _gamma(_known(counts), None)
    low, high = nbinom_quantile(
        np.array([(1 - level) / 2, (1 + level) / 2]), shape, rate / (rate + 1)
    )
    return int(low), int(high)


def nbinom_cdf(count: ArrayLike, shape: float, share: ArrayLike) -> Floats:
    """The chance of at most `count` failures before `shape` successes of chance `share`; 0 below
    nothing.

    The regularised incomplete beta function (DLMF 8.17.24); `scipy.stats` says the same and takes
    half a second to load.
    """
    k = np.floor(np.asarray(count, dtype=np.float64))
    return np.asarray(
        np.where(k < 0, 0.0, special.betainc(shape, np.maximum(k, 0) + 1, share)), dtype=np.float64
    )


def nbinom_quantile(chance: ArrayLike, shape: float, share: ArrayLike) -> Floats:
    """The fewest failures whose `nbinom_cdf` reaches `chance`."""
    p = np.asarray(chance, dtype=np.float64)
    found = np.ceil(special.nbdtrik(p, shape, share))
    fewer = np.maximum(found - 1, 0)
    return np.asarray(
        np.where(nbinom_cdf(fewer, shape, share) >= p, fewer, found), dtype=np.float64
    )


def _gamma(x: Floats, exposure: Floats | None) -> tuple[float, float]:
    """Shape and rate of what the last year's months say of the mean."""
    recent = x[-RECENT:]
    known = np.isfinite(recent)
    months = np.ones(recent.size) if exposure is None else exposure[-RECENT:]
    return PRIOR + float(recent[known].sum()), float(months[known].sum())


def _small_paths(
    x: Floats,
    exposure: Floats,
    ahead: Floats,
    recalibration: Recalibration,
    rng: np.random.Generator,
    paths: int,
) -> Floats:
    shape, rate = _gamma(x, exposure)
    mean = rng.gamma(shape, 1 / rate, paths)
    drawn = rng.poisson(mean[:, None] * ahead[None, :])
    if recalibration is UNCALIBRATED:
        return drawn.astype(np.float64)
    share = rate / (rate + ahead[None, :])
    below, upto = nbinom_cdf(drawn - 1, shape, share), nbinom_cdf(drawn, shape, share)
    place = below + rng.random(drawn.shape) * (upto - below)
    stretched = special.ndtr(recalibration.stretch(special.ndtri(np.clip(place, 1e-9, 1 - 1e-9))))
    return nbinom_quantile(stretched, shape, share)


def _small_deviate(
    seen: Floats,
    exposure: Floats,
    days: float,
    happened: float,
    target: float | None,
    direction: Direction,
) -> tuple[float, float]:
    """How wide an interval has to be to hold what happened, as a normal deviate; and how far the
    target lies."""
    shape, rate = _gamma(seen, exposure)
    share = rate / (rate + days)
    upto, below = (float(p) for p in nbinom_cdf([happened, happened - 1], shape, share))
    deviate = (
        float(special.ndtri(max(below, 0.5)))
        if upto > 0.5
        else float(special.ndtri(max(upto, 1e-9)))
    )
    if target is None:
        return deviate, np.nan
    edge = target if direction == "decrease" else target - 1
    chance = float(nbinom_cdf(edge, shape, share))
    chance = chance if direction == "decrease" else 1 - chance
    return deviate, float(special.ndtri(min(max(chance, 1e-9), 1 - 1e-9)))


def _known(counts: ArrayLike) -> Floats:
    x = np.asarray(counts, dtype=np.float64)
    if x.ndim != 1:
        raise ValueError(f"counts {x.shape} are no series of months")
    good = np.isfinite(x)
    if (x[good] < 0).any() or (x[good] != np.floor(x[good])).any():
        raise ValueError("a count is negative or no whole number")
    if int(good.sum()) < FEWEST_MONTHS:
        raise ValueError(f"{int(good.sum())} months are known; a forecast needs {FEWEST_MONTHS}")
    return np.where(good, x, np.nan)


def _exposure(days: ArrayLike | None, size: int) -> Floats:
    made = np.ones(size) if days is None else np.asarray(days, dtype=np.float64)
    if made.shape != (size,) or not (made > 0).all():
        raise ValueError(f"days {made.shape} are not one for each of {size} months")
    return made


def _log(x: Floats, exposure: Floats) -> Floats:
    return np.asarray(np.log((x + 0.5) / exposure))
