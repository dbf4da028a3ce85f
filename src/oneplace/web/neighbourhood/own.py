"""A resident's own record: what it says, who has looked, who looks for them; and what they
contribute, ask for and refuse."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from itertools import islice
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

from oneplace.report import words as paper
from oneplace.safety.decide import Action as Do
from oneplace.safety.decide import Tie
from oneplace.web import desk, place
from oneplace.web.accounts.door import signed_in
from oneplace.web.accounts.models import AuditRow, Standing
from oneplace.web.components.forms import (
    Words,
    base_version,
    errors_in,
    errors_of,
    stale_page,
    typed,
)
from oneplace.web.components.frame import page
from oneplace.web.directory import shelf
from oneplace.web.history.models import Entry, StaleSave
from oneplace.web.neighbourhood import actions, copies, lists, presenters, proxies
from oneplace.web.neighbourhood.doors import open_person
from oneplace.web.neighbourhood.models import (
    Action,
    Note,
    Objection,
    Proxy,
    Request,
    ServiceReferral,
)
from oneplace.web.neighbourhood.person import shown, standing_or_404
from oneplace.web.neighbourhood.withheld import Withheld, withheld_from

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


def _ties(request: HttpRequest) -> list[Standing]:
    """The records that this account may open now: its own first, then those it looks at in
    somebody's place."""
    if request.user.role != "resident":
        raise Http404
    ties, now = (Tie.SELF.value, Tie.CHOSEN_CARER.value), timezone.now()
    found = Standing.objects.filter(user=request.user, tie__in=ties).order_by("-tie", "id")
    return [s for s in found if s.relationship().holds(subject=s.subject, now=now)]


def _record_of(request: HttpRequest) -> int | None:
    """The person whose record this account may see as its own; None when no record is joined to it
    yet."""
    ties = _ties(request)
    return int(ties[0].subject) if ties and desk.built() else None


