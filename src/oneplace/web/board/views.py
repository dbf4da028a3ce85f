"""The place on a page, performance, claims, activity, inequality, papers, decisions, and why a figure moved."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

from csp.decorators import csp_replace
from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from oneplace.documents.versions import Stale
from oneplace.report.kept import kept_papers
from oneplace.safety.decide import Action, Kind, Purpose, Subject
from oneplace.web import desk
from oneplace.web.accounts.door import may, opens
from oneplace.web.board import parts, presenters
from oneplace.web.board.models import BoardDecision
from oneplace.web.components.forms import Day, Words, base_version, errors_in, errors_of, stale_page, typed
from oneplace.web.components.frame import page
from oneplace.web.config import place
from oneplace.web.history.models import NoSuchStep, StaleSave
from oneplace.web.programme import actions as plan_actions
from oneplace.web.programme import presenters as programme
from oneplace.web.programme.models import Proposal

BOTH = (Purpose.PLANNING, Purpose.BOARD)
see_figures = opens(Action.SEE_FIGURES, Kind.FIGURES, Purpose.PLANNING, Purpose.BOARD, subject="figures")
see_papers = opens(Action.SEE_PAPERS, Kind.PROGRAMME, *BOTH, subject="papers")
see_plan = opens(Action.SEE_PLAN, Kind.PROGRAMME, *BOTH, subject="plan")
decide = opens(Action.DECIDE, Kind.PROGRAMME, Purpose.BOARD, subject="decisions")
approve = opens(Action.APPROVE, Kind.PROGRAMME, Purpose.BOARD, subject="plan")
public = opens(Action.SEE_FIGURES, Kind.FIGURES, Purpose.PUBLIC, subject="papers")


def _part_page(request: HttpRequest, name: str, question: str) -> HttpResponse:
    found = parts.part(name)
    first, *rest = parts.sections_of(found)
    return page(
        request,
        "board/part.jinja",
        title=first["title"],
        question=question,
        sections=[first, *rest],
        kind=parts.kind_of,
        jumps=JUMPS,
        standing=desk.standing(),
    )


@see_figures
def overview(request: HttpRequest) -> HttpResponse:
    """The loop in one screen: people, need, care, plan, money, performance, outcomes."""
    found = [parts.part(n) for n in parts.MAKERS]
    [section] = parts.sections_of(parts.part("place"))[:1]
    return page(
        request,
        "board/overview.jinja",
        section=section,
        well=[line for p in found for line in p.well],
        concern=[line for p in found for line in p.concern],
        decide=[line for p in found for line in p.decide],
        waiting=Proposal.objects.filter(state="proposed").count(),
        kind=parts.kind_of,
        jumps=JUMPS,
        on=place.today(),
        standing=desk.standing(),
    )


@see_figures
def performance(request: HttpRequest) -> HttpResponse:
    return _part_page(request, "performance", "Signal or noise?")


@see_figures
def claims(request: HttpRequest) -> HttpResponse:
    return _part_page(request, "claims", "Is it plausible?")


@see_figures
def activity(request: HttpRequest) -> HttpResponse:
    return _part_page(request, "activity", "From last year’s activity to this year’s")


@see_figures
def inequality(request: HttpRequest) -> HttpResponse:
    return _part_page(request, "inequality", "Who lives shorter lives, and where?")


@see_figures
def board_money(request: HttpRequest) -> HttpResponse:
    return _part_page(request, "money", "What does the plan’s money add up to?")


@see_figures
def board_milestones(request: HttpRequest) -> HttpResponse:
    return _part_page(request, "milestones", "What is done, due and late?")


JUMPS = {
    "performance": "performance",
    "claims": "claims",
    "activity": "activity",
    "inequality": "inequality",
    "money": "board_money",
    "milestones": "board_milestones",
    "place": "overview",
}


@see_figures
def why(request: HttpRequest, figure_id: str) -> HttpResponse:
    """Where a figure is from, what each earlier paper said of it, and why it moved."""
    figure = parts.figures().get(figure_id)
    if figure is None:
        raise Http404
    grid = presenters.moves_grid(reversed(kept_papers(place.folder())), figure)
    facts = presenters.figure_facts(figure)
    return page(request, "board/why.jinja", grid, label=figure.label, facts=facts)


# --- papers -----------------------------------------------------------------------------------------------------------
@public
def papers(request: HttpRequest) -> HttpResponse:
    """Every paper that was kept; open to all, because the figures in it were made ready to leave the place."""
    return page(request, "board/papers.jinja", presenters.papers_grid(reversed(kept_papers(place.folder()))))


@public
def kept_paper(request: HttpRequest, month: str, number: int) -> HttpResponse:
    """The page as it was kept, byte for byte. Its own style sheet is allowed by its hash, and nothing else."""
    found = next((k for k in kept_papers(place.folder()) if (k.month, k.number) == (month, number)), None)
    if found is None:
        raise Http404
    return _as_kept(found.html.read_text(encoding="utf-8"))(request)


def _as_kept(text: str) -> Any:
    sheets = re.findall(r"<style>(.*?)</style>", text, re.S)
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in sheets]

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
