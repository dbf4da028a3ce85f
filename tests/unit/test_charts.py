"""Awkward corners of the drawings: ticks, one value, all equal, nothing at all, gaps, long
names."""

from __future__ import annotations

import itertools
import math
import re
import time
from datetime import date
from xml.etree import ElementTree

import pytest

from oneplace.report import charts
from oneplace.report.charts import axis, ink, key
from oneplace.safety.spreadsheet import spreadsheet_safe

SVG = "{http://www.w3.org/2000/svg}"


def texts(chart: charts.Drawing, variant: charts.Variant = "wide") -> list[str]:
    return [t.text or "" for t in ElementTree.fromstring(chart.svg(variant)).iter(f"{SVG}text")]  # noqa: S314 our own output


def line(*values: float | None, **more: object) -> charts.Line:
    points = tuple(
        charts.LinePoint(axis.month_start(axis.month_number(date(2019, 4, 1)) + i), v)
        for i, v in enumerate(values)
    )
    given: dict[str, object] = {
        "id": "ae",
        "title": "A&E",
        "measure": "Seen within 4 hours",
        "unit": "%",
        "points": points,
    }
    return charts.Line(**{**given, **more})  # type: ignore[arg-type]


# --- scales ---


@pytest.mark.parametrize(
    ("low", "high", "from_zero", "ticks", "labels"),
    [
        (0, 100, False, (0, 20, 40, 60, 80, 100), ["0", "20", "40", "60", "80", "100"]),
        (88.5, 94.6, False, (88, 90, 92, 94, 96), ["88", "90", "92", "94", "96"]),
        (3, 118.4, True, (0, 50, 100, 150), ["0", "50", "100", "150"]),
        (-2.6, 3.9, True, (-4, -2, 0, 2, 4), ["\u22124", "\u22122", "0", "2", "4"]),
        (
            0.12,
            0.34,
            False,
            (0.1, 0.15, 0.2, 0.25, 0.3, 0.35),
            ["0.10", "0.15", "0.20", "0.25", "0.30", "0.35"],
        ),
        (31_482, 33_028, False, (31_000, 31_500, 32_000, 32_500, 33_000, 33_500), None),
        (-7, -3, True, (-8, -6, -4, -2, 0), None),
    ],
)
def test_ticks_are_round_and_hold_both_ends(
    low: float, high: float, from_zero: bool, ticks: tuple[float, ...], labels: list[str] | None
) -> None:
    found = axis.nice(low, high, from_zero=from_zero)
    assert found.ticks == pytest.approx(ticks)
    assert found.low <= low <= high <= found.high
    assert labels is None or [found.label(t) for t in found.ticks] == labels


@pytest.mark.parametrize("value", [0.0, 5.0, -5.0, 92.3, 1e-9, 1e12, -1e-7])
def test_one_value_still_gives_an_axis_with_room_on_both_sides(value: float) -> None:
    found = axis.nice(value, value)
    assert found.low < value < found.high
    assert len({found.label(t) for t in found.ticks}) == len(found.ticks) >= 2


def test_a_place_on_a_scale_of_one_value_is_the_middle() -> None:
    assert axis.place(3, 3, 0, 100)(3) == 50


@pytest.mark.parametrize(
    ("wanted", "placed"),
    [
        ([10, 50, 90], [10, 50, 90]),
        ([50, 50, 50], [50, 60, 70]),
        ([95, 96, 97], [75, 85, 95]),
        ([97, 10, 96], [95, 10, 85]),
    ],
)
def test_labels_move_apart_and_stay_in_order(wanted: list[float], placed: list[float]) -> None:
    assert key.stagger(wanted, 10, 0, 95) == placed


def test_date_labels_start_on_april_when_they_are_far_apart() -> None:
    months = [axis.month_start(axis.month_number(date(2016, 4, 1)) + i) for i in range(48)]
    labels = axis.date_labels(
        months, lambda d: (d.toordinal() - months[0].toordinal()) * 0.5, size=13, left=0, right=900
    )
    assert [t for _, t in labels] == [
        "Apr 2016",
        "Oct 2016",
        "Apr 2017",
        "Oct 2017",
        "Apr 2018",
        "Oct 2018",
        "Apr 2019",
        "Oct 2019",
    ]


