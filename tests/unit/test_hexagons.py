"""Hexagon maps: cells, walks between them, and layouts small enough to see."""

from __future__ import annotations

import numpy as np
import pytest

from oneplace.place.geography import metres
from oneplace.place.hexagons import centres, lay_out, neighbours_kept, steps_between


def test_all_six_cells_around_a_cell_are_one_step_away_in_even_and_odd_rows() -> None:
    columns, rows = (g.ravel() for g in np.meshgrid(np.arange(7), np.arange(7)))
    apart = np.linalg.norm(
        centres(columns, rows)[:, None] - centres(columns, rows)[None, :], axis=2
    )
    steps = steps_between(columns, rows)
    touching = np.isclose(apart, 3**0.5)  # cells whose corners lie 1 from the centre
    assert np.array_equal(steps == 1, touching)
    assert set(touching[(columns > 0) & (columns < 6) & (rows > 0) & (rows < 6)].sum(axis=1)) == {6}


def test_steps_are_a_distance() -> None:
    columns, rows = (g.ravel() for g in np.meshgrid(np.arange(5), np.arange(6)))
    steps = steps_between(columns, rows)
    assert (steps == steps.T).all() and not steps.diagonal().any()
    assert (steps[:, :, None] + steps[None, :, :] >= steps[:, None, :]).all()


def test_north_stays_north_and_east_stays_east() -> None:
    points = np.array([[x * 1000.0, y * 1000.0] for y in range(3) for x in range(3)])
    cells = lay_out(points)
    rows, columns = np.array(cells.rows).reshape(3, 3), np.array(cells.columns).reshape(3, 3)
    assert (np.diff(rows.mean(axis=1)) < 0).all()  # points start in the south, rows in the north
    assert (np.diff(columns, axis=1) > 0).all()
    assert (
        cells.neighbours_kept >= 5 / 6
    )  # far corners of a square of nine are three cells apart at best


@pytest.mark.parametrize(
    "points",
    [
        [[0.0, 0.0]],
        [[0.0, 0.0], [0.0, 0.0]],
        [[float(i), 0.0] for i in range(40)],  # a street
        [[5.0, 5.0]] * 12,  # one house
    ],
)
def test_awkward_places_get_a_cell_for_each_area(points: list[list[float]]) -> None:
    cells = lay_out(np.array(points))
    assert len(set(zip(cells.columns, cells.rows, strict=True))) == len(points)
    assert min(cells.columns) == 0 and min(cells.rows) in (0, 1)


def test_a_place_without_areas_has_an_empty_map() -> None:
    assert lay_out(metres([], [])).columns == ()


def test_the_layout_is_the_best_there_is_for_its_cells() -> None:
    """No two areas could change cells and move less in all, whatever the size of a cell: squares
    cancel."""
    rng = np.random.Generator(np.random.Philox(7))
    points = rng.normal(size=(40, 2)) * 1000
    cells = lay_out(points)
    along = points @ centres(np.array(cells.columns), np.array(cells.rows)).T
    gained = along + along.T - along.diagonal()[:, None] - along.diagonal()[None, :]
    assert (gained <= 1e-6).all()


def test_neighbours_kept_counts_what_it_says() -> None:
    points = np.array([[0.0, 0], [1, 0], [100, 0]])
    assert neighbours_kept(points, np.array([0, 1, 2]), np.array([0, 0, 0])) == 1.0
    assert neighbours_kept(points, np.array([0, 9, 18]), np.array([0, 0, 0])) == 0.0
    assert neighbours_kept(points, np.array([0, 1, 9]), np.array([0, 0, 0])) == pytest.approx(2 / 6)
