"""Where care is given: practices and trusts as care sites, and which trust a person is likely to go
to.

In: the place's practices and providers. Out: rows of care_site, and for each kind of care a trust
for a person, by how near its hospital is and how much of its work is for the place. A trust that
ended hands over to its successor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from oneplace.demonstration.chance import Array
from oneplace.demonstration.days import NEVER, number
from oneplace.demonstration.registration import pick
from oneplace.place.geography import PlaceInHand, metres

_PULL_METRES = 2500.0  # how quickly a hospital's pull falls with distance; assumed
_STRAY = 0.15  # share of visits to a trust other than a person's own; assumed
FIRST_TRUST = 1001


@dataclass(frozen=True)
class Sites:
    """Practices stand first, numbered from 1 in the order of the place's table; trusts from
    FIRST_TRUST."""

    practices: int
    acute: Array  # site numbers of the general hospitals
    chance: Array  # areas x acute
    by_kind: dict[str, int]  # kind of trust -> its site
    until: Array  # by trust: last day, NEVER
    successor: Array  # by trust: site that took over, or itself
    rows: dict[str, pa.Array]

    def own_hospital(self, rng: np.random.Generator, area: Array) -> Array:
        if not len(self.acute):
            return np.zeros(len(area), np.int32)
        return self.acute[pick(rng, self.chance, area)]

    def hospital(self, rng: np.random.Generator, own: Array, child: Array) -> Array:
        """The hospital of each visit: the person's own, sometimes another; the children's where
        there is one."""
        if not len(self.acute):
            return own
        stray = rng.random(len(own), np.float32) < _STRAY
        found = np.where(stray, self.acute[rng.integers(0, len(self.acute), len(own))], own)
        if "children" in self.by_kind:
            found = np.where(child, self.by_kind["children"], found)
        return found.astype(np.int32)

    def of_kind(self, *kinds: str) -> int:
        """The first of these kinds of trust that the place has; 0 when it has none."""
        return next((self.by_kind[k] for k in kinds if k in self.by_kind), 0)

    def as_named_on(self, site: Array, day: Array) -> Array:
        """The trust that ran the site on the day."""
        at = np.maximum(site - FIRST_TRUST, 0)
        trust = site >= FIRST_TRUST
        if not len(self.until):
            return site
        ended = trust & (day > self.until[np.minimum(at, len(self.until) - 1)])
        return np.where(ended, self.successor[np.minimum(at, len(self.until) - 1)], site).astype(
            np.int32
        )


def sites_of(place: PlaceInHand) -> Sites:
    practices, trusts = place.table("practices"), place.table("providers").to_pylist()
    numbers = {t["provider_code"]: FIRST_TRUST + i for i, t in enumerate(trusts)}
    until = np.array([number(t["until"]) if t["until"] else int(NEVER) for t in trusts], np.int64)
    successor = np.array(
        [numbers.get(t["successor_code"] or "", numbers[t["provider_code"]]) for t in trusts],
        np.int32,
    )
    acute = [t for t in trusts if t["kind"] == "acute" and t["latitude"] is not None]
    by_kind: dict[str, int] = {}
    for t in sorted(trusts, key=lambda t: -(t["catchment_share"] or 0)):
        by_kind.setdefault(t["kind"], numbers[t["provider_code"]])
    codes = [*practices["practice_code"].to_pylist(), *(t["provider_code"] for t in trusts)]
    names = [*practices["practice_name"].to_pylist(), *(t["provider_name"] for t in trusts)]
    kinds = [*["general practice"] * len(practices), *(t["kind"] for t in trusts)]
    rows = {
        "care_site_id": pa.array([*range(1, len(practices) + 1), *numbers.values()], pa.int32()),
        "care_site_name": pa.array(names, pa.string()),
        "care_site_source_value": pa.array(codes, pa.string()),
        "place_of_service_source_value": pa.array(kinds, pa.string()),
    }
    at = np.array([numbers[t["provider_code"]] for t in acute], np.int32)
    return Sites(len(practices), at, _chance(place, acute), by_kind, until, successor, rows)


def _chance(place: PlaceInHand, acute: list[dict[str, object]]) -> Array:
    areas = place.table("areas")
    if not acute:
        return np.zeros((len(areas), 0))
    lat = [*areas["latitude"].to_pylist(), *(t["latitude"] for t in acute)]
    lon = [*areas["longitude"].to_pylist(), *(t["longitude"] for t in acute)]
    both = metres(lat, lon)
    a, h = both[: len(areas)], both[len(areas) :]
    distance = np.hypot(*(a[:, None, :] - h[None, :, :]).transpose(2, 0, 1))
    share = np.array([float(str(t["catchment_share"] or 0.05)) for t in acute])
    weight = share * np.exp(-(distance - distance.min(1, keepdims=True)) / _PULL_METRES)
    return np.asarray(weight / weight.sum(1, keepdims=True))
