"""`plan diff`: two versions of a plan document, field by field, as rows a planner can read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from oneplace.documents import read
from oneplace.documents.versions import STORE, compare, version
from oneplace.faults import Fault, InputAtFault
from oneplace.plan.assurance.checking import KINDS


def plan_diff(
    place: Path, before: str, after: str | None = None, *, name: str = "plan.yaml"
) -> list[dict[str, Any]]:
    """Rows of `path, before, after`. A version is named by its digest or the beginning of one;
    without a second one the head is meant. A side on which a field does not stand reads as None."""
    kind = KINDS.get(name) or next((k for p, k in KINDS.items() if Path(name).match(p)), None)
    if kind is None:
        raise InputAtFault(
            Fault(what="no such plan document", file=name, expected=", ".join(KINDS))
        )
    old = version(place, _whole_digest(place, before), kind)
    new = (
        version(place, _whole_digest(place, after), kind)
        if after
        else read(place / name, kind, name=name)
    )
    return [{"path": c.path, "before": c.before, "after": c.after} for c in compare(old, new)]


def _whole_digest(place: Path, start: str) -> str:
    kept = [p.stem for p in (place / STORE).glob("*.yaml") if "." not in p.stem]
    found = sorted(d for d in kept if d.startswith(start)) if len(start) >= 6 else []
    if len(found) != 1:
        raise InputAtFault(
            Fault(
                what="this names no version" if not found else "this names more than one version",
                file=str(STORE),
                found=start,
                expected="at least six characters of a digest"
                if not found
                else ", ".join(d[:12] for d in found),
            )
        )
    return found[0]
