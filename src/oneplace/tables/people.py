"""The tables of people: what OnePlace adds to OMOP, and the river tables that everything about
people is computed from.

A source fills the OMOP tables (`tables/omop.py`) and `RECEIVED`. The river tables in `RIVER` are
views over them, made by `people.records`, in local words: nothing downstream ever reads an OMOP
table or a foreign code. A person is `person_id`, a 63-bit keyed pseudonym, in every one of them;
names live in another file (`IDENTITY`).
"""

from oneplace.tables.declare import Column, Table

PERSON = Column(
    "person_id", "bigint", "The person, as a keyed pseudonym that says nothing without the key."
)

REGISTRATION = Table(
    "registration",
    "When a person was on the list of a general practice.",
    (
        PERSON,
        Column("care_site_id", "bigint", "The practice, as in care_site."),
        Column("start_date", "date", "First day on the list."),
        Column(
            "end_date",
            "date",
            "Last day on the list; empty while it goes on.",
            required=False,
            open_end=True,
        ),
    ),
    key=("person_id", "start_date"),
    span=("start_date", "end_date"),
)
RESIDENCE = Table(
    "residence",
    "When a person lived in a small area. Somebody registered here who lives elsewhere has no area.",
    (
        PERSON,
        Column(
            "area_code",
            "text",
            "The small area (LSOA 2011 in England) of the home; empty when outside the place.",
            required=False,
        ),
        Column("start_date", "date", "First day at that home."),
        Column(
            "end_date",
            "date",
            "Last day at that home; empty while it goes on.",
            required=False,
            open_end=True,
        ),
    ),
    key=("person_id", "start_date"),
    span=("start_date", "end_date"),
)
REFERRAL = Table(
    "referral",
    "A referral and its clock.",
    (
        Column("referral_id", "bigint", "The referral."),
        PERSON,
        Column(
            "referral_concept_id",
            "bigint",
            "What the person was referred for, a local word of the domain referral.",
        ),
        Column("care_site_id", "bigint", "Where to.", required=False),
        Column("clock_start_date", "date", "The day the clock started."),
        Column(
            "clock_stop_date",
            "date",
            "The day the clock stopped; empty while the person waits.",
            required=False,
            open_end=True,
        ),
        Column(
            "stop_reason",
            "text",
            "Why the clock stopped.",
            required=False,
            values=("treated", "seen", "removed", "declined", "died", "moved"),
        ),
    ),
    key=("referral_id",),
    span=("clock_start_date", "clock_stop_date"),
)
REFERRAL_PAUSE = Table(
    "referral_pause",
    "Days on which a referral's clock stood still.",
    (
        Column("referral_id", "bigint", "The referral."),
        Column("start_date", "date", "First day of the pause."),
        Column("end_date", "date", "Last day of the pause.", required=False, open_end=True),
        Column("reason", "text", "Why the clock stood still.", required=False),
    ),
    key=("referral_id", "start_date"),
)
SOCIAL_CARE_PACKAGE = Table(
    "social_care_package",
    "Care arranged by the council for a person.",
    (
        Column("package_id", "bigint", "The package."),
        PERSON,
        Column("package_concept_id", "bigint", "What kind, a local word of the domain package."),
        Column("start_date", "date", "First day."),
        Column(
            "end_date", "date", "Last day; empty while it goes on.", required=False, open_end=True
        ),
    ),
    key=("package_id",),
    span=("start_date", "end_date"),
)
CODE_SAYS = ("means", "ends", "remits", "not")
CODE_LIST = Table(
    "code_list",
    "Which local word each code of the records means. Local words mean themselves and need no row.",
    (
        Column("concept_id", "bigint", "The code as it stands in the records."),
        Column("local_concept_id", "bigint", "The local word, a concept_id of the vocabulary."),
        Column(
            "says",
            "text",
            "What the code says of the word: means it, ends it on its day, says that it is in remission, or is not it.",
            values=CODE_SAYS,
        ),
    ),
    key=("concept_id", "local_concept_id"),
)
INCOMPLETE = Table(
    "incomplete",
    "Whose rows were refused: of these people, what is not found in the table is not known rather than not so.",
    (
        PERSON,
        Column(
            "table_name",
            "text",
            "The table of the records in which rows of the person were refused.",
        ),
        Column("rows", "bigint", "How many rows were refused.", unit="rows", low=1),
    ),
    key=("person_id", "table_name"),
)
RECEIVED = (REGISTRATION, RESIDENCE, REFERRAL, REFERRAL_PAUSE, SOCIAL_CARE_PACKAGE, CODE_LIST)

