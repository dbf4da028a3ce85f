"""The privacy officer's tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.urls import reverse

from oneplace.web.accounts.models import AuditRow, BrokenGlass
from oneplace.web.components import words
from oneplace.web.components.grid import Cell, Column, Grid


def audit_grid(rows: Iterable[AuditRow]) -> Grid:
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
        empty="Nobody has looked yet.",
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
            Column("review", "Review"),
        ),
        [
            {
                "at": Cell(words.moment(b.at), sort=b.at.isoformat(), href=reverse("glass_review", args=[b.pk])),
                "user": b.user.name,
                "person": Cell(str(b.person_id)),
                "reason": b.reason,
                "review": Cell(b.get_review_display(), tone="grey" if b.review == "justified" else "red")
                if b.review
                else Cell("Waiting for you", tone="yellow"),
            }
            for b in ordered
        ],
        empty="Nobody has opened a record this way. When somebody does, it waits here for your review.",
    )
