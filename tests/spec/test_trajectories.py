"""Planned values beside a standard: what meets it, from when, and whether the promised date
holds."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from oneplace.measures import Trajectory, read_trajectories, trajectories

HEADER = "record,measure,period,period_type,operator,standard,unit,planned,source,note"


def planned(folder: Path, rows: str, **actuals: str) -> Trajectory:
    """Each row: period, operator, standard, planned value (or promise)."""
    lines = [HEADER]
    for row in rows.strip().splitlines():
        period, sign, standard, value = row.split()
        record, kind = (
            ("exec_target", "achievement date") if value == "promise" else ("trajectory", "month")
        )
        value = "" if value == "promise" else value
        lines.append(f"{record},m,{period},{kind},{sign},{standard},%,{value},here,")
    (folder / "t.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    observed = {"m": {k.lstrip("_").replace("_", "-"): Decimal(v) for k, v in actuals.items()}}
    (found,) = trajectories(read_trajectories(folder / "t.csv"), actuals=observed)
    return found


def test_meeting_once_is_not_staying(tmp_path: Path) -> None:
    found = planned(
        tmp_path,
        """
        2019-04  >=  92  88.0
        2019-05  >=  92  92.0
        2019-06  >=  92  91.9
        2019-07  >=  92  92.1
        2019-08  >=  92  93.0
        """,
    )
    assert [p.planned_meets for p in found.points] == [False, True, False, True, True]
    assert (str(found.first_meeting), str(found.first_staying)) == ("2019-05", "2019-07")


@pytest.mark.parametrize(
    ("sign", "value", "meets"),
    [
        ("<", "1.0", False),
        ("<=", "1.0", True),
        ("=", "1.0", True),
        (">=", "1.0", True),
        (">", "1.0", False),
    ],
)
def test_on_the_standard(tmp_path: Path, sign: str, value: str, meets: bool) -> None:
    assert planned(tmp_path, f"2019-04 {sign} 1.0 {value}").points[0].planned_meets is meets


def test_a_standard_that_is_never_met(tmp_path: Path) -> None:
    found = planned(tmp_path, "2019-04 >= 92 80\n2019-05 >= 92 85")
    assert (found.first_meeting, found.first_staying) == (None, None)


def test_a_promise_is_judged_by_its_own_operator(tmp_path: Path) -> None:
    found = planned(tmp_path, "2019-11 <= 1 1.0\n2019-12 <= 1 1.0\n2019-11 < 1 promise")
    assert (str(found.first_staying), str(found.promised), found.promised_met) == (
        "2019-11",
        "2019-11",
        False,
    )


def test_actual_values_stand_beside_planned_ones(tmp_path: Path) -> None:
    found = planned(tmp_path, "2019-04 >= 92 88\n2019-05 >= 92 93", _2019_05="91.5")
    assert [(p.actual, p.actual_meets) for p in found.points] == [
        (None, None),
        (Decimal("91.5"), False),
    ]


def test_periods_are_put_in_order(tmp_path: Path) -> None:
    found = planned(tmp_path, "2019-06 >= 92 93\n2019-04 >= 92 88\n2019-05 >= 92 90")
    assert [str(p.period) for p in found.points] == ["2019-04", "2019-05", "2019-06"]
    assert str(found.first_staying) == "2019-06"
