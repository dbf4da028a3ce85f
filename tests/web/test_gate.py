"""Nothing moves that nobody meant to move: what every role reads of Hamlet, with one entry of every kind written, is as it was agreed.

After a change that is meant: `ONEPLACE_GATE=accept python -m pytest tests/web/test_gate.py`, and the commit says the cause.
"""

from __future__ import annotations

import datetime as dt
import difflib
import gzip
import os
from pathlib import Path

from test_entered import write_everything

from crawl import crawled
from oneplace.documents.versions import write_atomically

BASELINE = Path(__file__).with_name("hamlet.gate.gz")
SHOWN = 60


def test_what_every_role_reads_is_what_was_agreed(site):
    write_everything(site)
    lines = crawled(site.client, dt.datetime.now(dt.UTC).date())

    assert len(lines) > 10_000 and len({line.split("\t")[1] for line in lines}) > 200, "the crawl went astray"
    if os.environ.get("ONEPLACE_GATE") == "accept":
        BASELINE.write_bytes(gzip.compress("\n".join(lines).encode(), mtime=0))
    agreed = gzip.decompress(BASELINE.read_bytes()).decode().split("\n")
    if lines == agreed:
        return
    moved = [d for d in difflib.unified_diff(agreed, lines, n=0, lineterm="") if d[:1] in "+-" and d[:3] not in ("+++", "---")]  # fmt: skip
    path = Path("build") / "gate.diff"
    path.parent.mkdir(exist_ok=True)
    write_atomically(path, "\n".join(moved) + "\n")
    raise AssertionError(
        "\n".join([f"{len(moved)} lines moved; all are in {path}:", *(m[:220] for m in moved[:SHOWN])])
    )
