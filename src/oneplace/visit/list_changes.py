"""Who came onto a team's list and who left it since an earlier build, and why: reasons compared, nobody unexplained.

In: the visit, a team, an earlier build whose facts are still kept. Out: the agenda part person by person, the register
as counts by reason that add up from before to now; and who of some people has died or moved. All are pseudonyms.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oneplace.engines import duck, store
from oneplace.people.caseload import REFUSED, REFUSED_SENTENCE
from oneplace.visit import people

if TYPE_CHECKING:
    from oneplace.visit.opening import Visit

Row = Mapping[str, Any]
LISTED = "SELECT person_id, team_code, set_aside, rank, on_agenda, reasons FROM caseload"


@dataclass(frozen=True)
class Change:
    """One person who joined or left the agenda part of a list: why, and which reasons came or went."""

    person_id: int
    rank: int | None
    why: str
    reasons: tuple[str, ...]


def earlier_builds(visit: Visit) -> list[store.Build]:
    """Builds made before the visit's own whose rows are still kept, the latest first."""
    mine = visit.build_id
    return [b for b in reversed(store.builds(visit.folder)) if mine is not None and b.id < mine and b.facts.exists()]


def list_changes(visit: Visit, team: str, before: store.Build) -> dict[str, Any]:
    """What changed on the team's list from `before` to the visit's build."""
    then = dt.date.fromisoformat(before.manifest["as_of"])
    with duck.open(before.facts, threads=1, memory_limit_mb=300, read_only=True) as earlier:
        old, new = _of_team(earlier, team), _of_team(visit.engine, team)
        joined_ids, left_ids = sorted(new.keys() - old.keys()), sorted(old.keys() - new.keys())
        top_old = {p for p, r in old.items() if r["on_agenda"]}
        top_new = {p for p, r in new.items() if r["on_agenda"]}
        was = _looked_up(earlier, {*joined_ids, *(top_new - top_old)})
        now = _looked_up(visit.engine, {*left_ids, *(top_old - top_new)})
    died = deaths(visit, left_ids)
    asides = {a.id: a.sentence for a in people.documents(visit).caseload.set_aside} | {REFUSED: REFUSED_SENTENCE}
    names = people.team_names(visit)
    joined_why = {p: _joined(was.get(p), team, names, asides) for p in joined_ids}
    left_why = {p: _left(now.get(p), team, names, asides, died.get(p)) for p in left_ids}
    return {
        "build": before.id,
        "as_of": then.isoformat(),
        "joined": [
            Change(p, new[p]["rank"], joined_why.get(p) or _moved_up(was[p]), _gained(was.get(p), new[p]))
            for p in sorted(top_new - top_old, key=lambda p: int(new[p]["rank"]))
        ],
        "left": [
            # Reasons that went are only of interest in somebody who is still there to have them.
            Change(
                p,
                old[p]["rank"],
                left_why.get(p) or _moved_down(now[p]),
                () if p in left_why else _gained(now.get(p), old[p]),
            )
            for p in sorted(top_old - top_new, key=lambda p: int(old[p]["rank"]))
        ],
        "register": {
            "before": len(old),
            "joined": Counter(joined_why.values()).most_common(),
            "left": Counter(left_why.values()).most_common(),
            "now": len(new),
        },
    }


def deaths(visit: Visit, ids: Iterable[int]) -> dict[int, dt.date]:
    """Who of these had died by the visit's day, and when."""
    rows = _asked(visit.engine, "SELECT person_id, death_date FROM people WHERE death_date IS NOT NULL", ids)
    return {r["person_id"]: r["death_date"] for r in rows if r["death_date"] <= visit.as_of}


def gone(visit: Visit, team: str, ids: Iterable[int]) -> dict[int, str]:
    """Of the people a team follows, those who died or are no longer registered with it, in words."""
    followed = sorted(set(ids))
    died, now = deaths(visit, followed), _looked_up(visit.engine, followed)
    names = people.team_names(visit)
    said = {p: _left(now.get(p), team, names, {}, died.get(p)) for p in followed if p in died}
    for p in followed:
        if p not in died and (p not in now or now[p]["team_code"] != team):
            said[p] = _left(now.get(p), team, names, {}, None)
    return said


def _of_team(engine: duck.DuckEngine, team: str) -> dict[int, Row]:
    rows = engine.rows(f"{LISTED} WHERE team_code = ? AND rank IS NOT NULL", [team])
    return {r["person_id"]: r for r in rows}


def _looked_up(engine: duck.DuckEngine, ids: Iterable[int]) -> dict[int, Row]:
    return {r["person_id"]: r for r in _asked(engine, f"{LISTED} WHERE TRUE", ids)}


def _asked(engine: duck.DuckEngine, select: str, ids: Iterable[int]) -> list[dict[str, Any]]:
    wanted = ", ".join(str(int(i)) for i in ids)
    return engine.rows(f"{select} AND person_id IN ({wanted})") if wanted else []


def _joined(was: Row | None, team: str, names: Mapping[str, str], asides: Mapping[str, str]) -> str:
    if was is None:
        return "newly registered with the place"
    if was["team_code"] != team:
        return f"came from {names.get(was['team_code'], was['team_code'])}"
    return f"no longer set aside: {_aside(was, asides)}"


def _left(now: Row | None, team: str, names: Mapping[str, str], asides: Mapping[str, str], died: dt.date | None) -> str:
    if died is not None:
        return "died"
    if now is None:
        return "no longer registered with a practice of the place"
    if now["team_code"] != team:
        return f"moved to {names.get(now['team_code'], now['team_code'])}"
    return f"set aside: {_aside(now, asides)}"


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
    return tuple(r for r in (now["reasons"] or "").split("\n") if r and _without_numbers(r) not in had)


def _without_numbers(reason: str) -> str:
    """One admission more or less is the same reason: what is compared is what it is about."""
    return "".join(c for c in reason if not c.isdigit()).replace("admissions", "admission")
