"""What differs on PostgreSQL: the guards' own statements, upserts, a guard that is disabled, the
address of the database."""

from __future__ import annotations

import os

import pytest

pytestmark = pytest.mark.skipif(
    "ONEPLACE_TESTS_POSTGRESQL" not in os.environ,
    reason="test_on_postgresql runs these with a server",
)
ROW = "SELECT number, at, 'somebody else', role, action, kind, subject, purpose, allowed, reason, request, before, mac FROM audit WHERE number = 3"
COLUMNS = "(number, at, actor, role, action, kind, subject, purpose, allowed, reason, request, before, mac)"


@pytest.fixture
def written(site):
    from test_audit import rows

    rows(site)


def run(sql: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_this_is_postgresql(site):
    from django.db import connection

    assert connection.vendor == "postgresql"
    assert not (site.folder / ".oneplace/entries.sqlite3").exists()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit SET actor = 'somebody else' WHERE number = 3",
        "DELETE FROM audit WHERE number = 3",
        "TRUNCATE audit",
        f"INSERT INTO audit {COLUMNS} {ROW} ON CONFLICT (number) DO UPDATE SET actor = excluded.actor",
    ],
)
def test_the_database_itself_refuses(written, sql):
    from django.db import DatabaseError

    from oneplace.web.accounts import audit

    with pytest.raises(DatabaseError, match="append-only"):
        run(sql)
    assert audit.verify().ok


def test_a_number_that_is_taken_is_refused(written):
    from django.db import IntegrityError

    with pytest.raises(IntegrityError):
        run(f"INSERT INTO audit {COLUMNS} {ROW}")


@pytest.mark.parametrize(
    "sql",
    ["ALTER TABLE audit DISABLE TRIGGER audit_no_change", "DROP TRIGGER audit_no_change ON audit"],
)
def test_a_guard_that_is_off_is_reported_by_name(site, sql):
    from oneplace.web.accounts import audit

    run(sql)
    assert audit.verify().missing_guards == ("audit_no_change",)


def test_a_guard_whose_function_was_emptied_counts_as_missing(site):
    from oneplace.web.accounts import audit

    run(
        "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$"
    )
    assert set(audit.verify().missing_guards) == {"audit_no_change", "audit_no_truncate"}
