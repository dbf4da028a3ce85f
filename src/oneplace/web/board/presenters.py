"""The board's own tables as plain values: papers, decisions, where a figure is from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from oneplace.report import words as paper
from oneplace.report.kept import Kept
from oneplace.report.trace import Figure, moved
from oneplace.web.board.models import BoardDecision
from oneplace.web.components import words
from oneplace.web.components.grid import Cell, Column, Grid

STATE_TONES = {"asked": "yellow", "decided": "green", "done": "blue", "withdrawn": "grey"}


def decisions_grid(decisions: Iterable[BoardDecision]) -> Grid:
    rows = [
        {
            "question": Cell(d.question, href=reverse("decision", args=[d.pk])),
            "decision": d.decision or "Not yet",
            "owner": d.owner,
            "due": d.due_on,
            "state": Cell(d.state.capitalize(), tone=STATE_TONES[d.state]),
            "by": d.changed_by.name,
        }
        for d in decisions
    ]
    columns = (
        Column("question", "Question"),
        Column("decision", "Decision"),
        Column("owner", "Owner"),
        Column("due", "Due"),
        Column("state", "State"),
        Column("by", "Last written by"),
    )
    return Grid("decisions", "Decisions", columns, rows, empty="The board has recorded no decision yet.")


def month_of(kept: Kept) -> str:
    return paper.month(dt.date.fromisoformat(f"{kept.month}-01"))


def papers_grid(kept: Iterable[Kept]) -> Grid:
    rows = [
        {
            "month": Cell(month_of(k), sort=k.month, href=reverse("paper", args=[k.month, k.number])),
            "number": k.number,
            "on": dt.date.fromisoformat(k.manifest["on"]),
            "figures": k.manifest["figures"],
            "charts": k.manifest["charts"],
            "build": k.manifest["build"] or "not built",
        }
        for k in kept
    ]
    columns = (
        Column("month", "Month"),
        Column("number", "Paper", numeric=True),
        Column("on", "Position on"),
        Column("figures", "Figures, each traced", numeric=True),
        Column("charts", "Charts", numeric=True),
        Column("build", "Build"),
    )
    empty = "No paper has been kept yet. A planner makes one with: oneplace report."
    return Grid("papers", "Board papers", columns, rows, empty=empty)


def moves_grid(kept: Iterable[Kept], now: Figure) -> Grid:
    """What each earlier paper said of a figure, and why it is another now."""
    rows = []
    for k in kept:
        earlier = k.figures.get(now.trace.figure_id)
        if earlier is not None:
            parts = [f"{p.cause}: {p.because}" for p in moved(earlier, now).parts]
            rows.append(
                {
                    "paper": Cell(f"{month_of(k)}, paper {k.number}", sort=f"{k.month}-{k.number:04}"),
                    "said": earlier.words(),
                    "now": now.words(),
                    "why": "; ".join(parts) or "It has not moved.",
                }
            )
    columns = (
        Column("paper", "Paper"),
        Column("said", "It said", numeric=True),
        Column("now", "Now", numeric=True),
        Column("why", "Why it moved"),
    )
    empty = "No earlier paper holds this figure, so there is nothing that it could have moved from."
    return Grid("papers", "What earlier papers said", columns, rows, empty=empty)


def figure_facts(figure: Figure) -> list[tuple[str, Any]]:
    """Where a figure is from."""
    t = figure.trace
    return [
        ("Figure", figure.words()),
        ("What it is", figure.label),
        ("Source", f"{t.source.kind} {t.source.name}" + (f": {t.source.note}" if t.source.note else "")),
        ("Basis", t.basis),
        ("Period", t.period),
        ("Of how many", t.denominator),
        ("As at", words.day(t.as_at)),
        ("Provisional or final", t.status),
        ("Build", t.build_id or ""),
        ("Document version", t.document_digest or ""),
        ("Plan version", t.plan_digest or ""),
        ("Entries as of", words.moment(t.entries_at) if t.entries_at else ""),
        ("Known as", t.figure_id),
    ]
