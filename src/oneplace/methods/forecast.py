"""Will the standard be met by its date? Forecasts of a monthly share, with intervals that have been
held to account.

In: numerator and denominator by month, oldest first, NaN where a month is missing. Out: a
`Forecast`: median, 80% and 95% intervals, and the chance that the target is met in each month and
by each month, all from the same joint paths.

Method: exponential smoothing with a damped trend on the logit scale (Hyndman R J, Koehler A B, Ord
J K, Snyder R D. Forecasting with exponential smoothing, Springer 2008, table 6.1, model A,Ad,N),
its weights chosen by least squares one month ahead; paths add the month's binomial chance. Such
intervals are often too narrow (those of AutoETS at 80% and 95% covered 68% and 86% of the real A&E
series), so `rolling_record` forecasts from every past month with what was known then, `recalibrate`
stretches the intervals to what happened, and `judge` publishes how they did, each month judged only
by what came before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from oneplace.methods.arrays import Floats

Direction = Literal["increase", "decrease"]

# Weights tried: level, trend as a share of the level's weight, damping.
LEVEL_WEIGHTS = (0.05, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9)
TREND_WEIGHTS = (0.0, 0.05, 0.15, 0.3)
DAMPINGS = (0.8, 0.9, 0.97)
FEWEST_MONTHS = 12
FEWEST_TO_RECALIBRATE = 20
FEWEST_PATHS = 2000
Z80, Z95 = float(special.ndtri(0.9)), float(special.ndtri(0.975))


@dataclass(frozen=True)
class Recalibration:
    """How far out, in the model's own standard deviations, 80% and 95% of what happened lay; 1.28
    and 1.96 if it is right."""

    reach80: float
    reach95: float
    judged: int

    def stretch(self, deviate: Floats) -> Floats:
        """Move normal deviates so that 1.28 lands on `reach80` and 1.96 on `reach95`, in straight
        lines between and beyond."""
        size = np.abs(deviate)
        inner = size * self.reach80 / Z80
        outer = self.reach80 + (size - Z80) * max(self.reach95 - self.reach80, 0.0) / (Z95 - Z80)
        return np.asarray(np.sign(deviate) * np.where(size <= Z80, inner, outer))


UNCALIBRATED = Recalibration(Z80, Z95, 0)


@dataclass(frozen=True)
class Forecast:
    """Arrays are months ahead, 1 first. `met_by[h]` is the chance that the target was met in some
    month up to then."""

    median: Floats
    lower80: Floats
    upper80: Floats
    lower95: Floats
    upper95: Floats
    met_in: Floats | None
    met_by: Floats | None
    first_met_month: int | None
    paths: Floats
    recalibration: Recalibration


@dataclass(frozen=True)
class Record:
    """Past forecasts beside what happened: one element for each series, origin and horizon whose
    outcome is known.

    `deviate` is how far the outcome lay from the forecast in the model's standard deviations;
    `origin` counts months known. `last_met` says whether the newest month known at the origin met
    the target, `base_rate` which share of the months known then did.
    """

    series: NDArray[np.int64]
    origin: NDArray[np.int64]
    horizon: NDArray[np.int64]
    deviate: Floats
    distance_to_target: Floats
    met: Floats
    last_met: Floats
    base_rate: Floats


@dataclass(frozen=True)
class PastRecord:
    """How past intervals and chances did: coverage before and after recalibration, and the Brier
    score (0 is perfect) beside the scores of saying the base rate, and of saying that the last
    month comes again."""

    judged: int
    covered80_raw: float
    covered95_raw: float
    covered80: float
    covered95: float
    brier: float | None
    brier_base_rate: float | None = None
    brier_last_value: float | None = None

    @property
    def skilled(self) -> bool:
        """Whether the chances were worth more than the two that need no model; on too few outcomes
        they were not."""
        if self.brier is None or self.brier_base_rate is None or self.brier_last_value is None:
            return False
        return self.judged >= FEWEST_TO_RECALIBRATE and self.brier < min(
            self.brier_base_rate, self.brier_last_value
        )


def naive(met: Floats, origin: int) -> tuple[float, float]:
    """Of the months before an origin: whether the newest known one met the target, and which share
    did; NaN where none is known."""
    seen = met[:origin][np.isfinite(met[:origin])]
    return (float(seen[-1]), float(seen.mean())) if seen.size else (np.nan, np.nan)


def record_of(rows: Sequence[tuple[float, ...]]) -> Record:
    """A record from rows of series, origin, horizon, deviate, distance, met, last_met,
    base_rate."""
    columns = np.array(rows, dtype=np.float64).reshape(-1, 8).T
    whole = [c.astype(np.int64) for c in columns[:3]]
    return Record(whole[0], whole[1], whole[2], *columns[3:])


def forecast(
    numerator: ArrayLike,
    denominator: ArrayLike,
    *,
    horizon: int,
    rng: np.random.Generator,
    target: float | None = None,
    direction: Direction = "increase",
    future_denominator: ArrayLike | None = None,
    recalibration: Recalibration = UNCALIBRATED,
    paths: int = FEWEST_PATHS,
) -> Forecast:
    """Joint paths of the share over the months ahead. The target is a share, met at or above it (at
    or below to decrease)."""
    if paths < FEWEST_PATHS:
        raise ValueError(f"{paths} paths are too few for the tails; at least {FEWEST_PATHS}")
    x, n = _known(numerator, denominator)
    states = smooth(_logit(x, n))
    last = states.at(x.size - 1)
    ahead = (
        _denominators(n, horizon)
        if future_denominator is None
        else np.asarray(future_denominator, dtype=np.float64)
    )
    shares = _paths(last, ahead, _share_of_process(x, n, last.deviation), recalibration, rng, paths)
    met_in = met_by = None
    first: int | None = None
    if target is not None:
        met = shares >= target if direction == "increase" else shares <= target
        met_in, met_by = met.mean(axis=0), np.maximum.accumulate(met, axis=1).mean(axis=0)
        likely = np.flatnonzero(met_by >= 0.5)
        first = int(likely[0]) + 1 if likely.size else None
    low95, low80, middle, high80, high95 = np.quantile(
        shares, [0.025, 0.1, 0.5, 0.9, 0.975], axis=0
    )
    return Forecast(
        middle, low80, high80, low95, high95, met_in, met_by, first, shares, recalibration
    )


def rolling_record(
    series: Sequence[tuple[ArrayLike, ArrayLike]],
    *,
    horizon: int,
    target: float | None = None,
    direction: Direction = "increase",
    first_origin: int = FEWEST_MONTHS,
) -> Record:
    """Forecast every series from each month past the first twelve, knowing only what was known
    then."""
    rows: list[tuple[float, ...]] = []
    for number, (numerator, denominator) in enumerate(series):
        x, n = _known(numerator, denominator)
        z = _logit(x, n)
        states = smooth(z)
        reached = np.full(z.size, np.nan)
        if target is not None:
            slack = 1e-9 * n  # a share that equals its target but for rounding meets it
            good = x >= target * n - slack if direction == "increase" else x <= target * n + slack
            reached = np.where(np.isfinite(x), good, np.nan)
        for origin in range(first_origin, z.size):
            state = states.at(origin - 1)
            last_met, base_rate = naive(reached, origin)
            for ahead in range(1, min(horizon, z.size - origin) + 1):
                happened = z[origin + ahead - 1]
                if not np.isfinite(happened):
                    continue
                centre, spread = state.ahead(ahead)
                distance, met = np.nan, np.nan
                if target is not None:
                    wanted = float(special.logit(target))
                    sign = 1 if direction == "increase" else -1
                    distance = sign * (centre - wanted) / spread
                    met = float(reached[origin + ahead - 1])
                rows.append(
                    (
                        number,
                        origin,
                        ahead,
                        (happened - centre) / spread,
                        distance,
                        met,
                        last_met,
                        base_rate,
                    )
                )
    return record_of(rows)


def recalibrate(record: Record, known: NDArray[np.bool_] | None = None) -> Recalibration:
    """Reach of the intervals that would have covered 80% and 95%; unchanged with fewer than 20
    outcomes.

    The order statistic is one higher than the plain quantile, as a new outcome needs (Vovk and
    others, Springer 2005). Intervals are never made narrower than the model's own: a quiet past is
    no promise.
    """
    size = np.sort(np.abs(record.deviate if known is None else record.deviate[known]))
    if size.size < FEWEST_TO_RECALIBRATE:
        return UNCALIBRATED
    reach = [
        size[min(int(np.ceil((size.size + 1) * share)), size.size) - 1] for share in (0.8, 0.95)
    ]
    reach80 = max(float(reach[0]), Z80)
    return Recalibration(reach80, max(float(reach[1]), Z95, reach80), int(size.size))


def judge(record: Record) -> PastRecord | None:
    """Coverage and Brier score, each origin recalibrated only on outcomes that were known at that
    origin.

    None when no origin has enough of a past to be judged by.
    """
    inside80, inside95, chances, outcomes = [], [], [], []
    raw, plain = [], []
    for origin in np.unique(record.origin):
        past = record.origin + record.horizon <= origin
        if int(past.sum()) < FEWEST_TO_RECALIBRATE:
            continue
        fitted = recalibrate(record, past)
        now = record.origin == origin
        size = np.abs(record.deviate[now])
        raw.append(size)
        inside80.append(size <= fitted.reach80)
        inside95.append(size <= fitted.reach95)
        known = now & np.isfinite(record.met)
        chances.append(_chance(record.distance_to_target[known], fitted))
        outcomes.append(record.met[known])
        plain.append(np.stack([record.base_rate[known], record.last_met[known]]))
    if not raw:
        return None
    sizes = np.concatenate(raw)
    chance, outcome = np.concatenate(chances), np.concatenate(outcomes)
    base_rate, last_met = np.concatenate(plain, axis=1)
    return PastRecord(
        judged=int(sizes.size),
        covered80_raw=float((sizes <= Z80).mean()),
        covered95_raw=float((sizes <= Z95).mean()),
        covered80=float(np.concatenate(inside80).mean()),
        covered95=float(np.concatenate(inside95).mean()),
        brier=_brier(chance, outcome),
        brier_base_rate=_brier(base_rate, outcome),
        brier_last_value=_brier(last_met, outcome),
    )


def _brier(chance: Floats, outcome: Floats) -> float | None:
    return float(((chance - outcome) ** 2).mean()) if outcome.size else None


def _chance(distance: Floats, fitted: Recalibration) -> Floats:
    """Chance of being on the good side of a target so many model deviations away, under stretched
    intervals."""
    grid = np.linspace(-6, 6, 2401)
    return np.asarray(special.ndtr(np.interp(distance, fitted.stretch(grid), grid)))


@dataclass(frozen=True)
class Smoothed:
    """Where smoothing stands at a month's end."""

    level: float
    trend: float
    level_weight: float
    trend_weight: float
    damping: float
    deviation: float

    def ahead(self, months: int) -> tuple[float, float]:
        """Centre and standard deviation so many months ahead (Hyndman and others 2008, table
        6.1)."""
        powers = np.cumsum(self.damping ** np.arange(1, months + 1))
        carried = self.level_weight + self.trend_weight * powers[: months - 1]
        spread = self.deviation * float(np.sqrt(1 + (carried**2).sum()))
        return self.level + self.trend * float(powers[-1]), spread


