"""Who dies when: the national life table, bent so that each local decile lives as long as is
published for it.

In: the place's life table and life expectancy by local decile. Out: yearly hazards by sex, local
decile and age. The bend is a factor on the hazard, whole from 40 to 65 and falling to a small part
of its logarithm at 90, because relative inequality in mortality narrows with age (ONS, Health state
life expectancies by national deprivation deciles). From 1 to 25 there is none: deprived areas with
many students do not have more deaths of the young (in Liverpool's own deaths of 2014 there are
fewer at 15 to 34 than national rates bring).
"""

from __future__ import annotations

import numpy as np

from oneplace.demonstration.chance import Array
from oneplace.place.geography import PlaceInHand

OLDEST = 110
_BEND_AGES, _BEND = (0, 1, 25, 40, 65, 90), (1.0, 0.0, 0.0, 1.0, 1.0, 0.15)
SEXES = ("female", "male")  # 0, 1


def hazards(place: PlaceInHand) -> Array:
    """Deaths per person-year: [sex, local decile 1..10 as 0..9, age 0..OLDEST]."""
    base = _national(place)
    bend = np.interp(np.arange(OLDEST + 1), _BEND_AGES, _BEND)
    result = np.repeat(base[:, None, :], 10, axis=1)
    wanted = place.table("life_expectancy_by_decile").to_pylist()
    for row in wanted:
        s, d = SEXES.index(row["sex"]), row["local_decile"] - 1
        low, high = -2.0, 2.0
        for _ in range(40):
            middle = (low + high) / 2
            if life_expectancy(base[s] * np.exp(middle * bend)) > row["life_expectancy"]:
                low = middle
            else:
                high = middle
        result[s, d] = base[s] * np.exp(low * bend)
    return result


def life_expectancy(hazard: Array) -> float:
    """At birth, from yearly hazards that are constant within a year of age and after the last."""
    survive = np.exp(-np.cumsum(hazard))
    alive = np.concatenate([[1.0], survive[:-1]])
    lived = (alive - survive) / np.maximum(hazard, 1e-12)
    lived[-1] = alive[-1] / hazard[-1]
    return float(lived.sum())


def _national(place: PlaceInHand) -> Array:
    table = place.table("life_table").to_pydict()
    result = np.zeros((2, OLDEST + 1))
    for s, sex in enumerate(SEXES):
        rows = [
            (a, q)
            for a, q, x in zip(table["age"], table["death_probability"], table["sex"], strict=True)
            if x == sex
        ]
        ages, chance = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
        hazard = -np.log1p(-np.minimum(chance, 0.75))
        result[s] = np.interp(np.arange(OLDEST + 1), ages, hazard)
    return result
