"""Two charts of points on a plane: the calibration plot of a model, and the funnel plot of areas or
teams.

Points and limits are worked out by the caller; this draws them, with their intervals, and says what
lies outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from oneplace.report import words
from oneplace.report.charts import axis, ink, key
from oneplace.report.charts.drawing import DataTable, Drawing, table
from oneplace.report.charts.ink import BLUE, GRID, INK, MUTED, ORANGE, PURPLE, Mark, Style
from oneplace.report.words import Number


@dataclass(frozen=True)
class RiskBand:
    """One band of predicted risk: the mean predicted and the share observed, in per cent, with its
    interval and size."""

    predicted: Number
    observed: Number
    low: Number = None
    high: Number = None
    people: Number = None


@dataclass(frozen=True, kw_only=True)
class Calibration(Drawing):
    """Observed against predicted. On the dashed diagonal the model says what happens."""

    groups: tuple[RiskBand, ...]
    outcome: str = "outcome"
    decimals: int = 1

    @cached_property
    def _shown(self) -> list[RiskBand]:
        return [
            g
            for g in self.groups
            if axis.drawable(g.predicted) is not None and axis.drawable(g.observed) is not None
        ]

    @property
    def has_values(self) -> bool:
        return bool(self._shown)

    def computed_finding(self) -> str:
        shown = self._shown
        ranged = [
            g
            for g in shown
            if axis.drawable(g.low) is not None and axis.drawable(g.high) is not None
        ]
        if not ranged:
            worst = max(shown, key=lambda g: abs(_float(g.observed) - _float(g.predicted)))
            return f"the largest difference is where {words.percent(worst.predicted, self.decimals)} was predicted and {words.percent(worst.observed, self.decimals)} observed"
        held = sum(_float(g.low) <= _float(g.predicted) <= _float(g.high) for g in ranged)
        return f"predicted and observed {self.outcome} agree within the interval in {held} of {words.plural(len(ranged), 'group')}"

    def described(self) -> str:
        return f"Calibration plot, {words.plural(len(self._shown), 'group')}: predicted {self.outcome} across, observed up, both in per cent"

    def table(self) -> DataTable:
        header = [
            "Predicted (%)",
            "Observed (%)",
            "Interval, low (%)",
            "Interval, high (%)",
            "People",
        ]
        d = self.decimals
        return table(
            header,
            [(g.predicted, g.observed, g.low, g.high, g.people) for g in self.groups],
            [d, d, d, d, 0],
        )

    def draw(self, style: Style) -> tuple[list[str], float]:
        shown = self._shown
        high = max(axis.known(v for g in shown for v in (g.predicted, g.observed, g.high)))
        low = min(axis.known(v for g in shown for v in (g.predicted, g.observed, g.low)))
        scale = axis.nice(
            low,
            min(high, 100.0) if high <= 100 else high,
            from_zero=True,
            count=4 if style.narrow else 5,
        )
        items = [
            key.point("circle", BLUE, "Group of people, with its interval"),
            key.stroke(MUTED, "Predicted equals observed", dash="6 4"),
        ]
        out, top = key.legend(items, style)
        side = min(style.width - 90, 420 if style.width > 700 else 360)
        plane = _Plane.over(
            style,
            scale,
            scale,
            top + 8,
            side,
            side,
            f"Observed {self.outcome} (%)",
            f"Predicted {self.outcome} (%)",
        )
        out += plane.frame()
        out.append(
            ink.line(
                plane.x(scale.low),
                plane.y(scale.low),
                plane.x(scale.high),
                plane.y(scale.high),
                dash="6 4",
                width=1.6,
            )
        )
        for g in shown:
            x, lo, hi = plane.x(_float(g.predicted)), axis.drawable(g.low), axis.drawable(g.high)
            if lo is not None and hi is not None:
                out += [ink.line(x, plane.y(lo), x, plane.y(hi), stroke=INK, width=1.4)]
                out += [
                    ink.line(x - 4, plane.y(v), x + 4, plane.y(v), stroke=INK, width=1.4)
                    for v in (lo, hi)
                ]
        out += [
            ink.mark(
                "circle",
                plane.x(_float(g.predicted)),
                plane.y(_float(g.observed)),
                style.mark,
                BLUE,
                self._says(g),
            )
            for g in shown
        ]
        return out, plane.height

    def _says(self, g: RiskBand) -> str:
        return f"predicted {words.percent(g.predicted, self.decimals)}, observed {words.percent(g.observed, self.decimals)}"


Standing = Literal["within", "warning", "outside"]


@dataclass(frozen=True)
class FunnelPoint:
    """`standing`: within the 95% limits, beyond them (warning), or beyond the 99.8% limits
    (outside)."""

    label: str
    denominator: Number
    value: Number
    standing: Standing = "within"


@dataclass(frozen=True)
class FunnelLimit:
    """The limits at one denominator, for drawing the funnel's curves."""

    denominator: Number
    low_95: Number
    high_95: Number
    low_998: Number
    high_998: Number


