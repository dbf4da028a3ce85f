"""Figures as the pages give them now, and whom each of them opens to: the same policy as the page
it stands on.

In: a figure's id. Out: the figure, from what pages keep, so that the page about it says what the
page it is on says.
"""

from __future__ import annotations

from typing import Any

from oneplace.answers.figures import Audience, Family, about, family_of
from oneplace.answers.rests import DAY, rests_on
from oneplace.answers.session import Session
from oneplace.answers.standing import Between, Stand, stands
from oneplace.answers.why import between_now_and
from oneplace.report.kept import Kept
from oneplace.report.trace import Figure
from oneplace.safety.decide import Action, Kind, Purpose
from oneplace.web import desk, parts, place
from oneplace.web.accounts.door import Opening
from oneplace.web.accounts.models import User
from oneplace.web.accounts.sight import Sight, sight_for

PLANNING, BOARD, CARE = Purpose.PLANNING, Purpose.BOARD, Purpose.DIRECT_CARE
OPENINGS: dict[Audience, Opening] = {
    "plan": Opening(Action.SEE_PLAN, Kind.PROGRAMME, (PLANNING, BOARD), "plan"),
    "money": Opening(Action.SEE_MONEY, Kind.PROGRAMME, (PLANNING, BOARD), "money"),
    "risks": Opening(Action.SEE_RISKS, Kind.PROGRAMME, (PLANNING, BOARD), "risks"),
    "board": Opening(Action.SEE_FIGURES, Kind.FIGURES, (BOARD,), "figures"),
    "analysis": Opening(Action.SEE_FIGURES, Kind.FIGURES, (PLANNING,), "analysis"),
    "team": Opening(Action.SEE_CASELOAD, Kind.CASELOAD, (CARE, PLANNING)),
}


def subject_of(family: Family, figure_id: str) -> str:
    """What the door is asked about: the team whose figure it is, else the opening's own word."""
    return (
        about(figure_id, family)[0]
        if family.audience == "team"
        else OPENINGS[family.audience].subject
    )


def figure(figure_id: str, user: User | None = None) -> Figure | None:
    """The figure as its page gives it now; a team's own as this reader sees it."""
    family = family_of(figure_id)
    if family is None:
        return None
    word = figure_id.split(".")[0]
    return desk.figures(word, *about(figure_id, family), reader=reader_of(family, user)).get(
        figure_id
    )


def reader_of(family: Family, user: User | None) -> Sight | None:
    """Through whose sight the family is counted, then as now: a team's own figures through the
    reader's, all others alike."""
    return sight_for(user) if family.audience == "team" else None


def earlier() -> list[Stand]:
    """Every paper and build that a figure can be compared with."""
    return desk.answer(_stands, tuple(parts.papers()))


@rests_on(DAY)
def _stands(session: Session, _papers: tuple[Kept, ...]) -> list[Stand]:
    still = place.today() if place.place().demonstration else None
    return stands(session.folder, current=session.build_id, day_of=lambda on: still or on)


def since(stand: Stand, session: Session) -> Between:
    """The way from a stand to now. What was said of the stand itself is asked once for all its
    figures, and for each reader whose sight the session has."""
    return between_now_and(session, stand, desk.answer_to(session.reader, _told, stand.id))


@rests_on(DAY)
def _told(_session: Session, _stand: str) -> dict[Any, Any]:
    """What was answered of a stand: filled by whoever asks."""
    return {}
