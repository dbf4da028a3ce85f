"""Who is discussed at the next meeting, and in which order: the rules, apart from the page.

In: the team's list from the build and what the team wrote. Out: slots. First people with an overdue
action, then those whom the team added by hand, then those whose review is due or who were carried
over, then those in hospital now, then the list by rank; never more than `most`, but nobody whom the
team added is left out. Nobody on the list is dropped for good: who does not fit stays on the
register and may come next time. Whoever was taken off by hand, or refuses to be listed or shared,
is not proposed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST = 20
ORDER = ("urgent", "added", "carried", "list")


@dataclass(frozen=True)
class Slot:
    """One person to discuss: what put them there and the reasons in words."""

    person_id: int
    why: str
    reasons: tuple[str, ...]
    rank: int | None = None
    new: bool = False


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
    for person, _ in sorted(listed.items(), key=lambda item: (item[0] not in in_hospital, item[1]["rank"])):
        if person not in gone:
            add(person, "list", *(("in hospital now",) if person in in_hospital else ()))
    ranked = sorted(found.values(), key=lambda s: ORDER.index(s.why))
    asked_for = sum(s.why == "added" for s in ranked)
    room = max(most - asked_for, 0)
    others = [s for s in ranked if s.why != "added"][:room]
    return [s for s in ranked if s.why == "added" or s in others]


def last_reviews(reviews: Iterable[Any]) -> dict[int, Any]:
    """Each person's last review."""
    found: dict[int, Any] = {}
    for r in sorted(reviews, key=lambda r: (r.reviewed_on, r.pk)):
        found[r.person_id] = r
    return found


def next_meeting(on: dt.date) -> dt.date:
    """The next weekday, today included: a team that meets on another day says so when it freezes."""
    while on.weekday() > 4:
        on += dt.timedelta(days=1)
    return on
