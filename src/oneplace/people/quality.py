"""How good are the records? Declared checks, compiled to SQL, judged against what is usual.

In: which OMOP tables the records hold and the day to call today. Out: `checks`, then one statement
for each table that answers all its checks in one reading (`statements`), then findings with counts,
shares and a sentence (`judge`). Nothing is run here: `report` asks through a function that it is
given. Rows found wanting are counted, never dropped.

The kinds follow the OHDSI Data Quality Dashboard for CDM 5.4 in the categories of Kahn et al. 2016
(eGEMs 4(1):1244): conformance, completeness, plausibility. Shares that pass are the Dashboard's
own: none for keys and links, 5% for codes, 1% for values and dates (Blacketer et al. 2021, J Am Med
Inform Assoc 28(10):2251-7, and its threshold files for 5.4).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oneplace.tables.declare import Column
from oneplace.tables.omop import OMOP, PERSON_KEYS

Present = Mapping[str, set[str]]
Ask = Callable[[str], Sequence[Mapping[str, Any]]]

FIRST_LOCAL = 2_000_000_000
OLDEST_YEARS = 115
EARLIEST_EVENT, EARLIEST_BIRTH = "1950-01-01", "1850-01-01"
DAYS_AFTER_DEATH = (
    60  # the Dashboard's allowance: letters and claims are dated after the event they are about
)
DAYS_AROUND_A_VISIT = 7


@dataclass(frozen=True)
class Defect:
    """What is looked for. `said` finishes the sentence "12 of 5,000 rows of person ..."."""

    category: str
    most_share: float
    said: str


KINDS: dict[str, Defect] = {
    "unknown_person": Defect(
        "conformance", 0, "are about someone who is not in the table of people"
    ),
    "unknown_link": Defect("conformance", 0, "name a row that is not there"),
    "unknown_code": Defect("conformance", 0, "hold a code that the vocabulary does not have"),
    "wrong_domain": Defect("conformance", 0.05, "hold a code that is about something else"),
    "not_standard": Defect("conformance", 0.05, "hold a code that records are not meant to use"),
    "overlapping": Defect("conformance", 0, "overlap or touch another span of the same person"),
    "empty": Defect("completeness", 0.05, "are empty here"),
    "no_code": Defect("completeness", 0.05, "hold no code, only 0"),
    "people_without": Defect("completeness", 0.95, "have no row here"),
    "people_unobserved": Defect("completeness", 0, "have no row here"),
    "before_birth": Defect("plausibility", 0.01, "lie before the person's birth"),
    "after_death": Defect(
        "plausibility", 0.01, f"lie more than {DAYS_AFTER_DEATH} days after the person's death"
    ),
    "in_the_future": Defect("plausibility", 0.01, "lie in the future"),
    "too_early": Defect("plausibility", 0.01, "lie before records of this kind were kept"),
    "ends_before_start": Defect("plausibility", 0.01, "end before they start"),
    "outside_visit": Defect(
        "plausibility", 0.01, "lie more than a week outside the contact they belong to"
    ),
    "out_of_range": Defect("plausibility", 0.01, "hold a number that can hardly be"),
    "too_old": Defect(
        "plausibility", 0.01, f"would be over {OLDEST_YEARS} and have no date of death"
    ),
}

# Numbers that can hardly be, by table and column: the least and the greatest that can.
RANGES: dict[tuple[str, str], tuple[float, float | None]] = {
    ("person", "month_of_birth"): (1, 12),
    ("person", "day_of_birth"): (1, 31),
    ("drug_exposure", "days_supply"): (1, 365),
    ("drug_exposure", "refills"): (0, 24),
    ("drug_exposure", "quantity"): (1e-7, None),
    ("drug_era", "gap_days"): (0, None),
    ("drug_era", "drug_exposure_count"): (1, None),
    ("dose_era", "dose_value"): (0, None),
    ("condition_era", "condition_occurrence_count"): (1, None),
    ("device_exposure", "quantity"): (1, None),
    ("procedure_occurrence", "quantity"): (1, None),
    ("specimen", "quantity"): (1, None),
}
# The column of each table that says what the row is about, and the domain its codes belong to.
MAIN_CODES: dict[str, tuple[str, str]] = {
    "visit_occurrence": ("visit_concept_id", "Visit"),
    "visit_detail": ("visit_detail_concept_id", "Visit"),
    "condition_occurrence": ("condition_concept_id", "Condition"),
    "condition_era": ("condition_concept_id", "Condition"),
    "drug_exposure": ("drug_concept_id", "Drug"),
    "drug_era": ("drug_concept_id", "Drug"),
    "procedure_occurrence": ("procedure_concept_id", "Procedure"),
    "device_exposure": ("device_concept_id", "Device"),
    "measurement": ("measurement_concept_id", "Measurement"),
    "observation": ("observation_concept_id", ""),
}
# Links that everything rests on, and where they lead.
LINKS: dict[str, str] = {
    "visit_occurrence_id": "visit_occurrence",
    "visit_detail_id": "visit_detail",
    "care_site_id": "care_site",
    "provider_id": "provider",
    "location_id": "location",
}
# Columns whose emptiness the people river would feel.
WANTED: tuple[tuple[str, str], ...] = (
    ("person", "month_of_birth"),
    ("person", "care_site_id"),
    ("person", "location_id"),
    ("visit_occurrence", "care_site_id"),
    ("condition_occurrence", "visit_occurrence_id"),
    ("condition_occurrence", "condition_status_concept_id"),
    ("measurement", "value_as_number"),
    ("measurement", "unit_concept_id"),
)
EXPECTED_OF_PEOPLE = ("visit_occurrence", "condition_occurrence", "drug_exposure", "measurement")


@dataclass(frozen=True)
class Check:
    """One thing looked for in one place. `wanting` and `among` are conditions on a row `t` of the
    table and what is joined."""

    kind: str
    table: str
    column: str | None
    wanting: str
    among: str = "TRUE"

    @property
    def name(self) -> str:
        return ".".join(filter(None, (self.table, self.column, self.kind)))


@dataclass(frozen=True)
class Statement:
    """SQL that gives one row with wanting_0, among_0, wanting_1, ... for its checks in order."""

    sql: str
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class Finding:
    check: Check
    wanting: int
    looked_at: int

    @property
    def share(self) -> float:
        return self.wanting / self.looked_at if self.looked_at else 0.0

    @property
    def passed(self) -> bool:
        return self.share <= KINDS[self.check.kind].most_share

    @property
    def sentence(self) -> str:
        kind, check = KINDS[self.check.kind], self.check
        whom = "people" if check.kind.startswith("people_") or check.table == "person" else "rows"
        where = check.table + (f" ({check.column})" if check.column else "")
        if not self.looked_at:
            return f"{where}: nothing to look at."
        usual = "none is" if kind.most_share == 0 else f"up to {kind.most_share:.0%} is"
        share = f"{self.share:.1%}" if self.share == 0 or self.share >= 0.001 else "under 0.1%"
        return f"{where}: {self.wanting:,} of {self.looked_at:,} {whom} ({share}) {kind.said}; {usual} usual."


def report(ask: Ask, present: Present, *, on: dt.date) -> list[dict[str, Any]]:
    """The whole report as rows of `tables.quality.QUALITY`; `ask` runs SQL and gives rows by
    name."""
    rows = []
    for statement in statements(checks(present, on=on), present):
        rows += [as_row(f) for f in judge(statement, ask(statement.sql)[0])]
    return sorted(rows, key=lambda r: (r["passed"], r["category"], -r["share"], r["check_name"]))


def judge(statement: Statement, answer: Mapping[str, Any]) -> list[Finding]:
    """What a statement's one row says about its checks."""
    return [
        Finding(check, int(answer[f"wanting_{i}"] or 0), int(answer[f"among_{i}"] or 0))
        for i, check in enumerate(statement.checks)
    ]


