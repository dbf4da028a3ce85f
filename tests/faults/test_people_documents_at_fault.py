"""What is wrong in the people documents is said with file, line, what was found and what was
expected; all at once."""

import datetime as dt
import shutil
from pathlib import Path

import pytest

from oneplace.faults import Fault, InputAtFault
from oneplace.people.documents import check_day, read_people_documents

HAMLET = Path(__file__).resolve().parents[2] / "places" / "hamlet"
DOCUMENTS = ("features.yaml", "segments.yaml", "risk.yaml", "caseload.yaml")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A copy of the hamlet's people documents."""
    for name in DOCUMENTS:
        shutil.copy(HAMLET / name, tmp_path / name)
    for folder in ("scores", "segmentations"):
        shutil.copytree(HAMLET / folder, tmp_path / folder)
    return tmp_path


def faults(place: Path) -> tuple[Fault, ...]:
    with pytest.raises(InputAtFault) as refused:
        read_people_documents(place)
    return refused.value.faults


def edit(place: Path, name: str, old: str, new: str) -> int:
    """Change one thing; the line it stands on."""
    text = (place / name).read_text()
    assert text.count(old) >= 1, f"{old!r} is not in {name}"
    line = text[: text.index(old)].count("\n") + 1
    (place / name).write_text(text.replace(old, new, 1))
    return line


def test_an_unknown_feature_in_a_rule_is_named_with_its_line_and_one_like_it(place: Path) -> None:
    line = edit(place, "segments.yaml", "when: end_of_life", "when: end_of_lief")
    (fault,) = faults(place)
    assert (fault.file, fault.line) == ("segments.yaml", line)
    assert fault.found == "no feature is called 'end_of_lief'"
    assert "end_of_life" in (fault.expected or "")


def test_a_condition_that_cannot_be_read_says_at_which_character(place: Path) -> None:
    line = edit(place, "segments.yaml", "when: efi > 0.24", "when: efi > > 0.24")
    (fault,) = faults(place)
    assert fault.line == line
    assert "at character 7" in str(fault)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("when: dementia,", "when: dementia + 1,", "true or false"),
        ("when: dementia,", "when: age,", "the whole is a number"),
        ("when: dementia,", "when: sex = 3,", "3 is a number"),
        ("when: dementia,", "when: sex < 'm',", "has no order"),
        ("when: dementia,", "when: dementia and,", "the end cannot stand here"),
    ],
)
def test_parts_of_the_wrong_kind_are_refused(place: Path, old: str, new: str, says: str) -> None:
    line = edit(place, "segments.yaml", old, new)
    (fault,) = faults(place)
    assert fault.line == line
    assert says in str(fault)


def test_without_a_last_segment_for_everyone_else_people_would_have_none(place: Path) -> None:
    edit(
        place,
        "segments.yaml",
        "    otherwise: true",
        "    any_of: [{when: age >= 0, because: alive}]",
    )
    (fault,) = faults(place)
    assert fault.what.startswith("missing segment")
    assert fault.file == "segments.yaml"


def test_a_feature_that_looks_past_its_day_is_refused(place: Path) -> None:
    line = edit(place, "features.yaml", "window: 12 months", "window: next 12 months")
    (fault,) = faults(place)
    assert (fault.file, fault.line) == ("features.yaml", line)
    assert "looks past it" in (fault.expected or "")


@pytest.mark.parametrize(
    "text", ["-12 months", "12 months after", "6 to 12 months", "soon", "0 days"]
)
def test_windows_that_are_none(place: Path, text: str) -> None:
    edit(place, "features.yaml", "window: 12 months", f"window: {text}")
    (fault,) = faults(place)
    assert fault.file == "features.yaml"


def test_a_feature_that_nobody_could_have_known_is_refused_unless_it_says_why(place: Path) -> None:
    reason = "retrospective: The Index of 2019 was published on 26 September 2019 and describes 2015 and 2016, "
    line = edit(place, "features.yaml", reason, "")
    documents = read_people_documents(place)
    with pytest.raises(InputAtFault) as refused:
        check_day(documents, as_of=dt.date(2019, 4, 1))
    (fault,) = refused.value.faults
    assert (fault.file, fault.line) == ("features.yaml", line)
    assert "2019-09-26" in (fault.found or "")
    check_day(documents, as_of=dt.date(2019, 9, 26))


def test_a_table_that_was_not_available_yet_is_refused(place: Path) -> None:
    edit(place, "features.yaml", "schema: 1", "schema: 1\navailable_from: {packages: 2019-06-01}")
    documents = read_people_documents(place)
    with pytest.raises(InputAtFault) as refused:
        check_day(documents, as_of=dt.date(2019, 4, 1))
    assert {f.what for f in refused.value.faults} == {
        f"the feature {name} looks past the day it is computed for"
        for name in ("home_care", "care_home_package", "any_package")
    }


def test_a_model_whose_outcome_is_not_known_yet_is_refused(place: Path) -> None:
    line = edit(place, "risk.yaml", "test_as_of: 12 months", "test_as_of: 11 months")
    with pytest.raises(InputAtFault) as refused:
        check_day(read_people_documents(place), as_of=dt.date(2019, 4, 1))
    (fault,) = refused.value.faults
    assert (fault.file, fault.line) == ("risk.yaml", line)


def test_a_worked_case_that_does_not_come_out_is_a_fault_of_the_score(place: Path) -> None:
    line = edit(place, "scores/charlson.yaml", "value: 24,", "value: 25,")
    (fault,) = faults(place)
    assert (fault.file, fault.line) == ("scores/charlson.yaml", line)
    assert (fault.found, fault.expected) == ("24.0", "25")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("of: [asthma]", "of: [asthme]", "perhaps asthma"),
        ("of: [asthma]", "of: [statin]", "a word of the domain medicine"),
        ("of: [asthma]", "of: [asthma, asthma]", "each word once"),
        ("name: asthma,", "name: copd,", "the name stands twice"),
        ("kind: age,", "kind: aeg,", "age"),
        ('"smoker or smoking_status = 2"', '"smoker or smokes"', "circle"),
    ],
)
def test_features_that_do_not_fit(place: Path, old: str, new: str, says: str) -> None:
    edit(place, "features.yaml", old, new)
    assert any(says in str(fault) for fault in faults(place))


def test_a_missing_document_and_a_broken_one_are_both_named(place: Path) -> None:
    (place / "risk.yaml").unlink()
    (place / "caseload.yaml").write_text("schema: 1\ntitle: [unclosed\n")
    found = {(f.file, f.what) for f in faults(place)}
    assert found == {
        ("risk.yaml", "the file is missing"),
        ("caseload.yaml", "this is not valid YAML"),
    }


def test_an_unknown_field_says_which_there_are(place: Path) -> None:
    edit(place, "caseload.yaml", "reasons: 3", "raesons: 3")
    (fault,) = faults(place)
    assert fault.what == "unknown field"
    assert "reasons" in (fault.expected or "")
