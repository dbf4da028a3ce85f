"""Who the pseudonyms are, for the identity database: the crosswalk, and the columns that the facts
may not hold."""

from __future__ import annotations

import re

import duckdb
import pyarrow as pa
from nhs_number.validate import is_valid

from oneplace.sources.omop.reading import FileQuery, quote
from oneplace.tables.people import IDENTITY

TEN_DIGITS = re.compile(r"\d{3}[ -]?\d{3}[ -]?\d{4}", re.ASCII)


def write_identifying(
    facts: duckdb.DuckDBPyConnection, identity: duckdb.DuckDBPyConnection, reading: FileQuery
) -> None:
    """Copy one file's identifying columns beside its key into `<table>_identifying`, never touching
    the facts on disk."""
    select = reading.identifying()
    if select is None:
        return
    table = quote(f"{reading.file.table.name}_identifying")
    batches = facts.sql(select).to_arrow_reader()
    identity.register("identifying_in_hand", batches)
    declared = [c for c in reading.file.table.columns if c.name in batches.schema.names]
    identity.execute(
        f"CREATE TABLE IF NOT EXISTS {table} ({', '.join(f'{quote(c.name)} {c.sql}' for c in declared)})"
    )
    names = ", ".join(quote(c.name) for c in declared)
    identity.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM identifying_in_hand")
    identity.unregister("identifying_in_hand")


def write_people(
    identity: duckdb.DuckDBPyConnection, crosswalk: pa.Table, births: pa.Table
) -> None:
    """One row for each pseudonym: the source's key, and what the records say of birth, address and
    NHS number."""
    present = {r[0] for r in identity.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    for name, rows in (("crosswalk_in_hand", crosswalk), ("births_in_hand", births)):
        identity.register(name, rows)
    said, address, postcode, joins = "NULL", "NULL", "NULL", ""
    if "person_identifying" in present:
        joins += " LEFT JOIN (SELECT person_id, any_value(person_source_value) AS said FROM person_identifying GROUP BY 1) p USING (person_id)"
        said = "p.said"
    if "location_identifying" in present:
        joins += " LEFT JOIN location_identifying l ON l.location_id = b.location_id"
        has = {r[0] for r in identity.execute("DESCRIBE location_identifying").fetchall()}
        lines = [f"l.{c}" for c in ("address_1", "address_2") if c in has]
        address = f"NULLIF(concat_ws(', ', {', '.join(lines)}), '')" if lines else "NULL"
        postcode = "l.zip" if "zip" in has else "NULL"
    people = identity.sql(
        f"SELECT c.person_id, CAST(c.source_key AS VARCHAR) AS source_id, CAST({said} AS VARCHAR) AS nhs_number, "
        f"CAST(NULL AS VARCHAR) AS given_name, CAST(NULL AS VARCHAR) AS family_name, b.birth_date, "
        f"CAST({address} AS VARCHAR) AS address, CAST({postcode} AS VARCHAR) AS postcode, CAST(NULL AS VARCHAR) AS telephone "
        f"FROM crosswalk_in_hand c LEFT JOIN (SELECT person_id, any_value(birth_date) AS birth_date, "
        f"any_value(location_id) AS location_id FROM births_in_hand GROUP BY 1) b USING (person_id){joins} ORDER BY c.person_id"
    ).to_arrow_table()
    numbers = pa.array(
        [_nhs_number(v) for v in people.column("nhs_number").to_pylist()], pa.string()
    )
    people = people.set_column(people.schema.get_field_index("nhs_number"), "nhs_number", numbers)
    identity.register("people_in_hand", people.select(IDENTITY.names).cast(IDENTITY.arrow))
    identity.execute(f"CREATE TABLE {IDENTITY.name} AS SELECT * FROM people_in_hand")
    for name in ("crosswalk_in_hand", "births_in_hand", "people_in_hand"):
        identity.unregister(name)


def _nhs_number(said: str | None) -> str | None:
    """The NHS number when the source's identifier is a valid one."""
    if said is None or not TEN_DIGITS.fullmatch(said.strip()):
        return None
    digits = re.sub(r"\D", "", said)
    return digits if is_valid(digits) else None
