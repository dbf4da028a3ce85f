"""What a pack keeps when it is frozen: the line of sight as plain values, with the versions it was
made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from oneplace.answers import Session
from oneplace.plan.programme import Plan
from oneplace.plan.scheme import DeliveryStatus
from oneplace.web.programme.models import Return


def content(
    plan: Plan,
    status: Mapping[str, Any],
    delivery: Sequence[DeliveryStatus],
    claims: Iterable[Mapping[str, Any]],
    *,
    session: Session,
) -> dict[str, Any]:
    """Schemes with delivery and benefit, claims beside the records, what is undelivered; nothing
    that a later edit moves."""
    last: dict[str, Return] = {}
    for r in Return.objects.order_by("month"):
        last[r.scheme] = r
    states = {d.scheme: d for d in delivery}
    names = {p.id: p.name for p in plan.programmes}
    aims = {a.id: a.name for a in plan.aims}
    schemes = [
        {
            "scheme": s.id,
            "name": s.name,
            "programme": names[s.programme],
            "aims": "; ".join(aims[a] for a in s.aims),
            "delivery": states[s.id].colour,
            "rule": states[s.id].rule,
            "benefit": last[s.id].benefit if s.id in last else None,
            "late": sum(m["scheme"] == s.id and m["state"] == "late" for m in status["milestones"]),
        }
        for s in plan.schemes
    ]
    shown = (
        "scheme",
        "scheme_name",
        "activity",
        "claimed",
        "basis",
        "value_at_tariff_gbp",
        "flags",
    )
    return {
        "about": {
            "plan": session.digests["plan.yaml"],
            "build": session.build_id,
            "title": plan.title,
        },
        "schemes": schemes,
        "claims": [
            {
                k: str(c[k]) if k == "value_at_tariff_gbp" and c[k] is not None else c[k]
                for k in shown
            }
            | {"available": None if c["hidden"] else c["available"]}
            for c in claims
        ],
        "undelivered": [s for s in status["savings"] if s["kind"] == "claim"],
    }
