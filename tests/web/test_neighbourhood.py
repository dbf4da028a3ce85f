"""The team's work and the person's own say: the agenda by hand, chasing, the record in words,
requests and refusals."""

from __future__ import annotations

import datetime as dt
import html
import os
import re

import pytest
from test_every_form import sent
from test_forms import BLNS, kept, naughty, squeezed
from test_mornings import figures, get

from oneplace.answers import people as people_answers
from oneplace.sources.entries import database_of, read_entries

NEEDS_STRINGS = pytest.mark.skipif(
    not BLNS.exists(), reason="needs ../shared/corpora/blns, the big list of naughty strings"
)


def team_page(site, page: str) -> str:
    return f"/neighbourhood/teams/{site.team}/{page}"


def person_page(person: int, page: str = "") -> str:
    return f"/neighbourhood/people/{person}" + (f"/{page}" if page else "")


def own(site) -> int:
    from oneplace.web.accounts.models import Standing

    return int(Standing.objects.get(user__username="resident", tie="self").subject)


def agenda_of(site) -> list[int]:
    from oneplace.web.neighbourhood.team import team_state

    return [s.person_id for s in team_state(site.team)["slots"]]


def make_action(site, person: int, **more):
    from oneplace.web.neighbourhood.models import Action

    fields = {
        "what": "Call the daughter",
        "owner": "District nurse",
        "organisation": "Trust",
        "due_on": dt.date(2019, 9, 1),
    }
    return Action.write(
        by=site.user("coordinator"), person_id=person, team_code=site.team, **{**fields, **more}
    )


# --- nine o'clock -----------------------------------------------------------------------------------------------------
def test_a_person_added_by_hand_stands_on_the_agenda_with_who_and_why(site):
    client, person = site.client("coordinator"), site.people()[200]
    assert person not in agenda_of(site)
    answer = client.post(
        team_page(site, "add"), {"person": str(person), "reason": "Her husband died"}
    )
    assert answer.status_code == 302
    text = get(site, "coordinator", team_page(site, "nine-o-clock"))
    assert "added by Priya Nair: Her husband died" in text and f"/people/{person}" in text
    client.post(team_page(site, "nine-o-clock"), {"meets_on": "2019-10-02"})
    assert person in agenda_of(site)
    row = next(
        r
        for r in read_entries(database_of(site.folder, os.environ))["agenda_lines"].to_pylist()
        if r["person_id"] == person
    )
    assert row["why"] == "added"


def test_numbers_that_name_somebody_of_the_register(site):
    from oneplace.web import desk
    from oneplace.web.neighbourhood.team import person_named

    person, others = (
        site.people()[3],
        [p for p in people_answers.teams(desk.session()) if p != site.team],
    )
    number = desk.identities([person])[person]["nhs_number"]
    elsewhere = int(people_answers.caseload(desk.session(), others[0])["people"][0]["person"])
    for typed in (
        str(person),
        number,
        f"{number[:3]} {number[3:6]} {number[6:]}",
        f"…{str(person)[-6:]}",
    ):
        assert person_named(site.team, typed) == person, typed
    number = desk.identities([elsewhere])[elsewhere]["nhs_number"]
    for typed in (str(elsewhere), number, "", "12", "0000000000", "no digits", "9" * 30):
        assert person_named(site.team, typed) is None, typed


def test_nobody_outside_the_register_is_added_and_nothing_tells_whether_they_exist(site):
    from oneplace.web import desk

    other = next(t for t in people_answers.teams(desk.session()) if t != site.team)
    outside = people_answers.caseload(desk.session(), other)["people"][0]["person"]
    client = site.client("coordinator")
    answers = [
        client.post(team_page(site, "add"), {"person": p, "reason": "x"})
        for p in (outside, "123456789012345")
    ]
    assert [a.status_code for a in answers] == [422, 422]
    assert all(
        "Nobody on this team’s register has this number" in a.content.decode() for a in answers
    )


def test_adding_somebody_is_audited_as_opening_their_record(site):
    from oneplace.web.accounts.models import AuditRow

    person = site.people()[200]
    site.client("coordinator").post(team_page(site, "add"), {"person": str(person), "reason": "x"})
    assert (
        AuditRow.objects.filter(subject=str(person), action="write_care", allowed=True).count() == 1
    )


def test_whoever_is_taken_off_before_freezing_is_named_with_the_reason_and_may_come_back(site):
    client, person = site.client("coordinator"), agenda_of(site)[0]
    assert (
        client.post(
            person_page(person, "agenda"), {"what": "taken_off", "reason": "On holiday"}
        ).status_code
        == 302
    )
    assert person not in agenda_of(site)
    assert "Taken off by hand" in get(site, "coordinator", team_page(site, "nine-o-clock"))
    assert "On holiday" in get(site, "coordinator", person_page(person))
    assert (
        client.post(person_page(person, "agenda"), {"step": "undo", "version": 1}).status_code
        == 302
    )
    assert person in agenda_of(site)


