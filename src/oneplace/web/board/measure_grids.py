"""A measure's signals and rebase log, and the waiting list, as plain values: grids, figures, a chart.

In: answers of `answers.performance`. Out: what the pages of `measure_views` and the page of a measure show.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse

from oneplace.measures.saying import signals_in_words
from oneplace.report import words as paper
from oneplace.report.charts import Line, LinePoint, Target
from oneplace.safety.disclose import HIDDEN, disclose
from oneplace.web.components import words
from oneplace.web.components.grid import Cell, Column, Grid
from oneplace.web.config import place

Answer = Mapping[str, Any]
MEANS = {
    "worse": Cell("! Worse", tone="orange"),
    "better": Cell("+ Better", tone="blue"),
    "neither": Cell("~ A change"),
}
WAYS = {
    "as now": "People treated in the order that they are now",
    "longest first": "Longest waits first",
    "in proportion": "From every length of wait alike",
}


def month(text: str | None) -> Cell | None:
    return Cell(paper.month(dt.date.fromisoformat(text[:7] + "-01")), sort=text) if text else None


def whole(number: float | None, *, signed: bool = False) -> Cell | None:
    return Cell(paper.number(round(number), 0, signed=signed), sort=number, csv=round(number)) if number is not None else None  # fmt: skip


def share(value: float | None) -> Cell | None:
    return Cell(paper.percent(100 * value, 1), sort=value, csv=100 * value) if value is not None else None


# --- a measure --------------------------------------------------------------------------------------------------------
def signals_grid(page: Answer) -> Grid:
    """Every signal of the chart in words, the newest first."""
    rows = [
        {"from": month(s["from"]), "to": month(s["to"]), "meaning": MEANS[s["meaning"]], "said": s["said"]}
        for s in reversed(signals_in_words(page))
    ]
    columns = (
        Column("from", "From"),
        Column("to", "To"),
        Column("meaning", "For the"),
        Column("said", "What the chart says"),
    )
    chart = page["chart"]
    judged = chart is not None and chart["variation"] is not None
    empty = "No signal: every month lies in the usual variation." if judged else "No signal can be told: there is no control chart, or too few points for its limits."  # fmt: skip
    return Grid("signals", "Its signals in words", columns, rows, empty=empty)


def ahead_grid(page: Answer) -> Grid:
    """Where the figure is going, month by month."""
    made, unit = page["forecast"], page["measure"]["unit"]
    percent = unit.startswith("%")

    def said(value: float) -> str:
        return paper.percent(value, 1) if percent else paper.number(round(value))

    rows = [
        {
            "month": month(m["month"]),
            "median": Cell(said(m["median"]), sort=m["median"]),
            "range80": f"{said(m['lower80'])} to {said(m['upper80'])}",
            "range95": f"{said(m['lower95'])} to {said(m['upper95'])}",
        }
        for m in made.get("months", ())[:12]
    ]
    columns = (
        Column("month", "Month"),
        Column("median", "As likely above as below", numeric=True, note=unit),
        Column("range80", "4 in 5 lie in", numeric=True),
        Column("range95", "19 in 20 lie in", numeric=True),
    )
    return Grid("ahead", "Where it is going", columns, rows, empty=f"Nothing is forecast: {made.get('why') or ''}.")


def signal_in_words(page: Answer) -> str:
    """What an exception report starts from: the newest signal, else the figure beside its standard."""
    said = signals_in_words(page)
    if said:
        return str(said[-1]["said"])
    pledge = page["constitution"] or {}
    judged = next((s["why"] for s in page["standards"] if s["judged"] == "not met"), None)
    return str(judged or pledge.get("why") or "")


def rebase_grid(page: Answer, *, edit: bool) -> Grid:
    """Every rebase ever said of this chart, those withdrawn with the reason."""
    rows = [
        {
            "month": month(r["month"]),
            "reason": r["reason"],
            "author": r["author"],
            "on": words.day(r["on"]),
            "from": "The measure’s document" if r["from"] == "document" else "This page",
            "state": f"Withdrawn: {r['withdrawn']}" if r["state"] == "withdrawn" else "Holds",
            "undo": Cell("Withdraw it", href=reverse("withdraw_rebase", args=[page["measure"]["id"], r["entry"]]))
            if edit and r["entry"] and r["state"] == "standing"
            else None,
        }
        for r in page["rebase_log"]
    ]
    columns = (
        Column("month", "From"),
        Column("reason", "Why the limits start afresh"),
        Column("author", "Who says so"),
        Column("on", "Said on"),
        Column("from", "Where it is said"),
        Column("state", "State"),
        *((Column("undo", "Undo"),) if edit else ()),
    )
    empty = "The limits have never been started afresh: they rest on every month shown."
    return Grid("rebases", "Rebase log", columns, rows, empty=empty)


def pledges_grid(page: Answer) -> Grid:
    """The dated standards behind the judgement of each month."""
    said = {">=": "at least", "<=": "at most", "<": "under", ">": "over", "=": "exactly"}
    rows = [
        {
            "title": p["title"],
            "wanted": f"{said[p['operator']]} {paper.number(p['value'], paper.decimals_for([p['value']]))}{'%' if p['unit'] == '%' else ' ' + p['unit']}",
            "start": words.day(p["start"]),
            "end": words.day(p["end"]) if p["end"] else "In force",
            "source": p["source"],
        }
        for p in page["pledges"]
    ]
    columns = (
        Column("title", "Standard"),
        Column("wanted", "Wanted"),
        Column("start", "From"),
        Column("end", "Until"),
        Column("source", "Source"),
    )
    return Grid("pledges", "In force from when to when", columns, rows, empty="No pledge applies to this measure.")


# --- the waiting list -------------------------------------------------------------------------------------------------
def waiting_figures(a: Answer, kind: str, *, own_numbers: bool = False) -> list[dict[str, Any]]:
    if a.get("why_none"):
        return []
    flow = a["a_month"]
    found = [
        {"value": paper.number(a["size"]), "name": "waiting", "note": f"at the end of {paper.month(dt.date.fromisoformat(a['at_end_of']))}", "figure": f"waiting.{kind}.size"},
        {"value": paper.percent(100 * a["share_within_18_weeks"], 1), "name": "of them under 18 weeks", "note": f"{a['basis']}; reckoned from whole months waited, so a little off the share counted by the day, which its measure shows", "figure": f"waiting.{kind}.share"},
        {"value": paper.number(round(flow["joining"])), "name": "join a month", "note": f"mean of {paper.plural(flow['months_counted'], 'month')}", "figure": f"waiting.{kind}.joining"},
        {"value": paper.number(round(flow["treated"])), "name": "are treated a month", "note": f"{paper.number(round(flow['leaving_untreated']))} leave untreated", "figure": f"waiting.{kind}.treated"},
    ]  # fmt: skip
    load = a["load"]
    if load["load"] is not None:
        note = f"{load['said']}; above 1 it grows"
        found.append(
            {
                "value": paper.number(load["load"], 2),
                "name": "load: joining over leaving",
                "note": note,
                "figure": f"waiting.{kind}.load",
            }
        )
    queue = a["queue"]
    found.append(
        {
            "value": paper.number(round(queue["relief_capacity_a_week"])),
            "name": "relief capacity a week",
            "note": f"to bring the list to {paper.number(round(queue['target_size']))} in {paper.number(round(queue['weeks']))} weeks; now {paper.number(round(queue['capacity_a_week']))}",
            "figure": None if own_numbers else f"waiting.{kind}.relief",
        }
    )
    return found


def needed_grid(a: Answer) -> Grid:
    """What it would take to have the share within 18 weeks by the month, each way of choosing whom to treat."""
    needed = a.get("needed")
    rows = [
        {
            "way": WAYS[w["way"]],
            "able": whole(w["treated_a_month"]) or Cell("No capacity does", tone="orange"),
            "more": whole(w["more_than_now"], signed=True),
            "percent": Cell(f"{w['more_percent']:+.0f}%", sort=w["more_percent"]) if w["more_percent"] is not None else None,
            "reached": share(w["share_reached"]),
            "said": w["said"],
        }
        for w in (needed["ways"] if needed else ())
    ]  # fmt: skip
    columns = (
        Column("way", "Way"),
        Column("able", "Treated a month", numeric=True),
        Column("more", "More than now", numeric=True),
        Column("percent", "In per cent", numeric=True),
        Column("reached", "Share reached", numeric=True),
        Column("said", "In words"),
    )
    title = "What it would take"
    if needed:
        by = paper.month(dt.date.fromisoformat(needed["by"]))
        title = f"What it would take to have {needed['target_percent']:g}% under 18 weeks at the end of {by}"
    return Grid(
        "needed",
        title,
        columns,
        rows,
        empty=f"Nothing is asked of a month that is past: {a.get('why') or a.get('why_none') or ''}",
    )


def counted(number: int | None) -> Cell:
    """A count of people of the records as it leaves the place: a star where it is too small to show."""
    return Cell(HIDDEN, sort=-1) if number is None else Cell(f"{number:,}", sort=number, csv=number)


def _leaving() -> str:
    return place.place().suppression.leaving


def stock_grid(a: Answer) -> Grid:
    shown = disclose([round(c["people"]) for c in a.get("by_months_waited", ())], _leaving())
    rows = [
        {
            "months": Cell(f"{c['months']} or more" if c["open"] else str(c["months"]), sort=c["months"]),
            "people": counted(shown.cells[i]),
            "share": share(shown.cells[i] / shown.total) if shown.cells[i] is not None and shown.total else None,
            "leaving": share(a["leaving_share"][i]),
        }
        for i, c in enumerate(a.get("by_months_waited", ()))
    ]
    columns = (
        Column("months", "Whole months waited", numeric=True),
        Column("people", "People", numeric=True),
        Column("share", "Of the list", numeric=True),
        Column("leaving", "Leave untreated in a month", numeric=True),
    )
    return Grid("stock", "The list by months waited", columns, rows, empty=a.get("why_none") or "")


def flow_grid(a: Answer) -> Grid:
    rows = [
        {
            "month": month(h["month"]),
            "joined": counted(joined),
            # Whoever knows the list at both ends, who joined and who was treated knows who left.
            "treated": counted(treated if left is not None else None),
            "left": counted(left if treated is not None else None),
            "size": counted(size),
        }
        for h in reversed(a.get("history", ()))
        for joined, treated, left, size in [
            disclose(
                [round(h[k]) for k in ("joined", "treated", "left_untreated", "size")], _leaving(), totals=False
            ).cells
        ]
    ]
    columns = (
        Column("month", "Month"),
        Column("joined", "Joined", numeric=True),
        Column("treated", "Treated", numeric=True),
        Column("left", "Left untreated", numeric=True),
        Column("size", "Waiting at its end", numeric=True),
    )
    return Grid("flow", "Who came and went", columns, rows, empty=a.get("why_none") or "")


def projection_grid(a: Answer) -> Grid:
    """Where the list goes at the capacity asked about (or the present one), each way side by side."""
    ways = {p["way"]: p["months"] for p in a.get("projection", ())}
    now = ways.get("as now", [])
    rows = [
        {
            "month": month(m["month"]),
            "size": whole(m["size"]),
            "now": share(m["share_within_18_weeks"]),
            "longest": share(ways["longest first"][i]["share_within_18_weeks"]),
            "alike": share(ways["in proportion"][i]["share_within_18_weeks"]),
            "treated": whole(m["treated"]),
        }
        for i, m in enumerate(now)
    ]
    columns = (
        Column("month", "Month"),
        Column("size", "Waiting", numeric=True, note="as now"),
        Column("now", "Under 18 weeks", numeric=True, note="as now"),
        Column("longest", "Under 18 weeks", numeric=True, note="longest first"),
        Column("alike", "Under 18 weeks", numeric=True, note="all alike"),
        Column("treated", "Treated", numeric=True),
    )
    return Grid(
        "projection", "Where it goes at that capacity", columns, rows, empty=a.get("why_none") or a.get("why") or ""
    )


def told_grid(a: Answer) -> Grid:
    """What the model would have told a year ago beside what happened: how far to believe it."""
    rows = [
        {
            "way": WAYS[t["way"]],
            "told": share(t["share_told"]),
            "was": share(t["share_was"]),
            "size_told": whole(t["size_told"]),
            "size_was": whole(t["size_was"]),
        }
        for t in a.get("told_the_past", ())
    ]
    columns = (
        Column("way", "Way"),
        Column("told", "Share told", numeric=True),
        Column("was", "Share there was", numeric=True),
        Column("size_told", "List told", numeric=True),
        Column("size_was", "List there was", numeric=True),
    )
    return Grid("told", "Told from a year ago, with what was then treated", columns, rows, empty="The records are too short to try the model on their past.")  # fmt: skip


def published_grid(lists: Sequence[Answer]) -> Grid:
    """The newest list by weeks waited of each organisation that has an imported one."""
    rows = [
        {
            "name": f["name"],
            "month": month(f["at_end_of"]),
            "size": whole(f["size"]),
            "share": share(f["share_within_18_weeks"]),
            "year": whole(f["over_52_weeks"]),
            "load": Cell(paper.number(f["load"]["load"], 2), sort=f["load"]["load"], note=f["load"]["said"])
            if f["load"] and f["load"]["load"] is not None
            else Cell("Not known", note=f["why_no_load"] or ""),
        }
        for f in lists
    ]
    columns = (
        Column("name", "Organisation"),
        Column("month", "Month"),
        Column("size", "Waiting", numeric=True),
        Column("share", "Under 18 weeks", numeric=True),
        Column("year", "Over 52 weeks", numeric=True),
        Column("load", "Load", numeric=True),
    )
    empty = "No list by weeks waited was imported: oneplace measures import, with the publication’s full RTT file."
    return Grid("published", "Published lists", columns, rows, empty=empty)


def waiting_chart(a: Answer) -> Line | None:
    """The list's share under 18 weeks as it would go, beside the share asked for."""
    if a.get("why_none") or not a.get("projection"):
        return None
    months = a["projection"][0]["months"]
    start = LinePoint(dt.date.fromisoformat(a["at_end_of"]), 100 * a["share_within_18_weeks"])
    points = (start, *(LinePoint(dt.date.fromisoformat(m["month"]), 100 * m["share_within_18_weeks"]) for m in months))
    last, needed = months[-1], a["needed"]
    return Line(
        id="waiting-list",
        title="Under 18 weeks, treating people as now",
        finding=f"{paper.percent(100 * last['share_within_18_weeks'], 1)} in {paper.month(dt.date.fromisoformat(last['month']))}, with {paper.number(round(last['treated']))} treated a month",
        measure="Under 18 weeks",
        unit="%",
        points=points,
        targets=(Target("Asked for", needed["target_percent"]),) if needed else (),
        decimals=1,
        missing="nothing is projected",
    )
