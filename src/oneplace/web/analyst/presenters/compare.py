"""A measure unit beside unit. In: the answer of `visit.comparing`, protected already. Out: a grid, figures, sentences and charts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from oneplace.report import words as paper
from oneplace.report.charts.scatter import Standing
from oneplace.safety.disclose import HIDDEN
from oneplace.tables.vocabulary import words as vocabulary
from oneplace.web.components.grid import Cell, Column, Grid

STANDING_TONES = {"outside": "orange", "warning": "purple", "within": "grey"}
BYS = {
    "neighbourhood": "Neighbourhood",
    "area": "Small area",
    "ward": "Ward",
    "quintile": "Local fifth",
    "team": "Team",
    "practice": "Practice",
    "network": "Network",
    "provider": "Trust",
}
STANDING: dict[str, tuple[Standing, str]] = {
    "0.001": ("outside", "the 99.8% limits"),
    "0.025": ("warning", "the 95% limits"),
}
MOST_TOGETHER = 120
"""more units than these stand in lean tables with one picture at a time"""
ABBREVIATIONS = {"ae": "A&E", "gp": "GP", "copd": "COPD", "hiv": "HIV", "aids": "AIDS", "tia": "TIA", "adhd": "ADHD"}


def indicator_title(found: Mapping[str, str]) -> str:
    """A feature's name as people say it; a measure has its own title."""
    if found["of"] == "measure":
        return found["title"]
    named = _TITLES.get(found["id"])
    if named:
        return f"People with {named[0].lower()}{named[1:]}"
    text = found["id"]
    for end, said in (("_24_to_12m", ", the year before last"), ("_12m", ", in 12 months")):
        text = text.replace(end, said)
    said = " ".join(ABBREVIATIONS.get(w, w) for w in text.split("_"))
    return said[:1].upper() + said[1:]


_TITLES = {w.key: w.title for w in vocabulary() if w.domain == "condition"}


def indicator_choices(found: Iterable[Mapping[str, str]]) -> list[tuple[str, str]]:
    return [(i["id"], indicator_title(i)) for i in found if i["id"] not in ("registered", "resident")]


def unit_of(c: Mapping[str, Any]) -> str:
    return "%" if c["kind"] == "proportion" else f"per {c['per']:,.0f}"


def standing(significance: str | None) -> tuple[Standing, str]:
    for mark, (known, limits) in STANDING.items():
        if mark in (significance or ""):
            return known, f"{'Above' if (significance or '').startswith('High') else 'Below'} {limits}"
    return "within", "Within the 95% limits"


def compare_grid(c: Mapping[str, Any]) -> Grid:
    """Every unit, the highest first. Lean cells: there may be hundreds."""
    lean = len(c["rows"]) > MOST_TOGETHER
    rows = []
    for r in sorted(c["rows"], key=lambda r: -(r["value"] if r.get("value") is not None else float("-inf"))):
        if r.get("lower") is None:
            said = paper.number(r["value"], 1) if r.get("value") is not None else HIDDEN
            rows.append(
                {
                    "name": r["name"],
                    "value": Cell(said, sort=-1) if said == HIDDEN else said,
                    "note": r.get("why_none") or c.get("why"),
                }
            )
            continue
        known, says = standing(r["significance"])
        rank, adjusted = r["rank"], r.get("standardised") or {}
        rows.append(
            {
                "name": r["name"],
                "rank": _rank(rank, lean=lean),
                "events": r["numerator"],
                "people": r["denominator"],
                "value": Cell(paper.number(r["value"], 1), sort=round(r["value"], 3), csv=r["value"]),
                "limits": f"{paper.number(r['lower'], 1)} to {paper.number(r['upper'], 1)}",
                "adjusted": paper.number(adjusted["value"], 1) if adjusted.get("value") is not None else None,
                "trend": Cell(paper.number(r["trend"]["change"], 1, signed=True), sort=round(r["trend"]["change"], 3))
                if not lean and r.get("trend") and r["trend"].get("change") is not None
                else None,
                "note": Cell(says, tone=STANDING_TONES[known]) if known != "within" else says,
            }
        )
    unit = unit_of(c) if c["compared"] else None
    columns = (
        Column("name", BYS[c["by"]]),
        Column("rank", "Rank", numeric=True, note="1 is best; and where it may lie"),
        Column("events", "Counted", numeric=True),
        Column("people", "Of", numeric=True),
        Column("value", "Rate", numeric=True, note=unit),
        Column("limits", "95% interval", numeric=True),
        Column("adjusted", "Standardised", numeric=True, note="for age"),
        Column("trend", "Since a year before", numeric=True),
        Column("note", "Beside the funnel"),
    )
    held = {k for r in rows for k, v in r.items() if v is not None}
    caption = f"{c['title'][:1].upper()}{c['title'][1:]} by {BYS[c['by']].lower()}"
    return Grid(
        "units",
        caption,
        tuple(x for x in columns if x.key in held),
        rows,
        searchable=len(rows) > 8,
        empty=f"Nothing is compared: {c.get('why', '')}.",
    )


def _rank(rank: Mapping[str, Any] | None, *, lean: bool) -> Any:
    """Where a unit stands, and where it may stand for all that chance allows; of hundreds only where it stands."""
    if not rank:
        return None
    return rank["rank"] if lean else Cell(str(rank["rank"]), sort=rank["rank"], note=f"{rank['from']} to {rank['to']}")


def compare_figures(c: Mapping[str, Any]) -> list[dict[str, Any]]:
    shown = [r for r in c["rows"] if r.get("value") is not None]
    if not c["compared"] or not shown:
        return []
    top, low = max(shown, key=lambda r: r["value"]), min(shown, key=lambda r: r["value"])
    outside = sum(standing(r["significance"])[0] == "outside" for r in shown)
    found = [
        {"value": paper.number(c["average"], 1), "name": f"{unit_of(c)}, all together"},
        {"value": paper.number(top["value"], 1), "name": "the highest", "note": top["name"]},
        {"value": paper.number(low["value"], 1), "name": "the lowest", "note": low["name"]},
        {
            "value": paper.number(outside),
            "name": "beyond the 99.8% limits",
            "note": f"of {paper.plural(len(c['rows']), 'unit')}; {len(c['rows']) - len(shown)} not shown",
        },
    ]
    gain = (c.get("opportunity") or {}).get("gain")
    if gain:
        found.append(
            {"value": paper.number(gain), "name": f"{c['opportunity']['way']}, if the worst fifth reached the median"}
        )
    return found


def compare_words(c: Mapping[str, Any]) -> list[str]:
    """Definition, period, source and every caution, as sentences."""
    if not c["compared"]:
        return [paper.sentence(f"nothing is compared: {c['why']}")]
    shown = [r for r in c["rows"] if r.get("value") is not None]
    outside = sum(standing(r["significance"])[0] == "outside" for r in shown)
    said = [
        c["definition"],
        f"{c.get('period') or c.get('month', '')}; basis: {c['basis']}; {c['source']}",
        c["suppression"],
        *c["caveats"],
    ]
    if shown and 3 * outside > len(shown):
        said.append(
            "more than a third lie outside the funnel: units differ in age and need, so it says that they differ, not why"
        )
    return [paper.sentence(x) for x in said if x]