def as_row(f: Finding) -> dict[str, Any]:
    kind = KINDS[f.check.kind]
    return {
        "check_name": f.check.name,
        "kind": f.check.kind,
        "category": kind.category,
        "table_name": f.check.table,
        "column_name": f.check.column,
        "wanting": f.wanting,
        "looked_at": f.looked_at,
        "share": f.share,
        "most_share": kind.most_share,
        "passed": f.passed,
        "sentence": f.sentence,
    }


def checks(present: Present, *, on: dt.date) -> list[Check]:
    """Every check that these records can answer. `on` is the day after which a date lies in the
    future."""
    made: list[Check] = []
    for table in OMOP.values():
        if table.name not in present:
            continue
        columns = [c for c in table.columns if c.name in present[table.name]]
        made += _keys(table.name, present)
        made += [c for column in columns for c in _links(table.name, column, present)]
        made += _codes(table.name, present)
        made += _ranges(table.name, columns, on)
        made += [
            c
            for column in columns
            if column.type == "date"
            for c in _dates(table.name, column, present, on)
        ]
        made += _people(table.name, present, on)
    return made


def statements(listed: Iterable[Check], present: Present) -> list[Statement]:
    """One statement for the checks of each table, one for those that hold its rows against their
    contacts, and one for each check that reads the table in its own way."""
    by_table: dict[str, list[Check]] = {}
    by_link: dict[str, list[Check]] = {}
    alone: list[Statement] = []
    for check in listed:
        if check.kind in _ALONE:
            alone.append(Statement(_ALONE[check.kind](check), (check,)))
        elif "v." in check.wanting:
            by_link.setdefault(check.table, []).append(check)
        else:
            by_table.setdefault(check.table, []).append(check)
    scans = [Statement(_scan(t, c, present), tuple(c)) for t, c in by_table.items()]
    return scans + [Statement(_linked(t, c), tuple(c)) for t, c in by_link.items()] + alone


