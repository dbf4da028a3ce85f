"""Making teams of practices, or neighbourhoods of areas, where none is published: the rule, without
chance.

In: points with a weight (people) and a name they should stay together by (a ward, a network). Out:
a group for each. The rule, which is ours:

1. Two points adjoin when no third lies in the circle on the line between them (Gabriel & Sokal 1969, Systematic
   Zoology 18:259); this joins all points into one network and needs no boundaries.
2. The points are halved again and again across their longest direction, by weight, until there are as many parts as
   groups wanted: groups of nearly equal weight.
3. Then, for a set number of rounds, the one point moves to an adjoining group that makes the cost least, even if that
   is more than before, among the moves after which every group is still in one piece; a point may not go back for
   some rounds unless that beats everything so far (tabu search: Glover 1989, ORSA Journal on Computing 1:190). The
   cheapest grouping met is the answer. The cost is the weighted mean square distance to the group's centre, plus a
   price for each further group that a ward or network is spread over, plus a price for weight outside the bounds and
   for unequal weight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

ROUNDS = 300
REST = 20  # rounds before a point may go back to a group it left


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """How many groups, how heavy, and what things cost in comparison with the mean square distance
    (cost 1)."""

    groups: int
    low: float
    high: float
    split: float = 0.05  # for each further group a ward or network is spread over
    uneven: float = 0.5  # for the mean square of a group's relative distance from the mean weight
    outside: float = 2000.0  # for the mean square of a group's relative distance beyond the bounds


def group(
    points: np.ndarray, weights: Sequence[float], together: Sequence[str], wanted: Wanted
) -> list[int]:
    """A group, 0 to groups - 1, for each point, numbered from north to south by their centres."""
    points, weight = np.asarray(points, float), np.asarray(weights, float)
    if wanted.groups > len(points):
        raise ValueError(f"{wanted.groups} groups of {len(points)} points")
    names = {name: i for i, name in enumerate(dict.fromkeys(together))}
    search = _Search(points, weight, np.array([names[t] for t in together]), wanted)
    search.connect()
    return _north_first(points, weight, search.best())


def adjoining(points: np.ndarray) -> np.ndarray:
    """The Gabriel graph: which points adjoin. Points in the same spot always do."""
    apart = ((points[:, None] - points[None, :]) ** 2).sum(axis=2)
    beside = np.ones_like(apart, dtype=bool)
    for k in range(len(points)):
        through = apart[:, k, None] + apart[None, k, :] < apart * (1 - 1e-12)
        through[k, :] = through[:, k] = False
        beside &= ~through
    np.fill_diagonal(beside, False)
    return beside


def in_one_piece(members: Sequence[int] | np.ndarray, beside: np.ndarray) -> bool:
    """Whether one can walk from any of these points to any other through adjoining ones of them."""
    left = {int(m) for m in members}
    if not left:
        return False
    walk = [left.pop()]
    while walk:
        step = [j for j in np.flatnonzero(beside[walk.pop()]).tolist() if j in left]
        left.difference_update(step)
        walk.extend(step)
    return not left


class _Search:
    """The grouping so far and what it costs."""

    def __init__(self, points: np.ndarray, weight: np.ndarray, name: np.ndarray, wanted: Wanted):
        self.points, self.weight, self.name, self.wanted = points, weight, name, wanted
        self.beside = adjoining(points)
        self.member = np.zeros(len(points), int)
        _halve(points, weight, np.arange(len(points)), 0, wanted.groups, self.member)
        self.mean = weight.sum() / wanted.groups
        self.spread = (
            ((points - np.average(points, axis=0, weights=weight)) ** 2).sum(axis=1)
            @ weight
            / wanted.groups
        )

    def cost(self, member: np.ndarray) -> float:
        groups = self.wanted.groups
        load = np.bincount(member, self.weight, groups)
        sums = np.column_stack(
            [np.bincount(member, self.weight * axis, groups) for axis in self.points.T]
        )
        centre = sums / np.maximum(load, 1e-9)[:, None]
        distance = ((self.points - centre[member]) ** 2).sum(axis=1) @ self.weight / self.spread
        pairs = len(np.unique(self.name * groups + member)) - (self.name.max() + 1)
        beyond = np.maximum(0, self.wanted.low - load) + np.maximum(0, load - self.wanted.high)
        return float(
            distance
            + self.wanted.split * pairs
            + self.wanted.uneven * np.mean((load / self.mean - 1) ** 2)
            + self.wanted.outside * np.mean((beyond / self.mean) ** 2)
        )

    def connect(self) -> None:
        """Give every piece of a group but its heaviest to the adjoining group of the least
        weight."""
        for _ in range(len(self.points)):
            stray = self._stray_piece()
            if stray is None:
                return
            load = np.bincount(self.member, self.weight, self.wanted.groups)
            here = self.member[stray[0]]
            near = np.unique(self.member[self.beside[stray].any(axis=0)])
            self.member[stray] = min(
                (g for g in near.tolist() if g != here), key=lambda g: (load[g], g)
            )

    def best(self) -> np.ndarray:
        """The cheapest grouping met in all rounds."""
        best, cheapest = self.member.copy(), self.cost(self.member)
        back_in: dict[tuple[int, int], int] = {}
        for at in range(ROUNDS):
            for cost, point, to in sorted(self._moves()):
                beats_all = cost < cheapest - 1e-9
                if (back_in.get((point, to), 0) > at and not beats_all) or not self._allowed(
                    point, to
                ):
                    continue
                back_in[point, int(self.member[point])] = at + REST
                self.member[point] = to
                if beats_all:
                    best, cheapest = self.member.copy(), cost
                break
            else:
                return best
        return best

    def _moves(self) -> list[tuple[float, int, int]]:
        """Every move of a point to an adjoining group with the cost after it, rounded so that ties
        are ties."""
        moves = []
        for point, here in enumerate(self.member.tolist()):
            for to in np.unique(self.member[self.beside[point]]).tolist():
                if to != here:
                    self.member[point] = to
                    moves.append((round(self.cost(self.member), 9), point, to))
            self.member[point] = here
        return moves

    def _allowed(self, point: int, to: int) -> bool:
        """Whether the group left stays in one piece; the one entered does, because the point
        adjoins it."""
        left = np.flatnonzero(self.member == self.member[point])
        return in_one_piece(left[left != point], self.beside)

    def _stray_piece(self) -> np.ndarray | None:
        for g in range(self.wanted.groups):
            pieces = _pieces(np.flatnonzero(self.member == g), self.beside)
            if len(pieces) > 1:
                return min(pieces, key=lambda p: (self.weight[p].sum(), p[0]))
        return None


def _pieces(members: np.ndarray, beside: np.ndarray) -> list[np.ndarray]:
    left, pieces = members.tolist(), []
    while left:
        piece, walk = {left[0]}, [left[0]]
        while walk:
            step = [
                j
                for j in np.flatnonzero(beside[walk.pop()]).tolist()
                if j in left and j not in piece
            ]
            piece.update(step)
            walk.extend(step)
        pieces.append(np.array(sorted(piece)))
        left = [m for m in left if m not in piece]
    return pieces


def _halve(
    points: np.ndarray,
    weight: np.ndarray,
    part: np.ndarray,
    first: int,
    groups: int,
    member: np.ndarray,
) -> None:
    """Number the part's points `first` to `first + groups - 1` by halving it along its longest
    direction."""
    if groups == 1:
        member[part] = first
        return
    here = points[part] - points[part].mean(axis=0)
    direction = np.linalg.eigh(here.T @ here)[1][:, -1]
    along = here @ (direction * (1 if direction[np.argmax(abs(direction))] > 0 else -1))
    order = part[np.lexsort((part, along))]
    left_groups = groups // 2
    share = np.cumsum(weight[order]) / weight[part].sum()
    cut = int(np.searchsorted(share, left_groups / groups)) + 1
    cut = min(
        max(cut, left_groups), len(part) - (groups - left_groups)
    )  # no group may be left without a point
    _halve(points, weight, order[:cut], first, left_groups, member)
    _halve(points, weight, order[cut:], first + left_groups, groups - left_groups, member)


def _north_first(points: np.ndarray, weight: np.ndarray, member: np.ndarray) -> list[int]:
    groups = np.unique(member)
    centre = {
        int(g): np.average(points[member == g], axis=0, weights=weight[member == g] + 1e-9)
        for g in groups
    }
    order = sorted(centre, key=lambda g: (-centre[g][1], centre[g][0]))
    number = {g: n for n, g in enumerate(order)}
    return [number[int(m)] for m in member]
