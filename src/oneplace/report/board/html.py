"""The paper as one HTML page that needs nothing else: for a screen, and the same page laid out for
print.

A `Paper` comes in, text goes out. Each figure links to the row of the appendix that says where it
is from; each chart stands in its wide and its narrow drawing on a screen (style sheets show one),
and in its print drawing on paper. Everything written by somebody is escaped here and nowhere else.
"""

from __future__ import annotations

import base64
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Literal

from oneplace.report import words
from oneplace.report.board.paper import (
    Block,
    Boxes,
    Cell,
    Grid,
    Heading,
    Icon,
    Inline,
    Jump,
    Line,
    Missing,
    Paper,
    Paragraph,
    Picture,
    Points,
    Section,
    Tile,
    Tiles,
    as_line,
    figures_of,
)
from oneplace.report.charts import DataTable
from oneplace.report.charts.ink import escape
from oneplace.report.trace import BASIS_WORDS, Figure, Trace

Medium = Literal["screen", "print"]
UNSPLIT_ROWS = 18
UNSPLIT_LETTERS = 1600
"""A table of at most so many rows and letters stands on one page; a longer one repeats its head on
the next."""


def render(paper: Paper, medium: Medium = "screen") -> str:
    """The whole page."""
    return _Rendering(paper, medium).whole()


