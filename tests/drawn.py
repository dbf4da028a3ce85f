"""Small tables drawn as text, and an engine that holds them as records.

`parse_table` reads a table with a header and bars between columns. `engine_with` fills a DuckDB in
memory with drawn records in the river's own words (a person is a small number, a condition its
key), as a source would.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from oneplace.engines import duck
from oneplace.people.records import admissions_made, filled, river_views
from oneplace.people.stays import GAP_DAYS
from oneplace.tables.vocabulary import by_key

DAY = pa.date32()
# Drawn table -> (table of the records, {drawn column: (column, type)}); words become numbers in
# integer columns.
RECORDS: dict[str, tuple[str, dict[str, tuple[str, pa.DataType]]]] = {
    "death": ("death", {"person": ("person_id", pa.int64()), "on": ("death_date", DAY)}),
    "registration": (
        "registration",
        {
            "person": ("person_id", pa.int64()),
            "practice": ("care_site_id", pa.int32()),
            "from": ("start_date", DAY),
            "to": ("end_date", DAY),
        },
    ),
    "observation": (
        "observation_period",
        {
            "person": ("person_id", pa.int64()),
            "from": ("observation_period_start_date", DAY),
            "to": ("observation_period_end_date", DAY),
        },
    ),
    "residence": (
        "residence",
        {
            "person": ("person_id", pa.int64()),
            "area": ("area_code", pa.string()),
            "from": ("start_date", DAY),
            "to": ("end_date", DAY),
        },
    ),
    "diagnosis": (
        "condition_occurrence",
        {
            "person": ("person_id", pa.int64()),
            "what": ("condition_concept_id", pa.int32()),
            "from": ("condition_start_date", DAY),
            "to": ("condition_end_date", DAY),
            "visit": ("visit_occurrence_id", pa.int64()),
            "status": ("condition_status_concept_id", pa.int32()),
            "type": ("condition_type_concept_id", pa.int32()),
        },
    ),
    "contact": (
        "visit_occurrence",
        {
            "visit": ("visit_occurrence_id", pa.int64()),
            "person": ("person_id", pa.int64()),
            "what": ("visit_concept_id", pa.int32()),
            "from": ("visit_start_date", DAY),
            "to": ("visit_end_date", DAY),
        },
    ),
    "medicine": (
        "drug_exposure",
        {
            "person": ("person_id", pa.int64()),
            "what": ("drug_concept_id", pa.int32()),
            "on": ("drug_exposure_start_date", DAY),
        },
    ),
    "reading": (
        "measurement",
        {
            "person": ("person_id", pa.int64()),
            "what": ("measurement_concept_id", pa.int32()),
            "on": ("measurement_date", DAY),
            "value": ("value_as_number", pa.float64()),
        },
    ),
    "referral": (
        "referral",
        {
            "referral": ("referral_id", pa.int64()),
            "person": ("person_id", pa.int64()),
            "what": ("referral_concept_id", pa.int32()),
            "from": ("clock_start_date", DAY),
            "to": ("clock_stop_date", DAY),
        },
    ),
    "package": (
        "social_care_package",
        {
            "package": ("package_id", pa.int64()),
            "person": ("person_id", pa.int64()),
            "what": ("package_concept_id", pa.int32()),
            "from": ("start_date", DAY),
            "to": ("end_date", DAY),
        },
    ),
    "incomplete": (
        "incomplete",
        {
            "person": ("person_id", pa.int64()),
            "table": ("table_name", pa.string()),
            "rows": ("rows", pa.int64()),
        },
    ),
    "code_list": (
        "code_list",
        {
            "code": ("concept_id", pa.int32()),
            "word": ("local_concept_id", pa.int32()),
            "says": ("says", pa.string()),
        },
    ),
}
SEX = {"male": 8507, "female": 8532, "unknown": 0}


def parse_table(text: str) -> list[dict[str, str | None]]:
    """Rows of a drawn table; an empty cell is None."""
    lines = [
        line.strip()
        for line in text.strip().splitlines()
        if line.strip() and not set(line.strip()) <= set("-+| ")
    ]
    header = [h.strip() for h in lines[0].split("|")]
    rows = []
    for line in lines[1:]:
        cells = [c.strip() or None for c in line.split("|")]
        rows.append(dict(zip(header, cells + [None] * (len(header) - len(cells)), strict=True)))
    return rows


def value_of(cell: Any, kind: pa.DataType) -> Any:
    """A drawn cell as a value: a number, a day, or the number of a word."""
    if cell is None or not isinstance(cell, str):
        return cell
    if pa.types.is_date(kind):
        return dt.date.fromisoformat(cell)
    if pa.types.is_integer(kind):
        return by_key()[cell].concept_id if cell in by_key() else int(cell)
    return float(cell) if pa.types.is_floating(kind) else cell


def records(drawn: dict[str, str | list[dict[str, Any]]]) -> dict[str, pa.Table]:
    """Drawn tables as the tables of a source. `person` is drawn as person, born, sex and, if
    wanted, ethnicity."""
    tables = {}
    for name, content in drawn.items():
        rows = parse_table(content) if isinstance(content, str) else content
        if name == "code_list":
            rows = [{**row, "says": row.get("says") or "means"} for row in rows]
        if name == "person":
            tables["person"] = _people(rows)
            continue
        table, columns = RECORDS[name]
        tables[table] = pa.table(
            {
                column: pa.array([value_of(row.get(drawn_as), kind) for row in rows], kind)
                for drawn_as, (column, kind) in columns.items()
            }
        )
    return tables


def _people(rows: list[dict[str, Any]]) -> pa.Table:
    born = [value_of(r["born"], DAY) for r in rows]
    return pa.table(
        {
            "person_id": pa.array([int(r["person"]) for r in rows], pa.int64()),
            "gender_concept_id": pa.array(
                [SEX[r.get("sex") or "unknown"] for r in rows], pa.int32()
            ),
            "year_of_birth": pa.array([d.year for d in born], pa.int32()),
            "month_of_birth": pa.array([d.month for d in born], pa.int32()),
            "day_of_birth": pa.array([d.day for d in born], pa.int32()),
            "race_concept_id": pa.array(
                [value_of(r.get("ethnicity"), pa.int32()) or 0 for r in rows], pa.int32()
            ),
        }
    )


@contextmanager
def engine_with(
    drawn: dict[str, str | list[dict[str, Any]]], *, as_of: dt.date = dt.date(2019, 4, 1)
) -> Iterator[tuple[duck.DuckEngine, set[str]]]:
    """An engine with these records and the river over them as of the day, and the river tables that
    they fill."""
    with duck.open(None, threads=1, memory_limit_mb=200) as engine:
        fill(engine, drawn)
        columns = engine.columns()
        for made in (
            *river_views(columns),
            *admissions_made(columns, as_of=as_of, gap_days=GAP_DAYS),
        ):
            engine.execute(made)
        yield engine, filled(columns)


def fill(engine: duck.DuckEngine, drawn: dict[str, str | list[dict[str, Any]]]) -> None:
    """Put drawn records into an engine's database."""
    for name, table in records(drawn).items():
        engine.con.register("drawn__arrow", table)
        engine.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM drawn__arrow")
        engine.con.unregister("drawn__arrow")


class Tables:
    """The tables of a place, empty where none was drawn."""

    def __init__(self, **tables: pa.Table):
        self.tables = tables

    def table(self, name: str) -> pa.Table:
        return self.tables.get(name, pa.table({"code": pa.array([], pa.string())}))

    def rows(self, name: str) -> list[dict[str, Any]]:
        return self.table(name).to_pylist()
