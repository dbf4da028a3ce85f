"""OMOP's vocabulary tables. OnePlace ships none of their content: they arrive with a place's own
records."""

from __future__ import annotations

from oneplace.tables.declare import Column, Table
from oneplace.tables.omop.clinical import SOURCE
from oneplace.tables.omop.kinds import VALID, code, number, text, whole

CONCEPT = Table(
    "concept",
    "Every code that the records may use, with its name.",
    (
        Column("concept_id", "bigint", "Number of the concept; it stands once."),
        text("concept_name", "Its name.", required=True),
        text("domain_id", "What it is about: condition, drug, visit, ...", required=True),
        text("vocabulary_id", "The code system it comes from.", required=True),
        text("concept_class_id", "Its class in that code system.", required=True),
        text("standard_concept", "S when records are to use it, C when it only groups others."),
        text("concept_code", "Its code in that code system.", required=True),
        *VALID,
    ),
    key=("concept_id",),
    source=SOURCE,
)
VOCABULARY = Table(
    "vocabulary",
    "The code systems.",
    (
        text("vocabulary_id", "Short name of the code system.", required=True),
        text("vocabulary_name", "Its name.", required=True),
        text("vocabulary_reference", "Where it comes from."),
        text("vocabulary_version", "Its release."),
        code("vocabulary_concept_id", "The code system itself", required=True),
    ),
    source=SOURCE,
)
DOMAIN = Table(
    "domain",
    "What codes may be about.",
    (
        text("domain_id", "Short name of the domain.", required=True),
        text("domain_name", "Its name.", required=True),
        code("domain_concept_id", "The domain itself", required=True),
    ),
    source=SOURCE,
)
CONCEPT_CLASS = Table(
    "concept_class",
    "Classes of codes within a code system.",
    (
        text("concept_class_id", "Short name of the class.", required=True),
        text("concept_class_name", "Its name.", required=True),
        code("concept_class_concept_id", "The class itself", required=True),
    ),
    source=SOURCE,
)
CONCEPT_RELATIONSHIP = Table(
    "concept_relationship",
    "How two codes stand to each other, such as one being mapped to the other.",
    (
        code("concept_id_1", "The first code", required=True),
        code("concept_id_2", "The second code", required=True),
        text("relationship_id", "How the first stands to the second.", required=True),
        *VALID,
    ),
    source=SOURCE,
)
RELATIONSHIP = Table(
    "relationship",
    "The ways in which codes may stand to each other.",
    (
        text("relationship_id", "Short name of the relationship.", required=True),
        text("relationship_name", "Its name.", required=True),
        text(
            "is_hierarchical", "1 when the second contains the first or the reverse.", required=True
        ),
        text("defines_ancestry", "1 when it counts for ancestors.", required=True),
        text("reverse_relationship_id", "The same seen from the second.", required=True),
        code("relationship_concept_id", "The relationship itself", required=True),
    ),
    source=SOURCE,
)
CONCEPT_SYNONYM = Table(
    "concept_synonym",
    "Other names of codes.",
    (
        code("concept_id", "The code", required=True),
        text("concept_synonym_name", "Another name for it.", required=True),
        code("language_concept_id", "The language of that name", required=True),
    ),
    source=SOURCE,
)
CONCEPT_ANCESTOR = Table(
    "concept_ancestor",
    "Which codes contain which others, at any distance.",
    (
        code("ancestor_concept_id", "The wider code", required=True),
        code("descendant_concept_id", "The narrower code", required=True),
        whole("min_levels_of_separation", "Steps between them by the shortest way.", required=True),
        whole("max_levels_of_separation", "Steps between them by the longest way.", required=True),
    ),
    source=SOURCE,
)
SOURCE_TO_CONCEPT_MAP = Table(
    "source_to_concept_map",
    "The source's own codes and the concepts they were mapped to.",
    (
        text("source_code", "The source's code.", required=True),
        code("source_concept_id", "That code", required=True),
        text("source_vocabulary_id", "The source's code system.", required=True),
        text("source_code_description", "What the source calls it."),
        code("target_concept_id", "What it was mapped to", required=True),
        text("target_vocabulary_id", "The code system of the target.", required=True),
        *VALID,
    ),
    source=SOURCE,
)
DRUG_STRENGTH = Table(
    "drug_strength",
    "How much of each ingredient a medicine holds.",
    (
        code("drug_concept_id", "The medicine", required=True),
        code("ingredient_concept_id", "The ingredient", required=True),
        number("amount_value", "Amount in one tablet or piece."),
        code("amount_unit_concept_id", "The unit of that amount"),
        number("numerator_value", "Amount in a given volume or weight."),
        code("numerator_unit_concept_id", "The unit of that amount"),
        number("denominator_value", "The volume or weight it is in."),
        code("denominator_unit_concept_id", "The unit of that volume or weight"),
        whole("box_size", "Pieces in one pack."),
        *VALID,
    ),
    source=SOURCE,
)

VOCABULARIES = (
    CONCEPT,
    VOCABULARY,
    DOMAIN,
    CONCEPT_CLASS,
    CONCEPT_RELATIONSHIP,
    RELATIONSHIP,
    CONCEPT_SYNONYM,
    CONCEPT_ANCESTOR,
    SOURCE_TO_CONCEPT_MAP,
    DRUG_STRENGTH,
)
