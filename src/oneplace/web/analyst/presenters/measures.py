"""Definitions, standards and the plan’s courses. In: measure documents. Out: lists and facts."""

from __future__ import annotations

from typing import Any

from oneplace.measures import MeasureDefinition
from oneplace.place.standards import SAID
from oneplace.report import words as paper
from oneplace.web.components.listing import Cell, Column, Context, Listing, to
from oneplace.web.components.notation import AS_GIVEN, CAPITAL

NO_DENOMINATOR = "None: it is a count"

MEASURES = Listing(
    "measures",
    "Definitions",
    Column("title", "Measure", link=to("measure", "id")),
    Column("numerator", "What is counted"),
    Column("denominator", "Of how many", none=NO_DENOMINATOR),
    Column("unit", "Unit"),
    Column("better", "Better", show=CAPITAL),
    Column("frequency", "Every", show=CAPITAL),
    Column("lag", "Months until published", "lag_months", numeric=True),
    Column("basis", "Basis", show=CAPITAL),
    empty="This place defines no measure. Put one into measures/.",
)


def measure_facts(m: MeasureDefinition, digest: str | None) -> list[tuple[str, Any]]:
    return [
        ("Also called", m.also_called),
        ("What is counted", m.numerator),
        ("Of how many", m.denominator or NO_DENOMINATOR),
        ("Unit", m.unit),
        ("Better", m.better.capitalize()),
        ("Every", m.frequency.capitalize()),
        ("Published after", paper.plural(m.lag_months, "month")),
        ("Basis", m.basis.capitalize()),
        ("Note", m.note),
        ("Version", digest),
    ]


def _asked(s: Any) -> str:
    if s.value is None:
        return "A direction only"
    return f"{_operator(s.operator)} {AS_GIVEN.text(s.value)} {s.unit or ''}".strip()


STANDARDS = Listing(
    "standards",
    "Standards",
    Column("id", "Standard"),
    Column("title", "What it asks"),
    Column("value", "Value", _asked),
    Column("by", "By", lambda s: str(s.by or "")),
    Column("source", "Source"),
    empty="No dated standard applies to this measure.",
)


def _operator(sign: str | None) -> str:
    return SAID.get(sign or "", "")


def _unit(c: Context) -> str | None:
    return f"in {c.planned.unit}" if c.planned else None


def _actual(p: Any, c: Context) -> Cell | str:
    if p.actual is None:
        return "Not received"
    said = paper.number(p.actual, 1 if c.planned.unit.startswith("%") else 0)
    return Cell(said, sort=float(p.actual), csv=p.actual)


COURSE = Listing(
    "course",
    "The plan’s course",
    Column("period", "Period", lambda p: str(p.period), sort=lambda p: p.period.start),
    Column(
        "standard",
        "Standard",
        lambda p, c: f"{_operator(c.planned.operator)} {AS_GIVEN.text(p.standard)}",
        sort="standard",
        numeric=True,
        note=_unit,
    ),
    Column("planned", "Planned", show=AS_GIVEN, note=_unit),
    Column("actual", "Actual", _actual, numeric=True, note=_unit),
    Column(
        "meets",
        "The plan itself",
        lambda p: "Planned to meet" if p.planned_meets else "Planned below standard",
        tone=lambda p: "grey" if p.planned_meets else "yellow",
    ),
    empty="The plan prints no course for this measure.",
)
