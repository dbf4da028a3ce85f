"""Why a figure made of the plan, the day and people's words moved: time passed, reported, edited;
and which items did."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from oneplace.report.trace import Figure, Item, Recalculated, Source, Trace, moved, same

THEN, NOW = date(2019, 6, 30), date(2019, 9, 30)


def late(
    items: str, on: date, said: str = "r1", plan: str = "p1", *, records: bool = False
) -> Figure:
    """How many milestones are late: `items` are their ids, or id=amount."""
    found = tuple(
        Item(
            i.split("=")[0],
            i.split("=")[0].upper(),
            Decimal(i.split("=")[1]) if "=" in i else Decimal(1),
        )
        for i in items.split()
        if i != "-"
    )
    trace = Trace(
        figure_id="milestones.late", value=sum((i.amount for i in found), Decimal(0)), unit="", basis="planned", as_at=on,
        source=Source("document", "plan.yaml"), plan_digest=plan, period=f"on {on}", data_digest=said,
        entries_at=datetime(2019, 10, 1), said=not records,
    )  # fmt: skip
    return Figure("Milestones late", trace, items=found)


#   then    | on the day of now, nothing said | with what was said | now      | causes and items
DRAWN = """
a b         | a b c     | a b c   | a b c   | time passed 1: joined: C
a b         | a b       | b       | b       | reported -1: left: A
a b         | a b c     | b c     | b c     | time passed 1: joined: C | reported -1: left: A
a b         | a b c     | c       | c       | time passed 1: joined: C | reported -2: left: A, B
a b         | a b c     | a b     | a b     | time passed 1: joined: C | reported -1: left: C
a b         | a b       | a b     | a       | plan edit -1: left: B
a b         | a b c     | b c     | b c d   | time passed 1: joined: C | reported -1: left: A | plan edit 1: joined: D
-           | a         | a       | a       | time passed 1: joined: A
a           | a         | -       | -       | reported -1: left: A
a=5 b=7     | a=5 b=7   | a=9 b=7 | a=9 b=7 | reported 4: changed: A +4
a=5 b=7     | a=5 b=7   | a=9 b=3 | a=9 b=3 | reported 0: changed: A +4, B −4
"""


@pytest.mark.parametrize("row", DRAWN.strip().splitlines())
def test_each_part_has_its_cause_and_its_items(row: str) -> None:
    then, time, said, now, *parts = (c.strip() for c in row.split("|"))
    plan = "p2" if said != now else "p1"
    passed, reported = late(time, NOW), late(said, NOW, "r2")
    figure = late(now, NOW, "r2", plan)
    known = Recalculated(
        time_passed=passed.value,
        data_now=reported.value,
        items={"time_passed": passed.items, "data_now": reported.items},
    )
    why = moved(late(then, THEN), figure, known)
    assert [f"{p.cause} {p.amount}: {p.listed(figure)}" for p in why.parts] == parts
    assert sum(p.amount for p in why.parts) == why.total
    assert "real change" not in why.sentence and "late data" not in why.sentence


def test_one_for_another_is_a_move_though_the_number_stands_still() -> None:
    assert same(late("a b", THEN), late("a b", NOW))
    assert not same(late("a b", THEN), late("a c", NOW))
    assert same(late("a b", THEN), Figure("x", late("c d", NOW).trace)), (
        "where one side names nothing, the number speaks"
    )


def test_records_still_change_for_real() -> None:
    why = moved(late("a", THEN, records=True), late("a b", NOW, records=True))
    assert [p.cause for p in why.parts] == ["real change"]
    assert why.parts[0].listed(late("a b", NOW)) == "joined: B"


def test_many_items_are_named_and_the_rest_counted() -> None:
    many = late(" ".join(f"m{i}" for i in range(12)), NOW)
    [part] = moved(late("-", THEN), many).parts
    assert part.listed(many) == "joined: M0, M1, M2, M3, M4, M5, M6, M7, 4 more"


def test_what_a_figure_counts_is_read_back_as_it_was_kept() -> None:
    figure = late("a=1.5 b", NOW)
    assert Figure.from_dict(figure.as_dict()) == figure
    older = {k: v for k, v in figure.as_dict().items() if k != "items"}
    older["trace"] = {k: v for k, v in older["trace"].items() if k != "said"}
    assert Figure.from_dict(older).items == () and not Figure.from_dict(older).trace.said
