"""Repeat medicines: who takes what, from when, one item every so many days.

In: a part of the people with their conditions. Out: courses (person, medicine, first and last day,
days between items) and the items they make. Shares of people are those of medicines.csv times one
factor, solved on a sample so that items a head come out as published.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from oneplace.demonstration.assumptions import rows
from oneplace.demonstration.batch import Batch
from oneplace.demonstration.chance import Array
from oneplace.demonstration.contacts import log_shape
from oneplace.tables.vocabulary import concept

_MOST_SHARE = 0.97


@dataclass(frozen=True)
class Courses:
    person: Array
    concept_id: Array
    start: Array
    items: Array
    every: Array


def courses(part: Batch, factor: float) -> Courses:
    """In the order of people, each person's medicines together."""
    rng = part.chance("medicines")
    listed = np.flatnonzero(
        (part.listed_from <= part.last) & (part.list_first <= part.list_last)
    ).astype(np.int32)
    first, last = part.list_first, part.list_last
    found: list[tuple[Array, Array, Array, Array, Array]] = []
    for r in rows("medicines"):
        every = int(r["every_days"])
        share = min(float(r["share"]) * factor, _MOST_SHARE)
        if r["because"] == "any":
            chance = (
                np.exp(log_shape(r["by_age"]))[
                    part.age_on((part.begin + part.finish) // 2).astype(np.int16)
                ]
                / 100
                * factor
            )
            who = listed[rng.random(len(listed), np.float32) < chance[listed]]
            since = first[who]
        else:
            onset = part.onset[:, part.column[r["because"]]]
            have = listed[onset[listed] < last[listed]]
            who = have[rng.random(len(have), np.float32) < share]
            since = np.maximum(first[who], onset[who] + 14)
        start = (since + rng.integers(0, every, len(who), np.int32)).astype(np.int32)
        items = np.maximum((last[who] - start) // every + 1, 0).astype(np.int32)
        ids = np.full(len(who), concept(r["medicine"]), np.int32)
        found.append((who, ids, start, items, np.full(len(who), every, np.int16)))
    columns = [np.concatenate([f[i] for f in found]) for i in range(5)]
    order = np.argsort(columns[0], kind="stable")
    return Courses(*(c[order] for c in columns))


def items(of: Courses, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Person, medicine and day of each item. Now and then one is not collected."""
    number = np.arange(int(of.items.sum()), dtype=np.int32)
    number -= np.repeat((np.cumsum(of.items) - of.items).astype(np.int32), of.items)
    day = np.repeat(of.start, of.items) + number * np.repeat(of.every, of.items)
    return np.repeat(of.person, of.items), np.repeat(of.concept_id, of.items), day
