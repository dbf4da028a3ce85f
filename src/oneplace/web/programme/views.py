"""Exceptions, schemes, line of sight, milestones, money, returns, risks, changes to the plan."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from oneplace.documents.versions import Stale
from oneplace.faults import InputAtFault
from oneplace.plan.programme import Plan, Scheme
from oneplace.plan.scheme import delivery_status
from oneplace.safety.decide import Action, Kind, Purpose, Subject, Tie
from oneplace.visit.plan import returns_of
from oneplace.web import desk
from oneplace.web.accounts.door import Opening, door, opens
from oneplace.web.accounts.models import Standing, User
from oneplace.web.components.forms import Day, Words, base_version, errors_in, errors_of, stale_page, typed
from oneplace.web.components.frame import page
from oneplace.web.config import place
from oneplace.web.history.models import EntryVersion, StaleSave
from oneplace.web.programme import actions, presenters, risk_presenters
from oneplace.web.programme.models import STATUSES, Proposal, Return
from oneplace.web.programme.risk_views import held

BOTH = (Purpose.PLANNING, Purpose.BOARD)
see_plan = opens(Action.SEE_PLAN, Kind.PROGRAMME, *BOTH, subject="plan")
see_money = opens(Action.SEE_MONEY, Kind.PROGRAMME, *BOTH, subject="money")
edit_plan = opens(Action.EDIT_PLAN, Kind.PROGRAMME, Purpose.PLANNING, subject="plan")
WEEK = dt.timedelta(days=7)


def _plan() -> Plan:
    plan = desk.visit().plan_documents.plan
    if plan is None:
        raise Http404
    return plan


def _scheme(scheme_id: str) -> Scheme:
    found = next((s for s in _plan().schemes if s.id == scheme_id), None)
    if found is None:
        raise Http404
    return found


def _last_returns() -> dict[str, Return]:
    found: dict[str, Return] = {}
    for r in Return.objects.select_related("changed_by").order_by("month"):
        found[r.scheme] = r
    return found


def _status(on: dt.date) -> tuple[dict[str, Any], Sequence[Any]]:
    visit = desk.visit()
    return visit.plan_status(on), delivery_status(_plan(), on=on, returns=returns_of(visit.entries))


@see_plan
def exceptions(request: HttpRequest) -> HttpResponse:
    """What needs the planner this week."""
    plan, on = _plan(), place.today()
    status, delivery = _status(on)
    month = on.replace(day=1)
    sent = set(Return.objects.filter(month=month).values_list("scheme", flat=True))
    week = [
        m
        for m in status["milestones"]
        if m["state"] in ("due", "late") and m["due_by"] and on <= dt.date.fromisoformat(m["due_by"]) <= on + WEEK
    ]
    slipped = [m for m in status["milestones"] if m["forecast"] and m["due_by"] and m["forecast"] > m["due_by"]]
    late = [m for m in status["milestones"] if m["state"] == "late"]
    missing = [s for s in plan.schemes if s.id not in sent]
    edits = (
        EntryVersion.objects.filter(kind__in=("returns", "risks", "proposals"))
        .select_related("saved_by")
        .order_by("-saved_at")[:20]
    )
    return page(
        request,
        "programme/exceptions.jinja",
        presenters.milestones_grid(week, "week", "Due in the next 7 days", "Nothing is due in the next 7 days."),
        presenters.milestones_grid(
            slipped,
            "slipped",
            "Slipped: the forecast is after the plan",
            "No return forecasts a milestone later than the plan.",
        ),
        presenters.milestones_grid(late, "late", "Past their date and not reported done", "Nothing is late."),
        presenters.proposals_grid(Proposal.objects.filter(state="proposed").select_related("created_by")),
        on=on,
        counts=presenters.count_figures(presenters.counts(status["milestones"])),
        missing=missing,
        month=month,
        sent=len(sent),
        changes=[
            (
                e.saved_at,
                e.saved_by.name,
                e.kind.replace("_", " ").rstrip("s"),
                e.content.get("scheme") or e.content.get("title") or e.content.get("summary", ""),
            )
            for e in edits
        ],
        moved=[d for d in delivery if d.colour in ("red", "amber")],
        standing=desk.standing(),
    )


@see_plan
def milestones(request: HttpRequest) -> HttpResponse:
    on = place.today()
    status, _ = _status(on)
    wanted, programme = request.GET.get("state", ""), request.GET.get("programme", "")
    plan = _plan()
    of = {s.id: s.programme for s in plan.schemes}
    rows = [
        m
        for m in status["milestones"]
        if (not wanted or m["state"] == wanted) and (not programme or of[m["scheme"]] == programme)
    ]
    chart = presenters.timeline(rows, on=on) if programme and rows else None
    return page(
        request,
        "programme/milestones.jinja",
        presenters.milestones_grid(rows, "milestones", "Milestones", "No milestone fits."),
        on=on,
        counts=presenters.count_figures(presenters.counts(status["milestones"])),
        states=[("", "Any state"), *((s, s.capitalize()) for s in presenters.STATE_ORDER)],
        programmes=[("", "Every programme"), *((p.id, p.name) for p in plan.programmes)],
        values={"state": wanted, "programme": programme},
        chart=chart,
        standing=desk.standing(),
    )


@see_plan
def schemes(request: HttpRequest) -> HttpResponse:
    on = place.today()
    status, delivery = _status(on)
    grid = presenters.schemes_grid(_plan(), delivery, status["milestones"], _last_returns())
    leads = sum(bool(s.lead) for s in _plan().schemes)
    return page(request, "programme/schemes.jinja", grid, on=on, leads=leads, standing=desk.standing())


@see_plan
def scheme(request: HttpRequest, scheme_id: str) -> HttpResponse:
    found, plan, on = _scheme(scheme_id), _plan(), place.today()
    status, delivery = _status(on)
    mine = [m for m in status["milestones"] if m["scheme"] == scheme_id]
    claims = [c for c in all_claims() if c["scheme"] == scheme_id]
    returns = Return.objects.filter(scheme=scheme_id).select_related("changed_by")
    risks = [h for h in held(on) if h.risk["scheme"] == scheme_id]
    last = returns.first()
    colour = next(d for d in delivery if d.scheme == scheme_id)
    return page(
        request,
        "programme/scheme.jinja",
        presenters.milestones_grid(
            mine, "milestones", "Milestones", "The plan prints no milestones for this scheme.", one_scheme=True
        ),
        presenters.measures_grid([m for m in status["measures"] if m["scheme"] == scheme_id]),
        presenters.claims_grid(claims),
        presenters.returns_grid(returns),
        risk_presenters.register_grid(risks, {}, on=on),
        scheme=found,
        facts=presenters.scheme_facts(found, plan),
        delivery=(*presenters.COLOURS[colour.colour], colour.rule),
        benefit=(last.get_benefit_display(), presenters.STATUS_TONES[last.benefit])
        if last
        else ("Not reported", "grey"),
        chart=presenters.timeline(mine, on=on, id="scheme-milestones") if mine else None,
        leads=[
            (s.user_id, s.user.name)
            for s in Standing.objects.filter(tie=Tie.SCHEME_LEAD.value, subject=scheme_id).select_related("user")
        ],
        month=on.replace(day=1),
        link=request.session.pop("return_link", None),
        crumbs=[("Schemes", reverse("schemes"))],
        standing=desk.standing(),
    )


def all_claims() -> list[dict[str, Any]]:
    """Every claim beside the records; without a build there is nothing to put beside."""
    return desk.answer("claims", lambda v: v.claims("inside")) if desk.built() else []


@see_plan
def line_of_sight(request: HttpRequest) -> HttpResponse:
    _, delivery = _status(place.today())
    plan = _plan()
    return page(
        request,
        "programme/line_of_sight.jinja",
        presenters.claims_grid(all_claims()),
        tree=presenters.line_of_sight(plan, delivery),
        loose=presenters.loose_ends(plan),
        built=desk.built(),
        standing=desk.standing(),
    )


@see_money
def money(request: HttpRequest) -> HttpResponse:
    visit, on = desk.visit(), place.today()
    finances = visit.plan_documents.finances
    grids = [presenters.reconciliation_grid(finances)] if finances else []
    savings = presenters.savings_grid(finances, visit.plan_status(on))
    return page(
        request,
        "programme/money.jinja",
        *grids,
        *([savings] if savings else []),
        figures=presenters.money_figures(finances),
        chart=presenters.bridge_chart(finances),
        not_supplied=presenters.NOT_SUPPLIED,
        notes=finances.notes if finances else (),
        standing=desk.standing(),
    )


# --- returns ----------------------------------------------------------------------------------------------------------
class ReturnForm(forms.Form):
    delivery = forms.ChoiceField(choices=STATUSES, error_messages={"required": "Choose how the work goes"})
    benefit = forms.ChoiceField(
        choices=STATUSES, error_messages={"required": "Choose whether it brings what was promised"}
    )
    reason = Words(required=False)

    def __init__(self, scheme: Scheme, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.scheme = scheme
        for m in scheme.milestones:
            self.fields[f"done-{m.id}"] = Day(required=False)
            self.fields[f"forecast-{m.id}"] = Day(required=False)
        for m in scheme.measures:
            self.fields[f"figure-{m.id}"] = forms.DecimalField(
                required=False, max_digits=18, error_messages={"invalid": "Write a number such as 1234 or 92.5"}
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("delivery") in ("at_risk", "off_track") and not cleaned.get("reason"):
            self.add_error("reason", "Say why: a scheme at risk or off track needs a reason")
        for m in self.scheme.milestones:
            done = cleaned.get(f"done-{m.id}")
            if done and done > place.today():
                self.add_error(f"done-{m.id}", "A day that has come: for a day to come, use the forecast")
        return cleaned

    def answers(self) -> dict[str, Any]:
        c = self.cleaned_data

        def day(name: str) -> str | None:
            return c[name].isoformat() if c.get(name) else None

        milestones = {
            m.id: {"done": day(f"done-{m.id}"), "forecast": day(f"forecast-{m.id}")} for m in self.scheme.milestones
        }
        return {
            "delivery": c["delivery"],
            "benefit": c["benefit"],
            "reason": c["reason"],
            "milestones": {k: v for k, v in milestones.items() if any(v.values())},
            "figures": {
                m.id: str(c[f"figure-{m.id}"]) for m in self.scheme.measures if c.get(f"figure-{m.id}") is not None
            },
        }


def prefilled(kept: Return | None) -> dict[str, Any]:
    if kept is None:
        return {}
    values: dict[str, Any] = {"delivery": kept.delivery, "benefit": kept.benefit, "reason": kept.reason}
    for id, said in kept.milestones.items():
        values |= {f"done-{id}": said.get("done") or "", f"forecast-{id}": said.get("forecast") or ""}
    return values | {f"figure-{id}": v for id, v in kept.figures.items()}


def _return_page(request: HttpRequest, scheme_id: str, month: dt.date, lead: User) -> HttpResponse:
    found = _scheme(scheme_id)
    kept = Return.objects.filter(scheme=scheme_id, month=month).first()
    before = kept or Return.objects.filter(scheme=scheme_id, month__lt=month).order_by("-month").first()
    form = ReturnForm(found, request.POST or None, initial=prefilled(before))
    errors = errors_of(form) if request.method == "POST" else {}
    if request.method == "POST" and form.is_valid():
        try:
            sent = actions.send_return(scheme_id, month, by=lead, base=base_version(request), **form.answers())
            return page(request, "programme/return_sent.jinja", sent=sent, scheme=found, month=month)
        except StaleSave as stale:
            # The flat names of the form, so that both sides can be shown and saved again.
            labels = _labels(found)
            stale.offered, kept_values = {k: form.data.get(k, "") for k in labels}, prefilled(stale.kept)
            stale.kept.content = lambda: {k: kept_values.get(k, "") for k in labels}
            return stale_page(request, stale, labels, request.path)
        except ValidationError as wrong:
            errors = errors_in(wrong)
    states = {m["id"]: m for m in desk.visit().plan_status(place.today())["milestones"] if m["scheme"] == scheme_id}
    return page(
        request,
        "programme/return.jinja",
        scheme=found,
        month=month,
        lead=lead,
        states=states,
        statuses=[("", "Choose"), *STATUSES],
        values=typed(form),
        errors=errors,
        version=kept.version if kept else 0,
        revising=kept is not None,
        from_before=before.month if before is not None and kept is None else None,
        status=422 if errors else 200,
    )


def _labels(scheme: Scheme) -> dict[str, str]:
    labels = {"delivery": "The work", "benefit": "What it brings", "reason": "Reason"}
    for m in scheme.milestones:
        labels |= {f"done-{m.id}": f"{m.title}: done on", f"forecast-{m.id}": f"{m.title}: forecast"}
    return labels | {f"figure-{m.id}": m.title for m in scheme.measures}


def return_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """One page, one link, one minute: the token stands for the lead, and only for this scheme and month."""
    link = actions.link_of(token)
    if link is None:
        raise Http404
    request.user = link.lead
    door(request, Action.WRITE_RETURN, Subject(Kind.PROGRAMME, link.scheme), Purpose.PLANNING)
    return _return_page(request, link.scheme, link.month, link.lead)


return_by_link.opening = Opening(Action.WRITE_RETURN, Kind.PROGRAMME, (Purpose.PLANNING,), "token")


@opens(Action.WRITE_RETURN, Kind.PROGRAMME, Purpose.PLANNING, subject="scheme_id")
def my_return(request: HttpRequest, scheme_id: str) -> HttpResponse:
    return _return_page(request, scheme_id, place.today().replace(day=1), request.user)


@see_plan
def my_returns(request: HttpRequest) -> HttpResponse:
    """The schemes of the reader, with what is due from them."""
    month = place.today().replace(day=1)
    mine = Standing.objects.filter(user=request.user, tie=Tie.SCHEME_LEAD.value).values_list("subject", flat=True)
    schemes = [s for s in _plan().schemes if s.id in set(mine)]
    sent = {r.scheme: r for r in Return.objects.filter(month=month, scheme__in=[s.id for s in schemes])}
    returns = Return.objects.filter(scheme__in=[s.id for s in schemes]).select_related("changed_by")
    return page(
        request, "programme/my_returns.jinja", presenters.returns_grid(returns), schemes=schemes, sent=sent, month=month
    )


@edit_plan
@require_POST
def send_link(request: HttpRequest, scheme_id: str) -> HttpResponse:
    """Make a link for the lead; the planner sends it the way the place sends things."""
    found = _scheme(scheme_id)
    given = request.POST.get("lead", "")
    lead = get_object_or_404(
        Standing,
        user_id=int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0,
        tie=Tie.SCHEME_LEAD.value,
        subject=found.id,
    ).user
    _, token = actions.make_link(found.id, place.today().replace(day=1), lead, by=request.user)
    address = request.build_absolute_uri(reverse("return_by_link", args=[token]))
    request.session["return_link"] = {"to": lead.name, "address": address}
    return redirect("scheme", scheme_id=scheme_id)


# --- changing the plan ------------------------------------------------------------------------------------------------
class SchemeForm(forms.Form):
    lead = Words(required=False, most=200)
    purpose = Words(error_messages={"required": "Say what the scheme does"})
    summary = Words(most=500, error_messages={"required": "Say what changes and why: the board reads this first"})

    def __init__(self, scheme: Scheme, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for m in scheme.milestones:
            self.fields[f"due-{m.id}"] = Words(required=False, most=40)


@edit_plan
def edit_scheme(request: HttpRequest, scheme_id: str) -> HttpResponse:
    """Fill in, see the difference, propose. The plan itself changes when the board approves the digest."""
    plan, now = actions.head()
    found = next((s for s in plan.schemes if s.id == scheme_id), None)
    if found is None:
        raise Http404
    standing = {
        "lead": found.lead or "",
        "purpose": found.purpose,
        **{f"due-{m.id}": str(m.due) if m.due else "" for m in found.milestones},
    }
    form = SchemeForm(found, request.POST or None, initial=standing)
    errors = errors_of(form) if request.method == "POST" else {}
    context: dict[str, Any] = {
        "scheme": found,
        "base": request.POST.get("base", now),
        "crumbs": [("Schemes", reverse("schemes")), (found.name, reverse("scheme", args=[scheme_id]))],
    }
    changes: list[Any] = []
    if request.method == "POST" and form.is_valid():
        try:
            changed = _changed(plan, found, form)
            if request.POST.get("base") != now:
                return _stale_plan(request, found, standing, form, now)
            changes = actions.compare(plan, changed)
            if not changes:
                errors = {"": "Nothing differs from the plan as it stands"}
            elif request.POST.get("step") == "propose":
                made = actions.propose(changed, base=now, summary=form.cleaned_data["summary"], by=request.user)
                return redirect("proposal", proposal_id=made.pk)
        except InputAtFault as wrong:
            errors = {_field(f.path or "", found): f"{f.what}: {f.expected}" for f in wrong.faults}
            changes = []
        except Stale:
            return _stale_plan(request, found, standing, form, actions.head()[1])
    return page(
        request,
        "programme/edit_scheme.jinja",
        values=typed(form),
        errors=errors,
        changes=changes,
        status=422 if errors else 200,
        **context,
    )


def _changed(plan: Plan, found: Scheme, form: SchemeForm) -> Plan:
    said = form.cleaned_data
    dues = {
        m.id: {"due": said[f"due-{m.id}"]}
        for m in found.milestones
        if said[f"due-{m.id}"] != (str(m.due) if m.due else "")
    }
    return actions.edited(plan, found.id, {"lead": said["lead"], "purpose": said["purpose"]}, dues)


def _field(path: str, found: Scheme) -> str:
    """The form's field that a fault in the document belongs to."""
    at = re.search(r"milestones\[(\d+)\]", path)
    if at and int(at[1]) < len(found.milestones):
        return f"due-{found.milestones[int(at[1])].id}"
    return "lead" if path.endswith("lead") else "purpose" if path.endswith("purpose") else ""


def _stale_plan(
    request: HttpRequest, found: Scheme, standing: dict[str, str], form: SchemeForm, now: str
) -> HttpResponse:
    """Somebody changed the plan since this form was opened: both values, and the form starts from the plan of now."""
    labels = {"lead": "Lead", "purpose": "Purpose", **{f"due-{m.id}": f"{m.title}: due" for m in found.milestones}}
    offered = {k: form.cleaned_data.get(k, "") for k in labels}
    return render(
        request,
        "components/stale.jinja",
        {
            "who": "Somebody",
            "when": None,
            "version": 0,
            "differences": [
                {"name": k, "label": labels[k], "kept": standing[k], "offered": v}
                for k, v in offered.items()
                if v != standing[k]
            ],
            "unchanged": [
                ("base", now),
                ("summary", form.cleaned_data.get("summary", "")),
                *((k, v) for k, v in offered.items() if v == standing[k]),
            ],
            "action": request.path,
        },
        status=409,
    )
