"""Counts of small units, and of everything made of them, shown so that no list gives away what
another hides.

In: the true counts of the smallest units (areas, practices) of one measure and period, how units
are joined into larger ones, and a profile. Out: the smallest units as they may be shown, and the
count of any union of them. A larger unit is worked out from two things alone: the small units that
are shown, and the sums of groups of hidden ones. So nobody who subtracts list from list learns more
than those sums, and a group is only made where its sum leaves each of its counts everywhere that
the profile says it may be.

Hidden counts are grouped where they lie in the same larger units, so that those stay exact; what is
left over is grouped across them and shared out by size (`share_of`), and `off_by` says how far that
may be from the truth. Where too few are hidden to protect each other, the smallest of the others
are hidden with them (complementary suppression; Hundepool and others 2012, Statistical Disclosure
Control, section 4.3). The guard is against arithmetic on what is shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from oneplace.safety.disclose import Profile

Labels = Sequence[Hashable]
_Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Bounded:
    """Hidden units of which only the sum is used. `low` and `high` bound what a reader may know of
    each."""

    members: tuple[int, ...]
    total: int
    share_of: tuple[float, ...]
    low: tuple[int, ...]
    high: tuple[int, ...]
    more: tuple[int, ...] = ()
    """those of the members that are hidden only to protect the others"""


@dataclass(frozen=True)
class Units:
    """One protected set of counts. `cells` are the smallest units as shown; None is a count that is
    not."""

    profile: Profile
    cells: tuple[int | None, ...]
    groups: tuple[Bounded, ...]
    nothing: bool
    """there are too few in the whole place to show anything of its parts"""
    total: int | None
    _seen: _Ints = field(repr=False)
    _hidden: npt.NDArray[np.bool_] = field(repr=False)

    def of(self, members: Sequence[int]) -> int | None:
        """The count of a union of units as it may be shown."""
        if self.nothing or not len(members):
            return None if self.nothing else 0
        inside = np.asarray(members)
        if not self._hidden[inside].any():
            exact = int(self._seen[inside].sum())
            return self._said(exact)
        if self.profile.totals_from_rounded:
            shown = [c for i in inside.tolist() if (c := self.cells[i]) is not None]
            return sum(shown) if shown else None
        known, guessed = self._parts(set(inside.tolist()))
        value = known + guessed
        if guessed > known or round(value) <= (self.profile.most or 0):
            return None
        return self._said(round(value))

    def off_by(self, members: Sequence[int]) -> int:
        """How far the count of a union may be from the truth, before rounding: nought where its
        groups lie within it."""
        inside, off = set(members), 0.0
        for g in self.groups:
            here = [j for j, m in enumerate(g.members) if m in inside]
            if 0 < len(here) < len(g.members):
                said = g.total * sum(g.share_of[j] for j in here)
                least = sum(g.low[j] for j in here)
                most = min(sum(g.high[j] for j in here), g.total - sum(g.low) + least)
                off += max(said - least, most - said)
        return int(np.ceil(off))

    def _parts(self, inside: set[int]) -> tuple[float, float]:
        """What is known of a union, whole groups included, and what is a share of groups that reach
        beyond it."""
        shown = [i for i in inside if not self._hidden[i]]
        known, guessed = float(self._seen[shown].sum()) if shown else 0.0, 0.0
        for g in self.groups:
            here = [j for j, m in enumerate(g.members) if m in inside]
            if len(here) == len(g.members):
                known += g.total
            elif here:
                guessed += g.total * sum(g.share_of[j] for j in here)
        return known, guessed

    def _said(self, count: int) -> int | None:
        rule = self.profile
        if rule.least is not None and rule.most is not None and rule.least <= count <= rule.most:
            return None
        return (
            count
            if rule.nearest is None
            else (count + rule.nearest // 2) // rule.nearest * rule.nearest
        )


def protect_units(
    counts: Sequence[int] | _Ints,
    rule: Profile,
    *,
    joined: Sequence[Labels] = (),
    of: Sequence[int] | _Ints | None = None,
    sizes: Sequence[float] | npt.NDArray[np.float64] | None = None,
    within: Units | None = None,
) -> Units:
    """`joined` labels each unit by the larger one it lies in, a sequence for each way of joining,
    the most important first. `of` are the people of whom the counts are a part: then the others are
    protected, too. `sizes` share out what is grouped across larger units (default: alike). `within`
    is the same set under a laxer rule for readers who see both: what it hides stays hidden, and its
    groups stay whole, so that the two together say no more than the laxer one."""
    exact = np.asarray(counts, dtype=np.int64)
    if exact.ndim != 1 or (exact.size and exact.min() < 0):
        raise ValueError("counts of units are one list of whole numbers from nought")
    low, high, hidden = _ranges(exact, rule, None if of is None else np.asarray(of, dtype=np.int64))
    weights = (
        np.ones(exact.size) if sizes is None else np.maximum(np.asarray(sizes, dtype=float), 1e-9)
    )
    of_all, kept = int(exact.sum()), list(within.groups) if within is not None else []
    for g in kept:
        for m, least, most in zip(g.members, g.low, g.high, strict=True):
            if not hidden[m]:
                low[m], high[m], hidden[m] = least, most, True
    more = {m for g in kept for m in g.more if high[m] >= of_all}
    groups, nothing = _Grouping(exact, hidden, low, high, weights, rule, joined, more).made(
        [g.members for g in kept]
    )
    if nothing or (within is not None and within.nothing):
        groups, nothing, hidden = [], True, np.ones(exact.size, dtype=bool)
    unit = Units(rule, (), tuple(groups), nothing, None, np.where(hidden, 0, exact), hidden)
    cells = tuple(None if h else unit._said(int(v)) for v, h in zip(exact, hidden, strict=True))
    total = unit._said(of_all)
    if rule.totals_from_rounded:
        total = None if all(c is None for c in cells) else sum(c for c in cells if c is not None)
    return Units(rule, cells, unit.groups, nothing, total, unit._seen, hidden)


def _ranges(
    exact: _Ints, rule: Profile, of: _Ints | None
) -> tuple[_Ints, _Ints, npt.NDArray[np.bool_]]:
    """Which counts are too small to show, and what a reader may know of each of those."""
    n = exact.size
    low, high, hidden = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, dtype=bool)
    if rule.least is None or rule.most is None:
        return low, high, hidden
    small = (exact >= rule.least) & (exact <= rule.most)
    low[small], high[small], hidden[small] = rule.least, rule.most, True
    if of is None:
        return low, high, hidden
    if (exact > of).any():
        raise ValueError("more were counted than there are")
    rest = of - exact
    many = (rest >= 1) & (rest <= rule.most) & ~small
    low[many], high[many], hidden[many] = of[many] - rule.most, of[many] - 1, True
    # Of few people a small count and a small rest look alike; of very few nothing is said.
    few = hidden & (of <= 2 * rule.most)
    low[few], high[few] = min(rule.least, 1), np.maximum(of[few] - 1, 1)
    none = (of >= 1) & (of <= rule.most)
    low[none], high[none], hidden[none] = 0, of[none], True
    return low, high, hidden


@dataclass
class _Grouping:
    """Groups of hidden counts, from the finest joint place to the whole."""

    exact: _Ints
    hidden: npt.NDArray[np.bool_]
    low: _Ints
    high: _Ints
    weights: npt.NDArray[np.float64]
    rule: Profile
    joined: Sequence[Labels]
    more: set[int]

    def made(self, whole: Sequence[tuple[int, ...]]) -> tuple[list[Bounded], bool]:
        """The groups; True where even all the place cannot protect them. Units of `whole` stay
        together."""
        together = {m for members in whole for m in members}
        left = {*whole, *((i,) for i in np.flatnonzero(self.hidden).tolist() if i not in together)}
        made: list[Bounded] = []
        if not left or self.rule.totals_from_rounded:
            return [], False
        for depth in range(len(self.joined), 0, -1):
            for sets in self._classes(left, self.joined[:depth]):
                g = self._group([m for one in sets for m in one])
                if len(g.members) > 1 and safe(g):
                    made.append(g)
                    left -= set(sets)
        if not left:
            return made, False
        rest = [m for one in left for m in one]
        others = [
            i
            for i in np.argsort(self.exact, kind="stable").tolist()
            if not self.hidden[i] and self.exact[i] > 0
        ]
        for k in range(len(others) + 1):
            g = self._group([*rest, *others[:k]], {*others[:k]})
            if len(g.members) > 1 and safe(g):
                self.hidden[others[:k]] = True
                return [*made, g], False
        return [], True

    @staticmethod
    def _classes(
        left: set[tuple[int, ...]], joined: Sequence[Labels]
    ) -> list[list[tuple[int, ...]]]:
        """What is left, by the joint place that all of it lies in."""
        classes: dict[Hashable, list[tuple[int, ...]]] = defaultdict(list)
        for one in sorted(left):
            places = {tuple(labels[m] for labels in joined) for m in one}
            if len(places) == 1:
                classes[places.pop()].append(one)
        return list(classes.values())

    def _group(self, members: Iterable[int], extra: Iterable[int] = ()) -> Bounded:
        m, more = sorted(members), self.more | set(extra)
        w = self.weights[m] / self.weights[m].sum()
        all_there_are = int(self.exact.sum())
        return Bounded(
            tuple(m),
            int(self.exact[m].sum()),
            tuple(w.tolist()),
            tuple((self.rule.most or 0) + 1 if i in extra else int(self.low[i]) for i in m),
            tuple(all_there_are if i in extra else int(self.high[i]) for i in m),
            tuple(i for i in m if i in more),
        )


def safe(g: Bounded) -> bool:
    """Whether the sum leaves each small count anywhere between the bounds that a reader knows
    anyhow."""
    least, most, extra = sum(g.low), sum(g.high), set(g.more)
    for m, low, high in zip(g.members, g.low, g.high, strict=True):
        if m not in extra and (g.total - high < least - low or g.total - low > most - high):
            return False
    return True
