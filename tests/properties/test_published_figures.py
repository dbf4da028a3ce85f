"""What is always true of imported and merged figures: the order of rows does not matter, nobody is
lost, nobody is counted twice."""

from __future__ import annotations

import datetime as dt
import random
import tempfile
from pathlib import Path

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from oneplace.measures.judging import judge
from oneplace.measures.series import Ended, Observation, merged
from oneplace.measures.trajectories import MEETS
from oneplace.measures.waiting_list import Cohort, history
from oneplace.sources.statistics.opening import open_statistics
from oneplace.sources.statistics.reading import figures
from published_files import rtt_header, rtt_rows, text_of

CODES = ["RQ6", "REM", "RBS"]
COUNT = st.integers(min_value=0, max_value=5000)


def read(text: str) -> dict[tuple[str, ...], tuple[float | None, float | None]]:
    with tempfile.TemporaryDirectory() as scratch, duckdb.connect() as con:
        path = Path(scratch) / "rtt.csv"
        path.write_text(text, newline="")
        rows = figures(con, open_statistics(path), utf8=str(path)).rows.to_pylist()
    return {
        (r["measure"], r["code"], r["basis"], str(r["weeks_from"])): (
            r["numerator"],
            r["denominator"],
        )
        for r in rows
    }


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), providers=st.integers(1, 3), payers=st.integers(1, 3))
def test_order_of_rows_does_not_matter_and_both_sides_hold_everybody(
    seed: int, providers: int, payers: int
) -> None:
    rows = rtt_rows(CODES[:providers], ["99A", "01X", "01J"][:payers], seed=seed)
    found = read(text_of(rtt_header(), rows))
    random.Random(seed).shuffle(rows)  # noqa: S311
    assert read(text_of(rtt_header(), rows)) == found
    for measure in ("rtt-incomplete", "waiting-list-size", "rtt-clock-starts"):
        sides = [
            sum(
                n or 0
                for (m, _, b, w), (n, _) in found.items()
                if (m, b, w) == (measure, basis, "None")
            )
            for basis in ("provider", "commissioner")
        ]
        assert sides[0] == sides[1]


@settings(max_examples=60, deadline=None)
@given(own=st.lists(COUNT, min_size=1, max_size=6), other=st.lists(COUNT, min_size=1, max_size=6))
def test_a_merger_loses_nobody(own: list[int], other: list[int]) -> None:
    def series(code: str, counts: list[int]) -> list[Observation]:
        return [
            Observation(month=dt.date(2019, m, 1), organisation=code, numerator=n, denominator=None, value=n, basis="published", status="final", source="x")
            for m, n in enumerate(counts, start=1)
        ]  # fmt: skip

    found = merged(
        {"REM": series("REM", own), "RQ6": series("RQ6", other)},
        [Ended("RQ6", dt.date(2019, 12, 31), "REM")],
    )["REM"]
    both = min(len(own), len(other))
    assert [f.value for f in found[:both]] == [a + b for a, b in zip(own, other, strict=False)]
    assert all(f.value is None for f in found[both:])


@settings(max_examples=200, deadline=None)
@given(
    of=st.integers(1, 40_000),
    share=st.floats(0, 1),
    standard=st.decimals(0, 100, places=1),
    operator=st.sampled_from(sorted(MEETS)),
)
def test_as_many_more_as_are_said_would_have_met_it_and_no_fewer(
    of: int, share: float, standard: object, operator: str
) -> None:
    def judged(counted: int) -> object:
        figure = Observation(
            month=dt.date(2019, 1, 1), organisation="x", numerator=counted, denominator=of, value=100 * counted / of,
            basis="published", status="final", source="x",
        )  # fmt: skip
        return judge(figure, operator=operator, value=standard, share=True)  # type: ignore[arg-type]

    counted = round(of * share)
    found = judged(counted)
    if found.verdict == "not met" and found.short_by is not None and operator != "=":  # type: ignore[attr-defined]
        way = 1 if operator in (">=", ">") else -1
        short = found.short_by  # type: ignore[attr-defined]
        assert short >= 1
        assert judged(counted + way * short).verdict == "met"  # type: ignore[attr-defined]
        assert judged(counted + way * (short - 1)).verdict == "not met"  # type: ignore[attr-defined]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 20),
            st.integers(0, 16) | st.none(),
            st.sampled_from(["treated", "left"]),
            st.integers(1, 50),
        ),
        max_size=30,
    )
)
def test_a_list_conserves_people(rows: list[tuple[int, int | None, str, int]]) -> None:
    def month(number: int) -> dt.date:
        return dt.date(2017 + number // 12, number % 12 + 1, 1)

    cohorts = [
        Cohort(
            month(start),
            None if wait is None else month(start + wait),
            "waiting" if wait is None else why,
            people,
        )  # type: ignore[arg-type]
        for start, wait, why, people in rows
    ]
    past = history(cohorts, first=month(0), last=month(24))
    size = past.stock.sum(axis=1)
    for m in range(1, 25):
        assert size[m] == size[m - 1] + past.joined[m] - past.treated[m].sum() - past.left[m].sum()
