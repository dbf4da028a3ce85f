"""Do we hit the control total? From the plan, the ledger and the forecasts: yes, no, or what is
missing to say.

In: the positions of the areas, the months of the ledger, the total that the year may spend. Out: a
`ControlTotal`. The total is the one that the money document names; without one, what the plan gives
its areas. An area counts with the finance lead's forecast, else with its run-rate; one that has
neither makes the answer "cannot say", and so does a year of which nothing has come in. The gap is
total less outturn: an adverse one is negative and stands in brackets on paper.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

from oneplace.place.calendar import months, months_later
from oneplace.plan.money.forms import Finances
from oneplace.plan.money.ledger import AreaPosition, LedgerRows, Spent
from oneplace.plan.money.monitoring import Monitored
from oneplace.plan.money.outlook import SavingOutlook

MILLION = Decimal(1_000_000)
Verdict = Literal["yes", "no", "cannot say"]


@dataclass(frozen=True, kw_only=True)
class ControlTotal:
    """What the year may spend and what it is expected to spend, in pounds. None is what nobody has
    said, never nought."""

    total_gbp: Decimal | None
    named: bool
    outturn_gbp: Decimal | None
    forecast: tuple[str, ...]
    at_run_rate: tuple[str, ...]
    silent: tuple[str, ...]
    come_in: tuple[date, ...]
    left_out: tuple[date, ...]
    due_since: date | None
    risk_gbp: Decimal | None

    @property
    def why_not(self) -> tuple[str, ...]:
        """What is missing to say yes or no; empty where it can be said."""
        silent_all = not self.come_in and not self.forecast
        ledger = ("no ledger month has come in",) if not self.come_in else ()
        if self.total_gbp is None:
            return (
                "the money document prints neither a control total nor what each area may spend",
                *ledger,
            )
        if silent_all:
            return ledger
        if self.silent:
            said = f"no forecast is written and no run-rate can be worked out for {_listed(self.silent)}"
            return (*ledger, said)
        return () if self.outturn_gbp is not None else ledger

    @property
    def gap_gbp(self) -> Decimal | None:
        """Total less outturn; None where it cannot be said."""
        if self.why_not or self.total_gbp is None or self.outturn_gbp is None:
            return None
        return self.total_gbp - self.outturn_gbp

    @property
    def verdict(self) -> Verdict:
        if self.gap_gbp is None:
            return "cannot say"
        return "no" if self.gap_gbp < 0 else "yes"


@dataclass(frozen=True, kw_only=True)
class MoneyHeld:
    """All that is known of the year's money beside what the plan prints: supplied, forecast, asked
    for; and the answer."""

    months: Sequence[LedgerRows]
    areas: Sequence[AreaPosition]
    outlooks: Sequence[SavingOutlook]
    contracts: Sequence[Monitored]
    control: ControlTotal
    drawn_gbp: Decimal | None = None
    recoveries: Sequence[Mapping[str, Any]] = ()

    @property
    def last(self) -> LedgerRows | None:
        return self.months[-1] if self.months else None


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def total(values: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of what is known; None where nothing is."""
    known = [v for v in values if v is not None]
    return sum(known, Decimal(0)) if known else None


def spent(found: Iterable[Spent | None]) -> Spent | None:
    """Budget and actual of several areas together; None where there is none."""
    known = [s for s in found if s is not None]
    if not known:
        return None
    return Spent(
        sum((s.budget_gbp for s in known), Decimal(0)),
        sum((s.actual_gbp for s in known), Decimal(0)),
    )


def counted(areas: Sequence[AreaPosition], *, named: bool) -> list[AreaPosition]:
    """The areas whose outturn is set against the total: those that the plan gives something, or all
    where a total is named."""
    return [a for a in areas if named or a.plan_gbp is not None]


def control_total(
    finances: Finances | None,
    areas: Sequence[AreaPosition],
    ledger: Sequence[LedgerRows],
    *,
    year_starts: date,
    on: date,
) -> ControlTotal:
    """The answer on a day. The ledger of a month is due on the last day of the month after it."""
    named = finances.control_total_gbp_m if finances else None
    planned = counted(areas, named=named is not None)
    come_in = tuple(sorted(m.month for m in ledger))
    last = come_in[-1] if come_in else None
    newest_due = months_later((on + timedelta(days=1)).replace(day=1), -2)
    return ControlTotal(
        total_gbp=named * MILLION if named is not None else total(a.plan_gbp for a in areas),
        named=named is not None,
        outturn_gbp=total(a.forecast_gbp for a in planned),
        forecast=tuple(a.name for a in planned if a.outturn),
        at_run_rate=tuple(a.name for a in planned if not a.outturn and a.forecast_gbp is not None),
        silent=tuple(a.name for a in planned if a.forecast_gbp is None),
        come_in=come_in,
        left_out=tuple(m for m in months(year_starts, last) if m not in come_in) if last else (),
        due_since=newest_due
        if year_starts <= newest_due and (last is None or last < newest_due)
        else None,
        risk_gbp=total(a.outturn.unmitigated_risk_gbp for a in areas if a.outturn),
    )