def _keys(table: str, present: Present) -> Iterator[Check]:
    person = PERSON_KEYS.get(table)
    if person in present[table] and table != "person" and "person" in present:
        yield Check("unknown_person", table, person, "p.person_id IS NULL")
    if table == "observation_period":
        yield Check("overlapping", table, None, "TRUE")


def _links(table: str, column: Column, present: Present) -> Iterator[Check]:
    to = LINKS.get(column.name)
    if to == "visit_occurrence" and _linked_to_visit(table, present):
        yield Check(
            "unknown_link",
            table,
            column.name,
            "v.visit_start IS NULL",
            f"t.{column.name} IS NOT NULL",
        )
    elif to and to != table and to in present:
        known = f"t.{column.name} IN (SELECT {column.name} FROM {to})"
        yield Check(
            "unknown_link", table, column.name, f"NOT {known}", f"t.{column.name} IS NOT NULL"
        )
    if (table, column.name) in WANTED:
        yield Check("empty", table, column.name, f"t.{column.name} IS NULL")


def _codes(table: str, present: Present) -> Iterator[Check]:
    if table not in MAIN_CODES or MAIN_CODES[table][0] not in present[table]:
        return
    column, domain = MAIN_CODES[table]
    yield Check("no_code", table, column, f"t.{column} = 0")
    if "concept" not in present:
        return
    foreign = f"t.{column} <> 0 AND t.{column} < {FIRST_LOCAL}"
    yield Check("unknown_code", table, column, "c.concept_id IS NULL", foreign)
    known = f"{foreign} AND c.concept_id IS NOT NULL"
    if domain:
        yield Check("wrong_domain", table, column, f"c.domain_id <> '{domain}'", known)
    yield Check("not_standard", table, column, "c.standard_concept IS DISTINCT FROM 'S'", known)


def _ranges(table: str, columns: Sequence[Column], on: dt.date) -> Iterator[Check]:
    limits = dict(RANGES) | {("person", "year_of_birth"): (int(EARLIEST_BIRTH[:4]), on.year)}
    for column in columns:
        if (table, column.name) not in limits:
            continue
        low, high = limits[table, column.name]
        outside = f"t.{column.name} < {low}" + (
            f" OR t.{column.name} > {high}" if high is not None else ""
        )
        yield Check("out_of_range", table, column.name, outside, f"t.{column.name} IS NOT NULL")


def _dates(table: str, column: Column, present: Present, on: dt.date) -> Iterator[Check]:
    if table in _UNDATED:
        return
    at, given = f"t.{column.name}", f"t.{column.name} IS NOT NULL"
    yield Check("in_the_future", table, column.name, f"{at} > DATE '{on.isoformat()}'", given)
    yield Check("too_early", table, column.name, f"{at} < DATE '{EARLIEST_EVENT}'", given)
    about_person = PERSON_KEYS.get(table) in present[table] and "person" in present
    if about_person:
        yield Check(
            "before_birth", table, column.name, f"{at} < p.born", f"{given} AND p.born IS NOT NULL"
        )
    if about_person and "death" in present and table != "death":
        yield Check(
            "after_death", table, column.name, f"{at} > p.late", f"{given} AND p.late IS NOT NULL"
        )
    start = column.name.replace("_end_date", "_start_date")
    if start != column.name and start in present[table]:
        yield Check(
            "ends_before_start",
            table,
            column.name,
            f"{at} < t.{start}",
            f"{given} AND t.{start} IS NOT NULL",
        )
    elif _linked_to_visit(table, present) and not column.name.startswith("verbatim"):
        near = DAYS_AROUND_A_VISIT
        outside = f"{at} < v.visit_start - {near} OR {at} > v.visit_end + {near}"
        yield Check(
            "outside_visit", table, column.name, outside, f"{given} AND v.visit_start IS NOT NULL"
        )


def _people(table: str, present: Present, on: dt.date) -> Iterator[Check]:
    if table == "person":
        alive = " AND p.late IS NULL" if "death" in present else ""
        old = f"p.born + INTERVAL {OLDEST_YEARS} YEAR < DATE '{on.isoformat()}'{alive}"
        yield Check("too_old", table, None, old, "p.born IS NOT NULL")
    elif "person" in present and table == "observation_period":
        yield Check("people_unobserved", table, None, "TRUE")
    elif "person" in present and table in EXPECTED_OF_PEOPLE:
        yield Check("people_without", table, None, "TRUE")


