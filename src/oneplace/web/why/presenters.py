"""One figure's story as plain values: what was said of it, what its change falls into, where it is
from."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.urls import reverse

from oneplace.answers.why import Said
from oneplace.report.trace import BASIS_WORDS, Cause, Figure, Why, size_words
from oneplace.web.components import words
from oneplace.web.components.grid import Cell, Column, Grid

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


def story_grid(told: Iterable[Said], now: Figure) -> Grid:
    """What each paper and build said of a figure."""
    rows = []
    for s in told:
        if s.figure is None:
            continue
        same_unit = s.figure.trace.unit == now.trace.unit
        rows.append(
            {
                "stand": Cell(
                    _called(s),
                    sort=s.stand.at.isoformat(),
                    href=_paper(s),
                    note="the paper does not give it: worked out again"
                    if s.stand.paper and not s.given
                    else None,
                ),
                "said": s.figure.words(),
                "change": _change(s.figure, now) if same_unit else "It was given in another unit.",
                "why": Cell(
                    "Why",
                    href=f"{reverse('why', args=[now.trace.figure_id])}?since={s.stand.id}#parts",
                    csv=s.stand.id,
                )
                if same_unit and s.figure.value != now.value
                else "It has not moved.",
                "source": s.figure.trace.words(),
            }
        )
    columns = (
        Column("stand", "When"),
        Column("said", "It was", numeric=True),
        Column("change", "Change since", numeric=True),
        Column("why", "Why it moved"),
        Column("source", "Where it was from then"),
    )
    empty = "No earlier paper or build that is kept says what this figure was."
    return Grid(
        "papers",
        "What papers and builds said",
        columns,
        rows,
        empty=empty,
        sortable=False,
        searchable=False,
    )


def _called(s: Said) -> str:
    return s.stand.called[:1].upper() + s.stand.called[1:]


def _paper(s: Said) -> str | None:
    return (
        reverse("paper", args=[s.stand.paper.month, s.stand.paper.number])
        if s.stand.paper
        else None
    )


def _change(then: Figure, now: Figure) -> str | None:
    a, b = then.amount, now.amount
    if a is None or b is None:
        return None
    return size_words(Decimal(str(b)) - Decimal(str(a)), now)


def parts_grid(why: Why, figure: Figure) -> Grid:
    """The parts of one change, which add up to it exactly."""
    rows: list[dict[str, Any]] = [
        {
            "cause": CAUSES[p.cause],
            "amount": size_words(p.amount, figure) if why.total is not None else None,
            "because": p.because[:1].upper() + p.because[1:],
            "items": p.listed(figure, most=MOST_ITEMS),
        }
        for p in why.parts
    ]
    if why.total is not None and len(rows) > 1:
        rows.append(
            {
                "cause": "All together",
                "amount": size_words(why.total, figure),
                "because": "",
                "items": "",
            },
        )
    columns = (
        Column("cause", "Cause"),
        Column("amount", "Change", numeric=True),
        Column("because", "What is known of it"),
        *((Column("items", "Which"),) if any(r["items"] for r in rows) else ()),
    )
    return Grid("parts", "Why it moved", columns, rows, sortable=False, searchable=False)


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
