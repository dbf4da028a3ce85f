"""Position, savings and activity to money as plain values. In: the money document, returns, forecasts, claims. Out: grids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.urls import reverse

from oneplace.plan.money.forms import Finances, SavingLine
from oneplace.plan.money.ledger import AreaPosition
from oneplace.plan.money.ledger import LedgerMonth as Month
from oneplace.plan.money.monitoring import Monitored
from oneplace.plan.money.outlook import SavingOutlook
from oneplace.plan.money.positions import Contingency, required_spend
from oneplace.report import words as paper
from oneplace.simulate.claims import Assessed
from oneplace.web.components import words
from oneplace.web.components.grid import Cell, Column, Grid
from oneplace.web.finance import models
from oneplace.web.finance.models import ContractMonth, LedgerMonth, OutturnForecast, RecoveryPlan, SavingForecast

STAGES = dict(models.STAGES)
STAGE_TONES = {"identified": "green", "in_development": "yellow", "unidentified": "red"}


def not_supplied(*, ledger: bool, outturns: bool, contracts: bool, full_year: bool) -> list[tuple[str, str]]:
    """What is missing, and the file or entry that would supply it."""
    wanted = (
        (ledger, "Month, year to date and run-rate by area", "The plan prints a year. Supply the ledger’s monthly extract as a CSV: month, area, budget, actual, with a row “total” for each month."),
        (outturns, "Best, likely and worst case, unmitigated risk", "The plan gives one figure an area. Open an area and write what you expect, with the reason."),
        (contracts, "Plan, actual, price, tolerance and marginal rate by contract and point of delivery", "Supply contract monitoring as a CSV: month, contract, pod, plan, actual, price, tolerance_pct, marginal_rate_pct."),
        (full_year, "Next year’s full-year effect", "Open a savings line and write from when it saves and what it saves in a whole year."),
        (False, "Spending under the mental health investment standard so far", "The ledger’s areas are not the standard’s: supply the return that counts it. What is required is shown on both bases."),
        (False, "In-year virements between areas", "The plan prints opening budgets. The ledger’s budget column holds what was moved; the moves themselves need the virement log."),
    )  # fmt: skip
    return [(name, how) for there, name, how in wanted if not there]


def gbp(value: Any, figure: str | None = None) -> Cell | None:
    """Pounds as they read; sorts and goes to CSV as the number. Leads to the story of its figure."""
    return None if value is None else Cell(paper.money(value), sort=float(value), csv=value, figure=figure)


def variance(value: Decimal | None) -> Cell | None:
    return None if value is None else Cell(paper.variance(value), sort=float(value), csv=value)


# --- savings ----------------------------------------------------------------------------------------------------------
def last_forecasts(found: Iterable[SavingForecast]) -> dict[str, SavingForecast]:
    """The latest month's forecast of each line."""
    out: dict[str, SavingForecast] = {}
    for f in sorted(found, key=lambda f: f.month):
        out[f.line] = f
    return out


def savings_grid(
    found: Sequence[SavingOutlook], recovery: Mapping[str, RecoveryPlan], mitigations: Mapping[str, str]
) -> Grid:
    rows = []
    for s in found:
        x, e, plan = s.line, s.expected, recovery.get(s.line.id)
        rows.append(
            {
                "area": Cell(x.area, href=reverse("saving", args=[x.id])),
                "lead": x.lead or "Not stated",
                "recurrence": x.recurrence.capitalize(),
                "stage": Cell(STAGES[e.stage], tone=STAGE_TONES[e.stage]) if e else Cell("Not said", tone="grey"),
                "planned": gbp(x.gbp, f"savings.{x.id}.planned"),
                "actual": gbp(s.reported_gbp, f"savings.{x.id}.reported") or "No return",
                "forecast": gbp(e.forecast_gbp, f"savings.{x.id}.forecast") if e else "None written",
                "variance": variance(s.variance_gbp),
                "part": gbp(s.effect.in_year) if s.effect else None,
                "full": gbp(e.full_year_gbp) if e else None,
                "adjusted": gbp(s.risk_adjusted_gbp, f"savings.{x.id}.adjusted"),
                "mitigation": mitigations.get(x.id) or None,
                "recovery": Cell(f"{plan.get_state_display()}, {words.day(plan.due_on)}", sort=plan.due_on.isoformat())
                if plan and plan.state != "withdrawn"
                else None,
            }
        )
    columns = (
        Column("area", "Line"),
        *((Column("lead", "Lead"),) if any(s.line.lead for s in found) else ()),
        Column("recurrence", "Counts"),
        Column("stage", "Stage"),
        Column("planned", "Plan", numeric=True),
        Column("actual", "Reported", numeric=True, note="by returns"),
        Column("forecast", "Forecast", numeric=True, note="of the year"),
        Column("variance", "Variance", numeric=True, note="of forecast; adverse in brackets"),
        Column("part", "Part-year", numeric=True, note="by its start"),
        Column("full", "Full-year", numeric=True),
        Column("adjusted", "Risk-adjusted", numeric=True),
        Column("mitigation", "Mitigation"),
        Column("recovery", "Recovery plan"),
    )
    return Grid(
        "savings", "Savings lines", columns, rows, searchable=True, empty="The money document has no savings lines."
    )


