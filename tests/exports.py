"""Small exports of records, written as files and loaded as a build loads them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from oneplace.safety.pseudonym import derive_key, make_pseudonyms
from oneplace.sources.omop import load_omop
from oneplace.sources.receiving import LoadReport, Sink

KEY = derive_key(bytes(32), data_set="tests", purpose="person")
PERSON = "person_id,gender_concept_id,year_of_birth,race_concept_id,ethnicity_concept_id"
CASES = next(
    (
        p / "shared" / "cases"
        for p in Path(__file__).resolve().parents
        if (p / "shared" / "cases").exists()
    ),
    None,
)
VISIT = "visit_occurrence_id,person_id,visit_concept_id,visit_start_date,visit_end_date,visit_type_concept_id"


def written(folder: Path, files: dict[str, str]) -> Path:
    """Files by name without `.csv`; a name with a slash is a part in the table's folder. Lines may
    be indented."""
    for name, text in files.items():
        path = folder / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            "\n".join(line.strip() for line in text.strip().splitlines()) + "\n", encoding="utf-8"
        )
    return folder


def as_parquet(folder: Path, to: Path) -> Path:
    """The same export as parquet, every cell a text as it stood."""
    for path in folder.rglob("*.csv"):
        header, *lines = path.read_text(encoding="utf-8").splitlines()
        names = header.split(",")
        columns = [[line.split(",")[i] for line in lines] for i in range(len(names))]
        out = (to / path.relative_to(folder)).with_suffix(".parquet")
        out.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table([pa.array(c, pa.string()) for c in columns], names=names), out)
    return to


@contextmanager
def loaded(folder: Path, **how: Any) -> Iterator[tuple[LoadReport, Sink]]:
    """The report of a load and the databases it filled, for as long as this is open."""
    means = {"threads": 1, "memory_limit": "300MB"}
    with duckdb.connect(config=means) as facts, duckdb.connect(config=means) as identity:
        facts.execute("SET preserve_insertion_order = false")
        target = Sink(facts, identity, lambda ids: make_pseudonyms(ids, KEY))
        yield load_omop(folder, target, **how), target


def pseudonym(person: int) -> int:
    return int(make_pseudonyms([str(person)], KEY)[0])
