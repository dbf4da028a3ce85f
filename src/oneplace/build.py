"""The one recipe that runs a place, from its sources to results that pages and papers can ask.

In: a place's folder, the moment (the caller's clock), how much of the machine to use. Out: a draft
`Build` whose manifest says what came in, what was refused, what was made, with which documents, key
and code; `answers.publishing` asks it what readers will ask and makes it the current one. A place
without a plan, teams or areas is built as well: the manifest says what it lacks. Nothing of a build
that fails is left behind.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import resource
import secrets
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from oneplace import __version__
from oneplace.demonstration import load_synthetic
from oneplace.documents.versions import record_versions, write_atomically
from oneplace.engines import duck, store
from oneplace.engines.digests import digests
from oneplace.engines.means import Means
from oneplace.engines.means import means as means_of_machine
from oneplace.engines.one_person import note_whereabouts
from oneplace.engines.overview import overview
from oneplace.engines.river import (
    PeopleDocuments,
    RiverReport,
    people_document_kinds,
    read_people_documents,
    run_people_river,
)
from oneplace.faults import Fault, InputAtFault
from oneplace.people import quality
from oneplace.people.records import days_covered
from oneplace.place.clock import newest_day
from oneplace.place.document import Place
from oneplace.place.geography import (
    PlaceInHand,
    check_tables,
    must_be_a_place,
    read_place,
    unreadable,
)
from oneplace.plan.assurance.checking import KINDS as PLAN_KINDS
from oneplace.safety import keyfile, pseudonym
from oneplace.sources.entries import database_of, read_entries
from oneplace.sources.omop import load_omop
from oneplace.sources.receiving import LoadReport, Progress, Sink, silent
from oneplace.tables.results import REVIEWED

T = TypeVar("T")


@contextmanager
def drafted_place(
    folder: Path,
    *,
    now: dt.datetime,
    as_of: dt.date | None = None,
    before: dt.date | None = None,
    people: int | None = None,
    means: Means | None = None,
    accept_rejects: Collection[str] = (),
    warnings: Collection[str] = (),
    progress: Progress = silent,
) -> Iterator[tuple[store.Build, ...]]:
    """Drafts of the place in `folder` as at `now`: of the earlier day `before` where one is named,
    then of `as_of` (default: `newest_day`), from records that are read once. They are sealed and
    may be asked; whoever does not `store.publish` them before this context ends loses them, and the
    last build goes on answering. A table of the records whose rows are all refused is a fault,
    unless `accept_rejects` names it. `warnings` are what the check of the documents found that
    stops no build; the manifest keeps them."""
    place, documents = check_for_build(folder)
    day = _day(place, as_of)
    earlier = _earlier(place, before, day) if before else None
    key = place_key(folder, place.document)
    sooner = now - dt.timedelta(seconds=1)  # names of builds sort by time
    with store.drafted(folder, _id(now)) as draft, store.disk_faults(draft):
        steps = _Steps(
            place, documents, key, means or means_of_machine(), progress, frozenset(accept_rejects)
        )
        entries = read_entries(database_of(folder, os.environ))
        refused, reviewed = refused_in(entries), reviewed_in(entries)
        with duck.memory_faults(steps.means):
            loaded = steps.load(draft, people, now.date())
        same = _of_every_day(folder, place, loaded) | {
            "people_asked": people,
            "key_id": key.id,
            "refused": digest_of(refused),
            "warnings": list(warnings),
            "threads": steps.means.threads,
            "memory_mb": steps.means.memory_mb,
        }
        drafts: list[store.Build] = []
        like = None
        beside = [(store.beside(draft, _id(sooner)), sooner, earlier)] if earlier else []
        for where, at, on in (*beside, (draft, now, day)):
            spent = steps.spent.copy()  # on the records, which every day is worked out from
            with duck.memory_faults(steps.means):
                like, kept = steps.compute(
                    where, on, loaded.basis, refused, reviewed, like, current=on == day
                )
            manifest = {
                "id": where.stem,
                "made_at": at.isoformat(timespec="seconds"),
                "as_of": on.isoformat(),
                **same,
                "notes": [*loaded.notes, *like.notes],
                "results": like.results,
                "model": like.model,
                **kept,
                "seconds_by_step": {name: seconds for name, (seconds, _) in steps.spent.items()},
                "cpu_seconds_by_step": {name: cpu for name, (_, cpu) in steps.spent.items()},
                "seconds": round(sum(seconds for seconds, _ in steps.spent.values()), 2),
                "cpu_seconds": round(sum(cpu for _, cpu in steps.spent.values()), 2),
            }
            steps.spent = spent
            drafts.append(store.seal(where, manifest))
        yield tuple(drafts)


def _of_every_day(folder: Path, place: PlaceInHand, loaded: LoadReport) -> dict[str, Any]:
    """What a manifest says of the place, its documents and the records that came in, whatever day
    is computed."""
    return {
        "edition": store.EDITION,
        "code_version": __version__,
        "place": place.document.name,
        "demonstration": place.document.demonstration,
        "basis": loaded.basis,
        "seed": place.document.records.seed,
        "sources": [vars(f) for f in loaded.files],
        "tables": loaded.tables,
        "rejects": loaded.rejects,
        "refusals": list(loaded.refusals),
        "accepted_rejects": list(loaded.accepted_rejects),
        "repeated": loaded.repeated,
        "figures": list(loaded.figures),
        "documents": record_versions(folder, document_kinds()),
        "inputs": inputs_of(folder),
        "place_tables": {
            p.stem: hashlib.sha256(p.read_bytes()).hexdigest()
            for p in sorted(folder.glob("tables/*.csv"))
        },
    }


def _id(at: dt.datetime) -> str:
    """A name for a build; names sort by time."""
    return f"{at:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


def still_right(folder: Path, *, people: int | None) -> bool:
    """Whether the current build is what building again would give: same documents, tables, day,
    people asked for and code."""
    try:
        build = store.current(folder)
        if build is None or not build.facts.exists():
            return False
        manifest, day = build.manifest, newest_day(read_place(folder).document, os.environ)
    except (InputAtFault, ValueError):
        return False
    wanted = (__version__, people, day.isoformat())
    same = tuple(manifest.get(k) for k in ("code_version", "people_asked", "as_of")) == wanted
    told = (manifest.get("inputs"), manifest.get("refused", digest_of(())))
    return same and told == (
        inputs_of(folder),
        digest_of(refused_in(read_entries(database_of(folder, os.environ)))),
    )


def inputs_of(folder: Path) -> str:
    """One digest over the text of every document and table of the place: equal texts give equal
    builds."""
    made = hashlib.sha256()
    for path in sorted(
        [*folder.glob("*.yaml"), *folder.glob("*/*.yaml"), *folder.glob("tables/*.csv")]
    ):
        made.update(path.relative_to(folder).as_posix().encode())
        made.update(hashlib.sha256(path.read_bytes() if path.is_file() else b"").digest())
    return made.hexdigest()


def refused_in(entries: Mapping[str, pa.Table]) -> tuple[int, ...]:
    """Who refuses to be listed by risk, as people wrote it on the site up to now."""
    objections = entries["objections"].to_pylist()
    return tuple(
        sorted(
            {o["person_id"] for o in objections if (o["what"], o["state"]) == ("risk", "in_force")}
        )
    )


def reviewed_in(entries: Mapping[str, pa.Table]) -> pa.Table:
    """Each person's last review, as the teams wrote it up to now."""
    last: dict[int, dict[str, Any]] = {}
    for r in sorted(entries["reviews"].to_pylist(), key=lambda r: (r["reviewed_on"], r["id"])):
        last[r["person_id"]] = {
            "person_id": r["person_id"],
            "last_reviewed_on": r["reviewed_on"],
            "outcome": r["outcome"],
        }
    return pa.Table.from_pylist(list(last.values()), schema=REVIEWED.arrow)


