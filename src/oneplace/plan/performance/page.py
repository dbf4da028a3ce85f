"""Everything that is known of one measure for one organisation: chart, standard, trajectory, forecast, and what forecasts were worth.

In: a measure's document, its figures, its standards and trajectory, the day, a random generator. Out: one plain dictionary. Months
after the day are kept apart and used for nothing else: a page says what could be known on its day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

import numpy as np

from oneplace.methods import forecast as fc
from oneplace.methods import forecast_counts as counts
from oneplace.methods.spc import Rebase as ChartRebase
from oneplace.methods.spc import Xmr, signals, xmr
from oneplace.place.standards import Pledge, Standard, in_force
from oneplace.plan.performance.forms import MeasureDefinition, Rebase
from oneplace.plan.performance.judging import judge, level
from oneplace.plan.performance.series import Figure, following, months_between, whole
from oneplace.plan.performance.trajectories import Trajectory

Answer = dict[str, Any]
LONGEST_FORECAST = 24
USUAL_FORECAST = 12
Direction = Literal["increase", "decrease"]


def measure_answer(
    definition: MeasureDefinition,
    figures: Sequence[Figure],
    *,
    standards: Sequence[Standard],
    trajectory: Trajectory | None,
    on: dt.date,
    rng: np.random.Generator,
    organisation: str,
    pledges: Sequence[Pledge] = (),
    rebases: Sequence[Rebase] = (),
    show_after: bool = False,
) -> Answer:
    """The page of a measure. `on` is the day that everything is computed for; `rebases` are those of the site, beside the document's own."""
    direction: Direction = "increase" if definition.better == "higher" else "decrease"
    share = is_share(definition)
    known = [f for f in figures if following(f.month) <= on]
    after = [f for f in figures if following(f.month) > on]
    months, kept = whole(known)
    target = target_of(standards, pledges, on, known)
    chart = _chart([*definition.rebases, *rebases], months, kept, organisation, direction, target)
    latest = next((f for f in reversed(kept) if f is not None), None)
    return {
        "measure": definition_answer(definition),
        "organisation": organisation,
        "on": on.isoformat(),
        "basis": sorted({f.basis for f in known}),
        "points": _points(months, kept, chart, trajectory, pledges),
        "chart": _chart_answer(chart, months, target),
        "latest": figure_answer(latest),
        "standards": [standard_answer(s, latest, share, on) for s in standards],
        "constitution": _pledge(pledges, latest, share, on),
        "pledges": [_pledge_answer(p) for p in sorted(pledges, key=lambda p: p.start)],
        "trajectory": trajectory_answer(trajectory, known),
        "forecast": forecast_answer(definition, months, kept, standards, trajectory, direction, rng, target, pledges),
        "after_the_day": [{**figure_answer(f), "why": f"after {on}, the day computed for"} for f in after]
        if show_after
        else [],
        "missing": [m.isoformat() for m, f in zip(months, kept, strict=True) if f is None or f.value is None],
        "restated": [_restated(f) for f in known if f.earlier],
        "merged": merger_of(known),
    }


def is_share(definition: MeasureDefinition) -> bool:
    return definition.denominator is not None and definition.unit.startswith("%")


def definition_answer(m: MeasureDefinition) -> Answer:
    return {
        "id": m.id,
        "title": m.title,
        "also_called": m.also_called,
        "numerator": m.numerator,
        "denominator": m.denominator,
        "unit": m.unit,
        "better": m.better,
        "lag_months": m.lag_months,
        "owner": m.owner,
        "source": m.source,
        "note": m.note,
        "standards": list(m.standards),
    }


def target_of(
    standards: Sequence[Standard], pledges: Sequence[Pledge], on: dt.date, known: Sequence[Figure] = ()
) -> tuple[str, Decimal] | None:
    """The standard that a chart is drawn against: the first threshold with a number (or a month's level), else the pledge in force."""
    for s in standards:
        if s.kind == "threshold" and s.operator:
            value = s.value if s.value is not None else level(s.value_in_words, known)
            if value is not None:
                return s.operator, value
    pledge = in_force(pledges, on)
    return (pledge.operator, pledge.value) if pledge else None


