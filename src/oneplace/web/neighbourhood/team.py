"""A team's state: what the build says and what the team wrote, once for every page of the team and
as its reader sees it. All counts come from here, and nobody whom a wish keeps from the reader
(`accounts.sight`) is in any of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse

from oneplace.answers import list_changes, record, refusals
from oneplace.answers import people as people_answers
from oneplace.answers.last_phase import from_register
from oneplace.answers.people import documents
from oneplace.report import words as paper
from oneplace.safety.decide import Action as Do
from oneplace.web import desk, place
from oneplace.web.accounts.sight import Sight, sight_for
from oneplace.web.neighbourhood import actions, agenda
from oneplace.web.neighbourhood.doors import opened
from oneplace.web.neighbourhood.kinds import NOTE_KINDS
from oneplace.web.neighbourhood.models import Action, Agenda, AgendaLine, Note, Request, Review

MOST_NAMES = 25
ON_LISTS = (*(k.key for k in NOTE_KINDS.values() if k.on_lists), "key_worker")


def team_list(team: str, *, last_phase: bool = False) -> dict[str, Any]:
    """The team's whole register, from the build; 404 for a team that has none. Who is thought to be
    dying stands in it only for trained clinicians (`last_phase`)."""
    if not desk.built() or team not in desk.answer("teams", lambda v: people_answers.teams(v)):
        raise Http404
    on = place.today()
    whole: dict[str, Any] = desk.answer(
        f"caseload {team} on {on}", lambda v: people_answers.caseload(v, team, whole=True)
    )
    return (
        whole
        if last_phase
        else desk.answer(f"caseload {team} on {on} without dying", lambda v: from_register(v, documents(v), whole))
    )


def team_state(team: str, sight: Sight | None = None) -> dict[str, Any]:
    """What the team wrote and what the build says, as far as the reader sees it; without one,
    nobody who refuses anything."""
    sight = sight or sight_for(None)
    trained = sight.last_phase(team)
    on, whole, everybody = place.today(), team_list(team, last_phase=trained), by_person(team, last_phase=trained)
    listed = sight.register(whole, everybody)
    every_review, every_action = Review.objects.filter(team_code=team), Action.objects.filter(team_code=team)
    written = [*every_review, *every_action]
    reviews = agenda.last_reviews(sight.of(every_review))
    waiting = sight.of(a for a in every_action if a.state == "open")
    overdue = Counter(a.person_id for a in waiting if a.due_on < on)
    asked = list(Request.objects.filter(team_code=team, state="asked").order_by("asked_on", "id"))
    first = desk.answer(f"agenda {team} {trained} on {on}", lambda _: [p for p in whole["people"] if p["on_agenda"]])
    top = [p for p in first if sight.discusses(int(p["person"]))]
    inside = desk.answer(f"in hospital {team} on {on}", lambda v: record.in_hospital(v, everybody))
    frozen = Agenda.objects.filter(team_code=team, meets_on__gte=on).exclude(state="draft").order_by("meets_on").first()
    seen = set(
        Agenda.objects.filter(team_code=team)
        .exclude(pk=frozen.pk if frozen else None)
        .values_list("lines__person_id", flat=True)
    )
    changes = [c for c in sight.of(actions.waiting_changes(team)) if sight.discusses(c.person_id)]
    taken_off = {c.person_id: c for c in changes if c.what == "taken_off"}
    discussed = {p: r for p, r in reviews.items() if sight.discusses(p)}
    late = {p: n for p, n in overdue.items() if sight.discusses(p)}
    carried = [p for p, r in discussed.items() if r.outcome == "carried"]
    due = [p for p, r in discussed.items() if r.next_review_on and r.next_review_on <= on]
    added = {c.person_id: f"added by {c.created_by.name}: {c.reason}" for c in changes if c.what == "added"}
    lines = lines_of(frozen, sight) if frozen else []
    off_the_list = {*late, *carried, *due, *added, *(x.person_id for x in lines)} - everybody.keys()
    gone = gone_from(team, off_the_list)
    slots = agenda.proposed(
        top,
        overdue=late,
        carried=carried,
        due=due,
        in_hospital=inside,
        stepped_down=[p for p, r in reviews.items() if r.outcome == "stepped_down"],
        seen_before=seen,
        added=added,
        left_out={*taken_off, *gone},
        most=max(len(top), agenda.MOST),
    )
    return {
        "on": on,
        "listed": listed,
        "reviews": reviews,
        "open": waiting,
        "overdue": overdue,
        "in_hospital": inside,
        "agenda": frozen,
        "slots": [x for x in lines if x.person_id not in gone] if frozen else slots,
        "gone": gone,
        "next": slots,
        "seen": seen,
        "taken_off": taken_off,
        "kept": refusals.in_words(sight.kept((e.person_id for e in [*written, *asked]), by_risk=everybody)),
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
    listed = team_list(team, last_phase=last_phase)["people"]
    found: dict[int, Any] = desk.answer(
        f"by person {team} {last_phase} on {place.today()}", lambda _: {int(p["person"]): p for p in listed}
    )
    return found


def figures_of(state: dict[str, Any]) -> dict[str, int]:
    """The team's figures by their ids: what every page of the team and the page about each figure
    say."""
    parts, team = state["listed"]["reconciles"], state["listed"]["team"]
    found = {
        "registered": parts["registered"],
        "register": parts["register"],
        "agenda": len(state["slots"]),
        "actions": len(state["open"]),
        "overdue": sum(state["overdue"].values()),
        "requests": len(state["requests"]),
    }
    return {f"list.{team}.{what}": n for what, n in found.items()}


NAMES = ("registered with the team", "on the register", "on the agenda", "open actions", "overdue actions", "requests to answer")  # fmt: skip


def counts(state: dict[str, Any]) -> list[dict[str, Any]]:
    """The same with their names and the page of each."""
    team = state["listed"]["team"]
    nine, after = reverse("nine_o_clock", args=[team]), reverse("after", args=[team])
    caseload = reverse("caseload", args=[team])
    pages = (caseload + "#reconciles", caseload, nine, after, after, after + "#requests")
    return [
        {"value": paper.number(n), "name": name, "href": href, "figure": id}
        for (id, n), name, href in zip(figures_of(state).items(), NAMES, pages, strict=True)
    ]


def notes_on(people: Iterable[int]) -> dict[int, list[Note]]:
    """What stands beside these people on a list: alerts, communication, key worker."""
    found: dict[int, list[Note]] = {}
    for note in Note.objects.filter(person_id__in=list(people), kind_of__in=ON_LISTS, state="current"):
        found.setdefault(note.person_id, []).append(note)
    return found


def names_for(request: HttpRequest, people: list[int]) -> dict[int, dict[str, Any]]:
    """Names, each through the door and so each with its audit row; only when the reader asks for
    them. Whoever shares with their practice alone keeps their pseudonym."""
    if not request.GET.get("names"):
        return {}
    return desk.identities([p for p in people[:MOST_NAMES] if opened(request, p, Do.IDENTIFY)])


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
    earlier = desk.answer("earlier builds", list_changes.earlier_builds)
    if not earlier:
        return None
    held = Agenda.objects.filter(team_code=team, meets_on__lte=place.today()).order_by("-meets_on").first()
    before = next((b for b in earlier if held and b.id == held.build), earlier[0])
    return desk.answer(
        f"changes {team} {before.id} on {place.today()}", lambda v: list_changes.list_changes(v, team, before), sight
    )


def gone_from(team: str, people: Iterable[int]) -> dict[int, str]:
    """Who of the people that the team follows has died or moved, in words."""
    followed = tuple(sorted(set(people)))
    return desk.answer(
        f"gone {team} {followed} on {place.today()}",
        lambda v: list_changes.gone(v, team, followed),
    )
