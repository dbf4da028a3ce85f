"""Figures as the office reads them: as many digits as somebody can use, and none that say nought of
what is not."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from oneplace.documents import read
from oneplace.measures.goals import _month_in_words
from oneplace.plan.programme import Plan
from oneplace.web.analyst.presenters.calibration import calibration_tiles

LIVERPOOL = Path(__file__).resolve().parents[2] / "places" / "liverpool" / "plan.yaml"


@pytest.mark.parametrize(
    ("value", "said"),
    [("5.591963352809011179188704606", "5.592"), ("-0.0019", "-0.002"), ("-0.0001", "0"), ("13842847", "13,842,847"),
     ("206545.41", "206,545.41"), ("111.28563", "111.286"), ("1000", "1,000")],
)  # fmt: skip
def test_a_recomputed_figure_has_three_places_at_most(site, value: str, said: str) -> None:
    from oneplace.web.programme.lists import _reckoned  # its models need the site's settings

    assert _reckoned(Decimal(value)) == said


def test_the_figure_furthest_off_is_not_said_to_be_nought_of_nought() -> None:
    row = {"measure": "deaths", "stratum": "male 10 to 14", "target": 0.09, "made": 0.46, "off": 417.2, "unit": "for each 1,000 residents and year"}  # fmt: skip
    furthest = calibration_tiles([row], {})[-1]
    assert (
        furthest["note"]
        == "deaths, male 10 to 14: 0.09 published, 0.46 made for each 1,000 residents and year"
    )


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2019-09", "September 2019"),
        ("2020-03-01", "March 2020"),
        ("2019-Q2", "2019-Q2"),
        ("2019/20", "2019/20"),
    ],
)
def test_a_month_in_a_reason_reads_as_a_month(written: str, said: str) -> None:
    assert _month_in_words(written) == said


@pytest.mark.parametrize(
    ("printed", "due_by", "said"),
    [("Oct-19", "2019-12-31", "now December 2019"), ("Oct-19", "2019-10-31", None), ("May-Aug 19", "2019-08-31", None),
     ("Sept \u2013 19", "2019-09-30", None), ("July 2019", "2019-07-31", None), ("101/08/19", "2019-12-31", None),
     (None, "2019-12-31", None), ("Oct-19", None, None)],
)  # fmt: skip
def test_a_milestone_that_the_board_moved_says_the_month_of_now(
    site, printed: str | None, due_by: str | None, said: str | None
) -> None:
    from oneplace.web.programme.lists import moved_since_printed

    assert moved_since_printed(printed, due_by) == said


def test_no_milestone_of_liverpools_printed_plan_seems_moved(site) -> None:
    from oneplace.web.programme.lists import moved_since_printed

    plan = read(LIVERPOOL, Plan)
    steps = [m for s in plan.schemes for m in s.milestones]
    ends = [m.due.end.isoformat() if m.due and m.due.end else None for m in steps]
    moved = [
        m.id for m, end in zip(steps, ends, strict=True) if moved_since_printed(m.printed, end)
    ]
    assert len(steps) > 200 and not moved
