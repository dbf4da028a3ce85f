"""What a clinician or an epidemiologist looks at first in the demonstration people, counted by
plain SQL and numpy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest

from asking import copy_of_hamlet
from oneplace.answers import claims, open_place
from oneplace.answers.publishing import build_place
from oneplace.demonstration import load_synthetic, mortality
from oneplace.demonstration.assumptions import rows
from oneplace.demonstration.days import midyear, weekday_of, working
from oneplace.demonstration.population import Folk, lives
from oneplace.place.geography import PlaceInHand, read_place
from oneplace.place.shipped import shipped_place
from oneplace.sources.receiving import Sink
from oneplace.tables.vocabulary import concept

EVENTS = """
    SELECT e.visit_start_date AS day, e.visit_concept_id AS kind, c.condition_concept_id AS why,
           date_diff('day', make_date(year_of_birth, month_of_birth, day_of_birth), e.visit_start_date) / 365.25 AS age
    FROM visit_occurrence e JOIN person USING (person_id)
    LEFT JOIN condition_occurrence c USING (visit_occurrence_id)
"""


@pytest.fixture(scope="module")
def city() -> PlaceInHand:
    return read_place(shipped_place("liverpool"))


@pytest.fixture(scope="module")
def folk(city: PlaceInHand) -> Folk:
    return lives(city, mortality.hazards(city), 20190401)[0]


@pytest.fixture(scope="module")
def facts() -> Iterator[duckdb.DuckDBPyConnection]:
    made = duckdb.connect()
    made.execute("SET threads = 1")
    place = read_place(shipped_place("liverpool"))
    report = load_synthetic(
        place,
        Sink(made, duckdb.connect(), lambda n: np.arange(1, len(n) + 1)),
        people=30_000,
        seed=7,
    )
    made.execute(f"CREATE TABLE events AS {EVENTS}")
    made.execute(
        "CREATE TABLE figures (measure VARCHAR, stratum VARCHAR, target DOUBLE, made DOUBLE)"
    )
    made.executemany(
        "INSERT INTO figures VALUES (?, ?, ?, ?)",
        [(r["measure"], r["stratum"], r["target"], r["made"]) for r in report.figures],
    )
    yield made


def test_deaths_of_the_year_are_those_published(city: PlaceInHand, folk: Folk) -> None:
    """4,490 in the year to 30 June 2019; life expectancy by decile is held at the same time (in the
    corners' tests)."""
    published = next(
        r for r in city.table("components_of_change").to_pylist() if r["component"] == "deaths"
    )
    year = published["from_year"]
    died = int(((folk.death > midyear(year)) & (folk.death <= midyear(year + 1))).sum())
    assert died == pytest.approx(published["persons"], rel=0.02)


def test_more_people_die_in_winter(folk: Folk) -> None:
    """Between 10% and 35% more a month from December to March than else, as in each winter of the
    period."""
    days = folk.death[(folk.death > midyear(2016)) & (folk.death <= midyear(2019))].astype(
        "datetime64[D]"
    )
    months = days.astype("datetime64[M]").astype(int) % 12 + 1
    winter = np.isin(months, (12, 1, 2, 3))
    assert 1.10 < (winter.sum() / 4) / ((~winter).sum() / 8) < 1.35


def test_working_days_are_used_alike() -> None:
    days = np.arange(17_000, 17_000 + 7 * 2_000)
    moved = weekday_of(working(days, days - 10))
    assert np.bincount(moved, minlength=7).tolist()[5:] == [0, 0]
    assert np.bincount(moved, minlength=7)[:5] == pytest.approx(2_800, rel=0.01)


@pytest.mark.parametrize(
    "kind", ["gp_consultation", "outpatient_first", "elective_admission", "day_case"]
)
def test_no_weekday_is_twice_as_busy_as_another(
    facts: duckdb.DuckDBPyConnection, kind: str
) -> None:
    counts = dict(
        facts.execute(
            "SELECT isodow(day), count(*) FROM events WHERE kind = ? GROUP BY 1", [concept(kind)]
        ).fetchall()
    )
    usual = [counts[d] for d in range(1, 6)]
    assert max(usual) < 1.35 * min(usual)
    assert counts.get(6, 0) + counts.get(7, 0) < 0.02 * sum(usual)


@pytest.mark.parametrize("low", [float(r["age_low"]) for r in rows("emergency_by_age")])
def test_emergency_admissions_rise_with_age_as_in_england(
    facts: duckdb.DuckDBPyConnection, low: float
) -> None:
    """Within a fifth and three standard errors of a small sample whose admissions cluster in
    people."""
    found = facts.execute(
        "SELECT target, made FROM figures WHERE measure = 'emergency admissions by age' AND stratum LIKE ?",
        [f"{low:g} %"],
    ).fetchone()
    assert found is not None
    target, made = found
    years = {0: 1400, 1: 5700, 85: 2200}.get(int(low), 6000)
    assert made == pytest.approx(target, rel=0.2, abs=3 * 1.6 * (1000 * target / years) ** 0.5)


@pytest.mark.parametrize(
    "why, oldest",
    [("bronchiolitis", 3), ("infant_feeding_problem", 2), ("childhood_infection", 17)],
)
def test_illnesses_of_children_are_theirs_alone(
    facts: duckdb.DuckDBPyConnection, why: str, oldest: float
) -> None:
    n, old = facts.execute(
        "SELECT count(*), max(age) FROM events WHERE why = ?", [concept(why)]
    ).fetchone() or (0, 0)
    assert n > 20
    assert old < oldest + 1.01


def test_nobody_is_admitted_every_week(facts: duckdb.DuckDBPyConnection) -> None:
    """Of 1,000 people fewer than four have five emergency admissions in a year."""
    most = facts.execute(
        "SELECT count(*) FROM (SELECT person_id FROM visit_occurrence WHERE visit_concept_id = ? "
        "AND visit_start_date BETWEEN DATE '2018-04-01' AND DATE '2019-03-31' GROUP BY 1 HAVING count(*) >= 5)",
        [concept("emergency_admission")],
    ).fetchone()
    assert most is not None
    assert 0 < most[0] < 4 * 33


def test_hospital_figures_add_up_through_the_front_door(facts: duckdb.DuckDBPyConnection) -> None:
    """Emergency admissions through A&E are those that the trusts publish."""
    found = facts.execute(
        "SELECT target, made FROM figures WHERE stratum = 'emergency, through A&E'"
    ).fetchone()
    assert found is not None
    assert found[1] == pytest.approx(found[0], rel=0.06)


def test_claims_held_against_a_part_of_the_people_say_so(tmp_path: Path) -> None:
    """400 of Hamlet's 2,000: what is available is a fifth, and no reader may take that for the
    plan's fault."""
    folder = copy_of_hamlet(tmp_path / "hamlet")
    build_place(folder, now=dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC), people=400)
    said = "about 400 of 2,000 people were made: what is available is that much smaller"
    with open_place(folder) as session:
        assert claims.rows(session)
        assert all(said in c["flags"] for c in claims.rows(session))
