"""Hamlet on its own day, with a build of the month before beside it: the living are listed, who
left has a reason, nothing is lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from asking import copy_of_hamlet
from oneplace.answers import open_place
from oneplace.answers import people as people_answers
from oneplace.answers.list_changes import earlier_builds, gone, list_changes
from oneplace.answers.publishing import build_place
from oneplace.answers.session import Session
from oneplace.engines import store
from oneplace.place import clock

D = dt.date.fromisoformat
NOW = dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = copy_of_hamlet(tmp_path_factory.mktemp("days") / "hamlet")
    build_place(made, now=NOW, before=D("2019-09-01"))
    return made


@pytest.fixture
def at(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    opened: list[Session] = []

    def session(day: str | None = None) -> Session:
        monkeypatch.setenv(clock.TODAY, day) if day else monkeypatch.delenv(
            clock.TODAY, raising=False
        )
        opened.append(open_place(folder))
        return opened[-1]

    yield session
    for one in opened:
        one.close()


def listed(session: Session) -> set[int]:
    return {
        int(p["person"])
        for team in people_answers.teams(session)
        for p in people_answers.caseload(session, team, whole=True)["people"]
    }


def dead(session: Session, on: dt.date) -> set[int]:
    rows = session.ask("SELECT person_id FROM death WHERE death_date <= CAST(? AS DATE)", [on])
    return {r["person_id"] for r in rows}


def on_lists(session: Session, on: dt.date) -> set[int]:
    rows = session.ask(
        "SELECT person_id FROM registrations WHERE start_date <= CAST(? AS DATE) AND (end_date IS NULL OR end_date >= CAST(? AS DATE))",
        [on, on],
    )
    return {r["person_id"] for r in rows}


@pytest.mark.parametrize("day", [None, "2019-10-02", "2019-12-24", "2020-03-31"])
def test_everyone_on_a_list_is_alive_and_registered_on_the_places_today(
    at, day: str | None
) -> None:
    session = at(day)
    today = D(day) if day else D("2019-10-01")
    assert session.today == today
    people = listed(session)
    assert people and not people & dead(session, today) and people <= on_lists(session, today)
    agendas = [
        p
        for team in people_answers.teams(session)
        for p in people_answers.caseload(session, team)["people"]
    ]
    assert (
        len(agendas)
        == sum(
            people_answers.caseload(session, t)["reconciles"]["agenda"]
            for t in people_answers.teams(session)
        )
        == 20
    )
    assert {int(p["person"]) for p in agendas} <= people
    assert all(p["reasons"] for p in agendas)


@pytest.mark.parametrize("day", [None, "2019-12-24", "2020-03-31", "2023-01-01"])
def test_whoever_died_or_left_is_counted_and_the_lines_still_add_up(at, day: str | None) -> None:
    session = at(day)
    for team in people_answers.teams(session):
        whole = people_answers.caseload(session, team, whole=True)
        parts = whole["reconciles"]
        assert parts["adds_up"] and sum(parts["parts"].values()) == parts["registered"]
        assert len(whole["people"]) == parts["register"]
        assert (
            parts["parts"].get("Died or left by today's records, and on no list for care", 0) > 0
        ) == (day is not None)


@pytest.mark.parametrize(
    ("day", "computed", "said"),
    [
        (None, "2019-10-01", None),
        ("2019-10-01", "2019-10-01", None),
        (
            "2019-09-15",
            "2019-09-01",
            "Records end on 1 September 2019; today is 15 September 2019.",
        ),
        ("2019-09-01", "2019-09-01", None),
        ("2019-12-24", "2019-10-01", "Records end on 1 October 2019; today is 24 December 2019."),
    ],
)
def test_nothing_is_shown_from_after_the_clock_and_older_records_say_so_first(
    at, day: str | None, computed: str, said: str | None
) -> None:
    session = at(day)
    assert session.as_of == D(computed) <= session.today
    assert session.records_end == said
    assert people_answers.caseload(session, people_answers.teams(session)[0])["records_end"] == said


def test_no_build_for_so_early_a_day_is_said(at) -> None:
    with pytest.raises(
        Exception, match=r"no build was computed for so early a day.*2019-09-01 or later"
    ):
        at("2019-08-31")


def test_who_came_and_who_left_since_the_month_before_is_real(at) -> None:
    session = at()
    [before] = earlier_builds(session)
    assert before.day == D("2019-09-01")
    for team in people_answers.teams(session):
        found = list_changes(session, team, before)
        register = found["register"]
        joined, left = (sum(n for _, n in register[k]) for k in ("joined", "left"))
        assert joined and left and register["before"] + joined - left == register["now"]
        assert found["joined"] or found["left"]
        assert all(c.why for c in (*found["joined"], *found["left"]))


def test_of_those_who_left_it_is_said_how(at) -> None:
    """The months to December on the clock: deaths and moves that the build of October could not
    know."""
    session = at("2019-12-24")
    october = {
        r["person_id"]: r["team_code"]
        for r in session.ask("SELECT person_id, team_code FROM caseload WHERE rank IS NOT NULL")
    }
    died, here = dead(session, D("2019-12-24")), on_lists(session, D("2019-12-24"))
    for team in people_answers.teams(session):
        mine = [p for p, t in october.items() if t == team]
        said = gone(session, team, mine)
        assert {p for p, why in said.items() if why.startswith("died on ")} == set(mine) & died
        assert set(mine) - here <= said.keys()
        assert not said.keys() & {
            int(p["person"]) for p in people_answers.caseload(session, team, whole=True)["people"]
        }


def test_both_days_come_from_the_same_records_and_neither_from_the_other(
    folder: Path, tmp_path: Path
) -> None:
    alone = copy_of_hamlet(tmp_path / "hamlet")
    september = build_place(alone, now=NOW, as_of=D("2019-09-01"))
    first, second = store.builds(folder)[:2]
    assert (first.day, second.day) == (D("2019-09-01"), D("2019-10-01")) and store.current(
        folder
    ) == second
    assert first.manifest["digests"] == september.manifest["digests"] != second.manifest["digests"]
    assert first.manifest["tables"] == second.manifest["tables"]


def test_a_build_of_an_earlier_month_is_kept_however_often_the_place_is_built_again(
    folder: Path, tmp_path: Path
) -> None:
    import shutil

    copy = Path(shutil.copytree(folder, tmp_path / "hamlet"))
    first, second = store.builds(copy)
    for i in range(1, 6):  # builds again of the same day, without their rows being made anew
        shutil.copytree(second.folder, second.folder.with_name(f"20260106T09000{i}-aaaaaa"))
    dropped = store.prune(copy)
    assert first.facts.exists() and not any(first.id in name for name in dropped)
    assert dropped and len(store.with_rows(copy)) == store.KEEP_FACTS_OF + 1


@pytest.mark.parametrize(
    ("before", "found"), [("2019-10-01", "2019-10-01"), ("2019-10-02", "2019-10-02")]
)
def test_the_earlier_day_is_earlier(tmp_path: Path, before: str, found: str) -> None:
    place = copy_of_hamlet(tmp_path / "hamlet")
    with pytest.raises(Exception, match=rf"this day is not before the other.*{found}"):
        build_place(place, now=NOW, before=D(before))
    assert store.builds(place) == []
