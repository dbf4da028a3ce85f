"""What a person may see, keep, correct and take away: own links, who looked, what is kept back, who
looks for them, copies."""

from __future__ import annotations

import datetime as dt
import html
import json
import re

import pytest
from test_doors import REASON, _somebody_elses
from test_every_form import sent
from test_forms import kept, naughty, squeezed
from test_neighbourhood import NEEDS_STRINGS, make_action, own, person_page, team_page

ALERT = "Two people to visit: domestic abuse, partner must not know"


def note(site, person, kind="alert", words=ALERT, **more):
    from oneplace.web.neighbourhood.models import Note

    return Note.write(
        by=site.user("coordinator"),
        person_id=person,
        team_code=site.team,
        kind_of=kind,
        words=words,
        **more,
    )


def referral(site, person, need="Somebody to talk to"):
    from oneplace.web.neighbourhood.models import ServiceReferral

    fields = {
        "person_id": person,
        "team_code": site.team,
        "service": "lunch",
        "need": need,
        "made_on": dt.date(2019, 9, 1),
    }
    return ServiceReferral.write(by=site.user("coordinator"), **fields)


def text_of(client, address, status=200) -> str:
    response = client.get(address)
    assert response.status_code == status, address
    return html.unescape(response.content.decode())


# --- the own links ----------------------------------------------------------------------------------------------------
def test_every_link_of_the_own_record_opens(site):
    person = own(site)
    make_action(site, person)
    referral(site, person)
    note(site, person, words="Allergic to penicillin")
    client = site.client("resident")
    seen = set()
    for href in re.findall(r'href="(/[^"#]*)"', text_of(client, "/my-record")):
        if "/static/" not in href and href not in seen:
            seen.add(href)
            assert client.get(html.unescape(href)).status_code in (200, 302), href
    assert any(h.startswith("/my-record/actions/") for h in seen) and any(
        h.startswith("/my-record/referrals/") for h in seen
    )


def test_an_own_action_and_referral_say_who_what_and_how_it_stands(site):
    person = own(site)
    action, sent = make_action(site, person), referral(site, person)
    client = site.client("resident")
    text = text_of(client, f"/my-record/actions/{action.pk}")
    assert (
        "Call the daughter" in text
        and "District nurse" in text
        and "Open, overdue" in text
        and "Priya Nair" in text
    )
    text = text_of(client, f"/my-record/referrals/{sent.pk}")
    assert "Somebody to talk to" in text and "Sent" in text
    other = site.people()[5]
    for path, entry in (
        ("actions", make_action(site, other)),
        ("referrals", referral(site, other)),
    ):
        assert client.get(f"/my-record/{path}/{entry.pk}").status_code == 404
        assert site.client("coordinator").get(f"/my-record/{path}/{entry.pk}").status_code == 404


# --- who looked -------------------------------------------------------------------------------------------------------
def test_who_looked_has_time_name_role_and_whether_it_was_an_emergency(site):
    from oneplace.web.accounts.models import Standing

    person = own(site)
    site.client("coordinator").get(person_page(person))
    Standing.objects.filter(user__username="clinician").delete()
    clinician = site.client("clinician")
    clinician.post("/emergency", {"person": person, "reason": REASON})
    clinician.get(person_page(person))
    text = text_of(site.client("resident"), "/my-record")
    rows = re.findall(r"<tr>(.*?)</tr>", text.partition('id="looked"')[2], re.S)
    cells = [re.sub(r"<[^>]+>", " ", r) for r in rows]
    emergency = [c for c in cells if "Dr Owen Hughes" in c]
    assert len(emergency) == 2 and all("Emergency opening" in c and "GP" in c for c in emergency)
    [ordinary] = [c for c in cells if "Priya Nair" in c]
    assert "Neighbourhood coordinator" in ordinary and "Emergency opening" not in ordinary
    assert re.search(r" at (\d{1,2}(:\d\d)?[ap]m|midday|midnight)", ordinary), "the time of day"
    assert any("You" in c for c in cells)


# --- kept back --------------------------------------------------------------------------------------------------------
def keep(client, entry, **more):
    fields = {
        "about": "other", "from_whom": "both", "hides_entry": "on", "looks_of": "", "reason": "It would harm her",
        "owner": "Priya Nair", "review_on": "2020-09-01",
    }  # fmt: skip
    return client.post(
        person_page(entry.person_id, f"withheld/{entry.kind()}/{entry.pk}"), {**fields, **more}
    )


