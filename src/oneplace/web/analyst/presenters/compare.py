"""A measure unit beside unit. In: the answer of `answers.comparing`, protected already. Out: a
list, figures, sentences and charts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.safestring import mark_safe

from oneplace.answers.comparing import peer_groups
from oneplace.report import words as paper
from oneplace.report.charts.scatter import Standing
from oneplace.report.charts.small import spark
from oneplace.report.trace import Figure
from oneplace.safety.disclose import HIDDEN
from oneplace.tables.vocabulary import words as vocabulary
from oneplace.web.components.listing import Cell, Column, Context, Grid, Listing
from oneplace.web.components.tiles import tile

STANDING_TONES = {"outside": "orange", "warning": "purple", "within": "grey"}
BYS = {
    "neighbourhood": "Neighbourhood",
    "area": "Small area",
    "ward": "Ward",
    "quintile": "Local fifth",
    "team": "Team",
    "practice": "Practice",
    "network": "Network",
    "provider": "Trust",
}
STANDING: dict[str, tuple[Standing, str]] = {
    "0.001": ("outside", "the 99.8% limits"),
    "0.025": ("warning", "the 95% limits"),
}
MOST_TOGETHER = 120
"""more units than these stand in lean tables with one picture at a time"""
ABBREVIATIONS = {
    "ae": "A&E",
    "gp": "GP",
    "copd": "COPD",
    "hiv": "HIV",
    "aids": "AIDS",
    "tia": "TIA",
    "adhd": "ADHD",
}


def indicator_title(found: Mapping[str, str]) -> str:
    """A feature's name as people say it; a measure has its own title."""
    if found["of"] == "measure":
        return found["title"]
    named = _TITLES.get(found["id"])
    if named:
        return f"People with {named[0].lower()}{named[1:]}"
    text = found["id"]
    for end, said in (("_24_to_12m", ", the year before last"), ("_12m", ", in 12 months")):
        text = text.replace(end, said)
    said = " ".join(ABBREVIATIONS.get(w, w) for w in text.split("_"))
    return said[:1].upper() + said[1:]


_TITLES = {w.key: w.title for w in vocabulary() if w.domain == "condition"}


def indicator_choices(found: Iterable[Mapping[str, str]]) -> list[tuple[str, str]]:
    return [
        (i["id"], indicator_title(i)) for i in found if i["id"] not in ("registered", "resident")
    ]


def unit_of(c: Mapping[str, Any]) -> str:
    return "%" if c["kind"] == "proportion" else f"per {c['per']:,.0f}"


def standing(significance: str | None) -> tuple[Standing, str]:
    for mark, (known, limits) in STANDING.items():
        if mark in (significance or ""):
            return (
                known,
                f"{'Above' if (significance or '').startswith('High') else 'Below'} {limits}",
            )
    return "within", "Within the 95% limits"


PEERS = {
    "alike": "Those most alike in age, deprivation and size",
    "quintile": "The same fifth of deprivation",
    "neighbourhood": "The same neighbourhood",
    "ward": "The same ward",
    "network": "The same network",
    "team": "The same team",
    "kind": "The same kind of trust",
}
WHY_PEERS = {
    "alike": "each is held beside the units most alike in mean age, deprivation and number of people, because these move most rates",
    "kind": "each is held beside trusts of its own kind, because others treat other people",
}


def ranked(c: Mapping[str, Any]) -> Grid:
    """Every unit, the highest first. Of hundreds each cell is lean, or the page grows too heavy."""
    rows = sorted(
        c["rows"],
        key=lambda r: -(r["value"] if r.get("value") is not None else float("-inf")),
    )
    return UNITS.of(rows, found=c, lean=len(rows) > MOST_TOGETHER)


def _certain(r: Mapping[str, Any]) -> bool:
    """Whether enough is known of a unit to put it beside others."""
    return r.get("lower") is not None


def _value(r: Mapping[str, Any], c: Context) -> Cell | str:
    if not _certain(r):
        return Cell(HIDDEN, sort=-1) if r.get("value") is None else paper.number(r["value"], 1)
    figure = (
        f"{c.found['figures']}.of.{r['code']}" if c.found.get("figures") and not c.lean else None
    )
    return Cell(
        paper.number(r["value"], 1),
        sort=round(r["value"], 3),
        csv=r["value"],
        figure=figure,
    )


