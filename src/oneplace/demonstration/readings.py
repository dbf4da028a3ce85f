"""Measurements: blood pressure, weight, blood tests, smoking.

In: a part of the people with their conditions and traits. Out: person, what was measured, day and
value. A value is a mean by age, sex, trait and condition, a lasting difference of the person and a
difference of the day.
"""

from __future__ import annotations

import numpy as np

from oneplace.demonstration.assumptions import pairs, rows
from oneplace.demonstration.batch import Batch
from oneplace.demonstration.chance import Array
from oneplace.demonstration.conditions import TRAITS
from oneplace.demonstration.contacts import log_shape
from oneplace.tables.vocabulary import concept


def made(part: Batch) -> tuple[Array, Array, Array, Array]:
    """In the order of people."""
    rng = part.chance("readings")
    listed = np.flatnonzero(
        (part.listed_from <= part.last) & (part.list_first <= part.list_last)
    ).astype(np.int32)
    found = [_of_row(part, rng, r, listed) for r in rows("readings")]
    person, ids, day, value = (np.concatenate([f[i] for f in found]) for i in range(4))
    order = np.argsort(person, kind="stable")
    return person[order], ids[order], day[order], value[order]


def _of_row(
    part: Batch, rng: np.random.Generator, r: dict[str, str], listed: Array
) -> tuple[Array, Array, Array, Array]:
    every = float(r["every_days"])
    first, last = part.list_first, part.list_last
    if r["because"] == "any":
        chance = (
            np.exp(log_shape(r["by_age"]))[
                part.age_on((part.begin + part.finish) // 2).astype(np.int16)
            ]
            / 50
        )
        who = listed[rng.random(len(listed), np.float32) < chance[listed] * float(r["share"])]
        since = first[who]
    else:
        onset = part.onset[:, part.column[r["because"]]]
        have = listed[onset[listed] < last[listed]]
        who = have[rng.random(len(have), np.float32) < float(r["share"])]
        since = np.maximum(first[who], onset[who])
    count = rng.poisson((last[who] - since + 1).clip(0) / every)
    person = np.repeat(who, count)
    begin, end = np.repeat(since, count), last[person]
    day = (begin + rng.random(len(person), np.float32) * (end - begin)).astype(np.int32)
    value = np.repeat(_means(part, rng, r, who), count)
    value += float(r["year"]) * (part.age_on(day, person) - 50) + float(
        r["visit"]
    ) * rng.standard_normal(len(person), np.float32)
    if r["reading"] == "smoking_status":
        value = _smoking(part, rng, person)
    value = np.clip(value, float(r["low"]), float(r["high"]))
    digits = int(r["digits"])
    return (
        person,
        np.full(len(person), concept(r["reading"]), np.int32),
        day,
        np.round(value.astype(np.float64), digits),
    )


def _means(part: Batch, rng: np.random.Generator, r: dict[str, str], who: Array) -> Array:
    mean = float(r["mean"]) + float(r["female"]) * part.bodies.female[who]
    mean = mean + float(r["person"]) * rng.standard_normal(len(who), np.float32)
    for trait, weight in pairs(r["trait"] if ":" in r["trait"] else "").items():
        mean = mean + weight * part.bodies.traits[who, TRAITS.index(trait)]
    for key, weight in pairs(r["more"]).items():
        mean = mean + weight * (part.onset[who, part.column[key]] <= part.last[who])
    return mean.astype(np.float32)


def _smoking(part: Batch, rng: np.random.Generator, person: Array) -> Array:
    """2 for people recorded as smokers, 1 for some others, more with age and damaged lungs, else
    0."""
    smoker = np.zeros(len(part), bool)
    smoker[part.spells.person[part.spells.which == part.column["smoker"]]] = True
    log = -1.6 + 0.02 * part.age_on(part.finish) + 0.5 * part.bodies.traits[:, TRAITS.index("lung")]
    former = rng.random(len(part)) < 1 / (1 + np.exp(-log))
    return np.where(smoker, 2, former).astype(np.float32)[person]
