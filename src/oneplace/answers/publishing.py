"""The one way to a new build: check, draft, ask it what every first page asks, and only then make
it the current one.

In: a place's folder, the moment (the caller's clock), how much of the machine to use. Out: the
published `Build`. The command line, the demonstration and the site's jobs all come here. A place at
fault is refused before anything is spent; a draft that cannot answer is not published, the fault
names the page that failed, and the last build goes on answering.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path

from oneplace.answers.checking import must_be_right
from oneplace.answers.preparing import Question, questions, questions_of_then
from oneplace.answers.session import open_place
from oneplace.build import drafted_place
from oneplace.engines import store
from oneplace.engines.means import Means
from oneplace.faults import Fault, InputAtFault
from oneplace.report.kept import cited_builds
from oneplace.sources.receiving import Progress, silent

ANSWERING = "answering the first pages"
EVERYONE = 0  # asks for the whole place again, where a part of it was asked for before


def build_place(
    folder: Path,
    *,
    now: dt.datetime,
    as_of: dt.date | None = None,
    before: dt.date | None = None,
    people: int | None = None,
    means: Means | None = None,
    accept_rejects: Collection[str] = (),
    progress: Progress = silent,
) -> store.Build:
    """Build the place in `folder` as at `now`, computed for `as_of` (default: `build.newest_day`),
    and publish it. With `before` a build of that earlier day is kept beside it, from the same
    records: who joined a list since and who left it is known at once. A place of demonstration
    people remembers how many were asked for: without `people` it is as many again, and `EVERYONE`
    is the whole place. A table of the records whose rows are all refused stops the build, unless
    `accept_rejects` names it."""
    warnings = [str(f) for f in must_be_right(folder)]
    people = store.people_asked(folder) if people is None else people or None
    drafted = drafted_place(
        folder,
        now=now,
        as_of=as_of,
        before=before,
        people=people,
        means=means,
        accept_rejects=accept_rejects,
        warnings=warnings,
        progress=progress,
    )
    with drafted as drafts:
        answer_first_pages(folder, drafts[-1], progress)
        for earlier in drafts[:-1]:
            answer_first_pages(folder, earlier, progress, then=True)
        made = store.publish(folder, *drafts)
    store.prune(folder, cited_builds(folder))
    return made


def answer_first_pages(
    folder: Path, draft: store.Build, progress: Progress = silent, *, then: bool = False
) -> None:
    """Ask a draft everything that the first pages ask, of an earlier one (`then`) what is asked of
    how it was; what was worked out is kept beside the builds for the first reader. InputAtFault
    with one sentence for the first question that it does not answer."""
    with open_place(folder, build=draft, threads=1) as session:
        asked = questions_of_then(session) if then else questions(session)
        for i, question in enumerate(asked):
            progress(ANSWERING, i / len(asked))
            with store.disk_faults(folder):
                _answered(question, partial(question.ask, session), draft)
    progress(ANSWERING, 1.0)


def _answered(question: Question, ask: Callable[[], object], draft: store.Build) -> None:
    try:
        ask()
    except OSError:
        raise  # of the disk: `disk_faults` says what it is
    except (
        Exception
    ) as failure:  # whatever the kind: a page that cannot be answered is not put before its reader
        first = failure.faults[0] if isinstance(failure, InputAtFault) else None
        found = (
            str(first)
            if first
            else f"{type(failure).__name__}: {str(failure).splitlines()[0] if str(failure) else ''}"
        )
        fault = Fault(
            what=f"the new build cannot answer {question.page} ({question.role}); it was not published and the last build goes on answering",
            file=first.file if first else f"build {draft.id}",
            line=first.line if first else None,
            found=found[:300],
            expected="an answer for every first page",
        )
        raise InputAtFault(fault) from failure
