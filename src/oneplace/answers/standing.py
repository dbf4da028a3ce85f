"""How the place stood at an earlier moment, and the way from there to now, one thing changed after
another.

In: a place's kept papers and builds. Out: `Stand`s, and for one of them the sessions in between:
the data of now with the documents of then, then today's definitions, then today's plan. A figure
asked of each of these says which part of its change is whose. Documents are found again by their
digests; entries by their versions; imported figures by when they came; a build's counts in its
manifest, which is kept for ever, and its rows as long as they are kept.
"""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from oneplace.answers.agreed import plan_documents_of
from oneplace.answers.session import Session
from oneplace.engines import store
from oneplace.faults import InputAtFault
from oneplace.report import words
from oneplace.report.kept import Kept, kept_papers
from oneplace.sources.entries import database_of, entries_until

StepName = Literal["then", "time", "late", "data", "definition", "plan"]
STEPS: tuple[StepName, ...] = ("time", "late", "data", "definition", "plan")
BAKED = frozenset({"segments.yaml", "features.yaml", "caseload.yaml", "risk.yaml"})
"""The documents that a build has worked into its results: what it says with others, only another
build can tell."""
MOST_BUILDS = 8


@dataclass(frozen=True, kw_only=True)
class Stand:
    """One moment that a figure can be compared with: a kept paper, or a build."""

    id: str
    called: str
    on: dt.date
    at: dt.datetime
    build_id: str | None
    as_of: dt.date | None
    documents: Mapping[str, str]
    tables: Mapping[str, str]
    records: str | None
    paper: Kept | None = None

    @property
    def then(self) -> str:
        """When it was, inside a sentence."""
        return f"in {self.called}" if self.paper else f"at {self.called}"


def stands(
    folder: Path, *, current: str | None, day_of: Callable[[dt.date], dt.date]
) -> list[Stand]:
    """Every kept paper, and the last builds before the current one that differ from the one after
    them, the newest first.

    `day_of` gives the day that pages spoke of on a date: a demonstration stands still."""
    papers = [stand_of_paper(folder, k) for k in kept_papers(folder)]
    builds: list[Stand] = []
    after = _manifest(folder, current) if current else None
    for build in reversed(store.builds(folder)):
        if current and build.id >= current:
            continue
        manifest = _manifest(folder, build.id)
        if manifest is None or (after is not None and _same(manifest, after)):
            continue
        builds.append(_of_build(folder, manifest, day_of))
        after = manifest
        if len(builds) == MOST_BUILDS:
            break
    return sorted([*papers, *builds], key=lambda s: s.at, reverse=True)


def stand_of_paper(folder: Path, kept: Kept) -> Stand:
    """A kept paper as something to compare with."""
    said = kept.manifest
    made = _manifest(folder, said["build"]) if said.get("build") else None
    month = words.month(dt.date.fromisoformat(f"{kept.month}-01"))
    return Stand(
        id=f"{kept.month}-{kept.number}",
        called=f"paper {kept.number} of {month}",
        on=dt.date.fromisoformat(said["on"]),
        at=_moment(said.get("entries_at") or said["made_at"]),
        build_id=said.get("build"),
        as_of=dt.date.fromisoformat(said["as_of"]) if said.get("build") else None,
        documents=said["documents"],
        tables=said.get("tables", {}),
        records=store.records_digest(made) if made else None,
        paper=kept,
    )


def _of_build(
    folder: Path, manifest: Mapping[str, Any], day_of: Callable[[dt.date], dt.date]
) -> Stand:
    at = _moment(manifest["made_at"])
    return Stand(
        id=manifest["id"],
        called=f"the build of {words.moment(at)}",
        on=day_of(at.date()),
        at=at,
        build_id=manifest["id"],
        as_of=dt.date.fromisoformat(manifest["as_of"]),
        documents=manifest["documents"],
        tables=manifest.get("place_tables", {}),
        records=store.records_digest(manifest),
    )


def _same(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    return (a["documents"], a["as_of"], store.records_digest(a)) == (
        b["documents"],
        b["as_of"],
        store.records_digest(b),
    )


def _moment(text: str) -> dt.datetime:
    at = dt.datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)


@lru_cache(maxsize=64)
def _manifest(folder: Path, build_id: str) -> dict[str, Any] | None:
    """A build never changes, so its manifest is read once; one that this version cannot read says
    nothing."""
    try:
        return store.Build(build_id, folder / store.STATE / "builds" / build_id).manifest
    except (OSError, ValueError, InputAtFault):
        return None


def table_digest(folder: Path, name: str) -> str | None:
    """The version of a table of the place, by the bytes of its file."""
    path = folder / "tables" / f"{name}.csv"
    try:
        known = path.stat()
    except FileNotFoundError:
        return None
    return _file_digest(path, known.st_mtime_ns, known.st_size)


