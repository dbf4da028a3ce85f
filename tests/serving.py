"""The real site of a place, served by `oneplace serve` in a process of its own, and a small browser
without a screen.

For tests and benches that need the whole of it: the server, its worker, cookies, forms. Loopback
only.
"""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

PASSWORD = "demonstration"  # it stands on the sign-in page
READY_SECONDS = 120


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def clean(**settings: str) -> dict[str, str]:
    """The environment without what other tests of this process have set for a site of their own."""
    own = ("ONEPLACE_", "DJANGO_", "DATABASE_URL")
    return {**{k: v for k, v in os.environ.items() if not k.startswith(own)}, **settings}


@dataclass
class Served:
    """A running site. `kill` and `start` may follow each other as often as a test likes; the port
    stays."""

    folder: Path
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    workers: int = 1

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Served:
        self.let_go()
        command = [
            sys.executable,
            "-m",
            "oneplace",
            "serve",
            str(self.folder),
            "--port",
            str(self.port),
        ]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--workers", str(self.workers)],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env=clean(**self.environment),
                start_new_session=True,  # so that a kill reaches the server's own children and nobody else's
            )
        self.wait()
        return self

    def let_go(self) -> None:
        """Until nobody answers on the port: what a killed server started goes on answering for a
        moment."""
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", self.port)):
                    return
            time.sleep(0.02)
        raise AssertionError(
            f"somebody still answers on port {self.port} after {READY_SECONDS} s:\n{self.said()}"
        )

    def wait(self, again: bool = False) -> None:
        """Until it answers; fails with its log when it ends or takes too long.

        `again` starts a server that ended by itself, as the machine's supervisor does: two
        processes killed within seconds of each other look like a site that cannot live, and then it
        ends rather than try for ever.
        """
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            assert self.process is not None
            if self.process.poll() is not None:
                if again and "crash loop" in self.said():
                    self.start()
                    return
                raise AssertionError(
                    f"the server ended with {self.process.returncode}:\n{self.said()}"
                )
            try:
                if Browser(self).get("/healthz").status == 200:
                    return
            except OSError:
                pass  # not yet
            time.sleep(0.05)
        raise AssertionError(f"the server did not answer within {READY_SECONDS} s:\n{self.said()}")

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")[-5_000:]

    def family(self) -> list[int]:
        """The server's process and all that it started, itself first."""
        assert self.process is not None
        found = [self.process.pid]
        for parent in found:
            found += map(
                int,
                Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split(),
            )
        return found

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)


@contextmanager
def served(folder: Path, log: Path, workers: int = 1, **environment: str) -> Iterator[Served]:
    """The site of `folder` on a free loopback port until the block ends."""
    site = Served(folder, log, environment, workers=workers)
    try:
        yield site.start()
    finally:
        site.stop()


@dataclass(frozen=True)
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", errors="replace")

    def header(self, name: str) -> str:
        return next((v for k, v in self.headers if k.lower() == name.lower()), "")


class Browser:
    """Cookies, forms and one kept connection; follows nothing by itself."""

    def __init__(self, site: Served, **headers: str):
        self.site, self.headers = site, headers
        self.cookies: dict[str, str] = {}
        self.connection: http.client.HTTPConnection | None = None

    def __del__(self) -> None:
        if self.connection is not None:
            self.connection.close()

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=60)
        cookie = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        try:
            self.connection.request(
                method,
                path,
                body,
                {**self.headers, **({"Cookie": cookie} if cookie else {}), **headers},
            )
            response = self.connection.getresponse()
            answer = Answer(response.status, response.getheaders(), response.read())
        except (OSError, http.client.HTTPException) as gone:
            self.connection.close()
            self.connection = None
            raise OSError(f"no answer: {gone}") from gone
        for name, value in answer.headers:
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        return answer

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def token(self, path: str) -> str:
        """The form token of a page; it is good for every form of this session."""
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(path).text)
        assert found, f"no form on {path}"
        return found[1]

    def post(self, path: str, fields: Mapping[str, object], token: str, **headers: str) -> Answer:
        said = urlencode({"csrfmiddlewaretoken": token, **fields}).encode()
        form = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": self.site.origin,
            **headers,
        }
        return self.ask("POST", path, said, **form)

    def sign_in(self, role: str) -> Browser:
        token = self.token("/sign-in")
        answer = self.post("/sign-in", {"username": role, "password": PASSWORD}, token)
        assert answer.status == 302, (answer.status, answer.text[:500])
        return self
