"""Opening a place: which build, which versions of the documents, which moment of the entries, and
what it can answer."""

from __future__ import annotations

import copy
import datetime as dt
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from oneplace.documents.versions import version_of_head
from oneplace.engines import duck, store
from oneplace.faults import Fault, InputAtFault
from oneplace.place import clock
from oneplace.place.document import DEMONSTRATION, Place
from oneplace.place.geography import PlaceInHand, read_place
from oneplace.sources.entries import DECLARED, Moment, arrow, database_of, dictionaries

if TYPE_CHECKING:
    import pyarrow as pa

    from oneplace.plan.assurance.checking import PlanDocuments


class Entries(Mapping[str, "pa.Table"]):
    """What people wrote, all tables from one moment: that of the first question. A table is read
    when it is asked for, once; whoever asks nothing reads nothing. `close` ends the moment."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._rows: dict[str, list[dict[str, Any]]] = {}
        self._tables: dict[str, pa.Table] = {}
        self._lent = False
        self.newest: dict[str, int] | None = None  # of each kind, where somebody asked

    @cached_property
    def _moment(self) -> Moment:
        return Moment(database_of(self._folder, os.environ))

    def close(self) -> None:
        moment = self.__dict__.pop("_moment", None)
        if moment and not self._lent:
            moment.close()

    def rows(self, name: str) -> list[dict[str, Any]]:
        """One table as dictionaries, without Arrow."""
        if name not in self._rows:
            if name in self._tables:
                self._rows[name] = self._tables[name].to_pylist()
            else:
                self._rows[name] = dictionaries(DECLARED[name], self._moment.rows(DECLARED[name]))
        return self._rows[name]

    def versions_from(self, number: int) -> list[tuple[int, str]]:
        """Each kept version of an entry from this number on, with the kind of entry it is of, in
        the order of writing."""
        sql = "SELECT id, kind FROM entry_versions WHERE id >= ? ORDER BY id"
        return [(id, kind) for id, kind in self._moment.select("entry_versions", sql, [number])]

    def __getitem__(self, name: str) -> pa.Table:
        if name not in self._tables:
            self._tables[name] = arrow(DECLARED[name], self._moment.rows(DECLARED[name]))
        return self._tables[name]

    def but(self, others: Mapping[str, pa.Table]) -> Entries:
        """The same with some tables of another moment."""
        made = Entries(self._folder)
        made.__dict__["_moment"], made._tables, made._lent = self._moment, dict(others), True
        return made

    def __iter__(self) -> Iterator[str]:
        return iter(DECLARED)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Reader(Protocol):
    """Whom one reader sees: on any list, on a list by risk, as somebody whom a meeting discusses.
    Who refuses nothing is seen."""

    @property
    def refused(self) -> Mapping[int, frozenset[str]]: ...
    @property
    def mark(self) -> str: ...  # equal where the same people are seen
    def shows(self, person: int) -> bool: ...
    def lists_by_risk(self, person: int) -> bool: ...
    def discusses(self, person: int) -> bool: ...


@dataclass
class Session:
    """One opening of a place. Close it, or use it with `with`; the facts are opened when first
    asked."""

    folder: Path
    place: PlaceInHand
    build: store.Build | None
    entries: Entries
    opened_at: dt.datetime
    threads: int = 2
    observed: Callable[[pa.Table], pa.Table] | None = (
        None  # which imported figures count, where not all do
    )
    earlier: bool = (
        False  # a stand before: its build is as it was, whatever became of its people since
    )
    reader: Reader | None = (
        None  # through whose sight a team's people are counted; without one as the build has them
    )
    _engine: duck.DuckEngine | None = field(default=None, repr=False)

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self.entries.close()
        if self._engine is not None:
            self._engine.con.close()
            self._engine = None

    def seen_by(self, reader: Reader) -> Session:
        """The same moment of the same place, a team's people counted through this reader's
        sight."""
        seen = copy.copy(self)
        seen.reader = reader
        return seen

    # --- what is pinned ----------------------------------------------------------------------------------------------
    @property
    def build_id(self) -> str | None:
        return self.build.id if self.build else None

    @cached_property
    def manifest(self) -> dict[str, Any] | None:
        return self.build.manifest if self.build else None

    @property
    def as_of(self) -> dt.date:
        """The day everything about people was computed for; the place's own day where there is no
        build."""
        return (
            dt.date.fromisoformat(self.manifest["as_of"]) if self.manifest else self.document.as_of
        )

    @property
    def today(self) -> dt.date:
        """The place's today: real, or where a demonstration's clock stands."""
        return clock.today(self.document, os.environ, computed_for=self.as_of)

    @property
    def records_end(self) -> str | None:
        """What has to be said first of anything about people where the records are older than
        today; else None."""
        if self.build is None or self.as_of >= self.today:
            return None
        from oneplace.report.words import (
            day,
        )  # only here: who explains one person mostly needs no words

        return f"Records end on {day(self.as_of)}; today is {day(self.today)}."

    @property
    def document(self) -> Place:
        return self.place.document

    @property
    def basis(self) -> str:
        """What figures about people rest on."""
        return self.manifest["basis"] if self.manifest else "supplied"

    @property
    def notice(self) -> str | None:
        """What has to be said wherever something made from demonstration people is shown."""
        return DEMONSTRATION if self.document.demonstration else None

    @cached_property
    def plan_documents(self) -> PlanDocuments:
        from oneplace.answers.agreed import plan_documents

        return plan_documents(self.folder)

    @cached_property
    def digests(self) -> dict[str, str]:
        """The version of each plan document as it is now, and of each people document as it was
        built."""
        from oneplace.answers.agreed import plan_digests

        built: dict[str, str] = (self.manifest or {}).get("documents", {})
        place = version_of_head(
            self.folder, "place.yaml", self.document, built=built.get("place.yaml")
        )
        return {**built, **plan_digests(self.folder, built=built), "place.yaml": place}

    # --- asking ------------------------------------------------------------------------------------------------------
    @property
    def engine(self) -> duck.DuckEngine:
        """The build's facts, open for reading."""
        if self.build is None:
            raise InputAtFault(
                Fault(
                    what="this place has not been built",
                    file=str(self.folder),
                    found="no build",
                    expected=f"`oneplace build {self.folder}` first",
                )
            )
        if not self.build.facts.exists():
            raise InputAtFault(
                Fault(
                    what="the rows of this build are no longer kept, only its results",
                    file=str(self.build.facts),
                    expected="one of the last three builds, or one that a paper cites",
                )
            )
        if self._engine is None:
            self._engine = self.facts_of(self.build)
        return self._engine

    def facts_of(self, build: store.Build) -> duck.DuckEngine:
        """A build's facts, opened for whoever closes them: always with the same settings, because
        one process may not have a file open with two."""
        return duck.open(build.facts, threads=self.threads, memory_limit_mb=1000, read_only=True)

    def ask(self, sql: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Rows of a question put to the build's facts."""
        return self.engine.rows(sql, params)

    def observations(self, *, measure: str | None = None, by_week: bool = False) -> pa.Table:
        """Imported figures, of one measure or all: those that count for this session."""
        from oneplace.sources.statistics import observations

        found = observations(self.folder, measure=measure, by_week=by_week)
        return self.observed(found) if self.observed else found

    def needs_build(self) -> dict[str, Any]:
        """The manifest; without a build, what to do about it."""
        if self.manifest is None:
            _ = self.engine  # says what to do
            raise AssertionError("a place without a build has no engine")
        return self.manifest


def open_place(
    folder: Path, *, build: str | store.Build | None = None, threads: int = 2
) -> Session:
    """Open the place in `folder` at its current build, at the one named, or at a draft in hand.
    Where a demonstration's clock was moved back, the newest build that was computed for no later
    day answers."""
    place = read_place(folder)
    chosen = build if isinstance(build, store.Build) else store.current(folder)
    if isinstance(build, str):
        chosen = next((b for b in store.builds(folder) if b.id == build), None)
        if chosen is None:
            known = ", ".join(b.id for b in store.builds(folder)) or "none"
            raise InputAtFault(
                Fault(
                    what="no such build", file=str(folder), found=build, expected=f"one of: {known}"
                )
            )
    elif build is None and chosen is not None:
        chosen = _no_later(folder, chosen, clock.stands_on(place.document, os.environ))
    return Session(folder, place, chosen, Entries(folder), dt.datetime.now(dt.UTC), threads)


def _no_later(folder: Path, current: store.Build, stands: dt.date | None) -> store.Build:
    """The current build, unless it was computed for a day after the one that a demonstration stands
    on by its `--today`."""
    if stands is None or not os.environ.get(clock.TODAY) or current.day <= stands:
        return current
    kept = store.with_rows(folder)
    earlier = [b for b in kept if b.day <= stands]
    if not earlier:
        raise InputAtFault(
            Fault(
                what="no build was computed for so early a day",
                file="--today",
                found=stands.isoformat(),
                expected=f"{min(b.day for b in kept)} or later, or `oneplace build {folder} --as-of {stands}` first",
            )
        )
    return max(earlier, key=lambda b: (b.day, b.id))
