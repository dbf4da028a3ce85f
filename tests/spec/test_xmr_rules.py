"""What an XmR chart says, drawn: one row a month, the figure and the rule it meets."""

from __future__ import annotations

from datetime import date

import pytest

from oneplace.methods.spc import Direction, Rebase, Signal, assurance, signals, xmr


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
    y = [float(v) for v in [70, 72, 69, 71, 70, 73, 68, 71, 90, 92, 89, 91, 90, 93, 88, 91]]
    rebase = Rebase(at=8, reason="new assessment unit opened", author="A. Analyst", on=date(2018, 11, 5))
    before, after = xmr(y), xmr(y, rebases=[rebase])
    assert "Common Cause" not in before.cause
    assert set(after.cause) == {"Common Cause"}
    assert after.mean[7] == pytest.approx(70.5) and after.mean[8] == pytest.approx(90.5)
    assert after.segment == [0] * 8 + [1] * 8
    assert after.rebases == (rebase,)


@pytest.mark.parametrize(
    ("direction", "icon"),
    [
        ("increase", "special_cause_improvement"),
        ("decrease", "special_cause_concern"),
        ("neutral", "special_cause_neutral_high"),
    ],
)
def test_the_variation_icon_is_the_last_point_seen_by_who_wants_what(direction: Direction, icon: str) -> None:
    assert xmr([8, 16, 8, 16, 8, 16, 8, 9, 10, 11, 12, 13, 14], direction=direction).variation_icon == icon


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
    lower: float | None, upper: float | None, target: float | None, direction: Direction, icon: str | None
) -> None:
    assert assurance(lower, upper, target, direction) == icon


def test_signals_name_each_run_once_and_step_over_a_missing_month() -> None:
    y = [8, 16, 8, 16, 8, 16, 8, 16, 9, 10, 9, None, 10, 9, 10, 9]
    assert signals(xmr(y, direction="decrease")) == (Signal("7 Points Below CL", "special_cause_improvement", 8, 15),)
    assert signals(xmr([5.0, 6.0, 5.0, 6.0, 5.0])) == ()
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


def test_one_point_has_a_centre_and_no_limits_and_the_chart_says_it_is_short() -> None:
    chart = xmr([5.0])
    assert (chart.mean, chart.lower, chart.upper) == ([5.0], [None], [None])
    assert chart.notes == ("segment 1 has 1 point; limits settle at 12 or more",)