# --- words on the drawing ---


def test_nothing_supplied_draws_what_is_missing() -> None:
    chart = line(missing="the maternity feed for March 2019 has not arrived")
    assert texts(chart) == ["No data", "The maternity feed for March 2019 has not arrived."]
    assert chart.finding == "No data: the maternity feed for March 2019 has not arrived."
    assert texts(line(math.nan, None)) == ["No data", "No values were supplied for A&E."]


def test_a_missing_month_breaks_the_line_and_is_marked() -> None:
    chart = line(90.0, 91.0, None, 92.0, 93.0)
    strokes = re.findall(r'<path d="M[^"]*" stroke="#4c6272" stroke-width="1.4"', chart.svg())
    assert len(strokes) == 2
    assert "No data for the month" in texts(chart)
    assert "<title>Jun 2019: no data</title>" in chart.svg()
    assert chart.table().display()[2] == ("Jun 2019", "no data", "")


def test_a_month_nobody_supplied_is_missing_too() -> None:
    points = (charts.LinePoint(date(2019, 4, 1), 90), charts.LinePoint(date(2019, 6, 1), 92))
    assert [p.value for p in line(points=points).filled] == [90, None, 92]


def test_two_figures_for_one_month_are_refused() -> None:
    with pytest.raises(ValueError, match="two figures for 1 April 2019"):
        line(
            points=(charts.LinePoint(date(2019, 4, 1), 90), charts.LinePoint(date(2019, 4, 1), 91))
        )


def test_special_causes_differ_by_shape_and_filling() -> None:
    signals = ("common", "concern", "improvement", "neutral")
    drawn = {
        s: ink.mark(kind, 0, 0, 5, "#000000") for s, (kind, _, _) in charts.line.SIGNALS.items()
    }
    assert set(drawn) == set(signals)
    assert len({re.sub('fill="[^"]*"', "", d) for d in drawn.values()}) == 4, "four outlines"
    assert [re.search('fill="([^"]*)"', drawn[s]).group(1) for s in signals] == [
        "#000000",
        "#000000",
        "#ffffff",
        "#ffffff",
    ]  # type: ignore[union-attr]


def test_a_line_axis_that_does_not_start_at_zero_says_so() -> None:
    assert "Seen within 4 hours (per cent; axis starts at 86)" in texts(
        line(88.0, 90.0, 92.0, 95.9, 86.0)
    )
    assert "Seen within 4 hours (per cent)" in texts(line(88.0, 90.0, from_zero=True))


def test_a_limit_above_a_hundred_per_cent_is_not_drawn_and_that_is_said() -> None:
    chart = line(
        97.0,
        99.0,
        98.0,
        limits=(charts.Limits(date(2019, 4, 1), date(2019, 6, 1), 98.0, 94.0, 102.0),),
    )
    said = texts(chart)
    assert "A limit outside 0 to 100% is not drawn." in said
    assert not [t for t in said if t in ("101", "102", "102.0")]
    assert chart.table().rows[0][-1] == 102.0


def test_a_dated_standard_stands_only_where_it_was_in_force() -> None:
    chart = line(
        90,
        91,
        92,
        targets=(
            charts.DatedStandard("Standard", 95, end=date(2019, 4, 30)),
            charts.DatedStandard("New standard", 76, start=date(2019, 5, 1)),
        ),
    )
    assert [r[-2:] for r in chart.table().rows] == [(95, ""), ("", 76), ("", 76)]
    assert chart.finding == "92.0% in June 2019, above the New standard of 76.0%."


def test_rebases_are_lettered_and_explained() -> None:
    chart = line(
        *[90.0] * 12, rebases=(charts.RebaseMark(date(2019, 9, 1), "New streaming model."),)
    )
    assert "A" in texts(chart)
    assert "A: limits start again in September 2019. New streaming model." in texts(chart)


# --- waterfall ---

PLAN = (
    charts.Stair("2018/19", 118.4, "total"), charts.Stair("Growth", 3.9), charts.Stair("Frailty", -2.6),
    charts.Stair("Respiratory", -1.4), charts.Stair("2019/20", 118.3, "total"),
)  # fmt: skip


