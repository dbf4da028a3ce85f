"""A figure has one value wherever it stands: a walk over every page that a role reaches, the tables
as CSV, the paper of the same day.

Each figure that is shown leads to its own page, so the pages themselves say which figure is which.
Two shown values agree when they are equal at the coarser of their two roundings. What is said twice
under two names is listed below, each with what it has to be equal to.
"""

from __future__ import annotations

import csv
import datetime as dt
import html
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
import pytest

from oneplace.sources.statistics.keeping import keep
from oneplace.tables.observations import OBSERVATIONS

ROLES = ("board", "planner", "analyst", "finance", "risk")
LEFT_OUT = (
    "/static",
    "/sign",
    "/my",
    "/accounts",
    "/jobs",
    "/builds",
    "/api",
    "/directory",
    "/accessibility",
    "/figures",
)
MOST_PAGES, ALIKE = 90, 4
PUBLISHED = {"2019-04": (91, 100), "2019-05": (80, 100), "2019-06": (85, 100)}


# --- what a page shows -------------------------------------------------------------------------------------------------
@dataclass
class Table:
    caption: str = ""
    header: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    csv: str = ""

    def column(self, label: str) -> list[str]:
        at = next(i for i, h in enumerate(self.header) if h.startswith(label))
        return [r[at] for r in self.rows]


class Reader(HTMLParser):
    """Figures by their ids, tables, links to CSV and to pages, and the text of one page."""

    def __init__(self, address: str, body: str):
        super().__init__(convert_charrefs=True)
        self.address, self.text = address, ""
        self.figures: list[tuple[str, str]] = []
        self.tables: list[Table] = []
        self.links: list[str] = []
        self.csv = [html.unescape(c) for c in re.findall(r'href="(\?[^"]*csv=[^"]*)"', body)]
        self._id = self._anchor = self._value = ""
        self._cell: str | None = None
        self._in_value = self._in_head = False
        self._unseen = 0
        self.feed(body)

    def table(self, caption: str) -> Table:
        return next(t for t in self.tables if t.caption.startswith(caption))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {k: v or "" for k, v in attrs}
        address = given.get("href", "")
        self._unseen += tag in ("script", "style", "svg")
        if tag == "a":
            self.links.append(re.split("[?#]", address)[0])
            self._id, self._anchor = (
                unquote(address.removeprefix("/figures/"))
                if address.startswith("/figures/")
                else "",
                "",
            )
        if "op-figure__value" in given.get("class", ""):
            self._value, self._in_value = "", True
        if tag in ("thead", "tbody"):
            self._in_head = tag == "thead"
        if tag == "table":
            self.tables.append(Table())
        if tag == "tr" and self.tables and not self._in_head:
            self.tables[-1].rows.append([])
        if tag in ("th", "td", "caption") and self.tables:
            self._cell = ""

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in ("script", "style", "svg")
        if tag == "a" and self._id:
            # A figure's value links to its page, or stands before the question why it moved; a
            # chart only says where it is from.
            said = " ".join(
                (self._value if self._anchor.startswith("Why") else self._anchor).split()
            )
            if said and not said.startswith("Where these"):
                self.figures.append((self._id, said))
            self._id = ""
        self._in_value &= tag != "span"
        if tag in ("th", "td", "caption") and self.tables and self._cell is not None:
            cell, table = " ".join(self._cell.split()), self.tables[-1]
            if tag == "caption":
                table.caption = cell
            else:
                (table.header if self._in_head else table.rows[-1]).append(cell)
            self._cell = None

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        self.text += data
        self._anchor += data
        self._value += data if self._in_value else ""
        self._cell = None if self._cell is None else self._cell + data


def walk(site, role: str) -> Iterator[Reader]:
    client = site.client(role)
    todo, seen, kinds = ["/"], set(), {}
    while todo and len(seen) < MOST_PAGES:
        address = todo.pop(0)
        if address in seen:
            continue
        seen.add(address)
        answer = client.get(address)
        if answer.status_code != 200 or "html" not in answer["Content-Type"]:
            continue
        page = Reader(address, answer.content.decode())
        yield page
        for link in page.links:
            kind = re.sub(r"[^/]*\d[^/]*", "n", link)
            if link.startswith("/") and not link.startswith(LEFT_OUT) and link not in seen:
                kinds[kind] = kinds.get(kind, 0) + 1
                if kinds[kind] <= ALIKE:
                    todo.append(link)