@dataclass(frozen=True)
class States:
    """Every month's state under every set of weights, and the squared error up to then."""

    weights: Floats
    level: Floats
    trend: Floats
    squares: Floats
    judged: NDArray[np.int64]

    def at(self, month: int) -> Smoothed:
        best = int(np.argmin(self.squares[month]))
        alpha, beta, phi = (float(w) for w in self.weights[best])
        freedom = max(int(self.judged[month]) - 3, 1)
        deviation = max(float(np.sqrt(self.squares[month, best] / freedom)), 1e-6)
        return Smoothed(
            float(self.level[month, best]),
            float(self.trend[month, best]),
            alpha,
            beta,
            phi,
            deviation,
        )


def smooth(z: Floats) -> States:
    """One pass over the months with all weights at once; a missing month is carried forward and
    judges nothing."""
    weights = np.array(
        [(a, a * b, d) for a in LEVEL_WEIGHTS for b in TREND_WEIGHTS for d in DAMPINGS]
    )
    alpha, beta, phi = weights.T
    first = int(np.argmax(np.isfinite(z)))
    level, trend = np.full(alpha.shape, z[first]), np.zeros(alpha.shape)
    squares, judged = np.zeros(alpha.shape), 0
    levels, trends, sums = np.empty((3, z.size, alpha.size))
    counts = np.zeros(z.size, dtype=np.int64)
    for month, seen in enumerate(z):
        if month > first:
            expected = level + phi * trend
            error = seen - expected if np.isfinite(seen) else np.zeros(alpha.shape)
            level, trend = expected + alpha * error, phi * trend + beta * error
            squares = squares + error**2
            judged += int(np.isfinite(seen))
        levels[month], trends[month], sums[month], counts[month] = level, trend, squares, judged
    return States(weights, levels, trends, sums, counts)


