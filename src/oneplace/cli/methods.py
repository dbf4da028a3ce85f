"""The command about published methods: any of them on a file of cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from oneplace.cli.output import Json, answer, plain_value


def add_methods(app: typer.Typer) -> None:
    app.command("method")(method)


def method(
    name: Annotated[str, typer.Argument(help="Which method; `oneplace method list` names them.", metavar="NAME")],
    source: Annotated[
        Path | None, typer.Option("--input", help="A JSON list of cases, or a CSV file of one case.", metavar="FILE")
    ] = None,
    as_json: Json = False,
) -> None:
    """Any published method on a JSON or CSV file: a list of `id, function, inputs, params` in, `id, result` out."""
    from oneplace.methods.cases import run_file

    value = run_file(name, source)

    def words(console: Console) -> None:
        console.file.write(json.dumps(plain_value(value), indent=1, ensure_ascii=False) + "\n")

    answer(value, as_json=as_json, words=words)
