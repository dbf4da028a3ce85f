"""Performance and planning as cases: xmr, forecast, waiting list, waterfall, fractions, options,
risk, and the money.

Each function takes a `Case` and returns its result in the published keys, with notes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from oneplace.methods import (
    finance,
    forecast,
    forecast_counts,
    fractions,
    options,
    risk,
    spc,
    waiting,
    waiting_flow,
    waterfall,
)
from oneplace.methods.cases.form import SEED, Field, MethodCase, plain

Answer = tuple[Any, list[str]]


def xmr(case: MethodCase) -> Answer:
    y = case.inputs.get("y")
    direction: Any = case.params.get("improvement_direction").choice(
        "increase", "decrease", "neutral", default="neutral"
    )
    fix = case.params.get("fix_after_n_points")
    target = case.params.get("target")
    chart = spc.xmr(
        [None if point.value is None else point.number() for point in y.rows()],
        direction=direction,
        target=None if target.value is None else target.number(),
        starts_at=_starts(case.params.get("rebase_at_index_1based")),
        fix_after=None if fix.value is None else fix.whole(least=2),
        screen_outliers=case.params.get("screen_outliers").flag(default=True),
        bridge_months=case.params.get("bridge_months").whole(default=1),
        fewest=case.params.get("fewest_points").whole(
            least=2, default=2
        ),  # the bare arithmetic, as published charts have it
    )
    return {
        "mean": chart.mean,
        "lpl": chart.lower,
        "upl": chart.upper,
        "special_cause_type": chart.cause,
        "point_type": chart.point_type,
        "variation_icon": chart.variation_icon,
        "assurance": chart.assurance,
    }, list(chart.notes)


def _starts(given: Field) -> list[int]:
    if given.value is None:
        return []
    at = given.rows() if isinstance(given.value, list) else [given]
    return [point.whole(least=1) - 1 for point in at]


def forecast_months(case: MethodCase) -> Answer:
    """Rows of num and den by month, or of count (and days, for flows); intervals recalibrated on
    the series' own past."""
    horizon = case.params.get("horizon").whole(least=1, default=12)
    target = case.params.get("target")
    wanted = None if target.value is None else target.number()
    rng = np.random.default_rng(case.params.get("seed").whole(default=SEED))
    paths = case.params.get("paths").whole(
        least=forecast.FEWEST_PATHS, default=forecast.FEWEST_PATHS
    )
    counted = "count" in case.inputs.rows()[0]
    direction: Any = case.params.get("improvement_direction").choice(
        "increase", "decrease", default="decrease" if counted else "increase"
    )
    if counted:
        counts = case.inputs.numbers_or_nan("count")
        days = case.inputs.numbers("days") if "days" in case.inputs.rows()[0] else None
        ahead = None if days is None else [sum(days) / len(days)] * horizon
        record = forecast_counts.rolling_counts(
            [(counts, days)], horizon=horizon, target=wanted, direction=direction
        )
        found = forecast_counts.forecast_counts(
            counts,
            horizon=horizon,
            rng=rng,
            days=days,
            future_days=ahead,
            target=wanted,
            direction=direction,
            recalibration=forecast.recalibrate(record),
            paths=paths,
        )
    else:
        if wanted is not None and not 0 < wanted < 1:
            raise target.fault("this is not a target share", "a share between 0 and 1")
        x, n = case.inputs.numbers_or_nan("num"), case.inputs.numbers_or_nan("den")
        record = forecast.rolling_record(
            [(x, n)], horizon=horizon, target=wanted, direction=direction
        )
        found = forecast.forecast(
            x,
            n,
            horizon=horizon,
            rng=rng,
            target=wanted,
            direction=direction,
            recalibration=forecast.recalibrate(record),
            paths=paths,
        )
    result: dict[str, Any] = {
        name: getattr(found, name).tolist()
        for name in ("median", "lower80", "upper80", "lower95", "upper95")
    }
    if found.met_in is not None and found.met_by is not None:
        result |= {"met_in": found.met_in.tolist(), "met_by": found.met_by.tolist()}
        result["first_met_month"] = found.first_met_month
    verdict = forecast.judge(record)
    if verdict is None:
        return result, ["the series is too short to judge past forecasts of it"]
    return result | {"past": asdict(verdict)}, []


