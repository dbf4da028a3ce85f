"""The published statistics against slow, obvious twins: one area at a time in plain Python, written
from the papers, not from us."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import math
import random
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pytest
from scipy import stats

from oneplace.methods.cases import each_case, run_cases

CASES = Path(__file__).resolve().parents[1] / "reference" / "cases"
Z = NormalDist().inv_cdf(0.975)


def drawn(seed: int | str) -> random.Random:
    """Draws that are alike each time."""
    return random.Random(seed)  # noqa: S311


def answered(method: str, inputs: Any, **params: Any) -> Any:
    (answer,) = run_cases(
        method, [{"id": "c_1", "function": "f", "inputs": inputs, "params": params}]
    )
    return answer["result"]


def near(a: Any, b: Any) -> bool:
    if a is None or b is None:
        return a is b
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)


def wilson(x: float, n: float) -> tuple[float, float]:
    """The two roots of (p - x/n)^2 = z^2 p (1 - p) / n, which is what the score interval is."""
    p = x / n
    a, b, c = 1 + Z * Z / n, -(2 * p + Z * Z / n), p * p
    root = math.sqrt(max(b * b - 4 * a * c, 0.0))
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


def byar(x: float) -> tuple[float, float]:
    low = x * (1 - 1 / (9 * x) - Z / (3 * math.sqrt(x))) ** 3 if x else 0.0
    return low, (x + 1) * (1 - 1 / (9 * (x + 1)) + Z / (3 * math.sqrt(x + 1))) ** 3


def poisson(x: float) -> tuple[float, float]:
    """Byar's from 10 events; below, the exact limits from the chi-squared distribution."""
    if x >= 10:
        return byar(x)
    low = stats.chi2.ppf(0.025, 2 * x) / 2 if x else 0.0
    return float(low), float(stats.chi2.ppf(0.975, 2 * x + 2) / 2)


@pytest.mark.parametrize("seed", range(4))
def test_proportions_and_rates(seed: int) -> None:
    draw = drawn(seed)
    rows = [{"x": draw.randint(0, 40), "n": draw.randint(40, 900)} for _ in range(30)]
    rows += [{"x": 0, "n": 7}, {"x": 9, "n": 9}, {"x": 10, "n": 10}]
    for row, found in zip(rows, answered("proportion", rows, multiplier=100), strict=True):
        low, high = wilson(row["x"], row["n"])
        assert near(found["value"], 100 * row["x"] / row["n"])
        assert math.isclose(found["lower95_0cl"], 100 * low, abs_tol=1e-6)
        assert math.isclose(found["upper95_0cl"], 100 * high, rel_tol=1e-9)
    for row, found in zip(rows, answered("rate", rows, multiplier=1000), strict=True):
        low, high = poisson(row["x"])
        assert near(found["lower95_0cl"], 1000 * low / row["n"]) and near(
            found["upper95_0cl"], 1000 * high / row["n"]
        )


def test_a_row_without_people_leaves_its_neighbours_alone() -> None:
    rows = [
        {"x": 3, "n": 0},
        {"x": 12, "n": 100},
        {"x": None, "n": 5},
        {"x": -1, "n": 5},
        {"x": 6, "n": 5},
    ]
    for method in ("proportion", "rate"):
        found = answered(method, rows, multiplier=100)
        assert [f["value"] for f in found[:4]] == [None, 12, None, None]
    assert answered("proportion", rows)[4]["value"] is None
    assert answered("rate", rows, multiplier=100)[4]["value"] == 120


@pytest.mark.parametrize("seed", range(3))
def test_standardised_rates_and_ratios(seed: int) -> None:
    draw = drawn(seed)
    rows: list[dict[str, Any]] = []
    for area in ("A", "B", "C"):
        few = area == "C"
        for band in range(19):
            people = draw.randint(200, 4000)
            rows.append(
                {
                    "area": area,
                    "count": int(few and band == 3) or (0 if few else draw.randint(0, 6)),
                    "pop": people,
                    "stdpop": 1000 + 10 * band,
                    "refcount": draw.randint(20, 400),
                    "refpop": draw.randint(9000, 90_000),
                }
            )
    direct = {r["area"]: r for r in answered("dsr", rows, multiplier=1e5)}
    indirect = {r["area"]: r for r in answered("smr", rows)["isratio"]}
    for area in ("A", "B", "C"):
        mine = [r for r in rows if r["area"] == area]
        total = sum(r["count"] for r in mine)
        weight = sum(r["stdpop"] for r in mine)
        value = sum(r["stdpop"] * r["count"] / r["pop"] for r in mine) / weight
        variance = sum(r["stdpop"] ** 2 * r["count"] / r["pop"] ** 2 for r in mine) / weight**2
        if total < 10:
            assert (
                direct[area]["value"] is None
                and direct[area]["statistic"] == "dsr NA for total count < 10"
            )
        else:
            low, high = byar(total)
            assert near(direct[area]["value"], 1e5 * value)
            spread = math.sqrt(variance / total)
            assert near(direct[area]["lower95_0cl"], 1e5 * (value + spread * (low - total)))
            assert near(direct[area]["upper95_0cl"], 1e5 * (value + spread * (high - total)))
        due = sum(r["pop"] * r["refcount"] / r["refpop"] for r in mine)
        low, high = poisson(total)
        assert near(indirect[area]["value"], 100 * total / due)
        assert near(indirect[area]["lower95_0cl"], 100 * low / due)
        assert near(indirect[area]["upper95_0cl"], 100 * high / due)


