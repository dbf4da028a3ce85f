"""A change to the plan, for the board to approve or refuse by its digest."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from oneplace.documents.versions import Stale
from oneplace.safety.decide import Action, Kind, Purpose, Subject
from oneplace.web import desk
from oneplace.web.accounts.door import may
from oneplace.web.board.views.doors import approve, see_plan
from oneplace.web.components.forms import Words, base_version, errors_of, stale_page
from oneplace.web.components.frame import page
from oneplace.web.history.models import NoSuchStep, StaleSave
from oneplace.web.programme import actions as plan_actions
from oneplace.web.programme.change_words import in_words
from oneplace.web.programme.models import Proposal


class ApprovalForm(forms.Form):
    answer = forms.ChoiceField(
        choices=[("approve", "approve"), ("refuse", "refuse")],
        error_messages={"required": "Approve or refuse"},
    )
    note = Words(required=False)


@see_plan
def proposal(request: HttpRequest, proposal_id: int) -> HttpResponse:
    return _proposal_page(
        request,
        get_object_or_404(Proposal.objects.select_related("created_by"), pk=proposal_id),
        {},
    )


@approve
def decide_proposal(request: HttpRequest, proposal_id: int) -> HttpResponse:
    """The board's word on one digest. Whoever proposed it cannot approve it, because no role may do
    both."""
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
            return stale_page(
                request,
                stale,
                {"state": "State"},
                reverse("proposal", args=[proposal_id]),
            )
        except NoSuchStep:
            errors = {"": "This was decided already"}
    return _proposal_page(request, found, errors)


def _proposal_page(
    request: HttpRequest, found: Proposal, errors: dict[str, str], status: int = 200
) -> HttpResponse:
    approval = getattr(found, "approval", None)
    can = found.state == "proposed" and may(
        request, Action.APPROVE, Subject(Kind.PROGRAMME, "plan"), Purpose.BOARD
    )
    return page(
        request,
        "board/proposal.jinja",
        proposal=found,
        approval=approval,
        changes=in_words(plan_actions.differences(found), desk.session().plan_documents.plan),
        may_approve=can,
        values={},
        errors=errors,
        version=found.version,
        crumbs=[("Decisions", reverse("decisions"))],
        status=422 if errors and status == 200 else status,
    )
