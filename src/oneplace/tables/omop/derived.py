"""OMOP's derived tables (eras, episodes, cohorts) and what a set of records says about itself."""

from __future__ import annotations

from oneplace.tables.declare import Column, Table
from oneplace.tables.omop.clinical import SOURCE
from oneplace.tables.omop.kinds import (
    PERSON,
    code,
    day,
    key,
    last_day,
    link,
    moment,
    number,
    origin,
    said,
    source_code,
    text,
    whole,
)


def _era(prefix: str, what: str) -> tuple[Column, Column]:
    return (
        day(f"{prefix}_start_date", f"First day of {what}.", required=True),
        last_day(f"{prefix}_end_date", f"Last day of {what}."),
    )


CONDITION_ERA = Table(
    "condition_era",
    "Spans of time in which a person had a condition, made from its records with short gaps closed.",
    (
        key("condition_era_id", "the span"),
        PERSON,
        code("condition_concept_id", "The condition", required=True),
        *_era("condition_era", "the span"),
        whole("condition_occurrence_count", "Records that make up the span."),
    ),
    key=("condition_era_id",),
    source=SOURCE,
)
DRUG_ERA = Table(
    "drug_era",
    "Spans of time in which a person took an ingredient, made from its records with short gaps closed.",
    (
        key("drug_era_id", "the span"),
        PERSON,
        code("drug_concept_id", "The ingredient", required=True),
        *_era("drug_era", "the span"),
        whole("drug_exposure_count", "Records that make up the span."),
        whole("gap_days", "Days in the span without supply.", unit="days"),
    ),
    key=("drug_era_id",),
    source=SOURCE,
)
DOSE_ERA = Table(
    "dose_era",
    "Spans of time in which a person took one dose of an ingredient.",
    (
        key("dose_era_id", "the span"),
        PERSON,
        code("drug_concept_id", "The ingredient", required=True),
        code("unit_concept_id", "The unit of the dose", required=True),
        number("dose_value", "The dose.", required=True),
        *_era("dose_era", "the span"),
    ),
    key=("dose_era_id",),
    source=SOURCE,
)
EPISODE = Table(
    "episode",
    "Courses of a disease or treatment that hold many records together, such as a cancer and its cycles.",
    (
        key("episode_id", "the course"),
        PERSON,
        code("episode_concept_id", "The kind of course", required=True),
        day("episode_start_date", "First day of the course.", required=True),
        moment("episode_start_datetime", "The moment the course began."),
        last_day("episode_end_date", "Last day of the course.", wanted=False),
        moment("episode_end_datetime", "The moment the course ended."),
        link("episode_parent_id", "The course that this one is inside."),
        whole("episode_number", "Its place in the order of such courses."),
        code("episode_object_concept_id", "The disease or treatment", required=True),
        origin("episode_type_concept_id"),
        said("episode_source_value", "The course"),
        source_code("episode_source_concept_id", "The course"),
    ),
    key=("episode_id",),
    source=SOURCE,
)
EPISODE_EVENT = Table(
    "episode_event",
    "Which records belong to which course.",
    (
        link("episode_id", "The course.", required=True),
        link("event_id", "The record.", required=True),
        code("episode_event_field_concept_id", "Which table the record is in", required=True),
    ),
    source=SOURCE,
)
COHORT = Table(
    "cohort",
    "People who meet a definition, and when.",
    (
        link("cohort_definition_id", "The definition.", required=True),
        Column("subject_id", "bigint", "The person, as a keyed pseudonym."),
        day("cohort_start_date", "First day on which the definition is met.", required=True),
        last_day("cohort_end_date", "Last day on which the definition is met."),
    ),
    source=SOURCE,
)
COHORT_DEFINITION = Table(
    "cohort_definition",
    "What each cohort means.",
    (
        key("cohort_definition_id", "the definition"),
        text("cohort_definition_name", "Its name.", required=True),
        text("cohort_definition_description", "What it means."),
        code("definition_type_concept_id", "The kind of definition", required=True),
        text("cohort_definition_syntax", "The rule in a program's words."),
        code("subject_concept_id", "What the members are, such as people", required=True),
        day("cohort_initiation_date", "The day it was first used."),
    ),
    key=("cohort_definition_id",),
    source=SOURCE,
)
METADATA = Table(
    "metadata",
    "Notes of the source on its own records.",
    (
        link("metadata_id", "Number of the note."),
        code("metadata_concept_id", "What the note is about", required=True),
        code("metadata_type_concept_id", "The kind of note", required=True),
        text("name", "Its name.", required=True),
        text("value_as_string", "What it says."),
        code("value_as_concept_id", "What it says"),
        number("value_as_number", "What it says, as a number."),
        day("metadata_date", "The day of the note."),
        moment("metadata_datetime", "The moment of the note."),
    ),
    source=SOURCE,
)
CDM_SOURCE = Table(
    "cdm_source",
    "Where the records come from, who holds them, and when they were made.",
    (
        text("cdm_source_name", "Name of the source.", required=True),
        text("cdm_source_abbreviation", "Its short name."),
        text("cdm_holder", "Who holds the records."),
        text("source_description", "What the source is."),
        text("source_documentation_reference", "Where it is described."),
        text("cdm_etl_reference", "Where the conversion to OMOP is described."),
        day("source_release_date", "The day the source released its records."),
        day("cdm_release_date", "The day the OMOP records were released."),
        text("cdm_version", "The version of OMOP."),
        code("cdm_version_concept_id", "The version of OMOP"),
        text("vocabulary_version", "The release of the vocabularies used."),
    ),
    source=SOURCE,
)

DERIVED = (
    CONDITION_ERA,
    DRUG_ERA,
    DOSE_ERA,
    EPISODE,
    EPISODE_EVENT,
    COHORT,
    COHORT_DEFINITION,
    METADATA,
    CDM_SOURCE,
)
