"""Figures of measures counted from a build's own records, month by month: clocks, contacts,
diagnoses.

In: a session and how a measure says it is counted (`FromRecords`). Out: rows of month, group,
numerator, denominator. Days on which a clock stood still are taken off its wait. The first months
are left out as the measure says: a list that begins with the records is too short.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from oneplace.answers import kept
from oneplace.measures.forms import FromRecords
from oneplace.measures.series import following
from oneplace.measures.waiting_list import Cohort
from oneplace.people import counts
from oneplace.people.stays import ADMISSION_KINDS

if TYPE_CHECKING:
    from oneplace.answers.session import Session

MOST_KEPT = 400  # answers of a process, read once each


@dataclass(frozen=True)
class MonthCount:
    """One month's count of one group ('' is the whole place)."""

    month: dt.date
    part: str
    numerator: float
    denominator: float | None


def first_month(session: Session, how: FromRecords) -> dt.date:
    """The first whole month of the records, after those that the measure leaves out."""
    start = session.document.records.period.start
    month = start if start.day == 1 else following(start.replace(day=1))
    return following(month, how.settles_months)


def last_month(session: Session) -> dt.date:
    """The last whole month of the records."""
    end = session.document.records.period.end
    month = end.replace(day=1)
    return month if following(month) - dt.timedelta(days=1) <= end else following(month, -1)


def counted(
    session: Session,
    how: FromRecords,
    *,
    first: dt.date | None = None,
    last: dt.date | None = None,
    by: str | None = None,
) -> list[MonthCount]:
    """A measure's months. `by` is a column of the features (practice_code, area_code) to count each
    group of."""
    first, last = first or first_month(session, how), last or last_month(session)
    if last < first or session.build is None:
        return []
    name = _name(how, first, last, by)
    said = kept.text(
        session,
        name,
        lambda: _said(_ask(session, counts.by_month(how, first, last, by), by)),
        of_records=_shared(how, by),
    )
    return list(_read(said))


def count_once(session: Session, how: FromRecords) -> None:
    """The whole place, its areas and its practices from one question, for whoever asks for one of
    them later."""
    first, last = first_month(session, how), last_month(session)
    if last < first or session.build is None:
        return
    asked = {
        by: (_name(how, first, last, by), _shared(how, by))
        for by in (None, "area_code", "practice_code")
    }
    if all(kept.has(session, name, of_records=shared) for name, shared in asked.values()):
        return
    rows = session.ask(*counts.of_areas_and_practices(how, first, last))
    for by, left_out, part in (
        (None, 3, None),
        ("area_code", 1, "area"),
        ("practice_code", 2, "practice"),
    ):
        found = _counted(
            {**r, "part": r[part] if part else ""}
            for r in rows
            if r["left_out"] == left_out and (part is None or r[part] is not None)
        )
        name, shared = asked[by]
        kept.text(session, name, lambda found=found: _said(found), of_records=shared)  # type: ignore[misc]


def _shared(how: FromRecords, by: str | None) -> bool:
    """Whether it rests on the records alone: groups are where people belonged on the day of the
    build, and which contacts are one stay is told by what was recorded until then."""
    return by is None and not set(how.contacts) & set(ADMISSION_KINDS)


def _ask(
    session: Session, question: tuple[str, list[Any]], by: str | None
) -> tuple[MonthCount, ...]:
    return _counted(r for r in session.ask(*question) if r["part"] is not None or by is None)


def _counted(rows: Iterable[Mapping[str, Any]]) -> tuple[MonthCount, ...]:
    return tuple(
        MonthCount(
            r["month"],
            r["part"] or "",
            float(r["numerator"] or 0),
            None if r["denominator"] is None else float(r["denominator"]),
        )
        for r in rows
    )


def _name(how: FromRecords, first: dt.date, last: dt.date, by: str | None) -> str:
    return kept.name_of(how.model_dump_json(), first.isoformat(), last.isoformat(), by or "")


def _said(rows: Iterable[MonthCount]) -> str:
    return json.dumps([[r.month.isoformat(), r.part, r.numerator, r.denominator] for r in rows])


@lru_cache(maxsize=MOST_KEPT)
def _read(said: str) -> tuple[MonthCount, ...]:
    return tuple(
        MonthCount(dt.date.fromisoformat(m), part, top, bottom)
        for m, part, top, bottom in json.loads(said)
    )


def cohorts(
    session: Session, kind: str, *, by: str | None = None, part: str | None = None
) -> list[Cohort]:
    """Everyone referred for something, by the months of joining and stopping; of one group where
    `by` and `part` name it."""
    return [
        Cohort(r["joined"], r["stopped"], r["outcome"], r["people"])
        for r in session.ask(*counts.cohorts(kind, by, part))
    ]
