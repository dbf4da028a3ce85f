"""Real boundaries for the map, when the user has them: GeoJSON joined to the place's areas by their codes.

In: a GeoJSON file (RFC 7946, longitude and latitude) and the codes of the areas. Out: rings for each area. The
property that holds the codes is the one named, or else the one whose values are codes of the place. No boundary file
comes with the program: without one the map is made of hexagons.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oneplace.faults import Fault, InputAtFault

Point = tuple[float, float]
Ring = tuple[Point, ...]
MOST_NAMED = 5


@dataclass(frozen=True)
class Boundaries:
    """Rings by area code: for each polygon the outer ring and then its holes, as longitude and latitude."""

    rings: dict[str, tuple[Ring, ...]]
    code_property: str
    not_of_this_place: int


def read_boundaries(path: Path, codes: Sequence[str], *, code_property: str | None = None) -> Boundaries:
    """One boundary for each area; every area without one is a fault, features of other places are counted."""
    name = path.name
    features = _features(path, name)
    prop = code_property or _property_with_codes(features, set(codes), name)
    wanted, rings, faults, others = set(codes), {}, [], 0
    for number, feature in enumerate(features):
        code = (feature.get("properties") or {}).get(prop)
        where = f"features[{number}]"
        if code not in wanted:
            others += 1
        elif code in rings:
            faults.append(
                Fault(what="the area stands twice", file=name, path=where, found=code, expected="each area once")
            )
        else:
            try:
                rings[code] = _rings(feature.get("geometry"))
            except ValueError as e:
                found, expected = e.args
                faults.append(
                    Fault(
                        what="this is not the boundary of an area",
                        file=name,
                        path=f"{where}.geometry",
                        found=found,
                        expected=expected,
                    )
                )
                rings[code] = ()
    missing = [c for c in codes if c not in rings]
    if missing:
        named = ", ".join(missing[:MOST_NAMED]) + (" ..." if len(missing) > MOST_NAMED else "")
        expected = f"a feature for each of the {len(codes)} areas, its code in {prop}"
        faults.append(Fault(what=f"{len(missing)} areas have no boundary", file=name, found=named, expected=expected))
    if faults:
        raise InputAtFault(faults)
    return Boundaries(rings=rings, code_property=prop, not_of_this_place=others)


def _features(path: Path, name: str) -> list[dict[str, Any]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputAtFault(Fault(what="the file is missing", file=name, expected="a GeoJSON file")) from None
    except json.JSONDecodeError as e:
        raise InputAtFault(Fault(what="this is not valid JSON", file=name, line=e.lineno, found=e.msg)) from None
    except (UnicodeDecodeError, OSError) as e:
        raise InputAtFault(
            Fault(what="the file cannot be read", file=name, found=str(e), expected="UTF-8 text")
        ) from None
    kind = content.get("type") if isinstance(content, dict) else type(content).__name__
    features = content.get("features") if isinstance(content, dict) else None
    if kind != "FeatureCollection" or not isinstance(features, list):
        hint = (
            "a FeatureCollection; TopoJSON has to be converted first" if kind == "Topology" else "a FeatureCollection"
        )
        raise InputAtFault(
            Fault(what="this is not a collection of boundaries", file=name, path="type", found=str(kind), expected=hint)
        )
    strange = [
        n for n, f in enumerate(features) if not isinstance(f, dict) or not isinstance(f.get("properties") or {}, dict)
    ]
    if strange:
        raise InputAtFault(
            Fault(
                what="this is not a feature",
                file=name,
                path=f"features[{strange[0]}]",
                expected="an object with properties and geometry",
            )
        )
    return features


def _property_with_codes(features: list[dict[str, Any]], codes: set[str], name: str) -> str:
    hits: dict[str, int] = {}
    for feature in features:
        for prop, value in (feature.get("properties") or {}).items():
            hits[prop] = hits.get(prop, 0) + (isinstance(value, str) and value in codes)
    best = max(hits, key=lambda p: hits[p], default=None)
    if best is None or not hits[best]:
        found = "properties " + ", ".join(list(hits)[:10]) if hits else "no properties"
        raise InputAtFault(
            Fault(
                what="no property holds the codes of this place's areas",
                file=name,
                found=found,
                expected=f"codes such as {min(codes, default='')}",
            )
        )
    return best


def _rings(geometry: Any) -> tuple[Ring, ...]:
    kind = geometry.get("type") if isinstance(geometry, dict) else "no geometry"
    if kind not in ("Polygon", "MultiPolygon"):
        raise ValueError(str(kind), "a Polygon or a MultiPolygon")
    parts = geometry.get("coordinates")
    polygons = [parts] if kind == "Polygon" else parts
    try:
        rings = tuple(tuple((float(p[0]), float(p[1])) for p in ring) for polygon in polygons for ring in polygon)
    except (TypeError, ValueError, IndexError):
        raise ValueError("coordinates that are not pairs of numbers", "rings of [longitude, latitude]") from None
    if not rings or any(len(ring) < 4 or ring[0] != ring[-1] for ring in rings):
        raise ValueError("a ring that is not closed", "rings of four or more points that end where they start")
    far = next((p for ring in rings for p in ring if not (-180 <= p[0] <= 180 and -90 <= p[1] <= 90)), None)
    if far is not None:
        raise ValueError(
            f"{far[0]:g}, {far[1]:g}",
            "longitude and latitude (WGS 84); National Grid metres have to be converted first",
        )
    return rings
