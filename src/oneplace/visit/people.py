"""Answers about people, from the results of the build. Everyone is a pseudonym here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from oneplace.engines.explaining import explain_person
from oneplace.faults import Fault, InputAtFault
from oneplace.people.caseload import WHOLE_PLACE
from oneplace.people.documents import PeopleDocuments, read_people_documents
from oneplace.tables.vocabulary import concept

if TYPE_CHECKING:
    from oneplace.visit.opening import Visit

ELECTIVE = ("elective_admission", "day_case")
NON_ELECTIVE = ("emergency_admission", "maternity_admission", "other_non_elective_admission")
OUTPATIENT = ("outpatient_first", "outpatient_follow_up")


def documents(visit: Visit) -> PeopleDocuments:
    """The people documents of the place. Where one was edited after the build, what it decides shows at the next."""
    return read_people_documents(visit.folder)


def teams(visit: Visit) -> list[str]:
    """The codes of the lists there are; the whole place where it has no teams."""
    return [
        r["team_code"]
        for r in visit.ask("SELECT DISTINCT team_code FROM reconciliation WHERE team_code IS NOT NULL ORDER BY 1")
    ]


def team_names(visit: Visit) -> dict[str, str]:
    named = dict(zip(*(visit.place.table("teams")[c].to_pylist() for c in ("team_code", "team_name")), strict=True))
    return {**named, WHOLE_PLACE: visit.document.name}


def caseload(visit: Visit, team: str | None, *, whole: bool = False) -> dict[str, Any]:
    """One team's agenda (or its whole register), each person with reasons, reconciled to everyone registered with it."""
    known = teams(visit)
    if team is None and len(known) == 1:
        team = known[0]
    if team not in known:
        raise InputAtFault(
            Fault(
                what="no such team",
                file=str(visit.folder),
                path="--team",
                found=team or "none named",
                expected="one of: " + ", ".join(known),
            )
        )
    titles = {s.id: s.title for s in documents(visit).segments.segments}
    only = "rank IS NOT NULL" if whole else "on_agenda"
    rows = visit.ask(
        "SELECT c.person_id, c.rank, c.risk, c.segment, c.reasons, c.on_agenda, date_diff('year', p.birth_date, CAST(? AS DATE)) "
        "- CASE WHEN strftime(CAST(? AS DATE), '%m%d') < strftime(p.birth_date, '%m%d') THEN 1 ELSE 0 END AS age, p.sex "
        f"FROM caseload c JOIN people p ON p.person_id = c.person_id WHERE c.team_code = ? AND {only} ORDER BY c.rank",
        [visit.as_of, visit.as_of, team],
    )
    listed = [
        {
            "person": str(r["person_id"]),
            "rank": r["rank"],
            "age": r["age"],
            "sex": r["sex"],
            "risk": r["risk"],
            "risk_in_words": in_words(r["risk"]),
            "segment": titles.get(r["segment"], r["segment"]),
            "segment_id": r["segment"],
            "on_agenda": r["on_agenda"],
            "reasons": r["reasons"].split("\n") if r["reasons"] else [],
        }
        for r in rows
    ]
    return {
        "team": team,
        "name": team_names(visit).get(team or "", team),
        "as_of": visit.as_of.isoformat(),
        "build": visit.build_id,
        "basis": visit.basis,
        "demonstration": visit.document.demonstration,
        "notice": visit.notice,
        "people": listed,
        "reconciles": reconciliation(visit, team or ""),
    }


def reconciliation(visit: Visit, team: str) -> dict[str, Any]:
    """From everyone registered, past each reason for being set aside, to the register: the parts add up to the whole."""
    lines = visit.ask("SELECT what, sentence, people FROM reconciliation WHERE team_code = ? ORDER BY line", [team])
    by_what = {r["what"]: r["people"] for r in lines}
    parts = {r["sentence"]: r["people"] for r in lines if r["what"] not in ("registered", "agenda")}
    return {
        "registered": by_what["registered"],
        "register": by_what["register"],
        "agenda": by_what["agenda"],
        "parts": parts,
        "adds_up": sum(parts.values()) == by_what["registered"],
    }


def explain(visit: Visit, person: str) -> dict[str, Any]:
    """Segment, scores, risk and place on the list of one person, each down to the rows it was computed from."""
    try:
        number = int(person)
    except ValueError:
        raise InputAtFault(
            Fault(
                what="this is not a pseudonym",
                file="PERSON",
                found=person,
                expected="a whole number, as the lists show it",
            )
        ) from None
    explained = explain_person(visit.engine, documents(visit), visit.place, number, as_of=visit.as_of)
    if explained is None:
        raise InputAtFault(
            Fault(what="nobody has this pseudonym", file="PERSON", found=person, expected="a person of this build")
        )
    return {
        "person": person,
        "as_of": visit.as_of.isoformat(),
        "build": visit.build_id,
        "basis": visit.basis,
        "demonstration": visit.document.demonstration,
        "notice": visit.notice,
        **explained,
    }