def _chart(
    given: Sequence[Rebase],
    months: Sequence[dt.date],
    kept: Sequence[Figure | None],
    organisation: str,
    direction: Direction,
    target: tuple[str, Decimal] | None,
) -> Xmr | None:
    values = [f.value if f else None for f in kept]
    if sum(v is not None for v in values) < 2:
        return None
    rebases = [
        ChartRebase(at=months.index(r.month), reason=r.reason, author=r.author, on=r.on)
        for r in latest_of_month(given, organisation)
        if r.month in months
    ]
    return xmr(values, direction=direction, target=float(target[1]) if target else None, rebases=rebases)


def latest_of_month(rebases: Sequence[Rebase], organisation: str) -> list[Rebase]:
    """Of those that apply, one for each month: of two the one said last."""
    of_month = {r.month: r for r in sorted(applying(rebases, organisation), key=lambda r: r.on)}
    return [of_month[month] for month in sorted(of_month)]


def applying(rebases: Sequence[Rebase], organisation: str) -> list[Rebase]:
    """Rebases of everybody's chart and of this organisation's, in order of time."""
    return sorted((r for r in rebases if r.organisation in (None, organisation)), key=lambda r: r.month)


def figure_answer(f: Figure | None) -> Any:
    if f is None:
        return None
    return {
        "month": f.month.isoformat(),
        "value": f.value,
        "numerator": f.numerator,
        "denominator": f.denominator,
        "basis": f.basis,
        "status": f.status,
        "source": f.source,
        "suppressed": f.suppressed,
        "caveat": f.caveat,
        "added_from": list(f.added_from),
    }


def _points(
    months: Sequence[dt.date],
    kept: Sequence[Figure | None],
    chart: Xmr | None,
    trajectory: Trajectory | None,
    pledges: Sequence[Pledge],
) -> list[Answer]:
    planned = {p.period.start: p for p in trajectory.points} if trajectory else {}
    rows = []
    for i, (month, f) in enumerate(zip(months, kept, strict=True)):
        point, pledge = planned.get(month), in_force(pledges, month)
        rows.append(
            {
                **(
                    figure_answer(f)
                    or {"month": month.isoformat(), "value": None, "caveat": "no figure for this month"}
                ),
                "mean": chart.mean[i] if chart else None,
                "lower": chart.lower[i] if chart else None,
                "upper": chart.upper[i] if chart else None,
                "cause": chart.cause[i] if chart else None,
                "kind": chart.point_type[i] if chart else None,
                "segment": chart.segment[i] if chart else None,
                "planned": float(point.planned) if point else None,
                "standard": float(pledge.value) if pledge else None,
            }
        )
    return rows


def _chart_answer(chart: Xmr | None, months: Sequence[dt.date], target: tuple[str, Decimal] | None) -> Answer | None:
    if chart is None:
        return None
    return {
        "variation": chart.variation_icon,
        "assurance": chart.assurance,
        "target": float(target[1]) if target else None,
        "operator": target[0] if target else None,
        "notes": list(chart.notes),
        "rebases": [
            {"month": months[r.at].isoformat(), "reason": r.reason, "author": r.author, "on": r.on.isoformat()}
            for r in chart.rebases
        ],
        "signals": [
            {
                "cause": s.cause,
                "kind": s.point_type,
                "from": months[s.first].isoformat(),
                "to": months[s.last].isoformat(),
            }
            for s in signals(chart)
        ],
    }


