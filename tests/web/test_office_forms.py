"""The forms of the programme office, the quality lead, finance and accounts: every naughty string
stored and shown as typed."""

from __future__ import annotations

import html

import pytest
from test_every_form import page, sent
from test_forms import BLNS, acceptable, batches, kept, naughty, squeezed

pytestmark = pytest.mark.skipif(
    not BLNS.exists(), reason="needs ../shared/corpora/blns, the big list of naughty strings"
)


def cases(site):
    """Name -> (who, address, what else the form needs, its texts, the entry that keeps them, where
    it is shown)."""
    import datetime as dt

    from oneplace.web import desk
    from oneplace.web.finance.models import OutturnForecast, RecoveryPlan
    from oneplace.web.programme import actions
    from oneplace.web.programme.models import (
        Assurance,
        ComplianceEvidence,
        Control,
        Gate,
        Risk,
        RiskAction,
        Verdict,
    )

    risk = Risk.write(by=site.user("risk"), title="t", description="d", likelihood=3, impact=3, owner="o", review_on=dt.date(2019, 12, 1))  # fmt: skip
    control = Control.write(by=site.user("risk"), risk=risk, what="w", owner="o")
    returned = actions.send_return("H1", dt.date(2019, 10, 1), by=site.user("scheme_lead"), base=0, delivery="on_track", benefit="on_track", reason="", milestones={}, figures={})  # fmt: skip
    who = desk.session().place.table("practices").to_pylist()[0]["practice_code"]
    money = {"best_gbp": 1, "likely_gbp": 2, "worst_gbp": 3, "unmitigated_risk_gbp": 0}
    finance = site.client("finance")
    rows = "month,area,budget,actual\n2019-09,acute,1,1\n2019-09,total,1,1\n"
    assert finance.post("/finance/supply/ledger", {"source": "s", "rows": rows}).status_code == 302
    at = f"/programme/risks/{risk.pk}"
    return {
        "control": ("risk", f"/programme/risks/controls/{control.pk}", {"state": "in_place"}, ("what", "owner"), Control, at),
        "assurance": ("risk", f"/programme/risks/controls/{control.pk}/assurances/new", {"line": "first", "given_on": "1/9/2019", "finding": "works"}, ("what",), Assurance, at),
        "action": ("risk", f"{at}/actions/new", {"due_on": "1/9/2019", "state": "open"}, ("what", "owner"), RiskAction, at),
        "evidence": ("risk", f"/programme/compliance/practices/P1/{who}", {"met": "yes", "given_on": "1/9/2019"}, ("said_by", "evidence"), ComplianceEvidence, "/programme/compliance/practices/P1"),
        "gate": ("planner", "/programme/schemes/H1/gates/mandate", {"state": "awaiting"}, ("decided_by", "reason"), Gate, "/programme/schemes/H1"),
        "verdict": ("planner", f"/programme/returns/{returned.pk}/accepted", {}, ("words",), Verdict, "/programme/schemes/H1"),
        "recovery": ("finance", "/finance/savings/medicines/recovery", {"due_on": "1/9/2019", "state": "asked"}, ("asked_of", "why"), RecoveryPlan, "/finance/savings/medicines"),
        "outturn": ("finance", "/finance/areas/acute/outturn", money, ("reason",), OutturnForecast, "/finance/areas/acute"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "name", ["control", "assurance", "action", "evidence", "gate", "verdict", "recovery", "outturn"]
)
def test_what_is_typed_is_stored_and_shown(site, name):
    role, address, fixed, fields, model, at = cases(site)[name]
    client, stored = site.client(role), 0
    for number, batch in enumerate(batches(naughty(), fields)):
        last = model.objects.order_by("-pk").first()
        version = last.version if last and "/new" not in address else 0
        if not sent(client, address, {**fixed, "version": version}, batch):
            continue
        entry = model.objects.order_by("-pk").first()
        assert {k: getattr(entry, k) for k in fields} == {k: kept(v) for k, v in batch.items()}, (
            batch
        )
        stored += 1
        if number % 40 == 0:
            shown = page(client, at)
            assert all(squeezed(kept(t)) in shown for t in batch.values()), batch
    assert stored > 0.7 * len(naughty()) / len(fields)


def test_a_step_of_a_risk(site):
    import datetime as dt

    from oneplace.web.programme.models import Risk

    risk = Risk.write(by=site.user("risk"), title="t", description="d", likelihood=3, impact=3, owner="o", review_on=dt.date(2019, 12, 1))  # fmt: skip
    client, stored = site.client("risk"), 0
    for batch in batches(naughty(), ("evidence", "escalated_to")):
        risk.refresh_from_db()
        step = {"open": "escalated", "escalated": "open"}[risk.state]
        if sent(
            client, f"/programme/risks/{risk.pk}/step/{step}", {"version": risk.version}, batch
        ):
            risk.refresh_from_db()
            assert (risk.evidence, risk.escalated_to) == tuple(
                kept(batch[k]) for k in ("evidence", "escalated_to")
            )
            stored += 1
    assert stored > 150


def test_the_commentary_of_a_pack(site):
    from oneplace.web.programme.models import Pack

    planner = site.client("planner")
    for text in naughty():
        version = Pack.objects.values_list("version", flat=True).first() or 0
        answer = planner.post(
            "/programme/line-of-sight/pack",
            {"commentary": text, "step": "keep", "version": version},
        )
        assert answer.status_code in (302, 422), text
        if answer.status_code == 302:
            assert Pack.objects.get().commentary == kept(text)
        else:
            assert not acceptable(text)


def test_accounts_their_ties_and_their_passwords(site):
    from oneplace.web.accounts.models import User

    admin, stored = site.client("administrator"), 0
    for number, batch in enumerate(batches(naughty(), ("name", "organisation"))):
        fields = {"username": f"u{number}", "role": "planner"}
        if sent(admin, "/accounts/new", fields, batch):
            user = User.objects.get(username=f"u{number}")
            assert (user.name, user.organisation) == (
                kept(batch["name"]),
                kept(batch["organisation"]),
            )
            stored += 1
            if number % 40 == 0:
                assert squeezed(user.name) in page(admin, f"/accounts/{user.pk}")
    assert stored > 150
    tie = f"/accounts/{User.objects.get(username='planner').pk}/ties/new"
    for text in naughty():
        assert admin.post("/accounts/new", {"username": text, "name": "n", "role": "planner", "email": text}).status_code == 422, text  # fmt: skip
        for kind in ("care_team", "self"):
            assert (
                admin.post(tie, {"tie": kind, "subject": text, "until": text}).status_code == 422
            ), text
        search = site.client("privacy_officer").get(
            "/privacy/who-looked", {"person": text, "actor": text, "since": text}
        )
        assert search.status_code in (200, 422), text


def test_odd_passwords_are_passwords_or_refused(site):
    from oneplace.web.accounts import keeping
    from oneplace.web.accounts.models import User

    by = keeping.Doing(keeping.COMMAND_LINE, "test")
    user = keeping.make("odd", name="Odd", role="planner", by=by)
    chosen = 0
    for text in naughty()[::7]:
        address = "/password/set/" + keeping.one_time_link(User.objects.get(pk=user.pk), by=by)
        client = site.client()
        answer = client.post(address, {"password": text, "again": text})
        assert answer.status_code in (302, 422), text
        if answer.status_code == 302:
            chosen += 1
            assert User.objects.get(pk=user.pk).check_password(text)
            wrong = client.post(
                "/password",
                {"now": text + "x", "password": "three odd words", "again": "three odd words"},
            )
            assert wrong.status_code == 422
        elif len(text) > 3:
            assert html.escape(text) not in answer.content.decode(), "a password is not shown again"
    assert chosen > 10


def test_what_is_supplied_is_taken_or_refused_never_half(site):
    from oneplace.web.finance.models import ContractMonth, LedgerMonth

    finance = site.client("finance")
    for text in naughty():
        cell = '"' + text.replace('"', '""') + '"'
        ledger = f"month,area,budget,actual\n2019-09,{cell},1,1\n2019-09,total,1,1\n"
        answer = finance.post("/finance/supply/ledger", {"source": text, "rows": ledger})
        assert answer.status_code in (302, 422), text
        monitoring = f"month,contract,pod,plan,actual,price,tolerance_pct,marginal_rate_pct\n2019-09,{cell},p,1,1,1,,\n"
        answer = finance.post("/finance/supply/contracts", {"source": "s", "rows": monitoring})
        assert answer.status_code in (302, 422), text
        assert (
            finance.post("/finance/supply/ledger", {"source": "s", "rows": text}).status_code == 422
        ), text
    assert LedgerMonth.objects.count() == ContractMonth.objects.count() == 1
    assert (
        finance.get("/finance/").status_code == finance.get("/finance/activity").status_code == 200
    )
