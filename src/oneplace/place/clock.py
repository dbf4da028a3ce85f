"""The day that a place speaks of: a demonstration stands still, every other place lives today.

In: the place's document and the environment (`ONEPLACE_TODAY` names a day). Out: the day it stands on, or None where it moves on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from oneplace.place.document import Place


def stands_on(document: Place, environment: Mapping[str, str]) -> dt.date | None:
    """The day that is named; of a demonstration the middle of its year, so that things are due, late and done; else None."""
    named = environment.get("ONEPLACE_TODAY")
    if named:
        return dt.date.fromisoformat(named)
    if document.demonstration and document.study:
        return document.study.start + (document.study.end - document.study.start + dt.timedelta(days=1)) // 2
    return None
