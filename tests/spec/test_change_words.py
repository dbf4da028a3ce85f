"""What a change to the plan says to the board: names and months in words, and the path of the field
as it stands."""

from __future__ import annotations

import pytest

from oneplace.documents import parse
from oneplace.documents.versions import Difference
from oneplace.plan.programme import Plan
from oneplace.web.programme.change_words import in_words

PLAN = parse(
    {
        "schema": 1,
        "id": "drawn",
        "title": "A drawn plan",
        "place": "nowhere",
        "period": "2019/20",
        "aims": [{"id": "a", "name": "Aim"}],
        "programmes": [{"id": "p", "name": "Programme"}],
        "schemes": [
            {
                "id": "S1",
                "name": "Falls car",
                "programme": "p",
                "purpose": "to test",
                "aims": ["a"],
                "milestones": [
                    {"id": "S1-M1", "title": "Car on the road", "n": 1, "due": "2019-10"}
                ],
            }
        ],
    },
    Plan,
    file="plan.yaml",
)


@pytest.mark.parametrize(
    ("path", "before", "after", "said"),
    [
        ("schemes[S1].milestones[S1-M1].due", "2019-10", "2019-12-05",
         ("S1 Falls car: Car on the road: due", "October 2019", "5 December 2019")),
        ("schemes[S1].lead", None, "Tom Ashworth", ("S1 Falls car: lead", "Nothing written", "Tom Ashworth")),
        ("schemes[S1]", {"id": "S1"}, None, ("S1 Falls car", "{'id': 'S1'}", "Nothing written")),
        ("schemes[S9].lead", "A", "B", ("schemes[S9].lead", "A", "B")),
        ("title", "2019-Q2", "2019-13", ("title", "2019-Q2", "2019-13")),
    ],
)  # fmt: skip
def test_a_changed_field_reads_by_the_names_in_the_plan(
    path: str, before: object, after: object, said: tuple[str, str, str]
) -> None:
    (row,) = in_words([Difference(path, before, after)], PLAN)
    assert (row.said, row.before, row.after) == said
    assert row.path == path
