"""What is always true of a table's file: rows written as declared come back as they were, whatever
they hold."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from oneplace.faults import InputAtFault
from oneplace.tables.csv import parse_csv
from oneplace.tables.declare import Column, Table

TABLE = Table(
    "any",
    "One column of each type.",
    (
        Column("text", "text", "Text.", required=False),
        Column("small", "small", "Small."),
        Column("bigint", "bigint", "Big.", required=False),
        Column("number", "number", "Number.", required=False),
        Column("money", "money", "Money.", required=False),
        Column("date", "date", "Date.", required=False),
        Column("boolean", "boolean", "Boolean.", required=False),
    ),
)
words = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1
).filter(lambda t: t == t.strip())
rows = st.lists(
    st.tuples(
        st.none() | words,
        st.integers(-(2**15), 2**15 - 1),
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | st.floats(allow_nan=False, allow_infinity=False),
        st.none() | st.decimals(-(10**12), 10**12, places=2, allow_nan=False),
        st.none() | st.dates(date(1000, 1, 1)),
        st.none() | st.booleans(),
    ),
    max_size=8,
)


def _write(values: list[tuple[Any, ...]], end: str) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(
        out, lineterminator=end, quoting=csv.QUOTE_ALL
    )  # a lone carriage return would end a row
    writer.writerow(TABLE.names)
    writer.writerows(
        [
            ["" if v is None else str(v).lower() if isinstance(v, bool) else v for v in row]
            for row in values
        ]
    )
    return out.getvalue()


@settings(max_examples=60, deadline=None)
@given(rows, st.sampled_from(["\n", "\r\n"]))
def test_what_is_written_comes_back(values: list[tuple[Any, ...]], end: str) -> None:
    read = [
        tuple(r.values()) for r in parse_csv(_write(values, end), TABLE, name="any.csv").to_pylist()
    ]
    assert read == [
        tuple(Decimal(v) if isinstance(v, Decimal) else v for v in row) for row in values
    ]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_with_a_line(text: str) -> None:
    try:
        parse_csv("text,small,bigint,number,money,date,boolean\n" + text, TABLE, name="any.csv")
    except InputAtFault as refused:
        assert all(f.line and f.line >= 1 for f in refused.faults)
