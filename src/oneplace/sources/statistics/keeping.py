"""Where imported figures are kept: one parquet file an import, named by the digest of what was
read, never changed.

In: rows of OBSERVATIONS. Out: the same, from every import of a place. A file of the same digest is
the same import.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from oneplace.tables.observations import OBSERVATIONS

STORE = Path(".oneplace") / "observations"


def kept(place: Path, sha256: str) -> Path | None:
    """The import of a file with this digest, if there was one."""
    path = place / STORE / f"{sha256}.parquet"
    return path if path.exists() else None


def keep(place: Path, rows: pa.Table, sha256: str) -> Path:
    """Write one import whole: it is there with all its rows, or not at all."""
    (path,) = keep_all(place, {sha256: rows})
    return path


def keep_all(place: Path, imports: Mapping[str, pa.Table]) -> list[Path]:
    """Write several imports: all are written before the first is given its name, so that a full
    disk keeps none."""
    folder = place / STORE
    folder.mkdir(parents=True, exist_ok=True)
    drafts = {folder / f"{d}.parquet": folder / f".{d}.parquet.{os.getpid()}.tmp" for d in imports}
    try:
        for draft, rows in zip(drafts.values(), imports.values(), strict=True):
            pq.write_table(rows, draft, compression="zstd")
            with draft.open("rb") as written:
                os.fsync(written.fileno())
        for path, draft in drafts.items():
            draft.replace(path)
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)
    return list(drafts)


def observations(place: Path, *, measure: str | None = None, by_week: bool = False) -> pa.Table:
    """Every observation ever imported, of one measure or all; with `by_week` the lists by weeks
    waited instead of the figures."""
    files = sorted((place / STORE).glob("*.parquet"))
    if not files:
        return OBSERVATIONS.arrow.empty_table()
    wanted: list[tuple[str, str, object]] = [("weeks_from", ">=", 0)] if by_week else []
    if measure is not None:
        wanted.append(("measure", "==", measure))
    tables = [pq.read_table(f, filters=wanted or None) for f in files]
    found = pa.concat_tables(
        [t.select(OBSERVATIONS.names).cast(OBSERVATIONS.arrow) for t in tables]
    )
    if not by_week:
        found = found.filter(pa.compute.is_null(found["weeks_from"]))
    return found
