"""A hexagon map: every small area one cell of the same size, near where it really lies.

In: where the areas' centroids lie, in metres. Out: a column and a row for each, rows counted from
the north, and how well neighbours stayed together. A map of equal cells shows people instead of
land: the dense middle of a city is not a few specks.

The rule. Cells are pointed at the top; odd rows are moved half a cell to the east. For each of
several cell sizes the areas are given to cells so that the sum of squared distances moved is least
(the assignment problem, solved exactly). The size is kept that leaves most of each area's six
nearest areas within two cells; ties go to the smaller sum of squared distances. No chance is
involved: the same centroids give the same map.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NEAREST = 6  # a cell has six neighbours
KEPT_WITHIN = 2  # cells
_CELL_AREAS = (
    0.3,
    0.4,
    0.5,
    0.6,
    0.7,
    0.8,
    0.9,
    1.0,
    1.25,
    1.5,
    2.0,
    2.5,
)  # tried, as a share of the bounding box for each area
_ROOT_3 = 3**0.5


@dataclass(frozen=True)
class HexLayout:
    """Cells in the order of the areas. `neighbours_kept` is the mean share of the nearest areas
    within two cells."""

    columns: tuple[int, ...]
    rows: tuple[int, ...]
    neighbours_kept: float


def lay_out(points: np.ndarray) -> HexLayout:
    """A cell for each point (metres east, metres north)."""
    if not len(points):
        return HexLayout((), (), 1.0)
    points = np.asarray(points, float)
    tried = [_assign(points, share) for share in _CELL_AREAS]
    best = max(tried, key=lambda t: (round(t[2], 9), -t[3]))
    columns, rows, kept, _ = best
    rows_from = int(rows.min())
    rows = rows - (
        rows_from - rows_from % 2
    )  # by an even number, so that the rows moved east stay the odd ones
    columns = columns - columns.min()
    return HexLayout(tuple(columns.tolist()), tuple(rows.tolist()), kept)


def centres(columns: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Centres of cells whose corners lie 1 from the centre: east, north."""
    return np.column_stack([_ROOT_3 * (columns + 0.5 * (rows & 1)), -1.5 * rows])


def steps_between(columns: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """How many cells one walks from each cell to each other."""
    east = columns - (rows - (rows & 1)) // 2
    de, dn = east[:, None] - east[None, :], rows[:, None] - rows[None, :]
    steps: np.ndarray = (abs(de) + abs(dn) + abs(de + dn)) // 2
    return steps


def neighbours_kept(points: np.ndarray, columns: np.ndarray, rows: np.ndarray) -> float:
    """Mean share of each point's six nearest points whose cell is at most two cells away."""
    count = len(points)
    if count < 2:
        return 1.0
    apart = ((points[:, None] - points[None, :]) ** 2).sum(axis=2)
    np.fill_diagonal(apart, np.inf)
    nearest = np.argsort(apart, axis=1, kind="stable")[:, : min(NEAREST, count - 1)]
    steps = steps_between(columns, rows)
    return float(np.mean(np.take_along_axis(steps, nearest, axis=1) <= KEPT_WITHIN))


def _assign(points: np.ndarray, share: float) -> tuple[np.ndarray, np.ndarray, float, float]:
    low, size = points.min(axis=0), np.maximum(np.ptp(points, axis=0), 1.0)
    if min(size) < max(size) / len(points):  # a street of areas: the box would have no height
        size = np.maximum(size, max(size) / len(points))
    corner = (share * size[0] * size[1] / len(points) / (1.5 * _ROOT_3)) ** 0.5
    wide, high = (int(e / corner / step) + 4 for e, step in zip(size, (_ROOT_3, 1.5), strict=True))
    while wide * high < 2 * len(points):
        wide, high = wide + 1, high + 1
    columns, rows = (g.ravel() for g in np.meshgrid(np.arange(wide), np.arange(high)))
    grid = centres(columns, rows) * corner
    grid += low + size / 2 - (grid.min(axis=0) + grid.max(axis=0)) / 2
    moved = ((points[:, None] - grid[None, :]) ** 2).sum(axis=2)
    from scipy.optimize import (
        linear_sum_assignment,
    )  # only here: a third of a second to load, and maps are kept

    area, cell = linear_sum_assignment(moved)
    columns, rows = columns[cell], rows[cell]
    return columns, rows, neighbours_kept(points, columns, rows), float(moved[area, cell].sum())
