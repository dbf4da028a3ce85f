"""Records of others, loaded and built as a place with records of its own does it: 1.5 million
people and 150 million rows of OMOP parquet, and how good they are. `BENCH_RECORDS_PEOPLE` asks for
fewer people; the limits of CPU go with the rows.

The rows come from `bench.people_data`, written as OMOP has them: keys of every table, types, an
observation period.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb

from bench.measure import oneplace, row, run
from bench.people_bench import BUILD
from bench.people_data import END, START, data

PEOPLE = int(os.environ.get("BENCH_RECORDS_PEOPLE", "1500000"))
EVENTS_A_PERSON = 100
QUALITY_CPU_A_ROW = 20.0 / 76e6  # asked: 76 million rows in 20 CPU seconds
BUILD_BYTES = 6e9  # asked: 1.5 million people in 6 GB
EHR = 32817  # the type of a row from a health record
WRITTEN = {
    "person": "*, 0 AS ethnicity_concept_id",
    "death": "*",
    "registration": "*",
    "residence": "*",
    "care_site": "*",
    "visit_occurrence": f"*, {EHR} AS visit_type_concept_id",
    "condition_occurrence": f"row_number() OVER () AS condition_occurrence_id, *, {EHR} AS condition_type_concept_id",
    "drug_exposure": "row_number() OVER () AS drug_exposure_id, *, drug_exposure_start_date AS drug_exposure_end_date, "
    f"{EHR} AS drug_type_concept_id",
    "measurement": f"row_number() OVER () AS measurement_id, *, {EHR} AS measurement_type_concept_id",
}


def parquet(people: int) -> Path:
    """The folder of parquet files, made when it is not there."""
    folder = BUILD / f"omop-{people}"
    if folder.exists():
        return folder
    draft = folder.with_suffix(".tmp")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    with duckdb.connect(
        str(data(BUILD, people=people, events=people * EVENTS_A_PERSON)), read_only=True
    ) as con:
        for table, columns in WRITTEN.items():
            con.execute(
                f"COPY (SELECT {columns} FROM {table}) TO '{draft}/{table}.parquet' (FORMAT parquet)"
            )
        observed = (
            "SELECT row_number() OVER () AS observation_period_id, person_id, "
            f"DATE '{START}' AS observation_period_start_date, DATE '{END}' AS observation_period_end_date, "
            f"{EHR} AS period_type_concept_id FROM person"
        )
        con.execute(f"COPY ({observed}) TO '{draft}/observation_period.parquet' (FORMAT parquet)")
    draft.rename(folder)
    return folder


def rows() -> Iterator[dict[str, object]]:
    with tempfile.TemporaryDirectory(prefix="oneplace-bench-") as made:
        home = {"XDG_DATA_HOME": made, "ONEPLACE_KEY_FILE": str(Path(made) / "key")}
        place = str(Path(made) / "place")
        run(
            sys.executable, "-m", "bench.records_bench"
        )  # a process of its own, as in `people_data.data`
        oneplace("new", place, "--from", f"omop:{parquet(PEOPLE)}", env=home)
        built = oneplace("build", place, "--json", env=home)
        manifest = json.loads(built.stdout)
        count = sum(manifest["tables"].values())
        cpu = manifest["cpu_seconds_by_step"]
        name = f"records: {PEOPLE:,} people, {count:,} rows of parquet"
        yield row(f"{name}: loaded, keys proved", "CPU s", cpu["load"], count * 0.7e-6)
        yield row(f"{name}: how good they are", "CPU s", cpu["quality"], count * QUALITY_CPU_A_ROW)
        yield row(f"{name}: the whole build", "CPU s", built.cpu_seconds, count * 2e-6)
        yield row(f"{name}: peak memory of the build", "bytes", built.peak_bytes, BUILD_BYTES)


if __name__ == "__main__":
    parquet(PEOPLE)
