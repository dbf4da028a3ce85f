"""Everyone whom `caseload.yaml` sets aside from a team's register, group by group, for whoever owns
the group.

In: a session, a team, and what keeps somebody from the reader. Out: each group with its owner and
the people in it now. Whoever died or left by today is in none, and whoever is kept from the reader
is counted and named nowhere. Groups that speak of dying say so (`dying`): they are shown to trained
clinicians alone, by whoever asks for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oneplace.answers import last_phase, people, refusals
from oneplace.answers.presence import gone_from_team
from oneplace.faults import Fault, InputAtFault
from oneplace.people import lists
from oneplace.people.caseload import REFUSED, REFUSED_OWNER, REFUSED_SENTENCE

if TYPE_CHECKING:
    from oneplace.answers.session import Session
    from oneplace.people.documents import PeopleDocuments


@dataclass(frozen=True)
class Aside:
    """A reason for being set aside, and who owns whoever is. `dying`: it speaks of that."""

    id: str
    sentence: str
    owner: str
    dying: bool

    @property
    def listed(self) -> bool:
        """Whether there is a list of them: nobody is listed against their will."""
        return self.id != REFUSED


@dataclass(frozen=True)
class PeopleAside(Aside):
    """The people set aside for one reason: pseudonyms in order, and how many more are kept from the
    reader, by wish."""

    people: tuple[int, ...]
    wishes: Mapping[str, int]

    @property
    def kept(self) -> int:
        return sum(self.wishes.values())

    @property
    def count(self) -> int:
        """Everyone in it."""
        return len(self.people) + self.kept


def asides(documents: PeopleDocuments) -> tuple[Aside, ...]:
    """Every reason in the document's order, and the person's own refusal last."""
    dying = last_phase.sentences(documents)
    declared = [
        Aside(a.id, a.sentence, a.owner, a.id in dying) for a in documents.caseload.set_aside
    ]
    return (*declared, Aside(REFUSED, REFUSED_SENTENCE, REFUSED_OWNER, dying=False))


def groups(
    session: Session, team: str, wish: Callable[[int], str] | None = None
) -> tuple[PeopleAside, ...]:
    """Every group of the team; who refused to be listed only where somebody did. `wish` says what
    keeps a person from the reader; without a reader that is whatever somebody refuses but a list by
    risk, for nobody here is ranked."""
    gone, wish = gone_from_team(session, team), wish or _of_nobody(session)
    found: dict[str, list[int]] = {}
    rows = session.ask(*lists.set_aside(team))
    for r in rows:
        if r["person_id"] not in gone:
            found.setdefault(r["set_aside"], []).append(r["person_id"])
    return tuple(
        _group(a, found.get(a.id, []), wish)
        for a in asides(people.documents(session))
        if a.listed or a.id in found
    )


def _group(aside: Aside, inside: list[int], wish: Callable[[int], str]) -> PeopleAside:
    wishes = {p: wish(p) if aside.listed else "risk" for p in inside}
    shown = tuple(p for p in inside if not wishes[p])
    return PeopleAside(**vars(aside), people=shown, wishes=Counter(w for w in wishes.values() if w))


def _of_nobody(session: Session) -> Callable[[int], str]:
    refused = refusals.in_force(session)
    return lambda person: refusals.first_wish(refused.get(person, frozenset()) - {"risk"})


def group(
    session: Session, team: str, id: str, wish: Callable[[int], str] | None = None
) -> PeopleAside:
    """One group that is listed. InputAtFault where the team or the group is not known."""
    if team not in people.teams(session):
        raise InputAtFault(_unknown("no such team", "--team", team, people.teams(session)))
    known = [g for g in groups(session, team, wish) if g.listed]
    found = next((g for g in known if g.id == id), None)
    if found is None:
        raise InputAtFault(_unknown("no such group", "GROUP", id, [g.id for g in known]))
    return found


def _unknown(what: str, path: str, found: str, known: list[str]) -> Fault:
    return Fault(
        what=what,
        file="caseload.yaml",
        path=path,
        found=found,
        expected="one of: " + ", ".join(known),
    )


def rows_of(session: Session, found: PeopleAside) -> list[dict[str, Any]]:
    """Each person of a group: pseudonym, age on the place's today, sex and practice, the oldest
    first. No reason and no risk: nobody here is ranked."""
    if not found.people:
        return []
    known = "practice_code" in people.documents(session).features.kinds
    rows = session.ask(lists.about(found.people, practice=known))
    on = session.today
    return [
        {
            "person": str(r["person_id"]),
            "age": on.year
            - r["birth_date"].year
            - ((on.month, on.day) < (r["birth_date"].month, r["birth_date"].day)),
            "sex": r["sex"],
            "practice": r["practice"],
        }
        for r in rows
    ]
