"""Where a person stands in the records: their practice, their team, how sensitive the record is,
what they opted out of.

The door asks this before it decides; it is the only thing read about a person before the audit row
is written, and it says nothing about who they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from oneplace.safety.decide import OptOut, Sensitivity


@dataclass(frozen=True)
class Place:
    """A person's place in the records."""

    practice_code: str | None = None
    team_code: str | None = None
    sensitivity: Sensitivity = Sensitivity.NORMAL
    opt_outs: frozenset[OptOut] = frozenset()


Finder = Callable[[int], Place | None]
_finder: list[Finder] = []


def find_people_with(finder: Finder) -> None:
    """Say how a person's place in the records is found; the last one said holds."""
    _finder[:] = [finder]


def place_of(person_id: int) -> Place | None:
    """None when the records hold no such person, or when there are no records yet."""
    return _finder[0](person_id) if _finder else None
