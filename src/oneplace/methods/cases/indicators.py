"""Public health indicators as cases: proportion, rate, dsr, smr, mean, quantile, funnel, life
expectancy, sii, arriaga.

Each function takes a `Case` and returns its result in the published keys, with notes.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from oneplace.methods import decomposition, funnel, inequality, lifetable, rates, standardise
from oneplace.methods.arrays import Texts
from oneplace.methods.cases.form import (
    SEED,
    Field,
    MethodCase,
    confidence_words,
    level_name,
    levels,
    plain,
)
from oneplace.methods.quantiles import quantiles

Answer = tuple[Any, list[str]]
Row = dict[str, Any]


def proportion(case: MethodCase) -> Answer:
    multiplier = case.params.get("multiplier").number(default=100.0)
    words = {100.0: "percentage", 1.0: "proportion"}.get(
        multiplier, f"proportion of {multiplier:g}"
    )
    counts, totals = case.inputs.numbers_or_nan("x"), case.inputs.numbers_or_nan("n")
    asked = levels(case.params)
    found = [rates.proportion(counts, totals, confidence=a, multiplier=multiplier) for a in asked]
    return _estimates(found, asked, words), _withheld(found[0].problem)


def rate(case: MethodCase) -> Answer:
    multiplier = case.params.get("multiplier").number(default=100_000.0)
    counts, totals = case.inputs.numbers_or_nan("x"), case.inputs.numbers_or_nan("n")
    asked = levels(case.params)
    found = [rates.rate(counts, totals, confidence=a, multiplier=multiplier) for a in asked]
    return _estimates(
        found,
        asked,
        f"rate per {multiplier:g}" if multiplier < 1e5 else f"rate per {multiplier:.0f}",
    ), (_withheld(found[0].problem))


def mean(case: MethodCase) -> Answer:
    values = case.inputs.numbers_or_nan("values")
    areas = [row.get("area").label(default="all") for row in case.inputs.rows()]
    asked = levels(case.params)
    found = [rates.mean(values, areas, confidence=a) for a in asked]
    first = found[0]
    rows = []
    for i, area in enumerate(first.groups):
        row: Row = {
            "area": area,
            "value_sum": plain(first.total[i]),
            "value_count": int(first.count[i]),
            "stdev": plain(first.standard_deviation[i]),
            "value": plain(first.value[i]),
        }
        row |= _limits([(f.lower[i], f.upper[i]) for f in found], asked)
        rows.append(row | _said(asked, "mean", "Student's t-distribution"))
    return rows, _withheld(first.problem, [str(g) for g in first.groups])


def dsr(case: MethodCase) -> Answer:
    multiplier = case.params.get("multiplier").number(default=100_000.0)
    asked = levels(case.params)
    rows, notes = [], []
    for area, bands in _by_area(case).items():
        counts, people = (_column(bands, name) for name in ("count", "pop"))
        standard = [row.get("stdpop").number() for row in bands] if "stdpop" in bands[0] else None
        if standard is None and len(bands) != len(standardise.ESP2013):
            raise (
                bands[0]
                .get("stdpop")
                .fault("the standard population is missing", "stdpop, or the 19 bands of ESP 2013")
            )
        found = [
            standardise.direct(
                counts, people, standard or standardise.ESP2013, confidence=a, multiplier=multiplier
            )
            for a in asked
        ]
        first = found[0]
        few = first.problem[0] == "fewer than 10 events in all"
        row: Row = {
            "area": area,
            "total_count": plain(first.total_count[0]),
            "total_pop": plain(first.total_population[0]),
            "value": plain(first.value[0]),
        }
        row |= _limits([(f.lower[0], f.upper[0]) for f in found], asked)
        words = "dsr NA for total count < 10" if few else f"dsr per {multiplier:.0f}"
        rows.append(row | _said(asked, words, "Dobson"))
        notes += _withheld(first.problem, [area])
    return rows, notes


def smr(case: MethodCase) -> Answer:
    """Both printed forms: the ratio x 100, and the rate at the reference's crude rate."""
    asked = levels(case.params)
    scale = case.params.get("refvalue").number(default=100.0)
    multiplier = case.params.get("multiplier").number(default=100_000.0)
    ratios, as_rates, notes = [], [], []
    for area, bands in _by_area(case).items():
        columns = [_column(bands, name) for name in ("count", "pop", "refcount", "refpop")]
        found = [standardise.indirect(*columns, confidence=a) for a in asked]
        first = found[0]
        base: Row = {"observed": plain(first.observed[0]), "expected": plain(first.expected[0])}
        if "area" in bands[0]:
            base = {"area": area} | base
        method, crude = str(first.method[0]), float(first.reference_rate[0]) * multiplier

        def printed(times: float, found: list[standardise.IndirectRatio] = found) -> Row:
            limits = [(times * f.lower[0], times * f.upper[0]) for f in found]
            return {"value": plain(times * found[0].ratio[0])} | _limits(limits, asked)

        words = f"indirectly standardised ratio x {scale:g}"
        ratios.append(base | printed(scale) | _said(asked, words, method))
        words = f"indirectly standardised rate per {multiplier:.0f}"
        as_rates.append(
            base | {"ref_rate": plain(crude)} | printed(crude) | _said(asked, words, method)
        )
        notes += _withheld(first.problem, [area])
    return {"isratio": ratios, "israte": as_rates}, notes


