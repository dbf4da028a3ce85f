"""Answers about performance: a measure's page, all measures, the goals, breaches, exceptions, the
waiting list, comparisons.

In: a session. Out: plain dictionaries. Figures are published or supplied ones that were imported,
tables of the place, or counted from the build's records, and each says which; those of
demonstration people are "synthetic", which is no test of the place.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from oneplace.answers import counting, written
from oneplace.answers.protecting import profile_of
from oneplace.answers.rests import BUILD, DAY, DOCUMENTS, IMPORTS, rests_on
from oneplace.faults import Fault, InputAtFault
from oneplace.measures import goals as register
from oneplace.measures import rolling, trajectories
from oneplace.measures.forms import MeasureDefinition
from oneplace.measures.page import actual_of, is_share, measure_answer, past_record
from oneplace.measures.series import (
    Basis,
    Ended,
    Observation,
    following,
    merged,
    months_between,
    of_observations,
)
from oneplace.measures.trajectories import Trajectory
from oneplace.measures.waiting_list import Cohort, history, model, published_list
from oneplace.place.organisations import providers
from oneplace.place.standards import Pledge, Standard
from oneplace.safety.disclose import PROFILES, Profile, too_small

if TYPE_CHECKING:
    from oneplace.answers.session import Session

__all__ = [
    "breaches",
    "exceptions",
    "goals",
    "measure_page",
    "measures_overview",
    "past_forecasts",
    "published_lists",
    "waiting_list",
]

WHOLE_PLACE = "place"
# What a figure from a table of the place rests on: a table that was made up is no test of anything.
OF_TABLES: dict[str, Basis] = {
    "published": "published",
    "invented": "synthetic",
    "ours": "modelled",
}
HIDDEN_MONTH = "not shown, because so few were counted: {rule}; a measure’s other months are exact"
LOCAL_ESTIMATE = "local estimate"
OF_CHARTS = ("rebases", "exception_reports")
"""What people write about measures and their charts."""
NEAR, COMMON_MONTHS = 0.02, 3
"""How far, as a share of the published count, a local count may lie off in each of so many common
months and be reconciled with it."""
NOT_A_TEST = "made from demonstration people: not a test of the place"
Answer = dict[str, Any]
Series = dict[str, list[Observation]]


# --- gathering -------------------------------------------------------------------------------------------------------
def definitions(session: Session) -> dict[str, MeasureDefinition]:
    return {m.id: m for m in session.plan_documents.measures}


def definition(session: Session, measure_id: str) -> MeasureDefinition:
    known = definitions(session)
    if measure_id not in known:
        raise InputAtFault(
            Fault(
                what="no such measure",
                file="measures",
                found=measure_id,
                expected="one of: " + ", ".join(sorted(known)),
            )
        )
    return known[measure_id]


def series(session: Session, measure: MeasureDefinition, on: dt.date | None = None) -> Series:
    """Every organisation's months. `place` is the place as counted from its records, a local
    estimate where a national figure exists and it was not reconciled with it; the commissioner's
    published months stand under its code. Imports speak before the place's tables.

    Trusts are merged as they were on the day: before a merger each stands for itself.
    """
    found: Series = _from_table(session, measure)
    imported = of_observations(
        session.observations(measure=measure.id).to_pylist(), basis=_basis(measure)
    )
    for (code, _), figures in imported.items():
        months = {f.month for f in figures}
        found[code] = sorted(
            [*(f for f in found.get(code, ()) if f.month not in months), *figures],
            key=lambda f: f.month,
        )
    found = merged(found, [e for e in ended(session) if e.until < (on or session.as_of)])
    whole = _from_records(session, measure)
    if whole:
        published = next((found[c] for c in of_whole(session) if c in found), [])
        found[WHOLE_PLACE] = (
            _reconciled(whole, published, on or session.as_of) if measure.national else whole
        )
    return found


def of_whole(session: Session) -> tuple[str, ...]:
    """The codes whose figures are of the whole place: published under its commissioner's or its
    own, else counted from records."""
    payer = session.document.commissioner
    return (*(c for c in (payer.code if payer else None, session.document.code) if c), WHOLE_PLACE)


def _reconciled(
    local: list[Observation], published: Sequence[Observation], on: dt.date
) -> list[Observation]:
    """Local months that may stand for the national figure: all, where the newest common months
    agree; else none, and each says so.

    Figures made from demonstration people are reconciled with nothing: that they agree says nothing
    of the place."""
    theirs = {f.month: f for f in published if following(f.month) <= on}
    common = [(f, theirs[f.month]) for f in local if f.month in theirs][-COMMON_MONTHS:]
    agree = len(common) == COMMON_MONTHS and all(_near(a, b) for a, b in common)
    if not agree or any(f.basis == "synthetic" for f in local):
        return [replace(f, estimate=True) for f in local]
    note = f"reconciled with the published figures of {common[0][0].month:%B %Y} to {common[-1][0].month:%B %Y}"
    return [replace(f, caveat="; ".join(x for x in (f.caveat, note) if x)) for f in local]


def _near(local: Observation, published: Observation) -> bool:
    pairs = ((local.numerator, published.numerator), (local.denominator, published.denominator))
    return all(
        (a is None and b is None)
        or (a is not None and b is not None and abs(a - b) <= NEAR * max(b, 1.0))
        for a, b in pairs
    )


def _basis(measure: MeasureDefinition) -> Basis:
    return measure.basis


def ended(session: Session) -> list[Ended]:
    return [
        Ended(r["provider_code"], r["until"], r["successor_code"])
        for r in session.place.table("providers").to_pylist()
        if r["until"] and r["successor_code"]
    ]


def _from_table(session: Session, measure: MeasureDefinition) -> Series:
    how = measure.from_table
    if how is None or not session.place.has(how.table):
        return {}
    source = session.document.tables[how.table]
    sums: dict[tuple[str, dt.date], list[float]] = {}
    for row in session.place.table(how.table).to_pylist():
        cell = sums.setdefault((row[how.organisation], row[how.month]), [0.0, 0.0])
        cell[0] += sum(row[c] for c in how.plus) - sum(row[c] for c in how.less)
        cell[1] += sum(row[c] for c in how.of)
    found: Series = {}
    for (code, month), (numerator, denominator) in sorted(sums.items()):
        of = denominator if how.of else None
        found.setdefault(code, []).append(
            Observation(
                month=month,
                organisation=code,
                numerator=numerator,
                denominator=of,
                value=numerator if of is None else 100 * numerator / of if of else None,
                basis=OF_TABLES.get(source.basis, "supplied"),
                status="final",
                source=source.citation,
                counts="provider",
            )
        )
    return found


def _from_records(session: Session, measure: MeasureDefinition) -> list[Observation]:
    if measure.from_records is None or session.build is None or not session.build.facts.exists():
        return []
    rule = (
        PROFILES["published"] if measure.from_records.returned else profile_of(session, "leaving")
    )
    return [
        _counted(session, measure, c, rule) for c in counting.counted(session, measure.from_records)
    ]


def rolling_windows(
    session: Session, measure: MeasureDefinition, code: str, on: dt.date
) -> list[rolling.RollingMonths]:
    """Quarters and years that end in each month, where too few months of the place's own count may
    be shown to read them."""
    if code != WHOLE_PLACE or not is_share(measure):
        return []
    mine = _until(_from_records(session, measure), on)
    if (
        not any(f.suppressed for f in mine)
        or sum(not f.suppressed for f in mine) >= rolling.ENOUGH_SHOWN
    ):
        return []
    assert measure.from_records is not None
    exact = [
        (c.month, c.numerator, c.denominator)
        for c in counting.counted(session, measure.from_records)
    ]
    exact = [c for c in exact if following(c[0]) <= on]
    rule = profile_of(session, "leaving")
    return [
        w
        for n in (rolling.QUARTER, rolling.YEAR)
        for w in rolling.windows(exact, rule, months=n, share=True)
    ]


def _counted(
    session: Session, measure: MeasureDefinition, c: counting.MonthCount, rule: Profile
) -> Observation:
    """A month counted from the records. It is exact, because standards are judged on exact counts,
    unless a count is small."""
    of = c.denominator if measure.denominator else None
    demonstration = session.document.demonstration
    small = too_small(c.numerator, of, rule, share=is_share(measure))
    return Observation(
        month=c.month,
        organisation=WHOLE_PLACE,
        numerator=None if small else c.numerator,
        denominator=None
        if small and of is not None and too_small(of, None, rule, share=False)
        else of,
        value=None if small else _value(c, measure),
        basis="synthetic" if demonstration else "supplied",
        status="final",
        source=f"records of build {session.build_id}",
        suppressed=small,
        caveat=HIDDEN_MONTH.format(rule=rule.hiding[0].lower() + rule.hiding[1:-1])
        if small
        else NOT_A_TEST
        if demonstration
        else None,
    )


def _value(c: counting.MonthCount, measure: MeasureDefinition) -> float | None:
    if measure.denominator is None or c.denominator is None:
        return c.numerator
    return 100 * c.numerator / c.denominator if c.denominator else None


def _standards(session: Session, measure: MeasureDefinition) -> list[Standard]:
    document = session.plan_documents.standards
    return [s for s in document.standards if s.id in measure.standards] if document else []


def pledges(session: Session, measure: MeasureDefinition) -> list[Pledge]:
    document = session.plan_documents.standards
    return [p for p in document.pledges if p.id in measure.constitution] if document else []


def courses(session: Session, on: dt.date) -> tuple[Trajectory, ...]:
    """The plan's courses, each with the actual figures of the place that are known on the day: the
    one answer to what was planned and what came, for pages, papers and the analyst."""
    rows = session.plan_documents.trajectories
    known = definitions(session)
    actuals: dict[str, dict[str, Decimal]] = {}
    for id in dict.fromkeys(r.measure for r in rows):
        found = series(session, known[id], on) if id in known else {}
        mine = _until(found.get(_whole(session, found, on) or "", ()), on)
        actuals[id] = {
            p: Decimal(repr(f.value)) for p, f in actual_of(mine).items() if f.value is not None
        }
    return trajectories(rows, actuals=actuals)


def course(session: Session, measure: str, on: dt.date) -> Trajectory | None:
    return next((t for t in courses(session, on) if t.measure == measure), None)


def _trajectory(session: Session, measure: MeasureDefinition) -> Trajectory | None:
    """The planned course alone: `page` puts the months of whoever it shows beside it."""
    return next(
        (t for t in trajectories(session.plan_documents.trajectories) if t.measure == measure.id),
        None,
    )


def _until(figures: Sequence[Observation], on: dt.date) -> list[Observation]:
    """The months that are over on the day."""
    return [f for f in figures if following(f.month) <= on]


def names(session: Session, on: dt.date) -> dict[str, str]:
    """Names as they stood on the day that merged the series: the sum of two trusts never bears the
    name of one of them."""
    payer = session.document.commissioner
    return {
        WHOLE_PLACE: session.document.name,
        **({session.document.code: session.document.name} if session.document.code else {}),
        **({payer.code: payer.name} if payer else {}),
        **{c: p.name for c, p in providers(session.place, on).items()},
    }


def _named(session: Session, code: str, figures: Sequence[Observation], on: dt.date) -> str:
    """Whose figures these are; what was counted in the stead of a national figure bears that in its
    name."""
    name = names(session, on).get(code, code)
    return f"{name}, {LOCAL_ESTIMATE}" if any(f.estimate for f in figures) else name


def _whole(session: Session, found: Mapping[str, Sequence[Observation]], on: dt.date) -> str | None:
    """Which of a measure's series speaks for the whole place: the commissioner's published months
    before a count of the records."""
    known = [c for c in of_whole(session) if found.get(c)]
    return next((c for c in known if _until(found[c], on)), known[0] if known else None)


def _default(session: Session, found: Series, on: dt.date) -> str:
    """The place itself where it is published or can be counted, else the organisation with the most
    to count."""
    whole = _whole(session, found, on)
    if whole or not found:
        return whole or WHOLE_PLACE
    return max(found, key=lambda c: (sum(f.denominator or f.numerator or 0 for f in found[c]), c))


def _said(session: Session) -> Answer:
    return {
        "as_of": session.as_of.isoformat(),
        "build": session.build_id,
        "demonstration": session.document.demonstration,
        "notice": session.notice,
    }


# --- answers ---------------------------------------------------------------------------------------------------------
@rests_on(BUILD, DOCUMENTS, IMPORTS, DAY, *OF_CHARTS)
def measure_page(
    session: Session,
    measure_id: str,
    organisation: str | None = None,
    *,
    show_after: bool = False,
    on: dt.date | None = None,
) -> Answer:
    """One measure of one organisation. `on` moves the day (a paper's own); months after it are
    shown only with `show_after`."""
    measure = definition(session, measure_id)
    found = series(session, measure, on)
    code = organisation or _default(session, found, on or session.as_of)
    if organisation is not None and organisation not in found:
        raise InputAtFault(
            Fault(
                what="no figure of this organisation",
                file=f"measures/{measure_id}.yaml",
                found=organisation,
                expected="one of: " + ", ".join(sorted(found))
                if found
                else "figures: oneplace measures import, or a build",
            )
        )
    return _page(session, measure, code, found, show_after=show_after, on=on or session.as_of)


def _page(
    session: Session,
    measure: MeasureDefinition,
    code: str,
    found: Series,
    *,
    show_after: bool,
    on: dt.date,
) -> Answer:
    # The plan's courses are the place's own: they stand beside the place, not beside one of its
    # trusts.
    own = code in of_whole(session)
    answer = measure_answer(
        measure,
        found.get(code, []),
        standards=_standards(session, measure),
        trajectory=_trajectory(session, measure) if own or len(found) <= 1 else None,
        on=on,
        rng=np.random.default_rng([*f"{measure.id} {code}".encode()]),
        organisation=code,
        pledges=pledges(session, measure),
        rebases=written.rebases(session, measure),
        show_after=show_after,
    )
    return {
        **_said(session),
        **answer,
        "name": _named(session, code, found.get(code, ()), on),
        "organisations": [
            {"code": c, "name": _named(session, c, found[c], on), "months": len(found[c])}
            for c in sorted(found)
        ],
        "rebase_log": written.rebase_log(session, measure, code),
        "exception": written.exception_entry(session, measure, code),
        "rolling": [_said_window(w) for w in rolling_windows(session, measure, code, on)],
        "why_none": None if answer["points"] else _why_none(session, measure),
        **_lateness(answer["points"], measure, on),
    }


def _said_window(w: rolling.RollingMonths) -> Answer:
    return {
        "until": w.until.isoformat(),
        "months": w.months,
        "numerator": w.numerator,
        "denominator": w.denominator,
        "value": w.value,
    }


def _lateness(
    points: Sequence[Mapping[str, Any]], measure: MeasureDefinition, on: dt.date
) -> Answer:
    """The newest month that was due on the day, and by how many months the newest figure lags
    behind it."""
    due = following(on.replace(day=1), -1 - measure.lag_months)
    if not points:
        return {"newest_due": due.isoformat(), "late_months": None}
    newest = dt.date.fromisoformat(points[-1]["month"])
    return {"newest_due": due.isoformat(), "late_months": max(months_between(newest, due), 0)}


def _why_none(session: Session, measure: MeasureDefinition) -> str:
    if measure.from_records is not None and session.build is None:
        return f"build the place to count it from its records: oneplace build {session.folder}"
    return measure.note or "no figure was imported: oneplace measures import"


def _pages(session: Session, on: dt.date | None = None) -> list[Answer]:
    day = on or session.as_of
    answers = []
    for measure in session.plan_documents.measures:
        found = series(session, measure, day)
        answers.append(
            _page(session, measure, _default(session, found, day), found, show_after=False, on=day)
        )
    return answers


@rests_on(BUILD, DOCUMENTS, IMPORTS, DAY, *OF_CHARTS)
def measures_overview(session: Session, *, on: dt.date | None = None) -> Answer:
    """Every measure in a line: newest figure, icons, standard, chance, and where none of that is
    known, why."""
    rows = [
        {
            "measure": page["measure"]["id"],
            "title": page["measure"]["title"],
            "unit": page["measure"]["unit"],
            "better": page["measure"]["better"],
            "organisation": page["organisation"],
            "name": page["name"],
            "latest": page["latest"],
            "values": [p["value"] for p in page["points"]][-24:],
            "variation": page["chart"]["variation"] if page["chart"] else None,
            "assurance": page["chart"]["assurance"] if page["chart"] else None,
            "standards": [
                {k: s[k] for k in ("id", "judged", "why", "short_by", "by", "due")}
                for s in page["standards"]
            ],
            "constitution": page["constitution"],
            "standard": page["standard"],
            "why_no_chart": page["why_no_chart"],
            "few": page["chart"]["notes"][0]
            if page["chart"] and not page["chart"]["variation"]
            else None,
            "chance": register.chance_of(page),
            "owner": page["measure"]["owner"],
            "why_none": page["why_none"],
            "late_months": page["late_months"],
        }
        for page in _pages(session, on)
    ]
    return {**_said(session), "measures": rows}


def past_forecasts(
    session: Session, *, on: dt.date | None = None, months_ahead: int = 12
) -> Answer:
    """How past forecasts of every measure did, over all the organisations that have figures: what a
    chance has been worth."""
    day = on or session.as_of
    rows = []
    for measure in session.plan_documents.measures:
        found = {
            code: [f for f in figures if following(f.month) <= day]
            for code, figures in series(session, measure, day).items()
        }
        made = past_record(measure, found, horizon=months_ahead)
        if made is not None:
            rows.append(
                {
                    "title": measure.title,
                    **made,
                    "names": [names(session, day).get(c, c) for c in made["organisations"]],
                }
            )
    return {**_said(session), "on": day.isoformat(), "measures": rows}


def _newest(session: Session, on: dt.date) -> dict[str, list[Observation]]:
    """Each measure's months of the place (or its default organisation) up to a day."""
    found = {}
    for measure in session.plan_documents.measures:
        all_of_it = series(session, measure, on)
        mine = _until(all_of_it.get(_default(session, all_of_it, on), ()), on)
        if mine:
            found[measure.id] = mine
    return found


@rests_on(BUILD, DOCUMENTS, IMPORTS, DAY, *OF_CHARTS, "compliance_evidence")
def goals(session: Session, *, on: dt.date | None = None) -> Answer:
    """Every national and local goal with its verdict, and each domain's score with what is missing
    from it."""
    day = on or session.as_of
    document = session.plan_documents.standards
    standards = document.standards if document else ()
    rows = register.register(
        standards,
        session.plan_documents.measures,
        _newest(session, day),
        on=day,
        evidence=written.evidence(session, day),
    )
    counts = {v: sum(r["verdict"] == v for r in rows) for v in register.VERDICTS}
    return {
        **_said(session),
        "on": day.isoformat(),
        "counts": counts,
        "goals": rows,
        "domains": register.domains(rows),
    }


@rests_on(BUILD, DOCUMENTS, IMPORTS, DAY, *OF_CHARTS)
def breaches(session: Session, *, on: dt.date | None = None) -> Answer:
    """Pledges of the NHS Constitution missed in the newest month, by organisation of the place."""
    day = on or session.as_of
    mine = {*of_whole(session), *session.place.table("providers")["provider_code"].to_pylist()}
    figures: dict[tuple[str, str], list[Observation]] = {}
    for measure in session.plan_documents.measures:
        if not measure.constitution:
            continue
        for code, found in series(session, measure, day).items():
            known = [f for f in found if following(f.month) <= day]
            if code in mine and known and not _ended_before(session, code, day):
                figures[measure.id, code] = known
    called = names(session, day)
    given = {m.id: pledges(session, m) for m in session.plan_documents.measures}
    rows = register.breaches(session.plan_documents.measures, figures, given, on=day)
    judged = {measure for measure, _ in figures}
    without = [
        m.id for m in session.plan_documents.measures if m.constitution and m.id not in judged
    ]
    return {
        **_said(session),
        "on": day.isoformat(),
        "breaches": [{**r, "name": called.get(r["organisation"], r["organisation"])} for r in rows],
        "judged": sorted(judged),
        "without_figures": without,
    }


def _ended_before(session: Session, code: str, day: dt.date) -> bool:
    return any(e.code == code and e.until < day for e in ended(session))


@rests_on(BUILD, DOCUMENTS, IMPORTS, DAY, *OF_CHARTS, "board_decisions")
def exceptions(session: Session, *, on: dt.date | None = None) -> Answer:
    """The measures that need attention: why, what is being done, by when and by whom, empty where
    nobody is named."""
    rows = register.exceptions(_pages(session, on), _actions(session))
    return {**_said(session), "on": (on or session.as_of).isoformat(), "exceptions": rows}


def _actions(session: Session) -> dict[str, list[Answer]]:
    """What is being done about a measure: open decisions of the board that name it, then schemes
    that share its standard."""
    found: dict[str, list[Answer]] = {}
    decisions = (
        session.entries["board_decisions"].to_pylist()
        if "board_decisions" in session.entries
        else []
    )
    plan = session.plan_documents.plan
    for m in session.plan_documents.measures:
        rows = [
            {
                "action": r["action"],
                "owner": r["owner"] or None,
                "due": r["due_on"].isoformat() if r["due_on"] else None,
                "from": "exception report",
                "state": r["state"],
                "signal": r["signal"],
            }
            for r in reversed(written.entries(session, "exception_reports"))
            if r["measure"] == m.id and r["state"] != "closed"
        ]
        rows += [
            {
                "action": d["decision"] or d["question"],
                "owner": d["owner"] or None,
                "due": d["due_on"].isoformat() if d["due_on"] else None,
                "from": "decision",
            }
            for d in decisions
            if d["state"] in ("asked", "decided")
            and any(t.casefold() in d["question"].casefold() for t in (m.id, m.title))
        ]
        for scheme in plan.schemes if plan else ():
            if any(set(k.standards) & set(m.standards) for k in scheme.measures):
                step = next((s for s in scheme.milestones if not s.printed_complete), None)
                rows.append(
                    {
                        "action": f"{scheme.name}: {step.title}" if step else scheme.name,
                        "owner": scheme.lead,
                        "due": str(step.due) if step and step.due else None,
                        "from": f"scheme {scheme.id}",
                    }
                )
        found[m.id] = rows
    return found


def waiting_list(
    session: Session,
    organisation: str | None = None,
    *,
    kind: str = "elective_referral",
    target_percent: float = 92.0,
    by: dt.date | None = None,
    capacity_a_month: float | None = None,
    by_group: str | None = None,
    group: str | None = None,
    on: dt.date | None = None,
    rows: Sequence[Cohort] | None = None,
) -> Answer:
    """The list as stock and flow with what reaching the target takes; a trust's or commissioner's
    from its imported weeks.

    `rows` are the cohorts where they are at hand already. `by_group` and `group` take one practice,
    team or area of the records (a column of the features and its value).
    """
    day = on or session.as_of
    if organisation not in (None, WHOLE_PLACE):
        return {**_said(session), **_published_list(session, organisation or "", day)}
    if rows is None:
        rows = counting.cohorts(session, kind, by=by_group, part=group)
    start = session.document.records.period.start.replace(day=1)
    last = following(day.replace(day=1), -1) if day.day == 1 else day.replace(day=1)
    last = min(
        last if following(last) <= day else following(last, -1), counting.last_month(session)
    )
    if not rows or last <= start:
        return {**_said(session), "why_none": "the records hold no such referral up to this day"}
    past = history(rows, first=start, last=last)
    goal = (by or _next_march(last)).replace(day=1)
    title = f"{session.document.name}{f', {group}' if group else ''}: waiting for {kind.replace('_', ' ')}"
    made = model(
        past,
        target_share=target_percent / 100,
        by=goal,
        basis="synthetic" if session.document.demonstration else "supplied",
        title=title,
        capacity_a_month=capacity_a_month,
    )
    settled = following(start, 12)
    made["history"] = [h for h in made["history"] if h["month"] >= settled.isoformat()]
    note = f"months before {settled:%B %Y} are not shown: the records begin on {session.document.records.period.start}, so the list was still filling"
    return {
        **_said(session),
        **made,
        "note": note,
        "caveat": NOT_A_TEST if session.document.demonstration else None,
        "why_none": None,
    }


def published_lists(session: Session, *, on: dt.date | None = None) -> list[Answer]:
    """The newest imported list of every organisation that has one by weeks waited, the largest
    first."""
    day = on or session.as_of
    codes = set(
        session.observations(measure="rtt-incomplete", by_week=True)[
            "organisation_code"
        ].to_pylist()
    )
    mine = codes & {
        *of_whole(session),
        *session.place.table("providers")["provider_code"].to_pylist(),
    }
    found = [_published_list(session, code, day) for code in sorted(mine)]
    return sorted((f for f in found if f["why_none"] is None), key=lambda f: -f["size"])


def _next_march(month: dt.date) -> dt.date:
    return dt.date(month.year + (month.month >= 3), 3, 1)


def _published_list(session: Session, code: str, day: dt.date) -> Answer:
    rows = [
        r
        for r in session.observations(measure="rtt-incomplete", by_week=True).to_pylist()
        if r["organisation_code"] == code and following(r["period"]) <= day
    ]
    if not rows:
        return {
            "organisation": code,
            "why_none": "no list by weeks waited was imported for it: oneplace measures import",
        }
    month = max(r["period"] for r in rows)
    newest = max((r["status"] == "final", r["imported_at"]) for r in rows if r["period"] == month)
    weeks = {
        r["weeks_from"]: r["numerator"] or 0.0
        for r in rows
        if r["period"] == month and (r["status"] == "final", r["imported_at"]) == newest
    }

    def flow(*ids: str) -> float | None:
        found = []
        for measure in ids:
            mine = [
                r
                for r in session.observations(measure=measure).to_pylist()
                if r["organisation_code"] == code and r["period"] == month
            ]
            if not mine:
                return None
            last = max(mine, key=lambda r: (r["status"] == "final", r["imported_at"]))
            found.append(
                last["denominator"] if last["denominator"] is not None else last["numerator"]
            )
        return sum(found) if None not in found else None

    return {
        **published_list(
            weeks,
            month=month,
            organisation=code,
            clock_starts=flow("rtt-clock-starts"),
            treated=flow("rtt-admitted", "rtt-not-admitted"),
        ),
        "name": names(session, session.as_of).get(code, code),
        "why_none": None,
    }
