"""What was written on the site about measures and goals, as the answers about performance take it.

In: a session, whose entries are those of its moment. Out: rebases that hold, the log of all of
them, the open exception report, evidence of goals.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING, Any

from oneplace.answers.plan import bound_by
from oneplace.measures import goals as register
from oneplace.measures.forms import MeasureDefinition, Rebase
from oneplace.report.board.paper import Origin
from oneplace.report.trace import Source

if TYPE_CHECKING:
    from oneplace.answers.session import Session


def rebases(session: Session, measure: MeasureDefinition) -> list[Rebase]:
    """What the site says of this measure's charts: entries that stand, not those withdrawn."""
    return [
        Rebase(
            month=r["month"],
            reason=r["reason"],
            author=r["author"],
            on=r["said_on"],
            organisation=r["organisation"] or None,
        )
        for r in _rebase_entries(session, measure)
        if r["state"] == "standing"
    ]


def _rebase_entries(session: Session, measure: MeasureDefinition) -> list[dict[str, Any]]:
    return [r for r in entries(session, "rebases") if r["measure"] == measure.id]


def entries(session: Session, name: str) -> list[dict[str, Any]]:
    return session.entries.rows(name)


def written_digest(session: Session, *names: str) -> str:
    """A name for what was written in these tables: which entries, each in which version."""
    said = [(n, r["id"], r["version"]) for n in names for r in entries(session, n)]
    return hashlib.sha256(repr(sorted(said)).encode()).hexdigest()


def planned_on(session: Session, on: dt.date, name: str) -> Origin | None:
    """Where figures come from that a document of the plan says: as at the day, because what is due
    moves with it, and with the returns that had come."""
    digest = session.digests.get(name)
    if digest is None:
        return None
    returned = written_digest(session, "returns")
    return Origin(
        basis="planned",
        as_at=on,
        source=Source("document", name),
        plan_digest=digest,
        period=f"on {on.isoformat()}",
        entries_at=session.opened_at if entries(session, "returns") else None,
        data_digest=returned,
        said=True,
    )


def written_on(session: Session, on: dt.date, *names: str) -> Origin:
    """Where figures come from that are made of entries: these tables, as they stood when the place
    was opened."""
    return Origin(
        basis="supplied",
        as_at=on,
        source=Source("table", names[0]),
        period=f"on {on.isoformat()}",
        entries_at=session.opened_at,
        data_digest=written_digest(session, *names),
        said=True,
    )


def rebase_log(session: Session, measure: MeasureDefinition, code: str) -> list[dict[str, Any]]:
    """Every rebase that was ever said of this chart: of the document, of the site, and those
    withdrawn with the reason."""
    rows = [
        {
            "month": r.month.isoformat(),
            "reason": r.reason,
            "author": r.author,
            "on": r.on.isoformat(),
            "from": "document",
            "entry": None,
            "version": None,
            "state": "standing",
            "withdrawn": None,
        }
        for r in measure.rebases
        if r.organisation in (None, code)
    ]
    rows += [
        {
            "month": r["month"].isoformat(),
            "reason": r["reason"],
            "author": r["author"],
            "on": r["said_on"].isoformat(),
            "from": "site",
            "entry": r["id"],
            "version": r["version"],
            "state": r["state"],
            "withdrawn": r["withdrawn_reason"] or None,
        }
        for r in _rebase_entries(session, measure)
        if not r["organisation"] or r["organisation"] == code
    ]
    return sorted(rows, key=lambda r: (r["month"], r["on"]))


def exception_entry(
    session: Session, measure: MeasureDefinition, code: str
) -> dict[str, Any] | None:
    """What was written about this measure's newest exception, if it is not closed."""
    rows = [
        r
        for r in entries(session, "exception_reports")
        if r["measure"] == measure.id and r["organisation"] in ("", code) and r["state"] != "closed"
    ]
    if not rows:
        return None
    r = rows[-1]
    return {
        "entry": r["id"],
        "version": r["version"],
        "signal": r["signal"],
        "action": r["action"],
        "owner": r["owner"],
        "due": r["due_on"].isoformat() if r["due_on"] else None,
        "state": r["state"],
    }


def evidence(session: Session, on: dt.date) -> dict[str, register.GoalEvidence]:
    """What was shown about each goal: about itself, or about the duties of the place's compliance
    documents behind it."""
    matrices = session.plan_documents.compliance
    duties = {
        (m.id, d.id): d.standard for m in matrices for d in m.duties if d.standard is not None
    }
    bound = {(m.id, d.id): len(bound_by(session.place, m, d)) for m in matrices for d in m.duties}
    titles = {m.id: m.title for m in matrices}
    return register.evidence_of_goals(
        entries(session, "compliance_evidence"), duties, bound, titles, on=on
    )
