"""What people refuse, and what is left of a team's register without those whom a reader does not
see on it.

In: the entries of a session, or a whole register and the people to be left out of it, each with the
wish that keeps them out. Out: who refuses what now; the register without them, its counts and its
lines still adding up to everyone. A session that is opened for a `Reader` counts through that
reader's sight, of the place as it is and as it stood.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from oneplace.people import lists
from oneplace.people.caseload import REFUSED_SENTENCE

if TYPE_CHECKING:
    from oneplace.answers.session import Session

ON_THE_REGISTER: Final = "On the register"
# The wish that keeps somebody off a list, as a line of a table says it and as a sentence of a page
# does (after a number).
LINES: Final = {
    "sharing": "Kept with the practice at the person’s wish",
    "planning": "Not shown for planning at the person’s wish",
    "risk": REFUSED_SENTENCE,
}
SENTENCES: Final = {
    "sharing": ("Practice only", "kept with the practice at the person’s wish"),
    "planning": ("Care only", "not shown for planning at the person’s wish"),
    "risk": ("Refused the list", "not shown from now on, and leaves the list at the next build"),
}


def kept_from(session: Session, team: str) -> tuple[int, int] | None:
    """How many of the team's register, and of its agenda part, in the session's build a wish of now
    keeps from the session's reader; without a reader nobody. None where it cannot be known: the
    build's rows are kept no more, and it may be somebody."""
    reader = session.reader
    if reader is None or session.build is None or not reader.refused:
        return 0, 0
    if not session.build.facts.exists():
        return (0, 0) if all(map(reader.discusses, reader.refused)) else None
    rows = session.ask(*lists.of_register(team, reader.refused))
    register = sum(not reader.lists_by_risk(r["person_id"]) for r in rows)
    return register, sum(
        bool(r["on_agenda"]) and not reader.discusses(r["person_id"]) for r in rows
    )


def in_force(session: Session) -> dict[int, frozenset[str]]:
    """Who refuses what at the moment of the session's entries, by pseudonym."""
    found: dict[int, set[str]] = {}
    for o in session.entries.rows("objections"):
        if o["state"] == "in_force":
            found.setdefault(o["person_id"], set()).add(o["what"])
    return {person: frozenset(what) for person, what in found.items()}


def first_wish(refused: frozenset[str]) -> str:
    """Of several wishes the one that says most of why somebody is not on a list: the widest circle
    first; of none an empty one."""
    return next((wish for wish in LINES if wish in refused), "")


def without(listed: dict[str, Any], kept: Mapping[int, str]) -> dict[str, Any]:
    """A whole register without the people in `kept` (person -> wish). They are counted in a line of
    their own."""
    gone = [p for p in listed["people"] if int(p["person"]) in kept]
    if not gone:
        return listed
    said = Counter(LINES[kept[int(p["person"])]] for p in gone)
    parts = dict(listed["reconciles"]["parts"])
    parts[ON_THE_REGISTER] -= len(gone)
    lines = {k: n for k, n in parts.items() if k != ON_THE_REGISTER}
    for line, n in said.items():
        lines[line] = lines.get(line, 0) + n
    agenda = sum(bool(p["on_agenda"]) for p in gone)
    reconciles = listed["reconciles"] | {
        "register": listed["reconciles"]["register"] - len(gone),
        "agenda": listed["reconciles"]["agenda"] - agenda,
        "parts": lines | {ON_THE_REGISTER: parts[ON_THE_REGISTER]},
    }
    people = [p for p in listed["people"] if int(p["person"]) not in kept]
    return {**listed, "people": people, "reconciles": reconciles}


def in_words(kept: Mapping[str, int]) -> list[str]:
    """How many people are kept from a list, wish by wish, as a page says it."""
    found = [(*SENTENCES[wish], n) for wish, n in kept.items() if n]
    return [f"{short}: {n} {'person' if n == 1 else 'people'} {said}." for short, said, n in found]


def unlisted(explained: dict[str, Any]) -> dict[str, Any]:
    """The explanation of somebody who refuses to be listed by risk: neither a place on a list nor a
    risk."""
    return {
        **explained,
        "caseload": None,
        "risk": {"risk": None, "ranked_by": "", "contributions": []},
        "unlisted": True,
    }
