"""The one door of the site: gather how the reader stands to what they ask for, decide, write the
audit, then open.

`opens(action, kind, ...)` on a view is the only way to say who may see it; a view without it, or
without `anyone` or `signed_in`, fails the walk over all addresses. A refusal raises Http404, so it
looks exactly like a missing page; only who would be let in but for the person's own wish is told so
(`Kept`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from oneplace.safety.decide import (
    Action,
    Actor,
    Decision,
    Kind,
    OptOut,
    Purpose,
    Relationship,
    Subject,
    Tie,
    decide,
)
from oneplace.web import desk
from oneplace.web.accounts import audit
from oneplace.web.accounts.models import BrokenGlass, Standing, User
from oneplace.web.history import statements

NOBODY = Actor("")
ENOUGH = frozenset({Tie.CARE_TEAM, Tie.REGISTERED_PRACTICE, Tie.SELF})
# A person's own care is never a planner's purpose: which purpose each role comes with when a page
# allows several.
PURPOSES = {
    "coordinator": Purpose.DIRECT_CARE,
    "clinician": Purpose.DIRECT_CARE,
    "resident": Purpose.DIRECT_CARE,
    "board": Purpose.BOARD,
}


# The policies that hold for a person's own wish, and that wish in words.
WISHES = {
    "sharing-opt-out": "Kept with the practice at the person’s wish",
    "planning-opt-out": "Not shown for planning at the person’s wish",
}


# What opened through broken glass says so on its page, with the time left.
THROUGH_GLASS = frozenset({"break-glass", "advance-care-through-broken-glass"})


# What a room knows of how an account's standings tie it to a subject on a moment.
Ties = Callable[[list[Standing], Subject, dt.datetime], list[Relationship]]
_rooms: list[Ties] = []


def also_tied_by(room: Ties) -> None:
    """A room says how its own entries tie an account to a person; asked where nearer ties do not
    hold."""
    _rooms.append(room)


class RefusedByWish(Http404):
    """Refused by the person's own wish to somebody to whom it would open without it: `wish` says so
    in words."""

    def __init__(self, wish: str):
        super().__init__(wish)
        self.wish = wish


@dataclass(frozen=True)
class Opening:
    """What a page opens to. `subject` names the argument of the address that names the subject, or
    is a fixed word."""

    action: Action | None = None
    kind: Kind | None = None
    purposes: tuple[Purpose, ...] = ()
    subject: str = ""
    everyone: bool = False

    def purpose_of(self, user: User | None) -> Purpose:
        usual = PURPOSES.get(user.role, Purpose.PLANNING) if user else Purpose.PUBLIC
        return usual if usual in self.purposes else self.purposes[0]


ANYONE, SIGNED_IN = Opening(everyone=True), Opening()


def anyone(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Open to the public: holds nothing about anybody."""
    view.opening = ANYONE
    return view


