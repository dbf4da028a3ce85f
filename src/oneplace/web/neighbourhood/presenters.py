"""The team's pages as plain values. A name appears only when it is handed in, which is after the audit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.urls import reverse

from oneplace.report import words as paper
from oneplace.web.components.grid import Cell, Column, Grid
from oneplace.web.neighbourhood.agenda import Slot
from oneplace.web.neighbourhood.models import Action, AgendaLine, Review

WHY = {
    "urgent": ("Urgent", "red"),
    "carried": ("Carried", "yellow"),
    "list": ("From the list", "white"),
    "added": ("Added", "blue"),
}
ACTION_TONES = {"open": "yellow", "done": "green", "declined": "red", "cancelled": "grey"}
Names = Mapping[int, Mapping[str, Any]]


def short(person: int | str) -> str:
    """A pseudonym as a list shows it: the last six digits are enough to tell a team's people apart on paper."""
    return f"…\u2060{str(person)[-6:]}"  # a word joiner, so that no line ends between the two


def spaced(nhs_number: str) -> str:
    """As people read it out: 999 013 9806."""
    return f"{nhs_number[:3]} {nhs_number[3:6]} {nhs_number[6:]}"


def name_of(identity: Mapping[str, Any] | None) -> str:
    if not identity:
        return ""
    return " ".join(p for p in (identity.get("given_name"), identity.get("family_name")) if p)


def person_cell(person: int | str, names: Names) -> Cell:
    known = name_of(names.get(int(person)))
    return Cell(
        known or short(person),
        href=reverse("person", args=[int(person)]),
        note=short(person) if known else None,
        csv=str(person),
    )


def agenda_grid(
    slots: Sequence[Slot | AgendaLine],
    *,
    team: Mapping[int, Mapping[str, Any]],
    reviews: Mapping[int, Review],
    names: Names,
    in_hospital: set[int],
    frozen: bool,
) -> Grid:
    rows = []
    for i, s in enumerate(slots, start=1):
        known = team.get(s.person_id, {})
        last = reviews.get(s.person_id)
        says, tone = WHY[s.why]
        rows.append(
            {
                "slot": i,
                "person": person_cell(s.person_id, names),
                "age": known.get("age"),
                "why": Cell(says, tone=tone, note="new" if getattr(s, "new", False) else None, sort=i),
                "reasons": "; ".join(s.reasons),
                "hospital": Cell("In hospital", tone="orange") if s.person_id in in_hospital else "",
                "reviewed": last.reviewed_on if last else None,
                "worker": last.key_worker if last else "",
                "review": Cell("Record the review", href=reverse("review", args=[s.person_id])),
            }
        )
    columns = [
        Column("slot", "Slot", numeric=True),
        Column("person", "Person"),
        Column("age", "Age", numeric=True),
        Column("why", "Why now"),
        Column("reasons", "Reasons"),
        Column("hospital", "Now"),
        Column("reviewed", "Last reviewed"),
        Column("worker", "Key worker"),
    ]
    if frozen:
        columns.append(Column("review", "Next"))
    return Grid(
        "agenda",
        "Agenda",
        tuple(columns),
        rows,
        empty="Nobody is to be discussed. The list below says who is on the register.",
    )


def caseload_grid(
    people: Iterable[Mapping[str, Any]],
    *,
    names: Names,
    reviews: Mapping[int, Review],
    open_actions: Mapping[int, int],
    on_agenda: set[int],
) -> Grid:
    rows = [
        {
            "rank": p["rank"],
            "person": person_cell(p["person"], names),
            "age": p["age"],
            "segment": p["segment"],
            "risk": Cell(p["risk_in_words"], sort=-(p["risk"] or 0), csv=p["risk"]),
            "reasons": "; ".join(p["reasons"]),
            "agenda": Cell("On the agenda", tone="blue") if int(p["person"]) in on_agenda else "",
            "reviewed": reviews[int(p["person"])].reviewed_on if int(p["person"]) in reviews else None,
            "actions": open_actions.get(int(p["person"])),
        }
        for p in people
    ]
    columns = (
        Column("rank", "Rank", numeric=True),
        Column("person", "Person"),
        Column("age", "Age", numeric=True),
        Column("segment", "Segment"),
        Column("risk", "Risk of an emergency admission", numeric=True),
        Column("reasons", "Reasons"),
        Column("agenda", "Agenda"),
        Column("reviewed", "Last reviewed"),
        Column("actions", "Open actions", numeric=True),
    )
    return Grid("caseload", "Register", columns, rows, searchable=True, empty="Nobody is on this register.")


