"""The lists of performance: every measure in a line, what needs attention, pledges missed, goals,
and the page of one measure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from oneplace.report import words as paper
from oneplace.report.board.performance import SIGNAL, VARIATION
from oneplace.web.board.measure_lists import SAID, wanted
from oneplace.web.board.measures import (
    Answer,
    assurance,
    chance,
    too_few,
    value,
    variation,
    verdict,
)
from oneplace.web.components import words
from oneplace.web.components.listing import STAR, Cell, Column, Context, Grid, Listing, to
from oneplace.web.components.notation import (
    AS_GIVEN,
    CAPITAL,
    COUNT,
    DAY_OF,
    LIST,
    MONTH_OF_TEXT,
    Notation,
)

NO_STANDARDS = "The place has no standards document."

OVERVIEW = Listing(
    "measures",
    "Every measure",
    Column("title", "Measure", link=to("measure_page", "measure"), beside="name"),
    Column("month", "Latest month", "latest.month", MONTH_OF_TEXT),
    Column(
        "value",
        "Latest",
        lambda m: STAR if m["latest"]["suppressed"] else value(m["latest"]["value"], m["unit"]),
        numeric=True,
    ),
    Column(
        "variation",
        "Variation",
        lambda m: variation(m["variation"]) or Cell(too_few(m["few"] or m["why_no_chart"])),
    ),
    Column("assurance", "As it runs", lambda m: assurance(m["assurance"])),
    Column(
        "judged",
        "Beside its standard",
        lambda m: verdict(m["standard"]["judged"]) if m["standard"] else None,
    ),
    Column("chance", "Chance of what was promised", lambda m: chance(m["chance"])),
    Column("basis", "Basis", "latest.basis", CAPITAL),
    Column("late", "Months late", lambda m: m["late_months"] or None, numeric=True),
    empty="No measure of this place has a figure yet.",
)

# Measures that are defined and have nothing to show, each with what to do about it.
WITHOUT_FIGURES = Listing(
    "without",
    "Measures without a figure",
    Column("title", "Measure", link=to("measure_page", "measure")),
    Column("why", "Why nothing is shown", lambda m: paper.sentence(m["why_none"] or "")),
    empty="Every measure has a figure.",
)


def overview(answer: Answer) -> list[Grid]:
    """Every measure that has a figure, and those that have none."""
    measures = answer["measures"]
    return [
        OVERVIEW.of(m for m in measures if m["latest"] is not None),
        WITHOUT_FIGURES.of(m for m in measures if m["latest"] is None),
    ]


EXCEPTIONS = Listing(
    "exceptions",
    "What needs attention",
    Column("title", "Measure", link=to("measure_page", "measure")),
    Column("why", "Why it needs attention", show=LIST),
    Column("chance", "Chance of what was promised", lambda e: chance(e["chance"])),
    Column("action", "What is being done", none="Nobody has said what is done"),
    Column("owner", "By whom", none="Nobody named"),
    Column("due", "By when", show=DAY_OF),
    Column("basis", "Basis", lambda e: ", ".join(e["basis"]).capitalize()),
    empty="No measure stands out.",
)


def _of_organisation(measure: str, organisation: str) -> str:
    return reverse("measure_page", args=[measure]) + f"?org={organisation}"


BREACHES = Listing(
    "breaches",
    "Pledges of the NHS Constitution missed in the latest month",
    Column("title", "Pledge", link=lambda b: _of_organisation(b["measure"], b["organisation"])),
    Column("name", "Whose figure"),
    Column("month", "Month", show=MONTH_OF_TEXT),
    Column("why", "What was found", lambda b: b["why"][:1].upper() + b["why"][1:]),
    Column("short", "Short by", "short_by", COUNT),
    Column("row", "Months in a row", "months_in_a_row", numeric=True),
    Column("basis", "Basis", show=CAPITAL),
    empty="No pledge that has a figure was missed.",
)


def _basis(g: Answer) -> str:
    return (g["basis"] or ("Evidence" if g["shown_by"] == "evidence" else "")).capitalize()


GOALS = Listing(
    "goals",
    "Goals and deliverables",
    Column(
        "title",
        "Goal",
        link=lambda g: reverse("measure_page", args=[g["measure"]]) if g["measure"] else None,
        beside="id",
    ),
    Column("domain", "Domain"),
    Column("wanted", "Wanted"),
    Column("by", "By", none="No date"),
    Column("verdict", "Verdict", lambda g: verdict(g["verdict"])),
    Column("why", "Why"),
    Column("basis", "Basis", _basis),
    Column("feed", "What would judge it"),
    Column(
        "attest",
        "Record",
        lambda _: "Evidence",
        link=to("goal_evidence", "id"),
        when=lambda c: c.attest,
    ),
    empty=NO_STANDARDS,
)

DOMAINS = Listing(
    "domains",
    "By domain",
    Column("domain", "Domain"),
    Column("goals", "Goals", numeric=True),
    Column("met", "Met", numeric=True),
    Column("not_met", "Not met", numeric=True),
    Column("estimate", "Local estimate", numeric=True),
    Column("no_data", "No figure", numeric=True),
    Column("deliverable", "Deliverables", numeric=True),
    Column("said", "In words"),
    empty=NO_STANDARDS,
)


# --- one measure ----------------------------------------------------------------------------------
@dataclass(frozen=True)
class BesideStandard:
    """A measure beside one thing that is asked of it: a dated standard, or a pledge of the NHS
    Constitution."""

    title: str
    wanted: str
    by: str
    due: str
    judged: str | None
    month: str | None
    why: str
    short_by: float | None
    source: str


def _asked(s: Answer) -> str:
    if s["value"] is None:
        return s["in_words"] or s["direction"] or ""
    return f"{SAID.get(s['operator'], '')} {AS_GIVEN.text(s['value'])} {s['unit'] or ''}".strip()


def beside_standards(page: Answer) -> list[BesideStandard]:
    """What is asked of a measure, with its verdict and why."""
    rows = [
        BesideStandard(
            f"{s['id']}: {s['title']}",
            _asked(s),
            s["by"] or "No date",
            s["due"].capitalize(),
            s["judged"],
            s["as_at"],
            s["why"] or "Judged by evidence",
            s["short_by"],
            s["source"],
        )
        for s in page["standards"]
    ]
    p = page["constitution"]
    if p:
        pledge = BesideStandard(
            f"{p['id']}: {p['title']}",
            wanted(p["operator"], p["value"], p["unit"]),
            f"In force since {words.day(p['start'])}",
            "Every month",
            p["judged"],
            page["latest"]["month"] if page["latest"] else None,
            p["why"] or "No figure",
            p["short_by"],
            p["source"],
        )
        rows.append(pledge)
    return rows


STANDARDS = Listing(
    "standards",
    "Beside its standards",
    Column("title", "Standard"),
    Column("wanted", "Wanted"),
    Column("by", "By"),
    Column("due", "Due"),
    Column("judged", "Verdict", lambda s: verdict(s.judged)),
    Column("month", "Month judged", show=MONTH_OF_TEXT),
    Column("why", "Why"),
    Column("short", "Short by", "short_by", COUNT),
    Column("source", "Source"),
    empty="No dated standard applies to this measure.",
)


def skill(past: Answer) -> str:
    """What such chances were worth in the past, beside two rules that need no model."""
    return (
        f"Brier score of {paper.plural(past['judged'], 'past chance')}: {paper.number(past['brier'], 3)}; "
        f"of the base rate {paper.number(past['brier_base_rate'], 3)}, "
        f"of the last value {paper.number(past['brier_last_value'], 3)} (0 is perfect)"
    )


def _how_much(d: Answer, c: Context) -> str:
    if d["wanted"] is None or not d["operator"]:
        return "No number"
    return f"{SAID[d['operator']]} {value(d['wanted'], c.unit)}"


# Each promise with the chance that it is kept in its month; where none is given, why.
CHANCES = Listing(
    "chances",
    "How likely what was promised is kept",
    Column("what", "What was promised"),
    Column("wanted", "How much", _how_much),
    Column("month", "In", show=MONTH_OF_TEXT),
    Column(
        "chance",
        "Chance",
        show=Notation(lambda p: paper.chance(100 * p), csv=lambda p: 100 * p, numeric=True),
    ),
    Column("why", "What it is worth, or why none is given", lambda d: d["why"] or skill(d["past"])),
    empty=lambda c: (
        f"None is given: {c.why or 'nothing with a date was promised of this measure'}."
    ),
)

Windows = tuple[str, Mapping[int, Answer]]


def _share(months: int) -> Callable[[Windows, Context], Any]:
    def cell(row: Windows, c: Context) -> Any:
        w = row[1].get(months)
        if w is None:
            return None
        return STAR if w["numerator"] is None else value(w["value"], c.unit)

    return cell


def _of(months: int) -> Callable[[Windows], str | None]:
    def text(row: Windows) -> str | None:
        w = row[1].get(months)
        if w is None or w["numerator"] is None or w["denominator"] is None:
            return None
        return f"about {w['numerator']:,} of {w['denominator']:,}"

    return text


def _unit(c: Context) -> str:
    return c.unit


# Quarter and year up to each month, for a pathway whose months are too small to show.
ROLLING = Listing(
    "rolling",
    "Rolling quarter and year",
    Column("until", "Up to", lambda row: row[0], MONTH_OF_TEXT),
    Column("quarter", "Three months", _share(3), numeric=True, note=_unit),
    Column("quarter_of", "Counted", _of(3)),
    Column("year", "Twelve months", _share(12), numeric=True, note=_unit),
    Column("year_of", "Counted", _of(12)),
    sortable=False,
    searchable=False,
)


def windows(page: Answer) -> list[Windows]:
    """The windows of a measure by the month in which they end, the newest first."""
    by: dict[str, dict[int, Answer]] = {}
    for w in page["rolling"]:
        by.setdefault(w["until"], {})[w["months"]] = w
    return sorted(by.items(), reverse=True)


def _in_unit(key: str) -> Callable[[Answer, Context], Cell | None]:
    return lambda p, c: value(p[key], c.unit)


def _count(key: str) -> Callable[[Answer], Cell | None]:
    return lambda p: None if p.get("suppressed") else value(p.get(key), "", decimals=0)


MONTHS = Listing(
    "months",
    "Month by month",
    Column("month", "Month", show=MONTH_OF_TEXT),
    Column(
        "value",
        "Value",
        lambda p, c: STAR if p.get("suppressed") else value(p["value"], c.unit),
        numeric=True,
        note=_unit,
    ),
    Column("numerator", "Counted", _count("numerator"), numeric=True),
    Column("denominator", "Of", _count("denominator"), numeric=True),
    Column(
        "kind",
        "Variation",
        show=Notation(lambda k: VARIATION[SIGNAL[k]], csv=lambda k: VARIATION[SIGNAL[k]]),
    ),
    Column("mean", "Mean", _in_unit("mean"), numeric=True),
    Column("lower", "Lower", _in_unit("lower"), numeric=True),
    Column("upper", "Upper", _in_unit("upper"), numeric=True),
    Column("planned", "Planned", _in_unit("planned"), numeric=True),
    Column("status", "State", show=CAPITAL),
    Column("basis", "Basis", show=CAPITAL),
    Column(
        "note",
        "Note",
        "caveat",
        when=lambda c: len({p.get("caveat") for p in c.rows}) > 1,
    ),
    empty=lambda c: f"No month has a figure: {c.why or 'none was imported'}.",
)


def _before(r: Answer, c: Context) -> str:
    return "; ".join(
        f"{value(b['value'], c.unit)} ({b['source']}, {b['status']})" for b in r["before"]
    )


RESTATED = Listing(
    "restated",
    "Restated months",
    Column("month", "Month", show=MONTH_OF_TEXT),
    Column("now", "Now", _in_unit("now"), numeric=True),
    Column("before", "Said before", _before),
    empty="No month of this measure was restated.",
)


def of_a_measure(page: Answer) -> list[Grid]:
    """The lists of one measure's page: standards, chances, months, windows, restatements."""
    unit = page["measure"]["unit"]
    return [
        STANDARDS.of(beside_standards(page)),
        CHANCES.of(page["forecast"]["by_date"], unit=unit, why=page["forecast"].get("why")),
        MONTHS.of(list(reversed(page["points"])), unit=unit, why=page["why_none"]),
        ROLLING.of(windows(page), unit=unit),
        RESTATED.of(page["restated"], unit=unit),
    ]


