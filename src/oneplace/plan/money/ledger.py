"""The ledger by area and month: read from CSV, tied to its own total, and the position that follows
from it.

In: the text of a CSV with the columns month, area, budget, actual, and a row `total` for each
month: the ledger's own total, which the other rows have to reach to the penny. Out: one
`LedgerMonth` a month, or `InputAtFault` with every line that is wrong. From the months, the year's
plan and the finance lead's forecasts: the position of each area.

Variances are budget or plan less actual or forecast: spending more is adverse and negative. The
run-rate carries what was spent over its budget so far across the whole year's plan, so the months
keep the budget's phasing and are not twelfths.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from oneplace.faults import Fault, InputAtFault

COLUMNS = ("month", "area", "budget", "actual")
TOTAL = "total"
MOST_GBP = Decimal(10) ** 11
MONTH = re.compile(r"(\d{4})-(\d{2})\Z", re.ASCII)
AREA = re.compile(r"[A-Za-z0-9_-]{1,80}\Z", re.ASCII)  # an area is part of an address
AMOUNT = re.compile(r"\(?-?£?\d[\d,]*(\.\d{1,2})?\)?\Z", re.ASCII)


@dataclass(frozen=True)
class Spent:
    """Budget and actual of one area in one month, in pounds and pence."""

    budget_gbp: Decimal
    actual_gbp: Decimal


@dataclass(frozen=True)
class LedgerRows:
    """One month: every area, and the ledger's own total."""

    month: date
    areas: Mapping[str, Spent]
    control_total_gbp: Decimal

    @property
    def difference_gbp(self) -> Decimal:
        """The ledger's total less its areas: nought, or the month does not tie."""
        return self.control_total_gbp - sum((s.actual_gbp for s in self.areas.values()), Decimal(0))


@dataclass(frozen=True)
class Outturn:
    """What the finance lead expects an area to spend in the year."""

    best_gbp: Decimal
    likely_gbp: Decimal
    worst_gbp: Decimal
    unmitigated_risk_gbp: Decimal
    reason: str


@dataclass(frozen=True, kw_only=True)
class AreaPosition:
    """Month, year to date and outturn of one area. None is what nobody supplied, never nought."""

    area: str
    name: str
    plan_gbp: Decimal | None
    month: Spent | None
    to_date: Spent | None
    run_rate_gbp: Decimal | None
    outturn: Outturn | None

    @property
    def to_date_variance_gbp(self) -> Decimal | None:
        return self.to_date.budget_gbp - self.to_date.actual_gbp if self.to_date else None

    @property
    def forecast_gbp(self) -> Decimal | None:
        """The finance lead's likely figure; without one, the run-rate."""
        return self.outturn.likely_gbp if self.outturn else self.run_rate_gbp

    @property
    def forecast_variance_gbp(self) -> Decimal | None:
        if self.plan_gbp is None or self.forecast_gbp is None:
            return None
        return self.plan_gbp - self.forecast_gbp


def read_ledger(
    text: str, *, areas: Mapping[str, str], name: str = "ledger"
) -> tuple[LedgerRows, ...]:
    """The months in order. `areas` are the ids and names that rows may use; none given: the
    ledger's own stand."""
    faults: list[Fault] = []
    known = {k.casefold(): k for k in areas} | {v.casefold(): k for k, v in areas.items()}
    found: dict[date, dict[str, Spent]] = {}
    for line, row in rows_of(text, COLUMNS, name=name):
        month = read_month(row["month"], name=name, line=line, faults=faults)
        budget, actual = (
            read_amount(row[c], c, name=name, line=line, faults=faults)
            for c in ("budget", "actual")
        )
        said = row["area"].strip()
        own = said if AREA.match(said) and not known else None
        area = TOTAL if said.casefold() == TOTAL else known.get(said.casefold()) or own
        if not area:
            expected = ", ".join(areas) or "a short name of letters, digits and hyphens"
            faults.append(
                Fault(
                    what="no such area",
                    file=name,
                    line=line,
                    path="area",
                    found=said,
                    expected=expected,
                )
            )
            continue
        if month is None or budget is None or actual is None:
            continue
        if area in found.setdefault(month, {}):
            faults.append(
                Fault(
                    what="the area stands twice in its month",
                    file=name,
                    line=line,
                    path="area",
                    found=said,
                    expected="each area once a month",
                )
            )
        found[month][area] = Spent(budget, actual)
    months = (
        [_tied(m, lines, name, faults) for m, lines in sorted(found.items())] if not faults else []
    )
    if not found and not faults:
        faults.append(
            Fault(what="there are no rows", file=name, expected="a row for each area and month")
        )
    if faults:
        raise InputAtFault(faults)
    return tuple(m for m in months if m is not None)


