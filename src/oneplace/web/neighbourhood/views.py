"""Nine o'clock, caseload, person, review, after the meeting; and the resident's own record."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from oneplace.faults import InputAtFault
from oneplace.report import words as paper
from oneplace.safety.decide import Action as Do
from oneplace.safety.decide import Kind, Purpose, Subject, Tie
from oneplace.visit import record
from oneplace.web import desk
from oneplace.web.accounts.door import door, opens, signed_in
from oneplace.web.accounts.models import AuditRow, Standing
from oneplace.web.components.forms import Day, Words, base_version, errors_in, errors_of, stale_page, typed
from oneplace.web.components.frame import page
from oneplace.web.config import place
from oneplace.web.directory import shelf
from oneplace.web.history.models import NoSuchStep, StaleSave
from oneplace.web.neighbourhood import actions, agenda, presenters
from oneplace.web.neighbourhood.models import Action, Agenda, Review, ServiceReferral

see_caseload = opens(Do.SEE_CASELOAD, Kind.CASELOAD, Purpose.DIRECT_CARE, Purpose.PLANNING, subject="team")
own_team = opens(Do.SEE_CASELOAD, Kind.CASELOAD, Purpose.DIRECT_CARE, subject="team")
identify = opens(Do.IDENTIFY, Kind.PERSON, Purpose.DIRECT_CARE, subject="person_id")
write_care = opens(Do.WRITE_CARE, Kind.PERSON, Purpose.DIRECT_CARE, subject="person_id")
MOST_NAMES = 25
FIRST_SHOWN = 100


@signed_in
def neighbourhood(request: HttpRequest) -> HttpResponse:
    """The reader's teams; with one team, straight to nine o'clock."""
    teams = list(Standing.objects.filter(user=request.user, tie=Tie.CARE_TEAM.value).values_list("subject", flat=True))
    if request.user.role not in ("coordinator", "clinician"):
        raise Http404
    if len(teams) == 1 and desk.built():
        return redirect("nine_o_clock", team=teams[0])
    return page(request, "neighbourhood/teams.jinja", teams=teams, built=desk.built())


def team_list(team: str) -> dict[str, Any]:
    """The team's whole register, from the build; 404 for a team that has none."""
    if not desk.built() or team not in desk.answer("teams", lambda v: v.teams()):
        raise Http404
    return desk.answer(f"caseload {team}", lambda v: v.caseload(team, whole=True))


def team_state(team: str) -> dict[str, Any]:
    """What the team wrote and what the build says, once for every page of the team: all counts come from here."""
    on, listed = place.today(), team_list(team)
    reviews = agenda.last_reviews(Review.objects.filter(team_code=team))
    waiting = list(Action.objects.filter(team_code=team, state="open"))
    overdue = Counter(a.person_id for a in waiting if a.due_on < on)
    people = listed["people"]
    top = desk.answer(f"agenda {team}", lambda _: [p for p in people if p["on_agenda"]])
    inside = desk.answer(f"in hospital {team}", lambda v: record.in_hospital(v, [int(p["person"]) for p in people]))
    frozen = Agenda.objects.filter(team_code=team, meets_on__gte=on).exclude(state="draft").order_by("meets_on").first()
    seen = set(
        Agenda.objects.filter(team_code=team)
        .exclude(pk=frozen.pk if frozen else None)
        .values_list("lines__person_id", flat=True)
    )
    slots = agenda.proposed(
        top,
        overdue=overdue,
        carried=[p for p, r in reviews.items() if r.outcome == "carried"],
        due=[p for p, r in reviews.items() if r.next_review_on and r.next_review_on <= on],
        in_hospital=inside,
        stepped_down=[p for p, r in reviews.items() if r.outcome == "stepped_down"],
        seen_before=seen,
        most=max(len(top), agenda.MOST),
    )
    return {
        "on": on,
        "listed": listed,
        "reviews": reviews,
        "open": waiting,
        "overdue": overdue,
        "in_hospital": inside,
        "agenda": frozen,
        "slots": list(frozen.lines.all()) if frozen else slots,
        "by_person": desk.answer(f"by person {team}", lambda _: {int(p["person"]): p for p in people}),
    }


