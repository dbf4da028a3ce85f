"""Nobody with paper and patience works a small count out of what is shown."""

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from oneplace.safety.disclose import PROFILES, Disclosed, disclose

MOST = 4
small_or_not = st.one_of(st.integers(0, 6), st.integers(0, 40))
lists = st.lists(small_or_not, min_size=2, max_size=5)


@st.composite
def tables(draw, low=2, high=3):
    rows, columns = draw(st.integers(low, high)), draw(st.integers(low, high))
    return draw(
        st.lists(
            st.lists(small_or_not, min_size=columns, max_size=columns), min_size=rows, max_size=rows
        )
    )


def augmented(counts):
    t = np.atleast_2d(np.array(counts))
    t = np.hstack([t, t.sum(axis=1, keepdims=True)])
    return np.vstack([t, t.sum(axis=0, keepdims=True)]) if np.ndim(counts) == 2 else t


def shown(d: Disclosed):
    if d.column_totals:
        return [
            *([*c, t] for c, t in zip(d.cells, d.row_totals, strict=True)),
            [*d.column_totals, d.total],
        ]
    return [[*d.cells, d.total]]


def worlds(seen, truth, two_way):
    """Every table near the true one that gives the same page: hidden cells up to 3 away and at
    least 1."""
    rows, columns = len(seen) - two_way, len(seen[0]) - 1
    hidden = [(i, j) for i in range(rows) for j in range(columns) if seen[i][j] is None]
    base = np.array([[v or 0 for v in row[:columns]] for row in seen[:rows]])
    near = [range(max(1, truth[c] - 3), truth[c] + 4) for c in hidden]
    for values in product(*near):
        t = base.copy()
        for c, v in zip(hidden, values, strict=True):
            t[c] = v
        whole = augmented(t if two_way else t[0])
        if all(
            (s is None and whole[i][j] >= 1) or s == whole[i][j]
            for i, row in enumerate(seen)
            for j, s in enumerate(row)
        ):
            yield whole


def assert_no_small_count_is_certain(counts):
    truth, two_way = augmented(counts), np.ndim(counts) == 2
    seen = shown(disclose(counts, "internal-planning"))
    small = [(i, j) for i, row in enumerate(truth) for j, v in enumerate(row) if 1 <= v <= MOST]
    assert all(seen[i][j] is None for i, j in small)
    unsure = {c: set() for c in small}
    for world in worlds(seen, truth, two_way):
        for c in small:
            unsure[c].add(int(world[c]))
        if all(len(v) > 1 for v in unsure.values()):
            break
    assert all(len(v) > 1 for v in unsure.values()), (seen, unsure)


@settings(max_examples=400, deadline=None)
@given(lists)
def test_a_list_with_its_total_gives_no_small_count_away(counts):
    assert_no_small_count_is_certain(counts)


@settings(max_examples=150, deadline=None)
@given(tables(high=2))
def test_a_two_way_table_gives_no_small_count_away(counts):
    assert_no_small_count_is_certain(counts)


@settings(max_examples=200, deadline=None)
@given(tables(high=5), st.sampled_from(["internal-planning", "hes"]))
def test_no_line_has_a_single_hidden_count_or_a_small_hidden_sum(counts, name):
    most = PROFILES[name].most
    truth, seen = augmented(counts), shown(disclose(counts, name))
    for line, true in [
        *zip(seen, truth, strict=True),
        *zip(zip(*seen, strict=True), truth.T, strict=True),
    ]:
        hidden = [i for i, v in enumerate(line) if v is None]
        assert len(hidden) != 1
        if hidden and line[-1] is not None:
            assert sum(true[i] for i in hidden) > most


@settings(max_examples=200, deadline=None)
@given(tables(high=5), st.sampled_from(sorted(PROFILES)))
def test_what_is_shown_is_true_to_its_rounding_and_never_small(counts, name):
    rule, truth, seen = PROFILES[name], augmented(counts), shown(disclose(counts, name))
    slack = 0 if rule.nearest is None else rule.nearest // 2
    for i, row in enumerate(seen[: len(counts)]):
        for j, v in enumerate(row[:-1]):
            if v is not None:
                assert abs(v - truth[i][j]) <= slack
                assert rule.least is None or not rule.least <= truth[i][j] <= rule.most
            else:
                assert rule.least is not None


@settings(max_examples=100, deadline=None)
@given(tables(high=4))
def test_totals_of_opensafely_add_up_from_what_is_shown(counts):
    d = disclose(counts, "opensafely")
    for cells, total in zip(d.cells, d.row_totals, strict=True):
        assert (total or 0) == sum(v or 0 for v in cells)
    assert (
        (d.total or 0) == sum(t or 0 for t in d.row_totals) == sum(t or 0 for t in d.column_totals)
    )


@settings(max_examples=300, deadline=None)
@given(lists, st.data())
def test_two_releases_do_not_give_their_difference_away(counts, data):
    """The second release leaves some people out. No difference of shown counts is the number of a
    few people."""
    fewer = [data.draw(st.integers(0, n)) for n in counts]
    first = disclose(counts, "internal-planning")
    second = disclose(fewer, "internal-planning", earlier=first)
    for a, b in zip((*first.cells, first.total), (*second.cells, second.total), strict=True):
        if a is not None and b is not None:
            assert not 1 <= abs(a - b) <= MOST


@settings(max_examples=200, deadline=None)
@given(st.integers(8, 200), st.integers(1, 7))
def test_rounded_releases_leave_several_differences_possible(count, left_out):
    a = disclose(count, "hes").cells
    b = disclose(max(count - left_out, 8), "hes").cells
    possible = {x - y for x in range(a - 2, a + 3) for y in range(b - 2, b + 3)}
    assert len(possible) > 1


def test_without_care_two_releases_would_give_it_away():
    """The reason for `earlier`: 52 people with and 50 without one practice name two of its
    people."""
    first = disclose([52, 80], "internal-planning")
    careless = disclose([50, 80], "internal-planning")
    assert (first.cells[0], careless.cells[0]) == (52, 50)
    assert disclose([50, 80], "internal-planning", earlier=first).cells[0] is None
