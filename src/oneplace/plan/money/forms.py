"""`money.yaml`: every money table of a plan, each as it is printed, in the unit it is printed in.

Printed totals stand beside the lines and are never mended: `reconcile` recomputes them and shows
both. A figure that the plan does not print (a marginal rate, a budget by month) is left out.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from oneplace.documents import Document
from oneplace.documents.parts import Id, Part, Text
from oneplace.documents.values import Money, Number, Percent, PrintedDate

Share = Annotated[Percent, Field(description="printed share in whole percent")]


class Headline(Part):
    """The figures that a summary quotes."""

    allocation_gbp_000: Money
    allocation_in_summary_gbp_m: Money = Field(
        description="the same as the executive summary prints it"
    )
    expenditure_gbp_m: Money
    new_investment_gbp_m: Money
    savings_gbp: Money
    savings_in_summary_gbp_m: Money
    contingency_pct: Percent
    tracking: str | None = None


class TwoYears(Part):
    """A line of a table that compares two years."""

    before: Number
    after: Number
    growth: Number = Field(description="printed growth, in the table's unit")


class AllocationLine(TwoYears):
    id: Id
    line: Text
    baseline: bool = Field(
        default=False, description="the line that the growth percentage is about"
    )


class Allocation(Part):
    """What the place is given, this year and the year before."""

    unit: Literal["GBP 000"] = "GBP 000"
    year_before: PrintedDate
    year: PrintedDate
    lines: tuple[AllocationLine, ...]
    recurrent: TwoYears = Field(description="printed total of the lines")
    non_recurrent: TwoYears
    in_year: TwoYears = Field(description="printed total in the year")
    baseline_growth_pct: Number
    drawdown_gbp_m: Money | None = Field(
        default=None, description="part of non-recurrent, as printed"
    )
    system_contribution_gbp_m: Money | None = Field(
        default=None, description="given back to the system, as printed"
    )
    system_contribution_pct: Percent | None = Field(
        default=None, description="the same as a share of the baseline"
    )
    notes: tuple[str, ...] = ()


class ExpenditureLine(Part):
    id: Id
    area: Text
    gbp_m: Money
    pct: Share


class Expenditure(Part):
    """Where the money goes."""

    unit: Literal["GBP m"] = "GBP m"
    lines: tuple[ExpenditureLine, ...]
    printed_total_gbp_m: Money
    note: str | None = None


class BridgeLine(Part):
    id: Id
    line: Text
    gbp_m: Number = Field(description="sources are positive, applications negative")


class Bridge(Part):
    """Source and application: how the change in allocation is used."""

    unit: Literal["GBP m"] = "GBP m"
    lines: tuple[BridgeLine, ...]
    printed_net_gbp_m: Number


class SavingLine(Part):
    """A line of cash-releasing savings. Whether it is delivered takes a return."""

    id: Id
    area: Text
    gbp: Money
    recurrence: Literal["recurrent", "non-recurrent", "partly recurrent"]
    lead: str | None = Field(
        default=None, description="who leads it; absent: not stated in the plan"
    )


class Savings(Part):
    """Cash-releasing efficiency savings (CRES)."""

    unit: Literal["GBP"] = "GBP"
    lines: tuple[SavingLine, ...]
    printed_total_gbp: Money


class StandardLine(Part):
    id: Id
    line: Text
    before_gbp_m: Money
    uplift_gbp_m: Money
    required_gbp_m: Money
    learning_disability_and_dementia: bool = Field(
        default=False,
        description="outside the narrow reading of the standard; shown with and without",
    )


class StandardTotal(Part):
    before_gbp_m: Money
    uplift_gbp_m: Money
    required_gbp_m: Money


class InvestmentStandard(Part):
    """Mental Health Investment Standard: spending must grow as the allocation does, and a little
    more."""

    unit: Literal["GBP m"] = "GBP m"
    year: PrintedDate = Field(description="the year that these parameters belong to")
    allocation_growth_pct: Number
    extra_pct: Number
    required_pct: Number
    lines: tuple[StandardLine, ...]
    printed_total: StandardTotal
    absorbed_gbp_m: Money = Field(description="taken up by tariff and demography")
    developments_gbp_m: Money = Field(description="left for new services")


class InvestmentLine(Part):
    id: Id
    line: Text
    gbp_m: Money
    recurrence: Literal["recurrent", "non-recurrent"]
    note: str | None = None


class NetworkLine(Part):
    """A payment to primary care networks: by head of the list, or by network."""

    id: Id
    line: Text
    rate_gbp: Money | None = Field(default=None, description="printed rate by head for the year")
    unrounded_rate_gbp: Money | None = Field(
        default=None, description="the rate that the printed payment implies"
    )
    list_size: Annotated[int, Field(ge=1)] | None = None
    by_network_gbp: tuple[Money, ...] = Field(
        default=(), description="printed sums for each network, for the period"
    )
    networks: Annotated[int, Field(ge=1)] | None = None
    months: Annotated[int, Field(ge=1, le=12)]
    paid_to: Literal["practice", "network"]
    period: PrintedDate
    first_payment: str | None = None
    payment_gbp: Money
    note: str | None = None


class Networks(Part):
    """Funding of primary care networks."""

    lines: tuple[NetworkLine, ...]
    printed_total_gbp: Money
    people_by_network: Annotated[int, Field(ge=1)] = Field(
        description="the size that the estimate of networks uses"
    )
    registered: Annotated[int, Field(ge=1)] = Field(description="the list size printed beside it")


class Contract(Part):
    """The contract under which activity turns into cash. Without printed rates its effect cannot be
    computed."""

    name: Text
    marginal_rate_pct: Percent | None = Field(
        default=None, description="share of tariff paid outside the tolerance"
    )
    tolerance_pct: Percent | None = None
    note: str | None = None


class EarlierInvestment(Part):
    id: Id
    item: Text
    gbp: Money
    source: Text


class Finances(Document):
    """The money of a plan: any of its tables, each as it is printed."""

    title: Text
    source: str | None = None
    headline: Headline | None = None
    control_total_gbp_m: Money | None = Field(
        default=None,
        description="the most that may be spent in the year; absent: what the areas are given together",
    )
    allocation: Allocation | None = None
    expenditure: Expenditure | None = None
    bridge: Bridge | None = None
    savings: Savings | None = None
    investment_standard: InvestmentStandard | None = None
    investments: tuple[InvestmentLine, ...] = ()
    networks: Networks | None = None
    contract: Contract | None = None
    earlier: tuple[EarlierInvestment, ...] = ()
    objectives: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
