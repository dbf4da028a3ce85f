"""Editions of a form: `schema: 1` in a file says which edition its author filled in.

A file of an earlier edition is brought up step by step before it is checked; one of a later edition
is refused, for an older program would silently drop what it does not know.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from pydantic import BaseModel

from oneplace.faults import Fault, InputAtFault

Upgrade = Callable[[dict[str, Any]], dict[str, Any]]
_UPGRADES: dict[tuple[str, int], Upgrade] = {}


def upgrade_from(kind: str, edition: int) -> Callable[[Upgrade], Upgrade]:
    """Register how a document of `kind` (its class's name) goes from `edition` to the next: content
    in, content out."""

    def register(step: Upgrade) -> Upgrade:
        if (kind, edition) in _UPGRADES:
            raise ValueError(f"two upgrades of {kind} from edition {edition}")
        _UPGRADES[kind, edition] = step
        return step

    return register


def current_edition(kind: type[BaseModel]) -> int | None:
    """The edition that this program writes; None for a class that is not a whole document."""
    field = kind.model_fields.get("schema_edition")
    return None if field is None else int(field.default)


def brought_up(
    content: dict[str, Any], kind: type[BaseModel], *, file: str, line: int | None = 1
) -> dict[str, Any]:
    """The content as the current edition has it. The original is left as it is."""
    current, written = current_edition(kind), content.get("schema", 1)
    if (
        current is None
        or isinstance(written, bool)
        or not isinstance(written, int)
        or written == current
        or written < 1
    ):
        return content
    if written > current:
        raise InputAtFault(
            Fault(
                what="this file was written for a later edition of its form; bring the program up to date",
                file=file,
                line=line,
                path="schema",
                found=str(written),
                expected=f"at most {current}",
            )
        )
    for edition in range(written, current):
        step = _UPGRADES.get((kind.__name__, edition))
        if step is None:
            raise InputAtFault(
                Fault(
                    what=f"there is no way from edition {edition} of {kind.__name__} to the next",
                    file=file,
                    line=line,
                    path="schema",
                    found=str(written),
                    expected=str(current),
                )
            )
        content = step(deepcopy(content))
        content["schema"] = edition + 1
    return content
