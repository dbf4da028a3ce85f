"""A scheme's promise against the records: does what it says it will avoid exist, and who else
claims the same?

In: the plan's claims and a way to ask the records (SQL in, rows out) or totals that the place
supplies. Out: for each claim what is claimed, what is available on which basis, which other claims
want the same events, the value at tariff with the contract and cash effects apart, and a flag in
words.

A claim selects activity, not only people: the kind of event, its main reason, the age, the person's
circumstances, the period. What can be avoided is what happened in the year before the plan begins,
which is all it could have known, whatever day people are computed for; of records that end sooner,
their last year. Where the records go on into the plan's own period, what happened there stands
beside it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from oneplace.people import activity
from oneplace.people.features.courses import Course, by_concept
from oneplace.plan.money.contract import ContractEffect
from oneplace.plan.programme import Claim, Plan, Scheme, Selection, claims, unit_value_gbp
from oneplace.tables.vocabulary import by_key

Ask = Callable[[str], Sequence[Mapping[str, Any]]]

LARGE_SHARE = Decimal("0.5")
NOT_A_TEST = "not a test of this claim"


@dataclass(frozen=True)
class Overlap:
    """Events that two claims both select; None where so few may not be shown. Their counts cannot
    simply be added."""

    claim: str
    scheme: str
    events: int | None


@dataclass(frozen=True)
class Otherwise:
    """The other way the plan can be read: shown beside, never added."""

    activity: str
    available: int | None


@dataclass(frozen=True, kw_only=True)
class Assessed:
    """One claim beside the records. Counts are events; None where the records or the plan hold no
    figure (or, of claims `as_shown`, where it may not be shown)."""

    scheme: str
    scheme_name: str
    claim: str
    activity: str
    selection: str
    claimed: int | None
    available: int | None
    people: int | None
    in_period: int | None
    share_percent: float | None
    basis: str
    period: str
    overlaps: tuple[Overlap, ...]
    flag: str
    flags: tuple[str, ...]
    value_at_tariff_gbp: Decimal | None
    unit_value_gbp: Decimal | None
    contract_effect_gbp: Decimal | None
    cash_effect_gbp: Decimal | None
    money_notes: tuple[str, ...]
    contract_note: str = ""
    otherwise: Otherwise | None = None
    by_month: tuple[tuple[str, int | None], ...] = ()
    by_quintile: tuple[tuple[int, int | None], ...] = ()


@dataclass(frozen=True)
class Span:
    """From the first day to before the second: [start, end)."""

    start: dt.date
    end: dt.date

    def holds(self, column: str) -> str:
        """SQL: the column lies in the window."""
        return activity.within(column, self.start, self.end)

    def __str__(self) -> str:
        """Both days included, as machines write them."""
        return f"{self.start.isoformat()} to {(self.end - dt.timedelta(days=1)).isoformat()}"


@dataclass(frozen=True)
class RecordSource:
    """What can be asked: a build's records and which days they cover; `as_of` is the day of its
    segments and features."""

    ask: Ask
    as_of: dt.date
    last_day: dt.date
    basis: str
    first_day: dt.date | None = None
    segments: frozenset[str] = frozenset()
    features: Mapping[str, str] = field(default_factory=dict)
    courses: Mapping[int, Course] = field(default_factory=lambda: by_concept(()))

    @property
    def homes(self) -> bool:
        """Whether it is known in which fifth of the place somebody lived on a day."""
        return {"area_code", "local_quintile"} <= self.features.keys()


def assess(plan: Plan, records: RecordSource) -> tuple[Assessed, ...]:
    """Every claim of the plan beside the records, in the plan's order. One scan of the events
    serves all claims."""
    rows = claims(plan)
    if not rows:
        return ()
    before, within = windows(plan, records.last_day)
    for statement in _prepare(rows, before, within, records):
        records.ask(statement)
    found = _found_in_records(records, before, within)
    for _, claim in rows:
        found.limits[claim.id] = _limits_of_records(claim, records, before)
    return tuple(
        _assessed(scheme, claim, found, rows, records.basis, before) for scheme, claim in rows
    )


def assess_totals(
    plan: Plan, totals: Sequence[Mapping[str, Any]], *, basis: str = "supplied"
) -> tuple[Assessed, ...]:
    """The same where a place supplies totals (`tables.plan.ACTIVITY_TOTALS`) instead of records."""
    rows = claims(plan)
    last = max((r["month"] for r in totals), default=plan.period.start)
    before, within = windows(
        plan, (last.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
    )
    found = _found_in_totals(rows, totals, before, within)
    return tuple(_assessed(scheme, claim, found, rows, basis, before) for scheme, claim in rows)


def under_contract(
    found: Sequence[Assessed], effects: Mapping[str, ContractEffect]
) -> tuple[Assessed, ...]:
    """The claims with what each comes to under the contract, or why nobody can say."""
    return tuple(
        replace(
            c,
            contract_effect_gbp=effects[c.claim].gbp,
            contract_note=effects[c.claim].note,
            money_notes=(f"contract effect: {effects[c.claim].note}", *c.money_notes),
        )
        for c in found
    )


def windows(plan: Plan, last_day: dt.date) -> tuple[Span, Span]:
    """The year before the plan, or the last year of records that end sooner; and as much of the
    plan's own period as there is."""
    after = last_day + dt.timedelta(days=1)
    start, known = plan.period.start, min(plan.period.start, after)
    end = min(plan.period.end + dt.timedelta(days=1), after) if plan.period.end else after
    return Span(_years_before(known, 1), known), Span(start, max(start, end))


