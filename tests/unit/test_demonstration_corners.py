"""Awkward corners of making people: places that cannot be made, clocks that outlive a stay, beds,
onsets."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pytest

from oneplace.demonstration import assumptions, conditions, load_synthetic, mortality
from oneplace.demonstration.chance import stream
from oneplace.demonstration.contacts import kinds, log_shape
from oneplace.demonstration.days import NEVER, YEAR_DAYS
from oneplace.demonstration.identity import nhs_numbers
from oneplace.faults import InputAtFault
from oneplace.place.geography import read_place
from oneplace.place.shipped import shipped_place
from oneplace.sources.receiving import Sink
from oneplace.tables.vocabulary import by_key

HAMLET = read_place(shipped_place("hamlet"))


def target() -> Sink:
    return Sink(
        duckdb.connect(),
        duckdb.connect(),
        lambda numbers: np.array([int(n) for n in numbers], np.int64),
    )


def changed(tmp_path: Path, table: str, old: str, new: str) -> Path:
    folder = tmp_path / "place"
    shutil.copytree(shipped_place("hamlet"), folder, ignore=shutil.ignore_patterns(".oneplace"))
    path = folder / table
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


def test_tables_that_disagree_about_an_age_are_named(tmp_path: Path) -> None:
    first = HAMLET.table("population_by_age_sex").to_pylist()[0]
    line = f"{first['age']},{first['sex']},{first['persons']}\n"
    folder = changed(
        tmp_path,
        "tables/population_by_age_sex.csv",
        line,
        line.replace(f"{first['persons']}\n", "999\n"),
    )
    with pytest.raises(InputAtFault) as caught:
        load_synthetic(read_place(folder), target(), seed=1)
    (fault,) = caught.value.faults
    assert fault.file == "tables/population_by_area_age.csv"
    assert fault.path == "age_0"
    assert fault.expected is not None
    assert "population_by_age_sex" in fault.expected


def test_a_period_without_a_thirtieth_of_june_is_refused(tmp_path: Path) -> None:
    folder = changed(tmp_path, "place.yaml", "start: 2016-04-01", "start: 2019-07-01")
    text = (
        (folder / "place.yaml")
        .read_text(encoding="utf-8")
        .replace("as_of: 2019-04-01", "as_of: 2020-01-01")
    )
    (folder / "place.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputAtFault, match="30 June"):
        load_synthetic(read_place(folder), target(), seed=1)


@pytest.mark.parametrize("people", [0, -5])
def test_no_people_or_fewer_are_refused(people: int) -> None:
    with pytest.raises(InputAtFault, match="too few people"):
        load_synthetic(HAMLET, target(), people=people, seed=1)


@pytest.mark.parametrize("people", [1_500, 2_000, 2_001, 5_000])
def test_as_many_residents_as_were_asked_for_are_made_each_with_a_life_of_their_own(
    people: int,
) -> None:
    where = target()
    report = load_synthetic(HAMLET, where, people=people, seed=1)
    made = [
        r["made"] for r in report.figures if r["measure"] == "residents" and "2019" in r["stratum"]
    ]
    assert made == [people]
    one = "SELECT count(*), count(DISTINCT person_id) FROM "
    rows, ids = where.facts.execute(one + "person").fetchone() or (0, 0)
    assert rows == ids
    on_two_lists = (
        "SELECT count(*) FROM registration a JOIN registration b ON a.person_id = b.person_id AND a.start_date < b.start_date "
        "AND (a.end_date IS NULL OR a.end_date >= b.start_date)"
    )
    assert where.facts.execute(on_two_lists).fetchone() == (0,)
    visits = where.facts.execute(
        "SELECT count(*) / (SELECT count(*) FROM person) FROM visit_occurrence"
    ).fetchone()
    assert visits is not None
    assert 25 < visits[0] < 36, (
        "each as often in contact as the people of the whole place, 30.5 times"
    )


def test_one_person_can_be_made() -> None:
    report = load_synthetic(HAMLET, target(), people=1, seed=3)
    assert report.tables["person"] >= 1


def test_pseudonyms_that_collide_stop_the_load() -> None:
    def collide(_numbers: object) -> np.ndarray:
        raise ValueError("two people, one pseudonym")

    with pytest.raises(ValueError, match="one pseudonym"):
        load_synthetic(HAMLET, replace(target(), pseudonyms=collide), seed=1)


def test_the_synthetic_range_can_run_out() -> None:
    with pytest.raises(ValueError, match="synthetic range"):
        nhs_numbers(stream(1, "test"), 1_000_000)


def test_hazards_give_the_published_life_expectancy_of_each_decile() -> None:
    hazard = mortality.hazards(HAMLET)
    for row in HAMLET.table("life_expectancy_by_decile").to_pylist():
        made = mortality.life_expectancy(
            hazard[mortality.SEXES.index(row["sex"]), row["local_decile"] - 1]
        )
        assert made == pytest.approx(row["life_expectancy"], abs=0.01)


def test_hazards_without_deciles_are_the_national_ones(tmp_path: Path) -> None:
    bare = replace(HAMLET, document=HAMLET.document.model_copy(update={"tables": {
        k: v for k, v in HAMLET.document.tables.items() if k != "life_expectancy_by_decile"
    }}))  # fmt: skip
    hazard = mortality.hazards(bare)
    assert (hazard[:, 0] == hazard[:, 9]).all()
    published = HAMLET.table("life_table").to_pylist()
    at_birth = next(
        r["life_expectancy"] for r in published if r["sex"] == "female" and r["age"] == 0
    )
    assert mortality.life_expectancy(hazard[0, 0]) == pytest.approx(at_birth, abs=0.15)


def test_onset_comes_when_the_curve_passes_the_liability() -> None:
    """Nobody has it at birth, prevalence by age follows the curve, and nobody has an onset after
    the last day."""
    c = next(c for c in conditions.declared() if c.key == "diabetes")
    n = 40_000
    nothing = np.zeros(n, np.float32)
    born, last = np.zeros(n, np.int32), np.full(n, int(70 * YEAR_DAYS), np.int32)
    onset = conditions.onsets(c, nothing, born, last, np.full(n, 280), None, stream(1, "test"))
    assert onset[onset != NEVER].max() <= last[0]
    for age in (30, 50, 65):
        curve = 1 / (1 + np.exp(-np.interp(age, c.ages, c.logit)))
        assert (onset <= age * YEAR_DAYS).mean() == pytest.approx(curve, rel=0.12)


def test_a_condition_within_another_never_comes_first() -> None:
    c = next(c for c in conditions.declared() if c.key == "myocardial_infarction")
    n = 20_000
    born, last = np.zeros(n, np.int32), np.full(n, int(70 * YEAR_DAYS), np.int32)
    parent = np.where(np.arange(n) % 2, int(60 * YEAR_DAYS), NEVER).astype(np.int32)
    onset = conditions.onsets(
        c, np.zeros(n, np.float32), born, last, np.full(n, 280), parent, stream(1, "test")
    )
    has = onset != NEVER
    assert has.any()
    assert not has[::2].any()
    assert (onset[has] > parent[has]).all()


def test_every_word_of_the_assumptions_is_in_the_vocabulary() -> None:
    known = {c.key for c in conditions.declared()} | {"pregnancy"}
    for file in ("contacts", "referrals"):
        for kind in kinds(file):
            assert set(kind.more) <= known, kind.key
    for row in assumptions.rows("admissions"):
        assert set(assumptions.pairs(row["more"])) <= known, row["key"]
        assert row["key"] in by_key()
    for row in assumptions.rows("medicines"):
        assert row["because"] == "any" or row["because"] in known


@pytest.mark.parametrize(
    "file",
    [
        "figures",
        "curves",
        "conditions",
        "circumstances",
        "admissions",
        "contacts",
        "referrals",
        "treatments",
    ],
)
def test_every_assumption_has_a_source(file: str) -> None:
    assert all(r["source"].strip() for r in assumptions.rows(file))


def test_nothing_happens_before_the_first_age_of_a_curve() -> None:
    shape = log_shape("50:1 70:3")
    assert np.exp(shape[49]) < 1e-5
    assert np.exp(shape[60]) == pytest.approx(2)
    assert np.exp(shape[100]) == pytest.approx(3)


@pytest.mark.parametrize(
    "kept",
    [
        ("areas", "population_by_area_age", "population_by_age_sex", "life_table"),
        (
            "areas",
            "population_by_area_age",
            "population_by_age_sex",
            "life_table",
            "practices",
            "networks",
        ),
        (
            "areas",
            "population_by_area_age",
            "population_by_age_sex",
            "life_table",
            "population_by_year_age",
            "providers",
        ),
    ],
)
def test_a_place_with_few_tables_is_made_from_what_it_has(kept: tuple[str, ...]) -> None:
    tables = {k: v for k, v in HAMLET.document.tables.items() if k in kept}
    bare = replace(HAMLET, document=HAMLET.document.model_copy(update={"tables": tables}))
    where = target()
    report = load_synthetic(bare, where, seed=1)
    made = {(r["measure"], r["stratum"]): r["made"] for r in report.figures}
    assert made["residents", "30 June 2019"] == 2000
    assert report.tables["visit_occurrence"] > 1000
    assert (report.tables["registration"] > 0) == ("practices" in kept)
    assert report.tables["death"] > 0


@pytest.mark.parametrize(
    "missing", ["areas", "population_by_area_age", "population_by_age_sex", "life_table"]
)
def test_a_table_without_which_nobody_can_be_made_is_named(missing: str) -> None:
    tables = {k: v for k, v in HAMLET.document.tables.items() if k != missing}
    bare = replace(HAMLET, document=HAMLET.document.model_copy(update={"tables": tables}))
    with pytest.raises(InputAtFault, match=f"tables/{missing}.csv"):
        load_synthetic(bare, target(), seed=1)
