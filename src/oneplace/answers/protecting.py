"""Counts of a measure by smallest unit, protected once, and what may be said of any larger unit
made of them.

In: counts and people by unit of a family, who will see them. Out: a `Protected`, which gives
numerator and denominator of any union. What leaves the place is worked out within what is shown
inside it, because some readers see both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from oneplace.answers.families import SmallestUnits
from oneplace.safety.disclose import PROFILES, Profile, effective
from oneplace.safety.units import Units, protect_units

if TYPE_CHECKING:
    from oneplace.answers.session import Session

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Protected:
    """One measure and period. `expected` divides where the denominator is no count of people."""

    profile: Profile
    events: Units
    people: Units | None
    expected: Floats
    share: bool

    def of(self, members: Sequence[int]) -> tuple[int | None, float | None]:
        """Numerator and denominator of a union as they may be shown."""
        if self.people is None:
            return self.events.of(members), float(self.expected[list(members)].sum())
        n, d = self.events.of(members), self.people.of(members)
        if n is None or d is None or not self.share:
            return (None if d is None else n), d
        # A share says a small number of others, too.
        others = d - n
        return (
            None if others < 0 or (self.profile.most and 0 < others <= self.profile.most) else n
        ), d

    def value(self, members: Sequence[int], per: float) -> float | None:
        n, d = self.of(members)
        return None if n is None or not d else per * n / d

    def off_by(self, members: Sequence[int]) -> int:
        return self.events.off_by(members)


def profile_of(session: Session, audience: str) -> Profile:
    """The rule of the place for readers inside it, or for what leaves it."""
    rule = session.document.suppression
    return effective([rule.inside], rule.leaving if audience == "leaving" else rule.inside)


def protected(
    session: Session,
    family: SmallestUnits,
    counts: Sequence[float] | Floats,
    of: Sequence[float] | Floats,
    audience: str,
    *,
    share: bool,
) -> Protected:
    """Protect a measure's counts by smallest unit. `share` where the counted are some of `of`."""
    x, d = np.rint(np.asarray(counts, dtype=float)).astype(np.int64), np.asarray(of, dtype=float)
    profile = profile_of(session, audience)
    whole = bool((d == np.rint(d)).all())
    people = np.rint(d).astype(np.int64)
    sizes = np.maximum(d, 1.0)

    def units(numbers: npt.NDArray[np.int64], among: npt.NDArray[np.int64] | None) -> Units:
        inside = PROFILES[session.document.suppression.inside]
        first = protect_units(numbers, inside, joined=family.joined, of=among, sizes=sizes)
        if profile == inside:
            return first
        return protect_units(
            numbers, profile, joined=family.joined, of=among, sizes=sizes, within=first
        )

    return Protected(
        profile,
        units(x, people if share else None),
        units(people, None) if whole else None,
        d,
        share,
    )