def _of_certain(
    value: Callable[[Mapping[str, Any], Context], Any],
) -> Callable[[Mapping[str, Any], Context], Any]:
    return lambda r, c: value(r, c) if _certain(r) else None


def _events(r: Mapping[str, Any], c: Context) -> Any:
    if not r.get("off_by"):
        return r["numerator"]
    about = f"about: may be off by up to {r['off_by']}"
    return Cell(f"{r['numerator']:,.0f}", sort=r["numerator"], note=about, csv=r["numerator"])


def _peers(r: Mapping[str, Any], c: Context) -> str | None:
    """Their median; of hundreds only where peers were asked for."""
    of = (r.get("peers") or {}).get("median")
    return (
        None if of is None or (c.lean and c.found.get("peers") == "alike") else paper.number(of, 1)
    )


def _adjusted(r: Mapping[str, Any], c: Context) -> str | None:
    value = (r.get("standardised") or {}).get("value")
    return None if value is None else paper.number(value, 1)


def _beside_funnel(r: Mapping[str, Any], c: Context) -> Any:
    if not _certain(r):
        return r.get("why_none") or c.found.get("why")
    known, says = standing(r["significance"])
    if c.lean:
        return says if known != "within" else None
    return Cell(says, tone=STANDING_TONES[known]) if known != "within" else says


def _by(c: Context) -> str:
    return BYS[c.found["by"]]


def _since(c: Context) -> str:
    return (
        "since the year before"
        if c.found.get("kind") == "rate"
        else "in points, since a year before"
    )


UNITS = Listing(
    "units",
    lambda c: f"{c.found['title'][:1].upper()}{c.found['title'][1:]} by {_by(c).lower()}",
    Column(
        "name",
        _by,
        link=lambda r, c: _profile_link(c.found, r) if c.found["by"] in WITH_PROFILE else None,
    ),
    Column(
        "rank",
        "Rank",
        _of_certain(lambda r, c: _rank(r["rank"], lean=c.lean)),
        numeric=True,
        note="1 is best; and where it may lie",
    ),
    Column("events", "Counted", _of_certain(_events), numeric=True),
    Column("people", "Of", _of_certain(lambda r, _: r["denominator"]), numeric=True),
    Column(
        "value",
        "Rate",
        _value,
        numeric=True,
        note=lambda c: unit_of(c.found) if c.found["compared"] else None,
    ),
    Column(
        "limits",
        "95% interval",
        _of_certain(lambda r, _: f"{paper.number(r['lower'], 1)} to {paper.number(r['upper'], 1)}"),
        numeric=True,
    ),
    Column("adjusted", "Standardised", _of_certain(_adjusted), numeric=True, note="for age"),
    Column("peers", "Its peers", _of_certain(_peers), numeric=True, note="their median"),
    Column(
        "trend",
        "Change",
        _of_certain(lambda r, c: _change(r.get("trend") or {}, lean=c.lean)),
        numeric=True,
        note=_since,
    ),
    Column("course", "Course", lambda r: _course(r), note=lambda c: _span(c.found)),
    Column("note", "Beside the funnel", _beside_funnel),
    empty=lambda c: f"Nothing is compared: {c.found.get('why', '')}.",
    sparse=True,
)


WITH_PROFILE = ("neighbourhood", "ward", "team", "network", "practice", "quintile")


def _profile_link(c: Mapping[str, Any], r: Mapping[str, Any]) -> str:
    return f"{reverse('profile')}?{urlencode({'by': c['by'], 'unit': r['code']})}"


def _change(trend: Mapping[str, Any], *, lean: bool) -> Any:
    """By how much it changed, and whether that is more than chance."""
    if trend.get("change") is None:
        return None
    said = paper.number(trend["change"], 1, signed=True)
    clear = trend["said"] in ("higher", "lower")
    if lean:
        return f"{said}, {trend['said']}" if clear else said
    return Cell(
        said,
        sort=round(trend["change"], 3),
        note=f"clearly {trend['said']}" if clear else "no clear change",
    )


