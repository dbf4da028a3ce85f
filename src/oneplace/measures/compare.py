"""One measure across areas, practices or trusts: rates with limits, funnel, spine, ranks with
limits, peers, and what is to be gained.

In: counts and people by unit, already as they may be shown (None where hidden). Out: one plain
dictionary. Nothing here sees a count that may not be shown, so nothing here can give one away; a
unit without its count is listed and says so.

Methods: `methods.rates`, `methods.standardise`, `methods.funnel`; rank limits by simulation
(Goldstein and Spiegelhalter, J R Stat Soc A 1996;159:385-443, section 4); the opportunity is what
NHS RightCare asks: the worst fifth at the median of all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from oneplace.methods.arrays import Floats
from oneplace.methods.funnel import FunnelLimits, funnel
from oneplace.methods.quantiles import quantiles
from oneplace.methods.rates import proportion, rate
from oneplace.methods.standardise import direct

Kind = Literal["proportion", "rate"]
Better = Literal["higher", "lower"]
RANK_DRAWS, DRAWS_OF_HUNDREDS, HUNDREDS = 4000, 500, 100
"""of hundreds of units each place is one of many: fewer draws give limits as good"""
PEERS = 10
FEWEST_TO_COMPARE = 3


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One area, practice or trust. `by_age` holds events and people by the 19 bands of the European
    standard."""

    code: str
    name: str
    numerator: float | None
    denominator: float | None
    by_age: tuple[Sequence[float], Sequence[float]] | None = None
    before: tuple[float | None, float | None] | None = None
    like: tuple[float, ...] = ()
    """what makes units alike: age, deprivation, size"""
    group: str | None = None
    """the peer group that was asked for; none: those most alike"""


def compare_units(
    units: Sequence[Compared],
    *,
    kind: Kind,
    per: float,
    better: Better,
    rng: np.random.Generator,
    standardise: bool = False,
) -> dict[str, Any]:
    """Every unit with its figure and place among the others, and the whole."""
    x, n = _column([u.numerator for u in units]), _column([u.denominator for u in units])
    figures = (
        proportion(x, n, multiplier=per) if kind == "proportion" else rate(x, n, multiplier=per)
    )
    good = np.isfinite(figures.value)
    if int(good.sum()) < FEWEST_TO_COMPARE:
        return {
            "compared": False,
            "why": f"{int(good.sum())} units have a figure; {FEWEST_TO_COMPARE} are needed",
            "rows": [],
        }
    drawn = funnel(x, n, kind=kind, rate=figures.value if kind == "rate" else None, multiplier=per)
    adjusted = _standardised(units, per) if standardise else [None] * len(units)
    ranks = _ranks(x, n, kind, better, rng)
    fifths = quantiles(figures.value, 5, highest_first=better == "lower")
    spine = spine_of(figures.value, drawn.baseline)
    peers, trends = _peers(units, figures.value), _trends(units, kind, per)
    rows = [
        {
            "code": u.code,
            "name": u.name,
            "numerator": u.numerator,
            "denominator": u.denominator,
            "value": _number(figures.value[i]),
            "lower": _number(figures.lower[i]),
            "upper": _number(figures.upper[i]),
            "method": str(figures.method[i]) if good[i] else None,
            "why_none": str(figures.problem[i]) or None
            if u.numerator is not None
            else "not shown: a small number",
            "standardised": adjusted[i],
            "significance": drawn.significance[i] if good[i] else None,
            "rank": ranks[i],
            "fifth": int(fifths[i]) if good[i] else None,
            "spine": _position(figures.value[i], spine, better),
            "trend": trends[i],
            "peers": peers[i],
        }
        for i, u in enumerate(units)
    ]
    return {
        "compared": True,
        "per": per,
        "kind": kind,
        "better": better,
        "average": drawn.baseline,
        "spine": spine,
        "funnel": _curve(drawn),
        "rows": rows,
        "opportunity": opportunity(units, figures.value, fifths, per, better),
        "worst_fifth_is": 1,
    }


