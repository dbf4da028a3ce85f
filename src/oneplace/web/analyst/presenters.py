"""The analyst's tables and charts as plain values. In: answers about a build and its measures. Out: grids, drawings, facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from django.urls import reverse

from oneplace.methods.rates import proportion
from oneplace.plan.performance import MeasureDefinition, Trajectory
from oneplace.report import words as paper
from oneplace.report.charts import (
    SIGNAL_OF,
    BarRow,
    Bars,
    Calibration,
    Comparator,
    Funnel,
    FunnelLimit,
    FunnelPoint,
    Group,
    HexCell,
    HexMap,
    Limits,
    Line,
    LinePoint,
)
from oneplace.report.charts.scatter import Standing
from oneplace.safety.disclose import HIDDEN, PROFILES, disclose
from oneplace.simulate.claims import Assessed
from oneplace.tables.vocabulary import words as vocabulary
from oneplace.visit.arrivals import Feed
from oneplace.web.analyst.models import FeedDecision
from oneplace.web.components import words
from oneplace.web.components.grid import Cell, Column, Grid

STATE_TONES = {"accepted": "green", "held": "red"}
STANDING_TONES = {"outside": "orange", "warning": "purple", "within": "grey"}


# --- feeds ------------------------------------------------------------------------------------------------------------
def feeds_grid(
    feeds: Sequence[Feed], rejected: Mapping[str, int], failed: Mapping[str, int], decided: Mapping[str, FeedDecision]
) -> Grid:
    rows = []
    for f in feeds:
        d = decided.get(f.name)
        rows.append(
            {
                "feed": Cell(f.name, href=reverse("feed", args=[f.name])),
                "rows": f.rows,
                "refused": rejected.get(f.name),
                "last": Cell(paper.month(f.last), sort=f.last.isoformat()) if f.last else None,
                "count": f.counts[-1] if f.counts else None,
                "usual": Cell(f.usual.capitalize(), tone="orange" if "than usual" in f.usual else "grey"),
                "checks": failed.get(f.name),
                "state": Cell(d.state.capitalize(), tone=STATE_TONES[d.state], note=d.reason or None)
                if d
                else Cell("Not decided", tone="yellow"),
            }
        )
    columns = (
        Column("feed", "Table"),
        Column("rows", "Rows accepted", numeric=True),
        Column("refused", "Refused", numeric=True),
        Column("last", "Last full month"),
        Column("count", "Rows in it", numeric=True),
        Column("usual", "Beside its months"),
        Column("checks", "Checks failed", numeric=True),
        Column("state", "Decision"),
    )
    return Grid("feeds", "What arrived", columns, rows, searchable=True, empty="This build holds no tables.")


def calendar_grid(rows: Iterable[Mapping[str, Any]]) -> Grid:
    made = [
        {
            "feed": r["feed"][:1].upper() + r["feed"][1:],
            "newest": Cell(paper.month(r["newest"]), sort=r["newest"].isoformat()),
            "state": Cell(r["state"].capitalize(), tone="grey" if r["state"] == "final" else "yellow"),
            "next": Cell(paper.month(r["next_month"]), sort=r["next_month"].isoformat()),
            "due": r["next_due"],
        }
        for r in rows
    ]
    columns = (
        Column("feed", "Feed"),
        Column("newest", "Newest month due"),
        Column("state", "It is"),
        Column("next", "Next month"),
        Column("due", "Due on"),
    )
    return Grid(
        "calendar",
        "When figures can be had",
        columns,
        made,
        empty="The place declares no calendar of feeds (feeds in place.yaml).",
    )


def rejects_grid(rows: Sequence[Mapping[str, Any]], most: int) -> Grid:
    columns = (
        Column("table_name", "Table"),
        Column("file", "File"),
        Column("line", "Line", numeric=True),
        Column("column_name", "Column"),
        Column("value", "Found"),
        Column("expected", "Expected"),
        Column("reason", "Reason"),
    )
    caption = "Refused rows" + (f", the first {most:,}" if len(rows) >= most else "")
    return Grid("rejects", caption, columns, [dict(r) for r in rows], searchable=True, empty="No row was refused.")


def reasons_grid(rejects: Mapping[str, int]) -> Grid:
    rows = [{"reason": k, "rows": v} for k, v in sorted(rejects.items(), key=lambda x: -x[1])]
    return Grid(
        "reasons",
        "Refused, by reason",
        (Column("reason", "Reason"), Column("rows", "Rows", numeric=True)),
        rows,
        empty="No row was refused.",
    )


NO_CHECKS = {
    "synthetic": "Not checked here: demonstration records are made by the program, whose own tests check them."
}


def checks_grid(checks: Iterable[Mapping[str, Any]], basis: str) -> Grid:
    rows = [
        {
            "check": c["check_name"],
            "category": c["category"].capitalize(),
            "table": c["table_name"],
            "wanting": c["wanting"],
            "looked": c["looked_at"],
            "share": Cell(paper.share(c["share"], 2), sort=c["share"]),
            "most": Cell(paper.share(c["most_share"], 0), sort=c["most_share"]),
            "passed": Cell("Passed", tone="grey") if c["passed"] else Cell("Failed", tone="orange"),
            "says": c.get("sentence", ""),
        }
        for c in checks
    ]
    columns = (
        Column("check", "Check"),
        Column("category", "About"),
        Column("table", "Table"),
        Column("wanting", "Wanting", numeric=True),
        Column("looked", "Looked at", numeric=True),
        Column("share", "Share", numeric=True),
        Column("most", "Usual up to", numeric=True),
        Column("passed", "Answer"),
        Column("says", "In words"),
    )
    return Grid(
        "checks",
        "Quality checks",
        columns,
        rows,
        searchable=True,
        empty=NO_CHECKS.get(basis, "This build carries no quality checks: build the place again."),
    )


def unmapped_grid(rows: Iterable[Mapping[str, Any]]) -> Grid:
    columns = (
        Column("table_name", "Table"),
        Column("concept_id", "Code", numeric=False),
        Column("rows", "Rows", numeric=True),
    )
    made = [{**r, "concept_id": Cell(str(r["concept_id"]), sort=r["concept_id"], csv=r["concept_id"])} for r in rows]
    return Grid(
        "unmapped",
        "Codes that no list maps",
        columns,
        made,
        searchable=True,
        empty="Every code in the records is known.",
    )


def sources_grid(sources: Iterable[Mapping[str, Any]]) -> Grid:
    rows = [
        {"file": s["file"], "rows": s["rows"], "bytes": s["bytes"], "sha256": Cell(s["sha256"][:16])} for s in sources
    ]
    columns = (
        Column("file", "File"),
        Column("rows", "Rows", numeric=True),
        Column("bytes", "Bytes", numeric=True),
        Column("sha256", "SHA-256 begins"),
    )
    return Grid(
        "sources",
        "Files that were read",
        columns,
        rows,
        empty="No file was read: the records were made by the program.",
    )


def silent_grid(rows: Iterable[Mapping[str, Any]]) -> Grid:
    columns = (Column("practice_code", "Practice"), Column("people", "Registered", numeric=True))
    return Grid(
        "silent",
        "Practices that stopped",
        columns,
        [dict(r) for r in rows],
        empty="Every practice with people registered had visits in the last month.",
    )


def feed_chart(feed: Feed) -> Line | None:
    """Rows by month with their usual range: a feed that stops or doubles shows here first."""
    if not feed.months:
        return None
    x = feed.chart
    limits = (Limits(feed.months[0], feed.months[-1], x.mean[-1], x.lower[-1], x.upper[-1]),) if x else ()
    return Line(
        id="rows",
        title=f"Rows of {feed.name} by month",
        finding=f"{paper.number(feed.counts[-1])} rows in {paper.month(feed.months[-1])}: {feed.usual}",
        measure="Rows",
        unit="",
        decimals=0,
        points=tuple(
            LinePoint(m, n, SIGNAL_OF.get(t or "", "common"))
            for m, n, t in zip(feed.months, feed.counts, x.point_type if x else [None] * len(feed.months), strict=True)
        ),
        limits=limits,
        from_zero=True,
    )


# --- measures ---------------------------------------------------------------------------------------------------------
def measures_grid(measures: Iterable[MeasureDefinition]) -> Grid:
    rows = [
        {
            "title": Cell(m.title, href=reverse("measure", args=[m.id])),
            "numerator": m.numerator,
            "denominator": m.denominator or "None: it is a count",
            "unit": m.unit,
            "better": m.better.capitalize(),
            "frequency": m.frequency.capitalize(),
            "lag": m.lag_months,
            "basis": m.basis.capitalize(),
        }
        for m in measures
    ]
    columns = (
        Column("title", "Measure"),
        Column("numerator", "What is counted"),
        Column("denominator", "Of how many"),
        Column("unit", "Unit"),
        Column("better", "Better"),
        Column("frequency", "Every"),
        Column("lag", "Months until published", numeric=True),
        Column("basis", "Basis"),
    )
    return Grid(
        "measures",
        "Definitions",
        columns,
        rows,
        searchable=True,
        empty="This place defines no measure. Put one into measures/.",
    )


def measure_facts(m: MeasureDefinition, digest: str | None) -> list[tuple[str, Any]]:
    return [
        ("Also called", m.also_called),
        ("What is counted", m.numerator),
        ("Of how many", m.denominator or "None: it is a count"),
        ("Unit", m.unit),
        ("Better", m.better.capitalize()),
        ("Every", m.frequency.capitalize()),
        ("Published after", paper.plural(m.lag_months, "month")),
        ("Basis", m.basis.capitalize()),
        ("Note", m.note),
        ("Version", digest),
    ]


def standards_grid(standards: Iterable[Any]) -> Grid:
    rows = [
        {
            "id": s.id,
            "title": s.title,
            "value": Cell(
                f"{_operator(s.operator)} {paper.number(s.value, paper.decimals_for([s.value]))} {s.unit or ''}".strip()
            )
            if s.value is not None
            else "A direction only",
            "by": str(s.by or ""),
            "source": s.source,
        }
        for s in standards
    ]
    columns = (
        Column("id", "Standard"),
        Column("title", "What it asks"),
        Column("value", "Value"),
        Column("by", "By"),
        Column("source", "Source"),
    )
    return Grid("standards", "Standards", columns, rows, empty="No dated standard applies to this measure.")


def _operator(sign: str | None) -> str:
    return {">=": "at least", "<=": "at most", "<": "under", ">": "over", "=": "exactly"}.get(sign or "", "")


def course_grid(t: Trajectory | None) -> Grid:
    rows = [
        {
            "period": Cell(str(p.period), sort=p.period.start.isoformat()),
            "standard": Cell(
                f"{_operator(t.operator)} {paper.number(p.standard, paper.decimals_for([p.standard]))}",
                sort=float(p.standard),
            ),
            "planned": Cell(
                paper.number(p.planned, paper.decimals_for([p.planned])), sort=float(p.planned), csv=p.planned
            ),
            "actual": Cell(paper.number(p.actual, paper.decimals_for([p.actual])), sort=float(p.actual), csv=p.actual)
            if p.actual is not None
            else "Not received",
            "meets": Cell("Planned to meet", tone="grey")
            if p.planned_meets
            else Cell("Planned below standard", tone="yellow"),
        }
        for p in (t.points if t else ())
    ]
    unit = f"in {t.unit}" if t else None
    columns = (
        Column("period", "Period"),
        Column("standard", "Standard", numeric=True, note=unit),
        Column("planned", "Planned", numeric=True, note=unit),
        Column("actual", "Actual", numeric=True, note=unit),
        Column("meets", "The plan itself"),
    )
    return Grid("course", "The plan’s course", columns, rows, empty="The plan prints no course for this measure.")


# --- calibration ------------------------------------------------------------------------------------------------------
def calibration_rows(figures: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each published target beside what was made, the furthest off first; a target of nought has no share."""
    out = []
    for f in figures:
        target, made = f["target"], f["made"]
        difference = made - target
        off = 100 * difference / target if target else (0.0 if not difference else None)
        out.append({**f, "difference": difference, "off": off})
    return sorted(out, key=lambda r: -abs(r["off"]) if r["off"] is not None else 0.0)


