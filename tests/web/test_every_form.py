"""The forms that `test_forms` leaves: all naughty strings through each of them, stored and shown as
they were typed.

The last test names every form of the site, so that a new one has to be put through the same.
"""

from __future__ import annotations

import html
import subprocess
import sys

import pytest
from test_doors import _somebody_elses
from test_forms import BLNS, acceptable, batches, kept, naughty, squeezed

from serving import clean

pytestmark = pytest.mark.skipif(
    not BLNS.exists(), reason="needs ../shared/corpora/blns, the big list of naughty strings"
)
WHY = "Because of what follows here: "


def page(client, address: str) -> str:
    return squeezed(html.unescape(client.get(address).content.decode()))


def sent(client, address: str, fields: dict[str, object], texts: dict[str, str]) -> bool:
    """True when it was stored; False when it was refused with what was typed still in its field."""
    response = client.post(address, {**fields, **texts})
    assert response.status_code in (200, 302, 422), (response.status_code, texts)
    if response.status_code != 422:
        return True
    assert not all(acceptable(t) for t in texts.values()) or any(
        len(t) > 190 for t in texts.values()
    ), texts
    again = squeezed(html.unescape(response.content.decode()))
    for text in texts.values():
        assert squeezed(kept(text)) in again or not acceptable(text), text
    return False


def test_a_forecast_of_savings(site):
    from oneplace.web import desk
    from oneplace.web.finance.models import SavingForecast

    line = desk.session().plan_documents.finances.savings.lines[0].id
    client, stored = site.client("finance"), []
    for text in naughty():
        version = SavingForecast.objects.values_list("version", flat=True).first() or 0
        fields = {"forecast_gbp": "250,000", "stage": "identified", "version": version}
        if sent(client, f"/finance/savings/{line}/forecast", fields, {"reason": text}):
            assert SavingForecast.objects.get().reason == kept(text)
            stored.append(text)
            if len(stored) % 25 == 1:
                assert squeezed(kept(text)) in page(client, f"/finance/savings/{line}"), text
    assert len(stored) > 400


def test_a_held_feed(site):
    from oneplace.web.analyst.models import FeedDecision

    client, address = site.client("analyst"), "/analyst/feeds/person"
    stored = []
    for number, text in enumerate(naughty()):
        state, version = ("held", "accepted")[len(stored) % 2], len(stored)
        if sent(
            client, f"{address}/decision", {"state": state, "version": version}, {"reason": text}
        ):
            assert FeedDecision.objects.get().reason == kept(text), number
            stored.append(text)
    shown = page(client, address)
    assert len(stored) > 400 and all(squeezed(kept(t)) in shown for t in stored)


def test_a_question_to_the_board(site):
    from oneplace.web.board.models import BoardDecision

    client = site.client("planner")
    stored = [t for t in naughty() if sent(client, "/board/decisions/ask", {}, {"question": t})]
    assert [d.question for d in BoardDecision.objects.order_by("pk")] == [kept(t) for t in stored]
    shown = page(client, "/board/decisions")
    assert len(stored) > 400 and all(squeezed(kept(t)) in shown for t in stored)


def test_an_emergency_and_its_review(site):
    from oneplace.web.accounts.models import BrokenGlass

    clinician, officer = site.client("clinician"), site.client("privacy_officer")
    person, stored = str(_somebody_elses(site)), []
    for text in naughty():
        if not acceptable(WHY + text):
            continue
        assert sent(clinician, "/emergency", {"person": person}, {"reason": WHY + text})
        broken = BrokenGlass.objects.order_by("-pk").first()
        assert broken.reason == " ".join((WHY + text).split())  # one line: it stands in a table
        BrokenGlass.objects.filter(pk=broken.pk).update(
            closed_at=broken.at
        )  # an open one needs no other
        if sent(
            officer,
            f"/privacy/emergency/{broken.pk}",
            {"review": "justified"},
            {"review_note": text},
        ):
            broken.refresh_from_db()
            assert broken.review_note == kept(text)
        stored.append(WHY + text)
    shown = page(officer, "/privacy/emergency")
    assert len(stored) > 400 and all(squeezed(t) in shown for t in stored)