def _paths(
    state: Smoothed,
    denominators: Floats,
    process_share: float,
    recalibration: Recalibration,
    rng: np.random.Generator,
    paths: int,
) -> Floats:
    """Shares by path and month: the model's joint errors, stretched as the past taught, then the
    month's own chance."""
    logits = wandering(state, denominators.size, process_share, recalibration, rng, paths)
    sizes = np.maximum(np.round(denominators), 1).astype(np.int64)
    return np.asarray(rng.binomial(sizes, special.expit(logits)) / sizes)


def wandering(
    state: Smoothed,
    months: int,
    process_share: float,
    recalibration: Recalibration,
    rng: np.random.Generator,
    paths: int,
) -> Floats:
    """Joint paths of the smoothed scale itself (logit or logarithm), before each month's own
    chance."""
    errors = rng.standard_normal((paths, months)) * state.deviation * np.sqrt(process_share)
    level, trend = np.full(paths, state.level), np.full(paths, state.trend)
    logits = np.empty((paths, months))
    for month in range(months):
        expected = level + state.damping * trend
        logits[:, month] = expected + errors[:, month]
        level = expected + state.level_weight * errors[:, month]
        trend = state.damping * trend + state.trend_weight * errors[:, month]
    for month in range(months):
        centre, spread = state.ahead(month + 1)
        spread *= np.sqrt(process_share)
        logits[:, month] = centre + spread * recalibration.stretch(
            (logits[:, month] - centre) / spread
        )
    return logits