def mark():
    from oneplace.web.neighbourhood.models import Withholding

    return Withholding.objects.get()


def test_everything_is_shown_until_somebody_keeps_it_back(site):
    person = own(site)
    note(site, person, words="Steep stairs")
    assert "Steep stairs" in text_of(site.client("resident"), "/my-record")


@pytest.mark.parametrize("what", ["note", "referral", "action", "request", "review"])
def test_each_kind_of_entry_may_be_kept_back_and_shown_again(site, what):
    from oneplace.web.neighbourhood.models import Request, Review

    person, words = own(site), "quokka on the record"
    common = {"by": site.user("coordinator"), "person_id": person, "team_code": site.team}
    entry = {
        "note": lambda: note(site, person, kind="communication", words=words),
        "referral": lambda: referral(site, person, need=words),
        "action": lambda: make_action(site, person, what=words),
        "request": lambda: Request.write(**common, what="appointment", words=words, asked_on=dt.date(2019, 9, 1)),
        "review": lambda: Review.write(**common, reviewed_on=dt.date(2019, 9, 1), outcome="discussed", attended="GP", decision=words),
    }[what]()  # fmt: skip
    resident, coordinator = site.client("resident"), site.client("coordinator")
    assert words in text_of(resident, "/my-record")
    assert keep(coordinator, entry).status_code == 302
    assert mark().state == "in_force" and words not in text_of(resident, "/my-record")
    assert words in text_of(coordinator, person_page(person)), (
        "whoever cares for the person sees it"
    )
    own_page = {"referral": "referrals", "action": "actions"}.get(what)
    if own_page:
        assert resident.get(f"/my-record/{own_page}/{entry.pk}").status_code == 404
    assert words not in json.dumps(resident.get("/my-record/copy?file=1").json())
    ended = {"step": "end", "reason": "She knows now", "version": mark().version}
    assert coordinator.post(f"/neighbourhood/withheld/{mark().pk}", ended).status_code == 302
    assert words in text_of(resident, "/my-record")


@pytest.mark.parametrize(
    ("about", "words", "two"),
    [
        ("other", "Allergic to penicillin", False),
        ("visit", "Dog", True),
        ("abuse", "See the plan", True),
        ("other", "two to visit, domestic abuse", True),
        ("other", "Always visit in pairs", True),
        ("other", "Never visit alone", True),
        ("other", "Partner is violent", True),
        ("other", "MARAC on Tuesday", True),
        ("other", "Visits his sister on Sundays", False),
    ],
)
def test_warnings_and_abuse_need_two_people_whatever_they_are_called(site, about, words, two):
    entry = note(site, own(site), words=words)
    assert keep(site.client("coordinator"), entry, about=about).status_code == 302
    assert mark().state == ("asked" if two else "in_force")


def test_the_second_person_is_another_one_and_until_then_it_is_held_back_for_a_week_at_most(site):
    from oneplace.web.neighbourhood.models import Withholding

    person = own(site)
    entry = note(site, person)
    resident, coordinator, gp = (
        site.client("resident"),
        site.client("coordinator"),
        site.client("clinician"),
    )
    keep(coordinator, entry, about="abuse")
    page = f"/neighbourhood/withheld/{mark().pk}"
    assert ALERT not in text_of(resident, "/my-record"), "what was shown cannot be taken back"
    answer = coordinator.post(page, {"step": "agree", "version": 1})
    assert answer.status_code == 422 and "you asked for it yourself" in answer.content.decode()
    Withholding.objects.update(created_at=mark().created_at - dt.timedelta(days=8 + 365 * 10))
    assert ALERT in text_of(resident, "/my-record"), "one person's word alone holds for a week"
    assert "entry kept from a person to look at again (Priya Nair)" in text_of(gp, "/")
    assert gp.post(page, {"step": "agree", "version": 1}).status_code == 302
    assert (mark().state, mark().agreed_by) == ("in_force", "Dr Owen Hughes")
    assert ALERT not in text_of(resident, "/my-record")


def test_a_second_person_who_does_not_agree_shows_it(site):
    entry = note(site, own(site))
    keep(site.client("coordinator"), entry, about="visit")
    page = f"/neighbourhood/withheld/{mark().pk}"
    assert site.client("clinician").post(page, {"step": "decline", "version": 1}).status_code == 302
    assert mark().state == "declined" and ALERT in text_of(site.client("resident"), "/my-record")


