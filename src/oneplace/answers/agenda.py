"""Who is discussed at a team's next meeting, and in which order: one answer for its pages, its
sheet and its figure.

In: a session, the agenda part of the team's list, and what the team wrote, of people whom the
session's reader may discuss. Out: slots. First people with an overdue action, then those whom the
team added by hand, then those whose review is due or who were carried over, then those in hospital
now, then the list by rank; never more than `most`, but nobody whom the team added is left out.
Nobody on the list is dropped for good: who does not fit stays on the register and may come next
time. Whoever was taken off by hand, or refuses to be listed or shared, is not proposed.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oneplace.answers import list_changes, record

if TYPE_CHECKING:
    from oneplace.answers.session import Session

MOST = 20
WRITTEN = ("actions", "agendas", "agenda_lines", "agenda_changes", "reviews")
"""What a team writes that its next agenda is made of."""
ORDER = ("urgent", "added", "carried", "list")


@dataclass(frozen=True)
class Slot:
    """One person to discuss: what put them there and the reasons in words."""

    person_id: int
    why: str
    reasons: tuple[str, ...]
    rank: int | None = None
    new: bool = False


@dataclass(frozen=True)
class Upcoming:
    """The next meeting: who would be on its agenda as it would be frozen now; who is on the one
    that was frozen, where one was; and who of the people that the team follows has died or moved,
    in words."""

    slots: tuple[Slot, ...]
    frozen: int | None
    lines: tuple[int, ...]
    gone: Mapping[int, str]

    @property
    def people(self) -> int:
        return len(self.slots if self.frozen is None else self.lines)


def upcoming(
    session: Session,
    team: str,
    on: dt.date,
    top: Sequence[Mapping[str, Any]],
    why_added: Callable[[Mapping[str, Any]], str] = lambda change: change["reason"],
) -> Upcoming:
    """`top` is the agenda part of the team's list in rank order; `why_added` says of a change by
    hand why it was made."""

    def mine(name: str) -> list[dict[str, Any]]:
        return [
            r
            for r in session.entries.rows(name)
            if r["team_code"] == team and discusses(session, r["person_id"])
        ]

    agendas = [a for a in session.entries.rows("agendas") if a["team_code"] == team]
    frozen = min(
        (a for a in agendas if a["meets_on"] >= on and a["state"] != "draft"),
        key=lambda a: a["meets_on"],
        default=None,
    )
    on_agenda: dict[int, list[int]] = {}
    for line in session.entries.rows("agenda_lines"):
        on_agenda.setdefault(line["agenda_id"], []).append(line["person_id"])
    lines = [p for p in on_agenda.get(frozen["id"], ()) if discusses(session, p)] if frozen else []
    reviews = last_reviews(mine("reviews"))
    changes = [
        c for c in mine("agenda_changes") if c["agenda_id"] is None and c["state"] == "standing"
    ]
    late = Counter(
        a["person_id"] for a in mine("actions") if a["state"] == "open" and a["due_on"] < on
    )
    carried = [p for p, r in reviews.items() if r["outcome"] == "carried"]
    due = [p for p, r in reviews.items() if r["next_review_on"] and r["next_review_on"] <= on]
    added = {c["person_id"]: why_added(c) for c in changes if c["what"] == "added"}
    top = [p for p in top if discusses(session, int(p["person"]))]
    gone = list_changes.gone(session, team, {*late, *carried, *due, *added, *lines})
    slots = proposed(
        top,
        overdue=late,
        carried=carried,
        due=due,
        in_hospital=record.in_hospital(session, [int(p["person"]) for p in top]),
        stepped_down=[p for p, r in reviews.items() if r["outcome"] == "stepped_down"],
        seen_before={
            p
            for a in agendas
            if frozen is None or a["id"] != frozen["id"]
            for p in on_agenda.get(a["id"], ())
        },
        added=added,
        left_out={*gone, *(c["person_id"] for c in changes if c["what"] == "taken_off")},
        most=max(len(top), MOST),
    )
    return Upcoming(
        tuple(slots),
        frozen["id"] if frozen else None,
        tuple(p for p in lines if p not in gone),
        gone,
    )


def discusses(session: Session, person: int) -> bool:
    """May a meeting discuss the person before the session's reader? Without a reader everybody."""
    return session.reader is None or session.reader.discusses(person)


def proposed(
    people: Sequence[Mapping[str, Any]],
    *,
    overdue: Mapping[int, int],
    carried: Iterable[int],
    due: Iterable[int],
    in_hospital: Iterable[int],
    stepped_down: Iterable[int],
    seen_before: Iterable[int],
    added: Mapping[int, str] | None = None,
    left_out: Iterable[int] = (),
    most: int = MOST,
) -> list[Slot]:
    """The agenda as it would be frozen now. `people` is the agenda part of the team's list, in rank
    order."""
    carried, due, in_hospital = set(carried), set(due), set(in_hospital)
    gone, before = set(stepped_down), set(seen_before)
    listed = {int(p["person"]): p for p in people}
    without, by_hand = set(left_out), dict(added or {})
    found: dict[int, Slot] = {}

    def add(person: int, why: str, *first: str) -> None:
        if person not in found and person not in without:
            p = listed.get(person)
            hand = (by_hand[person],) if person in by_hand else ()
            said = (*first, *hand, *(p["reasons"] if p else ()))
            found[person] = Slot(person, why, said, p["rank"] if p else None, person not in before)

    for person, count in sorted(overdue.items(), key=lambda item: (-item[1], item[0])):
        add(person, "urgent", f"{count} overdue action{'s' if count > 1 else ''}")
    for person in by_hand:
        add(person, "added")
    for person in sorted(carried):
        add(person, "carried", "not reached at the last meeting")
    for person in sorted(due):
        add(person, "carried", "the review is due")
    for person, _ in sorted(
        listed.items(), key=lambda item: (item[0] not in in_hospital, item[1]["rank"])
    ):
        if person not in gone:
            add(person, "list", *(("in hospital now",) if person in in_hospital else ()))
    ranked = sorted(found.values(), key=lambda s: ORDER.index(s.why))
    asked_for = sum(s.why == "added" for s in ranked)
    room = max(most - asked_for, 0)
    others = [s for s in ranked if s.why != "added"][:room]
    return [s for s in ranked if s.why == "added" or s in others]


def last_reviews(reviews: Iterable[Mapping[str, Any]]) -> dict[int, Mapping[str, Any]]:
    """Each person's last review."""
    return {r["person_id"]: r for r in sorted(reviews, key=lambda r: (r["reviewed_on"], r["id"]))}


def next_meeting(on: dt.date) -> dt.date:
    """The next weekday, today included: a team that meets on another day says so when it
    freezes."""
    while on.weekday() > 4:
        on += dt.timedelta(days=1)
    return on