STANDINGS: dict[Standing, tuple[Mark, str, str]] = {
    "within": ("circle", MUTED, "Within 95% limits"),
    "warning": ("square", PURPLE, "Beyond 95% limits"),
    "outside": ("diamond", ORANGE, "Beyond 99.8% limits"),
}


@dataclass(frozen=True, kw_only=True)
class Funnel(Drawing):
    measure: str
    unit: str
    denominator: str
    points: tuple[FunnelPoint, ...]
    limits: tuple[FunnelLimit, ...] = ()
    average: Number = None
    decimals: int = 1

    @cached_property
    def _shown(self) -> list[FunnelPoint]:
        return [
            p
            for p in self.points
            if axis.drawable(p.value) is not None and axis.drawable(p.denominator) is not None
        ]

    @property
    def has_values(self) -> bool:
        return bool(self._shown)

    def computed_finding(self) -> str:
        out = [p.label for p in self._shown if p.standing == "outside"]
        if not out:
            return f"none of {len(self._shown)} lies beyond the 99.8% limits"
        named = words.listing(out if len(out) <= 3 else [*out[:2], f"{len(out) - 2} more"])
        verb = "lies" if len(out) == 1 else "lie"
        return f"{len(out)} of {len(self._shown)} {verb} beyond the 99.8% limits: {named}"

    def described(self) -> str:
        counts = ", ".join(
            f"{sum(p.standing == s for p in self._shown)} {says.lower()}"
            for s, (_, _, says) in STANDINGS.items()
        )
        return f"Funnel plot of {self.measure} by {self.denominator}: {counts}"

    def table(self) -> DataTable:
        unit = f" ({self.unit})" if self.unit else ""
        rows = [(p.label, p.denominator, p.value, STANDINGS[p.standing][2]) for p in self.points]
        return table(
            ["Name", self.denominator, f"{self.measure}{unit}", "Position"],
            rows,
            [0, 0, self.decimals, 0],
        )

    def _curve(self, name: str) -> list[tuple[float, float]]:
        pairs = [
            (axis.drawable(c.denominator), axis.drawable(getattr(c, name))) for c in self.limits
        ]
        return sorted((x, y) for x, y in pairs if x is not None and y is not None)

    def draw(self, style: Style) -> tuple[list[str], float]:
        shown = self._shown
        curves = {n: self._curve(n) for n in ("low_95", "high_95", "low_998", "high_998")}
        xs = [_float(p.denominator) for p in shown] + [x for c in curves.values() for x, _ in c]
        ys = (
            [_float(p.value) for p in shown]
            + [y for c in curves.values() for _, y in c]
            + axis.known([self.average])
        )
        count = 3 if style.narrow else 5
        across, up = (
            axis.nice(min(xs), max(xs), count=count, from_zero=True),
            axis.nice(min(ys), max(ys)),
        )
        items = [
            key.point(kind, colour, says)
            for s, (kind, colour, says) in STANDINGS.items()
            if any(p.standing == s for p in shown)
        ]
        if self.limits:
            items += [
                key.stroke(MUTED, "95% limits", dash="3 3"),
                key.stroke(MUTED, "99.8% limits", dash="8 4"),
            ]
        if axis.drawable(self.average) is not None:
            items.append(
                key.stroke(
                    INK,
                    f"Average {words.quantity(self.average, '%' if self.unit == '%' else '', self.decimals)}",
                    width=1.6,
                )
            )
        out, top = key.legend(items, style)
        unit = "per cent" if self.unit == "%" else self.unit
        within = "; ".join(
            p for p in (unit, "" if up.from_zero else f"axis starts at {up.label(up.low)}") if p
        )
        title = f"{self.measure} ({within})" if within else self.measure
        plane = _Plane.over(
            style,
            across,
            up,
            top + 8,
            style.width - 24,
            style.plot_height * 1.15,
            title,
            self.denominator,
        )
        out += plane.frame()
        for name, curve in curves.items():
            out.append(
                ink.lines(
                    [(plane.x(x), plane.y(y)) for x, y in curve],
                    dash="3 3" if name.endswith("95") else "8 4",
                    width=1.4,
                )
            )
        drawn = axis.drawable(self.average)
        if drawn is not None:
            out.append(
                ink.line(
                    plane.x(across.low),
                    plane.y(drawn),
                    plane.x(across.high),
                    plane.y(drawn),
                    stroke=INK,
                    width=1.6,
                )
            )
        return out + self._marks(shown, plane, style), plane.height

    def _marks(self, shown: list[FunnelPoint], plane: _Plane, style: Style) -> list[str]:
        """The points, ordinary ones first; a name beside each outside one where there is room for
        it."""
        order = list(STANDINGS)
        places = [
            (p, plane.x(_float(p.denominator)), plane.y(_float(p.value)))
            for p in sorted(shown, key=lambda p: order.index(p.standing))
        ]
        taken = key.Taken([(x - 6, y - 6, x + 6, y + 6) for _, x, y in places])
        size, out = style.font - 1, []
        for p, x, y in places:
            kind, colour, _ = STANDINGS[p.standing]
            says = f"{p.label}: {words.quantity(p.value, '%' if self.unit == '%' else '', self.decimals)} of {words.number(p.denominator)}"
            out.append(ink.mark(kind, x, y, style.mark, colour, says))
            if p.standing == "outside":
                out += _label_beside(ink.shorten(p.label, 140, size), x, y, size, taken, plane)
        return out


