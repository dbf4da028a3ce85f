"""Opening a place: which build, which versions of the documents, which moment of the entries, and what it can answer."""

from __future__ import annotations

import copy
import datetime as dt
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from oneplace.answers import people
from oneplace.documents.versions import version_of_head
from oneplace.engines import duck, store
from oneplace.faults import Fault, InputAtFault
from oneplace.place import clock
from oneplace.place.document import DEMONSTRATION, Place
from oneplace.place.geography import PlaceInHand, read_place

if TYPE_CHECKING:
    import pyarrow as pa

    from oneplace.answers.refusals import Reader
    from oneplace.plan.activity import NoWaterfall, Waterfall
    from oneplace.plan.assurance.checking import PlanDocuments
    from oneplace.simulate.claims import Assessed, Window
    from oneplace.sources.entries import Moment

ONE_QUESTION = {"threads": 2, "memory_limit_mb": 1000}


class Entries(Mapping[str, "pa.Table"]):
    """What people wrote, all tables from one moment: that of the first question. A table is read when it is asked for, once;
    whoever asks nothing reads nothing. `close` ends the moment."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._rows: dict[str, list[dict[str, Any]]] = {}
        self._tables: dict[str, pa.Table] = {}
        self._lent = False
        self.newest: dict[str, int] | None = None  # of each kind, where somebody asked

    @cached_property
    def _moment(self) -> Moment:
        from oneplace.sources.entries import Moment, database_of

        return Moment(database_of(self._folder, os.environ))

    def close(self) -> None:
        moment = self.__dict__.pop("_moment", None)
        if moment and not self._lent:
            moment.close()

    def rows(self, name: str) -> list[dict[str, Any]]:
        """One table as dictionaries, without Arrow."""
        if name not in self._rows:
            from oneplace.sources.entries import DECLARED, dictionaries

            if name in self._tables:
                self._rows[name] = self._tables[name].to_pylist()
            else:
                self._rows[name] = dictionaries(DECLARED[name], self._moment.rows(DECLARED[name]))
        return self._rows[name]

    def versions_from(self, number: int) -> list[tuple[int, str]]:
        """Each kept version of an entry from this number on, with the kind of entry it is of, in the order of writing."""
        sql = "SELECT id, kind FROM entry_versions WHERE id >= ? ORDER BY id"
        return [(id, kind) for id, kind in self._moment.select("entry_versions", sql, [number])]

    def __getitem__(self, name: str) -> pa.Table:
        if name not in self._tables:
            from oneplace.sources.entries import DECLARED, arrow

            self._tables[name] = arrow(DECLARED[name], self._moment.rows(DECLARED[name]))
        return self._tables[name]

    def but(self, others: Mapping[str, pa.Table]) -> Entries:
        """The same with some tables of another moment."""
        made = Entries(self._folder)
        made.__dict__["_moment"], made._tables, made._lent = self._moment, dict(others), True
        return made

    def __iter__(self) -> Iterator[str]:
        from oneplace.sources.entries import DECLARED

        return iter(DECLARED)

    def __len__(self) -> int:
        return sum(1 for _ in self)


@dataclass
class Session:
    """One opening of a place. Close it, or use it with `with`; the facts are opened when first asked."""

    folder: Path
    place: PlaceInHand
    build: store.Build | None
    entries: Entries
    opened_at: dt.datetime
    threads: int = 2
    observed: Callable[[pa.Table], pa.Table] | None = None  # which imported figures count, where not all do
    earlier: bool = False  # a stand before: its build is as it was, whatever became of its people since
    reader: Reader | None = None  # through whose sight a team's people are counted; without one as the build has them
    _engine: duck.DuckEngine | None = field(default=None, repr=False)

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.entries.close()
        if self._engine is not None:
            self._engine.con.close()
            self._engine = None

    def seen_by(self, reader: Reader) -> Session:
        """The same moment of the same place, a team's people counted through this reader's sight."""
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
        """The day everything about people was computed for; the place's own day where there is no build."""
        return dt.date.fromisoformat(self.manifest["as_of"]) if self.manifest else self.document.as_of

    @property
    def today(self) -> dt.date:
        """The place's today: real, or where a demonstration's clock stands."""
        return clock.today(self.document, os.environ, computed_for=self.as_of)

    @property
    def records_end(self) -> str | None:
        """What has to be said first of anything about people where the records are older than today; else None."""
        if self.build is None or self.as_of >= self.today:
            return None
        from oneplace.report.words import day  # only here: who explains one person mostly needs no words

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
        """The version of each plan document as it is now, and of each people document as it was built."""
        from oneplace.answers.agreed import plan_digests

        built: dict[str, str] = (self.manifest or {}).get("documents", {})
        place = version_of_head(self.folder, "place.yaml", self.document, built=built.get("place.yaml"))
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
        """A build's facts, opened for whoever closes them: always with the same settings, because one process may not have a
        file open with two."""
        return duck.open(build.facts, threads=self.threads, memory_limit_mb=1000, read_only=True)

    def ask(self, sql: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Rows of a question put to the build's facts."""
        return self.engine.rows(sql, params)

    def observations(self, *, measure: str | None = None, by_week: bool = False) -> pa.Table:
        """Imported figures, of one measure or all: those that count for this session."""
        from oneplace.sources.statistics import observations

        found = observations(self.folder, measure=measure, by_week=by_week)
        return self.observed(found) if self.observed else found

    # --- people ------------------------------------------------------------------------------------------------------
    def teams(self) -> list[str]:
        return people.teams(self)

    def summary(self) -> dict[str, Any]:
        return people.summary(self)

    def caseload(self, team: str | None = None, *, whole: bool = False) -> dict[str, Any]:
        return people.caseload(self, team, whole=whole)

    def explain(self, person: str) -> dict[str, Any]:
        return people.explain(self, person)

    def model_card(self) -> dict[str, Any]:
        """What is known of the risk model: how it was fitted and how well it did on a later year."""
        return dict(self._needs_build()["model"])

    def calibration(self) -> list[dict[str, Any]]:
        """Target beside made for every published figure that demonstration people were fitted to."""
        return list(self._needs_build()["figures"])

    def quality(self) -> dict[str, Any]:
        """What came in, what was refused, and the checks that were made."""
        manifest = self._needs_build()
        return {k: manifest[k] for k in ("sources", "tables", "rejects", "notes")} | {
            "checks": manifest.get("quality", [])
        }

    # --- the plan ----------------------------------------------------------------------------------------------------
    def plan_status(self, on: dt.date) -> dict[str, Any]:
        from oneplace.answers.plan import EVERYTHING, returns_of
        from oneplace.plan.assurance.status import plan_status

        documents = self.plan_documents
        if documents.plan is None:
            raise InputAtFault(Fault(what="this place has no plan", file="plan.yaml", expected="a plan document"))
        return plan_status(
            documents.plan, on=on, returns=returns_of(self.entries), finances=documents.finances, known=EVERYTHING
        )

    def assessed_claims(self) -> tuple[Assessed, ...]:
        """Each claim of the plan beside the place's totals, if it supplies them, or its records; and what the contract makes of it."""
        from oneplace.plan.money.contract import contract_effects
        from oneplace.simulate.claims import under_contract

        plan, finances = self.plan_documents.plan, self.plan_documents.finances
        if plan is None:
            return ()
        rows = [c for s in plan.schemes for c in s.claims]
        return under_contract(
            self._beside_what_exists(),
            contract_effects(rows, self.baselines(), finances.contract if finances else None),
        )

    def _beside_what_exists(self) -> tuple[Assessed, ...]:
        from oneplace.answers.kept import Statements
        from oneplace.answers.people import documents
        from oneplace.simulate.claims import Records, assess, assess_totals

        plan = self.plan_documents.plan
        if plan is None:
            return ()
        if self.place.has("activity_totals"):
            return assess_totals(plan, self.place.rows("activity_totals"))
        features = {
            r["column_name"]: r["data_type"]
            for r in self.ask("SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'features'")
        }
        segments = frozenset(r["segment"] for r in self.ask("SELECT DISTINCT segment FROM segments"))
        covered = self.document.records.period
        records = Records(
            Statements(self),
            self.as_of,
            covered.end,
            self.basis,
            covered.start,
            segments=segments,
            features=features,
            courses=documents(self).features.courses,
        )
        found = assess(plan, records)
        part = self._part_made()
        return tuple(replace(c, flags=(*c.flags, part)) for c in found) if part else found

    def _part_made(self) -> str | None:
        """What has to be said beside counts where fewer demonstration people were asked for than live in the place."""
        asked = (self.manifest or {}).get("people_asked")
        residents = sum(r["persons"] for r in self.place.rows("population_by_age_sex"))
        if asked is None or asked >= residents:
            return None
        return f"about {asked:,} of {residents:,} people were made: what is available is that much smaller"

    def claims(self, audience: str | None = None) -> list[dict[str, Any]]:
        """Each claim as JSON holds it: as it may be shown to an audience, or exact for whoever holds the records anyhow."""
        from oneplace.answers.plan import claim_row

        exact = self.assessed_claims()
        shown = exact if audience is None else self.shown_claims(audience)
        # `hidden`: too few to show, beside None for what was never counted.
        return [
            claim_row(c) | {"hidden": c.available is None and was.available is not None}
            for c, was in zip(shown, exact, strict=True)
        ]

    def shown_claims(self, audience: str = "inside") -> tuple[Assessed, ...]:
        """The claims with their counts through the place's rule for small numbers."""
        from oneplace.answers.protecting import profile_of
        from oneplace.simulate.showing import as_shown

        return as_shown(self.assessed_claims(), profile_of(self, audience))

    def activity(self) -> tuple[Waterfall | NoWaterfall, ...]:
        """Each point of delivery from the year before the plan on."""
        from oneplace.plan.activity import POINTS, NoWaterfall, Shared, waterfalls

        documents = self.plan_documents
        if documents.plan is None:
            return tuple(NoWaterfall(p, title, ("plan: this place has none",)) for p, title in POINTS.items())
        shared = None
        if self.place.has("activity_totals") or (self.build is not None and self.build.facts.exists()):
            shared = {
                c.claim: Shared(c.available or 0, {o.claim: o.events or 0 for o in c.overlaps})
                for c in self.assessed_claims()
            }
        return waterfalls(
            documents.plan,
            baselines=self.baselines(),  # type: ignore[arg-type]
            basis=self.basis,  # type: ignore[arg-type]
            assumptions=documents.activity,
            shared=shared,
        )

    @property
    def plan_window(self) -> Window | None:
        """What the plan could have known: the year before it, or the last year of records that end sooner. None without a plan."""
        from oneplace.simulate.claims import windows

        plan = self.plan_documents.plan
        return windows(plan, self.document.records.period.end)[0] if plan else None

    def baselines(self) -> dict[str, int]:
        """Events of each point of delivery in the plan's window; what the records do not hold is left out, not nought."""
        from oneplace.answers import kept
        from oneplace.engines.overview import events_by_point

        window = self.plan_window
        if window is None or self.build is None or not self.build.facts.exists():
            return {}
        rows = kept.rows(self, events_by_point(window.start, window.end))
        return {r["point"]: int(r["n"]) for r in rows if r["n"]}

    def _needs_build(self) -> dict[str, Any]:
        if self.manifest is None:
            _ = self.engine  # says what to do
            raise AssertionError("a place without a build has no engine")
        return self.manifest


def open_place(folder: Path, *, build: str | store.Build | None = None, threads: int = 2) -> Session:
    """Open the place in `folder` at its current build, at the one named, or at a draft in hand. Where a demonstration's clock
    was moved back, the newest build that was computed for no later day answers."""
    place = read_place(folder)
    chosen = build if isinstance(build, store.Build) else store.current(folder)
    if isinstance(build, str):
        chosen = next((b for b in store.builds(folder) if b.id == build), None)
        if chosen is None:
            known = ", ".join(b.id for b in store.builds(folder)) or "none"
            raise InputAtFault(Fault(what="no such build", file=str(folder), found=build, expected=f"one of: {known}"))
    elif build is None and chosen is not None:
        chosen = _no_later(folder, chosen, clock.stands_on(place.document, os.environ))
    return Session(folder, place, chosen, Entries(folder), dt.datetime.now(dt.UTC), threads)


def _no_later(folder: Path, current: store.Build, stands: dt.date | None) -> store.Build:
    """The current build, unless it was computed for a day after the one that a demonstration stands on by its `--today`."""
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
