"""Commands about a place as a whole: demo, new, check, build, doctor."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import platformdirs
import typer

from oneplace.cli.output import Dir, Json, Today, answer, err, on_its_day, progress_bar, table
from oneplace.faults import InputAtFault

if TYPE_CHECKING:
    from rich.console import Console

    from oneplace.answers.findings import Concern

Memory = Annotated[
    int | None,
    typer.Option(
        min=300,
        help="MB that the database may fill; it spills the rest. Default: half of what is free.",
    ),
]
Threads = Annotated[int | None, typer.Option(min=1, help="Default: one for each core.")]


def add(app: typer.Typer) -> None:
    app.command("demo")(demo)
    app.command("new")(new)
    app.command("check")(check)
    app.command("build")(build)
    app.command("serve")(serve)
    app.command("doctor")(doctor)


def demo(
    people: Annotated[
        int | None,
        typer.Option(
            min=200,
            help="Make about so many people instead of the whole city; more than it has are its people more than once.",
        ),
    ] = None,
    place: Annotated[str, typer.Option(help="Which shipped place.")] = "liverpool",
    port: Annotated[int, typer.Option(help="Where the site listens.")] = 8000,
    no_serve: Annotated[
        bool, typer.Option("--no-serve", help="Build and show the result; open no site.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Build again even when the last build is still right.")
    ] = False,
    memory: Memory = None,
    threads: Threads = None,
    today: Today = None,
    as_json: Json = False,
) -> None:
    """Copy Liverpool to your data folder, make its people, build it, write its paper and open the
    site."""
    from oneplace.answers import open_place
    from oneplace.answers.people import summary as place_in_figures
    from oneplace.answers.publishing import EVERYONE, build_place
    from oneplace.build import still_right
    from oneplace.engines.means import means
    from oneplace.engines.store import disk_faults
    from oneplace.place.calendar import months_later
    from oneplace.place.clock import newest_day
    from oneplace.place.geography import read_place
    from oneplace.place.shipped import shipped_place

    folder = Path(platformdirs.user_data_dir("oneplace", appauthor=False)) / "demo" / place
    with disk_faults(folder):
        copied = copy_place(shipped_place(place), folder)
    err.print(f"{copied} {place} in {folder}")
    on_its_day(folder, today)
    if again or not still_right(folder, people=people):
        err.print(
            "Making its people and building. The whole city takes a minute or two; nothing is downloaded.",
        )
        with progress_bar() as progress:
            used = means(threads=threads, memory_mb=memory)
            earlier = months_later(newest_day(read_place(folder).document, os.environ), -1)
            build_place(
                folder,
                now=_now(),
                before=earlier,
                people=people or EVERYONE,
                means=used,
                progress=progress,
            )
    with open_place(folder) as session:
        summary, build_id = place_in_figures(session), session.build_id
    paper = _paper(folder)
    value = {"place": str(folder), "build": build_id, "summary": summary, "paper": str(paper)}
    serving = not no_serve and not as_json

    def words(console: Console) -> None:
        show_summary(console, summary)
        first = summary["teams"][0]["team"] if summary["teams"] else "TEAM"
        console.print(f"\nThe board paper: {paper}", soft_wrap=True)
        console.print(
            f"Next:\n  oneplace caseload {folder} --team {first}\n  oneplace explain {folder} PERSON\n  oneplace claims {folder}",
            soft_wrap=True,
        )

    answer(value, as_json=as_json, words=words)
    if serving:
        _open_site(folder, "127.0.0.1", port)


def _paper(folder: Path) -> Path:
    """The month's paper: the kept one where nothing has changed."""
    from oneplace.answers.paper import write_paper

    return Path(write_paper(folder, month=None, format="html", to=None, now=_now())["html"])


def serve(
    folder: Dir,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Processes that answer.")] = 2,
    today: Today = None,
) -> None:
    """Open the site of a place: one lock, migrations, the pages and one background worker."""
    _open_site(on_its_day(folder, today), host, port, workers)


def _open_site(folder: Path, host: str, port: int, workers: int = 2) -> None:
    from oneplace.web.serve import serve as open_site

    def ready(address: str, accounts: Sequence[str]) -> None:
        err.print(f"The site is at {address} and stops with Ctrl+C.")
        if accounts:
            from oneplace.web.accounts.actions import DEMONSTRATION_PASSWORD as password

            err.print(f"Sign in as {', '.join(accounts)}; the password of each is {password}.")

    open_site(folder, host=host, port=port, workers=workers, ready=ready)


