"""The making of one part of the people: their bodies, conditions and circumstances, then everything
that happens to them.

In: a slice of the people and the solved levels. Out: rows written, and a tally of what was made.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from oneplace.demonstration import (
    admissions,
    care,
    conditions,
    contacts,
    maternity,
    medicines,
    planned,
    readings,
)
from oneplace.demonstration.batch import Batch, Spells
from oneplace.demonstration.chance import Array, stream
from oneplace.demonstration.conditions import Condition
from oneplace.demonstration.days import NEVER, YEAR_DAYS, dates
from oneplace.demonstration.levels import Levels, Rates
from oneplace.demonstration.population import OUTSIDE, Folk, Frame
from oneplace.demonstration.registration import Lists
from oneplace.demonstration.sites import Sites
from oneplace.demonstration.writing import Writer, interleaved, merged
from oneplace.tables.vocabulary import concept


@dataclass
class Made:
    """What was made, counted while it was made."""

    events: Counter[str] = field(default_factory=Counter)
    admitted_for: Counter[str] = field(default_factory=Counter)
    admitted_by_age: Array = field(
        default_factory=lambda: np.zeros(111, np.int64)
    )  # emergency admissions
    through_ae: int = 0
    referred: Counter[int] = field(default_factory=Counter)  # by local word
    on_register: dict[str, Array] = field(
        default_factory=dict
    )  # register -> people by national decile 1..10, of its ages
    list_by_age_decile: Array = field(default_factory=lambda: np.zeros((111, 11), np.int64))
    here_years: float = 0.0
    listed_years: float = 0.0
    stopped_in_18_weeks: int = 0
    stopped: int = 0


@dataclass(frozen=True)
class WholePlace:
    """Everything about the whole place that a part is cut from."""

    folk: Folk
    lists: Lists
    frame: Frame
    decile: Array  # national, by area
    seed: int
    practice_before: Array
    practice_changed: Array
    listed_to: Array

    @staticmethod
    def of(folk: Folk, lists: Lists, frame: Frame, decile: Array, seed: int) -> WholePlace:
        n = len(folk)
        before, changed = lists.current.copy(), np.full(n, NEVER, np.int32)
        second = np.flatnonzero(lists.person[1:] == lists.person[:-1]) + 1
        before[lists.person[second]] = lists.practice[second - 1]
        changed[lists.person[second]] = lists.start[second]
        to = np.full(n, -NEVER, np.int32)
        to[lists.person] = lists.end  # the last row of a person stands last
        return WholePlace(folk, lists, frame, decile, seed, before, changed, to)

    def part(
        self, which: Array, number: int, these: tuple[Condition, ...], births: float
    ) -> tuple[Batch, maternity.Maternity]:
        """Bodies, conditions, circumstances and pregnancies of these people."""
        folk = self.folk.at(which)
        decile = self.decile[folk.like].astype(np.float32)
        body = conditions.bodies(
            stream(self.seed, "bodies", number), folk.male, decile, folk.death < NEVER
        )
        onset = np.full((len(folk), len(these) + 1), NEVER, np.int32)
        last = folk.last(self.frame.end).astype(np.int32)
        first = np.maximum(np.maximum(folk.enter, folk.birth), self.frame.start)
        spells: list[tuple[Array, Array, Array, Array]] = []
        column = {c.key: i for i, c in enumerate(these)}
        have = conditions.liabilities(these, body)
        quarter = ((last - folk.birth) / np.float32(YEAR_DAYS) * 4).astype(np.int16).clip(0, 440)
        for i, c in enumerate(these):
            rng = stream(self.seed, "condition " + c.key, number)
            if np.isinf(c.years):
                parent = onset[:, column[c.within]] if c.within else None
                onset[:, i] = conditions.onsets(c, have[i], folk.birth, last, quarter, parent, rng)
            else:
                who, start, end = conditions.episodes(c, body, folk.birth, first, last, rng)
                spells.append((who, np.full(len(who), i, np.int16), start, end))
        part = Batch(
            folk,
            self.seed,
            number,
            self.frame.start,
            self.frame.end,
            decile,
            body,
            these,
            onset,
            _spells(spells),
            self.lists.current[which],
            self.practice_before[which],
            self.practice_changed[which],
            self.lists.first[which],
            self.listed_to[which],
        )
        born = maternity.made(part, births)
        pregnant = (
            born.pregnant,
            np.full(len(born.pregnant), len(these), np.int16),
            born.start,
            born.end,
        )
        return replace(part, spells=_spells([*spells, pregnant])), born


def _spells(found: list[tuple[Array, Array, Array, Array]]) -> Spells:
    person, which, start, end = (np.concatenate([f[i] for f in found]) for i in range(4))
    order = np.lexsort((start, person))
    return Spells(
        person[order].astype(np.int32),
        which[order],
        start[order].astype(np.int32),
        end[order].astype(np.int32),
    )


@dataclass(frozen=True)
class MadeStays:
    """Admissions of every kind, sorted by person and day."""

    person: Array
    contact: Array
    reason: Array
    start: Array
    end: Array
    site: Array


def make(
    part: Batch,
    born: maternity.Maternity,
    ids: Array,
    rates: Rates,
    levels: Levels,
    sites: Sites,
    writer: Writer,
    tally: Made,
) -> None:
    """Everything that happens to the people of one part, written."""
    stays = admissions.made(part, rates.reasons, levels.admissions, levels.ages)
    expected = contacts.rates(part, rates.contacts, levels.contacts, stays.history, "contacts")
    person, kind, day = contacts.drawn(part, rates.contacts, expected, "contacts")
    direct = kind == rates.at("day_case")
    direct_person, direct_day = person[direct], day[direct]
    person, kind, day = person[~direct], kind[~direct], day[~direct]
    first = kind == rates.at("outpatient_first")
    referrals, treated, treated_on = planned.from_attendances(
        part, person[first], day[first], expected[:, -1, rates.at("outpatient_first")]
    )
    other_rate = contacts.rates(
        part, rates.referrals, levels.referrals, stays.history, "referrals at a rate", yearly=False
    )
    others = planned.at_a_rate(
        part,
        rates.referrals,
        *contacts.drawn(part, rates.referrals, other_rate, "referrals at a rate"),
    )
    treatments = planned.treatments(part, treated, treated_on, direct_person, direct_day)
    own = sites.own_hospital(part.chance("hospitals"), part.folk.like.astype(np.int64))
    beds = _stays(part, stays, treatments, born, rates, sites, own, tally)
    visit_ids, reasons = _visits(
        part, ids, beds, person, kind, day, rates, sites, own, writer, tally
    )
    _conditions(part, ids, born, levels, beds, visit_ids, reasons, writer, tally)
    _medicines(part, ids, rates, levels, stays.history, writer, tally)
    _readings(part, ids, writer, tally)
    _referrals(part, ids, referrals, others, sites, own, writer, tally)
    who, package, start, end = care.packages(part, stays)
    writer.add(
        "social_care_package",
        package_id=writer.numbers("social_care_package", len(who)),
        person_id=ids[who],
        package_concept_id=package,
        start_date=dates(start),
        end_date=dates(end),
    )
    tally.events["social_care_package"] += len(who)
    tally.here_years += sum(float(w.years.sum(dtype=np.float64)) for w in part.windows_here)
    tally.listed_years += sum(float(w.years.sum(dtype=np.float64)) for w in part.windows_listed)


def _stays(
    part: Batch,
    emergency: admissions.Admissions,
    treated: planned.Treatments,
    born: maternity.Maternity,
    rates: Rates,
    sites: Sites,
    own: Array,
    tally: Made,
) -> MadeStays:
    """Admissions of all kinds, and the A&E attendance on the day of those that came through it."""
    rng = part.chance("stays")
    why = rates.reasons.concept_ids[emergency.reason]
    child = part.age_on(emergency.start, emergency.person) < 16
    site = sites.hospital(rng, own[emergency.person], child)
    ae = emergency.through_ae
    tally.through_ae += int(ae.sum())
    tally.admitted_by_age += np.bincount(
        part.age_on(emergency.start, emergency.person).astype(np.int64), minlength=111
    )
    women = sites.of_kind("women")

    def constant(n: int, key: str) -> Array:
        return np.full(n, concept(key), np.int32)

    def at(who: Array) -> Array:
        return np.where(women, women, own[who]).astype(np.int32)

    n_t = len(treated.person)
    planned_site = sites.hospital(
        rng, own[treated.person], part.age_on(treated.start, treated.person) < 16
    )
    lists = [
        (
            emergency.person[ae],
            constant(int(ae.sum()), "ae_attendance"),
            why[ae],
            emergency.start[ae],
            emergency.start[ae],
            site[ae],
        ),
        (
            emergency.person,
            constant(len(why), "emergency_admission"),
            why,
            emergency.start,
            emergency.end,
            site,
        ),
        (
            treated.person,
            np.where(treated.day_case, concept("day_case"), concept("elective_admission")).astype(
                np.int32
            ),
            treated.concept_id,
            treated.start,
            treated.end,
            planned_site[:n_t],
        ),
        (
            born.mother,
            constant(len(born.mother), "maternity_admission"),
            constant(len(born.mother), "childbirth"),
            born.delivery,
            born.home,
            at(born.mother),
        ),
        (
            born.antenatal,
            constant(len(born.antenatal), "maternity_admission"),
            constant(len(born.antenatal), "pregnancy_complication"),
            born.antenatal_day,
            born.antenatal_day,
            at(born.antenatal),
        ),
        (
            born.baby,
            constant(len(born.baby), "other_non_elective_admission"),
            constant(len(born.baby), "newborn"),
            part.folk.birth[born.baby],
            born.baby_home,
            at(born.baby),
        ),
    ]
    columns = [np.concatenate([item[i] for item in lists]) for i in range(6)]
    order = np.lexsort((columns[3], columns[0]))
    person, contact, reason, start, end, site = (c[order] for c in columns)
    return MadeStays(
        person.astype(np.int32),
        contact,
        reason,
        start.astype(np.int32),
        end.astype(np.int32),
        sites.as_named_on(site, start),
    )


def _visits(
    part: Batch,
    ids: Array,
    beds: MadeStays,
    person: Array,
    kind: Array,
    day: Array,
    rates: Rates,
    sites: Sites,
    own: Array,
    writer: Writer,
    tally: Made,
) -> tuple[Array, tuple[Array, Array, Array]]:
    """Write all contacts. Back come the row numbers of the stays, and person, day and row number of
    A&E attendances with why."""
    kinds = np.array([k.concept_id for k in rates.contacts], np.int32)
    site = _bulk_sites(part, person, kind, day, rates, sites, own)
    where = interleaved([person, beds.person], len(part))
    numbers = writer.numbers("visit_occurrence", len(person) + len(beds.person))
    site_column = merged([site, beds.site], where)
    writer.add(
        "visit_occurrence",
        visit_occurrence_id=numbers,
        person_id=ids[merged([person, beds.person], where)],
        visit_concept_id=merged([kinds[kind], beds.contact], where),
        visit_start_date=dates(merged([day, beds.start], where)),
        visit_end_date=dates(merged([day, beds.end], where)),
        care_site_id=pa.array(site_column, mask=site_column == 0),
    )
    for i, n in enumerate(np.bincount(kind, minlength=len(kinds))):
        tally.events[rates.contacts[i].key] += int(n)
    for key in (
        "ae_attendance",
        "emergency_admission",
        "day_case",
        "elective_admission",
        "maternity_admission",
        "other_non_elective_admission",
    ):
        tally.events[key] += int((beds.contact == concept(key)).sum())
    emergency = beds.contact == concept("emergency_admission")
    for key, number in zip(rates.reasons.keys, rates.reasons.concept_ids, strict=True):
        tally.admitted_for[key] += int((emergency & (beds.reason == number)).sum())
    ae = np.flatnonzero(kind == rates.at("ae_attendance"))
    why = rates.reasons.concept_ids[
        admissions.attending(part, part.chance("attending"), rates.reasons, person[ae], day[ae])
    ]
    return numbers[where[1]], (np.stack([person[ae], day[ae]]), numbers[where[0][ae]], why)


def _bulk_sites(
    part: Batch, person: Array, kind: Array, day: Array, rates: Rates, sites: Sites, own: Array
) -> Array:
    rng = part.chance("sites")
    site = np.zeros(len(person), np.int32)
    fixed = {
        "community_contact": sites.of_kind("community", "mental health and community"),
        "mental_health_contact": sites.of_kind("mental health and community"),
        "urgent_care_attendance": sites.of_kind("community", "acute"),
        "ambulance_call": sites.of_kind("ambulance"),
    }
    for i, k in enumerate(rates.contacts):
        if k.key in fixed:
            site[kind == i] = fixed[k.key]
    of = np.flatnonzero(np.array([k.on_list for k in rates.contacts])[kind])
    site[of] = part.practice_on(person[of], day[of]) + 1
    hospital = np.array(
        [
            k.key in ("ae_attendance", "outpatient_first", "outpatient_follow_up")
            for k in rates.contacts
        ]
    )
    of = np.flatnonzero(hospital[kind])
    site[of] = sites.hospital(rng, own[person[of]], part.age_on(day[of], person[of]) < 16)
    return sites.as_named_on(site, day)


def _conditions(
    part: Batch,
    ids: Array,
    born: maternity.Maternity,
    levels: Levels,
    beds: MadeStays,
    bed_ids: Array,
    ae: tuple[Array, Array, Array],
    writer: Writer,
    tally: Made,
) -> None:
    """Long-term conditions, circumstances, and the main reason of each A&E attendance and
    admission."""
    listed = part.recorded
    concept_ids = np.array(
        [*(c.concept_id for c in part.conditions), concept("pregnancy")], np.int32
    )
    person, column = np.nonzero((part.onset <= part.last[:, None]) & listed[:, None])
    start = part.onset[person, column]
    spells = part.spells
    on = listed[spells.person]
    dying, phase_start, phase_end = care.last_phase(part, levels.end_of_life)
    of, which, began, ended = spells.person[on], spells.which[on], spells.start[on], spells.end[on]
    every = (np.array([*(c.again for c in part.conditions), 0]) * YEAR_DAYS).astype(np.int64)[which]
    noted, again = conditions.noted_again(
        began, np.minimum(ended - 1, part.last[of]), part.first[of], every
    )
    circumstances = _spells(
        [
            (of, concept_ids[which], began, ended),
            (of[noted], concept_ids[which[noted]], again, ended[noted]),
            (dying, np.full(len(dying), concept("end_of_life"), np.int32), phase_start, phase_end),
        ]
    )
    (ae_person, ae_day), ae_ids, ae_why = ae
    never = np.full(len(person), NEVER, np.int32)
    lists = [
        (
            person.astype(np.int32),
            concept_ids[column],
            start,
            never,
            np.zeros(len(person), np.int64),
        ),
        (
            circumstances.person,
            circumstances.which,
            circumstances.start,
            circumstances.end,
            np.zeros(len(circumstances.person), np.int64),
        ),
        (ae_person, ae_why, ae_day, ae_day, ae_ids),
        (beds.person, beds.reason, beds.start, beds.end, bed_ids),
    ]
    where = interleaved([item[0] for item in lists], len(part))
    who, what, begin, end, visit = (merged([item[i] for item in lists], where) for i in range(5))
    none = visit == 0
    status = np.full(len(who), concept("primary_diagnosis"), np.int32)
    writer.add(
        "condition_occurrence",
        condition_occurrence_id=writer.numbers("condition_occurrence", len(who)),
        person_id=ids[who],
        condition_concept_id=what,
        condition_start_date=dates(begin),
        condition_end_date=dates(end),
        condition_status_concept_id=pa.array(status, mask=none),
        visit_occurrence_id=pa.array(visit, mask=none),
    )
    tally.events["condition"] += len(who)
    _count_registers(part, dying[phase_end == NEVER], tally)


def _count_registers(part: Batch, palliative: Array, tally: Made) -> None:
    """People on lists on the last day by register, age and national decile; registers are read at
    their ages later."""
    on = (part.listed_from <= part.finish) & (part.listed_to == NEVER) & (part.last == part.finish)
    age = part.age_on(part.finish).astype(np.int64)
    cell = age * 11 + part.decile.astype(np.int64)
    tally.list_by_age_decile += np.bincount(cell[on], minlength=111 * 11).reshape(111, 11)
    for i, c in enumerate(part.conditions):
        if np.isinf(c.years):
            has = on & (part.onset[:, i] <= part.finish)
        else:
            has = np.zeros(len(part), bool)
            now = part.spells.which == i
            has[part.spells.person[now & (part.spells.end == NEVER)]] = True
            has &= on
        _add(tally, c.key, np.bincount(cell[has], minlength=111 * 11))
    has = np.zeros(len(part), bool)
    has[palliative] = True
    _add(tally, "end_of_life", np.bincount(cell[has & on], minlength=111 * 11))


def _add(tally: Made, key: str, counts: Array) -> None:
    tally.on_register[key] = tally.on_register.get(
        key, np.zeros((111, 11), np.int64)
    ) + counts.reshape(111, 11)


def _medicines(
    part: Batch,
    ids: Array,
    rates: Rates,
    levels: Levels,
    history: Array,
    writer: Writer,
    tally: Made,
) -> None:
    rng = part.chance("items")
    repeat = medicines.items(medicines.courses(part, levels.medicines), rng)
    expected = contacts.rates(
        part, rates.as_needed, levels.as_needed, history, "as needed", yearly=False
    )
    who, kind, day = contacts.drawn(part, rates.as_needed, expected, "as needed")
    kinds = np.array([k.concept_id for k in rates.as_needed], np.int32)
    where = interleaved([repeat[0], who], len(part))
    person = merged([repeat[0], who], where)
    writer.add(
        "drug_exposure",
        drug_exposure_id=writer.numbers("drug_exposure", len(person)),
        person_id=ids[person],
        drug_concept_id=merged([repeat[1], kinds[kind]], where),
        drug_exposure_start_date=dates(merged([repeat[2], day], where)),
    )
    tally.events["item"] += len(person)


def _readings(part: Batch, ids: Array, writer: Writer, tally: Made) -> None:
    person, what, day, value = readings.made(part)
    writer.add(
        "measurement",
        measurement_id=writer.numbers("measurement", len(person)),
        person_id=ids[person],
        measurement_concept_id=what,
        measurement_date=dates(day),
        value_as_number=value,
    )
    tally.events["reading"] += len(person)


def _referrals(
    part: Batch,
    ids: Array,
    usual: planned.Referrals,
    others: planned.Referrals,
    sites: Sites,
    own: Array,
    writer: Writer,
    tally: Made,
) -> None:
    both = [
        np.concatenate([getattr(usual, f), getattr(others, f)])
        for f in ("person", "concept_id", "start", "stop", "why")
    ]
    order = np.lexsort((both[2], both[0]))
    person, what, start, stop, why = (b[order] for b in both)
    numbers = writer.numbers("referral", len(person))
    site = np.where(
        np.isin(what, [concept(k) for k in _AT_HOSPITAL]),
        own[person],
        sites.of_kind("mental health and community", "community"),
    )
    site = sites.as_named_on(site.astype(np.int32), start)
    reasons = pa.DictionaryArray.from_arrays(pa.array(why, mask=why < 0), pa.array(planned.STOPS))
    writer.add(
        "referral",
        referral_id=numbers,
        person_id=ids[person],
        referral_concept_id=what,
        care_site_id=pa.array(site, mask=site == 0),
        clock_start_date=dates(start),
        clock_stop_date=dates(stop),
        stop_reason=reasons,
    )
    of, first, last = planned.pauses(part, planned.Referrals(person, what, start, stop, why))
    kept = what[of] == concept("elective_referral")
    of, first, last = of[kept], first[kept], last[kept]
    reason = pa.array(np.full(len(of), "person asked to wait"))
    writer.add(
        "referral_pause",
        referral_id=numbers[of],
        start_date=dates(first),
        end_date=dates(last),
        reason=reason,
    )
    elective = (what == concept("elective_referral")) & (stop != NEVER)
    tally.stopped += int(elective.sum())
    tally.stopped_in_18_weeks += int((elective & (stop - start <= 126)).sum())
    tally.events["referral"] += len(person)
    for word, n in zip(*np.unique(what, return_counts=True), strict=True):
        tally.referred[int(word)] += int(n)


_AT_HOSPITAL = ("elective_referral", "diagnostic_referral", "cancer_referral")


def homes(part: Batch, ids: Array, area_names: pa.Array, frame: Frame, writer: Writer) -> None:
    """Where each person lives: one row, or two for who moved inside the place; no area for people
    from outside."""
    folk = part.folk
    n = len(folk)
    moved = (folk.moved != NEVER) & (folk.area != OUTSIDE)
    rng = part.chance("homes")
    long_ago = frame.start - rng.exponential(3000, n).astype(np.int64)
    start = np.maximum(np.where(folk.enter > frame.start, folk.enter, long_ago), folk.birth)
    start = np.minimum(start, part.first)
    gone = (folk.leave != NEVER) | (folk.death <= frame.end)
    end = np.where(gone, part.last, NEVER)
    sooner = moved & (folk.moved <= frame.day)
    first_area = np.where(sooner, folk.other_area, folk.area)
    last_area = np.where(moved & ~sooner, folk.other_area, folk.area)
    person = np.repeat(np.arange(n), 1 + moved)
    second = np.zeros(len(person), bool)
    second[1:] = person[1:] == person[:-1]
    leading = moved[person] & ~second
    area = np.where(second, last_area[person], first_area[person]).astype(np.int32)
    writer.add(
        "residence",
        person_id=ids[person],
        area_code=pa.DictionaryArray.from_arrays(pa.array(area, mask=area == OUTSIDE), area_names),
        start_date=dates(np.where(second, folk.moved[person], start[person])),
        end_date=dates(np.where(leading, folk.moved[person] - 1, end[person])),
    )
