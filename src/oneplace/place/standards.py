"""Dated standards: what has to be reached, by when and for whom, and what is in force from when to
when, as `standards.yaml` states it.

A standard is a *threshold* (an operator and a value), a *direction* (less, more, better, without a number) or a
*deliverable* (a thing to be in place). Standards change from year to year, so each names the date it is to be met by.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from oneplace.documents import Document
from oneplace.documents.values import Number, PrintedDate

Operator = Literal["<", "<=", "=", ">=", ">"]
SAID: dict[str, str] = {
    ">=": "at least",
    "<=": "at most",
    "<": "under",
    ">": "over",
    "=": "exactly",
}
"""The operators in words."""


class Standard(BaseModel):
    """One dated standard."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
    domain: str = Field(min_length=1)
    kind: Literal["threshold", "direction", "deliverable"]
    title: str = Field(min_length=1, description="what is counted or delivered")
    operator: Operator | None = Field(
        default=None, description="how the value is to be met; thresholds only"
    )
    value: Number | None = Field(default=None, description="the value, in `unit`")
    value_in_words: str | None = Field(
        default=None, description="the value where the source gives no number"
    )
    direction: Literal["decrease", "increase", "improve"] | None = None
    unit: str | None = None
    by: PrintedDate | None = Field(
        default=None, description="when it is to be met; absent: the source gives no date"
    )
    population: str | None = Field(
        default=None, description="whom it is about, where that is not everybody"
    )
    scope: Literal["CCG/local", "national"] = "CCG/local"
    source: str = Field(min_length=1)
    note: str | None = None

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        stated = self.value is not None or self.value_in_words is not None
        if (self.kind == "threshold") != (self.operator is not None and stated):
            raise ValueError("a threshold has an operator and a value, and nothing else has both")
        if (self.kind == "direction") != (self.direction is not None):
            raise ValueError(
                "a direction says decrease, increase or improve, and nothing else does"
            )
        if self.unit == "%" and self.value is not None and not 0 <= self.value <= 100:
            raise ValueError(f"a percentage lies between 0 and 100, not at {self.value}")
        return self


class Pledge(BaseModel):
    """A standard in force from a day to a day: of the NHS Constitution, or of the NHS Standard
    Contract. It may be replaced by another."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
    title: str = Field(min_length=1, description="what is pledged")
    operator: Operator
    value: Number = Field(description="in `unit`")
    unit: str = Field(min_length=1)
    start: dt.date = Field(description="first day in force")
    end: dt.date | None = Field(
        default=None, description="last day in force; absent: until another takes its place"
    )
    source: str = Field(min_length=1, description="the publication that says so")
    note: str | None = None

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.end is not None and self.end < self.start:
            raise ValueError(
                f"a standard ends on or after the day it starts ({self.start}), not on {self.end}"
            )
        return self

    def in_force(self, on: dt.date) -> bool:
        return self.start <= on and (self.end is None or on <= self.end)


def in_force(pledges: Sequence[Pledge], on: dt.date) -> Pledge | None:
    """The one of them that holds on a day; of two the later."""
    return max((p for p in pledges if p.in_force(on)), key=lambda p: p.start, default=None)


class Standards(Document):
    """All dated standards of a place for a period."""

    title: str
    notes: tuple[str, ...] = ()
    mismatches: tuple[str, ...] = Field(
        default=(), description="where the sources disagree, in our words"
    )
    pledges: tuple[Pledge, ...] = Field(
        default=(), description="standards in force from a day to a day"
    )
    standards: tuple[Standard, ...]

    @model_validator(mode="after")
    def _ids_are_their_own(self) -> Self:
        both = {p.id for p in self.pledges} & {s.id for s in self.standards}
        if both:
            raise ValueError(
                f"a pledge and a standard have ids of their own; both are called {min(both)}"
            )
        return self