def waiting_list(case: MethodCase) -> Answer:
    kinds = ("formulas", "steady_state_exponential", "wl_stats", "months_waited")
    kind = case.params.get("kind").choice(*kinds, default=_kind_of_list(case))
    answer = {
        "formulas": _formulas,
        "steady_state_exponential": _steady,
        "wl_stats": _list,
        "months_waited": _flow,
    }
    return answer[kind](case)


def _kind_of_list(case: MethodCase) -> str:
    if "referral" in case.inputs:
        return "wl_stats"
    if "waiting" in case.inputs:
        return "months_waited"
    return "steady_state_exponential" if "share_within_18w" in case.inputs else "formulas"


# What each formula takes; the ones for which the inputs suffice are answered.
FORMULAS = {
    "load": ("demand", "capacity"),
    "target_mean_wait": ("target_wait", "factor"),
    "target_queue_size": ("demand", "target_wait", "factor"),
    "target_capacity": ("demand", "target_wait", "factor", "cv_demand", "cv_capacity"),
    "pressure": ("mean_wait", "target_wait"),
    "relief_capacity": ("demand", "queue_size", "weeks_to_target"),
}


def _formulas(case: MethodCase) -> Answer:
    """The formulas for which there are inputs. `target_queue_size` may be given where it was
    settled otherwise."""
    given = case.inputs

    def number(name: str) -> float:
        return given.get(name).number()

    for name in ("target_wait", "factor", "weeks_to_target"):
        if name in given and number(name) <= 0:
            raise given.get(name).fault("this must be above 0", "a number above 0")
    able = [name for name, needs in FORMULAS.items() if all(need in given for need in needs)]
    settled = "target_queue_size" in given
    if "relief_capacity" in able and not settled and "target_queue_size" not in able:
        able.remove("relief_capacity")
    if not able:
        raise given.fault(
            "no formula can be answered from these",
            "; ".join(" and ".join(n) for n in FORMULAS.values()),
        )

    def target_queue() -> float:
        if settled:
            return number("target_queue_size")
        return float(
            waiting.target_queue_size(number("demand"), number("target_wait"), number("factor"))
        )

    answers: dict[str, Callable[[], ArrayLike]] = {
        "load": lambda: waiting.queue_load(number("demand"), number("capacity")),
        "target_mean_wait": lambda: waiting.target_mean_wait(
            number("target_wait"), number("factor")
        ),
        "target_queue_size": target_queue,
        "target_capacity": lambda: waiting.target_capacity(
            number("demand"),
            number("target_wait"),
            number("factor"),
            cv_demand=number("cv_demand"),
            cv_capacity=number("cv_capacity"),
        ),
        "pressure": lambda: waiting.pressure(number("mean_wait"), number("target_wait")),
        "relief_capacity": lambda: waiting.relief_capacity(
            number("demand"), number("queue_size"), target_queue(), number("weeks_to_target")
        ),
    }
    found = {name: np.asarray(answers[name](), dtype=np.float64).item() for name in able}
    notes = ["without capacity the list grows for ever"] if found.get("load") == np.inf else []
    return {name: plain(value) for name, value in found.items()}, notes


def _steady(case: MethodCase) -> Answer:
    state = waiting.steady_state(
        case.inputs.get("referrals_per_week").number(), case.inputs.get("share_within_18w").number()
    )
    return asdict(state), []


