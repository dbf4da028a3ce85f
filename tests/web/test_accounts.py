"""Accounts: kept by an administrator, each change audited first; one-time links; sessions that end;
none of a demonstration at a real place."""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import override_settings

from serving import clean

REPO = Path(__file__).resolve().parents[2]
GOOD = "three odd words here"


def made(site, **fields):
    said = {
        "username": "rshah",
        "name": "Ravi Shah",
        "role": "planner",
        "organisation": "",
        "email": "r@example.org",
    }
    admin = site.client("administrator")
    assert admin.post("/accounts/new", {**said, **fields}).status_code == 302
    from oneplace.web.accounts.models import User

    return admin, User.objects.get(username=fields.get("username", "rshah"))


def link_for(admin, user) -> str:
    assert admin.post(f"/accounts/{user.pk}/link").status_code == 302
    text = admin.get(f"/accounts/{user.pk}").content.decode()
    assert "password/set/" not in admin.get(f"/accounts/{user.pk}").content.decode(), (
        "it is shown once"
    )
    return re.search(r"http://testserver(/password/set/[^<\s]+)", text)[1]


def audited(user) -> list[str]:
    from oneplace.web.accounts.models import AuditRow

    return list(
        AuditRow.objects.filter(subject=f"account {user.username}").values_list("reason", flat=True)
    )


def test_an_account_is_made_its_owner_chooses_a_password_once_and_signs_in(site):
    admin, user = made(site)
    assert not user.has_usable_password()
    link = link_for(admin, user)
    owner = site.client()
    assert owner.post(link, {"password": "short", "again": "short"}).status_code == 422
    assert owner.post(link, {"password": GOOD, "again": GOOD + "x"}).status_code == 422
    assert owner.post(link, {"password": GOOD, "again": GOOD}).status_code == 302
    assert owner.get("/programme/").status_code == 200
    assert site.client().get(link).status_code == 404
    other = site.client()
    assert other.post("/sign-in", {"username": "rshah", "password": GOOD}).status_code == 302
    assert [r[:7] for r in audited(user)] == ["made th", "made a ", "chose a"]
    assert GOOD not in json.dumps(audited(user))


def test_a_newer_link_a_day_and_a_closed_account_end_a_link(site, monkeypatch):
    admin, user = made(site)
    old, new = link_for(admin, user), link_for(admin, user)
    assert site.client().get(old).status_code == 404 and site.client().get(new).status_code == 200
    with override_settings(PASSWORD_RESET_TIMEOUT=-1):
        assert site.client().get(new).status_code == 404
    assert admin.post(f"/accounts/{user.pk}/close").status_code == 302
    assert site.client().get(new).status_code == 404


def test_closing_and_signing_out_end_every_session_now(site):
    admin, user = made(site)
    link = link_for(admin, user)
    first, second = site.client(), site.client()
    first.post(link, {"password": GOOD, "again": GOOD})
    second.post("/sign-in", {"username": "rshah", "password": GOOD})
    assert first.get("/my-account").status_code == second.get("/my-account").status_code == 200
    assert admin.post(f"/accounts/{user.pk}/sign-out").status_code == 302
    assert first.get("/my-account").status_code == second.get("/my-account").status_code == 302
    second.post("/sign-in", {"username": "rshah", "password": GOOD})
    assert admin.post(f"/accounts/{user.pk}/close").status_code == 302
    assert second.get("/my-account").status_code == 302
    assert (
        site.client().post("/sign-in", {"username": "rshah", "password": GOOD}).status_code == 422
    )


def test_changing_the_own_password_keeps_this_browser_and_ends_the_others(site):
    admin, user = made(site)
    link = link_for(admin, user)
    first, second = site.client(), site.client()
    first.post(link, {"password": GOOD, "again": GOOD})
    second.post("/sign-in", {"username": "rshah", "password": GOOD})
    wrong = first.post("/password", {"now": "no", "password": GOOD + "2", "again": GOOD + "2"})
    assert wrong.status_code == 422 and "not the password you have now" in wrong.content.decode()
    assert (
        first.post(
            "/password", {"now": GOOD, "password": GOOD + "2", "again": GOOD + "2"}
        ).status_code
        == 302
    )
    assert (
        first.get("/my-account").status_code == 200 and second.get("/my-account").status_code == 302
    )
    assert first.post("/sign-out-everywhere").status_code == 302
    assert first.get("/my-account").status_code == 302


def test_the_last_administrator_stays(site):
    from oneplace.web.accounts.models import User

    admin, me = site.client("administrator"), site.user("administrator")
    assert admin.post(f"/accounts/{me.pk}/close").status_code == 422
    change = {"name": me.name, "role": "planner", "organisation": "", "email": ""}
    assert admin.post(f"/accounts/{me.pk}/edit", change).status_code == 422
    me.refresh_from_db()
    assert me.is_active and me.role == "administrator"
    made(site, username="second", role="administrator")
    assert admin.post(f"/accounts/{me.pk}/close").status_code == 302
    assert User.objects.filter(role="administrator", is_active=True).count() == 1


