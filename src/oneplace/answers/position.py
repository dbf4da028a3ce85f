"""Figures of the money that people write and supply: savings lines, ledger, outturn forecasts,
contracts, effects of claims.

In: a session and a day. Out: `MoneyHeld`, from which pages and paper take what they show, and
figures by their ids, in pounds, each with the version of the money document and of the entries
behind it. A figure that nobody has supplied is not given: it is never nought. The year is the
plan's; months of the ledger before it are not in its year to date.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from oneplace.answers import claims as claims_answers
from oneplace.answers.plan import EVERYTHING, returns_of
from oneplace.answers.rests import BUILD, DAY, DOCUMENTS, rests_on
from oneplace.answers.session import Session
from oneplace.answers.written import entries, planned_on, written_digest, written_on
from oneplace.place.calendar import financial_year, financial_year_starts
from oneplace.plan.money.control import (
    MILLION,
    ControlTotal,
    MoneyHeld,
    control_total,
    counted,
    spent,
    total,
)
from oneplace.plan.money.ledger import AreaPosition, LedgerRows, Outturn, Spent, positions
from oneplace.plan.money.monitoring import Monitored, to_date
from oneplace.plan.money.outlook import LineForecast, SavingOutlook, outlook
from oneplace.plan.money.positions import contingency
from oneplace.plan.scheme import latest
from oneplace.report import words
from oneplace.report.board.paper import Origin
from oneplace.report.trace import Figure, Format, Item

PENCE = 100
MONEY = (
    "returns",
    "saving_forecasts",
    "ledger_months",
    "outturn_forecasts",
    "contract_months",
    "recovery_plans",
)
"""What people write that the year's money is made of."""
SUPPLIED = ("ledger_months", "contract_months")
CONTINGENCY = "contingency"


@dataclass
class _Gbp:
    """Figures in pounds from one origin; a value that is None is left out."""

    origin: Origin
    found: dict[str, Figure]

    def of(self, origin: Origin) -> _Gbp:
        """The same collection, filled from another origin."""
        return _Gbp(origin, self.found)

    def add(
        self,
        id: str,
        label: str,
        value: Decimal | None,
        format: Format = "gbp",
        items: Iterable[Item] = (),
    ) -> None:
        if value is not None:
            self.found[id] = self.origin.figure(
                id, label, value, unit="GBP", format=format, items=items
            )


# --- what was written and supplied -------------------------------------------------------------------------------------
@rests_on(BUILD, DOCUMENTS, DAY, *MONEY)
def held(session: Session, on: dt.date) -> MoneyHeld:
    """All that is known of the year's money on a day, and whether the control total is hit."""
    months = ledger(session, on)
    found = areas(session, on, months)
    drawn = total(m.areas[CONTINGENCY].actual_gbp for m in months if CONTINGENCY in m.areas)
    return MoneyHeld(
        months=months,
        areas=found,
        outlooks=outlooks(session, on),
        contracts=to_date(monitored(session, on), until=on),
        control=control_total(
            session.plan_documents.finances, found, months, year_starts=_year(session, on)[0], on=on
        ),
        drawn_gbp=drawn,
        recoveries=[r for r in entries(session, "recovery_plans") if r["state"] != "withdrawn"],
    )


