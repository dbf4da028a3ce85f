"""Board, analyst and finance: each page for each role, the same counts everywhere, CSV as the
table, what is written."""

from __future__ import annotations

import csv
import datetime as dt
import html
import io
import json
import re
from pathlib import Path

import pytest

from oneplace.answers import plan
from oneplace.safety.decide import Role

ROLES = [r.value for r in Role]
BLNS = Path(__file__).resolve().parents[3] / "shared" / "corpora" / "blns" / "blns.json"
PROGRAMME = {"planner", "scheme_lead", "analyst", "finance", "risk", "board"}
STAFF = PROGRAMME - {"board"} | {"coordinator", "clinician", "privacy_officer"}
CARE = {"coordinator", "clinician"}
# The address and who opens it; everybody else gets the page that is not there.
PAGES = {
    "/board/": PROGRAMME,
    "/board/people": PROGRAMME,
    "/board/performance": PROGRAMME,
    "/board/performance/goals": PROGRAMME,
    "/board/performance/rtt-incomplete": PROGRAMME,
    "/board/performance/waiting-list": PROGRAMME,
    "/board/performance/ae-4-hours/rebase": {"analyst"},
    "/board/performance/ae-4-hours/exception": {"analyst"},
    "/board/performance/goals/S01": {"planner", "risk"},
    "/board/performance/charts/ae-within-HX1": PROGRAMME,
    "/figures/claims.tariff": PROGRAMME,
    "/board/claims": PROGRAMME,
    "/board/activity": PROGRAMME,
    "/board/inequality": PROGRAMME,
    "/board/inequality?rate=diabetes": PROGRAMME,
    "/board/money": PROGRAMME,
    "/board/milestones": PROGRAMME,
    "/board/papers": set(ROLES),
    "/board/decisions": PROGRAMME | CARE,
    "/board/decisions/new": {"board"},
    "/board/decisions/ask": {"planner"},
    "/analyst/feeds": STAFF,
    "/analyst/feeds/visit_occurrence": STAFF,
    "/analyst/measures": STAFF,
    "/analyst/measures/rtt-incomplete": STAFF,
    "/analyst/calibration": STAFF,
    "/analyst/risk-model": STAFF,
    "/analyst/compare": STAFF,
    "/analyst/compare?by=area&measure=diabetes": STAFF,
    "/analyst/compare?by=provider&measure=ae-4-hours": STAFF,
    "/analyst/compare?by=practice&measure=rtt-incomplete&peers=network&period=2018-06-01": STAFF,
    "/analyst/profile": STAFF,
    "/analyst/profile?by=practice&unit=none": STAFF,
    "/analyst/claims": STAFF,
    "/analyst/claims/H1-nel": STAFF,
    "/finance/": PROGRAMME,
    "/finance/savings": PROGRAMME,
    "/finance/savings/medicines": PROGRAMME,
    "/finance/savings/medicines/forecast": {"finance"},
    "/finance/activity": PROGRAMME,
}
NOWHERE = (
    "/board/performance/none",
    "/board/performance/charts/none",
    "/figures/none",
    "/board/papers/2019-08/99",
    "/board/papers/2019-08/99/pdf",
    "/board/decisions/99",
    "/analyst/feeds/none",
    "/analyst/measures/none",
    "/analyst/claims/none",
    "/finance/savings/none",
)


@pytest.mark.parametrize("address", PAGES)
def test_a_page_opens_to_whom_it_is_for(site, address):
    opened = {role for role in ROLES if site.client(role).get(address).status_code == 200}
    assert opened == PAGES[address]


def test_what_is_not_there_is_not_there_for_anybody(site):
    clients = {role: site.client(role) for role in ("board", "analyst", "finance", "planner")}
    for address in NOWHERE:
        assert {c.get(address).status_code for c in clients.values()} == {404}, address


def test_nobody_signed_in_is_asked_to_sign_in_and_reads_only_papers(site):
    client = site.client()
    for address in PAGES:
        expected = 200 if address == "/board/papers" else 302
        assert client.get(address).status_code == expected, address


# --- the same counts on every screen ----------------------------------------------------------------------------------
def text_of(client, address) -> str:
    page = html.unescape(re.sub(r"<[^>]+>", " ", client.get(address).content.decode()))
    return re.sub(r"\s+", " ", page)


def figure(client, figure_id: str) -> str:
    """A figure as its own page gives it."""
    content = client.get(f"/figures/{figure_id}").content.decode()
    return re.search(r'op-figure__value">([^<]+)<', content)[1].strip()


