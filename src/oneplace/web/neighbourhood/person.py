"""One person for whoever cares for them: what matters, why listed, the review of a meeting,
referral to a service."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from oneplace.answers import Session
from oneplace.faults import InputAtFault
from oneplace.report import words as paper
from oneplace.web import desk, place
from oneplace.web.accounts.door import RefusedByWish
from oneplace.web.accounts.sight import Sight, sight_of
from oneplace.web.components.forms import (
    Day,
    Words,
    base_version,
    errors_in,
    errors_of,
    stale_page,
    typed,
)
from oneplace.web.components.frame import page
from oneplace.web.components.grid import Grid
from oneplace.web.directory import shelf
from oneplace.web.history import statements
from oneplace.web.history.models import Entry, StaleSave
from oneplace.web.neighbourhood import actions, lists, presenters
from oneplace.web.neighbourhood.doors import identify, write_care
from oneplace.web.neighbourhood.explained import sections
from oneplace.web.neighbourhood.models import (
    Action,
    Agenda,
    AgendaChange,
    Note,
    Objection,
    Request,
    Review,
    ServiceReferral,
    Withholding,
)
from oneplace.web.neighbourhood.team import by_person, lines_of
from oneplace.web.neighbourhood.withheld import Withheld, due


@identify
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """What matters about this person. The audit row was written before this line ran."""
    if request.user.role == "resident":
        return redirect("my_record")
    at = standing_or_404(person_id)
    by_risk = sight_of(request).lists_by_risk(person_id)
    trained = sight_of(request).last_phase_of(person_id)
    listed = place_on_list(at["team_code"], person_id, last_phase=trained) if by_risk else None
    return shown(
        request,
        person_id,
        "neighbourhood/person.jinja",
        place_on_list=listed,
        unlisted=not by_risk,
        trained=request.user.trained,
        saved=just_saved(request.GET.get("saved", ""), at["team_code"], sight_of(request)),
        # The glass opens a record to be read, not to be written in.
        may_write="break-glass" not in request.decision.policies,
    )


SAVED = {"review": "The review is saved.", "referral": "The referral is saved."}


def just_saved(what: str, team: str | None, sight: Sight) -> dict[str, Any] | None:
    """What the reader has saved a moment ago; after a review also how far the meeting is and who
    comes next."""
    if what not in SAVED:
        return None
    said: dict[str, Any] = {"says": SAVED[what]}
    held = Agenda.objects.filter(team_code=team, meets_on__gte=place.today()).exclude(state="draft")
    agenda = held.order_by("meets_on").first() if what == "review" else None
    if agenda is None:
        return said
    slots = [line.person_id for line in lines_of(agenda, sight)]
    done = set(Review.objects.filter(agenda=agenda).values_list("person_id", flat=True)) & set(
        slots,
    )
    following = next((p for p in slots if p not in done), None)
    return said | {
        "done": len(done),
        "of": len(slots),
        "next": following,
        "short": presenters.short(following) if following else "",
    }


def standing_or_404(person_id: int) -> dict[str, Any]:
    at = desk.standing_of(person_id) if desk.built() else None
    if at is None:
        raise Http404
    return at


def place_on_list(
    team: str | None, person_id: int, *, last_phase: bool = False
) -> dict[str, Any] | None:
    """The person's line of the team's register; None for whoever is on none."""
    if not team:
        return None
    return by_person(team, last_phase=last_phase).get(person_id)


def shown(
    request: HttpRequest,
    person_id: int,
    template: str,
    *grids: Grid,
    own: Withheld | None = None,
    **more: Any,
) -> HttpResponse:
    """What a person's page and the person's own page have in common; the audit row stands already.
    `own`: what the person, or whoever looks in their place, does not see; then links lead to the
    person's own pages."""
    session, on, at = desk.session(), place.today(), standing_or_404(person_id)
    found, who = desk.record_of(person_id), desk.identities([person_id]).get(person_id)
    practices = desk.answer(_practices)
    about = found["about"]
    age = presenters.age_on(about["birth_date"], min(on, about["death_date"] or on))
    facts = [
        ("NHS number", presenters.spaced(who["nhs_number"]) if who and who["nhs_number"] else ""),
        (
            "Born",
            f"{paper.day((who or {}).get('birth_date') or about['birth_date'])}, aged {age} on {paper.day(min(on, about['death_date'] or on))}",
        ),
        ("Sex", about["sex"].capitalize()),
        (
            "Address",
            ", ".join(p for p in ((who or {}).get("address"), (who or {}).get("postcode")) if p),
        ),
        ("Telephone", (who or {}).get("telephone")),
        (
            "Practice",
            practices.get(at["practice_code"], at["practice_code"] or "Not registered here"),
        ),
        (
            "Died",
            paper.day(about["death_date"])
            if about["death_date"] and about["death_date"] <= on
            else "",
        ),
    ]
    held = written_of(person_id)
    marks = all_of_withheld(person_id) if own is None else []

    def all_of(model: type[Entry], *people: str) -> Sequence[Any]:
        """Entries of a kind, with those who wrote them where the page says who."""
        if model.kind() not in held:
            return ()
        found = model.objects.filter(person_id=person_id)
        found = found.select_related(*people) if people else found
        return own.of(found) if own else found

    notes = [n for n in all_of(Note, "changed_by") if n.state == "current"]
    changes = all_of(AgendaChange, "created_by")
    return page(
        request,
        template,
        lists.ACTIONS.of(
            all_of(Action),
            on=on,
            whose=False,
            page="own_action" if own else "action",
        ),
        lists.REVIEWS.of(all_of(Review)),
        lists.REFERRALS.of(
            all_of(ServiceReferral),
            service_name=shelf.service_name,
            whose=False,
            page="own_referral" if own else "referral",
        ),
        *lists.record(found, up_to=session.as_of),
        *grids,
        person=person_id,
        short=presenters.short(person_id),
        heading=presenters.name_of(who) or presenters.short(person_id),
        facts=facts,
        team=at["team_code"],
        in_hospital=any(a["to"] is None for a in found["admissions"]),
        incomplete=found["incomplete"],
        alerts=[n for n in notes if n.kind_of == "alert"],
        notes=presenters.notes_by_kind(notes, own.author if own else lambda n: n.changed_by.name),
        requests=list(all_of(Request)),
        refused=[o for o in all_of(Objection) if o.state == "in_force"],
        kept_back=(len(marks), len(due(marks, on))),
        change=next((c for c in changes if c.state == "standing" and c.agenda_id is None), None),
        standing=desk.standing(),
        **more,
    )


