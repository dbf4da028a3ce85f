"""What the plan adds up to: aim -> programme -> scheme, and what hangs in the air.

In: a plan. Out: the tree that the line-of-sight page draws, and the lists of what belongs to
nothing. A programme that serves two aims stands under both, with the schemes that serve each.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from oneplace.plan.programme.forms import Aim, Claim, Plan, Programme, Scheme


@dataclass(frozen=True)
class ProgrammeBranch:
    programme: Programme
    schemes: tuple[Scheme, ...]


@dataclass(frozen=True)
class AimBranch:
    aim: Aim
    programmes: tuple[ProgrammeBranch, ...]

    @property
    def schemes(self) -> tuple[Scheme, ...]:
        return tuple(s for branch in self.programmes for s in branch.schemes)


@dataclass(frozen=True)
class Orphans:
    """What the tree does not hold together. Empty lists are good news."""

    schemes_without_aim: tuple[str, ...]
    aims_without_scheme: tuple[str, ...]
    programmes_without_scheme: tuple[str, ...]
    schemes_without_milestone: tuple[str, ...]
    schemes_without_measure: tuple[str, ...]
    schemes_without_claim: tuple[str, ...]
    schemes_without_lead: tuple[str, ...]


@dataclass(frozen=True)
class ClaimTotals:
    """Sums over claims; a claim without a count or value adds nothing to it."""

    rows: int
    schemes: int
    count_by_kind: dict[str, int]
    value_gbp_by_kind: dict[str, Decimal]


def tree(plan: Plan) -> tuple[AimBranch, ...]:
    """Every aim with its programmes and their schemes, in the plan's own order."""
    branches = []
    for aim in plan.aims:
        mine = [s for s in plan.schemes if aim.id in s.aims]
        programmes = tuple(
            ProgrammeBranch(p, tuple(s for s in mine if s.programme == p.id))
            for p in plan.programmes
            if any(s.programme == p.id for s in mine)
        )
        branches.append(AimBranch(aim, programmes))
    return tuple(branches)


def orphans(plan: Plan) -> Orphans:
    aims_served = {a for s in plan.schemes for a in s.aims}
    programmes_used = {s.programme for s in plan.schemes}

    def without(field: str) -> tuple[str, ...]:
        return tuple(s.id for s in plan.schemes if not getattr(s, field))

    return Orphans(
        schemes_without_aim=without("aims"),
        aims_without_scheme=tuple(a.id for a in plan.aims if a.id not in aims_served),
        programmes_without_scheme=tuple(
            p.id for p in plan.programmes if p.id not in programmes_used
        ),
        schemes_without_milestone=without("milestones"),
        schemes_without_measure=without("measures"),
        schemes_without_claim=without("claims"),
        schemes_without_lead=without("lead"),
    )


def claims(plan: Plan) -> tuple[tuple[Scheme, Claim], ...]:
    """Every claim with its scheme, in the plan's order."""
    return tuple((s, c) for s in plan.schemes for c in s.claims)


def claim_totals(plan: Plan) -> ClaimTotals:
    rows = claims(plan)
    counts: Counter[str] = Counter()
    values: dict[str, Decimal] = {}
    for _, claim in rows:
        counts[claim.kind] += claim.count or 0
        values[claim.kind] = values.get(claim.kind, Decimal(0)) + (claim.value_gbp or Decimal(0))
    return ClaimTotals(len(rows), len({s.id for s, _ in rows}), dict(counts), values)


def unit_value_gbp(claim: Claim) -> Decimal | None:
    """The value of one event that the printed figures imply, to the penny; None unless both are
    printed."""
    if claim.count is None or claim.value_gbp is None:
        return None
    return (claim.value_gbp / claim.count).quantize(Decimal("0.01"))
