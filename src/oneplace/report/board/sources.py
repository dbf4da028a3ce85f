"""Definitions and sources: what each word means here, who published each table, under which
licence, by which methods.

In: the place's document, the measures, the rule that hides small numbers. Out: one section. The
trace of each figure stands in the appendix.
"""

from __future__ import annotations

from collections.abc import Sequence

from oneplace.measures import MeasureDefinition
from oneplace.place.document import Place
from oneplace.report.board.paper import Block, Grid, Heading, Paragraph, Points, Section

METHODS = (
    "Variation: XmR charts (Shewhart's individuals chart, limits 2.66 times the mean moving range; rules of NHS England, Making Data Count). An orange mark with ! is a change for the worse, a blue one with + for the better, a grey one with ~ usual variation; F, P and ? say whether the standard will be missed, will be met, or is met by chance.",
    "Slope index of inequality: weighted regression over ten groups of areas (Low and Low 2004; Public Health England 2019), limits from 100,000 draws with a fixed seed.",
    "Intervals are 95%: normal for life expectancy, Byar's or exact for rates of events.",
    "A change in a figure is split into late or restated data, a changed definition, an edited plan and real change; of what the plan and people's words make, into time passed and reported, as far as the papers' records tell them apart; the parts add up.",
)


def sources(
    place: Place, measures: Sequence[MeasureDefinition], *, disclosure: str, used: Sequence[str]
) -> Section:
    blocks: list[Block] = [Heading("Small numbers"), Paragraph((disclosure,))]
    if measures:
        rows = tuple(
            (m.title, m.numerator, m.denominator or "a count", m.unit, f"{m.lag_months} months")
            for m in measures
        )
        blocks += [
            Heading("Measures"),
            Grid(
                "What each measure counts",
                ("Measure", "Counted", "Of", "Unit", "Published after"),
                rows,
            ),
        ]
    blocks += [Heading("Methods"), Points(tuple((m,) for m in METHODS))]
    tables = tuple(
        (name, t.publisher, t.period, t.licence, t.citation + (f". {t.note}" if t.note else ""))
        for name, t in place.tables.items()
        if name in used
    )
    if tables:
        blocks += [
            Heading("Tables"),
            Grid(
                "Published and supplied tables in this paper",
                ("Table", "Publisher", "Period", "Licence", "Publication and remarks"),
                tables,
            ),
        ]
    return Section("sources", "Definitions and sources", tuple(blocks))
