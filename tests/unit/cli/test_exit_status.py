"""Every kind of ending has its own exit status, and stdout is empty or one JSON value."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from asking import Command
from oneplace import __version__
from oneplace.cli import output
from oneplace.faults import Fault, InputAtFault, MissingPart, NotAllowed

FAULTS = (
    Fault(
        what="the day is not a day",
        file="plan.yaml",
        line=3,
        path="due",
        found="soon",
        expected="a date",
    ),
    Fault(what="the file is missing", file="risk.yaml"),
)
ENDINGS = {
    "done": (None, 0),
    "input": (InputAtFault(FAULTS), 1),
    "missing": (MissingPart("Pango: apt-get install libpango-1.0-0"), 1),
    "ours": (ZeroDivisionError("division by zero"), 3),
    "not-allowed": (NotAllowed("names need --as and --purpose"), 4),
    "exit": (typer.Exit(2), 2),
    "stopped": (KeyboardInterrupt(), 130),
}


def endings() -> typer.Typer:
    app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None)

    def command(how: str, json: bool = False) -> None:
        if ENDINGS[how][0] is not None:
            raise ENDINGS[how][0]

    app.command("end")(command)
    app.callback()(lambda: None)
    return app


@pytest.mark.parametrize("how", ENDINGS)
def test_each_ending_has_its_status(how: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert output.run(endings(), ["end", how]) == ENDINGS[how][1]
    printed = capsys.readouterr()
    assert printed.out == "", "without an answer stdout stays empty"
    assert bool(printed.err) == (how not in ("done", "exit"))


def test_faults_are_one_json_value_on_stdout_and_words_on_stderr(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert output.run(endings(), ["end", "input", "--json"]) == 1
    printed = capsys.readouterr()
    assert json.loads(printed.out) == {
        "faults": [
            {
                "what": "the day is not a day",
                "file": "plan.yaml",
                "line": 3,
                "path": "due",
                "found": "soon",
                "expected": "a date",
                "severity": "fault",
            },
            {
                "what": "the file is missing",
                "file": "risk.yaml",
                "line": None,
                "path": None,
                "found": None,
                "expected": None,
                "severity": "fault",
            },
        ]
    }
    assert printed.err.splitlines() == [
        "at fault plan.yaml:3 (due): the day is not a day: found soon; expected a date",
        "at fault risk.yaml: the file is missing",
    ]


def test_a_fault_of_ours_shows_where_it_happened(capsys: pytest.CaptureFixture[str]) -> None:
    assert output.run(endings(), ["end", "ours"]) == 3
    said = capsys.readouterr().err
    assert said.startswith("a fault of OnePlace: please report what follows\n")
    assert "ZeroDivisionError: division by zero" in said
    assert "test_exit_status.py" in said


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["build"],
        ["caseload", "DIR", "--taem", "HT1"],
        ["build", "DIR", "--as-of", "soon"],
        ["demo", "--people", "three"],
        ["plan", "nonsense"],
    ],
)
def test_usage(arguments: list[str], oneplace: Command) -> None:
    run = oneplace(*arguments)
    assert run.status == 2
    assert run.out == ""
    assert run.err.startswith("usage ")
    assert len(run.err.splitlines()) == 1


@pytest.mark.parametrize("arguments", [[], ["--help"], ["plan"], ["build", "--help"]])
def test_help_is_no_fault(arguments: list[str], oneplace: Command) -> None:
    run = oneplace(*arguments)
    assert run.status == 0
    assert run.out.startswith("Usage: oneplace")
    assert run.err == ""


def test_the_version(oneplace: Command) -> None:
    run = oneplace("--version")
    assert (run.status, run.out, run.err) == (0, f"oneplace {__version__}\n", "")


def test_square_brackets_are_printed_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    app = typer.Typer(pretty_exceptions_enable=False)

    def refuse() -> None:
        raise InputAtFault(
            Fault(what="no", file="a.yaml", path="schemes[3].due", found="[bold]", expected="x")
        )

    app.command("end")(refuse)
    assert output.run(app, []) == 1
    assert (
        capsys.readouterr().err
        == "at fault a.yaml (schemes[3].due): no: found [bold]; expected x\n"
    )


def test_the_process_ends_with_the_status(tmp_path: Path) -> None:
    """The console script and `python -m oneplace`, in a real process, with its pipe closed early,
    too."""
    done = subprocess.run(
        [sys.executable, "-m", "oneplace", "check", tmp_path, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert len(json.loads(done.stdout)["faults"]) == 1


def test_a_pipe_that_closes_early_is_no_fault() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "oneplace", "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""
