"""Answers about people, from the results of the build. Everyone is a pseudonym here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oneplace.answers.presence import Gone, gone_from_team
from oneplace.engines.explain import explain_person
from oneplace.faults import Fault, InputAtFault
from oneplace.people import lists
from oneplace.people.caseload import WHOLE_PLACE
from oneplace.people.documents import (
    PeopleDocuments,
    read_people_documents,
    versions_of_people_documents,
)

if TYPE_CHECKING:
    from oneplace.answers.session import Session

GONE_SENTENCE = "Died or left by today's records, and on no list for care"


def documents(session: Session) -> PeopleDocuments:
    """The people documents as the build had them: an answer about a build never mixes in what was
    edited since."""
    manifest = session.manifest
    if manifest is None:
        return read_people_documents(session.folder)
    return _as_built(session.folder, tuple(sorted(manifest["documents"].items())))


@lru_cache(maxsize=8)
def _as_built(folder: Path, versions: tuple[tuple[str, str], ...]) -> PeopleDocuments:
    """Versions never change, so a process reads each build's documents once."""
    return versions_of_people_documents(folder, dict(versions))


def overview(session: Session) -> dict[str, Any]:
    """What the build kept of itself; asking for it says what to do where there is no build."""
    found: dict[str, Any] = session.needs_build()["overview"]
    return found


def model_card(session: Session) -> dict[str, Any]:
    """What is known of the risk model: how it was fitted and how well it did on a later year."""
    return dict(session.needs_build()["model"])


def calibration(session: Session) -> list[dict[str, Any]]:
    """Target beside made for every published figure that demonstration people were fitted to."""
    return list(session.needs_build()["figures"])


def quality(session: Session) -> dict[str, Any]:
    """What came in, what was refused, and the checks that were made."""
    manifest = session.needs_build()
    return {k: manifest[k] for k in ("sources", "tables", "rejects", "notes")} | {
        "checks": manifest.get("quality", [])
    }


def teams(session: Session) -> list[str]:
    """The codes of the lists there are; the whole place where it has no teams."""
    return [one["team"] for one in overview(session)["lists"]]


def team_names(session: Session) -> dict[str, str]:
    named = {r["team_code"]: r["team_name"] for r in session.place.rows("teams")}
    return {**named, WHOLE_PLACE: session.document.name}


def caseload(session: Session, team: str | None = None, *, whole: bool = False) -> dict[str, Any]:
    """One team's agenda (or its whole register), each person with reasons, reconciled to everyone
    registered with it."""
    known = teams(session)
    if not known:
        raise InputAtFault(
            Fault(
                what="there is no list: nobody is registered with a practice of any team",
                file=str(session.folder),
                found=f"{len(session.place.rows('team_practices')):,} practices of teams in tables/team_practices.csv",
                expected="practices that the records name on the day; without the table the place is one list",
            )
        )
    if team is None and len(known) == 1:
        team = known[0]
    if team not in known:
        raise InputAtFault(
            Fault(
                what="no such team",
                file=str(session.folder),
                path="--team",
                found=team or "none named",
                expected="one of: " + ", ".join(known),
            )
        )
    titles = {s.id: s.title for s in documents(session).segments.segments}
    reconciled, gone = reconciliation(session, team or ""), gone_from_team(session, team or "")
    size = reconciled["agenda"]
    columns = session.engine.columns()
    rows = session.ask(
        *lists.ranked(
            team or "",
            session.today,
            first=None if whole else size + len(gone),
            professionals="professionals" in columns.get("caseload_reasons", ()),
            reviewed="reviewed" in columns,
        )
    )
    rows = [r for r in rows if r["person_id"] not in gone]
    if not whole:
        rows = rows[:size]
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
            "on_agenda": i < size,
            "reasons": r["reasons"].split("\n") if r["reasons"] else [],
            "incomplete": r["incomplete"].split("\n") if r["incomplete"] else [],
            "professionals": r["professionals"].split("\n") if r["professionals"] else [],
            "last_reviewed_on": r["last_reviewed_on"].isoformat()
            if r["last_reviewed_on"]
            else None,
        }
        for i, r in enumerate(rows)
    ]
    return {
        "team": team,
        "name": team_names(session).get(team or "", team),
        "as_of": session.as_of.isoformat(),
        "build": session.build_id,
        "basis": session.basis,
        "demonstration": session.document.demonstration,
        "notice": session.notice,
        "records_end": session.records_end,
        "people": listed,
        "reconciles": without(session, reconciled, team or "", gone),
    }


