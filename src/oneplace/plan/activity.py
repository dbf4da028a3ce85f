"""From last year's activity to this year's, for five points of delivery: baseline, growth, and what schemes claim.

In: baselines (from the build's records or from totals that the place supplies), growth assumptions (`activity.yaml`,
absent where a plan's own figures did not survive), the plan's claims. Out: for each point of delivery the bars of a
waterfall in whole events. They add up exactly, because the end is their sum: growth is shared among its factors by
logarithms (order does not matter) and rounded by largest remainder, and a claim is the printed whole number.

What is not known is said and not filled in: no baseline, no waterfall; no growth assumption, no growth bar.
A claim without a printed count moves no activity and is listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from oneplace.documents import Document
from oneplace.documents.values import Number
from oneplace.methods.waterfall import lmdi
from oneplace.plan.programme import Plan, claims
from oneplace.plan.programme.forms import Id, Part, Text

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
    pct: Annotated[Number, Field(gt=-100, le=1000)] = Field(description="growth over the baseline in percent")
    note: str | None = None


class PointAssumptions(Part):
    id: Point
    baseline: Annotated[int, Field(ge=0, strict=True)] | None = Field(
        default=None, description="events of the year before, where the place supplies totals"
    )
    growth: tuple[Growth, ...] = ()


class ActivityAssumptions(Document):
    """Growth assumptions, and totals where a place supplies them instead of records (`activity.yaml`)."""

    title: Text
    source: str | None = None
    basis: Basis = "planned"
    points: tuple[PointAssumptions, ...]


@dataclass(frozen=True)
class Bar:
    """One step of a waterfall in whole events; claims are negative, for they take activity away."""

    id: str
    name: str
    kind: Literal["growth", "claim"]
    change: int


@dataclass(frozen=True, kw_only=True)
class Waterfall:
    """A point of delivery from baseline to plan. `end` is `baseline` and every change: exactly."""

    point: Point
    title: str
    baseline: int
    basis: Basis
    bars: tuple[Bar, ...]
    missing: tuple[str, ...]

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
) -> tuple[Waterfall | NoWaterfall, ...]:
    """One answer for each of the five points. `baselines` come from records; totals in the assumptions stand in for
    points that the records do not hold."""
    given = {p.id: p for p in assumptions.points} if assumptions else {}
    return tuple(_waterfall(plan, point, baselines, basis, assumptions, given.get(point)) for point in POINTS)


def growth_bars(baseline: int, growth: tuple[Growth, ...]) -> tuple[Bar, ...]:
    """Joint growth shared among its causes, in whole events that add up to the rounded end."""
    if not growth:
        return ()
    shared = lmdi(float(baseline), {g.id: float(1 + g.pct / Decimal(100)) for g in growth})
    total = round(shared.end - shared.baseline)
    whole = _largest_remainder([shared.contribution[g.id] for g in growth], total)
    return tuple(Bar(g.id, g.name, "growth", n) for g, n in zip(growth, whole, strict=True))


def _waterfall(
    plan: Plan,
    point: Point,
    baselines: Mapping[Point, int],
    basis: Basis,
    assumptions: ActivityAssumptions | None,
    given: PointAssumptions | None,
) -> Waterfall | NoWaterfall:
    baseline = baselines.get(point)
    if baseline is None and given is not None and given.baseline is not None and assumptions is not None:
        baseline, basis = given.baseline, assumptions.basis
    growth = given.growth if given else ()
    missing: tuple[str, ...] = () if growth else ("growth assumptions: not supplied",)
    mine = [(s, c) for s, c in claims(plan) if POINT_OF_CLAIM.get(c.kind) == point]
    missing += tuple(f"{c.id}: no count printed, so it moves no activity" for _, c in mine if c.count is None)
    if baseline is None:
        return NoWaterfall(point, POINTS[point], ("baseline: neither records nor supplied totals", *missing))
    claimed = tuple(Bar(c.id, s.name, "claim", -c.count) for s, c in mine if c.count is not None)
    bars = (*growth_bars(baseline, growth), *claimed)
    return Waterfall(point=point, title=POINTS[point], baseline=baseline, basis=basis, bars=bars, missing=missing)


def _largest_remainder(parts: list[float], total: int) -> list[int]:
    """Whole numbers near the parts that add up to the total; the largest fractions are rounded up first."""
    whole = [int(p // 1) for p in parts]
    by_fraction = sorted(range(len(parts)), key=lambda i: parts[i] - whole[i], reverse=True)
    for i in range(total - sum(whole)):
        whole[by_fraction[i % len(parts)]] += 1
    return whole
