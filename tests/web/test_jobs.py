"""Builds in the background: asked for on a page, run by the worker, one at a time, stopped when
asked, never half-done."""

from __future__ import annotations

import pytest


def ask(site, **options):
    from oneplace.web.jobs import asking

    return asking.ask("build", by=site.user("analyst"), **options)


def now(job):
    from oneplace.web.jobs.models import Job

    return Job.objects.get(pk=job.pk)


def test_a_build_is_asked_for_run_and_becomes_the_current_one(site):
    from oneplace.engines import store
    from oneplace.web import desk
    from oneplace.web.jobs.running import run

    before = desk.session().build_id
    client = site.client("analyst")
    assert client.post("/builds/build").status_code == 302
    assert "waiting" in client.get("/builds/").content.decode()
    from oneplace.web.jobs.models import Job

    [job] = Job.objects.all()
    assert desk.session().build_id == before  # asking builds nothing: only the worker does
    run(job.pk)
    assert (now(job).state, now(job).share) == ("done", 1.0)
    assert desk.session().build_id == store.current(site.folder).id != before
    assert client.get(f"/neighbourhood/teams/{site.team}/caseload").status_code == 200


def test_one_build_at_a_time(site):
    from django.core.exceptions import ValidationError

    ask(site)
    with pytest.raises(ValidationError, match="waiting or running"):
        ask(site)
    response = site.client("planner").post("/builds/build")
    assert response.status_code == 422 and "waiting or running" in response.content.decode()


def test_one_that_waits_is_cancelled_at_once_and_never_run(site):
    from oneplace.web import desk
    from oneplace.web.jobs.running import run

    before, job = desk.session().build_id, ask(site)
    assert site.client("analyst").post(f"/builds/{job.pk}/stop").status_code == 302
    run(job.pk)
    assert (now(job).state, desk.session().build_id) == ("cancelled", before)


def test_one_that_runs_stops_at_its_next_step_and_leaves_nothing_behind(site, monkeypatch):
    from oneplace.engines import store
    from oneplace.web.jobs import asking, running

    before, job = [b.id for b in store.builds(site.folder)], ask(site)
    real, told = running._reporter, []

    def reporter(j):
        report = real(j)

        def heard(doing: str, share: float) -> None:
            told.append(doing)
            asking.ask_to_stop(now(j))
            report(doing, share)

        return heard

    monkeypatch.setattr(running, "_reporter", reporter)
    running.run(job.pk)
    assert now(job).state == "cancelled" and len(told) == 1
    assert [b.id for b in store.builds(site.folder)] == before
    assert list((site.folder / ".oneplace" / "builds").glob("*.tmp")) == []


def test_a_fault_of_the_input_is_said_and_the_last_build_answers(site):
    from oneplace.web import desk
    from oneplace.web.jobs.running import run

    before, path = desk.session().build_id, site.folder / "segments.yaml"
    good = path.read_text(encoding="utf-8")
    path.write_text("nonsense: [", encoding="utf-8")
    try:
        job = ask(site)
        run(job.pk)
        assert now(job).state == "failed" and "segments.yaml" in now(job).said
        assert "segments.yaml" in site.client("analyst").get("/builds/").content.decode()
    finally:
        path.write_text(good, encoding="utf-8")
    assert desk.session().build_id == before


def test_what_ran_when_the_worker_died_is_failed_at_its_next_start(site):
    from oneplace.web.jobs.models import Job
    from oneplace.web.jobs.running import sweep

    job = ask(site)
    Job.objects.update(state="running")
    assert sweep() == 1
    assert now(job).state == "failed"
    assert ask(site).state == "waiting"


def test_only_planner_and_analyst_ask(site):
    from oneplace.web.jobs.models import Job

    for role in ("coordinator", "clinician", "scheme_lead", "finance", "board", "resident"):
        assert site.client(role).post("/builds/build").status_code == 404
    assert Job.objects.count() == 0


