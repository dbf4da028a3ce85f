"""The risk of an emergency admission: a logistic model, fitted on one year, tested on the next,
said in words.

In: `risk.yaml` and arrays (predictors of a sample of people as of two earlier days, and what then
happened). Out: a model, how well it did on the year it had not seen, and for everyone the risk as
SQL, for one person its parts. Where the outcome is too rare to fit anything, that is said, and
people are ranked by a stated expression instead.

The fit is Newton's method on the penalised likelihood (Hastie, Tibshirani, Friedman, The Elements
of Statistical Learning, 2nd ed. 2009, section 4.4.1; ridge penalty on standardised predictors, the
intercept free).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import exp, floor, log1p
from typing import Annotated, Literal

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
    sql_literal,
)
from oneplace.documents.parts import Part
from oneplace.faults import Fault
from oneplace.people.features import AsWindow, Step
from oneplace.people.features.declare import Contacts
from oneplace.people.features.parts import Key
from oneplace.people.features.windows import back
from oneplace.people.records import counted_as
from oneplace.tables.vocabulary import concept


class Outcome(Part):
    """What is foretold. The only thing that may look past a day, and it says how far."""

    of: Contacts
    horizon_months: Annotated[int, Field(ge=1, le=60)]
    sentence: str = Field(min_length=1)


class Predictor(Part):
    """One column of the model: a condition (1 or 0) or a number, and how to say it of a person."""

    name: Key
    when: Condition | None = None
    value: Condition | None = Field(default=None, description="a number worked out from features")
    least: float = 0.0
    most: float | None = Field(default=None, description="greater values count as this")
    scale: Literal["plain", "log"] = Field(
        default="plain", description="log: the logarithm of one more than the value"
    )
    missing: float = Field(default=0.0, description="what a missing number counts as")
    say: str | None = Field(
        default=None, description="in words, {value} for the number; none: never given as a reason"
    )
    say_from: float = Field(default=0.0, description="lesser values are never given as a reason")
    say_one: str | None = Field(default=None, description="in words for exactly 1")

    @model_validator(mode="after")
    def _condition_or_number(self) -> Predictor:
        if (self.when is None) == (self.value is None):
            raise ValueError("either `when` with a condition or `value` with a number")
        return self


class Group(Part):
    """A feature by whose values the model is also judged; numbers are put in bands that start at
    these values."""

    feature: Key
    bands: tuple[int, ...] = ()


class Risk(Document):
    """`risk.yaml`."""

    name: Key
    title: str = Field(min_length=1)
    sentence: str = Field(min_length=1)
    outcome: Outcome
    fit_as_of: date | AsWindow = Field(description="a day, or how long before the day of computing")
    test_as_of: date | AsWindow = Field(
        description="a later day, for the test on a year the model has not seen"
    )
    people: Annotated[int, Field(ge=100)] = Field(
        default=100_000, description="at most so many people in each sample"
    )
    eligible: Condition = Field(
        default="true", description="whom the model is fitted on and tested on"
    )
    penalty: Annotated[float, Field(ge=0)] = Field(
        default=1.0, description="ridge penalty on standardised predictors"
    )
    minimum_events_per_predictor: Annotated[float, Field(gt=0)] = 10
    decimals: Annotated[int, Field(ge=2, le=6)] = 4
    predictors: Annotated[tuple[Predictor, ...], Field(min_length=1)]
    fallback: Condition = Field(description="a number to rank by where no model can be fitted")
    fallback_sentence: str = Field(
        min_length=1, description="the same in words, after `People are ranked by`"
    )
    judged_by: tuple[Group, ...] = ()

    def days(self, as_of: date) -> tuple[date, date]:
        """The day of the fit and the day of the test."""
        fit, test = (
            d if isinstance(d, date) else d.bounds(as_of)[0]
            for d in (self.fit_as_of, self.test_as_of)
        )
        assert fit is not None and test is not None
        return fit, test

    def outcome_end(self, day: date) -> date:
        """The first day on which it is known what happened."""
        return back(day, -self.outcome.horizon_months, "months")


@dataclass(frozen=True)
class Model:
    """A fitted model: log-odds = intercept + sum of coefficient x predictor."""

    names: tuple[str, ...]
    intercept: float
    coefficients: tuple[float, ...]
    means: tuple[float, ...]


@dataclass(frozen=True)
class Contribution:
    """What one predictor adds to a person's log-odds beyond the average person's, in words."""

    name: str
    adds: float
    value: float
    words: str | None


def risk_faults(doc: Risk, kinds: Mapping[str, Kind], *, file: str) -> Iterator[Fault]:
    """Predictors, groups and conditions that do not fit the features."""
    texts: list[tuple[str, str, Kind]] = [
        (doc.eligible, "eligible", "boolean"),
        (doc.fallback, "fallback", "number"),
    ]
    for i, p in enumerate(doc.predictors):
        texts.append(
            (p.when, f"predictors[{i}].when", "boolean")
            if p.when
            else (p.value or "", f"predictors[{i}].value", "number")
        )
        if p.name in {q.name for q in doc.predictors[:i]} or p.name == "intercept":
            yield Fault(
                what="the predictor stands twice",
                file=file,
                path=f"predictors[{i}].name",
                found=p.name,
            )
    for text, path, wants in texts:
        try:
            check_condition(text, kinds, wants=wants)
        except ExpressionError as e:
            yield e.fault(file=file, path=path)
    for i, group in enumerate(doc.judged_by):
        if group.feature not in kinds:
            yield Fault(
                what="no feature is called so",
                file=file,
                path=f"judged_by[{i}].feature",
                found=group.feature,
            )


def looks_ahead(doc: Risk, *, as_of: date, file: str) -> Iterator[Fault]:
    """Outcomes that would not be known: the fit must have ended when the test begins, the test on
    the day."""
    fit, test = doc.days(as_of)
    for what, begins, by in (("fit_as_of", fit, test), ("test_as_of", test, as_of)):
        end = doc.outcome_end(begins)
        if end > by:
            yield Fault(
                what="the model would look past the day it is computed for",
                file=file,
                path=what,
                found=f"what happens after {begins.isoformat()} is known on {end.isoformat()}",
                expected=f"known by {by.isoformat()}",
            )


def names_used(doc: Risk) -> set[str]:
    texts = [doc.eligible, doc.fallback, *(p.when or p.value or "" for p in doc.predictors)]
    return {n for t in texts for n in parse_expression(t).names()} | {
        g.feature for g in doc.judged_by
    }


def too_rare(doc: Risk, events: int, people: int) -> str | None:
    """Why no model is fitted; None when there is enough to fit one."""
    wanted = doc.minimum_events_per_predictor * len(doc.predictors)
    if events >= wanted and people - events >= wanted:
        return None
    return (
        f"No model was fitted: {events:,} of {people:,} people had the outcome, and {len(doc.predictors)} predictors "
        f"want at least {wanted:,.0f}. People are ranked by {doc.fallback_sentence}."
    )


# --- everyone, and one person ------------------------------------------------------------------------------------------
def design_columns(doc: Risk) -> list[str]:
    """Each predictor as SQL over features and scores."""
    columns = []
    for p in doc.predictors:
        if p.when:
            columns.append(
                f"CASE WHEN {parse_expression(p.when).to_sql()} THEN 1.0::DOUBLE ELSE 0.0::DOUBLE END"
            )
            continue
        sql = f"COALESCE(CAST({parse_expression(p.value or '').to_sql()} AS DOUBLE), {p.missing!r}::DOUBLE)"
        sql = f"GREATEST({sql}, {p.least!r}::DOUBLE)"
        sql = f"LEAST({sql}, {p.most!r}::DOUBLE)" if p.most is not None else sql
        columns.append(f"ln(1.0::DOUBLE + {sql})" if p.scale == "log" else sql)
    return columns


def compile_risks(
    doc: Risk, model: Model | None, *, source: str, into: str = "risks"
) -> list[Step]:
    """Steps that leave `into`: the risk, rounded, and what people are ranked by."""
    fallback = f"COALESCE(CAST({parse_expression(doc.fallback).to_sql()} AS DOUBLE), 0)"
    if model is None:
        inner = (
            f"SELECT person_id, CAST(NULL AS DOUBLE) AS risk, {fallback} AS other FROM {source} s"
        )
    else:
        terms = [
            f"{c!r}::DOUBLE * {x}"
            for c, x in zip(model.coefficients, design_columns(doc), strict=True)
            if c
        ]
        log_odds = " + ".join([f"{model.intercept!r}::DOUBLE", *terms])
        scale = 10**doc.decimals
        risk = f"floor({scale} / (1 + exp(-log_odds)) + 0.5) / {scale}"
        inner = (
            f"SELECT person_id, {risk} AS risk, CAST(NULL AS DOUBLE) AS other FROM "
            f"(SELECT person_id, {log_odds} AS log_odds FROM {source} s)"
        )
    sql = f"CREATE OR REPLACE TABLE {into} AS\nSELECT person_id, risk, COALESCE(risk, other) AS priority\nFROM ({inner})"
    return [Step(into, sql, "working out risks")]


def sample_sql(doc: Risk, *, day: date, source: str, groups: Sequence[str]) -> str:
    """Predictors x0, x1 ..., the outcome y and the groups g0, g1 ... of the eligible, in the order
    of their numbers."""
    columns = [f"{sql} AS x{i}" for i, sql in enumerate(design_columns(doc))]
    columns += [f"s.{quoted(g)} AS g{i}" for i, g in enumerate(groups)]
    kinds = ", ".join(str(concept(k)) for k in doc.outcome.of)
    return (
        f"SELECT s.person_id, {', '.join(columns)}, o.person_id IS NOT NULL AS y FROM {source} s\n"
        f"LEFT JOIN (SELECT DISTINCT person_id FROM {counted_as(*doc.outcome.of)} WHERE contact_id IN ({kinds}) "
        f"AND start_date >= {sql_literal(day)} AND start_date < {sql_literal(doc.outcome_end(day))}) o "
        f"ON o.person_id = s.person_id\nWHERE {parse_expression(doc.eligible).to_sql()}\nORDER BY s.person_id"
    )


def banded(group: Group, values: Sequence[Value]) -> list[str | None]:
    """Values of a group as labels; numbers in bands that start at the document's values."""
    if not group.bands:
        return [None if v is None else str(v) for v in values]
    starts = sorted(group.bands)
    names = [f"under {starts[0]}"]
    names += [f"{a} to {b - 1}" for a, b in pairwise(starts)] + [f"{starts[-1]} and over"]
    return [None if v is None else names[bisect_right(starts, v)] for v in values]


