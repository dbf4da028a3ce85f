"""Whom one reader sees on a list: the same decision as at the door, asked for everybody on it who
refuses something.

In: the reader and the purpose of the list. Out: a `Sight`; every list, sheet, file and count about
people is answered through one, so that what a person refuses holds on a page that nobody thought of
when the wish was written. Where nobody is named, everybody who refuses anything is out of sight.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, TypeVar

from django.utils import timezone

from oneplace.answers import last_phase, refusals
from oneplace.answers.people import documents, register_size
from oneplace.safety.decide import Action, Kind, OptOut, Purpose, Relationship, Subject, Tie, decide
from oneplace.web import desk
from oneplace.web.accounts.door import NOBODY, PURPOSES, relationships, subject_of
from oneplace.web.accounts.models import Standing, User
from oneplace.web.history import statements

T = TypeVar("T")
BY_ENTRY: Callable[[Any], int] = lambda row: row.person_id  # noqa: E731  what most rows about a person are asked for


def refused_by_everybody() -> dict[int, frozenset[str]]:
    """Who refuses what, as it stands now: one statement for a page."""
    found: dict[int, set[str]] = {}
    for person, what in statements.refused():
        found.setdefault(person, set()).add(what)
    return {person: frozenset(what) for person, what in found.items()}


class Sight:
    """What a reader sees of people on lists, at one moment."""

    def __init__(self, user: User | None, purpose: Purpose, *, now: dt.datetime):
        self.user, self.purpose, self.now = user, purpose, now
        self._known: dict[int, str] = {}
        self._decided: dict[tuple[Any, ...], bool] = {}

    @cached_property
    def refused(self) -> dict[int, frozenset[str]]:
        return refused_by_everybody()

    @cached_property
    def mark(self) -> str:
        """A name for what this reader sees: another as soon as the reader's ties or anybody's
        wishes are others."""
        ties = sorted(
            (s.tie, s.subject) for s in self._standings if self._tied(Tie(s.tie), s.subject)
        )
        said = (
            self.user and self.user.pk,
            self.purpose,
            ties,
            sorted((p, sorted(w)) for p, w in self.refused.items()),
        )
        return hashlib.sha256(repr(said).encode()).hexdigest()

    @cached_property
    def _standings(self) -> list[Standing]:
        return list(Standing.objects.filter(user=self.user)) if self.user else []

    def last_phase(self, team: str) -> bool:
        """May the reader see on this team's list who is thought to be dying? The door decides, as
        for a person."""
        if self.user is None or not self.user.trained:
            return False
        subject = Subject(Kind.CASELOAD, team)
        ties = [s.relationship() for s in self._standings if s.subject == team]
        return decide(
            self.user.actor, Action.SEE_END_OF_LIFE, subject, self.purpose, ties, now=self.now
        ).allowed

    def last_phase_of(self, person: int) -> bool:
        """The same of one person whose page is open."""
        if self.user is None or not self.user.trained:
            return False
        subject = subject_of(Kind.PERSON, str(person))
        ties = relationships(self.user, subject, now=self.now)
        return decide(
            self.user.actor, Action.SEE_END_OF_LIFE, subject, self.purpose, ties, now=self.now
        ).allowed

    # --- one person ---------------------------------------------------------------------------------------------------
    def wish(self, person: int) -> str:
        """The wish that keeps the person from this reader, or nothing."""
        wishes = self.refused.get(person)
        if not wishes:
            return ""
        if person not in self._known:
            self._known[person] = self._asked(person, wishes)
        return self._known[person]

    def shows(self, person: int) -> bool:
        return not self.wish(person)

    def lists_by_risk(self, person: int) -> bool:
        """May the person stand on a list by risk before this reader? Refusing that binds every
        reader."""
        return "risk" not in self.refused.get(person, ()) and self.shows(person)

    def discusses(self, person: int) -> bool:
        """May a team's meeting discuss the person? Not whoever refuses the list or shares with
        their practice alone."""
        return not self.refused.get(person, frozenset()) & {"risk", "sharing"} and self.shows(
            person
        )

    # --- many ---------------------------------------------------------------------------------------------------------
    def of(self, rows: Iterable[T], person: Callable[[T], int] = BY_ENTRY) -> list[T]:
        """The rows about people whom the reader sees."""
        return [r for r in rows if self.shows(person(r))]

    def register(self, listed: dict[str, Any], people: Mapping[int, Any]) -> dict[str, Any]:
        """A team's whole register as this reader sees it; its lines still add up. `people` are the
        register's, by pseudonym."""
        out = self.refused.keys() & people.keys()
        kept = {p: self.wish(p) or "risk" for p in out if not self.lists_by_risk(p)}
        return refusals.without(listed, kept) if kept else listed

    def kept(self, people: Iterable[int], *, by_risk: Mapping[int, Any]) -> Counter[str]:
        """How many of these are kept from the reader, by wish; of those listed `by_risk` also who
        refuses that."""
        found = {p: w for p in self.refused.keys() & {*people} if (w := self.wish(p))}
        found |= {
            p: self.wish(p) or "risk"
            for p in self.refused.keys() & by_risk.keys()
            if not self.lists_by_risk(p)
        }
        return Counter(found.values())

    def explained(self, found: dict[str, Any]) -> dict[str, Any]:
        """Why a person stands where they stand, as far as the reader sees it."""
        person = int(found["person"])
        if not self.last_phase_of(person):
            found = last_phase.from_explanation(documents(desk.session()), found)
        if not self.lists_by_risk(person):
            return refusals.unlisted(found)
        line = found["caseload"]
        if not line or not line["rank"]:
            return found
        own = register_size(desk.session().seen_by(self), line["team_code"])
        return {**found, "caseload": {**line, "register": own}}

    def _asked(self, person: int, wishes: frozenset[str]) -> str:
        circles = frozenset(OptOut(w) for w in wishes if w in set(OptOut))
        if not circles:
            return ""
        at = desk.place_of(person)
        own_practice = bool(at) and self._tied(Tie.REGISTERED_PRACTICE, at.practice_code)
        # Whoever died or moved has no team any more: what tells who came and who went is the
        # reader's own team's, and it is the wish alone that is asked about here. That the reader
        # may open the list or the person the door has decided.
        own_team = any(self._tied(Tie.CARE_TEAM, s.subject) for s in self._standings)
        key = (circles, own_practice, own_team)
        if key not in self._decided:
            self._decided[key] = self._decide(person, circles, own_practice, own_team)
        return "" if self._decided[key] else refusals.first_wish(wishes - {"risk"})

    def _decide(
        self, person: int, circles: frozenset[OptOut], own_practice: bool, own_team: bool
    ) -> bool:
        subject = Subject(Kind.PERSON, str(person), opt_outs=circles)
        held = [Tie.REGISTERED_PRACTICE] * own_practice + [Tie.CARE_TEAM] * own_team
        ties = [Relationship(tie=t, subject=subject.id, since=self.now) for t in held]
        actor = self.user.actor if self.user else NOBODY
        return decide(actor, Action.SEE_PERSON, subject, self.purpose, ties, now=self.now).allowed

    def _tied(self, tie: Tie, subject: str | None) -> bool:
        """Whether the reader has this tie now, to the person's own practice or team."""
        return subject is not None and any(
            s.tie == tie and s.relationship().holds(subject=subject, now=self.now)
            for s in self._standings
        )


def sight_for(user: User | None) -> Sight:
    """The sight of an account for the purpose of its role; nobody sees nobody that refuses
    anything."""
    purpose = PURPOSES.get(user.role, Purpose.PLANNING) if user else Purpose.PUBLIC
    return Sight(user, purpose, now=timezone.now())


def sight_of(request: Any) -> Sight:
    """The sight of whoever asks; made once for a request."""
    if not hasattr(request, "sight"):
        request.sight = sight_for(request.user if request.user.is_authenticated else None)
    found: Sight = request.sight
    return found