def savings_figures(found: Sequence[SavingOutlook], printed: Decimal) -> list[dict[str, Any]]:
    """Plan, reported, forecast, risk-adjusted, and what is not yet identified: each with how much of the plan it speaks of."""
    planned = sum((s.line.gbp for s in found), Decimal(0))
    said = [s for s in found if s.expected]
    expected = sum((s.expected.forecast_gbp for s in said if s.expected), Decimal(0))
    covered = sum((s.line.gbp for s in said), Decimal(0))
    told = [s for s in found if s.reported_gbp is not None]
    many = paper.plural(len(found), "line")
    figures: list[dict[str, Any]] = [
        {
            "value": paper.money(planned),
            "name": f"planned on {many}",
            "note": "the printed total agrees"
            if planned == printed
            else f"printed total {paper.money(printed)}, difference {paper.money(printed - planned)}",
            "figure": "savings.planned",
        },
        {
            "value": paper.money(total(s.reported_gbp for s in told)) if told else "Nothing",
            "name": "reported saved",
            "note": f"{len(told)} of {many} have a return",
            "figure": "savings.reported" if told else None,
        },
        {
            "value": paper.money(expected) if said else "None written",
            "name": "forecast for the year",
            "note": f"for {len(said)} of {many}, planned at {paper.money(covered)}: variance {paper.variance(expected - covered)}"
            if said
            else "write the forecast of a line to begin",
            "figure": "savings.forecast" if said else None,
        },
    ]
    adjusted = [s for s in said if s.risk_adjusted_gbp is not None]
    if adjusted:
        value = total(s.risk_adjusted_gbp for s in adjusted)
        figures.append({"value": paper.money(value), "name": "risk-adjusted forecast", "note": f"for {len(adjusted)} of {many}", "figure": "savings.adjusted"})  # fmt: skip
    for stage in STAGES if said else ():
        mine = [s for s in said if s.expected and s.expected.stage == stage]
        note = f"{paper.plural(len(mine), 'line')}, at plan"
        figures.append({"value": paper.money(sum((s.line.gbp for s in mine), Decimal(0))), "name": STAGES[stage].lower(), "note": note, "figure": f"savings.stage.{stage}"})  # fmt: skip
    if said and len(said) < len(found):
        left = paper.money(planned - covered)
        figures.append({"value": left, "name": "stage not said", "note": f"{paper.plural(len(found) - len(said), 'line')}, at plan", "figure": "savings.stage.unsaid"})  # fmt: skip
    extra = total(s.effect.full_year_effect_next_year_extra for s in found if s.effect)
    if extra is not None:
        figures.append(
            {"value": paper.money(extra), "name": "more next year, full-year effect", "figure": "savings.extra"}
        )
    return figures


def recurrence_grid(parts: Mapping[str, Decimal]) -> Grid:
    total = sum(parts.values(), Decimal(0))
    rows = [
        {
            "kind": k.capitalize(),
            "gbp": gbp(v),
            "share": Cell(paper.percent(100 * v / total), sort=float(v)) if total else None,
        }
        for k, v in parts.items()
    ]
    columns = (Column("kind", "Counts"), Column("gbp", "Plan", numeric=True), Column("share", "Share", numeric=True))
    return Grid("recurrence", "How often they count", columns, rows)