def waterfall(steps: tuple[charts.Stair, ...], **more: object) -> charts.Waterfall:
    given: dict[str, object] = {
        "id": "w",
        "title": "Plan",
        "measure": "Admissions",
        "unit": "thousands",
        "steps": steps,
    }
    return charts.Waterfall(**{**given, **more})  # type: ignore[arg-type]


def test_small_steps_get_a_panel_of_their_own_and_both_panels_start_at_zero() -> None:
    said = texts(waterfall(PLAN))
    assert "Admissions (thousands), from zero" in said
    assert "Changes only (thousands), from zero, on a larger scale" in said
    assert said.count("0") == 2


def test_steps_that_can_be_read_need_no_second_panel() -> None:
    steps = (charts.Stair("a", 10, "total"), charts.Stair("b", 4), charts.Stair("c", 14, "total"))
    assert not [t for t in texts(waterfall(steps)) if t.startswith("Changes")]


def test_totals_stand_on_zero_at_their_true_height() -> None:
    root = ElementTree.fromstring(waterfall(PLAN).svg())  # noqa: S314 our own output
    bars = {
        r.findtext(f"{SVG}title"): r
        for r in root.iter(f"{SVG}rect")
        if r.find(f"{SVG}title") is not None
    }
    tall, short = (float(bars[t].get("height", "")) for t in ("2018/19: 118.4", "2019/20: 118.3"))
    assert tall / short == pytest.approx(118.4 / 118.3, rel=2e-3)


def test_a_total_that_the_steps_do_not_reach_is_not_forced() -> None:
    lines = (
        charts.Stair("13 lines", 13_842_847, "total"),
        charts.Stair("Printed total", 13_842_856, "total"),
    )
    chart = waterfall(lines, unit="GBP")
    assert [(s.label, s.value) for s in chart.reconciled] == [
        ("13 lines", 13_842_847),
        ("Not reconciled", 9),
        ("Printed total", 13_842_856),
    ]
    assert any("does not add up" in t or "do not add up" in t for t in texts(chart))


def test_a_step_without_a_figure_is_named() -> None:
    assert "No figure was supplied for MSK." in texts(
        waterfall((*PLAN[:2], charts.Stair("MSK", None)))
    )


# --- the others ---


def test_suppressed_rows_and_cells_show_no_figure_anywhere() -> None:
    bars = charts.Bars(
        id="b",
        title="T",
        measure="M",
        unit="",
        rows=(charts.BarRow("A", 3.25, 1, 9, suppressed=True), charts.BarRow("B", 40)),
    )
    cells = (charts.HexCell(0, 0, "A", 3.25, suppressed=True), charts.HexCell(1, 0, "B", 40))
    for chart in (bars, charts.HexMap(id="h", title="T", measure="M", unit="", cells=cells)):
        everything = chart.svg("wide") + chart.svg("narrow") + chart.csv() + chart.description
        assert "3.25" not in everything and "3.3" not in everything.replace('"3.3', "")
        assert chart.table().rows[0][1] == "suppressed"


def test_bars_from_negative_values_hang_from_zero() -> None:
    chart = charts.Bars(
        id="b",
        title="T",
        measure="M",
        unit="",
        rows=(charts.BarRow("down", -5), charts.BarRow("up", 10)),
    )
    root = ElementTree.fromstring(chart.svg())  # noqa: S314 our own output
    down, up = (r for r in root.iter(f"{SVG}rect") if r.find(f"{SVG}title") is not None)
    assert float(down.get("x", "")) + float(down.get("width", "")) == pytest.approx(
        float(up.get("x", "")), abs=0.15
    )
    assert float(up.get("width", "")) == pytest.approx(2 * float(down.get("width", "")), abs=0.2)


def test_classes_of_a_map_touch_without_gap_or_overlap() -> None:
    chart = charts.HexMap(
        id="h",
        title="T",
        measure="M",
        unit="%",
        cells=tuple(charts.HexCell(i, 0, str(i), i) for i in range(100)),
    )
    said = texts(chart)
    assert [
        said[-1],
        said[-2],
        said[-5],
    ] == ["Below 19.8: 20 areas", "19.8 to below 39.6: 20 areas", "79.2 and over: 20 areas"]


