"""Sections of the board paper as pages show them: the same figures, with tables that sort and
figures that open.

In: the blocks of a section (`report.board.paper`), where a jump to another section leads. Out:
plain blocks for `components/paper.jinja` and the grids among them. Every figure links to its own
page: where it is from, why it moved.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from oneplace.report.board.paper import (
    Block,
    Boxes,
    Heading,
    Icon,
    Inline,
    Jump,
    Missing,
    Paragraph,
    Picture,
    Points,
    Section,
    State,
    Tile,
    Tiles,
    as_line,
)
from oneplace.report.board.paper import Cell as PaperCell
from oneplace.report.board.paper import Grid as PaperGrid
from oneplace.report.trace import Figure
from oneplace.web.components.listing import Cell, Column, Grid, Listing

# Which page says more about each section of the paper.
PAGES = {
    "place": "overview",
    "minute": "overview",
    "performance": "performance",
    "ae-months": "performance",
    "milestones": "milestones",
    "milestones-by-programme": "milestones",
    "claims": "claims",
    "activity": "activity",
    "money": "position",
    "reported": "schemes",
    "risks": "risks",
    "decisions": "decisions",
    "exceptions": "performance",
    "inequality": "inequality",
    "changes": "papers",
}
STATE_TONES = {
    "late": "red",
    "due": "yellow",
    "unknown": "grey",
    "not yet due": "white",
    "done": "blue",
}
# The icons of NHS England, Making Data Count: orange asks for attention, blue is good, grey is
# usual. The letter says
# the same as the colour.
ICONS = {
    "common": ("grey", "~"),
    "concern": ("orange", "!"),
    "improvement": ("blue", "+"),
    "neutral": ("purple", "*"),
    "pass": ("blue", "P"),
    "fail": ("orange", "F"),
    "hit_and_miss": ("grey", "?"),
}


@dataclass
class Shown:
    """Blocks for the template, and the tables among them for `page`, which sorts them or gives one
    as CSV."""

    blocks: list[dict[str, Any]] = field(default_factory=list)
    grids: list[Grid] = field(default_factory=list)


def figure_link(figure: Figure) -> str:
    return reverse("why", args=[figure.trace.figure_id])


def shown(
    blocks: Iterable[Block], *, moves: Mapping[str, str] | None = None, prefix: str = ""
) -> Shown:
    """The blocks in their order. `moves` says of a figure how it stands to the last paper."""
    out = Shown()
    for block in blocks:
        _add(out, block, moves or {}, prefix)
    return out


def under(section: Section, *headings: str) -> list[Block]:
    """The blocks that stand under these headings of a section; a heading that is not there gives
    nothing."""
    found: list[Block] = []
    at: str | None = None
    for block in section.blocks:
        if isinstance(block, Heading):
            at = block.title
        if at in headings:
            found.append(block)
    return found


def tile(t: Tile, moves: Mapping[str, str]) -> dict[str, Any]:
    """A figure of the place on a page: the figure leads to its own story, its name to the page that
    says more."""
    page = PAGES.get(t.section)
    return {
        "value": t.figure.words(),
        "href": figure_link(t.figure),
        "name": t.label,
        "more": reverse(page) if page else None,
        "note": t.remark,
        "moved": moves.get(t.figure.trace.figure_id),
    }


def _add(out: Shown, block: Block, moves: Mapping[str, str], prefix: str) -> None:
    if not isinstance(block, PaperGrid):
        out.blocks.append(_AS_SHOWN[type(block)](block, moves))
        return
    grid = as_grid(block, prefix)
    out.grids.append(grid)
    totals = [_total(block, row) for row in block.rows[len(block.rows) - block.total :]]
    out.blocks.append(
        {"kind": "grid", "name": grid.name, "note": line(block.note), "totals": totals}
    )


def _tiles(block: Tiles, moves: Mapping[str, str]) -> dict[str, Any]:
    tiles = [tile(t, moves) for t in block.tiles]
    return {"kind": "tiles", "title": block.title, "tiles": tiles}


def _boxes(block: Boxes) -> dict[str, Any]:
    boxes = [
        {"kind": k, "title": t, "lines": [line(i) for i in lines]} for k, t, lines in block.boxes
    ]
    return {"kind": "boxes", "boxes": boxes}


def picture(block: Picture) -> dict[str, Any]:
    return {
        "kind": "picture",
        "drawing": block.drawing,
        "note": block.note,
        "icons": [(i.says, *ICONS[i.state]) for i in block.icons],
        "source": [(f.label, figure_link(f)) for f in block.figures[:1]],
    }


_AS_SHOWN: Mapping[type, Callable[[Any, Mapping[str, str]], dict[str, Any]]] = {
    Heading: lambda b, _: {"kind": "heading", "title": b.title},
    Paragraph: lambda b, _: {"kind": "words", "tone": b.tone, "text": line(b.line)},
    Points: lambda b, _: {"kind": "points", "items": [line(i) for i in b.items]},
    Tiles: _tiles,
    Picture: lambda b, _: picture(b),
    Missing: lambda b, _: {"kind": "missing", "what": b.what, "do": b.do},
    Boxes: lambda b, _: _boxes(b),
}


def as_grid(block: PaperGrid, prefix: str = "") -> Grid:
    """The paper's table without its totals: a total that is sorted in among its parts is no
    total."""
    columns = (
        Column(f"c{i}", h or "Group", _cell_at(i), numeric=i in block.right)
        for i, h in enumerate(block.header)
    )
    listing = Listing(
        prefix + slug(block.caption),
        block.caption,
        *columns,
        empty="Nothing to show here.",
    )
    return listing.of(block.rows[: len(block.rows) - block.total])


def _cell_at(at: int) -> Callable[[Sequence[PaperCell]], Cell | str | None]:
    return lambda row: cell(row[at])


def slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:48].strip("-") or "table"


def _total(block: PaperGrid, row: Sequence[PaperCell]) -> dict[str, Any]:
    """A total as a line under the table: its name, then each column that holds something."""
    name, *rest = row
    said = [
        (h, line(as_line(c)))
        for h, c in zip(block.header[1:], rest, strict=True)
        if c not in ("", None)
    ]
    return {"name": line(as_line(name)), "cells": said}


def cell(given: PaperCell) -> Cell | str | None:
    """One cell: a figure sorts by its value and opens its own page; a mixed line stays as it
    reads."""
    if given is None or isinstance(given, str):
        return given
    if type(given) in _AS_CELL:
        return _AS_CELL[type(given)](given)
    parts = [p for p in given if p is not None]
    if len(parts) == 1:
        return cell(parts[0])
    first = next((p for p in parts if isinstance(p, Figure)), None)
    plain = "".join(text(p) for p in parts)
    return Cell(line(tuple(parts)), sort=_sort(first) if first else plain, csv=plain)


def _of_figure(given: Figure) -> Cell:
    return Cell(given.words(), sort=_sort(given), href=figure_link(given), csv=_raw(given))


def _of_icon(given: Icon) -> Cell:
    tone, letter = ICONS[given.state]
    return Cell(f"{letter} {given.says}", sort=given.says, tone=tone, csv=given.says)


_AS_CELL: Mapping[type, Callable[[Any], Cell]] = {
    Figure: _of_figure,
    Icon: _of_icon,
    State: lambda x: Cell(x.state.capitalize(), tone=STATE_TONES.get(x.state)),
    Jump: lambda x: Cell(x.text, href=_jump(x)),
}


def line(parts: tuple[Inline, ...]) -> SafeString:
    """A sentence with its figures as links; everything written by somebody is escaped here."""
    return mark_safe("".join(_inline(p) for p in parts))  # noqa: S308 - every part is escaped by format_html


def _inline(part: Inline) -> str:
    if part is None:
        return ""
    if isinstance(part, str):
        return format_html("{}", part)
    if isinstance(part, Figure):
        return format_html(
            '<a class="op-figure-link" href="{}">{}</a>',
            figure_link(part),
            part.words(),
        )
    if isinstance(part, Jump):
        href = _jump(part)
        return (
            format_html('<a href="{}">{}</a>', href, part.text)
            if href
            else format_html(
                "{}",
                part.text,
            )
        )
    return format_html("{}", text(part))


def text(part: Inline) -> str:
    """The same without any link, for CSV."""
    if isinstance(part, Figure):
        return part.words()
    if isinstance(part, Icon):
        return part.says
    if isinstance(part, State):
        return part.state
    return part.text if isinstance(part, Jump) else part or ""


def _jump(jump: Jump) -> str | None:
    name = PAGES.get(jump.section)
    return reverse(name) if name else None


def _sort(figure: Figure) -> float | str:
    value = figure.value
    if isinstance(value, (int, float, Decimal)):
        return float(value)
    return "" if value is None else str(value)


def _raw(figure: Figure) -> Any:
    return figure.value if isinstance(figure.value, (int, float, Decimal)) else figure.words()
