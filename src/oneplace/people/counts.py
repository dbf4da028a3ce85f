"""Counts of the records month by month, as a measure says it is counted, and of people by the
smallest units of the place.

In: plain values, or how a measure is counted (`FromRecords`). Out: a question: the statement and
its parameters. Its rows are month, part, numerator and denominator. Days on which a clock stood
still are taken off its wait.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from oneplace.measures.forms import FromRecords
from oneplace.measures.series import following
from oneplace.people.records import counted_as
from oneplace.tables.vocabulary import concept

Question = tuple[str, list[Any]]
TREATED = ("treated", "seen")
BOTH = "areas and practices at once"


def by_month(how: FromRecords, first: dt.date, last: dt.date, by: str | None) -> Question:
    """A measure's months from the first to the last. `by` is a column of the features that names
    each group."""
    return _STATEMENTS[how.count](how, first, last, by)


def of_areas_and_practices(how: FromRecords, first: dt.date, last: dt.date) -> Question:
    """The whole place, its areas and its practices at once: `left_out` says which a row is of (3
    the whole, 1 an area, 2 a practice)."""
    sql, params = by_month(how, first, last, BOTH)
    return (
        "SELECT month, area, practice, CAST(GROUPING(area, practice) AS INTEGER) AS left_out, sum(numerator) AS numerator, "
        "sum(denominator) AS denominator FROM (SELECT month, part.area AS area, part.practice AS practice, numerator, denominator "
        f"FROM ({sql})) GROUP BY GROUPING SETS ((month), (month, area), (month, practice)) ORDER BY 1, 2, 3",
        params,
    )


def cohorts(kind: str, by: str | None = None, part: str | None = None) -> Question:
    """People referred for something by the months of joining and stopping and how it ended; of one
    group where it is named."""
    group, join = _group(by, "r")
    where, params = ("", []) if by is None else (f"AND {group} = ?", [part])
    return (
        f"SELECT date_trunc('month', r.clock_start_date)::DATE AS joined, date_trunc('month', r.clock_stop_date)::DATE AS stopped, "
        f"CASE WHEN r.clock_stop_date IS NULL THEN 'waiting' WHEN r.stop_reason IN ({', '.join(repr(t) for t in TREATED)}) THEN 'treated' ELSE 'left' END AS outcome, "
        f"count(*) AS people FROM referrals r {join} WHERE r.kind_id = ? {where} GROUP BY ALL ORDER BY ALL",
        [concept(kind), *params],
    )


def of_units(unit: str, population: str, flags: Sequence[str], bands: int) -> str:
    """By unit (`part`) and band of five years of age: people, the sums of their ages and fifths,
    and of each flag or count (`f0`, ...)."""
    sums = "".join(
        f', CAST(coalesce(sum(CAST("{n}" AS INTEGER)), 0) AS BIGINT) AS f{i}'
        for i, n in enumerate(flags)
    )
    return (
        f"SELECT {unit} AS part, CAST(least(age // 5, {bands - 1}) AS INTEGER) AS band, count(*) AS people, "
        f"CAST(sum(age) AS BIGINT) AS ages, CAST(sum(coalesce(local_quintile, 3)) AS BIGINT) AS fifths{sums} "
        f"FROM features WHERE {unit} IS NOT NULL AND {population} GROUP BY 1, 2"
    )


def _group(by: str | None, alias: str) -> tuple[str, str]:
    """The group's column, and the join that brings it: a feature of the person on the day of the
    build."""
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


def _waiting(how: FromRecords, first: dt.date, last: dt.date, by: str | None) -> Question:
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


def _stopped(how: FromRecords, first: dt.date, last: dt.date, by: str | None) -> Question:
    part, join = _group(by, "r")
    reasons = (
        f"AND r.stop_reason IN ({', '.join(repr(s) for s in how.stop_reasons)})"
        if how.stop_reasons
        else ""
    )
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


def _contacts(how: FromRecords, first: dt.date, last: dt.date, by: str | None) -> Question:
    part, join = _group(by, "c")
    kinds = ", ".join(str(concept(k)) for k in how.contacts)
    sql = f"""
    SELECT date_trunc('month', c.start_date)::DATE AS month, {part} AS part, count(*) AS numerator, NULL AS denominator
    FROM {counted_as(*how.contacts)} c {join} WHERE c.contact_id IN ({kinds}) AND c.start_date BETWEEN CAST(? AS DATE) AND last_day(CAST(? AS DATE))
    GROUP BY ALL ORDER BY month, part"""
    return sql, [first, last]


def _diagnosed(how: FromRecords, first: dt.date, last: dt.date, by: str | None) -> Question:
    """People on a practice list at the month's end. The expected number is of everybody on the
    lists, by age and sex."""
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


_STATEMENTS: Mapping[str, Callable[[FromRecords, dt.date, dt.date, str | None], Question]] = {
    "waiting": _waiting,
    "stopped": _stopped,
    "contacts": _contacts,
    "diagnosed": _diagnosed,
}