def _tied(
    month: date, lines: dict[str, Spent], name: str, faults: list[Fault]
) -> LedgerRows | None:
    total, areas = lines.get(TOTAL), {k: v for k, v in lines.items() if k != TOTAL}
    if total is None:
        faults.append(
            Fault(
                what="the month has no total",
                file=name,
                found=f"{month:%Y-%m}",
                expected="a row whose area is `total`: the ledger's own total",
            )
        )
        return None
    for what in ("budget_gbp", "actual_gbp"):
        added, printed = (
            sum((getattr(s, what) for s in areas.values()), Decimal(0)),
            getattr(total, what),
        )
        if added != printed:
            faults.append(
                Fault(
                    what=f"the month does not tie to the ledger's {what.removesuffix('_gbp')}",
                    file=name,
                    path=f"{month:%Y-%m}",
                    found=f"{added:,.2f}",
                    expected=f"{printed:,.2f}",
                )
            )
    return LedgerRows(month, areas, total.actual_gbp)


def positions(
    months: Sequence[LedgerRows],
    *,
    plans: Mapping[str, tuple[str, Decimal]],
    outturns: Mapping[str, Outturn],
    until: date,
) -> tuple[AreaPosition, ...]:
    """Each area of the plan (id -> name, year's pounds) and of the ledger, up to and with the month
    of `until`."""
    past = [m for m in sorted(months, key=lambda m: m.month) if m.month <= until]
    named = dict(plans) | {a: (a, None) for m in past for a in m.areas if a not in plans}
    return tuple(_position(a, n, plan, past, outturns.get(a)) for a, (n, plan) in named.items())


def _position(
    area: str, name: str, plan: Decimal | None, past: Sequence[LedgerRows], outturn: Outturn | None
) -> AreaPosition:
    mine = [m.areas[area] for m in past if area in m.areas]
    to_date = None
    if mine:
        to_date = Spent(
            sum((s.budget_gbp for s in mine), Decimal(0)),
            sum((s.actual_gbp for s in mine), Decimal(0)),
        )
    run_rate = None
    if to_date and plan is not None and to_date.budget_gbp > 0:
        run_rate = plan * to_date.actual_gbp / to_date.budget_gbp
    last = past[-1].areas.get(area) if past else None
    return AreaPosition(
        area=area,
        name=name,
        plan_gbp=plan,
        month=last,
        to_date=to_date,
        run_rate_gbp=run_rate,
        outturn=outturn,
    )


# --- reading a CSV that a person supplied -----------------------------------------------------------------------------
def rows_of(text: str, columns: Iterable[str], *, name: str) -> list[tuple[int, dict[str, str]]]:
    """Rows with the line each begins on; the heading has exactly these columns, in any order."""
    wanted = tuple(columns)
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        lines = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as wrong:
        raise InputAtFault(
            Fault(
                what="this is no CSV",
                file=name,
                line=reader.line_num,
                found=str(wrong),
                expected="columns with commas between",
            )
        ) from None
    heading = [h.strip().casefold() for h in lines[0][1]] if lines else []
    if sorted(heading) != sorted(wanted):
        raise InputAtFault(
            Fault(
                what="the heading is not the one expected",
                file=name,
                line=1,
                found=", ".join(heading) or "nothing",
                expected=", ".join(wanted),
            )
        )
    short = [
        Fault(
            what="the line has another number of cells than the heading",
            file=name,
            line=n,
            found=str(len(r)),
            expected=str(len(heading)),
        )
        for n, r in lines[1:]
        if len(r) != len(heading)
    ]
    if short:
        raise InputAtFault(short)
    return [(n, dict(zip(heading, r, strict=True))) for n, r in lines[1:]]


def read_month(said: str, *, name: str, line: int, faults: list[Fault]) -> date | None:
    found = MONTH.match(said.strip())
    if found and 1 <= int(found[2]) <= 12 and int(found[1]) >= 1:
        return date(int(found[1]), int(found[2]), 1)
    faults.append(
        Fault(
            what="this is no month",
            file=name,
            line=line,
            path="month",
            found=said,
            expected="a month such as 2019-09",
        )
    )
    return None


def read_amount(
    said: str, column: str, *, name: str, line: int, faults: list[Fault]
) -> Decimal | None:
    """Pounds with at most two decimals; adverse or credit amounts stand in brackets or with a
    minus."""
    text = said.strip()
    if AMOUNT.match(text) and text.startswith("(") == text.endswith(")"):
        digits = text.strip("()").replace("£", "").replace(",", "")
        try:
            value = Decimal(digits)
        except InvalidOperation:
            value = MOST_GBP
        if abs(value) < MOST_GBP:
            return -value if text.startswith("(") else value
    faults.append(
        Fault(
            what="this is no amount",
            file=name,
            line=line,
            path=column,
            found=said,
            expected="pounds such as 1234.56 or (1,234.56)",
        )
    )
    return None
