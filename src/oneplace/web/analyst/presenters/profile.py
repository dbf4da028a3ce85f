"""One unit across many measures. In: the answer of `answers.profiles`. Out: its spine as a table, and choices."""

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
from oneplace.web.components.grid import Cell, Column, Grid

TONES = {"higher": "blue", "lower": "blue"}


def unit_choices(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    return sorted(found["names"].items(), key=lambda x: x[1])


def spine_grid(found: Mapping[str, Any], unit: str) -> Grid:
    """Every headline of one unit beside the lowest, the highest and all together."""
    rows = []
    for one in found["indicators"]:
        mine, spine = one["units"].get(unit, {}), one["spine"]
        value, said = mine.get("value"), mine.get("said")
        drawn = spine_bar(value, spine, outside=said in TONES)
        link = f"{reverse('compare')}?{urlencode({'measure': one['id'], 'by': found['by']})}"
        unit_words = "%" if one["kind"] == "proportion" else f"per {one['per']:,.0f}"
        rows.append(
            {
                "indicator": Cell(
                    indicator_title({"id": one["id"], "of": "feature", "title": ""}), href=link, note=unit_words
                ),
                "count": HIDDEN if mine.get("numerator") is None else mine["numerator"],
                "value": Cell(HIDDEN, sort=-1)
                if value is None
                else Cell(paper.number(value, 1), sort=round(value, 3), csv=value),
                "average": _figure(spine["average"]),
                "lowest": _figure(spine["lowest"]),
                "median": _figure(spine["median"]),
                "highest": _figure(spine["highest"]),
                "spine": Cell(mark_safe(drawn), csv="") if drawn else None,  # noqa: S308  made of numbers alone
                "said": Cell(f"{said.capitalize()} than all", tone=TONES[said])
                if said in TONES
                else (said or "not shown").capitalize(),
            }
        )
    columns = (
        Column("indicator", "Figure"),
        Column("count", "Counted", numeric=True),
        Column("value", "Here", numeric=True),
        Column("average", "All", numeric=True),
        Column("spine", "From the lowest to the highest", note="the line is all together; dark is the middle half"),
        Column("said", "Beside all"),
        Column("lowest", "Lowest", numeric=True),
        Column("median", "Median", numeric=True),
        Column("highest", "Highest", numeric=True),
    )
    caption = f"{found['names'].get(unit, unit)} beside every {BYS[found['by']].lower()}"
    return Grid("spine", caption, columns, rows, searchable=True, empty="Too few units have figures to compare.")


def _figure(value: float) -> Cell:
    return Cell(paper.number(value, 1), sort=round(value, 3), csv=value)


def spine_figures(found: Mapping[str, Any], unit: str) -> list[dict[str, Any]]:
    said = [one["units"].get(unit, {}).get("said") for one in found["indicators"]]
    return [
        {"value": str(said.count("higher")), "name": "higher than all together"},
        {"value": str(said.count("lower")), "name": "lower than all together"},
        {"value": str(said.count("no clear difference")), "name": "not clearly different", "note": "95% intervals"},
        {"value": str(said.count(None)), "name": "not shown"},
    ]
