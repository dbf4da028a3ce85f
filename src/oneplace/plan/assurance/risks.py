"""Risks as they are entered, scored: initial, current and target on the 5 x 5 matrix.

In: assessments from the risk entries. Out: scores with their bands, and whether mitigation has done
what it should.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from oneplace.methods.risk import RiskScore, risk_score


@dataclass(frozen=True, kw_only=True)
class RiskEntry:
    """A risk as somebody entered it; each assessment is (consequence, likelihood), 1 to 5."""

    id: str
    title: str
    scheme: str | None
    owner: str
    initial: tuple[int, int]
    current: tuple[int, int]
    target: tuple[int, int] | None = None


@dataclass(frozen=True)
class ScoredRisk:
    entry: RiskEntry
    initial: RiskScore
    current: RiskScore
    target: RiskScore | None
    movement: Literal["worse", "same", "better"]
    at_target: bool | None


def scored(risks: tuple[RiskEntry, ...]) -> tuple[ScoredRisk, ...]:
    """Each risk scored, the gravest first; those alike in score stand by id."""
    return tuple(sorted((_scored(r) for r in risks), key=lambda s: (-s.current.score, s.entry.id)))


def _scored(r: RiskEntry) -> ScoredRisk:
    initial, current = risk_score(*r.initial), risk_score(*r.current)
    target = risk_score(*r.target) if r.target else None
    moved = current.score - initial.score
    return ScoredRisk(
        r,
        initial,
        current,
        target,
        "worse" if moved > 0 else "better" if moved < 0 else "same",
        None if target is None else current.score <= target.score,
    )
