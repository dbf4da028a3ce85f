"""Figures of the register, of the assurance framework and of the duties, each with its trace.

In: a session and a day. Out: figures by their ids: what is not closed, extreme, overdue; what is
bare of a control or of its proof; how the duties of a matrix stand for everybody bound by it. All
of them are made of what was written, of the plan and of the duties.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from oneplace.answers.plan import assurance_rows, duty_cells
from oneplace.answers.rests import BUILD, DAY, DOCUMENTS, rests_on
from oneplace.answers.session import Session
from oneplace.answers.written import written_on
from oneplace.plan.assurance.framework import HeldRisk, held_risks
from oneplace.plan.assurance.framework import framework as framework_of
from oneplace.report.board.paper import Origin
from oneplace.report.trace import Figure, Item, Source

REGISTER = ("risks", "controls", "assurances", "risk_actions")


@rests_on(DAY, *REGISTER)
def risks(session: Session, on: dt.date, _about: tuple[str, ...] = ()) -> Mapping[str, Figure]:
    """The register: risks not closed, extreme, overdue for review, escalated; without a control,
    without its proof, with an action overdue."""
    found = [
        h for h in held_risks(assurance_rows(session.entries), on=on) if h.risk["state"] != "closed"
    ]
    own, whole = written_on(session, on, "risks"), written_on(session, on, *REGISTER)

    def count(origin: Origin, id: str, label: str, mine: Iterable[HeldRisk]) -> Figure:
        counted = [Item(str(h.risk["id"]), h.risk["title"]) for h in mine]
        return origin.figure(f"risks.{id}", label, len(counted), items=counted)

    bare = [(h, h.unassured) for h in found if h.unassured]
    figures = (
        count(own, "open", "Risks and issues not closed", found),
        count(
            own,
            "extreme",
            "Extreme risks and issues",
            (h for h in found if h.score.current.band == "extreme"),
        ),
        count(
            own,
            "overdue",
            "Risks and issues with an overdue review",
            (h for h in found if h.review_overdue),
        ),
        count(
            own,
            "escalated",
            "Risks and issues escalated",
            (h for h in found if h.risk["state"] == "escalated"),
        ),
        whole.figure(
            "risks.unassured",
            "Controls in place that nothing shows to work",
            sum(n for _, n in bare),
            items=[Item(str(h.risk["id"]), h.risk["title"], Decimal(n)) for h, n in bare],
        ),
        count(
            whole,
            "uncontrolled",
            "Risks and issues without a control",
            (h for h in found if h.gaps),
        ),
        count(
            whole,
            "actions",
            "Risks and issues with an overdue action",
            (h for h in found if h.actions_overdue),
        ),
    )
    return {f.trace.figure_id: f for f in figures}


@rests_on(BUILD, DOCUMENTS, DAY, *REGISTER)
def framework(session: Session, on: dt.date, _about: tuple[str, ...] = ()) -> Mapping[str, Figure]:
    """The aims of the plan, the principal risks to them, what controls these, which of their
    actions are overdue."""
    plan = session.plan_documents.plan
    aims = framework_of(
        plan.aims if plan else (), held_risks(assurance_rows(session.entries), on=on)
    )
    held = {h.risk["id"]: h for a in aims for h in a.risks}.values()
    own = replace(written_on(session, on, *REGISTER), plan_digest=session.digests.get("plan.yaml"))
    planned = replace(
        own,
        basis="planned",
        source=Source("document", "plan.yaml: aims"),
        entries_at=None,
        data_digest=None,
    )
    figures = (
        planned.figure("framework.aims", "Strategic aims", len(aims)),
        own.figure(
            "framework.risks",
            "Principal risks not closed",
            len(held),
            items=[Item(str(h.risk["id"]), h.risk["title"]) for h in held],
        ),
        own.figure(
            "framework.controls", "Controls of principal risks", sum(len(h.controls) for h in held)
        ),
        own.figure(
            "framework.actions",
            "Overdue actions on principal risks",
            sum(h.actions_overdue for h in held),
        ),
    )
    return {f.trace.figure_id: f for f in figures}


@rests_on(BUILD, DOCUMENTS, DAY, "compliance_evidence")
def duties(session: Session, on: dt.date, about: tuple[str, ...]) -> Mapping[str, Figure]:
    """One compliance matrix: how many of its duties are met, not met, overdue, without evidence,
    over everybody bound by it."""
    matrix = next((m for m in session.plan_documents.compliance if m.id in about), None)
    if matrix is None:
        return {}
    found = duty_cells(session.place, session.entries, matrix, on)
    count = Counter(c.state for c in found)
    own = written_on(session, on, "compliance_evidence").defined(
        session.digests, f"compliance/{matrix.id}.yaml"
    )
    own = own.about(own.period, denominator=f"{len(found):,} duties of everybody bound by them")
    says = {
        "overdue": "overdue",
        "no evidence": "without evidence",
        "not met": "not met",
        "met": "met",
    }
    figures = [
        own.figure(
            f"duties.{matrix.id}.{state.replace(' ', '_')}",
            f"{matrix.title}: {said}",
            count[state],  # type: ignore[index]
            items=[
                Item(f"{c.who}/{c.duty.id}", f"{c.duty.title}, {c.who}")
                for c in found
                if c.state == state
            ],
        )
        for state, said in says.items()
    ]
    return {f.trace.figure_id: f for f in figures}
