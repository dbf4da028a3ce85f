"""The board's own lists: charts and their months, neighbourhoods, papers and what moved between
them, decisions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.urls import reverse

from oneplace.report import words as paper
from oneplace.report.board.paper import Picture
from oneplace.report.charts import Line
from oneplace.report.kept import Kept
from oneplace.report.trace import Figure, moved
from oneplace.web import parts
from oneplace.web.board.models import Publication
from oneplace.web.board.presenters import key, per_unit
from oneplace.web.components import paper as blocks
from oneplace.web.components.listing import STAR, Cell, Column, Context, Grid, Listing, to
from oneplace.web.components.notation import CAPITAL, DAY_OF, MONTH

STATE_TONES = {"asked": "yellow", "decided": "green", "done": "blue", "withdrawn": "grey"}


# --- charts ---------------------------------------------------------------------------------------
def _last(p: Picture) -> Any:
    """The newest point that has a value, of a line."""
    points = p.drawing.points if isinstance(p.drawing, Line) else ()
    return next((x for x in reversed(points) if x.value is not None), None)


def _latest(p: Picture) -> Cell | None:
    last = _last(p)
    if last is None:
        return None
    said = paper.quantity(last.value, p.drawing.unit, p.drawing.decimals)
    return Cell(said, sort=float(last.value))


def _icon(at: int) -> Callable[[Picture], Any]:
    return lambda p: blocks.cell(p.icons[at]) if len(p.icons) > at else None


# Every chart there is, with its last value and what its icons say: the way into each.
CHARTS = Listing(
    "charts",
    "Month by month",
    Column("title", "Measure", "drawing.title", link=to("chart_page", "drawing.id")),
    Column(
        "month",
        "Latest month",
        lambda p: getattr(_last(p), "period", None),
        MONTH,
        none="No actual figure",
    ),
    Column("value", "Latest", _latest, numeric=True),
    Column("variation", "Variation", _icon(0)),
    Column("assurance", "Standard", _icon(1)),
    Column("finding", "What it says", "drawing.finding"),
    empty="No monthly figures are in this place’s tables.",
)


def _point(at: int) -> Callable[[tuple[Any, Any]], Cell]:
    """A value of a chart's table as the chart reads it, taken away unrounded; a row is the raw and
    the read one."""

    def cell(row: tuple[Any, Any]) -> Cell:
        raw, text = row[0][at], row[1][at]
        return Cell(text, sort="" if raw is None else raw, csv=raw)

    return cell


def months(picture: Picture) -> Grid:
    """The months behind a chart, the newest first; its CSV holds the figures unrounded."""
    t = picture.drawing.table()
    columns = (
        Column(f"c{i}", h, _point(i), numeric=numeric)
        for i, (h, numeric) in enumerate(zip(t.header, t.numeric(), strict=True))
    )
    listing = Listing("months", "Month by month", *columns, empty="No month has a figure.")
    return listing.of(list(zip(reversed(t.rows), reversed(t.display()), strict=True)))


# Where the limits of a chart start afresh, and why: nobody moves them in silence.
REBASES = Listing(
    "rebases",
    "Rebase log",
    Column("on", "From", show=MONTH),
    Column("reason", "Why the limits start afresh"),
    empty="The limits of this chart have never been started afresh: they rest on every month shown.",
)


def rebases(picture: Picture) -> Grid:
    """The rebases of a line; other drawings have none."""
    return REBASES.of(picture.drawing.rebases if isinstance(picture.drawing, Line) else ())


# --- inequality -----------------------------------------------------------------------------------
def _rate(r: Mapping[str, Any]) -> Cell | None:
    value = r["value"]
    return None if value is None else Cell(paper.number(value, 1), sort=value, csv=value)


def _interval(r: Mapping[str, Any]) -> str | None:
    if r["lower"] is None:
        return None
    return f"{paper.number(r['lower'], 1)} to {paper.number(r['upper'], 1)}"


def _nothing_compared(c: Context) -> str:
    why = c.found.get("why") or "the place has no neighbourhoods in its tables"
    return f"Nothing is compared: {why}."


NEIGHBOURHOODS = Listing(
    "neighbourhoods",
    "By neighbourhood",
    Column("name", "Neighbourhood"),
    Column(
        "value",
        "Rate",
        _rate,
        numeric=True,
        none=STAR,
        note=lambda c: per_unit(c.found) if c.rows else None,
    ),
    Column("interval", "95% interval", _interval, numeric=True),
    Column("numerator", "Counted", numeric=True, none=STAR),
    Column("denominator", "Residents", numeric=True, none=STAR),
    empty=_nothing_compared,
)


# --- papers ---------------------------------------------------------------------------------------
def _published(k: Kept, states: Mapping[str, Publication]) -> bool:
    found = states.get(key(k))
    return found is not None and found.state == "published"


PAPERS = Listing(
    "papers",
    "Board papers",
    Column(
        "month",
        "Month",
        parts.month_of,
        MONTH,
        sort="month",
        link=to("paper", "month", "number"),
    ),
    Column("number", "Paper", numeric=True),
    Column("on", "Position on", "manifest.on"),
    Column("figures", "Figures, each traced", "manifest.figures", numeric=True),
    Column(
        "pdf",
        "Print",
        lambda k: "PDF" if k.pdf.exists() else None,
        link=to("paper_pdf", "month", "number"),
    ),
    Column(
        "state",
        "State",
        lambda k, c: "Published" if _published(k, c.states) else "Not published",
        tone=lambda k, c: "green" if _published(k, c.states) else "grey",
        when=lambda c: c.inside,
    ),
    Column(
        "about",
        "About it",
        lambda _: "What moved",
        link=to("paper_about", "month", "number"),
        when=lambda c: c.inside,
    ),
    empty=lambda c: (
        "No paper has been kept yet. A planner or the board makes the first one here."
        if c.inside
        else "No paper has been published yet."
    ),
)


def papers(kept: Iterable[Kept], states: Mapping[str, Publication], *, inside: bool) -> Grid:
    """The papers; outside only those that are published."""
    rows = (k for k in kept if inside or _published(k, states))
    return PAPERS.of(rows, states=states, inside=inside)


def _why(pair: tuple[Figure, Figure]) -> str:
    return paper.sentence(moved(*pair).brief.split(": ", 1)[-1])


# A row is a figure as the paper before has it, and as this one does.
MOVED = Listing(
    "moved",
    "Figures that moved since the paper before",
    Column(
        "label",
        "Figure",
        lambda pair: pair[1].label,
        link=lambda pair: reverse("why", args=[pair[1].trace.figure_id]),
    ),
    Column("then", "It said", lambda pair: pair[0].words(), numeric=True),
    Column("now", "This paper", lambda pair: pair[1].words(), numeric=True),
    Column("why", "Why it moved", _why),
    empty="No figure differs from the paper before.",
)


def movements(now: Mapping[str, Figure], before: Mapping[str, Figure]) -> Grid:
    """Every figure that differs between two papers, and why."""
    pairs = ((before[id], figure) for id, figure in now.items() if id in before)
    return MOVED.of((a, b) for a, b in pairs if a.trace.unit == b.trace.unit and a.value != b.value)


# --- decisions ------------------------------------------------------------------------------------
DECISIONS = Listing(
    "decisions",
    "Decisions",
    Column("question", "Question", link=to("decision", "pk")),
    Column("paper", "Paper"),
    Column("decision", "Decision", none="Not yet"),
    Column("owner", "Owner"),
    Column(
        "due",
        "Due",
        "due_on",
        DAY_OF,
        beside=lambda d, c: "overdue" if d.due_on < c.on and d.state == "decided" else None,
    ),
    Column("state", "State", show=CAPITAL, tone=STATE_TONES),
    Column("by", "Last written by", "changed_by.name"),
    empty="The board has recorded no decision yet.",
)