def summary(visit: Visit) -> dict[str, Any]:
    """The place in a dozen figures, its segments and its teams."""
    day = visit.as_of
    names = team_names(visit)
    titles = {s.id: s.title for s in documents(visit).segments.segments}
    segments = visit.ask(
        "SELECT segment, count(*) AS people FROM segments GROUP BY segment ORDER BY people DESC, segment"
    )
    everyone = sum(r["people"] for r in segments)
    listed = []
    for code in teams(visit):
        r = reconciliation(visit, code)
        listed.append(
            {
                "team": code,
                "name": names.get(code, code),
                "registered": r["registered"],
                "register": r["register"],
                "agenda": r["agenda"],
            }
        )
    return {
        "place": visit.document.name,
        "as_of": day.isoformat(),
        "build": visit.build_id,
        "basis": visit.basis,
        "demonstration": visit.document.demonstration,
        "notice": visit.notice,
        "figures": [{**f, "basis": visit.basis} for f in _figures(visit)],
        "segments": [
            {
                "segment": r["segment"],
                "title": titles.get(r["segment"], r["segment"]),
                "people": r["people"],
                "share_percent": 100 * r["people"] / everyone,
            }
            for r in segments
        ],
        "teams": listed,
    }


def _figures(visit: Visit) -> list[dict[str, Any]]:
    """People and events of the year before the day. What the records cannot hold is left out, not nought."""
    day = [visit.as_of]
    on = "start_date <= CAST(? AS DATE) AND (end_date IS NULL OR end_date >= CAST(? AS DATE))"
    found: list[dict[str, Any]] = []

    def add(what: str, sql: str, params: list[Any]) -> None:
        value = visit.ask(sql, params)[0]["n"]
        if value:
            found.append({"what": what, "value": value, "figure": f"{value:,}"})

    add("people in the records", "SELECT count(*) AS n FROM people", [])
    add(
        "residents on the day",
        f"SELECT count(DISTINCT person_id) AS n FROM residence WHERE area_code IS NOT NULL AND {on}",
        day * 2,
    )
    add("registered on the day", f"SELECT count(DISTINCT person_id) AS n FROM registrations WHERE {on}", day * 2)
    year = "start_date >= CAST(? AS DATE) - INTERVAL 1 YEAR AND start_date < CAST(? AS DATE)"
    for what, kinds in (
        ("emergency admissions in the year before", ("emergency_admission",)),
        ("planned admissions in the year before", ELECTIVE),
        ("A&E attendances in the year before", ("ae_attendance",)),
        ("outpatient attendances in the year before", OUTPATIENT),
    ):
        add(what, f"SELECT count(*) AS n FROM contacts WHERE contact_id IN ({_listed(kinds)}) AND {year}", day * 2)
    add("prescriptions in the year before", f"SELECT count(*) AS n FROM prescriptions WHERE {year}", day * 2)
    return found


def baselines(visit: Visit) -> dict[str, int]:
    """Events of each point of delivery in the year before the day, of people registered with the place's practices or
    living in it; points of which the records hold nothing are left out."""
    year = "{0} >= CAST(? AS DATE) - INTERVAL 1 YEAR AND {0} < CAST(? AS DATE)"
    params = [visit.as_of, visit.as_of]
    found = {}
    for point, kinds in (
        ("outpatient", OUTPATIENT),
        ("elective", ELECTIVE),
        ("non_elective", NON_ELECTIVE),
        ("ae", ("ae_attendance",)),
    ):
        sql = (
            f"SELECT count(*) AS n FROM contacts WHERE contact_id IN ({_listed(kinds)}) AND {year.format('start_date')}"
        )
        found[point] = visit.ask(sql, params)[0]["n"]
    sql = f"SELECT count(*) AS n FROM referrals WHERE kind_id = {concept('elective_referral')} AND {year.format('clock_start_date')}"
    found["referrals"] = visit.ask(sql, params)[0]["n"]
    return {k: v for k, v in found.items() if v}


def in_words(risk: float | None) -> str:
    """A probability as people say it: 1 in 7."""
    if risk is None:
        return "no model"
    if risk >= 0.5:
        return f"{round(10 * risk)} in 10"
    return f"1 in {round(1 / risk):,}" if risk > 0 else "none"


def _listed(kinds: tuple[str, ...]) -> str:
    return ", ".join(str(concept(k)) for k in kinds)
