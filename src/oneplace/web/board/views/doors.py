"""Whom the pages of the board open to, and what every one of them has around it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from oneplace.safety.decide import Action, Kind, Purpose
from oneplace.web import desk, parts
from oneplace.web.accounts.door import opens
from oneplace.web.analyst.models import FeedDecision
from oneplace.web.components import paper as blocks
from oneplace.web.components.frame import page

BOTH = (Purpose.PLANNING, Purpose.BOARD)
# Whoever opens a page of the board sees what the board sees: figures made ready to leave the place.
see_figures = opens(Action.SEE_FIGURES, Kind.FIGURES, Purpose.BOARD, subject="figures")
see_papers = opens(Action.SEE_PAPERS, Kind.PROGRAMME, *BOTH, subject="papers")
see_plan = opens(Action.SEE_PLAN, Kind.PROGRAMME, *BOTH, subject="plan")
decide = opens(Action.DECIDE, Kind.PROGRAMME, Purpose.BOARD, subject="decisions")
ask = opens(Action.EDIT_PAPERS, Kind.PROGRAMME, Purpose.PLANNING, subject="decisions")
approve = opens(Action.APPROVE, Kind.PROGRAMME, Purpose.BOARD, subject="plan")
public = opens(Action.SEE_FIGURES, Kind.FIGURES, Purpose.PUBLIC, subject="papers")


def sections(request: HttpRequest, template: str, given: Any, **context: Any) -> HttpResponse:
    """A page of the paper's blocks: the tables sort and give their CSV, every figure opens its own
    story."""
    found = blocks.shown(given, moves=parts.moves())
    return page(
        request,
        template,
        *found.grids,
        blocks=found.blocks,
        standing=desk.standing(),
        **context,
    )


def held(build: str | None = None) -> list[FeedDecision]:
    """Feeds of the build that the analyst does not want published from."""
    return list(
        FeedDecision.objects.filter(build=build or desk.session().build_id or "", state="held"),
    )


def crumbs() -> list[tuple[str, str]]:
    return [("The place on a page", reverse("overview"))]
