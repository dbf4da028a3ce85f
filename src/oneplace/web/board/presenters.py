"""The board's own tables as plain values: the loop, papers, decisions, where a figure is from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.urls import reverse

from oneplace.report import words as paper
from oneplace.report.board.paper import Chapter, Picture, Tiles
from oneplace.report.charts import BarRow, Bars, HexCell, HexMap, Line
from oneplace.report.kept import Kept
from oneplace.report.trace import Figure, moved
from oneplace.web.board import parts
from oneplace.web.board.models import BoardDecision, Publication
from oneplace.web.components import paper as blocks
from oneplace.web.components import words
from oneplace.web.components.grid import Cell, Column, Grid

STATE_TONES = {"asked": "yellow", "decided": "green", "done": "blue", "withdrawn": "grey"}

# The loop in its order, and the page that says more about each step.
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
    """People, need, care, plan, claims, money, activity, performance, outcomes: each with its first figures."""
    tiles = {b.title: b.tiles for b in found.sections[0].blocks if isinstance(b, Tiles)}
    return [
        {
            "title": title,
            "href": reverse(page),
            "tiles": [blocks.tile(t, moves) for t in tiles.get(title, ())[:MOST_TILES]],
        }
        for title, page in STEPS
    ]


# --- performance ------------------------------------------------------------------------------------------------------
def measure_link(picture: Picture) -> Cell:
    return Cell(picture.drawing.title, href=reverse("chart_page", args=[picture.drawing.id]))


def charts_grid(pictures: Iterable[Picture]) -> Grid:
    """Every chart there is, with its last value and what its icons say: the way into each."""
    rows = []
    for p in pictures:
        last = (
            next((x for x in reversed(p.drawing.points) if x.value is not None), None)
            if isinstance(p.drawing, Line)
            else None
        )
        icons = [blocks.cell(i) for i in p.icons]
        rows.append(
            {
                "title": measure_link(p),
                "month": Cell(paper.month(last.period), sort=last.period.isoformat()) if last else "No actual figure",
                "value": Cell(paper.quantity(last.value, p.drawing.unit, p.drawing.decimals), sort=float(last.value))
                if last
                else None,
                "variation": icons[0] if icons else None,
                "assurance": icons[1] if len(icons) > 1 else None,
                "finding": p.drawing.finding,
            }
        )
    columns = (
        Column("title", "Measure"),
        Column("month", "Latest month"),
        Column("value", "Latest", numeric=True),
        Column("variation", "Variation"),
        Column("assurance", "Standard"),
        Column("finding", "What it says"),
    )
    return Grid(
        "charts",
        "Month by month",
        columns,
        rows,
        searchable=True,
        empty="No monthly figures are in this place’s tables.",
    )


def months_grid(picture: Picture) -> Grid:
    """The months behind a chart, the newest first; its CSV holds the figures unrounded."""
    t = picture.drawing.table()
    numeric = t.numeric()
    columns = tuple(Column(f"c{i}", h, numeric=numeric[i]) for i, h in enumerate(t.header))
    rows = []
    for raw, read in zip(reversed(t.rows), reversed(t.display()), strict=True):
        row: dict[str, Any] = {}
        for i, (value, text) in enumerate(zip(raw, read, strict=True)):
            sort: Any = (
                value.isoformat()
                if isinstance(value, dt.date)
                else float(value)
                if _number(value)
                else str(value or "")
            )
            row[f"c{i}"] = Cell(text, sort=sort, csv=value.isoformat() if isinstance(value, dt.date) else value)
        rows.append(row)
    return Grid("months", "Month by month", columns, rows, empty="No month has a figure.")


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) or hasattr(value, "as_tuple")


def rebase_grid(picture: Picture) -> Grid:
    """Where the limits of a chart start afresh, and why: nobody moves them in silence."""
    found = picture.drawing.rebases if isinstance(picture.drawing, Line) else ()
    rows = [{"on": Cell(paper.month(r.on), sort=r.on.isoformat()), "reason": r.reason} for r in found]
    return Grid(
        "rebases",
        "Rebase log",
        (Column("on", "From"), Column("reason", "Why the limits start afresh")),
        rows,
        empty="The limits of this chart have never been started afresh: they rest on every month shown.",
    )


# --- inequality -------------------------------------------------------------------------------------------------------
def maps(found: Chapter) -> dict[str, tuple[Picture, Picture | None]]:
    """The rates there is a map of: each with its bars by local fifth."""
    pictures = {b.drawing.id: b for b in found.sections[0].blocks if isinstance(b, Picture)}
    return {
        id.removeprefix("map-"): (p, pictures.get("fifths-" + id.removeprefix("map-")))
        for id, p in pictures.items()
        if id.startswith("map-")
    }


# The features behind the rates that the paper draws itself, and a few more that a board asks about.
RATE_FEATURES = {"emergency-admissions": "emergency_admissions_12m", "ae-attendances": "ae_attendances_12m"}
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


def rate_choices(rates: Mapping[str, Any], indicators: Iterable[Mapping[str, str]]) -> list[tuple[str, str]]:
    """The rates of the paper, then what else the features hold."""
    there = {i["id"] for i in indicators}
    drawn = [(id, p.drawing.title.removesuffix(" by small area")) for id, (p, _) in rates.items()]
    return drawn + [(id, title) for id, title in MORE_RATES.items() if id in there and rates]


def _per(found: Mapping[str, Any]) -> str:
    return "%" if found.get("kind") == "proportion" else f"per {found.get('per', 1000):,.0f}"


def compared_pictures(ask: Callable[[str, Any], Mapping[str, Any]], what: str, title: str) -> list[dict[str, Any]]:
    """A rate that the paper does not draw: on the map and by local fifth, with the same rule for small numbers."""
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
                unit=_per(areas),
                cells=cells,
                missing="the counts are too small to show",
            )
        )
    if fifths.get("rows"):
        rows = tuple(
            BarRow(r["name"], r["value"], r["lower"], r["upper"], suppressed=r["value"] is None)
            for r in sorted(fifths["rows"], key=lambda r: str(r["code"]))
        )
        out.append(Bars(id="fifths-rate", title=f"{title} by local fifth", measure=title, unit=_per(fifths), rows=rows))
    return [{"kind": "picture", "drawing": d, "note": note, "icons": [], "source": []} for d in out]


def words_of(found: Mapping[str, Any]) -> list[str]:
    return [paper.sentence(c) for c in found.get("caveats", ())]


def neighbourhood_grid(found: Mapping[str, Any]) -> Grid:
    rows = [
        {
            "name": r["name"],
            "value": Cell(paper.number(r["value"], 1), sort=r["value"], csv=r["value"])
            if r["value"] is not None
            else Cell("*", sort=-1),
            "interval": f"{paper.number(r['lower'], 1)} to {paper.number(r['upper'], 1)}"
            if r["lower"] is not None
            else None,
            "numerator": Cell("*", sort=-1) if r["numerator"] is None else r["numerator"],
            "denominator": Cell("*", sort=-1) if r["denominator"] is None else r["denominator"],
        }
        for r in found.get("rows", ())
    ]
    columns = (
        Column("name", "Neighbourhood"),
        Column("value", "Rate", numeric=True, note=_per(found) if rows else None),
        Column("interval", "95% interval", numeric=True),
        Column("numerator", "Counted", numeric=True),
        Column("denominator", "Residents", numeric=True),
    )
    why = found.get("why") or "the place has no neighbourhoods in its tables"
    return Grid("neighbourhoods", "By neighbourhood", columns, rows, empty=f"Nothing is compared: {why}.")


# --- papers -----------------------------------------------------------------------------------------------------------
def papers_grid(kept: Iterable[Kept], states: Mapping[str, Publication], *, inside: bool) -> Grid:
    rows = []
    for k in kept:
        published = (p := states.get(key(k))) is not None and p.state == "published"
        if not inside and not published:
            continue
        rows.append(
            {
                "month": Cell(
                    paper.month(parts.month_of(k)), sort=k.month, href=reverse("paper", args=[k.month, k.number])
                ),
                "number": k.number,
                "on": dt.date.fromisoformat(k.manifest["on"]),
                "figures": k.manifest["figures"],
                "pdf": Cell("PDF", href=reverse("paper_pdf", args=[k.month, k.number])) if k.pdf.exists() else None,
                "state": Cell("Published", tone="green") if published else Cell("Not published", tone="grey"),
                "about": Cell("What moved", href=reverse("paper_about", args=[k.month, k.number])),
            }
        )
    columns = (
        Column("month", "Month"),
        Column("number", "Paper", numeric=True),
        Column("on", "Position on"),
        Column("figures", "Figures, each traced", numeric=True),
        Column("pdf", "Print"),
        *((Column("state", "State"), Column("about", "About it")) if inside else ()),
    )
    empty = (
        "No paper has been kept yet. A planner or the board makes the first one here."
        if inside
        else "No paper has been published yet."
    )
    return Grid("papers", "Board papers", columns, rows, empty=empty)


def key(kept: Kept) -> str:
    return f"{kept.month}/{kept.number}"


def paper_facts(kept: Kept) -> list[tuple[str, Any]]:
    m = kept.manifest
    return [
        ("Position on", words.day(m["on"])),
        ("Made", words.moment(dt.datetime.fromisoformat(m["made_at"]))),
        ("Records", f"build {m['build']}, as at {words.day(m['as_of'])}" if m["build"] else "not built"),
        ("Basis of figures about people", m.get("basis") or ""),
        ("Figures", f"{m['figures']:,}, each with its trace"),
        ("Charts", m["charts"]),
        ("Fingerprint", m["fingerprint"]),
    ]


def moved_grid(now: Mapping[str, Figure], before: Mapping[str, Figure]) -> Grid:
    """Every figure that differs between two papers, and why."""
    rows = []
    for id, figure in now.items():
        earlier = before.get(id)
        if earlier is None or earlier.trace.unit != figure.trace.unit or earlier.value == figure.value:
            continue
        why = moved(earlier, figure)
        rows.append(
            {
                "label": Cell(figure.label, href=reverse("why", args=[id])),
                "then": earlier.words(),
                "now": figure.words(),
                "why": paper.sentence(why.brief.split(": ", 1)[-1]),
            }
        )
    columns = (
        Column("label", "Figure"),
        Column("then", "It said", numeric=True),
        Column("now", "This paper", numeric=True),
        Column("why", "Why it moved"),
    )
    return Grid(
        "moved",
        "Figures that moved since the paper before",
        columns,
        rows,
        searchable=len(rows) > 12,
        empty="No figure differs from the paper before.",
    )


# --- decisions --------------------------------------------------------------------------------------------------------
def decisions_grid(decisions: Iterable[BoardDecision], *, on: dt.date) -> Grid:
    rows = [
        {
            "question": Cell(d.question, href=reverse("decision", args=[d.pk])),
            "paper": d.paper or "",
            "decision": d.decision or "Not yet",
            "owner": d.owner,
            "due": Cell(
                words.day(d.due_on),
                sort=d.due_on.isoformat(),
                note="overdue" if d.due_on < on and d.state == "decided" else None,
            )
            if d.due_on
            else None,
            "state": Cell(d.state.capitalize(), tone=STATE_TONES[d.state]),
            "by": d.changed_by.name,
        }
        for d in decisions
    ]
    columns = (
        Column("question", "Question"),
        Column("paper", "Paper"),
        Column("decision", "Decision"),
        Column("owner", "Owner"),
        Column("due", "Due"),
        Column("state", "State"),
        Column("by", "Last written by"),
    )
    return Grid(
        "decisions", "Decisions", columns, rows, searchable=True, empty="The board has recorded no decision yet."
    )
