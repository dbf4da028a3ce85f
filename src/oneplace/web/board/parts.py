"""The board's sections, made by the same modules that write the paper, from the place as it is now.

In: a visit. Out: `Part`s of blocks whose figures carry their traces. The paper and the page cannot differ, because
they are one drawing; and each figure's id leads to what earlier papers said of it. Counts from records are made
showable there by the place's rule for what leaves it, so no page of the board holds a smaller one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from oneplace.report.board.paper import (
    Boxes,
    Grid,
    Heading,
    Missing,
    Part,
    Picture,
    Points,
    Section,
    Tiles,
    Words,
    figures_of,
)
from oneplace.report.trace import Figure
from oneplace.visit.paper_values import Gathered
from oneplace.web import desk
from oneplace.web.config import place
from oneplace.web.history.models import EntryVersion

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
MAKERS: dict[str, Callable[[Gathered], Part]] = {
    "performance": Gathered.performance,
    "milestones": Gathered.milestones,
    "claims": Gathered.claims,
    "activity": Gathered.activity,
    "money": Gathered.money,
    "inequality": Gathered.inequality,
}
FOLLOW_RETURNS = frozenset({"milestones", "money", "place"})


def part(name: str) -> Part:
    """One section of the paper as it would be written now; made again when the build, a document or a return changes."""
    if name == "place":
        others = [p.tiles for n in MAKERS if (p := part(n)).tiles]
        return desk.answer(_key(name), lambda v: Gathered(v, place.today()).place(others))
    return desk.answer(_key(name), lambda v: MAKERS[name](Gathered(v, place.today())))


def _key(name: str) -> str:
    """Returns change only some sections; the day changes all."""
    last = ""
    if name in FOLLOW_RETURNS:
        found = EntryVersion.objects.filter(kind="returns").order_by("-id").values_list("id", flat=True).first()
        last = f" returns to {found or 0}"
    return f"part {name} on {place.today()}{last}"


def figures() -> dict[str, Figure]:
    """Every figure of every section by its id."""
    found: dict[str, Figure] = {}
    for name in ("place", *MAKERS):
        found |= figures_of(part(name).sections)
    return found


def sections_of(found: Part) -> list[dict[str, Any]]:
    """Each section with its blocks, named by kind for the template."""
    return [section_of(s) for s in found.sections]


def section_of(section: Section) -> dict[str, Any]:
    return {"id": section.id, "title": section.title, "blocks": [(KINDS[type(b)], b) for b in section.blocks]}


def kind_of(part: Any) -> str:
    """What stands in a line: text, a figure, a link, an icon, a state."""
    return "text" if part is None or isinstance(part, str) else type(part).__name__.lower()


def warm() -> None:
    """Make every section once, so that the first reader does not wait for it."""
    if desk.visit().plan_documents.plan is not None or desk.built():
        figures()
