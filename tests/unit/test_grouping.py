"""Making teams and neighbourhoods where none is published: the promises of the rule on places small
enough to see."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from oneplace.place.grouping import Wanted, adjoining, group, in_one_piece

GRID = np.array([[x * 100.0, y * 100.0] for y in range(6) for x in range(6)])


def _loads(found: list[int], weights: list[float]) -> list[float]:
    return np.bincount(found, weights).tolist()


def test_points_adjoin_when_no_third_lies_in_the_circle_between_them() -> None:
    #  c
    #  a  b     a-b and a-c adjoin; b-c does not when d lies between
    #    d
    points = np.array([[0, 0], [10, 0], [0, 10], [5.0, 5.0]])
    beside = adjoining(points)
    slow = np.zeros((4, 4), bool)
    for i, j in product(range(4), range(4)):
        middle, reach = (points[i] + points[j]) / 2, np.linalg.norm(points[i] - points[j]) / 2
        inside = [
            k
            for k in range(4)
            if k not in (i, j) and np.linalg.norm(points[k] - middle) < reach - 1e-9
        ]
        slow[i, j] = i != j and not inside
    assert np.array_equal(beside, slow)
    assert not beside[1, 2] and beside[1, 3] and beside[2, 3]


def test_two_practices_in_one_building_adjoin() -> None:
    beside = adjoining(np.array([[0.0, 0.0], [0.0, 0.0], [50.0, 0.0]]))
    assert beside[0, 1] and beside[1, 0]
    assert in_one_piece([0, 1, 2], beside)


def test_pieces_are_seen() -> None:
    beside = adjoining(GRID)
    assert in_one_piece([0, 1, 2], beside)
    assert not in_one_piece([0, 2], beside)
    assert not in_one_piece([], beside)


def test_groups_are_in_one_piece_within_bounds_and_numbered_from_the_north() -> None:
    weights = [10.0 + (i % 3) for i in range(36)]
    found = group(GRID, weights, ["ward"] * 36, Wanted(groups=4, low=80, high=120))
    beside = adjoining(GRID)
    assert all(in_one_piece(np.flatnonzero(np.array(found) == g), beside) for g in range(4))
    assert all(80 <= load <= 120 for load in _loads(found, weights))
    north = [GRID[np.array(found) == g][:, 1].mean() for g in range(4)]
    assert north == sorted(north, reverse=True)


def test_wards_that_are_as_large_as_groups_stay_whole() -> None:
    strip = np.array([[x * 100.0, y * 100.0] for y in range(3) for x in range(12)])
    wards = [f"{int(x) // 400}" for x, _ in strip]  # three wards of 4 x 3, side by side
    found = group(
        strip, [1.0 + (i % 2) * 0.1 for i in range(36)], wards, Wanted(groups=3, low=11, high=14)
    )
    assert len(set(zip(found, wards, strict=True))) == 3


def test_a_practice_without_a_list_goes_with_its_neighbours() -> None:
    weights = [0.0 if i == 7 else 1.0 for i in range(36)]
    found = group(GRID, weights, ["n"] * 36, Wanted(groups=2, low=15, high=20))
    assert found[7] in {found[1], found[6], found[8], found[13]}


def test_the_same_places_give_the_same_groups() -> None:
    weights = [5.0 + (i * 7) % 11 for i in range(36)]
    wanted = Wanted(groups=5, low=40, high=90)
    names = [str(i // 9) for i in range(36)]
    assert group(GRID, weights, names, wanted) == group(GRID, weights, names, wanted)


def test_more_groups_than_points_is_refused() -> None:
    with pytest.raises(ValueError, match="3 groups of 2 points"):
        group(GRID[:2], [1, 1], ["a", "b"], Wanted(groups=3, low=0, high=9))
