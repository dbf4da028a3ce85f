"""The two populations of a place: who lives there and who is registered there, side by side and
never mixed.

In: a place in hand. Out: residents by area and age as one array, totals, and a table that shows
both populations for each unit. 498,042 people live in Liverpool and 550,914 are on its practices'
lists: a rate has to say which it means.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from oneplace.place.document import Denominator
from oneplace.place.geography import PlaceInHand
from oneplace.tables.declare import Column, Table
from oneplace.tables.place import AGES

POPULATIONS = Table(
    "populations",
    "Residents and registered people of each unit, side by side. Empty where the unit does not have that population.",
    (
        Column(
            "unit_kind",
            "text",
            "Kind of unit.",
            values=("place", "ward", "neighbourhood", "network", "practice", "team"),
        ),
        Column("unit_code", "text", "The unit's code, as in its own table."),
        Column("unit_name", "text", "Its name."),
        Column("residents", "integer", "People who live in it.", "people", required=False),
        Column(
            "registered",
            "integer",
            "People on the lists of its practices.",
            "people",
            required=False,
        ),
        Column(
            "registered_normalised",
            "integer",
            "The same, scaled so that all lists equal the residents.",
            "people",
            required=False,
        ),
        Column(
            "denominator",
            "text",
            "Which of the two divides its rates.",
            values=("resident", "registered"),
        ),
    ),
    key=("unit_kind", "unit_code"),
)


@dataclass(frozen=True)
class AreaAges:
    """Residents: one row for each area code, one column for each single year of age, the last 90
    and over."""

    codes: tuple[str, ...]
    people: np.ndarray

    @property
    def total(self) -> int:
        return int(self.people.sum())


def residents_by_area_age(place: PlaceInHand) -> AreaAges:
    """Residents of each area by single year of age, in the order of the table."""
    table = place.table("population_by_area_age")
    people = [table[f"age_{age}"].to_numpy() for age in AGES]
    return AreaAges(tuple(table["area_code"].to_pylist()), np.column_stack(people).astype(np.int64))


def residents(place: PlaceInHand) -> int | None:
    """Everyone who lives in the place; None where no table says."""
    return residents_by_area_age(place).total if place.has("population_by_area_age") else None


def registered(place: PlaceInHand) -> int | None:
    """Everyone on a published list of its practices; None where no table says."""
    if not place.has("practices"):
        return None
    return sum(n or 0 for n in place.table("practices")["list_size"].to_pylist())


def normalised(list_sizes: Mapping[str, int | None], residents: int) -> dict[str, int | None]:
    """Each list scaled by one factor so that all together equal the residents, rounded to whole
    people.

    Lists hold people who have moved away and people who live elsewhere; the factor takes that out
    of comparisons between teams without pretending to know where it stands. A list that is not
    published stays unknown.
    """
    total = sum(n or 0 for n in list_sizes.values())
    return {
        code: None if n is None or not total else round(n * residents / total)
        for code, n in list_sizes.items()
    }


def side_by_side(place: PlaceInHand) -> pa.Table:
    """Both populations of the place and of each ward, neighbourhood, network, practice and team it
    has."""
    by_area = residents_by_area_age(place)
    living = dict(zip(by_area.codes, by_area.people.sum(axis=1).tolist(), strict=True))
    practices = place.table("practices").to_pydict()
    lists = dict(zip(practices["practice_code"], practices["list_size"], strict=True))
    scaled: Mapping[str, int | None] = (
        normalised(lists, by_area.total) if living else dict.fromkeys(lists)
    )
    rules = place.document.denominators

    everyone = residents(place), registered(place)
    both = (*everyone, everyone[0] if everyone[1] else None)
    rows = [("place", place.document.code or "", place.document.name, *both, rules.place)]
    rows += _resident_units(
        place, "ward", "wards", _pairs(place, "areas", "area_code", "ward_code"), living, rules.ward
    )
    homes = _pairs(place, "neighbourhood_areas", "area_code", "neighbourhood_code")
    rows += _resident_units(
        place, "neighbourhood", "neighbourhoods", homes, living, rules.neighbourhood
    )
    for kind, table, members, rule in (
        (
            "network",
            "networks",
            _pairs(place, "practices", "practice_code", "network_code"),
            rules.network,
        ),
        (
            "team",
            "teams",
            _pairs(place, "team_practices", "practice_code", "team_code"),
            rules.team,
        ),
        ("practice", "practices", {code: code for code in lists}, rules.practice),
    ):
        on_lists, on_scaled = _add_up(lists, members), _add_up(scaled, members)
        for code, name in _named(place, kind, table):
            rows.append((kind, code, name, None, on_lists.get(code), on_scaled.get(code), rule))
    return pa.table(
        [
            pa.array(c, t.type)
            for c, t in zip(zip(*rows, strict=True), POPULATIONS.arrow, strict=True)
        ],
        schema=POPULATIONS.arrow,
    )


Row = tuple[str, str, str, int | None, int | None, int | None, Denominator]


def _resident_units(
    place: PlaceInHand,
    kind: str,
    table: str,
    members: Mapping[str, str | None],
    living: Mapping[str, int],
    rule: Denominator,
) -> list[Row]:
    people = _add_up(living, members)
    return [
        (kind, code, name, people.get(code, 0), None, None, rule)
        for code, name in _named(place, kind, table)
    ]


def _pairs(place: PlaceInHand, table: str, key: str, value: str) -> dict[str, str | None]:
    rows = place.table(table)
    return dict(zip(rows[key].to_pylist(), rows[value].to_pylist(), strict=True))


def _named(place: PlaceInHand, kind: str, table: str) -> list[tuple[str, str]]:
    rows = place.table(table)
    return list(
        zip(rows[f"{kind}_code"].to_pylist(), rows[f"{kind}_name"].to_pylist(), strict=True)
    )


def _add_up(numbers: Mapping[str, int | None], members: Mapping[str, str | None]) -> dict[str, int]:
    """Sums by the unit each member is in; a member whose number is unknown adds nothing and makes
    no unit appear."""
    sums: Counter[str] = Counter()
    for member, unit in members.items():
        number = numbers.get(member)
        if unit is not None and number is not None:
            sums[unit] += number
    return dict(sums)