def counts(state: dict[str, Any]) -> list[dict[str, Any]]:
    """The team's figures, the same on every page because they are made here."""
    parts = state["listed"]["reconciles"]
    team = state["listed"]["team"]
    return [
        {
            "value": paper.number(parts["registered"]),
            "name": "registered with the team",
            "href": reverse("caseload", args=[team]) + "#reconciles",
        },
        {"value": paper.number(parts["register"]), "name": "on the register", "href": reverse("caseload", args=[team])},
        {
            "value": paper.number(len(state["slots"])),
            "name": "on the agenda",
            "href": reverse("nine_o_clock", args=[team]),
        },
        {"value": paper.number(len(state["open"])), "name": "open actions", "href": reverse("after", args=[team])},
        {
            "value": paper.number(sum(state["overdue"].values())),
            "name": "overdue actions",
            "href": reverse("after", args=[team]),
        },
    ]


def names_for(request: HttpRequest, people: list[int]) -> dict[int, dict[str, Any]]:
    """Names, each through the door and so each with its audit row; only when the reader asks for them."""
    if not request.GET.get("names"):
        return {}
    for person in people[:MOST_NAMES]:
        door(request, Do.IDENTIFY, _subject(person), Purpose.DIRECT_CARE)
    return desk.identities(people[:MOST_NAMES])


def _subject(person: int) -> Subject:
    from oneplace.web.accounts.door import subject_of

    return subject_of(Kind.PERSON, str(person))


@own_team
def nine_o_clock(request: HttpRequest, team: str) -> HttpResponse:
    """Whom do we discuss?"""
    state, errors = team_state(team), {}
    form = FreezeForm(request.POST or None, initial={"meets_on": agenda.next_meeting(state["on"])})
    if request.method == "POST":
        errors = errors_of(form)
        if form.is_valid() and state["agenda"] is None:
            try:
                actions.freeze(
                    team,
                    form.cleaned_data["meets_on"],
                    state["slots"],
                    build=desk.visit().build_id or "",
                    by=request.user,
                )
                return redirect("nine_o_clock", team=team)
            except ValidationError as wrong:
                errors = {"meets_on": wrong.messages[0]}
    slots, kept = state["slots"], state["agenda"]
    done = set(Review.objects.filter(agenda=kept).values_list("person_id", flat=True)) if kept else set()
    names = names_for(request, [s.person_id for s in slots])
    grid = presenters.agenda_grid(
        slots,
        team=state["by_person"],
        reviews=state["reviews"],
        names=names,
        in_hospital=state["in_hospital"],
        frozen=kept is not None,
    )
    return page(
        request,
        "neighbourhood/nine_o_clock.jinja",
        grid,
        team=team,
        name=state["listed"]["name"],
        counts=counts(state),
        kept=kept,
        done=len(done),
        names=bool(names),
        values=typed(form),
        errors=errors,
        standing=desk.standing(),
        status=422 if errors else 200,
    )


class FreezeForm(forms.Form):
    meets_on = Day(error_messages={"required": "Say when the team meets"})

    def clean_meets_on(self) -> dt.date:
        day = self.cleaned_data["meets_on"]
        if not place.today() <= day <= place.today() + dt.timedelta(days=60):
            raise ValidationError("A day from today to two months ahead")
        return day


@see_caseload
def caseload(request: HttpRequest, team: str) -> HttpResponse:
    """The register with reasons, and how it reconciles to everyone registered."""
    state = team_state(team)
    people = state["listed"]["people"]
    shown = (
        people
        if request.GET.get("all") or request.GET.get("csv") or request.GET.get("caseload.q")
        else people[:FIRST_SHOWN]
    )
    names = (
        names_for(request, [int(p["person"]) for p in shown])
        if "pseudonyms_only" not in request.decision.obligations or request.user.role != "analyst"
        else {}
    )
    grid = presenters.caseload_grid(
        shown,
        names=names,
        reviews=state["reviews"],
        open_actions=Counter(a.person_id for a in state["open"]),
        on_agenda={s.person_id for s in state["slots"]},
    )
    return page(
        request,
        "neighbourhood/caseload.jinja",
        grid,
        team=team,
        name=state["listed"]["name"],
        counts=counts(state),
        reconciles=state["listed"]["reconciles"],
        shown=len(shown),
        total=len(people),
        care=request.user.role in ("coordinator", "clinician"),
        standing=desk.standing(),
    )