@pytest.mark.parametrize(
    ("figure_id", "screens"),
    [
        ("claims.tariff", ("/board/", "/board/claims")),
        ("claims.non_elective", ("/board/claims",)),
        ("milestones.late", ("/board/", "/board/milestones")),
        ("money.savings.total", ("/board/", "/board/money", "/finance/")),
        ("teams", ("/board/",)),
        ("caseload.register", ("/board/",)),
        ("sii.female", ("/board/", "/board/inequality")),
        ("activity.non_elective.baseline", ("/board/", "/board/activity")),
    ],
)
def test_a_figure_is_the_same_on_every_screen(site, figure_id, screens):
    client = site.client("board")
    said = figure(client, figure_id)
    assert any(c.isdigit() for c in said)
    for screen in screens:
        content = client.get(screen).content.decode()
        links = re.findall(rf'href="/figures/{re.escape(figure_id)}">([^<]+)<', content)
        found = {text for text in links if any(c.isdigit() for c in text)}
        assert found == {said}, screen


def write_the_paper(site):
    """As the command line does, in a process of its own there; here the site lets go of its files
    first."""
    from oneplace.answers.paper import write_paper
    from oneplace.web import desk

    if "visit" in desk._kept:
        desk._kept["visit"].close()
    desk._kept.clear()
    return write_paper(site.folder, month="2019-09", now=dt.datetime(2019, 10, 1, tzinfo=dt.UTC))


def test_the_board_and_the_paper_say_the_same(site):
    """Every figure of the paper written now is, on its own page, what the paper says."""
    from oneplace.web import parts

    made = write_the_paper(site)
    kept = parts.papers()[0]
    client = site.client("board")
    figures = {k: f for k, f in parts.said(kept).items() if "milestones" not in k}
    assert made["figures"] == len(parts.said(kept)) > 50
    for name in ("claims.tariff", "people.residents", "money.savings.total", "claims"):
        assert figure(client, name) == figures[name].words(), name
    assert "No change since September 2019" in client.get("/board/").content.decode()


def test_the_milestones_of_the_board_are_those_of_the_programme(site):
    from oneplace.web import desk, place

    states = [m["state"] for m in plan.status(desk.session(), place.today())["milestones"]]
    assert figure(site.client("board"), "milestones.late") == str(states.count("late"))
    assert figure(site.client("board"), "milestones") == str(len(states))


# --- CSV --------------------------------------------------------------------------------------------------------------
def tables(content: str) -> dict[str, int]:
    """Each sortable table of a page with the number of rows it shows."""
    found = {}
    for name, body in re.findall(
        r'<table class="op-table" id="([^"]+)".*?<tbody>(.*?)</tbody>', content, re.S
    ):
        found[name] = body.count("<tr>")  # the rows that a filter left
    return found


@pytest.mark.parametrize(
    ("role", "address"),
    [
        ("board", "/board/performance"),
        ("board", "/board/claims"),
        ("board", "/board/milestones"),
        ("board", "/board/performance/rtt-incomplete"),
        ("analyst", "/analyst/feeds"),
        ("analyst", "/analyst/calibration"),
        ("analyst", "/analyst/risk-model"),
        ("analyst", "/analyst/compare?by=area"),
        ("finance", "/finance/savings"),
        ("finance", "/finance/activity"),
    ],
)
def test_the_csv_of_a_table_holds_its_rows(site, role, address):
    client = site.client(role)
    shown = tables(client.get(address).content.decode())
    assert shown
    for name, count in shown.items():
        joint = "&" if "?" in address else "?"
        answer = client.get(f"{address}{joint}csv={name}")
        assert answer["Content-Type"].startswith("text/csv"), name
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert len(rows) == count + 1, name
        assert all(len(r) == len(rows[0]) for r in rows)


def test_a_filter_narrows_table_and_csv_alike(site):
    client = site.client("analyst")
    whole = tables(client.get("/analyst/calibration?measure=all").content.decode())["calibration"]
    query = "/analyst/calibration?measure=all&calibration.q=residents"
    some = tables(client.get(query).content.decode())["calibration"]
    rows = client.get(f"{query}&csv=calibration").content.decode().splitlines()
    assert 0 < some < whole
    assert len(rows) == some + 1


def test_calibration_opens_light_and_leads_to_every_line(site):
    """Each family once, the furthest off below; every line of every family is one click away, and
    the families leave none out."""
    client = site.client("analyst")
    first = client.get("/analyst/calibration").content.decode()
    every = tables(client.get("/analyst/calibration?measure=all").content.decode())["calibration"]
    assert len(first) < 50_000
    assert tables(first)["calibration"] == 20 < every
    links = re.findall(r'<th scope="row" data-label="Family"[^>]*><a href="([^"]+)">', first)
    lines = [tables(client.get(html.unescape(h)).content.decode())["calibration"] for h in links]
    assert sum(lines) == every
    assert lines == sorted(lines, reverse=True)


