"""`--json` prints one JSON value of the agreed shape; everything else goes to stderr.

The shapes are those that docs/reference/commands.md promises to other programs: they change with a
major version only.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asking import Command
from oneplace.cli.output import plain_value
from oneplace.engines import store

DATE = re.compile(r"\d{4}-\d\d(-\d\d)?(/.+)?$")


def answered(run: Any) -> Any:
    assert run.status == 0, run.err
    assert run.out.count("\n") == 1
    assert run.out.endswith("\n")
    return json.loads(run.out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


# --- values ----------------------------------------------------------------------------------------------------------
VALUES = [
    (Decimal("456332.10"), "456332.10"),
    (dt.date(2019, 4, 1), "2019-04-01"),
    (dt.datetime(2019, 4, 1, 9, 30, tzinfo=dt.UTC), "2019-04-01T09:30:00+00:00"),
    (Path("a/b"), "a/b"),
    (np.int64(3), 3),
    (np.float64(0.5), 0.5),
    (math.nan, None),
    (np.float64("nan"), None),
    ({1: (Decimal("0.1"), None)}, {"1": ["0.1", None]}),
    (True, True),
    (2**62, 2**62),
]


@pytest.mark.parametrize(("value", "expected"), VALUES, ids=[str(v) for v, _ in VALUES])
def test_values_as_json_holds_them(value: Any, expected: Any) -> None:
    found = plain_value(value)
    assert found == expected
    assert type(found) is type(expected)


# --- each command that answers ---------------------------------------------------------------------------------------
def test_build(hamlet_copy: Path, oneplace: Command) -> None:
    made = answered(oneplace("build", hamlet_copy, "--people", 200, "--json"))
    assert {"tables", "rejects", "documents", "results", "seconds"} <= made.keys()
    assert made["tables"]["person"] >= 200
    assert all(isinstance(n, int) for n in made["tables"].values())
    assert all(isinstance(n, int) for n in made["rejects"].values())
    assert made["results"]["features"] > 0
    assert all(re.fullmatch("[0-9a-f]{64}", d) for d in made["documents"].values())
    assert made["demonstration"] is True
    assert made["basis"] == "synthetic"
    assert made["as_of"] == "2019-10-01"
    current = store.current(hamlet_copy)
    assert current
    assert current.id == made["id"]


def test_check(built_hamlet: Path, oneplace: Command) -> None:
    assert answered(oneplace("check", built_hamlet, "--json")) == {
        "place": str(built_hamlet),
        "faults": [],
        "unread": [],
        "build": store.current(built_hamlet).id,
        "findings": [],
    }


def test_caseload(built_hamlet: Path, oneplace: Command) -> None:
    found = answered(oneplace("caseload", built_hamlet, "--team", "HT1", "--json"))
    assert {"team", "as_of", "people", "reconciles"} <= found.keys()
    assert found["team"] == "HT1"
    assert found["as_of"] == "2019-10-01"
    assert found["notice"] == "Demonstration people, who do not exist."
    assert 10 <= len(found["people"]) <= 20
    for person in found["people"]:
        assert {"person", "rank", "reasons"} <= person.keys()
        assert re.fullmatch(r"-?\d+", person["person"]), (
            "a pseudonym is text: 63 bits do not survive every reader"
        )
        assert person["reasons"]
        assert not {"name", "nhs_number", "address"} & person.keys()
    assert [p["rank"] for p in found["people"]] == sorted(p["rank"] for p in found["people"])
    together = found["reconciles"]
    assert sum(together["parts"].values()) == together["registered"]
    whole = answered(oneplace("caseload", built_hamlet, "--team", "HT1", "--register", "--json"))
    assert len(whole["people"]) == together["register"] > len(found["people"])
    assert [p["person"] for p in whole["people"] if p["on_agenda"]] == [
        p["person"] for p in found["people"]
    ]


def test_explain(built_hamlet: Path, oneplace: Command) -> None:
    person = answered(oneplace("caseload", built_hamlet, "--team", "HT1", "--json"))["people"][0][
        "person"
    ]
    found = answered(oneplace("explain", built_hamlet, person, "--json"))
    assert found["person"] == person
    assert found["as_of"] == "2019-10-01"
    assert found["notice"] == "Demonstration people, who do not exist."
    assert {"segment", "scores", "risk", "caseload", "features"} <= found.keys()
    assert found["caseload"]["rank"] == 1
    ages = [f["value"] for f in found["features"] if f["name"] == "age"]
    assert ages == [
        answered(oneplace("caseload", built_hamlet, "--team", "HT1", "--json"))["people"][0]["age"]
    ]
    assert any(f["rows"] for f in found["features"]), "down to the rows"


def test_plan_status(built_hamlet: Path, oneplace: Command) -> None:
    found = answered(oneplace("plan", "status", built_hamlet, "--on", "2019-10-01", "--json"))
    assert {"on", "plan", "milestones", "measures", "savings"} <= found.keys()
    assert found["on"] == "2019-10-01"
    assert len(found["milestones"]) == 10
    for milestone in found["milestones"]:
        assert {"id", "scheme", "title", "due", "state"} <= milestone.keys()
        assert milestone["due"] is None or DATE.match(milestone["due"])
    assert any(s["planned_gbp"] == "6150" for s in found["savings"]), "money is text, to the penny"


def test_past_forecasts(built_hamlet: Path, oneplace: Command) -> None:
    found = answered(oneplace("measures", "past", built_hamlet, "--months", "6", "--json"))
    (ae,) = [m for m in found["measures"] if m["measure"] == "ae-4-hours"]
    assert ae["months_ahead"] == 6 and ae["judged"] > 0
    assert 0 <= ae["covered80"] <= ae["covered95"] <= 1


def test_claims(built_hamlet: Path, oneplace: Command) -> None:
    found = answered(oneplace("claims", built_hamlet, "--json"))
    assert isinstance(found, list)
    keys = {"scheme", "claim", "activity", "claimed", "available", "basis", "overlaps", "flag"}
    assert all(keys <= c.keys() for c in found)
    assert {c["scheme"] for c in found} == {"H1", "H2", "H3", "H4", "H5"}
    by = {c["claim"]: c for c in found}
    assert by["H1-nel"]["claimed"] == 3
    assert by["H1-nel"]["basis"] == "synthetic"
    assert "H2-nel" in json.dumps(by["H1-nel"]["overlaps"])
    assert by["H4-ae"]["claimed"] > by["H4-ae"]["available"]
    assert by["H4-ae"]["flag"]


def test_method(tmp_path: Path, oneplace: Command) -> None:
    listed = answered(oneplace("method", "list", "--json"))
    assert "xmr" in json.dumps(listed)
    series = [{"value": v} for v in (10, 12, 11, 13, 12, 11, 12, 30)]
    cases = [
        {
            "id": "one",
            "function": "xmr",
            "inputs": {"y": [s["value"] for s in series]},
            "params": {},
        }
    ]
    file = tmp_path / "cases.json"
    file.write_text(json.dumps(cases))
    found = answered(oneplace("method", "xmr", "--input", file, "--json"))
    assert [c["id"] for c in found] == ["one"]
    assert found[0]["result"]


def test_doctor(built_hamlet: Path, oneplace: Command) -> None:
    for arguments in ((), (built_hamlet,)):
        rows = answered(oneplace("doctor", *arguments, "--json"))
        assert all(r.keys() == {"part", "state", "why"} for r in rows)
        assert all(r["state"] in {"ok", "missing", "attention", "not here"} for r in rows)
        assert {"Python", "Python packages", "DuckDB", "PDF papers", "Disk"} <= {
            r["part"] for r in rows
        }
    assert {"Place", "Key of pseudonyms", "Entries", "Last build"} <= {r["part"] for r in rows}


def test_plan_diff(hamlet_copy: Path, oneplace: Command) -> None:
    manifest = store.current(hamlet_copy)
    assert manifest
    before = manifest.manifest["documents"]["plan.yaml"]
    text = (hamlet_copy / "plan.yaml").read_text(encoding="utf-8")
    (hamlet_copy / "plan.yaml").write_text(
        text.replace("Teacher found", "Two teachers found"), encoding="utf-8"
    )
    (row,) = answered(oneplace("plan", "diff", hamlet_copy, before[:12], "--json"))
    assert (row["before"], row["after"]) == ("Teacher found", "Two teachers found")
    assert "H1-M01" in row["path"] or "milestones" in row["path"]


def test_new(tmp_path: Path, oneplace: Command) -> None:
    made = answered(oneplace("new", tmp_path / "place", "--json"))
    assert {"place", "files", "notes"} <= made.keys()
    assert all((tmp_path / "place" / f).exists() for f in made["files"])


def test_demo(data_home: Path, oneplace: Command) -> None:
    run = oneplace("demo", "--place", "hamlet", "--people", 200, "--json")
    made = answered(run)
    assert Path(made["place"]).is_relative_to(data_home)
    assert made["summary"]["notice"] == "Demonstration people, who do not exist."
    assert "Copied hamlet" in run.err
    again = oneplace("demo", "--place", "hamlet", "--people", 200, "--json")
    assert answered(again)["build"] == made["build"], "a second time nothing is built"
    assert "Using hamlet" in again.err


# --- doctor, when something is wrong ---------------------------------------------------------------------------------
def test_doctor_tells_what_is_wrong_with_a_place(hamlet_copy: Path, oneplace: Command) -> None:
    builds = hamlet_copy / ".oneplace" / "builds"
    (builds / "20260101T000000-abcdef.tmp").mkdir()
    (hamlet_copy / ".oneplace" / "current").write_text("20000101T000000-000000\n")
    (hamlet_copy / ".oneplace" / "entries.sqlite3").write_bytes(
        b"not a database, but long enough to look like a file" * 40
    )
    rows = {r["part"]: r for r in answered(oneplace("doctor", hamlet_copy, "--json"))}
    assert rows["Last build"]["state"] == "missing"
    assert "the current build is not there" in rows["Last build"]["why"]
    assert rows["Unfinished builds"]["state"] == "attention"
    assert "20260101T000000-abcdef.tmp" in rows["Unfinished builds"]["why"]
    assert rows["Entries"]["state"] == "missing"


def test_doctor_on_what_is_no_place(tmp_path: Path, oneplace: Command) -> None:
    rows = {r["part"]: r for r in answered(oneplace("doctor", tmp_path, "--json"))}
    assert rows["Place"]["state"] == "missing"
    assert "place.yaml" in rows["Place"]["why"]
