"""The lists of a team and of one person: agenda, register, actions, referrals, requests, reviews,
the record, who looked.

A name appears only when it is handed in, which is after the audit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.urls import reverse

from oneplace.answers.agenda import Slot
from oneplace.report import words as paper
from oneplace.web.accounts.models import AuditRow
from oneplace.web.components.column import Accessor, function
from oneplace.web.components.listing import Cell, Column, Context, Grid, Listing, to
from oneplace.web.components.notation import CAPITAL, MOMENT, SHORT_DAY, coded
from oneplace.web.neighbourhood.models import Action, AgendaLine, Request, ServiceReferral
from oneplace.web.neighbourhood.presenters import (
    INCOMPLETE,
    REFUSES,
    WHY,
    Names,
    Notes,
    chased,
    last_seen,
    looks,
    name_of,
    professionals,
    short,
    warnings_of,
    worker_of,
)

ACTION_TONES = {"open": "yellow", "done": "green", "declined": "red", "cancelled": "grey"}
REFERRAL_TONES = {
    "made": "yellow",
    "accepted": "blue",
    "declined": "red",
    "seen": "blue",
    "closed": "green",
}
REQUEST_TONES = {"asked": "yellow", "accepted": "blue", "declined": "red", "done": "green"}
MANY = 1_000  # a longer register is turned page by page


def person_column(person: Accessor = "person_id", **declared: Any) -> Column:
    """A person by their name where it was handed in, else by the end of their pseudonym; taken away
    as the whole pseudonym."""
    of = function(person)

    def name(row: Any, c: Context) -> str:
        return name_of(c.names.get(int(of(row, c))))

    return Column(
        "person",
        "Person",
        lambda row, c: name(row, c) or short(of(row, c)),
        link=lambda row, c: reverse("person", args=[int(of(row, c))]),
        beside=lambda row, c: short(of(row, c)) if name(row, c) else None,
        csv=lambda row, c: str(of(row, c)),
        search=person if isinstance(person, str) else None,
        **declared,
    )


def _reasons(reasons: Iterable[str], known: Mapping[str, Any]) -> Cell | str:
    """Reasons in words, and beside them that the person's records are incomplete."""
    said = "; ".join(reasons)
    in_a_line = "; ".join(r for r in (said, INCOMPLETE) if r)
    return Cell(said, note=INCOMPLETE, csv=in_a_line) if known.get("incomplete") else said


# --- the agenda: rows are its slots with their numbers --------------------------------------------
def _known(x: tuple[int, Slot | AgendaLine], c: Context) -> Mapping[str, Any]:
    return c.state["by_person"].get(x[1].person_id, {})


def _next(x: tuple[int, Slot | AgendaLine], c: Context) -> Cell:
    person = x[1].person_id
    if not c.frozen:
        return Cell("Take off", href=reverse("agenda_change", args=[person]))
    done = person in c.done
    return Cell(
        "Change the review" if done else "Record the review",
        href=reverse("review", args=[person]),
        note="reviewed" if done else None,
    )


AGENDA = Listing(
    "agenda",
    "Agenda",
    Column("slot", "Slot", lambda x: x[0], numeric=True),
    person_column(lambda x: x[1].person_id),
    Column("age", "Age", lambda x, c: _known(x, c).get("age"), numeric=True),
    Column(
        "why",
        "Why now",
        lambda x: WHY[x[1].why][0],
        tone=lambda x: WHY[x[1].why][1],
        beside=lambda x, c: "new" if x[1].person_id not in c.state["seen"] else None,
        sort=lambda x: x[0],
    ),
    Column("reasons", "Reasons", lambda x, c: _reasons(x[1].reasons, _known(x, c))),
    Column(
        "hospital",
        "Now",
        lambda x, c: "In hospital" if x[1].person_id in c.state["in_hospital"] else None,
        tone="orange",
    ),
    Column("alerts", "Alerts and needs", lambda x, c: warnings_of(x[1].person_id, c.notes)),
    Column(
        "reviewed",
        "Last reviewed",
        lambda x, c: getattr(last_seen(x[1].person_id, c.state), "reviewed_on", None),
    ),
    Column("worker", "Key worker", lambda x, c: worker_of(x[1].person_id, c.state, c.notes)),
    Column(
        "needed",
        "Needed at the meeting",
        lambda x, c: ", ".join(professionals(x[1].person_id, c.state)),
    ),
    Column("review", "Next", _next),
    empty="Nobody is to be discussed. The register says who is followed; anybody on it can be added by hand.",
)


