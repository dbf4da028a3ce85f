"""Figures of measures counted from a build's own records, month by month: clocks, contacts, diagnoses.

In: a session and how a measure says it is counted (`FromRecords`). Out: rows of month, group, numerator, denominator. Days on which a clock
stood still are taken off its wait. The first months are left out as the measure says: a list that begins with the records is too short.
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
from oneplace.people.records import counted_as
from oneplace.people.stays import ADMISSION_KINDS
from oneplace.tables.vocabulary import concept

if TYPE_CHECKING:
    from oneplace.answers.session import Session

TREATED = ("treated", "seen")
MOST_KEPT = 400  # answers of a process, read once each
BOTH = "areas and practices at once"


@dataclass(frozen=True)
class Counted:
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
) -> list[Counted]:
    """A measure's months. `by` is a column of the features (practice_code, area_code) to count each group of."""
    first, last = first or first_month(session, how), last or last_month(session)
    if last < first or session.build is None:
        return []
    name = _name(how, first, last, by)
    said = kept.text(
        session,
        name,
        lambda: _said(_ask(session, _SQL[how.count](how, first, last, by), by)),
        of_records=_shared(how, by),
    )
    return list(_read(said))


def count_once(session: Session, how: FromRecords) -> None:
    """The whole place, its areas and its practices from one question, for whoever asks for one of them later."""
    first, last = first_month(session, how), last_month(session)
    if last < first or session.build is None:
        return
    asked = {by: (_name(how, first, last, by), _shared(how, by)) for by in (None, "area_code", "practice_code")}
    if all(kept.has(session, name, of_records=shared) for name, shared in asked.values()):
        return
    sql, params = _SQL[how.count](how, first, last, BOTH)
    rows = session.ask(
        "SELECT month, area, practice, CAST(GROUPING(area, practice) AS INTEGER) AS left_out, sum(numerator) AS numerator, "
        "sum(denominator) AS denominator FROM (SELECT month, part.area AS area, part.practice AS practice, numerator, denominator "
        f"FROM ({sql})) GROUP BY GROUPING SETS ((month), (month, area), (month, practice)) ORDER BY 1, 2, 3",
        params,
    )
    for by, left_out, part in ((None, 3, None), ("area_code", 1, "area"), ("practice_code", 2, "practice")):
        found = _counted(
            {**r, "part": r[part] if part else ""}
            for r in rows
            if r["left_out"] == left_out and (part is None or r[part] is not None)
        )
        name, shared = asked[by]
        kept.text(session, name, lambda found=found: _said(found), of_records=shared)  # type: ignore[misc]


def _shared(how: FromRecords, by: str | None) -> bool:
    """Whether it rests on the records alone: groups are where people belonged on the day of the build, and which contacts
    are one stay is told by what was recorded until then."""
    return by is None and not set(how.contacts) & set(ADMISSION_KINDS)


def _ask(session: Session, question: tuple[str, list[Any]], by: str | None) -> tuple[Counted, ...]:
    return _counted(r for r in session.ask(*question) if r["part"] is not None or by is None)


def _counted(rows: Iterable[Mapping[str, Any]]) -> tuple[Counted, ...]:
    return tuple(
        Counted(
            r["month"],
            r["part"] or "",
            float(r["numerator"] or 0),
            None if r["denominator"] is None else float(r["denominator"]),
        )
        for r in rows
    )


def _name(how: FromRecords, first: dt.date, last: dt.date, by: str | None) -> str:
    return kept.name_of(how.model_dump_json(), first.isoformat(), last.isoformat(), by or "")


def _said(rows: Iterable[Counted]) -> str:
    return json.dumps([[r.month.isoformat(), r.part, r.numerator, r.denominator] for r in rows])


@lru_cache(maxsize=MOST_KEPT)
def _read(said: str) -> tuple[Counted, ...]:
    return tuple(Counted(dt.date.fromisoformat(m), part, top, bottom) for m, part, top, bottom in json.loads(said))


