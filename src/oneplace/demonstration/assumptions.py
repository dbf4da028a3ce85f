"""What the demonstration people are made to resemble where the place has no figure of its own.

The figures stand in CSV files beside this module, each row with its source: `figures.csv` (single
numbers), `curves.csv` (numbers by age), `conditions.csv`, `admissions.csv`, `contacts.csv`,
`medicines.csv`, `readings.csv`. A planner can read and change them in a spreadsheet. Levels that
name a national publication are rounded and were written from general knowledge of it: until
somebody has checked one against the publication, its source says so wherever it is shown. Levels
from ONS's Health Index for the place were read from the published table. In cells, `0:1 20:5.5` is
a curve by age (straight between the points) and `copd:1.4 smoker:0.3` a list of words with a number
each.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources

import numpy as np

from oneplace.demonstration.chance import Array

UNCHECKED = "; level from general knowledge of this publication, not yet checked against it"


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of one file, cells as they stand; lines that begin with # are comments."""
    text = (
        resources.files("oneplace.demonstration")
        .joinpath(f"{name}.csv")
        .read_text(encoding="utf-8")
    )
    found = list(
        csv.DictReader(line for line in text.splitlines() if line and not line.startswith("#"))
    )
    for before, row in zip([{"source": ""}, *found], found, strict=False):
        if "source" in row:
            row["source"] = (
                before["source"] if row["source"] == "As above" else _as_far_as_known(row["source"])
            )
    return tuple(found)


def _as_far_as_known(source: str) -> str:
    if source.startswith(("Assumed", "ONS, Health Index")) or not source:
        return source
    return source + UNCHECKED


def pairs(cell: str) -> dict[str, float]:
    """`copd:1.4 smoker:0.3` as a mapping."""
    return {k: float(v) for k, v in (item.rsplit(":", 1) for item in cell.split())}


def knots(cell: str) -> tuple[Array, Array]:
    """`0:1 20:5.5` as ages and values, in order."""
    found = pairs(cell)
    ages = np.array([float(a) for a in found])
    return ages, np.array(list(found.values()))


@cache
def _figures() -> dict[str, float]:
    return {r["name"]: float(r["value"]) for r in rows("figures")}


@cache
def _curves() -> dict[str, tuple[Array, Array]]:
    return {r["name"]: knots(r["by_age"]) for r in rows("curves")}


def figure(name: str) -> float:
    return _figures()[name]


def source(name: str) -> str:
    return next(r["source"] for r in rows("figures") if r["name"] == name)


def curve(name: str, age: Array) -> Array:
    ages, values = _curves()[name]
    return np.interp(age, ages, values)