# --- when two shown values are one ---------------------------------------------------------------------------------------
NUMBER = re.compile(r"[-−(]?£?\d[\d,]*(\.\d+)?")


def number(said: str) -> tuple[Decimal, Decimal] | None:
    """The value and the size of its last digit; None where it is no number."""
    found = NUMBER.search(said)
    if found is None:
        return None
    digits = re.sub(r"[£,(]", "", found[0]).replace("−", "-")
    scale = Decimal(1_000_000) if re.match(r"m\b", said[found.end() :]) else Decimal(1)
    step = Decimal(1).scaleb(-len(digits.partition(".")[2]))
    return Decimal(digits) * scale, step * scale


def agree(a: str, b: str) -> bool:
    one, other = number(a), number(b)
    if one is None or other is None:
        return a.casefold().rstrip(".") == b.casefold().rstrip(".")
    return abs(one[0] - other[0]) <= max(one[1], other[1]) * Decimal("0.5") + Decimal("1e-9")


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [("1,234", "1234", True), ("£13.8m", "£13,842,856", True), ("84.2%", "84%", True), ("84.2%", "85%", False), ("−3", "3", False),
     ("38,944 pathways", "38,944", True), ("Met", "met", True), ("*", "0", False), ("£13.8m", "£13.9m", False)],
)  # fmt: skip
def test_values_agree_at_the_coarser_rounding(a: str, b: str, same: bool) -> None:
    assert agree(a, b) is same


# --- the walk ------------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def told(_made: Path) -> Iterator[object]:
    """Hamlet with its commissioner's published months, a return that says something, and everything
    the roles can open."""
    import shutil

    from conftest import fresh
    from oneplace.web import desk

    site = fresh(_made)
    store = site.folder / ".oneplace" / "observations"
    rows = [
        {
            "measure": "rtt-incomplete", "organisation_code": "HC1", "basis": "commissioner", "period": dt.date.fromisoformat(f"{m}-01"),
            "numerator": float(n), "denominator": float(d), "value": 100 * n / d, "status": "final", "suppressed": False,
            "source_file": "published.csv", "source_sha256": "x", "imported_at": dt.datetime(2019, 9, 1),
        }
        for m, (n, d) in PUBLISHED.items()
    ]  # fmt: skip
    keep(site.folder, pa.Table.from_pylist(rows, schema=OBSERVATIONS.arrow), "walk")
    desk.close()
    assert _sends_a_return(site)
    yield {role: list(walk(site, role)) for role in ROLES} | {"site": site}
    shutil.rmtree(store)
    desk.close()


def _sends_a_return(site) -> bool:
    """A scheme lead says through their own form that one step is done."""
    said = {"delivery": "on_track", "benefit": "on_track", "done-H1-M01": "1/9/2019"}
    answer = site.client("scheme_lead").post("/programme/schemes/H1/return", said)
    return "is in (version 1)" in answer.content.decode()


def pages(told, *roles: str) -> list[Reader]:
    return [p for r in roles or ROLES for p in told[r]]


def page(told, role: str, address: str) -> Reader:
    return next(p for p in told[role] if p.address == address)


def test_the_walk_sees_the_house(told) -> None:
    seen = {p.address for p in pages(told)}
    assert len(seen) > 60
    assert {"/board/", "/board/performance", "/board/performance/goals", "/board/performance/rtt-incomplete", "/board/activity",
            "/board/claims", "/programme/", "/programme/line-of-sight", "/programme/compliance", "/finance/", "/analyst/claims"} <= seen  # fmt: skip


def test_a_figure_has_one_value_on_every_page_for_every_role(told) -> None:
    said: dict[str, dict[str, str]] = {}
    for p in pages(told):
        for id, value in p.figures:
            said.setdefault(id, {}).setdefault(value, p.address)
    assert len(said) > 150
    differing = {
        id: values
        for id, values in said.items()
        if not all(agree(a, b) for a in values for b in values)
    }
    assert not differing


def test_a_figures_own_page_says_what_the_page_before_it_said(told) -> None:
    site, seen = told["site"], {}
    for role in ROLES:
        for p in told[role]:
            for id, value in p.figures:
                seen.setdefault(id, (role, value, p.address))
    by_family: dict[str, int] = {}
    for id, (role, value, address) in seen.items():
        family = id.split(".")[0]
        by_family[family] = by_family.get(family, 0) + 1
        if by_family[family] > 5:
            continue
        answer = site.client(role).get(f"/figures/{id}")
        assert answer.status_code == 200, (id, address)
        own = re.search(r'op-figure__value">\s*(?:<[^>]*>)?\s*([^<]+)', answer.content.decode())
        assert own is not None, id
        assert agree(html.unescape(own[1]).strip(), value), (id, address, value, own[1])