def test_an_agenda_uses_up_what_was_changed_by_hand(site):
    from oneplace.web.neighbourhood.models import AgendaChange

    client, person = site.client("coordinator"), site.people()[200]
    client.post(team_page(site, "add"), {"person": str(person), "reason": "x"})
    client.post(team_page(site, "nine-o-clock"), {"meets_on": "2019-10-02"})
    change = AgendaChange.objects.get()
    assert change.agenda is not None and change.version == 2
    assert [v.saved_by.username for v in change.versions()] == ["coordinator", "coordinator"]


def test_the_sheet_has_a_block_for_every_slot_and_names_only_when_asked(site):
    from oneplace.web import desk

    people = agenda_of(site)
    family = {i["family_name"] for i in desk.identities(people).values()}
    text = get(site, "coordinator", team_page(site, "sheet"))
    assert text.count('class="op-sheet"') == len(people)
    assert not any(f" {n}" in text for n in family)
    named = get(site, "coordinator", team_page(site, "sheet") + "?names=1")
    assert all(n in html.unescape(named) for n in family)


def test_who_is_needed_comes_from_the_rules_and_from_who_owes_something(site):
    person = agenda_of(site)[0]
    make_action(site, person, owner="Housing officer", due_on=dt.date(2019, 12, 1))
    from oneplace.web import desk

    listed = {
        p["person"]: p["professionals"]
        for p in people_answers.caseload(desk.session(), site.team)["people"]
    }
    ruled = {who for p in agenda_of(site) for who in listed.get(str(p), ())}
    text = get(site, "coordinator", team_page(site, "nine-o-clock"))
    needed = text.partition("Who is needed")[2]
    assert len(ruled) > 1 and all(who[1:] in needed for who in {*ruled, "Housing officer"})


# --- after the meeting ------------------------------------------------------------------------------------------------
def test_reminding_notes_the_day_on_each_action_of_the_owner_and_asks_nobody_outside(site):
    from oneplace.web.neighbourhood.models import Action

    first, second = (make_action(site, p) for p in site.people()[:2])
    make_action(site, site.people()[2], owner="GP", organisation="")
    address = team_page(site, "remind") + "?owner=District+nurse&of=Trust"
    text = html.unescape(get(site, "coordinator", address))
    body = re.search(r'href="mailto:\?subject=[^"]*&body=([^"]*)"', text)[1]
    assert "Call%20the%20daughter" not in body and str(first.person_id)[-6:] in body
    answer = site.client("coordinator").post(
        team_page(site, "remind"), {"owner": "District nurse", "of": "Trust"}
    )
    assert answer.status_code == 302
    told = {a.pk: a.reminded_on for a in Action.objects.all()}
    assert {k for k, v in told.items() if v} == {first.pk, second.pk}
    assert "reminded 1 Oct 2019" in get(site, "coordinator", team_page(site, "after"))
    assert first.versions().count() == 2


def test_an_action_is_escalated_to_a_lead_or_to_the_register_as_an_issue_that_names_nobody(site):
    from oneplace.web.neighbourhood.models import Action
    from oneplace.web.programme.models import Risk

    person = site.people()[0]
    lead, register = make_action(site, person), make_action(site, person)
    client = site.client("coordinator")
    said = {"who": "Dr Hughes", "why": "She falls every week", "impact": 4, "version": 1}
    assert (
        client.post(
            f"/neighbourhood/actions/{lead.pk}/escalate", {**said, "to": "lead"}
        ).status_code
        == 302
    )
    assert (
        client.post(
            f"/neighbourhood/actions/{register.pk}/escalate", {**said, "to": "register"}
        ).status_code
        == 302
    )
    lead.refresh_from_db(), register.refresh_from_db()
    issue = Risk.objects.get()
    assert (
        lead.escalated_to == "Dr Hughes"
        and register.escalated_to == f"the risk register, issue {issue.pk}"
    )
    assert (issue.kind_of, issue.owner, issue.impact, issue.created_by.username) == (
        "issue",
        "Dr Hughes",
        4,
        "coordinator",
    )
    assert str(person)[-6:] not in issue.title + issue.description
    assert "She falls every week" in get(site, "risk", f"/programme/risks/{issue.pk}")
    assert Action.objects.filter(escalated_on=dt.date(2019, 10, 1)).count() == 2


