"""The first page: in one minute what goes well, what does not and what needs a decision; then what
moved since the last paper.

In: what the other sections say of themselves, the figures of an earlier paper. Out: the two opening
sections and the annex of movements.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from oneplace.report import words
from oneplace.report.board.paper import (
    Block,
    Boxes,
    Cell,
    Chapter,
    Grid,
    Jump,
    Line,
    Paragraph,
    Points,
    Section,
)
from oneplace.report.trace import Figure, Recalculated, Why, moved, same

MOST_LINES = 5
HEADLINES = 15


def in_one_minute(parts: Sequence[Chapter]) -> Section:
    """Three boxes. What does not fit stands in its section; nothing is averaged into a colour."""

    def of(name: str) -> tuple[Line, ...]:
        lines: list[Line] = [line for p in parts for line in getattr(p, name)]
        kept = lines[:MOST_LINES]
        if len(lines) > MOST_LINES:
            kept.append((f"and {len(lines) - MOST_LINES} more, in the sections below.",))
        return tuple(kept)

    boxes = Boxes(
        (
            ("well", "Going well", of("well")),
            ("concern", "Not going well", of("concern")),
            ("decide", "Needs a decision", of("decide")),
        )
    )
    return Section("minute", "In one minute", (boxes,))


def movements(
    now: Mapping[str, Figure],
    earlier: Mapping[str, Figure],
    known: Mapping[str, Recalculated] | None = None,
) -> tuple[Why, ...]:
    """Every figure that both papers give and that differs, in the order of this paper."""
    found = []
    for name, figure in now.items():
        before = earlier.get(name)
        if before is None or before.trace.unit != figure.trace.unit or same(before, figure):
            continue
        found.append(moved(before, figure, (known or {}).get(name)))
    return tuple(found)


def what_changed(
    whys: Sequence[Why],
    now: Mapping[str, Figure],
    earlier: Mapping[str, Figure] | None,
    *,
    called: str,
    headline: Sequence[str],
) -> tuple[Section, Section | None]:
    """The section, and an annex with every movement where the headline figures are not all.
    `headline`: ids on the first pages."""
    if earlier is None:
        first = Paragraph(
            (
                "This is the first paper kept for this place: there is nothing to compare it with. The next one will say which figures moved, and why.",
            )
        )
        return Section("changes", "What changed since the last paper", (first,)), None
    gone, added = sorted(set(earlier) - set(now)), [n for n in now if n not in earlier]
    blocks: list[Block] = []
    if not whys:
        blocks.append(Paragraph((f"No figure differs from {called}.",)))
    first_of = [w for w in whys if w.figure_id in set(headline)][:HEADLINES] or list(
        whys[:HEADLINES]
    )
    if whys:
        blocks.append(
            Paragraph(
                (
                    f"{words.plural(len(whys), 'figure')} of this paper differ{'s' if len(whys) == 1 else ''} from {called}.",
                )
            )
        )
        blocks.append(_grid(f"Why figures moved since {called}", first_of, now))
    counted = []
    if added:
        counted.append(
            (
                f"{words.plural(len(added), 'figure')} that {called} did not give {'is' if len(added) == 1 else 'are'} new here.",
            )
        )
    if gone:
        counted.append(
            (
                f"{words.plural(len(gone), 'figure')} of {called} {'is' if len(gone) == 1 else 'are'} not in this one.",
            )
        )
    if counted:
        blocks.append(Points(tuple(counted)))
    annex = None
    if len(whys) > len(first_of):
        blocks.append(
            Paragraph(
                (
                    "The other figures that moved are in the annex. ",
                    Jump("See every figure that moved", "movements"),
                )
            )
        )
        annex = Section(
            "movements",
            "Every figure that moved",
            (_grid(f"Every figure that moved since {called}", whys, now),),
            annex=True,
        )
    return Section("changes", "What changed since the last paper", tuple(blocks)), annex


def _grid(caption: str, whys: Sequence[Why], now: Mapping[str, Figure]) -> Grid:
    rows: list[tuple[Cell, ...]] = [
        (now[w.figure_id].label, w.before, now[w.figure_id], _because(w, now[w.figure_id]))
        for w in whys
    ]
    return Grid(caption, ("Figure", "Then", "Now", "Why it moved"), tuple(rows), right=(1, 2))


def _because(why: Why, figure: Figure) -> str:
    """The causes with their sizes, then what is recorded of each and which items it moved."""
    told = why.brief.split(": ", 1)[-1].rstrip(".")
    reasons = "; ".join(text for p in why.parts for text in (p.because, p.listed(figure)) if text)
    return words.sentence(f"{told}{' (' + reasons + ')' if reasons else ''}")
