"""The place on a page: people, need, care, plan, money, performance, outcomes, each with its
figures and where more is said.

In: both populations from the place's tables, what the build says of people (counts that may be
shown), the tiles of the other sections. Out: a `Chapter`. Residents and registered people stand
side by side and are never added or mixed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from oneplace.report import words
from oneplace.report.board.paper import (
    Block,
    Cell,
    Chapter,
    Grid,
    Heading,
    Line,
    Missing,
    Origin,
    Picture,
    Section,
    Tile,
    Tiles,
)
from oneplace.report.charts import BarRow, Bars
from oneplace.report.trace import Figure


@dataclass(frozen=True)
class Headcount:
    """A unit with either population: from the published tables, None where it has none."""

    kind: str
    code: str
    name: str
    residents: int | None
    registered: int | None


@dataclass(frozen=True)
class TeamList:
    """A team's list in the build, as counts that may be shown."""

    code: str
    name: str
    registered: int | None
    register: int | None
    agenda: int | None


@dataclass(frozen=True)
class Count:
    """A group of people, as a count that may be shown."""

    id: str
    title: str
    people: int | None


@dataclass(frozen=True)
class People:
    """What a build says: everyone in the records, both populations on the day, segments,
    conditions, teams."""

    everyone: int | None
    residents: int | None
    registered: int | None
    segments: tuple[Count, ...]
    conditions: tuple[Count, ...]
    teams: tuple[TeamList, ...]


def on_a_page(
    *,
    units: Sequence[Headcount],
    published: Origin | None,
    lists: Origin | None,
    ours: Mapping[str, tuple[Origin, str]],
    people: People | None,
    records: Origin | None,
    others: Sequence[Tiles],
    why_not: str,
    segments: Origin | None = None,
    caseloads: Origin | None = None,
) -> Chapter:
    """`published` is where residents come from, `lists` where registered people do, `ours` where
    teams and neighbourhoods do, each with a remark; `segments` and `caseloads` are the records with
    the documents that define these."""
    page = _Page(
        units,
        published,
        lists,
        ours,
        people,
        records,
        why_not,
        segments or records,
        caseloads or records,
    )
    tiles = [
        t
        for t in (page.people_tiles(), page.need_tiles(), page.care_tiles(), *others)
        if t is not None
    ]
    sections = [Section("place", "The place on a page", (*tiles, *page.blocks()))]
    groups = page.groups()
    if groups:
        sections.append(Section("groups", "Neighbourhoods and teams", groups, annex=True))
    return Chapter(sections=tuple(sections))


