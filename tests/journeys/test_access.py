"""Every page as its reader, at three widths: axe finds nothing, nothing scrolls sideways,
everything can be hit."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from oneplace.answers import people

PAGES = {
    None: ["/sign-in", "/directory/", "/directory/?need=falls&when=tuesday&time=10am", "/directory/services/nursing", "/board/papers", "/accessibility", "/sign-in?next=/x"],
    "coordinator": ["/", "/neighbourhood/teams/{team}/nine-o-clock", "/neighbourhood/teams/{team}/caseload", "/neighbourhood/teams/{team}/set-aside/care_home", "/neighbourhood/teams/{team}/after", "/neighbourhood/people/{person}", "/neighbourhood/people/{person}/explained", "/neighbourhood/people/{person}/review", "/neighbourhood/people/{person}/refer", "/neighbourhood/people/{person}/agenda", "/neighbourhood/people/{person}/notes/carer", "/neighbourhood/people/{person}/notes/plan", "/neighbourhood/teams/{team}/sheet", "/neighbourhood/teams/{team}/add", "/neighbourhood/people/{person}/withheld", "/neighbourhood/people/{person}/proxies", "/neighbourhood/people/{person}/everything", "/nowhere"],
    "clinician": ["/emergency", "/neighbourhood/people/{person}", "/neighbourhood/people/{person}/advance-care", "/neighbourhood/people/{person}/notes/advance_care", "/neighbourhood/practices/{practice}/kept"],
    "planner": ["/", "/programme/", "/programme/schemes", "/programme/schemes/H1", "/programme/schemes/H1/edit", "/programme/milestones", "/programme/line-of-sight", "/programme/money", "/programme/risks", "/programme/risks/new", "/programme/schemes/H1/gates/quality_impact", "/programme/reminders", "/builds/", "/board/decisions/ask", "/board/performance/goals/S01"],
    "scheme_lead": ["/programme/returns", "/programme/schemes/H1/return"],
    "analyst": ["/analyst/feeds", "/analyst/measures", "/analyst/calibration", "/analyst/risk-model", "/analyst/feeds/person", "/analyst/measures/rtt-incomplete", "/analyst/compare", "/analyst/profile", "/analyst/claims", "/analyst/claims/H1-nel", "/analyst/people/{person}", "/board/performance/ae-4-hours/rebase", "/board/performance/ae-4-hours/exception"],
    "board": ["/board/", "/board/performance", "/board/claims", "/board/activity", "/board/inequality", "/board/decisions", "/board/decisions/new", "/board/people", "/board/performance/rtt-incomplete", "/board/performance/goals", "/board/performance/waiting-list", "/board/performance/charts/trajectory-rtt-incomplete", "/figures/people.residents", "/board/money", "/board/milestones", "/board/papers", "/board/papers/2019-09/1", "/board/papers/2019-09/1/about"],
    "finance": ["/", "/finance/", "/finance/savings", "/finance/savings/medicines", "/finance/savings/medicines/forecast", "/finance/activity", "/finance/savings/medicines/recovery", "/finance/supply/ledger", "/finance/supply/contracts"],
    "risk": ["/", "/programme/risks", "/programme/assurance", "/programme/compliance", "/programme/compliance/practices", "/programme/compliance/practices/P1", "/programme/compliance/practices/P1/{practice}"],
    "administrator": ["/", "/accounts/", "/accounts/new", "/accounts/1", "/accounts/1/edit", "/accounts/1/ties/new", "/my-account", "/password"],
    "privacy_officer": ["/privacy/emergency", "/privacy/who-looked?verify=1", "/privacy/kept-back", "/privacy/proxies", "/privacy/requests", "/privacy/retention"],
    "resident": ["/my-record", "/my-record/what-matters", "/my-record/ask", "/my-record/choices", "/my-record/corrections", "/my-record/who-may-look", "/my-record/copy", "/privacy/retention"],
}  # fmt: skip
RUN = "async () => (await axe.run(document, {resultTypes: ['violations']})).violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).slice(0, 3).join(' | '))"
SMALL = """() => [...document.querySelectorAll('main button, main input:not([type=hidden]), main select, header a, nav a')]
  .filter(e => e.offsetParent && (e.getBoundingClientRect().height < 24 || e.getBoundingClientRect().width < 24))
  .map(e => e.outerHTML.slice(0, 80))"""

WIDTHS = (1100, 640, 375)


@pytest.fixture(scope="session")
def axe() -> str:
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None or not found.origin:
        pytest.skip(
            "needs axe-playwright-python, which carries axe-core: pip install oneplace[dev]"
        )
    return (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def known(served) -> dict[str, str]:
    from oneplace.answers import open_place

    with open_place(served.folder) as session:
        team = people.teams(session)[0]
        practice = session.place.table("practices").to_pylist()[0]["practice_code"]
        return {
            "team": team,
            "person": people.caseload(session, team)["people"][0]["person"],
            "practice": practice,
        }


@pytest.mark.parametrize("role", PAGES, ids=str)
def test_every_page_is_clean(reader, axe, known, role):
    visitor, wrong = reader(role), {}
    for path in PAGES[role]:
        page = visitor.go(path.format(**known))
        page.evaluate(axe)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            found = page.evaluate(RUN)
            if page.evaluate(
                "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            ):
                found.append("the page scrolls sideways")
            found += [f"under 24 px: {e}" for e in page.evaluate(SMALL)]
            if found:
                wrong[f"{path} at {width}"] = found
    assert wrong == {}, json.dumps(wrong, indent=1)


# Where the work of a morning is done, from the first look to the last button.
FLOWS = {
    "coordinator": ["/", "/neighbourhood/teams/{team}/nine-o-clock", "/neighbourhood/people/{person}", "/neighbourhood/people/{person}/review"],
    "scheme_lead": ["/programme/schemes/H1/return"],
    "planner": ["/programme/", "/programme/schemes/H1/edit"],
    "board": ["/board/", "/board/decisions/new"],
    None: ["/sign-in", "/directory/"],
}  # fmt: skip
REACHABLE = """() => [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
  .filter(e => !e.disabled && e.tabIndex >= 0 && e.checkVisibility() && (e.type !== 'radio' || e.checked))
  .map((e, i) => { e.dataset.reach = i; return e.outerHTML.slice(0, 90); })"""
FOCUSED = """() => { const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
  return [e.dataset.reach, s.outlineStyle !== 'none' || s.boxShadow !== 'none', r.bottom > 0 && r.top < innerHeight]; }"""


@pytest.mark.parametrize("role", FLOWS, ids=str)
def test_tab_reaches_everything_and_shows_where_it_is(reader, known, role):
    visitor, wrong = reader(role), {}
    for path in FLOWS[role]:
        page = visitor.go(path.format(**known))
        there, reached = page.evaluate(REACHABLE), set()
        for _ in range(len(there) + 2):
            page.keyboard.press("Tab")
            number, visible, in_view = page.evaluate(FOCUSED)
            if number is not None:
                reached.add(int(number))
                if not (visible and in_view):
                    wrong[f"{path}: no focus seen on {there[int(number)]}"] = (visible, in_view)
        wrong |= {
            f"{path}: Tab never reaches {e}": () for i, e in enumerate(there) if i not in reached
        }
    assert wrong == {}, json.dumps(wrong, indent=1)
