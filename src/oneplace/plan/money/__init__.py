"""Money: the printed tables of a plan, their reconciliation lines, positions and variances."""

from oneplace.plan.money.forms import Contract, Finances, SavingLine
from oneplace.plan.money.positions import (
    Contingency,
    Position,
    RequiredSpend,
    contingency,
    in_brackets,
    required_spend,
    savings_by_recurrence,
)
from oneplace.plan.money.reconcile import Reconciliation, differences, reconcile

__all__ = [
    "Contingency",
    "Contract",
    "Finances",
    "Position",
    "Reconciliation",
    "RequiredSpend",
    "SavingLine",
    "contingency",
    "differences",
    "in_brackets",
    "reconcile",
    "required_spend",
    "savings_by_recurrence",
]
