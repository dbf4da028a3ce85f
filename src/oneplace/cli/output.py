"""What the command line prints: one JSON value on stdout with --json, words for people otherwise,
faults on stderr.

Exit status: 0 done, 1 the input is at fault (each fault named), 2 usage, 3 a fault of ours, 4 not
allowed.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import errno
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from oneplace.faults import Fault, InputAtFault, MissingPart, NotAllowed

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

NOT_OURS = frozenset(  # what a system says of a path that somebody gave
    (
        errno.ENAMETOOLONG,
        errno.EACCES,
        errno.EPERM,
        errno.EROFS,
        errno.ENOTDIR,
        errno.ELOOP,
        errno.ENOSPC,
        errno.EDQUOT,
    )
)
DONE, AT_FAULT, USAGE, OURS, NOT_ALLOWED, STOPPED = 0, 1, 2, 3, 4, 130
INTERRUPTED = "stopped; what was begun is no build, and the last one still answers"

Json = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout.")]
Dir = Annotated[Path, typer.Argument(help="The place's folder.", metavar="DIR")]
Today = Annotated[
    dt.datetime | None,
    typer.Option(
        "--today",
        formats=["%Y-%m-%d"],
        help="A demonstration's clock stands on this day.",
        metavar="DAY",
    ),
]


def on_its_day(folder: Path, today: dt.datetime | None) -> Path:
    """The folder, its demonstration's clock moved to the day that was named; InputAtFault where
    people are real."""
    if today is not None:
        from oneplace.place import clock
        from oneplace.place.geography import read_place

        clock.move(read_place(folder).document, os.environ, today.date())
    return folder


class _Err:
    """Words for people on stderr, one line each: in colour on a terminal, plain in a pipe, where
    what draws colours and tables need not be loaded. Brackets in the words are brackets."""

    @property
    def is_terminal(self) -> bool:
        return sys.stderr.isatty()

    def print(self, words: str, *, kind: str = "") -> None:
        """`kind` is the first word or two, made to stand out."""
        if not self.is_terminal:
            sys.stderr.write(f"{kind} {words}".lstrip() + "\n")
            return
        from rich.text import Text

        said = Text.assemble((kind, "bold red"), " ", words) if kind else Text(words)
        self.console().print(said, soft_wrap=True)

    def console(self) -> Console:
        from rich.console import Console

        return Console(stderr=True, highlight=False, emoji=False)


err = _Err()


def out() -> Console:
    """Made when needed: a pipe gets wide lines and no colour. No markup: a name in brackets is a
    name."""
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    return (
        console
        if console.is_terminal
        else Console(highlight=False, markup=False, width=200, no_color=True)
    )


def plain_value(value: Any) -> Any:
    """Values as JSON can hold them: Decimal as text, dates ISO, dataclasses and Arrow rows as
    mappings."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain_value(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(k): plain_value(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain_value(v) for v in value]
    if isinstance(value, Decimal | Path):
        return str(value)
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if hasattr(value, "item") and not isinstance(value, str | bytes):  # a numpy scalar
        return plain_value(value.item())
    if isinstance(value, float) and value != value:
        return None
    return value


def answer(value: Any, *, as_json: bool, words: Callable[[Console], None]) -> None:
    """Print the answer once: as JSON, or in words."""
    if as_json:
        sys.stdout.write(json.dumps(plain_value(value), ensure_ascii=False, allow_nan=False) + "\n")
    else:
        words(out())


def table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, right: Sequence[str] = ()
) -> Table:
    """A table for the terminal; figures to the right."""
    from rich.table import Table
    from rich.text import Text

    made = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        made.add_row(
            *(Text("" if v is None else str(v)) for v in row)
        )  # Text: brackets are no markup
    return made


@contextmanager
def progress_bar() -> Iterator[Callable[[str, float], None]]:
    """A bar on a terminal, nothing in a pipe."""
    if not err.is_terminal:
        yield lambda _what, _share: None
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=err.console(),
        transient=True,
    )
    with bar:
        task = bar.add_task("", total=1.0)
        yield lambda what, share: bar.update(task, description=what, completed=share)


def run(app: typer.Typer, arguments: list[str] | None = None) -> int:
    """Run the application and give the exit status; every kind of fault has its own."""
    argv = sys.argv[1:] if arguments is None else arguments
    as_json, clock = "--json" in argv, os.environ.get("ONEPLACE_TODAY")
    try:
        status = app(args=argv, standalone_mode=False, prog_name="oneplace")
        if status == STOPPED:
            err.print(INTERRUPTED)
        return status if isinstance(status, int) else DONE
    except InputAtFault as e:
        return _at_fault(e.faults, as_json=as_json)
    except NotAllowed as e:
        if as_json:
            sys.stdout.write(json.dumps({"not_allowed": str(e)}, ensure_ascii=False) + "\n")
        err.print(str(e), kind="not allowed")
        return NOT_ALLOWED
    except MissingPart as e:
        err.print(str(e), kind="missing")
        return AT_FAULT
    except typer.Exit as e:
        return int(e.exit_code)
    except (
        BrokenPipeError
    ):  # whoever read our answer has seen enough (`| head`); keep Python from saying so at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except (typer.Abort, KeyboardInterrupt):
        err.print(INTERRUPTED)
        return STOPPED
    except Exception as e:
        if isinstance(e, OSError) and e.errno in NOT_OURS and e.filename:
            name = str(e.filename) if len(str(e.filename)) < 200 else f"{str(e.filename)[:200]}…"
            fault = Fault(
                what="the system refuses this",
                file=name,
                found=e.strerror,
                expected="a path that can be used",
            )
            return _at_fault([fault], as_json=as_json)
        show = getattr(e, "format_message", None)
        if show is not None:  # click's own usage errors
            err.print(show(), kind="usage")
            return USAGE
        err.print("please report what follows", kind="a fault of OnePlace:")
        err.print("".join(traceback.format_exception(e)))
        return OURS
    finally:  # `--today` holds for one command
        os.environ.pop("ONEPLACE_TODAY", None)
        os.environ.update({"ONEPLACE_TODAY": clock} if clock else {})


def _at_fault(faults: Sequence[Fault], *, as_json: bool) -> int:
    if as_json:
        sys.stdout.write(json.dumps({"faults": [f.as_dict() for f in faults]}) + "\n")
    say_faults(faults)
    return AT_FAULT


def say_faults(faults: Iterable[Fault]) -> None:
    """Each fault on a line of its own, for whoever has to mend it."""
    for fault in faults:
        err.print(str(fault), kind="at fault" if fault.severity == "fault" else "warning")