@pytest.mark.parametrize("seed", range(3))
def test_life_expectancy_by_chiang_and_silcocks(seed: int) -> None:
    draw = drawn(seed)
    starts = [0, 1, *range(5, 91, 5)]
    rows = [
        {"startage": s, "pop": draw.randint(2000, 9000), "deaths": 2 + s // 4 + draw.randint(0, 5)}
        for s in starts
    ]
    (found,) = answered("life-expectancy", rows, le_age=[0])
    widths = [b - a for a, b in itertools.pairwise(starts)]
    alive, lived, dies = [1.0], [], []
    for i, row in enumerate(rows):
        rate = row["deaths"] / row["pop"]
        if i == len(rows) - 1:
            lived.append(alive[-1] / rate)
            dies.append(1.0)
            break
        share = 0.1 if i == 0 else 0.5
        q = widths[i] * rate / (1 + widths[i] * (1 - share) * rate)
        dies.append(q)
        alive.append(alive[i] * (1 - q))
        lived.append(widths[i] * (alive[i + 1] + share * (alive[i] - alive[i + 1])))
    total = [sum(lived[i:]) for i in range(len(rows))]
    assert near(found["value"], total[0])
    variance = 0.0
    for i, row in enumerate(rows):
        if i == len(rows) - 1:
            rate = row["deaths"] / row["pop"]
            # Silcocks: the open band's own uncertainty, p (1 - p) / deaths with the band's whole
            # length 2 / rate.
            of_q = 4 / row["deaths"] / rate**2
            variance += alive[i] ** 2 * of_q / 4
            break
        share = 0.1 if i == 0 else 0.5
        of_q = dies[i] ** 2 * (1 - dies[i]) / row["deaths"]
        reach = (1 - share) * widths[i] + total[i + 1] / alive[i + 1]
        variance += alive[i] ** 2 * reach**2 * of_q
    assert math.isclose(
        found["upper95_0cl"] - found["value"], Z * math.sqrt(variance), rel_tol=1e-6
    )


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("number", [2, 5, 10])
def test_quantiles_by_counting_who_stands_before(seed: int, number: int) -> None:
    draw = drawn(seed)
    rows: list[dict[str, Any]] = [
        {"area": str(i), "value": draw.choice([1, 2, 3, 5.5, 8, 13, 21])} for i in range(37)
    ]
    rows[4]["value"] = None
    known = [r["value"] for r in rows if r["value"] is not None]
    for invert in (True, False):
        found = answered("quantile", rows, nquantiles=number, invert=invert)
        for row, place in zip(rows, found, strict=True):
            if row["value"] is None:
                assert place is None
                continue
            before = sum(v > row["value"] if invert else v < row["value"] for v in known)
            # The published rule: number + 1 - ceiling((areas + 1 - rank) / (areas / number)), at
            # least 1.
            expected = number + 1 - math.ceil(round((len(known) - before) * number / len(known), 9))
            assert place == max(expected, 1)


def test_slope_index_by_ridits_in_plain_python() -> None:
    draw = drawn(3)
    rows = [
        {
            "quantile": q,
            "population": draw.randint(4000, 20_000),
            "value": 70 + q * 0.8 + draw.random(),
            "se": 0.5,
        }
        for q in range(1, 11)
    ]
    found = answered("sii", rows, value_type=0)
    everybody = sum(r["population"] for r in rows)
    below, a, b, y = 0.0, [], [], []
    for r in rows:
        share = r["population"] / everybody
        rank = below + share / 2
        a.append(math.sqrt(share))
        b.append(math.sqrt(share) * rank)
        y.append(math.sqrt(share) * r["value"])
        below += share
    # Least squares through two columns, by Cramer's rule.
    aa, ab, bb = (
        sum(p * q for p, q in zip(u, v, strict=True)) for u, v in ((a, a), (a, b), (b, b))
    )
    ay, by = (sum(p * q for p, q in zip(u, y, strict=True)) for u in (a, b))
    slope = (aa * by - ab * ay) / (aa * bb - ab * ab)
    start = (ay - slope * ab) / aa
    assert math.isclose(found["sii"], slope, rel_tol=1e-9)
    assert math.isclose(found["rii"], (start + slope) / start, rel_tol=1e-9)
    assert found["sii_lower95_0cl"] < slope < found["sii_upper95_0cl"]


def test_a_list_of_people_counted_one_by_one() -> None:
    draw = drawn(8)
    start, end = dt.date(2023, 1, 1), dt.date(2023, 12, 31)
    referral = sorted(start + dt.timedelta(days=draw.randint(0, 364)) for _ in range(120))
    removal = [
        r + dt.timedelta(days=draw.randint(0, 150)) if draw.random() < 0.8 else None
        for r in referral
    ]
    removal = [None if r is not None and r > end else r for r in removal]
    found = answered(
        "waiting-list",
        {"referral": [str(d) for d in referral], "removal": [d and str(d) for d in removal]},
        kind="wl_stats",
        start_date=str(start),
        end_date=str(end),
        target_wait=18,
    )
    waiting = [r for r, gone in zip(referral, removal, strict=True) if gone is None]
    # As published: arrivals cut the period into one interval more than there are arrivals, and
    # intervals are counted.
    assert found["count_demand"] == 121 and found["queue_size"] == len(waiting)
    assert near(found["mean_demand"], 121 / ((end - start).days / 7))
    assert near(found["mean_wait"], sum((end - r).days for r in waiting) / len(waiting))
    assert near(found["target_queue_size"], found["mean_demand"] * 18 / 4)


def test_money_by_hand() -> None:
    assert answered(
        "pye-fye",
        {"full_year_value": 1200, "whole_months_elapsed_before_start": 9, "recurrent": True},
    ) == {
        "in_year": 300,
        "full_year_effect_next_year_extra": 900,
    }
    once = {"full_year_value": 1200, "whole_months_elapsed_before_start": 0, "recurrent": False}
    assert answered("pye-fye", once)["in_year"] == 1200
    lines = [
        {"pod": "A&E", "activity_change": -10, "price": 150, "share_of_year": 0.5},
        {"activity_change": 2, "price": 10},
    ]
    assert answered("tariff-impact", lines) == {"total": -730}


WRONG: tuple[Any, ...] = (
    None, 0, -1, 0.5, 1e308, -1e308, 10**25, "", "x", [], {}, True, "gone", "NA", "2023-02-30", [[]], {"a": 1}, 1e-300,
)  # fmt: skip


@pytest.mark.parametrize("file", sorted(CASES.glob("*.json")), ids=lambda f: f.stem)
def test_whatever_stands_in_a_case_is_answered_or_named_and_harms_no_other(file: Path) -> None:
    """Cases spoilt at random: an answer that is JSON, or faults; and the sound case beside it is
    answered the same."""
    draw = drawn(file.stem)
    cases = [
        {k: v for k, v in c.items() if k in ("id", "function", "inputs", "params")}
        for c in json.loads(file.read_text(encoding="utf-8"))
    ]
    for case in cases:
        case.setdefault("params", {})
        if file.stem == "sii":
            case["params"]["repetitions"] = 100
    sound = min(cases, key=lambda c: len(json.dumps(c)))
    expected, none = each_case(file.stem, [sound])
    assert not none
    faulty = 0
    for _ in range(60):
        spoilt = json.loads(json.dumps(draw.choice(cases)))
        spoilt["id"] = "spoilt"
        at = draw.choice(
            [p for p in paths(spoilt) if p[:1] in (("inputs",), ("params",)) and len(p) > 1]
            or [("inputs",)]
        )
        place = spoilt
        for step in at[:-1]:
            place = place[step]
        wrong = draw.choice(WRONG)
        if wrong == "gone":
            del place[at[-1]]
        else:
            place[at[-1]] = wrong
        (first, second), faults = each_case(file.stem, [spoilt, sound])
        assert [second] == expected
        assert bool(faults) == (first["result"] is None and "faults" in first)
        json.dumps([first, second], allow_nan=False)
        faulty += bool(faults)
    assert faulty > 5


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [at, *(p for key, v in inner for p in paths(v, (*at, key)))]
