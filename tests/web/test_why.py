"""Every figure that a reader meets leads to its story: where it is from, what was said of it, why
it moved; and only whoever reads the page reads that."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
import shutil

import pytest

from oneplace.answers import people
from oneplace.answers import plan as plan_answers
from oneplace.safety.decide import Role

ROLES = [r.value for r in Role]
LINK = re.compile(r'<a[^>]+href="([^"#]+)')
HEADLINE = re.compile(r'<li><span class="op-figure__value">(.*?)</li>', re.S)
WHY = re.compile(r'href="(/figures/[^"?]+)"')
OF_A_ROUTE = 2
# Figures that are words, or that nothing but the page itself has ever counted.
WITHOUT_A_STORY = {
    "Nothing", "None written", "Not known", "None printed", "As usual", "More than usual", "Fewer than usual",
    "Not dated", "Too few months to say",
}  # fmt: skip
# What no paper or build keeps: the page says so in words beside the figure.
COUNTED_AS_IT_OPENS = "Counted as this page opens"
LIVE = {
    "open accounts",
    "never signed in",
    "locked after wrong passwords",
    "closed",
    "emergency openings to review",
}
CELL = re.compile(
    r'<t[dh][^>]*data-label="([^"]*)"[^>]*>(?:<strong[^>]*>)?<a[^>]*href="(/figures/[^"?]+)"[^>]*>(.*?)</a>',
    re.S,
)
GRID_OF_THOUSANDS = "in thousands of pounds"
# The figures that these grids have to lead on from, by their page.
LEADS_ON = {
    "planner": {
        "/programme/schemes": "scheme",
        "/programme/line-of-sight": "claimed",
        "/programme/compliance": "duties",
    },
    "analyst": {"/analyst/claims": "exists"},
    "finance": {"/finance/savings": "savings", "/finance/activity": "claimed"},
    "board": {"/board/claims": "claim"},
}


def pages(client, first="/"):
    """Every page this role reaches by links from its first, a few of each kind."""
    from django.urls import Resolver404, resolve

    seen, counts, waiting = set(), {}, [first]
    while waiting:
        address = waiting.pop(0)
        if address in seen:
            continue
        seen.add(address)
        try:
            route = resolve(address).url_name
        except Resolver404:
            continue
        if route == "why" or counts.get(route, 0) >= OF_A_ROUTE:
            continue
        response = client.get(address, follow=True)
        if response.status_code != 200 or "html" not in response.headers["Content-Type"]:
            continue
        counts[route] = counts.get(route, 0) + 1
        text = response.content.decode()
        yield address, text
        waiting += [h for h in LINK.findall(text) if h.startswith("/") and "?" not in h]


def words_of(fragment: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", fragment))).strip()


@pytest.mark.parametrize("role", ROLES)
def test_every_headline_figure_of_every_page_has_a_story_that_its_reader_may_open(site, role):
    client, wrong, opened = site.client(role), [], {}
    for address, text in pages(client):
        for found in HEADLINE.findall(text):
            said = words_of(found.partition("</span>")[0])
            links = WHY.findall(found)
            if not links:
                live = COUNTED_AS_IT_OPENS in found and any(o in words_of(found) for o in LIVE)
                if not (said in WITHOUT_A_STORY or live):
                    wrong.append(f"{address}: {words_of(found)[:60]} leads nowhere")
                continue
            if links[0] not in opened:
                response = client.get(html.unescape(links[0]))
                opened[links[0]] = (
                    response.status_code,
                    HEADLINE.findall(response.content.decode()),
                )
            status, told = opened[links[0]]
            if status != 200:
                wrong.append(f"{address}: {links[0]} answers {status}")
            elif not agree(said, words_of(told[0].partition("</span>")[0])):
                wrong.append(f"{address}: {said} here, {words_of(told[0])[:40]} on its own page")
    assert not wrong, "\n".join(wrong)
    if role not in ("resident", "privacy_officer", "administrator"):
        assert len(opened) >= 5


@pytest.mark.parametrize("role", ROLES)
def test_figures_in_grids_lead_to_their_stories_too(site, role):
    """One cell of each column that leads on, on every page: it opens to its reader, and says there
    what it says here."""
    client, wrong, seen, asked = site.client(role), [], {}, set()
    for address, text in pages(client):
        seen[address] = {link.split("/")[-1].split(".")[0] for _, link, _ in CELL.findall(text)}
        wrong += cells_that_disagree(client, address, text, asked)
    assert not wrong, "\n".join(wrong)
    for address, word in LEADS_ON.get(role, {}).items():
        assert word in seen.get(address, ()), f"no {word} leads on from the grids of {address}"


def cells_that_disagree(client, address: str, text: str, asked: set[tuple[str, str]]) -> list[str]:
    wrong = []
    for label, link, cell in CELL.findall(text):
        of = (label, link.split("/")[-1].split(".")[0])
        if of in asked:
            continue
        asked.add(of)
        response = client.get(html.unescape(link))
        if response.status_code != 200:
            wrong.append(f"{address}: {link} under {label} answers {response.status_code}")
            continue
        there = words_of(HEADLINE.findall(response.content.decode())[0].partition("</span>")[0])
        here = words_of(cell)
        if GRID_OF_THOUSANDS in text and there.rstrip(")").endswith(
            "k"
        ):  # the caption says so of every cell
            there = there.replace("£", "").replace("k", "")
        if not agree(here, there):
            wrong.append(f"{address}: {here} under {label}, {there} on its own page")
    return wrong


def headlines_that_disagree(client, text: str) -> list[str]:
    wrong = []
    for found in HEADLINE.findall(text):
        said = words_of(found.partition("</span>")[0])
        for link in WHY.findall(found):
            response = client.get(html.unescape(link))
            told = HEADLINE.findall(response.content.decode())
            there = (
                words_of(told[0].partition("</span>")[0])
                if told
                else f"answers {response.status_code}"
            )
            if not agree(said, there):
                wrong.append(f"{link}: {said} here, {there} there")
    return wrong


def test_a_comparison_of_units_leads_on_from_every_one(site):
    client = site.client("analyst")
    text = client.get(
        "/analyst/compare", {"measure": "emergency_admissions_12m", "by": "area"}
    ).content.decode()
    assert sum(link.startswith("/figures/compare.") for _, link, _ in CELL.findall(text)) >= 2
    assert not cells_that_disagree(client, "/analyst/compare", text, set())
    with_peers = {"measure": "emergency_admissions_12m", "by": "area", "peers": "alike"}
    assert "/figures/compare." not in client.get("/analyst/compare", with_peers).content.decode()


def test_money_that_is_supplied_and_forecast_has_its_story(site):
    """A ledger, an outturn forecast, forecasts of two savings lines: every figure of both pages
    agrees with its own page."""
    from oneplace.web import desk
    from oneplace.web.finance.models import LedgerMonth, OutturnForecast, SavingForecast

    by, client = site.user("finance"), site.client("finance")
    for month, spent in ((dt.date(2019, 4, 1), "1250000.00"), (dt.date(2019, 5, 1), "1310000.50")):
        LedgerMonth.write(
            by=by, month=month, source="ledger of June", final=True, control_total_pence=int(spent.replace(".", "")),
            lines={"acute": {"budget": "1200000.00", "actual": spent}},
        )  # fmt: skip
    outturn = OutturnForecast.write(
        by=by, area="acute", month=dt.date(2019, 6, 1), best_gbp=14_000_000, likely_gbp=15_100_000, worst_gbp=16_000_000,
        unmitigated_risk_gbp=250_000, reason="Beds stay open",
    )  # fmt: skip
    lines = desk.session().plan_documents.finances.savings.lines
    SavingForecast.write(
        by=by, line=lines[0].id, month=dt.date(2019, 6, 1), forecast_gbp=40_000, stage="in_development", reason="Late",
        starts_on=dt.date(2019, 9, 1), full_year_gbp=90_000, confidence_pct=50, mitigation="",
    )  # fmt: skip
    wanted = {
        "/finance/": ("position.spent", "position.difference", "position.likely", "position.risk", "position.acute.to_date"),
        "/finance/savings": ("savings.adjusted", "savings.extra", f"savings.{lines[0].id}.adjusted"),
    }  # fmt: skip
    for address, figures in wanted.items():
        text = client.get(address, follow=True).content.decode()
        assert [f for f in figures if f"/figures/{f}" not in text] == []
        assert not headlines_that_disagree(client, text)
        assert not cells_that_disagree(client, address, text, set())
    outturn.revise(by=by, base=1, likely_gbp=15_900_000)
    assert "£15.9m" in client.get("/figures/position.likely").content.decode()
    assert site.client("coordinator").get("/figures/position.likely").status_code == 404


def test_a_control_and_a_feed_that_were_written_count_at_once_and_are_restated_later(site, papers):
    """What belongs to another entry finds it again in its earlier versions."""
    from oneplace.web import desk
    from oneplace.web.analyst.models import FeedDecision
    from oneplace.web.programme.models import Control, Risk

    by, risk = site.user("risk"), site.client("risk")
    held = Risk.write(
        by=by, kind_of="risk", title="Beds", description="Too few", likelihood=4, impact=4,
        owner="A. Lead", review_on=dt.date(2020, 1, 1),
    )  # fmt: skip
    control = Control.write(
        by=by, risk=held, what="A daily call", owner="A. Lead", state="in_place"
    )
    assert figure_of(risk, "risks.uncontrolled") == "0"
    assert figure_of(risk, "risks.unassured") == "1"
    paper(site, "2019-06")
    control.revise(by=by, base=1, state="withdrawn")
    desk.close()
    assert figure_of(risk, "risks.uncontrolled") == "1"
    assert split(risk, "risks.uncontrolled")["Reported: somebody said so"] == "+1"
    assert items(risk, "risks.uncontrolled")["Reported: somebody said so"] == "joined: Beds"
    FeedDecision.write(
        by=site.user("analyst"),
        build=desk.session().build_id,
        feed="referral",
        state="accepted",
        reason="",
    )
    assert figure_of(site.client("analyst"), "feeds.decided") == "1"


def figure_of(client, figure: str) -> str:
    told = HEADLINE.findall(client.get(f"/figures/{figure}").content.decode())
    return words_of(told[0].partition("</span>")[0])


def agree(here: str, there: str) -> bool:
    """The same figure, however many of its digits either page shows: £13.8m and £13,842,856."""
    a, b = read(here), read(there)
    return (
        here == there if a is None or b is None else abs(a[0] - b[0]) <= max(a[1], b[1]) / 2 + 1e-9
    )


def read(text: str) -> tuple[float, float] | None:
    """A figure and the worth of its last digit."""
    found = re.search(r"([-\N{MINUS SIGN}(]?)\D{0,2}?([\d,]+)(\.\d+)?(m|k)?", text)
    if not found:
        return None
    scale = {"m": 1e6, "k": 1e3}.get(found[4], 1.0)
    value = float(found[2].replace(",", "") + (found[3] or "")) * scale
    return (-value if found[1] else value), scale * 10.0 ** -(len(found[3]) - 1 if found[3] else 0)


# --- whom it opens to --------------------------------------------------------------------------------------------------
PROGRAMME = {"planner", "scheme_lead", "analyst", "finance", "risk", "board"}
CARE = {"coordinator", "clinician"}
OPENS = {
    "milestones.late": PROGRAMME | CARE,
    "programme.week": PROGRAMME | CARE,
    "money.savings.total": PROGRAMME,
    "savings.planned": PROGRAMME,
    "claims.tariff": PROGRAMME,
    "goals.met": PROGRAMME,
    "framework.aims": PROGRAMME,
    "risks.unassured": PROGRAMME,
    "feeds.decided": PROGRAMME - {"board"} | CARE | {"privacy_officer"},
    "feeds.accepted": PROGRAMME - {"board"} | CARE | {"privacy_officer"},
    "list.{team}.register": CARE | {"analyst"},
    "list.{other}.register": {"analyst"},
    "list.none.register": set(),
    "none": set(),
    "milestones.nonsense": set(),
}


@pytest.mark.parametrize("figure", OPENS)
def test_a_story_opens_to_whoever_opens_the_page(site, figure):
    from oneplace.web import desk

    other = next(t for t in people.teams(desk.session()) if t != site.team)
    address = "/figures/" + figure.format(team=site.team, other=other)
    opened = {r for r in ROLES if site.client(r).get(address).status_code == 200}
    assert opened - {"administrator"} == OPENS[figure]
    assert site.client().get(address).status_code == 302


def test_a_teams_figures_are_audited_like_its_list(site):
    from oneplace.web.accounts.models import AuditRow

    site.client("coordinator").get(f"/figures/list.{site.team}.register")
    site.client("planner").get(f"/figures/list.{site.team}.register")
    rows = [(r.actor, r.action, r.subject, r.allowed) for r in AuditRow.objects.order_by("number")]
    assert rows == [
        ("coordinator", "see_caseload", site.team, True),
        ("planner", "see_caseload", site.team, False),
    ]


# --- what it says ------------------------------------------------------------------------------------------------------
def split(client, figure: str, since: str = "") -> dict[str, str]:
    """The parts of the change as the page's CSV holds them."""
    import csv
    import io

    query = {"csv": "parts", **({"since": since} if since else {})}
    text = client.get(f"/figures/{figure}", query).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    return {r["Cause"]: r["Change"].lstrip("'").replace("\N{MINUS SIGN}", "-") for r in rows}


