"""A build is a draft until every first page has been answered from it; one that cannot answer is
never the current one."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from asking import Command
from oneplace.answers import counting, open_place, people, publishing
from oneplace.answers.figures import FAMILIES
from oneplace.answers.preparing import Question, questions
from oneplace.answers.publishing import build_place
from oneplace.answers.session import Session
from oneplace.engines import store
from oneplace.faults import InputAtFault

NOW = dt.datetime(2026, 1, 6, 9, tzinfo=dt.UTC)


@pytest.fixture
def unanswerable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages that trip over the build: as a word would that nobody checked."""

    def asked(session: Session) -> tuple[Question, ...]:
        return (
            *questions(session),
            Question("planner", "the waiting list", lambda _v: {}["heart_referal"]),
        )

    monkeypatch.setattr(publishing, "questions", asked)


def test_a_draft_that_cannot_answer_is_not_published(hamlet_copy: Path, unanswerable: None) -> None:
    good = store.current(hamlet_copy)
    with pytest.raises(InputAtFault) as refused:
        build_place(hamlet_copy, now=NOW, people=200)
    [fault] = refused.value.faults
    assert "the new build cannot answer the waiting list (planner)" in str(fault)
    assert "the last build goes on answering" in str(fault)
    assert "heart_referal" in str(fault)
    assert "\n" not in str(fault)
    assert store.current(hamlet_copy) == good
    assert sorted((hamlet_copy / ".oneplace" / "builds").glob("*.tmp")) == []
    with open_place(hamlet_copy) as session:
        assert people.summary(session)["build"] == good.id if good else False


def test_while_it_is_asked_it_is_not_the_current_one(
    hamlet_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, seen = store.current(hamlet_copy), []

    def asked(session: Session) -> tuple[Question, ...]:
        def look(v: Session) -> None:
            seen.append((store.current(hamlet_copy), v.build_id))

        return (Question("anybody", "a look at what is current", look), *questions(session))

    monkeypatch.setattr(publishing, "questions", asked)
    made = build_place(hamlet_copy, now=NOW, people=200)
    assert seen == [(good, made.id)]
    assert store.current(hamlet_copy) == made


def test_plan_status_refuses_a_plan_that_check_refuses(
    hamlet_copy: Path, oneplace: Command
) -> None:
    path = hamlet_copy / "plan.yaml"
    assert oneplace("plan", "status", hamlet_copy, "--on", "2019-10-01").status == 0
    path.write_text(
        path.read_text(encoding="utf-8").replace("programme: ", "programme: un", 1),
        encoding="utf-8",
    )
    run = oneplace("plan", "status", hamlet_copy, "--on", "2019-10-01")
    assert run.status == 1
    assert "unknown programme" in run.err
    assert run.out == ""
    (told,) = [line for line in oneplace("check", hamlet_copy).faults if "programme" in line]
    assert told in run.err


def test_every_role_is_asked_for(built_hamlet: Path) -> None:
    """Each figure that a role's first page shows is of a family that a draft is asked, or of a
    team's list."""
    from oneplace.safety.decide import Role

    with open_place(built_hamlet) as session:
        asked = questions(session)
    roles = {role for q in asked for role in q.role.split(", ")}
    assert {r.value.replace("_", " ") for r in Role} - roles == {
        "privacy officer",
        "administrator",
    }, "they see no build"
    pages = {q.page for q in asked}
    for family in FAMILIES.values():
        assert family.about or f"the figures of {family.name}" in pages
    assert {f"the list of {team}" for team in ("HT1", "HT2")} <= pages


def test_a_place_at_fault_is_refused_before_anything_is_made(hamlet_copy: Path) -> None:
    good = store.current(hamlet_copy)
    path = hamlet_copy / "plan.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("programme: ", "programme: un", 1),
        encoding="utf-8",
    )
    said: list[str] = []
    with pytest.raises(InputAtFault, match="unknown programme"):
        build_place(
            hamlet_copy, now=NOW, people=200, progress=lambda what, _share: said.append(what)
        )
    assert said == []
    assert store.current(hamlet_copy) == good


def test_an_earlier_build_is_asked_how_its_figures_stood_and_shares_what_rests_on_the_records_alone(
    hamlet_copy: Path,
) -> None:
    now = dt.datetime(2026, 1, 7, 9, tzinfo=dt.UTC)
    made = build_place(
        hamlet_copy, now=now, as_of=dt.date(2019, 4, 1), before=dt.date(2019, 3, 1), people=200
    )
    first, earlier, _ = store.builds(hamlet_copy)
    kept = {
        d.name: {f.name for f in d.iterdir()}
        for d in (hamlet_copy / ".oneplace" / "counted").iterdir()
    }
    shared = store.answers_of_records(made.manifest)
    assert (
        store.answers_of_records(earlier.manifest)
        == shared
        != store.answers_of_records(first.manifest)
    )
    assert kept[shared] and kept[made.id] and kept[earlier.id]
    with open_place(hamlet_copy, build=earlier) as then, open_place(hamlet_copy) as session:
        assert then.as_of < session.as_of
        for measure in session.plan_documents.measures:
            if (how := measure.from_records) is None:
                continue
            before = [counting.counted(v, how) for v in (then, session)]
            if how.count != "contacts":
                assert before[0] == before[1], "of the records, whatever the day"
            shutil.rmtree(hamlet_copy / ".oneplace" / "counted")
            assert [counting.counted(v, how) for v in (then, session)] == before, (
                "and counted anew it is the same"
            )
    with pytest.raises(ZeroDivisionError), store.drafted(hamlet_copy, "20260108T090000-000000"):
        (hamlet_copy / ".oneplace" / "counted" / "records-of-nobody").mkdir(parents=True)
        raise ZeroDivisionError
    assert not (hamlet_copy / ".oneplace" / "counted" / "records-of-nobody").exists(), (
        "records of no build are forgotten"
    )