def _flow(case: MethodCase) -> Answer:
    """The list by months waited carried forward at given capacity, or the capacity that a target
    share needs."""

    def column(name: str) -> list[float]:
        return [item.number() for item in case.inputs.get(name).rows()]

    stock, referrals = column("waiting"), column("referrals")
    leaving = case.inputs.get("leaving_share").number(default=0.0)
    order: Any = case.params.get("order").choice(
        "longest first", "in proportion", default="longest first"
    )
    if "target_share" in case.params:
        need = waiting_flow.capacity_for(
            case.params.get("target_share").number(),
            stock,
            referrals,
            leaving_share=leaving,
            order=order,
        )
        return asdict(need), []
    flow = waiting_flow.project(
        stock, referrals, column("capacity"), leaving_share=leaving, order=order
    )
    return {
        "waiting": flow.waiting.tolist(),
        "treated": flow.treated.sum(axis=1).tolist(),
        "left_untreated": flow.left_untreated.sum(axis=1).tolist(),
        "share_within_18_weeks": flow.share_within.tolist(),
    }, []


def _list(case: MethodCase) -> Answer:
    """`pressure` is as published, days over weeks; the note gives it in weeks over weeks."""
    found = waiting.list_statistics(
        [d.day() for d in case.inputs.get("referral").rows()],
        [d.day_or_none() for d in case.inputs.get("removal").rows()],
        start=case.params.get("start_date").day(),
        end=case.params.get("end_date").day(),
        target_wait_weeks=case.params.get("target_wait").number(),
    )
    notes = []
    if found.pressure is not None:
        notes.append(f"mean_wait is in days; pressure with both in weeks is {found.pressure:.6g}")
    result = {
        "mean_demand": found.mean_demand,
        "mean_capacity": plain(found.mean_capacity),
        "load": plain(found.load),
        "load_too_big": found.load_too_big,
        "count_demand": found.count_demand,
        "queue_size": found.queue_size,
        "target_queue_size": found.target_queue_size,
        "queue_too_big": found.queue_too_big,
        "mean_wait": found.mean_wait_days,
        "cv_arrival": found.cv_arrival,
        "cv_removal": found.cv_removal,
        "target_capacity": found.target_capacity,
        "relief_capacity": found.relief_capacity,
        "pressure": found.pressure_as_published,
    }
    return result, notes


def activity_waterfall(case: MethodCase) -> Answer:
    kinds = ("waterfall_lmdi", "waterfall_simple_plus_interaction", "waterfall_sequential")
    kind = case.params.get("kind").choice(*kinds, default="waterfall_lmdi")
    baseline = case.inputs.get("baseline").number()
    factors = {name: factor.number() for name, factor in case.inputs.get("factors").items().items()}
    if kind == "waterfall_sequential":
        steps = [waterfall.Factor(name, factor=factor) for name, factor in factors.items()]
        found = waterfall.sequential(baseline, steps)
        return {"end": found.end, "contribution": found.contribution}, []
    if kind == "waterfall_lmdi":
        found = waterfall.lmdi(baseline, factors)
        return {"end": found.end, "contribution": found.contribution}, []
    found = waterfall.simple(baseline, factors)
    return {
        "end": found.end,
        "simple_effect": found.contribution,
        "interaction_term": found.interaction,
    }, []


def impact_fraction(case: MethodCase) -> Answer:
    """Rows of share and rr, and new_share for an impact fraction; `deaths` in params is multiplied
    out."""
    rows = case.inputs.rows()
    shares, risks = case.inputs.numbers("share"), case.inputs.numbers("rr")
    if "new_share" in rows[0]:
        name = "impact_fraction"
        found = float(fractions.impact(shares, case.inputs.numbers("new_share"), risks))
    else:
        name, found = "attributable_fraction", float(fractions.attributable(shares, risks))
    result: dict[str, Any] = {name: found}
    if "deaths" in case.params:
        result["deaths"] = found * case.params.get("deaths").number()
    return result, []