def calibration_grid(rows: Sequence[Mapping[str, Any]], sources: Mapping[str, int]) -> Grid:
    made = []
    for r in rows:
        decimals = paper.decimals_for([r["target"], r["made"]], most=2)
        made.append(
            {
                "measure": r["measure"][:1].upper() + r["measure"][1:],
                "stratum": r["stratum"],
                "target": Cell(paper.number(r["target"], decimals), sort=float(r["target"]), csv=r["target"]),
                "made": Cell(paper.number(r["made"], decimals), sort=float(r["made"]), csv=r["made"]),
                "off": Cell(f"{paper.number(r['off'], 1, signed=True)}%", sort=abs(r["off"]), csv=round(r["off"], 4))
                if r["off"] is not None
                else None,
                "unit": r["unit"],
                "source": Cell(str(sources[r["source"]]), sort=sources[r["source"]], csv=r["source"]),
            }
        )
    columns = (
        Column("measure", "Figure"),
        Column("stratum", "Of"),
        Column("target", "Published", numeric=True),
        Column("made", "Made", numeric=True),
        Column("off", "Off by", numeric=True, note="sorts by size"),
        Column("unit", "Unit"),
        Column("source", "Source", numeric=True, note="listed below"),
    )
    empty = "The records of this place were supplied, so nothing was fitted to published figures."
    return Grid("calibration", "Published beside made", columns, made, searchable=True, empty=empty)


