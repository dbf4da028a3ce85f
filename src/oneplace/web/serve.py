"""Start the site of one place: one lock, migrations first, granian for requests, one worker for builds.

In: the place's folder and where to listen. Returns when it was told to stop (Ctrl-C or SIGTERM). A second `serve` of
the same place is refused while the first runs, because two workers would build over each other.
"""

from __future__ import annotations

import fcntl
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from oneplace.faults import Fault, InputAtFault

TARGET = "oneplace.web.config.wsgi:application"
log = logging.getLogger("oneplace.web")
LOCK_SECONDS = 3.0  # as long as what a killed server started may need to notice and end
AGAIN_SECONDS = 1.0


def serve(
    dir: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    workers: int = 1,
    background: bool = True,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve the place in `dir` until told to stop; `ready` is called with the address once everything is in place."""
    if not (dir / "place.yaml").exists():
        raise InputAtFault(Fault(what="this folder is not a place", file=str(dir), expected="a folder with place.yaml"))
    with alone(dir):
        prepare(dir, host=host)
        os.environ["ONEPLACE_SERVER"] = str(os.getpid())  # what answers requests ends when this process does
        worker = Worker() if background else None
        try:
            from granian import Granian
            from granian.constants import Interfaces
            from granian.log import LogLevels

            if ready:
                ready(f"http://{host}:{port}/")
            Granian(
                TARGET,
                address=host,
                port=port,
                interface=Interfaces.WSGI,
                workers=workers,
                blocking_threads=2,  # a long answer does not hold up a short one; each thread has its own connections
                log_level=LogLevels.warning,
                respawn_failed_workers=True,
                websockets=False,
            ).serve()
        finally:
            if worker:
                worker.stop()


@contextmanager
def alone(dir: Path) -> Iterator[None]:
    """Hold the place's lock; the operating system lets go of it however this process ends."""
    path = dir / ".oneplace" / "serve.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as lock:
        if not _locked(lock.fileno()):
            lock.seek(0)
            raise InputAtFault(
                Fault(
                    what="the site of this place is running already",
                    file=str(path),
                    found=f"process {lock.read().strip() or 'unknown'}",
                    expected="one at a time: stop that one first, or open its address",
                )
            )
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _locked(descriptor: int) -> bool:
    """Take the lock, or see it held: for a moment after a kill the killed server's own processes still hold it."""
    until = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > until:
                return False
            time.sleep(0.05)


def settle(dir: Path, *, host: str = "127.0.0.1") -> None:
    """Point Django at this place and start it; changes nothing in the place."""
    os.environ["ONEPLACE_DIR"] = str(dir.resolve())
    os.environ["ONEPLACE_STATIC"] = str((dir / ".oneplace" / "static").resolve())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oneplace.web.config.settings")
    if "ONEPLACE_HOSTS" not in os.environ:
        os.environ["ONEPLACE_HOSTS"] = ",".join(dict.fromkeys(("localhost", "127.0.0.1", "[::1]", host)))
    import django

    django.setup()


def prepare(dir: Path, *, host: str = "127.0.0.1") -> None:
    """Everything before the first request: settings, migrations with their triggers, static files, demonstration accounts."""
    settle(dir, host=host)
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    from oneplace.web.accounts.demonstration import make_accounts
    from oneplace.web.config import place

    if place.place().demonstration:
        make_accounts()
    from django.db import connections

    from oneplace.web import desk

    desk.close()  # the server forks, and neither an open build nor an open database may be shared by two processes
    connections.close_all()


class Worker:
    """The background worker's process, started again when it ends before it was told to."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.process = self._started()
        threading.Thread(target=self._keep, daemon=True).start()

    @staticmethod
    def _started() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "oneplace.web.jobs.worker", "--with-parent"]
        return subprocess.Popen(command, stdin=subprocess.PIPE)  # noqa: S603  our own module, our own interpreter

    def _keep(self) -> None:
        while True:
            status = self.process.wait()
            if self.stopping.wait(AGAIN_SECONDS):
                return
            log.error("the background worker ended and is started again", extra={"fields": {"status": status}})
            self.process = self._started()

    def stop(self) -> None:
        self.stopping.set()
        if self.process.stdin:
            self.process.stdin.close()  # the other end sees it and ends
        self.process.wait(timeout=30)
