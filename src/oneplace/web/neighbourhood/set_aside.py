"""The lists of those whom a team's register leaves out, for whoever owns them: children, people in
care homes, at the end of life."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from oneplace.answers import set_aside as aside
from oneplace.answers.people import documents
from oneplace.faults import InputAtFault
from oneplace.report import words as paper
from oneplace.safety.decide import Action as Do
from oneplace.safety.decide import Kind, Purpose
from oneplace.web import desk
from oneplace.web.accounts.door import door, may, subject_of
from oneplace.web.accounts.sight import Sight, sight_of
from oneplace.web.components.frame import page
from oneplace.web.neighbourhood.doors import own_team
from oneplace.web.neighbourhood.lists import SET_ASIDE
from oneplace.web.neighbourhood.team import team_list

FIRST_SHOWN = 100


def owners(
    request: HttpRequest, team: str, lines: Iterable[str]
) -> dict[str, tuple[str, str | None]]:
    """The lines of the reader's own register that people are set aside by -> who owns them, and
    where their list is. What speaks of dying is there for trained clinicians alone; a line may say
    more than one thing ("...; or followed by another team")."""
    trained = may(request, Do.SEE_END_OF_LIFE, subject_of(Kind.CASELOAD, team), Purpose.DIRECT_CARE)
    found = {}
    for a in aside.asides(documents(desk.session())):
        for line in lines:
            if line.startswith(a.sentence) and (trained or not a.dying):
                found[line] = (
                    a.owner,
                    reverse("set_aside", args=[team, a.id]) if a.listed else None,
                )
    return found


def _kept_from(sight: Sight) -> Callable[[int], str]:
    """What keeps somebody off a team's list: whoever shares with their practice alone stands on the
    practice's own page."""
    return lambda person: (
        "sharing" if "sharing" in sight.refused.get(person, ()) else sight.wish(person)
    )


@own_team
def set_aside(request: HttpRequest, team: str, group: str) -> HttpResponse:
    """One group, person by person, with its owner. People at the end of life: only for clinicians
    trained in it."""
    listed, session = team_list(team), desk.session()
    try:
        found = aside.group(session, team, group, _kept_from(sight_of(request)))
    except InputAtFault:
        raise Http404 from None
    if found.dying:
        door(request, Do.SEE_END_OF_LIFE, subject_of(Kind.CASELOAD, team), Purpose.DIRECT_CARE)
    people = aside.rows_of(session, found)
    whole = request.GET.get("all") or request.GET.get("csv") or request.GET.get("set-aside.q")
    practices = {r["practice_code"]: r["practice_name"] for r in session.place.rows("practices")}
    rows = people if whole else people[:FIRST_SHOWN]
    return page(
        request,
        "neighbourhood/set_aside.jinja",
        SET_ASIDE.of(rows, sentence=found.sentence, practices=practices),
        team=team,
        name=listed["name"],
        group=found,
        said=None,
        shown=len(rows),
        total=len(people),
        count=paper.plural(found.count, "person", "people"),
        crumbs=[("Register", reverse("caseload", args=[team]))],
        standing=desk.standing(),
    )