def test_a_map_of_equal_values_has_one_class() -> None:
    chart = charts.HexMap(
        id="h",
        title="T",
        measure="M",
        unit="%",
        cells=tuple(charts.HexCell(i, 0, str(i), 7) for i in range(9)),
    )
    assert texts(chart)[-1] == "All areas: 9 areas"


def test_the_shades_of_a_map_darken_in_grey() -> None:
    for shades in ink_luminance():
        assert all(a > b * 1.15 for a, b in itertools.pairwise(shades))


def ink_luminance() -> list[list[float]]:
    return [[luminance(s) for s in shades] for shades in charts.hexmap.SHADES.values()]


def luminance(colour: str) -> float:
    """Relative luminance and from it contrast, WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize(
    "colour", [ink.INK, ink.MUTED, ink.BLUE, ink.NAVY, ink.ORANGE, ink.RED, ink.PURPLE]
)
def test_every_pen_stands_at_4_5_to_1_on_white_and_on_a_shaded_lane(colour: str) -> None:
    for ground in (ink.WHITE, charts.timeline.SHADE, ink.PALE):
        assert (luminance(ground) + 0.05) / (luminance(colour) + 0.05) >= 4.5


def test_a_milestone_without_a_date_is_drawn_apart() -> None:
    chart = charts.Timeline(
        id="t", title="T", on=date(2019, 10, 1),
        milestones=(charts.Diamond("Frailty", "Hub open", None, "unknown"), charts.Diamond("Frailty", "Staff in post", date(2019, 9, 1), "late")),
    )  # fmt: skip
    assert "No date" in texts(chart)
    assert "<title>Hub open: not known, no date</title>" in chart.svg()
    assert chart.finding == "Of 2 milestones on 1 October 2019: 1 late, 1 not known."


def test_marks_on_one_day_stand_in_layers() -> None:
    same = tuple(charts.Diamond("A", f"m{i}", date(2019, 9, 1), "due") for i in range(3))
    root = ElementTree.fromstring(charts.Timeline(id="t", title="T", milestones=same).svg())  # noqa: S314 our own output
    marks = [c.get("cy") for c in root.iter(f"{SVG}circle") if c.find(f"{SVG}title") is not None]
    assert len(marks) == len(set(marks)) == 3


def test_a_funnel_names_what_lies_outside() -> None:
    points = (
        charts.FunnelPoint("North", 9000, 130, "outside"),
        charts.FunnelPoint("South", 8000, 104),
    )
    chart = charts.Funnel(
        id="f",
        title="T",
        measure="Admissions",
        unit="per 1,000",
        denominator="People",
        points=points,
        average=104,
    )
    assert chart.finding == "1 of 2 lies beyond the 99.8% limits: North."
    assert "North" in texts(chart) and "South" not in texts(chart)


def test_calibration_says_how_many_groups_agree() -> None:
    groups = (charts.RiskBand(5, 5.2, 4.5, 5.9, 900), charts.RiskBand(20, 26, 24, 28, 300))
    assert (
        charts.Calibration(id="c", title="T", groups=groups).finding
        == "Predicted and observed outcome agree within the interval in 1 of 2 groups."
    )


@pytest.mark.parametrize("cell", ["=1+1", "+44", "-cmd", "@SUM(A1)", "\t=1", " =1", "\uff1d1"])
def test_a_cell_that_a_spreadsheet_would_run_is_made_text(cell: str) -> None:
    assert spreadsheet_safe(cell).startswith("'")


def test_an_id_that_would_break_a_reference_is_refused() -> None:
    with pytest.raises(ValueError, match="a chart's id"):
        line(90.0, id="a b")


def test_a_long_name_is_cut_with_an_ellipsis_where_it_ends() -> None:
    name = "Integrated community respiratory and cardiac rehabilitation pathway for the whole of the north"
    shown = ink.shorten(name, 200, 13)
    assert (
        shown.endswith("\u2026") and name.startswith(shown[:-1]) and ink.width_of(shown, 13) <= 201
    )


def test_a_chart_costs_about_half_a_millisecond() -> None:
    chart = line(*[80 + i % 7 for i in range(36)], targets=(charts.DatedStandard("Standard", 95),))
    chart.svg()
    start = time.process_time()
    for _ in range(40):
        chart.svg("wide")
    assert (time.process_time() - start) / 40 < 0.005, (
        "ten times the usual cost: something is being worked out again and again"
    )
