"""The plan's documents as they are now, checked together, and their digests: worked out once for equal texts."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from oneplace.documents import digest
from oneplace.plan.assurance.checking import KINDS, TRAJECTORIES, PlanDocuments, read_plan_documents


def plan_documents(folder: Path) -> PlanDocuments:
    """The plan's documents as they are now. A process checks equal texts once: pages ask for them all day."""
    return _checked_once(folder, fingerprint(folder))


def plan_digests(folder: Path) -> dict[str, str]:
    """The version of each plan document as it is now."""
    return dict(_digests_once(folder, fingerprint(folder)))


def fingerprint(folder: Path) -> str:
    """One digest over the bytes of everything that the plan's documents are checked against."""
    made = hashlib.sha256()
    patterns = (*KINDS, TRAJECTORIES, "segments.yaml", "segmentations/*.yaml")
    for path in sorted({p for pattern in patterns for p in folder.glob(pattern)}):
        made.update(path.relative_to(folder).as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return made.hexdigest()


@lru_cache(maxsize=8)
def _checked_once(folder: Path, _fingerprint: str) -> PlanDocuments:
    return read_plan_documents(folder)


@lru_cache(maxsize=8)
def _digests_once(folder: Path, fingerprint: str) -> tuple[tuple[str, str], ...]:
    documents = _checked_once(folder, fingerprint)
    named = {
        "plan.yaml": documents.plan,
        "money.yaml": documents.finances,
        "standards.yaml": documents.standards,
        "targets.yaml": documents.targets,
        "activity.yaml": documents.activity,
    }
    return tuple((name, digest(document)) for name, document in named.items() if document is not None)
