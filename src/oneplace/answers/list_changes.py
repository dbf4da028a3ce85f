"""Who came onto a team's list and who left it since an earlier build, and why: reasons compared,
nobody unexplained.

In: the session, a team, an earlier build whose facts are still kept. Out: the agenda part person by
person, the register as counts by reason that add up from before to now, everyone who died and the
first by rank who moved away; and who of some people has died or moved. All are pseudonyms. Whom a
wish of now keeps from the session's reader is in none of it, then or now.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from oneplace.answers import people
from oneplace.answers.presence import Gone, gone_from_team, gone_of
from oneplace.answers.rests import DAY, rests_on
from oneplace.engines import duck, store
from oneplace.people import lists
from oneplace.people.caseload import REFUSED, REFUSED_SENTENCE

if TYPE_CHECKING:
    from oneplace.answers.session import Session

Row = Mapping[str, Any]
MOST_MOVED = 30  # who moved away and are named, by rank; everyone who died is


@dataclass(frozen=True)
class Move:
    """One person who joined or left the agenda part of a list: why, and which reasons came or
    went."""

    person_id: int
    rank: int | None
    why: str
    reasons: tuple[str, ...]


def earlier_builds(session: Session) -> list[store.Build]:
    """Builds made before the session's own whose rows are still kept: those of an earlier day
    first, beside which people have joined, left and died, then those that only their documents tell
    apart; of both the latest first."""
    mine = session.build_id
    made = [b for b in store.with_rows(session.folder) if mine is not None and b.id < mine]
    return sorted(made, key=lambda b: (b.day < session.as_of, b.id), reverse=True)


@rests_on(DAY)
def list_changes(session: Session, team: str, before: store.Build) -> dict[str, Any]:
    """What changed on the team's list from `before` to the session's build."""
    then = dt.date.fromisoformat(before.manifest["as_of"])
    since = gone_from_team(session, team)
    with session.facts_of(before) as earlier:
        old = _of_team(earlier, team)
        listed = _of_team(session.engine, team)
        new = {p: r for p, r in listed.items() if p not in since}
        size = sum(r["on_agenda"] for r in listed.values())
        top_old = _seen(session, "discusses", (p for p, r in old.items() if r["on_agenda"]))
        top_new = _seen(session, "discusses", sorted(new, key=lambda p: int(new[p]["rank"]))[:size])
        register_old, register_new = (
            _seen(session, "lists_by_risk", old),
            _seen(session, "lists_by_risk", new),
        )
        joined_ids = sorted(register_new - register_old)
        left_ids = sorted(_seen(session, "shows", old.keys() - new.keys()))
        was = _looked_up(earlier, {*joined_ids, *(top_new - top_old)})
        now = _looked_up(session.engine, {*left_ids, *(top_old - top_new)})
    left = gone_of(session, left_ids, team)
    asides = {a.id: a.sentence for a in people.documents(session).caseload.set_aside} | {
        REFUSED: REFUSED_SENTENCE
    }
    names = people.team_names(session)
    joined_why = {p: _joined(was.get(p), team, names, asides) for p in joined_ids}
    left_why = {p: _left(now.get(p), team, names, asides, left.get(p)) for p in left_ids}
    return {
        "build": before.id,
        "as_of": then.isoformat(),
        "joined": [
            Move(
                p,
                new[p]["rank"],
                joined_why.get(p) or _moved_up(was[p]),
                _gained(was.get(p), new[p]),
            )
            for p in sorted(top_new - top_old, key=lambda p: int(new[p]["rank"]))
        ],
        "left": [
            # Reasons that went are only of interest in somebody who is still there to have them.
            Move(
                p,
                old[p]["rank"],
                left[p].said if _died(left.get(p)) else left_why.get(p) or _moved_down(now[p]),
                () if p in left_why else _gained(now.get(p), old[p]),
            )
            for p in sorted(top_old - top_new, key=lambda p: int(old[p]["rank"]))
        ],
        "gone": _who_left(left_ids, old, now, team, left, left_why),
        "register": {
            "before": len(register_old),
            "joined": Counter(joined_why.values()).most_common(),
            "left": Counter(why for p, why in left_why.items() if p in register_old).most_common(),
            "now": len(register_new),
        },
    }


def _seen(
    session: Session, how: Literal["shows", "lists_by_risk", "discusses"], people: Iterable[int]
) -> set[int]:
    """Those whom the session's reader sees so; without a reader all."""
    return set(filter(getattr(session.reader, how), people)) if session.reader else set(people)