def calibration_figures(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    known = [abs(r["off"]) for r in rows if r["off"] is not None]
    if not known:
        return []
    worst = max((r for r in rows if r["off"] is not None), key=lambda r: abs(r["off"]))
    return [
        {"value": paper.number(len(rows)), "name": "published figures compared"},
        {"value": paper.share(sum(k <= 1 for k in known) / len(known), 0), "name": "within 1% of what was published"},
        {"value": paper.share(sum(k <= 5 for k in known) / len(known), 0), "name": "within 5%"},
        {
            "value": f"{paper.number(worst['off'], 1, signed=True)}%",
            "name": "the furthest off",
            "note": f"{worst['measure']}, {worst['stratum']}: {paper.number(worst['target'])} published, {paper.number(worst['made'])} made",
        },
    ]


# --- the risk model ---------------------------------------------------------------------------------------------------
def model_figures(test: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"value": paper.number(test["auc"], 3), "name": "discrimination (AUC)", "note": "0.5 is a coin, 1 is perfect"},
        {
            "value": paper.number(test["calibration_slope"], 2),
            "name": "calibration slope",
            "note": "1 is right; below 1 the extremes are overstated",
        },
        {
            "value": paper.number(test["observed_to_expected"], 3),
            "name": "observed over expected",
            "note": f"{paper.number(test['observed'])} happened, {paper.number(test['expected'])} were expected",
        },
        {"value": paper.number(test["brier"], 4), "name": "Brier score", "note": "0 is perfect"},
    ]