def _course(r: Mapping[str, Any]) -> Cell | None:
    """The last months (or years) as a small line; the CSV holds the values."""
    values = r.get("course") or []
    drawn = spark(values)
    if not drawn:
        return None
    known = [v for v in values if v is not None]
    words = f"from {paper.number(known[0], 1)} to {paper.number(known[-1], 1)}"
    text = mark_safe(f'{drawn}<span class="nhsuk-u-visually-hidden">{words}</span>')  # noqa: S308  numbers alone
    return Cell(
        text,
        sort=round(known[-1] - known[0], 3),
        csv="; ".join(HIDDEN if v is None else f"{v:.3f}" for v in values),
    )


def _span(c: Mapping[str, Any]) -> str | None:
    months = [dt.date.fromisoformat(m) for m in c.get("months") or ()]
    return (
        f"{paper.short_month(months[0])} to {paper.short_month(months[-1])}"
        if len(months) > 1
        else None
    )


def periods(c: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The months (or years, by their last month) that can be chosen, the newest first."""
    found = [dt.date.fromisoformat(m) for m in c.get("periods") or ()]
    years = len(found) > 1 and (found[0] - found[1]).days > 300
    return [
        (m.isoformat(), f"Year to {paper.month(m)}" if years else paper.month(m)) for m in found
    ]


def peer_choices(by: str) -> list[tuple[str, str]]:
    return [(p, PEERS[p]) for p in peer_groups(by)]  # type: ignore[arg-type]


def _rank(rank: Mapping[str, Any] | None, *, lean: bool) -> Any:
    """Where a unit stands, and where it may stand for all that chance allows; of hundreds only
    where it stands."""
    if not rank:
        return None
    return (
        rank["rank"]
        if lean
        else Cell(str(rank["rank"]), sort=rank["rank"], note=f"{rank['from']} to {rank['to']}")
    )


def compare_tiles(
    c: Mapping[str, Any], figures: Mapping[str, Figure], stem: str
) -> list[dict[str, Any]]:
    """All together, the highest, the lowest, how many stand out; a comparison that a reader chose
    is this page's alone."""
    shown = [r for r in c["rows"] if r.get("value") is not None]
    if not c["compared"] or not shown:
        return []
    top, low = max(shown, key=lambda r: r["value"]), min(shown, key=lambda r: r["value"])
    worst = c.get("opportunity") or {}
    said = {
        "average": (f"{unit_of(c)}, all together", None),
        "highest": ("the highest", top["name"]),
        "lowest": ("the lowest", low["name"]),
        "outside": (
            "beyond the 99.8% limits",
            f"of {paper.plural(len(c['rows']), 'unit')}; {len(c['rows']) - len(shown)} not shown",
        ),
        "gain": (
            f"{worst.get('way')}, if the worst fifth reached the median",
            f"{paper.plural(len(worst.get('units', ())), 'unit')} at {paper.number(worst.get('median'), 1)}",
        ),
    }
    every = bool(c.get("figures"))
    return [
        tile(f, name, note=note, story=every)
        for k, (name, note) in said.items()
        if (f := figures.get(f"{stem}.{k}")) is not None
    ]


def compare_words(c: Mapping[str, Any]) -> list[str]:
    """Definition, period, source and every caution, as sentences."""
    if not c["compared"]:
        return [paper.sentence(f"nothing is compared: {c['why']}")]
    shown = [r for r in c["rows"] if r.get("value") is not None]
    outside = sum(standing(r["significance"])[0] == "outside" for r in shown)
    said = [
        c["definition"],
        f"{c.get('period') or c.get('month', '')}; basis: {c['basis']}; {c['source']}",
        c["suppression"],
        *c["caveats"],
        WHY_PEERS.get(c.get("peers", ""), "each is held beside the others of the same larger unit")
        if any(r.get("peers") for r in c["rows"])
        else None,
    ]
    if shown and 3 * outside > len(shown):
        said.append(
            "more than a third lie outside the funnel: units differ in age and need, so it says that they differ, not why"
        )
    return [paper.sentence(x) for x in said if x]
