"""Hamlet's board paper, whole: every figure leads to its trace, tables add up, papers are kept once
and say why they moved."""

from __future__ import annotations

import datetime as dt
import html
import html.parser
import itertools
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from asking import Command, contents, copy_of_hamlet
from oneplace.answers import open_place, people
from oneplace.answers import plan as plan_answers
from oneplace.answers.paper import cited_builds, kept_papers, write_paper
from oneplace.answers.publishing import build_place
from oneplace.faults import InputAtFault
from oneplace.report import pdf

NOW = dt.datetime(2026, 1, 6, 9, 30, tzinfo=dt.UTC)
VOID = {"meta", "br", "img", "link", "input", "hr"}


class Page(html.parser.HTMLParser):
    """What the tests ask of a page: its elements in order, its ids, where its links go; tags must
    close in order."""

    def __init__(self, text: str):
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {k: v or "" for k, v in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {k: v or "" for k, v in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def values(self, name: str) -> list[str]:
        return [a[name] for _, a in self.elements if name in a]


def paper_of(folder: Path, month: str = "2019-09", **changes: Any) -> dict[str, Any]:
    return write_paper(
        folder, **{"month": month, "format": "html", "to": None, "now": NOW, **changes}
    )


def figures_of(made: dict[str, Any]) -> dict[str, dict[str, Any]]:
    record = json.loads((made["html"].parent / "figures.json").read_text(encoding="utf-8"))
    return {f["trace"]["figure_id"]: f for f in record["figures"]}


@pytest.fixture()
def made(hamlet_copy: Path) -> dict[str, Any]:
    return paper_of(hamlet_copy)


def test_every_figure_on_the_page_leads_to_a_trace(made: dict[str, Any]) -> None:
    page, kept = Page(made["html"].read_text(encoding="utf-8")), figures_of(made)
    shown = page.values("data-figure") + [a["value"] for t, a in page.elements if t == "data"]
    assert len(shown) > 100
    assert set(shown) <= set(kept), "a figure without a trace"
    assert set(page.values("data-for")) == set(kept), (
        "the appendix answers for every figure, and for no other"
    )
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert set(page.values("data-trace")) <= set(ids)
    assert {h[1:] for h in page.values("href") if h.startswith("#")} <= set(ids)
    for f in kept.values():
        trace = f["trace"]
        assert trace["source"]["name"] and trace["as_at"] and trace["basis"]
        assert trace["build_id"] or trace["plan_digest"] or trace["source"]["kind"] == "table"
    bases = {f["trace"]["basis"] for f in kept.values()}
    assert bases in (
        {"planned", "published", "synthetic", "supplied"},
        {"planned", "synthetic", "supplied"},
    )


def test_the_page_can_be_read_without_seeing_it(made: dict[str, Any]) -> None:
    page = Page(made["html"].read_text(encoding="utf-8"))
    assert ("html", {"lang": "en-GB"}) in page.elements
    levels = [int(t[1]) for t, _ in page.elements if re.fullmatch("h[1-6]", t)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels)), "no level is left out"
    drawings = [a for t, a in page.elements if t == "svg" and a.get("role") == "img"]
    assert len(drawings) == 2 * made["charts"]
    assert all(a["aria-labelledby"] for a in drawings)
    assert [a for t, a in page.elements if t == "a" and a.get("class") == "skip"] == [
        {"class": "skip", "href": "#main"}
    ]
    outside = [
        v for n in ("src", "href") for v in page.values(n) if not v.startswith(("#", "data:"))
    ]
    assert outside == [], "the page asks for nothing outside itself"


def test_tables_add_up(made: dict[str, Any]) -> None:
    kept = {k: f["trace"]["value"] for k, f in figures_of(made).items()}
    for point in ("non_elective", "elective", "ae", "outpatient", "referrals"):
        parts = [
            kept.get(f"activity.{point}.{what}", 0) for what in ("baseline", "growth", "promised")
        ]
        assert sum(parts) == kept[f"activity.{point}.end"]
        assert parts[0] % 5 == 0, "what leaves the place is rounded"
    states = ("late", "due", "unknown", "not_yet_due", "done")
    assert sum(kept[f"milestones.{s}"] for s in states) == kept["milestones"]
    savings = [Decimal(v) for k, v in kept.items() if re.fullmatch(r"savings\.[a-z-]+\.planned", k)]
    assert sum(savings) - Decimal(kept["money.savings.total"]) == -Decimal(
        kept["money.check.savings-total.difference"]
    )
    assert kept["money.agree"] + kept["money.differ"] == kept["money.checks"]


def test_the_people_of_the_paper_are_the_people_of_the_build(
    made: dict[str, Any], built_hamlet: Path
) -> None:
    with open_place(built_hamlet) as session:
        counted = {f["id"]: f["value"] for f in people.summary(session)["figures"]}
    shown = {id: f["trace"]["value"] for id, f in figures_of(made).items()}
    for id in ("people", "residents", "registered"):
        assert (
            abs(float(shown[f"records.{id}"]) - counted[id]) <= 2.5
        )  # the leaving rule rounds to the nearest 5


def test_no_small_count_of_people_leaves_the_place(made: dict[str, Any]) -> None:
    for name, f in figures_of(made).items():
        trace = f["trace"]
        if (
            name.startswith(("segment.", "condition.", "caseload.", "claim."))
            and trace["build_id"]
            and not name.endswith("share")
        ):
            assert trace["value"] == "1 to 7" or trace["value"] % 5 == 0, name


def test_a_kept_paper_is_never_rewritten_and_the_same_is_not_kept_twice(hamlet_copy: Path) -> None:
    first = paper_of(hamlet_copy)
    before = contents(first["html"].parent)
    again = paper_of(hamlet_copy, now=NOW + dt.timedelta(days=1))
    assert (again["paper"], again["file"]) == (1, first["file"])
    assert again["notes"] == [
        "nothing has changed since paper 1 of 2019-09: that one is given, no new one was made"
    ]
    plan = hamlet_copy / "plan.yaml"
    plan.write_text(
        plan.read_text(encoding="utf-8").replace("count: 3", "count: 4"), encoding="utf-8"
    )
    second = paper_of(hamlet_copy, now=NOW + dt.timedelta(days=2))
    assert (second["paper"], [k.number for k in kept_papers(hamlet_copy)]) == (2, [1, 2])
    assert contents(first["html"].parent) == before


def test_the_next_paper_says_why_each_figure_moved(hamlet_copy: Path) -> None:
    paper_of(hamlet_copy, "2019-04")
    plan = hamlet_copy / "plan.yaml"
    plan.write_text(
        plan.read_text(encoding="utf-8").replace("count: 3", "count: 4"), encoding="utf-8"
    )
    second = paper_of(hamlet_copy, "2019-04")
    text = second["html"].read_text(encoding="utf-8")
    changes = text[text.index('<section id="changes"') : text.index('<section id="place"')]
    assert "differ from paper 1 of April 2019" in changes
    assert "+1 from an edited plan (the plan is another version" in text
    september = paper_of(hamlet_copy, "2019-09")["html"].read_text(encoding="utf-8")
    assert "Why figures moved since paper 2 of April 2019" in september
    late = figures_of({"html": second["html"]})["milestones.late"]["trace"]["value"]
    assert late == 0 and "Was" not in september
    row = re.search(r"Milestones late</th>.*?</tr>", september)
    assert (
        row and "+4 as time passed (from 30 April 2019 to 30 September 2019; joined: H" in row[0]
    ), row
    with open_place(hamlet_copy) as session:
        status = plan_answers.status(session, dt.date(2019, 9, 30))["milestones"]
    titles = [m["title"] for m in status if m["state"] == "late"]
    assert len(titles) == 4 and all(t in html.unescape(row[0]) for t in titles), (
        "every one that fell due is named"
    )
    assert "real change" not in row[0]


def test_builds_that_a_paper_rests_on_are_named(hamlet_copy: Path) -> None:
    assert cited_builds(hamlet_copy) == frozenset()
    assert cited_builds(hamlet_copy) | {paper_of(hamlet_copy)["build"]} == cited_builds(hamlet_copy)


def test_a_place_that_was_never_built_has_a_paper_that_says_so(tmp_path: Path) -> None:
    folder = copy_of_hamlet(tmp_path / "hamlet")
    made = paper_of(folder)
    text = made["html"].read_text(encoding="utf-8")
    assert made["build"] is None and made["notes"][0].startswith("a build is missing")
    assert text.count("Not in this paper:") >= 4
    assert "Build the place first: oneplace build hamlet." in text
    assert not any(f["trace"]["build_id"] for f in figures_of(made).values())


@pytest.mark.parametrize(
    "removed", ["plan.yaml", "money.yaml", "tables/trajectories.csv", "tables/ae_monthly.csv"]
)
def test_a_document_that_is_not_there_is_said_and_nothing_made_up(
    tmp_path: Path, removed: str
) -> None:
    folder = copy_of_hamlet(tmp_path / "hamlet")
    (folder / removed).unlink()
    if removed == "tables/ae_monthly.csv":
        place = folder / "place.yaml"
        kept = re.sub(r"  ae_monthly:\n(    .*\n)+", "", place.read_text(encoding="utf-8"))
        place.write_text(kept, encoding="utf-8")
    full, less = (
        figures_of(paper_of(copy_of_hamlet(tmp_path / "full"))),
        figures_of(paper_of(folder)),
    )
    assert set(less) < set(full)


def test_naughty_names_are_text(tmp_path: Path) -> None:
    folder = copy_of_hamlet(tmp_path / "hamlet")
    naughty = "<script>alert(1)</script> \"' &amp; \u202egnp"
    plan = folder / "plan.yaml"
    text = plan.read_text(encoding="utf-8").replace(
        "name: Breathing well at home", f"name: {json.dumps(naughty)}"
    )
    plan.write_text(
        text.replace("title: Teacher found", "title: '</svg><img src=x onerror=alert(1)>'"),
        encoding="utf-8",
    )
    text = paper_of(folder)["html"].read_text(encoding="utf-8")
    page = Page(text)
    assert "script" not in {t for t, _ in page.elements}
    assert not [a for _, a in page.elements if any(k.startswith("on") for k in a)]
    assert "&lt;script&gt;" in text and "\u202e" not in text


def test_wrong_questions_are_named(built_hamlet: Path, tmp_path: Path) -> None:
    for changes, where, expected in (
        ({"month": "2019-13"}, "--month", "YYYY-MM, such as 2019-10"),
        ({"month": "2030-01"}, "--month", "2019-09 or earlier"),
        ({"format": "docx"}, "--format", "html or pdf: Word and Excel are not written yet"),
        ({"format": "odt"}, "--format", "html or pdf"),
        ({"to": tmp_path / "none" / "x.html"}, "--output", "a folder that exists"),
    ):
        with pytest.raises(InputAtFault) as e:
            paper_of(built_hamlet, **changes)
        assert (e.value.faults[0].file, e.value.faults[0].expected) == (where, expected)
    assert kept_papers(built_hamlet) == []


@pytest.mark.parametrize(
    ("month", "today", "over"),
    [
        ("2019-10", None, False),  # Hamlet stands on 1 October
        ("2019-09", None, True),
        ("2019-09", "2019-09-30", False),  # its last day is not over yet
        ("2019-09", "2019-10-01", True),
        ("2020-02", "2020-02-29", False),
        ("2020-02", "2020-03-01", True),
        ("2019-12", "2019-12-31", False),
        ("2026-01", None, False),  # whatever the machine's own clock says
        ("0000-01", None, False),
        ("2019-1", None, False),
    ],
)
def test_a_paper_is_for_a_month_that_is_over(
    hamlet_copy: Path, month: str, today: str | None, over: bool
) -> None:
    stands = dt.date.fromisoformat(today) if today else None
    if over:
        assert paper_of(hamlet_copy, month, today=stands)["month"] == month
        return
    with pytest.raises(InputAtFault) as e:
        paper_of(hamlet_copy, month, today=stands)
    [fault] = e.value.faults
    assert (
        fault.file == "--month" and fault.found and fault.found.startswith(month) and fault.expected
    )
    assert not (hamlet_copy / ".oneplace/papers").exists(), (
        "nothing is kept of a paper that was refused"
    )


def test_without_a_month_it_is_the_last_that_is_over(hamlet_copy: Path, tmp_path: Path) -> None:
    assert paper_of(hamlet_copy, None, today=dt.date(2019, 4, 12))["month"] == "2019-03"
    live = copy_of_hamlet(tmp_path / "live")
    place = live / "place.yaml"
    place.write_text(
        place.read_text(encoding="utf-8").replace("demonstration: true", "demonstration: false"),
        "utf-8",
    )
    assert paper_of(live, None)["month"] <= "2019-12"


def test_the_command_refuses_a_month_that_goes_on_in_words(
    oneplace: Command, hamlet_copy: Path
) -> None:
    ran = oneplace("report", hamlet_copy, "--month", "2019-10")
    assert ran.status == 1 and ran.faults == [
        "--month: a paper is for a month that is over: found 2019-10, which ends on 31 October 2019, and today is "
        "1 October 2019; expected 2019-09 or earlier"
    ]


@pytest.mark.skipif(
    pdf.available() is not None,
    reason="Pango is not installed on this machine, and the PDF needs it: apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0",
)
def test_the_pdf_is_of_the_same_paper_and_added_once(hamlet_copy: Path, tmp_path: Path) -> None:
    first = paper_of(hamlet_copy)
    target = tmp_path / "board.pdf"
    made = paper_of(hamlet_copy, format="pdf", to=target, now=NOW + dt.timedelta(days=1))
    assert made["paper"] == first["paper"] and made["file"] == target
    assert (
        target.read_bytes().startswith(b"%PDF")
        and made["html"].with_name("paper.pdf").read_bytes() == target.read_bytes()
    )


def test_the_command_writes_it(oneplace: Command, hamlet_copy: Path, tmp_path: Path) -> None:
    ran = oneplace(
        "report", hamlet_copy, "--month", "2019-09", "--json", "-o", tmp_path / "paper.html"
    )
    value = json.loads(ran.out)
    assert (ran.status, value["paper"], value["month"], value["file"]) == (
        0,
        1,
        "2019-09",
        str(tmp_path / "paper.html"),
    )
    assert (tmp_path / "paper.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_new_build_moves_figures_for_its_own_reason(hamlet_copy: Path) -> None:
    paper_of(hamlet_copy)
    build_place(hamlet_copy, now=NOW + dt.timedelta(hours=1), people=1500)
    text = paper_of(hamlet_copy, now=NOW + dt.timedelta(hours=2))["html"].read_text(
        encoding="utf-8"
    )
    assert "from late or restated data" in text
