"""A case file that is wrong is refused with the case, the field, what was found and what was
expected; nothing is guessed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from oneplace.faults import InputAtFault
from oneplace.methods.cases import NAMES, each_case, load_cases, run_cases, run_file

PERIOD = {"start_date": "2023-01-01", "end_date": "2023-06-01", "target_wait": 18}


def case(inputs: Any, params: Any = None, name: str = "c1") -> dict[str, Any]:
    return {"id": name, "function": "f", "inputs": inputs, "params": params or {}}


@pytest.mark.parametrize(
    ("method", "cases", "says"),
    [
        ("proportion", {"x": 1}, "not a list of cases"),
        ("proportion", [[1, 2]], "this is not a case"),
        ("proportion", [{"inputs": []}], "the case has no id"),
        ("proportion", [case([{"x": 1, "n": 2}]), case([{"x": 1, "n": 2}])], "two cases have the same id"),
        ("proportion", [{**case([{"x": 1, "n": 2}]), "param": {}}], "unknown field: found param"),
        ("proportion", [{**case([{"x": 1, "n": 2}]), "params": [1]}], "params are not named"),
        ("proportion", [case([])], "case c1: inputs): this is not a list of rows: found []"),
        ("proportion", [case(None)], "this is not a list of rows: found nothing"),
        ("proportion", [case([{"x": "5", "n": 2}])], "inputs[0].x): this is not a number: found '5'"),
        ("proportion", [case([{"x": True, "n": 2}])], "inputs[0].x): this is not a number: found True"),
        ("proportion", [case([{"x": 1, "n": 2}], {"confidence": [95]})], "params.confidence[0]): this is not a confidence"),
        ("dsr", [case([{"count": 1, "pop": 10}])], "the standard population is missing"),
        ("life-expectancy", [case([{"startage": 0, "pop": 1, "deaths": 1}])], "two bands at least"),
        ("life-expectancy", [case([{"startage": 0, "pop": 1, "deaths": 1}] * 2)], "start ages rise"),
        ("sii", [case([{"quantile": 1, "value": 1, "population": 1, "se": 1}])], "a ladder has two groups at least"),
        ("rate", [case([{"x": 1}])], "inputs[0].n): a field is missing"),
        ("quantile", [case([{"value": 1}], {"nquantiles": 0})], "a whole number from 1"),
        ("funnel", [case([{"a": 1}])], "these are not the columns of a funnel"),
        ("xmr", [case({"y": [1, "2"]})], "inputs.y[1]): this is not a number: found '2'"),
        ("xmr", [case({"y": [1, 2]}, {"improvement_direction": "up"})], "increase or decrease or neutral"),
        ("xmr", [case({"y": [1, 2]}, {"rebase_at_index_1based": 9})], "point 9 of a series of 2"),
        ("waiting-list", [case({"referral": ["2023-13-01"], "removal": [None]})], "not a date: found '2023-13-01'"),
        ("waiting-list", [case({"demand": 1}, {"kind": "formulae"})], "none of the choices"),
        ("waiting-list", [case({"referrals_per_week": 5, "share_within_18w": 1})], "lies between 0 and 1"),
        ("waiting-list", [case({"referral": ["2023-02-01"], "removal": ["2023-01-01"]}, PERIOD)], "before the referral"),
        ("waterfall", [case({"baseline": 10, "factors": {"growth": -1}})], "a factor is above 0"),
        ("options", [case({"scores": {"a": {"x": 1}, "b": {"x": 2}}, "weights": {"x": 99}})], "the weights sum to 99"),
        ("risk-matrix", [case({"consequence": 6, "likelihood": 1})], "consequence is 6"),
        ("pye-fye", [case({"full_year_value": 10, "whole_months_elapsed_before_start": 1.5})], "whole number"),
        ("cres", [case([{"plan": 1}])], "case c1: inputs[0].confidence"),
        ("mhis", [case({"prior": "122.5", "allocation_growth": 0.1})], "inputs.prior): this is not a number"),
        ("tariff-impact", [case([{"activity_change": 1, "price": 2, "share_of_year": 2}])], "not a share of the year"),
        ("standardised-rate", [case([])], "there is no such method: found standardised-rate"),
    ],
)  # fmt: skip
def test_wrong_cases_are_refused(method: str, cases: Any, says: str) -> None:
    with pytest.raises(InputAtFault) as refusal:
        run_cases(method, cases, file="cases.json")
    assert says in str(refusal.value)
    assert all(fault.file == "cases.json" for fault in refusal.value.faults)


def test_every_case_at_fault_is_named_at_once() -> None:
    cases = [
        case([{"x": "a", "n": 1}], name="one"),
        case([{"x": 1, "n": 2}], name="two"),
        case([{"x": 1, "n": 2}, {"x": {}, "n": 1}], name="three"),
    ]
    with pytest.raises(InputAtFault) as refusal:
        run_cases("proportion", cases)
    assert [f.path for f in refusal.value.faults] == [
        "case one: inputs[0].x",
        "case three: inputs[1].x",
    ]


def test_a_case_at_fault_keeps_no_other_from_its_answer() -> None:
    cases = [
        case([{"x": 1, "n": 4}], name="good"),
        case([{"x": "a", "n": 1}], name="bad"),
        "no case at all",
        case([{"x": 1, "n": 4}], name="good"),
        case([{"x": 3, "n": 4}], name="good too"),
    ]
    answers, faults = each_case("proportion", cases)
    assert [(a["id"], a["result"] and a["result"][0]["value"]) for a in answers] == [
        ("good", 25), ("bad", None), (None, None), ("good", None), ("good too", 75),
    ]  # fmt: skip
    assert [f.what for f in faults] == [
        "this is not a number",
        "this is not a case",
        "two cases have the same id",
    ]
    assert [f["what"] for a in answers for f in a.get("faults", [])] == [f.what for f in faults]


def test_what_is_no_part_of_a_case_is_said_and_does_no_harm() -> None:
    given = {
        **case([{"x": 1, "n": 4, "area": "A"}], {"multiplier": 100, "confidense": 0.9}),
        "origin": "own",
        "id": 7,
    }
    (answer,) = run_cases("proportion", [given])
    assert answer["id"] == 7
    assert answer["result"][0]["value"] == 25
    assert answer["notes"] == [
        "field origin is no part of a case and was not read",
        "parameter confidense is not one that this method knows",
    ]
    assert run_cases("proportion", []) == []


def test_the_command_answers_the_good_cases_and_ends_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from oneplace.cli import app
    from oneplace.cli.output import run

    path = tmp_path / "mixed.json"
    path.write_text(
        json.dumps([case([{"x": 1, "n": 4}], name="good"), case([], name="bad")]), encoding="utf-8"
    )
    assert run(app, ["method", "proportion", "--input", str(path), "--json"]) == 1
    said = capsys.readouterr()
    good, bad = json.loads(said.out)
    assert good["result"][0]["value"] == 25
    assert bad["result"] is None and bad["faults"][0]["path"] == "case bad: inputs"
    assert "case bad: inputs" in said.err


def test_formulas_answer_what_their_inputs_suffice_for() -> None:
    cases = [
        case({"demand": 30, "capacity": 27}, name="load"),
        case(
            {"demand": 30, "queue_size": 1200, "target_queue_size": 390, "weeks_to_target": 26},
            name="relief",
        ),
        case(
            {"demand": 30, "queue_size": 1200, "weeks_to_target": 26},
            name="nothing to compare with",
        ),
    ]
    (load, relief, without), faults = each_case("waiting-list", cases)
    assert load["result"] == {"load": pytest.approx(30 / 27)}
    assert relief["result"]["relief_capacity"] == pytest.approx(61.153846)
    assert without["result"] is None and "no formula can be answered" in faults[0].what


def test_many_areas_in_one_case_are_each_answered() -> None:
    ladder = [{"quantile": q, "value": 70 + q, "population": 100, "se": 0.5} for q in range(1, 11)]
    (answer,) = run_cases(
        "sii",
        [
            case(
                [
                    {**row, "area": a, "value": row["value"] * k}
                    for a, k in (("A", 1), (2, 2))
                    for row in ladder
                ]
            )
        ],
    )
    first, second = answer["result"]
    assert (first["area"], second["area"]) == ("A", "2")
    assert second["sii"] == pytest.approx(2 * first["sii"])
    bands = [{"startage": s, "pop": 10_000, "deaths": 10 + s} for s in (0, 1, *range(5, 91, 5))]
    rows = [
        {**b, "area": a, "deaths": b["deaths"] * k}
        for a, k in (("A", 1), ("B", 0), ("C", 2))
        for b in bands
    ]
    (answer,) = run_cases("life-expectancy", [case(rows, {"le_age": [0, 65]})])
    assert [(r["area"], r["startage"]) for r in answer["result"]] == [
        (area, age) for area in "ABC" for age in (0, 65)
    ]
    assert [r["value"] is None for r in answer["result"]] == [
        False,
        False,
        True,
        True,
        False,
        False,
    ]
    assert any(note.startswith("B:") for note in answer["notes"])


def test_an_unknown_figure_is_withheld_with_its_reason_and_is_not_a_fault() -> None:
    (answer,) = run_cases("rate", [case([{"x": None, "n": 100}, {"x": 5, "n": 100}])])
    assert answer["result"][0]["value"] is None and answer["result"][1]["value"] == 5000
    assert answer["notes"] == ["row 1: the count is missing or negative"]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.json", "{", "not valid JSON"),
        ("a.json", '[{"id": "a", "inputs": NaN}]', "JSON has no such number: found NaN"),
        (
            "a.csv",
            "x,n\n1,2,3\n",
            "a.csv:2: the row is not as long as the header: found 3 cells; expected 2",
        ),
        ("a.csv", "x,x\n1,2\n", "a name for each column"),
        ("a.csv", "x,n\n", "the table has no rows"),
        (
            "a.csv",
            "x,n\n1,2\nfive,3\n",
            "a.csv:3 (case a: inputs[1].x): this is not a number: found 'five'",
        ),
        ("a.csv", "x,n,param.multiplier\n1,2,100\n1,2,1000\n", "a parameter differs between rows"),
        ("a.csv", 'x,n\n"1,2\n', "not valid CSV"),
    ],
)
def test_wrong_files_are_refused_with_their_line(
    tmp_path: Path, name: str, text: str, says: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputAtFault) as refusal:
        run_cases(
            "proportion", load_cases("proportion", tmp_path / name), file=str(tmp_path / name)
        )
    assert says in str(refusal.value)


def test_a_missing_file_and_one_that_is_not_text(tmp_path: Path) -> None:
    with pytest.raises(InputAtFault, match="the file is missing"):
        load_cases("rate", tmp_path / "none.json")
    (tmp_path / "bad.csv").write_bytes(b"x,n\n\xff\xfe,1\n")
    with pytest.raises(InputAtFault, match="not UTF-8 text"):
        load_cases("rate", tmp_path / "bad.csv")


def test_the_command_line_names_methods_and_asks_for_a_file(tmp_path: Path) -> None:
    assert run_file("list", None) == (list(NAMES), [])
    with pytest.raises(InputAtFault, match="no file of cases was given"):
        run_file("rate", None)
    with pytest.raises(InputAtFault, match="there is no such method: found rates"):
        run_file("rates", tmp_path / "a.json")
    (tmp_path / "a.csv").write_text("consequence,likelihood\n5,5\n", encoding="utf-8")
    answers, faults = run_file("risk-matrix", tmp_path / "a.csv")
    assert not faults
    assert answers[0]["result"] == {"score": 25, "band": "extreme"}


TABLES = {
    "proportion": ("\ufeffx,n,param.multiplier\n1,4,100\n", lambda r: r[0]["value"] == 25),
    "xmr": ("month,y,param.improvement_direction\n2019-01,1,increase\n2019-02,,increase\n2019-03,3,increase\n", lambda r: r["mean"] == [2, 2, 2]),
    "waiting-list": ("referral,removal,param.start_date,param.end_date,param.target_wait\n2023-01-05,2023-02-01,2023-01-01,2023-03-01,18\n2023-01-09,,2023-01-01,2023-03-01,18\n", lambda r: r["queue_size"] == 1),
    "risk-matrix": ("id,consequence,likelihood\nR1,5,3\n", lambda r: r == {"score": 15, "band": "extreme"}),
    "waterfall": ("id,baseline,growth,avoidance\nNEL,100,1.1,0.9\n", lambda r: set(r["contribution"]) == {"growth", "avoidance"}),
    "options": ("option,cost,access\nweight,60,40\nA,1,5\nB,4,2\n", lambda r: r["rank"] == ["B", "A"]),
    "reconcile": ("line,amount\nPrescribing,10\nEstates,5\nprinted,16\n", lambda r: r["difference"] == 1),
    "cres": ("plan,ytd_plan,ytd_actual,forecast,recurrent,confidence\n10,5,4,9,true,0.5\n", lambda r: r["unidentified_gap"] == 1),
    "mhis": ("id,prior,allocation_growth,additional\nA,122.5,0.0559,0.007\n", lambda r: abs(r["required"] - 130.20525) < 1e-9),
}  # fmt: skip


def test_a_table_with_a_column_case_holds_several_cases(tmp_path: Path) -> None:
    path = tmp_path / "two.csv"
    path.write_text(
        "case,area,count,pop,stdpop,param.multiplier\n"
        "men,101,20,1000,5000,1000\nmen,102,5,1000,5000,1000\nwomen,101,30,1000,5000,100\n",
        encoding="utf-8",
    )
    men, women = run_cases("dsr", load_cases("dsr", path))
    assert [(r["area"], r["value"]) for r in men["result"]] == [("101", 20), ("102", None)]
    assert (women["id"], women["result"][0]["value"]) == ("women", 3)


@pytest.mark.parametrize("method", TABLES)
def test_tables_are_read_as_cases(tmp_path: Path, method: str) -> None:
    text, holds = TABLES[method]
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    (answer,) = run_cases(method, load_cases(method, path))
    assert holds(answer["result"]), answer
