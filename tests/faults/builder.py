"""Builds in processes of their own that say what they are doing, so that a test can stop one at a
chosen moment.

Reads one order a line from stdin: `PLACE` or `PLACE KILL_AT`. For each it forks, so that the
program is imported once, and prints `pid N`, a line for each step and each change of a file in the
place as it begins, and `ended STATUS` (negative: the signal). With KILL_AT the build dies by
SIGKILL just before that change of a file.
"""

import datetime as dt
import os
import signal
import sys
import traceback
from pathlib import Path

from oneplace.answers.publishing import build_place
from oneplace.faults import InputAtFault

CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir"}


def say(*words: object) -> None:
    print(*words, flush=True)


def tell_changes(place: str, kill_at: int) -> None:
    """Python tells of each file it makes, renames or removes just before it does so."""
    seen = 0

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        changes = event in CHANGES or (
            event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_CREAT
        )
        if changes and str(arguments[0]).startswith(place):
            seen += 1
            say("change", event, arguments[0])
            if seen == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def build(place: str, kill_at: int) -> int:
    tell_changes(place, kill_at)
    try:
        made = build_place(
            Path(place),
            now=dt.datetime.now(dt.UTC),
            people=200,
            progress=lambda what, _share: say("step", what),
        )
    except InputAtFault as e:
        say("at fault", e)
        return 1
    except Exception:
        traceback.print_exc()
        return 3
    say("made", made.id)
    return 0


def main() -> None:
    for order in sys.stdin:
        place, _, kill_at = order.strip().partition(" ")
        child = os.fork()
        if child == 0:
            os._exit(build(place, int(kill_at or 0)))
        say("pid", child)
        say("ended", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


if __name__ == "__main__":
    main()
