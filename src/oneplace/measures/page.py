"""Everything that is known of one measure for one organisation: chart, standard, trajectory,
forecast, and what forecasts were worth.

In: a measure's document, its figures, its standards and trajectory, the day, a random generator.
Out: one plain dictionary. Months after the day are kept apart and used for nothing else: a page
says what could be known on its day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import numpy as np

from oneplace.documents.values import When
from oneplace.measures.forms import MeasureDefinition, Rebase
from oneplace.measures.judging import Applied, Better, judge, judge_goal, level, standard_of
from oneplace.measures.series import Observation, following, months_between, whole
from oneplace.measures.trajectories import Trajectory
from oneplace.methods import forecast as fc
from oneplace.methods import forecast_counts as counts
from oneplace.methods.spc import Restart as ChartRebase
from oneplace.methods.spc import Xmr, signals, xmr
from oneplace.place.standards import Pledge, Standard, in_force

Answer = dict[str, Any]
LONGEST_FORECAST = 24
USUAL_FORECAST = 12
ROLLING = frozenset({"rolling quarter", "rolling year"})
Direction = Literal["increase", "decrease"]


def measure_answer(
    definition: MeasureDefinition,
    figures: Sequence[Observation],
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
    """The page of a measure. `on` is the day that everything is computed for; `rebases` are those
    of the site, beside the document's own."""
    direction: Direction = "increase" if definition.better == "higher" else "decrease"
    share = is_share(definition)
    known = [f for f in figures if following(f.month) <= on]
    after = [f for f in figures if following(f.month) > on]
    months, kept = whole(known, step=3 if definition.frequency == "fiscal quarter" else 1)
    latest = next((f for f in reversed(kept) if f is not None), None)
    standard = standard_of(standards, pledges, trajectory, latest.month if latest else on)
    why_no_chart = _why_no_chart(definition, kept)
    chart = None
    if not why_no_chart:
        chart = _chart(
            [*definition.rebases, *rebases], months, kept, organisation, direction, standard
        )
    return {
        "measure": definition_answer(definition),
        "organisation": organisation,
        "on": on.isoformat(),
        "basis": sorted({f.basis for f in known}),
        "points": _points(months, kept, chart, trajectory, pledges),
        "chart": _chart_answer(chart, months, standard, latest),
        "why_no_chart": why_no_chart,
        "latest": figure_answer(latest),
        "standard": applied_answer(standard, latest, share),
        "standards": [standard_answer(s, known, share, definition.better, on) for s in standards],
        "constitution": _pledge(pledges, latest, share, on),
        "pledges": [_pledge_answer(p) for p in sorted(pledges, key=lambda p: p.start)],
        "trajectory": trajectory_answer(trajectory, known),
        "forecast": forecast_answer(
            definition, months, kept, standards, trajectory, direction, rng, on, pledges
        ),
        "after_the_day": [
            {**figure_answer(f), "why": f"after {on}, the day computed for"} for f in after
        ]
        if show_after
        else [],
        "missing": [
            m.isoformat() for m, f in zip(months, kept, strict=True) if f is None or f.value is None
        ],
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


def _why_no_chart(definition: MeasureDefinition, kept: Sequence[Observation | None]) -> str | None:
    """Why no control chart is drawn; None where one is. Figures that share months with their
    neighbours are not separate points, and a count that is mostly nought has no limits worth the
    name."""
    if definition.frequency in ROLLING:
        return f"a {definition.frequency} shares its months with the one before: its figures stand on no control chart"
    values = [f.value for f in kept if f is not None and f.value is not None]
    if not values:
        return "no month has a figure"
    if definition.denominator is None and sum(v == 0 for v in values) * 2 > len(values):
        return "so few happen that most months have none: rare events are drawn as the days between them, for which their days are needed"
    return None


def _chart(
    given: Sequence[Rebase],
    months: Sequence[dt.date],
    kept: Sequence[Observation | None],
    organisation: str,
    direction: Direction,
    standard: Applied | None,
) -> Xmr:
    values = [f.value if f else None for f in kept]
    rebases = [
        ChartRebase(at=months.index(r.month), reason=r.reason, author=r.author, on=r.on)
        for r in latest_of_month(given, organisation)
        if r.month in months
    ]
    return xmr(
        values,
        direction=direction,
        target=float(standard.value) if standard else None,
        rebases=rebases,
    )


def latest_of_month(rebases: Sequence[Rebase], organisation: str) -> list[Rebase]:
    """Of those that apply, one for each month: of two the one said last."""
    of_month = {r.month: r for r in sorted(applying(rebases, organisation), key=lambda r: r.on)}
    return [of_month[month] for month in sorted(of_month)]


def applying(rebases: Sequence[Rebase], organisation: str) -> list[Rebase]:
    """Rebases of everybody's chart and of this organisation's, in order of time."""
    return sorted(
        (r for r in rebases if r.organisation in (None, organisation)), key=lambda r: r.month
    )


def figure_answer(f: Observation | None) -> Any:
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
        "estimate": f.estimate,
    }


