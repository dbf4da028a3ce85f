"""When the clock of a demonstration person's referral stops, and why: whichever comes first ends
it.

The period runs from day 0 to day 1000; `.` is a day that does not come in the period.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from oneplace.demonstration.days import NEVER
from oneplace.demonstration.planned import STOPS, TREATED, Referrals, closed

#   leaves | dies | clock starts | would stop | stops | why
CLOCKS = """
    .      | .    | 100          | 200        | 200   | treated
    .      | .    | 950          | 1100       | .     | .
    150    | .    | 100          | 200        | 150   | moved
    .      | 150  | 100          | 200        | 150   | died
    .      | 1200 | 950          | 1100       | .     | .
    .      | 200  | 100          | 200        | 200   | treated
    500    | .    | 100          | 200        | 200   | treated
    .      | 1000 | 950          | 1100       | 1000  | died
"""


def day(cell: str) -> int:
    return int(NEVER) if cell == "." else int(cell)


@pytest.mark.parametrize("line", [line for line in CLOCKS.splitlines() if line.strip()])
def test_a_clock_stops_with_the_first_of_treatment_leaving_and_death(line: str) -> None:
    leaves, dies, starts, would, stops, why = (cell.strip() for cell in line.split("|"))
    last = min(day(leaves), day(dies), 1000)
    part = SimpleNamespace(
        last=np.array([last]),
        finish=1000,
        folk=SimpleNamespace(death=np.array([day(dies)]), leave=np.array([day(leaves)])),
    )
    asked = Referrals(
        np.array([0]),
        np.array([1]),
        np.array([int(starts)]),
        np.array([int(would)]),
        np.array([TREATED]),
    )
    made = closed(part, asked)
    assert made.stop[0] == day(stops)
    assert (STOPS[made.why[0]] if made.why[0] >= 0 else ".") == why
