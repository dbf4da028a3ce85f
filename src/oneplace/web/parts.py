"""The board's sections, made by the same modules that write the paper, from the place as it is now.

In: a session. Out: `Chapter`s of blocks whose figures carry their traces. The paper and the page cannot differ, because
they are one drawing; and each figure's id leads to what earlier papers said of it. Counts from records are made
showable there by the place's rule for what leaves it, so no page of the board holds a smaller one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from oneplace.answers import Session, arrivals, counting, performance, position
from oneplace.answers.comparing import By, compare
from oneplace.answers.entered import entered as entries_in_words
from oneplace.answers.figures import family_of
from oneplace.answers.paper_values import Gathered
from oneplace.answers.why import moved_since
from oneplace.report import words
from oneplace.report.board.entered import MAKERS as LINES
from oneplace.report.board.entered import Entered
from oneplace.report.board.opening import in_one_minute
from oneplace.report.board.paper import Block, Chapter, Line, Picture, Section, figures_of
from oneplace.report.board.position import answer
from oneplace.report.kept import Kept, kept_papers
from oneplace.report.trace import Figure, Why
from oneplace.web import desk, place
from oneplace.web.history.models import EntryVersion

MAKERS: dict[str, Callable[[Gathered], Chapter]] = {
    "performance": Gathered.performance,
    "milestones": Gathered.milestones,
    "money": Gathered.money,
    "written": Gathered.written,
    "claims": Gathered.claims,
    "activity": Gathered.activity,
    "inequality": Gathered.inequality,
}
MONEY = ("returns", "saving_forecasts", "ledger_months", "outturn_forecasts", "contract_months", "recovery_plans")
# What people write that each section is made of; every section also follows what was said of charts.
FOLLOWS: dict[str, tuple[str, ...]] = {"milestones": ("returns",), "money": MONEY, "written": tuple(LINES)}
_said: dict[str, dict[str, Figure]] = {}


def part(name: str) -> Chapter:
    """One section of the paper as it would be written now; made again when the build, a document or what it is made of changes."""
    if name == "place":
        others = [p.tiles for n in MAKERS if (p := part(n)).tiles]
        return desk.answer(_key(name), lambda v: Gathered(v, place.today()).place(others))
    return desk.answer(_key(name), lambda v: MAKERS[name](Gathered(v, place.today())))


def section(name: str) -> Section:
    return part(name).sections[0]


def minute() -> tuple[Block, ...]:
    """What goes well, what does not, what needs a decision."""
    made: Section = desk.answer(_key("minute"), lambda v: in_one_minute([part(n) for n in MAKERS]))
    return made.blocks


def entered() -> Mapping[str, Sequence[Entered]]:
    """What people wrote, by kind, as the paper would have it now."""
    key = f"what was written on {place.today()} {written(sorted(LINES))}"
    return desk.answer(key, lambda v: entries_in_words(v, place.today()))


def money_answer() -> Line | None:
    """Whether the control total is hit, with its basis; None where the place has neither money nor a ledger."""
    key = f"the control total on {place.today()} {written(MONEY)}"

    def ask(session: Session) -> Line | None:
        held = position.held(session, place.today())
        if session.plan_documents.finances is None and held.last is None:
            return None
        return answer(held.control, position.position(session, place.today()))

    return desk.answer(key, ask)


def anything() -> bool:
    """Is there anything that a paper could say?"""
    return desk.session().plan_documents.plan is not None or desk.built()


def disclosure() -> str:
    """The rule for what leaves the place, in words."""
    return desk.answer("disclosure", lambda v: Gathered(v, place.today()).disclosure)


def _key(name: str) -> str:
    """What is written changes only the sections that are made of it, and all that is made of sections; the day changes all."""
    kinds = FOLLOWS.get(name, ()) if name in MAKERS else sorted({k for of in FOLLOWS.values() for k in of})
    return f"part {name} on {place.today()} {written(('rebases', *kinds))}"


def written(kinds: Sequence[str]) -> str:
    """Which entries of these kinds an answer knows, as a name for it."""
    return " ".join(f"{kind} to {last}" for kind, last in zip(kinds, newest_of(kinds), strict=True))


def newest(kind: str) -> int:
    """The newest version of the entries of a kind: a later one makes what rests on them be asked again."""
    return newest_of((kind,))[0]


def newest_of(kinds: Iterable[str]) -> list[int]:
    """The same for several, by one question: what was looked up is kept, and only what came after it is read."""
    known: dict[str, int] = desk.answer("the newest entry of each kind", lambda _: {"": 0})
    last = EntryVersion.objects.order_by("-id").values_list("id", flat=True).first() or 0
    if last < known[""]:
        known.clear()
    if last != known.get(""):
        found = EntryVersion.objects.filter(id__gt=known.get("", 0), id__lte=last).order_by("id")
        known.update(dict(found.values_list("kind", "id")))
        known[""] = last
    return [known.get(kind, 0) for kind in kinds]


def figures() -> dict[str, Figure]:
    """Every figure of every section by its id."""

    def ask(session: Any) -> dict[str, Figure]:
        return figures_of([s for name in ("place", *MAKERS) for s in part(name).sections])

    return desk.answer(_key("figures"), ask)


def pictures(name: str) -> dict[str, Picture]:
    """The charts of a section, annexes too, by their ids."""
    return {b.drawing.id: b for s in part(name).sections for b in s.blocks if isinstance(b, Picture)}


# --- measures ---------------------------------------------------------------------------------------------------------
def measured(name: str, *about: Any) -> Any:
    """An answer about performance on the day, kept until the build, a document or an entry it names changes."""
    kinds = ("rebases", "exception_reports", *OF_MEASURES.get(name, ()))
    entries = written(kinds)
    ask = getattr(performance, name)
    return desk.answer(f"{name} {about} on {place.today()} {entries}", lambda v: ask(v, *about, on=place.today()))


# Entries beside rebases and reports that change an answer about performance.
OF_MEASURES = {"exceptions": ("board_decisions",), "goals": ("compliance_evidence",)}


def waiting_list(kind: str, **asked: Any) -> Any:
    """The waiting list with the reader's own numbers: its cohorts are counted once, the rest is worked out each time."""
    rows = cohorts(kind) if desk.built() else None
    return performance.waiting_list(desk.session(), kind=kind, rows=rows, on=place.today(), **asked)


