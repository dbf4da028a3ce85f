"""The register, one risk, the assurance framework and the compliance matrix as plain values:
figures, a matrix."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.urls import reverse

from oneplace.methods.risk import CONSEQUENCES, LIKELIHOODS, RiskScore
from oneplace.methods.risk import matrix as cells_of_matrix
from oneplace.plan.assurance.compliance import Duty
from oneplace.plan.assurance.framework import AimHeld, HeldRisk
from oneplace.report import words as paper
from oneplace.report.trace import Figure
from oneplace.web.components import words
from oneplace.web.components.tiles import tile
from oneplace.web.programme.models import Risk

NARROW: dict[str, tuple[str, Callable[[HeldRisk], bool]]] = {
    "extreme": (
        "extreme",
        lambda h: h.score.current.band == "extreme" and h.risk["state"] != "closed",
    ),
    "overdue": ("with an overdue review", lambda h: h.review_overdue),
    "escalated": ("escalated", lambda h: h.risk["state"] == "escalated"),
    "unassured": (
        "with a control that nothing shows to work",
        lambda h: bool(h.unassured) and h.risk["state"] != "closed",
    ),
    "uncontrolled": ("without a control", lambda h: bool(h.gaps) and h.risk["state"] != "closed"),
    "actions": (
        "with an overdue action",
        lambda h: bool(h.actions_overdue) and h.risk["state"] != "closed",
    ),
}


def narrowed(found: Sequence[HeldRisk], only: str) -> list[HeldRisk]:
    kept = NARROW[only][1] if only in NARROW else lambda h: True
    return [h for h in found if kept(h)]


def register_tiles(figures: Mapping[str, Figure], of_all: int) -> list[dict[str, Any]]:
    """`of_all`: how many stand on the register, closed ones too."""
    names = {
        "extreme": "extreme, scored 15 or more",
        "overdue": "with an overdue review",
        "escalated": "escalated",
        "unassured": "controls in place that nothing shows to work",
        "uncontrolled": "without a control",
        "actions": "with an overdue action",
    }
    first = tile(
        figures.get("risks.open"), "not closed", note=f"{of_all} in all", href=reverse("risks")
    )
    return [first] + [
        tile(figures.get(f"risks.{k}"), name, href=reverse("risks") + f"?show={k}")
        for k, name in names.items()
    ]


def matrix(found: Iterable[HeldRisk]) -> dict[str, Any]:
    """The 5 x 5 matrix with how many open risks stand in each cell, impact from catastrophic
    down."""
    count = Counter(
        (h.risk["impact"], h.risk["likelihood"]) for h in found if h.risk["state"] != "closed"
    )
    return {
        "likelihoods": list(enumerate(LIKELIHOODS, 1)),
        "rows": [
            (
                (row[0].consequence, CONSEQUENCES[row[0].consequence - 1]),
                [(c.score, c.band, count[c.consequence, c.likelihood]) for c in row],
            )
            for row in cells_of_matrix()
        ],
    }


def scores(h: HeldRisk) -> list[dict[str, Any]]:
    """First, now, target: the same three figures wherever a risk is shown."""
    s = h.score
    says = {
        "worse": "worse than first scored",
        "better": "better than first scored",
        "same": "as first scored",
    }
    found = [
        {"value": str(s.initial.score), "name": "when first scored", "note": says_of(s.initial)},
        {
            "value": str(s.current.score),
            "name": f"now, {s.current.band}",
            "note": f"{says_of(s.current)}; {says[s.movement]}",
        },
    ]
    if s.target:
        note = "reached" if s.at_target else "not reached"
        found.append(
            {
                "value": str(s.target.score),
                "name": "target",
                "note": f"{says_of(s.target)}; {note}",
            },
        )
    else:
        found.append({"value": "None", "name": "target", "note": "change the risk to set one"})
    return found


def says_of(s: RiskScore) -> str:
    return f"likelihood {s.likelihood}, impact {s.consequence}"


def risk_facts(
    r: Risk, schemes: Mapping[str, str], aims: Mapping[str, str], *, on: dt.date
) -> list[tuple[str, str]]:
    overdue = r.state != "closed" and r.review_on < on
    return [
        ("What may happen", r.description),
        ("Owner", r.owner),
        ("Scheme", f"{r.scheme} {schemes.get(r.scheme, '')}" if r.scheme else "The whole plan"),
        ("Strategic aim", aims.get(r.aim, r.aim) or "None: not a principal risk"),
        ("Next review", words.day(r.review_on) + (", overdue" if overdue else "")),
        ("State", r.state.capitalize() + (f" to {r.escalated_to}" if r.escalated_to else "")),
        ("Why, and what shows it", r.evidence),
    ]


# --- the assurance framework ----------------------------------------------------------------------
def framework_tiles(
    found: Sequence[AimHeld], figures: Mapping[str, Figure]
) -> list[dict[str, Any]]:
    controls = [
        c for h in {h.risk["id"]: h for a in found for h in a.risks}.values() for c in h.controls
    ]
    bare = sum(not a.risks for a in found)
    return [
        tile(
            figures.get("framework.aims"),
            "strategic aims",
            note=f"{bare} without a principal risk" if bare else None,
        ),
        tile(figures.get("framework.risks"), "principal risks not closed"),
        tile(
            figures.get("framework.controls"),
            "controls",
            note=f"{sum(bool(c.gaps) for c in controls)} with a gap",
        ),
        tile(figures.get("framework.actions"), "actions overdue"),
    ]


def duty_tiles(stem: str, figures: Mapping[str, Figure], of_all: int) -> list[dict[str, Any]]:
    """How the duties of one matrix stand, over everybody bound by them."""
    names = {
        "overdue": "overdue: the day has passed without evidence",
        "no_evidence": "without evidence, not due yet or never dated",
        "not_met": "shown not to be met yet",
        "met": "met",
    }
    notes = {"met": f"of {paper.number(of_all)}"}
    return [tile(figures.get(f"{stem}.{k}"), name, note=notes.get(k)) for k, name in names.items()]


# --- the compliance matrix ------------------------------------------------------------------------
def due(d: Duty) -> str:
    """The day, the month or the span by which a duty is due, in words."""
    if d.due is None:
        return "No date printed"
    first, last = d.due.start, d.due.end
    if last is None:
        return f"from {paper.day(first)}"
    if first == last:
        return paper.day(first)
    whole = first.day == 1 and (last + dt.timedelta(days=1)).day == 1
    if whole and (first.year, first.month) == (last.year, last.month):
        return paper.month(first)
    return f"{paper.day(first)} to {paper.day(last)}"
