"""Performance as plain values: every measure in a line, one measure's page, goals, breaches, exceptions, comparisons.

In: the answers of `answers.performance`. Out: grids, charts, facts. Icons of statistical process control, never traffic
lights: what varies, and whether the standard will be met as things run.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse

from oneplace.documents.values import when
from oneplace.measures.goals import chance_of
from oneplace.report import words as paper
from oneplace.report.board.performance import ASSURANCE, SIGNAL, VARIATION
from oneplace.report.charts import SIGNAL_OF, Line, LinePoint, Rebase, Target, limits_by_segment
from oneplace.web.components import words
from oneplace.web.components.grid import Cell, Column, Grid
from oneplace.web.components.paper import ICONS

Answer = Mapping[str, Any]
SAID = {">=": "at least", "<=": "at most", "<": "under", ">": "over", "=": "exactly"}
VERDICT_TONES = {"met": "blue", "not met": "orange", "estimate": "white", "no data": "grey", "deliverable": "white"}
VERDICT_WORDS = {
    "met": "Met",
    "not met": "Not met",
    "estimate": "Local estimate",
    "no data": "No data",
    "deliverable": "Deliverable",
}


def month(text: str | None) -> Cell | None:
    """The month of an ISO date, which also sorts."""
    return Cell(paper.month(dt.date.fromisoformat(text[:7] + "-01")), sort=text) if text else None


def value(number: float | None, unit: str, *, decimals: int | None = None) -> Cell | None:
    if number is None:
        return None
    places = (1 if unit.startswith("%") else paper.decimals_for([number], most=1)) if decimals is None else decimals
    said = paper.percent(number, places) if unit.startswith("%") else paper.number(number, places)
    return Cell(said, sort=number, csv=number)


def variation(state: str | None) -> Cell | None:
    if state is None:
        return None
    signal = SIGNAL[state]
    tone, letter = ICONS[signal]
    return Cell(f"{letter} {VARIATION[signal]}", sort=VARIATION[signal], tone=tone, csv=VARIATION[signal])


def assurance(state: str | None) -> Cell | None:
    if state is None:
        return None
    known, says = ASSURANCE[state]
    tone, letter = ICONS[known]
    return Cell(f"{letter} {says}", sort=says, tone=tone, csv=says)


def chance(found: Answer | None) -> Cell | None:
    """How likely what was promised is kept in its month, in words that do not pretend to certainty."""
    if not found or found["chance"] is None:
        return None
    p = found["chance"]
    note = f"{found['what']}, {paper.month(dt.date.fromisoformat(found['month'][:10]))}"
    return Cell(likely(p), sort=p, csv=100 * p, note=note)


def verdict(judged: str | None) -> Cell | None:
    return Cell(VERDICT_WORDS[judged], tone=VERDICT_TONES[judged]) if judged else None


def too_few(note: str | None) -> str:
    """Why a chart has no icon, without the segment that has too few points."""
    return paper.sentence((note or "").split(": ", 1)[-1].removesuffix(": no limits, no icon")).rstrip(".")


def likely(p: float) -> str:
    return "Under 1%" if p < 0.01 else "Over 99%" if p > 0.99 else paper.share(p, 0)


def overview_grid(answer: Answer) -> Grid:
    rows = []
    for m in answer["measures"]:
        latest, unit = m["latest"], m["unit"]
        if latest is None:
            continue
        rows.append(
            {
                "title": Cell(
                    m["title"],
                    href=reverse("measure_page", args=[m["measure"]]),
                    note=m["name"],
                ),
                "month": month(latest["month"]),
                "value": (Cell("*", sort=-1) if latest["suppressed"] else value(latest["value"], unit))
                if latest
                else None,
                "variation": variation(m["variation"]) or Cell(too_few(m["few"] or m["why_no_chart"])),
                "assurance": assurance(m["assurance"]),
                "judged": verdict(m["standard"]["judged"]) if m["standard"] else None,
                "chance": chance(m["chance"]),
                "basis": latest["basis"].capitalize(),
                "late": m["late_months"] or None,
            }
        )
    columns = (
        Column("title", "Measure"),
        Column("month", "Latest month"),
        Column("value", "Latest", numeric=True),
        Column("variation", "Variation"),
        Column("assurance", "As it runs"),
        Column("judged", "Beside its standard"),
        Column("chance", "Chance of what was promised"),
        Column("basis", "Basis"),
        Column("late", "Months late", numeric=True),
    )
    return Grid(
        "measures",
        "Every measure",
        columns,
        rows,
        searchable=True,
        empty="No measure of this place has a figure yet.",
    )


def without_figures_grid(answer: Answer) -> Grid:
    """Measures that are defined and have nothing to show, each with what to do about it."""
    rows = [
        {
            "title": Cell(m["title"], href=reverse("measure_page", args=[m["measure"]])),
            "why": paper.sentence(m["why_none"] or ""),
        }
        for m in answer["measures"]
        if m["latest"] is None
    ]
    columns = (Column("title", "Measure"), Column("why", "Why nothing is shown"))
    return Grid("without", "Measures without a figure", columns, rows, empty="Every measure has a figure.")


def exceptions_grid(answer: Answer) -> Grid:
    rows = [
        {
            "title": Cell(e["title"], href=reverse("measure_page", args=[e["measure"]])),
            "why": "; ".join(e["why"]),
            "chance": chance(e["chance"]),
            "action": e["action"] or "Nobody has said what is done",
            "owner": e["owner"] or "Nobody named",
            "due": words.day(e["due"]) if e["due"] else None,
            "basis": ", ".join(e["basis"]).capitalize(),
        }
        for e in answer["exceptions"]
    ]
    columns = (
        Column("title", "Measure"),
        Column("why", "Why it needs attention"),
        Column("chance", "Chance of what was promised"),
        Column("action", "What is being done"),
        Column("owner", "By whom"),
        Column("due", "By when"),
        Column("basis", "Basis"),
    )
    return Grid("exceptions", "What needs attention", columns, rows, empty="No measure stands out.")


def breaches_grid(answer: Answer) -> Grid:
    rows = [
        {
            "title": Cell(b["title"], href=reverse("measure_page", args=[b["measure"]]) + f"?org={b['organisation']}"),
            "name": b["name"],
            "month": month(b["month"]),
            "why": b["why"][:1].upper() + b["why"][1:],
            "short": Cell(paper.number(b["short_by"]), sort=b["short_by"]) if b["short_by"] is not None else None,
            "row": b["months_in_a_row"],
            "basis": b["basis"].capitalize(),
        }
        for b in answer["breaches"]
    ]
    columns = (
        Column("title", "Pledge"),
        Column("name", "Whose figure"),
        Column("month", "Month"),
        Column("why", "What was found"),
        Column("short", "Short by", numeric=True),
        Column("row", "Months in a row", numeric=True),
        Column("basis", "Basis"),
    )
    empty = "No pledge that has a figure was missed."
    return Grid("breaches", "Pledges of the NHS Constitution missed in the latest month", columns, rows, empty=empty)


def goals_grid(answer: Answer, *, attest: bool = False) -> Grid:
    rows = [
        {
            "title": Cell(
                g["title"], href=reverse("measure_page", args=[g["measure"]]) if g["measure"] else None, note=g["id"]
            ),
            "domain": g["domain"],
            "wanted": g["wanted"],
            "by": g["by"] or "No date",
            "verdict": verdict(g["verdict"]),
            "why": g["why"],
            "basis": (g["basis"] or ("Evidence" if g["shown_by"] == "evidence" else "")).capitalize(),
            "feed": g["feed"],
            "attest": Cell("Evidence", href=reverse("goal_evidence", args=[g["id"]])) if attest else None,
        }
        for g in answer["goals"]
    ]
    columns = (
        Column("title", "Goal"),
        Column("domain", "Domain"),
        Column("wanted", "Wanted"),
        Column("by", "By"),
        Column("verdict", "Verdict"),
        Column("why", "Why"),
        Column("basis", "Basis"),
        Column("feed", "What would judge it"),
        *((Column("attest", "Record"),) if attest else ()),
    )
    return Grid(
        "goals", "Goals and deliverables", columns, rows, searchable=True, empty="The place has no standards document."
    )


def domains_grid(answer: Answer) -> Grid:
    rows = [
        {
            "domain": d["domain"],
            "goals": d["goals"],
            "met": d["met"],
            "not_met": d["not_met"],
            "estimate": d["estimate"],
            "no_data": d["no_data"],
            "deliverable": d["deliverable"],
            "said": d["said"],
        }
        for d in answer["domains"]
    ]
    columns = (
        Column("domain", "Domain"),
        Column("goals", "Goals", numeric=True),
        Column("met", "Met", numeric=True),
        Column("not_met", "Not met", numeric=True),
        Column("estimate", "Local estimate", numeric=True),
        Column("no_data", "No figure", numeric=True),
        Column("deliverable", "Deliverables", numeric=True),
        Column("said", "In words"),
    )
    return Grid("domains", "By domain", columns, rows, empty="The place has no standards document.")


def goal_figures(answer: Answer) -> list[dict[str, Any]]:
    names = {
        "met": "goals met",
        "not met": "goals not met",
        "estimate": "goals with a local estimate, which gives no verdict",
        "no data": "goals without a figure",
        "deliverable": "deliverables, judged by evidence",
    }
    return [
        {
            "value": paper.number(answer["counts"][k]),
            "name": n,
            "href": reverse("goals"),
            "figure": f"goals.{k.replace(' ', '_')}",
        }
        for k, n in names.items()
    ]


# --- one measure ------------------------------------------------------------------------------------------------------
def chart(page: Answer) -> Line:
    """The XmR chart with limits in their segments, the standard, the plan's course and every rebase."""
    unit = page["measure"]["unit"]
    points = [p for p in page["points"] if p.get("month")]
    months = [dt.date.fromisoformat(p["month"]) for p in points]
    c = page["chart"]
    limits = (
        limits_by_segment(
            months, [p["segment"] for p in points], *([p[k] for p in points] for k in ("mean", "lower", "upper"))
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
            LinePoint(m, None if p.get("suppressed") else p["value"], SIGNAL_OF.get(p.get("kind"), "common"))
            for m, p in zip(months, points, strict=True)
        ),
        limits=limits,
        targets=(Target("Standard", page["standard"]["value"]),) if page["standard"] else (),
        trajectory=trajectory,
        rebases=tuple(Rebase(dt.date.fromisoformat(r["month"]), r["reason"]) for r in c["rebases"]) if c else (),
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
    said = f"{value(latest['value'], unit)} in {paper.month(dt.date.fromisoformat(latest['month']))}"
    if c and c["variation"]:
        said += f": {VARIATION[SIGNAL[c['variation']]].lower()}"
    if c and c["assurance"]:
        said += f"; {ASSURANCE[c['assurance']][1].lower()}"
    return said


def figures(page: Answer) -> list[dict[str, Any]]:
    latest, unit = page["latest"], page["measure"]["unit"]
    if latest is None:
        return []
    counted, stem = "", f"measure.{page['measure']['id']}.{page['organisation']}"
    if latest["numerator"] is not None and latest["denominator"] is not None and not latest["suppressed"]:
        counted = f"{paper.number(latest['numerator'])} of {paper.number(latest['denominator'])}"
    found: list[dict[str, Any]] = [
        {
            "value": "*" if latest["suppressed"] else str(value(latest["value"], unit)),
            "name": paper.month(dt.date.fromisoformat(latest["month"])),
            "note": "; ".join(x for x in (counted, latest["basis"], latest["status"]) if x),
            "figure": f"{stem}.latest",
        }
    ]
    last = page["points"][-1] if page["points"] else None
    if last and last["mean"] is not None:
        low, high = value(last["lower"], unit), value(last["upper"], unit)
        found.append(
            {
                "value": str(value(last["mean"], unit)),
                "name": "mean of the months",
                "figure": f"{stem}.mean",
                "note": f"usual range {low} to {high}" if low and high else "",
            }
        )
    held = page["standard"]
    if held:
        found.append(
            {
                "value": f"{SAID[held['operator']]} {value(held['value'], unit)}",
                "name": "standard",
                "figure": f"{stem}.standard",
                "note": f"{held['called']} ({held['source']})",
            }
        )
    best = chance_of(page)
    if best:
        amount = f"{SAID[best['operator']]} {value(best['wanted'], unit)}"
        found.append(
            {
                "value": likely(best["chance"]),
                "name": f"chance of {amount} in {paper.month(dt.date.fromisoformat(best['month'][:10]))}",
                "note": best["what"],
                "figure": f"{stem}.chance",
            }
        )
    return found


def judgements(page: Answer) -> Grid:
    rows = [
        {
            "title": f"{s['id']}: {s['title']}",
            "wanted": f"{SAID.get(s['operator'], '')} {paper.number(s['value'], paper.decimals_for([s['value']]))} {s['unit'] or ''}".strip()
            if s["value"] is not None
            else s["in_words"] or s["direction"] or "",
            "by": s["by"] or "No date",
            "due": s["due"].capitalize(),
            "judged": verdict(s["judged"]),
            "month": month(s["as_at"]),
            "why": s["why"] or "Judged by evidence",
            "short": Cell(paper.number(s["short_by"]), sort=s["short_by"]) if s["short_by"] is not None else None,
            "source": s["source"],
        }
        for s in page["standards"]
    ]
    pledge = page["constitution"]
    if pledge:
        rows.append(
            {
                "title": f"{pledge['id']}: {pledge['title']}",
                "wanted": f"{SAID[pledge['operator']]} {paper.number(pledge['value'], paper.decimals_for([pledge['value']]))}{'%' if pledge['unit'] == '%' else ' ' + pledge['unit']}",
                "by": f"In force since {words.day(pledge['start'])}",
                "due": "Every month",
                "judged": verdict(pledge["judged"]),
                "month": month(page["latest"]["month"]) if page["latest"] else None,
                "why": pledge["why"] or "No figure",
                "short": Cell(paper.number(pledge["short_by"]), sort=pledge["short_by"])
                if pledge["short_by"] is not None
                else None,
                "source": pledge["source"],
            }
        )
    columns = (
        Column("title", "Standard"),
        Column("wanted", "Wanted"),
        Column("by", "By"),
        Column("due", "Due"),
        Column("judged", "Verdict"),
        Column("month", "Month judged"),
        Column("why", "Why"),
        Column("short", "Short by", numeric=True),
        Column("source", "Source"),
    )
    return Grid("standards", "Beside its standards", columns, rows, empty="No dated standard applies to this measure.")


def forecast_grid(page: Answer) -> Grid:
    """Each promise with the chance that it is kept in its month; where none is given, why."""
    unit = page["measure"]["unit"]
    rows = [
        {
            "what": d["what"],
            "wanted": f"{SAID[d['operator']]} {value(d['wanted'], unit)}" if d["wanted"] is not None and d["operator"] else "No number",
            "month": month(d["month"]),
            "chance": Cell(likely(d["chance"]), sort=d["chance"], csv=100 * d["chance"]) if d["chance"] is not None else None,
            "why": d["why"] or skill(d["past"]),
        }
        for d in page["forecast"]["by_date"]
    ]  # fmt: skip
    columns = (
        Column("what", "What was promised"),
        Column("wanted", "How much"),
        Column("month", "In"),
        Column("chance", "Chance", numeric=True),
        Column("why", "What it is worth, or why none is given"),
    )
    why = page["forecast"].get("why") or "nothing with a date was promised of this measure"
    return Grid("chances", "How likely what was promised is kept", columns, rows, empty=f"None is given: {why}.")


def skill(past: Answer) -> str:
    """What such chances were worth in the past, beside two rules that need no model."""
    return (
        f"Brier score of {paper.plural(past['judged'], 'past chance')}: {paper.number(past['brier'], 3)}; of the base rate "
        f"{paper.number(past['brier_base_rate'], 3)}, of the last value {paper.number(past['brier_last_value'], 3)} (0 is perfect)"
    )


def past_accuracy(page: Answer) -> str | None:
    """What forecasts of this measure have been worth, so that a chance can be believed as far as it deserves."""
    past = page["forecast"].get("past_forecasts")
    if not past:
        return None
    return (
        f"Past forecasts of this measure: {paper.plural(past['judged'], 'month')} judged, each with what was known before it; "
        f"{paper.share(past['covered80'], 0)} fell inside their 80% interval and {paper.share(past['covered95'], 0)} inside the 95% one. "
        f"Method: {page['forecast']['method']}."
    )


def rolling_grid(page: Answer) -> Grid:
    """Quarter and year up to each month, for a pathway whose months are too small to show."""
    unit = page["measure"]["unit"]
    by: dict[str, dict[int, Answer]] = {}
    for w in page["rolling"]:
        by.setdefault(w["until"], {})[w["months"]] = w

    def cells(name: str, w: Answer | None) -> dict[str, Any]:
        if w is None:
            return {}
        if w["numerator"] is None:
            return {name: Cell("*", sort=-1)}
        of = f"about {w['numerator']:,} of {w['denominator']:,}" if w["denominator"] is not None else ""
        return {name: value(w["value"], unit) if w["value"] is not None else "", f"{name}_of": of}

    rows = [
        {"until": month(until), **cells("quarter", w.get(3)), **cells("year", w.get(12))}
        for until, w in sorted(by.items(), reverse=True)
    ]
    columns = (
        Column("until", "Up to"),
        Column("quarter", "Three months", numeric=True, note=unit),
        Column("quarter_of", "Counted"),
        Column("year", "Twelve months", numeric=True, note=unit),
        Column("year_of", "Counted"),
    )
    return Grid("rolling", "Rolling quarter and year", columns, rows, sortable=False, searchable=False)


def months_grid(page: Answer) -> Grid:
    unit = page["measure"]["unit"]
    rows = []
    differing = len({p.get("caveat") for p in page["points"]}) > 1
    for p in reversed(page["points"]):
        hidden = p.get("suppressed")
        kind = p.get("kind")
        rows.append(
            {
                "month": month(p["month"]),
                "value": Cell("*", sort=-1) if hidden else value(p["value"], unit),
                "numerator": None if hidden else value(p.get("numerator"), "", decimals=0),
                "denominator": None if hidden else value(p.get("denominator"), "", decimals=0),
                "kind": VARIATION[SIGNAL[kind]] if kind else None,
                "mean": value(p["mean"], unit),
                "lower": value(p["lower"], unit),
                "upper": value(p["upper"], unit),
                "planned": value(p["planned"], unit),
                "status": (p.get("status") or "").capitalize(),
                "basis": (p.get("basis") or "").capitalize(),
                "note": p.get("caveat") or "",
            }
        )
    columns = (
        Column("month", "Month"),
        Column("value", "Value", numeric=True, note=unit),
        Column("numerator", "Counted", numeric=True),
        Column("denominator", "Of", numeric=True),
        Column("kind", "Variation"),
        Column("mean", "Mean", numeric=True),
        Column("lower", "Lower", numeric=True),
        Column("upper", "Upper", numeric=True),
        Column("planned", "Planned", numeric=True),
        Column("status", "State"),
        Column("basis", "Basis"),
        *((Column("note", "Note"),) if differing else ()),
    )
    return Grid(
        "months",
        "Month by month",
        columns,
        rows,
        empty=f"No month has a figure: {page['why_none'] or 'none was imported'}.",
    )


def restated_grid(page: Answer) -> Grid:
    unit = page["measure"]["unit"]
    rows = [
        {
            "month": month(r["month"]),
            "now": value(r["now"], unit),
            "before": "; ".join(f"{value(b['value'], unit)} ({b['source']}, {b['status']})" for b in r["before"]),
        }
        for r in page["restated"]
    ]
    columns = (Column("month", "Month"), Column("now", "Now", numeric=True), Column("before", "Said before"))
    return Grid("restated", "Restated months", columns, rows, empty="No month of this measure was restated.")


def breakdown_grid(found: Answer | None, measure: str, unit: str) -> Grid | None:
    """The same month of every organisation that has a figure."""
    if not found or not found.get("rows"):
        return None
    rows = []
    for r in found["rows"]:
        rank = r.get("rank") or {}
        trend = r.get("trend") or {}
        rows.append(
            {
                "name": Cell(r["name"], href=reverse("measure_page", args=[measure]) + f"?org={r['code']}"),
                "value": value(r["value"], unit),
                "interval": f"{value(r['lower'], unit)} to {value(r['upper'], unit)}"
                if r.get("lower") is not None
                else None,
                "counted": Cell(
                    f"{paper.number(r['numerator'])} of {paper.number(r['denominator'])}", sort=r["denominator"]
                )
                if r.get("numerator") is not None and r.get("denominator") is not None
                else None,
                "rank": Cell(
                    f"{rank['rank']} of {rank['of']}", sort=rank["rank"], note=f"{rank['from']} to {rank['to']}"
                )
                if rank
                else None,
                "trend": Cell(
                    f"{paper.number(trend['change'], 1, signed=True)}", sort=trend["change"], note=trend.get("said")
                )
                if trend.get("change") is not None
                else None,
            }
        )
    columns = (
        Column("name", "Organisation"),
        Column("value", "Value", numeric=True),
        Column("interval", "95% interval", numeric=True),
        Column("counted", "Counted", numeric=True),
        Column("rank", "Rank", numeric=True),
        Column("trend", "Since a year before", numeric=True),
    )
    said = f": {paper.month(dt.date.fromisoformat(found['month']))}" if found.get("month") else ""
    return Grid("breakdown", f"By organisation{said}", columns, rows, searchable=len(rows) > 8)


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
        out.append(f"{paper.plural(len(page['missing']), 'month')} without a figure between the first and the last.")
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