def agenda(
    slots: Sequence[Slot | AgendaLine],
    *,
    state: Mapping[str, Any],
    names: Names,
    notes: Notes,
    frozen: bool,
    done: Collection[int] = (),
) -> Grid:
    """The slots in their order; `done`: whose review of this meeting is written."""
    rows = list(enumerate(slots, start=1))
    return AGENDA.of(rows, state=state, names=names, notes=notes, frozen=frozen, done=done)


# --- the register ---------------------------------------------------------------------------------
def _place(p: Mapping[str, Any], c: Context) -> Cell | str:
    person = int(p["person"])
    refused = [said for what, said in REFUSES.items() if what in c.refusing.get(person, ())]
    if refused:
        return Cell(", ".join(refused), tone="grey")
    return Cell("On the agenda", tone="blue") if person in c.on_agenda else ""


CASELOAD = Listing(
    "caseload",
    "Register",
    Column("rank", "Rank", numeric=True),
    person_column("person"),
    Column("age", "Age", numeric=True),
    Column("segment", "Segment"),
    Column(
        "risk",
        "Risk of an emergency admission",
        "risk_in_words",
        numeric=True,
        sort=lambda p: -(p["risk"] or 0),
        csv="risk",
    ),
    Column("reasons", "Reasons", lambda p: _reasons(p["reasons"], p), search="reasons"),
    Column("agenda", "Agenda", _place),
    Column(
        "alerts",
        "Alerts and needs",
        lambda p, c: warnings_of(int(p["person"]), c.notes),
        when=lambda c: c.notes,
    ),
    Column(
        "reviewed",
        "Last reviewed",
        lambda p, c: getattr(c.reviews.get(int(p["person"])), "reviewed_on", None),
    ),
    Column(
        "actions",
        "Open actions",
        lambda p, c: c.open_actions.get(int(p["person"])),
        numeric=True,
    ),
    empty="Nobody is on this register.",
    most=MANY,
)

SET_ASIDE = Listing(
    "set-aside",
    lambda c: c.sentence,
    person_column("person"),
    Column("age", "Age", numeric=True),
    Column("sex", "Sex", show=CAPITAL),
    Column("practice", "Practice", lambda p, c: c.practices.get(p["practice"], p["practice"])),
    empty="Nobody.",
    usual={"names": {}},
    most=MANY,
)


# --- what is to be done ---------------------------------------------------------------------------
def _overdue(a: Action, c: Context) -> str | None:
    return "overdue" if a.state == "open" and a.due_on < c.on else None


ACTIONS = Listing(
    "actions",
    "Actions",
    Column("due", "Due", "due_on", SHORT_DAY, beside=_overdue),
    Column("what", "What", link=lambda a, c: reverse(c.page, args=[a.pk])),
    person_column(when=lambda c: c.whose),
    Column("owner", "Owner"),
    Column("organisation", "Organisation"),
    Column("state", "State", show=CAPITAL, tone=ACTION_TONES),
    Column("chased", "Chased", chased),
    Column("note", "Note"),
    empty="No actions.",
    usual={"names": {}, "whose": True, "page": "action"},
)

