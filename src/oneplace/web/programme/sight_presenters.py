"""Line of sight as plain values: the tree and how it rolls up, what hangs in the air, what is claimed twice or not
delivered, and the packs that were frozen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.urls import reverse

from oneplace.plan.programme import Plan, orphans, tree
from oneplace.plan.programme.forms import Claim
from oneplace.plan.scheme import DeliveryStatus
from oneplace.report import words as paper
from oneplace.web.components.grid import Cell, Column, Grid
from oneplace.web.programme.exception_presenters import STATUS_NAMES
from oneplace.web.programme.models import Pack
from oneplace.web.programme.presenters import COLOURS, scheme_link


def line_of_sight(plan: Plan, status: Sequence[DeliveryStatus]) -> list[dict[str, Any]]:
    colour = {d.scheme: COLOURS[d.colour] for d in status}
    return [
        {
            "name": branch.aim.name,
            "schemes": len(branch.schemes),
            "rolled": _rolled(s.id for p in branch.programmes for s in p.schemes)(status),
            "programmes": [
                {
                    "name": p.programme.name,
                    "rolled": _rolled(s.id for s in p.schemes)(status),
                    "schemes": [
                        {
                            "id": s.id,
                            "name": s.name,
                            "status": colour[s.id][0],
                            "tone": colour[s.id][1],
                            "claims": [claimed(c) for c in s.claims],
                        }
                        for s in p.schemes
                    ],
                }
                for p in branch.programmes
            ],
        }
        for branch in tree(plan)
    ]


EVENTS: dict[str, tuple[str, str]] = {
    "nel": ("non-elective admission", "non-elective admissions"),
    "ae": ("A&E attendance", "A&E attendances"),
    "elective": ("elective admission", "elective admissions"),
    "outpatient": ("outpatient attendance", "outpatient attendances"),
    "community": ("community contact", "community contacts"),
    "prescribing": ("prescription", "prescriptions"),
}


def claimed(c: Claim) -> str:
    """One claim in a line: how many fewer of what, and its own value; never one claim's count beside another's value."""
    one, many = EVENTS[c.kind]
    said = (
        f"{c.count:,} fewer {one if c.count == 1 else many}"
        if c.count is not None
        else f"{paper.sentence(many).rstrip('.')}: no count printed"
    )
    basis = "at tariff" if c.value_basis == "tariff" else "at cost"
    return said if c.value_gbp is None else f"{said}, {paper.money(c.value_gbp)} {basis}"


def _rolled(schemes: Iterable[str]) -> Any:
    """How many schemes stand where: a programme has no colour of its own, and no average is made."""
    mine = set(schemes)

    def count(status: Sequence[DeliveryStatus]) -> str:
        found = Counter(COLOURS[d.colour][0] for d in status if d.scheme in mine)
        return ", ".join(f"{n} {name.lower()}" for name, _ in COLOURS.values() if (n := found[name]))

    return count


def rolled_up(plan: Plan, status: Sequence[DeliveryStatus]) -> str:
    return str(_rolled(s.id for s in plan.schemes)(status))


def loose_ends(plan: Plan) -> list[tuple[str, list[tuple[str, str]]]]:
    """What hangs in the air, with the schemes, aims or programmes it is about."""
    found = orphans(plan)
    names = {s.id: s.name for s in plan.schemes}
    kinds = (
        ("Schemes without an aim", found.schemes_without_aim),
        ("Schemes without a milestone", found.schemes_without_milestone),
        ("Schemes without a measure", found.schemes_without_measure),
        ("Schemes without a claim in numbers", found.schemes_without_claim),
        ("Schemes without a lead in the plan", found.schemes_without_lead),
    )
    return [(title, [(i, names[i]) for i in ids]) for title, ids in kinds if ids]


def bare_branches(plan: Plan) -> list[str]:
    """Aims and programmes that no scheme serves."""
    found = orphans(plan)
    aims, programmes = {a.id: a.name for a in plan.aims}, {p.id: p.name for p in plan.programmes}
    return [
        *(f"aim: {aims[i]}" for i in found.aims_without_scheme),
        *(f"programme: {programmes[i]}" for i in found.programmes_without_scheme),
    ]


def doubles_grid(claims: Iterable[Mapping[str, Any]], plan: Plan) -> Grid:
    """Claims that count on the same events: each pair once."""
    names = {s.id: s.name for s in plan.schemes}
    pairs = {
        tuple(sorted(((c["scheme"], c["claim"]), (o["scheme"], o["claim"])))) for c in claims for o in c["overlaps"]
    }
    rows = [
        {
            "one": scheme_link(a[0], names.get(a[0])),
            "other": scheme_link(b[0], names.get(b[0])),
            "what": "the two count on some of the same events: the same event cannot be avoided twice",
        }
        for a, b in sorted(pairs)
    ]
    columns = (Column("one", "Scheme"), Column("other", "and scheme"), Column("what", "Why it matters"))
    return Grid("doubles", "Claimed twice", columns, rows, empty="No two claims count on the same events.")


def undelivered_grid(plan: Plan, status: Mapping[str, Any]) -> Grid:
    names = {s.id: s.name for s in plan.schemes}
    kinds = {c.id: c.kind for s in plan.schemes for c in s.claims}
    rows = []
    for s in (s for s in status["savings"] if s["kind"] == "claim"):
        said = Decimal(s["actual_count"]) if s["actual_count"] is not None else None
        left = s["count"] - said if s["count"] is not None and said is not None else None
        rows.append(
            {
                "scheme": scheme_link(s["scheme"], names.get(s["scheme"])),
                "what": paper.sentence(EVENTS[kinds[s["id"]]][1]).rstrip("."),
                "promised": s["count"] if s["count"] is not None else "No count printed",
                "delivered": said if said is not None else "No return says",
                "left": left,
                "value": Cell(paper.money(Decimal(s["planned_gbp"])), sort=float(s["planned_gbp"]), csv=s["planned_gbp"]) if s["planned_gbp"] else None,
            }
        )  # fmt: skip
    columns = (
        Column("scheme", "Scheme"),
        Column("what", "Of what"),
        Column("promised", "Events claimed", numeric=True),
        Column("delivered", "Reported so far", numeric=True),
        Column("left", "Not delivered yet", numeric=True),
        Column("value", "Printed value", numeric=True),
    )
    return Grid("undelivered", "Claimed and not delivered", columns, rows, empty="No scheme claims a number.")


def packs_grid(found: Iterable[Pack]) -> Grid:
    rows = [
        {
            "month": Cell(paper.month(p.month), sort=p.month.isoformat(), href=reverse("pack", args=[p.pk])),
            "on": p.frozen_on,
            "by": p.changed_by.name,
            "plan": p.said["about"]["plan"][:12],
            "commentary": p.commentary[:200],
        }
        for p in found
    ]
    columns = (Column("month", "Month"), Column("on", "Frozen on"), Column("by", "By"), Column("plan", "Plan version"), Column("commentary", "Commentary"))  # fmt: skip
    return Grid("packs", "Frozen packs", columns, rows, empty="No pack has been frozen yet.")


def pack_grids(content: Mapping[str, Any]) -> list[Grid]:
    """A frozen pack's tables, from what it kept."""
    schemes = [
        {
            **s,
            "scheme": Cell(f"{s['scheme']} {s['name']}"),
            "delivery": Cell(COLOURS[s["delivery"]][0], tone=COLOURS[s["delivery"]][1], note=s["rule"]),
            "benefit": STATUS_NAMES[s["benefit"]] if s["benefit"] else "Not reported",
        }
        for s in content["schemes"]
    ]
    claims = [
        {
            "scheme": f"{c['scheme']} {c['scheme_name']}",
            "activity": c["activity"],
            "claimed": c["claimed"] if c["claimed"] is not None else "None printed",
            "available": c["available"] if c["available"] is not None else "*",
            "basis": c["basis"],
            "flags": "; ".join(c["flags"]),
        }
        for c in content["claims"]
    ]
    left = [
        {"scheme": u["scheme"], "promised": u["count"], "delivered": u["actual_count"] or "No return says"}
        for u in content["undelivered"]
    ]
    return [
        Grid("schemes", "Schemes", (Column("scheme", "Scheme"), Column("programme", "Programme"), Column("aims", "Aims"), Column("delivery", "Delivery"), Column("benefit", "Benefit"), Column("late", "Late milestones", numeric=True)), schemes, searchable=True),
        Grid("claims", "Claims beside the records", (Column("scheme", "Scheme"), Column("activity", "What it counts"), Column("claimed", "Claimed", numeric=True), Column("available", "There were", numeric=True), Column("basis", "Basis"), Column("flags", "What to hear")), claims, empty="There was no build to put the claims beside."),
        Grid("undelivered", "Claimed and not delivered", (Column("scheme", "Scheme"), Column("promised", "Events claimed", numeric=True), Column("delivered", "Reported", numeric=True)), left, empty="No scheme claimed a number."),
    ]  # fmt: skip
