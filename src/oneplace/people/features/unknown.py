"""What is not known of a person: "no" and nought, where rows of the person were refused or a whole
table is not there.

In: the features, which river tables there are, a person's refused rows. Out: for each feature the
river tables it rests on and, for engine and plain twin alike, whether it may be unknown. A yes that
stands on a row that was read stays, and so does a count above nought (at least so many); what was
worked out from other features is worked out again from what is known. Lists, scores, segments and
risks are made from what was read (`features_read`), so that nobody drops off one for a refused row;
what is shown of a person (`features`) says unknown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from oneplace.people.features import declare as d
from oneplace.people.records import NEEDS

# Kinds whose False or 0 says "no row was found": of people with refused rows, that is not known.
# For the others nothing found is missing already, or what is found does not depend on how many rows
# there are.
SaysNone = (
    d.Registered
    | d.Resident
    | d.HasDiagnosis
    | d.CountDiagnoses
    | d.CountContacts
    | d.BedDays
    | d.HasMedicine
    | d.CountMedicines
    | d.HasPackage
    | d.Waiting
)
# River table -> its bit in a person's mask of incomplete tables.
BIT = {table: 1 << n for n, table in enumerate(NEEDS)}
# What a table of the records tells of a person, in words.
TELLS = {
    "visit_occurrence": "contacts and admissions",
    "condition_occurrence": "conditions",
    "drug_exposure": "medicines",
    "measurement": "readings",
    "registration": "practices",
    "residence": "homes",
    "referral": "referrals",
    "social_care_package": "social care",
}
MEMBERSHIP = ("registrations", "residence")


def deciding(present: Collection[str]) -> tuple[str, ...]:
    """The river tables that say who belongs to the place on a day: lists and homes, or without them
    who was observed."""
    return MEMBERSHIP if set(MEMBERSHIP) & set(present) else ("observed",)


def incomplete_in(records_table: str) -> tuple[str, ...]:
    """The river tables that lack rows when rows of a table of the records were refused."""
    return tuple(river for river, needs in NEEDS.items() if records_table in needs)


def mask_of(records_tables: Iterable[str]) -> int:
    """The bits of the river tables that are incomplete with these tables of the records."""
    return bits_of(river for t in records_tables for river in incomplete_in(t))


def bits_of(river_tables: Iterable[str]) -> int:
    mask = 0
    for table in river_tables:
        mask |= BIT.get(table, 0)
    return mask


def rests_on(doc: d.Features, names: Iterable[str]) -> set[str]:
    """The tables of the river and of the place that these features are made from, however many
    steps away."""
    return {table for name in d.needed(doc, set(names)) for table in doc[name].tables}


def lacks_table(doc: d.Features, f: d.Feature, present: Collection[str]) -> bool:
    """Is the feature made from others of which one can be known of nobody, because its table is not
    there?"""
    return isinstance(f, d.Derived) and not rests_on(doc, [f.name]) <= set(present)


def scores_unknown(
    doc: d.Features, names: Iterable[str], present: Collection[str], refused_in: int
) -> bool:
    """Does a score of nought say nothing, being made from these features of somebody with these
    incomplete tables, or of tables none of which is there?"""
    tables = rests_on(doc, names) & set(BIT) - {"people"}
    return bool(tables) and (not tables & set(present) or bool(bits_of(tables) & refused_in))


def in_words(refused: Mapping[str, int]) -> str:
    """Records table -> refused rows, as a sentence for whoever reads about the person; empty where
    none was refused."""
    if not refused:
        return ""
    parts = [f"{TELLS.get(t, t.replace('_', ' '))} {rows:,}" for t, rows in refused.items()]
    return f"Records incomplete: rows were refused ({', '.join(parts)}); what is not found there is not known."
