"""Liverpool's money as finance asks it: nothing came in, a ledger, a ledger of another year,
forecasts; one answer from one place."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal as D
from typing import Any

import pyarrow as pa
import pytest

from oneplace.answers import Session, open_place, position
from oneplace.answers.session import Entries
from oneplace.place.shipped import shipped_place
from oneplace.report.board.paper import as_line
from oneplace.report.board.position import answer, by_area
from oneplace.report.trace import Figure
from oneplace.tables.entries import ENTRIES

ON = dt.date(2019, 9, 30)
AREAS = {"acute": 477_700_000, "mental-health": 92_500_000, "community": 91_600_000, "continuing-care": 41_400_000,
         "primary-care-co-commissioning": 78_300_000, "other-primary-care": 21_600_000, "other-programme": 33_000_000,
         "prescribing": 88_300_000}  # fmt: skip


@pytest.fixture()
def session() -> Iterator[Session]:
    with open_place(shipped_place("liverpool")) as opened:
        opened.entries = written(opened)
        yield opened


def written(session: Session, **rows: list[dict[str, Any]]) -> Entries:
    """Entries as the site keeps them; what a row leaves out is empty."""
    at = dt.datetime(2019, 10, 1)
    found = {}
    for t in ENTRIES:
        full = [{c.name: None for c in t.columns} | {"id": i, "version": 1, "changed_at": at} | r for i, r in enumerate(rows.get(t.name, ()))]  # fmt: skip
        found[t.name] = pa.table(
            [pa.array([r[c.name] for r in full], c.arrow) for c in t.columns], schema=t.arrow
        )
    return session.entries.but(found)


def month(of: dt.date, *, over: int = 0, contingency: int = 0) -> dict[str, Any]:
    """A twelfth of every area, acute dearer by so much."""
    lines = {a: {"budget": str(D(g) / 12), "actual": str(D(g) / 12 + (over if a == "acute" else 0))} for a, g in AREAS.items()}  # fmt: skip
    if contingency:
        lines["contingency"] = {"budget": "0", "actual": str(contingency)}
    total = sum((D(x["actual"]) for x in lines.values()), D(0))
    return {"month": of, "source": "ledger", "control_total_pence": int(total * 100), "final": True, "lines": json.dumps(lines)}  # fmt: skip


def outturn(area: str, likely: int, on: dt.date, risk: int = 0) -> dict[str, Any]:
    return {"area": area, "month": on, "best_gbp": likely, "likely_gbp": likely, "worst_gbp": likely, "unmitigated_risk_gbp": risk, "reason": "w"}  # fmt: skip


def sentence(session: Session) -> str:
    held, figures = position.held(session, ON), position.position(session, ON)
    return "".join(
        p.words() if isinstance(p, Figure) else str(p)
        for p in as_line(answer(held.control, figures))
    )


def test_without_a_ledger_it_cannot_be_said_and_no_column_is_blank(session: Session) -> None:
    assert sentence(session) == "Cannot say whether we hit the control total of £924.4m (what the plan gives its areas): no ledger month has come in."  # fmt: skip
    assert by_area(position.held(session, ON), position.position(session, ON)) is None


def test_the_ledger_answers_with_its_gap_and_the_contingency_beside_it(session: Session) -> None:
    apart = [dt.date(2019, m, 1) for m in (4, 5, 6, 7, 8)]
    session.entries = written(
        session, ledger_months=[month(m, over=100_000, contingency=10_000) for m in apart]
    )
    said = sentence(session)
    assert said == (
        "No, as far as is known: the forecast outturn of £925.6m is (£1,200,000) beyond the control total of £924.4m (what the plan gives "
        "its areas). It rests on the ledger of April 2019 to August 2019 and the run-rate of 8 areas. Not in it: £4.6m of contingency left."
    )
    figures = position.position(session, ON)
    assert figures["position.to_date_variance"].words() == "(£500,000)"
    assert figures["position.month_variance"].words() == "(£100,000)"
    assert figures["position.acute.outturn_variance"].words() == "(£1,200k)"


def test_a_forecast_stands_before_the_run_rate_whenever_it_was_written(session: Session) -> None:
    """The finance lead writes September's forecast in October; the paper of September knows it."""
    session.entries = written(
        session,
        ledger_months=[month(dt.date(2019, 4, 1), over=100_000)],
        outturn_forecasts=[outturn("acute", 470_000_000, dt.date(2019, 10, 1), risk=250_000), outturn("acute", 1, dt.date(2019, 6, 1))],
    )  # fmt: skip
    assert sentence(session).startswith(
        "Yes, as far as is known: the forecast outturn of £916.7m is £7,700,000 inside"
    )
    assert "£250,000 of risk that nothing mitigates" in sentence(session)


def test_months_and_forecasts_of_another_year_are_not_of_this_one(session: Session) -> None:
    session.entries = written(
        session,
        ledger_months=[month(dt.date(2019, 2, 1), over=9_000_000), month(dt.date(2019, 3, 1)), month(dt.date(2019, 4, 1))],
        outturn_forecasts=[outturn("acute", 900_000_000, dt.date(2019, 3, 1)), outturn("acute", 1, dt.date(2020, 4, 1))],
    )  # fmt: skip
    held, figures = position.held(session, ON), position.position(session, ON)
    assert [m.month for m in held.months] == [dt.date(2019, 4, 1)]
    assert figures["position.gap"].value == 0 and "position.likely" not in figures
    assert round(D(str(figures["position.spent"].value))) == round(D(sum(AREAS.values())) / 12)


def test_a_month_that_is_not_over_on_the_papers_day_is_left_to_the_next(session: Session) -> None:
    session.entries = written(
        session,
        ledger_months=[month(dt.date(2019, 9, 1)), month(dt.date(2019, 10, 1), over=5_000_000)],
    )
    assert [m.month for m in position.held(session, ON).months] == [dt.date(2019, 9, 1)]
    assert "April 2019 to August 2019 have not come in" in sentence(session)
