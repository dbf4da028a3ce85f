"""Each role's morning through the pages: agenda to review, link to return, change to approval; the
same counts everywhere."""

from __future__ import annotations

import datetime as dt
import os
import re

from oneplace.answers import people
from oneplace.sources.entries import database_of, read_entries


def figures(text: str) -> dict[str, str]:
    """The figures at the top of a page by their names."""
    found = re.findall(
        r'op-figure__value">(?:<a [^>]+>)?([^<]+)(?:</a>)?</span><span class="op-figure__name">([^<]+)</span>',
        text,
    )
    return {name: value for value, name in found}


def get(site, role: str, address: str, status: int = 200) -> str:
    response = site.client(role).get(address)
    assert response.status_code == status, address
    return response.content.decode()


# --- the coordinator --------------------------------------------------------------------------------------------------
def test_a_coordinator_freezes_an_agenda_records_a_review_and_it_shows_everywhere(site):
    client, team = site.client("coordinator"), site.team
    nine = f"/neighbourhood/teams/{team}/nine-o-clock"
    assert client.post(nine, {"meets_on": "2 October 2019"}).status_code == 302
    text = client.get(nine).content.decode()
    assert "Frozen for 2 October 2019" in text and "0 of 10 reviewed" in text
    person = int(re.search(r'href="/neighbourhood/people/(\d+)/review"', text)[1])
    answer = client.post(
        f"/neighbourhood/people/{person}/review",
        {
            "outcome": "discussed",
            "attended": "GP, nurse",
            "decision": "Falls clinic",
            "key_worker": "Priya Nair",
            "next_review_on": "30/10/2019",
            "what-1": "Refer to the falls clinic",
            "owner-1": "District nurse",
            "organisation-1": "Community trust",
            "due-1": "8 October 2019",
        },
    )
    assert answer.status_code == 302
    page = client.get(f"/neighbourhood/people/{person}").content.decode()
    assert "Falls clinic" in page and "Refer to the falls clinic" in page and "Priya Nair" in page
    assert "1 of 10 reviewed" in client.get(nine).content.decode()
    after = client.get(f"/neighbourhood/teams/{team}/after").content.decode()
    assert "District nurse" in after and "Refer to the falls clinic" in after
    entries = read_entries(database_of(site.folder, os.environ))
    assert [r["decision"] for r in entries["reviews"].to_pylist()] == ["Falls clinic"]
    assert [a["owner"] for a in entries["actions"].to_pylist()] == ["District nurse"]


def test_an_overdue_action_puts_its_person_first(site):
    from oneplace.web.neighbourhood.models import Action

    last = site.people()[30]
    Action.write(
        by=site.user("coordinator"),
        person_id=last,
        team_code=site.team,
        what="Call",
        owner="GP",
        due_on=dt.date(2019, 9, 1),
    )
    text = get(site, "coordinator", f"/neighbourhood/teams/{site.team}/nine-o-clock")
    first = re.search(r"<tbody><tr>.*?/neighbourhood/people/(\d+)", text)[1]
    assert int(first) == last and "1 overdue action" in text


def test_counts_are_equal_on_every_page_of_the_team(site):
    from oneplace.web.neighbourhood.models import Action

    for i, person in enumerate(site.people()[:4]):
        due = dt.date(2019, 9, 1) + dt.timedelta(days=20 * i)
        Action.write(
            by=site.user("coordinator"),
            person_id=person,
            team_code=site.team,
            what="Call",
            owner="GP",
            due_on=due,
        )
    pages = [
        f"/neighbourhood/teams/{site.team}/{p}" for p in ("nine-o-clock", "caseload", "after")
    ] + ["/"]
    found = [figures(get(site, "coordinator", p)) for p in pages]
    assert len(found[0]) == 6 and all(f == found[0] for f in found)
    from oneplace.web import desk

    listed = people.caseload(desk.session(), site.team)
    assert found[0]["registered with the team"] == f"{listed['reconciles']['registered']:,}"
    assert found[0]["on the register"] == str(listed["reconciles"]["register"])
    assert found[0]["open actions"] == "4" and found[0]["overdue actions"] == "2"