# Tables whose dates are not of what happened to people.
_UNDATED = {t for t in OMOP if t not in PERSON_KEYS} - {"cdm_source"} | {"note_nlp"}


def _linked_to_visit(table: str, present: Present) -> bool:
    visits = {"visit_occurrence_id", "visit_start_date", "visit_end_date"}
    linked = "visit_occurrence_id" in present[table] and table != "visit_occurrence"
    return linked and visits <= present.get("visit_occurrence", set())


def _scan(table: str, listed: Sequence[Check], present: Present) -> str:
    """All checks of a table in one reading, joined with only what they speak of: its people once,
    births and deaths together. Keys are proved where records come in, so no join needs to group
    what it joins."""
    spoken = " ".join(f"{c.wanting} {c.among}" for c in listed)
    people = joins = ""
    if "p." in spoken:
        people = f"WITH people_known AS MATERIALIZED ({_people_known(present)})\n"
        joins += (
            f"\nLEFT JOIN people_known p ON p.person_id = t.{PERSON_KEYS.get(table, 'person_id')}"
        )
    if "c." in spoken:
        joins += f"\nLEFT JOIN concept c ON c.concept_id = t.{MAIN_CODES[table][0]}"
    return f"{people}SELECT\n  {_counts(listed)}\nFROM {table} t{joins}"


def _linked(table: str, listed: Sequence[Check]) -> str:
    """A table's rows beside the contact that each names. Rows that name one are counted first: an
    inner join, which the database turns to build on the smaller side and skips where no row names
    any, leaves only those whose contact is there."""
    counts = [
        f"(SELECT count(t.{c.column}) FROM {table} t) - count(*) AS wanting_{i}, "
        f"(SELECT count(t.{c.column}) FROM {table} t) AS among_{i}"
        if c.kind == "unknown_link"
        else _counts([c], first=i)
        for i, c in enumerate(listed)
    ]
    return (
        "SELECT\n  "
        + ",\n  ".join(counts)
        + f"\nFROM {table} t JOIN (SELECT visit_occurrence_id, visit_start_date AS "
        "visit_start, visit_end_date AS visit_end FROM visit_occurrence) v ON v.visit_occurrence_id = t.visit_occurrence_id"
    )


def _counts(listed: Sequence[Check], *, first: int = 0) -> str:
    """`count_if` costs half of `count(*) FILTER`."""
    return ",\n  ".join(
        f"count_if({_both(c.among, c.wanting)}) AS wanting_{i}, "
        f"{'count(*)' if c.among == 'TRUE' else f'count_if({c.among})'} AS among_{i}"
        for i, c in enumerate(listed, start=first)
    )


def _both(among: str, wanting: str) -> str:
    return wanting if among == "TRUE" else f"({among}) AND ({wanting})"


def _people_known(present: Present) -> str:
    """Each person's earliest possible day of birth, so that no event of a first year counts as
    before it, and the last day that an event may have after a death."""
    month, day = (
        f"COALESCE({part}_of_birth, 1)" if f"{part}_of_birth" in present["person"] else "1"
        for part in ("month", "day")
    )
    sane = (
        f"year_of_birth BETWEEN 1 AND 9999 AND {month} BETWEEN 1 AND 12 AND {day} BETWEEN 1 AND 28"
    )
    born = f"CASE WHEN {sane} THEN make_date(year_of_birth, {month}, {day}) WHEN year_of_birth BETWEEN 1 AND 9999 "
    born += f"AND {month} BETWEEN 1 AND 12 THEN make_date(year_of_birth, {month}, 28) END"
    late, join = "CAST(NULL AS DATE)", ""
    if "death" in present:
        late, join = f"death_date + {DAYS_AFTER_DEATH}", " LEFT JOIN death USING (person_id)"
    return f"SELECT person_id, {born} AS born, {late} AS late FROM person{join}"


def _overlapping(check: Check) -> str:
    return (
        "SELECT count(*) FILTER (WHERE observation_period_start_date <= before + INTERVAL 1 DAY) AS wanting_0, "
        "count(*) AS among_0 FROM (SELECT observation_period_start_date, max(observation_period_end_date) OVER "
        "(PARTITION BY person_id ORDER BY observation_period_start_date, observation_period_id "
        f"ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before FROM {check.table})"
    )


def _without(check: Check) -> str:
    return (
        f"SELECT count(*) AS wanting_0, (SELECT count(*) FROM person) AS among_0 "
        f"FROM person p ANTI JOIN {check.table} e ON e.person_id = p.person_id"
    )


_ALONE: dict[str, Callable[[Check], str]] = {
    "overlapping": _overlapping,
    "people_without": _without,
    "people_unobserved": _without,
}
