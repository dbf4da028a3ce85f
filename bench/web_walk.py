"""Walks the site of one built place as every role, in this process, and prints what each address
cost as JSON.

In: the place's folder. Out: one JSON list as the last line of stdout: role, route, address, status,
CPU milliseconds, bytes as sent, audit rows. The cost is the process's CPU time around the WSGI
call, all threads counted, after the address was asked once; `first_cpu_ms` is that first time.
"""

from __future__ import annotations

import gzip
import html
import json
import os
import re
import statistics
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from oneplace.answers import people as people_answers

TIMES = 5
OF_A_ROUTE = 3  # addresses of one route, or family of figures, that each role is measured on: scheme A and B read alike
LINK = re.compile(r'<a[^>]+href="([^"#]+)')


def links(page: str, address: str) -> list[str]:
    """Addresses on this page that lead into the site, without tables' own sorting and paging."""
    found = []
    for href in LINK.findall(page):
        whole = urljoin(address, html.unescape(href))
        parts = urlsplit(whole)
        if not parts.netloc and not parts.query:
            found.append(parts.path)
    return list(dict.fromkeys(found))


def started(folder: Path) -> Any:
    os.environ.setdefault("ONEPLACE_HOSTS", "localhost,127.0.0.1,testserver")
    from oneplace.web.settling import prepare

    prepare(folder)
    from oneplace.web import warm

    warm.preload()
    import logging

    logging.disable(logging.WARNING)
    from oneplace.web.config.wsgi import application

    warm.earlier()  # what a server does in its first seconds, beside the pages

    return application


class Reader:
    """One role's session, asking the WSGI application as a server would."""

    def __init__(self, application: Any, role: str | None):
        from django.test import Client

        self.application, self.cookie = application, ""
        if role:
            from oneplace.web.accounts.models import User

            client = Client()
            client.force_login(
                User.objects.get(username=role), backend="django.contrib.auth.backends.ModelBackend"
            )
            self.cookie = "; ".join(f"{k}={m.value}" for k, m in client.cookies.items())

    def ask(self, address: str) -> tuple[int, dict[str, str], bytes, float]:
        from wsgiref.util import setup_testing_defaults

        parts = urlsplit(address)
        environ: dict[str, Any] = {
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "HTTP_COOKIE": self.cookie,
            "HTTP_HOST": "testserver",
            "HTTP_ACCEPT_ENCODING": "gzip",
        }
        setup_testing_defaults(environ)
        answer: dict[str, Any] = {}

        def start(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
            answer.update(status=int(status.split()[0]), headers=dict(headers))

        began = time.process_time()
        body = self.application(environ, start)
        try:
            content = b"".join(body)
        finally:
            getattr(body, "close", lambda: None)()
        return answer["status"], answer["headers"], content, (time.process_time() - began) * 1000


def walk(application: Any, role: str | None) -> Iterator[tuple[str, str, float]]:
    """Route, address and what the first look at it cost, of everything this role can reach by links
    from its first page."""
    from django.urls import Resolver404, resolve

    reader, seen = Reader(application, role), set()
    waiting, counts = ["/" if role else "/directory/"], {}
    while waiting:
        address = waiting.pop(0)
        if address in seen:
            continue
        seen.add(address)
        try:
            route = resolve(address).url_name
        except Resolver404:
            continue
        if route == "why":  # each family of figures has its own question
            route = f"why {address.split('/')[2].split('.')[0]}"
        if counts.get(route, 0) >= OF_A_ROUTE:
            continue
        status, headers, content, first = reader.ask(address)
        if status != 200:
            if headers.get("Location"):
                waiting.append(urlsplit(urljoin(address, headers["Location"])).path)
            continue
        counts[route] = counts.get(route, 0) + 1
        yield route, address, first
        if "html" in headers.get("Content-Type", ""):
            text = (
                gzip.decompress(content) if headers.get("Content-Encoding") == "gzip" else content
            )
            waiting += links(text.decode(), address)


def measured(application: Any, roles: Iterable[str | None]) -> list[dict[str, Any]]:
    from oneplace.web.accounts.models import AuditRow

    rows = []
    for role in roles:
        reader = Reader(application, role)
        for route, address, first in walk(application, role):
            audited = AuditRow.objects.count()
            asked = [reader.ask(address) for _ in range(TIMES)]
            rows.append(
                {
                    "role": role or "public",
                    "route": route,
                    "address": address,
                    "status": asked[-1][0],
                    "first_cpu_ms": first,
                    "cpu_ms": statistics.median(a[3] for a in asked),
                    "bytes": len(asked[-1][2]),
                    "is_page": "html" in asked[-1][1].get("Content-Type", ""),
                    "audit_rows": (AuditRow.objects.count() - audited) / TIMES,
                }
            )
    return rows


def first_looks(application: Any, people: int = 20) -> list[dict[str, Any]]:
    """People whom this process has not looked at: what is kept of a person is not kept yet."""
    from oneplace.web import desk
    from oneplace.web.accounts.models import Standing

    team = Standing.objects.get(user__username="coordinator", tie="care_team").subject
    listed = [
        p["person"] for p in people_answers.caseload(desk.session(), team, whole=True)["people"]
    ]
    reader, rows = Reader(application, "coordinator"), []
    for person in listed[-people:]:
        address = f"/neighbourhood/people/{person}"
        status, _, content, cpu = reader.ask(address)
        rows.append({"role": "coordinator", "route": "first_look", "address": address, "status": status,
                     "cpu_ms": cpu, "bytes": len(content), "is_page": True, "audit_rows": 1.0})  # fmt: skip
    middle = statistics.median(r["cpu_ms"] for r in rows)
    return [{**rows[0], "cpu_ms": middle}]


if __name__ == "__main__":
    application = started(Path(sys.argv[1]))
    from oneplace.safety.decide import Role

    found = measured(application, [None, *(r.value for r in Role)])
    json.dump(found + first_looks(application), sys.stdout)
