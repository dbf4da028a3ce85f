"""The table of what could not be accepted: every row that a source refused, with where it stands
and why."""

from oneplace.tables.declare import Column, Table

REJECTS = Table(
    "rejects",
    "Rows that were refused when records were loaded, one line for each: accepted and refused rows are all rows.",
    (
        Column("table_name", "text", "The table the row was meant for."),
        Column("file", "text", "The file it stands in."),
        Column(
            "line",
            "bigint",
            "Its line in a text file, or its row in a parquet file, counted from 1.",
        ),
        Column(
            "column_name",
            "text",
            "The first column at fault; empty when the whole row is.",
            required=False,
        ),
        Column(
            "value",
            "text",
            "What was found; masked where it may say who somebody is, and then in full beside identity only.",
            required=False,
        ),
        Column("expected", "text", "What was expected instead."),
        Column("reason", "text", "Why the row was refused."),
    ),
    source="OnePlace",
)
