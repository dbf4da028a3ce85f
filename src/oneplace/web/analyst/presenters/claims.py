"""One promise and all of them. In: claims as they may be shown. Out: grids, figures, facts and bars."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import reverse

from oneplace.report import words as paper
from oneplace.report.charts import (
    BarRow,
    Bars,
)
from oneplace.safety.disclose import HIDDEN, PROFILES, disclose
from oneplace.simulate.claims import Assessed
from oneplace.web.analyst.presenters.model import count_cell
from oneplace.web.components import words
from oneplace.web.components.grid import Cell, Column, Grid


def claim_list_grid(claims: Iterable[Assessed], profile: str) -> Grid:
    rows = []
    for c in claims:
        available = _one(c.available, profile)
        rows.append(
            {
                "claim": Cell(c.claim, href=reverse("claim", args=[c.claim])),
                "scheme": Cell(f"{c.scheme} {c.scheme_name}", href=reverse("scheme", args=[c.scheme]), sort=c.scheme),
                "activity": c.activity,
                "claimed": c.claimed if c.claimed is not None else "none printed",
                "available": available,
                "share": Cell(paper.percent(c.share_percent), sort=c.share_percent)
                if c.share_percent is not None and available.text != HIDDEN
                else None,
                "overlaps": len(c.overlaps) or None,
                "flag": loud(c, profile),
            }
        )
    columns = (
        Column("claim", "Promise"),
        Column("scheme", "Scheme"),
        Column("activity", "What it counts"),
        Column("claimed", "Fewer", numeric=True),
        Column("available", "There are", numeric=True, note="in the year before"),
        Column("share", "Share", numeric=True),
        Column("overlaps", "Shares events with", numeric=True),
        Column("flag", "What to hear first"),
    )
    return Grid("claims", "Promises", columns, rows, searchable=True, empty="No scheme promises an effect in numbers.")


def _one(value: int | None, profile: str) -> Cell:
    return Cell("not counted", sort="") if value is None else count_cell(disclose(value, profile, totals=False).cells)


def loud(c: Assessed, profile: str) -> str:
    """The first flag, unless it holds a count that may not be shown."""
    if c.available is not None and disclose(c.available, profile, totals=False).cells is None:
        return "What exists is too few to show"
    return paper.sentence(c.flag) if c.flag else ""


def period_words(period: str) -> str:
    """ "2018-04-01 to 2019-03-31" as people write it."""
    return " to ".join(words.day(d) for d in period.split(" to "))


def claim_facts(c: Assessed, profile: str) -> list[tuple[str, Any]]:
    return [
        ("Cohort rule", paper.sentence(c.activity)),
        ("Whose reading", c.selection[:1].upper() + c.selection[1:]),
        ("Basis of the count", f"{c.basis.capitalize()}, {period_words(c.period)}"),
        ("People with such events", _one(c.people, profile).text),
        (
            "In the plan’s own period",
            _one(c.in_period, profile).text if c.in_period is not None else "Records do not go that far",
        ),
        (
            "Value at tariff",
            paper.money(c.value_at_tariff_gbp) if c.value_at_tariff_gbp is not None else "None printed",
        ),
        ("Each, at tariff", paper.money(c.unit_value_gbp) if c.unit_value_gbp is not None else ""),
        (
            "Under the contract",
            paper.money(c.contract_effect_gbp)
            if c.contract_effect_gbp is not None
            else "Not known: needs tolerance and marginal rate",
        ),
        (
            "In cash",
            paper.money(c.cash_effect_gbp)
            if c.cash_effect_gbp is not None
            else "Not known: no savings line corresponds",
        ),
        ("About the money", paper.sentence("; ".join(c.money_notes)) if c.money_notes else ""),
    ]


def claim_figures(c: Assessed, profile: str) -> list[dict[str, Any]]:
    available = _one(c.available, profile)
    found = [
        {"value": paper.number(c.claimed) if c.claimed is not None else "None printed", "name": "promised fewer"},
        {"value": available.text, "name": "such events in the year before", "note": f"basis: {c.basis}"},
    ]
    if c.share_percent is not None and available.text != HIDDEN:
        found.append({"value": paper.percent(c.share_percent), "name": "promised, of all there are"})
    return found


def _month(text: str) -> str:
    return paper.short_month(dt.date.fromisoformat(f"{text[:7]}-01"))


def claim_months(c: Assessed, profile: str) -> Bars | None:
    if not c.by_month:
        return None
    shown = disclose([n for _, n in c.by_month], profile, totals=True).cells
    return Bars(
        id="months",
        title="Month by month",
        measure="Events",
        unit="",
        decimals=0,
        rows=tuple(
            BarRow(_month(str(m)), n, suppressed=n is None) for (m, _), n in zip(c.by_month, shown, strict=True)
        ),
        finding=f"{paper.plural(len(c.by_month), 'month')} of the year before",
    )


def claim_fifths(c: Assessed, profile: str) -> Bars | None:
    if not c.by_quintile:
        return None
    shown = disclose([n for _, n in c.by_quintile], profile, totals=True).cells
    names = {1: "1, most deprived", 5: "5, least deprived"}
    return Bars(
        id="fifths",
        title="By local fifth of deprivation",
        measure="Events",
        unit="",
        decimals=0,
        rows=tuple(
            BarRow(names.get(q, str(q)), n, suppressed=n is None)
            for (q, _), n in zip(c.by_quintile, shown, strict=True)
        ),
    )


def overlaps_grid(c: Assessed, others: Mapping[str, Assessed], profile: str) -> Grid:
    rows = [
        {
            "claim": Cell(o.claim, href=reverse("claim", args=[o.claim])),
            "scheme": Cell(
                f"{o.scheme} {others[o.claim].scheme_name}", href=reverse("scheme", args=[o.scheme]), sort=o.scheme
            ),
            "events": _one(o.events, profile),
            "claimed": others[o.claim].claimed,
        }
        for o in c.overlaps
    ]
    columns = (
        Column("claim", "Promise"),
        Column("scheme", "Scheme"),
        Column("events", "Events both select", numeric=True),
        Column("claimed", "It promises fewer", numeric=True),
    )
    return Grid(
        "overlaps", "Who else promises the same events", columns, rows, empty="No other scheme counts on these events."
    )


def rule_words(profile: str) -> str:
    return PROFILES[profile].sentence