def calibration_chart(test: Mapping[str, Any], profile: str) -> Calibration:
    """Tenths of predicted risk: what was predicted beside what happened, from counts that may be shown."""
    groups = []
    for d in test["deciles"]:
        shown = disclose([d["observed"], d["people"] - d["observed"]], profile, totals=False).cells
        if any(c is None for c in shown):
            continue
        found = proportion([d["observed"]], [d["people"]])
        groups.append(
            Group(
                100 * d["expected"] / d["people"],
                float(found.value[0]),
                float(found.lower[0]),
                float(found.upper[0]),
                d["people"],
            )
        )
    return Calibration(
        id="calibration",
        title="What was predicted beside what happened",
        outcome="emergency admission",
        groups=tuple(groups),
        missing="the groups are too small to show",
    )


def _observed(counts: Sequence[int], profile: str) -> list[int | None]:
    return list(disclose(counts, profile, totals=True).cells) if len(counts) else []


def _count(value: int | None) -> Cell:
    return Cell(
        HIDDEN if value is None else f"{value:,}",
        sort=-1 if value is None else value,
        csv=HIDDEN if value is None else value,
    )


def deciles_grid(test: Mapping[str, Any], profile: str) -> Grid:
    shown = _observed([d["observed"] for d in test["deciles"]], profile)
    rows = [
        {
            "decile": d["decile"],
            "people": d["people"],
            "expected": Cell(paper.number(d["expected"], 1), sort=d["expected"]),
            "observed": _count(n),
            "ratio": Cell(paper.number(n / d["expected"], 2), sort=n / d["expected"])
            if n is not None and d["expected"]
            else None,
            "risk": Cell(paper.one_in(d["expected"] / d["people"]), sort=d["expected"] / d["people"]),
        }
        for d, n in zip(test["deciles"], shown, strict=True)
    ]
    columns = (
        Column("decile", "Tenth of risk", numeric=True),
        Column("people", "People", numeric=True),
        Column("risk", "Mean risk"),
        Column("expected", "Expected", numeric=True),
        Column("observed", "Happened", numeric=True),
        Column("ratio", "Happened over expected", numeric=True),
    )
    return Grid("deciles", "Tenths of predicted risk", columns, rows, empty="The model was not tested.")


