"""The 5 x 5 risk matrix: consequence x likelihood, and the band of the score.

In: two whole numbers from 1 to 5. Out: a score from 1 to 25 and its band.

Source: National Patient Safety Agency, A risk matrix for risk managers, January 2008, table 3: 1-3
low, 4-6 moderate, 8-12 high, 15-25 extreme (7, 11, 13 and 14 cannot occur).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Band = Literal["low", "moderate", "high", "extreme"]
# NPSA 2008, table 3: highest score of each band.
BAND_TOPS: tuple[tuple[int, Band], ...] = (
    (3, "low"),
    (6, "moderate"),
    (12, "high"),
    (25, "extreme"),
)
CONSEQUENCES = ("negligible", "minor", "moderate", "major", "catastrophic")
LIKELIHOODS = ("rare", "unlikely", "possible", "likely", "almost certain")


@dataclass(frozen=True)
class RiskScore:
    consequence: int
    likelihood: int
    score: int
    band: Band


def risk_score(consequence: int, likelihood: int) -> RiskScore:
    """Score and band of one assessment (initial, current or target alike)."""
    for name, given in (("consequence", consequence), ("likelihood", likelihood)):
        if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= 5:
            raise ValueError(f"{name} is {given!r}; it is a whole number from 1 to 5")
    score = consequence * likelihood
    return RiskScore(
        consequence, likelihood, score, next(band for top, band in BAND_TOPS if score <= top)
    )


def matrix() -> tuple[tuple[RiskScore, ...], ...]:
    """All 25 cells, a row for each consequence from catastrophic down, for drawing."""
    return tuple(tuple(risk_score(c, p) for p in range(1, 6)) for c in range(5, 0, -1))
