"""A first code list for records in OMOP form: which local word each of their codes may mean, for a
person to review.

In: the records' own table of concepts and the codes that they use. Out: suggestions, each with how
it was found: by the published number of a standard concept, or by the name that the place's own
vocabulary gives the code (`names.csv`, our words, no terminology's content). A name that says
resolved, in remission, excluded, family history or the like is no suggestion of the condition, but
of what it says of it. What was measured in which unit does not matter here: each row's own unit
decides its value (`people.readings`). A code that nothing suggests is counted in the build's
unmapped codes, not lost.
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

from oneplace.faults import Fault, InputAtFault
from oneplace.sources.omop.files import RecordFile, open_records
from oneplace.sources.omop.reading import FileQuery, quote
from oneplace.tables.place import CODE_LIST_BY_KEY
from oneplace.tables.vocabulary import by_key

# OHDSI standardised vocabularies: standard concepts of the domains Visit and Race that hold in
# every release.
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
# What a name says of the condition it names, apart from meaning it. Somebody else's, feared, looked
# for, excluded, past:
NOT_IT = re.compile(
    r"family history|\bf/?h\b|\bhistory of|\bh/o\b|\bpast history|"
    r"\b(mother|father|parent|brother|sister|sibling|spouse|partner|relative|grandparent)s? (has|had|have|with)\b|"
    r"\bcarer (of|for)\b|\bcontact with|exposure to|\bcarrier\b|"
    r"\bno (evidence|history)|\bscreen|\bat (high |low |increased )?risk|\brisk (of|for|factor)|suscepti|predispos|"
    r"suspected|\bpossible\b|\bquery\b|\?|\bunlikely\b|\bfear of|\bworried about|false positive|"
    r"vaccin|immuni[sz]ation|prophyla|prevention|education|\badvice\b|\bdeclined\b|"
    r"\bexclu|\brul(ed|e|ing) out|\babsent\b|\bnot (present|found|detected|diagnosed|confirmed|established|evident|seen|proven)|"
    r"misdiagnos|\bin error\b|\bdiagnosis (withdrawn|removed|revoked)|"
    r"\bnegative for\b|(test|screen|status|antibody|antigen|serology|virus|result)s? (is |was )?negative|"
    r"(?<!receptor )(?<!node )(?<!her2 )(?<!her2-)(?<!gram )(?<!gram-)\bnegative$"
)
ENDS = re.compile(
    r"\bresolved\b|\bno longer\b|\bcured\b|\brecovered\b|\bnot (clinically |now |currently )?(needed|required|indicated)\b|"
    r"\bex-? ?smoker|\b(former|previous|past) smoker|\b(stopped|gave up|quit|ceased) smoking|\bsmoking (stopped|ceased)|"
    r"\b(former|ex)-? ?carer|\bceased to be\b"
)
REMITS = re.compile(r"\bremission\b|\bin recovery\b")
HELD = re.compile(
    r"\b(not|never) (yet )?(in |been )?(full |complete )?(remission|resolved|cured|recovered)|without remission|\bnot resolved"
)
# What follows `without` or `no`, and the one word after `non-`, is not said of the person.
NEGATED = re.compile(
    r"\b(without|with no|no|never|denies|denied|absence of|lack of|free of|other than|not (a|an|pregnant|having|known))\b.*|"
    r"\b(non|pseudo)[- ]?[a-z]+"
)


@dataclass(frozen=True)
class Suggestion:
    """One row of the place's `tables/code_list.csv`."""

    concept_id: int
    key: str
    says: str
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
    """Suggestions for codes, each with its name and domain where the place's vocabulary has
    them."""
    made = []
    for concept_id, named in sorted(concepts.items()):
        if concept_id in STANDARD:
            key, standard_name = STANDARD[concept_id]
            made.append(
                _suggestion(
                    concept_id,
                    key,
                    "means",
                    named[0] if named else standard_name,
                    "standard concept",
                )
            )
        elif named:
            made += [
                _suggestion(concept_id, key, says, named[0], "suggested by name")
                for key, says in said_of(*named)
            ]
    return made


