"""What a scheme has done by a date, as far as anybody has said: milestone states, measures,
delivery status.

In: a plan, a date, the returns received. Out: one row for each milestone and measure, with the rule
that gave its state. Of the returns those count that had been sent by the date, or by `known` where
somebody writes later about that date: a paper speaks of the end of its month and knows what was
said since. The rules, in this order:

* **done**: a return says complete, by a day that has come, or the plan itself prints the step as complete. Nothing is
  done because its date has passed.
* **unknown**: no date is printed; or only a beginning is ("May onwards"), it has passed, and no return says more.
* **not yet due**: the date is before the first day of the printed period.
* **due**: the date lies in the printed period (a step due in March is due from the 1st to the 31st). A step with a
  printed day is due from a week before.
* **late**: the printed period has passed and no return says complete. `evidence` says whether that is somebody's
  word or silence ("no return"): a late step without a return may well be done, and nobody has said so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from oneplace.plan.programme import Measure, Milestone, Plan, Scheme

NOTICE = timedelta(days=7)  # a step with a printed day is due from a week before
State = Literal["done", "late", "due", "not yet due", "unknown"]
STATES: tuple[State, ...] = ("late", "due", "unknown", "not yet due", "done")


@dataclass(frozen=True, kw_only=True)
class Reported:
    """What somebody reported about a milestone, a measure, a claim or a line of savings (`about` is
    its id).

    `on` is the day it was sent, `month` the first day of the month it is for (absent: the month it
    was sent in), `done` the day a step was completed (absent: by the day it was sent)."""

    about: str
    on: date
    month: date | None = None
    done: date | None = None
    status: Literal["complete", "on track", "slipping", "off track"] | None = None
    forecast: date | None = None
    value: Decimal | None = None
    by: str = "not stated"


@dataclass(frozen=True, kw_only=True)
class MilestoneState:
    milestone: Milestone
    scheme: Scheme
    state: State
    rule: str
    evidence: str
    days_late: int | None = None
    forecast: date | None = None


@dataclass(frozen=True, kw_only=True)
class MeasureState:
    """`state`: met or not met, no return, no target (a direction only), not judged (no telling
    which way is better)."""

    measure: Measure
    scheme: Scheme
    state: Literal["met", "not met", "no return", "no target", "not judged"]
    value: Decimal | None
    as_at: date | None


@dataclass(frozen=True)
class DeliveryStatus:
    """Blue complete, red, amber, green, grey not reported; with the rule, because a colour without
    one is an opinion."""

    scheme: str
    colour: Literal["blue", "red", "amber", "green", "grey"]
    rule: str


def latest(
    returns: Iterable[Reported], *, on: date, known: date | None = None
) -> dict[str, Reported]:
    """The last return about each thing that had been sent by the date, or by `known`: the one for
    the latest month, of two the one sent later, of two on one day the later in the list."""
    found: dict[str, Reported] = {}
    sent = (r for r in returns if r.on <= (known or on))
    for r in sorted(sent, key=lambda r: ((r.month or r.on).replace(day=1), r.on)):
        found[r.about] = r
    return found


def milestone_states(
    plan: Plan, *, on: date, returns: Iterable[Reported] = (), known: date | None = None
) -> tuple[MilestoneState, ...]:
    """Every milestone on a date, in the plan's order."""
    said = latest(returns, on=on, known=known)
    return tuple(_milestone(m, s, on, said.get(m.id)) for s in plan.schemes for m in s.milestones)


def measure_states(
    plan: Plan, *, on: date, returns: Iterable[Reported] = (), known: date | None = None
) -> tuple[MeasureState, ...]:
    """Every measure on a date, in the plan's order."""
    said = latest(returns, on=on, known=known)
    return tuple(_measure(m, s, said.get(m.id)) for s in plan.schemes for m in s.measures)


