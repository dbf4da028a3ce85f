"""A comparison as pictures: map, funnel, ranks, spine. In: the answer of `answers.comparing`. Out:
drawings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from oneplace.report.charts import (
    BarRow,
    Bars,
    Comparator,
    Funnel,
    FunnelLimit,
    FunnelPoint,
    HexCell,
    HexMap,
)
from oneplace.web.analyst.presenters.compare import MOST_TOGETHER, standing, unit_of
from oneplace.web.components.listing import Column, Grid, Listing, item


def _limits(c: Mapping[str, Any]) -> tuple[FunnelLimit, ...]:
    """The funnel's curves at the same denominators. Those of a rate are given by events: events
    over the limit are people."""
    curve, most = c["funnel"], max((r["denominator"] or 0 for r in c["rows"]), default=0)
    size = np.array(curve["size"], dtype=float)
    sides = ("lower95", "upper95", "lower998", "upper998")
    lines = {s: np.array(curve[s], dtype=float) for s in sides}
    with np.errstate(divide="ignore", invalid="ignore"):
        at = {
            s: size if curve["size_is"] == "people" else c["per"] * size / lines[s] for s in sides
        }
    known = {s: np.isfinite(at[s]) & np.isfinite(lines[s]) for s in sides}
    if not most or not all(k.any() for k in known.values()):
        return ()
    least = max(float(at[s][known[s]].min()) for s in sides)
    if least >= most:
        return ()
    grid = np.geomspace(max(least, 1.0), most * 1.05, 40)
    drawn = []
    for s in sides:
        order = np.argsort(at[s][known[s]])
        drawn.append(np.interp(grid, at[s][known[s]][order], lines[s][known[s]][order]))
    return tuple(FunnelLimit(*map(float, row)) for row in zip(grid, *drawn, strict=True))


def funnel_chart(c: Mapping[str, Any]) -> Funnel:
    title = c["title"][:1].upper() + c["title"][1:]
    return Funnel(
        id="funnel",
        title=f"{title}: funnel",
        measure=title,
        unit=unit_of(c),
        denominator="Of how many",
        points=tuple(
            FunnelPoint(r["name"], r["denominator"], r["value"], standing(r["significance"])[0])
            for r in c["rows"]
            if r.get("value") is not None and r.get("lower") is not None
        ),
        limits=_limits(c),
        average=c["average"],
        missing="every count is too small to show",
    )


MOST_RANKED = 40


def rank_chart(c: Mapping[str, Any]) -> Bars | None:
    """Ranked with intervals; not for hundreds of areas, where the map and the table say it
    better."""
    if not 2 <= len(c["rows"]) <= MOST_RANKED:
        return None
    title = c["title"][:1].upper() + c["title"][1:]
    ordered = sorted(
        c["rows"],
        key=lambda r: -(r["value"] if r["value"] is not None else float("-inf")),
    )
    return Bars(
        id="rank",
        title=f"{title}: ranked",
        measure=title,
        unit=unit_of(c),
        kind="dot",
        rows=tuple(
            BarRow(
                r["name"],
                r["value"],
                r["lower"],
                r["upper"],
                emphasis=standing(r["significance"])[0] == "outside",
                suppressed=r["value"] is None,
            )
            for r in ordered
        ),
        comparator=Comparator("All together", c["average"]),
    )


def map_chart(c: Mapping[str, Any]) -> HexMap | None:
    cells = tuple(
        HexCell(h["column"], h["row"], h["name"], h["value"], suppressed=h["value"] is None)
        for h in c["hexagons"]
    )
    if not cells:
        return None
    title = c["title"][:1].upper() + c["title"][1:]
    return HexMap(
        id="map",
        title=f"{title}: map",
        measure=title,
        unit=unit_of(c),
        cells=cells,
        missing="the counts are too small to show",
    )


def compare_charts(c: Mapping[str, Any], wanted: str) -> tuple[dict[str, str], list[Any]]:
    """The pictures there are, and those to show: of hundreds of units one at a time, or the page
    grows too heavy."""
    if not c["compared"]:
        return {}, []
    made = {"map": map_chart(c), "funnel": funnel_chart(c), "rank": rank_chart(c)}
    names = {"map": "Map", "funnel": "Funnel", "rank": "Ranked"}
    there = {k: v for k, v in made.items() if v is not None}
    if len(c["rows"]) <= MOST_TOGETHER:
        return {}, list(there.values())
    chosen = wanted if wanted in there else next(iter(there))
    return {k: names[k] for k in there}, [there[chosen]]


def picture_grids(charts: Iterable[Any], wanted: str) -> list[Grid]:
    """The figures of each picture as a table of its own, for its CSV; made only for the one that is
    asked for."""
    made = []
    for c in charts:
        name = f"picture-{c.id}"
        t = c.table() if name == wanted else None
        columns = (Column(f"c{i}", h, item(i)) for i, h in enumerate(t.header if t else ()))
        made.append(Listing(name, c.title, *columns).of(t.rows if t else ()))
    return made
