"""Point Django at one place and make its site's own database ready: what every process does before
it asks the site anything."""

from __future__ import annotations

import os
from pathlib import Path

import django
from django.core.management import call_command
from django.db import connections

from oneplace.web import desk, place


def settle(dir: Path, *, host: str = "127.0.0.1") -> None:
    """Point Django at this place and start it; changes nothing in the place."""
    os.environ["ONEPLACE_DIR"] = str(dir.resolve())
    os.environ["ONEPLACE_STATIC"] = str((dir / ".oneplace" / "static").resolve())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oneplace.web.config.settings")
    if "ONEPLACE_HOSTS" not in os.environ:
        os.environ["ONEPLACE_HOSTS"] = ",".join(
            dict.fromkeys(("localhost", "127.0.0.1", "[::1]", host))
        )
    django.setup()


def migrated(dir: Path) -> None:
    """Settled, and with its tables and their guards in place. The static files of a site that runs
    are left alone."""
    settle(dir)
    call_command("migrate", interactive=False, verbosity=0)


def prepare(dir: Path, *, host: str = "127.0.0.1") -> list[str]:
    """Everything before the first request: settings, migrations with their triggers, static files.
    Returns the names of the demonstration accounts, at a demonstration place."""
    settle(dir, host=host)
    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    from oneplace.web.accounts.demonstration import make_accounts

    accounts = [a.username for a in make_accounts()] if place.place().demonstration else []
    forget()
    return accounts


def forget() -> None:
    """Close what is open: the server forks, and neither an open build nor an open database may be
    shared by two processes."""
    desk.close()
    connections.close_all()
