"""Chasing what was agreed: one action, reminders to an owner, escalation, answers to referrals and
to what people ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from oneplace.report import words as paper
from oneplace.safety.decide import Action as Do
from oneplace.safety.decide import Kind, Purpose
from oneplace.web import place
from oneplace.web.accounts.door import door, subject_of
from oneplace.web.accounts.sight import sight_of
from oneplace.web.components.forms import (
    Words,
    base_version,
    errors_in,
    errors_of,
    stale_page,
    typed,
)
from oneplace.web.components.frame import page
from oneplace.web.directory.shelf import service_name
from oneplace.web.history.models import NoSuchStep, StaleSave
from oneplace.web.neighbourhood import actions, lists, presenters
from oneplace.web.neighbourhood.doors import about, own_team
from oneplace.web.neighbourhood.models import Action, Request, ServiceReferral
from oneplace.web.neighbourhood.team import team_state

MOST_IN_A_MESSAGE = 20
IMPACTS = [
    (1, "1 negligible"),
    (2, "2 minor"),
    (3, "3 moderate"),
    (4, "4 major"),
    (5, "5 catastrophic"),
]


class ActionForm(forms.Form):
    state = forms.ChoiceField(choices=[(s, s) for s in Action.TRANSITIONS])
    note = Words(required=False, most=1_000)


@about(Action)
def action(request: HttpRequest, found: Action) -> HttpResponse:
    """One action: close it or open it again. It is about a person, so it opens as the person
    does."""
    form = ActionForm(request.POST or None, initial={"state": found.state, "note": found.note})
    errors = errors_of(form) if request.method == "POST" else {}
    if request.method == "POST" and form.is_valid():
        try:
            actions.close_action(
                found,
                **form.cleaned_data,
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
    states = [
        (s, s.capitalize()) for s in Action.TRANSITIONS if s == found.state or found.may_become(s)
    ]
    return page(
        request,
        "neighbourhood/action.jinja",
        action=found,
        late=found.state == "open" and found.due_on < place.today(),
        short=presenters.short(found.person_id),
        states=states,
        values=typed(form),
        errors=errors,
        version=found.version,
        versions=list(found.versions()),
        crumbs=[("After the meeting", reverse("after", args=[found.team_code]))],
        status=422 if errors else 200,
    )


# --- reminders ------------------------------------------------------------------------------------
@own_team
def remind(request: HttpRequest, team: str) -> HttpResponse:
    """What one owner still owes, as a letter to print and a message that names nobody; noting that
    it was sent."""
    state = team_state(team, sight_of(request))
    owner, organisation = (
        (request.POST or request.GET).get("owner", ""),
        (request.POST or request.GET).get("of", ""),
    )
    owed = [a for a in state["open"] if (a.owner, a.organisation) == (owner, organisation)]
    if not owed:
        raise Http404
    if request.method == "POST":
        actions.remind(owed, by=request.user)
        return redirect("after", team=team)
    subject, body = message(
        owed, state["listed"]["name"], request.build_absolute_uri(reverse("after", args=[team]))
    )
    return page(
        request,
        "neighbourhood/remind.jinja",
        lists.ACTIONS.of(owed, on=state["on"], caption="Still open"),
        team=team,
        name=state["listed"]["name"],
        owner=owner,
        organisation=organisation,
        body=body,
        mailto=f"mailto:?subject={quote(subject)}&body={quote(body)}",
        reminded=max((a.reminded_on for a in owed if a.reminded_on), default=None),
        crumbs=[("After the meeting", reverse("after", args=[team]))],
    )


def message(owed: Sequence[Action], team: str, address: str) -> tuple[str, str]:
    """Subject and text of an e-mail: numbers and days only, because an e-mail is no place for a
    person's affairs."""
    lines = [
        f"- due {paper.day(a.due_on)}, person {presenters.short(a.person_id)}"
        for a in owed[:MOST_IN_A_MESSAGE]
    ]
    more = len(owed) - len(lines)
    text = [
        f"The meeting of {team} agreed {paper.plural(len(owed), 'action')} with you that {'is' if len(owed) == 1 else 'are'} still open:",
        *lines,
        *([f"and {more} more"] if more > 0 else []),
        f"What each one is stands on the site: {address}",
        "Please say there when it is done, or why it cannot be.",
    ]
    return f"Open actions from the meeting of {team}", "\n".join(text)


