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
from oneplace.methods.spc import Rebase as ChartRebase
from oneplace.methods.spc import Xmr, signals, xmr
from oneplace.place.standards import Standard
from oneplace.plan.performance.forms import MeasureDefinition, Rebase
from oneplace.plan.performance.judging import judge
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
    show_after: bool = False,
) -> Answer:
    """The page of a measure. `on` is the day that everything is computed for."""
    direction: Direction = "increase" if definition.better == "higher" else "decrease"
    share = is_share(definition)
    known = [f for f in figures if following(f.month) <= on]
    after = [f for f in figures if following(f.month) > on]
    months, kept = whole(known)
    target = target_of(definition, standards, on)
    chart = _chart(definition, months, kept, organisation, direction, target)
    latest = next((f for f in reversed(kept) if f is not None), None)
    return {
        "measure": definition_answer(definition),
        "organisation": organisation,
        "on": on.isoformat(),
        "basis": sorted({f.basis for f in known}),
        "points": _points(months, kept, chart, trajectory),
        "chart": _chart_answer(chart, months, target),
        "latest": figure_answer(latest),
        "standards": [standard_answer(s, latest, share, on) for s in standards],
        "constitution": _pledge(definition, latest, share, on),
        "trajectory": trajectory_answer(trajectory, known),
        "forecast": forecast_answer(definition, months, kept, standards, trajectory, direction, rng, on),
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


def target_of(definition: MeasureDefinition, standards: Sequence[Standard], on: dt.date) -> tuple[str, Decimal] | None:
    """The standard that a chart is drawn against: the first threshold with a number, else the pledge in force."""
    for s in standards:
        if s.kind == "threshold" and s.operator and s.value is not None:
            return s.operator, s.value
    pledge = definition.constitution
    return (pledge.operator, pledge.value) if pledge and pledge.in_force(on) else None


def _chart(
    definition: MeasureDefinition,
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
        for r in applying(definition.rebases, organisation)
        if r.month in months
    ]
    return xmr(values, direction=direction, target=float(target[1]) if target else None, rebases=rebases)


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
    months: Sequence[dt.date], kept: Sequence[Figure | None], chart: Xmr | None, trajectory: Trajectory | None
) -> list[Answer]:
    planned = {p.period.start: p for p in trajectory.points} if trajectory else {}
    rows = []
    for i, (month, f) in enumerate(zip(months, kept, strict=True)):
        point = planned.get(month)
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


def _pledge(definition: MeasureDefinition, latest: Figure | None, share: bool, on: dt.date) -> Answer | None:
    pledge = definition.constitution
    if pledge is None or not pledge.in_force(on):
        return None
    judged = judge(latest, operator=pledge.operator, value=pledge.value, share=share)
    return {
        "operator": pledge.operator,
        "value": float(pledge.value),
        "source": pledge.source,
        "judged": judged.verdict,
        "why": judged.why,
        "short_by": judged.short_by,
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
    on: dt.date,
) -> Answer:
    """Where the measure is going, and the chance that its standard is met by its date; or why nothing is forecast."""
    if not is_share(definition):
        return {"made": False, "why": "a forecast is made of shares; this measure is a count"}
    numerator = [f.numerator if f and f.numerator is not None else np.nan for f in kept]
    denominator = [f.denominator if f and f.denominator else np.nan for f in kept]  # nobody is no share
    counted = int(np.sum(np.isfinite(numerator) & np.isfinite(denominator)))
    if counted < fc.FEWEST_MONTHS:
        return {"made": False, "why": f"{counted} months with counts are known; a forecast needs {fc.FEWEST_MONTHS}"}
    target = target_of(definition, standards, on)
    if any(n > d for n, d in zip(numerator, denominator, strict=True)):
        return {
            "made": False,
            "why": "more were counted than the denominator holds: this is a ratio to an estimate, not a share",
        }
    dates = _dates(standards, trajectory)
    last = months[-1]
    ahead = max([USUAL_FORECAST, *(months_between(last, d) for d in dates.values())])
    ahead = min(ahead, LONGEST_FORECAST)
    wanted = float(target[1]) / 100 if target else None
    record = fc.rolling_record(
        [(numerator, denominator)], horizon=min(ahead, USUAL_FORECAST), target=wanted, direction=direction
    )
    made = fc.forecast(
        numerator,
        denominator,
        horizon=ahead,
        rng=rng,
        target=wanted,
        direction=direction,
        recalibration=fc.recalibrate(record),
    )
    return {
        "made": True,
        "from": last.isoformat(),
        "months": [_forecast_month(made, i, following(last, i + 1)) for i in range(ahead)],
        "target": float(target[1]) if target else None,
        "by_date": [_by_date(name, day, last, made) for name, day in dates.items()],
        "likely_from": following(last, made.first_met_month).isoformat() if made.first_met_month else None,
        "recalibrated_on": made.recalibration.judged,
        "past_forecasts": verdict_answer(fc.judge(record)),
        "method": "damped trend on the logit scale with binomial chance; intervals stretched to what past forecasts missed by",
    }


def _dates(standards: Sequence[Standard], trajectory: Trajectory | None) -> dict[str, dt.date]:
    """The months by which something was promised: the standards' dates, the plan's promise, the plan's last month."""
    found = {f"{s.id}, {s.title}": s.by.end or s.by.start for s in standards if s.by and s.value is not None}
    if trajectory and trajectory.promised:
        found["promised in the plan"] = trajectory.promised.end or trajectory.promised.start
    if trajectory and trajectory.points:
        end = trajectory.points[-1].period
        found["end of the plan's trajectory"] = end.end or end.start
    return {name: day.replace(day=1) for name, day in found.items()}


def _forecast_month(made: fc.Forecast, i: int, month: dt.date) -> Answer:
    return {
        "month": month.isoformat(),
        "median": 100 * float(made.median[i]),
        "lower80": 100 * float(made.lower80[i]),
        "upper80": 100 * float(made.upper80[i]),
        "lower95": 100 * float(made.lower95[i]),
        "upper95": 100 * float(made.upper95[i]),
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