def quantile(case: MethodCase) -> Answer:
    values = case.inputs.numbers_or_nan("value")
    number = case.params.get("nquantiles").whole(least=1, default=10)
    placed = quantiles(values, number, highest_first=case.params.get("invert").flag(default=True))
    notes = ["fewer areas with a value than quantiles"] if not placed.any() else []
    return [int(q) or None for q in placed], notes


def funnel_plot(case: MethodCase) -> Answer:
    """The columns say which: num and den a proportion, obs and exp a ratio, ev and rate (and pop) a
    rate."""
    first = case.inputs.rows()[0]
    if "num" in first or "den" in first:
        x, n = case.inputs.numbers("num"), case.inputs.numbers("den")
        multiplier = case.params.get("multiplier").number(default=100.0)
        found = funnel.funnel(x, n, kind="proportion", multiplier=multiplier)
        return {"significance": list(found.significance), "limits": _proportion_lines(found)}, []
    if "obs" in first or "exp" in first:
        x, n = case.inputs.numbers("obs"), case.inputs.numbers("exp")
        found = funnel.funnel(x, n, kind="ratio", halvings=funnel.PUBLISHED_HALVINGS)
        return {"significance": list(found.significance), "limits": _ratio_lines(found)}, []
    if "ev" not in first:
        raise first.fault(
            "these are not the columns of a funnel", "num and den, obs and exp, or ev, pop and rate"
        )
    kind: Literal["crude", "dsr"] = (
        "dsr" if case.params.get("rate_type").text(default="crude") == "dsr" else "crude"
    )
    found = funnel.funnel(
        case.inputs.numbers("ev"),
        case.inputs.numbers_or_nan("pop"),
        kind="rate",
        rate=case.inputs.numbers("rate"),
        rate_type=kind,
        multiplier=case.params.get("multiplier").number(default=100_000.0),
        years_of_data=case.params.get("years_of_data").whole(least=1, default=1),
    )
    return {"significance": list(found.significance)}, []


def life_expectancy(case: MethodCase) -> Answer:
    """With `le_age` a row for each age; without, the one row at birth, which is just `value` null
    where it is withheld.

    Rows that name an `area` are a life table each, and their answers say which area they are of.
    """
    areas = _named_areas(case)
    if areas is None:
        return _expected_years(case, case.inputs.rows(), case.id)
    found: list[Row] = []
    notes: list[str] = []
    for area, rows in areas.items():
        answer, said = _expected_years(case, rows, area)
        found += [
            {"area": area} | row for row in (answer if isinstance(answer, list) else [answer])
        ]
        notes += said
    return found, notes


def _expected_years(case: MethodCase, rows: list[Field], name: str) -> Answer:
    starts = [row.get("startage").number() for row in rows]
    counts = _column(rows, "deaths"), _column(rows, "pop")
    asked = levels(case.params)
    tables = [lifetable.life_expectancy(*counts, starts, confidence=a) for a in asked]
    notes = _withheld(tables[0].problem, [name])
    wanted = case.params.get("le_age")
    if wanted.value is None:
        if notes:
            return {"value": None}, notes
        return _expectation(tables, asked, 0), notes
    ages = wanted.rows() if isinstance(wanted.value, list) else [wanted]
    found = []
    for age in ages:
        if age.number() not in starts:
            raise age.fault("no age band starts at this age", ", ".join(f"{s:g}" for s in starts))
        found.append(_expectation(tables, asked, starts.index(age.number())))
    return found, notes


