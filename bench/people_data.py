"""Records for timing the people river: 500,000 people and 50 million events, made in about a minute
and kept in `build/`.

In: how many people and events, a seed. Out: a DuckDB file with OMOP tables in local words and ours,
rows in no order. The people are good for nothing but timing: conditions come by age, contacts by a
person's own rate, nothing else.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from bench.measure import run
from oneplace.tables.vocabulary import concept, keys

DAY0 = date(1970, 1, 1)
START, END, AS_OF = date(2015, 4, 1), date(2020, 4, 1), date(2019, 4, 1)
# contact -> (share of visits, mean nights)
VISITS = {
    "gp_consultation": (0.46, 0),
    "practice_nurse_contact": (0.16, 0),
    "outpatient_first": (0.05, 0),
    "outpatient_follow_up": (0.13, 0),
    "ae_attendance": (0.045, 0),
    "urgent_care_attendance": (0.03, 0),
    "emergency_admission": (0.012, 5),
    "elective_admission": (0.006, 3),
    "day_case": (0.01, 0),
    "maternity_admission": (0.003, 2),
    "community_contact": (0.05, 0),
    "mental_health_contact": (0.025, 0),
    "social_care_contact": (0.01, 0),
    "ambulance_call": (0.009, 0),
}


def days(day: date) -> int:
    return (day - DAY0).days


def data(folder: Path, *, people: int = 500_000, events: int = 50_000_000, seed: int = 1) -> Path:
    """The file, made when it is not there, in a process of its own: whoever is started by a process
    that once held its rows is said to have held them too (peak memory of the people river 1.73e9
    bytes, for 1.10e9)."""
    path = folder / f"people-{people}-{events}-{seed}.duckdb"
    if not path.exists():
        run(
            sys.executable,
            "-m",
            "bench.people_data",
            str(path),
            str(people),
            str(events),
            str(seed),
        )
    return path


def _make_file(path: Path, people: int, events: int, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".tmp")
    draft.unlink(missing_ok=True)
    with duckdb.connect(str(draft)) as con:
        con.execute("SET threads = 2")
        _make(con, people, events, np.random.default_rng(seed))
    draft.rename(path)


def place_tables(people: int) -> dict[str, pa.Table]:
    """Areas and teams that go with the data."""
    areas = max(10, people // 1700)
    practices = max(4, people // 6000)
    codes = [f"A{i:05d}" for i in range(areas)]
    return {
        "areas": pa.table(
            {
                "area_code": codes,
                "imd_decile": pa.array([1 + i * 10 // areas for i in range(areas)], pa.int16()),
                "local_quintile": pa.array([1 + i * 5 // areas for i in range(areas)], pa.int16()),
                "local_decile": pa.array([1 + i * 10 // areas for i in range(areas)], pa.int16()),
            }
        ),
        "team_practices": pa.table(
            {
                "team_code": [f"T{i % 12:02d}" for i in range(practices)],
                "practice_code": [f"P{i:05d}" for i in range(practices)],
            }
        ),
    }


def _make(
    con: duckdb.DuckDBPyConnection, people: int, events: int, rng: np.random.Generator
) -> None:
    ids = rng.permutation(np.unique(rng.integers(1, 2**62, people + 1000)))[:people]
    age = np.clip(rng.gamma(2.6, 15.5, people), 0, 100)
    born = days(AS_OF) - (age * 365.25).astype(int)
    dead = rng.random(people) < 0.004 * np.exp(age / 30) / 3
    male = rng.random(people) < 0.5
    births = born.astype("datetime64[D]")
    year = births.astype("datetime64[Y]").astype(int) + 1970
    month = births.astype("datetime64[M]").astype(int) % 12 + 1
    ethnic = np.array([concept(k) for k in keys("ethnicity")])
    _save(
        con,
        "person",
        person_id=ids,
        gender_concept_id=np.where(male, 8507, 8532).astype(np.int32),
        year_of_birth=year.astype(np.int32),
        month_of_birth=month.astype(np.int32),
        day_of_birth=(births - births.astype("datetime64[M]")).astype(int).astype(np.int32) + 1,
        race_concept_id=rng.choice(ethnic, people, p=[0.85, 0.03, 0.05, 0.03, 0.02, 0.02]).astype(
            np.int32
        ),
    )
    died = rng.integers(days(START), days(END), int(dead.sum()))
    _save(con, "death", person_id=ids[dead], death_date=_dates(died))
    areas, practices = max(10, people // 1700), max(4, people // 6000)
    begun = rng.integers(days(START) - 4000, days(START), people)
    none = pa.nulls(people, pa.date32())
    sites = (np.arange(people) * 7919 % practices).astype(np.int32)
    _save(
        con,
        "registration",
        person_id=ids,
        care_site_id=sites,
        start_date=_dates(begun),
        end_date=none,
    )
    where = pa.array([f"A{i:05d}" for i in range(areas)]).take(
        pa.array(np.arange(people) * 104729 % areas)
    )
    _save(con, "residence", person_id=ids, area_code=where, start_date=_dates(begun), end_date=none)
    _save(
        con,
        "care_site",
        care_site_id=np.arange(practices, dtype=np.int32),
        care_site_source_value=pa.array([f"P{i:05d}" for i in range(practices)]),
    )
    need = rng.gamma(1.2, 1, people) * (0.4 + age / 50)
    _visits(con, ids, need, int(events * 0.52), rng)
    _conditions(con, ids, age, need, int(events * 0.16), rng)
    _others(con, ids, need, events, rng)
    con.execute("CREATE TABLE code_list (concept_id INTEGER, local_concept_id INTEGER)")


def _people_of(need: np.ndarray, rows: int, rng: np.random.Generator) -> np.ndarray:
    """Which person each row belongs to, in no order."""
    found = np.repeat(np.arange(len(need), dtype=np.int32), rng.poisson(need / need.sum() * rows))
    rng.shuffle(found)
    return found


def _visits(
    con: duckdb.DuckDBPyConnection,
    ids: np.ndarray,
    need: np.ndarray,
    rows: int,
    rng: np.random.Generator,
) -> None:
    who = _people_of(need, rows, rng)
    kinds = np.array([concept(k) for k in VISITS], dtype=np.int32)
    share = np.array([s for s, _ in VISITS.values()])
    nights = np.array([n for _, n in VISITS.values()])
    kind = rng.choice(len(kinds), len(who), p=share / share.sum()).astype(np.int8)
    start = rng.integers(days(START), days(END), len(who)).astype(np.int32)
    stay = np.where(nights[kind] > 0, rng.exponential(1, len(who)) * nights[kind], 0).astype(
        np.int32
    )
    _save(
        con,
        "visit_occurrence",
        visit_occurrence_id=np.arange(1, len(who) + 1),
        person_id=ids[who],
        visit_concept_id=kinds[kind],
        visit_start_date=_dates(start),
        visit_end_date=_dates(start + stay),
        care_site_id=np.ones(len(who), dtype=np.int32),
    )
    con.execute(
        "CREATE TABLE condition_occurrence AS SELECT person_id, CAST(2000000301 + visit_occurrence_id % 34 AS INTEGER) AS "
        "condition_concept_id, visit_start_date AS condition_start_date, visit_end_date AS condition_end_date, "
        f"visit_occurrence_id, {concept('primary_diagnosis')} AS condition_status_concept_id FROM visit_occurrence "
        f"WHERE visit_concept_id IN ({concept('emergency_admission')}, {concept('ae_attendance')})"
    )


def _conditions(
    con: duckdb.DuckDBPyConnection,
    ids: np.ndarray,
    age: np.ndarray,
    need: np.ndarray,
    rows: int,
    rng: np.random.Generator,
) -> None:
    rows -= con.execute("SELECT count(*) FROM condition_occurrence").fetchall()[0][0]
    who = _people_of(need * (age / 50) ** 2, rows, rng)
    words = np.array(
        [concept(k) for k in (*keys("condition"), "unpaid_carer", "smoker")], dtype=np.int32
    )
    often = 1 / (np.arange(len(words)) + 3)
    what = words[rng.choice(len(words), len(who), p=often / often.sum())]
    start = rng.integers(days(START) - 3650, days(END), len(who)).astype(np.int32)
    ended = rng.random(len(who)) < 0.1
    end = pa.array(
        (start + rng.integers(1, 2000, len(who))).astype(np.int32), pa.int32(), mask=~ended
    ).cast(pa.date32())
    _save(
        con,
        "more",
        person_id=ids[who],
        condition_concept_id=what,
        condition_start_date=_dates(start),
        condition_end_date=end,
    )
    con.execute("INSERT INTO condition_occurrence SELECT *, NULL, 0 FROM more")
    con.execute("DROP TABLE more")


def _others(
    con: duckdb.DuckDBPyConnection,
    ids: np.ndarray,
    need: np.ndarray,
    events: int,
    rng: np.random.Generator,
) -> None:
    for table, code, day, domain, share in (
        ("drug_exposure", "drug_concept_id", "drug_exposure_start_date", "medicine", 0.24),
        ("measurement", "measurement_concept_id", "measurement_date", "reading", 0.08),
    ):
        who = _people_of(need, int(events * share), rng)
        words = np.array([concept(k) for k in keys(domain)], dtype=np.int32)
        columns = {
            "person_id": ids[who],
            code: words[rng.integers(0, len(words), len(who))],
            day: _dates(rng.integers(days(START), days(END), len(who)).astype(np.int32)),
        }
        if table == "measurement":
            columns["value_as_number"] = np.round(rng.normal(60, 20, len(who)), 1)
        _save(con, table, **columns)


def _dates(numbers: np.ndarray) -> pa.Array:
    return pa.array(numbers.astype(np.int32), pa.int32()).cast(pa.date32())


def _save(con: duckdb.DuckDBPyConnection, name: str, **columns: object) -> None:
    con.register("rows__arrow", pa.table(columns))
    con.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM rows__arrow")
    con.unregister("rows__arrow")


if __name__ == "__main__":
    _make_file(Path(sys.argv[1]), *map(int, sys.argv[2:]))
