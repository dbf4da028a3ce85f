"""Commands about accounts: the first administrator of a real place, and help when nobody can sign
in.

They do what an administrator does on the site, and the audit says that the command line did it. A
password is never given here: the command prints a one-time link, and its owner chooses the password
on the site.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from oneplace.cli.output import Dir, Json, answer, table
from oneplace.faults import Fault, InputAtFault
from oneplace.safety.decide import Role, Tie

if TYPE_CHECKING:
    from rich.console import Console

    from oneplace.web.accounts.models import User

accounts_app = typer.Typer(
    help="Who may sign in, and as what.", no_args_is_help=True, rich_markup_mode=None
)
Site = Annotated[
    str | None,
    typer.Option(
        "--site", help="Where the site answers, such as https://place.example.org; for the link."
    ),
]
Username = Annotated[str, typer.Argument(help="The user name.", metavar="USER")]
ROLES = ", ".join(r.value for r in Role)


def add(app: typer.Typer) -> None:
    app.add_typer(accounts_app, name="accounts")


@accounts_app.callback()
def _only_subcommands() -> None:
    """Who may sign in, and as what."""


@accounts_app.command("add")
def add_account(
    folder: Dir,
    username: Username,
    name: Annotated[str, typer.Option(help="As colleagues know the person.")],
    role: Annotated[str, typer.Option(help=f"One of: {ROLES}.")],
    organisation: Annotated[str, typer.Option(help="Whom they work for.")] = "",
    email: Annotated[str, typer.Option(help="Where reminders are addressed.")] = "",
    team: Annotated[
        list[str] | None, typer.Option(help="A team they work in; may be given again.")
    ] = None,
    practice: Annotated[
        list[str] | None, typer.Option(help="A practice they work at; may be given again.")
    ] = None,
    scheme: Annotated[
        list[str] | None, typer.Option(help="A scheme they lead; may be given again.")
    ] = None,
    site: Site = None,
    as_json: Json = False,
) -> None:
    """Make an account and print the one-time link with which its owner chooses a password."""
    by = _begin(folder)
    from oneplace.web.accounts import keeping

    ties = [
        (t, s)
        for t, found in (
            (Tie.CARE_TEAM, team),
            (Tie.REGISTERED_PRACTICE, practice),
            (Tie.SCHEME_LEAD, scheme),
        )
        for s in found or ()
    ]
    unknown = [(t, s) for t, s in ties if not keeping.known(t, s)]
    if unknown:
        raise InputAtFault(
            Fault(
                what="the place does not know this",
                file=str(folder),
                path=t.value,
                found=s,
                expected="a code of the place’s tables or plan",
            )
            for t, s in unknown
        )
    try:
        user = keeping.make(
            username, name=name, role=role, organisation=organisation, email=email, by=by
        )
        for tie, subject in ties:
            keeping.tie(user, tie, subject, by=by)
    except keeping.Refused as wrong:
        raise _fault(wrong) from None
    _told(folder, user, keeping.one_time_link(user, by=by), site, as_json)


@accounts_app.command("link")
def link(folder: Dir, username: Username, site: Site = None, as_json: Json = False) -> None:
    """A new one-time link: the old password and every session of the account end now."""
    by = _begin(folder)
    from oneplace.web.accounts import keeping

    user = _user(username)
    if user.demonstration:
        raise InputAtFault(
            Fault(
                what="a demonstration account keeps its password",
                file=str(folder),
                found=username,
                expected="an account of this place",
            )
        )
    _told(folder, user, keeping.one_time_link(user, by=by), site, as_json)


@accounts_app.command("unlock")
def unlock(folder: Dir, username: Username, as_json: Json = False) -> None:
    """Let an account sign in again that was locked after wrong passwords."""
    by = _begin(folder)
    from oneplace.web.accounts import keeping

    user = _user(username)
    keeping.unlock(user, by=by)
    answer(
        {"username": user.username, "locked": False},
        as_json=as_json,
        words=lambda c: c.print(f"{user.username} may sign in again."),
    )


@accounts_app.command("list")
def listed(folder: Dir, as_json: Json = False) -> None:
    """Every account with its role, its ties and when it last signed in."""
    _begin(folder)
    from oneplace.web.accounts.models import User

    rows: list[dict[str, Any]] = [
        {
            "username": u.username,
            "name": u.name,
            "role": u.role,
            "active": u.is_active,
            "demonstration": u.demonstration,
            "ties": sorted(f"{s.tie}:{s.subject}" for s in u.standings.filter(until=None)),
            "last_sign_in": u.last_login.isoformat() if u.last_login else None,
        }
        for u in User.objects.order_by("role", "username")
    ]

    def words(console: Console) -> None:
        columns = ("user", "name", "role", "ties", "last sign-in")
        cells = [
            (
                r["username"],
                r["name"],
                r["role"] + ("" if r["active"] else ", closed"),
                " ".join(r["ties"]),
                r["last_sign_in"] or "never",
            )
            for r in rows
        ]
        console.print(
            table("", columns, cells)
            if rows
            else "There are no accounts. Make the first administrator: oneplace accounts add"
        )

    answer(rows, as_json=as_json, words=words)


def _begin(folder: Path) -> Any:
    """Django at this place with its tables there, without touching the files of a running site."""
    if not (folder / "place.yaml").exists():
        raise InputAtFault(
            Fault(
                what="this folder is not a place",
                file=str(folder),
                expected="a folder with place.yaml",
            )
        )
    from oneplace.web.settling import migrated

    migrated(folder)
    from oneplace.web.accounts.keeping import COMMAND_LINE, Doing

    return Doing(COMMAND_LINE, f"cli-{secrets.token_hex(6)}")


def _user(username: str) -> User:
    from oneplace.web.accounts.models import User

    found: User | None = User.objects.filter(username=username).first()
    if found is None:
        known = ", ".join(User.objects.order_by("username").values_list("username", flat=True)[:20])
        raise InputAtFault(
            Fault(
                what="no such account",
                file="USER",
                found=username,
                expected=known or "an account: there are none yet",
            )
        )
    return found


def _fault(wrong: Any) -> InputAtFault:
    said = wrong.message_dict if hasattr(wrong, "error_dict") else {"": wrong.messages}
    return InputAtFault(
        Fault(
            what=messages[0],
            file="accounts add",
            path=field,
            expected=f"one of: {ROLES}" if field == "role" else "something else",
        )
        for field, messages in said.items()
    )


def _told(folder: Path, user: User, link: str, site: str | None, as_json: bool) -> None:
    address = f"{(site or _origin()).rstrip('/')}/password/set/{link}"
    value = {"username": user.username, "name": user.name, "role": user.role, "link": address}

    def words(console: Console) -> None:
        console.print(f"{user.name}, {user.role_name}, user name {user.username}.", soft_wrap=True)
        console.print(
            "Give them this link. It works once, within a day, while the site runs:", soft_wrap=True
        )
        console.print(address, soft_wrap=True)

    answer(value, as_json=as_json, words=words)


def _origin() -> str:
    hosts = [
        h
        for h in os.environ.get("ONEPLACE_HOSTS", "").split(",")
        if h and h not in ("localhost", "127.0.0.1", "[::1]")
    ]
    return (
        f"https://{hosts[0]}"
        if hosts and os.environ.get("ONEPLACE_TLS") == "1"
        else "http://127.0.0.1:8000"
    )