def test_an_escalation_of_what_somebody_closed_meanwhile_loses_nothing(site):
    action = make_action(site, site.people()[0])
    action.revise(by=site.user("clinician"), base=1, note="I am on it")
    said = {"to": "lead", "who": "Dr Hughes", "why": "What I wrote", "impact": 4, "version": 1}
    answer = site.client("coordinator").post(f"/neighbourhood/actions/{action.pk}/escalate", said)
    text = answer.content.decode()
    assert (
        answer.status_code == 409
        and "Dr Owen Hughes changed this action" in text
        and "What I wrote" in text
    )


def test_a_referral_goes_from_sent_to_declined_with_a_reason_and_stands_after_the_meeting(site):
    from oneplace.web.neighbourhood.models import ServiceReferral

    client, person = site.client("coordinator"), site.people()[0]
    client.post(person_page(person, "refer"), {"service": "nursing", "need": "Leg ulcer"})
    referral = ServiceReferral.objects.get()
    address = f"/neighbourhood/referrals/{referral.pk}"
    assert client.post(address, {"state": "closed", "version": 1}).status_code == 422
    assert client.post(address, {"state": "declined", "version": 1}).status_code == 422
    assert (
        client.post(
            address, {"state": "declined", "answer": "No room until May", "version": 1}
        ).status_code
        == 302
    )
    assert "No room until May" in get(site, "coordinator", team_page(site, "after"))
    assert "No room until May" in get(site, "coordinator", person_page(person))


def test_the_tally_counts_what_was_planned_held_and_done_in_time(site):
    client = site.client("coordinator")
    client.post(team_page(site, "nine-o-clock"), {"meets_on": "2019-10-02"})
    people = agenda_of(site)
    for person, outcome in zip(people[:3], ("discussed", "stepped_down", "carried"), strict=True):
        client.post(
            person_page(person, "review"), {"outcome": outcome, "attended": "GP", "decision": "x"}
        )
    late, soon = (
        make_action(site, people[0], due_on=dt.date(2019, 9, 30)),
        make_action(site, people[0], due_on=dt.date(2019, 10, 8)),
    )
    for a in (late, soon):
        client.post(f"/neighbourhood/actions/{a.pk}", {"state": "done", "version": 1})
    csv = get(site, "coordinator", team_page(site, "after") + "?csv=tally").strip().splitlines()[1:]
    assert csv == [f"2019-10-01,{len(people)},2,1,1,1,100%", "2019-09-01,0,0,1,1,0,0%"]


def test_a_list_that_changed_says_who_came_who_left_and_why(site, tmp_path):
    """A build of February and one of October: everybody accounted for, whoever came or went has a
    reason."""
    import shutil

    from oneplace.answers import open_place
    from oneplace.answers.list_changes import earlier_builds, list_changes
    from oneplace.answers.publishing import build_place

    copy = tmp_path / "hamlet"
    shutil.copytree(site.folder, copy, ignore=shutil.ignore_patterns("builds", "current"))
    build_place(copy, now=dt.datetime(2019, 2, 1, 8, tzinfo=dt.UTC), as_of=dt.date(2019, 2, 1))
    build_place(copy, now=dt.datetime(2019, 4, 1, 8, tzinfo=dt.UTC))
    with open_place(copy) as session:
        [before] = earlier_builds(session)
        for team in people_answers.teams(session):
            found = list_changes(session, team, before)
            register = found["register"]
            joined, left = (sum(n for _, n in register[k]) for k in ("joined", "left"))
            assert (
                register["before"] + joined - left
                == register["now"]
                == people_answers.caseload(session, team)["reconciles"]["register"]
            )
            now = {int(p["person"]): p for p in people_answers.caseload(session, team)["people"]}
            with open_place(copy, build=before.id) as then:
                sql = "SELECT person_id, reasons FROM caseload WHERE team_code = ? AND on_agenda"
                was = {
                    r["person_id"]: {"reasons": (r["reasons"] or "").split("\n")}
                    for r in then.ask(sql, [team])
                }
                living = {
                    int(p["person"])
                    for p in people_answers.caseload(then, team, whole=True)["people"]
                }
                gone = {p for p, _, why in found["gone"] if why.startswith("died")}
                assert (
                    gone and not living & gone
                )  # an old list is no list for care of whoever has died since
            assert {c.person_id for c in found["joined"]} == now.keys() - was.keys()
            assert {c.person_id for c in found["left"]} == was.keys() - now.keys()
            assert all(c.why for c in (*found["joined"], *found["left"]))
            assert all(set(c.reasons) <= set(now[c.person_id]["reasons"]) for c in found["joined"])
            assert all(set(c.reasons) <= set(was[c.person_id]["reasons"]) for c in found["left"])


