"""Printed totals beside recomputed ones, variances, and a place that writes down only some of its
money."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Literal

import pytest

from oneplace.documents import read
from oneplace.plan.money import (
    Finances,
    Position,
    contingency,
    differences,
    in_brackets,
    reconcile,
    savings_by_recurrence,
)
from oneplace.plan.money.reconcile import shown

HAMLET = read(Path(__file__).resolve().parents[2] / "places" / "hamlet" / "money.yaml", Finances)


def test_a_place_with_savings_only() -> None:
    (row,) = reconcile(HAMLET)
    assert (row.id, row.printed, row.recomputed, row.difference) == (
        "savings-total",
        9000,
        9100,
        -100,
    )
    assert differences(HAMLET) == (row,)
    assert contingency(HAMLET) is None
    assert savings_by_recurrence(HAMLET)["recurrent"] == 6100


def test_a_place_that_writes_nothing_down() -> None:
    empty = Finances(title="none")
    assert reconcile(empty) == ()
    assert sum(savings_by_recurrence(empty).values()) == 0


# kind      planned  actual  variance  adverse  on paper
VARIANCES = [
    ("saving", 100, 80, -20, True, "(20)"),
    ("saving", 100, 120, 20, False, "20"),
    ("spending", 100, 80, 20, False, "20"),
    ("spending", 100, 1320, -1220, True, "(1,220)"),
    ("spending", 100, 100, 0, False, "0"),
]


@pytest.mark.parametrize(("kind", "planned", "actual", "variance", "adverse", "paper"), VARIANCES)
def test_adverse_is_negative_and_stands_in_brackets(
    kind: Literal["saving", "spending"],
    planned: int,
    actual: int,
    variance: int,
    adverse: bool,
    paper: str,
) -> None:
    p = Position(line="x", planned_gbp=Decimal(planned), actual_gbp=Decimal(actual), kind=kind)
    assert (p.variance_gbp, p.adverse) == (variance, adverse)
    assert in_brackets(Decimal(variance)) == paper


def test_nothing_reported_is_not_nought() -> None:
    p = Position(line="x", planned_gbp=Decimal(100), actual_gbp=None, kind="saving")
    assert (p.variance_gbp, p.adverse) == (None, False)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("5.591963352809", "5.591963"),
        ("5.4E+5", "540000"),
        ("0.0", "0"),
        ("-0.744", "-0.744"),
        ("130.2000", "130.2"),
    ],
)
def test_numbers_are_shown_in_digits(value: str, text: str) -> None:
    assert shown(Decimal(value)) == text