def options_appraisal(case: MethodCase) -> Answer:
    scores = {
        option: {criterion: score.amount() for criterion, score in row.items().items()}
        for option, row in case.inputs.get("scores").items().items()
    }
    weights = {
        criterion: weight.amount()
        for criterion, weight in case.inputs.get("weights").items().items()
    }
    nothing = case.params.get("do_nothing")
    found = options.appraise(
        scores, weights, do_nothing=None if nothing.value is None else nothing.text()
    )
    notes = []
    if found.equal_weight_rank[0] != found.rank[0]:
        notes.append(f"with equal weights {found.equal_weight_rank[0]} leads, not {found.rank[0]}")
    if found.do_nothing is None:
        notes.append("no option is named as doing nothing")
    return {
        "weighted_score": found.weighted_score,
        "rank": list(found.rank),
        "switching": {c: None if s is None else asdict(s) for c, s in found.switching.items()},
    }, notes


def risk_matrix(case: MethodCase) -> Answer:
    found = risk.risk_score(
        case.inputs.get("consequence").whole(least=1), case.inputs.get("likelihood").whole(least=1)
    )
    return {"score": found.score, "band": found.band}, []


def mhis(case: MethodCase) -> Answer:
    extra = case.inputs.get("additional")
    found = finance.investment_standard(
        case.inputs.get("prior").amount(),
        case.inputs.get("allocation_growth").amount(),
        finance.MHIS_ADDITIONAL_2019_20 if extra.value is None else extra.amount(),
    )
    return {"uplift": _printed(found.uplift), "required": _printed(found.required)}, []


def pye_fye(case: MethodCase) -> Answer:
    found = finance.part_year(
        case.inputs.get("full_year_value").amount(),
        case.inputs.get("whole_months_elapsed_before_start").whole(),
        recurrent=case.inputs.get("recurrent").flag(default=True),
    )
    return {name: _printed(amount) for name, amount in asdict(found).items()}, []


def cres(case: MethodCase) -> Answer:
    lines = []
    for row in case.inputs.rows():
        confidence = row.get("confidence")
        if not 0 <= confidence.number() <= 1:
            raise confidence.fault("this is not a share", "a share from 0 to 1")
        amounts = {
            name: finance.exact(row.get(name).amount())
            for name in ("plan", "ytd_plan", "ytd_actual", "forecast")
        }
        lines.append(
            finance.SavingsLine(
                **amounts,
                recurrent=row.get("recurrent").flag(),
                confidence=finance.exact(confidence.amount()),
            )
        )
    return {name: _printed(amount) for name, amount in asdict(finance.roll_up(lines)).items()}, []


def pcn(case: MethodCase) -> Answer:
    found = finance.network_funding(
        case.inputs.get("registered").whole(),
        case.inputs.get("weighted").amount(),
        case.inputs.get("networks").whole(),
    )
    return {name: _printed(amount) for name, amount in asdict(found).items()}, []


def tariff_impact(case: MethodCase) -> Answer:
    lines = []
    for row in case.inputs.rows():
        share = row.get("share_of_year")
        if not 0 <= share.number(default=1.0) <= 1:
            raise share.fault("this is not a share of the year", "a share from 0 to 1")
        lines.append(
            finance.TariffLine(
                row.get("pod").text(default=""),
                finance.exact(row.get("activity_change").amount()),
                finance.exact(row.get("price").amount()),
                Decimal(1) if share.value is None else finance.exact(share.amount()),
            )
        )
    return {"total": _printed(finance.tariff_impact(lines))}, []


def reconcile(case: MethodCase) -> Answer:
    """`lines` by name and `printed`: the total beside its lines added up again."""
    lines = {name: line.amount() for name, line in case.inputs.get("lines").items().items()}
    found = finance.reconcile(lines, case.inputs.get("printed").amount())
    return {
        "printed": _printed(found.printed),
        "recomputed": _printed(found.recomputed),
        "difference": _printed(found.difference),
        "explained_by_rounding": found.explained_by_rounding,
    }, []


def _printed(amount: Decimal) -> int | float:
    """The nearest number that JSON has; the reports print the Decimal itself."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)
