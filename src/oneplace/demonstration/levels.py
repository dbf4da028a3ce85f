"""The levels of everything that comes at a rate, solved on a sample of the people so that published
figures come out.

In: a part of the people as a sample, and the place. Out: `Levels`, numbers by which the shapes of
the files are multiplied. Targets: the place's own monthly A&E figures and registers where it has
them, else those of the files.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from oneplace.demonstration import admissions, contacts, maternity, medicines
from oneplace.demonstration.assumptions import figure
from oneplace.demonstration.batch import Batch
from oneplace.demonstration.chance import Array
from oneplace.demonstration.contacts import ContactKind
from oneplace.place.geography import PlaceInHand

_ROUNDS, _STEP = (
    12,
    0.85,
)  # steps below 1 because admissions beget admissions: expected grows faster than the level


@dataclass(frozen=True)
class Rates:
    """What the files say, read once."""

    reasons: admissions.Reasons
    ages: admissions.ByAge
    contacts: tuple[ContactKind, ...]
    referrals: tuple[ContactKind, ...]
    as_needed: tuple[ContactKind, ...]

    @staticmethod
    def read() -> Rates:
        return Rates(
            admissions.reasons(),
            admissions.by_age(),
            contacts.kinds("contacts"),
            contacts.kinds("referrals"),
            contacts.kinds("as_needed"),
        )

    def through(self, published: float, wanted: Array) -> Rates:
        """The same, with the odds of coming through A&E raised or lowered alike so that so many of
        1,000 do."""
        if not 0 < published < 0.97 * wanted.sum():
            return self
        odds = np.log(self.reasons.through_ae / (1 - self.reasons.through_ae))
        low, high = -8.0, 8.0
        for _ in range(50):
            middle = (low + high) / 2
            low, high = (
                (middle, high)
                if wanted @ (1 / (1 + np.exp(-odds - middle))) < published
                else (low, middle)
            )
        share = (1 / (1 + np.exp(-odds - low))).astype(np.float32)
        return replace(self, reasons=replace(self.reasons, through_ae=share))

    def at(self, key: str) -> int:
        return next(i for i, k in enumerate(self.contacts) if k.key == key)


@dataclass(frozen=True)
class EventRates:
    """Events for each 1,000 person-years of people here, or on a list where the kind is counted
    so."""

    admissions: Array  # by reason
    contacts: Array
    ae: float  # attendances with and without admission
    through_ae: float  # emergency admissions that come through A&E; 0 where nobody publishes them
    sources: dict[str, str]


@dataclass(frozen=True)
class Levels:
    admissions: Array
    ages: Array  # log of a factor on all emergency admissions at each age
    contacts: Array
    referrals: Array
    as_needed: Array
    medicines: float
    births: float
    end_of_life: float


def targets(place: PlaceInHand, rates: Rates, residents: int) -> tuple[EventRates, Rates]:
    """The place's own monthly figures where it has them; the total of emergency admissions shared
    out over reasons."""
    found = {k.key: k.per_1000 for k in rates.contacts}
    sources = {k.key: k.source for k in rates.contacts}
    major, other, admitted = _published_ae(place, residents)
    ae = major or figure("ae_attendances_per_1000")
    if other:
        found["urgent_care_attendance"] = other
        sources["urgent_care_attendance"] = _AE_SOURCE
    sources["ae_attendance"] = (
        _AE_SOURCE if major else "NHS Digital, Hospital Accident and Emergency Activity 2018-19"
    )
    why = rates.reasons
    wanted = why.per_1000 * figure("emergency_admissions_per_1000") / why.per_1000.sum()
    rates = rates.through(admitted, wanted)
    through = float((wanted * rates.reasons.through_ae).sum())
    found["ae_attendance"] = max(ae - through, 0.3 * ae)
    return EventRates(
        wanted, np.array([found[k.key] for k in rates.contacts]), ae, admitted, sources
    ), rates


_AE_SOURCE = "NHS England, monthly A&E attendances of the place's trusts, times each trust's share of patients from the place"


def _published_ae(place: PlaceInHand, residents: int) -> tuple[float, float, float]:
    """For each 1,000 residents in the latest twelve months: attendances at major departments (types
    1 and 2) and at others, and emergency admissions from any of them."""
    table = place.table("ae_monthly").to_pylist()
    if not table or not residents:
        return 0.0, 0.0, 0.0
    trusts = {p["provider_code"]: p for p in place.table("providers").to_pylist()}
    share = {  # of a trust that has ended, its successor's, where its own is not published
        code: p["catchment_share"]
        or (trusts.get(p["successor_code"]) or {}).get("catchment_share")
        or 0.0
        for code, p in trusts.items()
    }
    months = sorted({r["month"] for r in table})[-12:]
    latest = [r for r in table if r["month"] in months]
    scale = 1000 * 12 / len(months) / residents

    def total(column: str, *kinds: str) -> float:
        of = [r for r in latest if r["department"] in kinds]
        return float(scale * sum(r[column] * share.get(r["provider_code"], 0.0) for r in of))

    return (
        total("attendances", "1", "2"),
        total("attendances", "other"),
        total("admissions", "1", "2", "other"),
    )


def _wanted_by_age(
    sample: Batch, standing_for: Array, ages: admissions.ByAge, total: float
) -> Array:
    """The total shared out over age groups as the groups' published rates have it among the people
    here."""
    years = np.zeros(len(ages.low))
    for w in sample.windows_here:
        years += np.bincount(
            ages.group(w.age), weights=w.years * standing_for, minlength=len(years)
        )
    return np.asarray(total * ages.per_1000 * years / max(float(ages.per_1000 @ years), 1e-9))


def _ratio(wanted: Array, final: Array, usual: Array) -> Array:
    """How many times more the usual ones must be; those in which people die come whatever the
    level."""
    ratio = np.maximum(wanted - final, 0.2 * wanted) / np.maximum(usual, 1e-9)
    return np.where((usual > 0) & (wanted > 0), ratio, 1.0)


def solve(
    sample: Batch,
    standing_for: Array,
    rates: Rates,
    targets: EventRates,
    babies_each: float,
    end_of_life: float,
) -> Levels:
    """`standing_for` is how many people each of the sample stands for; `babies_each` births for
    each person in the period."""
    here = sum(float(w.years @ standing_for) for w in sample.windows_here)
    listed = sum(float(w.years @ standing_for) for w in sample.windows_listed)
    wanted = targets.admissions * here / 1000
    level = wanted / here
    of_age = np.zeros(len(rates.ages.low))
    by_age = _wanted_by_age(sample, standing_for, rates.ages, float(wanted.sum()))
    for turn in range(_ROUNDS):  # by turns, because one correction at both margins would go too far
        ages = rates.ages.curve(of_age)
        stays = admissions.made(sample, rates.reasons, level, ages, standing_for)
        if turn % 2:
            level = level * _ratio(wanted, stays.expected.final, stays.expected.usual) ** _STEP
        else:
            more = _ratio(by_age, stays.expected.final_by_age, stays.expected.usual_by_age)
            of_age += _STEP * np.log(
                more / (more @ by_age) * by_age.sum()
            )  # the level itself is the reasons'
    ages = rates.ages.curve(of_age)
    births = (
        babies_each
        * standing_for.sum()
        / max(float(maternity.expected_births(sample) @ standing_for), 1e-9)
    )

    def solved(
        these: tuple[ContactKind, ...], per_1000: Array, topic: str, *, yearly: bool = False
    ) -> Array:
        expected = contacts.rates(
            sample, these, np.ones(len(these)), stays.history, topic, yearly=yearly
        )
        got = np.einsum("pyk,p->k", expected, standing_for, optimize=True)
        years = np.array([listed if k.on_list else here for k in these])
        return np.asarray(per_1000 * years / 1000 / np.maximum(got, 1e-9))

    by_contacts = solved(rates.contacts, targets.contacts, "contacts", yearly=True)
    by_referrals = solved(
        rates.referrals, np.array([k.per_1000 for k in rates.referrals]), "referrals at a rate"
    )
    by_needed = solved(
        rates.as_needed, np.array([k.per_1000 for k in rates.as_needed]), "as needed"
    )
    repeat = figure("items_per_head") - sum(k.per_1000 for k in rates.as_needed) / 1000
    factor = 1.0
    for _ in range(3):
        courses = medicines.courses(sample, factor)
        factor *= repeat * listed / max(float(courses.items @ standing_for[courses.person]), 1.0)
    return Levels(
        level, ages, by_contacts, by_referrals, by_needed, factor, float(births), end_of_life
    )
