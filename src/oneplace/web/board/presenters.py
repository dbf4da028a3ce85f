"""The board's own tables as plain values: the loop, papers, decisions, where a figure is from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.urls import reverse

from oneplace.report import words as paper
from oneplace.report.board.paper import Chapter, Picture, Tiles
from oneplace.report.charts import BarRow, Bars, HexCell, HexMap
from oneplace.report.kept import Kept
from oneplace.web.components import paper as blocks
from oneplace.web.components import words

STEPS = (
    ("People", "people"),
    ("Need", "people"),
    ("Care", "people"),
    ("Plan", "milestones"),
    ("Claims", "claims"),
    ("Money", "position"),
    ("Activity", "activity"),
    ("Performance", "performance"),
    ("Outcomes", "inequality"),
)
MOST_TILES = 3


def loop(found: Chapter, moves: Mapping[str, str]) -> list[dict[str, Any]]:
    """People, need, care, plan, claims, money, activity, performance, outcomes: each with its first
    figures."""
    tiles = {b.title: b.tiles for b in found.sections[0].blocks if isinstance(b, Tiles)}
    return [
        {
            "title": title,
            "href": reverse(page),
            "tiles": [blocks.tile(t, moves) for t in tiles.get(title, ())[:MOST_TILES]],
        }
        for title, page in STEPS
    ]


# --- performance ----------------------------------------------------------------------------------
# --- inequality -----------------------------------------------------------------------------------
def maps(found: Chapter) -> dict[str, tuple[Picture, Picture | None]]:
    """The rates there is a map of: each with its bars by local fifth."""
    pictures = {b.drawing.id: b for b in found.sections[0].blocks if isinstance(b, Picture)}
    return {
        id.removeprefix("map-"): (p, pictures.get("fifths-" + id.removeprefix("map-")))
        for id, p in pictures.items()
        if id.startswith("map-")
    }


# The features behind the rates that the paper draws itself, and a few more that a board asks about.
RATE_FEATURES = {
    "emergency-admissions": "emergency_admissions_12m",
    "ae-attendances": "ae_attendances_12m",
}
MORE_RATES = {
    "planned_admissions_12m": "Planned admissions",
    "outpatient_attendances_12m": "Outpatient attendances",
    "gp_consultations_12m": "GP consultations",
    "fall_admissions_12m": "Admissions after a fall",
    "diabetes": "People with diabetes",
    "hypertension": "People with high blood pressure",
    "copd": "People with chronic obstructive pulmonary disease",
    "depression": "People with depression",
    "severe_mental_illness": "People with severe mental illness",
    "dementia": "People with dementia",
    "smoker": "People who smoke",
    "obesity": "People with obesity",
}


def rate_choices(
    rates: Mapping[str, Any], indicators: Iterable[Mapping[str, str]]
) -> list[tuple[str, str]]:
    """The rates of the paper, then what else the features hold."""
    there = {i["id"] for i in indicators}
    drawn = [(id, p.drawing.title.removesuffix(" by small area")) for id, (p, _) in rates.items()]
    return drawn + [(id, title) for id, title in MORE_RATES.items() if id in there and rates]


def per_unit(found: Mapping[str, Any]) -> str:
    """What a rate is of: a hundred, or so many people."""
    return "%" if found.get("kind") == "proportion" else f"per {found.get('per', 1000):,.0f}"


def compared_pictures(
    ask: Callable[[str, Any], Mapping[str, Any]], what: str, title: str
) -> list[dict[str, Any]]:
    """A rate that the paper does not draw: on the map and by local fifth, with the same rule for
    small numbers."""
    areas, fifths = ask(what, "area"), ask(what, "quintile")
    out = []
    note = f"{areas.get('suppression', '')} {areas.get('source', '')[:1].upper()}{areas.get('source', '')[1:]}. {' '.join(words_of(areas))}"
    if areas.get("hexagons"):
        cells = tuple(
            HexCell(h["column"], h["row"], h["name"], h["value"], suppressed=h["value"] is None)
            for h in areas["hexagons"]
        )
        out.append(
            HexMap(
                id="map-rate",
                title=f"{title} by small area",
                measure=title,
                unit=per_unit(areas),
                cells=cells,
                missing="the counts are too small to show",
            )
        )
    if fifths.get("rows"):
        rows = tuple(
            BarRow(r["name"], r["value"], r["lower"], r["upper"], suppressed=r["value"] is None)
            for r in sorted(fifths["rows"], key=lambda r: str(r["code"]))
        )
        out.append(
            Bars(
                id="fifths-rate",
                title=f"{title} by local fifth",
                measure=title,
                unit=per_unit(fifths),
                rows=rows,
            )
        )
    return [{"kind": "picture", "drawing": d, "note": note, "icons": [], "source": []} for d in out]


def words_of(found: Mapping[str, Any]) -> list[str]:
    return [paper.sentence(c) for c in found.get("caveats", ())]


# --- papers ---------------------------------------------------------------------------------------
def key(kept: Kept) -> str:
    return f"{kept.month}/{kept.number}"


def paper_facts(kept: Kept) -> list[tuple[str, Any]]:
    m = kept.manifest
    return [
        ("Position on", words.day(m["on"])),
        ("Made", words.moment(dt.datetime.fromisoformat(m["made_at"]))),
        (
            "Records",
            f"build {m['build']}, as at {words.day(m['as_of'])}" if m["build"] else "not built",
        ),
        ("Basis of figures about people", m.get("basis") or ""),
        ("Figures", f"{m['figures']:,}, each with its trace"),
        ("Charts", m["charts"]),
        ("Fingerprint", m["fingerprint"]),
    ]


# --- decisions ------------------------------------------------------------------------------------
