"""Who may open what: every address as every role, the person's door by relationship, broken glass,
the shape of a refusal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from oneplace.answers import people as people_answers
from oneplace.safety.decide import Kind, Role

ROLES = [r.value for r in Role]
CARE, PERSON_KINDS = {"coordinator", "clinician"}, {Kind.PERSON, Kind.CASELOAD}


def routes():
    from django.urls import get_resolver

    def under(resolver):
        for p in resolver.url_patterns:
            if hasattr(p, "url_patterns"):
                yield from under(p)
            else:
                yield p

    return list(under(get_resolver()))


def address(site, pattern):
    """An address of this pattern about things that exist, as far as hamlet has them."""
    from django.urls import reverse

    from oneplace.web import desk

    plan = desk.session().plan_documents.plan
    known = {
        "team": site.team,
        "person_id": site.people()[0],
        "scheme_id": plan.schemes[0].id,
        "key": "lunch",
        "practice": desk.standing_of(site.people()[0])["practice_code"],
        "service_id": "5b1f6c0e-6f1e-5d0e-9f6e-0a7f0d6d2c11",
        "figure_id": "none",
        "month": "2019-10",
        "token": "none",
        "kind": "alert",
    }
    return reverse(pattern.name, kwargs={n: known.get(n, 1) for n in pattern.pattern.converters})


def test_every_page_says_whom_it_opens_to(site):
    unsaid = [p.name for p in routes() if not hasattr(p.callback, "opening")]
    assert unsaid == [], "give the view @opens(...), @signed_in or @anyone"


class Answer:
    """What one role got at one address: kept small, because there are some hundreds."""

    def __init__(self, pattern, role, response, canaries):
        self.name, self.role, self.status = pattern.name, role, response.status_code
        self.opening, self.bytes = pattern.callback.opening, len(response.content)
        text = (
            response.content.decode() if "html" in response.headers.get("Content-Type", "") else ""
        )
        self.outside = re.findall(r'(?:src|href|action)="(https?://[^"]+)"', text)
        self.inline = re.findall(r"<[^>]+\s(?:style|on[a-z]+)=[^>]+>", text)
        self.canaries = {c for c in canaries if c in text}


@pytest.fixture(scope="module")
def walked(fresh_site):
    """Every address as every role, once, and what came of it."""
    from django.db import connections

    from oneplace.web import desk
    from oneplace.web.neighbourhood.presenters import spaced

    site = fresh_site
    known = desk.identities(site.people()[:20]).values()
    canaries = {str(i[k]) for i in known for k in ("nhs_number", "address", "telephone") if i[k]}
    canaries |= {spaced(i["nhs_number"]) for i in known}
    assert len(canaries) >= 20
    addresses = [(p, address(site, p)) for p in routes()]
    clients = {role: site.client(role) for role in [None, *ROLES]}
    answers = [
        Answer(p, role, c.get(url), canaries) for p, url in addresses for role, c in clients.items()
    ]
    connections.close_all()
    return answers


def test_every_address_answers_every_role_without_failing(walked):
    for a in walked:
        assert a.status in (200, 302, 404, 405), (a.name, a.role, a.status)
        if a.opening.kind in PERSON_KINDS and a.role not in CARE | {"analyst"}:
            assert a.status in (302, 404), (a.name, a.role, a.status)


def test_no_role_but_care_sees_a_name_a_number_or_a_postcode(walked):
    """Canaries: the people at the top of the list, looked for on every page that other roles can
    open."""
    assert {a.role for a in walked if a.canaries} == CARE | {"resident"}
    assert {a.name for a in walked if a.canaries and a.role == "resident"} == {"my_record"}


def test_no_page_asks_another_site_none_is_heavy_none_has_inline_style(walked):
    static = Path(__file__).resolve().parents[2] / "src/oneplace/web/components/static"
    fixed = sum(
        (static / f).stat().st_size
        for f in ("vendor/nhsuk.css", "oneplace/oneplace.css", "oneplace/oneplace.js")
    )
    for a in walked:
        assert a.outside == [] and a.inline == [], a.name
        assert a.bytes + fixed < 300_000, (a.name, a.bytes)


def test_planner_finance_and_board_never_reach_a_person(site):
    person = site.people()[0]
    for role in ("planner", "finance", "board", "risk", "scheme_lead", "privacy_officer"):
        for url in (
            f"/neighbourhood/people/{person}",
            f"/analyst/people/{person}",
            f"/neighbourhood/teams/{site.team}/caseload",
        ):
            assert site.client(role).get(url).status_code == 404, (role, url)


def test_a_menu_holds_only_what_opens(site):
    from django.urls import reverse

    from oneplace.web.components.frame import MENU

    for label, name, roles in MENU:
        for role in roles:
            response = site.client(role.value).get(reverse(name), follow=True)
            assert response.status_code == 200, (label, role)


def test_every_table_keyed_by_a_person_has_a_door(site):
    """A new table about people needs a view that opens as the person does, and a line here that
    says which."""
    from django.apps import apps

    doors = {
        "agenda_lines": "nine_o_clock",
        "reviews": "review",
        "actions": "action",
        "service_referrals": "referral",
        "agenda_changes": "agenda_change",
        "notes": "note",
        "requests": "person_request",
        "objections": "person",
        "broken_glass": "glass_review",
        "withholdings": "withholding",
        "proxies": "proxy",
    }
    keyed = {
        m._meta.db_table
        for m in apps.get_models()
        if any(f.name == "person_id" for f in m._meta.concrete_fields)
    }
    assert keyed == set(doors), "say which door guards the new table"
    by_name = {p.name: p.callback.opening for p in routes()}
    for table, name in doors.items():
        assert by_name[name].kind in {*PERSON_KINDS, Kind.OVERSIGHT}, table


def test_every_core_table_keyed_by_a_person_is_behind_the_same_door():
    from oneplace.tables.entries import ENTRIES

    keyed = {t.name for t in ENTRIES if "person_id" in t}
    words = {"agenda_changes", "notes", "requests", "objections", "withholdings", "proxies"}
    assert keyed == {"agenda_lines", "reviews", "actions", "service_referrals"} | words


# --- the shape of a refusal -------------------------------------------------------------------------------------------
def bare(response) -> str:
    """The answer without what differs in every answer: nonce, CSRF token, request number."""
    text = re.sub(r'nonce="[^"]*"|value="[A-Za-z0-9]{64}"', "", response.content.decode())
    headers = {
        k: v
        for k, v in response.headers.items()
        if k not in ("X-Request-ID", "Content-Security-Policy")
    }
    return f"{response.status_code} {sorted(headers.items())} {text}"


@pytest.mark.parametrize("role", ROLES)
def test_refused_and_missing_look_the_same(site, role):
    client = site.client(role)
    missing = bare(client.get("/neighbourhood/people/12345"))
    refused = bare(client.get(f"/neighbourhood/people/{_somebody_elses(site)}"))
    nowhere = bare(client.get("/there/is/no/such/page"))
    assert refused == missing == nowhere


def _somebody_elses(site) -> int:
    """Somebody of another team, whom the coordinator and the GP have nothing to do with."""
    from oneplace.web import desk

    session = desk.session()
    other = next(t for t in people_answers.teams(session) if t != site.team)
    return int(people_answers.caseload(session, other)["people"][0]["person"])


# --- the audit stands before the page ---------------------------------------------------------------------------------
def audited(site):
    from oneplace.web.accounts.models import AuditRow

    return [(r.actor, r.action, r.subject, r.allowed) for r in AuditRow.objects.order_by("number")]


def test_one_row_for_one_page_about_a_person(site):
    person = site.people()[0]
    assert site.client("coordinator").get(f"/neighbourhood/people/{person}").status_code == 200
    assert audited(site) == [("coordinator", "identify", str(person), True)]


def test_a_refusal_about_a_person_is_written_too(site):
    person = site.people()[0]
    site.client("planner").get(f"/neighbourhood/people/{person}")
    assert audited(site) == [("planner", "identify", str(person), False)]


def test_no_audit_no_page(site):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TRIGGER stop BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
    response = site.client("coordinator").get(f"/neighbourhood/people/{site.people()[0]}")
    assert response.status_code == 500
    from oneplace.web import desk

    identity = desk.identities([site.people()[0]])[site.people()[0]]
    assert identity["family_name"] not in response.content.decode()


def test_names_on_the_agenda_cost_a_row_each(site):
    from oneplace.web.accounts.models import AuditRow

    client = site.client("coordinator")
    client.get(f"/neighbourhood/teams/{site.team}/nine-o-clock")
    assert AuditRow.objects.count() == 1
    client.get(f"/neighbourhood/teams/{site.team}/nine-o-clock?names=1")
    slots = len(site_agenda(site))
    assert AuditRow.objects.count() == 1 + 1 + slots


def site_agenda(site):
    from oneplace.web.neighbourhood.views import team_state

    return team_state(site.team)["slots"]


def test_a_list_shows_no_name_until_asked(site):
    from oneplace.web import desk

    people = [s.person_id for s in site_agenda(site)]
    names = {i["family_name"] for i in desk.identities(people).values()}
    numbers = {i["nhs_number"] for i in desk.identities(people).values()}
    for page in ("nine-o-clock", "caseload", "after"):
        text = (
            site.client("coordinator")
            .get(f"/neighbourhood/teams/{site.team}/{page}")
            .content.decode()
        )
        assert not {n for n in names if f">{n}<" in text or f" {n}<" in text}, page
        assert not {n for n in numbers if n in text}, page


# --- broken glass -----------------------------------------------------------------------------------------------------
REASON = "Collapsed in the waiting room, unknown medicines"


def test_the_glass_opens_one_record_for_an_hour_and_waits_for_review(site):
    import datetime as dt

    from oneplace.web.accounts.models import BrokenGlass

    person, client = _somebody_elses(site), site.client("clinician")
    assert client.get(f"/neighbourhood/people/{person}").status_code == 404
    response = client.post("/emergency", {"person": person, "reason": REASON})
    assert response.status_code == 302
    assert client.get(f"/neighbourhood/people/{person}").status_code == 200
    assert (
        client.get(f"/neighbourhood/people/{person}/review").status_code == 404
    )  # read, not write
    broken = BrokenGlass.objects.get()
    BrokenGlass.objects.update(at=broken.at - dt.timedelta(minutes=60))
    assert client.get(f"/neighbourhood/people/{person}").status_code == 404
    officer = site.client("privacy_officer")
    assert REASON in officer.get("/privacy/emergency").content.decode()
    answer = officer.post(
        f"/privacy/emergency/{broken.pk}", {"review": "justified", "review_note": "Spoke to her"}
    )
    assert answer.status_code == 302
    assert BrokenGlass.objects.get().review == "justified"
    again = officer.post(
        f"/privacy/emergency/{broken.pk}", {"review": "not_justified", "review_note": "x"}
    )
    assert again.status_code == 422


def test_somebody_who_shares_with_the_practice_alone_opens_to_the_team_only_through_broken_glass(
    site, monkeypatch
):
    from oneplace.safety.decide import OptOut
    from oneplace.web import desk

    person = site.people()[0]
    elsewhere = desk.Whereabouts(
        "another practice", site.team, opt_outs=frozenset({OptOut.SHARING})
    )
    monkeypatch.setattr(desk, "place_of", lambda _: elsewhere)
    client = site.client("clinician")
    assert client.get(f"/neighbourhood/people/{person}").status_code == 404
    client.post("/emergency", {"person": person, "reason": REASON})
    assert client.get(f"/neighbourhood/people/{person}").status_code == 200


def test_the_glass_opens_by_the_nhs_number_of_whoever_stands_before_the_clinician(site):
    from oneplace.web import desk
    from oneplace.web.accounts.models import BrokenGlass

    person = _somebody_elses(site)
    nhs_number = desk.identities([int(person)])[int(person)]["nhs_number"]
    spoken = f"{nhs_number[:3]} {nhs_number[3:6]} {nhs_number[6:]}"
    response = site.client("clinician").post("/emergency", {"person": spoken, "reason": REASON})
    assert response.headers["Location"] == f"/neighbourhood/people/{person}"
    assert BrokenGlass.objects.get().person_id == int(person)


@pytest.mark.parametrize("number", ["999 000 0000", "1", "12ab", "9" * 19, "9" * 40, "²"])
def test_a_number_that_nobody_has_breaks_no_glass(site, number):
    from oneplace.web.accounts.models import BrokenGlass

    response = site.client("clinician").post("/emergency", {"person": number, "reason": REASON})
    assert response.status_code == 422
    assert "Nobody in these records has this number" in response.content.decode()
    assert not BrokenGlass.objects.exists()


@pytest.mark.parametrize("reason", ["", "short", "x" * 19, " " * 40, "a    b" * 3])
def test_a_thin_reason_opens_nothing(site, reason):
    from oneplace.web.accounts.models import BrokenGlass

    response = site.client("clinician").post(
        "/emergency", {"person": _somebody_elses(site), "reason": reason}
    )
    assert response.status_code == 422
    assert BrokenGlass.objects.count() == 0


def test_only_clinicians_break_the_glass(site):
    for role in set(ROLES) - {"clinician"}:
        assert (
            site.client(role).post("/emergency", {"person": 1, "reason": REASON}).status_code == 404
        )


# --- headers ----------------------------------------------------------------------------------------------------------
def test_the_policy_allows_nothing_inline_and_nothing_elsewhere(site):
    response = site.client("planner").get("/programme/")
    policy = response.headers["Content-Security-Policy"]
    assert (
        "unsafe" not in policy
        and "default-src 'none'" in policy
        and "http" not in policy.replace("https", "http").split("'none'")[0]
    )
    nonce = re.search(r"'nonce-([^']+)'", policy)[1]
    text = response.content.decode()
    assert f'nonce="{nonce}"' in text
    assert not re.search(r"<[^>]+\sstyle=", text), "an inline style would be refused"
    assert not re.search(r"<[^>]+\son[a-z]+=", text), "an inline handler would be refused"
    for name, value in {
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }.items():
        assert response.headers[name] == value


def test_too_many_wrong_passwords_lock_the_account_out(site):
    client = site.client()
    for _ in range(10):
        client.post("/sign-in", {"username": "planner", "password": "wrong"})
    response = client.post("/sign-in", {"username": "planner", "password": "demonstration"})
    assert response.status_code == 429


def test_signing_in_goes_on_only_to_our_own_pages(site):
    for asked, expected in {
        "/programme/": "/programme/",
        "https://evil.example/": "/",
        "//evil.example": "/",
    }.items():
        client = site.client()
        response = client.post(
            "/sign-in", {"username": "planner", "password": "demonstration", "next": asked}
        )
        assert (response.status_code, response.headers["Location"]) == (302, expected)


def test_demonstration_accounts_open_nothing_at_a_real_place(site, monkeypatch):
    from oneplace.web.accounts import views

    real = views.place.place().model_copy(update={"demonstration": False})
    monkeypatch.setattr(views.place, "place", lambda: real)
    response = site.client().post("/sign-in", {"username": "planner", "password": "demonstration"})
    assert response.status_code == 422
    assert "demonstration" not in response.content.decode().lower()


def test_a_slip_in_a_file_does_not_take_the_pages_away(site):
    client = site.client("planner")
    assert client.get("/programme/schemes").status_code == 200
    path = site.folder / "plan.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "\nnonsense: 1\n", encoding="utf-8")
    response = client.get("/programme/schemes")
    assert response.status_code == 200
    assert (
        "pages show the place as it was before" in response.content.decode()
        and "nonsense" in response.content.decode()
    )


def test_a_place_that_cannot_be_opened_says_what_to_mend(site):
    from oneplace.web import desk

    desk.close()
    path = site.folder / "plan.yaml"
    path.write_text("nonsense: 1\n", encoding="utf-8")
    response = site.client("planner").get("/programme/schemes")
    assert response.status_code == 503 and "nonsense" in response.content.decode()


# --- broken glass where it is not needed, and while it is open ----------------------------------------------------------
def test_a_clinician_with_access_is_led_to_the_record_and_nothing_is_broken(site):
    from oneplace.web.accounts.models import BrokenGlass

    person = site.people()[0]
    for reason in (REASON, ""):
        response = site.client("clinician").post("/emergency", {"person": person, "reason": reason})
        text = response.content.decode()
        assert response.status_code == 200 and "You have access to this record already" in text
        assert f'href="/neighbourhood/people/{person}"' in text
    assert not BrokenGlass.objects.exists()


def test_a_second_opening_leads_to_the_first(site):
    from oneplace.web.accounts.models import BrokenGlass

    person, client = _somebody_elses(site), site.client("clinician")
    client.post("/emergency", {"person": person, "reason": REASON})
    text = client.post("/emergency", {"person": person, "reason": REASON}).content.decode()
    assert "You have opened this record already" in text and BrokenGlass.objects.count() == 1


def test_an_opened_record_says_how_long_it_is_open_on_every_page_and_closes_when_asked(site):
    import datetime as dt

    from oneplace.web.accounts.models import BrokenGlass

    person, client = _somebody_elses(site), site.client("clinician")
    client.post("/emergency", {"person": person, "reason": REASON})
    broken = BrokenGlass.objects.get()
    BrokenGlass.objects.update(at=broken.at - dt.timedelta(minutes=47, seconds=30))
    pages = [f"/neighbourhood/people/{person}{p}" for p in ("", "/explained", "/advance-care")]
    for page in pages:
        text = client.get(page).content.decode()
        assert "Opened in an emergency." in text and "13 minutes left" in text, page
        assert f'action="/emergency/{broken.pk}/close"' in text
    assert (
        "Opened in an emergency."
        not in client.get(f"/neighbourhood/people/{site.people()[0]}").content.decode()
    )
    assert site.client("coordinator").post(f"/emergency/{broken.pk}/close").status_code == 404
    response = client.post(f"/emergency/{broken.pk}/close")
    assert "The record is closed" in client.get(response.headers["Location"]).content.decode()
    assert [client.get(page).status_code for page in pages] == [404, 404, 404]
    assert BrokenGlass.objects.get().closed_at and not BrokenGlass.objects.get().review
    assert "closed the record that was opened in an emergency" in [r[4] for r in _reasons()]


def _reasons():
    from oneplace.web.accounts.models import AuditRow

    return [(r.actor, r.action, r.subject, r.allowed, r.reason) for r in AuditRow.objects.all()]
