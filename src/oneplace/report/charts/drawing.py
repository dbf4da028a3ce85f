"""What every chart is: values in; one drawing for page, PDF and Word, its words, its table and its
CSV out.

A chart is a frozen dataclass of values with a title, a finding (one sentence) and an `id` that
makes the ids inside its SVG unique on a page: `svg("wide")` and `svg("narrow")` of one chart may
stand on the same page. The narrow variant is drawn anew for a 375 px screen. A chart without values
draws a frame that says what is missing.
"""

from __future__ import annotations

import csv
import io
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from oneplace.report import words
from oneplace.report.charts import ink
from oneplace.report.charts.axis import LARGEST
from oneplace.report.charts.ink import MUTED, STYLES, WHITE, Style, Variant
from oneplace.safety.spreadsheet import spreadsheet_safe

Cell: TypeAlias = "str | int | float | Decimal | date | None"
NO_DATA = "no data"
OUT_OF_RANGE = "out of range"


@dataclass(frozen=True)
class DataTable:
    """The figures behind a drawing. Units stand in the header; a value that is not there is None
    and reads "no data"."""

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    decimals: tuple[int, ...]
    monthly: bool = True

    def display(self) -> tuple[tuple[str, ...], ...]:
        """The rows as they read on a page: commas, the decimals of the column, "Apr 2019"."""
        return tuple(
            tuple(self._shown(c, d) for c, d in zip(row, self.decimals, strict=True))
            for row in self.rows
        )

    def numeric(self) -> tuple[bool, ...]:
        """Which columns hold figures, and so stand to the right."""
        columns = list(zip(*self.rows, strict=True)) if self.rows else [()] * len(self.header)
        return tuple(
            any(isinstance(c, int | float | Decimal) for c in column) for column in columns
        )

    def csv(self) -> str:
        """RFC 4180 text with unrounded figures, ISO dates and no cell that a spreadsheet would run
        as a formula."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow([spreadsheet_safe(_tidy(h)) for h in self.header])
        writer.writerows([self._written(c) for c in row] for row in self.rows)
        return out.getvalue()

    def _shown(self, cell: Cell, decimals: int) -> str:
        if cell is None:
            return NO_DATA
        if isinstance(cell, date):
            return words.short_month(cell) if self.monthly else words.short_day(cell)
        return cell if isinstance(cell, str) else words.number(cell, decimals)

    def _written(self, cell: Cell) -> str:
        if cell is None:
            return NO_DATA
        if isinstance(cell, str):
            return spreadsheet_safe(_tidy(cell))
        if isinstance(cell, date):
            return cell.isoformat()[:7] if self.monthly else cell.isoformat()
        return format(cell, ".12g") if isinstance(cell, float) else str(cell)


def table(
    header: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    decimals: Sequence[int],
    *,
    monthly: bool = True,
) -> DataTable:
    """A table whose every number is finite: NaN and infinity become None, and what is out of reason
    is said."""
    return DataTable(
        tuple(header), tuple(tuple(_said(c) for c in row) for row in rows), tuple(decimals), monthly
    )


def _said(cell: Cell) -> Cell:
    if isinstance(cell, int | float | Decimal):
        found = words.finite(cell)
        return None if found is None else OUT_OF_RANGE if abs(found) > LARGEST else cell
    return ink.clean(cell) if isinstance(cell, str) else cell


def _tidy(cell: str) -> str:
    return ink.clean(cell).replace("\0", "")


@dataclass(frozen=True, kw_only=True)
class Drawing(ABC):
    """One chart. `finding` is worked out from the values when it is not given; `missing` says what
    an empty one lacks."""

    id: str
    title: str
    finding: str = ""
    missing: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", self.id):
            raise ValueError(
                f"a chart's id is letters, digits, _ and -, from a letter: {self.id!r}"
            )
        found = self.finding or (
            self.computed_finding() if self.has_values else f"No data: {self.lacks}"
        )
        object.__setattr__(self, "finding", words.sentence(found))

    @property
    def lacks(self) -> str:
        return self.missing or f"no values were supplied for {self.title}"

    @property
    def description(self) -> str:
        """What a reader who cannot see the drawing is told: what it shows, then what it says."""
        return (
            f"{words.sentence(self.described())} {self.finding}"
            if self.has_values
            else self.finding
        )

    @property
    @abstractmethod
    def has_values(self) -> bool: ...

    @abstractmethod
    def computed_finding(self) -> str: ...

    @abstractmethod
    def described(self) -> str: ...

    @abstractmethod
    def table(self) -> DataTable: ...

    @abstractmethod
    def draw(self, style: Style) -> tuple[list[str], float]:
        """The elements and the height they need. Called only when there are values."""

    def csv(self) -> str:
        return self.table().csv()

    def svg(self, variant: Variant = "wide") -> str:
        style = STYLES[variant]
        body, height = self.draw(style) if self.has_values else _empty(self.lacks, style)
        name = f"{self.id}-{variant}"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="{name}-title {name}-desc" '
            f'width="{style.width}" height="{height:.0f}" viewBox="0 0 {style.width} {height:.0f}" '
            f'font-family="Arial, sans-serif" font-size="{style.font}" fill="{ink.INK}">'
            f'<title id="{name}-title">{ink.escape(self.title)}</title>'
            f'<desc id="{name}-desc">{ink.escape(self.description)}</desc>'
            f'<rect width="{style.width}" height="{height:.0f}" fill="{WHITE}"/>{"".join(body)}</svg>'
        )


def _empty(lacks: str, style: Style) -> tuple[list[str], float]:
    """A frame in place of the drawing, so that a gap in the data is never a gap in the page."""
    said = ink.wrap(words.sentence(lacks), style.width - 48, style.font, 4)
    height = 56 + style.line_height * len(said)
    edge = f'<rect x="8" y="8" width="{style.width - 16}" height="{height - 16}" fill="none" stroke="{MUTED}" stroke-dasharray="6 4"/>'
    rows = [ink.text(24, 56 + i * style.line_height, row, style.font) for i, row in enumerate(said)]
    return [edge, ink.text(24, 34, "No data", style.font, bold=True), *rows], height
