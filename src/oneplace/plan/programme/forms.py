"""The plan as a document: aims, programmes, schemes, and for each scheme its milestones, measures
and claims.

One frozen class each; `plan.yaml` is the head. What a plan does not say is left out and read as
"not stated": nobody is made up to lead a scheme, and a date that is not printed stays empty.
`doubts` are our remarks on the printed plan.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from oneplace.documents import Document
from oneplace.documents.parts import Id, Part, Text
from oneplace.documents.values import Money, Number, PrintedDate

Confidence = Literal["high", "medium", "low", "none"]


class Aim(Part):
    """What the plan as a whole is for."""

    id: Id
    name: Text


class Programme(Part):
    """A body of work that schemes belong to."""

    id: Id
    name: Text


class Implementation(Part):
    """When a scheme is to be working, as the plan prints it."""

    when: PrintedDate | None = Field(
        default=None, description="the printed date read as an interval of days"
    )
    printed: str | None = Field(default=None, description="the date as it is printed")
    confidence: Confidence = Field(
        default="high", description="how surely the date belongs to this scheme"
    )
    note: str | None = Field(default=None, description="our remark")


class Milestone(Part):
    """A step of a scheme. Whether it is done is never written here: that takes a return, which is
    an entry."""

    id: Id
    n: Annotated[int, Field(ge=1, strict=True)] = Field(
        description="its place in the scheme's list"
    )
    title: Text
    due: PrintedDate | None = Field(
        default=None, description="the printed date as an interval; absent: no date printed"
    )
    printed: str | None = Field(default=None, description="the date as it is printed")
    printed_n: str | None = Field(
        default=None, description="the number as it is printed, where it differs from n"
    )
    printed_complete: bool = Field(
        default=False, description="the plan itself prints this step as complete"
    )
    confidence: Confidence = Field(
        default="high", description="how surely the date belongs to this milestone"
    )
    doubt: str | None = Field(default=None, description="what is doubtful about it")
    needs: tuple[Id, ...] = Field(
        default=(), description="milestones, of any scheme, that have to be done before it"
    )


class Measure(Part):
    """How a scheme will be seen to work. Without a target it says only which way things should
    move."""

    id: Id
    title: Text
    metric: Text = Field(
        description="short key of what is counted; schemes that name the same key mean the same measure"
    )
    baseline: Number | None = Field(default=None, description="the value to start from, in `unit`")
    target: Number | bool | None = Field(
        default=None, description="the value to reach, in `unit`; true: to be in place"
    )
    unit: str | None = None
    direction: Literal["increase", "decrease", "<", "<=", "=", ">=", ">"] | None = Field(
        default=None, description="which way is better, or how the target is meant"
    )
    by: str | None = Field(default=None, description="when the target is to be met, as printed")
    when: PrintedDate | None = Field(
        default=None, description="`by` as an interval, where it names dates"
    )
    standards: tuple[Id, ...] = Field(
        default=(), description="dated standards that it shares, from standards.yaml"
    )
    note: str | None = None


class Selection(Part):
    """Which people and which of their activity a claim is about. Every condition given must
    hold."""

    event: Literal[
        "emergency_admission",
        "elective_admission",
        "day_case",
        "ae_attendance",
        "outpatient_first",
        "outpatient_follow_up",
        "community_contact",
        "gp_consultation",
        "prescribing",
    ] = Field(description="kind of activity, a contact of the vocabulary or prescribing")
    diagnosis: tuple[str, ...] = Field(
        default=(),
        description="main reasons, condition or acute keys of the vocabulary; none given: any reason",
    )
    medicine: tuple[str, ...] = Field(
        default=(), description="medicine keys of the vocabulary; for prescribing"
    )
    ages: (
        tuple[Annotated[int, Field(ge=0, le=120)], Annotated[int, Field(ge=0, le=120)] | None]
        | None
    ) = Field(
        default=None,
        description="[from, to] in whole years at the event, both included; to: null has no limit",
    )
    people: str | None = Field(
        default=None,
        description="a segment, a condition or circumstance key, or an expression; absent: everybody",
    )
    providers: tuple[Id, ...] = Field(
        default=(), description="organisation codes; none given: any provider"
    )
    period: PrintedDate | None = Field(
        default=None, description="when the activity falls; absent: the plan's period"
    )

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.ages and self.ages[1] is not None and self.ages[0] > self.ages[1]:
            raise ValueError(
                f"ages run from {self.ages[0]} to {self.ages[1]}: the first must not be greater"
            )
        if self.medicine and self.event != "prescribing":
            raise ValueError("medicine belongs to event: prescribing")
        return self


class Claim(Part):
    """What a scheme promises in numbers: fewer events of a kind, a value, or both, for people and
    activity selected."""

    id: Id
    kind: Literal["nel", "ae", "elective", "outpatient", "community", "prescribing"] = Field(
        description="nel: non-elective admissions; ae: A&E attendances"
    )
    condition: str | None = Field(
        default=None, description="the condition in the plan's own word; absent: none printed"
    )
    count: Annotated[int, Field(ge=1, strict=True)] | None = Field(
        default=None, description="events fewer over the period; absent: no count printed"
    )
    value_gbp: Money | None = Field(
        default=None, description="printed value in pounds; at tariff unless the note says not"
    )
    value_basis: Literal["tariff", "cost"] = Field(
        default="tariff", description="what value_gbp is counted at"
    )
    selects: Selection
    selection: Literal["plan", "ours"] = Field(
        description="who chose the selection: the plan says it, or we read it so"
    )
    reason: str | None = Field(
        default=None, description="why we chose it, where the selection is ours"
    )
    otherwise: Selection | None = Field(
        default=None,
        description="the other reading, where the plan can be read in two ways; shown beside, never added",
    )
    note: str | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.count is None and self.value_gbp is None:
            raise ValueError(
                "a claim has a count, a value or both; what is not quantified belongs in `unquantified`"
            )
        if self.selection == "ours" and not self.reason:
            raise ValueError("selection: ours needs a reason")
        return self


class Unquantified(Part):
    """An effect that the plan names without a number. It stays without one."""

    id: Id
    kind: Text
    note: str | None = None


class Scheme(Part):
    """One scheme of the plan."""

    id: Id
    name: Text
    also_called: str | None = Field(default=None, description="another name in the same plan")
    programme: Id
    aims: tuple[Id, ...] = Field(default=(), description="the aims it serves")
    aim_basis: str | None = Field(default=None, description="how we know the aims")
    purpose: Text = Field(description="what it does, in a sentence of our own")
    lead: str | None = Field(
        default=None, description="who leads it; absent: not stated in the plan"
    )
    implementation: Implementation = Implementation()
    milestones: tuple[Milestone, ...] = ()
    measures: tuple[Measure, ...] = ()
    claims: tuple[Claim, ...] = ()
    unquantified: tuple[Unquantified, ...] = Field(
        default=(), description="effects named without a number"
    )
    doubts: tuple[str, ...] = Field(
        default=(), description="what is doubtful in the printed plan, in our words"
    )
    details: dict[str, str] = Field(default={}, description="further printed facts, named")
    source: str | None = Field(default=None, description="where it stands in the printed plan")


class Plan(Document):
    """A place's plan for a period."""

    id: Id
    title: Text
    place: Text
    period: PrintedDate
    source: str | None = None
    notes: tuple[str, ...] = ()
    aims: tuple[Aim, ...]
    programmes: tuple[Programme, ...]
    schemes: tuple[Scheme, ...]
