"""Forms: whatever is typed is stored and shown as it was typed, or refused beside its field;
nobody's text is lost."""

from __future__ import annotations

import datetime as dt
import html
import json
from pathlib import Path

import pytest

BLNS = Path(__file__).resolve().parents[3] / "shared" / "corpora" / "blns" / "blns.json"
LATER = "1 December 2019"
STORED = {
    "review": ("attended", "decision", "key_worker", "what-1", "owner-1", "organisation-1"),
    "risk": ("title", "description", "owner"),
    "decision": ("question", "decision", "owner"),
    "return": ("reason",),
    "refer": ("need",),
    "action": ("note",),
}


def naughty() -> list[str]:
    return json.loads(BLNS.read_text(encoding="utf-8"))


def kept(text: str) -> str:
    """What a text field keeps: line ends as one sign, no space around, nothing else changed."""
    return text.replace("\r\n", "\n").strip()


def acceptable(text: str) -> bool:
    return bool(kept(text)) and not any(ord(c) < 32 and c not in "\t\n\r" for c in kept(text))


def batches(strings: list[str], fields: tuple[str, ...]) -> list[dict[str, str]]:
    """Each string once, a different one in each field."""
    return [
        dict(
            zip(fields, (strings[(i + k) % len(strings)] for k in range(len(fields))), strict=True)
        )
        for i in range(0, len(strings), len(fields))
    ]


def forms(site):
    """Name -> (who, address, what else the form needs, the model that keeps it, where it is shown
    again)."""
    from oneplace.web.board.models import BoardDecision
    from oneplace.web.neighbourhood.models import Action, Review, ServiceReferral
    from oneplace.web.programme.models import Return, Risk

    person = site.people()[0]
    action = Action.write(
        by=site.user("coordinator"),
        person_id=person,
        team_code=site.team,
        what="x",
        owner="y",
        due_on=dt.date(2019, 12, 1),
    )
    scheme = "H1"
    return {
        "review": ("coordinator", f"/neighbourhood/people/{person}/review", {"outcome": "discussed", "due-1": LATER}, Review, f"/neighbourhood/people/{person}"),
        "risk": ("planner", "/programme/risks/new", {"kind_of": "risk", "likelihood": 3, "impact": 3, "review_on": LATER}, Risk, "/programme/risks/{pk}"),
        "decision": ("board", "/board/decisions/new", {"state": "asked"}, BoardDecision, "/board/decisions"),
        "return": ("scheme_lead", f"/programme/schemes/{scheme}/return", {"delivery": "at_risk", "benefit": "on_track"}, Return, f"/programme/schemes/{scheme}"),
        "refer": ("coordinator", f"/neighbourhood/people/{person}/refer", {"service": "nursing"}, ServiceReferral, f"/neighbourhood/people/{person}"),
        "action": ("coordinator", f"/neighbourhood/actions/{action.pk}", {"state": "open"}, Action, f"/neighbourhood/actions/{action.pk}"),
    }  # fmt: skip


def squeezed(text: str) -> str:
    """A page collapses the space that it is wrapped in; what is compared is everything else."""
    return "".join(text.split())


@pytest.mark.skipif(
    not BLNS.exists(), reason="needs ../shared/corpora/blns, the big list of naughty strings"
)
@pytest.mark.parametrize("name", STORED)
def test_naughty_strings_are_stored_and_shown_exactly(site, name):
    who, address, rest, model, shown_at = forms(site)[name]
    client, stored = site.client(who), 0
    for batch in batches(naughty(), STORED[name]):
        existing = set(model.objects.values_list("pk", flat=True))
        current = model.objects.order_by("-pk").first()
        version = {"version": current.version} if name in ("return", "action") and current else {}
        response = client.post(address, {**rest, **batch, **version})
        assert response.status_code in (200, 302, 422), (name, batch)
        if response.status_code == 422:
            assert not all(acceptable(t) for t in batch.values()) or any(
                len(t) > 190 for t in batch.values()
            ), batch
            typed_back = html.unescape(response.content.decode())
            for text in batch.values():
                assert squeezed(kept(text)) in squeezed(typed_back) or not acceptable(text), text
            continue
        new = (
            model.objects.exclude(pk__in=existing).order_by("-pk").first()
            or model.objects.order_by("-pk").first()
        )
        stored += 1
        for field, text in batch.items():
            if hasattr(new, field):
                assert getattr(new, field) == kept(text), field
        page = squeezed(html.unescape(client.get(shown_at.format(pk=new.pk)).content.decode()))
        for field, text in batch.items():
            if field not in ("organisation-1", "key_worker") and hasattr(new, field):
                assert squeezed(kept(text)) in page, (field, text)
    assert stored > len(batches(naughty(), STORED[name])) / 2


