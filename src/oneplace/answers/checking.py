"""Every document and table of a place, checked without a build."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path, PurePosixPath

from oneplace.build import check_for_build, document_kinds
from oneplace.documents import line_of, load_yaml, read
from oneplace.documents.expressions import (
    ExpressionError,
    Kind,
    Name,
    check_condition,
    parse_expression,
)
from oneplace.faults import Fault, InputAtFault
from oneplace.measures import MeasureDefinition
from oneplace.people.documents import read_people_documents
from oneplace.place.geography import read_place, repeated_rows, unreadable
from oneplace.place.services import check_directory
from oneplace.plan.assurance.checking import TRAJECTORIES, check_plan
from oneplace.plan.programme import Plan
from oneplace.tables.place import TABLES


def check_place(folder: Path) -> tuple[Fault, ...]:
    """All faults of the place's documents and tables, then a warning for each file that nothing
    reads; empty when nothing is wrong."""
    faults: list[Fault] = list(unreadable(folder))
    if faults:  # whatever reads them would stumble or wait for ever
        return tuple(faults)
    try:
        check_for_build(folder)
    except InputAtFault as e:
        faults.extend(e.faults)
        if not (folder / "place.yaml").exists():
            return tuple(faults)
    else:
        faults.extend(repeated_rows(read_place(folder)))
    faults.extend(check_plan(folder))
    faults.extend(_services(folder))
    faults.extend(_claims(folder))
    faults.extend(_needed_features(folder))
    named = {f.file for f in faults}
    faults.extend(w for w in unread(folder)[0] if w.file not in named)
    return tuple(dict.fromkeys(faults))


def must_be_right(folder: Path) -> tuple[Fault, ...]:
    """The place's warnings; a place with a fault is refused, before an hour is spent on building
    it."""
    found = check_place(folder)
    if any(f.severity == "fault" for f in found):
        raise InputAtFault(found)
    return found


def _claims(folder: Path) -> Iterator[Fault]:
    """Conditions in the plan's claims that speak of features: the plan does not know them, the
    people's documents do."""
    path = folder / "plan.yaml"
    try:
        plan = read(path, Plan, name="plan.yaml") if path.exists() else None
        kinds = read_people_documents(folder).kinds
    except InputAtFault:  # told already
        return
    content = None
    for i, scheme in enumerate(plan.schemes if plan else ()):
        for n, claim in enumerate(scheme.claims):
            for field in ("selects", "otherwise"):
                people = getattr(getattr(claim, field), "people", None)
                wrong = _wrong(people, kinds) if people else None
                if wrong is not None:
                    content = content or load_yaml(path, name="plan.yaml")
                    at: list[str | int] = ["schemes", i, "claims", n, field, "people"]
                    where = f"schemes[{i}].claims[{n}].{field}.people"
                    yield wrong.fault(file="plan.yaml", line=line_of(content, at), path=where)


def _needed_features(folder: Path) -> Iterator[Fault]:
    """Measures that are counted from records are counted by area and by practice as well."""
    try:
        measures = [
            p.name
            for p in sorted(folder.glob("measures/*.yaml"))
            if read(p, MeasureDefinition).from_records
        ]
        kinds = read_people_documents(folder).kinds
    except InputAtFault:  # told already
        return
    for name in ("area_code", "practice_code") if measures else ():
        if name not in kinds:
            what, expected = (
                "a feature is missing that measures from records are counted by",
                f"a feature {name}",
            )
            yield Fault(
                what=what,
                file="features.yaml",
                path="features",
                found=measures[0],
                expected=expected,
            )


def _wrong(people: str, kinds: Mapping[str, Kind]) -> ExpressionError | None:
    """A name alone is a segment, a condition or a circumstance, which the plan's own check
    knows."""
    try:
        if not isinstance(parse_expression(people), Name):
            check_condition(people, kinds)
    except ExpressionError as e:
        return e
    return None


def _services(folder: Path) -> tuple[Fault, ...]:
    try:
        wards = {w["ward_code"] for w in read_place(folder).rows("wards")}
    except InputAtFault:  # told already
        wards = set()
    return check_directory(folder, wards)


# --- what nothing reads -----------------------------------------------------------------------------------------------
DATA = frozenset(
    {".yaml", ".yml", ".csv", ".tsv", ".json", ".xlsx", ".xls", ".parquet", ".gz", ".zip"}
)


def unread(folder: Path) -> tuple[list[Fault], list[str]]:
    """Every file of the place that nothing reads: data and documents, each a warning, and the names
    of the others (a README)."""
    warned: list[Fault] = []
    others: list[str] = []
    for path in sorted(_files(folder)):
        name = path.relative_to(folder).as_posix()
        if _is_read(name):
            continue
        if path.suffix.lower() in DATA:
            warned.append(_warning(folder, path, name))
        else:
            others.append(name)
    return warned, others


def _files(folder: Path) -> Iterator[Path]:
    """Files of the place, without hidden ones and without its records, which their own loader
    accounts for."""
    apart = _records_of(folder)
    for path in folder.glob("**/*"):
        inside = path.relative_to(folder)
        if path.is_dir() or any(p.startswith(".") for p in inside.parts):
            continue
        if not any(path == a or a in path.parents for a in apart):
            yield path


def _records_of(folder: Path) -> tuple[Path, ...]:
    try:
        document = read_place(folder).document
    except InputAtFault:
        return ()
    path = (folder / document.records.path).absolute() if document.records.path else None
    return (path,) if path and path != folder.absolute() else ()


def _is_read(name: str) -> bool:
    kinds = {*document_kinds(), "services.yaml", TRAJECTORIES, *(f"tables/{t}.csv" for t in TABLES)}
    return name in kinds or any(
        "/" in k and PurePosixPath(name).match(k) and name.count("/") == 1 for k in kinds
    )


def _warning(folder: Path, path: Path, name: str) -> Fault:
    """What was most likely meant by a file that nothing reads."""
    kinds = {*document_kinds(), "services.yaml"}
    parent = path.parent.relative_to(folder).as_posix()
    folders = {k.split("/")[0] for k in kinds if "/" in k} | {"tables"}
    found, expected = name, None
    if parent == ".":
        near = get_close_matches(
            path.with_suffix(".yaml").name, {k for k in kinds if "/" not in k}, n=1, cutoff=0.8
        )
        missing = [n for n in near if not (folder / n).exists()]
        expected = (
            f"{missing[0]}?"
            if missing
            else "one of: " + ", ".join(sorted(k for k in kinds if "/" not in k))
        )
    elif parent in folders:
        if parent == "tables":
            near = get_close_matches(path.stem, TABLES, n=1, cutoff=0.8)
            expected = (
                f"tables/{near[0]}.csv?"
                if near
                else "a table of docs/reference/tables.md, as tables/NAME.csv"
            )
        else:
            expected = f"{parent}/NAME.yaml"
    else:
        top = name.split("/")[0]
        near = [] if top in folders else get_close_matches(top, folders, n=1, cutoff=0.8)
        found = f"the folder {top}"
        expected = f"{near[0]}?" if near else "one of the folders: " + ", ".join(sorted(folders))
    return Fault(
        what="nothing reads this file",
        file=name,
        found=found,
        expected=expected,
        severity="warning",
    )