def test_the_register_has_as_many_rows_as_it_says(site):
    text = get(site, "coordinator", f"/neighbourhood/teams/{site.team}/caseload?all=1")
    rows = re.search(r'id="caseload".*?</table>', text, re.S)[0].count("<tr>") - 1
    assert str(rows) == figures(text)["on the register"]
    csv = get(site, "coordinator", f"/neighbourhood/teams/{site.team}/caseload?csv=caseload")
    assert len(csv.strip().splitlines()) - 1 == rows


def test_a_review_saved_twice_at_one_meeting_keeps_both_texts(site):
    client = site.client("coordinator")
    client.post(f"/neighbourhood/teams/{site.team}/nine-o-clock", {"meets_on": "2019-10-02"})
    address = f"/neighbourhood/people/{site.people()[0]}/review"
    form = {"outcome": "discussed", "attended": "GP", "decision": "First"}
    assert client.post(address, form).status_code == 302
    stale = site.client("clinician").post(address, {**form, "decision": "Second", "version": 0})
    assert (
        stale.status_code == 409
        and "First" in stale.content.decode()
        and "Second" in stale.content.decode()
    )
    assert client.post(address, {**form, "decision": "Second", "version": 1}).status_code == 302


# --- the scheme lead and the planner ----------------------------------------------------------------------------------
def test_a_return_by_link_changes_the_status_the_scheme_and_the_counts(site):
    from oneplace.answers import plan_status

    planner = site.client("planner")
    lead = site.user("scheme_lead").pk
    assert planner.post("/programme/schemes/H1/link", {"lead": lead}).status_code == 302
    text = planner.get("/programme/schemes/H1").content.decode()
    link = re.search(r"http://testserver(/programme/returns/by-link/[^<\s]+)", text)[1]
    before = plan_status(site.folder, on=dt.date(2019, 10, 1))
    late = next(m for m in before["milestones"] if m["scheme"] == "H1" and m["state"] == "late")
    form = {
        "delivery": "on_track",
        "benefit": "at_risk",
        "reason": "Slow start",
        f"done-{late['id']}": "1/9/2019",
    }
    nobody = site.client()
    assert nobody.get(link).status_code == 200
    assert "is in (version 1)" in nobody.post(link, form).content.decode()
    after = plan_status(site.folder, on=dt.date(2019, 10, 1))
    assert next(m for m in after["milestones"] if m["id"] == late["id"])["state"] == "done"
    assert "Slow start" in planner.get("/programme/schemes/H1").content.decode()
    assert (
        nobody.get("/programme/schemes/H1").status_code == 302
    )  # the link opened the return and nothing else
    again = nobody.post(link, {**form, "version": 1, "reason": "Again"})
    assert again.status_code == 410 and "It was used" in again.content.decode()
    assert nobody.get(link).status_code == 410
    signed_in = site.client("scheme_lead")
    assert (
        signed_in.post(
            "/programme/schemes/H1/return", {**form, "version": 0, "reason": "Again"}
        ).status_code
        == 409
    )
    changed = signed_in.post(
        "/programme/schemes/H1/return", {**form, "version": 1, "reason": "Again"}
    )
    assert "is in (version 2)" in changed.content.decode()


def test_a_return_by_link_that_meets_a_newer_one_loses_nothing_and_keeps_its_link(site):
    from oneplace.web.programme import actions

    month, lead = dt.date(2019, 10, 1), site.user("scheme_lead")
    _, token = actions.make_link("H1", month, lead, by=site.user("planner"))
    form = {"delivery": "on_track", "benefit": "on_track", "reason": "Mine"}
    actions.send_return(
        "H1",
        month,
        by=lead,
        base=0,
        delivery="at_risk",
        benefit="on_track",
        reason="Hers",
        milestones={},
        figures={},
    )
    stale = site.client().post(f"/programme/returns/by-link/{token}", {**form, "version": 0})
    assert (
        stale.status_code == 409
        and "Hers" in stale.content.decode()
        and "Mine" in stale.content.decode()
    )
    assert (
        site.client()
        .post(f"/programme/returns/by-link/{token}", {**form, "version": 1})
        .status_code
        == 200
    )


