"""Whether a place's plan documents are right, each by itself and with one another.

In: a place's folder. Out: every fault at once with file, line, value and expectation; an empty list
when all is well. A document that is not there is no fault: a place may have people and no plan. A
printed total that its lines do not reach is no fault either, it is shown by `plan.money.reconcile`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from oneplace.documents import load_either, load_yaml, parse
from oneplace.faults import Fault, InputAtFault
from oneplace.measures import MeasureDefinition, Targets, TrajectoryRow, read_trajectories
from oneplace.place.standards import Standards
from oneplace.plan.activity import ActivityAssumptions
from oneplace.plan.assurance.compliance import ComplianceMatrix
from oneplace.plan.assurance.references import (
    Loaded,
    Location,
    ids_twice,
    must_be_known,
    nearest,
    plan_references,
    segment_ids,
    selections,
)
from oneplace.plan.money import Finances
from oneplace.plan.programme import Plan
from oneplace.tables import vocabulary
from oneplace.tables.place import TABLES

KINDS: dict[str, type[BaseModel]] = {
    "plan.yaml": Plan,
    "money.yaml": Finances,
    "standards.yaml": Standards,
    "targets.yaml": Targets,
    "activity.yaml": ActivityAssumptions,
    "measures/*.yaml": MeasureDefinition,
    "compliance/*.yaml": ComplianceMatrix,
}
TRAJECTORIES = "tables/trajectories.csv"
STANDARDS = "standards.yaml"
SUMMED = ("small", "integer", "bigint", "number", "money")


@dataclass(frozen=True)
class PlanDocuments:
    """What a place has of plan documents; absent ones are None or empty."""

    plan: Plan | None
    finances: Finances | None
    standards: Standards | None
    targets: Targets | None
    activity: ActivityAssumptions | None
    measures: tuple[MeasureDefinition, ...]
    compliance: tuple[ComplianceMatrix, ...]
    trajectories: tuple[TrajectoryRow, ...]


def check_plan(place: Path) -> tuple[Fault, ...]:
    """Everything that is wrong with the plan documents and tables of a place."""
    return _checked(place)[1]


def read_plan_documents(place: Path) -> PlanDocuments:
    """Every plan document of a place, or `InputAtFault` with all that is wrong."""
    documents, faults = _checked(place)
    if faults:
        raise InputAtFault(faults)
    return documents


def _checked(place: Path) -> tuple[PlanDocuments, tuple[Fault, ...]]:
    """Lines are kept only where something is wrong: reading with them takes eight times as long."""
    documents, faults = _checked_by(place, load_either)
    return (documents, faults) if not faults else _checked_by(place, load_yaml)


def _checked_by(place: Path, load: Callable[..., Any]) -> tuple[PlanDocuments, tuple[Fault, ...]]:
    faults: list[Fault] = []
    found: list[Loaded] = []
    for pattern, kind in KINDS.items():
        for path in sorted(place.glob(pattern)):
            name = path.relative_to(place).as_posix()
            try:
                content = load(path, name=name)
                found.append(Loaded(name, parse(content, kind, file=name), content))
            except InputAtFault as e:
                faults.extend(e.faults)
    rows: tuple[TrajectoryRow, ...] = ()
    if (place / TRAJECTORIES).exists():
        try:
            rows = read_trajectories(place / TRAJECTORIES, name=TRAJECTORIES)
        except InputAtFault as e:
            faults.extend(e.faults)
    documents = _sorted_out(found, rows)
    segments = segment_ids(place)
    for read in found:
        faults.extend(
            _cross_references(
                read, documents, segments=segments, has_standards=(place / STANDARDS).exists()
            )
        )
    if not any(f.file == TRAJECTORIES for f in faults):
        faults.extend(_trajectory_references(documents))
    return documents, tuple(faults)


def _sorted_out(found: list[Loaded], rows: tuple[TrajectoryRow, ...]) -> PlanDocuments:
    def only(kind: type[BaseModel]) -> Any:
        return next((r.document for r in found if isinstance(r.document, kind)), None)

    return PlanDocuments(
        plan=only(Plan),
        finances=only(Finances),
        standards=only(Standards),
        targets=only(Targets),
        activity=only(ActivityAssumptions),
        measures=tuple(r.document for r in found if isinstance(r.document, MeasureDefinition)),
        compliance=tuple(r.document for r in found if isinstance(r.document, ComplianceMatrix)),
        trajectories=rows,
    )


def _cross_references(
    read: Loaded, documents: PlanDocuments, *, segments: frozenset[str], has_standards: bool
) -> Iterator[Fault]:
    """Standards that are there and at fault are told by themselves; where there are none, nothing
    may be named of them."""
    yield from ids_twice(read)
    standards = {s.id for s in documents.standards.standards} if documents.standards else None
    if not has_standards:
        standards = set()
    if isinstance(read.document, Plan):
        yield from plan_references(read, read.document, standards)
        yield from selections(read, read.document, segments)
    elif isinstance(read.document, MeasureDefinition):
        pledges = {p.id for p in documents.standards.pledges} if documents.standards else standards
        yield from _measure_references(read, read.document, standards, pledges)
    elif isinstance(read.document, ComplianceMatrix) and standards is not None:
        for i, duty in enumerate(read.document.duties):
            if duty.standard is not None:
                yield from must_be_known(
                    read, ("duties", i, "standard"), duty.standard, standards, "standard"
                )


def _measure_references(
    read: Loaded, measure: MeasureDefinition, standards: set[str] | None, pledges: set[str] | None
) -> Iterator[Fault]:
    stem = Path(read.name).stem
    if measure.id != stem:
        yield read.fault(("id",), "a measure is called as its file", measure.id, stem)
    yield from _counted_words(read, measure)
    yield from _table_words(read, measure)
    for k, standard in enumerate(measure.standards if standards is not None else ()):
        yield from must_be_known(read, ("standards", k), standard, standards or set(), "standard")
    for k, pledge in enumerate(measure.constitution if pledges is not None else ()):
        yield from must_be_known(
            read, ("constitution", k), pledge, pledges or set(), "pledge of standards.yaml"
        )


def _counted_words(read: Loaded, measure: MeasureDefinition) -> Iterator[Fault]:
    """The words by which a measure is counted from records are words of the vocabulary, each of its
    own domain."""
    how = measure.from_records
    if how is None:
        return
    named = [
        (("referral",), how.referral, ("referral",)),
        (("condition",), how.condition, ("condition", "circumstance")),
    ]
    named += [(("contacts", k), word, ("contact",)) for k, word in enumerate(how.contacts)]  # type: ignore[misc]
    for at, word, domains in named:
        if word is not None:
            yield from must_be_known(
                read, ("from_records", *at), word, set(vocabulary.keys(*domains)), domains[0]
            )


def _table_words(read: Loaded, measure: MeasureDefinition) -> Iterator[Fault]:
    """The table and the columns by which a measure is made of a table of the place."""
    how = measure.from_table
    if how is None:
        return
    if how.table not in TABLES:
        yield from must_be_known(read, ("from_table", "table"), how.table, set(TABLES), "table")
        return
    types = {c.name: c.type for c in TABLES[how.table].columns}
    for field, of_type in (
        ("organisation", ("text",)),
        ("month", ("date",)),
        ("plus", SUMMED),
        ("less", SUMMED),
        ("of", SUMMED),
    ):
        given = getattr(how, field)
        known = {name for name, kind in types.items() if kind in of_type}
        for k, column in enumerate((given,) if isinstance(given, str) else given):
            at: Location = (
                ("from_table", field) if isinstance(given, str) else ("from_table", field, k)
            )
            yield from must_be_known(read, at, column, known, f"column of {how.table}")


def _trajectory_references(documents: PlanDocuments) -> Iterator[Fault]:
    """Rows of measures that have a document: known, and counted in its unit."""
    units = {m.id: m.unit for m in documents.measures}
    told: set[str] = set()
    for number, row in enumerate(documents.trajectories, start=2):
        if row.measure in told:
            continue
        if row.measure not in units:
            told.add(row.measure)
            yield Fault(
                what="unknown measure",
                file=TRAJECTORIES,
                line=number,
                path="measure",
                found=row.measure,
                expected=nearest(row.measure, set(units)),
            )
        elif row.unit != units[row.measure]:
            told.add(row.measure)
            yield Fault(
                what="the unit is not the measure's",
                file=TRAJECTORIES,
                line=number,
                path="unit",
                found=row.unit,
                expected=units[row.measure],
            )
