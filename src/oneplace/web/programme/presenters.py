"""The programme's pages as plain values. In: a session's plan, statuses and entries. Out: grids, charts, lists of text."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.urls import reverse

from oneplace.plan.money.contract import needs
from oneplace.plan.money.forms import Contract
from oneplace.plan.money.positions import contingency, required_spend, savings_by_recurrence
from oneplace.plan.money.reconcile import reconcile
from oneplace.plan.programme import Plan, Scheme
from oneplace.plan.scheme import DeliveryStatus
from oneplace.report import words as paper
from oneplace.report.charts.timeline import Milestone as Mark
from oneplace.report.charts.timeline import Timeline
from oneplace.report.charts.waterfall import Step, Waterfall
from oneplace.web.accounts.models import Standing
from oneplace.web.components import words
from oneplace.web.components.grid import Cell, Column, Grid
from oneplace.web.programme.models import Gate, Proposal, Return

STATE_TONES = {"late": "red", "due": "yellow", "unknown": "grey", "not yet due": "white", "done": "blue"}
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
STATE_ORDER = {s: i for i, s in enumerate(("late", "due", "unknown", "not yet due", "done"))}
MARKS = {"late": "late", "due": "due", "not yet due": "due", "unknown": "unknown", "done": "done"}


def scheme_link(scheme: str, name: str | None = None) -> Cell:
    return Cell(f"{scheme} {name}" if name else scheme, href=reverse("scheme", args=[scheme]), sort=scheme)


def state_cell(state: str) -> Cell:
    return Cell(state.capitalize(), tone=STATE_TONES[state], sort=STATE_ORDER[state])


PRINTED_MONTH = re.compile(r"([A-Z][a-z]{2})[a-z]*\s*[-\u2013]?\s*(?:20)?(\d{2})\Z")


def moved_since_printed(printed: str | None, due_by: str | None) -> str | None:
    """The month that the plan now says, where the board has changed it and the printed words say another; else nothing."""
    found = PRINTED_MONTH.search((printed or "").strip())
    months = {paper.month(dt.date(2000, n, 1))[:3]: n for n in range(1, 13)}
    if found is None or due_by is None or found[1] not in months:
        return None
    now = dt.date.fromisoformat(due_by)
    then = dt.date(2000 + int(found[2]), months[found[1]], 1)
    return None if (now.year, now.month) == (then.year, then.month) else f"now {paper.month(now)}"


def milestone_rows(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "id": m["id"],
            "scheme": scheme_link(m["scheme"], m["scheme_name"]),
            "title": m["title"],
            "due": Cell(
                m["printed"] or m["due"] or "No date printed",
                sort=m["due_by"] or "9999",
                note=moved_since_printed(m["printed"], m["due_by"]),
            ),
            "state": state_cell(m["state"]),
            "days": m["days_late"],
            "forecast": dt.date.fromisoformat(m["forecast"]) if m["forecast"] else None,
            "evidence": m["evidence"],
        }
        for m in rows
    ]


MILESTONE_COLUMNS = (
    Column("scheme", "Scheme"),
    Column("title", "Milestone"),
    Column("due", "Due, as printed"),
    Column("state", "State"),
    Column("days", "Days late", numeric=True),
    Column("forecast", "Forecast"),
    Column("evidence", "Who says so"),
)


def milestones_grid(
    rows: Iterable[Mapping[str, Any]], name: str, caption: str, empty: str, *, one_scheme: bool = False
) -> Grid:
    columns = MILESTONE_COLUMNS[1:] if one_scheme else MILESTONE_COLUMNS
    return Grid(name, caption, columns, milestone_rows(rows), empty=empty, searchable=True)


def timeline(rows: Sequence[Mapping[str, Any]], *, on: dt.date, id: str = "milestones") -> Timeline:
    return Timeline(
        id=id,
        title="Milestones along the year",
        # Said in the page's own words: the drawing has one mark for what is due and for what is not due yet.
        finding=f"of {paper.plural(len(rows), 'milestone')} on {paper.day(on)}: "
        + ", ".join(f"{n} {state}" for state, n in counts(rows).items() if n),
        on=on,
        milestones=tuple(
            Mark(
                lane=f"{m['scheme']} {m['scheme_name']}",
                label=m["title"],
                due=dt.date.fromisoformat(m["due_by"]) if m["due_by"] else None,
                state=MARKS[m["state"]],
                moved_to=dt.date.fromisoformat(m["forecast"]) if m["forecast"] else None,
            )
            for m in rows
        ),
    )


def counts(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many in each state: the one place the programme's pages count milestones."""
    found = Counter(m["state"] for m in rows)
    return {state: found.get(state, 0) for state in STATE_ORDER}


