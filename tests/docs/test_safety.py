"""The hazard log is whole: every control names tests that exist and are not switched off; no risk
grows by its controls."""

from __future__ import annotations

import ast
import re

import pytest

import hazards

LOG = hazards.log()
FIELDS = {"id", "hazard", "cause", "harm", "before", "controls", "after", "left_to_the_place"}
NAMED = sorted({test for control in hazards.controls(LOG) for test in control.proved_by})


def test_every_hazard_says_all_there_is_to_say():
    assert [h["id"] for h in LOG] == [f"H{i:02}" for i in range(1, len(LOG) + 1)]
    for h in LOG:
        assert set(h) == FIELDS, h["id"]
        assert all(h[f].strip() for f in ("hazard", "cause", "harm", "left_to_the_place")), h["id"]
        assert h["controls"], h["id"]
        assert all(c["proved_by"] for c in h["controls"]), h["id"]


def test_controls_never_make_a_risk_greater_and_none_is_left_unacceptable():
    for h in LOG:
        assert hazards.risk(h["after"]) <= hazards.risk(h["before"]), h["id"]
        assert hazards.risk(h["after"]) <= 3, f"{h['id']}: a risk of 4 or 5 is not acceptable"
        order = hazards.LIKELIHOOD.index
        assert order(h["after"]["likelihood"]) <= order(h["before"]["likelihood"]), h["id"]


@pytest.mark.parametrize("test", NAMED)
def test_the_named_test_exists_and_is_not_switched_off(test):
    file, _, name = test.partition("::")
    path = hazards.REPO / file
    assert path.is_file(), f"{file} is gone: name the test that proves this control now"
    found = [
        n
        for n in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(n, ast.FunctionDef)
    ]
    tests = [n for n in found if n.name.startswith("test_") and name in ("", n.name)]
    assert tests, f"{test} is gone: name the test that proves this control now"
    for one in tests:
        off = [
            d for d in one.decorator_list if re.search(r"\bmark\.(skip|xfail)\b", ast.unparse(d))
        ]
        assert not off, f"{test} is switched off"


ONE = [{"id": "H01", "controls": [{"control": "x", "proved_by": ["tests/a.py::test_b"]}]}]


@pytest.mark.parametrize(
    ("outcomes", "wrong"),
    [
        ({"tests/a.py::test_b": "passed"}, False),
        ({"tests/a.py::test_b[1]": "passed", "tests/a.py::test_b[2]": "passed"}, False),
        ({"tests/a.py::test_b[1]": "passed", "tests/a.py::test_b[2]": "failed"}, True),
        ({"tests/a.py::test_b": "skipped"}, True),
        ({"tests/a.py::test_bc": "passed"}, True),  # another test whose name begins alike
        ({}, True),
    ],
)
def test_a_control_without_a_passing_test_is_named(outcomes, wrong):
    assert bool(hazards.unproved(ONE, outcomes)) is wrong
