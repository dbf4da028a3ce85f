"""What the sections of a board paper say. The drawn tables are the specification; every figure in
them carries its trace."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from oneplace.measures.forms import Rebase
from oneplace.place.standards import Pledge
from oneplace.plan.activity import Bar, NoWaterfall, PointOfDelivery
from oneplace.plan.money import Finances
from oneplace.plan.money.control import MoneyHeld, control_total
from oneplace.plan.money.outlook import outlook
from oneplace.plan.programme import Plan
from oneplace.plan.scheme import Reported, milestone_states
from oneplace.report import words
from oneplace.report.board.activity import activity
from oneplace.report.board.claims import partly_held
from oneplace.report.board.inequality import inequality
from oneplace.report.board.milestones import milestones
from oneplace.report.board.money import money
from oneplace.report.board.opening import in_one_minute, movements, what_changed
from oneplace.report.board.paper import (
    Boxes,
    Chapter,
    Grid,
    Missing,
    Origin,
    Paragraph,
    Picture,
    Section,
    as_line,
    figures_of,
)
from oneplace.report.board.performance import performance
from oneplace.report.trace import Figure, Source

ON = date(2019, 10, 31)
PLAN = Origin(basis="planned", as_at=ON, source=Source("document", "plan.yaml"), plan_digest="d1")
TABLE = Origin(
    basis="published", as_at=ON, source=Source("table", "tables/x.csv", "ONS"), period="2019"
)
RECORDS = Origin(
    basis="supplied", as_at=date(2019, 4, 1), source=Source("query", "rows"), build_id="b1"
)

OLDER, IN_FORCE = (
    Pledge(
        id=f"A{v}",
        title="Four hours",
        operator=">=",
        value=v,
        unit="%",
        start=date(s, 1, 1),
        source="Handbook",
    )
    for v, s in ((98, 2005), (95, 2011))
)
FOUR_HOURS = (IN_FORCE, OLDER)


def said(cells: Any) -> str:
    """A line or a cell as it reads."""
    return "".join(
        p
        if isinstance(p, str)
        else p.words()
        if isinstance(p, Figure)
        else getattr(p, "says", getattr(p, "text", ""))
        for p in as_line(cells)
        if p is not None
    )


def said_of(block: Any) -> str:
    """The words of a block; a table or a picture has none here."""
    return said(block.line) if isinstance(block, Paragraph) else ""


def drawn(grid: Grid) -> list[str]:
    return [" ".join(" | ".join(said(c) for c in row).split()) for row in grid.rows]


def grids(part: Chapter, section: int = 0) -> dict[str, Grid]:
    return {b.caption: b for b in part.sections[section].blocks if isinstance(b, Grid)}


def lines(table: str) -> list[str]:
    return [" ".join(line.split()) for line in table.strip().splitlines()]


# --- milestones ----------------------------------------------------------------------------------------------------


def plan_with(**schemes: list[dict[str, object]]) -> Plan:
    made = [
        {
            "id": name,
            "name": f"Scheme {name}",
            "programme": "P",
            "purpose": "x",
            "milestones": [
                {"id": f"{name}-{n}", "n": n, "title": f"step {n}", **m}
                for n, m in enumerate(steps, 1)
            ],
        }
        for name, steps in schemes.items()
    ]
    return Plan.model_validate(
        {
            "id": "plan", "title": "t", "place": "here", "period": "2019/20", "aims": [{"id": "a", "name": "a"}],
            "programmes": [{"id": "P", "name": "Breathing"}], "schemes": made,
        }
    )  # fmt: skip


def milestones_of(plan: Plan, *returns: Reported) -> Chapter:
    return milestones(plan, milestone_states(plan, on=ON, returns=returns), PLAN, on=ON)


def test_milestones_are_counted_by_state_and_silence_is_said() -> None:
    plan = plan_with(
        A=[{"due": "2019-04"}, {"due": "2019-10"}, {"due": "2020-03"}, {}],
        B=[{"due": "2019-05"}],
        C=[],
    )
    part = milestones_of(
        plan, Reported(about="B-1", on=date(2019, 6, 1), status="complete", by="lead of B")
    )
    grid = grids(part)["Milestones on 31 October 2019"]
    assert grid.header == (
        "Programme",
        "Schemes",
        "Late",
        "Due",
        "Unknown",
        "Not yet due",
        "Done",
        "All",
    )
    assert drawn(grid) == lines("""
        Breathing      | 3 | 1 | 1 | 1 | 1 | 1 | 5
        All programmes | 3 | 1 | 1 | 1 | 1 | 1 | 5
    """)
    assert said(part.concern[0]).startswith(
        "1 of 5 milestones is late; for 1 of these nobody has sent a return, so they may be done."
    )
    assert said(part.well[0]) == "1 of 5 milestones reported done."
    assert [said(d) for d in part.decide] == [
        "Ask the leads of 1 scheme for a return on their late milestones. See the longest overdue",
        "1 scheme has no milestones (Scheme C): agree some, or agree to do without.",
        "No lead is printed for 3 of 3 schemes: name one for each.",
    ]


def test_a_step_that_the_plan_prints_as_complete_is_no_news() -> None:
    part = milestones_of(plan_with(A=[{"due": "2019-04", "printed_complete": True}]))
    assert part.well == () and part.concern == ()


def test_without_a_plan_the_paper_says_what_to_do() -> None:
    assert isinstance(milestones(None, (), None, on=ON).sections[0].blocks[0], Missing)


# --- performance ---------------------------------------------------------------------------------------------------


def months(*over: int) -> list[dict[str, Any]]:
    return [
        {"month": date(2018 + i // 12, i % 12 + 1, 1), "provider_code": "T", "department": "1", "attendances": 100, "over_four_hours": o, "admissions": 9}
        for i, o in enumerate(over)
    ]  # fmt: skip


# over four hours of 100, month by month          variation              standard of 95%
A_AND_E = """
20 21 20 21 20 21 20 21 20 21 20 21               Usual variation        Standard will not be met
1  0  1  0  1  0  1  0  1  0  1  0                Usual variation        Standard met every month
3  9  3  9  3  9  3  9  3  9  3  9                Usual variation        Standard met in some months
20 21 20 21 20 21 20 21 20 21 20 40               Change for the worse   Standard will not be met
40 41 40 41 40 41 40 41 40 41 40 20               Change for the better  Standard will not be met
"""


@pytest.mark.parametrize("row", A_AND_E.strip().splitlines())
def test_waits_show_variation_and_assurance_in_words(row: str) -> None:
    over, variation, assured = (c.strip() for c in (row[:50], row[50:73], row[73:]))
    part = performance(
        ae=months(*map(int, over.split())), providers={"T": "The trust"}, ae_origin=TABLE, trajectories=(), measures=(),
        plan_origin=None, on=ON, four_hours=FOUR_HOURS,
    )  # fmt: skip
    grid = grids(part)["Left A&E within four hours of arrival"]
    assert [said(c) for c in grid.rows[0][-2:]] == [variation, assured]


def test_the_standard_beside_waits_is_the_one_in_force_in_the_newest_month() -> None:
    """98% until 27 June 2010 and 95% after; where no dated standard is declared, none is drawn."""
    given = {
        "ae": months(*[20] * 12),
        "providers": {},
        "ae_origin": TABLE,
        "trajectories": (),
        "measures": (),
    }

    def header(*pledges: Pledge) -> str:
        part = performance(**given, plan_origin=None, on=ON, four_hours=pledges)
        return grids(part)["Left A&E within four hours of arrival"].header[-1]

    newest = max(r["month"] for r in given["ae"])
    ended = OLDER.model_copy(update={"end": newest.replace(day=1) - timedelta(days=1)})
    assert header(*FOUR_HOURS) == "Standard of 95%"
    assert header(ended, FOUR_HOURS[0]) == "Standard of 95%"
    assert (
        header(OLDER.model_copy(update={"start": date(2016, 1, 1), "end": None}))
        == "Standard of 98%"
    )
    assert header(ended) == header() == "Standard"


def test_a_rebase_parts_the_limits_of_the_papers_chart() -> None:
    change = Rebase(
        month=date(2018, 7, 1), reason="a new front door", author="Dr Reed", on=date(2019, 1, 5)
    )
    made = {}
    for name, rebases in (
        ("without", ()),
        ("with", (change,)),
        ("another's", (change.model_copy(update={"organisation": "X"}),)),
    ):
        part = performance(
            ae=months(*[10] * 6, *[40] * 6), providers={}, ae_origin=TABLE, trajectories=(), measures=(), plan_origin=None,
            on=ON, four_hours=FOUR_HOURS, rebases=rebases,
        )  # fmt: skip
        drawing = next(b.drawing for s in part.sections for b in s.blocks if hasattr(b, "drawing"))
        made[name] = (len(drawing.limits), [r.reason for r in drawing.rebases])
    assert made["without"] == made["another's"] == (1, [])
    assert made["with"] == (2, ["a new front door"])


def test_a_month_after_the_paper_is_not_used() -> None:
    part = performance(
        ae=months(*[20] * 12), providers={}, ae_origin=TABLE, trajectories=(), measures=(), plan_origin=None,
        on=date(2018, 3, 31),
    )  # fmt: skip
    assert said(grids(part)["Left A&E within four hours of arrival"].rows[0][1]) == "March 2018"


# --- activity ------------------------------------------------------------------------------------------------------


def test_activity_adds_up_on_what_may_be_shown() -> None:
    found = PointOfDelivery(
        point="ae", title="A&E attendances", baseline=1003, basis="supplied", missing=(),
        bars=(
            Bar("g", "More people", "growth", 12), Bar("c", "A scheme", "claim", -40, full=80, part=0.5),
            Bar("d", "Another", "claim", -5, full=5, part=1.0), Bar("ae-twice", "Claimed by two schemes", "twice", 3),
        ),
        claimed_in_full=85,
    )  # fmt: skip
    part = activity([found], records=RECORDS, plan=PLAN, disclose=lambda n: 5 * round(n / 5))
    assert drawn(grids(part)["Activity by point of delivery"]) == [
        "A&E attendances | 1,005 | 12 | −85 | −45 | 3 | 975 | yes | yes"
    ]


def test_what_is_not_the_plans_year_is_not_called_so() -> None:
    lacks = ("growth assumptions: not supplied",)
    found = PointOfDelivery(
        point="ae", title="A&E attendances", baseline=1000, basis="supplied", missing=lacks, lacks=lacks,
        bars=(Bar("c", "A scheme", "claim", -40, full=40, part=1.0),), claimed_in_full=40,
    )  # fmt: skip
    part = activity([found], records=RECORDS, plan=PLAN, disclose=lambda n: n)
    (row,) = drawn(grids(part)["Activity by point of delivery"])
    assert "no: growth assumptions: not supplied" in row
    (picture,) = [b for b in part.sections[0].blocks if isinstance(b, Picture)]
    assert [s.label for s in picture.drawing.steps if s.kind == "total"] == [
        "Year before",
        "Year before with what is known",
    ]
    assert picture.note == "Not the plan's year: growth assumptions: not supplied."


def test_activity_too_small_to_show_is_not_shown() -> None:
    found = PointOfDelivery(
        point="ae", title="A&E attendances", baseline=3, basis="supplied", bars=(), missing=()
    )
    part = activity(
        [found],
        records=RECORDS,
        plan=PLAN,
        disclose=lambda n: None,
        why_not="Nothing may be shown.",
    )
    assert not [b for b in part.sections[0].blocks if isinstance(b, Picture)]
    assert "3" not in figures_of(part.sections)


@pytest.mark.parametrize(
    ("held", "part_of_it"), [((21_875, 550_914), True), ((495_000, 550_914), True), ((540_000, 550_914), False), (None, False)]
)  # fmt: skip
def test_part_of_a_place_is_said_beside_what_schemes_claim_for_all_of_it(
    held: tuple[int, int] | None, part_of_it: bool
) -> None:
    assert bool(partly_held(held)) is part_of_it
    found = PointOfDelivery(
        point="ae", title="A&E attendances", baseline=6950, basis="synthetic", missing=(),
        bars=(Bar("c", "A scheme", "claim", -1740),),
    )  # fmt: skip
    said = [
        said_of(b)
        for b in activity([found], records=RECORDS, plan=PLAN, disclose=lambda n: n, held=held)
        .sections[0]
        .blocks
    ]
    assert any("people on the practices' lists" in s for s in said) is part_of_it


def test_the_part_that_is_held_is_said_as_one_in_so_many() -> None:
    assert partly_held((21_875, 550_914)) == (
        "The records hold 21,875 of the 550,914 people on the practices' lists, 1 in 25."
    )


def test_days_in_figures_read_as_people_say_them() -> None:
    assert words.days_in("2018-04-01 to 2019-03-31") == "1 April 2018 to 31 March 2019"
    assert words.days_in("lists of the year 2019-20") == "lists of the year 2019-20"


def test_activity_without_records_says_what_to_do() -> None:
    none = NoWaterfall("ae", "A&E attendances", ("baseline: neither records nor supplied totals",))
    part = activity(
        [none], records=None, plan=PLAN, disclose=lambda n: n, why_not="Build the place first."
    )
    missing = next(b for b in part.sections[0].blocks if isinstance(b, Missing))
    assert (missing.what, missing.do) == (
        "activity, which needs a baseline for A&E attendances.",
        "Build the place first.",
    )


# --- money ---------------------------------------------------------------------------------------------------------

SAVINGS = {
    "title": "Money",
    "savings": {
        "lines": [
            {"id": "a", "area": "Medicines", "gbp": 5200, "recurrence": "recurrent"},
            {"id": "b", "area": "Heating", "gbp": 900, "recurrence": "non-recurrent"},
        ],
        "printed_total_gbp": 6000,
    },
}


def test_a_printed_total_stands_and_its_difference_beside_it() -> None:
    finances = Finances.model_validate(SAVINGS)
    assert finances.savings is not None
    lines_ = [
        outlook(
            x, reported_gbp=Decimal(5000) if x.id == "a" else None, expected=None, year_starts=None
        )
        for x in finances.savings.lines
    ]
    control = control_total(finances, (), (), year_starts=date(2019, 4, 1), on=ON)
    held = MoneyHeld(months=(), areas=(), outlooks=lines_, contracts=(), control=control)
    planned = [
        PLAN.figure(f"savings.{x.id}.planned", x.area, x.gbp, format="gbp")
        for x in finances.savings.lines
    ]
    reported = PLAN.figure(
        "savings.a.reported", "Medicines: reported saved", Decimal(5000), format="gbp"
    )
    cannot = PLAN.figure(
        "position.answer", "Do we hit the control total?", "Cannot say", format="text"
    )
    part = money(finances, PLAN, held, {f.trace.figure_id: f for f in (*planned, reported, cannot)})
    assert said(part.concern[0]).startswith("Cannot say whether we hit a control total: ")
    found = grids(part)
    assert drawn(found["Cash-releasing savings"]) == lines("""
        Medicines | recurrent | not stated | £5,200 | £5,000 | (£200)
        Heating | non-recurrent | not stated | £900 | no return |
        Printed total | | | £6,000 | |
    """)
    assert drawn(found["Printed beside recomputed"])[0].startswith(
        "Lines add up to the total | savings | £6,000 | £6,100 | −£100"
    )
    assert said(part.decide[0]).startswith("1 printed sum of money does not agree with its lines")


# --- inequality ----------------------------------------------------------------------------------------------------


def test_the_slope_of_a_straight_line_is_its_rise() -> None:
    rows = [
        {"sex": "female", "local_decile": d, "person_years": 1000, "deaths": 9, "life_expectancy": 75.0 + d, "standard_error": 0.1}
        for d in range(1, 11)
    ]  # fmt: skip
    part = inequality(
        life=rows, life_origin=TABLE, outcomes=(), records=None, rng=np.random.default_rng(1)
    )
    grid = next(g for c, g in grids(part).items() if c.startswith("Life expectancy"))
    assert drawn(grid)[0].startswith("Women | 76.0 years | 85.0 years | 10.0 years | 9.")


# --- what changed --------------------------------------------------------------------------------------------------


def one(value: int, **changes: Any) -> Section:
    origin = Origin(**{**vars(RECORDS), **changes})
    return Section("s", "S", (Paragraph((origin.figure("people", "People", value),)),))


def test_what_moved_says_why_and_new_and_missing_figures_are_counted() -> None:
    before = figures_of(
        [one(100), Section("t", "T", (Paragraph((PLAN.figure("gone", "Gone", 1),)),))]
    )
    now = figures_of(
        [one(120, build_id="b2"), Section("u", "U", (Paragraph((PLAN.figure("new", "New", 1),)),))]
    )
    section, annex = what_changed(
        movements(now, before), now, before, called="paper 1 of April 2019", headline=[]
    )
    grid = next(b for b in section.blocks if isinstance(b, Grid))
    assert drawn(grid) == [
        "People | 100 | 120 | +20 from late or restated data (the data behind it changed (build b2 instead of b1))."
    ]
    points = [said(i) for b in section.blocks if hasattr(b, "items") for i in b.items]
    assert points == [
        "1 figure that paper 1 of April 2019 did not give is new here.",
        "1 figure of paper 1 of April 2019 is not in this one.",
    ]
    assert annex is None


def test_one_name_for_two_figures_is_refused() -> None:
    with pytest.raises(ValueError, match="people stands for two figures: 1 and 2"):
        figures_of([one(1), one(2)])


def test_the_first_page_keeps_five_lines_of_each_and_counts_the_rest() -> None:
    part = Chapter(sections=(), concern=tuple((f"line {i}",) for i in range(7)))
    boxes = in_one_minute([part]).blocks[0]
    assert isinstance(boxes, Boxes)
    assert [said(line) for line in boxes.boxes[1][2]][-2:] == [
        "line 4",
        "and 2 more, in the sections below.",
    ]
