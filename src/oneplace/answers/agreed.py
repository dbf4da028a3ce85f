"""The plan's documents as they are now, checked together, and their digests: worked out once for
equal texts. And as they were.

`plan_documents_of` gives them as some digests name them, from the snapshots that are kept for ever:
what a figure rested on then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import BaseModel

from oneplace.documents.versions import version, version_of_head
from oneplace.measures import MeasureDefinition, Targets
from oneplace.place.standards import Standards
from oneplace.plan.activity import ActivityAssumptions
from oneplace.plan.assurance.checking import KINDS, TRAJECTORIES, PlanDocuments, read_plan_documents
from oneplace.plan.assurance.compliance import ComplianceMatrix
from oneplace.plan.money import Finances
from oneplace.plan.programme import Plan


def plan_documents(folder: Path) -> PlanDocuments:
    """The plan's documents as they are now. A process checks equal texts once: pages ask for them
    all day."""
    return _checked_once(folder, fingerprint(folder))


def plan_digests(folder: Path, *, built: Mapping[str, str]) -> dict[str, str]:
    """The version of each plan document as it is now; `built` are the versions of a build."""
    return dict(_digests_once(folder, fingerprint(folder), tuple(sorted(built.items()))))


def fingerprint(folder: Path) -> str:
    """One digest over the bytes of everything that the plan's documents are checked against."""
    made = hashlib.sha256()
    patterns = (*KINDS, TRAJECTORIES, "segments.yaml", "segmentations/*.yaml")
    for path in sorted({p for pattern in patterns for p in folder.glob(pattern)}):
        text = path.read_bytes() if path.is_file() else b""  # whoever reads what is no file says so
        made.update(
            path.relative_to(folder).as_posix().encode() + b"\0" + hashlib.sha256(text).digest()
        )
    return made.hexdigest()


def plan_documents_of(folder: Path, digests: Mapping[str, str]) -> PlanDocuments:
    """The plan's documents in these versions. Trajectories are a table, of which no versions are
    kept: they are today's."""
    wanted = tuple(sorted((n, d) for n, d in digests.items() if _kind_of(n) is not None))
    return replace(_as_agreed(folder, wanted), trajectories=plan_documents(folder).trajectories)


@lru_cache(maxsize=16)
def _as_agreed(folder: Path, versions: tuple[tuple[str, str], ...]) -> PlanDocuments:
    """Versions never change, so a process reads each set of them once."""
    found = {name: _version(folder, name, digest_) for name, digest_ in versions}

    def only(kind: type[Any]) -> Any:
        return next((d for d in found.values() if isinstance(d, kind)), None)

    return PlanDocuments(
        plan=only(Plan),
        finances=only(Finances),
        standards=only(Standards),
        targets=only(Targets),
        activity=only(ActivityAssumptions),
        measures=tuple(d for d in found.values() if isinstance(d, MeasureDefinition)),
        compliance=tuple(d for d in found.values() if isinstance(d, ComplianceMatrix)),
        trajectories=(),
    )


@lru_cache(maxsize=256)
def _version(folder: Path, name: str, digest_: str) -> Any:
    kind = _kind_of(name)
    assert kind is not None
    return version(folder, digest_, kind)


def _kind_of(name: str) -> type[Any] | None:
    return next((k for pattern, k in KINDS.items() if PurePosixPath(name).match(pattern)), None)


@lru_cache(maxsize=8)
def _checked_once(folder: Path, _fingerprint: str) -> PlanDocuments:
    return read_plan_documents(folder)


@lru_cache(maxsize=8)
def _digests_once(
    folder: Path, fingerprint: str, built: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    at_build = dict(built)
    documents = _checked_once(folder, fingerprint)
    named: dict[str, BaseModel | None] = {
        "plan.yaml": documents.plan,
        "money.yaml": documents.finances,
        "standards.yaml": documents.standards,
        "targets.yaml": documents.targets,
        "activity.yaml": documents.activity,
    }
    named |= {f"measures/{m.id}.yaml": m for m in documents.measures}
    found = [
        (name, version_of_head(folder, name, document, built=at_build.get(name)))
        for name, document in named.items()
        if document is not None
    ]
    if documents.trajectories:
        found.append(
            (TRAJECTORIES, hashlib.sha256((folder / TRAJECTORIES).read_bytes()).hexdigest())
        )
    return tuple(found)
