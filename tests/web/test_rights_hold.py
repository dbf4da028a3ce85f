"""A refusal holds everywhere: every page, table as CSV and print of every role, with a person who
has each kind of refusal.

Each person who refuses something has an alert, a key worker, reviews, actions, referrals and
requests whose words are found nowhere else. The walk opens every address as every role and looks
for these words, the name, the number and the pseudonym in each answer; what is found has to be
within the circle that the person left open.
"""

from __future__ import annotations

import datetime as dt
import html
import os
import re
import subprocess
import sys

import pytest
from test_doors import ROLES, address, routes

from oneplace.answers import people

WHATS = ("sharing", "risk", "planning")
WISH = "Kept with the practice at the person’s wish"


def words_of(what: str) -> dict[str, str]:
    """Words about the person who refuses this, each found nowhere else."""
    kinds = (
        "alert",
        "worker",
        "decision",
        "attended",
        "action",
        "owner",
        "note",
        "need",
        "asked",
        "reason",
        "why",
        "plan",
    )
    return {k: f"{what}{k}quokka" for k in kinds}


def write_all_about(site, person: int, what: str) -> None:
    """One entry of every kind about the person, on a frozen agenda too."""
    from oneplace.web.neighbourhood.models import (
        Action,
        AgendaChange,
        Note,
        Request,
        Review,
        ServiceReferral,
    )

    said, by = words_of(what), site.user("coordinator")
    common = {"by": by, "person_id": person, "team_code": site.team}
    Note.write(**common, kind_of="alert", words=said["alert"], on_day=dt.date(2019, 9, 1))
    Note.write(**common, kind_of="key_worker", who=said["worker"])
    Note.write(
        **common,
        kind_of="plan",
        words=said["plan"],
        more="x",
        on_day=dt.date(2019, 12, 1),
        agreed="yes",
    )
    Review.write(
        **common, reviewed_on=dt.date(2019, 8, 1), outcome="carried", attended=said["attended"],
        decision=said["decision"], key_worker=said["worker"], next_review_on=dt.date(2019, 9, 1),
    )  # fmt: skip
    for state in ("open", "declined"):
        closed = dt.date(2019, 9, 20) if state == "declined" else None
        Action.write(
            **common, what=said["action"], owner=said["owner"], due_on=dt.date(2019, 9, 1), state=state,
            closed_on=closed, note=said["note"],
        )  # fmt: skip
    ServiceReferral.write(
        **common, service="lunch", need=said["need"], made_on=dt.date(2019, 9, 1), state="declined", answer=said["why"],
        answered_on=dt.date(2019, 9, 5),
    )  # fmt: skip
    Request.write(**common, what="appointment", words=said["asked"], asked_on=dt.date(2019, 9, 1))
    AgendaChange.write(**common, what="added", reason=said["reason"])


def refusing(site, person: int, what: str) -> None:
    from oneplace.web.neighbourhood.models import Objection

    by = site.user("resident")
    Objection.write(
        by=by, person_id=person, team_code=site.team, what=what, since=dt.date(2019, 9, 1)
    )


class World:
    """A site with one person for each refusal, and what would give each of them away."""

    def __init__(self, site):
        from oneplace.web import desk
        from oneplace.web.accounts.models import Standing, User
        from oneplace.web.neighbourhood.presenters import name_of, short, spaced
        from oneplace.web.neighbourhood.views import team_state

        self.site = site
        # The clinician of the demonstration works in the team alone here; another one works at the
        # practice alone.
        tie = Standing.objects.get(user__username="clinician", tie="registered_practice")
        self.practice, self.gp = (
            tie.subject,
            User.objects.create_user("gp", "x" * 20, name="Dr Mary Lund", role="clinician"),
        )
        Standing.objects.filter(pk=tie.pk).update(user=self.gp)
        own = int(Standing.objects.get(user__username="resident", tie="self").subject)
        at_practice = (s.person_id for s in team_state(site.team)["slots"] if s.person_id != own)
        self.people = dict(zip(WHATS, at_practice, strict=False))
        assert all(
            desk.standing_of(p)["practice_code"] == self.practice for p in self.people.values()
        )
        for what, person in self.people.items():
            write_all_about(site, person, what)
        # The agenda is frozen with all of them on it, and only then they refuse: what stood before
        # has to go too.
        client = site.client("coordinator")
        assert (
            client.post(
                f"/neighbourhood/teams/{site.team}/nine-o-clock", {"meets_on": "2019-10-02"}
            ).status_code
            == 302
        )
        for what, person in self.people.items():
            refusing(site, person, what)
        who = desk.identities(self.people.values())
        self.identity, self.texts = {}, {}
        for what, person in self.people.items():
            i = who[person]
            self.identity[what] = {
                "pseudonym": str(person), "short": short(person), "name": name_of(i), "number": i["nhs_number"],
                "spaced": spaced(i["nhs_number"]), "address": i["address"],
            }  # fmt: skip
            self.texts[what] = words_of(what)

    def traces(self, what: str, text: str) -> set[str]:
        """What of this person is found in an answer."""
        told = html.unescape(text)
        return {
            k
            for k, v in {**self.texts[what], **self.identity[what]}.items()
            if v and str(v) in told
        }