def all_of_withheld(person_id: int) -> list[Withholding]:
    return list(Withholding.objects.filter(person_id=person_id, state__in=("asked", "in_force")))


ABOUT_A_PERSON = (Action, Review, ServiceReferral, Note, Request, Objection, AgendaChange)


def written_of(person_id: int) -> frozenset[str]:
    """Which kinds of entry there are about a person: one question instead of one for each kind,
    most of which most people have none of."""
    return statements.kinds_about(person_id, (m.kind() for m in ABOUT_A_PERSON))


def _practices(session: Session) -> dict[str, str]:
    return {
        r["practice_code"]: r["practice_name"] for r in session.place.table("practices").to_pylist()
    }


@identify
def explained(request: HttpRequest, person_id: int) -> HttpResponse:
    """Down to the rows: segment, scores, risk and place on the list, asked for only when somebody
    wants to check."""
    if request.user.role == "resident":
        return redirect("my_record")
    standing_or_404(person_id)
    try:
        found = desk.explained_of(person_id)
    except InputAtFault:
        raise Http404 from None
    crumbs = [("Back to the person", reverse("person", args=[person_id]))]
    return page(
        request,
        "neighbourhood/explained.jinja",
        short=presenters.short(person_id),
        sections=sections(sight_of(request).explained(found)),
        as_of=desk.session().as_of,
        crumbs=crumbs,
    )


