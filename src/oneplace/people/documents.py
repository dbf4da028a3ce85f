"""The people river's documents, read together and checked against one another.

In: a place's folder. Out: `PeopleDocuments`, or every fault of every document with its line. The
order of the river is the order of reading: features, scores over features, segments over both, risk
over both, the caseload over all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

from oneplace.documents import Document, load_either, load_yaml, parse
from oneplace.documents.expressions import Kind
from oneplace.documents.reading import line_of
from oneplace.documents.versions import version
from oneplace.faults import Fault, InputAtFault
from oneplace.people.caseload import Caseload, caseload_faults
from oneplace.people.features import Features, faults_of, not_yet_known
from oneplace.people.risk import Risk, looks_ahead, risk_faults
from oneplace.people.scores import Score, score_faults, score_kinds
from oneplace.people.segments import Segmentation, segment_faults


@dataclass(frozen=True)
class PeopleDocuments:
    """What a place has agreed about its people."""

    features: Features
    segments: Segmentation
    risk: Risk
    caseload: Caseload
    scores: tuple[Score, ...] = ()
    segmentations: tuple[Segmentation, ...] = ()
    files: Mapping[str, Path] = field(default_factory=dict, repr=False, compare=False)

    @property
    def kinds(self) -> dict[str, Kind]:
        """Everything that conditions may speak of: features and scores."""
        return {**self.features.kinds, **score_kinds(self.scores)}


def people_document_kinds() -> dict[str, type[Document]]:
    """File or pattern in the place's folder -> class."""
    return {
        "features.yaml": Features,
        "scores/*.yaml": Score,
        "segments.yaml": Segmentation,
        "segmentations/*.yaml": Segmentation,
        "risk.yaml": Risk,
        "caseload.yaml": Caseload,
    }


def read_people_documents(folder: Path) -> PeopleDocuments:
    """Read all of them; InputAtFault with everything that is wrong in any. Lines are kept only
    where something is."""
    try:
        return _read_by(folder, load_either)
    except InputAtFault:
        return _read_by(folder, load_yaml)


def _read_by(folder: Path, load: Callable[..., Any]) -> PeopleDocuments:
    contents: dict[str, Any] = {}
    found: dict[str, Any] = {}
    faults: list[Fault] = []
    for pattern, kind in people_document_kinds().items():
        for path in sorted(folder.glob(pattern)) if "*" in pattern else [folder / pattern]:
            name = path.relative_to(folder).as_posix()
            try:
                contents[name] = load(path)
                found[name] = parse(contents[name], kind, file=name)
            except InputAtFault as e:
                faults.extend(replace(f, file=name) for f in e.faults)
    if faults:
        raise InputAtFault(faults)
    documents = _assembled(found)
    faults = list(_between(documents, found))
    if faults:
        raise InputAtFault(_with_lines(faults, contents))
    return replace(documents, files={name: folder / name for name in contents})


def versions_of_people_documents(folder: Path, versions: Mapping[str, str]) -> PeopleDocuments:
    """The documents as a build had them (file -> digest, from its manifest), whatever was edited
    since."""
    kinds = people_document_kinds()
    found = {
        name: version(folder, digest, kind)
        for name, digest in versions.items()
        if (kind := next((k for p, k in kinds.items() if PurePosixPath(name).match(p)), None))
        is not None
    }
    return _assembled(found)


def _assembled(found: Mapping[str, Any]) -> PeopleDocuments:
    return PeopleDocuments(
        features=found["features.yaml"],
        scores=tuple(d for n, d in found.items() if n.startswith("scores/")),
        segments=found["segments.yaml"],
        segmentations=tuple(d for n, d in found.items() if n.startswith("segmentations/")),
        risk=found["risk.yaml"],
        caseload=found["caseload.yaml"],
    )


def check_day(documents: PeopleDocuments, *, as_of: date) -> None:
    """Refuse features and models that would look past the day, before anything is computed."""
    faults = list(not_yet_known(documents.features, as_of=as_of, file="features.yaml"))
    faults += looks_ahead(documents.risk, as_of=as_of, file="risk.yaml")
    if faults:
        contents = {
            name: load_yaml(path)
            for name, path in documents.files.items()
            if name in {f.file for f in faults}
        }
        raise InputAtFault(_with_lines(faults, contents))


def _between(documents: PeopleDocuments, found: Mapping[str, Any]) -> Iterable[Fault]:
    features = documents.features.kinds
    yield from faults_of(documents.features, file="features.yaml")
    everything = documents.kinds
    for name, doc in found.items():
        if isinstance(doc, Score):
            yield from score_faults(doc, features, file=name)
            if doc.name in features:
                yield Fault(what="a feature has this name", file=name, path="name", found=doc.name)
        if isinstance(doc, Segmentation):
            yield from segment_faults(doc, everything, file=name)
    names = [*(d.name for d in documents.scores), *(d.name for d in documents.segmentations)]
    for name in sorted({n for n in names if names.count(n) > 1}):
        yield Fault(
            what="two documents have this name",
            file="scores or segmentations",
            path="name",
            found=name,
        )
    yield from risk_faults(documents.risk, everything, file="risk.yaml")
    yield from caseload_faults(documents.caseload, everything, file="caseload.yaml")


def _with_lines(faults: Iterable[Fault], contents: Mapping[str, Any]) -> list[Fault]:
    return [
        replace(f, line=line_of(contents[f.file], _location(f.path)))
        if f.line is None and f.path and f.file in contents
        else f
        for f in faults
    ]


def _location(path: str) -> list[str | int]:
    """`segments[3].when` as the steps that lead there."""
    parts = re.findall(r"[^.\[\]]+|\[\d+\]", path)
    return [int(p[1:-1]) if p.startswith("[") else p for p in parts]
