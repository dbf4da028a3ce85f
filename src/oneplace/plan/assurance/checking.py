"""Whether a place's plan documents are right, each by itself and with one another.

In: a place's folder. Out: every fault at once with file, line, value and expectation; an empty list when all is well.
A document that is not there is no fault: a place may have people and no plan. A printed total that its lines do not
reach is no fault either, it is shown by `plan.money.reconcile`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from oneplace.documents import line_of, load_either, load_yaml, parse
from oneplace.documents.expressions import ExpressionError, Name, parse_expression
from oneplace.faults import Fault, InputAtFault
from oneplace.place.standards import Standards
from oneplace.plan.activity import ActivityAssumptions
from oneplace.plan.assurance.compliance import ComplianceMatrix
from oneplace.plan.money import Finances
from oneplace.plan.performance import MeasureDefinition, Targets, TrajectoryRow, read_trajectories
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
Location = tuple[str | int, ...]


@dataclass(frozen=True)
class _Read:
    """A document, and the loaded content that knows its lines."""

    name: str
    document: BaseModel
    content: Any

    def fault(self, location: Location, what: str, found: str, expected: str) -> Fault:
        path = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in location).lstrip(".")
        return Fault(
            what=what, file=self.name, line=line_of(self.content, location), path=path, found=found, expected=expected
        )


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


def read_plan(place: Path) -> PlanDocuments:
    """The plan, its money and its standards alone, or `InputAtFault` with what is wrong in them and between them."""
    documents, faults = _checked(place, {name: KINDS[name] for name in ("plan.yaml", "money.yaml", STANDARDS)})
    if faults:
        raise InputAtFault(faults)
    return documents


def _checked(place: Path, kinds: Mapping[str, type[BaseModel]] = KINDS) -> tuple[PlanDocuments, tuple[Fault, ...]]:
    """Lines are kept only where something is wrong: reading with them takes eight times as long."""
    documents, faults = _checked_by(place, kinds, load_either)
    return (documents, faults) if not faults else _checked_by(place, kinds, load_yaml)


def _checked_by(
    place: Path, kinds: Mapping[str, type[BaseModel]], load: Callable[..., Any]
) -> tuple[PlanDocuments, tuple[Fault, ...]]:
    faults: list[Fault] = []
    found: list[_Read] = []
    for pattern, kind in kinds.items():
        for path in sorted(place.glob(pattern)):
            name = path.relative_to(place).as_posix()
            try:
                content = load(path, name=name)
                found.append(_Read(name, parse(content, kind, file=name), content))
            except InputAtFault as e:
                faults.extend(e.faults)
    rows: tuple[TrajectoryRow, ...] = ()
    if kinds is KINDS and (place / TRAJECTORIES).exists():
        try:
            rows = read_trajectories(place / TRAJECTORIES, name=TRAJECTORIES)
        except InputAtFault as e:
            faults.extend(e.faults)
    documents = _sorted_out(found, rows)
    segments = _segments(place)
    for read in found:
        faults.extend(_cross_references(read, documents, segments=segments, has_standards=(place / STANDARDS).exists()))
    if not any(f.file == TRAJECTORIES for f in faults):
        faults.extend(_trajectory_references(documents))
    return documents, tuple(faults)


def _sorted_out(found: list[_Read], rows: tuple[TrajectoryRow, ...]) -> PlanDocuments:
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


def _segments(place: Path) -> frozenset[str]:
    """Segment ids a claim may name. The segments' own form belongs to the people river; only the ids are read here."""
    path = place / "segments.yaml"
    if not path.exists():
        return frozenset()
    try:
        content = load_either(path)
    except InputAtFault:
        return frozenset()  # the people river reports what is wrong with it
    listed = content.get("segments", ()) if isinstance(content, dict) else ()
    return frozenset(str(s.get("id", s.get("key"))) for s in listed if isinstance(s, dict))


def _cross_references(
    read: _Read, documents: PlanDocuments, *, segments: frozenset[str], has_standards: bool
) -> Iterator[Fault]:
    """Standards that are there and at fault are told by themselves; where there are none, nothing may be named of them."""
    yield from _twice(read)
    standards = {s.id for s in documents.standards.standards} if documents.standards else None
    if not has_standards:
        standards = set()
    if isinstance(read.document, Plan):
        yield from _plan_references(read, read.document, standards)
        yield from _selections(read, read.document, segments)
    elif isinstance(read.document, MeasureDefinition):
        pledges = {p.id for p in documents.standards.pledges} if documents.standards else standards
        yield from _measure_references(read, read.document, standards, pledges)
    elif isinstance(read.document, ComplianceMatrix) and standards is not None:
        for i, duty in enumerate(read.document.duties):
            if duty.standard is not None:
                yield from _known(read, ("duties", i, "standard"), duty.standard, standards, "standard")


def _twice(read: _Read) -> Iterator[Fault]:
    """Ids that stand twice in one file: of two items with one id a comparison of versions would lose one."""
    seen: dict[tuple[str, str], int | None] = {}
    wide = isinstance(read.document, Plan)
    for location, value in _ids(read.content, ()):
        # In a plan returns name things by id alone, so an id stands once in the whole file; elsewhere once in its list.
        scope = "" if wide and location[0] == "schemes" else repr(location[:-2])
        line = line_of(read.content, location)
        if (scope, value) in seen:
            yield read.fault(
                location, "the id stands twice", value, f"an id of its own; line {seen[scope, value]} has it already"
            )
        seen.setdefault((scope, value), line)


