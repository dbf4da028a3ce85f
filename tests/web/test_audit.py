"""The audit: a row before every page about a person, a chain that shows every tampering, guards
that refuse it."""

from __future__ import annotations

import datetime as dt
import os

import pytest

from oneplace.safety.decide import Action, Decision, Kind, Purpose, Subject

ON_SQLITE = "ONEPLACE_TESTS_POSTGRESQL" not in os.environ
only_sqlite = pytest.mark.skipif(
    not ON_SQLITE, reason="test_postgresql_guards has PostgreSQL's own statements"
)
NOW = dt.datetime(2019, 10, 1, 9, tzinfo=dt.UTC)


def rows(site, count: int = 6):
    from oneplace.web.accounts import audit

    actor = site.user("coordinator").actor
    said = Decision(True, "a test's reason", frozenset({"audit"}))
    for i in range(count):
        subject = Subject(Kind.PERSON, str(1000 + i))
        audit.write(
            actor, Action.SEE_PERSON, subject, Purpose.DIRECT_CARE, said, at=NOW, request=f"r{i}"
        )


def run(sql: str, *values: object) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def without_guards() -> None:
    from django.db import connection

    from oneplace.web.accounts import guards

    for name in guards.wanted(connection.vendor):
        run(f"DROP TRIGGER {name}" + ("" if ON_SQLITE else " ON audit"))


def findings() -> set[str]:
    from oneplace.web.accounts import audit

    return {str(f.kind) for f in audit.verify().findings}


def test_an_honest_chain_is_whole(site):
    from oneplace.web.accounts import audit

    rows(site)
    whole = audit.verify()
    assert (whole.rows, whole.ok) == (6, True)


@only_sqlite
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit SET actor = 'somebody else' WHERE number = 3",
        "DELETE FROM audit WHERE number = 3",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit SELECT number, at, 'somebody else', role, action, kind, subject, purpose, allowed,"
        " reason, request, before, mac FROM audit WHERE number = 3",
        "REPLACE INTO audit SELECT * FROM audit WHERE number = 6",
        "INSERT OR IGNORE INTO audit SELECT * FROM audit WHERE number = 6",
    ],
)
def test_the_database_itself_refuses(site, sql):
    from django.db import DatabaseError

    rows(site)
    with pytest.raises(DatabaseError, match="append-only"):
        run(sql)
    assert findings() == set()


@pytest.mark.parametrize(
    ("tampering", "sql"),
    [
        ("altered", "UPDATE audit SET subject = '999' WHERE number = 3"),
        ("altered", "UPDATE audit SET allowed = NOT allowed WHERE number = 3"),
        ("altered", "UPDATE audit SET mac = (SELECT mac FROM audit WHERE number = 2) WHERE number = 3"),
        ("deleted", "DELETE FROM audit WHERE number = 3"),
        ("tail cut", "DELETE FROM audit WHERE number > 4"),
        ("tail cut", "DELETE FROM audit"),
        ("inserted", "INSERT INTO audit SELECT 7, at, actor, role, action, kind, subject, purpose, allowed, reason,"
         " request, before, mac FROM audit WHERE number = 6"),
    ],
)  # fmt: skip
def test_whoever_gets_past_the_guards_is_found_out(site, tampering, sql):
    from oneplace.web.accounts import audit

    rows(site)
    audit.anchor_now(now=NOW + dt.timedelta(minutes=6))
    without_guards()
    run(sql)
    assert tampering in findings()


def test_two_rows_that_change_places_are_found_out(site):
    from oneplace.web.accounts import audit

    rows(site)
    audit.anchor_now(now=NOW + dt.timedelta(minutes=6))
    without_guards()
    run("UPDATE audit SET number = 100 WHERE number = 3")
    run("UPDATE audit SET number = 3 WHERE number = 4")
    run("UPDATE audit SET number = 4 WHERE number = 100")
    assert findings() == {"altered"}


@only_sqlite
def test_a_missing_guard_is_reported_by_name(site):
    from oneplace.web.accounts import audit

    run("DROP TRIGGER audit_no_delete")
    assert audit.verify().missing_guards == ("audit_no_delete",)