def test_an_author_and_looks_may_be_kept_back_without_the_entry(site):
    person = own(site)
    entry = note(site, person, words="Steep stairs")
    site.client("coordinator").get(person_page(person))
    site.client("clinician").get(person_page(person))
    assert (
        keep(
            site.client("clinician"), entry, hides_entry="", hides_author="on", looks_of="authors"
        ).status_code
        == 302
    )
    text = text_of(site.client("resident"), "/my-record")
    assert "Steep stairs" in text and "Priya Nair" not in text and "Dr Owen Hughes" in text
    copy = json.dumps(site.client("resident").get("/my-record/copy?file=1").json())
    assert "Steep stairs" in copy and "Priya Nair" not in copy and "Dr Owen Hughes" in copy


def test_something_has_to_be_chosen_with_a_reason_an_owner_and_a_day_within_a_year(site):
    entry = note(site, own(site), words="Steep stairs")
    client = site.client("coordinator")
    for wrong in ({"hides_entry": ""}, {"reason": ""}, {"owner": ""}, {"review_on": ""}, {"review_on": "2021-01-01"}, {"review_on": "2019-01-01"}, {"looks_of": "nobody-such"}):  # fmt: skip
        assert keep(client, entry, **wrong).status_code == 422, wrong
    from oneplace.web.neighbourhood.models import Withholding

    assert not Withholding.objects.exists()
    assert keep(client, entry).status_code == 302 and keep(client, entry).status_code == 422


def test_the_yearly_look_is_due_with_its_owner_on_every_page_that_says_what_is_due(site):
    from oneplace.web.neighbourhood.models import Withholding

    person = own(site)
    entry = note(site, person, words="Steep stairs")
    keep(site.client("coordinator"), entry, owner="Ann Lee")
    for page in ("/", team_page(site, "after")):
        assert "Ann Lee" not in text_of(site.client("coordinator"), page)
    Withholding.objects.update(review_on=dt.date(2019, 9, 1))
    for page in ("/", team_page(site, "after")):
        assert "Ann Lee" in text_of(site.client("coordinator"), page), page
    officer = text_of(site.client("privacy_officer"), "/privacy/kept-back")
    assert "Ann Lee" in officer and "Review due" in officer and "Steep stairs" not in officer
    assert "Steep stairs" not in text_of(site.client("resident"), "/my-record"), (
        "overdue is not shown by itself"
    )
    again = {
        "step": "review",
        "reason": "Still so",
        "review_on": "2020-08-01",
        "version": mark().version,
    }
    assert (
        site.client("clinician").post(f"/neighbourhood/withheld/{mark().pk}", again).status_code
        == 302
    )
    assert "Ann Lee" not in text_of(site.client("coordinator"), "/")


def test_only_whoever_cares_for_the_person_keeps_something_back(site):
    entry = note(site, _somebody_elses(site), words="x")
    for role in ("coordinator", "clinician", "planner", "resident", "privacy_officer"):
        assert keep(site.client(role), entry).status_code == 404


# --- who looks for the person -----------------------------------------------------------------------------------------
def test_an_advance_care_document_is_not_read_by_keeping_it_back(site):
    """It is for trained clinicians and the person; the page that keeps entries back says of each
    what it says."""
    from oneplace.web.neighbourhood.models import Withholding

    person = site.people()[0]
    document = note(
        site, person, kind="advance_care", words="No resuscitation", who="GP", part="Safe"
    )
    address = person_page(person, f"withheld/notes/{document.pk}")
    marked = Withholding.write(
        by=site.user("clinician"), person_id=person, team_code=site.team, of="notes", entry=document.pk, about="other",
        from_whom="proxies", reason="x", owner="x", review_on=dt.date(2020, 9, 1), state="in_force",
    )  # fmt: skip
    for page in (address, f"/neighbourhood/withheld/{marked.pk}"):
        response = site.client("coordinator").get(page)
        assert (
            response.status_code == 404 and "No resuscitation" not in response.content.decode()
        ), page


@pytest.fixture
def daughter(site):
    from oneplace.web.accounts.models import User

    return User.objects.create_user("daughter", "x" * 20, name="Jane Birch", role="resident")


def let_look(client, address="/my-record/who-may-look", **more):
    fields = {
        "account": "daughter",
        "relation": "Daughter",
        "scope": "everything",
        "until": "2020-06-01",
        "ground": "asked",
    }
    return client.post(address, {**fields, **more})


