"""Why a figure moved: its story over the papers and builds that are kept, and its last change split
into causes.

In: a session, a figure's id, the day. Out: what each earlier stand said, and for one of them a
`Why` whose parts add up exactly. The split works the figure out again on the way from then to now:
with the data of now and everything else as it was, then with today's definitions, then with today's
plan; what is left is real change. What people's words make is asked on the day of now from the
first step on, so that what merely fell due is told apart as time passed, and what was said as
reported. Only where such a figure in between cannot be had any more, or a build has worked two
changes in at once, are two causes not told apart.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from oneplace.answers.figures import (
    FAMILIES,
    Family,
    about,
    family_of,
    tables_behind,
    whole_families,
)
from oneplace.answers.list_changes import list_changes
from oneplace.answers.rests import APART
from oneplace.answers.session import Session
from oneplace.answers.standing import (
    BAKED,
    STEPS,
    Between,
    Stand,
    StepName,
    stand_of_paper,
    table_digest,
)
from oneplace.faults import InputAtFault
from oneplace.report import words
from oneplace.report.kept import Kept
from oneplace.report.trace import (
    Cause,
    Figure,
    Item,
    Recalculated,
    Trace,
    Value,
    Why,
    digest_of,
    happened,
    moved,
    same,
)
from oneplace.sources.entries import DECLARED


@dataclass(frozen=True)
class Said:
    """What a stand said of a figure, and how that became what it is now. `figure` is None where it
    cannot be known any more."""

    stand: Stand
    figure: Figure | None
    why: Why | None

    @property
    def given(self) -> bool:
        """Whether a paper gave it; else it is worked out again from what is kept of that moment."""
        paper, figure = self.stand.paper, self.figure
        return paper is not None and figure is not None and figure.trace.figure_id in paper.figures


OF_FIGURES = tuple(
    sorted(
        n
        for n in frozenset().union(*(f.rests_on for f in FAMILIES.values())) - APART
        if "version" in DECLARED[n].names
    )
)
"""The tables of what people wrote that figures rest on and whose versions are kept: they are told
as they stood."""


def between_now_and(session: Session, stand: Stand, told: dict[Any, Any] | None = None) -> Between:
    """The way from a stand to now. `told`: what was answered of the stand itself before."""
    return Between(session, stand, OF_FIGURES, told)


def said_then(between: Between, figure_id: str) -> Figure | None:
    """The figure as it stood: a paper's own record; else worked out from what is kept of that
    moment."""
    stand = between.stand
    if stand.paper is not None:
        kept = stand.paper.figures.get(figure_id)
        if kept is not None:
            return kept
    family = family_of(figure_id)
    if family is None:
        return None
    found = _asked(between, family, "then", about(figure_id, family)).get(figure_id)
    if found is None:
        return None
    tables = tables_behind(between.session, family, found)
    same = all(stand.tables.get(t) == table_digest(between.session.folder, t) for t in tables)
    return found if same else None


def explained(between: Between, figure_id: str, now: Figure) -> Said:
    """One figure beside an earlier stand."""
    then = said_then(between, figure_id)
    if then is None:
        return Said(between.stand, None, None)
    if then.trace.unit != now.trace.unit:
        return Said(between.stand, then, None)
    then = as_defined(between, then, now)
    family = family_of(figure_id)
    known = recalculated(between, family, then, now) if family else Recalculated()
    why = moved(then, now, known, then=_when(between.stand, figure_id))
    return Said(between.stand, then, replace(why, people=came_and_went(between, figure_id)))


def came_and_went(between: Between, figure_id: str) -> str:
    """Of a team's register or agenda since an earlier build whose rows are kept: how many joined
    and left, by reason."""
    family, _, rest = figure_id.partition(".")
    team, _, what = rest.partition(".")
    before = (
        between.at("then").build if family == "list" and what in ("register", "agenda") else None
    )
    if before is None or not before.facts.exists() or before.id == between.session.build_id:
        return ""
    found = list_changes(between.session, team, before)
    joined, left = found["register"]["joined"], found["register"]["left"]
    if what == "agenda":
        joined, left = (Counter(c.why for c in found[k]).most_common() for k in ("joined", "left"))
    said = [_by_reason("joined", joined), _by_reason("left", left)]
    return words.sentence(f"{said[0]}; {said[1]}")


def _by_reason(how: str, found: Iterable[tuple[str, int]]) -> str:
    counted = list(found)
    reasons = words.listing([f"{n:,} {why}" for why, n in counted])
    return f"{sum(n for _, n in counted):,} {how}" + (f" ({reasons})" if counted else "")


def _when(stand: Stand, figure_id: str) -> str:
    """When it was, inside a sentence: in a paper that gave it, at the time of one that did not."""
    if stand.paper is not None and figure_id not in stand.paper.figures:
        return f"at the time of {stand.called}"
    return stand.then


def moved_since(session: Session, paper: Kept, now: Mapping[str, Figure]) -> tuple[Why, ...]:
    """Every figure that a kept paper gives and that is another now, each worked out again on the
    way from then to now."""
    found = []
    with between_now_and(session, stand_of_paper(session.folder, paper)) as between:
        for name, figure in now.items():
            before = paper.figures.get(name)
            if before is None or same(before, figure) or before.trace.unit != figure.trace.unit:
                continue
            said = explained(between, name, figure)
            if said.why is not None:
                found.append(said.why)
    return tuple(found)


def as_defined(between: Between, then: Figure, now: Figure) -> Figure:
    """An older trace in today's terms: which versions defined it, and from which data it came,
    where the stand can say."""
    t, stand = then.trace, between.stand
    if now.trace.defined_in:
        known = tuple(n for n in now.trace.defined_in if n in stand.documents)
        t = replace(t, defined_in=known, document_digest=digest_of(known, stand.documents))
    elif now.trace.document_digest is None:
        t = replace(t, document_digest=None, defined_in=())
    if t.data_digest is None and now.trace.build_id and t.build_id == stand.build_id:
        t = replace(t, data_digest=stand.records)
    return replace(then, trace=t)


def recalculated(between: Between, family: Family, then: Figure, now: Figure) -> Recalculated:
    """The figure on the way from then to now, as far as it can be worked out."""
    found: dict[StepName, Value] = {}
    items: dict[str, tuple[Item, ...]] = {}
    narrowed = about(now.trace.figure_id, family)
    causes = happened(then.trace, now.trace)
    for step in STEPS:
        if not _is_needed(step, causes) or not _can_be_told(
            between, family, step, then.trace, now.trace
        ):
            continue
        on = now.trace.as_at if now.trace.said else between.stand.on
        there = _asked(between, family, step, narrowed, on=on).get(now.trace.figure_id)
        if there is not None and there.trace.unit == now.trace.unit:
            found[step] = there.value
            items[_CALLED[step]] = there.items
    return Recalculated(
        items=items,
        time_passed=found.get("time"),
        late_data=found.get("late"),
        data_now=found.get("data"),
        definition_now=found.get("definition"),
        plan_now=found.get("plan"),
    )


def _is_needed(step: StepName, causes: tuple[Cause, ...]) -> bool:
    """A single cause explains everything, and the last of several what the others leave."""
    if step == "late":
        return "late or restated data" in causes
    ends: dict[StepName, tuple[Cause, ...]] = {
        "time": ("time passed",),
        "data": ("reported", "late or restated data"),
        "definition": ("definition change",),
        "plan": ("plan edit",),
    }
    return any(cause in causes[:-1] for cause in ends[step])


_CALLED: dict[StepName, str] = {
    "time": "time_passed",
    "late": "late_data",
    "data": "data_now",
    "definition": "definition_now",
    "plan": "plan_now",
}


def _can_be_told(between: Between, family: Family, step: StepName, then: Trace, now: Trace) -> bool:
    """Whether asking at this step answers the question. A build has its day and its definitions
    worked in: its counts of people are those of that day and of those documents, and of no
    other."""
    if step == "late":
        # Rows that came late can be told from rows that changed where each keeps when it came:
        # entries and imports.
        return now.entries_at is not None or (family.name == "measure" and now.build_id is None)
    if now.said or now.build_id is None or family.moves_with_the_day:
        return True
    if not between.same_day:
        return False
    return (
        step != "data" or not (set(now.defined_in) & BAKED) or between.baked_alike(now.defined_in)
    )


def _asked(
    between: Between,
    family: Family,
    step: StepName,
    narrowed: tuple[str, ...],
    *,
    on: dt.date | None = None,
) -> Mapping[str, Figure]:
    """A family's figures at a step, asked once for each; where no document changed, the steps after
    the data are one. `on` is the day that is asked about: that of the stand, where none is
    given."""
    if step in ("data", "definition") and between.same_documents:
        step = "plan"
    step, day = ("then" if step == "time" else step), on or between.stand.on
    key = (family.name, step, narrowed, day)
    answers = between.told if step == "then" else between.answers
    if key not in answers:
        try:
            answers[key] = family.ask(between.at(step), day, narrowed)
        except (
            InputAtFault
        ):  # a version that is damaged, or of an edition that is no longer read, cannot be asked
            answers[key] = {}
    found: Mapping[str, Figure] = answers[key]
    return found


def told_then(between: Between) -> None:
    """Ask of the stand every family of figures that is asked for as a whole, for whoever clicks on
    one of them."""
    for family in whole_families(between.session):
        _asked(between, family, "then", ())


def story(
    session: Session, figure_id: str, now: Figure, found: list[Stand], *, split: int = 1
) -> list[Said]:
    """What every stand said, the newest first; the change since the first `split` of those that
    know the figure is explained."""
    out: list[Said] = []
    told = 0
    for stand in found:
        with between_now_and(session, stand) as between:
            if told < split:
                said = explained(between, figure_id, now)
            else:
                said = Said(stand, said_then(between, figure_id), None)
        told += said.figure is not None
        out.append(said)
    return out