def _group(by: str | None, alias: str) -> tuple[str, str]:
    """The group's column, and the join that brings it: a feature of the person on the day of the build."""
    if by is None:
        return "''", ""
    if by == BOTH:
        both = "struct_pack(area := f.area_code, practice := f.practice_code)"
        return both, f"LEFT JOIN features f ON f.person_id = {alias}.person_id"
    return f"f.{by}", f"JOIN features f ON f.person_id = {alias}.person_id"


def _waits(how: FromRecords, alias: str = "wait") -> str:
    if how.within_days is not None:
        return f"{alias} <= {how.within_days}"
    return f"{alias} > {how.over_days}" if how.over_days is not None else "true"


def _counts_all(how: FromRecords) -> bool:
    """Whether the measure is a plain count of what it selects."""
    return how.within_days is None and how.over_days is None


def _waiting(how: FromRecords, first: dt.date, last: dt.date, by: str | None) -> tuple[str, list[Any]]:
    part, join = _group(by, "r")
    sql = f"""
    WITH listed AS (
      SELECT r.referral_id, {part} AS part, r.clock_start_date, unnest(generate_series(
        greatest(date_trunc('month', r.clock_start_date), CAST(? AS DATE)),
        least(date_trunc('month', coalesce(r.clock_stop_date, CAST(? AS DATE))), CAST(? AS DATE)), INTERVAL 1 MONTH))::DATE AS month, r.clock_stop_date
      FROM referrals r {join} WHERE r.kind_id = ?
    ), running AS (
      SELECT *, last_day(month) AS day FROM listed
      WHERE clock_start_date <= last_day(month) AND (clock_stop_date IS NULL OR clock_stop_date > last_day(month))
    ), still AS (
      SELECT w.referral_id, w.month, sum(greatest(date_diff('day', p.start_date, least(coalesce(p.end_date, w.day), w.day)) + 1, 0)) AS days
      FROM running w JOIN referral_pause p ON p.referral_id = w.referral_id AND p.start_date <= w.day GROUP BY ALL
    ), waited AS (
      SELECT w.month, w.part, date_diff('day', w.clock_start_date, w.day) - coalesce(s.days, 0) AS wait
      FROM running w LEFT JOIN still s ON s.referral_id = w.referral_id AND s.month = w.month
    )
    SELECT month, part, count(*) FILTER (WHERE {_waits(how)}) AS numerator, {"NULL" if _counts_all(how) else "count(*)"} AS denominator
    FROM waited GROUP BY ALL ORDER BY month, part"""
    return sql, [first, last, last, concept(how.referral or "")]


def _stopped(how: FromRecords, first: dt.date, last: dt.date, by: str | None) -> tuple[str, list[Any]]:
    part, join = _group(by, "r")
    reasons = f"AND r.stop_reason IN ({', '.join(repr(s) for s in how.stop_reasons)})" if how.stop_reasons else ""
    sql = f"""
    WITH still AS (
      SELECT p.referral_id, sum(greatest(date_diff('day', p.start_date, least(coalesce(p.end_date, r.clock_stop_date), r.clock_stop_date)) + 1, 0)) AS days
      FROM referral_pause p JOIN referrals r USING (referral_id) WHERE r.clock_stop_date IS NOT NULL AND p.start_date <= r.clock_stop_date GROUP BY ALL
    ), waited AS (
      SELECT date_trunc('month', r.clock_stop_date)::DATE AS month, {part} AS part,
        date_diff('day', r.clock_start_date, r.clock_stop_date) - coalesce(s.days, 0) AS wait
      FROM referrals r {join} LEFT JOIN still s ON s.referral_id = r.referral_id
      WHERE r.kind_id = ? AND r.clock_stop_date BETWEEN CAST(? AS DATE) AND last_day(CAST(? AS DATE)) {reasons}
    )
    SELECT month, part, count(*) FILTER (WHERE {_waits(how)}) AS numerator, {"NULL" if _counts_all(how) else "count(*)"} AS denominator
    FROM waited GROUP BY ALL ORDER BY month, part"""
    return sql, [concept(how.referral or ""), first, last]


