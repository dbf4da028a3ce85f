"""The last part of a life, and care arranged by the council.

In: a part of the people with their conditions. Out: time on the palliative register before death,
and social care packages: care at home, direct payments, day services, care homes, reablement after
a stay in hospital.
"""

from __future__ import annotations

import math

import numpy as np

from oneplace.demonstration.admissions import Admissions
from oneplace.demonstration.assumptions import figure
from oneplace.demonstration.batch import Batch
from oneplace.demonstration.chance import Array
from oneplace.demonstration.days import NEVER, YEAR_DAYS
from oneplace.tables.vocabulary import concept


def share_registered(death: Array, here: Array, finish: int, wanted: float) -> float:
    """Share of the dying to put on the palliative register so that `wanted` of the people are on it
    on the last day."""
    to_live = (death - finish)[here & (death > finish) & (death < NEVER)]
    if not len(to_live):
        return 0.0
    median, spread = figure("end_of_life_lead_days"), figure("end_of_life_lead_spread")
    z = (np.log(np.maximum(to_live, 1)) - math.log(median)) / spread
    on = 0.5 * np.array([math.erfc(v / math.sqrt(2)) for v in z[:: max(1, len(z) // 20000)]])
    return float(min(0.95, wanted / max(on.mean() * len(to_live), 1e-9)))


def last_phase(part: Batch, share: float) -> tuple[Array, Array, Array]:
    """Person, first and last day on the palliative register."""
    rng = part.chance("end of life")
    dying = part.folk.death < NEVER
    known = part.column
    weight = np.ones(len(part), np.float32)
    for key, ratio in (("cancer", 1.5), ("dementia", 1.3), ("metastatic_cancer", 1.3)):
        weight *= np.where(part.onset[:, known[key]] < NEVER, ratio, 1.0)
    weight *= np.exp(figure("palliative_register_by_decile") * (5.5 - part.decile))
    weight /= max(float(weight[dying].mean()), 1e-6) if dying.any() else 1.0
    chosen = np.flatnonzero(dying & (rng.random(len(part)) < share * weight)).astype(np.int32)
    lead = figure("end_of_life_lead_days") * np.exp(
        figure("end_of_life_lead_spread") * rng.standard_normal(len(chosen))
    )
    death = part.folk.death[chosen]
    start = np.maximum(
        death - np.minimum(lead, 2000).astype(np.int32),
        np.maximum(part.listed_from[chosen], part.folk.birth[chosen]),
    )
    good = (start <= part.last[chosen]) & (part.listed_from[chosen] < NEVER)
    end = np.where(
        death <= part.last[chosen],
        death,
        np.where(part.last[chosen] < part.finish, part.last[chosen], NEVER),
    )
    return chosen[good], start[good].astype(np.int32), end[good].astype(np.int32)


def packages(part: Batch, stays: Admissions) -> tuple[Array, Array, Array, Array]:
    """Person, kind, first and last day of each package, in the order of people."""
    rng = part.chance("packages")
    found: list[tuple[Array, Array, Array, Array]] = []

    def add(who: Array, start: Array, length: Array, kind: str) -> None:
        begin = np.maximum(start, np.maximum(part.first[who] - 400, part.folk.birth[who]))
        begin = np.maximum(
            begin, np.where(part.folk.enter[who] > part.begin, part.folk.enter[who], begin)
        )
        end = begin + length
        good = (begin <= part.last[who]) & (end >= part.first[who])
        last = part.last[who]
        goes_on = (end > last) & (last == part.finish)
        end = np.where(goes_on, NEVER, np.minimum(end, last))
        found.append(
            (who[good], np.full(int(good.sum()), concept(kind), np.int32), begin[good], end[good])
        )

    def years(n: int, mean: float) -> Array:
        return rng.exponential(mean * YEAR_DAYS, n)

    def with_condition(key: str, share: float) -> Array:
        return np.flatnonzero(
            (part.onset[:, part.column[key]] <= part.last) & (rng.random(len(part)) < share)
        )

    mean = figure("social_care_package_years")
    care_home = part.onset[:, part.column["care_home_resident"]]
    who = with_condition("requires_care", figure("home_care_share"))
    start = part.onset[who, part.column["requires_care"]] + rng.integers(0, 400, len(who))
    add(
        who,
        start,
        np.minimum(years(len(who), mean), np.maximum(care_home[who] - start, 1)),
        "home_care",
    )
    who = with_condition("requires_care", 0.1)
    add(
        who,
        part.onset[who, part.column["requires_care"]] + 60,
        years(len(who), mean * 1.5),
        "direct_payment",
    )
    who = with_condition("care_home_resident", 0.6)
    nursing = rng.random(len(who)) < 0.4
    for kind, of in (("nursing_care", who[nursing]), ("residential_care", who[~nursing])):
        add(of, care_home[of], np.full(len(of), 40 * YEAR_DAYS), kind)
    for key, share in (("learning_disability", 0.2), ("severe_mental_illness", 0.03)):
        who = with_condition(key, share)
        adult = np.maximum(
            part.folk.birth[who] + int(18 * YEAR_DAYS), part.onset[who, part.column[key]]
        )
        add(who, np.maximum(adult, part.first[who] - 300), years(len(who), 5), "day_service")
    old = np.flatnonzero(
        (part.age_on(stays.end, stays.person) >= 70) & (stays.end - stays.start >= 3)
    )
    old = old[rng.random(len(old)) < 0.08]
    add(
        stays.person[old],
        stays.end[old] + 1,
        rng.integers(14, 43, len(old)).astype(float),
        "reablement",
    )
    person, kinds, begin, end = (np.concatenate([f[i] for f in found]) for i in range(4))
    order = np.lexsort((begin, person))
    return (
        person[order].astype(np.int32),
        kinds[order],
        begin[order].astype(np.int32),
        end[order].astype(np.int32),
    )
