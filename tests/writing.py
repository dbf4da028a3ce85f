"""Eight people saving at once, for so many seconds: a process that forks one child for each, and
counts what came of it.

Run as `python tests/writing.py FOLDER WRITERS SECONDS`; prints one JSON value. Each writer saves a
risk and writes an audit row, turn by turn, the way a page does.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path


def main(folder: Path, writers: int, seconds: float) -> None:
    from oneplace.web.settling import settle

    settle(folder)
    pipes = []
    for number in range(writers):
        read, write = os.pipe()
        if os.fork() == 0:
            os.close(read)
            with os.fdopen(write, "w") as out:
                json.dump(one_writer(number, seconds), out)
            os._exit(0)
        os.close(write)
        pipes.append(os.fdopen(read))
    answers = [json.load(p) for p in pipes]
    for _ in range(writers):
        os.wait()
    json.dump(
        {
            "saved": sum(a["saved"] for a in answers),
            "failed": [f for a in answers for f in a["failed"]],
        },
        sys.stdout,
    )


def one_writer(number: int, seconds: float) -> dict[str, object]:
    import datetime as dt

    from django.db import DatabaseError
    from django.utils import timezone

    from oneplace.safety.decide import Action, Decision, Kind, Purpose, Subject
    from oneplace.web.accounts import audit
    from oneplace.web.accounts.models import User
    from oneplace.web.programme.models import Risk

    saved, failed, until = 0, [], time.monotonic() + seconds
    user = User.objects.get(username="risk")
    said = Decision(True, "eight at once", frozenset({"audit"}))
    while time.monotonic() < until:
        try:
            Risk.write(
                by=user,
                title=f"writer {number}, number {saved}",
                description="d",
                likelihood=2,
                impact=2,
                owner="o",
                review_on=dt.date(2030, 1, 1),
            )
            subject = Subject(Kind.PERSON, str(number))
            audit.write(
                user.actor,
                Action.SEE_PERSON,
                subject,
                Purpose.DIRECT_CARE,
                said,
                at=timezone.now(),
                request="r",
            )
            saved += 1
        except DatabaseError as e:
            failed.append(str(e))
    return {"saved": saved, "failed": failed}


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