@pytest.fixture(scope="module")
def world(fresh_site):
    return World(fresh_site)


CARE = ("coordinator", "clinician", "gp")


def variants(text: str, *, names: bool) -> list[str]:
    """The address's other forms: every table as CSV, the whole list, with names."""
    more = [q for q in ("names=1", "all=1") if f"?{q}" in text]
    return [
        *(f"csv={name}" for name in sorted(set(re.findall(r"[?&;]csv=([a-z_]+)", text)))),
        *(more if names else []),
    ]


class Answer:
    def __init__(self, world, name, role, url, text, status):
        self.name, self.role, self.url, self.status = name, role, url, status
        # A page about one person whose pseudonym stands in its own address tells nobody anything by
        # repeating it.
        self.found = {what: world.traces(what, text) for what in world.people}


@pytest.fixture(scope="module")
def walked(world):
    """Every address as every role; what the resident and the analyst may not open answers all the
    same."""
    site, answers = world.site, []
    clients = {role: site.client(role) for role in [*ROLES, "gp"]}
    addresses = [
        (p.name, address(site, p))
        for p in routes()
        if p.name not in ("sign_out", "leave_everywhere")
    ]
    addresses += [
        ("why", f"/figures/list.{site.team}.{f}")
        for f in ("registered", "register", "agenda", "actions", "overdue", "requests")
    ]
    owners = [w["owner"] for w in world.texts.values()]
    addresses += [
        ("remind", f"/neighbourhood/teams/{site.team}/remind?owner={o}&of=") for o in owners
    ]
    for name, url in addresses:
        for role, client in clients.items():
            response = client.get(url)
            text = response.content.decode(errors="replace")
            answers.append(Answer(world, name, role, url, text, response.status_code))
            if response.status_code != 200 or role not in (
                "coordinator",
                "clinician",
                "gp",
                "analyst",
                "privacy_officer",
            ):
                continue
            for query in variants(text, names=role in CARE):
                join = "&" if "?" in url else "?"
                more = client.get(url + join + query)
                answers.append(
                    Answer(
                        world,
                        name,
                        role,
                        url + join + query,
                        more.content.decode(errors="replace"),
                        more.status_code,
                    )
                )
    return answers


def leaks(walked, what: str, roles, *, pages=None) -> list[tuple[str, str, set[str]]]:
    """Where an answer gives the person away. That somebody looked is oversight of the reader and
    stands in the audit."""
    return sorted(
        {
            (a.role, a.url, tuple(sorted(a.found[what])))
            for a in walked
            if a.role in roles
            and a.found[what]
            and (pages is None or a.name in pages)
            and a.name != "who_looked"
        }
    )


def test_the_walk_opened_something(walked, world):
    assert len(walked) > 900 and {a.status for a in walked} <= {200, 302, 404, 405, 422}
    assert any(a.found["planning"] >= {"alert", "worker", "action", "short"} for a in walked), (
        "the words are on lists"
    )


def test_practice_only_leaves_no_trace_with_anybody_beyond_the_practice(walked):
    assert leaks(walked, "sharing", ROLES) == []


