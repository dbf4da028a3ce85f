"""From last year's activity to this year's, for five points of delivery: baseline, growth, and what
schemes claim.

In: baselines (from the build's records or from totals that the place supplies), growth assumptions
(`activity.yaml`, absent where a plan's own figures did not survive), the plan's claims, and which
events two claims share. Out: for each point of delivery the bars of a waterfall in whole events.
They add up exactly, because the end is their sum: growth is shared among its factors by logarithms
(order does not matter), and a claim takes away its part of the year, from the day its scheme is to
be working; each is rounded by largest remainder. Events that two claims share are given back as
often as both would have avoided them, if each avoids its share of all its events whatever the other
does.

The end is the plan's year only where growth, every start and the overlap are known; else `missing`
says what it lacks. What is not known is said and not filled in: no baseline, no waterfall; no
growth assumption, no growth bar. A claim without a printed count or a start moves no activity and
is listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from oneplace.documents import Document
from oneplace.documents.parts import Id, Part, Text
from oneplace.documents.values import Number, When
from oneplace.methods.waterfall import lmdi
from oneplace.plan.programme import Plan, Scheme, claims

Point = Literal["referrals", "outpatient", "elective", "non_elective", "ae"]
POINTS: dict[Point, str] = {
    "referrals": "Referrals",
    "outpatient": "Outpatient attendances",
    "elective": "Elective and day case",
    "non_elective": "Non-elective admissions",
    "ae": "A&E attendances",
}
POINT_OF_CLAIM: dict[str, Point] = {
    "nel": "non_elective",
    "ae": "ae",
    "elective": "elective",
    "outpatient": "outpatient",
}
Basis = Literal["supplied", "published", "synthetic", "planned", "modelled"]


class Growth(Part):
    """One assumed cause of growth of a point of delivery."""

    id: Id
    name: Text
    pct: Annotated[Number, Field(gt=-100, le=1000)] = Field(
        description="growth over the baseline in percent"
    )
    note: str | None = None


class PointAssumptions(Part):
    id: Point
    baseline: Annotated[int, Field(ge=0, strict=True)] | None = Field(
        default=None, description="events of the year before, where the place supplies totals"
    )
    growth: tuple[Growth, ...] = ()
    expects: Literal["growth", "fall", "no change"] | None = Field(
        default=None,
        description="what the plan says of this line where its percentages are not printed or did not survive",
    )


class ActivityAssumptions(Document):
    """Growth assumptions, and totals where a place supplies them instead of records
    (`activity.yaml`)."""

    title: Text
    source: str | None = None
    basis: Basis = "planned"
    points: tuple[PointAssumptions, ...]


@dataclass(frozen=True)
class Bar:
    """One step of a waterfall in whole events; claims are negative, for they take activity away.
    `full` is what a claim comes to over a whole year, `part` which share of the plan's period its
    scheme is to be working."""

    id: str
    name: str
    kind: Literal["growth", "claim", "twice"]
    change: int
    full: int | None = None
    part: float | None = None


@dataclass(frozen=True)
class Shared:
    """Of one claim: how many events it selects, and how many of them each other claim selects
    too."""

    available: int
    others: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class PointOfDelivery:
    """A point of delivery from baseline to plan. `end` is `baseline` and every change: exactly."""

    point: Point
    title: str
    baseline: int
    basis: Basis
    bars: tuple[Bar, ...]
    missing: tuple[str, ...]
    claimed_in_full: int = 0
    """what all claims of this point come to over a whole year, those without a start too"""
    lacks: tuple[str, ...] = ()
    """what keeps the end from being the plan's year; empty where it is"""

    @property
    def is_plan(self) -> bool:
        return not self.lacks

    @property
    def end(self) -> int:
        return self.baseline + sum(b.change for b in self.bars)


@dataclass(frozen=True)
class NoWaterfall:
    """A point of delivery that cannot be drawn, and why."""

    point: Point
    title: str
    missing: tuple[str, ...]


def waterfalls(
    plan: Plan,
    *,
    baselines: Mapping[Point, int],
    basis: Basis,
    assumptions: ActivityAssumptions | None = None,
    shared: Mapping[str, Shared] | None = None,
) -> tuple[PointOfDelivery | NoWaterfall, ...]:
    """One answer for each of the five points. `baselines` come from records; totals in the
    assumptions stand in for points that the records do not hold; `shared` says by claim which
    events others select too, None where nobody knows."""
    given = {p.id: p for p in assumptions.points} if assumptions else {}
    return tuple(
        _waterfall(plan, point, baselines, basis, assumptions, given.get(point), shared)
        for point in POINTS
    )


