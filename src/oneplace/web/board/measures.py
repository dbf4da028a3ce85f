"""Performance as plain values: every measure in a line, one measure's page, goals, breaches,
exceptions, comparisons.

In: the answers of `answers.performance`. Out: cells, charts, facts. Icons of statistical process
control, never traffic lights: what varies, and whether the standard will be met as things run.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse

from oneplace.documents.values import when
from oneplace.measures.goals import chance_of
from oneplace.place.standards import SAID
from oneplace.report import words as paper
from oneplace.report.board.performance import ASSURANCE, SIGNAL, VARIATION
from oneplace.report.charts import (
    SIGNAL_OF,
    DatedStandard,
    Line,
    LinePoint,
    RebaseMark,
    limits_by_segment,
)
from oneplace.report.trace import Figure
from oneplace.web.components import words
from oneplace.web.components.listing import Cell
from oneplace.web.components.paper import ICONS
from oneplace.web.components.tiles import tile

Answer = Mapping[str, Any]
VERDICT_TONES = {
    "met": "blue",
    "not met": "orange",
    "estimate": "white",
    "no data": "grey",
    "deliverable": "white",
}
VERDICT_WORDS = {
    "met": "Met",
    "not met": "Not met",
    "estimate": "Local estimate",
    "no data": "No data",
    "deliverable": "Deliverable",
}


def value(number: float | None, unit: str, *, decimals: int | None = None) -> Cell | None:
    if number is None:
        return None
    places = (
        (1 if unit.startswith("%") else paper.decimals_for([number], most=1))
        if decimals is None
        else decimals
    )
    said = paper.percent(number, places) if unit.startswith("%") else paper.number(number, places)
    return Cell(said, sort=number, csv=number)


def variation(state: str | None) -> Cell | None:
    if state is None:
        return None
    signal = SIGNAL[state]
    tone, letter = ICONS[signal]
    return Cell(
        f"{letter} {VARIATION[signal]}",
        sort=VARIATION[signal],
        tone=tone,
        csv=VARIATION[signal],
    )


def assurance(state: str | None) -> Cell | None:
    if state is None:
        return None
    known, says = ASSURANCE[state]
    tone, letter = ICONS[known]
    return Cell(f"{letter} {says}", sort=says, tone=tone, csv=says)


def chance(found: Answer | None) -> Cell | None:
    """How likely what was promised is kept in its month, in words that do not pretend to
    certainty."""
    if not found or found["chance"] is None:
        return None
    p = found["chance"]
    note = f"{found['what']}, {paper.month(dt.date.fromisoformat(found['month'][:10]))}"
    return Cell(paper.chance(100 * p), sort=p, csv=100 * p, note=note)


def verdict(judged: str | None) -> Cell | None:
    return Cell(VERDICT_WORDS[judged], tone=VERDICT_TONES[judged]) if judged else None


def too_few(note: str | None) -> str:
    """Why a chart has no icon, without the segment that has too few points."""
    return paper.sentence(
        (note or "").split(": ", 1)[-1].removesuffix(": no limits, no icon")
    ).rstrip(
        ".",
    )


def goal_tiles(figures: Mapping[str, Figure]) -> list[dict[str, Any]]:
    names = {
        "met": "goals met",
        "not_met": "goals not met",
        "estimate": "goals with a local estimate, which gives no verdict",
        "no_data": "goals without a figure",
        "deliverable": "deliverables, judged by evidence",
    }
    return [
        tile(figures.get(f"goals.{k}"), name, href=reverse("goals")) for k, name in names.items()
    ]


# --- one measure ----------------------------------------------------------------------------------
def chart(page: Answer) -> Line:
    """The XmR chart with limits in their segments, the standard, the plan's course and every
    rebase."""
    unit = page["measure"]["unit"]
    points = [p for p in page["points"] if p.get("month")]
    months = [dt.date.fromisoformat(p["month"]) for p in points]
    c = page["chart"]
    limits = (
        limits_by_segment(
            months,
            [p["segment"] for p in points],
            *([p[k] for p in points] for k in ("mean", "lower", "upper")),
        )
        if c
        else ()
    )
    course = page["trajectory"]["points"] if page["trajectory"] else []
    trajectory = tuple((d, p["planned"]) for p in course if (d := _start(p["period"])) is not None)
    return Line(
        id="measure",
        title=f"{page['measure']['title']}: {page['name']}",
        finding=finding(page),
        measure=page["measure"]["title"],
        unit="%" if unit.startswith("%") else unit,
        points=tuple(
            LinePoint(
                m,
                None if p.get("suppressed") else p["value"],
                SIGNAL_OF.get(p.get("kind"), "common"),
            )
            for m, p in zip(months, points, strict=True)
        ),
        limits=limits,
        targets=(DatedStandard("Standard", page["standard"]["value"]),) if page["standard"] else (),
        trajectory=trajectory,
        rebases=tuple(
            RebaseMark(dt.date.fromisoformat(r["month"]), r["reason"]) for r in c["rebases"]
        )
        if c
        else (),
        decimals=1 if unit.startswith("%") else 0,
        missing=page["why_none"] or "no month has a figure",
    )


def _start(period: str) -> dt.date | None:
    """The first day of a month or a quarter as the plan names it."""
    try:
        return when(period).start
    except ValueError:
        return None


def finding(page: Answer) -> str:
    latest, c = page["latest"], page["chart"]
    if latest is None:
        return ""
    unit = page["measure"]["unit"]
    if latest["suppressed"]:
        return f"the figure of {paper.month(dt.date.fromisoformat(latest['month']))} is too small to show"
    said = (
        f"{value(latest['value'], unit)} in {paper.month(dt.date.fromisoformat(latest['month']))}"
    )
    if c and c["variation"]:
        said += f": {VARIATION[SIGNAL[c['variation']]].lower()}"
    if c and c["assurance"]:
        said += f"; {ASSURANCE[c['assurance']][1].lower()}"
    return said


def tiles(page: Answer, figures: Mapping[str, Figure]) -> list[dict[str, Any]]:
    """The newest month, the mean, the standard and the chance of what was promised, as far as the
    measure has them."""
    latest, unit = page["latest"], page["measure"]["unit"]
    if latest is None:
        return []
    counted = ""
    if (
        latest["numerator"] is not None
        and latest["denominator"] is not None
        and not latest["suppressed"]
    ):
        counted = f"{paper.number(latest['numerator'])} of {paper.number(latest['denominator'])}"
    last = page["points"][-1] if page["points"] else {"lower": None, "upper": None}
    low, high = value(last["lower"], unit), value(last["upper"], unit)
    held, best = page["standard"], chance_of(page)
    promised = (
        best
        and f"{SAID[best['operator']]} {value(best['wanted'], unit)} in {paper.month(dt.date.fromisoformat(best['month'][:10]))}"
    )
    said = {
        "latest": (
            paper.month(dt.date.fromisoformat(latest["month"])),
            "; ".join(x for x in (counted, latest["basis"], latest["status"]) if x),
        ),
        "mean": ("mean of the months", f"usual range {low} to {high}" if low and high else ""),
        "standard": ("standard", held and f"{held['called']} ({held['source']})"),
        "chance": (f"chance of {promised}", best and best["what"]),
    }
    stem = f"measure.{page['measure']['id']}.{page['organisation']}"
    return [
        tile(f, name, note=note)
        for k, (name, note) in said.items()
        if (f := figures.get(f"{stem}.{k}"))
    ]


def past_accuracy(page: Answer) -> str | None:
    """What forecasts of this measure have been worth, so that a chance can be believed as far as it
    deserves."""
    past = page["forecast"].get("past_forecasts")
    if not past:
        return None
    return (
        f"Past forecasts of this measure: {paper.plural(past['judged'], 'month')} judged, each with what was known before it; "
        f"{paper.share(past['covered80'], 0)} fell inside their 80% interval and {paper.share(past['covered95'], 0)} inside the 95% one. "
        f"Method: {page['forecast']['method']}."
    )


def notes(page: Answer) -> list[str]:
    """What has to be known before the figures are read."""
    out = [page["notice"]] if page.get("notice") and "synthetic" in page["basis"] else []
    if page["merged"]:
        m = page["merged"]
        out.append(
            f"Figures of {paper.listing(m['from'])} are added up to {paper.month(dt.date.fromisoformat(m['until']))}: {m['note']}."
        )
    if page["late_months"]:
        out.append(
            f"The newest figure is {paper.plural(page['late_months'], 'month')} behind the newest that was due ({paper.month(dt.date.fromisoformat(page['newest_due']))})."
        )
    few = next((n for n in (page["chart"] or {}).get("notes", ()) if "too few points" in n), None)
    if few or page["why_no_chart"]:
        out.append(paper.sentence(few.removeprefix("segment 1: ") if few else page["why_no_chart"]))
    if page["latest"] and page["latest"]["estimate"]:
        out.append(
            "A local estimate: counted from the place’s own records, in the stead of the national figure. It gives no verdict."
        )
    if page["missing"]:
        out.append(
            f"{paper.plural(len(page['missing']), 'month')} without a figure between the first and the last.",
        )
    out += [paper.sentence(c) for p in page["points"][-1:] if (c := p.get("caveat"))]
    return out


def definition_facts(page: Answer) -> list[tuple[str, Any]]:
    m = page["measure"]
    return [
        ("Counted", m["numerator"]),
        ("Of how many", m["denominator"] or "None: it is a count"),
        ("Better", str(m["better"]).capitalize()),
        ("Source", m.get("source") or ""),
        ("Owner", m.get("owner") or "Nobody named"),
        ("Note", m.get("note") or ""),
        ("Basis", ", ".join(page["basis"]).capitalize()),
        ("On", words.day(page["on"])),
    ]


def organisations(page: Answer) -> Sequence[tuple[str, str]]:
    return [(o["code"], o["name"]) for o in page["organisations"]]
