"""The place on a page, people, claims, activity, money, milestones, inequality."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from oneplace.answers.comparing import indicators
from oneplace.report.board.paper import Block, Heading, Picture, Tiles
from oneplace.safety.decide import Action, Kind, Purpose, Subject
from oneplace.web import desk, parts, place
from oneplace.web.accounts.door import may
from oneplace.web.board import presenters
from oneplace.web.board.lists import NEIGHBOURHOODS
from oneplace.web.board.models import BoardDecision
from oneplace.web.board.views.doors import crumbs, held, sections, see_figures
from oneplace.web.components import paper as blocks
from oneplace.web.components.frame import page
from oneplace.web.components.listing import Grid
from oneplace.web.programme.models import Proposal


@see_figures
def overview(request: HttpRequest) -> HttpResponse:
    """The loop in one screen: people, need, care, plan, money, performance, outcomes."""
    last = next(iter(parts.papers()), None)
    return sections(
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


@see_figures
def people(request: HttpRequest) -> HttpResponse:
    """Who lives here, who is registered, what they need, which team has them."""
    given = [b for b in parts.section("place").blocks if not isinstance(b, Tiles)]
    return sections(
        request,
        "board/part.jinja",
        given,
        title="People, need and care",
        question="Who lives here, and what do they need?",
        crumbs=crumbs(),
    )


@see_figures
def claims(request: HttpRequest) -> HttpResponse:
    return _part_page(
        request,
        "claims",
        "Is it plausible?",
        detail=may(
            request, Action.SEE_FIGURES, Subject(Kind.FIGURES, "analysis"), Purpose.PLANNING
        ),
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
    return sections(
        request,
        "board/part.jinja",
        found.blocks,
        title=found.title,
        question=question,
        crumbs=crumbs(),
        name=name,
        **context,
    )


@see_figures
def inequality(request: HttpRequest) -> HttpResponse:
    """Who lives shorter lives, and where: the gap inside the place, then a rate on the map and by
    neighbourhood."""
    found = parts.part("inequality")
    rates = presenters.maps(found)
    choices = presenters.rate_choices(rates, desk.answer(indicators) if desk.built() else [])
    known = {id for id, _ in choices}
    chosen = (
        given
        if (given := request.GET.get("rate", "")) in known
        else (choices[0][0] if choices else None)
    )
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
        table = _neighbourhoods(presenters.RATE_FEATURES.get(chosen, chosen))
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
        crumbs=crumbs(),
        standing=desk.standing(),
    )


def _is_a_map(block: Block) -> bool:
    if isinstance(block, Heading):
        return block.title == "Where it shows"
    return isinstance(block, Picture) and block.drawing.id.startswith(("map-", "fifths-"))


def _neighbourhoods(what: str) -> Grid:
    found = parts.leaving(what, "neighbourhood")
    return NEIGHBOURHOODS.of(found.get("rows", ()), found=found)
