"""`measures/*.yaml` and `targets.yaml`: what a measure counts, and the quantified aims of the source documents."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from oneplace.documents import Document
from oneplace.documents.values import Number, PrintedDate
from oneplace.plan.programme.forms import Id, Part, Text


class MeasureDefinition(Document):
    """A measure of performance: what is counted, of how many, which way is better, which dated standards apply."""

    id: Id
    title: Text
    also_called: str | None = Field(default=None, description="its name as the plan or the publisher prints it")
    numerator: Text = Field(description="what is counted")
    denominator: str | None = Field(default=None, description="of how many; absent: the measure is a count")
    unit: Text
    better: Literal["higher", "lower"]
    standards: tuple[Id, ...] = Field(default=(), description="dated standards, from standards.yaml")
    frequency: Literal["month", "fiscal quarter"] = "month"
    lag_months: Annotated[int, Field(ge=0, le=24)] = Field(description="months until a period's figure is published")
    basis: Literal["published", "supplied", "modelled"] = "published"
    note: str | None = None


class Target(Part):
    """A quantified aim, baseline or burden as a source document states it."""

    id: Id
    group: Text
    title: Text
    kind: Literal[
        "target", "baseline", "comparator", "burden", "parameter", "structure", "fact", "derived", "deliverable"
    ]
    value: Number | None = None
    values: tuple[Number, ...] = Field(default=(), description="where the source gives more than one: a range or steps")
    unit: Text
    operator: Literal["<", "<=", "=", ">=", ">"] | None = None
    by: str | None = Field(default=None, description="when, as printed")
    when: PrintedDate | None = Field(default=None, description="`by` as an interval, where it names dates")
    baseline: Number | None = None
    baseline_at: str | None = None
    source: Text
    note: str | None = None

    @model_validator(mode="after")
    def _one_or_several(self) -> Self:
        if self.value is not None and self.values:
            raise ValueError("either value or values, not both")
        return self


class Targets(Document):
    """All quantified aims, with the places where the sources contradict each other."""

    title: Text
    conflicts: tuple[str, ...] = ()
    targets: tuple[Target, ...]
