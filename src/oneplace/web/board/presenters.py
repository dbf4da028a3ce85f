"""The board's own pages as plain values: the place on a page, inequality, papers, decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from django.urls import reverse

from oneplace.methods.inequality import slope_index
from oneplace.report import words as paper
from oneplace.report.charts.bars import BarRow, Bars
from oneplace.report.charts.hexmap import HexCell, HexMap
from oneplace.report.charts.waterfall import Step
from oneplace.report.charts.waterfall import Waterfall as Drawn
from oneplace.safety.disclose import disclose, disclose_rates
from oneplace.visit import Visit
from oneplace.web.board.models import BoardDecision
from oneplace.web.components import words
from oneplace.web.components.grid import Cell, Column, Grid

SEED = 20190401


def life_expectancy(visit: Visit) -> tuple[list[Bars], list[dict[str, Any]], Grid | None]:
    """Life expectancy by local tenth of deprivation, each sex: the slope index of inequality with its limits."""
    rows = visit.place.table("life_expectancy_by_decile").to_pylist()
    charts, figures, cells = [], [], []
    for sex in ("female", "male"):
        mine = sorted((r for r in rows if r["sex"] == sex), key=lambda r: r["local_decile"])
        if len(mine) < 2:
            continue
        le = [r["life_expectancy"] for r in mine]
        se = [r["standard_error"] for r in mine]
        index = slope_index(
            [le], [[r["person_years"] for r in mine]], [se], rng=np.random.default_rng(SEED), repetitions=20_000
        )
        figures.append(
            {
                "value": f"{paper.number(float(index.slope_index[0]), 1)} years",
                "name": f"gap in life expectancy within the place, {sex}",
                "note": f"slope index; 95% interval {paper.number(float(index.slope_lower[0]), 1)} to {paper.number(float(index.slope_upper[0]), 1)}",
            }
        )
        charts.append(
            Bars(
                id=f"life-{sex}",
                title=f"Life expectancy at birth by local tenth of deprivation, {sex}",
                measure="Life expectancy",
                unit="years",
                kind="dot",
                rows=tuple(
                    BarRow(
                        f"{r['local_decile']}{' (most deprived)' if r['local_decile'] == 1 else ' (least deprived)' if r['local_decile'] == len(mine) else ''}",
                        r["life_expectancy"],
                        r["life_expectancy"] - 1.96 * r["standard_error"],
                        r["life_expectancy"] + 1.96 * r["standard_error"],
                    )
                    for r in mine
                ),
            )
        )
        cells += [
            {
                "sex": sex.capitalize(),
                "decile": r["local_decile"],
                "le": Cell(paper.number(r["life_expectancy"], 1), sort=r["life_expectancy"]),
                "deaths": r["deaths"],
                "years": r["person_years"],
            }
            for r in mine
        ]
    columns = (
        Column("sex", "Sex"),
        Column("decile", "Local tenth", numeric=True, note="1 is most deprived"),
        Column("le", "Life expectancy", numeric=True),
        Column("deaths", "Deaths", numeric=True),
        Column("years", "Person-years", numeric=True),
    )
    return charts, figures, Grid("life", "The figures", columns, cells) if cells else None


def deprivation_map(visit: Visit) -> HexMap | None:
    areas = visit.place.table("areas").to_pylist()
    if not areas:
        return None
    cells = tuple(HexCell(a["hex_column"], a["hex_row"], a["area_name"], a["imd_decile"]) for a in areas)
    return HexMap(
        id="deprivation",
        title="Deprivation by small area",
        measure="National decile of deprivation, 1 is the most deprived",
        unit="",
        cells=cells,
        breaks=(2, 4, 7),
        decimals=0,
    )


def admissions_map(visit: Visit, profiles: Iterable[str]) -> HexMap | None:
    """Emergency admissions for each 1,000 residents in the year before the day, small numbers not shown."""
    areas = visit.place.table("areas").to_pylist()
    if not areas or visit.build is None:
        return None
    from oneplace.safety.disclose import strictest
    from oneplace.tables.vocabulary import concept

    rows = visit.ask(
        "SELECT r.area_code, count(DISTINCT r.person_id) AS people, count(a.visit_occurrence_id) AS events FROM residence r "
        "LEFT JOIN admissions a ON a.person_id = r.person_id AND a.contact_id = ? AND a.start_date < CAST(? AS DATE) "
        "AND a.start_date >= CAST(? AS DATE) - INTERVAL 1 YEAR WHERE r.area_code IS NOT NULL AND r.start_date <= CAST(? AS DATE) "
        "AND (r.end_date IS NULL OR r.end_date >= CAST(? AS DATE)) GROUP BY r.area_code",
        [concept("emergency_admission"), *[visit.as_of] * 4],
    )
    found = {r["area_code"]: r for r in rows}
    events = [int(found[a["area_code"]]["events"]) if a["area_code"] in found else 0 for a in areas]
    people = [int(found[a["area_code"]]["people"]) if a["area_code"] in found else 0 for a in areas]
    rates = disclose_rates(events, people, strictest(profiles), per=1000)
    cells = tuple(
        HexCell(a["hex_column"], a["hex_row"], a["area_name"], rate, suppressed=rate is None)
        for a, rate in zip(areas, rates, strict=True)
    )
    return HexMap(
        id="admissions",
        title="Emergency admissions by small area",
        measure="Emergency admissions per 1,000 residents in the year before",
        unit="",
        cells=cells,
    )


def segments_grid(summary: Mapping[str, Any], profiles: Iterable[str]) -> Grid:
    from oneplace.safety.disclose import show, strictest

    rows = summary["segments"]
    shown = disclose([r["people"] for r in rows], strictest(profiles)) if rows else None
    cells = [
        {"title": r["title"], "people": Cell(show(n), sort=n or 0)}
        for r, n in zip(rows, shown.cells if shown else (), strict=True)
    ]
    return Grid(
        "segments",
        "Who lives here: segments",
        (Column("title", "Segment"), Column("people", "People", numeric=True)),
        cells,
        empty="The place has no segments.",
    )


def waterfalls(visit: Visit) -> list[Any]:
    """A chart for each point of delivery, or why there is none."""
    found: list[Any] = []
    for w in visit.activity():
        if not hasattr(w, "bars"):
            found.append({"title": w.title, "missing": w.missing, "chart": None})
            continue
        steps = (
            Step("Year before", w.baseline, "total"),
            *(Step(b.name, b.change) for b in w.bars),
            Step("Plan", w.end, "total"),
        )
        chart = Drawn(
            id=f"activity-{w.point.replace('_', '-')}",
            title=w.title,
            measure=w.title,
            unit="events",
            steps=steps,
            decimals=0,
        )
        found.append({"title": w.title, "missing": w.missing, "chart": chart, "basis": w.basis})
    return found


def decisions_grid(decisions: Iterable[BoardDecision]) -> Grid:
    tones = {"asked": "yellow", "decided": "green", "done": "blue", "withdrawn": "grey"}
    rows = [
        {
            "question": Cell(d.question, href=reverse("decision", args=[d.pk])),
            "decision": d.decision or "Not yet",
            "owner": d.owner,
            "due": d.due_on,
            "state": Cell(d.state.capitalize(), tone=tones[d.state]),
            "by": d.changed_by.name,
        }
        for d in decisions
    ]
    columns = (
        Column("question", "Question"),
        Column("decision", "Decision"),
        Column("owner", "Owner"),
        Column("due", "Due"),
        Column("state", "State"),
        Column("by", "Last written by"),
    )
    return Grid("decisions", "Decisions", columns, rows, empty="The board has recorded no decision yet.")


def figure_facts(figure: Any) -> list[tuple[str, str]]:
    """Where a figure is from."""
    t = figure.trace
    return [
        ("Figure", figure.words()),
        ("What it is", figure.label),
        ("Source", f"{t.source.kind} {t.source.name}" + (f": {t.source.note}" if t.source.note else "")),
        ("Basis", t.basis),
        ("Period", t.period),
        ("As at", words.day(t.as_at)),
        ("Provisional or final", t.status),
        ("Build", t.build_id or ""),
        ("Document version", t.document_digest or t.plan_digest or ""),
        ("Known as", t.figure_id),
    ]
