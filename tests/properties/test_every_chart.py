"""What is true of every chart, whatever is drawn: well-formed, escaped, unique ids, bars from zero,
no text on text."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oneplace.report import charts
from oneplace.report.charts import ink
from oneplace.report.charts.drawing import NO_DATA, OUT_OF_RANGE, Drawing

SVG = "{http://www.w3.org/2000/svg}"
VARIANTS: tuple[charts.Variant, ...] = ("wide", "narrow", "print")
NAUGHTY = Path(__file__).resolve().parents[2].parent / "shared" / "corpora" / "blns" / "blns.json"
few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])

values = st.one_of(
    st.none(),
    st.floats(),
    st.floats(-200, 200),
    st.integers(-(10**7), 10**7),
    st.decimals(-(10**7), 10**7, places=2),
)
labels = st.text(max_size=40)
months = st.integers(0, 90).map(lambda n: date(2015 + n // 12, n % 12 + 1, 1))
days = st.dates(date(2000, 1, 1), date(2040, 1, 1))
signals = st.sampled_from(["common", "concern", "improvement", "neutral"])
units = st.sampled_from(["%", "GBP", "pathways", ""])


@st.composite
def a_line(draw: st.DrawFn) -> charts.Line:
    when = draw(st.sampled_from([months, days]))
    points = draw(
        st.lists(
            st.builds(charts.LinePoint, when, values, signals),
            max_size=40,
            unique_by=lambda p: p.period,
        )
    )
    span = [p.period for p in points] or [date(2019, 4, 1)]
    return charts.Line(
        id="line",
        title=draw(labels),
        measure=draw(labels),
        unit=draw(units),
        points=tuple(points),
        limits=tuple(
            draw(
                st.lists(
                    st.builds(
                        charts.Limits,
                        st.just(min(span)),
                        st.just(max(span)),
                        values,
                        values,
                        values,
                    ),
                    max_size=2,
                )
            )
        ),
        targets=tuple(draw(st.lists(st.builds(charts.DatedStandard, labels, values), max_size=3))),
        trajectory=tuple(
            draw(st.lists(st.tuples(when, values), max_size=12, unique_by=lambda t: t[0]))
        ),
        rebases=tuple(draw(st.lists(st.builds(charts.RebaseMark, when, labels), max_size=3))),
        from_zero=draw(st.booleans()),
    )


@st.composite
def a_waterfall(draw: st.DrawFn) -> charts.Waterfall:
    steps = draw(
        st.lists(
            st.builds(charts.Stair, labels, values, st.sampled_from(["total", "change"])),
            max_size=16,
        )
    )
    return charts.Waterfall(
        id="fall", title=draw(labels), measure=draw(labels), unit=draw(units), steps=tuple(steps)
    )


@st.composite
def some_bars(draw: st.DrawFn) -> charts.Bars:
    rows = draw(
        st.lists(
            st.builds(charts.BarRow, labels, values, values, values, st.booleans(), st.booleans()),
            max_size=12,
        )
    )
    return charts.Bars(
        id="bars",
        title=draw(labels),
        measure=draw(labels),
        unit=draw(units),
        rows=tuple(rows),
        comparator=draw(st.none() | st.builds(charts.Comparator, labels, values)),
        kind=draw(st.sampled_from(["bar", "dot"])),
    )


@st.composite
def a_map(draw: st.DrawFn) -> charts.HexMap:
    spots = draw(
        st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), unique=True, max_size=30)
    )
    cells = tuple(
        charts.HexCell(c, r, draw(labels), draw(values), draw(st.booleans())) for c, r in spots
    )
    return charts.HexMap(
        id="map", title=draw(labels), measure=draw(labels), unit=draw(units), cells=cells
    )


@st.composite
def a_timeline(draw: st.DrawFn) -> charts.Timeline:
    milestone = st.builds(
        charts.Diamond, st.sampled_from(["A", "B & C", "a much longer scheme name " * 4]), labels, st.none() | days,
        st.sampled_from(["done", "due", "late", "unknown"]), st.none() | days,
    )  # fmt: skip
    found = draw(st.lists(milestone, max_size=25))
    return charts.Timeline(
        id="time", title=draw(labels), milestones=tuple(found), on=draw(st.none() | days)
    )


@st.composite
def a_calibration(draw: st.DrawFn) -> charts.Calibration:
    groups = draw(
        st.lists(st.builds(charts.RiskBand, values, values, values, values, values), max_size=12)
    )
    return charts.Calibration(
        id="cal", title=draw(labels), outcome=draw(labels), groups=tuple(groups)
    )


@st.composite
def a_funnel(draw: st.DrawFn) -> charts.Funnel:
    sizes = st.one_of(st.none(), st.floats(), st.integers(1, 50_000))
    points = draw(
        st.lists(
            st.builds(
                charts.FunnelPoint,
                labels,
                sizes,
                values,
                st.sampled_from(["within", "warning", "outside"]),
            ),
            max_size=20,
        )
    )
    limits = draw(
        st.lists(st.builds(charts.FunnelLimit, sizes, values, values, values, values), max_size=8)
    )
    return charts.Funnel(
        id="fun", title=draw(labels), measure=draw(labels), unit=draw(units), denominator=draw(labels),
        points=tuple(points), limits=tuple(limits), average=draw(values),
    )  # fmt: skip


any_chart = st.one_of(
    a_line(), a_waterfall(), some_bars(), a_map(), a_timeline(), a_calibration(), a_funnel()
)


def parsed(chart: Drawing, variant: charts.Variant) -> ElementTree.Element:
    return ElementTree.fromstring(chart.svg(variant))  # noqa: S314 our own output


def text_boxes(root: ElementTree.Element) -> list[tuple[float, float, float, float, str]]:
    """Where each line of text stands, from its baseline, size and anchor, a little inside its real
    outline."""
    out = []
    for t in root.iter(f"{SVG}text"):
        size, said = float(t.get("font-size", "0")), t.text or ""
        wide = ink.width_of(said, size, t.get("font-weight") == "bold")
        x, y = float(t.get("x", "0")), float(t.get("y", "0"))
        left = x - {"start": 0.0, "middle": wide / 2, "end": wide}[t.get("text-anchor", "start")]
        out.append((left + 0.5, y - size * 0.68, left + wide - 0.5, y - 0.5, said))
    return out


def overlaps(root: ElementTree.Element) -> list[tuple[str, str]]:
    boxes = text_boxes(root)
    return [
        (a[4], b[4])
        for i, a in enumerate(boxes)
        for b in boxes[i + 1 :]
        if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
    ]


def outside(root: ElementTree.Element) -> list[str]:
    _, _, width, height = map(float, root.get("viewBox", "").split())
    return [
        b[4]
        for b in text_boxes(root)
        if b[0] < -0.5 or b[2] > width + 0.5 or b[1] < 0 or b[3] > height
    ]


@few
@given(any_chart)
def test_every_chart_is_well_formed_and_named(chart: Drawing) -> None:
    seen: list[str] = []
    for variant in VARIANTS:
        root = parsed(chart, variant)
        ids = [e.get("id", "") for e in root.iter() if e.get("id")]
        seen += ids
        assert root.get("role") == "img"
        assert root.get("aria-labelledby", "").split() == ids[:2]
        assert not [
            e
            for e in root.iter()
            if e.get("style") or e.get("class") or e.tag.endswith(("script", "style"))
        ]
        numbers = " ".join(
            v
            for e in root.iter()
            for k, v in e.attrib.items()
            if k in ("d", "x", "y", "width", "height", "cx", "cy")
        )
        assert not re.search("nan|inf", numbers)
    assert len(seen) == len(set(seen))


@few
@given(any_chart)
def test_no_text_stands_on_other_text_or_leaves_the_page(chart: Drawing) -> None:
    for variant in VARIANTS:
        root = parsed(chart, variant)
        assert not overlaps(root), variant
        assert not outside(root), variant


@few
@given(any_chart)
def test_the_finding_is_one_line_that_ends(chart: Drawing) -> None:
    assert chart.finding == " ".join(chart.finding.split())
    assert chart.finding[-1] in ".?!"
    assert chart.finding in chart.description


@few
@given(any_chart)
def test_every_number_in_the_table_is_finite_or_said_missing(chart: Drawing) -> None:
    table = chart.table()
    for row, shown in zip(table.rows, table.display(), strict=True):
        assert len(row) == len(table.header)
        for cell, text in zip(row, shown, strict=True):
            if isinstance(cell, int | float | Decimal):
                assert math.isfinite(cell)
            assert text == NO_DATA if cell is None else "nan" not in text or isinstance(cell, str)


@few
@given(any_chart)
def test_the_csv_reads_back_as_the_table_and_runs_no_formula(chart: Drawing) -> None:
    table = chart.table()
    read = list(csv.reader(io.StringIO(chart.csv(), newline="")))
    assert [len(r) for r in read] == [len(table.header)] * (len(table.rows) + 1)
    for row, cells in zip(table.rows, read[1:], strict=True):
        for cell, text in zip(row, cells, strict=True):
            if isinstance(cell, str):
                assert not text.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))
            elif cell is None:
                assert text == NO_DATA
            elif not isinstance(cell, date):
                assert math.isclose(float(text), float(cell), rel_tol=1e-11, abs_tol=1e-300)


@few
@given(some_bars())
def test_bars_start_at_zero(chart: charts.Bars) -> None:
    if chart.kind == "dot" or not chart.has_values:
        return
    for variant in VARIANTS:
        assert chart._axis(ink.STYLES[variant]).from_zero
        titled = [
            r
            for r in parsed(chart, variant).iter(f"{SVG}rect")
            if r.find(f"{SVG}title") is not None
        ]
        ends = [
            {
                round(float(r.get("x", "0")), 1),
                round(float(r.get("x", "0")) + float(r.get("width", "0")), 1),
            }
            for r in titled
        ]
        zero = (
            [
                z
                for z in set().union(*ends)
                if all(any(abs(z - e) <= 0.15 for e in pair) for pair in ends)
            ]
            if ends
            else [0.0]
        )
        assert zero, "no one place at which every bar starts"


@few
@given(a_waterfall())
def test_a_waterfall_adds_up_or_says_by_how_much_it_does_not(chart: charts.Waterfall) -> None:
    level: Decimal | None = None
    for step in chart.reconciled:
        if step.value is None or not math.isfinite(step.value) or abs(step.value) > 1e15:
            continue
        value = Decimal(repr(step.value)) if isinstance(step.value, float) else Decimal(step.value)
        if step.kind == "total":
            assert level is None or abs(level - value) <= Decimal("1e-9") * max(
                abs(value), Decimal(1)
            )
            level = value
        else:
            level = (level or Decimal(0)) + value


def test_naughty_strings_are_shown_and_never_obeyed() -> None:
    if not NAUGHTY.exists():
        pytest.skip(
            "the list of naughty strings stands beside the repository, in shared/corpora, and is not here"
        )
    strings = json.loads(NAUGHTY.read_text(encoding="utf-8"))
    rows = tuple(charts.BarRow(s, i) for i, s in enumerate(strings))
    for chart in (
        charts.Bars(id="n", title="Names", measure="Count", unit="", rows=rows),
        charts.Timeline(
            id="t",
            title="T",
            milestones=tuple(charts.Diamond(s, s, date(2019, 4, 1), "due") for s in strings),
        ),
        charts.HexMap(
            id="h",
            title="H",
            measure="M",
            unit="",
            cells=tuple(charts.HexCell(i, 0, s, i) for i, s in enumerate(strings)),
        ),
    ):
        root = parsed(chart, "wide")
        assert {e.tag.removeprefix(SVG) for e in root.iter()} <= {
            "svg",
            "title",
            "desc",
            "rect",
            "path",
            "text",
            "circle",
            "g",
        }
        assert not [k for e in root.iter() for k in e.attrib if k.startswith("on") or "href" in k]
        assert len(list(csv.reader(io.StringIO(chart.csv(), newline="")))) == len(strings) + 1
    for s in strings:
        root = parsed(
            charts.Bars(id="n", title=s, measure=s, unit=s, rows=(charts.BarRow(s, 1),), missing=s),
            "narrow",
        )
        assert root.findtext(f"{SVG}title") == ink.clean(s).replace("\r\n", "\n").replace(
            "\r", "\n"
        )


@pytest.mark.parametrize(
    ("value", "said"), [(math.nan, None), (math.inf, None), (1e300, OUT_OF_RANGE), (3, 3)]
)
def test_what_cannot_be_drawn_is_said_in_the_table(value: float, said: object) -> None:
    chart = charts.Bars(
        id="b",
        title="T",
        measure="M",
        unit="",
        rows=(charts.BarRow("a", value), charts.BarRow("b", 1)),
    )
    assert chart.table().rows[0][1] == said
