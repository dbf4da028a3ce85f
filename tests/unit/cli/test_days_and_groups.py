"""`--today`, `--before` and `set-aside` on the command line."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from asking import Command
from oneplace.place import clock


def test_a_demonstrations_clock_moves_for_one_command(
    oneplace: Command, built_hamlet: Path
) -> None:
    moved = json.loads(
        oneplace("caseload", built_hamlet, "--team", "HT1", "--today", "2019-12-24", "--json").out
    )
    assert moved["records_end"] == "Records end on 1 October 2019; today is 24 December 2019."
    assert clock.TODAY not in os.environ
    assert (
        json.loads(oneplace("caseload", built_hamlet, "--team", "HT1", "--json").out)["records_end"]
        is None
    )


def test_the_first_line_in_words_says_that_the_records_are_older(
    oneplace: Command, built_hamlet: Path
) -> None:
    lines = oneplace(
        "caseload", built_hamlet, "--team", "HT1", "--today", "2019-12-24"
    ).out.splitlines()
    assert lines[:2] == [
        "Demonstration people, who do not exist.",
        "Records end on 1 October 2019; today is 24 December 2019.",
    ]


@pytest.mark.parametrize("command", ["caseload", "claims", "report", "set-aside"])
def test_the_clock_of_real_people_is_refused_by_every_command(
    oneplace: Command, tmp_path: Path, command: str
) -> None:
    (tmp_path / "place.yaml").write_text(
        "schema: 1\nname: Real\nkind: town\ndemonstration: false\nas_of: 2019-10-01\n"
        "records: {source: omop, path: records, period: {start: 2016-04-01, end: 2020-03-31}}\n"
    )
    done = oneplace(command, tmp_path, "--today", "2019-06-01")
    assert done.status == 1 and "only a demonstration's clock can be moved" in done.err


def test_a_plans_status_is_of_the_places_today(oneplace: Command, built_hamlet: Path) -> None:
    assert json.loads(oneplace("plan", "status", built_hamlet, "--json").out)["on"] == "2019-10-01"


def test_groups_set_aside_have_owners_and_say_nothing_of_who_is_dying(
    oneplace: Command, built_hamlet: Path
) -> None:
    found = json.loads(oneplace("set-aside", built_hamlet, "--team", "HT1", "--json").out)["groups"]
    assert {g["group"] for g in found} == {"under_18", "end_of_life", "care_home"}
    assert all(g["owner"] for g in found)
    assert {g["group"] for g in found if g["people"] is None} == {"end_of_life"}
    people = json.loads(
        oneplace("set-aside", built_hamlet, "care_home", "--team", "HT1", "--json").out
    )
    assert (
        len(people["people"]) == next(g["people"] for g in found if g["group"] == "care_home") > 0
    )
    assert all(p["practice"] and p["age"] > 60 for p in people["people"])
    assert oneplace("set-aside", built_hamlet, "end_of_life", "--team", "HT1").status == 4


def test_a_group_or_team_nobody_knows_is_named(oneplace: Command, built_hamlet: Path) -> None:
    no_group = oneplace("set-aside", built_hamlet, "friends", "--team", "HT1")
    assert no_group.status == 1 and "under_18, end_of_life, care_home" in no_group.err
    no_team = oneplace("set-aside", built_hamlet, "--team", "HT9")
    assert no_team.status == 1 and "HT1, HT2" in no_team.err
