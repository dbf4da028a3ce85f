"""What people wrote on the site, as the core reads it: only these columns, by plain SQL (`sources.entries`).

The models of the site are the models; a web test holds each declaration here equal to its model. Pseudonyms in
`person_id` may be older than the latest build: read them through its crosswalk of merged people.
"""

from __future__ import annotations

from oneplace.tables.declare import Column, Table

_ID = Column("id", "bigint", "The entry.")
_VERSION = Column("version", "integer", "How often it was saved, from 1.", low=1)
_CHANGED = Column("changed_at", "datetime", "When this version was saved (UTC).")
_PERSON = Column("person_id", "bigint", "The person, as a keyed pseudonym that says nothing without the key.")
_TEAM = Column("team_code", "text", "The neighbourhood team.")
_STATUSES = ("not_started", "on_track", "at_risk", "off_track", "complete")

AGENDAS = Table(
    "agendas",
    "A neighbourhood team's list for one meeting.",
    (
        _ID,
        _VERSION,
        _CHANGED,
        _TEAM,
        Column("meets_on", "date", "The day of the meeting."),
        Column("state", "text", "Whether it may still change.", values=("draft", "frozen", "held")),
        Column("build", "text", "The build its list was taken from."),
        Column("frozen_at", "datetime", "When it was frozen (UTC).", required=False),
    ),
    key=("id",),
)
AGENDA_LINES = Table(
    "agenda_lines",
    "The people on an agenda, in order, with the reasons as they stood.",
    (
        _ID,
        Column("agenda_id", "bigint", "The agenda."),
        _PERSON,
        Column("slot", "small", "Position on the agenda, from 1.", low=1),
        Column("why", "text", "What put the person there.", values=("urgent", "carried", "list", "added")),
    ),
    key=("id",),
)
REVIEWS = Table(
    "reviews",
    "What a meeting decided about one person.",
    (
        _ID,
        _VERSION,
        _CHANGED,
        Column("agenda_id", "bigint", "The agenda, if the review came from one.", required=False),
        _PERSON,
        _TEAM,
        Column("reviewed_on", "date", "The day of the review."),
        Column("outcome", "text", "How it ended.", values=("discussed", "carried", "stepped_down")),
        Column("attended", "text", "Who was there, by profession."),
        Column("decision", "text", "What was decided."),
        Column("key_worker", "text", "Who keeps the thread; empty when nobody was named."),
        Column("next_review_on", "date", "When the person is reviewed again.", required=False),
    ),
    key=("id",),
)
ACTIONS = Table(
    "actions",
    "One thing to do for a person, with one owner and a due date.",
    (
        _ID,
        _VERSION,
        _CHANGED,
        Column("review_id", "bigint", "The review it came from.", required=False),
        _PERSON,
        _TEAM,
        Column("what", "text", "What is to be done."),
        Column("owner", "text", "Who does it."),
        Column("organisation", "text", "Whom the owner works for; empty when not said."),
        Column("due_on", "date", "The day it is due."),
        Column("state", "text", "How it stands.", values=("open", "done", "declined", "cancelled")),
        Column("closed_on", "date", "The day it was done, declined or cancelled.", required=False),
    ),
    key=("id",),
)
SERVICE_REFERRALS = Table(
    "service_referrals",
    "Referrals of people to services of the directory.",
    (
        _ID,
        _VERSION,
        _CHANGED,
        _PERSON,
        _TEAM,
        Column("service", "text", "The service, by its key in the directory."),
        Column("made_on", "date", "The day it was made."),
        Column("state", "text", "How it stands.", values=("made", "accepted", "seen", "declined", "closed")),
        Column("answered_on", "date", "The day the service answered.", required=False),
    ),
    key=("id",),
)
RETURNS = Table(
    "returns",
    "A scheme lead's answer for one month.",
    (
        _ID,
        _VERSION,
        _CHANGED,
        Column("scheme", "text", "The scheme."),
        Column("month", "date", "First day of the month."),
        Column("delivery", "text", "Whether the work goes to plan.", values=_STATUSES),
        Column("benefit", "text", "Whether it brings what was promised.", values=_STATUSES),
        Column("reason", "text", "Why, in the lead's words; empty when all is well."),
        Column("milestones", "text", "JSON: milestone id -> {done: date or null, forecast: date or null}."),
        Column("figures", "text", "JSON: measure or saving id -> the month's figure."),
        Column("sent_on", "date", "The day it was sent."),
    ),
    key=("id",),
)
RISKS = Table(
    "risks",
    "Risks and issues, scored likelihood times impact.",
    (
        _ID,
        _VERSION,
        _CHANGED,
        Column("kind_of", "text", "Risk or issue.", values=("risk", "issue")),
        Column("scheme", "text", "The scheme; empty when it belongs to the whole plan."),
        Column("title", "text", "The risk in a line."),
        Column("description", "text", "What may happen and what follows."),
        Column("likelihood", "small", "1 rare to 5 almost certain.", low=1, high=5),
        Column("impact", "small", "1 negligible to 5 catastrophic.", low=1, high=5),
        Column("controls", "text", "What keeps it down."),
        Column("owner", "text", "Who answers for it."),
        Column("review_on", "date", "When it is looked at next."),
        Column("state", "text", "How it stands.", values=("open", "accepted", "escalated", "closed")),
    ),
    key=("id",),
)
PROPOSALS = Table(
    "proposals",
    "Changed documents that were put forward for approval.",
    (
        _ID,
        _VERSION,
        _CHANGED,
        Column("document", "text", "The file in the place's folder."),
        Column("base_digest", "text", "The version it changes."),
        Column("digest", "text", "The version it would become."),
        Column("summary", "text", "What changes and why."),
        Column("state", "text", "How it stands.", values=("proposed", "approved", "refused", "withdrawn")),
    ),
    key=("id",),
)
APPROVALS = Table(
    "approvals",
    "What the board said about one version of a document.",
    (
        _ID,
        _CHANGED,
        Column("proposal_id", "bigint", "The proposal."),
        Column("digest", "text", "The version that was decided on."),
        Column("approved", "boolean", "Whether it was approved."),
        Column("note", "text", "What the board added; may be empty."),
    ),
    key=("id",),
)
BOARD_DECISIONS = Table(
    "board_decisions",
    "Questions put to the board and what it decided.",
    (
        _ID,
        _VERSION,
        _CHANGED,
        Column("paper", "text", "The paper it was decided on; may be empty."),
        Column("question", "text", "What was asked."),
        Column("decision", "text", "What was decided; empty while it is open."),
        Column("owner", "text", "Who carries it out; may be empty."),
        Column("due_on", "date", "By when.", required=False),
        Column("state", "text", "How it stands.", values=("asked", "decided", "done", "withdrawn")),
    ),
    key=("id",),
)
PUBLICATIONS = Table(
    "publications",
    "Kept papers that the board made public.",
    (
        _ID,
        _VERSION,
        _CHANGED,
        Column("paper", "text", "Month and number of the kept paper, such as 2019-10/1."),
        Column("note", "text", "What the board added; may be empty."),
        Column("state", "text", "Whether it is open to everyone now.", values=("published", "withdrawn")),
    ),
    key=("id",),
)
FEED_DECISIONS = Table(
    "feed_decisions",
    "Whether the figures of one table of records in one build may be published from.",
    (
        _ID,
        _VERSION,
        _CHANGED,
        Column("build", "text", "The build."),
        Column("feed", "text", "The table of records."),
        Column("reason", "text", "Why; may be empty for what is accepted."),
        Column("state", "text", "How it stands.", values=("accepted", "held")),
    ),
    key=("id",),
)
SAVING_FORECASTS = Table(
    "saving_forecasts",
    "What a savings line is now expected to save by the end of the year.",
    (
        _ID,
        _VERSION,
        _CHANGED,
        Column("line", "text", "The savings line, by its id in the money document."),
        Column("month", "date", "The first day of the month it was forecast in."),
        Column("forecast_gbp", "bigint", "The year's saving now expected, in whole pounds."),
        Column(
            "stage",
            "text",
            "How far the saving is thought out.",
            values=("identified", "in_development", "unidentified"),
        ),
        Column("reason", "text", "Why the forecast is what it is."),
        Column("recovery_by", "date", "By when a recovery plan was asked for.", required=False),
    ),
    key=("id",),
)

ENTRIES = (
    AGENDAS,
    AGENDA_LINES,
    REVIEWS,
    ACTIONS,
    SERVICE_REFERRALS,
    RETURNS,
    RISKS,
    PROPOSALS,
    APPROVALS,
    BOARD_DECISIONS,
    PUBLICATIONS,
    FEED_DECISIONS,
    SAVING_FORECASTS,
)
