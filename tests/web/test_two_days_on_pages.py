"""The place's today on the site: what every page says first where the records are older, and whose
day the directory's is."""

from __future__ import annotations

import datetime as dt

import pytest

from oneplace.place import clock

SAID = "Records end on 1 October 2019; today is 24 December 2019."


@pytest.fixture
def christmas(site, monkeypatch):
    monkeypatch.setenv(clock.TODAY, "2019-12-24")
    return site


@pytest.mark.parametrize(
    ("role", "page"),
    [
        ("coordinator", "/neighbourhood/teams/{team}/nine-o-clock"),
        ("coordinator", "/neighbourhood/teams/{team}/after"),
        ("coordinator", "/neighbourhood/teams/{team}/caseload"),
        ("coordinator", "/neighbourhood/people/{person}"),
        ("planner", "/"),
    ],
)
def test_records_older_than_today_are_said_before_the_page_says_anything(christmas, role, page):
    person = christmas.people()[0]
    text = (
        christmas.client(role).get(page.format(team=christmas.team, person=person)).content.decode()
    )
    assert SAID in text and text.index(SAID) < text.index("<h1")
    assert "The demonstration’s day is 24 December 2019." in text


def test_records_of_today_say_nothing_of_the_kind(site):
    text = (
        site.client("coordinator")
        .get(f"/neighbourhood/teams/{site.team}/nine-o-clock")
        .content.decode()
    )
    assert "Records end on" not in text and "The demonstration’s day is 1 October 2019." in text


def test_the_directorys_today_is_the_places(christmas):
    from oneplace.web.directory.views import _now

    assert _now().date() == dt.date(2019, 12, 24)
    assert "Tuesday, today" in christmas.client().get("/directory/").content.decode()


def test_nobody_who_has_died_or_left_by_today_is_on_the_nine_oclock_page(christmas):
    from oneplace.answers.list_changes import gone
    from oneplace.web import desk

    session = desk.session()
    rows = session.ask(
        "SELECT person_id FROM caseload WHERE team_code = ? AND rank IS NOT NULL", [christmas.team]
    )
    left = gone(session, christmas.team, [r["person_id"] for r in rows])
    assert any(why.startswith("died on ") for why in left.values())
    assert not left.keys() & set(christmas.people())


def test_somebody_who_died_leaves_a_frozen_agenda_and_the_reviews_that_are_due(site, monkeypatch):
    """Frozen in October with somebody who dies by December, whom the team added by hand and
    promised a review."""
    from oneplace.web import desk
    from oneplace.web.neighbourhood import actions
    from oneplace.web.neighbourhood.models import Agenda, AgendaLine

    session = desk.session()
    rows = session.ask(
        "SELECT c.person_id FROM caseload c JOIN people p USING (person_id) WHERE c.team_code = ? AND c.rank IS NOT NULL "
        "AND p.death_date BETWEEN DATE '2019-10-02' AND DATE '2019-12-20' ORDER BY c.rank LIMIT 1",
        [site.team],
    )
    person = rows[0]["person_id"]
    by = site.user("coordinator")
    actions.change_agenda(person, site.team, "added", "asked by the GP", by=by)
    client = site.client("coordinator")
    nine = f"/neighbourhood/teams/{site.team}/nine-o-clock"
    monkeypatch.setenv(clock.TODAY, "2019-12-24")
    assert (
        f"/neighbourhood/people/{person}"
        not in client.get(nine).content.decode().split("Not discussed any more")[0]
    )
    monkeypatch.setenv(clock.TODAY, "2019-10-01")
    assert client.post(nine, {"meets_on": "28 November 2019"}).status_code == 302
    assert AgendaLine.objects.filter(person_id=person).exists()
    Agenda.objects.update(meets_on=dt.date(2019, 12, 24))
    monkeypatch.setenv(clock.TODAY, "2019-12-24")
    before, after = client.get(nine).content.decode().split("Not discussed any more")
    assert (
        f"/neighbourhood/people/{person}" not in before
        and f"/neighbourhood/people/{person}" in after
    )
    assert "died on " in after
