"""Hamlet's own lists: an attacker who holds every list of a measure at once does not find a count
that one of them hides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linprog

from oneplace.answers import families, open_place
from oneplace.answers.comparing import _years, compare
from oneplace.answers.session import Session
from oneplace.measures.series import following

OF_AREAS, OF_PRACTICES = (
    ("area", "ward", "neighbourhood", "quintile"),
    ("practice", "network", "team"),
)


@pytest.fixture(scope="module")
def hamlet(built_hamlet: Path) -> Iterator[Session]:
    with open_place(built_hamlet) as session:
        yield session


def constraints(session: Session, what: str, bys: tuple[str, ...], audience: str):
    """Rows of all lists as inequalities over the counts of the smallest units, with the rounding
    and what the rows say of themselves."""
    family = families.family(session, bys[0])
    slack = 2.5 if audience == "leaving" else 0.0
    rows, limits = [], []
    for by in bys:
        answer, members = compare(session, what, by, audience=audience), family.members(by)  # type: ignore[arg-type]
        for r in answer["rows"]:
            if r["numerator"] is not None:
                row = np.zeros(len(family.codes))
                row[members[r["code"]]] = 1
                rows += [row, -row]
                limits += [
                    r["numerator"] + slack + r["off_by"],
                    -(r["numerator"] - slack - r["off_by"]),
                ]
    return family, rows, limits


@pytest.mark.parametrize("audience, most", [("inside", 4), ("leaving", 7)])
@pytest.mark.parametrize("bys", [OF_AREAS, OF_PRACTICES])
@pytest.mark.parametrize(
    "what",
    [
        "copd",
        "dementia",
        "emergency_admissions_12m",
        "fall_admissions_12m",
        "severe_mental_illness",
    ],
)
def test_every_list_of_a_feature_at_once(
    hamlet: Session, what: str, bys: tuple[str, ...], audience: str, most: int
) -> None:
    family, rows, limits = constraints(hamlet, what, bys, audience)
    true = families.tally(hamlet, family).of(what).sum(axis=1)
    people = families.tally(hamlet, family).people.sum(axis=1)
    shown = {
        r["code"]: r["numerator"] for r in compare(hamlet, what, bys[0], audience=audience)["rows"]
    }  # type: ignore[arg-type]
    hidden = [i for i, c in enumerate(family.codes) if people[i] and shown.get(c) is None]
    small = [i for i in hidden if 1 <= true[i] <= most]
    assert all(shown.get(c) is None for i, c in enumerate(family.codes) if 1 <= true[i] <= most)
    # Told besides: which counts are hidden, that each is at least 1, and every count that is shown
    # exactly.
    box = [(1, None) if i in hidden else (n, n) for i, n in enumerate(true.tolist())]
    for i in small:
        aim = np.zeros(len(family.codes))
        aim[i] = 1
        ends = [
            linprog(s * aim, A_ub=np.array(rows) if rows else None, b_ub=limits or None, bounds=box)
            for s in (1, -1)
        ]
        assert all(e.status in (0, 3) for e in ends), ends  # 3: no upper limit at all
        assert ends[0].fun <= 1 + 1e-6
        assert ends[1].status == 3 or -ends[1].fun >= most - 1e-6, (
            what,
            bys,
            family.codes[i],
            -ends[1].fun,
        )


def test_the_whole_place_is_the_sum_of_its_parts(hamlet: Session) -> None:
    for what in ("copd", "emergency_admissions_12m"):
        totals = {compare(hamlet, what, by)["total"] for by in OF_AREAS}  # type: ignore[arg-type]
        assert len(totals) == 1


def test_years_of_a_count_do_not_overlap() -> None:
    """From years that overlap, single months could be subtracted."""
    one = (np.ones(2), np.zeros(2))
    months = {following(dt.date(2016, 4, 1), i): one for i in range(30)}
    years = _years(months, dt.date(2018, 9, 1))
    assert list(years) == [dt.date(2018, 9, 1), dt.date(2017, 9, 1)]
    assert all((n == 12).all() for n in years.values())


def test_a_period_and_peers_can_be_chosen(hamlet: Session) -> None:
    newest = compare(hamlet, "rtt-incomplete", "practice")
    earlier = compare(
        hamlet,
        "rtt-incomplete",
        "practice",
        until=dt.date.fromisoformat(newest["periods"][3]),
        peers="team",
    )
    assert earlier["period"] != newest["period"] and earlier["peers"] == "team"
    family = families.family(hamlet, "practice")
    team = dict(zip(family.codes, family.labels["team"], strict=True))
    for r in earlier["rows"]:
        if r["peers"]:
            assert {team[c] for c in r["peers"]["codes"]} == {team[r["code"]]} and r[
                "code"
            ] not in r["peers"]["codes"]
    assert all(len(r["course"]) == len(newest["months"]) for r in newest["rows"])
