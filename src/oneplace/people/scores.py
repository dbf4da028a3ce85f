"""Published scores: points for what is known of a person, each with its version, citation and
worked cases.

In: `scores/*.yaml` and the features. Out: one value (and band) for each person and score, as SQL
for everyone and in Python with its parts for one. Points are counted as whole numbers of the
smallest unit printed and divided last, so that every engine gives the same figure.

The Hospital Frailty Risk Score (Gilbert et al., Lancet 2018) is not among the shipped documents and
cannot be one: it weighs 109 three-character ICD-10 codes, and neutral local words do not say which
code stood in the records. A place that holds the codes can give each of the 109 a word of its own
in the code list and write the score as a document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import floor
from typing import Annotated

from pydantic import Field, model_validator

from oneplace.documents import Document
from oneplace.documents.expressions import (
    Condition,
    ExpressionError,
    Kind,
    Value,
    check_condition,
    parse_expression,
    quoted,
)
from oneplace.documents.parts import Part
from oneplace.documents.values import Number
from oneplace.faults import Fault
from oneplace.people.features import Step
from oneplace.people.features.parts import Key
from oneplace.tables.declare import Column, Table
from oneplace.tables.results import scores_table


class PointRule(Part):
    """Points that count when a condition holds; a condition with a missing part does not hold."""

    when: Condition
    points: Number
    sentence: str = Field(
        default="", description="what it says of the person; default: the feature's own sentence"
    )


class Band(Part):
    """Values up to and including `up_to`; the last band has no end."""

    name: Key
    up_to: Number | None = None


class Case(Part):
    """A worked case: features that are not named are false, nought or missing."""

    given: dict[str, bool | int | float | str] = Field(default_factory=dict)
    value: Number | None
    band: str | None = None
    source: str = Field(min_length=1, description="where the case was worked out")


class Score(Document):
    """One published score."""

    name: Key
    title: str = Field(min_length=1)
    version: str = Field(min_length=1, description="which edition of the score")
    citation: str = Field(min_length=1)
    effective: date = Field(description="when this edition was published")
    sentence: str = Field(min_length=1, description="what a value says")
    end_of_life: bool = Field(
        default=False,
        description="foretells death: shown to clinicians trained in it alone, with whatever is made of it",
    )
    applies_when: Condition | None = Field(
        default=None, description="for whom the score is meant; missing for others"
    )
    parts: Annotated[tuple[PointRule, ...], Field(min_length=1)]
    divide_by: Annotated[int, Field(ge=1)] = 1
    decimals: Annotated[int, Field(ge=0, le=6)] = 0
    bands: tuple[Band, ...] = ()
    disagreements: tuple[str, ...] = Field(
        default=(), description="where public implementations differ, and what is done"
    )
    cases: Annotated[tuple[Case, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _bands_in_order(self) -> Score:
        ends = [b.up_to for b in self.bands]
        known = [e for e in ends[:-1] if e is not None]
        if ends and (ends[-1] is not None or ends[:-1] != sorted(set(known))):
            raise ValueError("bands rise, and only the last has no end")
        return self


@dataclass(frozen=True)
class Scored:
    """A value with the parts that made it."""

    value: float | None
    band: str | None
    parts: tuple[PointRule, ...]


def score(doc: Score, row: Mapping[str, Value]) -> Scored:
    """The score of one person."""
    if doc.applies_when and parse_expression(doc.applies_when).evaluate(row) is not True:
        return Scored(None, None, ())
    parts = tuple(p for p in doc.parts if parse_expression(p.when).evaluate(row) is True)
    unit, divisor, scale = _arithmetic(doc)
    value = (
        floor((sum(int(p.points * unit) for p in parts) * 2 * scale + divisor) / (2 * divisor))
        / scale
    )
    return Scored(value, _band(doc, value), parts)


def work_case(doc: Score, case: Case, kinds: Mapping[str, Kind]) -> Scored:
    """A case with every feature it does not name at its resting value."""
    rest: dict[Kind, Value] = {"boolean": False, "number": 0, "text": None, "date": None}
    row = {name: rest[kind] for name, kind in kinds.items()} | dict(case.given)
    return score(doc, row)


def scores_declared(docs: Sequence[Score]) -> Table:
    """The table that the scores fill."""
    columns = []
    for doc in docs:
        columns.append(Column(doc.name, "number", f"{doc.title}: {doc.sentence}", required=False))
        if doc.bands:
            names = tuple(b.name for b in doc.bands)
            columns.append(
                Column(
                    f"{doc.name}_band",
                    "text",
                    f"{doc.title}, as a band.",
                    required=False,
                    values=names,
                )
            )
    return scores_table(columns)


def score_kinds(docs: Sequence[Score]) -> dict[str, Kind]:
    """The scores and bands as conditions see them."""
    kinds: dict[str, Kind] = {}
    for doc in docs:
        kinds[doc.name] = "number"
        if doc.bands:
            kinds[f"{doc.name}_band"] = "text"
    return kinds


def names_used(docs: Sequence[Score]) -> set[str]:
    """The features that the scores need."""
    texts = [p.when for doc in docs for p in doc.parts] + [
        doc.applies_when for doc in docs if doc.applies_when
    ]
    return {name for text in texts for name in parse_expression(text).names()}


def score_columns(docs: Sequence[Score]) -> list[str]:
    """Each score and band as an SQL column over a table of features."""
    return [f"{_value_sql(doc)} AS {quoted(doc.name)}" for doc in docs]


def compile_scores(
    docs: Sequence[Score],
    *,
    features: str = "features_read",
    into: str = "scores_read",
    temporary: bool = False,
) -> list[Step]:
    """Steps that leave `into`: a row for each row of the features, worked out from what was
    read."""
    values = ", ".join(["person_id", *score_columns(docs)])
    columns = ["person_id"]
    for doc in docs:
        columns.append(quoted(doc.name))
        if doc.bands:
            columns.append(f"{_band_sql(doc)} AS {quoted(doc.name + '_band')}")
    kind = "TEMP TABLE" if temporary else "TABLE"
    sql = f"CREATE OR REPLACE {kind} {into} AS\nSELECT {', '.join(columns)}\nFROM (SELECT {values}\nFROM {features})"
    return [Step(into, sql, "scoring")]


def show_scores(
    docs: Sequence[Score],
    unknown: Mapping[str, str],
    *,
    kept: str,
    read: str = "scores_read",
    into: str = "scores",
) -> Step:
    """The view `into` of what is known: a score of nought, with its band, is missing where
    `unknown` (score -> a condition on the rows of `kept`) says that it rests on rows that were
    refused. A score above nought is at least so much."""
    columns = ["s.person_id"]
    for doc in docs:
        names = [doc.name, f"{doc.name}_band"] if doc.bands else [doc.name]
        none = (
            f"s.{quoted(doc.name)} = 0 AND ({unknown[doc.name]})" if doc.name in unknown else None
        )
        columns += [
            f"CASE WHEN {none} THEN NULL ELSE s.{quoted(n)} END AS {quoted(n)}"
            if none
            else f"s.{quoted(n)}"
            for n in names
        ]
    join = f" JOIN {kept} k ON k.person_id = s.person_id" if unknown else ""
    return Step(
        into,
        f"CREATE OR REPLACE VIEW {into} AS\nSELECT {', '.join(columns)}\nFROM {read} s{join}",
        "scoring",
    )


def score_faults(doc: Score, kinds: Mapping[str, Kind], *, file: str) -> Iterator[Fault]:
    """Conditions that do not fit the features, cases that do not come out."""
    clean = True
    texts = [(p.when, f"parts[{i}].when") for i, p in enumerate(doc.parts)]
    if doc.applies_when:
        texts.append((doc.applies_when, "applies_when"))
    for text, path in texts:
        try:
            check_condition(text, kinds)
        except ExpressionError as e:
            clean = False
            yield e.fault(file=file, path=path)
    for i, case in enumerate(doc.cases):
        for name in case.given:
            if name not in kinds:
                clean = False
                yield Fault(
                    what="no feature is called so", file=file, path=f"cases[{i}].given", found=name
                )
    for i, case in enumerate(doc.cases if clean else ()):
        found = work_case(doc, case, kinds)
        value = None if case.value is None else float(case.value)
        if found.value != value or (case.band and found.band != case.band):
            yield Fault(
                what="the worked case does not come out",
                file=file,
                path=f"cases[{i}]",
                found=f"{found.value} {found.band or ''}".strip(),
                expected=f"{case.value} {case.band or ''}".strip(),
            )


def _arithmetic(doc: Score) -> tuple[int, int, int]:
    """Whole units in a point, what the sum of units is divided by, and steps in a whole of the
    result."""
    exponents = [p.points.as_tuple().exponent for p in doc.parts]
    unit = 10 ** max(0, *(-e for e in exponents if isinstance(e, int)), 0)
    return unit, unit * doc.divide_by, 10**doc.decimals


def _value_sql(doc: Score) -> str:
    unit, divisor, scale = _arithmetic(doc)
    parts = " + ".join(
        f"CASE WHEN {parse_expression(p.when).to_sql()} THEN {int(p.points * unit)} ELSE 0 END"
        for p in doc.parts
    )
    value = f"floor(CAST(({parts}) * {2 * scale} + {divisor} AS DOUBLE) / {2 * divisor}) / {scale}"
    if doc.applies_when:
        return f"CASE WHEN {parse_expression(doc.applies_when).to_sql()} THEN {value} END"
    return value


def _band(doc: Score, value: float) -> str | None:
    for band in doc.bands:
        if band.up_to is None or Decimal(repr(value)) <= band.up_to:
            return band.name
    return None


def _band_sql(doc: Score) -> str:
    column = quoted(doc.name)
    whens = " ".join(
        f"WHEN {column} <= CAST({float(b.up_to)!r} AS DOUBLE) THEN '{b.name}'"
        for b in doc.bands
        if b.up_to is not None
    )
    return f"CASE WHEN {column} IS NULL THEN NULL {whens} ELSE '{doc.bands[-1].name}' END"
