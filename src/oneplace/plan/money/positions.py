"""Plan, actual and forecast of a line of money; the contingency; the investment standard on both
readings.

In: money documents and reported sums. Out: positions with their variance. An adverse variance is
negative here and stands in brackets on paper, whichever way the line runs: less saved than planned
and more spent than planned are both adverse.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from oneplace.plan.money.forms import Finances, InvestmentStandard

HUNDRED, THOUSAND = Decimal(100), Decimal(1000)


@dataclass(frozen=True, kw_only=True)
class Position:
    """A line of money, planned and reported. `actual_gbp` is None while nothing is reported: that
    is not nought."""

    line: str
    planned_gbp: Decimal
    actual_gbp: Decimal | None
    kind: Literal["saving", "spending"]

    @property
    def variance_gbp(self) -> Decimal | None:
        """Favourable is positive, adverse negative; None while nothing is reported."""
        if self.actual_gbp is None:
            return None
        better = self.actual_gbp - self.planned_gbp
        return better if self.kind == "saving" else -better

    @property
    def adverse(self) -> bool:
        return self.variance_gbp is not None and self.variance_gbp < 0


@dataclass(frozen=True)
class RequiredSpend:
    """What the investment standard asks for on one reading, in millions of pounds."""

    reading: Literal[
        "with learning disability and dementia", "without learning disability and dementia"
    ]
    before_gbp_m: Decimal
    uplift_gbp_m: Decimal
    required_gbp_m: Decimal


@dataclass(frozen=True)
class Contingency:
    """What the allocation leaves once expenditure and running costs are met; the derivation is
    ours."""

    stated_pct: Decimal
    stated_gbp_m: Decimal
    left_gbp_m: Decimal
    left_pct: Decimal


def in_brackets(variance_gbp: Decimal) -> str:
    """A variance as finance papers print it: adverse in brackets."""
    return f"({-variance_gbp:,.0f})" if variance_gbp < 0 else f"{variance_gbp:,.0f}"


def savings_by_recurrence(finances: Finances) -> dict[str, Decimal]:
    """Savings by how often they count; the parts add up to the lines."""
    sums = {"recurrent": Decimal(0), "partly recurrent": Decimal(0), "non-recurrent": Decimal(0)}
    for line in finances.savings.lines if finances.savings else ():
        sums[line.recurrence] += line.gbp
    return sums


def required_spend(standard: InvestmentStandard) -> tuple[RequiredSpend, RequiredSpend]:
    """Prior year times (1 + growth + extra), with and without learning disability and dementia.
    Unrounded."""
    rate = standard.required_pct / HUNDRED

    def reading(
        name: Literal[
            "with learning disability and dementia", "without learning disability and dementia"
        ],
    ) -> RequiredSpend:
        wide = name.startswith("with ")
        lines = (x for x in standard.lines if wide or not x.learning_disability_and_dementia)
        before = (
            standard.printed_total.before_gbp_m
            if wide
            else sum((x.before_gbp_m for x in lines), Decimal(0))
        )
        return RequiredSpend(name, before, before * rate, before * (1 + rate))

    return reading("with learning disability and dementia"), reading(
        "without learning disability and dementia"
    )


def contingency(
    finances: Finances, *, running_cost_line: str = "running-cost"
) -> Contingency | None:
    """Allocation less programme expenditure less running costs, beside the share that the plan
    states.

    Running costs are an allocation line of their own and no part of programme expenditure. None
    unless the three tables are there.
    """
    if not (finances.allocation and finances.expenditure and finances.headline):
        return None
    allocation = finances.allocation.in_year.after / THOUSAND
    running = (
        sum((x.after for x in finances.allocation.lines if x.id == running_cost_line), Decimal(0))
        / THOUSAND
    )
    left = allocation - finances.expenditure.printed_total_gbp_m - running
    stated = finances.headline.contingency_pct
    return Contingency(stated, allocation * stated / HUNDRED, left, left / allocation * HUNDRED)