def healthy_life_expectancy(case: MethodCase) -> Answer:
    """As life expectancy, with `healthy` (a share) and, where it was sampled, `asked` in every
    row."""
    areas = _named_areas(case)
    if areas is None:
        return _healthy_years(case, case.inputs.rows(), case.id)
    found: list[Row] = []
    notes: list[str] = []
    for area, rows in areas.items():
        answer, said = _healthy_years(case, rows, area)
        found += [{"area": area} | row for row in answer]
        notes += said
    return found, notes


def _healthy_years(case: MethodCase, rows: list[Field], name: str) -> tuple[list[Row], list[str]]:
    starts, healthy = (
        [row.get(column).number() for row in rows] for column in ("startage", "healthy")
    )
    for row in rows:
        if not 0 <= row.get("healthy").number() <= 1:
            raise row.get("healthy").fault("this is not a share", "a share from 0 to 1")
    sampled = [row.get("asked").number() for row in rows] if "asked" in rows[0] else None
    confidence = levels(case.params)
    tables = [
        lifetable.healthy_life_expectancy(
            _column(rows, "deaths"),
            _column(rows, "pop"),
            starts,
            healthy,
            asked=sampled,
            confidence=level,
        )
        for level in confidence
    ]
    found = [_expectation(tables, confidence, band) for band in range(len(starts))]
    for answer in found:
        answer |= {
            "statistic": f"healthy {answer['statistic']}",
            "method": "Sullivan, on Chiang's life table",
        }
    return found, _withheld(tables[0].problem, [name])


def sii(case: MethodCase) -> Answer:
    """value_type 0 is any outcome, 1 a rate, 2 a proportion; `transform` fits those two on a log or
    logit scale."""
    areas = _named_areas(case)
    if areas is None:
        return _slope(case, case.inputs.rows(), case.id)
    answers = {area: _slope(case, rows, area) for area, rows in areas.items()}
    return [{"area": area} | answer for area, (answer, _) in answers.items()], [
        note for _, notes in answers.values() for note in notes
    ]


def _slope(case: MethodCase, rows: list[Field], name: str) -> tuple[Row, list[str]]:
    rows = sorted(rows, key=lambda row: row.get("quantile").number())
    kind = case.params.get("value_type").whole(default=0)
    if kind > 2:
        raise case.params.get("value_type").fault("this is no type of value", "0, 1 or 2")
    transform = case.params.get("transform").flag(default=False)
    scale: inequality.Scale = "linear"
    if transform and kind:
        scale = "log" if kind == 1 else "logit"
    confidence = levels(case.params)[0]
    values, people = _column(rows, "value"), _column(rows, "population")
    if "se" in rows[0]:
        error = np.array([_column(rows, "se")])
    else:
        error = inequality.error_from_limits(
            _column(rows, "lower"), _column(rows, "upper"), scale=scale
        )
    found = inequality.slope_index(
        values,
        people,
        error,
        rng=np.random.default_rng(case.params.get("seed").whole(default=SEED)),
        scale=scale,
        multiplier=case.params.get("multiplier").number(default=1.0),
        repetitions=case.params.get("repetitions").whole(least=100, default=100_000),
        confidence=confidence,
    )
    # The published keys end in "cl" for outcomes of type 0 and not for the other two.
    level, tail = level_name(confidence), "cl" if kind == 0 else ""
    result = {
        "sii": plain(found.slope_index[0]),
        "rii": plain(found.relative_index[0]),
        f"sii_lower{level}{tail}": plain(found.slope_lower[0]),
        f"sii_upper{level}{tail}": plain(found.slope_upper[0]),
        f"rii_lower{level}{tail}": plain(found.relative_lower[0]),
        f"rii_upper{level}{tail}": plain(found.relative_upper[0]),
    }
    return result, _withheld(found.problem, [name])


def arriaga(case: MethodCase) -> Answer:
    """Rows of age, and `first` and `second`: one rate, or an object of rates by cause, in each."""
    rows = case.inputs.rows()
    ages = [row.get("startage").number() for row in rows]
    direction: Any = case.params.get("direction").choice(
        "first to second", "second to first", "mean", default="first to second"
    )
    if not isinstance(rows[0].get("first").value, dict):
        found = decomposition.arriaga(
            _column(rows, "first"), _column(rows, "second"), ages, direction=direction
        )
        return {
            "first": found.first,
            "second": found.second,
            "gap": found.gap,
            "by_age": found.by_age.tolist(),
        }, []
    causes = list(rows[0].get("first").items())
    one, two = (
        np.array([[row.get(side).get(cause).number() for cause in causes] for row in rows])
        for side in ("first", "second")
    )
    found = decomposition.arriaga(
        one.sum(axis=1),
        two.sum(axis=1),
        ages,
        first_causes=one,
        second_causes=two,
        direction=direction,
    )
    return {
        "first": found.first,
        "second": found.second,
        "gap": found.gap,
        "by_age": found.by_age.tolist(),
        "by_cause": dict(zip(causes, found.by_cause.tolist(), strict=True)),
    }, []