# --- work in a process of its own: papers and checks of the claims ------------------------------------------------------
@pytest.fixture
def kept(site):
    """What a test keeps of papers and checks goes with it."""
    import shutil

    yield site.folder / ".oneplace"
    for name in ("papers", "checked"):
        shutil.rmtree(site.folder / ".oneplace" / name, ignore_errors=True)


def last_job():
    from oneplace.web.jobs.models import Job

    return Job.objects.first()


def test_a_paper_is_asked_for_made_and_listed_with_its_pdf(site, kept):
    from oneplace.web.jobs.running import run

    client = site.client("board")
    assert "Make the paper" in client.get("/board/papers").content.decode()
    assert client.post("/builds/paper", {"month": "2019-09"}).status_code == 302
    text = client.get("/board/papers").content.decode()
    assert "Board paper of 2019-09: waiting" in text and "Make the paper" not in text
    run(last_job().pk)
    assert last_job().state == "done", last_job().said
    assert last_job().said.startswith("Paper 1 of September 2019 is kept")
    assert client.get("/board/papers/2019-09/1").status_code == 200
    printed = client.get("/board/papers/2019-09/1/pdf")
    assert printed.status_code == 200
    printed.close()
    assert "Position on" in client.get("/board/papers").content.decode()
    manifest = (kept / "papers/2019-09/1/manifest.json").read_text(encoding="utf-8")
    assert '"on": "2019-09-30"' in manifest, "a paper stands on the last day of its month"


def test_only_planner_and_board_make_papers_and_only_offered_months(site):
    from oneplace.web.jobs.models import Job

    for role in (
        "coordinator",
        "clinician",
        "scheme_lead",
        "analyst",
        "finance",
        "risk",
        "resident",
    ):
        assert site.client(role).post("/builds/paper", {"month": "2019-09"}).status_code == 404, (
            role
        )
        assert "Make the paper" not in site.client(role).get("/board/papers").content.decode()
    assert Job.objects.count() == 0
    for month in ("2019-10", "2019-11", "1999-01", "../../etc", ""):
        assert site.client("planner").post("/builds/paper", {"month": month}).status_code == 422, (
            month
        )
    assert Job.objects.count() == 0


def test_a_month_that_goes_on_is_refused_in_words_by_page_and_by_job(site, kept):
    from oneplace.web.jobs import asking
    from oneplace.web.jobs.running import run

    said = "2019-10, which ends on 31 October 2019, and today is 1 October 2019; expected 2019-09 or earlier"
    client = site.client("board")
    assert 'value="2019-10"' not in client.get("/board/papers").content.decode()
    answer = client.post("/builds/paper", {"month": "2019-10"})
    assert (
        answer.status_code == 422
        and f"A paper is for a month that is over: found {said}" in answer.content.decode()
    )
    job = asking.ask("paper", by=site.user("board"), month="2019-10", today="2019-10-01")
    run(job.pk)
    assert now(job).state == "failed" and said in now(job).said
    assert not (kept / "papers").exists()


def test_work_of_another_is_watched_and_stopped_only_by_who_may_ask_for_it(site):
    from oneplace.web.jobs import asking

    job = asking.ask("paper", by=site.user("planner"), month="2019-09", today="2019-10-01")
    assert site.client("analyst").get(f"/builds/{job.pk}/progress").status_code == 404
    assert site.client("analyst").post(f"/builds/{job.pk}/stop").status_code == 404
    assert site.client("board").get(f"/builds/{job.pk}/progress").status_code == 200
    assert site.client("board").post(f"/builds/{job.pk}/stop").status_code == 302
    assert now(job).state == "cancelled"


