"""What was observed of a measure: one row for an organisation and a month, as a publication gave
it.

Rows come from `sources.statistics`, one immutable parquet file an import. A later publication of
the same month is more rows, not a change of rows: `current` in `measures.series` says which of them
speaks, and the earlier ones stay visible.
"""

from __future__ import annotations

from oneplace.tables.declare import Column, Table

OBSERVATIONS = Table(
    "observations",
    "A published or supplied figure of a measure for one organisation and one month.",
    (
        Column("measure", "text", "Key of the measure, as in measures/*.yaml."),
        Column(
            "organisation_code",
            "text",
            "Whose figure it is: a national code, as the publication gives it.",
        ),
        Column("organisation_name", "text", "Its name in the publication.", required=False),
        Column(
            "basis",
            "text",
            "Whether it counts everybody whom the organisation treats, or everybody for whom it pays.",
            values=("provider", "commissioner"),
        ),
        Column(
            "part",
            "text",
            "The part of the return it comes from; parts overlap and are never added.",
            required=False,
        ),
        Column(
            "weeks_from",
            "small",
            "For a list by weeks waited: whole weeks waited at least. Empty for the measure itself.",
            unit="weeks",
            required=False,
            low=0,
        ),
        Column("period", "date", "First day of the month it is for."),
        Column(
            "numerator",
            "number",
            "What was counted; empty where it was withheld.",
            required=False,
            low=0,
        ),
        Column(
            "denominator",
            "number",
            "Of how many; empty for a plain count or where withheld.",
            required=False,
            low=0,
        ),
        Column(
            "value",
            "number",
            "The figure in the measure's unit; percentages from 0 to 100.",
            required=False,
        ),
        Column(
            "status",
            "text",
            "Whether the publisher may still change it.",
            values=("provisional", "final"),
        ),
        Column(
            "suppressed",
            "boolean",
            "The publisher withheld it, or a part of it, because it is small.",
        ),
        Column("caveat", "text", "What a reader has to know before using it.", required=False),
        Column("source_file", "text", "Name of the file it was read from."),
        Column("source_sha256", "text", "Digest of that file."),
        Column("imported_at", "datetime", "When it was imported."),
    ),
    key=("measure", "organisation_code", "basis", "part", "weeks_from", "period", "source_sha256"),
    source="NHS England statistical work areas, or the place's own returns",
)
