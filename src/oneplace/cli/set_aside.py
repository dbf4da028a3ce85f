"""Command: set-aside. Who is on no register because somebody else follows them, and who that is."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import TYPE_CHECKING, Annotated, Any

import typer

from oneplace.cli.output import Dir, Json, Today, answer, on_its_day, table
from oneplace.faults import NotAllowed

if TYPE_CHECKING:
    from rich.console import Console

    from oneplace.answers.session import Session
    from oneplace.answers.set_aside import PeopleAside

HIDDEN = "shown to clinicians trained in advance care planning: name one with --as"


def add(app: typer.Typer) -> None:
    app.command("set-aside")(set_aside)


def set_aside(
    folder: Dir,
    group: Annotated[
        str | None, typer.Argument(help="One group, person by person.", metavar="[GROUP]")
    ] = None,
    team: Annotated[
        str | None, typer.Option("--team", help="The team's code; without teams, leave it out.")
    ] = None,
    user: Annotated[
        str | None,
        typer.Option(
            "--as", help="Who is asking: needed for people at the end of life.", metavar="USER"
        ),
    ] = None,
    today: Today = None,
    as_json: Json = False,
) -> None:
    """Who is set aside from a team's register, group by group, and who owns each group. Pseudonyms;
    people at the end of life only for a clinician who is trained in it, through the audited
    door."""
    from oneplace.answers import open_place
    from oneplace.answers.people import teams
    from oneplace.answers.set_aside import group as group_of
    from oneplace.answers.set_aside import groups, rows_of

    session = open_place(on_its_day(folder, today))
    known = teams(session)
    code = known[0] if team is None and len(known) == 1 else team or ""
    value: dict[str, Any] = {
        "team": code,
        "as_of": session.as_of.isoformat(),
        "build": session.build_id,
        "basis": session.basis,
        "notice": session.notice,
        "records_end": session.records_end,
    }
    if group is None:
        if known and code not in known:
            group_of(session, code, "")  # says which teams there are
        value["groups"] = [_line(g) for g in groups(session, code)]
    else:
        found = group_of(session, code, group)
        value |= {
            "group": found.id,
            "sentence": found.sentence,
            "owner": found.owner,
            "kept": dict(found.wishes),
        }
        value["people"] = rows_of(session, found)
        if found.dying:
            _must_be_trained(session, code, user)
    answer(value, as_json=as_json, words=lambda console: show(console, value))


def _line(g: PeopleAside) -> dict[str, Any]:
    return {
        "group": g.id,
        "sentence": g.sentence,
        "owner": g.owner,
        "people": None if g.dying else g.count,
        "note": HIDDEN if g.dying else None,
    }


def _must_be_trained(session: Session, team: str, user: str | None) -> None:
    if not user:
        raise NotAllowed(f"this list is {HIDDEN}; it is audited")
    from oneplace.web.settling import prepare

    session.close()  # the site opens the same build in its own way
    prepare(session.folder)
    from oneplace.safety.decide import Action, Kind, Purpose
    from oneplace.web.accounts import door
    from oneplace.web.accounts.models import User

    account = User.objects.filter(username=user, is_active=True).first()
    subject = door.subject_of(Kind.CASELOAD, team)
    request = f"cli-{secrets.token_hex(6)}"
    decision = door.decided(
        account, Action.SEE_END_OF_LIFE, subject, Purpose.DIRECT_CARE, request=request
    )
    if not decision.allowed:
        raise NotAllowed(
            "this list is for clinicians of the team who are trained in advance care planning. The refusal is in the audit."
        )


def show(console: Console, value: dict[str, Any]) -> None:
    from oneplace.answers import refusals

    for said in (value["notice"], value["records_end"]):
        if said:
            console.print(said, soft_wrap=True)
    on = dt.date.fromisoformat(value["as_of"])
    if "groups" in value:
        rows = [
            (g["group"], g["sentence"], g["owner"], g["note"] or f"{g['people']:,}")
            for g in value["groups"]
        ]
        console.print(
            table(
                f"Set aside from {value['team']} on {on}",
                ("group", "why", "owner", "people"),
                rows,
                right=("people",),
            )
        )
        return
    console.print(
        f"{value['sentence']}: owner {value['owner']}; {len(value['people']):,} people",
        soft_wrap=True,
    )
    for said in refusals.in_words(value["kept"]):
        console.print(said, soft_wrap=True)
    rows = [(p["person"], p["age"], p["sex"], p["practice"]) for p in value["people"]]
    console.print(table("", ("person", "age", "sex", "practice"), rows, right=("age",)))