def count_figures(found: Mapping[str, int]) -> list[dict[str, Any]]:
    says = {
        "late": "late, or done and nobody has said so",
        "due": "due now",
        "unknown": "without a usable date",
        "not yet due": "not yet due",
        "done": "done",
    }
    return [
        {
            "value": paper.number(n),
            "name": says[s],
            "href": reverse("milestones") + f"?state={s.replace(' ', '+')}",
            "figure": f"milestones.{s.replace(' ', '_')}",
        }
        for s, n in found.items()
    ]


# --- schemes ----------------------------------------------------------------------------------------------------------
def schemes_grid(
    plan: Plan,
    status: Sequence[DeliveryStatus],
    milestones: Sequence[Mapping[str, Any]],
    returns: Mapping[str, Return],
    gates: Mapping[str, str],
) -> Grid:
    colour = {d.scheme: d for d in status}
    late = Counter(m["scheme"] for m in milestones if m["state"] == "late")
    programmes = {p.id: p.name for p in plan.programmes}
    rows = []
    for s in plan.schemes:
        said, tone = COLOURS[colour[s.id].colour]
        last = returns.get(s.id)
        rows.append(
            {
                "scheme": scheme_link(s.id, s.name),
                "programme": programmes[s.programme],
                "lead": s.lead or "Not stated in the plan",
                # A grey tag says by itself that nothing came in; any other colour comes with its rule.
                "delivery": Cell(said, tone=tone, note=colour[s.id].rule if colour[s.id].colour != "grey" else None),
                "benefit": Cell(last.get_benefit_display(), tone=STATUS_TONES[last.benefit])
                if last
                else Cell("Not reported", tone="grey"),
                "gate": gates.get(s.id) or "None recorded",
                "milestones": Cell(
                    paper.number(len(s.milestones)), sort=len(s.milestones), figure=f"scheme.{s.id}.milestones"
                ),
                "late": Cell(paper.number(late[s.id]), sort=late[s.id], figure=f"scheme.{s.id}.late")
                if late[s.id]
                else None,
                "claims": Cell(paper.number(n), sort=n, figure=f"scheme.{s.id}.claims")
                if (n := len(s.claims))
                else None,
                "value": Cell(paper.money(v), sort=float(v), csv=v, figure=f"scheme.{s.id}.value")
                if (v := sum((c.value_gbp or Decimal(0) for c in s.claims), Decimal(0)))
                else None,
                "return": last.month if last else None,
            }
        )
    columns = (
        Column("scheme", "Scheme"),
        Column("programme", "Programme"),
        *((Column("lead", "Lead"),) if any(s.lead for s in plan.schemes) else ()),
        Column("delivery", "Delivery"),
        Column("benefit", "Benefit"),
        Column("gate", "Gate"),
        Column("milestones", "Milestones", numeric=True),
        Column("late", "Late", numeric=True),
        Column("claims", "Claims", numeric=True),
        Column("value", "Claimed value", numeric=True, note="at tariff unless noted"),
        Column("return", "Last return"),
    )
    return Grid("schemes", "Schemes", columns, rows, searchable=True, empty="The plan has no schemes.")