def cohorts(kind: str) -> Any:
    """Who waited for how long at each month's end, from the clocks of one kind of referral."""
    return desk.answer(f"cohorts of {kind}", lambda v: counting.cohorts(v, kind))


def published_lists() -> Any:
    return desk.answer(
        f"published lists on {place.today()}", lambda v: performance.published_lists(v, on=place.today())
    )


def compared(measure: str) -> Any:
    """A measure, organisation beside organisation, in the newest month that all of them could have."""
    today = place.today()
    return desk.answer(f"compared {measure} on {today}", lambda v: compare(v, measure, "provider", on=today))


def leaving(what: str, by: By) -> Any:
    """A feature of the people, unit beside unit, with small numbers treated as for what leaves the place."""
    return desk.answer(f"compared {what} {by} leaving", lambda v: compare(v, what, by, audience="leaving"))


# --- kept papers ------------------------------------------------------------------------------------------------------
def papers() -> list[Kept]:
    """Every kept paper, the newest first."""
    return kept_papers(place.folder())[::-1]


def called(kept: Kept) -> str:
    return f"{words.month(month_of(kept))}, paper {kept.number}"


def month_of(kept: Kept) -> dt.date:
    return dt.date.fromisoformat(f"{kept.month}-01")


def said(kept: Kept) -> dict[str, Figure]:
    """The figures of a kept paper. It is never rewritten, so it is read once."""
    name = str(kept.folder)
    if name not in _said:
        _said[name] = kept.figures
    return _said[name]


def moves() -> Mapping[str, str]:
    """How each figure stands to the last kept paper, in a few words; nothing for one that it did not give."""
    last = next(iter(papers()), None)
    if last is None:
        return {}

    found: dict[str, str] = {}
    for name in ("place", *MAKERS):
        found |= _moves_of(name, last)
    return found


def _moves_of(name: str, last: Kept) -> Mapping[str, str]:
    """The same for the figures of one section: what is written for one makes no other be worked out again."""

    def ask(session: Any) -> dict[str, str]:
        now, before = _own(name), said(last)
        changed = {w.figure_id: f"{_arrow(w)}{w.brief}" for w in moved_since(desk.session(), last, now)}
        same = f"No change since {words.month(month_of(last))}"
        return {i: changed.get(i, same) for i, f in now.items() if i in before and before[i].trace.unit == f.trace.unit}

    key = f"part place on {place.today()}" if name == "place" else _key(name)
    return desk.answer(f"moves of {key} beside {last.folder}", ask)


def _own(name: str) -> dict[str, Figure]:
    """The figures of one section; of the place on a page those that no other section has: nobody writes them."""
    found = figures_of(part(name).sections)
    if name != "place":
        return found
    return {i: f for i, f in found.items() if (family := family_of(i)) is not None and family.name == "place"}


def _arrow(why: Why) -> str:
    """Which way a figure went; whether that is good is for the reader."""
    if why.total is None or why.total == 0:
        return ""
    return "▲ Up. " if why.total > 0 else "▼ Down. "


def warm() -> None:
    """Ask once what takes long, so that the first reader does not wait for it."""
    if desk.session().plan_documents.plan is not None or desk.built():
        figures(), minute(), moves()
        for name in ("measures_overview", "exceptions", "goals", "breaches"):
            measured(name)
    if desk.built():
        desk.answer("arrivals", arrivals.feeds)
        desk.answer("silent practices", arrivals.silent_practices)
        for by in ("neighbourhood", "area"):
            leaving("emergency_admissions_12m", by)
