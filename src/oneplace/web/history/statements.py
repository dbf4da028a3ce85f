"""What the site asks its own database in its own words: at every door or list, where the ORM costs
several times as much, and what the ORM cannot say. The guards of the audit are in
`accounts.guards`."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection


def refused_by(person_id: int) -> list[str]:
    """What a person refuses, as it stands now."""
    return [
        what
        for _, what in _rows(
            "SELECT person_id, what FROM objections WHERE person_id = %s AND state = 'in_force'",
            person_id,
        )
    ]


def refused() -> list[tuple[int, str]]:
    """Who refuses what, as it stands now."""
    return _rows("SELECT person_id, what FROM objections WHERE state = 'in_force'")


def kinds_about(person_id: int, kinds: Iterable[str]) -> frozenset[str]:
    """Of these kinds of entry those that there are about a person: one question instead of one for
    each."""
    named = [*kinds]
    asked = " UNION ALL ".join(
        f"SELECT '{k}' WHERE EXISTS (SELECT 1 FROM {k} WHERE person_id = %s)" for k in named
    )
    return frozenset(kind for (kind,) in _rows(asked, *[person_id] * len(named)))


def alive() -> bool:
    """The database answers."""
    return bool(_rows("SELECT 1"))


def alone(lock: int) -> None:
    """Until the transaction ends nobody else holds this lock. SQLite has one writer anyhow."""
    if connection.vendor == "postgresql":
        _rows("SELECT pg_advisory_xact_lock(%s)", lock)


def _rows(sql: str, *params: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
