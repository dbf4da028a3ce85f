"""Activity: from last year on for five points of delivery, adding up exactly; called the plan's
year only where it is.

In: the waterfalls as `plan.activity` makes them, how to disclose a count. Out: a `Chapter`. What is
missing (a baseline, a growth assumption, a printed count) is said beside each picture and never
filled in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from oneplace.plan.activity import Bar, NoWaterfall, PointOfDelivery
from oneplace.report import words
from oneplace.report.board.claims import partly_held
from oneplace.report.board.paper import (
    Block,
    Cell,
    Chapter,
    Grid,
    Missing,
    Origin,
    Paragraph,
    Picture,
    Section,
    Tile,
    Tiles,
)
from oneplace.report.charts import Stair
from oneplace.report.charts import Waterfall as Chart
from oneplace.report.trace import Figure

Disclose = Callable[[int], int | None]


def activity(
    found: Sequence[PointOfDelivery | NoWaterfall],
    *,
    records: Origin | None,
    plan: Origin | None,
    disclose: Disclose,
    why_not: str = "",
    held: tuple[int, int] | None = None,
) -> Chapter:
    """`held` are the people registered in the records and on the practices' lists.

    `records` is where baselines come from; totals that the place supplies come from the plan's own
    document."""
    origin = records or plan
    if origin is None or not found:
        return Chapter(
            sections=(
                Section(
                    "activity",
                    "Activity",
                    (Missing("this place has no plan.", "Write plan.yaml."),),
                ),
            )
        )
    shown = [_disclosed(w, disclose) for w in found]
    drawn = [w for w in shown if isinstance(w, PointOfDelivery)]
    blocks: list[Block] = [
        Paragraph(
            (
                "From the year before: the baseline, assumed growth, and what schemes claim to take away from the day they are to be working, "
                "an event that two of them claim taken away once. Each adds up exactly. Only where growth, starts and overlap are all known is the end the plan's year.",
            )
        )
    ]
    if not drawn:
        names = words.listing([w.title for w in shown])
        blocks.append(Missing(f"activity, which needs a baseline for {names}.", why_not))
    else:
        partly = partly_held(held)
        if partly and any(w.basis in ("supplied", "synthetic") for w in drawn):
            blocks.append(
                Paragraph(
                    (
                        f"{partly} What schemes claim is for the whole place: the end here is a sum, no forecast.",
                    ),
                    "loud",
                )
            )
        blocks.append(_grid(drawn, origin, plan))
        blocks += [b for w in shown for b in _point(w, origin, plan)]
    tiles = tuple(
        Tile(
            _figure(w, "baseline", w.baseline, _of(w, origin, plan)),
            w.title.lower().replace("a&e", "A&E"),
            "in the year before",
            "activity",
        )
        for w in drawn
        if w.point in ("non_elective", "ae")
    )
    return Chapter(
        sections=(Section("activity", "Activity", tuple(blocks)),),
        tiles=Tiles("Activity", tiles) if tiles else None,
    )


def _disclosed(
    w: PointOfDelivery | NoWaterfall, disclose: Disclose
) -> PointOfDelivery | NoWaterfall:
    """The baseline as it may be shown; the bars stay, so that what is shown still adds up."""
    if isinstance(w, NoWaterfall) or w.basis not in ("supplied", "synthetic"):
        return w
    baseline = disclose(w.baseline)
    if baseline is None:
        return NoWaterfall(w.point, w.title, ("baseline: too small to show", *w.missing))
    return replace(w, baseline=baseline)


def _of(w: PointOfDelivery, origin: Origin, plan: Origin | None) -> Origin:
    """Baselines from records, or from the totals in `activity.yaml`."""
    return (
        origin
        if origin.basis == w.basis or plan is None
        else plan.part("activity.yaml: points", "document")
    )


def _figure(w: PointOfDelivery, what: str, value: int, origin: Origin) -> Figure:
    return origin.figure(f"activity.{w.point}.{what}", f"{w.title}: {what}", value)


def _sum(w: PointOfDelivery, kind: str) -> int | None:
    found = [b.change for b in w.bars if b.kind == kind]
    return sum(found) if found else None


def end_of(w: PointOfDelivery) -> str:
    """What the last bar may be called."""
    return "Plan's year" if w.is_plan else "Year before with what is known"


def _grid(drawn: Sequence[PointOfDelivery], origin: Origin, plan: Origin | None) -> Grid:
    rows: list[tuple[Cell, ...]] = []
    for w in drawn:
        own = _of(w, origin, plan)
        planned = plan or own
        growth, promised, twice = (_sum(w, kind) for kind in ("growth", "claim", "twice"))
        rows.append(
            (
                w.title,
                _figure(w, "baseline", w.baseline, own),
                _figure(w, "growth", growth, planned) if growth is not None else "not supplied",
                _figure(w, "claimed", -w.claimed_in_full, planned) if w.claimed_in_full else "none",
                _figure(w, "promised", promised, planned) if promised is not None else "none",
                _figure(w, "twice", twice, own) if twice is not None else "none",
                _figure(w, "end", w.end, own),
                "yes" if w.is_plan else f"no: {'; '.join(w.lacks)}",
                "yes"
                if w.baseline + sum(n or 0 for n in (growth, promised, twice)) == w.end
                else "NO",
            )
        )
    header = (
        "Point of delivery",
        "Year before",
        "Growth",
        "Claimed, whole year",
        "Claimed, from each start",
        "Claimed twice, given back",
        "Together",
        "The plan's year?",
        "Adds up",
    )
    return Grid("Activity by point of delivery", header, tuple(rows), right=(1, 2, 3, 4, 5, 6))


def _point(w: PointOfDelivery | NoWaterfall, origin: Origin, plan: Origin | None) -> list[Block]:
    said = "; ".join(w.missing)
    if isinstance(w, NoWaterfall):
        return [
            Missing(
                f"{w.title}: {said}.",
                "Supply records with this activity, or totals in activity.yaml.",
            )
        ]
    if not w.bars:
        return [
            Paragraph(
                (f"{w.title}: no scheme claims a change. This is not the plan's year: {said}.",),
                "small",
            )
        ]
    own = _of(w, origin, plan)
    steps = (
        Stair("Year before", w.baseline, "total"),
        *(Stair(_called(b), b.change) for b in w.bars),
        Stair(end_of(w), w.end, "total"),
    )
    drawing = Chart(
        id=f"activity-{w.point}", title=w.title, measure=w.title, unit="", steps=steps, decimals=0
    )
    figures = (_figure(w, "baseline", w.baseline, own), _figure(w, "end", w.end, own))
    return [Picture(drawing, figures, note=_note(w))]


def _called(b: Bar) -> str:
    return (
        b.name
        if b.part is None or b.part >= 1
        else f"{b.name} ({words.share(b.part, 0)} of the year)"
    )


def _note(w: PointOfDelivery) -> str:
    not_plan = "" if w.is_plan else f"Not the plan's year: {'; '.join(w.lacks)}."
    rest = [m for m in w.missing if m not in w.lacks]
    return " ".join(
        x for x in (not_plan, f"Not in this picture: {'; '.join(rest)}." if rest else "") if x
    )