def _limits_of_records(claim: Claim, records: RecordSource, before: Span) -> list[str]:
    """What has to be said of what was counted: records that begin too late, people sorted on a
    later day."""
    said = []
    if records.first_day and records.first_day > before.start:
        said.append(
            f"records begin on {records.first_day.isoformat()}: less than the year before the plan was counted"
        )
    people = claim.selects.people
    if people and people not in by_key():
        said.append(
            f"who counts as {people} is as on {records.as_of.isoformat()}, of people still here on that day"
        )
    return said


@dataclass
class _Counts:
    """What is there for all claims: events and people before, events in the plan's own period,
    months, shares, pairs."""

    has_later: bool
    counts: dict[str, tuple[int, int | None, int]] = field(default_factory=dict)
    months: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    pairs: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    quintiles: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    limits: dict[str, list[str]] = field(default_factory=dict)


def _prepare(
    rows: Sequence[tuple[Scheme, Claim]], before: Span, within: Span, records: RecordSource
) -> list[str]:
    """Statements that leave the events of every claim, and of its other reading, in either
    window."""
    readings = [(c.id, c.selects) for _, c in rows]
    readings += [(_other(c.id), c.otherwise) for _, c in rows if c.otherwise]
    kinds: set[str] = {selects.event for _, selects in readings if selects.event != "prescribing"}
    parts = [_events_of(name, selects, before, within, records) for name, selects in readings]
    return [
        *activity.happened(kinds, min(before.start, within.start), max(before.end, within.end)),
        activity.together(parts),
    ]


def _events_of(
    name: str, selects: Selection, before: Span, within: Span, records: RecordSource
) -> str:
    days = activity.either(before.holds("e.start_date"), within.holds("e.start_date"))
    if selects.event == "prescribing":
        return activity.prescribed(name, days, selects.medicine)
    people = selects.people
    return activity.selected(
        name,
        days,
        event=selects.event,
        diagnosis=selects.diagnosis,
        ages=selects.ages,
        providers=selects.providers,
        people=activity.of_people(people, records.courses, records.segments) if people else None,
    )


def _other(claim: str) -> str:
    """The name under which the other reading of a claim is counted."""
    return f"{claim} otherwise"