def test_practice_only_shows_to_the_practice(walked):
    assert leaks(walked, "sharing", {"gp"}, pages={"practice_kept"}) != []


def test_whoever_refuses_the_list_stands_on_no_list_by_risk(walked):
    lists = {"nine_o_clock", "meeting_sheet", "caseload"}
    assert leaks(walked, "risk", ROLES, pages=lists) == []
    assert leaks(walked, "risk", {"coordinator"}, pages={"after"}) != [], "their care goes on"


def test_whoever_refuses_planning_is_nowhere_in_planning(walked):
    planning = set(ROLES) - {"coordinator", "clinician"}
    assert leaks(walked, "planning", planning) == []
    assert leaks(walked, "planning", {"coordinator"}) != [], "their care goes on"


@pytest.mark.parametrize("page", ["", "/explained", "/review", "/refer", "/agenda", "/notes/alert"])
def test_what_is_refused_says_so_in_words_and_names_nobody(world, page):
    site, person = world.site, world.people["sharing"]
    for role in ("coordinator", "clinician"):
        text = site.client(role).get(f"/neighbourhood/people/{person}{page}").content.decode()
        assert WISH in text, (role, page)
        assert world.traces("sharing", text.replace(str(person), "")) == set()
    for role in ("planner", "board", "administrator", "privacy_officer"):
        text = site.client(role).get(f"/neighbourhood/people/{person}{page}").content.decode()
        assert WISH not in text, "whoever has nothing to do with the person learns nothing"


def test_entries_of_somebody_kept_with_the_practice_say_so_in_words(world):
    from oneplace.web.neighbourhood.models import Action, Note, Request, ServiceReferral

    client, person = world.site.client("coordinator"), world.people["sharing"]
    for model, path in (
        (Action, "actions"),
        (Note, "notes"),
        (ServiceReferral, "referrals"),
        (Request, "requests"),
    ):
        entry = model.objects.filter(person_id=person).first()
        text = client.get(f"/neighbourhood/{path}/{entry.pk}").content.decode()
        assert WISH in text and world.traces("sharing", text) == set(), path


def test_the_analyst_is_told_in_words_too(world):
    client = world.site.client("analyst")
    text = client.get(f"/analyst/people/{world.people['planning']}").content.decode()
    assert "Not shown for planning at the person’s wish" in text
    text = client.get(f"/analyst/people/{world.people['sharing']}").content.decode()
    assert WISH in text


def test_no_link_of_a_team_s_page_ends_in_a_404(world):
    client, team = world.site.client("coordinator"), world.site.team
    seen, wrong = set(), []
    for page in ("nine-o-clock", "caseload?all=1", "after", "sheet"):
        text = client.get(f"/neighbourhood/teams/{team}/{page}").content.decode()
        for href in re.findall(r'href="(/neighbourhood/[^"#]+)"', text):
            href = html.unescape(href)
            if href not in seen and len(seen) < 400:
                seen.add(href)
                if client.get(href).status_code not in (200, 302):
                    wrong.append(href)
    assert len(seen) > 50 and wrong == []


def test_lists_and_counts_say_in_words_who_is_not_counted(world):
    site, team = world.site, world.site.team
    for page in ("nine-o-clock", "caseload", "after", "sheet"):
        text = (
            site.client("coordinator").get(f"/neighbourhood/teams/{team}/{page}").content.decode()
        )
        assert "Practice only: 1 person kept with the practice at the person’s wish." in text, page


def test_the_register_adds_up_without_them_and_the_figures_are_the_same_everywhere(world):
    from test_mornings import figures

    from oneplace.web import desk

    site, team = world.site, world.site.team
    whole = people.caseload(desk.session(), team, whole=True)
    on_it = sum(
        str(world.people[w]) in {p["person"] for p in whole["people"]} for w in ("sharing", "risk")
    )
    client = site.client("coordinator")
    pages = [f"/neighbourhood/teams/{team}/{p}" for p in ("nine-o-clock", "caseload", "after")] + [
        "/"
    ]
    found = [figures(client.get(p).content.decode()) for p in pages]
    assert all(f == found[0] for f in found)
    assert int(found[0]["on the register"]) == whole["reconciles"]["register"] - on_it
    assert (
        found[0]["open actions"] == "2" and found[0]["requests to answer"] == "2"
    )  # of risk and planning alone
    text = client.get(f"/neighbourhood/teams/{team}/caseload").content.decode()
    assert "do not add up" not in text
    for what, name in (
        ("register", "on the register"),
        ("actions", "open actions"),
        ("agenda", "on the agenda"),
    ):
        why = client.get(f"/figures/list.{team}.{what}").content.decode()
        assert re.search(rf">{found[0][name]}( people)?<", why), what


