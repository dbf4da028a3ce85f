"""The exceptions page as plain values: who owes a return, what slipped, changed, broke, waits; and what to send to whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

from django.urls import reverse
from django.utils.html import format_html, format_html_join

from oneplace.plan.assurance.movements import Broken, Change, Slip
from oneplace.plan.programme import Plan, Scheme
from oneplace.report import words as paper
from oneplace.web.accounts.models import Standing, User
from oneplace.web.components import words
from oneplace.web.components.grid import Cell, Column, Grid
from oneplace.web.history.models import EntryVersion
from oneplace.web.programme.models import STATUSES, Gate, Reminder, Return
from oneplace.web.programme.presenters import STATUS_TONES, scheme_link


def late_returns_grid(
    missing: Sequence[Scheme],
    leads: Mapping[str, Sequence[Standing]],
    last: Mapping[str, Return],
    reminded: Mapping[tuple[int, str], dt.date],
) -> Grid:
    """By lead, because a lead is chased once for all that they owe. Schemes that nobody leads stand below the table."""
    owed: dict[int, tuple[User, list[Scheme]]] = {}
    for s in missing:
        for standing in leads.get(s.id, ()):
            owed.setdefault(standing.user_id, (standing.user, []))[1].append(s)
    rows = []
    for key, (lead, schemes) in owed.items():
        days = [reminded[key, s.id] for s in schemes if (key, s.id) in reminded]
        months = [last[s.id].month for s in schemes if s.id in last]
        tick = format_html('<input type="checkbox" class="op-tick" name="lead" value="{}" form="chase" aria-label="Chase {}">', key, lead.name)  # fmt: skip
        links = format_html_join(", ", '<a href="{}">{}</a>', ((reverse("scheme", args=[s.id]), s.id) for s in schemes))
        rows.append(
            {
                "lead": lead.name,
                "tick": Cell(tick, csv=""),
                "schemes": Cell(links, sort=len(schemes), csv=", ".join(s.id for s in schemes)),
                "owed": len(schemes),
                "last": Cell(paper.month(max(months)), sort=max(months).isoformat()) if months else "None yet",
                "reminded": max(days) if days else None,
                "organisation": lead.organisation,
            }
        )
    columns = (
        Column("lead", "Lead"),
        Column("tick", "Chase"),
        Column("owed", "Owed", numeric=True),
        Column("schemes", "Schemes"),
        Column("last", "Last return"),
        Column("reminded", "Last reminded"),
        Column("organisation", "Organisation"),
    )
    return Grid("missing", "Returns not yet in", columns, rows, empty="Nobody who leads a scheme owes a return.")


def slips_grid(found: Iterable[Slip]) -> Grid:
    rows = [
        {
            "scheme": scheme_link(s.milestone.scheme.id, s.milestone.scheme.name),
            "title": s.milestone.milestone.title,
            "baseline": s.baseline,
            "forecast": s.forecast,
            "days": s.days,
            "evidence": s.milestone.evidence,
        }
        for s in found
    ]
    columns = (
        Column("scheme", "Scheme"),
        Column("title", "Milestone"),
        Column("baseline", "Baseline", note="the approved plan"),
        Column("forecast", "Forecast"),
        Column("days", "Days slipped", numeric=True),
        Column("evidence", "Who says so"),
    )
    return Grid("slipped", "Slipped: baseline to forecast", columns, rows, empty="No return forecasts a milestone later than the plan.")  # fmt: skip


STATUS_NAMES = dict(STATUSES)


def changes_grid(found: Iterable[Change], plan: Plan) -> Grid:
    names = {s.id: s.name for s in plan.schemes}
    rows = [
        {
            "scheme": scheme_link(c.scheme, names.get(c.scheme)),
            "what": c.what.capitalize(),
            "month": Cell(paper.month(c.month), sort=c.month.isoformat()),
            "before": STATUS_NAMES[c.before] if c.before else "First return",
            "after": Cell(STATUS_NAMES[c.after], tone=STATUS_TONES[c.after], note="better" if c.better else "worse" if c.before else None),
            "reason": c.reason or "None given",
        }
        for c in found
    ]  # fmt: skip
    columns = (
        Column("scheme", "Scheme"),
        Column("what", "Rating"),
        Column("month", "Month"),
        Column("before", "Before"),
        Column("after", "Now"),
        Column("reason", "Reason"),
    )
    return Grid("changes", "Status changes, this month and last", columns, rows, empty="No return of this month or last changed a rating.")  # fmt: skip


def broken_grid(found: Iterable[Broken]) -> Grid:
    rows = [
        {
            "waits": Cell(f"{b.waits.milestone.id} {b.waits.milestone.title}", href=reverse("scheme", args=[b.waits.scheme.id])),
            "needs": Cell(f"{b.needs.milestone.id} {b.needs.milestone.title}", href=reverse("scheme", args=[b.needs.scheme.id])),
            "why": b.why,
        }
        for b in found
    ]  # fmt: skip
    columns = (Column("waits", "What waits"), Column("needs", "For what"), Column("why", "Why it breaks"))
    return Grid("broken", "Broken dependencies", columns, rows, empty="Nothing that waits for another step waits in vain.")  # fmt: skip


def awaiting_grid(found: Iterable[Gate], plan: Plan) -> Grid:
    names = {s.id: s.name for s in plan.schemes}
    rows = [
        {
            "scheme": scheme_link(g.scheme, names.get(g.scheme)),
            "since": Cell(words.day(g.changed_at), sort=g.changed_at.isoformat()),
            "reason": g.reason,
        }
        for g in found
    ]
    columns = (Column("scheme", "Scheme"), Column("since", "Awaited since"), Column("reason", "Note"))
    return Grid("awaiting", "Awaiting quality impact assessment", columns, rows, empty="No scheme is recorded as awaiting one.")  # fmt: skip


KIND_NAMES = {
    "returns": "Return",
    "verdicts": "Answer to a return",
    "gates": "Gate",
    "risks": "Risk or issue",
    "controls": "Control",
    "assurances": "Assurance",
    "risk_actions": "Risk action",
    "proposals": "Change to the plan",
    "approvals": "Approval",
    "compliance_evidence": "Compliance evidence",
    "reminders": "Reminder",
    "packs": "Pack",
}


def edits_grid(found: Iterable[EntryVersion], since: dt.date) -> Grid:
    rows = [
        {
            "at": Cell(words.moment(e.saved_at), sort=e.saved_at.isoformat()),
            "who": e.saved_by.name,
            "kind": KIND_NAMES[e.kind],
            "about": f"{e.content['who']} {e.content['duty']}" if e.kind == "compliance_evidence" else e.content.get("scheme") or e.content.get("title") or e.content.get("summary") or e.content.get("what") or e.content.get("duty") or "",
            "version": e.version,
        }
        for e in found
    ]  # fmt: skip
    columns = (Column("at", "When"), Column("who", "Who"), Column("kind", "What"), Column("about", "About"), Column("version", "Version", numeric=True))  # fmt: skip
    caption = f"Edits since Friday {paper.day(since)}"
    return Grid("edits", caption, columns, rows, searchable=True, empty="Nobody has written anything since.")


def reminder_text(lead: User, by: User, month: dt.date, links: Sequence[tuple[str, str]]) -> dict[str, str]:
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
    )  # fmt: skip
    mailto = f"mailto:{quote(lead.email)}?subject={quote(subject)}&body={quote(body)}"
    return {"to": lead.name, "email": lead.email, "text": body, "mailto": mailto}


def reminders_grid(found: Iterable[Reminder]) -> Grid:
    rows = [
        {
            "on": r.reminded_on,
            "lead": r.lead.name,
            "month": Cell(paper.month(r.month), sort=r.month.isoformat()),
            "schemes": ", ".join(r.schemes),
            "by": r.created_by.name,
        }
        for r in found
    ]
    columns = (Column("on", "Reminded on"), Column("lead", "Lead"), Column("month", "For"), Column("schemes", "Schemes"), Column("by", "By"))  # fmt: skip
    return Grid("reminders", "Who was reminded", columns, rows, empty="Nobody has been reminded yet.")
