"""Words of one plan document that name another thing: what is declared, what stands twice, what
nobody knows.

In: a document with the content that knows its lines. Out: faults. Apart from the reading of all
documents (`checking`), so that whoever asks for the plan alone loads no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from oneplace.documents import line_of, load_either
from oneplace.documents.expressions import ExpressionError, Name, parse_expression
from oneplace.faults import Fault, InputAtFault
from oneplace.plan.programme import Plan
from oneplace.tables import vocabulary

Location = tuple[str | int, ...]


@dataclass(frozen=True)
class Loaded:
    """A document, and the loaded content that knows its lines."""

    name: str
    document: BaseModel
    content: Any

    def fault(self, location: Location, what: str, found: str, expected: str) -> Fault:
        path = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in location).lstrip(".")
        return Fault(
            what=what,
            file=self.name,
            line=line_of(self.content, location),
            path=path,
            found=found,
            expected=expected,
        )


def segment_ids(place: Path) -> frozenset[str]:
    """Segment ids a claim may name. The segments' own form belongs to the people river; only the
    ids are read here."""
    path = place / "segments.yaml"
    if not path.exists():
        return frozenset()
    try:
        content = load_either(path)
    except InputAtFault:
        return frozenset()  # the people river reports what is wrong with it
    listed = content.get("segments", ()) if isinstance(content, dict) else ()
    return frozenset(str(s.get("id", s.get("key"))) for s in listed if isinstance(s, dict))


def ids_twice(read: Loaded) -> Iterator[Fault]:
    """Ids that stand twice in one file: of two items with one id a comparison of versions would
    lose one."""
    seen: dict[tuple[str, str], int | None] = {}
    wide = isinstance(read.document, Plan)
    for location, value in _ids(read.content, ()):
        # In a plan returns name things by id alone, so an id stands once in the whole file;
        # elsewhere once in its list.
        scope = "" if wide and location[0] == "schemes" else repr(location[:-2])
        line = line_of(read.content, location)
        if (scope, value) in seen:
            yield read.fault(
                location,
                "the id stands twice",
                value,
                f"an id of its own; line {seen[scope, value]} has it already",
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


def plan_references(read: Loaded, plan: Plan, standards: set[str] | None) -> Iterator[Fault]:
    aims, programmes = {a.id for a in plan.aims}, {p.id for p in plan.programmes}
    milestones = {m.id for s in plan.schemes for m in s.milestones}
    forerunners = {m.id: m.needs for s in plan.schemes for m in s.milestones}
    for i, scheme in enumerate(plan.schemes):
        at: Location = ("schemes", i)
        yield from must_be_known(
            read, (*at, "programme"), scheme.programme, programmes, "programme"
        )
        for n, aim in enumerate(scheme.aims):
            yield from must_be_known(read, (*at, "aims", n), aim, aims, "aim")
        numbers = [m.n for m in scheme.milestones]
        for n, number in enumerate(numbers):
            if number in numbers[:n]:
                yield read.fault(
                    (*at, "milestones", n, "n"),
                    "the number stands twice",
                    str(number),
                    "each number once",
                )
        for n, milestone in enumerate(scheme.milestones):
            for k, name in enumerate(milestone.needs):
                where: Location = (*at, "milestones", n, "needs", k)
                yield from must_be_known(read, where, name, milestones, "milestone")
                if milestone.id in _before(name, forerunners):
                    yield read.fault(
                        where,
                        "the milestone waits for itself",
                        name,
                        "no circle of what waits for what",
                    )
        for n, measure in enumerate(scheme.measures):
            for k, standard in enumerate(measure.standards if standards is not None else ()):
                yield from must_be_known(
                    read,
                    (*at, "measures", n, "standards", k),
                    standard,
                    standards or set(),
                    "standard",
                )


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


def selections(read: Loaded, plan: Plan, segments: frozenset[str]) -> Iterator[Fault]:
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
                    yield from must_be_known(read, (*at, "diagnosis", k), key, reasons, "condition")
                for k, key in enumerate(selection.medicine):
                    yield from must_be_known(read, (*at, "medicine", k), key, medicines, "medicine")
                if selection.people is not None:
                    yield from _people(read, (*at, "people"), selection.people, segments)


def _people(read: Loaded, at: Location, text: str, segments: frozenset[str]) -> Iterator[Fault]:
    """A name alone is a segment, a condition or a circumstance; an expression is checked where
    features are known."""
    if text in segments:
        return
    try:
        tree = parse_expression(text)
    except ExpressionError as e:
        yield read.fault(at, "this is no expression", text, str(e))
        return
    if isinstance(tree, Name):
        known = {*vocabulary.keys("condition", "circumstance"), *segments}
        yield from must_be_known(read, at, tree.name, known, "segment, condition or circumstance")


def must_be_known(
    read: Loaded, at: Location, name: str, known: set[str], what: str
) -> Iterator[Fault]:
    if name not in known:
        yield read.fault(at, f"unknown {what}", name, nearest(name, known))


def nearest(name: str, known: set[str]) -> str:
    near = get_close_matches(name, sorted(known), n=3)
    if near:
        return "perhaps " + " or ".join(near)
    few = ", ".join(sorted(known)[:12])
    return f"one of: {few}" + (" ..." if len(known) > 12 else "") if known else "none is declared"
