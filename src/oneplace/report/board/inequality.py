"""Inequality inside the place: life expectancy by local decile with its slope, and an outcome on
the map.

In: the published rows by decile, counts and people by small area that may be shown, a seeded
generator. Out: a `Chapter`. Deciles and fifths are of this place's own areas and say so; rates name
their denominator.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from oneplace.methods.inequality import slope_index
from oneplace.methods.rates import z_score
from oneplace.report import words
from oneplace.report.board.paper import (
    Block,
    Chapter,
    Grid,
    Heading,
    Jump,
    Line,
    Missing,
    Origin,
    Picture,
    Section,
    Tile,
    Tiles,
)
from oneplace.report.charts import BarRow, Bars, HexCell, HexMap
from oneplace.report.trace import Figure

SEX_WORDS = {"female": "Women", "male": "Men"}


@dataclass(frozen=True)
class AreaRate:
    """One small area on the map: its events for each 1,000 residents, None where they may not be
    shown."""

    code: str
    name: str
    column: int
    row: int
    rate: float | None


@dataclass(frozen=True)
class FifthRate:
    """One local fifth: its rate with limits, from counts that may be shown."""

    fifth: int
    rate: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class Disparity:
    """An outcome from the records: by area and by local fifth."""

    id: str
    title: str
    areas: tuple[AreaRate, ...]
    fifths: tuple[FifthRate, ...]
    rule: str


def inequality(
    *,
    life: Sequence[Mapping[str, Any]],
    life_origin: Origin | None,
    outcomes: Sequence[Disparity],
    records: Origin | None,
    rng: np.random.Generator,
    why_not: str = "",
) -> Chapter:
    lives = _Lives(life, life_origin, rng)
    blocks: list[Block] = [*lives.blocks()]
    blocks.append(Heading("Where it shows"))
    if records is None or not outcomes:
        blocks.append(Missing("outcomes by small area.", why_not))
    else:
        for outcome in outcomes:
            blocks += _pictures(outcome, records)
    concern, tiles = lives.concern(), lives.tiles()
    return Chapter(
        sections=(Section("inequality", "Outcomes and inequality", tuple(blocks)),),
        concern=concern,
        tiles=Tiles("Outcomes", tiles) if tiles else None,
    )


class _Lives:
    """Life expectancy by local decile, for each sex the source has."""

    def __init__(
        self, rows: Sequence[Mapping[str, Any]], origin: Origin | None, rng: np.random.Generator
    ):
        self.origin = origin
        self.by_sex = {
            sex: sorted((r for r in rows if r["sex"] == sex), key=lambda r: r["local_decile"])
            for sex in ("female", "male")
        }
        self.by_sex = {s: r for s, r in self.by_sex.items() if len(r) > 1} if origin else {}
        self.slopes = {
            sex: slope_index(
                *(
                    [r[c] for r in found]
                    for c in ("life_expectancy", "person_years", "standard_error")
                ),
                rng=rng,
            )
            for sex, found in self.by_sex.items()
        }

    def blocks(self) -> list[Block]:
        if not self.by_sex or self.origin is None:
            return [
                Heading("Length of life"),
                Missing(
                    "life expectancy by local decile.",
                    "Add tables/life_expectancy_by_decile.csv with its source.",
                ),
            ]
        out: list[Block] = [Heading("Length of life")]
        out.append(self.grid())
        for sex, rows in self.by_sex.items():
            out.append(self.picture(sex, rows))
        return out

    def slope(self, sex: str) -> tuple[Figure, Figure, Figure]:
        assert self.origin is not None
        s, who = self.slopes[sex], SEX_WORDS[sex]
        own = self.origin.part(
            self.origin.source.name,
            note=f"{self.origin.source.note}; slope index of inequality, 100,000 draws",
        )
        return (
            own.figure(
                f"sii.{sex}",
                f"{who}: slope index of inequality",
                float(s.slope_index[0]),
                unit="years",
                decimals=1,
            ),
            own.figure(
                f"sii.{sex}.lower",
                f"{who}: slope index, lower limit",
                float(s.slope_lower[0]),
                unit="",
                decimals=1,
            ),
            own.figure(
                f"sii.{sex}.upper",
                f"{who}: slope index, upper limit",
                float(s.slope_upper[0]),
                unit="",
                decimals=1,
            ),
        )

    def at(self, sex: str, decile: int) -> Figure:
        assert self.origin is not None
        row = next(r for r in self.by_sex[sex] if r["local_decile"] == decile)
        return self.origin.figure(
            f"life.{sex}.{decile}",
            f"{SEX_WORDS[sex]}: life expectancy at birth, local decile {decile}",
            row["life_expectancy"],
            unit="years",
            decimals=1,
        )

    def grid(self) -> Grid:
        rows = []
        for sex, found in self.by_sex.items():
            first, last = found[0]["local_decile"], found[-1]["local_decile"]
            index, lower, upper = self.slope(sex)
            rows.append(
                (
                    SEX_WORDS[sex],
                    self.at(sex, first),
                    self.at(sex, last),
                    index,
                    (lower, " to ", upper),
                )
            )
        header = ("", "Most deprived tenth", "Least deprived tenth", "Slope index", "95% interval")
        return Grid(
            "Life expectancy at birth by tenths of this place's areas",
            header,
            tuple(rows),
            right=(1, 2, 3, 4),
            note=(
                "The slope index is the difference in years between the two ends of the place that a straight line through all ten gives.",
            ),
        )

    def picture(self, sex: str, rows: Sequence[Mapping[str, Any]]) -> Picture:
        z = z_score(0.95)
        bars = tuple(
            BarRow(
                _decile(r["local_decile"], len(rows)),
                r["life_expectancy"],
                r["life_expectancy"] - z * r["standard_error"],
                r["life_expectancy"] + z * r["standard_error"],
            )
            for r in rows
        )
        said = words.gap_finding(
            "life expectancy",
            rows[0]["life_expectancy"],
            rows[-1]["life_expectancy"],
            worst_name="the most deprived tenth",
            best_name="the least deprived tenth",
        )
        drawing = Bars(
            id=f"life-{sex}",
            title=f"{SEX_WORDS[sex]}: life expectancy at birth by local tenth",
            finding=said,
            measure="Life expectancy at birth",
            unit="years",
            rows=bars,
            kind="dot",
        )
        return Picture(drawing, tuple(self.at(sex, r["local_decile"]) for r in rows))

    def tiles(self) -> tuple[Tile, ...]:
        return tuple(
            Tile(
                self.slope(sex)[0],
                f"gap in {SEX_WORDS[sex].lower()}'s length of life inside the place",
                "slope index",
                "inequality",
            )
            for sex in self.by_sex
        )

    def concern(self) -> tuple[Line, ...]:
        if not self.by_sex:
            return ()
        parts: list[str | Figure | Jump] = ["Length of life differs inside the place by "]
        for i, sex in enumerate(self.by_sex):
            index, lower, upper = self.slope(sex)
            parts += [
                " and " if i else "",
                index,
                f" for {SEX_WORDS[sex].lower()} (",
                lower,
                " to ",
                upper,
                ")",
            ]
        return ((*parts, ". ", Jump("See outcomes", "inequality")),)


def _decile(n: int, of: int) -> str:
    return {1: "1, most deprived", of: f"{of}, least deprived"}.get(n, str(n))


def _pictures(o: Disparity, records: Origin) -> list[Block]:
    """The map and the fifths of one outcome. One figure stands for the map: how many areas are
    shown."""
    own = records.about(records.period, denominator="1,000 residents")
    shown = [a for a in o.areas if a.rate is not None]
    count = own.figure(f"map.{o.id}.shown", f"{o.title}: areas shown", len(shown))
    hexmap = HexMap(
        id=f"map-{o.id}",
        title=f"{o.title} by small area",
        measure=o.title,
        unit="per 1,000 residents",
        cells=tuple(
            HexCell(a.column, a.row, a.name, a.rate, suppressed=a.rate is None) for a in o.areas
        ),
        missing="no area may be shown: the counts are too small",
    )
    basis = "On demonstration people. " if records.basis == "synthetic" else ""
    note = f"{basis}{o.rule} Each hexagon is one small area. Crude rates: not adjusted for age."
    fifths = tuple(
        own.figure(
            f"fifth.{o.id}.{f.fifth}", f"{o.title}: local fifth {f.fifth}", f.rate, decimals=1
        )
        for f in o.fifths
    )
    bars = Bars(
        id=f"fifths-{o.id}",
        title=f"{o.title} by local fifth",
        measure=o.title,
        unit="per 1,000 residents",
        rows=tuple(
            BarRow(
                _decile(f.fifth, len(o.fifths)), f.rate, f.lower, f.upper, suppressed=f.rate is None
            )
            for f in o.fifths
        ),
    )
    return [
        Picture(hexmap, (count,), note=note),
        Picture(
            bars, fifths, note=f"{basis}Fifths of this place's own areas, 1 the most deprived."
        ),
    ]
