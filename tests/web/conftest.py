"""One place, its site migrated once for each test process, and a fresh copy of its database for
each test.

SQLite, unless `ONEPLACE_TESTS_POSTGRESQL` names a server of PostgreSQL: `test_on_postgresql` runs
these tests once more so.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from oneplace.answers import people as people_answers

REPO = Path(__file__).resolve().parents[2]
SERVER = os.environ.get("ONEPLACE_TESTS_POSTGRESQL")
ON_SQLITE = not SERVER


@dataclass(frozen=True)
class Site:
    folder: Path

    def client(self, role: str | None = None):
        """A browser without one: signed in as the role's demonstration account."""
        from django.test import Client

        client = Client(raise_request_exception=False)
        if role:
            client.force_login(self.user(role), backend="django.contrib.auth.backends.ModelBackend")
        return client

    @property
    def team(self) -> str:
        from oneplace.web.accounts.models import Standing

        return Standing.objects.get(user__username="coordinator", tie="care_team").subject

    def people(self) -> list[int]:
        """The coordinator's register, in its order."""
        from oneplace.web import desk

        return [
            int(p["person"])
            for p in people_answers.caseload(desk.session(), self.team, whole=True)["people"]
        ]

    def user(self, role: str):
        from oneplace.web.accounts.models import User

        return User.objects.get(username=role)


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("place") / "hamlet"
    shutil.copytree(REPO / "places" / "hamlet", folder, ignore=shutil.ignore_patterns(".oneplace"))
    os.environ["ONEPLACE_DIR"] = str(folder)
    os.environ["ONEPLACE_KEY_FILE"] = str(folder.parent / "key")
    os.environ["DJANGO_SETTINGS_MODULE"] = "oneplace.web.config.settings"
    os.environ.pop("DATABASE_URL", None)
    if SERVER:
        _to_server("CREATE DATABASE place")
        os.environ["DATABASE_URL"] = SERVER.replace("/postgres?", "/place?")
    import django
    from django.core.management import call_command

    django.setup()
    from django.conf import settings

    settings.ALLOWED_HOSTS = ["testserver"]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    call_command("migrate", interactive=False, verbosity=0)
    from oneplace.answers.publishing import build_place
    from oneplace.web.accounts.demonstration import make_accounts

    build_place(folder, now=dt.datetime(2019, 10, 1, 8, tzinfo=dt.UTC))
    make_accounts()
    _rest(folder)
    return folder


def _to_server(*statements: str) -> None:
    import psycopg

    with psycopg.connect(SERVER, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def _rest(folder: Path) -> None:
    """Close every connection, so that the file holds everything and may be replaced."""
    from django.db import connection, connections

    if ON_SQLITE:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connections.close_all()
    if ON_SQLITE:
        shutil.copy(folder / ".oneplace/entries.sqlite3", folder.parent / "entries.sqlite3")
    else:
        _to_server("CREATE DATABASE made TEMPLATE place")


def fresh(made: Path) -> Site:
    """The database, the plan, the papers and the anchor as they were when the place was made."""
    from django.db import connections

    connections.close_all()
    kept = made / ".oneplace"
    for left in (
        "entries.sqlite3-wal",
        "entries.sqlite3-shm",
        "audit.anchor",
        "audit.checked",
        "jobs.sqlite3",
    ):
        (kept / left).unlink(missing_ok=True)
    shutil.rmtree(
        kept / "papers", ignore_errors=True
    )  # a paper of another test is one that figures are compared with
    if ON_SQLITE:
        shutil.copy(made.parent / "entries.sqlite3", kept / "entries.sqlite3")
    else:
        _to_server("DROP DATABASE place", "CREATE DATABASE place TEMPLATE made")
    shutil.copy(REPO / "places" / "hamlet" / "plan.yaml", made / "plan.yaml")
    return Site(made)


@pytest.fixture(scope="module")
def fresh_site(_made):
    """One fresh site for all of a module's tests, for walks that only read."""
    return fresh(_made)


@pytest.fixture
def site(_made: Path) -> Site:
    from django.db import connections

    yield fresh(_made)
    connections.close_all()
