"""The pages of a team: nine o'clock, the sheet for the meeting, the register, after the meeting,
who is added by hand."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from oneplace.answers import agenda, last_phase, list_changes
from oneplace.answers.people import documents
from oneplace.safety.decide import Action as Do
from oneplace.safety.decide import Tie
from oneplace.web import desk, place
from oneplace.web.accounts.door import signed_in
from oneplace.web.accounts.models import Standing
from oneplace.web.accounts.sight import Sight, sight_of
from oneplace.web.components.forms import Day, Words, errors_in, errors_of, typed
from oneplace.web.components.frame import page
from oneplace.web.directory.shelf import service_name
from oneplace.web.neighbourhood import actions, lists, presenters, set_aside, tally
from oneplace.web.neighbourhood.doors import open_person, own_team, see_caseload
from oneplace.web.neighbourhood.models import Action, Agenda, Review, ServiceReferral, Withholding
from oneplace.web.neighbourhood.team import (
    counts,
    last_changes,
    names_for,
    notes_on,
    person_named,
    team_state,
)
from oneplace.web.neighbourhood.withheld import MARKS
from oneplace.web.neighbourhood.withheld import due as due_marks

FIRST_SHOWN = 100


@signed_in
def neighbourhood(request: HttpRequest) -> HttpResponse:
    """The reader's teams; with one team, straight to nine o'clock."""
    teams = list(
        Standing.objects.filter(user=request.user, tie=Tie.CARE_TEAM.value).values_list(
            "subject",
            flat=True,
        ),
    )
    if request.user.role not in ("coordinator", "clinician"):
        raise Http404
    if len(teams) == 1 and desk.built():
        return redirect("nine_o_clock", team=teams[0])
    return page(request, "neighbourhood/teams.jinja", teams=teams, built=desk.built())


class FreezeForm(forms.Form):
    meets_on = Day(error_messages={"required": "Say when the team meets"})

    def clean_meets_on(self) -> dt.date:
        day = self.cleaned_data["meets_on"]
        if not place.today() <= day <= place.today() + dt.timedelta(days=60):
            raise ValidationError("A day from today to two months ahead")
        return day


@own_team
def nine_o_clock(request: HttpRequest, team: str) -> HttpResponse:
    """Whom do we discuss?"""
    state, errors = team_state(team, sight_of(request)), {}
    form = FreezeForm(request.POST or None, initial={"meets_on": agenda.next_meeting(state["on"])})
    if request.method == "POST":
        errors = errors_of(form)
        if form.is_valid() and state["agenda"] is None:
            try:
                actions.freeze(
                    team,
                    form.cleaned_data["meets_on"],
                    state["slots"],
                    build=desk.session().build_id or "",
                    by=request.user,
                )
                return redirect("nine_o_clock", team=team)
            except ValidationError as wrong:
                errors = {"meets_on": wrong.messages[0]}
    slots, kept = state["slots"], state["agenda"]
    people = [s.person_id for s in slots]
    done = (
        set(Review.objects.filter(agenda=kept).values_list("person_id", flat=True)) & set(people)
        if kept
        else set()
    )
    names = names_for(request, people)
    grid = lists.agenda(
        slots,
        state=state,
        names=names,
        notes=notes_on(people),
        frozen=kept is not None,
        done=done,
    )
    return page(
        request,
        "neighbourhood/nine_o_clock.jinja",
        grid,
        team=team,
        name=state["listed"]["name"],
        counts=counts(team, state["sight"]),
        kept_from=state["kept"],
        kept=kept,
        done=len(done),
        names=bool(names),
        needed=presenters.needed_at_the_meeting(slots, state),
        as_of=desk.session().as_of,
        taken_off=[(p, presenters.short(p), c) for p, c in state["taken_off"].items()],
        gone=[(p, presenters.short(p), why) for p, why in state["gone"].items()],
        values=typed(form),
        errors=errors,
        standing=desk.standing(),
        status=422 if errors else 200,
    )


@own_team
def meeting_sheet(request: HttpRequest, team: str) -> HttpResponse:
    """The agenda on paper: for each person what is known and room to write."""
    state = team_state(team, sight_of(request))
    slots = state["slots"]
    people = [s.person_id for s in slots]
    names = names_for(request, people)
    return page(
        request,
        "neighbourhood/sheet.jinja",
        team=team,
        name=state["listed"]["name"],
        kept=state["agenda"],
        kept_from=state["kept"],
        names=bool(names),
        slots=presenters.sheet(slots, state=state, names=names, notes=notes_on(people)),
        crumbs=[("Nine o’clock", reverse("nine_o_clock", args=[team]))],
        standing=desk.standing(),
    )


class AddForm(forms.Form):
    person = Words(
        most=40,
        error_messages={"required": "Say whom: a number as the list shows it, or an NHS number"},
    )
    reason = Words(
        most=500,
        error_messages={"required": "Say why the team should discuss this person"},
    )


@own_team
def add_person(request: HttpRequest, team: str) -> HttpResponse:
    """Somebody of the team's register is put on the next agenda by hand, with the reason."""
    state = team_state(team, sight_of(request))
    form = AddForm(request.POST or None)
    errors = errors_of(form) if request.method == "POST" else {}
    if request.method == "POST" and form.is_valid():
        found = person_named(team, form.cleaned_data["person"])
        if found is None:
            errors = {"person": "Nobody on this team’s register has this number"}
        else:
            open_person(request, found, Do.WRITE_CARE)
            try:
                actions.change_agenda(
                    found,
                    team,
                    "added",
                    form.cleaned_data["reason"],
                    by=request.user,
                )
                return redirect("nine_o_clock", team=team)
            except ValidationError as wrong:
                errors = errors_in(wrong)
    return page(
        request,
        "neighbourhood/add.jinja",
        team=team,
        name=state["listed"]["name"],
        kept=state["agenda"],
        values=typed(form),
        errors=errors,
        crumbs=[("Nine o’clock", reverse("nine_o_clock", args=[team]))],
        status=422 if errors else 200,
    )


