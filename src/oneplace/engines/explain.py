"""Why one person stands where they stand: from the place on the list down to the rows of the
records.

In: an engine open on a finished build, the place's documents and tables, a pseudonym. Out: plain
values: the segment with the rule that held and those that did not, each score with its parts, the
risk with what each predictor adds, the place on the team's list, and under each feature the rows it
was worked out from. Everything is worked out again here from the person's own rows; a feature whose
stored value is another is said to differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from oneplace.documents.expressions import Value
from oneplace.engines.duck import DuckEngine
from oneplace.engines.one_person import OnePerson
from oneplace.faults import Fault, InputAtFault
from oneplace.people import risk as r
from oneplace.people.caseload import REFUSED, REFUSED_SENTENCE
from oneplace.people.documents import PeopleDocuments
from oneplace.people.features import unknown
from oneplace.people.features.courses import ConditionState, states
from oneplace.people.features.declare import HasDiagnosis
from oneplace.people.features.plain import Worked, work_out
from oneplace.people.readings import said_of
from oneplace.people.records import HOSPITAL_KINDS, INCOMPLETE, filled
from oneplace.people.scores import Score, Scored, names_used, score
from oneplace.people.segments import Segmentation, place
from oneplace.tables.vocabulary import concept, words

HISTORY = (
    "people",
    "registrations",
    "residence",
    "diagnoses",
    "endings",
    "contacts",
    "prescriptions",
    "readings",
    "referrals",
    "packages",
)
# River table -> the columns that say when, until when, what and how much.
SHOWN = {
    "registrations": ("start_date", "end_date", "practice_code", None),
    "residence": ("start_date", "end_date", "area_code", None),
    "diagnoses": ("start_date", "end_date", "condition_id", None),
    "contacts": ("start_date", "end_date", "contact_id", None),
    "admissions": ("start_date", "end_date", "contact_id", "bed_days"),
    "prescriptions": ("start_date", None, "medicine_id", None),
    "readings": ("reading_date", None, "reading_id", "value"),
    "referrals": ("clock_start_date", "clock_stop_date", "kind_id", None),
    "packages": ("start_date", "end_date", "kind_id", None),
}


def explain_person(
    engine: DuckEngine, documents: PeopleDocuments, tables: Any, person_id: int, *, as_of: date
) -> dict[str, Any]:
    """Everything about one person's place; InputAtFault when nobody has this pseudonym on the
    day."""
    stored = engine.rows("SELECT * FROM features WHERE person_id = ?", [person_id])
    if not stored:
        raise InputAtFault(
            Fault(
                what="nobody of this place has this pseudonym on the day",
                file="features",
                found=str(person_id),
                expected=f"the person_id of somebody registered or resident on {as_of.isoformat()}",
            )
        )
    present, history = history_of(engine, tables, person_id)
    worked = work_out(documents.features, history, as_of=as_of, present=present)
    found = states_of(documents, history, as_of=as_of)
    row: dict[str, Value] = {name: w.read for name, w in worked.items()}
    refused_in = unknown.mask_of(r["table_name"] for r in history["incomplete"])
    scored = {doc.name: score(doc, row) for doc in documents.scores}
    for doc in documents.scores:
        row[doc.name] = scored[doc.name].value
        if doc.bands:
            row[f"{doc.name}_band"] = scored[doc.name].band
    return {
        "person": person_id,
        "as_of": as_of.isoformat(),
        "segment": segment_of(documents.segments, row),
        "other_segments": {d.name: segment_of(d, row) for d in documents.segmentations},
        "scores": [
            {
                "name": doc.name,
                "title": doc.title,
                "version": doc.version,
                **_known_score(documents, doc, scored[doc.name], present, refused_in),
                "parts": [
                    {"points": float(p.points), "sentence": p.sentence or p.when, "when": p.when}
                    for p in scored[doc.name].parts
                ],
            }
            for doc in documents.scores
        ],
        "incomplete": [dict(r) for r in history["incomplete"]],
        "risk": _risk(engine, documents, row),
        "caseload": _caseload(engine, documents, person_id),
        "conditions": [_condition(s) for s in found.values()],
        "features": [
            _feature(documents, name, w, stored[0][name], found, as_of)
            for name, w in worked.items()
        ],
    }


def history_of(
    engine: DuckEngine, tables: Any, person_id: int
) -> tuple[set[str], dict[str, list[dict[str, Any]]]]:
    """The river tables that there are, and this person's rows in each, with the place's areas and
    teams."""
    own = OnePerson(engine, person_id)
    present = filled(own.texts.columns)
    history: dict[str, list[dict[str, Any]]] = {name: own.rows(name) for name in HISTORY}
    history["incomplete"] = refused_rows(own)
    for name in ("areas", "team_practices"):
        history[name] = tables.rows(name)
        if history[name]:
            present.add(name)
    return present, history


def refused_rows(own: OnePerson) -> list[dict[str, Any]]:
    """In which tables of the records rows of this person were refused, and how many (table_name,
    rows)."""
    if INCOMPLETE not in own.texts.columns:
        return []
    sql = f"SELECT table_name, rows FROM {INCOMPLETE} WHERE person_id = ? ORDER BY table_name"
    return own.engine.rows(sql, [own.person_id])


def _known_score(
    documents: PeopleDocuments, doc: Score, scored: Scored, present: set[str], refused_in: int
) -> dict[str, Any]:
    """Value and band; both missing where a nought is not known to be one."""
    used = names_used((doc,)) & documents.features.kinds.keys()
    if scored.value == 0 and unknown.scores_unknown(documents.features, used, present, refused_in):
        return {"value": None, "band": None}
    return {"value": scored.value, "band": scored.band}


def states_of(
    documents: PeopleDocuments, history: Mapping[str, Sequence[Mapping[str, Any]]], *, as_of: date
) -> dict[int, ConditionState]:
    """The state of each condition and circumstance that the person's rows name, as the place
    declares their courses."""
    hospital = {concept(k) for k in HOSPITAL_KINDS}
    stays = [c["visit_occurrence_id"] for c in history["contacts"] if c["contact_id"] in hospital]
    rows = [r for r in history["diagnoses"] if r["condition_id"] in _lasting()]
    return states(documents.features.courses, rows, history["endings"], as_of=as_of, stays=stays)


def segment_of(doc: Segmentation, row: Mapping[str, Value]) -> dict[str, Any]:
    """The segment a person stands in, with the rule that held and those before it that did not."""
    placed = place(doc, row)
    of_rule = {id(rule): segment.id for segment, rule in doc.rules}
    return {
        "id": placed.segment.id,
        "title": placed.segment.title,
        "sentence": placed.segment.sentence,
        "rule": placed.number,
        "because": placed.rule.because if placed.rule else "no rule before it holds",
        "when": placed.rule.when if placed.rule else None,
        "failed": [
            {"segment": of_rule[id(f)], "because": f.because, "when": f.when} for f in placed.failed
        ],
    }


def _risk(
    engine: DuckEngine, documents: PeopleDocuments, row: Mapping[str, Value]
) -> dict[str, Any]:
    model = kept_model(engine, documents.risk)
    if model is None:
        return {"risk": None, "ranked_by": documents.risk.fallback, "contributions": []}
    return {
        "risk": r.risk_of(documents.risk, model, row),
        "ranked_by": documents.risk.name,
        "contributions": [
            {
                "name": c.name,
                "value": round(c.value, 4),
                "adds_log_odds": round(c.adds, 4),
                "words": c.words,
            }
            for c in r.contributions(documents.risk, model, row)
        ],
    }


def kept_model(engine: DuckEngine, doc: r.Risk) -> r.Model | None:
    """The model of this build, its parts in the order of the document; None where none could be
    fitted."""
    by_term = {row["term"]: row for row in engine.rows("SELECT * FROM risk_model")}
    if not by_term:
        return None
    parts = [by_term[p.name] for p in doc.predictors]
    return r.Model(
        tuple(p["term"] for p in parts),
        by_term["intercept"]["coefficient"],
        tuple(p["coefficient"] for p in parts),
        tuple(p["mean"] for p in parts),
    )


def _caseload(
    engine: DuckEngine, documents: PeopleDocuments, person_id: int
) -> dict[str, Any] | None:
    """The person's line of the list, with how long the register is; None for somebody of no
    team."""
    found = engine.rows("SELECT * FROM caseload WHERE person_id = ?", [person_id])
    if not found:
        return None
    line = {k: v for k, v in found[0].items() if k not in ("person_id", "segment")}
    of = engine.rows(
        "SELECT people FROM reconciliation WHERE team_code = ? AND what = 'register'",
        [line["team_code"]],
    )
    line["register"] = of[0]["people"]
    line["reasons"] = line["reasons"].split("\n") if line["reasons"] else []
    asides = {REFUSED: REFUSED_SENTENCE, **{a.id: a.sentence for a in documents.caseload.set_aside}}
    line["set_aside_because"] = asides.get(line["set_aside"])
    return line


def _condition(state: ConditionState) -> dict[str, Any]:
    return {
        "condition": _titles()[state.condition_id],
        "holds": state.holds,
        "since": state.since.isoformat() if state.since else None,
        "state": state.words,
    }


def _feature(
    documents: PeopleDocuments,
    name: str,
    worked: Worked,
    stored: Value,
    found: Mapping[int, ConditionState],
    as_of: date,
) -> dict[str, Any]:
    declared = documents.features[name]
    said = []
    if isinstance(declared, HasDiagnosis) and declared.state == "current":
        said = [
            s.words
            for w in declared.of
            if (s := found.get(concept(w))) and s.holds is worked.value and s.words
        ]
    return {
        "name": name,
        "sentence": declared.sentence,
        "unit": declared.unit,
        "value": worked.value,
        "state": "; ".join(dict.fromkeys(said)) or None,
        "differs_from": None if worked.value == stored else stored,
        "rows": [_shown(table, row, as_of) for table, row in worked.rows if table in SHOWN],
    }


@cache
def _titles() -> dict[int, str]:
    return {w.concept_id: w.title for w in words()}


@cache
def _lasting() -> frozenset[int]:
    return frozenset(w.concept_id for w in words() if w.domain in ("condition", "circumstance"))


def _shown(table: str, row: Mapping[str, Any], as_of: date) -> dict[str, Any]:
    """A row as the day knows it: an end that lies after the day is not known yet, nor what is
    counted up to it."""
    titles = _titles()
    start, end, what, value = SHOWN[table]
    reason = titles.get(row["diagnosis_id"]) if row.get("diagnosis_id") is not None else None
    ends = row[end] if end else None
    until = ends if ends is not None and ends <= as_of else None
    to_come = ends is not None and until is None
    return {
        "table": table,
        "on": row[start].isoformat(),
        "until": until.isoformat() if until else None,
        "what": titles.get(row[what], row[what]),
        "reason": reason
        or ("practice's list" if row.get("on_list") else None)
        or (said_of(row) if table == "readings" else None),
        "value": row[value] if value and not to_come else None,
    }
