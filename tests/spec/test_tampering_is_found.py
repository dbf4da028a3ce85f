"""The tamper matrix: whatever is done to the audit rows without the key, verifying says what."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oneplace.safety.chain import FIRST, Anchor, Break, Link, Tampering, anchor, append, verify

KEY = b"k" * 32
A, D, R, I, T = (  # noqa: E741
    Tampering.ALTERED,
    Tampering.DELETED,
    Tampering.REORDERED,
    Tampering.INSERTED,
    Tampering.TAIL_CUT,
)


def chain(rows, key: bytes = KEY) -> list[Link]:
    links: list[Link] = []
    for row in rows:
        links.append(append(links[-1] if links else None, row, key))
    return links


WHOLE = chain(
    [
        {"who": f"u{i}", "did": "identify", "at": datetime(2019, 4, 1, i, tzinfo=UTC)}
        for i in range(1, 7)
    ]
)
HEAD = anchor(WHOLE[-1])
FORGED = Link(3, {"who": "nobody"}, WHOLE[1].mac, "f" * 64)


def edited(i: int, **change) -> list[Link]:
    return [replace(k, **change) if n == i else k for n, k in enumerate(WHOLE)]


def renumbered(links: list[Link]) -> list[Link]:
    return [replace(k, number=n) for n, k in enumerate(links, 1)]


MATRIX = {
    "content of a middle row": (edited(2, row={"who": "x"}), {(A, 3)}),
    "content of the first row": (edited(0, row={"who": "x"}), {(A, 1)}),
    "content of the last row": (edited(5, row={"who": "x"}), {(A, 6)}),
    "one field added": (edited(2, row={**WHOLE[2].row, "extra": None}), {(A, 3)}),
    "the type of a value": (
        edited(2, row={**WHOLE[2].row, "at": WHOLE[2].row["at"].isoformat()}),
        {(A, 3)},
    ),
    "a MAC": (edited(2, mac="0" * 64), {(A, 3)}),
    "a MAC and the next row's memory of it": (
        [
            replace(k, mac="0" * 64)
            if k.number == 3
            else replace(k, before="0" * 64)
            if k.number == 4
            else k
            for k in WHOLE
        ],
        {(A, 3), (A, 4)},
    ),
    "a middle row deleted": (WHOLE[:2] + WHOLE[3:], {(D, 3)}),
    "the first row deleted": (WHOLE[1:], {(D, 1)}),
    "two rows deleted": (WHOLE[:1] + WHOLE[3:], {(D, 2), (D, 3)}),
    "a row deleted and the rest renumbered": (
        renumbered(WHOLE[:2] + WHOLE[3:]),
        {(A, 3), (A, 4), (A, 5), (T, 6)},
    ),
    "two rows swapped": ([*WHOLE[:2], WHOLE[3], WHOLE[2], *WHOLE[4:]], {(R, 3)}),
    "two rows swapped and renumbered": (
        renumbered([*WHOLE[:2], WHOLE[3], WHOLE[2], *WHOLE[4:]]),
        {(A, 3), (A, 4)},
    ),
    "a forged row among the others": ([*WHOLE[:3], FORGED, *WHOLE[3:]], {(I, 3)}),
    "a forged row at the end": ([*WHOLE, replace(FORGED, number=7)], {(I, 7)}),
    "a forged row before the first": ([replace(FORGED, number=0), *WHOLE], {(I, 0)}),
    "a row copied": ([*WHOLE[:4], WHOLE[3], *WHOLE[4:]], {(I, 4)}),
    "the last row cut": (WHOLE[:-1], {(T, 6)}),
    "half of it cut": (WHOLE[:3], {(T, 4)}),
    "everything cut": ([], {(T, 1)}),
    "a middle and the tail cut": (WHOLE[:1] + WHOLE[2:4], {(D, 2), (T, 5)}),
    "a row of another place's chain": (
        [*WHOLE[:2], chain([{"who": "z"}] * 3)[2], *WHOLE[3:]],
        {(A, 3), (A, 4)},
    ),
    "the whole chain written anew with the right key": (chain([{"who": "z"}] * 6), {(A, 6)}),
    "the whole chain written anew with another key": (
        chain([k.row for k in WHOLE], b"q" * 32),
        {(A, n) for n in range(1, 7)},
    ),
}


@pytest.mark.parametrize("name", MATRIX)
def test_every_kind_of_tampering_is_found_and_named(name):
    links, expected = MATRIX[name]
    assert {(f.kind, f.number) for f in verify(links, KEY, HEAD)} == expected


def test_a_whole_chain_has_no_findings():
    assert verify(WHOLE, KEY, HEAD) == []
    assert verify(WHOLE, KEY) == []
    assert verify([], KEY, anchor(None)) == []


def test_rows_added_since_the_anchor_are_whole_too():
    assert verify(WHOLE, KEY, anchor(WHOLE[3])) == []


def test_only_the_anchor_shows_a_cut_tail():
    assert verify(WHOLE[:-1], KEY) == []
    assert verify(WHOLE[:-1], KEY, HEAD) == [Break(T, 6, "rows 6 to 6 were anchored and are gone")]


def test_values_of_different_types_have_different_macs():
    values = [1, "1", True, 1.0, Decimal(1), None, ""]
    assert len({append(None, {"v": v}, KEY).mac for v in values}) == len(values)


def test_what_is_not_a_plain_value_is_refused():
    with pytest.raises(TypeError, match="plain values"):
        append(None, {"v": object()}, KEY)


def test_the_first_row_follows_a_fixed_mark():
    assert append(None, {}, KEY).before == FIRST == anchor(None).head
    assert anchor(None) == Anchor(0, FIRST)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 5), max_size=8))
def test_any_selection_of_rows_but_the_whole_is_found(order):
    kept = [WHOLE[i] for i in order]
    assert (verify(kept, KEY, HEAD) == []) == (kept == WHOLE)