def new(
    folder: Dir,
    source: Annotated[
        str | None,
        typer.Option("--from", help="Where its records are: omop:PATH.", metavar="KIND:PATH"),
    ] = None,
    name: Annotated[str | None, typer.Option(help="What people call the place.")] = None,
    as_json: Json = False,
) -> None:
    """Make a new place: a folder of commented documents, with its records from PATH."""
    from oneplace.sources.founding import found_place

    made = found_place(folder, source=source, name=name, today=dt.date.today())

    def words(console: Console) -> None:
        console.print(f"Made {folder}", soft_wrap=True)
        for file, what in made["files"].items():
            console.print(f"  {file}: {what}", soft_wrap=True)
        for note in made["notes"]:
            console.print(f"  note: {note}", soft_wrap=True)
        console.print(f"Next: oneplace build {folder}", soft_wrap=True)

    answer(made, as_json=as_json, words=words)


def check(folder: Dir, as_json: Json = False) -> None:
    """Check every document and table of a place, and name every file that nothing reads; needs no
    build. Of a place that was built it says too what was found about its records."""
    from oneplace.answers import check_place
    from oneplace.answers.checking import unread
    from oneplace.answers.findings import Concern, findings
    from oneplace.engines import store
    from oneplace.report.words import plural

    faults = check_place(folder)
    if faults:
        raise InputAtFault(faults)
    _, others = unread(folder)
    beside = f"; nothing reads {', '.join(others)}" if others else ""
    try:
        build = store.current(folder)
        found = findings(build.manifest) if build else ()
    except (
        InputAtFault
    ) as unreadable:  # the documents are right all the same; the build says what it wants
        build, found = None, (Concern("serious", "build", str(unreadable), "build"),)

    def words(console: Console) -> None:
        if not found:
            console.print(f"{folder}: nothing is wrong{beside}", soft_wrap=True)
            return
        told = f"{plural(len(found), 'thing')} found by {f'build {build.id}' if build else 'its last build'}"
        console.print(
            f"{folder}: its documents and tables are right{beside}; {told}:", soft_wrap=True
        )
        show_findings(console, found)

    said = [asdict(f) for f in found]
    answer(
        {
            "place": str(folder),
            "faults": [],
            "unread": others,
            "build": build and build.id,
            "findings": said,
        },
        as_json=as_json,
        words=words,
    )


