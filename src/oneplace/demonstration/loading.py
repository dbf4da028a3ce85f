"""The recipe: people, lists, levels, then part by part everything that happens to them, into the
target.

In: a place, a target, how many people (all, unless fewer are asked for), a seed. Out: the rows and
a `LoadReport` whose figures set target beside made.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pyarrow as pa

from oneplace.demonstration import (
    calibration,
    care,
    conditions,
    identity,
    levels,
    making,
    mortality,
    population,
    registration,
)
from oneplace.demonstration.assumptions import figure
from oneplace.demonstration.batch import Batch
from oneplace.demonstration.chance import Array, stream
from oneplace.demonstration.conditions import Condition
from oneplace.demonstration.days import NEVER, YEAR_DAYS, dates
from oneplace.demonstration.making import Made, WholePlace
from oneplace.demonstration.population import OUTSIDE, Folk, Frame
from oneplace.demonstration.registration import Lists
from oneplace.demonstration.sites import sites_of
from oneplace.demonstration.writing import Writer
from oneplace.faults import Fault, InputAtFault
from oneplace.place.geography import PlaceInHand
from oneplace.sources.receiving import LoadReport, Progress, Sink, silent
from oneplace.tables.people import IDENTITY
from oneplace.tables.place import ETHNIC_GROUPS
from oneplace.tables.vocabulary import concept

PEOPLE_AT_A_TIME = 40_000
_SAMPLE, _SAMPLE_OF_LISTS = 40_000, 300_000
_NEEDED = ("areas", "population_by_area_age", "population_by_age_sex", "life_table")
_SAMPLE_NUMBER = 1_000_000  # tells the sample's random numbers from those of every part


def load_synthetic(
    place: PlaceInHand,
    target: Sink,
    *,
    people: int | None = None,
    seed: int,
    progress: Progress = silent,
) -> LoadReport:
    """Make the place's people. With `people`, that many residents on the reference day, drawn from
    all."""
    _check(place, people)
    progress("Making people", 0.0)
    hazard = mortality.hazards(place)
    folk, frame = population.lives(place, hazard, seed)
    folk, lists = registration.on_lists(folk, place, frame, seed)
    share = 1.0
    if people is not None:
        folk, lists, share = _so_many(folk, lists, frame, people, seed)
    decile = place.table("areas")["imd_decile"].to_numpy().astype(np.int16)
    whole = WholePlace.of(folk, lists, frame, decile, seed)
    sites = sites_of(place)
    writer = Writer(target.facts)
    writer.add("care_site", **sites.rows)
    ids = _identities(target, folk, place, seed)
    progress("Solving levels", 0.08)
    rates = levels.Rates.read()
    these, solved, wanted, rates = _solved(place, whole, rates, seed)
    tally = Made()
    parts = range(0, len(folk), PEOPLE_AT_A_TIME)
    area_names = place.table("areas")["area_code"].combine_chunks()
    groups = _ethnicities(place, folk, seed)
    for number, begin in enumerate(parts):
        which = np.arange(begin, min(begin + PEOPLE_AT_A_TIME, len(folk)))
        part, born = whole.part(which, number, these, solved.births)
        _people(part, ids[which], groups[which], writer)
        making.homes(part, ids[which], area_names, frame, writer)
        making.make(part, born, ids[which], rates, solved, sites, writer, tally)
        progress("Making lives", 0.1 + 0.9 * (number + 1) / len(parts))
    _registrations(lists, ids, writer)
    figures = calibration.figures(place, whole, rates, wanted, these, tally, groups, share, hazard)
    note = "Demonstration people, who do not exist, made from published figures."
    return LoadReport(
        tables=dict(writer.rows), notes=(note,), figures=tuple(figures), basis="synthetic"
    )


def _check(place: PlaceInHand, people: int | None) -> None:
    missing = [n for n in _NEEDED if not place.has(n) or not len(place.table(n))]
    faults = [
        Fault(
            what="demonstration people cannot be made without this table",
            file="place.yaml",
            path=f"tables.{n}",
            found="nothing",
            expected=f"tables/{n}.csv",
        )
        for n in missing
    ]
    if people is not None and people < 1:
        faults.append(
            Fault(
                what="too few people were asked for",
                file="place.yaml",
                path="people",
                found=str(people),
                expected="1 or more",
            )
        )
    if faults:
        raise InputAtFault(faults)


def _so_many(
    folk: Folk, lists: Lists, frame: Frame, people: int, seed: int
) -> tuple[Folk, Lists, float]:
    """So many residents of the reference day, and everybody else in the same proportion: some of
    all where fewer are asked for than there are; where more are, everybody as often as it takes and
    some of all once more, each with a life of their own from there on."""
    rng = stream(seed, "fewer")
    resident = (
        (folk.area != OUTSIDE)
        & (np.maximum(folk.enter, folk.birth) <= frame.day)
        & (folk.last(frame.end) >= frame.day)
    )
    inside = np.flatnonzero(resident)
    if not len(inside) or people == len(inside):
        return folk, lists, 1.0
    times, rest = divmod(people, len(inside))
    share = people / len(inside)
    once_more = rng.random(len(folk)) < share - times
    once_more[inside] = False
    once_more[rng.choice(inside, rest, replace=False)] = True
    which = np.repeat(np.arange(len(folk)), times + once_more)
    first = np.searchsorted(lists.person, which, side="left")
    stays = np.searchsorted(lists.person, which, side="right") - first
    person = np.repeat(np.arange(len(which), dtype=np.int32), stays)
    rows = (
        np.arange(len(person))
        - np.repeat(np.cumsum(stays) - stays, stays)
        + np.repeat(first, stays)
    )
    chosen = replace(
        lists,
        person=person,
        practice=lists.practice[rows],
        start=lists.start[rows],
        end=lists.end[rows],
        current=lists.current[which],
        first=lists.first[which],
    )
    return folk.at(which), chosen, share


def _solved(
    place: PlaceInHand, whole: WholePlace, rates: levels.Rates, seed: int
) -> tuple[tuple[Condition, ...], levels.Levels, levels.EventRates, levels.Rates]:
    """Levels of conditions on a sample of people on lists on the last day; levels of events on a
    sample of everyone."""
    folk, frame = whole.folk, whole.frame
    on_list = np.flatnonzero((whole.listed_to == NEVER) & (folk.last(frame.end) == frame.end))
    published, gradient = calibration.registers(place)
    palliative = published.get("PC", (figure("palliative_register_per_1000") / 1000, 0, 200))[
        0
    ] * len(on_list)
    old = (frame.end - folk.birth >= 65 * YEAR_DAYS).astype(
        np.int8
    )  # half of each sample: they use most care
    on_list = on_list[np.lexsort((folk.birth[on_list], whole.decile[folk.like[on_list]]))]
    sample, weight = _sampled(
        on_list if len(on_list) else np.arange(len(folk)), old, _SAMPLE_OF_LISTS, (0.5, 0.5)
    )
    # A place that is made in one part is its own sample, with the same bodies and chances, so that
    # its figures come out.
    one_part = len(folk) <= PEOPLE_AT_A_TIME
    decile = whole.decile[folk.like].astype(np.float32)
    if one_part:
        body = conditions.bodies(
            stream(seed, "bodies", 0), folk.male, decile, folk.death < NEVER
        ).at(sample)
    else:
        rng = stream(seed, "sample of lists")
        body = conditions.bodies(rng, folk.male[sample], decile[sample], folk.death[sample] < NEVER)
    age = ((frame.end - folk.birth[sample]) / np.float32(YEAR_DAYS)).astype(np.float32)
    these = conditions.solved(
        conditions.declared(),
        body,
        age,
        published,
        gradient,
        weight,
        stream(seed, "sample of parents"),
    )
    small = (folk.birth > frame.start - 5 * YEAR_DAYS) * np.int8(
        2
    )  # some illnesses are theirs alone
    size = len(folk) * 8 if one_part else _SAMPLE
    which, standing_for = _sampled(np.arange(len(folk)), old + small, size, (0.375, 0.5, 0.125))
    part, _ = whole.part(which, 0 if one_part else _SAMPLE_NUMBER, these, 1.0)
    babies = (
        (folk.birth >= frame.start) & (folk.enter <= folk.birth) & (folk.birth <= frame.end)
    ).sum() / len(folk)
    residents = calibration.residents(place)
    wanted, rates = levels.targets(place, rates, residents)
    here = whole.listed_to == NEVER
    end_of_life = care.share_registered(folk.death, here, frame.end, palliative)
    return (
        these,
        levels.solve(part, standing_for, rates, wanted, float(babies), end_of_life),
        wanted,
        rates,
    )


def _sampled(
    of: Array, stratum: Array, at_most: int, shares: tuple[float, ...]
) -> tuple[Array, Array]:
    """Every so many of each stratum, which has its share of the sample; and how many each stands
    for."""
    picked, weight = [], []
    for number, share in enumerate(shares):
        group = of[stratum[of] == number]
        step = max(1, math.ceil(len(group) / (share * at_most)))
        picked.append(group[::step])
        weight.append(np.full(len(picked[-1]), len(group) / max(len(picked[-1]), 1), np.float32))
    which = np.concatenate(picked)
    order = np.argsort(which)
    return which[order], np.concatenate(weight)[order]


def _identities(target: Sink, folk: Folk, place: PlaceInHand, seed: int) -> Array:
    """Numbers, names and addresses into the identity file; back come pseudonyms."""
    numbers = identity.nhs_numbers(stream(seed, "numbers"), len(folk))
    text = identity.as_text(numbers)
    ids = np.asarray(target.pseudonyms(text.to_pylist()), np.int64)
    rows = pa.table(
        {
            "person_id": pa.array(ids),
            "source_id": text,
            "nhs_number": text,
            **identity.details(stream(seed, "names"), folk.male, folk.birth, folk.like),
        }
    )
    target.identity.execute(
        f"CREATE TABLE IF NOT EXISTS {IDENTITY.name} ({', '.join(f'{c.name} {c.sql}' for c in IDENTITY.columns)})"
    )
    target.identity.register("arriving", rows)
    try:
        target.identity.execute(
            f"INSERT INTO {IDENTITY.name} ({', '.join(rows.column_names)}) SELECT * FROM arriving"
        )
    finally:
        target.identity.unregister("arriving")
    return ids


def _ethnicities(place: PlaceInHand, folk: Folk, seed: int) -> Array:
    """Each person's group as a local concept, by the shares of the area they live in or are like;
    some are not stated."""
    rng = stream(seed, "ethnicity")
    table = place.table("ethnicity_by_area")
    words = [concept({"other": "other_ethnic_group"}.get(g, g)) for g in ETHNIC_GROUPS]
    not_stated = concept("ethnicity_not_stated")
    if not len(table):
        return np.full(len(folk), not_stated, np.int32)
    order = {code: i for i, code in enumerate(table["area_code"].to_pylist())}
    counts = np.column_stack([table[g].to_numpy() for g in ETHNIC_GROUPS]).astype(float)
    row_of_area = np.array(
        [order.get(c, -1) for c in place.table("areas")["area_code"].to_pylist()]
    )
    counts = np.vstack(
        [counts, counts.sum(0)]
    )  # the last row, for an area without figures, is the place's
    chosen = registration.pick(rng, counts, (row_of_area % len(counts))[folk.like])
    found = np.array(words, np.int32)[chosen]
    found[rng.random(len(folk)) < figure("ethnicity_not_stated_share")] = not_stated
    return found


def _people(part: Batch, ids: Array, groups: Array, writer: Writer) -> None:
    folk = part.folk
    births = folk.birth.astype("datetime64[D]")
    months = births.astype("datetime64[M]")
    practice = part.practice.astype(np.int32) + 1
    writer.add(
        "person",
        person_id=ids,
        gender_concept_id=np.where(folk.male, 8507, 8532).astype(np.int32),
        year_of_birth=(births.astype("datetime64[Y]").astype(np.int32) + 1970),
        month_of_birth=(months.astype(np.int32) % 12 + 1),
        day_of_birth=((births - months.astype("datetime64[D]")).astype(np.int32) + 1),
        race_concept_id=groups,
        care_site_id=pa.array(practice, mask=practice == 0),
    )
    writer.add(
        "observation_period",
        observation_period_id=writer.numbers("observation_period", len(folk)),
        person_id=ids,
        observation_period_start_date=dates(part.first),
        observation_period_end_date=dates(part.last),
    )
    died = np.flatnonzero(folk.death <= part.finish)
    writer.add("death", person_id=ids[died], death_date=dates(folk.death[died]))


def _registrations(lists: Lists, ids: Array, writer: Writer) -> None:
    writer.add(
        "registration",
        person_id=ids[lists.person],
        care_site_id=lists.practice.astype(np.int32) + 1,
        start_date=dates(lists.start),
        end_date=dates(lists.end),
    )