def design(doc: Risk, row: Mapping[str, Value]) -> list[float]:
    """One person's predictors."""
    found = []
    for p in doc.predictors:
        if p.when:
            found.append(1.0 if parse_expression(p.when).evaluate(row) is True else 0.0)
            continue
        raw = parse_expression(p.value or "").evaluate(row)
        value = max(p.missing if raw is None else float(raw), p.least)  # type: ignore[arg-type]
        value = value if p.most is None else min(value, p.most)
        found.append(log1p(value) if p.scale == "log" else value)
    return found


def risk_of(doc: Risk, model: Model, row: Mapping[str, Value]) -> float:
    """One person's risk, rounded as everyone's."""
    log_odds = model.intercept + sum(
        c * x for c, x in zip(model.coefficients, design(doc, row), strict=True)
    )
    scale: float = 10**doc.decimals
    return floor(scale / (1 + exp(-log_odds)) + 0.5) / scale


def contributions(doc: Risk, model: Model, row: Mapping[str, Value]) -> list[Contribution]:
    """What each predictor adds beyond the average person, the greatest first; equal ones in the
    document's order."""
    parts = []
    for p, c, mean, x in zip(
        doc.predictors, model.coefficients, model.means, design(doc, row), strict=True
    ):
        raw = parse_expression(p.value).evaluate(row) if p.value else None
        parts.append(Contribution(p.name, c * (x - mean), x, _words(p, x, raw)))
    return sorted(parts, key=lambda part: -part.adds)


def reasons(doc: Risk, model: Model | None, row: Mapping[str, Value], *, most: int) -> list[str]:
    """The weightiest reasons that raise the risk, in words; without a model, what there is to say
    in the document's order, since nothing tells which weighs most."""
    if model is None:
        raw = [parse_expression(p.value).evaluate(row) if p.value else None for p in doc.predictors]
        said = [
            _words(p, x, v) for p, x, v in zip(doc.predictors, design(doc, row), raw, strict=True)
        ]
        return [words for words in said if words][:most]
    return [c.words for c in contributions(doc, model, row) if c.words and c.adds > 0][:most]


def _words(p: Predictor, x: float, raw: Value) -> str | None:
    if p.say is None or x <= 0:
        return None
    if p.when:
        return p.say
    if raw is None or isinstance(raw, str | date) or raw < p.say_from:
        return None
    if raw == 1 and p.say_one:
        return p.say_one
    return p.say.format(value=f"{raw:,.0f}" if float(raw).is_integer() else f"{raw:,.2f}")
