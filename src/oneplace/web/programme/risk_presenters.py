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
from oneplace.web.components import words
from oneplace.web.programme.models import Risk

NARROW: dict[str, tuple[str, Callable[[HeldRisk], bool]]] = {
    "extreme": ("extreme", lambda h: h.score.current.band == "extreme" and h.risk["state"] != "closed"),
    "overdue": ("with an overdue review", lambda h: h.review_overdue),
    "escalated": ("escalated", lambda h: h.risk["state"] == "escalated"),
    "unassured": ("with a control that nothing shows to work", lambda h: bool(h.unassured) and h.risk["state"] != "closed"),
    "uncontrolled": ("without a control", lambda h: bool(h.gaps) and h.risk["state"] != "closed"),
    "actions": ("with an overdue action", lambda h: bool(h.actions_overdue) and h.risk["state"] != "closed"),
}  # fmt: skip


def narrowed(found: Sequence[HeldRisk], only: str) -> list[HeldRisk]:
    kept = NARROW[only][1] if only in NARROW else lambda h: True
    return [h for h in found if kept(h)]


def register_figures(found: Sequence[HeldRisk]) -> list[dict[str, Any]]:
    open_ones = [h for h in found if h.risk["state"] != "closed"]
    unassured = sum(h.unassured for h in open_ones)

    def to(only: str) -> str:
        return reverse("risks") + f"?show={only}"

    def many(only: str) -> str:
        return paper.number(len(narrowed(found, only)))

    return [
        {"value": paper.number(len(open_ones)), "name": "not closed", "note": f"{len(found)} in all", "href": reverse("risks"), "figure": "risks.open"},
        {"value": many("extreme"), "name": "extreme, scored 15 or more", "href": to("extreme"), "figure": "risks.extreme"},
        {"value": many("overdue"), "name": "with an overdue review", "href": to("overdue"), "figure": "risks.overdue"},
        {"value": many("escalated"), "name": "escalated", "href": to("escalated"), "figure": "risks.escalated"},
        {"value": paper.number(unassured), "name": "controls in place that nothing shows to work", "href": to("unassured"), "figure": "risks.unassured"},
        {"value": many("uncontrolled"), "name": "without a control", "href": to("uncontrolled"), "figure": "risks.uncontrolled"},
        {"value": many("actions"), "name": "with an overdue action", "href": to("actions"), "figure": "risks.actions"},
    ]  # fmt: skip


def matrix(found: Iterable[HeldRisk]) -> dict[str, Any]:
    """The 5 x 5 matrix with how many open risks stand in each cell, impact from catastrophic down."""
    count = Counter((h.risk["impact"], h.risk["likelihood"]) for h in found if h.risk["state"] != "closed")
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
    says = {"worse": "worse than first scored", "better": "better than first scored", "same": "as first scored"}
    found = [
        {"value": str(s.initial.score), "name": "when first scored", "note": says_of(s.initial)},
        {"value": str(s.current.score), "name": f"now, {s.current.band}", "note": f"{says_of(s.current)}; {says[s.movement]}"},
    ]  # fmt: skip
    if s.target:
        note = "reached" if s.at_target else "not reached"
        found.append(
            {"value": str(s.target.score), "name": "target", "note": f"{says_of(s.target)}; {note}"},
        )
    else:
        found.append({"value": "None", "name": "target", "note": "change the risk to set one"})
    return found


def says_of(s: RiskScore) -> str:
    return f"likelihood {s.likelihood}, impact {s.consequence}"


def risk_facts(r: Risk, schemes: Mapping[str, str], aims: Mapping[str, str], *, on: dt.date) -> list[tuple[str, str]]:
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
def framework_figures(found: Sequence[AimHeld]) -> list[dict[str, Any]]:
    risks = {h.risk["id"]: h for a in found for h in a.risks}.values()
    controls = [c for h in risks for c in h.controls]
    bare = sum(not a.risks for a in found)
    return [
        {"value": paper.number(len(found)), "name": "strategic aims", "note": f"{bare} without a principal risk" if bare else None, "figure": "framework.aims"},
        {"value": paper.number(len(risks)), "name": "principal risks not closed", "figure": "framework.risks"},
        {"value": paper.number(len(controls)), "name": "controls", "note": f"{sum(bool(c.gaps) for c in controls)} with a gap", "figure": "framework.controls"},
        {"value": paper.number(sum(h.actions_overdue for h in risks)), "name": "actions overdue", "figure": "framework.actions"},
    ]  # fmt: skip


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
