"""What becomes of a condition after it is recorded: for life, for a time, or one episode; and the
state it is in.

In: the place's declarations (`conditions:` in features.yaml; what they leave out is as in
`courses.csv` here, which ships with the program and waits for a clinician's signature). Out: for
each word its course, and for one person's rows the state of each condition on a day: holding or
over, since when, in remission, known from hospital alone.

A row holds on the day when it was recorded later than the latest end that is known (the end of a
row of the practice's problem list, or a code or status that says resolved), not longer ago than the
course lasts, and not in an encounter that has ended where the course ends with the encounter. The
end of an admission or a claim ends nothing else.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Literal

from pydantic import Field, model_validator

from oneplace.documents.parts import Part
from oneplace.people.features.parts import Diagnoses
from oneplace.people.features.windows import EVER, AsWindow, Window
from oneplace.tables.vocabulary import concept, keys

Row = Mapping[str, Any]


class Course(Part):
    """How long these conditions hold once recorded, and what may end them before."""

    of: Diagnoses
    course: Literal["lifelong", "recent", "episodic"] = Field(
        description="lifelong: holds until something ends it; recent: holds for `within` after it was last recorded; "
        "episodic: as recent, and an encounter's own end ends it too"
    )
    within: AsWindow | None = Field(
        default=None, description="how long it holds after it was last recorded"
    )
    resolved: Literal["ends", "recall", "stays"] = Field(
        default="ends",
        description="what `resolved` does: ends the condition; ends it and the person stays on recall; nothing",
    )
    remission: Literal["ends", "stays"] = Field(
        default="stays", description="what `in remission` does"
    )
    hospital: Literal["kept", "ends"] | None = Field(
        default=None,
        description="a code from hospital alone: kept, marked as not on the practice's list; or over when the stay is "
        "(by default: kept, but episodes end)",
    )
    because: str | None = Field(default=None, description="why, for the clinician who signs it")

    @model_validator(mode="after")
    def _span_belongs_to_what_passes(self) -> Course:
        if self.course == "lifelong" and self.within is not None:
            raise ValueError(
                "`within` only where the course is recent or episodic: what is lifelong has no span"
            )
        if self.course != "lifelong" and (
            self.within is None or self.within.first is None or self.within.last
        ):
            raise ValueError(
                f"`within: 12 months` or another span up to the day, for a course that is {self.course}"
            )
        return self

    @property
    def span(self) -> Window:
        return self.within or EVER

    @property
    def ends_with_encounter(self) -> bool:
        return self.hospital == "ends" or (self.hospital is None and self.course == "episodic")

    def ended_by(self, how: str) -> bool:
        """Does an entry of `endings` of this kind (list, ends, remits) end it?"""
        return (
            how == "list"
            or (how == "ends" and self.resolved != "stays")
            or (how == "remits" and self.remission == "ends")
        )


@cache
def shipped() -> dict[str, Course]:
    """The course of every word of the domains condition, circumstance and acute, as it comes with
    the program."""
    text = (
        resources.files("oneplace.people.features")
        .joinpath("courses.csv")
        .read_text(encoding="utf-8")
    )
    found: dict[str, Course] = {}
    for r in csv.DictReader(text.splitlines()):
        of = r["of"].split()
        given = {k: v for k, v in r.items() if v and k != "of"}
        words = keys("acute") if of == ["acute"] else of
        found |= dict.fromkeys(words, Course.model_validate({"of": tuple(words), **given}))
    assert set(found) == set(keys("condition", "circumstance", "acute")), "every word has a course"
    return found


def by_concept(declared: Iterable[Course]) -> dict[int, Course]:
    """Number of each word -> its course: as declared, else as shipped."""
    own = {key: course for course in declared for key in course.of}
    return {concept(key): course for key, course in {**shipped(), **own}.items()}


@dataclass(frozen=True)
class ConditionState:
    """One condition of one person on a day.

    `rows` are those it stands on, none when it is over; `since` is the start of the first of an
    unbroken run; `over` the day it ended and `how` (list, ends, remits, or span: not recorded again
    for longer than its course lasts)."""

    condition_id: int
    rows: tuple[Row, ...] = ()
    since: date | None = None
    over: date | None = None
    how: str | None = None
    remission: date | None = None
    recall: bool = False
    hospital_alone: bool = False

    @property
    def holds(self) -> bool:
        return bool(self.rows)

    @property
    def words(self) -> str:
        """What a reader is told beside the condition's name; empty for one that simply holds."""
        parts = []
        if not self.holds:
            parts.append(_OVER[self.how or "span"] + (_day(self.over) if self.over else ""))
            if self.recall:
                parts.append("stays on recall")
        if self.holds and self.remission:
            parts.append(_OVER["remits"] + _day(self.remission))
        if self.hospital_alone:
            parts.append("not on the practice's list: recorded in hospital only")
        return "; ".join(parts)