def claims_grid(claims: Sequence[Mapping[str, Any]]) -> Grid:
    before = f"in {paper.span_of(claims[0]['period'])}" if claims else ""
    rows = [
        {
            "claim": scheme_link(c["scheme"], c["scheme_name"]),
            "activity": c["activity"],
            "claimed": Cell(paper.number(c["claimed"]), sort=c["claimed"], figure=f"claimed.{c['claim']}.fewer")
            if c["claimed"] is not None
            else "none printed",
            "available": Cell("*", sort=-1) if c["hidden"] else c["available"],
            "share": Cell(paper.percent(c["share_percent"]), sort=float(c["share_percent"]))
            if c["share_percent"] is not None
            else None,
            "basis": c["basis"],
            "value": Cell(
                paper.money(c["value_at_tariff_gbp"]),
                sort=float(c["value_at_tariff_gbp"]),
                figure=f"claimed.{c['claim']}.value",
            )
            if c["value_at_tariff_gbp"] is not None
            else None,
            "flags": "; ".join(c["flags"]),
        }
        for c in claims
    ]
    columns = (
        Column("claim", "Scheme"),
        Column("activity", "What it counts"),
        Column("claimed", "Claimed", numeric=True),
        Column("available", "There are", numeric=True, note=before),
        Column("share", "Share", numeric=True),
        Column("basis", "Basis"),
        Column("value", "At tariff", numeric=True),
        Column("flags", "What to hear"),
    )
    return Grid("claims", "Claims beside the records", columns, rows, empty="No scheme claims a number.")


def returns_grid(returns: Iterable[Return]) -> Grid:
    rows = [
        {
            "month": Cell(paper.month(r.month), sort=r.month.isoformat()),
            "scheme": scheme_link(r.scheme),
            "delivery": Cell(r.get_delivery_display(), tone=STATUS_TONES[r.delivery]),
            "benefit": Cell(r.get_benefit_display(), tone=STATUS_TONES[r.benefit]),
            "reason": r.reason,
            "sent": r.sent_on,
            "by": r.changed_by.name,
            "version": r.version,
            "office": verdict_cell(r),
        }
        for r in returns
    ]
    columns = (
        Column("month", "Month"),
        Column("scheme", "Scheme"),
        Column("delivery", "Delivery"),
        Column("benefit", "Benefit"),
        Column("reason", "Reason"),
        Column("sent", "Sent"),
        Column("by", "By"),
        Column("version", "Version", numeric=True),
        Column("office", "Programme office"),
    )
    return Grid("returns", "Returns", columns, rows, empty="No return has been sent. Send the lead a link.")


def stands(r: Return) -> str:
    """What the office says of this very version: accepted, challenged, or nothing yet."""
    verdict = getattr(r, "verdict", None)
    return verdict.state if verdict and verdict.about_version == r.version else ""


def verdict_cell(r: Return) -> Cell | str:
    verdict = getattr(r, "verdict", None)
    if verdict is None:
        return "Not looked at"
    if verdict.about_version != r.version:
        return Cell("Answered since", note=f"{verdict.state} in version {verdict.about_version}")
    tone = "green" if verdict.state == "accepted" else "orange"
    return Cell(verdict.get_state_display(), tone=tone, note=verdict.words or None)


def said_by_lead(last: Return | None) -> dict[str, Any]:
    """Delivery and benefit as the lead rates them, each by itself, with whose word it is."""
    if last is None:
        return {"delivery": ("Not reported", "grey"), "benefit": ("Not reported", "grey"), "who": ""}
    who = f"{last.changed_by.name}, {words.day(last.sent_on)}"
    return {
        "delivery": (last.get_delivery_display(), STATUS_TONES[last.delivery]),
        "benefit": (last.get_benefit_display(), STATUS_TONES[last.benefit]),
        "who": f"{who}: {last.reason}" if last.reason else who,
    }


def gates_passed() -> dict[str, str]:
    """The furthest gate that each scheme has passed."""
    order = {g: i for i, (g, _) in enumerate(Gate.GATES)}
    found: dict[str, Gate] = {}
    for g in Gate.objects.filter(state="passed"):
        if g.scheme not in found or order[g.gate] > order[found[g.scheme].gate]:
            found[g.scheme] = g
    return {s: g.get_gate_display() for s, g in found.items()}


GATE_TONES = {"awaiting": "yellow", "passed": "green", "refused": "red", "not_needed": "grey"}


