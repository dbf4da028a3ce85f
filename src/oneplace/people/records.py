"""Records in local words: the river tables as views over OMOP tables, the code list and the local
vocabulary.

In: which tables the records hold and their columns. Out: SQL that makes each table of
`tables.people.RIVER` a view, and the names of those that the records can fill. A river table that
they cannot fill is an empty view, so that every question still runs; what depends on it is missing,
not nought, and `filled` is how the next step knows.

A code of 2,000,000,000 and up is a local word and means itself, unless the records' own vocabulary
or the code list has that number: theirs begin there too. Any other code means what the code list
says. Each view reads its table twice, once for each case, and never joins a local row: databases
keep the least and greatest code of every block of rows, so the half that finds nothing costs
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from oneplace.people.readings import Reading, tables_of, valued_sql
from oneplace.people.stays import ADMISSION_KINDS, ROWS, rows_made, stays_sql
from oneplace.tables.declare import Table
from oneplace.tables.omop.system import CARE_SITE_TABLE
from oneplace.tables.people import ADMISSIONS, REFERRAL_PAUSE, RIVER
from oneplace.tables.vocabulary import concept, words

Present = Mapping[str, set[str]]

FIRST_LOCAL = 2_000_000_000
OMOP_MALE, OMOP_FEMALE = 8507, 8532
OLDEST = (
    120  # years: somebody older on the day has no birth that can be believed, and stands on no list
)
OMOP_PRIMARY_DIAGNOSIS = 32902
OMOP_RESOLVED = 32906  # condition status "Resolved condition"
# Types of record of the common vocabulary: where a row of a condition was written. Only the end of
# a row of a problem list says that a disease is over; an encounter's or a claim's end is the end of
# the encounter. A place whose practice rows bear another type maps that type to
# `problem_list_entry` in its code list.
OMOP_PROBLEM_LIST = (32840, 38000245)  # EHR problem list; EHR problem list entry (before 2020)
OMOP_HOSPITAL = (
    32823,
    32824,
    32826,
    32829,
    32819,
    32853,
    32854,
    32855,
)  # discharges, wards, emergency rooms, claims for stays

# Contacts with a hospital: what is written there stands on no practice's list by itself.
HOSPITAL_KINDS = (*ADMISSION_KINDS, "ae_attendance", "outpatient_first", "outpatient_follow_up")
_IS_ADMISSION = f"contact_id IN ({', '.join(str(concept(k)) for k in ADMISSION_KINDS)})"

DIAGNOSIS_DOMAINS = ("condition", "acute", "circumstance")

# River table -> the OMOP or received tables without which it is empty.
NEEDS: dict[str, tuple[str, ...]] = {
    "people": ("person",),
    "registrations": ("registration",),
    "residence": ("residence",),
    "observed": ("observation_period",),
    "diagnoses": ("condition_occurrence",),
    "endings": ("condition_occurrence",),
    "contacts": ("visit_occurrence",),
    "admissions": ("visit_occurrence",),
    "prescriptions": ("drug_exposure",),
    "readings": ("measurement",),
    "referrals": ("referral",),
    "packages": ("social_care_package",),
}
# Tables by whose rows the days of the records are told: table -> the day on which a row begins.
BEGINS = {
    "observation_period": "observation_period_start_date",
    "visit_occurrence": "visit_start_date",
    "condition_occurrence": "condition_start_date",
    "drug_exposure": "drug_exposure_start_date",
    "measurement": "measurement_date",
    "registration": "start_date",
}
DEATHS = "deaths"  # the days of death that can be, made beside the views
INCOMPLETE = "incomplete"  # whose rows were refused: as the loader wrote it
# Columns that hold codes: table -> (column, domains that the river reads from it).
CODED: dict[str, tuple[str, tuple[str, ...]]] = {
    "condition_occurrence": ("condition_concept_id", DIAGNOSIS_DOMAINS),
    "visit_occurrence": ("visit_concept_id", ("contact",)),
    "drug_exposure": ("drug_concept_id", ("medicine",)),
    "measurement": ("measurement_concept_id", ("reading",)),
    "referral": ("referral_concept_id", ("referral",)),
    "social_care_package": ("package_concept_id", ("package",)),
}


def filled(present: Present) -> set[str]:
    """The river tables that these records can fill, and `incomplete` where rows of somebody were
    refused."""
    return {river for river, needs in NEEDS.items() if all(t in present for t in needs)} | (
        {INCOMPLETE} & set(present)
    )


def river_selects(present: Present) -> dict[str, str]:
    """The SELECT of every river table but `admissions`; an empty one where the records cannot fill
    it."""
    can = filled(present)
    return {
        t.name: _SELECTS[t.name](present) if t.name in can else _empty(t)
        for t in RIVER
        if t != ADMISSIONS
    }


def river_views(present: Present, *, readings: Sequence[Reading] = ()) -> list[str]:
    """SQL that makes every river table but `admissions`; `residence` stands in the records as it is
    and is made only where it is not. So are the tables that questions join as they were received:
    an empty one, where the records have none. `readings` are the units and limits that the place
    declares."""
    received = [t for t in (REFERRAL_PAUSE, CARE_SITE_TABLE) if t.name not in present]
    return [
        *tables_of(readings),
        *(
            [f"CREATE OR REPLACE TABLE {DEATHS} AS {_deaths(present)}"]
            if "death" in present
            else []
        ),
        *(
            f"CREATE OR REPLACE VIEW {name} AS\n{select}"
            for name, select in river_selects(present).items()
            if not (name == "residence" and "residence" in present)
        ),
    ] + [f"CREATE OR REPLACE VIEW {t.name} AS\n{_empty(t)}" for t in received]


def admissions_made(present: Present, *, as_of: date, gap_days: int) -> list[str]:
    """SQL that makes `admissions`, over the views: every stay of the records, once. A table, since
    putting the rows of stays together is work that nobody should do for every question. What is
    recorded from `as_of` on renames no stay that began before. The rows in order are left in the
    session for features, whose stays are those that a day knew."""
    if "admissions" not in filled(present):
        return [f"CREATE OR REPLACE TABLE admissions AS {_empty(ADMISSIONS)}"]
    more = ("care_site_id",)
    tables = rows_made(reasons="condition_occurrence" in present, until=as_of, more=more)
    stays = stays_sql(f"SELECT * FROM {ROWS}", gap_days=gap_days, named_by=as_of, more=more)
    columns = ", ".join(
        "CAST(end_date - start_date AS INTEGER) AS bed_days" if n == "bed_days" else n
        for n in ADMISSIONS.names
    )
    return [
        *(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}" for name, sql in tables.items()),
        *(f"DROP TABLE {name}" for name in tables if name != ROWS),
        f"CREATE OR REPLACE TABLE admissions AS SELECT {columns} FROM (\n{stays})",
    ]


def counted_as(*kinds: str) -> str:
    """The river table, or a query over them, whose rows are what is counted of these kinds of
    contact: stays of admissions, contacts of any other."""
    if set(kinds) <= set(ADMISSION_KINDS):
        return "admissions"
    if not set(kinds) & set(ADMISSION_KINDS):
        return "contacts"
    columns = "visit_occurrence_id, person_id, contact_id, start_date, end_date, care_site_id"
    return f"(SELECT {columns} FROM admissions UNION ALL SELECT {columns} FROM contacts WHERE NOT {_IS_ADMISSION})"


def unmapped_codes(present: Present) -> str | None:
    """SQL giving table_name, concept_id, rows for every code that means nothing here; None when no
    table has codes."""
    parts = []
    for table, (column, domains) in CODED.items():
        if table not in present:
            continue
        low, high = word_range(*domains)
        theirs = _theirs(present)
        ours = f"{column} BETWEEN {low} AND {high}" + (
            f" AND {column} NOT IN ({theirs})" if theirs else ""
        )
        known = (
            f" AND {column} NOT IN (SELECT concept_id FROM code_list)"
            if "code_list" in present
            else ""
        )
        parts.append(
            f"SELECT '{table}' AS table_name, {column} AS concept_id, count(*) AS rows FROM {table} "
            f"WHERE (NOT ({ours}){known}) OR {column} IS NULL GROUP BY {column}"
        )
    return (
        "\nUNION ALL ".join(parts) + "\nORDER BY rows DESC, table_name, concept_id"
        if parts
        else None
    )


def read_as_ours(present: Present) -> str:
    """SQL giving table_name, rows: how many rows hold a number of our words that nobody else names,
    table by table."""
    theirs = _theirs(present)
    parts = ["SELECT NULL AS table_name, 0 AS rows WHERE FALSE"]
    for table, (column, domains) in CODED.items():
        if table in present:
            low, high = word_range(*domains)
            but = f" AND {column} NOT IN ({theirs})" if theirs else ""
            parts.append(
                f"SELECT '{table}', count(*) FROM {table} WHERE {column} BETWEEN {low} AND {high}{but} HAVING count(*) > 0"
            )
    return "\nUNION ALL ".join(parts)


def days_covered(present: Present) -> str | None:
    """SQL giving `first` and `last`: the days between which anything stands in the records; None
    where nothing is dated."""
    dated = [*BEGINS.items(), ("observation_period", "observation_period_end_date")]
    parts = [
        f"SELECT min({c}) AS first, max({c}) AS last FROM {table}"
        for table, c in dated
        if c in present.get(table, set())
    ]
    return (
        f"SELECT min(first) AS first, max(last) AS last FROM ({' UNION ALL '.join(parts)})"
        if parts
        else None
    )


def word_range(*domains: str) -> tuple[int, int]:
    """The least and the greatest number of these domains' words; the vocabulary keeps neighbouring
    domains together."""
    numbers = [w.concept_id for w in words() if w.domain in domains]
    return min(numbers), max(numbers)


def _empty(table: Table) -> str:
    columns = ", ".join(f"CAST(NULL AS {c.sql}) AS {c.name}" for c in table.columns)
    return f"SELECT {columns} WHERE FALSE"


def _in_local_words(
    present: Present, table: str, columns: str, *, once: bool = False, where: str = ""
) -> str:
    """The two halves. `{id}` in `columns` is the local word, `{own}` whether the row was written in
    it; `once` keeps one word for each code, the lowest; `where` is a condition on the rows of the
    table, which is called t."""
    code, domains = CODED[table]
    low, high = word_range(*domains)
    also = f" AND {where}" if where else ""
    theirs = _theirs(present)
    but = f" ANTI JOIN ({theirs}) x ON x.concept_id = t.{code}" if theirs else ""
    words_in = columns.format(id=f"t.{code}", own="TRUE")
    local = f"SELECT {words_in} FROM {table} t{but} WHERE t.{code} BETWEEN {low} AND {high}{also}"
    if "code_list" not in present:
        return local
    meaning = _code_list(present, domains, says=("means",))
    if once:
        meaning = meaning.replace(
            "local_concept_id FROM", "min(local_concept_id) AS local_concept_id FROM", 1
        )
        meaning += " GROUP BY concept_id"
    return (
        f"{local}\nUNION ALL\nSELECT {columns.format(id='c.local_concept_id', own='FALSE')} FROM {table} t "
        f"JOIN ({meaning}) c ON c.concept_id = t.{code}{f' WHERE {where}' if where else ''}"
    )


def _theirs(present: Present) -> str | None:
    """SQL of the numbers from 2,000,000,000 up that are the records' own concepts and no words of
    ours: OMOP gives that range to whoever makes concepts of their own. None where the records name
    no concept at all."""
    named = [t for t in ("code_list", "concept") if "concept_id" in present.get(t, ())]
    return (
        " UNION ".join(
            f"SELECT concept_id FROM {t} WHERE concept_id >= {FIRST_LOCAL}" for t in named
        )
        or None
    )


def _code_list(present: Present, domains: Sequence[str], *, says: Sequence[str]) -> str:
    """concept_id, local_concept_id of the codes that say one of these of a word; without the column
    all codes mean."""
    low, high = word_range(*domains)
    sql = f"SELECT concept_id, local_concept_id FROM code_list WHERE local_concept_id BETWEEN {low} AND {high}"
    if "says" in present["code_list"]:
        return f"{sql} AND says IN ({', '.join(repr(s) for s in says)})"
    return sql if "means" in says else f"{sql} AND FALSE"


def _column(present: Present, table: str, column: str, otherwise: str) -> str:
    return f"t.{column}" if column in present[table] else otherwise


def _people(present: Present) -> str:
    ids = [c for c in ("race_concept_id", "ethnicity_concept_id") if c in present["person"]]
    ethnicity = "CAST(NULL AS VARCHAR)"
    joins = ""
    if ids:
        chosen = []
        for i, column in enumerate(ids):
            joins += f" LEFT JOIN ({_ethnic_words(present)}) e{i} ON e{i}.concept_id = t.{column}"
            chosen.append(f"e{i}.key")
        ethnicity = f"COALESCE({', '.join(chosen)})"
    death = "CAST(NULL AS DATE)"
    if "death" in present:
        joins += f" LEFT JOIN {DEATHS} d ON d.person_id = t.person_id"
        death = "d.death_date"
    sex = f"CASE t.gender_concept_id WHEN {OMOP_MALE} THEN 'male' WHEN {OMOP_FEMALE} THEN 'female' ELSE 'unknown' END"
    born = _birth_date(present)
    return (
        f"SELECT t.person_id, {sex} AS sex, {born} AS birth_date, {death} AS death_date, {ethnicity} AS ethnicity "
        f"FROM person t{joins}"
    )


def _deaths(present: Present) -> str:
    """The first day of death of each person that can be: 1900 and other days that were filled in
    are before any day on which the person can have been born, or a year or more before anybody
    observed or registered the person, and are none. A table of its own: worked out in every
    question about people it cost 0.2 CPU s of half a million."""
    died = "person_id IN (SELECT person_id FROM death)"
    joins, first = "", []
    for table, column in (
        ("observation_period", "observation_period_start_date"),
        ("registration", "start_date"),
    ):
        if table in present:
            joins += (
                f" LEFT JOIN (SELECT person_id, min({column}) AS first FROM {table} WHERE {died} GROUP BY person_id) "
                f"{table}_first ON {table}_first.person_id = t.person_id"
            )
            first.append(f"{table}_first.first")
    seen = (
        f" AND (LEAST({', '.join(first)}) IS NULL OR x.death_date > LEAST({', '.join(first)}) - 365)"
        if first
        else ""
    )
    return (
        f"SELECT x.person_id, min(x.death_date) AS death_date FROM death x JOIN person t ON t.person_id = x.person_id{joins} "
        f"WHERE x.death_date >= {_birth_date(present, earliest=True)}{seen} GROUP BY x.person_id"
    )


def impossible_days(present: Present, *, as_of: date) -> list[tuple[str, str]]:
    """What to say of births and deaths that cannot be, each with SQL that counts the people (one
    row, column n)."""
    covered = days_covered(present)
    last = (
        f"GREATEST(DATE '{as_of}', (SELECT last FROM ({covered})))"
        if covered
        else f"DATE '{as_of}'"
    )
    made = [
        (
            f"{{n}} cannot have been born when the records say (after they end, or more than {OLDEST} years before the day): "
            "the age is unknown and they are on no list",
            f"SELECT count(*) AS n FROM people WHERE birth_date IS NULL OR birth_date > {last} "
            f"OR birth_date <= DATE '{as_of}' - INTERVAL {OLDEST + 1} YEAR",
        )
    ]
    if "death" in present:
        made.append(
            (
                "{n} cannot have died when the records say (before birth, or long before they were first seen): "
                "such a day is no day of death",
                "SELECT count(*) AS n FROM people WHERE death_date IS NULL AND person_id IN (SELECT person_id FROM death)",
            )
        )
    return made


def _birth_date(present: Present, *, earliest: bool = False) -> str:
    """The day of birth, or the middle of what is known (its first day where the `earliest` is asked
    for); a month or day that no calendar has is not known."""
    year, moment = "t.year_of_birth", _column(present, "person", "birth_datetime", "NULL")
    month, day = (
        f"COALESCE({_column(present, 'person', f'{part}_of_birth', 'NULL')}, "
        f"CASE WHEN EXTRACT(year FROM {moment}) = {year} THEN EXTRACT({part} FROM {moment}) END)"
        if moment != "NULL"
        else _column(present, "person", f"{part}_of_birth", "NULL")
        for part in ("month", "day")
    )
    month = f"CASE WHEN {month} BETWEEN 1 AND 12 THEN {month} END"
    first = f"make_date({year}, COALESCE({month}, {1 if earliest else 7}), 1)"
    middle = "1" if earliest else f"CASE WHEN {month} IS NULL THEN 2 ELSE 15 END"
    known = f"{day} BETWEEN 1 AND EXTRACT(day FROM last_day({first})) AND ({month}) IS NOT NULL"
    return f"{first} + CAST(CASE WHEN {known} THEN {day} ELSE {middle} END - 1 AS INTEGER)"


def _ethnic_words(present: Present) -> str:
    """concept_id -> key of an ethnic group, as a small table written out."""
    listed = ", ".join(f"({w.concept_id}, '{w.key}')" for w in words() if w.domain == "ethnicity")
    own = f"SELECT concept_id, key FROM (VALUES {listed}) w(concept_id, key)"
    if theirs := _theirs(present):
        own += f" WHERE concept_id NOT IN ({theirs})"
    if "code_list" not in present:
        return own
    mapped = (
        f"SELECT c.concept_id, min(w.key) AS key FROM code_list c JOIN (VALUES {listed}) w(concept_id, key) "
        f"ON w.concept_id = c.local_concept_id GROUP BY c.concept_id"
    )
    return f"{own} UNION ALL {mapped}"


def _registrations(present: Present) -> str:
    code, join = "CAST(t.care_site_id AS VARCHAR)", ""
    if "care_site_source_value" in present.get("care_site", set()):
        code = f"COALESCE(s.care_site_source_value, {code})"
        join = " LEFT JOIN care_site s ON s.care_site_id = t.care_site_id"
    return f"SELECT t.person_id, {code} AS practice_code, t.start_date, t.end_date FROM registration t{join}"


def _diagnoses(present: Present) -> str:
    table = "condition_occurrence"
    end = _column(present, table, "condition_end_date", "CAST(NULL AS DATE)")
    visit = _column(present, table, "visit_occurrence_id", "CAST(NULL AS BIGINT)")
    primary = _is_among(
        present, "condition_status_concept_id", "primary_diagnosis", (OMOP_PRIMARY_DIAGNOSIS,)
    )
    on_list = _is_among(
        present, "condition_type_concept_id", "problem_list_entry", OMOP_PROBLEM_LIST
    )
    hospital = _is_among(present, "condition_type_concept_id", "hospital_entry", OMOP_HOSPITAL)
    columns = (
        f"t.person_id, {{id}} AS condition_id, t.condition_start_date AS start_date, {end} AS end_date, "
        f"{visit} AS visit_occurrence_id, {primary} AS is_primary, {on_list} AS on_list, {hospital} AS from_hospital"
    )
    return _in_local_words(present, table, columns)


def _endings(present: Present) -> str:
    """Ends of rows of the problem list; rows whose status says resolved; codes that say resolved or
    in remission."""
    table = "condition_occurrence"
    code, domains = CODED[table]
    parts = []
    ended = "t.condition_start_date"
    if "condition_end_date" in present[table]:
        ended = f"GREATEST({ended}, t.condition_end_date)"  # of a row without an end the start: GREATEST passes over null
        on_list = _is_among(
            present, "condition_type_concept_id", "problem_list_entry", OMOP_PROBLEM_LIST
        )
        columns = (
            "t.person_id, {id} AS condition_id, t.condition_end_date AS end_date, 'list' AS how"
        )
        where = f"t.condition_end_date >= t.condition_start_date AND {on_list}"
        parts.append(_in_local_words(present, table, columns, where=where))
    resolved = _is_among(present, "condition_status_concept_id", None, (OMOP_RESOLVED,))
    columns = f"t.person_id, {{id}} AS condition_id, {ended} AS end_date, 'ends' AS how"
    parts.append(_in_local_words(present, table, columns, where=resolved))
    if "code_list" in present:
        parts += [
            f"SELECT t.person_id, c.local_concept_id AS condition_id, t.condition_start_date AS end_date, '{says}' AS how "
            f"FROM {table} t JOIN ({_code_list(present, domains, says=(says,))}) c ON c.concept_id = t.{code}"
            for says in ("ends", "remits")
        ]
    return "\nUNION ALL ".join(parts)


def _is_among(present: Present, column: str, word: str | None, published: Sequence[int]) -> str:
    """Is a row's type or status one of the published concepts, the local word, or what the code
    list says is that word?"""
    if column not in present["condition_occurrence"]:
        return "FALSE"
    test = f"t.{column} IN ({', '.join(map(str, published))})"
    if word:
        theirs = _theirs(present)
        ours = f" AND {concept(word)} NOT IN ({theirs})" if theirs else ""
        test = f"({test} OR (t.{column} = {concept(word)}{ours}))"
    if word and "code_list" in present:
        mapped = f"SELECT concept_id FROM code_list WHERE local_concept_id = {concept(word)}"
        test = f"({test} OR t.{column} IN ({mapped}))"
    return f"COALESCE({test}, FALSE)"


def _contacts(present: Present) -> str:
    table = "visit_occurrence"
    site = _column(present, table, "care_site_id", "CAST(NULL AS INTEGER)")
    end = _column(present, table, "visit_end_date", "CAST(NULL AS DATE)")
    columns = (
        "t.visit_occurrence_id, t.person_id, {id} AS contact_id, t.visit_start_date AS start_date, "
        f"{end} AS end_date, {site} AS care_site_id"
    )
    return _in_local_words(present, table, columns, once=True)


def _prescriptions(present: Present) -> str:
    return _in_local_words(
        present,
        "drug_exposure",
        "t.person_id, {id} AS medicine_id, t.drug_exposure_start_date AS start_date",
    )


def _readings(present: Present) -> str:
    """Every measurement that has a number, in the unit of the vocabulary, or refused with the
    reason (`people.readings`). A unit that only the records' own vocabulary names is read by its
    code there."""
    table = "measurement"
    unit = _column(present, table, "unit_concept_id", "CAST(NULL AS BIGINT)")
    text = _column(present, table, "unit_source_value", "CAST(NULL AS VARCHAR)")
    entry = _column(present, table, "measurement_id", "CAST(0 AS BIGINT)")
    columns = (
        "t.person_id, {id} AS reading_id, t.measurement_date AS reading_date, "
        f"{_second_of_day(present)} AS at_second, {entry} AS entry, CAST(t.value_as_number AS DOUBLE) AS recorded, "
        f"{unit} AS unit_concept_id, {text} AS unit_text, {{own}} AS own"
    )
    rows = _in_local_words(present, table, columns)
    if {"concept_id", "concept_code", "domain_id"} <= present.get("concept", set()):
        rows = (
            "SELECT r.* REPLACE (COALESCE(NULLIF(trim(r.unit_text), ''), v.code) AS unit_text) "
            f"FROM ({rows}) r LEFT JOIN (SELECT concept_id, min(concept_code) AS code FROM concept "
            "WHERE domain_id = 'Unit' AND concept_id > 0 GROUP BY concept_id) v ON v.concept_id = r.unit_concept_id"
        )
    return valued_sql(rows, units=bool({"unit_concept_id", "unit_source_value"} & present[table]))


def _second_of_day(present: Present) -> str:
    """When on the day a measurement was taken; 0 where nobody wrote it."""
    moment = _column(present, "measurement", "measurement_datetime", "NULL")
    clock = _column(present, "measurement", "measurement_time", "NULL")
    if moment == clock == "NULL":
        return "0"
    seconds = (
        [f"NULLIF(CAST(epoch(CAST({moment} AS TIMESTAMP)) AS BIGINT) % 86400, 0)"]
        if moment != "NULL"
        else []
    )
    seconds += (
        [f"CAST(epoch(TRY_CAST(CAST({clock} AS VARCHAR) AS TIME)) AS BIGINT)"]
        if clock != "NULL"
        else []
    )
    return f"COALESCE({', '.join(seconds)}, 0)"


def _referrals(present: Present) -> str:
    site = _column(present, "referral", "care_site_id", "CAST(NULL AS INTEGER)")
    reason = _column(present, "referral", "stop_reason", "CAST(NULL AS VARCHAR)")
    columns = (
        f"t.referral_id, t.person_id, {{id}} AS kind_id, {site} AS care_site_id, t.clock_start_date, t.clock_stop_date, "
        f"{reason} AS stop_reason"
    )
    return _in_local_words(present, "referral", columns, once=True)


def _packages(present: Present) -> str:
    return _in_local_words(
        present, "social_care_package", "t.person_id, {id} AS kind_id, t.start_date, t.end_date"
    )


def _observed(present: Present) -> str:
    """A span that reaches the day after which one in twenty ends has not ended for the person:
    there the records end."""
    end = "t.observation_period_end_date"
    last = "SELECT quantile_disc(observation_period_end_date, 0.95) FROM main.observation_period"
    return (
        f"SELECT t.person_id, t.observation_period_start_date AS start_date, CASE WHEN {end} < ({last}) THEN {end} END "
        "AS end_date FROM observation_period t"
    )


def _residence(present: Present) -> str:
    return "SELECT person_id, area_code, start_date, end_date FROM residence"


_SELECTS = {
    "people": _people,
    "registrations": _registrations,
    "residence": _residence,
    "observed": _observed,
    "diagnoses": _diagnoses,
    "endings": _endings,
    "contacts": _contacts,
    "prescriptions": _prescriptions,
    "readings": _readings,
    "referrals": _referrals,
    "packages": _packages,
}
