"""The tables that the people river makes: what is worked out for each person and each team on the
day of computing.

`features`, `scores` and `segments` have a column for each thing that the place's documents declare,
so their declarations are made from the documents (`people.features.features_table` and so on); the
others stand here whole.
"""

from __future__ import annotations

from collections.abc import Iterable

from oneplace.tables.declare import Column, Table
from oneplace.tables.people import PERSON

TEAM = Column("team_code", "text", "The team; `place` where the place has no teams.")

RISKS = Table(
    "risks",
    "How likely an emergency admission is in the time after the day, and the order that people are put in.",
    (
        PERSON,
        Column(
            "risk",
            "number",
            "Probability, rounded as the model's document says; empty where no model could be fitted.",
            required=False,
            low=0,
            high=1,
        ),
        Column(
            "priority",
            "number",
            "What people are ranked by: the risk, or the fallback where there is no model.",
        ),
    ),
    key=("person_id",),
)
RISK_MODEL = Table(
    "risk_model",
    "The fitted model, a row for each part; with it every risk can be worked out again by hand.",
    (
        Column("term", "text", "The name of a predictor, or `intercept`."),
        Column("coefficient", "number", "What one unit of the predictor adds to the log-odds."),
        Column("mean", "number", "The predictor's mean among the people the model was fitted on."),
    ),
    key=("term",),
)
CASELOAD = Table(
    "caseload",
    "Everyone registered with a team's practices: ranked, or set aside for a stated reason.",
    (
        PERSON,
        TEAM,
        Column(
            "set_aside",
            "text",
            "Why the person is not on the register, by the first reason that holds.",
            required=False,
        ),
        Column(
            "rank",
            "integer",
            "Place on the team's register, 1 first; empty for people set aside.",
            required=False,
        ),
        Column("risk", "number", "The risk, as in risks.", required=False, low=0, high=1),
        Column("priority", "number", "What the register is ordered by.", required=False),
        Column("segment", "text", "The person's segment."),
        Column(
            "on_agenda",
            "boolean",
            "Among the first of the register, whom the next meeting discusses.",
        ),
        Column(
            "reasons",
            "text",
            "Why the person stands where they stand, in words, the weightiest first, one to a line; for the top of "
            "each register.",
            required=False,
        ),
        Column(
            "professionals",
            "text",
            "Whom a meeting about the person needs, one to a line; for the top of each register.",
            required=False,
        ),
        Column(
            "incomplete",
            "text",
            "The tables of the records in which rows of the person were refused, one to a line; empty where none was.",
            required=False,
        ),
    ),
    key=("person_id",),
)
CASELOAD_REASONS = Table(
    "caseload_reasons",
    "The reasons in words of the people at the top of each register; `caseload` shows them beside the rest.",
    (PERSON, CASELOAD["reasons"], CASELOAD["professionals"]),
    key=("person_id",),
)
REVIEWED = Table(
    "reviewed",
    "Whom the teams had reviewed by the time of the build; written on the site, so it is empty where there is none.",
    (
        PERSON,
        Column("last_reviewed_on", "date", "The day of the last review."),
        Column("outcome", "text", "How it ended.", values=("discussed", "carried", "stepped_down")),
    ),
    key=("person_id",),
)
RECONCILIATION = Table(
    "reconciliation",
    "From a team's registered people to its register, so that nobody is lost on the way.",
    (
        TEAM,
        Column("line", "small", "Order of the lines."),
        Column(
            "what",
            "text",
            "Which line it is: registered, the reasons for being set aside, register, agenda; for the place also teams.",
        ),
        Column("sentence", "text", "The line in words."),
        Column("people", "integer", "How many people.", unit="people", low=0),
    ),
    key=("team_code", "line"),
)
UNMAPPED = Table(
    "unmapped_codes",
    "Codes in the records that mean nothing here, because the code list does not name them.",
    (
        Column("table_name", "text", "The table they stand in."),
        Column("concept_id", "bigint", "The code.", required=False),
        Column("rows", "bigint", "How many rows have it.", unit="rows"),
    ),
    key=("table_name", "concept_id"),
)


def scores_table(columns: Iterable[Column]) -> Table:
    return Table(
        "scores",
        "Published scores of each person on the day of computing.",
        (PERSON, *columns),
        key=("person_id",),
    )


def segments_table(others: Iterable[Column]) -> Table:
    return Table(
        "segments",
        "The one segment of each person by the place's own rules, and by any other segmentation it keeps.",
        (
            PERSON,
            Column("segment", "text", "The segment."),
            Column(
                "segment_rule",
                "small",
                "The number of the rule that put the person there, counted from 1.",
            ),
            *others,
        ),
        key=("person_id",),
    )
