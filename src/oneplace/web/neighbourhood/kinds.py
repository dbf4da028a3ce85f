"""The kinds of note on the record, declared as data: which fields each uses, what they are called,
who sees it.

A note is one model (`models.Note`); what tells an alert from a carer is a line here. Form, page,
history, the page on a stale save and the resident's own record are all made from these lines.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NoteField:
    """One field of a kind: the column it is kept in, what the form calls it, whether it has to be
    filled in. What it says of somebody else (`third_party`) is left out of the copy that the person
    may ask for."""

    column: str
    label: str
    needed: bool = False
    hint: str = ""
    rows: int = 1
    third_party: bool = False


@dataclass(frozen=True)
class NoteKind:
    """`single`: a person has one of it. `on_lists`: a line of it stands beside the person on the
    team's lists. `advance_care`: only for clinicians trained in it, and for the person. `own`: the
    person writes it, too, and reads it under `own_title`."""

    key: str
    title: str
    fields: tuple[NoteField, ...]
    add: str
    single: bool = True
    on_lists: bool = False
    advance_care: bool = False
    own: bool = False
    own_title: str = ""


_KINDS = (
    NoteKind(
        "alert",
        "Alerts",
        (
            NoteField(
                "words",
                "What whoever comes has to know",
                True,
                "For example: two people to visit",
                rows=2,
            ),
            NoteField("on_day", "Look at this again on"),
        ),
        "Add an alert",
        single=False,
        on_lists=True,
    ),
    NoteKind(
        "communication",
        "Communication and access",
        (
            NoteField(
                "words",
                "How to reach, talk and write to them",
                True,
                "Hearing, sight, language, steps",
                rows=3,
            ),
        ),
        "Record communication needs",
        on_lists=True,
    ),
    NoteKind(
        "matters",
        "What matters to them",
        (NoteField("words", "In the person’s own words", True, rows=4),),
        "Record what matters",
        own=True,
        own_title="What matters to me",
    ),
    NoteKind(
        "advance_care",
        "ReSPECT and advance care",
        (
            NoteField("who", "Who holds the document", True, "The record only points to it"),
            NoteField("part", "Where it is kept", True),
            NoteField("on_day", "Date of the document", True),
            NoteField(
                "words",
                "What it is, in a line",
                True,
                "For example: ReSPECT form, advance decision",
                rows=2,
            ),
        ),
        "Record an advance care document",
        advance_care=True,
    ),
    NoteKind(
        "carer",
        "Carers",
        (
            NoteField("who", "Name", True, third_party=True),
            NoteField("part", "Relationship", True, "Daughter, neighbour"),
            NoteField("contact", "Telephone or address", third_party=True),
            NoteField("agreed", "Agrees to be contacted", True),
            NoteField("words", "What the carer does and needs", rows=2, third_party=True),
        ),
        "Add a carer",
        single=False,
    ),
    NoteKind(
        "key_worker",
        "Key worker",
        (
            NoteField("who", "Name", True),
            NoteField("part", "Profession and organisation"),
            NoteField("contact", "Telephone or address"),
        ),
        "Name a key worker",
    ),
    NoteKind(
        "involved",
        "Who else is involved",
        (
            NoteField("who", "Name or service", True),
            NoteField("part", "What they do", True),
            NoteField("contact", "Telephone or address"),
        ),
        "Add somebody",
        single=False,
    ),
    NoteKind(
        "plan",
        "Care plan",
        (
            NoteField("words", "Goals, in the person’s words", True, rows=4),
            NoteField("more", "What was agreed: who does what", True, rows=4),
            NoteField("on_day", "Next review", True),
            NoteField("agreed", "The person agrees with this plan", True),
        ),
        "Write a care plan",
    ),
    NoteKind(
        "correction",
        "Corrections beside the record",
        (
            NoteField("words", "What the record says, and what is right", True, rows=3),
            NoteField("who", "Who says so", True),
        ),
        "Write a correction beside the record",
        single=False,
    ),
)
NOTE_KINDS = {k.key: k for k in _KINDS}
