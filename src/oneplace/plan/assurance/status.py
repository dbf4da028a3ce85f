"""`plan status`: what is due, late, done and unknown on a date, what the measures say, what the
savings say.

In: the plan, the money document where there is one, the returns received. Out: plain values, ready
to be JSON: numbers as text, dates ISO. It needs no build: everything comes from documents and
entries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from oneplace.documents import load_either, load_yaml, parse, read
from oneplace.faults import Fault, InputAtFault
from oneplace.place.standards import Standards
from oneplace.plan.assurance.references import (
    Loaded,
    ids_twice,
    plan_references,
    segment_ids,
    selections,
)
from oneplace.plan.money import Finances, Position
from oneplace.plan.money.reconcile import shown
from oneplace.plan.programme import Plan, claims
from oneplace.plan.scheme import (
    MeasureState,
    MilestoneState,
    Reported,
    latest,
    measure_states,
    milestone_states,
)

Row = dict[str, Any]


def status_of(place: Path, *, on: date, returns: Iterable[Reported] = ()) -> Row:
    """The same for a place's folder: reads the plan, its money and its standards, and refuses what
    `check` refuses in them."""
    plan, faults = _read(place, load_either)
    if faults:  # read again with lines, which takes eight times as long
        raise InputAtFault(_read(place, load_yaml)[1])
    money = place / "money.yaml"
    finances = read(money, Finances, name="money.yaml") if money.exists() else None
    return plan_status(plan, on=on, returns=returns, finances=finances)


def _read(place: Path, load: Callable[..., Any]) -> tuple[Plan, list[Fault]]:
    content = load(place / "plan.yaml", name="plan.yaml")
    plan = parse(content, Plan, file="plan.yaml")
    path = place / "standards.yaml"
    known = (
        {s.id for s in read(path, Standards, name=path.name).standards} if path.exists() else set()
    )
    loaded = Loaded("plan.yaml", plan, content)
    found = (
        ids_twice(loaded),
        plan_references(loaded, plan, known),
        selections(loaded, plan, segment_ids(place)),
    )
    return plan, [fault for faults in found for fault in faults]


def plan_status(
    plan: Plan,
    *,
    on: date,
    returns: Iterable[Reported] = (),
    finances: Finances | None = None,
    known: date | None = None,
) -> Row:
    """The whole answer: `{on, plan, milestones, measures, savings}`. `known`: returns sent by then
    count."""
    sent = tuple(returns)
    said = latest(sent, on=on, known=known)
    return {
        "on": on.isoformat(),
        "plan": plan.title,
        "milestones": [
            _milestone(m) for m in milestone_states(plan, on=on, returns=sent, known=known)
        ],
        "measures": [_measure(m) for m in measure_states(plan, on=on, returns=sent, known=known)],
        "savings": [*_claims(plan, said), *(_savings(finances, said) if finances else ())],
    }


def _milestone(m: MilestoneState) -> Row:
    due = m.milestone.due
    return {
        "id": m.milestone.id,
        "scheme": m.scheme.id,
        "scheme_name": m.scheme.name,
        "title": m.milestone.title,
        "due": str(due) if due else None,
        "due_by": due.end.isoformat() if due and due.end else None,
        "printed": m.milestone.printed,
        "state": m.state,
        "rule": m.rule,
        "evidence": m.evidence,
        "days_late": m.days_late,
        "forecast": m.forecast.isoformat() if m.forecast else None,
        "confidence": m.milestone.confidence,
        "doubt": m.milestone.doubt,
    }


def _measure(m: MeasureState) -> Row:
    target = m.measure.target
    return {
        "id": m.measure.id,
        "scheme": m.scheme.id,
        "title": m.measure.title,
        "state": m.state,
        "baseline": _text(m.measure.baseline),
        "target": target if isinstance(target, bool) else _text(target),
        "unit": m.measure.unit,
        "direction": m.measure.direction,
        "by": m.measure.by,
        "value": _text(m.value),
        "as_at": m.as_at.isoformat() if m.as_at else None,
    }


def _claims(plan: Plan, known: Mapping[str, Reported]) -> list[Row]:
    """Promised effects: a value at tariff is not cash, so they carry no sum into the savings lines.
    What a return says of a promise is in events where the promise counts events, else in pounds."""
    return [
        {
            "id": c.id,
            "scheme": s.id,
            "title": s.name,
            "kind": "claim",
            "count": c.count,
            "planned_gbp": _text(c.value_gbp),
            "value_basis": c.value_basis,
            "actual_count": _text(known[c.id].value)
            if c.count is not None and c.id in known
            else None,
            "actual_gbp": _text(known[c.id].value) if c.count is None and c.id in known else None,
            "variance_gbp": None,
            "state": "reported" if c.id in known else "no return",
        }
        for s, c in claims(plan)
    ]


def _savings(finances: Finances, known: Mapping[str, Reported]) -> list[Row]:
    rows = []
    for x in finances.savings.lines if finances.savings else ():
        last = known.get(x.id)
        position = Position(
            line=x.id, planned_gbp=x.gbp, actual_gbp=last.value if last else None, kind="saving"
        )
        variance = position.variance_gbp
        rows.append(
            {
                "id": x.id,
                "scheme": None,
                "title": x.area,
                "kind": "saving",
                "recurrence": x.recurrence,
                "planned_gbp": _text(x.gbp),
                "value_basis": "cash",
                "actual_gbp": _text(position.actual_gbp),
                "variance_gbp": _text(variance),
                "state": "no return"
                if variance is None
                else "adverse"
                if position.adverse
                else "on or above plan",
            }
        )
    return rows


def _text(value: Decimal | None) -> str | None:
    return None if value is None else shown(value)