def test_a_person_lets_somebody_look_within_a_scope_until_a_day_and_ends_it(site, daughter):
    from oneplace.web.neighbourhood.models import Proxy

    person = own(site)
    make_action(site, person)
    referral(site, person)
    client, she = site.client("resident"), site.client("daughter")
    assert "No record is joined" in text_of(she, "/my-record")
    assert let_look(client, scope="appointments").status_code == 302
    text = text_of(she, "/my-record")
    assert (
        "Somebody to talk to" in text
        and "Call the daughter" not in text
        and "NHS number" not in text
    )
    assert "Who has looked" not in text and "Problems" not in text
    sent = re.search(r'href="(/my-record/referrals/\d+)"', text)[1]
    assert she.get(sent).status_code == 200 and she.get("/my-record/copy").status_code == 404
    assert she.get("/my-record/choices").status_code == 404
    proxy = Proxy.objects.get()
    assert client.get(f"/my-record/who-may-look/{proxy.pk}").status_code == 200
    assert "1 person looks at your record for you" in text_of(client, "/")
    assert "Jane Birch" in text_of(client, "/my-record/who-may-look")
    officer = text_of(site.client("privacy_officer"), "/privacy/proxies")
    assert "Jane Birch" in officer and "Appointments" in officer and str(person) in officer
    assert client.post(f"/my-record/who-may-look/{proxy.pk}", {"version": 1}).status_code == 302
    assert "No record is joined" in text_of(she, "/my-record")
    assert "Ended" in text_of(site.client("privacy_officer"), "/privacy/proxies")


@pytest.mark.parametrize(
    ("scope", "sees", "never"),
    [
        ("everything", ("Call the daughter", "Somebody to talk to", "NHS number", "Problems"), ()),
        (
            "plan",
            ("Call the daughter", "Steep stairs"),
            ("Somebody to talk to", "NHS number", "Problems"),
        ),
        (
            "appointments",
            ("Somebody to talk to",),
            ("Call the daughter", "Steep stairs", "NHS number", "Problems"),
        ),
    ],
)
def test_a_scope_shows_its_parts_and_no_others(site, daughter, scope, sees, never):
    person = own(site)
    make_action(site, person)
    referral(site, person)
    note(site, person, words="Steep stairs")
    let_look(site.client("resident"), scope=scope)
    text = text_of(site.client("daughter"), "/my-record")
    assert all(s in text for s in sees) and not any(s in text for s in never)


def test_staff_grant_on_a_stated_ground_and_the_person_sees_it(site, daughter):
    person = own(site)
    client, address = site.client("coordinator"), person_page(own(site), "proxies")
    assert let_look(client, address, ground="deputy").status_code == 422, "what shows it?"
    assert let_look(client, address, ground="deputy", reason="Court order seen").status_code == 302
    text = text_of(site.client("resident"), "/my-record/who-may-look")
    assert "Jane Birch" in text and "power of attorney" in text and "Priya Nair" in text
    assert site.client("daughter").get("/my-record").status_code == 200
    from oneplace.web.accounts.models import AuditRow

    assert AuditRow.objects.filter(actor="daughter", subject=str(person), allowed=True).exists()


@pytest.mark.parametrize("wrong", [{"account": "coordinator"}, {"account": "nobody"}, {"account": "resident"}, {"until": "2019-09-01"}, {"until": "2030-01-01"}, {"relation": ""}, {"scope": ""}])  # fmt: skip
def test_what_cannot_be_granted(site, daughter, wrong):
    from oneplace.web.neighbourhood.models import Proxy

    assert let_look(site.client("resident"), **wrong).status_code == 422
    assert not Proxy.objects.exists()


def test_what_is_kept_from_proxies_alone_the_person_still_sees(site, daughter):
    person = own(site)
    entry = note(site, person, words="Pregnant, has told nobody")
    let_look(site.client("resident"))
    keep(site.client("coordinator"), entry, from_whom="proxies")
    assert "Pregnant" in text_of(site.client("resident"), "/my-record")
    assert "Pregnant" not in text_of(site.client("daughter"), "/my-record")


def test_somebody_with_a_record_of_their_own_looks_at_the_other_one_beside_it(site, daughter):
    from oneplace.web.accounts.models import Standing

    mine, person = site.people()[7], own(site)
    Standing.objects.create(user=daughter, tie="self", subject=str(mine))
    let_look(site.client("resident"))
    she = site.client("daughter")
    assert f"/my-record/of/{person}" in text_of(she, "/my-record")
    assert she.get(f"/my-record/of/{person}").status_code == 200
    assert she.get(f"/my-record/of/{site.people()[8]}").status_code == 404