@lru_cache(maxsize=256)
def _file_digest(path: Path, _changed_ns: int, _bytes: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# --- the way from then to now ------------------------------------------------------------------------------------------


class Between:
    """The sessions between an earlier stand and a session of now. Opened when first asked; `close`
    lets go of an older build. `entries` are the tables of what people wrote that are to be as they
    stood; `told` is what was answered of the stand itself before, which nothing that came since
    changes."""

    def __init__(
        self,
        session: Session,
        stand: Stand,
        entries: tuple[str, ...],
        told: dict[Any, Any] | None = None,
    ):
        self.session, self.stand, self.entries, self.told = (
            session,
            stand,
            entries,
            {} if told is None else told,
        )
        self._opened: dict[StepName, Session] = {}
        self.answers: dict[Any, Any] = {}  # what was asked of each step, kept by whoever asks

    def close(self) -> None:
        for name, opened in self._opened.items():
            if name in ("then", "late"):
                opened.close()
        self._opened.clear()

    def __enter__(self) -> Between:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def at(self, step: StepName) -> Session:
        """The place with everything up to this step as it is now, and the rest as it was."""
        if step not in self._opened:
            self._opened[step] = self._made(step)
        return self._opened[step]

    @property
    def same_documents(self) -> bool:
        now = self.session.digests
        return all(self.stand.documents.get(n) == d for n, d in now.items() if n != "place.yaml")

    @property
    def same_day(self) -> bool:
        return self.stand.as_of == self.session.as_of

    def baked_alike(self, names: tuple[str, ...]) -> bool:
        """Whether these documents, of those that a build works into its results, are the same
        versions."""
        now = self.session.digests
        return all(
            self.stand.documents.get(n) == now.get(n)
            for n in names
            if n in BAKED or n.startswith("scores/")
        )

    def _made(self, step: StepName) -> Session:
        then, now = self.stand.documents, self.session.digests
        made = copy.copy(self.session)
        older_build = step in ("then", "late")
        if older_build:
            made.__dict__.pop("manifest", None)
            made.build, made._engine, made.earlier = self._build(), None, True
            made.observed = self._observed(late_too=step == "late")
            made.entries = self.session.entries.but(
                self._entries_late if step == "late" else self._entries_then
            )
        if step == "plan":
            return made
        documents = self._documents_then
        if step == "definition":
            of_now = self.session.plan_documents
            documents = replace(
                documents,
                standards=of_now.standards,
                targets=of_now.targets,
                measures=of_now.measures,
            )
            documents = replace(documents, compliance=of_now.compliance)
        made.__dict__["plan_documents"] = documents
        plan = ("plan.yaml", "money.yaml", "activity.yaml", "tables/trajectories.csv")
        made.__dict__["digests"] = (
            {**now, **{n: then[n] for n in plan if n in then}}
            if step == "definition"
            else dict(then)
        )
        return made

    @cached_property
    def _documents_then(self) -> Any:
        return (
            self.session.plan_documents
            if self.same_documents
            else plan_documents_of(self.session.folder, self.stand.documents)
        )

    def _build(self) -> store.Build | None:
        if self.stand.build_id is None:
            return None
        build = store.Build(
            self.stand.build_id, self.session.folder / store.STATE / "builds" / self.stand.build_id
        )
        return build if (build.folder / "manifest.json").exists() else None

    @cached_property
    def _entries_then(self) -> dict[str, pa.Table]:
        return entries_until(
            database_of(self.session.folder, os.environ), self.entries, self.stand.at
        )

    @cached_property
    def _entries_late(self) -> dict[str, pa.Table]:
        return entries_until(
            database_of(self.session.folder, os.environ), self.entries, self.stand.at, late_too=True
        )

    def _observed(self, *, late_too: bool) -> Callable[[pa.Table], pa.Table]:
        """Imported figures that had come by then; with `late_too` also those for which nothing
        had."""
        moment = self.stand.at.astimezone(dt.UTC).replace(tzinfo=None)

        def known(rows: pa.Table) -> pa.Table:
            before = rows.filter(
                pc.less_equal(rows["imported_at"], pa.scalar(moment, rows["imported_at"].type))
            )
            if not late_too:
                return before
            had = {_key(r) for r in before.select(KEY).to_pylist()}
            wanted = [
                r["imported_at"] <= moment or _key(r) not in had
                for r in rows.select([*KEY, "imported_at"]).to_pylist()
            ]
            return rows.filter(pa.array(wanted, pa.bool_()))

        return known


KEY = ["measure", "organisation_code", "basis", "part", "weeks_from", "period"]


def _key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[k] for k in KEY)
