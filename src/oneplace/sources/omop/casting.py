"""SQL that reads one value of a declared type out of what stands in a file, or null when it cannot be that.

A database's own casts are too kind: 1.5 becomes 2, 0x1F 31, 'epoch' a date. So text is held against a pattern first.
Whole numbers may end in .0; days and moments are ISO (2019-04-01, 20190401, 2019-04-01T09:30:00, with Z or without);
a day may carry the time midnight, since many exports write days so. Anything else is refused, never bent.
"""

from __future__ import annotations

from oneplace.tables.declare import Column

EXPECTED = {
    "small": "a whole number",
    "integer": "a whole number up to 2,147,483,647",
    "bigint": "a whole number",
    "number": "a number such as 12.5",
    "money": "an amount such as 12.50",
    "date": "a day such as 2019-04-01",
    "datetime": "a moment such as 2019-04-01T09:30:00",
    "boolean": "true or false",
    "text": "text",
}
WHOLE = r"\s*-?[0-9]+(\.0*)?\s*"
NUMBER = r"\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*"
MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+]00(:?00)?)?)?"
INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT"}
REALS = {"FLOAT", "DOUBLE"}


def value(column: Column, raw: str, stored: str) -> str:
    """SQL for the declared value. `raw` is the column in the file, `stored` its type there."""
    read = _typed(column, raw, stored)
    allowed = []
    if column.values:
        allowed.append(f"{read} IN ({', '.join(quoted(v) for v in column.values)})")
    if column.low is not None:
        allowed.append(f"{read} >= {column.low}")
    if column.high is not None:
        allowed.append(f"{read} <= {column.high}")
    return f"CASE WHEN {' AND '.join(allowed)} THEN {read} END" if allowed else read


def given(raw: str, stored: str) -> str:
    """SQL for what stands in the file, empty text being nothing."""
    return f"NULLIF({raw}, '')" if stored == "VARCHAR" else raw


def expected(column: Column) -> str:
    """What should have stood there, in words."""
    if column.values:
        return "one of: " + ", ".join(column.values)
    bounds = (("from", column.low), ("to", column.high))
    return " ".join([EXPECTED[column.type], *(f"{word} {bound:g}" for word, bound in bounds if bound is not None)])


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _typed(column: Column, raw: str, stored: str) -> str:
    kind = column.type
    if kind == "text":
        return f"NULLIF({raw}, '')" if stored == "VARCHAR" else f"CAST({raw} AS VARCHAR)"
    if stored == "VARCHAR":
        return _from_text(column, raw)
    if kind in ("small", "integer", "bigint") and (stored in REALS or stored.startswith("DECIMAL")):
        return f"CASE WHEN {raw} = trunc({raw}) THEN TRY_CAST({raw} AS {column.sql}) END"
    if kind in ("small", "integer", "bigint") and stored in INTEGERS:
        return f"TRY_CAST({raw} AS {column.sql})"
    if kind in ("number", "money") and (stored in INTEGERS | REALS or stored.startswith("DECIMAL")):
        cast = f"TRY_CAST({raw} AS {column.sql})"
        return f"CASE WHEN isfinite({raw}) THEN {cast} END" if stored in REALS else cast
    if kind == "date" and stored == "DATE":
        return raw
    if kind == "date" and stored.startswith("TIMESTAMP"):
        return f"CASE WHEN {raw} = date_trunc('day', {raw}) THEN CAST({raw} AS DATE) END"
    if kind == "datetime" and (stored == "DATE" or stored.startswith("TIMESTAMP")):
        return f"CAST({raw} AS TIMESTAMP)"
    if kind == "boolean" and stored == "BOOLEAN":
        return raw
    return _from_text(column, f"CAST({raw} AS VARCHAR)")


def _from_text(column: Column, raw: str) -> str:
    match column.type:
        case "small" | "integer" | "bigint":
            return f"CASE WHEN regexp_full_match({raw}, '{WHOLE}') THEN TRY_CAST({raw} AS {column.sql}) END"
        case "number" | "money":
            cast = f"TRY_CAST({raw} AS {column.sql})"
            fits = f"regexp_full_match({raw}, '{NUMBER}') AND isfinite(TRY_CAST({raw} AS DOUBLE))"
            return f"CASE WHEN {fits} THEN {cast} END"
        case "date":
            moment = f"TRY_CAST({raw} AS TIMESTAMP)"
            return (
                f"CASE WHEN length({raw}) = 10 AND {raw} LIKE '____-__-__' THEN TRY_CAST({raw} AS DATE) "
                f"WHEN regexp_full_match({raw}, '[0-9]{{8}}') THEN CAST(try_strptime({raw}, '%Y%m%d') AS DATE) "
                f"WHEN regexp_full_match({raw}, '{MOMENT}') AND {moment} = date_trunc('day', {moment}) "
                f"THEN CAST({moment} AS DATE) END"
            )
        case "datetime":
            return (
                f"CASE WHEN regexp_full_match({raw}, '{MOMENT}') THEN TRY_CAST({raw} AS TIMESTAMP) "
                f"WHEN regexp_full_match({raw}, '[0-9]{{8}}') THEN try_strptime({raw}, '%Y%m%d') END"
            )
        case "boolean":
            return f"CASE lower({raw}) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END"
        case _:
            return f"NULLIF({raw}, '')"