def items(client, figure: str) -> dict[str, str]:
    """Cause -> the items that it moved."""
    import csv
    import io

    text = client.get(f"/figures/{figure}", {"csv": "parts"}).content.decode("utf-8-sig")
    return {r["Cause"]: r["Which"] for r in csv.DictReader(io.StringIO(text))}


def paper(site, month: str):
    from oneplace.answers.paper import write_paper
    from oneplace.web import desk

    desk.close()
    return write_paper(site.folder, month=month, now=dt.datetime.now(dt.UTC))


@pytest.fixture
def papers(site):
    """What papers a test keeps goes with the test."""
    folder = site.folder / ".oneplace" / "papers"
    before = folder.exists()
    yield
    if not before and folder.exists():
        shutil.rmtree(folder)
    from oneplace.web import desk

    desk.close()


def test_a_figure_that_no_paper_has_shown_says_so(site):
    text = site.client("planner").get("/figures/programme.week").content.decode()
    assert "No paper has shown this figure yet." in text
    assert "Where it is from" in text


def test_a_late_return_and_an_edited_plan_are_told_from_the_passing_of_time(site, papers):
    """Written for June; since then a return came in, the plan was edited, and months went by."""
    from oneplace.documents import read
    from oneplace.documents.versions import save
    from oneplace.plan.programme import Plan
    from oneplace.web import desk
    from oneplace.web.programme.models import Return

    paper(site, "2019-06")
    before = plan_answers.status(desk.session(), dt.date(2019, 6, 30))["milestones"]
    late = [m for m in before if m["state"] == "late"]
    done = late[0]
    Return.write(
        by=site.user("scheme_lead"), scheme=done["scheme"], month=dt.date(2019, 6, 1), delivery="on_track", benefit="on_track",
        milestones={done["id"]: {"done": "2019-06-01", "forecast": None}}, figures={}, sent_on=dt.date(2019, 6, 28),
    )  # fmt: skip
    plan = read(site.folder / "plan.yaml", Plan, name="plan.yaml")
    from oneplace.documents import digest

    gone = next(m for m in late if m["id"] != done["id"])
    schemes = tuple(
        s.model_copy(update={"milestones": tuple(m for m in s.milestones if m.id != gone["id"])})
        for s in plan.schemes
    )
    save(site.folder, "plan.yaml", plan.model_copy(update={"schemes": schemes}), base=digest(plan))
    desk.close()
    parts = split(site.client("planner"), "milestones.late")
    now = sum(
        m["state"] == "late"
        for m in plan_answers.status(desk.session(), dt.date(2019, 10, 1))["milestones"]
    )
    at_june = sum(
        m["state"] == "late"
        for m in plan_answers.status(desk.session(), dt.date(2019, 6, 30))["milestones"]
    )
    assert at_june == len(late) - 2
    assert parts["Reported: somebody said so"] == "-1"
    assert parts["An edited plan"] == "-1"
    assert parts["Time passed: it fell due, and nobody changed anything"] == f"+{now - at_june}"
    assert "Real change" not in parts, "what fell due and what was said are no real change"
    which = items(site.client("planner"), "milestones.late")
    assert which["Reported: somebody said so"] == f"left: {done['scheme']}: {done['title']}"
    assert which["An edited plan"] == f"left: {gone['scheme']}: {gone['title']}"
    fell = [
        m["title"]
        for m in plan_answers.status(desk.session(), dt.date(2019, 10, 1))["milestones"]
        if m["state"] == "late"
    ]
    known = {m["title"] for m in late}
    told = which["Time passed: it fell due, and nobody changed anything"]
    assert all(title in told for title in fell if title not in known)
    assert (
        sum(int(v) for cause, v in parts.items() if cause != "All together")
        == int(parts["All together"])
        == now - len(late)
    )
    assert "Cannot be told apart" not in parts


