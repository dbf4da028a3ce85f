"""Everyone whom `caseload.yaml` sets aside from a team's register, group by group, for whoever owns the group.

In: a visit and a team. Out: each group with its owner and the people in it now. Whoever died or left by today is in none, and
whoever refuses to be shared stands with their practice, which is counted here and named nowhere. Groups that speak of dying say
so (`dying`): they are shown to trained clinicians alone, by whoever asks for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oneplace.faults import Fault, InputAtFault
from oneplace.people.caseload import REFUSED, REFUSED_OWNER, REFUSED_SENTENCE
from oneplace.visit import last_phase, people, refusals
from oneplace.visit.presence import gone_from_team

if TYPE_CHECKING:
    from oneplace.visit.opening import Visit


@dataclass(frozen=True)
class Group:
    """People set aside for one reason. `people` are pseudonyms in order; empty for those who refuse to be listed."""

    id: str
    sentence: str
    owner: str
    dying: bool
    count: int
    people: tuple[int, ...]
    kept: int

    @property
    def listed(self) -> bool:
        """Whether there is a list of them: nobody is listed against their will."""
        return self.id != REFUSED


def groups(visit: Visit, team: str) -> tuple[Group, ...]:
    """Every group of the team in the document's order, with those who refused to be listed. `count` is everyone in it, `kept` how
    many of these stay with their practice at their own wish."""
    documents, gone = people.documents(visit), gone_from_team(visit, team)
    dying = last_phase.sentences(documents)
    refusing = {p for p, what in refusals.in_force(visit).items() if "sharing" in what}
    found: dict[str, list[int]] = {}
    rows = visit.ask(
        "SELECT person_id, set_aside FROM caseload WHERE team_code = ? AND set_aside IS NOT NULL ORDER BY person_id",
        [team],
    )
    for r in rows:
        if r["person_id"] not in gone:
            found.setdefault(r["set_aside"], []).append(r["person_id"])
    asides = [(a.id, a.sentence, a.owner) for a in documents.caseload.set_aside]
    if REFUSED in found:
        asides.append((REFUSED, REFUSED_SENTENCE, REFUSED_OWNER))
    return tuple(
        Group(
            id=id,
            sentence=sentence,
            owner=owner,
            dying=id in dying,
            count=len(found.get(id, ())),
            people=() if id == REFUSED else tuple(p for p in found.get(id, ()) if p not in refusing),
            kept=0 if id == REFUSED else sum(p in refusing for p in found.get(id, ())),
        )
        for id, sentence, owner in asides
    )


def group(visit: Visit, team: str, id: str) -> Group:
    """One group that is listed. InputAtFault where the team or the group is not known."""
    if team not in people.teams(visit):
        raise InputAtFault(_unknown("no such team", "--team", team, people.teams(visit)))
    known = [g for g in groups(visit, team) if g.listed]
    found = next((g for g in known if g.id == id), None)
    if found is None:
        raise InputAtFault(_unknown("no such group", "GROUP", id, [g.id for g in known]))
    return found


def _unknown(what: str, path: str, found: str, known: list[str]) -> Fault:
    return Fault(what=what, file="caseload.yaml", path=path, found=found, expected="one of: " + ", ".join(known))


def rows_of(visit: Visit, found: Group) -> list[dict[str, Any]]:
    """Each person of a group: pseudonym, age on the place's today, sex and practice, the oldest first. No reason and no risk:
    nobody here is ranked."""
    if not found.people:
        return []
    practice = "f.practice_code" if "practice_code" in people.documents(visit).features.kinds else "NULL"
    rows = visit.ask(
        f"SELECT p.person_id, p.birth_date, p.sex, {practice} AS practice FROM people p LEFT JOIN features f USING (person_id) "
        f"WHERE p.person_id IN ({', '.join(map(str, found.people))}) ORDER BY p.birth_date, p.person_id"
    )
    on = visit.today
    return [
        {
            "person": str(r["person_id"]),
            "age": on.year - r["birth_date"].year - ((on.month, on.day) < (r["birth_date"].month, r["birth_date"].day)),
            "sex": r["sex"],
            "practice": r["practice"],
        }
        for r in rows
    ]