def said_of(name: str, domain: str) -> list[tuple[str, str]]:
    """The local words that a name speaks of, in the order of `names.csv`, each with what it says of
    it: means, ends, remits or not. `Asthma resolved` ends asthma, `Cancer in remission` remits it,
    `Diabetes without complication` means diabetes and is not its complications."""
    lower = name.lower()
    found = [r for r in _rules() if r.domain == domain and r.named_in(lower)]
    return list(
        {r.key: says(name, r.key) if domain == "Condition" else "means" for r in found}.items()
    )


def says(name: str, key: str) -> str:
    """What a condition's name says of the local word: means, ends, remits or not."""
    lower = " ".join(name.lower().split())
    if not HELD.search(lower):
        for pattern, said in ((NOT_IT, "not"), (ENDS, "ends"), (REMITS, "remits")):
            if pattern.search(lower):
                return said
    own = [r for r in _rules() if r.key == key and r.named_in(lower)]
    affirmed = NEGATED.sub(" ", lower)
    if any(not r.literally and not r.named_in(affirmed) for r in own):
        return "not"
    return "means"


def write_code_list(rows: Iterable[Suggestion], path: Path) -> int:
    """Write `tables/code_list.csv` for review; the number of rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with path.open("w", encoding="utf-8", newline="") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(CODE_LIST_BY_KEY.names)
        for row in rows:
            fields = asdict(row)
            out.writerow(
                ["" if fields.get(c) is None else fields[c] for c in CODE_LIST_BY_KEY.names]
            )
            written += 1
    return written


def _suggestion(concept_id: int, key: str, says: str, name: str | None, how: str) -> Suggestion:
    clean = " ".join(name.split()) if name else None
    return Suggestion(concept_id, key, says, clean, by_key()[key].domain, how)


def _used(files: Iterable[RecordFile], con: duckdb.DuckDBPyConnection) -> set[int]:
    used: set[int] = set()
    for i, f in enumerate(files):
        for column in CODED.get(f.table.name, ()):
            values = FileQuery(f, con, f"used_{i}_{column}").values()
            used |= {
                r[0]
                for r in con.execute(f"SELECT DISTINCT {quote(column)} FROM ({values})").fetchall()
                if r[0]
            }
    return used


def _names(
    files: Iterable[RecordFile], con: duckdb.DuckDBPyConnection
) -> dict[int, tuple[str, str]]:
    names: dict[int, tuple[str, str]] = {}
    for i, f in enumerate(files):
        if f.table.name == "concept":
            values = FileQuery(f, con, f"named_{i}").values()
            rows = con.execute(
                f"SELECT concept_id, concept_name, domain_id FROM ({values})"
            ).fetchall()
            names |= {r[0]: (r[1], r[2]) for r in rows if r[1] and r[2]}
    return names


@dataclass(frozen=True)
class _Rule:
    domain: str
    key: str
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None

    def named_in(self, lower: str) -> bool:
        return bool(self.pattern.search(lower)) and not (self.unless and self.unless.search(lower))

    @property
    def literally(self) -> bool:
        """The pattern itself asks for a `non-` or `no`, so that nothing is taken from the name
        before it is asked."""
        return "non-" in self.pattern.pattern


@cache
def _rules() -> tuple[_Rule, ...]:
    text = (
        resources.files("oneplace.sources.omop").joinpath("names.csv").read_text(encoding="utf-8")
    )
    rules = []
    for r in csv.DictReader(text.splitlines()):
        if r["key"] not in by_key():
            raise InputAtFault(
                Fault(
                    what="no such local word",
                    file="names.csv",
                    found=r["key"],
                    expected="a key of vocabulary.csv",
                )
            )
        unless = re.compile(r["unless"]) if r["unless"] else None
        rules.append(_Rule(r["domain"], r["key"], re.compile(r["pattern"]), unless))
    return tuple(rules)
