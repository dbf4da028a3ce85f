"""Papers that were kept: the page and what it said of each figure, written once and never again.

A page and its figures come in; `keep` writes both under the month and the paper's own digest. `latest_before` finds the paper that the next one
compares itself with, and `movements` says for each figure that both give why it moved.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from oneplace.faults import Fault, InputAtFault
from oneplace.report.trace import Figure, Recalculated, Why, moved


@dataclass(frozen=True)
class Kept:
    """A kept paper. `figures` by figure id; `page` is its HTML."""

    month: date
    digest: str
    as_at: date
    figures: Mapping[str, Figure]
    page: Path


def by_id(figures: Iterable[Figure]) -> dict[str, Figure]:
    """Figures by id. The same figure may stand in two places; two figures of one id may not."""
    out: dict[str, Figure] = {}
    for figure in figures:
        other = out.setdefault(figure.trace.figure_id, figure)
        if other.trace != figure.trace:
            raise ValueError(f"two figures are called {figure.trace.figure_id}: {other.words()} and {figure.words()}")
    return out


def movements(
    now: Iterable[Figure], earlier: Kept, recalculated: Mapping[str, Recalculated] | None = None
) -> dict[str, Why]:
    """Why each figure moved since the earlier paper, by id; one that it did not give, or gave in another unit, is left out."""
    known = recalculated or {}
    pairs = ((name, earlier.figures.get(name), figure) for name, figure in by_id(now).items())
    return {
        name: moved(before, figure, known.get(name))
        for name, before, figure in pairs
        if before is not None and before.trace.unit == figure.trace.unit
    }


def keep(page: str, figures: Iterable[Figure], folder: Path, *, month: date, as_at: date) -> Kept:
    """Write the page and its record under the month and the digest of both. What is kept already stays as it is."""
    told = {
        "schema": 1,
        "month": month.isoformat()[:7],
        "as_at": as_at.isoformat(),
        "figures": [f.as_dict() for f in by_id(figures).values()],
    }
    digest = hashlib.sha256((json.dumps(told, sort_keys=True) + page).encode()).hexdigest()
    name = f"{told['month']}-{digest[:16]}"
    folder.mkdir(parents=True, exist_ok=True)
    record = folder / f"{name}.json"
    _once(folder / f"{name}.html", page)
    _once(record, json.dumps({"digest": digest, **told}, indent=1, ensure_ascii=False))
    return read_kept(record)


def _once(path: Path, text: str) -> None:
    """A whole file or none, and never over another."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    try:
        if not path.exists():
            os.link(draft, path)
    except FileExistsError:
        return  # kept a moment ago by somebody else, under the digest of the same words
    finally:
        draft.unlink()


def read_kept(record: Path) -> Kept:
    try:
        told: dict[str, Any] = json.loads(record.read_text(encoding="utf-8"))
        figures = by_id(Figure.from_dict(f) for f in told["figures"])
        month = date.fromisoformat(f"{told['month']}-01")
        return Kept(month, told["digest"], date.fromisoformat(told["as_at"]), figures, record.with_suffix(".html"))
    except (OSError, ValueError, KeyError, TypeError, ArithmeticError) as e:
        fault = Fault(
            what="the record of a kept paper cannot be read",
            file=record.name,
            found=f"{type(e).__name__}: {e}",
            expected="the record as it was written",
        )
        raise InputAtFault(fault) from None


def kept_papers(folder: Path) -> list[Kept]:
    """All kept papers, oldest month first, and within a month in the order of their as-at day."""
    found = [read_kept(p) for p in sorted(folder.glob("*.json")) if re.fullmatch(r"\d{4}-\d{2}-[0-9a-f]{16}", p.stem)]
    return sorted(found, key=lambda k: (k.month, k.as_at, k.digest))


def latest_before(folder: Path, month: date) -> Kept | None:
    """The last paper of an earlier month."""
    return next((k for k in reversed(kept_papers(folder)) if k.month < month), None)
