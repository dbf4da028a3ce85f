"""A board paper of Liverpool's plan, as a whole process: gathered and set as HTML, then as PDF.

The paper has more than forty charts; its seconds are given as they are, not divided down. No other
package writes this paper, so there is no peer. The twin of the PDF is the same page with its
drawings written into it instead of set in as images.
"""

from __future__ import annotations

import gzip
import json
import shutil
import sys
import tempfile
from pathlib import Path

from bench.measure import oneplace, row, run
from oneplace.place.shipped import shipped_place

PEOPLE = "20000"
IN_PROCESS = """
import sys, time, datetime as dt
from pathlib import Path
from oneplace.report.board import pictures_of, render
from oneplace.answers import open_place
from oneplace.answers.paper import _Draft
spent = []
for _ in range(3):
    began = time.process_time()
    with open_place(Path(sys.argv[1])) as session:
        paper = _Draft(session, dt.date(2019, 10, 31)).paper(number=1, made_at=dt.datetime.now(dt.UTC), earlier=None)
        render(paper)
    spent.append(time.process_time() - began)
print(spent[0], min(spent[1:]), len(pictures_of(paper.sections)))
"""
INLINE = """
import sys, datetime as dt
from pathlib import Path
from oneplace.report.board import html
from oneplace.answers.paper import write_paper
html._as_image = lambda svg, description: svg
write_paper(Path(sys.argv[1]), month="2019-10", format="pdf", now=dt.datetime.now(dt.UTC))
"""


def rows() -> list[dict[str, object]]:
    with tempfile.TemporaryDirectory(prefix="oneplace-bench-") as folder:
        home = {"XDG_DATA_HOME": str(Path(folder) / "data")}
        place = Path(folder) / "liverpool"
        shutil.copytree(
            shipped_place("liverpool"), place, ignore=shutil.ignore_patterns(".oneplace")
        )
        oneplace("build", str(place), "--people", PEOPLE, "--json", env=home)
        asked = ("report", str(place), "--month", "2019-10", "--json")
        page = oneplace(*asked, env=home)
        made = json.loads(page.stdout)
        pdf = oneplace(*asked, "--format", "pdf", env=home)
        shutil.rmtree(place / ".oneplace" / "papers")
        first, warm, drawn = map(
            float, run(sys.executable, "-c", IN_PROCESS, str(place), env=home).stdout.split()
        )
        twin = run(sys.executable, "-c", INLINE, str(place), env=home)
        charts = int(made["charts"])
        return [
            {**row("paper: charts", "charts", charts, None), "limit": 40, "ok": charts >= 40},
            row(f"paper: HTML, {charts} charts", "CPU s", page.cpu_seconds, 4.0, asked=5.0),
            row(
                f"paper: PDF, {charts} charts",
                "CPU s",
                pdf.cpu_seconds,
                12.0,
                twin=twin.cpu_seconds,
                asked=15.0,
            ),
            row(
                f"paper: a page of {drawn:.0f} charts made in a process that is up, first time",
                "CPU s",
                first,
                1.0,
            ),
            row(
                f"paper: a page of {drawn:.0f} charts made in a process that is up, again",
                "CPU s",
                warm,
                1.0,
            ),
            row(
                "paper: HTML file as sent, compressed",
                "bytes",
                len(gzip.compress(Path(made["html"]).read_bytes())),
                3e5,
            ),
            row("paper: HTML file", "bytes", Path(made["html"]).stat().st_size, 3e6, asked=5e6),
            row("paper: peak memory of the PDF", "bytes", pdf.peak_bytes, None),
        ]
