"""The command line: the same answers as the pages and the papers, from the same visit."""

from __future__ import annotations

import sys

import typer

from oneplace import __version__
from oneplace.cli import output
from oneplace.cli.audit import add_audit
from oneplace.cli.backup import add_backup
from oneplace.cli.measures import add_measures
from oneplace.cli.methods import add_methods
from oneplace.cli.people import add_people
from oneplace.cli.places import add_places
from oneplace.cli.plans import add_plans

app = typer.Typer(
    name="oneplace",
    help="Runs a place's whole health-and-care plan from the place's own records.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)
add_places(app)
add_people(app)
add_plans(app)
add_methods(app)
add_measures(app)
add_audit(app)
add_backup(app)


@app.callback(invoke_without_command=True)
def _version(
    context: typer.Context, version: bool = typer.Option(False, "--version", help="Print the version and stop.")
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
