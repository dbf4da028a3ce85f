"""The kinds of column that OMOP repeats in every table, each with its sentence."""

from __future__ import annotations

from oneplace.tables.declare import Column

PERSON = Column("person_id", "bigint", "The person, as a keyed pseudonym.")
PROVIDER = Column("provider_id", "bigint", "The member of staff responsible.", required=False)
CARE_SITE = Column(
    "care_site_id", "bigint", "The organisation or site where it happened.", required=False
)
VISIT = Column(
    "visit_occurrence_id", "bigint", "The contact during which it was recorded.", required=False
)
VISIT_DETAIL = Column(
    "visit_detail_id",
    "bigint",
    "The part of that contact during which it was recorded.",
    required=False,
)


def key(name: str, of: str) -> Column:
    return Column(name, "bigint", f"Number of {of}; it stands once.")


def code(name: str, means: str, *, required: bool = False) -> Column:
    """A concept of the vocabulary; 0 stands for none found."""
    return Column(name, "bigint", f"{means}, as a concept; 0 when none fits.", required=required)


def said(name: str, what: str) -> Column:
    return Column(name, "text", f"{what} in the words or code of the source.", required=False)


def source_code(name: str, what: str) -> Column:
    return Column(name, "bigint", f"{what} as the source coded it, as a concept.", required=False)


def origin(name: str) -> Column:
    return Column(
        name,
        "bigint",
        "Where the record comes from (GP system, hospital claim, ...), as a concept.",
    )


def day(name: str, sentence: str, *, required: bool = False) -> Column:
    return Column(name, "date", sentence, required=required)


def last_day(name: str, sentence: str, *, wanted: bool = True) -> Column:
    """The end of something that may still go on. `wanted`: OMOP has a day in every row, so the
    column is never left out."""
    sentence = f"{sentence.rstrip('.')}; empty while it goes on."
    return Column(name, "date", sentence, required=False, wanted=wanted, open_end=True)


def moment(name: str, sentence: str) -> Column:
    return Column(name, "datetime", sentence, required=False)


def number(name: str, sentence: str, *, unit: str | None = None, required: bool = False) -> Column:
    return Column(name, "number", sentence, unit, required=required)


def whole(name: str, sentence: str, *, unit: str | None = None, required: bool = False) -> Column:
    return Column(name, "integer", sentence, unit, required=required)


def link(name: str, sentence: str, *, required: bool = False) -> Column:
    return Column(name, "bigint", sentence, required=required)


def text(name: str, sentence: str, *, required: bool = False) -> Column:
    return Column(name, "text", sentence, required=required)


VALID: tuple[Column, ...] = (
    day("valid_start_date", "First day on which the entry holds.", required=True),
    day("valid_end_date", "Last day on which the entry holds.", required=True),
    text("invalid_reason", "Why it no longer holds: D deleted, U replaced; empty while it holds."),
)
