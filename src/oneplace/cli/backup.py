"""Commands that put a place into one file and take it out again."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from oneplace.cli.output import Dir, Json, answer

if TYPE_CHECKING:
    from rich.console import Console

File = Annotated[Path, typer.Argument(help="The backup's file (tar).", metavar="FILE")]


def add(app: typer.Typer) -> None:
    app.command("backup")(backup)
    app.command("restore")(restore)


def backup(folder: Dir, file: File, as_json: Json = False) -> None:
    """Keep a place in one file: documents, tables, current build, papers, entries. Never the key.
    The site may run."""
    from oneplace.sources.backup import back_up

    elsewhere = bool(os.environ.get("DATABASE_URL"))
    kept = back_up(folder, file, now=dt.datetime.now(dt.UTC), entries_elsewhere=elsewhere)

    def words(console: Console) -> None:
        console.print(f"{_summary(kept)} in {file}, read back and right.", soft_wrap=True)
        if elsewhere:
            console.print(
                "What people wrote is in PostgreSQL and not in this file: keep it with pg_dump."
            )
        console.print(
            "The key is not in it. Keep the key file somewhere else, as a password is kept."
        )

    answer(_value(kept, folder, file), as_json=as_json, words=words)


def restore(folder: Dir, file: File, as_json: Json = False) -> None:
    """Put a backup into a new folder, after checking all of it."""
    from oneplace.sources.backup import restore as put_back

    kept = put_back(file, folder)

    def words(console: Console) -> None:
        console.print(
            f"{_summary(kept)} put into {folder}, every file as it was kept.", soft_wrap=True
        )
        console.print(
            f"Put the place's key file back where it was, then: oneplace audit verify {folder}",
            soft_wrap=True,
        )

    answer(_value(kept, folder, file), as_json=as_json, words=words)


def _summary(kept: dict[str, Any]) -> str:
    total = sum(f["bytes"] for f in kept["files"].values())
    return f"{len(kept['files']):,} files, {total / 1e6:,.1f} MB"


def _value(kept: dict[str, Any], folder: Path, file: Path) -> dict[str, Any]:
    return {
        "place": str(folder),
        "file": str(file),
        **{k: kept[k] for k in ("made_at", "build", "entries", "files")},
    }
