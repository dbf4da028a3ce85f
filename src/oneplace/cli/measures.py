"""Commands about measures: import what publishers give out, judge what was forecast."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from oneplace.cli.output import Dir, Json, answer, progress_bar, table

if TYPE_CHECKING:
    from rich.console import Console

measures_app = typer.Typer(
    help="Measures: published figures come in, past forecasts are judged.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def add(app: typer.Typer) -> None:
    app.add_typer(measures_app, name="measures")


@measures_app.callback()
def _measures() -> None:
    """Measures: published figures come in, past forecasts are judged."""


@measures_app.command("import")
def import_(
    folder: Dir,
    files: Annotated[
        list[Path],
        typer.Argument(
            help="NHS England monthly files (.csv, .xlsx, .zip, .gz) or plain CSV, as downloaded.",
            metavar="FILE...",
        ),
    ],
    month: Annotated[
        dt.datetime | None,
        typer.Option("--month", formats=["%Y-%m"], help="The month, where no file says it."),
    ] = None,
    final: Annotated[
        bool | None,
        typer.Option(
            "--final/--provisional",
            help="Whether the publisher may still change them; default: as the name says.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Import published figures: each file is read right, or refused with the reason; nothing is
    kept when one is at fault."""
    from oneplace.sources.statistics import import_files

    with progress_bar() as progress:
        done = import_files(
            folder,
            files,
            imported_at=dt.datetime.now(dt.UTC),
            month=month.date() if month else None,
            status=None if final is None else "final" if final else "provisional",
            progress=progress,
        )

    def words(console: Console) -> None:
        rows = [
            (
                i.file,
                i.format,
                ", ".join(f"{m:%B %Y}" for m in i.months),
                i.rows,
                i.organisations,
                ", ".join(i.of_this_place) or "none",
                i.status,
            )
            for i in done
        ]
        columns = ("file", "layout", "month", "figures", "organisations", "of this place", "status")
        console.print(table("", columns, rows, right=("figures", "organisations")))
        for i in done:
            for note in i.notes:
                console.print(f"{i.file}: {note}")

    answer([asdict(i) for i in done], as_json=as_json, words=words)


@measures_app.command("past")
def past(
    folder: Dir,
    months: Annotated[
        int,
        typer.Option(
            "--months", min=1, max=24, help="How many months ahead past forecasts looked."
        ),
    ] = 12,
    as_json: Json = False,
) -> None:
    """How past forecasts of every measure did: each month judged only by what was known before
    it."""
    from oneplace.answers import open_place
    from oneplace.answers.performance import past_forecasts

    found = past_forecasts(open_place(folder), months_ahead=months)

    def words(console: Console) -> None:
        rows = [
            (
                m["title"],
                ", ".join(m["organisations"]),
                m["judged"],
                f"{100 * m['covered80_before']:.0f}%",
                f"{100 * m['covered80']:.0f}%",
                f"{100 * m['covered95_before']:.0f}%",
                f"{100 * m['covered95']:.0f}%",
            )
            for m in found["measures"]
        ]
        columns = (
            "measure",
            "organisations",
            "judged",
            "80% raw",
            "80% held",
            "95% raw",
            "95% held",
        )
        console.print(table("", columns, rows, right=columns[2:]))
        if found["notice"]:
            console.print(found["notice"])

    answer(found, as_json=as_json, words=words)
