"""What a feature is: one fact about a person on a day, with a sentence, declared in
`features.yaml`.

In: the document. Out: frozen features, each of a kind that says which rows it reads and how; the
table they fill; the faults of a declaration that looks past its day, names a word that is not in
the vocabulary or goes round in a circle. What the grammar of conditions cannot say becomes a kind
here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, model_validator

from oneplace.documents import Document
from oneplace.documents.expressions import (
    Condition,
    ExpressionError,
    Kind,
    check_condition,
    near,
    parse_expression,
)
from oneplace.documents.parts import Part
from oneplace.faults import Fault
from oneplace.people.features.courses import Course, by_concept
from oneplace.people.features.parts import Diagnoses, Key, Words, words_of
from oneplace.people.features.windows import EVER, AsWindow
from oneplace.people.readings import Reading
from oneplace.people.stays import ADMISSION_KINDS, GAP_DAYS
from oneplace.tables.declare import Column, Table
from oneplace.tables.people import PERSON
from oneplace.tables.place import TABLES

Type = Literal["boolean", "integer", "number", "text"]
Contacts = Annotated[Words, words_of("contact")]
Admissions = Annotated[Contacts, AfterValidator(lambda v: _only(v, ADMISSION_KINDS))]


def _only(found: tuple[str, ...], allowed: tuple[str, ...]) -> tuple[str, ...]:
    for key in found:
        if key not in allowed:
            raise ValueError(f"kinds of admission ({', '.join(allowed)}); {key} is none")
    return found


class _Feature(Part):
    """What every feature says of itself. `type` is the type of its column, `reads` the river tables
    it needs."""

    type: ClassVar[Type]
    reads: ClassVar[tuple[str, ...]] = ()

    name: Key
    sentence: str = Field(min_length=1, description="what it says of a person, for a clinician")
    unit: str | None = Field(default=None, description="unit of the value")
    known_from: date | None = Field(
        default=None, description="first day on which this could have been known"
    )
    retrospective: str | None = Field(
        default=None, description="why it may be used for earlier days all the same"
    )

    @property
    def column_type(self) -> Type:
        return self.type

    @property
    def tables(self) -> tuple[str, ...]:
        return self.reads


class Age(_Feature):
    kind: Literal["age"]
    type: ClassVar[Type] = "integer"
    reads: ClassVar[tuple[str, ...]] = ("people",)


class Sex(_Feature):
    kind: Literal["sex"]
    type: ClassVar[Type] = "text"
    reads: ClassVar[tuple[str, ...]] = ("people",)


class Ethnicity(_Feature):
    kind: Literal["ethnicity"]
    type: ClassVar[Type] = "text"
    reads: ClassVar[tuple[str, ...]] = ("people",)


class Registered(_Feature):
    """On the list of a practice on the day."""

    kind: Literal["registered"]
    type: ClassVar[Type] = "boolean"
    reads: ClassVar[tuple[str, ...]] = ("registrations",)


class Resident(_Feature):
    """Living in one of the place's areas on the day."""

    kind: Literal["resident"]
    type: ClassVar[Type] = "boolean"
    reads: ClassVar[tuple[str, ...]] = ("residence",)


class Practice(_Feature):
    kind: Literal["practice"]
    type: ClassVar[Type] = "text"
    reads: ClassVar[tuple[str, ...]] = ("registrations",)


class Team(_Feature):
    """The team of the practice on the day."""

    kind: Literal["team"]
    type: ClassVar[Type] = "text"
    reads: ClassVar[tuple[str, ...]] = ("registrations", "team_practices")


class Area(_Feature):
    """A column of the place's table of areas, for the area of the home on the day."""

    kind: Literal["area"]
    type: ClassVar[Type] = "text"
    reads: ClassVar[tuple[str, ...]] = ("residence", "areas")
    column: Key = "area_code"
    holds: Literal["integer", "number", "text"] = "text"

    @property
    def column_type(self) -> Type:
        return self.holds


