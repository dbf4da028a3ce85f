"""The command about the audit: is its chain whole?"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import typer

from oneplace.cli.output import Dir, Json, answer
from oneplace.faults import Fault, InputAtFault

if TYPE_CHECKING:
    from rich.console import Console

audit_app = typer.Typer(
    help="The audit of who read what.", no_args_is_help=True, rich_markup_mode=None
)


def add(app: typer.Typer) -> None:
    app.add_typer(audit_app, name="audit")


@audit_app.callback()
def _only_subcommands() -> None:
    """The audit of who read what."""


@audit_app.command("verify")
def verify(folder: Dir, as_json: Json = False) -> None:
    """Check that no audit row was altered, cut, moved or added behind the site's back, and that the
    guards stand."""
    if not (folder / "place.yaml").exists():
        raise InputAtFault(
            Fault(
                what="this folder is not a place",
                file=str(folder),
                expected="a folder with place.yaml",
            )
        )
    if (
        not os.environ.get("DATABASE_URL")
        and not (folder / ".oneplace" / "entries.sqlite3").exists()
    ):
        raise InputAtFault(
            Fault(
                what="nobody has read anything here yet, so there is no audit",
                file=str(folder),
                expected="a place whose site was opened",
            )
        )
    from oneplace.web.settling import settle

    settle(
        folder
    )  # and no more: to prepare the site would put a missing guard back before it is found missing
    from oneplace.web.accounts.audit import verify as verified

    whole = verified()
    findings = [str(f) for f in whole.findings] + [
        f"the guard {g} is missing" for g in whole.missing_guards
    ]
    if findings:
        raise InputAtFault(
            Fault(
                what="the audit is not whole",
                file=str(folder),
                found=f,
                expected="an unbroken chain up to its anchor",
            )
            for f in findings
        )

    def words(console: Console) -> None:
        console.print(f"The audit is whole: {whole.rows:,} rows, guards in place.")

    answer({"place": str(folder), "rows": whole.rows, "findings": []}, as_json=as_json, words=words)
