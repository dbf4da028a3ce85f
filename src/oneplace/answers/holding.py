"""Every row that a build holds about one person, table by table, for the copy that a person may ask
for.

In: a session and a pseudonym. Out: plain rows of every table that has persons. Groups and the place
on the list are not among them (`explain` says these), nor are the columns that say who is thought
to be dying. The person's name lies in another file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from oneplace.answers import last_phase
from oneplace.answers.people import documents
from oneplace.engines.one_person import WHEREABOUTS, rows_of

if TYPE_CHECKING:
    from oneplace.answers.session import Session

# Tables that only say where a person's rows lie, and those read as what they are part of.
_NO_RECORD = frozenset({WHEREABOUTS, "deaths", "caseload_kept", "caseload_reasons", "segments"})
_READ_AS = {"features_kept": "features"}
TITLES = {
    "person": "sex and birth",
    "death": "death",
    "observation_period": "time in the records",
    "visit_occurrence": "admissions and contacts",
    "condition_occurrence": "diagnoses",
    "drug_exposure": "medicines",
    "measurement": "results",
    "observation": "other findings",
    "features": "facts worked out of the records",
    "risks": "risk of an emergency admission",
    "reviewed": "the last review",
    "scores": "scores worked out of the records",
}


def rows_about(session: Session, person: int) -> dict[str, list[dict[str, Any]]]:
    """Table -> rows, for every table of the build in which this person stands."""
    found, unsaid = {}, {"person_id", *last_phase.names(documents(session))}
    for table, columns in sorted(session.engine.columns().items()):
        if "person_id" not in columns or table in _NO_RECORD:
            continue
        name = _READ_AS.get(table, table)
        rows = session.ask(*rows_of(name, person))
        if rows:
            found[name] = [{k: v for k, v in r.items() if k not in unsaid} for r in rows]
    return found
