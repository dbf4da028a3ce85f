"""The key file: made once for each place, readable by its owner alone, kept outside the place's
folder.

Backups of a place hold its folder and therefore no key. Losing the file means that new builds give
people new pseudonyms, so it is to be kept as a password is kept. `path` is always an argument;
`default_path` only proposes one.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path

import platformdirs

from oneplace.faults import Fault, InputAtFault
from oneplace.safety.pseudonym import MASTER_BYTES

HEADING = "oneplace-key-1"


def default_path(place_id: str) -> Path:
    """Where the key of this place lies unless the user says otherwise."""
    if not place_id or place_id in {".", ".."} or any(c in place_id for c in "/\\\0"):
        raise ValueError(f"{place_id!r} cannot name a file")
    return Path(platformdirs.user_data_dir("oneplace", appauthor=False)) / "keys" / place_id


def path_for(place_id: str, environment: Mapping[str, str]) -> Path:
    """Where the key of this place lies: where `ONEPLACE_KEY_FILE` says, else in the usual spot. The
    one answer for the build, the site and the doctor."""
    named = environment.get("ONEPLACE_KEY_FILE")
    return Path(named) if named else default_path(place_id)


def create_key(path: Path, *, place_folder: Path) -> bytes:
    """Make a new random key at `path`; an existing one is never overwritten, and none is put inside
    the place."""
    if path.resolve().is_relative_to(place_folder.resolve()):
        raise InputAtFault(
            Fault(
                what="the key may not lie inside the place, where backups would carry it",
                file=str(path),
                expected=f"a path outside {place_folder}",
            )
        )
    master = secrets.token_bytes(MASTER_BYTES)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise InputAtFault(
            Fault(what="there is a key already", file=str(path), expected="no file")
        ) from None
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        out.write(f"{HEADING} {base64.b64encode(master).decode()}\n")
        out.flush()
        os.fsync(out.fileno())
    return master


def read_key(path: Path) -> bytes:
    """The master key; a file that others may read, or that is not a key, is a fault."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if os.name == "posix" and mode & 0o077:
            raise InputAtFault(
                Fault(
                    what="others may read the key",
                    file=str(path),
                    found=f"{mode:04o}",
                    expected="0600",
                )
            )
        text = path.read_text(encoding="ascii")
    except FileNotFoundError:
        raise InputAtFault(
            Fault(
                what="the key is missing",
                file=str(path),
                expected="the key that this place was built with",
            )
        ) from None
    except OSError as e:
        raise InputAtFault(
            Fault(what="the key cannot be read", file=str(path), found=e.strerror)
        ) from None
    except UnicodeDecodeError:
        raise _not_a_key(path) from None
    heading, _, encoded = text.strip().partition(" ")
    try:
        master = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise _not_a_key(path) from None
    if heading != HEADING or len(master) != MASTER_BYTES:
        raise _not_a_key(path)
    return master


def read_or_create_key(path: Path, *, place_folder: Path) -> bytes:
    """The key at `path`, made first when there is none."""
    return read_key(path) if path.exists() else create_key(path, place_folder=place_folder)


def _not_a_key(path: Path) -> InputAtFault:
    """The content is never repeated: it may be a damaged key."""
    return InputAtFault(
        Fault(
            what="this is not a key file",
            file=str(path),
            expected=f"{HEADING} and {MASTER_BYTES} bytes in base64",
        )
    )