def forecast_history(found: Iterable[SavingForecast]) -> Grid:
    rows = [
        {
            "month": Cell(paper.month(f.month), sort=f.month.isoformat()),
            "forecast": gbp(f.forecast_gbp),
            "stage": Cell(f.get_stage_display(), tone=STAGE_TONES[f.stage]),
            "reason": f.reason,
            "starts": f.starts_on,
            "full": gbp(f.full_year_gbp),
            "safe": f"{f.confidence_pct}%" if f.confidence_pct is not None else None,
            "mitigation": f.mitigation,
            "by": f.changed_by.name,
            "version": f.version,
        }
        for f in found
    ]
    columns = (
        Column("month", "Month"),
        Column("forecast", "Forecast", numeric=True),
        Column("stage", "Stage"),
        Column("reason", "Reason"),
        Column("starts", "Saves from"),
        Column("full", "Full year", numeric=True),
        Column("safe", "Safe", numeric=True),
        Column("mitigation", "If it falls short"),
        Column("by", "By"),
        Column("version", "Version", numeric=True),
    )
    return Grid("forecasts", "What was forecast", columns, rows, empty="No forecast has been written for this line.")


def line_facts(line: SavingLine, reported: Decimal | None) -> list[tuple[str, Any]]:
    return [
        ("Plan", paper.money(line.gbp)),
        ("Reported saved", paper.money(reported) if reported is not None else "No return says so"),
        ("Counts", line.recurrence.capitalize()),
        ("Lead", line.lead or "Not stated in the plan"),
    ]


def recovery_facts(r: RecoveryPlan | None) -> list[tuple[str, Any]]:
    if r is None:
        return []
    return [
        ("State", f"{r.get_state_display()}, {r.changed_by.name}"),
        ("Of whom", r.asked_of),
        ("By when", words.day(r.due_on)),
        ("Why", r.why),
        ("What was sent", r.plan),
    ]


def area_facts(p: AreaPosition | None) -> list[tuple[str, Any]]:
    if p is None:
        return []
    return [
        ("Year’s plan", paper.money(p.plan_gbp) if p.plan_gbp is not None else "The plan prints none"),
        ("Spent so far", paper.money(p.to_date.actual_gbp) if p.to_date else "No month was supplied"),
        ("Variance so far", paper.variance(p.to_date_variance_gbp) if p.to_date_variance_gbp is not None else ""),
        ("The year at this rate", paper.money(p.run_rate_gbp) if p.run_rate_gbp is not None else ""),
        ("Outturn", paper.money(p.forecast_gbp) if p.forecast_gbp is not None else "Not known"),
        ("Variance of the outturn", paper.variance(p.forecast_variance_gbp) if p.forecast_variance_gbp is not None else ""),
    ]  # fmt: skip


# --- activity to money ------------------------------------------------------------------------------------------------
def effects_grid(claims: Sequence[Assessed]) -> Grid:
    """What each claim is worth at tariff, under the contract, in cash: three figures that are never added."""
    common = common_notes(claims)
    rows = [
        {
            "scheme": Cell(f"{c.scheme} {c.scheme_name}", href=reverse("scheme", args=[c.scheme]), sort=c.scheme),
            "activity": c.activity,
            "claimed": Cell(paper.number(c.claimed), sort=c.claimed, figure=f"claimed.{c.claim}.fewer")
            if c.claimed is not None
            else "none printed",
            "unit": gbp(c.unit_value_gbp),
            "tariff": gbp(c.value_at_tariff_gbp, f"claimed.{c.claim}.value") or "none printed",
            "contract": gbp(c.contract_effect_gbp, f"effects.{c.claim}.contract") or "not known",
            "cash": gbp(c.cash_effect_gbp, f"effects.{c.claim}.cash") or "not known",
            "notes": "; ".join(n for n in c.money_notes if n not in common),
        }
        for c in claims
    ]
    columns = (
        Column("scheme", "Scheme"),
        Column("activity", "What it counts"),
        Column("claimed", "Fewer", numeric=True),
        Column("unit", "Each", numeric=True, note="value over count"),
        Column("tariff", "At tariff", numeric=True),
        Column("contract", "Under the contract", numeric=True),
        Column("cash", "In cash", numeric=True),
        Column("notes", "What to know"),
    )
    return Grid(
        "effects",
        "What each claim is worth",
        columns,
        rows,
        searchable=True,
        empty="No scheme claims an effect in numbers.",
    )


def common_notes(claims: Sequence[Assessed]) -> list[str]:
    """What is to be known of every claim's money, said once."""
    return [n for n in claims[0].money_notes if all(n in c.money_notes for c in claims)] if claims else []


