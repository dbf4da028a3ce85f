"""A measure's signals and rebase log, and the waiting list: lists, figures, a chart.

In: answers of `answers.performance`. Out: what the pages of `measure_views` and the page of a
measure show.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from oneplace.measures.saying import signals_in_words
from oneplace.place.standards import SAID
from oneplace.report import words as paper
from oneplace.report.charts import DatedStandard, Line, LinePoint
from oneplace.report.trace import Figure
from oneplace.safety.disclose import disclose
from oneplace.web import place
from oneplace.web.components.listing import STAR, Cell, Column, Context, Grid, Listing, item
from oneplace.web.components.notation import (
    AS_GIVEN,
    COUNT,
    DAY_OF,
    MONTH_OF_TEXT,
    Notation,
    coded,
    nothing,
)
from oneplace.web.components.tiles import tile

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


WHOLE = Notation(lambda v: paper.number(round(v), 0), csv=round, numeric=True)
OF_ALL = Notation(lambda v: paper.percent(100 * v, 1), csv=lambda v: 100 * v, numeric=True)


# --- a measure ------------------------------------------------------------------------------------
def _no_signal(c: Context) -> str:
    chart = c.page["chart"]
    if chart is not None and chart["variation"] is not None:
        return "No signal: every month lies in the usual variation."
    return "No signal can be told: there is no control chart, or too few points for its limits."


# Every signal of the chart in words, the newest first.
SIGNALS = Listing(
    "signals",
    "Its signals in words",
    Column("from", "From", show=MONTH_OF_TEXT),
    Column("to", "To", show=MONTH_OF_TEXT),
    Column("meaning", "For the", lambda s: MEANS[s["meaning"]]),
    Column("said", "What the chart says"),
    empty=_no_signal,
)


def signals(page: Answer) -> Grid:
    """The signals of a measure's chart, the newest first."""
    return SIGNALS.of(list(reversed(signals_in_words(page))), page=page)


def _forecast(value: float, c: Context) -> str:
    return paper.percent(value, 1) if c.unit.startswith("%") else paper.number(round(value))


# Where the figure is going, month by month.
AHEAD = Listing(
    "ahead",
    "Where it is going",
    Column("month", "Month", show=MONTH_OF_TEXT),
    Column(
        "median",
        "As likely above as below",
        lambda m, c: _forecast(m["median"], c),
        sort="median",
        numeric=True,
        note=lambda c: c.unit,
    ),
    Column(
        "range80",
        "4 in 5 lie in",
        lambda m, c: f"{_forecast(m['lower80'], c)} to {_forecast(m['upper80'], c)}",
        numeric=True,
    ),
    Column(
        "range95",
        "19 in 20 lie in",
        lambda m, c: f"{_forecast(m['lower95'], c)} to {_forecast(m['upper95'], c)}",
        numeric=True,
    ),
    empty=lambda c: f"Nothing is forecast: {c.why or ''}.",
)


def ahead(page: Answer) -> Grid:
    """The next twelve months of a measure as they are forecast."""
    made = page["forecast"]
    return AHEAD.of(made.get("months", ())[:12], unit=page["measure"]["unit"], why=made.get("why"))


def signal_in_words(page: Answer) -> str:
    """What an exception report starts from: the newest signal, else the figure beside its
    standard."""
    said = signals_in_words(page)
    if said:
        return str(said[-1]["said"])
    pledge = page["constitution"] or {}
    judged = next((s["why"] for s in page["standards"] if s["judged"] == "not met"), None)
    return str(judged or pledge.get("why") or "")


def _undo(r: Answer, c: Context) -> Cell | None:
    if not r["entry"] or r["state"] != "standing":
        return None
    return Cell("Withdraw it", href=reverse("withdraw_rebase", args=[c.measure, r["entry"]]))


# Every rebase ever said of this chart, those withdrawn with the reason.
REBASES = Listing(
    "rebases",
    "Rebase log",
    Column("month", "From", show=MONTH_OF_TEXT),
    Column("reason", "Why the limits start afresh"),
    Column("author", "Who says so"),
    Column("on", "Said on", show=DAY_OF),
    Column(
        "from",
        "Where it is said",
        lambda r: "The measure’s document" if r["from"] == "document" else "This page",
    ),
    Column(
        "state",
        "State",
        lambda r: f"Withdrawn: {r['withdrawn']}" if r["state"] == "withdrawn" else "Holds",
    ),
    Column("undo", "Undo", _undo, when=lambda c: c.edit),
    empty="The limits have never been started afresh: they rest on every month shown.",
)


def wanted(operator: str, value: float, unit: str) -> str:
    """What a pledge asks for: "at least 92%", "under 4 hours"."""
    return f"{SAID[operator]} {AS_GIVEN.text(value)}{'%' if unit == '%' else ' ' + unit}"


