"""Each shipped place declares what becomes of every condition, and says the same as the program
ships."""

from pathlib import Path

import pytest

from oneplace.people.documents import read_people_documents
from oneplace.people.features.courses import shipped
from oneplace.tables.vocabulary import concept

PLACES = Path(__file__).resolve().parents[2] / "places"


@pytest.mark.parametrize("name", ["liverpool", "hamlet", "new"])
def test_every_condition_is_declared_once_and_as_shipped(name: str) -> None:
    features = read_people_documents(PLACES / name).features
    declared = {concept(key): course for course in features.conditions for key in course.of}
    assert declared == {concept(key): course for key, course in shipped().items()}