def test_a_link_that_was_touched_replaced_or_has_run_out_opens_nothing(site):
    from oneplace.web.programme import actions
    from oneplace.web.programme.models import ReturnLink

    month, lead, planner = dt.date(2019, 10, 1), site.user("scheme_lead"), site.user("planner")
    _, old = actions.make_link("H1", month, lead, by=planner)
    _, token = actions.make_link("H1", month, lead, by=planner)
    nobody = site.client()
    assert nobody.get(f"/programme/returns/by-link/{token}").status_code == 200
    for wrong in (
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        "x",
        token.replace(":", "%3A") + "x",
    ):
        assert nobody.get(f"/programme/returns/by-link/{wrong}").status_code == 404
    replaced = nobody.get(f"/programme/returns/by-link/{old}")
    assert replaced.status_code == 410 and "A newer link" in replaced.content.decode()
    ReturnLink.objects.update(until=dt.datetime(2019, 1, 1, tzinfo=dt.UTC))
    run_out = nobody.get(f"/programme/returns/by-link/{token}")
    assert run_out.status_code == 410 and "It was good until" in run_out.content.decode()


def test_a_lead_returns_only_their_own_schemes(site):
    from oneplace.web import desk
    from oneplace.web.accounts.models import Standing

    mine = set(
        Standing.objects.filter(user__username="scheme_lead").values_list("subject", flat=True)
    )
    client = site.client("scheme_lead")
    for scheme in desk.session().plan_documents.plan.schemes:
        assert client.get(f"/programme/schemes/{scheme.id}/return").status_code == (
            200 if scheme.id in mine else 404
        )


def scheme_form(site, **changes):
    text = get(site, "planner", "/programme/schemes/H1/edit")
    base = re.search(r'name="base" value="([0-9a-f]{64})"', text)[1]
    dues = dict(re.findall(r'name="(due-[^"]+)" type="text" value="([^"]*)"', text))
    purpose = re.search(r'name="purpose"[^>]*>\n(.*?)</textarea>', text, re.S)[1]
    return {
        "base": base,
        "lead": "",
        "purpose": purpose,
        "summary": "A lead is named",
        "step": "difference",
        **dues,
        **changes,
    }


def test_a_planner_sees_the_difference_proposes_and_the_board_approves_a_digest(site):
    from oneplace.web.programme.models import Approval, Proposal

    planner, board = site.client("planner"), site.client("board")
    form = scheme_form(site, lead="Tom Ashworth")
    text = planner.post("/programme/schemes/H1/edit", form).content.decode()
    assert "schemes[H1].lead" in text and "Tom Ashworth" in text
    assert (
        planner.post("/programme/schemes/H1/edit", {**form, "step": "propose"}).status_code == 302
    )
    proposal = Proposal.objects.get()
    assert "Tom Ashworth" not in (site.folder / "plan.yaml").read_text(encoding="utf-8")
    assert (
        planner.post(
            f"/board/proposals/{proposal.pk}/answer", {"answer": "approve", "version": 1}
        ).status_code
        == 404
    )
    answer = board.post(
        f"/board/proposals/{proposal.pk}/answer",
        {"answer": "approve", "version": 1, "note": "Agreed"},
    )
    assert answer.status_code == 302
    assert "Tom Ashworth" in (site.folder / "plan.yaml").read_text(encoding="utf-8")
    assert Approval.objects.get().digest == proposal.digest
    assert "Tom Ashworth" in get(site, "planner", "/programme/schemes/H1")


def test_a_plan_changed_by_somebody_else_gives_both_values_and_loses_nothing(site):
    form = scheme_form(site, purpose="What I wrote")
    path = site.folder / "plan.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("\nschemes:", "\n# an edit by hand\nschemes:"),
        encoding="utf-8",
    )
    plan = path.read_text(encoding="utf-8")
    path.write_text(
        re.sub(r"(purpose: )([^\n]+)", r"\1What they wrote", plan, count=1), encoding="utf-8"
    )
    response = site.client("planner").post(
        "/programme/schemes/H1/edit", {**form, "step": "propose"}
    )
    text = response.content.decode()
    assert response.status_code == 409 and "What they wrote" in text and "What I wrote" in text


