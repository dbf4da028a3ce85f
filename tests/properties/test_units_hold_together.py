"""Small areas or practices, and every list of larger units made of them: nobody with linear algebra
finds a hidden count."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from oneplace.safety.disclose import PROFILES
from oneplace.safety.units import Units, protect_units

INSIDE, LEAVING = PROFILES["internal-planning"], PROFILES["hes"]
counts_of_places = st.lists(
    st.one_of(st.integers(0, 9), st.integers(0, 60)), min_size=2, max_size=14
)


@st.composite
def places(draw: st.DrawFn) -> tuple[list[int], list[list[int]]]:
    """Counts of small units, and two or three ways in which they are joined, across each other."""
    counts = draw(counts_of_places)
    ways = draw(st.integers(2, 3))
    label = st.integers(0, 3)
    return counts, [
        draw(st.lists(label, min_size=len(counts), max_size=len(counts))) for _ in range(ways)
    ]


def lists_shown(units: Units, joined: list[list[int]]) -> list[tuple[list[int], int | None, int]]:
    """Every row of every list: its members, its count as shown, and how far the page says it may be
    off."""
    rows: list[tuple[list[int], int | None, int]] = [([i], c, 0) for i, c in enumerate(units.cells)]
    for labels in joined:
        for label in sorted(set(labels)):
            members = [i for i, x in enumerate(labels) if x == label]
            rows.append((members, units.of(members), units.off_by(members)))
    rows.append((list(range(len(units.cells))), units.total, 0))
    return rows


def bounds_an_attacker_finds(
    units: Units,
    counts: list[int],
    joined: list[list[int]],
    low: list[float],
    high: list[float | None],
) -> list[tuple[float, float]]:
    """The least and the most that each hidden count can be, from every row of every list at once.

    The attacker is told more than a page tells: which rows are exact, and the true total.
    """
    slack = 0.0 if units.profile.nearest is None else units.profile.nearest / 2
    above, most = [], []
    for members, shown, off in lists_shown(units, joined):
        if shown is None:
            continue
        row = np.zeros(len(counts))
        row[members] = 1
        above += [row, -row]
        most += [shown + slack + off, -(shown - slack - off)]
    whole = np.ones((1, len(counts)))
    box = list(zip(low, high, strict=True))
    found = []
    for i, cell in enumerate(units.cells):
        if cell is not None:
            continue
        aim = np.zeros(len(counts))
        aim[i] = 1
        ends = []
        for sign in (1, -1):
            a = linprog(
                sign * aim,
                A_ub=np.array(above) if above else None,
                b_ub=most or None,
                A_eq=whole,
                b_eq=[sum(counts)],
                bounds=box,
            )
            assert a.status == 0, a.message
            ends.append(sign * a.fun)
        found.append((ends[0], ends[1]))
    return found


@settings(max_examples=120, deadline=None)
@given(places(), st.sampled_from([INSIDE, LEAVING]))
def test_no_small_count_is_known_more_closely_than_the_profile_says(place, rule) -> None:
    counts, joined = place
    units = protect_units(counts, rule, joined=joined)
    assert all(
        c is None
        for c, true in zip(units.cells, counts, strict=True)
        if rule.least <= true <= rule.most
    )
    if units.nothing:
        assert all(shown is None for _, shown, _ in lists_shown(units, joined)[:-1])
        return
    extra = {m for g in units.groups for m in g.more}
    low: list[float] = []
    high: list[float | None] = []
    for i, cell in enumerate(units.cells):
        hidden = cell is None
        # Shown counts of a rounding profile are taken as known exactly, which only helps the
        # attacker.
        low.append(rule.most + 1 if i in extra else rule.least if hidden else counts[i])
        high.append(None if i in extra else rule.most if hidden else counts[i])
    hidden_ones = [i for i, c in enumerate(units.cells) if c is None]
    found = bounds_an_attacker_finds(units, counts, joined, low, high)
    for i, (least, most) in zip(hidden_ones, found, strict=True):
        if i not in extra:
            assert least <= rule.least + 1e-6 and most >= rule.most - 1e-6, (
                counts,
                joined,
                units.cells,
                i,
                least,
                most,
            )


@settings(max_examples=150, deadline=None)
@given(places(), st.data())
def test_larger_units_follow_from_what_is_shown_and_from_sums_of_groups_alone(place, data) -> None:
    """Move counts about within a group: no list changes."""
    counts, joined = place
    units = protect_units(counts, INSIDE, joined=joined)
    other = np.array(counts)
    for g in units.groups:
        free = [m for m in g.members if m not in g.more]
        if len(free) < 2:
            continue
        a, b = data.draw(st.permutations(free))[:2]
        room = min(INSIDE.most - int(other[a]), int(other[b]) - INSIDE.least)
        step = data.draw(st.integers(0, max(room, 0)))
        other[a] += step
        other[b] -= step
    sums = [int(other[list(g.members)].sum()) for g in units.groups]
    assert sums == [g.total for g in units.groups]
    seen = Units(
        units.profile,
        units.cells,
        units.groups,
        units.nothing,
        units.total,
        np.where(units._hidden, 0, other),
        units._hidden,
    )
    assert lists_shown(seen, joined) == lists_shown(units, joined)


@settings(max_examples=200, deadline=None)
@given(places(), st.sampled_from([INSIDE, LEAVING]))
def test_what_is_shown_of_a_larger_unit_is_true_as_far_as_it_says(place, rule) -> None:
    counts, joined = place
    units = protect_units(counts, rule, joined=joined)
    for members, shown, off in lists_shown(units, joined):
        if shown is not None:
            true = sum(counts[i] for i in members)
            assert abs(shown - true) <= off + (0 if rule.nearest is None else rule.nearest // 2 + 1)


@settings(max_examples=200, deadline=None)
@given(places())
def test_shares_protect_those_who_were_not_counted_too(place) -> None:
    of, joined = place
    rng = np.random.default_rng(sum(of))
    counts = [int(rng.integers(0, n + 1)) for n in of]
    units = protect_units(counts, INSIDE, joined=joined, of=of)
    for cell, x, n in zip(units.cells, counts, of, strict=True):
        if cell is not None:
            assert cell == x and not 1 <= x <= 4 and not 1 <= n - x <= 4
    for g in units.groups:
        extra = set(g.more)
        assert all(
            lo <= counts[m] <= hi for m, lo, hi in zip(g.members, g.low, g.high, strict=True)
        )
        for m, lo, hi in zip(g.members, g.low, g.high, strict=True):
            if m not in extra:
                assert hi > lo
                others = [
                    (a, b) for k, a, b in zip(g.members, g.low, g.high, strict=True) if k != m
                ]
                assert max(lo, g.total - sum(b for _, b in others)) == lo
                assert min(hi, g.total - sum(a for a, _ in others)) == hi


@settings(max_examples=150, deadline=None)
@given(places())
def test_a_reader_of_both_rules_learns_no_more_than_the_laxer_tells(place) -> None:
    """What leaves the place is worked out from what is shown inside it, and from the sums of the
    same groups."""
    counts, joined = place
    inside = protect_units(counts, INSIDE, joined=joined)
    leaving = protect_units(counts, LEAVING, joined=joined, within=inside)
    for a, b in zip(inside.cells, leaving.cells, strict=True):
        assert a is not None or b is None
    if leaving.nothing:
        return
    for g in inside.groups:
        holders = [h for h in leaving.groups if set(h.members) & set(g.members)]
        assert len(holders) == 1 and set(g.members) <= set(holders[0].members)
    for h in leaving.groups:
        assert all(counts[m] >= lo for m, lo in zip(h.members, h.low, strict=True))


# rule | counts | first joining | what is shown of the small units | of the larger ones | of the
# whole
DRAWN = """
internal-planning | 3 20 30    | a a b     | *  *  30      | a 23 b 30     | 53
internal-planning | 2 3 1 40   | a a a b   | *  *  *  40   | a 6  b 40     | 46
internal-planning | 9 20 30    | a a b     | 9  20 30      | a 29 b 30     | 59
internal-planning | 2 40 3 50 2 60 3 70 | a a b b c c d d | * 40 * 50 * 60 * 70 | a 42 b 52 c 62 d 72 | 230
hes               | 9 20 33    | a a b     | 10 20 35      | a 30 b 35     | 60
opensafely        | 3 21 32    | a a b     | *  20 30      | a 20 b 30     | 50
internal-planning | 1 0 0      | a b b     | *  *  *       | a *  b *      | *
none              | 1 0 2      | a b b     | 1  0  2       | a 1  b 2      | 3
"""


@pytest.mark.parametrize("line", DRAWN.strip().splitlines())
def test_drawn(line: str) -> None:
    name, counts, labels, cells, larger, whole = (p.strip() for p in line.split("|"))
    joined = labels.split()
    units = protect_units([int(n) for n in counts.split()], PROFILES[name], joined=[joined])

    def said(v: int | None) -> str:
        return "*" if v is None else str(v)

    assert [said(c) for c in units.cells] == cells.split()
    of = {x: units.of([i for i, y in enumerate(joined) if y == x]) for x in dict.fromkeys(joined)}
    assert " ".join(f"{k} {said(v)}" for k, v in of.items()).split() == larger.split()
    assert said(units.total) == whole


def test_wrong_counts_are_refused() -> None:
    with pytest.raises(ValueError):
        protect_units([-1, 2], INSIDE)
    with pytest.raises(ValueError):
        protect_units([9, 2], INSIDE, of=[5, 9])
