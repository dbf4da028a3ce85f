"""The office's week in a browser: a risk held and shown, leads chased, a return from a phone, a
pack, the ledger, an account.

Each page on the way is looked at in three widths as `test_access` looks at the others.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from test_access import RUN, SMALL, WIDTHS, axe  # noqa: F401


@pytest.fixture
def clean(axe):  # noqa: F811
    """Nothing wrong with this page at any width."""

    def look(page) -> None:
        page.evaluate(axe)
        before = page.viewport_size
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate(RUN) == [], (page.url, width)
            assert page.evaluate(SMALL) == [], (page.url, width)
            wide = page.evaluate(
                "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            )
            assert not wide, (page.url, width)
        page.set_viewport_size(before)

    return look


def save(page, name: str = "Save") -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_the_quality_lead_holds_a_risk_and_shows_it(reader, clean):
    page = reader("risk").page
    page.get_by_role("navigation").get_by_role("link", name="Assurance framework").click()
    page.get_by_role("link", name="Add a risk", exact=True).click()
    page.get_by_label("In a line").fill("Winter staffing")
    page.get_by_label("What may happen").fill("Too few nurses in January")
    page.get_by_label(re.compile("^Strategic aim")).select_option(index=1)
    page.get_by_label("Likelihood now").select_option("4")
    page.get_by_label("Impact now").select_option("5")
    page.get_by_label("Owner").fill("Ruth Calloway")
    page.get_by_label("Next review").fill("1 December 2019")
    save(page)
    page.get_by_role("link", name="Add a control").click()
    clean(page)
    page.get_by_label("What keeps the risk down").fill("Bank staff agreed with the trust")
    page.get_by_label("Who runs it").fill("Community trust")
    save(page)
    page.get_by_role("link", name="Bank staff agreed with the trust").click()
    clean(page)
    page.go_back()
    page.get_by_role("link", name="Add assurance").click()
    clean(page)
    page.get_by_label("Line of defence").select_option("third")
    page.get_by_label("What shows that it works").fill("Audit of September")
    page.get_by_label("What it found").select_option("partly")
    save(page)
    expect(page.get_by_text("Last shown to work in part")).to_be_visible()
    page.get_by_role("link", name="Add an action").click()
    clean(page)
    page.get_by_label("What is to be done").fill("Agree ten more shifts")
    page.get_by_label("Owner").fill("Tom Ashworth")
    page.get_by_label("Due").fill("1 November 2019")
    save(page)
    page.get_by_role("link", name="Agree ten more shifts").click()
    clean(page)
    page.go_back()
    clean(page)
    page.get_by_role("link", name="Escalate").click()
    clean(page)
    save(page, "Escalate")
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("To whom").fill("Governing body")
    page.get_by_label("Why it goes up").fill("Beyond what the committee can fill")
    save(page, "Escalate")
    expect(page.get_by_text("Escalated to Governing body")).to_be_visible()
    page.get_by_role("navigation").get_by_role("link", name="Assurance framework").click()
    expect(page.get_by_role("cell", name=re.compile("Third line"))).to_be_visible()
    clean(page)


def test_the_planner_chases_a_lead_answers_from_a_phone_and_the_pack_is_frozen(reader, clean):
    amina = reader("planner")
    page = amina.go("/programme/")
    page.get_by_role("checkbox", name=re.compile("^Chase ")).first.check()
    page.get_by_role("button", name="Chase the leads chosen").click()
    text = page.get_by_role("textbox").first.input_value()
    clean(page)
    link = re.search(r"http://\S+/by-link/\S+", text)[0]
    scheme = re.search(r"^(\w+) .*:\n" + re.escape(link), text, re.M)[1]
    tom = reader(None, width=375)
    tom.page.goto(link)
    tom.page.get_by_label("How does the work go?").select_option("at_risk")
    tom.page.get_by_label("Does it bring what was promised?").select_option("on_track")
    tom.page.get_by_label(re.compile("^Why")).fill("The room is not free until December")
    clean(tom.page)
    tom.page.get_by_role("button", name="Send").click()
    expect(tom.page.get_by_text(re.compile(r"is in \(version \d\)"))).to_be_visible()
    tom.page.goto(link)
    expect(tom.page.get_by_role("heading", level=1)).to_have_text(
        "This link no longer opens anything"
    )
    clean(tom.page)
    amina.go(f"/programme/schemes/{scheme}")
    page.get_by_role("link", name="Challenge it").click()
    clean(page)
    page.get_by_label("What has the lead to answer?").fill("Which room would do?")
    save(page, "Challenge it")
    expect(page.get_by_text("Which room would do?")).to_be_visible()
    clean(page)
    lead = reader("scheme_lead")
    lead.go("/")
    lead.page.get_by_role(
        "link", name=re.compile("^Answer the programme office.*Which room would do")
    ).click()
    expect(lead.page.get_by_text("Which room would do?")).to_be_visible()
    clean(lead.page)
    amina.go("/programme/line-of-sight")
    page.get_by_label(re.compile("^Commentary")).fill("One scheme waits for a room")
    page.get_by_role("button", name="Freeze the pack").click()
    expect(page.get_by_text("Nothing here has changed since")).to_be_visible()
    clean(page)


LEDGER = "month,area,budget,actual\n2019-09,acute,100,110\n2019-09,total,100,110\n"


def test_the_finance_lead_supplies_the_ledger_and_writes_an_outturn(reader, clean):
    daniel = reader("finance")
    page = daniel.go("/finance/")
    page.get_by_role("link", name="Supply the ledger").first.click()
    page.get_by_label("Where it is from").fill("Ledger report of 10 October 2019")
    page.get_by_label("or paste its rows (optional)").fill(
        LEDGER.replace("total,100,110", "total,100,111")
    )
    save(page, "Take it")
    expect(page.get_by_text(re.compile("does not tie"))).to_be_visible()
    clean(page)
    page.get_by_label("or paste its rows (optional)").fill(LEDGER)
    save(page, "Take it")
    clean(page)
    page.get_by_role("link", name="acute").first.click()
    clean(page)
    page.get_by_role("link", name=re.compile("^Write the outturn forecast")).click()
    clean(page)
    for label, value in (("Best", "1100"), ("Likely", "1200"), ("Worst", "1300")):
        page.get_by_label(re.compile(f"^{label}")).fill(value)
    page.get_by_label("Why").fill("Winter")
    save(page)
    expect(page.get_by_role("cell", name="Winter")).to_be_visible()


def test_an_administrator_makes_an_account_and_its_owner_comes_in(reader, clean):
    nadia = reader("administrator")
    page = nadia.page
    page.get_by_role("navigation").get_by_role("link", name="Accounts").click()
    page.get_by_role("link", name="Make an account").click()
    page.get_by_label("User name").fill("rshah")
    page.get_by_label("Name", exact=True).fill("Ravi Shah")
    page.get_by_label("Role").select_option("planner")
    save(page, "Make the account")
    page.get_by_role("button", name=re.compile("one-time link")).click()
    link = page.locator("code").inner_text()
    clean(page)
    ravi = reader(None)
    ravi.page.goto(link)
    clean(ravi.page)
    ravi.page.get_by_label("New password").fill("three odd words here")
    ravi.page.get_by_label("The same again").fill("three odd words here")
    save(ravi.page, "Choose this password")
    expect(ravi.page.get_by_role("heading", level=1)).to_have_text("Since you last looked")
    ravi.go("/my-account")
    clean(ravi.page)
    page.get_by_role("button", name="Close the account").click()
    ravi.go("/my-account")
    expect(ravi.page.get_by_role("heading", level=1)).to_have_text("Sign in")
