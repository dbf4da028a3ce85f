"""Exceptions, milestones, schemes, line of sight and its packs, money: the pages that the programme
office reads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from oneplace.answers import claims as claims_answers
from oneplace.answers import plan as plan_answers
from oneplace.answers.plan import EVERYTHING, returns_of
from oneplace.place.calendar import months_later
from oneplace.plan.assurance.movements import RULE, Slip, broken_dependencies, changes, slips
from oneplace.plan.money import Contract
from oneplace.plan.money.reconcile import reconcile
from oneplace.plan.programme import Plan, Scheme
from oneplace.plan.scheme import MilestoneState, delivery_status, milestone_states
from oneplace.safety.decide import Action, Kind, Purpose, Tie
from oneplace.web import desk, parts, place
from oneplace.web.accounts.door import opens
from oneplace.web.accounts.models import Standing
from oneplace.web.components import paper as blocks
from oneplace.web.components.forms import base_version, stale_page
from oneplace.web.components.frame import page
from oneplace.web.finance.lists import savings
from oneplace.web.finance.presenters import required_tiles
from oneplace.web.finance.views import money_figures
from oneplace.web.history.models import EntryVersion, NoSuchStep, StaleSave
from oneplace.web.programme import exception_lists as exceptional
from oneplace.web.programme import lists, packs, presenters, sight_lists
from oneplace.web.programme import sight_presenters as sight
from oneplace.web.programme.models import Gate, Pack, Proposal, Reminder, Return
from oneplace.web.programme.risk_lists import RISKS
from oneplace.web.programme.risk_views import held

BOTH = (Purpose.PLANNING, Purpose.BOARD)
see_plan = opens(Action.SEE_PLAN, Kind.PROGRAMME, *BOTH, subject="plan")
see_money = opens(Action.SEE_MONEY, Kind.PROGRAMME, *BOTH, subject="money")
edit_plan = opens(Action.EDIT_PLAN, Kind.PROGRAMME, Purpose.PLANNING, subject="plan")
WEEK, FRIDAY = dt.timedelta(days=7), 4
PROGRAMME_KINDS = (
    "returns",
    "verdicts",
    "gates",
    "risks",
    "controls",
    "assurances",
    "risk_actions",
    "proposals",
    "approvals",
    "compliance_evidence",
    "reminders",
    "packs",
)


def plan_of_now() -> Plan:
    plan = desk.session().plan_documents.plan
    if plan is None:
        raise Http404
    return plan


def _contract() -> Contract | None:
    finances = desk.session().plan_documents.finances
    return finances.contract if finances else None


def scheme_of(scheme_id: str) -> Scheme:
    found = next((s for s in plan_of_now().schemes if s.id == scheme_id), None)
    if found is None:
        raise Http404
    return found


def _last_returns() -> dict[str, Return]:
    found: dict[str, Return] = {}
    for r in Return.objects.select_related("changed_by", "verdict").order_by("month"):
        found[r.scheme] = r
    return found


def _status(on: dt.date) -> tuple[dict[str, Any], Sequence[Any]]:
    session = desk.session()
    return plan_answers.status(session, on), delivery_status(
        plan_of_now(), on=on, returns=returns_of(session.entries), known=EVERYTHING
    )


def states_on(on: dt.date) -> tuple[MilestoneState, ...]:
    return milestone_states(
        plan_of_now(), on=on, returns=returns_of(desk.session().entries), known=EVERYTHING
    )


def slips_of(scheme_id: str, on: dt.date) -> list[Slip]:
    """The scheme's milestones that are forecast after the approved plan."""
    return [s for s in slips(states_on(on)) if s.milestone.scheme.id == scheme_id]


def last_friday(on: dt.date) -> dt.date:
    """The Friday before the day; on a Friday the one of the week before."""
    return on - dt.timedelta(days=(on.weekday() - FRIDAY - 1) % 7 + 1)