def _found_in_records(records: RecordSource, before: Span, within: Span) -> _Counts:
    """Four questions about the events of all claims."""
    found = _Counts(has_later=within.end > within.start)
    inside, later = before.holds("e.start_date"), within.holds("e.start_date")
    for r in records.ask(activity.counts(inside, later)):
        found.counts[r["claim"]] = (int(r["events"]), int(r["people"]), int(r["later"]))
    for r in records.ask(activity.by_month(inside)):
        found.months.setdefault(r["claim"], []).append((r["month"], int(r["events"])))
    for r in records.ask(activity.shared(inside)):
        if not r["other"].endswith(_other("")):
            found.pairs.setdefault(r["one"], []).append((r["other"], int(r["events"])))
    if records.homes:
        for r in records.ask(activity.by_quintile(inside)):
            found.quintiles.setdefault(r["claim"], []).append(
                (int(r["quintile"]), int(r["events"]))
            )
    return found


def _found_in_totals(
    rows: Sequence[tuple[Scheme, Claim]],
    totals: Sequence[Mapping[str, Any]],
    before: Span,
    within: Span,
) -> _Counts:
    """The same from totals (event, diagnosis, provider_code, month, events). Totals know no person:
    where a claim names ages or people, what is available is an upper bound, and two claims on one
    cell overlap in all of it."""
    found = _Counts(has_later=within.end > within.start)
    cells: dict[str, dict[int, int]] = {}
    for _, claim in rows:
        if claim.otherwise:
            otherwise = [
                r
                for r in totals
                if _total_belongs(r, claim.otherwise) and before.start <= r["month"] < before.end
            ]
            found.counts[_other(claim.id)] = (sum(int(r["events"]) for r in otherwise), None, 0)
        mine = [(i, r) for i, r in enumerate(totals) if _total_belongs(r, claim.selects)]
        inside = [(i, r) for i, r in mine if before.start <= r["month"] < before.end]
        later = sum(int(r["events"]) for _, r in mine if within.start <= r["month"] < within.end)
        found.counts[claim.id] = (sum(int(r["events"]) for _, r in inside), None, later)
        cells[claim.id] = {i: int(r["events"]) for i, r in inside}
        months: dict[str, int] = {}
        for _, r in inside:
            month = f"{r['month']:%Y-%m}"
            months[month] = months.get(month, 0) + int(r["events"])
        found.months[claim.id] = sorted(months.items())
        unknown = [
            n for n, v in (("ages", claim.selects.ages), ("people", claim.selects.people)) if v
        ]
        if unknown:
            found.limits[claim.id] = [f"totals do not know {' or '.join(unknown)}: at most so many"]
    for one, theirs in cells.items():
        for other, others in cells.items():
            both = sum(n for i, n in theirs.items() if i in others)
            if one != other and both:
                found.pairs.setdefault(one, []).append((other, both))
    return found


def _total_belongs(row: Mapping[str, Any], selects: Selection) -> bool:
    return (
        row["event"] == selects.event
        and (not selects.diagnosis or row["diagnosis"] in selects.diagnosis)
        and (not selects.providers or row["provider_code"] in selects.providers)
    )


