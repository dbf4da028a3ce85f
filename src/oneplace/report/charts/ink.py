"""The pens: colours, text measured and escaped, lines, bars, hatching and point marks as SVG text.

Numbers and words come in, strings of SVG elements go out. Only presentation attributes are used (no
style, class or script), so that a strict content policy, WeasyPrint and Word all draw the same
thing. Everything that carries meaning differs in shape, dash or hatch as well as in colour, and
stands at 3:1 or better against white (text 4.5:1).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Variant = Literal["wide", "narrow", "print"]
Anchor = Literal["start", "middle", "end"]
Mark = Literal["circle", "ring", "diamond", "square", "triangle", "cross", "block"]

INK = "#212b32"
MUTED = "#4c6272"
GRID = "#d8dde0"
BLUE = "#005eb8"
NAVY = "#003087"
ORANGE = "#a33b00"
RED = "#b5121b"
PURPLE = "#4a2a83"
PALE = "#e3ecf4"
WHITE = "#ffffff"


@dataclass(frozen=True)
class Style:
    """The measures of one variant, in CSS pixels. Narrow is a 375 px screen less its margins; print
    is A4 less its margins."""

    width: int
    font: int
    mark: float
    plot_height: int

    @property
    def line_height(self) -> int:
        return self.font + 6

    @property
    def narrow(self) -> bool:
        return self.width < 400


STYLES: dict[Variant, Style] = {
    "wide": Style(width=900, font=14, mark=5, plot_height=300),
    "narrow": Style(width=343, font=13, mark=4, plot_height=220),
    "print": Style(width=640, font=12, mark=4, plot_height=220),
}

# --- text ----------------------------------------------------------------------------------------------------------

# Advance widths of Helvetica, and so of Arial, from space to tilde, in thousandths of the size
# (Adobe Font Metrics for the core 14 fonts, Helvetica, 1997).
_WIDTHS = (
    278,
    278,
    355,
    556,
    556,
    889,
    667,
    191,
    333,
    333,
    389,
    584,
    278,
    333,
    278,
    278,
    556,
    556,
    556,
    556,
    556,
    556,
    556,
    556,
    556,
    556,
    278,
    278,
    584,
    584,
    584,
    556,
    1015,
    667,
    667,
    722,
    722,
    667,
    611,
    778,
    722,
    278,
    500,
    667,
    556,
    833,
    722,
    778,
    667,
    778,
    722,
    667,
    611,
    722,
    667,
    944,
    667,
    667,
    611,
    278,
    278,
    278,
    469,
    556,
    333,
    556,
    556,
    500,
    556,
    556,
    278,
    556,
    556,
    222,
    222,
    500,
    222,
    833,
    556,
    556,
    556,
    556,
    333,
    500,
    278,
    556,
    500,
    722,
    500,
    500,
    500,
    334,
    260,
    334,
    584,
)
_WIDTH = {chr(32 + i): w / 1000 for i, w in enumerate(_WIDTHS)}
_BOLD = 1.08  # Helvetica-Bold runs at most this much wider over mixed text

# What XML 1.0 cannot hold, and the marks that turn the direction of the text that follows them.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """The text without what XML cannot hold or what would turn the text beside it; each such
    character is shown as U+FFFD."""
    return (
        text
        if text.isascii() and text.isprintable()
        else _TURNS.sub("", _NOT_XML.sub("\ufffd", text))
    )


def escape(text: str) -> str:
    return (
        clean(text)
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&quot;")
    )


@lru_cache(maxsize=8192)
def width_of(text: str, size: float, bold: bool = False) -> float:
    """How wide Arial sets the text. A character outside ASCII counts as one full square: never too
    little."""
    get = _WIDTH.get
    return sum(get(c, 1.0) for c in text) * size * (_BOLD if bold else 1.0)


@lru_cache(maxsize=4096)
def shorten(text: str, width: float, size: float, bold: bool = False) -> str:
    """The text if it fits, else as much of it as does with an ellipsis."""
    flat = " ".join(clean(text).split())
    if width_of(flat, size, bold) <= width:
        return flat
    room, kept = width - size, 0
    for c in flat:
        room -= _WIDTH.get(c, 1.0) * size * (_BOLD if bold else 1.0)
        if room < 0:
            break
        kept += 1
    return flat[:kept].rstrip() + "\u2026"


@lru_cache(maxsize=4096)
def wrap(text: str, width: float, size: float, lines: int, bold: bool = False) -> tuple[str, ...]:
    """The text in at most so many lines of that width; what does not fit ends in an ellipsis."""
    words, out = clean(text).split(), [""]
    for i, word in enumerate(words):
        longer = f"{out[-1]} {word}".strip()
        if not out[-1] or width_of(longer, size, bold) <= width:
            out[-1] = longer
        elif len(out) < lines:
            out.append(word)
        else:
            out[-1] = f"{out[-1]} {' '.join(words[i:])}"
            break
    return tuple(shorten(line, width, size, bold) for line in out)


def text(
    x: float,
    y: float,
    words: str,
    size: float,
    *,
    anchor: Anchor = "start",
    fill: str = INK,
    bold: bool = False,
) -> str:
    """One line of text with its baseline at y."""
    if not words:
        return ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}"'
        + (f' text-anchor="{anchor}"' if anchor != "start" else "")
        + (f' fill="{fill}"' if fill != INK else "")
        + (' font-weight="bold">' if bold else ">")
        + f"{escape(words)}</text>"
    )


def backed(
    x: float,
    y: float,
    words: str,
    size: float,
    *,
    anchor: Anchor = "start",
    bold: bool = False,
    ground: str = WHITE,
) -> str:
    """Text with a plain ground behind it, so that a grid line does not run through a figure."""
    wide = width_of(words, size, bold)
    left = x - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
    box = f'<rect x="{left - 2:.1f}" y="{y - size * 0.8:.1f}" width="{wide + 4:.1f}" height="{size:.1f}" fill="{ground}"/>'
    return box + text(x, y, words, size, anchor=anchor, bold=bold)


# --- lines and bars ------------------------------------------------------------------------------------------------


def line(
    x1: float,
    y1: float,
    x2: float,
    y2: float,
    *,
    stroke: str = MUTED,
    width: float = 1,
    dash: str = "",
) -> str:
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{stroke}" stroke-width="{width:g}" fill="none"{dashes}/>'


def lines(
    points: list[tuple[float, float]], *, stroke: str = MUTED, width: float = 1, dash: str = ""
) -> str:
    """One stroke through the points, in order."""
    if len(points) < 2:
        return ""
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f'<path d="M{path}" stroke="{stroke}" stroke-width="{width:g}" fill="none" stroke-linejoin="round"{dashes}/>'


def bar(
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    fill: str = NAVY,
    stroke: str = "",
    says: str = "",
) -> str:
    """A bar; a negative width or height is drawn from the other end. `says` appears when it is
    pointed at."""
    left, top = min(x, x + width), min(y, y + height)
    edge = f' stroke="{stroke}" stroke-width="1.2"' if stroke else ""
    shape = f'<rect x="{left:.1f}" y="{top:.1f}" width="{abs(width):.1f}" height="{abs(height):.1f}" fill="{fill}"{edge}'
    return f"{shape}><title>{escape(says)}</title></rect>" if says else f"{shape}/>"


def hatch(
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    stroke: str = INK,
    gap: float = 6,
    weight: float = 1,
) -> str:
    """Diagonal lines clipped to a box, drawn out so that no pattern or clip is asked of whoever
    renders it."""
    left, top, w, h = min(x, x + width), min(y, y + height), abs(width), abs(height)
    strokes, offset = [], gap / 2
    while offset < w + h:
        x1, y1 = (offset, 0.0) if offset <= w else (w, offset - w)
        x2, y2 = (0.0, offset) if offset <= h else (offset - h, h)
        strokes.append(f"M{left + x1:.1f} {top + y1:.1f}L{left + x2:.1f} {top + y2:.1f}")
        offset += gap
    return (
        f'<path d="{"".join(strokes)}" stroke="{stroke}" stroke-width="{weight:g}" fill="none"/>'
        if strokes
        else ""
    )


# --- marks ---------------------------------------------------------------------------------------------------------


def mark(kind: Mark, x: float, y: float, r: float, colour: str, says: str = "") -> str:
    """A point mark: each kind has its own outline, and open and filled alternate, so that grey
    print keeps them apart."""
    inside = f"<title>{escape(says)}</title>" if says else ""
    if kind in ("circle", "ring"):
        fill = colour if kind == "circle" else WHITE
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:g}" fill="{fill}" stroke="{colour}" stroke-width="1.6">{inside}</circle>'
    if kind == "cross":
        path = f"M{x - r:.1f} {y - r:.1f}l{2 * r:g} {2 * r:g}m0 {-2 * r:g}l{-2 * r:g} {2 * r:g}"
        return f'<path d="{path}" stroke="{colour}" stroke-width="1.8" fill="none">{inside}</path>'
    if kind == "diamond":
        e = r * 1.5
        path = f"M{x:.1f} {y - e:.1f}l{e:g} {e:g}l{-e:g} {e:g}l{-e:g} {-e:g}z"
    elif kind == "triangle":
        e = r * 1.3
        path = f"M{x:.1f} {y - e:.1f}l{e:g} {2 * e:g}h{-2 * e:g}z"
    else:
        e = r * 1.1
        path = f"M{x - e:.1f} {y - e:.1f}h{2 * e:g}v{2 * e:g}h{-2 * e:g}z"
    fill = WHITE if kind in ("square", "triangle") else colour
    return f'<path d="{path}" fill="{fill}" stroke="{colour}" stroke-width="2">{inside}</path>'
