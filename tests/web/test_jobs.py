"""Builds in the background: asked for on a page, run by the worker, one at a time, stopped when asked, never half-done."""

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

    before = desk.visit().build_id
    client = site.client("analyst")
    assert client.post("/builds/build").status_code == 302
    assert "waiting" in client.get("/builds/").content.decode()
    from oneplace.web.jobs.models import Job

    [job] = Job.objects.all()
    assert desk.visit().build_id == before  # asking builds nothing: only the worker does
    run(job.pk)
    assert (now(job).state, now(job).share) == ("done", 1.0)
    assert desk.visit().build_id == store.current(site.folder).id != before
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

    before, job = desk.visit().build_id, ask(site)
    assert site.client("analyst").post(f"/builds/{job.pk}/stop").status_code == 302
    run(job.pk)
    assert (now(job).state, desk.visit().build_id) == ("cancelled", before)


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

    before, path = desk.visit().build_id, site.folder / "segments.yaml"
    good = path.read_text(encoding="utf-8")
    path.write_text("nonsense: [", encoding="utf-8")
    try:
        job = ask(site)
        run(job.pk)
        assert now(job).state == "failed" and "segments.yaml" in now(job).said
        assert "segments.yaml" in site.client("analyst").get("/builds/").content.decode()
    finally:
        path.write_text(good, encoding="utf-8")
    assert desk.visit().build_id == before


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
