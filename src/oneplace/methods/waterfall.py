"""From last year's activity to next year's: what each factor adds or takes away.

In: a baseline and named factors (1.02 is 2% growth) or amounts. Out: a `Waterfall` whose
contributions add up to the change exactly: `math.fsum([baseline, *contributions])` is `end`, to the
last bit.

Three ways to share a joint effect, and the paper says which was used: `lmdi` (each factor by its
logarithm; order does not matter, nothing is left over), `sequential` (each step on what the steps
before it left; order matters) and `simple` (each factor alone on the baseline, and one interaction
term).

Source: Ang B W. Energy Policy 2005;33:867-71, equations 4 to 6 (additive log-mean Divisia
decomposition).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from oneplace.methods.arrays import Floats


@dataclass(frozen=True)
class Factor:
    """One step of a sequence: a factor that multiplies what stands, or an amount that is added to
    it."""

    name: str
    factor: float | None = None
    amount: float | None = None

    def __post_init__(self) -> None:
        if (self.factor is None) == (self.amount is None):
            raise ValueError(f"step {self.name!r} has either a factor or an amount")


@dataclass(frozen=True)
class Staircase:
    """Bars of the chart in order; `interaction` is 0 except for `simple`."""

    method: str
    baseline: float
    end: float
    contribution: dict[str, float]
    interaction: float = 0.0

    def bars(self) -> list[tuple[str, float, float]]:
        """Name, start and stop of each bar between the baseline and the end."""
        stands, out = self.baseline, []
        for name, change in self.contribution.items():
            out.append((name, stands, stands + change))
            stands += change
        if self.interaction:
            out.append(("interaction", stands, stands + self.interaction))
        return out


def lmdi(baseline: float, factors: Mapping[str, float]) -> Staircase:
    """Log-mean attribution: contribution = log-mean of start and end x log of the factor."""
    _check(factors)
    shares = lmdi_many([baseline], [list(factors.values())])[1][0]
    parts = dict(zip(factors, (float(s) for s in shares), strict=True))
    return Staircase("log-mean (LMDI)", baseline, math.fsum([baseline, *parts.values()]), parts)


def lmdi_many(baseline: ArrayLike, factors: ArrayLike) -> tuple[Floats, Floats]:
    """End and contributions (lines x factors) of many lines at once; a factor that is not above 0
    makes its line NaN."""
    start = np.asarray(baseline, dtype=np.float64)
    by = np.asarray(factors, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(by > 0, np.log(by), np.nan)
        total = logs.sum(axis=1)
        end = start * np.where(np.isnan(total), np.nan, by.prod(axis=1))
        # (e^t - 1) / t is the log-mean over the baseline, and 1 when nothing changes.
        ratio = np.where(total == 0, 1.0, np.expm1(total) / np.where(total == 0, 1.0, total))
    return end, start[:, None] * ratio[:, None] * logs


def sequential(baseline: float, steps: Sequence[Factor]) -> Staircase:
    """Each step acts on what the steps before it left; amounts (a scheme's claim in spells) may
    stand among factors."""
    names = [s.name for s in steps]
    if len(set(names)) != len(names):
        raise ValueError(f"each step has its own name: {', '.join(names)}")
    stands, parts = baseline, {}
    for step in steps:
        change = (
            step.amount if step.amount is not None else stands * (float(step.factor or 0.0) - 1)
        )
        parts[step.name] = float(change)
        stands += change
    end = math.fsum([baseline, *parts.values()])
    return Staircase("sequential", baseline, end, parts)


def simple(baseline: float, factors: Mapping[str, float]) -> Staircase:
    """Each factor alone on the baseline; what they make together beyond that is the interaction."""
    _check(factors)
    parts = {name: baseline * factor - baseline for name, factor in factors.items()}
    interaction = math.fsum(
        [baseline * math.prod(factors.values()), -baseline, *(-part for part in parts.values())]
    )
    end = math.fsum([baseline, *parts.values(), interaction])
    return Staircase("each alone, and interaction", baseline, end, parts, interaction)


def _check(factors: Mapping[str, float]) -> None:
    for name, factor in factors.items():
        if not (factor > 0 and math.isfinite(factor)):
            raise ValueError(f"factor {name!r} is {factor}; a factor is above 0")