def test_a_revised_return_is_reported(site, papers):
    from oneplace.web import desk
    from oneplace.web.programme.models import Return

    desk.close()
    late = next(
        m
        for m in plan_answers.status(desk.session(), dt.date(2019, 6, 30))["milestones"]
        if m["state"] == "late"
    )
    sent = Return.write(
        by=site.user("scheme_lead"), scheme=late["scheme"], month=dt.date(2019, 6, 1), delivery="on_track", benefit="on_track",
        milestones={late["id"]: {"done": "2019-06-01", "forecast": None}}, figures={}, sent_on=dt.date(2019, 6, 28),
    )  # fmt: skip
    paper(site, "2019-06")
    figures = json.loads(
        next((site.folder / ".oneplace/papers/2019-06").glob("*/figures.json")).read_text()
    )["figures"]
    said = next(f for f in figures if f["trace"]["figure_id"] == "milestones.late")["trace"][
        "value"
    ]
    assert said == sum(
        m["state"] == "late"
        for m in plan_answers.status(desk.session(), dt.date(2019, 6, 30))["milestones"]
    )
    sent.revise(
        by=site.user("scheme_lead"),
        base=1,
        milestones={late["id"]: {"done": None, "forecast": "2019-12-01"}},
    )
    desk.close()
    parts = split(site.client("planner"), "milestones.late")
    assert parts["Reported: somebody said so"] == "+1"
    assert "Cannot be told apart" not in parts