IDENTITY = Table(
    "person_identity",
    "Who a pseudonym is. Kept in its own file and read only after the reading was written to the audit.",
    (
        PERSON,
        Column("source_id", "text", "The person's key in the records that were received."),
        Column(
            "nhs_number",
            "text",
            "NHS number; demonstration people have numbers from the synthetic range 999.",
            required=False,
        ),
        Column("given_name", "text", "Given name.", required=False),
        Column("family_name", "text", "Family name.", required=False),
        Column("birth_date", "date", "Date of birth.", required=False),
        Column("address", "text", "Home address.", required=False),
        Column("postcode", "text", "Postcode of the home.", required=False),
        Column("telephone", "text", "Telephone number.", required=False),
    ),
    key=("person_id",),
)

# --- the river -----------------------------------------------------------------------------------------------------
PEOPLE = Table(
    "people",
    "Everyone who ever stood in the records, once.",
    (
        PERSON,
        Column("sex", "text", "Sex as recorded.", values=("female", "male", "unknown")),
        Column(
            "birth_date",
            "date",
            "Date of birth; the middle of the known month or year when the day is not recorded.",
        ),
        Column(
            "death_date",
            "date",
            "Date of death; empty also where the only one recorded cannot be: before birth, or a year or more before the "
            "person was first observed or registered.",
            required=False,
        ),
        Column("ethnicity", "text", "Ethnic group, a key of the vocabulary.", required=False),
    ),
    key=("person_id",),
)
REGISTRATIONS = Table(
    "registrations",
    "Practice registrations with the practice's code.",
    (
        PERSON,
        Column("practice_code", "text", "The practice's national code."),
        Column("start_date", "date", "First day on the list."),
        Column("end_date", "date", "Last day on the list.", required=False),
    ),
)
OBSERVED = Table(
    "observed",
    "Spans of time in which the records would know what happened to a person.",
    (
        PERSON,
        Column("start_date", "date", "First day."),
        Column(
            "end_date",
            "date",
            "Last day; empty while it goes on, or when it ends with the records.",
            required=False,
        ),
    ),
)
DIAGNOSES = Table(
    "diagnoses",
    "Conditions, reasons and circumstances recorded for a person, in local words.",
    (
        PERSON,
        Column(
            "condition_id", "bigint", "The local word (domains condition, acute, circumstance)."
        ),
        Column("start_date", "date", "When it was first recorded by this entry."),
        Column(
            "end_date",
            "date",
            "When it ended; empty when it lasts or is not known.",
            required=False,
        ),
        Column("visit_occurrence_id", "bigint", "The contact it was recorded at.", required=False),
        Column("is_primary", "boolean", "It was the main reason for that contact."),
        Column(
            "on_list", "boolean", "It is a row of the practice's problem list, by the row's type."
        ),
        Column(
            "from_hospital",
            "boolean",
            "By its type the row is a hospital's: a discharge, a stay, a claim for one.",
        ),
    ),
)
ENDINGS = Table(
    "endings",
    "What ended a condition or said that it is in remission: the end of a row of the problem list, or a code.",
    (
        PERSON,
        Column(
            "condition_id", "integer", "The local word (domains condition, acute, circumstance)."
        ),
        Column("end_date", "date", "The day on which it ended, or went into remission."),
        Column(
            "how",
            "text",
            "The end of a row of the problem list, a code or status that says resolved, or one that says in remission.",
            values=("list", "ends", "remits"),
        ),
    ),
)
CONTACTS = Table(
    "contacts",
    "Every contact of a person with a service, from a GP consultation to an admission.",
    (
        Column("visit_occurrence_id", "bigint", "The contact."),
        PERSON,
        Column("contact_id", "bigint", "The kind of contact, a local word of the domain contact."),
        Column("start_date", "date", "First day."),
        Column(
            "end_date",
            "date",
            "Last day; empty while it goes on and where nobody wrote it.",
            required=False,
        ),
        Column("care_site_id", "bigint", "The place of care where it happened.", required=False),
    ),
    key=("visit_occurrence_id",),
)
ADMISSIONS = Table(
    "admissions",
    "Stays in hospital, each once: rows that overlap or follow on the same or the next day (features.yaml says how many "
    "days may lie between) are one admission.",
    (
        Column(
            "visit_occurrence_id",
            "bigint",
            "The contact; of several the one with the least number.",
        ),
        PERSON,
        Column(
            "contact_id", "bigint", "The kind of admission: emergency where any of its contacts is."
        ),
        Column("start_date", "date", "Day of admission."),
        Column(
            "end_date",
            "date",
            "Day of discharge; empty while the person is in hospital.",
            required=False,
        ),
        Column(
            "bed_days",
            "integer",
            "Nights in hospital; empty while it goes on.",
            unit="nights",
            required=False,
        ),
        Column("diagnosis_id", "bigint", "The primary diagnosis, a local word.", required=False),
        Column("care_site_id", "bigint", "The provider.", required=False),
    ),
    key=("visit_occurrence_id",),
)
PRESCRIPTIONS = Table(
    "prescriptions",
    "Medicines prescribed or dispensed.",
    (
        PERSON,
        Column("medicine_id", "bigint", "The local word of the domain medicine."),
        Column("start_date", "date", "The day."),
    ),
)
READINGS = Table(
    "readings",
    "Measurements of a person that have a number, each with its value in the unit of the vocabulary or the reason why it "
    "has none.",
    (
        PERSON,
        Column("reading_id", "bigint", "What was measured, a local word of the domain reading."),
        Column("reading_date", "date", "The day."),
        Column(
            "at_second", "bigint", "The second of the day; 0 where nobody wrote it.", unit="seconds"
        ),
        Column(
            "entry",
            "bigint",
            "The number of the row, which says what was written last; 0 where rows have none.",
        ),
        Column(
            "value",
            "number",
            "The value in the unit of the vocabulary; empty when refused.",
            required=False,
        ),
        Column("recorded", "number", "The number as it was recorded."),
        Column("unit_recorded", "text", "The unit as it was recorded.", required=False),
        Column(
            "refused",
            "text",
            "Why there is no value.",
            required=False,
            values=("no unit", "unknown unit", "units disagree", "impossible"),
        ),
        Column("extreme", "boolean", "The value is outside what is usual: rare, and often a slip."),
    ),
)
REFERRALS = Table(
    "referrals",
    "Referrals and their clocks.",
    (
        Column("referral_id", "bigint", "The referral."),
        PERSON,
        Column("kind_id", "bigint", "The local word of the domain referral."),
        Column("care_site_id", "bigint", "Where to.", required=False),
        Column("clock_start_date", "date", "The day the clock started."),
        Column("clock_stop_date", "date", "The day the clock stopped.", required=False),
        Column("stop_reason", "text", "Why the clock stopped.", required=False),
    ),
    key=("referral_id",),
)
PACKAGES = Table(
    "packages",
    "Social care arranged for a person.",
    (
        PERSON,
        Column("kind_id", "bigint", "The local word of the domain package."),
        Column("start_date", "date", "First day."),
        Column("end_date", "date", "Last day.", required=False),
    ),
)
RIVER = (
    PEOPLE,
    REGISTRATIONS,
    RESIDENCE,
    OBSERVED,
    DIAGNOSES,
    ENDINGS,
    CONTACTS,
    ADMISSIONS,
    PRESCRIPTIONS,
    READINGS,
    REFERRALS,
    PACKAGES,
)
