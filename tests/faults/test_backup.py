"""Backups: what is in one, what is not, and every way in which one can be spoilt."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from asking import contents
from oneplace.answers import people
from oneplace.faults import InputAtFault
from oneplace.sources.backup import MANIFEST, back_up, restore, verify

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
AGAIN_BY_ITSELF = (".lock", "static", "jobs.sqlite3", "-wal", "-shm", ".oneplace/counted")


@pytest.fixture(scope="module")
def written(built_hamlet: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place in which somebody wrote, with the database as a running site leaves it: part of it in
    the WAL."""
    folder = Path(shutil.copytree(built_hamlet, tmp_path_factory.mktemp("written") / "hamlet"))
    connection = sqlite3.connect(folder / ".oneplace/entries.sqlite3")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT)")
    connection.execute("INSERT INTO notes VALUES (1, 'in the log still')")
    connection.commit()
    _open.append(connection)
    (folder / ".oneplace/jobs.sqlite3").write_bytes(b"queue")
    (folder / ".oneplace/static").mkdir()
    (folder / ".oneplace/static/x.css").write_text("x")
    (folder / ".oneplace/serve.lock").write_text("1")
    yield folder
    connection.close()
    _open.clear()


_open: list[sqlite3.Connection] = []


@pytest.fixture(scope="module")
def tar(written: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("kept") / "place.tar"
    back_up(written, file, now=NOW)
    return file


def test_everything_comes_back_as_it_was_but_what_is_made_again(written, tar, tmp_path):
    restore(tar, tmp_path / "again")
    before = {
        k: v for k, v in contents(written).items() if not any(w in k for w in AGAIN_BY_ITSELF)
    }
    after = contents(tmp_path / "again")
    entries = ".oneplace/entries.sqlite3"
    assert {k: v for k, v in after.items() if k != entries} == {
        k: v for k, v in before.items() if k != entries
    }
    again = sqlite3.connect(tmp_path / "again" / entries)
    assert again.execute("SELECT title FROM notes").fetchall() == [("in the log still",)]
    again.close()
    from oneplace.answers import open_place

    with open_place(tmp_path / "again") as session, open_place(written) as first:
        assert people.summary(session) == people.summary(first)


def test_the_command_line_does_both(oneplace, written, tmp_path):
    kept = oneplace("backup", written, tmp_path / "place.tar", "--json")
    assert kept.status == 0, kept.err
    said = json.loads(kept.out)
    assert said["build"] and "plan.yaml" in said["files"]
    back = oneplace("restore", tmp_path / "again", tmp_path / "place.tar")
    assert back.status == 0 and "every file as it was kept" in back.out.replace("\n", " ")


def test_on_postgresql_it_says_that_entries_are_kept_otherwise(
    oneplace, written, tmp_path, monkeypatch
):
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@nowhere/place")
    kept = oneplace("backup", written, tmp_path / "place.tar")
    assert kept.status == 0 and "pg_dump" in kept.out
    assert ".oneplace/entries.sqlite3" not in verify(tmp_path / "place.tar")["files"]


def test_rows_of_earlier_builds_are_left_out_and_their_results_kept(written, tmp_path):
    place = Path(shutil.copytree(written, tmp_path / "place"))
    build = next((place / ".oneplace/builds").iterdir())
    earlier = Path(shutil.copytree(build, build.with_name("20200101T000000-aaaaaa")))
    files = set(back_up(place, tmp_path / "place.tar", now=NOW)["files"])
    assert f".oneplace/builds/{earlier.name}/manifest.json" in files
    assert f".oneplace/builds/{earlier.name}/facts.duckdb" not in files
    assert f".oneplace/builds/{build.name}/facts.duckdb" in files


def refused(call, *arguments, **named) -> str:
    with pytest.raises(InputAtFault) as wrong:
        call(*arguments, **named)
    return str(wrong.value)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.7, 0.99, 0.9999])
