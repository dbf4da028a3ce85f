"""The people river's tuned twin: SQL written by hand for one question, with nothing declared and
nothing explained.

In: the same records. Out: what the shipped documents ask for: 76 conditions as bits, counts in
windows (also by main reason), nights, days since, gaps, seven latest readings, area, team, three
scores, a segment, a risk and each team's ranks; without the second and third segmentation, bands,
reasons in words, reconciliation or any declaration. Whole numbers throughout, each event table read
once, admissions set aside in a table of their own.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from bench.people_data import place_tables

DAY, YEAR, TWO = "DATE '2019-04-01'", "DATE '2018-04-01'", "DATE '2017-04-01'"
# Conditions 1 to 62 are the first block of bits; the rest is kept in a second.
WORDS = "condition_concept_id BETWEEN 2000000001 AND 2000000068 OR condition_concept_id BETWEEN 2000000201 AND 2000000208"
SLOT = "CASE WHEN c.condition_concept_id <= 2000000062 THEN c.condition_concept_id - 2000000001 END"
SLOT2 = (
    "CASE WHEN c.condition_concept_id BETWEEN 2000000201 AND 2000000208 THEN c.condition_concept_id - 2000000190 "
    "WHEN c.condition_concept_id BETWEEN 2000000063 AND 2000000068 THEN c.condition_concept_id - 2000000063 END"
)
# The weights of the Cambridge Multimorbidity Score by the number of the condition, in hundredths,
# and the numbers of the deficits of the frailty index: as in the shipped documents.
CAMBRIDGE = {
    1: 8,
    22: 92,
    23: 9,
    24: 21,
    4: 19,
    5: 75,
    6: 49,
    7: 53,
    8: 134,
    25: 112,
    10: 80,
    11: 146,
    26: 43,
    12: 153,
}
CAMBRIDGE |= {27: 65, 9: 118, 13: 250, 14: 64, 15: 92}
CHARLSON = {9: 2, 13: 2, 11: 1, 20: 1, 31: 2, 36: 1, 33: 2, 7: 1, 12: 2, 32: 4, 34: 6, 35: 4}
FRAIL = [
    37,
    38,
    39,
    8,
    10,
    7,
    5,
    40,
    41,
    42,
    43,
    44,
    23,
    9,
    45,
    46,
    1,
    47,
    6,
    48,
    49,
    18,
    50,
    30,
    19,
    51,
    52,
    11,
    53,
    54,
]
FRAIL += [55, 56, 57, 58, 59, 60]
FIVE = "DATE '2014-04-01'"
READINGS = {1: TWO, 3: FIVE, 4: TWO, 5: TWO, 7: FIVE, 10: FIVE, 11: FIVE}
REASONS = {"falls": (308, 314), "chest": (301, 327), "heart": (306, 328), "crisis": (320, 323)}


def has(number: int) -> str:
    return f"(conditions >> {number - 1} & 1)"


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
    WHERE condition_end_date < {DAY} AND ({WORDS}) GROUP BY 1, 2""",
    f"""CREATE TEMP TABLE over AS
    SELECT person_id, bit_or(CASE WHEN NOT again THEN 1::BIGINT << {SLOT} ELSE 0 END)
        & ~bit_or(CASE WHEN again THEN 1::BIGINT << {SLOT} ELSE 0 END) AS o1,
      bit_or(CASE WHEN NOT again THEN 1::BIGINT << {SLOT2} ELSE 0 END)
        & ~bit_or(CASE WHEN again THEN 1::BIGINT << {SLOT2} ELSE 0 END) AS o2
    FROM (SELECT person_id, condition_concept_id, FALSE AS again FROM ended UNION ALL
      SELECT x.person_id, x.condition_concept_id, TRUE FROM condition_occurrence x JOIN ended e
        ON e.person_id = x.person_id AND e.condition_concept_id = x.condition_concept_id
      WHERE condition_start_date > ended_on AND condition_start_date < {DAY}) c GROUP BY 1""",
    f"""CREATE TEMP TABLE flags AS
    SELECT person_id, bit_or(1::BIGINT << {SLOT}) AS bits, bit_or(1::BIGINT << {SLOT2}) AS bits2,
      count(CASE WHEN condition_concept_id IN (2000000042, 2000000314) AND condition_start_date >= {YEAR} THEN 1 END) AS fell,
      count(CASE WHEN condition_concept_id = 2000000315 THEN 1 END) AS kidney
    FROM condition_occurrence c
    WHERE condition_start_date < {DAY} AND condition_concept_id <= 2000000315 AND ({WORDS}
      OR (condition_concept_id IN (2000000314, 2000000315) AND condition_start_date >= {YEAR})) GROUP BY 1""",
    f"""CREATE TEMP TABLE stays AS
    SELECT visit_occurrence_id, person_id, visit_concept_id, visit_start_date AS s, visit_end_date AS e
    FROM visit_occurrence
    WHERE {kind(4, 5, 6, 7)} AND visit_start_date < {DAY} AND visit_end_date >= {TWO}""",
    """CREATE TEMP TABLE reasons AS
    SELECT visit_occurrence_id, min(condition_concept_id) - 2000000000 AS reason FROM condition_occurrence
    WHERE condition_status_concept_id = 2000007001 AND visit_occurrence_id IN (SELECT visit_occurrence_id FROM stays)
    GROUP BY 1""",
    f"""CREATE TEMP TABLE stay_sums AS
    SELECT person_id, count(CASE WHEN {kind(4)} AND s >= {YEAR} THEN 1 END) AS em12,
      count(CASE WHEN {kind(4)} AND s < {YEAR} AND s >= {TWO} THEN 1 END) AS em24,
      count(CASE WHEN {kind(5, 6)} AND s >= {YEAR} THEN 1 END) AS planned,
      count(CASE WHEN {kind(7)} AND s >= {YEAR} THEN 1 END) AS maternity,
      sum(CASE WHEN {kind(4)} AND e > {YEAR} THEN least(e, {DAY}) - greatest(s, {YEAR}) ELSE 0 END) AS nights,
      {DAY} - max(CASE WHEN {kind(4)} AND s >= {TWO} THEN s END) AS since,
      {", ".join(f"count(CASE WHEN reason BETWEEN {a} AND {b} AND s >= {YEAR} THEN 1 END) AS {n}" for n, (a, b) in REASONS.items())}
    FROM stays LEFT JOIN reasons USING (visit_occurrence_id) GROUP BY 1""",
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
    SELECT person_id, {", ".join(f"max(CASE WHEN k = {n} AND measurement_date >= {w} THEN packed END) AS r{n}" for n, w in READINGS.items())}
    FROM (SELECT person_id, measurement_concept_id - 2000003000 AS k, measurement_date,
        (measurement_date - DATE '1900-01-01') * {2**40} + CAST(floor(value_as_number * 1000 + 0.5) AS BIGINT) + 100000000000
        AS packed
      FROM measurement WHERE measurement_concept_id IN ({", ".join(str(2000003000 + n) for n in READINGS)})
        AND measurement_date >= {FIVE} AND measurement_date < {DAY}) GROUP BY 1""",
    f"""CREATE TEMP TABLE facts AS
    SELECT p.*, t.team_code, a.imd_decile, a.local_quintile, coalesce(f.bits, 0) & ~coalesce(o1, 0) AS conditions,
      coalesce(f.bits2, 0) & ~coalesce(o2, 0) AS circumstances, coalesce(fell, 0) AS fell, coalesce(kidney, 0) AS kidney,
      bit_count(coalesce(f.bits, 0) & ~coalesce(o1, 0) & {2**36 - 1}) AS many,
      {", ".join(f"coalesce({n}, 0) AS {n}" for n in REASONS)}, {", ".join(f"coalesce({n}, 0) AS {n}" for n in COUNTS)}, since_gp,
      coalesce(em12, 0) AS em12, coalesce(em24, 0) AS em24, coalesce(planned, 0) AS planned,
      coalesce(maternity, 0) AS maternity, coalesce(nights, 0) AS nights, since, gap,
      bit_count(coalesce(d.bits, 0)) AS medicines,
      {", ".join(f"CAST(r{n} % {2**40} - 100000000000 AS DOUBLE) / 1000 AS r{n}" for n in READINGS)}
    FROM population p LEFT JOIN care_site s USING (care_site_id)
    LEFT JOIN team_practices t ON t.practice_code = s.care_site_source_value LEFT JOIN areas a USING (area_code)
    LEFT JOIN flags f USING (person_id) LEFT JOIN over USING (person_id) LEFT JOIN visits v USING (person_id) LEFT JOIN stay_sums USING (person_id)
    LEFT JOIN gaps USING (person_id) LEFT JOIN drugs d USING (person_id) LEFT JOIN readings USING (person_id)""",
    f"""CREATE TEMP TABLE scored AS
    SELECT *, ({" + ".join(f"{w} * {has(n)}" for n, w in CAMBRIDGE.items())} + 50 * ({has(2)} | {has(3)})) / 100.0 AS cambridge,
      {" + ".join(f"{w} * {has(n)}" for n, w in CHARLSON.items())} AS charlson,
      CASE WHEN age >= 65 THEN round(({" + ".join(has(n) for n in FRAIL)}) / 36.0, 3) END AS efi FROM facts""",
    f"""CREATE TEMP TABLE risks AS
    SELECT *, CASE WHEN {has(34)} = 1 OR circumstances & 32768 <> 0 THEN 1
      WHEN {has(13)} = 1 OR efi > 0.24 OR (age >= 65 AND ({has(46)} | {has(52)}) = 1) OR (age >= 75 AND fell > 0) THEN 2
      WHEN conditions & {sum(1 << n - 1 for n in (4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 18, 19, 20, 26, 31, 32, 35, 50))} <> 0 THEN 3
      WHEN conditions & {sum(1 << n - 1 for n in (2, 3, 14, 16, 27, 28, 61, 62))} <> 0 OR crisis > 0 THEN 4
      WHEN conditions & {1 | 1 << 16 | 1 << 20} <> 0 OR r3 >= 30 OR r7 = 2 OR r10 > 14 THEN 5 ELSE 6 END AS segment,
      round(1 / (1 + exp(4.2 - 0.02 * greatest(age - 18, 0) - 0.03 * greatest(age - 65, 0) - 0.6 * ln(1 + em12)
        - 0.3 * ln(1 + em24) - 0.3 * ln(1 + ae + urgent) - 0.1 * ln(1 + nights) - 0.1 * ln(1 + gp)
        - 0.1 * ln(1 + outpatient) - 0.2 * cambridge - 0.05 * medicines - coalesce(efi, 0)
        - 0.1 * (local_quintile = 1)::INTEGER - 0.4 * {has(11)} - 0.3 * {has(9)}))::DOUBLE, 4) AS risk FROM scored""",
    """CREATE TABLE answer AS
    SELECT *, row_number() OVER (PARTITION BY team_code, age >= 18 ORDER BY risk DESC, nights DESC, cambridge DESC, age DESC,
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
