"""A measure's figures month by month: which publication speaks, what a merged trust's past is,
which months are missing.

In: rows of `tables.observations` (or figures counted from records) and who took over from whom.
Out: `Observation`s in order of time. A final figure speaks before a provisional one, a later import
before an earlier; those it replaced stay with it. The past of a merged trust is its own and its
predecessor's added, and says so; where one of them is missing there is no figure, because half is
not the whole.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

Basis = Literal["published", "supplied", "synthetic", "modelled"]


@dataclass(frozen=True, kw_only=True)
class Observation:
    """One month of one organisation. `value` is in the measure's unit, None where withheld or not
    returned."""

    month: dt.date
    organisation: str
    numerator: float | None
    denominator: float | None
    value: float | None
    basis: Basis
    status: Literal["provisional", "final"]
    source: str
    counts: Literal["provider", "commissioner", "place"] = "place"
    suppressed: bool = False
    caveat: str | None = None
    added_from: tuple[str, ...] = ()
    estimate: bool = False
    """counted from local records in the stead of a national figure, and not reconciled with it: it
    gives no verdict"""
    earlier: tuple[Observation, ...] = ()


def of_observations(
    rows: Iterable[Mapping[str, Any]], *, basis: Basis = "published"
) -> dict[tuple[str, str], list[Observation]]:
    """The speaking figure of each (organisation, provider or commissioner) and month, oldest month
    first."""
    stands: dict[tuple[str, str, dt.date], list[Mapping[str, Any]]] = {}
    for row in rows:
        stands.setdefault((row["organisation_code"], row["basis"], row["period"]), []).append(row)
    found: dict[tuple[str, str], list[Observation]] = {}
    for (code, counts, _), editions in sorted(stands.items()):
        editions.sort(key=lambda r: (r["status"] == "final", r["imported_at"], r["source_sha256"]))
        *before, last = [_figure(r, basis) for r in editions]
        found.setdefault((code, counts), []).append(replace(last, earlier=tuple(reversed(before))))
    return found


def _figure(row: Mapping[str, Any], basis: Basis) -> Observation:
    return Observation(
        month=row["period"],
        organisation=row["organisation_code"],
        numerator=row["numerator"],
        denominator=row["denominator"],
        value=row["value"],
        basis=basis,
        status=row["status"],
        source=row["source_file"],
        counts=row["basis"],
        suppressed=row["suppressed"],
        caveat=row["caveat"],
    )


@dataclass(frozen=True)
class Ended:
    """A trust that ended, and who took over."""

    code: str
    until: dt.date
    successor: str


def merged(
    series: Mapping[str, Sequence[Observation]], ended: Iterable[Ended]
) -> dict[str, list[Observation]]:
    """Each successor's series with the months before the merger added from all bodies; others as
    they are.

    A predecessor's own series ends with its last day. Months after the merger are the successor's
    own.
    """
    found = {code: list(figures) for code, figures in series.items()}
    for e in sorted(ended, key=lambda e: e.until):
        if e.code not in found:
            continue
        before = {f.month: f for f in found[e.code] if f.month <= e.until}
        own = {f.month: f for f in found.get(e.successor, ())}
        joined = []
        for month in sorted({*before, *own}):
            if month > e.until:
                joined.append(own[month]) if month in own else None
                continue
            joined.append(_added(e.successor, own.get(month), before.get(month), e))
        found[e.successor] = joined
        found[e.code] = [before[m] for m in sorted(before)]
    return found


def _added(
    successor: str, own: Observation | None, other: Observation | None, e: Ended
) -> Observation:
    present = own or other
    assert present is not None
    if own is None or other is None:
        gone = e.code if other is None else successor
        caveat = f"no figure of {gone}: half of what merged is not the whole"
        return replace(
            present,
            organisation=successor,
            numerator=None,
            denominator=None,
            value=None,
            caveat=caveat,
            added_from=(successor, e.code),
        )
    numerator, denominator = (
        _sum(own.numerator, other.numerator),
        _sum(own.denominator, other.denominator),
    )
    share = own.denominator is not None or other.denominator is not None
    value = numerator
    if share:
        value = 100 * numerator / denominator if numerator is not None and denominator else None
    return replace(
        own,
        numerator=numerator,
        denominator=denominator,
        value=value,
        suppressed=own.suppressed or other.suppressed,
        status="provisional" if "provisional" in (own.status, other.status) else "final",
        caveat="; ".join(dict.fromkeys(c for c in (own.caveat, other.caveat) if c)) or None,
        added_from=tuple(
            dict.fromkeys((*(own.added_from or (successor,)), *(other.added_from or (e.code,))))
        ),
    )


def _sum(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else a + b


def whole(
    figures: Sequence[Observation], *, until: dt.date | None = None, step: int = 1
) -> tuple[list[dt.date], list[Observation | None]]:
    """Every month (every `step` months, of quarters 3) from the first figure to the last (or
    `until`), with None where one is missing."""
    known = {f.month: f for f in figures if until is None or f.month <= until}
    if not known:
        return [], []
    months, month, last = [], min(known), max(known)
    while month <= last:
        months.append(month)
        month = following(month, step)
    return months, [known.get(m) for m in months]


def following(month: dt.date, by: int = 1) -> dt.date:
    """The first day of the month so many months later."""
    count = month.year * 12 + month.month - 1 + by
    return dt.date(count // 12, count % 12 + 1, 1)


def months_between(first: dt.date, last: dt.date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month
