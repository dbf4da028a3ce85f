"""The smallest units that a place counts in, how they are joined into larger ones, and the people
and events of each.

In: a session and what to compare by. Out: a `Family` (areas of residents, or practices of
registered people) with its ways of joining; a `Tally` of people by age and of every feature that
can be compared, asked of the records once for each build.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from oneplace.answers import kept
from oneplace.engines import received
from oneplace.people import counts as counts_of
from oneplace.place.organisations import practices

if TYPE_CHECKING:
    from oneplace.answers.session import Session

By = Literal["area", "ward", "neighbourhood", "practice", "network", "team", "provider", "quintile"]
GROUPS: tuple[By, ...] = (
    "area",
    "ward",
    "neighbourhood",
    "practice",
    "network",
    "team",
    "provider",
    "quintile",
)
OF_AREAS = ("area", "ward", "neighbourhood", "quintile")
# The larger units that areas and practices are joined into, those first that stay exact where not
# all can.
JOINED: Mapping[str, tuple[By, ...]] = {
    "area_code": ("quintile", "neighbourhood", "ward"),
    "practice_code": ("team", "network"),
}
BANDS = 19
FLAGS, COUNTS = "BOOLEAN", "INTEGER"
EVENTS = ("12m", "24_to_12m")


@dataclass(frozen=True)
class SmallestUnits:
    """Areas or practices, `residents` or `registered`: what is counted in one list is counted in
    all lists of them."""

    base: str
    population: str
    codes: tuple[str, ...]
    labels: Mapping[str, tuple[str | None, ...]]

    @property
    def joined(self) -> list[tuple[str | None, ...]]:
        """How each unit is joined, as the protection of small numbers needs it."""
        return [self.labels[by] for by in JOINED[self.base]]

    def members(self, by: str) -> dict[str, list[int]]:
        """The larger units' codes with the places of their members."""
        found: dict[str, list[int]] = {}
        for i, label in enumerate(self.labels[by]):
            if label is not None:
                found.setdefault(label, []).append(i)
        return found


@dataclass(frozen=True)
class Tally:
    """By unit of the family and age band: people; by unit: the sums of their ages and fifths; by
    feature, unit and band."""

    people: npt.NDArray[np.int64]
    ages: npt.NDArray[np.float64]
    fifths: npt.NDArray[np.float64]
    names: tuple[str, ...]
    counts: npt.NDArray[np.int64]

    def of(self, feature: str) -> npt.NDArray[np.int64]:
        """One feature by unit and age band."""
        found: npt.NDArray[np.int64] = self.counts[self.names.index(feature)]
        return found


def features(session: Session) -> dict[str, str]:
    """Every feature of the build with its kind."""
    if session.build is None:
        return {}
    return {
        r["column_name"]: r["data_type"]
        for r in kept.rows(session, received.columns_of("features"))
    }


def comparable(session: Session) -> dict[str, str]:
    """The features that can be compared: flags, and counts of a year."""
    return {
        n: k
        for n, k in features(session).items()
        if k == FLAGS or (k == COUNTS and n.endswith(EVENTS))
    }


def population_of(session: Session, by: str) -> str:
    """Residents or registered people, as the place says for this unit."""
    said: str = getattr(session.document.denominators, "place" if by == "quintile" else by)
    return said


def family(session: Session, by: str) -> SmallestUnits:
    """The smallest units that lists by this are made of."""
    population = population_of(session, by)
    if by in OF_AREAS:
        rows = sorted(session.place.table("areas").to_pylist(), key=lambda r: str(r["area_code"]))
        lies_in = dict(_pairs(session, "neighbourhood_areas", "area_code", "neighbourhood_code"))
        codes = tuple(str(r["area_code"]) for r in rows)
        labels = {
            "area": codes,
            "ward": tuple(_text(r["ward_code"]) for r in rows),
            "neighbourhood": tuple(lies_in.get(c) for c in codes),
            "quintile": tuple(_text(r["local_quintile"]) for r in rows),
        }
        return SmallestUnits("area_code", population, codes, labels)
    known = practices(session.place)
    codes = tuple(sorted(known))
    return SmallestUnits(
        "practice_code",
        population,
        codes,
        {
            "practice": codes,
            "network": tuple(known[c].network_code for c in codes),
            "team": tuple(known[c].team_code for c in codes),
        },
    )


def _pairs(session: Session, table: str, key: str, value: str) -> list[tuple[str, str]]:
    return [(r[key], r[value]) for r in session.place.table(table).to_pylist()]


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def tally(session: Session, units: SmallestUnits) -> Tally:
    """The people and features of each unit: one question for all features, kept beside the
    build."""
    found = kept.arrays(
        session, f"units-{units.base}-{units.population}", lambda: _asked(session, units)
    )
    at = {c: i for i, c in enumerate(found["codes"].tolist())}
    order = [at.get(c, -1) for c in units.codes]

    def ordered(a: npt.NDArray[Any], axis: int) -> npt.NDArray[Any]:
        padded = np.concatenate(
            [a, np.zeros_like(np.take(a, [0], axis=axis) if a.shape[axis] else a)], axis=axis
        )
        return np.take(padded, order, axis=axis)

    if not at:
        n = len(units.codes)
        empty = np.zeros((n, BANDS), np.int64)
        return Tally(
            empty,
            np.zeros(n),
            np.zeros(n),
            tuple(found["names"].tolist()),
            np.zeros((len(found["names"]), n, BANDS), np.int64),
        )
    return Tally(
        ordered(found["people"], 0).astype(np.int64),
        ordered(found["ages"], 0),
        ordered(found["fifths"], 0),
        tuple(found["names"].tolist()),
        ordered(found["counts"], 1),
    )


def _asked(session: Session, units: SmallestUnits) -> dict[str, npt.NDArray[Any]]:
    names = list(comparable(session))
    who = "resident" if units.population == "resident" else "registered"
    rows = session.ask(counts_of.of_units(units.base, who, names, BANDS))
    codes = sorted({str(r["part"]) for r in rows})
    at = {c: i for i, c in enumerate(codes)}
    people = np.zeros((len(codes), BANDS), np.int32)
    ages, fifths = np.zeros(len(codes)), np.zeros(len(codes))
    counts = np.zeros((len(names), len(codes), BANDS), np.int32)
    for r in rows:
        i, band = at[str(r["part"])], r["band"]
        people[i, band] = r["people"]
        ages[i] += r["ages"]
        fifths[i] += r["fifths"]
        counts[:, i, band] = [r[f"f{k}"] for k in range(len(names))]
    return {
        "codes": np.array(codes, dtype=str),
        "names": np.array(names, dtype=str),
        "people": people,
        "ages": ages,
        "fifths": fifths,
        "counts": counts,
    }