def _assessed(
    scheme: Scheme,
    claim: Claim,
    found: _Counts,
    rows: Sequence[tuple[Scheme, Claim]],
    basis: str,
    before: Span,
) -> Assessed:
    available, people, later = found.counts.get(claim.id, (0, 0, 0))
    scheme_of = {c.id: s.id for s, c in rows}
    overlaps = tuple(
        Overlap(other, scheme_of[other], n) for other, n in found.pairs.get(claim.id, ())
    )
    flags = (
        *_flags(claim, available, overlaps, basis, {c.id: c for _, c in rows}),
        *found.limits.get(claim.id, ()),
    )
    return Assessed(
        scheme=scheme.id,
        scheme_name=scheme.name,
        claim=claim.id,
        activity=describe(claim.selects),
        selection="as the plan says"
        if claim.selection == "plan"
        else f"our reading: {claim.reason}",
        claimed=claim.count,
        available=available,
        people=people,
        in_period=later if found.has_later else None,
        share_percent=round(100 * claim.count / available, 1)
        if claim.count is not None and available
        else None,
        basis=basis,
        period=str(before),
        overlaps=overlaps,
        flag=flags[0] if flags else "",
        flags=flags,
        value_at_tariff_gbp=claim.value_gbp if claim.value_basis == "tariff" else None,
        unit_value_gbp=unit_value_gbp(claim),
        contract_effect_gbp=None,
        cash_effect_gbp=None,
        money_notes=_money_notes(claim),
        otherwise=_read_otherwise(claim, found),
        by_month=tuple(found.months.get(claim.id, ())),
        by_quintile=tuple(found.quintiles.get(claim.id, ())),
    )


def _read_otherwise(claim: Claim, found: _Counts) -> Otherwise | None:
    if claim.otherwise is None:
        return None
    return Otherwise(describe(claim.otherwise), found.counts.get(_other(claim.id), (0, None, 0))[0])


def _flags(
    claim: Claim,
    available: int,
    overlaps: tuple[Overlap, ...],
    basis: str,
    all_claims: Mapping[str, Claim],
) -> tuple[str, ...]:
    """What a planner has to hear, loudest first. On demonstration people every line says that it is
    no test."""
    flags = []
    count = claim.count or 0
    if count > available:
        flags.append(f"EXCEEDS WHAT EXISTS: {count:,} claimed, {available:,} available")
    rivals = [o for o in overlaps if o.events == available and all_claims[o.claim].count]
    joint = count + sum(all_claims[o.claim].count or 0 for o in rivals)
    if 0 < count <= available < joint:
        names = ", ".join(o.claim for o in rivals)
        flags.append(
            f"EXCEEDS WHAT EXISTS TOGETHER WITH {names}: {joint:,} claimed, {available:,} available"
        )
    if available and LARGE_SHARE < Decimal(count) / available <= 1:
        flags.append(f"claims {100 * count / available:.0f}% of everything of its kind")
    if overlaps:
        listed = ", ".join(f"{o.claim} ({o.events:,} events)" for o in overlaps)
        flags.append(f"the same events are claimed by {listed}")
    if claim.count is None:
        flags.append("no count printed: only the value can be followed")
    if basis == "synthetic":
        flags.append(NOT_A_TEST)
    return tuple(flags)


def _money_notes(claim: Claim) -> tuple[str, ...]:
    """Tariff is not cash (three figures, kept apart); what the plan does not print is said to be
    missing."""
    notes = []
    if claim.value_basis == "cost":
        notes.append(f"GBP {claim.value_gbp:,} is printed as a cost, not at tariff")
    notes.append("cash-releasing amount: no printed savings line corresponds to it")
    return tuple(notes)


def describe(selects: Selection) -> str:
    """The selection in words: "emergency admissions, main reason asthma, ages 18 and over, of
    people who ..."."""
    title = {w.key: w.title for w in by_key().values()}
    parts = [
        {"prescribing": "prescriptions"}.get(selects.event)
        or title[selects.event].lower().replace("a&e", "A&E") + "s"
    ]
    if selects.diagnosis:
        parts.append("main reason " + " or ".join(title[d] for d in selects.diagnosis))
    if selects.medicine:
        parts.append("of " + " or ".join(title[m].lower() for m in selects.medicine))
    if selects.ages:
        low, high = selects.ages
        parts.append(f"ages {low} and over" if high is None else f"ages {low} to {high}")
    if selects.people:
        parts.append("of people: " + title.get(selects.people, selects.people).lower())
    if selects.providers:
        parts.append("at " + ", ".join(selects.providers))
    return ", ".join(parts)


def _years_before(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)
