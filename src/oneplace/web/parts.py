"""The board's sections, made by the same modules that write the paper, from the place as it is now.

In: a session. Out: `Chapter`s of blocks whose figures carry their traces. The paper and the page
cannot differ, because they are one drawing; and each figure's id leads to what earlier papers said
of it. Counts from records are made showable there by the place's rule for what leaves it, so no
page of the board holds a smaller one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from oneplace.answers import Session, arrivals, counting, performance, position
from oneplace.answers.comparing import By, compare
from oneplace.answers.entered import entered as entries_in_words
from oneplace.answers.figures import family_of
from oneplace.answers.paper_values import CHAPTERS, EVERY_ENTRY, Gathered
from oneplace.answers.rests import DAY, behind, rests_on
from oneplace.answers.why import moved_since
from oneplace.plan.money.control import MoneyHeld
from oneplace.report import words
from oneplace.report.board.entered import Entered
from oneplace.report.board.opening import in_one_minute
from oneplace.report.board.paper import Block, Chapter, Line, Picture, Section, figures_of
from oneplace.report.board.position import answer
from oneplace.report.kept import Kept, kept_papers
from oneplace.report.trace import Figure, Why
from oneplace.web import desk, place

T = TypeVar("T")
_said: dict[str, dict[str, Figure]] = {}


def part(name: str) -> Chapter:
    """One section of the paper as it would be written now; made again when the build, a document or
    what it is made of changes."""
    return desk.answer(_place) if name == "place" else desk.answer(CHAPTERS[name], place.today())


@rests_on(DAY, *EVERY_ENTRY)
def _place(session: Session) -> Chapter:
    others = [p.tiles for n in CHAPTERS if n != "place" and (p := part(n)).tiles]
    return Gathered(session, place.today()).place(others)


def section(name: str) -> Section:
    return part(name).sections[0]


def minute() -> tuple[Block, ...]:
    """What goes well, what does not, what needs a decision."""
    return desk.answer(_minute).blocks


@rests_on(DAY, *EVERY_ENTRY)
def _minute(_session: Session) -> Section:
    return in_one_minute([part(n) for n in CHAPTERS if n != "place"])


def entered() -> Mapping[str, Sequence[Entered]]:
    """What people wrote, by kind, as the paper would have it now."""
    return desk.answer(entries_in_words, place.today())


def money_answer() -> Line | None:
    """Whether the control total is hit, with its basis; None where the place has neither money nor
    a ledger."""
    held = money_held()
    if desk.session().plan_documents.finances is None and held.last is None:
        return None
    return answer(held.control, desk.figures("position"))


def money_held() -> MoneyHeld:
    """What is known of the year's money: the same that the paper takes."""
    return desk.answer(position.held, place.today())


def anything() -> bool:
    """Is there anything that a paper could say?"""
    return desk.session().plan_documents.plan is not None or desk.built()


def disclosure() -> str:
    """The rule for what leaves the place, in words."""
    return desk.answer(_disclosure)


@rests_on(DAY)
def _disclosure(session: Session) -> str:
    return Gathered(session, place.today()).disclosure


def pictures(name: str) -> dict[str, Picture]:
    """The charts of a section, annexes too, by their ids."""
    return {
        b.drawing.id: b for s in part(name).sections for b in s.blocks if isinstance(b, Picture)
    }


# --- measures ---------------------------------------------------------------------------------------------------------
def measured(ask: Callable[..., T], *about: Any) -> T:
    """An answer about performance on the day."""
    return desk.answer(ask, *about, on=place.today())


def waiting_list(kind: str, **asked: Any) -> Any:
    """The waiting list with the reader's own numbers: its cohorts are counted once, the rest is
    worked out each time."""
    rows = cohorts(kind) if desk.built() else None
    return performance.waiting_list(desk.session(), kind=kind, rows=rows, on=place.today(), **asked)


def cohorts(kind: str) -> Any:
    """Who waited for how long at each month's end, from the clocks of one kind of referral."""
    return desk.answer(counting.cohorts, kind)


def published_lists() -> Any:
    return measured(performance.published_lists)


def compared(measure: str) -> Any:
    """A measure, organisation beside organisation, in the newest month that all of them could
    have."""
    return desk.answer(compare, measure, "provider", on=place.today())


def leaving(what: str, by: By) -> Any:
    """A feature of the people, unit beside unit, with small numbers treated as for what leaves the
    place."""
    return desk.answer(compare, what, by, audience="leaving")


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
    """How each figure stands to the last kept paper, in a few words; nothing for one that it did
    not give."""
    last = next(iter(papers()), None)
    if last is None:
        return {}

    found: dict[str, str] = {}
    for name in CHAPTERS:
        found |= desk.answer(_Moves(name), last)
    return found


@dataclass(frozen=True)
class _Moves:
    """The same for the figures of one section: what is written for one makes no other be worked out
    again."""

    name: str

    @property
    def rests_on(self) -> frozenset[str]:
        return behind(CHAPTERS[self.name])

    def __call__(self, session: Session, last: Kept) -> Mapping[str, str]:
        now, before = _own(self.name), said(last)
        changed = {w.figure_id: f"{_arrow(w)}{w.brief}" for w in moved_since(session, last, now)}
        same = f"No change since {words.month(month_of(last))}"
        return {
            i: changed.get(i, same)
            for i, f in now.items()
            if i in before and before[i].trace.unit == f.trace.unit
        }


def _own(name: str) -> dict[str, Figure]:
    """The figures of one section; of the place on a page those that no other section has: nobody
    writes them."""
    found = figures_of(part(name).sections)
    if name != "place":
        return found
    return {
        i: f
        for i, f in found.items()
        if (family := family_of(i)) is not None and family.name == "place"
    }


def _arrow(why: Why) -> str:
    """Which way a figure went; whether that is good is for the reader."""
    if why.total is None or why.total == 0:
        return ""
    return "▲ Up. " if why.total > 0 else "▼ Down. "


def warm() -> None:
    """Ask once what takes long, so that the first reader does not wait for it."""
    if desk.session().plan_documents.plan is not None or desk.built():
        minute(), moves()
        for ask in (
            performance.measures_overview,
            performance.exceptions,
            performance.goals,
            performance.breaches,
        ):
            measured(ask)
    if desk.built():
        desk.answer(arrivals.feeds)
        desk.answer(arrivals.silent_practices)
        for by in ("neighbourhood", "area"):
            leaving("emergency_admissions_12m", by)
