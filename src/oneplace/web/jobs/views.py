"""Building again, from the page: ask, watch, stop."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from oneplace.safety.decide import Action, Kind, Purpose
from oneplace.web.accounts.door import opens
from oneplace.web.components import words
from oneplace.web.components.frame import page
from oneplace.web.components.grid import Cell, Column, Grid
from oneplace.web.jobs import asking
from oneplace.web.jobs.models import Job

runs = opens(Action.RUN, Kind.PROGRAMME, Purpose.PLANNING, subject="builds")
TONES = {"done": "green", "failed": "red", "running": "blue", "waiting": "yellow", "cancelled": "grey"}


@runs
def jobs(request: HttpRequest) -> HttpResponse:
    return _jobs(request)


def _jobs(request: HttpRequest, errors: dict[str, str] | None = None) -> HttpResponse:
    rows = [
        {
            "asked": Cell(words.moment(j.asked_at), sort=j.asked_at.isoformat()),
            "kind": j.get_kind_display(),
            "by": j.asked_by.name if j.asked_by else "",
            "state": Cell(j.state.capitalize(), tone=TONES[j.state]),
            "seconds": round((j.ended_at - j.started_at).total_seconds(), 1) if j.ended_at and j.started_at else None,
            "said": j.said,
        }
        for j in Job.objects.select_related("asked_by")[:100]
    ]
    columns = (
        Column("asked", "Asked for"),
        Column("kind", "What"),
        Column("by", "By"),
        Column("state", "State"),
        Column("seconds", "Seconds", numeric=True),
        Column("said", "How it ended"),
    )
    grid = Grid("jobs", "Builds asked for", columns, rows, empty="Nobody has asked for a build here yet.")
    going = Job.objects.filter(state__in=("waiting", "running")).first()
    return page(request, "jobs/jobs.jinja", grid, going=going, errors=errors or {}, status=422 if errors else 200)


@runs
@require_POST
def ask_build(request: HttpRequest) -> HttpResponse:
    try:
        asking.ask("build", by=request.user)
    except ValidationError as wrong:
        return _jobs(request, {"": wrong.messages[0]})
    return redirect("jobs")


@runs
@require_POST
def stop(request: HttpRequest, job_id: int) -> HttpResponse:
    asking.ask_to_stop(get_object_or_404(Job, pk=job_id))
    return redirect("jobs")


@runs
def progress(request: HttpRequest, job_id: int) -> HttpResponse:
    """The fragment that the page asks for every two seconds while something runs."""
    job = get_object_or_404(Job, pk=job_id)
    response = render(request, "jobs/progress.jinja", {"going": job})
    if job.state not in ("waiting", "running"):
        response["HX-Refresh"] = "true"
    return response
