"""Life expectancy and healthy life expectancy from deaths and population by age.

In: deaths and population as areas x age bands, and the ages at which the bands start (top band 85+,
90+ or 95+, whatever the last start is). Out: a `LifeTable` of areas x bands with limits; an area
that breaks a suppression rule is NaN with the reason.

Sources: Chiang C L. The life table and its applications, Krieger 1984 (Chiang II, chapter 6);
Silcocks P B S, Jenner D A, Reza R. J Epidemiol Community Health 2001;55:38-43 (variance including
the open band); Sullivan D F. HSMHA Health Reports 1971;86:347-54 and Newman S C. Popul Stud 1988
(healthy life expectancy and its variance); suppression as in PHE's life expectancy calculator: no
band empty, no deaths negative or above population, total population above 5,000.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from oneplace.methods.arrays import Floats, Texts
from oneplace.methods.rates import z_score

# Share of the year that infants who die live, on average (Chiang II as PHE uses it); half the band
# at all other ages.
SHARE_LIVED_UNDER_ONE = 0.1
SHARE_LIVED_OTHERWISE = 0.5
# Areas with this many person-years or fewer get no figure (PHE life expectancy calculator).
SMALLEST_POPULATION = 5000.0


@dataclass(frozen=True)
class LifeTable:
    """Expectation at the start of every band. `expectation[i, k]` is area i at age
    `start_age[k]`."""

    start_age: tuple[float, ...]
    expectation: Floats
    lower: Floats
    upper: Floats
    standard_error: Floats
    survivors: Floats
    person_years: Floats
    population_used: Floats
    deaths_used: Floats
    problem: Texts

    def at(self, age: float) -> tuple[Floats, Floats, Floats]:
        """Expectation, lower and upper of all areas at one starting age."""
        band = self.start_age.index(age)
        return self.expectation[:, band], self.lower[:, band], self.upper[:, band]


def life_expectancy(
    deaths: ArrayLike,
    population: ArrayLike,
    start_age: ArrayLike,
    *,
    confidence: float = 0.95,
    smallest_population: float = SMALLEST_POPULATION,
) -> LifeTable:
    """Abridged life table of each area (Chiang II, Silcocks' variance)."""
    return _table(deaths, population, start_age, None, None, confidence, smallest_population)


def healthy_life_expectancy(
    deaths: ArrayLike,
    population: ArrayLike,
    start_age: ArrayLike,
    healthy_share: ArrayLike,
    *,
    asked: ArrayLike | None = None,
    confidence: float = 0.95,
    smallest_population: float = SMALLEST_POPULATION,
) -> LifeTable:
    """Years lived in good health (Sullivan): each band's years count by the share of its people who
    are healthy.

    `asked` is the number of people whose health was asked for in each band; without it the shares
    are taken as known, and only chance in the deaths widens the limits. Everybody healthy gives
    life expectancy, nobody gives 0.
    """
    return _table(
        deaths, population, start_age, healthy_share, asked, confidence, smallest_population
    )


def expectation_from_rates(rates: ArrayLike, start_age: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Survivors (from 1), years lived in each band, and expectation, from death rates by age
    alone."""
    m = np.asarray(rates, dtype=np.float64)
    width, lived = _bands(start_age)
    if (
        not ((m >= 0) & np.isfinite(m)).all()
        or not (m[..., -1] > 0).all()
        or (_dying(m, width, lived) >= 1).any()
    ):
        raise ValueError(
            "death rates are 0 or more, above 0 in the open band, and leave survivors in every other"
        )
    survivors, years = _survive(m, width, lived)
    beyond = np.cumsum(years[..., ::-1], axis=-1)[..., ::-1]
    return survivors, years, beyond / survivors


def _bands(start_age: ArrayLike) -> tuple[Floats, Floats]:
    """Width of each closed band and the share of it that those who die in it live."""
    starts = np.asarray(start_age, dtype=np.float64)
    if starts.ndim != 1 or starts.size < 2 or not (np.diff(starts) > 0).all():
        raise ValueError("start ages rise from band to band, two bands at least")
    lived = np.full(starts.size, SHARE_LIVED_OTHERWISE)
    if starts[0] == 0 and starts[1] == 1:
        lived[0] = SHARE_LIVED_UNDER_ONE
    return np.diff(starts), lived


def _dying(m: Floats, width: Floats, lived: Floats) -> Floats:
    """Chance of dying in each closed band (Chiang II); above 1 where the rate exceeds 2 / width,
    which no table can hold."""
    closed = m[..., :-1]
    return np.asarray(width * closed / (1 + width * (1 - lived[:-1]) * closed))


def _survive(m: Floats, width: Floats, lived: Floats) -> tuple[Floats, Floats]:
    """Survivors to the start of each band and years lived in it; the open band lasts survivors /
    rate."""
    dying = _dying(m, width, lived)
    survivors = np.ones(m.shape)
    survivors[..., 1:] = np.cumprod(1 - dying, axis=-1)
    years = np.empty(m.shape)
    lost = survivors[..., :-1] * dying
    years[..., :-1] = width * (survivors[..., 1:] + lived[:-1] * lost)
    with np.errstate(divide="ignore", invalid="ignore"):
        years[..., -1] = survivors[..., -1] / m[..., -1]
    return survivors, years


def _table(
    deaths: ArrayLike,
    population: ArrayLike,
    start_age: ArrayLike,
    healthy: ArrayLike | None,
    asked: ArrayLike | None,
    confidence: float,
    smallest_population: float,
) -> LifeTable:
    d, p = (
        np.atleast_2d(np.asarray(deaths, dtype=np.float64)),
        np.atleast_2d(np.asarray(population, dtype=np.float64)),
    )
    width, lived = _bands(start_age)
    if d.shape != p.shape or d.shape[1] != lived.size:
        raise ValueError(
            f"deaths {d.shape}, population {p.shape} and {lived.size} start ages do not match"
        )
    problem = _suppress(d, p, width, lived, smallest_population)
    d, p = _blank_rows(problem, d), _blank_rows(problem, p)
    share = np.broadcast_to(
        1.0 if healthy is None else np.asarray(healthy, dtype=np.float64), d.shape
    )
    m = d / p
    survivors, years = _survive(m, width, lived)
    healthy_years = years * share
    beyond = np.cumsum(healthy_years[:, ::-1], axis=1)[:, ::-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        expectation = beyond / survivors
        error = (
            np.sqrt(_spread(d, m, p, width, lived, survivors, expectation, share, years, asked))
            / survivors
        )
    reach = z_score(confidence) * error
    used_p = np.cumsum(p[:, ::-1], axis=1)[:, ::-1]
    used_d = np.cumsum(d[:, ::-1], axis=1)[:, ::-1]
    return LifeTable(
        start_age=tuple(float(a) for a in np.asarray(start_age)),
        expectation=expectation,
        lower=expectation - reach,
        upper=expectation + reach,
        standard_error=error,
        survivors=survivors,
        person_years=years,
        population_used=used_p,
        deaths_used=used_d,
        problem=problem,
    )


def _spread(
    d: Floats,
    m: Floats,
    p: Floats,
    width: Floats,
    lived: Floats,
    survivors: Floats,
    expectation: Floats,
    share: Floats,
    years: Floats,
    asked: ArrayLike | None,
) -> Floats:
    """Variance of the years lived beyond each age: chance in the deaths, and in the healthy share
    if it was sampled.

    Silcocks and others 2001, formulas in the appendix: for closed bands the variance of survival
    through the band; for the open band that of 1 / rate, which is 1 / (deaths x rate squared).
    """
    closed = m[:, :-1]
    longer = 1 + (1 - lived[:-1]) * width * closed
    survival_variance = (
        width**2 * closed * (1 - lived[:-1] * width * closed) / (p[:, :-1] * longer**3)
    )
    worth = (1 - lived[:-1]) * width * share[:, :-1] + expectation[:, 1:]
    parts = np.empty(m.shape)
    parts[:, :-1] = survivors[:, :-1] ** 2 * worth**2 * survival_variance
    parts[:, -1] = survivors[:, -1] ** 2 * share[:, -1] ** 2 / (d[:, -1] * m[:, -1] ** 2)
    if asked is not None:
        parts = parts + years**2 * share * (1 - share) / np.asarray(asked, dtype=np.float64)
    return np.cumsum(parts[:, ::-1], axis=1)[:, ::-1]


def _suppress(
    d: Floats, p: Floats, width: Floats, lived: Floats, smallest_population: float
) -> Texts:
    problem = np.full(d.shape[0], "", dtype=object)
    with np.errstate(divide="ignore", invalid="ignore"):
        problem[(_dying(d / p, width, lived) >= 1).any(axis=1)] = (
            "an age band's rate is so high that nobody survives it"
        )
    problem[~(d[:, -1] > 0)] = "nobody died in the open age band, so its length is unknown"
    problem[~(p.sum(axis=1) > smallest_population)] = (
        f"the population is {smallest_population:,.0f} or fewer"
    )
    problem[(d > p).any(axis=1)] = "an age band has more deaths than people"
    problem[~(d >= 0).all(axis=1)] = "deaths are missing or negative"
    problem[~(p > 0).all(axis=1)] = "an age band has no people"
    return problem


def _blank_rows(problem: Texts, table: Floats) -> Floats:
    return np.where((problem == "")[:, None], table, np.nan)
