"""A resident speaks and the team answers; a coordinator chases what was agreed."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from oneplace.answers import people


def test_a_resident_says_what_matters_asks_and_reads_the_answer(reader):
    joan, priya = reader("resident"), reader("coordinator")
    page = joan.go("/my-record")
    page.get_by_role("link", name="Say what matters to me").click()
    page.get_by_label("What matters to me").fill("To see my garden again")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("To see my garden again")).to_be_visible()
    page.get_by_role("link", name="Ask for a correction").click()
    page.get_by_label("In your words").fill("I have never smoked")
    page.get_by_role("button", name="Send to my team").click()
    asked = page.get_by_role("listitem").filter(has_text="I have never smoked")
    expect(asked.get_by_text("Waiting for an answer")).to_be_visible()

    theirs = priya.go("/")
    theirs.get_by_role("link", name=re.compile("requests? of residents to answer")).click()
    row = theirs.get_by_role("row").filter(has_text="I have never smoked")
    row.get_by_role("link", name="Correct something in my record").click()
    theirs.get_by_label("Your answer").select_option("accepted")
    theirs.get_by_label("What you say to the person (optional)").fill(
        "The practice corrects it this week"
    )
    theirs.get_by_role("button", name="Answer").click()
    expect(theirs.get_by_text("To see my garden again")).to_be_visible()

    page.reload()
    expect(
        page.get_by_role("listitem").filter(has_text="The practice corrects it this week")
    ).to_be_visible()
    register = page.get_by_role("definition").filter(
        has_text="I have never smoked"
    )  # beside what the records say
    expect(register.filter(has_text="The practice corrects it this week")).to_be_visible()
    joan.picture("resident-answered")


def test_a_coordinator_adds_somebody_by_hand_and_prints_the_sheet(reader, served):
    from oneplace.answers import open_place

    with open_place(served.folder) as session:
        person = people.caseload(session, people.teams(session)[0], whole=True)["people"][60][
            "person"
        ]
    priya = reader("coordinator")
    page = priya.page
    page.get_by_role("navigation").get_by_role("link", name="Neighbourhood").click()
    page.get_by_role("link", name="Add a person by hand").click()
    page.get_by_label("NHS number, or the number on the list").fill(person[-6:])
    page.get_by_label("Why").fill("Her husband died")
    page.get_by_role("button", name="Add to the agenda").click()
    priya.go(f"/neighbourhood/people/{person}")
    expect(page.get_by_text("Her husband died")).to_be_visible()
    page.get_by_role("link", name="Add a carer").click()
    page.get_by_label("Name").fill("Ann Birch")
    page.get_by_label("Relationship").fill("Daughter")
    page.get_by_label("Agrees to be contacted").select_option("yes")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Ann Birch")).to_be_visible()
    page.get_by_role("link", name="Nine o’clock").click()
    page.get_by_role("link", name="Print for the meeting").click()
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    priya.picture("coordinator-sheet")


def test_an_action_is_chased_until_it_stands_on_the_risk_register(reader, served):
    from oneplace.answers import open_place

    with open_place(served.folder) as session:
        person = people.caseload(session, people.teams(session)[0], whole=True)["people"][61][
            "person"
        ]
    priya = reader("coordinator")
    page = priya.go(f"/neighbourhood/people/{person}/review")
    page.get_by_label("Who was there, by profession").fill("GP")
    page.get_by_label("What was decided").fill("A rail on the stairs")
    page.get_by_label("What", exact=True).first.fill("Put up the rail")
    page.get_by_label("Owner", exact=True).first.fill("Housing officer")
    page.get_by_label("Due", exact=True).first.fill("2 October 2019")
    page.get_by_role("button", name="Save the review").click()
    page.get_by_role("link", name="After the meeting").click()
    page.get_by_role("link", name="Remind Housing officer").click()
    page.get_by_role("button", name="I have reminded them: note the day").click()
    expect(page.get_by_role("cell", name="reminded 1 Oct 2019")).to_be_visible()
    page.get_by_role("link", name="Put up the rail").click()
    page.get_by_role("link", name="Escalate").click()
    page.get_by_label("Escalate to").select_option("register")
    page.get_by_label("Who answers for it").fill("Head of housing")
    page.get_by_label("Why this cannot wait").fill("A fall is likely within the month")
    page.get_by_role("button", name="Escalate").click()
    expect(page.get_by_role("cell", name="escalated to the risk register")).to_be_visible()
    priya.picture("coordinator-chased")
    ruth = reader("risk")
    ruth.go("/programme/risks")
    expect(ruth.page.get_by_text("is not done").first).to_be_visible()
