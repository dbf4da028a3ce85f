"""Start the site of one place: one lock, migrations first, granian for requests, one worker for
builds.

In: the place's folder and where to listen. Returns when it was told to stop (Ctrl-C or SIGTERM). A
second `serve` of the same place is refused while the first runs, because two workers would build
over each other.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from oneplace.faults import Fault, InputAtFault
from oneplace.web.settling import forget, prepare

TARGET = "oneplace.web.config.wsgi:application"
log = logging.getLogger("oneplace.web")
LOCK_SECONDS = 3.0  # as long as what a killed server started may need to notice and end
AGAIN_SECONDS = 1.0
STOP_SECONDS = (
    1.0  # for what is being answered when the server is told to stop; a page takes a tenth of it
)
PROCESSES = 2  # that answer, so that one long answer does not hold up everybody: as many as the smallest server has cores


def serve(
    dir: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    workers: int = PROCESSES,
    background: bool = True,
    ready: Callable[[str, Sequence[str]], None] | None = None,
) -> None:
    """Serve the place in `dir` until told to stop; `ready` is called with the address and the
    demonstration accounts."""
    if not (dir / "place.yaml").exists():
        raise InputAtFault(
            Fault(
                what="this folder is not a place",
                file=str(dir),
                expected="a folder with place.yaml",
            )
        )
    with alone(dir):
        must_be_free(host, port)
        accounts = prepare(dir, host=host)
        from oneplace.web import warm  # once Django is set up

        warm.preload()  # here, so that every process has it without loading it
        forget()
        os.environ["ONEPLACE_SERVER"] = str(
            os.getpid()
        )  # what answers requests ends when this process does
        worker = Worker() if background else None
        try:
            if ready:
                ready(f"http://{host}:{port}/", accounts)
            Granian(
                TARGET,
                address=host,
                port=port,
                interface=Interfaces.WSGI,
                workers=workers,
                blocking_threads=2,  # a long answer does not hold up a short one; each thread has its own connections
                log_level=LogLevels.warning,
                respawn_failed_workers=True,
                workers_kill_timeout=STOP_SECONDS,  # type: ignore[arg-type]  # it is seconds to wait, whole or not
                websockets=False,
            ).serve()
        finally:
            if worker:
                worker.stop()
                say_stopped()


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


def must_be_free(host: str, port: int) -> None:
    """Say at once, and in words, when the site cannot listen here."""
    until = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            with socket.socket(family, kind) as tried:
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                tried.bind(address)
            return
        except OSError as e:
            if e.errno == errno.EADDRINUSE and time.monotonic() < until:
                time.sleep(0.1)  # what a killed server started may still be ending
                continue
            raise InputAtFault(_cannot_listen(host, port, e)) from None


def _cannot_listen(host: str, port: int, error: OSError) -> Fault:
    what, expected = "the site cannot listen here", "an address of this machine, such as 127.0.0.1"
    if error.errno == errno.EADDRINUSE:
        what = "another program listens here already"
        expected = f"a free port: stop that program, or take another with --port {port + 1}"
    elif error.errno in (errno.EACCES, errno.EPERM):
        expected = "a port from 1024 up; for 80 or 443 put a proxy in front, as docs/how-to/deploy-the-site.md says"
    return Fault(
        what=what,
        file="--host, --port",
        found=f"{host}:{port} ({error.strerror})",
        expected=expected,
    )


def _locked(descriptor: int) -> bool:
    """Take the lock, or see it held: for a moment after a kill the killed server's own processes
    still hold it."""
    until = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > until:
                return False
            time.sleep(0.05)


def say_stopped() -> None:
    """A job that ran when the worker was stopped is not running any more, and its row says so at
    once."""
    from oneplace.web.jobs.running import sweep

    sweep()
    forget()


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
            log.error(
                "the background worker ended and is started again",
                extra={"fields": {"status": status}},
            )
            self.process = self._started()

    def stop(self) -> None:
        self.stopping.set()
        if self.process.stdin:
            self.process.stdin.close()  # the other end sees it and ends
        self.process.wait(timeout=30)
