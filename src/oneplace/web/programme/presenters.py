"""The programme's pages as plain values. In: a session's plan, statuses and entries. Out: tiles,
facts, charts, lists of text."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.urls import reverse

from oneplace.plan.money.forms import Finances
from oneplace.plan.money.positions import contingency, savings_by_recurrence
from oneplace.plan.programme import Plan, Scheme
from oneplace.report import words as paper
from oneplace.report.charts.timeline import Diamond as Mark
from oneplace.report.charts.timeline import Timeline
from oneplace.report.charts.waterfall import Stair, Waterfall
from oneplace.report.trace import Figure
from oneplace.web.accounts.models import Standing
from oneplace.web.components import words
from oneplace.web.components.tiles import tile
from oneplace.web.programme.lists import STATE_ORDER, STATUS_TONES
from oneplace.web.programme.models import Gate, Return

MARKS = {"late": "late", "due": "due", "not yet due": "due", "unknown": "unknown", "done": "done"}


def timeline(rows: Sequence[Mapping[str, Any]], *, on: dt.date, id: str = "milestones") -> Timeline:
    return Timeline(
        id=id,
        title="Milestones along the year",
        # Said in the page's own words: the drawing has one mark for what is due and for what is not
        # due yet.
        finding=f"of {paper.plural(len(rows), 'milestone')} on {paper.day(on)}: "
        + ", ".join(f"{n} {state}" for state, n in _counts(rows).items() if n),
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


def _counts(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many in each state: in the order in which they ask for something."""
    found = Counter(m["state"] for m in rows)
    return {state: found.get(state, 0) for state in STATE_ORDER}


def count_tiles(figures: Mapping[str, Figure]) -> list[dict[str, Any]]:
    says = {
        "late": "late, or done and nobody has said so",
        "due": "due now",
        "unknown": "without a usable date",
        "not yet due": "not yet due",
        "done": "done",
    }
    return [
        tile(
            figures.get(f"milestones.{s.replace(' ', '_')}"),
            says[s],
            href=reverse("milestones") + f"?state={s.replace(' ', '+')}",
        )
        for s in STATE_ORDER
    ]


# --- schemes --------------------------------------------------------------------------------------
def stands(r: Return) -> str:
    """What the office says of this very version: accepted, challenged, or nothing yet."""
    verdict = getattr(r, "verdict", None)
    return verdict.state if verdict and verdict.about_version == r.version else ""


def said_by_lead(last: Return | None) -> dict[str, Any]:
    """Delivery and benefit as the lead rates them, each by itself, with whose word it is."""
    if last is None:
        return {
            "delivery": ("Not reported", "grey"),
            "benefit": ("Not reported", "grey"),
            "who": "",
        }
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


def _lead(scheme: Scheme, standings: Sequence[Standing]) -> str:
    """Who leads by the plan, and whose accounts send the returns."""
    accounts = ", ".join(s.user.name for s in standings)
    return (scheme.lead or "Not stated in the plan") + (
        f"; sends the returns: {accounts}" if accounts else ""
    )


def scheme_facts(
    scheme: Scheme, plan: Plan, gates: Mapping[str, Gate], standings: Sequence[Standing]
) -> list[tuple[str, str]]:
    programme = next(p.name for p in plan.programmes if p.id == scheme.programme)
    aims = {a.id: a.name for a in plan.aims}
    when = scheme.implementation
    passed = [name for key, name in Gate.GATES if key in gates and gates[key].state == "passed"]
    return [
        ("Lead", _lead(scheme, standings)),
        ("Gate", passed[-1] if passed else "None recorded"),
        ("Programme", programme),
        ("Aims", "; ".join(aims[a] for a in scheme.aims) or "None stated"),
        ("How the aims are known", scheme.aim_basis or ""),
        ("To be working", when.printed or str(when.when or "No date printed")),
        ("Where it stands", scheme.source or ""),
        *((k.replace("_", " ").capitalize(), v) for k, v in scheme.details.items()),
    ]


# --- money ----------------------------------------------------------------------------------------
def bridge_chart(finances: Any) -> Waterfall | None:
    if not finances or not finances.bridge:
        return None
    return Waterfall(
        id="bridge",
        title="How the change in allocation is used",
        measure="Sources and applications",
        unit="GBP m",
        steps=(
            *(Stair(x.line, x.gbp_m) for x in finances.bridge.lines),
            Stair("Net", finances.bridge.printed_net_gbp_m, "total"),
        ),
    )


def money_tiles(finances: Finances | None, figures: Mapping[str, Figure]) -> list[dict[str, Any]]:
    """The headline beside what is derived from it; nothing is shown that the document does not
    hold."""
    left = contingency(finances) if finances else None
    parts = savings_by_recurrence(finances) if finances and finances.savings else {}
    said = {
        "money.allocation.in-year.after": ("allocation in the year", None),
        "money.expenditure.total": ("programme expenditure planned", None),
        "money.savings.total": (
            "savings planned",
            ", ".join(f"{paper.money(v, 'millions')} {k}" for k, v in parts.items() if v),
        ),
        "money.contingency.left_gbp": (
            "left after expenditure and running costs",
            left
            and f"{left.left_pct:.2f}% of the allocation; the plan states {left.stated_pct}% contingency. Our derivation.",
        ),
    }
    return [
        tile(figures[id], name, note=note) for id, (name, note) in said.items() if id in figures
    ]
