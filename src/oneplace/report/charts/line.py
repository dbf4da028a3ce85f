"""A measure month by month: the XmR chart with its limits, special causes, standard, trajectory and
rebases.

Points, limits and signals are worked out by the caller (`methods.spc`); this draws them. A special
cause differs from common variation by shape and filling as well as by colour, a missing month
leaves a gap and a cross on the axis, and a rebase is a lettered mark whose reason stands under the
plot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import groupby, pairwise
from typing import NamedTuple

from oneplace.report import words
from oneplace.report.charts import axis, ink, key
from oneplace.report.charts.drawing import Cell, DataTable, Drawing, table
from oneplace.report.charts.ink import BLUE, GRID, INK, MUTED, ORANGE, PURPLE, RED, Mark, Style
from oneplace.report.words import Number, Signal


@dataclass(frozen=True)
class LinePoint:
    period: date
    value: Number
    signal: Signal = "common"


@dataclass(frozen=True)
class Limits:
    """Centre and natural process limits over one segment, first and last period included."""

    start: date
    end: date
    centre: Number
    lower: Number = None
    upper: Number = None


@dataclass(frozen=True)
class DatedStandard:
    """A standard, with the days it was in force when it is dated."""

    label: str
    value: Number
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True)
class RebaseMark:
    on: date
    reason: str


class Signed(NamedTuple):
    kind: Mark
    colour: str
    says: str


SIGNALS: dict[Signal, Signed] = {
    "common": Signed("circle", MUTED, "Usual variation"),
    "concern": Signed("diamond", ORANGE, "Special cause: concern"),
    "improvement": Signed("square", BLUE, "Special cause: improvement"),
    "neutral": Signed("triangle", PURPLE, "Special cause"),
}
SIGNAL_OF: dict[str | None, Signal] = {
    None: "common",
    "common_cause": "common",
    "special_cause_concern": "concern",
    "special_cause_improvement": "improvement",
    "special_cause_neutral_high": "neutral",
    "special_cause_neutral_low": "neutral",
}
"""The point types of the XmR method, as a drawing marks them."""


def limits_by_segment(
    periods: Sequence[date],
    segment: Sequence[int],
    mean: Sequence[Number],
    lower: Sequence[Number],
    upper: Sequence[Number],
) -> tuple[Limits, ...]:
    """One `Limits` for each segment of a series whose centre and limits are given point by
    point."""
    out = []
    for _, group in groupby(
        zip(segment, periods, mean, lower, upper, strict=True), key=lambda row: row[0]
    ):
        rows = list(group)
        _, end, centre, low, high = rows[-1]
        out.append(Limits(rows[0][1], end, centre, low, high))
    return tuple(out)


LIMIT_DASH, TRAJECTORY_DASH, TARGET_DASH = "7 4", "12 4 2 4", "2 3"


@dataclass(frozen=True, kw_only=True)
class Line(Drawing):
    """`unit` is "%", "GBP" or a word for what is counted; `measure` says what the vertical axis
    shows."""

    measure: str
    unit: str
    points: tuple[LinePoint, ...]
    limits: tuple[Limits, ...] = ()
    targets: tuple[DatedStandard, ...] = ()
    trajectory: tuple[tuple[date, Number], ...] = ()
    rebases: tuple[RebaseMark, ...] = ()
    decimals: int = 1
    from_zero: bool = False

    def __post_init__(self) -> None:
        for periods in ([p.period for p in self.points], [on for on, _ in self.trajectory]):
            twice = next((a for a, b in pairwise(sorted(periods)) if a == b), None)
            if twice is not None:
                raise ValueError(f"{self.title}: two figures for {words.day(twice)}")
        super().__post_init__()

    @property
    def has_values(self) -> bool:
        return bool(
            axis.known(p.value for p in self.points) or axis.known(v for _, v in self.trajectory)
        )

    @cached_property
    def filled(self) -> tuple[LinePoint, ...]:
        """The points in order, with a point without a value for each month that nobody supplied."""
        by_period = {p.period: p for p in sorted(self.points, key=lambda p: p.period)}
        if not by_period or not axis.monthly(list(by_period)):
            return tuple(by_period.values())
        first, last = axis.month_number(min(by_period)), axis.month_number(max(by_period))
        if (
            last - first > 1200
        ):  # dates more than a century apart are a slip in the data, not missing months
            return tuple(by_period.values())
        months = [axis.month_start(m) for m in range(first, last + 1)]
        return tuple(by_period.get(m) or LinePoint(m, None) for m in months)

    @cached_property
    def _planned(self) -> list[tuple[date, Number]]:
        return sorted(self.trajectory, key=lambda t: t[0])

    def latest(self) -> LinePoint | None:
        return next((p for p in reversed(self.filled) if axis.drawable(p.value) is not None), None)

    # --- words ---

    def computed_finding(self) -> str:
        point = self.latest()
        if point is None:
            return f"no figures yet; the plan runs to {words.month(self._planned[-1][0])}"
        said = f"{words.quantity(point.value, self.unit, self.decimals)} in {words.month(point.period)}"
        target = next(
            (
                t
                for t in self.targets
                if axis.drawable(t.value) is not None and _in_force(t, point.period)
            ),
            None,
        )
        if target is None:
            return said
        here, there = axis.drawable(point.value) or 0.0, axis.drawable(target.value) or 0.0
        side = "equal to" if here == there else "above" if here > there else "below"
        return f"{said}, {side} the {words.within(target.label)} of {words.quantity(target.value, self.unit, self.decimals)}"

    def described(self) -> str:
        points = self.filled
        said = [f"Line chart of {self.measure}"]
        if points:
            said.append(f"from {words.month(points[0].period)} to {words.month(points[-1].period)}")
        missing = sum(axis.drawable(p.value) is None for p in points)
        parts = [
            words.plural(len(points) - missing, "point"),
            f"{missing} missing" if missing else "",
            *(
                f"{n} {SIGNALS[s].says.lower()}"
                for s, n in self._signals().items()
                if s != "common"
            ),
            "mean and limits" if self.limits else "",
            *(
                f"{t.label} {words.quantity(t.value, self.unit, self.decimals)}"
                for t in self.targets
            ),
            "planned trajectory" if self.trajectory else "",
            *(f"rebased {words.month(r.on)}: {r.reason}" for r in self.rebases),
        ]
        return f"{' '.join(said)}: {', '.join(p for p in parts if p)}"

    def _signals(self) -> dict[Signal, int]:
        drawn = [p.signal for p in self.points if axis.drawable(p.value) is not None]
        return {s: drawn.count(s) for s in SIGNALS if s in drawn}

    def table(self) -> DataTable:
        points = {p.period: p for p in self.filled}
        planned = dict(self.trajectory)
        periods = sorted({*points, *planned})
        unit = f" ({self.unit})" if self.unit else ""
        header = ["Period", f"{self.measure}{unit}", "Variation"]
        header += [
            f"{name}{unit}" for name in ("Mean", "Lower limit", "Upper limit") if self.limits
        ]
        header += [f"{t.label}{unit}" for t in self.targets] + (
            [f"Trajectory{unit}"] if self.trajectory else []
        )
        rows: list[list[Cell]] = []
        for period in periods:
            point = points.get(period)
            row: list[Cell] = [period, point.value if point else None]
            row.append(
                SIGNALS[point.signal].says
                if point and words.finite(point.value) is not None
                else ""
            )
            if self.limits:
                segment = next((s for s in self.limits if s.start <= period <= s.end), None)
                row += [segment.centre, segment.lower, segment.upper] if segment else ["", "", ""]
            row += [t.value if _in_force(t, period) else "" for t in self.targets]
            row += [planned.get(period, "")] if self.trajectory else []
            rows.append(row)
        return table(header, rows, [self.decimals] * len(header), monthly=axis.monthly(periods))

    # --- drawing ---

    def draw(self, style: Style) -> tuple[list[str], float]:
        points = self.filled
        scale = self._axis()
        out, top = key.legend(self._key(points, style), style)
        above, height = key.heading(self._axis_title(scale), style, top=top + 4)
        out += above
        top += 4 + height
        top += 20 if self.rebases else 12
        left = 14 + max(ink.width_of(scale.label(t), style.font) for t in scale.ticks)
        right = style.width - (14 if style.narrow else self._end_width(style))
        bottom = top + style.plot_height
        dates = [p.period for p in points] + [d for d, _ in self.trajectory]
        across = axis.place(min(dates).toordinal(), max(dates).toordinal(), left + 10, right - 10)
        plot = _Plot(
            style,
            scale,
            left,
            top,
            right,
            bottom,
            across,
            axis.place(scale.low, scale.high, bottom, top),
        )
        out += plot.frame(dates)
        out += (
            self._limits(plot) + self._targets(plot) + self._trajectory(plot) + self._rebases(plot)
        )
        out += self._points(plot, points)
        if not style.narrow:
            out += self._ends(plot)
        under, height = key.notes(self._notes(), style, top=bottom + style.line_height + 4)
        return out + under, bottom + style.line_height + 12 + height

    def _axis(self) -> axis.Axis:
        edges: list[Number] = [v for s in self.limits for v in (s.centre, s.lower, s.upper)]
        values = axis.known(
            [p.value for p in self.points]
            + [t.value for t in self.targets]
            + [v for _, v in self.trajectory]
        )
        low, high = min([*values, *axis.known(edges)]), max([*values, *axis.known(edges)])
        if (
            self.unit == "%"
        ):  # a limit outside 0 to 100% is arithmetic, not something that can happen
            low, high = (
                (max(low, 0.0) if min(values) >= 0 else low),
                (min(high, 100.0) if max(values) <= 100 else high),
            )
        found = axis.nice(low, high, from_zero=self.from_zero)
        held = axis.known(t.value for t in self.targets)
        if held and max(held) >= found.high and not (self.unit == "%" and found.high >= 100):
            found = axis.nice(
                low, high + (found.ticks[1] - found.ticks[0]) / 2, from_zero=self.from_zero
            )  # a standard clear of the edge
        if self.unit == "%" and high <= 100 < found.high:
            kept = tuple(t for t in found.ticks if t <= 100)
            return (
                axis.Axis(found.low, kept[-1] if kept[-1] >= high else 100.0, kept, found.decimals)
                if len(kept) > 1
                else found
            )
        return found

    def _axis_title(self, scale: axis.Axis) -> str:
        unit = "per cent" if self.unit == "%" else self.unit
        cut = "" if scale.from_zero else f"; axis starts at {scale.label(scale.low)}"
        return f"{self.measure} ({unit}{cut})" if unit or cut else self.measure

    def _key(self, points: tuple[LinePoint, ...], style: Style) -> list[key.KeyEntry]:
        items = [
            key.point(SIGNALS[s].kind, SIGNALS[s].colour, SIGNALS[s].says) for s in self._signals()
        ]
        if any(axis.drawable(p.value) is None for p in points):
            items.append(
                key.point(
                    "cross",
                    INK,
                    "No data for the month"
                    if axis.monthly([p.period for p in points])
                    else "No data",
                )
            )
        if style.narrow:
            items += [self._stroke_item(kind, label) for kind, label, _ in self._end_labels()]
        elif any(
            axis.drawable(s.lower) is not None or axis.drawable(s.upper) is not None
            for s in self.limits
        ):
            items.append(key.stroke(MUTED, "Limits of usual variation", dash=LIMIT_DASH))
        return items

    @staticmethod
    def _stroke_item(kind: str, label: str) -> key.KeyEntry:
        colour, width, dash = _STROKES[kind]
        return key.stroke(colour, label, width=width, dash=dash)

    def _end_labels(self) -> list[tuple[str, str, float]]:
        """What the lines are, with their latest values: (kind, label, value), to stand at the right
        or in the key."""
        out: list[tuple[str, str, float]] = []
        last = max(self.limits, key=lambda s: s.end, default=None)
        if last is not None:
            for kind, name, value in (
                ("limit", "Upper", last.upper),
                ("centre", "Mean", last.centre),
                ("limit", "Lower", last.lower),
            ):
                drawn = axis.drawable(value)
                if drawn is not None:
                    out.append((kind, f"{name} {words.number(value, self.decimals)}", drawn))
        latest_target = {
            t.label: t for t in sorted(self.targets, key=lambda t: t.start or date.min)
        }
        for t in latest_target.values():
            drawn = axis.drawable(t.value)
            if drawn is not None:
                out.append(("target", f"{t.label} {words.number(t.value, self.decimals)}", drawn))
        planned = [(d, axis.drawable(v)) for d, v in self._planned]
        ends = [v for _, v in planned if v is not None]
        if ends:
            out.append(
                ("trajectory", f"Trajectory {words.number(ends[-1], self.decimals)}", ends[-1])
            )
        return out

    def _said_at_end(self) -> list[tuple[str, str, float]]:
        point = self.latest()
        if point is None:
            return self._end_labels()
        latest = (
            "latest",
            f"Latest {words.number(point.value, self.decimals)}",
            axis.drawable(point.value) or 0.0,
        )
        return [*self._end_labels(), latest]

    def _end_width(self, style: Style) -> float:
        """The room that the labels at the right need, up to 30% of the drawing."""
        widest = max(
            ink.width_of(ink.clean(t), style.font - 1, k == "latest")
            for k, t, _ in self._said_at_end()
        )
        return min(widest + 30, style.width * 0.3)

    def _ends(self, plot: _Plot) -> list[str]:
        """Labels at the right-hand end of each line, moved apart, with a short lead where they had
        to move."""
        labels = self._end_labels()
        point = self.latest()
        if point is not None:
            labels.append(
                (
                    "latest",
                    f"Latest {words.number(point.value, self.decimals)}",
                    axis.drawable(point.value) or 0.0,
                )
            )
        labels = [
            (k, t, min(max(v, plot.scale.low), plot.scale.high)) for k, t, v in self._said_at_end()
        ]
        size = plot.style.font - 1
        ys = key.stagger([plot.y(v) for _, _, v in labels], size + 3, plot.top + 4, plot.bottom - 2)
        out = []
        for (kind, said, value), y in zip(labels, ys, strict=True):
            colour = INK if kind in ("latest", "centre") else _STROKES[kind][0]
            out.append(
                ink.line(
                    plot.right + 2, plot.y(value), plot.right + 14, y, stroke=colour, width=0.8
                )
            )
            room = plot.style.width - plot.right - 22
            bold = kind == "latest"
            out.append(
                ink.text(
                    plot.right + 18,
                    y + size * 0.35,
                    ink.shorten(said, room, size, bold),
                    size,
                    fill=colour,
                    bold=bold,
                )
            )
        return out

    def _limits(self, plot: _Plot) -> list[str]:
        out = []
        for s in self.limits:
            x1, x2 = plot.reach(s.start, -1), plot.reach(s.end, 1)
            for value, dash, width in (
                (s.centre, "", 1.6),
                (s.lower, LIMIT_DASH, 1.4),
                (s.upper, LIMIT_DASH, 1.4),
            ):
                drawn = axis.drawable(value)
                if drawn is not None and plot.scale.low <= drawn <= plot.scale.high and x2 > x1:
                    out.append(
                        ink.line(
                            x1,
                            plot.y(drawn),
                            x2,
                            plot.y(drawn),
                            stroke=MUTED if dash else INK,
                            width=width,
                            dash=dash,
                        )
                    )
        return out

    def _targets(self, plot: _Plot) -> list[str]:
        out = []
        for t in self.targets:
            drawn = axis.drawable(t.value)
            x1 = plot.left if t.start is None else plot.reach(t.start, -1)
            x2 = plot.right if t.end is None else plot.reach(t.end, 1)
            if drawn is not None and x2 > x1:
                out.append(
                    ink.line(
                        x1,
                        plot.y(drawn),
                        x2,
                        plot.y(drawn),
                        stroke=RED,
                        width=2.2,
                        dash=TARGET_DASH,
                    )
                )
        return out

    def _trajectory(self, plot: _Plot) -> list[str]:
        path = [
            (plot.x(d), plot.y(v))
            for d, value in self._planned
            if (v := axis.drawable(value)) is not None
        ]
        colour, width, dash = _STROKES["trajectory"]
        alone = (
            [ink.mark("ring", *path[0], plot.style.mark * 0.8, colour)] if len(path) == 1 else []
        )
        return [ink.lines(path, stroke=colour, width=width, dash=dash), *alone]

    def _rebases(self, plot: _Plot) -> list[str]:
        out, taken = [], key.Taken([])
        for letter, r in zip(
            _letters(len(self.rebases)), sorted(self.rebases, key=lambda r: r.on), strict=True
        ):
            x = plot.reach(r.on, -1)
            if plot.left <= x <= plot.right:
                out.append(ink.line(x, plot.top, x, plot.bottom, stroke=INK, width=1, dash="3 3"))
                if taken.add(x - 7, 0, x + 7, 1):
                    out.append(
                        ink.text(
                            x, plot.top - 3, letter, plot.style.font - 1, anchor="middle", bold=True
                        )
                    )
        return out

    def _points(self, plot: _Plot, points: tuple[LinePoint, ...]) -> list[str]:
        out: list[str] = []
        r = min(plot.style.mark, max(1.5, 0.32 * (plot.right - plot.left) / max(len(points), 1)))
        run: list[tuple[float, float]] = []
        marks: list[str] = []
        for p in points:
            value = axis.drawable(p.value)
            if value is None:
                out.append(ink.lines(run, width=1.4))
                run = []
                marks.append(
                    ink.mark(
                        "cross",
                        plot.x(p.period),
                        plot.bottom - r - 3,
                        r * 0.9,
                        INK,
                        f"{plot.named(p.period)}: no data",
                    )
                )
                continue
            x, y = plot.x(p.period), plot.y(value)
            run.append((x, y))
            kind, colour, _ = SIGNALS[p.signal]
            said = f"{plot.named(p.period)}: {words.quantity(p.value, self.unit, self.decimals)}"
            marks.append(ink.mark(kind, x, y, r if p.signal != "common" else r * 0.8, colour, said))
        return [*out, ink.lines(run, width=1.4), *marks]

    def _notes(self) -> list[str]:
        ordered = sorted(self.rebases, key=lambda r: r.on)
        out = [
            f"{a}: limits start again in {words.month(r.on)}. {r.reason}"
            for a, r in zip(_letters(len(ordered)), ordered, strict=True)
        ]
        shown = [p.value for p in self.points] + [t.value for t in self.targets]
        beyond = [
            v for s in self.limits for v in axis.known((s.lower, s.upper)) if not 0 <= v <= 100
        ]
        if self.unit == "%" and beyond and all(0 <= v <= 100 for v in axis.known(shown)):
            out.append("A limit outside 0 to 100% is not drawn.")
        return out


_STROKES: dict[str, tuple[str, float, str]] = {
    "centre": (INK, 1.6, ""),
    "limit": (MUTED, 1.4, LIMIT_DASH),
    "target": (RED, 2.2, TARGET_DASH),
    "trajectory": (PURPLE, 2, TRAJECTORY_DASH),
}


def _in_force(target: DatedStandard, on: date) -> bool:
    return (target.start is None or target.start <= on) and (target.end is None or on <= target.end)


def _letters(count: int) -> list[str]:
    return [
        chr(65 + i) if i < 26 else f"{chr(64 + i // 26)}{chr(65 + i % 26)}" for i in range(count)
    ]


class _Plot(NamedTuple):
    """The plotting area: its edges, and where a date and a value stand in it."""

    style: Style
    scale: axis.Axis
    left: float
    top: float
    right: float
    bottom: float
    across: axis.Place
    y: axis.Place

    def x(self, on: date) -> float:
        return self.across(on.toordinal())

    def reach(self, on: date, side: int) -> float:
        """Half a month before (-1) or after (1) a date, inside the plot: where a segment's line
        begins or ends."""
        return min(max(self.across(on.toordinal() + 15 * side), self.left), self.right)

    def named(self, on: date) -> str:
        return words.short_month(on) if on.day == 1 else words.short_day(on)

    def frame(self, dates: list[date]) -> list[str]:
        out = []
        for tick in self.scale.ticks:
            y = self.y(tick)
            out.append(ink.line(self.left, y, self.right, y, stroke=MUTED if tick == 0 else GRID))
            out.append(
                ink.text(
                    self.left - 6,
                    y + self.style.font * 0.35,
                    self.scale.label(tick),
                    self.style.font,
                    anchor="end",
                )
            )
        out.append(ink.line(self.left, self.bottom, self.right, self.bottom))
        labels = axis.date_labels(
            dates, self.x, size=self.style.font, left=2, right=self.style.width - 2
        )
        for x, label in labels:
            out.append(ink.line(x, self.bottom, x, self.bottom + 5))
            out.append(
                ink.text(
                    x, self.bottom + self.style.line_height, label, self.style.font, anchor="middle"
                )
            )
        return out


__all__ = ["SIGNALS", "DatedStandard", "Limits", "Line", "LinePoint", "RebaseMark", "Signal"]
