"""SQL that reads one value of a declared type out of what stands in a file, or null when it cannot be that.

A database's own casts are too kind: 1.5 becomes 2, 0x1F 31, 'epoch' a date. So text is held against a pattern first.
Whole numbers may end in .0 (as 123.0), but one that a spreadsheet shortened (1.0E+10) or a float could not hold exactly
is refused: its last figures are lost, and two people would be one. Days and moments are ISO (2019-04-01, 20190401,
2019-04-01T09:30:00, with Z or without), name their month (01-FEB-2018, 01FEB2018) or begin with the year (2018/02/01); a
moment may say that its clock is UTC; a day may carry the time midnight, since many exports write days so. Anything else is
refused, never bent: above all a day that can be read in two ways (01/02/2019, 01-FEB-18) or only by knowing a program's
first day (43132).

A cell that only says that nothing is known (`NULL`, `\\N`, `NA`, `nan`, a dash) is an empty cell. In free text and in
required text such a word may be what was meant (a concept is called None), and it is kept there.
"""

from __future__ import annotations

from oneplace.tables.declare import Column

EXPECTED = {
    "small": "a whole number",
    "integer": "a whole number up to 2,147,483,647",
    "bigint": "a whole number with all its figures, from -9223372036854775808 to 9223372036854775807",
    "number": "a number such as 12.5",
    "money": "an amount such as 12.50",
    "date": "a day such as 2019-04-01",
    "datetime": "a moment such as 2019-04-01T09:30:00",
    "boolean": "true or false",
    "text": "text",
}
WHOLE = r"\s*-?[0-9]+(\.0*)?\s*"
NUMBER = r"\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*"
DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}/[0-9]{2}/[0-9]{2}|[0-9]{8}|[0-9]{1,2}[- ]?[A-Za-z]{3}[- ]?[0-9]{4}"
CLOCK = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?"
UTC = r" ?(?:Z|UTC|GMT|[+-]00(?::?00)?)"
WRITTEN = rf"({DAY})(?:[ T:]({CLOCK})(?:{UTC})?)?"  # the day, its clock
FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d-%b-%Y", "%d%b%Y", "%d %b %Y")
INTEGERS = {
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "HUGEINT",
}
REALS = {"FLOAT", "DOUBLE"}
EXACT = {
    "FLOAT": 2**24,
    "DOUBLE": 2**53,
}  # the greatest whole number up to which each holds every one
NOTHING = (
    *(
        "",
        "null",
        "(null)",
        "<null>",
        "[null]",
        "#null!",
        "\\n",
        "none",
        "nil",
        "nan",
        "nat",
        "<na>",
        "na",
        "n/a",
        "#n/a",
    ),
    *("-", "--", "."),
)
NO_VALUE = (
    "unknown",
    "not known",
    "missing",
    "undefined",
    "0000-00-00",
    "0000-00-00 00:00:00",
)  # beside these, of no text
BLANKS = " \t\r\n\u00a0"
LONGEST_NOTHING = max(map(len, (*NOTHING, *NO_VALUE))) + 4
# Text in a person's or a clinician's own words, in which "none" is an answer.
OWN_WORDS = {
    "value_as_string",
    "value_source_value",
    "sig",
    "note_title",
    "snippet",
    "stop_reason",
    "term_modifiers",
}
# A last day in 2099 or later stands for "no end" of whatever began before 2050; records shifted
# into a later century have such days in earnest, and for them only the year 9000 and later says so.
NO_END_FROM, BEGAN_BEFORE, NO_END_AT_ALL = "2099-01-01", "2050-01-01", "9000-01-01"


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


def given(column: Column, raw: str, stored: str) -> str:
    """SQL for what stands in the file; null where that is nothing, or only says so."""
    if stored in REALS:
        # not isnan(): a parquet file's statistics leave NaN out, and the database then believes
        # that there is none
        return f"CASE WHEN CAST({raw} AS VARCHAR) NOT IN ('nan', '-nan') THEN {raw} END"
    if stored != "VARCHAR":
        return raw
    if column.type == "text" and (column.required or column.name in OWN_WORDS):
        return f"NULLIF({raw}, '')"
    words = NOTHING if column.type == "text" else (*NOTHING, *NO_VALUE)
    listed = ", ".join(quoted(w) for w in words)
    return (
        f"CASE WHEN {raw} = '' THEN NULL WHEN length({raw}) > {LONGEST_NOTHING} THEN {raw} "
        f"WHEN lower(trim({raw}, {quoted(BLANKS)})) NOT IN ({listed}) THEN {raw} END"
    )


def without_end(last: str, first: str) -> str:
    """SQL for the last day of something that began on `first`: null where it stands for "no
    end"."""
    return (
        f"CASE WHEN {last} < DATE '{NO_END_FROM}' THEN {last} WHEN {last} < DATE '{NO_END_AT_ALL}' "
        f"AND {first} >= DATE '{BEGAN_BEFORE}' THEN {last} END"
    )


def expected(column: Column) -> str:
    """What should have stood there, in words."""
    if column.values:
        return "one of: " + ", ".join(column.values)
    bounds = (("from", column.low), ("to", column.high))
    return " ".join(
        [
            EXPECTED[column.type],
            *(f"{word} {bound:g}" for word, bound in bounds if bound is not None),
        ]
    )


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _typed(column: Column, raw: str, stored: str) -> str:
    kind = column.type
    if kind == "text":
        return given(column, raw, stored) if stored == "VARCHAR" else f"CAST({raw} AS VARCHAR)"
    if stored == "VARCHAR":
        return _from_text(column, raw)
    if kind in ("small", "integer", "bigint") and (stored in REALS or stored.startswith("DECIMAL")):
        exact = f" AND abs({raw}) <= {EXACT[stored]}" if stored in EXACT else ""
        return f"CASE WHEN {raw} = trunc({raw}){exact} THEN TRY_CAST({raw} AS {column.sql}) END"
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
            midnight = f"({_part(raw, 2)} = '' OR TRY_CAST({_part(raw, 2)} AS TIME) = TIME '00:00')"
            return (
                f"CASE WHEN length({raw}) = 10 AND {raw} LIKE '____-__-__' THEN TRY_CAST({raw} AS DATE) "
                f"WHEN regexp_full_match({raw}, '{WRITTEN}') AND {midnight} THEN {_day(raw)} END"
            )
        case "datetime":
            clock = f"CASE WHEN {_part(raw, 2)} = '' THEN TIME '00:00' ELSE TRY_CAST({_part(raw, 2)} AS TIME) END"
            return f"CASE WHEN regexp_full_match({raw}, '{WRITTEN}') THEN {_day(raw)} + {clock} END"
        case "boolean":
            return f"CASE lower({raw}) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END"
        case _:
            return given(column, raw, "VARCHAR")


def _part(raw: str, group: int) -> str:
    return f"regexp_extract({raw}, '^{WRITTEN}$', {group})"


def _day(raw: str) -> str:
    formats = ", ".join(quoted(f) for f in FORMATS)
    return f"CAST(try_strptime({_part(raw, 1)}, [{formats}]) AS DATE)"
