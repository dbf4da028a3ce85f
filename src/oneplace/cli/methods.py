"""The command about published methods: any of them on a file of cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from oneplace.cli.output import AT_FAULT, Json, answer, plain_value, say_faults

if TYPE_CHECKING:
    from rich.console import Console


def add(app: typer.Typer) -> None:
    app.command("method")(method)


def method(
    name: Annotated[
        str, typer.Argument(help="Which method; `oneplace method list` names them.", metavar="NAME")
    ],
    source: Annotated[
        Path | None,
        typer.Option(
            "--input", help="A JSON list of cases, or a CSV file of one case.", metavar="FILE"
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Any published method on a JSON or CSV file: a list of `id, function, inputs, params` in, `id,
    result` out.

    A case at fault has its faults in place of a result, and the exit status is 1; the other cases
    are answered all the same.
    """
    from oneplace.methods.cases import run_file

    value, faults = run_file(name, source)

    def words(console: Console) -> None:
        console.file.write(json.dumps(plain_value(value), indent=1, ensure_ascii=False) + "\n")

    answer(value, as_json=as_json, words=words)
    if faults:
        say_faults(faults)
        raise typer.Exit(AT_FAULT)
