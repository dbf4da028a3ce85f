"""What a family of figures says it rests on is what it asks for; a request reads what people wrote
once, at one moment.

A family that says less would be kept after what it is made of changed. So every family is asked of
Hamlet, with one entry of every kind written, by a session that writes down what is touched; and
each family whose day is not declared says the same on any day.
"""

from __future__ import annotations

import copy
import datetime as dt
from collections import Counter

import pytest
from test_entered import write_everything

from oneplace.answers.figures import FAMILIES
from oneplace.answers.performance import OF_CHARTS
from oneplace.answers.rests import BUILD, DAY, DOCUMENTS, IMPORTS
from oneplace.answers.session import Entries, Session
from oneplace.sources.entries import Moment

TOUCHED = {
    "build": BUILD, "manifest": BUILD, "engine": BUILD, "plan_documents": DOCUMENTS, "digests": DOCUMENTS, "place": DOCUMENTS,
    "document": DOCUMENTS, "observations": IMPORTS,
}  # fmt: skip
WISHES = {"objections"}
"""Whom a wish keeps from a reader is in the name of the reader's sight (`Sight.mark`), under which
a team's answers are kept."""


class Watched(Session):
    """A session that writes down what it is asked for."""

    def __getattribute__(self, name: str):
        if name in TOUCHED:
            object.__getattribute__(self, "touched").add(TOUCHED[name])
        return object.__getattribute__(self, name)


class WatchedEntries(Entries):
    touched: set[str]

    def rows(self, name: str):
        self.touched.add(name)
        return super().rows(name)

    def __getitem__(self, name: str):
        self.touched.add(name)
        return super().__getitem__(name)


def watched(of: Session) -> Watched:
    made = copy.copy(of)
    made.__dict__["touched"] = set()
    made.__class__ = Watched
    made.entries = WatchedEntries(of.folder)
    made.entries.touched = made.__dict__["touched"]
    return made


def abouts(session: Session, team: str) -> dict[str, tuple[str, ...]]:
    claim = session.plan_documents.plan.schemes[0].claims[0].id
    measure = session.plan_documents.measures[0].id
    return {
        "exists": (claim,), "measure": (measure, ""), "waiting": ("elective_referral",), "refused": ("person",),
        "duties": (session.plan_documents.compliance[0].id,), "compare": ("emergency_admissions_12m", "neighbourhood"), "list": (team,),
    }  # fmt: skip


@pytest.fixture(scope="module")
def asked(fresh_site):
    from oneplace.web import desk
    from oneplace.web.accounts.sight import sight_for

    write_everything(fresh_site)
    session, found = desk.session(), {}
    for family in dict.fromkeys(FAMILIES.values()):
        by_name = abouts(session, fresh_site.team)
        one = watched(session)
        if family.audience == "team":
            one.reader = sight_for(fresh_site.user("coordinator"))
        about = by_name.get(family.name, ()) if family.about else ()
        figures = family.ask(one, session.today, about)
        later = family.ask(watched(session), session.today + dt.timedelta(days=40), about)
        found[family.name] = (family, one.__dict__["touched"], figures, later)
    return found


def test_every_family_says_all_that_it_rests_on(asked):
    less = {
        name: sorted(touched - family.rests_on - WISHES)
        for name, (family, touched, _, _) in asked.items()
        if touched - family.rests_on - WISHES
    }
    assert not less, "\n".join(
        f"{name} does not say that it rests on {', '.join(what)}" for name, what in less.items()
    )
    assert sum(bool(figures) for _, _, figures, _ in asked.values()) > 15, (
        "hardly any family had figures"
    )


def test_a_family_that_names_no_day_says_the_same_on_every_day(asked):
    for name, (family, _, figures, later) in asked.items():
        if DAY not in family.rests_on:
            assert {i: f.value for i, f in figures.items()} == {
                i: f.value for i, f in later.items()
            }, name


def test_what_is_declared_of_entries_is_a_table_of_entries():
    from oneplace.sources.entries import DECLARED

    for family in FAMILIES.values():
        assert family.rests_on - {BUILD, DOCUMENTS, IMPORTS, DAY} <= DECLARED.keys(), family.name
    assert set(OF_CHARTS) <= DECLARED.keys()


@pytest.mark.parametrize(
    "role", ["planner", "finance", "board", "risk", "analyst", "coordinator", "scheme_lead"]
)
def test_a_request_reads_each_table_of_what_people_wrote_once(fresh_site, monkeypatch, role):
    """The first page of each role after somebody wrote something, and the pages that it leads
    to."""
    from oneplace.web import desk

    read, select = Counter(), Moment.select

    def counted(self, table, sql, asked=()):
        read[table] += 1
        return select(self, table, sql, asked)

    monkeypatch.setattr(Moment, "select", counted)
    client = fresh_site.client(role)
    pages = [
        "/",
        "/board/",
        "/finance/",
        "/programme/risks",
        f"/neighbourhood/teams/{fresh_site.team}/caseload",
    ]
    for address in pages:
        desk.close()  # nothing is kept: every answer is worked out in this request
        read.clear()
        client.get(address)
        twice = {t: n for t, n in read.items() if n > 1 and t != "entry_versions"}
        assert not twice, f"{address} as {role}"
        assert read["entry_versions"] <= 3, f"{address} as {role}: {read['entry_versions']}"


def test_an_answer_of_an_earlier_state_is_not_kept_beside_the_one_of_now(site):
    from oneplace.web import desk
    from oneplace.web.programme.models import Return

    def kept() -> int:
        return len(desk._current()["answers"])

    lead, month = site.user("scheme_lead"), dt.date(2019, 10, 1)
    before = desk.figures("programme")["programme.returns"].value
    questions = kept()
    made = Return.write(
        by=lead, scheme="H1", month=month, delivery="on_track", benefit="on_track", sent_on=month
    )
    assert desk.figures("programme")["programme.returns"].value == before + 1
    for word in ("one", "two", "three"):
        made = made.revise(by=lead, base=made.version, reason=word)
        assert desk.figures("programme")["programme.returns"].value == before + 1
    assert kept() == questions, "one question, one answer, however often somebody writes"
