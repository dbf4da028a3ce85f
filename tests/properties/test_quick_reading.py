"""A right document reads the same by the C parser as the long way; a wrong one is never let through
by the quick way."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneplace.build import document_kinds
from oneplace.documents import load_yaml, parse, read
from oneplace.documents.reading import _right
from oneplace.place.shipped import shipped_places

SHIPPED = [
    (path, kind)
    for folder in shipped_places().values()
    for pattern, kind in document_kinds().items()
    for path in sorted(folder.glob(pattern))
]


@pytest.mark.parametrize(
    ("path", "kind"), SHIPPED, ids=[f"{p.parent.name}/{p.name}" for p, _ in SHIPPED]
)
def test_every_shipped_document_reads_the_same_both_ways(path: Path, kind: type) -> None:
    quick = _right(path, kind)
    assert quick is not None
    assert quick == parse(load_yaml(path), kind, file=path.name)


TOKENS = [
    "a",
    "b",
    ":",
    " ",
    "\n",
    "- ",
    "  ",
    "1",
    "0o7",
    "1_000",
    "yes",
    "2019-02-30",
    "2019-03-01",
    "&x ",
    "*x",
    "!t ",
    '"',
    "{",
    "}",
    "<<: ",
    "~",
]


@given(st.lists(st.sampled_from(TOKENS), max_size=40).map("".join))
def test_what_the_quick_way_accepts_the_long_way_accepts_and_reads_alike(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    from oneplace.documents import Document

    class Loose(Document):
        a: str | int | list[str] | None = None
        b: dict[str, int] | str | None = None

    path = tmp_path_factory.getbasetemp() / "loose.yaml"
    path.write_text("schema: 1\n" + text, encoding="utf-8")
    quick = _right(path, Loose)
    if quick is not None:
        assert quick == parse(load_yaml(path), Loose, file="loose.yaml")
        assert read(path, Loose) == quick
