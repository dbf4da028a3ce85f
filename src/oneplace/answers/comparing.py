"""Comparisons inside a place: any measure or feature by area, ward, neighbourhood, practice,
network, team, provider or local fifth.

In: a session, what to compare, by what. Out: the answer of `measures.compare` with its definition,
denominator, source, caveats and the hexagons of a map. Counts of people are protected at the
smallest unit, once for all lists of a measure (`answers.protecting`), before anything is computed
from them; published figures do not need it.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from oneplace.answers import counting, families
from oneplace.answers.families import FLAGS, GROUPS, OF_AREAS, By, SmallestUnits, Tally
from oneplace.answers.protecting import Floats, Protected, protected
from oneplace.answers.rests import DAY, rests_on
from oneplace.answers.trusts import TREND_MONTHS, compare_trusts
from oneplace.faults import Fault, InputAtFault
from oneplace.measures.compare import Better, Compared, Kind, compare_units
from oneplace.measures.forms import MeasureDefinition
from oneplace.measures.page import is_share
from oneplace.measures.series import following

if TYPE_CHECKING:
    from oneplace.answers.session import Session

__all__ = ["GROUPS", "By", "compare", "group_names", "indicators", "peer_groups"]

PER_FEATURE = 1000.0
OVERDISPERSED = (
    "limits are those of chance alone: people who are counted more than once make true limits wider"
)
ABOUT = "a larger unit holds hidden counts that reach beyond it: its own is worked out with their share and may be off by up to {n}"
MOST_WITH_COURSE = 120
"""of more units than these no course by month is given: the map and the table say it better"""


@dataclass(frozen=True)
class _Counted:
    """What is compared, by smallest unit: its period, the one before, and the course of periods,
    each protected by itself."""

    family: SmallestUnits
    kind: Kind
    per: float
    tally: Tally
    now: Protected
    before: Protected | None = None
    course: Mapping[dt.date, Protected] = field(default_factory=dict)
    periods: Sequence[dt.date] = ()
    by_age: npt.NDArray[np.int64] | None = None


def indicators(session: Session) -> list[dict[str, str]]:
    """Everything that can be compared: measures, and features of the build that are flags or counts
    of a year."""
    found = [
        {"id": m.id, "title": m.title, "of": "measure"} for m in session.plan_documents.measures
    ]
    return found + [
        {"id": n, "title": n.replace("_", " "), "of": "feature"}
        for n in families.comparable(session)
    ]


@rests_on(DAY)
def compare(
    session: Session,
    what: str,
    by: By,
    *,
    audience: str = "inside",
    better: Better | None = None,
    until: dt.date | None = None,
    peers: str = "alike",
    on: dt.date | None = None,
) -> dict[str, Any]:
    """A measure or feature by group. `on` is the day of which trusts are asked, who may have merged
    since the build's. `audience` is who will see it: inside or leaving, as the place's suppression
    says.

    `until` is the first day of the month that ends the period; the newest where it is not one of
    `periods`. `peers` says whom each is held beside: those most alike, or the others of the same
    larger unit (`peer_groups`)."""
    if by not in GROUPS:
        raise InputAtFault(
            Fault(
                what="nothing can be compared by this",
                file="compare",
                found=by,
                expected=", ".join(GROUPS),
            )
        )
    measure = next((m for m in session.plan_documents.measures if m.id == what), None)
    if measure is not None and by == "provider":
        answer = compare_trusts(session, measure, _rng(measure.id, by), until, on)
        return {**_head(session, measure.title, by, measure.denominator), "hexagons": [], **answer}
    if measure is not None:
        return _by_records(session, measure, by, audience, until, peers)
    kinds = families.comparable(session)
    if what not in kinds or by == "provider":
        known = [i["id"] for i in indicators(session)]
        raise InputAtFault(
            Fault(
                what="no measure or feature that can be compared has this name",
                file="compare",
                found=what,
                expected="one of: " + ", ".join(known[:40]),
            )
        )
    return _by_feature(session, what, kinds[what] == FLAGS, by, audience, better or "lower", peers)


def peer_groups(by: By) -> tuple[str, ...]:
    """Whom units of this kind can be held beside."""
    inside = {
        "area": ("quintile", "neighbourhood", "ward"),
        "practice": ("network", "team"),
        "provider": ("kind",),
    }
    return (*(() if by == "provider" else ("alike",)), *inside.get(by, ()))


# --- measures ---------------------------------------------------------------------------------------------------------
def _by_records(
    session: Session,
    measure: MeasureDefinition,
    by: By,
    audience: str,
    until: dt.date | None,
    peers: str,
) -> dict[str, Any]:
    """A measure counted from the records by where people live or are registered, in its period and
    those before."""
    how, units = measure.from_records, families.family(session, by)
    if how is None:
        why = measure.note or "the records cannot say it by where people live or are registered"
        return _none(session, measure.title, by, why)
    if not units.codes:
        return _none(session, measure.title, by, "this place has no such groups")
    newest = min(following(session.as_of.replace(day=1), -1), counting.last_month(session))
    months = {m: c for m, c in _months(session, measure, units).items() if m <= newest}
    share, stock = is_share(measure), how.count == "waiting"
    kind: Kind = "proportion" if share and how.count != "diagnosed" else "rate"
    tally = families.tally(session, units)
    people = tally.people.sum(axis=1).astype(float)
    of = {m: c[1] if share else people for m, c in months.items()}
    counts = {m: c[0] for m, c in months.items()} if share or stock else _years(months, newest)
    nobody = np.zeros(len(units.codes))

    def shown(month: dt.date) -> Protected:
        among = of.get(month, nobody if share else people)
        return protected(
            session, units, counts.get(month, nobody), among, audience, share=kind == "proportion"
        )

    last = until if until in counts else newest
    earlier = following(last, -12)
    small = len(units.members(by)) <= MOST_WITH_COURSE
    known = [m for m in sorted(counts) if m <= last]
    per, denominator = (
        (100.0, measure.denominator or "") if share else (PER_FEATURE, _population(session, by))
    )
    counted = _Counted(
        units,
        kind,
        per,
        tally,
        shown(last),
        shown(earlier) if earlier in counts and (share or not stock) else None,
        {m: shown(m) for m in known[-TREND_MONTHS:]} if small else {},
        sorted(counts, reverse=True),
    )
    said = f"{measure.numerator}{f', of {measure.denominator}' if share else f' for each {per:,.0f} {denominator}'}"
    answer = _answer(
        session, measure.id, by, counted, "higher" if measure.better == "higher" else "lower", peers
    )
    month = f"{last:%B %Y}"
    period = month if share or stock else f"{following(last, -11):%B %Y} to {month}"
    return _said(
        session, answer, by, counted, measure.title, said, denominator, period, [measure.note]
    )


def _months(
    session: Session, measure: MeasureDefinition, units: SmallestUnits
) -> dict[dt.date, tuple[Floats, Floats]]:
    """Numerator and denominator of every month by smallest unit."""
    assert measure.from_records is not None
    at = {c: i for i, c in enumerate(units.codes)}
    found: dict[dt.date, tuple[Floats, Floats]] = {}
    for c in counting.counted(session, measure.from_records, by=units.base):
        cells = found.setdefault(c.month, (np.zeros(len(at)), np.zeros(len(at))))
        if c.part in at:
            cells[0][at[c.part]] += c.numerator
            cells[1][at[c.part]] += c.denominator or 0.0
    return found


def _years(
    months: Mapping[dt.date, tuple[Floats, Floats]], newest: dt.date
) -> dict[dt.date, Floats]:
    """Whole years that do not overlap, by their last month: from years that overlap, single months
    could be subtracted."""
    found, last = {}, newest
    while all(following(last, -i) in months for i in range(12)):
        found[last] = np.sum([months[following(last, -i)][0] for i in range(12)], axis=0)
        last = following(last, -12)
    return found


# --- features ---------------------------------------------------------------------------------------------------------
def _by_feature(
    session: Session, name: str, flag: bool, by: By, audience: str, better: Better, peers: str
) -> dict[str, Any]:
    title, units = name.replace("_", " "), families.family(session, by)
    if not units.codes:
        return _none(session, title, by, "this place has no such groups")
    tally = families.tally(session, units)
    people, ages = tally.people.sum(axis=1).astype(float), tally.of(name)
    now = protected(session, units, ages.sum(axis=1), people, audience, share=flag)
    earlier = name.replace("_12m", "_24_to_12m")
    before = None
    if not flag and earlier != name and earlier in tally.names:
        before = protected(
            session, units, tally.of(earlier).sum(axis=1), people, audience, share=False
        )
    kind: Kind = "proportion" if flag else "rate"
    counted = _Counted(units, kind, 100.0 if flag else PER_FEATURE, tally, now, before, by_age=ages)
    denominator = _population(session, by)
    said = f"{title}: {'people' if flag else 'events'} for each {counted.per:,.0f} {denominator}"
    answer = _answer(session, name, by, counted, better, peers)
    caveats = [] if flag else [OVERDISPERSED]
    return _said(
        session, answer, by, counted, title, said, denominator, f"on {session.as_of}", caveats
    )


# --- the answer -------------------------------------------------------------------------------------------------------
def _answer(
    session: Session, key: str, by: By, counted: _Counted, better: Better, peers: str
) -> dict[str, Any]:
    names, tally = group_names(session, by), counted.tally
    among = counted.family.labels.get(peers) if peers in peer_groups(by) else None
    size = tally.people.sum(axis=1)
    members = {c: m for c, m in sorted(counted.family.members(by).items()) if size[m].sum()}
    units = []
    for code, inside in members.items():
        n, d = counted.now.of(inside)
        before = counted.before.of(inside) if counted.before is not None and n is not None else None
        people = max(float(size[inside].sum()), 1.0)
        # A rounded count beside an exact standardised rate would give the count away, and so would
        # a share of hidden ones.
        exact = (
            counted.by_age is not None
            and not counted.now.profile.nearest
            and not counted.now.off_by(inside)
        )
        ages = (
            (counted.by_age[inside].sum(axis=0).tolist(), tally.people[inside].sum(axis=0).tolist())
            if exact and counted.by_age is not None and n is not None
            else None
        )
        units.append(
            Compared(
                code=code,
                name=names.get(code, code),
                numerator=n,
                denominator=d,
                by_age=ages,
                before=before,
                group=None if among is None else among[inside[0]],
                like=(
                    float(tally.ages[inside].sum() / people),
                    float(tally.fifths[inside].sum() / people),
                    float(np.log(people)),
                ),
            )
        )
    if not units:
        return {"compared": False, "why": "this place has no such groups", "rows": []}
    answer = compare_units(
        units,
        kind=counted.kind,
        per=counted.per,
        better=better,
        rng=_rng(key, by),
        standardise=counted.by_age is not None,
    )
    for row in answer["rows"]:
        row["course"] = [
            p.value(members[row["code"]], counted.per) for p in counted.course.values()
        ]
        row["off_by"] = counted.now.off_by(members[row["code"]])
    return {"id": key, "peers": peers if among is not None else "alike", **answer}


def _said(
    session: Session,
    answer: dict[str, Any],
    by: By,
    counted: _Counted,
    title: str,
    definition: str,
    denominator: str,
    period: str,
    caveats: Sequence[str | None],
) -> dict[str, Any]:
    """The answer with everything that a reader needs to judge it."""
    off = max((r.get("off_by", 0) for r in answer["rows"]), default=0)
    demonstration = (
        "made from demonstration people: not a test of the place"
        if session.document.demonstration
        else None
    )
    about = ABOUT.format(n=off) if off else None
    return {
        **_head(session, title, by, denominator),
        "hexagons": [],
        **answer,
        "total": counted.now.events.total,
        "hidden": sum(r["numerator"] is None for r in answer["rows"]),
        "definition": definition,
        "period": period,
        "periods": [m.isoformat() for m in counted.periods],
        "months": [m.isoformat() for m in counted.course],
        "basis": session.basis,
        "suppression": counted.now.profile.sentence,
        "source": f"records of build {session.build_id}",
        "caveats": [c for c in (*caveats, about, demonstration, _deprivation_note(by)) if c],
    } | (
        {"hexagons": _hexagons(session, by, {r["code"]: r["value"] for r in answer["rows"]})}
        if answer["rows"]
        else {}
    )


def _head(session: Session, title: str, by: str, denominator: str | None) -> dict[str, Any]:
    return {
        "title": title,
        "by": by,
        "denominator": denominator,
        "as_of": session.as_of.isoformat(),
        "build": session.build_id,
        "demonstration": session.document.demonstration,
        "notice": session.notice,
    }


def _none(session: Session, title: str, by: str, why: str) -> dict[str, Any]:
    return {
        **_head(session, title, by, None),
        "compared": False,
        "why": why,
        "rows": [],
        "hexagons": [],
        "periods": [],
    }


def _rng(*what: str) -> np.random.Generator:
    """Rank limits are drawn alike each time the same question is asked."""
    return np.random.default_rng(zlib.crc32(" ".join(what).encode()))


def _population(session: Session, by: By) -> str:
    who = (
        "people who live there"
        if families.population_of(session, by) == "resident"
        else "people registered there"
    )
    return f"{who}, in the records on {session.as_of}"


def group_names(session: Session, by: By) -> dict[str, str]:
    """What units of this kind are called, by code."""
    place = session.place
    if by == "quintile":
        words = ("most deprived", "second", "middle", "fourth", "least deprived")
        return {str(i): f"{w} fifth of local areas" for i, w in enumerate(words, start=1)}
    rows = place.table({"area": "areas"}.get(by, f"{by}s"))
    return dict(zip(rows[f"{by}_code"].to_pylist(), rows[f"{by}_name"].to_pylist(), strict=True))


def _deprivation_note(by: By) -> str | None:
    return (
        "fifths are local: of this place's own areas, not of England's"
        if by == "quintile"
        else None
    )


def _hexagons(session: Session, by: By, values: Mapping[str, float | None]) -> list[dict[str, Any]]:
    """One cell for each small area, with the value of the group it belongs to."""
    if by not in OF_AREAS:
        return []
    family = families.family(session, by)
    groups = dict(zip(family.codes, family.labels[by], strict=True))
    return [
        {
            "area": r["area_code"],
            "name": r["middle_area_name"] or r["area_name"],
            "column": r["hex_column"],
            "row": r["hex_row"],
            "group": groups.get(r["area_code"]),
            "value": values.get(groups.get(r["area_code"]) or ""),
        }
        for r in session.place.table("areas").to_pylist()
    ]
