"""Which cells of a table must be hidden so that no small count can be worked out from what is left.

Comes in: a table with its totals as its last row and column, and the cells that are too small to
show. Goes out: those and the further cells that protect them. A hidden cell is exposed when simple
subtraction gives it, when the hidden cells of a line add up to a number that leaves a small one
less room than from 1 to the largest small count, or when no other whole numbers would fit. The last
is decided exactly: hidden cells are edges between rows and columns, and a cell can be one more or
one less only if the others can make up for it along a cycle (the network form of cell suppression;
Fischetti and Salazar 2000, Management Science 47(7), section 2).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Cell = tuple[int, int]


def protect(table: Counts, small: Mask, *, most: int, two_way: bool) -> Mask:
    """The cells to hide. `table` ends in its totals (last column, and last row when `two_way`);
    `most` is the largest count that is small. Non-zero cells of the same line are hidden first, the
    smallest and those that already cross a hidden line before others; then the line's total; a zero
    only when nothing else is left."""
    hidden = small.copy()
    while True:
        line = next(_exposed_lines(table, hidden, most, two_way), None) or next(
            _exposed_cells(table, hidden, small, two_way), None
        )
        if line is None:
            return hidden
        hidden[_next_to_hide(table, hidden, line)] = True


def _lines(table: Counts, two_way: bool) -> Iterator[list[Cell]]:
    """Each row, and in a two-way table each column: the cells that add up, the total last."""
    rows, columns = table.shape
    for i in range(rows):
        yield [(i, j) for j in range(columns)]
    if two_way:
        for j in range(columns):
            yield [(i, j) for i in range(rows)]


def _exposed_lines(table: Counts, hidden: Mask, most: int, two_way: bool) -> Iterator[list[Cell]]:
    """Lines where subtraction gives one hidden cell, or a sum of hidden cells that is itself
    small."""
    for line in _lines(table, two_way):
        inside = [c for c in line[:-1] if hidden[c]]
        total_hidden = bool(hidden[line[-1]])
        if len(inside) + total_hidden == 0:
            continue
        single = len(inside) + total_hidden == 1
        small_sum = not total_hidden and sum(int(table[c]) for c in inside) <= most
        told = not total_hidden and _tells(sorted(int(table[c]) for c in inside), most)
        if (single or small_sum or told) and not all(hidden[c] for c in line):
            yield line


def _tells(counts: list[int], most: int) -> bool:
    """Whether the sum of hidden counts, which subtraction gives, leaves less than 1 to `most` for
    one of the small ones.

    A count hidden only to protect others is at least one more than `most`: so it is known to be,
    and no more."""
    small, more = [n for n in counts if n <= most], [n for n in counts if n > most]
    if not small:
        return False
    low = sum(counts) - (len(small) - 1) - len(more) * (most + 1)
    return low < most or (not more and sum(counts) - (len(small) - 1) * most > 1)


def _exposed_cells(table: Counts, hidden: Mask, small: Mask, two_way: bool) -> Iterator[list[Cell]]:
    """Lines through a small cell that no other whole numbers would fit, if they still show
    something."""
    forward, backward = _residual(table, hidden, two_way)
    for i, j in zip(*np.nonzero(small & hidden), strict=True):
        cell = (int(i), int(j))
        if not _free(cell, forward, backward, two_way):
            for line in _lines(table, two_way):
                if cell in line and not all(hidden[c] for c in line):
                    yield line


Edges = dict[int, set[Cell]]


def _residual(table: Counts, hidden: Mask, two_way: bool) -> tuple[Edges, Edges]:
    """By row, the hidden cells that could be more; by column, those that could be less (seen with
    the totals' sign).

    A hidden cell is known to be at least 1 because zeros are shown. In a one-way table all columns
    are one node.
    """
    rows, columns = table.shape
    more: Edges = {}
    less: Edges = {}
    for i, j in zip(*np.nonzero(hidden), strict=True):
        cell = (int(i), int(j))
        plus = (two_way and cell[0] == rows - 1) == (cell[1] == columns - 1)
        reducible = int(table[cell]) >= 2
        if plus or reducible:
            more.setdefault(cell[0], set()).add(cell)
        if not plus or reducible:
            less.setdefault(cell[1] if two_way else 0, set()).add(cell)
    return more, less


def _free(cell: Cell, more: Edges, less: Edges, two_way: bool) -> bool:
    """Whether the cell could be one more or one less with the rest making up for it."""
    row, column = cell[0], cell[1] if two_way else 0
    return (
        cell in more.get(row, ())
        and _path(("column", column), ("row", row), cell, more, less, two_way)
    ) or (
        cell in less.get(column, ())
        and _path(("row", row), ("column", column), cell, more, less, two_way)
    )


def _path(
    start: tuple[str, int],
    goal: tuple[str, int],
    without: Cell,
    more: Edges,
    less: Edges,
    two_way: bool,
) -> bool:
    seen, waiting = {start}, [start]
    while waiting:
        side, number = waiting.pop()
        if (side, number) == goal:
            return True
        for i, j in (more if side == "row" else less).get(number, ()):
            then = ("column", j if two_way else 0) if side == "row" else ("row", i)
            if (i, j) != without and then not in seen:
                seen.add(then)
                waiting.append(then)
    return False


def _next_to_hide(table: Counts, hidden: Mask, line: list[Cell]) -> Cell:
    shown = [c for c in line if not hidden[c]]
    inside = [c for c in shown if c != line[-1] and table[c] > 0]
    if inside:
        down = len({j for _, j in line}) == 1
        crossed: list[bool] = (
            (hidden.sum(axis=1) if down else hidden.sum(axis=0)).astype(bool).tolist()
        )
        return min(inside, key=lambda c: (not crossed[c[0] if down else c[1]], int(table[c]), c))
    return next((c for c in shown if c == line[-1]), shown[0])