def effects_figures(claims: Sequence[Assessed], finances: Finances | None) -> list[dict[str, Any]]:
    tariff = [c.value_at_tariff_gbp for c in claims if c.value_at_tariff_gbp is not None]
    contract = [c.contract_effect_gbp for c in claims if c.contract_effect_gbp is not None]
    cash = [c.cash_effect_gbp for c in claims if c.cash_effect_gbp is not None]
    found: list[dict[str, Any]] = [
        {
            "value": paper.money(sum(tariff, Decimal(0))),
            "name": "claimed, at tariff",
            "note": f"{paper.plural(len(tariff), 'claim')}; not cash",
            "figure": "claims.tariff",
        },
        {
            "value": paper.money(sum(contract, Decimal(0))) if contract else "Not known",
            "name": "effect under the contract",
            "note": f"{paper.plural(len(contract), 'claim')} with a known effect"
            if contract
            else "needs tolerance and marginal rate",
            "figure": "effects.contract" if contract else None,
        },
        {
            "value": paper.money(sum(cash, Decimal(0))) if cash else "Not known",
            "name": "in cash",
            "note": f"{paper.plural(len(cash), 'claim')} with a known effect"
            if cash
            else "no savings line corresponds to a claim",
            "figure": "effects.cash" if cash else None,
        },
    ]
    if finances and finances.investment_standard:
        found += [
            {
                "value": paper.money(r.required_gbp_m * 1_000_000, "millions"),
                "name": "mental health investment required",
                "note": r.reading,
                "figure": f"money.mhis.{'wide' if r.reading.startswith('with ') else 'narrow'}.required",
            }
            for r in required_spend(finances.investment_standard)
        ]
    return found