def _who_left(
    left_ids: Iterable[int],
    old: Mapping[int, Row],
    now: Mapping[int, Row],
    team: str,
    left: Mapping[int, Gone],
    why: Mapping[int, str],
) -> list[tuple[int, int, str]]:
    """Everyone of the register then who died, and the first by rank of those who moved away: who,
    rank then, how."""
    by_rank = sorted(left_ids, key=lambda p: int(old[p]["rank"]))
    died = {p for p in by_rank if _died(left.get(p))}
    moved = [
        p
        for p in by_rank
        if p not in died and (p in left or p not in now or now[p]["team_code"] != team)
    ]
    named = died | set(moved[:MOST_MOVED])
    return [
        (p, int(old[p]["rank"]), left[p].said if p in died else why[p])
        for p in by_rank
        if p in named
    ]


@rests_on(DAY)
def gone(session: Session, team: str, ids: Iterable[int]) -> dict[int, str]:
    """Of the people a team follows, those who died or are no longer registered with it by today, in
    words."""
    found = gone_of(session, ids, team)
    now, names = _looked_up(session.engine, found), people.team_names(session)
    return {
        p: g.said if _died(g) else _left(now.get(p), team, names, {}, g)
        for p, g in sorted(found.items())
    }


def _of_team(engine: duck.DuckEngine, team: str) -> dict[int, Row]:
    return {r["person_id"]: r for r in engine.rows(*lists.register(team))}


def _looked_up(engine: duck.DuckEngine, ids: Iterable[int]) -> dict[int, Row]:
    asked = [*ids]
    return {r["person_id"]: r for r in engine.rows(lists.places_of(asked))} if asked else {}


def _joined(was: Row | None, team: str, names: Mapping[str, str], asides: Mapping[str, str]) -> str:
    if was is None:
        return "newly registered with the place"
    if was["team_code"] != team:
        return f"came from {names.get(was['team_code'], was['team_code'])}"
    return f"no longer set aside: {_aside(was, asides)}"


def _left(
    now: Row | None,
    team: str,
    names: Mapping[str, str],
    asides: Mapping[str, str],
    gone: Gone | None,
) -> str:
    if _died(gone):
        return "died"
    if now is None:
        return "no longer registered with a practice of the place"
    if now["team_code"] != team:
        return f"moved to {names.get(now['team_code'], now['team_code'])}"
    if gone is not None:
        return "no longer registered with a practice of the team"
    return f"set aside: {_aside(now, asides)}"


def _died(gone: Gone | None) -> bool:
    return gone is not None and gone.how == "died"


def _aside(row: Row, asides: Mapping[str, str]) -> str:
    said = asides.get(row["set_aside"], row["set_aside"] or "for no stated reason")
    return said[:1].lower() + said[1:]


def _moved_up(was: Row) -> str:
    return f"was number {was['rank']:,}"


def _moved_down(now: Row) -> str:
    return f"still on the register, as number {now['rank']:,}"


def _gained(before: Row | None, now: Row) -> tuple[str, ...]:
    """Reasons that stand in the second and not in the first."""
    had = {_without_numbers(r) for r in (before["reasons"] or "").split("\n")} if before else set()
    return tuple(
        r for r in (now["reasons"] or "").split("\n") if r and _without_numbers(r) not in had
    )


def _without_numbers(reason: str) -> str:
    """One admission more or less is the same reason: what is compared is what it is about."""
    return "".join(c for c in reason if not c.isdigit()).replace("admissions", "admission")
