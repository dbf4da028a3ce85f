"""What arrived, what was refused and what was decided. In: feeds of a build. Out: grids and a chart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.urls import reverse

from oneplace.answers.arrivals import Feed
from oneplace.answers.findings import severity_of
from oneplace.report import words as paper
from oneplace.report.charts import (
    SIGNAL_OF,
    Limits,
    Line,
    LinePoint,
)
from oneplace.safety.disclose import disclose
from oneplace.web.analyst.models import FeedDecision
from oneplace.web.analyst.presenters.model import count_cell
from oneplace.web.components import words
from oneplace.web.components.grid import Cell, Column, Grid
from oneplace.web.config import place

STATE_TONES = {"accepted": "green", "held": "red"}


def of_rows(count: int) -> Cell:
    """Rows are events of people: few of them are not shown inside the place either."""
    return count_cell(disclose(count, place.place().suppression.inside, totals=False).cells)


def feeds_grid(
    feeds: Sequence[Feed], rejected: Mapping[str, int], failed: Mapping[str, int], decided: Mapping[str, FeedDecision]
) -> Grid:
    rows = []
    for f in feeds:
        d = decided.get(f.name)
        rows.append(
            {
                "feed": Cell(f.name, href=reverse("feed", args=[f.name])),
                "rows": of_rows(f.rows),
                "refused": rejected.get(f.name),
                "last": Cell(paper.month(f.last), sort=f.last.isoformat()) if f.last else None,
                "count": of_rows(f.counts[-1]) if f.counts else None,
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


def arrived_grid(rows: Iterable[Mapping[str, Any]]) -> Grid:
    """Published figures: what is here beside what was due."""
    made = [
        {
            "measure": Cell(r["title"], href=reverse("measure_page", args=[r["measure"]])),
            "newest": Cell(paper.month(r["newest"]), sort=r["newest"].isoformat()),
            "due": Cell(paper.month(r["due"]), sort=r["due"].isoformat()),
            "late": Cell(paper.plural(r["late_months"], "month"), sort=r["late_months"], tone="orange")
            if r["late_months"]
            else Cell("In time", sort=0, tone="grey"),
            "state": Cell(r["status"].capitalize(), tone="grey" if r["status"] == "final" else "yellow"),
            "organisations": r["organisations"],
            "stopped": ", ".join(r["stopped"]) or None,
            "imported": r["imported_at"],
        }
        for r in rows
    ]
    columns = (
        Column("measure", "Measure"),
        Column("newest", "Newest month here"),
        Column("due", "Newest month due"),
        Column("late", "Behind by"),
        Column("state", "It is"),
        Column("organisations", "Organisations", numeric=True),
        Column("stopped", "No longer among them"),
        Column("imported", "Imported"),
    )
    empty = "No published figures were imported: oneplace measures import."
    return Grid("arrived", "Published figures beside the calendar", columns, made, empty=empty)


def restatements_grid(rows: Iterable[Mapping[str, Any]]) -> Grid:
    def said(r: Mapping[str, Any]) -> str:
        counts = f"{r['numerator']:,.0f}" if r["numerator"] is not None else ""
        of = f" of {r['denominator']:,.0f}" if r["denominator"] is not None else ""
        value = paper.number(r["value"], paper.decimals_for([r["value"]])) if r["value"] is not None else "withheld"
        return f"{value}{f' ({counts}{of})' if of else ''}, {r['status']}, {words.day(r['imported_at'])}"

    made = [
        {
            "month": Cell(paper.month(r["month"]), sort=r["month"].isoformat()),
            "measure": r["measure"],
            "organisation": r["organisation"],
            "first": said(r["first"]),
            "now": said(r["now"]),
        }
        for r in rows
    ]
    columns = (
        Column("month", "Month"),
        Column("measure", "Measure"),
        Column("organisation", "Organisation"),
        Column("first", "Said first"),
        Column("now", "Says now"),
    )
    empty = "No imported figure was changed by a later publication."
    return Grid("restatements", "Restatements", columns, made, searchable=True, empty=empty)


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
            "passed": Cell("Passed", tone="grey") if c["passed"] else _failed(c),
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


def _failed(check: Mapping[str, Any]) -> Cell:
    serious = severity_of(check) == "serious"
    return Cell("Failed, serious" if serious else "Failed", tone="red" if serious else "orange")


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
        [{**r, "people": of_rows(r["people"])} for r in rows],
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
        finding=f"{of_rows(feed.counts[-1])} rows in {paper.month(feed.months[-1])}: {feed.usual}",
        measure="Rows",
        unit="",
        decimals=0,
        points=tuple(
            LinePoint(
                m, disclose(n, place.place().suppression.inside, totals=False).cells, SIGNAL_OF.get(t or "", "common")
            )
            for m, n, t in zip(feed.months, feed.counts, x.point_type if x else [None] * len(feed.months), strict=True)
        ),
        limits=limits,
        from_zero=True,
    )


def decided_when(d: FeedDecision) -> str:
    return f"{d.state.capitalize()} by {d.changed_by.name}, {words.moment(d.changed_at)}"