def test_the_practice_owns_what_falls_due_and_keeps_the_alerts(world):
    site = world.site
    client, said = site.client("gp"), world.texts["sharing"]
    assert "due about people whom the practice keeps to itself" in client.get("/").content.decode()
    text = client.get(f"/neighbourhood/practices/{world.practice}/kept").content.decode()
    assert (
        said["alert"] in text
        and said["action"] in text
        and said["asked"] in text
        and "Review due" in text
    )
    assert (
        site.client("coordinator")
        .get(f"/neighbourhood/practices/{world.practice}/kept")
        .status_code
        == 404
    )
    assert client.get("/neighbourhood/practices/elsewhere/kept").status_code == 404


def test_the_command_line_shows_nobody_who_refuses(world):
    def run(*words: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "oneplace", *words],
            capture_output=True,
            text=True,
            env=os.environ,
            check=False,
        )

    folder = str(world.site.folder)
    for more in ((), ("--register",), ("--register", "--json")):
        out = run("caseload", folder, "--team", world.site.team, *more)
        assert out.returncode == 0, out.stderr
        for what in WHATS:
            assert world.traces(what, out.stdout) == set(), (what, more)
    for what in ("sharing", "planning"):
        out = run("explain", folder, str(world.people[what]))
        assert out.returncode != 0 and "person’s wish" in out.stderr + out.stdout, what
    out = run("explain", folder, str(world.people["risk"]), "--json")
    assert out.returncode == 0 and '"rank"' not in out.stdout


def test_names_on_the_command_line_leave_out_who_refuses_that_reader(world):
    folder = str(world.site.folder)
    words = (
        "caseload",
        folder,
        "--team",
        world.site.team,
        "--identify",
        "--as",
        "coordinator",
        "--purpose",
        "direct_care",
    )
    out = subprocess.run(
        [sys.executable, "-m", "oneplace", *words, "--json"],
        capture_output=True,
        text=True,
        env=os.environ,
        check=False,
    )
    assert out.returncode == 0, out.stderr
    assert (
        world.traces("sharing", out.stdout) == set() and world.traces("risk", out.stdout) == set()
    )


@pytest.mark.parametrize("how", ["pseudonym", "number", "short"])
def test_adding_somebody_kept_with_the_practice_by_hand_says_so(world, how):
    typed = world.identity["sharing"][how]
    response = world.site.client("coordinator").post(
        f"/neighbourhood/teams/{world.site.team}/add", {"person": typed, "reason": "x"}
    )
    assert WISH in response.content.decode()


def test_a_wish_holds_where_the_person_moved_to_another_team_since(world):
    """A refusal is the person's, not the team's in which it was written."""
    from oneplace.web.accounts.sight import sight_for
    from oneplace.web.neighbourhood.models import Objection

    assert Objection.objects.filter(team_code=world.site.team).count() == 3
    Objection.objects.filter(person_id=world.people["sharing"]).update(team_code="elsewhere")
    assert not sight_for(world.site.user("coordinator")).shows(world.people["sharing"])
    Objection.objects.filter(person_id=world.people["sharing"]).update(team_code=world.site.team)


def test_the_menu_leads_the_practice_to_whom_it_looks_after_alone(world):
    client = world.site.client("gp")
    assert 'href="/neighbourhood/practices"' in client.get("/").content.decode()
    answer = client.get("/neighbourhood/practices")
    assert answer.headers["Location"] == f"/neighbourhood/practices/{world.practice}/kept"
    assert (
        "You work at no practice"
        in world.site.client("coordinator").get("/neighbourhood/practices").content.decode()
    )
    assert world.site.client("planner").get("/neighbourhood/practices").status_code == 404
