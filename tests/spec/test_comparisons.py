"""Places side by side: rates with limits, ranks with limits, the worst fifth at the median, and
nothing that may not be shown."""

from __future__ import annotations

import math

import numpy as np
import pytest

from oneplace.measures.compare import Compared, compare_units, spine_of


def units(*rows: tuple[str, float | None, float]) -> list[Compared]:
    return [Compared(code=c, name=c.upper(), numerator=n, denominator=d) for c, n, d in rows]


def compared(rows: list[Compared], **how: object) -> dict[str, object]:
    settings = {
        "kind": "rate",
        "per": 1000.0,
        "better": "lower",
        "rng": np.random.default_rng(1),
    } | how
    return compare_units(rows, **settings)  # type: ignore[arg-type]


TEN = units(*((f"a{i}", 50.0 + 10 * i, 1000.0) for i in range(10)))


def test_the_worst_fifth_at_the_median() -> None:
    answer = compared(TEN)
    gain = answer["opportunity"]
    # Rates 50 to 140; the median is 95; the worst fifth is 130 and 140: 35 + 45 fewer.
    assert (gain["median"], gain["gain"], [u["code"] for u in gain["units"]]) == (
        95.0,
        80.0,
        ["a9", "a8"],
    )
    assert gain["said"].endswith("80 fewer")


def test_where_more_is_better_the_worst_are_the_lowest() -> None:
    answer = compared(TEN, better="higher")
    assert [u["code"] for u in answer["opportunity"]["units"]] == ["a0", "a1"]
    assert answer["opportunity"]["said"].endswith("80 more")


def test_ranks_have_limits_and_chance_is_seen() -> None:
    rows = {r["code"]: r["rank"] for r in compared(TEN)["rows"]}
    assert rows["a0"]["rank"] == 1 and rows["a9"]["rank"] == 10
    assert all(r["from"] <= r["rank"] <= r["to"] for r in rows.values())
    tiny = units(*((f"b{i}", float(i % 3), 10.0) for i in range(9)))
    wide = [r["rank"] for r in compared(tiny)["rows"]]
    assert max(r["to"] - r["from"] for r in wide) >= 6  # a handful of events ranks nobody


def test_a_hidden_count_is_listed_and_tells_nothing() -> None:
    rows = [*TEN, Compared(code="h", name="H", numerator=None, denominator=500.0)]
    answer = compared(rows)
    hidden = next(r for r in answer["rows"] if r["code"] == "h")
    assert (hidden["value"], hidden["rank"], hidden["standardised"]) == (None, None, None)
    assert hidden["why_none"] == "not shown: a small number"
    assert answer["average"] == compared(TEN)["average"]


def test_too_few_to_compare_is_said() -> None:
    answer = compared(units(("a", 1.0, 10.0), ("b", 2.0, 10.0)))
    assert answer["compared"] is False and "3 are needed" in str(answer["why"])


def test_the_spine_puts_the_average_in_the_middle() -> None:
    spine = spine_of(np.array([1.0, 2.0, 3.0, 10.0]), 4.0)
    assert (spine["lowest"], spine["median"], spine["highest"]) == (1.0, 2.5, 10.0)
    answer = compared(TEN)
    by_code = {r["code"]: r["spine"] for r in answer["rows"]}
    assert by_code["a0"] == pytest.approx(1.0) and by_code["a9"] == pytest.approx(0.0)


def test_standardised_rates_take_age_away() -> None:
    """Two areas with the same rates at each age, one old and one young."""
    rates = np.linspace(0.01, 0.3, 19)
    young, old = np.linspace(2000, 100, 19), np.linspace(100, 2000, 19)
    rows = [
        Compared(
            code=c,
            name=c,
            numerator=float((rates * p).sum()),
            denominator=float(p.sum()),
            by_age=((rates * p).tolist(), p.tolist()),
        )
        for c, p in (("young", young), ("old", old), ("middle", (young + old) / 2))
    ]
    found = {r["code"]: r for r in compared(rows, standardise=True)["rows"]}
    assert found["old"]["value"] > 1.5 * found["young"]["value"]
    assert math.isclose(
        found["old"]["standardised"]["value"], found["young"]["standardised"]["value"], rel_tol=1e-9
    )
