"""Expressions: printing and reading give the same tree, and SQL says of a row what Python says."""

import datetime as dt
from typing import Any

import duckdb
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from oneplace.documents.expressions import (
    Arithmetic,
    Compare,
    Constant,
    In,
    InRange,
    IsMissing,
    Join,
    Minus,
    Name,
    Node,
    Not,
    parse_expression,
)

KINDS = {
    "age": "number",
    "bmi": "number",
    "ill": "boolean",
    "frail": "boolean",
    "band": "text",
    "seen": "date",
}
numbers = st.one_of(st.integers(0, 200), st.floats(0, 1000).map(lambda v: round(v, 3))).map(
    Constant
)
texts = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=["Cs"]), max_size=8
).map(Constant)
dates = st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)).map(Constant)


def number(deeper: Any) -> Any:
    return st.one_of(
        numbers,
        st.sampled_from(["age", "bmi"]).map(Name),
        st.builds(Arithmetic, st.sampled_from(["+", "-", "*", "/"]), deeper, deeper),
        st.builds(Minus, deeper),
    )


NUMBER = st.recursive(
    st.one_of(numbers, st.sampled_from(["age", "bmi"]).map(Name)), number, max_leaves=4
)
TRUTH = st.recursive(
    st.one_of(
        st.sampled_from(["ill", "frail"]).map(Name),
        st.booleans().map(Constant),
        st.builds(Compare, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), NUMBER, NUMBER),
        st.builds(Compare, st.sampled_from(["=", "!="]), st.just(Name("band")), texts),
        st.builds(Compare, st.sampled_from(["<", ">="]), st.just(Name("seen")), dates),
        st.builds(InRange, NUMBER, NUMBER, NUMBER),
        st.builds(
            In,
            st.just(Name("band")),
            st.lists(texts, min_size=1, max_size=3).map(tuple),
            st.booleans(),
        ),
        st.builds(In, NUMBER, st.lists(numbers, min_size=1, max_size=3).map(tuple), st.booleans()),
        st.builds(IsMissing, st.sampled_from(list(KINDS)).map(Name), st.booleans()),
    ),
    lambda deeper: st.one_of(
        st.builds(Not, deeper),
        st.builds(
            Join,
            st.sampled_from(["and", "or"]),
            st.lists(deeper, min_size=2, max_size=3).map(tuple),
        ),
    ),
    max_leaves=8,
)
ROWS = st.fixed_dictionaries(
    {
        "age": st.one_of(st.none(), st.integers(0, 110)),
        "bmi": st.one_of(st.none(), st.floats(10, 60).map(lambda v: round(v, 1))),
        "ill": st.one_of(st.none(), st.booleans()),
        "frail": st.one_of(st.none(), st.booleans()),
        "band": st.one_of(st.none(), st.sampled_from(["", "fit", "mild", "O'Brien"])),
        "seen": st.one_of(st.none(), st.dates(dt.date(1990, 1, 1), dt.date(2020, 1, 1))),
    }
)
SCHEMA = pa.schema(
    [
        ("age", pa.int32()),
        ("bmi", pa.float64()),
        ("ill", pa.bool_()),
        ("frail", pa.bool_()),
        ("band", pa.string()),
        ("seen", pa.date32()),
    ]
)


@settings(max_examples=150, deadline=None)
@given(TRUTH)
def test_what_is_printed_reads_back_as_the_same_tree(tree: Node) -> None:
    assert parse_expression(str(tree)) == tree
    assert str(parse_expression(str(tree))) == str(tree)
    assert tree.check(KINDS) == "boolean"  # type: ignore[arg-type]


@settings(max_examples=40, deadline=None)
@given(st.lists(TRUTH, min_size=1, max_size=8), st.lists(ROWS, min_size=1, max_size=6))
def test_sql_says_what_python_says(trees: list[Node], rows: list[dict[str, Any]]) -> None:
    with duckdb.connect() as con:
        con.register("people", pa.Table.from_pylist(rows, SCHEMA))
        columns = ", ".join(f"{t.to_sql()} AS c{i}" for i, t in enumerate(trees))
        found = con.sql(f"SELECT {columns} FROM people").fetchall()
    assert found == [tuple(t.evaluate(row) for t in trees) for row in rows]


@settings(max_examples=60, deadline=None)
@given(TRUTH, ROWS)
def test_a_denial_is_false_where_the_thing_is_true_and_missing_where_it_is_missing(
    tree: Node, row: dict[str, Any]
) -> None:
    truth = tree.evaluate(row)
    assert Not(tree).evaluate(row) is (None if truth is None else not truth)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_read_or_refused_with_a_place_in_it(text: str) -> None:
    from oneplace.documents.expressions import ExpressionError

    try:
        tree = parse_expression(text)
    except ExpressionError as e:
        assert 1 <= e.position <= len(text) + 1
    else:
        assert parse_expression(str(tree)) == tree
