"""Each point of delivery from the year before the plan on: what was, what grows, what the plan's
claims take away.

In: a session. Out: `plan.activity` waterfalls, or what one lacks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from oneplace.answers.claims import assessed, baselines
from oneplace.plan.activity import POINTS, NoWaterfall, PointOfDelivery, Shared, waterfalls

if TYPE_CHECKING:
    from oneplace.answers.session import Session


def waterfalls_of(session: Session) -> tuple[PointOfDelivery | NoWaterfall, ...]:
    """One for each point of delivery; claims that find the same events share them."""
    documents = session.plan_documents
    if documents.plan is None:
        return tuple(
            NoWaterfall(p, title, ("plan: this place has none",)) for p, title in POINTS.items()
        )
    shared = None
    if session.place.has("activity_totals") or (
        session.build is not None and session.build.facts.exists()
    ):
        shared = {
            c.claim: Shared(c.available or 0, {o.claim: o.events or 0 for o in c.overlaps})
            for c in assessed(session)
        }
    return waterfalls(
        documents.plan,
        baselines=baselines(session),  # type: ignore[arg-type]
        basis=session.basis,  # type: ignore[arg-type]
        assumptions=documents.activity,
        shared=shared,
    )
