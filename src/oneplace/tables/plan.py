"""Tables that a plan is judged against when a place has totals instead of records."""

from oneplace.tables.declare import Column, Table
from oneplace.tables.vocabulary import keys

ACTIVITY_TOTALS = Table(
    "activity_totals",
    "How many events of a kind there were, by main reason, provider and month: what a contract return holds.",
    (
        Column("event", "text", "The kind of event.", values=(*keys("contact"), "prescribing")),
        Column(
            "diagnosis",
            "text",
            "The main reason, a key of the vocabulary; empty for all others.",
            required=False,
        ),
        Column("provider_code", "text", "Who provided it.", required=False),
        Column("month", "date", "The first day of the month."),
        Column("events", "integer", "How many.", unit="events", low=0),
    ),
    key=("event", "diagnosis", "provider_code", "month"),
)