@own_team
def after(request: HttpRequest, team: str) -> HttpResponse:
    """Who has not done what?"""
    state, on = team_state(team), place.today()
    everything = Action.objects.filter(team_code=team).select_related("review")
    waiting = [a for a in everything if a.state == "open"]
    owners = Counter((a.owner, a.organisation) for a in waiting)
    late = Counter((a.owner, a.organisation) for a in waiting if a.due_on < on)
    declined = [a for a in everything if a.state == "declined"]
    due = sorted((r for r in state["reviews"].values() if r.next_review_on), key=lambda r: r.next_review_on)
    held = Review.objects.filter(team_code=team)
    tally = [
        ("Reviews recorded", held.count()),
        ("People reviewed", len(state["reviews"])),
        ("Actions agreed", len(everything)),
        ("Actions done", sum(a.state == "done" for a in everything)),
    ]
    return page(
        request,
        "neighbourhood/after.jinja",
        presenters.actions_grid(waiting, on=on, names={}, caption="Open actions, by the day they are due"),
        presenters.actions_grid(declined, on=on, names={}, name="declined", caption="Declined"),
        team=team,
        name=state["listed"]["name"],
        counts=counts(state),
        owners=[(o, g, n, late[(o, g)]) for (o, g), n in owners.most_common()],
        due=[(r.person_id, presenters.short(r.person_id), r.next_review_on, r.next_review_on < on) for r in due],
        tally=tally,
        standing=desk.standing(),
    )


# --- one person -------------------------------------------------------------------------------------------------------
@identify
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """What matters about this person. The audit row was written before this line ran."""
    if request.user.role == "resident":
        return redirect("my_record")
    return _person(request, person_id, "neighbourhood/person.jinja")


def _person(request: HttpRequest, person_id: int, template: str) -> HttpResponse:
    if not desk.built():
        raise Http404
    visit, on = desk.visit(), place.today()
    at = desk.standing_of(person_id)
    if at is None:
        raise Http404
    found, who = desk.record_of(person_id), desk.identities([person_id]).get(person_id)
    listed = team_list(at["team_code"])["people"] if at["team_code"] else []
    place_on_list = next((p for p in listed if p["person"] == str(person_id)), None)
    todo = Action.objects.filter(person_id=person_id)
    practices = {r["practice_code"]: r["practice_name"] for r in visit.place.table("practices").to_pylist()}
    about = found["about"]
    age = presenters.age_on(about["birth_date"], visit.as_of)
    facts = [
        ("NHS number", presenters.spaced(who["nhs_number"]) if who and who["nhs_number"] else ""),
        ("Born", f"{paper.day((who or {}).get('birth_date') or about['birth_date'])}, aged {age}"),
        ("Sex", about["sex"].capitalize()),
        ("Address", ", ".join(p for p in ((who or {}).get("address"), (who or {}).get("postcode")) if p)),
        ("Telephone", (who or {}).get("telephone")),
        ("Practice", practices.get(at["practice_code"], at["practice_code"] or "Not registered here")),
        ("Died", paper.day(about["death_date"]) if about["death_date"] and about["death_date"] <= visit.as_of else ""),
    ]
    return page(
        request,
        template,
        presenters.actions_grid(todo, on=on, names={}),
        presenters.reviews_grid(Review.objects.filter(person_id=person_id)),
        *presenters.record_grids(found),
        person=person_id,
        short=presenters.short(person_id),
        heading=presenters.name_of(who) or presenters.short(person_id),
        facts=facts,
        team=at["team_code"],
        place_on_list=place_on_list,
        not_supplied=["Alerts", "Preferences", "ReSPECT", "Carer", "Who else is involved"],
        referred=[(r, _service(r.service)) for r in ServiceReferral.objects.filter(person_id=person_id)],
        # The glass opens a record to be read, not to be written in.
        may_write=request.user.role != "resident" and "break-glass" not in request.decision.policies,
        standing=desk.standing(),
    )


@identify
def explained(request: HttpRequest, person_id: int) -> HttpResponse:
    """Down to the rows: segment, scores, risk and place on the list, asked for only when somebody wants to check."""
    if request.user.role == "resident":
        return redirect("my_record")
    if not desk.built():
        raise Http404
    try:
        found = desk.explained_of(person_id)
    except InputAtFault:
        raise Http404 from None
    crumbs = [("Back to the person", reverse("person", args=[person_id]))]
    return page(
        request, "neighbourhood/explained.jinja", short=presenters.short(person_id), explained=found, crumbs=crumbs
    )


def _service(key: str) -> str:
    directory = shelf.directory()
    return next((s.name for s in directory.services if s.key == key), key) if directory else key


@signed_in
def my_record(request: HttpRequest) -> HttpResponse:
    """The resident's own record, and who has looked at it."""
    own = Standing.objects.filter(user=request.user, tie__in=(Tie.SELF.value, Tie.CHOSEN_CARER.value)).first()
    if request.user.role != "resident":
        raise Http404
    if own is None or not desk.built():
        return page(request, "neighbourhood/no_record.jinja")
    request.decision = door(request, Do.IDENTIFY, _subject(int(own.subject)), Purpose.DIRECT_CARE)
    rows = AuditRow.objects.filter(subject=own.subject, allowed=True).order_by("-number")[:100]
    request.looked = [(dt.datetime.fromisoformat(r.at), r.role.replace("_", " "), r.reason) for r in rows]
    return _person(request, int(own.subject), "neighbourhood/my_record.jinja")


