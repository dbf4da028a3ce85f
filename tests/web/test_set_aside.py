"""Whoever a team's register sets aside is on a list with an owner: counts reconcile, and the door
keeps who is dying."""

from __future__ import annotations

import csv
import io

import pytest

from oneplace.answers import people

GROUPS = ("under_18", "end_of_life", "care_home")


def in_group(group: str) -> set[int]:
    from oneplace.web import desk

    rows = desk.session().ask("SELECT person_id FROM caseload WHERE set_aside = ?", [group])
    return {r["person_id"] for r in rows}


def address(site, group: str) -> str:
    return f"/neighbourhood/teams/{site.team}/set-aside/{group}"


@pytest.mark.parametrize("group", GROUPS)
def test_every_group_is_listed_with_its_owner_and_reconciles(site, group):
    from oneplace.answers.set_aside import groups
    from oneplace.web import desk

    [found] = [g for g in groups(desk.session(), site.team) if g.id == group]
    response = site.client("clinician").get(address(site, group))
    text = response.content.decode().replace("&#39;", "'")
    assert response.status_code == 200 and found.owner and found.owner in text
    assert (
        found.count
        == people.caseload(desk.session(), site.team)["reconciles"]["parts"][found.sentence]
    )
    rows = list(
        csv.DictReader(
            io.StringIO(
                site.client("clinician")
                .get(address(site, group) + "?csv=set-aside")
                .content.decode("utf-8-sig")
            )
        )
    )
    assert {int(r["Person"]) for r in rows} == set(found.people) and len(rows) == found.count > 0


def test_everyone_registered_is_on_the_register_or_in_a_group_of_somebody(site):
    from oneplace.answers.set_aside import groups
    from oneplace.web import desk

    session = desk.session()
    for team in people.teams(session):
        parts = people.caseload(session, team)["reconciles"]
        assert (
            sum(g.count for g in groups(session, team)) + parts["register"] == parts["registered"]
        )
        assert all(g.owner for g in groups(session, team))


@pytest.mark.parametrize(
    ("role", "group", "status"),
    [
        ("coordinator", "under_18", 200),
        ("coordinator", "care_home", 200),
        ("coordinator", "end_of_life", 404),  # not for whoever is not trained in it
        ("clinician", "end_of_life", 200),
        ("clinician", "no-such-group", 404),
        ("clinician", "refused", 404),  # nobody is listed against their will
        ("analyst", "under_18", 404),
        ("planner", "care_home", 404),
        ("privacy_officer", "end_of_life", 404),
        ("resident", "care_home", 404),
    ],
)
def test_who_sees_which_group(site, role, group, status):
    assert site.client(role).get(address(site, group)).status_code == status


def test_a_clinician_without_the_training_does_not_see_who_is_dying(site):
    from oneplace.web.accounts.models import User

    User.objects.filter(username="clinician").update(trained=False)
    assert site.client("clinician").get(address(site, "end_of_life")).status_code == 404


def test_the_look_is_in_the_audit_and_so_is_the_refusal(site):
    from oneplace.web.accounts.models import AuditRow

    site.client("clinician").get(address(site, "end_of_life"))
    site.client("coordinator").get(address(site, "end_of_life"))
    rows = AuditRow.objects.filter(action="see_end_of_life").values_list("actor", "allowed")
    assert ("clinician", True) in rows and ("coordinator", False) in rows


def test_the_register_says_who_owns_each_group_and_leads_there(site):
    page = f"/neighbourhood/teams/{site.team}/caseload"
    trained = site.client("clinician").get(page).content.decode()
    assert all(address(site, g) in trained for g in GROUPS)
    other = site.client("coordinator").get(page).content.decode()
    assert (
        address(site, "care_home") in other
        and "end-of-life" not in other
        and address(site, "end_of_life") not in other
    )


def test_whoever_shares_with_their_practice_alone_is_counted_and_not_listed(site):
    from oneplace.answers.set_aside import group
    from oneplace.web import desk
    from oneplace.web.neighbourhood.models import Objection

    person = group(desk.session(), site.team, "under_18").people[0]
    before = group(desk.session(), site.team, "under_18").count
    Objection.write(
        by=site.user("coordinator"),
        person_id=person,
        team_code=site.team,
        what="sharing",
        words="",
        since="2019-09-01",
    )
    found = group(desk.session(), site.team, "under_18")
    assert person not in found.people and (found.count, found.kept) == (before, 1)
    assert (
        str(person)
        not in site.client("clinician")
        .get(address(site, "under_18") + "?csv=set-aside")
        .content.decode()
    )


@pytest.mark.parametrize(
    ("what", "shown"), [("sharing", False), ("planning", False), ("risk", True)]
)
def test_the_command_line_lists_nobody_who_refuses_what_a_list_is_for(site, what, shown):
    """No reader is named there, so the list goes by the same rule as `caseload`; nobody of these is
    ranked by risk."""
    import json
    import os
    import subprocess
    import sys

    from oneplace.web import desk
    from oneplace.web.neighbourhood.models import Objection

    person = sorted(in_group("under_18"))[0]
    team = desk.standing_of(person)["team_code"]
    Objection.write(
        by=site.user("coordinator"), person_id=person, team_code=team, what=what, since="2019-09-01"
    )
    words = ("set-aside", str(site.folder), "under_18", "--team", team, "--json")
    out = subprocess.run(
        [sys.executable, "-m", "oneplace", *words],
        capture_output=True,
        text=True,
        env=os.environ,
        check=True,
    )
    found = json.loads(out.stdout)
    assert (str(person) in {p["person"] for p in found["people"]}) == shown
    assert bool(found["kept"]) != shown
