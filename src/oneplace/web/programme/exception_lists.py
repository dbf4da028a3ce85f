"""The lists of the exceptions page: who owes a return, what slipped, changed, broke, waits, and
what was written since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from oneplace.plan.programme import Scheme
from oneplace.report import words as paper
from oneplace.web.accounts.models import Standing, User
from oneplace.web.components.listing import Column, Listing, to
from oneplace.web.components.notation import CAPITAL, DAY_OF, MOMENT, MONTH, coded
from oneplace.web.history.models import EntryVersion
from oneplace.web.programme.lists import STATUS_TONES, scheme_column
from oneplace.web.programme.models import STATUSES, Return


@dataclass(frozen=True)
class Owing:
    """One lead, because a lead is chased once for all that they owe."""

    lead: User
    schemes: Sequence[Scheme]
    last: dt.date | None
    reminded: dt.date | None

    @property
    def tick(self) -> SafeString:
        return format_html(
            '<input type="checkbox" class="op-tick" name="lead" value="{}" form="chase" aria-label="Chase {}">',
            self.lead.pk,
            self.lead.name,
        )

    @property
    def links(self) -> SafeString:
        named = ((reverse("scheme", args=[s.id]), s.id) for s in self.schemes)
        return format_html_join(", ", '<a href="{}">{}</a>', named)


def owing(
    missing: Sequence[Scheme],
    leads: Mapping[str, Sequence[Standing]],
    last: Mapping[str, Return],
    reminded: Mapping[tuple[int, str], dt.date],
) -> list[Owing]:
    """Who owes returns, by lead. Schemes that nobody leads stand below the table."""
    owed: dict[int, tuple[User, list[Scheme]]] = {}
    for s in missing:
        for standing in leads.get(s.id, ()):
            owed.setdefault(standing.user_id, (standing.user, []))[1].append(s)
    return [
        Owing(
            lead,
            schemes,
            max((last[s.id].month for s in schemes if s.id in last), default=None),
            max((reminded[key, s.id] for s in schemes if (key, s.id) in reminded), default=None),
        )
        for key, (lead, schemes) in owed.items()
    ]


OWING = Listing(
    "missing",
    "Returns not yet in",
    Column("lead", "Lead", "lead.name"),
    Column("tick", "Chase", csv=lambda _: ""),
    Column("owed", "Owed", lambda o: len(o.schemes), numeric=True),
    Column(
        "schemes",
        "Schemes",
        "links",
        sort=lambda o: len(o.schemes),
        csv=lambda o: ", ".join(s.id for s in o.schemes),
    ),
    Column("last", "Last return", show=MONTH, none="None yet"),
    Column("reminded", "Last reminded"),
    Column("organisation", "Organisation", "lead.organisation"),
    empty="Nobody who leads a scheme owes a return.",
)

SLIPS = Listing(
    "slipped",
    "Slipped: baseline to forecast",
    scheme_column("milestone.scheme.id", "milestone.scheme.name"),
    Column("title", "Milestone", "milestone.milestone.title"),
    Column("baseline", "Baseline", note="the approved plan"),
    Column("forecast", "Forecast"),
    Column("days", "Days slipped", numeric=True),
    Column("evidence", "Who says so", "milestone.evidence"),
    empty="No return forecasts a milestone later than the plan.",
)

STATUS_NAMES = dict(STATUSES)

CHANGES = Listing(
    "changes",
    "Status changes, this month and last",
    scheme_column(name=lambda x, c: c.names.get(x.scheme)),
    Column("what", "Rating", show=CAPITAL),
    Column("month", "Month", show=MONTH),
    Column("before", "Before", show=coded(STATUS_NAMES), none="First return"),
    Column(
        "after",
        "Now",
        show=coded(STATUS_NAMES),
        tone=STATUS_TONES,
        beside=lambda x: "better" if x.better else "worse" if x.before else None,
    ),
    Column("reason", "Reason", none="None given"),
    empty="No return of this month or last changed a rating.",
)

BROKEN = Listing(
    "broken",
    "Broken dependencies",
    Column(
        "waits",
        "What waits",
        lambda b: f"{b.waits.milestone.id} {b.waits.milestone.title}",
        link=to("scheme", "waits.scheme.id"),
    ),
    Column(
        "needs",
        "For what",
        lambda b: f"{b.needs.milestone.id} {b.needs.milestone.title}",
        link=to("scheme", "needs.scheme.id"),
    ),
    Column("why", "Why it breaks"),
    empty="Nothing that waits for another step waits in vain.",
)

AWAITING = Listing(
    "awaiting",
    "Awaiting quality impact assessment",
    scheme_column(name=lambda g, c: c.names.get(g.scheme)),
    Column("since", "Awaited since", "changed_at", DAY_OF),
    Column("reason", "Note"),
    empty="No scheme is recorded as awaiting one.",
)

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
NAMED_BY = ("scheme", "title", "summary", "what", "duty")


def _about(e: EntryVersion) -> str:
    """What an entry is about, by the first of its fields that says so."""
    if e.kind == "compliance_evidence":
        return f"{e.content['who']} {e.content['duty']}"
    return next((e.content[k] for k in NAMED_BY if e.content.get(k)), "")


EDITS = Listing(
    "edits",
    lambda c: f"Edits since Friday {paper.day(c.since)}",
    Column("at", "When", "saved_at", MOMENT),
    Column("who", "Who", "saved_by.name"),
    Column("kind", "What", show=coded(KIND_NAMES)),
    Column("about", "About", _about),
    Column("version", "Version", numeric=True),
    empty="Nobody has written anything since.",
)

REMINDERS = Listing(
    "reminders",
    "Who was reminded",
    Column("on", "Reminded on", "reminded_on"),
    Column("lead", "Lead", "lead.name"),
    Column("month", "For", show=MONTH),
    Column("schemes", "Schemes", lambda r: ", ".join(r.schemes)),
    Column("by", "By", "created_by.name"),
    empty="Nobody has been reminded yet.",
)
