"""The programme office's week and the quality lead's: chase, challenge, accept, re-baseline, gates,
packs; risks from first score to closing; compliance evidence; the ledger taken and put beside the
plan."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re

import pytest

OCTOBER = dt.date(2019, 10, 1)


def text_of(site, role, address, status=200):
    response = site.client(role).get(address)
    assert response.status_code == status, (address, response.status_code)
    return response.content.decode()


def rows_of(site, role, address):
    return list(
        csv.DictReader(io.StringIO(site.client(role).get(address).content.decode("utf-8-sig")))
    )


def returned(site, month, **answers):
    from oneplace.web.programme import actions

    said = {
        "delivery": "on_track",
        "benefit": "on_track",
        "reason": "",
        "milestones": {},
        "figures": {},
        **answers,
    }
    return actions.send_return("H1", month, by=site.user("scheme_lead"), base=0, **said)


# --- chase ------------------------------------------------------------------------------------------------------------
def test_a_lead_is_chased_for_all_they_owe_and_each_link_works_once(site):
    from oneplace.web.programme.models import Reminder

    lead, planner = site.user("scheme_lead"), site.client("planner")
    lead.email = "tom@example.org"
    lead.save()
    assert f'name="lead" value="{lead.pk}"' in planner.get("/programme/").content.decode()
    assert planner.post("/programme/chase", {"lead": [lead.pk, "x", "999999"]}).status_code == 302
    text = planner.get("/programme/reminders").content.decode()
    links = re.findall(r"http://testserver(/programme/returns/by-link/\S+)", text)
    reminder = Reminder.objects.get()
    assert len(links) == len(reminder.schemes) == 3
    assert "mailto:tom%40example.org?subject=" in text
    assert "by-link" not in planner.get("/programme/reminders").content.decode(), "shown once"
    for link in links:
        answer = site.client().post(link, {"delivery": "on_track", "benefit": "on_track"})
        assert "is in (version 1)" in answer.content.decode()
        assert site.client().get(link).status_code == 410
    assert "Nobody who leads a scheme owes a return" in planner.get("/programme/").content.decode()
    assert site.client("board").post("/programme/chase", {"lead": lead.pk}).status_code == 404


# --- ratings ----------------------------------------------------------------------------------------------------------
def test_down_freely_up_only_with_a_new_reason(site):
    client, address = site.client("scheme_lead"), "/programme/schemes/H1/return"
    returned(site, dt.date(2019, 9, 1), delivery="off_track", reason="No room")
    said = {"delivery": "on_track", "benefit": "on_track"}
    for reason in ("", "No room"):
        refused = client.post(address, {**said, "reason": reason})
        assert refused.status_code == 422 and "say why" in refused.content.decode(), reason
    assert client.post(address, {**said, "reason": "A room was found"}).status_code == 200
    down = client.post(
        address, {**said, "benefit": "at_risk", "reason": "A room was found", "version": 1}
    )
    assert down.status_code == 200
    changed = rows_of(site, "planner", "/programme/?csv=changes")
    assert [
        (r["Rating"], r["Before"], r["Now"]) for r in changed if r["Month"] == "October 2019"
    ] == [
        ("Benefit", "On track", "At risk"),
        ("Delivery", "Off track", "On track"),
    ]


def test_a_return_is_challenged_answered_and_accepted(site):
    kept = returned(site, OCTOBER)
    planner, lead = site.client("planner"), site.client("scheme_lead")
    address = f"/programme/returns/{kept.pk}/challenged"
    assert planner.post(address, {"words": ""}).status_code == 422
    assert planner.post(address, {"words": "Where is the room?"}).status_code == 302
    assert "Where is the room?" in lead.get("/programme/returns").content.decode()
    assert "Where is the room?" in lead.get("/programme/schemes/H1/return").content.decode()
    answer = {"delivery": "at_risk", "benefit": "on_track", "reason": "None yet", "version": 1}
    assert lead.post("/programme/schemes/H1/return", answer).status_code == 200
    assert "Where is the room?" not in lead.get("/programme/schemes/H1/return").content.decode()
    assert "Answered since" in planner.get("/programme/schemes/H1").content.decode()
    stale = planner.post(
        f"/programme/returns/{kept.pk}/accepted", {"words": "Thanks", "version": 9}
    )
    assert stale.status_code == 409 and "Where is the room?" in stale.content.decode()
    assert (
        planner.post(
            f"/programme/returns/{kept.pk}/accepted", {"words": "", "version": 1}
        ).status_code
        == 302
    )
    assert ">Accepted<" in planner.get("/programme/schemes/H1").content.decode()
    assert lead.post(address, {"words": "x"}).status_code == 404


@pytest.mark.parametrize("month", [dt.date(2019, 9, 1), OCTOBER])
def test_a_challenge_is_on_the_leads_first_page_with_the_way_to_answer(site, month):
    """Of this month's return and of last month's, until it is answered or accepted; nobody else's
    is there."""
    kept = returned(site, month)
    if month != OCTOBER:
        returned(site, OCTOBER)
    planner, lead = site.client("planner"), site.client("scheme_lead")
    challenge = f"/programme/returns/{kept.pk}/challenged"
    assert planner.post(challenge, {"words": "Where is the room?"}).status_code == 302
    first = lead.get("/").content.decode()
    asked = re.search(
        r'<a href="(/programme/schemes/H1/returns/\d+)">Answer the programme office[^<]*room\?</a>',
        first,
    )
    assert asked, "the words and the way to answer stand on the first page"
    assert "Where is the room?" in lead.get(asked[1]).content.decode()
    assert (
        planner.get(asked[1]).status_code == 404
        and lead.get("/programme/schemes/H2/returns/1").status_code == 404
    )
    answer = {"delivery": "at_risk", "benefit": "on_track", "reason": "None yet", "version": 1}
    assert lead.post(asked[1], answer).status_code == 200
    kept.refresh_from_db()
    assert (kept.version, kept.month, kept.reason) == (2, month, "None yet")
    assert "Answer the programme office" not in lead.get("/").content.decode()
    again = {"words": "And the teacher?", "version": 1}
    assert (
        planner.post(
            f"/programme/returns/{kept.pk}/accepted", {"words": "", "version": 1}
        ).status_code
        == 302
    )
    assert planner.post(challenge, {**again, "version": 2}).status_code == 302
    assert "And the teacher?" in lead.get("/").content.decode()
    assert (
        planner.post(
            f"/programme/returns/{kept.pk}/accepted", {"words": "", "version": 3}
        ).status_code
        == 302
    )
    assert "Answer the programme office" not in lead.get("/").content.decode()


def test_a_slip_is_rebaselined_by_the_boards_approval(site):
    from oneplace.web import desk
    from oneplace.web.programme.models import Proposal

    milestone = desk.session().plan_documents.plan.schemes[0].milestones[-1]
    late = milestone.due.end + dt.timedelta(days=40)
    returned(site, OCTOBER, milestones={milestone.id: {"done": None, "forecast": late.isoformat()}})
    [slip] = rows_of(site, "planner", "/programme/?csv=slipped")
    assert (slip["Baseline"], slip["Forecast"], slip["Days slipped"]) == (milestone.due.end.isoformat(), late.isoformat(), "40")  # fmt: skip
    planner = site.client("planner")
    form = planner.get("/programme/schemes/H1/edit?rebaseline=1").content.decode()
    assert f'value="{late.isoformat()}"' in form and "Re-baseline: " in form
    base = re.search(r'name="base" value="([0-9a-f]{64})"', form)[1]
    dues = dict(re.findall(r'name="(due-[^"]+)" type="text" value="([^"]*)"', form))
    purpose = re.search(r'name="purpose"[^>]*>\n(.*?)</textarea>', form, re.S)[1]
    said = {"base": base, "lead": "", "purpose": purpose, "summary": "Re-baseline: the teacher left", "step": "propose", **dues}  # fmt: skip
    assert planner.post("/programme/schemes/H1/edit", said).status_code == 302
    proposal = Proposal.objects.get()
    answer = {"answer": "approve", "version": 1, "note": ""}
    assert (
        site.client("board").post(f"/board/proposals/{proposal.pk}/answer", answer).status_code
        == 302
    )
    assert rows_of(site, "planner", "/programme/?csv=slipped") == []


# --- gates and packs --------------------------------------------------------------------------------------------------
def test_a_scheme_awaits_its_quality_impact_assessment_until_somebody_decides(site):
    address, quality = "/programme/schemes/H2/gates/quality_impact", site.client("risk")
    assert quality.post(address, {"state": "awaiting"}).status_code == 302
    assert [r["Scheme"][:2] for r in rows_of(site, "planner", "/programme/?csv=awaiting")] == ["H2"]
    assert quality.post(address, {"state": "passed", "version": 1}).status_code == 422
    decided = {"state": "passed", "decided_on": "1/10/2019", "decided_by": "Medical director"}
    assert quality.post(address, {**decided, "version": 0}).status_code == 409
    assert quality.post(address, {**decided, "version": 1}).status_code == 302
    assert rows_of(site, "planner", "/programme/?csv=awaiting") == []
    gates = {
        r["Scheme"][:2]: r["Gate"]
        for r in rows_of(site, "planner", "/programme/schemes?csv=schemes")
    }
    assert (gates["H2"], gates["H1"]) == ("Quality impact assessment", "None recorded")
    assert site.client("finance").post(address, decided).status_code == 404


def test_a_frozen_pack_says_what_it_said(site):
    from oneplace.web.history.models import NoSuchStep
    from oneplace.web.programme.models import Pack

    planner, address = site.client("planner"), "/programme/line-of-sight/pack"
    assert (
        planner.post(
            address, {"commentary": "A slow month", "step": "keep", "version": 0}
        ).status_code
        == 302
    )
    assert (
        planner.post(address, {"commentary": "Other", "step": "keep", "version": 0}).status_code
        == 409
    )
    frozen = planner.post(address, {"commentary": "A slow month", "step": "freeze", "version": 1})
    assert frozen.status_code == 302
    before = planner.get(frozen["Location"]).content.decode()
    assert "A slow month" in before and "Frozen on 1 October 2019" in before
    csv_before = rows_of(site, "board", frozen["Location"] + "?csv=schemes")
    returned(site, OCTOBER, delivery="off_track", reason="Everything changed")
    assert rows_of(site, "board", frozen["Location"] + "?csv=schemes") == csv_before
    pack = Pack.objects.get()
    with pytest.raises(NoSuchStep):
        pack.revise(by=site.user("planner"), base=pack.version, state="draft")
    assert (
        planner.post(address, {"commentary": "Next", "step": "keep", "version": 0}).status_code
        == 302
    )
    pack.refresh_from_db()
    assert pack.commentary == "A slow month"
    assert site.client("board").post(address, {"step": "freeze"}).status_code == 404


def test_what_was_promised_and_what_is_reported_of_it(site):
    from oneplace.answers import plan_status

    [claim] = [c for s in plan_of(site).schemes if s.id == "H1" for c in s.claims][:1]
    form = {"delivery": "on_track", "benefit": "on_track", f"figure-{claim.id}": "1"}
    assert site.client("scheme_lead").post("/programme/schemes/H1/return", form).status_code == 200
    row = next(s for s in plan_status(site.folder, on=OCTOBER)["savings"] if s["id"] == claim.id)
    assert (row["actual_count"], row["actual_gbp"]) == ("1", None)
    shown = rows_of(site, "planner", "/programme/line-of-sight?csv=undelivered")
    mine = next(r for r in shown if r["Scheme"].startswith("H1"))
    assert (mine["Events claimed"], mine["Reported so far"], mine["Not delivered yet"]) == (str(claim.count), "1", str(claim.count - 1))  # fmt: skip


def plan_of(site):
    from oneplace.web import desk

    return desk.session().plan_documents.plan


# --- risks ------------------------------------------------------------------------------------------------------------
def a_risk(site, **changes):
    said = {"kind_of": "risk", "title": "No spirometry", "description": "d", "likelihood": 5, "impact": 4, "owner": "Ruth", "review_on": "1/9/2019", "aim": plan_of(site).aims[0].id}  # fmt: skip
    response = site.client("risk").post("/programme/risks/new", {**said, **changes})
    assert response.status_code == 302, response.content.decode()[:3000]
    return int(response["Location"].rsplit("/", 1)[1]), {**said, **changes}


def test_a_risk_from_first_score_to_closing(site):
    number, said = a_risk(site)
    quality = site.client("risk")
    step = f"/programme/risks/{number}/step"
    better = {**said, "likelihood": 2, "target_likelihood": 1, "target_impact": 4, "version": 1}
    assert quality.post(f"/programme/risks/{number}/edit", better).status_code == 302
    half = {**better, "target_impact": "", "version": 2}
    assert quality.post(f"/programme/risks/{number}/edit", half).status_code == 422
    [row] = rows_of(site, "board", "/programme/risks?csv=risks")
    assert (row["First"], row["Score now"], row["Target"]) == ("20", "8", "4")
    assert "better than first scored" in text_of(site, "board", f"/programme/risks/{number}")
    assert (
        quality.post(f"{step}/escalated", {"version": 2, "evidence": "Beyond us"}).status_code
        == 422
    )
    said_up = {"version": 2, "evidence": "Beyond us", "escalated_to": "Governing body"}
    assert quality.post(f"{step}/escalated", {**said_up, "version": 1}).status_code == 409
    assert quality.post(f"{step}/escalated", said_up).status_code == 302
    assert "Governing body" in text_of(site, "planner", "/programme/risks?show=escalated")
    assert quality.post(f"{step}/closed", {"version": 3}).status_code == 422
    assert (
        quality.post(
            f"{step}/closed", {"version": 3, "evidence": "Machine delivered 30 September"}
        ).status_code
        == 302
    )
    assert quality.post(f"{step}/accepted", {"version": 4, "evidence": "x"}).status_code == 422
    assert site.client("board").post(f"{step}/open", {"version": 4}).status_code == 404
    assert "Machine delivered" in text_of(site, "planner", f"/programme/risks/{number}")


def test_controls_assurances_and_actions_fill_the_framework(site):
    from oneplace.web.programme.models import Assurance, Control, RiskAction

    number, _ = a_risk(site)
    quality = site.client("risk")
    assert (
        "No control is written down"
        in rows_of(site, "board", "/programme/assurance?csv=framework")[0]["Gap"]
    )
    control = {"what": "Lent machine", "owner": "Trust", "state": "in_place"}
    assert quality.post(f"/programme/risks/{number}/controls/new", control).status_code == 302
    held = Control.objects.get()
    assert "Nothing shows that the control works" in rows_of(site, "board", "/programme/assurance?csv=framework")[0]["Gap"]  # fmt: skip
    shown = {
        "line": "third",
        "what": "Audit of September",
        "given_on": "20/9/2019",
        "finding": "works",
    }
    assert (
        quality.post(
            f"/programme/risks/controls/{held.pk}/assurances/new", {**shown, "line": ""}
        ).status_code
        == 422
    )
    assert (
        quality.post(f"/programme/risks/controls/{held.pk}/assurances/new", shown).status_code
        == 302
    )
    todo = {"what": "Buy one", "owner": "Tom", "due_on": "15/9/2019", "state": "open"}
    assert quality.post(f"/programme/risks/{number}/actions/new", todo).status_code == 302
    [row, *_] = rows_of(site, "board", "/programme/assurance?csv=framework")
    assert "Third line, 20 September 2019: Audit of September" in row["Assurance"]
    assert (row["Gap"], row["Action"]) == ("None known", "Buy one (Tom, 15 September 2019)")
    action, seen = RiskAction.objects.get(), Assurance.objects.get()
    done = {**todo, "state": "done", "version": 1}
    assert quality.post(f"/programme/risks/actions/{action.pk}", done).status_code == 422
    assert (
        quality.post(
            f"/programme/risks/actions/{action.pk}", {**done, "evidence": "Invoice"}
        ).status_code
        == 302
    )
    stale = quality.post(
        f"/programme/risks/assurances/{seen.pk}", {**shown, "finding": "fails", "version": 0}
    )
    assert stale.status_code == 409
    assert quality.post(f"/programme/risks/controls/{held.pk}", {**control, "state": "withdrawn", "version": 1}).status_code == 302  # fmt: skip
    assert "No control" in rows_of(site, "board", "/programme/assurance?csv=framework")[0]["Gap"]


def test_the_framework_is_called_what_the_place_calls_it_on_the_day(site, monkeypatch):
    from oneplace.place.document import Term
    from oneplace.web import place

    assert "<h1" in text_of(site, "board", "/programme/assurance")
    terms = (Term(term="GBAF", means="assurance framework", end=dt.date(2022, 6, 30)), Term(term="BAF", means="assurance framework", start=dt.date(2022, 7, 1)))  # fmt: skip
    named = place.place().model_copy(update={"vocabulary": terms})
    monkeypatch.setattr(place, "place", lambda: named)
    assert re.search(r"</span> GBAF</h1>", text_of(site, "board", "/programme/assurance"))
    monkeypatch.setenv("ONEPLACE_TODAY", "2023-01-01")
    assert re.search(r"</span> BAF</h1>", text_of(site, "board", "/programme/assurance"))


# --- compliance -------------------------------------------------------------------------------------------------------
GIVEN = {"met": "yes", "given_on": "1/9/2019", "said_by": "The practice", "evidence": "Seen"}


def test_evidence_for_several_at_once_and_for_one_and_what_is_left(site):
    from oneplace.web import desk
    from oneplace.web.programme.models import ComplianceEvidence

    practices = [r["practice_code"] for r in desk.session().place.table("practices").to_pylist()]
    quality, several = site.client("risk"), "/programme/compliance/practices/P1/several"

    def states():
        row = next(r for r in rows_of(site, "planner", "/programme/compliance/practices?csv=duties") if r["Duty"].startswith("P1"))  # fmt: skip
        return {k: int(row[k]) for k in ("Met", "Not met", "Overdue", "No evidence")}

    assert states() == {"Met": 0, "Not met": 0, "Overdue": len(practices), "No evidence": 0}
    assert quality.post(several, GIVEN).status_code == 422
    assert quality.post(several, {**GIVEN, "who": practices[:2]}).status_code == 302
    assert states()["Met"] == 2
    clash = quality.post(
        several, {**GIVEN, "evidence": "Other", "who": [practices[-1], practices[0]]}
    )
    assert (
        clash.status_code == 409
        and "Seen" in clash.content.decode()
        and "Other" in clash.content.decode()
    )
    assert ComplianceEvidence.objects.count() == 2, "all are written or none"
    one = f"/programme/compliance/practices/P1/{practices[0]}"
    assert quality.post(one, {**GIVEN, "met": "no", "version": 0}).status_code == 409
    assert quality.post(one, {**GIVEN, "met": "no", "version": 1}).status_code == 302
    assert quality.post(one, {**GIVEN, "given_on": "1/1/2030", "version": 2}).status_code == 422
    assert states() == {"Met": 1, "Not met": 0, "Overdue": len(practices) - 1, "No evidence": 0}
    assert quality.get("/programme/compliance/practices/P1/NOBODY").status_code == 404
    assert site.client("finance").post(one, GIVEN).status_code == 404


def test_the_core_reads_the_evidence(site):
    import os

    from oneplace.answers.plan import evidence_of
    from oneplace.sources.entries import database_of, read_entries
    from oneplace.web import desk

    who = desk.session().place.table("practices").to_pylist()[0]["practice_code"]
    assert (
        site.client("risk").post(f"/programme/compliance/practices/P2/{who}", GIVEN).status_code
        == 302
    )
    [found] = evidence_of(read_entries(database_of(site.folder, os.environ)), "practices")
    assert (found.who, found.duty, found.met, found.on, found.by) == (who, "P2", True, dt.date(2019, 9, 1), "The practice")  # fmt: skip


# --- money ------------------------------------------------------------------------------------------------------------
LEDGER = "month,area,budget,actual\n2019-09,acute,100.00,110.50\n2019-09,community,50,40\n2019-09,total,150,150.50\n"


def test_the_ledger_is_taken_tied_restated_and_forecast(site):
    from oneplace.web.finance.models import LedgerMonth

    finance, address = site.client("finance"), "/finance/supply/ledger"
    assert "Supply the ledger" in text_of(site, "finance", "/finance/")
    assert finance.post(address, {"source": "", "rows": LEDGER}).status_code == 422
    untied = finance.post(address, {"source": "report", "rows": LEDGER.replace("150.50", "150.51")})
    assert untied.status_code == 422 and "does not tie" in untied.content.decode()
    assert not LedgerMonth.objects.exists()
    file = io.BytesIO(("\ufeff" + LEDGER).encode())
    file.name = "ledger.csv"
    assert finance.post(address, {"source": "report", "file": file}).status_code == 302
    latin = io.BytesIO("month,area\xe9".encode("latin-1"))
    latin.name = "x.csv"
    assert finance.post(address, {"source": "report", "file": latin}).status_code == 422
    rows = {r["Area"]: r for r in rows_of(site, "finance", "/finance/?csv=areas")}
    assert set(rows) == {"acute", "community"}
    restated = LEDGER.replace("110.50", "111.50").replace("150.50", "151.50")
    assert finance.post(address, {"source": "second report", "rows": restated}).status_code == 302
    assert finance.post(address, {"source": "second report", "rows": restated}).status_code == 302
    kept = LedgerMonth.objects.get()
    assert kept.version == 2 and kept.lines["acute"]["actual"] == "111.50"
    assert [v.content["lines"]["acute"]["actual"] for v in kept.versions()] == ["110.50", "111.50"]
    said = {"best_gbp": "1,100", "likely_gbp": "£1,200", "worst_gbp": "1300", "unmitigated_risk_gbp": "0", "reason": "Winter"}  # fmt: skip
    assert (
        finance.post("/finance/areas/acute/outturn", {**said, "worst_gbp": "1150"}).status_code
        == 422
    )
    assert finance.post("/finance/areas/acute/outturn", said).status_code == 302
    assert finance.post("/finance/areas/acute/outturn", {**said, "version": 0}).status_code == 409
    assert rows_of(site, "board", "/finance/?csv=areas")[0]["Outturn"] == "1200"
    assert "Winter" in text_of(site, "board", "/finance/areas/acute")
    assert finance.get("/finance/areas/nowhere").status_code == 404
    assert site.client("board").post(address, {"source": "x", "rows": LEDGER}).status_code == 404


def test_a_recovery_plan_is_asked_for_received_and_agreed(site):
    finance, address = site.client("finance"), "/finance/savings/medicines/recovery"
    asked = {
        "asked_of": "Medicines lead",
        "why": "Short by a quarter",
        "due_on": "1/11/2019",
        "state": "asked",
    }
    assert finance.post(address, asked).status_code == 302
    assert finance.post(address, {**asked, "state": "received", "version": 1}).status_code == 422
    got = {**asked, "state": "received", "plan": "Switch two lines", "version": 1}
    assert finance.post(address, got).status_code == 302
    assert finance.post(address, {**got, "state": "agreed"}).status_code == 409
    assert "Received, 1 November 2019" in text_of(site, "board", "/finance/savings?csv=savings")


def test_contract_monitoring_stands_beside_tariff_and_cash(site):
    rows = "month,contract,pod,plan,actual,price,tolerance_pct,marginal_rate_pct\n2019-09,One,NEL,100,110,2000,2,70\n"
    finance = site.client("finance")
    assert (
        finance.post("/finance/supply/contracts", {"source": "report", "rows": rows}).status_code
        == 302
    )
    [row] = rows_of(site, "finance", "/finance/activity?csv=contracts")
    assert (float(row["At tariff"]), float(row["Under the contract"]), row["In cash"]) == (
        20000,
        11200,
        "Not known",
    )
    assert finance.post("/finance/supply/elsewhere", {}).status_code == 404
