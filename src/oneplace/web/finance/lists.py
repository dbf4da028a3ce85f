"""The lists of the finance room: savings lines, areas, claims beside money, contracts, and the
months that were supplied."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from oneplace.answers.position import contract_stem
from oneplace.plan.money.control import MoneyHeld
from oneplace.report import words as paper
from oneplace.report.trace import Figure
from oneplace.simulate.claims import Assessed
from oneplace.web.components import words
from oneplace.web.components.listing import Cell, Column, Context, Grid, Listing, to
from oneplace.web.components.notation import (
    CAPITAL,
    COUNT,
    GBP,
    MOMENT,
    MONTH,
    PER_CENT,
    PERCENT,
    VARIANCE,
    Notation,
    coded,
)
from oneplace.web.finance import models

STAGES = dict(models.STAGES)
STAGE_TONES = {"identified": "green", "in_development": "yellow", "unidentified": "red"}


def _bare(value: Decimal) -> str:
    """Thousands to read, without their signs; pounds to sort and to take away."""
    return paper.money(value, "thousands").replace("£", "").replace("k", "")


THOUSANDS = Notation(_bare, numeric=True)


def told(
    id: str | Callable[[Any], str], *, brief: bool = False
) -> Callable[[Any, Context], Cell | None]:
    """A figure of the answer as it reads everywhere, sorted and taken away as its number; None
    where nobody has said it. `id`: with {0} for the row, or a function of it. `brief`: in a table
    of thousands, without their signs."""

    def cell(row: Any, c: Context) -> Cell | None:
        name = id.format(row) if isinstance(id, str) else id(row)
        figure = c.figures.get(name)
        if figure is None or figure.amount is None:
            return None
        text = figure.words().replace("£", "").replace("k", "") if brief else figure.words()
        return Cell(text, sort=float(figure.amount), csv=figure.value, figure=name)

    return cell


def _recovery(s: Any, c: Context) -> Cell | None:
    plan = c.recovery.get(s.line.id)
    if plan is None:
        return None
    return Cell(
        f"{plan['state'].capitalize()}, {words.day(plan['due_on'])}",
        sort=plan["due_on"].isoformat(),
    )


SAVINGS = Listing(
    "savings",
    "Savings lines",
    Column("area", "Line", "line.area", link=to("saving", "line.id")),
    Column(
        "lead",
        "Lead",
        "line.lead",
        none="Not stated",
        when=lambda c: any(s.line.lead for s in c.rows),
    ),
    Column("recurrence", "Counts", "line.recurrence", CAPITAL),
    Column(
        "stage",
        "Stage",
        "expected.stage",
        coded(STAGES),
        tone=STAGE_TONES,
        none=Cell("Not said", tone="grey"),
    ),
    Column("planned", "Plan", told("savings.{0.line.id}.planned"), numeric=True),
    Column(
        "actual",
        "Reported",
        told("savings.{0.line.id}.reported"),
        numeric=True,
        note="by returns",
        none="No return",
    ),
    Column(
        "forecast",
        "Forecast",
        told("savings.{0.line.id}.forecast"),
        numeric=True,
        note="of the year",
        none="None written",
    ),
    Column(
        "variance",
        "Variance",
        told("savings.{0.line.id}.variance"),
        numeric=True,
        note="of forecast; adverse in brackets",
    ),
    Column("part", "Part-year", "effect.in_year", GBP, note="by its start"),
    Column("full", "Full-year", "expected.full_year_gbp", GBP),
    Column("adjusted", "Risk-adjusted", told("savings.{0.line.id}.adjusted"), numeric=True),
    Column("mitigation", "Mitigation", "expected.mitigation"),
    Column("recovery", "Recovery plan", _recovery),
    empty="The money document has no savings lines.",
)


def savings(held: MoneyHeld, figures: Mapping[str, Figure]) -> Grid:
    """The savings lines with the recovery plan that was asked for each."""
    return SAVINGS.of(
        held.outlooks,
        figures=figures,
        recovery={r["line"]: r for r in held.recoveries},
    )


RECURRENCE = Listing(
    "recurrence",
    "How often they count",
    Column("kind", "Counts", lambda part: part[0], CAPITAL),
    Column("gbp", "Plan", lambda part: part[1], GBP),
    Column("share", "Share", lambda part, c: 100 * part[1] / c.total if c.total else None, PERCENT),
)

FORECASTS = Listing(
    "forecasts",
    "What was forecast",
    Column("month", "Month", show=MONTH),
    Column("forecast", "Forecast", "forecast_gbp", GBP),
    Column("stage", "Stage", show=coded(STAGES), tone=STAGE_TONES),
    Column("reason", "Reason"),
    Column("starts", "Saves from", "starts_on"),
    Column("full", "Full year", "full_year_gbp", GBP),
    Column("safe", "Safe", "confidence_pct", PER_CENT),
    Column("mitigation", "If it falls short"),
    Column("by", "By", "changed_by.name"),
    Column("version", "Version", numeric=True),
    empty="No forecast has been written for this line.",
)

FULL_YEAR = Listing(
    "full_year",
    "Next year’s full-year effect",
    Column("area", "Line", "line.area", link=to("saving", "line.id")),
    Column("starts", "Saves from", "expected.starts_on"),
    Column("full", "In a whole year", "expected.full_year_gbp", GBP),
    Column("part", "This year", "effect.in_year", GBP),
    Column(
        "extra",
        "Next year on top",
        "effect.full_year_effect_next_year_extra",
        GBP,
        figure="savings.{0.line.id}.extra",
    ),
    empty="No savings line has both a start and a full-year value yet: open a line and write them.",
)


# --- activity to money: at tariff, under the contract, in cash are three figures that are never add
def common_notes(claims: Sequence[Assessed]) -> list[str]:
    """What is to be known of every claim's money, said once."""
    return (
        [n for n in claims[0].money_notes if all(n in c.money_notes for c in claims)]
        if claims
        else []
    )


