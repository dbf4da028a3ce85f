"""The team's pages as plain values. A name appears only when it is handed in, which is after the
audit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from oneplace.answers.agenda import Slot
from oneplace.answers.list_changes import Move
from oneplace.report import words as paper
from oneplace.safety.decide import Role, in_an_emergency
from oneplace.web.accounts.models import ROLE_NAMES, AuditRow, User
from oneplace.web.neighbourhood.kinds import NOTE_KINDS, NoteKind
from oneplace.web.neighbourhood.models import Action, AgendaLine, Note, Review

WHY = {
    "urgent": ("Urgent", "red"),
    "carried": ("Carried", "yellow"),
    "list": ("From the list", "white"),
    "added": ("Added", "blue"),
}
Names = Mapping[int, Mapping[str, Any]]
Notes = Mapping[int, Sequence[Note]]


def short(person: int | str) -> str:
    """A pseudonym as a list shows it: the last six digits are enough to tell a team's people apart
    on paper."""
    return f"…\u2060{str(person)[-6:]}"  # a word joiner, so that no line ends between the two


def spaced(nhs_number: str) -> str:
    """As people read it out: 999 013 9806."""
    return f"{nhs_number[:3]} {nhs_number[3:6]} {nhs_number[6:]}"


def name_of(identity: Mapping[str, Any] | None) -> str:
    if not identity:
        return ""
    return " ".join(p for p in (identity.get("given_name"), identity.get("family_name")) if p)


def last_seen(person: int, state: Mapping[str, Any]) -> Review | None:
    found: Review | None = state["reviews"].get(person)
    return found


def worker_of(person: int, state: Mapping[str, Any], notes: Notes) -> str:
    """The key worker on the record; else whom the last review named."""
    named = next((n.who for n in notes.get(person, ()) if n.kind_of == "key_worker"), "")
    last = last_seen(person, state)
    return named or (last.key_worker if last else "")


def warnings_of(person: int, notes: Notes) -> str:
    """Alerts and needs in communication, each in a few words."""
    return "; ".join(cut(n.words) for n in notes.get(person, ()) if n.kind_of != "key_worker")


def cut(text: str, most: int = 90) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def professionals(person: int, state: Mapping[str, Any]) -> list[str]:
    """Whom the meeting needs for this person: by the build's rules, and whoever has an open action
    for them."""
    known = state["by_person"].get(person, {})
    owners = [a.owner for a in state["open"] if a.person_id == person]
    folded: dict[str, str] = {}
    for who in (*known.get("professionals", ()), *owners):
        folded.setdefault(who.casefold(), who)
    return list(folded.values())


def needed_at_the_meeting(
    slots: Sequence[Slot | AgendaLine], state: Mapping[str, Any]
) -> list[tuple[str, list[int]]]:
    """Each profession and the slots it is needed for, so that people are asked to come for their
    part."""
    found: dict[str, tuple[str, list[int]]] = {}
    for i, s in enumerate(slots, start=1):
        for who in professionals(s.person_id, state):
            found.setdefault(who.casefold(), (who, []))[1].append(i)
    return sorted(found.values(), key=lambda kv: (-len(kv[1]), kv[0].casefold()))


def sheet(
    slots: Sequence[Slot | AgendaLine], *, state: Mapping[str, Any], names: Names, notes: Notes
) -> list[dict[str, Any]]:
    """One block of paper a person."""
    found = []
    for i, s in enumerate(slots, start=1):
        known, last = state["by_person"].get(s.person_id, {}), last_seen(s.person_id, state)
        owed = [a for a in state["open"] if a.person_id == s.person_id]
        late = " (overdue)"
        found.append(
            {
                "slot": i,
                "person": name_of(names.get(s.person_id)) or short(s.person_id),
                "short": short(s.person_id) if s.person_id in names else "",
                "age": known.get("age"),
                "why": WHY[s.why][0],
                "facts": [
                    (
                        "Reasons",
                        "; ".join([*s.reasons, *([INCOMPLETE] if known.get("incomplete") else [])]),
                    ),
                    ("Now", "In hospital" if s.person_id in state["in_hospital"] else ""),
                    ("Alerts and needs", warnings_of(s.person_id, notes)),
                    ("Key worker", worker_of(s.person_id, state, notes)),
                    ("Needed", ", ".join(professionals(s.person_id, state))),
                    (
                        "Last review",
                        f"{paper.day(last.reviewed_on)}: {cut(last.decision, 160)}" if last else "",
                    ),
                    (
                        "Still open",
                        "; ".join(
                            f"{cut(a.what)}, {a.owner}, due {paper.day(a.due_on)}{late if a.due_on < state['on'] else ''}"
                            for a in owed
                        ),
                    ),
                ],
            }
        )
    return found


# What a list says of somebody whom it still shows: to their own practice, or in their own care.
REFUSES = {"sharing": "Practice only", "planning": "Care only"}


INCOMPLETE = "records incomplete"


def chased(a: Action) -> str:
    """What was done about it while it was open."""
    said = [f"reminded {paper.short_day(a.reminded_on)}"] if a.reminded_on else []
    if a.escalated_on:
        said.append(f"escalated to {a.escalated_to} {paper.short_day(a.escalated_on)}")
    return "; ".join(said)


def owners(waiting: Iterable[Action], *, on: dt.date) -> list[dict[str, Any]]:
    """Who owes how much, the most overdue first; each with the way to remind them."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for a in waiting:
        one = found.setdefault(
            (a.owner, a.organisation),
            {
                "owner": a.owner,
                "organisation": a.organisation,
                "open": 0,
                "late": 0,
                "reminded": None,
            },
        )
        one["open"] += 1
        one["late"] += a.due_on < on
        one["reminded"] = max((d for d in (one["reminded"], a.reminded_on) if d), default=None)
    for one in found.values():
        one["query"] = urlencode({"owner": one["owner"], "of": one["organisation"]})
    return sorted(found.values(), key=lambda o: (-o["late"], -o["open"], o["owner"].casefold()))


