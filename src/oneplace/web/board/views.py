"""The place on a page, performance, claims, activity, inequality, papers, decisions, and why a figure moved."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

from csp.decorators import csp_replace
from django import forms
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from oneplace.documents.versions import Stale
from oneplace.faults import InputAtFault
from oneplace.report.board.paper import Block, Heading, Picture, Tiles
from oneplace.report.kept import Kept, earlier_than
from oneplace.safety.decide import Action, Kind, Purpose, Subject
from oneplace.visit.comparing import indicators
from oneplace.web import desk
from oneplace.web.accounts.door import door, may, opens
from oneplace.web.analyst.models import FeedDecision
from oneplace.web.board import measures, parts, presenters
from oneplace.web.board.models import BoardDecision, Publication
from oneplace.web.components import paper as blocks
from oneplace.web.components.forms import Day, Words, base_version, errors_in, errors_of, stale_page, typed
from oneplace.web.components.frame import page
from oneplace.web.config import place
from oneplace.web.history.models import NoSuchStep, StaleSave
from oneplace.web.programme import actions as plan_actions
from oneplace.web.programme import presenters as programme
from oneplace.web.programme.models import Proposal

BOTH = (Purpose.PLANNING, Purpose.BOARD)
# Whoever opens a page of the board sees what the board sees: figures made ready to leave the place.
see_figures = opens(Action.SEE_FIGURES, Kind.FIGURES, Purpose.BOARD, subject="figures")
see_papers = opens(Action.SEE_PAPERS, Kind.PROGRAMME, *BOTH, subject="papers")
see_plan = opens(Action.SEE_PLAN, Kind.PROGRAMME, *BOTH, subject="plan")
decide = opens(Action.DECIDE, Kind.PROGRAMME, Purpose.BOARD, subject="decisions")
ask = opens(Action.EDIT_PAPERS, Kind.PROGRAMME, Purpose.PLANNING, subject="decisions")
approve = opens(Action.APPROVE, Kind.PROGRAMME, Purpose.BOARD, subject="plan")
public = opens(Action.SEE_FIGURES, Kind.FIGURES, Purpose.PUBLIC, subject="papers")


def _sections(request: HttpRequest, template: str, given: Any, **context: Any) -> HttpResponse:
    """A page of the paper's blocks: the tables sort and give their CSV, every figure opens its own story."""
    found = blocks.shown(given, moves=parts.moves())
    return page(request, template, *found.grids, blocks=found.blocks, standing=desk.standing(), **context)


@see_figures
def overview(request: HttpRequest) -> HttpResponse:
    """The loop in one screen: people, need, care, plan, money, performance, outcomes."""
    last = next(iter(parts.papers()), None)
    return _sections(
        request,
        "board/overview.jinja",
        parts.minute(),
        steps=presenters.loop(parts.part("place"), parts.moves()),
        beside=parts.called(last) if last else None,
        waiting=Proposal.objects.filter(state="proposed").count(),
        asked=BoardDecision.objects.filter(state="asked").count(),
        held=held(),
        on=place.today(),
        disclosure=parts.disclosure(),
    )


def held(build: str | None = None) -> list[FeedDecision]:
    """Feeds of the build that the analyst does not want published from."""
    return list(FeedDecision.objects.filter(build=build or desk.visit().build_id or "", state="held"))


@see_figures
def people(request: HttpRequest) -> HttpResponse:
    """Who lives here, who is registered, what they need, which team has them."""
    given = [b for b in parts.section("place").blocks if not isinstance(b, Tiles)]
    return _sections(
        request,
        "board/part.jinja",
        given,
        title="People, need and care",
        question="Who lives here, and what do they need?",
        crumbs=CRUMBS(),
    )