def delivery_status(
    plan: Plan, *, on: date, returns: Sequence[Reported] = (), known: date | None = None
) -> tuple[DeliveryStatus, ...]:
    """One colour for each scheme, by the first rule that fits; never an average of colours."""
    said = latest(returns, on=on, known=known)
    states = milestone_states(plan, on=on, returns=returns, known=known)
    return tuple(
        _delivery(s, [m for m in states if m.scheme.id == s.id], said) for s in plan.schemes
    )


def _milestone(m: Milestone, scheme: Scheme, on: date, last: Reported | None) -> MilestoneState:
    evidence = (
        "no return"
        if last is None
        else f"return of {last.on} by {last.by}: {last.status or 'no status'}"
    )
    forecast = last.forecast if last else None

    def is_(
        state: State, rule: str, *, evidence: str = evidence, days_late: int | None = None
    ) -> MilestoneState:
        return MilestoneState(
            milestone=m,
            scheme=scheme,
            state=state,
            rule=rule,
            evidence=evidence,
            days_late=days_late,
            forecast=forecast,
        )

    if last is not None and last.status == "complete" and (last.done is None or last.done <= on):
        return is_("done", f"reported complete on {last.done or last.on}")
    if m.printed_complete:
        return is_("done", "printed as complete in the plan", evidence="the plan")
    if m.due is None:
        return is_("unknown", "no date is printed")
    notice = NOTICE if m.due.start == m.due.end else timedelta(0)
    if on < m.due.start - notice:
        return is_("not yet due", f"due from {m.due.start}")
    if m.due.end is None:
        return is_("unknown", f"begins on {m.due.start}; no end is printed")
    if on <= m.due.end:
        return is_("due", f"due by {m.due.end}")
    days = (on - m.due.end).days
    return is_("late", f"was due by {m.due.end}, {days} days before", days_late=days)


def _measure(m: Measure, scheme: Scheme, last: Reported | None) -> MeasureState:
    value = last.value if last else None

    def is_(
        state: Literal["met", "not met", "no return", "no target", "not judged"],
    ) -> MeasureState:
        return MeasureState(
            measure=m, scheme=scheme, state=state, value=value, as_at=last.on if last else None
        )

    if m.target is None:
        return is_("no target")
    if isinstance(m.target, bool):
        return is_(
            "no return" if last is None else "met" if last.status == "complete" else "not met"
        )
    if value is None:
        return is_("no return")
    reached = _reached(m, value, m.target)
    return is_("not judged" if reached is None else "met" if reached else "not met")


def _reached(m: Measure, value: Decimal, target: Decimal) -> bool | None:
    direction = m.direction
    if direction is None and m.baseline is not None and m.baseline != target:
        direction = "increase" if target > m.baseline else "decrease"
    if direction is None:
        return None
    tests: Mapping[str, bool] = {
        "increase": value >= target,
        ">=": value >= target,
        ">": value > target,
        "=": value == target,
        "decrease": value <= target,
        "<=": value <= target,
        "<": value < target,
    }
    return tests[direction]


def _delivery(
    scheme: Scheme, states: Sequence[MilestoneState], known: Mapping[str, Reported]
) -> DeliveryStatus:
    if not states:
        return DeliveryStatus(scheme.id, "grey", "the plan prints no milestones")
    if all(s.state == "done" for s in states):
        return DeliveryStatus(scheme.id, "blue", "every milestone is reported complete")
    reported = [known[s.milestone.id] for s in states if s.milestone.id in known]
    if not reported:
        return DeliveryStatus(scheme.id, "grey", "no return has been received")
    late = [s for s in states if s.state == "late"]
    if late:
        return DeliveryStatus(
            scheme.id, "red", f"{len(late)} milestones are late, first {late[0].milestone.id}"
        )
    worse = [r for r in reported if r.status in ("slipping", "off track")] or [
        known[s.milestone.id]
        for s in states
        if s.forecast
        and s.milestone.due
        and s.milestone.due.end
        and s.forecast > s.milestone.due.end
    ]
    if worse:
        return DeliveryStatus(scheme.id, "amber", f"{worse[0].about} is reported to slip")
    return DeliveryStatus(scheme.id, "green", "nothing is late and no return reports a slip")
