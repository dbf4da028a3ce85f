"""XmR charts: is a month's figure signal or noise, and can the process be relied on to meet its
target?

In: one series a row, in order of time, with NaN where a month is missing. Out: centre line, limits,
the rule that each point meets, and the two icons. `xmr` reads one series and answers in words;
`xmr_many` reads thousands as one array.

Method: Shewhart's individuals chart as in Wheeler D J, Understanding variation, SPC Press 2000
(2.66 x mean moving range; moving ranges of 3.267 times the mean or more left out once), with the
rules of NHS England, Making Data Count, 2019. Limits and runs start afresh at each rebase. Rules in
order of precedence, the first that holds names the point:

1. outside a limit;
2. seven points in a row each higher (or lower) than the one before;
3. two of three points in a row, all on one side of the centre, between two thirds of the way and the limit;
4. seven points in a row on one side of the centre.

Where we differ on purpose from the published R package (docs/reference/methods-quirks.md says
more): a constant series keeps its limits (both equal to its mean); a missing month has no point and
does not break a run (`bridge_months`, 1), while its two neighbours still make no moving range; a
figure that equals a limit or the centre but for rounding is on it; a target on a limit is met,
because standards read "at least" and "at most".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from oneplace.methods.arrays import Floats

Direction = Literal["increase", "decrease", "neutral"]
Assurance = Literal["consistent_pass", "consistent_fail", "inconsistent"]
Bools = NDArray[np.bool_]
Codes = NDArray[np.int8]
Scalar = TypeVar("Scalar", bound=np.generic)

# Wheeler 2000, appendix: 3 / 1.128, and the upper limit of a range of two, D4.
LIMIT_PER_MOVING_RANGE = 2.66
OUTLYING_MOVING_RANGE = 3.267
# NHS England, Making Data Count: points in a run or trend.
RUN_LENGTH = 7
# NHS England, Making Data Count: from so many points of a segment limits mean something.
FEWEST_POINTS = 12
# The root of days between events that is nearly normal.
NELSON = 3.6
# Two figures this close, as a share of their size, are the same figure written twice.
ROUNDING = 1e-9

# What a code in `XmrMany.cause` means; negative codes are the same rule on the low side.
CAUSE_NAMES: dict[int, str] = {
    0: "Common Cause",
    1: "Above UCL",
    -1: "Below LCL",
    2: "7 Point Trend (Increasing)",
    -2: "7 Point Trend (Decreasing)",
    3: "2 in 3 Above CL",
    -3: "2 in 3 Below CL",
    4: "7 Points Above CL",
    -4: "7 Points Below CL",
}
MISSING = 9
COMMON = "common_cause"


@dataclass(frozen=True, kw_only=True)
class Restart:
    """Limits start afresh at this point (0 is the first), because somebody knows why the process
    changed."""

    at: int
    reason: str
    author: str
    on: date


@dataclass(frozen=True)
class XmrMany:
    """Charts of many series, each array series x points; `cause` is a code of CAUSE_NAMES or
    MISSING."""

    value: Floats
    mean: Floats
    lower: Floats
    upper: Floats
    cause: Codes
    segment: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Xmr:
    """One chart. Lists are as long as the series. A segment with too few points has a mean, but no
    limits, no rule and no icon."""

    value: list[float | None]
    mean: list[float | None]
    lower: list[float | None]
    upper: list[float | None]
    cause: list[str | None]
    point_type: list[str | None]
    segment: list[int]
    variation_icon: str | None
    assurance: Assurance | None
    target: float | None
    direction: Direction
    rebases: tuple[Restart, ...] = ()
    notes: tuple[str, ...] = field(default=())


def xmr(
    values: Sequence[float | None],
    *,
    direction: Direction = "neutral",
    target: float | None = None,
    rebases: Sequence[Restart] = (),
    starts_at: Sequence[int] = (),
    fix_after: int | None = None,
    screen_outliers: bool = True,
    bridge_months: int = 1,
    fewest: int = FEWEST_POINTS,
) -> Xmr:
    """The chart of one series, oldest first, None for a missing month.

    `fewest` points of a segment make limits, rules and icons; 2 checks the bare arithmetic against
    published charts. `fix_after` takes centre and limits of each segment from its first so many
    points. A chart that people read passes `rebases`, each with its reason, author and date;
    `starts_at` holds bare positions for checking the arithmetic.
    """
    series = np.array([[np.nan if v is None else float(v) for v in values]], dtype=np.float64)
    if series.shape[1] == 0:
        raise ValueError("the series has no points")
    starts = np.zeros(series.shape, dtype=bool)
    for at in [*(rebase.at for rebase in rebases), *starts_at]:
        if not 0 <= at < series.shape[1]:
            raise ValueError(f"a rebase stands at point {at + 1} of a series of {series.shape[1]}")
        starts[0, at] = True
    many = xmr_many(
        series,
        starts=starts,
        fix_after=fix_after,
        screen_outliers=screen_outliers,
        bridge_months=bridge_months,
    )
    short = _short(many, fewest)
    codes = [MISSING if few else int(c) for c, few in zip(many.cause[0], short, strict=True)]
    types = [point_type(code, direction) for code in codes]
    newest = (
        int(np.flatnonzero(np.isfinite(many.value[0]))[-1])
        if np.isfinite(many.value[0]).any()
        else None
    )
    lower, upper = (
        _or_none(np.where(short, np.nan, limit[0])) for limit in (many.lower, many.upper)
    )
    return Xmr(
        value=_or_none(many.value[0]),
        mean=_or_none(many.mean[0]),
        lower=lower,
        upper=upper,
        cause=[CAUSE_NAMES.get(code) for code in codes],
        point_type=types,
        segment=[int(s) for s in many.segment[0]],
        variation_icon=None if newest is None else types[newest],
        assurance=assurance(lower[-1], upper[-1], target, direction),
        target=target,
        direction=direction,
        rebases=tuple(rebases),
        notes=_notes(many, fewest),
    )


def days_between(
    days: Sequence[date],
    *,
    direction: Direction = "neutral",
    rebases: Sequence[Restart] = (),
    fewest: int = FEWEST_POINTS,
) -> Xmr:
    """The chart of rare events by the days between each and the one before, oldest first; one point
    fewer than days.

    A count a month that is mostly nought has no limits worth the name, so each event is a point.
    Days between follow a skewed law: the chart is made of their 3.6th root, which is nearly normal,
    and drawn back in days (Nelson L S, A control chart for parts per million nonconforming items, J
    Quality Technology 1994;26:239-40). `direction` is of the days: more of them, fewer events.
    """
    ordered = sorted(days)
    if len(ordered) < 2:
        raise ValueError("days between events need two events")
    apart = [float((b - a).days) for a, b in pairwise(ordered)]
    made = xmr(
        [d ** (1 / NELSON) for d in apart], direction=direction, rebases=rebases, fewest=fewest
    )

    def back(of: Sequence[float | None]) -> list[float | None]:
        return [None if v is None else max(v, 0.0) ** NELSON for v in of]

    return replace(
        made,
        value=list(apart),
        mean=back(made.mean),
        lower=back(made.lower),
        upper=back(made.upper),
    )


@dataclass(frozen=True)
class Signal:
    """Points in a row that meet one rule, `first` to `last` (0 is the series' first), missing
    months between them counted."""

    cause: str
    point_type: str
    first: int
    last: int


def signals(chart: Xmr) -> tuple[Signal, ...]:
    """The chart's special causes from oldest to newest, for a sentence or a list; common cause says
    nothing."""
    found: list[Signal] = []
    segments: list[int] = []
    for i, (cause, kind) in enumerate(zip(chart.cause, chart.point_type, strict=True)):
        if cause is None:
            continue
        before = found[-1] if found else None
        if (
            before
            and (before.cause, segments[-1]) == (cause, chart.segment[i])
            and _only_missing(chart, before.last, i)
        ):
            found[-1] = Signal(cause, before.point_type, before.first, i)
        elif kind is not None and kind != COMMON:
            found.append(Signal(cause, kind, i, i))
            segments.append(chart.segment[i])
    return tuple(found)


def _only_missing(chart: Xmr, after: int, before: int) -> bool:
    return all(cause is None for cause in chart.cause[after + 1 : before])


def xmr_many(
    values: ArrayLike,
    *,
    starts: ArrayLike | None = None,
    fix_after: int | None = None,
    screen_outliers: bool = True,
    bridge_months: int = 1,
) -> XmrMany:
    """Charts of many series of equal length (pad with NaN); `starts` marks the points at which a
    segment starts."""
    y = np.atleast_2d(np.asarray(values, dtype=np.float64))
    known = np.isfinite(y)
    y = np.where(known, y, np.nan)
    segment = np.zeros(y.shape, dtype=np.int64)
    if starts is not None:
        marks = np.atleast_2d(np.asarray(starts, dtype=bool)).copy()
        marks[:, 0] = False
        segment = np.cumsum(np.broadcast_to(marks, y.shape), axis=1)
    mean, lower, upper = _limits(y, segment, known, fix_after, screen_outliers)
    cause = _causes(y, mean, lower, upper, segment, known, bridge_months)
    return XmrMany(y, mean, lower, upper, cause, segment)


def point_type(code: int, direction: Direction) -> str | None:
    """What a point means to somebody who wants the figure to move in `direction`; None for a
    missing month."""
    if code == MISSING:
        return None
    if code == 0:
        return COMMON
    if direction == "neutral":
        return "special_cause_neutral_high" if code > 0 else "special_cause_neutral_low"
    return (
        "special_cause_improvement"
        if (code > 0) == (direction == "increase")
        else "special_cause_concern"
    )


def assurance(
    lower: float | None, upper: float | None, target: float | None, direction: Direction
) -> Assurance | None:
    """Can the process be relied on? None without a target, a wish, or limits. On the limit counts
    as met."""
    if target is None or direction == "neutral" or lower is None or upper is None:
        return None
    if direction == "decrease":
        lower, upper, target = -upper, -lower, -target
    slack = ROUNDING * max(abs(target), abs(lower), abs(upper))
    if lower >= target - slack:
        return "consistent_pass"
    return "consistent_fail" if upper < target - slack else "inconsistent"


def _limits(
    y: Floats, segment: NDArray[np.int64], known: Bools, fix_after: int | None, screen: bool
) -> tuple[Floats, Floats, Floats]:
    """Centre and limits of each point's segment. Sums are taken over (series, segment) cells, all
    series at once."""
    rows = y.shape[0]
    cells = int(segment.max(initial=0)) + 1
    cell = segment + cells * np.arange(rows)[:, None]
    used = known
    if fix_after is not None:
        used = known & (_place_in_segment(segment) < fix_after)

    def average(amount: Floats, counted: Bools) -> Floats:
        where = cell[counted]
        total = np.bincount(where, weights=amount[counted], minlength=rows * cells)
        number = np.bincount(where, minlength=rows * cells)
        with np.errstate(invalid="ignore"):
            return np.asarray(total / number)

    mean = average(y, used)
    moving = np.full(y.shape, np.nan)
    moving[:, 1:] = np.abs(np.diff(y, axis=1))
    paired = np.zeros(y.shape, dtype=bool)
    paired[:, 1:] = used[:, 1:] & used[:, :-1] & (segment[:, 1:] == segment[:, :-1])
    with np.errstate(divide="ignore"):
        ranges = average(moving, paired)
        if screen:
            typical = ranges[cell]
            ranges = average(
                moving, paired & ((moving < OUTLYING_MOVING_RANGE * typical) | (typical == 0))
            )
    reach = LIMIT_PER_MOVING_RANGE * ranges
    return mean[cell], (mean - reach)[cell], (mean + reach)[cell]


def _place_in_segment(segment: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many points of the segment stand before this one."""
    index = np.broadcast_to(np.arange(segment.shape[1]), segment.shape)
    starts = np.zeros(segment.shape, dtype=bool)
    starts[:, 1:] = segment[:, 1:] != segment[:, :-1]
    return index - np.maximum.accumulate(np.where(starts, index, 0), axis=1)


def _causes(
    y: Floats,
    mean: Floats,
    lower: Floats,
    upper: Floats,
    segment: NDArray[np.int64],
    known: Bools,
    bridge_months: int,
) -> Codes:
    """The first rule that each point meets. Known points are moved together so that runs step over
    missing months."""
    index = np.arange(y.shape[1])
    whole = bool(known.all())
    order = np.broadcast_to(index, y.shape) if whole else np.argsort(~known, axis=1, kind="stable")

    def packed(table: NDArray[Scalar]) -> NDArray[Scalar]:
        return table if whole else np.asarray(np.take_along_axis(table, order, axis=1))

    value, centre = packed(y), packed(mean)
    low, high, here = packed(lower), packed(upper), packed(known)
    # A run breaks at a rebase, after the last known point, and where more months are missing than
    # may be bridged.
    joined = np.zeros(y.shape, dtype=bool)
    part = packed(segment)
    joined[:, 1:] = (
        (part[:, 1:] == part[:, :-1]) & here[:, 1:] & (np.diff(order, axis=1) <= bridge_months + 1)
    )
    with np.errstate(invalid="ignore"):
        slack = ROUNDING * np.maximum(np.abs(value), np.abs(centre))
        off = value - centre
        side = np.sign(np.where(np.abs(off) <= slack, 0.0, off)).astype(np.int8)
        side[~here] = 0
        above, below = value > high + slack, value < low - slack
        near = np.abs(off) > 2 / 3 * (high - centre) + slack
    near &= ~(above | below) & here
    code = np.zeros(y.shape, dtype=np.int8)
    _assign(code, 4 * _in_run(side, joined))
    _assign(code, 3 * _two_of_three(side, near, joined))
    _assign(code, 2 * _in_trend(value, joined))
    _assign(code, above.astype(np.int8) - below.astype(np.int8))
    if whole:
        return code
    code[~here] = MISSING
    unpacked = np.empty_like(code)
    np.put_along_axis(unpacked, order, code, axis=1)
    return unpacked


def _assign(code: Codes, found: Codes) -> None:
    """Later calls are rules of higher precedence and write over earlier ones."""
    np.copyto(code, found, where=found != 0)


def _in_run(side: Codes, joined: Bools) -> Codes:
    """Side of the centre of every point that is one of seven or more in a row on that side."""
    same = joined.copy()
    same[:, 1:] &= (side[:, 1:] == side[:, :-1]) & (side[:, 1:] != 0)
    return side * _member(_consecutive(same) >= RUN_LENGTH - 1, RUN_LENGTH)


def _in_trend(value: Floats, joined: Bools) -> Codes:
    """+1 or -1 for every point that is one of seven or more in a row, each higher or lower than the
    one before."""
    step = np.zeros(value.shape, dtype=np.int8)
    with np.errstate(invalid="ignore"):
        difference = np.sign(np.diff(value, axis=1))
    step[:, 1:] = np.where(np.isfinite(difference), difference, 0)
    up = _consecutive(joined & (step > 0)) >= RUN_LENGTH - 1
    down = _consecutive(joined & (step < 0)) >= RUN_LENGTH - 1
    # A turning point may end one trend and start another; like the published rule, the rise then
    # names it.
    rising, falling = _member(up, RUN_LENGTH), _member(down, RUN_LENGTH)
    return np.asarray(rising - falling * (rising == 0), dtype=np.int8)


def _two_of_three(side: Codes, near: Bools, joined: Bools) -> Codes:
    """Side of every near point that lies in some three in a row, all on one side, of which two are
    near."""
    three = np.zeros(side.shape, dtype=bool)
    if side.shape[1] >= 3:
        level = (
            (side[:, 2:] == side[:, 1:-1]) & (side[:, 1:-1] == side[:, :-2]) & (side[:, 2:] != 0)
        )
        count = near[:, 2:].astype(np.int8) + near[:, 1:-1] + near[:, :-2]
        three[:, 2:] = joined[:, 2:] & joined[:, 1:-1] & level & (count >= 2)
    return side * (_member(three, 3) * near)


def _consecutive(holds: Bools) -> NDArray[np.int32]:
    """How many points in a row, up to and including this one, hold."""
    index = np.arange(1, holds.shape[1] + 1, dtype=np.int32)
    broken = np.where(holds, np.int32(0), index)
    return index - np.maximum.accumulate(broken, axis=1)


def _member(ends: Bools, length: int) -> Codes:
    """1 for each point of the `length` points that end where `ends` is true."""
    found = ends.copy()
    for back in range(1, length):
        found[:, :-back] |= ends[:, back:]
    return found.astype(np.int8)


def _short(many: XmrMany, fewest: int) -> Bools:
    """The points of segments that hold fewer known points than limits need."""
    segment = many.segment[0]
    known = np.bincount(
        segment, weights=np.isfinite(many.value[0]), minlength=int(segment.max(initial=0)) + 1
    )
    return np.asarray((known < fewest)[segment])


def _notes(many: XmrMany, fewest: int) -> tuple[str, ...]:
    """What a reader should know before trusting the chart."""
    notes = []
    for number in np.unique(many.segment[0]):
        points = int(np.isfinite(many.value[0][many.segment[0] == number]).sum())
        if points < fewest:
            notes.append(
                f"segment {number + 1}: too few points, {points} of {fewest}: no limits, no icon"
            )
        known = many.value[0][(many.segment[0] == number) & np.isfinite(many.value[0])]
        if points > 1 and float(np.ptp(known)) == 0:
            notes.append(
                f"segment {number + 1} never changes: its limits are its value, and the target is met or missed by that value alone"
            )
    gaps = int((~np.isfinite(many.value[0])).sum())
    if gaps:
        notes.append(
            f"{gaps} missing {'month' if gaps == 1 else 'months'}: they have no point, and runs step over them up to the months bridged"
        )
    return tuple(notes)


def _or_none(numbers: Floats) -> list[float | None]:
    return [float(n) if np.isfinite(n) else None for n in numbers]