def standard_answer(s: Standard, latest: Figure | None, share: bool, on: dt.date) -> Answer:
    """One dated standard beside the newest figure."""
    judged = (
        judge(latest, operator=s.operator, value=s.value, share=share) if s.operator and s.value is not None else None
    )
    return {
        "id": s.id,
        "title": s.title,
        "kind": s.kind,
        "operator": s.operator,
        "value": float(s.value) if s.value is not None else None,
        "in_words": s.value_in_words,
        "direction": s.direction,
        "unit": s.unit,
        "by": str(s.by) if s.by else None,
        "due": due_in_words(s, on),
        "judged": judged.verdict if judged else None,
        "why": judged.why if judged else None,
        "short_by": judged.short_by if judged else None,
        "as_at": latest.month.isoformat() if latest else None,
        "source": s.source,
    }


def due_in_words(s: Standard, on: dt.date) -> str:
    if s.by is None:
        return "no date given"
    if s.by.start > on:
        return "not due yet"
    return "due now" if s.by.covers(on) else "was due"


def _pledge(pledges: Sequence[Pledge], latest: Figure | None, share: bool, on: dt.date) -> Answer | None:
    """The pledge in force in the newest month (or on the day, where there is no figure), beside it."""
    pledge = in_force(pledges, latest.month if latest else on)
    if pledge is None:
        return None
    judged = judge(latest, operator=pledge.operator, value=pledge.value, share=share)
    return {**_pledge_answer(pledge), "judged": judged.verdict, "why": judged.why, "short_by": judged.short_by}


def _pledge_answer(pledge: Pledge) -> Answer:
    return {
        "id": pledge.id,
        "title": pledge.title,
        "operator": pledge.operator,
        "value": float(pledge.value),
        "unit": pledge.unit,
        "start": pledge.start.isoformat(),
        "end": pledge.end.isoformat() if pledge.end else None,
        "source": pledge.source,
    }


def trajectory_answer(trajectory: Trajectory | None, known: Sequence[Figure]) -> Answer | None:
    """The plan's course with, beside each planned month, what happened up to the day."""
    if trajectory is None:
        return None
    actual = {f.month: f for f in known}
    points = []
    for p in trajectory.points:
        f = actual.get(p.period.start)
        points.append(
            {
                "period": str(p.period),
                "planned": float(p.planned),
                "standard": float(p.standard),
                "actual": f.value if f else None,
                "planned_meets": p.planned_meets,
                "behind": None
                if f is None or f.value is None
                else _behind(trajectory.operator, Decimal(repr(f.value)), p.planned),
            }
        )
    return {
        "operator": trajectory.operator,
        "unit": trajectory.unit,
        "points": points,
        "first_meeting": str(trajectory.first_meeting) if trajectory.first_meeting else None,
        "first_staying": str(trajectory.first_staying) if trajectory.first_staying else None,
        "promised": str(trajectory.promised) if trajectory.promised else None,
        "promised_met": trajectory.promised_met,
    }


def _behind(operator: str, actual: Decimal, planned: Decimal) -> bool:
    return actual < planned if operator in (">=", ">") else actual > planned