class HasDiagnosis(_Feature):
    """A condition, reason or circumstance. `current` asks whether it holds on the day, as its
    course is declared; `ever` whether it was recorded."""

    kind: Literal["diagnosis"]
    type: ClassVar[Type] = "boolean"
    reads: ClassVar[tuple[str, ...]] = ("diagnoses",)
    of: Diagnoses
    window: AsWindow = EVER
    state: Literal["current", "ever"] = "current"

    @model_validator(mode="after")
    def _current_reaches_the_day(self) -> HasDiagnosis:
        if self.state == "current" and self.window.last:
            raise ValueError(f"`state: ever` for a window that ends before the day ({self.window})")
        return self


class CountDiagnoses(_Feature):
    """How often it was recorded."""

    kind: Literal["diagnoses"]
    type: ClassVar[Type] = "integer"
    reads: ClassVar[tuple[str, ...]] = ("diagnoses",)
    of: Diagnoses
    window: AsWindow


class CountContacts(_Feature):
    """How many contacts began in the window, a stay in hospital once; with `diagnosis`, stays with
    that main reason."""

    kind: Literal["contacts"]
    type: ClassVar[Type] = "integer"
    of: Contacts
    diagnosis: Annotated[tuple[str, ...], words_of("condition", "acute", "circumstance")] = ()
    window: AsWindow

    @property
    def tables(self) -> tuple[str, ...]:
        return ("admissions", "diagnoses") if self.diagnosis else ("contacts",)

    @model_validator(mode="after")
    def _reasons_belong_to_admissions(self) -> CountContacts:
        if self.diagnosis:
            _only(self.of, ADMISSION_KINDS)
        return self


class BedDays(_Feature):
    """Nights in hospital inside the window, each once, of stays that began before it too; one still
    going on counts so far."""

    kind: Literal["bed_days"]
    type: ClassVar[Type] = "integer"
    reads: ClassVar[tuple[str, ...]] = ("contacts",)
    of: Admissions
    window: AsWindow


class DaysSince(_Feature):
    """Days from the last contact of these kinds to the day; missing when there was none."""

    kind: Literal["days_since"]
    type: ClassVar[Type] = "integer"
    reads: ClassVar[tuple[str, ...]] = ("contacts",)
    of: Contacts
    window: AsWindow = EVER


class Gap(_Feature):
    """The shortest time from the end of one contact or stay to the start of the next, both begun in
    the window; missing below two."""

    kind: Literal["gap"]
    type: ClassVar[Type] = "integer"
    reads: ClassVar[tuple[str, ...]] = ("contacts",)
    of: Contacts
    window: AsWindow


class LastReading(_Feature):
    """The latest value in the window by day and time, of several at one time the one written last,
    kept to three decimals; missing when that reading was refused, for an older one says nothing of
    today."""

    kind: Literal["reading"]
    type: ClassVar[Type] = "number"
    reads: ClassVar[tuple[str, ...]] = ("readings",)
    of: Annotated[tuple[str, ...], Field(min_length=1, max_length=1), words_of("reading")]
    window: AsWindow


class CountMedicines(_Feature):
    """How many different medicines in the window."""

    kind: Literal["medicines"]
    type: ClassVar[Type] = "integer"
    reads: ClassVar[tuple[str, ...]] = ("prescriptions",)
    of: Annotated[tuple[str, ...], words_of("medicine")] = ()
    window: AsWindow


class HasMedicine(_Feature):
    kind: Literal["medicine"]
    type: ClassVar[Type] = "boolean"
    reads: ClassVar[tuple[str, ...]] = ("prescriptions",)
    of: Annotated[Words, words_of("medicine")]
    window: AsWindow


class HasPackage(_Feature):
    """Social care arranged on the day."""

    kind: Literal["package"]
    type: ClassVar[Type] = "boolean"
    reads: ClassVar[tuple[str, ...]] = ("packages",)
    of: Annotated[Words, words_of("package")]


class Waiting(_Feature):
    """Referrals whose clock runs on the day."""

    kind: Literal["waiting"]
    type: ClassVar[Type] = "integer"
    reads: ClassVar[tuple[str, ...]] = ("referrals",)
    of: Annotated[Words, words_of("referral")]