def test_who_died_or_moved_is_said_of_those_the_team_follows(site):
    from oneplace.answers.list_changes import gone
    from oneplace.web import desk

    session = desk.session()
    dead = session.ask(
        "SELECT person_id FROM people WHERE death_date <= CAST(? AS DATE) LIMIT 1", [session.as_of]
    )
    other = next(t for t in people_answers.teams(session) if t != site.team)
    moved = int(people_answers.caseload(session, other)["people"][0]["person"])
    here = site.people()[0]
    people = [p for p in (dead[0]["person_id"] if dead else None, moved, here) if p]
    found = gone(session, site.team, people)
    assert here not in found and found[moved].startswith("moved to ")
    if dead:
        assert found[dead[0]["person_id"]].startswith("died on ")


# --- the record in words ----------------------------------------------------------------------------------------------
CARER = {
    "who": "Ann Birch",
    "part": "Daughter",
    "contact": "0151 496 0999",
    "agreed": "yes",
    "words": "Comes on Sundays",
}


def test_a_note_shows_on_the_person_the_lists_and_the_own_record_with_who_wrote_it(site):
    client, person = site.client("coordinator"), own(site)
    assert (
        client.post(
            person_page(person, "notes/alert"), {"words": "Two people to visit"}
        ).status_code
        == 302
    )
    assert client.post(person_page(person, "notes/carer"), CARER).status_code == 302
    assert (
        client.post(person_page(person, "notes/key_worker"), {"who": "Beth Lunt"}).status_code
        == 302
    )
    text = get(site, "clinician", person_page(person))
    assert all(
        t in text
        for t in ("Two people to visit", "Ann Birch", "Daughter", "Beth Lunt", "Priya Nair")
    )
    for page in ("nine-o-clock", "caseload", "sheet"):
        assert "Two people to visit" in get(site, "coordinator", team_page(site, page)), page
    assert "Beth Lunt" in get(site, "coordinator", team_page(site, "nine-o-clock"))
    assert "Ann Birch" in get(site, "resident", "/my-record")


def test_a_note_keeps_its_versions_ends_and_comes_back(site):
    from oneplace.web.neighbourhood.models import Note

    client, person = site.client("coordinator"), site.people()[0]
    client.post(person_page(person, "notes/carer"), CARER)
    note = Note.objects.get()
    address = f"/neighbourhood/notes/{note.pk}"
    assert (
        client.post(address, {**CARER, "contact": "0151 496 0998", "version": 1}).status_code == 302
    )
    assert client.post(address, {"step": "end", "version": 2}).status_code == 302
    assert "Ann Birch" not in get(site, "coordinator", person_page(person))
    text = get(site, "coordinator", address)
    assert "0151 496 0999" in text and "0151 496 0998" in text and "ended" in text
    assert client.post(address, {"step": "bring_back", "version": 3}).status_code == 302
    assert "Ann Birch" in get(site, "coordinator", person_page(person))


def test_of_two_who_change_a_note_the_second_sees_both_texts(site):
    from oneplace.web.neighbourhood.models import Note

    person = site.people()[0]
    site.client("coordinator").post(person_page(person, "notes/carer"), CARER)
    address = f"/neighbourhood/notes/{Note.objects.get().pk}"
    site.client("clinician").post(address, {**CARER, "words": "Hers", "version": 1})
    stale = site.client("coordinator").post(address, {**CARER, "words": "Mine", "version": 1})
    assert (
        stale.status_code == 409
        and "Hers" in stale.content.decode()
        and "Mine" in stale.content.decode()
    )


def test_a_single_kind_is_written_once_and_then_changed(site):
    from oneplace.web.neighbourhood.models import Note

    client, person = site.client("coordinator"), site.people()[0]
    address = person_page(person, "notes/matters")
    assert client.post(address, {"words": "My garden"}).status_code == 302
    again = client.post(address, {"words": "Somebody wrote at the same time"})
    assert again.status_code == 422 and "Somebody wrote at the same time" in again.content.decode()
    assert (
        client.get(address).headers["Location"] == f"/neighbourhood/notes/{Note.objects.get().pk}"
    )


def test_a_review_names_the_key_worker_of_the_record(site):
    client, person = site.client("coordinator"), site.people()[0]
    form = {"outcome": "discussed", "attended": "GP", "decision": "x", "key_worker": "Beth Lunt"}
    client.post(person_page(person, "review"), form)
    from oneplace.web.neighbourhood.models import Note

    assert Note.objects.get(kind_of="key_worker").who == "Beth Lunt"


def test_a_review_shows_in_the_next_build(site, tmp_path):
    import shutil

    from oneplace.answers import open_place
    from oneplace.answers.publishing import build_place

    person = site.people()[0]
    form = {"outcome": "discussed", "attended": "GP", "decision": "x"}
    site.client("coordinator").post(person_page(person, "review"), form)
    copy = tmp_path / "hamlet"
    shutil.copytree(site.folder, copy)
    build_place(copy, now=dt.datetime(2019, 10, 2, 8, tzinfo=dt.UTC))
    with open_place(copy) as session:
        seen = {
            p["person"]: p["last_reviewed_on"]
            for p in people_answers.caseload(session, site.team, whole=True)["people"]
        }
    assert {p: on for p, on in seen.items() if on} == {str(person): "2019-10-01"}


