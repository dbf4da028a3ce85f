"""Figures of the money that people write and supply: savings lines, the ledger, outturn forecasts, effects of claims.

In: a visit and a day. Out: figures by their ids, in pounds, each with the version of the money document and of the entries behind it.
A figure that nobody has supplied is not given: it is never nought.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from oneplace.plan.money.ledger import AreaPosition, LedgerMonth, Outturn, Spent, positions
from oneplace.plan.money.outlook import Expected, SavingOutlook, outlook
from oneplace.plan.money.positions import contingency
from oneplace.plan.scheme import latest
from oneplace.report import words
from oneplace.report.board.paper import Origin
from oneplace.report.trace import Figure, Format, Source
from oneplace.visit.opening import Visit
from oneplace.visit.paper_values import Gathered
from oneplace.visit.plan import returns_of
from oneplace.visit.written import entries, written_digest

MILLION = Decimal(1_000_000)
PENCE = 100
CONTINGENCY = "contingency"
_LEDGER = Source("table", "ledger_months", "and what the areas are expected to spend")


@dataclass
class _Gbp:
    """Figures in pounds from one origin; a value that is None is left out."""

    origin: Origin
    found: dict[str, Figure]

    def add(self, id: str, label: str, value: Decimal | None, format: Format = "gbp") -> None:
        if value is not None:
            self.found[id] = self.origin.figure(id, label, value, unit="GBP", format=format)


def total(values: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of what is known; None where nothing is."""
    known = [v for v in values if v is not None]
    return sum(known, Decimal(0)) if known else None


# --- savings -----------------------------------------------------------------------------------------------------------
def outlooks(visit: Visit, on: dt.date) -> list[SavingOutlook]:
    """Every savings line with what returns say of it and what is last forecast."""
    finances, plan = visit.plan_documents.finances, visit.plan_documents.plan
    told = {i: r.value for i, r in latest(returns_of(visit.entries), on=on).items() if r.value is not None}
    said: dict[str, Expected] = {}
    for r in sorted(entries(visit, "saving_forecasts"), key=lambda r: r["month"]):
        if r["month"] <= on:
            said[r["line"]] = Expected(
                forecast_gbp=Decimal(r["forecast_gbp"]),
                stage=r["stage"],
                starts_on=r["starts_on"],
                full_year_gbp=None if r["full_year_gbp"] is None else Decimal(r["full_year_gbp"]),
                confidence_pct=r["confidence_pct"],
            )
    lines = finances.savings.lines if finances and finances.savings else ()
    starts = plan.period.start if plan else None
    return [outlook(x, reported_gbp=told.get(x.id), expected=said.get(x.id), year_starts=starts) for x in lines]


def savings(visit: Visit, on: dt.date, _about: tuple[str, ...] = ()) -> Mapping[str, Figure]:
    """What the savings lines are reported to have saved, are forecast to save, safely and next year; what is not identified yet."""
    origin, found = Gathered(visit, on)._document("money.yaml"), outlooks(visit, on)
    if origin is None or not found:
        return {}
    made = _Gbp(replace(origin, data_digest=written_digest(visit, "returns", "saving_forecasts")), {})
    said = [(s, s.expected) for s in found if s.expected]
    made.add("savings.planned", "Savings planned, line by line", total(s.line.gbp for s in found))
    made.add("savings.reported", "Reported saved", total(s.reported_gbp for s in found))
    if said:
        made.add("savings.forecast", "Savings forecast for the year", total(e.forecast_gbp for _, e in said))
        loose = sum((s.line.gbp for s, e in said if e.stage != "identified"), Decimal(0))
        made.add("savings.loose", "Planned and not yet identified", loose)
        for stage in ("identified", "in_development", "unidentified"):
            mine = sum((s.line.gbp for s, e in said if e.stage == stage), Decimal(0))
            made.add(f"savings.stage.{stage}", f"Planned savings, {stage.replace('_', ' ')}", mine)
        unsaid = total(s.line.gbp for s in found if s.expected is None)
        made.add(
            "savings.stage.unsaid", "Planned savings of which nobody has said how far they are thought out", unsaid
        )
    made.add("savings.adjusted", "Risk-adjusted forecast of savings", total(s.risk_adjusted_gbp for s in found))
    extra = [s.effect.full_year_effect_next_year_extra for s in found if s.effect]
    made.add("savings.extra", "More saved next year: the full-year effect", total(extra))
    for s in found:
        _line(made, s)
    return made.found


def _line(made: _Gbp, s: SavingOutlook) -> None:
    stem, area = f"savings.{s.line.id}", s.line.area
    made.add(f"{stem}.planned", f"{area}: planned saving", s.line.gbp)
    made.add(f"{stem}.reported", f"{area}: reported saved", s.reported_gbp)
    made.add(f"{stem}.forecast", f"{area}: forecast for the year", s.expected.forecast_gbp if s.expected else None)
    made.add(f"{stem}.adjusted", f"{area}: risk-adjusted forecast", s.risk_adjusted_gbp)
    extra = s.effect.full_year_effect_next_year_extra if s.effect else None
    made.add(f"{stem}.extra", f"{area}: more next year", extra)