@see_figures
def performance(request: HttpRequest) -> HttpResponse:
    """Every measure with what varies and whether its standard will be met; what needs attention; the pledges missed."""
    overview_, exceptions = parts.measured("measures_overview"), parts.measured("exceptions")
    pictures = parts.pictures("performance")
    given: list[Block] = [b for b in parts.section("performance").blocks if not isinstance(b, Picture)]
    found = blocks.shown(given, moves=parts.moves())
    tiles = parts.part("performance").tiles
    return page(
        request,
        "board/performance.jinja",
        measures.overview_grid(overview_),
        measures.without_figures_grid(overview_),
        measures.exceptions_grid(exceptions),
        measures.breaches_grid(parts.measured("breaches")),
        measures.domains_grid(parts.measured("goals")),
        presenters.charts_grid(pictures.values()),
        *found.grids,
        figures=measures.goal_figures(parts.measured("goals")),
        tiles=[blocks.tile(t, parts.moves()) for t in tiles.tiles] if tiles else [],
        blocks=found.blocks,
        icons=ICON_WORDS,
        attention=len(exceptions["exceptions"]),
        of=len(overview_["measures"]),
        notice=overview_["notice"],
        standing=desk.standing(),
    )


ICON_WORDS = (
    ("grey", "~", "usual variation"),
    ("orange", "!", "a change for the worse"),
    ("blue", "+", "a change for the better"),
    ("blue", "P", "the standard will be met as it runs"),
    ("orange", "F", "the standard will be missed as it runs"),
    ("grey", "?", "met in some months and missed in others, by chance"),
)


@see_figures
def goals(request: HttpRequest) -> HttpResponse:
    """Every national and local goal with its verdict."""
    found = parts.measured("goals")
    return page(
        request,
        "board/goals.jinja",
        measures.goals_grid(found),
        measures.domains_grid(found),
        figures=measures.goal_figures(found),
        crumbs=[("Performance", reverse("performance"))],
        standing=desk.standing(),
    )


@see_figures
def measure_page(request: HttpRequest, measure: str) -> HttpResponse:
    """Signal or noise: one measure of one organisation, its chart, standards, chance, months."""
    if measure not in {m.id for m in desk.visit().plan_documents.measures}:
        raise Http404
    organisation = request.GET.get("org") or None
    try:
        found = parts.measured("measure_page", measure, organisation)
    except InputAtFault:
        raise Http404 from None
    beside = parts.compared(measure) if len(found["organisations"]) > 1 else None
    breakdown = measures.breakdown_grid(beside, measure, found["measure"]["unit"])
    chart = found["chart"] or {}
    return page(
        request,
        "board/measure.jinja",
        measures.judgements(found),
        measures.forecast_grid(found),
        measures.months_grid(found),
        measures.rebase_grid(found),
        measures.restated_grid(found),
        *([breakdown] if breakdown else []),
        title=found["measure"]["title"],
        name=found["name"],
        figures=measures.figures(found),
        icons=[
            c for c in (measures.variation(chart.get("variation")), measures.assurance(chart.get("assurance"))) if c
        ],
        chart=measures.chart(found),
        notes=measures.notes(found),
        facts=measures.definition_facts(found),
        accuracy=measures.past_accuracy(found),
        organisations=measures.organisations(found),
        values={"org": found["organisation"]},
        definition=measure,
        crumbs=[("Performance", reverse("performance"))],
        standing=desk.standing(),
    )


@see_figures
def chart_page(request: HttpRequest, chart: str) -> HttpResponse:
    """One chart of the paper's section on performance, with its months and where its figures are from."""
    picture = parts.pictures("performance").get(chart)
    if picture is None:
        raise Http404
    title = picture.drawing.title
    return page(
        request,
        "board/chart.jinja",
        presenters.months_grid(picture),
        presenters.rebase_grid(picture),
        picture=blocks.picture(picture),
        figures=[
            {
                "value": f.words(),
                "name": _short(f.label, title),
                "href": blocks.figure_link(f),
                "moved": parts.moves().get(f.trace.figure_id),
            }
            for f in picture.figures
        ],
        title=title,
        crumbs=[("Performance", reverse("performance"))],
        standing=desk.standing(),
    )


def _short(label: str, title: str) -> str:
    """A figure's name without the name of whom its page is about anyway."""
    about, _, rest = label.partition(": ")
    return rest[:1].upper() + rest[1:] if rest and title.startswith(about) else label