@only_sqlite
def test_a_guard_that_says_something_else_counts_as_missing(site):
    from oneplace.web.accounts import audit

    run("DROP TRIGGER audit_no_update")
    run("CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT 1; END")
    assert audit.verify().missing_guards == ("audit_no_update",)


def test_migrating_puts_the_guards_back(site):
    from django.core.management import call_command

    from oneplace.web.accounts import audit

    without_guards()
    assert len(audit.verify().missing_guards) == (3 if ON_SQLITE else 2)
    call_command("migrate", interactive=False, verbosity=0)
    assert audit.verify().missing_guards == ()


def test_a_row_that_could_be_rolled_back_is_refused(site):
    from django.db import transaction

    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        rows(site, 1)


def test_the_anchor_is_noted_at_a_thousand_rows_and_after_five_minutes(site):
    from oneplace.web.accounts import audit
    from oneplace.web.accounts.models import AuditRow

    rows(site, 3)
    assert audit.last_anchor()[0].count == 1  # the first row is anchored at once
    last = AuditRow.objects.get(number=3)
    assert not audit.anchor_if_due(last, now=NOW + dt.timedelta(minutes=4))
    assert audit.anchor_if_due(last, now=NOW + dt.timedelta(minutes=5))
    far = AuditRow(number=1003, mac="f" * 64)
    assert audit.anchor_if_due(far, now=NOW + dt.timedelta(minutes=6))
    assert audit.last_anchor()[0].count == 1003


def test_an_anchor_line_cut_short_by_a_crash_is_passed_over(site):
    from oneplace.web.accounts import audit

    rows(site, 2)
    with audit.anchor_file().open("a") as file:
        file.write('{"count": 99, "he')
    assert audit.last_anchor()[0].count == 1


# --- who looked, as the privacy officer asks --------------------------------------------------------------------------
@pytest.mark.parametrize("how", ["number", "spaced", "dashes", "pseudonym", "short", "bare short"])
def test_the_privacy_officer_asks_who_looked_by_whatever_number_they_were_given(site, how):
    from oneplace.web import desk
    from oneplace.web.neighbourhood.presenters import short, spaced

    person, other = site.people()[:2]
    number = desk.identities([person])[person]["nhs_number"]
    typed = {
        "number": number, "spaced": f" {spaced(number)} ", "dashes": spaced(number).replace(" ", "-"),
        "pseudonym": str(person), "short": short(person), "bare short": str(person)[-6:],
    }[how]  # fmt: skip
    for p in (person, person, other):
        site.client("coordinator").get(f"/neighbourhood/people/{p}")
    response = site.client("privacy_officer").get("/privacy/who-looked", {"person": typed})
    text = response.content.decode()
    assert response.status_code == 200 and "2 rows fit" in text and str(other) not in text
    csv = (
        site.client("privacy_officer")
        .get("/privacy/who-looked", {"person": typed, "csv": "audit"})
        .content.decode()
    )
    assert csv.count(str(person)) == 2


def test_a_number_that_nobody_has_says_so_and_a_team_is_found_as_before(site):
    officer = site.client("privacy_officer")
    response = officer.get("/privacy/who-looked", {"person": "999 000 0000"})
    assert (
        response.status_code == 422
        and "Nobody in these records has this NHS number" in response.content.decode()
    )
    site.client("coordinator").get(f"/neighbourhood/teams/{site.team}/caseload")
    assert (
        "1 row fits" in officer.get("/privacy/who-looked", {"person": site.team}).content.decode()
    )
    assert (
        "No row of the audit is about this"
        in officer.get("/privacy/who-looked", {"person": "T999"}).content.decode()
    )


@pytest.mark.parametrize("typed", ["coordinator", "Coordinator", "Priya Nair", "priya nair"])
def test_a_reader_is_found_by_user_name_or_name(site, typed):
    site.client("coordinator").get(f"/neighbourhood/people/{site.people()[0]}")
    site.client("clinician").get(f"/neighbourhood/people/{site.people()[0]}")
    text = (
        site.client("privacy_officer").get("/privacy/who-looked", {"actor": typed}).content.decode()
    )
    assert "1 row fits" in text
