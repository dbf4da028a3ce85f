"""The hazard log (`docs/safety/hazards.yaml`) held against the tests that ran.

In: the log, and which tests passed. Out: which control has no passing test. `conftest` asks after a
whole run; `make safety` runs the named tests alone and prints the log with the outcome of each
control.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

REPO = Path(__file__).resolve().parents[1]
LOG = REPO / "docs" / "safety" / "hazards.yaml"
SEVERITY = ("minor", "significant", "considerable", "major", "catastrophic")
LIKELIHOOD = ("very low", "low", "medium", "high", "very high")
# The example matrix of the guidance on DCB0129 (NHS Digital, 2018): a line for each likelihood, a
# column for each severity.
MATRIX = ((1, 1, 2, 2, 3), (1, 2, 2, 3, 4), (2, 2, 3, 3, 4), (2, 3, 3, 4, 5), (3, 4, 4, 5, 5))


@dataclass(frozen=True)
class Control:
    hazard: str
    says: str
    proved_by: tuple[str, ...]


def log(path: Path = LOG) -> list[dict[str, Any]]:
    return YAML(typ="safe").load(path)["hazards"]


def controls(hazards: list[dict[str, Any]]) -> Iterator[Control]:
    for hazard in hazards:
        for control in hazard["controls"]:
            yield Control(hazard["id"], control["control"], tuple(control["proved_by"]))


def risk(judged: Mapping[str, str]) -> int:
    return MATRIX[LIKELIHOOD.index(judged["likelihood"])][SEVERITY.index(judged["severity"])]


def of(test: str, node: str) -> bool:
    """Whether this node is the named test, one of its cases, or a test of the named file."""
    return node == test or node.startswith((f"{test}::", f"{test}["))


def unproved(hazards: list[dict[str, Any]], outcomes: Mapping[str, str]) -> list[str]:
    """Controls with a named test that did not run and pass: failed, skipped, or gone. `outcomes` is
    by node."""
    wrong = []
    for control in controls(hazards):
        for test in control.proved_by:
            found = {said for node, said in outcomes.items() if of(test, node)}
            if "passed" not in found or "failed" in found:
                wrong.append(
                    f"{control.hazard}: {control.says}: {test} {', '.join(sorted(found)) or 'did not run'}"
                )
    return wrong


class Outcomes:
    """A plugin of pytest: remembers how each test ended, and at the end of a whole run asks for
    every control's."""

    def __init__(self) -> None:
        self.seen: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.outcome != "passed" or (report.when == "call" and report.nodeid not in self.seen):
            self.seen[report.nodeid] = report.outcome

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        config = session.config
        part = (
            config.option.keyword
            or config.option.markexpr
            or config.option.collectonly
            or session.shouldstop
        )
        if part or config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
            return
        wrong = unproved(log(), self.seen)
        for line in wrong:
            print(f"\nnot proved here: {line}", file=sys.stderr)
        if any(
            not line.endswith(" skipped") for line in wrong
        ):  # what this machine has no program for is only said
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def main() -> int:
    hazards, ran = log(), Outcomes()
    named = sorted({t for c in controls(hazards) for t in c.proved_by})
    status = pytest.main(
        ["-q", "--rootdir", str(REPO), *(str(REPO / t) for t in named)], plugins=[ran]
    )
    wrong = unproved(hazards, ran.seen)
    for hazard in hazards:
        print(
            f"{hazard['id']}  risk {risk(hazard['before'])} to {risk(hazard['after'])}  {hazard['hazard']}"
        )
        for line in (w for w in wrong if w.startswith(f"{hazard['id']}:")):
            print(f"     not proved: {line}")
    print(
        f"{len(hazards)} hazards, {sum(1 for _ in controls(hazards))} controls, {len(named)} tests named"
    )
    return 1 if wrong or status else 0


if __name__ == "__main__":
    raise SystemExit(main())
