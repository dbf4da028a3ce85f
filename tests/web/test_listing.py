"""A list is a declaration: its columns say how each value is got, reads, sorts and leaves;
accessors run for rows shown."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import time
from dataclasses import dataclass

import pyarrow as pa
import pytest

from oneplace.web.components.listing import Cell, Column, Listing
from oneplace.web.components.notation import DAY, GBP, PERCENT, coded

MANY, PAGE = 38_000, 100


@dataclass(frozen=True)
class Line:
    name: str
    stage: str | None
    gbp: float | None
    on: dt.date | None
    of: Line | None = None


SAFE = Line("Beds", "safe", 1234.5, dt.date(2019, 4, 1))
LINES = [
    SAFE,
    Line("=agency", None, None, None, SAFE),
    Line("Estates", "late", -20.0, dt.date(2018, 12, 31)),
]
LIST = Listing(
    "lines",
    lambda c: f"Lines of {c.year}",
    Column("name", "Line", link=lambda x: f"/lines/{x.name}"),
    Column("stage", "Stage", show=coded({"safe": "Is safe", "late": "Late"}), tone={"safe": "green", "late": "red"},
           none=Cell("Not said", tone="grey")),
    Column("gbp", "Plan", show=GBP, numeric=True, none="None printed"),
    Column("on", "Starts", show=DAY, beside=lambda x, c: "past" if x.on and x.on < c.today else None),
    Column("part", "Part of", "of.name"),
    Column("share", "Share", lambda x, c: x.gbp and 100 * x.gbp / c.whole, PERCENT, numeric=True, when=lambda c: c.whole),
    empty="No line.",
)  # fmt: skip
CONTEXT = {"year": 2019, "today": dt.date(2019, 1, 1), "whole": 0}


def taken_away(grid):
    return list(csv.reader(io.StringIO(grid.as_csv().content.decode("utf-8-sig"))))


def texts(grid, label):
    return [
        re.sub("<[^>]+>", "", x)
        for x in re.findall(rf'data-label="{label}"[^>]*>(.*?)</t[dh]>', grid.body)
    ]


def test_one_declaration_gives_page_csv_and_order():
    grid = LIST.of(LINES, **CONTEXT).arranged({})
    assert grid.caption == "Lines of 2019"
    assert texts(grid, "Plan") == ["£1,235", "None printed", "−£20"]
    assert texts(grid, "Stage") == ["Is safe", "Not said", "Late"]
    assert texts(grid, "Starts") == ["1 April 2019", "", "31 December 2018 past"]
    assert texts(grid, "Part of") == ["", "Beds", ""]
    assert 'href="/lines/Beds"' in grid.body
    assert taken_away(grid)[:3] == [
        ["Line", "Stage", "Plan", "Starts", "Part of"],
        ["Beds", "Is safe", "1234.5", "2019-04-01", ""],
        ["'=agency", "Not said", "None printed", "", "Beds"],
    ]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("gbp", ["Estates", "Beds", "=agency"]),
        (
            "-gbp",
            ["=agency", "Beds", "Estates"],
        ),  # words after numbers, and so first when turned round
        ("on", ["Estates", "Beds", "=agency"]),
        ("-on", ["Beds", "Estates", "=agency"]),
        ("stage", ["Beds", "Estates", "=agency"]),
    ],
)
def test_a_list_sorts_by_values_and_not_by_how_they_read(asked, found):
    assert [x.name for x in LIST.of(LINES, **CONTEXT).arranged({"lines.sort": asked}).rows] == found


def test_a_column_stands_only_where_it_is_declared_to():
    grid = LIST.of(LINES, **{**CONTEXT, "whole": 2469}).arranged({})
    assert texts(grid, "Share") == ["50.0%", "", "−0.8%"]


def test_a_list_made_without_what_a_column_needs_says_what():
    with pytest.raises(TypeError, match="without 'today'"):
        _ = LIST.of(LINES, year=2019, whole=0).arranged({}).body


class Counted:
    def __init__(self):
        self.calls = 0

    def __call__(self, row):
        self.calls += 1
        return "x"


def register(counted):
    return Listing(
        "register", "Register",
        Column("rank", "Rank", numeric=True), Column("ward", "Ward"), Column("seen", "Seen", show=DAY),
        Column("cost", "Cost", show=GBP, numeric=True), Column("story", "Story", counted),
        most=PAGE,
    )  # fmt: skip


@dataclass(slots=True)
class Person:
    rank: int
    ward: str
    seen: dt.date
    cost: float


def columns():
    day = dt.date(2019, 1, 1)
    return {
        "rank": list(range(1, MANY + 1)),
        "ward": [f"Ward {i % 31}" for i in range(MANY)],
        "seen": [day + dt.timedelta(days=i % 365) for i in range(MANY)],
        "cost": [float(i * 7919 % 100_003) for i in range(MANY)],
    }


ROWS = {
    "arrow": lambda: pa.table(columns()),
    "typed": lambda: [Person(*r) for r in zip(*columns().values(), strict=True)],
    "mappings": lambda: pa.table(columns()).to_pylist(),
}


@pytest.mark.parametrize("kind", ROWS)
def test_of_a_long_list_accessors_run_for_the_rows_that_are_shown(kind):
    rows, counted = ROWS[kind](), Counted()
    query = {"register.q": "ward 7", "register.sort": "-cost", "register.page": "2"}
    began = time.process_time()
    grid = register(counted).of(rows).arranged(query)
    body = grid.body
    spent = time.process_time() - began

    plain = sorted(
        (p for p in zip(*columns().values(), strict=True) if "ward 7" in p[1].lower()),
        key=lambda p: -p[3],
    )
    assert counted.calls == PAGE
    assert (grid.found, grid.total) == (len(plain), MANY)
    assert texts(grid, "Rank") == [f"{p[0]:,}" for p in plain[PAGE : 2 * PAGE]]
    assert body.count("<tr>") == PAGE
    assert spent < 0.5, (
        f"{1000 * spent:.0f} ms CPU"
    )  # 50 is asked; ten times that is another way of doing it
    print(f"{kind}: {1000 * spent:.0f} ms")


@pytest.mark.parametrize("kind", ROWS)
def test_a_long_list_is_looked_through_as_days_read_and_taken_away_whole(kind):
    grid = (
        register(Counted())
        .of(ROWS[kind]())
        .arranged({"register.q": "31 december", "csv": "register"})
    )
    assert grid.found == len(grid.rows) == sum(1 for i in range(MANY) if i % 365 == 364)
    assert {row[2] for row in taken_away(grid)[1:]} == {"2019-12-31"}


def test_a_long_list_is_turned_by_links_and_not_sorted_by_what_only_a_function_knows():
    grid = (
        register(Counted())
        .of(ROWS["arrow"]())
        .arranged({"register.sort": "story", "register.page": "380"})
    )
    assert grid.sorted_by is None
    assert [(n, said) for n, said, _ in grid.pages] == [(379, "Previous")]
    assert not grid.sorts(grid.columns[-1])


def test_a_long_list_on_a_page_is_left_to_the_server(site):
    from django.template import engines

    shown = engines["jinja2"].from_string(
        '{% from "components/grid.jinja" import grid with context %}{{ grid(g) }}'
    )
    grid = (
        register(Counted())
        .of(ROWS["typed"]())
        .arranged({"register.page": "2", "register.q": "ward 7"})
    )
    html = shown.render({"g": grid})
    assert "1226 rows of 38000" in html.replace(",", "")
    assert 'href="?register.q=ward+7&amp;register.page=3"' in html
    assert "data-filter" not in html
    assert "data-sortable" not in html
    assert 'data-key="story"' not in html
    assert 'name="register.q" value="ward 7"' in html
