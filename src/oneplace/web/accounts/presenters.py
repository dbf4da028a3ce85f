"""The tables of the privacy officer and of the administrator."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from django.urls import reverse
from django.utils import timezone

from oneplace.web.accounts.models import AuditRow, BrokenGlass, Standing, User
from oneplace.web.components import words
from oneplace.web.components.grid import Cell, Column, Grid


def audit_grid(rows: Iterable[AuditRow], *, sought: bool = False) -> Grid:
    """Rows of the audit; `sought` says that they are those that somebody looked for, not all of them."""
    return Grid(
        "audit",
        "Who looked at what",
        (
            Column("number", "Row", numeric=True),
            Column("at", "When"),
            Column("actor", "Account"),
            Column("role", "Role"),
            Column("action", "What"),
            Column("subject", "Subject"),
            Column("purpose", "Purpose"),
            Column("allowed", "Answer"),
            Column("reason", "Because"),
        ),
        [
            {
                "number": r.number,
                "at": Cell(words.moment(dt.datetime.fromisoformat(r.at)), sort=r.at, csv=r.at),
                "actor": r.actor or "not signed in",
                "role": r.role.replace("_", " "),
                "action": r.action.replace("_", " "),
                "subject": Cell(f"{r.kind} {r.subject}".strip()),
                "purpose": r.purpose.replace("_", " "),
                "allowed": Cell("Allowed", tone="green") if r.allowed else Cell("Refused", tone="red"),
                "reason": r.reason,
            }
            for r in rows
        ],
        empty="No row of the audit is about this." if sought else "Nobody has looked yet.",
        searchable=True,
    )


def glass_grid(rows: Iterable[BrokenGlass]) -> Grid:
    ordered = sorted(rows, key=lambda b: (bool(b.review), -b.at.timestamp()))
    return Grid(
        "glass",
        "Records opened in an emergency",
        (
            Column("at", "When"),
            Column("user", "Who"),
            Column("person", "Person"),
            Column("reason", "Reason given"),
            Column("closed", "Closed by the reader"),
            Column("review", "Review"),
        ),
        [
            {
                "at": Cell(words.moment(b.at), sort=b.at.isoformat(), href=reverse("glass_review", args=[b.pk])),
                "user": b.user.name,
                "person": Cell(str(b.person_id)),
                "reason": b.reason,
                "closed": words.moment(b.closed_at) if b.closed_at else "",
                "review": Cell(b.get_review_display(), tone="grey" if b.review == "justified" else "red")
                if b.review
                else Cell("Waiting for you", tone="yellow"),
            }
            for b in ordered
        ],
        empty="Nobody has opened a record this way. When somebody does, it waits here for your review.",
    )


# --- accounts ---------------------------------------------------------------------------------------------------------
TIE_NAMES = {
    "care_team": "Works in the team",
    "registered_practice": "Works at the practice",
    "scheme_lead": "Leads the scheme",
    "self": "Is the person",
    "chosen_carer": "Is a carer chosen by the person",
    "open_referral": "Has an open referral of the person",
}


def accounts_grid(users: Iterable[User], locked: set[int]) -> Grid:
    now = timezone.now()
    return Grid(
        "accounts",
        "Accounts",
        (
            Column("name", "Name"),
            Column("username", "User name"),
            Column("role", "Role"),
            Column("organisation", "Organisation"),
            Column("ties", "Tied to"),
            Column("last", "Last sign-in"),
            Column("state", "State"),
        ),
        [
            {
                "name": Cell(u.name, href=reverse("account", args=[u.pk])),
                "username": u.username,
                "role": u.role_name,
                "organisation": u.organisation,
                "ties": ", ".join(s.subject for s in u.standings.all() if s.until is None or s.until > now),
                "last": Cell(words.moment(u.last_login), sort=u.last_login.isoformat()) if u.last_login else "Never",
                "state": Cell("Closed", tone="grey")
                if not u.is_active
                else Cell("Locked", tone="orange", note="wrong passwords")
                if u.pk in locked
                else Cell("Open", note="demonstration" if u.demonstration else None),
            }
            for u in users
        ],
        searchable=True,
        empty="There are no accounts.",
    )


def account_facts(user: User, *, locked: bool) -> list[tuple[str, str]]:
    state = "Closed" if not user.is_active else "Locked after wrong passwords" if locked else "Open"
    return [
        ("User name", user.username),
        ("Role", user.role_name),
        ("Organisation", user.organisation),
        ("E-mail address", user.email),
        ("Trained in advance care planning", "Yes" if user.trained else ""),
        ("State", state),
        ("Password", "Chosen" if user.has_usable_password() else "None yet: make a one-time link"),
        ("Last sign-in", words.moment(user.last_login) if user.last_login else "Never"),
        ("Demonstration", "Yes: it opens nothing at a real place" if user.demonstration else ""),
    ]


def ties_grid(standings: Iterable[Standing], *, now: dt.datetime) -> Grid:
    return Grid(
        "ties",
        "Tied to",
        (Column("tie", "How"), Column("subject", "To"), Column("since", "Since"), Column("until", "Until")),
        [
            {
                "tie": TIE_NAMES.get(s.tie, s.tie.replace("_", " ")),
                "subject": s.subject,
                "since": Cell(words.moment(s.since), sort=s.since.isoformat()),
                "until": Cell(words.moment(s.until), sort=s.until.isoformat(), note="ended" if s.until <= now else None)
                if s.until
                else "No end",
            }
            for s in standings
        ],
        empty="Tied to nothing. A coordinator needs a team, a GP a practice, a scheme lead a scheme.",
    )


def changes_grid(rows: Iterable[AuditRow]) -> Grid:
    return Grid(
        "changes",
        "What was changed",
        (Column("at", "When"), Column("by", "By"), Column("what", "What")),
        [
            {
                "at": Cell(words.moment(dt.datetime.fromisoformat(r.at)), sort=r.at, csv=r.at),
                "by": r.actor,
                "what": r.reason,
            }
            for r in rows
        ],
        empty="Nothing has been changed since the account was made.",
    )


def codes_grid(known: Mapping[str, Iterable[tuple[str, str]]]) -> Grid:
    rows = [{"code": code, "name": name, "tie": tie} for tie, found in known.items() for code, name in found]
    columns = (Column("code", "Code"), Column("name", "Name"), Column("tie", "For"))
    return Grid(
        "codes", "Codes", columns, rows, searchable=True, empty="The place names no teams, practices or schemes."
    )
