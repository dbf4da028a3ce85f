"""What an XmR chart says, drawn: one row a month, the figure and the rule it meets."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from oneplace.methods.spc import Direction, Restart, Signal, assurance, days_between, signals, xmr


def drawn(table: str) -> tuple[list[float | None], list[str | None]]:
    rows = [line.split("|") for line in table.strip().splitlines()]
    figures = [None if not r[0].strip() else float(r[0]) for r in rows]
    return figures, [r[1].strip() or None for r in rows]


def test_a_run_of_seven_on_one_side_is_a_shift_and_all_seven_are_marked() -> None:
    y, rules = drawn(
        """
         8 | Common Cause
        16 | Common Cause
         8 | Common Cause
        16 | Common Cause
         8 | Common Cause
        16 | Common Cause
         9 | 7 Points Below CL
        10 | 7 Points Below CL
         9 | 7 Points Below CL
        10 | 7 Points Below CL
         9 | 7 Points Below CL
        10 | 7 Points Below CL
         9 | 7 Points Below CL
        """
    )
    assert xmr(y).cause == rules


def test_one_missing_month_does_not_break_a_run_and_two_in_a_row_do() -> None:
    lead, tail = [8.0, 16.0] * 3, [10.0, 9.0, 10.0, 9.0]
    one = xmr([*lead, 9.0, 10.0, 9.0, None, *tail])
    two = xmr([*lead, 9.0, 10.0, 9.0, None, None, *tail])
    bridged = xmr([*lead, 9.0, 10.0, 9.0, None, None, *tail], bridge_months=2)
    assert one.cause[6:] == ["7 Points Below CL"] * 3 + [None] + ["7 Points Below CL"] * 4
    assert set(two.cause[6:]) == {"Common Cause", None}
    assert bridged.cause[6] == bridged.cause[-1] == "7 Points Below CL"


def test_a_rebase_starts_limits_and_runs_afresh_and_carries_who_and_why() -> None:
    low = [70.0, 72, 69, 71, 70, 73, 68, 71, 70, 72, 69, 71]
    y = [*low, *(v + 20 for v in low)]
    rebase = Restart(
        at=12, reason="new assessment unit opened", author="A. Analyst", on=date(2018, 11, 5)
    )
    before, after = xmr(y), xmr(y, rebases=[rebase])
    assert "Common Cause" not in before.cause
    assert set(after.cause) == {"Common Cause"}
    assert after.mean[11] == pytest.approx(70.5) and after.mean[12] == pytest.approx(90.5)
    assert after.segment == [0] * 12 + [1] * 12
    assert after.rebases == (rebase,)


@pytest.mark.parametrize(
    ("direction", "icon"),
    [
        ("increase", "special_cause_improvement"),
        ("decrease", "special_cause_concern"),
        ("neutral", "special_cause_neutral_high"),
    ],
)
def test_the_variation_icon_is_the_last_point_seen_by_who_wants_what(
    direction: Direction, icon: str
) -> None:
    assert (
        xmr([8, 16, 8, 16, 8, 16, 8, 9, 10, 11, 12, 13, 14], direction=direction).variation_icon
        == icon
    )


@pytest.mark.parametrize(
    ("lower", "upper", "target", "direction", "icon"),
    [
        (92, 96, 90, "increase", "consistent_pass"),
        (92, 96, 92, "increase", "consistent_pass"),  # on the limit counts as met
        (92, 96, 94, "increase", "inconsistent"),
        (92, 96, 96, "increase", "inconsistent"),  # the best month would meet it
        (92, 96, 97, "increase", "consistent_fail"),
        (92, 96, 96, "decrease", "consistent_pass"),
        (92, 96, 91, "decrease", "consistent_fail"),
        (92, 96, 92, "decrease", "inconsistent"),
        (92, 96, None, "increase", None),
        (92, 96, 94, "neutral", None),
        (None, None, 94, "increase", None),
    ],
)
def test_the_assurance_icon_sets_the_target_against_the_latest_limits(
    lower: float | None,
    upper: float | None,
    target: float | None,
    direction: Direction,
    icon: str | None,
) -> None:
    assert assurance(lower, upper, target, direction) == icon


def test_signals_name_each_run_once_and_step_over_a_missing_month() -> None:
    y = [8, 16, 8, 16, 8, 16, 8, 16, 9, 10, 9, None, 10, 9, 10, 9]
    assert signals(xmr(y, direction="decrease")) == (
        Signal("7 Points Below CL", "special_cause_improvement", 8, 15),
    )
    assert signals(xmr([5.0, 6.0, 5.0, 6.0, 5.0] * 3)) == ()
    parted = signals(xmr([8.0, 12.0] * 3 + [8.0, 60.0] + [12.0, 8.0] * 4))
    assert [(s.cause, s.first, s.last) for s in parted] == [
        ("7 Points Below CL", 0, 6),
        ("Above UCL", 7, 7),
        ("7 Points Below CL", 8, 15),
    ]


def test_a_constant_series_of_tenths_is_not_outside_itself() -> None:
    chart = xmr([0.1] * 15, direction="increase", target=0.1)
    assert set(chart.cause) == {"Common Cause"}
    assert chart.assurance == "consistent_pass"


@pytest.mark.parametrize("points", [1, 2, 3, 7, 11, 12, 13])
def test_limits_rules_and_icons_need_twelve_points(points: int) -> None:
    y = [float(v) for v in ([5, 9, 5, 8, 5, 9, 6, 9, 5, 9, 5, 60, 5])[:points]]
    chart = xmr(y, direction="decrease", target=100)
    enough = points >= 12
    assert chart.mean[-1] == pytest.approx(sum(y) / points)
    assert (chart.lower[-1] is not None) == (chart.upper[-1] is not None) == enough
    assert (chart.variation_icon is not None) == (chart.assurance is not None) == enough
    assert bool([c for c in chart.cause if c]) == enough and bool(signals(chart)) == enough
    said = f"segment 1: too few points, {points} of 12: no limits, no icon"
    assert (said in chart.notes) != enough


def test_months_that_are_missing_do_not_make_up_the_twelve() -> None:
    y = [5.0, None, 9.0, 5.0, 8.0, None, 5.0, 9.0, 6.0, 9.0, 5.0, 9.0, 5.0]
    assert xmr(y).variation_icon is None and xmr([*y, 8.0]).variation_icon == "common_cause"


def test_after_a_rebase_the_icons_wait_for_twelve_points_of_the_new_process() -> None:
    rebase = Restart(at=12, reason="new unit", author="A. Analyst", on=date(2018, 11, 5))
    short = xmr([8.0, 16.0] * 9, direction="decrease", target=20, rebases=[rebase])
    whole = xmr([8.0, 16.0] * 12, direction="decrease", target=20, rebases=[rebase])
    assert (
        short.lower[11] is not None,
        short.lower[12],
        short.variation_icon,
        short.assurance,
    ) == (
        True,
        None,
        None,
        None,
    )
    assert (whole.variation_icon, whole.assurance) != (None, None)


def test_rare_events_are_drawn_as_days_between_and_a_cluster_is_a_signal() -> None:
    steady = [
        date(2018, 1, 1) + timedelta(days=d)
        for d in (0, 30, 55, 95, 120, 160, 185, 215, 250, 275, 310, 340, 370)
    ]
    chart = days_between(steady, direction="increase")
    assert chart.value == [30, 25, 40, 25, 40, 25, 30, 35, 25, 35, 30, 30]
    assert (
        set(chart.cause) == {"Common Cause"}
        and chart.lower[-1] is not None
        and 0 <= chart.lower[-1] < 25
    )
    assert chart.upper[-1] is not None and chart.upper[-1] > 40
    late = [*steady, *(steady[-1] + timedelta(days=d) for d in range(1, 5))]
    assert days_between(late, direction="increase").variation_icon == "special_cause_concern"
    few = days_between(steady[:6], direction="increase")
    assert (few.lower[-1], few.variation_icon) == (None, None)
    assert days_between([date(2018, 1, 1)] * 2).value == [0.0]  # two on one day
    with pytest.raises(ValueError, match="two events"):
        days_between(steady[:1])
