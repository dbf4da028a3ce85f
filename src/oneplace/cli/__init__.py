"""The command line: the same answers as the pages and the papers, from the same session.

A command's module is loaded when the command is asked for: `explain` does not wait for what only
`build` needs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from oneplace import __version__
from oneplace.cli import output

# Which module of this package has the command. `--help` lists them in this order.
HOME = {
    "demo": "places",
    "new": "places",
    "check": "places",
    "build": "places",
    "serve": "places",
    "doctor": "places",
    "caseload": "people",
    "set-aside": "set_aside",
    "explain": "people",
    "calibration": "people",
    "claims": "plans",
    "report": "plans",
    "plan": "plans",
    "method": "methods",
    "measures": "measures",
    "audit": "audit",
    "accounts": "accounts",
    "backup": "backup",
    "restore": "backup",
}


def _application(
    name: str | None = None, help: str | None = None, cls: type[TyperGroup] | None = None
) -> typer.Typer:
    return typer.Typer(
        name=name,
        help=help,
        cls=cls,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        add_completion=False,
    )


class _Fetched(Mapping[str, Any]):
    """Every command's name, and the command itself once it is asked for."""

    def __init__(self) -> None:
        self._here: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._here:
            of_module = _application()
            import_module(f"oneplace.cli.{HOME[name]}").add(of_module)
            self._here[name] = typer.main.get_group(of_module).commands[name]
        return self._here[name]

    def __iter__(self) -> Iterator[str]:
        return iter(HOME)

    def __len__(self) -> int:
        return len(HOME)


class Commands(TyperGroup):
    """The commands, each fetched from its module when it is asked for."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = _Fetched()  # type: ignore[assignment]  # nobody adds a command later


app = _application(
    "oneplace", "Runs a place's whole health-and-care plan from the place's own records.", Commands
)


@app.callback(invoke_without_command=True)
def _version(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", help="Print the version and stop."),
) -> None:
    if version:
        sys.stdout.write(f"oneplace {__version__}\n")
        raise typer.Exit
    if context.invoked_subcommand is None:
        sys.stdout.write(context.get_help() + "\n")
        raise typer.Exit


def main() -> None:
    """The console script."""
    sys.exit(output.run(app))
