"""Target beside made for every figure that the demonstration people were made from.

In: the place's published tables, the assumptions and what was made. Out: rows of measure, stratum,
target, made, unit and source. Where fewer people were asked for, counts in targets are scaled to
them; rates are not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from oneplace.demonstration import mortality
from oneplace.demonstration.assumptions import figure, source
from oneplace.demonstration.chance import Array
from oneplace.demonstration.conditions import Condition
from oneplace.demonstration.days import NEVER, YEAR_DAYS, midyear
from oneplace.demonstration.levels import EventRates, Rates
from oneplace.demonstration.making import Made, WholePlace
from oneplace.demonstration.population import OUTSIDE, Folk
from oneplace.demonstration.registration import wanted_lists
from oneplace.place.geography import PlaceInHand
from oneplace.tables.place import ETHNIC_GROUPS
from oneplace.tables.vocabulary import concept

Row = dict[str, Any]


def registers(place: PlaceInHand) -> tuple[dict[str, tuple[float, float, float]], dict[str, Array]]:
    """Share, youngest and oldest age by register of the place; England's share by national decile,
    by register."""
    published = {
        r["register"]: (
            r["prevalence"],
            r["age_low"],
            200 if r["age_high"] is None else r["age_high"],
        )
        for r in place.table("qof_local").to_pylist()
    }
    gradient: dict[str, Array] = {}
    for r in place.table("qof_by_decile").to_pylist():
        gradient.setdefault(r["register"], np.full(10, np.nan))[r["imd_decile"] - 1] = r[
            "prevalence"
        ]
    return published, {k: v for k, v in gradient.items() if not np.isnan(v).any()}


def residents(place: PlaceInHand) -> int:
    return int(sum(place.table("population_by_age_sex")["persons"].to_pylist()))


def figures(
    place: PlaceInHand,
    whole: WholePlace,
    rates: Rates,
    targets: EventRates,
    these: tuple[Condition, ...],
    tally: Made,
    groups: Array,
    share: float,
    hazard: Array,
) -> list[Row]:
    """Every row, in the order population, deaths, lists, registers, activity."""
    rows = [
        *_populations(place, whole, share),
        *_ethnicity(place, whole, groups),
        *_flows(place, whole, share),
        *_deaths(place, whole, share),
        *_life_expectancy(place, whole),
        *_lists(place, whole, share),
        *_registers(place, these, tally),
        *_activity(rates, targets, tally),
        *_emergencies_by_age(whole, rates, tally),
    ]
    return [{**r, "target": _plain(r["target"]), "made": _plain(r["made"])} for r in rows]


def _plain(value: Any) -> float | int:
    return int(value) if isinstance(value, int | np.integer) else round(float(value), 6)


def _row(measure: str, stratum: str, target: Any, made: Any, unit: str, source: str) -> Row:
    return {
        "measure": measure,
        "stratum": stratum,
        "target": target,
        "made": made,
        "unit": unit,
        "source": source,
    }


def _cited(place: PlaceInHand, table: str) -> str:
    found = place.document.tables[table]
    return f"{found.publisher}, {found.citation}, {found.period}"


def _here(folk: Folk, day: int) -> Array:
    begun = np.maximum(folk.enter, folk.birth) <= day
    return np.asarray((folk.area != OUTSIDE) & begun & (np.minimum(folk.leave, folk.death) >= day))


def _populations(place: PlaceInHand, whole: WholePlace, share: float) -> Iterator[Row]:
    folk, frame = whole.folk, whole.frame
    here = _here(folk, frame.day)
    age = np.minimum(frame.year - folk.cohort.astype(np.int64), 90)
    table = place.table("population_by_area_age")
    order = {code: i for i, code in enumerate(place.table("areas")["area_code"].to_pylist())}
    wanted = np.zeros((len(order), 91), np.int64)
    rows = [order[c] for c in table["area_code"].to_pylist()]
    wanted[rows] = np.column_stack([table[f"age_{a}"].to_numpy() for a in range(91)])
    made = np.bincount(
        folk.area[here].astype(np.int64) * 91 + age[here], minlength=wanted.size
    ).reshape(wanted.shape)
    cited = _cited(place, "population_by_area_age")
    yield _row(
        "residents",
        f"30 June {frame.year}",
        round(wanted.sum() * share),
        int(here.sum()),
        "people",
        cited,
    )
    if share == 1.0:
        yield _row(
            "residents by area and age",
            "cells that differ",
            0,
            int((wanted != made).sum()),
            "cells",
            cited,
        )
        by_sex = place.table("population_by_age_sex").to_pydict()
        sexes = np.bincount(folk.male[here].astype(np.int64) * 91 + age[here], minlength=182)
        differ = sum(
            int(sexes[(s == "male") * 91 + a] != n)
            for a, s, n in zip(by_sex["age"], by_sex["sex"], by_sex["persons"], strict=True)
        )
        yield _row(
            "residents by age and sex",
            "cells that differ",
            0,
            differ,
            "cells",
            _cited(place, "population_by_age_sex"),
        )
    for year, by_age in sorted(frame.by_year.items()):
        if frame.start <= midyear(year) <= frame.end and year != frame.year:
            then = _here(folk, midyear(year))
            yield _row(
                "residents",
                f"30 June {year}",
                round(by_age.sum() * share),
                int(then.sum()),
                "people",
                _cited(place, "population_by_year_age"),
            )


def _ethnicity(place: PlaceInHand, whole: WholePlace, groups: Array) -> Iterator[Row]:
    table = place.table("ethnicity_by_area")
    if not len(table):
        return
    here = _here(whole.folk, whole.frame.day)
    order = {code: i for i, code in enumerate(place.table("areas")["area_code"].to_pylist())}
    residents = np.bincount(whole.folk.area[here], minlength=len(order))[
        [order[c] for c in table["area_code"].to_pylist()]
    ]
    counts = np.column_stack([table[g].to_numpy() for g in ETHNIC_GROUPS]).astype(float)
    target = (
        residents @ (counts / np.maximum(counts.sum(1, keepdims=True), 1)) / max(residents.sum(), 1)
    )
    stated = here & (groups != concept("ethnicity_not_stated"))
    cited = _cited(place, "ethnicity_by_area") + "; each area's shares times its residents"
    for g, wanted in zip(ETHNIC_GROUPS, target, strict=True):
        made = (
            (groups[stated] == concept({"other": "other_ethnic_group"}.get(g, g))).mean()
            if stated.any()
            else 0.0
        )
        yield _row(
            "ethnic group", g, wanted, made, "share of residents whose group is stated", cited
        )


def _flows(place: PlaceInHand, whole: WholePlace, share: float) -> Iterator[Row]:
    folk = whole.folk
    inside = folk.area != OUTSIDE
    for r in place.table("components_of_change").to_pylist():
        first, last = midyear(r["from_year"]), midyear(r["from_year"] + 1)
        if first < whole.frame.start or last > whole.frame.end:
            continue
        found = {
            "births": (folk.birth > first) & (folk.birth <= last) & (folk.enter <= folk.birth),
            "deaths": (folk.death > first) & (folk.death <= last),
        }
        if r["component"] in found:
            made = int((inside & found[r["component"]]).sum())
            yield _row(
                r["component"],
                f"year to 30 June {r['from_year'] + 1}",
                round(r["persons"] * share),
                made,
                "people",
                _cited(place, "components_of_change"),
            )
    both = {
        r["component"]: r["persons"]
        for r in place.table("components_of_change").to_pylist()
        if r["from_year"] == whole.frame.year - 1
    }
    first, last = midyear(whole.frame.year - 1), midyear(whole.frame.year)
    if first < whole.frame.start or not both:
        return
    for name, keys, moved in (
        (
            "moves in",
            ("internal_inflow", "international_inflow"),
            (folk.enter > first) & (folk.enter <= last) & (folk.enter > folk.birth),
        ),
        (
            "moves out",
            ("internal_outflow", "international_outflow"),
            (folk.leave > first) & (folk.leave <= last),
        ),
    ):
        wanted = sum(both.get(k, 0) for k in keys)
        yield _row(
            name,
            f"year to 30 June {whole.frame.year}",
            round(wanted * share),
            int((inside & moved).sum()),
            "people",
            _cited(place, "components_of_change"),
        )


def _deaths(place: PlaceInHand, whole: WholePlace, share: float) -> Iterator[Row]:
    """Deaths by age and sex as rates, because the published year lies before the period."""
    table = place.table("deaths_by_age_sex").to_pylist()
    folk, frame = whole.folk, whole.frame
    inside = folk.area != OUTSIDE
    died = inside & (folk.death <= frame.end)
    age = (folk.death - folk.birth) / YEAR_DAYS
    here = _here(folk, frame.day)
    age_then = frame.year - folk.cohort.astype(np.int64)
    years = (frame.end - frame.start + 1) / YEAR_DAYS
    for r in table:
        high = 200 if r["age_high"] is None else r["age_high"]
        sex = folk.male == (r["sex"] == "male")
        made = int((died & sex & (age >= r["age_low"]) & (age < high + 1)).sum())
        people = int((here & sex & (age_then >= r["age_low"]) & (age_then <= high)).sum())
        if r["residents"] and people:
            stratum = f"{r['sex']} {r['age_low']}" + (
                " and over" if r["age_high"] is None else f" to {high}"
            )
            yield _row(
                "deaths",
                stratum,
                1000 * r["deaths"] / r["residents"],
                1000 * made / people / years,
                "for each 1,000 residents and year",
                _cited(place, "deaths_by_age_sex"),
            )


def _life_expectancy(place: PlaceInHand, whole: WholePlace) -> Iterator[Row]:
    """From the deaths and person-years that were made, by single year of age to 90."""
    folk, frame = whole.folk, whole.frame
    decile = frame.decile[folk.like]
    inside = folk.area != OUTSIDE
    for r in place.table("life_expectancy_by_decile").to_pylist():
        of = np.flatnonzero(
            inside & (decile == r["local_decile"] - 1) & (folk.male == (r["sex"] == "male"))
        )
        lived, died = exposure(folk, of, frame.start, frame.end)
        last = next(
            (age for age in (95, 90, 85) if died[age:].sum() >= 10), None
        )  # the open age group needs deaths
        if lived.sum() < 1000 or last is None:
            continue
        rate = died / np.maximum(lived, 1e-9)
        rate[last:] = died[last:].sum() / lived[last:].sum()
        yield _row(
            "life expectancy at birth",
            f"{r['sex']}, local decile {r['local_decile']}",
            r["life_expectancy"],
            mortality.life_expectancy(np.maximum(rate, 1e-7)),
            "years",
            _cited(place, "life_expectancy_by_decile"),
        )


def exposure(folk: Folk, of: Array, start: int, end: int) -> tuple[Array, Array]:
    """Person-years lived and deaths by single year of age 0 to 110 in the period, of these
    people."""
    first = np.maximum(np.maximum(folk.enter[of], folk.birth[of]), start)
    last = folk.last(end)[of]
    lived = np.zeros(111)
    for year in range(6):  # each person's period is cut at birthdays into at most so many pieces
        age = ((first - folk.birth[of]) / YEAR_DAYS).astype(np.int64) + year
        low = np.maximum(first, folk.birth[of] + age * YEAR_DAYS)
        high = np.minimum(last + 1, folk.birth[of] + (age + 1) * YEAR_DAYS)
        lived += np.bincount(
            np.minimum(age, 110), weights=np.maximum(high - low, 0) / YEAR_DAYS, minlength=111
        )
    dead = folk.death[of] <= end
    age = ((folk.death[of][dead] - folk.birth[of][dead]) / YEAR_DAYS).astype(np.int64)
    return lived, np.bincount(np.minimum(age, 110), minlength=111).astype(float)


def _lists(place: PlaceInHand, whole: WholePlace, share: float) -> Iterator[Row]:
    wanted = wanted_lists(place).sum(1)
    if not len(wanted):
        return
    on = whole.lists.end == NEVER
    made = np.bincount(whole.lists.practice[on], minlength=len(wanted))
    cited = _cited(place, "practices")
    yield _row(
        "registered", "all practices", round(wanted.sum() * share), int(made.sum()), "people", cited
    )
    for code, n, m in zip(
        place.table("practices")["practice_code"].to_pylist(), wanted, made, strict=True
    ):
        if n:
            yield _row("registered", code, round(n * share), int(m), "people", cited)


def _registers(place: PlaceInHand, these: tuple[Condition, ...], tally: Made) -> Iterator[Row]:
    """Shares of people on lists on the last day, of the register's ages; England's gradient beside
    ours."""
    published, gradient = registers(place)
    ages = np.arange(111)
    palliative = published.get("PC", (figure("palliative_register_per_1000") / 1000, 0, 200))
    wanted: list[tuple[str, str, float, float, float, str, str]] = []
    for c in these:
        cited = _cited(place, "qof_local") if c.measured else c.source
        wanted.append(
            (
                c.register,
                c.key,
                c.share,
                c.age_low,
                c.age_high,
                "" if c.measured else c.within,
                cited,
            )
        )
    wanted.append(
        (
            "PC",
            "end_of_life",
            *palliative,
            "",
            _cited(place, "qof_local")
            if "PC" in published
            else source("palliative_register_per_1000"),
        )
    )
    for register, key, target, low, high, within, cited in wanted:
        at = (ages >= low) & (ages <= high)
        people = tally.on_register[within][at] if within else tally.list_by_age_decile[at]
        made = tally.on_register[key][at]
        unit = (
            f"share of people with {within}"
            if within
            else f"share of people on lists aged {low:g}"
            + (" and over" if high >= 110 else f" to {high:g}")
        )
        if people.sum():
            yield _row(
                "register " + register if register else "condition",
                key,
                target,
                made.sum() / people.sum(),
                unit,
                cited,
            )
        if register in gradient and people.sum():
            yield from _gradient(
                register, gradient[register], made.sum(0)[1:], people.sum(0)[1:], place
            )


def _gradient(
    register: str, england: Array, made: Array, people: Array, place: PlaceInHand
) -> Iterator[Row]:
    """The most deprived national tenth against deciles 4 to 10, weighted alike."""
    rest = people[3:].sum()
    expected = england * people
    if min(people[0], rest) < 500 or min(expected[0], expected[3:].sum()) < 30:
        return  # too few people for a ratio that means anything
    target = england[0] / (expected[3:].sum() / rest)
    found = (made[0] / people[0]) / max(made[3:].sum() / rest, 1e-9)
    yield _row(
        "gradient of register " + register,
        "national decile 1 against 4 to 10",
        target,
        found,
        "ratio of shares",
        _cited(place, "qof_by_decile"),
    )


def _activity(rates: Rates, targets: EventRates, tally: Made) -> Iterator[Row]:
    here, listed = max(tally.here_years, 1e-9), max(tally.listed_years, 1e-9)
    unit = "for each 1,000 people and year"
    for k, wanted in zip(rates.contacts, targets.contacts, strict=True):
        if k.key in ("day_case", "ae_attendance"):
            continue
        years = listed if k.on_list else here
        yield _row(
            "contacts",
            k.key,
            wanted,
            1000 * tally.events[k.key] / years,
            unit,
            targets.sources[k.key],
        )
    yield _row(
        "contacts",
        "ae_attendance",
        targets.ae,
        1000 * tally.events["ae_attendance"] / here,
        unit,
        targets.sources["ae_attendance"],
    )
    for key in ("emergency_admission", "day_case", "elective_admission", "maternity_admission"):
        name = {"emergency_admission": "emergency_admissions_per_1000"}.get(key, key + "s_per_1000")
        yield _row(
            "admissions", key, figure(name), 1000 * tally.events[key] / here, unit, source(name)
        )
    if targets.through_ae:
        made = 1000 * tally.through_ae / here
        cited = targets.sources["ae_attendance"].replace(
            "attendances", "attendances and admissions"
        )
        yield _row("admissions", "emergency, through A&E", targets.through_ae, made, unit, cited)
    for key, wanted, cited in zip(
        rates.reasons.keys, targets.admissions, rates.reasons.sources, strict=True
    ):
        yield _row(
            "emergency admissions for",
            key,
            wanted,
            1000 * tally.admitted_for[key] / here,
            unit,
            cited,
        )
    for k in rates.referrals:
        yield _row(
            "referrals",
            k.key,
            k.per_1000,
            1000 * tally.referred[k.concept_id] / here,
            unit,
            k.source,
        )
    yield _row(
        "referral clocks",
        "stopped within 18 weeks",
        figure("within_18_weeks_share"),
        tally.stopped_in_18_weeks / max(tally.stopped, 1),
        "share of elective clocks that stopped",
        source("within_18_weeks_share"),
    )
    yield _row(
        "prescribed items",
        "all",
        figure("items_per_head"),
        tally.events["item"] / listed,
        "items a head and year",
        source("items_per_head"),
    )


def _emergencies_by_age(whole: WholePlace, rates: Rates, tally: Made) -> Iterator[Row]:
    """Emergency admissions by age: England's shape at the level of the place's people."""
    folk, frame, ages = whole.folk, whole.frame, rates.ages
    lived, _ = exposure(folk, np.arange(len(folk)), frame.start, frame.end)
    of = ages.group(np.arange(111))
    years = np.bincount(of, weights=lived, minlength=len(ages.low))
    made = np.bincount(of, weights=tally.admitted_by_age, minlength=len(ages.low))
    level = made.sum() / max(float(ages.per_1000 @ years), 1e-9)
    for i, low in enumerate(ages.low):
        stratum = (
            f"{low:g} and over" if i + 1 == len(ages.low) else f"{low:g} to {ages.low[i + 1] - 1:g}"
        )
        if years[i] < 500:
            continue
        target, got = 1000 * level * ages.per_1000[i], 1000 * made[i] / years[i]
        yield _row(
            "emergency admissions by age",
            stratum,
            target,
            got,
            "for each 1,000 people and year",
            ages.sources[i],
        )
