"""What is written on a measure's pages, and what the waiting list answers: rebases, reports,
evidence, the reader's own numbers."""

from __future__ import annotations

import html

import pytest
from test_forms import BLNS, acceptable, kept, naughty, squeezed

from oneplace.answers import performance

MEASURE = "ae-4-hours"
ORG = "HX1"


def text_of(client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return " ".join(html.unescape(response.content.decode()).split())


@pytest.fixture()
def empty(site):
    """Before and after: no rebase, no report, no evidence of a goal."""
    from oneplace.web.board.models import ExceptionReport, MeasureRebase
    from oneplace.web.programme.models import ComplianceEvidence

    def sweep() -> None:
        MeasureRebase.objects.all().delete()
        ExceptionReport.objects.all().delete()
        ComplianceEvidence.objects.filter(matrix="goals").delete()

    sweep()
    yield site
    sweep()


REBASE = {"organisation": ORG, "month": "2017-06", "reason": "A new minor injuries unit opened", "author": "Dr Reed", "said_on": "1 May 2018", "version": "0"}  # fmt: skip


def test_a_rebase_starts_the_limits_afresh_and_withdrawing_it_gives_the_old_ones_back(empty):
    from oneplace.web import parts
    from oneplace.web.board.models import MeasureRebase

    client, address = empty.client("analyst"), f"/board/performance/{MEASURE}"
    before = parts.measured(performance.measure_page, MEASURE, ORG)
    assert before["chart"]["rebases"] == []
    assert client.post(f"{address}/rebase", REBASE).status_code == 302
    after = parts.measured(performance.measure_page, MEASURE, ORG)
    assert [(r["month"], r["author"]) for r in after["chart"]["rebases"]] == [
        ("2017-06-01", "Dr Reed")
    ]
    assert len({p["segment"] for p in after["points"]}) == 2
    assert {p["mean"] for p in after["points"]} != {p["mean"] for p in before["points"]}
    page = text_of(client, f"{address}?org={ORG}")
    assert "A new minor injuries unit opened" in page and "Withdraw it" in page
    # The paper starts afresh there, too.
    picture = parts.pictures("performance")[f"ae-within-{ORG}"]
    assert [r.reason for r in picture.drawing.rebases] == ["A new minor injuries unit opened"]
    entry = MeasureRebase.objects.get()
    assert (
        client.post(f"{address}/rebase", REBASE).status_code == 422
    )  # the chart starts afresh there already
    undo = f"{address}/rebases/{entry.pk}"
    assert client.post(undo, {"withdrawn_reason": "", "version": "1"}).status_code == 422
    assert (
        client.post(
            undo, {"withdrawn_reason": "It opened a year later", "version": "1"}
        ).status_code
        == 302
    )
    restored = parts.measured(performance.measure_page, MEASURE, ORG)
    assert [p["mean"] for p in restored["points"]] == [p["mean"] for p in before["points"]]
    page = text_of(client, f"{address}?org={ORG}")
    assert "Withdrawn: It opened a year later" in page
    assert [v.version for v in entry.versions()] == [1, 2]
    assert parts.pictures("performance")[f"ae-within-{ORG}"].drawing.rebases == ()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"month": "2030-01"}, "A month that the chart has"),
        ({"month": "spring"}, "Write the month like 2019-04"),
        ({"month": "2017"}, "One month"),
        ({"reason": ""}, "Say what changed"),
        ({"author": ""}, "Name who says so"),
        ({"said_on": "1 May 2030"}, "A day that has come"),
        ({"organisation": "XYZ"}, "Choose one of the charts"),
    ],
)
def test_a_rebase_is_refused_with_the_reason(empty, change, says):
    from oneplace.web.board.models import MeasureRebase

    response = empty.client("analyst").post(
        f"/board/performance/{MEASURE}/rebase", {**REBASE, **change}
    )
    assert response.status_code == 422
    assert says in html.unescape(response.content.decode())
    assert not MeasureRebase.objects.exists()


def test_only_an_analyst_writes_about_measures_and_only_risk_and_planning_attest_goals(empty):
    from oneplace.safety.decide import Role

    for role in (r.value for r in Role):
        client = empty.client(role)
        expected = 200 if role == "analyst" else 404
        for address in ("rebase", "exception"):
            assert client.get(f"/board/performance/{MEASURE}/{address}").status_code == expected, (
                role,
                address,
            )
        attests = 200 if role in ("planner", "risk") else 404
        assert client.get("/board/performance/goals/S01").status_code == attests, role


def test_an_exception_report_stands_on_the_page_and_in_the_lists_until_it_is_closed(empty):
    from oneplace.web import parts
    from oneplace.web.board.models import ExceptionReport

    client, address = empty.client("analyst"), f"/board/performance/{MEASURE}/exception"
    report = {"organisation": ORG, "signal": "Eight months below the mean", "action": "Open the second triage desk", "owner": "Dr Reed", "due_on": "1 December 2019", "state": "open", "version": "0"}  # fmt: skip
    form = text_of(client, f"{address}?org={ORG}")
    assert "What happened" in form
    assert client.post(address, report).status_code == 302
    assert (
        client.post(address, {**report, "version": "0"}).status_code == 409
    )  # somebody wrote it meanwhile
    page = text_of(empty.client("board"), f"/board/performance/{MEASURE}?org={ORG}")
    assert "Open the second triage desk" in page and "Dr Reed" in page
    listed = [
        e for e in parts.measured(performance.exceptions)["exceptions"] if e["measure"] == MEASURE
    ]
    assert listed and listed[0]["actions"][0]["action"] == "Open the second triage desk"
    assert "Open the second triage desk" in text_of(empty.client("planner"), "/board/performance")
    assert client.post(address, {**report, "state": "closed", "version": "1"}).status_code == 302
    assert "Open the second triage desk" not in text_of(
        empty.client("board"), f"/board/performance/{MEASURE}?org={ORG}"
    )
    assert ExceptionReport.objects.get().state == "closed"


