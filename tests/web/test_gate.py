"""Nothing moves that nobody meant to move: what every role reads of Hamlet, with one entry of every
kind written, is as it was agreed.

After a change that is meant: `ONEPLACE_GATE=accept python -m pytest tests/web/test_gate.py`, and
the commit says the cause. The same walk holds that a figure is one: what a page shows of it is what
the page about it says.
"""

from __future__ import annotations

import datetime as dt
import difflib
import gzip
import os
import re
from collections import defaultdict
from html import unescape
from pathlib import Path

import pytest
from test_entered import write_everything

from crawl import Crawl, every_role
from oneplace.documents.versions import write_atomically

BASELINE = Path(__file__).with_name("hamlet.gate.gz")
SHOWN = 100
TILE = re.compile(
    r'<li><span class="op-figure__value">((?:(?!</li>).)*?)</span>(?:(?!</li>).)*?href="/figures/([^"?]+)"',
    re.S,
)
LINK = re.compile(r'<a (?:class="op-figure-link" )?href="/figures/([^"?]+)">(.*?)</a>', re.S)
HIDDEN = re.compile(r'<span class="nhsuk-u-visually-hidden">.*?</span>', re.S)
NAMES_NO_VALUE = ("Where these figures are from", "Why did this move?")
OWN = re.compile(r'<span class="op-figure__value">(.*?)</span>', re.S)


class Walk(Crawl):
    """The crawl, which also writes down what every page shows of each figure, and what the page
    about it says."""

    def __init__(self, *given):
        super().__init__(*given)
        self.shown: dict[str, dict[tuple[str, str], str]] = defaultdict(dict)
        self.said: dict[str, str] = {}

    def _read(self, role: str, address: str, html: str) -> None:
        super()._read(role, address, html)
        if address.startswith("/figures/") and address.count("/") == 2:
            self.said[address.split("/")[2]] = _text(OWN.search(html)[1])
            return
        found = [(id, _text(said)) for said, id in TILE.findall(html)]
        found += [
            (id, text)
            for id, said in LINK.findall(html)
            if (text := _text(said)) not in NAMES_NO_VALUE
        ]
        for id, said in found:
            self.shown[id].setdefault((said, role), address)


def _text(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", HIDDEN.sub("", html))).split())


def _bare(said: str) -> str:
    """Without its unit: a column that says "in thousands of pounds" says it once for its cells."""
    return re.sub(r"[£%km]", "", said)


@pytest.fixture(scope="module")
def walk(fresh_site):
    write_everything(fresh_site)
    found = Walk(fresh_site.client, every_role(), dt.datetime.now(dt.UTC).date())
    found.lines()
    return found


def test_what_every_role_reads_is_what_was_agreed(walk):
    lines = walk.lines()

    assert len(lines) > 10_000 and len({line.split("\t")[1] for line in lines}) > 200, (
        "the crawl went astray"
    )
    if os.environ.get("ONEPLACE_GATE") == "accept":
        BASELINE.write_bytes(gzip.compress("\n".join(lines).encode(), mtime=0))
    agreed = gzip.decompress(BASELINE.read_bytes()).decode().split("\n")
    if lines == agreed:
        return
    moved = [d for d in difflib.unified_diff(agreed, lines, n=0, lineterm="") if d[:1] in "+-" and d[:3] not in ("+++", "---")]  # fmt: skip
    path = Path("build") / "gate.diff"
    path.parent.mkdir(exist_ok=True)
    write_atomically(path, "\n".join(moved) + "\n")
    raise AssertionError(
        "\n".join(
            [f"{len(moved)} lines moved; all are in {path}:", *(m[:220] for m in moved[:SHOWN])]
        )
    )


def test_a_figure_says_on_every_page_what_the_page_about_it_says(walk, fresh_site):
    assert len(walk.said) > 200 and len(walk.shown) > 200, "the crawl met no figures"
    differ = []
    for id, shown in walk.shown.items():
        for (said, role), address in shown.items():
            own = (
                _of_the_team(fresh_site, id, role) if id.startswith("list.") else walk.said.get(id)
            )
            if own is None or (said != own and _bare(said) != _bare(own)):
                differ.append(f"{id}: {said!r} on {address} as {role}, {own!r} on its own page")
    assert not differ, "\n".join([f"{len(differ)} figures are two:", *differ[:SHOWN]])


def _of_the_team(site, id: str, role: str) -> str:
    """A team's figure is counted through its reader's sight, so that each reader opens their
    own."""
    answer = site.client(role).get(f"/figures/{id}")
    return _text(OWN.search(answer.content.decode())[1])
