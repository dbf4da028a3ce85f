"""The site under stress, as it is served: eight people saving at once, kills at random moments, a
backup meanwhile."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from killing import Acknowledged, kill_while_writing, sign_in_all, write_until
from oneplace.sources.backup import back_up, restore
from oneplace.sources.entries import read_entries
from serving import Browser, Served, clean, served

TESTS = Path(__file__).resolve().parents[1]
SECONDS, WRITERS, KILLS = 5, 8, 6


@pytest.fixture(scope="module")
def place(built_hamlet: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(built_hamlet, tmp_path_factory.mktemp("served") / "hamlet"))


@pytest.fixture(scope="module")
def site(place: Path):
    with served(
        place, place.parent / "serve.log", ONEPLACE_KEY_FILE=str(place.parent / "key")
    ) as one:
        yield one


def titles(folder: Path) -> set[str]:
    return {
        r["title"] for r in read_entries(folder / ".oneplace/entries.sqlite3")["risks"].to_pylist()
    }


def audit_of(folder: Path, key: Path) -> dict[str, object]:
    """What `oneplace audit verify` says of a place."""
    done = subprocess.run(
        [sys.executable, "-m", "oneplace", "audit", "verify", str(folder), "--json"],
        env=clean(ONEPLACE_KEY_FILE=str(key)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def somebody(site: Served) -> str:
    """The address of the first person on the coordinator's agenda."""
    reader = Browser(site).sign_in("coordinator")
    team = re.search(
        r"/neighbourhood/teams/([^/]+)/", reader.get("/neighbourhood/").header("location")
    )[1]
    return re.search(
        r"/neighbourhood/people/\d+", reader.get(f"/neighbourhood/teams/{team}/caseload").text
    )[0]


def test_eight_people_saving_at_once_never_find_the_database_locked(site, place):
    before = audit_of(place, place.parent / "key")["rows"]
    done = subprocess.run(
        [sys.executable, TESTS / "writing.py", str(place), str(WRITERS), str(SECONDS)],
        env=clean(ONEPLACE_KEY_FILE=str(place.parent / "key")),
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    assert found["failed"] == []
    assert found["saved"] > WRITERS
    assert sum(t.startswith("writer ") for t in titles(place)) == found["saved"]
    assert audit_of(place, place.parent / "key")["rows"] == before + found["saved"]


def test_a_backup_taken_while_people_save_is_whole_and_can_be_put_back(site, place, tmp_path):
    from datetime import UTC, datetime

    writer, token, reader = sign_in_all(site)
    address, said, stop = somebody(site), Acknowledged(), threading.Event()
    saving = threading.Thread(
        target=write_until, args=(stop, writer, token, said, "during a backup")
    )
    saving.start()
    while len(said.titles) < 3:
        assert reader.get(address).status == 200
    certain = set(said.titles)
    kept = back_up(place, tmp_path / "place.tar", now=datetime.now(UTC))
    stop.set()
    saving.join(60)
    assert said.refused == [] and len(said.titles) > len(certain)
    again = tmp_path / "again"
    restore(tmp_path / "place.tar", again)
    assert certain <= titles(again) <= titles(place)
    audit_of(again, place.parent / "key")
    names = {p.relative_to(again).as_posix() for p in again.rglob("*") if p.is_file()}
    assert names == set(kept["files"]), "what was put back is what was listed"
    for name in names - {".oneplace/entries.sqlite3", ".oneplace/audit.anchor"}:
        assert (again / name).read_bytes() == (place / name).read_bytes(), name
    key = (place.parent / "key").read_text(encoding="utf-8").splitlines()[-1].encode()
    assert key not in (tmp_path / "place.tar").read_bytes()


def test_what_was_acknowledged_outlives_every_kill(site, place):
    address, key = somebody(site), place.parent / "key"
    before = audit_of(place, key)["rows"]
    said = kill_while_writing(site, address, kills=KILLS, seed=20191001)
    assert len(said.titles) >= KILLS, "the test proves nothing unless saves were acknowledged"
    assert said.pages > 0 and said.refused == []
    assert set(said.titles) <= titles(place)
    assert audit_of(place, key)["rows"] - before >= said.pages
    assert "is locked" not in site.log.read_text(encoding="utf-8")


def test_two_threads_reading_two_people_never_get_each_others_page(site):
    if site.process.poll() is not None:
        site.start()
    reader = Browser(site).sign_in("coordinator")
    team = re.search(
        r"/neighbourhood/teams/([^/]+)/", reader.get("/neighbourhood/").header("location")
    )[1]
    text = reader.get(f"/neighbourhood/teams/{team}/caseload").text
    people = list(dict.fromkeys(re.findall(r"/neighbourhood/people/\d+", text)))[:6]
    known = {p: page_of(reader, p) for p in people}
    assert len(set(known.values())) == len(people)
    wrong: list[str] = []

    def look(mine: list[str]) -> None:
        own = Browser(site, Cookie="")
        own.headers.clear()
        own.cookies.update(reader.cookies)
        wrong.extend(p for _ in range(10) for p in mine if page_of(own, p) != known[p])

    threads = [threading.Thread(target=look, args=(people[i::3],)) for i in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(120)
    assert wrong == []


def page_of(reader: Browser, address: str) -> str:
    """A page without what differs in every answer."""
    answer = reader.get(address)
    assert answer.status == 200
    return re.sub(r'nonce="[^"]*"|name="csrfmiddlewaretoken" value="[^"]*"', "", answer.text)
