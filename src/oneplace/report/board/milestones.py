"""Milestones on the day of the paper: what is late, due, unknown and still to come, and by which
rule.

In: the states of every milestone, the plan, the day. Out: a `Chapter`. A milestone is late when its
printed date has passed and nobody has said that it is done: silence is shown as silence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from oneplace.plan import scheme
from oneplace.plan.programme import Plan
from oneplace.plan.scheme import STATES, MilestoneState
from oneplace.report import words
from oneplace.report.board.paper import (
    Block,
    Cell,
    Chapter,
    Grid,
    Jump,
    Line,
    Missing,
    Origin,
    Paragraph,
    Picture,
    Section,
    Tile,
    Tiles,
)
from oneplace.report.charts import Diamond, Timeline
from oneplace.report.charts import timeline as drawn
from oneplace.report.trace import Figure, Item

SHOWN: dict[str, drawn.State] = {
    "done": "done",
    "due": "due",
    "late": "late",
    "unknown": "unknown",
    "not yet due": "later",
}
AHEAD = timedelta(days=31)
RULE = (
    "A milestone is due in the period printed for it, late once that has passed and no return says it is complete, unknown where no "
    "date or only a beginning is printed, and done only where somebody has said so."
)


def milestones(
    plan: Plan | None, states: Sequence[MilestoneState], origin: Origin | None, *, on: date
) -> Chapter:
    if plan is None or origin is None:
        missing = Missing(
            "this place has no plan.",
            "Write plan.yaml (docs: write your own plan), or import a workbook.",
        )
        return Chapter(sections=(Section("milestones", "Milestones", (missing,)),))
    return _Milestones(plan, states, origin.about(f"on {words.day(on)}"), on).part()


class _Milestones:
    def __init__(self, plan: Plan, states: Sequence[MilestoneState], origin: Origin, on: date):
        self.plan, self.states, self.origin, self.on = plan, states, origin, on
        self.counts = Counter(s.state for s in states)
        self.printed = [s for s in states if s.state == "done" and s.evidence == "the plan"]
        self.reported = [s for s in states if s.state == "done" and s.evidence != "the plan"]
        """done by somebody's word; a step that the plan itself prints as complete is done too, and
        is no report"""
        self.silent = [s for s in states if s.state == "late" and s.evidence == "no return"]
        self.without = [s for s in plan.schemes if not s.milestones]

    def part(self) -> Chapter:
        sections = [Section("milestones", "Milestones", self.blocks())]
        annex = self.annex()
        if annex:
            sections.append(
                Section("milestones-by-programme", "Milestones by programme", annex, annex=True)
            )
        return Chapter(
            sections=tuple(sections),
            well=self.well(),
            concern=self.concern(),
            decide=self.decide(),
            tiles=Tiles("Plan", self.tiles()),
        )

    def count(self, state: scheme.State) -> Figure:
        name = state.replace(" ", "_")
        mine = [s for s in self.states if s.state == state]
        return self.origin.figure(
            f"milestones.{name}", f"Milestones {state}", len(mine), items=items(mine)
        )

    def blocks(self) -> tuple[Block, ...]:
        out: list[Block] = [Paragraph((RULE,), "small"), self.by_programme()]
        listed = self.listed()
        if listed:
            out.append(listed)
        near = self.near()
        if near:
            out.append(near)
        if self.without:
            names = words.listing([f"{s.name} ({s.id})" for s in self.without])
            figure = self.origin.figure(
                "milestones.schemes_without", "Schemes without a milestone", len(self.without)
            )
            verb = (
                "scheme prints no milestones"
                if len(self.without) == 1
                else "schemes print no milestones"
            )
            out.append(
                Paragraph(
                    (figure, f" {verb}, so nobody can see whether that is on course: {names}."),
                    "loud",
                )
            )
        doubtful = sum(s.milestone.doubt is not None for s in self.states)
        if doubtful:
            figure = self.origin.figure("milestones.doubtful", "Milestones with a doubt", doubtful)
            carry = "milestone carries" if doubtful == 1 else "milestones carry"
            out.append(
                Paragraph(
                    (
                        figure,
                        f" {carry} a doubt of ours about the printed plan, which stands in the plan document.",
                    ),
                    "small",
                )
            )
        return tuple(out)

    def by_programme(self) -> Grid:
        rows: list[tuple[Cell, ...]] = []
        for p in self.plan.programmes:
            mine = [s for s in self.states if s.scheme.programme == p.id]
            schemes = [s for s in self.plan.schemes if s.programme == p.id]
            counts = Counter(s.state for s in mine)
            cells = [
                self.origin.figure(
                    f"milestones.{p.id}.{x.replace(' ', '_')}",
                    f"{p.name}: {x}",
                    counts[x],
                    items=items([s for s in mine if s.state == x]),
                )
                for x in STATES
            ]
            if schemes:
                rows.append(
                    (
                        p.name,
                        self.origin.figure(f"schemes.{p.id}", f"{p.name}: schemes", len(schemes)),
                        *cells,
                        self.origin.figure(
                            f"milestones.{p.id}", f"{p.name}: milestones", len(mine)
                        ),
                    )
                )
        total: tuple[Cell, ...] = (
            "All programmes",
            self.origin.figure("schemes", "Schemes in the plan", len(self.plan.schemes)),
            *(self.count(x) for x in STATES),
            self.origin.figure("milestones", "Milestones in the plan", len(self.states)),
        )
        header = ("Programme", "Schemes", *(x.capitalize() for x in STATES), "All")
        return Grid(
            f"Milestones on {words.day(self.on)}",
            header,
            (*rows, total),
            right=(1, 2, 3, 4, 5, 6, 7),
            total=1,
        )

    def near(self) -> Picture | None:
        """What is due about now: from a month back to a month ahead, by scheme."""
        low, high = self.on - AHEAD, self.on + AHEAD
        mine = [
            s
            for s in self.states
            if s.milestone.due and low <= (s.milestone.due.end or s.milestone.due.start) <= high
        ]
        if not mine:
            return None
        figure = self.origin.figure(
            "milestones.near",
            "Milestones due from a month back to a month ahead",
            len(mine),
            items=items(mine),
        )
        late = sum(s.state == "late" for s in mine)
        said = f"{words.plural(len(mine), 'milestone')} fall due from {words.day(low)} to {words.day(high)}; {late} of them are late"
        return Picture(
            Timeline(
                id="milestones-near",
                title="What falls due about now, by scheme",
                finding=said,
                milestones=_marks(mine),
                on=self.on,
            ),
            (figure,),
            note="A mark stands at the end of the period printed for the milestone.",
        )

    def listed(self) -> Grid | None:
        """The ones to ask about: the longest overdue first."""
        asked = sorted(
            (s for s in self.states if s.state == "late"), key=lambda s: -(s.days_late or 0)
        )[:12]
        if not asked:
            return None
        rows = tuple(
            (
                s.scheme.name,
                s.milestone.title,
                str(s.milestone.printed or s.milestone.due),
                self.origin.figure(
                    f"milestone.{s.milestone.id}.days_late",
                    f"{s.milestone.title}: days late",
                    s.days_late,
                ),
                s.evidence,
            )
            for s in asked
        )
        late = self.counts["late"]
        note: Line = (
            (
                f"The {len(rows)} longest overdue of {late}; every milestone is in the annex. ",
                Jump("See milestones by programme", "milestones-by-programme"),
            )
            if late > len(rows)
            else ()
        )
        return Grid(
            "Longest overdue",
            ("Scheme", "Milestone", "Printed date", "Days late", "What has been said"),
            rows,
            right=(3,),
            note=note,
        )

    def annex(self) -> tuple[Block, ...]:
        out: list[Block] = []
        for p in self.plan.programmes:
            mine = [s for s in self.states if s.scheme.programme == p.id]
            if mine:
                figure = self.origin.figure(
                    f"milestones.{p.id}", f"{p.name}: milestones", len(mine)
                )
                chart = Timeline(
                    id=f"milestones-{p.id}", title=p.name, milestones=_marks(mine), on=self.on
                )
                out.append(Picture(chart, (figure,)))
        return tuple(out)

    # --- the first page ---

    def tiles(self) -> tuple[Tile, ...]:
        schemes = self.origin.figure("schemes", "Schemes in the plan", len(self.plan.schemes))
        all_ = self.origin.figure("milestones", "Milestones in the plan", len(self.states))
        return (
            Tile(
                schemes,
                "schemes",
                f"in {words.plural(len({s.programme for s in self.plan.schemes}), 'programme')}",
                "milestones",
            ),
            Tile(all_, "milestones", self._done(), "milestones"),
            Tile(
                self.count("late"),
                "milestones late",
                f"{len(self.silent)} without any return",
                "milestones",
            ),
            Tile(self.count("due"), "milestones due now", "", "milestones"),
        )

    def _done(self) -> str:
        printed = f", {len(self.printed)} printed as complete in the plan" if self.printed else ""
        return f"{len(self.reported)} reported done{printed}"

    def well(self) -> tuple[Line, ...]:
        """Only what somebody has reported done; a step that the plan itself prints as complete is
        no news."""
        if not self.reported:
            return ()
        figure = self.origin.figure(
            "milestones.reported_done",
            "Milestones reported done",
            len(self.reported),
            items=items(self.reported),
        )
        return ((figure, f" of {words.plural(len(self.states), 'milestone')} reported done."),)

    def concern(self) -> tuple[Line, ...]:
        if not self.counts["late"]:
            return ()
        silent = self.origin.figure(
            "milestones.silent",
            "Late milestones without a return",
            len(self.silent),
            items=items(self.silent),
        )
        return (
            (
                self.count("late"),
                f" of {words.plural(len(self.states), 'milestone')} {'is' if self.counts['late'] == 1 else 'are'} late; for ",
                silent,
                " of these nobody has sent a return, so they may be done. ",
                Jump("See milestones", "milestones"),
            ),
        )

    def decide(self) -> tuple[Line, ...]:
        out: list[Line] = []
        if self.silent:
            found = {
                s.scheme.id: Item(s.scheme.id, f"{s.scheme.id} {s.scheme.name}")
                for s in self.silent
            }
            schemes = len(found)
            figure = self.origin.figure(
                "milestones.silent_schemes",
                "Schemes with late milestones and no return",
                schemes,
                items=found.values(),
            )
            out.append(
                (
                    "Ask the leads of ",
                    figure,
                    f" {'scheme' if schemes == 1 else 'schemes'} for a return on their late milestones. ",
                    Jump("See the longest overdue", "milestones"),
                )
            )
        if self.without:
            figure = self.origin.figure(
                "milestones.schemes_without", "Schemes without a milestone", len(self.without)
            )
            named = words.listing([s.name for s in self.without])
            out.append(
                (
                    figure,
                    f" {'scheme has' if len(self.without) == 1 else 'schemes have'} no milestones ({named}): agree some, or agree to do without.",
                )
            )
        nameless = [s for s in self.plan.schemes if not s.lead]
        if nameless:
            figure = self.origin.figure(
                "schemes.without_lead", "Schemes without a printed lead", len(nameless)
            )
            out.append(
                (
                    "No lead is printed for ",
                    figure,
                    f" of {words.plural(len(self.plan.schemes), 'scheme')}: name one for each.",
                )
            )
        return tuple(out)


def items(states: Iterable[MilestoneState]) -> list[Item]:
    """Milestones as what a figure counts."""
    return [Item(s.milestone.id, f"{s.scheme.id}: {s.milestone.title}") for s in states]


def _marks(states: Sequence[MilestoneState]) -> tuple[Diamond, ...]:
    return tuple(
        Diamond(
            s.scheme.name,
            s.milestone.title,
            (s.milestone.due.end or s.milestone.due.start) if s.milestone.due else None,
            SHOWN[s.state],
            s.forecast,
        )
        for s in states
    )
