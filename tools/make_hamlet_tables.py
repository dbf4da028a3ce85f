"""Make the tables of Hamlet, a place of 2,000 people that does not exist, for tests and first
steps.

    python tools/make_hamlet_tables.py LIVERPOOL_FOLDER HAMLET_FOLDER

Its areas, practices, trusts and people are invented by the rules below and have codes no publisher
uses (H...); it lies in the open sea. The national tables (QOF by decile, life table) are the
published ones, taken from the first folder. No chance is involved: running it again writes the same
bytes.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

from make_liverpool_tables import distinct_names, read, share_out, write

from oneplace.place.geography import local_group, local_rank, metres
from oneplace.place.grouping import Wanted, group
from oneplace.place.hexagons import lay_out
from oneplace.tables.place import AGES

WARDS = (("HW01", "Bakehouse"), ("HW02", "Millstone"), ("HW03", "Weathercock"))
# name, middle layer, ward, national rank of deprivation (of 32,844), latitude, longitude,
# residents, mean-age tilt
AREAS = (
    ("Oven Lane", "Lower Bakehouse", "HW01", 412, 53.812, -4.012, 230, -0.010),
    ("Flour Row", "Lower Bakehouse", "HW01", 1385, 53.812, -4.006, 215, -0.012),
    ("Crumb Street", "Upper Bakehouse", "HW01", 2960, 53.808, -4.013, 205, -0.008),
    ("Yeast Yard", "Upper Bakehouse", "HW01", 4877, 53.808, -4.005, 200, -0.004),
    ("Grindstone", "Millstone", "HW02", 7310, 53.803, -4.014, 195, 0.000),
    ("Hopper Hill", "Millstone", "HW02", 11240, 53.803, -4.006, 190, 0.002),
    ("Race Side", "Millstone", "HW02", 15890, 53.804, -3.998, 200, 0.004),
    ("Vane Corner", "Weathercock", "HW03", 20415, 53.798, -4.010, 190, 0.008),
    ("North Wind", "Weathercock", "HW03", 26150, 53.797, -4.002, 185, 0.012),
    ("West Wind", "Weathercock", "HW03", 31020, 53.799, -3.995, 190, 0.016),
)
# code, name, latitude, longitude, the number of its area, list
PRACTICES = (
    ("HP001", "Oven Lane Surgery", 53.8115, -4.0115, 0, 880),
    ("HP002", "Millstone Medical Practice", 53.8035, -4.0070, 5, 740),
    ("HP003", "Weathercock Health Centre", 53.7980, -4.0030, 8, 430),
)
HOSPITALS = (
    ("HX1", "Hamlet Hospital NHS Trust (invented)", "acute", "", "", "", "", 0.9, 53.806, -4.009),
    (
        "HX2",
        "Hamlet Community NHS Trust (invented)",
        "mental health and community",
        "",
        "",
        "",
        "",
        0.95,
        53.805,
        -4.008,
    ),
)
ENGLAND_AREAS = 32_844
GROWTH = {2015: 0.980, 2016: 0.985, 2017: 0.990, 2018: 0.995, 2019: 1.0}


def main(liverpool: Path, hamlet: Path) -> None:
    tables = hamlet / "tables"
    codes = [f"H{i:04d}" for i in range(1, len(AREAS) + 1)]
    ages = {code: area_ages(a[6], a[7]) for code, a in zip(codes, AREAS, strict=True)}
    by_age = [sum(ages[c][age] for c in codes) for age in AGES]
    by_sex = {
        (age, sex): n
        for age, people in zip(AGES, by_age, strict=True)
        for sex, n in sexes(age, people)
    }
    write(tables, "wards", WARDS)
    write(tables, "areas", area_rows(codes))
    write(tables, "population_by_area_age", [[c, *ages[c]] for c in codes])
    write(tables, "population_by_age_sex", [[age, sex, n] for (age, sex), n in by_sex.items()])
    write(tables, "population_by_year_age", year_rows(by_age))
    write(tables, "components_of_change", components())
    write(
        tables,
        "ethnicity_by_area",
        [[c, *share_out(sum(ages[c]), w)] for c, w in zip(codes, ethnic_weights(), strict=True)],
    )
    write_organisations(tables, codes)
    copy_national(liverpool / "tables", tables)
    write(tables, "qof_local", qof_local(liverpool / "tables", ages, codes))
    write(tables, "life_expectancy_by_decile", life_expectancy(ages, codes))
    write(tables, "deaths_by_age_sex", deaths(liverpool / "tables", by_sex))
    write(tables, "ae_monthly", ae_monthly())
    write_neighbourhoods(tables, codes)


def area_ages(people: int, tilt: float) -> list[int]:
    """People of each age: level to 60, then falling away; the tilt makes an area younger or
    older."""
    weights = []
    for age in AGES:
        level = 1.0 if age < 60 else max(0.03, 1 - (age - 60) / 33)
        if age == 90:
            level = 0.25  # everyone of 90 and over
        weights.append(round(10_000 * level * (1 + tilt) ** (age - 40)))
    return share_out(people, weights)


def sexes(age: int, people: int) -> list[tuple[str, int]]:
    women = round(people * women_share(age))
    return [("female", women), ("male", people - women)]


def women_share(age: int) -> float:
    """Fewer than half at first, more with age."""
    return 0.49 + 0.0015 * max(0, age - 20)


def area_rows(codes: list[str]) -> list[list[object]]:
    rank = [a[3] for a in AREAS]
    local = local_rank(rank, codes)
    cells = lay_out(metres(*zip(*((a[4], a[5]) for a in AREAS), strict=True)))
    middle = {
        name: f"HM{i:02d}" for i, name in enumerate(dict.fromkeys(a[1] for a in AREAS), start=1)
    }
    return [
        [
            code,
            name,
            middle[middle_name],
            middle_name,
            ward,
            rank[i],
            local_group(rank[i], ENGLAND_AREAS, 10),
            local[i],
            local_group(local[i], len(codes), 5),
            local_group(local[i], len(codes), 10),
            latitude,
            longitude,
            cells.columns[i],
            cells.rows[i],
        ]
        for i, (code, (name, middle_name, ward, _, latitude, longitude, _, _)) in enumerate(
            zip(codes, AREAS, strict=True)
        )
    ]


def year_rows(by_age: list[int]) -> list[list[object]]:
    return [
        [year, age, n]
        for year, size in GROWTH.items()
        for age, n in zip(AGES, share_out(round(size * sum(by_age)), by_age), strict=True)
    ]


def components() -> list[list[object]]:
    people = sum(a[6] for a in AREAS)
    change = {
        "births": 24,
        "deaths": 19,
        "internal_inflow": 96,
        "internal_outflow": 98,
        "international_inflow": 14,
        "international_outflow": 7,
        "other": 0,
    }
    signs = {"births": 1, "deaths": -1, "internal_inflow": 1, "internal_outflow": -1}
    signs |= {"international_inflow": 1, "international_outflow": -1, "other": 1}
    start = people - sum(signs[k] * n for k, n in change.items())
    return [
        [2018, k, n]
        for k, n in {"population_at_start": start, **change, "population_at_end": people}.items()
    ]


def ethnic_weights() -> list[tuple[int, ...]]:
    """White, mixed, Asian, Black, other: less mixed from the first area to the last."""
    return [(78 + 2 * i, 5, 8 - i // 2, 6 - i // 2, 3) for i in range(len(AREAS))]


def write_organisations(tables: Path, codes: list[str]) -> None:
    listed = [p[5] for p in PRACTICES]
    rows = []
    for code, name, latitude, longitude, area, people in PRACTICES:
        ages = [round(people * share) for share in (0.82, 0.40, 0.20)]
        rows.append(
            [code, name, "", latitude, longitude, codes[area], "HN1", people, *ages, 41.5, 0.495]
        )
    write(tables, "practices", rows)
    write(
        tables,
        "networks",
        [["HN1", "Hamlet Primary Care Network (invented)", len(PRACTICES), sum(listed)]],
    )
    write(tables, "providers", HOSPITALS)
    members = {
        "HT1": ("Bakehouse Team", [PRACTICES[0]]),
        "HT2": ("Windmill Team", list(PRACTICES[1:])),
    }
    residents = sum(a[6] for a in AREAS)
    write(
        tables,
        "teams",
        [
            [
                t,
                name,
                len(ps),
                sum(p[5] for p in ps),
                round(sum(p[5] for p in ps) * residents / sum(listed)),
            ]
            for t, (name, ps) in members.items()
        ],
    )
    write(tables, "team_practices", [[t, p[0]] for t, (_, ps) in members.items() for p in ps])


def write_neighbourhoods(tables: Path, codes: list[str]) -> None:
    where = metres(*zip(*((a[4], a[5]) for a in AREAS), strict=True))
    people = [a[6] for a in AREAS]
    hood = group(where, people, [a[2] for a in AREAS], Wanted(groups=2, low=800, high=1200))
    names = distinct_names(hood, [a[1] for a in AREAS], people)
    inside: dict[int, list[int]] = defaultdict(list)
    for h, n in zip(hood, people, strict=True):
        inside[h].append(n)
    write(
        tables,
        "neighbourhoods",
        [[f"HH{h + 1}", names[h], len(inside[h]), sum(inside[h])] for h in sorted(inside)],
    )
    write(
        tables,
        "neighbourhood_areas",
        sorted([f"HH{h + 1}", c] for h, c in zip(hood, codes, strict=True)),
    )


def copy_national(liverpool: Path, tables: Path) -> None:
    for name in ("qof_by_decile", "life_table"):
        write(tables, name, [list(r.values()) for r in read(liverpool / f"{name}.csv")])


def qof_local(liverpool: Path, ages: dict[str, list[int]], codes: list[str]) -> list[list[object]]:
    """England's prevalence of each decile, weighted by how many of the register's ages live in each
    area."""
    prevalence = {
        (int(r["imd_decile"]), r["register"]): float(r["prevalence"])
        for r in read(liverpool / "qof_by_decile.csv")
    }
    decile = [local_group(a[3], ENGLAND_AREAS, 10) for a in AREAS]
    rows = []
    for r in read(liverpool / "qof_local.csv"):
        low, high = int(r["age_low"]), int(r["age_high"] or 90)
        people = [sum(ages[c][low : high + 1]) for c in codes]
        patients = round(
            sum(n * prevalence[d, r["register"]] for n, d in zip(people, decile, strict=True))
        )
        named = [r["register"], r["register_name"], r["age_low"], r["age_high"]]
        rows.append([*named, patients, sum(people), round(patients / sum(people), 5)])
    return rows


def life_expectancy(ages: dict[str, list[int]], codes: list[str]) -> list[list[object]]:
    """Three years of residents; from 72 and 77 in the most deprived tenth to 81 and 85 in the
    least."""
    rows: list[list[object]] = []
    for sex, first, last in (("male", 72.0, 81.0), ("female", 77.0, 85.0)):
        for i, code in enumerate(codes):
            women = round(sum(n * women_share(age) for age, n in enumerate(ages[code])))
            years = 3 * (women if sex == "female" else sum(ages[code]) - women)
            expected = round(first + (last - first) * i / 9, 1)
            rows.append([sex, i + 1, years, round(years * (0.0125 - 0.0006 * i)), expected, 2.5])
    return rows


def deaths(liverpool: Path, by_sex: dict[tuple[int, str], int]) -> list[list[object]]:
    """Deaths at Liverpool's rates of each age and sex, to the nearest whole."""
    rows: list[list[object]] = []
    for r in read(liverpool / "deaths_by_age_sex.csv"):
        low, high = int(r["age_low"]), int(r["age_high"] or 90)
        people = sum(by_sex[age, r["sex"]] for age in range(low, high + 1))
        rows.append(
            [
                low,
                r["age_high"],
                r["sex"],
                round(people * int(r["deaths"]) / int(r["residents"])),
                people,
            ]
        )
    return rows


def ae_monthly() -> list[list[object]]:
    rows = []
    for month in range(24):
        year, of_year = 2016 + (month + 3) // 12, (month + 3) % 12 + 1
        attendances = 56 + (8, 9, 4, 2, 1, 0, 1, 0, 0, 1, 2, 6)[of_year - 1] + month // 6
        row = [
            f"{year}-{of_year:02d}-01",
            "HX1",
            "1",
            attendances,
            round(attendances * 0.12),
            round(attendances * 0.27),
        ]
        rows.append(row)
    return rows


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
