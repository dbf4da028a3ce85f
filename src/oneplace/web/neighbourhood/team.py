"""A team's state: what the build says and what the team wrote, once for every page of the team. All counts come from here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse

from oneplace.report import words as paper
from oneplace.safety.decide import Action as Do
from oneplace.visit import list_changes, record
from oneplace.web import desk
from oneplace.web.config import place
from oneplace.web.neighbourhood import actions, agenda
from oneplace.web.neighbourhood.doors import opened
from oneplace.web.neighbourhood.kinds import NOTE_KINDS
from oneplace.web.neighbourhood.models import Action, Agenda, Note, Objection, Request, Review

MOST_NAMES = 25
ON_LISTS = (*(k.key for k in NOTE_KINDS.values() if k.on_lists), "key_worker")


def team_list(team: str) -> dict[str, Any]:
    """The team's whole register, from the build; 404 for a team that has none."""
    if not desk.built() or team not in desk.answer("teams", lambda v: v.teams()):
        raise Http404
    return desk.answer(f"caseload {team} on {place.today()}", lambda v: v.caseload(team, whole=True))


def team_state(team: str) -> dict[str, Any]:
    """What the team wrote and what the build says."""
    on, listed = place.today(), team_list(team)
    reviews = agenda.last_reviews(Review.objects.filter(team_code=team))
    waiting = list(Action.objects.filter(team_code=team, state="open"))
    overdue = Counter(a.person_id for a in waiting if a.due_on < on)
    people = listed["people"]
    top = desk.answer(f"agenda {team} on {on}", lambda _: [p for p in people if p["on_agenda"]])
    inside = desk.answer(f"in hospital {team}", lambda v: record.in_hospital(v, [int(p["person"]) for p in people]))
    frozen = Agenda.objects.filter(team_code=team, meets_on__gte=on).exclude(state="draft").order_by("meets_on").first()
    seen = set(
        Agenda.objects.filter(team_code=team)
        .exclude(pk=frozen.pk if frozen else None)
        .values_list("lines__person_id", flat=True)
    )
    changes, refusing = actions.waiting_changes(team), refusals(team)
    taken_off = {c.person_id: c for c in changes if c.what == "taken_off"}
    by_person = desk.answer(f"by person {team} on {on}", lambda _: {int(p["person"]): p for p in people})
    carried = [p for p, r in reviews.items() if r.outcome == "carried"]
    due = [p for p, r in reviews.items() if r.next_review_on and r.next_review_on <= on]
    added = {c.person_id: f"added by {c.created_by.name}: {c.reason}" for c in changes if c.what == "added"}
    lines = list(frozen.lines.all()) if frozen else []
    off_the_list = {*overdue, *carried, *due, *added, *(x.person_id for x in lines)} - by_person.keys()
    gone = gone_from(team, off_the_list)
    slots = agenda.proposed(
        top,
        overdue=overdue,
        carried=carried,
        due=due,
        in_hospital=inside,
        stepped_down=[p for p, r in reviews.items() if r.outcome == "stepped_down"],
        seen_before=seen,
        added=added,
        left_out={*taken_off, *gone, *(p for p, what in refusing.items() if what & {"risk", "sharing"})},
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
        "refusing": refusing,
        "requests": list(Request.objects.filter(team_code=team, state="asked").order_by("asked_on", "id")),
        "by_person": by_person,
    }


def refusals(team: str) -> dict[int, set[str]]:
    """Who of the team's people refuses what, as it stands now."""
    found: dict[int, set[str]] = {}
    for person, what in Objection.objects.filter(team_code=team, state="in_force").values_list("person_id", "what"):
        found.setdefault(person, set()).add(what)
    return found


def counts(state: dict[str, Any]) -> list[dict[str, Any]]:
    """The team's figures, the same on every page because they are made here."""
    parts = state["listed"]["reconciles"]
    team = state["listed"]["team"]
    nine, after = reverse("nine_o_clock", args=[team]), reverse("after", args=[team])
    caseload = reverse("caseload", args=[team])
    figures = [
        ("registered", parts["registered"], "registered with the team", caseload + "#reconciles"),
        ("register", parts["register"], "on the register", caseload),
        ("agenda", len(state["slots"]), "on the agenda", nine),
        ("actions", len(state["open"]), "open actions", after),
        ("overdue", sum(state["overdue"].values()), "overdue actions", after),
        ("requests", len(state["requests"]), "requests to answer", after + "#requests"),
    ]
    return [
        {"value": paper.number(n), "name": name, "href": href, "figure": f"list.{team}.{what}"}
        for what, n, name, href in figures
    ]


def notes_on(people: Iterable[int]) -> dict[int, list[Note]]:
    """What stands beside these people on a list: alerts, communication, key worker."""
    found: dict[int, list[Note]] = {}
    for note in Note.objects.filter(person_id__in=list(people), kind_of__in=ON_LISTS, state="current"):
        found.setdefault(note.person_id, []).append(note)
    return found


def names_for(request: HttpRequest, people: list[int]) -> dict[int, dict[str, Any]]:
    """Names, each through the door and so each with its audit row; only when the reader asks for them. Whoever shares
    with their practice alone keeps their pseudonym."""
    if not request.GET.get("names"):
        return {}
    return desk.identities([p for p in people[:MOST_NAMES] if opened(request, p, Do.IDENTIFY)])


def person_named(team: str, typed: str) -> int | None:
    """Who of the team's register this number means: a pseudonym, its last six digits as lists show them if only one
    person has them, or an NHS number. Called behind the team's door, which has written its audit row; whoever is found
    is then opened through their own."""
    digits = "".join(c for c in typed if c.isascii() and c.isdigit())
    listed: dict[int, Any] = desk.answer(
        f"by person {team}", lambda _: {int(p["person"]): p for p in team_list(team)["people"]}
    )
    if len(digits) == 10:
        found = desk.person_with(digits)
        return found if found in listed else None
    if len(digits) == 6:
        ends = [p for p in listed if str(p).endswith(digits)]
        return ends[0] if len(ends) == 1 else None
    return int(digits) if 10 < len(digits) < 20 and int(digits) in listed else None


def last_changes(team: str) -> dict[str, Any] | None:
    """Joiners and leavers since the build that the last meeting's agenda was taken from, or else since the build before
    this one; None when no earlier build keeps its rows."""
    earlier = desk.answer("earlier builds", list_changes.earlier_builds)
    if not earlier:
        return None
    held = Agenda.objects.filter(team_code=team, meets_on__lte=place.today()).order_by("-meets_on").first()
    before = next((b for b in earlier if held and b.id == held.build), earlier[0])
    return desk.answer(
        f"changes {team} {before.id} on {place.today()}", lambda v: list_changes.list_changes(v, team, before)
    )


def gone_from(team: str, people: Iterable[int]) -> dict[int, str]:
    """Who of the people that the team follows has died or moved, in words."""
    followed = tuple(sorted(set(people)))
    return desk.answer(f"gone {team} {followed} on {place.today()}", lambda v: list_changes.gone(v, team, followed))