def groups_grid(test: Mapping[str, Any], profile: str) -> Grid:
    """How good it is for whom: fair only if it is as good for each."""
    rows = []
    for kind, groups in test["by_group"].items():
        shown = _observed([g["observed"] for g in groups], profile)
        for g, n in zip(groups, shown, strict=True):
            rows.append(
                {
                    "kind": kind.replace("_", " ").capitalize(),
                    "group": str(g["group"]).replace("_", " "),
                    "people": g["people"],
                    "expected": Cell(paper.number(g["expected"], 1), sort=g["expected"]) if n is not None else None,
                    "observed": _count(n),
                    "ratio": _ratio(g["observed_to_expected"]) if n is not None else None,
                    "auc": Cell(paper.number(g["auc"], 3), sort=g["auc"])
                    if n is not None and g["auc"] is not None
                    else None,
                    "brier": Cell(paper.number(g["brier"], 4), sort=g["brier"])
                    if n is not None and g["brier"] is not None
                    else None,
                }
            )
    columns = (
        Column("kind", "By"),
        Column("group", "Group"),
        Column("people", "People", numeric=True),
        Column("expected", "Expected", numeric=True),
        Column("observed", "Happened", numeric=True),
        Column("ratio", "Happened over expected", numeric=True),
        Column("auc", "AUC", numeric=True),
        Column("brier", "Brier", numeric=True),
    )
    return Grid(
        "groups", "How good it is for whom", columns, rows, searchable=True, empty="The model was not tested by group."
    )


def _ratio(value: float | None) -> Cell | None:
    if value is None:
        return None
    off = abs(value - 1) > 0.1
    return Cell(paper.number(value, 3), sort=value, note="more than a tenth off" if off else None)


def decision_grid(test: Mapping[str, Any]) -> Grid:
    rows = [
        {
            "threshold": Cell(
                f"{paper.one_in(d['threshold'])} ({paper.share(d['threshold'], 0)})", sort=d["threshold"]
            ),
            "seen": d["people_seen"],
            "benefit": Cell(paper.number(1000 * d["net_benefit"], 1), sort=d["net_benefit"]),
            "all": Cell(
                paper.number(1000 * d["net_benefit_of_seeing_everyone"], 1), sort=d["net_benefit_of_seeing_everyone"]
            ),
            "best": Cell("The list", tone="blue")
            if d["net_benefit"] > max(0, d["net_benefit_of_seeing_everyone"])
            else Cell("Seeing everyone" if d["net_benefit_of_seeing_everyone"] > 0 else "Seeing nobody", tone="grey"),
        }
        for d in test["decision_curve"]
    ]
    columns = (
        Column("threshold", "See whoever is above"),
        Column("seen", "People seen", numeric=True),
        Column("benefit", "Net benefit of the list", numeric=True, note="per 1,000 people"),
        Column("all", "Of seeing everyone", numeric=True, note="per 1,000 people"),
        Column("best", "Best"),
    )
    return Grid("decision", "Decision curve", columns, rows, empty="No decision curve was worked out.")


def _said(key: str) -> str:
    said = " ".join(ABBREVIATIONS.get(w, w) for w in key.split("_"))
    return said[:1].upper() + said[1:]


def coefficients_grid(card: Mapping[str, Any]) -> Grid:
    rows = [
        {"term": _said(k), "value": Cell(paper.number(v, 3, signed=True), sort=v, csv=v)}
        for k, v in card.get("coefficients", {}).items()
    ]
    columns = (Column("term", "Term"), Column("value", "Coefficient", numeric=True, note="log odds"))
    return Grid("coefficients", "What the model weighs", columns, rows, empty="None.")


