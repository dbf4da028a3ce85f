"""The one way to ask a place anything: pages, interfaces, notebooks, papers and the command line
all come in here.

`open_place(folder)` pins one build, the documents' digests and a moment of entries; every answer is
a function of that session and can say so. Answers are plain values: dictionaries and lists that a
page, a paper or JSON can hold. A pseudonym is given as text, because a 63-bit number does not
survive every reader of JSON.

The three names are fetched when first used: `plan status` needs no database and should not wait for
one to load.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from oneplace.answers.checking import check_place
    from oneplace.answers.plan import plan_status
    from oneplace.answers.session import Session, open_place

__all__ = ["Session", "check_place", "open_place", "plan_status"]

_HOME = {
    "check_place": "checking",
    "open_place": "session",
    "Session": "session",
    "plan_status": "plan",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(name)
    return getattr(import_module(f"oneplace.answers.{_HOME[name]}"), name)
