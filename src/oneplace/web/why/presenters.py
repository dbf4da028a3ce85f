"""One figure's story as plain values: what was said of it, what its change falls into, where it is
from."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.urls import reverse

from oneplace.answers.why import Said
from oneplace.report.trace import BASIS_WORDS, Cause, Change, Figure, Why, size_words
from oneplace.web.components import words
from oneplace.web.components.listing import Cell, Column, Context, Grid, Listing

MOST_ITEMS = 40
CAUSES: dict[Cause, str] = {
    "time passed": "Time passed: it fell due, and nobody changed anything",
    "reported": "Reported: somebody said so",
    "late data": "Late data: it came after",
    "restated data": "Restated data: it was changed at its source",
    "late or restated data": "Late or restated data",
    "definition change": "A changed definition",
    "plan edit": "An edited plan",
    "real change": "Real change",
    "not told apart": "Cannot be told apart",
    "not explained": "Not explained",
}


def _stand(s: Said) -> Cell:
    given = not s.stand.paper or s.given
    return Cell(
        s.stand.called[:1].upper() + s.stand.called[1:],
        sort=s.stand.at.isoformat(),
        href=reverse("paper", args=[s.stand.paper.month, s.stand.paper.number])
        if s.stand.paper
        else None,
        note=None if given else "the paper does not give it: worked out again",
    )


def _since(s: Said, c: Context) -> str | None:
    if s.figure.trace.unit != c.now.trace.unit:
        return "It was given in another unit."
    a, b = s.figure.amount, c.now.amount
    if a is None or b is None:
        return None
    return size_words(Decimal(str(b)) - Decimal(str(a)), c.now)


def _moved(s: Said, c: Context) -> Cell | str:
    if s.figure.trace.unit != c.now.trace.unit or s.figure.value == c.now.value:
        return "It has not moved."
    address = reverse("why", args=[c.now.trace.figure_id])
    return Cell("Why", href=f"{address}?since={s.stand.id}#parts", csv=s.stand.id)


STORY = Listing(
    "papers",
    "What papers and builds said",
    Column("stand", "When", _stand),
    Column("said", "It was", "figure.words", numeric=True),
    Column("change", "Change since", _since, numeric=True),
    Column("why", "Why it moved", _moved),
    Column("source", "Where it was from then", "figure.trace.words"),
    empty="No earlier paper or build that is kept says what this figure was.",
    sortable=False,
    searchable=False,
)


def story(told: Iterable[Said], now: Figure) -> Grid:
    """What each paper and build said of a figure."""
    return STORY.of([s for s in told if s.figure is not None], now=now)


def _amount(row: Change | Why, c: Context) -> str | None:
    amount = c.why.total if isinstance(row, Why) else row.amount
    return size_words(amount, c.figure) if c.why.total is not None else None


def _items(row: Change | Why, c: Context) -> str:
    return "" if isinstance(row, Why) else row.listed(c.figure, most=MOST_ITEMS)


PARTS = Listing(
    "parts",
    "Why it moved",
    Column("cause", "Cause", lambda r: "All together" if isinstance(r, Why) else CAUSES[r.cause]),
    Column("amount", "Change", _amount, numeric=True),
    Column(
        "because",
        "What is known of it",
        lambda r: "" if isinstance(r, Why) else r.because[:1].upper() + r.because[1:],
    ),
    Column("items", "Which", _items, when=lambda c: any(_items(r, c) for r in c.rows)),
    sortable=False,
    searchable=False,
)


def parts(why: Why, figure: Figure) -> Grid:
    """The parts of one change, which add up to it exactly, and their sum where there are several."""
    together = [why] if why.total is not None and len(why.parts) > 1 else []
    return PARTS.of([*why.parts, *together], why=why, figure=figure)


def figure_facts(figure: Figure) -> list[tuple[str, Any]]:
    """Where a figure is from."""
    t = figure.trace
    return [
        (
            "Source",
            f"{t.source.kind} {t.source.name}" + (f": {t.source.note}" if t.source.note else ""),
        ),
        ("Basis", BASIS_WORDS[t.basis][:1].upper() + BASIS_WORDS[t.basis][1:]),
        ("Period", t.period),
        ("Of how many", t.denominator),
        ("As at", words.day(t.as_at)),
        ("Provisional or final", t.status),
        ("Build", t.build_id or ""),
        ("Data, version", t.data_digest or ""),
        ("Defined in", ", ".join(t.defined_in)),
        ("Definition, version", t.document_digest or ""),
        ("Plan, version", t.plan_digest or ""),
        ("Entries as of", words.moment(t.entries_at) if t.entries_at else ""),
        ("Known as", t.figure_id),
    ]