def test_an_approval_of_a_version_made_from_an_older_plan_is_refused(site):
    from oneplace.web.programme.models import Proposal

    planner = site.client("planner")
    planner.post(
        "/programme/schemes/H1/edit", {**scheme_form(site, lead="Tom Ashworth"), "step": "propose"}
    )
    proposal = Proposal.objects.get()
    path = site.folder / "plan.yaml"
    path.write_text(
        re.sub(
            r"(purpose: )([^\n]+)", r"\1Changed by hand", path.read_text(encoding="utf-8"), count=1
        ),
        encoding="utf-8",
    )
    response = site.client("board").post(
        f"/board/proposals/{proposal.pk}/answer", {"answer": "approve", "version": 1}
    )
    assert response.status_code == 409
    proposal.refresh_from_db()
    assert proposal.state == "proposed" and "Tom Ashworth" not in path.read_text(encoding="utf-8")


def test_a_milestone_date_that_is_none_is_named_beside_its_field(site):
    form = scheme_form(site)
    name = next(k for k in form if k.startswith("due-"))
    response = site.client("planner").post(
        "/programme/schemes/H1/edit", {**form, name: "sometime soon"}
    )
    assert response.status_code == 422 and f'id="{name}-error"' in response.content.decode()


def test_counts_are_equal_on_every_page_of_the_programme_and_in_the_core(site):
    from collections import Counter

    from oneplace.answers import plan_status
    from oneplace.web import desk, place

    site.client("scheme_lead").post(
        "/programme/schemes/H1/return",
        {"delivery": "on_track", "benefit": "on_track", "done-H1-M01": "1/9/2019"},
    )
    core = Counter(m["state"] for m in plan_status(site.folder, on=place.today())["milestones"])
    names = {
        "late": "late, or done and nobody has said so",
        "due": "due now",
        "unknown": "without a usable date",
        "not yet due": "not yet due",
        "done": "done",
    }
    expected = {said: str(core.get(state, 0)) for state, said in names.items()}
    for page in ("/programme/", "/programme/milestones"):
        found = figures(get(site, "planner", page))
        assert {k: v for k, v in found.items() if k in expected} == expected, page
    home = figures(get(site, "planner", "/"))
    assert (home["milestones late"], home["milestones due"]) == (
        str(core.get("late", 0)),
        str(core.get("due", 0)),
    )
    rows = get(site, "planner", "/programme/milestones?csv=milestones").strip().splitlines()
    assert len(rows) - 1 == sum(core.values())
    by_scheme = [len(s.milestones) for s in desk.session().plan_documents.plan.schemes]
    assert sum(by_scheme) == sum(core.values())
    for state in names:
        csv = (
            get(
                site,
                "planner",
                f"/programme/milestones?state={state.replace(' ', '+')}&csv=milestones",
            )
            .strip()
            .splitlines()
        )
        assert len(csv) - 1 == core.get(state, 0), state


# --- since you last looked --------------------------------------------------------------------------------------------
def test_what_came_in_is_told_once_and_not_to_its_author(site):
    from oneplace.web.accounts.models import LastLook

    planner = site.client("planner")
    assert "this is your first look" in planner.get("/").content.decode()
    LastLook.objects.update(at=dt.datetime(2019, 1, 1, tzinfo=dt.UTC))
    form = {
        "kind_of": "risk",
        "title": "Too few nurses",
        "description": "d",
        "likelihood": 3,
        "impact": 3,
        "owner": "o",
        "review_on": "1/12/2019",
        "state": "open",
    }
    assert site.client("risk").post("/programme/risks/new", form).status_code == 302

    def news(client) -> str:
        return client.get("/").content.decode().partition("What came in")[2]

    assert "Too few nurses" in news(planner)
    assert "Too few nurses" not in news(site.client("risk"))
    LastLook.objects.update(at=dt.datetime(2030, 1, 1, tzinfo=dt.UTC))
    assert "Too few nurses" not in news(planner)
    assert "Too few nurses" in planner.get("/").content.decode(), "what stands is there each time"


def test_a_resident_sees_the_own_record_and_who_looked(site):
    from oneplace.web.accounts.models import Standing

    own = int(Standing.objects.get(user__username="resident").subject)
    site.client("coordinator").get(f"/neighbourhood/people/{own}")
    text = get(site, "resident", "/my-record")
    assert "Who has looked" in text and "coordinator" in text
    assert (
        site.client("resident").get(f"/neighbourhood/people/{site.people()[5]}").status_code == 404
    )
