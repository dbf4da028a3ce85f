"""Position, savings and activity to money as plain values. In: the money document, returns,
forecasts, claims. Out: tiles and facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from oneplace.plan.money.control import MoneyHeld
from oneplace.plan.money.forms import Finances, SavingLine
from oneplace.plan.money.ledger import AreaPosition
from oneplace.plan.money.outlook import SavingOutlook
from oneplace.plan.money.positions import Contingency, required_spend
from oneplace.report import words as paper
from oneplace.report.trace import Figure
from oneplace.simulate.claims import Assessed
from oneplace.web.components import words
from oneplace.web.components.tiles import tile
from oneplace.web.finance.lists import STAGES
from oneplace.web.finance.models import RecoveryPlan


def not_supplied(
    *, ledger: bool, outturns: bool, contracts: bool, full_year: bool
) -> list[tuple[str, str]]:
    """What is missing, and the file or entry that would supply it."""
    wanted = (
        (
            ledger,
            "Month, year to date and run-rate by area",
            "The plan prints a year. Supply the ledger’s monthly extract as a CSV: month, area, budget, actual, with a row “total” for each month.",
        ),
        (
            outturns,
            "Best, likely and worst case, unmitigated risk",
            "The plan gives one figure an area. Open an area and write what you expect, with the reason.",
        ),
        (
            contracts,
            "Plan, actual, price, tolerance and marginal rate by contract and point of delivery",
            "Supply contract monitoring as a CSV: month, contract, pod, plan, actual, price, tolerance_pct, marginal_rate_pct.",
        ),
        (
            full_year,
            "Next year’s full-year effect",
            "Open a savings line and write from when it saves and what it saves in a whole year.",
        ),
        (
            False,
            "Spending under the mental health investment standard so far",
            "The ledger’s areas are not the standard’s: supply the return that counts it. What is required is shown on both bases.",
        ),
        (
            False,
            "In-year virements between areas",
            "The plan prints opening budgets. The ledger’s budget column holds what was moved; the moves themselves need the virement log.",
        ),
    )
    return [(name, how) for there, name, how in wanted if not there]


# --- savings ----------------------------------------------------------------------------------------------------------


def savings_tiles(
    found: Sequence[SavingOutlook], printed: Decimal, figures: Mapping[str, Figure]
) -> list[dict[str, Any]]:
    """Plan, reported, forecast, risk-adjusted, and what is not yet identified: each with how much
    of the plan it speaks of."""
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
        tile(figures.get("savings.planned"), f"planned on {many}", note=agrees),
        tile(
            figures.get("savings.reported"),
            "reported saved",
            note=f"{len(told)} of {many} have a return",
            none="Nothing",
        ),
        tile(
            figures.get("savings.forecast"),
            "forecast for the year",
            note=f"for {len(forecast)} of {many}, planned at {paper.money(covered)}: variance {figures['savings.variance'].words()}"
            if forecast
            else "write the forecast of a line to begin",
            none="None written",
        ),
    ]
    if "savings.adjusted" in figures:
        adjusted = sum(s.risk_adjusted_gbp is not None for s in found)
        tiles.append(
            tile(
                figures.get("savings.adjusted"),
                "risk-adjusted forecast",
                note=f"for {adjusted} of {many}",
            )
        )
    for stage in STAGES if forecast else ():
        mine = sum(e.stage == stage for _, e in forecast)
        tiles.append(
            tile(
                figures.get(f"savings.stage.{stage}"),
                STAGES[stage].lower(),
                note=f"{paper.plural(mine, 'line')}, at plan",
            )
        )
    if forecast and "savings.stage.unsaid" in figures:
        left = paper.plural(len(found) - len(forecast), "line")
        tiles.append(
            tile(figures.get("savings.stage.unsaid"), "stage not said", note=f"{left}, at plan")
        )
    if "savings.extra" in figures:
        tiles.append(tile(figures.get("savings.extra"), "more next year, full-year effect"))
    return tiles


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
        (
            "Year’s plan",
            paper.money(p.plan_gbp) if p.plan_gbp is not None else "The plan prints none",
        ),
        (
            "Spent so far",
            paper.money(p.to_date.actual_gbp) if p.to_date else "No month was supplied",
        ),
        (
            "Variance so far",
            paper.variance(p.to_date_variance_gbp) if p.to_date_variance_gbp is not None else "",
        ),
        (
            "The year at this rate",
            paper.money(p.run_rate_gbp) if p.run_rate_gbp is not None else "",
        ),
        ("Outturn", paper.money(p.forecast_gbp) if p.forecast_gbp is not None else "Not known"),
        (
            "Variance of the outturn",
            paper.variance(p.forecast_variance_gbp) if p.forecast_variance_gbp is not None else "",
        ),
    ]


# --- activity to money ------------------------------------------------------------------------------------------------
def effects_tiles(
    claims: Sequence[Assessed], figures: Mapping[str, Figure]
) -> list[dict[str, Any]]:
    tariff, contract, cash = (
        sum(getattr(c, name) is not None for c in claims)
        for name in ("value_at_tariff_gbp", "contract_effect_gbp", "cash_effect_gbp")
    )
    unknown = next((c.contract_note for c in claims), "no scheme claims an effect")
    known = "{} with a known effect"
    return [
        tile(
            figures.get("claims.tariff"),
            "claimed, at tariff",
            note=f"{paper.plural(tariff, 'claim')}; not cash",
            none="Nothing",
        ),
        tile(
            figures.get("effects.contract"),
            "effect under the contract",
            note=known.format(paper.plural(contract, "claim")) if contract else unknown,
        ),
        tile(
            figures.get("effects.cash"),
            "in cash",
            note=known.format(paper.plural(cash, "claim"))
            if cash
            else "no savings line corresponds to a claim",
        ),
    ]


def required_tiles(
    finances: Finances | None, figures: Mapping[str, Figure]
) -> list[dict[str, Any]]:
    """What is to be spent on mental health, on either reading of the standard."""
    standard = finances.investment_standard if finances else None
    return [
        tile(
            figures.get(
                f"money.mhis.{'wide' if r.reading.startswith('with ') else 'narrow'}.required"
            ),
            "mental health investment required",
            note=r.reading,
        )
        for r in (required_spend(standard) if standard else ())
    ]


# --- position ---------------------------------------------------------------------------------------------------------
def position_tiles(
    held: MoneyHeld, figures: Mapping[str, Figure], contingency: Contingency | None
) -> list[dict[str, Any]]:
    """What the answer rests on: month, year to date, outturn, its range, the risk, what is left.
    Nothing supplied, no figure."""
    if held.last is None:
        return []
    last, planned = (
        held.last,
        sum(a.plan_gbp is not None and a.forecast_gbp is not None for a in held.areas),
    )
    written = sum(a.outturn is not None for a in held.areas)
    month, of_all = paper.month(last.month), f"of {len(held.areas)} areas"
    tiles = [
        tile(
            figures.get("position.month"),
            f"spent in {month}",
            note=f"variance {_words(figures, 'position.month_variance')}",
        ),
        tile(
            figures.get("position.spent"),
            f"spent to the end of {month}",
            note=f"variance {_words(figures, 'position.to_date_variance')}",
        ),
        tile(
            figures.get("position.outturn"),
            "forecast outturn",
            note=f"{planned} {of_all}: variance {_words(figures, 'position.outturn_variance')}"
            if planned
            else "no area has both a plan and a month",
        ),
        tile(
            figures.get("position.difference"),
            "difference from the ledger’s own total",
            note=f"{month}: {paper.money(last.control_total_gbp)}",
        ),
    ]
    if written:
        spread = f"best {_words(figures, 'position.best')}, worst {_words(figures, 'position.worst')}; {written} {of_all}"
        tiles.append(tile(figures.get("position.likely"), "likely, as forecast", note=spread))
        tiles.append(tile(figures.get("position.risk"), "risk that nothing mitigates"))
    if contingency:
        drawn = held.drawn_gbp
        note = (
            f"of the {contingency.stated_pct}% the plan states; {paper.money(drawn)} drawn"
            if drawn is not None
            else f"all of the {contingency.stated_pct}% the plan states: the ledger has no row “contingency”"
        )
        tiles.append(tile(figures.get("position.contingency"), "contingency left", note=note))
    return tiles


def worst_five(found: Sequence[AreaPosition]) -> list[AreaPosition]:
    """The five areas whose outturn is furthest from plan, either way, the worst first."""
    known = [p for p in found if p.forecast_variance_gbp]
    return sorted(
        sorted(known, key=lambda p: -abs(p.forecast_variance_gbp or 0))[:5],
        key=lambda p: p.forecast_variance_gbp or 0,
    )
