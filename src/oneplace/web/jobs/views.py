"""Work in the background, from the page: building again, checking the claims; ask, watch, stop."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from oneplace.safety.decide import Action, Kind, Purpose, Subject
from oneplace.web import desk, place
from oneplace.web.accounts.door import door, may, opens, signed_in
from oneplace.web.components.frame import page
from oneplace.web.components.listing import Column, Listing
from oneplace.web.components.notation import CAPITAL, MOMENT
from oneplace.web.jobs import asking
from oneplace.web.jobs.models import Job
from oneplace.web.jobs.work import CHECKED
from oneplace.web.programme import lists as programme
from oneplace.web.programme.models import Proposal

runs = opens(Action.RUN, Kind.PROGRAMME, Purpose.PLANNING, subject="builds")
TONES = {
    "done": "green",
    "failed": "red",
    "running": "blue",
    "waiting": "yellow",
    "cancelled": "grey",
}
BUILDS, PAPERS = Subject(Kind.PROGRAMME, "builds"), Subject(Kind.PROGRAMME, "papers")
Opening = tuple[Action, Subject, Purpose]
# Who may ask for work of a kind may also watch it and stop it.
OPENINGS: dict[str, tuple[Opening, ...]] = {
    "build": ((Action.RUN, BUILDS, Purpose.PLANNING),),
    "claims": ((Action.RUN, BUILDS, Purpose.PLANNING),),
    "paper": (
        (Action.EDIT_PAPERS, PAPERS, Purpose.PLANNING),
        (Action.APPROVE, PAPERS, Purpose.BOARD),
    ),
}


def may_ask(request: HttpRequest, kind: str) -> bool:
    return any(may(request, *opening) for opening in OPENINGS[kind])


def enter(request: HttpRequest, kind: str) -> None:
    """Through the door that opens, else through the first, which refuses."""
    door(request, *next((o for o in OPENINGS[kind] if may(request, *o)), OPENINGS[kind][0]))


# --- builds and checks ----------------------------------------------------------------------------
@runs
def jobs(request: HttpRequest) -> HttpResponse:
    return _jobs(request)


def _jobs(request: HttpRequest, errors: dict[str, str] | None = None) -> HttpResponse:
    going = list(
        Job.objects.filter(kind__in=("build", "claims"), state__in=("waiting", "running")).order_by(
            "id",
        ),
    )
    return page(
        request,
        "jobs/jobs.jinja",
        ASKED_HERE.of(Job.objects.select_related("asked_by")[:100]),
        going=going,
        kinds={j.kind for j in going},
        plans=plans(),
        values={},
        errors=errors or {},
        status=422 if errors else 200,
    )


def _seconds(j: Job) -> float | None:
    if not j.ended_at or not j.started_at:
        return None
    return round((j.ended_at - j.started_at).total_seconds(), 1)


ASKED_HERE = Listing(
    "jobs",
    "Asked for here",
    Column("asked", "Asked for", "asked_at", MOMENT),
    Column("kind", "What", "get_kind_display"),
    Column("by", "By", "asked_by.name"),
    Column("state", "State", show=CAPITAL, tone=TONES),
    Column("seconds", "Seconds", _seconds, numeric=True),
    Column("said", "How it ended", link=lambda j: _found(j)),
    empty="Nobody has asked for anything here yet.",
)


def _found(job: Job) -> str | None:
    if job.state != "done":
        return None
    return {"claims": reverse("checked_claims", args=[job.pk]), "paper": reverse("papers")}.get(
        job.kind
    )


@runs
@require_POST
def ask_build(request: HttpRequest) -> HttpResponse:
    try:
        asking.ask("build", by=request.user)
    except ValidationError as wrong:
        return _jobs(request, {"": wrong.messages[0]})
    return redirect("jobs")


def plans() -> list[tuple[str, str]]:
    """The versions of the plan that can be checked: as it is, and as each open proposal would make
    it."""
    head = desk.session().digests.get("plan.yaml")
    proposed = Proposal.objects.filter(state="proposed", document="plan.yaml")
    return ([(head, "The plan as it is")] if head else []) + [
        (p.digest, f"As proposed: {p.summary}") for p in proposed
    ]


@runs
@require_POST
def ask_claims(request: HttpRequest) -> HttpResponse:
    digest = request.POST.get("plan", "")
    if not desk.built():
        return _jobs(request, {"": "Build the place first: claims are checked against its records"})
    if digest not in dict(plans()):
        return _jobs(request, {"plan": "Choose a version of the plan"})
    try:
        asking.ask("claims", by=request.user, digest=digest)
    except ValidationError as wrong:
        return _jobs(request, {"": wrong.messages[0]})
    return redirect("jobs")


@runs
def checked_claims(request: HttpRequest, job_id: int) -> HttpResponse:
    """What a check found: each promise of that version of the plan beside the records."""
    job = get_object_or_404(Job, pk=job_id, kind="claims", state="done")
    path = place.folder() / CHECKED / f"{job.pk}.json"
    if not path.exists():
        raise Http404
    found = json.loads(path.read_text(encoding="utf-8"))
    about = dict(plans()).get(found["digest"], "An earlier version of the plan")
    return page(
        request,
        "jobs/checked.jinja",
        programme.CLAIMS.of(_numbers(found["claims"])),
        job=job,
        about=about,
        digest=found["digest"],
        build=found["build"],
        as_of=found["as_of"],
        crumbs=[("Builds", reverse("jobs"))],
    )


def _numbers(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Money comes back from JSON as text."""
    return [
        {k: Decimal(v) if k.endswith("_gbp") and v is not None else v for k, v in r.items()}
        for r in rows
    ]


# --- what goes on -----------------------------------------------------------------------------------------------------
@signed_in
@require_POST
def stop(request: HttpRequest, job_id: int) -> HttpResponse:
    job = get_object_or_404(Job, pk=job_id)
    enter(request, job.kind)
    asking.ask_to_stop(job)
    return redirect("papers" if job.kind == "paper" else "jobs")


@signed_in
def progress(request: HttpRequest, job_id: int) -> HttpResponse:
    """The fragment that the page asks for every two seconds while something runs."""
    job = get_object_or_404(Job, pk=job_id)
    enter(request, job.kind)
    response = render(request, "jobs/progress.jinja", {"going": job})
    if job.state not in ("waiting", "running"):
        response["HX-Refresh"] = "true"
    return response
