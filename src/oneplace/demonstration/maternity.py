"""Pregnancies and births.

In: a part of the people and the number of births to each woman of an age that makes the babies of
the place. Out: pregnancies as circumstances, deliveries and antenatal admissions, and the birth of
each baby as an admission.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from oneplace.demonstration.assumptions import curve, figure
from oneplace.demonstration.batch import Batch
from oneplace.demonstration.chance import Array
from oneplace.demonstration.days import NEVER, YEAR_DAYS


@dataclass(frozen=True)
class Maternity:
    pregnant: Array  # person
    start: Array
    end: Array  # NEVER while it goes on
    mother: Array  # of each delivery
    delivery: Array
    home: Array  # day the mother goes home
    antenatal: Array  # person admitted before birth
    antenatal_day: Array
    baby: Array
    baby_home: Array


def expected_births(part: Batch) -> Array:
    """Births that each person would have in the period at the rates of the curve; babies not
    counted on lists of outsiders."""
    middle = (part.first.astype(np.int64) + part.last) // 2
    chance = curve("births_per_1000_women", part.age_on(middle)) / 1000
    return (
        np.where(part.folk.male, 0, chance)
        * np.maximum(part.last.astype(np.int64) - part.first, 0)
        / YEAR_DAYS
    )


def made(part: Batch, level: float) -> Maternity:
    rng = part.chance("maternity")
    recorded = int(figure("pregnancy_recorded_days"))
    length = np.maximum(part.last.astype(np.int64) - part.first + 1, 1)
    rate = (
        expected_births(part)
        * level
        * (1 + np.where(part.last == part.finish, recorded / length, 0))
    )
    lost_share = figure("pregnancy_loss_share")
    mothers = np.flatnonzero(rng.random(len(part)) < 1 - np.exp(-rate)).astype(np.int32)
    reach = np.where(part.last == part.finish, recorded, 0)[mothers]
    due = (part.first[mothers] + rng.random(len(mothers)) * (length[mothers] + reach)).astype(
        np.int32
    )
    start = np.maximum(due - recorded, part.first[mothers]).astype(np.int32)
    born = due <= part.last[mothers]
    end = np.where(
        born, due, np.where(part.last[mothers] < part.finish, part.last[mothers], NEVER)
    ).astype(np.int32)
    good = start <= part.last[mothers]
    women = np.flatnonzero(rng.random(len(part)) < rate * lost_share / (1 - lost_share)).astype(
        np.int32
    )
    began = (part.first[women] + rng.random(len(women)) * length[women]).astype(np.int32)
    ended = np.minimum(began + rng.integers(7, 80, len(women), np.int32), part.last[women]).astype(
        np.int32
    )
    mother, delivery = mothers[born], due[born]
    home = np.minimum(delivery + rng.poisson(1.6, len(mother)), part.last[mother]).astype(np.int32)
    before = np.flatnonzero((rng.random(len(mothers)) < figure("antenatal_admission_share")) & good)
    until = np.minimum(due[before] - 1, part.last[mothers[before]])
    antenatal_day = (
        start[before] + rng.random(len(before)) * np.maximum(until - start[before], 0)
    ).astype(np.int32)
    lost = np.flatnonzero(rng.random(len(women)) < figure("early_loss_admission_share"))
    babies = np.flatnonzero(
        (part.folk.birth >= part.begin)
        & (part.folk.birth == part.first)
        & (part.folk.enter <= part.folk.birth)
    ).astype(np.int32)
    baby_home = np.minimum(
        part.folk.birth[babies] + rng.poisson(1.8, len(babies)), part.last[babies]
    ).astype(np.int32)
    return Maternity(
        np.concatenate([mothers[good], women]),
        np.concatenate([start[good], began]),
        np.concatenate([end[good], ended]),
        mother,
        delivery,
        home,
        np.concatenate([mothers[before], women[lost]]),
        np.concatenate([antenatal_day, ended[lost]]),
        babies,
        baby_home,
    )
