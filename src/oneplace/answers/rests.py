"""What an answer rests on, said where the answer is made: the key under which it is kept follows
from it, and so does what is asked of an earlier moment when somebody wants to know why it moved.

Every answer rests on the build, the documents and what was imported, as far as it asks for them;
nothing of these changes within one opening of a place. What people write and the day change between
two questions, so these are named.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
BUILD, DOCUMENTS, IMPORTS, DAY = "the build", "the documents", "what was imported", "the day"
APART = frozenset({BUILD, DOCUMENTS, IMPORTS, DAY})


def rests_on(*what: str) -> Callable[[F], F]:
    """Declare what an answer is made of: `BUILD`, `DOCUMENTS`, `IMPORTS`, `DAY`, and tables of
    entries by their names."""

    def declare(ask: F) -> F:
        ask.rests_on = frozenset(what)  # type: ignore[attr-defined]
        return ask

    return declare


def behind(ask: Callable[..., Any]) -> frozenset[str]:
    """All that an answer says it rests on."""
    found: frozenset[str] = getattr(ask, "rests_on", frozenset())
    return found


def entries_behind(ask: Callable[..., Any]) -> frozenset[str]:
    """The tables of entries among these."""
    return behind(ask) - APART
