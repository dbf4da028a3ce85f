"""The OMOP common data model, versions 5.3.1 and 5.4, as OnePlace keeps it: what records of real
places arrive in.

The columns follow the published model (OHDSI, Common Data Model 5.3.1 and 5.4); the sentences are
ours. A column that only one version has is optional, and columns that 5.4 renamed are declared by
their new name (`OLD_NAMES`). `PERSON_KEYS` are the columns that hold a person's key, and
`IDENTIFYING` are those that say who somebody is: a loader replaces the first by pseudonyms and
keeps the second out of the facts.
"""

from __future__ import annotations

from typing import Final

from oneplace.tables.declare import Table
from oneplace.tables.omop.clinical import CLINICAL
from oneplace.tables.omop.derived import DERIVED
from oneplace.tables.omop.system import SYSTEM
from oneplace.tables.omop.vocabularies import VOCABULARIES

OMOP: Final[dict[str, Table]] = {t.name: t for t in (*CLINICAL, *SYSTEM, *DERIVED, *VOCABULARIES)}

# What 5.3.1 called a column -> what 5.4 calls it, by table.
OLD_NAMES: Final[dict[str, dict[str, str]]] = {
    "visit_occurrence": {
        "admitting_source_concept_id": "admitted_from_concept_id",
        "admitting_source_value": "admitted_from_source_value",
        "discharge_to_concept_id": "discharged_to_concept_id",
        "discharge_to_source_value": "discharged_to_source_value",
    },
    "visit_detail": {
        "admitting_source_concept_id": "admitted_from_concept_id",
        "admitting_source_value": "admitted_from_source_value",
        "discharge_to_concept_id": "discharged_to_concept_id",
        "discharge_to_source_value": "discharged_to_source_value",
        "visit_detail_parent_id": "parent_visit_detail_id",
    },
}

# Columns that hold a person's key. A cohort's subjects are taken to be people.
PERSON_KEYS: Final[dict[str, str]] = {
    t.name: "person_id" for t in OMOP.values() if "person_id" in t
} | {"cohort": "subject_id"}

# The concept that says "this number is a person's key" in fact_relationship (OMOP domain Person).
PERSON_DOMAIN: Final = 56

# Columns that say who a person or a member of staff is, or hold free text that may.
IDENTIFYING: Final[dict[str, tuple[str, ...]]] = {
    "person": ("person_source_value",),
    "location": ("address_1", "address_2", "zip", "location_source_value", "latitude", "longitude"),
    "provider": ("provider_name", "npi", "dea", "provider_source_value"),
    "note": ("note_title", "note_text", "note_source_value"),
    "note_nlp": ("snippet", "lexical_variant"),
    "payer_plan_period": ("family_source_value",),
}
