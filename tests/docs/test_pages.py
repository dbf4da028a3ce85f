"""Every command on the pages that teach is run, in order, in a fresh folder, and prints what the
page shows.

A ```console block is run by bash; `fails=N` beside it is the exit status it must end with. Each
line of the ```text block below it must stand in the output, blanks aside; `…` stands for anything.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
PAGES = (
    "tutorial.md",
    "how-to/bring-your-records.md",
    "how-to/write-your-own-plan.md",
    "how-to/make-the-boards-paper.md",
    "how-to/import-a-monthly-file.md",
    "how-to/add-a-measure-or-a-score.md",
)
BLOCK = re.compile(r"^```(console|text)([^\n]*)\n(.*?)^```$", re.M | re.S)


def plain(line: str) -> str:
    return re.sub(r"\s+", " ", line.replace("┃", "│")).strip()


def matches(shown: str, output: list[str]) -> bool:
    pattern = ".*".join(re.escape(part) for part in plain(shown).split("…"))
    return any(re.search(pattern, line) for line in output)


@pytest.mark.parametrize("page", PAGES)
def test_the_page_does_what_it_shows(page: str, tmp_path: Path, data_home: Path) -> None:
    """A reader has a checkout: its places and its .venv are linked into the folder."""
    (tmp_path / "places").symlink_to(REPO / "places")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "activate").write_text("")
    env = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONWARNINGS": "",
    }
    blocks = BLOCK.findall((REPO / "docs" / page).read_text(encoding="utf-8"))
    assert [kind for kind, _, _ in blocks].count("console") >= 3
    output: list[str] = []
    for kind, about, text in blocks:
        if kind == "console":
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", text],
                cwd=tmp_path,
                env=env,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            status = int(about.partition("fails=")[2] or 0)
            assert done.returncode == status, f"{page}:\n{text}\n{done.stdout}"
            output = [plain(line) for line in done.stdout.splitlines()]
        else:
            missing = [line for line in text.splitlines() if not matches(line, output)]
            assert not missing, f"{page} shows what is not printed: {missing}\n" + "\n".join(output)
