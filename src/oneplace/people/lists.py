"""Who stands on which list, who was set aside, who has died or left since: questions about the
tables of a build.

In: plain values; people by pseudonym. Out: a statement, or one with its parameters.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

Question = tuple[str, list[Any]]
SEGMENTS = "SELECT DISTINCT segment FROM segments"
_LISTED = "SELECT person_id, team_code, set_aside, rank, on_agenda, reasons FROM caseload"


def register(team: str) -> Question:
    """Everyone ranked on a team's list, as the list has them."""
    return f"{_LISTED} WHERE team_code = ? AND rank IS NOT NULL", [team]


def places_of(people: Iterable[int]) -> str:
    """Where these people stand on any list."""
    return f"{_LISTED} WHERE TRUE AND person_id IN ({numbers(people)})"


def on_register(team: str) -> Question:
    """The pseudonyms of everyone ranked on a team's list."""
    return "SELECT person_id FROM caseload WHERE team_code = ? AND rank IS NOT NULL", [team]


def of_register(team: str, people: Iterable[int]) -> Question:
    """Of these people those ranked on a team's list, and whether they are on its agenda part."""
    return (
        "SELECT person_id, on_agenda FROM caseload WHERE team_code = ? AND rank IS NOT NULL "
        f"AND person_id IN ({numbers(people)})",
        [team],
    )


def set_aside(team: str) -> Question:
    """Everyone of a team who was set aside, and for which reason."""
    return (
        "SELECT person_id, set_aside FROM caseload WHERE team_code = ? AND set_aside IS NOT NULL ORDER BY person_id",
        [team],
    )


def set_aside_of(team: str, people: Iterable[int]) -> Question:
    """For which reason each of these was set aside by a team; none for who was not."""
    return (
        f"SELECT set_aside FROM caseload WHERE team_code = ? AND person_id IN ({numbers(people)})",
        [team],
    )


def ranked(
    team: str, on: dt.date, *, first: int | None, professionals: bool, reviewed: bool
) -> Question:
    """A team's list with reasons and the age on a day, the `first` by rank or all; what older
    builds do not hold is null."""
    whom = "c.professionals" if professionals else "NULL AS professionals"
    seen = "r.last_reviewed_on" if reviewed else "NULL AS last_reviewed_on"
    joined = "LEFT JOIN reviewed r ON r.person_id = c.person_id " if reviewed else ""
    return (
        f"SELECT c.person_id, c.rank, c.risk, c.segment, c.reasons, c.incomplete, {whom}, {seen}, date_diff('year', p.birth_date, CAST(? AS DATE)) "
        "- CASE WHEN strftime(CAST(? AS DATE), '%m%d') < strftime(p.birth_date, '%m%d') THEN 1 ELSE 0 END AS age, p.sex "
        f"FROM caseload c JOIN people p ON p.person_id = c.person_id {joined}WHERE c.team_code = ? AND c.rank IS NOT NULL "
        f"AND {'TRUE' if first is None else f'c.rank <= {first}'} ORDER BY c.rank",
        [on, on, team],
    )


def about(people: Iterable[int], *, practice: bool) -> str:
    """Birth, sex and practice (null where the features do not name it) of these people, the oldest
    first."""
    named = "f.practice_code" if practice else "NULL"
    return (
        f"SELECT p.person_id, p.birth_date, p.sex, {named} AS practice FROM people p LEFT JOIN features f USING (person_id) "
        f"WHERE p.person_id IN ({numbers(people)}) ORDER BY p.birth_date, p.person_id"
    )


def features_and_scores(people: Iterable[int]) -> str:
    """All that a segmentation reads of these people."""
    return f"SELECT * FROM features JOIN scores USING (person_id) WHERE person_id IN ({numbers(people)})"


# --- who is gone -----------------------------------------------------------------------------------------------------
def of_team(team: str) -> Question:
    """Everyone whom a team's list speaks of."""
    return "SELECT person_id FROM caseload WHERE team_code = ?", [team]


def these(people: Iterable[int]) -> Question:
    """These people, as far as the build knows them."""
    return f"SELECT person_id FROM people WHERE person_id IN ({numbers(people)})", []


def died(who: Question, until: dt.date) -> Question:
    """Of whom a question asks, those who died by a day, and when."""
    sql, params = who
    return (
        f"SELECT person_id, death_date FROM people WHERE death_date <= CAST(? AS DATE) AND person_id IN ({sql})",
        [until, *params],
    )


def left(who: Question, until: dt.date, practices: Sequence[str] | None) -> Question:
    """Of whom a question asks, those registered with none of these practices (None: with any) on a
    day, and when they last were."""
    sql, params = who
    ours = (
        "TRUE" if practices is None else f"practice_code IN ({', '.join(['?'] * len(practices))})"
    )
    return (
        f"WITH asked AS ({sql}) SELECT a.person_id, max(r.end_date) AS ended FROM asked a "
        f"LEFT JOIN (SELECT * FROM registrations WHERE {ours}) r ON r.person_id = a.person_id AND r.start_date <= CAST(? AS DATE) "
        "GROUP BY a.person_id HAVING count(*) FILTER (WHERE r.person_id IS NOT NULL AND "
        "(r.end_date IS NULL OR r.end_date >= CAST(? AS DATE))) = 0",
        [*params, *(practices or ()), until, until],
    )


def in_hospital(day: dt.date) -> Question:
    """Everyone in a hospital bed on a day."""
    return (
        "SELECT DISTINCT person_id FROM admissions WHERE start_date <= CAST(? AS DATE) "
        "AND (end_date IS NULL OR end_date > CAST(? AS DATE))",
        [day, day],
    )


def numbers(people: Iterable[int]) -> str:
    """Pseudonyms as a statement lists them."""
    return ", ".join(str(int(p)) for p in people)