def _interval(r: Answer, c: Context) -> str | None:
    if r.get("lower") is None:
        return None
    return f"{value(r['lower'], c.unit)} to {value(r['upper'], c.unit)}"


def _counted(r: Answer) -> Cell | None:
    if r.get("numerator") is None or r.get("denominator") is None:
        return None
    return Cell(
        f"{paper.number(r['numerator'])} of {paper.number(r['denominator'])}",
        sort=r["denominator"],
    )


def _rank(r: Answer) -> Cell | None:
    rank = r.get("rank")
    if not rank:
        return None
    return Cell(
        f"{rank['rank']} of {rank['of']}",
        sort=rank["rank"],
        note=f"{rank['from']} to {rank['to']}",
    )


def _trend(r: Answer) -> Cell | None:
    trend = r.get("trend") or {}
    if trend.get("change") is None:
        return None
    said = paper.number(trend["change"], 1, signed=True)
    return Cell(said, sort=trend["change"], note=trend.get("said"))


# The same month of every organisation that has a figure.
BREAKDOWN = Listing(
    "breakdown",
    lambda c: f"By organisation{c.month and ': '}{c.month}",
    Column("name", "Organisation", link=lambda r, c: _of_organisation(c.measure, r["code"])),
    Column("value", "Value", _in_unit("value"), numeric=True),
    Column("interval", "95% interval", _interval, numeric=True),
    Column("counted", "Counted", _counted, numeric=True),
    Column("rank", "Rank", _rank, numeric=True),
    Column("trend", "Since a year before", _trend, numeric=True),
)


def breakdown(found: Answer | None, measure: str, unit: str) -> list[Grid]:
    """One list of the organisations beside each other; none where there is nothing to put there."""
    if not found or not found.get("rows"):
        return []
    month = paper.month(dt.date.fromisoformat(found["month"])) if found.get("month") else ""
    return [BREAKDOWN.of(found["rows"], measure=measure, unit=unit, month=month)]
