"""The ledger, contract monitoring and what savings bring: small CSVs in, sums out, faults by
line."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal as D

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oneplace.faults import InputAtFault
from oneplace.plan.money.forms import SavingLine
from oneplace.plan.money.ledger import Outturn, positions, read_ledger
from oneplace.plan.money.monitoring import read_monitoring, to_date
from oneplace.plan.money.outlook import LineForecast, outlook, whole_months

AREAS = {"acute": "Acute", "community": "Community"}
GOOD = """month,area,budget,actual
2019-04,acute,100.00,110.50
2019-04,Community,50,"(1,000.00)"
2019-04,total,150,-889.50
2019-05,acute,£100,95
2019-05,total,100,95
"""


def test_months_are_read_in_order_and_tie_to_the_penny():
    found = read_ledger("\ufeff" + GOOD, areas=AREAS)
    assert [m.month for m in found] == [dt.date(2019, 4, 1), dt.date(2019, 5, 1)]
    assert found[0].areas["community"].actual_gbp == D(-1000) and found[0].control_total_gbp == D(
        "-889.50"
    )
    assert [m.difference_gbp for m in found] == [0, 0]


@pytest.mark.parametrize(
    ("change", "what", "line"),
    [
        (("2019-04,acute", "2019-13,acute"), "this is no month", 2),
        (("2019-04,acute", "2019-04,acut"), "no such area", 2),
        (("110.50", "110.505"), "this is no amount", 2),
        (("110.50", "(110.50"), "this is no amount", 2),
        (("110.50", "1e5"), "this is no amount", 2),
        (("110.50", "n/a"), "this is no amount", 2),
        (("110.50", "9" * 40), "this is no amount", 2),
        (("2019-04,total,150,-889.50\n", ""), "the month has no total", None),
        (("150,-889.50", "150,-889.51"), "the month does not tie to the ledger's actual", None),
        (("150,-889.50", "151,-889.50"), "the month does not tie to the ledger's budget", None),
        (("2019-05,acute", "2019-04,acute"), "the area stands twice in its month", 5),
        (("month,area", "period,area"), "the heading is not the one expected", 1),
        (("110.50\n", "110.50,7\n"), "the line has another number of cells than the heading", 2),
    ],
)
def test_what_is_wrong_is_named_by_its_line_and_nothing_is_taken(change, what, line):
    assert change[0] in GOOD
    with pytest.raises(InputAtFault) as refused:
        read_ledger(GOOD.replace(change[0], change[1], 1), areas=AREAS)
    assert (what, line) in [(f.what, f.line) for f in refused.value.faults]


def test_nothing_is_no_ledger():
    for text in ("", "month,area,budget,actual\n"):
        with pytest.raises(InputAtFault):
            read_ledger(text, areas=AREAS)


def test_the_position_of_each_area():
    months = read_ledger(GOOD, areas=AREAS)
    plans = {
        "acute": ("Acute", D(2400)),
        "community": ("Community", D(600)),
        "other": ("Other", D(10)),
    }
    written = {"community": Outturn(D(500), D(550), D(700), D(40), "why")}
    acute, community, other = positions(
        months, plans=plans, outturns=written, until=dt.date(2019, 10, 1)
    )
    assert acute.to_date_variance_gbp == D("-5.50")
    assert acute.run_rate_gbp == D(2400) * D("205.50") / D(200) == acute.forecast_gbp
    assert acute.forecast_variance_gbp == D(-66)
    assert (community.month, community.forecast_gbp, community.forecast_variance_gbp) == (
        None,
        D(550),
        D(50),
    )
    assert (other.to_date, other.run_rate_gbp, other.forecast_variance_gbp) == (None, None, None)
    assert positions(months, plans=plans, outturns={}, until=dt.date(2019, 3, 1))[0].to_date is None


@given(st.lists(st.tuples(st.integers(1, 10**7), st.integers(0, 10**7)), min_size=1, max_size=12))
@settings(max_examples=40)
def test_year_to_date_is_the_sum_of_the_months(amounts):
    rows = ["month,area,budget,actual"]
    for i, (budget, actual) in enumerate(amounts):
        month = f"{2019 + (i + 3) // 12}-{(i + 3) % 12 + 1:02}"
        rows += [f"{month},{a},{D(budget) / 100},{D(actual) / 100}" for a in ("acute", "total")]
    [acute] = positions(
        read_ledger("\n".join(rows), areas=AREAS),
        plans={"acute": ("Acute", D(1))},
        outturns={},
        until=dt.date(2030, 1, 1),
    )
    assert acute.to_date.actual_gbp * 100 == sum(a for _, a in amounts)
    assert acute.to_date_variance_gbp * 100 == sum(b - a for b, a in amounts)


MONITORING = """month,contract,pod,plan,actual,price,tolerance_pct,marginal_rate_pct
2019-08,One,NEL,4000,4200,2000,2,70
2019-09,One,NEL,4000,4300,2000,2,70
2019-09,One,OP,9000,8500,120,,
"""


def test_inside_the_tolerance_nothing_moves_and_outside_the_marginal_rate_is_paid():
    nel, op = to_date(read_monitoring(MONITORING), until=dt.date(2019, 10, 1))
    # 500 over 8,000; the room is 160; 340 at 2,000 at 70%.
    assert (nel.over, nel.at_tariff_gbp, nel.outside, nel.under_contract_gbp) == (
        500,
        1_000_000,
        340,
        476_000,
    )
    assert (op.over, op.at_tariff_gbp, op.outside, op.under_contract_gbp) == (
        -500,
        -60_000,
        None,
        None,
    )
    below = read_monitoring(MONITORING.replace("4200", "3000"))[0]
    assert (below.outside, below.under_contract_gbp) == (-920, -1_288_000)
    assert read_monitoring(MONITORING.replace("4200", "4080"))[0].under_contract_gbp == 0


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (("2,70\n2019-09,One,NEL", "2,170\n2019-09,One,NEL"), "this is no share"),
        (("4000,4200", "4000,-1"), "activity is a count"),
        (("2019-08,One", "2019-09,One"), "the row stands twice"),
        (("2019-08,One,NEL", "2019-08,,NEL"), "a name is missing"),
    ],
)
def test_monitoring_that_is_wrong_is_refused(change, what):
    with pytest.raises(InputAtFault) as refused:
        read_monitoring(MONITORING.replace(change[0], change[1], 1))
    assert what in [f.what for f in refused.value.faults]


def test_what_a_line_of_savings_brings():
    line = SavingLine(id="x", area="X", gbp=D(3000), recurrence="recurrent")
    expected = LineForecast(forecast_gbp=D(2000), stage="in_development", starts_on=dt.date(2019, 7, 1), full_year_gbp=D(3600), confidence_pct=50)  # fmt: skip
    found = outlook(line, reported_gbp=D(400), expected=expected, year_starts=dt.date(2019, 4, 1))
    assert (found.variance_gbp, found.risk_adjusted_gbp) == (D(-1000), D(1200))
    assert (found.effect.in_year, found.effect.full_year_effect_next_year_extra) == (
        D(2700),
        D(900),
    )
    bare = outlook(line, reported_gbp=None, expected=None, year_starts=None)
    assert (bare.variance_gbp, bare.risk_adjusted_gbp, bare.effect) == (None, None, None)


@pytest.mark.parametrize(
    ("starts", "months"),
    [
        ("2019-03-01", 0),
        ("2019-04-01", 0),
        ("2019-04-02", 1),
        ("2019-07-01", 3),
        ("2020-03-31", 12),
        ("2021-01-01", 12),
    ],
)
def test_whole_months_before_it_saves(starts, months):
    assert whole_months(dt.date(2019, 4, 1), dt.date.fromisoformat(starts)) == months
