"""Programme: the plan as a document, and the tree of aims, programmes and schemes."""

from oneplace.plan.programme.forms import (
    Aim,
    Claim,
    Implementation,
    Measure,
    Milestone,
    Plan,
    Programme,
    Scheme,
    Selection,
    Unquantified,
)
from oneplace.plan.programme.tree import (
    AimBranch,
    ClaimTotals,
    Orphans,
    ProgrammeBranch,
    claim_totals,
    claims,
    orphans,
    tree,
    unit_value_gbp,
)

__all__ = [
    "Aim",
    "AimBranch",
    "Claim",
    "ClaimTotals",
    "Implementation",
    "Measure",
    "Milestone",
    "Orphans",
    "Plan",
    "Programme",
    "ProgrammeBranch",
    "Scheme",
    "Selection",
    "Unquantified",
    "claim_totals",
    "claims",
    "orphans",
    "tree",
    "unit_value_gbp",
]
