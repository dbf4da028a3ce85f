"""The table of what was checked in the records, how many rows were found wanting, and how many
would be usual."""

from oneplace.tables.declare import Column, Table

QUALITY = Table(
    "quality",
    "The quality report on the records as they came in: a row for each check. Rows found wanting are kept and counted.",
    (
        Column("check_name", "text", "The check: what is looked for, and where."),
        Column("kind", "text", "What is looked for."),
        Column(
            "category",
            "text",
            "Whether it is about form, presence or likelihood.",
            values=("conformance", "completeness", "plausibility"),
        ),
        Column("table_name", "text", "The table looked at."),
        Column(
            "column_name",
            "text",
            "The column looked at; empty when it is the table.",
            required=False,
        ),
        Column("wanting", "bigint", "Rows (or people) found wanting."),
        Column("looked_at", "bigint", "Rows (or people) looked at."),
        Column("share", "number", "Found wanting as a share of those looked at.", low=0, high=1),
        Column("most_share", "number", "The share up to which the check passes.", low=0, high=1),
        Column("passed", "boolean", "The share is no more than that."),
        Column("sentence", "text", "The finding in words."),
    ),
    key=("check_name",),
    source="OnePlace",
)