def test_evidence_decides_a_goal_that_no_figure_decides(empty):
    from oneplace.web import parts

    goals = parts.measured(performance.goals)["goals"]
    open_goal = next(g for g in goals if g["verdict"] not in ("met", "not met"))
    assert open_goal["feed"] and open_goal["shown_by"] is None
    client, address = empty.client("risk"), f"/board/performance/goals/{open_goal['id']}"
    said = {"met": "yes", "given_on": "1 September 2019", "said_by": "Quality lead", "evidence": "Minutes of 28 August 2019, item 4", "version": "0"}  # fmt: skip
    assert client.post(address, {**said, "evidence": ""}).status_code == 422
    assert client.post(address, {**said, "given_on": "1 September 2031"}).status_code == 422
    assert client.post(address, said).status_code == 302
    now = next(g for g in parts.measured(performance.goals)["goals"] if g["id"] == open_goal["id"])
    assert (now["verdict"], now["shown_by"]) == ("met", "evidence")
    assert "Minutes of 28 August 2019, item 4" in now["why"]
    assert "Minutes of 28 August 2019, item 4" in text_of(
        empty.client("board"), "/board/performance/goals"
    )
    assert client.post(address, {**said, "met": "no", "version": "1"}).status_code == 302
    again = next(
        g for g in parts.measured(performance.goals)["goals"] if g["id"] == open_goal["id"]
    )
    assert again["verdict"] == "not met"


def test_the_waiting_list_answers_with_the_readers_own_numbers(site):
    client = site.client("planner")
    page = text_of(client, "/board/performance/waiting-list")
    assert "What it would take to have 92% under 18 weeks" in page and "Who came and went" in page
    many = text_of(client, "/board/performance/waiting-list?capacity=100000&share=92")
    none = text_of(client, "/board/performance/waiting-list?capacity=0")
    assert many != none and "with 0 treated a month" in none
    impossible = text_of(client, "/board/performance/waiting-list?share=99.9&by=2019-10")
    assert "No capacity does" in impossible
    past = text_of(client, "/board/performance/waiting-list?by=2015-01")
    assert "January 2015 is not after" in past
    for wrong in (
        "capacity=many",
        "capacity=-1",
        "capacity=1e99",
        "capacity=nan",
        "share=0",
        "share=101",
        "by=soon",
    ):
        response = client.get(f"/board/performance/waiting-list?{wrong}")
        assert response.status_code == 422, wrong
    assert client.get("/board/performance/waiting-list?kind=nothing").status_code == 200


@pytest.mark.skipif(
    not BLNS.exists(), reason="needs ../shared/corpora/blns, the big list of naughty strings"
)
def test_all_naughty_strings_through_what_is_written_about_measures(empty):
    from oneplace.web.board.models import ExceptionReport, MeasureRebase
    from oneplace.web.programme.models import ComplianceEvidence

    analyst, risk, stored = empty.client("analyst"), empty.client("risk"), 0
    for number, text in enumerate(naughty()):
        if number % 3 == 0:
            MeasureRebase.objects.all().delete()
            response = analyst.post(
                f"/board/performance/{MEASURE}/rebase", {**REBASE, "reason": text}
            )
            found = MeasureRebase.objects.values_list("reason", flat=True)
        elif number % 3 == 1:
            version = ExceptionReport.objects.values_list("version", flat=True).first() or 0
            report = {"organisation": ORG, "signal": text, "action": text, "owner": "Dr Reed", "due_on": "1 December 2019", "state": "open"}  # fmt: skip
            response = analyst.post(
                f"/board/performance/{MEASURE}/exception", {**report, "version": version}
            )
            found = ExceptionReport.objects.values_list("signal", flat=True)
        else:
            version = (
                ComplianceEvidence.objects.filter(matrix="goals")
                .values_list("version", flat=True)
                .first()
                or 0
            )
            said = {
                "met": "yes",
                "given_on": "1 September 2019",
                "said_by": "Quality lead",
                "evidence": text,
            }
            response = risk.post("/board/performance/goals/S02", {**said, "version": version})
            found = ComplianceEvidence.objects.filter(matrix="goals").values_list(
                "evidence", flat=True
            )
        assert response.status_code == (302 if acceptable(text) else 422), text
        if response.status_code == 302:
            stored += 1
            assert list(found) == [kept(text)]
            if stored % 60 == 1:
                shown = squeezed(
                    html.unescape(
                        analyst.get(f"/board/performance/{MEASURE}?org={ORG}").content.decode()
                    )
                )
                assert number % 3 == 2 or squeezed(kept(text)) in shown, text
    assert stored > 400
