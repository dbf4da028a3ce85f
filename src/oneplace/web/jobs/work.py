"""One piece of work in a process of its own: a board paper, or the claims of a plan beside the
records.

In: the kind and its options as JSON on the command line. Out: lines of JSON on standard output,
`doing` and `share` as it goes on and `said` at its end, or `fault`. It needs no site: it asks the
place as the command line does, so the database of the records is open here and not in the worker,
and stopping it is ending this process. It ends when the worker does.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from oneplace.answers import claims as claims_answers
from oneplace.answers import open_place
from oneplace.answers.paper import write_paper
from oneplace.documents.versions import version, write_atomically
from oneplace.faults import InputAtFault
from oneplace.plan.programme import Plan
from oneplace.report import words

Progress = Callable[[str, float], None]
CHECKED = Path(".oneplace") / "checked"


def paper(options: dict[str, Any], progress: Progress) -> str:
    """The paper of a month, as a page and as PDF."""
    made = write_paper(
        Path(options["folder"]),
        month=options["month"],
        format="pdf",
        now=dt.datetime.now(dt.UTC),
        today=dt.date.fromisoformat(options["today"]),
        progress=progress,
    )
    month = words.month(dt.date.fromisoformat(f"{made['month']}-01"))
    return words.sentence("; ".join([f"paper {made['paper']} of {month} is kept", *made["notes"]]))


def claims(options: dict[str, Any], progress: Progress) -> str:
    """Each claim of a version of the plan beside the records of the current build; kept under the
    job's number."""
    folder = Path(options["folder"])
    with open_place(folder) as session:
        progress("reading the plan", 0.1)
        plan = version(folder, options["digest"], Plan)
        session.__dict__["plan_documents"] = replace(session.plan_documents, plan=plan)
        progress("counting what each claim selects", 0.2)
        rows = claims_answers.rows(session, "inside")
        progress("keeping what was found", 0.9)
        found = {
            "digest": options["digest"],
            "build": session.build_id,
            "as_of": session.as_of.isoformat(),
            "claims": rows,
        }
        write_atomically(
            folder / CHECKED / f"{options['job']}.json", json.dumps(found, default=str)
        )
    flagged = sum(bool(r["flags"]) for r in rows)
    return words.sentence(
        f"{words.plural(len(rows), 'claim')} beside the records, {flagged} with something to hear"
    )


KINDS: dict[str, Callable[[dict[str, Any], Progress], str]] = {"paper": paper, "claims": claims}


def main() -> int:
    kind, options = sys.argv[1], json.loads(sys.argv[2])
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        tell(said=KINDS[kind](options, lambda doing, share: tell(doing=doing, share=share)))
    except InputAtFault as wrong:
        tell(fault=str(wrong))
        return 1
    return 0


def tell(**said: Any) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


def _end_with_parent() -> None:
    """The other end of standard input is the worker's: it closes however the worker ends, a SIGKILL
    included."""
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
