"""What arrived in a build: rows of each table, month by month, what was refused, which codes nobody
knows.

In: a session. Out: plain values for the analyst who asks whether these records may be published
from. Rows of a month are events; nothing here is about one person. A refused row is shown as the
build keeps it: masked where it may say who somebody is.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oneplace.answers import kept
from oneplace.engines import received
from oneplace.measures.series import following, months_between
from oneplace.methods.spc import Xmr, xmr
from oneplace.place.calendar import due, is_final, months_later, newest_month
from oneplace.sources.statistics import observations

if TYPE_CHECKING:
    from oneplace.answers.session import Session

# The date by which a row of each table belongs to a month.
DATED = {
    "visit_occurrence": "visit_start_date",
    "condition_occurrence": "condition_start_date",
    "drug_exposure": "drug_exposure_start_date",
    "procedure_occurrence": "procedure_date",
    "measurement": "measurement_date",
    "observation": "observation_date",
    "referral": "clock_start_date",
    "social_care_package": "start_date",
    "registration": "start_date",
    "death": "death_date",
}
MONTHS = 24
MOST_REJECTS = 500


@dataclass(frozen=True)
class Feed:
    """One table of the records: how many rows, from when to when, whether its last month is as
    usual."""

    name: str
    rows: int
    months: tuple[dt.date, ...]
    counts: tuple[int, ...]
    chart: Xmr | None

    @property
    def last(self) -> dt.date | None:
        return self.months[-1] if self.months else None

    @property
    def usual(self) -> str:
        """What the last month before the day says beside the months before it."""
        if self.chart is None:
            return "not dated" if not self.months else "too few months to say"
        signal = self.chart.point_type[-1]
        if signal in (None, "common_cause"):
            return "as usual"
        mean = self.chart.mean[-1]
        return (
            "more than usual" if mean is not None and self.counts[-1] > mean else "fewer than usual"
        )


def feeds(session: Session) -> tuple[Feed, ...]:
    """Every table of the build, with the rows of its last two years by month up to the day."""
    manifest = session.manifest or {}
    return tuple(
        _feed(session, name, int(rows)) for name, rows in manifest.get("tables", {}).items()
    )


def _feed(session: Session, name: str, rows: int) -> Feed:
    column = DATED.get(name)
    if column is None or not rows:
        return Feed(name, rows, (), (), None)
    end = session.as_of.replace(day=1)
    start = months_later(end, -MONTHS)
    found = {
        r["month"]: int(r["n"])
        for r in kept.rows(session, *received.rows_by_month(name, column, start, end))
    }
    if not found:
        return Feed(name, rows, (), (), None)
    first = min(found)
    months = [m for i in range(MONTHS) if (m := months_later(start, i)) >= first]
    counts = [found.get(m, 0) for m in months]
    chart = xmr([float(c) for c in counts]) if len(counts) >= 12 else None
    return Feed(name, rows, tuple(months), tuple(counts), chart)


def silent_practices(session: Session) -> list[dict[str, Any]]:
    """Practices with people registered on the day, and no row of a visit in the month before it.
    Nobody fell silent in records that never held a visit."""
    if not (session.manifest or {}).get("tables", {}).get("visit_occurrence"):
        return []
    return kept.rows(session, *received.silent_practices(session.as_of))


def calendar(session: Session, on: dt.date) -> list[dict[str, Any]]:
    """Each feed that the place expects: the newest month there can be on a day, provisional or
    final, and what comes next."""
    rows = []
    for feed in session.document.feeds:
        newest = newest_month(feed, on)
        following = months_later(newest, 1)
        rows.append(
            {
                "feed": feed.name,
                "newest": newest,
                "state": "final" if is_final(feed, newest, on) else "provisional",
                "next_month": following,
                "next_due": due(feed, following),
            }
        )
    return rows


def published(session: Session, on: dt.date) -> list[dict[str, Any]]:
    """Each measure with imported figures: the newest month held beside the newest that was due on a
    day, and what was restated."""
    rows = []
    for measure in session.plan_documents.measures:
        months = [
            r
            for r in observations(session.folder, measure=measure.id).to_pylist()
            if r["period"] <= on
        ]
        if not months:
            continue
        newest = max(r["period"] for r in months)
        last = [r for r in months if r["period"] == newest]
        expected = following(on.replace(day=1), -1 - measure.lag_months)
        rows.append(
            {
                "measure": measure.id,
                "title": measure.title,
                "newest": newest,
                "due": expected,
                "late_months": max(months_between(newest, expected), 0),
                "status": "final" if any(r["status"] == "final" for r in last) else "provisional",
                "imported_at": max(r["imported_at"] for r in months),
                "organisations": len({r["organisation_code"] for r in last}),
                "stopped": sorted(
                    {r["organisation_code"] for r in months}
                    - {r["organisation_code"] for r in last}
                ),
            }
        )
    return rows


def restatements(session: Session, on: dt.date) -> list[dict[str, Any]]:
    """Figures that a later publication changed: what was said first and what is said now, the
    newest month first."""
    titles = {m.id: m.title for m in session.plan_documents.measures}
    editions: dict[tuple[str, str, str, dt.date], list[dict[str, Any]]] = {}
    for r in observations(session.folder).to_pylist():
        if r["measure"] in titles and r["period"] <= on:
            key = (r["measure"], r["organisation_code"], r["basis"], r["period"])
            editions.setdefault(key, []).append(r)
    found = []
    for (measure, code, _, period), rows in editions.items():
        rows.sort(key=lambda r: (r["status"] == "final", r["imported_at"]))
        first, now = rows[0], rows[-1]
        if any(first[k] != now[k] for k in ("value", "numerator", "denominator")):
            found.append(
                {
                    "measure": titles[measure],
                    "organisation": code,
                    "month": period,
                    "first": first,
                    "now": now,
                }
            )
    return sorted(found, key=lambda r: (r["month"], r["measure"], r["organisation"]), reverse=True)[
        :MOST_REJECTS
    ]


def rejects(session: Session, table: str | None = None) -> list[dict[str, Any]]:
    """The first refused rows, each with where it stands, what was found and what was expected."""
    if not _has(session, "rejects"):
        return []
    return session.ask(*received.rejects(table, MOST_REJECTS))


def unmapped(session: Session) -> list[dict[str, Any]]:
    """Codes that no list of the place maps to anything, with how many rows hold them."""
    if not _has(session, "unmapped_codes"):
        return []
    return session.ask(received.unmapped())


def _has(session: Session, table: str) -> bool:
    return bool(session.ask(*received.is_table(table)))
