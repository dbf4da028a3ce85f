"""Who is who among a place's practices, networks, teams and trusts, on a day.

In: a place in hand. Out: small lookups by code. A place without the tables gives empty lookups.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from oneplace.place.geography import PlaceInHand


@dataclass(frozen=True, kw_only=True)
class GeneralPractice:
    """A general practice. `list_size` is None where no list is published."""

    code: str
    name: str
    latitude: float
    longitude: float
    area_code: str | None
    network_code: str | None
    team_code: str | None
    list_size: int | None


@dataclass(frozen=True, kw_only=True)
class Provider:
    """A trust as it stood on a day: the name it had, and who had taken over if it had ended."""

    code: str
    name: str
    kind: str
    ended: bool
    successor_code: str | None


def practices(place: PlaceInHand) -> dict[str, GeneralPractice]:
    """Every practice by its code."""
    team = team_of_practice(place)
    return {
        r["practice_code"]: GeneralPractice(
            code=r["practice_code"],
            name=r["practice_name"],
            latitude=r["latitude"],
            longitude=r["longitude"],
            area_code=r["area_code"],
            network_code=r["network_code"],
            team_code=team.get(r["practice_code"]),
            list_size=r["list_size"],
        )
        for r in place.table("practices").to_pylist()
    }


def team_of_practice(place: PlaceInHand) -> dict[str, str]:
    """Practice code -> team code."""
    table = place.table("team_practices")
    return dict(
        zip(table["practice_code"].to_pylist(), table["team_code"].to_pylist(), strict=True)
    )


def team_names(place: PlaceInHand) -> dict[str, str]:
    """Team code -> name."""
    table = place.table("teams")
    return dict(zip(table["team_code"].to_pylist(), table["team_name"].to_pylist(), strict=True))


def providers(place: PlaceInHand, on: dt.date) -> dict[str, Provider]:
    """Every trust by its code, as it stood on a day."""
    return {
        r["provider_code"]: Provider(
            code=r["provider_code"],
            name=r["later_name"]
            if r["later_name_from"] and r["later_name_from"] <= on
            else r["provider_name"],
            kind=r["kind"],
            ended=r["until"] is not None and r["until"] < on,
            successor_code=r["successor_code"],
        )
        for r in place.table("providers").to_pylist()
    }


def known_codes(place: PlaceInHand) -> set[str]:
    """Codes of everything that a figure of this place may be of."""
    payer = place.document.commissioner
    found = {c for c in (place.document.code, payer.code if payer else None) if c}
    for table, column in (
        ("providers", "provider_code"),
        ("practices", "practice_code"),
        ("networks", "network_code"),
        ("teams", "team_code"),
        ("neighbourhoods", "neighbourhood_code"),
        ("wards", "ward_code"),
        ("areas", "area_code"),
    ):
        found |= set(place.table(table)[column].to_pylist())
    return found