@see_figures
def claims(request: HttpRequest) -> HttpResponse:
    return _part_page(
        request,
        "claims",
        "Is it plausible?",
        detail=may(request, Action.SEE_FIGURES, Subject(Kind.FIGURES, "analysis"), Purpose.PLANNING),
    )


@see_figures
def activity(request: HttpRequest) -> HttpResponse:
    return _part_page(request, "activity", "From last year’s activity to this year’s")


@see_figures
def board_money(request: HttpRequest) -> HttpResponse:
    return _part_page(request, "money", "What does the plan’s money add up to?")


@see_figures
def board_milestones(request: HttpRequest) -> HttpResponse:
    return _part_page(request, "milestones", "What is done, due and late?")


def _part_page(request: HttpRequest, name: str, question: str, **context: Any) -> HttpResponse:
    found = parts.section(name)
    return _sections(
        request,
        "board/part.jinja",
        found.blocks,
        title=found.title,
        question=question,
        crumbs=CRUMBS(),
        name=name,
        **context,
    )


def CRUMBS() -> list[tuple[str, str]]:
    return [("The place on a page", reverse("overview"))]


@see_figures
def inequality(request: HttpRequest) -> HttpResponse:
    """Who lives shorter lives, and where: the gap inside the place, then a rate on the map and by neighbourhood."""
    found = parts.part("inequality")
    rates = presenters.maps(found)
    choices = presenters.rate_choices(rates, desk.answer("indicators", indicators) if desk.built() else [])
    known = {id for id, _ in choices}
    chosen = given if (given := request.GET.get("rate", "")) in known else (choices[0][0] if choices else None)
    kept = [b for b in found.sections[0].blocks if not _is_a_map(b)]
    shown = blocks.shown(kept, moves=parts.moves())
    pictures: list[dict[str, Any]] = []
    table = None
    if chosen:
        drawn = rates.get(chosen)
        pictures = (
            [blocks.picture(p) for p in drawn if p]
            if drawn
            else presenters.compared_pictures(parts.leaving, chosen, dict(choices)[chosen])
        )
        table = presenters.neighbourhood_grid(
            parts.leaving(presenters.RATE_FEATURES.get(chosen, chosen), "neighbourhood")
        )
    return page(
        request,
        "board/inequality.jinja",
        *shown.grids,
        *([table] if table else []),
        blocks=shown.blocks,
        pictures=pictures,
        rates=choices,
        values={"rate": chosen or ""},
        tiles=[blocks.tile(t, parts.moves()) for t in found.tiles.tiles] if found.tiles else [],
        disclosure=parts.disclosure(),
        crumbs=CRUMBS(),
        standing=desk.standing(),
    )


def _is_a_map(block: Block) -> bool:
    if isinstance(block, Heading):
        return block.title == "Where it shows"
    return isinstance(block, Picture) and block.drawing.id.startswith(("map-", "fifths-"))


@see_figures
def why(request: HttpRequest, figure_id: str) -> HttpResponse:
    """Where a figure is from, what each earlier paper said of it, and why it moved."""
    kept = parts.papers()
    figure = parts.figures().get(figure_id)
    gone = figure is None
    if figure is None:
        figure = next((f for k in kept if (f := parts.said(k).get(figure_id))), None)
    if figure is None:
        raise Http404
    return page(
        request,
        "board/why.jinja",
        presenters.story_grid(kept, figure),
        figure={"value": figure.words(), "name": figure.label, "note": parts.moves().get(figure_id)},
        gone=gone,
        facts=presenters.figure_facts(figure),
        title=figure.label,
        disclosure=parts.disclosure() if figure.trace.source.kind == "query" else None,
    )


# --- papers -----------------------------------------------------------------------------------------------------------
PAPERS = Subject(Kind.PROGRAMME, "papers")


def _may_read(request: HttpRequest) -> bool:
    return request.user.is_authenticated and any(may(request, Action.SEE_PAPERS, PAPERS, p) for p in BOTH)


@public
def papers(request: HttpRequest) -> HttpResponse:
    """The published papers; for whoever may read them all, the others too."""
    states = {p.paper: p for p in Publication.objects.all()}
    grid = presenters.papers_grid(parts.papers(), states, inside=_may_read(request))
    return page(request, "board/papers.jinja", grid, inside=_may_read(request))


