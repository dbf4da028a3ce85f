"""What arrived, what was refused and what was decided. In: feeds of a build. Out: lists and a
chart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oneplace.answers.arrivals import MOST_REJECTS, Feed
from oneplace.answers.findings import severity_of
from oneplace.report import words as paper
from oneplace.report.charts import (
    SIGNAL_OF,
    Limits,
    Line,
    LinePoint,
)
from oneplace.report.trace import Figure
from oneplace.safety.disclose import disclose
from oneplace.web import place
from oneplace.web.analyst.models import FeedDecision
from oneplace.web.analyst.presenters.model import count_cell
from oneplace.web.components import words
from oneplace.web.components.listing import Cell, Column, Context, Listing, item, to
from oneplace.web.components.notation import AS_GIVEN, CAPITAL, MONTH, Notation, share
from oneplace.web.components.tiles import tile

STATE_TONES = {"accepted": "green", "held": "red"}


def of_rows(count: int) -> Cell:
    """Rows are events of people: few of them are not shown inside the place either."""
    return count_cell(disclose(count, place.place().suppression.inside, totals=False).cells)


def _decision(f: Feed, c: Context) -> Cell:
    d = c.decided.get(f.name)
    if d is None:
        return Cell("Not decided", tone="yellow")
    return Cell(d.state.capitalize(), tone=STATE_TONES[d.state], note=d.reason or None)


FEEDS = Listing(
    "feeds",
    "What arrived",
    Column("feed", "Table", "name", link=to("feed", "name")),
    Column("rows", "Rows accepted", lambda f: of_rows(f.rows), numeric=True),
    Column("refused", "Refused", lambda f, c: c.rejected.get(f.name), numeric=True),
    Column("last", "Last full month", show=MONTH),
    Column(
        "count",
        "Rows in it",
        lambda f: of_rows(f.counts[-1]) if f.counts else None,
        numeric=True,
    ),
    Column(
        "usual",
        "Beside its months",
        show=CAPITAL,
        tone=lambda f: "orange" if "than usual" in f.usual else "grey",
    ),
    Column("checks", "Checks failed", lambda f, c: c.failed.get(f.name), numeric=True),
    Column("state", "Decision", _decision),
    empty="This build holds no tables.",
)


def _finality(status: str) -> str:
    return "grey" if status == "final" else "yellow"


CALENDAR = Listing(
    "calendar",
    "When figures can be had",
    Column("feed", "Feed", lambda r: r["feed"][:1].upper() + r["feed"][1:]),
    Column("newest", "Newest month due", show=MONTH),
    Column("state", "It is", show=CAPITAL, tone=lambda r: _finality(r["state"])),
    Column("next", "Next month", "next_month", MONTH),
    Column("due", "Due on", "next_due"),
    empty="The place declares no calendar of feeds (feeds in place.yaml).",
)


# Published figures: what is here beside what was due.
ARRIVED = Listing(
    "arrived",
    "Published figures beside the calendar",
    Column("measure", "Measure", "title", link=to("measure_page", "measure")),
    Column("newest", "Newest month here", show=MONTH),
    Column("due", "Newest month due", show=MONTH),
    Column(
        "late",
        "Behind by",
        lambda r: paper.plural(r["late_months"], "month") if r["late_months"] else "In time",
        sort="late_months",
        tone=lambda r: "orange" if r["late_months"] else "grey",
    ),
    Column("state", "It is", "status", CAPITAL, tone=lambda r: _finality(r["status"])),
    Column("organisations", "Organisations", numeric=True),
    Column("stopped", "No longer among them", lambda r: ", ".join(r["stopped"]) or None),
    Column("imported", "Imported", "imported_at"),
    empty="No published figures were imported: oneplace measures import.",
)


def _publication(r: Mapping[str, Any]) -> str:
    """A figure as one publication had it: value, counts, whether final, when."""
    counts = f"{r['numerator']:,.0f}" if r["numerator"] is not None else ""
    of = f" of {r['denominator']:,.0f}" if r["denominator"] is not None else ""
    value = AS_GIVEN.text(r["value"]) if r["value"] is not None else "withheld"
    return (
        f"{value}{f' ({counts}{of})' if of else ''}, {r['status']}, {words.day(r['imported_at'])}"
    )


RESTATEMENTS = Listing(
    "restatements",
    "Restatements",
    Column("month", "Month", show=MONTH),
    Column("measure", "Measure"),
    Column("organisation", "Organisation"),
    Column("first", "Said first", lambda r: _publication(r["first"])),
    Column("now", "Says now", lambda r: _publication(r["now"])),
    empty="No imported figure was changed by a later publication.",
)


REJECTS = Listing(
    "rejects",
    lambda c: "Refused rows" + (f", the first {c.most:,}" if len(c.rows) >= c.most else ""),
    Column("table_name", "Table"),
    Column("file", "File"),
    Column("line", "Line", numeric=True),
    Column("column_name", "Column"),
    Column("value", "Found"),
    Column("expected", "Expected"),
    Column("reason", "Reason"),
    empty="No row was refused.",
    usual={"most": MOST_REJECTS},
)


REASONS = Listing(
    "reasons",
    "Refused, by reason",
    Column("reason", "Reason", item(0)),
    Column("rows", "Rows", item(1), numeric=True),
    empty="No row was refused.",
)


NO_CHECKS = {
    "synthetic": "Not checked here: demonstration records are made by the program, whose own tests check them."
}


CHECKS = Listing(
    "checks",
    "Quality checks",
    Column("check", "Check", "check_name"),
    Column("category", "About", show=CAPITAL),
    Column("table", "Table", "table_name"),
    Column("wanting", "Wanting", numeric=True),
    Column("looked", "Looked at", "looked_at", numeric=True),
    Column("share", "Share", show=share(2)),
    Column("most", "Usual up to", "most_share", share(0)),
    Column(
        "passed",
        "Answer",
        lambda x: Cell("Passed", tone="grey") if x["passed"] else _failed(x),
    ),
    Column("says", "In words", "sentence"),
    empty=lambda c: NO_CHECKS.get(
        c.basis, "This build carries no quality checks: build the place again."
    ),
)


def _failed(check: Mapping[str, Any]) -> Cell:
    serious = severity_of(check) == "serious"
    return Cell("Failed, serious" if serious else "Failed", tone="red" if serious else "orange")


UNMAPPED = Listing(
    "unmapped",
    "Codes that no list maps",
    Column("table_name", "Table"),
    Column("concept_id", "Code", show=Notation(str)),
    Column("rows", "Rows", numeric=True),
    empty="Every code in the records is known.",
)


SOURCES = Listing(
    "sources",
    "Files that were read",
    Column("file", "File"),
    Column("rows", "Rows", numeric=True),
    Column("bytes", "Bytes", numeric=True),
    Column("sha256", "SHA-256 begins", lambda x: x["sha256"][:16]),
    empty="No file was read: the records were made by the program.",
)


SILENT = Listing(
    "silent",
    "Practices that stopped",
    Column("practice_code", "Practice"),
    Column("people", "Registered", lambda r: of_rows(r["people"]), numeric=True),
    empty="Every practice with people registered had visits in the last month.",
)


def feed_chart(feed: Feed) -> Line | None:
    """Rows by month with their usual range: a feed that stops or doubles shows here first."""
    if not feed.months:
        return None
    x = feed.chart
    limits = (
        (Limits(feed.months[0], feed.months[-1], x.mean[-1], x.lower[-1], x.upper[-1]),)
        if x
        else ()
    )
    return Line(
        id="rows",
        title=f"Rows of {feed.name} by month",
        finding=f"{of_rows(feed.counts[-1])} rows in {paper.month(feed.months[-1])}: {feed.usual}",
        measure="Rows",
        unit="",
        decimals=0,
        points=tuple(
            LinePoint(
                m,
                disclose(n, place.place().suppression.inside, totals=False).cells,
                SIGNAL_OF.get(t or "", "common"),
            )
            for m, n, t in zip(
                feed.months,
                feed.counts,
                x.point_type if x else [None] * len(feed.months),
                strict=True,
            )
        ),
        limits=limits,
        from_zero=True,
    )


def decided_when(d: FeedDecision) -> str:
    return f"{d.state.capitalize()} by {d.changed_by.name}, {words.moment(d.changed_at)}"


def feeds_tiles(
    figures: Mapping[str, Figure], *, tables: int, checks: int, arrived: int, held: int
) -> list[dict[str, Any]]:
    """May I publish? Of how many tables and checks stands beside each figure."""
    said = {
        "accepted": ("rows accepted", f"in {tables} tables"),
        "refused": ("rows refused", None),
        "failed": ("checks failed", f"of {checks}"),
        "unmapped": ("codes that no list maps", None),
        "decided": ("tables accepted", f"of {arrived}; {held} held"),
    }
    return [tile(figures.get(f"feeds.{k}"), name, note=note) for k, (name, note) in said.items()]
