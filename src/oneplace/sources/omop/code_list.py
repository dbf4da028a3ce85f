"""A first code list for records in OMOP form: which local word each of their codes may mean, for a person to review.

In: the records' own table of concepts and the codes that they use. Out: suggestions, each with how it was found: by the
published number of a standard concept, or by the name that the place's own vocabulary gives the code (`names.csv`, our
words, no terminology's content). What was measured in which unit does not matter here: each row's own unit decides its
value (`people.readings`). A code that nothing suggests is counted in the build's unmapped codes, not lost.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import duckdb
import pyarrow as pa

from oneplace.faults import Fault, InputAtFault
from oneplace.sources.omop.files import RecordFile, open_records
from oneplace.sources.omop.reading import Reading, quote
from oneplace.tables.place import CODE_LIST_BY_KEY
from oneplace.tables.vocabulary import by_key

# OHDSI standardised vocabularies: standard concepts of the domains Visit and Race that hold in every release.
STANDARD: dict[int, tuple[str, str]] = {
    9201: ("inpatient_admission", "Inpatient visit"),
    262: ("emergency_admission", "Emergency room and inpatient visit"),
    9203: ("ae_attendance", "Emergency room visit"),
    9202: ("outpatient_follow_up", "Outpatient visit"),
    38004207: ("outpatient_follow_up", "Ambulatory clinic or centre"),
    38004453: ("gp_consultation", "Ambulatory family practice clinic"),
    581476: ("community_contact", "Home visit"),
    581477: ("gp_consultation", "Office visit"),
    581478: ("ambulance_call", "Ambulance visit"),
    581479: ("community_contact", "Rehabilitation visit"),
    5083: ("gp_consultation", "Telehealth visit"),
    8717: ("inpatient_admission", "Inpatient hospital"),
    8870: ("ae_attendance", "Emergency room, hospital"),
    8782: ("urgent_care_attendance", "Urgent care facility"),
    8527: ("white", "White"),
    8516: ("black", "Black or African American"),
    8515: ("asian", "Asian"),
    8522: ("other_ethnic_group", "Other race"),
}
CODED = {
    "condition_occurrence": ("condition_concept_id",),
    "drug_exposure": ("drug_concept_id",),
    "measurement": ("measurement_concept_id",),
    "visit_occurrence": ("visit_concept_id",),
    "person": ("race_concept_id", "ethnicity_concept_id"),
}
NEVER = re.compile(
    r"family history|\bhistory of|\bno (evidence|history)|screening|\bat risk|suspected|\bfear of|vaccin|exposure to"
)


@dataclass(frozen=True)
class Suggestion:
    """One row of the place's `tables/code_list.csv`."""

    concept_id: int
    key: str
    concept_name: str | None
    domain: str
    how: str


def suggest_code_list(path: Path, con: duckdb.DuckDBPyConnection) -> list[Suggestion]:
    """Suggestions for every code that the records at `path` use. `con` is a database in memory."""
    with open_records(path) as records:
        used = _used(records.files, con)
        names = _names(records.files, con)
    return suggestions({c: names.get(c) for c in used})


def suggestions(concepts: dict[int, tuple[str, str] | None]) -> list[Suggestion]:
    """Suggestions for codes, each with its name and domain where the place's vocabulary has them."""
    made = []
    for concept_id, named in sorted(concepts.items()):
        if concept_id in STANDARD:
            key, standard_name = STANDARD[concept_id]
            made.append(_suggestion(concept_id, key, named[0] if named else standard_name, "standard concept"))
        elif named:
            made += [_suggestion(concept_id, key, named[0], "suggested by name") for key in keys_for(*named)]
    return made


def keys_for(name: str, domain: str) -> list[str]:
    """The local words that a name suggests, in the order of `names.csv`."""
    lower = name.lower()
    if domain == "Condition" and NEVER.search(lower):
        return []
    found = [
        r.key
        for r in _rules()
        if r.domain == domain and r.pattern.search(lower) and not (r.unless and r.unless.search(lower))
    ]
    if domain == "Drug" and not found:
        return []
    return list(dict.fromkeys(found))


def as_table(rows: Iterable[Suggestion]) -> pa.Table:
    """The suggestions as the declared table."""
    return pa.Table.from_pylist([asdict(r) for r in rows], schema=CODE_LIST_BY_KEY.arrow)


def write_code_list(rows: Iterable[Suggestion], path: Path) -> int:
    """Write `tables/code_list.csv` for review; the number of rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with path.open("w", encoding="utf-8", newline="") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(CODE_LIST_BY_KEY.names)
        for row in rows:
            fields = asdict(row)
            out.writerow(["" if fields.get(c) is None else fields[c] for c in CODE_LIST_BY_KEY.names])
            written += 1
    return written


def _suggestion(concept_id: int, key: str, name: str | None, how: str) -> Suggestion:
    clean = " ".join(name.split()) if name else None
    return Suggestion(concept_id, key, clean, by_key()[key].domain, how)


def _used(files: Iterable[RecordFile], con: duckdb.DuckDBPyConnection) -> set[int]:
    used: set[int] = set()
    for i, f in enumerate(files):
        for column in CODED.get(f.table.name, ()):
            values = Reading(f, con, f"used_{i}_{column}").values()
            used |= {r[0] for r in con.execute(f"SELECT DISTINCT {quote(column)} FROM ({values})").fetchall() if r[0]}
    return used


def _names(files: Iterable[RecordFile], con: duckdb.DuckDBPyConnection) -> dict[int, tuple[str, str]]:
    names: dict[int, tuple[str, str]] = {}
    for i, f in enumerate(files):
        if f.table.name == "concept":
            values = Reading(f, con, f"named_{i}").values()
            rows = con.execute(f"SELECT concept_id, concept_name, domain_id FROM ({values})").fetchall()
            names |= {r[0]: (r[1], r[2]) for r in rows if r[1] and r[2]}
    return names


@dataclass(frozen=True)
class _Rule:
    domain: str
    key: str
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None


@cache
def _rules() -> tuple[_Rule, ...]:
    text = resources.files("oneplace.sources.omop").joinpath("names.csv").read_text(encoding="utf-8")
    rules = []
    for r in csv.DictReader(text.splitlines()):
        if r["key"] not in by_key():
            raise InputAtFault(
                Fault(what="no such local word", file="names.csv", found=r["key"], expected="a key of vocabulary.csv")
            )
        unless = re.compile(r["unless"]) if r["unless"] else None
        rules.append(_Rule(r["domain"], r["key"], re.compile(r["pattern"]), unless))
    return tuple(rules)
