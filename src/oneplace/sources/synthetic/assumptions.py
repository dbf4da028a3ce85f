"""What the demonstration people are made to resemble where the place has no figure of its own.

The figures stand in CSV files beside this module, each row with its source: `figures.csv` (single numbers),
`curves.csv` (numbers by age), `conditions.csv`, `admissions.csv`, `contacts.csv`, `medicines.csv`, `readings.csv`.
A planner can read and change them in a spreadsheet. In cells, `0:1 20:5.5` is a curve by age (straight between the
points) and `copd:1.4 smoker:0.3` a list of words with a number each.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources

import numpy as np

from oneplace.sources.synthetic.chance import Array


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of one file, cells as they stand; lines that begin with # are comments."""
    text = resources.files("oneplace.sources.synthetic").joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(line for line in text.splitlines() if line and not line.startswith("#")))


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
