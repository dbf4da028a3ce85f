"""A build that another version made is refused plainly, and building again mends it."""

from __future__ import annotations

import json
from pathlib import Path

from asking import Command
from oneplace.build import still_right
from oneplace.engines import store


def test_it_says_to_build_again_and_then_answers(hamlet_copy: Path, oneplace: Command) -> None:
    build = store.current(hamlet_copy)
    assert build is not None
    path = build.folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**manifest, "edition": 0}), encoding="utf-8")
    assert not still_right(hamlet_copy, people=None)
    refused = oneplace("caseload", hamlet_copy, "--team", "HT1")
    assert refused.status == 1
    assert "made by another version of OnePlace" in refused.err
    assert oneplace("build", hamlet_copy).status == 0
    assert oneplace("caseload", hamlet_copy, "--team", "HT1").status == 0
