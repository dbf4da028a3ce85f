"""Make the demonstration people of the whole of Liverpool in a folder of its own; print rows and
figures as JSON."""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np

from oneplace.demonstration import load_synthetic
from oneplace.place.geography import read_place
from oneplace.place.shipped import shipped_place
from oneplace.safety.pseudonym import derive_key, make_pseudonyms
from oneplace.sources.receiving import Sink


def main() -> None:
    key = derive_key(hashlib.sha256(b"bench").digest(), data_set="synthetic", purpose="person")

    def pseudonyms(numbers: Sequence[str]) -> np.ndarray:
        return make_pseudonyms(numbers, key)

    place = read_place(shipped_place("liverpool"))
    with tempfile.TemporaryDirectory(prefix="oneplace-bench-") as folder:
        path = Path(folder) / "facts.duckdb"
        facts, identity = (
            duckdb.connect(str(path)),
            duckdb.connect(str(Path(folder) / "identity.duckdb")),
        )
        facts.execute("SET threads = 2")
        facts.execute("SET memory_limit = '1400MB'")
        report = load_synthetic(
            place, Sink(facts, identity, pseudonyms), seed=place.document.records.seed or 0
        )
        facts.close()
        identity.close()
        json.dump(
            {"rows": report.tables, "bytes": path.stat().st_size, "figures": report.figures},
            sys.stdout,
        )


if __name__ == "__main__":
    main()