def _column(values: Sequence[float | None]) -> Floats:
    return np.array([np.nan if v is None else float(v) for v in values])


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _standardised(units: Sequence[Compared], per: float) -> list[dict[str, Any] | None]:
    """Rates with the European standard's ages; None where hidden, few or without people of some
    age."""
    usable = [u.by_age is not None and u.numerator is not None for u in units]
    if not any(usable):
        return [None] * len(units)
    zero = np.zeros(19)
    events = np.array(
        [u.by_age[0] if ok and u.by_age else zero for u, ok in zip(units, usable, strict=True)]
    )
    people = np.array(
        [u.by_age[1] if ok and u.by_age else zero for u, ok in zip(units, usable, strict=True)]
    )
    found = direct(events, people, multiplier=per)
    return [
        {
            "value": _number(found.value[i]),
            "lower": _number(found.lower[i]),
            "upper": _number(found.upper[i]),
            "why_none": str(found.problem[i]) or None,
        }
        if ok
        else None
        for i, ok in enumerate(usable)
    ]


def spine_of(values: Floats, average: float) -> dict[str, float]:
    """Where the lowest, the quarters and the highest stand."""
    known = values[np.isfinite(values)]
    low, first, middle, third, high = np.quantile(known, [0, 0.25, 0.5, 0.75, 1])
    return {
        "lowest": float(low),
        "lower_quarter": float(first),
        "median": float(middle),
        "upper_quarter": float(third),
        "highest": float(high),
        "average": average,
    }


def _position(value: float, spine: Mapping[str, float], better: Better) -> float | None:
    """0 for the worst end to 1 for the best, the average at one half: the longer arm sets the
    scale, as on a spine chart."""
    if not math.isfinite(value):
        return None
    arm = max(spine["highest"] - spine["average"], spine["average"] - spine["lowest"])
    if arm == 0:
        return 0.5
    away = (value - spine["average"]) / (2 * arm)
    return float(0.5 + (away if better == "higher" else -away))


def _ranks(
    x: Floats, n: Floats, kind: Kind, better: Better, rng: np.random.Generator
) -> list[dict[str, int] | None]:
    """Rank, 1 the best, and the ranks between which it lies 19 times in 20 if chance alone were at
    play."""
    good = np.flatnonzero(np.isfinite(x) & np.isfinite(n) & (n > 0) & ((kind == "rate") | (x <= n)))
    counts, people = x[good].astype(np.float32), n[good].astype(np.float32)
    many = DRAWS_OF_HUNDREDS if good.size > HUNDREDS else RANK_DRAWS
    if kind == "proportion":
        draws = rng.beta(counts + 0.5, people - counts + 0.5, (many, good.size))
    else:
        draws = rng.gamma(counts + 0.5, 1.0, (many, good.size)) / people
    sign = -1 if better == "higher" else 1
    places = np.argsort(np.argsort(sign * draws, axis=1), axis=1) + 1
    low, high = np.quantile(places, [0.025, 0.975], axis=0, method="inverted_cdf")
    order = sign * counts / people
    found: list[dict[str, int] | None] = [None] * x.size
    for i, at in enumerate(good):
        found[at] = {
            "rank": int((order < order[i]).sum()) + 1,
            "from": int(low[i]),
            "to": int(high[i]),
            "of": int(good.size),
        }
    return found


