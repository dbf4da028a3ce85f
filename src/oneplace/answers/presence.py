"""Who of the people that a build knows has died or left by the place's today: nobody of them stands on a list for care.

In: a session, and a team or some people. Out: for each who is gone how and when. The day that people were computed for lies at or
before today; what the records say of the days in between is looked up here and nowhere else. A death is believed whenever it was
recorded; that a registration ended only where the records go on after it, because everything ends where an extract ends.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oneplace.people.caseload import WHOLE_PLACE

if TYPE_CHECKING:
    from oneplace.answers.session import Session


@dataclass(frozen=True)
class Gone:
    """How somebody left, and the day (None: no list holds them on the last day that the records cover)."""

    how: str  # died | left
    on: dt.date | None

    @property
    def said(self) -> str:
        """ "died on 3 September 2019"."""
        from oneplace.report import words  # only here: most who ask need no words

        if self.how == "died":
            return f"died on {words.day(self.on)}"
        return f"no longer registered with the team{f' since {words.day(self.on)}' if self.on else ''}"


def known_until(session: Session) -> dt.date:
    """The last day, today at the latest, of which the records say who is registered where."""
    return max(session.as_of, min(session.today, session.document.records.period.end))


def gone_from_team(session: Session, team: str) -> dict[int, Gone]:
    """Everyone of the team's list in the build who has died or left the team's practices by today."""
    sql = "SELECT person_id FROM caseload WHERE team_code = ?"
    return _died(session, sql, [team]) | _left(session, sql, [team], team)


def gone_of(session: Session, ids: Iterable[int], team: str) -> dict[int, Gone]:
    """Of these people, those who have died or are not registered with the team's practices today."""
    listed = ", ".join(str(int(i)) for i in sorted(set(ids)))
    if not listed:
        return {}
    sql = f"SELECT person_id FROM people WHERE person_id IN ({listed})"
    left = _left(session, sql, [], team, always=True)
    return left | _died(session, sql, [])


def _died(session: Session, who: str, params: list[str]) -> dict[int, Gone]:
    rows = session.ask(
        f"SELECT person_id, death_date FROM people WHERE death_date <= CAST(? AS DATE) AND person_id IN ({who})",
        [session.today, *params],
    )
    return {r["person_id"]: Gone("died", r["death_date"]) for r in rows}


def _left(session: Session, who: str, params: list[str], team: str, *, always: bool = False) -> dict[int, Gone]:
    """Without registrations in the records nobody is known to have left. `always`: also who had left by the build's day."""
    until = known_until(session)
    if (until == session.as_of and not always) or not (session.manifest or {}).get("tables", {}).get("registration"):
        return {}
    practices = [r["practice_code"] for r in session.place.rows("team_practices") if r["team_code"] == team]
    if team != WHOLE_PLACE and not practices:
        return {}
    ours = "TRUE" if team == WHOLE_PLACE else f"practice_code IN ({', '.join(['?'] * len(practices))})"
    codes = [] if team == WHOLE_PLACE else practices
    rows = session.ask(
        f"WITH asked AS ({who}) SELECT a.person_id, max(r.end_date) AS ended FROM asked a "
        f"LEFT JOIN (SELECT * FROM registrations WHERE {ours}) r ON r.person_id = a.person_id AND r.start_date <= CAST(? AS DATE) "
        "GROUP BY a.person_id HAVING count(*) FILTER (WHERE r.person_id IS NOT NULL AND "
        "(r.end_date IS NULL OR r.end_date >= CAST(? AS DATE))) = 0",
        [*params, *codes, until, until],
    )
    return {r["person_id"]: Gone("left", r["ended"]) for r in rows}
