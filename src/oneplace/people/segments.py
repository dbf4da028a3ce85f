"""Segments: everyone belongs to exactly one, by ordered rules; the first rule that holds decides.

In: `segments.yaml` (the place's own) and `segmentations/*.yaml` (others it keeps), features and
scores. Out: the segment and the number of the rule, as SQL for everyone; for one person also the
rules that did not hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
from oneplace.faults import Fault
from oneplace.people.features import Step
from oneplace.people.features.parts import Key
from oneplace.tables.declare import Column, Table
from oneplace.tables.results import segments_table


class SegmentRule(Part):
    """A condition that puts a person into the segment, and how to say so."""

    when: Condition
    because: str = Field(min_length=1, description="the reason in words")


class Segment(Part):
    """One segment; the last of all has `otherwise: true` and no rules, and takes everyone who is
    left."""

    id: Key
    title: str = Field(min_length=1)
    sentence: str = Field(min_length=1, description="who these people are")
    any_of: tuple[SegmentRule, ...] = ()
    otherwise: bool = False
    end_of_life: bool = Field(
        default=False,
        description="says that these people are dying: shown to clinicians trained in it alone; a segment of which a rule "
        "asks for end-of-life care is so by itself",
    )

    @model_validator(mode="after")
    def _one_way_in(self) -> Segment:
        if self.otherwise == bool(self.any_of):
            raise ValueError(
                "a segment with rules under `any_of`, or the last one with `otherwise: true`"
            )
        return self


class Segmentation(Document):
    """An ordered list of segments."""

    name: Key
    title: str = Field(min_length=1)
    citation: str = Field(
        min_length=1, description="whose segmentation it is, and what of it is ours"
    )
    segments: Annotated[tuple[Segment, ...], Field(min_length=2)]

    @property
    def rules(self) -> list[tuple[Segment, SegmentRule]]:
        """Every rule in order; their numbers count from 1 and the catch-all has the number after
        the last."""
        return [(s, r) for s in self.segments for r in s.any_of]

    def __getitem__(self, id: str) -> Segment:
        return next(s for s in self.segments if s.id == id)


@dataclass(frozen=True)
class Placed:
    """Where a person stands: the rule that held (None: the catch-all) and those before it that did
    not."""

    segment: Segment
    number: int
    rule: SegmentRule | None
    failed: tuple[SegmentRule, ...]


def place(doc: Segmentation, row: Mapping[str, Value]) -> Placed:
    """The segment of one person."""
    failed: list[SegmentRule] = []
    for number, (segment, rule) in enumerate(doc.rules, start=1):
        if parse_expression(rule.when).evaluate(row) is True:
            return Placed(segment, number, rule, tuple(failed))
        failed.append(rule)
    return Placed(doc.segments[-1], len(failed) + 1, None, tuple(failed))


def segments_declared(docs: Sequence[Segmentation]) -> Table:
    """The table they fill; the first document is the place's own."""
    others = [
        Column(d.name, "text", f"Segment by {d.title}.", values=tuple(s.id for s in d.segments))
        for d in docs[1:]
    ]
    return segments_table(others)


def compile_segments(
    docs: Sequence[Segmentation], *, source: str, into: str = "segments"
) -> list[Step]:
    """Steps that leave `into`; `source` is the SQL (a table or a parenthesised query) of features
    with scores."""
    own, *others = docs
    columns = [
        f"{_number_sql(own)} AS segment_rule",
        *(f"{_segment_sql(d)} AS {quoted(d.name)}" for d in others),
    ]
    names = [
        "person_id",
        f"{_segment_of_number(own)} AS segment",
        "CAST(segment_rule AS SMALLINT) AS segment_rule",
    ]
    names += [quoted(d.name) for d in others]
    sql = (
        f"CREATE OR REPLACE TABLE {into} AS\nSELECT {', '.join(names)}\n"
        f"FROM (SELECT person_id, {', '.join(columns)}\nFROM {source} s)"
    )
    return [Step(into, sql, "placing people in segments")]


def names_used(docs: Sequence[Segmentation]) -> set[str]:
    return {n for d in docs for _, r in d.rules for n in parse_expression(r.when).names()}


def segment_faults(doc: Segmentation, kinds: Mapping[str, Kind], *, file: str) -> Iterator[Fault]:
    """A missing catch-all, segments named twice, conditions that do not fit."""
    last = doc.segments[-1]
    if not last.otherwise:
        yield Fault(
            what="missing segment: people to whom no rule applies have none",
            file=file,
            path=f"segments[{len(doc.segments) - 1}]",
            found=f"the last segment, {last.id}, has conditions",
            expected="a last segment with `otherwise: true`",
        )
    for i, segment in enumerate(doc.segments):
        if segment.otherwise and segment is not last:
            yield Fault(
                what="nobody reaches the segments after this one",
                file=file,
                path=f"segments[{i}].otherwise",
            )
        if segment.id in {s.id for s in doc.segments[:i]}:
            yield Fault(
                what="the segment stands twice",
                file=file,
                path=f"segments[{i}].id",
                found=segment.id,
            )
        for j, rule in enumerate(segment.any_of):
            try:
                check_condition(rule.when, kinds)
            except ExpressionError as e:
                yield e.fault(file=file, path=f"segments[{i}].any_of[{j}].when")


def _number_sql(doc: Segmentation) -> str:
    whens = " ".join(
        f"WHEN {parse_expression(r.when).to_sql()} THEN {n}"
        for n, (_, r) in enumerate(doc.rules, start=1)
    )
    return f"CASE {whens} ELSE {len(doc.rules) + 1} END"


def _segment_of_number(doc: Segmentation) -> str:
    """Rule numbers back to segments: each segment's rules are neighbours."""
    whens, reached = [], 0
    for segment in doc.segments[:-1]:
        reached += len(segment.any_of)
        whens.append(f"WHEN segment_rule <= {reached} THEN '{segment.id}'")
    return f"CASE {' '.join(whens)} ELSE '{doc.segments[-1].id}' END"


def _segment_sql(doc: Segmentation) -> str:
    whens = " ".join(
        f"WHEN {parse_expression(r.when).to_sql()} THEN '{s.id}'" for s, r in doc.rules
    )
    return f"CASE {whens} ELSE '{doc.segments[-1].id}' END"
