"""Every place where a count of people or events leaves direct care, and that none of them shows a
small one.

The pages of planner, finance, board and analyst are walked on Hamlet, whose 2,000 people give small
counts everywhere: conditions in areas that three people have, claims about events of which there
are two. Every column with numbers is on one of two lists below: a table that is new on a page has
to be put on one, so nobody forgets to ask whether it counts people.
"""

from __future__ import annotations

import csv
import io
import re

import pytest
from test_rooms import PAGES

from oneplace.answers import claims as claims_answers

ROLES = ("planner", "finance", "board", "analyst")
WALKED = (
    *PAGES,
    *(f"/analyst/compare?by={by}&measure={m}" for by in ("area", "ward", "neighbourhood", "quintile", "practice", "team", "network") for m in ("copd", "emergency_admissions_12m", "rtt-incomplete", "rtt-52-weeks")),
    *(f"/analyst/profile?by={by}" for by in ("neighbourhood", "team", "practice", "quintile")),
    *(f"/board/inequality?rate={rate}" for rate in ("copd", "dementia", "severe_mental_illness")),
    "/analyst/claims/H4-ae",
    "/board/performance/rtt-52-weeks",
    "/board/performance/psychosis-2-weeks",
    "/programme/",
    "/programme/schemes",
    "/programme/schemes/H1",
    "/programme/schemes/H4",
)  # fmt: skip
# Where people or events are counted: the table and its column.
OF_PEOPLE = {
    ("units", "Counted"), ("units", "Of"), ("spine", "Counted"), ("neighbourhoods", "Counted"), ("neighbourhoods", "Residents"),
    ("claims", "There are"), ("overlaps", "Events both select"), ("picture-months", "Events"), ("picture-fifths", "Events"),
    ("claimed-beside-what-exists-in-april-2018-to-marc", "What exists"),
    ("claimed-twice-events-that-two-schemes-both-count", "Events both select"),
    ("activity-by-point-of-delivery", "Year before"), ("teams-and-their-caseloads", "Registered"),
    ("teams-and-their-caseloads", "On the register"), ("teams-and-their-caseloads", "Next agenda"),
    ("months", "Counted"), ("months", "Of"), ("stock", "People"), ("flow", "Joined"), ("flow", "Treated"), ("flow", "Left untreated"),
    ("flow", "Waiting at its end"), ("deciles", "People"), ("deciles", "Happened"), ("groups", "People"), ("groups", "Happened"),
    ("decision", "People seen"), ("feeds", "Rows accepted"), ("feeds", "Rows in it"), ("silent", "Registered"),
    ("picture-funnel", "Of how many"),
}  # fmt: skip
# What else has numbers: published or planned figures, rates, money, days, counts of documents.
OTHER_TABLES = {
    "breaches", "calibration", "families", "every-measure-that-has-a-figure", "exceptions", "accuracy", "forecast", "levels", "cash-releasing-savings", "coefficients", "course", "domains", "effects", "goals", "late", "latest",
    "left-a-e-within-four-hours-of-arrival", "life-expectancy-at-birth-by-tenths-of-this-place", "longest-overdue", "measures",
    "milestones", "milestones-on-1-october-2019", "missing", "money", "planned-course-beside-the-standard",
    "printed-beside-recomputed", "recurrence", "residents-and-registered-people-side-by-side", "savings", "schemes", "standards",
    "told", "projection", "needed", "calendar", "arrived", "restatements", "picture-map", "picture-rank", "papers", "decisions", "published",
    "position", "returns", "changes", "checks", "sources", "rejects", "reasons", "unmapped",
}  # fmt: skip
OTHER_COLUMNS = {
    ("units", "Rank"), ("units", "Rate"), ("units", "Standardised"), ("units", "Its peers"), ("units", "Change"), ("units", "Course"),
    ("spine", "Here"), ("spine", "All"), ("spine", "Lowest"), ("spine", "Median"), ("spine", "Highest"), ("neighbourhoods", "Rate"),
    ("claims", "Fewer"), ("claims", "Claimed"), ("claims", "Shares events with"), ("claims", "At tariff"), ("claims", "Share"),
    ("overlaps", "It claims fewer"), ("claimed-beside-what-exists-in-april-2018-to-marc", "Fewer"),
    ("claimed-beside-what-exists-in-april-2018-to-marc", "Share"), ("claimed-beside-what-exists-in-april-2018-to-marc", "Value"),
    ("claimed-twice-events-that-two-schemes-both-count", "Claimed together"), ("activity-by-point-of-delivery", "Growth"),
    ("activity-by-point-of-delivery", "Claimed by schemes"), ("activity-by-point-of-delivery", "Plan's year"),
    ("activity-by-point-of-delivery", "Claimed, whole year"), ("activity-by-point-of-delivery", "Claimed, from each start"),
    ("activity-by-point-of-delivery", "Together"),
    ("stock", "Whole months waited"), ("stock", "Of the list"), ("stock", "Leave untreated in a month"),
    ("deciles", "Tenth of risk"), ("deciles", "Expected"), ("deciles", "Happened over expected"), ("deciles", "Mean risk"),
    ("groups", "Group"), ("groups", "Expected"), ("groups", "Happened over expected"), ("groups", "AUC"), ("groups", "Brier"),
    ("decision", "Net benefit of the list"), ("decision", "Of seeing everyone"), ("feeds", "Refused"), ("feeds", "Checks failed"),
    ("months", "Value"), ("months", "Planned"), ("months", "Mean"), ("months", "Lower"), ("months", "Upper"),
}  # fmt: skip