@pytest.mark.skipif(
    not BLNS.exists(), reason="needs ../shared/corpora/blns, the big list of naughty strings"
)
@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ("/directory/", ("need", "text", "near", "when", "time")),
        ("/api/directory/services", ("need", "text", "page", "per_page", "age")),
        ("/programme/milestones", ("state", "programme", "milestones.q", "milestones.sort", "csv")),
    ],
)
def test_naughty_strings_in_a_search_find_nothing_or_something(site, address, fields):
    client = site.client("planner")
    for batch in batches(naughty(), fields):
        assert client.get(address, batch).status_code in (200, 400, 422), batch


@pytest.mark.skipif(
    not BLNS.exists(), reason="needs ../shared/corpora/blns, the big list of naughty strings"
)
def test_naughty_strings_open_no_account(site):
    from axes.utils import reset

    client = site.client()
    for batch in batches(naughty()[::5], ("username", "password")):
        assert client.post("/sign-in", batch).status_code == 422, batch
        reset()


# --- two people, one entry --------------------------------------------------------------------------------------------
def a_risk(site, **changes):
    from oneplace.web.programme.models import Risk

    fields = {
        "title": "Staff",
        "description": "Too few nurses",
        "likelihood": 3,
        "impact": 4,
        "owner": "Ruth",
        "review_on": dt.date(2019, 12, 1),
    }
    return Risk.write(by=site.user("risk"), **{**fields, **changes})


def filled(risk, **changes):
    content = {k: "" if v is None else v for k, v in risk.content().items()}
    return {**content, "version": risk.version, **changes}


def test_the_second_saver_sees_both_texts_and_may_save_again(site):
    risk = a_risk(site)
    address = f"/programme/risks/{risk.pk}/edit"
    first, second = site.client("risk"), site.client("planner")
    assert first.post(address, filled(risk, title="Staff: too few nurses")).status_code == 302
    stale = second.post(address, filled(risk, title="Staffing", owner="Agency"))
    assert stale.status_code == 409
    text = stale.content.decode()
    assert "Staff: too few nurses" in text and "Staffing" in text and "Agency" in text
    assert 'name="version" value="2"' in text
    assert (
        second.post(address, filled(risk, version=2, title="Staffing", owner="Agency")).status_code
        == 302
    )
    risk.refresh_from_db()
    assert (risk.title, risk.owner, risk.version) == ("Staffing", "Agency", 3)
    assert [v.content["title"] for v in risk.versions()] == [
        "Staff",
        "Staff: too few nurses",
        "Staffing",
    ]


@pytest.mark.parametrize("version", ["", "-1", "x", "9" * 40, "٣", "0"])
def test_a_version_that_makes_no_sense_is_stale(site, version):
    risk = a_risk(site)
    response = site.client("risk").post(
        f"/programme/risks/{risk.pk}/edit", filled(risk, version=version, title="Other")
    )
    assert response.status_code == 409


def test_a_form_without_its_token_is_refused(site):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(site.user("risk"), backend="django.contrib.auth.backends.ModelBackend")
    response = client.post("/programme/risks/new", {"title": "x"})
    assert response.status_code == 403 and "expired" in response.content.decode()


def test_every_wrong_field_has_its_message_and_keeps_what_was_typed(site):
    response = site.client("planner").post(
        "/programme/risks/new", {"title": "Kept", "likelihood": 9, "review_on": "soon"}
    )
    text = response.content.decode()
    assert response.status_code == 422
    for field in ("description", "owner", "likelihood", "review_on"):
        assert f'href="#{field}"' in text and f'id="{field}-error"' in text, field
    assert 'value="Kept"' in text and 'value="soon"' in text


def test_what_leaves_as_csv_is_no_formula(site):
    a_risk(site, title='=HYPERLINK("http://x","y")', owner="@SUM(A1)")
    a_risk(site, title="-2+3")
    text = site.client("planner").get("/programme/risks?csv=risks").content.decode("utf-8-sig")
    assert "'=HYPERLINK" in text and "'@SUM" in text and "'-2+3" in text
    assert not any(
        cell.startswith(("=", "@", "-"))
        for line in text.splitlines()[1:]
        for cell in line.split(",")
    )