def _estimates(found: list[rates.Estimate], asked: list[float], statistic: str) -> list[Row]:
    first = found[0]
    rows = []
    for i in range(first.value.size):
        row: Row = {"value": plain(first.value[i])}
        row |= _limits([(f.lower[i], f.upper[i]) for f in found], asked)
        rows.append(row | _said(asked, statistic, str(first.method[i])))
    return rows


def _limits(pairs: list[tuple[float, float]], asked: list[float]) -> Row:
    row: Row = {}
    for level, (lower, upper) in zip(asked, pairs, strict=True):
        row[f"lower{level_name(level)}cl"], row[f"upper{level_name(level)}cl"] = (
            plain(lower),
            plain(upper),
        )
    return row


def _said(asked: list[float], statistic: str, method: str) -> Row:
    return {"confidence": confidence_words(asked), "statistic": statistic, "method": method}


def _withheld(problem: Texts, names: list[str] | None = None) -> list[str]:
    return [
        f"{names[i] if names else f'row {i + 1}'}: {why}"
        for i, why in enumerate(problem.tolist())
        if why
    ]


def _named_areas(case: MethodCase) -> dict[str, list[Field]] | None:
    """Rows by the area that they name; None where none of them does."""
    rows = case.inputs.rows()
    if not any("area" in row for row in rows):
        return None
    groups: dict[str, list[Field]] = {}
    for row in rows:
        groups.setdefault(row.get("area").label(), []).append(row)
    return groups


def _by_area(case: MethodCase) -> dict[str, list[Field]]:
    """Rows by area in order of appearance. The published cases hold one area each and number it in
    their id (A1 ...)."""
    number = case.id.rsplit("_", 1)[-1]
    unnamed = f"A{number}" if number.isdigit() else "A1"
    groups: dict[str, list[Field]] = {}
    for row in case.inputs.rows():
        groups.setdefault(row.get("area").label(default=unnamed), []).append(row)
    return groups


def _column(rows: list[Field], name: str) -> list[float]:
    return [row.given(name).number_or_nan() for row in rows]


def _expectation(tables: list[lifetable.LifeTable], asked: list[float], band: int) -> Row:
    first = tables[0]
    age = first.start_age[band]
    row: Row = {"startage": plain(age), "value": plain(first.expectation[0, band])}
    row |= _limits([(t.lower[0, band], t.upper[0, band]) for t in tables], asked)
    used = {
        "pops_used": plain(first.population_used[0, band]),
        "dths_used": plain(first.deaths_used[0, band]),
    }
    return (
        row
        | used
        | _said(
            asked,
            f"life expectancy at {age:g}",
            "Chiang, using Silcocks et al for confidence limits",
        )
    )


def _proportion_lines(found: funnel.FunnelLimits) -> list[Row]:
    c = found.curve
    return [
        {
            "Population": plain(c.size[i]),
            "lower_2s_limit": plain(c.lower_inner[i]),
            "upper_2s_limit": plain(c.upper_inner[i]),
            "lower_3s_limit": plain(c.lower_outer[i]),
            "upper_3s_limit": plain(c.upper_outer[i]),
            "baseline": found.baseline,
            "statistic": "proportion",
            "method": "Wilson",
        }
        for i in range(c.size.size)
    ]


def _ratio_lines(found: funnel.FunnelLimits) -> list[Row]:
    c = found.curve
    return [
        {
            "Observed_events": plain(c.size[i]),
            "lower_2s_exp_events": plain(c.for_lower_inner[i]),
            "lower_2s_limit": plain(c.lower_inner[i]),
            "upper_2s_exp_events": plain(c.for_upper_inner[i]),
            "upper_2s_limit": plain(c.upper_inner[i]),
            "lower_3s_exp_events": plain(c.for_lower_outer[i]),
            "lower_3s_limit": plain(c.lower_outer[i]),
            "upper_3s_exp_events": plain(c.for_upper_outer[i]),
            "upper_3s_limit": plain(c.upper_outer[i]),
            "statistic": "ratio (isr)",
            "method": "Poisson",
        }
        for i in range(c.size.size)
    ]
