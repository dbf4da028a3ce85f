"""One person's record in local words, and who a pseudonym is. Asked only after the door has decided and audited.

`record` reads the facts and knows no name; `identities` reads the other file and nothing else. Whoever calls them has
been through `safety.decide` and has written the audit row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from oneplace.engines import duck
from oneplace.engines.explain import admissions_of
from oneplace.engines.one_person import OnePerson
from oneplace.people.records import ADMISSION_KINDS
from oneplace.tables.vocabulary import concept, words

if TYPE_CHECKING:
    from oneplace.visit.opening import Visit

YEARS_OF_ADMISSIONS = 2


def standing(visit: Visit, person: int) -> dict[str, Any] | None:
    """A person's practice and team on the day; None when the records hold no such person."""
    own = OnePerson(visit.engine, person)
    if not own.known:
        return None
    rows = own.rows(
        "registrations",
        "SELECT max(practice_code) AS practice_code FROM it WHERE start_date <= CAST(? AS DATE) "
        "AND (end_date IS NULL OR end_date >= CAST(? AS DATE))",
        [visit.as_of, visit.as_of],
    )
    practice = rows[0]["practice_code"] if rows else None
    teams = {r["practice_code"]: r["team_code"] for r in visit.place.rows("team_practices")}
    return {"practice_code": practice, "team_code": teams.get(practice)}


def record(visit: Visit, person: int) -> dict[str, Any]:
    """What the records say up to the day: who, conditions, admissions, medicines, readings, referrals and care at home."""
    title = {w.concept_id: w.title for w in words()}
    unit = {w.concept_id: w.unit for w in words()}
    day = visit.as_of

    own = OnePerson(visit.engine, person)
    diagnoses = own.rows("diagnoses")
    contacts = own.rows(
        "contacts",
        f"SELECT * FROM it WHERE contact_id IN ({', '.join(str(concept(k)) for k in ADMISSION_KINDS)}) "
        f"AND start_date <= CAST(? AS DATE) AND start_date >= CAST(? AS DATE) - INTERVAL {YEARS_OF_ADMISSIONS} YEAR "
        "ORDER BY start_date DESC, visit_occurrence_id",
        [day, day],
    )
    admissions = admissions_of({"contacts": contacts, "diagnoses": diagnoses})
    return {
        "about": own.rows("people", "SELECT sex, birth_date, death_date, ethnicity FROM it")[0],
        "conditions": [
            {"title": title.get(condition, str(condition)), "since": since}
            for condition, since in _conditions(diagnoses, day)
        ],
        "admissions": [
            {
                "from": r["start_date"],
                "to": r["end_date"] if r["end_date"] <= day else None,
                "kind": title.get(r["contact_id"], ""),
                "why": title.get(r["diagnosis_id"], "not recorded"),
                "nights": r["bed_days"] if r["end_date"] <= day else None,
            }
            for r in admissions
        ],
        "medicines": [
            {"title": title.get(r["medicine_id"], str(r["medicine_id"])), "last": r["last"], "times": r["times"]}
            for r in own.rows(
                "prescriptions",
                "SELECT medicine_id, max(start_date) AS last, count(*) AS times FROM it "
                "WHERE start_date <= CAST(? AS DATE) AND start_date > CAST(? AS DATE) - INTERVAL 6 MONTH "
                "GROUP BY medicine_id ORDER BY last DESC, medicine_id",
                [day, day],
            )
        ],
        "readings": [
            {
                "title": title.get(r["reading_id"], ""),
                "on": r["on_day"],
                "value": r["value"],
                "unit": unit.get(r["reading_id"], ""),
            }
            for r in own.rows(
                "readings",
                "SELECT reading_id, max(reading_date) AS on_day, arg_max(value, reading_date) AS value FROM it "
                "WHERE reading_date <= CAST(? AS DATE) GROUP BY reading_id ORDER BY on_day DESC",
                [day],
            )
        ],
        "referrals": [
            {"title": title.get(r["kind_id"], ""), "since": r["clock_start_date"]}
            for r in own.rows(
                "referrals",
                "SELECT kind_id, clock_start_date FROM it "
                "WHERE clock_start_date <= CAST(? AS DATE) AND (clock_stop_date IS NULL OR clock_stop_date > CAST(? AS DATE)) "
                "ORDER BY clock_start_date",
                [day, day],
            )
        ],
        "packages": [
            {"title": title.get(r["kind_id"], ""), "since": r["start_date"]}
            for r in own.rows(
                "packages",
                "SELECT kind_id, start_date FROM it WHERE start_date <= CAST(? AS DATE) "
                "AND (end_date IS NULL OR end_date >= CAST(? AS DATE)) ORDER BY start_date",
                [day, day],
            )
        ],
    }


def _conditions(diagnoses: Iterable[dict[str, Any]], day: dt.date) -> list[tuple[int, dt.date]]:
    """What the person has on the day and since when, the oldest first; the reason for one contact is no condition."""
    first: dict[int, dt.date] = {}
    for d in diagnoses:
        if not d["is_primary"] and d["start_date"] <= day and (d["end_date"] is None or d["end_date"] >= day):
            first[d["condition_id"]] = min(d["start_date"], first.get(d["condition_id"], d["start_date"]))
    return sorted(first.items(), key=lambda found: (found[1], found[0]))


def in_hospital(visit: Visit, people: Iterable[int]) -> set[int]:
    """Who of these is in a hospital bed on the day."""
    listed = ", ".join(str(int(p)) for p in people)
    if not listed:
        return set()
    rows = visit.ask(
        f"SELECT DISTINCT person_id FROM admissions WHERE person_id IN ({listed}) "
        "AND start_date <= CAST(? AS DATE) AND end_date > CAST(? AS DATE)",
        [visit.as_of, visit.as_of],
    )
    return {r["person_id"] for r in rows}


def open_identity(visit: Visit) -> duck.DuckEngine | None:
    """The identity file of the visit's build, open for reading; whoever opens it closes it. None where there is none."""
    if visit.build is None or not visit.build.identity.exists():
        return None
    return duck.open(visit.build.identity, threads=1, memory_limit_mb=100, read_only=True)


def identities(visit: Visit, people: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Who these pseudonyms are: name, number, birth date, address, telephone. From the identity file alone."""
    engine = open_identity(visit)
    try:
        return identities_in(engine, people)
    finally:
        if engine is not None:
            engine.con.close()


def identities_in(engine: duck.DuckEngine | None, people: Iterable[int]) -> dict[int, dict[str, Any]]:
    """The same from an identity file that is open already."""
    listed = ", ".join(str(int(p)) for p in people)
    if not listed or engine is None:
        return {}
    rows = _rows(engine, f"SELECT * FROM person_identity WHERE person_id IN ({listed})", [])
    return {r["person_id"]: r for r in rows}


def person_with(engine: duck.DuckEngine | None, nhs_number: str) -> int | None:
    """The pseudonym of whoever has this NHS number; None when nobody or more than one has it."""
    if engine is None:
        return None
    rows = _rows(engine, "SELECT person_id FROM person_identity WHERE nhs_number = ? LIMIT 2", [nhs_number])
    return int(rows[0]["person_id"]) if len(rows) == 1 else None


def _rows(engine: duck.DuckEngine, sql: str, params: Sequence[Any]) -> list[dict[str, Any]]:
    """One person's few rows: executed directly, which takes two thirds of the time of a relation that goes by Arrow."""
    found = engine.con.execute(sql, list(params))
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