def signed_in(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Open to any account: a page about the reader's own account or a page of links."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    checked.opening = SIGNED_IN
    return checked


def opens(
    action: Action, kind: Kind, *purposes: Purpose, subject: str = ""
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """The view opens to whoever `decide` allows this action; the decision stays on the request."""
    opening = Opening(action, kind, purposes, subject)

    def bind(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated and Purpose.PUBLIC not in purposes:
                return redirect_to_login(request.get_full_path())
            named = str(kwargs.get(subject, subject))
            user = request.user if request.user.is_authenticated else None
            request.decision = door(
                request, action, subject_of(kind, named), opening.purpose_of(user)
            )
            return view(request, *args, **kwargs)

        checked.opening = opening
        return checked

    return bind


def subject_of(kind: Kind, named: str) -> Subject:
    """What is asked about, with the sensitivity and opt-outs that the records hold for a person."""
    subject = Subject(kind, named)
    if kind is not Kind.PERSON:
        return subject
    found = desk.place_of(int(named))
    if found is None:
        return subject
    return replace(
        subject,
        sensitivity=found.sensitivity,
        opt_outs=found.opt_outs | _refused(int(named)),
    )


def _refused(person_id: int) -> frozenset[OptOut]:
    """What this person refuses, as it stands now: an objection binds from the moment it is written.
    Asked at every door to a person, so by plain SQL, at a fifth of what the ORM costs."""
    return frozenset(
        OptOut(what) for what in statements.refused_by(person_id) if what in set(OptOut)
    )


def door(request: HttpRequest, action: Action, subject: Subject, purpose: Purpose) -> Decision:
    """Decide and write the audit; raises Http404 when refused (`Kept` where it is the person's
    wish), whatever the audit raises when it cannot be written."""
    user = request.user if request.user.is_authenticated else None
    decision = decided(user, action, subject, purpose, request=request.id)
    if not decision.allowed:
        wish = next((said for policy, said in WISHES.items() if policy in decision.policies), "")
        if wish and may(request, action, replace(subject, opt_outs=frozenset()), purpose):
            raise RefusedByWish(wish)
        raise Http404
    if user and THROUGH_GLASS.intersection(decision.policies):
        request.glass = BrokenGlass.open_now(user, int(subject.id), timezone.now())
    return decision


def decided(
    user: User | None, action: Action, subject: Subject, purpose: Purpose, *, request: str
) -> Decision:
    """The decision, written to the audit before anybody acts on it; the command line comes in here
    too."""
    now = timezone.now()
    ties = relationships(user, subject, now=now) if user else []
    actor = user.actor if user else NOBODY
    decision = decide(actor, action, subject, purpose, ties, now=now)
    personal = subject.kind in (Kind.PERSON, Kind.CASELOAD, Kind.OVERSIGHT)
    if "audit" in decision.obligations or (personal and not decision.allowed):
        audit.write(actor, action, subject, purpose, decision, at=now, request=request)
    return decision


def may(request: HttpRequest, action: Action, subject: Subject, purpose: Purpose) -> bool:
    """Would the door open? For menus and buttons only: it opens nothing and writes nothing."""
    user = request.user if request.user.is_authenticated else None
    now = timezone.now()
    ties = relationships(user, subject, now=now) if user else []
    return decide(user.actor if user else NOBODY, action, subject, purpose, ties, now=now).allowed


def relationships(user: User, subject: Subject, *, now: dt.datetime) -> list[Relationship]:
    """How this account stands to this subject: its own ties, and through the team or practice that
    a person has."""
    standings = list(Standing.objects.filter(user=user))
    if subject.kind is not Kind.PERSON:
        return [s.relationship() for s in standings if s.subject == subject.id]
    found = desk.place_of(int(subject.id))
    ties = []
    for s in standings:
        if s.subject == subject.id:
            ties.append(s.relationship())
        elif found and (
            (s.tie == Tie.CARE_TEAM and s.subject == found.team_code)
            or (s.tie == Tie.REGISTERED_PRACTICE and s.subject == found.practice_code)
        ):
            ties.append(s.relationship(subject.id))
    # Whoever has one of these now gains nothing from an agenda or from broken glass, so neither is
    # looked for; unless
    # the person shares with their practice alone, which only broken glass gets past.
    enough = any(t.tie in ENOUGH and t.holds(subject=subject.id, now=now) for t in ties)
    if enough and OptOut.SHARING not in subject.opt_outs:
        return ties
    found = [tie for ties_of in _rooms for tie in ties_of(standings, subject, now)]
    return ties + found + _through_broken_glass(user, subject, now)


def _through_broken_glass(user: User, subject: Subject, now: dt.datetime) -> list[Relationship]:
    b = BrokenGlass.open_now(user, int(subject.id), now)
    found = (
        Relationship(
            tie=Tie.BREAK_GLASS, subject=subject.id, since=b.at, until=b.until, reason=b.reason
        )
        if b
        else None
    )
    return [found] if found else []
