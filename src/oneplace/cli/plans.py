"""Commands about the plan: status, diff, claims, report."""

from __future__ import annotations

import datetime as dt
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from oneplace.cli.output import Dir, Json, Today, answer, err, on_its_day, table

if TYPE_CHECKING:
    from rich.console import Console

Day = Annotated[
    dt.datetime | None,
    typer.Option("--on", formats=["%Y-%m-%d"], help="On this day; default the place's today."),
]

plan_app = typer.Typer(help="The plan: what is due, what changed.", rich_markup_mode=None)


def add(app: typer.Typer) -> None:
    app.add_typer(plan_app, name="plan")
    app.command("claims")(claims)
    app.command("report")(report)


@plan_app.callback(invoke_without_command=True)
def _help(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        sys.stdout.write(context.get_help() + "\n")
        raise typer.Exit


@plan_app.command("status")
def status(folder: Dir, on: Day = None, as_json: Json = False) -> None:
    """Milestones, measures and savings: due, late, unknown. Needs no build."""
    from oneplace.answers import plan_status

    value = plan_status(folder, on=on.date() if on else _today(folder))
    answer(value, as_json=as_json, words=lambda console: show_status(console, value))


def _today(folder: Path) -> dt.date:
    """The place's today; of a folder with a plan and no place the real one."""
    from oneplace.documents import read
    from oneplace.place import clock
    from oneplace.place.document import Place

    if not (folder / "place.yaml").exists():
        return dt.date.today()
    document = read(folder / "place.yaml", Place)
    return clock.today(document, os.environ, computed_for=clock.computed_for(folder))


@plan_app.command("diff")
def diff(
    folder: Dir,
    before: Annotated[str, typer.Argument(help="Digest of the earlier version, or its beginning.")],
    after: Annotated[
        str | None,
        typer.Argument(help="Digest of the later version; default: the plan as it is now."),
    ] = None,
    document: Annotated[str, typer.Option(help="Which document.")] = "plan.yaml",
    as_json: Json = False,
) -> None:
    """Compare two versions of a document field by field."""
    from oneplace.plan.assurance.changes import plan_diff

    rows = plan_diff(folder, before, after, name=document)

    def words(console: Console) -> None:
        if not rows:
            console.print("The two versions are the same.")
        else:
            console.print(
                table(
                    "",
                    ("field", "before", "after"),
                    [(r["path"], r["before"], r["after"]) for r in rows],
                )
            )

    answer(rows, as_json=as_json, words=words)


def claims(folder: Dir, today: Today = None, as_json: Json = False) -> None:
    """Each scheme's claim against the records: claimed beside available, overlaps, and what is
    wrong with it."""
    from oneplace.answers import open_place
    from oneplace.answers.claims import rows

    session = open_place(on_its_day(folder, today))
    value = rows(session)
    answer(
        value, as_json=as_json, words=lambda console: show_claims(console, value, session.notice)
    )


def report(
    folder: Dir,
    month: Annotated[
        str | None,
        typer.Option(
            help="The paper's month, YYYY-MM; of a month that is over; default that of the build's day, or the last that is over."
        ),
    ] = None,
    format: Annotated[str, typer.Option("--format", help="html or pdf.")] = "html",
    to: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Where to write it; default beside the kept paper."),
    ] = None,
    today: Today = None,
    as_json: Json = False,
) -> None:
    """Write the board paper: every figure with where it is from and, where an earlier paper exists,
    why it moved."""
    from oneplace.answers.paper import write_paper

    made = write_paper(
        on_its_day(folder, today), month=month, format=format, to=to, now=dt.datetime.now(dt.UTC)
    )
    for note in made["notes"]:
        err.print(f"note: {note}")
    answer(
        made,
        as_json=as_json,
        words=lambda console: console.print(str(made["file"]), soft_wrap=True),
    )


def show_status(console: Console, value: dict[str, Any]) -> None:
    """The plan on a day, what needs somebody first."""
    counts: dict[str, int] = {}
    for m in value["milestones"]:
        counts[m["state"]] = counts.get(m["state"], 0) + 1
    console.print(
        f"{value['plan']} on {value['on']}: {len(value['milestones'])} milestones", soft_wrap=True
    )
    console.print(
        table(
            "Milestones",
            ("state", "how many"),
            [(k, f"{n:,}") for k, n in sorted(counts.items())],
            right=("how many",),
        )
    )
    needs = [m for m in value["milestones"] if m["state"] in ("late", "due")]
    rows = [
        (m["scheme"], m["id"], m["title"], m["due"] or "no date", m["state"], m["days_late"] or "")
        for m in needs
    ]
    if rows:
        console.print(
            table(
                "Due and late",
                ("scheme", "id", "milestone", "due", "state", "days late"),
                rows,
                right=("days late",),
            )
        )
    states: dict[str, int] = {}
    for m in value["measures"]:
        states[m["state"]] = states.get(m["state"], 0) + 1
    console.print(
        table(
            "Measures",
            ("state", "how many"),
            [(k, f"{n:,}") for k, n in sorted(states.items())],
            right=("how many",),
        )
    )
    savings = [
        (s["id"], s["title"], s["planned_gbp"] or "", s["actual_gbp"] or "", s["state"])
        for s in value["savings"]
    ]
    console.print(
        table(
            "Savings and claimed values",
            ("id", "what", "planned GBP", "actual GBP", "state"),
            savings,
            right=("planned GBP", "actual GBP"),
        )
    )


def show_claims(console: Console, value: list[dict[str, Any]], notice: str | None) -> None:
    if notice:
        console.print(f"{notice}")
    rows = [
        (
            c["scheme"],
            c["claim"],
            c["activity"],
            _n(c["claimed"]),
            "*" if c["hidden"] else _n(c["available"]),
            c["basis"],
            "; ".join(c["flags"]),
        )
        for c in value
    ]
    columns = ("scheme", "claim", "activity", "claimed", "available", "basis", "flags")
    console.print(table("Claims beside the records", columns, rows, right=("claimed", "available")))


def _n(value: int | None) -> str:
    return "none printed" if value is None else f"{value:,}"
