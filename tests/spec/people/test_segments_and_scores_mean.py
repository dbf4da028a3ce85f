"""What segments and scores mean, on drawn people. A column that is not drawn is at rest: false,
nought or missing."""

from pathlib import Path

import pytest

from drawn import parse_table
from oneplace.documents import parse
from oneplace.documents.expressions import Value
from oneplace.people.documents import read_people_documents
from oneplace.people.scores import Score, score, work_case
from oneplace.people.segments import Segmentation, place

PLACES = Path(__file__).resolve().parents[3] / "places"
DOCUMENTS = read_people_documents(PLACES / "liverpool")

DRAWN = {
    "schema": 1,
    "name": "drawn",
    "title": "Drawn",
    "citation": "none",
    "segments": [
        {
            "id": "ill",
            "title": "Ill",
            "sentence": "s",
            "any_of": [
                {"when": "ill", "because": "ill"},
                {"when": "age > 90", "because": "very old"},
            ],
        },
        {
            "id": "old",
            "title": "Old",
            "sentence": "s",
            "any_of": [{"when": "age > 60", "because": "old"}],
        },
        {"id": "rest", "title": "Rest", "sentence": "s", "otherwise": True},
    ],
}


@pytest.mark.parametrize(
    "row",
    parse_table(
        """
        ill   | age | segment | rule
        true  | 95  | ill     | 1
        false | 95  | ill     | 2
              | 95  | ill     | 2
        false | 61  | old     | 3
        false | 60  | rest    | 4
              |     | rest    | 4
        """
    ),
)
def test_the_first_rule_that_holds_decides_and_a_missing_part_does_not_hold(
    row: dict[str, str | None],
) -> None:
    doc = parse(DRAWN, Segmentation, file="segments.yaml")
    person: dict[str, Value] = {
        "ill": None if row["ill"] is None else row["ill"] == "true",
        "age": None if row["age"] is None else int(row["age"]),
    }
    placed = place(doc, person)
    assert (placed.segment.id, str(placed.number)) == (row["segment"], row["rule"])
    assert len(placed.failed) == placed.number - 1


# Who is in which of the six segments, by what is drawn of them; everything else at rest.
SIX = """
age | what                | segment
70  | end_of_life,dementia | die_well
70  | dementia,copd       | age_well
80  | housebound          | age_well
64  | housebound          | live_well
45  | copd,depression     | stay_well
45  | depression,smokes   | feel_well
45  | smokes              | be_well
45  |                     | live_well
3   |                     | live_well
3   | asthma              | stay_well
"""


@pytest.mark.parametrize("row", parse_table(SIX))
def test_the_six_segments_in_their_order(row: dict[str, str | None]) -> None:
    rest: dict[str, Value] = {
        n: {"boolean": False, "number": 0, "text": None, "date": None}[k]
        for n, k in DOCUMENTS.kinds.items()
    }
    said: dict[str, Value] = dict.fromkeys(
        (row["what"] or "").split(",") if row["what"] else [], True
    )
    placed = place(DOCUMENTS.segments, {**rest, **said, "age": int(row["age"] or 0)})
    assert placed.segment.id == row["segment"]


@pytest.mark.parametrize("name", ["liverpool", "hamlet", "new"])
def test_every_worked_case_of_every_shipped_score_comes_out(name: str) -> None:
    documents = read_people_documents(PLACES / name)
    assert {d.name for d in documents.scores} >= {
        "charlson",
        "charlson_1987",
        "cambridge_multimorbidity",
        "efi",
    }
    for doc in documents.scores:
        for case in doc.cases:
            found = work_case(doc, case, documents.features.kinds)
            assert found.value == (None if case.value is None else float(case.value)), (
                doc.name,
                case,
            )
            assert found.band == case.band or case.band is None


def test_the_weights_are_the_published_ones() -> None:
    by_name = {d.name: d for d in DOCUMENTS.scores}
    cambridge = by_name[
        "cambridge_multimorbidity"
    ].parts  # Payne 2020, table 2: 20 weights, sum 16.33
    assert (len(cambridge), str(sum(p.points for p in cambridge))) == (20, "16.33")
    assert len(by_name["efi"].parts) == 36  # Clegg 2016, appendix 1
    assert (
        sum(p.points for p in by_name["charlson"].parts) == 28
    )  # Quan 2011, table 2: all 12 weights above nought
    # Charlson 1987, table 3: ten at 1, four at 2, one at 3, two at 6.
    assert (
        sorted(int(p.points) for p in by_name["charlson_1987"].parts)
        == [1] * 10 + [2] * 4 + [3] + [6] * 2
    )


def test_points_are_whole_units_divided_last_and_halves_go_up() -> None:
    doc = parse(
        {
            "schema": 1,
            "name": "drawn",
            "title": "t",
            "version": "v",
            "citation": "c",
            "effective": "2019-01-01",
            "sentence": "s",
            "divide_by": 8,
            "decimals": 2,
            "parts": [{"when": "a", "points": 1}, {"when": "b", "points": 0.1}],
            "cases": [{"value": 0, "source": "none"}],
        },
        Score,
        file="scores/drawn.yaml",
    )
    assert score(doc, {"a": True, "b": False}).value == 0.13  # 0.125
    assert score(doc, {"a": True, "b": True}).value == 0.14  # 0.1375
    assert score(doc, {"a": None, "b": None}).value == 0.0