ADVANCE = {
    "who": "Dr Hughes",
    "part": "Practice safe",
    "on_day": "3 March 2019",
    "words": "ReSPECT form",
}


def test_advance_care_is_seen_by_trained_clinicians_and_the_person_and_nobody_else(site):
    from oneplace.web.accounts.models import AuditRow, User

    person = own(site)
    address = person_page(person, "advance-care")
    assert (
        site.client("clinician")
        .post(person_page(person, "notes/advance_care"), ADVANCE)
        .status_code
        == 302
    )
    assert "Practice safe" in get(site, "clinician", address)
    assert (
        AuditRow.objects.filter(
            action="see_advance_care", subject=str(person), allowed=True
        ).count()
        == 1
    )
    assert "Practice safe" in get(site, "resident", "/my-record")
    for role in ("coordinator", "planner", "analyst"):
        assert site.client(role).get(address).status_code == 404, role
        assert (
            site.client(role).post(person_page(person, "notes/advance_care"), ADVANCE).status_code
            == 404
        ), role
    for page in (person_page(person), team_page(site, "nine-o-clock"), team_page(site, "sheet")):
        assert "Practice safe" not in get(site, "coordinator", page)
    User.objects.filter(username="clinician").update(trained=False)
    assert site.client("clinician").get(address).status_code == 404
    from oneplace.web.neighbourhood.models import Note

    assert (
        site.client("clinician").get(f"/neighbourhood/notes/{Note.objects.get().pk}").status_code
        == 404
    )


# --- the person's own say ---------------------------------------------------------------------------------------------
def test_what_matters_to_the_person_is_theirs_and_the_teams(site):
    resident, person = site.client("resident"), own(site)
    assert (
        resident.post("/my-record/what-matters", {"words": "To see my garden"}).status_code == 302
    )
    assert "To see my garden" in get(site, "coordinator", person_page(person))
    site.client("coordinator").post(person_page(person, "notes/matters"), {"words": "x"})
    stale = resident.post("/my-record/what-matters", {"words": "Mine", "version": 0})
    assert stale.status_code == 409 and "To see my garden" in stale.content.decode()


def test_a_correction_lands_with_the_team_and_the_answer_with_the_person(site):
    from oneplace.web.accounts.models import LastLook
    from oneplace.web.neighbourhood.models import Request

    coordinator, person = site.client("coordinator"), own(site)
    coordinator.get("/")
    LastLook.objects.update(at=dt.datetime(2019, 1, 1, tzinfo=dt.UTC))
    asked = {"what": "correction", "words": "I have never smoked"}
    assert site.client("resident").post("/my-record/ask", asked).status_code == 302
    first = coordinator.get("/").content.decode()
    assert "A resident wrote a request" in first and "1 request of residents to answer" in first
    assert "Joan Birch" not in first  # a name of identity, on a page that identified nobody
    assert "I have never smoked" in get(site, "coordinator", team_page(site, "after"))
    assert "I have never smoked" in get(site, "coordinator", person_page(person))
    address = f"/neighbourhood/requests/{Request.objects.get().pk}"
    assert coordinator.post(address, {"state": "declined", "version": 1}).status_code == 422
    done = {"state": "accepted", "answer": "The practice corrects it", "version": 1}
    assert coordinator.post(address, done).status_code == 302
    assert "The practice corrects it" in get(site, "resident", "/my-record")
    assert "I have never smoked" not in get(site, "coordinator", team_page(site, "after"))


def test_an_accepted_wish_for_a_service_is_a_referral(site):
    from oneplace.web.neighbourhood.models import Request, ServiceReferral

    asked = {"what": "appointment", "service": "lunch", "words": "I eat alone"}
    site.client("resident").post("/my-record/ask", asked)
    address = f"/neighbourhood/requests/{Request.objects.get().pk}"
    client = site.client("coordinator")
    assert client.post(address, {"state": "accepted", "version": 1}).status_code == 302
    assert client.post(address, {"state": "done", "version": 2}).status_code == 302
    referral = ServiceReferral.objects.get()
    assert (referral.service, referral.need, referral.person_id) == (
        "lunch",
        "I eat alone",
        own(site),
    )


def refuse(site, what: str, answer: str = "refuse", version: int = 0):
    form = {"what": what, "answer": answer, "words": "", "version": version}
    return site.client("resident").post("/my-record/choices", form)