# --- escalation -----------------------------------------------------------------------------------
class EscalateForm(forms.Form):
    to = forms.ChoiceField(
        choices=[("lead", "A named lead"), ("register", "The risk register, as an issue")],
    )
    who = Words(most=200, error_messages={"required": "Name who answers for it"})
    why = Words(most=1_000, error_messages={"required": "Say why this cannot wait"})
    impact = forms.TypedChoiceField(choices=IMPACTS, coerce=int)


@about(Action)
def escalate(request: HttpRequest, found: Action) -> HttpResponse:
    """An open action goes to a named lead or, as an issue that names nobody, to the risk
    register."""
    if found.state != "open":
        raise Http404
    form = EscalateForm(
        request.POST or None,
        initial={"to": "lead", "impact": 3, "who": found.escalated_to},
    )
    errors, status = (errors_of(form) if request.method == "POST" else {}), 422
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        to = said["who"]
        if said["to"] == "register":
            door(request, Do.RAISE_RISK, subject_of(Kind.PROGRAMME, "risks"), Purpose.PLANNING)
            to = actions.REGISTER
        try:
            actions.escalate(
                found,
                to=to,
                why=said["why"],
                impact=said["impact"],
                owner=said["who"],
                base=base_version(request),
                by=request.user,
            )
            return redirect("after", team=found.team_code)
        except StaleSave as stale:
            found, status = stale.kept, 409
            errors = {
                "": f"{found.changed_by.name} changed this action after you opened it: it is {found.state}"
                f"{', escalated to ' + found.escalated_to if found.escalated_to else ''}. What you wrote is still below"
            }
        except ValidationError as wrong:
            errors = errors_in(wrong)
    return page(
        request,
        "neighbourhood/escalate.jinja",
        action=found,
        short=presenters.short(found.person_id),
        ways=form.fields["to"].choices,
        impacts=IMPACTS,
        values=typed(form),
        errors=errors,
        version=found.version,
        crumbs=[("The action", reverse("action", args=[found.pk]))],
        status=status if errors else 200,
    )


# --- referrals and requests -----------------------------------------------------------------------
class AnswerForm(forms.Form):
    state = forms.CharField(max_length=20)
    answer = Words(required=False, most=1_000)


@about(ServiceReferral)
def referral(request: HttpRequest, found: ServiceReferral) -> HttpResponse:
    """One referral to a service: what came of it."""
    return _answered(request, found, "neighbourhood/referral.jinja")


@about(Request)
def person_request(request: HttpRequest, found: Request) -> HttpResponse:
    """What a person asked of the team: accept it or decline it with the reason, which the person
    reads."""
    return _answered(request, found, "neighbourhood/request.jinja")


def _write_answer(
    request: HttpRequest,
    found: ServiceReferral | Request,
    form: AnswerForm,
    steps: Mapping[str, str],
) -> tuple[HttpResponse | None, dict[str, str]]:
    """Where the reader goes once the answer is written, or what is wrong with it."""
    referral = isinstance(found, ServiceReferral)
    write = actions.answer_referral if referral else actions.answer_request
    state = form.cleaned_data["state"]
    if state not in steps:
        may_become = ", ".join(found.TRANSITIONS[found.state]) or "nothing else"
        return None, {"state": f"Not possible: {found.state} may become {may_become}"}
    try:
        if referral or state != found.state:
            write(found, **form.cleaned_data, base=base_version(request), by=request.user)
    except StaleSave as stale:
        labels = {"state": "State", "answer": "Answer"}
        return stale_page(request, stale, labels, request.path), {}
    except NoSuchStep as wrong:
        return None, {"state": f"Not possible: {wrong}"}
    except ValidationError as wrong:
        return None, errors_in(wrong)
    return redirect("person", person_id=found.person_id), {}


def _answered(
    request: HttpRequest, found: ServiceReferral | Request, template: str
) -> HttpResponse:
    form = AnswerForm(request.POST or None, initial={"state": found.state, "answer": found.answer})
    errors = errors_of(form) if request.method == "POST" else {}
    steps = {s: said for s, said in found.STATES.items() if s == found.state or found.may_become(s)}
    if request.method == "POST" and form.is_valid():
        done, errors = _write_answer(request, found, form, steps)
        if done is not None:
            return done
    return page(
        request,
        template,
        found=found,
        service=service_name(found.service) if found.service else "",
        what=found.get_what_display() if isinstance(found, Request) else "",
        state=found.STATES[found.state],
        short=presenters.short(found.person_id),
        states=list(steps.items()),
        values=typed(form),
        errors=errors,
        version=found.version,
        versions=[(v, found.STATES[v.content["state"]]) for v in found.versions()],
        crumbs=[("Back to the person", reverse("person", args=[found.person_id]))],
        status=422 if errors else 200,
    )