REFERRALS = Listing(
    "to_services",
    "Referred to services",
    Column("made", "Sent", "made_on"),
    Column(
        "service",
        "Service",
        lambda r, c: c.service_name(r.service),
        link=lambda r, c: reverse(c.page, args=[r.pk]),
    ),
    person_column(when=lambda c: c.whose),
    Column("need", "What is needed"),
    Column("state", "State", show=coded(ServiceReferral.STATES), tone=REFERRAL_TONES),
    Column("answered", "Answered", "answered_on"),
    Column("answer", "Answer"),
    sortable=False,
    empty=lambda c: (
        "No referral was declined."
        if c.whose
        else "Not referred to a service of the directory yet."
    ),
    usual={"names": {}, "whose": True, "page": "referral"},
)

REQUESTS = Listing(
    "requests",
    "Asked by people themselves",
    Column("asked", "Asked", "asked_on"),
    Column("what", "What for", "get_what_display", link=to("person_request", "pk")),
    person_column(),
    Column("service", "Service", lambda r, c: c.service_name(r.service) if r.service else ""),
    Column("words", "In their words"),
    Column("state", "State", show=coded(Request.STATES), tone=REQUEST_TONES),
    sortable=False,
    empty="Nobody waits for an answer.",
    usual={"names": {}},
)

REVIEWS = Listing(
    "reviews",
    "Reviews",
    Column("on", "Reviewed", "reviewed_on"),
    Column("outcome", "Outcome", "get_outcome_display"),
    Column("decision", "Decision"),
    Column("attended", "Who was there"),
    Column("worker", "Key worker", "key_worker"),
    Column("next", "Next review", "next_review_on"),
    sortable=False,
    empty="Not yet reviewed.",
)

# --- the record, each table small -----------------------------------------------------------------
RECORD = (
    Listing(
        "conditions",
        "Problems",
        Column("title", "Problem"),
        Column("since", "Since"),
        Column("state", "State"),
        sortable=False,
        empty="No long-term problem is recorded.",
    ),
    Listing(
        "admissions",
        lambda c: (
            f"Admissions in the two years to {paper.day(c.up_to)}, as the hospital feed has them"
        ),
        Column("from", "From"),
        Column("to", "To"),
        Column("kind", "Kind"),
        Column("why", "Main reason"),
        Column("nights", "Nights", numeric=True),
        sortable=False,
        empty="No admission in the last two years.",
    ),
    Listing(
        "medicines",
        "Medicines of the last six months",
        Column("title", "Medicine"),
        Column("last", "Last issued"),
        Column("times", "Times", numeric=True),
        sortable=False,
        empty="No prescription in the last six months.",
    ),
    Listing(
        "readings",
        "Latest results",
        Column("title", "What"),
        Column("value", "Result", numeric=True),
        Column("unit", "Unit"),
        Column("on", "On"),
        Column("note", "To know"),
        sortable=False,
        empty="No result is recorded.",
    ),
    Listing(
        "referrals",
        "Waiting for",
        Column("title", "What"),
        Column("since", "Since"),
        sortable=False,
        empty="Waiting for nothing that the records know of.",
    ),
    Listing(
        "packages",
        "Care at home",
        Column("title", "What"),
        Column("since", "Since"),
        sortable=False,
        empty="No care package is recorded.",
    ),
)


def record(found: Mapping[str, Any], *, up_to: dt.date) -> list[Grid]:
    """The record's tables as the records stood on a day."""
    return [part.of(found[part.name], up_to=up_to) for part in RECORD]


LOOKED = Listing(
    "looked",
    "Who has looked",
    Column(
        "at",
        "When",
        lambda look: dt.datetime.fromisoformat(look["at"]),
        MOMENT,
        sort="at",
        csv="at",
    ),
    Column("who", "Who"),
    Column("role", "Role"),
    Column("what", "What"),
    Column(
        "emergency",
        "Emergency opening",
        lambda look: "Emergency opening" if look["emergency"] else "",
        tone="red",
    ),
    empty="Nobody has looked yet.",
)


def looked(rows: Iterable[AuditRow], *, by: str) -> Grid:
    """Each look as the person reads it; `by` is who reads."""
    return LOOKED.of(looks(rows, by=by))
