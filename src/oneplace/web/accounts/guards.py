"""The triggers that make the audit append-only, for each database, and the check that they are
there.

Refused: changing a row, deleting one, and putting one in a number that is taken (`INSERT OR
REPLACE` deletes without firing a delete trigger). Each statement is text because Django's schema
editor knows no triggers.
"""

from __future__ import annotations

from typing import Any

from django.db import connections

SQLITE = {
    "audit_no_update": "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit "
    "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END",
    "audit_no_delete": "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit "
    "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END",
    "audit_no_replace": "CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit "
    "WHEN EXISTS (SELECT 1 FROM audit WHERE number = NEW.number) "
    "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END",
}
POSTGRESQL = {
    "audit_no_change": "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit "
    "FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
    "audit_no_truncate": "CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
}
POSTGRESQL_BODY = " BEGIN RAISE EXCEPTION 'the audit is append-only'; END "
POSTGRESQL_FUNCTION = f"CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $${POSTGRESQL_BODY}$$"
# What PostgreSQL keeps of when a trigger fires: row 1, before 2, delete 8, update 16, truncate 32.
POSTGRESQL_WHEN = {"audit_no_change": 1 + 2 + 8 + 16, "audit_no_truncate": 2 + 32}


def wanted(vendor: str) -> dict[str, str]:
    return SQLITE if vendor == "sqlite" else POSTGRESQL


def found(connection: Any) -> dict[str, Any]:
    """The triggers on the audit table: name -> definition, or when it fires. One that is disabled,
    conditional or calls another function does not count."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'",
            )
        else:
            cursor.execute(
                "SELECT tgname, tgtype FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid "
                "WHERE tgrelid = 'audit'::regclass AND NOT tgisinternal AND tgenabled IN ('O', 'A') AND tgqual IS NULL "
                "AND proname = 'audit_refuse' AND prosrc = %s",
                [POSTGRESQL_BODY],
            )
        return dict(cursor.fetchall())


def missing(connection: Any) -> list[str]:
    """The names of guards that are not there, or that say something else than ours."""
    there = found(connection)
    if connection.vendor == "sqlite":
        return [name for name, sql in SQLITE.items() if there.get(name) != sql]
    return [name for name, when in POSTGRESQL_WHEN.items() if there.get(name) != when]


def install(connection: Any) -> None:
    """Put every guard in place anew."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL_FUNCTION)
        for name, sql in wanted(connection.vendor).items():
            cursor.execute(
                f"DROP TRIGGER IF EXISTS {name}"
                + ("" if connection.vendor == "sqlite" else " ON audit"),
            )
            cursor.execute(sql)


def install_after_migrate(using: str = "default", **_signal: object) -> None:
    connection = connections[using]
    if "audit" in connection.introspection.table_names():
        install(connection)