def test_refusing_to_share_closes_the_record_to_the_team_at_once_and_may_be_withdrawn(site):
    from oneplace.web.accounts.models import AuditRow, Standing

    person, coordinator = own(site), site.client("coordinator")
    assert person in agenda_of(site)
    assert refuse(site, "sharing").status_code == 302
    assert coordinator.get(person_page(person)).status_code == 404
    assert person not in agenda_of(site)
    listed = coordinator.get(team_page(site, "caseload") + "?names=1")
    assert listed.status_code == 200 and "Practice only" in listed.content.decode()
    from oneplace.web import desk

    practice = desk.standing_of(person)["practice_code"]
    Standing.objects.get_or_create(
        user=site.user("clinician"), tie="registered_practice", subject=practice
    )
    assert site.client("clinician").get(person_page(person)).status_code == 200
    assert site.client("resident").get("/my-record").status_code == 200
    assert AuditRow.objects.filter(action="write_own", subject=str(person)).exists()
    assert refuse(site, "sharing", "withdraw", 1).status_code == 302
    assert coordinator.get(person_page(person)).status_code == 200


def test_refusing_planning_takes_the_record_from_the_analyst(site):
    person, analyst = own(site), site.client("analyst")
    assert analyst.get(f"/analyst/people/{person}").status_code == 200
    refuse(site, "planning")
    assert analyst.get(f"/analyst/people/{person}").status_code == 404
    csv = get(site, "analyst", team_page(site, "caseload") + "?csv=caseload")
    assert str(person) not in csv
    assert site.client("coordinator").get(person_page(person)).status_code == 200


def test_refusing_the_list_leaves_the_agenda_at_once_and_the_register_at_the_next_build(
    site, tmp_path
):
    import shutil

    from oneplace.answers import open_place
    from oneplace.answers.publishing import build_place
    from oneplace.build import refused_in, still_right

    person = own(site)
    refuse(site, "risk")
    assert person not in agenda_of(site)
    assert "leaves the list at the next build" in get(
        site, "coordinator", team_page(site, "caseload")
    )
    assert refused_in(read_entries(database_of(site.folder, os.environ))) == (person,)
    assert not still_right(site.folder, people=None)
    copy = tmp_path / "hamlet"
    shutil.copytree(site.folder, copy)
    build_place(copy, now=dt.datetime(2019, 10, 2, 8, tzinfo=dt.UTC))
    with open_place(copy) as session:
        listed = people_answers.caseload(session, site.team, whole=True)
        assert str(person) not in {p["person"] for p in listed["people"]}
        assert listed["reconciles"]["adds_up"]
        assert (
            listed["reconciles"]["parts"][
                "Refused to be listed by their risk; their practice looks after them as before"
            ]
            == 1
        )
        [line] = session.ask("SELECT set_aside, rank FROM caseload WHERE person_id = ?", [person])
        assert line == {"set_aside": "refused", "rank": None}
        from oneplace.answers.list_changes import earlier_builds, list_changes

        changes = list_changes(session, site.team, earlier_builds(session)[0])
        gone = next(c for c in changes["left"] if c.person_id == person)
        assert gone.why.startswith("set aside: refused to be listed")
        register = changes["register"]
        assert (
            register["before"]
            - sum(n for _, n in register["left"])
            + sum(n for _, n in register["joined"])
            == register["now"]
        )


def test_a_carer_who_was_chosen_reads_but_does_not_speak_for_the_person(site):
    from oneplace.web.accounts.models import Standing

    person = own(site)
    Standing.objects.filter(user__username="resident").update(
        tie="chosen_carer", until=dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    )
    site.client("clinician").post(person_page(person, "notes/advance_care"), ADVANCE)
    text = get(site, "resident", "/my-record")
    assert "Practice safe" not in text and "What I refuse" not in text
    assert refuse(site, "sharing").status_code == 404


def test_a_resident_opens_nobody_elses_pages(site):
    from oneplace.web.neighbourhood.models import Note

    site.client("coordinator").post(
        person_page(site.people()[5], "notes/matters"), {"words": "Private"}
    )
    client = site.client("resident")
    for page in ("", "advance-care", "agenda", "notes/matters", "review", "refer"):
        assert client.get(person_page(site.people()[5], page)).status_code == 404, page
    assert client.get(f"/neighbourhood/notes/{Note.objects.get().pk}").status_code == 404


