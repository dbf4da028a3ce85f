"""What moved: ratings from one return to the next, milestones from plan to forecast, steps whose
forerunners are not done.

In: returns as rows of `tables.entries`, milestone states, the plan. Out: plain values in the order
a planner reads them.

The rule of ratings (benefit and delivery alike): down freely, up only with a reason and a name. Not
started and on track, and on track and complete, are no better or worse than one another: work that
begins or ends moves along.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from oneplace.plan.programme import Plan
from oneplace.plan.scheme import MilestoneState

RANKS: Mapping[str, int] = {
    "off_track": 0,
    "at_risk": 1,
    "on_track": 2,
    "not_started": 2,
    "complete": 2,
}
RULE = "Down freely; up only with a reason and the name of who says so."
What = Literal["delivery", "benefit"]


@dataclass(frozen=True)
class Rerating:
    """A rating that one return gave and the return before it did not. `before` is None for a first
    return."""

    scheme: str
    what: What
    month: date
    before: str | None
    after: str
    better: bool
    reason: str


@dataclass(frozen=True)
class Slip:
    """A milestone whose forecast lies after the day the approved plan has for it."""

    milestone: MilestoneState
    baseline: date
    forecast: date

    @property
    def days(self) -> int:
        return (self.forecast - self.baseline).days


@dataclass(frozen=True)
class Broken:
    """A step that waits for another which comes too late, or is late."""

    waits: MilestoneState
    needs: MilestoneState
    why: str


def is_upgrade(before: str | None, after: str) -> bool:
    """Is this rating better than the one that stands? A first rating is none."""
    return before is not None and RANKS[after] > RANKS[before]


def changes(returns: Iterable[Mapping[str, Any]]) -> tuple[Rerating, ...]:
    """Every rating that differs from the month before, the latest month first, worse before
    better."""
    found: list[Rerating] = []
    last: dict[str, Mapping[str, Any]] = {}
    for r in sorted(returns, key=lambda r: (r["month"], r["id"])):
        before = last.get(r["scheme"])
        kinds: tuple[What, What] = ("delivery", "benefit")
        for what in kinds:
            was = before[what] if before else None
            if was != r[what] and (was is not None or RANKS[r[what]] < RANKS["on_track"]):
                better = is_upgrade(was, r[what])
                found.append(
                    Rerating(r["scheme"], what, r["month"], was, r[what], better, r["reason"])
                )
        last[r["scheme"]] = r
    return tuple(sorted(found, key=lambda c: (-c.month.toordinal(), c.better, c.scheme, c.what)))


def slips(states: Iterable[MilestoneState]) -> tuple[Slip, ...]:
    """Milestones forecast after the approved plan, the longest slip first; one that is done slips
    no more."""
    found = [
        Slip(m, m.milestone.due.end, m.forecast)
        for m in states
        if m.state != "done" and m.forecast and m.milestone.due and m.milestone.due.end
    ]
    return tuple(
        sorted((s for s in found if s.days > 0), key=lambda s: (-s.days, s.milestone.milestone.id))
    )


def broken_dependencies(plan: Plan, states: Sequence[MilestoneState]) -> tuple[Broken, ...]:
    """Steps not done whose forerunner is late, has no date, or comes after they are to be finished
    themselves."""
    by_id = {m.milestone.id: m for m in states}
    found = []
    for scheme in plan.schemes:
        for milestone in scheme.milestones:
            waits = by_id[milestone.id]
            for name in milestone.needs if waits.state != "done" else ():
                why = _why(waits, by_id[name])
                if why:
                    found.append(Broken(waits, by_id[name], why))
    return tuple(found)


def _why(waits: MilestoneState, needs: MilestoneState) -> str | None:
    if needs.state == "done":
        return None
    if needs.state == "late":
        return f"{needs.milestone.id} is {needs.days_late} days late"
    comes = needs.forecast or (needs.milestone.due.end if needs.milestone.due else None)
    if comes is None:
        return f"{needs.milestone.id} has no date"
    until = waits.forecast or (waits.milestone.due.end if waits.milestone.due else None)
    if until is not None and comes > until:
        return f"{needs.milestone.id} comes on {comes}, after {until}"
    return None
