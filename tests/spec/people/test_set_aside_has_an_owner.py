"""A group that is set aside without an owner is a fault: otherwise nobody follows these people."""

import shutil
from pathlib import Path

import pytest

from oneplace.engines.river import read_people_documents
from oneplace.faults import InputAtFault

PLACES = Path(__file__).resolve().parents[3] / "places"


@pytest.mark.parametrize("owner", ["", "   ", None])
def test_a_group_without_an_owner_is_named(tmp_path: Path, owner: str | None) -> None:
    for name in ("caseload.yaml", "features.yaml", "risk.yaml", "segments.yaml"):
        shutil.copy(PLACES / "hamlet" / name, tmp_path / name)
    for folder in ("scores", "segmentations"):
        shutil.copytree(PLACES / "hamlet" / folder, tmp_path / folder)
    file = tmp_path / "caseload.yaml"
    said = "" if owner is None else f'owner: "{owner}", '
    file.write_text(file.read_text().replace('owner: "community palliative care team", ', said))
    with pytest.raises(InputAtFault) as wrong:
        read_people_documents(tmp_path)
    [fault] = wrong.value.faults
    assert (
        fault.what == "nobody owns the people who are set aside"
        and fault.path == "set_aside[1].owner"
    )
    assert fault.found == "no owner for end_of_life"


@pytest.mark.parametrize("place", ["liverpool", "hamlet", "new"])
def test_every_shipped_group_has_one(place: str) -> None:
    documents = read_people_documents(PLACES / place)
    assert documents.caseload.set_aside and all(a.owner for a in documents.caseload.set_aside)
