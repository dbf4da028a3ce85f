"""Dated standards: what has to be reached, by when and for whom, as `standards.yaml` states it.

A standard is a *threshold* (an operator and a value), a *direction* (less, more, better, without a number) or a
*deliverable* (a thing to be in place). Standards change from year to year, so each names the date it is to be met by.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from oneplace.documents import Document
from oneplace.documents.values import Number, PrintedDate

Operator = Literal["<", "<=", "=", ">=", ">"]


class Standard(BaseModel):
    """One dated standard."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
    domain: str = Field(min_length=1)
    kind: Literal["threshold", "direction", "deliverable"]
    title: str = Field(min_length=1, description="what is counted or delivered")
    operator: Operator | None = Field(default=None, description="how the value is to be met; thresholds only")
    value: Number | None = Field(default=None, description="the value, in `unit`")
    value_in_words: str | None = Field(default=None, description="the value where the source gives no number")
    direction: Literal["decrease", "increase", "improve"] | None = None
    unit: str | None = None
    by: PrintedDate | None = Field(default=None, description="when it is to be met; absent: the source gives no date")
    population: str | None = Field(default=None, description="whom it is about, where that is not everybody")
    scope: Literal["CCG/local", "national"] = "CCG/local"
    source: str = Field(min_length=1)
    note: str | None = None

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        stated = self.value is not None or self.value_in_words is not None
        if (self.kind == "threshold") != (self.operator is not None and stated):
            raise ValueError("a threshold has an operator and a value, and nothing else has both")
        if (self.kind == "direction") != (self.direction is not None):
            raise ValueError("a direction says decrease, increase or improve, and nothing else does")
        if self.unit == "%" and self.value is not None and not 0 <= self.value <= 100:
            raise ValueError(f"a percentage lies between 0 and 100, not at {self.value}")
        return self


class Standards(Document):
    """All dated standards of a place for a period."""

    title: str
    notes: tuple[str, ...] = ()
    mismatches: tuple[str, ...] = Field(default=(), description="where the sources disagree, in our words")
    standards: tuple[Standard, ...]
