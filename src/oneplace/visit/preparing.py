"""What pages will ask of a new build first, asked once right after it is made, so that no reader waits for it.

In: a place's folder. Out: nothing but `.oneplace/counted/<build>/`, which may be deleted at any time. Each answer is kept as
soon as it is there; a place that cannot be asked some of it does without.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from oneplace.faults import InputAtFault
from oneplace.visit import arrivals, counting, families, profiles
from oneplace.visit.opening import open_place
from oneplace.visit.paper_values import Gathered

if TYPE_CHECKING:
    from oneplace.visit.opening import Visit


def prepare(folder: Path) -> None:
    """Keep beside the current build what its pages need: people and features by unit, measures by month, what arrived."""
    with open_place(folder, threads=1) as visit:
        if visit.build is None or not visit.build.facts.exists():
            return
        _units(visit)
        _measures(visit)
        arrivals.feeds(visit)
        arrivals.silent_practices(visit)
        gathered = Gathered(visit, visit.as_of)
        gathered.people(), gathered.inequality()
        try:
            visit.assessed_claims()
        except InputAtFault:
            return  # a plan at fault says so on its own pages


def _units(visit: Visit) -> None:
    if visit.place.has("areas"):
        families.tally(visit, families.family(visit, "area"))
    if visit.place.has("practices"):
        families.tally(visit, families.family(visit, "practice"))
    for by in profiles.UNITS:
        if families.family(visit, by).codes:
            profiles.profiles(visit, by)


def _measures(visit: Visit) -> None:
    try:
        measures = visit.plan_documents.measures
    except InputAtFault:
        return
    for measure in measures:
        if measure.from_records is not None:
            counting.count_once(visit, measure.from_records)