def own_say(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Opens to the person themselves, about their own record alone; each opening is written to the
    audit."""

    @wraps(view)
    def checked(request: HttpRequest, **of: int) -> HttpResponse:
        person_id = _record_of(request)
        if person_id is None:
            return page(request, "neighbourhood/no_record.jinja")
        request.decision = open_person(request, person_id, Do.WRITE_OWN)
        return view(request, person_id, **of)

    return signed_in(checked)


@signed_in
def my_record(request: HttpRequest) -> HttpResponse:
    """The resident's own record, and who has looked at it; for a proxy the record they look at."""
    person_id = _record_of(request)
    if person_id is None:
        return page(request, "neighbourhood/no_record.jinja")
    return _record(request, person_id)


@signed_in
def shared_record(request: HttpRequest, person_id: int) -> HttpResponse:
    """The record of somebody in whose place the reader looks, where the reader has one of their
    own, too."""
    ties = [s.subject for s in _ties(request)]
    if str(person_id) not in ties or not desk.built():
        raise Http404
    if ties[0] == str(person_id):
        return redirect("my_record")
    return _record(request, person_id)


def _record(request: HttpRequest, person_id: int) -> HttpResponse:
    request.decision = open_person(request, person_id, Do.IDENTIFY)
    myself, kept, parts = _as_reader(request, person_id)
    rows = AuditRow.objects.filter(subject=str(person_id), allowed=True).order_by("-number")
    advance = Note.objects.filter(
        person_id=person_id, kind_of="advance_care", state="current"
    ).first()
    looked = (
        list(islice(kept.looks(rows[: 2 * MOST_LOOKS]), MOST_LOOKS)) if "looked" in parts else []
    )
    return shown(
        request,
        person_id,
        "neighbourhood/my_record.jinja",
        lists.looked(looked, by=request.user.username),
        own=kept,
        parts=parts,
        advance_care=presenters.note_facts(advance) if advance and myself else [],
        myself=myself,
        may_write=False,
        others=[s.subject for s in _ties(request) if s.subject != str(person_id)],
        proxies=list(
            Proxy.objects.filter(person_id=person_id, state="granted", until__gte=place.today())
        )
        if myself
        else [],
        service_name=shelf.service_name,
    )


def _as_reader(request: HttpRequest, person_id: int) -> tuple[bool, Withheld, frozenset[str]]:
    """Whether the reader is the person, what is kept from them, and which parts of the record they
    see."""
    myself = Standing.objects.filter(
        user=request.user, tie=Tie.SELF.value, subject=str(person_id)
    ).exists()
    parts = proxies.PARTS["everything"] if myself else proxies.scope_of(request.user, person_id)
    return myself, withheld_from(person_id, proxy=not myself), parts


def _own_entry(request: HttpRequest, model: type[Entry], entry_id: int, part: str) -> Any:
    """An entry about the person, as the person or a proxy may see it; a 404 like any other where
    they may not."""
    found = get_object_or_404(model.objects.select_related("changed_by", "created_by"), pk=entry_id)
    if str(found.person_id) not in {s.subject for s in _ties(request)}:
        raise Http404
    request.decision = open_person(request, found.person_id, Do.IDENTIFY)
    _, kept, parts = _as_reader(request, found.person_id)
    if part not in parts or not kept.shows(found):
        raise Http404
    return found, kept


@signed_in
def own_action(request: HttpRequest, entry_id: int) -> HttpResponse:
    """One action for me: who does what until when, and how it stands."""
    found, kept = _own_entry(request, Action, entry_id, "plan")
    facts = [
        ("Who does it", found.owner),
        ("Organisation", found.organisation),
        ("Due", paper.day(found.due_on)),
        (
            "State",
            "Open, overdue"
            if found.state == "open" and found.due_on < place.today()
            else found.state.capitalize(),
        ),
        ("Closed", paper.day(found.closed_on) if found.closed_on else ""),
        ("Note", found.note),
        ("Written by", kept.author(found)),
    ]
    return _entry_page(request, "What is done for me", found.what, facts)


@signed_in
def own_referral(request: HttpRequest, entry_id: int) -> HttpResponse:
    """One referral of mine to a service: what for, and what the service said."""
    found, kept = _own_entry(request, ServiceReferral, entry_id, "asked")
    facts = [
        ("Service", shelf.service_name(found.service)),
        ("Sent", paper.day(found.made_on)),
        ("State", ServiceReferral.STATES[found.state]),
        ("Answered", paper.day(found.answered_on) if found.answered_on else ""),
        ("What the service said", found.answer),
        ("Written by", kept.author(found)),
    ]
    return _entry_page(request, "Where I was referred", found.need, facts, service=found.service)


def _entry_page(
    request: HttpRequest, heading: str, says: str, facts: list[tuple[str, Any]], **more: Any
) -> HttpResponse:
    return page(
        request,
        "neighbourhood/own_entry.jinja",
        heading=heading,
        says=says,
        facts=facts,
        crumbs=_my_record(),
        **more,
    )


def _my_record() -> list[tuple[str, str]]:
    return [("My record", reverse("my_record"))]


# --- who looks for me, a copy, corrections --------------------------------------------------------
@own_say
def own_proxies(request: HttpRequest, person_id: int) -> HttpResponse:
    """Who may look for me: named, limited and ended by me."""
    return proxies.form_page(
        request,
        person_id,
        own=True,
        back=reverse("own_proxies"),
        crumbs=_my_record(),
    )


@own_say
def own_proxy(request: HttpRequest, person_id: int, entry_id: int) -> HttpResponse:
    found = get_object_or_404(
        Proxy.objects.select_related("created_by"),
        pk=entry_id,
        person_id=person_id,
    )
    return proxies.end_page(request, found, reverse("own_proxies"))


@signed_in
def own_copy(request: HttpRequest) -> HttpResponse:
    """A copy of everything that is held about me, at once and without asking anybody."""
    person_id = _record_of(request)
    if person_id is None:
        return page(request, "neighbourhood/no_record.jinja")
    request.decision = open_person(request, person_id, Do.EXPORT_RECORD)
    return copies.answered(request, person_id, own=True)


@own_say
def own_corrections(request: HttpRequest, person_id: int) -> HttpResponse:
    """What I asked to be corrected, what was answered, and what stands beside my record now."""
    kept = withheld_from(person_id, proxy=False)
    asked = kept.of(Request.objects.filter(person_id=person_id, what="correction"))
    beside = kept.of(
        Note.objects.filter(person_id=person_id, kind_of="correction", state="current"),
    )
    return page(
        request,
        "neighbourhood/own_corrections.jinja",
        asked=[(r, Request.STATES[r.state], copies.due_on(r)) for r in asked],
        beside=[presenters.note_facts(n) for n in beside],
        crumbs=_my_record(),
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
                actions.write_note(
                    person_id,
                    at["team_code"] or "",
                    "matters",
                    by=request.user,
                    **form.cleaned_data,
                )
            return redirect("my_record")
        except StaleSave as stale:
            return stale_page(request, stale, {"words": "What matters to me"}, request.path)
        except ValidationError as wrong:
            errors = errors_in(wrong)
    return _page(
        request,
        "neighbourhood/own_matters.jinja",
        form,
        errors,
        version=kept.version if kept else 0,
    )


class AskForm(forms.Form):
    what = forms.ChoiceField(choices=Request.WHAT)
    service = forms.CharField(max_length=80, required=False)
    words = Words(most=2_000, error_messages={"required": "Write what is wrong, or what you need"})


@own_say
def own_ask(request: HttpRequest, person_id: int) -> HttpResponse:
    """Ask the team to correct the record, or for an appointment or a service; they answer with a
    reason."""
    at, directory = standing_or_404(person_id), shelf.directory()
    services = (
        sorted(((s.key, f"{s.name} ({s.kind})") for s in directory.services), key=lambda kv: kv[1])
        if directory
        else []
    )
    known = [("", "My practice or team decides"), *services]
    wanted = request.GET.get("service", "")[:80]
    start = {
        "what": "appointment"
        if wanted or request.GET.get("what") == "appointment"
        else "correction",
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
                actions.ask(
                    person_id,
                    at["team_code"] or "",
                    by=request.user,
                    **{**said, "service": service},
                )
                return redirect("my_record")
            except ValidationError as wrong:
                errors = errors_in(wrong)
    return _page(
        request,
        "neighbourhood/own_ask.jinja",
        form,
        errors,
        services=known,
        whats=Request.WHAT,
    )


class ObjectForm(forms.Form):
    what = forms.ChoiceField(
        choices=Objection.WHAT,
        error_messages={"required": "Say what this is about"},
    )
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
        {"what": what, "says": says, "follows": FOLLOWS[what], "kept": kept.get(what)}
        for what, says in Objection.WHAT
    ]
    return _page(request, "neighbourhood/own_choices.jinja", form, errors, choices=choices)


def _page(
    request: HttpRequest, template: str, form: forms.Form, errors: dict[str, str], **more: Any
) -> HttpResponse:
    return page(
        request,
        template,
        values=typed(form),
        errors=errors,
        crumbs=_my_record(),
        status=422 if errors else 200,
        **more,
    )