class CountOf(_Feature):
    """How many of these features are true; none of them, and one not known, is not known."""

    kind: Literal["count_of"]
    type: ClassVar[Type] = "integer"
    of: Annotated[tuple[Key, ...], Field(min_length=1)]


class Rule(_Feature):
    """A condition on other features, given a name; true, or else false, also when a reading or a
    day in it is missing. Where a table that it rests on is not there, or rows of the person were
    refused, it is known only if the rest decides."""

    kind: Literal["rule"]
    type: ClassVar[Type] = "boolean"
    when: Condition


Feature = Annotated[
    Age
    | Sex
    | Ethnicity
    | Registered
    | Resident
    | Practice
    | Team
    | Area
    | HasDiagnosis
    | CountDiagnoses
    | CountContacts
    | BedDays
    | DaysSince
    | Gap
    | LastReading
    | CountMedicines
    | HasMedicine
    | HasPackage
    | Waiting
    | CountOf
    | Rule,
    Field(discriminator="kind"),
]
Derived = CountOf | Rule
TYPES_TO_KINDS: dict[str, Kind] = {
    "boolean": "boolean",
    "integer": "number",
    "number": "number",
    "text": "text",
}
SOURCES = (
    "people",
    "registrations",
    "residence",
    "observed",
    "diagnoses",
    "endings",
    "contacts",
    "admissions",
    "prescriptions",
    "readings",
    "referrals",
    "packages",
    "areas",
    "team_practices",
)


class Stays(Part):
    """What one admission is: rows of a person that overlap or follow this closely are one stay in
    hospital."""

    gap_days: int = Field(
        default=GAP_DAYS,
        ge=0,
        le=30,
        description="days from an end to the next start that are still one stay",
    )


class Features(Document):
    """`features.yaml`: everything that is known of a person on a day, and from when each table
    could be used."""

    stays: Stays = Stays()
    readings: tuple[Reading, ...] = Field(
        default=(), description="units and limits that differ from those that ship with the program"
    )
    features: Annotated[tuple[Feature, ...], Field(min_length=1)]
    available_from: dict[str, date] = Field(
        default_factory=dict,
        description="river table -> first day for which its records are complete enough",
    )
    conditions: tuple[Course, ...] = Field(
        default=(),
        description="what becomes of each condition once it is recorded; those left out are as the program ships them",
    )

    @model_validator(mode="after")
    def _tables_exist(self) -> Features:
        for table in self.available_from:
            if table not in SOURCES:
                raise ValueError(
                    f"available_from names tables of the river: {near(table, SOURCES)}, not {table}"
                )
        return self

    @model_validator(mode="after")
    def _each_condition_has_one_course(self) -> Features:
        limited = [r.reading for r in self.readings]
        if twice := sorted({key for key in limited if limited.count(key) > 1}):
            raise ValueError(f"each reading once under readings; twice: {', '.join(twice)}")
        named = [key for course in self.conditions for key in course.of]
        twice = sorted({key for key in named if named.count(key) > 1})
        if twice:
            raise ValueError(f"each condition once under conditions; twice: {', '.join(twice)}")
        return self

    @cached_property
    def courses(self) -> dict[int, Course]:
        """Number of each word of the domains condition, circumstance and acute -> its course."""
        return by_concept(self.conditions)

    def __getitem__(self, name: str) -> Feature:
        return next(f for f in self.features if f.name == name)

    @property
    def kinds(self) -> dict[str, Kind]:
        """Every feature with the kind of value that conditions see."""
        return {f.name: TYPES_TO_KINDS[f.column_type] for f in self.features}


def features_table(doc: Features, name: str = "features") -> Table:
    """The table that the features fill: a row for everyone of the place on the day."""
    columns = tuple(
        Column(f.name, f.column_type, f.sentence, f.unit, required=False) for f in doc.features
    )
    return Table(
        name,
        "What is known of each person on the day of computing.",
        (PERSON, *columns),
        key=("person_id",),
    )


