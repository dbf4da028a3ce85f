"""The document that says what a place is: `place.yaml`.

In: the file a planner edits. Out: one frozen `Place`: its name, the period its records cover, the
day everything is computed for by default, where each table came from, which words it uses from
when, and who may be shown what.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from oneplace.documents import Document
from oneplace.documents.editions import upgrade_from
from oneplace.documents.parts import Part
from oneplace.tables.place import TABLES

Basis = Literal["published", "supplied", "ours", "invented"]
Profile = Literal["published", "internal-planning", "hes", "opensafely", "none"]
Denominator = Literal["resident", "registered"]

DEMONSTRATION = "Demonstration people, who do not exist."
"""What is said wherever something made from them is shown."""


class Period(Part):
    """From the first day to the last, both included."""

    start: dt.date = Field(description="first day")
    end: dt.date = Field(description="last day")
    guessed: bool = Field(
        default=False,
        description="`oneplace new` guessed it from where the records are dense: no day is refused by it",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Period:
        if self.end < self.start:
            raise ValueError(f"a period that ends on or after its start, {self.start}")
        return self

    def holds(self, day: dt.date) -> bool:
        """Of a guessed period every day, until the records themselves have been asked."""
        return self.guessed or self.start <= day <= self.end


class Records(Part):
    """Where the place's records come from and which days they cover."""

    source: Literal["synthetic", "omop", "fhir", "feeds"] = Field(description="kind of source")
    path: str | None = Field(
        default=None, description="folder or file of the records, relative to the place"
    )
    seed: int | None = Field(
        default=None, ge=0, description="which demonstration people are made (synthetic only)"
    )
    period: Period = Field(description="days the records cover")


class TableSource(Part):
    """Who published a table, for which period, under which licence."""

    basis: Basis = Field(
        description="published figures, supplied by the place, ours (made by a rule), or invented"
    )
    publisher: str = Field(min_length=1, description="who published the figures")
    period: str = Field(min_length=1, description="what period or day the figures are for")
    licence: str = Field(min_length=1, description="terms they are used under")
    citation: str = Field(min_length=1, description="the publication, by its name")
    note: str = Field(default="", description="what a reader has to know before using the table")


class Term(Part):
    """What a thing is called, and from when until when."""

    term: str = Field(min_length=1, description="the word")
    means: str = Field(min_length=1, description="what it stands for")
    start: dt.date | None = Field(default=None, description="first day it is used")
    end: dt.date | None = Field(default=None, description="last day it is used")

    def used_on(self, day: dt.date) -> bool:
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)


class FeedTimes(Part):
    """When a month's figures of one feed can be had: first provisional, later final."""

    name: str = Field(min_length=1, description="the feed")
    lag_months: int = Field(ge=0, le=24, description="months after the month they are for")
    due_day: int = Field(
        default=31,
        ge=1,
        le=31,
        description="day of that month, or its last where it has no such day",
    )
    final_after_months: int = Field(
        default=0, ge=0, le=24, description="months until the figures no longer change"
    )


class Suppression(Part):
    """Which rule hides small numbers, by who reads them."""

    inside: Profile = Field(default="internal-planning", description="planners of the place")
    leaving: Profile = Field(default="hes", description="anything that leaves the place")


class Denominators(Part):
    """Which population a rate is divided by, for each kind of unit."""

    area: Denominator = "resident"
    ward: Denominator = "resident"
    neighbourhood: Denominator = "resident"
    place: Denominator = "resident"
    practice: Denominator = "registered"
    network: Denominator = "registered"
    team: Denominator = "registered"


class Commissioner(Part):
    """Who pays for the place's care: its published months are the place's own."""

    code: str = Field(
        min_length=1, description="its national code, as publications by commissioner give it"
    )
    name: str = Field(min_length=1, description="its name")


class Place(Document):
    """A place: what it is called, what its records cover, where its figures came from."""

    schema_edition: int = Field(
        default=2, alias="schema", ge=1, strict=True, description="edition of this form"
    )
    name: str = Field(min_length=1, description="what people call it")
    kind: str = Field(min_length=1, description="what it is: a city, a county, a network")
    code: str | None = Field(default=None, description="its national code, if it has one")
    commissioner: Commissioner | None = Field(
        default=None,
        description="the commissioner whose published figures stand for the whole place",
    )
    demonstration: bool = Field(
        description="true when its people are made by the program and do not exist"
    )
    records: Records = Field(description="where its records come from")
    as_of: dt.date = Field(description="the day everything is computed for, unless asked otherwise")
    suppression: Suppression = Field(
        default=Suppression(), description="which rule hides small numbers"
    )
    denominators: Denominators = Field(
        default=Denominators(), description="which population divides a rate"
    )
    vocabulary: tuple[Term, ...] = Field(
        default=(), description="words with the days they are used"
    )
    feeds: tuple[FeedTimes, ...] = Field(
        default=(), description="when each feed's figures can be had"
    )
    tables: dict[str, TableSource] = Field(
        default_factory=dict, description="where each table in tables/ came from"
    )

    @model_validator(mode="after")
    def _tables_are_known(self) -> Place:
        unknown = sorted(set(self.tables) - set(TABLES))
        if unknown:
            raise ValueError(f"tables named {', '.join(TABLES)}; not {', '.join(unknown)}")
        return self

    @field_validator("as_of")
    @classmethod
    def _as_of_is_in_the_records(cls, as_of: dt.date, given: ValidationInfo) -> dt.date:
        records = given.data.get("records")
        if records is not None and not records.period.holds(as_of):
            raise ValueError(
                f"as_of within the records, {records.period.start} to {records.period.end}"
            )
        return as_of

    def words(self, on: dt.date) -> dict[str, str]:
        """What each thing is called on a day: meaning -> word."""
        return {t.means: t.term for t in self.vocabulary if t.used_on(on)}


@upgrade_from("Place", 1)
def _what_nothing_came_of(content: dict[str, Any]) -> dict[str, Any]:
    """`study`, the days in which outcomes were to be counted, and `boundaries`, shapes of areas to
    draw, went: nothing was computed from either."""
    return {k: v for k, v in content.items() if k not in ("study", "boundaries")}
