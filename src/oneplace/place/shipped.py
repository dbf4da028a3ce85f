"""Where the places that come with the program are: inside an installed wheel, or beside `src` in a
checkout."""

from __future__ import annotations

from pathlib import Path

from oneplace.faults import Fault, InputAtFault

_PACKAGE = Path(__file__).resolve().parents[1]


def shipped_places() -> dict[str, Path]:
    """Each shipped place's folder by its name."""
    for root in (_PACKAGE / "shipped", _PACKAGE.parents[1] / "places"):
        found = {p.parent.name: p.parent for p in sorted(root.glob("*/place.yaml"))}
        if found:
            return found
    return {}


def shipped_place(name: str) -> Path:
    """The folder of one shipped place."""
    places = shipped_places()
    if name not in places:
        raise InputAtFault(
            Fault(
                what="no such place comes with the program",
                file=name,
                found=name,
                expected="one of: " + ", ".join(places),
            )
        )
    return places[name]


def shipped_template() -> Path:
    """The documents that a new place starts from."""
    for root in (_PACKAGE / "shipped", _PACKAGE.parents[1] / "places"):
        if (root / "new").is_dir():
            return root / "new"
    raise InputAtFault(
        Fault(what="the documents of a new place did not come with the program", file="places/new")
    )
