"""The digest of a table: the same whenever its rows are, in whatever order they stand and whichever
engine made them.

In: an Arrow table and its declaration. Out: SHA-256 over the columns in the order of the key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from oneplace.engines.duck import DuckEngine
from oneplace.tables.declare import Table


def digests(engine: DuckEngine, tables: Iterable[Table]) -> dict[str, str]:
    """SHA-256 of each table of a build."""
    return {
        t.name: digest(
            engine.arrow(f"SELECT {', '.join(_quoted(n) for n in t.names)} FROM {t.name}"), t
        )
        for t in tables
    }


def _quoted(name: str) -> str:
    return '"' + name + '"'


def digest(rows: pa.Table, declared: Table) -> str:
    """SHA-256 over the columns in the order of the key; numbers rounded to nine decimals, far
    beyond any declared one."""
    made = hashlib.sha256()
    order = _order(rows, declared.key or declared.names)
    for column in declared.columns:
        made.update(f"{column.name}:{column.type}:{len(rows)};".encode())
        for part in _plain_bytes(rows[column.name], order):
            made.update(part)
    return made.hexdigest()


def _order(rows: pa.Table, key: Sequence[str]) -> npt.NDArray[np.int64]:
    if len(key) == 1 and pa.types.is_integer(rows.schema.field(key[0]).type):
        return np.argsort(rows[key[0]].to_numpy(), kind="stable")
    found: npt.NDArray[np.int64] = pc.sort_indices(
        rows, sort_keys=[(k, "ascending") for k in key]
    ).to_numpy()
    return found


def _plain_bytes(column: pa.ChunkedArray, order: npt.NDArray[np.int64]) -> Iterable[bytes]:
    """Which are missing, then the values with nought in their place."""
    missing = pc.is_null(column).to_numpy()[order]
    yield np.packbits(missing).tobytes()
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        codes = column.combine_chunks().dictionary_encode()
        values = np.array([str(v) for v in codes.dictionary.to_pylist()], dtype=object)
        ranks = np.argsort(np.argsort(values)) if len(values) else np.zeros(0, dtype=np.int64)
        yield "\x1f".join(sorted(values)).encode()
        index = codes.indices.fill_null(0).to_numpy()[order]
        yield np.where(missing, 0, ranks[index] if len(ranks) else 0).astype(np.int32).tobytes()
        return
    if pa.types.is_decimal(column.type) or pa.types.is_temporal(column.type):
        column = column.cast(pa.string()) if pa.types.is_decimal(column.type) else column
        if pa.types.is_decimal(column.type) or pa.types.is_string(column.type):
            yield "\x1f".join(
                "" if v is None else v for v in column.take(pa.array(order)).to_pylist()
            ).encode()
            return
        column = column.cast(pa.int32() if pa.types.is_date32(column.type) else pa.int64())
    zero = False if pa.types.is_boolean(column.type) else 0
    values = column.fill_null(zero).to_numpy()[order]
    yield (
        (np.round(values.astype(float), 9) + 0.0).tobytes()
        if values.dtype.kind == "f"
        else values.tobytes()
    )
