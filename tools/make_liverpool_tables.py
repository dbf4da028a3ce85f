"""Make Liverpool's tables from the publishers' files: select, rename, add up, round; then make
teams and map cells.

    python tools/make_liverpool_tables.py FOLDER_OF_SOURCE_FILES PLACE_FOLDER

The first folder holds `calibrate/` and `reference/` with the files named below; `place.yaml` says
who published each. Running it again writes the same bytes. Nothing here is invented: the one thing
that is ours is how practices and areas are grouped, and the tables made that way say so in
`place.yaml`.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from oneplace.place.geography import local_group, local_rank, metres
from oneplace.place.grouping import Wanted, group
from oneplace.place.hexagons import lay_out
from oneplace.tables.place import AGES, TABLES

Row = dict[str, str]

# Registers of the Quality and Outcomes Framework 2019/20 and the ages each counts (NHS England and
# BMA, "2019/20 General Medical Services contract QOF guidance", April 2019: register indicators).
REGISTERS: dict[str, tuple[str, int, int | None]] = {
    "AF": ("atrial fibrillation", 0, None),
    "AST": ("asthma", 0, None),
    "CAN": ("cancer", 0, None),
    "CHD": ("coronary heart disease", 0, None),
    "CKD": ("chronic kidney disease", 18, None),
    "COPD": ("chronic obstructive pulmonary disease", 0, None),
    "CVDPP": ("cardiovascular disease, primary prevention", 30, 74),
    "DEM": ("dementia", 0, None),
    "DEP": ("depression", 18, None),
    "DM": ("diabetes", 17, None),
    "EP": ("epilepsy", 18, None),
    "HF": ("heart failure", 0, None),
    "HYP": ("hypertension", 0, None),
    "LD": ("learning disability", 0, None),
    "MH": ("severe mental illness", 0, None),
    "OB": ("obesity", 18, None),
    "OST": ("osteoporosis", 50, None),
    "PAD": ("peripheral arterial disease", 0, None),
    "PC": ("palliative care", 0, None),
    "RA": ("rheumatoid arthritis", 16, None),
    "STIA": ("stroke or transient ischaemic attack", 0, None),
}

# Trusts: code, name on 1 April 2019, kind, last day, later name and its first day, successor, site
# of the hospitals file that stands for it (NHS Digital, Organisation Data Service).
TRUSTS = (
    ("RBN", "St Helens and Knowsley Hospital Services NHS Trust", "acute", "", "", "", "", "RBN01"),
    (
        "RBQ",
        "Liverpool Heart and Chest Hospital NHS Foundation Trust",
        "specialist",
        "",
        "",
        "",
        "",
        "RBQHQ",
    ),
    ("RBS", "Alder Hey Children's NHS Foundation Trust", "children", "", "", "", "", "RBS25"),
    (
        "REM",
        "Aintree University Hospital NHS Foundation Trust",
        "acute",
        "",
        "Liverpool University Hospitals NHS Foundation Trust",
        "2019-10-01",
        "",
        "REM21",
    ),
    (
        "REN",
        "The Clatterbridge Cancer Centre NHS Foundation Trust",
        "specialist",
        "",
        "",
        "",
        "",
        "",
    ),
    ("REP", "Liverpool Women's NHS Foundation Trust", "women", "", "", "", "", "REP01"),
    ("RET", "The Walton Centre NHS Foundation Trust", "specialist", "", "", "", "", "RET20"),
    (
        "RQ6",
        "Royal Liverpool and Broadgreen University Hospitals NHS Trust",
        "acute",
        "2019-09-30",
        "",
        "",
        "REM",
        "RQ617",
    ),
    ("RVY", "Southport and Ormskirk Hospital NHS Trust", "acute", "", "", "", "", "RVY02"),
    ("RW4", "Mersey Care NHS Foundation Trust", "mental health and community", "", "", "", "", ""),
    ("RX7", "North West Ambulance Service NHS Trust", "ambulance", "", "", "", "", ""),
    ("RY1", "Liverpool Community Health NHS Trust", "community", "2018-03-31", "", "", "RW4", ""),
)

ETHNIC_GROUP = {
    "White": "white",
    "Mixed or Multiple ethnic groups": "mixed",
    "Asian, Asian British or Asian Welsh": "asian",
    "Black, Black British, Black Welsh, Caribbean or African": "black",
    "Other ethnic group": "other",
}

TEAMS = Wanted(groups=12, low=34_000, high=49_700)
NEIGHBOURHOODS = Wanted(groups=18, low=24_000, high=32_000)


def main(source: Path, place: Path) -> None:
    tables = place / "tables"
    calibrate, reference = source / "calibrate", source / "reference"
    areas = make_areas(calibrate)
    population = area_ages(calibrate)
    practices = make_practices(calibrate)
    write(tables, "areas", areas)
    write(
        tables, "wards", sorted({(r["ward17_code"], r["ward17_name"]) for r in lookup(calibrate)})
    )
    write(tables, "population_by_area_age", [[code, *ages] for code, ages in population.items()])
    write(tables, "population_by_age_sex", age_sex(calibrate))
    write(tables, "population_by_year_age", year_ages(calibrate))
    write(tables, "components_of_change", components(calibrate))
    write(tables, "ethnicity_by_area", ethnicity(reference, population))
    write(tables, "practices", practices)
    write(tables, "networks", networks(calibrate, practices))
    write(tables, "providers", providers(reference))
    write(tables, "qof_by_decile", qof_by_decile(calibrate))
    write(tables, "qof_local", qof_local(calibrate))
    write(tables, "life_expectancy_by_decile", life_expectancy(calibrate))
    write(tables, "deaths_by_age_sex", deaths(calibrate))
    write(tables, "life_table", life_table(calibrate))
    write(tables, "ae_monthly", ae_monthly(calibrate))
    residents = {code: sum(ages) for code, ages in population.items()}
    write_teams(tables, practices, areas, sum(residents.values()))
    write_neighbourhoods(tables, areas, residents)


# --- areas and people ----------------------------------------------------------------------------------------------
def lookup(calibrate: Path) -> list[Row]:
    return sorted(read(calibrate / "lsoa11_lookup_liverpool.csv"), key=lambda r: r["lsoa11_code"])


def make_areas(calibrate: Path) -> list[list[object]]:
    imd = {r["lsoa11_code"]: r for r in read(calibrate / "imd2019_liverpool.csv")}
    centroid = {
        r["lsoa_cd"]: r
        for r in read(calibrate / "lsoa11_popweighted_centroids_census2011_liverpool.csv")
    }
    rows = lookup(calibrate)
    codes = [r["lsoa11_code"] for r in rows]
    place = [
        (round(float(centroid[c]["lat"]), 5), round(float(centroid[c]["lon"]), 5)) for c in codes
    ]
    rank = [int(imd[c]["IMD_rank"]) for c in codes]
    local = local_rank(rank, codes)
    cells = lay_out(metres(*zip(*place, strict=True)))
    print(f"hexagons: {cells.neighbours_kept:.3f} of nearest neighbours within two cells")
    return [
        [
            code,
            r["lsoa11_name"],
            r["msoa11_code"],
            r["msoa11_hcl_name"],
            r["ward17_code"],
            rank[i],
            int(imd[code]["IMD_decile"]),
            local[i],
            local_group(local[i], len(codes), 5),
            local_group(local[i], len(codes), 10),
            *place[i],
            cells.columns[i],
            cells.rows[i],
        ]
        for i, (code, r) in enumerate(zip(codes, rows, strict=True))
    ]


def area_ages(calibrate: Path) -> dict[str, list[int]]:
    ages: dict[str, list[int]] = defaultdict(lambda: [0] * len(AGES))
    for r in read(calibrate / "population_lsoa11_sya_2017_2019_liverpool.csv"):
        if r["year"] == "2019":
            ages[r["lsoa11_code"]][int(r["age"].rstrip("+"))] += int(r["persons"])
    return dict(sorted(ages.items()))


def age_sex(calibrate: Path) -> list[list[object]]:
    return [
        [int(r["age"].rstrip("+")), sex, int(r[column])]
        for r in read(calibrate / "population_mid2019_sya_sex_liverpool.csv")
        for sex, column in (("female", "females"), ("male", "males"))
    ]


def year_ages(calibrate: Path) -> list[list[object]]:
    return [
        [int(r["year"]), age, int(float(r["Aged 90+" if age == 90 else f"Age {age}"]))]
        for r in read(calibrate / "population_sya_persons_1997_2019_liverpool.csv")
        if 2015 <= int(r["year"]) <= 2019
        for age in AGES
    ]


def components(calibrate: Path) -> list[list[object]]:
    value = {
        r["k"].strip(): r["v"]
        for r in read(calibrate / "components_of_change_2018_2019_liverpool.csv")
    }
    names = {
        "population_at_start": "Estimated Population  mid-2018",
        "births": "Births",
        "deaths": "Deaths",
        "internal_inflow": "Internal Migration Inflow",
        "internal_outflow": "Internal Migration Outflow",
        "international_inflow": "International Migration Inflow",
        "international_outflow": "International Migration Outflow",
        "other": "Other",
        "population_at_end": "Estimated Population  mid-2019",
    }
    return [[2018, component, int(value[name])] for component, name in names.items()]


def ethnicity(reference: Path, population: dict[str, list[int]]) -> list[list[object]]:
    """Census 2021 counts carried from areas of 2021 to areas of 2011.

    An area that was split is added up again; one that was merged is divided between its parts in
    proportion to their residents of mid-2019, so that each group's city total stays what the census
    counted.
    """
    parts: dict[str, list[str]] = defaultdict(list)
    for r in read(reference / "lsoa11_to_lsoa21_liverpool.csv"):
        parts[r["lsoa21_code"]].append(r["lsoa11_code"])
    counts: dict[str, Counter[str]] = {code: Counter() for code in population}
    for r in read(reference / "census2021_ethnicity21_lsoa21_liverpool.csv"):
        to = sorted(parts[r["lsoa21_code"]])
        for code, n in zip(
            to, share_out(round(float(r["n"])), [sum(population[c]) for c in to]), strict=True
        ):
            counts[code][ETHNIC_GROUP[r["ethnic_group"]]] += n
    return [[code, *(count[g] for g in ETHNIC_GROUP_ORDER)] for code, count in counts.items()]


ETHNIC_GROUP_ORDER = TABLES["ethnicity_by_area"].names[1:]


def share_out(total: int, weights: Sequence[int]) -> list[int]:
    """Whole numbers in proportion to the weights that add up to the total (largest remainders
    first)."""
    exact = [total * w / sum(weights) for w in weights]
    shares = [int(x) for x in exact]
    for i in sorted(range(len(exact)), key=lambda i: (shares[i] - exact[i], i))[
        : total - sum(shares)
    ]:
        shares[i] += 1
    return shares


# --- organisations -------------------------------------------------------------------------------------------------
def make_practices(calibrate: Path) -> list[list[object]]:
    summary = {
        r["PRACTICE_CODE"]: r for r in read(calibrate / "gp_practices_qof1920_liverpool.csv")
    }
    rows = []
    for r in sorted(
        read(calibrate / "gp_practices_dec2019_liverpool.csv"), key=lambda r: r["code"]
    ):
        s = summary.get(r["code"])
        ages = (
            [
                int(s["16+"]),
                int(s["50+"]),
                round(float(s["65+"])),
                round(float(s["AgeAll"]), 2),
                round(float(s["Percent_male"]), 4),
            ]
            if s
            else [""] * 5
        )
        rows.append(
            [
                r["code"],
                s["PRACTICE_NAME"] if s else title(r["name"]),
                r["postcode"],
                round(float(r["lat"]), 5),
                round(float(r["lon"]), 5),
                r["lsoa11_code"],
                r["pcn_code"],
                int(float(r["list_size_apr2020"])) if r["list_size_apr2020"] else "",
                *ages,
            ]
        )
    return rows


def title(name: str) -> str:
    """SPEKE HC - DR MANGARAI -> Speke HC - Dr Mangarai."""
    return " ".join(
        w if w in ("HC", "GP") or w.count(".") > 1 else w.capitalize() for w in name.split()
    )


def networks(calibrate: Path, practices: list[list[object]]) -> list[list[object]]:
    names = {
        r["pcn_code"]: r["pcn_name"]
        for r in read(calibrate / "gp_practices_dec2019_liverpool.csv")
        if r["pcn_code"] and r["pcn_name"]
    }
    network, size = (
        TABLES["practices"].names.index("network_code"),
        TABLES["practices"].names.index("list_size"),
    )
    rows = []
    for code, name in sorted(names.items()):
        lists = [int(str(p[size] or 0)) for p in practices if p[network] == code]
        rows.append([code, name, len(lists), sum(lists)])
    return rows


def providers(reference: Path) -> list[list[object]]:
    share = {
        r["nhs_trust22_code"]: r["proportion_trust_came_from_ltla"]
        for r in read(reference / "trust_catchment_liverpool.csv")
    }
    site = {
        r["OrganisationCode"]: r
        for r in read(reference / "hospitals_nhschoices_2018_L_postcodes.csv")
    }
    rows: list[list[object]] = []
    for code, name, kind, until, later, later_from, successor, at in TRUSTS:
        where = (
            [round(float(site[at][c]), 5) for c in ("Latitude", "Longitude")] if at else ["", ""]
        )
        caught = round(float(share[code]), 4) if code in share else ""
        rows.append([code, name, kind, until, later, later_from, successor, caught, *where])
    return rows


# --- published health figures --------------------------------------------------------------------------------------
def qof_by_decile(calibrate: Path) -> list[list[object]]:
    return [
        [
            int(r["imd_overall"]),
            r["group_code"],
            round(float(r["register"])),
            round(float(r["list"])),
            round(float(r["prevalence"]), 6),
        ]
        for r in sorted(
            (
                r
                for r in read(calibrate / "qof_prevalence_2019_20_by_imd_decile_england.csv")
                if r["imd_overall"].isdigit()
            ),
            key=lambda r: (int(r["imd_overall"]), r["group_code"]),
        )
    ]


def qof_local(calibrate: Path) -> list[list[object]]:
    return [
        [
            r["group_code"],
            REGISTERS[r["group_code"]][0],
            REGISTERS[r["group_code"]][1],
            "" if REGISTERS[r["group_code"]][2] is None else REGISTERS[r["group_code"]][2],
            round(float(r["register"])),
            round(float(r["list"])),
            round(float(r["prevalence"]), 5),
        ]
        for r in read(calibrate / "qof_prevalence_2019_20_liverpool_modelled.csv")
    ]


def life_expectancy(calibrate: Path) -> list[list[object]]:
    return [
        [
            r["Sex"],
            int(r["Decile"]),
            int(r["Pop"]),
            int(r["Deaths"]),
            round(float(r["LifeExp"]), 3),
            round(float(r["SE"]), 4),
        ]
        for r in read(calibrate / "life_expectancy_by_local_imd_decile_liverpool.csv")
    ]


def deaths(calibrate: Path) -> list[list[object]]:
    residents = {
        (int(r["age"].rstrip("+")), column): int(r[column])
        for r in read(calibrate / "population_2014_sya_sex_liverpool.csv")
        for column in ("Females", "Males")
    }
    rows: list[list[object]] = []
    for r in read(calibrate / "deaths_2014_age_sex_liverpool.csv"):
        low, _, high = r["age"].partition("-")
        first = int(low.rstrip("+"))
        last = 90 if r["age"].endswith("+") else int(high or low)
        for sex, column in (("female", "Females"), ("male", "Males")):
            people = sum(residents[age, column] for age in range(first, last + 1))
            rows.append(
                [first, "" if r["age"].endswith("+") else last, sex, int(r[column]), people]
            )
    return rows


def life_table(calibrate: Path) -> list[list[object]]:
    rows = read(calibrate / "national_life_table_uk_2017_2019.csv")
    return [
        [sex, int(r["age"]), float(r[f"{s}_qx"]), float(r[f"{s}_lx"]), float(r[f"{s}_ex"])]
        for sex, s in (("female", "f"), ("male", "m"))
        for r in rows
    ]


def ae_monthly(calibrate: Path) -> list[list[object]]:
    rows = sorted(
        read(calibrate / "ae_attendances_liverpool_providers_2016_04_to_2018_03.csv"),
        key=lambda r: (r["period"], r["org_code"], r["type"]),
    )
    return [
        [
            r["period"],
            r["org_code"],
            r["type"],
            *(round(float(r[c])) for c in ("attendances", "breaches", "admissions")),
        ]
        for r in rows
    ]


# --- what is ours: teams and neighbourhoods ------------------------------------------------------------------------
def write_teams(
    tables: Path, practices: list[list[object]], areas: list[list[object]], residents: int
) -> None:
    """Twelve teams of adjoining practices; a practice without a published list goes with the others
    but adds nobody."""
    column = {name: i for i, name in enumerate(TABLES["practices"].names)}
    sizes = [int(str(p[column["list_size"]] or 0)) for p in practices]
    where = metres(
        *zip(*((p[column["latitude"]], p[column["longitude"]]) for p in practices), strict=True)
    )
    network = [str(p[column["network_code"]] or p[column["practice_code"]]) for p in practices]
    team = group(where, sizes, network, TEAMS)
    middle = {str(a[0]): str(a[3]) for a in areas}
    home = [middle[str(p[column["area_code"]])] for p in practices]
    names = distinct_names(team, home, sizes)
    rows = []
    for t in range(TEAMS.groups):
        listed = [sizes[i] for i in range(len(practices)) if team[i] == t]
        rows.append(
            [
                code("T", t),
                names[t],
                len(listed),
                sum(listed),
                round(sum(listed) * residents / sum(sizes)),
            ]
        )
    write(tables, "teams", rows)
    write(
        tables,
        "team_practices",
        sorted([code("T", t), p[0]] for t, p in zip(team, practices, strict=True)),
    )


def write_neighbourhoods(
    tables: Path, areas: list[list[object]], residents: dict[str, int]
) -> None:
    column = {name: i for i, name in enumerate(TABLES["areas"].names)}
    where = metres(
        *zip(*((a[column["latitude"]], a[column["longitude"]]) for a in areas), strict=True)
    )
    people = [residents[str(a[0])] for a in areas]
    hood = group(where, people, [str(a[column["ward_code"]]) for a in areas], NEIGHBOURHOODS)
    names = distinct_names(hood, [str(a[column["middle_area_name"]]) for a in areas], people)
    rows = []
    for n in range(NEIGHBOURHOODS.groups):
        inside = [people[i] for i in range(len(areas)) if hood[i] == n]
        rows.append([code("N", n), names[n], len(inside), sum(inside)])
    write(tables, "neighbourhoods", rows)
    write(
        tables,
        "neighbourhood_areas",
        sorted([code("N", n), a[0]] for n, a in zip(hood, areas, strict=True)),
    )


def code(letter: str, number: int) -> str:
    return f"{letter}{number + 1:02d}"


def distinct_names(
    groups: Sequence[int], names: Sequence[str], weights: Sequence[int]
) -> dict[int, str]:
    """Each group named for the two middle-layer areas most of its people are in, heaviest first."""
    heavy: dict[int, Counter[str]] = defaultdict(Counter)
    for g, name, weight in zip(groups, names, weights, strict=True):
        heavy[g][name] += weight
    return {
        g: " and ".join(n for n, _ in sorted(c.items(), key=lambda kv: (-kv[1], kv[0]))[:2])
        for g, c in heavy.items()
    }


# --- files ---------------------------------------------------------------------------------------------------------
def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write(tables: Path, name: str, rows: Iterable[Sequence[object]]) -> None:
    tables.mkdir(parents=True, exist_ok=True)
    with (tables / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(TABLES[name].names)
        writer.writerows(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
