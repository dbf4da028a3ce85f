"""What people wrote on the site, as the core reads it: only these columns, by plain SQL
(`sources.entries`).

The models of the site are the models; a web test holds each declaration here equal to its model.
Pseudonyms in `person_id` may be older than the latest build: read them through its crosswalk of
merged people.
"""

from __future__ import annotations

from oneplace.tables.declare import Column, Table

_ID = Column("id", "bigint", "The entry.")
_VERSION = Column("version", "integer", "How often it was saved, from 1.", low=1)
_CHANGED = Column("changed_at", "datetime", "When this version was saved (UTC).")
_PERSON = Column(
    "person_id", "bigint", "The person, as a keyed pseudonym that says nothing without the key."
)
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
        Column(
            "why",
            "text",
            "What put the person there.",
            values=("urgent", "carried", "list", "added"),
        ),
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
        Column("reminded_on", "date", "The day the owner was last reminded.", required=False),
        Column("escalated_to", "text", "Whom or what it was escalated to; empty when it was not."),
        Column("escalated_on", "date", "The day it was escalated.", required=False),
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
        Column(
            "state",
            "text",
            "How it stands.",
            values=("made", "accepted", "seen", "declined", "closed"),
        ),
        Column("answered_on", "date", "The day the service answered.", required=False),
    ),
    key=("id",),
)
AGENDA_CHANGES = Table(
    "agenda_changes",
    "People put on the next agenda by hand or taken off it before it was frozen.",
    (
        _ID,
        _VERSION,
        _CHANGED,
        Column(
            "agenda_id",
            "bigint",
            "The agenda whose freezing used it up; empty before.",
            required=False,
        ),
        _PERSON,
        _TEAM,
        Column(
            "what",
            "text",
            "Whether the person was added or taken off.",
            values=("added", "taken_off"),
        ),
        Column("reason", "text", "Why, in the words of whoever changed it."),
        Column("state", "text", "Whether it holds.", values=("standing", "undone")),
    ),
    key=("id",),
)
NOTES = Table(
    "notes",
    "What the record says of a person in words: alerts, needs, carers, key worker, care plan.",
    (
        _ID,
        _VERSION,
        _CHANGED,
        _PERSON,
        _TEAM,
        Column(
            "kind_of",
            "text",
            "Which kind of note it is.",
            values=(
                "alert",
                "communication",
                "matters",
                "advance_care",
                "carer",
                "key_worker",
                "involved",
                "plan",
                "correction",
            ),
        ),
        Column(
            "on_day",
            "date",
            "The day it names: of the document, or of the next look.",
            required=False,
        ),
        Column(
            "agreed",
            "text",
            "Whether the person or the carer agrees.",
            values=("", "yes", "no", "not_asked"),
        ),
        Column("state", "text", "Whether it holds.", values=("current", "ended")),
    ),
    key=("id",),
)
REQUESTS = Table(
    "requests",
    "What people asked of their team about themselves.",
    (
        _ID,
        _VERSION,
        _CHANGED,
        _PERSON,
        _TEAM,
        Column(
            "what",
            "text",
            "A correction of the record, an appointment, or a copy of everything held.",
            values=("correction", "appointment", "access"),
        ),
        Column(
            "service",
            "text",
            "The service, by its key in the directory; empty when none was named.",
        ),
        Column("asked_on", "date", "The day it was asked."),
        Column("state", "text", "How it stands.", values=("asked", "accepted", "declined", "done")),
        Column("answered_on", "date", "The day the team answered.", required=False),
    ),
    key=("id",),
)
OBJECTIONS = Table(
    "objections",
    "What people refuse: sharing beyond their practice, being listed by risk, uses beyond their own care.",
    (
        _ID,
        _VERSION,
        _CHANGED,
        _PERSON,
        _TEAM,
        Column("what", "text", "What is refused.", values=("sharing", "risk", "planning")),
        Column("since", "date", "Since when."),
        Column("state", "text", "Whether it holds.", values=("in_force", "withdrawn")),
    ),
    key=("id",),
)
WITHHOLDINGS = Table(
    "withholdings",
    "What is kept from a person, or from whoever looks in their place: an entry, its author, or somebody's looks.",
    (
        _ID,
        _VERSION,
        _CHANGED,
        _PERSON,
        _TEAM,
        Column(
            "of",
            "text",
            "The kind of entry.",
            values=("notes", "service_referrals", "requests", "actions", "reviews"),
        ),
        Column("entry", "bigint", "The entry of that kind."),
        Column(
            "about",
            "text",
            "What it is about; the first two need two people.",
            values=("visit", "abuse", "other"),
        ),
        Column("from_whom", "text", "From whom it is kept.", values=("both", "proxies")),
        Column("owner", "text", "Who answers for looking at it again."),
        Column("review_on", "date", "When it is looked at again, within a year."),
        Column(
            "state", "text", "How it stands.", values=("asked", "in_force", "declined", "ended")
        ),
    ),
    key=("id",),
)
PROXIES = Table(
    "proxies",
    "Who looks at a record in a person's place, how much of it and until when.",
    (
        _ID,
        _VERSION,
        _CHANGED,
        _PERSON,
        _TEAM,
        Column("scope", "text", "How much is seen.", values=("everything", "plan", "appointments")),
        Column("ground", "text", "What it rests on.", values=("asked", "parent", "deputy")),
        Column("since", "date", "The first day."),
        Column("until", "date", "The last day."),
        Column("state", "text", "Whether it holds.", values=("granted", "ended")),
    ),
    key=("id",),
)
RETENTION_DECISIONS = Table(
    "retention_decisions",
    "What was decided about records of a kind that are past their time.",
    (
        _ID,
        _VERSION,
        _CHANGED,
        Column("record", "text", "The kind of record."),
        Column("decided", "text", "What was decided.", values=("keep", "destroy")),
        Column(
            "until",
            "date",
            "Until when they are kept; empty for those to be destroyed.",
            required=False,
        ),
        Column("reason", "text", "Why they are kept or destroyed."),
        Column("decided_on", "date", "When it was decided."),
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
        Column(
            "milestones",
            "text",
            "JSON: milestone id -> {done: date or null, forecast: date or null}.",
        ),
        Column("figures", "text", "JSON: measure or saving id -> the month's figure."),
        Column("sent_on", "date", "The day it was sent."),
    ),
    key=("id",),
)
RISKS = Table(
    "risks",
    "Risks and issues, scored likelihood times impact: first, now, and as they are meant to become.",
    (
        _ID,
        _VERSION,
        _CHANGED,
        Column("kind_of", "text", "Risk or issue.", values=("risk", "issue")),
        Column("scheme", "text", "The scheme; empty when it belongs to the whole plan."),
        Column(
            "aim", "text", "The strategic aim it threatens; empty when it is no principal risk."
        ),
        Column("title", "text", "The risk in a line."),
        Column("description", "text", "What may happen and what follows."),
        Column("likelihood", "small", "1 rare to 5 almost certain.", low=1, high=5),
        Column("impact", "small", "1 negligible to 5 catastrophic.", low=1, high=5),
        Column("initial_likelihood", "small", "Likelihood as it was first scored.", low=1, high=5),
        Column("initial_impact", "small", "Impact as it was first scored.", low=1, high=5),
        Column(
            "target_likelihood",
            "small",
            "Likelihood it is to come down to.",
            required=False,
            low=1,
            high=5,
        ),
        Column(
            "target_impact", "small", "Impact it is to come down to.", required=False, low=1, high=5
        ),
        Column("owner", "text", "Who answers for it."),
        Column("review_on", "date", "When it is looked at next."),
        Column(
            "state", "text", "How it stands.", values=("open", "accepted", "escalated", "closed")
        ),
        Column("escalated_to", "text", "To whom it was escalated; empty when it was not."),
        Column(
            "evidence", "text", "Why it was accepted or escalated, or what shows that it may close."
        ),
    ),
    key=("id",),
)
CONTROLS = Table(
    "controls",
    "What keeps a risk down.",
    (
        _ID,
        _VERSION,
        _CHANGED,
        Column("risk_id", "bigint", "The risk."),
        Column("what", "text", "The control."),
        Column("owner", "text", "Who runs it."),
        Column("state", "text", "How it stands.", values=("in_place", "planned", "withdrawn")),
    ),
    key=("id",),
)
ASSURANCES = Table(
    "assurances",
    "What shows that a control works.",
    (
        _ID,
        _VERSION,
        _CHANGED,
        Column("control_id", "bigint", "The control."),
        Column("line", "text", "Line of defence.", values=("first", "second", "third")),
        Column("what", "text", "The report, audit or return that says so."),
        Column("given_on", "date", "The day it was given."),
        Column("finding", "text", "What it found.", values=("works", "partly", "fails")),
        Column("again_on", "date", "When it is to be shown again.", required=False),
    ),
    key=("id",),
)
RISK_ACTIONS = Table(
    "risk_actions",
    "What is done about a gap in control or assurance.",
    (
        _ID,
        _VERSION,
        _CHANGED,
        Column("risk_id", "bigint", "The risk."),
        Column("what", "text", "What is to be done."),
        Column("owner", "text", "Who does it."),
        Column("due_on", "date", "The day it is due."),
        Column("state", "text", "How it stands.", values=("open", "done", "cancelled")),
        Column("evidence", "text", "What shows that it is done; empty while it is open."),
    ),
    key=("id",),
)
COMPLIANCE_EVIDENCE = Table(
    "compliance_evidence",
    "What was shown about one duty of one organisation; the duties are the place's compliance documents.",
    (
        _ID,
        _VERSION,
        _CHANGED,
        Column("matrix", "text", "The compliance document, by its id."),
        Column(
            "who",
            "text",
            "Code of the practice, network or provider; `place` for the place itself.",
        ),
        Column("duty", "text", "The duty, by its id."),
        Column("given_on", "date", "The day it was shown."),
        Column("met", "boolean", "Whether the duty is met."),
        Column("said_by", "text", "Who says so."),
        Column("evidence", "text", "What shows it."),
    ),
    key=("id",),
)
GATES = Table(
    "gates",
    "The gates of schemes: awaited, passed, refused or not needed.",
    (
        _ID,
        _VERSION,
        _CHANGED,
        Column("scheme", "text", "The scheme."),
        Column(
            "gate",
            "text",
            "Which gate.",
            values=(
                "mandate",
                "outline_case",
                "quality_impact",
                "full_case",
                "delivery",
                "closure",
            ),
        ),
        Column(
            "state",
            "text",
            "How it stands.",
            values=("awaiting", "passed", "refused", "not_needed"),
        ),
        Column("decided_on", "date", "The day it was decided.", required=False),
        Column("decided_by", "text", "Who decided; empty while it is awaited."),
        Column("reason", "text", "Why; may be empty."),
    ),
    key=("id",),
)
VERDICTS = Table(
    "verdicts",
    "What the programme office says of a return.",
    (
        _ID,
        _VERSION,
        _CHANGED,
        Column("about_id", "bigint", "The return."),
        Column("about_version", "integer", "The version of the return that was judged.", low=1),
        Column("state", "text", "Accepted or challenged.", values=("challenged", "accepted")),
        Column("words", "text", "What the lead has to answer; may be empty for what is accepted."),
    ),
    key=("id",),
)
REMINDERS = Table(
    "reminders",
    "Leads who were chased for their returns.",
    (
        _ID,
        _VERSION,
        _CHANGED,
        Column("lead_id", "bigint", "The account of the lead."),
        Column("month", "date", "First day of the month the returns are for."),
        Column("schemes", "text", "JSON: the schemes whose returns were asked for."),
        Column("reminded_on", "date", "The day they were reminded."),
    ),
    key=("id",),
)
PACKS = Table(
    "packs",
    "The line of sight of a month with its commentary; frozen ones change no more.",
    (
        _ID,
        _VERSION,
        _CHANGED,
        Column("month", "date", "First day of the month."),
        Column("commentary", "text", "The programme office's words; may be empty."),
        Column("said", "text", "JSON: what the line of sight said when it was frozen."),
        Column("state", "text", "Whether it may still change.", values=("draft", "frozen")),
        Column("frozen_on", "date", "The day it was frozen.", required=False),
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
        Column(
            "state",
            "text",
            "How it stands.",
            values=("proposed", "approved", "refused", "withdrawn"),
        ),
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
REBASES = Table(
    "rebases",
    "Months from which a measure's chart starts afresh, said on the site; those withdrawn stay with their reason.",
    (
        _ID,
        _VERSION,
        _CHANGED,
        Column("measure", "text", "The measure, by its id."),
        Column("organisation", "text", "Whose chart; empty for everybody's."),
        Column("month", "date", "First day of the first month of the changed process."),
        Column("reason", "text", "What changed."),
        Column("author", "text", "Who says so."),
        Column("said_on", "date", "When it was said."),
        Column("withdrawn_reason", "text", "Why it no longer holds; empty while it does."),
        Column("state", "text", "Whether it holds.", values=("standing", "withdrawn")),
    ),
    key=("id",),
)
EXCEPTION_REPORTS = Table(
    "exception_reports",
    "What was found about a measure that needs attention, and what is done about it.",
    (
        _ID,
        _VERSION,
        _CHANGED,
        Column("measure", "text", "The measure, by its id."),
        Column("organisation", "text", "Whose figure; empty for the place's."),
        Column("signal", "text", "What happened, in words."),
        Column("action", "text", "What is done."),
        Column("owner", "text", "Who does it."),
        Column("due_on", "date", "By when."),
        Column("state", "text", "How it stands.", values=("open", "in hand", "closed")),
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
        Column(
            "state",
            "text",
            "Whether it is open to everyone now.",
            values=("published", "withdrawn"),
        ),
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
        Column("starts_on", "date", "From when it saves.", required=False),
        Column(
            "full_year_gbp",
            "bigint",
            "What it saves in a whole year, in whole pounds.",
            required=False,
        ),
        Column(
            "confidence_pct",
            "small",
            "How much of what is still to come is safe.",
            required=False,
            low=0,
            high=100,
        ),
        Column("mitigation", "text", "What is done if it falls short; may be empty."),
    ),
    key=("id",),
)
RECOVERY_PLANS = Table(
    "recovery_plans",
    "Recovery plans that were asked for.",
    (
        _ID,
        _VERSION,
        _CHANGED,
        Column("line", "text", "The savings line."),
        Column("asked_of", "text", "Who is to write it."),
        Column("why", "text", "Why it was asked for."),
        Column("due_on", "date", "By when."),
        Column("plan", "text", "What was sent; empty until then."),
        Column(
            "state", "text", "How it stands.", values=("asked", "received", "agreed", "withdrawn")
        ),
    ),
    key=("id",),
)
LEDGER_MONTHS = Table(
    "ledger_months",
    "Months of the ledger by area, as they were supplied; a later version is a restatement.",
    (
        _ID,
        _VERSION,
        _CHANGED,
        Column("month", "date", "First day of the month."),
        Column("source", "text", "Where it is from."),
        Column("control_total_pence", "bigint", "The ledger's own total of the month, in pence."),
        Column("final", "boolean", "Whether the month is closed."),
        Column("lines", "text", "JSON: area -> {budget, actual} in pounds and pence, as text."),
    ),
    key=("id",),
)
OUTTURN_FORECASTS = Table(
    "outturn_forecasts",
    "What an area is now expected to spend in the year.",
    (
        _ID,
        _VERSION,
        _CHANGED,
        Column("area", "text", "The area, by its id in the money document."),
        Column("month", "date", "First day of the month it was forecast in."),
        Column("best_gbp", "bigint", "The least it may spend, in whole pounds."),
        Column("likely_gbp", "bigint", "What it is likely to spend, in whole pounds."),
        Column("worst_gbp", "bigint", "The most it may spend, in whole pounds."),
        Column("unmitigated_risk_gbp", "bigint", "Risk that nothing mitigates, in whole pounds."),
        Column("reason", "text", "Why the forecast is what it is."),
    ),
    key=("id",),
)
CONTRACT_MONTHS = Table(
    "contract_months",
    "Months of contract monitoring, as they were supplied.",
    (
        _ID,
        _VERSION,
        _CHANGED,
        Column("month", "date", "First day of the month."),
        Column("source", "text", "Where it is from."),
        Column("final", "boolean", "Whether the month is closed."),
        Column(
            "lines",
            "text",
            "JSON: rows of contract, pod, plan, actual, price, tolerance, marginal rate, as text.",
        ),
    ),
    key=("id",),
)

ENTRIES = (
    AGENDAS,
    AGENDA_LINES,
    REVIEWS,
    ACTIONS,
    SERVICE_REFERRALS,
    AGENDA_CHANGES,
    NOTES,
    REQUESTS,
    OBJECTIONS,
    WITHHOLDINGS,
    PROXIES,
    RETENTION_DECISIONS,
    RETURNS,
    RISKS,
    CONTROLS,
    ASSURANCES,
    RISK_ACTIONS,
    COMPLIANCE_EVIDENCE,
    GATES,
    VERDICTS,
    REMINDERS,
    PACKS,
    PROPOSALS,
    APPROVALS,
    BOARD_DECISIONS,
    REBASES,
    EXCEPTION_REPORTS,
    PUBLICATIONS,
    FEED_DECISIONS,
    SAVING_FORECASTS,
    RECOVERY_PLANS,
    LEDGER_MONTHS,
    OUTTURN_FORECASTS,
    CONTRACT_MONTHS,
)
