"""Every page that somebody can open is among those that the browser looks at in three widths
(`journeys/test_access`)."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from test_doors import routes

ACCESS = Path(__file__).resolve().parents[1] / "journeys" / "test_access.py"
# No page of their own: data, files, posts, redirects, fragments; or reached only by what a journey
# does first.
NO_PAGE = {"api_services", "api_service", "api_taxonomy", "healthz", "sign_out", "paper_pdf", "publish", "judge_feed",
           "send_link", "ask_build", "ask_claims", "ask_paper", "stop_job", "job_progress", "decide_proposal", "neighbourhood",
           "chase", "practices", "close_glass", "write_pack", "compliance_several", "account_step", "end_tie", "leave_everywhere"}  # fmt: skip
IN_A_JOURNEY = {
    "set_password",
    "judge_return",
    "answer_return",
    "pack",
    "step_risk",
    "new_control",
    "edit_control",
    "new_assurance",
    "edit_assurance",
    "new_risk_action",
    "edit_risk_action",
    "area",
    "outturn",
    "withdraw_rebase",
    "checked_claims",
    "action",
    "escalate",
    "remind",
    "referral",
    "person_request",
    "note",
    "glass_review",
    "proposal",
    "return_by_link",
    "risk",
    "edit_risk",
    "decision",
    "withhold",
    "withholding",
    "proxy",
    "own_proxy",
    "own_action",
    "own_referral",
    "shared_record",
}


def looked_at() -> set[str]:
    from django.urls import resolve

    spec = importlib.util.spec_from_file_location("access_of_journeys", ACCESS)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    known = {
        "team": "T1",
        "person": "1",
        "figure": "x",
        "measure": "x",
        "claim": "x",
        "line": "x",
        "chart": "x",
        "practice": "x",
    }
    found = set()
    for pages in module.PAGES.values():
        for page in pages:
            path = page.format(**known).partition("?")[0]
            if path != "/nowhere":
                found.add(resolve(path).url_name)
    return found


def test_every_page_is_looked_at(site):
    assert {p.name for p in routes()} - NO_PAGE - IN_A_JOURNEY - looked_at() == set()
