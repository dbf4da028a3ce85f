"""Trusts side by side in the newest month that all of them could have: published figures, shown as
published.

In: a session and a measure with imported months. Out: the answer of `measures.compare`, each trust
with its kind and its last months.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from oneplace.answers.performance import of_whole, series
from oneplace.measures.compare import Better, Compared, compare_units
from oneplace.measures.forms import MeasureDefinition
from oneplace.measures.page import is_share
from oneplace.measures.series import Observation, following
from oneplace.place.organisations import providers

if TYPE_CHECKING:
    from oneplace.answers.session import Session

TREND_MONTHS = 13
NO_FIGURES = "no figures of trusts up to this day: oneplace measures import"


def months_of(found: dict[str, list[Observation]], on: dt.date) -> list[dt.date]:
    """The months up to the day that any trust has."""
    return sorted(
        {f.month for figures in found.values() for f in figures if following(f.month) <= on}
    )


def compare_trusts(
    session: Session,
    measure: MeasureDefinition,
    rng: np.random.Generator,
    until: dt.date | None = None,
    on: dt.date | None = None,
) -> dict[str, Any]:
    """What is known of each trust that is open on the day; `why` says what is missing where nothing
    can be compared."""
    day = on or session.as_of
    found = {c: f for c, f in series(session, measure, day).items() if c not in of_whole(session)}
    months = months_of(found, day)
    if not months:
        return {"compared": False, "why": NO_FIGURES, "rows": [], "periods": []}
    newest = until if until in months else months[-1]
    shown = [m for m in months if m <= newest][-TREND_MONTHS:]
    known = providers(session.place, day)
    units, more = [], {}
    for code in sorted(found):
        by_month = {f.month: f for f in found[code]}
        now, before = by_month.get(newest), by_month.get(following(newest, -12))
        if now is None or (code in known and known[code].ended):
            continue
        more[code] = {
            "kind": known[code].kind if code in known else "not of this place",
            "course": [by_month[m].value if m in by_month else None for m in shown],
            "off_by": 0,
        }
        units.append(
            Compared(
                code=code,
                name=known[code].name if code in known else code,
                group=str(more[code]["kind"]),
                numerator=now.numerator,
                denominator=now.denominator,
                before=(before.numerator, before.denominator) if before else None,
            )
        )
    said = {
        "id": measure.id,
        "peers": "kind",
        "month": newest.isoformat(),
        "months": [m.isoformat() for m in shown],
        "periods": [m.isoformat() for m in reversed(months)],
        "period": f"{newest:%B %Y}",
        "basis": "published",
        "suppression": "published figures are shown as published",
        "definition": f"{measure.numerator}{f', of {measure.denominator}' if measure.denominator else ''}",
        "source": measure.source,
        "caveats": [c for c in (measure.note,) if c],
        "hexagons": [],
    }
    if not is_share(measure):
        rows = [
            {"code": u.code, "name": u.name, "value": u.numerator, **more[u.code]} for u in units
        ]
        return {
            **said,
            "compared": False,
            "why": "a plain count has nothing to be divided by",
            "rows": rows,
        }
    better: Better = "higher" if measure.better == "higher" else "lower"
    answer = compare_units(units, kind="proportion", per=100.0, better=better, rng=rng)
    for row in answer["rows"]:
        row |= more[row["code"]]
    return {**said, **answer}