# --- counts -----------------------------------------------------------------------------------------------------------
def test_counts_are_equal_on_every_screen(site):
    """The figures of the team and the rows that they stand for, wherever either is shown."""
    people = agenda_of(site)
    for i, person in enumerate(people[:4]):
        make_action(
            site,
            person,
            owner=("GP", "Nurse")[i % 2],
            organisation="",
            due_on=dt.date(2019, 9, 1) + dt.timedelta(days=20 * i),
        )
    client = site.client("coordinator")
    client.post(team_page(site, "add"), {"person": str(site.people()[150]), "reason": "x"})
    client.post(team_page(site, "nine-o-clock"), {"meets_on": "2019-10-02"})
    for what in ("correction", "appointment"):
        site.client("resident").post("/my-record/ask", {"what": what, "words": "x"})
    pages = [team_page(site, p) for p in ("nine-o-clock", "caseload", "after")] + ["/"]
    found = [figures(get(site, "coordinator", p)) for p in pages]
    assert all(f == found[0] for f in found)
    figure = {k: int(v.replace(",", "")) for k, v in found[0].items()}

    def rows(page: str, table: str) -> int:
        return (
            len(
                get(site, "coordinator", team_page(site, page) + f"?csv={table}")
                .strip()
                .splitlines()
            )
            - 1
        )

    assert figure["on the agenda"] == rows("nine-o-clock", "agenda")
    assert figure["on the agenda"] == get(site, "coordinator", team_page(site, "sheet")).count(
        'class="op-sheet"'
    )
    assert figure["on the register"] == rows("caseload", "caseload")
    assert figure["open actions"] == rows("after", "actions") == 4
    assert figure["requests to answer"] == rows("after", "requests") == 2
    after = get(site, "coordinator", team_page(site, "after"))
    owners = re.search(r'id="owners".*?</table>', after, re.S)[0]
    numbers = [
        int(n)
        for n in re.findall(r'class="op-numeric" data-label="(?:Open|Overdue)">(\d+)<', owners)
    ]
    assert (sum(numbers[::2]), sum(numbers[1::2])) == (
        figure["open actions"],
        figure["overdue actions"],
    )
    assert sum(_owed(site, o) for o in ("GP", "Nurse")) == figure["open actions"]
    each = [
        len(
            re.findall(
                r'href="/neighbourhood/actions/\d+"', get(site, "coordinator", person_page(p))
            )
        )
        for p in people[:4]
    ]
    assert sum(each) == figure["open actions"]


def _owed(site, owner: str) -> int:
    text = get(site, "coordinator", team_page(site, "remind") + f"?owner={owner}&of=")
    return len(re.findall(r'href="/neighbourhood/actions/\d+"', text))


# --- all strings through every form -----------------------------------------------------------------------------------
def shown(client, address: str) -> str:
    return squeezed(html.unescape(client.get(address).content.decode()))


@NEEDS_STRINGS
def test_strings_on_the_agenda_by_hand(site):
    from oneplace.web.neighbourhood.models import AgendaChange

    client, person, stored = site.client("coordinator"), site.people()[200], 0
    for text in naughty():
        assert (
            client.post(team_page(site, "add"), {"person": text, "reason": "x"}).status_code == 422
        ), text
        if sent(client, person_page(person, "agenda"), {"what": "added"}, {"reason": text}):
            change = AgendaChange.objects.get(state="standing")
            assert change.reason == kept(text)
            stored += 1
            if stored % 25 == 1:
                assert squeezed(kept(text)) in shown(client, team_page(site, "nine-o-clock")), text
    assert stored > 400


@NEEDS_STRINGS
def test_strings_in_an_escalation_and_a_reminder(site):
    client, person, stored = site.client("coordinator"), site.people()[0], 0
    action = make_action(site, person)
    for text in naughty():
        fields = {"to": "lead", "impact": 3, "version": action.version, "who": text[:190]}
        assert (
            client.get(team_page(site, "remind"), {"owner": text, "of": text}).status_code == 404
        ), text
        if sent(client, f"/neighbourhood/actions/{action.pk}/escalate", fields, {"why": text}):
            action.refresh_from_db()
            assert action.note == kept(text)
            stored += 1
    assert stored > 400


@NEEDS_STRINGS
@pytest.mark.parametrize(
    "kind", ["alert", "communication", "matters", "carer", "key_worker", "involved", "plan"]
)
def test_strings_on_the_record(site, kind):
    """A tenth of the strings through each kind; each string through some kind."""
    from oneplace.web.neighbourhood.kinds import NOTE_KINDS
    from oneplace.web.neighbourhood.models import Note

    client, person, stored = site.client("coordinator"), site.people()[0], 0
    texts = [f.column for f in NOTE_KINDS[kind].fields if f.column not in ("on_day", "agreed")]
    rest = {
        f.column: {"on_day": "1/12/2019", "agreed": "yes"}[f.column]
        for f in NOTE_KINDS[kind].fields
        if f.column not in texts
    }
    for text in naughty()[list(NOTE_KINDS).index(kind) :: 7]:
        before = Note.objects.filter(state="current", kind_of=kind).first()
        address = (
            f"/neighbourhood/notes/{before.pk}" if before else person_page(person, f"notes/{kind}")
        )
        version = {"version": before.version} if before else {}
        if sent(client, address, {**rest, **version}, dict.fromkeys(texts, text)):
            note = Note.objects.get(state="current", kind_of=kind)
            assert {getattr(note, c) for c in texts} == {kept(text)}
            assert squeezed(kept(text)) in shown(client, person_page(person)), text
            stored += 1
    assert stored > 50


