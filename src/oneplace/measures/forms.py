"""`measures/*.yaml` and `targets.yaml`: what a measure counts, and the quantified aims of the
source documents."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from oneplace.documents import Document
from oneplace.documents.parts import Id, Part, Text
from oneplace.documents.values import Number, PrintedDate

Operator = Literal["<", "<=", "=", ">=", ">"]
MEASURE_DAYS = "the longest wait, in days, that counts as within"


class Rebase(Part):
    """The process changed from a month on, and somebody knows why: the chart's limits start afresh
    there."""

    month: dt.date = Field(description="first month of the changed process, its first day")
    reason: Text = Field(description="what changed")
    author: Text = Field(description="who says so")
    on: dt.date = Field(description="when it was said")
    organisation: str | None = Field(default=None, description="whose chart; absent: everybody's")


class Expected(Part):
    """How many of an age and sex are thought to have a condition, diagnosed or not."""

    sex: Literal["female", "male"]
    age_from: Annotated[int, Field(ge=0)]
    age_to: Annotated[int, Field(ge=0)] | None = None
    share: Annotated[float, Field(ge=0, le=1)]


class FromRecords(Part):
    """How a month's figure is counted from a place's own records, where they hold what it takes."""

    count: Literal["waiting", "stopped", "contacts", "diagnosed"] = Field(
        description="clocks running at the month's end; clocks stopped in it; contacts in it; people with a diagnosis at its end"
    )
    referral: str | None = Field(
        default=None, description="kind of referral, a key of the vocabulary"
    )
    stop_reasons: tuple[Literal["treated", "seen", "removed", "declined", "died", "moved"], ...] = (
        Field(default=(), description="clocks that stopped for these; none given: all")
    )
    within_days: Annotated[int, Field(ge=0)] | None = Field(default=None, description=MEASURE_DAYS)
    over_days: Annotated[int, Field(ge=0)] | None = Field(
        default=None, description="counts waits longer than so many days"
    )
    contacts: tuple[str, ...] = Field(
        default=(), description="kinds of contact, keys of the vocabulary"
    )
    condition: str | None = Field(
        default=None, description="the diagnosis, a key of the vocabulary"
    )
    age_from: Annotated[int, Field(ge=0)] = 0
    expected: tuple[Expected, ...] = Field(
        default=(), description="people thought to have it: the denominator"
    )
    settles_months: Annotated[int, Field(ge=0, le=36)] = Field(
        default=12,
        description="months after the records begin that are left out: longer waits cannot be seen in them",
    )

    returned: bool = Field(
        default=False,
        description="sent to a national collection that publishes it whole: the place's counts are shown as they are, however small",
    )

    @model_validator(mode="after")
    def _fits_what_it_counts(self) -> Self:
        needs = {
            "waiting": self.referral,
            "stopped": self.referral,
            "contacts": self.contacts,
            "diagnosed": self.condition,
        }
        if not needs[self.count]:
            raise ValueError(
                f"{self.count} names the referral, the contacts or the condition that it counts"
            )
        if self.within_days is not None and self.over_days is not None:
            raise ValueError("either within_days or over_days")
        return self


class FromTable(Part):
    """How a figure is made of a table of the place."""

    table: Text
    organisation: Text = Field(description="column of the code")
    month: Text = Field(default="month", description="column of the month")
    plus: tuple[Text, ...] = Field(min_length=1, description="columns added")
    less: tuple[Text, ...] = Field(default=(), description="columns taken away")
    of: tuple[Text, ...] = Field(default=(), description="columns of the denominator")


class MeasureDefinition(Document):
    """A measure of performance: what is counted, of how many, which way is better, which dated
    standards apply."""

    id: Id
    title: Text
    also_called: str | None = Field(
        default=None, description="its name as the plan or the publisher prints it"
    )
    numerator: Text = Field(description="what is counted")
    denominator: str | None = Field(
        default=None, description="of how many; absent: the measure is a count"
    )
    unit: Text
    better: Literal["higher", "lower"]
    standards: tuple[Id, ...] = Field(
        default=(), description="dated standards, from standards.yaml"
    )
    frequency: Literal["month", "fiscal quarter", "rolling quarter", "rolling year"] = Field(
        default="month",
        description="how long each figure's period is; a rolling one shares months with the one before and stands on no control chart",
    )
    lag_months: Annotated[int, Field(ge=0, le=24)] = Field(
        description="months until a period's figure is published"
    )
    basis: Literal["published", "supplied", "modelled"] = "published"
    national: bool = Field(
        default=True,
        description="a national figure is published of it: what is counted from the place's records is a local estimate and gives no verdict",
    )
    domain: str | None = Field(
        default=None, description="what it is about; absent: as its first standard"
    )
    owner: str | None = Field(
        default=None, description="who answers for it; absent: nobody is named"
    )
    source: str | None = Field(default=None, description="the publication its definition follows")
    constitution: tuple[Id, ...] = Field(
        default=(),
        description="pledges, from standards.yaml; each month is judged by the one in force in it",
    )
    rebases: tuple[Rebase, ...] = ()
    from_records: FromRecords | None = None
    from_table: FromTable | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _rebases_start_months(self) -> Self:
        for r in self.rebases:
            if r.month.day != 1:
                raise ValueError(f"a rebase starts with a month's first day, not {r.month}")
        return self


class Target(Part):
    """A quantified aim, baseline or burden as a source document states it."""

    id: Id
    group: Text
    title: Text
    kind: Literal[
        "target",
        "baseline",
        "comparator",
        "burden",
        "parameter",
        "structure",
        "fact",
        "derived",
        "deliverable",
    ]
    value: Number | None = None
    values: tuple[Number, ...] = Field(
        default=(), description="where the source gives more than one: a range or steps"
    )
    unit: Text
    operator: Literal["<", "<=", "=", ">=", ">"] | None = None
    by: str | None = Field(default=None, description="when, as printed")
    when: PrintedDate | None = Field(
        default=None, description="`by` as an interval, where it names dates"
    )
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