def table(client, address: str, name: str) -> tuple[list[str], list[list[str]]]:
    answer = client.get(f"{address}{'&' if '?' in address else '?'}csv={name}")
    assert answer.status_code == 200, (address, name)
    header, *rows = csv.reader(io.StringIO(answer.content.decode().lstrip("\ufeff")))
    return header, rows


@pytest.fixture(scope="module")
def walked(fresh_site):
    """Every table of every page, as each of the roles gets it as CSV."""
    from django.db import connections

    site, found = fresh_site, []
    for role in ROLES:
        client = site.client(role)
        for address in WALKED:
            page = client.get(address)
            if page.status_code != 200 or "html" not in page.headers["Content-Type"]:
                continue
            for name in sorted(set(re.findall(r"[?&;]csv=([\w.-]+)", page.content.decode()))):
                found += [(role, address, name, *table(client, address, name))]
    connections.close_all()
    return found


def test_every_column_of_numbers_is_known_to_count_people_or_not(walked):
    unknown = {
        (name, label)
        for _, _, name, header, rows in walked
        for i, label in enumerate(header)
        if name not in OTHER_TABLES
        and (name, label) not in OF_PEOPLE | OTHER_COLUMNS
        and not label.endswith((" (%)", " (per 1,000)"))
        if any(re.fullmatch(r"-?[\d,]+(\.\d+)?", r[i]) for r in rows)
    }
    assert unknown == set(), (
        "does it count people or events? Put it on one of the lists above, and through the rule if it does"
    )


def test_no_small_count_is_on_any_of_their_pages(walked):
    seen = 0
    for role, address, name, header, rows in walked:
        most = 7 if address.startswith("/board") else 4
        for i, label in enumerate(header):
            if (name, label) in OF_PEOPLE:
                counts = [
                    float(r[i].replace(",", ""))
                    for r in rows
                    if re.fullmatch(r"[\d,]+(\.0+)?", r[i])
                ]
                seen += len(counts)
                assert not [n for n in counts if 1 <= n <= most], (role, address, name, label, rows)
    assert seen > 1_000


def test_there_were_small_counts_to_show(site):
    """The walk proves nothing where there is nothing to hide."""
    from oneplace.answers import counting, families
    from oneplace.web import desk

    session = desk.session()
    units = families.tally(session, families.family(session, "area"))
    small = [int(n) for n in units.of("copd").sum(axis=1) if 1 <= n <= 4]
    claims = [
        c
        for c in claims_answers.assessed(session)
        if c.available is not None and 1 <= c.available <= 4
    ]
    left = [
        c.people
        for c in counting.cohorts(session, "elective_referral")
        if c.outcome == "left" and c.people <= 7
    ]
    assert small and claims and left
    page = site.client("planner").get("/programme/schemes/" + claims[0].scheme).content.decode()
    for said in claims[0].flags:
        if f"{claims[0].available:,} available" in said:
            assert said not in page


def test_hidden_counts_stand_as_a_star_or_a_word_in_every_kind_of_output(site):
    client = site.client("analyst")
    page = client.get("/analyst/compare?by=area&measure=copd").content.decode()
    header, rows = table(client, "/analyst/compare?by=area&measure=copd", "units")
    assert "not shown: a small number" in page
    hidden = [r for r in rows if "not shown: a small number" in r]
    assert hidden and all(
        r[header.index("Rate")] == "*" and r[header.index("Counted")] == "" for r in hidden
    )
    header, rows = table(client, "/analyst/compare?by=area&measure=copd", "picture-map")
    assert any("suppressed" in r for r in rows)