def forecast_answer(
    definition: MeasureDefinition,
    months: Sequence[dt.date],
    kept: Sequence[Figure | None],
    standards: Sequence[Standard],
    trajectory: Trajectory | None,
    direction: Direction,
    rng: np.random.Generator,
    target: tuple[str, Decimal] | None,
    pledges: Sequence[Pledge] = (),
) -> Answer:
    """Where the measure is going, and the chance that its standard is met by its date; or why nothing is forecast."""
    share = is_share(definition)
    numerator, denominator = _counts(kept, share)
    counted = int(np.sum(np.isfinite(numerator) & np.isfinite(denominator)))
    if counted < fc.FEWEST_MONTHS:
        return {"made": False, "why": f"{counted} months with counts are known; a forecast needs {fc.FEWEST_MONTHS}"}
    known = np.isfinite(numerator) & np.isfinite(denominator)
    if share and (numerator[known] > denominator[known]).any():
        return {
            "made": False,
            "why": "more were counted than the denominator holds: this is a ratio to an estimate, not a share",
        }
    if not share and (definition.denominator is not None or (numerator[known] != np.floor(numerator[known])).any()):
        return {"made": False, "why": "a forecast is made of shares and of whole counts; this measure is neither"}
    last = months[-1]
    dates = _dates(standards, trajectory) or _in_force(pledges, last)
    ahead = max([USUAL_FORECAST, *(months_between(last, d) for d in dates.values())])
    ahead = min(ahead, LONGEST_FORECAST)
    wanted = float(target[1]) / (100 if share else 1) if target else None
    if share:
        record = _share_record([(numerator, denominator)], min(ahead, USUAL_FORECAST), wanted, direction)
        made = fc.forecast(
            numerator,
            denominator,
            horizon=ahead,
            rng=rng,
            target=wanted,
            direction=direction,
            recalibration=fc.recalibrate(record),
        )
        method = "damped trend on the logit scale with binomial chance"
    else:
        flow = is_flow(definition)
        days, later = (
            ([_days(m) for m in months], [_days(following(last, i + 1)) for i in range(ahead)])
            if flow
            else (None, None)
        )
        if target and target[0] in ("<", ">") and wanted is not None:
            wanted += -1 if target[0] == "<" else 1  # whole people: fewer than 5 is at most 4
        record = counts.rolling_counts(
            [(numerator, days)], horizon=min(ahead, USUAL_FORECAST), target=wanted, direction=direction
        )
        made = counts.forecast_counts(
            numerator,
            horizon=ahead,
            rng=rng,
            days=days,
            future_days=later,
            target=wanted,
            direction=direction,
            recalibration=fc.recalibrate(record),
        )
        method = (
            "few people a month: negative binomial, exact whole numbers"
            if counts.is_small(numerator)
            else f"damped trend on the logarithm of the count{' a day' if flow else ''} with Poisson chance"
        )
    return {
        "made": True,
        "from": last.isoformat(),
        "months": [_forecast_month(made, i, following(last, i + 1), 100.0 if share else 1.0) for i in range(ahead)],
        "target": float(target[1]) if target else None,
        "by_date": [_by_date(name, day, last, made) for name, day in dates.items()],
        "likely_from": following(last, made.first_met_month).isoformat() if made.first_met_month else None,
        "recalibrated_on": made.recalibration.judged,
        "past_forecasts": verdict_answer(fc.judge(record)),
        "method": f"{method}; intervals stretched to what past forecasts missed by",
    }


def past_record(
    definition: MeasureDefinition, series: Mapping[str, Sequence[Figure]], *, horizon: int = USUAL_FORECAST
) -> Answer | None:
    """How past forecasts of a measure did over all its organisations together; None where no series is long enough."""
    share = is_share(definition)
    direction: Direction = "increase" if definition.better == "higher" else "decrease"
    shares, flows, used = [], [], []
    for code, figures in sorted(series.items()):
        months, kept = whole(figures)
        numerator, denominator = _counts(kept, share)
        known = np.isfinite(numerator) & np.isfinite(denominator)
        if known.sum() < fc.FEWEST_MONTHS or (share and (numerator[known] > denominator[known]).any()):
            continue
        if not share and (numerator[known] != np.floor(numerator[known])).any():
            continue
        used.append(code)
        shares.append((numerator, denominator))
        flows.append((numerator, [_days(m) for m in months] if is_flow(definition) else None))
    if not used:
        return None
    record = (
        _share_record(shares, horizon, None, direction)
        if share
        else counts.rolling_counts(flows, horizon=horizon, direction=direction)
    )
    found = verdict_answer(fc.judge(record))
    return (
        None if found is None else {"measure": definition.id, "organisations": used, "months_ahead": horizon, **found}
    )


def _share_record(
    series: Sequence[tuple[Any, Any]], horizon: int, wanted: float | None, direction: Direction
) -> fc.Record:
    return fc.rolling_record(series, horizon=horizon, target=wanted, direction=direction)


def _counts(kept: Sequence[Figure | None], share: bool) -> tuple[Any, Any]:
    """Numerators and denominators by month; a count has itself for both."""
    numerator = np.array([np.nan if f is None or f.numerator is None else f.numerator for f in kept], dtype=np.float64)
    if not share:
        return numerator, numerator
    denominator = [f.denominator if f and f.denominator else np.nan for f in kept]  # nobody is no share
    return numerator, np.array(denominator, dtype=np.float64)


