"""What happened that somebody wants to count: kinds of event with their reason, age, provider and
people, in a period.

In: plain values. Out: statements. Those that prepare leave `claim_events`, a row for each name and
event that it selects; those that count ask it. The conditions are of its rows `e`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from oneplace.documents.expressions import parse_expression
from oneplace.people.features.courses import Course, held_on
from oneplace.people.stays import ADMISSION_KINDS
from oneplace.tables.vocabulary import by_key, concept


def within(column: str, start: dt.date, end: dt.date) -> str:
    """The column lies from the first day to before the second."""
    return f"({column} >= DATE '{start}' AND {column} < DATE '{end}')"


def either(one: str, other: str) -> str:
    """One of two conditions holds."""
    return f"({one} OR {other})"


# --- preparing -------------------------------------------------------------------------------------------------------
def happened(kinds: set[str], first: dt.date, last: dt.date) -> list[str]:
    """Leaves `claim_base`: what happened of these kinds, a stay in hospital once, with the main
    reason and the age on the day."""
    columns = "visit_occurrence_id, person_id, contact_id, start_date, care_site_id"
    days = f"start_date >= DATE '{first}' AND start_date < DATE '{last}'"
    sources, before = [], []
    if stays := kinds & set(ADMISSION_KINDS):
        sources.append(
            f"SELECT {columns}, diagnosis_id FROM admissions WHERE {_of(stays)} AND {days}"
        )
    if others := kinds - set(ADMISSION_KINDS):
        before.append(
            "CREATE OR REPLACE TEMP TABLE claim_reasons AS SELECT visit_occurrence_id, min(condition_id) AS diagnosis_id "
            f"FROM diagnoses WHERE is_primary AND start_date >= DATE '{first}' - INTERVAL 400 DAY "
            f"AND start_date < DATE '{last}' AND visit_occurrence_id IS NOT NULL GROUP BY visit_occurrence_id"
        )
        sources.append(
            f"SELECT {columns}, r.diagnosis_id FROM contacts LEFT JOIN claim_reasons r USING (visit_occurrence_id) "
            f"WHERE {_of(others)} AND {days}"
        )
    if not sources:
        sources.append(f"SELECT {columns}, diagnosis_id FROM admissions WHERE FALSE")
    return [
        *before,
        "CREATE OR REPLACE TEMP TABLE claim_base AS SELECT c.visit_occurrence_id AS event_id, c.person_id, c.contact_id, "
        "c.start_date, c.care_site_id, c.diagnosis_id, CAST(date_diff('year', p.birth_date, c.start_date) AS INTEGER) "
        "- CASE WHEN strftime(c.start_date, '%m%d') < strftime(p.birth_date, '%m%d') THEN 1 ELSE 0 END AS age "
        f"FROM ({' UNION ALL '.join(sources)}) c JOIN people p ON p.person_id = c.person_id",
    ]


def together(parts: Sequence[str]) -> str:
    """Leaves `claim_events`, of all that was selected."""
    return "CREATE OR REPLACE TEMP TABLE claim_events AS\n" + "\nUNION ALL\n".join(parts)


def prescribed(name: str, days: str, medicine: Sequence[str]) -> str:
    """Prescriptions of these medicines, or of all."""
    medicines = ", ".join(str(concept(m)) for m in medicine)
    only = f" AND e.medicine_id IN ({medicines})" if medicines else ""
    return (
        f"SELECT '{name}' AS claim, CAST(NULL AS BIGINT) AS event_id, e.person_id, e.start_date "
        f"FROM prescriptions e WHERE {days}{only}"
    )


def selected(
    name: str,
    days: str,
    *,
    event: str,
    diagnosis: Sequence[str] = (),
    ages: tuple[int, int | None] | None = None,
    providers: Sequence[str] = (),
    people: str | None = None,
) -> str:
    """What happened of one kind, of those main reasons, ages, providers and people (a condition)
    that are named."""
    conditions = [f"e.contact_id = {concept(event)}", days]
    if diagnosis:
        conditions.append(f"e.diagnosis_id IN ({', '.join(str(concept(d)) for d in diagnosis)})")
    if ages:
        low, high = ages
        conditions.append(f"e.age >= {low}" + (f" AND e.age <= {high}" if high is not None else ""))
    if providers:
        codes = ", ".join("'" + p.replace("'", "''") + "'" for p in providers)
        conditions.append(
            f"e.care_site_id IN (SELECT care_site_id FROM care_site WHERE care_site_source_value IN ({codes}))"
        )
    if people is not None:
        conditions.append(people)
    return (
        f"SELECT '{name}' AS claim, e.event_id, e.person_id, e.start_date FROM claim_base e "
        f"WHERE {' AND '.join(conditions)}"
    )


def of_people(people: str, courses: Mapping[int, Course], segments: frozenset[str]) -> str:
    """A condition or circumstance at the time of the event; a segment or an expression as of the
    day."""
    if people in by_key():
        number = concept(people)
        return held_on(number, courses[number], person="e.person_id", day="e.start_date")
    if people in segments:
        return f"e.person_id IN (SELECT person_id FROM segments WHERE segment = '{people}')"
    return (
        f"e.person_id IN (SELECT person_id FROM features WHERE {parse_expression(people).to_sql()})"
    )


def _of(kinds: set[str]) -> str:
    return f"contact_id IN ({', '.join(str(concept(k)) for k in sorted(kinds))})"


# --- counting --------------------------------------------------------------------------------------------------------
def counts(inside: str, later: str) -> str:
    """By name: events and people inside, events later."""
    return (
        f"SELECT e.claim, count(*) FILTER (WHERE {inside}) AS events, count(DISTINCT e.person_id) FILTER (WHERE {inside}) "
        f"AS people, count(*) FILTER (WHERE {later}) AS later FROM claim_events e GROUP BY e.claim"
    )


def by_month(inside: str) -> str:
    """By name and month: events."""
    return (
        "SELECT e.claim, strftime(e.start_date, '%Y-%m') AS month, count(*) AS events FROM claim_events e "
        f"WHERE {inside} GROUP BY ALL ORDER BY ALL"
    )


def shared(inside: str) -> str:
    """By one name and another: events that both select."""
    return (
        "SELECT e.claim AS one, o.claim AS other, count(*) AS events FROM claim_events e "
        f"JOIN claim_events o ON e.event_id = o.event_id AND e.claim <> o.claim WHERE {inside} GROUP BY ALL ORDER BY ALL"
    )


def by_quintile(inside: str) -> str:
    """By name and fifth of the place in which the person lived on the day: events."""
    return (
        "SELECT claim, quintile, count(*) AS events FROM (SELECT e.rowid, e.claim, min(q.quintile) AS quintile "
        "FROM claim_events e JOIN residence h ON h.person_id = e.person_id AND h.start_date <= e.start_date "
        "AND (h.end_date IS NULL OR h.end_date >= e.start_date) JOIN (SELECT DISTINCT area_code, local_quintile AS quintile "
        "FROM features WHERE local_quintile IS NOT NULL) q ON q.area_code = h.area_code "
        f"WHERE {inside} GROUP BY e.rowid, e.claim) GROUP BY ALL ORDER BY ALL"
    )