def gates_grid(scheme: str, gates: Mapping[str, Gate], *, edit: bool) -> Grid:
    rows = []
    for key, name in Gate.GATES:
        g = gates.get(key)
        rows.append(
            {
                "gate": Cell(name, href=reverse("gate", args=[scheme, key]) if edit else None),
                "state": Cell(g.get_state_display(), tone=GATE_TONES[g.state]) if g else "Nobody has said",
                "on": g.decided_on if g else None,
                "by": g.decided_by if g else None,
                "reason": g.reason if g else None,
            }
        )
    columns = (Column("gate", "Gate"), Column("state", "State"), Column("on", "Decided"), Column("by", "By"), Column("reason", "Why"))  # fmt: skip
    return Grid("gates", "Gates", columns, rows, sortable=False)


def money_by_kind_grid(scheme: Scheme, effects: Mapping[str, Mapping[str, Any]], contract: Contract | None) -> Grid:
    """Three kinds of money that are never added: at tariff, under the contract, in cash. `effects` are the claims as they were assessed."""

    def under(claim: str) -> Any:
        found = effects.get(claim)
        if found and found["contract_effect_gbp"] is not None:
            gbp = Decimal(found["contract_effect_gbp"])
            return Cell(paper.money(gbp), sort=float(gbp), csv=gbp, note=found["contract_note"])
        return f"Not known: {found['contract_note'] if found else needs(contract) or 'build the place to know what exists'}"

    rows = [
        {
            "claim": c.id,
            "printed": Cell(paper.money(c.value_gbp), sort=float(c.value_gbp), csv=c.value_gbp) if c.value_gbp is not None else "None printed",
            "counted": "at tariff" if c.value_basis == "tariff" else "at cost, not tariff",
            "contract": under(c.id),
            "cash": "Not known: no savings line corresponds to it",
        }
        for c in scheme.claims
    ]  # fmt: skip
    columns = (Column("claim", "Claim"), Column("printed", "Printed value", numeric=True), Column("counted", "Counted"), Column("contract", "Under the contract"), Column("cash", "In cash"))  # fmt: skip
    return Grid("money", "Money by kind", columns, rows, sortable=False, empty="The scheme claims no money.")


def scheme_facts(
    scheme: Scheme, plan: Plan, gates: Mapping[str, Gate], standings: Sequence[Standing]
) -> list[tuple[str, str]]:
    programme = next(p.name for p in plan.programmes if p.id == scheme.programme)
    aims = {a.id: a.name for a in plan.aims}
    when = scheme.implementation
    passed = [name for key, name in Gate.GATES if key in gates and gates[key].state == "passed"]
    accounts = ", ".join(s.user.name for s in standings)
    return [
        ("Lead", (scheme.lead or "Not stated in the plan") + (f"; sends the returns: {accounts}" if accounts else "")),
        ("Gate", passed[-1] if passed else "None recorded"),
        ("Programme", programme),
        ("Aims", "; ".join(aims[a] for a in scheme.aims) or "None stated"),
        ("How the aims are known", scheme.aim_basis or ""),
        ("To be working", when.printed or (str(when.when) if when.when else "No date printed")),
        ("Where it stands", scheme.source or ""),
        *((k.replace("_", " ").capitalize(), v) for k, v in scheme.details.items()),
    ]


def measures_grid(rows: Iterable[Mapping[str, Any]]) -> Grid:
    made = [
        {
            "title": m["title"],
            "baseline": m["baseline"],
            "target": "In place" if m["target"] is True else m["target"],
            "unit": m["unit"],
            "by": m["by"],
            "value": m["value"],
            "state": Cell(m["state"].capitalize(), tone={"met": "green", "not met": "red"}.get(m["state"], "grey")),
        }
        for m in rows
    ]
    columns = (
        Column("title", "Measure"),
        Column("baseline", "Baseline", numeric=True),
        Column("target", "Target", numeric=True),
        Column("unit", "Unit"),
        Column("by", "By"),
        Column("value", "Reported", numeric=True),
        Column("state", "State"),
    )
    return Grid("measures", "Measures", columns, made, empty="The scheme names no measure.")


# --- money ------------------------------------------------------------------------------------------------------------
def _reckoned(value: Decimal) -> str:
    """A figure of ours to three places: a share worked out has no end of digits, and none of them is printed anywhere."""
    rounded = round(value, 3)
    return f"{rounded.normalize() if rounded else Decimal(0):,f}"