def is_flow(definition: MeasureDefinition) -> bool:
    """Counted over a month, which may be short, and not on its last day."""
    how = definition.from_records
    return definition.frequency == "month" and (how is None or how.count in ("stopped", "contacts"))


def _days(month: dt.date) -> int:
    return (following(month) - month).days


def _in_force(pledges: Sequence[Pledge], last: dt.date) -> dict[str, dt.date]:
    """A standard in force has no date to be met by: what is asked is whether it is met by the end of the financial year."""
    march = dt.date(last.year + (last.month >= 3), 3, 1)
    pledge = in_force(pledges, march)
    return {f"{pledge.id}, in force": march} if pledge else {}


def _dates(standards: Sequence[Standard], trajectory: Trajectory | None) -> dict[str, dt.date]:
    """The months by which something was promised: the standards' dates, the plan's promise, the plan's last month."""
    found = {
        f"{s.id}, {s.title}": s.by.end or s.by.start
        for s in standards
        if s.by and s.kind == "threshold" and (s.value is not None or s.value_in_words)
    }
    if trajectory and trajectory.promised:
        found["promised in the plan"] = trajectory.promised.end or trajectory.promised.start
    if trajectory and trajectory.points:
        end = trajectory.points[-1].period
        found["end of the plan's trajectory"] = end.end or end.start
    return {name: day.replace(day=1) for name, day in found.items()}


def _forecast_month(made: fc.Forecast, i: int, month: dt.date, scale: float) -> Answer:
    return {
        "month": month.isoformat(),
        "median": scale * float(made.median[i]),
        "lower80": scale * float(made.lower80[i]),
        "upper80": scale * float(made.upper80[i]),
        "lower95": scale * float(made.lower95[i]),
        "upper95": scale * float(made.upper95[i]),
        "met_in": float(made.met_in[i]) if made.met_in is not None else None,
        "met_by": float(made.met_by[i]) if made.met_by is not None else None,
    }


def _by_date(name: str, month: dt.date, last: dt.date, made: fc.Forecast) -> Answer:
    ahead = months_between(last, month)
    possible = made.met_in is not None and made.met_by is not None and 1 <= ahead <= made.met_in.size
    return {
        "what": name,
        "month": month.isoformat(),
        "met_in": float(made.met_in[ahead - 1]) if possible and made.met_in is not None else None,
        "met_by": float(made.met_by[ahead - 1]) if possible and made.met_by is not None else None,
        "why": None
        if possible
        else "the month is past"
        if ahead < 1
        else "no standard with a number"
        if made.met_in is None
        else "too far ahead",
    }


def verdict_answer(v: fc.Verdict | None) -> Answer | None:
    """What past forecasts of this measure were worth: how often intervals held, and the Brier score."""
    if v is None:
        return None
    return {
        "judged": v.judged,
        "covered80": v.covered80,
        "covered95": v.covered95,
        "covered80_before": v.covered80_raw,
        "covered95_before": v.covered95_raw,
        "brier": v.brier,
    }


def _restated(f: Figure) -> Answer:
    return {
        "month": f.month.isoformat(),
        "now": f.value,
        "before": [{"value": e.value, "source": e.source, "status": e.status} for e in f.earlier],
    }


def merger_of(known: Sequence[Figure]) -> Answer | None:
    added = [f for f in known if f.added_from]
    if not added:
        return None
    return {
        "from": sorted({c for f in added for c in f.added_from}),
        "until": max(f.month for f in added).isoformat(),
        "note": "months up to then are the bodies' figures added",
    }


def points_csv(answer: Mapping[str, Any]) -> list[Answer]:
    """What the page shows, as rows of one table."""
    return [{"measure": answer["measure"]["id"], "organisation": answer["organisation"], **p} for p in answer["points"]]
