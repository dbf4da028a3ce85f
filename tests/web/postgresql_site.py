"""What the site does on PostgreSQL, run in a process of its own: Django is set up once for each
process and database.

Reads ONEPLACE_DIR and DATABASE_URL; prints what it saw as JSON for `test_postgresql.py` to judge.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import threading
from pathlib import Path
from typing import Any

NOW = dt.datetime(2019, 10, 1, 9, tzinfo=dt.UTC)
WRITERS, ROWS_EACH = 8, 10


def refused(sql: str) -> str:
    from django.db import DatabaseError, connection, transaction

    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    except DatabaseError as e:
        return str(e).splitlines()[0]
    return "allowed"


def write_audit(count: int, name: str) -> None:
    from django.db import connection

    from oneplace.safety.decide import Action, Decision, Kind, Purpose, Subject
    from oneplace.web.accounts import audit
    from oneplace.web.accounts.models import User

    actor = User.objects.get(username="coordinator").actor
    said = Decision(True, "a test's reason", frozenset({"audit"}))
    for i in range(count):
        subject = Subject(Kind.PERSON, str(1000 + i))
        audit.write(
            actor, Action.SEE_PERSON, subject, Purpose.DIRECT_CARE, said, at=NOW, request=name
        )
    connection.close()


def entries(seen: dict[str, Any]) -> None:
    from oneplace.sources.entries import database_of, read_entries
    from oneplace.web.accounts.models import User
    from oneplace.web.history.models import StaleSave
    from oneplace.web.neighbourhood.models import Review
    from oneplace.web.programme.models import Return

    by = User.objects.get(username="coordinator")
    day = dt.date(2019, 10, 1)
    review = Review.write(
        by=by,
        person_id=42,
        team_code="T",
        reviewed_on=day,
        outcome="discussed",
        attended="GP",
        decision="Falls clinic",
    )
    review.revise(by=by, base=1, decision="Falls clinic, carer asked")
    try:
        review.revise(by=by, base=1, decision="mine")
    except StaleSave as stale:
        seen["stale"] = [stale.kept.decision, stale.offered["decision"]]
    milestones = {"M1": {"done": "2019-09-01", "forecast": None}}
    Return.write(
        by=by,
        scheme="H1",
        month=day,
        delivery="on_track",
        benefit="on_track",
        milestones=milestones,
        sent_on=day,
    )
    found = read_entries(database_of(Path(os.environ["ONEPLACE_DIR"]), os.environ))
    seen["tables"] = {n: t.num_rows for n, t in found.items() if t.num_rows}
    seen["review"] = {
        k: str(v)
        for k, v in found["reviews"].to_pylist()[0].items()
        if k in ("decision", "reviewed_on", "version")
    }
    seen["milestones"] = json.loads(found["returns"].to_pylist()[0]["milestones"])


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "oneplace.web.config.settings"
    import django

    django.setup()
    logging.disable(logging.CRITICAL)
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from oneplace.web.accounts import audit
    from oneplace.web.accounts.demonstration import make_accounts
    from oneplace.web.accounts.models import User

    settings.ALLOWED_HOSTS = ["testserver"]
    seen: dict[str, Any] = {"vendor": connection.vendor}
    call_command("migrate", interactive=False, verbosity=0)
    make_accounts()
    threads = [
        threading.Thread(target=write_audit, args=(ROWS_EACH, f"w{i}")) for i in range(WRITERS)
    ]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    whole = audit.verify()
    seen["whole"] = [whole.rows, whole.ok]
    seen["refused"] = [
        refused(sql)
        for sql in (
            "UPDATE audit SET actor = 'x'",
            "DELETE FROM audit WHERE number = 3",
            "TRUNCATE audit",
            "INSERT INTO audit SELECT * FROM audit",
        )
    ]
    refused("DROP TRIGGER audit_no_change ON audit")
    seen["missing"] = list(audit.verify().missing_guards)
    call_command("migrate", interactive=False, verbosity=0)
    seen["back"] = list(audit.verify().missing_guards)
    refused("ALTER TABLE audit DISABLE TRIGGER audit_no_change")
    seen["disabled"] = list(audit.verify().missing_guards)
    entries(seen)
    client = Client(raise_request_exception=False)
    client.force_login(
        User.objects.get(username="planner"), backend="django.contrib.auth.backends.ModelBackend"
    )
    seen["pages"] = [
        client.get(u).status_code
        for u in ("/", "/programme/", "/programme/schemes/H1", "/programme/risks")
    ]
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
