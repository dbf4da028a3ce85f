"""Position, savings and activity to money as plain values. In: the money document, returns, forecasts, claims. Out: grids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.urls import reverse

from oneplace.plan.money.forms import Finances, SavingLine
from oneplace.plan.money.positions import Position, required_spend
from oneplace.report import words as paper
from oneplace.simulate.claims import Assessed
from oneplace.web.components import words
from oneplace.web.components.grid import Cell, Column, Grid
from oneplace.web.finance.models import SavingForecast

STAGE_TONES = {"identified": "green", "in_development": "yellow", "unidentified": "red"}
NOT_SUPPLIED = (
    (
        "Month and year to date",
        "The plan prints a year. Actual spending by area and month comes from the ledger: supply its monthly extract by expenditure area.",
    ),
    (
        "Forecast outturn and run-rate by area",
        "They need actual months. Savings have a forecast: the finance lead writes it line by line.",
    ),
    ("Best, likely and worst case", "The plan gives one figure a line. Supply a range for the lines that matter most."),
    (
        "Price, tolerance and marginal rate by contract and point of delivery",
        "The plan prints them for its contracts in words, if at all. Supply the contract schedule.",
    ),
    (
        "Next year’s full-year effect",
        "The plan does not print it. Supply start dates and full-year values of the savings lines.",
    ),
)


def gbp(value: Any) -> Cell | None:
    """Pounds as they read; sorts and goes to CSV as the number."""
    return None if value is None else Cell(paper.money(value), sort=float(value), csv=value)


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
    lines: Sequence[SavingLine], reported: Mapping[str, Decimal], forecasts: Mapping[str, SavingForecast]
) -> Grid:
    rows = []
    for x in lines:
        p = Position(line=x.id, planned_gbp=x.gbp, actual_gbp=reported.get(x.id), kind="saving")
        f = forecasts.get(x.id)
        expected = Position(
            line=x.id, planned_gbp=x.gbp, actual_gbp=Decimal(f.forecast_gbp) if f else None, kind="saving"
        )
        rows.append(
            {
                "area": Cell(x.area, href=reverse("saving", args=[x.id])),
                "lead": x.lead or "Not stated in the plan",
                "recurrence": x.recurrence.capitalize(),
                "stage": Cell(f.get_stage_display(), tone=STAGE_TONES[f.stage]) if f else Cell("Not said", tone="grey"),
                "planned": gbp(x.gbp),
                "actual": gbp(p.actual_gbp) or "No return",
                "forecast": gbp(expected.actual_gbp) or "None written",
                "variance": variance(expected.variance_gbp),
                "recovery": Cell(words.day(f.recovery_by), sort=f.recovery_by.isoformat())
                if f and f.recovery_by
                else None,
            }
        )
    columns = (
        Column("area", "Line"),
        Column("lead", "Lead"),
        Column("recurrence", "Counts"),
        Column("stage", "Stage"),
        Column("planned", "Plan", numeric=True),
        Column("actual", "Reported", numeric=True, note="by returns"),
        Column("forecast", "Forecast", numeric=True, note="of the year"),
        Column("variance", "Variance", numeric=True, note="of forecast; adverse in brackets"),
        Column("recovery", "Recovery plan by"),
    )
    return Grid(
        "savings", "Savings lines", columns, rows, searchable=True, empty="The money document has no savings lines."
    )


def savings_figures(
    lines: Sequence[SavingLine],
    printed: Decimal,
    reported: Mapping[str, Decimal],
    forecasts: Mapping[str, SavingForecast],
) -> list[dict[str, Any]]:
    """Plan, reported, forecast, and what is not yet identified: each with how much of the plan it speaks of."""
    planned = sum((x.gbp for x in lines), Decimal(0))
    said = [x for x in lines if x.id in forecasts]
    expected = sum((Decimal(forecasts[x.id].forecast_gbp) for x in said), Decimal(0))
    covered = sum((x.gbp for x in said), Decimal(0))
    loose = [x for x in said if forecasts[x.id].stage != "identified"]
    told = [x for x in lines if x.id in reported]
    found = [
        {
            "value": paper.money(planned),
            "name": f"planned on {paper.plural(len(lines), 'line')}",
            "note": "the printed total agrees"
            if planned == printed
            else f"printed total {paper.money(printed)}, difference {paper.money(printed - planned)}",
            "href": reverse("why", args=["money.savings.total"]),
        },
        {
            "value": paper.money(sum((reported[x.id] for x in told), Decimal(0))) if told else "Nothing",
            "name": "reported saved",
            "note": f"{len(told)} of {paper.plural(len(lines), 'line')} have a return",
        },
        {
            "value": paper.money(expected) if said else "None written",
            "name": "forecast for the year",
            "note": f"for {len(said)} of {paper.plural(len(lines), 'line')}, planned at {paper.money(covered)}: variance {paper.variance(expected - covered)}"
            if said
            else "write the forecast of a line to begin",
        },
    ]
    if said:
        found.append(
            {
                "value": paper.money(sum((x.gbp for x in loose), Decimal(0))),
                "name": "planned and not yet identified",
                "note": f"{paper.plural(len(loose), 'line')} in development or unidentified",
            }
        )
    return found


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
            "recovery": f.recovery_by,
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
        Column("recovery", "Recovery plan by"),
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


# --- activity to money ------------------------------------------------------------------------------------------------
def effects_grid(claims: Sequence[Assessed]) -> Grid:
    """What each promise is worth at tariff, under the contract, in cash: three figures that are never added."""
    common = common_notes(claims)
    rows = [
        {
            "scheme": Cell(f"{c.scheme} {c.scheme_name}", href=reverse("scheme", args=[c.scheme]), sort=c.scheme),
            "activity": c.activity,
            "claimed": c.claimed if c.claimed is not None else "none printed",
            "unit": gbp(c.unit_value_gbp),
            "tariff": gbp(c.value_at_tariff_gbp) or "none printed",
            "contract": gbp(c.contract_effect_gbp) or "not known",
            "cash": gbp(c.cash_effect_gbp) or "not known",
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
        "What each promise is worth",
        columns,
        rows,
        searchable=True,
        empty="No scheme promises an effect in numbers.",
    )


def common_notes(claims: Sequence[Assessed]) -> list[str]:
    """What is to be known of every promise's money, said once."""
    return [n for n in claims[0].money_notes if all(n in c.money_notes for c in claims)] if claims else []


