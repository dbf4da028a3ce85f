"""What a paper is made of: sections of sentences, tiles, tables and pictures, in which every figure
carries its trace.

Section modules build these; `html` writes them. An `Origin` is a trace without its figure: made
once for each source, it makes the figures that come from it. Two figures of one id in a paper must
be the same figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, TypeAlias

from oneplace.report.charts import Drawing
from oneplace.report.trace import (
    Basis,
    Figure,
    Format,
    Item,
    Source,
    SourceKind,
    Status,
    Trace,
    Value,
    digest_of,
)


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a set of figures comes from."""

    basis: Basis
    as_at: date
    source: Source
    build_id: str | None = None
    document_digest: str | None = None
    plan_digest: str | None = None
    period: str = ""
    denominator: str = ""
    status: Status = "not stated"
    entries_at: datetime | None = None
    data_digest: str | None = None
    defined_in: tuple[str, ...] = ()
    said: bool = False

    def about(self, period: str, *, denominator: str = "") -> Origin:
        return replace(self, period=period, denominator=denominator or self.denominator)

    def part(self, name: str, kind: SourceKind | None = None, *, note: str = "") -> Origin:
        """The same source, said more closely: a field of the document, a query over the build."""
        return replace(
            self, source=Source(kind or self.source.kind, name, note or self.source.note)
        )

    def defined(self, versions: Mapping[str, str], *names: str) -> Origin:
        """The same source for figures that these documents define; only those that are there
        count."""
        known = tuple(n for n in names if n in versions)
        return replace(self, defined_in=known, document_digest=digest_of(known, versions))

    def figure(
        self,
        id: str,
        label: str,
        value: Value,
        *,
        unit: str = "",
        format: Format = "number",
        decimals: int = 0,
        items: Iterable[Item] = (),
        lead: str = "",
    ) -> Figure:
        trace = Trace(
            figure_id=id,
            value=value,
            unit=unit,
            basis=self.basis,
            as_at=self.as_at,
            source=self.source,
            build_id=self.build_id,
            document_digest=self.document_digest,
            plan_digest=self.plan_digest,
            period=self.period,
            denominator=self.denominator,
            status=self.status,
            entries_at=self.entries_at,
            data_digest=self.data_digest,
            defined_in=self.defined_in,
            said=self.said,
        )
        return Figure(label, trace, format, decimals, tuple(items), lead)


# --- inside a line -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Jump:
    """A link to another section of the paper."""

    text: str
    section: str


@dataclass(frozen=True)
class Icon:
    """An SPC icon: what varies, or whether the standard is met. The words stand beside it,
    always."""

    kind: Literal["variation", "assurance"]
    state: str
    says: str


@dataclass(frozen=True)
class State:
    """A state in words with a mark, as for a milestone."""

    state: str


Inline: TypeAlias = "str | Figure | Jump | Icon | State | None"
Line: TypeAlias = tuple[Inline, ...]
Cell: TypeAlias = "Inline | Line"
Tone = Literal["plain", "loud", "small"]


# --- blocks --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Heading:
    title: str


@dataclass(frozen=True)
class Paragraph:
    """A paragraph."""

    line: Line
    tone: Tone = "plain"


@dataclass(frozen=True)
class Points:
    items: tuple[Line, ...]


@dataclass(frozen=True)
class Tile:
    """One figure of the place on a page: the figure, what it is, one remark, where more is said."""

    figure: Figure
    label: str
    remark: str = ""
    section: str = ""


@dataclass(frozen=True)
class Tiles:
    title: str
    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class Grid:
    """A table. `right` are the columns of figures; `total` rows at the end stand apart."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    right: tuple[int, ...] = ()
    total: int = 0
    note: Line = ()


@dataclass(frozen=True)
class Picture:
    """A chart with the figures that its words rest on. `figures` is never empty: a chart without a
    source is no chart."""

    drawing: Drawing
    figures: tuple[Figure, ...]
    icons: tuple[Icon, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        if self.drawing.has_values and not self.figures:
            raise ValueError(f"{self.drawing.id}: a chart needs a figure with its trace")


@dataclass(frozen=True)
class Missing:
    """What is not there, and what to do about it."""

    what: str
    do: str


@dataclass(frozen=True)
class Boxes:
    """What is going well, what is not, what needs a decision: side by side."""

    boxes: tuple[tuple[str, str, tuple[Line, ...]], ...]


Block: TypeAlias = "Heading | Paragraph | Points | Tiles | Grid | Picture | Missing | Boxes"


@dataclass(frozen=True)
class Section:
    id: str
    title: str
    blocks: tuple[Block, ...]
    annex: bool = False


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """What a section module gives: its sections, its lines for the first page, its row of the place
    on a page."""

    sections: tuple[Section, ...]
    well: tuple[Line, ...] = ()
    concern: tuple[Line, ...] = ()
    decide: tuple[Line, ...] = ()
    tiles: Tiles | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Cover:
    place: str
    month: str
    on: date
    number: int
    made_at: datetime
    build: str | None
    as_of: date | None
    statement: str
    notice: str | None
    plan: str | None


@dataclass(frozen=True, kw_only=True)
class Paper:
    cover: Cover
    sections: tuple[Section, ...]


# --- what a paper holds --------------------------------------------------------------------------------------------


def figures_of(sections: Iterable[Section]) -> dict[str, Figure]:
    """Every figure by its id, in order of first mention. One id with two values is a fault of
    ours."""
    found: dict[str, Figure] = {}
    for figure in _figures(sections):
        known = found.setdefault(figure.trace.figure_id, figure)
        if known.trace != figure.trace:
            raise ValueError(
                f"{figure.trace.figure_id} stands for two figures: {known.words()} and {figure.words()}"
            )
    return found


def figures_in_parts(parts: Iterable[Chapter]) -> dict[str, Figure]:
    """Every figure of some parts, those on the first page included."""
    found: list[Section] = []
    for part in parts:
        lines = Points((*part.well, *part.concern, *part.decide))
        found += [
            *part.sections,
            Section("first", "", (lines, *((part.tiles,) if part.tiles else ()))),
        ]
    return figures_of(found)


def pictures_of(sections: Iterable[Section]) -> list[Picture]:
    return [b for s in sections for b in s.blocks if isinstance(b, Picture)]


def _figures(sections: Iterable[Section]) -> Iterator[Figure]:
    for section in sections:
        for block in section.blocks:
            if isinstance(block, Tiles):
                yield from (t.figure for t in block.tiles)
            elif isinstance(block, Picture):
                yield from block.figures
            else:
                yield from (p for line in _lines(block) for p in line if isinstance(p, Figure))


def _lines(block: Block) -> Iterator[Line]:
    if isinstance(block, Paragraph):
        yield block.line
    elif isinstance(block, Points):
        yield from block.items
    elif isinstance(block, Boxes):
        yield from (line for _, _, lines in block.boxes for line in lines)
    elif isinstance(block, Grid):
        yield from (as_line(c) for row in block.rows for c in row)
        yield block.note


def figures_in(cells: Iterable[Cell]) -> tuple[Figure, ...]:
    """The figures among the cells of a row."""
    return tuple(p for c in cells for p in as_line(c) if isinstance(p, Figure))


def as_line(cell: Cell) -> Line:
    return cell if isinstance(cell, tuple) else (cell,)
