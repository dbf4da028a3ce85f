"""Who has to do what by when, and what shows that it is done: the compliance matrix.

In: a document of duties, the names of those who have them, and the evidence received. Out: a cell
for each who and duty. Without evidence nothing is met, and a duty without a date is never overdue.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Literal

from pydantic import Field

from oneplace.documents import Document
from oneplace.documents.parts import Id, Part, Text
from oneplace.documents.values import PrintedDate

Who = Literal["practices", "networks", "providers", "commissioner", "place"]


class Duty(Part):
    """One thing that each of those it binds has to do."""

    id: Id
    title: Text
    binds: Who | None = Field(
        default=None,
        description="whose duty it is, where it is not that of those whom the matrix names",
    )
    direction: Literal["in place", "gone"] = Field(
        default="in place",
        description="whether the duty is met by what the title names being there, or by its being gone",
    )
    due: PrintedDate | None = Field(
        default=None, description="when; absent: the source gives no date"
    )
    standard: Id | None = Field(
        default=None, description="the dated standard behind it, from standards.yaml"
    )
    evidence: str | None = Field(
        default=None, description="what counts as evidence; absent: not stated"
    )
    note: str | None = None

    @property
    def asked(self) -> str:
        """What has to be so, as a title: of what has to go, that it is gone."""
        return (
            self.title
            if self.direction == "in place"
            else f"No longer: {self.title[0].lower()}{self.title[1:]}"
        )


class ComplianceMatrix(Document):
    """Duties of a kind of organisation (`compliance/*.yaml`)."""

    id: Id
    title: Text
    who: Who = Field(description="whose duties they are, unless a duty says whom it binds")
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
class DutyCell:
    who: str
    duty: Duty
    state: Literal["met", "not met", "overdue", "no evidence"]
    evidence: Evidence | None


def cells(
    matrix: ComplianceMatrix,
    *,
    who: Sequence[str],
    evidence: Iterable[Evidence],
    on: date,
    others: Mapping[Who, Sequence[str]] = MappingProxyType({}),
) -> tuple[DutyCell, ...]:
    """One cell for each duty and everybody it binds, by the last evidence on or before the date.
    `who` are those whom the matrix names, `others` those whom single duties bind; a duty whose own
    are not known has no cell."""
    last: dict[tuple[str, str], Evidence] = {}
    for e in sorted((e for e in evidence if e.on <= on), key=lambda e: e.on):
        last[e.who, e.duty] = e

    def bound(d: Duty) -> Sequence[str]:
        return who if d.binds in (None, matrix.who) else others.get(d.binds, ())

    everyone = dict.fromkeys([*who, *(w for d in matrix.duties for w in bound(d))])
    return tuple(
        _cell(w, d, last.get((w, d.id)), on)
        for w in everyone
        for d in matrix.duties
        if w in bound(d)
    )


def _cell(who: str, duty: Duty, evidence: Evidence | None, on: date) -> DutyCell:
    if evidence is not None and evidence.met:
        return DutyCell(who, duty, "met", evidence)
    if duty.due is not None and duty.due.end is not None and on > duty.due.end:
        return DutyCell(who, duty, "overdue", evidence)
    return DutyCell(who, duty, "no evidence" if evidence is None else "not met", evidence)