def _share_of_process(x: Floats, n: Floats, deviation: float) -> float:
    """Part of the month-to-month variance that is not the binomial chance of the counts
    themselves."""
    share = (x + 0.5) / (n + 1)
    chance = float(np.nanmean(1 / (n * share * (1 - share))))
    return float(np.clip(1 - chance / deviation**2, 0.05, 1.0))


def _denominators(n: Floats, horizon: int) -> Floats:
    """The same months of last year where they are known, the mean of the last year where not."""
    usual = float(np.nanmean(n[-12:]))
    back = [n[-12 + month % 12] if n.size >= 12 else np.nan for month in range(horizon)]
    return np.array([usual if not np.isfinite(b) else b for b in back])


def _known(numerator: ArrayLike, denominator: ArrayLike) -> tuple[Floats, Floats]:
    x, n = np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    if x.shape != n.shape or x.ndim != 1:
        raise ValueError(
            f"numerator {x.shape} and denominator {n.shape} are not two series of the same months"
        )
    good = np.isfinite(x) & np.isfinite(n) & (n > 0)
    if (x[good] < 0).any() or (x[good] > n[good]).any():
        raise ValueError("a numerator is negative or above its denominator")
    if int(good.sum()) < FEWEST_MONTHS:
        raise ValueError(f"{int(good.sum())} months are known; a forecast needs {FEWEST_MONTHS}")
    return np.where(good, x, np.nan), np.where(good, n, np.nan)


def _logit(x: Floats, n: Floats) -> Floats:
    """Empirical logit: half an event on each side keeps months of none and of all finite."""
    return np.asarray(special.logit((x + 0.5) / (n + 1)))
