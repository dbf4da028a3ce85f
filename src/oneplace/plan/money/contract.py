"""What a claim comes to under the contract: nothing inside the tolerance, the marginal rate of its
value beyond it.

In: the plan's claims, last year's activity by point of delivery, the contract's printed terms. Out:
pounds by claim, and in words what stands in the way of one. The tolerance is of a whole point of
delivery, so the part of its claims that lies beyond is shared among them by their values at tariff.
What a contract does not print is named; what it prints is never called unprinted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from oneplace.plan.activity import POINT_OF_CLAIM, POINTS
from oneplace.plan.money.forms import Contract
from oneplace.plan.programme.forms import Claim


@dataclass(frozen=True)
class ContractEffect:
    """`gbp` is None where it cannot be worked out; `note` says how it was, or why not."""

    gbp: Decimal | None
    note: str


def terms(contract: Contract | None) -> tuple[str, str]:
    """What the contract prints of its tolerance and marginal rate, and what it does not, each in
    words; empty where there is nothing."""
    known = {
        "tolerance": contract.tolerance_pct if contract else None,
        "marginal rate": contract.marginal_rate_pct if contract else None,
    }
    printed = " and ".join(
        f"a {name} of {value.normalize():f}%" for name, value in known.items() if value is not None
    )
    return printed, " and ".join(name for name, value in known.items() if value is None)


def needs(contract: Contract | None) -> str:
    """What an effect under the contract still needs, as a clause; empty where both terms are
    printed."""
    printed, missing = terms(contract)
    if not missing:
        return ""
    return f"needs the contract's {missing}, which the plan does not print{f' ({printed} is printed)' if printed else ''}"


def contract_effects(
    claims: Iterable[Claim], activity: Mapping[str, int], contract: Contract | None
) -> dict[str, ContractEffect]:
    """The effect of each claim by its id, of a whole year. `activity` is last year's events by
    point of delivery."""
    rows = list(claims)
    lacking = needs(contract)
    claimed: dict[str, int] = {}
    for c in rows:
        point = POINT_OF_CLAIM.get(c.kind)
        if point:
            claimed[point] = claimed.get(point, 0) + (c.count or 0)
    return {
        c.id: ContractEffect(None, lacking)
        if lacking or contract is None
        else _effect(c, claimed, activity, contract)
        for c in rows
    }


def _effect(
    c: Claim, claimed: Mapping[str, int], activity: Mapping[str, int], contract: Contract
) -> ContractEffect:
    assert contract.tolerance_pct is not None and contract.marginal_rate_pct is not None
    printed, _ = terms(contract)
    point = POINT_OF_CLAIM.get(c.kind)
    why = (
        "this kind of activity is not under it"
        if point is None
        else "no count is printed"
        if c.count is None
        else "no value at tariff is printed"
        if c.value_gbp is None or c.value_basis != "tariff"
        else "last year's activity is not known"
        if not activity.get(point)
        else None
    )
    if why or point is None or c.value_gbp is None:
        return ContractEffect(None, f"{printed} are printed, but {why}")
    together, base = claimed[point], activity[point]
    room = base * contract.tolerance_pct / 100
    beyond = max(Decimal(together) - room, Decimal(0)) / together
    gbp = (c.value_gbp * beyond * contract.marginal_rate_pct / 100).quantize(Decimal(1))
    title = POINTS[point].replace("A&E", "a&e").lower().replace("a&e", "A&E")
    said = f"{together:,} {title} are claimed in all; {100 * beyond:.0f}% of them lie beyond the tolerance of {contract.tolerance_pct.normalize():f}% of last year's, which the contract pays at {contract.marginal_rate_pct.normalize():f}% of the value"
    return ContractEffect(gbp, said)