def test_a_change_to_a_scheme_and_the_boards_answer(site):
    from test_mornings import scheme_form

    from oneplace.documents.versions import version
    from oneplace.plan.programme import Plan
    from oneplace.web.programme.models import Approval, Proposal

    planner, board, stored = site.client("planner"), site.client("board"), 0
    form = {**scheme_form(site), "step": "propose"}
    for batch in batches(naughty(), ("lead", "purpose", "summary")):
        if not sent(planner, "/programme/schemes/H1/edit", form, batch):
            continue
        proposal = Proposal.objects.order_by("-pk").first()
        scheme = next(
            s for s in version(site.folder, proposal.digest, Plan).schemes if s.id == "H1"
        )
        assert (scheme.lead or "", scheme.purpose) == (kept(batch["lead"]), kept(batch["purpose"]))
        assert proposal.summary == kept(batch["summary"])
        shown = page(board, f"/board/proposals/{proposal.pk}")
        assert all(squeezed(kept(t)) in shown for t in batch.values()), batch
        answer = {"answer": "refuse", "version": 1, "note": batch["purpose"]}
        assert board.post(f"/board/proposals/{proposal.pk}/answer", answer).status_code == 302
        assert Approval.objects.get(proposal=proposal).note == kept(batch["purpose"])
        stored += 1
    assert stored > 100


def test_days_and_numbers_take_no_words(site):
    planner, coordinator = site.client("planner"), site.client("coordinator")
    nine = f"/neighbourhood/teams/{site.team}/nine-o-clock"
    risk = {"kind_of": "risk", "title": "t", "description": "d", "owner": "o", "state": "open"}
    for batch in batches(
        naughty(), ("meets_on", "likelihood", "impact", "review_on", "scheme", "kind_of", "lead")
    ):
        assert coordinator.post(nine, {"meets_on": batch["meets_on"]}).status_code == 422, batch
        assert planner.post("/programme/risks/new", {**risk, **batch}).status_code == 422, batch
        assert planner.post("/programme/schemes/H1/link", {"lead": batch["lead"]}).status_code in (
            302,
            404,
        ), batch


def test_the_month_of_a_paper_is_chosen_not_written(site):
    from oneplace.web.jobs.models import Job

    planner = site.client("planner")
    for text in naughty():
        assert planner.post("/builds/paper", {"month": text}).status_code < 500, text
    assert not Job.objects.filter(kind="paper").exists()


def test_a_note_on_a_published_paper(site):
    from oneplace.web.board.models import Publication

    subprocess.run(
        [sys.executable, "-m", "oneplace", "report", site.folder, "--month", "2019-09"],
        check=True,
        env=clean(),
    )
    board = site.client("board")
    from oneplace.web import parts

    paper = parts.papers()[0]
    address = f"/board/papers/{paper.month}/{paper.number}/publish"
    stored = 0
    for text in naughty():
        answer = ("publish", "withdraw")[stored % 2]
        response = board.post(address, {"answer": answer, "note": text, "version": stored})
        assert response.status_code in (302, 422), text
        if response.status_code == 302:
            assert Publication.objects.get().note == kept(text)
            stored += 1
    assert stored > 400


def test_every_form_of_the_site_is_among_those_tried():
    """A new form: put all strings through it, here or in test_forms, and then name it."""
    import importlib

    from django import forms

    for room in (
        "accounts",
        "analyst",
        "board",
        "directory",
        "finance",
        "jobs",
        "neighbourhood",
        "programme",
    ):
        importlib.import_module(f"oneplace.web.{room}.views")
    importlib.import_module("oneplace.web.config.urls")

    def under(kind: type) -> set[type]:
        return {kind, *(c for k in kind.__subclasses__() for c in under(k))}

    found = {c.__name__ for c in under(forms.Form) if c.__module__.startswith("oneplace.")}
    tried_in_test_forms = {
        "SignIn",
        "ReviewForm",
        "ActionForm",
        "ReferForm",
        "RiskForm",
        "DecisionForm",
        "ReturnForm",
    }
    tried_here = {"ForecastForm", "FeedForm", "QuestionForm", "GlassForm", "GlassReview", "SchemeForm", "ApprovalForm",
                  "FreezeForm", "NoteForm"}  # fmt: skip
    tried_with_the_team = {"AddForm", "ChangeForm", "EscalateForm", "AnswerForm", "MattersForm", "AskForm", "ObjectForm",
                            "RecordForm"}  # fmt: skip
    tried_with_measures = {"RebaseForm", "ReportForm", "GoalForm"}
    tried_with_the_office = {"RiskStepForm", "ControlForm", "AssuranceForm", "RiskActionForm", "EvidenceForm", "GateForm",
                             "VerdictForm", "RecoveryForm", "OutturnForm", "SupplyForm", "AccountForm", "TieForm",
                             "ChoosePassword", "ChangePassword", "AuditSearch"}  # fmt: skip
    tried_with_rights = {"WithholdForm", "WithholdingForm", "ProxyForm", "RetentionForm"}
    short_ones = {"WithdrawForm", "PaperForm"}  # one text, the same field as the reason of a rebase
    assert found == (
        tried_in_test_forms
        | tried_here
        | tried_with_the_team
        | tried_with_measures
        | tried_with_the_office
        | tried_with_rights
        | short_ones
    )