def test_another_role_ends_the_ties_that_came_with_the_old_one(site):
    admin, user = made(site, role="coordinator")
    address = f"/accounts/{user.pk}/ties/new"
    assert admin.post(address, {"tie": "care_team", "subject": "T999"}).status_code == 422
    assert admin.post(address, {"tie": "break_glass", "subject": site.team}).status_code == 422
    assert admin.post(address, {"tie": "care_team", "subject": site.team}).status_code == 302
    assert admin.post(address, {"tie": "care_team", "subject": site.team}).status_code == 422
    assert (
        admin.post(address, {"tie": "chosen_carer", "subject": str(site.people()[0])}).status_code
        == 422
    )
    from oneplace.safety.decide import Kind, Subject
    from oneplace.web.accounts.door import relationships

    subject = Subject(Kind.CASELOAD, site.team)
    now = dt.datetime.now(dt.UTC)
    assert [r.holds(subject=site.team, now=now) for r in relationships(user, subject, now=now)] == [
        True
    ]
    change = {"name": user.name, "role": "planner", "organisation": "", "email": ""}
    assert admin.post(f"/accounts/{user.pk}/edit", change).status_code == 302
    now = dt.datetime.now(dt.UTC)
    assert not any(
        r.holds(subject=site.team, now=now) for r in relationships(user, subject, now=now)
    )
    assert any("changed role from coordinator to planner" in r for r in audited(user))


def test_a_locked_account_is_seen_and_unlocked(site):
    from axes.utils import reset

    reset()
    admin, user = made(site)
    browser = site.client()
    for _ in range(10):
        answer = browser.post("/sign-in", {"username": "rshah", "password": "wrong"})
    assert answer.status_code == 429
    assert "Locked" in admin.get("/accounts/").content.decode()
    assert admin.post(f"/accounts/{user.pk}/unlock").status_code == 302
    assert browser.post("/sign-in", {"username": "rshah", "password": "wrong"}).status_code == 422
    reset()


def test_an_hour_without_a_page_ends_the_session(site):
    from oneplace.web.accounts.sessions import IDLE_SECONDS

    client = site.client("planner")
    assert client.get("/my-account").status_code == 200
    session = client.session
    session["seen"] -= IDLE_SECONDS + 1
    session.save()
    assert client.get("/my-account").status_code == 302


def test_no_audit_no_change(site):
    from django.db import connection

    from oneplace.web.accounts.models import User

    user = site.user("planner")
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TRIGGER stop BEFORE INSERT ON audit WHEN NEW.reason LIKE 'closed%' "
            "BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
    assert site.client("administrator").post(f"/accounts/{user.pk}/close").status_code == 500
    assert User.objects.get(pk=user.pk).is_active


def test_nobody_else_keeps_accounts(site):
    for role in ("privacy_officer", "planner", "board", "coordinator", "risk"):
        assert site.client(role).get("/accounts/").status_code == 404
        assert site.client(role).post("/accounts/new", {"username": "x"}).status_code == 404


def test_a_demonstration_account_has_no_link_and_keeps_its_password(site):
    user = site.user("planner")
    assert site.client("administrator").post(f"/accounts/{user.pk}/link").status_code == 404
    change = {"now": "demonstration", "password": GOOD, "again": GOOD}
    assert "keeps the password" in site.client("planner").post("/password", change).content.decode()
    user.refresh_from_db()
    assert user.check_password("demonstration")


# --- a real place -----------------------------------------------------------------------------------------------------
def test_a_real_place_has_no_demonstration_accounts_and_gets_its_first_administrator_on_the_command_line(
    tmp_path,
):
    place, env = tmp_path / "real", clean(ONEPLACE_KEY_FILE=str(tmp_path / "key"))

    def oneplace(*args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "oneplace", *args], env=env, capture_output=True, text=True
        )

    assert oneplace("new", str(place)).returncode == 0
    first = oneplace("accounts", "add", str(place), "nkaur", "--name", "Nadia Kaur", "--role", "administrator", "--site", "https://place.example.org/", "--json")  # fmt: skip
    assert first.returncode == 0, first.stderr
    assert re.fullmatch(
        r"https://place\.example\.org/password/set/[^/]+/[^/]+", json.loads(first.stdout)["link"]
    )
    again = oneplace(
        "accounts", "add", str(place), "nkaur", "--name", "x", "--role", "king", "--json"
    )
    assert again.returncode == 1 and "king" in again.stderr
    code = (
        "import sys; from pathlib import Path; from oneplace.web.settling import prepare; prepare(Path(sys.argv[1]));"
        "from oneplace.web.accounts.models import User; print(list(User.objects.values_list('username', flat=True)));"
        "from oneplace.web.accounts.actions import make_demonstration_accounts as make\n"
        "try: make()\nexcept Exception as e: print(type(e).__name__)"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, str(place)], env=env, capture_output=True, text=True
    )
    assert found.stdout.split("\n")[:2] == ["['nkaur']", "NotAllowed"], found.stderr
    listed = json.loads(oneplace("accounts", "list", str(place), "--json").stdout)
    assert [(u["username"], u["role"], u["last_sign_in"]) for u in listed] == [
        ("nkaur", "administrator", None)
    ]
    assert oneplace("audit", "verify", str(place)).returncode == 0


@pytest.mark.parametrize("role", ["planner", "administrator"])
def test_a_demonstration_session_is_over_when_the_place_becomes_real(site, monkeypatch, role):
    from oneplace.web import place

    client = site.client(role)
    assert client.get("/my-account").status_code == 200
    real = place.place().model_copy(update={"demonstration": False})
    monkeypatch.setattr(place, "place", lambda: real)
    assert client.get("/my-account").status_code == 302
