"""Who has to do what by when, and what shows that it is done: the compliance matrix.

In: a document of duties, the names of those who have them, and the evidence received. Out: a cell for each who and
duty. Without evidence nothing is met, and a duty without a date is never overdue.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import Field

from oneplace.documents import Document
from oneplace.documents.values import PrintedDate
from oneplace.plan.programme.forms import Id, Part, Text


class Duty(Part):
    """One thing that each of them has to do."""

    id: Id
    title: Text
    due: PrintedDate | None = Field(default=None, description="when; absent: the source gives no date")
    standard: Id | None = Field(default=None, description="the dated standard behind it, from standards.yaml")
    evidence: str | None = Field(default=None, description="what counts as evidence; absent: not stated")
    note: str | None = None


class ComplianceMatrix(Document):
    """Duties of a kind of organisation (`compliance/*.yaml`)."""

    id: Id
    title: Text
    who: Literal["practices", "networks", "providers", "place"] = Field(description="whose duties they are")
    source: str | None = None
    duties: tuple[Duty, ...]


@dataclass(frozen=True)
class Evidence:
    """What somebody entered to show that a duty is met."""

    who: str
    duty: str
    on: date
    met: bool
    by: str


@dataclass(frozen=True)
class Cell:
    who: str
    duty: Duty
    state: Literal["met", "not met", "overdue", "no evidence"]
    evidence: Evidence | None


def cells(matrix: ComplianceMatrix, *, who: Sequence[str], evidence: Iterable[Evidence], on: date) -> tuple[Cell, ...]:
    """One cell for each who and duty, by the last evidence on or before the date."""
    last: dict[tuple[str, str], Evidence] = {}
    for e in sorted((e for e in evidence if e.on <= on), key=lambda e: e.on):
        last[e.who, e.duty] = e
    return tuple(_cell(w, d, last.get((w, d.id)), on) for w in who for d in matrix.duties)


def _cell(who: str, duty: Duty, evidence: Evidence | None, on: date) -> Cell:
    if evidence is not None and evidence.met:
        return Cell(who, duty, "met", evidence)
    if duty.due is not None and duty.due.end is not None and on > duty.due.end:
        return Cell(who, duty, "overdue", evidence)
    return Cell(who, duty, "no evidence" if evidence is None else "not met", evidence)
