"""The accounts of a demonstration place: one for each role, tied to the place's own teams,
practices, schemes and people."""

from __future__ import annotations

from oneplace.answers import people as people_answers
from oneplace.place.geography import read_place
from oneplace.safety.decide import Role, Tie
from oneplace.web import desk, place
from oneplace.web.accounts.actions import make_demonstration_accounts
from oneplace.web.accounts.models import User

SCHEMES_OF_THE_LEAD = 3


def make_accounts() -> list[User]:
    """The coordinator works for the first team, the GP in its first practice, the lead has the
    first schemes, and the resident is the first of the team's register; whoever and whatever is
    missing is added."""
    found = read_place(place.folder())
    team = next(iter(found.table("teams").column("team_code").to_pylist()), None)
    practices = [
        r["practice_code"]
        for r in found.table("team_practices").to_pylist()
        if r["team_code"] == team
    ]
    ties: dict[Role, list[tuple[str, str]]] = {}
    if team:
        ties[Role.COORDINATOR] = [(Tie.CARE_TEAM.value, team)]
        ties[Role.CLINICIAN] = [
            (Tie.CARE_TEAM.value, team),
            (Tie.REGISTERED_PRACTICE.value, practices[0]),
        ]
    plan = desk.session().plan_documents.plan
    if plan:
        ties[Role.SCHEME_LEAD] = [
            (Tie.SCHEME_LEAD.value, s.id) for s in plan.schemes[:SCHEMES_OF_THE_LEAD]
        ]
    if team and desk.built() and team in people_answers.teams(desk.session()):
        people = people_answers.caseload(desk.session(), team)["people"]
        ties[Role.RESIDENT] = [(Tie.SELF.value, p["person"]) for p in people[:1]]
    return make_demonstration_accounts(ties)