class _Rendering:
    """One rendering: which medium, and which row of the appendix each figure links to."""

    def __init__(self, paper: Paper, medium: Medium):
        self.paper, self.medium = paper, medium
        self.figures = figures_of(paper.sections)
        self.rows: dict[Trace, str] = {}
        self.under_heading = False
        for figure in self.figures.values():
            self.rows.setdefault(_origin(figure.trace), f"t{len(self.rows) + 1}")

    # --- the page ---

    def whole(self) -> str:
        cover = self.paper.cover
        title = f"{cover.place}: board paper, {cover.month}"
        body = "".join(self.section(s, i) for i, s in enumerate(self.paper.sections))
        return (
            '<!doctype html>\n<html lang="en-GB"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{escape(title)}</title>"
            f'<meta name="description" content="{escape(cover.statement)}">'
            f"<style>{_css()}</style></head>"
            f'<body class="{self.medium}"><a class="skip" href="#main">Skip to the paper</a>'
            f'{self.cover(title)}<main id="main">{body}{self.appendix()}</main>'
            f"<footer><p>{escape(title)}. Paper {cover.number}, made {escape(words.moment(cover.made_at))}.</p></footer>"
            "</body></html>\n"
        )

    def cover(self, title: str) -> str:
        c = self.paper.cover
        facts = [
            ("Position on", words.day(c.on)),
            ("Plan", c.plan or "none in this place"),
            (
                "Records",
                f"as at {words.day(c.as_of)}, build {c.build}"
                if c.build and c.as_of
                else "not built",
            ),
            ("Paper", f"number {c.number} of the month, made {words.moment(c.made_at)}"),
        ]
        listed = "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in facts)
        notice = f'<p class="notice"><strong>{escape(c.notice)}</strong></p>' if c.notice else ""
        return (
            f'<header class="cover"><p class="running">{escape(title)}</p>'
            f"<h1><span>{escape(c.place)}</span> Board paper, {escape(c.month)}</h1>{notice}"
            f'<p class="statement">{escape(c.statement)}</p><dl class="facts">{listed}</dl></header>'
        )

    def contents(self) -> str:
        said = [s for s in self.paper.sections if s.id != "minute"]

        def listed(sections: list[Section]) -> str:
            return "".join(f'<li><a href="#{s.id}">{escape(s.title)}</a></li>' for s in sections)

        body, annexes = [s for s in said if not s.annex], [s for s in said if s.annex]
        last = '<li><a href="#appendix">Where each figure is from</a></li>'
        return (
            f'<nav class="contents" aria-label="Contents"><h2>Contents</h2><ol>{listed(body)}</ol>'
            f"<ul>{listed(annexes)}{last}</ul></nav>"
        )

    def section(self, section: Section, place: int) -> str:
        title = f"Annex: {section.title}" if section.annex else section.title
        self.under_heading = False
        inner = "".join(self.block(b) for b in section.blocks)
        kind = "annex" if section.annex else "main"
        after = self.contents() if section.id == "minute" else ""
        return f'<section id="{section.id}" class="{kind}"><h2>{escape(title)}</h2>{inner}</section>{after}'

    # --- blocks ---

    def block(self, block: Block) -> str:
        if isinstance(block, Heading):
            self.under_heading = True
            return f"<h3>{escape(block.title)}</h3>"
        if isinstance(block, Paragraph):
            kind = f' class="{block.tone}"' if block.tone != "plain" else ""
            return f"<p{kind}>{self.line(block.line)}</p>"
        if isinstance(block, Points):
            return "<ul>" + "".join(f"<li>{self.line(i)}</li>" for i in block.items) + "</ul>"
        if isinstance(block, Tiles):
            tiles = "".join(self.tile(t) for t in block.tiles)
            return (
                f'<section class="tiles"><h3>{escape(block.title)}</h3><ul>{tiles}</ul></section>'
            )
        if isinstance(block, Grid):
            return self.grid(block)
        if isinstance(block, Picture):
            return self.picture(block)
        if isinstance(block, Missing):
            return f'<p class="missing"><strong>Not in this paper:</strong> {escape(block.what)} <span>{escape(block.do)}</span></p>'
        assert isinstance(block, Boxes)
        return self.boxes(block)

    def boxes(self, block: Boxes) -> str:
        out = []
        for kind, title, lines in block.boxes:
            inner = (
                "".join(f"<li>{self.line(i)}</li>" for i in lines) or "<li>Nothing to report.</li>"
            )
            out.append(
                f'<section class="box {kind}"><h3>{escape(title)}</h3><ul>{inner}</ul></section>'
            )
        return f'<div class="boxes">{"".join(out)}</div>'

    def tile(self, tile: Tile) -> str:
        label = escape(tile.label)
        label = f'<a href="#{tile.section}">{label}</a>' if tile.section else label
        remark = f'<span class="remark">{escape(tile.remark)}</span>' if tile.remark else ""
        return f'<li><span class="value">{self.figure(tile.figure)}</span><span class="label">{label}</span>{remark}</li>'

    def grid(self, grid: Grid) -> str:
        head = "".join(
            f'<th scope="col"{" class=r" if i in grid.right else ""}>{escape(h)}</th>'
            if h
            else "<td></td>"
            for i, h in enumerate(grid.header)
        )
        first_total = len(grid.rows) - grid.total
        body = "".join(
            self.row(grid, row, total=i >= first_total) for i, row in enumerate(grid.rows)
        )
        note = f'<p class="small">{self.line(grid.note)}</p>' if grid.note else ""
        short = (
            " short" if len(grid.rows) <= UNSPLIT_ROWS and _written(grid) <= UNSPLIT_LETTERS else ""
        )
        return (
            f'<div class="table{short}" role="region" tabindex="0" aria-label="{escape(grid.caption)}"><table>'
            f'<caption><span class="held">{escape(grid.caption)}{self.from_where(grid)}</span></caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{note}"
        )

    def row(self, grid: Grid, row: tuple[Cell, ...], *, total: bool) -> str:
        cells = []
        for i, cell in enumerate(row):
            kind = " class=r" if i in grid.right else ""
            inner = self.line(as_line(cell), quiet=True)
            cells.append(
                f'<th scope="row"{kind}>{inner}</th>' if i == 0 else f"<td{kind}>{inner}</td>"
            )
        return f"<tr{' class=total' if total else ''}>{''.join(cells)}</tr>"

    def from_where(self, grid: Grid) -> str:
        """The rows of the appendix that the table's figures come from, once for the whole table."""
        rows = dict.fromkeys(
            self.rows[_origin(p.trace)]
            for r in grid.rows
            for c in r
            for p in as_line(c)
            if isinstance(p, Figure)
        )
        return self.sources(list(rows))

    def sources(self, rows: list[str]) -> str:
        if not rows:
            return ""
        links = ", ".join(f'<a href="#{r}">{r.upper()}</a>' for r in rows)
        return f' <span class="source">Source {links}</span>'

    def picture(self, picture: Picture) -> str:
        d = picture.drawing
        rows = list(dict.fromkeys(self.rows[_origin(f.trace)] for f in picture.figures))
        icons = (
            f'<p class="icons">{"".join(_icon(i) for i in picture.icons)}</p>'
            if picture.icons
            else ""
        )
        if self.medium == "print":
            drawn = _as_image(d.svg("print"), d.description)
        else:
            drawn = f'<div class="wide">{d.svg("wide")}</div><div class="narrow">{d.svg("narrow")}</div>'
        note = f'<p class="small">{escape(picture.note)}</p>' if picture.note else ""
        level = "h4" if self.under_heading else "h3"
        return (
            f'<figure id="chart-{d.id}" class="{type(d).__name__.lower()}{" spc" if picture.icons else ""}"><figcaption><{level}>{escape(d.title)}</{level}>'
            f'<p class="finding">{escape(d.finding)}{self.sources(rows)}</p></figcaption>{icons}{drawn}{note}'
            f"{self.behind(d.table(), d.id, d.csv()) if d.has_values else ''}</figure>"
        )

    def behind(self, table: DataTable, name: str, csv: str) -> str:
        """The figures of a chart as a table: folded on a screen, and on paper only where a drawing
        alone would not do."""
        if self.medium == "print":
            return ""
        numeric = table.numeric()
        head = "".join(
            f'<th scope="col"{" class=r" if n else ""}>{escape(h)}</th>'
            for h, n in zip(table.header, numeric, strict=True)
        )
        body = "".join(
            "<tr>"
            + "".join(
                f"<td{' class=r' if n else ''}>{escape(c)}</td>"
                for c, n in zip(row, numeric, strict=True)
            )
            + "</tr>"
            for row in table.display()
        )
        coded = base64.b64encode(csv.encode()).decode()
        return (
            f'<details><summary>The figures of this chart</summary><div class="table" role="region" tabindex="0" '
            f'aria-label="The figures of this chart"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
            f'<p class="small"><a download="{escape(name)}.csv" href="data:text/csv;charset=utf-8;base64,{coded}">As CSV</a></p></details>'
        )

    # --- inside a line ---

    def line(self, line: Line, *, quiet: bool = False) -> str:
        """The parts as they follow one another. The space before a jump stands inside it: a space
        left hanging in front of something that print hides makes the setter break the line a word
        too early."""
        following = (*line[1:], None)
        parts = (
            p.rstrip() if isinstance(p, str) and isinstance(after, Jump) else p
            for p, after in zip(line, following, strict=False)
        )
        return "".join(self.inline(p, quiet=quiet) for p in parts)

    def inline(self, part: Inline, *, quiet: bool) -> str:
        if part is None:
            return ""
        if isinstance(part, str):
            return escape(part)
        if isinstance(part, Figure):
            return self.figure(part, quiet=quiet)
        if isinstance(part, Jump):
            return f'<a class="jump" href="#{part.section}"> <span>{escape(part.text)}</span></a>'
        if isinstance(part, Icon):
            return _icon(part)
        return f'<span class="state {part.state.replace(" ", "-")}">{escape(part.state)}</span>'

    def figure(self, figure: Figure, *, quiet: bool = False) -> str:
        """A figure: in a sentence or tile a link to its row; in a table the caption has the link
        for all of them."""
        name, row = escape(figure.trace.figure_id), self.rows[_origin(figure.trace)]
        said = escape(figure.words())
        if quiet and self.medium == "print":
            return said
        if quiet:
            return f'<data value="{name}" data-trace="{row}">{said}</data>'
        return f'<a class="fig" href="#{row}" data-figure="{name}" data-trace="{row}">{said}</a>'

    # --- the appendix ---

    def appendix(self) -> str:
        by_row: dict[str, list[Figure]] = {}
        for f in self.figures.values():
            by_row.setdefault(self.rows[_origin(f.trace)], []).append(f)
        body = "".join(
            self.trace_row(row, origin, by_row[row]) for origin, row in self.rows.items()
        )
        return (
            '<section id="appendix" class="annex"><h2>Appendix: where each figure is from</h2>'
            "<p>Each figure in this paper leads to a row here. A version is the first twelve signs of the digest of the "
            "document, as it lay when the paper was made; with the build it finds the figure again.</p>"
            f'<div class="traces">{body}</div></section>'
        )

    def trace_row(self, row: str, origin: Trace, figures: list[Figure]) -> str:
        """One source: what it is, then every figure that comes from it, with its id."""
        facts = [
            BASIS_WORDS[origin.basis],
            origin.period + (f", per {origin.denominator}" if origin.denominator else ""),
            f"as at {words.short_day(origin.as_at)}",
            "" if origin.status == "not stated" else origin.status,
            f"build {origin.build_id}" if origin.build_id else "",
            f"definition {origin.document_digest[:12]}" if origin.document_digest else "",
            f"plan {origin.plan_digest[:12]}" if origin.plan_digest else "",
            f"entries of {words.moment(origin.entries_at)}" if origin.entries_at else "",
            origin.source.note,
        ]
        listed = self.listed(figures)
        said = escape("; ".join(f for f in facts if f))
        return (
            f'<div class="trace" id="{row}"><h3>{row.upper()}: {escape(origin.source.kind)} {escape(origin.source.name)}</h3>'
            f"<p>{said}.</p>{listed}</div>"
        )

    def listed(self, figures: list[Figure]) -> str:
        """The figures of one source: a list on a screen; one run of text in print, where each
        element costs setting."""
        if self.medium == "print":
            run = "; ".join(f"{f.words()} {f.label} ({f.trace.figure_id})" for f in figures)
            return f'<p class="run">{escape(run)}.</p>'
        items = "".join(
            f'<li data-for="{escape(f.trace.figure_id)}"><b>{escape(f.words())}</b> {escape(f.label)} '
            f"<code>{escape(f.trace.figure_id)}</code></li>"
            for f in figures
        )
        listed = f"<ul>{items}</ul>"
        if len(figures) <= 3:
            return listed
        return f"<details><summary>{len(figures)} figures</summary>{listed}</details>"


