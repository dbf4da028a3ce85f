"""What the plan promises in numbers, beside what exists: in the place's totals where it supplies
them, else in its records.

In: a session. Out: each claim assessed, exact or as an audience may see it; the window that claims
are held against and its events.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from oneplace.answers import kept
from oneplace.answers.families import features
from oneplace.answers.people import documents
from oneplace.answers.protecting import profile_of
from oneplace.engines.overview import events_by_point
from oneplace.people import lists
from oneplace.plan.money.contract import contract_effects
from oneplace.simulate.claims import (
    Assessed,
    RecordSource,
    Span,
    assess,
    assess_totals,
    under_contract,
    windows,
)
from oneplace.simulate.showing import as_shown

if TYPE_CHECKING:
    from oneplace.answers.session import Session


def assessed(session: Session) -> tuple[Assessed, ...]:
    """Each claim of the plan beside the place's totals, if it supplies them, or its records; and
    what the contract makes of it."""
    plan, finances = session.plan_documents.plan, session.plan_documents.finances
    if plan is None:
        return ()
    promised = [c for s in plan.schemes for c in s.claims]
    return under_contract(
        _beside_what_exists(session),
        contract_effects(promised, baselines(session), finances.contract if finances else None),
    )


def shown(session: Session, audience: str = "inside") -> tuple[Assessed, ...]:
    """The claims with their counts through the place's rule for small numbers."""
    return as_shown(assessed(session), profile_of(session, audience))


def rows(session: Session, audience: str | None = None) -> list[dict[str, Any]]:
    """Each claim as JSON holds it: as it may be shown to an audience, or exact for whoever holds
    the records anyhow.

    `{scheme, claim, activity, claimed, available, basis, overlaps, flag, ...}`, and `hidden`: too
    few to show, beside None for what was never counted."""
    exact = assessed(session)
    allowed = exact if audience is None else shown(session, audience)
    return [
        asdict(c) | {"hidden": c.available is None and was.available is not None}
        for c, was in zip(allowed, exact, strict=True)
    ]


def window(session: Session) -> Span | None:
    """What the plan could have known: the year before it, or the last year of records that end
    sooner. None without a plan."""
    plan = session.plan_documents.plan
    return windows(plan, session.document.records.period.end)[0] if plan else None


def baselines(session: Session) -> dict[str, int]:
    """Events of each point of delivery in the plan's window; what the records do not hold is left
    out, not nought."""
    year = window(session)
    if year is None or session.build is None or not session.build.facts.exists():
        return {}
    return {
        r["point"]: int(r["n"])
        for r in kept.rows(session, events_by_point(year.start, year.end))
        if r["n"]
    }


def _beside_what_exists(session: Session) -> tuple[Assessed, ...]:
    plan = session.plan_documents.plan
    if plan is None:
        return ()
    if session.place.has("activity_totals"):
        return assess_totals(plan, session.place.rows("activity_totals"))
    covered = session.document.records.period
    records = RecordSource(
        kept.Statements(session),
        session.as_of,
        covered.end,
        session.basis,
        covered.start,
        segments=frozenset(r["segment"] for r in session.ask(lists.SEGMENTS)),
        features=features(session),
        courses=documents(session).features.courses,
    )
    found = assess(plan, records)
    part = _part_made(session)
    return tuple(replace(c, flags=(*c.flags, part)) for c in found) if part else found


def _part_made(session: Session) -> str | None:
    """What has to be said beside counts where fewer demonstration people were asked for than live
    in the place."""
    asked = (session.manifest or {}).get("people_asked")
    residents = sum(r["persons"] for r in session.place.rows("population_by_age_sex"))
    if asked is None or asked >= residents:
        return None
    return (
        f"about {asked:,} of {residents:,} people were made: what is available is that much smaller"
    )
