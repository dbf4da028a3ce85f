"""How much of the machine a build may use: asked for, or a share of what the machine has free.

In: threads and memory as asked, each or neither. Out: `Means`. The database spills to the disk
beside the draft what does not fit, so less memory makes a build slower and not impossible, down to
about 300 MB a thread.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

LEAST_MB, MOST_MB = (
    700,
    3_000,
)  # without being asked; a city of half a million needs 1,000 and gains nothing beyond 3,000
LEAST_MB_A_THREAD = 300
CGROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
MEMINFO = Path("/proc/meminfo")


@dataclass(frozen=True, kw_only=True)
class Means:
    """Threads, and memory in MB (10^6 bytes) that the database may fill before it spills."""

    threads: int
    memory_mb: int


def means(*, threads: int | None = None, memory_mb: int | None = None) -> Means:
    """As asked; otherwise a thread for each core that this process may run on, and half of the
    memory that is free, from 700 to 3,000 MB. Threads are fewer where the memory asked for would
    not feed them."""
    memory = memory_mb or _half_of_what_is_free()
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    return Means(
        threads=threads or max(1, min(cores, memory // LEAST_MB_A_THREAD)), memory_mb=memory
    )


def _half_of_what_is_free() -> int:
    known = [n for n in (_available_bytes(), _container_bytes()) if n]
    half = min(known) // 2_000_000 if known else LEAST_MB
    return max(LEAST_MB, min(MOST_MB, half))


def _available_bytes() -> int | None:
    """What the kernel says can be had without swapping; all there is where it does not say
    (macOS)."""
    if MEMINFO.exists():
        for line in MEMINFO.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return None


def _container_bytes() -> int | None:
    """The limit of the container that this runs in, where there is one."""
    for path in CGROUP_LIMITS:
        if path.exists() and (text := path.read_text().strip()).isdigit():
            return int(text)
    return None
