"""The board's sections, made by the same modules that write the paper, from the place as it is now.

In: a visit. Out: `Part`s of blocks whose figures carry their traces. The paper and the page cannot differ, because
they are one drawing; and each figure's id leads to what earlier papers said of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from oneplace.plan.performance import trajectories
from oneplace.report.board.paper import (
    Boxes,
    Grid,
    Heading,
    Missing,
    Origin,
    Part,
    Picture,
    Points,
    Section,
    Tiles,
    Words,
)
from oneplace.report.board.performance import performance
from oneplace.report.trace import Figure, Source
from oneplace.visit import Visit
from oneplace.web.config import place

KINDS = {
    Heading: "heading",
    Words: "words",
    Points: "points",
    Tiles: "tiles",
    Grid: "grid",
    Picture: "picture",
    Missing: "missing",
    Boxes: "boxes",
}


def performance_part(visit: Visit) -> Part:
    """A&E waits as XmR charts and the plan's trajectories beside their standards."""
    on, documents = place.today(), visit.plan_documents
    ae = (
        Origin(basis="published", as_at=on, source=Source("table", "tables/ae_monthly.csv"), period="months to the day")
        if visit.place.has("ae_monthly")
        else None
    )
    plan = (
        Origin(
            basis="planned",
            as_at=on,
            source=Source("table", "tables/trajectories.csv"),
            plan_digest=visit.digests.get("plan.yaml"),
        )
        if documents.trajectories
        else None
    )
    return performance(
        ae=visit.place.table("ae_monthly").to_pylist(),
        providers={r["provider_code"]: r["provider_name"] for r in visit.place.table("providers").to_pylist()},
        ae_origin=ae,
        trajectories=trajectories(documents.trajectories),
        measures=documents.measures,
        plan_origin=plan,
        on=on,
    )


def blocks_of(part: Part) -> list[dict[str, Any]]:
    """Each section with its blocks, named by kind for the template."""
    return [section_of(s) for s in part.sections]


def section_of(section: Section) -> dict[str, Any]:
    return {"id": section.id, "title": section.title, "blocks": [(KINDS[type(b)], b) for b in section.blocks]}


def part_kind(part: Any) -> str:
    """What stands in a line: text, a figure, a link, an icon, a state."""
    if part is None or isinstance(part, str):
        return "text"
    return type(part).__name__.lower()


def figures_in(parts: Iterator[Part] | list[Part]) -> dict[str, Figure]:
    from oneplace.report.board.paper import figures_of

    found: dict[str, Figure] = {}
    for p in parts:
        found |= figures_of(p.sections)
    return found
