"""Who is thought to be dying is for trained clinicians: no list, reason, file, filter, count or
command tells anybody else."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys

import pytest
from test_mornings import get
from test_neighbourhood import team_page

from oneplace.answers import people as people_answers

SAID = re.compile(r"die well|dying|end.of.life|palliative|cancer that has spread", re.IGNORECASE)


@pytest.fixture
def dying(site) -> int:
    """Somebody of the register whose segment says it; the segment comes from a cancer that has
    spread, which is no pathway."""
    from oneplace.web import desk

    people = people_answers.caseload(desk.session(), site.team, whole=True)["people"]
    found = [int(p["person"]) for p in people if p["segment_id"] == "die_well"]
    if not found:
        pytest.skip("nobody on the hamlet's register is in this segment")
    return found[0]


def segments(site, role: str, query: str = "csv=caseload") -> dict[str, str]:
    import csv
    import io

    text = get(site, role, team_page(site, "caseload") + f"?{query}")
    return {r["Person"]: r["Segment"] for r in csv.DictReader(io.StringIO(text))}


def test_a_trained_clinician_sees_it_and_everybody_else_sees_the_next_segment_that_holds(
    site, dying
):
    seen = segments(site, "clinician")
    assert seen[str(dying)] == "Die well"
    for role in ("coordinator", "analyst"):
        other = segments(site, role)
        assert (
            other.keys() == seen.keys() and "Die well" not in other.values() and all(other.values())
        ), role
        assert {p for p in seen if seen[p] != other[p]} == {
            p for p in seen if seen[p] == "Die well"
        }


def test_training_counts_and_not_the_role_alone(site, dying):
    from oneplace.web.accounts.models import User

    User.objects.filter(username="clinician").update(trained=False)
    assert "Die well" not in segments(site, "clinician").values()


def test_the_filter_finds_nobody_by_it(site, dying):
    query = "caseload.q=die+well&csv=caseload"
    assert segments(site, "coordinator", query) == {}
    assert str(dying) in segments(site, "clinician", query)


def test_no_list_of_anybody_untrained_says_it(site, dying):
    for role, pages in {
        "coordinator": ("nine-o-clock", "caseload?all=1", "after", "sheet"),
        "analyst": ("caseload?all=1",),
    }.items():
        for page in pages:
            found = SAID.findall(html.unescape(get(site, role, team_page(site, page))))
            assert found == [], (role, page)


def test_the_page_down_to_the_rows_says_it_to_the_trained_alone(site, dying):
    page = f"/neighbourhood/people/{dying}"
    assert "Die well" in get(site, "clinician", page)
    for role, address in (
        ("coordinator", page),
        ("coordinator", page + "/explained"),
        ("analyst", f"/analyst/people/{dying}"),
    ):
        text = html.unescape(get(site, role, address))
        assert "Die well" not in text and "Short period of decline" not in text, address
        assert not re.search(r"end.of.life|palliative", text, re.I), address


def test_the_command_line_and_the_copy_do_not_say_it(site, dying):
    folder = str(site.folder)
    for words in (
        ("caseload", folder, "--team", site.team, "--register"),
        ("explain", folder, str(dying)),
        ("explain", folder, str(dying), "--json"),
    ):
        out = subprocess.run(
            [sys.executable, "-m", "oneplace", *words],
            capture_output=True,
            text=True,
            env=os.environ,
            check=True,
        )
        assert not re.search(r"die.well|end.of.life|palliative|decline_before", out.stdout, re.I), (
            words
        )


def test_lines_of_the_register_add_up_and_say_no_small_number():
    from pathlib import Path

    from oneplace.answers import last_phase
    from oneplace.people.documents import read_people_documents

    documents = read_people_documents(Path(__file__).resolve().parents[2] / "places" / "hamlet")
    [sentence] = last_phase.sentences(documents).values()
    care_home = next(a.sentence for a in documents.caseload.set_aside if a.id == "care_home")
    for n in (0, 1, 7, 8, 200):
        parts = {sentence: n, care_home: 20, "On the register": 100}
        lines = last_phase._lines(documents, {"reconciles": {"parts": parts}})
        assert sum(lines.values()) == 120 + n and sentence not in lines
        assert n not in lines.values() or n > 7 or n == 0, lines


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, {"end_of_life"}),
        ({"features": [{"name": "near_the_end", "kind": "rule", "when": "end_of_life and age > 80", "sentence": "x"}]}, {"end_of_life", "near_the_end"}),
        ({"features": [{"name": "two_of", "kind": "count_of", "of": ["end_of_life", "dementia"], "sentence": "x"}]}, {"end_of_life", "two_of"}),
        ({"features": [{"name": "again", "kind": "rule", "when": "near_end", "sentence": "x"}, {"name": "near_end", "kind": "rule", "when": "end_of_life", "sentence": "x"}]}, {"end_of_life", "again", "near_end"}),
        ({"features": [{"name": "recorded", "kind": "diagnoses", "of": ["end_of_life"], "window": "12 months", "sentence": "x"}]}, {"end_of_life", "recorded"}),
    ],
)  # fmt: skip
def test_whatever_is_made_of_it_says_it(changed, said):
    from pathlib import Path

    from pydantic import TypeAdapter

    from oneplace.answers import last_phase
    from oneplace.people.documents import read_people_documents
    from oneplace.people.features.declare import Feature

    documents = read_people_documents(Path(__file__).resolve().parents[2] / "places" / "hamlet")
    more = tuple(TypeAdapter(Feature).validate_python(f) for f in changed.get("features", ()))
    features = documents.features.model_copy(
        update={"features": (*documents.features.features, *more)}
    )
    from dataclasses import replace

    assert last_phase.names(replace(documents, features=features)) == said
    assert last_phase.segments_of_it(documents.segments, frozenset(said)) == {"die_well"}
    assert {d.name: last_phase.segments_of_it(d, frozenset(said)) for d in documents.segmentations}[
        "bridges_to_health"
    ] == {"decline_before_dying"}
