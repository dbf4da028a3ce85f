"""The place's today: one answer for pages, papers and commands.

In: the place's document, the environment (`ONEPLACE_TODAY` moves a demonstration's clock) and the
day that its newest build was computed for. Out: a day. A demonstration stands still on the newest
day that anything was computed for, so that nothing is ever shown from after its today; every other
place lives in the real today, and its clock cannot be moved.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, MutableMapping
from pathlib import Path

from oneplace.faults import Fault, InputAtFault
from oneplace.place.document import Place

TODAY = "ONEPLACE_TODAY"


def stands_on(
    document: Place, environment: Mapping[str, str], *, computed_for: dt.date | None = None
) -> dt.date | None:
    """The day that a demonstration stands on: the one named, else the newest that it is or was
    computed for. None where the place does not stand still."""
    if not document.demonstration:
        return None
    named = environment.get(TODAY)
    if named:
        try:
            return dt.date.fromisoformat(named)
        except ValueError:
            raise InputAtFault(
                Fault(
                    what="this is not a day",
                    file="environment",
                    path=TODAY,
                    found=named,
                    expected="YYYY-MM-DD",
                )
            ) from None
    return max(document.as_of, computed_for or document.as_of)


def today(
    document: Place, environment: Mapping[str, str], *, computed_for: dt.date | None = None
) -> dt.date:
    """The place's today."""
    return stands_on(document, environment, computed_for=computed_for) or dt.date.today()


def computed_for(folder: Path) -> dt.date | None:
    """The day that the place's current build was computed for, by what it says of itself; None
    before the first."""
    state = folder / ".oneplace"
    try:
        name = (state / "current").read_text(encoding="utf-8").strip()
        said = json.loads((state / "builds" / name / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return dt.date.fromisoformat(said["as_of"])


def move(document: Place, environment: MutableMapping[str, str], day: dt.date | None) -> None:
    """Move a demonstration's clock to a day for this process and what it starts; None leaves it
    where it is. InputAtFault at a place whose people are real: its today is not chosen."""
    if day is None:
        return
    if not document.demonstration:
        raise InputAtFault(
            Fault(
                what="only a demonstration's clock can be moved",
                file="--today",
                found=day.isoformat(),
                expected=f"no --today: {document.name} lives in the real today",
            )
        )
    environment[TODAY] = day.isoformat()


def newest_day(document: Place, environment: Mapping[str, str]) -> dt.date:
    """The day to compute a place for: its own; of a demonstration the newest that its records cover
    on its clock."""
    stands = stands_on(document, environment)
    return document.as_of if stands is None else min(stands, document.records.period.end)
