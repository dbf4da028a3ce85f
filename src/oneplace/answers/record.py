"""One person's record in local words, and who a pseudonym is. Asked only after the door has decided
and audited.

`record` reads the facts and knows no name; `identities` reads the other file and nothing else.
Whoever calls them has been through `safety.decide` and has written the audit row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oneplace.answers.people import documents
from oneplace.engines import duck, identity
from oneplace.engines.explain import refused_rows, states_of
from oneplace.engines.one_person import OnePerson
from oneplace.people import lists
from oneplace.people.features import ConditionState
from oneplace.people.features.unknown import in_words
from oneplace.people.readings import said_of
from oneplace.people.records import HOSPITAL_KINDS
from oneplace.people.stays import stays_of
from oneplace.tables.vocabulary import concept, keys, words

if TYPE_CHECKING:
    from oneplace.answers.session import Session

YEARS_OF_ADMISSIONS = 2
MONTHS_OF_MEDICINES = 6
_inside: dict[tuple[Path, str | None, dt.date], frozenset[int]] = {}  # of the build asked last


def standing(session: Session, person: int) -> dict[str, Any] | None:
    """A person's practice and team on the day; None when the records hold no such person."""
    own = OnePerson(session.engine, person)
    if not own.known:
        return None
    practice = own.practice(session.as_of)
    teams = {r["practice_code"]: r["team_code"] for r in session.place.rows("team_practices")}
    return {"practice_code": practice, "team_code": teams.get(practice)}


@lru_cache(maxsize=1)
def _titles() -> tuple[dict[int, str], dict[int, str]]:
    return {w.concept_id: w.title for w in words()}, {w.concept_id: w.unit for w in words()}


def record(session: Session, person: int) -> dict[str, Any]:
    """What the records say up to the day: who, conditions, admissions, medicines, readings,
    referrals and care at home."""
    title, unit = _titles()
    day = session.as_of

    # Narrow questions, sorted and grouped here: for one person's few rows planning a statement
    # costs more than running it.
    own = OnePerson(session.engine, person)
    diagnoses = own.rows("diagnoses")
    contacts = own.contacts(concept(k) for k in HOSPITAL_KINDS)
    admissions = _admissions(session, contacts, diagnoses)
    return {
        "about": _known_by(own.about(), day),
        "incomplete": in_words({r["table_name"]: r["rows"] for r in refused_rows(own)}),
        "conditions": [
            {
                "title": title.get(s.condition_id, str(s.condition_id)),
                "since": s.since,
                "state": _capital(s.words),
            }
            for s in _conditions(session, own, diagnoses, contacts)
        ],
        "admissions": [
            {
                "from": r["start_date"],
                "to": r["end_date"],
                "kind": title.get(r["contact_id"], ""),
                "why": title.get(r["diagnosis_id"], "not recorded"),
                "nights": r["bed_days"],
            }
            for r in admissions
        ],
        "medicines": [
            {"title": title.get(medicine, str(medicine)), "last": last, "times": times}
            for medicine, last, times in _medicines(own, day)
        ],
        "readings": [
            {
                "title": title.get(r["reading_id"], ""),
                "on": r["reading_date"],
                "value": r["value"],
                "unit": unit.get(r["reading_id"], ""),
                "note": _capital(said_of(r) or ""),
            }
            for r in _latest_readings(own, day)
        ],
        "referrals": [
            {"title": title.get(r["kind_id"], ""), "since": r["clock_start_date"]}
            for r in sorted(
                own.referrals(),
                key=lambda r: r["clock_start_date"],
            )
            if r["clock_start_date"] <= day
            and (r["clock_stop_date"] is None or r["clock_stop_date"] > day)
        ],
        "packages": [
            {"title": title.get(r["kind_id"], ""), "since": r["start_date"]}
            for r in sorted(own.packages(), key=lambda r: r["start_date"])
            if r["start_date"] <= day and (r["end_date"] is None or r["end_date"] >= day)
        ],
    }


