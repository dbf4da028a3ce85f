"""The people river's tuned twin: SQL written by hand for one question, with nothing declared and nothing explained.

In: the same records. Out: 40 conditions as bits, counts in windows, nights, days since, gaps, latest readings, area,
team, a segment, a risk and each team's ranks. Whole numbers throughout, each event table read once, admissions set
aside in a table of their own: what one writes when only the clock counts.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from bench.people_data import place_tables

DAY, YEAR, TWO = "DATE '2019-04-01'", "DATE '2018-04-01'", "DATE '2017-04-01'"
CONDITIONS = 40


def kind(*numbers: int) -> str:
    listed = ", ".join(str(2000001000 + n) for n in numbers)
    return f"visit_concept_id IN ({listed})" if len(numbers) > 1 else f"visit_concept_id = {listed}"


COUNTS = {
    "ae": kind(3),
    "urgent": kind(16),
    "ambulance": kind(15),
    "gp": kind(1),
    "nurse": kind(2),
    "outpatient": kind(10, 11),
    "community": kind(12),
    "mental": kind(13),
    "social": kind(14),
}
STEPS = [
    f"""CREATE TEMP TABLE population AS
    SELECT p.person_id, p.gender_concept_id AS sex, p.race_concept_id AS ethnicity, r.care_site_id, h.area_code,
      CAST(2019 - year_of_birth - CASE WHEN month_of_birth * 100 + day_of_birth > 401 THEN 1 ELSE 0 END AS INTEGER) AS age
    FROM person p LEFT JOIN death d USING (person_id)
    JOIN (SELECT person_id, care_site_id FROM registration
      WHERE start_date <= {DAY} AND (end_date IS NULL OR end_date >= {DAY})) r USING (person_id)
    JOIN (SELECT person_id, area_code FROM residence
      WHERE start_date <= {DAY} AND (end_date IS NULL OR end_date >= {DAY})) h USING (person_id)
    WHERE d.death_date IS NULL OR d.death_date >= {DAY}""",
    f"""CREATE TEMP TABLE ended AS
    SELECT person_id, condition_concept_id, max(condition_end_date) AS ended_on FROM condition_occurrence
    WHERE condition_end_date < {DAY} AND condition_concept_id BETWEEN 2000000001 AND {2000000000 + CONDITIONS}
    GROUP BY 1, 2""",
    f"""CREATE TEMP TABLE flags AS
    SELECT c.person_id, bit_or(CASE WHEN e.ended_on IS NULL OR condition_start_date > e.ended_on
      THEN 1::BIGINT << (c.condition_concept_id - 2000000001) ELSE 0 END) AS bits
    FROM condition_occurrence c LEFT JOIN ended e
      ON e.person_id = c.person_id AND e.condition_concept_id = c.condition_concept_id
    WHERE c.condition_concept_id BETWEEN 2000000001 AND {2000000000 + CONDITIONS} AND condition_start_date < {DAY}
    GROUP BY 1""",
    f"""CREATE TEMP TABLE stays AS
    SELECT person_id, visit_concept_id, visit_start_date AS s, visit_end_date AS e FROM visit_occurrence
    WHERE {kind(4, 5, 6, 7)} AND visit_start_date < {DAY} AND visit_end_date >= {TWO}""",
    f"""CREATE TEMP TABLE stay_sums AS
    SELECT person_id, count(CASE WHEN {kind(4)} AND s >= {YEAR} THEN 1 END) AS em12,
      count(CASE WHEN {kind(4)} AND s < {YEAR} AND s >= {TWO} THEN 1 END) AS em24,
      count(CASE WHEN {kind(5, 6)} AND s >= {YEAR} THEN 1 END) AS planned,
      count(CASE WHEN {kind(7)} AND s >= {YEAR} THEN 1 END) AS maternity,
      sum(CASE WHEN {kind(4)} AND e > {YEAR} THEN least(e, {DAY}) - greatest(s, {YEAR}) ELSE 0 END) AS nights,
      {DAY} - max(CASE WHEN {kind(4)} AND s >= {TWO} THEN s END) AS since
    FROM stays GROUP BY 1""",
    f"""CREATE TEMP TABLE gaps AS
    SELECT person_id, min(gap) AS gap FROM (
      SELECT person_id, greatest(0, s - lag(e) OVER (PARTITION BY person_id ORDER BY s, e)) AS gap FROM stays
      WHERE {kind(4)} AND s >= {YEAR}) GROUP BY 1""",
    f"""CREATE TEMP TABLE visits AS
    SELECT person_id, {", ".join(f"count(CASE WHEN {test} THEN 1 END) AS {name}" for name, test in COUNTS.items())},
      {DAY} - max(CASE WHEN {kind(1, 2)} THEN visit_start_date END) AS since_gp
    FROM visit_occurrence WHERE visit_start_date >= {YEAR} AND visit_start_date < {DAY} GROUP BY 1""",
    f"""CREATE TEMP TABLE drugs AS
    SELECT person_id, bit_or(1::BIGINT << (drug_concept_id - 2000002001)) AS bits FROM drug_exposure
    WHERE drug_exposure_start_date >= DATE '2018-10-01' AND drug_exposure_start_date < {DAY} GROUP BY 1""",
    f"""CREATE TEMP TABLE readings AS
    SELECT person_id, {", ".join(f"max(CASE WHEN k = {n} THEN packed END) AS r{n}" for n in (1, 3, 4, 5))} FROM (
      SELECT person_id, measurement_concept_id - 2000003000 AS k, (measurement_date - DATE '1900-01-01') * {2**40}
        + CAST(floor(value_as_number * 1000 + 0.5) AS BIGINT) + 100000000000 AS packed
      FROM measurement WHERE measurement_concept_id BETWEEN 2000003001 AND 2000003005
        AND measurement_date >= {TWO} AND measurement_date < {DAY}) GROUP BY 1""",
    f"""CREATE TEMP TABLE facts AS
    SELECT p.*, t.team_code, a.imd_decile, a.local_quintile, coalesce(f.bits, 0) AS conditions,
      bit_count(coalesce(f.bits, 0)) AS many, {", ".join(f"coalesce({n}, 0) AS {n}" for n in COUNTS)}, since_gp,
      coalesce(em12, 0) AS em12, coalesce(em24, 0) AS em24, coalesce(planned, 0) AS planned,
      coalesce(maternity, 0) AS maternity, coalesce(nights, 0) AS nights, since, gap,
      bit_count(coalesce(d.bits, 0)) AS medicines,
      {", ".join(f"CAST(r{n} % {2**40} - 100000000000 AS DOUBLE) / 1000 AS r{n}" for n in (1, 3, 4, 5))}
    FROM population p LEFT JOIN care_site s USING (care_site_id)
    LEFT JOIN team_practices t ON t.practice_code = s.care_site_source_value LEFT JOIN areas a USING (area_code)
    LEFT JOIN flags f USING (person_id) LEFT JOIN visits v USING (person_id) LEFT JOIN stay_sums USING (person_id)
    LEFT JOIN gaps USING (person_id) LEFT JOIN drugs d USING (person_id) LEFT JOIN readings USING (person_id)""",
    """CREATE TEMP TABLE risks AS
    SELECT *, CASE WHEN conditions & (1::BIGINT << 33) <> 0 THEN 1 WHEN conditions & (1 << 12) <> 0 OR (age >= 75 AND many > 6)
      THEN 2 WHEN conditions & 3888 <> 0 THEN 3 WHEN conditions & 40966 <> 0 THEN 4 WHEN conditions & 65537 <> 0 OR r3 >= 30
      THEN 5 ELSE 6 END AS segment,
      round(1 / (1 + exp(4.2 - 0.02 * greatest(age - 18, 0) - 0.03 * greatest(age - 65, 0) - 0.6 * ln(1 + em12)
        - 0.3 * ln(1 + em24) - 0.3 * ln(1 + ae + urgent) - 0.1 * ln(1 + nights) - 0.1 * ln(1 + gp)
        - 0.1 * ln(1 + outpatient) - 0.08 * many - 0.05 * medicines - 0.1 * (local_quintile = 1)::INTEGER
        - 0.4 * (conditions >> 10 & 1) - 0.3 * (conditions >> 8 & 1))), 4) AS risk FROM facts""",
    """CREATE TABLE answer AS
    SELECT *, row_number() OVER (PARTITION BY team_code, age >= 18 ORDER BY risk DESC, nights DESC, many DESC, age DESC,
      person_id) AS rank FROM risks""",
]


def run(path: Path, people: int) -> int:
    with duckdb.connect(str(path), config={"threads": 2, "memory_limit": "1000MB"}) as con:
        con.execute("SET preserve_insertion_order = false")
        for name, rows in place_tables(people).items():
            con.register(name, rows)
        for step in STEPS:
            con.execute(step)
        return int(con.execute("SELECT count(*) FROM answer").fetchall()[0][0])


if __name__ == "__main__":
    print(run(Path(sys.argv[1]), int(sys.argv[2])))
