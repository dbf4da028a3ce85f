"""Line of sight as plain values: the tree and how it rolls up, what hangs in the air, what is
claimed twice or not delivered, and the packs that were frozen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from oneplace.plan.programme import Plan, orphans, tree
from oneplace.plan.programme.forms import Claim
from oneplace.plan.scheme import DeliveryStatus
from oneplace.report import words as paper
from oneplace.web.programme.lists import COLOURS
from oneplace.web.programme.sight_lists import EVENTS


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


def claimed(c: Claim) -> str:
    """One claim in a line: how many fewer of what, and its own value; never one claim's count
    beside another's value."""
    one, many = EVENTS[c.kind]
    said = (
        f"{c.count:,} fewer {one if c.count == 1 else many}"
        if c.count is not None
        else f"{paper.sentence(many).rstrip('.')}: no count printed"
    )
    basis = "at tariff" if c.value_basis == "tariff" else "at cost"
    return said if c.value_gbp is None else f"{said}, {paper.money(c.value_gbp)} {basis}"


def _rolled(schemes: Iterable[str]) -> Any:
    """How many schemes stand where: a programme has no colour of its own, and no average is
    made."""
    mine = set(schemes)

    def count(status: Sequence[DeliveryStatus]) -> str:
        found = Counter(COLOURS[d.colour][0] for d in status if d.scheme in mine)
        return ", ".join(
            f"{n} {name.lower()}" for name, _ in COLOURS.values() if (n := found[name])
        )

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
