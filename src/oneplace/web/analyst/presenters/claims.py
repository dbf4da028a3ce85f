"""One claim and all of them. In: claims as they may be shown. Out: lists, figures, facts and
bars."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from oneplace.methods.rates import poisson_limits
from oneplace.report import words as paper
from oneplace.report.charts import (
    BarRow,
    Bars,
)
from oneplace.report.trace import Figure
from oneplace.safety.disclose import PROFILES
from oneplace.simulate.claims import Assessed
from oneplace.web.analyst.presenters.model import count_cell
from oneplace.web.components import words
from oneplace.web.components.listing import Cell, Column, Listing, to
from oneplace.web.components.notation import COUNT, PERCENT
from oneplace.web.components.tiles import tile


def in_window(p: Promise) -> str:
    """The time that a claim stands beside, inside a sentence."""
    return f"in {paper.span_of(p.shown.period)}"


def _available(p: Promise) -> Cell:
    """By the rule inside: another figure than the paper's, which is rounded."""
    available = p.count(p.shown.available)
    if p.shown.available is None:
        return available
    return replace(available, figure=f"exists.{p.shown.claim}.available")


CLAIMS = Listing(
    "claims",
    "Claims",
    Column("claim", "Claim", "shown.claim", link=to("claim", "shown.claim")),
    Column(
        "scheme",
        "Scheme",
        lambda p: f"{p.shown.scheme} {p.shown.scheme_name}",
        link=to("scheme", "shown.scheme"),
        sort="shown.scheme",
    ),
    Column("activity", "What it counts", "shown.activity"),
    Column(
        "claimed",
        "Fewer",
        "shown.claimed",
        COUNT,
        figure="claimed.{0.shown.claim}.fewer",
        none="none printed",
    ),
    Column(
        "available",
        "There are",
        _available,
        numeric=True,
        note=lambda c: in_window(c.rows[0]) if c.rows else "",
    ),
    Column("share", "Share", "shown.share_percent", PERCENT, figure="exists.{0.shown.claim}.share"),
    Column("overlaps", "Shares events with", lambda p: len(p.shown.overlaps) or None, numeric=True),
    Column("flag", "What to hear first", lambda p: loud(p)),
    empty="No scheme claims an effect in numbers.",
)


@dataclass(frozen=True)
class Promise:
    """A claim as it may be shown, and whether what exists is too few for that."""

    shown: Assessed
    hidden: bool

    def count(self, value: int | None) -> Cell:
        if value is None and not self.hidden:
            return Cell("not counted", sort="")
        return count_cell(value)


def promises(shown: Iterable[Assessed], exact: Iterable[Assessed]) -> list[Promise]:
    return [
        Promise(a, a.available is None and b.available is not None)
        for a, b in zip(shown, exact, strict=True)
    ]


def loud(p: Promise) -> str:
    """The first flag, or that there are too few to say."""
    if p.hidden:
        return "What exists is too few to show"
    return paper.sentence(p.shown.flag) if p.shown.flag else ""


def period_words(period: str) -> str:
    """ "2018-04-01 to 2019-03-31" as people write it."""
    return " to ".join(words.day(d) for d in period.split(" to "))


NOT_SUPPLIED = "Not supplied: the plan does not give it"


def claim_facts(p: Promise) -> list[tuple[str, Any]]:
    """What makes a claim plausible or not, in the order in which one asks; what the plan does not
    give says so."""
    c = p.shown
    return [
        ("Cohort rule", paper.sentence(c.activity)),
        ("Whose reading", c.selection[:1].upper() + c.selection[1:]),
        ("Eligible activity", _eligible(p)),
        ("People with such events", p.count(c.people).text),
        ("Basis of the count", f"{c.basis.capitalize()}, {period_words(c.period)}"),
        ("By chance alone", _by_chance(p)),
        ("The other reading", _otherwise(p)),
        ("Overlap", _overlap(p)),
        ("Reach × effect", _reach(p)),
        ("Evidence of the effect", NOT_SUPPLIED),
        ("Interval of the effect", NOT_SUPPLIED),
        ("Achieved, against a control", f"{NOT_SUPPLIED}. {_since(p)}"),
    ]


def money_facts(p: Promise) -> list[tuple[str, Any]]:
    c = p.shown
    return [
        (
            "Value at tariff",
            paper.money(c.value_at_tariff_gbp)
            if c.value_at_tariff_gbp is not None
            else "None printed",
        ),
        ("Each, at tariff", paper.money(c.unit_value_gbp) if c.unit_value_gbp is not None else ""),
        (
            "Under the contract",
            paper.money(c.contract_effect_gbp)
            if c.contract_effect_gbp is not None
            else f"Not known: {c.contract_note}",
        ),
        (
            "In cash",
            paper.money(c.cash_effect_gbp)
            if c.cash_effect_gbp is not None
            else "Not known: no savings line corresponds",
        ),
        ("About the money", paper.sentence("; ".join(c.money_notes)) if c.money_notes else ""),
    ]


