"""Whom a practice looks after alone: the people who share their record with nobody beyond it.

The neighbourhood team sees nothing of them, so what falls due about them is the practice's: alerts
for whoever visits, open actions, requests, reviews. In: the practice. Out: one page, and what it
owes on the first page of whoever works there.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from oneplace.report import words as paper
from oneplace.safety.decide import Action as Do
from oneplace.safety.decide import Kind, Purpose, Tie
from oneplace.web import desk, place
from oneplace.web.accounts.door import opens, signed_in
from oneplace.web.accounts.models import Standing, User
from oneplace.web.accounts.sight import Sight, sight_for, sight_of
from oneplace.web.components.frame import page
from oneplace.web.components.listing import Column, Listing, to
from oneplace.web.components.notation import SHORT_DAY
from oneplace.web.directory.shelf import service_name
from oneplace.web.neighbourhood import lists, presenters
from oneplace.web.neighbourhood.models import Action, Note, Request, Review
from oneplace.web.neighbourhood.team import names_for

ALERTS = Listing(
    "alerts",
    "Alerts for whoever visits",
    lists.person_column(),
    Column("alert", "Alert", "words", link=to("note", "pk")),
    Column(
        "again",
        "Look again on",
        "on_day",
        SHORT_DAY,
        beside=lambda n, c: "due" if n.on_day <= c.on else None,
    ),
    Column("by", "By", "changed_by.name"),
    sortable=False,
    empty="No alert is written down about them.",
)

REVIEWS_DUE = Listing(
    "reviews_due",
    "Reviews due",
    lists.person_column(),
    Column("on", "Review due", "next_review_on"),
    sortable=False,
    empty="No review is due.",
)

own_practice = opens(Do.SEE_PRACTICE_LIST, Kind.CASELOAD, Purpose.DIRECT_CARE, subject="practice")


def kept_here(practice: str, sight: Sight) -> list[int]:
    """The practice's people who share with it alone."""
    alone = (p for p, what in sight.refused.items() if "sharing" in what and sight.shows(p))
    return sorted(p for p in alone if (desk.standing_of(p) or {}).get("practice_code") == practice)


def state_of(practice: str, sight: Sight, on: dt.date) -> dict[str, Any]:
    """What the practice owns about them, the team's part included: nobody else sees it."""
    people = kept_here(practice, sight)
    reviews = {
        r.person_id: r
        for r in Review.objects.filter(person_id__in=people).order_by("reviewed_on", "id")
    }
    notes = Note.objects.filter(
        person_id__in=people, state="current", kind_of="alert"
    ).select_related(
        "changed_by",
    )
    return {
        "people": people,
        "alerts": list(notes),
        "open": list(Action.objects.filter(person_id__in=people, state="open")),
        "asked": list(Request.objects.filter(person_id__in=people, state="asked")),
        "due": [r for r in reviews.values() if r.next_review_on and r.next_review_on <= on],
    }


def owed(state: dict[str, Any], on: dt.date) -> int:
    """How many things are due: overdue actions, requests without an answer, reviews, alerts to look
    at again."""
    late = sum(a.due_on < on for a in state["open"]) + sum(
        bool(n.on_day) and n.on_day <= on for n in state["alerts"]
    )
    return late + len(state["asked"]) + len(state["due"])


def kept_with_practices(user: User, on: dt.date) -> list[tuple[str, str]]:
    """For the first page: what is due about people whom the reader's practices keep to
    themselves."""
    if not desk.built():
        return []
    ties = Standing.objects.filter(user=user, tie=Tie.REGISTERED_PRACTICE.value).values_list(
        "subject",
        flat=True,
    )
    sight, found = sight_for(user), []
    for practice in ties:
        due = owed(state_of(practice, sight, on), on)
        if due:
            said = f"{paper.plural(due, 'thing')} due about people whom the practice keeps to itself at their wish"
            found.append((said, reverse("practice_kept", args=[practice])))
    return found


@signed_in
def practices(request: HttpRequest) -> HttpResponse:
    """The practices that the reader works at; with one, straight to whom it looks after alone."""
    if request.user.role not in ("coordinator", "clinician"):
        raise Http404
    ties = Standing.objects.filter(user=request.user, tie=Tie.REGISTERED_PRACTICE.value)
    mine = list(ties.values_list("subject", flat=True))
    if len(mine) == 1 and desk.built():
        return redirect("practice_kept", practice=mine[0])
    return page(request, "neighbourhood/practices.jinja", practices=mine)


@own_practice
def practice_kept(request: HttpRequest, practice: str) -> HttpResponse:
    """Whom do we look after alone, and what falls due?"""
    if not desk.built():
        raise Http404
    on, sight = place.today(), sight_of(request)
    state = state_of(practice, sight, on)
    names = names_for(request, state["people"])
    known = {r["practice_code"]: r["practice_name"] for r in desk.session().place.rows("practices")}
    return page(
        request,
        "neighbourhood/practice_kept.jinja",
        ALERTS.of(state["alerts"], on=on, names=names),
        lists.ACTIONS.of(state["open"], on=on, names=names, caption="Open actions"),
        lists.REQUESTS.of(state["asked"], service_name=service_name),
        REVIEWS_DUE.of(state["due"], names=names),
        name=known.get(practice, practice),
        people=[
            (p, presenters.name_of(names.get(p)) or presenters.short(p)) for p in state["people"]
        ],
        due=owed(state, on),
        names=bool(names),
        standing=desk.standing(),
    )
