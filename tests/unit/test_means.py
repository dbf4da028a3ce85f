"""How much of the machine a build takes when nobody says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from oneplace.engines import means as m


@pytest.mark.parametrize(
    ("available_mb", "container_mb", "memory_mb"),
    [
        (24_000, None, 3_000),
        (4_000, None, 2_000),
        (24_000, 2_000, 1_000),
        (900, None, 700),
        (None, None, 700),
    ],
)
def test_half_of_what_is_free_within_limits(
    monkeypatch: pytest.MonkeyPatch,
    available_mb: int | None,
    container_mb: int | None,
    memory_mb: int,
) -> None:
    monkeypatch.setattr(m, "_available_bytes", lambda: available_mb and available_mb * 10**6)
    monkeypatch.setattr(m, "_container_bytes", lambda: container_mb and container_mb * 10**6)
    assert m.means().memory_mb == memory_mb


def test_what_is_asked_for_is_used_and_threads_are_fed() -> None:
    assert m.means(threads=3, memory_mb=400) == m.Means(threads=3, memory_mb=400)
    assert m.means(memory_mb=400).threads == 1
    assert 1 <= m.means(memory_mb=30_000).threads <= (os.cpu_count() or 1)


def test_a_container_without_a_limit_sets_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(m, "CGROUP_LIMITS", (limit,))
    assert m._container_bytes() is None
    limit.write_text("max\n")
    assert m._container_bytes() is None
    limit.write_text("1500000000\n")
    assert m._container_bytes() == 1_500_000_000
