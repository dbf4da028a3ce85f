"""A team's state: what the build says and what the team wrote, once for every page of the team and
as its reader sees it. All counts come from here, and nobody whom a wish keeps from the reader
(`accounts.sight`) is in any of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse

from oneplace.answers import Session, agenda, list_changes, people, record, refusals
from oneplace.answers.last_phase import from_register
from oneplace.answers.rests import DAY, rests_on
from oneplace.safety.decide import Action as Do
from oneplace.web import desk, place
from oneplace.web.accounts.sight import Sight, sight_for
from oneplace.web.components.tiles import tile
from oneplace.web.neighbourhood import actions
from oneplace.web.neighbourhood.doors import opened
from oneplace.web.neighbourhood.kinds import NOTE_KINDS
from oneplace.web.neighbourhood.models import Action, Agenda, AgendaLine, Note, Request, Review

MOST_NAMES = 25
ON_LISTS = (*(k.key for k in NOTE_KINDS.values() if k.on_lists), "key_worker")


def team_list(team: str, *, last_phase: bool = False) -> dict[str, Any]:
    """The team's whole register, from the build; 404 for a team that has none. Who is thought to be
    dying stands in it only for trained clinicians (`last_phase`)."""
    if not desk.built() or team not in desk.answer(people.teams):
        raise Http404
    return desk.answer(_register, team, last_phase)


@rests_on(DAY)
def _register(session: Session, team: str, last_phase: bool) -> dict[str, Any]:
    if last_phase:
        return people.caseload(session, team, whole=True)
    return from_register(session, people.documents(session), desk.answer(_register, team, True))


def team_state(team: str, sight: Sight | None = None) -> dict[str, Any]:
    """What the team wrote and what the build says, as far as the reader sees it; without one,
    nobody who refuses anything."""
    sight = sight or sight_for(None)
    trained = sight.last_phase(team)
    on, whole, everybody = (
        place.today(),
        team_list(team, last_phase=trained),
        by_person(team, last_phase=trained),
    )
    listed = sight.register(whole, everybody)
    every_review = Review.objects.filter(team_code=team).order_by("reviewed_on", "id")
    every_action = Action.objects.filter(team_code=team)
    waiting = sight.of(a for a in every_action if a.state == "open")
    asked = list(Request.objects.filter(team_code=team, state="asked").order_by("asked_on", "id"))
    changes = {
        c.id: c for c in sight.of(actions.waiting_changes(team)) if sight.discusses(c.person_id)
    }
    top = [p for p in whole["people"] if p["on_agenda"]]
    following = agenda.upcoming(
        desk.session().seen_by(sight),
        team,
        on,
        top,
        lambda c: f"added by {changes[c['id']].created_by.name}: {c['reason']}",
    )
    frozen = Agenda.objects.filter(pk=following.frozen).first() if following.frozen else None
    seen = set(
        Agenda.objects.filter(team_code=team)
        .exclude(pk=frozen.pk if frozen else None)
        .values_list("lines__person_id", flat=True)
    )
    return {
        "on": on,
        "listed": listed,
        "reviews": {r.person_id: r for r in sight.of(every_review)},
        "open": waiting,
        "overdue": Counter(a.person_id for a in waiting if a.due_on < on),
        "in_hospital": desk.answer(_in_hospital, team),
        "agenda": frozen,
        "slots": [x for x in frozen.lines.all() if x.person_id in following.lines]
        if frozen
        else following.slots,
        "gone": following.gone,
        "next": following.slots,
        "seen": seen,
        "taken_off": {c.person_id: c for c in changes.values() if c.what == "taken_off"},
        "kept": refusals.in_words(
            sight.kept(
                (e.person_id for e in [*every_review, *every_action, *asked]), by_risk=everybody
            )
        ),
        "requests": sight.of(asked),
        "by_person": everybody,
        "sight": sight,
    }


def lines_of(frozen: Agenda, sight: Sight) -> list[AgendaLine]:
    """The people on a frozen agenda as the reader sees it now: whoever refused since it was frozen
    left it at once."""
    return [line for line in frozen.lines.all() if sight.discusses(line.person_id)]


def by_person(team: str, *, last_phase: bool = False) -> dict[int, Any]:
    """The lines of the team's whole register by pseudonym."""
    team_list(team)
    return desk.answer(_by_person, team, last_phase)


@rests_on(DAY)
def _by_person(_session: Session, team: str, last_phase: bool) -> dict[int, Any]:
    return {int(p["person"]): p for p in team_list(team, last_phase=last_phase)["people"]}


@rests_on(DAY)
def _in_hospital(session: Session, team: str) -> frozenset[int]:
    return record.in_hospital(session, by_person(team))


NAMES = (
    "registered with the team",
    "on the register",
    "on the agenda",
    "open actions",
    "overdue actions",
    "requests to answer",
)


def counts(team: str, sight: Sight) -> list[dict[str, Any]]:
    """The team's figures as the reader sees them, each with its name and its page."""
    figures = desk.figures("list", team, reader=sight)
    nine, after = reverse("nine_o_clock", args=[team]), reverse("after", args=[team])
    caseload = reverse("caseload", args=[team])
    pages = (caseload + "#reconciles", caseload, nine, after, after, after + "#requests")
    ids = ("registered", "register", "agenda", "actions", "overdue", "requests")
    return [
        tile(figures.get(f"list.{team}.{id}"), name, href=href)
        for id, name, href in zip(ids, NAMES, pages, strict=True)
    ]


def notes_on(about: Iterable[int]) -> dict[int, list[Note]]:
    """What stands beside these people on a list: alerts, communication, key worker."""
    found: dict[int, list[Note]] = {}
    for note in Note.objects.filter(
        person_id__in=list(about), kind_of__in=ON_LISTS, state="current"
    ):
        found.setdefault(note.person_id, []).append(note)
    return found


def names_for(request: HttpRequest, listed: list[int]) -> dict[int, dict[str, Any]]:
    """Names, each through the door and so each with its audit row; only when the reader asks for
    them. Whoever shares with their practice alone keeps their pseudonym."""
    if not request.GET.get("names"):
        return {}
    return desk.identities([p for p in listed[:MOST_NAMES] if opened(request, p, Do.IDENTIFY)])


def person_named(team: str, typed: str) -> int | None:
    """Who of the team's register this number means: a pseudonym, its last six digits as lists show
    them if only one person has them, or an NHS number. Called behind the team's door, which has
    written its audit row; whoever is found is then opened through their own."""
    digits = "".join(c for c in typed if c.isascii() and c.isdigit())
    listed = by_person(team)
    if len(digits) == 10:
        found = desk.person_with(digits)
        return found if found in listed else None
    if len(digits) == 6:
        ends = [p for p in listed if str(p).endswith(digits)]
        return ends[0] if len(ends) == 1 else None
    return int(digits) if 10 < len(digits) < 20 and int(digits) in listed else None


def last_changes(team: str, sight: Sight) -> dict[str, Any] | None:
    """Joiners and leavers as the reader sees them, since the build that the last meeting's agenda
    was taken from, or else since the build before this one; None when no earlier build keeps its
    rows."""
    earlier = desk.answer(list_changes.earlier_builds)
    if not earlier:
        return None
    held = (
        Agenda.objects.filter(team_code=team, meets_on__lte=place.today())
        .order_by("-meets_on")
        .first()
    )
    before = next((b for b in earlier if held and b.id == held.build), earlier[0])
    return desk.answer_to(sight, list_changes.list_changes, team, before)