def test_an_earlier_build_is_compared_with_where_no_paper_is(site):
    """The same records built for a later day: what moved is real, and the parts say so."""
    from oneplace.answers.publishing import build_place
    from oneplace.engines import store
    from oneplace.web import desk

    folder, first = site.folder, store.current(site.folder)
    text = (folder / "place.yaml").read_text(encoding="utf-8")
    try:
        build_place(
            folder, now=dt.datetime(2019, 11, 1, 8, tzinfo=dt.UTC), as_of=dt.date(2019, 3, 1)
        )
        desk.close()
        client = site.client("coordinator")
        address = f"/figures/list.{site.team}.registered"
        page = client.get(address).content.decode()
        assert "It is worked out again for the papers and builds that are kept." in page
        parts = split(client, f"list.{site.team}.registered", since=first.id)
        assert set(parts) <= {"Real change"}
        register = client.get(
            f"/figures/list.{site.team}.register", {"since": first.id}
        ).content.decode()
        told = re.search(r'<p id="people">([\d,]+) joined.*?; ([\d,]+) left', register)
        assert told, "who came and went is told in counts by reason, and nobody by name"
    finally:
        now = store.current(folder)
        (folder / ".oneplace" / "current").write_text(first.id + "\n", encoding="utf-8")
        shutil.rmtree(now.folder)
        (folder / "place.yaml").write_text(text, encoding="utf-8")
        desk.close()


