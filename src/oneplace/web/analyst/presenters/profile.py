"""One unit across many measures. In: the answer of `answers.profiles`. Out: its spine as a table,
and choices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.safestring import mark_safe

from oneplace.report import words as paper
from oneplace.report.charts.small import spine_bar
from oneplace.safety.disclose import HIDDEN
from oneplace.web.analyst.presenters.compare import BYS, indicator_title
from oneplace.web.components.listing import Cell, Column, Context, Listing
from oneplace.web.components.notation import Notation

TONES = {"higher": "blue", "lower": "blue"}


def unit_choices(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    return sorted(found["names"].items(), key=lambda x: x[1])


def _mine(one: Mapping[str, Any], c: Context) -> Mapping[str, Any]:
    return one["units"].get(c.unit, {})


def _count(one: Mapping[str, Any], c: Context) -> Any:
    count = _mine(one, c).get("numerator")
    return HIDDEN if count is None else count


def _drawn(one: Mapping[str, Any], c: Context) -> Any:
    mine = _mine(one, c)
    drawn = spine_bar(mine.get("value"), one["spine"], outside=mine.get("said") in TONES)
    return mark_safe(drawn) if drawn else None  # noqa: S308  made of numbers alone


def _said(one: Mapping[str, Any], c: Context) -> str:
    said = _mine(one, c).get("said")
    return f"{said.capitalize()} than all" if said in TONES else (said or "not shown").capitalize()


def _compared(one: Mapping[str, Any], c: Context) -> str:
    return f"{reverse('compare')}?{urlencode({'measure': one['id'], 'by': c.found['by']})}"


TO_ONE = Notation(
    lambda v: paper.number(v, 1), sort=lambda v: round(v, 3), numeric=True
)  # taken away whole

# Every headline of one unit beside the lowest, the highest and all together.
SPINE = Listing(
    "spine",
    lambda c: f"{c.found['names'].get(c.unit, c.unit)} beside every {BYS[c.found['by']].lower()}",
    Column(
        "indicator",
        "Figure",
        lambda one: indicator_title({"id": one["id"], "of": "feature", "title": ""}),
        link=_compared,
        beside=lambda one: "%" if one["kind"] == "proportion" else f"per {one['per']:,.0f}",
    ),
    Column("count", "Counted", _count, numeric=True),
    Column(
        "value",
        "Here",
        lambda one, c: _mine(one, c).get("value"),
        TO_ONE,
        none=Cell(HIDDEN, sort=-1),
    ),
    Column("average", "All", "spine.average", TO_ONE),
    Column(
        "spine",
        "From the lowest to the highest",
        _drawn,
        note="the line is all together; dark is the middle half",
        csv=lambda _: "",
    ),
    Column("said", "Beside all", _said, tone=lambda one, c: TONES.get(_mine(one, c).get("said"))),
    Column("lowest", "Lowest", "spine.lowest", TO_ONE),
    Column("median", "Median", "spine.median", TO_ONE),
    Column("highest", "Highest", "spine.highest", TO_ONE),
    empty="Too few units have figures to compare.",
)


def spine_figures(found: Mapping[str, Any], unit: str) -> list[dict[str, Any]]:
    said = [one["units"].get(unit, {}).get("said") for one in found["indicators"]]
    return [
        {"value": str(said.count("higher")), "name": "higher than all together"},
        {"value": str(said.count("lower")), "name": "lower than all together"},
        {
            "value": str(said.count("no clear difference")),
            "name": "not clearly different",
            "note": "95% intervals",
        },
        {"value": str(said.count(None)), "name": "not shown"},
    ]