def test_the_paper_of_the_day_says_what_the_pages_say(told) -> None:
    from oneplace.answers.paper_values import Gathered
    from oneplace.report.board.paper import figures_in_parts
    from oneplace.web import desk, place

    ordered, _ = Gathered(desk.session(), place.today()).parts()
    paper = {id: f.words() for id, f in figures_in_parts(ordered).items()}
    shown = {(id, value, p.address) for p in pages(told) for id, value in p.figures if id in paper}
    assert len({id for id, _, _ in shown}) > 100
    assert not [
        (id, value, where, paper[id]) for id, value, where in shown if not agree(value, paper[id])
    ]


def test_a_table_as_csv_holds_the_cells_of_the_page(told) -> None:
    site, compared = told["site"], 0
    for role in ("board", "planner"):
        client = site.client(role)
        for p in told[role]:
            for link in dict.fromkeys(p.csv):
                answer = client.get(p.address + link)
                assert answer.status_code == 200, (p.address, link)
                header, *rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
                same = [
                    t for t in p.tables if len(t.rows) == len(rows) and _alike(t.header, header)
                ]
                if not same:
                    continue
                compared += 1
                differing = [list(_differing(t, rows)) for t in same]
                assert [] in differing, (p.address, link, differing[0][:3])
    assert compared > 30


def _differing(table: Table, rows: list[list[str]]) -> Iterator[tuple[str, str]]:
    """Cells that are numbers on the page and in the file, and not the same one."""
    for shown, written in zip(table.rows, rows, strict=True):
        for a, b in zip(shown, written, strict=False):
            if (
                re.fullmatch(r"[-−£%\d,. m]*\d[%m]?", a)
                and re.fullmatch(r"-?\d[\d.]*", b)
                and not agree(a, b)
            ):
                yield a, b


def _alike(shown: list[str], written: list[str]) -> bool:
    return len(shown) == len(written) and all(
        s.startswith(w) for s, w in zip(shown, written, strict=True)
    )


# --- what is said twice under two names ------------------------------------------------------------------------------------
def shown_value(told, id: str) -> Decimal:
    value = next(v for p in pages(told) for i, v in p.figures if i == id)
    found = number(value)
    assert found is not None, (id, value)
    return found[0]


def test_counts_beside_a_table_are_counts_of_its_rows(told) -> None:
    performance, goals = (
        page(told, "board", "/board/performance"),
        page(told, "board", "/board/performance/goals"),
    )
    verdicts = goals.table("Goals and deliverables").column("Verdict")
    for figure, verdict in (("met", "Met"), ("not_met", "Not met"), ("estimate", "Local estimate"), ("no_data", "No data"), ("deliverable", "Deliverable")):  # fmt: skip
        assert shown_value(told, f"goals.{figure}") == sum(v == verdict for v in verdicts), verdict
    by_domain = goals.table("By domain")
    for label, verdict in (("Met", "Met"), ("Not met", "Not met"), ("Local estimate", "Local estimate"), ("No figure", "No data")):  # fmt: skip
        assert sum(map(int, by_domain.column(label))) == sum(v == verdict for v in verdicts)
    attention = performance.table("What needs attention")
    assert f"{len(attention.rows)} of " in performance.text
    waits = performance.table("Left A&E within four hours")
    failing = sum("will not be met" in c for c in waits.column("Standard"))
    assert shown_value(told, "ae.failing") == failing
    assert f"of {len(waits.rows)} trust" in performance.text