# --- the next agenda ------------------------------------------------------------------------------
NOT_DISCUSSED = "Not put on an agenda at the person’s wish"


class ChangeForm(forms.Form):
    what = forms.ChoiceField(choices=AgendaChange.WHAT)
    reason = Words(most=500, error_messages={"required": "Say why"})


@write_care
def agenda_change(request: HttpRequest, person_id: int) -> HttpResponse:
    """Put this person on the next agenda or take them off it before it is frozen, with the
    reason."""
    team = standing_or_404(person_id)["team_code"]
    if not sight_of(request).discusses(person_id):
        raise RefusedByWish(NOT_DISCUSSED)
    listed = place_on_list(team, person_id)
    change = AgendaChange.objects.filter(person_id=person_id, agenda=None, state="standing").first()
    if not team or listed is None:
        raise Http404
    start = {"what": "taken_off" if listed["on_agenda"] else "added"}
    form = ChangeForm(request.POST or None, initial=start)
    errors = (
        errors_of(form) if request.method == "POST" and request.POST.get("step") != "undo" else {}
    )
    if request.method == "POST":
        try:
            if request.POST.get("step") == "undo":
                if change:
                    change.revise(by=request.user, base=base_version(request), state="undone")
                return redirect("nine_o_clock", team=team)
            if form.is_valid():
                actions.change_agenda(person_id, team, **form.cleaned_data, by=request.user)
                return redirect("nine_o_clock", team=team)
        except StaleSave as stale:
            return stale_page(request, stale, {"reason": "Why"}, request.path)
        except ValidationError as wrong:
            errors = errors_in(wrong)
    return page(
        request,
        "neighbourhood/agenda_change.jinja",
        short=presenters.short(person_id),
        change=change,
        choices=[("added", "Put on the next agenda"), ("taken_off", "Take off the next agenda")],
        values=typed(form),
        errors=errors,
        crumbs=[("Back to the person", reverse("person", args=[person_id]))],
        status=422 if errors else 200,
    )


