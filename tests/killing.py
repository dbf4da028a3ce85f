"""A served site killed again and again while people save: what it acknowledged must be there
afterwards.

In: a served site. Out: what each round acknowledged, and what the entries and the audit hold at the
end.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from dataclasses import dataclass, field

from serving import Browser, Served

FORM = {
    "kind_of": "risk",
    "description": "d",
    "likelihood": 2,
    "impact": 2,
    "owner": "o",
    "state": "open",
}


@dataclass
class Acknowledged:
    """What the server said was saved, and how many pages about a person it gave out."""

    titles: list[str] = field(default_factory=list)
    pages: int = 0
    lost_connections: int = 0
    refused: list[str] = field(default_factory=list)


def sign_in_all(site: Served) -> tuple[Browser, str, Browser]:
    """A writer with a form's token, and a reader of people: sessions outlive the server."""
    writer = Browser(site).sign_in("risk")
    return writer, writer.token("/programme/risks/new"), Browser(site).sign_in("coordinator")


def write_until(
    stop: threading.Event, writer: Browser, token: str, said: Acknowledged, name: str
) -> None:
    number = 0
    while not stop.is_set():
        number += 1
        title = f"{name}, number {number}"
        try:
            answer = writer.post(
                "/programme/risks/new", {**FORM, "title": title, "review_on": "1/12/2029"}, token
            )
        except OSError:
            said.lost_connections += 1
            time.sleep(0.02)
            continue
        if answer.status == 302:
            said.titles.append(title)
        else:
            said.refused.append(f"{answer.status} {answer.text[:300]}")


def read_until(stop: threading.Event, reader: Browser, address: str, said: Acknowledged) -> None:
    while not stop.is_set():
        try:
            answer = reader.get(address)
        except OSError:
            time.sleep(0.02)
            continue
        if answer.status == 200:
            said.pages += 1
        else:
            said.refused.append(f"{answer.status} {address}")


def kill_while_writing(site: Served, address: str, *, kills: int, seed: int) -> Acknowledged:
    """Kill the server, one of its processes or its worker at a random moment of a busy time,
    `kills` times."""
    chance, said = random.Random(seed), Acknowledged()  # noqa: S311  moments, not secrets
    people = sign_in_all(site)
    for number in range(kills):
        stop = threading.Event()
        threads = [
            threading.Thread(
                target=write_until, args=(stop, people[0], people[1], said, f"round {number}")
            ),
            threading.Thread(target=read_until, args=(stop, people[2], address, said)),
        ]
        for t in threads:
            t.start()
        before = len(said.titles)
        while len(said.titles) == before:
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.4))
        family = site.family()
        whom = chance.choice(["server", "server", "all", "process", "worker"])
        killed = {
            "server": family[:1],
            "all": family,
            "process": family[-1:],
            "worker": family[1:2],
        }[whom]
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)
        stop.set()
        for t in threads:
            t.join(90)
        if family[0] in killed:
            assert site.process is not None
            site.process.wait()
            site.start()
        else:
            site.wait(again=True)
    return said