# --- position ----------------------------------------------------------------------------------------------------------
def ledger(visit: Visit, on: dt.date) -> list[LedgerMonth]:
    """The months of the ledger that were supplied, up to the day."""
    return [
        LedgerMonth(
            r["month"],
            {a: Spent(Decimal(s["budget"]), Decimal(s["actual"])) for a, s in json.loads(r["lines"]).items()},
            Decimal(r["control_total_pence"]) / PENCE,
        )
        for r in sorted(entries(visit, "ledger_months"), key=lambda r: r["month"])
        if r["month"] <= on
    ]


def areas(visit: Visit, on: dt.date, months: list[LedgerMonth]) -> list[AreaPosition]:
    """Each area with its plan, its ledger and what is expected of it."""
    finances = visit.plan_documents.finances
    lines = finances.expenditure.lines if finances and finances.expenditure else ()
    expected: dict[str, Outturn] = {}
    for r in sorted(entries(visit, "outturn_forecasts"), key=lambda r: r["month"]):
        if r["month"] <= on:
            best, likely, worst, risk = (
                Decimal(r[f"{k}_gbp"]) for k in ("best", "likely", "worst", "unmitigated_risk")
            )
            expected[r["area"]] = Outturn(best, likely, worst, risk, r["reason"])
    plans = {x.id: (x.area, x.gbp_m * MILLION) for x in lines}
    return [p for p in positions(months, plans=plans, outturns=expected, until=on) if p.area != CONTINGENCY]


def position(visit: Visit, on: dt.date, _about: tuple[str, ...] = ()) -> Mapping[str, Figure]:
    """Spent so far, outturn, range and risk, whether the ledger ties, what is left; and each area's own."""
    months = ledger(visit, on)
    found, origin = areas(visit, on, months), Gathered(visit, on)._document("money.yaml")
    base = origin or Origin(basis="supplied", as_at=on, source=_LEDGER, period=f"on {on.isoformat()}")
    digest = written_digest(visit, "ledger_months", "outturn_forecasts")
    made = _Gbp(replace(base, source=_LEDGER, basis="supplied", entries_at=visit.opened_at, data_digest=digest), {})
    if months:
        _together(made, found, months, visit)
    for p in found:
        stem = f"position.{p.area}"
        made.add(
            f"{stem}.to_date", f"{p.name}: spent so far", p.to_date.actual_gbp if p.to_date else None, "gbp_thousands"
        )
        made.add(f"{stem}.plan", f"{p.name}: the year's plan", p.plan_gbp, "gbp_thousands")
        made.add(f"{stem}.outturn", f"{p.name}: forecast outturn", p.forecast_gbp, "gbp_thousands")
    return made.found


def _together(made: _Gbp, found: list[AreaPosition], months: list[LedgerMonth], visit: Visit) -> None:
    last, written = months[-1], [p.outturn for p in found if p.outturn]
    spent = total(p.to_date.actual_gbp for p in found if p.to_date)
    made.add("position.spent", f"Spent to the end of {words.month(last.month)}", spent, "gbp_millions")
    planned = [p.forecast_gbp for p in found if p.plan_gbp is not None]
    made.add("position.outturn", "Forecast outturn", total(planned), "gbp_millions")
    made.add("position.difference", "Difference from the ledger's own total", -last.difference_gbp)
    made.add(
        "position.likely",
        "Likely outturn of the areas with a forecast",
        total(o.likely_gbp for o in written),
        "gbp_millions",
    )
    made.add("position.risk", "Risk that nothing mitigates", total(o.unmitigated_risk_gbp for o in written))
    finances = visit.plan_documents.finances
    stated = contingency(finances) if finances else None
    if stated:
        drawn = total(m.areas[CONTINGENCY].actual_gbp for m in months if CONTINGENCY in m.areas)
        left = stated.stated_gbp_m * MILLION - (drawn or Decimal(0))
        made.add("position.contingency", "Contingency left", left, "gbp_millions")


# --- effects -----------------------------------------------------------------------------------------------------------
def effects(visit: Visit, on: dt.date, _about: tuple[str, ...] = ()) -> Mapping[str, Figure]:
    """What the claims come to under the contracts and in cash, which are never added to their value at tariff; and each one's."""
    origin = Gathered(visit, on)._document("plan.yaml")
    if origin is None or visit.build is None or not visit.build.facts.exists():
        return {}
    made = _Gbp(origin.part("plan.yaml: schemes[].claims"), {})
    claims: Any = visit.assessed_claims()
    made.add(
        "effects.contract", "Effect of the claims under the contracts", total(c.contract_effect_gbp for c in claims)
    )
    made.add("effects.cash", "Effect of the claims in cash", total(c.cash_effect_gbp for c in claims))
    for c in claims:
        made.add(
            f"effects.{c.claim}.contract", f"{c.scheme_name}: {c.activity}, under the contract", c.contract_effect_gbp
        )
        made.add(f"effects.{c.claim}.cash", f"{c.scheme_name}: {c.activity}, in cash", c.cash_effect_gbp)
    return made.found