# --- copies, corrections, retention -----------------------------------------------------------------------------------
def test_one_copy_holds_records_entries_and_who_looked_and_the_taking_is_audited(site):
    from oneplace.web.accounts.models import AuditRow

    person = own(site)
    note(site, person, words="Steep stairs")
    make_action(site, person)
    site.client("clinician").get(person_page(person))
    for client, address in (
        (site.client("resident"), "/my-record/copy"),
        (site.client("coordinator"), person_page(person, "everything")),
    ):
        assert "Download the copy" in text_of(client, address)
        response = client.get(address + "?file=1")
        assert "attachment" in response.headers["Content-Disposition"]
        found = response.json()
        assert (
            found["who"]["nhs_number"]
            and found["records"]["condition_occurrence"]
            and found["records"]["features"]
        )
        assert found["written_here"]["notes"][0]["versions"][0]["says"]["words"] == "Steep stairs"
        assert (
            found["written_here"]["actions"][0]["versions"][0]["says"]["what"]
            == "Call the daughter"
        )
        assert any(look["who"] == "Dr Owen Hughes" for look in found["who_looked"])
    assert (
        AuditRow.objects.filter(action="export_record", subject=str(person), allowed=True).count()
        == 4
    )


def test_a_copy_taken_by_staff_says_of_advance_care_what_they_may_read(site):
    person = own(site)
    note(site, person, kind="advance_care", words="No resuscitation", who="GP", part="Safe")
    pages = {
        "resident": "/my-record/copy",
        "clinician": person_page(person, "everything"),
        "coordinator": person_page(person, "everything"),
    }
    found = {r: site.client(r).get(page + "?file=1").json() for r, page in pages.items()}
    assert {r for r, f in found.items() if "No resuscitation" in json.dumps(f)} == {
        "resident",
        "clinician",
    }
    assert "advance care" in found["coordinator"]["about"]["left_out"]


def test_a_copy_leaves_out_what_it_says_of_somebody_else(site):
    person = own(site)
    note(
        site,
        person,
        kind="carer",
        words="She drinks",
        who="Ellen Birch",
        part="Daughter",
        contact="0151 496 0000",
        agreed="yes",
    )
    found = json.dumps(site.client("resident").get("/my-record/copy?file=1").json())
    assert (
        "Ellen Birch" not in found
        and "0151 496 0000" not in found
        and "She drinks" not in found
        and "Daughter" in found
    )


def test_every_row_of_the_build_about_the_person_is_in_the_copy(site):
    from oneplace.answers import holding
    from oneplace.web import desk

    person = own(site)
    session = desk.session()
    found = site.client("resident").get("/my-record/copy?file=1").json()["records"]
    for table, columns in session.engine.columns().items():
        if "person_id" in columns and table not in holding._NO_RECORD:
            [row] = session.ask(f"SELECT count(*) AS n FROM {table} WHERE person_id = ?", [person])
            assert len(found.get(holding._READ_AS.get(table, table), [])) == row["n"], table


def test_nobody_without_the_person_s_care_takes_a_copy(site):
    person = own(site)
    for role in ("planner", "analyst", "privacy_officer", "administrator", "board", "resident"):
        assert site.client(role).get(person_page(person, "everything")).status_code in (
            (404, 302) if role == "resident" else (404,)
        )
    assert (
        site.client("coordinator").get(person_page(_somebody_elses(site), "everything")).status_code
        == 404
    )
    clinician = site.client("clinician")
    clinician.post("/emergency", {"person": _somebody_elses(site), "reason": REASON})
    assert clinician.get(person_page(_somebody_elses(site), "everything")).status_code == 404, (
        "the glass is for reading"
    )


def test_a_copy_asked_for_is_due_in_a_month_and_overdue_ones_are_the_privacy_officer_s(site):
    from oneplace.web.neighbourhood.models import Request

    client = site.client("resident")
    assert (
        client.post("/my-record/ask", {"what": "access", "words": "All of it please"}).status_code
        == 302
    )
    asked = Request.objects.get()
    officer = site.client("privacy_officer")
    text = text_of(officer, "/privacy/requests")
    assert (
        "A copy of everything" in text
        and "Waiting for an answer" in text
        and "All of it please" not in text
    )
    Request.objects.update(asked_on=dt.date(2019, 8, 1))
    assert "Overdue" in text_of(
        officer, "/privacy/requests"
    ) and "correction or copy overdue" in text_of(officer, "/")
    page = text_of(site.client("coordinator"), f"/neighbourhood/requests/{asked.pk}")
    assert person_page(own(site), "everything") in page