EFFECTS = Listing(
    "effects",
    "What each claim is worth",
    Column(
        "scheme",
        "Scheme",
        lambda x: f"{x.scheme} {x.scheme_name}",
        link=to("scheme", "scheme"),
        sort="scheme",
    ),
    Column("activity", "What it counts"),
    Column("claimed", "Fewer", show=COUNT, figure="claimed.{0.claim}.fewer", none="none printed"),
    Column("unit", "Each", "unit_value_gbp", GBP, note="value over count"),
    Column(
        "tariff",
        "At tariff",
        "value_at_tariff_gbp",
        GBP,
        figure="claimed.{0.claim}.value",
        none="none printed",
    ),
    Column(
        "contract",
        "Under the contract",
        "contract_effect_gbp",
        GBP,
        figure="effects.{0.claim}.contract",
        none="not known",
    ),
    Column(
        "cash",
        "In cash",
        "cash_effect_gbp",
        GBP,
        figure="effects.{0.claim}.cash",
        none="not known",
    ),
    Column(
        "notes",
        "What to know",
        lambda x, c: "; ".join(n for n in x.money_notes if n not in c.common),
    ),
    empty="No scheme claims an effect in numbers.",
)

CONTRACTS = Listing(
    "contracts",
    "By contract and point of delivery",
    Column("contract", "Contract"),
    Column("pod", "Point of delivery"),
    Column("plan", "Plan", numeric=True, note="year to date"),
    Column("actual", "Actual", numeric=True, note="year to date"),
    Column(
        "over",
        "Over plan",
        show=Notation(lambda n: paper.number(n, signed=True), numeric=True),
    ),
    Column("price", "Price", "price_gbp", GBP),
    Column(
        "tariff",
        "At tariff",
        told(lambda m: f"{contract_stem(m)}.tariff"),
        numeric=True,
        note="of the difference",
    ),
    Column("tolerance", "Tolerance", "tolerance_pct", PER_CENT, none="Not supplied"),
    Column("rate", "Marginal rate", "marginal_rate_pct", PER_CENT, none="Not supplied"),
    Column(
        "contract_gbp",
        "Under the contract",
        told(lambda m: f"{contract_stem(m)}.effect"),
        numeric=True,
        none="Not known",
    ),
    Column("cash", "In cash", lambda _: "Not known", numeric=True),
    empty="No contract monitoring was supplied, so activity cannot be put beside money by contract.",
)


# --- position -------------------------------------------------------------------------------------
def _month(c: Context) -> str:
    return paper.month(c.held.last.month) if c.held.last else ""


