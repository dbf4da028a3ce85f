"""The register of risks and issues: scored, controlled, assured, acted on; accepted, escalated,
closed with evidence."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from oneplace.answers.plan import assurance_rows
from oneplace.plan.assurance.framework import HeldRisk, held_risks
from oneplace.safety.decide import Action, Kind, Purpose, Subject
from oneplace.web import desk, place
from oneplace.web.accounts.door import may, opens
from oneplace.web.components import words
from oneplace.web.components.forms import Asked, Day, Words, attempt, base_version, labels_of, typed
from oneplace.web.components.frame import page
from oneplace.web.programme import risk_lists as lists
from oneplace.web.programme import risk_presenters as presenters
from oneplace.web.programme.models import Assurance, Control, Risk, RiskAction

see_risks = opens(
    Action.SEE_RISKS, Kind.PROGRAMME, Purpose.PLANNING, Purpose.BOARD, subject="risks"
)
edit_risks = opens(Action.EDIT_RISKS, Kind.PROGRAMME, Purpose.PLANNING, subject="risks")
RISKS = Subject(Kind.PROGRAMME, "risks")
CHOOSE = ("", "Choose")
LIKELIHOODS = (
    (1, "1 rare"),
    (2, "2 unlikely"),
    (3, "3 possible"),
    (4, "4 likely"),
    (5, "5 almost certain"),
)
IMPACTS = (
    (1, "1 negligible"),
    (2, "2 minor"),
    (3, "3 moderate"),
    (4, "4 major"),
    (5, "5 catastrophic"),
)
STEPS = {"accepted": "Accept", "escalated": "Escalate", "closed": "Close", "open": "Open again"}


def may_edit(request: HttpRequest) -> bool:
    return may(request, Action.EDIT_RISKS, RISKS, Purpose.PLANNING)


def held(on: dt.date) -> tuple[HeldRisk, ...]:
    """The register as every page shows it."""
    return held_risks(assurance_rows(desk.session().entries), on=on)


@see_risks
def risks(request: HttpRequest) -> HttpResponse:
    """What could go wrong, and who holds it."""
    found = held(place.today())
    only = request.GET.get("show", "")
    shown = presenters.narrowed(found, only)
    return page(
        request,
        "programme/risks.jinja",
        lists.RISKS.of(shown, schemes=_schemes()),
        figures=presenters.register_tiles(desk.figures("risks"), len(found)),
        matrix=presenters.matrix(found),
        only=presenters.NARROW.get(only, ("", None))[0],
        may_edit=may_edit(request),
        total=len(found),
        standing=desk.standing(),
    )


def _schemes() -> dict[str, str]:
    plan = desk.session().plan_documents.plan
    return {s.id: s.name for s in plan.schemes} if plan else {}


def _aims() -> dict[str, str]:
    plan = desk.session().plan_documents.plan
    return {a.id: a.name for a in plan.aims} if plan else {}


@see_risks
def risk(request: HttpRequest, risk_id: int) -> HttpResponse:
    """One risk: its scores and how they moved, what keeps it down, what shows that, what is done
    about the gaps."""
    found, on = (
        get_object_or_404(Risk.objects.select_related("changed_by"), pk=risk_id),
        place.today(),
    )
    mine = next(h for h in held(on) if h.risk["id"] == risk_id)
    edit = may_edit(request)
    return page(
        request,
        "programme/risk.jinja",
        lists.CONTROLS.of(mine.controls, edit=edit),
        lists.RISK_ACTIONS.of(mine.actions, edit=edit, on=on),
        lists.RISK_VERSIONS.of(found.versions()),
        risk=found,
        held=mine,
        scores=presenters.scores(mine),
        facts=presenters.risk_facts(found, _schemes(), _aims(), on=on),
        may_edit=edit,
        steps=[(s, STEPS[s]) for s in Risk.TRANSITIONS[found.state]],
        crumbs=[("Risks", reverse("risks"))],
        standing=desk.standing(),
    )


# --- writing a risk ---------------------------------------------------------------------------------------------------
class RiskForm(forms.Form):
    kind_of = forms.ChoiceField(choices=Risk.KINDS)
    title = Words(most=200, error_messages={"required": "Say the risk in a line"})
    description = Words(error_messages={"required": "Say what may happen and what follows"})
    scheme = forms.CharField(max_length=80, required=False)
    aim = forms.CharField(max_length=80, required=False)
    likelihood = forms.IntegerField(min_value=1, max_value=5)
    impact = forms.IntegerField(min_value=1, max_value=5)
    target_likelihood = forms.IntegerField(min_value=1, max_value=5, required=False)
    target_impact = forms.IntegerField(min_value=1, max_value=5, required=False)
    owner = Words(most=200, error_messages={"required": "Name one owner"})
    review_on = Day(error_messages={"required": "Say when it is looked at next"})

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        for name, known in (("scheme", _schemes()), ("aim", _aims())):
            if said.get(name) and said[name] not in known:
                self.add_error(name, f"Choose a{'n' if name == 'aim' else ''} {name} of the plan")
        if (said.get("target_likelihood") is None) != (said.get("target_impact") is None):
            self.add_error(
                "target_impact", "Give both likelihood and impact of the target, or neither"
            )
        return said


def _asked() -> tuple[Asked, ...]:
    none = ("", "None set")
    return (
        Asked("kind_of", "Kind", "select", options=Risk.KINDS),
        Asked("title", "In a line"),
        Asked("description", "What may happen", "area"),
        Asked(
            "scheme",
            "Scheme",
            "select",
            options=(("", "The whole plan"), *((i, f"{i} {n}") for i, n in _schemes().items())),
            required=False,
        ),
        Asked(
            "aim",
            "Strategic aim it threatens",
            "select",
            hint="With an aim it is a principal risk and stands in the assurance framework",
            options=(("", "None: not a principal risk"), *_aims().items()),
            required=False,
        ),
        Asked("likelihood", "Likelihood now", "select", options=LIKELIHOODS),
        Asked("impact", "Impact now", "select", options=IMPACTS),
        Asked(
            "target_likelihood",
            "Target likelihood",
            "select",
            options=(none, *LIKELIHOODS),
            required=False,
        ),
        Asked("target_impact", "Target impact", "select", options=(none, *IMPACTS), required=False),
        Asked("owner", "Owner"),
        Asked("review_on", "Next review", hint="For example, 6/8/2019", width="10"),
    )


@edit_risks
def new_risk(request: HttpRequest) -> HttpResponse:
    return _risk_page(request, None)


@edit_risks
def edit_risk(request: HttpRequest, risk_id: int) -> HttpResponse:
    return _risk_page(request, get_object_or_404(Risk, pk=risk_id))


def _risk_page(request: HttpRequest, kept: Risk | None) -> HttpResponse:
    initial = kept.content() if kept else {"kind_of": "risk", "likelihood": 3, "impact": 3}
    if kept is None and request.GET.get("scheme") in _schemes():
        initial["scheme"] = request.GET["scheme"]
    form, asked, by = RiskForm(request.POST or None, initial=initial), _asked(), request.user

    def save(said: dict[str, Any]) -> Risk:
        return (
            kept.revise(by=by, base=base_version(request), **said)
            if kept
            else Risk.write(by=by, **said)
        )

    done, errors = attempt(request, form, save, labels_of(asked))
    if isinstance(done, HttpResponse):
        return done
    if done is not None:
        return redirect("risk", risk_id=done.pk)
    return page(
        request,
        "components/entry.jinja",
        heading="Change a risk" if kept else "Add a risk or an issue",
        asked=asked,
        values=typed(form),
        errors=errors,
        version=kept.version if kept else 0,
        crumbs=[("Risks", reverse("risks"))],
        status=422 if errors else 200,
    )


class RiskStepForm(forms.Form):
    evidence = Words(required=False)
    escalated_to = Words(most=200, required=False)
    review_on = Day(required=False)


@edit_risks
def step_risk(request: HttpRequest, risk_id: int, state: str) -> HttpResponse:
    """Accept, escalate, close, open again: with the reason, and for closing with what shows it."""
    kept = get_object_or_404(Risk, pk=risk_id)
    if state not in STEPS:
        raise Http404
    asks = {
        "accepted": "Why it is accepted, and by whom",
        "escalated": "Why it goes up",
        "closed": "What shows that it may be closed",
        "open": "Why it is open again",
    }[state]
    asked = (
        *((Asked("escalated_to", "To whom"),) if state == "escalated" else ()),
        Asked("evidence", asks, "area", required=state != "open"),
        *(
            (Asked("review_on", "Next review", width="10", hint="For example, 6/8/2019"),)
            if state != "closed"
            else ()
        ),
    )
    initial = {"review_on": kept.review_on, "escalated_to": kept.escalated_to}
    form = RiskStepForm(request.POST or None, initial=initial)

    def save(said: dict[str, Any]) -> Risk:
        changed = {
            "state": state,
            "evidence": said["evidence"],
            "review_on": said["review_on"] or kept.review_on,
        }
        return kept.revise(
            by=request.user,
            base=base_version(request),
            escalated_to=said["escalated_to"],
            **changed,
        )

    done, errors = attempt(request, form, save, labels_of(asked))
    if isinstance(done, HttpResponse):
        return done
    if done is not None:
        return redirect("risk", risk_id=risk_id)
    if errors.keys() == {""}:  # the model's own words belong to the one question that is asked
        errors = {("escalated_to" if "whom" in errors[""] else "evidence"): errors[""]}
    return page(
        request,
        "components/entry.jinja",
        heading=f"{STEPS[state]}: {kept.title}",
        asked=asked,
        values=typed(form),
        errors=errors,
        version=kept.version,
        button=STEPS[state],
        crumbs=[("Risks", reverse("risks")), (kept.title, reverse("risk", args=[risk_id]))],
        status=422 if errors else 200,
    )


# --- what keeps it down, what shows that, what is done ----------------------------------------------------------------
class ControlForm(forms.Form):
    what = Words(error_messages={"required": "Say what keeps the risk down"})
    owner = Words(most=200, error_messages={"required": "Name who runs it"})
    state = forms.ChoiceField(choices=Control._meta.get_field("state").choices)


class AssuranceForm(forms.Form):
    line = forms.ChoiceField(
        choices=Assurance.LINES, error_messages={"required": "Choose the line of defence"}
    )
    what = Words(error_messages={"required": "Name the report, audit or return"})
    given_on = Day(error_messages={"required": "Say on which day"})
    finding = forms.ChoiceField(
        choices=Assurance.FINDINGS, error_messages={"required": "Choose what it found"}
    )
    again_on = Day(required=False)


class RiskActionForm(forms.Form):
    what = Words(error_messages={"required": "Say what is to be done"})
    owner = Words(most=200, error_messages={"required": "Name one owner"})
    due_on = Day(error_messages={"required": "Say by when"})
    state = forms.ChoiceField(choices=RiskAction._meta.get_field("state").choices)
    evidence = Words(required=False)


CONTROL_ASKED = (
    Asked("what", "What keeps the risk down", "area"),
    Asked("owner", "Who runs it"),
    Asked("state", "State", "select", options=tuple(Control._meta.get_field("state").choices)),
)
ASSURANCE_ASKED = (
    Asked("line", "Line of defence", "select", options=(CHOOSE, *Assurance.LINES)),
    Asked("what", "What shows that it works", "area", hint="The report, audit or return"),
    Asked("given_on", "Given on", width="10", hint="For example, 6/8/2019"),
    Asked("finding", "What it found", "select", options=(CHOOSE, *Assurance.FINDINGS)),
    Asked("again_on", "To be shown again by", width="10", required=False),
)
ACTION_ASKED = (
    Asked("what", "What is to be done", "area"),
    Asked("owner", "Owner"),
    Asked("due_on", "Due", width="10", hint="For example, 6/8/2019"),
    Asked("state", "State", "select", options=tuple(RiskAction._meta.get_field("state").choices)),
    Asked(
        "evidence",
        "What shows that it is done",
        "area",
        hint="Needed when it is done or cancelled",
        required=False,
    ),
)


@edit_risks
def new_control(request: HttpRequest, risk_id: int) -> HttpResponse:
    risk = get_object_or_404(Risk, pk=risk_id)
    return _part(
        request,
        risk,
        None,
        ControlForm,
        CONTROL_ASKED,
        "Add a control",
        {"state": "in_place"},
        _maker(Control, risk=risk),
    )


@edit_risks
def edit_control(request: HttpRequest, control_id: int) -> HttpResponse:
    kept = get_object_or_404(Control.objects.select_related("risk"), pk=control_id)
    return _part(request, kept.risk, kept, ControlForm, CONTROL_ASKED, "Change a control", {})


@edit_risks
def new_assurance(request: HttpRequest, control_id: int) -> HttpResponse:
    control = get_object_or_404(Control.objects.select_related("risk"), pk=control_id)
    return _part(
        request,
        control.risk,
        None,
        AssuranceForm,
        ASSURANCE_ASKED,
        f"What shows that this works: {control.what}",
        {"given_on": words.day(place.today())},
        _maker(Assurance, control=control),
    )


@edit_risks
def edit_assurance(request: HttpRequest, assurance_id: int) -> HttpResponse:
    kept = get_object_or_404(Assurance.objects.select_related("control__risk"), pk=assurance_id)
    return _part(
        request,
        kept.control.risk,
        kept,
        AssuranceForm,
        ASSURANCE_ASKED,
        "Change what shows that it works",
        {},
    )


@edit_risks
def new_risk_action(request: HttpRequest, risk_id: int) -> HttpResponse:
    risk = get_object_or_404(Risk, pk=risk_id)
    return _part(
        request,
        risk,
        None,
        RiskActionForm,
        ACTION_ASKED,
        "Add an action",
        {"state": "open"},
        _maker(RiskAction, risk=risk),
    )


@edit_risks
def edit_risk_action(request: HttpRequest, action_id: int) -> HttpResponse:
    kept = get_object_or_404(RiskAction.objects.select_related("risk"), pk=action_id)
    return _part(request, kept.risk, kept, RiskActionForm, ACTION_ASKED, "Change an action", {})


def _maker(model: Any, **belongs: Any) -> Any:
    return lambda by, said: model.write(by=by, **belongs, **said)


def _part(
    request: HttpRequest,
    risk: Risk,
    kept: Any,
    form_class: type[forms.Form],
    asked: tuple[Asked, ...],
    heading: str,
    initial: dict[str, Any],
    make: Any = None,
) -> HttpResponse:
    """A control, an assurance or an action of a risk: a new one, or the one that is kept."""
    form = form_class(request.POST or None, initial=kept.content() if kept else initial)

    def save(said: dict[str, Any]) -> Any:
        by = request.user
        return kept.revise(by=by, base=base_version(request), **said) if kept else make(by, said)

    done, errors = attempt(request, form, save, labels_of(asked))
    if isinstance(done, HttpResponse):
        return done
    if done is not None:
        return redirect("risk", risk_id=risk.pk)
    if errors.keys() == {""}:
        errors = {asked[-1].name: errors[""]}
    return page(
        request,
        "components/entry.jinja",
        heading=heading,
        lede=risk.title,
        asked=asked,
        values=typed(form),
        errors=errors,
        version=kept.version if kept else 0,
        crumbs=[("Risks", reverse("risks")), (risk.title, reverse("risk", args=[risk.pk]))],
        status=422 if errors else 200,
    )