def _trends(units: Sequence[Compared], kind: Kind, per: float) -> list[dict[str, Any] | None]:
    """Beside the year before: changed where the 95% intervals of both years are apart."""
    good = [
        i
        for i, u in enumerate(units)
        if u.before and None not in u.before and u.numerator is not None and u.denominator
    ]
    found: list[dict[str, Any] | None] = [None] * len(units)
    if not good:
        return found
    pairs = (
        [(units[i].numerator, units[i].denominator) for i in good],
        [units[i].before or (None, None) for i in good],
    )
    now, then = (
        (proportion if kind == "proportion" else rate)(
            _column([n for n, _ in of]), _column([d for _, d in of]), multiplier=per
        )
        for of in pairs
    )
    apart = (now.lower > then.upper) | (now.upper < then.lower)
    for j, i in enumerate(good):
        a, b = float(now.value[j]), float(then.value[j])
        if math.isfinite(a) and math.isfinite(b):
            way = "higher" if a > b else "lower" if a < b else "the same"
            found[i] = {
                "before": b,
                "change": a - b,
                "said": way if apart[j] else "no clear change",
            }
    return found


def _peers(units: Sequence[Compared], values: Floats) -> list[dict[str, Any] | None]:
    """Each unit's peers and their median: its declared group, else the ten most alike (`like`, each
    in standard deviations)."""
    if not units or len(units) <= FEWEST_TO_COMPARE:
        return [None] * len(units)
    if any(u.group is not None for u in units):
        same = [
            [j for j, other in enumerate(units) if other.group == u.group and j != i]
            for i, u in enumerate(units)
        ]
        return [
            _peer_group(units, values, js) if u.group is not None and js else None
            for u, js in zip(units, same, strict=True)
        ]
    if not units[0].like:
        return [None] * len(units)
    traits = np.array([u.like for u in units], dtype=np.float64)
    spread = np.nanstd(traits, axis=0)
    scaled = traits / np.where(spread > 0, spread, 1.0)
    number = min(PEERS, max(len(units) // 3, FEWEST_TO_COMPARE))
    distance = ((scaled[:, None, :] - scaled[None, :, :]) ** 2).sum(axis=2)
    np.fill_diagonal(distance, np.inf)
    order = np.argsort(distance, axis=1, kind="stable")[:, :number]
    return [
        _peer_group(units, values, [j for j in row if np.isfinite(distance[i, j])])
        for i, row in enumerate(order.tolist())
    ]


def _peer_group(units: Sequence[Compared], values: Floats, peers: Sequence[int]) -> dict[str, Any]:
    known = sorted(float(values[j]) for j in peers if math.isfinite(values[j]))
    middle = len(known) // 2
    median = (
        None
        if not known
        else known[middle]
        if len(known) % 2
        else (known[middle - 1] + known[middle]) / 2
    )
    return {"codes": [units[j].code for j in peers], "median": median}


def opportunity(
    units: Sequence[Compared], values: Floats, fifths: NDArray[np.int64], per: float, better: Better
) -> dict[str, Any]:
    """If the worst fifth reached the median: how many fewer (or more), in all and for each of
    them."""
    known = np.isfinite(values)
    middle = float(np.median(values[known]))
    rows, total = [], 0.0
    for i in np.flatnonzero(known & (fifths == 1)).tolist():
        people = units[i].denominator or 0.0
        gap = values[i] - middle if better == "lower" else middle - values[i]
        gain = max(gap, 0.0) * people / per
        rows.append(
            {"code": units[i].code, "name": units[i].name, "value": float(values[i]), "gain": gain}
        )
        total += gain
    way = "fewer" if better == "lower" else "more"
    said = f"if the worst fifth ({len(rows)} of {int(known.sum())}) reached the median of {middle:,.1f}: {total:,.0f} {way}"
    return {
        "median": middle,
        "gain": total,
        "way": way,
        "units": sorted(rows, key=lambda r: -r["gain"]),
        "said": said,
    }


def _curve(drawn: FunnelLimits) -> dict[str, Any]:
    c = drawn.curve
    return {
        "baseline": drawn.baseline,
        "size_is": "people" if drawn.kind == "proportion" else "events",
        "size": c.size.tolist(),
        "lower95": c.lower_inner.tolist(),
        "upper95": c.upper_inner.tolist(),
        "lower998": c.lower_outer.tolist(),
        "upper998": c.upper_outer.tolist(),
    }