_OVER = {
    "list": "ended on the practice's list on ",
    "ends": "resolved on ",
    "remits": "in remission since ",
    "span": "not recorded again",
}


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def states(
    courses: Mapping[int, Course],
    diagnoses: Sequence[Row],
    endings: Sequence[Row],
    *,
    as_of: date,
    stays: Iterable[int] = (),
) -> dict[int, ConditionState]:
    """The state of every condition that one person's rows name before the day. `stays` are the keys
    of the person's contacts with a hospital; a row of such a contact that is not the problem list's
    is a hospital's."""
    hospital = set(stays)
    rows: dict[int, list[Row]] = {}
    for r in diagnoses:
        if r["start_date"] < as_of:
            rows.setdefault(r["condition_id"], []).append(r)
    found = {}
    for condition, own in sorted(rows.items()):
        own.sort(key=lambda r: r["start_date"])
        ends = [e for e in endings if e["condition_id"] == condition and e["end_date"] < as_of]
        found[condition] = _state(condition, courses[condition], own, ends, as_of, hospital)
    return found


def _state(
    condition: int,
    course: Course,
    rows: Sequence[Row],
    ends: Sequence[Row],
    as_of: date,
    hospital: set[int],
) -> ConditionState:
    ended = max(
        (e for e in ends if course.ended_by(e["how"])),
        key=lambda e: (e["end_date"], e["how"]),
        default=None,
    )
    after = [r for r in rows if ended is None or r["start_date"] > ended["end_date"]]
    after = [r for r in after if not (course.ends_with_encounter and over_with_encounter(r, as_of))]
    first = course.span.bounds(as_of)[0]
    holding = tuple(r for r in after if first is None or r["start_date"] >= first)
    recorded = rows[-1]["start_date"]
    if not holding:
        by_end = ended is not None and ended["end_date"] >= recorded
        return ConditionState(
            condition,
            over=ended["end_date"] if ended and by_end else None,
            how=ended["how"] if ended and by_end else "span",
            recall=bool(
                ended and by_end and ended["how"] == "ends" and course.resolved == "recall"
            ),
        )
    remits = [
        e["end_date"]
        for e in ends
        if e["how"] == "remits" and e["end_date"] >= holding[-1]["start_date"]
    ]
    return ConditionState(
        condition,
        rows=holding,
        since=_since(after, holding[0]["start_date"], course),
        remission=max(remits, default=None),
        hospital_alone=all(
            not r["on_list"] and (r["from_hospital"] or r["visit_occurrence_id"] in hospital)
            for r in holding
        ),
    )


def held_on(condition: int, course: Course, *, person: str, day: str) -> str:
    """SQL: whether the condition held for `person` on `day`, each SQL too, by the rule of `states`;
    what was recorded on the day itself counts. For questions in which every row has a day of its
    own."""
    ends = [f"'{how}'" for how in ("list", "ends", "remits") if course.ended_by(how)]
    over = "min(x.end_date)"
    if course.ends_with_encounter:
        over = f"LEAST({over}, min(CASE WHEN NOT d.on_list THEN d.end_date END))"
    spells = (
        f"SELECT d.person_id, d.start_date, {over} AS over FROM diagnoses d LEFT JOIN endings x ON x.person_id = d.person_id "
        f"AND x.condition_id = d.condition_id AND x.how IN ({', '.join(ends)}) AND x.end_date >= d.start_date "
        f"WHERE d.condition_id = {condition} GROUP BY d.person_id, d.start_date, d.end_date, d.on_list"
    )
    recent = ""
    if course.span.first is not None:
        recent = f" AND s.start_date >= {day} - INTERVAL {course.span.first} {course.span.unit.removesuffix('s')}"
    return (
        f"EXISTS (SELECT 1 FROM ({spells}) s WHERE s.person_id = {person} AND s.start_date <= {day} "
        f"AND (s.over IS NULL OR s.over >= {day}){recent})"
    )


def over_with_encounter(row: Row, as_of: date) -> bool:
    """The row is an encounter's that has ended before the day."""
    return not row["on_list"] and row["end_date"] is not None and row["end_date"] < as_of


def _since(rows: Sequence[Row], first: date, course: Course) -> date:
    """Back from the first row that holds, as long as each was recorded within the course's span of
    the next."""
    for r in reversed(rows):
        start: date = r["start_date"]
        begins = course.span.bounds(first)[0]
        if start < first and (begins is None or start >= begins):
            first = start
    return first
