"""A resident's own record: what it says, who has looked; and what they contribute, ask for and refuse."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from oneplace.safety.decide import Action as Do
from oneplace.safety.decide import Tie
from oneplace.web import desk
from oneplace.web.accounts.door import signed_in
from oneplace.web.accounts.models import AuditRow, Standing
from oneplace.web.components.forms import Words, base_version, errors_in, errors_of, stale_page, typed
from oneplace.web.components.frame import page
from oneplace.web.directory import shelf
from oneplace.web.history.models import StaleSave
from oneplace.web.neighbourhood import actions, presenters
from oneplace.web.neighbourhood.doors import open_person
from oneplace.web.neighbourhood.models import Note, Objection, Request
from oneplace.web.neighbourhood.person import shown, standing_or_404

MOST_LOOKS = 100
# What follows from a refusal, said before it is written.
FOLLOWS = {
    "sharing": "Your practice goes on looking after you. The neighbourhood team no longer opens your record, "
    "and you are not put on the agenda of its meeting. In an emergency a clinician may still open it, with a "
    "written reason that is reviewed.",
    "risk": "Nobody proposes you for the team’s meeting because of your risk: you leave the next agenda at once and "
    "the list when it is next worked out. Your practice looks after you as before.",
    "planning": "Nobody looks at your record by itself for planning, not even without your name. You are still counted "
    "in totals that say nothing about one person.",
}


def _record_of(request: HttpRequest) -> int | None:
    """The person whose record this account may see as its own; None when no record is joined to it yet."""
    if request.user.role != "resident":
        raise Http404
    ties = (Tie.SELF.value, Tie.CHOSEN_CARER.value)
    own = Standing.objects.filter(user=request.user, tie__in=ties).order_by("-tie").first()
    return int(own.subject) if own and desk.built() else None


def own_say(view: Callable[[HttpRequest, int], HttpResponse]) -> Callable[..., HttpResponse]:
    """Opens to the person themselves, about their own record alone; each opening is written to the audit."""

    @wraps(view)
    def checked(request: HttpRequest) -> HttpResponse:
        person_id = _record_of(request)
        if person_id is None:
            return page(request, "neighbourhood/no_record.jinja")
        request.decision = open_person(request, person_id, Do.WRITE_OWN)
        return view(request, person_id)

    return signed_in(checked)


@signed_in
def my_record(request: HttpRequest) -> HttpResponse:
    """The resident's own record, and who has looked at it."""
    person_id = _record_of(request)
    if person_id is None:
        return page(request, "neighbourhood/no_record.jinja")
    request.decision = open_person(request, person_id, Do.IDENTIFY)
    rows = AuditRow.objects.filter(subject=str(person_id), allowed=True).order_by("-number")[:MOST_LOOKS]
    advance = Note.objects.filter(person_id=person_id, kind_of="advance_care", state="current").first()
    myself = Standing.objects.filter(user=request.user, tie=Tie.SELF.value, subject=str(person_id)).exists()
    return shown(
        request,
        person_id,
        "neighbourhood/my_record.jinja",
        looked=presenters.who_looked(rows, by=request.user.username),
        advance_care=presenters.note_facts(advance) if advance and myself else [],
        myself=myself,
        may_write=False,
        service_name=shelf.service_name,
    )


class MattersForm(forms.Form):
    words = Words(most=5_000, error_messages={"required": "Write what matters to you"})


@own_say
def own_matters(request: HttpRequest, person_id: int) -> HttpResponse:
    """What matters to me, in the person's own words: the note that the team sees first."""
    at = standing_or_404(person_id)
    kept = Note.objects.filter(person_id=person_id, kind_of="matters", state="current").first()
    form = MattersForm(request.POST or None, initial={"words": kept.words if kept else ""})
    errors = errors_of(form) if request.method == "POST" else {}
    if request.method == "POST" and form.is_valid():
        try:
            if kept:
                kept.revise(by=request.user, base=base_version(request), **form.cleaned_data)
            else:
                actions.write_note(person_id, at["team_code"] or "", "matters", by=request.user, **form.cleaned_data)
            return redirect("my_record")
        except StaleSave as stale:
            return stale_page(request, stale, {"words": "What matters to me"}, request.path)
        except ValidationError as wrong:
            errors = errors_in(wrong)
    return _page(request, "neighbourhood/own_matters.jinja", form, errors, version=kept.version if kept else 0)


class AskForm(forms.Form):
    what = forms.ChoiceField(choices=Request.WHAT)
    service = forms.CharField(max_length=80, required=False)
    words = Words(most=2_000, error_messages={"required": "Write what is wrong, or what you need"})


@own_say
def own_ask(request: HttpRequest, person_id: int) -> HttpResponse:
    """Ask the team to correct the record, or for an appointment or a service; they answer with a reason."""
    at, directory = standing_or_404(person_id), shelf.directory()
    services = (
        sorted(((s.key, f"{s.name} ({s.kind})") for s in directory.services), key=lambda kv: kv[1]) if directory else []
    )
    known = [("", "My practice or team decides"), *services]
    wanted = request.GET.get("service", "")[:80]
    start = {
        "what": "appointment" if wanted or request.GET.get("what") == "appointment" else "correction",
        "service": wanted,
    }
    form = AskForm(request.POST or None, initial=start)
    errors = errors_of(form) if request.method == "POST" else {}
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        if said["service"] not in dict(known):
            errors = {"service": "Choose a service of the directory"}
        else:
            try:
                service = said["service"] if said["what"] == "appointment" else ""
                actions.ask(person_id, at["team_code"] or "", by=request.user, **{**said, "service": service})
                return redirect("my_record")
            except ValidationError as wrong:
                errors = errors_in(wrong)
    return _page(request, "neighbourhood/own_ask.jinja", form, errors, services=known, whats=Request.WHAT)


class ObjectForm(forms.Form):
    what = forms.ChoiceField(choices=Objection.WHAT, error_messages={"required": "Say what this is about"})
    answer = forms.ChoiceField(choices=[("refuse", "I refuse"), ("withdraw", "I no longer refuse")])
    words = Words(required=False, most=1_000)


@own_say
def own_choices(request: HttpRequest, person_id: int) -> HttpResponse:
    """What I refuse: it holds from the moment it is written, and may be withdrawn at any time."""
    at = standing_or_404(person_id)
    kept = {o.what: o for o in Objection.objects.filter(person_id=person_id)}
    form = ObjectForm(request.POST or None)
    errors = errors_of(form) if request.method == "POST" else {}
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            actions.object_to(
                person_id,
                at["team_code"] or "",
                said["what"],
                refuses=said["answer"] == "refuse",
                words=said["words"],
                base=base_version(request),
                by=request.user,
            )
            return redirect("own_choices")
        except StaleSave as stale:
            return stale_page(request, stale, {"words": "Why", "state": "State"}, request.path)
        except ValidationError as wrong:
            errors = errors_in(wrong)
    choices: list[dict[str, Any]] = [
        {"what": what, "says": says, "follows": FOLLOWS[what], "kept": kept.get(what)} for what, says in Objection.WHAT
    ]
    return _page(request, "neighbourhood/own_choices.jinja", form, errors, choices=choices)


def _page(request: HttpRequest, template: str, form: forms.Form, errors: dict[str, str], **more: Any) -> HttpResponse:
    crumbs = [("My record", reverse("my_record"))]
    return page(
        request, template, values=typed(form), errors=errors, crumbs=crumbs, status=422 if errors else 200, **more
    )
