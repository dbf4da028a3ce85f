"""What a paper needs, gathered through one session: sections of the board paper for a day, and what
is missing.

In: an open session, the day of the paper. Out: the sections. Counts from records are made showable
here, once, by the place's rule for what leaves it; the section modules see nothing smaller. A place
without a build or without a document has a shorter paper.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, cast

import numpy as np

from oneplace.answers import activity as activity_answers
from oneplace.answers import assured, families, kept, position
from oneplace.answers import claims as claims_answers
from oneplace.answers import people as people_answers
from oneplace.answers.entered import entered
from oneplace.answers.measured import figures_of_measure
from oneplace.answers.performance import (
    OF_CHARTS,
    courses,
    ended,
    measure_page,
    measures_overview,
    names,
    of_whole,
    pledges,
    series,
)
from oneplace.answers.plan import EVERYTHING, returns_of
from oneplace.answers.position import MONEY, SUPPLIED
from oneplace.answers.protecting import protected
from oneplace.answers.rests import BUILD, DAY, DOCUMENTS, IMPORTS
from oneplace.answers.session import Session
from oneplace.answers.standing import table_digest
from oneplace.answers.written import planned_on, rebases
from oneplace.engines import store
from oneplace.measures import MeasureDefinition
from oneplace.methods.rates import rate
from oneplace.people.records import counted_as
from oneplace.place.document import TableSource
from oneplace.place.population import side_by_side
from oneplace.plan.scheme import milestone_states
from oneplace.report.board.activity import activity
from oneplace.report.board.claims import claims_part
from oneplace.report.board.entered import CALLED, Entered, listed, written
from oneplace.report.board.entered import MAKERS as LINES
from oneplace.report.board.inequality import AreaRate, Disparity, FifthRate, inequality
from oneplace.report.board.measured import measured
from oneplace.report.board.milestones import milestones
from oneplace.report.board.money import money
from oneplace.report.board.on_a_page import Count, Headcount, People, TeamList, on_a_page
from oneplace.report.board.paper import Chapter, Origin, Section
from oneplace.report.board.performance import Actual, performance
from oneplace.report.board.sources import sources
from oneplace.report.trace import Basis, Figure, Source, digest_of
from oneplace.safety.disclose import PROFILES, disclose
from oneplace.tables.vocabulary import concept, words

BASES: dict[str, Basis] = {
    "published": "published",
    "supplied": "supplied",
    "ours": "modelled",
    "invented": "synthetic",
}
SEED_OF_DRAWS = 20190401
"""Fixed, so that the limits of one paper can be worked out again."""
USED = (
    "areas",
    "population_by_area_age",
    "practices",
    "teams",
    "team_practices",
    "neighbourhoods",
    "neighbourhood_areas",
    "providers",
    "ae_monthly",
    "life_expectancy_by_decile",
)
MOST_CONDITIONS = 12
SHOWN_BY_RULE = "counts shown by the rule"
"""Stands in the source of every figure to which the rule for what leaves the place was applied, and
of no other."""
SEGMENTED = ("segments.yaml", "features.yaml")
LISTED = (*SEGMENTED, "caseload.yaml", "risk.yaml")


@dataclass
class Gathered:
    """Everything of one session on one day."""

    session: Session
    on: dt.date

    # --- where things come from ---

    @cached_property
    def why_no_records(self) -> str:
        """Empty where the build's rows can be asked; else what to do."""
        build = self.session.build
        if build is None:
            return f"Build the place first: oneplace build {self.session.folder.name}."
        return (
            ""
            if build.facts.exists()
            else "The rows of this build are no longer kept: build the place again."
        )

    @cached_property
    def rule(self) -> str:
        return self.session.document.suppression.leaving

    def showable(self, count: int) -> int | None:
        shown: int | None = disclose(count, self.rule, totals=False).cells
        return shown

    def listed(self, counts: Iterable[int]) -> tuple[int | None, ...]:
        """The counts of a list whose total is shown elsewhere: none is found by taking the others
        from it."""
        shown: tuple[int | None, ...] = disclose(list(counts), self.rule).cells
        return shown

    @cached_property
    def disclosure(self) -> str:
        sentence = PROFILES[self.rule].sentence
        return (
            f"Counts of people and events from the place's records are shown by its rule for what leaves the place ({self.rule}): "
            f"{sentence[0].lower()}{sentence[1:]} The months of a measure are exact, because standards are judged by exact counts; those "
            "that the rule hides are not shown. Published and planned figures are shown as they were printed."
        )

    def _document(self, name: str) -> Origin | None:
        return planned_on(self.session, self.on, name)

    def _table(self, name: str) -> Origin | None:
        known = self.session.document.tables.get(name)
        if known is None:
            return None
        return replace(
            _origin_of(name, known, self.on), data_digest=table_digest(self.session.folder, name)
        )

    @cached_property
    def built(self) -> Origin | None:
        """Figures that a build keeps for ever, as at the build's day."""
        if self.session.manifest is None:
            return None
        day = self.session.as_of
        return Origin(
            basis=cast(Basis, self.session.basis),
            as_at=day,
            source=Source("query", "the build's rows", f"{SHOWN_BY_RULE} {self.rule}"),
            build_id=self.session.build_id,
            data_digest=store.records_digest(self.session.manifest),
            period=f"on {day.isoformat()}",
        )

    @cached_property
    def records(self) -> Origin | None:
        """Figures counted from the build's rows, where these are still kept."""
        return None if self.why_no_records else self.built

    @cached_property
    def year_before(self) -> str:
        """What stands beside people of the build's day: the year that ended the day before."""
        return f"the year to {(self.session.as_of - dt.timedelta(days=1)).isoformat()}"

    @cached_property
    def plan_window(self) -> str:
        """What the plan's promises stand beside, whatever the build's day."""
        return str(claims_answers.window(self.session) or "")

    # --- the sections ---

    def parts(
        self, progress: Callable[[str, float], None] = lambda _doing, _share: None
    ) -> tuple[list[Chapter], Section]:
        """The parts in the order of the paper, the place on a page first; and the section of
        sources."""
        made = {}
        asked = (
            self.performance,
            self.money,
            self.milestones,
            self.written,
            self.claims,
            self.activity,
            self.inequality,
        )
        for i, ask in enumerate(asked):
            progress(f"gathering what the paper says of {ask.__name__}", 0.05 + 0.07 * i)
            made[ask.__name__] = ask()
        performance_, money_, milestones_ = made["performance"], made["money"], made["milestones"]
        claims_, activity_, inequality_ = made["claims"], made["activity"], made["inequality"]
        tiles = [
            p.tiles
            for p in (milestones_, claims_, money_, activity_, performance_, inequality_)
            if p.tiles
        ]
        place = self.place(tiles)
        ordered = [
            place,
            performance_,
            milestones_,
            money_,
            made["written"],
            claims_,
            activity_,
            inequality_,
        ]
        last = sources(
            self.session.document,
            self.session.plan_documents.measures,
            disclosure=self.disclosure,
            used=USED,
        )
        return ordered, last

    def place(self, others: Sequence[Any] = ()) -> Chapter:
        has_people = self.session.place.has("population_by_area_age")
        units = [
            Headcount(
                r["unit_kind"], r["unit_code"], r["unit_name"], r["residents"], r["registered"]
            )
            for r in (side_by_side(self.session.place).to_pylist() if has_people else ())
        ]
        return on_a_page(
            units=units,
            published=self._table("population_by_area_age"),
            lists=self._table("practices"),
            ours=self._ours(),
            people=self.people(),
            records=self.built,
            segments=self.built.defined(self.session.digests, *SEGMENTED) if self.built else None,
            caseloads=self.built.defined(self.session.digests, *LISTED) if self.built else None,
            others=others,
            why_not=self.why_no_records,
        )

    def _ours(self) -> dict[str, tuple[Origin, str]]:
        found = {}
        for kind in ("neighbourhood", "team"):
            origin, known = self._table(f"{kind}s"), self.session.document.tables.get(f"{kind}s")
            if origin is not None and known is not None:
                found[kind] = (origin, known.note)
        return found

    def people(self) -> People | None:
        if self.built is None:
            return None
        summary = people_answers.summary(self.session)
        counted = {f["id"]: int(f["value"]) for f in summary["figures"]}
        return People(
            everyone=self.showable(counted.get("people", 0)),
            residents=self.showable(counted.get("residents", 0)),
            registered=self.showable(counted.get("registered", 0)),
            segments=tuple(
                Count(s["segment"], s["title"], n)
                for s, n in zip(
                    summary["segments"],
                    self.listed(s["people"] for s in summary["segments"]),
                    strict=True,
                )
            ),
            conditions=self._conditions(),
            teams=tuple(
                TeamList(t["team"], t["name"], *counts)
                for t, *counts in zip(
                    summary["teams"],
                    *(
                        self.listed(t[c] for t in summary["teams"])
                        for c in ("registered", "register", "agenda")
                    ),
                    strict=True,
                )
            ),
        )

    def _conditions(self) -> tuple[Count, ...]:
        """People alive and in the segments with each long-term condition on the day, the most
        frequent first."""
        if self.records is None:
            return ()
        names = {w.concept_id: w for w in words() if w.domain == "condition" and w.qof}
        day = self.session.as_of
        rows = kept.rows(
            self.session,
            "SELECT d.condition_id, count(DISTINCT d.person_id) AS n FROM diagnoses d "
            "WHERE d.person_id IN (SELECT person_id FROM segments) AND d.start_date <= ? AND (d.end_date IS NULL OR d.end_date >= ?) "
            "GROUP BY d.condition_id ORDER BY n DESC, d.condition_id",
            [day, day],
        )
        known = [(names[r["condition_id"]], r["n"]) for r in rows if r["condition_id"] in names]
        return tuple(Count(w.key, w.title, self.showable(n)) for w, n in known[:MOST_CONDITIONS])

    def performance(self) -> Chapter:
        documents = self.session.plan_documents
        ae = self._ae_rows()
        rows = measures_overview(self.session, on=self.on)["measures"] if documents.measures else []
        figures = self._of_measures(rows)
        whole = of_whole(self.session)
        part = performance(
            ae=ae,
            providers=names(self.session, self.on),
            ae_origin=self._ae_origin(ae),
            trajectories=courses(self.session, self.on),
            measures=documents.measures,
            plan_origin=self._trajectories(),
            on=self.on,
            actuals={
                r["measure"]: Actual(
                    figures[f"measure.{r['measure']}.{r['organisation']}.latest"],
                    dt.date.fromisoformat(r["latest"]["month"]),
                    r["name"],
                    r["latest"]["estimate"],
                )
                for r in rows
                if r["latest"] is not None
                and r["latest"]["value"] is not None
                and r["organisation"] in whole
            },
            **self._of_ae(),
        )
        blocks = measured(rows, figures, notice=self.session.notice)
        first, *rest = part.sections
        return replace(part, sections=(replace(first, blocks=(*first.blocks, *blocks)), *rest))

    def _of_measures(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Figure]:
        """The newest figure of each measure, as its page gives it."""
        found = {}
        for row in rows:
            if row["latest"] is not None:
                page = measure_page(self.session, row["measure"], row["organisation"], on=self.on)
                first = next(iter(figures_of_measure(self.session, page, self.on)))
                found[first.trace.figure_id] = first
        return found

    def _ae_rows(self) -> list[dict[str, Any]]:
        """A&E month by month as the measure's pages have it, trusts merged as they were on the day,
        one row of all departments for a trust and month. Emergency admissions stand only in the
        place's own table: a month that one of the merged trusts lacks has none."""
        table: dict[tuple[str, dt.date], list[dict[str, Any]]] = {}
        for r in self.session.place.table("ae_monthly").to_pylist():
            table.setdefault((r["provider_code"], r["month"]), []).append(r)
        measure = self._ae_measure()
        if measure is None:
            return [r for its in table.values() for r in its]
        gone = {e.code for e in ended(self.session) if e.until < self.on}
        major = {
            code for (code, _), its in table.items() if any(r["department"] == "1" for r in its)
        }
        rows = []
        for code, figures in series(self.session, measure, self.on).items():
            for f in figures:
                if code in gone or f.denominator is None or f.numerator is None:
                    continue
                bodies = f.added_from or (code,)
                its = [table.get((body, f.month), []) for body in bodies]
                known = all(its) and all(r["admissions"] is not None for of in its for r in of)
                imported = code not in {c for c, _ in table}
                rows.append(
                    {
                        "month": f.month,
                        "provider_code": code,
                        "department": "1" if imported or major & set(bodies) else "other",
                        "attendances": int(f.denominator),
                        "over_four_hours": int(f.denominator - f.numerator),
                        "admissions": sum(r["admissions"] for of in its for r in of)
                        if known
                        else None,
                    }
                )
        return rows

    def _of_ae(self) -> dict[str, Any]:
        """The dated standards and the rebases of the measure that is made of the same table."""
        measure = self._ae_measure()
        if measure is None:
            return {}
        return {
            "four_hours": pledges(self.session, measure),
            "rebases": [*measure.rebases, *rebases(self.session, measure)],
        }

    def _ae_origin(self, rows: Sequence[Mapping[str, Any]]) -> Origin | None:
        """The place's table, and what was imported of the same months since."""
        own, measure = self._table("ae_monthly"), self._ae_measure()
        imports = self.session.observations(measure=measure.id).num_rows if measure else 0
        if not imports:
            return own
        said = hashlib.sha256(
            repr(
                sorted(
                    (str(r["month"]), r["provider_code"], r["attendances"], r["over_four_hours"])
                    for r in rows
                )
            ).encode()
        )
        if own is None:
            source = Source("table", "observations", (measure.source or "") if measure else "")
            return Origin(
                basis="published", as_at=self.on, source=source, data_digest=said.hexdigest()
            )
        note = (
            f"{own.source.note}; and figures imported since"
            if own.source.note
            else "and figures imported since"
        )
        return replace(own, source=replace(own.source, note=note), data_digest=said.hexdigest())

    def _ae_measure(self) -> MeasureDefinition | None:
        """The measure that is made of the table of A&E."""
        return next(
            (
                m
                for m in self.session.plan_documents.measures
                if m.from_table is not None
                and m.from_table.table == "ae_monthly"
                and m.from_table.of
            ),
            None,
        )

    def _trajectories(self) -> Origin | None:
        """Trajectories are a table of the plan; its version is the plan's."""
        if not self.session.plan_documents.trajectories:
            return None
        return Origin(
            basis="planned",
            as_at=self.on,
            source=Source(
                "table",
                "tables/trajectories.csv",
                self.session.plan_documents.trajectories[0].source,
            ),
            plan_digest=self.session.digests.get("tables/trajectories.csv"),
            period=f"on {self.on.isoformat()}",
        )

    def milestones(self) -> Chapter:
        plan = self.session.plan_documents.plan
        states = (
            milestone_states(
                plan, on=self.on, returns=returns_of(self.session.entries), known=EVERYTHING
            )
            if plan
            else ()
        )
        return milestones(plan, states, self._document("plan.yaml"), on=self.on)

    def money(self) -> Chapter:
        return money(
            self.session.plan_documents.finances,
            self._document("money.yaml"),
            position.held(self.session, self.on),
            {**position.savings(self.session, self.on), **position.position(self.session, self.on)},
            stem=position.contract_stem,
            supplied=[
                g
                for k, its in entered(self.session, self.on, SUPPLIED).items()
                if (g := listed(its, CALLED[k]))
            ],
        )

    @cached_property
    def entered(self) -> Mapping[str, Sequence[Entered]]:
        """What people wrote, by kind: what asks for something first."""
        return entered(self.session, self.on)

    def written(self) -> Chapter:
        return written(self.entered, assured.risks(self.session, self.on))

    def claims(self) -> Chapter:
        has_totals = self.session.place.has("activity_totals")
        asked = has_totals or self.records is not None
        origin = self._table("activity_totals") if has_totals else self.records
        if origin is not None and not has_totals:
            origin = origin.part("events that each promise selects", "query").about(
                self.plan_window
            )
            origin = origin.defined(self.session.digests, *SEGMENTED)
        if origin is not None:
            origin = replace(origin, plan_digest=self.session.digests.get("plan.yaml"))
        return claims_part(
            self.session.plan_documents.plan,
            claims_answers.assessed(self.session) if asked else None,
            plan_origin=self._document("plan.yaml"),
            records_origin=origin,
            disclose=self.showable,
            why_not=self.why_no_records,
            held=None if has_totals else self._held(),
            contract=finances.contract
            if (finances := self.session.plan_documents.finances)
            else None,
        )

    def _held(self) -> tuple[int, int] | None:
        """People registered in the records, as they may be shown, and on the practices' lists."""
        if self.built is None or not self.session.place.has("population_by_area_age"):
            return None
        found = (
            f["value"]
            for f in people_answers.summary(self.session)["figures"]
            if f["id"] == "registered"
        )
        ours = self.showable(int(next(found, 0)))
        lists = (
            r["registered"]
            for r in side_by_side(self.session.place).to_pylist()
            if r["unit_kind"] == "place"
        )
        listed = next(lists, None)
        return (ours, listed) if ours and listed else None

    def activity(self) -> Chapter:
        session = self.session
        records = (
            replace(
                self.records.part("events of each point of delivery", "query").about(
                    self.plan_window
                ),
                plan_digest=digest_of(("plan.yaml", "activity.yaml"), session.digests),
            )
            if self.records
            else None
        )
        if session.plan_documents.plan is None:
            found: tuple[Any, ...] = ()
        elif self.records is None and session.build is not None:
            found = ()
        else:
            found = activity_answers.waterfalls_of(session)
        return activity(
            found,
            records=records,
            plan=self._document("plan.yaml"),
            disclose=self.showable,
            why_not=self.why_no_records,
            held=self._held(),
        )

    def inequality(self) -> Chapter:
        outcomes = [
            o
            for o in (
                self._outcome(
                    "emergency-admissions", "Emergency admissions", "emergency_admission"
                ),
                self._outcome("ae-attendances", "A&E attendances", "ae_attendance"),
            )
            if o is not None
        ]
        records = (
            self.records.part("events of the year before by home on the day", "query").about(
                self.year_before
            )
            if self.records
            else None
        )
        return inequality(
            life=self.session.place.table("life_expectancy_by_decile").to_pylist(),
            life_origin=self._table("life_expectancy_by_decile"),
            outcomes=outcomes,
            records=records,
            rng=np.random.default_rng(SEED_OF_DRAWS),
            why_not=self.why_no_records or "The place has no small areas in its tables.",
        )

    def _outcome(self, id: str, title: str, kind: str) -> Disparity | None:
        """Events of the year before of people by their home on the day, for each 1,000 of them,
        from counts that may be shown."""
        if self.records is None or not self.session.place.has("areas"):
            return None
        day, areas = self.session.as_of, self.session.place.table("areas").to_pylist()
        rows = kept.rows(
            self.session,
            "WITH home AS (SELECT person_id, area_code FROM residence WHERE area_code IS NOT NULL AND start_date <= ? "
            "AND (end_date IS NULL OR end_date >= ?)), "
            f"events AS (SELECT person_id, count(*) AS n FROM {counted_as(kind)} WHERE contact_id = ? "
            "AND start_date >= CAST(? AS DATE) - INTERVAL 1 YEAR AND start_date < ? GROUP BY person_id) "
            "SELECT h.area_code, count(*) AS people, CAST(coalesce(sum(e.n), 0) AS BIGINT) AS events "
            "FROM home h LEFT JOIN events e USING (person_id) GROUP BY h.area_code",
            [day, day, concept(kind), day, day],
        )
        by_area = {r["area_code"]: (int(r["events"]), int(r["people"])) for r in rows}
        if not by_area:
            return None
        # One protected set for the map and the fifths, joined as every other list of areas is.
        family = families.family(self.session, "area")
        events, people = (
            np.array([by_area.get(c, (0, 0))[i] for c in family.codes]) for i in (0, 1)
        )
        shown = protected(self.session, family, events, people, "leaving", share=False)
        at = {c: i for i, c in enumerate(family.codes)}
        members = family.members("quintile")
        return Disparity(
            id,
            title,
            tuple(
                AreaRate(
                    a["area_code"],
                    f"{a['middle_area_name'] or a['area_name']} ({a['area_code']})",
                    a["hex_column"],
                    a["hex_row"],
                    shown.value([at[a["area_code"]]], 1000.0),
                )
                for a in areas
            ),
            tuple(_fifth(i, *shown.of(members.get(str(i), []))) for i in range(1, 6)),
            f"{PROFILES[self.rule].sentence}",
        )


