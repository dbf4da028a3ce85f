"""What every answer carries, whatever it is: a page, a refusal, a failure, a file, JSON; and who is
locked out.

The site is asked behind a proxy that speaks TLS, as it stands on a server, in a process of its own:
settings are read once in a process.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from serving import PASSWORD, Browser, Served, served

TLS = {"Host": "place.example.org", "X-Forwarded-Proto": "https"}


@pytest.fixture(scope="module")
def site(built_hamlet: Path, tmp_path_factory: pytest.TempPathFactory):
    place = Path(shutil.copytree(built_hamlet, tmp_path_factory.mktemp("tls") / "hamlet"))
    environment = {
        "ONEPLACE_TLS": "1",
        "ONEPLACE_HOSTS": "place.example.org,127.0.0.1",
        "ONEPLACE_KEY_FILE": str(place.parent / "key"),
    }
    with served(place, place.parent / "serve.log", **environment) as one:
        yield one


def asked(site: Served) -> Browser:
    return Browser(site, **TLS)


def sign_in(site: Served, role: str, password: str = PASSWORD) -> tuple[Browser, int]:
    browser = asked(site)
    token = browser.token("/sign-in")
    fields = {"username": role, "password": password}
    answer = browser.post(
        "/sign-in",
        fields,
        token,
        Origin="https://place.example.org",
        Referer="https://place.example.org/",
    )
    return browser, answer.status


EVERYTHING = ("/", "/sign-in", "/directory/", "/healthz", "/api/directory/services", "/api/directory/services/nonsense",
              "/static/oneplace/oneplace.css", "/static/nonsense.css", "/there/is/no/such/page", "/neighbourhood/people/1",
              "/board/papers", "/programme/schemes?csv=schemes", "/privacy/who-looked", "/directory/?need=%00")  # fmt: skip


@pytest.mark.parametrize("role", [None, "planner"])
@pytest.mark.parametrize("address", EVERYTHING)
def test_every_answer_has_its_headers(site, role, address):
    browser = sign_in(site, role)[0] if role else asked(site)
    answer = browser.get(address)
    assert answer.status < 500
    said = {k.lower(): v for k, v in answer.headers}
    assert said["strict-transport-security"].startswith("max-age=31536000")
    assert said["x-content-type-options"] == "nosniff"
    assert said["x-request-id"]
    if not address.startswith("/static/oneplace"):
        policy = said["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "http:" not in policy
        assert (
            said["cache-control"].startswith("no-store")
            or answer.status in (301, 302)
            or "max-age" in said["cache-control"]
        )
    for name, value in answer.headers:
        if name.lower() == "set-cookie":
            assert value.startswith("__Host-")
            assert all(
                part in value for part in ("SameSite=Strict", "Secure", "HttpOnly", "Path=/")
            ), value


def test_signed_in_pages_are_kept_by_no_cache(site):
    browser, status = sign_in(site, "coordinator")
    assert status == 302
    assert browser.get("/").header("cache-control") == "no-store"


def test_a_plain_request_is_sent_on_to_tls(site):
    answer = Browser(site, Host="place.example.org").get("/sign-in")
    assert answer.status == 301 and answer.header("location").startswith(
        "https://place.example.org/"
    )


def test_another_name_is_refused(site):
    answer = Browser(site, Host="evil.example.org", **{"X-Forwarded-Proto": "https"}).get(
        "/sign-in"
    )
    assert answer.status == 400 and "evil.example.org" not in answer.text


def test_a_form_from_another_site_is_refused(site):
    browser, _ = sign_in(site, "risk")
    token = browser.token("/programme/risks/new")
    answer = browser.post(
        "/programme/risks/new", {"title": "x"}, token, Origin="https://evil.example.org"
    )
    assert answer.status == 403


def test_ten_wrong_passwords_lock_the_account_out_and_nobody_else(site):
    tries = [sign_in(site, "finance", "wrong password")[1] for _ in range(10)]
    assert tries[:9] == [422] * 9 and tries[9] == 429
    assert sign_in(site, "finance")[1] == 429
    assert sign_in(site, "board")[1] == 302


def test_a_body_beyond_the_limit_is_refused(site):
    browser, _ = sign_in(site, "risk")
    token = browser.token("/programme/risks/new")
    answer = browser.post(
        "/programme/risks/new",
        {"title": "x" * 3_000_000},
        token,
        Origin="https://place.example.org",
    )
    assert answer.status == 413 and "longer than 2 million letters" in answer.text