class _Page:
    def __init__(
        self,
        units: Sequence[Headcount],
        published: Origin | None,
        lists: Origin | None,
        ours: Mapping[str, tuple[Origin, str]],
        people: People | None,
        records: Origin | None,
        why_not: str,
        segments: Origin | None,
        caseloads: Origin | None,
    ):
        self.segments, self.caseloads = segments, caseloads
        self.units, self.published, self.lists, self.ours = units, published, lists, ours
        self.people, self.records, self.why_not = people, records, why_not

    def _whole(self) -> Headcount | None:
        return next((u for u in self.units if u.kind == "place"), None)

    def count(self, id: str, label: str, value: int | None, origin: Origin | None = None) -> Figure:
        origin = origin or self.records
        assert origin is not None
        return origin.figure(id, label, "1 to 7" if value is None else value)

    # --- tiles ---

    def people_tiles(self) -> Tiles | None:
        whole, out = self._whole(), list[Tile]()
        if whole and whole.residents is not None and self.published:
            out.append(
                Tile(
                    self.published.figure(
                        "people.residents", "Residents, published", whole.residents
                    ),
                    "people live here",
                    self.published.period,
                    "place",
                )
            )
        if whole and whole.registered is not None and self.lists:
            out.append(
                Tile(
                    self.lists.figure(
                        "people.registered",
                        "Registered with practices, published",
                        whole.registered,
                    ),
                    "on practice lists",
                    self.lists.period.split("; ")[-1],
                    "place",
                )
            )
        if self.people and self.records:
            label = "People in the build's records"
            figure = self.count("records.people", label, self.people.everyone)
            out.append(
                Tile(
                    figure,
                    "people in the records",
                    "demonstration people"
                    if self.records.basis == "synthetic"
                    else self.records.period,
                    "place",
                )
            )
        return Tiles("People", tuple(out)) if out else None

    def need_tiles(self) -> Tiles | None:
        if not (self.people and self.records):
            return None
        most = self.people.conditions[:2]
        tiles = [
            Tile(
                self.count(f"segment.{s.id}", f"Segment: {s.title}", s.people, self.segments),
                s.title,
                "segment",
                "place",
            )
            for s in self.people.segments[1:3]
        ]
        tiles += [
            Tile(
                self.count(f"condition.{c.id}", f"People with {c.title}", c.people),
                f"people with {_lower(c.title)}",
                "",
                "place",
            )
            for c in most
        ]
        return Tiles("Need", tuple(tiles)) if tiles else None

    def care_tiles(self) -> Tiles | None:
        if not (self.people and self.records and self.people.teams):
            return None
        assert self.caseloads is not None
        teams = self.records.figure("teams", "Neighbourhood teams", len(self.people.teams))
        register = sum(t.register or 0 for t in self.people.teams)
        agenda = sum(t.agenda or 0 for t in self.people.teams)
        return Tiles(
            "Care",
            (
                Tile(teams, "teams with a caseload", "", "place"),
                Tile(
                    self.caseloads.figure(
                        "caseload.register", "People on the teams' registers", register
                    ),
                    "on the teams' registers",
                    "",
                    "place",
                ),
                Tile(
                    self.caseloads.figure("caseload.agenda", "People on the next agendas", agenda),
                    "on the next agendas",
                    "",
                    "place",
                ),
            ),
        )

    # --- blocks ---

    def blocks(self) -> list[Block]:
        out: list[Block] = [
            Heading("People: who lives here and who is registered"),
            *self.populations(),
        ]
        out.append(Heading("Need"))
        if self.people and self.records:
            out += [
                *self.bars("segments", "People by segment", self.people.segments, "segment"),
                *self.bars(
                    "conditions",
                    "Long-term conditions, the most frequent",
                    self.people.conditions,
                    "condition",
                ),
            ]
        else:
            out.append(Missing("segments and long-term conditions.", self.why_not))
        out.append(Heading("Care: the neighbourhood teams"))
        out += self.teams()
        return out

    def populations(self) -> list[Block]:
        whole = self._whole()
        if whole is None or whole.residents is None or self.published is None:
            return [
                Missing(
                    "the place's own population tables.",
                    "Add tables/population_by_area_age.csv and tables/practices.csv with their sources.",
                )
            ]
        residents = self.published.figure(
            "people.residents", "Residents, published", whole.residents
        )
        registered: Cell = (
            self.lists.figure(
                "people.registered", "Registered with practices, published", whole.registered
            )
            if self.lists and whole.registered is not None
            else "not in the tables"
        )
        rows: list[tuple[Cell, ...]] = [
            (
                "Published",
                residents,
                registered,
                self.published.period + ("; lists: " + self.lists.period if self.lists else ""),
            )
        ]
        if self.people and self.records:
            rows.append(
                (
                    "In the records",
                    self.count(
                        "records.residents",
                        "Residents in the records on the day",
                        self.people.residents,
                    ),
                    self.count(
                        "records.registered",
                        "Registered in the records on the day",
                        self.people.registered,
                    ),
                    words.days_in(self.records.period),
                )
            )
        said: Line = (
            "Two populations: neighbourhood rates divide by residents, team and practice figures by registered people.",
        )
        if whole.registered is not None and whole.residents:
            more = whole.registered - whole.residents
            said = (
                f"{words.number(abs(more))} {'more' if more >= 0 else 'fewer'} people are registered than live here: lists hold people who live elsewhere or have moved. ",
                *said,
            )
        return [
            Grid(
                "Residents and registered people, side by side",
                ("", "Live here", "Registered", "Of"),
                tuple(rows),
                right=(1, 2),
                note=said,
            ),
        ]

    def groups(self) -> tuple[Block, ...]:
        """Who lives in each neighbourhood and who is registered with each team, by the place's own
        tables."""
        out: list[Block] = []
        for kind, what, column in (
            ("neighbourhood", "Residents", "residents"),
            ("team", "Registered people", "registered"),
        ):
            mine = [
                (u, getattr(u, column))
                for u in self.units
                if u.kind == kind and getattr(u, column) is not None
            ]
            known = self.ours.get(kind)
            if mine and known:
                origin, remark = known
                figures = tuple(
                    origin.figure(f"{kind}.{u.code}.{column}", f"{u.name}: {column}", n)
                    for u, n in mine
                )
                rows = tuple(BarRow(u.name, n) for u, n in mine)
                chart = Bars(
                    id=f"{kind}s",
                    title=f"{what} by {kind}",
                    measure=what,
                    unit="",
                    rows=rows,
                    decimals=0,
                )
                out.append(Picture(chart, figures, note=remark))
        return tuple(out)

    def bars(self, id: str, title: str, counts: Sequence[Count], kind: str) -> list[Block]:
        if not counts or self.records is None:
            return []
        figures = tuple(
            self.count(
                f"{kind}.{c.id}",
                f"{'Segment: ' if kind == 'segment' else 'People with '}{c.title}",
                c.people,
                self.segments if kind == "segment" else self.records,
            )
            for c in counts
        )
        chart = Bars(
            id=id,
            title=title,
            measure="People",
            unit="",
            decimals=0,
            rows=tuple(BarRow(c.title, c.people, suppressed=c.people is None) for c in counts),
        )
        return [
            Picture(
                chart,
                figures,
                note="On demonstration people." if self.records.basis == "synthetic" else "",
            )
        ]

    def teams(self) -> list[Block]:
        if self.people and self.records and self.people.teams:
            rows = tuple(
                (
                    t.name,
                    self.count(
                        f"caseload.{t.code}.registered",
                        f"{t.name}: registered",
                        t.registered,
                        self.caseloads,
                    ),
                    self.count(
                        f"caseload.{t.code}.register",
                        f"{t.name}: on the register",
                        t.register,
                        self.caseloads,
                    ),
                    self.count(
                        f"caseload.{t.code}.agenda",
                        f"{t.name}: on the next agenda",
                        t.agenda,
                        self.caseloads,
                    ),
                )
                for t in self.people.teams
            )
            return [
                Grid(
                    "Teams and their caseloads",
                    ("Team", "Registered", "On the register", "Next agenda"),
                    rows,
                    right=(1, 2, 3),
                    note=(
                        "The register is everyone registered who is not set aside for a stated reason; the agenda is whom the next meeting discusses.",
                    ),
                )
            ]
        return [Missing("teams and their caseloads.", self.why_not)]


def _lower(title: str) -> str:
    """A condition inside a sentence; an abbreviation such as COPD stays as it is."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]
