"""Planning money: investment standard, savings, part-year effects, network funding, tariff value,
reconciliation.

In: amounts as Decimal, whole numbers, text or floats (a float is read as it prints). Out: Decimals,
exact: nothing is rounded here but a twelfth that does not end. Who prints rounds, and `reconcile`
shows what rounding or a slip did: printed, recomputed, difference; never forced.

Sources: NHS England, Mental Health Investment Standard, planning guidance 2019/20 (growth in
allocation plus 0.7%); NHS England and BMA, Network contract DES specification 2019/20, section 6
and annex (rates of payment; the clinical director rate is GBP 0.514 for nine months although it is
often printed 0.51).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

Money = Decimal | int | float | str

# Planning guidance 2019/20: on top of the growth in the CCG's allocation.
MHIS_ADDITIONAL_2019_20 = Decimal("0.007")
MONTHS = 12


def exact(amount: Money) -> Decimal:
    """The amount as it prints: 0.1 is a tenth, not the float beside it."""
    if isinstance(amount, bool):
        raise ValueError(f"{amount!r} is not an amount")
    try:
        value = amount if isinstance(amount, Decimal) else Decimal(str(amount))
    except InvalidOperation:
        raise ValueError(f"{amount!r} is not an amount") from None
    if not value.is_finite():
        raise ValueError(f"{amount!r} is not an amount")
    return value


@dataclass(frozen=True)
class SpendingGrowth:
    required: Decimal
    uplift: Decimal


def investment_standard(
    prior: Money, allocation_growth: Money, additional: Money = MHIS_ADDITIONAL_2019_20
) -> SpendingGrowth:
    """What must be spent on mental health: last year's spend x (1 + allocation growth + the
    additional share)."""
    uplift = exact(prior) * (exact(allocation_growth) + exact(additional))
    return SpendingGrowth(exact(prior) + uplift, uplift)


@dataclass(frozen=True)
class PartYear:
    in_year: Decimal
    full_year_effect_next_year_extra: Decimal


def part_year(
    full_year_value: Money, whole_months_elapsed_before_start: int, *, recurrent: bool = True
) -> PartYear:
    """In-year effect of something that starts part-way through, and what next year adds on top.

    Something that does not recur has its in-year effect and adds nothing next year.
    """
    elapsed = whole_months_elapsed_before_start
    if isinstance(elapsed, bool) or not isinstance(elapsed, int) or not 0 <= elapsed <= MONTHS:
        raise ValueError(
            f"months elapsed before the start is {elapsed!r}; it is a whole number from 0 to {MONTHS}"
        )
    full = exact(full_year_value)
    in_year = full * (MONTHS - elapsed) / MONTHS
    return PartYear(in_year, full - in_year if recurrent else Decimal(0))


@dataclass(frozen=True)
class SavingsLine:
    """One savings line; `confidence` is the share of what is still to come that is thought safe, 0
    to 1."""

    plan: Decimal
    ytd_plan: Decimal
    ytd_actual: Decimal
    forecast: Decimal
    recurrent: bool
    confidence: Decimal


@dataclass(frozen=True)
class SavingsRollUp:
    """Variances are actual or forecast less plan: a shortfall is negative. The gap is never below
    nought.

    The risk-adjusted forecast keeps what is already delivered and takes each line's confidence of
    the rest.
    """

    plan: Decimal
    ytd_plan: Decimal
    ytd_actual: Decimal
    ytd_variance: Decimal
    forecast: Decimal
    forecast_variance: Decimal
    recurrent_forecast: Decimal
    risk_adjusted_forecast: Decimal
    unidentified_gap: Decimal


def roll_up(lines: Sequence[SavingsLine]) -> SavingsRollUp:
    """Add savings lines up (CRES, now CIP)."""

    def total(amounts: Sequence[Decimal]) -> Decimal:
        return sum(amounts, Decimal(0))

    plan, forecast = total([x.plan for x in lines]), total([x.forecast for x in lines])
    ytd_plan, ytd_actual = total([x.ytd_plan for x in lines]), total([x.ytd_actual for x in lines])
    return SavingsRollUp(
        plan=plan,
        ytd_plan=ytd_plan,
        ytd_actual=ytd_actual,
        ytd_variance=ytd_actual - ytd_plan,
        forecast=forecast,
        forecast_variance=forecast - plan,
        recurrent_forecast=total([x.forecast for x in lines if x.recurrent]),
        risk_adjusted_forecast=total(
            [x.ytd_actual + (x.forecast - x.ytd_actual) * x.confidence for x in lines]
        ),
        unidentified_gap=max(plan - forecast, Decimal(0)),
    )


@dataclass(frozen=True)
class NetworkRates:
    """Payments to primary care networks, GBP."""

    core_per_registered: Decimal
    director_per_registered: Decimal
    director_months: int
    staff_per_network: Decimal
    participation_per_weighted: Decimal


# Network contract DES 2019/20: GBP 1.50 and 0.514 for each registered patient (the second for July
# to March), 1.76 for each weighted patient; one social prescriber (34,113) and one clinical
# pharmacist (37,810) for each network.
NETWORK_RATES_2019_20 = NetworkRates(
    Decimal("1.50"), Decimal("0.514"), 9, Decimal(37810) + Decimal(34113), Decimal("1.76")
)


@dataclass(frozen=True)
class NetworkFunding:
    core: Decimal
    clinical_director: Decimal
    staff: Decimal
    participation: Decimal

    @property
    def total(self) -> Decimal:
        return self.core + self.clinical_director + self.staff + self.participation


def network_funding(
    registered: Money, weighted: Money, networks: int, rates: NetworkRates = NETWORK_RATES_2019_20
) -> NetworkFunding:
    """The four lines of network funding."""
    people = exact(registered)
    return NetworkFunding(
        core=rates.core_per_registered * people,
        clinical_director=rates.director_per_registered * people * rates.director_months / MONTHS,
        staff=rates.staff_per_network * networks,
        participation=rates.participation_per_weighted * exact(weighted),
    )


@dataclass(frozen=True)
class TariffLine:
    pod: str
    activity_change: Decimal
    price: Decimal
    share_of_year: Decimal

    @property
    def value(self) -> Decimal:
        return self.activity_change * self.price * self.share_of_year


def tariff_impact(lines: Sequence[TariffLine]) -> Decimal:
    """Value at tariff of changes in activity. Not cash, and not what the contract pays: those are
    other sums."""
    return sum((line.value for line in lines), Decimal(0))


@dataclass(frozen=True)
class AddedUp:
    """A printed total beside its lines added up again. The difference is printed less
    recomputed."""

    printed: Decimal
    recomputed: Decimal
    difference: Decimal
    explained_by_rounding: bool


def reconcile(lines: Mapping[str, Money] | Sequence[Money], printed: Money) -> AddedUp:
    """Add the lines up and set the printed total beside them.

    Rounding explains a difference no larger than half a unit of the last printed place for each
    line and the total.
    """
    amounts = [exact(a) for a in (lines.values() if isinstance(lines, Mapping) else lines)]
    total = exact(printed)
    recomputed = sum(amounts, Decimal(0))
    slack = sum((_half_unit(a) for a in [*amounts, total]), Decimal(0))
    difference = total - recomputed
    return AddedUp(total, recomputed, difference, abs(difference) <= slack)


def _half_unit(amount: Decimal) -> Decimal:
    exponent = amount.as_tuple().exponent
    assert isinstance(exponent, int), "exact() lets only finite amounts through"
    return Decimal(5).scaleb(min(exponent, 0) - 1)