def digest_of(people: tuple[int, ...]) -> str:
    """Equal for equal people; a manifest names nobody."""
    return hashlib.sha256(repr(people).encode()).hexdigest()


def check_for_build(folder: Path) -> tuple[PlaceInHand, PeopleDocuments]:
    """Read everything a build needs; raise with every fault found, before an hour is spent."""
    must_be_a_place(folder)
    if lost := list(unreadable(folder)):
        raise InputAtFault(lost)
    place = read_place(folder)
    faults = list(check_tables(place))
    try:
        documents = read_people_documents(folder)
    except InputAtFault as e:
        raise InputAtFault([*faults, *e.faults]) from None
    if faults:
        raise InputAtFault(faults)
    return place, documents


def place_key(folder: Path, place: Place) -> pseudonym.PseudonymKey:
    """The key of this place's pseudonyms: public for demonstration people, secret and outside the
    folder otherwise."""
    if place.records.source == "synthetic":
        master = hashlib.sha256(
            f"oneplace demonstration people {place.records.seed}".encode()
        ).digest()
    else:
        master = keyfile.read_or_create_key(
            keyfile.path_for(place_id(folder), os.environ), place_folder=folder
        )
    return pseudonym.derive_key(master, data_set=place.records.source, purpose="person")


def place_id(folder: Path) -> str:
    """The name this place's key and its data go by, made once."""
    path = folder / store.STATE / "place_id"
    if not path.exists():
        write_atomically(path, secrets.token_hex(8) + "\n")
    return path.read_text(encoding="utf-8").strip()