def _fifth(number: int, events: int | None, people: float | None) -> FifthRate:
    if events is None or not people:
        return FifthRate(number, None, None, None)
    found = rate([events], [people], multiplier=1000.0)
    return FifthRate(number, float(found.value[0]), float(found.lower[0]), float(found.upper[0]))


def _origin_of(name: str, known: TableSource, on: dt.date) -> Origin:
    note = f"{known.publisher}; {known.licence}"
    return Origin(
        basis=BASES[known.basis],
        as_at=on,
        source=Source("table", f"tables/{name}.csv", note),
        period=known.period,
    )


# What people write that each chapter is made of; those of performance follow also what was said of
# charts.
_ENTRIES: dict[str, tuple[str, ...]] = {
    "place": (),
    "performance": OF_CHARTS,
    "milestones": ("returns",),
    "money": MONEY,
    "written": tuple(LINES),
    "claims": ("returns",),  # in the trace of what the plan says
    "activity": ("returns",),
    "inequality": (),
}
EVERY_ENTRY = frozenset(name for names in _ENTRIES.values() for name in names)


@dataclass(frozen=True)
class ChapterOf:
    """One chapter of the paper as it would be written today."""

    name: str

    @property
    def rests_on(self) -> frozenset[str]:
        return frozenset({BUILD, DOCUMENTS, IMPORTS, DAY, *_ENTRIES[self.name]})

    def __call__(self, session: Session, on: dt.date) -> Chapter:
        made: Chapter = getattr(Gathered(session, on), self.name)()
        return made


CHAPTERS = {name: ChapterOf(name) for name in _ENTRIES}
