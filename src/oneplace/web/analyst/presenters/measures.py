"""Definitions, standards and the plan’s courses. In: measure documents. Out: grids and facts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from oneplace.measures import MeasureDefinition, Trajectory
from oneplace.report import words as paper
from oneplace.web.components.grid import Cell, Column, Grid


def measures_grid(measures: Iterable[MeasureDefinition]) -> Grid:
    rows = [
        {
            "title": Cell(m.title, href=reverse("measure", args=[m.id])),
            "numerator": m.numerator,
            "denominator": m.denominator or "None: it is a count",
            "unit": m.unit,
            "better": m.better.capitalize(),
            "frequency": m.frequency.capitalize(),
            "lag": m.lag_months,
            "basis": m.basis.capitalize(),
        }
        for m in measures
    ]
    columns = (
        Column("title", "Measure"),
        Column("numerator", "What is counted"),
        Column("denominator", "Of how many"),
        Column("unit", "Unit"),
        Column("better", "Better"),
        Column("frequency", "Every"),
        Column("lag", "Months until published", numeric=True),
        Column("basis", "Basis"),
    )
    return Grid(
        "measures",
        "Definitions",
        columns,
        rows,
        searchable=True,
        empty="This place defines no measure. Put one into measures/.",
    )


def measure_facts(m: MeasureDefinition, digest: str | None) -> list[tuple[str, Any]]:
    return [
        ("Also called", m.also_called),
        ("What is counted", m.numerator),
        ("Of how many", m.denominator or "None: it is a count"),
        ("Unit", m.unit),
        ("Better", m.better.capitalize()),
        ("Every", m.frequency.capitalize()),
        ("Published after", paper.plural(m.lag_months, "month")),
        ("Basis", m.basis.capitalize()),
        ("Note", m.note),
        ("Version", digest),
    ]


def standards_grid(standards: Iterable[Any]) -> Grid:
    rows = [
        {
            "id": s.id,
            "title": s.title,
            "value": Cell(
                f"{_operator(s.operator)} {paper.number(s.value, paper.decimals_for([s.value]))} {s.unit or ''}".strip()
            )
            if s.value is not None
            else "A direction only",
            "by": str(s.by or ""),
            "source": s.source,
        }
        for s in standards
    ]
    columns = (
        Column("id", "Standard"),
        Column("title", "What it asks"),
        Column("value", "Value"),
        Column("by", "By"),
        Column("source", "Source"),
    )
    return Grid("standards", "Standards", columns, rows, empty="No dated standard applies to this measure.")


def _operator(sign: str | None) -> str:
    return {">=": "at least", "<=": "at most", "<": "under", ">": "over", "=": "exactly"}.get(sign or "", "")


def course_grid(t: Trajectory | None) -> Grid:
    rows = [
        {
            "period": Cell(str(p.period), sort=p.period.start.isoformat()),
            "standard": Cell(
                f"{_operator(t.operator)} {paper.number(p.standard, paper.decimals_for([p.standard]))}",
                sort=float(p.standard),
            ),
            "planned": Cell(
                paper.number(p.planned, paper.decimals_for([p.planned])), sort=float(p.planned), csv=p.planned
            ),
            "actual": Cell(
                paper.number(p.actual, 1 if t.unit.startswith("%") else 0), sort=float(p.actual), csv=p.actual
            )
            if p.actual is not None
            else "Not received",
            "meets": Cell("Planned to meet", tone="grey")
            if p.planned_meets
            else Cell("Planned below standard", tone="yellow"),
        }
        for p in (t.points if t else ())
    ]
    unit = f"in {t.unit}" if t else None
    columns = (
        Column("period", "Period"),
        Column("standard", "Standard", numeric=True, note=unit),
        Column("planned", "Planned", numeric=True, note=unit),
        Column("actual", "Actual", numeric=True, note=unit),
        Column("meets", "The plan itself"),
    )
    return Grid("course", "The plan’s course", columns, rows, empty="The plan prints no course for this measure.")
