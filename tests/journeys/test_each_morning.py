"""Each person's Monday morning in a browser, as short as the person would like it to be."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from oneplace.answers import people


def test_the_coordinator_freezes_an_agenda_records_a_review_and_chases_an_action(reader):
    priya = reader("coordinator")
    page = priya.page
    expect(page.get_by_role("heading", level=1)).to_have_text("Since you last looked")
    page.get_by_role("link", name="Freeze the agenda of the next meeting").click()
    page.get_by_role("button", name="Freeze the agenda").click()
    expect(page.get_by_text("0 of 10 reviewed")).to_be_visible()
    priya.picture("coordinator-nine-o-clock")
    page.get_by_role("link", name="Record the review").first.click()
    page.get_by_label("Who was there, by profession").fill("GP, district nurse, social worker")
    page.get_by_label("What was decided").fill("Falls clinic; carer to be asked what would help")
    page.get_by_label("Next review (optional)").fill("4 November 2019")
    page.get_by_label("What", exact=True).first.fill("Refer to the falls service")
    page.get_by_label("Owner", exact=True).first.fill("District nurse")
    page.get_by_label("Organisation", exact=True).first.fill("Community trust")
    page.get_by_label("Due", exact=True).first.fill("8 October 2019")
    page.get_by_role("button", name="Save the review").click()
    expect(
        page.get_by_role("cell", name="Falls clinic; carer to be asked what would help")
    ).to_be_visible()
    priya.picture("coordinator-person")
    page.get_by_role("link", name="After the meeting").click()
    expect(page.get_by_role("rowheader", name="District nurse")).to_be_visible()
    page.get_by_role("link", name="Refer to the falls service").click()
    page.get_by_label("State").select_option("done")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Nobody owes anything")).to_be_visible()
    priya.picture("coordinator-after-the-meeting")


def test_the_gp_opens_a_record_in_an_emergency_and_the_privacy_officer_reviews_it(reader, served):
    owen = reader("clinician")
    page = owen.page
    somebody = _person_of_another_team(served)
    owen.go(f"/neighbourhood/people/{somebody}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Page not found")
    page.get_by_role("link", name="Emergency access").click()
    page.get_by_label("The person’s NHS number").fill(somebody)
    page.get_by_label("Why you need this record now").fill(
        "Collapsed in the waiting room, medicines unknown"
    )
    page.get_by_role("button", name="Open the record").click()
    expect(page.get_by_text("NHS number")).to_be_visible()
    owen.picture("gp-emergency")
    samuel = reader("privacy_officer")
    samuel.page.get_by_role(
        "link", name="Review: Dr Owen Hughes opened a record in an emergency"
    ).first.click()
    samuel.page.get_by_label("What you found").select_option("justified")
    samuel.page.get_by_label("How you know").fill("The ambulance sheet says the same")
    samuel.page.get_by_role("button", name="Record the review").click()
    expect(samuel.page.get_by_text("Justified").first).to_be_visible()
    samuel.picture("privacy-officer")
    samuel.go("/privacy/who-looked?verify=1")
    expect(samuel.page.get_by_text("The audit is whole:")).to_be_visible()


def _person_of_another_team(served) -> str:
    from oneplace.answers import open_place

    with open_place(served.folder) as session:
        return people.caseload(session, people.teams(session)[-1])["people"][0]["person"]


def test_a_planner_asks_for_a_return_and_the_lead_sends_it_from_the_link(reader):
    amina = reader("planner")
    page = amina.page
    page.get_by_role("link", name="Exceptions").click()
    amina.picture("planner-exceptions")
    page.get_by_role("navigation").get_by_role("link", name="Schemes").click()
    page.get_by_role("link", name=re.compile("^H1 ")).first.click()
    page.get_by_role("button", name=re.compile("^Make a link")).click()
    address = page.locator("code").inner_text()
    tom = reader(None)
    tom.page.goto(address)
    tom.page.get_by_label("How does the work go?").select_option("at_risk")
    tom.page.get_by_label("Does it bring what was promised?").select_option("on_track")
    tom.page.get_by_role("button", name="Send").click()
    expect(tom.page.get_by_role("alert")).to_contain_text("Say why")
    tom.page.get_by_label(re.compile("^Why")).fill(
        "The teacher left in August; a new one starts in October"
    )
    tom.page.get_by_label("Done on").first.fill("2 May 2019")
    tom.picture("scheme-lead-return")
    tom.page.get_by_role("button", name="Send").click()
    expect(tom.page.get_by_text("is in (version 1)")).to_be_visible()
    page.reload()
    expect(
        page.get_by_role("cell", name="The teacher left in August; a new one starts in October")
    ).to_be_visible()
    amina.picture("planner-scheme")


def test_a_change_to_the_plan_goes_from_the_planner_to_the_board(reader):
    amina = reader("planner")
    page = amina.page
    amina.go("/programme/schemes/H2/edit")
    page.get_by_label("Lead (optional)").fill("Tom Ashworth")
    page.get_by_label("What changes and why").fill("The scheme has a lead at last")
    page.get_by_role("button", name="Show the difference").click()
    expect(page.get_by_role("rowheader", name="schemes[H2].lead")).to_be_visible()
    page.get_by_role("button", name="Propose this to the board").click()
    margaret = reader("board")
    margaret.page.get_by_role("link", name="Decide on: The scheme has a lead at last").click()
    margaret.picture("board-proposal")
    margaret.page.get_by_role("button", name=re.compile("^Approve version")).click()
    expect(margaret.page.get_by_text("Approved")).to_be_visible()
    amina.go("/programme/schemes/H2")
    expect(page.get_by_role("definition").filter(has_text="Tom Ashworth")).to_be_visible()


def test_the_board_reads_the_place_on_a_page_and_asks_where_a_figure_is_from(reader):
    margaret = reader("board")
    margaret.go("/board/")
    margaret.picture("board-place-on-a-page")
    margaret.page.locator('main a[href*="/figures/"]').first.click()
    expect(margaret.page.get_by_text("Known as")).to_be_visible()
    margaret.picture("board-why-did-this-move")


def test_the_analyst_holds_a_feed_and_the_board_reads_why(reader):
    grace = reader("analyst")
    page = grace.page
    page.get_by_role("navigation").get_by_role("link", name="Feeds").click()
    grace.picture("analyst-feeds")
    page.get_by_role("rowheader", name="referral", exact=True).get_by_role("link").click()
    page.get_by_label("Decision", exact=True).select_option("held")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_be_visible()  # a table is held with a reason or not at all
    page.get_by_label("Why (optional)").fill("One trust sent half of its referrals")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#feeds tbody tr").filter(has_text="One trust sent half")).to_contain_text(
        "Held"
    )
    margaret = reader("board")
    margaret.go("/board/")
    expect(
        margaret.page.get_by_text("referral: One trust sent half of its referrals")
    ).to_be_visible()
    page.get_by_role("rowheader", name="referral", exact=True).get_by_role("link").click()
    page.get_by_label("Decision", exact=True).select_option("accepted")
    page.get_by_label("Why (optional)").fill("The trust sent the rest")
    page.get_by_role("button", name="Save").click()
    expect(
        page.locator("#feeds tbody tr").filter(has_text="The trust sent the rest")
    ).to_contain_text("Accepted")
    margaret.page.reload()
    expect(margaret.page.get_by_text("One trust sent half")).to_have_count(0)
    for name in ("risk-model", "calibration"):
        grace.go(f"/analyst/{name}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        grace.picture(f"analyst-{name}")


def test_the_finance_lead_writes_a_forecast_and_the_board_sees_it(reader):
    daniel = reader("finance")
    page = daniel.page
    page.get_by_role("navigation").get_by_role("link", name="Position").click()
    daniel.picture("finance-money")
    page.get_by_role("navigation").get_by_role("link", name="Savings").click()
    page.locator("#savings tbody tr").first.get_by_role("link").first.click()
    line = page.get_by_role("heading", level=1).inner_text().splitlines()[-1]
    page.get_by_role("link", name=re.compile("^Write the forecast")).click()
    page.get_by_label("Forecast for the year, in pounds").fill("31000")
    page.get_by_label("How far is it thought out?").select_option("in_development")
    page.get_by_label("Why", exact=True).fill("The switch began two months late")
    page.get_by_role("button", name="Save").click()
    margaret = reader("board")
    margaret.page.get_by_role("navigation").get_by_role("link", name="Savings").click()
    row = margaret.page.locator("#savings tbody tr").filter(has_text=line)
    expect(row).to_contain_text("£31,000")


def test_the_risk_lead_adds_a_risk_and_the_board_finds_it(reader):
    ruth = reader("risk")
    page = ruth.page
    page.get_by_role("link", name="Risks", exact=True).click()
    page.get_by_role("link", name="Add a risk or an issue").click()
    page.get_by_label("In a line").fill("No spirometry")
    page.get_by_label("What may happen").fill("The breathing class cannot start without tests")
    page.get_by_label("Likelihood now").select_option("4")
    page.get_by_label("Impact now").select_option("4")
    page.get_by_label("Owner").fill("Ruth Calloway")
    page.get_by_label("Next review").fill("1 December 2019")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text(re.compile("16.*extreme", re.I)).first).to_be_visible()
    ruth.picture("risk-lead")
    margaret = reader("board")
    margaret.page.get_by_role("navigation").get_by_role("link", name="Risks", exact=True).click()
    expect(margaret.page.get_by_role("link", name="No spirometry").first).to_be_visible()


def test_the_board_publishes_a_paper_and_anybody_reads_it(reader):
    stranger = reader(None)
    stranger.go("/board/papers")
    expect(stranger.page.get_by_text("No paper has been published yet")).to_be_visible()
    margaret = reader("board")
    page = margaret.page
    margaret.go("/board/papers/2019-09/1/about")
    page.get_by_role("button", name="Publish it to everyone").click()
    expect(page.get_by_text("Published by Margaret Ellis")).to_be_visible()
    stranger.page.reload()
    stranger.page.locator("main table tbody a").first.click()
    expect(stranger.page.get_by_role("heading", level=1)).to_contain_text("September 2019")
    margaret.go("/board/papers/2019-09/1/about")
    page.get_by_role("button", name="Withdraw it").click()
    expect(page.get_by_text("Withdrawn by Margaret Ellis")).to_be_visible()
    stranger.go("/board/papers")
    expect(stranger.page.get_by_text("No paper has been published yet")).to_be_visible()


def test_a_resident_asks_for_a_correction_and_the_team_answers(reader):
    joan = reader("resident")
    joan.go("/my-record")
    joan.page.get_by_role("link", name="Ask for a correction").click()
    joan.page.get_by_label("In your words").fill("I stopped the water tablets in March")
    joan.page.get_by_role("button", name="Send to my team").click()
    expect(joan.page.get_by_text("I stopped the water tablets in March").first).to_be_visible()
    priya = reader("coordinator")
    priya.page.get_by_role("navigation").get_by_role("link", name="Neighbourhood").click()
    priya.page.get_by_role("link", name="After the meeting").click()
    expect(priya.page.get_by_text("I stopped the water tablets in March").first).to_be_visible()


def test_the_administrator_makes_an_account_and_ties_it_to_a_team(reader):
    ada = reader("administrator")
    page = ada.page
    page.get_by_role("navigation").get_by_role("link", name="Accounts").click()
    ada.picture("administrator-accounts")
    page.get_by_role("link", name="Make an account").click()
    page.get_by_label("User name").fill("new.coordinator")
    page.get_by_label("Name", exact=True).fill("Ines Duarte")
    page.get_by_label("Role").select_option("coordinator")
    page.get_by_role("button").filter(has_text=re.compile("Make|Save")).click()
    expect(page.get_by_text("Ines Duarte").first).to_be_visible()


def test_a_resident_reads_the_own_record_and_finds_a_service_open_on_tuesday_evening(reader):
    joan = reader("resident")
    page = joan.page
    page.get_by_role("navigation").get_by_role("link", name="My record").click()
    expect(page.get_by_role("heading", name="Who has looked")).to_be_visible()
    joan.picture("resident-record")
    page.get_by_role("navigation").get_by_role("link", name="Find a service").click()
    page.get_by_label("Open", exact=True).select_option("tuesday")
    page.get_by_label("At, such as 5:30pm").fill("5:30pm")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("status")).to_contain_text("open on Tuesday at 5:30pm")
    expect(page.get_by_role("link", name="Strength and balance class")).to_be_visible()
    joan.picture("resident-find-a-service")


def test_a_list_is_sorted_and_filtered_with_the_keyboard_alone(reader):
    priya = reader("coordinator")
    page = priya.page
    page.get_by_role("navigation").get_by_role("link", name="Neighbourhood").click()
    page.get_by_role("link", name="Register", exact=True).click()
    age = page.locator("#caseload thead th").nth(2)
    expect(age).to_have_text("Age")
    age.get_by_role("link").focus()
    page.keyboard.press("Enter")
    expect(age).to_have_attribute("aria-sort", "ascending")
    ages = [int(a) for a in page.locator('#caseload td[data-label="Age"]').all_inner_texts()]
    assert ages == sorted(ages)
    page.get_by_role("textbox", name="Filter").focus()
    page.keyboard.type("dementia")
    expect(page.locator('[data-count="caseload"]')).to_contain_text("of 100 rows")


def test_the_first_tab_on_a_page_skips_to_its_content(reader):
    page = reader("planner").go("/programme/schemes")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to main content")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    inside = page.evaluate("document.querySelector('main').contains(document.activeElement)")
    assert inside


def test_the_planner_checks_the_promises_and_the_board_makes_the_months_paper_meanwhile(reader):
    """Both run in the background while the pages go on answering."""
    planner = reader("planner").page
    planner.get_by_role("navigation").get_by_role("link", name="Builds").click()
    planner.get_by_role("button", name="Check them").click()
    board = reader("board").page
    board.get_by_role("navigation").get_by_role("link", name="Board papers").click()
    board.get_by_role("button", name="Make the paper").click()
    expect(board.get_by_role("progressbar")).to_be_visible()
    found = planner.get_by_role("link", name=re.compile("beside the records"))
    expect(found).to_be_visible(timeout=60_000)
    found.click()
    expect(planner.get_by_role("heading", name=re.compile("Claims checked"))).to_be_visible()
    expect(planner.get_by_role("table", name="Claims beside the records")).to_be_visible()
    expect(board.get_by_role("link", name="PDF").first).to_be_visible(timeout=90_000)


def test_the_analyst_builds_again_and_watches_it_come_in(reader):
    """Last, because the pages of the others speak of the first build."""
    page = reader("analyst").page
    page.get_by_role("navigation").get_by_role("link", name="Builds").click()
    page.get_by_role("button", name="Build again").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.get_by_role("cell", name=re.compile("is the current one"))).to_be_visible(
        timeout=90_000
    )
    expect(page.get_by_role("button", name="Build again")).to_be_visible()
