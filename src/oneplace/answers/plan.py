"""Answers about the plan: pure functions of the documents, the build's records and the entries."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from oneplace.faults import Fault, InputAtFault
from oneplace.plan.assurance.compliance import Duty, DutyCell, Evidence, Who, cells
from oneplace.plan.assurance.status import plan_status as statuses
from oneplace.plan.assurance.status import status_of
from oneplace.plan.scheme import Reported

if TYPE_CHECKING:
    import pyarrow as pa

    from oneplace.answers.session import Session
    from oneplace.place.geography import PlaceInHand
    from oneplace.plan.assurance.compliance import ComplianceMatrix


def plan_status(folder: Path, *, on: dt.date) -> dict[str, Any]:
    """What is due, late, done and unknown on a day. Needs no build and no site."""
    if not (folder / "plan.yaml").exists():
        from oneplace.place.geography import must_be_a_place

        must_be_a_place(folder)
        raise InputAtFault(
            Fault(
                what="this place has no plan",
                file=f"{folder}/plan.yaml",
                found="no such file",
                expected="a plan document",
            )
        )
    return status_of(folder, on=on, returns=_returns(folder))


def _returns(folder: Path) -> tuple[Reported, ...]:
    """Nobody has written anything where there is no site yet; then nothing that reads entries has
    to be loaded."""
    if (
        not os.environ.get("DATABASE_URL")
        and not (folder / ".oneplace" / "entries.sqlite3").exists()
    ):
        return ()
    from oneplace.sources.entries import database_of, read_rows

    return returns_in(read_rows(database_of(folder, os.environ), "returns"))


EVERYTHING = dt.date.max
"""What a session knows is what its entries hold: those of its moment. No day that stands in them is
asked again."""


def returns_of(entries: Mapping[str, pa.Table]) -> tuple[Reported, ...]:
    """What scheme leads sent, a `Return` for each milestone and figure they spoke of."""
    return returns_in(entries["returns"].to_pylist() if "returns" in entries else ())


def returns_in(rows: Iterable[Mapping[str, Any]]) -> tuple[Reported, ...]:
    """The same from rows of the table."""
    found: list[Reported] = []
    for row in rows:
        by = f"lead of {row['scheme']}"
        for about, said in json.loads(row["milestones"] or "{}").items():
            done, forecast = _day(said.get("done")), _day(said.get("forecast"))
            status: Literal["complete"] | None = "complete" if done else None
            found.append(
                Reported(
                    about=about,
                    on=row["sent_on"],
                    month=row["month"],
                    done=done,
                    status=status,
                    forecast=forecast,
                    by=by,
                )
            )
        for about, value in json.loads(row["figures"] or "{}").items():
            if value is not None:
                value = Decimal(str(value))
                found.append(
                    Reported(about=about, on=row["sent_on"], month=row["month"], value=value, by=by)
                )
    return tuple(found)


def status(session: Session, on: dt.date) -> dict[str, Any]:
    """The same of a session: with the returns of its moment."""
    documents = session.plan_documents
    if documents.plan is None:
        raise InputAtFault(
            Fault(what="this place has no plan", file="plan.yaml", expected="a plan document")
        )
    return statuses(
        documents.plan,
        on=on,
        returns=returns_of(session.entries),
        finances=documents.finances,
        known=EVERYTHING,
    )


def evidence_of(entries: Mapping[str, pa.Table], matrix: str) -> tuple[Evidence, ...]:
    """What was shown about the duties of one compliance matrix."""
    rows = entries["compliance_evidence"].to_pylist() if "compliance_evidence" in entries else ()
    return tuple(
        Evidence(who=r["who"], duty=r["duty"], on=r["given_on"], met=r["met"], by=r["said_by"])
        for r in rows
        if r["matrix"] == matrix
    )


def bound_by(
    place: PlaceInHand, matrix: ComplianceMatrix, duty: Duty | None = None
) -> dict[str, str]:
    """Whom a duty binds: code -> name; without one everybody whom some duty of the matrix binds.
    The place itself is `place`."""
    if duty is not None:
        return _who(place, duty.binds or matrix.who)
    return {
        c: n
        for kind in dict.fromkeys(d.binds or matrix.who for d in matrix.duties)
        for c, n in _who(place, kind).items()
    }


def duty_cells(
    place: PlaceInHand, entries: Mapping[str, pa.Table], matrix: ComplianceMatrix, on: dt.date
) -> tuple[DutyCell, ...]:
    """How every duty of a matrix stands for everybody it binds."""
    others = {d.binds: list(_who(place, d.binds)) for d in matrix.duties if d.binds is not None}
    evidence = evidence_of(entries, matrix.id)
    return cells(matrix, who=list(_who(place, matrix.who)), evidence=evidence, on=on, others=others)


def _who(place: PlaceInHand, kind: Who) -> dict[str, str]:
    payer = place.document.commissioner
    if kind == "place" or (kind == "commissioner" and payer is None):
        return {"place": place.document.name}
    if kind == "commissioner" and payer is not None:
        return {payer.code: payer.name}
    one = kind.removesuffix("s")
    if not place.has(kind):
        return {}
    return {r[f"{one}_code"]: r[f"{one}_name"] for r in place.table(kind).to_pylist()}


def assurance_rows(entries: Mapping[str, pa.Table]) -> dict[str, list[dict[str, Any]]]:
    """Risks, controls, assurances and actions as `plan.assurance.framework` takes them."""
    return {
        name: entries[name].to_pylist() if name in entries else []
        for name in ("risks", "controls", "assurances", "risk_actions")
    }


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