@pytest.mark.parametrize(
    ("state", "answer"),
    [("accepted", "Changed on your record"), ("declined", "The hospital letter says otherwise")],
)
def test_a_correction_stands_beside_the_record_whatever_the_answer(site, state, answer):
    from oneplace.web.neighbourhood.models import Request

    resident, coordinator, person = site.client("resident"), site.client("coordinator"), own(site)
    resident.post("/my-record/ask", {"what": "correction", "words": "I never had asthma"})
    asked = Request.objects.get()
    assert "Waiting for an answer" in text_of(resident, "/my-record/corrections")
    done = coordinator.post(
        f"/neighbourhood/requests/{asked.pk}", {"state": state, "answer": answer, "version": 1}
    )
    assert done.status_code == 302
    for client, page in (
        (coordinator, person_page(person)),
        (resident, "/my-record"),
        (resident, "/my-record/corrections"),
    ):
        text = text_of(client, page)
        assert "I never had asthma" in text and answer in text, page
    assert text_of(coordinator, person_page(person)).count("Corrections beside the record") >= 1


def test_what_is_kept_how_long_is_for_everybody_and_what_is_due_for_the_privacy_officer(site):
    from oneplace.web.neighbourhood.models import Note, RetentionDecision

    note(site, own(site), words="x")
    resident = text_of(site.client("resident"), "/privacy/retention")
    assert (
        "8 years" in resident
        and "to review" not in resident
        and "Write down a decision" not in resident
    )
    officer = site.client("privacy_officer")
    assert "Past its time: to review" in text_of(officer, "/privacy/retention")
    Note.objects.update(changed_at=dt.datetime(2005, 1, 1, tzinfo=dt.UTC))
    row = re.search(r"Notes, reviews.*?</tr>", text_of(officer, "/privacy/retention"), re.S)[0]
    assert re.sub(r"<[^>]+>|\s+", " ", row).rstrip().endswith("1")
    said = {"record": "care", "decided": "keep", "until": "", "reason": "Inquiry"}
    assert officer.post("/privacy/retention", said).status_code == 422
    assert officer.post("/privacy/retention", {**said, "until": "2030-01-01"}).status_code == 302
    assert RetentionDecision.objects.get().decided == "keep" and Note.objects.count() == 1, (
        "nothing is deleted"
    )
    assert (
        site.client("resident")
        .post("/privacy/retention", {**said, "until": "2030-01-01"})
        .status_code
        == 200
    )
    assert RetentionDecision.objects.count() == 1


# --- all strings through the forms of these pages -----------------------------------------------------------------------
@NEEDS_STRINGS
def test_strings_in_what_is_kept_back_who_looks_and_what_is_decided(site, daughter):
    """An eighth of the strings through each form, stored and shown as they were typed."""
    from oneplace.web.neighbourhood.models import Proxy, RetentionDecision, Withholding

    person, coordinator = own(site), site.client("coordinator")
    entry, officer, stored = (
        note(site, person, words="Steep stairs"),
        site.client("privacy_officer"),
        0,
    )
    address = person_page(person, f"withheld/notes/{entry.pk}")
    fields = {
        "about": "other",
        "from_whom": "both",
        "hides_entry": "on",
        "looks_of": "",
        "review_on": "2020-08-01",
    }
    grant = {"account": "daughter", "scope": "plan", "until": "2020-06-01", "ground": "deputy"}
    kept_longer = {"record": "care", "decided": "keep", "until": "2030-01-01"}
    for text in naughty()[::8]:
        if sent(coordinator, address, fields, {"reason": text, "owner": text[:190]}):
            made = Withholding.objects.latest("pk")
            assert made.reason == kept(text)
            page = f"/neighbourhood/withheld/{made.pk}"
            ended = {"step": "end", "version": made.version}
            assert sent(coordinator, page, ended, {"reason": text})
            assert squeezed(kept(text)) in squeezed(text_of(coordinator, page))
            stored += 1
        if sent(
            coordinator,
            person_page(person, "proxies"),
            grant,
            {"relation": text[:190], "reason": text},
        ):
            proxy = Proxy.objects.latest("pk")
            assert proxy.reason == kept(text)
            coordinator.post(f"/neighbourhood/proxies/{proxy.pk}", {"version": 1})
        if sent(officer, "/privacy/retention", kept_longer, {"reason": text}):
            assert RetentionDecision.objects.latest("pk").reason == kept(text)
    assert stored > 50
