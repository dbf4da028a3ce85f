"""Why a figure moved: what differs between two papers, and into which parts the difference
falls."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oneplace.report.trace import Figure, Recalculated, Source, Trace, happened, moved

# build   the build's id          period  what the figure is about
# def     the definition's digest plan    the plan's digest
PAPERS = """
what happened                            | before: build def plan period | now: build def plan period | causes
nothing                                  | b1 d1 p1 2019-05              | b1 d1 p1 2019-05           |
the same month, built again              | b1 d1 p1 2019-05              | b2 d1 p1 2019-05           | late or restated data
the definition was edited                | b1 d1 p1 2019-05              | b1 d2 p1 2019-05           | definition change
the plan was edited                      | b1 d1 p1 2019-05              | b1 d1 p2 2019-05           | plan edit
a month later, the same build            | b1 d1 p1 2019-05              | b1 d1 p1 2019-06           | real change
a month later, built again               | b1 d1 p1 2019-05              | b2 d1 p1 2019-06           | late or restated data, real change
everything                               | b1 d1 p1 2019-05              | b2 d2 p2 2019-06           | late or restated data, definition change, plan edit, real change
"""

# What the earlier period comes to after each step; - is not known. All four causes happened.
SPLITS = """
before | late | data | def | plan | now | parts
100    | 104  | 103  | 110 | 108  | 120 | late data 4, restated data -1, definition change 7, plan edit -2, real change 12
100    | -    | 103  | 110 | 108  | 120 | late or restated data 3, definition change 7, plan edit -2, real change 12
100    | -    | 103  | -   | 108  | 120 | late or restated data 3, not told apart 5, real change 12
100    | -    | -    | -   | -    | 120 | not told apart 20
100    | 104  | -    | -   | -    | 120 | late data 4, not told apart 16
100    | 100  | 100  | 100 | 100  | 120 | real change 20
100    | -    | 110  | 110 | 110  | 100 | late or restated data 10, real change -10
100    | -    | 100  | 100 | 100  | 100 |
0.1    | -    | 0.3  | 0.3 | 0.3  | 0.4 | late or restated data 0.2, real change 0.1
"""


# Two builds of the same records are not other data; the digest of the data says so, where both are
# known.
DATA = """
what happened                              | before: build data status | now: build data status | causes
the same records, built again              | b1 r1 final               | b2 r1 final            |
other records                              | b1 r1 final               | b2 r2 final            | late or restated data
another build, of records unknown then     | b1 -  final               | b2 r2 final            | late or restated data
provisional then, final now                | b1 r1 provisional         | b1 r1 final            | late or restated data
"""

# What is no number: only the steps at which it became another are its causes. - is not known.
WORDS = """
before     | data       | def        | plan     | now      | causes
on track   | on track   | on track   | late     | late     | plan edit
on track   | late       | late       | late     | late     | late or restated data
on track   | on track   | on track   | on track | late     | real change
on track   | late       | late       | on track | late     | late or restated data, plan edit, real change
on track   | -          | -          | on track | late     | real change
on track   | -          | -          | -        | late     | late or restated data, definition change, plan edit, real change
on track   | on track   | on track   | on track | on track |
"""


def rows(drawn: str) -> list[list[str]]:
    return [[cell.strip() for cell in row.split("|")] for row in drawn.strip().splitlines()[1:]]


def figure(
    value: float | int | Decimal | str | None,
    known: str = "b1 d1 p1 2019-05",
    unit: str = "admissions",
) -> Figure:
    build, definition, plan, period = known.split()
    trace = Trace(
        figure_id="admissions", value=value, unit=unit, basis="supplied", as_at=date(2019, 6, 1), source=Source("table", "activity"),
        build_id=build, document_digest=definition, plan_digest=plan, period=period,
    )  # fmt: skip
    return Figure("Emergency admissions", trace)


def amount(text: str) -> float | None:
    return None if text == "-" else float(text)


@pytest.mark.parametrize(("what", "before", "now", "causes"), rows(PAPERS))
def test_what_differs_between_two_papers(what: str, before: str, now: str, causes: str) -> None:
    assert ", ".join(happened(figure(1, before).trace, figure(1, now).trace)) == causes, what


@pytest.mark.parametrize(
    ("before", "late", "data", "definition", "plan", "now", "parts"), rows(SPLITS)
)
def test_how_a_change_falls_into_parts(
    before: str, late: str, data: str, definition: str, plan: str, now: str, parts: str
) -> None:
    between = Recalculated(
        late_data=amount(late),
        data_now=amount(data),
        definition_now=amount(definition),
        plan_now=amount(plan),
    )
    why = moved(figure(float(before)), figure(float(now), "b2 d2 p2 2019-06"), between)
    said = [f"{p.cause} {p.amount.normalize():f}" for p in why.parts if p.amount]
    assert ", ".join(said) == parts
    assert (
        sum((p.amount for p in why.parts), Decimal(0))
        == why.total
        == Decimal(now) - Decimal(before)
    )


@pytest.mark.parametrize(("what", "before", "now", "causes"), rows(DATA))
def test_the_same_data_built_again_is_no_cause(
    what: str, before: str, now: str, causes: str
) -> None:
    def trace(known: str) -> Trace:
        build, data, status = known.split()
        return Trace(
            figure_id="a", value=1, unit="", basis="supplied", as_at=date(2019, 6, 1), source=Source("query", "q"), build_id=build,
            data_digest=None if data == "-" else data, status=status,  # type: ignore[arg-type]
        )  # fmt: skip

    assert ", ".join(happened(trace(before), trace(now))) == causes, what


@pytest.mark.parametrize(("before", "data", "definition", "plan", "now", "causes"), rows(WORDS))
def test_a_status_moves_where_it_became_another(
    before: str, data: str, definition: str, plan: str, now: str, causes: str
) -> None:
    between = Recalculated(
        data_now=None if data == "-" else data,
        definition_now=None if definition == "-" else definition,
        plan_now=None if plan == "-" else plan,
    )
    why = moved(figure(before), figure(now, "b2 d2 p2 2019-06"), between)
    assert ", ".join(c for p in why.parts for c in p.covers) == causes


def test_a_trace_with_its_data_and_documents_is_read_back_as_it_was_kept() -> None:
    trace = Trace(
        figure_id="a", value=Decimal("1.50"), unit="GBP", basis="planned", as_at=date(2019, 6, 1), source=Source("document", "plan.yaml"),
        data_digest="d", defined_in=("features.yaml", "segments.yaml"), document_digest="f",
    )  # fmt: skip
    assert Trace.from_dict(json.loads(json.dumps(trace.as_dict(), default=str))) == trace
    older = {k: v for k, v in trace.as_dict().items() if k not in ("data_digest", "defined_in")}
    assert Trace.from_dict(older).defined_in == ()


def test_a_planned_figure_has_no_data_to_be_late() -> None:
    def planned(value: int, on: date) -> Figure:
        trace = Trace(
            figure_id="a", value=value, unit="", basis="planned", as_at=on, source=Source("table", "t"), plan_digest="p", period=str(on)
        )  # fmt: skip
        return Figure("A", trace)

    assert [
        p.cause for p in moved(planned(1, date(2019, 4, 30)), planned(3, date(2019, 10, 1))).parts
    ] == ["real change"]


def test_a_change_that_nothing_explains_says_so() -> None:
    why = moved(figure(100), figure(120))
    assert [(p.cause, p.amount) for p in why.parts] == [("not explained", 20)]
    assert (
        why.sentence
        == "Emergency admissions was 100 admissions in the earlier paper and is 120 admissions now: +20 not explained."
    )


def test_a_new_status_alone_is_a_change_of_data() -> None:
    def of(status: str, value: int) -> Figure:
        trace = Trace(
            figure_id="a", value=value, unit="", basis="published", as_at=date(2019, 6, 1), source=Source("table", "t"), status=status,  # type: ignore[arg-type]
        )  # fmt: skip
        return Figure("A", trace)

    assert [p.cause for p in moved(of("provisional", 5), of("final", 6)).parts] == [
        "late or restated data"
    ]


def test_causes_that_cannot_be_told_apart_are_named_together() -> None:
    (part,) = moved(figure(100), figure(120, "b2 d1 p2 2019-06")).parts
    assert part.covers == ("late or restated data", "plan edit", "real change")
    assert (
        part.because
        == "late or restated data, plan edit and real change: the figure was not worked out between them"
    )


def test_a_figure_that_stands_still_says_so() -> None:
    why = moved(figure(100), figure(100, "b2 d1 p1 2019-05"))
    assert (
        why.sentence
        == "Emergency admissions was 100 admissions in the earlier paper and is the same now."
    )


def test_a_status_or_a_missing_figure_moves_without_an_amount() -> None:
    why = moved(figure("green"), figure("amber", "b1 d1 p2 2019-05"))
    assert why.total is None
    assert (
        why.sentence
        == "Emergency admissions was green in the earlier paper and is amber now (plan edit)."
    )
    assert moved(figure(None), figure(12, "b2 d1 p1 2019-05")).total is None


def test_two_different_figures_are_not_compared() -> None:
    with pytest.raises(ValueError, match="was in 'admissions'"):
        moved(figure(1), figure(1, unit="%"))


def test_money_parts_read_as_money_and_a_small_part_never_reads_as_nothing() -> None:
    def of(value: Decimal, known: str) -> Figure:
        return Figure("Savings", figure(value, known, "GBP").trace, "gbp_millions")

    why = moved(of(Decimal("13842847"), "b1 d1 p1 2019"), of(Decimal("13842856"), "b1 d1 p2 2019"))
    assert (
        why.sentence
        == "Savings was £13.8m in the earlier paper and is £13.8m now: +£9 from an edited plan."
    )


def test_a_trace_reads_in_one_line() -> None:
    trace = Trace(
        figure_id="le", value=72.2, unit="years", basis="published", as_at=date(2019, 6, 1), source=Source("table", "life expectancy", "PHE"),
        period="2013 to 2017", denominator="498,042 residents", document_digest="f" * 64, status="final",
    )  # fmt: skip
    assert trace.words() == (
        "Published figure; table life expectancy (PHE); 2013 to 2017; per 498,042 residents; as at 1 June 2019; final; definition ffffffffffff"
    )


def test_a_basis_of_ones_own_is_refused() -> None:
    with pytest.raises(
        ValueError, match="the basis is one of supplied, published, synthetic, planned, modelled"
    ):
        Trace(
            figure_id="x",
            value=1,
            unit="",
            basis="guessed",
            as_at=date(2019, 6, 1),
            source=Source("table", "t"),
        )  # type: ignore[arg-type]


values = st.one_of(
    st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.decimals(allow_nan=False, allow_infinity=False, places=4),
    st.none(), st.text(max_size=10), st.dates(),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(values, st.none() | st.datetimes())
def test_a_kept_figure_reads_back_the_same(value: object, at: datetime | None) -> None:
    trace = Trace(
        figure_id="x", value=value, unit="u", basis="supplied", as_at=date(2019, 6, 1), source=Source("query", "q"), entries_at=at,  # type: ignore[arg-type]
    )  # fmt: skip
    kept = Figure("X", trace, "text", 2)
    back = Figure.from_dict(json.loads(json.dumps(kept.as_dict())))
    assert back == kept
    assert type(back.value) is type(kept.value)


numbers = st.one_of(
    st.integers(-(10**9), 10**9), st.floats(-1e9, 1e9), st.decimals(-(10**9), 10**9, places=2)
)
digests = st.sampled_from(["a", "b"])


@settings(max_examples=150, deadline=None)
@given(
    numbers,
    numbers,
    st.tuples(digests, digests, digests, digests),
    st.lists(st.none() | numbers, min_size=4, max_size=4),
)
def test_parts_always_add_up_exactly(
    before: float, now: float, known: tuple[str, ...], between: list[float | None]
) -> None:
    late, data, definition, plan = between
    why = moved(
        figure(before, "a a a a"), figure(now, " ".join(known)),
        Recalculated(late_data=late, data_now=data, definition_now=definition, plan_now=plan),
    )  # fmt: skip
    exact = [Fraction(v if isinstance(v, Decimal) else Decimal(repr(v))) for v in (before, now)]
    assert why.total is not None
    assert Fraction(why.total) == exact[1] - exact[0]
    assert sum((Fraction(p.amount) for p in why.parts), Fraction(0)) == exact[1] - exact[0]