def _label_beside(
    said: str, x: float, y: float, size: float, taken: key.Taken, plane: _Plane
) -> list[str]:
    wide = ink.width_of(said, size)
    for left, base in (
        (x + 9, y + size * 0.35),
        (x - 9 - wide, y + size * 0.35),
        (x - wide / 2, y - 10),
        (x - wide / 2, y + 10 + size),
    ):
        inside = (
            left >= plane.left + 2
            and left + wide <= plane.right
            and base - size >= plane.top
            and base + 3 <= plane.bottom
        )
        if inside and taken.add(left, base - size * 0.8, left + wide, base + size * 0.25):
            return [ink.backed(left, base, said, size)]
    return []


@dataclass(frozen=True)
class _Plane:
    """A plot of one number against another."""

    style: Style
    across: axis.Axis
    up: axis.Axis
    left: float
    top: float
    right: float
    bottom: float
    heading: str
    footing: str
    x: axis.Place
    y: axis.Place

    @classmethod
    def over(
        cls,
        style: Style,
        across: axis.Axis,
        up: axis.Axis,
        top: float,
        width: float,
        height: float,
        heading: str,
        footing: str,
    ) -> _Plane:
        left = 14 + max(ink.width_of(up.label(t), style.font) for t in up.ticks)
        last = ink.width_of(across.label(across.ticks[-1]), style.font) / 2
        right = min(left + width, style.width - 8 - last)
        top += style.line_height + 12
        x, y = (
            axis.place(across.low, across.high, left, right),
            axis.place(up.low, up.high, top + height, top),
        )
        return cls(style, across, up, left, top, right, top + height, heading, footing, x, y)

    @property
    def height(self) -> float:
        return self.bottom + 2 * self.style.line_height + 10

    def frame(self) -> list[str]:
        size = self.style.font
        room = self.style.width - 16
        out = [ink.text(8, self.top - 14, ink.shorten(self.heading, room, size), size, fill=MUTED)]
        for t in self.up.ticks:
            out.append(
                ink.line(
                    self.left, self.y(t), self.right, self.y(t), stroke=MUTED if t == 0 else GRID
                )
            )
            out.append(
                ink.text(
                    self.left - 6, self.y(t) + size * 0.35, self.up.label(t), size, anchor="end"
                )
            )
        for t in axis.thinned(self.across, size, self.right - self.left):
            out.append(ink.line(self.x(t), self.bottom, self.x(t), self.bottom + 5))
            out.append(
                ink.text(
                    self.x(t),
                    self.bottom + self.style.line_height,
                    self.across.label(t),
                    size,
                    anchor="middle",
                )
            )
        out.append(ink.line(self.left, self.bottom, self.right, self.bottom))
        footing = ink.shorten(self.footing, room, size)
        middle = (self.left + self.right) / 2
        half = ink.width_of(footing, size) / 2
        at = min(max(middle, 8 + half), self.style.width - 8 - half)
        out.append(
            ink.text(
                at,
                self.bottom + 2 * self.style.line_height,
                footing,
                size,
                anchor="middle",
                fill=MUTED,
            )
        )
        return out


def _float(value: Number) -> float:
    found = axis.drawable(value)
    assert found is not None
    return found