def _points(
    months: Sequence[dt.date],
    kept: Sequence[Observation | None],
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
                    or {
                        "month": month.isoformat(),
                        "value": None,
                        "caveat": "no figure for this month",
                    }
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


def _chart_answer(
    chart: Xmr | None,
    months: Sequence[dt.date],
    standard: Applied | None,
    latest: Observation | None,
) -> Answer | None:
    """Whether a national standard will be met is a verdict too: a local estimate gives none."""
    if chart is None:
        return None
    return {
        "variation": chart.variation_icon,
        "assurance": None if latest is not None and latest.estimate else chart.assurance,
        "target": float(standard.value) if standard else None,
        "operator": standard.operator if standard else None,
        "notes": list(chart.notes),
        "rebases": [
            {
                "month": months[r.at].isoformat(),
                "reason": r.reason,
                "author": r.author,
                "on": r.on.isoformat(),
            }
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


def applied_answer(
    standard: Applied | None, latest: Observation | None, share: bool
) -> Answer | None:
    """The standard that the measure is held to, beside the newest figure."""
    if standard is None:
        return None
    judged = judge(latest, operator=standard.operator, value=standard.value, share=share)
    return {
        "called": standard.called,
        "operator": standard.operator,
        "value": float(standard.value),
        "source": standard.source,
        "judged": judged.verdict,
        "missed": judged.missed,
        "why": judged.why,
        "short_by": judged.short_by,
        "as_at": latest.month.isoformat() if latest else None,
    }


def standard_answer(
    s: Standard, known: Sequence[Observation], share: bool, better: Better, on: dt.date
) -> Answer:
    """One dated standard beside the figure that judges it: of its month once that has come, else
    the newest."""
    judged = judge_goal(s, known, share=share, better=better, on=on)
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
        "as_at": judged.month.isoformat() if judged and judged.month else None,
        "source": s.source,
    }


def due_in_words(s: Standard, on: dt.date) -> str:
    if s.by is None:
        return "no date given"
    if s.by.start > on:
        return "not due yet"
    return "due now" if s.by.covers(on) else "was due"


def _pledge(
    pledges: Sequence[Pledge], latest: Observation | None, share: bool, on: dt.date
) -> Answer | None:
    """The pledge in force in the newest month (or on the day, where there is no figure), beside
    it."""
    pledge = in_force(pledges, latest.month if latest else on)
    if pledge is None:
        return None
    judged = judge(latest, operator=pledge.operator, value=pledge.value, share=share)
    return {
        **_pledge_answer(pledge),
        "judged": judged.verdict,
        "why": judged.why,
        "short_by": judged.short_by,
    }


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


def trajectory_answer(trajectory: Trajectory | None, known: Sequence[Observation]) -> Answer | None:
    """The plan's course with, beside each planned month, what happened up to the day."""
    if trajectory is None:
        return None
    actual = actual_of(known)
    points = []
    for p in trajectory.points:
        f = actual.get(str(p.period))
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


def actual_of(known: Sequence[Observation]) -> dict[str, Observation]:
    """Figures by the period that a plan names: a month by its month, a quarter by its first."""
    return {
        name: f
        for f in known
        for name in (
            f"{f.month:%Y-%m}",
            f"{f.month.year - (f.month.month < 4)}-Q{(f.month.month - 4) % 12 // 3 + 1}",
        )
    }


def _behind(operator: str, actual: Decimal, planned: Decimal) -> bool:
    return actual < planned if operator in (">=", ">") else actual > planned


@dataclass(frozen=True)
class Promised:
    """Something promised of a measure for a month: by whom, how much. `value` is None where the
    source gives no number."""

    what: str
    month: dt.date
    operator: str | None
    value: Decimal | None


def promises(
    standards: Sequence[Standard],
    trajectory: Trajectory | None,
    pledges: Sequence[Pledge],
    known: Sequence[Observation],
    on: dt.date,
) -> list[Promised]:
    """What was promised, each with its own amount and month: dated standards, the plan's summary,
    the end of its course; of a measure of which nothing is dated, the pledge in force at the end of
    the financial year."""
    found = [
        Promised(
            f"{s.id}, {s.title}",
            _last_month(s.by),
            s.operator,
            s.value if s.value is not None else level(s.value_in_words, known),
        )
        for s in standards
        if s.by and s.kind == "threshold"
    ]
    if trajectory is not None:
        promise = trajectory.promise
        if promise is not None:
            found.append(
                Promised(
                    "promised in the plan",
                    _last_month(promise.period),
                    promise.operator,
                    promise.value,
                )
            )
        if trajectory.points:
            end = trajectory.points[-1]
            found.append(
                Promised(
                    "end of the plan's course",
                    _last_month(end.period),
                    trajectory.operator,
                    end.planned,
                )
            )
    if not found:
        march = dt.date(on.year + (on.month > 3), 3, 1)
        pledge = in_force(pledges, march)
        if pledge is not None:
            found.append(Promised(f"{pledge.id}, in force", march, pledge.operator, pledge.value))
    told: dict[tuple[dt.date, str | None, Decimal | None], Promised] = {}
    for p in found:
        told.setdefault((p.month, p.operator, p.value), p)
    return list(told.values())


def _last_month(period: When) -> dt.date:
    return (period.end or period.start).replace(day=1)


def forecast_answer(
    definition: MeasureDefinition,
    months: Sequence[dt.date],
    kept: Sequence[Observation | None],
    standards: Sequence[Standard],
    trajectory: Trajectory | None,
    direction: Direction,
    rng: np.random.Generator,
    on: dt.date,
    pledges: Sequence[Pledge] = (),
) -> Answer:
    """Where the measure is going, and for each promise the chance that it is kept in its month; or
    why none is given.

    A chance is given only where chances given in the past for the same amount, as far ahead, were
    worth more than the base rate and than saying that the last month comes again."""
    share = is_share(definition)
    promised = promises(standards, trajectory, pledges, [f for f in kept if f is not None], on)
    why = _why_no_forecast(definition, kept, share)
    last = months[-1] if months else on.replace(day=1)
    ahead = min(
        max([USUAL_FORECAST, *(months_between(last, p.month) for p in promised)]), LONGEST_FORECAST
    )
    made = None if why else _Ahead(definition, months, kept, share, direction, ahead, rng)
    by_date = [
        _kept_by(p, dict(zip(months, kept, strict=True)), on, made, why, share) for p in promised
    ]
    if made is None:
        return {"made": False, "why": why, "by_date": by_date}
    return {
        "made": True,
        "from": last.isoformat(),
        "months": [
            _forecast_month(made.forecast, i, following(last, i + 1), 100.0 if share else 1.0)
            for i in range(ahead)
        ],
        "by_date": by_date,
        "recalibrated_on": made.forecast.recalibration.judged,
        "past_forecasts": verdict_answer(fc.judge(made.record)),
        "method": f"{made.method}; intervals stretched to what past forecasts missed by",
    }


def _why_no_forecast(
    definition: MeasureDefinition, kept: Sequence[Observation | None], share: bool
) -> str | None:
    if definition.frequency != "month":
        return f"a forecast is made of months; this measure is told by the {definition.frequency}"
    numerator, denominator = _counts(kept, share)
    known = np.isfinite(numerator) & np.isfinite(denominator)
    if int(known.sum()) < fc.FEWEST_MONTHS:
        return f"a forecast needs {fc.FEWEST_MONTHS} months with counts; {int(known.sum())} known"
    if share and (numerator[known] > denominator[known]).any():
        return "more were counted than the denominator holds: this is a ratio to an estimate, not a share"
    if not share and (
        definition.denominator is not None or (numerator[known] != np.floor(numerator[known])).any()
    ):
        return "a forecast is made of shares and of whole counts; this measure is neither"
    return None


class _Ahead:
    """The months ahead of a measure: one forecast, and what forecasts of the past were worth for
    any amount asked."""

    def __init__(
        self,
        definition: MeasureDefinition,
        months: Sequence[dt.date],
        kept: Sequence[Observation | None],
        share: bool,
        direction: Direction,
        ahead: int,
        rng: np.random.Generator,
    ):
        self.share, self.direction, self.last = share, direction, months[-1]
        self.numerator, self.denominator = _counts(kept, share)
        flow = is_flow(definition)
        self.days = [_days(m) for m in months] if flow and not share else None
        self.record = self.past(min(ahead, USUAL_FORECAST), None)
        fitted = fc.recalibrate(self.record)
        if share:
            self.forecast = fc.forecast(
                self.numerator,
                self.denominator,
                horizon=ahead,
                rng=rng,
                direction=direction,
                recalibration=fitted,
            )
            self.method = "damped trend on the logit scale with binomial chance"
            return
        later = [_days(following(self.last, i + 1)) for i in range(ahead)] if flow else None
        self.forecast = counts.forecast_counts(
            self.numerator,
            horizon=ahead,
            rng=rng,
            days=self.days,
            future_days=later,
            direction=direction,
            recalibration=fitted,
        )
        self.method = (
            "few people a month: negative binomial, exact whole numbers"
            if counts.is_small(self.numerator)
            else f"damped trend on the logarithm of the count{' a day' if flow else ''} with Poisson chance"
        )

    def past(self, horizon: int, wanted: float | None) -> fc.Record:
        if self.share:
            return _share_record(
                [(self.numerator, self.denominator)], horizon, wanted, self.direction
            )
        return counts.rolling_counts(
            [(self.numerator, self.days)], horizon=horizon, target=wanted, direction=self.direction
        )

    def chance(self, p: Promised) -> tuple[float, fc.PastRecord | None]:
        """The chance that it is kept in its month, and how such chances did in the past, up to as
        far ahead."""
        assert p.value is not None and p.operator is not None
        distance, wanted = (
            months_between(self.last, p.month),
            float(p.value) / (100 if self.share else 1),
        )
        paths = self.forecast.paths[:, distance - 1]
        slack = 0.0 if p.operator in ("<", ">") else 1e-9
        up = p.operator in (">=", ">")
        if not self.share and p.operator in ("<", ">"):
            wanted += -1 if p.operator == "<" else 1  # whole people: fewer than 5 is at most 4
        met = paths >= wanted - slack if up else paths <= wanted + slack
        return float(met.mean()), fc.judge(self.past(distance, wanted))


def _kept_by(
    p: Promised,
    figures: Mapping[dt.date, Observation | None],
    on: dt.date,
    made: _Ahead | None,
    why_none: str | None,
    share: bool,
) -> Answer:
    """One promise: its chance in its month; or what came of it where its month has come; or why no
    chance is given."""
    answer: Answer = {
        "what": p.what,
        "month": p.month.isoformat(),
        "operator": p.operator,
        "wanted": None if p.value is None else float(p.value),
        "chance": None,
        "past": None,
    }
    if following(p.month) <= on:
        figure = figures.get(p.month)
        if figure is None or p.value is None or p.operator is None:
            return {**answer, "why": "the month is past, and no figure of it has come"}
        return {
            **answer,
            "why": f"the month is past: {judge(figure, operator=p.operator, value=p.value, share=share).why}",
        }
    if p.value is None or p.operator is None:
        return {**answer, "why": "no amount was promised in numbers"}
    if made is None:
        return {**answer, "why": why_none}
    distance = months_between(made.last, p.month)
    if distance > made.forecast.paths.shape[1]:
        return {**answer, "why": f"{distance} months after the newest figure: too far ahead"}
    chance, past = made.chance(p)
    answer["past"] = verdict_answer(past)
    if past is None or past.brier is None or past.judged < fc.FEWEST_TO_RECALIBRATE:
        return {
            **answer,
            "why": f"too few past forecasts can be tried so far ahead ({past.judged if past else 0} of {fc.FEWEST_TO_RECALIBRATE})",
        }
    if not past.skilled:
        return {**answer, "why": _no_better(past)}
    return {**answer, "chance": chance, "why": None}


def _no_better(v: fc.PastRecord) -> str:
    """Why chances are not given, with their Brier score beside the two that need no model; 0 is
    perfect."""
    if not v.brier_base_rate and not v.brier_last_value:
        return f"in {v.judged} past trials the answer was always the same: a chance would add nothing to that"
    return (
        f"past chances were worth no more than a simple rule: Brier score {v.brier:.3f} over {v.judged} past forecasts, beside "
        f"{v.brier_base_rate:.3f} for the base rate and {v.brier_last_value:.3f} for the last value (0 is perfect)"
    )


def past_record(
    definition: MeasureDefinition,
    series: Mapping[str, Sequence[Observation]],
    *,
    horizon: int = USUAL_FORECAST,
) -> Answer | None:
    """How past forecasts of a measure did over all its organisations together; None where no series
    is long enough."""
    share = is_share(definition)
    direction: Direction = "increase" if definition.better == "higher" else "decrease"
    shares, flows, used = [], [], []
    for code, figures in sorted(series.items()):
        months, kept = whole(figures)
        numerator, denominator = _counts(kept, share)
        known = np.isfinite(numerator) & np.isfinite(denominator)
        if known.sum() < fc.FEWEST_MONTHS or (
            share and (numerator[known] > denominator[known]).any()
        ):
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
        None
        if found is None
        else {"measure": definition.id, "organisations": used, "months_ahead": horizon, **found}
    )


def _share_record(
    series: Sequence[tuple[Any, Any]], horizon: int, wanted: float | None, direction: Direction
) -> fc.Record:
    return fc.rolling_record(series, horizon=horizon, target=wanted, direction=direction)


def _counts(kept: Sequence[Observation | None], share: bool) -> tuple[Any, Any]:
    """Numerators and denominators by month; a count has itself for both."""
    numerator = np.array(
        [np.nan if f is None or f.numerator is None else f.numerator for f in kept],
        dtype=np.float64,
    )
    if not share:
        return numerator, numerator
    denominator = [
        f.denominator if f and f.denominator else np.nan for f in kept
    ]  # nobody is no share
    return numerator, np.array(denominator, dtype=np.float64)


def is_flow(definition: MeasureDefinition) -> bool:
    """Counted over a month, which may be short, and not on its last day."""
    how = definition.from_records
    return definition.frequency == "month" and (how is None or how.count in ("stopped", "contacts"))


def _days(month: dt.date) -> int:
    return (following(month) - month).days


def _forecast_month(made: fc.Forecast, i: int, month: dt.date, scale: float) -> Answer:
    return {
        "month": month.isoformat(),
        "median": scale * float(made.median[i]),
        "lower80": scale * float(made.lower80[i]),
        "upper80": scale * float(made.upper80[i]),
        "lower95": scale * float(made.lower95[i]),
        "upper95": scale * float(made.upper95[i]),
    }


def verdict_answer(v: fc.PastRecord | None) -> Answer | None:
    """What past forecasts of this measure were worth: how often intervals held, and the Brier
    score."""
    if v is None:
        return None
    return {
        "judged": v.judged,
        "covered80": v.covered80,
        "covered95": v.covered95,
        "covered80_before": v.covered80_raw,
        "covered95_before": v.covered95_raw,
        "brier": v.brier,
        "brier_base_rate": v.brier_base_rate,
        "brier_last_value": v.brier_last_value,
        "skilled": v.skilled,
    }


def _restated(f: Observation) -> Answer:
    return {
        "month": f.month.isoformat(),
        "now": f.value,
        "before": [{"value": e.value, "source": e.source, "status": e.status} for e in f.earlier],
    }


def merger_of(known: Sequence[Observation]) -> Answer | None:
    added = [f for f in known if f.added_from]
    if not added:
        return None
    return {
        "from": sorted({c for f in added for c in f.added_from}),
        "until": max(f.month for f in added).isoformat(),
        "note": "months up to then are the bodies' figures added",
    }
