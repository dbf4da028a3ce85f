"""The lists of the programme: milestones, schemes, claims, returns, gates, money, measures,
proposals."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from oneplace.plan.money.contract import needs
from oneplace.plan.programme import Plan
from oneplace.plan.scheme import DeliveryStatus
from oneplace.report import words as paper
from oneplace.web.components.column import Accessor, function
from oneplace.web.components.listing import Cell, Column, Context, Grid, Listing, to
from oneplace.web.components.notation import (
    CAPITAL,
    COUNT,
    GBP,
    LIST,
    MOMENT,
    MONTH,
    PERCENT,
    Notation,
)
from oneplace.web.programme.models import Gate, Return

STATE_TONES = {
    "late": "red",
    "due": "yellow",
    "unknown": "grey",
    "not yet due": "white",
    "done": "blue",
}
STATE_ORDER = {s: i for i, s in enumerate(("late", "due", "unknown", "not yet due", "done"))}
COLOURS = {
    "blue": ("Complete", "blue"),
    "red": ("Late", "red"),
    "amber": ("Slipping", "yellow"),
    "green": ("On track", "green"),
    "grey": ("Not reported", "grey"),
}
STATUS_TONES = {
    "not_started": "white",
    "on_track": "green",
    "at_risk": "yellow",
    "off_track": "red",
    "complete": "blue",
}


def scheme_column(
    scheme: Accessor = "scheme",
    name: Accessor | None = None,
    *,
    key: str = "scheme",
    label: str = "Scheme",
) -> Column:
    """A scheme by its id and, where it is known, its name; in the order of the plan."""
    its_id, its_name = function(scheme), function(name) if name else None

    def text(row: Any, c: Context) -> str:
        named = its_name(row, c) if its_name else None
        return f"{its_id(row, c)} {named}" if named else its_id(row, c)

    return Column(key, label, text, link=to("scheme", scheme), sort=scheme)


PRINTED_MONTH = re.compile(r"([A-Z][a-z]{2})[a-z]*\s*[-\u2013]?\s*(?:20)?(\d{2})\Z")


def moved_since_printed(printed: str | None, due_by: str | None) -> str | None:
    """The month that the plan now says, where the board has changed it and the printed words say
    another; else nothing."""
    found = PRINTED_MONTH.search((printed or "").strip())
    months = {paper.month(dt.date(2000, n, 1))[:3]: n for n in range(1, 13)}
    if found is None or due_by is None or found[1] not in months:
        return None
    now = dt.date.fromisoformat(due_by)
    then = dt.date(2000 + int(found[2]), months[found[1]], 1)
    return None if (now.year, now.month) == (then.year, then.month) else f"now {paper.month(now)}"


MILESTONES = Listing(
    "milestones",
    "Milestones",
    Column(
        "scheme",
        "Scheme",
        lambda m: f"{m['scheme']} {m['scheme_name']}",
        link=to("scheme", "scheme"),
        sort="scheme",
        when=lambda c: not c.one_scheme,
    ),
    Column("title", "Milestone"),
    Column(
        "due",
        "Due, as printed",
        lambda m: m["printed"] or m["due"] or "No date printed",
        sort=lambda m: m["due_by"] or "9999",
        beside=lambda m: moved_since_printed(m["printed"], m["due_by"]),
    ),
    Column(
        "state",
        "State",
        show=CAPITAL,
        tone=STATE_TONES,
        sort=lambda m: STATE_ORDER[m["state"]],
    ),
    Column("days", "Days late", "days_late", numeric=True),
    Column("forecast", "Forecast"),
    Column("evidence", "Who says so"),
    empty="No milestone fits.",
    usual={"one_scheme": False},
)


# --- schemes --------------------------------------------------------------------------------------
def schemes(
    plan: Plan,
    status: Sequence[DeliveryStatus],
    milestones: Sequence[Mapping[str, Any]],
    returns: Mapping[str, Return],
    gates: Mapping[str, str],
) -> Grid:
    """The schemes of the plan, each with how it stands, its last return and the furthest gate."""
    return SCHEMES.of(
        plan.schemes,
        status={d.scheme: d for d in status},
        late=Counter(m["scheme"] for m in milestones if m["state"] == "late"),
        programmes={p.id: p.name for p in plan.programmes},
        returns=returns,
        gates=gates,
    )


def _rule(s: Any, c: Context) -> str | None:
    """A grey tag says by itself that nothing came in; any other colour comes with its rule."""
    return c.status[s.id].rule if c.status[s.id].colour != "grey" else None


def _benefit(s: Any, c: Context) -> Cell:
    last = c.returns.get(s.id)
    if last is None:
        return Cell("Not reported", tone="grey")
    return Cell(last.get_benefit_display(), tone=STATUS_TONES[last.benefit])


SCHEMES = Listing(
    "schemes",
    "Schemes",
    scheme_column("id", "name"),
    Column("programme", "Programme", lambda s, c: c.programmes[s.programme]),
    Column(
        "lead",
        "Lead",
        none="Not stated in the plan",
        when=lambda c: any(s.lead for s in c.rows),
    ),
    Column(
        "delivery",
        "Delivery",
        lambda s, c: COLOURS[c.status[s.id].colour][0],
        tone=lambda s, c: COLOURS[c.status[s.id].colour][1],
        beside=_rule,
    ),
    Column("benefit", "Benefit", _benefit),
    Column("gate", "Gate", lambda s, c: c.gates.get(s.id), none="None recorded"),
    Column(
        "milestones",
        "Milestones",
        lambda s: len(s.milestones),
        COUNT,
        figure="scheme.{0.id}.milestones",
    ),
    Column("late", "Late", lambda s, c: c.late[s.id] or None, COUNT, figure="scheme.{0.id}.late"),
    Column(
        "claims",
        "Claims",
        lambda s: len(s.claims) or None,
        COUNT,
        figure="scheme.{0.id}.claims",
    ),
    Column(
        "value",
        "Claimed value",
        lambda s: sum((x.value_gbp or Decimal(0) for x in s.claims), Decimal(0)) or None,
        GBP,
        note="at tariff unless noted",
        figure="scheme.{0.id}.value",
    ),
    Column(
        "return",
        "Last return",
        lambda s, c: c.returns[s.id].month if s.id in c.returns else None,
    ),
    empty="The plan has no schemes.",
)

CLAIMS = Listing(
    "claims",
    "Claims beside the records",
    scheme_column(name="scheme_name", key="claim"),
    Column("activity", "What it counts"),
    Column(
        "claimed",
        "Claimed",
        show=COUNT,
        figure="claimed.{0[claim]}.fewer",
        none="none printed",
    ),
    Column(
        "available",
        "There are",
        lambda x: Cell("*", sort=-1) if x["hidden"] else x["available"],
        numeric=True,
        note=lambda c: f"in {paper.span_of(c.rows[0]['period'])}" if c.rows else "",
    ),
    Column("share", "Share", "share_percent", PERCENT),
    Column("basis", "Basis"),
    Column("value", "At tariff", "value_at_tariff_gbp", GBP, figure="claimed.{0[claim]}.value"),
    Column("flags", "What to hear", show=LIST),
    empty="No scheme claims a number.",
)


# --- returns and gates ----------------------------------------------------------------------------
def _verdict(r: Return) -> Cell | str:
    verdict = getattr(r, "verdict", None)
    if verdict is None:
        return "Not looked at"
    if verdict.about_version != r.version:
        return Cell("Answered since", note=f"{verdict.state} in version {verdict.about_version}")
    tone = "green" if verdict.state == "accepted" else "orange"
    return Cell(verdict.get_state_display(), tone=tone, note=verdict.words or None)


RETURNS = Listing(
    "returns",
    "Returns",
    Column("month", "Month", show=MONTH),
    scheme_column(),
    Column("delivery", "Delivery", "get_delivery_display", tone=lambda r: STATUS_TONES[r.delivery]),
    Column("benefit", "Benefit", "get_benefit_display", tone=lambda r: STATUS_TONES[r.benefit]),
    Column("reason", "Reason"),
    Column("sent", "Sent", "sent_on"),
    Column("by", "By", "changed_by.name"),
    Column("version", "Version", numeric=True),
    Column("office", "Programme office", _verdict),
    empty="No return has been sent. Send the lead a link.",
)

GATE_TONES = {"awaiting": "yellow", "passed": "green", "refused": "red", "not_needed": "grey"}

GATES = Listing(
    "gates",
    "Gates",
    Column(
        "gate",
        "Gate",
        lambda gate: gate[1],
        link=lambda gate, c: (
            to("gate", lambda _: c.scheme, lambda g: g[0])(gate, c) if c.edit else None
        ),
    ),
    Column(
        "state",
        "State",
        lambda gate, c: c.gates[gate[0]].get_state_display() if gate[0] in c.gates else None,
        tone=lambda gate, c: GATE_TONES[c.gates[gate[0]].state],
        none="Nobody has said",
    ),
    Column("on", "Decided", lambda gate, c: getattr(c.gates.get(gate[0]), "decided_on", None)),
    Column("by", "By", lambda gate, c: getattr(c.gates.get(gate[0]), "decided_by", None)),
    Column("reason", "Why", lambda gate, c: getattr(c.gates.get(gate[0]), "reason", None)),
    sortable=False,
)


def gates(scheme: str, found: Mapping[str, Gate], *, edit: bool) -> Grid:
    """Every gate there is, with what was decided of this scheme."""
    return GATES.of(Gate.GATES, scheme=scheme, gates=found, edit=edit)


# --- money: at tariff, under the contract, in cash are three kinds that are never added -----------
def _under_contract(claim: Any, c: Context) -> Any:
    found = c.effects.get(claim.id)
    if found and found["contract_effect_gbp"] is not None:
        gbp = Decimal(found["contract_effect_gbp"])
        return Cell(paper.money(gbp), sort=float(gbp), csv=gbp, note=found["contract_note"])
    missing = needs(c.contract) or "build the place to know what exists"
    return f"Not known: {found['contract_note'] if found else missing}"


MONEY_BY_KIND = Listing(
    "money",
    "Money by kind",
    Column("claim", "Claim", "id"),
    Column("printed", "Printed value", "value_gbp", GBP, none="None printed"),
    Column(
        "counted",
        "Counted",
        lambda x: "at tariff" if x.value_basis == "tariff" else "at cost, not tariff",
    ),
    Column("contract", "Under the contract", _under_contract),
    Column("cash", "In cash", lambda _: "Not known: no savings line corresponds to it"),
    sortable=False,
    empty="The scheme claims no money.",
)


def _reckoned(value: Decimal) -> str:
    """A figure of ours to three places: a share worked out has no end of digits, and none of them
    is printed anywhere."""
    rounded = round(value, 3)
    return f"{rounded.normalize() if rounded else Decimal(0):,f}"


RECKONED = Notation(_reckoned, numeric=True)

RECONCILIATION = Listing(
    "reconciliation",
    "Printed totals beside their own lines",
    Column("what", "Printed figure"),
    Column("table", "Table", show=CAPITAL),
    Column("printed", "Printed", show=Notation(lambda v: f"{v:,}", numeric=True)),
    Column("recomputed", "From its lines", show=RECKONED),
    Column("difference", "Difference", show=RECKONED, sort=lambda r: abs(r.difference)),
    Column("unit", "Unit"),
    Column(
        "agrees",
        "State",
        lambda r: "Agrees" if r.agrees else "Differs",
        tone=lambda r: "grey" if r.agrees else "red",
    ),
    Column("note", "Note"),
)

MEASURES = Listing(
    "measures",
    "Measures",
    Column("title", "Measure"),
    Column("baseline", "Baseline", numeric=True),
    Column(
        "target",
        "Target",
        lambda m: "In place" if m["target"] is True else m["target"],
        numeric=True,
    ),
    Column("unit", "Unit"),
    Column("by", "By"),
    Column("value", "Reported", numeric=True),
    Column(
        "state",
        "State",
        show=CAPITAL,
        tone=lambda m: {"met": "green", "not met": "red"}.get(m["state"], "grey"),
    ),
    empty="The scheme names no measure.",
)

PROPOSALS = Listing(
    "proposals",
    "Changes to the plan",
    Column("summary", "Change", link=to("proposal", "pk")),
    Column("document", "Document"),
    Column("by", "Proposed by", "created_by.name"),
    Column("at", "When", "created_at", MOMENT),
    Column("digest", "Version", lambda p: p.digest[:12]),
    Column(
        "state",
        "State",
        show=CAPITAL,
        tone={"proposed": "yellow", "approved": "green", "refused": "red", "withdrawn": "grey"},
    ),
    empty="Nobody has proposed a change to the plan.",
)