# The dated standards behind the judgement of each month.
PLEDGES = Listing(
    "pledges",
    "In force from when to when",
    Column("title", "Standard"),
    Column("wanted", "Wanted", lambda p: wanted(p["operator"], p["value"], p["unit"])),
    Column("start", "From", show=DAY_OF),
    Column("end", "Until", show=DAY_OF, none="In force"),
    Column("source", "Source"),
    empty="No pledge applies to this measure.",
)


# --- the waiting list -----------------------------------------------------------------------------
def waiting_tiles(
    a: Answer, kind: str, figures: Mapping[str, Figure], *, own_numbers: bool = False
) -> list[dict[str, Any]]:
    """The list as stock and flow. What the reader's `own_numbers` ask for is this page's alone."""
    if a.get("why_none"):
        return []
    flow, queue, stem = a["a_month"], a["queue"], f"waiting.{kind}"
    notes = {
        "size": ("waiting", f"at the end of {paper.month(dt.date.fromisoformat(a['at_end_of']))}"),
        "share": (
            "of them under 18 weeks",
            f"{a['basis']}; reckoned from whole months waited, so a little off the share counted by the day, which its measure shows",
        ),
        "joining": ("join a month", f"mean of {paper.plural(flow['months_counted'], 'month')}"),
        "treated": (
            "are treated a month",
            f"{paper.number(round(flow['leaving_untreated']))} leave untreated",
        ),
        "load": ("load: joining over leaving", f"{a['load']['said']}; above 1 it grows"),
    }
    found = [
        tile(f, name, note=note)
        for k, (name, note) in notes.items()
        if (f := figures.get(f"{stem}.{k}"))
    ]
    note = f"to bring the list to {paper.number(round(queue['target_size']))} in {paper.number(round(queue['weeks']))} weeks; now {paper.number(round(queue['capacity_a_week']))}"
    relief = None if own_numbers else figures.get(f"{stem}.relief")
    asked = paper.number(round(queue["relief_capacity_a_week"]))
    return [*found, tile(relief, "relief capacity a week", note=note, none=asked)]


def _what_it_takes(c: Context) -> str:
    needed = c.a.get("needed")
    if not needed:
        return "What it would take"
    by = paper.month(dt.date.fromisoformat(needed["by"]))
    return f"What it would take to have {needed['target_percent']:g}% under 18 weeks at the end of {by}"


# What it would take to have the share within 18 weeks by the month, each way of choosing whom to
# treat.
NEEDED = Listing(
    "needed",
    _what_it_takes,
    Column("way", "Way", show=coded(WAYS)),
    Column(
        "able",
        "Treated a month",
        "treated_a_month",
        WHOLE,
        none=Cell("No capacity does", tone="orange"),
    ),
    Column(
        "more",
        "More than now",
        "more_than_now",
        Notation(lambda v: paper.number(round(v), 0, signed=True), csv=round, numeric=True),
    ),
    Column(
        "percent",
        "In per cent",
        "more_percent",
        Notation(lambda v: f"{v:+.0f}%", csv=nothing, numeric=True),
    ),
    Column("reached", "Share reached", "share_reached", OF_ALL),
    Column("said", "In words"),
    empty=lambda c: (
        f"Nothing is asked of a month that is past: {c.a.get('why') or c.a.get('why_none') or ''}"
    ),
)


def needed(a: Answer) -> Grid:
    """The ways there are, or why none is worked out."""
    asked = a.get("needed")
    return NEEDED.of(asked["ways"] if asked else (), a=a)


def _leaving() -> str:
    return place.place().suppression.leaving


COUNTED = {"show": COUNT, "none": STAR}  # a star where people of the records are too few to show


def stock(a: Answer) -> Grid:
    """The list by months waited, as it may leave the place."""
    found = a.get("by_months_waited", ())
    shown = disclose([round(c["people"]) for c in found], _leaving())
    rows = [
        {**c, "people": n, "total": shown.total, "leaving": leaving}
        for c, n, leaving in zip(
            found, shown.cells, a["leaving_share"] if found else (), strict=False
        )
    ]
    return STOCK.of(rows, a=a)


STOCK = Listing(
    "stock",
    "The list by months waited",
    Column(
        "months",
        "Whole months waited",
        lambda c: f"{c['months']} or more" if c["open"] else str(c["months"]),
        sort="months",
        numeric=True,
    ),
    Column("people", "People", **COUNTED),
    Column(
        "share",
        "Of the list",
        lambda c: c["people"] / c["total"] if c["people"] is not None and c["total"] else None,
        OF_ALL,
    ),
    Column("leaving", "Leave untreated in a month", show=OF_ALL),
    empty=lambda c: c.a.get("why_none") or "",
)


