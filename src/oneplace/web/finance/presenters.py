"""Position, savings and activity to money as plain values. In: the money document, returns, forecasts, claims. Out: grids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.urls import reverse

from oneplace.answers.position import contract_stem
from oneplace.plan.money.control import MoneyHeld
from oneplace.plan.money.forms import Finances, SavingLine
from oneplace.plan.money.ledger import AreaPosition
from oneplace.plan.money.ledger import LedgerMonth as Month
from oneplace.plan.money.monitoring import Monitored
from oneplace.plan.money.outlook import SavingOutlook
from oneplace.plan.money.positions import Contingency, required_spend
from oneplace.report import words as paper
from oneplace.report.trace import Figure
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


def said(figures: Mapping[str, Figure], id: str, *, brief: bool = False) -> Cell | None:
    """A figure as it reads everywhere, sorted and taken away as its number; None where nobody has said it. `brief`: in a table
    of thousands, without their signs."""
    figure = figures.get(id)
    if figure is None or figure.amount is None:
        return None
    text = figure.words()
    return Cell(text.replace("£", "").replace("k", "") if brief else text, sort=float(figure.amount), csv=figure.value, figure=id)  # fmt: skip


def gbp(value: Any, figure: str | None = None) -> Cell | None:
    """Pounds as they read; sorts and goes to CSV as the number. Leads to the story of its figure."""
    return None if value is None else Cell(paper.money(value), sort=float(value), csv=value, figure=figure)


def variance(value: Decimal | None) -> Cell | None:
    return None if value is None else Cell(paper.variance(value), sort=float(value), csv=value)


# --- savings ----------------------------------------------------------------------------------------------------------
def savings_grid(held: MoneyHeld, figures: Mapping[str, Figure]) -> Grid:
    rows, recovery = [], {r["line"]: r for r in held.recoveries}
    for s in held.outlooks:
        x, e, plan = s.line, s.expected, recovery.get(s.line.id)
        rows.append(
            {
                "area": Cell(x.area, href=reverse("saving", args=[x.id])),
                "lead": x.lead or "Not stated",
                "recurrence": x.recurrence.capitalize(),
                "stage": Cell(STAGES[e.stage], tone=STAGE_TONES[e.stage]) if e else Cell("Not said", tone="grey"),
                "planned": said(figures, f"savings.{x.id}.planned"),
                "actual": said(figures, f"savings.{x.id}.reported") or "No return",
                "forecast": said(figures, f"savings.{x.id}.forecast") or "None written",
                "variance": said(figures, f"savings.{x.id}.variance"),
                "part": gbp(s.effect.in_year) if s.effect else None,
                "full": gbp(e.full_year_gbp) if e else None,
                "adjusted": said(figures, f"savings.{x.id}.adjusted"),
                "mitigation": (e.mitigation or None) if e else None,
                "recovery": Cell(
                    f"{plan['state'].capitalize()}, {words.day(plan['due_on'])}", sort=plan["due_on"].isoformat()
                )
                if plan
                else None,
            }
        )
    columns = (
        Column("area", "Line"),
        *((Column("lead", "Lead"),) if any(s.line.lead for s in held.outlooks) else ()),
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


def tile(
    figures: Mapping[str, Figure], id: str, name: str, *, note: str | None = None, none: str = "Not known"
) -> dict[str, Any]:
    """A figure at the top of a page, or what stands in its place."""
    figure = figures.get(id)
    return {"value": figure.words() if figure else none, "name": name, "note": note, "figure": id if figure else None}


def savings_figures(
    found: Sequence[SavingOutlook], printed: Decimal, figures: Mapping[str, Figure]
) -> list[dict[str, Any]]:
    """Plan, reported, forecast, risk-adjusted, and what is not yet identified: each with how much of the plan it speaks of."""
    planned = sum((s.line.gbp for s in found), Decimal(0))
    forecast = [(s, s.expected) for s in found if s.expected]
    covered = sum((s.line.gbp for s, _ in forecast), Decimal(0))
    told = [s for s in found if s.reported_gbp is not None]
    many = paper.plural(len(found), "line")
    agrees = (
        "the printed total agrees"
        if planned == printed
        else f"printed total {paper.money(printed)}, difference {paper.money(printed - planned)}"
    )
    tiles = [
        tile(figures, "savings.planned", f"planned on {many}", note=agrees),
        tile(
            figures, "savings.reported", "reported saved", note=f"{len(told)} of {many} have a return", none="Nothing"
        ),
        tile(
            figures,
            "savings.forecast",
            "forecast for the year",
            note=f"for {len(forecast)} of {many}, planned at {paper.money(covered)}: variance {figures['savings.variance'].words()}"
            if forecast
            else "write the forecast of a line to begin",
            none="None written",
        ),
    ]
    if "savings.adjusted" in figures:
        adjusted = sum(s.risk_adjusted_gbp is not None for s in found)
        tiles.append(tile(figures, "savings.adjusted", "risk-adjusted forecast", note=f"for {adjusted} of {many}"))
    for stage in STAGES if forecast else ():
        mine = sum(e.stage == stage for _, e in forecast)
        tiles.append(tile(figures, f"savings.stage.{stage}", STAGES[stage].lower(), note=f"{paper.plural(mine, 'line')}, at plan"))  # fmt: skip
    if forecast and "savings.stage.unsaid" in figures:
        left = paper.plural(len(found) - len(forecast), "line")
        tiles.append(tile(figures, "savings.stage.unsaid", "stage not said", note=f"{left}, at plan"))
    if "savings.extra" in figures:
        tiles.append(tile(figures, "savings.extra", "more next year, full-year effect"))
    return tiles


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


def _words(figures: Mapping[str, Figure], id: str, none: str = "") -> str:
    return figures[id].words() if id in figures else none


def line_facts(line: SavingLine, figures: Mapping[str, Figure]) -> list[tuple[str, Any]]:
    return [
        ("Plan", paper.money(line.gbp)),
        ("Reported saved", _words(figures, f"savings.{line.id}.reported", "No return says so")),
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


def area_facts(p: AreaPosition | None, figures: Mapping[str, Figure]) -> list[tuple[str, Any]]:
    """One area: the figures of the table of areas, in pounds where that tells more."""
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
            else next((c.contract_note for c in claims), "no scheme claims an effect"),
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
def position_figures(
    held: MoneyHeld, figures: Mapping[str, Figure], contingency: Contingency | None
) -> list[dict[str, Any]]:
    """What the answer rests on: month, year to date, outturn, its range, the risk, what is left. Nothing supplied, no figure."""
    if held.last is None:
        return []
    last, planned = held.last, sum(a.plan_gbp is not None and a.forecast_gbp is not None for a in held.areas)
    written = sum(a.outturn is not None for a in held.areas)
    month, of_all = paper.month(last.month), f"of {len(held.areas)} areas"
    tiles = [
        tile(figures, "position.month", f"spent in {month}", note=f"variance {_words(figures, 'position.month_variance')}"),
        tile(figures, "position.spent", f"spent to the end of {month}", note=f"variance {_words(figures, 'position.to_date_variance')}"),
        tile(figures, "position.outturn", "forecast outturn", note=f"{planned} {of_all}: variance {_words(figures, 'position.outturn_variance')}" if planned else "no area has both a plan and a month"),
        tile(figures, "position.difference", "difference from the ledger’s own total", note=f"{month}: {paper.money(last.control_total_gbp)}"),
    ]  # fmt: skip
    if written:
        spread = (
            f"best {_words(figures, 'position.best')}, worst {_words(figures, 'position.worst')}; {written} {of_all}"
        )
        tiles.append(tile(figures, "position.likely", "likely, as forecast", note=spread))
        tiles.append(tile(figures, "position.risk", "risk that nothing mitigates"))
    if contingency:
        drawn = held.drawn_gbp
        note = f"of the {contingency.stated_pct}% the plan states; {paper.money(drawn)} drawn" if drawn is not None else f"all of the {contingency.stated_pct}% the plan states: the ledger has no row “contingency”"  # fmt: skip
        tiles.append(tile(figures, "position.contingency", "contingency left", note=note))
    return tiles


def areas_grid(held: MoneyHeld, figures: Mapping[str, Figure]) -> Grid:
    """Month, year to date and outturn by area; what nobody has supplied has no column."""
    month, ledger = paper.month(held.last.month) if held.last else "", held.last is not None
    forecast, written = ledger or bool(held.control.forecast), any(a.outturn for a in held.areas)
    rows = []
    for p in held.areas:
        o, stem = p.outturn, f"position.{p.area}"
        kept = ("month_budget", "month", "month_variance", "to_date_budget", "to_date", "to_date_variance", "plan", "outturn", "outturn_variance", "risk")  # fmt: skip
        rows.append(
            {
                "area": Cell(p.name, href=reverse("area", args=[p.area])),
                **{key: said(figures, f"{stem}.{key}", brief=True) for key in kept},
                "run": thousands(p.run_rate_gbp),
                "range": Cell(f"{paper.money(o.best_gbp, 'millions')} to {paper.money(o.worst_gbp, 'millions')}", sort=float(o.likely_gbp)) if o else None,
            }
        )  # fmt: skip
    columns = (
        (True, Column("area", "Area")),
        (ledger, Column("month_budget", "Budget", numeric=True, note=month)),
        (ledger, Column("month", "Actual", numeric=True, note=month)),
        (ledger, Column("month_variance", "Variance", numeric=True, note="adverse in brackets")),
        (ledger, Column("to_date_budget", "Budget", numeric=True, note="year to date")),
        (ledger, Column("to_date", "Actual", numeric=True, note="year to date")),
        (ledger, Column("to_date_variance", "Variance", numeric=True, note="year to date")),
        (True, Column("plan", "Year’s plan", numeric=True)),
        (ledger, Column("run", "Run-rate", numeric=True, note="the year at this rate")),
        (forecast, Column("outturn", "Outturn", numeric=True, note="forecast, else run-rate")),
        (forecast, Column("outturn_variance", "Variance", numeric=True, note="of the outturn")),
        (written, Column("range", "Best to worst", numeric=True)),
        (written, Column("risk", "Unmitigated risk", numeric=True)),
    )
    return Grid(
        "areas",
        "By area, in thousands of pounds",
        tuple(c for there, c in columns if there),
        rows,
        empty="The money document prints no areas and no ledger was supplied.",
    )


def thousands(value: Decimal | None) -> Cell | None:
    """Thousands to read, pounds to sort and to take away."""
    if value is None:
        return None
    return Cell(paper.money(value, "thousands").replace("£", "").replace("k", ""), sort=float(value), csv=value)


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


def contracts_grid(found: Sequence[Monitored], figures: Mapping[str, Figure]) -> Grid:
    rows = [
        {
            "contract": m.contract,
            "pod": m.pod,
            "plan": m.plan,
            "actual": m.actual,
            "over": Cell(paper.number(m.over, signed=True), sort=float(m.over), csv=m.over),
            "price": Cell(paper.money(m.price_gbp), sort=float(m.price_gbp), csv=m.price_gbp),
            "tariff": said(figures, f"{contract_stem(m)}.tariff"),
            "tolerance": Cell(f"{m.tolerance_pct}%", sort=float(m.tolerance_pct)) if m.tolerance_pct is not None else "Not supplied",
            "rate": Cell(f"{m.marginal_rate_pct}%", sort=float(m.marginal_rate_pct)) if m.marginal_rate_pct is not None else "Not supplied",
            "contract_gbp": said(figures, f"{contract_stem(m)}.effect") or "Not known",
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
