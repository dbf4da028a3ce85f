"""What readers will ask of a build first, role by role. A draft that cannot answer one of these
questions is not published.

In: a session of a draft. Out: the questions, in the order in which they are asked. What takes long
is kept in `.oneplace/counted/<build>/` as soon as it is there, so that no reader waits for it; that
folder may be deleted at any time. A question about something the place does not have (a plan,
areas, teams) is not asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from oneplace.answers import (
    arrivals,
    claims,
    comparing,
    counting,
    families,
    people,
    performance,
    profiles,
    record,
)
from oneplace.answers.figures import Family, whole_families
from oneplace.answers.paper_values import Gathered

if TYPE_CHECKING:
    from oneplace.answers.session import Session

AUDIENCES = {
    "plan": "planner, scheme lead",
    "money": "finance",
    "risks": "risk",
    "board": "board, planner",
    "analysis": "analyst",
}


@dataclass(frozen=True)
class Question:
    """`role` meets it on `page`."""

    role: str
    page: str
    ask: Callable[[Session], object]


def questions(session: Session) -> tuple[Question, ...]:
    """Every question that the first pages of these documents and records raise."""
    if session.build is None or not session.build.facts.exists():
        return ()
    return (
        *_care(session),
        *_units(session),
        *_measures(session),
        *_analysis(),
        *_figures(session),
    )


def questions_of_then(session: Session) -> tuple[Question, ...]:
    """What "why did this move" asks of an earlier build: how its figures stood, for whoever clicks
    on one of today's first."""
    if session.build is None or not session.build.facts.exists():
        return ()
    return tuple(_figures(session))


def _care(session: Session) -> Iterator[Question]:
    who = "coordinator, clinician"
    yield Question(who, "the place in a dozen figures", people.summary)
    listed: list[
        str
    ] = []  # the person that the resident's own page is tried with: the first on any list

    def team(v: Session, code: str) -> None:
        """The agenda of each team; the whole register of the first, which is asked in the same way
        of every one."""
        shown = people.caseload(v, code, whole=not listed)["people"]
        record.in_hospital(v, [int(p["person"]) for p in shown])
        listed.extend(p["person"] for p in shown[:1])

    for code in people.teams(session):
        yield Question(who, f"the list of {code}", partial(team, code=code))
    yield Question(who, "who people are", lambda v: record.identities(v, map(int, listed[:1])))
    yield Question(
        "resident, clinician",
        "a person’s record",
        lambda v: [record.record(v, int(p)) for p in listed[:1]],
    )
    yield Question(
        "clinician", "why a person is listed", lambda v: [people.explain(v, p) for p in listed[:1]]
    )


def _units(session: Session) -> Iterator[Question]:
    for by in ("area", "practice"):
        if session.place.has(f"{by}s"):
            yield Question("analyst", f"people by {by}", partial(_tally, by=by))
    for by in profiles.UNITS:
        if families.family(session, by).codes:
            yield Question(
                "analyst", f"the profile of each {by}", partial(profiles.profiles, by=by)
            )


def _tally(session: Session, by: Any) -> object:
    return families.tally(session, families.family(session, by))


def _measures(session: Session) -> Iterator[Question]:
    kinds = set()
    for m in session.plan_documents.measures:
        if (how := m.from_records) is not None:
            kinds |= {how.referral} if how.referral else set()
            yield Question(
                "planner, board", f"measures/{m.id}.yaml", partial(counting.count_once, how=how)
            )
    for kind in sorted(kinds):
        yield Question(
            "planner, board", f"who waits ({kind})", partial(counting.cohorts, kind=kind)
        )
    if session.plan_documents.measures:
        yield Question(
            "board, planner", "all measures", lambda v: performance.measures_overview(v, on=v.today)
        )
        yield Question(
            "board, planner", "exceptions", lambda v: performance.exceptions(v, on=v.today)
        )


def _analysis() -> Iterator[Question]:
    yield Question(
        "analyst", "what arrived", lambda v: (arrivals.feeds(v), arrivals.silent_practices(v))
    )
    yield Question(
        "analyst",
        "what was refused",
        lambda v: (arrivals.rejects(v), arrivals.unmapped(v), people.quality(v)),
    )
    yield Question("analyst", "the model’s card", people.model_card)
    yield Question("analyst", "what can be compared", comparing.indicators)


def _figures(session: Session) -> Iterator[Question]:
    """Every family of figures that can be asked for as a whole, and the paper's first section,
    which rests on the others."""
    for family in whole_families(session):
        role = AUDIENCES.get(family.audience, family.audience)
        yield Question(role, f"the figures of {family.name}", partial(_whole, family=family))
    yield Question("board", "people in the paper", lambda v: Gathered(v, v.today).people())
    if session.plan_documents.plan is not None:
        yield Question("planner, board", "the claims", lambda v: claims.rows(v, "inside"))


def _whole(session: Session, family: Family) -> object:
    return family.ask(session, session.today, ())
