"""Writing the audit and proving it whole. In: what was asked and decided. Out: a committed row, or
an exception.

The row commits in its own transaction before anything about a person is read; if it cannot be
written there is no page. The head of the chain is noted in a file outside the database every 1,000
rows or five minutes, because a chain that lost its tail still verifies.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from oneplace.safety import chain
from oneplace.safety.decide import Action, Actor, Decision, Purpose, Subject
from oneplace.web import place
from oneplace.web.accounts import guards
from oneplace.web.accounts.models import AuditRow
from oneplace.web.history import statements

ANCHOR_EVERY_ROWS, ANCHOR_EVERY = 1_000, dt.timedelta(minutes=5)
CHECK_EVERY = dt.timedelta(days=1)
_LOCK = 0x0A0D17  # any number that nothing else in this database locks


@dataclass(frozen=True)
class Verified:
    """What `verify` found: how many rows, what is wrong with them, which guards are missing."""

    rows: int
    findings: tuple[chain.Break, ...]
    missing_guards: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.findings and not self.missing_guards


def write(
    actor: Actor,
    action: Action,
    subject: Subject,
    purpose: Purpose,
    decision: Decision,
    *,
    at: dt.datetime,
    request: str,
) -> AuditRow:
    """One committed row. Raises inside another transaction: a row that can still be rolled back is
    no audit."""
    said: dict[str, Any] = {
        "at": at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        "actor": actor.id,
        "role": ",".join(sorted(actor.roles)),
        "action": action.value,
        "kind": subject.kind.value,
        "subject": subject.id,
        "purpose": purpose.value,
        "allowed": decision.allowed,
        "reason": decision.reason,
        "request": request,
    }
    with transaction.atomic(durable=True):
        statements.alone(_LOCK)
        last = AuditRow.objects.order_by("-number").first()
        link = chain.append(_link(last) if last else None, said, place.key("audit"))
        row = AuditRow(number=link.number, before=link.before, mac=link.mac, **said)
        row.save(force_insert=True)
    anchor_if_due(row, now=at)
    return row


def _link(row: AuditRow) -> chain.Link:
    return chain.Link(
        row.number, {name: getattr(row, name) for name in AuditRow.SAID}, row.before, row.mac
    )


# --- the anchor -----------------------------------------------------------------------------------
def anchor_file() -> Path:
    """Outside the database; `ONEPLACE_ANCHOR` may name a file on another machine's disk."""
    return Path(os.environ.get("ONEPLACE_ANCHOR") or place.state("audit.anchor"))


def last_anchor() -> tuple[chain.Anchor, dt.datetime] | None:
    """The furthest of the last lines that were completely written."""
    path = anchor_file()
    if not path.exists():
        return None
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 2_000))
        lines = [
            line
            for line in file.read().split(b"\n")[:-1]
            if line.startswith(b"{") and line.endswith(b"}")
        ]
    if not lines:
        return None
    noted = max((json.loads(line) for line in lines), key=lambda a: a["count"])
    return chain.Anchor(noted["count"], noted["head"]), dt.datetime.fromisoformat(noted["at"])


def anchor_if_due(row: AuditRow, *, now: dt.datetime) -> bool:
    """Note the head when 1,000 rows or five minutes have passed since the last note."""
    noted = last_anchor()
    if noted and row.number - noted[0].count < ANCHOR_EVERY_ROWS and now - noted[1] < ANCHOR_EVERY:
        return False
    line = (
        json.dumps({"count": row.number, "head": row.mac, "at": now.astimezone(dt.UTC).isoformat()})
        + "\n"
    )
    descriptor = os.open(anchor_file(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, line.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return True


def anchor_now(*, now: dt.datetime) -> None:
    """Note the head if there are rows that no anchor covers; the worker calls it every five
    minutes."""
    last = AuditRow.objects.order_by("-number").first()
    noted = last_anchor()
    if last and (noted is None or noted[0].count < last.number):
        anchor_if_due(last, now=max(now, (noted[1] + ANCHOR_EVERY) if noted else now))


def verify() -> Verified:
    """Is the chain whole, back to its last anchor, and are its guards in place?"""
    links = [_link(row) for row in AuditRow.objects.iterator(chunk_size=2_000)]
    noted = last_anchor()
    findings = chain.verify(links, place.key("audit"), noted[0] if noted else None)
    return Verified(len(links), tuple(findings), tuple(guards.missing(connection)))


# --- how it stood when it was last checked --------------------------------------------------------
@dataclass(frozen=True)
class LastCheck:
    """The last check of the whole chain. The page shows it, because checking a million rows takes
    longer than a page may."""

    at: dt.datetime
    rows: int
    ok: bool


def check(*, now: dt.datetime) -> Verified:
    """Verify, and note what came of it for the privacy officer's page."""
    whole = verify()
    note = json.dumps(
        {"at": now.astimezone(dt.UTC).isoformat(), "rows": whole.rows, "ok": whole.ok},
    )
    path = place.state("audit.checked")
    half = path.with_suffix(".tmp")
    half.write_text(note, encoding="utf-8")
    half.replace(path)
    return whole


def last_check() -> LastCheck | None:
    try:
        noted = json.loads(place.state("audit.checked").read_text(encoding="utf-8"))
        return LastCheck(
            dt.datetime.fromisoformat(noted["at"]),
            int(noted["rows"]),
            bool(noted["ok"]),
        )
    except (FileNotFoundError, ValueError, KeyError):
        return None


def check_if_due(*, now: dt.datetime) -> None:
    """Once a day, by the worker."""
    last = last_check()
    if last is None or now - last.at >= CHECK_EVERY:
        check(now=now)
