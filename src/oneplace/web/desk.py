"""The session that pages ask: opened once for each build and each state of the documents, with the
entries of this moment.

Opening a place reads and checks every document, which takes longer than a page may. So the opened
session is kept until the current build or a document's file changes; what people wrote is read anew
for every request, and only when asked. Answers that depend on the build and the documents alone are
kept as long as the session is (`answer`).
"""

from __future__ import annotations

import copy
import datetime as dt
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from django.core.signals import request_finished, request_started
from django.db.models.signals import post_save

from oneplace.answers import Session, open_place, record
from oneplace.answers import people as people_answers
from oneplace.answers.figures import FAMILIES
from oneplace.answers.findings import in_one_line
from oneplace.answers.rests import DAY, behind, entries_behind
from oneplace.answers.session import Entries, Reader
from oneplace.engines import duck, store
from oneplace.faults import InputAtFault
from oneplace.report.board.paper import figures_in_parts
from oneplace.report.trace import Figure
from oneplace.report.words import day
from oneplace.safety.decide import OptOut, Sensitivity
from oneplace.web import place

T = TypeVar("T")
P = ParamSpec("P")


@dataclass(frozen=True)
class Whereabouts:
    """Where a person stands in the records, and nothing about who they are: the only thing read
    before the audit row is written."""

    practice_code: str | None = None
    team_code: str | None = None
    sensitivity: Sensitivity = Sensitivity.NORMAL
    opt_outs: frozenset[OptOut] = frozenset()


_kept: dict[str, Any] = {}
_left_by_others: list[dict[str, Any]] = []
_opening = threading.RLock()


class _Own(threading.local):
    """What each thread that answers has to itself: its request, and connections, whose answers
    would mix if shared."""

    in_request = False
    looked: Any = None
    session: Session | None = None
    engines: WeakKeyDictionary[duck.DuckEngine, duck.DuckEngine]

    def __init__(self) -> None:
        self.engines = WeakKeyDictionary()

    def engine(self, shared: duck.DuckEngine) -> duck.DuckEngine:
        """This thread's own connection to a database that all threads have open."""
        if shared not in self.engines:
            self.engines[shared] = duck.DuckEngine(shared.con.cursor())
        return self.engines[shared]


_own = _Own()
MOST_ANSWERS, MOST_STANDINGS, MOST_RECORDS = 5_000, 10_000, 1_000
MEMORY_MB = 400  # of the database in each process that answers
WATCHED = (
    "*.yaml",
    "measures/*.yaml",
    "compliance/*.yaml",
    "scores/*.yaml",
    "segmentations/*.yaml",
    "pathways/*.yaml",
    "tables/*.csv",
    ".oneplace/observations/*.parquet",
)


def session() -> Session:
    """The current build and documents with what people wrote: within one request one session, of
    one moment. Whoever writes in a request sees what was written from then on."""
    if _own.session is not None:
        return _own.session
    kept = _own.looked if _own.looked is not None else _look()
    fresh = copy.copy(kept["session"])
    if fresh._engine is not None:
        fresh._engine = _own.engine(fresh._engine)
    fresh.entries, fresh.opened_at = Entries(place.folder()), dt.datetime.now(dt.UTC)
    if _own.in_request:
        _own.looked, _own.session = kept, fresh
    return fresh


def _look() -> dict[str, Any]:
    """What is kept, opened anew if the build or a document has changed. What a request in another
    thread still reads is left to it, and goes when that request does."""
    with _opening:
        _leave_what_another_process_opened()
        mark = tuple(_marks())
        if _kept.get("mark") != mark:
            try:
                opened = _opened()
            except InputAtFault as wrong:
                if "now" not in _kept:
                    raise
                # A slip in a file must not take the pages away: they show the place as it was, and
                # say so.
                _kept.update(mark=mark, now={**_kept["now"], "wrong": wrong})
            else:
                now = {
                    "session": opened,
                    "answers": {},
                    "standings": {},
                    "records": {},
                    "explained": {},
                    "newest": {},
                    "wrong": None,
                    "identity": [],
                }
                _kept.update(process=os.getpid(), mark=mark, now=now)
        now_kept: dict[str, Any] = _kept["now"]
        return now_kept


