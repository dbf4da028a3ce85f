"""The place on a page, performance, claims, activity, inequality, papers, decisions, and why a figure moved."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from csp.decorators import csp_replace
from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from oneplace.documents.versions import Stale
from oneplace.plan.programme import claim_totals
from oneplace.report import words as paper
from oneplace.report.trace import moved
from oneplace.safety.decide import Action, Kind, Purpose, Subject
from oneplace.web import desk
from oneplace.web.accounts.door import may, opens
from oneplace.web.board import parts, presenters
from oneplace.web.board.models import BoardDecision
from oneplace.web.components.forms import Day, Words, base_version, errors_in, errors_of, stale_page, typed
from oneplace.web.components.frame import page
from oneplace.web.components.grid import Cell, Column, Grid
from oneplace.web.config import place
from oneplace.web.history.models import NoSuchStep, StaleSave
from oneplace.web.programme import actions as plan_actions
from oneplace.web.programme import presenters as programme
from oneplace.web.programme.models import Proposal
from oneplace.web.programme.views import all_claims

BOTH = (Purpose.PLANNING, Purpose.BOARD)
see_figures = opens(Action.SEE_FIGURES, Kind.FIGURES, Purpose.PLANNING, Purpose.BOARD, subject="figures")
see_papers = opens(Action.SEE_PAPERS, Kind.PROGRAMME, *BOTH, subject="papers")
see_plan = opens(Action.SEE_PLAN, Kind.PROGRAMME, *BOTH, subject="plan")
decide = opens(Action.DECIDE, Kind.PROGRAMME, Purpose.BOARD, subject="decisions")
approve = opens(Action.APPROVE, Kind.PROGRAMME, Purpose.BOARD, subject="plan")
public = opens(Action.SEE_FIGURES, Kind.FIGURES, Purpose.PUBLIC, subject="papers")


@see_figures
def overview(request: HttpRequest) -> HttpResponse:
    """The loop in one screen: people, need, care, plan, money, performance, outcomes."""
    visit, profiles = desk.visit(), request.decision.disclosure
    summary = desk.answer("summary", lambda v: v.summary()) if desk.built() else None
    plan, finances = visit.plan_documents.plan, visit.plan_documents.finances
    status = visit.plan_status(place.today()) if plan else None
    _, gaps, _ = desk.answer("life expectancy", presenters.life_expectancy)
    performance = desk.answer(f"performance {place.today()}", parts.performance_part)
    people = [{"value": f["figure"], "name": f["what"]} for f in summary["figures"]] if summary else []
    planned: list[dict[str, Any]] = []
    if plan and status:
        totals, found = claim_totals(plan), programme.counts(status["milestones"])
        planned = [
            {"value": paper.number(len(plan.schemes)), "name": "schemes", "href": reverse("schemes")},
            {"value": paper.number(len(status["milestones"])), "name": "milestones", "href": reverse("milestones")},
            {
                "value": paper.number(found["late"]),
                "name": "past their date, not reported done",
                "href": reverse("milestones") + "?state=late",
            },
            {
                "value": paper.number(totals.rows),
                "name": f"claims in {totals.schemes} schemes",
                "href": reverse("claims"),
            },
        ]
    grids = [presenters.segments_grid(summary, profiles)] if summary else []
    return page(
        request,
        "board/overview.jinja",
        *grids,
        people=people,
        planned=planned,
        money=programme.money_figures(finances)[:3],
        tiles=performance.tiles.tiles if performance.tiles else (),
        gaps=gaps,
        well=performance.well,
        concern=performance.concern,
        kind=parts.part_kind,
        built=desk.built(),
        on=place.today(),
        standing=desk.standing(),
    )


@see_figures
def performance(request: HttpRequest) -> HttpResponse:
    found = desk.answer(f"performance {place.today()}", parts.performance_part)
    return page(
        request,
        "board/part.jinja",
        title="Performance",
        question="Signal or noise?",
        sections=parts.blocks_of(found),
        kind=parts.part_kind,
        standing=desk.standing(),
    )


@see_figures
def why(request: HttpRequest, figure_id: str) -> HttpResponse:
    """Where a figure is from, what each earlier paper said of it, and why it moved."""
    now = parts.figures_in([desk.answer(f"performance {place.today()}", parts.performance_part)])
    figure = now.get(figure_id)
    if figure is None:
        raise Http404
    rows = []
    for kept in reversed(kept_papers()):
        earlier = kept.figures.get(figure_id)
        if earlier is not None:
            change = moved(earlier, figure)
            said = "; ".join(f"{p.cause}: {p.because}" for p in change.parts) or "It has not moved."
            rows.append(
                {
                    "month": Cell(paper.month(kept.month), sort=kept.month.isoformat()),
                    "said": earlier.words(),
                    "now": figure.words(),
                    "why": said,
                }
            )
    columns = (
        Column("month", "Paper"),
        Column("said", "It said", numeric=True),
        Column("now", "Now", numeric=True),
        Column("why", "Why it moved"),
    )
    grid = Grid(
        "papers",
        "What earlier papers said",
        columns,
        rows,
        empty="No earlier paper holds this figure, so there is nothing that it could have moved from.",
    )
    return page(
        request,
        "board/why.jinja",
        grid,
        label=figure.label,
        facts=presenters.figure_facts(figure),
        crumbs=[("Performance", reverse("performance"))],
    )


@see_plan
def claims(request: HttpRequest) -> HttpResponse:
    rows = all_claims()
    loud = [c for c in rows if c["flag"].startswith("EXCEEDS")]
    return page(
        request,
        "board/claims.jinja",
        programme.claims_grid(rows),
        loud=loud,
        built=desk.built(),
        notice=desk.visit().notice,
        standing=desk.standing(),
    )


@see_figures
def activity(request: HttpRequest) -> HttpResponse:
    found = desk.answer("activity", presenters.waterfalls)
    return page(request, "board/activity.jinja", points=found, standing=desk.standing())


@see_figures
def inequality(request: HttpRequest) -> HttpResponse:
    profiles = request.decision.disclosure
    charts, figures, grid = desk.answer("life expectancy", presenters.life_expectancy)
    admissions = (
        desk.answer(f"admissions map {sorted(profiles)}", lambda v: presenters.admissions_map(v, profiles))
        if desk.built()
        else None
    )
    maps = [m for m in (admissions, desk.answer("deprivation map", presenters.deprivation_map)) if m]
    return page(
        request,
        "board/inequality.jinja",
        *([grid] if grid else []),
        figures=figures,
        charts=charts,
        maps=maps,
        standing=desk.standing(),
    )


# --- papers -----------------------------------------------------------------------------------------------------------
def papers_folder() -> Path:
    return place.state("papers")


def kept_papers() -> list[Any]:
    from oneplace.report.paper import kept_papers as kept

    return kept(papers_folder()) if papers_folder().exists() else []


@public
def papers(request: HttpRequest) -> HttpResponse:
    """Every paper that was kept; open to all, because the figures in it were made ready to leave the place."""
    rows = [
        {
            "month": Cell(paper.month(k.month), sort=k.month.isoformat(), href=reverse("paper", args=[k.path.stem])),
            "as_at": k.as_at,
            "figures": len(k.figures),
            "digest": Cell(k.digest[:12]),
        }
        for k in reversed(kept_papers())
    ]
    columns = (
        Column("month", "Month"),
        Column("as_at", "Position on"),
        Column("figures", "Figures, each traced", numeric=True),
        Column("digest", "Paper"),
    )
    grid = Grid(
        "papers",
        "Board papers",
        columns,
        rows,
        empty="No paper has been kept yet. A planner makes one with: oneplace report.",
    )
    return page(request, "board/papers.jinja", grid)


@public
def kept_paper(request: HttpRequest, name: str) -> HttpResponse:
    """The page as it was kept, byte for byte. Its own style sheet is allowed by its hash, and nothing else."""
    path = papers_folder() / f"{name}.html"
    if not re.fullmatch(r"\d{4}-\d{2}-[0-9a-f]{16}", name) or not path.exists():
        raise Http404
    return _as_kept(path)(request)


def _as_kept(path: Path) -> Any:
    import base64
    import hashlib

    text = path.read_text(encoding="utf-8")
    styles = re.findall(r"<style>(.*?)</style>", text, re.S)
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in styles]

    @csp_replace({"style-src": hashes or ["'none'"], "script-src": ["'none'"], "img-src": ["data:"]})
    def shown(_request: HttpRequest) -> HttpResponse:
        return HttpResponse(text)

    return shown


# --- decisions --------------------------------------------------------------------------------------------------------
class DecisionForm(forms.Form):
    question = Words(error_messages={"required": "Write the question"})
    decision = Words(required=False)
    owner = Words(required=False, most=200)
    due_on = Day(required=False)
    state = forms.ChoiceField(choices=[(s, s) for s in BoardDecision.TRANSITIONS])


DECISION_LABELS = {"question": "Question", "decision": "Decision", "owner": "Owner", "due_on": "Due", "state": "State"}


@see_papers
def decisions(request: HttpRequest) -> HttpResponse:
    found = BoardDecision.objects.select_related("changed_by")
    return page(
        request,
        "board/decisions.jinja",
        programme.proposals_grid(Proposal.objects.select_related("created_by")),
        presenters.decisions_grid(found),
        may_decide=request.user.role == "board",
    )


@decide
def new_decision(request: HttpRequest) -> HttpResponse:
    return _decision_page(request, None)


@decide
def decision(request: HttpRequest, decision_id: int) -> HttpResponse:
    return _decision_page(request, get_object_or_404(BoardDecision, pk=decision_id))


def _decision_page(request: HttpRequest, kept: BoardDecision | None) -> HttpResponse:
    form = DecisionForm(request.POST or None, initial=kept.content() if kept else {"state": "asked"})
    errors = errors_of(form) if request.method == "POST" else {}
    if request.method == "POST" and form.is_valid():
        try:
            if kept:
                kept.revise(by=request.user, base=base_version(request), **form.cleaned_data)
            else:
                BoardDecision.write(by=request.user, **form.cleaned_data)
            return redirect("decisions")
        except StaleSave as stale:
            return stale_page(request, stale, DECISION_LABELS, request.path)
        except NoSuchStep as wrong:
            errors = {"state": f"Not possible: {wrong}"}
        except ValidationError as wrong:
            errors = errors_in(wrong)
    return page(
        request,
        "board/decision.jinja",
        values=typed(form),
        errors=errors,
        kept=kept,
        version=kept.version if kept else 0,
        labels=DECISION_LABELS,
        states=[(s, s.capitalize()) for s in BoardDecision.TRANSITIONS],
        crumbs=[("Decisions", reverse("decisions"))],
        status=422 if errors else 200,
    )


class ApprovalForm(forms.Form):
    answer = forms.ChoiceField(
        choices=[("approve", "approve"), ("refuse", "refuse")], error_messages={"required": "Approve or refuse"}
    )
    note = Words(required=False)


@see_plan
def proposal(request: HttpRequest, proposal_id: int) -> HttpResponse:
    return _proposal_page(request, get_object_or_404(Proposal.objects.select_related("created_by"), pk=proposal_id), {})


@approve
def decide_proposal(request: HttpRequest, proposal_id: int) -> HttpResponse:
    """The board's word on one digest. Whoever proposed it cannot approve it, because no role may do both."""
    found = get_object_or_404(Proposal.objects.select_related("created_by"), pk=proposal_id)
    form = ApprovalForm(request.POST or None)
    if request.method != "POST":
        return redirect("proposal", proposal_id=proposal_id)
    errors = errors_of(form)
    if not errors:
        try:
            plan_actions.decide_on(
                found,
                approved=form.cleaned_data["answer"] == "approve",
                note=form.cleaned_data["note"],
                base=base_version(request),
                by=request.user,
            )
            return redirect("proposal", proposal_id=proposal_id)
        except Stale:
            found.refresh_from_db()
            return _proposal_page(
                request,
                found,
                {
                    "": "The plan has changed since this was proposed, so this version cannot replace it. Ask the planner to propose it again."
                },
                status=409,
            )
        except StaleSave as stale:
            return stale_page(request, stale, {"state": "State"}, reverse("proposal", args=[proposal_id]))
        except NoSuchStep:
            errors = {"": "This was decided already"}
    return _proposal_page(request, found, errors)


def _proposal_page(request: HttpRequest, found: Proposal, errors: dict[str, str], status: int = 200) -> HttpResponse:
    approval = getattr(found, "approval", None)
    can = found.state == "proposed" and may(request, Action.APPROVE, Subject(Kind.PROGRAMME, "plan"), Purpose.BOARD)
    return page(
        request,
        "board/proposal.jinja",
        proposal=found,
        approval=approval,
        changes=plan_actions.differences(found),
        may_approve=can,
        values={},
        errors=errors,
        version=found.version,
        crumbs=[("Decisions", reverse("decisions"))],
        status=422 if errors and status == 200 else status,
    )
