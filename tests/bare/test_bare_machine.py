"""On a machine with Python and make alone the tests end green: what the machine lacks is skipped by
name, with how to get it, and `oneplace doctor` says it. Each case runs in a process of its own that
cannot find the parts in question."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent
NEEDING = [
    "unit/test_kept_papers.py",
    "places/test_hamlet_paper.py::test_the_pdf_is_of_the_same_paper_and_added_once",
    "journeys/test_print.py",
    "unit/cli/test_json.py::test_doctor",
]
LIBRARIES = {
    "nothing": "pango,harfbuzz,fontconfig,gobject",
    "no HarfBuzz-Subset": "harfbuzz-subset",
}


def run(without: str, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ONEPLACE_TESTS_WITHOUT": without, "PYTHONPATH": str(HERE)}
    return subprocess.run(
        [sys.executable, *command], env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("case", LIBRARIES)
def test_what_needs_a_missing_part_is_skipped_by_name_or_passes(case: str) -> None:
    named = [str(TESTS / n) for n in NEEDING]
    done = run(
        LIBRARIES[case],
        "-m",
        "pytest",
        "-p",
        "without_libraries",
        "-p",
        "no:cacheprovider",
        "-rs",
        *named,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    skipped = re.findall(r"SKIPPED.*", done.stdout)
    assert any("apt install chromium" in line for line in skipped)
    assert any("Pango" in line for line in skipped) == (case == "nothing")


@pytest.mark.parametrize(
    ("case", "state"), [("nothing", "missing"), ("no HarfBuzz-Subset", "attention")]
)
def test_doctor_answers_and_says_how_to_get_the_part(case: str, state: str) -> None:
    asked = (
        "import without_libraries, warnings; warnings.simplefilter('error');"
        "from oneplace.cli.health import findings; import json; print(json.dumps(findings(None)))"
    )
    done = run(LIBRARIES[case], "-c", asked)
    assert done.returncode == 0, done.stderr[-2000:]
    row = re.search(r'\{"part": "PDF papers", "state": "(\w+)", "why": "([^"]+)"', done.stdout)
    assert row and row[1] == state
    assert "apt-get install" in row[2]
