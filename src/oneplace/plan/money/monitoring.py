"""Contract monitoring: activity and money by contract and point of delivery, as it was supplied,
and what it comes to.

In: the text of a CSV with the columns month, contract, pod, plan, actual, price, tolerance_pct,
marginal_rate_pct. Out: one row each, or `InputAtFault` with every line that is wrong. Three sums
stand apart and are never added: the difference at tariff; its effect under the contract, where
nothing moves inside the tolerance and the marginal rate of the price is paid for what lies outside
it; and cash, which nobody can tell from activity alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from oneplace.faults import Fault, InputAtFault
from oneplace.plan.money.ledger import read_amount, read_month, rows_of

COLUMNS = (
    "month",
    "contract",
    "pod",
    "plan",
    "actual",
    "price",
    "tolerance_pct",
    "marginal_rate_pct",
)
HUNDRED = Decimal(100)


@dataclass(frozen=True, kw_only=True)
class Monitored:
    """One point of delivery of one contract, in one month or added up. Tolerance and rate are None
    where none is agreed."""

    month: date
    contract: str
    pod: str
    plan: Decimal
    actual: Decimal
    price_gbp: Decimal
    tolerance_pct: Decimal | None
    marginal_rate_pct: Decimal | None

    @property
    def over(self) -> Decimal:
        """Activity above plan; below it is negative."""
        return self.actual - self.plan

    @property
    def at_tariff_gbp(self) -> Decimal:
        return self.over * self.price_gbp

    @property
    def outside(self) -> Decimal | None:
        """Activity beyond the tolerance on either side; None where no tolerance is agreed."""
        if self.tolerance_pct is None:
            return None
        room = self.plan * self.tolerance_pct / HUNDRED
        return max(self.over - room, Decimal(0)) + min(self.over + room, Decimal(0))

    @property
    def under_contract_gbp(self) -> Decimal | None:
        """What the contract pays more (or less) for the difference; None where tolerance or rate is
        not supplied."""
        if self.outside is None or self.marginal_rate_pct is None:
            return None
        return self.outside * self.price_gbp * self.marginal_rate_pct / HUNDRED


def read_monitoring(text: str, *, name: str = "monitoring") -> tuple[Monitored, ...]:
    faults: list[Fault] = []
    found: dict[tuple[date, str, str], Monitored] = {}
    for line, row in rows_of(text, COLUMNS, name=name):
        month = read_month(row["month"], name=name, line=line, faults=faults)
        plan, actual, price = (
            read_amount(row[c], c, name=name, line=line, faults=faults)
            for c in ("plan", "actual", "price")
        )
        shares = [
            _share(row[c], c, name, line, faults) for c in ("tolerance_pct", "marginal_rate_pct")
        ]
        contract, pod = row["contract"].strip(), row["pod"].strip()
        for column, said in (("contract", contract), ("pod", pod)):
            if not said or len(said) > 200 or any(ord(c) < 32 for c in said):
                faults.append(
                    Fault(
                        what="a name is missing",
                        file=name,
                        line=line,
                        path=column,
                        found=said[:40],
                        expected="a name of at most 200 characters",
                    )
                )
        if month is None or plan is None or actual is None or price is None:
            continue
        if plan < 0 or actual < 0:
            faults.append(
                Fault(
                    what="activity is a count",
                    file=name,
                    line=line,
                    path="plan, actual",
                    found=f"{plan}, {actual}",
                    expected="nought or more",
                )
            )
        if (month, contract, pod) in found:
            faults.append(
                Fault(
                    what="the row stands twice",
                    file=name,
                    line=line,
                    path="contract, pod",
                    found=f"{contract}, {pod}",
                    expected="each point of delivery once a month",
                )
            )
        found[month, contract, pod] = Monitored(
            month=month,
            contract=contract,
            pod=pod,
            plan=plan,
            actual=actual,
            price_gbp=price,
            tolerance_pct=shares[0],
            marginal_rate_pct=shares[1],
        )
    if not found and not faults:
        faults.append(
            Fault(
                what="there are no rows",
                file=name,
                expected="a row for each contract, point of delivery and month",
            )
        )
    if faults:
        raise InputAtFault(faults)
    return tuple(found.values())


def _share(said: str, column: str, name: str, line: int, faults: list[Fault]) -> Decimal | None:
    if not said.strip():
        return None
    value = read_amount(said.strip().removesuffix("%"), column, name=name, line=line, faults=faults)
    if value is not None and not 0 <= value <= HUNDRED:
        faults.append(
            Fault(
                what="this is no share",
                file=name,
                line=line,
                path=column,
                found=said,
                expected="0 to 100",
            )
        )
    return value


def to_date(rows: Iterable[Monitored], *, until: date) -> tuple[Monitored, ...]:
    """Added up over the months with the prices, tolerance and rate of the last one; the tolerance
    is of the whole sum."""
    found: dict[tuple[str, str], Monitored] = {}
    for r in sorted((r for r in rows if r.month <= until), key=lambda r: r.month):
        before = found.get((r.contract, r.pod))
        found[r.contract, r.pod] = Monitored(
            month=r.month,
            contract=r.contract,
            pod=r.pod,
            plan=r.plan + (before.plan if before else 0),
            actual=r.actual + (before.actual if before else 0),
            price_gbp=r.price_gbp,
            tolerance_pct=r.tolerance_pct,
            marginal_rate_pct=r.marginal_rate_pct,
        )
    return tuple(found.values())