def _contacts(how: FromRecords, first: dt.date, last: dt.date, by: str | None) -> tuple[str, list[Any]]:
    part, join = _group(by, "c")
    kinds = ", ".join(str(concept(k)) for k in how.contacts)
    sql = f"""
    SELECT date_trunc('month', c.start_date)::DATE AS month, {part} AS part, count(*) AS numerator, NULL AS denominator
    FROM {counted_as(*how.contacts)} c {join} WHERE c.contact_id IN ({kinds}) AND c.start_date BETWEEN CAST(? AS DATE) AND last_day(CAST(? AS DATE))
    GROUP BY ALL ORDER BY month, part"""
    return sql, [first, last]


def _diagnosed(how: FromRecords, first: dt.date, last: dt.date, by: str | None) -> tuple[str, list[Any]]:
    """People on a practice list at the month's end. The expected number is of everybody on the lists, by age and sex."""
    part, join = _group(by, "p")
    whens = " ".join(
        f"WHEN {'' if e.sex == 'female' else 'NOT '}female AND age >= {e.age_from}{f' AND age <= {e.age_to}' if e.age_to is not None else ''} THEN {e.share}"
        for e in how.expected
    )
    expected = f"sum(CASE {whens} ELSE 0 END)" if whens else "count(*)"
    sql = f"""
    WITH old AS (
      SELECT person_id, sex = 'female' AS female, year(birth_date) AS born_year, month(birth_date) * 100 + day(birth_date) AS born_day, death_date
      FROM people WHERE birth_date <= CAST(? AS DATE) - INTERVAL {how.age_from} YEAR
    ),
    has AS (SELECT person_id, min(start_date) AS since FROM diagnoses WHERE condition_id = ? GROUP BY person_id),
    spells AS MATERIALIZED (
      SELECT r.person_id, r.start_date, r.end_date FROM registrations r SEMI JOIN old ON old.person_id = r.person_id
    ),
    on_lists AS (
      SELECT DISTINCT month, person_id FROM (
        SELECT person_id, end_date, unnest(generate_series(
          greatest(date_trunc('month', start_date), CAST(? AS DATE)),
          least(date_trunc('month', coalesce(end_date, CAST(? AS DATE))), CAST(? AS DATE)), INTERVAL 1 MONTH))::DATE AS month FROM spells
      ) WHERE end_date IS NULL OR end_date >= last_day(month)
    ),
    listed AS (
      SELECT l.month, p.person_id, {part} AS part, p.female,
        year(l.month) - p.born_year - CASE WHEN month(l.month) * 100 + day(last_day(l.month)) < p.born_day THEN 1 ELSE 0 END AS age
      FROM on_lists l JOIN old p ON p.person_id = l.person_id AND (p.death_date IS NULL OR p.death_date > last_day(l.month)) {join}
    )
    SELECT l.month, l.part, count(*) FILTER (WHERE h.since <= last_day(l.month)) AS numerator, {expected} AS denominator
    FROM listed l LEFT JOIN has h ON h.person_id = l.person_id WHERE l.age >= {how.age_from} GROUP BY ALL ORDER BY 1, 2"""
    return sql, [following(last), concept(how.condition or ""), first, last, last]


_SQL: Mapping[str, Any] = {"waiting": _waiting, "stopped": _stopped, "contacts": _contacts, "diagnosed": _diagnosed}


def cohorts(session: Session, kind: str, *, by: str | None = None, part: str | None = None) -> list[Cohort]:
    """Everyone referred for something, by the months of joining and stopping; of one group where `by` and `part` name it."""
    group, join = _group(by, "r")
    where, params = ("", []) if by is None else (f"AND {group} = ?", [part])
    rows = session.ask(
        f"SELECT date_trunc('month', r.clock_start_date)::DATE AS joined, date_trunc('month', r.clock_stop_date)::DATE AS stopped, "
        f"CASE WHEN r.clock_stop_date IS NULL THEN 'waiting' WHEN r.stop_reason IN ({', '.join(repr(t) for t in TREATED)}) THEN 'treated' ELSE 'left' END AS outcome, "
        f"count(*) AS people FROM referrals r {join} WHERE r.kind_id = ? {where} GROUP BY ALL ORDER BY ALL",
        [concept(kind), *params],
    )
    return [Cohort(r["joined"], r["stopped"], r["outcome"], r["people"]) for r in rows]