# --- small numbers ----------------------------------------------------------------------------------------------------
def test_no_count_of_one_to_four_is_compared(site):
    """Hamlet has a condition in every area that few people have: none of those counts reaches the
    analyst's table."""
    client = site.client("analyst")
    hidden = 0
    for measure in ("dementia", "severe_mental_illness", "copd", "epilepsy"):
        answer = client.get(f"/analyst/compare?by=area&measure={measure}&csv=units")
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        counts = [r.get("Counted") or "" for r in rows]
        hidden += sum(not c.isdigit() for c in counts)
        assert not any(c.isdigit() and 1 <= int(c) <= 4 for c in counts), (measure, counts)
    assert hidden > 0


# --- what is written --------------------------------------------------------------------------------------------------
def test_a_held_feed_is_named_on_the_board_and_stops_a_paper(site):
    made = write_the_paper(site)
    paper = f"/board/papers/{made['month']}/{made['paper']}"
    analyst, board = site.client("analyst"), site.client("board")
    assert (
        analyst.post("/analyst/feeds/death/decision", {"state": "held", "reason": ""}).status_code
        == 422
    )
    held = analyst.post(
        "/analyst/feeds/death/decision", {"state": "held", "reason": "March came twice"}
    )
    assert held.status_code == 302
    assert "death: March came twice" in text_of(board, "/board/")
    refused = board.post(f"{paper}/publish", {"answer": "publish"})
    assert refused.status_code == 422
    assert site.client().get(paper).status_code == 404
    accepted = analyst.post(
        "/analyst/feeds/death/decision", {"state": "accepted", "reason": "Looked at", "version": 1}
    )
    assert accepted.status_code == 302
    assert "March came twice" not in text_of(board, "/board/")
    assert board.post(f"{paper}/publish", {"answer": "publish"}).status_code == 302
    assert site.client().get(paper).status_code == 200


def test_a_paper_opens_to_everyone_when_the_board_publishes_it_and_closes_again(site):
    made = write_the_paper(site)
    paper = f"/board/papers/{made['month']}/{made['paper']}"
    everyone, board = site.client(), site.client("board")
    readers = {role for role in ROLES if site.client(role).get(paper).status_code == 200}
    assert readers == PROGRAMME | CARE
    assert everyone.get(paper).status_code == 404
    assert site.client("planner").post(f"{paper}/publish", {"answer": "publish"}).status_code == 404
    assert (
        board.post(
            f"{paper}/publish", {"answer": "publish", "note": "Read on 1 October"}
        ).status_code
        == 302
    )
    read = everyone.get(paper)
    assert read.status_code == 200
    assert read.content == Path(made["html"]).read_bytes()
    assert "unsafe-inline" not in read.headers["Content-Security-Policy"]
    assert paper in everyone.get("/board/papers").content.decode()
    assert board.post(f"{paper}/publish", {"answer": "withdraw", "version": 1}).status_code == 302
    assert everyone.get(paper).status_code == 404


def test_a_decision_needs_words_an_owner_and_a_day(site):
    board = site.client("board")
    asked = {"question": "Fund the falls team?", "state": "asked"}
    assert site.client("planner").post("/board/decisions/ask", asked).status_code == 302
    from oneplace.web.board.models import BoardDecision

    entry = BoardDecision.objects.get()
    decided = {**asked, "state": "decided", "version": 1}
    refused = board.post(f"/board/decisions/{entry.pk}", decided)
    assert refused.status_code == 422
    for message in ("Write what was decided", "Name one owner", "Say by when"):
        assert message in refused.content.decode()
    whole = {**decided, "decision": "Yes", "owner": "Ann Lee", "due_on": "1 September 2019"}
    assert site.client("planner").post(f"/board/decisions/{entry.pk}", whole).status_code == 404
    assert board.post(f"/board/decisions/{entry.pk}", whole).status_code == 302
    assert "1 decision past the day" in text_of(board, "/board/decisions")
    stale = board.post(f"/board/decisions/{entry.pk}", {**whole, "decision": "No"})
    assert stale.status_code == 409
    assert "Yes" in stale.content.decode()
    assert "No" in stale.content.decode()


