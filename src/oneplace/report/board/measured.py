"""Every measure that has a figure, as the performance pages show it: newest month, what varies,
whether its standard is met.

In: the lines of the pages' own answer, and the figure of each with its trace. Out: blocks for the
section on performance. Nothing is worked out here, so the paper and the pages cannot differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from oneplace.report import words
from oneplace.report.board.paper import Block, Cell, Grid, Heading, Icon, Line, Missing, Paragraph
from oneplace.report.board.performance import ASSURANCE, SIGNAL, VARIATION
from oneplace.report.trace import Figure


def measured(
    rows: Sequence[Mapping[str, Any]], figures: Mapping[str, Figure], *, notice: str | None
) -> tuple[Block, ...]:
    """`rows` are the lines of every measure; `figures` their newest figures by
    `measure.<id>.<organisation>.latest`."""
    known = [r for r in rows if (f := figures.get(_id(r))) is not None and f.value is not None]
    heading = Heading("Every measure that has a figure")
    if not known:
        return (
            heading,
            Missing(
                "figures of any measure.",
                "Import them: oneplace measures import; or build the place.",
            ),
        )
    without = len(rows) - len(known)
    said: Line = (
        f"{words.plural(len(known), 'measure')} of {len(rows)} {'has' if len(known) == 1 else 'have'} a figure"
        + (
            f"; the other {without} {'waits' if without == 1 else 'wait'} for one."
            if without
            else "."
        ),
    )
    caution = (
        (Paragraph((f"{notice} Measures counted from them are no test of the place.",), "small"),)
        if notice
        else ()
    )
    header = (
        "Measure",
        "Whose figure",
        "Month",
        "Latest",
        "Variation",
        "As it runs",
        "Beside its standard",
        "Basis",
    )
    grid = Grid(
        "Every measure that has a figure",
        header,
        tuple(_row(r, figures[_id(r)]) for r in known),
        right=(3,),
        note=said,
    )
    return (heading, *caution, grid)


def _id(row: Mapping[str, Any]) -> str:
    return f"measure.{row['measure']}.{row['organisation']}.latest"


def _row(row: Mapping[str, Any], figure: Figure) -> tuple[Cell, ...]:
    last = row["latest"]
    month = words.month(date.fromisoformat(last["month"][:10]))
    late = f"; {words.plural(row['late_months'], 'month')} late" if row["late_months"] else ""
    return (
        row["title"],
        row["name"],
        f"{month}{late}",
        figure,
        _variation(row["variation"]),
        _assurance(row["assurance"]),
        _judged(row),
        words.sentence(str(last["basis"])).rstrip("."),
    )


def _variation(state: str | None) -> Cell:
    if state is None:
        return "too few months"
    signal = SIGNAL[state]
    return Icon("variation", signal, VARIATION[signal])


def _assurance(state: str | None) -> Cell:
    if state is None:
        return "-"
    known, says = ASSURANCE[state]
    return Icon("assurance", known, says)


def _judged(row: Mapping[str, Any]) -> str:
    """By the standard that the measure is held to, as its page says it."""
    held = row["standard"]
    return "-" if not held else "local estimate" if held["judged"] == "estimate" else held["judged"]
