"""The assurance framework: each strategic aim, what threatens it, what keeps that down, what shows
that it does, the gaps.

In: the plan's aims and what was written of risks, controls, assurances and actions, as rows of
`tables.entries`. Out: a line for each control of each principal risk (a risk without a control has
one line, an aim without a risk too), with the gaps named. A gap is never closed by silence: a
control that nobody has shown to work is a gap in assurance, and so is one that was to be shown
again by a day that has passed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from oneplace.plan.assurance.risks import RiskEntry, ScoredRisk, scored
from oneplace.plan.programme import Aim

Row = Mapping[str, Any]
NO_CONTROL = "no control is written down"
PLANNED = "the control is only planned"
NO_ASSURANCE = "nothing shows that the control works"


@dataclass(frozen=True, kw_only=True)
class ControlHeld:
    """A control with what shows that it works, the latest first, and what is missing."""

    id: int
    what: str
    owner: str
    state: str
    assurances: tuple[Row, ...]
    gaps: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class HeldRisk:
    """A risk with its scores, its controls and its actions."""

    risk: Row
    score: ScoredRisk
    controls: tuple[ControlHeld, ...]
    actions: tuple[Row, ...]
    gaps: tuple[str, ...]
    review_overdue: bool
    actions_overdue: int

    @property
    def unassured(self) -> int:
        """Controls in place that nothing shows to work now."""
        return sum(c.state == "in_place" and bool(c.gaps) for c in self.controls)


@dataclass(frozen=True, kw_only=True)
class AimHeld:
    aim: Aim
    risks: tuple[HeldRisk, ...]


def held_risks(rows: Mapping[str, Iterable[Row]], *, on: date) -> tuple[HeldRisk, ...]:
    """Every risk and issue, the gravest first, closed ones last. `rows` has risks, controls,
    assurances, risk_actions."""
    controls, assurances = _by(rows, "controls", "risk_id"), _by(rows, "assurances", "control_id")
    actions = _by(rows, "risk_actions", "risk_id")
    known = {str(r["id"]): r for r in rows.get("risks", ())}
    ordered = scored(tuple(_entry(r) for r in known.values()))
    found = [_held(known[s.entry.id], s, controls, assurances, actions, on) for s in ordered]
    return tuple(sorted(found, key=lambda h: h.risk["state"] == "closed"))


def framework(aims: Sequence[Aim], risks: Iterable[HeldRisk]) -> tuple[AimHeld, ...]:
    """Each aim with the open risks that threaten it, in the plan's order."""
    open_ones = [r for r in risks if r.risk["state"] != "closed"]
    return tuple(
        AimHeld(aim=a, risks=tuple(r for r in open_ones if r.risk["aim"] == a.id)) for a in aims
    )


def _entry(r: Row) -> RiskEntry:
    target = (
        (r["target_impact"], r["target_likelihood"]) if r["target_impact"] is not None else None
    )
    return RiskEntry(
        id=str(r["id"]),
        title=r["title"],
        scheme=r["scheme"] or None,
        owner=r["owner"],
        initial=(r["initial_impact"], r["initial_likelihood"]),
        current=(r["impact"], r["likelihood"]),
        target=target,
    )


def _by(rows: Mapping[str, Iterable[Row]], table: str, key: str) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows.get(table, ()):
        found[row[key]].append(row)
    return found


def _held(
    risk: Row,
    score: ScoredRisk,
    controls: Mapping[int, list[Row]],
    assurances: Mapping[int, list[Row]],
    actions: Mapping[int, list[Row]],
    on: date,
) -> HeldRisk:
    mine = controls.get(risk["id"], [])
    kept = tuple(
        _control(c, assurances.get(c["id"], []), on) for c in mine if c["state"] != "withdrawn"
    )
    todo = actions.get(risk["id"], [])
    return HeldRisk(
        risk=risk,
        score=score,
        controls=kept,
        actions=tuple(sorted(todo, key=lambda a: (a["state"] != "open", a["due_on"]))),
        gaps=() if kept else (NO_CONTROL,),
        review_overdue=risk["state"] != "closed" and risk["review_on"] < on,
        actions_overdue=sum(a["state"] == "open" and a["due_on"] < on for a in todo),
    )


def _control(c: Row, assurances: Sequence[Row], on: date) -> ControlHeld:
    shown = tuple(
        sorted(
            (a for a in assurances if a["given_on"] <= on), key=lambda a: (a["given_on"], a["id"])
        )
    )[::-1]
    return ControlHeld(
        id=c["id"],
        what=c["what"],
        owner=c["owner"],
        state=c["state"],
        assurances=shown,
        gaps=_gaps(c, shown, on),
    )


def _gaps(c: Row, shown: Sequence[Row], on: date) -> tuple[str, ...]:
    if c["state"] == "planned":
        return (PLANNED,)
    if not shown:
        return (NO_ASSURANCE,)
    last, found = shown[0], []
    if last["finding"] != "works":
        found.append(
            "last shown to work in part"
            if last["finding"] == "partly"
            else "last shown not to work"
        )
    if last["again_on"] is not None and last["again_on"] < on:
        found.append(f"was to be shown again by {last['again_on'].day} {last['again_on']:%B %Y}")
    return tuple(found)
