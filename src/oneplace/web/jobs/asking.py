"""What a request may do about background work: ask for it, ask it to stop, look at it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from oneplace.web.jobs.models import Job
from oneplace.web.jobs.running import KINDS


def ask(kind: str, *, by: Any, **options: Any) -> Job:
    """Queue one job; refused while another of its kind waits or runs."""
    if kind not in KINDS:
        raise ValueError(f"the worker does not know {kind}; it knows {', '.join(KINDS)}")
    job = Job(kind=kind, options=options, asked_at=timezone.now(), asked_by=by)
    try:
        with transaction.atomic():
            job.save(force_insert=True)
    except IntegrityError:
        raise ValidationError(
            f"A {job.get_kind_display().lower()} is waiting or running already"
        ) from None
    from oneplace.web.jobs.queue import run_job

    run_job(job.pk)
    return job


def ask_to_stop(job: Job) -> None:
    """One that waits is cancelled at once; one that runs stops at its next step and leaves nothing
    behind."""
    now = timezone.now()
    waiting = Job.objects.filter(pk=job.pk, state="waiting").update(
        state="cancelled",
        ended_at=now,
        stop_asked=True,
    )
    if not waiting:
        Job.objects.filter(pk=job.pk, state="running").update(stop_asked=True)


def latest(kind: str) -> Job | None:
    return Job.objects.filter(kind=kind).select_related("asked_by").first()
