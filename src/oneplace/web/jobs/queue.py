"""The queue: one SQLite file in the place's folder, and the one task that runs a job by its
number."""

from __future__ import annotations

import datetime as dt

from huey import SqliteHuey, crontab

from oneplace.web import place
from oneplace.web.accounts.audit import anchor_now, check_if_due
from oneplace.web.jobs.running import run

huey = SqliteHuey("oneplace", filename=str(place.state("jobs.sqlite3")), fsync=True, results=False)


@huey.task()
def run_job(job_id: int) -> None:
    run(job_id)


@huey.periodic_task(crontab(minute="*/5"))
def anchor() -> None:
    """Note the head of the audit outside the database."""
    now = dt.datetime.now(dt.UTC)
    anchor_now(now=now)
    check_if_due(now=now)