# --- comparing --------------------------------------------------------------------------------------------------------
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


def _limits(c: Mapping[str, Any]) -> tuple[FunnelLimit, ...]:
    """The funnel's curves at the same denominators. Those of a rate are given by events: events over the limit are people."""
    curve, most = c["funnel"], max((r["denominator"] or 0 for r in c["rows"]), default=0)
    size = np.array(curve["size"], dtype=float)
    sides = ("lower95", "upper95", "lower998", "upper998")
    lines = {s: np.array(curve[s], dtype=float) for s in sides}
    with np.errstate(divide="ignore", invalid="ignore"):
        at = {s: size if curve["size_is"] == "people" else c["per"] * size / lines[s] for s in sides}
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


MOST_RANKED, MOST_TOGETHER = 40, 120


def rank_chart(c: Mapping[str, Any]) -> Bars | None:
    """Ranked with intervals; not for hundreds of areas, where the map and the table say it better."""
    if not 2 <= len(c["rows"]) <= MOST_RANKED:
        return None
    title = c["title"][:1].upper() + c["title"][1:]
    ordered = sorted(c["rows"], key=lambda r: -(r["value"] if r["value"] is not None else float("-inf")))
    return Bars(
        id="rank",
        title=f"{title}: ranked",
        measure=title,
        unit=unit_of(c),
        kind="dot",
        rows=tuple(
            BarRow(
                r["name"], r["value"], r["lower"], r["upper"],
                emphasis=standing(r["significance"])[0] == "outside", suppressed=r["value"] is None,
            )
            for r in ordered
        ),
        comparator=Comparator("All together", c["average"]),
    )  # fmt: skip


