"""What a build found wrong, with how much it matters, and where a reader meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from asking import Command
from oneplace.answers.findings import findings, in_one_line
from oneplace.engines import store

CHECKS = """
usual up to | share | it is
0           | 0.2   | serious
0           | 0.011 | serious
0           | 0.002 | look
0.01        | 0.04  | look
0.01        | 0.06  | serious
0.05        | 0.2   | look
0.05        | 0.3   | serious
"""


def check(most: float, share: float) -> dict:
    return {
        "table_name": "death",
        "sentence": "death: wrong.",
        "passed": share <= most,
        "most_share": most,
        "share": share,
    }


@pytest.mark.parametrize("row", CHECKS.strip().splitlines()[1:])
def test_how_much_a_failed_check_matters(row: str) -> None:
    most, share, severity = (cell.strip() for cell in row.split("|"))
    (found,) = findings({"tables": {}, "quality": [check(float(most), float(share))]})
    assert found.severity == severity
    assert bool(in_one_line({"tables": {}, "quality": [check(float(most), float(share))]})) == (
        severity == "serious"
    )


def test_what_passed_is_no_finding_and_the_serious_come_first() -> None:
    refusals = [{"table_name": "death", "rows": 9}, {"table_name": "person", "rows": 1}]
    manifest = {
        "tables": {"death": 1, "person": 5000},
        "quality": [check(0.01, 0.0)],
        "refusals": refusals,
        "warnings": ["pathways/smi.yaml: nothing reads this file"],
    }
    found = [(f.severity, f.where) for f in findings(manifest)]
    assert found == [("serious", "death"), ("look", "person"), ("look", "pathways/smi.yaml")]


def test_a_build_says_what_nothing_read_and_how_many_people_were_asked_for(
    hamlet_copy: Path, oneplace: Command
) -> None:
    (hamlet_copy / "pathways").mkdir()
    (hamlet_copy / "pathways" / "smi.yaml").write_text("id: smi\n", encoding="utf-8")
    first = oneplace("build", hamlet_copy, "--people", 300)
    assert first.status == 0, first.err
    assert "to look at: pathways/smi.yaml: nothing reads this file" in first.out
    again = oneplace("build", hamlet_copy, "--json")
    assert json.loads(again.out)["people_asked"] == 300
    assert "About 300 people, as asked before; --everyone makes the whole place." in again.err
    assert store.people_asked(hamlet_copy) == 300
    whole = json.loads(oneplace("build", hamlet_copy, "--everyone", "--json").out)
    assert whole["people_asked"] is None
    assert whole["tables"]["person"] > 1500
    assert store.people_asked(hamlet_copy) is None