def reconciliation(session: Session, team: str) -> dict[str, Any]:
    """From everyone registered, past each reason for being set aside, to the register: the parts
    add up to the whole."""
    one = _of_team(session, team)
    parts = {p["sentence"]: p["people"] for p in one["parts"]}
    return {
        "registered": one["registered"],
        "register": one["register"],
        "agenda": one["agenda"],
        "parts": parts,
        "adds_up": sum(parts.values()) == one["registered"],
    }


def without(
    session: Session, reconciled: dict[str, Any], team: str, gone: Mapping[int, Gone]
) -> dict[str, Any]:
    """The same lines with those who have died or left by today taken out of each and counted on a
    line of their own."""
    if not gone:
        return reconciled
    of = session.ask(*lists.set_aside_of(team, gone))
    sentences = {p["what"]: p["sentence"] for p in _of_team(session, team)["parts"]}
    parts = dict(reconciled["parts"])
    for r in of:
        parts[sentences[r["set_aside"] or "register"]] -= 1
    parts[GONE_SENTENCE] = len(of)
    register = reconciled["register"] - sum(r["set_aside"] is None for r in of)
    return {
        **reconciled,
        "register": register,
        "agenda": min(reconciled["agenda"], register),
        "parts": parts,
        "adds_up": sum(parts.values()) == reconciled["registered"],
    }


def register_size(session: Session, team: str) -> int:
    """How many are on the team's register today, as the session's reader sees it."""
    rows = session.ask(*lists.on_register(team))
    here = {r["person_id"] for r in rows} - gone_from_team(session, team).keys()
    return sum(map(session.reader.lists_by_risk, here)) if session.reader else len(here)


def _of_team(session: Session, team: str) -> dict[str, Any]:
    found: dict[str, Any] = next(x for x in overview(session)["lists"] if x["team"] == team)
    return found


def explain(session: Session, person: str) -> dict[str, Any]:
    """Segment, scores, risk and place on the list of one person, each down to the rows it was
    computed from."""
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
    explained = explain_person(
        session.engine, documents(session), session.place, number, as_of=session.as_of
    )
    return {
        **explained,
        "person": person,
        "build": session.build_id,
        "basis": session.basis,
        "demonstration": session.document.demonstration,
        "notice": session.notice,
        "records_end": session.records_end,
    }


def summary(session: Session) -> dict[str, Any]:
    """The place in a dozen figures, its segments and its lists."""
    kept, names = overview(session), team_names(session)
    titles = {s.id: s.title for s in documents(session).segments.segments}
    everyone = sum(r["people"] for r in kept["segments"])
    return {
        "place": session.document.name,
        "as_of": session.as_of.isoformat(),
        "build": session.build_id,
        "basis": session.basis,
        "demonstration": session.document.demonstration,
        "notice": session.notice,
        "records_end": session.records_end,
        "figures": [
            {**f, "figure": f"{f['value']:,}", "basis": session.basis} for f in kept["figures"]
        ],
        "segments": [
            {
                "segment": r["segment"],
                "title": titles.get(r["segment"], r["segment"]),
                "people": r["people"],
                "share_percent": 100 * r["people"] / everyone,
            }
            for r in kept["segments"]
        ],
        "teams": [
            {
                **{k: x[k] for k in ("team", "registered", "register", "agenda")},
                "name": names.get(x["team"], x["team"]),
            }
            for x in kept["lists"]
        ],
    }


def in_words(risk: float | None) -> str:
    """A probability as people say it: 1 in 7."""
    if risk is None:
        return "no model"
    if risk >= 0.55:  # below it, 1 in 2: the same chance is not said in two ways
        return f"{round(10 * risk)} in 10"
    return f"1 in {round(1 / risk):,}" if risk > 0 else "none"
