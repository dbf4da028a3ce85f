"""Plan files that are broken as files, and changes that are none: a plan saved by another program
reads the same."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from oneplace.plan.assurance.checking import check_plan, read_plan_documents

HAMLET = Path(__file__).resolve().parents[2] / "places" / "hamlet"


@pytest.fixture
def hamlet(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HAMLET, tmp_path / "hamlet"))


def endless() -> bytes:
    """Ten lines that unfold to ten thousand million values."""
    layers = [b"l0: &l0 [x, x, x, x, x, x, x, x, x, x]"]
    layers += [
        b"l%d: &l%d [%s]" % (n, n, b", ".join([b"*l%d" % (n - 1)] * 10)) for n in range(1, 10)
    ]
    return b"\n".join(layers) + b"\n"


PLAN, TABLE = "plan.yaml", "tables/trajectories.csv"
UNFOLDS = "plan.yaml:1: aliases unfold this file without end: expected at most 2,000,000 values"
# what happened to the bytes: file, change, what is said
BROKEN: list[tuple[str, str, Callable[[bytes], bytes], str]] = [
    (
        "latin-1",
        PLAN,
        lambda b: b.replace(b"Van bought", b"Caf\xe9 bought"),
        "plan.yaml:91: the file is not UTF-8 text: found byte 0xe9; expected UTF-8",
    ),
    (
        "UTF-16",
        PLAN,
        lambda b: b.decode().encode("utf-16"),
        "plan.yaml:1: the file is not UTF-8 text: found byte 0xff; expected UTF-8",
    ),
    (
        "empty",
        PLAN,
        lambda b: b"",
        "plan.yaml:1: a document starts with named fields: found an empty file; expected a mapping",
    ),
    (
        "a list",
        PLAN,
        lambda b: b"- a\n- b\n",
        "plan.yaml:1: a document starts with named fields: found a list; expected a mapping",
    ),
    (
        "cut off",
        PLAN,
        lambda b: b[: b.index(b"n: 2, title")],
        "plan.yaml:29: this is not valid YAML: found '<stream end>'; expected the node content",
    ),
    (
        "a zero byte",
        PLAN,
        lambda b: b.replace(b"Van", b"V\0n"),
        "plan.yaml:91: the file is not plain text: found the character U+0000; expected text without control characters",
    ),
    (
        "two documents",
        PLAN,
        lambda b: b + b"---\n" + b,
        "plan.yaml:131: this is not valid YAML: found another document; expected a single document in the stream",
    ),
    (
        "a tag that would run",
        PLAN,
        lambda b: b.replace(b"title: Hamlet", b"title: !!python/object/apply:os.system Hamlet"),
        "plan.yaml:5 (title): the value does not fit: found tag:yaml.org,2002:python/object/apply:os.system "
        "Hamlet's plan 2019/20; expected a valid string",
    ),
    ("aliases of aliases", PLAN, lambda b: b + endless(), UNFOLDS),
    (
        "nested without end",
        PLAN,
        lambda b: b + b"more: " + b"[" * 5000,
        "plan.yaml:1: lists and fields are nested too deeply to be read: expected a document",
    ),
    (
        "latin-1 table",
        TABLE,
        lambda b: b.replace(b"invented,", b"invent\xe9,", 1),
        "tables/trajectories.csv:2: the file is not UTF-8 text: found byte 0xe9",
    ),
    (
        "empty table",
        TABLE,
        lambda b: b"",
        "tables/trajectories.csv:1: the file is empty: expected a header: record,measure,period,period_type,operator,"
        "standard,unit,planned,source,note",
    ),
    (
        "table cut off",
        TABLE,
        lambda b: b[:150],
        "tables/trajectories.csv:3: the row has not as many cells as the header: found 1; expected 10",
    ),
    (
        "an open quote",
        TABLE,
        lambda b: b.replace(b"invented", b'"invented', 1),
        "tables/trajectories.csv:2: this is not valid CSV: found unexpected end of data; expected quotes closed, "
        "commas between cells",
    ),
    (
        "a zero byte in a table",
        TABLE,
        lambda b: b.replace(b"invented", b"inv\0", 1),
        "tables/trajectories.csv:2: the file is not text: found a zero byte",
    ),
]


@pytest.mark.parametrize(
    ("file", "change", "message"), [pytest.param(*b[1:], id=b[0]) for b in BROKEN]
)
def test_a_broken_file_is_named(
    hamlet: Path, file: str, change: Callable[[bytes], bytes], message: str
) -> None:
    path = hamlet / file
    path.write_bytes(change(path.read_bytes()))
    assert [str(f) for f in check_plan(hamlet)] == [message]


# what a hand or a program may do to a file without changing what it says
HARMLESS: list[tuple[str, str, Callable[[bytes], bytes]]] = [
    ("byte order mark", PLAN, lambda b: b"\xef\xbb\xbf" + b),
    ("Windows line ends", PLAN, lambda b: b.replace(b"\n", b"\r\n")),
    ("no last line end", PLAN, lambda b: b.rstrip(b"\n")),
    ("a comment", PLAN, lambda b: b"# mine\n" + b),
    ("a quoted sum of money", PLAN, lambda b: b.replace(b"value_gbp: 6150", b'value_gbp: "6150"')),
    ("pence that are nought", PLAN, lambda b: b.replace(b"value_gbp: 6150", b"value_gbp: 6150.00")),
    ("a quoted date", PLAN, lambda b: b.replace(b"due: 2019-06-03", b'due: "2019-06-03"')),
    ("byte order mark in a table", TABLE, lambda b: b"\xef\xbb\xbf" + b),
    ("Windows line ends in a table", TABLE, lambda b: b.replace(b"\n", b"\r\n")),
    ("quoted cells", TABLE, lambda b: b.replace(b",month,", b',"month",')),
]


@pytest.mark.parametrize(("file", "change"), [pytest.param(*h[1:], id=h[0]) for h in HARMLESS])
def test_what_changes_nothing_is_read_right(
    hamlet: Path, file: str, change: Callable[[bytes], bytes]
) -> None:
    expected = read_plan_documents(hamlet)
    path = hamlet / file
    good = path.read_bytes()
    assert change(good) != good
    path.write_bytes(change(good))
    assert read_plan_documents(hamlet) == expected


def test_faults_of_several_files_are_named_at_once(hamlet: Path) -> None:
    for file, text, instead in (
        ("money.yaml", "marginal_rate_pct: 70", "marginal_rate_pct: 170"),
        ("activity.yaml", "pct: 2.2", "pct: two"),
        ("plan.yaml", "aims: [prevention]", "aims: [prevent]"),
        ("tables/trajectories.csv", "88.0", "88%"),
    ):
        path = hamlet / file
        path.write_text(
            path.read_text(encoding="utf-8").replace(text, instead, 1), encoding="utf-8"
        )
    assert {(f.file, f.line) for f in check_plan(hamlet)} == {
        ("activity.yaml", 19),
        ("money.yaml", 12),
        ("plan.yaml", 65),
        ("tables/trajectories.csv", 2),
    }