def actions_grid(
    actions: Iterable[Action], *, on: dt.date, names: Names, name: str = "actions", caption: str = "Actions"
) -> Grid:
    rows = [
        {
            "due": Cell(
                paper.short_day(a.due_on),
                sort=a.due_on.isoformat(),
                note="overdue" if a.state == "open" and a.due_on < on else None,
                csv=a.due_on.isoformat(),
            ),
            "what": Cell(a.what, href=reverse("action", args=[a.pk])),
            "person": person_cell(a.person_id, names),
            "owner": a.owner,
            "organisation": a.organisation,
            "state": Cell(a.state.capitalize(), tone=ACTION_TONES[a.state]),
            "note": a.note,
        }
        for a in actions
    ]
    columns = (
        Column("due", "Due"),
        Column("what", "What"),
        Column("person", "Person"),
        Column("owner", "Owner"),
        Column("organisation", "Organisation"),
        Column("state", "State"),
        Column("note", "Note"),
    )
    return Grid(name, caption, columns, rows, searchable=True, empty="No actions.")


def reviews_grid(reviews: Iterable[Review]) -> Grid:
    rows = [
        {
            "on": r.reviewed_on,
            "outcome": r.get_outcome_display(),
            "decision": r.decision,
            "attended": r.attended,
            "worker": r.key_worker,
            "next": r.next_review_on,
        }
        for r in reviews
    ]
    columns = (
        Column("on", "Reviewed"),
        Column("outcome", "Outcome"),
        Column("decision", "Decision"),
        Column("attended", "Who was there"),
        Column("worker", "Key worker"),
        Column("next", "Next review"),
    )
    return Grid("reviews", "Reviews", columns, rows, sortable=False, empty="Not yet reviewed.")


def record_grids(found: Mapping[str, Any]) -> list[Grid]:
    """The record's tables, each small."""

    def grid(
        name: str, caption: str, columns: Sequence[tuple[str, str]], empty: str, numeric: tuple[str, ...] = ()
    ) -> Grid:
        return Grid(
            name,
            caption,
            tuple(Column(k, label, k in numeric) for k, label in columns),
            found[name],
            sortable=False,
            empty=empty,
        )

    return [
        grid("conditions", "Problems", [("title", "Problem"), ("since", "Since")], "No long-term problem is recorded."),
        grid(
            "admissions",
            "Admissions in the last two years",
            [("from", "From"), ("to", "To"), ("kind", "Kind"), ("why", "Main reason"), ("nights", "Nights")],
            "No admission in the last two years.",
            ("nights",),
        ),
        grid(
            "medicines",
            "Medicines of the last six months",
            [("title", "Medicine"), ("last", "Last issued"), ("times", "Times")],
            "No prescription in the last six months.",
            ("times",),
        ),
        grid(
            "readings",
            "Latest results",
            [("title", "What"), ("value", "Result"), ("unit", "Unit"), ("on", "On")],
            "No result is recorded.",
            ("value",),
        ),
        grid(
            "referrals",
            "Waiting for",
            [("title", "What"), ("since", "Since")],
            "Waiting for nothing that the records know of.",
        ),
        grid("packages", "Care at home", [("title", "What"), ("since", "Since")], "No care package is recorded."),
    ]


def age_on(birth: dt.date, day: dt.date) -> int:
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
