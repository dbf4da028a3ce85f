"""Records of people and their referrals, and nothing else: clocks are counted without our own table
of pauses, and every question about a site, a contact or a pause has an answer and no traceback."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from oneplace.answers import open_place
from oneplace.answers.arrivals import silent_practices
from oneplace.answers.counting import counted
from oneplace.answers.publishing import build_place
from oneplace.answers.session import Session
from oneplace.measures.forms import FromRecords
from oneplace.sources.founding import found_place
from oneplace.tables.vocabulary import concept

TABLES = {
    "person": """
        person_id,gender_concept_id,year_of_birth,month_of_birth,day_of_birth,race_concept_id,ethnicity_concept_id
        1,8532,1950,6,15,0,0
        2,8507,1960,1,1,0,0
        3,8507,1970,1,1,0,0
    """,
    "observation_period": """
        observation_period_id,person_id,observation_period_start_date,observation_period_end_date,period_type_concept_id
        1,1,2018-01-01,2019-12-31,0
        2,2,2018-01-01,2019-12-31,0
        3,3,2018-01-01,2019-12-31,0
    """,
    "referral": f"""
        referral_id,person_id,referral_concept_id,clock_start_date,clock_stop_date,stop_reason
        1,1,{concept("memory_referral")},2019-01-10,2019-03-20,seen
        2,2,{concept("memory_referral")},2019-02-10,,
        3,3,{concept("elective_referral")},2019-02-10,,
    """,
}


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    root = tmp_path_factory.mktemp("referrals")
    records = root / "records"
    records.mkdir()
    for name, rows in TABLES.items():
        lines = (line.strip() for line in rows.strip().splitlines())
        (records / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    found_place(root / "place", source=f"omop:{records}", name=None, today=dt.date(2020, 1, 1))
    build_place(root / "place", now=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    with open_place(root / "place") as opened:
        yield opened


def test_clocks_are_counted_where_no_table_of_pauses_came(session: Session) -> None:
    how = FromRecords(count="waiting", referral="memory_referral", within_days=42, settles_months=0)
    months = {c.month: (c.numerator, c.denominator) for c in counted(session, how)}
    assert months[dt.date(2019, 1, 1)] == (1, 1)
    assert months[dt.date(2019, 2, 1)] == (1, 2)  # 49 days and 18 days
    assert months[dt.date(2019, 3, 1)] == (0, 1)
    stopped = FromRecords(
        count="stopped", referral="memory_referral", within_days=70, settles_months=0
    )
    assert [(c.month.month, c.numerator) for c in counted(session, stopped) if c.denominator] == [
        (3, 1)
    ]


def test_what_the_records_do_not_hold_is_asked_without_a_fault(session: Session) -> None:
    assert silent_practices(session) == []
    assert session.ask("SELECT count(*) AS n FROM care_site")[0]["n"] == 0