@see_caseload
def caseload(request: HttpRequest, team: str) -> HttpResponse:
    """The register: everyone of the team in order of risk, with reasons, reconciled to everyone
    registered."""
    sight = sight_of(request)
    state = team_state(team, sight)
    people = state["listed"]["people"]
    analyst = request.user.role == "analyst"
    shown = (
        people
        if request.GET.get("all") or request.GET.get("csv") or request.GET.get("caseload.q")
        else people[:FIRST_SHOWN]
    )
    listed = [int(p["person"]) for p in shown]
    names = names_for(request, listed) if not analyst else {}
    grid = lists.CASELOAD.of(
        shown,
        names=names,
        reviews=state["reviews"],
        open_actions=Counter(a.person_id for a in state["open"]),
        on_agenda={s.person_id for s in state["slots"]},
        refusing=sight.refused,
        notes={} if analyst else notes_on(listed[:FIRST_SHOWN]),
    )
    return page(
        request,
        "neighbourhood/caseload.jinja",
        grid,
        team=team,
        name=state["listed"]["name"],
        counts=counts(team, state["sight"]),
        kept_from=state["kept"],
        reconciles=state["listed"]["reconciles"],
        owners=set_aside.owners(request, team, state["listed"]["reconciles"]["parts"]),
        shown=len(shown),
        total=len(people),
        care=request.user.role in ("coordinator", "clinician"),
        standing=desk.standing(),
    )


def _why_of(team: str, sight: Sight) -> Callable[[str], str]:
    """Why somebody joined or left, in the words that the reader may see."""
    if sight.last_phase(team):
        return str
    agreed = documents(desk.session())
    return lambda why: last_phase.in_words(agreed, why)


@own_team
def after(request: HttpRequest, team: str) -> HttpResponse:
    """Who has not done what?"""
    sight, on = sight_of(request), place.today()
    state = team_state(team, sight)
    everything = sight.of(Action.objects.filter(team_code=team))
    agendas = Agenda.objects.filter(team_code=team).exclude(state="draft").prefetch_related("lines")
    planned = [(a.meets_on, len(sight.of(a.lines.all()))) for a in agendas]
    waiting = [a for a in everything if a.state == "open"]
    reviews = sight.of(Review.objects.filter(team_code=team))
    referred = sight.of(ServiceReferral.objects.filter(team_code=team, state="declined"))
    due = sorted(
        (r for r in state["reviews"].values() if r.next_review_on), key=lambda r: r.next_review_on
    )
    followed = {a.person_id for a in waiting} | {s.person_id for s in state["slots"]}
    followed |= {p for p, r in state["reviews"].items() if r.outcome != "stepped_down"}
    changed = last_changes(team, sight)
    left = {p: why for p, _, why in (changed or {}).get("gone", ())}
    gone = {**desk.answer(list_changes.gone, team, tuple(sorted(followed))), **left}
    marks = sight.of(
        Withholding.objects.filter(team_code=team, state__in=("asked", "in_force")).select_related(
            "created_by",
        )
    )
    return page(
        request,
        "neighbourhood/after.jinja",
        MARKS.of(due_marks(marks, on), on=on, linked=True),
        lists.ACTIONS.of(waiting, on=on, caption="Open actions, by the day they are due"),
        lists.ACTIONS.of(
            (a for a in everything if a.state == "declined"),
            on=on,
            name="declined",
            caption="Declined actions",
        ),
        lists.REFERRALS.of(referred, service_name=service_name, caption="Declined referrals"),
        lists.REQUESTS.of(state["requests"], service_name=service_name),
        tally.TALLY.of(tally.months(reviews, everything, planned, on=on)),
        team=team,
        name=state["listed"]["name"],
        counts=counts(team, state["sight"]),
        kept_from=state["kept"],
        owners=presenters.owners(waiting, on=on),
        due=[
            (r.person_id, presenters.short(r.person_id), r.next_review_on, r.next_review_on < on)
            for r in due
            if r.person_id not in gone
        ],
        changes=presenters.list_changes(changed, _why_of(team, sight)),
        gone=[(p, presenters.short(p), why) for p, why in gone.items()],
        standing=desk.standing(),
    )