def _kept(request: HttpRequest, month: str, number: int) -> Kept:
    """The paper named, if it is published or the reader may read all of them."""
    found = next((k for k in parts.papers() if (k.month, k.number) == (month, number)), None)
    if found is None:
        raise Http404
    published = Publication.objects.filter(paper=presenters.key(found), state="published").exists()
    if not published and not _may_read(request):
        raise Http404
    return found


@public
def kept_paper(request: HttpRequest, month: str, number: int) -> HttpResponse:
    """The page as it was kept, byte for byte. Its own style sheet is allowed by its hash, and nothing else."""
    return _as_kept(_kept(request, month, number).html.read_text(encoding="utf-8"))(request)


def _as_kept(text: str) -> Any:
    sheets = re.findall(r"<style>(.*?)</style>", text, re.S)
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in sheets]

    @csp_replace({"style-src": hashes or ["'none'"], "script-src": ["'none'"], "img-src": ["data:"]})
    def shown(_request: HttpRequest) -> HttpResponse:
        return HttpResponse(text)

    return shown


@public
def paper_pdf(request: HttpRequest, month: str, number: int) -> FileResponse:
    found = _kept(request, month, number)
    if not found.pdf.exists():
        raise Http404
    return FileResponse(
        found.pdf.open("rb"), content_type="application/pdf", filename=f"board-paper-{month}-{number}.pdf"
    )


@see_papers
def paper_about(request: HttpRequest, month: str, number: int) -> HttpResponse:
    return _about(request, _kept(request, month, number), {})


def _about(request: HttpRequest, found: Kept, errors: dict[str, str], status: int = 200) -> HttpResponse:
    before = earlier_than(
        [k for k in parts.papers()[::-1] if (k.month, k.number) < (found.month, found.number)], found.month
    )
    publication = Publication.objects.filter(paper=presenters.key(found)).select_related("changed_by").first()
    return page(
        request,
        "board/paper_about.jinja",
        *([presenters.moved_grid(parts.said(found), parts.said(before))] if before else []),
        kept=found,
        called=parts.called(found),
        before=parts.called(before) if before else None,
        facts=presenters.paper_facts(found),
        publication=publication,
        version=publication.version if publication else 0,
        may_publish=may(request, Action.APPROVE, PAPERS, Purpose.BOARD),
        held=held(found.manifest["build"]) if found.manifest["build"] else [],
        decisions=BoardDecision.objects.filter(paper=presenters.key(found)),
        values={},
        errors=errors,
        crumbs=[("Board papers", reverse("papers"))],
        status=status,
    )


@approve
@require_POST
def publish(request: HttpRequest, month: str, number: int) -> HttpResponse:
    """Open a kept paper to everyone, or take it back. Not while the analyst holds what it was counted from."""
    found = _kept(request, month, number)
    state = "withdrawn" if request.POST.get("answer") == "withdraw" else "published"
    kept = Publication.objects.filter(paper=presenters.key(found)).first()
    if state == "published" and found.manifest["build"] and held(found.manifest["build"]):
        errors = {"": "The analyst holds records that this paper was counted from: ask for them to be accepted first"}
        return _about(request, found, errors, status=422)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _about(request, found, errors_of(form), status=422)
    note = form.cleaned_data["note"]
    try:
        if kept is None:
            Publication.write(by=request.user, paper=presenters.key(found), note=note, state=state)
        elif kept.state != state:
            kept.revise(by=request.user, base=base_version(request), note=note, state=state)
    except StaleSave as stale:
        return stale_page(
            request, stale, {"note": "Note", "state": "State"}, reverse("paper_about", args=[month, number])
        )
    return redirect("paper_about", month=month, number=number)


class NoteForm(forms.Form):
    note = Words(required=False)


# --- decisions --------------------------------------------------------------------------------------------------------
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
            missing = {"decision": "Write what was decided", "owner": "Name one owner", "due_on": "Say by when"}
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
        programme.proposals_grid(Proposal.objects.select_related("created_by")),
        presenters.decisions_grid(found, on=place.today()),
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