@NEEDS_STRINGS
def test_strings_in_what_a_person_says_asks_and_refuses_and_in_the_answers(site):
    from oneplace.web.neighbourhood.models import Note, Objection, Request

    resident, coordinator, stored = site.client("resident"), site.client("coordinator"), 0
    for number, text in enumerate(naughty()):
        note, objection = Note.objects.filter(kind_of="matters").first(), Objection.objects.first()
        fine = sent(
            resident,
            "/my-record/what-matters",
            {"version": note.version if note else 0},
            {"words": text},
        )
        assert sent(resident, "/my-record/ask", {"what": "correction"}, {"words": text}) == fine
        refusal = {
            "what": "planning",
            "answer": ("refuse", "withdraw")[number % 2],
            "version": objection.version if objection else 0,
        }
        sent(resident, "/my-record/choices", refusal, {"words": text})
        if fine:
            assert Note.objects.get(kind_of="matters").words == kept(text)
            request = Request.objects.order_by("-pk").first()
            assert request.words == kept(text)
            answer = {"state": "accepted", "version": request.version}
            assert sent(
                coordinator, f"/neighbourhood/requests/{request.pk}", answer, {"answer": text}
            )
            request.refresh_from_db()
            assert request.answer == kept(text)
            stored += 1
    page = shown(resident, "/my-record")
    assert stored > 400
    assert all(squeezed(kept(r.words)) in page for r in Request.objects.all())


def test_why_somebody_is_listed_shows_the_list_the_rules_the_scores_and_the_rows(site):
    person = next(
        p for p in site.people() if "frailty" in " ".join(desk_explained(p)["caseload"]["reasons"])
    )
    text = (
        site.client("clinician").get(f"/neighbourhood/people/{person}/explained").content.decode()
    )
    for heading in (
        "Place on the list",
        "Segment",
        "Electronic frailty index",
        "Facts, and the rows they come from",
    ):
        assert heading in text
    assert text.count("<tbody>") >= 4
    found = desk_explained(person)
    assert all(reason in text for reason in found["caseload"]["reasons"])
    assert found["segment"]["title"] in text
    assert all(part["sentence"] in text for score in found["scores"] for part in score["parts"])
    assert len(text) < 300_000


def desk_explained(person):
    from oneplace.web import desk

    return desk.explained_of(person)


def test_a_new_action_is_not_due_before_today(site):
    from oneplace.web.neighbourhood.models import Action

    person = site.people()[0]
    said = {"version": 0, "outcome": "discussed", "attended": "GP", "decision": "To do"}
    said |= {"what-1": "Ring her", "owner-1": "GP", "due-1": "1 January 2001"}
    response = site.client("coordinator").post(f"/neighbourhood/people/{person}/review", said)
    assert response.status_code == 422
    assert "A new action is due today or later" in response.content.decode()
    assert not Action.objects.exists()


def test_after_a_review_the_page_says_so_and_leads_to_the_next_of_the_agenda(site):
    from oneplace.web.neighbourhood.models import AgendaLine

    client = site.client("coordinator")
    nine = f"/neighbourhood/teams/{site.team}/nine-o-clock"
    assert client.post(nine, {"meets_on": "1 October 2019"}).status_code == 302
    people = list(AgendaLine.objects.order_by("slot").values_list("person_id", flat=True))
    said = {"version": 0, "outcome": "discussed", "attended": "GP", "decision": "Nothing more"}
    saved = client.post(f"/neighbourhood/people/{people[0]}/review", said).headers["Location"]
    text = client.get(saved).content.decode()
    assert "The review is saved." in text and f"1 of {len(people)} on the agenda reviewed" in text
    assert f"/neighbourhood/people/{people[1]}/review" in text
    assert (
        "The review is saved."
        not in client.get(f"/neighbourhood/people/{people[0]}").content.decode()
    )
    agenda = client.get(nine).content.decode()
    assert agenda.count("Change the review") == 1
    assert agenda.count("Record the review") == len(people) - 1


def test_a_residents_first_page_leads_to_the_own_record_and_claims_nothing_of_others(site):
    text = site.client("resident").get("/").content.decode()
    assert 'href="/my-record">My record</a> has what your team wrote' in text
    assert "Nobody has written anything" not in text
