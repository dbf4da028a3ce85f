"""A command's CPU seconds and largest memory, as the operating system counted them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Measured:
    """One finished process: user and system seconds of it and its children, and its peak memory."""

    cpu_seconds: float
    peak_bytes: int
    stdout: str


def run(*arguments: str, env: dict[str, str] | None = None, cwd: Path | None = None) -> Measured:
    """Run a command to its end; CalledProcessError with its stderr when it fails."""
    with subprocess.Popen(
        arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(env or {})},
        cwd=cwd,
    ) as process:
        assert process.stdout and process.stderr
        out, err = process.stdout.read(), process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, arguments, out, err)
    scale = 1 if sys.platform == "darwin" else 1024
    return Measured(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * scale, out)


# An installed program has its modules compiled. Where they may not be written beside the sources,
# the bench keeps its own.
COMPILED = {
    "PYTHONDONTWRITEBYTECODE": "",
    "PYTHONPYCACHEPREFIX": str(
        Path(__file__).resolve().parent.parent / "build" / "bench" / "compiled"
    ),
}


def oneplace(*arguments: str, env: dict[str, str] | None = None) -> Measured:
    """Run our own command line in a new process, its modules compiled as they are where it is
    installed."""
    return run(sys.executable, "-m", "oneplace", *arguments, env={**COMPILED, **(env or {})})


def settled(*arguments: str, env: dict[str, str] | None = None) -> Measured:
    """The same, measured the second time of two: the first may still have to compile something."""
    oneplace(*arguments, env=env)
    return oneplace(*arguments, env=env)


PEERS = Path(__file__).resolve().parent.parent / "build" / "peers"
INSTALL_SECONDS = 300


def peer(name: str, requirement: str) -> Path | None:
    """The Python of a peer's own environment, made the first time; None, said on stderr, where it
    cannot be had."""
    python = PEERS / name / "bin" / "python"
    if python.exists():
        return python
    print(f"installing {requirement} for comparison", file=sys.stderr)
    try:
        for command in (
            [sys.executable, "-m", "venv", str(PEERS / name)],
            [
                str(python),
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                requirement,
            ],
        ):
            subprocess.run(
                command, check=True, capture_output=True, text=True, timeout=INSTALL_SECONDS
            )
    except (subprocess.SubprocessError, OSError) as e:
        last = (getattr(e, "stderr", None) or str(e)).strip().splitlines()[-1:]
        print(f"{requirement} is missing: {' '.join(last)[:200]}", file=sys.stderr)
        shutil.rmtree(PEERS / name, ignore_errors=True)
        return None
    return python


def row(
    name: str,
    unit: str,
    ours: float,
    limit: float | None,
    *,
    twin: float | None = None,
    asked: float | None = None,
) -> dict[str, object]:
    """A bench row judged against a limit in its own unit; `asked` is what was asked for where the
    limit is closer."""
    return {
        "name": name,
        "unit": unit,
        "ours": ours,
        "twin": twin,
        "ratio": ours / twin if twin else None,
        "limit": limit,
        "asked": asked,
        "ok": None if limit is None else ours <= limit,
    }
