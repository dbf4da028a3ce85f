"""The shipped places: what the issue and the publishers say must stand in them. Sources: place.yaml
of each."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest

from oneplace.answers.checking import check_place
from oneplace.place.geography import (
    PlaceInHand,
    check_tables,
    local_group,
    local_rank,
    metres,
    read_place,
)
from oneplace.place.grouping import adjoining, in_one_piece
from oneplace.place.hexagons import lay_out, neighbours_kept
from oneplace.place.organisations import practices
from oneplace.place.population import registered, residents, residents_by_area_age, side_by_side
from oneplace.place.shipped import shipped_place, shipped_places
from oneplace.tables.place import TABLES

SHIPPED = (
    "areas",
    "wards",
    "population_by_area_age",
    "population_by_age_sex",
    "population_by_year_age",
    "components_of_change",
    "ethnicity_by_area",
    "practices",
    "networks",
    "providers",
    "teams",
    "team_practices",
    "neighbourhoods",
    "neighbourhood_areas",
    "qof_by_decile",
    "qof_local",
    "life_expectancy_by_decile",
    "deaths_by_age_sex",
    "life_table",
    "ae_monthly",
)
REPO = Path(__file__).resolve().parents[2]
SOURCE = REPO.parent / "shared" / "data"
NOTICE = (REPO / "NOTICE").read_text(encoding="utf-8")


@pytest.fixture(scope="module", params=["hamlet", "liverpool"])
def place(request: pytest.FixtureRequest) -> PlaceInHand:
    return read_place(shipped_place(request.param))


@pytest.fixture(scope="module")
def liverpool() -> PlaceInHand:
    return read_place(shipped_place("liverpool"))


def test_both_places_are_shipped() -> None:
    assert set(shipped_places()) == {"hamlet", "liverpool"}


def test_every_table_is_there_whole_and_points_at_what_exists(place: PlaceInHand) -> None:
    made_of_real_records_only = {"code_list", "activity_totals"}
    assert set(SHIPPED) <= set(place.document.tables) <= set(TABLES) - made_of_real_records_only
    assert check_tables(place) == ()
    assert all(place.table(name).num_rows for name in place.document.tables)


def test_it_says_that_its_people_do_not_exist(place: PlaceInHand) -> None:
    assert place.document.demonstration


def test_every_table_says_where_it_came_from_and_notice_repeats_the_publisher(
    place: PlaceInHand,
) -> None:
    for name, source in place.document.tables.items():
        assert source.publisher and source.period and source.licence and source.citation, name
        if source.basis == "published":
            for publisher in source.publisher.split("; "):
                assert publisher.partition(" (")[0] in NOTICE, (name, publisher)


def test_what_is_ours_says_that_none_is_published(liverpool: PlaceInHand) -> None:
    ours = {name for name, source in liverpool.document.tables.items() if source.basis == "ours"}
    assert ours == {"teams", "team_practices", "neighbourhoods", "neighbourhood_areas"}
    assert all("none is published" in liverpool.document.tables[name].note for name in ours)


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        ("areas", 298),
        ("wards", 30),
        ("population_by_area_age", 298),
        ("population_by_age_sex", 182),
        ("population_by_year_age", 5 * 91),
        ("ethnicity_by_area", 298),
        ("practices", 88),
        ("networks", 11),
        ("teams", 12),
        ("team_practices", 88),
        ("neighbourhoods", 18),
        ("neighbourhood_areas", 298),
        ("qof_by_decile", 210),
        ("qof_local", 21),
        ("life_expectancy_by_decile", 20),
        ("deaths_by_age_sex", 40),
        ("life_table", 202),
        ("ae_monthly", 288),
    ],
)
def test_liverpool_has_as_many_rows_as_its_publishers(
    liverpool: PlaceInHand, table: str, rows: int
) -> None:
    assert liverpool.table(table).num_rows == rows


def test_liverpool_has_498042_residents_however_they_are_counted(liverpool: PlaceInHand) -> None:
    ages = residents_by_area_age(liverpool)
    by_sex, by_year = (
        liverpool.table("population_by_age_sex"),
        liverpool.table("population_by_year_age"),
    )
    of_2019 = {a: n for y, a, n in zip(*by_year.to_pydict().values(), strict=True) if y == 2019}
    by_age: Counter[int] = Counter()
    for age, _, n in zip(*by_sex.to_pydict().values(), strict=True):
        by_age[age] += n
    assert residents(liverpool) == ages.total == sum(by_age.values()) == 498_042
    assert (
        ages.people.sum(axis=0).tolist()
        == [by_age[a] for a in range(91)]
        == [of_2019[a] for a in range(91)]
    )


def test_the_components_of_change_add_up(place: PlaceInHand) -> None:
    rows = place.table("components_of_change").to_pydict()
    n = dict(zip(rows["component"], rows["persons"], strict=True))
    gained = n["births"] + n["internal_inflow"] + n["international_inflow"] + n["other"]
    lost = n["deaths"] + n["internal_outflow"] + n["international_outflow"]
    assert n["population_at_start"] + gained - lost == n["population_at_end"] == residents(place)


def test_three_practices_have_no_published_list_and_two_no_network(liverpool: PlaceInHand) -> None:
    assert [r["practice_code"] for r in liverpool.rows("practices") if r["list_size"] is None] == [
        "N82621",
        "Y03097",
        "Y03101",
    ]
    assert {p.code for p in practices(liverpool).values() if p.network_code is None} == {
        "Y03097",
        "Y03101",
    }
    assert registered(liverpool) == 550_914


def test_networks_are_as_they_are(liverpool: PlaceInHand) -> None:
    sizes = liverpool.table("networks")["registered"].to_pylist()
    assert (min(sizes), max(sizes), sum(sizes)) == (33_374, 102_721, 550_914)


def test_deprivation_is_as_published_and_local_groups_follow_the_stated_rule(
    liverpool: PlaceInHand,
) -> None:
    areas = liverpool.table("areas").to_pydict()
    deciles = Counter(areas["imd_decile"])
    assert (deciles[1], deciles[10]) == (145, 1)  # DOMAIN 5
    assert areas["local_rank"] == local_rank(areas["imd_rank"], areas["area_code"])
    assert areas["local_decile"] == [local_group(r, 298, 10) for r in areas["local_rank"]]
    assert areas["local_quintile"] == [local_group(r, 298, 5) for r in areas["local_rank"]]
    assert set(Counter(areas["local_decile"]).values()) == {29, 30}


def test_census_groups_add_up_to_what_the_census_counted(liverpool: PlaceInHand) -> None:
    groups = liverpool.table("ethnicity_by_area").to_pydict()
    found = {g: sum(groups[g]) for g in ("white", "asian", "black", "mixed", "other")}
    # Census 2021 TS021, Liverpool's 302 areas of 2021
    assert found == {
        "white": 408_450,
        "asian": 27_767,
        "black": 16_968,
        "mixed": 16_877,
        "other": 16_035,
    }


def test_twelve_teams_are_within_30000_and_50000_before_and_after_normalising(
    liverpool: PlaceInHand,
) -> None:
    teams = liverpool.table("teams").to_pydict()
    lists = {p.code: p.list_size or 0 for p in practices(liverpool).values()}
    members: Counter[str] = Counter()
    for p in practices(liverpool).values():
        members[str(p.team_code)] += lists[p.code]
    assert members == dict(zip(teams["team_code"], teams["registered"], strict=True))
    assert all(30_000 <= n <= 50_000 for n in teams["registered"] + teams["registered_normalised"])
    assert abs(sum(teams["registered_normalised"]) - 498_042) <= 6


def test_eighteen_neighbourhoods_are_in_one_piece_nearly_equal_and_keep_wards_whole(
    liverpool: PlaceInHand,
) -> None:
    areas = liverpool.table("areas").to_pydict()
    home = dict(
        zip(
            *reversed(list(liverpool.table("neighbourhood_areas").to_pydict().values())),
            strict=True,
        )
    )
    beside = adjoining(metres(areas["latitude"], areas["longitude"]))
    members = defaultdict(list)
    in_wards = defaultdict(set)
    for i, (code, ward) in enumerate(zip(areas["area_code"], areas["ward_code"], strict=True)):
        members[home[code]].append(i)
        in_wards[ward].add(home[code])
    people = liverpool.table("neighbourhoods")["residents"].to_pylist()
    assert all(in_one_piece(m, beside) for m in members.values())
    assert sum(people) == 498_042
    assert min(people) > 24_000 and max(people) < 32_000  # mean 27,669
    assert sum(len(n) == 1 for n in in_wards.values()) >= 20


def test_neighbours_stay_together_on_the_hexagon_map_and_the_program_makes_it_again(
    place: PlaceInHand,
) -> None:
    areas = place.table("areas").to_pydict()
    points = metres(areas["latitude"], areas["longitude"])
    cells = list(zip(areas["hex_column"], areas["hex_row"], strict=True))
    again = lay_out(points)
    assert len(set(cells)) == len(cells)
    assert cells == list(zip(again.columns, again.rows, strict=True))
    kept = neighbours_kept(points, np.array(areas["hex_column"]), np.array(areas["hex_row"]))
    assert kept >= (0.97 if len(cells) == 298 else 0.8)


def test_both_populations_stand_side_by_side(liverpool: PlaceInHand) -> None:
    rows = {(r["unit_kind"], r["unit_code"]): r for r in side_by_side(liverpool).to_pylist()}
    assert len(rows) == 1 + 30 + 18 + 11 + 12 + 88
    whole = rows["place", "E08000012"]
    assert (whole["residents"], whole["registered"], whole["denominator"]) == (
        498_042,
        550_914,
        "resident",
    )
    assert rows["practice", "N82621"]["registered"] is None
    assert all(
        r["denominator"] == ("registered" if k in ("network", "team", "practice") else "resident")
        for (k, _), r in rows.items()
    )


def test_hamlet_has_2000_residents_and_invented_codes() -> None:
    hamlet = read_place(shipped_place("hamlet"))
    assert residents(hamlet) == 2_000
    assert [
        hamlet.table(t).num_rows for t in ("areas", "wards", "practices", "networks", "teams")
    ] == [10, 3, 3, 1, 2]
    for table, column in (
        ("areas", "area_code"),
        ("practices", "practice_code"),
        ("providers", "provider_code"),
    ):
        assert all(code.startswith("H") for code in hamlet.table(table)[column].to_pylist())


@pytest.mark.parametrize("name", ["liverpool", "hamlet"])
def test_the_programs_make_the_same_bytes_again(name: str, tmp_path: Path) -> None:
    if name == "liverpool" and not SOURCE.is_dir():
        pytest.skip(
            "the publishers' files (shared/data beside the repository) are not on this machine"
        )
    main = _program(f"make_{name}_tables")
    main(SOURCE if name == "liverpool" else shipped_place("liverpool"), tmp_path)
    for table in SHIPPED:
        made, kept = (
            folder / "tables" / f"{table}.csv" for folder in (tmp_path, shipped_place(name))
        )
        assert made.read_bytes() == kept.read_bytes(), table


def _program(name: str):  # type: ignore[no-untyped-def]
    tools = str(REPO / "tools")
    sys.path.insert(0, tools)
    try:
        spec = importlib.util.spec_from_file_location(name, REPO / "tools" / f"{name}.py")
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.main
    finally:
        sys.path.remove(tools)


def test_a_row_of_a_place_s_table_that_stands_again_is_counted_once_and_check_warns(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "hamlet"
    shutil.copytree(shipped_place("hamlet"), folder, ignore=shutil.ignore_patterns(".oneplace"))
    path = folder / "tables" / "practices.csv"
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([header, *lines, lines[0]]) + "\n", encoding="utf-8")
    warned = [f for f in check_place(folder) if f.file == "tables/practices.csv"]
    assert [(f.severity, f.line) for f in warned] == [("warning", len(lines) + 2)]
    assert "1 row stands again" in warned[0].what
    assert read_place(folder).table("practices").num_rows == len(lines)
    path.write_text("\n".join([header, *lines, _other(header, lines[0])]) + "\n", encoding="utf-8")
    faults = [f for f in check_place(folder) if f.file == "tables/practices.csv"]
    assert [(f.severity, f.line) for f in faults] == [
        ("fault", len(lines) + 2)
    ] and "line 2" in faults[0].expected


def _other(header: str, line: str) -> str:
    """The same key with another name."""
    at = header.split(",").index("practice_name")
    cells = line.split(",")
    return ",".join([*cells[:at], "Another Surgery", *cells[at + 1 :]])
