"""Tables as the address asks for them: sorted, filtered, and the same as CSV; every list of every
page keeps to it."""

from __future__ import annotations

import csv
import html
import io
import re

import pytest

from oneplace.web.components.grid import GLANCE, Grid
from oneplace.web.components.listing import Cell, Column, Listing

COLUMNS = (
    Column("name", "Name"),
    Column("late", "Days late", numeric=True),
    Column("state", "State"),
)
TABLE = Listing("t", "Table", *COLUMNS)
ROWS = [
    {
        "name": Cell("Steering group", href="/x"),
        "late": 9,
        "state": Cell("Late", tone="red", note="no return"),
    },
    {"name": "contract", "late": None, "state": ""},
    {"name": "Baseline", "late": 184, "state": "Late"},
    {"name": "KPIs", "late": Cell("12 days", sort=12), "state": "Due"},
]


def names(grid: Grid) -> list[str]:
    return [str(r["name"]) for r in grid.rows]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["Steering group", "contract", "Baseline", "KPIs"]),
        ({"t.sort": "late"}, ["Steering group", "KPIs", "Baseline", "contract"]),
        (
            {"t.sort": "-late"},
            ["Baseline", "KPIs", "Steering group", "contract"],
        ),  # nothing said comes last
        (
            {"t.sort": "name"},
            ["Baseline", "contract", "KPIs", "Steering group"],
        ),  # capitals make no difference
        ({"t.sort": "no such column"}, ["Steering group", "contract", "Baseline", "KPIs"]),
        ({"t.q": "LATE"}, ["Steering group", "Baseline"]),
        ({"t.q": "no return"}, ["Steering group"]),  # notes are part of what a reader sees
        ({"t.q": "nothing like it"}, []),
        ({"t.q": "late", "t.sort": "-late"}, ["Baseline", "Steering group"]),
        (
            {"other.q": "late"},
            ["Steering group", "contract", "Baseline", "KPIs"],
        ),  # another table's filter
    ],
)
def test_rows_as_the_address_asks(asked, found):
    assert names(TABLE.of(ROWS).arranged(asked)) == found


def test_a_filter_hides_rows_and_takes_none_from_the_page():
    grid = TABLE.of(ROWS).arranged({"t.q": "late"})
    assert grid.body.count("<tr hidden>") == 2
    assert grid.body.count("<tr>") == 2
    assert grid.total == 4


def test_links_keep_the_other_things_that_the_address_says():
    grid = TABLE.of(ROWS).arranged({"state": "late", "t.q": "a", "t.sort": "late"})
    assert grid.link("late") == "?state=late&t.sort=-late&t.q=a"
    assert grid.link("name") == "?state=late&t.sort=name&t.q=a"
    assert grid.csv_link == "?state=late&t.sort=late&t.q=a&csv=t"


def test_the_csv_is_the_table_as_it_is_shown():
    grid = TABLE.of(ROWS).arranged({"t.q": "late", "t.sort": "-late"})
    rows = list(csv.reader(io.StringIO(grid.as_csv().content.decode("utf-8-sig"))))
    assert rows == [
        ["Name", "Days late", "State"],
        ["Baseline", "184", "Late"],
        ["Steering group", "9", "Late"],
    ]


def test_days_and_months_of_documents_read_as_words_and_sort_and_leave_as_they_are_kept():
    columns = (
        Column("due", "Due"),
        Column("share", "Share", note="now"),
        Column("then", "Share", note="wanted"),
    )
    rows = [{"due": "2019-10-01", "share": 1, "then": 2}, {"due": Cell("2019-04"), "share": 3, "then": 4},
            {"due": "2019-13", "share": 5, "then": 6}]  # fmt: skip
    grid = Listing("t", "Table", *columns).of(rows).arranged({"t.sort": "due"})
    shown = re.findall(r'data-label="Due"[^>]*>([^<]*)<', grid.body)
    assert shown == ["April 2019", "1 October 2019", "2019-13"]
    assert 'data-sort="2019-04"' in grid.body
    assert (
        'data-label="Share, wanted"' in grid.body
    )  # on a phone the heading's note is all that tells them apart
    assert "2019-10-01" in grid.as_csv().content.decode()


LISTS = {
    "coordinator": [
        "/neighbourhood/teams/{team}/caseload",
        "/neighbourhood/teams/{team}/nine-o-clock",
    ],
    "planner": [
        "/programme/",
        "/programme/schemes",
        "/programme/milestones",
        "/programme/money",
        "/board/activity",
    ],
    "board": [
        "/board/performance",
        "/board/performance/goals",
        "/board/claims",
        "/board/people",
        "/finance/savings",
    ],
    "analyst": ["/analyst/feeds", "/analyst/measures", "/analyst/calibration", "/analyst/compare"],
    "privacy_officer": ["/privacy/who-looked"],
}


@pytest.mark.parametrize("role", LISTS)
def test_every_list_sorts_filters_and_gives_its_csv(site, role):
    client, seen = site.client(role), 0
    for path in LISTS[role]:
        page = client.get(path.format(team=site.team)).content.decode()
        for name, table in re.findall(
            r'<table class="op-table" id="([^"]+)"( data-sortable)?', page
        ):
            seen += 1
            assert f'data-csv="{name}"' in page, f"{path}: {name} has no CSV"
            whole = re.search(rf'data-count="{name}"[^>]*>(\d[\d,]*) row', page)
            assert whole, f"{path}: {name} does not say how many rows it has"
            if int(whole[1].replace(",", "")) > GLANCE:
                assert f'id="{name}-q"' in page, f"{path}: {name} is long and has no filter"
            for href in re.findall(rf'href="(\?[^"]*{re.escape(name)}\.sort[^"]*)"', page)[:1]:
                answer = client.get(path.format(team=site.team) + html.unescape(href))
                assert answer.status_code == 200
                assert table
                assert "aria-sort=" in answer.content.decode()
    assert seen