class _Steps:
    """The recipe's steps and how long each took."""

    def __init__(
        self,
        place: PlaceInHand,
        documents: PeopleDocuments,
        key: pseudonym.PseudonymKey,
        means: Means,
        progress: Progress,
        accept_rejects: frozenset[str] = frozenset(),
    ):
        self.accept_rejects = accept_rejects
        self.place, self.documents, self.key, self.means, self.progress = (
            place,
            documents,
            key,
            means,
            progress,
        )
        self.spent: dict[str, tuple[float, float]] = {}  # step -> seconds, CPU seconds

    def load(self, draft: Path, people: int | None, today: dt.date) -> LoadReport:
        """The records, read into the draft's databases."""
        with (
            duck.open(
                draft / "facts.duckdb",
                threads=self.means.threads,
                memory_limit_mb=self.means.memory_mb,
            ) as facts,
            duck.open(draft / "identity.duckdb", threads=1, memory_limit_mb=200) as identity,
        ):
            target = Sink(facts.con, identity.con, self._pseudonyms)
            return self._timed("load", lambda: self._load(target, people, today))

    def compute(
        self,
        draft: Path,
        day: dt.date,
        basis: str,
        refused: tuple[int, ...],
        reviewed: pa.Table,
        like: RiverReport | None,
        *,
        current: bool,
    ) -> tuple[RiverReport, dict[str, Any]]:
        """Everything about the people as of the day, worked out from the records in the draft's
        databases."""
        with (
            duck.open(
                draft / "facts.duckdb",
                threads=self.means.threads,
                memory_limit_mb=self.means.memory_mb,
            ) as facts,
            duck.open(draft / "identity.duckdb", threads=1, memory_limit_mb=200) as identity,
        ):
            if self.place.document.records.period.guessed:
                _inside_records(facts, day)
            river = self._timed(
                "people",
                lambda: run_people_river(
                    facts,
                    self.documents,
                    self.place,
                    as_of=day,
                    basis=basis,
                    seed=self.place.document.records.seed or 0,
                    progress=self.progress,
                    refused=refused,
                    reviewed=reviewed,
                    like=like,
                ),
            )
            if current:  # an earlier day is asked for whole lists; one person of it is read in full
                self._timed("whereabouts", lambda: note_whereabouts(facts, identity, as_of=day))
            kept = {
                "overview": self._timed("overview", lambda: overview(facts, as_of=day)),
                "quality": self._timed("quality", lambda: self._quality(facts, day)),
                "digests": self._timed("digests", lambda: digests(facts, river.tables)),
            }
            return river, kept

    def _load(self, target: Sink, people: int | None, today: dt.date) -> LoadReport:
        records = self.place.document.records
        if records.source == "synthetic":
            return load_synthetic(
                self.place, target, people=people, seed=records.seed or 0, progress=self.progress
            )
        path = (self.place.dir / (records.path or "")).resolve()
        if records.source == "omop":
            return load_omop(
                path,
                target,
                today=today,
                code_list=self.place.table("code_list"),
                accept_rejects=self.accept_rejects,
                progress=self.progress,
            )
        raise InputAtFault(
            Fault(
                what="records of this kind cannot be loaded yet",
                file="place.yaml",
                path="records.source",
                found=records.source,
                expected="synthetic or omop",
            )
        )

    def _quality(self, facts: duck.DuckEngine, day: dt.date) -> list[dict[str, Any]]:
        """The checks of the records; demonstration records are made to pass and are checked in the
        program's own tests."""
        if self.place.document.records.source == "synthetic":
            return []
        return quality.report(facts.rows, facts.columns(), on=day)

    def _pseudonyms(self, ids: Any) -> npt.NDArray[np.int64]:
        return pseudonym.make_pseudonyms(ids, self.key)

    def _timed(self, name: str, step: Callable[[], T]) -> T:
        started, cpu = time.monotonic(), _cpu_seconds()
        result = step()
        self.spent[name] = round(time.monotonic() - started, 2), round(_cpu_seconds() - cpu, 2)
        return result


def document_kinds() -> dict[str, type[Any]]:
    """Every kind of document a place may hold: file or pattern -> class."""
    return {"place.yaml": Place, **people_document_kinds(), **PLAN_KINDS}


def _day(place: PlaceInHand, as_of: dt.date | None) -> dt.date:
    day = as_of or newest_day(place.document, os.environ)
    period = place.document.records.period
    if not period.holds(day):
        raise _not_covered(day, period.start, period.end)
    return day


def _inside_records(facts: duck.DuckEngine, day: dt.date) -> None:
    """Where the place's period was only guessed, the records themselves say which days they
    cover."""
    sql = days_covered(facts.columns())
    first, last = facts.rows(sql)[0].values() if sql else (None, None)
    if first is not None and last is not None and not first <= day <= last:
        raise _not_covered(day, first, last)


def _not_covered(day: dt.date, first: dt.date, last: dt.date) -> InputAtFault:
    return InputAtFault(
        Fault(
            what="the records do not cover this day",
            file="place.yaml",
            path="as_of",
            found=day.isoformat(),
            expected=f"a day from {first} to {last}",
        )
    )


def _earlier(place: PlaceInHand, before: dt.date, day: dt.date) -> dt.date:
    if before < day:
        return _day(place, before)
    raise InputAtFault(
        Fault(
            what="this day is not before the other",
            file="--before",
            found=str(before),
            expected=f"before {day}",
        )
    )


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
