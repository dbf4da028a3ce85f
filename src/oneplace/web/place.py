"""Which place this process serves, and where its parts lie. In: the environment. Out: paths and
keys.

`ONEPLACE_DIR` names the place's folder; `ONEPLACE_KEY_FILE` its key when that is not in the usual
spot.
"""

from __future__ import annotations

import datetime as dt
import os
from functools import lru_cache
from pathlib import Path

from oneplace.documents import read
from oneplace.faults import Fault, InputAtFault
from oneplace.place import clock
from oneplace.place.document import Place
from oneplace.safety.keyfile import path_for, read_or_create_key
from oneplace.safety.pseudonym import derive_key


@lru_cache(maxsize=1)
def folder() -> Path:
    """The place's folder."""
    named = os.environ.get("ONEPLACE_DIR")
    if not named:
        raise InputAtFault(
            Fault(
                what="no place is named",
                file="environment",
                path="ONEPLACE_DIR",
                expected="the folder of a place",
            )
        )
    return Path(named).resolve()


def state(*parts: str) -> Path:
    """A path inside the folder that holds everything the place keeps; the folder is made."""
    kept = folder() / ".oneplace"
    kept.mkdir(parents=True, exist_ok=True)
    return kept.joinpath(*parts)


@lru_cache(maxsize=1)
def place() -> Place:
    """The place's document as it was when this process started."""
    return read(folder() / "place.yaml", Place)


@lru_cache(maxsize=1)
def _master() -> bytes:
    from oneplace.build import place_id  # only here: it brings the engines with it

    return read_or_create_key(path_for(place_id(folder()), os.environ), place_folder=folder())


def key(purpose: str) -> bytes:
    """The site's own key for one purpose, unrelated to the one that makes pseudonyms."""
    return derive_key(_master(), data_set="site", purpose=purpose).secret


def today() -> dt.date:
    """The place's today, which pages speak of."""
    try:
        build = (folder() / ".oneplace" / "current").read_text(encoding="utf-8")
    except FileNotFoundError:
        build = ""
    return clock.today(place(), os.environ, computed_for=_computed_for(build))


@lru_cache(maxsize=8)
def _computed_for(build: str) -> dt.date | None:
    """The day of the current build, which never changes."""
    return clock.computed_for(folder()) if build else None