def test_a_paper_that_is_stopped_is_ended_at_once_and_leaves_nothing(site, kept, monkeypatch):
    """Stopped while its PDF is set: the work's process is gone, no paper is kept, no draft
    stays."""
    from oneplace.web.jobs import asking, running

    job = asking.ask("paper", by=site.user("planner"), month="2019-09", today="2019-10-01")
    real, children, doings = running._reporter, [], []
    popen = running.subprocess.Popen
    monkeypatch.setattr(running, "EVERY_SECONDS", 0.0)
    monkeypatch.setattr(
        running.subprocess, "Popen", lambda *a, **k: children.append(popen(*a, **k)) or children[-1]
    )

    def reporter(j):
        report = real(j)

        def heard(doing: str, share: float) -> None:
            doings.append(doing)
            if doing == "setting the PDF":
                asking.ask_to_stop(now(j))
            report(doing, share)

        return heard

    monkeypatch.setattr(running, "_reporter", reporter)
    monkeypatch.setattr(running, "LISTEN_SECONDS", 0.05, raising=False)
    running.run(job.pk)
    assert now(job).state == "cancelled" and "setting the PDF" in doings
    assert children[0].poll() is not None
    assert not (kept / "papers/2019-09/1").exists()


def test_a_worker_that_dies_takes_its_work_along(site, kept, tmp_path):
    """The worker is killed while a paper is made: the work's own process ends too, and the next
    paper is whole."""
    import json
    import os
    import signal
    import subprocess
    import sys
    import time

    from oneplace.answers.paper import kept_papers

    given = json.dumps(
        {"folder": str(site.folder), "month": "2019-09", "today": "2019-10-01", "job": 1}
    )
    script = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-m', 'oneplace.web.jobs.work', 'paper', sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
        "print(child.pid, flush=True)\n"
        "for line in child.stdout: sys.stdout.write(line.decode()); sys.stdout.flush()\n"
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", script, given], stdout=subprocess.PIPE, text=True
    )
    child = int(worker.stdout.readline())
    worker.stdout.readline()  # it has begun
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    worker.stdout.close()
    until = time.monotonic() + 10
    while alive(child) and time.monotonic() < until:
        time.sleep(0.05)
    assert not alive(child)
    assert kept_papers(site.folder) == []


def alive(pid: int) -> bool:
    from pathlib import Path

    status = Path(f"/proc/{pid}/status")
    return status.exists() and "State:\tZ" not in status.read_text()


def test_the_claims_of_a_proposed_plan_are_checked_before_the_board_decides(site, kept):
    from oneplace.documents import digest, read
    from oneplace.documents.versions import snapshot
    from oneplace.plan.programme import Plan
    from oneplace.web.jobs.running import run
    from oneplace.web.programme.models import Proposal

    plan = read(site.folder / "plan.yaml", Plan, name="plan.yaml")
    claims = [(s, c) for s in plan.schemes for c in s.claims if c.count]
    scheme, claim = claims[0]
    changed = scheme.model_copy(
        update={
            "claims": tuple(
                c.model_copy(update={"count": 987_654}) if c.id == claim.id else c
                for c in scheme.claims
            )
        }
    )
    proposed = plan.model_copy(
        update={"schemes": tuple(changed if s.id == scheme.id else s for s in plan.schemes)}
    )
    Proposal.write(
        by=site.user("planner"), document="plan.yaml", base_digest=digest(plan), digest=snapshot(site.folder, proposed),
        summary="Promise much more",
    )  # fmt: skip
    client = site.client("analyst")
    assert "As proposed: Promise much more" in client.get("/builds/").content.decode()
    assert client.post("/builds/claims", {"plan": digest(proposed)}).status_code == 302
    run(last_job().pk)
    job = last_job()
    assert job.state == "done", job.said
    text = client.get(f"/builds/{job.pk}/claims").content.decode()
    assert "987,654" in text and "As proposed: Promise much more" in text
    assert "987,654" not in client.get("/programme/line-of-sight").content.decode()
    assert client.post("/builds/claims", {"plan": "0" * 64}).status_code == 422
    for role in ("finance", "board", "coordinator"):
        assert site.client(role).get(f"/builds/{job.pk}/claims").status_code == 404


def test_a_version_of_the_plan_that_is_damaged_is_said(site, kept):
    from oneplace.web.jobs import asking
    from oneplace.web.jobs.running import run

    job = asking.ask("claims", by=site.user("analyst"), digest="0" * 64)
    run(job.pk)
    assert now(job).state == "failed" and "0000" in now(job).said
