"""A place of records alone: no areas, no teams, nothing but its document."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from oneplace.place.geography import check_tables, local_group, local_rank, metres, read_place
from oneplace.place.organisations import practices, providers, team_of_practice
from oneplace.place.population import registered, residents, residents_by_area_age, side_by_side
from oneplace.tables.place import TABLES

DOCUMENT = """
schema: 1
name: Records
kind: research records
demonstration: false
records: {source: omop, path: records, period: {start: 2000-01-01, end: 2019-12-31}}
as_of: 2015-01-01
"""


@pytest.fixture()
def bare(tmp_path: Path) -> Path:
    (tmp_path / "place.yaml").write_text(DOCUMENT, encoding="utf-8")
    return tmp_path


def test_a_document_of_the_first_edition_may_name_the_days_of_study(bare: Path) -> None:
    (bare / "place.yaml").write_text(
        DOCUMENT + "study: {start: 2015-01-01, end: 2015-12-31}\n", encoding="utf-8"
    )
    assert read_place(bare).document.schema_edition == 2


def test_every_table_reads_as_an_empty_one(bare: Path) -> None:
    place = read_place(bare)
    for name, declared in TABLES.items():
        assert not place.has(name)
        assert place.table(name).schema == declared.arrow and place.table(name).num_rows == 0
    assert check_tables(place) == ()


def test_a_table_nobody_declared_is_an_error_of_the_program(bare: Path) -> None:
    with pytest.raises(KeyError):
        read_place(bare).table("nonesuch")


def test_nothing_is_asked_of_it_that_it_has_not(bare: Path) -> None:
    place = read_place(bare)
    assert (residents(place), registered(place)) == (None, None)
    assert residents_by_area_age(place).total == 0
    assert (
        practices(place) == providers(place, dt.date(2019, 1, 1)) == team_of_practice(place) == {}
    )
    rows = side_by_side(place).to_pylist()
    assert [(r["unit_kind"], r["residents"], r["registered"]) for r in rows] == [
        ("place", None, None)
    ]


def test_local_ranks_follow_the_national_and_ties_the_codes() -> None:
    #          national rank  code
    drawn = [(500, "b"), (20, "d"), (500, "a"), (31_000, "c")]
    assert local_rank([r for r, _ in drawn], [c for _, c in drawn]) == [3, 1, 2, 4]


@pytest.mark.parametrize(
    ("areas", "groups", "sizes"),
    [
        (298, 10, [30, 30, 30, 30, 29, 30, 30, 30, 30, 29]),
        (10, 5, [2] * 5),
        (3, 5, [1, 1, 0, 1, 0]),
    ],
)
def test_local_groups_have_nearly_equally_many_areas(
    areas: int, groups: int, sizes: list[int]
) -> None:
    found = [local_group(rank, areas, groups) for rank in range(1, areas + 1)]
    assert found == sorted(found)
    assert sorted(found.count(g) for g in range(1, groups + 1)) == sorted(sizes)


def test_metres_are_metres() -> None:
    # One minute of latitude is a nautical mile, 1,852 m (to the Earth's shape); of longitude at 60
    # N half of that.
    east_north = metres([60.0, 60.0 + 1 / 60, 60.0], [0.0, 0.0, 1 / 60])
    assert east_north[1, 1] - east_north[0, 1] == pytest.approx(1852, rel=0.002)
    assert east_north[2, 0] - east_north[0, 0] == pytest.approx(926, rel=0.002)