def test_a_measure_has_one_standard_one_verdict_and_one_chance_everywhere(told) -> None:
    performance, goals = (
        page(told, "board", "/board/performance"),
        page(told, "board", "/board/performance/goals"),
    )
    own = page(told, "board", "/board/performance/rtt-incomplete")
    analyst = page(told, "analyst", "/analyst/measures/rtt-incomplete")
    overview = {r[0].split("  ")[0]: r for r in performance.table("Every measure").rows}
    row = next(r for t, r in overview.items() if t.startswith("Waiting under 18 weeks"))
    at = performance.table("Every measure").header
    verdict = row[next(i for i, h in enumerate(at) if h.startswith("Beside its standard"))]
    paper = performance.table("Every measure that has a figure")
    told_there = next(r for r in paper.rows if r[0].startswith("Waiting under 18 weeks"))
    assert verdict == "Not met" and told_there[6].casefold() == verdict.casefold()
    assert set(own.table("Beside its standards").column("Verdict")) == {verdict}
    assert [v for t, v in zip(goals.table("Goals").column("Goal"), goals.table("Goals").column("Verdict"), strict=True) if "S01" in t] == [verdict]  # fmt: skip
    # The same months stand beside the plan's course on the analyst's page, the measure's page and
    # in the paper's section.
    actual = dict(
        zip(
            analyst.table("The plan’s course").column("Period"),
            analyst.table("The plan’s course").column("Actual"),
            strict=True,
        )
    )
    assert {m: v for m, v in actual.items() if v != "Not received"} == {
        "April 2019": "91.0",
        "May 2019": "80.0",
        "June 2019": "85.0",
    }
    course = performance.table("Planned course")
    assert course.column("Latest actual") == ["85.0% in June 2019"]
    assert course.column("Whose actual") == ["Hamlet Commissioning Group"]
    months = own.table("Month by month")
    assert (
        dict(zip(months.column("Month"), months.column("Value"), strict=True))["June 2019"]
        == "85.0%"
    )


def test_nothing_is_said_that_another_page_unsays(told) -> None:
    everything = {p.address: p.text for p in pages(told)}
    assert not [a for a, t in everything.items() if "No actual figure has been received" in t]
    assert not [a for a, t in everything.items() if "no actual figure stands" in t]
    well = (
        page(told, "board", "/board/")
        .text.partition("Going well")[2]
        .partition("Not going well")[0]
    )
    assert "are planned to meet" not in well and "On paper" not in well
    # Hamlet prints its contract's tolerance and marginal rate: no page calls them unprinted.
    assert not [a for a, t in everything.items() if "tolerance" in t and "does not print" in t]


def test_the_rounding_rule_stands_only_beside_figures_that_were_rounded(told) -> None:
    from oneplace.answers.figures import figure
    from oneplace.answers.paper_values import SHOWN_BY_RULE, Gathered
    from oneplace.report.board.paper import figures_in_parts
    from oneplace.web import desk, place

    figures_in_parts(Gathered(desk.session(), place.today()).parts()[0])
    site = told["site"]
    exact = "measure.rtt-incomplete.place.latest"
    body = site.client("board").get(f"/figures/{exact}").content.decode()
    assert "rounded to the nearest 5" not in body
    rounded = next(
        i for p in pages(told, "board") for i, _ in p.figures if i.startswith("records.")
    )
    assert (
        "rounded to the nearest 5"
        in site.client("board").get(f"/figures/{rounded}").content.decode()
    )
    found = figure(desk.session(), rounded, on=place.today())
    assert (
        found is not None
        and SHOWN_BY_RULE in found.trace.source.note
        and Decimal(str(found.value)) % 5 == 0
    )


def test_done_by_report_is_one_number(told) -> None:
    board = page(told, "board", "/board/").text
    tile = re.search(r"(\d+) reported done", board)
    assert tile is not None
    line = re.search(r"(\d+)\s+of \d+ milestones? reported done", " ".join(board.split()))
    reported = int(line[1]) if line else 0
    assert int(tile[1]) == reported
    printed = re.search(r"(\d+) printed as complete", board)
    assert shown_value(told, "milestones.done") == reported + (int(printed[1]) if printed else 0)


def test_a_claims_value_stands_beside_its_own_count(site) -> None:
    from oneplace.documents import read
    from oneplace.plan.programme import Plan
    from oneplace.web.programme.sight_presenters import claimed

    plan = read(Path(__file__).resolve().parents[2] / "places" / "liverpool" / "plan.yaml", Plan)
    said = {c.id: claimed(c) for s in plan.schemes for c in s.claims}
    assert said["OL01-nel"] == "435 fewer non-elective admissions, £566,302 at tariff"
    assert said["OL01-ae"] == "A&E attendances: no count printed, £67,630 at tariff"
    assert said["OL10-ae"] == "1,740 fewer A&E attendances, £233,992 at tariff"
    assert said["OL33-prescribing"] == "Prescriptions: no count printed, £1,300,000 at cost"
