"""What it means to set a claim beside the records: activity, not only people; the year before; who
else claims it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest

from drawn import engine_with, parse_table
from oneplace.documents import parse
from oneplace.plan.money import Contract
from oneplace.plan.money.contract import contract_effects, needs
from oneplace.plan.programme import Plan
from oneplace.plan.programme.forms import Claim
from oneplace.simulate.claims import Assessed, RecordSource, assess, assess_totals, under_contract

AS_OF = dt.date(2019, 4, 1)
PEOPLE = """
person | born       | sex
1      | 1950-06-01 | female
2      | 1990-06-01 | male
3      | 2010-06-01 | male
4      | 2010-06-01 | male
"""
# 11-14 lie in the year before; 15 on its first day, 16 the day before that; 17 is in the plan's own
# year. 18 is the transfer that goes on with 12: one stay.
CONTACTS = """
visit | person | what                | from       | to
11    | 1      | emergency_admission | 2018-05-01 | 2018-05-04
12    | 1      | emergency_admission | 2018-12-24 | 2018-12-30
13    | 2      | emergency_admission | 2019-03-31 | 2019-04-02
14    | 2      | ae_attendance       | 2019-03-31 | 2019-03-31
15    | 3      | emergency_admission | 2018-04-01 | 2018-04-01
16    | 4      | emergency_admission | 2018-03-31 | 2018-03-31
17    | 1      | emergency_admission | 2019-04-01 | 2019-04-03
18    | 1      | emergency_admission | 2018-12-30 | 2019-01-05
"""
DIAGNOSES = """
person | what         | from       | to         | visit | status            | type
1      | copd         | 2018-05-01 |            | 11    | primary_diagnosis |
1      | heart_failure| 2018-05-01 | 2018-05-04 | 11    |                   |
1      | copd         | 2018-12-24 |            | 12    | primary_diagnosis |
2      | self_harm    | 2019-03-31 |            | 13    | primary_diagnosis |
2      | self_harm    | 2019-03-31 |            | 14    | primary_diagnosis |
3      | asthma       | 2018-04-01 |            | 15    | primary_diagnosis |
4      | asthma       | 2018-03-31 |            | 16    | primary_diagnosis |
1      | copd         | 2019-04-01 |            | 17    | primary_diagnosis |
2      | homelessness | 2018-06-01 | 2019-03-30 |       |                   | problem_list_entry
1      | homelessness | 2018-12-01 | 2019-01-31 |       |                   | problem_list_entry
2      | dementia     | 2018-06-01 | 2018-07-01 |       |                   |
2      | smoker       | 2017-03-30 |            |       |                   |
1      | smoker       | 2016-12-20 |            |       |                   |
"""


def plan(*claims: dict[str, Any]) -> Plan:
    scheme = {"programme": "p", "purpose": "to test", "aims": ["a"]}
    schemes = [
        {**scheme, "id": f"S{i}", "name": f"Scheme {i}", "claims": [c]}
        for i, c in enumerate(claims, start=1)
    ]
    content = {
        "schema": 1,
        "id": "drawn",
        "title": "A drawn plan",
        "place": "nowhere",
        "period": "2019/20",
        "aims": [{"id": "a", "name": "Aim"}],
        "programmes": [{"id": "p", "name": "Programme"}],
        "schemes": schemes,
    }
    return parse(content, Plan, file="plan.yaml")


def claim(id: str, count: int | None = 1, **selects: Any) -> dict[str, Any]:
    selected = {"event": "emergency_admission", **selects}
    return {
        "id": id,
        "kind": "nel",
        "count": count,
        "value_gbp": 1000,
        "selects": selected,
        "selection": "plan",
    }


def assessed(*claims: dict[str, Any], basis: str = "supplied") -> tuple[Assessed, ...]:
    with engine_with({"person": PEOPLE, "contact": CONTACTS, "diagnosis": DIAGNOSES}) as (
        engine,
        _,
    ):

        def ask(sql: str) -> Sequence[Any]:
            if sql.startswith("SELECT"):
                return engine.rows(sql)
            engine.execute(sql)
            return []

        return assess(plan(*claims), RecordSource(ask, AS_OF, dt.date(2020, 3, 31), basis))


@pytest.mark.parametrize(
    ("selects", "available", "people", "in_period"),
    [
        ({}, 4, 3, 1),  # 11, 12, 13 and 15; not 16, a day too early; 17 is in the plan's year
        ({"diagnosis": ["copd"]}, 2, 1, 1),
        ({"diagnosis": ["heart_failure"]}, 0, 0, 0),  # recorded at 11, but not its main reason
        ({"diagnosis": ["copd", "asthma"]}, 3, 2, 1),
        ({"ages": [18, None]}, 3, 2, 1),
        (
            {"ages": [7, 17]},
            1,
            1,
            0,
        ),  # person 3 is 7 on 1 April 2018: the birthday in June has not come
        ({"ages": [8, 17]}, 0, 0, 0),
        (
            {"people": "homelessness"},
            1,
            1,
            0,
        ),  # 12 only: on the day of 13 person 2 had a home again
        (
            {"people": "heart_failure"},
            2,
            1,
            1,
        ),  # the discharge of 11 ended no heart failure: 11, 12 and 17
        ({"people": "dementia"}, 1, 1, 0),  # no row of the problem list ended it
        ({"people": "smoker"}, 1, 1, 0),  # 11; recorded more than 24 months before 13, 17
        ({"event": "ae_attendance"}, 1, 1, 0),
        ({"event": "ae_attendance", "diagnosis": ["self_harm"]}, 1, 1, 0),
    ],
)
def test_what_a_claim_selects(
    selects: dict[str, Any], available: int, people: int, in_period: int
) -> None:
    (found,) = assessed(claim("c", **selects))
    assert (found.available, found.people, found.in_period) == (available, people, in_period)
    assert found.period == "2018-04-01 to 2019-03-31"


def test_more_than_there_is_is_said_first_and_loudly() -> None:
    (found,) = assessed(claim("c", 5, diagnosis=["copd"]))
    assert found.flag == "EXCEEDS WHAT EXISTS: 5 claimed, 2 available"


def test_two_schemes_that_claim_the_same_admissions_are_added_up() -> None:
    one, other = assessed(
        claim("one", 1, diagnosis=["copd"]), claim("other", 2, diagnosis=["copd"])
    )
    assert [(o.claim, o.scheme, o.events) for o in one.overlaps] == [("other", "S2", 2)]
    assert one.flag == "EXCEEDS WHAT EXISTS TOGETHER WITH other: 3 claimed, 2 available"
    assert other.flag == "EXCEEDS WHAT EXISTS TOGETHER WITH one: 3 claimed, 2 available"


def test_a_wider_claim_overlaps_in_the_shared_events_only() -> None:
    narrow, wide = assessed(claim("narrow", 1, diagnosis=["copd"]), claim("wide", 1))
    assert [(o.claim, o.events) for o in narrow.overlaps] == [("wide", 2)]
    assert [(o.claim, o.events) for o in wide.overlaps] == [("narrow", 2)]


def test_demonstration_people_are_no_test_of_a_claim() -> None:
    (found,) = assessed(claim("c", diagnosis=["copd"]), basis="synthetic")
    assert "not a test of this claim" in found.flags
    assert found.basis == "synthetic"


def test_a_claim_without_a_count_is_followed_by_value_alone() -> None:
    (found,) = assessed(claim("c", None))
    assert found.claimed is None
    assert found.share_percent is None
    assert "no count printed: only the value can be followed" in found.flags


def test_the_other_reading_stands_beside_and_overlaps_with_nothing() -> None:
    both = claim("c", diagnosis=["copd"]) | {
        "otherwise": {"event": "emergency_admission", "diagnosis": ["asthma"]}
    }
    found, asthma = assessed(both, claim("asthma", diagnosis=["asthma"]))
    assert found.otherwise is not None
    assert (found.available, found.otherwise.available) == (2, 1)
    assert (found.overlaps, asthma.overlaps) == ((), ())


def test_tariff_contract_and_cash_are_three_figures() -> None:
    (found,) = assessed(claim("c", 2, diagnosis=["copd"]))
    assert str(found.value_at_tariff_gbp) == "1000"
    assert str(found.unit_value_gbp) == "500.00"
    assert (found.contract_effect_gbp, found.cash_effect_gbp) == (None, None)
    assert len(found.money_notes) == 1
    none = under_contract(
        [found],
        contract_effects([plan(claim("c", 2, diagnosis=["copd"])).schemes[0].claims[0]], {}, None),
    )
    assert none[0].contract_effect_gbp is None
    assert (
        none[0].contract_note
        == "needs the contract's tolerance and marginal rate, which the plan does not print"
    )


def claimed(
    *counts: int | None, kind: str = "nel", value: int | None = 1000, basis: str = "tariff"
) -> list[Claim]:
    return [
        Claim.model_validate({
            "id": f"c{i}", "kind": kind, "count": n, "value_gbp": value, "value_basis": basis, "selects": {"event": "emergency_admission"}, "selection": "plan",
        })
        for i, n in enumerate(counts)
    ]  # fmt: skip


TERMS = [
    # tolerance, marginal rate, claimed of 200, effect of each of two claims worth 1,000 (None:
    # cannot be said), what is said to be missing
    (0, 100, 10, 1000, None),  # nothing is tolerated and all is paid
    (2, 70, 8, 350, None),  # 4 of 8 lie inside 2% of 200; half of 1,000 at 70%
    (5, 70, 8, 0, None),  # all of it inside: known, and nought
    (0, 20, 8, 200, None),
    (None, 70, 8, None, "tolerance"),
    (2, None, 8, None, "marginal rate"),
    (None, None, 8, None, "tolerance and marginal rate"),
]


@pytest.mark.parametrize(("tolerance", "rate", "together", "each", "missing"), TERMS)
def test_what_a_contract_prints_is_used_and_only_what_it_does_not_print_is_called_missing(
    tolerance: int | None, rate: int | None, together: int, each: int | None, missing: str | None
) -> None:
    contract = Contract.model_validate(
        {"name": "C", "tolerance_pct": tolerance, "marginal_rate_pct": rate}
    )
    found = contract_effects(claimed(together // 2, together // 2), {"non_elective": 200}, contract)
    assert [e.gbp for e in found.values()] == [each, each]
    for e in found.values():
        assert (f"needs the contract's {missing}, which the plan does not print" in e.note) == bool(
            missing
        )
        assert ("does not print" in e.note) == bool(missing)
    assert needs(contract) == (next(iter(found.values())).note if missing else "")


def test_where_terms_are_printed_the_reason_for_no_effect_is_another() -> None:
    contract = Contract.model_validate({"name": "C", "tolerance_pct": 2, "marginal_rate_pct": 70})
    known = {"non_elective": 200}
    reasons = {
        "no count is printed": contract_effects(claimed(None), known, contract),
        "no value at tariff is printed": contract_effects(
            claimed(5, basis="cost"), known, contract
        ),
        "last year's activity is not known": contract_effects(claimed(5), {}, contract),
        "this kind of activity is not under it": contract_effects(
            claimed(5, kind="prescribing"), known, contract
        ),
    }
    for why, found in reasons.items():
        (e,) = found.values()
        assert (
            e.gbp is None
            and e.note == f"a tolerance of 2% and a marginal rate of 70% are printed, but {why}"
        )


TOTALS = """
event               | diagnosis | provider_code | month      | events
emergency_admission | copd      | RQ6           | 2018-04-01 | 30
emergency_admission | copd      | REM           | 2019-03-01 | 12
emergency_admission | asthma    | RQ6           | 2018-07-01 | 7
emergency_admission | copd      | RQ6           | 2018-03-01 | 99
emergency_admission | copd      | RQ6           | 2019-04-01 | 5
"""


def totals(*claims: dict[str, Any]) -> tuple[Assessed, ...]:
    rows = [
        {**r, "month": dt.date.fromisoformat(str(r["month"])), "events": int(str(r["events"]))}
        for r in parse_table(TOTALS)
    ]
    return assess_totals(plan(*claims), rows)


def test_totals_stand_in_for_records() -> None:
    (found,) = totals(claim("c", 10, diagnosis=["copd"]))
    assert (found.available, found.people, found.in_period, found.basis) == (
        42,
        None,
        5,
        "supplied",
    )
    assert found.by_month == (("2018-04", 30), ("2019-03", 12))


def test_totals_that_do_not_know_ages_give_at_most() -> None:
    (found,) = totals(claim("c", 10, diagnosis=["copd"], ages=[18, None]))
    assert found.available == 42
    assert "totals do not know ages: at most so many" in found.flags


def test_totals_show_that_two_schemes_claim_one_cell() -> None:
    one, _ = totals(claim("one", 30, diagnosis=["copd"]), claim("other", 20, diagnosis=["copd"]))
    assert one.flag == "EXCEEDS WHAT EXISTS TOGETHER WITH other: 50 claimed, 42 available"
