"""The exceptions page as plain values: who owes a return, what slipped, changed, broke, waits; and
what to send to whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from urllib.parse import quote

from oneplace.report import words as paper
from oneplace.web.accounts.models import User


def reminder_text(
    lead: User, by: User, month: dt.date, links: Sequence[tuple[str, str]]
) -> dict[str, str]:
    """What to send: the words, and the same as an address that a mail program opens."""
    many = "the return" if len(links) == 1 else f"{len(links)} returns"
    subject = f"Returns for {paper.month(month)}"
    body = "\n".join(
        [
            f"{lead.name},",
            "",
            f"{many} for {paper.month(month)} {'is' if len(links) == 1 else 'are'} not in yet. Each link opens one return, filled in with your last answers. It takes a minute, needs no password and works once.",
            "",
            *(f"{name}:\n{address}\n" for name, address in links),
            by.name,
        ]
    )
    mailto = f"mailto:{quote(lead.email)}?subject={quote(subject)}&body={quote(body)}"
    return {"to": lead.name, "email": lead.email, "text": body, "mailto": mailto}
