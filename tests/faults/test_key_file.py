"""The key file: its owner's alone, never inside the place, never overwritten, never repeated in a
message."""

import base64
import os
from pathlib import Path

import pytest

from oneplace.faults import InputAtFault
from oneplace.safety.keyfile import create_key, default_path, path_for, read_key, read_or_create_key


def test_made_once_and_read_again(tmp_path: Path):
    path = tmp_path / "keys" / "hamlet"
    made = read_or_create_key(path, place_folder=tmp_path / "hamlet")
    assert len(made) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_or_create_key(path, place_folder=tmp_path / "hamlet") == made == read_key(path)


def test_an_existing_key_is_never_overwritten(tmp_path: Path):
    path = tmp_path / "k"
    before = create_key(path, place_folder=tmp_path / "place")
    with pytest.raises(InputAtFault, match="a key already"):
        create_key(path, place_folder=tmp_path / "place")
    assert read_key(path) == before


def test_not_inside_the_place(tmp_path: Path):
    place = tmp_path / "place"
    with pytest.raises(InputAtFault, match="backups"):
        create_key(place / ".oneplace" / ".." / "key", place_folder=place)
    assert not (place / "key").exists()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() < 0, reason="file modes are of POSIX")
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int):
    path = tmp_path / "k"
    create_key(path, place_folder=tmp_path / "place")
    path.chmod(mode)
    with pytest.raises(InputAtFault) as e:
        read_key(path)
    assert e.value.faults[0].found == f"{mode:04o}" and e.value.faults[0].expected == "0600"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"oneplace-key-1 ",
        b"oneplace-key-1 " + base64.b64encode(bytes(31)),
        b"other " + base64.b64encode(b"s" * 32),
        b"oneplace-key-1 !" + base64.b64encode(b"s" * 32),
        b"\xff\xfe\x00",
    ],
    ids=["empty", "no key", "short", "heading", "not base64", "not text"],
)
def test_what_is_not_a_key_is_refused_without_repeating_it(tmp_path: Path, content: bytes):
    path = tmp_path / "k"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(InputAtFault) as e:
        read_key(path)
    assert "not a key file" in str(e.value)
    assert base64.b64encode(b"s" * 32).decode() not in str(e.value)


def test_a_missing_key_is_a_fault(tmp_path: Path):
    with pytest.raises(InputAtFault, match="the key is missing"):
        read_key(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../k", "a\\b"])
def test_a_place_id_cannot_climb(name: str):
    with pytest.raises(ValueError, match="cannot name a file"):
        default_path(name)


def test_the_default_is_the_users_own_data_folder():
    assert default_path("hamlet").parts[-3:] == ("oneplace", "keys", "hamlet")


def test_build_site_and_doctor_look_for_the_key_in_one_place(tmp_path: Path) -> None:
    assert path_for("abc", {}) == default_path("abc")
    named = tmp_path / "elsewhere.key"
    assert path_for("abc", {"ONEPLACE_KEY_FILE": str(named)}) == named