@see_plan
def exceptions(request: HttpRequest) -> HttpResponse:
    """What needs the planner this week."""
    plan, on = plan_of_now(), place.today()
    session = desk.session()
    status = plan_answers.status(session, on)
    states = milestone_states(plan, on=on, returns=returns_of(session.entries), known=EVERYTHING)
    month, friday = on.replace(day=1), last_friday(on)
    week = [
        m
        for m in status["milestones"]
        if m["state"] in ("due", "late")
        and m["due_by"]
        and on <= dt.date.fromisoformat(m["due_by"]) <= on + WEEK
    ]
    late = [m for m in status["milestones"] if m["state"] == "late"]
    sent = set(Return.objects.filter(month=month).values_list("scheme", flat=True))
    missing = [s for s in plan.schemes if s.id not in sent]
    leads, names = leads_of(missing), {s.id: s.name for s in plan.schemes}
    moved = changes(session.entries["returns"].to_pylist())
    edits = (
        EntryVersion.objects.filter(kind__in=PROGRAMME_KINDS, saved_at__date__gte=friday)
        .select_related("saved_by")
        .order_by("-saved_at")
    )
    gates = Gate.objects.filter(gate="quality_impact")
    said = set(gates.values_list("scheme", flat=True))
    return page(
        request,
        "programme/exceptions.jinja",
        lists.MILESTONES.of(
            week,
            name="week",
            caption="Due in the next 7 days",
            empty="Nothing is due in the next 7 days.",
        ),
        exceptional.OWING.of(exceptional.owing(missing, leads, _last_returns(), reminded(month))),
        exceptional.SLIPS.of(slips(states)),
        exceptional.CHANGES.of(
            (c for c in moved if c.month >= months_later(month, -1)), names=names
        ),
        exceptional.BROKEN.of(broken_dependencies(plan, states)),
        exceptional.AWAITING.of((g for g in gates if g.state == "awaiting"), names=names),
        lists.PROPOSALS.of(Proposal.objects.filter(state="proposed").select_related("created_by")),
        exceptional.EDITS.of(edits[:100], since=friday),
        lists.MILESTONES.of(
            late,
            name="late",
            caption="Past their date and not reported done",
            empty="Nothing is late.",
        ),
        on=on,
        counts=presenters.count_tiles(desk.figures("milestones")),
        schemes=len(plan.schemes),
        missing=len(missing),
        leaderless=[s for s in missing if s.id not in leads],
        chase=request.user.role == "planner",
        month=month,
        unsaid=sum(s.id not in said for s in plan.schemes),
        example=next((m.id for s in plan.schemes for m in s.milestones), "M01"),
        waits=sum(bool(m.needs) for s in plan.schemes for m in s.milestones),
        rule=RULE,
        standing=desk.standing(),
    )


def leads_of(schemes: Sequence[Scheme]) -> dict[str, list[Standing]]:
    """Who leads each scheme, by their accounts."""
    found: dict[str, list[Standing]] = {}
    now = timezone.now()
    ties = Standing.objects.filter(
        tie=Tie.SCHEME_LEAD.value, subject__in=[s.id for s in schemes], user__is_active=True
    )
    for s in ties.select_related("user"):
        if s.until is None or s.until > now:
            found.setdefault(s.subject, []).append(s)
    return found


def reminded(month: dt.date) -> dict[tuple[int, str], dt.date]:
    """Lead and scheme -> the day they were last reminded of this month's return."""
    found = {}
    for r in Reminder.objects.filter(month=month).order_by("id"):
        found.update({(r.lead_id, s): r.reminded_on for s in r.schemes})
    return found


@see_plan
def milestones(request: HttpRequest) -> HttpResponse:
    on = place.today()
    status, _ = _status(on)
    wanted, programme = request.GET.get("state", ""), request.GET.get("programme", "")
    plan = plan_of_now()
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
        lists.MILESTONES.of(rows),
        on=on,
        counts=presenters.count_tiles(desk.figures("milestones")),
        states=[("", "Any state"), *((s, s.capitalize()) for s in lists.STATE_ORDER)],
        programmes=[("", "Every programme"), *((p.id, p.name) for p in plan.programmes)],
        values={"state": wanted, "programme": programme},
        chart=chart,
        standing=desk.standing(),
    )


@see_plan
def schemes(request: HttpRequest) -> HttpResponse:
    on, plan = place.today(), plan_of_now()
    status, delivery = _status(on)
    grid = lists.schemes(
        plan, delivery, status["milestones"], _last_returns(), presenters.gates_passed()
    )
    leads = sum(bool(s.lead) for s in plan.schemes)
    return page(
        request, "programme/schemes.jinja", grid, on=on, leads=leads, standing=desk.standing()
    )


@see_plan
def scheme(request: HttpRequest, scheme_id: str) -> HttpResponse:
    """Will it deliver? What was promised, what was reported, what the office says of it, what to do
    next."""
    found, plan, on = scheme_of(scheme_id), plan_of_now(), place.today()
    status, delivery = _status(on)
    mine = [m for m in status["milestones"] if m["scheme"] == scheme_id]
    claims = [c for c in all_claims() if c["scheme"] == scheme_id]
    returns = Return.objects.filter(scheme=scheme_id).select_related(
        "changed_by", "verdict__changed_by"
    )
    risks = [h for h in held(on) if h.risk["scheme"] == scheme_id]
    gates = {g.gate: g for g in Gate.objects.filter(scheme=scheme_id).select_related("changed_by")}
    last = returns.first()
    colour = next(d for d in delivery if d.scheme == scheme_id)
    planner = request.user.role == "planner"
    return page(
        request,
        "programme/scheme.jinja",
        lists.MILESTONES.of(
            mine, empty="The plan prints no milestones for this scheme.", one_scheme=True
        ),
        lists.MEASURES.of(m for m in status["measures"] if m["scheme"] == scheme_id),
        lists.CLAIMS.of(claims),
        lists.MONEY_BY_KIND.of(
            found.claims, effects={c["claim"]: c for c in claims}, contract=_contract()
        ),
        lists.gates(scheme_id, gates, edit=request.user.role in ("planner", "risk")),
        lists.RETURNS.of(returns),
        RISKS.of(risks, schemes={}),
        scheme=found,
        facts=presenters.scheme_facts(found, plan, gates, leads_of([found]).get(scheme_id, [])),
        delivery=(*lists.COLOURS[colour.colour], colour.rule),
        rated=presenters.said_by_lead(last),
        rule=RULE,
        last=last,
        verdict=getattr(last, "verdict", None) if last else None,
        slips=slips_of(scheme_id, on),
        chart=presenters.timeline(mine, on=on, id="scheme-milestones") if mine else None,
        leads=[(s.user_id, s.user.name) for s in leads_of([found]).get(scheme_id, [])],
        month=on.replace(day=1),
        link=request.session.pop("return_link", None) if planner else None,
        crumbs=[("Schemes", reverse("schemes"))],
        standing=desk.standing(),
    )