def list_changes(
    found: Mapping[str, Any] | None, why_of: Callable[[str], str]
) -> dict[str, Any] | None:
    """Joiners and leavers in words: the people of the agenda part, and the register in counts.
    `why_of` gives a reason in the words that the reader may see."""
    if found is None:
        return None

    def line(c: Move, came: bool) -> dict[str, Any]:
        said = f"{'new' if came else 'gone'}: {'; '.join(c.reasons)}" if c.reasons else ""
        return {
            "person": c.person_id,
            "short": short(c.person_id),
            "rank": c.rank,
            "why": why_of(c.why),
            "reasons": said,
        }

    register = found["register"]
    joined, left = sum(n for _, n in register["joined"]), sum(n for _, n in register["left"])
    return {
        "since": dt.date.fromisoformat(found["as_of"]),
        "joined": [line(c, True) for c in found["joined"]],
        "left": [line(c, False) for c in found["left"]],
        "register": [
            ("On the register then", register["before"], False),
            *((f"Joined: {why_of(why)}", n, False) for why, n in register["joined"]),
            *((f"Left: {why_of(why)}", -n, False) for why, n in register["left"]),
            ("On the register now", register["now"], True),
        ],
        "adds_up": register["before"] + joined - left == register["now"],
    }


# --- notes ----------------------------------------------------------------------------------------
def note_facts(n: Note) -> list[tuple[str, str]]:
    """What the note says, field by field, as its kind calls them."""
    return [
        (f.label, said)
        for f in NOTE_KINDS[n.kind_of].fields
        if (said := _said(n.content(), f.column))
    ]


def note_versions(n: Note, kind: NoteKind) -> list[dict[str, Any]]:
    return [
        {
            "at": v.saved_at,
            "by": v.saved_by.name,
            "state": v.content["state"],
            "facts": [(f.label, said) for f in kind.fields if (said := _said(v.content, f.column))],
        }
        for v in reversed(list(n.versions()))
    ]


def _said(content: Mapping[str, Any], column: str) -> str:
    value = content.get(column)
    if not value:
        return ""
    if column == "on_day":
        return paper.day(dt.date.fromisoformat(value))
    return dict(Note.AGREED)[value] if column == "agreed" else str(value)


def notes_by_kind(notes: Iterable[Note], author: Callable[[Note], str]) -> list[dict[str, Any]]:
    """Every kind but advance care, which has a door of its own, with what is written and by whom;
    kinds without a note say so."""
    of: dict[str, list[Note]] = {}
    for n in notes:
        of.setdefault(n.kind_of, []).append(n)
    return [
        {
            "kind": k,
            "items": [
                {"pk": n.pk, "facts": note_facts(n), "by": author(n), "at": n.changed_at}
                for n in of.get(k.key, ())
            ],
        }
        for k in NOTE_KINDS.values()
        if not k.advance_care
    ]


LOOKED = {
    "identify": "opened the record",
    "see_person": "looked at the record without a name",
    "reidentify": "found out the name behind a number on a list",
    "write_care": "opened the record to write in it",
    "see_advance_care": "opened the advance care document",
    "write_advance_care": "opened the advance care document to write in it",
    "write_own": "opened a page to write or refuse something",
    "see_end_of_life": "looked at what is said of the last phase of life",
    "export_record": "took a copy of everything held",
}


def looks(rows: Iterable[AuditRow], *, by: str) -> list[dict[str, Any]]:
    """Each look as the person reads it: when, who in which role, what, and whether it was an
    emergency opening."""
    found = list(rows)
    names = dict(
        User.objects.filter(username__in={r.actor for r in found}).values_list("username", "name")
    )
    return [
        {
            "at": r.at,
            "who": "You"
            if by and r.actor == by
            else names.get(r.actor, r.actor or "nobody signed in"),
            "role": ROLE_NAMES[Role(r.role)] if r.role in set(Role) else r.role,
            "what": LOOKED.get(r.action, r.action.replace("_", " "))
            if r.allowed
            else "was refused",
            "emergency": in_an_emergency(r.reason),
        }
        for r in found
    ]


def age_on(birth: dt.date, day: dt.date) -> int:
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
