"""Planned values of measures, period by period, beside the standard that each is to reach."""

from oneplace.tables.declare import Column, Table

TRAJECTORY = Table(
    "trajectories",
    "What the plan promises for a measure in each period, and the dates by which a standard is to be met.",
    (
        Column(
            "record",
            "text",
            "A planned value (trajectory), or a date by which the standard is to be met (exec_target).",
            values=("trajectory", "exec_target"),
        ),
        Column("measure", "text", "Key of the measure, as in measures/*.yaml."),
        Column(
            "period",
            "text",
            "The month, financial quarter (2019-Q1 starts on 1 April) or date of achievement.",
        ),
        Column(
            "period_type",
            "text",
            "What kind of period it is.",
            values=("month", "fiscal quarter", "achievement date"),
        ),
        Column(
            "operator",
            "text",
            "How the value stands to the standard when it meets it.",
            values=("<", "<=", "=", ">=", ">"),
        ),
        Column("standard", "number", "The standard, in the unit.", low=0),
        Column("unit", "text", "What the values are counted in."),
        Column(
            "planned",
            "number",
            "The planned value; empty in the rows of achievement dates.",
            required=False,
            low=0,
        ),
        Column("source", "text", "Where it stands in the plan."),
        Column("note", "text", "What is doubtful or inferred.", required=False),
    ),
    key=("record", "measure", "period"),
    source="the place's operational plan",
)
