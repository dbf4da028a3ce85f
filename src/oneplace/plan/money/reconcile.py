"""Every printed total beside the same figure recomputed from its lines: printed, recomputed,
difference.

In: the money document. Out: one `Reconciliation` for each sum, share and product that the plan
prints. The tolerance is half a unit of the last printed digit, so rounding is no difference and a
slip is one. Nothing is ever forced: the difference is shown where the figure is shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from oneplace.plan.money.forms import (
    Allocation,
    Bridge,
    Expenditure,
    Finances,
    Headline,
    InvestmentStandard,
    Networks,
    Savings,
    TwoYears,
)

EXACT = Decimal(0)
HALF_A_TENTH = Decimal("0.05")
HALF_A_PERCENT = Decimal("0.5")
HALF_A_HUNDREDTH = Decimal("0.005")
HALF_A_POUND = Decimal("0.5")
HALF_A_MILLION = Decimal("0.5")
TWO_TENTHS = Decimal("0.1")  # two rounded figures meet: half a unit each
HUNDRED, THOUSAND, MONTHS = Decimal(100), Decimal(1000), Decimal(12)
MILLION = THOUSAND * THOUSAND
MICRO = Decimal("0.000001")


@dataclass(frozen=True)
class Reconciliation:
    """One printed figure and its recomputation. `difference` is printed less recomputed, in
    `unit`."""

    id: str
    table: str
    what: str
    printed: Decimal
    recomputed: Decimal
    unit: str
    tolerance: Decimal
    note: str | None = None

    @property
    def difference(self) -> Decimal:
        return self.printed - self.recomputed

    @property
    def agrees(self) -> bool:
        return abs(self.difference) <= self.tolerance

    def as_dict(self) -> dict[str, str | bool | None]:
        return {
            "id": self.id,
            "table": self.table,
            "what": self.what,
            "printed": shown(self.printed),
            "recomputed": shown(self.recomputed),
            "difference": shown(self.difference),
            "tolerance": shown(self.tolerance),
            "unit": self.unit,
            "agrees": self.agrees,
            "note": self.note,
        }


def shown(value: Decimal) -> str:
    """A number in digits, to six places at most and without idle noughts: 5.591963, 540000, 0."""
    rounded = (
        value.quantize(MICRO) if value != value.to_integral_value() else value.quantize(Decimal(1))
    )
    return f"{rounded.normalize() + 0:f}"


def reconcile(finances: Finances) -> tuple[Reconciliation, ...]:
    """Every reconciliation of the document, table by table; a table that is not there has none."""
    f = finances
    return (
        *(allocation_lines(f.allocation) if f.allocation else ()),
        *(expenditure_lines(f.expenditure) if f.expenditure else ()),
        *(bridge_lines(f.bridge, f) if f.bridge else ()),
        *(savings_lines(f.savings) if f.savings else ()),
        *(investment_standard_lines(f.investment_standard) if f.investment_standard else ()),
        *(network_lines(f.networks) if f.networks else ()),
        *(headline_lines(f.headline, f) if f.headline else ()),
    )


def differences(finances: Finances) -> tuple[Reconciliation, ...]:
    """The printed figures that do not agree with their own lines."""
    return tuple(r for r in reconcile(finances) if not r.agrees)


def allocation_lines(a: Allocation) -> Iterator[Reconciliation]:
    def line(key: str, what: str, printed: Decimal, recomputed: Decimal) -> Reconciliation:
        return Reconciliation(
            f"allocation-{key}", "allocation", what, printed, recomputed, a.unit, EXACT
        )

    totals = (
        ("recurrent", a.recurrent),
        ("non-recurrent", a.non_recurrent),
        ("in-year", a.in_year),
    )
    named: tuple[tuple[str, TwoYears], ...] = (*((x.id, x) for x in a.lines), *totals)
    for key, row in named:
        yield line(
            f"growth-{key}",
            f"growth of {key}: this year less the year before",
            row.growth,
            row.after - row.before,
        )
    for column in ("before", "after", "growth"):
        total = sum((getattr(x, column) for x in a.lines), Decimal(0))
        yield line(
            f"sum-{column}",
            f"lines add up to recurrent, {column}",
            getattr(a.recurrent, column),
            total,
        )
        both = getattr(a.recurrent, column) + getattr(a.non_recurrent, column)
        yield line(
            f"total-{column}",
            f"recurrent and non-recurrent, {column}",
            getattr(a.in_year, column),
            both,
        )
    yield from _allocation_shares(a)


def _allocation_shares(a: Allocation) -> Iterator[Reconciliation]:
    for baseline in (x for x in a.lines if x.baseline):
        grown = baseline.growth / baseline.before * HUNDRED
        yield Reconciliation(
            "allocation-growth-pct",
            "allocation",
            "growth of the baseline",
            a.baseline_growth_pct,
            grown,
            "%",
            HALF_A_HUNDREDTH,
        )
        if a.system_contribution_gbp_m is not None and a.system_contribution_pct is not None:
            share = baseline.after * a.system_contribution_pct / HUNDRED / THOUSAND
            what = "contribution to the system as a share of the baseline"
            yield Reconciliation(
                "allocation-contribution",
                "allocation",
                what,
                a.system_contribution_gbp_m,
                share,
                "GBP m",
                HALF_A_TENTH,
            )
    if a.drawdown_gbp_m is not None and a.system_contribution_gbp_m is not None:
        yield Reconciliation(
            "allocation-non-recurrent",
            "allocation",
            "non-recurrent is the drawdown less the contribution",
            a.non_recurrent.after / THOUSAND,
            a.drawdown_gbp_m - a.system_contribution_gbp_m,
            "GBP m",
            HALF_A_TENTH,
            "the drawdown and the contribution are printed to 0.1m",
        )


def expenditure_lines(e: Expenditure) -> Iterator[Reconciliation]:
    total = sum((x.gbp_m for x in e.lines), Decimal(0))
    yield Reconciliation(
        "expenditure-total",
        "expenditure",
        "areas add up to the total",
        e.printed_total_gbp_m,
        total,
        e.unit,
        HALF_A_TENTH,
        "rounded areas can be 0.1m off the total; no area is changed to hide it",
    )
    for x in e.lines:
        share = x.gbp_m / e.printed_total_gbp_m * HUNDRED
        yield Reconciliation(
            f"expenditure-share-{x.id}",
            "expenditure",
            f"share of {x.area}",
            x.pct,
            share,
            "%",
            HALF_A_PERCENT,
        )
    shares = sum((x.pct for x in e.lines), Decimal(0))
    yield Reconciliation(
        "expenditure-shares", "expenditure", "shares add up", HUNDRED, shares, "%", EXACT
    )


def bridge_lines(b: Bridge, f: Finances) -> Iterator[Reconciliation]:
    def line(
        key: str, what: str, printed: Decimal, elsewhere: Decimal, note: str | None = None
    ) -> Reconciliation:
        return Reconciliation(
            f"bridge-{key}", "bridge", what, printed, elsewhere, b.unit, HALF_A_TENTH, note
        )

    net = sum((x.gbp_m for x in b.lines), Decimal(0))
    yield Reconciliation(
        "bridge-net", "bridge", "sources less applications", b.printed_net_gbp_m, net, b.unit, EXACT
    )
    by_id = {x.id: x.gbp_m for x in b.lines}
    if "allocation-changes" in by_id and f.allocation:
        grown = f.allocation.recurrent.growth / THOUSAND
        yield line(
            "allocation",
            "allocation changes equal the recurrent growth",
            by_id["allocation-changes"],
            grown,
        )
    if "mental-health" in by_id and f.investment_standard:
        what = "mental health investment here and under the investment standard"
        new = f.investment_standard.developments_gbp_m
        yield line(
            "mental-health", what, -by_id["mental-health"], new, "two sections of the plan differ"
        )
    if "savings" in by_id and f.savings:
        saved = f.savings.printed_total_gbp / MILLION
        yield line("savings", "savings here and in the savings table", by_id["savings"], saved)


def savings_lines(s: Savings) -> Iterator[Reconciliation]:
    total = sum((x.gbp for x in s.lines), Decimal(0))
    what = "lines add up to the total"
    yield Reconciliation(
        "savings-total", "savings", what, s.printed_total_gbp, total, s.unit, EXACT
    )


def investment_standard_lines(m: InvestmentStandard) -> Iterator[Reconciliation]:
    def line(
        key: str, what: str, printed: Decimal, recomputed: Decimal, tolerance: Decimal
    ) -> Reconciliation:
        return Reconciliation(
            f"mhis-{key}", "investment standard", what, printed, recomputed, m.unit, tolerance
        )

    rate = m.required_pct / HUNDRED
    for x in m.lines:
        uplift = x.before_gbp_m * rate
        yield line(
            f"uplift-{x.id}",
            f"{x.line}: uplift at the required rate",
            x.uplift_gbp_m,
            uplift,
            HALF_A_TENTH,
        )
        both = x.before_gbp_m + x.uplift_gbp_m
        yield line(
            f"required-{x.id}",
            f"{x.line}: base and printed uplift",
            x.required_gbp_m,
            both,
            HALF_A_TENTH,
        )
        full = x.before_gbp_m + uplift
        yield line(
            f"unrounded-{x.id}",
            f"{x.line}: base and unrounded uplift",
            x.required_gbp_m,
            full,
            TWO_TENTHS,
        )
    for column in ("before_gbp_m", "uplift_gbp_m", "required_gbp_m"):
        total = sum((getattr(x, column) for x in m.lines), Decimal(0))
        name = column.removesuffix("_gbp_m")
        yield line(
            f"sum-{name}",
            f"lines add up, {name}",
            getattr(m.printed_total, column),
            total,
            HALF_A_TENTH,
        )
    t = m.printed_total
    yield line(
        "total",
        "total: base and uplift",
        t.required_gbp_m,
        t.before_gbp_m + t.uplift_gbp_m,
        HALF_A_TENTH,
    )
    yield line(
        "total-rate",
        "total: uplift at the required rate",
        t.uplift_gbp_m,
        t.before_gbp_m * rate,
        HALF_A_TENTH,
    )
    parts = m.absorbed_gbp_m + m.developments_gbp_m
    yield line("split", "absorbed and left for developments", t.uplift_gbp_m, parts, EXACT)
    both_rates = m.allocation_growth_pct + m.extra_pct
    what = "growth and the extra rate"
    yield Reconciliation(
        "mhis-rate", "investment standard", what, m.required_pct, both_rates, "%", EXACT
    )


def headline_lines(h: Headline, f: Finances) -> Iterator[Reconciliation]:
    """What summaries quote, beside the tables."""

    def line(
        key: str,
        what: str,
        printed: Decimal,
        table: Decimal,
        tolerance: Decimal,
        note: str | None = None,
    ) -> Reconciliation:
        return Reconciliation(
            f"headline-{key}", "headline", what, printed, table, "GBP m", tolerance, note
        )

    allocation = h.allocation_gbp_000 / THOUSAND
    what = "allocation as the executive summary prints it"
    yield line(
        "allocation",
        what,
        h.allocation_in_summary_gbp_m,
        allocation,
        HALF_A_MILLION,
        "cut off, not rounded",
    )
    if f.expenditure:
        what = "programme expenditure as the headline prints it"
        yield line(
            "expenditure", what, h.expenditure_gbp_m, f.expenditure.printed_total_gbp_m, EXACT
        )
    what = "savings as the text quotes them"
    yield line("savings", what, h.savings_in_summary_gbp_m, h.savings_gbp / MILLION, HALF_A_TENTH)
    if f.investments:
        total = sum((x.gbp_m for x in f.investments), Decimal(0))
        yield line(
            "investments",
            "new investment and its lines",
            h.new_investment_gbp_m,
            total,
            HALF_A_TENTH,
        )


def network_lines(n: Networks) -> Iterator[Reconciliation]:
    for x in n.lines:
        if x.rate_gbp is not None and x.list_size is not None:
            paid = x.rate_gbp * x.list_size * x.months / MONTHS
            what = f"{x.line}: printed rate by head, {x.months} months"
            yield Reconciliation(
                f"networks-{x.id}",
                "networks",
                what,
                x.payment_gbp,
                paid,
                "GBP",
                HALF_A_POUND,
                x.note,
            )
        if x.unrounded_rate_gbp is not None and x.list_size is not None:
            paid = x.unrounded_rate_gbp * x.list_size * x.months / MONTHS
            what = f"{x.line}: unrounded rate by head, {x.months} months"
            yield Reconciliation(
                f"networks-{x.id}-unrounded",
                "networks",
                what,
                x.payment_gbp,
                paid,
                "GBP",
                HALF_A_POUND,
            )
        if x.by_network_gbp and x.networks is not None:
            paid = sum(x.by_network_gbp, Decimal(0)) * x.networks
            what = f"{x.line}: sums by network"
            yield Reconciliation(
                f"networks-{x.id}", "networks", what, x.payment_gbp, paid, "GBP", HALF_A_POUND
            )
    total = sum((x.payment_gbp for x in n.lines), Decimal(0))
    yield Reconciliation(
        "networks-total", "networks", "payments add up", n.printed_total_gbp, total, "GBP", EXACT
    )
    for count in {x.networks for x in n.lines if x.networks is not None}:
        people = Decimal(count * n.people_by_network)
        yield Reconciliation(
            "networks-people",
            "networks",
            "networks of the size used, against the printed list",
            Decimal(n.registered),
            people,
            "people",
            Decimal(count),
        )
