"""A place's folder that is not right: one clear message each."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from oneplace.faults import InputAtFault
from oneplace.place.geography import check_tables, read_place
from oneplace.place.shipped import shipped_place


@pytest.fixture()
def hamlet(tmp_path: Path) -> Path:
    shutil.copytree(shipped_place("hamlet"), tmp_path / "hamlet")
    return tmp_path / "hamlet"


def _change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("demonstration: true", "demonstraton: true", "unknown field"),
        (
            "as_of: 2019-10-01",
            "as_of: 2021-04-01",
            "as_of within the records, 2016-04-01 to 2020-03-31",
        ),
        ("end: 2020-03-31}", "end: 2015-03-31}", "a period that ends on or after its start"),
        ("  wards:", "  wrads:", "not wrads"),
        ("leaving: hes", "leaving: hse", "'hse'"),
        ("basis: invented", "basis: guessed", "'guessed'"),
    ],
)
def test_a_wrong_document_says_what_to_mend(hamlet: Path, old: str, new: str, said: str) -> None:
    _change(hamlet / "place.yaml", old, new)
    with pytest.raises(InputAtFault) as refused:
        read_place(hamlet)
    assert any(said in str(f) for f in refused.value.faults), refused.value
    assert all(f.file == "place.yaml" for f in refused.value.faults)


def test_a_table_without_file_and_a_file_without_source_are_both_named(hamlet: Path) -> None:
    (hamlet / "tables" / "wards.csv").rename(hamlet / "tables" / "ward.csv")
    with pytest.raises(InputAtFault) as refused:
        read_place(hamlet)
    assert [str(f) for f in refused.value.faults] == [
        "place.yaml (tables.wards): the table has no file: expected tables/wards.csv",
        "tables/ward.csv: no table has this name: found ward; expected wards?",
    ]


def test_a_table_nobody_vouches_for_is_refused(hamlet: Path) -> None:
    text = (hamlet / "place.yaml").read_text(encoding="utf-8")
    start = text.index("  wards:")
    (hamlet / "place.yaml").write_text(
        text[:start] + text[text.index("  population_by_area_age:") :], encoding="utf-8"
    )
    with pytest.raises(
        InputAtFault, match=r"tables/wards.csv: nobody says where this table came from"
    ):
        read_place(hamlet)


def test_a_code_that_points_at_nothing_is_named_with_its_line(hamlet: Path) -> None:
    _change(hamlet / "tables" / "team_practices.csv", "HT2,HP002", "HT2,HP009")
    assert [str(f) for f in check_tables(read_place(hamlet))] == [
        "tables/team_practices.csv:3 (practice_code): the code is not known: found HP009; expected a code in tables/practices.csv"
    ]


def test_faults_of_several_tables_are_told_together(hamlet: Path) -> None:
    _change(hamlet / "tables" / "wards.csv", "ward_name", "title")
    _change(hamlet / "tables" / "areas.csv", "412", "0")
    files = {f.file for f in check_tables(read_place(hamlet))}
    assert files == {"tables/wards.csv", "tables/areas.csv"}


def test_a_place_that_is_not_shipped_is_named() -> None:
    with pytest.raises(InputAtFault, match="no such place comes with the program: found atlantis"):
        shipped_place("atlantis")
