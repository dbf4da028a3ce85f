"""What the worker does with one job: run it, say how far it is, stop when asked, and note how it ended."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from oneplace.faults import InputAtFault
from oneplace.web.config import place
from oneplace.web.jobs.models import Job

log = logging.getLogger("oneplace.jobs")
Progress = Callable[[str, float], None]
EVERY_SECONDS = 0.5


class Stopped(Exception):
    """Somebody asked it to stop."""


def run(job_id: int) -> None:
    """Run it if it still waits. However it ends, the row says so."""
    if not Job.objects.filter(pk=job_id, state="waiting").update(state="running", started_at=timezone.now()):
        return
    job = Job.objects.get(pk=job_id)
    try:
        said = KINDS[job.kind](job.options, _reporter(job))
        _end(job, "done", said, share=1.0)
    except Stopped:
        _end(job, "cancelled", "Stopped as asked; nothing was changed.")
    except InputAtFault as wrong:
        _end(job, "failed", str(wrong))
    except Exception as failure:
        _end(job, "failed", f"A fault of the program ({type(failure).__name__}); the last build goes on answering.")
        log.exception("job failed", extra={"fields": {"job": job_id, "kind": job.kind}})


def sweep() -> int:
    """At the worker's start: what is marked as running died with the last worker."""
    said = "The worker was stopped while this ran; the last build goes on answering."
    return Job.objects.filter(state="running").update(state="failed", ended_at=timezone.now(), said=said)


def build(options: dict[str, Any], progress: Progress) -> str:
    from oneplace.build import build_place
    from oneplace.visit.preparing import prepare

    made = build_place(place.folder(), now=timezone.now(), progress=progress)
    prepare(place.folder())
    return f"Build {made.id} is the current one."


KINDS: dict[str, Callable[[dict[str, Any], Progress], str]] = {"build": build}


def _reporter(job: Job) -> Progress:
    last = [0.0]

    def report(doing: str, share: float) -> None:
        now = time.monotonic()
        if now - last[0] < EVERY_SECONDS:
            return
        last[0] = now
        if Job.objects.filter(pk=job.pk, stop_asked=True).exists():
            raise Stopped
        Job.objects.filter(pk=job.pk).update(doing=doing[:200], share=min(1.0, max(0.0, share)))

    return report


def _end(job: Job, state: str, said: str, *, share: float | None = None) -> None:
    changes: dict[str, Any] = {"state": state, "said": said, "ended_at": timezone.now(), "doing": ""}
    Job.objects.filter(pk=job.pk).update(**changes, **({} if share is None else {"share": share}))
