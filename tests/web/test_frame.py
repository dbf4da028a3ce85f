"""What stands around every page: the word about demonstration people, a title of its own, one first
heading, a way past the menu."""

from __future__ import annotations

import html
import importlib.util
import re
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

ACCESS = Path(__file__).resolve().parents[1] / "journeys" / "test_access.py"


def pages_looked_at() -> dict[str | None, list[str]]:
    """The pages that the browser looks at, by the role that opens them."""
    spec = importlib.util.spec_from_file_location("access_for_the_frame", ACCESS)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.PAGES


PAGES = pages_looked_at()


def html_pages(site, role):
    client, team = site.client(role), site.team
    known = {"team": team, "person": str(site.people()[0])}
    for path in PAGES[role]:
        answer = client.get(path.format_map(defaultdict(str, known)))
        if answer.status_code == 200 and "html" in answer["Content-Type"]:
            yield path, answer.content.decode()


@pytest.mark.parametrize("role", PAGES, ids=str)
def test_every_page_of_a_demonstration_says_so(site, role):
    for path, text in html_pages(site, role):
        assert re.search(
            r"<strong>Demonstration\.</strong>|Demonstration people, who do not exist", text
        ), path


@pytest.mark.parametrize("role", PAGES, ids=str)
def test_every_page_has_a_title_of_its_own_and_one_first_heading(site, role):
    titles = defaultdict(list)
    for path, text in html_pages(site, role):
        assert len(re.findall(r"<h1[ >]", text)) == 1, path
        assert "#main" in text or "/papers/" in path, f"{path}: no way past the menu"
        titles[html.unescape(re.search(r"<title>(.*?)</title>", text, re.S)[1])].append(
            path.partition("?")[0]
        )
    same = {t: found for t, found in titles.items() if len(set(found)) > 1}
    assert same == {}


@pytest.mark.parametrize("role", PAGES, ids=str)
def test_headings_leave_no_level_out(site, role):
    for path, text in html_pages(site, role):
        if "/papers/2" in path:
            continue  # the paper is a document of its own, with tests of its own
        levels = [int(n) for n in re.findall(r"<h([1-6])[ >]", text)]
        assert all(b <= a + 1 for a, b in pairwise(levels)), f"{path}: {levels}"


def test_the_menu_marks_where_the_reader_is_and_nothing_else(site):
    text = site.client("planner").get("/analyst/measures/rtt-incomplete").content.decode()
    assert (
        re.findall(r'aria-current="page">([^<]+)<', text) == []
    )  # a page of no entry of the menu marks none
    text = site.client("planner").get("/programme/schemes/H1").content.decode()
    assert re.findall(r'aria-current="page">([^<]+)<', text) == ["Schemes"]
