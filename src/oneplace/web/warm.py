"""What is made ready before a reader comes: addresses, templates, the open build and the answers
that take long.

In: a place that `serve` prepared. `preload` is called once by the server, before its processes are
made, so that they share what is loaded; `answers` by each process before it takes requests;
`keep_ready` starts a thread that asks how figures stood before (`earlier`), sees a new build or
document within a second and asks again, so that the first reader of a new build does not wait.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

from django.db import connections
from django.template import engines
from django.urls import get_resolver

from oneplace.answers import claims, comparing, people, record
from oneplace.answers.why import told_then
from oneplace.faults import InputAtFault
from oneplace.safety.decide import Tie
from oneplace.web import desk, parts
from oneplace.web.accounts.models import Standing
from oneplace.web.board.measure_views import KINDS
from oneplace.web.directory import shelf
from oneplace.web.neighbourhood.team import team_list
from oneplace.web.programme import actions as programme
from oneplace.web.programme.views import all_claims
from oneplace.web.why import figures

log = logging.getLogger("oneplace.web")
LOOK_SECONDS = 1.0


def preload() -> None:
    """Every module that an address leads to, and every template, compiled."""
    get_resolver()._populate()  # loads the modules of every room and makes the index that `reverse` looks up
    for engine in engines.all():
        own = engine.env
        for name in own.list_templates():
            own.get_template(name)


def answers() -> None:
    """Ask everything that takes long. A place that cannot be opened says so on its pages and in the
    log."""
    try:
        for ask in _asked():
            try:
                ask()
            except InputAtFault:
                raise
            except Exception:  # one page that cannot be answered says so when it is asked; it must not take the site away
                log.exception("an answer could not be made ready")
    except InputAtFault as wrong:
        log.error("the place cannot be opened", extra={"fields": {"faults": str(wrong)}})
    finally:
        connections.close_all()


def _asked() -> Iterator[Callable[[], object]]:
    yield parts.warm
    yield shelf.directory
    if desk.session().plan_documents.plan is not None:
        yield programme.head  # with its digest, which whoever edits the plan starts from
    if not desk.built():
        return
    yield all_claims
    yield partial(desk.answer, claims.assessed)
    yield partial(desk.answer, comparing.indicators)
    yield partial(parts.cohorts, KINDS[0][0])
    for team in _teams():
        yield partial(team_list, team)
    yield lambda: record.in_hospital(desk.session(), ())
    yield lambda: desk.identities(())  # opens who people are; nobody is asked for


def _teams() -> list[str]:
    """Teams that somebody works for, as far as the build has them: a list is long, and nobody else
    looks at it."""
    found = (
        Standing.objects.filter(tie=Tie.CARE_TEAM.value)
        .values_list("subject", flat=True)
        .distinct()
    )
    return sorted(set(found) & set(desk.answer(people.teams)))


def keep_ready() -> None:
    """In this process, until it ends."""
    threading.Thread(target=_keep, name="keep-ready", daemon=True).start()


def earlier() -> None:
    """Ask how the figures stood in the papers and builds before: a click on "where is this number
    from" tells it. Whoever clicks before this is done asks it himself."""
    try:
        for stand in figures.earlier():
            with figures.since(stand, desk.session()) as between:
                told_then(between)
    finally:
        connections.close_all()


def _keep() -> None:
    behind = True
    while True:
        try:
            if desk.changed():
                answers()
                behind = True
            if behind:
                earlier()
                behind = False
        except (
            Exception
        ):  # whatever is wrong with the place is said on its pages; this thread goes on looking
            log.exception("the place was not made ready again")
            behind = False
        time.sleep(LOOK_SECONDS)
