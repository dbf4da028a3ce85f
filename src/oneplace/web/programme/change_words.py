"""What a change to the plan changes, as the board reads it: the scheme and the milestone by name,
months as months.

In: the changed fields as `compare` gives them, and the plan whose names are known. Out: one row a
field; the field's own path stands beneath, because that is what the document says.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from oneplace.documents.versions import Difference
from oneplace.plan.programme import Plan
from oneplace.report import words

SCHEME = re.compile(r"schemes\[([^\]]+)\](?:\.milestones\[([^\]]+)\])?(?:\.(\w+))?")
DAY = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")
NOTHING = "Nothing written"


class Worded(NamedTuple):
    """One changed field in words; `path` is where it stands in the document."""

    said: str
    path: str
    before: str
    after: str


def in_words(changes: Iterable[Difference], plan: Plan | None) -> list[Worded]:
    return [
        Worded(_field(c.path, plan), c.path, _value(c.before), _value(c.after)) for c in changes
    ]


def _field(path: str, plan: Plan | None) -> str:
    """`schemes[S1].milestones[S1-M2].due` reads by the names in the plan; a path of another shape
    stays as it is."""
    found = SCHEME.fullmatch(path)
    scheme = next((s for s in plan.schemes if s.id == found[1]), None) if found and plan else None
    if found is None or scheme is None:
        return path
    step = next((m.title for m in scheme.milestones if m.id == found[2]), found[2])
    parts = [f"{scheme.id} {scheme.name}", step, (found[3] or "").replace("_", " ")]
    return ": ".join(p for p in parts if p)


def _value(value: Any) -> str:
    if value is None:
        return NOTHING
    found = DAY.fullmatch(str(value))
    if found is None:
        return str(value)
    try:
        first = dt.date(int(found[1]), int(found[2]), int(found[3] or 1))
    except ValueError:
        return str(value)
    return words.day(first) if found[3] else words.month(first)
