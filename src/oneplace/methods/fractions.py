"""How much of a disease is due to an exposure, and how much would go if the exposure changed.

In: shares of people at each level of exposure and relative risks. Out: fractions between 0 and 1
(negative where the exposure protects), for many areas at once: the last axis holds the levels.

Two quantities are kept apart: the *attributable* fraction compares with nobody exposed at all; the
*impact* fraction compares with another spread of exposure that somebody could reach. "Deaths that
inactivity contributes to" and "deaths preventable at 150 minutes a week" are of these two kinds and
are never added or compared.

Sources: Levin M L. Acta Unio Int Contra Cancrum 1953;9:531-41; Miettinen O S. Am J Epidemiol
1974;99:325-32 (formula for adjusted relative risks); Barendregt J J, Veerman J L. J Epidemiol
Community Health 2010;64:209-12 (impact fractions).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from oneplace.methods.arrays import Floats


def levin(exposed_share: ArrayLike, relative_risk: ArrayLike) -> Floats:
    """Attributable fraction of one exposure from its share in the population (unadjusted relative
    risk)."""
    excess = _floats(exposed_share) * (_floats(relative_risk) - 1)
    return np.asarray(excess / (1 + excess))


def attributable(shares: ArrayLike, relative_risks: ArrayLike) -> Floats:
    """Attributable fraction over several levels; shares may leave out the unexposed, whose relative
    risk is 1."""
    excess = (_floats(shares) * (_floats(relative_risks) - 1)).sum(axis=-1)
    return np.asarray(excess / (1 + excess))


def attributable_adjusted(
    exposed_share_of_cases: ArrayLike, adjusted_relative_risk: ArrayLike
) -> Floats:
    """Attributable fraction when the relative risk is adjusted: it needs the exposed share among
    cases, not people."""
    risk = _floats(adjusted_relative_risk)
    return np.asarray(_floats(exposed_share_of_cases) * (risk - 1) / risk)


def impact(shares: ArrayLike, new_shares: ArrayLike, relative_risks: ArrayLike) -> Floats:
    """Potential impact fraction of moving people between levels; shares list every level and add up
    to 1."""
    now, then, risk = _floats(shares), _floats(new_shares), _floats(relative_risks)
    for name, given in (("shares", now), ("new shares", then)):
        if not np.allclose(given.sum(axis=-1), 1.0, atol=1e-9):
            raise ValueError(
                f"the {name} add up to {given.sum(axis=-1)}, not 1: list every level, the unexposed too"
            )
    before = (now * risk).sum(axis=-1)
    return np.asarray((before - (then * risk).sum(axis=-1)) / before)


def joint(fractions: ArrayLike) -> Floats:
    """Fraction of several independent exposures together: 1 minus the product of what each
    leaves."""
    return np.asarray(1 - np.prod(1 - _floats(fractions), axis=-1))


def dose_reduction(
    relative_risk: ArrayLike, minutes: ArrayLike, *, reference_minutes: float, most_minutes: float
) -> Floats:
    """Reduction in risk by minutes of walking or cycling a week, in proportion up to a cap (WHO
    HEAT, 2014 guide).

    `relative_risk` holds at `reference_minutes`; beyond `most_minutes` nothing more is credited.
    """
    done = np.minimum(_floats(minutes), most_minutes)
    return np.asarray((1 - _floats(relative_risk)) * done / reference_minutes)


def _floats(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)