def _ledger(c: Context) -> bool:
    return c.held.last is not None


def _forecast(c: Context) -> bool:
    return _ledger(c) or bool(c.held.control.forecast)


def _written(c: Context) -> bool:
    return any(a.outturn for a in c.rows)


def _area(key: str) -> Callable[[Any, Context], Cell | None]:
    return told("position.{0.area}." + key, brief=True)


def _range(p: Any) -> str | None:
    o = p.outturn
    return (
        f"{paper.money(o.best_gbp, 'millions')} to {paper.money(o.worst_gbp, 'millions')}"
        if o
        else None
    )


AREAS = Listing(
    "areas",
    "By area, in thousands of pounds",
    Column("area", "Area", "name", link=to("area", "area")),
    Column(
        "month_budget",
        "Budget",
        _area("month_budget"),
        numeric=True,
        note=_month,
        when=_ledger,
    ),
    Column("month", "Actual", _area("month"), numeric=True, note=_month, when=_ledger),
    Column(
        "month_variance",
        "Variance",
        _area("month_variance"),
        numeric=True,
        note="adverse in brackets",
        when=_ledger,
    ),
    Column(
        "to_date_budget",
        "Budget",
        _area("to_date_budget"),
        numeric=True,
        note="year to date",
        when=_ledger,
    ),
    Column("to_date", "Actual", _area("to_date"), numeric=True, note="year to date", when=_ledger),
    Column(
        "to_date_variance",
        "Variance",
        _area("to_date_variance"),
        numeric=True,
        note="year to date",
        when=_ledger,
    ),
    Column("plan", "Year’s plan", _area("plan"), numeric=True),
    Column(
        "run",
        "Run-rate",
        "run_rate_gbp",
        THOUSANDS,
        note="the year at this rate",
        when=_ledger,
    ),
    Column(
        "outturn",
        "Outturn",
        _area("outturn"),
        numeric=True,
        note="forecast, else run-rate",
        when=_forecast,
    ),
    Column(
        "outturn_variance",
        "Variance",
        _area("outturn_variance"),
        numeric=True,
        note="of the outturn",
        when=_forecast,
    ),
    Column(
        "range",
        "Best to worst",
        _range,
        numeric=True,
        sort="outturn.likely_gbp",
        when=_written,
    ),
    Column("risk", "Unmitigated risk", _area("risk"), numeric=True, when=_written),
    empty="The money document prints no areas and no ledger was supplied.",
)

AREA_MONTHS = Listing(
    "months",
    "Month by month",
    Column("month", "Month", show=MONTH),
    Column("budget", "Budget", lambda m, c: m.areas[c.area].budget_gbp, GBP),
    Column("actual", "Actual", lambda m, c: m.areas[c.area].actual_gbp, GBP),
    Column(
        "variance",
        "Variance",
        lambda m, c: m.areas[c.area].budget_gbp - m.areas[c.area].actual_gbp,
        VARIANCE,
        note="adverse in brackets",
    ),
    empty="The ledger has no month of this area yet.",
)

OUTTURNS = Listing(
    "outturns",
    "What was forecast",
    Column("month", "Month", show=MONTH),
    Column("best", "Best", "best_gbp", GBP),
    Column("likely", "Likely", "likely_gbp", GBP),
    Column("worst", "Worst", "worst_gbp", GBP),
    Column("risk", "Unmitigated risk", "unmitigated_risk_gbp", GBP),
    Column("reason", "Reason"),
    Column("by", "By", "changed_by.name"),
    Column("version", "Version", numeric=True),
    empty="No forecast has been written for this area.",
)

SUPPLIED = Listing(
    "supplied",
    "What was supplied",
    Column("month", "Month", show=MONTH),
    Column("rows", "Rows", lambda m: len(m.lines), numeric=True),
    Column(
        "total",
        "Total",
        lambda m: Decimal(m.control_total_pence) / 100,
        GBP,
        when=lambda c: c.ledger,
    ),
    Column("state", "State", lambda m: "Final" if m.final else "Provisional"),
    Column("source", "Source"),
    Column("at", "Supplied", "changed_at", MOMENT),
    Column("by", "By", "changed_by.name"),
    Column("version", "Version", beside=lambda m: "restated" if m.version > 1 else None),
    empty="No month has been supplied yet.",
)