def growth_bars(baseline: int, growth: tuple[Growth, ...]) -> tuple[Bar, ...]:
    """Joint growth shared among its causes, in whole events that add up to the rounded end."""
    if not growth:
        return ()
    shared = lmdi(float(baseline), {g.id: float(1 + g.pct / Decimal(100)) for g in growth})
    total = round(shared.end - shared.baseline)
    whole = _largest_remainder([shared.contribution[g.id] for g in growth], total)
    return tuple(Bar(g.id, g.name, "growth", n) for g, n in zip(growth, whole, strict=True))


def part_of_period(scheme: Scheme, period: When) -> float | None:
    """Which share of the plan's period a scheme is to be working, from the first day printed; None
    where no day is."""
    start = scheme.implementation.when.start if scheme.implementation.when else None
    if start is None or period.end is None:
        return None
    working = (period.end - max(start, period.start)).days + 1
    return max(working, 0) / ((period.end - period.start).days + 1)


def _waterfall(
    plan: Plan,
    point: Point,
    baselines: Mapping[Point, int],
    basis: Basis,
    assumptions: ActivityAssumptions | None,
    given: PointAssumptions | None,
    shared: Mapping[str, Shared] | None,
) -> PointOfDelivery | NoWaterfall:
    baseline = baselines.get(point)
    if (
        baseline is None
        and given is not None
        and given.baseline is not None
        and assumptions is not None
    ):
        baseline, basis = given.baseline, assumptions.basis
    growth = given.growth if given else ()
    expects = given.expects if given else None
    without = (
        f"growth assumptions: the plan expects {expects} and its percentages are not supplied"
        if expects
        else "growth assumptions: not supplied"
    )
    lacks = [] if growth else [without]
    mine = [(s, c) for s, c in claims(plan) if POINT_OF_CLAIM.get(c.kind) == point]
    counted = [(s, c) for s, c in mine if c.count is not None]
    placed = [
        (s, c, part) for s, c in counted if (part := part_of_period(s, plan.period)) is not None
    ]
    missing = [
        f"{c.id}: no count printed, so it moves no activity" for _, c in mine if c.count is None
    ]
    unplaced = [
        f"{c.id}: no start is printed, so its {c.count:,} move no activity"
        for s, c in counted
        if part_of_period(s, plan.period) is None
    ]
    if baseline is None:
        return NoWaterfall(
            point,
            POINTS[point],
            ("baseline: neither records nor supplied totals", *lacks, *missing),
        )
    taken = {c.id: (c.count or 0) * part for _, c, part in placed}
    whole = _largest_remainder(list(taken.values()), round(sum(taken.values())))
    claimed = [
        Bar(c.id, s.name, "claim", -n, full=c.count, part=part)
        for (s, c, part), n in zip(placed, whole, strict=True)
    ]
    twice = None if len(taken) < 2 else _taken_twice(taken, shared)
    if len(taken) > 1 and twice is None:
        lacks.append("overlap: without records nobody knows which events two schemes claim")
    if twice:
        claimed.append(Bar(f"{point}-twice", "Claimed by two schemes", "twice", twice))
    return PointOfDelivery(
        point=point,
        title=POINTS[point],
        baseline=baseline,
        basis=basis,
        bars=(*growth_bars(baseline, growth), *claimed),
        missing=(*lacks, *unplaced, *missing),
        claimed_in_full=sum(c.count or 0 for _, c in counted),
        lacks=(*lacks, *unplaced),
    )


def _taken_twice(taken: Mapping[str, float], shared: Mapping[str, Shared] | None) -> int | None:
    """Events that two claims would both have avoided, pair by pair; None where the overlap of any
    is not known."""
    if shared is None or not set(taken) <= set(shared):
        return None
    share = {
        c: min(n / shared[c].available, 1.0) if shared[c].available else 0.0
        for c, n in taken.items()
    }
    pairs = {
        frozenset((one, other)): events * share[one] * share[other]
        for one in taken
        for other, events in shared[one].others.items()
        if other in share
    }
    return round(sum(pairs.values()))


def _largest_remainder(parts: list[float], total: int) -> list[int]:
    """Whole numbers near the parts that add up to the total; the largest fractions are rounded up
    first."""
    whole = [int(p // 1) for p in parts]
    by_fraction = sorted(range(len(parts)), key=lambda i: parts[i] - whole[i], reverse=True)
    for i in range(total - sum(whole)):
        whole[by_fraction[i % len(parts)]] += 1
    return whole
