"""Everything that is held about a person, as one file: their records, what was written here, who
looked.

In: the door's yes (`export_record`), the person, who asks. Out: one page and one JSON file with the
same. Left out, in every copy and without saying whether there was any: what is kept back from the
person, what the record says of somebody else, and who is thought to be dying. A copy that the team
hands over is read through before, and the page says so.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from oneplace.answers import holding, last_phase
from oneplace.answers.people import documents
from oneplace.faults import InputAtFault
from oneplace.safety.decide import Action as Do
from oneplace.safety.decide import Kind, Purpose, Role
from oneplace.web import desk, place
from oneplace.web.accounts.door import may, opens, subject_of
from oneplace.web.accounts.models import AuditRow, BrokenGlass
from oneplace.web.components.frame import page
from oneplace.web.components.listing import Column, Context, Listing
from oneplace.web.history.models import Entry, EntryVersion
from oneplace.web.neighbourhood import presenters
from oneplace.web.neighbourhood.kinds import NOTE_KINDS
from oneplace.web.neighbourhood.models import (
    Action,
    AgendaChange,
    AgendaLine,
    Note,
    Objection,
    Proxy,
    Request,
    Review,
    ServiceReferral,
)
from oneplace.web.neighbourhood.withheld import Withheld, behind_own_door, withheld_from

export_record = opens(Do.EXPORT_RECORD, Kind.PERSON, Purpose.DIRECT_CARE, subject="person_id")
see_audit = opens(Do.SEE_AUDIT, Kind.OVERSIGHT, Purpose.PLANNING, subject="requests of people")
DAYS_TO_ANSWER = (
    30  # one month by law (UK GDPR, article 12(3)); counted in days, so that no month is longer
)
LEFT_OUT = (
    "The law lets some things be left out of a copy: what would harm somebody, and what is about somebody else. "
    "Whoever thinks that something is missing may ask the practice or the privacy officer."
)
NOT_ADVANCE_CARE = " What the record says of advance care is not in this copy: the person or a clinician trained in it takes that out."
SOMEBODY_ELSE = "somebody else: left out"
WRITTEN: tuple[type[Entry], ...] = (
    Note,
    Review,
    Action,
    ServiceReferral,
    Request,
    Objection,
    Proxy,
    AgendaChange,
)


def everything(person_id: int, *, by: str, advance_care: bool) -> dict[str, Any]:
    """All of it as plain values, the same on the page and in the file; `advance_care`: may the
    reader see that? The audit row stands already."""
    kept = withheld_from(person_id, proxy=False)
    who = desk.identities([person_id]).get(person_id) or {}
    rows = AuditRow.objects.filter(subject=str(person_id), kind=Kind.PERSON.value).order_by(
        "number",
    )
    return {
        "about": {
            "person": str(person_id),
            "place": place.place().name,
            "made": timezone.now().isoformat(timespec="seconds"),
            "made_by": by,
            "build": desk.session().build_id,
            "left_out": LEFT_OUT + ("" if advance_care else NOT_ADVANCE_CARE),
        },
        "who": _plain({k: v for k, v in who.items() if k != "person_id"}),
        "records": {
            name: [_plain(r) for r in found]
            for name, found in holding.rows_about(desk.session(), person_id).items()
        },
        "worked_out": _worked_out(person_id),
        "written_here": {
            m.kind(): [
                _entry(e, kept)
                for e in kept.of(m.objects.filter(person_id=person_id))
                if advance_care or not behind_own_door(e)
            ]
            for m in WRITTEN
        },
        "agendas": [
            _plain({"meets_on": line.agenda.meets_on, "why": line.why, "reasons": line.reasons})
            for line in AgendaLine.objects.filter(person_id=person_id).select_related("agenda")
        ],
        "who_looked": presenters.looks(kept.looks(rows), by=""),
        "opened_in_an_emergency": [
            _plain(
                {
                    "at": b.at,
                    "who": b.user.name,
                    "reason": b.reason,
                    "review": b.get_review_display(),
                },
            )
            for b in BrokenGlass.objects.filter(person_id=person_id).select_related("user")
            if kept.looks([AuditRow(actor=b.user.username)])
        ],
    }


def _worked_out(person_id: int) -> dict[str, Any]:
    """Segments, scores and the place on the list, without what says that somebody is dying; nothing
    for whom the build has not on the day."""
    try:
        found = last_phase.from_explanation(documents(desk.session()), desk.explained_of(person_id))
    except InputAtFault:
        return {}
    return {k: found[k] for k in ("segment", "other_segments", "scores", "caseload", "risk")}


def _entry(e: Any, kept: Withheld) -> dict[str, Any]:
    """An entry with all its versions; without what its kind says of somebody else, and without an
    author kept back."""
    others = (
        {f.column for f in NOTE_KINDS[e.kind_of].fields if f.third_party}
        if isinstance(e, Note)
        else set()
    )
    versions = EntryVersion.objects.filter(kind=e.kind(), entry_id=e.pk).select_related("saved_by")
    named = kept.shows_author(e)
    return {
        "id": e.pk,
        "versions": [
            {
                "version": v.version,
                "saved_at": v.saved_at.isoformat(timespec="seconds"),
                "saved_by": v.saved_by.name if named else "",
                "says": {
                    k: SOMEBODY_ELSE if k in others and said else said
                    for k, said in v.content.items()
                    if k != "person_id"
                },
            }
            for v in versions
        ],
    }


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        k: v.isoformat() if isinstance(v, (dt.date, dt.datetime)) else v for k, v in row.items()
    }


def answered(request: HttpRequest, person_id: int, *, own: bool) -> HttpResponse:
    """The page, or with `?file=1` the file."""
    reads = own or may(
        request, Do.SEE_ADVANCE_CARE, subject_of(Kind.PERSON, str(person_id)), Purpose.DIRECT_CARE
    )
    found = everything(person_id, by="the person" if own else request.user.name, advance_care=reads)
    if request.GET.get("file"):
        text = json.dumps(found, ensure_ascii=False, indent=1, default=str)
        response = HttpResponse(text, content_type="application/json; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="everything-held.json"'
        return response
    crumbs = (
        ("My record", reverse("my_record"))
        if own
        else (
            "Back to the person",
            reverse("person", args=[person_id]),
        )
    )
    return page(
        request,
        "neighbourhood/copy.jinja",
        CONTENTS.of(contents(found)),
        found=found,
        own=own,
        short=presenters.short(person_id),
        crumbs=[crumbs],
    )


CALLED = {
    "notes": "What the record says in words",
    "reviews": "Reviews",
    "actions": "Actions",
    "service_referrals": "Referrals to services",
    "requests": "What you asked for",
    "objections": "What you refused",
    "proxies": "Who looks for you",
    "agenda_changes": "Changes of the agenda",
}


def contents(found: Mapping[str, Any]) -> list[tuple[str, int]]:
    """What the file holds, so that somebody can see that nothing is missing."""
    return [
        ("Who you are: name, number, address", int(bool(found["who"]))),
        *(
            (f"From the records: {holding.TITLES.get(n, n.replace('_', ' '))}", len(rows))
            for n, rows in found["records"].items()
        ),
        *((f"Written here: {CALLED[k]}", len(rows)) for k, rows in found["written_here"].items()),
        ("Meetings at which you stood on the agenda", len(found["agendas"])),
        ("Who looked", len(found["who_looked"])),
        ("Opened in an emergency", len(found["opened_in_an_emergency"])),
    ]


CONTENTS = Listing(
    "contents",
    "What the copy holds",
    Column("what", "What", lambda part: part[0]),
    Column("n", "Rows", lambda part: part[1], numeric=True),
    searchable=False,
)


@export_record
def copy_of_everything(request: HttpRequest, person_id: int) -> HttpResponse:
    """For the team or the practice that answers a person's request for a copy; the person has a
    page of their own."""
    if request.user.role == Role.RESIDENT:
        return redirect("own_copy")
    return answered(request, person_id, own=False)


# --- what people asked, for the privacy officer ---------------------------------------------------
def due_on(r: Request) -> dt.date:
    return r.asked_on + dt.timedelta(days=DAYS_TO_ANSWER)


@see_audit
def asked_by_people(request: HttpRequest) -> HttpResponse:
    """Corrections and copies that people asked for: which wait, since when, and by when they are
    due."""
    on = place.today()
    found = list(Request.objects.filter(what__in=("correction", "access")))
    return page(
        request,
        "neighbourhood/asked_by_people.jinja",
        ASKED.of(found, on=on),
        waiting=sum(r.state == "asked" for r in found),
        late=sum(r.state == "asked" and due_on(r) < on for r in found),
        days=DAYS_TO_ANSWER,
    )


def _late(r: Request, c: Context) -> bool:
    return r.state == "asked" and due_on(r) < c.on


ASKED = Listing(
    "asked",
    "Corrections and copies",
    Column("asked", "Asked", "asked_on"),
    Column("due", "Due", due_on),
    Column("what", "What", "get_what_display"),
    Column("person", "Person", lambda r: str(r.person_id)),
    Column("team", "Team", "team_code"),
    Column("state", "State", lambda r, c: "Overdue" if _late(r, c) else Request.STATES[r.state]),
    Column("answered", "Answered", "answered_on"),
    empty="Nobody has asked for a correction or a copy.",
)
