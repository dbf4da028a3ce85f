"""Questions put to the board and what it decided."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from oneplace.safety.decide import Action, Kind, Purpose, Subject
from oneplace.web import parts, place
from oneplace.web.accounts.door import door, may
from oneplace.web.board import lists, presenters
from oneplace.web.board.models import BoardDecision
from oneplace.web.board.views.doors import ask, decide, see_papers
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
from oneplace.web.history.models import NoSuchStep, StaleSave
from oneplace.web.programme import lists as programme
from oneplace.web.programme.models import Proposal


class QuestionForm(forms.Form):
    paper = Words(required=False, most=40)
    question = Words(error_messages={"required": "Write the question"})


class DecisionForm(QuestionForm):
    decision = Words(required=False)
    owner = Words(required=False, most=200)
    due_on = Day(required=False)
    state = forms.ChoiceField(choices=[(s, s) for s in BoardDecision.TRANSITIONS])

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("state") in ("decided", "done"):
            missing = {
                "decision": "Write what was decided",
                "owner": "Name one owner",
                "due_on": "Say by when",
            }
            for name, message in missing.items():
                if not said.get(name) and name not in self.errors:
                    self.add_error(name, message)
        return said


DECISION_LABELS = {
    "question": "Question",
    "decision": "Decision",
    "owner": "Owner",
    "due_on": "Due",
    "state": "State",
    "paper": "Paper",
}


@see_papers
def decisions(request: HttpRequest) -> HttpResponse:
    found = list(BoardDecision.objects.select_related("changed_by"))
    overdue = [d for d in found if d.state == "decided" and d.due_on and d.due_on < place.today()]
    return page(
        request,
        "board/decisions.jinja",
        programme.PROPOSALS.of(Proposal.objects.select_related("created_by")),
        lists.DECISIONS.of(found, on=place.today()),
        asked=sum(d.state == "asked" for d in found),
        overdue=len(overdue),
        may_decide=may(request, Action.DECIDE, DECISIONS, Purpose.BOARD),
        may_ask=may(request, Action.EDIT_PAPERS, DECISIONS, Purpose.PLANNING),
    )


DECISIONS = Subject(Kind.PROGRAMME, "decisions")


@ask
def ask_board(request: HttpRequest) -> HttpResponse:
    """A planner puts a question to the board; what is decided, the board writes."""
    form = QuestionForm(request.POST or None, initial={"paper": request.GET.get("paper", "")})
    errors = errors_of(form) if request.method == "POST" else {}
    if request.method == "POST" and form.is_valid():
        try:
            BoardDecision.write(by=request.user, **form.cleaned_data)
            return redirect("decisions")
        except ValidationError as wrong:
            errors = errors_in(wrong)
    return _form_page(request, form, errors, None, only=("question", "paper"))


@decide
def new_decision(request: HttpRequest) -> HttpResponse:
    return _decision_form(request, None)


@see_papers
def decision(request: HttpRequest, decision_id: int) -> HttpResponse:
    """What was asked and decided; whoever may decide writes here."""
    kept = get_object_or_404(BoardDecision.objects.select_related("changed_by"), pk=decision_id)
    if may(request, Action.DECIDE, DECISIONS, Purpose.BOARD):
        door(request, Action.DECIDE, DECISIONS, Purpose.BOARD)
        return _decision_form(request, kept)
    if request.method != "GET":
        raise Http404
    return page(
        request,
        "board/decision_read.jinja",
        kept=kept,
        versions=list(kept.versions()),
        labels=DECISION_LABELS,
        crumbs=[("Decisions", reverse("decisions"))],
    )


def _decision_form(request: HttpRequest, kept: BoardDecision | None) -> HttpResponse:
    initial = kept.content() if kept else {"state": "asked", "paper": request.GET.get("paper", "")}
    form = DecisionForm(request.POST or None, initial=initial)
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
    return _form_page(request, form, errors, kept)


def _form_page(
    request: HttpRequest,
    form: forms.Form,
    errors: dict[str, str],
    kept: BoardDecision | None,
    only: tuple[str, ...] = (),
) -> HttpResponse:
    known = [("", "No paper"), *((presenters.key(k), parts.called(k)) for k in parts.papers())]
    steps = (kept.state, *BoardDecision.TRANSITIONS[kept.state]) if kept else ("asked", "decided")
    return page(
        request,
        "board/decision.jinja",
        values=typed(form),
        errors=errors,
        kept=kept,
        only=only or tuple(DECISION_LABELS),
        version=kept.version if kept else 0,
        versions=list(kept.versions()) if kept else [],
        labels=DECISION_LABELS,
        papers=known,
        states=[(s, s.capitalize()) for s in steps],
        crumbs=[("Decisions", reverse("decisions"))],
        status=422 if errors else 200,
    )