# --- position ---------------------------------------------------------------------------------------------------------
def total(found: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of what is known; None where nothing is."""
    known = [v for v in found if v is not None]
    return sum(known, Decimal(0)) if known else None


def position_figures(
    found: Sequence[AreaPosition], last: Month | None, contingency: Contingency | None, drawn: Decimal | None
) -> list[dict[str, Any]]:
    """The answer first: year to date, outturn, its range, the risk, what is left."""
    if last is None:
        return []
    spent, budget = total(p.to_date.actual_gbp for p in found if p.to_date), total(p.to_date.budget_gbp for p in found if p.to_date)  # fmt: skip
    planned = [p for p in found if p.plan_gbp is not None and p.forecast_gbp is not None]
    plan, outturn = total(p.plan_gbp for p in planned), total(p.forecast_gbp for p in planned)
    written = [p for p in found if p.outturn]
    figures: list[dict[str, Any]] = [
        {"value": paper.money(spent, "millions"), "name": f"spent to the end of {paper.month(last.month)}", "note": f"budget {paper.money(budget, 'millions')}, variance {paper.variance(budget - spent)}" if spent is not None and budget is not None else None, "figure": "position.spent"},
        {"value": paper.money(outturn, "millions") if outturn is not None else "Not known", "name": "forecast outturn", "note": f"of {len(planned)} of {len(found)} areas, planned at {paper.money(plan, 'millions')}: variance {paper.variance(plan - outturn)}" if plan is not None and outturn is not None else "no area has both a plan and a month", "figure": "position.outturn" if outturn is not None else None},
        {"value": f"{paper.money(-last.difference_gbp)}", "name": "difference from the ledger’s own total", "note": f"{paper.month(last.month)}: {paper.money(last.control_total_gbp)}", "figure": "position.difference"},
    ]  # fmt: skip
    if written:
        best, likely, worst = (total(getattr(p.outturn, f"{k}_gbp") for p in written) for k in ("best", "likely", "worst"))  # fmt: skip
        risk = total(p.outturn.unmitigated_risk_gbp for p in written if p.outturn)
        figures.append({"value": paper.money(likely, "millions"), "name": "likely, as forecast", "note": f"best {paper.money(best, 'millions')}, worst {paper.money(worst, 'millions')}; {len(written)} of {len(found)} areas", "figure": "position.likely"})  # fmt: skip
        figures.append({"value": paper.money(risk), "name": "risk that nothing mitigates", "figure": "position.risk"})
    if contingency:
        left = contingency.stated_gbp_m * 1_000_000 - (drawn or Decimal(0))
        note = f"of the {contingency.stated_pct}% the plan states; {paper.money(drawn)} drawn" if drawn is not None else f"all of the {contingency.stated_pct}% the plan states: the ledger has no row “contingency”"  # fmt: skip
        figures.append(
            {
                "value": paper.money(left, "millions"),
                "name": "contingency left",
                "note": note,
                "figure": "position.contingency",
            }
        )
    return figures


def thousands(value: Decimal | None, *, brackets: bool = False, figure: str | None = None) -> Cell | None:
    """Thousands to read, pounds to sort and to take away."""
    if value is None:
        return None
    said = paper.variance(value, "thousands") if brackets else paper.money(value, "thousands")
    return Cell(said.replace("£", "").replace("k", ""), sort=float(value), csv=value, figure=figure)


def areas_grid(found: Sequence[AreaPosition], last: Month | None) -> Grid:
    month = paper.month(last.month) if last else "Month"
    rows = []
    for p in found:
        o = p.outturn
        rows.append(
            {
                "area": Cell(p.name, href=reverse("area", args=[p.area])),
                "month_budget": thousands(p.month.budget_gbp) if p.month else None,
                "month_actual": thousands(p.month.actual_gbp) if p.month else None,
                "month_variance": thousands(p.month_variance_gbp, brackets=True),
                "ytd_budget": thousands(p.to_date.budget_gbp) if p.to_date else None,
                "ytd_actual": thousands(p.to_date.actual_gbp, figure=f"position.{p.area}.to_date") if p.to_date else None,
                "ytd_variance": thousands(p.to_date_variance_gbp, brackets=True),
                "plan": thousands(p.plan_gbp, figure=f"position.{p.area}.plan"),
                "run": thousands(p.run_rate_gbp),
                "forecast": thousands(p.forecast_gbp, figure=f"position.{p.area}.outturn"),
                "forecast_variance": thousands(p.forecast_variance_gbp, brackets=True),
                "range": Cell(f"{paper.money(o.best_gbp, 'millions')} to {paper.money(o.worst_gbp, 'millions')}", sort=float(o.likely_gbp)) if o else None,
                "risk": thousands(o.unmitigated_risk_gbp) if o else None,
            }
        )  # fmt: skip
    columns = (
        Column("area", "Area"),
        Column("month_budget", "Budget", numeric=True, note=month),
        Column("month_actual", "Actual", numeric=True, note=month),
        Column("month_variance", "Variance", numeric=True, note="adverse in brackets"),
        Column("ytd_budget", "Budget", numeric=True, note="year to date"),
        Column("ytd_actual", "Actual", numeric=True, note="year to date"),
        Column("ytd_variance", "Variance", numeric=True, note="year to date"),
        Column("plan", "Year’s plan", numeric=True),
        Column("run", "Run-rate", numeric=True, note="the year at this rate"),
        Column("forecast", "Outturn", numeric=True, note="forecast, else run-rate"),
        Column("forecast_variance", "Variance", numeric=True, note="of the outturn"),
        Column("range", "Best to worst", numeric=True),
        Column("risk", "Unmitigated risk", numeric=True),
    )
    return Grid(
        "areas",
        "By area, in thousands of pounds",
        columns,
        rows,
        empty="The money document prints no areas and no ledger was supplied.",
    )


def worst_five(found: Sequence[AreaPosition]) -> list[AreaPosition]:
    """The five areas whose outturn is furthest from plan, either way, the worst first."""
    known = [p for p in found if p.forecast_variance_gbp]
    return sorted(sorted(known, key=lambda p: -abs(p.forecast_variance_gbp or 0))[:5], key=lambda p: p.forecast_variance_gbp or 0)  # fmt: skip


def area_months_grid(area: str, months: Iterable[Month]) -> Grid:
    rows = [
        {
            "month": Cell(paper.month(m.month), sort=m.month.isoformat()),
            "budget": gbp(m.areas[area].budget_gbp),
            "actual": gbp(m.areas[area].actual_gbp),
            "variance": variance(m.areas[area].budget_gbp - m.areas[area].actual_gbp),
        }
        for m in months
        if area in m.areas
    ]
    columns = (Column("month", "Month"), Column("budget", "Budget", numeric=True), Column("actual", "Actual", numeric=True), Column("variance", "Variance", numeric=True, note="adverse in brackets"))  # fmt: skip
    return Grid("months", "Month by month", columns, rows, empty="The ledger has no month of this area yet.")


def outturns_grid(found: Iterable[OutturnForecast]) -> Grid:
    rows = [
        {
            "month": Cell(paper.month(f.month), sort=f.month.isoformat()),
            "best": gbp(f.best_gbp),
            "likely": gbp(f.likely_gbp),
            "worst": gbp(f.worst_gbp),
            "risk": gbp(f.unmitigated_risk_gbp),
            "reason": f.reason,
            "by": f.changed_by.name,
            "version": f.version,
        }
        for f in found
    ]
    columns = (
        Column("month", "Month"),
        Column("best", "Best", numeric=True),
        Column("likely", "Likely", numeric=True),
        Column("worst", "Worst", numeric=True),
        Column("risk", "Unmitigated risk", numeric=True),
        Column("reason", "Reason"),
        Column("by", "By"),
        Column("version", "Version", numeric=True),
    )
    return Grid("outturns", "What was forecast", columns, rows, empty="No forecast has been written for this area.")


def supplied_grid(name: str, caption: str, found: Iterable[LedgerMonth | ContractMonth]) -> Grid:
    rows = [
        {
            "month": Cell(paper.month(m.month), sort=m.month.isoformat()),
            "rows": len(m.lines),
            "total": gbp(Decimal(m.control_total_pence) / 100) if isinstance(m, LedgerMonth) else None,
            "state": "Final" if m.final else "Provisional",
            "source": m.source,
            "at": Cell(words.moment(m.changed_at), sort=m.changed_at.isoformat()),
            "by": m.changed_by.name,
            "version": Cell(str(m.version), sort=m.version, note="restated" if m.version > 1 else None),
        }
        for m in found
    ]
    columns = (
        Column("month", "Month"),
        Column("rows", "Rows", numeric=True),
        *((Column("total", "Total", numeric=True),) if name == "ledger" else ()),
        Column("state", "State"),
        Column("source", "Source"),
        Column("at", "Supplied"),
        Column("by", "By"),
        Column("version", "Version"),
    )
    return Grid(name, caption, columns, rows, empty="No month has been supplied yet.")


def contracts_grid(found: Sequence[Monitored]) -> Grid:
    rows = [
        {
            "contract": m.contract,
            "pod": m.pod,
            "plan": m.plan,
            "actual": m.actual,
            "over": Cell(paper.number(m.over, signed=True), sort=float(m.over), csv=m.over),
            "price": Cell(paper.money(m.price_gbp), sort=float(m.price_gbp), csv=m.price_gbp),
            "tariff": gbp(m.at_tariff_gbp),
            "tolerance": Cell(f"{m.tolerance_pct}%", sort=float(m.tolerance_pct)) if m.tolerance_pct is not None else "Not supplied",
            "rate": Cell(f"{m.marginal_rate_pct}%", sort=float(m.marginal_rate_pct)) if m.marginal_rate_pct is not None else "Not supplied",
            "contract_gbp": gbp(m.under_contract_gbp) or "Not known",
            "cash": "Not known",
        }
        for m in found
    ]  # fmt: skip
    columns = (
        Column("contract", "Contract"),
        Column("pod", "Point of delivery"),
        Column("plan", "Plan", numeric=True, note="year to date"),
        Column("actual", "Actual", numeric=True, note="year to date"),
        Column("over", "Over plan", numeric=True),
        Column("price", "Price", numeric=True),
        Column("tariff", "At tariff", numeric=True, note="of the difference"),
        Column("tolerance", "Tolerance", numeric=True),
        Column("rate", "Marginal rate", numeric=True),
        Column("contract_gbp", "Under the contract", numeric=True),
        Column("cash", "In cash", numeric=True),
    )
    empty = "No contract monitoring was supplied, so activity cannot be put beside money by contract."
    return Grid("contracts", "By contract and point of delivery", columns, rows, searchable=True, empty=empty)


def full_year_grid(found: Sequence[SavingOutlook]) -> Grid:
    rows = [
        {
            "area": Cell(s.line.area, href=reverse("saving", args=[s.line.id])),
            "starts": s.expected.starts_on if s.expected else None,
            "full": gbp(s.expected.full_year_gbp) if s.expected else None,
            "part": gbp(s.effect.in_year),
            "extra": gbp(s.effect.full_year_effect_next_year_extra, f"savings.{s.line.id}.extra"),
        }
        for s in found
        if s.effect
    ]
    columns = (Column("area", "Line"), Column("starts", "Saves from"), Column("full", "In a whole year", numeric=True), Column("part", "This year", numeric=True), Column("extra", "Next year on top", numeric=True))  # fmt: skip
    empty = "No savings line has both a start and a full-year value yet: open a line and write them."
    return Grid("full_year", "Next year’s full-year effect", columns, rows, empty=empty)
