"""What a milestone's state is on a date. The tables are the rule."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from oneplace.plan.programme import Plan
from oneplace.plan.scheme import Reported, delivery_status, measure_states, milestone_states


def plan_with(
    milestones: list[dict[str, object]], measures: list[dict[str, object]] | None = None
) -> Plan:
    steps = [
        {"id": f"M{n}", "n": n, "title": f"step {n}", **m}
        for n, m in enumerate(milestones, start=1)
    ]
    figures = [
        {"id": f"K{n}", "title": "t", "metric": "m", **m}
        for n, m in enumerate(measures or [], start=1)
    ]
    scheme = {
        "id": "S",
        "name": "s",
        "programme": "p",
        "purpose": "x",
        "milestones": steps,
        "measures": figures,
    }
    return Plan.model_validate(
        {
            "id": "plan",
            "title": "t",
            "place": "here",
            "period": "2019/20",
            "aims": [{"id": "a", "name": "a"}],
            "programmes": [{"id": "p", "name": "p"}],
            "schemes": [scheme],
        }
    )


# printed date     on           state          rule
WITHOUT_RETURNS = """
2019-10            2019-09-30   not yet due    due from 2019-10-01
2019-10            2019-10-01   due            due by 2019-10-31
2019-10            2019-10-31   due            due by 2019-10-31
2019-10            2019-11-01   late           was due by 2019-10-31, 1 days before
2019-10-08         2019-09-30   not yet due    due from 2019-10-08
2019-10-08         2019-10-01   due            due by 2019-10-08
2019-10-08         2019-10-09   late           was due by 2019-10-08, 1 days before
2019-04/2019-06    2019-05-15   due            due by 2019-06-30
2019/2022          2019-10-01   due            due by 2022-12-31
2019-05/..         2019-04-30   not yet due    due from 2019-05-01
2019-05/..         2019-10-01   unknown        begins on 2019-05-01; no end is printed
-                  2019-10-01   unknown        no date is printed
"""


@pytest.mark.parametrize("row", WITHOUT_RETURNS.strip().splitlines())
def test_without_returns(row: str) -> None:
    due, on, state, rule = (cell.strip() for cell in (row[:19], row[19:32], row[32:47], row[47:]))
    plan = plan_with([{} if due == "-" else {"due": due}])
    (found,) = milestone_states(plan, on=date.fromisoformat(on))
    assert (found.state, found.rule, found.evidence) == (state, rule, "no return")


# returns (date, status)                            on           state
WITH_RETURNS = """
2019-10-20 complete                               | 2019-11-15 | done
2019-10-20 complete                               | 2019-10-19 | due
2019-10-20 on track                               | 2019-11-15 | late
2019-10-20 complete; 2019-11-02 off track         | 2019-11-15 | late
2019-11-02 off track; 2019-10-20 complete         | 2019-11-15 | late
"""


@pytest.mark.parametrize("row", WITH_RETURNS.strip().splitlines())
def test_only_evidence_makes_done(row: str) -> None:
    given, on, state = (cell.strip() for cell in row.split("|"))
    returns = [
        Reported(about="M1", on=date.fromisoformat(day), status=status, by="A Lead")  # type: ignore[arg-type]
        for day, _, status in (r.strip().partition(" ") for r in given.split(";"))
    ]
    (found,) = milestone_states(
        plan_with([{"due": "2019-10"}]), on=date.fromisoformat(on), returns=returns
    )
    assert found.state == state


def test_a_step_that_the_plan_prints_as_complete_is_done() -> None:
    (found,) = milestone_states(
        plan_with([{"printed_complete": True, "printed": "Complete"}]), on=date(2019, 4, 1)
    )
    assert (found.state, found.evidence) == ("done", "the plan")


def test_a_late_step_with_a_return_names_who_said_what() -> None:
    said = Reported(
        about="M1", on=date(2019, 11, 2), status="slipping", forecast=date(2019, 12, 1), by="A Lead"
    )
    (found,) = milestone_states(
        plan_with([{"due": "2019-10"}]), on=date(2019, 11, 15), returns=[said]
    )
    assert (found.state, found.days_late, found.forecast) == ("late", 15, date(2019, 12, 1))
    assert found.evidence == "return of 2019-11-02 by A Lead: slipping"


# target   direction   baseline   reported   state
MEASURES = """
20         >           -          20         not met
20         >           -          21         met
18         <=          -          18         met
11         decrease    12.9       12         not met
11         decrease    12.9       10.9       met
97         -           91.23      96         not met
97         -           91.23      97         met
3          -           -          3          not judged
20         >           -          -          no return
-          increase    -          5          no target
"""


@pytest.mark.parametrize("row", MEASURES.strip().splitlines())
def test_measures(row: str) -> None:
    cells = [None if c == "-" else c for c in row.split(maxsplit=4)]
    target, direction, baseline, reported, state = cells
    measure = {
        k: v
        for k, v in {"target": target, "direction": direction, "baseline": baseline}.items()
        if v
    }
    said = [Reported(about="K1", on=date(2019, 9, 1), value=Decimal(reported))] if reported else []
    (found,) = measure_states(plan_with([], [measure]), on=date(2019, 10, 1), returns=said)
    assert found.state == state


def test_a_thing_to_be_in_place() -> None:
    plan = plan_with([], [{"target": True}])
    said = Reported(about="K1", on=date(2019, 9, 1), status="complete")
    assert measure_states(plan, on=date(2019, 10, 1))[0].state == "no return"
    assert measure_states(plan, on=date(2019, 10, 1), returns=[said])[0].state == "met"


def said(step: str, status: str, forecast: date | None = None) -> Reported:
    return Reported(about=step, on=date(2019, 9, 1), status=status, forecast=forecast)  # type: ignore[arg-type]


COLOURS = [
    ([], [], "grey", "the plan prints no milestones"),
    ([{"due": "2019-04"}], [], "grey", "no return has been received"),
    (
        [{"due": "2019-04"}],
        [said("M1", "complete")],
        "blue",
        "every milestone is reported complete",
    ),
    (
        [{"due": "2019-04"}, {"due": "2020-03"}],
        [said("M2", "on track")],
        "red",
        "1 milestones are late, first M1",
    ),
    ([{"due": "2020-03"}], [said("M1", "slipping")], "amber", "M1 is reported to slip"),
    (
        [{"due": "2020-03"}],
        [said("M1", "on track", date(2020, 4, 1))],
        "amber",
        "M1 is reported to slip",
    ),
    (
        [{"due": "2020-03"}],
        [said("M1", "on track")],
        "green",
        "nothing is late and no return reports a slip",
    ),
]


@pytest.mark.parametrize(("steps", "returns", "colour", "rule"), COLOURS)
def test_one_colour_by_the_first_rule_that_fits(
    steps: list[dict[str, object]], returns: list[Reported], colour: str, rule: str
) -> None:
    (found,) = delivery_status(plan_with(steps), on=date(2019, 10, 1), returns=returns)
    assert (found.colour, found.rule) == (colour, rule)
