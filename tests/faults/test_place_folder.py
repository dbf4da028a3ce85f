"""A place's folder that is not right: one clear message each."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from oneplace.faults import InputAtFault
from oneplace.place.boundaries import read_boundaries
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
        ("as_of: 2019-10-01", "as_of: 2021-04-01", "as_of within the records, 2016-04-01 to 2020-03-31"),
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
    (hamlet / "place.yaml").write_text(text[:start] + text[text.index("  population_by_area_age:") :], encoding="utf-8")
    with pytest.raises(InputAtFault, match=r"tables/wards.csv: nobody says where this table came from"):
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


SQUARE = [[[-3.0, 53.4], [-2.9, 53.4], [-2.9, 53.5], [-3.0, 53.4]]]


def _feature(code: str, geometry: Any = None) -> dict[str, Any]:
    shape = {"type": "Polygon", "coordinates": SQUARE} if geometry is None else geometry
    return {"type": "Feature", "properties": {"NAME": "x", "LSOA11CD": code}, "geometry": shape}


def _write(path: Path, features: list[Any], kind: str = "FeatureCollection") -> Path:
    path.write_text(json.dumps({"type": kind, "features": features}), encoding="utf-8")
    return path


def test_boundaries_join_by_whichever_property_holds_the_codes(tmp_path: Path) -> None:
    file = _write(tmp_path / "b.geojson", [_feature("A1"), _feature("A2"), _feature("elsewhere")])
    found = read_boundaries(file, ["A1", "A2"])
    assert (found.code_property, found.not_of_this_place, set(found.rings)) == ("LSOA11CD", 1, {"A1", "A2"})
    assert found.rings["A1"][0][0] == (-3.0, 53.4)


@pytest.mark.parametrize(
    ("features", "kind", "said"),
    [
        ([_feature("A1")], "FeatureCollection", "1 areas have no boundary: found A2"),
        (
            [_feature("B1")],
            "FeatureCollection",
            "no property holds the codes of this place's areas: found properties NAME, LSOA11CD",
        ),
        ([], "FeatureCollection", "found no properties"),
        ([], "Topology", "TopoJSON has to be converted first"),
        (["A1"], "FeatureCollection", "this is not a feature"),
        ([_feature("A1"), _feature("A1"), _feature("A2")], "FeatureCollection", "the area stands twice: found A1"),
        (
            [_feature("A1", {"type": "Point", "coordinates": [1, 2]}), _feature("A2")],
            "FeatureCollection",
            "found Point",
        ),
        (
            [_feature("A1", {"type": "Polygon", "coordinates": [[[1, 2]]]}), _feature("A2")],
            "FeatureCollection",
            "a ring that is not closed",
        ),
        (
            [_feature("A1", {"type": "Polygon", "coordinates": 7}), _feature("A2")],
            "FeatureCollection",
            "not pairs of numbers",
        ),
        (
            [
                _feature(
                    "A1", {"type": "Polygon", "coordinates": [[[334941, 389332], [1, 1], [2, 2], [334941, 389332]]]}
                ),
                _feature("A2"),
            ],
            "FeatureCollection",
            "National Grid metres have to be converted first",
        ),
    ],
)
def test_boundaries_that_do_not_fit_say_why(tmp_path: Path, features: list[Any], kind: str, said: str) -> None:
    with pytest.raises(InputAtFault) as refused:
        read_boundaries(_write(tmp_path / "b.geojson", features, kind), ["A1", "A2"])
    assert said in str(refused.value)


def test_a_boundary_file_that_is_missing_or_no_json_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputAtFault, match="the file is missing"):
        read_boundaries(tmp_path / "b.geojson", ["A1"])
    (tmp_path / "b.geojson").write_text('{"type":\n oops}', encoding="utf-8")
    with pytest.raises(InputAtFault, match=r"b.geojson:2: this is not valid JSON"):
        read_boundaries(tmp_path / "b.geojson", ["A1"])


def test_the_published_boundaries_of_liverpool_join_by_their_codes() -> None:
    file = Path(__file__).resolve().parents[3] / "shared" / "data" / "geo" / "lsoa11_liverpool.geojson"
    if not file.is_file():
        pytest.skip("the published boundaries (shared/data beside the repository) are not on this machine")
    codes = read_place(shipped_place("liverpool")).table("areas")["area_code"].to_pylist()
    found = read_boundaries(file, codes)
    assert (found.code_property, len(found.rings), found.not_of_this_place) == ("LSOA11CD", 298, 0)