def test_a_forecast_shows_with_its_variance_and_a_stale_one_loses_nothing(site):
    finance = site.client("finance")
    address = "/finance/savings/medicines/forecast"
    said = {
        "forecast_gbp": "£4,500",
        "stage": "in_development",
        "reason": "Two prices rose",
    }
    assert finance.post(address, said).status_code == 302
    rows = list(
        csv.DictReader(
            io.StringIO(finance.get("/finance/savings?csv=savings").content.decode("utf-8-sig"))
        )
    )
    line = next(r for r in rows if r["Forecast"] == "4500")
    assert int(line["Variance"]) == 4500 - int(line["Plan"])
    assert line["Stage"] == "In development"
    told = [
        site.client("planner").get(f"{p}?csv=savings").content
        for p in ("/finance/savings", "/programme/money")
    ]
    assert told[0] == told[1], "one table of savings, wherever it stands"
    assert finance.post(address, {**said, "forecast_gbp": "5000", "version": 0}).status_code == 409
    assert finance.post(address, {**said, "forecast_gbp": "a lot", "version": 1}).status_code == 422
    assert finance.post(address, {**said, "reason": "", "version": 1}).status_code == 422
    assert site.client("board").post(address, said).status_code == 404


# --- naughty strings --------------------------------------------------------------------------------------------------
FORMS = {
    "feed": ("analyst", "/analyst/feeds/death/decision", {"state": "held"}, "reason", "/analyst/feeds/death"),
    "forecast": (
        "finance", "/finance/savings/medicines/forecast", {"forecast_gbp": "1", "stage": "identified"}, "reason", "/finance/savings/medicines",
    ),
    "ask": ("planner", "/board/decisions/ask", {}, "question", "/board/decisions"),
}  # fmt: skip


@pytest.mark.skipif(
    not BLNS.exists(), reason="needs ../shared/corpora/blns, the big list of naughty strings"
)
@pytest.mark.parametrize("name", FORMS)
def test_naughty_strings_are_stored_and_shown_exactly(site, name):
    from oneplace.web.analyst.models import FeedDecision
    from oneplace.web.board.models import BoardDecision
    from oneplace.web.finance.models import SavingForecast

    model = {"feed": FeedDecision, "forecast": SavingForecast, "ask": BoardDecision}[name]
    role, address, rest, field, shown_at = FORMS[name]
    client, stored, before = site.client(role), 0, None
    for i, text in enumerate(json.loads(BLNS.read_text(encoding="utf-8"))):
        kept = text.replace("\r\n", "\n").strip()
        version = {"version": before.version} if before is not None and name != "ask" else {}
        state = (
            {"state": "held" if before is None or before.state == "accepted" else "accepted"}
            if name == "feed"
            else {}
        )
        answer = client.post(address, {**rest, **state, **version, field: text})
        assert answer.status_code in (302, 422), text
        if answer.status_code == 422:
            assert not kept or any(ord(c) < 32 and c not in "\t\n\r" for c in kept), text
            continue
        stored += 1
        before = model.objects.order_by("-pk").first()
        assert getattr(before, field) == kept
        if i % 25 == 0:
            page = html.unescape(client.get(shown_at).content.decode())
            assert "".join(kept.split()) in "".join(page.split()), text
    assert stored > 400


@pytest.mark.skipif(
    not BLNS.exists(), reason="needs ../shared/corpora/blns, the big list of naughty strings"
)
def test_naughty_strings_in_addresses_are_not_found_or_left_alone(site):
    analyst = site.client("analyst")
    for text in json.loads(BLNS.read_text(encoding="utf-8"))[::6]:
        query = {
            "measure": text,
            "by": text,
            "show": text,
            "units.q": text,
            "units.sort": text,
            "csv": text,
        }
        assert analyst.get("/analyst/compare", query).status_code == 200, text
        assert analyst.get("/board/inequality", {"rate": text}).status_code == 200, text
        assert analyst.get("/board/performance/rtt-incomplete", {"org": text}).status_code in (
            200,
            404,
        ), text
        assert analyst.get("/analyst/calibration", {"measure": text}).status_code == 200, text


# --- before anything is there -----------------------------------------------------------------------------------------
def test_a_place_that_is_not_built_says_what_to_do(site, monkeypatch):
    """The pages of a place with documents and no build open, and say what is missing."""
    from oneplace.engines import store
    from oneplace.web import desk

    current = site.folder / store.STATE / "current"
    aside = current.read_text(encoding="utf-8")
    current.unlink()
    try:
        desk._kept.clear()
        for role, address in (
            ("board", "/board/"), ("board", "/board/people"), ("board", "/board/claims"), ("board", "/board/inequality"),
            ("board", "/board/performance"), ("analyst", "/analyst/feeds"), ("analyst", "/analyst/risk-model"),
            ("analyst", "/analyst/compare"), ("analyst", "/analyst/claims"), ("finance", "/finance/activity"), ("finance", "/finance/"),
        ):  # fmt: skip
            answer = site.client(role).get(address)
            assert answer.status_code == 200, address
            if address not in ("/finance/", "/board/performance"):
                assert re.search(
                    r"not been built|Build the place|Build it", answer.content.decode()
                ), address
    finally:
        current.write_text(aside, encoding="utf-8")
        desk._kept.clear()
