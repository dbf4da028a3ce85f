"""The neutral local words in which OnePlace speaks of conditions, contacts, medicines and readings.

`vocabulary.csv` gives each a number in the range that OMOP leaves to a place (2,000,000,000 and
up), a domain, a key and a title. No terminology's content is shipped: a place maps its own codes to
these with its code list, a table of two columns (concept_id of the records, key of the vocabulary).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Word:
    """One local word. `qof` is the register whose people it stands for; `unit` belongs to
    readings."""

    concept_id: int
    domain: str
    key: str
    title: str
    qof: str
    unit: str


@cache
def words() -> tuple[Word, ...]:
    """Every local word, in the order of its number."""
    text = resources.files("oneplace.tables").joinpath("vocabulary.csv").read_text(encoding="utf-8")
    return tuple(
        Word(int(r["concept_id"]), r["domain"], r["key"], r["title"], r["qof"], r["unit"])
        for r in csv.DictReader(text.splitlines())
    )


@cache
def by_key() -> dict[str, Word]:
    return {w.key: w for w in words()}


def concept(key: str) -> int:
    """The number of a word; KeyError for a word that is not in the vocabulary."""
    return by_key()[key].concept_id


def keys(*domains: str) -> tuple[str, ...]:
    """The keys of these domains, in order."""
    return tuple(w.key for w in words() if w.domain in domains)
