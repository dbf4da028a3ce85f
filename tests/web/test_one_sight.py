"""Every count of a team's people goes through the sight of whoever reads it, of the place as it is
and as it stood.

One person for each wish, on the frozen agenda, with an overdue action, a request and a review;
others with a wish who came onto the register or left it between two builds. What each reader should
be told is counted here from rows: of the builds' lists and of what the team wrote, without those
whom the wish keeps from that reader. Every figure of the team that is met on any page that the
reader reaches, its story at every stand, the table of joiners and leavers, and every CSV say just
that.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import shutil

import pytest
from test_why import CELL, HEADLINE, WHY, pages, read, words_of

READERS = ("coordinator", "clinician", "analyst")
WISHES = ("sharing", "planning", "risk")
FIGURES = ("registered", "register", "agenda", "actions", "overdue", "requests")
UTC = dt.UTC


class World:
    """The site with its builds: `first` before any wish, `then` and `now` after; and who keeps what
    from whom."""

    def __init__(self, site):
        from oneplace.answers.publishing import build_place
        from oneplace.engines import store
        from oneplace.web import desk
        from oneplace.web.accounts.models import Standing

        self.site, self.team, self.folder = site, site.team, site.folder
        self.practice = Standing.objects.get(
            user__username="clinician", tie="registered_practice"
        ).subject
        self.first = store.current(site.folder)
        self.wishes: dict[int, str] = {}
        self._on_the_agenda()
        self.then = build_place(
            site.folder, now=dt.datetime(2031, 1, 1, tzinfo=UTC), as_of=dt.date(2018, 6, 1)
        )
        self.now = build_place(
            site.folder, now=dt.datetime(2031, 2, 1, tzinfo=UTC), as_of=dt.date(2019, 10, 1)
        )
        desk.close()
        old, new = self.listed(self.then), self.listed(self.now)
        here = {
            p for (p,) in self.rows(self.now, "SELECT person_id FROM caseload WHERE team_code = ?")
        }
        dead = {
            p
            for (p,) in self.rows(
                self.now,
                "SELECT person_id FROM people WHERE death_date < DATE '2019-10-01' AND ? > ''",
            )
        }
        self.gone = old - new - here  # who died or moved, and is on no list of the team any more
        self.died = sorted(self.gone & dead)
        for moved in (sorted(new - old), self.died):
            assert len(moved) >= len(WISHES), f"some came and some died: {len(moved)}"
            for person, what in zip(moved, WISHES, strict=False):
                self.refuse(person, what)

    def _on_the_agenda(self) -> None:
        from oneplace.web import desk
        from oneplace.web.neighbourhood.models import Action, Request, Review
        from oneplace.web.neighbourhood.team import team_state

        site = self.site
        mine = [s.person_id for s in team_state(self.team)["slots"]]
        mine = [p for p in mine if desk.standing_of(p)["practice_code"] == self.practice]
        by = site.user("coordinator")
        for person in mine[:4]:  # the fourth refuses nothing
            about = {"by": by, "person_id": person, "team_code": self.team}
            for day in (dt.date(2019, 9, 1), dt.date(2019, 12, 1)):
                Action.write(
                    **about, what="call", owner=f"owner of {person}", due_on=day, state="open"
                )
            Request.write(
                **about, what="appointment", words="call me", asked_on=dt.date(2019, 9, 1)
            )
            Review.write(
                **about,
                reviewed_on=dt.date(2019, 8, 1),
                outcome="carried",
                attended="all",
                decision="wait",
            )
        page = f"/neighbourhood/teams/{self.team}/nine-o-clock"
        assert site.client("coordinator").post(page, {"meets_on": "2019-10-02"}).status_code == 302
        for person, what in zip(mine, WISHES, strict=False):
            self.refuse(person, what)
        self.plain = mine[3]

    def refuse(self, person: int, what: str) -> None:
        from oneplace.web.neighbourhood.models import Objection

        by = self.site.user("coordinator")
        Objection.write(
            by=by, person_id=person, team_code=self.team, what=what, since=dt.date(2019, 9, 1)
        )
        self.wishes[person] = what

    def rows(self, build, sql: str) -> list[tuple]:
        from oneplace.answers import open_place
        from oneplace.web import desk

        desk.close()
        with open_place(self.folder, build=build.id) as session:
            return [tuple(r.values()) for r in session.ask(sql, [self.team])]

    def listed(self, build) -> set[int]:
        return {
            p
            for (p,) in self.rows(
                build, "SELECT person_id FROM caseload WHERE team_code = ? AND rank IS NOT NULL"
            )
        }

    # --- what is kept from whom, in this file's own words -----------------------------------------------------------------
    def sees(self, role: str, person: int) -> bool:
        from oneplace.web import desk

        what = self.wishes.get(person)
        if what == "sharing":
            own = (desk.standing_of(person) or {}).get("practice_code") == self.practice
            return role == "clinician" and own
        return not (what == "planning" and role == "analyst")

    def lists(self, role: str, person: int) -> bool:
        return self.wishes.get(person) != "risk" and self.sees(role, person)

    def discusses(self, role: str, person: int) -> bool:
        return self.wishes.get(person) not in ("risk", "sharing") and self.sees(role, person)

    def register(self, build, role: str) -> int:
        return sum(self.lists(role, p) for p in self.listed(build))

    def expected(self, build, role: str) -> dict[str, int]:
        """Each figure of the team at a build as the reader should be told it; before all that the
        team wrote at the first."""
        from oneplace.web.neighbourhood.models import Action, AgendaLine, Request

        written = build.id != self.first.id
        actions = [
            a
            for a in Action.objects.filter(team_code=self.team)
            if written and self.sees(role, a.person_id)
        ]
        requests = [
            r
            for r in Request.objects.filter(team_code=self.team)
            if written and self.sees(role, r.person_id)
        ]
        top = [
            p
            for (p,) in self.rows(
                build, "SELECT person_id FROM caseload WHERE team_code = ? AND on_agenda"
            )
        ]
        lines = list(
            AgendaLine.objects.filter(agenda__team_code=self.team).values_list(
                "person_id", flat=True
            )
        )
        [one] = [x for x in build.manifest["overview"]["lists"] if x["team"] == self.team]
        return {
            "registered": one["registered"],
            "register": self.register(build, role),
            "agenda": sum(self.discusses(role, p) for p in (lines if written else top)),
            "actions": len(actions),
            "overdue": sum(a.due_on < dt.date(2019, 10, 1) for a in actions),
            "requests": len(requests),
        }


@pytest.fixture(scope="module")
def world(fresh_site):
    from oneplace.engines import store
    from oneplace.web import desk

    before = {b.id for b in store.builds(fresh_site.folder)}
    current = store.current(fresh_site.folder).id
    try:
        yield World(fresh_site)
    finally:
        desk.close()
        for build in store.builds(fresh_site.folder):
            if build.id not in before:
                shutil.rmtree(build.folder)
        (fresh_site.folder / ".oneplace" / "current").write_text(current + "\n", encoding="utf-8")


def number(text: str) -> int:
    found = read(text.replace("\N{MINUS SIGN}", "-").lstrip("'+"))
    assert found is not None, text
    return int(found[0])


def table(client, address: str, name: str, **query) -> list[dict[str, str]]:
    response = client.get(address, {**query, "csv": name})
    assert response.status_code == 200, (address, name, response.status_code)
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_the_world_has_somebody_for_every_wish_at_every_turn(world):
    """Else nothing below could fail: each reader is told other counts, and of each figure somebody
    is missing to somebody."""
    told = {role: world.expected(world.now, role) for role in READERS}
    assert (
        told["clinician"]["register"]
        > told["coordinator"]["register"]
        > told["analyst"]["register"]
    )
    old = {role: world.register(world.first, role) for role in READERS}
    assert len(world.listed(world.first)) > old["clinician"] > old["coordinator"] > old["analyst"]
    assert (
        told["clinician"]["actions"] == 8
        and told["coordinator"]["actions"] == 6
        and told["analyst"]["actions"] == 4
    )


@pytest.mark.parametrize("role", [*READERS, *reversed(READERS)])
def test_a_figure_says_on_every_page_what_its_reader_sees(world, role):
    """Whoever asked first. The ids are those that the reader meets."""
    client, wrong, met = world.site.client(role), [], set()
    expected = world.expected(world.now, role)
    walk = [*pages(client), *pages(client, f"/neighbourhood/teams/{world.team}/caseload")]
    for address, text in walk:
        said = [
            (i, words_of(f.partition("</span>")[0]))
            for f in HEADLINE.findall(text)
            for i in WHY.findall(f)
        ]
        said += [(link, words_of(cell)) for _, link, cell in CELL.findall(text)]
        for link, value in said:
            _, _, figure = link.rpartition(f"/list.{world.team}.")
            if figure == link or not figure:
                continue
            met.add(figure)
            if number(value) != expected[figure]:
                wrong.append(f"{address}: {figure} {value}, not {expected[figure]}")
    assert not wrong, "\n".join(wrong)
    assert met == set(FIGURES)


@pytest.mark.parametrize("role", READERS)
@pytest.mark.parametrize("figure", FIGURES)
def test_its_story_says_so_of_every_stand_and_its_parts_add_up(world, role, figure):
    client, address = world.site.client(role), f"/figures/list.{world.team}.{figure}"
    now = world.expected(world.now, role)[figure]
    rows = table(client, address, "papers")
    assert [number(r["It was"]) for r in rows] == [
        world.expected(b, role)[figure] for b in (world.then, world.first)
    ]
    for build, row in zip((world.then, world.first), rows, strict=True):
        then = world.expected(build, role)[figure]
        assert number(row["Change since"]) == now - then
        parts = (
            {
                r["Cause"]: number(r["Change"])
                for r in table(client, address, "parts", since=build.id)
            }
            if now != then
            else {}
        )
        whole = parts.pop("All together", now - then)
        assert whole == sum(parts.values()) == now - then, (build.id, parts)
        text = client.get(address, {"since": build.id}).content.decode()
        moved = re.search(r'<p id="people">([\d,]+) joined.*?; ([\d,]+) left', text)
        if figure == "register":
            assert moved and then + number(moved[1]) - number(moved[2]) == now
            old, new = (world.listed(b) for b in (build, world.now))
            assert number(moved[1]) == sum(world.lists(role, p) for p in new - old)
            assert number(moved[2]) == sum(world.lists(role, p) for p in old - new)


@pytest.mark.parametrize("role", ["coordinator", "clinician"])
def test_after_the_meeting_counts_whom_the_reader_sees(world, role):
    client, address = world.site.client(role), f"/neighbourhood/teams/{world.team}/after"
    text, expected = client.get(address).content.decode(), world.expected(world.now, role)
    lines = re.findall(r'data-label="The register">(.*?)</th><td[^>]*>(.*?)<', text)
    told = [(what, number(n)) for what, n in lines]
    assert told[0] == ("On the register then", world.register(world.then, role))
    assert told[-1] == ("On the register now", expected["register"]), "the lines add up"
    assert sum(n for _, n in told[:-1]) == told[-1][1]
    old, new = world.listed(world.then), world.listed(world.now)
    joined = sum(n for what, n in told if what.startswith("Joined"))
    assert joined == sum(world.lists(role, p) for p in new - old)
    assert len(table(client, address, "actions")) == expected["actions"]
    assert len(table(client, address, "requests")) == expected["requests"]
    named = {
        int(p)
        for p in re.findall(r"/people/(\d+)", text.partition('id="gone"')[2].partition("</ul>")[0])
    }
    assert named <= {p for p in world.gone if world.sees(role, p)}
    died = {p for p in world.died if world.sees(role, p)}
    assert died <= named and any(world.wishes.get(p) == "planning" for p in died), (
        "it keeps no death from the team"
    )
    owners = re.findall(r'data-label="Open">(\d+)</td><td[^>]*data-label="Overdue">(\d+)<', text)
    assert sum(int(n) for n, _ in owners) == expected["actions"]
    assert sum(int(n) for _, n in owners) == expected["overdue"]
    due = {r["Month"]: int(r["Actions due"]) for r in table(client, address, "tally")}
    assert sum(due.values()) == expected["actions"]


@pytest.mark.parametrize("role", READERS)
def test_the_register_its_lines_and_each_place_on_it_are_of_whom_the_reader_sees(world, role):
    client, address = world.site.client(role), f"/neighbourhood/teams/{world.team}/caseload"
    expected = world.expected(world.now, role)
    rows = table(client, address, "caseload")
    assert len(rows) == expected["register"]
    text = client.get(address).content.decode()
    lines = dict(
        re.findall(r'data-label="Of everyone registered">(.*?)</th><td[^>]*>([\d,]+)<', text)
    )
    assert (
        number(lines.pop("Registered with the team"))
        == expected["registered"]
        == sum(map(number, lines.values()))
    )
    assert number(lines["On the register"]) == expected["register"]
    own = "/analyst/people/{}" if role == "analyst" else "/neighbourhood/people/{}/explained"
    why = client.get(own.format(world.plain)).content.decode()
    place = re.search(r"([\d,]+) of ([\d,]+)", words_of(why.partition("Place on the register")[2]))
    assert place and number(place[2]) == expected["register"]


@pytest.mark.parametrize("role", ["coordinator", "clinician"])
def test_the_agenda_and_its_sheet_hold_as_many_as_their_figure(world, role):
    client, expected = world.site.client(role), world.expected(world.now, role)
    rows = table(client, f"/neighbourhood/teams/{world.team}/nine-o-clock", "agenda")
    assert len(rows) == expected["agenda"]


def test_a_planner_opens_no_count_of_a_teams_list(world):
    client = world.site.client("planner")
    assert {client.get(f"/figures/list.{world.team}.{f}").status_code for f in FIGURES} == {404}


def test_where_the_rows_of_then_are_gone_nothing_is_said_of_the_lists(world):
    """What cannot be known for this reader is not said: neither the whole count nor one that leaves
    too many out."""
    from oneplace.web import desk

    facts = world.first.facts
    aside = facts.with_name("aside")
    desk.close()
    facts.rename(aside)
    try:
        for figure, stands in (("register", 1), ("agenda", 1), ("registered", 2), ("actions", 2)):
            address = f"/figures/list.{world.team}.{figure}"
            assert len(table(world.site.client("coordinator"), address, "papers")) == stands, figure
    finally:
        aside.rename(facts)
        desk.close()


def test_a_wish_that_is_withdrawn_counts_again_the_same_minute(world):
    from oneplace.web.neighbourhood.models import Objection

    person = next(p for p, what in world.wishes.items() if what == "sharing")
    held = Objection.objects.get(person_id=person)
    address = f"/figures/list.{world.team}.register"
    client = world.site.client("coordinator")

    def told() -> list[int]:
        return [number(r["It was"]) for r in table(client, address, "papers")]

    before, on = told(), [person in world.listed(b) for b in (world.then, world.first)]
    held = held.revise(by=world.site.user("coordinator"), base=held.version, state="withdrawn")
    assert told() == [n + here for n, here in zip(before, on, strict=True)] and any(on)
    held.revise(by=world.site.user("coordinator"), base=held.version, state="in_force")
    assert told() == before