def changed() -> bool:
    """Has the build or a document changed since anybody looked?"""
    return tuple(_marks()) != _kept.get("mark")


def _current() -> dict[str, Any]:
    """What this request looks at."""
    return _own.looked if _own.looked is not None else _look()


def _opened() -> Session:
    opened = open_place(place.folder(), threads=1)
    if opened.build is not None and opened.build.facts.exists():
        # Opened here, so that every copy shares it. Pages read little at a time; what is more than
        # this goes by the disk.
        opened.engine.execute(f"SET memory_limit = '{MEMORY_MB}MB'")
    _ = opened.plan_documents, opened.manifest
    return opened


def close() -> None:
    """Let go of the build. Whoever starts other processes does this first: an open build does not
    survive a fork; and tests that change a place under the program's feet need it."""
    _kept.clear()
    _own.looked = None
    _written()


def _leave_what_another_process_opened() -> None:
    """After a fork the build is open in name only: the threads that would close it stayed in the
    parent, so that closing it waits for ever. It is put aside unclosed, and this process opens its
    own."""
    if _kept and _kept.get("process") != os.getpid():
        _left_by_others.append(dict(_kept))
        _kept.clear()


def wrong() -> InputAtFault | None:
    """What is wrong with the place's files, if pages show it as it was before."""
    found: InputAtFault | None = _current()["wrong"]
    return found


def answer(ask: Callable[Concatenate[Session, P], T], *about: P.args, **narrowed: P.kwargs) -> T:
    """What `ask` says of the session about this. It is asked once for each build, each state of the
    documents, and each state of the entries and each day that it `rests_on`."""
    return _answer(session(), ask, about, narrowed)


def answer_to(
    reader: Reader | None,
    ask: Callable[Concatenate[Session, P], T],
    *about: P.args,
    **narrowed: P.kwargs,
) -> T:
    """The same where people of a team are counted through a reader's sight: kept for that reader
    and these wishes alone."""
    current = session()
    return _answer(current if reader is None else current.seen_by(reader), ask, about, narrowed)


def figures(family: str, *about: str, reader: Reader | None = None) -> Mapping[str, Figure]:
    """The figures of a family by their ids, as every page has them: one object each, for tile, cell
    and their own page."""
    known = FAMILIES[family]
    if known.chapter is not None:
        return figures_in_parts([answer(known.chapter, place.today())])
    return answer_to(reader, known.ask, place.today(), about)


def _answer(
    current: Session, ask: Callable[..., T], about: tuple[Any, ...], narrowed: dict[str, Any]
) -> T:
    reader = current.reader
    day = place.today() if DAY in behind(ask) else None
    state = (day, versions(current, entries_behind(ask)))
    key = (ask, about, tuple(sorted(narrowed.items())), reader and reader.mark)
    answers: dict[Any, tuple[Any, T]] = _current()["answers"]
    known = answers.get(key)
    if known is None or known[0] != state:  # what was said of an earlier state goes
        if len(answers) >= MOST_ANSWERS:
            answers.clear()
        known = answers[key] = (state, ask(current, *about, **narrowed))
    return known[1]


def versions(current: Session, kinds: Iterable[str]) -> tuple[int, ...]:
    """The newest version of the entries of each of these kinds: another as soon as anybody writes
    one. What was looked up is kept, and only what came after it is read."""
    wanted = sorted(kinds)
    if not wanted:
        return ()
    known = _newest(current)
    return tuple(known.get(kind, 0) for kind in wanted)


def _newest(current: Session) -> dict[str, int]:
    """Asked once for each moment of the entries, and kept with it."""
    entries = current.entries
    if entries.newest is None:
        known: dict[str, int] = _current()["newest"]
        last = known.get("", 0)
        found = entries.versions_from(last)
        if last and (
            not found or found[0][0] != last
        ):  # a moment before that one, or another history
            known, found = {}, entries.versions_from(0)
        entries.newest = {
            **known,
            **{kind: id for id, kind in found},
            "": found[-1][0] if found else 0,
        }
        _current()["newest"] = entries.newest
    return entries.newest