def test_a_backup_cut_short_is_refused_and_leaves_nothing(tar, tmp_path, share):
    cut = tmp_path / "cut.tar"
    cut.write_bytes(tar.read_bytes()[: int(tar.stat().st_size * share)])
    if (
        share > 0.999
    ):  # the padding at the end of a tar says nothing; what is before it must be whole
        cut.write_bytes(tar.read_bytes()[: tar.read_bytes().rindex(b'"files"')])
    assert "backup" in refused(restore, cut, tmp_path / "again")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cut.tar"]


@pytest.mark.parametrize("at", [0.05, 0.5, 0.9])
def test_one_changed_byte_is_found(tar, tmp_path, at):
    content = bytearray(tar.read_bytes())
    content[int(len(content) * at)] ^= 1
    (tmp_path / "bad.tar").write_bytes(bytes(content))
    assert "backup" in refused(restore, tmp_path / "bad.tar", tmp_path / "again")
    assert not (tmp_path / "again").exists()


def made_up(file: Path, members: dict[str, bytes], *, link: str | None = None) -> Path:
    with tarfile.open(file, "w") as out:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            if link:
                info.type, info.linkname, info.size = tarfile.SYMTYPE, link, 0
            out.addfile(info, io.BytesIO(content))
        text = json.dumps({"form": "oneplace-backup-1", "files": {}}).encode()
        info = tarfile.TarInfo(MANIFEST)
        info.size = len(text)
        out.addfile(info, io.BytesIO(text))
    return file


@pytest.mark.parametrize(
    "name", ["../outside.yaml", "/etc/outside", "a/../../outside", "..\\outside"]
)
def test_a_member_that_leads_outside_is_refused(tmp_path, name):
    file = made_up(tmp_path / "evil.tar", {name: b"x"})
    assert "no backup of a place" in refused(restore, file, tmp_path / "deep" / "again")
    assert not list(tmp_path.rglob("outside*"))


def test_a_link_is_refused(tmp_path):
    file = made_up(tmp_path / "evil.tar", {"place.yaml": b""}, link="/etc/passwd")
    assert "no backup of a place" in refused(restore, file, tmp_path / "again")


def test_a_file_that_is_not_on_the_list_is_refused(tmp_path):
    file = made_up(tmp_path / "more.tar", {"place.yaml": b"x"})
    assert "not what was written" in refused(restore, file, tmp_path / "again")


@pytest.mark.parametrize("content", [b"", b"hello", b"\x1f\x8b nothing", b"\0" * 10_240])
def test_what_is_no_archive_is_refused(tmp_path, content):
    (tmp_path / "x.tar").write_bytes(content)
    assert "backup" in refused(verify, tmp_path / "x.tar")


def test_nothing_is_written_over(written, tar, tmp_path):
    assert "there already" in refused(back_up, written, tar, now=NOW)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "plan.yaml").write_text("mine")
    assert "empty folder" in refused(restore, tar, tmp_path / "full")
    assert (tmp_path / "full" / "plan.yaml").read_text() == "mine"
    (tmp_path / "empty").mkdir()
    restore(tar, tmp_path / "empty")
    assert (tmp_path / "empty" / "place.yaml").exists()


def test_a_backup_inside_the_place_or_of_no_place_is_refused(written, tmp_path):
    assert "inside the place" in refused(back_up, written, written / "b.tar", now=NOW)
    assert "not a place" in refused(back_up, tmp_path, tmp_path.parent / "b.tar", now=NOW)
    assert "no such folder" in refused(back_up, written, tmp_path / "nowhere" / "b.tar", now=NOW)
    assert "not there" in refused(restore, tmp_path / "none.tar", tmp_path / "again")


def test_damaged_entries_are_no_backup(written, tmp_path):
    place = Path(
        shutil.copytree(
            written, tmp_path / "place", ignore=shutil.ignore_patterns("*.duckdb", "*-wal", "*-shm")
        )
    )
    (place / ".oneplace/entries.sqlite3").write_bytes(b"SQLite format 3\0" + b"x" * 8_000)
    assert "entries are damaged" in refused(back_up, place, tmp_path / "place.tar", now=NOW)
    assert not (tmp_path / "place.tar").exists() and not list(tmp_path.glob("*.tmp"))