def test_what_a_wish_keeps_from_a_reader_is_in_no_count_of_then_either(site):
    """Two builds: whoever asked first, each reader's counts of then and now leave out who is kept
    from that reader."""
    import csv
    import io

    from oneplace.answers.publishing import build_place
    from oneplace.engines import store
    from oneplace.web import desk
    from oneplace.web.accounts.models import Standing
    from oneplace.web.neighbourhood.models import Objection

    folder, first = site.folder, store.current(site.folder)
    practice = Standing.objects.get(user__username="clinician", tie="registered_practice").subject
    person = next(p for p in site.people() if desk.standing_of(p)["practice_code"] == practice)
    then, by = len(site.people()), site.user("coordinator")
    Objection.write(
        by=by, person_id=person, team_code=site.team, what="sharing", since="2019-09-01"
    )
    try:
        build_place(
            folder, now=dt.datetime(2019, 11, 1, 8, tzinfo=dt.UTC), as_of=dt.date(2019, 9, 30)
        )
        desk.close()
        now = len(site.people())
        assert person in site.people()
        for role, less in (("clinician", 0), ("coordinator", 1)):
            client, address = site.client(role), f"/figures/list.{site.team}.register"
            text = client.get(address, {"since": first.id, "csv": "papers"}).content.decode(
                "utf-8-sig"
            )
            [row] = csv.DictReader(io.StringIO(text))
            assert row["It was"].split()[0] == str(then - less), (role, row)
            moved = sum(
                int(n) for n in split(client, f"list.{site.team}.register", since=first.id).values()
            )
            assert moved in (now - then, 2 * (now - then)), (
                role
            )  # its parts, and where there are several their sum
            after = client.get(f"/neighbourhood/teams/{site.team}/after").content.decode()
            told = dict(
                re.findall(
                    r'data-label="The register">(On the register \w+)</th><td[^>]*>([\d,]+)<', after
                )
            )
            assert told == {
                "On the register then": f"{then - less}",
                "On the register now": f"{now - less}",
            }, role
    finally:
        now = store.current(folder)
        (folder / ".oneplace" / "current").write_text(first.id + "\n", encoding="utf-8")
        if now.id != first.id:
            shutil.rmtree(now.folder)
        desk.close()
