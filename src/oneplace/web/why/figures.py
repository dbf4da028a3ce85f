"""Figures as the pages give them now, and whom each of them opens to: the same policy as the page it stands on.

In: a figure's id. Out: the figure, from what pages keep, so that the page about it says what the page it is on says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from oneplace.answers.figures import Audience, Family, about, family_of
from oneplace.answers.session import Session
from oneplace.answers.standing import Between, Stand, stands
from oneplace.report.board.paper import figures_in_parts
from oneplace.report.trace import Figure
from oneplace.safety.decide import Action, Kind, Purpose
from oneplace.web import desk, parts, place
from oneplace.web.accounts.door import Opening
from oneplace.web.accounts.models import User
from oneplace.web.accounts.sight import Sight, sight_for
from oneplace.web.history.models import EntryVersion

PLANNING, BOARD, CARE = Purpose.PLANNING, Purpose.BOARD, Purpose.DIRECT_CARE
OPENINGS: dict[Audience, Opening] = {
    "plan": Opening(Action.SEE_PLAN, Kind.PROGRAMME, (PLANNING, BOARD), "plan"),
    "money": Opening(Action.SEE_MONEY, Kind.PROGRAMME, (PLANNING, BOARD), "money"),
    "risks": Opening(Action.SEE_RISKS, Kind.PROGRAMME, (PLANNING, BOARD), "risks"),
    "board": Opening(Action.SEE_FIGURES, Kind.FIGURES, (BOARD,), "figures"),
    "analysis": Opening(Action.SEE_FIGURES, Kind.FIGURES, (PLANNING,), "analysis"),
    "team": Opening(Action.SEE_CASELOAD, Kind.CASELOAD, (CARE, PLANNING)),
}
# What people write that changes a family's figures: written anew, they are worked out anew. Nothing changes the others.
RESTS_ON: dict[str, tuple[str, ...]] = {
    "programme": ("returns",),
    "savings": ("returns", "saving_forecasts"),
    "measure": ("rebases", "exception_reports"),
    "goals": ("rebases", "exception_reports", "board_decisions", "compliance_evidence"),
    "risks": ("risks", "controls", "assurances", "risk_actions"),
    "framework": ("risks", "controls", "assurances", "risk_actions"),
    "duties": ("compliance_evidence",),
    "position": parts.MONEY,
    "feeds": ("feed_decisions",),
    "list": ("actions", "agendas", "requests"),
}


def subject_of(family: Family, figure_id: str) -> str:
    """What the door is asked about: the team whose figure it is, else the opening's own word."""
    return about(figure_id, family)[0] if family.audience == "team" else OPENINGS[family.audience].subject


def figure(figure_id: str, user: User | None = None) -> Figure | None:
    """The figure as its page gives it now; a team's own as this reader sees it."""
    family = family_of(figure_id)
    if family is None:
        return None
    sight = reader_of(family, user)
    found = _family(family, about(figure_id, family), sight).get(figure_id)
    return _as_seen(found, sight) if found is not None and sight is not None else found


def reader_of(family: Family, user: User | None) -> Sight | None:
    """Through whose sight the family is counted, then as now: a team's own figures through the reader's, all others alike."""
    return sight_for(user) if family.audience == "team" else None


def _family(family: Family, narrowed: tuple[str, ...], sight: Sight | None) -> Mapping[str, Figure]:
    if family.name in (*parts.MAKERS, "place"):
        if not parts.anything():
            return {}
        kept: Mapping[str, Figure] = figures_in_parts([parts.part(family.name)])
        return kept
    written = parts.written(RESTS_ON.get(family.name, ()))
    key = f"figures of {family.name} {narrowed} on {place.today()} {written}"
    return desk.answer(key, lambda session: family.ask(session, place.today(), narrowed), sight)


def _as_seen(found: Figure, sight: Sight) -> Figure:
    """Whom the team discusses is proposed by the rules of the agenda, and nobody is counted whom a wish keeps from the
    reader: the team's own page says both."""
    from oneplace.web.neighbourhood.team import figures_of, team_state

    team = found.trace.figure_id.split(".")[1]
    counted = figures_of(team_state(team, sight))
    return replace(found, trace=replace(found.trace, value=counted[found.trace.figure_id]))


def earlier() -> list[Stand]:
    """Every paper and build that a figure can be compared with."""
    kept = " ".join(f"{k.month}/{k.number}" for k in parts.papers())

    def ask(session: Any) -> list[Stand]:
        still = place.today() if place.place().demonstration else None
        return stands(session.folder, current=session.build_id, day_of=lambda on: still or on)

    return desk.answer(f"stands {kept} on {place.today()}", ask)


def since(stand: Stand, session: Session, sight: Sight | None = None) -> Between:
    """The way from a stand to now. What was said of the stand itself is asked once for all its figures, and for each reader
    whose `sight` the session has."""
    told: dict[Any, Any] = desk.answer(f"told of {stand.id} on {place.today()}", lambda _: {}, sight)
    return Between(session, stand, told)


def last_entry() -> int:
    return _last_entry()


def _last_entry() -> int:
    return EntryVersion.objects.order_by("-id").values_list("id", flat=True).first() or 0