def _year(session: Session, on: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day of the year that the plan is for; without a plan the financial year of the
    day."""
    plan = session.plan_documents.plan
    start = plan.period.start if plan else financial_year_starts(on)
    end = plan.period.end if plan else None
    return start, end or financial_year_starts(start + dt.timedelta(days=366)) - dt.timedelta(
        days=1
    )


def _of_the_year(session: Session, on: dt.date, name: str) -> list[dict[str, Any]]:
    """Forecasts made in the plan's year, the earliest first: all that a session knows, whichever
    month they were written in."""
    start, end = _year(session, on)
    return sorted(
        (r for r in entries(session, name) if start <= r["month"] <= end), key=lambda r: r["month"]
    )


def ledger(session: Session, on: dt.date) -> list[LedgerRows]:
    """The months of the ledger of the plan's year that were supplied, up to the day, the earliest
    first."""
    return [
        LedgerRows(
            r["month"],
            {
                a: Spent(Decimal(s["budget"]), Decimal(s["actual"]))
                for a, s in json.loads(r["lines"]).items()
            },
            Decimal(r["control_total_pence"]) / PENCE,
        )
        for r in _of_the_year(session, on, "ledger_months")
        if r["month"] <= on
    ]


def monitored(session: Session, on: dt.date) -> list[Monitored]:
    """The months of contract monitoring of the plan's year that were supplied, up to the day."""
    return [
        Monitored(
            month=r["month"],
            contract=line["contract"],
            pod=line["pod"],
            plan=Decimal(line["plan"]),
            actual=Decimal(line["actual"]),
            price_gbp=Decimal(line["price_gbp"]),
            tolerance_pct=_share(line["tolerance_pct"]),
            marginal_rate_pct=_share(line["marginal_rate_pct"]),
        )
        for r in _of_the_year(session, on, "contract_months")
        if r["month"] <= on
        for line in json.loads(r["lines"])
    ]


def _share(said: str | None) -> Decimal | None:
    return None if said is None else Decimal(said)


def areas(session: Session, on: dt.date, months: list[LedgerRows]) -> list[AreaPosition]:
    """Each area with its plan, its ledger and what is expected of it; the contingency stands
    apart."""
    finances = session.plan_documents.finances
    lines = finances.expenditure.lines if finances and finances.expenditure else ()
    expected: dict[str, Outturn] = {}
    for r in _of_the_year(session, on, "outturn_forecasts"):
        best, likely, worst, risk = (
            Decimal(r[f"{k}_gbp"]) for k in ("best", "likely", "worst", "unmitigated_risk")
        )
        expected[r["area"]] = Outturn(best, likely, worst, risk, r["reason"])
    plans = {x.id: (x.area, x.gbp_m * MILLION) for x in lines}
    return [
        p
        for p in positions(months, plans=plans, outturns=expected, until=on)
        if p.area != CONTINGENCY
    ]


def outlooks(session: Session, on: dt.date) -> list[SavingOutlook]:
    """Every savings line with what returns say of it and what is last forecast."""
    finances, plan = session.plan_documents.finances, session.plan_documents.plan
    returned = latest(returns_of(session.entries), on=on, known=EVERYTHING)
    told = {i: r.value for i, r in returned.items() if r.value is not None}
    said: dict[str, LineForecast] = {}
    for r in _of_the_year(session, on, "saving_forecasts"):
        said[r["line"]] = LineForecast(
            forecast_gbp=Decimal(r["forecast_gbp"]),
            stage=r["stage"],
            starts_on=r["starts_on"],
            full_year_gbp=None if r["full_year_gbp"] is None else Decimal(r["full_year_gbp"]),
            confidence_pct=r["confidence_pct"],
            reason=r["reason"],
            mitigation=r["mitigation"],
        )
    lines = finances.savings.lines if finances and finances.savings else ()
    starts = plan.period.start if plan else None
    return [
        outlook(x, reported_gbp=told.get(x.id), expected=said.get(x.id), year_starts=starts)
        for x in lines
    ]


# --- savings -----------------------------------------------------------------------------------------------------------
@rests_on(BUILD, DOCUMENTS, DAY, "returns", "saving_forecasts")
def savings(session: Session, on: dt.date, _about: tuple[str, ...] = ()) -> Mapping[str, Figure]:
    """What the savings lines are reported to have saved, are forecast to save, safely and next
    year; what is not identified yet."""
    origin, found = planned_on(session, on, "money.yaml"), outlooks(session, on)
    if origin is None or not found:
        return {}
    written = replace(
        origin,
        data_digest=written_digest(session, "returns", "saving_forecasts"),
        entries_at=session.opened_at,
    )
    made = _Gbp(written, {})
    said = [(s, s.expected) for s in found if s.expected]
    made.add("savings.planned", "Savings planned, line by line", total(s.line.gbp for s in found))
    made.add(
        "savings.reported",
        "Reported saved",
        total(s.reported_gbp for s in found),
        items=_lines((s, s.reported_gbp) for s in found),
    )
    if said:
        made.add(
            "savings.forecast",
            "Savings forecast for the year",
            total(e.forecast_gbp for _, e in said),
            items=_lines((s, e.forecast_gbp) for s, e in said),
        )
        covered = total(s.variance_gbp for s, _ in said)
        made.add(
            "savings.variance",
            "Forecast less plan, of the lines with a forecast",
            covered,
            "gbp_variance",
            items=_lines((s, s.variance_gbp) for s, _ in said),
        )
        loose = sum((s.line.gbp for s, e in said if e.stage != "identified"), Decimal(0))
        made.add("savings.loose", "Planned and not yet identified", loose)
        for stage in ("identified", "in_development", "unidentified"):
            mine = [(s, s.line.gbp) for s, e in said if e.stage == stage]
            made.add(
                f"savings.stage.{stage}",
                f"Planned savings, {stage.replace('_', ' ')}",
                sum((gbp for _, gbp in mine), Decimal(0)),
                items=_lines(mine),
            )
        unsaid = total(s.line.gbp for s in found if s.expected is None)
        made.add(
            "savings.stage.unsaid",
            "Planned savings of which nobody has said how far they are thought out",
            unsaid,
        )
    made.add(
        "savings.adjusted",
        "Risk-adjusted forecast of savings",
        total(s.risk_adjusted_gbp for s in found),
        items=_lines((s, s.risk_adjusted_gbp) for s in found),
    )
    extra = [s.effect.full_year_effect_next_year_extra for s in found if s.effect]
    made.add("savings.extra", "More saved next year: the full-year effect", total(extra))
    for s in found:
        _line(made, s)
    return made.found


def _lines(found: Iterable[tuple[SavingOutlook, Decimal | None]]) -> list[Item]:
    return [Item(s.line.id, s.line.area, gbp) for s, gbp in found if gbp is not None]


def _line(made: _Gbp, s: SavingOutlook) -> None:
    stem, area = f"savings.{s.line.id}", s.line.area
    made.add(f"{stem}.planned", f"{area}: planned saving", s.line.gbp)
    made.add(f"{stem}.reported", f"{area}: reported saved", s.reported_gbp)
    made.add(
        f"{stem}.forecast",
        f"{area}: forecast for the year",
        s.expected.forecast_gbp if s.expected else None,
    )
    made.add(f"{stem}.variance", f"{area}: forecast less plan", s.variance_gbp, "gbp_variance")
    made.add(f"{stem}.adjusted", f"{area}: risk-adjusted forecast", s.risk_adjusted_gbp)
    extra = s.effect.full_year_effect_next_year_extra if s.effect else None
    made.add(f"{stem}.extra", f"{area}: more next year", extra)


# --- position ----------------------------------------------------------------------------------------------------------
@rests_on(BUILD, DOCUMENTS, DAY, *MONEY)
def position(session: Session, on: dt.date, _about: tuple[str, ...] = ()) -> Mapping[str, Figure]:
    """The answer and what it rests on: month, year to date, outturn, range and risk, whether the
    ledger ties, what is left; each area's own; the contracts as they are monitored."""
    known = held(session, on)
    plan = planned_on(session, on, "money.yaml") or written_on(session, on, "ledger_months")
    year = f"the year {financial_year(_year(session, on)[0])}"
    digest = session.digests.get("money.yaml")
    # The ledger is a feed: a month of it is restated or late, and a new one is a real change. Only
    # forecasts are somebody's word.
    supplied = replace(written_on(session, on, "ledger_months"), plan_digest=digest, said=False)
    forecast = replace(
        written_on(session, on, "outturn_forecasts", "ledger_months"), plan_digest=digest
    ).about(year)
    forecast = forecast.part("outturn_forecasts", note="else the run-rate of the ledger")
    made = _Gbp(forecast, {})
    _answered(made, known.control)
    made.of(plan.part("money.yaml: expenditure").about(year)).add(
        "position.control", _total_name(known.control), known.control.total_gbp, "gbp_millions"
    )
    if known.last is not None:
        to_the_end = supplied.about(
            f"{words.month(known.months[0].month)} to {words.month(known.last.month)}"
        )
        _spent(made.of(to_the_end), known)
    _expected(made, known)
    finances = session.plan_documents.finances
    stated = contingency(finances) if finances else None
    if stated and known.last is not None:
        left = stated.stated_gbp_m * MILLION - (known.drawn_gbp or Decimal(0))
        made.of(supplied).add("position.contingency", "Contingency left", left, "gbp_millions")
    for p in known.areas:
        _area(made, p, supplied, plan.part("money.yaml: expenditure").about(year))
    _contracts(
        made.of(replace(written_on(session, on, "contract_months"), said=False)), known.contracts
    )
    return made.found


def _total_name(control: ControlTotal) -> str:
    return "Control total" if control.named else "What the plan gives its areas for the year"


def _answered(made: _Gbp, control: ControlTotal) -> None:
    said = {
        "yes": "Yes, as far as is known",
        "no": "No, as far as is known",
        "cannot say": "Cannot say",
    }
    made.found["position.answer"] = made.origin.figure(
        "position.answer", "Do we hit the control total?", said[control.verdict], format="text"
    )
    made.add("position.gap", "Control total less forecast outturn", control.gap_gbp, "gbp_variance")


def _spent(made: _Gbp, known: MoneyHeld) -> None:
    last = known.months[-1]
    month, so_far = spent(p.month for p in known.areas), spent(p.to_date for p in known.areas)
    name = words.month(last.month)
    if month:
        made.add("position.month", f"Spent in {name}", month.actual_gbp, "gbp_millions")
        made.add(
            "position.month_variance",
            f"Budget less actual in {name}",
            month.budget_gbp - month.actual_gbp,
            "gbp_variance",
        )
    if so_far:
        by_area = [Item(p.area, p.name, p.to_date.actual_gbp) for p in known.areas if p.to_date]
        made.add(
            "position.spent",
            f"Spent to the end of {name}",
            so_far.actual_gbp,
            "gbp_millions",
            by_area,
        )
        made.add(
            "position.to_date_variance",
            f"Budget less actual to the end of {name}",
            so_far.budget_gbp - so_far.actual_gbp,
            "gbp_variance",
            [
                Item(p.area, p.name, v)
                for p in known.areas
                if (v := p.to_date_variance_gbp) is not None
            ],
        )
    made.add("position.difference", "Difference from the ledger's own total", -last.difference_gbp)


def _expected(made: _Gbp, known: MoneyHeld) -> None:
    planned = [
        p for p in counted(known.areas, named=known.control.named) if p.forecast_gbp is not None
    ]
    written = [(p, p.outturn) for p in known.areas if p.outturn]
    made.add(
        "position.outturn",
        "Forecast outturn",
        known.control.outturn_gbp,
        "gbp_millions",
        [Item(p.area, p.name, p.forecast_gbp) for p in planned if p.forecast_gbp is not None],
    )
    made.add(
        "position.outturn_variance",
        "Plan less outturn, of the areas with an outturn",
        total(p.forecast_variance_gbp for p in planned),
        "gbp_variance",
        [Item(p.area, p.name, v) for p in planned if (v := p.forecast_variance_gbp) is not None],
    )
    for k, label in (("best", "Best"), ("likely", "Likely"), ("worst", "Worst")):
        value = total(getattr(o, f"{k}_gbp") for _, o in written)
        made.add(
            f"position.{k}", f"{label} outturn of the areas with a forecast", value, "gbp_millions"
        )
    made.add(
        "position.risk",
        "Risk that nothing mitigates",
        total(o.unmitigated_risk_gbp for _, o in written),
        items=[Item(p.area, p.name, o.unmitigated_risk_gbp) for p, o in written],
    )


def _area(made: _Gbp, p: AreaPosition, supplied: Origin, plan: Origin) -> None:
    stem = f"position.{p.area}"
    its = made.of(supplied)
    for spent_, name, what in (
        (p.month, "month", "in the month"),
        (p.to_date, "to_date", "so far"),
    ):
        if spent_:
            its.add(
                f"{stem}.{name}_budget",
                f"{p.name}: budget {what}",
                spent_.budget_gbp,
                "gbp_thousands",
            )
            its.add(f"{stem}.{name}", f"{p.name}: spent {what}", spent_.actual_gbp, "gbp_thousands")
            variance = spent_.budget_gbp - spent_.actual_gbp
            its.add(
                f"{stem}.{name}_variance",
                f"{p.name}: budget less actual {what}",
                variance,
                "gbp_thousands_variance",
            )
    made.of(plan).add(f"{stem}.plan", f"{p.name}: the year's plan", p.plan_gbp, "gbp_thousands")
    made.add(f"{stem}.outturn", f"{p.name}: forecast outturn", p.forecast_gbp, "gbp_thousands")
    made.add(
        f"{stem}.outturn_variance",
        f"{p.name}: plan less outturn",
        p.forecast_variance_gbp,
        "gbp_thousands_variance",
    )
    if p.outturn:
        made.add(
            f"{stem}.risk",
            f"{p.name}: risk that nothing mitigates",
            p.outturn.unmitigated_risk_gbp,
            "gbp_thousands",
        )


def contract_stem(m: Monitored) -> str:
    """The beginning of the ids of one point of delivery of one contract: readable, and never the
    same for two of them."""
    read = re.sub(r"[^a-z0-9]+", "-", f"{m.contract} {m.pod}".casefold()).strip("-")[:60]
    return f"position.contract.{read}-{hashlib.sha256(repr((m.contract, m.pod)).encode()).hexdigest()[:6]}"


def _contracts(made: _Gbp, found: Iterable[Monitored]) -> None:
    for m in found:
        stem, name = contract_stem(m), f"{m.contract}, {m.pod}"
        own = made.of(made.origin.about(f"to {words.month(m.month)}"))
        own.add(f"{stem}.tariff", f"{name}: difference at tariff", m.at_tariff_gbp)
        own.add(f"{stem}.effect", f"{name}: effect under the contract", m.under_contract_gbp)


# --- effects -----------------------------------------------------------------------------------------------------------
@rests_on(BUILD, DOCUMENTS, DAY, "returns")
def effects(session: Session, on: dt.date, _about: tuple[str, ...] = ()) -> Mapping[str, Figure]:
    """What the claims come to under the contracts and in cash, which are never added to their value
    at tariff; and each one's."""
    origin = planned_on(session, on, "plan.yaml")
    if origin is None or session.build is None or not session.build.facts.exists():
        return {}
    made = _Gbp(replace(origin.part("plan.yaml: schemes[].claims"), said=False), {})
    claims: Any = claims_answers.assessed(session)
    made.add(
        "effects.contract",
        "Effect of the claims under the contracts",
        total(c.contract_effect_gbp for c in claims),
    )
    made.add(
        "effects.cash", "Effect of the claims in cash", total(c.cash_effect_gbp for c in claims)
    )
    for c in claims:
        made.add(
            f"effects.{c.claim}.contract",
            f"{c.scheme_name}: {c.activity}, under the contract",
            c.contract_effect_gbp,
        )
        made.add(
            f"effects.{c.claim}.cash", f"{c.scheme_name}: {c.activity}, in cash", c.cash_effect_gbp
        )
    return made.found
