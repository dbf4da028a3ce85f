"""What the worker does with one job: run it, say how far it is, stop when asked, and note how it
ended."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any

from django.utils import timezone

from oneplace.faults import InputAtFault
from oneplace.web import place
from oneplace.web.jobs.models import Job

log = logging.getLogger("oneplace.jobs")
Progress = Callable[[str, float], None]
EVERY_SECONDS = 0.5


class Stopped(Exception):
    """Somebody asked it to stop."""


def run(job_id: int) -> None:
    """Run it if it still waits. However it ends, the row says so."""
    if not Job.objects.filter(pk=job_id, state="waiting").update(
        state="running", started_at=timezone.now()
    ):
        return
    job = Job.objects.get(pk=job_id)
    try:
        said = KINDS[job.kind]({**job.options, "job": job.pk}, _reporter(job))
        _end(job, "done", said, share=1.0)
    except Stopped:
        _end(job, "cancelled", "Stopped as asked; nothing was changed.")
    except (InputAtFault, WorkAtFault) as wrong:
        _end(job, "failed", str(wrong))
    except Exception as failure:
        _end(
            job,
            "failed",
            f"A fault of the program ({type(failure).__name__}); the last build goes on answering.",
        )
        log.exception("job failed", extra={"fields": {"job": job_id, "kind": job.kind}})


def sweep() -> int:
    """At the worker's start: what is marked as running died with the last worker."""
    said = "The worker was stopped while this ran; nothing was changed, and the last build goes on answering."
    return Job.objects.filter(state="running").update(
        state="failed",
        ended_at=timezone.now(),
        said=said,
    )


def build(options: dict[str, Any], progress: Progress) -> str:
    from oneplace.answers.publishing import build_place

    made = build_place(place.folder(), now=timezone.now(), progress=progress)
    return f"Build {made.id} is the current one."


def apart(kind: str) -> Callable[[dict[str, Any], Progress], str]:
    """Work in a process of its own (`work`), which is ended when somebody asks to stop. What it
    keeps it keeps whole, at its end."""

    def run_apart(options: dict[str, Any], progress: Progress) -> str:
        given = json.dumps({**options, "folder": str(place.folder())})
        command = [sys.executable, "-m", "oneplace.web.jobs.work", kind, given]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:  # noqa: S603  our own module
            try:
                return _followed(child, progress)
            finally:
                child.kill()

    return run_apart


def _followed(child: subprocess.Popen[bytes], progress: Progress) -> str:
    """What the child says as it goes on; a stop is looked for also while it says nothing."""
    told: SimpleQueue[bytes | None] = SimpleQueue()
    threading.Thread(target=_listen, args=(child, told), daemon=True).start()
    doing, share = "starting", 0.0
    while True:
        try:
            line = told.get(timeout=EVERY_SECONDS)
        except Empty:
            progress(doing, share)
            continue
        if line is None:
            raise RuntimeError(f"the work ended with {child.wait()} and said nothing of how")
        said = json.loads(line)
        if "fault" in said:
            raise WorkAtFault(said["fault"])
        if "said" in said:
            return str(said["said"])
        doing, share = said["doing"], said["share"]
        progress(doing, share)


def _listen(child: subprocess.Popen[bytes], told: SimpleQueue[bytes | None]) -> None:
    assert child.stdout is not None
    for line in child.stdout:
        told.put(line)
    told.put(None)


class WorkAtFault(Exception):
    """What the work apart found wrong with what it was given, in words."""


KINDS: dict[str, Callable[[dict[str, Any], Progress], str]] = {
    "build": build,
    "paper": apart("paper"),
    "claims": apart("claims"),
}


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
    changes: dict[str, Any] = {
        "state": state,
        "said": said,
        "ended_at": timezone.now(),
        "doing": "",
    }
    Job.objects.filter(pk=job.pk).update(**changes, **({} if share is None else {"share": share}))
