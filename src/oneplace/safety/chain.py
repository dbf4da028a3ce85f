"""The audit chain: every row carries a MAC over itself and the row before, so that no row can
change unseen.

Comes in: rows as plain values and the key. Goes out: a MAC for one more row, or what is wrong with
a list of them. A chain cannot show by itself that its tail was cut, so its head and count are
anchored elsewhere from time to time (`Anchor`). Whoever has the key can rewrite everything: it is
kept as the pseudonym key is kept.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Any

FIRST = "0" * 64


@dataclass(frozen=True)
class Link:
    """One row of the chain as it is kept: its number from 1, its content, the MAC before it and its
    own."""

    number: int
    row: Mapping[str, Any]
    before: str
    mac: str


@dataclass(frozen=True)
class Anchor:
    """How many rows there were and the last one's MAC, noted where nobody who can change the rows
    can change it."""

    count: int
    head: str


class Tampering(StrEnum):
    ALTERED = "altered"
    DELETED = "deleted"
    REORDERED = "reordered"
    INSERTED = "inserted"
    TAIL_CUT = "tail cut"


@dataclass(frozen=True)
class Break:
    """What happened and at which row number."""

    kind: Tampering
    number: int
    said: str


def append(previous: Link | None, row: Mapping[str, Any], key: bytes) -> Link:
    """The next link after `previous` (None for the first)."""
    number, before = (previous.number + 1, previous.mac) if previous else (1, FIRST)
    return Link(number, dict(row), before, _mac(number, row, before, key))


def anchor(last: Link | None) -> Anchor:
    return Anchor(last.number, last.mac) if last else Anchor(0, FIRST)


def verify(links: Iterable[Link], key: bytes, anchored: Anchor | None = None) -> list[Break]:
    """Everything wrong with the chain, by row number; an empty list means whole. Without an anchor
    a cut tail is unseen.

    A row that the key never signed counts as inserted when its number is taken or lies beyond the
    anchor, and as altered when it stands where a signed row should be: from outside, a replaced row
    and a changed one are the same thing.
    """
    kept = list(links)
    signed: dict[int, list[Link]] = {}
    unsigned: dict[int, list[Link]] = {}
    for k in kept:
        good = hmac.compare_digest(k.mac, _mac(k.number, k.row, k.before, key))
        (signed if good else unsigned).setdefault(k.number, []).append(k)
    last = max((k.number for k in kept), default=0)
    findings = [
        f
        for n in range(1, last + 1)
        for f in _at(n, signed.get(n, []), unsigned.get(n, []), anchored)
    ]
    findings += [
        Break(Tampering.INSERTED, n, "no row has such a number") for n in sorted(unsigned) if n < 1
    ]
    findings += _out_of_order(kept) + _broken(signed) + _tail(signed, last, anchored)
    return sorted(findings, key=lambda f: (f.number, f.kind))


def _at(
    number: int, signed: list[Link], unsigned: list[Link], anchored: Anchor | None
) -> list[Break]:
    """What is wrong at one number, where exactly one signed row should stand."""
    if not signed and not unsigned:
        return [Break(Tampering.DELETED, number, "the row is missing")]
    findings = [
        Break(Tampering.INSERTED, number, "a second row has this number") for _ in signed[1:]
    ]
    if not signed and not (anchored and number > anchored.count):
        findings.append(Break(Tampering.ALTERED, number, "the row is not what was signed"))
        unsigned = unsigned[1:]
    return findings + [
        Break(Tampering.INSERTED, number, "this row was never signed") for _ in unsigned
    ]


def _out_of_order(kept: Sequence[Link]) -> list[Break]:
    numbers = [k.number for k in kept]
    return [
        Break(Tampering.REORDERED, here, f"the row stands after row {before}")
        for before, here in pairwise(numbers)
        if here < before
    ]


def _broken(signed: Mapping[int, list[Link]]) -> list[Break]:
    """Signed rows that do not follow one another: a piece of another chain, or of an earlier state
    of this one."""
    said = "the row was signed, but after a different row"
    return [
        Break(Tampering.ALTERED, n, said)
        for n, here in signed.items()
        if (n == 1 and here[0].before != FIRST)
        or (n - 1 in signed and here[0].before not in {k.mac for k in signed[n - 1]})
    ]


def _tail(signed: Mapping[int, list[Link]], last: int, anchored: Anchor | None) -> list[Break]:
    if anchored is None or anchored.count == 0:
        return []
    if last < anchored.count:
        said = f"rows {last + 1} to {anchored.count} were anchored and are gone"
        return [Break(Tampering.TAIL_CUT, last + 1, said)]
    at_head = signed.get(anchored.count)
    if at_head and anchored.head not in {k.mac for k in at_head}:
        return [
            Break(Tampering.ALTERED, anchored.count, "the row is not the one that was anchored")
        ]
    return []


def _mac(number: int, row: Mapping[str, Any], before: str, key: bytes) -> str:
    return hmac.digest(key, f"{number}\n{before}\n{_canonical(row)}".encode(), "sha256").hex()


def _canonical(row: Mapping[str, Any]) -> str:
    """One text for one row: names sorted, every value beside its type, so that 1, "1" and True
    differ."""
    return json.dumps(
        {k: [type(v).__name__, _plain(v)] for k, v in row.items()},
        sort_keys=True,
        separators=(",", ":"),
    )


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (float, Decimal)):
        return repr(value)
    raise TypeError(f"an audit row holds plain values, not {type(value).__name__}")