def _ids(node: Any, at: Location) -> Iterator[tuple[Location, str]]:
    if isinstance(node, Mapping):
        if "id" in node and at:
            yield (*at, "id"), str(node["id"])
        for key, value in node.items():
            yield from _ids(value, (*at, str(key)))
    elif isinstance(node, list):
        for i, value in enumerate(node):
            yield from _ids(value, (*at, i))


def _plan_references(read: _Read, plan: Plan, standards: set[str] | None) -> Iterator[Fault]:
    aims, programmes = {a.id for a in plan.aims}, {p.id for p in plan.programmes}
    milestones = {m.id for s in plan.schemes for m in s.milestones}
    forerunners = {m.id: m.needs for s in plan.schemes for m in s.milestones}
    for i, scheme in enumerate(plan.schemes):
        at: Location = ("schemes", i)
        yield from _known(read, (*at, "programme"), scheme.programme, programmes, "programme")
        for n, aim in enumerate(scheme.aims):
            yield from _known(read, (*at, "aims", n), aim, aims, "aim")
        numbers = [m.n for m in scheme.milestones]
        for n, number in enumerate(numbers):
            if number in numbers[:n]:
                yield read.fault(
                    (*at, "milestones", n, "n"), "the number stands twice", str(number), "each number once"
                )
        for n, milestone in enumerate(scheme.milestones):
            for k, name in enumerate(milestone.needs):
                where: Location = (*at, "milestones", n, "needs", k)
                yield from _known(read, where, name, milestones, "milestone")
                if milestone.id in _before(name, forerunners):
                    yield read.fault(where, "the milestone waits for itself", name, "no circle of what waits for what")
        for n, measure in enumerate(scheme.measures):
            for k, standard in enumerate(measure.standards if standards is not None else ()):
                yield from _known(read, (*at, "measures", n, "standards", k), standard, standards or set(), "standard")


def _before(name: str, forerunners: Mapping[str, tuple[str, ...]]) -> set[str]:
    """A milestone with all that has to be done before it."""
    found: set[str] = set()
    left = [name]
    while left:
        now = left.pop()
        if now not in found:
            found.add(now)
            left.extend(forerunners.get(now, ()))
    return found


def _selections(read: _Read, plan: Plan, segments: frozenset[str]) -> Iterator[Fault]:
    reasons = set(vocabulary.keys("condition", "acute"))
    medicines = set(vocabulary.keys("medicine"))
    for i, scheme in enumerate(plan.schemes):
        for n, claim in enumerate(scheme.claims):
            for field in ("selects", "otherwise"):
                selection = getattr(claim, field)
                if selection is None:
                    continue
                at: Location = ("schemes", i, "claims", n, field)
                for k, key in enumerate(selection.diagnosis):
                    yield from _known(read, (*at, "diagnosis", k), key, reasons, "condition")
                for k, key in enumerate(selection.medicine):
                    yield from _known(read, (*at, "medicine", k), key, medicines, "medicine")
                if selection.people is not None:
                    yield from _people(read, (*at, "people"), selection.people, segments)


def _people(read: _Read, at: Location, text: str, segments: frozenset[str]) -> Iterator[Fault]:
    """A name alone is a segment, a condition or a circumstance; an expression is checked where features are known."""
    if text in segments:
        return
    try:
        tree = parse_expression(text)
    except ExpressionError as e:
        yield read.fault(at, "this is no expression", text, str(e))
        return
    if isinstance(tree, Name):
        known = {*vocabulary.keys("condition", "circumstance"), *segments}
        yield from _known(read, at, tree.name, known, "segment, condition or circumstance")


def _measure_references(
    read: _Read, measure: MeasureDefinition, standards: set[str] | None, pledges: set[str] | None
) -> Iterator[Fault]:
    stem = Path(read.name).stem
    if measure.id != stem:
        yield read.fault(("id",), "a measure is called as its file", measure.id, stem)
    yield from _counted_words(read, measure)
    yield from _table_words(read, measure)
    for k, standard in enumerate(measure.standards if standards is not None else ()):
        yield from _known(read, ("standards", k), standard, standards or set(), "standard")
    for k, pledge in enumerate(measure.constitution if pledges is not None else ()):
        yield from _known(read, ("constitution", k), pledge, pledges or set(), "pledge of standards.yaml")


def _counted_words(read: _Read, measure: MeasureDefinition) -> Iterator[Fault]:
    """The words by which a measure is counted from records are words of the vocabulary, each of its own domain."""
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
            yield from _known(read, ("from_records", *at), word, set(vocabulary.keys(*domains)), domains[0])


def _table_words(read: _Read, measure: MeasureDefinition) -> Iterator[Fault]:
    """The table and the columns by which a measure is made of a table of the place."""
    how = measure.from_table
    if how is None:
        return
    if how.table not in TABLES:
        yield from _known(read, ("from_table", "table"), how.table, set(TABLES), "table")
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
            at: Location = ("from_table", field) if isinstance(given, str) else ("from_table", field, k)
            yield from _known(read, at, column, known, f"column of {how.table}")


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
                expected=_nearest(row.measure, set(units)),
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


def _known(read: _Read, at: Location, name: str, known: set[str], what: str) -> Iterator[Fault]:
    if name not in known:
        yield read.fault(at, f"unknown {what}", name, _nearest(name, known))


def _nearest(name: str, known: set[str]) -> str:
    near = get_close_matches(name, sorted(known), n=3)
    if near:
        return "perhaps " + " or ".join(near)
    few = ", ".join(sorted(known)[:12])
    return f"one of: {few}" + (" ..." if len(known) > 12 else "") if known else "none is declared"