class ReviewForm(forms.Form):
    outcome = forms.ChoiceField(choices=Review.OUTCOMES, error_messages={"required": "Say how it ended"})
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
        return {k: self.cleaned_data[k] for k in ("outcome", "attended", "decision", "key_worker", "next_review_on")}


REVIEW_LABELS = {
    "outcome": "How it ended",
    "attended": "Who was there",
    "decision": "What was decided",
    "key_worker": "Key worker",
    "next_review_on": "Next review",
}


@write_care
def review(request: HttpRequest, person_id: int) -> HttpResponse:
    """Record what the meeting decided; a second time on one agenda it is a revision of the first."""
    at = desk.standing_of(person_id) if desk.built() else None
    if at is None:
        raise Http404
    team, on = at["team_code"] or "", place.today()
    kept = (
        Agenda.objects.filter(team_code=team, lines__person_id=person_id, meets_on__gte=on - dt.timedelta(days=7))
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
                existing.revise(by=request.user, base=base_version(request), **form.said())
                for one in form.to_do():
                    Action.write(by=request.user, review=existing, person_id=person_id, team_code=team, **one)
            else:
                actions.record_review(
                    person_id, team, by=request.user, agenda=kept, to_do=form.to_do(), reviewed_on=on, **form.said()
                )
            return redirect("person", person_id=person_id)
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


class ActionForm(forms.Form):
    state = forms.ChoiceField(choices=[(s, s) for s in Action.TRANSITIONS])
    note = Words(required=False, most=1_000)


def action(request: HttpRequest, action_id: int) -> HttpResponse:
    """One action: close it or open it again. It is about a person, so it opens as the person does."""
    if not request.user.is_authenticated:
        from django.contrib.auth.views import redirect_to_login

        return redirect_to_login(request.get_full_path())
    found = get_object_or_404(Action.objects.select_related("changed_by"), pk=action_id)
    door(request, Do.WRITE_CARE, _subject(found.person_id), Purpose.DIRECT_CARE)
    form = ActionForm(request.POST or None, initial={"state": found.state, "note": found.note})
    errors = errors_of(form) if request.method == "POST" else {}
    if request.method == "POST" and form.is_valid():
        try:
            actions.close_action(
                found,
                state=form.cleaned_data["state"],
                note=form.cleaned_data["note"],
                base=base_version(request),
                by=request.user,
            )
            return redirect("after", team=found.team_code)
        except StaleSave as stale:
            return stale_page(request, stale, {"state": "State", "note": "Note"}, request.path)
        except NoSuchStep as wrong:
            errors = {"state": f"Not possible: {wrong}"}
        except ValidationError as wrong:
            errors = errors_in(wrong)
    states = [(s, s.capitalize()) for s in Action.TRANSITIONS if s == found.state or found.may_become(s)]
    return page(
        request,
        "neighbourhood/action.jinja",
        action=found,
        short=presenters.short(found.person_id),
        states=states,
        values=typed(form),
        errors=errors,
        version=found.version,
        versions=list(found.versions()),
        crumbs=[("After the meeting", reverse("after", args=[found.team_code]))],
        status=422 if errors else 200,
    )


action.opening = write_care(lambda request: None).opening


class ReferForm(forms.Form):
    service = forms.CharField(max_length=80, error_messages={"required": "Choose a service"})
    need = Words(most=1_000, error_messages={"required": "Say what is needed"})


@write_care
def refer(request: HttpRequest, person_id: int) -> HttpResponse:
    """Refer a person to a service of the directory."""
    directory = shelf.directory()
    at = desk.standing_of(person_id) if desk.built() else None
    if directory is None or at is None:
        raise Http404
    known = [
        ("", "Choose"),
        *sorted(
            ((s.key, f"{s.name} ({s.kind})") for s in directory.services if s.access != "yourself"),
            key=lambda kv: kv[1],
        ),
    ]
    form = ReferForm(request.POST or None)
    errors = errors_of(form) if request.method == "POST" else {}
    if request.method == "POST" and form.is_valid() and form.cleaned_data["service"] not in dict(known):
        errors = {"service": "Choose a service of the directory"}
    elif request.method == "POST" and form.is_valid():
        try:
            actions.refer(person_id, at["team_code"] or "", by=request.user, **form.cleaned_data)
            return redirect("person", person_id=person_id)
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
