"""Rolling quarters and years: what they add up, what they round, and what they keep back."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneplace.measures.rolling import windows
from oneplace.measures.series import following
from oneplace.safety.disclose import PROFILES, too_small

HES, INSIDE = PROFILES["hes"], PROFILES["internal-planning"]
START = dt.date(2017, 4, 1)


def months(*drawn: str) -> list[tuple[dt.date, float, float]]:
    """Each month as counted/of."""
    parts = [d.split("/") for d in drawn]
    return [(following(START, i), float(n), float(of)) for i, (n, of) in enumerate(parts)]


@pytest.mark.parametrize(
    ("drawn", "numerator", "denominator"),
    [
        (("3/5", "4/6", "5/7"), None, None),  # 12 of 18 leaves 6, which is small
        (("3/11", "4/12", "5/13"), 10, 35),  # 12 of 36, rounded
        (("1/2", "0/1", "1/3"), None, None),  # 2 of 6
        (
            ("20/40", "21/45", "3/20"),
            None,
            None,
        ),  # one month alone is hidden: the others would tell it
        (("20/40", "2/45", "3/20"), 25, 105),  # two are hidden, so neither is told
        (("20/40", "21/45", "22/50"), 65, 135),
        (("5/5", "6/6", "7/7"), 20, 20),  # nobody left over is no small number
    ],
)
def test_three_months_are_added_rounded_and_hidden(drawn, numerator, denominator):
    [w] = windows(months(*drawn), HES, months=3, share=True)
    assert (w.numerator, w.denominator) == (numerator, denominator)
    assert w.until == dt.date(2017, 6, 1)
    assert w.value == (None if numerator is None else pytest.approx(100 * numerator / denominator))


def test_a_month_that_is_missing_has_no_window_over_it():
    drawn = months("20/40", "20/40", "20/40", "20/40", "20/40")
    assert [
        w.until
        for w in windows(
            [c for c in drawn if c[0] != dt.date(2017, 6, 1)], HES, months=3, share=True
        )
    ] == []
    assert len(windows(drawn, HES, months=3, share=True)) == 3


def test_a_rule_that_does_not_round_rounds_here_because_windows_overlap():
    [w] = windows(months("3/31", "4/32", "6/33"), INSIDE, months=3, share=True)
    assert (w.numerator, w.denominator) == (15, 95)


def test_three_years_of_two_a_month_have_a_year_though_no_month_is_shown():
    drawn = [(following(START, i), 2.0, 3.0) for i in range(39)]
    assert all(too_small(n, of, HES, share=True) for _, n, of in drawn)
    years = windows(drawn, HES, months=12, share=True)
    assert len(years) == 28 and {(w.numerator, w.denominator) for w in years} == {(25, 35)}


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=12, max_size=40),
    st.sampled_from([3, 12]),
)
def test_no_window_tells_a_month_that_is_hidden(drawn, long):
    """Whatever is shown of a window and of its months leaves a hidden month at least two possible
    counts."""
    counts = [(following(START, i), float(n), float(n + rest)) for i, (n, rest) in enumerate(drawn)]
    by_month = {c[0]: c for c in counts}
    for w in windows(counts, HES, months=long, share=True):
        inside = [by_month[following(w.until, -k)] for k in range(long)]
        hidden = [c for c in inside if too_small(c[1], c[2], HES, share=True)]
        if w.numerator is not None:
            assert w.numerator % 5 == 0 and w.denominator % 5 == 0
            assert len(hidden) != 1
            assert not too_small(
                sum(c[1] for c in inside), sum(c[2] for c in inside), HES, share=True
            )
