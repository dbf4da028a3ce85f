"""Do we hit the control total? Small ledgers and forecasts in; yes, no or what is missing out.
Millions of pounds throughout."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal as D

import pytest

from oneplace.plan.money.control import MILLION, ControlTotal, control_total
from oneplace.plan.money.forms import Finances
from oneplace.plan.money.ledger import LedgerRows, Outturn, Spent, positions
from oneplace.report.board.paper import Origin, as_line
from oneplace.report.board.position import answer
from oneplace.report.trace import Figure, Source

ON = dt.date(2019, 9, 30)
YEAR = dt.date(2019, 4, 1)


def answered(
    plan: str, ledger: str, forecasts: str, named: str = "-", on: dt.date = ON
) -> ControlTotal:
    """`plan`: area=millions. `ledger`: month=area:budget/actual,... `forecasts`:
    area=likely/risk."""
    plans = {a: (a.capitalize(), D(v) * MILLION) for a, v in pairs(plan)}
    months = [
        LedgerRows(dt.date(2019 if int(m) > 3 else 2020, int(m), 1), areas_of(said), D(0))
        for m, said in pairs(ledger)
    ]
    outturns = {}
    for a, said in pairs(forecasts):
        likely, risk = (D(x) * MILLION for x in said.split("/"))
        outturns[a] = Outturn(likely, likely, likely, risk, "why")
    found = positions(months, plans=plans, outturns=outturns, until=on)
    finances = Finances.model_validate(
        {"title": "Money", **({"control_total_gbp_m": float(named)} if named != "-" else {})}
    )
    return control_total(finances, found, months, year_starts=YEAR, on=on)


def pairs(text: str) -> list[tuple[str, str]]:
    return [tuple(p.split("=")) for p in text.split() if p != "-"]  # type: ignore[misc]


def areas_of(text: str) -> dict[str, Spent]:
    cells = (c.split(":") for c in text.split(","))
    return {a: Spent(*(D(x) * MILLION for x in v.split("/"))) for a, v in cells}


def read(control: ControlTotal) -> str:
    """The sentence as it reads."""
    origin = Origin(basis="supplied", as_at=ON, source=Source("table", "ledger_months"))
    verdicts = {
        "yes": "Yes, as far as is known",
        "no": "No, as far as is known",
        "cannot say": "Cannot say",
    }
    values = [
        ("answer", verdicts[control.verdict], "text"), ("control", control.total_gbp, "gbp_millions"), ("outturn", control.outturn_gbp, "gbp_millions"),
        ("gap", control.gap_gbp, "gbp_variance"), ("risk", control.risk_gbp, "gbp"),
    ]  # fmt: skip
    figures = {
        f"position.{i}": origin.figure(f"position.{i}", i, v, format=f)
        for i, v, f in values
        if v is not None
    }
    return "".join(
        p.words() if isinstance(p, Figure) else str(p) for p in as_line(answer(control, figures))
    )


#   plan               ledger                          forecasts           named | verdict    gap
DRAWN = """
-                     | -                             | -                  | -  | cannot say |
acute=12 beds=6       | -                             | -                  | -  | cannot say |
acute=12 beds=6       | -                             | acute=12/0         | -  | cannot say |
acute=12 beds=6       | -                             | acute=12/0 beds=6/0| -  | yes        | 0
acute=12 beds=6       | 4=acute:1/1,beds:1/1          | -                  | -  | yes        | 0
acute=12 beds=6       | 4=acute:1/2,beds:1/1          | -                  | -  | no         | -12
acute=12 beds=6       | 4=acute:1/2,beds:1/1          | acute=11/3         | -  | yes        | 1
acute=12 beds=6       | 4=acute:1/1                   | -                  | -  | cannot say |
acute=12 beds=6       | 4=acute:1/1                   | beds=8/0           | -  | no         | -2
acute=12 beds=6       | 4=acute:0/1,beds:1/1          | -                  | -  | cannot say |
acute=12 beds=6       | 4=acute:1/1,beds:1/1          | -                  | 20 | yes        | 2
acute=12 beds=6       | 4=acute:1/1,beds:1/1          | -                  | 17 | no         | -1
-                     | 4=acute:1/1                   | -                  | -  | cannot say |
-                     | 4=acute:1/1                   | acute=9/0          | 20 | yes        | 11
acute=12              | 4=acute:1/1 6=acute:1/1       | -                  | -  | yes        | 0
"""


@pytest.mark.parametrize("row", DRAWN.strip().splitlines())
def test_yes_no_or_what_is_missing(row: str) -> None:
    plan, ledger, forecasts, named, verdict, gap = (c.strip() for c in row.split("|"))
    found = answered(plan, ledger, forecasts, named)
    assert found.verdict == verdict
    assert found.gap_gbp == (D(gap) * MILLION if gap else None), "unknown is never nought"
    assert bool(found.why_not) == (verdict == "cannot say")
    said = read(found)
    assert said.startswith({"yes": "Yes", "no": "No", "cannot say": "Cannot say"}[verdict])
    assert all(w in said for w in found.why_not) and said.endswith(".")


TWO = "acute=12 beds=6"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("acute=12", "-", "-"), "Cannot say whether we hit the control total of £12.0m (what the plan gives its areas): no ledger month has come in."),
        ((TWO, "4=acute:1/2,beds:1/1", "-"), "No, as far as is known: the forecast outturn of £30.0m is (£12,000,000) beyond the control total of £18.0m (what the plan gives its areas). It rests on the ledger of April 2019 and the run-rate of 2 areas; August 2019 was due and has not come in."),
        ((TWO, "4=acute:1/1,beds:1/1 5=acute:1/1,beds:1/1 8=acute:1/1,beds:1/1", "acute=12/0.5", "20"), "Yes, as far as is known: the forecast outturn of £18.0m is £2,000,000 inside the control total of £20.0m. It rests on the ledger of April 2019 to May 2019 and August 2019, the finance lead's forecasts of 1 area and the run-rate of 1 area; June 2019 to July 2019 have not come in and year to date leaves them out. Not in it: £500,000 of risk that nothing mitigates."),
        ((TWO, "-", "acute=12/0 beds=6/0"), "Yes, as far as is known: the forecast outturn of £18.0m is £0 inside the control total of £18.0m (what the plan gives its areas). It rests on the finance lead's forecasts of 2 areas; no ledger month has come in."),
        ((TWO, "-", "acute=12/0"), "Cannot say whether we hit the control total of £18.0m (what the plan gives its areas): no ledger month has come in; no forecast is written and no run-rate can be worked out for Beds. Of the areas 1 of 2 come to £12.0m. It rests on the finance lead's forecasts of 1 area; no ledger month has come in."),
        (("-", "-", "-"), "Cannot say whether we hit a control total: the money document prints neither a control total nor what each area may spend; no ledger month has come in."),
    ],
)  # fmt: skip
def test_one_sentence_with_its_gap_and_what_it_rests_on(asked: tuple[str, ...], said: str) -> None:
    assert read(answered(*asked)) == said


def test_a_ledger_of_the_month_before_last_is_not_late() -> None:
    assert answered("acute=12", "8=acute:1/1", "-").due_since is None
    assert answered("acute=12", "7=acute:1/1", "-").due_since == dt.date(2019, 8, 1)
    assert answered("acute=12", "-", "-", on=dt.date(2019, 5, 20)).due_since is None, (
        "April is due at the end of May"
    )