def _admissions(
    session: Session, contacts: Iterable[dict[str, Any]], diagnoses: Iterable[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Stays that began in the two years up to the day, the day included, or go on; the latest
    first. One that ends after the day goes on: nobody on the day knows its end."""
    day = session.as_of
    gap_days = documents(session).features.stays.gap_days
    found = stays_of(contacts, diagnoses, until=day + dt.timedelta(days=1), gap_days=gap_days)
    for stay in found:
        if stay["end_date"] is not None and stay["end_date"] > day:
            stay |= {"end_date": None, "bed_days": None}
    since = _years_before(day, YEARS_OF_ADMISSIONS)
    return [s for s in reversed(found) if s["start_date"] >= since or s["end_date"] is None]


def _known_by(about: dict[str, Any], day: dt.date) -> dict[str, Any]:
    """A death after the day is not known on it."""
    died = about["death_date"]
    return {**about, "death_date": died if died is None or died <= day else None}


def _years_before(day: dt.date, years: int) -> dt.date:
    """The same day some years earlier; the last of February where that year has no such day."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return dt.date(day.year - years, 2, 28)


def _medicines(own: OnePerson, day: dt.date) -> list[tuple[int, dt.date, int]]:
    """What was issued in the six months to the day: medicine, last day, times; the latest first."""
    found: dict[int, list[dt.date]] = {}
    for r in own.prescriptions(day, MONTHS_OF_MEDICINES):
        found.setdefault(r["medicine_id"], []).append(r["start_date"])
    issued = [(medicine, max(days), len(days)) for medicine, days in found.items()]
    return sorted(issued, key=lambda m: (-m[1].toordinal(), m[0]))


def _latest_readings(own: OnePerson, day: dt.date) -> list[dict[str, Any]]:
    """Of each kind the last by day, time and row, the latest first: where that was refused, no
    older one stands for it."""
    last: dict[int, dict[str, Any]] = {}
    found = [r for r in own.rows("readings") if r["reading_date"] <= day]
    for r in sorted(found, key=lambda r: (r["reading_date"], r["at_second"], r["entry"])):
        last[r["reading_id"]] = r
    return sorted(last.values(), key=lambda r: (-r["reading_date"].toordinal(), r["reading_id"]))


def _conditions(
    session: Session,
    own: OnePerson,
    diagnoses: list[dict[str, Any]],
    contacts: list[dict[str, Any]],
) -> list[ConditionState]:
    """The person's conditions and circumstances on the day with their state, the oldest first; then
    the conditions that are over and why. The reason for one contact is no condition; a circumstance
    that has passed is not told for ever."""
    history = {"diagnoses": diagnoses, "endings": own.rows("endings"), "contacts": contacts}
    found = states_of(documents(session), history, as_of=session.as_of)
    circumstances = {concept(k) for k in keys("circumstance")}
    holding = [s for s in found.values() if s.holds]
    over = [s for s in found.values() if not s.holds and s.condition_id not in circumstances]
    return [*sorted(holding, key=lambda s: (s.since or dt.date.max, s.condition_id)), *over]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def in_hospital(session: Session, people: Iterable[int]) -> frozenset[int]:
    """Who of these is in a hospital bed on the day. The records are read through once for a build,
    for everybody."""
    asked = (session.folder, session.build_id, session.as_of)
    if asked not in _inside:
        rows = session.ask(*lists.in_hospital(session.as_of))
        _inside.clear()
        _inside[asked] = frozenset(r["person_id"] for r in rows)
    return _inside[asked].intersection(map(int, people))


def open_identity(session: Session) -> duck.DuckEngine | None:
    """The identity file of the session's build, open for reading; whoever opens it closes it. None
    where there is none."""
    if session.build is None or not session.build.identity.exists():
        return None
    return duck.open(session.build.identity, threads=1, memory_limit_mb=100, read_only=True)


def identities(session: Session, people: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Who these pseudonyms are: name, number, birth date, address, telephone. From the identity
    file alone."""
    engine = open_identity(session)
    try:
        return identities_in(engine, people)
    finally:
        if engine is not None:
            engine.con.close()


def identities_in(
    engine: duck.DuckEngine | None, people: Iterable[int]
) -> dict[int, dict[str, Any]]:
    """The same from an identity file that is open already."""
    asked = [*people]
    if not asked or engine is None:
        return {}
    return {r["person_id"]: r for r in engine.rows(identity.of_people(asked))}


def person_with(engine: duck.DuckEngine | None, nhs_number: str) -> int | None:
    """The pseudonym of whoever has this NHS number; None when nobody or more than one has it."""
    if engine is None:
        return None
    rows = engine.rows(*identity.with_number(nhs_number))
    return int(rows[0]["person_id"]) if len(rows) == 1 else None