# --- the review -----------------------------------------------------------------------------------
class ReviewForm(forms.Form):
    outcome = forms.ChoiceField(
        choices=Review.OUTCOMES,
        error_messages={"required": "Say how it ended"},
    )
    attended = Words(most=500, error_messages={"required": "Say who was there"})
    decision = Words(most=5_000, error_messages={"required": "Write what was decided"})
    key_worker = Words(required=False, most=200)
    next_review_on = Day(required=False)
    SLOTS = 3

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for i in range(1, self.SLOTS + 1):
            self.fields[f"what-{i}"] = Words(required=False, most=1_000)
            self.fields[f"owner-{i}"] = Words(required=False, most=200)
            self.fields[f"organisation-{i}"] = Words(required=False, most=200)
            self.fields[f"due-{i}"] = Day(required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for i in range(1, self.SLOTS + 1):
            if cleaned.get(f"what-{i}"):
                if not cleaned.get(f"owner-{i}"):
                    self.add_error(f"owner-{i}", "Name one owner")
                if not cleaned.get(f"due-{i}") and f"due-{i}" not in self.errors:
                    self.add_error(f"due-{i}", "Say when it is due")
                elif cleaned.get(f"due-{i}") and cleaned[f"due-{i}"] < place.today():
                    self.add_error(f"due-{i}", "A new action is due today or later")
            elif cleaned.get(f"owner-{i}") or cleaned.get(f"due-{i}"):
                self.add_error(f"what-{i}", "Say what is to be done")
        if cleaned.get("next_review_on") and cleaned["next_review_on"] <= place.today():
            self.add_error("next_review_on", "The next review has to come after today")
        return cleaned

    def to_do(self) -> list[dict[str, Any]]:
        c = self.cleaned_data
        rows = range(1, self.SLOTS + 1)
        return [
            {
                "what": c[f"what-{i}"],
                "owner": c[f"owner-{i}"],
                "organisation": c[f"organisation-{i}"],
                "due_on": c[f"due-{i}"],
            }
            for i in rows
            if c[f"what-{i}"]
        ]

    def said(self) -> dict[str, Any]:
        return {
            k: self.cleaned_data[k]
            for k in ("outcome", "attended", "decision", "key_worker", "next_review_on")
        }


REVIEW_LABELS = {
    "outcome": "How it ended",
    "attended": "Who was there",
    "decision": "What was decided",
    "key_worker": "Key worker",
    "next_review_on": "Next review",
}


@write_care
def review(request: HttpRequest, person_id: int) -> HttpResponse:
    """Record what the meeting decided; a second time on one agenda it is a revision of the
    first."""
    team, on = standing_or_404(person_id)["team_code"] or "", place.today()
    kept = (
        Agenda.objects.filter(
            team_code=team,
            lines__person_id=person_id,
            meets_on__gte=on - dt.timedelta(days=7),
        )
        .exclude(state="draft")
        .order_by("meets_on")
        .first()
    )
    existing = Review.objects.filter(agenda=kept, person_id=person_id).first() if kept else None
    initial = existing.content() if existing else {"outcome": "discussed"}
    form = ReviewForm(request.POST or None, initial=initial)
    errors = errors_of(form) if request.method == "POST" else {}
    if request.method == "POST" and form.is_valid():
        try:
            if existing:
                actions.revise_review(
                    existing,
                    by=request.user,
                    base=base_version(request),
                    to_do=form.to_do(),
                    **form.said(),
                )
            else:
                actions.record_review(
                    person_id,
                    team,
                    by=request.user,
                    agenda=kept,
                    to_do=form.to_do(),
                    reviewed_on=on,
                    **form.said(),
                )
            return redirect(f"{reverse('person', args=[person_id])}?saved=review")
        except StaleSave as stale:
            return stale_page(request, stale, REVIEW_LABELS, request.path)
        except ValidationError as wrong:
            errors = errors_in(wrong)
    who = desk.identities([person_id]).get(person_id)
    return page(
        request,
        "neighbourhood/review.jinja",
        person=person_id,
        heading=presenters.name_of(who) or presenters.short(person_id),
        on=on,
        kept=kept,
        outcomes=Review.OUTCOMES,
        slots=range(1, ReviewForm.SLOTS + 1),
        values=typed(form),
        errors=errors,
        version=existing.version if existing else 0,
        existing=existing,
        crumbs=[("Back to the person", reverse("person", args=[person_id]))],
        status=422 if errors else 200,
    )


# --- referral -------------------------------------------------------------------------------------
class ReferForm(forms.Form):
    service = forms.CharField(max_length=80, error_messages={"required": "Choose a service"})
    need = Words(most=1_000, error_messages={"required": "Say what is needed"})


@write_care
def refer(request: HttpRequest, person_id: int) -> HttpResponse:
    """Refer a person to a service of the directory."""
    directory = shelf.directory()
    at = standing_or_404(person_id)
    if directory is None:
        raise Http404
    known = [
        ("", "Choose"),
        *sorted(
            ((s.key, f"{s.name} ({s.kind})") for s in directory.services if s.access != "yourself"),
            key=lambda kv: kv[1],
        ),
    ]
    form = ReferForm(request.POST or None, initial={"service": request.GET.get("service", "")[:80]})
    errors = errors_of(form) if request.method == "POST" else {}
    if (
        request.method == "POST"
        and form.is_valid()
        and form.cleaned_data["service"] not in dict(known)
    ):
        errors = {"service": "Choose a service of the directory"}
    elif request.method == "POST" and form.is_valid():
        try:
            actions.refer(person_id, at["team_code"] or "", by=request.user, **form.cleaned_data)
            return redirect(f"{reverse('person', args=[person_id])}?saved=referral")
        except ValidationError as wrong:
            errors = errors_in(wrong)
    return page(
        request,
        "neighbourhood/refer.jinja",
        person=person_id,
        services=known,
        values=typed(form),
        errors=errors,
        crumbs=[("Back to the person", reverse("person", args=[person_id]))],
        status=422 if errors else 200,
    )
