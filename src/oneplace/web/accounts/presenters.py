"""The tables of the privacy officer and of the administrator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from oneplace.web.accounts.models import BrokenGlass, User
from oneplace.web.components import words
from oneplace.web.components.listing import Cell, Column, Context, Grid, Listing, item, to
from oneplace.web.components.notation import MOMENT, MOMENT_OF_TEXT, Notation, nothing

SPACED = Notation(lambda v: v.replace("_", " "), nothing, nothing)

# Rows of the audit; `sought` says that they are those that somebody looked for, not all of them.
AUDIT = Listing(
    "audit",
    "Who looked at what",
    Column("number", "Row", numeric=True),
    Column("at", "When", show=MOMENT_OF_TEXT),
    Column("actor", "Account", none="not signed in"),
    Column("role", "Role", show=SPACED),
    Column("action", "What", show=SPACED),
    Column("subject", "Subject", lambda r: f"{r.kind} {r.subject}".strip()),
    Column("purpose", "Purpose", show=SPACED),
    Column(
        "allowed",
        "Answer",
        lambda r: "Allowed" if r.allowed else "Refused",
        tone=lambda r: "green" if r.allowed else "red",
    ),
    Column("reason", "Because"),
    empty=lambda c: "No row of the audit is about this." if c.sought else "Nobody has looked yet.",
    usual={"sought": False},
)


GLASS = Listing(
    "glass",
    "Records opened in an emergency",
    Column("at", "When", show=MOMENT, link=to("glass_review", "pk")),
    Column("user", "Who", "user.name"),
    Column("person", "Person", lambda b: str(b.person_id)),
    Column("reason", "Reason given"),
    Column("closed", "Closed by the reader", "closed_at", MOMENT),
    Column(
        "review",
        "Review",
        lambda b: b.get_review_display() if b.review else None,
        tone=lambda b: "grey" if b.review == "justified" else "red",
        none=Cell("Waiting for you", tone="yellow"),
    ),
    empty="Nobody has opened a record this way. When somebody does, it waits here for your review.",
)


def glass_openings(rows: Iterable[BrokenGlass]) -> Grid:
    """The emergency openings, those that wait for a review first."""
    return GLASS.of(sorted(rows, key=lambda b: (bool(b.review), -b.at.timestamp())))


# --- accounts -------------------------------------------------------------------------------------
TIE_NAMES = {
    "care_team": "Works in the team",
    "registered_practice": "Works at the practice",
    "scheme_lead": "Leads the scheme",
    "self": "Is the person",
    "chosen_carer": "Is a carer chosen by the person",
    "open_referral": "Has an open referral of the person",
}


def _ties(u: User, c: Context) -> str:
    return ", ".join(s.subject for s in u.standings.all() if s.until is None or s.until > c.now)


def _state(u: User, c: Context) -> Cell:
    if not u.is_active:
        return Cell("Closed", tone="grey")
    if u.pk in c.locked:
        return Cell("Locked", tone="orange", note="wrong passwords")
    return Cell("Open", note="demonstration" if u.demonstration else None)


ACCOUNTS = Listing(
    "accounts",
    "Accounts",
    Column("name", "Name", link=to("account", "pk")),
    Column("username", "User name"),
    Column("role", "Role", "role_name"),
    Column("organisation", "Organisation"),
    Column("ties", "Tied to", _ties),
    Column("last", "Last sign-in", "last_login", MOMENT, none="Never"),
    Column("state", "State", _state),
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


TIES = Listing(
    "ties",
    "Tied to",
    Column("tie", "How", lambda s: TIE_NAMES.get(s.tie, s.tie.replace("_", " "))),
    Column("subject", "To"),
    Column("since", "Since", show=MOMENT),
    Column(
        "until",
        "Until",
        show=MOMENT,
        beside=lambda s, c: "ended" if s.until <= c.now else None,
        none="No end",
    ),
    empty="Tied to nothing. A coordinator needs a team, a GP a practice, a scheme lead a scheme.",
)


CHANGES = Listing(
    "changes",
    "What was changed",
    Column("at", "When", show=MOMENT_OF_TEXT),
    Column("by", "By", "actor"),
    Column("what", "What", "reason"),
    empty="Nothing has been changed since the account was made.",
)


CODES = Listing(
    "codes",
    "Codes",
    Column("code", "Code", item(0)),
    Column("name", "Name", item(1)),
    Column("tie", "For", item(2)),
    empty="The place names no teams, practices or schemes.",
)


def codes(known: Mapping[str, Iterable[tuple[str, str]]]) -> Grid:
    """The codes that somebody may be tied to, by the kind of tie."""
    return CODES.of((code, name, tie) for tie, found in known.items() for code, name in found)
