"""Every document and table of a place, checked without a build."""

from __future__ import annotations

from pathlib import Path

from oneplace.build import check_for_build
from oneplace.faults import Fault, InputAtFault
from oneplace.plan.assurance.checking import check_plan


def check_place(folder: Path) -> tuple[Fault, ...]:
    """All faults of the place's documents and tables; empty when nothing is wrong."""
    faults: list[Fault] = []
    try:
        check_for_build(folder)
    except InputAtFault as e:
        faults.extend(e.faults)
        if not (folder / "place.yaml").exists():
            return tuple(faults)
    faults.extend(check_plan(folder))
    return tuple(dict.fromkeys(faults))