def map_chart(c: Mapping[str, Any]) -> HexMap | None:
    cells = tuple(
        HexCell(h["column"], h["row"], h["name"], h["value"], suppressed=h["value"] is None) for h in c["hexagons"]
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
    """The pictures there are, and those to show: of hundreds of units one at a time, or the page grows too heavy."""
    if not c["compared"]:
        return {}, []
    made = {"map": map_chart(c), "funnel": funnel_chart(c), "rank": rank_chart(c)}
    names = {"map": "Map", "funnel": "Funnel", "rank": "Ranked"}
    there = {k: v for k, v in made.items() if v is not None}
    if len(c["rows"]) <= MOST_TOGETHER:
        return {}, list(there.values())
    chosen = wanted if wanted in there else next(iter(there))
    return {k: names[k] for k in there}, [there[chosen]]


# --- claims -----------------------------------------------------------------------------------------------------------
def claim_list_grid(claims: Iterable[Assessed], profile: str) -> Grid:
    rows = []
    for c in claims:
        available = _one(c.available, profile)
        rows.append(
            {
                "claim": Cell(c.claim, href=reverse("claim", args=[c.claim])),
                "scheme": Cell(f"{c.scheme} {c.scheme_name}", href=reverse("scheme", args=[c.scheme]), sort=c.scheme),
                "activity": c.activity,
                "claimed": c.claimed if c.claimed is not None else "none printed",
                "available": available,
                "share": Cell(paper.percent(c.share_percent), sort=c.share_percent)
                if c.share_percent is not None and available.text != HIDDEN
                else None,
                "overlaps": len(c.overlaps) or None,
                "flag": loud(c, profile),
            }
        )
    columns = (
        Column("claim", "Promise"),
        Column("scheme", "Scheme"),
        Column("activity", "What it counts"),
        Column("claimed", "Fewer", numeric=True),
        Column("available", "There are", numeric=True, note="in the year before"),
        Column("share", "Share", numeric=True),
        Column("overlaps", "Shares events with", numeric=True),
        Column("flag", "What to hear first"),
    )
    return Grid("claims", "Promises", columns, rows, searchable=True, empty="No scheme promises an effect in numbers.")


def _one(value: int | None, profile: str) -> Cell:
    return Cell("not counted", sort="") if value is None else _count(disclose(value, profile, totals=False).cells)


def loud(c: Assessed, profile: str) -> str:
    """The first flag, unless it holds a count that may not be shown."""
    if c.available is not None and disclose(c.available, profile, totals=False).cells is None:
        return "What exists is too few to show"
    return paper.sentence(c.flag) if c.flag else ""


def period_words(period: str) -> str:
    """ "2018-04-01 to 2019-03-31" as people write it."""
    return " to ".join(words.day(d) for d in period.split(" to "))


def claim_facts(c: Assessed, profile: str) -> list[tuple[str, Any]]:
    return [
        ("Cohort rule", paper.sentence(c.activity)),
        ("Whose reading", c.selection[:1].upper() + c.selection[1:]),
        ("Basis of the count", f"{c.basis.capitalize()}, {period_words(c.period)}"),
        ("People with such events", _one(c.people, profile).text),
        (
            "In the plan’s own period",
            _one(c.in_period, profile).text if c.in_period is not None else "Records do not go that far",
        ),
        (
            "Value at tariff",
            paper.money(c.value_at_tariff_gbp) if c.value_at_tariff_gbp is not None else "None printed",
        ),
        ("Each, at tariff", paper.money(c.unit_value_gbp) if c.unit_value_gbp is not None else ""),
        (
            "Under the contract",
            paper.money(c.contract_effect_gbp)
            if c.contract_effect_gbp is not None
            else "Not known: needs tolerance and marginal rate",
        ),
        (
            "In cash",
            paper.money(c.cash_effect_gbp)
            if c.cash_effect_gbp is not None
            else "Not known: no savings line corresponds",
        ),
        ("About the money", paper.sentence("; ".join(c.money_notes)) if c.money_notes else ""),
    ]


def claim_figures(c: Assessed, profile: str) -> list[dict[str, Any]]:
    available = _one(c.available, profile)
    found = [
        {"value": paper.number(c.claimed) if c.claimed is not None else "None printed", "name": "promised fewer"},
        {"value": available.text, "name": "such events in the year before", "note": f"basis: {c.basis}"},
    ]
    if c.share_percent is not None and available.text != HIDDEN:
        found.append({"value": paper.percent(c.share_percent), "name": "promised, of all there are"})
    return found


def _month(text: str) -> str:
    return paper.short_month(dt.date.fromisoformat(f"{text[:7]}-01"))


def claim_months(c: Assessed, profile: str) -> Bars | None:
    if not c.by_month:
        return None
    shown = disclose([n for _, n in c.by_month], profile, totals=True).cells
    return Bars(
        id="months",
        title="Month by month",
        measure="Events",
        unit="",
        decimals=0,
        rows=tuple(
            BarRow(_month(str(m)), n, suppressed=n is None) for (m, _), n in zip(c.by_month, shown, strict=True)
        ),
        finding=f"{paper.plural(len(c.by_month), 'month')} of the year before",
    )


def claim_fifths(c: Assessed, profile: str) -> Bars | None:
    if not c.by_quintile:
        return None
    shown = disclose([n for _, n in c.by_quintile], profile, totals=True).cells
    names = {1: "1, most deprived", 5: "5, least deprived"}
    return Bars(
        id="fifths",
        title="By local fifth of deprivation",
        measure="Events",
        unit="",
        decimals=0,
        rows=tuple(
            BarRow(names.get(q, str(q)), n, suppressed=n is None)
            for (q, _), n in zip(c.by_quintile, shown, strict=True)
        ),
    )


def overlaps_grid(c: Assessed, others: Mapping[str, Assessed], profile: str) -> Grid:
    rows = [
        {
            "claim": Cell(o.claim, href=reverse("claim", args=[o.claim])),
            "scheme": Cell(
                f"{o.scheme} {others[o.claim].scheme_name}", href=reverse("scheme", args=[o.scheme]), sort=o.scheme
            ),
            "events": _one(o.events, profile),
            "claimed": others[o.claim].claimed,
        }
        for o in c.overlaps
    ]
    columns = (
        Column("claim", "Promise"),
        Column("scheme", "Scheme"),
        Column("events", "Events both select", numeric=True),
        Column("claimed", "It promises fewer", numeric=True),
    )
    return Grid(
        "overlaps", "Who else promises the same events", columns, rows, empty="No other scheme counts on these events."
    )


def rule_words(profile: str) -> str:
    return PROFILES[profile].sentence


def decided_when(d: FeedDecision) -> str:
    return f"{d.state.capitalize()} by {d.changed_by.name}, {words.moment(d.changed_at)}"