def build(
    folder: Dir,
    as_of: Annotated[
        dt.datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="Compute for this day."),
    ] = None,
    before: Annotated[
        dt.datetime | None,
        typer.Option(
            "--before",
            formats=["%Y-%m-%d"],
            help="Also keep a build for this earlier day, to tell who came and left since.",
        ),
    ] = None,
    people: Annotated[
        int | None,
        typer.Option(
            min=200, help="Demonstration places: about so many people; kept for later builds."
        ),
    ] = None,
    everyone: Annotated[
        bool,
        typer.Option(
            "--everyone", help="Demonstration places: the whole place, whatever was asked before."
        ),
    ] = False,
    memory: Memory = None,
    threads: Threads = None,
    accept_rejects: Annotated[
        list[str] | None,
        typer.Option(
            help="Go on without this table though all its rows are refused.", metavar="TABLE"
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Build a place: load its records, compute everything about its people, keep the result."""
    from oneplace.answers.publishing import EVERYONE, build_place
    from oneplace.engines.means import means
    from oneplace.engines.store import people_asked

    used = means(threads=threads, memory_mb=memory)
    if people is None and not everyone and (asked := people_asked(folder)):
        err.print(f"About {asked:,} people, as asked before; --everyone makes the whole place.")

    with progress_bar() as progress:
        made = build_place(
            folder,
            now=_now(),
            as_of=as_of.date() if as_of else None,
            before=before.date() if before else None,
            people=EVERYONE if everyone else people,
            means=used,
            accept_rejects=accept_rejects or (),
            progress=progress,
        )
    manifest = made.manifest

    def words(console: Console) -> None:
        show_build(console, manifest)

    answer(manifest, as_json=as_json, words=words)


def doctor(
    folder: Annotated[Path | None, typer.Argument(metavar="[DIR]")] = None, as_json: Json = False
) -> None:
    """What is installed, what is missing and why it matters."""
    from oneplace.cli.health import findings

    rows = findings(folder)

    def words(console: Console) -> None:
        console.print(
            table(
                "",
                ("part", "state", "why it matters"),
                [(r["part"], r["state"], r["why"]) for r in rows],
            )
        )

    answer(rows, as_json=as_json, words=words)


def copy_place(shipped: Path, folder: Path) -> str:
    """Copy a shipped place where it can be built; says what was done. A copy that nobody changed
    follows the program to its next version; one that somebody changed is theirs and is left as it
    is."""
    from oneplace.build import inputs_of
    from oneplace.documents.versions import write_atomically

    mark, now = folder / ".oneplace" / "shipped", inputs_of(shipped)
    if not (folder / "place.yaml").exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = folder.with_name(folder.name + ".tmp")
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(shipped, draft, ignore=shutil.ignore_patterns(".oneplace"))
        draft.rename(folder)
        write_atomically(mark, now + "\n")
        return "Copied"
    before = mark.read_text(encoding="utf-8").strip() if mark.exists() else None
    if before == now:
        return "Using"
    if before != inputs_of(folder):
        return "Using your own changed copy of"
    for path in [*folder.glob("*.yaml"), *folder.glob("*/*.yaml"), *folder.glob("tables/*.csv")]:
        path.unlink()
    shutil.copytree(shipped, folder, ignore=shutil.ignore_patterns(".oneplace"), dirs_exist_ok=True)
    write_atomically(mark, now + "\n")
    return "Brought up to date:"


def show_build(console: Console, manifest: dict[str, Any]) -> None:
    """What came in, what was refused, what was made."""
    from oneplace.answers.findings import findings

    if manifest["demonstration"]:
        console.print("Demonstration people, who do not exist.")
    console.print(
        f"{manifest['place']}: build {manifest['id']}, computed for {manifest['as_of']}, basis {manifest['basis']}"
    )
    rows = [(name, f"{count:,}") for name, count in manifest["tables"].items() if count]
    console.print(table("Rows accepted", ("table", "rows"), rows, right=("rows",)))
    show_refused(console, manifest)
    for note in manifest["notes"]:
        console.print(f"note: {note}", soft_wrap=True)
    show_findings(console, findings(manifest))
    used = f"{manifest['threads']} threads, at most {manifest['memory_mb']:,} MB for the database"
    console.print(f"{manifest['seconds']} s, {manifest['cpu_seconds']} CPU s; {used}")


def show_findings(console: Console, found: Sequence[Concern]) -> None:
    """What is wrong with the records and beside the documents, the serious first: a line for each
    kind, however many columns it is found in. Each has its own line on the page."""
    from oneplace.answers.findings import by_kind

    for first, *others in by_kind(found):
        also = f" So it is with {', '.join(f.where for f in others)}." if others else ""
        word = "serious" if first.severity == "serious" else "to look at"
        console.print(f"{word}: {first.sentence}{also}", soft_wrap=True)


def show_refused(console: Console, manifest: dict[str, Any]) -> None:
    """Each kind of refusal, with where its first row stands and what was found there."""
    refusals = manifest["refusals"]
    if refusals:
        columns = ("table", "column", "reason", "rows", "first in", "line", "value")
        rows = [
            (
                r["table_name"],
                r["column_name"] or "",
                r["reason"],
                f"{r['rows']:,}",
                r["file"],
                str(r["line"]),
                r["value"] or "",
            )
            for r in refusals
        ]
        console.print(table("Rows refused", columns, rows, right=("rows", "line")))
    else:
        console.print("No row was refused.")


def show_summary(console: Console, summary: dict[str, Any]) -> None:
    """The place in a dozen lines."""
    if summary["demonstration"]:
        console.print(
            "Demonstration people, who do not exist. Everything below was computed from them."
        )
    console.print(
        f"{summary['place']} on {summary['as_of']}: build {summary['build']}", soft_wrap=True
    )
    console.print(
        table(
            "",
            ("what", "figure", "basis"),
            [(r["what"], r["figure"], r["basis"]) for r in summary["figures"]],
            right=("figure",),
        )
    )
    if summary["segments"]:
        rows = [
            (s["title"], f"{s['people']:,}", f"{s['share_percent']:.1f}%")
            for s in summary["segments"]
        ]
        console.print(
            table("Segments", ("segment", "people", "share"), rows, right=("people", "share"))
        )
    if summary["teams"]:
        lists = [
            (t["team"], t["name"], f"{t['registered']:,}", f"{t['register']:,}", t["agenda"])
            for t in summary["teams"]
        ]
        figures = ("registered", "on the register", "agenda")
        console.print(table("Teams", ("team", "name", *figures), lists, right=figures))


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
