"""What is entered reaches the first page of whoever answers for it and the next paper: every kind
of entry, written through its form."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
import shutil

import pytest

from oneplace.report.board.entered import MAKERS, PERSONAL
from oneplace.tables.entries import ENTRIES

LINK = re.compile(r'<a href="(/[^"]*)">')
NOW = dt.datetime(2019, 10, 1, 12, tzinfo=dt.UTC)


def mark(kind: str) -> str:
    """Words that nobody else writes."""
    return f"Marked {kind.replace('_', ' ')} words"


# Kind -> whose first pages it has to stand on.
ANSWER = {
    "returns": ("planner", "scheme_lead", "board"),
    "verdicts": ("planner", "scheme_lead"),
    "gates": ("planner", "scheme_lead", "risk"),
    "reminders": ("planner", "scheme_lead"),
    "packs": ("planner", "board"),
    "risks": ("risk", "planner", "board", "scheme_lead"),
    "controls": ("risk", "scheme_lead"),
    "assurances": ("risk", "scheme_lead"),
    "risk_actions": ("risk", "scheme_lead"),
    "compliance_evidence": ("risk",),
    "proposals": ("planner", "board"),
    "approvals": ("planner", "scheme_lead", "finance"),
    "board_decisions": ("board", "planner", "finance"),
    "publications": ("board",),
    "exception_reports": ("analyst", "planner", "board"),
    "rebases": ("analyst",),
    "feed_decisions": ("analyst",),
    "saving_forecasts": ("finance",),
    "recovery_plans": ("finance",),
    "ledger_months": ("finance",),
    "outturn_forecasts": ("finance",),
    "contract_months": ("finance",),
}
SAID = {"reminders": "was reminded on 1 October 2019"}  # a reminder has no words of its own


def test_every_kind_of_entry_is_about_a_person_or_has_its_line():
    assert {t.name for t in ENTRIES} == set(MAKERS) | PERSONAL
    assert set(ANSWER) == set(MAKERS) and not set(MAKERS) & PERSONAL
    keyed = {t.name for t in ENTRIES if "person_id" in t.names}
    assert keyed <= PERSONAL, "whatever names a person is never a line"


def write_everything(site) -> None:
    """One entry of every kind, each through its own form."""
    from test_mornings import scheme_form

    from oneplace.web import desk
    from oneplace.web.programme.models import Control, Proposal, Return, Risk

    finance, risk, planner, board = (
        site.client(r) for r in ("finance", "risk", "planner", "board")
    )
    lead, analyst = site.client("scheme_lead"), site.client("analyst")

    def post(client, address, status=302, **fields):
        answer = client.post(address, fields)
        assert answer.status_code == status, (address, re.findall(r"error-message[^>]*>([^<]+)", answer.content.decode()))  # fmt: skip

    ledger = "month,area,budget,actual\n2019-08,acute,100,130\n2019-08,total,100,130\n"
    post(finance, "/finance/supply/ledger", source=mark("ledger_months"), rows=ledger, final="on")
    monitoring = "month,contract,pod,plan,actual,price,tolerance_pct,marginal_rate_pct\n2019-08,Cottage,NEL,10,14,1000,2,70\n"
    post(finance, "/finance/supply/contracts", source=mark("contract_months"), rows=monitoring)
    money = {"best_gbp": 1000, "likely_gbp": 2000, "worst_gbp": 3000, "unmitigated_risk_gbp": 500}
    post(finance, "/finance/areas/acute/outturn", reason=mark("outturn_forecasts"), **money)
    post(finance, "/finance/savings/medicines/forecast", forecast_gbp="4,000", stage="in_development", reason=mark("saving_forecasts"), version=0)  # fmt: skip
    post(finance, "/finance/savings/heating/recovery", asked_of="Practice manager", why=mark("recovery_plans"), due_on="1/11/2019", state="asked")  # fmt: skip

    post(
        lead,
        "/programme/schemes/H1/return",
        200,
        delivery="off_track",
        benefit="on_track",
        reason=mark("returns"),
    )
    post(
        planner, f"/programme/returns/{Return.objects.get().pk}/challenged", words=mark("verdicts")
    )
    post(risk, "/programme/schemes/H2/gates/quality_impact", state="awaiting", reason=mark("gates"))
    post(planner, "/programme/chase", lead=[site.user("scheme_lead").pk])
    post(planner, "/programme/line-of-sight/pack", commentary=mark("packs"), step="freeze")
    title = {"title": mark("risks"), "description": "d", "likelihood": 5, "impact": 4, "owner": "Nurse", "review_on": "1/12/2019"}  # fmt: skip
    post(risk, "/programme/risks/new", kind_of="risk", scheme="H1", **title)
    [held] = Risk.objects.all()
    post(
        risk,
        f"/programme/risks/{held.pk}/controls/new",
        what=mark("controls"),
        owner="o",
        state="in_place",
    )
    control = Control.objects.get()
    post(risk, f"/programme/risks/controls/{control.pk}/assurances/new", line="first", given_on="1/9/2019", finding="fails", what=mark("assurances"))  # fmt: skip
    post(risk, f"/programme/risks/{held.pk}/actions/new", what=mark("risk_actions"), owner="o", due_on="1/9/2019", state="open")  # fmt: skip
    who = desk.session().place.table("practices").to_pylist()[0]["practice_code"]
    post(risk, f"/programme/compliance/practices/P1/{who}", met="no", given_on="1/9/2019", said_by="s", evidence=mark("compliance_evidence"))  # fmt: skip

    post(planner, "/programme/schemes/H1/edit", **{**scheme_form(site, lead="A"), "step": "propose", "summary": mark("proposals")})  # fmt: skip
    proposal = Proposal.objects.get()
    post(
        board,
        f"/board/proposals/{proposal.pk}/answer",
        answer="refuse",
        version=1,
        note=mark("approvals"),
    )
    post(planner, "/board/decisions/ask", question=mark("board_decisions"))
    report = {"organisation": "HX1", "signal": "Eight months below", "action": mark("exception_reports"), "owner": "Dr Reed", "due_on": "1 December 2019", "state": "open", "version": "0"}  # fmt: skip
    post(analyst, "/board/performance/ae-4-hours/exception", **report)
    rebase = {"organisation": "HX1", "month": "2017-06", "reason": mark("rebases"), "author": "Dr Reed", "said_on": "1 May 2018", "version": "0"}  # fmt: skip
    post(analyst, "/board/performance/ae-4-hours/rebase", **rebase)
    paper(site, "2019-06")
    post(board, "/board/papers/2019-06/1/publish", answer="publish", note=mark("publications"))
    post(
        analyst,
        "/analyst/feeds/person/decision",
        state="held",
        reason=mark("feed_decisions"),
        version=0,
    )


def paper(site, month: str) -> tuple[str, dict]:
    """The paper of a month as it reads, and its figures."""
    from oneplace.answers.paper import write_paper
    from oneplace.web import desk

    desk.close()
    made = write_paper(site.folder, month=month, now=NOW)
    kept = json.loads((made["html"].parent / "figures.json").read_text(encoding="utf-8"))["figures"]
    return html.unescape(made["html"].read_text(encoding="utf-8")), {
        f["trace"]["figure_id"]: f for f in kept
    }


@pytest.fixture
def papers(site):
    yield
    shutil.rmtree(site.folder / ".oneplace" / "papers", ignore_errors=True)
    from oneplace.web import desk

    desk.close()


def test_what_is_entered_stands_on_first_pages_and_in_the_next_paper(site, papers):
    write_everything(site)
    missing = []
    for role in sorted({r for roles in ANSWER.values() for r in roles}):
        client = site.client(role)
        first = html.unescape(client.get("/").content.decode())
        stands = first.partition("What was written, as it stands")[2].partition("What came in")[0]
        missing += [f"{kind} not on the first page of {role}" for kind, roles in ANSWER.items() if role in roles and SAID.get(kind, mark(kind)) not in stands]  # fmt: skip
        for address in sorted(set(LINK.findall(stands))):
            if client.get(address).status_code != 200:
                missing.append(f"{role} is led to {address}, which does not open")
    for role in ("coordinator", "clinician", "privacy_officer", "administrator", "resident"):
        first = html.unescape(site.client(role).get("/").content.decode())
        missing += [f"{kind} on the first page of {role}" for kind in ANSWER if mark(kind) in first]
    text, _ = paper(site, "2019-09")
    missing += [
        f"{kind} not in the next paper" for kind in ANSWER if SAID.get(kind, mark(kind)) not in text
    ]
    assert not missing, "\n".join(missing)


def test_one_answer_to_the_question_of_money_on_every_page_and_in_the_paper(site, papers):
    """Before anything came in, after a ledger, after a forecast: the same sentence everywhere, the
    same minute."""

    finance, board = site.client("finance"), site.client("board")
    said = "Cannot say whether we hit a control total: the money document prints neither"

    def sentence(text: str) -> str:
        plain = re.sub(
            r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", text.replace("</p>", "¶")))
        )
        return re.search(r"((?:Cannot say whether|Yes, as far|No, as far)[^¶]*?) ?¶", plain)[1]

    for step in ("nothing", "ledger"):
        if step == "ledger":
            rows = "month,area,budget,actual\n2019-08,acute,100,130\n2019-08,total,100,130\n"
            assert (
                finance.post("/finance/supply/ledger", {"source": "s", "rows": rows}).status_code
                == 302
            )
        found = {
            "first page": finance.get("/").content.decode(),
            "position": finance.get("/finance/").content.decode(),
            "board": board.get("/").content.decode(),
            "board money": board.get("/board/money").content.decode(),
            "planner money": site.client("planner").get("/programme/money").content.decode(),
            "paper": paper(site, "2019-09")[0].partition('<section id="money"')[2],
        }
        answers = {where: sentence(text) for where, text in found.items()}
        assert len(set(answers.values())) == 1, answers
        assert next(iter(answers.values())).startswith(said)
        assert ("no ledger month has come in" in next(iter(answers.values()))) == (
            step == "nothing"
        )


def test_a_position_without_a_ledger_has_no_blank_columns(site):
    text = site.client("finance").get("/finance/").content.decode()
    table = re.search(r'id="areas".*?</table>', text, re.S)
    assert "Run-rate" not in (table[0] if table else "") and "no ledger month has come in" in text


def test_no_word_about_a_person_reaches_a_paper_or_a_page_beyond_the_team(site, papers):
    from oneplace.web.neighbourhood.models import Action, Review

    person = site.people()[0]
    Review.write(by=site.user("coordinator"), person_id=person, team_code=site.team, reviewed_on=dt.date(2019, 9, 20), outcome="discussed", attended="GP", decision="Secret of the team", key_worker="Priya")  # fmt: skip
    Action.write(by=site.user("coordinator"), person_id=person, team_code=site.team, what="Secret errand", owner="GP", due_on=dt.date(2019, 9, 1))  # fmt: skip
    seen = [
        site.client(r).get("/").content.decode()
        for r in ("planner", "board", "finance", "risk", "analyst")
    ]
    assert not [t for t in (*seen, paper(site, "2019-09")[0]) if "Secret" in t]
    assert (
        "Secret"
        in site.client("coordinator")
        .get(f"/neighbourhood/teams/{site.team}/after")
        .content.decode()
    )
