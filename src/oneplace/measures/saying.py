"""A chart's signals in sentences that whoever runs the service would accept: what happened, when,
how far, how often chance does it.

In: a measure's page (`page.measure_answer`). Out: one row for each signal, oldest first. Points are
judged once, by the strongest rule that they meet, so a run can be cut by a point that is outside as
well: the sentence tells the whole run, not the part that was left.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

Row = dict[str, Any]
Point = Mapping[str, Any]


def signals_in_words(page: Mapping[str, Any]) -> list[Row]:
    """Each signal of the chart: from, to, cause, for better or worse, and the sentence. A run is
    told once."""
    chart, points = page["chart"], page["points"]
    if chart is None:
        return []
    share = str(page["measure"]["unit"]).startswith("%")
    at = {p["month"]: i for i, p in enumerate(points)}
    rows: list[Row] = []
    told: set[tuple[str, int, int]] = set()
    for s in chart["signals"]:
        first, last = at[s["from"]], at[s["to"]]
        cause = s["cause"]
        if cause in ("7 Points Above CL", "7 Points Below CL"):
            first, last = _run(points, first, last, above="Above" in cause)
        elif cause.startswith("2 in 3"):
            first, last = _near(points, first, last, above="Above" in cause)
        elif "Trend" in cause:
            first, last = _trend(points, first, last, rising="Increasing" in cause)
        if (cause, first, last) in told:
            continue
        told.add((cause, first, last))
        meaning = {"special_cause_improvement": "better", "special_cause_concern": "worse"}.get(
            s["kind"], "neither"
        )
        said = _said(
            cause,
            points,
            first,
            last,
            share=share,
            worse=meaning == "worse",
            better=meaning == "better",
        )
        rows.append(
            {
                "from": points[first]["month"],
                "to": points[last]["month"],
                "cause": cause,
                "meaning": meaning,
                "said": said,
            }
        )
    return rows


def _known(points: Sequence[Point], i: int) -> bool:
    return points[i]["value"] is not None and points[i]["mean"] is not None


def _same(points: Sequence[Point], i: int, j: int) -> bool:
    return bool(points[i]["segment"] == points[j]["segment"])


def _run(points: Sequence[Point], first: int, last: int, *, above: bool) -> tuple[int, int]:
    """The whole run on one side of the mean, in its segment; a missing month does not end it."""

    def holds(i: int) -> bool:
        if not _known(points, i):
            return True
        value, mean = points[i]["value"], points[i]["mean"]
        return bool(value > mean if above else value < mean)

    return _stretched(points, first, last, holds)


def _trend(points: Sequence[Point], first: int, last: int, *, rising: bool) -> tuple[int, int]:
    """The whole run of months of which each is higher (or lower) than the one before."""
    low, high = first, last
    while (
        low > 0 and _same(points, low - 1, low) and _known(points, low - 1) and _known(points, low)
    ):
        if (points[low]["value"] > points[low - 1]["value"]) != rising or points[low][
            "value"
        ] == points[low - 1]["value"]:
            break
        low -= 1
    while (
        high + 1 < len(points)
        and _same(points, high + 1, high)
        and _known(points, high + 1)
        and _known(points, high)
    ):
        if (points[high + 1]["value"] > points[high]["value"]) != rising:
            break
        if points[high + 1]["value"] == points[high]["value"]:
            break
        high += 1
    return low, high


def _near(points: Sequence[Point], first: int, last: int, *, above: bool) -> tuple[int, int]:
    """The months near the limit that the rule looked at: those beyond two thirds of the way, at
    most two months away."""
    low, high = first, last
    near = [
        i
        for i in range(max(first - 2, 0), min(last + 3, len(points)))
        if _same(points, i, first) and _far(points, i, above)
    ]
    return min([low, *near]), max([high, *near])


def _far(points: Sequence[Point], i: int, above: bool) -> bool:
    """More than two thirds of the way from the mean to its limit."""
    p = points[i]
    limit = p["upper"] if above else p["lower"]
    if not _known(points, i) or limit is None:
        return False
    third = p["mean"] + (limit - p["mean"]) * 2 / 3
    return bool(p["value"] > third if above else p["value"] < third)


def _stretched(points: Sequence[Point], first: int, last: int, holds: Any) -> tuple[int, int]:
    low, high = first, last
    while low > 0 and _same(points, low - 1, first) and holds(low - 1):
        low -= 1
    while high + 1 < len(points) and _same(points, high + 1, first) and holds(high + 1):
        high += 1
    while not _known(points, low):  # a run begins and ends with a month that is known
        low += 1
    while not _known(points, high):
        high -= 1
    return low, high


def _said(
    cause: str,
    points: Sequence[Point],
    first: int,
    last: int,
    *,
    share: bool,
    worse: bool,
    better: bool,
) -> str:
    known = [points[i] for i in range(first, last + 1) if _known(points, i)]
    span, end = _span(points[first]["month"], points[last]["month"]), points[last]
    tail = " Worse than usual." if worse else " Better than usual." if better else ""
    if cause in ("Above UCL", "Below LCL"):
        over = cause == "Above UCL"
        limit = "upper" if over else "lower"
        if len(known) == 1:
            said = f"{_month(end['month'])}: {_number(end['value'], share)}, {'above' if over else 'below'} the {limit} limit of {_number(end[limit], share)}."
        else:
            values = [p["value"] for p in known]
            said = f"{span}: {len(known)} months running {'above' if over else 'below'} the {limit} limit of {_number(end[limit], share)}, between {_number(min(values), share)} and {_number(max(values), share)}."
        return f"{said} Usual variation around the mean of {_number(end['mean'], share)} hardly ever goes so far: look for what was different then.{tail}"
    if "Trend" in cause:
        rising = "Increasing" in cause
        return (
            f"{span}: {len(known)} months running, each {'higher' if rising else 'lower'} than the one before, from "
            f"{_number(known[0]['value'], share)} to {_number(known[-1]['value'], share)}. Chance alone seldom keeps one direction so long.{tail}"
        )
    if cause.startswith("7 Points"):
        above = "Above" in cause
        values = [p["value"] for p in known]
        average = sum(values) / len(values)
        return (
            f"{span}: {len(known)} months running {'above' if above else 'below'} the mean of {_number(end['mean'], share)}, "
            f"on average {_number(average, share)}. A whole stretch at another level, not one odd month.{tail}"
        )
    above = "Above" in cause
    limit = "upper" if above else "lower"
    third = end["mean"] + (end[limit] - end["mean"]) * 2 / 3
    far = [points[i] for i in range(first, last + 1) if _far(points, i, above)]
    named = _listed([f"{_month(p['month'])} ({_number(p['value'], share)})" for p in far])
    return (
        f"{named or span}: at least two of three successive months {'above' if above else 'below'} {_number(third, share)}, near the "
        f"{limit} limit of {_number(end[limit], share)}. An early sign; the next months show whether it lasts.{tail}"
    )


def _number(value: float, share: bool) -> str:
    return f"{value:.1f}%" if share else f"{value:,.0f}"


def _month(text: str) -> str:
    return f"{dt.date.fromisoformat(text):%B %Y}"


def _span(first: str, last: str) -> str:
    return _month(first) if first == last else f"{_month(first)} to {_month(last)}"


def _listed(parts: Sequence[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)
