"""What many tests need: a data folder of their own, Hamlet built once, and the command line as a
function."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import hazards
from asking import Command, Run, copy_of_hamlet


def pytest_configure(config: pytest.Config) -> None:
    """The hazard log is asked once for each run, by the process that hears of every test."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(hazards.Outcomes(), "hazards")


@pytest.fixture(scope="session", autouse=True)
def data_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keys and demonstrations go here, never into the home of whoever runs the tests."""
    home = tmp_path_factory.mktemp("data")
    before = os.environ.get("XDG_DATA_HOME")
    os.environ["XDG_DATA_HOME"] = str(home)
    yield home
    if before is None:
        del os.environ["XDG_DATA_HOME"]
    else:
        os.environ["XDG_DATA_HOME"] = before


@pytest.fixture(scope="session")
def built_hamlet(tmp_path_factory: pytest.TempPathFactory, data_home: Path) -> Path:
    """Hamlet, built once for each test process. To be read; a test that changes something takes
    `hamlet_copy`."""
    from oneplace.answers.publishing import build_place

    folder = copy_of_hamlet(tmp_path_factory.mktemp("built") / "hamlet")
    build_place(folder, now=dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC))
    return folder


@pytest.fixture()
def hamlet_copy(built_hamlet: Path, tmp_path: Path) -> Path:
    """A built Hamlet of the test's own."""
    return Path(shutil.copytree(built_hamlet, tmp_path / "hamlet"))


@pytest.fixture()
def oneplace(capsys: pytest.CaptureFixture[str]) -> Command:
    """The command line in this process: arguments in; status, stdout and stderr out."""
    from oneplace.cli import app, output

    def run(*arguments: object) -> Run:
        capsys.readouterr()
        status = output.run(app, [str(a) for a in arguments])
        printed = capsys.readouterr()
        return Run(status, printed.out, printed.err)

    return run
