"""How a figure reads: the manual of the paper's words, and of the sentences that say what a chart
shows."""

from __future__ import annotations

import math
from datetime import date, datetime, time
from decimal import Decimal

import pytest

from oneplace.report import words

NUMBERS = """
value      | decimals | reads
1234.5     | 0        | 1,235
1234.5     | 1        | 1,234.5
-2.6       | 1        | −2.6
-0.04      | 1        | 0.0
0.285      | 2        | 0.29
2.5        | 0        | 3
-2.5       | 0        | −3
1e6        | 0        | 1,000,000
999        | 0        | 999
31482      | 1        | 31,482.0
nan        | 1        | not known
inf        | 0        | not known
"""

RISKS = """
probability | reads
0           | none
0.001       | 1 in 1,000
0.14        | 1 in 7
0.5         | 1 in 2
0.66        | 7 in 10
0.8         | 8 in 10
0.97        | nearly all
1           | all
1.2         | not known
"""

MONEY = """
gbp        | scale     | reads        | variance, a negative is adverse | variance, a positive is adverse
456332     | pounds    | £456,332     | £456,332                        | (£456,332)
-456332    | pounds    | −£456,332    | (£456,332)                      | £456,332
13842847   | millions  | £13.8m       | £13.8m                          | (£13.8m)
-924400    | thousands | −£924k       | (£924k)                         | £924k
0          | pounds    | £0           | £0                              | £0
-0.004     | pence     | £0.00        | £0.00                           | £0.00
0.1        | pence     | £0.10        | £0.10                           | (£0.10)
"""

TIMES = """
at    | reads
17:30 | 5:30pm
09:00 | 9am
12:00 | midday
00:00 | midnight
12:05 | 12:05pm
00:15 | 12:15am
"""


def rows(drawn: str) -> list[list[str]]:
    return [[cell.strip() for cell in row.split("|")] for row in drawn.strip().splitlines()[1:]]


@pytest.mark.parametrize(("value", "decimals", "reads"), rows(NUMBERS))
def test_number(value: str, decimals: str, reads: str) -> None:
    assert words.number(float(value), int(decimals)) == reads
    if math.isfinite(float(value)):
        assert words.number(Decimal(value), int(decimals)) == reads


@pytest.mark.parametrize(("probability", "reads"), rows(RISKS))
def test_one_in(probability: str, reads: str) -> None:
    assert words.one_in(float(probability)) == reads


@pytest.mark.parametrize(("gbp", "scale", "reads", "bad_negative", "bad_positive"), rows(MONEY))
def test_money(
    gbp: str, scale: words.Scale, reads: str, bad_negative: str, bad_positive: str
) -> None:
    for value in (Decimal(gbp), float(gbp)):
        assert words.money(value, scale) == reads
        assert words.variance(value, scale) == bad_negative
        assert words.variance(value, scale, adverse="positive") == bad_positive


@pytest.mark.parametrize(("at", "reads"), rows(TIMES))
def test_clock(at: str, reads: str) -> None:
    assert words.clock(time.fromisoformat(at)) == reads


def test_dates() -> None:
    on = date(2018, 8, 6)
    assert (words.day(on), words.short_day(on), words.month(on), words.short_month(on)) == (
        "6 August 2018", "6 Aug 2018", "August 2018", "Aug 2018",
    )  # fmt: skip
    assert words.moment(datetime(2018, 8, 6, 17, 30)) == "6 August 2018 at 5:30pm"


def test_what_is_missing_reads_not_known() -> None:
    said = [
        words.number(None),
        words.percent(None),
        words.share(None),
        words.money(None),
        words.variance(None),
        words.one_in(None),
    ]
    said += [
        words.day(None),
        words.month(None),
        words.clock(None),
        words.moment(None),
        words.quantity(None, "%"),
    ]
    assert set(said) == {"not known"}


def test_per_cent_and_share() -> None:
    assert (words.percent(88.45), words.share(0.8845), words.share(0.125, 0)) == (
        "88.5%",
        "88.5%",
        "13%",
    )


def test_plural() -> None:
    assert [words.plural(n, "person", "people") for n in (0, 1, 2, 2000)] == [
        "0 people",
        "1 person",
        "2 people",
        "2,000 people",
    ]
    assert words.plural(2, "month") == "2 months"


def test_listing_and_sentence() -> None:
    assert [words.listing(x) for x in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "none",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert (words.sentence("  two\n lines "), words.sentence("Ends."), words.sentence("")) == (
        "Two lines.",
        "Ends.",
        "",
    )


def test_a_large_sum_keeps_its_last_pound() -> None:
    assert words.money(Decimal("12345678901234567890")) == "£12,345,678,901,234,567,890"
    assert words.number(2**63) == "9,223,372,036,854,775,808"


def test_decimals_for_shows_each_value_as_given() -> None:
    assert [
        words.decimals_for(v)
        for v in ([1, 2], [1.5, 2], [1.25], [1.257], [None, math.nan], [0.1 + 0.2])
    ] == [
        0,
        1,
        2,
        2,
        0,
        1,
    ]


MARCH = date(2018, 3, 1)
XMR = """
rule         | signal      | latest | run | sentence
-            | common      | 86.0   | 0   | March 2018 at 86.0% is within the usual variation around the mean of 88.7%.
outside      | concern     | 82.0   | 0   | March 2018 at 82.0% is below the lower limit of 83.6%, a change for the worse.
outside      | improvement | 95.0   | 0   | March 2018 at 95.0% is above the upper limit of 93.9%, a change for the better.
shift        | concern     | 86.0   | 8   | The last 8 months are below the mean of 88.7%, a change for the worse.
trend        | concern     | 86.0   | 7   | The last 7 months each fell, to 86.0% in March 2018, a change for the worse.
two_of_three | neutral     | 93.0   | 0   | 2 of the last 3 months are close to the upper limit of 93.9%.
"""


@pytest.mark.parametrize(("rule", "signal", "latest", "run", "sentence"), rows(XMR))
def test_xmr_finding(rule: str, signal: words.Signal, latest: str, run: str, sentence: str) -> None:
    told: words.Rule | None = None if rule == "-" else rule  # type: ignore[assignment]
    found = words.xmr_finding(
        float(latest), MARCH, mean=88.7, lower=83.6, upper=93.9, rule=told, signal=signal, run_months=int(run),
    )  # fmt: skip
    assert found == sentence


def test_xmr_finding_goes_on_to_the_standard() -> None:
    found = words.xmr_finding(86.0, MARCH, mean=88.7, target="standard of 95.0%", assurance="fail")
    assert found == (
        "March 2018 at 86.0% is within the usual variation around the mean of 88.7%; "
        "the standard of 95.0% will not be met without a change to the process."
    )


def test_xmr_finding_before_there_are_limits() -> None:
    assert (
        words.xmr_finding(86.0, MARCH, mean=None)
        == "There are too few months to say what is usual; March 2018 is 86.0%."
    )


def test_gap_finding() -> None:
    ends = {"worst_name": "the most deprived tenth", "best_name": "the least deprived tenth"}
    assert words.gap_finding("life expectancy", 72.17, 82.24, **ends) == (
        "Life expectancy is 10.0 years lower in the most deprived tenth (72.2) than in the least deprived tenth (82.2)."
    )
    assert words.gap_finding("life expectancy", None, 82.24, **ends) == (
        "The gap in life expectancy cannot be given: a figure for the most deprived tenth is missing."
    )