def needed(doc: Features, names: set[str]) -> set[str]:
    """These features and everything that they are made from."""
    found: set[str] = set()
    waiting = set(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting |= set(parts_of(doc[name]))
    return found


def parts_of(feature: Feature) -> tuple[str, ...]:
    """The features it is made from."""
    if isinstance(feature, CountOf):
        return feature.of
    return parse_expression(feature.when).names() if isinstance(feature, Rule) else ()


def in_order(doc: Features) -> list[list[Feature]]:
    """Features in layers, each made from earlier ones only. `faults_of` must have found no
    circle."""
    left = list(doc.features)
    layers: list[list[Feature]] = []
    done: set[str] = set()
    while left:
        layer = [f for f in left if all(p in done for p in parts_of(f))]
        if not layer:
            raise ValueError("features go round in a circle: " + ", ".join(f.name for f in left))
        layers.append(layer)
        done |= {f.name for f in layer}
        left = [f for f in left if f.name not in done]
    return layers


def faults_of(
    doc: Features, *, file: str, lines: Mapping[int, int] | None = None
) -> Iterator[Fault]:
    """What is wrong between features: names that stand twice, are not declared, or go round in a
    circle."""
    kinds = doc.kinds
    seen: set[str] = set()
    for i, feature in enumerate(doc.features):
        line = (lines or {}).get(i)
        if feature.name in seen or feature.name == "person_id":
            yield Fault(
                what="the name stands twice",
                path=f"features[{i}].name",
                found=feature.name,
                file=file,
                line=line,
            )
        seen.add(feature.name)
        if isinstance(feature, Area):
            yield from _area_column(feature, f"features[{i}]", file=file, line=line)
        if isinstance(feature, CountOf):
            for part in feature.of:
                if kinds.get(part) != "boolean":
                    found = part if part in kinds else f"{part}, which is not declared"
                    yield Fault(
                        what="only features that are true or false can be counted",
                        path=f"features[{i}].of",
                        found=found,
                        expected=near(part, {k: v for k, v in kinds.items() if v == "boolean"}),
                        file=file,
                        line=line,
                    )
        if isinstance(feature, Rule):
            try:
                check_condition(feature.when, kinds)
            except ExpressionError as e:
                yield e.fault(file=file, line=line, path=f"features[{i}].when")
    try:
        in_order(doc) if all(p in kinds for f in doc.features for p in parts_of(f)) else []
    except ValueError as e:
        yield Fault(what=str(e), file=file, path="features")


def _area_column(feature: Area, path: str, *, file: str, line: int | None) -> Iterator[Fault]:
    """The column is one of the table of areas, and holds what the feature says."""
    columns = {c.name: "integer" if c.type == "small" else c.type for c in TABLES["areas"].columns}
    if feature.column not in columns:
        expected = near(feature.column, dict.fromkeys(columns, "text"))
        what = "the table of areas has no such column"
        yield Fault(
            what=what,
            file=file,
            line=line,
            path=f"{path}.column",
            found=feature.column,
            expected=expected,
        )
    elif columns[feature.column] != feature.holds:
        what, expected = "the column holds something else", columns[feature.column]
        yield Fault(
            what=what,
            file=file,
            line=line,
            path=f"{path}.holds",
            found=feature.holds,
            expected=expected,
        )


def not_yet_known(
    doc: Features, *, as_of: date, file: str, lines: Mapping[int, int] | None = None
) -> Iterator[Fault]:
    """Features that nobody could have known on the day: leakage, refused before anything is
    computed."""
    for i, feature in enumerate(doc.features):
        dates = [(feature.known_from, "it")] + [
            (doc.available_from.get(t), f"the table {t}") for t in feature.tables
        ]
        for first, what in dates:
            if first is not None and first > as_of and not feature.retrospective:
                yield Fault(
                    what=f"the feature {feature.name} looks past the day it is computed for",
                    file=file,
                    line=(lines or {}).get(i),
                    path=f"features[{i}]",
                    found=f"{what} was first known on {first.isoformat()}",
                    expected=f"nothing later than {as_of.isoformat()}, or `retrospective:` with the reason",
                )