def _written(grid: Grid) -> int:
    return sum(len(p) for row in grid.rows for c in row for p in as_line(c) if isinstance(p, str))


def _origin(trace: Trace) -> Trace:
    """The trace without its figure: equal for all figures that one row of the appendix answers
    for."""
    return replace(trace, figure_id="", value=None, unit="")


def _as_image(svg: str, description: str) -> str:
    """A drawing set into the print page as an image with its description: the setter then reads it
    on its own, and does not match every rule of the sheet against every stroke."""
    coded = base64.b64encode(svg.encode()).decode()
    return (
        f'<img class="drawing" alt="{escape(description)}" src="data:image/svg+xml;base64,{coded}">'
    )


# --- SPC icons -----------------------------------------------------------------------------------------------------

_ICONS: dict[str, tuple[str, str, str]] = {
    # state: (colour, sign, shape); after the icons of NHS England, Making Data Count: orange
    # concern, blue improvement
    "common": ("#4c6272", "~", ""),
    "concern": ("#a33b00", "!", ""),
    "improvement": ("#005eb8", "+", ""),
    "neutral": ("#4a2a83", "*", ""),
    "pass": ("#005eb8", "P", ""),
    "fail": ("#a33b00", "F", ""),
    "hit_and_miss": ("#4c6272", "?", ""),
}


def _icon(icon: Icon) -> str:
    """A round mark for variation, a square one for assurance, with its letter; the words stand
    beside it."""
    colour, sign, _ = _ICONS[icon.state]
    shape = (
        '<circle cx="10" cy="10" r="8.5" {}/>'
        if icon.kind == "variation"
        else '<path d="M2 2h16v16H2z" {}/>'
    ).format(f'fill="#fff" stroke="{colour}" stroke-width="2.5"')
    return (
        f'<span class="icon"><svg aria-hidden="true" width="20" height="20" viewBox="0 0 20 20">{shape}'
        f'<text x="10" y="14.5" font-family="Arial, sans-serif" font-size="12" font-weight="bold" text-anchor="middle" '
        f'fill="{colour}">{sign}</text></svg> {escape(icon.says)}</span>'
    )


@cache
def _css() -> str:
    return (
        resources.files("oneplace.report.board").joinpath("paper.css").read_text(encoding="utf-8")
    )