def built() -> bool:
    """Is there a build to ask about people?"""
    current = session()
    return current.build is not None and current.build.facts.exists()


def standing() -> str:
    """Where the figures of a page are from, in one line, and whether something serious was found
    about the records."""
    current = session()
    if current.build is None:
        return "From the place’s documents and what people wrote here. The place has not been built yet."
    said = f"Build {current.build_id}, computed for {day(current.as_of)}. Basis of figures about people: {current.basis}."
    wrong = answer(_serious)
    return f"{said} {wrong}" if wrong else said


def _serious(session: Session) -> str:
    return in_one_line(session.manifest or {})


def _marks() -> Iterator[Any]:
    folder = place.folder()
    try:
        yield (folder / store.STATE / "current").read_text(encoding="utf-8")
    except FileNotFoundError:
        yield None
    for pattern in WATCHED:
        inside, _, suffix = pattern.rpartition("*")
        try:
            listed = os.scandir(folder / inside)
        except FileNotFoundError:
            continue
        with listed:
            for entry in sorted(listed, key=lambda e: e.name):
                if entry.name.endswith(suffix):
                    found = entry.stat()
                    yield (entry.name, found.st_mtime_ns, found.st_size)


def place_of(person_id: int) -> Whereabouts | None:
    """Where a person stands in the records; the door asks this before it decides. None when the
    records hold no such person, or when there are no records yet."""
    if not built():
        return None
    found = standing_of(person_id)
    return Whereabouts(**found) if found else None


def standing_of(person_id: int) -> dict[str, Any] | None:
    """A person's practice and team: one page asks several times, and a build does not change."""
    kept: dict[int, Any] = _current()["standings"]
    if person_id not in kept:
        if len(kept) >= MOST_STANDINGS:
            kept.clear()
        kept[person_id] = record.standing(session(), person_id)
    return kept[person_id]


def record_of(person_id: int) -> dict[str, Any]:
    """What the records say of a person: the same until the next build. Called only behind the
    door."""
    return _of_person("records", person_id, lambda v: record.record(v, person_id))


def explained_of(person_id: int) -> dict[str, Any]:
    """Why a person stands where they stand, down to the rows. Called only behind the door."""
    return _of_person("explained", person_id, lambda v: people_answers.explain(v, str(person_id)))


def _of_person(
    what: str, person_id: int, ask: Callable[[Session], dict[str, Any]]
) -> dict[str, Any]:
    kept: dict[int, dict[str, Any]] = _current()[what]
    if person_id not in kept:
        if len(kept) >= MOST_RECORDS:
            kept.clear()
        kept[person_id] = ask(session())
    return kept[person_id]


def identities(people: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Who these people are. Called only behind the door, after the audit row was written."""
    return record.identities_in(_identity(), people)


def _identity() -> duck.DuckEngine | None:
    current = session()
    kept: list[duck.DuckEngine | None] = _current()["identity"]
    with _opening:
        if not kept:
            kept.append(record.open_identity(current))
    shared = kept[0]
    return _own.engine(shared) if shared is not None else None


def person_with(nhs_number: str) -> int | None:
    """The pseudonym of whoever has this number, and nothing else about them."""
    return record.person_with(_identity(), nhs_number)


def _begin(**_signal: Any) -> None:
    _end()
    _own.in_request = True


def _end(**_signal: Any) -> None:
    _written()
    _own.in_request, _own.looked = False, None


def _written(**_signal: Any) -> None:
    """What the session of this request knows of entries is of a moment before: whoever asks next is
    given another."""
    if _own.session is not None:
        _own.session.entries.close()
    _own.session = None


# One request looks once whether the build or a document has changed, so that it does not change its
# mind half-way.
request_started.connect(_begin)
request_finished.connect(_end)
post_save.connect(_written, sender="history.EntryVersion")
