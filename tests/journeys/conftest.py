"""Hamlet, built and served as a user serves it, and a browser without a network."""

from __future__ import annotations

import datetime as dt
import io
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

REPO = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium")
PICTURES = REPO / ("docs/pictures" if os.environ.get("ONEPLACE_PICTURES") else "build/pictures")
TALLEST = 1_400
START = "import sys; from pathlib import Path; from oneplace.web.serve import serve; serve(Path(sys.argv[1]), port=int(sys.argv[2]))"


@dataclass(frozen=True)
class Served:
    folder: Path
    address: str


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    if CHROMIUM is None:
        pytest.skip("needs chromium: apt install chromium")
    from oneplace.answers.paper import write_paper
    from oneplace.answers.publishing import build_place

    folder = tmp_path_factory.mktemp("journeys") / "hamlet"
    shutil.copytree(REPO / "places" / "hamlet", folder, ignore=shutil.ignore_patterns(".oneplace"))
    build_place(folder, now=dt.datetime.now(dt.UTC))
    write_paper(folder, month="2019-09", format="html", to=None, now=dt.datetime.now(dt.UTC))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("ONEPLACE_", "DJANGO_", "DATABASE_URL"))
    }
    environment["ONEPLACE_KEY_FILE"] = str(folder.parent / "key")
    log = (folder.parent / "serve.log").open("wb")
    site = subprocess.Popen(
        [sys.executable, "-c", START, str(folder), str(port)],
        env=environment,
        stdout=log,
        stderr=log,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _await(f"{address}/healthz", site, log.name)
        yield Served(folder, address)
    finally:
        site.terminate()
        site.wait(timeout=30)
        log.close()


def _await(url: str, site: subprocess.Popen[bytes], log: str) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        if site.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310  our own address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError("the site did not start:\n" + Path(log).read_text()[-3000:])


@pytest.fixture(
    scope="module"
)  # not longer: while it is open, Django takes this process for an asynchronous one
def browser(served: Served):
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="needs playwright: pip install oneplace[dev]"
    )
    with playwright.sync_playwright() as p:
        opened = p.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


class Reader:
    """Somebody at a browser: signs in, goes to pages, and notices what the browser complains
    about."""

    def __init__(self, browser, served: Served, role: str | None, width: int = 1100):
        self.served, self.role, self.complaints = served, role, []
        self.context = browser.new_context(viewport={"width": width, "height": 900}, locale="en-GB")
        self.page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.page.on(
            "console", lambda m: self.complaints.append(m.text) if m.type == "error" else None
        )
        self.page.on("pageerror", lambda e: self.complaints.append(str(e)))
        self.page.on("request", self._outside)
        if role:
            self.go("/sign-in")
            self.page.get_by_label("User name").fill(role)
            self.page.get_by_label("Password").fill("demonstration")
            self.page.get_by_role("button", name="Sign in").click()

    def _outside(self, request) -> None:
        if not request.url.startswith((self.served.address, "data:")):
            self.complaints.append(f"asked {request.url}")

    def go(self, path: str):
        self.page.goto(self.served.address + path)
        return self.page

    def picture(self, name: str) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        tall = self.page.evaluate("document.documentElement.scrollHeight")
        size = self.page.viewport_size["width"], min(tall, TALLEST)
        clip = {"x": 0, "y": 0, "width": size[0], "height": size[1]}
        with Image.open(io.BytesIO(self.page.screenshot(full_page=True, clip=clip))) as taken:
            taken.save(PICTURES / f"{name}.webp", quality=60, method=6)


@pytest.fixture
def reader(browser, served):
    opened = []

    def open_as(role: str | None, width: int = 1100) -> Reader:
        opened.append(Reader(browser, served, role, width))
        return opened[-1]

    yield open_as
    for r in opened:
        complaints = [c for c in r.complaints if "status of 4" not in c]
        r.context.close()
        assert complaints == []
