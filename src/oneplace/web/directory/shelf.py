"""The directory in hand, read again when its file changes."""

from __future__ import annotations

from functools import lru_cache

from oneplace.place.geography import read_place
from oneplace.place.services import Directory, Gazetteer, gazetteer, read_directory
from oneplace.web import place


def directory() -> Directory | None:
    path = place.folder() / "services.yaml"
    return _directory(path.stat().st_mtime_ns) if path.exists() else None


@lru_cache(maxsize=1)
def _directory(_changed: int) -> Directory | None:
    return read_directory(place.folder())


@lru_cache(maxsize=1)
def places() -> Gazetteer:
    found = read_place(place.folder())
    return gazetteer(
        wards=found.table("wards"),
        areas=found.table("areas"),
        practices=found.table("practices"),
    )


def service_name(key: str) -> str:
    """What people call a service; its key when the directory no longer holds it."""
    held = directory()
    return next((s.name for s in held.services if s.key == key), key) if held else key
