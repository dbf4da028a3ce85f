"""Who of the people that a build knows has died or left by the place's today: nobody of them stands
on a list for care.

In: a session, and a team or some people. Out: for each who is gone how and when. The day that
people were computed for lies at or before today; what the records say of the days in between is
looked up here and nowhere else. A death is believed whenever it was recorded; that a registration
ended only where the records go on after it, because everything ends where an extract ends.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oneplace.people import lists
from oneplace.people.caseload import WHOLE_PLACE

if TYPE_CHECKING:
    from oneplace.answers.session import Session


@dataclass(frozen=True)
class Gone:
    """How somebody left, and the day (None: no list holds them on the last day that the records
    cover)."""

    how: str  # died | left
    on: dt.date | None

    @property
    def said(self) -> str:
        """ "died on 3 September 2019"."""
        from oneplace.report import words  # only here: most who ask need no words

        if self.how == "died":
            return f"died on {words.day(self.on)}"
        return (
            f"no longer registered with the team{f' since {words.day(self.on)}' if self.on else ''}"
        )


def known_until(session: Session) -> dt.date:
    """The last day, today at the latest, of which the records say who is registered where."""
    return max(session.as_of, min(session.today, session.document.records.period.end))


def gone_from_team(session: Session, team: str) -> dict[int, Gone]:
    """Everyone of the team's list in the build who has died or left the team's practices by
    today."""
    who = lists.of_team(team)
    return _died(session, who) | _left(session, who, team)


def gone_of(session: Session, ids: Iterable[int], team: str) -> dict[int, Gone]:
    """Of these people, those who have died or are not registered with the team's practices
    today."""
    asked = sorted(set(ids))
    if not asked:
        return {}
    who = lists.these(asked)
    return _left(session, who, team, always=True) | _died(session, who)


def _died(session: Session, who: lists.Question) -> dict[int, Gone]:
    return {
        r["person_id"]: Gone("died", r["death_date"])
        for r in session.ask(*lists.died(who, session.today))
    }


def _left(
    session: Session, who: lists.Question, team: str, *, always: bool = False
) -> dict[int, Gone]:
    """Without registrations in the records nobody is known to have left. `always`: also who had
    left by the build's day."""
    until = known_until(session)
    if (until == session.as_of and not always) or not (session.manifest or {}).get(
        "tables", {}
    ).get("registration"):
        return {}
    practices = [
        r["practice_code"] for r in session.place.rows("team_practices") if r["team_code"] == team
    ]
    if team != WHOLE_PLACE and not practices:
        return {}
    rows = session.ask(*lists.left(who, until, None if team == WHOLE_PLACE else practices))
    return {r["person_id"]: Gone("left", r["ended"]) for r in rows}