def reconciliation_grid(finances: Any) -> Grid:
    rows = [
        {
            "table": r.table.capitalize(),
            "what": r.what,
            "printed": Cell(f"{r.printed:,}", sort=float(r.printed), csv=r.printed),
            "recomputed": Cell(
                _reckoned(r.recomputed),
                sort=float(r.recomputed),
                csv=r.recomputed,
            ),
            "difference": Cell(_reckoned(r.difference), sort=float(abs(r.difference)), csv=r.difference),
            "unit": r.unit,
            "agrees": Cell("Agrees", tone="grey") if r.agrees else Cell("Differs", tone="red"),
            "note": r.note,
        }
        for r in sorted(reconcile(finances), key=lambda r: r.agrees)
    ]
    columns = (
        Column("what", "Printed figure"),
        Column("table", "Table"),
        Column("printed", "Printed", numeric=True),
        Column("recomputed", "From its lines", numeric=True),
        Column("difference", "Difference", numeric=True),
        Column("unit", "Unit"),
        Column("agrees", "State"),
        Column("note", "Note"),
    )
    return Grid("reconciliation", "Printed totals beside their own lines", columns, rows, searchable=True)


def bridge_chart(finances: Any) -> Waterfall | None:
    if not finances or not finances.bridge:
        return None
    return Waterfall(
        id="bridge",
        title="How the change in allocation is used",
        measure="Sources and applications",
        unit="GBP m",
        steps=(
            *(Step(x.line, x.gbp_m) for x in finances.bridge.lines),
            Step("Net", finances.bridge.printed_net_gbp_m, "total"),
        ),
    )


def money_figures(finances: Any) -> list[dict[str, Any]]:
    """The headline beside what is derived from it; nothing is shown that the document does not hold."""
    if not finances:
        return []
    found = []
    if finances.allocation:
        found.append(
            {
                "value": paper.money(finances.allocation.in_year.after * 1000, "millions"),
                "name": "allocation in the year",
                "figure": "money.allocation.in-year.after",
            }
        )
    if finances.expenditure:
        found.append(
            {
                "value": paper.money(finances.expenditure.printed_total_gbp_m * 1_000_000, "millions"),
                "name": "programme expenditure planned",
                "figure": "money.expenditure.total",
            }
        )
    if finances.savings:
        parts = savings_by_recurrence(finances)
        note = ", ".join(f"{paper.money(v, 'millions')} {k}" for k, v in parts.items() if v)
        found.append(
            {
                "value": paper.money(finances.savings.printed_total_gbp, "millions"),
                "name": "savings planned",
                "note": note,
                "figure": "money.savings.total",
            }
        )
    left = contingency(finances)
    if left:
        found.append(
            {
                "value": paper.money(left.left_gbp_m * 1_000_000, "millions"),
                "name": "left after expenditure and running costs",
                "figure": "money.contingency.left_gbp",
                "note": f"{left.left_pct:.2f}% of the allocation; the plan states {left.stated_pct}% contingency. Our derivation.",
            }
        )
    if finances.investment_standard:
        found.extend(
            {
                "value": paper.money(reading.required_gbp_m * 1_000_000, "millions"),
                "name": "mental health investment required",
                "note": reading.reading,
                "figure": f"money.mhis.{'wide' if reading.reading.startswith('with ') else 'narrow'}.required",
            }
            for reading in required_spend(finances.investment_standard)
        )
    return found


def proposals_grid(proposals: Iterable[Proposal]) -> Grid:
    tones = {"proposed": "yellow", "approved": "green", "refused": "red", "withdrawn": "grey"}
    rows = [
        {
            "summary": Cell(p.summary, href=reverse("proposal", args=[p.pk])),
            "document": p.document,
            "by": p.created_by.name,
            "at": Cell(words.moment(p.created_at), sort=p.created_at.isoformat()),
            "digest": Cell(p.digest[:12]),
            "state": Cell(p.state.capitalize(), tone=tones[p.state]),
        }
        for p in proposals
    ]
    columns = (
        Column("summary", "Change"),
        Column("document", "Document"),
        Column("by", "Proposed by"),
        Column("at", "When"),
        Column("digest", "Version"),
        Column("state", "State"),
    )
    return Grid("proposals", "Changes to the plan", columns, rows, empty="Nobody has proposed a change to the plan.")
