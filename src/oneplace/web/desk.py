"""The visit that pages ask: opened once for each build and each state of the documents, with the entries of this moment.

Opening a place reads and checks every document, which takes longer than a page may. So the opened visit is kept until
the current build or a document's file changes; what people wrote is read anew for every request, and only when asked.
Answers that depend on the build and the documents alone are kept as long as the visit is (`answer`).
"""

from __future__ import annotations

import copy
import datetime as dt
import os
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pyarrow as pa

from oneplace.engines import store
from oneplace.sources.entries import database_of, read_entries
from oneplace.visit import Visit, open_place, record
from oneplace.web.accounts.records import Place as Standing
from oneplace.web.config import place

T = TypeVar("T")
_kept: dict[str, Any] = {}
WATCHED = (
    "*.yaml",
    "measures/*.yaml",
    "compliance/*.yaml",
    "scores/*.yaml",
    "segmentations/*.yaml",
    "pathways/*.yaml",
    "tables/*.csv",
)


class Entries(dict[str, pa.Table]):
    """What people wrote, read from the database at the first question."""

    def __missing__(self, name: str) -> pa.Table:
        self.update(read_entries(database_of(place.folder(), os.environ)))
        if name not in self.keys():
            raise KeyError(name)
        return self[name]

    def __contains__(self, name: object) -> bool:
        if not self.keys():
            self.update(read_entries(database_of(place.folder(), os.environ)))
        return name in self.keys()


def visit() -> Visit:
    """The current build and documents, with entries as they are now."""
    mark = tuple(_marks())
    if _kept.get("mark") != mark:
        old = _kept.pop("visit", None)
        if old is not None:
            old.close()
        _kept.clear()
        opened = open_place(place.folder())
        if opened.build is not None and opened.build.facts.exists():
            _ = opened.engine  # opened here, so that every copy shares it
        _ = opened.plan_documents, opened.manifest
        _kept.update(mark=mark, visit=opened, answers={})
    fresh = copy.copy(_kept["visit"])
    fresh.entries, fresh.opened_at = Entries(), dt.datetime.now(dt.UTC)
    return fresh


def answer(name: str, ask: Callable[[Visit], T]) -> T:
    """What `ask` says of the visit, asked once for each build and state of the documents. Only for what no entry changes."""
    current = visit()
    answers: dict[str, Any] = _kept["answers"]
    if name not in answers:
        answers[name] = ask(current)
    return answers[name]


def built() -> bool:
    """Is there a build to ask about people?"""
    current = visit()
    return current.build is not None and current.build.facts.exists()


def standing() -> str:
    """Where the figures of a page are from, in one line."""
    from oneplace.report.words import day

    current = visit()
    if current.build is None:
        return "From the place’s documents and what people wrote here. The place has not been built yet."
    return (
        f"Build {current.build_id}, computed for {day(current.as_of)}. Basis of figures about people: {current.basis}."
    )


def _marks() -> Iterator[Any]:
    folder = place.folder()
    try:
        yield (folder / store.STATE / "current").read_text(encoding="utf-8")
    except FileNotFoundError:
        yield None
    for pattern in WATCHED:
        for path in sorted(folder.glob(pattern)):
            found = path.stat()
            yield (path.name, found.st_mtime_ns, found.st_size)


def place_of(person_id: int) -> Standing | None:
    """Where a person stands in the records; the door asks this before it decides."""
    if not built():
        return None
    found = record.standing(visit(), person_id)
    return Standing(**found) if found else None