def effects_figures(claims: Sequence[Assessed], finances: Finances | None) -> list[dict[str, Any]]:
    tariff = [c.value_at_tariff_gbp for c in claims if c.value_at_tariff_gbp is not None]
    contract = [c.contract_effect_gbp for c in claims if c.contract_effect_gbp is not None]
    cash = [c.cash_effect_gbp for c in claims if c.cash_effect_gbp is not None]
    found: list[dict[str, Any]] = [
        {
            "value": paper.money(sum(tariff, Decimal(0))),
            "name": "promised, at tariff",
            "note": f"{paper.plural(len(tariff), 'promise')}; not cash",
        },
        {
            "value": paper.money(sum(contract, Decimal(0))) if contract else "Not known",
            "name": "effect under the contract",
            "note": f"{paper.plural(len(contract), 'promise')} with a known effect"
            if contract
            else "needs tolerance and marginal rate",
        },
        {
            "value": paper.money(sum(cash, Decimal(0))) if cash else "Not known",
            "name": "in cash",
            "note": f"{paper.plural(len(cash), 'promise')} with a known effect"
            if cash
            else "no savings line corresponds to a promise",
        },
    ]
    if finances and finances.investment_standard:
        found += [
            {
                "value": paper.money(r.required_gbp_m * 1_000_000, "millions"),
                "name": "mental health investment required",
                "note": r.reading,
            }
            for r in required_spend(finances.investment_standard)
        ]
    return found
