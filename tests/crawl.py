"""Reads a site as every role and writes down what it says, figure by figure: the gate that walls
are moved behind.

In: a place whose site is set up in this process. Out: lines of tab-separated text, sorted: roles,
address, table, row, column, text. What two roles read alike is one line with both. Moments of the
run and names of builds are written as words, so that two runs of one program on one place are
equal; a difference is a figure, a row or a word that moved.

    python tests/crawl.py DIR > before.tsv       a built place with its demonstration accounts
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

OF_A_ROUTE = (
    4  # addresses of one route that each role opens: persons read alike, schemes read alike
)
EVERY = {
    "why",
    "measure",
}  # but figures and measures are what the gate is for: each is opened by whoever comes first
MOST_ROWS = 120  # of one table; what comes after is one line with a digest
Said = tuple[str, str, str, str]  # table, row, column, text


def said_by(html: str) -> list[Said]:
    """Tables cell by cell, pairs of term and definition, links to figures, and sentences, in the
    order of the page."""
    page = _Page()
    page.feed(html)
    return page.said


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[Said] = []
        self.in_main = self.depth_skipped = 0
        self.table, self.header, self.row, self.cell = "", [], [], None
        self.column = ""
        self.block: list[str] | None = None
        self.term, self.figure = "", ""
        self.link: list[str] | None = None
        self.counted: dict[str, int] = defaultdict(int)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {k: v or "" for k, v in attrs}
        if tag == "main":
            self.in_main += 1
        if tag in ("form", "script", "style", "svg", "nav") and self.in_main:
            self.depth_skipped += 1
        if not self.in_main or self.depth_skipped:
            return
        if tag == "table":
            self.table, self.header = given.get("id") or "table", []
        elif tag == "tr":
            self.row = []
        elif tag in ("td", "th") and self.table:
            self.cell, self.column = [], given.get("data-label", "")
        elif tag in ("p", "h1", "h2", "h3", "li", "dt", "dd", "caption") and not self.table:
            self._close_block()
            self.block = []
        elif tag == "a" and given.get("href", "").startswith("/figures/"):
            self.figure, self.link = given["href"].split("/")[2], []

    def handle_data(self, data: str) -> None:
        for kept in (self.cell, self.block, self.link):
            if kept is not None:
                kept.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("form", "script", "style", "svg", "nav") and self.depth_skipped:
            self.depth_skipped -= 1
        elif tag == "main":
            self.in_main -= 1
        elif tag in ("td", "th") and self.cell is not None:
            self.row.append((self.column, _plain(self.cell)))
            self.cell = None
        elif tag == "tr" and self.table:
            self._close_row()
        elif tag == "table":
            self.table = ""
        elif tag in ("p", "h1", "h2", "h3", "li", "dt", "dd"):
            self._close_block(tag)
        elif tag == "a" and self.link is not None:
            self._say("figures", self.figure, "", _plain(self.link))
            self.link = None

    def _close_row(self) -> None:
        if not self.header:
            self.header = [text for _, text in self.row]
        elif self.row:
            name = self.row[0][1]
            for i, (label, text) in enumerate(self.row):
                self._say(
                    self.table,
                    name,
                    label or (self.header[i] if i < len(self.header) else str(i)),
                    text,
                )
        self.row = []

    def _close_block(self, tag: str = "") -> None:
        text = _plain(self.block or [])
        self.block = None
        if not text:
            return
        if tag == "dt":
            self.term = text
        else:
            self._say(
                "facts" if tag == "dd" else "words", self.term if tag == "dd" else tag, "", text
            )

    def _say(self, table: str, row: str, column: str, text: str) -> None:
        self.counted[table] += 1
        if text and self.counted[table] <= MOST_ROWS * max(len(self.header), 1):
            self.said.append((table, row, column, text))


def _plain(parts: list[str]) -> str:
    return " ".join("".join(parts).split())


def of_csv(name: str, text: str) -> list[Said]:
    """A table as it is taken away: its first rows, and a digest of the others."""
    rows = list(csv.reader(io.StringIO(text.lstrip("﻿"))))
    if not rows:
        return []
    said = [
        (f"{name}.csv", row[0] if row else "", label, cell)
        for row in rows[1 : MOST_ROWS + 1]
        for label, cell in zip(rows[0], row, strict=False)
    ]
    rest = rows[MOST_ROWS + 1 :]
    if rest:
        digest = hashlib.sha256(repr(rest).encode()).hexdigest()[:16]
        said.append((f"{name}.csv", f"{len(rest)} more", "digest", digest))
    return said


class Crawl:
    """Every role's walk from its first page, by links alone."""

    def __init__(self, client_of, roles: list[str | None], today: dt.date):
        self.client_of, self.roles = client_of, roles
        self.found: dict[tuple[str, Said], set[str]] = defaultdict(set)
        self.opened: set[str] = (
            set()
        )  # addresses of the routes of which each is opened once, by whoever comes first
        self.moving = [
            (re.compile(r"\d{8}T\d{6}-[0-9a-f]{6}"), "BUILD"),
            (re.compile(r"\b[0-9a-f]{12,64}\b"), "DIGEST"),
            (re.compile(rf"(\w+day )?{today.day} {today:%B} {today.year}( at (\d{{1,2}}(:\d\d)?[ap]m|midday|midnight))?"), "NOW"),
            (re.compile(rf"\b{today.isoformat()}([T ][\d:.+]+)?\b"), "NOW"),
            (re.compile(r"\b\d{1,2}(:\d\d)?[ap]m\b"), "TIME"),
            (re.compile(r"open now(, until TIME)?|(closed now\. )?opens( \w+)? at TIME", re.I), "OPEN OR NOT"),
            (re.compile(r"\b\d+(\.\d+)? (s|seconds?|ms)\b"), "SECONDS"),
        ]  # fmt: skip

    def lines(self) -> list[str]:
        if not self.found:
            for role in self.roles:
                self._walk(role)
        return sorted(
            "\t".join((",".join(sorted(roles)), address, *said))
            for (address, said), roles in self.found.items()
        )

    def _still(self, text: str) -> str:
        for pattern, word in self.moving:
            text = pattern.sub(word, text)
        return " ".join(text.split())

    def _walk(self, role: str | None) -> None:
        from django.urls import Resolver404, resolve

        client, name = self.client_of(role), role or "public"
        waiting, seen, counts = ["/" if role else "/directory/"], set(), defaultdict(int)
        while waiting:
            address = waiting.pop(0)
            if address in seen:
                continue
            seen.add(address)
            try:
                route = resolve(address).url_name
            except Resolver404:
                continue
            if route == "sign_out" or (route in EVERY and address in self.opened):
                continue
            if route not in EVERY and counts[route] >= OF_A_ROUTE:
                continue
            counts[route] += 1
            self.opened.add(address)
            waiting += self._open(client, name, address)

    def _open(self, client, role: str, address: str) -> Iterator[str]:
        answer = client.get(address)
        if answer.status_code in (301, 302):
            return [urlsplit(urljoin(address, answer.headers["Location"])).path]
        kind = answer.headers.get("Content-Type", "")
        if answer.status_code != 200 or "html" not in kind:
            self._found(
                role, address, [("answer", str(answer.status_code), "", kind.partition(";")[0])]
            )
            return []
        html = answer.content.decode()
        self._read(role, address, html)
        for name in dict.fromkeys(re.findall(r'data-csv="([^"]+)"', html)):
            given = client.get(address, {"csv": name})
            self._found(role, address, of_csv(name, given.content.decode("utf-8-sig")))
        links = (
            urlsplit(urljoin(address, href))
            for href in re.findall(r'<a[^>]+href="([^"#?]+)"', html)
        )
        return list(dict.fromkeys(link.path for link in links if not link.netloc))

    def _read(self, role: str, address: str, html: str) -> None:
        self._found(role, address, said_by(html))

    def _found(self, role: str, address: str, said: list[Said]) -> None:
        for one in said:
            self.found[(address, tuple(map(self._still, one)))].add(role)


def every_role() -> list[str | None]:
    """Every role, after nobody in particular."""
    from oneplace.safety.decide import Role

    return [None, *(r.value for r in Role)]


def main(folder: Path) -> None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from bench.web_walk import started

    started(folder)
    from django.test import Client

    from oneplace.web.accounts.models import User

    def client_of(role: str | None):
        client = Client(raise_request_exception=False)
        if role:
            client.force_login(
                User.objects.get(username=role), backend="django.contrib.auth.backends.ModelBackend"
            )
        return client

    print("\n".join(Crawl(client_of, every_role(), dt.datetime.now(dt.UTC).date()).lines()))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
