"""The rows of demonstration people into the facts: which columns are stored and which are the same
on every row.

In: columns as arrays. Out: rows in the tables of the Common Data Model and ours. A column that is
constant, or follows from another, is declared as such and costs no room. Rows come in the order of
people, so that the engine can pack them.
"""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from oneplace.demonstration.chance import Array
from oneplace.tables import people as ours

# Type concepts of the common vocabulary: where a record came from.
EHR, ENCOUNTER, PROBLEM_LIST = (
    32817,
    32827,
    32840,
)  # "EHR", "EHR encounter record", "EHR problem list"

# Common Data Model 5.4: the stored columns of each table with their types.
STORED: dict[str, dict[str, str]] = {
    "person": {
        "person_id": "BIGINT",
        "gender_concept_id": "INTEGER",
        "year_of_birth": "INTEGER",
        "month_of_birth": "INTEGER",
        "day_of_birth": "INTEGER",
        "race_concept_id": "INTEGER",
        "care_site_id": "INTEGER",
    },
    "observation_period": {
        "observation_period_id": "BIGINT",
        "person_id": "BIGINT",
        "observation_period_start_date": "DATE",
        "observation_period_end_date": "DATE",
    },
    "death": {"person_id": "BIGINT", "death_date": "DATE"},
    "care_site": {
        "care_site_id": "INTEGER",
        "care_site_name": "VARCHAR",
        "care_site_source_value": "VARCHAR",
        "place_of_service_source_value": "VARCHAR",
    },
    "visit_occurrence": {
        "visit_occurrence_id": "BIGINT",
        "person_id": "BIGINT",
        "visit_concept_id": "INTEGER",
        "visit_start_date": "DATE",
        "visit_end_date": "DATE",
        "care_site_id": "INTEGER",
    },
    "condition_occurrence": {
        "condition_occurrence_id": "BIGINT",
        "person_id": "BIGINT",
        "condition_concept_id": "INTEGER",
        "condition_start_date": "DATE",
        "condition_end_date": "DATE",
        "condition_status_concept_id": "INTEGER",
        "visit_occurrence_id": "BIGINT",
    },
    "drug_exposure": {
        "drug_exposure_id": "BIGINT",
        "person_id": "BIGINT",
        "drug_concept_id": "INTEGER",
        "drug_exposure_start_date": "DATE",
    },
    "measurement": {
        "measurement_id": "BIGINT",
        "person_id": "BIGINT",
        "measurement_concept_id": "INTEGER",
        "measurement_date": "DATE",
        "value_as_number": "DOUBLE",
    },
}
# Columns that need no room: name, type, expression.
FREE: dict[str, tuple[tuple[str, str, str], ...]] = {
    "person": (("ethnicity_concept_id", "INTEGER", "0"),),
    "observation_period": (("period_type_concept_id", "INTEGER", str(EHR)),),
    "death": (("death_type_concept_id", "INTEGER", str(EHR)),),
    "visit_occurrence": (("visit_type_concept_id", "INTEGER", str(EHR)),),
    "condition_occurrence": (
        (
            "condition_type_concept_id",
            "INTEGER",
            f"CASE WHEN visit_occurrence_id IS NULL THEN {PROBLEM_LIST} ELSE {ENCOUNTER} END",
        ),
    ),
    "drug_exposure": (
        ("drug_type_concept_id", "INTEGER", str(EHR)),
        ("drug_exposure_end_date", "DATE", "drug_exposure_start_date + 27"),
    ),
    "measurement": (("measurement_type_concept_id", "INTEGER", str(EHR)),),
}
_OURS = {
    t.name: t
    for t in (
        ours.REGISTRATION,
        ours.RESIDENCE,
        ours.REFERRAL,
        ours.REFERRAL_PAUSE,
        ours.SOCIAL_CARE_PACKAGE,
    )
}


class Writer:
    """Adds rows to tables it has made, counts them and hands out row numbers."""

    def __init__(self, facts: duckdb.DuckDBPyConnection):
        self._facts = facts
        self.rows: dict[str, int] = {}
        for name, columns in STORED.items():
            made = [f"{c} {t}" for c, t in columns.items()]
            made += [f"{c} {t} GENERATED ALWAYS AS ({e}) VIRTUAL" for c, t, e in FREE.get(name, ())]
            facts.execute(f"CREATE TABLE {name} ({', '.join(made)})")
            self.rows[name] = 0
        for name, table in _OURS.items():
            facts.execute(
                f"CREATE TABLE {name} ({', '.join(f'{c.name} {c.sql}' for c in table.columns)})"
            )
            self.rows[name] = 0

    def numbers(self, table: str, rows: int) -> Array:
        """Row numbers that come next in the table, from 1."""
        return np.arange(self.rows[table] + 1, self.rows[table] + rows + 1, dtype=np.int64)

    def add(self, table: str, **columns: pa.Array | Array) -> None:
        arrow = pa.table(
            {
                name: column if isinstance(column, pa.Array) else pa.array(column)
                for name, column in columns.items()
            }
        )
        self.rows[table] += arrow.num_rows
        if not arrow.num_rows:
            return
        self._facts.register("arriving", arrow)
        try:
            self._facts.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT * FROM arriving"
            )
        finally:
            self._facts.unregister("arriving")


def interleaved(persons: list[Array], people: int) -> list[Array]:
    """Where the rows of several lists, each in the order of people, stand when all are put in the
    order of people."""
    counts = np.stack([np.bincount(p, minlength=people) for p in persons], axis=1)
    ends = np.cumsum(counts.ravel()).reshape(counts.shape)
    starts = ends - counts
    found = []
    for i, p in enumerate(persons):
        own = np.cumsum(counts[:, i]) - counts[:, i]
        found.append(starts[p, i] + (np.arange(len(p)) - own[p]))
    return found


def merged(columns: list[Array], where: list[Array]) -> Array:
    """One column from the lists' columns, each row where `interleaved` put it."""
    result = np.empty(sum(len(c) for c in columns), np.result_type(*columns))
    for column, at in zip(columns, where, strict=True):
        result[at] = column
    return result
