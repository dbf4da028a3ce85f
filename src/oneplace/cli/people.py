"""Commands about people: caseload, explain."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console

from oneplace.cli.output import Dir, Json, answer, table

Team = Annotated[str | None, typer.Option("--team", help="The team's code; without teams, leave it out.")]


def add_people(app: typer.Typer) -> None:
    app.command("caseload")(caseload)
    app.command("explain")(explain)


def caseload(
    folder: Dir,
    team: Team = None,
    whole: Annotated[bool, typer.Option("--register", help="The whole ranked register, not the agenda alone.")] = False,
    identify: Annotated[
        bool, typer.Option("--identify", help="With names: needs --as and --purpose, and is audited.")
    ] = False,
    user: Annotated[str | None, typer.Option("--as", help="Who is asking.", metavar="USER")] = None,
    purpose: Annotated[str | None, typer.Option(help="Why: direct_care.")] = None,
    as_json: Json = False,
) -> None:
    """A team's list: the agenda of its next meeting and the register it was drawn from."""
    from oneplace.visit import open_place

    visit = open_place(folder)
    value = visit.caseload(team, whole=whole)
    if identify:
        from oneplace.cli.identify import with_names

        value = with_names(visit, value, user=user, purpose=purpose)
    answer(value, as_json=as_json, words=lambda console: show_caseload(console, value))


def explain(
    folder: Dir,
    person: Annotated[str, typer.Argument(help="The person's pseudonym, as the lists show it.", metavar="PERSON")],
    as_json: Json = False,
) -> None:
    """Why this person has this segment, these scores and this place on the list, down to the rows."""
    from oneplace.visit import open_place

    value = open_place(folder).explain(person)
    answer(value, as_json=as_json, words=lambda console: show_person(console, value))


def show_caseload(console: Console, value: dict[str, Any]) -> None:
    if value["demonstration"]:
        console.print("[bold]Demonstration people, who do not exist.[/]")
    console.print(f"[bold]{value['name']}[/] on {value['as_of']}: {len(value['people'])} people listed", soft_wrap=True)
    named = any("name" in p for p in value["people"])
    columns = ("rank", "person", *(("name",) if named else ()), "age", "risk", "segment", "why")
    rows = [
        (
            p["rank"],
            p["person"],
            *((p.get("name"),) if named else ()),
            p["age"],
            p["risk_in_words"],
            p["segment"],
            "; ".join(p["reasons"]),
        )
        for p in value["people"]
    ]
    console.print(table("", columns, rows, right=("rank", "age")))
    parts = [(label, f"{count:,}") for label, count in value["reconciles"]["parts"].items()]
    total = value["reconciles"]["registered"]
    console.print(
        table(f"Everyone registered with the team: {total:,}", ("of whom", "people"), parts, right=("people",))
    )


def show_person(console: Console, value: dict[str, Any]) -> None:
    if value["demonstration"]:
        console.print("[bold]Demonstration people, who do not exist.[/]")
    console.print(f"[bold]{value['person']}[/] on {value['as_of']}", soft_wrap=True)
    for section in value["sections"]:
        console.print(table(section["title"], section["columns"], section["rows"]))
        for line in section.get("notes", ()):
            console.print(f"  {line}", soft_wrap=True)