def all_claims() -> list[dict[str, Any]]:
    """Every claim beside the records; without a build there is nothing to put beside."""
    return desk.answer(claims_answers.rows, "inside") if desk.built() else []


# --- line of sight ----------------------------------------------------------------------------------------------------
@see_plan
def line_of_sight(request: HttpRequest) -> HttpResponse:
    """What it adds up to: tree, orphans, double claims, how it rolls up, what is not delivered, in
    the office's words."""
    on, plan = place.today(), plan_of_now()
    status, delivery = _status(on)
    claims, names = all_claims(), {s.id: s.name for s in plan.schemes}
    draft = Pack.objects.filter(month=on.replace(day=1), state="draft").first()
    return page(
        request,
        "programme/line_of_sight.jinja",
        lists.CLAIMS.of(claims),
        sight_lists.DOUBLES.of(sight_lists.pairs(claims), names=names),
        sight_lists.UNDELIVERED.of(
            (s for s in status["savings"] if s["kind"] == "claim"),
            names=names,
            kinds={c.id: c.kind for s in plan.schemes for c in s.claims},
        ),
        sight_lists.PACKS.of(Pack.objects.filter(state="frozen").select_related("changed_by")),
        tree=sight.line_of_sight(plan, delivery),
        loose=sight.loose_ends(plan),
        bare=sight.bare_branches(plan),
        rolled=sight.rolled_up(plan, delivery),
        built=desk.built(),
        draft=draft,
        month=on.replace(day=1),
        may_edit=request.user.role == "planner",
        standing=desk.standing(),
    )


@edit_plan
@require_POST
def write_pack(request: HttpRequest) -> HttpResponse:
    """Keep the month's commentary, or freeze the pack with everything that the page says now."""
    month, step = place.today().replace(day=1), request.POST.get("step", "")
    kept = Pack.objects.filter(month=month, state="draft").first()
    commentary = request.POST.get("commentary", "").replace("\r\n", "\n").strip()
    try:
        made = (
            kept.revise(by=request.user, base=base_version(request), commentary=commentary)
            if kept
            else Pack.write(by=request.user, month=month, commentary=commentary)
        )
        if step == "freeze":
            on = place.today()
            status, delivery = _status(on)
            said = packs.content(
                plan_of_now(), status, delivery, all_claims(), session=desk.session()
            )
            made.revise(by=request.user, base=made.version, state="frozen", said=said, frozen_on=on)
    except StaleSave as stale:
        return stale_page(request, stale, {"commentary": "Commentary"}, request.path)
    except (ValidationError, NoSuchStep) as wrong:
        said = wrong.messages[0] if isinstance(wrong, ValidationError) else str(wrong)
        return page(
            request, "programme/pack_refused.jinja", why=said, commentary=commentary, status=422
        )
    return redirect("pack", pack_id=made.pk) if step == "freeze" else redirect("line_of_sight")


@see_plan
def pack(request: HttpRequest, pack_id: int) -> HttpResponse:
    """A frozen pack: what the line of sight said on that day, whatever has changed since."""
    found = get_object_or_404(Pack.objects.select_related("changed_by"), pk=pack_id, state="frozen")
    return page(
        request,
        "programme/pack.jinja",
        *sight_lists.of_a_pack(found.said),
        pack=found,
        about=found.said["about"],
        crumbs=[("Line of sight", reverse("line_of_sight"))],
    )


@see_money
def money(request: HttpRequest) -> HttpResponse:
    session = desk.session()
    finances = session.plan_documents.finances
    grids = (
        [lists.RECONCILIATION.of(sorted(reconcile(finances), key=lambda r: r.agrees))]
        if finances
        else []
    )
    if finances and finances.savings:
        grids.append(savings(parts.money_held(), money_figures()))
    return page(
        request,
        "programme/money.jinja",
        *grids,
        answer=blocks.line(said) if (said := parts.money_answer()) else None,
        figures=[
            *presenters.money_tiles(finances, desk.figures("money")),
            *required_tiles(finances, desk.figures("money")),
        ],
        chart=presenters.bridge_chart(finances),
        notes=finances.notes if finances else (),
        standing=desk.standing(),
    )