def _eligible(p: Promise) -> str:
    return f"{p.count(p.shown.available).text} such events {in_window(p)}"


def _by_chance(p: Promise) -> str:
    """Between which counts a year with the same rate would lie 19 times in 20."""
    n, claimed = p.shown.available, p.shown.claimed
    if not n:
        return ""
    lower, upper, _ = poisson_limits(np.array([float(n)]))
    low, high = float(lower[0]), float(upper[0])
    said = f"a year at the same rate has {low:,.0f} to {high:,.0f} (95%)"
    if claimed:
        inside = n - claimed >= low
        said += (
            "; so many fewer could be chance"
            if inside
            else "; so many fewer would be more than chance"
        )
    return paper.sentence(said)


def _otherwise(p: Promise) -> str:
    other = p.shown.otherwise
    return (
        ""
        if other is None
        else f"{paper.sentence(other.activity)} There are {p.count(other.available).text}."
    )


def _overlap(p: Promise) -> str:
    n = len(p.shown.overlaps)
    return (
        f"{paper.plural(n, 'other claim')} on the same events, listed below"
        if n
        else "No other claim on these events"
    )


def _reach(p: Promise) -> str:
    """What the scheme would have to do: the reach that the claim needs if the effect were total, a
    half, a fifth."""
    share = p.shown.share_percent
    if share is None:
        return f"{NOT_SUPPLIED}."
    needs = "; ".join(
        f"{effect} of them avoided: {paper.percent(share * k, 0)} reached"
        for effect, k in (("all", 1), ("half", 2), ("a fifth", 5))
        if share * k <= 100
    )
    beyond = "" if share * 5 <= 100 else " A fifth avoided would not be enough."
    return f"{NOT_SUPPLIED}. It would take, of those with such events: {needs or 'more than there are'}.{beyond}"


def _since(p: Promise) -> str:
    c = p.shown
    if c.in_period is None:
        return "The records do not reach the plan’s own period." if not p.hidden else ""
    return f"In the plan’s own period there were {c.in_period:,}; without a control nobody knows what would have been."


def claim_tiles(p: Promise, figures: Mapping[str, Figure]) -> list[dict[str, Any]]:
    """`figures` are counted by the rule for who reads the page; where none may be shown there is
    none."""
    c = p.shown
    share = figures.get(f"exists.{c.claim}.share")
    return [
        tile(figures.get(f"claim.{c.claim}.claimed"), "claimed fewer", none="None printed"),
        tile(
            figures.get(f"exists.{c.claim}.available"),
            f"such events {in_window(p)}",
            note=f"basis: {c.basis}",
            none=str(p.count(c.available)),
        ),
        *([tile(share, "claimed, of all there are")] if share else []),
    ]


def _month(text: str) -> str:
    return paper.short_month(dt.date.fromisoformat(f"{text[:7]}-01"))


def claim_months(p: Promise) -> Bars | None:
    c = p.shown
    if not c.by_month:
        return None
    return Bars(
        id="months",
        title="Month by month",
        measure="Events",
        unit="",
        decimals=0,
        rows=tuple(BarRow(_month(str(m)), n, suppressed=n is None) for m, n in c.by_month),
        finding=f"{paper.plural(len(c.by_month), 'month')} of {paper.span_of(c.period)}",
    )


def claim_fifths(p: Promise) -> Bars | None:
    c = p.shown
    if not c.by_quintile:
        return None
    names = {1: "1, most deprived", 5: "5, least deprived"}
    return Bars(
        id="fifths",
        title="By local fifth of deprivation",
        measure="Events",
        unit="",
        decimals=0,
        rows=tuple(BarRow(names.get(q, str(q)), n, suppressed=n is None) for q, n in c.by_quintile),
    )


OVERLAPS = Listing(
    "overlaps",
    "Who else claims the same events",
    Column("claim", "Claim", link=to("claim", "claim")),
    Column(
        "scheme",
        "Scheme",
        lambda o, c: f"{o.scheme} {c.others[o.claim].scheme_name}",
        link=to("scheme", "scheme"),
        sort="scheme",
    ),
    Column("events", "Events both select", lambda o: count_cell(o.events), numeric=True),
    Column("claimed", "It claims fewer", lambda o, c: c.others[o.claim].claimed, numeric=True),
    empty="No other scheme counts on these events.",
)


def rule_words(profile: str) -> str:
    return PROFILES[profile].sentence
