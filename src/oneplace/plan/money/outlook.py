"""What a savings line is expected to bring: this year, in a whole year, next year on top, and with
its risk taken off.

In: the planned line, what returns say was saved, and what the finance lead expects. Out: sums in
pounds; None where a sum needs something that nobody has said. Part-year and full-year effect are
`methods.finance.part_year`, by whole months.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from oneplace.methods.finance import MONTHS, PartYear, part_year
from oneplace.plan.money.forms import SavingLine

HUNDRED = Decimal(100)


@dataclass(frozen=True, kw_only=True)
class LineForecast:
    """A finance lead's forecast of a line. `confidence_pct` is how much of what is still to come is
    safe."""

    forecast_gbp: Decimal
    stage: str
    starts_on: date | None = None
    full_year_gbp: Decimal | None = None
    confidence_pct: int | None = None
    reason: str = ""
    mitigation: str = ""


@dataclass(frozen=True, kw_only=True)
class SavingOutlook:
    line: SavingLine
    reported_gbp: Decimal | None
    expected: LineForecast | None
    effect: PartYear | None

    @property
    def variance_gbp(self) -> Decimal | None:
        """Forecast less plan: a shortfall is adverse and negative."""
        return self.expected.forecast_gbp - self.line.gbp if self.expected else None

    @property
    def risk_adjusted_gbp(self) -> Decimal | None:
        """What is saved already, and the safe share of the rest of the forecast."""
        if self.expected is None or self.expected.confidence_pct is None:
            return None
        saved = self.reported_gbp or Decimal(0)
        return saved + (self.expected.forecast_gbp - saved) * self.expected.confidence_pct / HUNDRED


def outlook(
    line: SavingLine,
    *,
    reported_gbp: Decimal | None,
    expected: LineForecast | None,
    year_starts: date | None,
) -> SavingOutlook:
    effect = None
    if expected and expected.full_year_gbp is not None and expected.starts_on and year_starts:
        elapsed = whole_months(year_starts, expected.starts_on)
        effect = part_year(
            expected.full_year_gbp, elapsed, recurrent=line.recurrence != "non-recurrent"
        )
    return SavingOutlook(line=line, reported_gbp=reported_gbp, expected=expected, effect=effect)


def whole_months(since: date, until: date) -> int:
    """Months of the year that have begun before the day, 0 to 12: one that starts within a month
    saves from the next."""
    months = (
        (until.year - since.year) * MONTHS + until.month - since.month + (until.day > since.day)
    )
    return max(0, min(MONTHS, months))