MOVES = ("joined", "treated", "left_untreated", "size")


def flow(a: Answer) -> Grid:
    """Who came and went, the newest month first, as it may leave the place. Whoever knows the list
    at both ends, who joined and who was treated knows who left, so those two stand together or not
    at all."""
    rows = []
    for h in reversed(a.get("history", ())):
        cells = disclose([round(h[k]) for k in MOVES], _leaving(), totals=False).cells
        joined, treated, left, size = cells
        both = treated is not None and left is not None
        rows.append((h["month"], joined, treated if both else None, left if both else None, size))
    return FLOW.of(rows, a=a)


FLOW = Listing(
    "flow",
    "Who came and went",
    Column("month", "Month", item(0), MONTH_OF_TEXT),
    Column("joined", "Joined", item(1), **COUNTED),
    Column("treated", "Treated", item(2), **COUNTED),
    Column("left", "Left untreated", item(3), **COUNTED),
    Column("size", "Waiting at its end", item(4), **COUNTED),
    empty=lambda c: c.a.get("why_none") or "",
)


def projection(a: Answer) -> Grid:
    """Where the list goes at the capacity asked about (or the present one), each way side by
    side."""
    ways = {p["way"]: p["months"] for p in a.get("projection", ())}
    return PROJECTION.of(list(zip(*(ways.get(w, ()) for w in WAYS), strict=True)), a=a)


# A row is the same month of each way, in the order of WAYS.
PROJECTION = Listing(
    "projection",
    "Where it goes at that capacity",
    Column("month", "Month", lambda m: m[0]["month"], MONTH_OF_TEXT),
    Column("size", "Waiting", lambda m: m[0]["size"], WHOLE, note="as now"),
    Column("now", "Under 18 weeks", lambda m: m[0]["share_within_18_weeks"], OF_ALL, note="as now"),
    Column(
        "longest",
        "Under 18 weeks",
        lambda m: m[1]["share_within_18_weeks"],
        OF_ALL,
        note="longest first",
    ),
    Column(
        "alike",
        "Under 18 weeks",
        lambda m: m[2]["share_within_18_weeks"],
        OF_ALL,
        note="all alike",
    ),
    Column("treated", "Treated", lambda m: m[0]["treated"], WHOLE),
    empty=lambda c: c.a.get("why_none") or c.a.get("why") or "",
)


# What the model would have told a year ago beside what happened: how far to believe it.
TOLD = Listing(
    "told",
    "Told from a year ago, with what was then treated",
    Column("way", "Way", show=coded(WAYS)),
    Column("told", "Share told", "share_told", OF_ALL),
    Column("was", "Share there was", "share_was", OF_ALL),
    Column("size_told", "List told", show=WHOLE),
    Column("size_was", "List there was", show=WHOLE),
    empty="The records are too short to try the model on their past.",
)


def _load(f: Answer) -> Cell:
    load = f["load"]
    if not load or load["load"] is None:
        return Cell("Not known", note=f["why_no_load"] or "")
    return Cell(paper.number(load["load"], 2), sort=load["load"], note=load["said"])


# The newest list by weeks waited of each organisation that has an imported one.
PUBLISHED = Listing(
    "published",
    "Published lists",
    Column("name", "Organisation"),
    Column("month", "Month", "at_end_of", MONTH_OF_TEXT),
    Column("size", "Waiting", show=WHOLE),
    Column("share", "Under 18 weeks", "share_within_18_weeks", OF_ALL),
    Column("year", "Over 52 weeks", "over_52_weeks", WHOLE),
    Column("load", "Load", _load, numeric=True),
    empty="No list by weeks waited was imported: oneplace measures import, with the publication’s full RTT file.",
)


def waiting_chart(a: Answer) -> Line | None:
    """The list's share under 18 weeks as it would go, beside the share asked for."""
    if a.get("why_none") or not a.get("projection"):
        return None
    months = a["projection"][0]["months"]
    start = LinePoint(dt.date.fromisoformat(a["at_end_of"]), 100 * a["share_within_18_weeks"])
    points = (
        start,
        *(
            LinePoint(dt.date.fromisoformat(m["month"]), 100 * m["share_within_18_weeks"])
            for m in months
        ),
    )
    last, needed = months[-1], a["needed"]
    return Line(
        id="waiting-list",
        title="Under 18 weeks, treating people as now",
        finding=f"{paper.percent(100 * last['share_within_18_weeks'], 1)} in {paper.month(dt.date.fromisoformat(last['month']))}, with {paper.number(round(last['treated']))} treated a month",
        measure="Under 18 weeks",
        unit="%",
        points=points,
        targets=(DatedStandard("Asked for", needed["target_percent"]),) if needed else (),
        decimals=1,
        missing="nothing is projected",
    )
